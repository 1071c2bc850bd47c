"""Operations with several results: one equation, one printed line, `w, v = np.linalg.eigh(a)`; names, errors, refusals."""

from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.errors import ProgramError
from chainrule.core.nouns import Symbol
from chainrule.run import checked

from . import texts

RANDOM = np.random.default_rng(2)
A = RANDOM.normal(size=(3, 3)) + 3 * np.eye(3)


def energy(a):
    w, v = np.linalg.eigh(a)
    return np.sum(np.log1p(w**2)) + np.sum(v[:, 0] * v[:, 1] ** 2)


def likelihood(a):
    sign, logdet = np.linalg.slogdet(a)
    return sign * logdet


@pytest.mark.names
def test_printed_on_one_line_under_the_users_names():
    assert "    w, v = np.linalg.eigh(a)  # (3,), 3×3\n" in str(cr.trace(energy, [A]))
    assert cr.trace(energy, [A]).latex().startswith(r"w, v &= \operatorname{eigh}(a) \\")
    row = cr.trace(energy, [A]).shape_table()[0]
    assert (row.symbol, row.equation, row.dimensions) == ("w, v", "eigh(a)", "eigh(3×3)")
    derivative = str(cr.derive(energy, [A]))
    assert "    w, v = np.linalg.eigh(a) " in derivative
    assert "δ_w = " in derivative
    assert "δ_v = " in derivative


@pytest.mark.names
@pytest.mark.parametrize(("function", "line"), [
    (lambda a: np.linalg.eigh(a).eigenvalues, "v1, v2 = np.linalg.eigh(a)"),
    (lambda a: np.linalg.eigh(a), "v1, v2 = np.linalg.eigh(a)"),
])  # fmt: skip
def test_without_names(function, line):
    assert line in str(cr.trace(function, [A]))


@pytest.mark.names
def test_an_underline_is_no_name():
    def f(a):
        _, logdet = np.linalg.slogdet(a)
        return logdet * 2

    assert "v1, logdet = np.linalg.slogdet(a)" in str(cr.trace(f, [A]))


@pytest.mark.parametrize("function", [energy, likelihood])
@pytest.mark.parametrize("form", ["textbook", "fast"])
def test_runs_as_it_is_printed_and_is_traced_again(function, form):
    texts.text(cr.trace(function, [A]), [A])
    program = cr.derive(function, [A], form=form)
    texts.text(program, [A])
    np.testing.assert_allclose(program(A), cr.grad(function)(A), rtol=1e-12)
    np.testing.assert_allclose(checked.run(program, [A]), cr.grad(function)(A), rtol=1e-12)
    assert cr.check_grad(function, [A]).ok


def test_the_named_tuple_is_numpys():
    seen = []
    cr.grad(lambda a: seen.append(np.linalg.eigh(a)) or np.sum(a))(A)
    assert type(seen[0]) is type(np.linalg.eigh(A))


def test_hessians_and_forward_derivatives():
    hessian = cr.hessian(lambda x: energy(np.outer(x, x) + A))(np.array([0.1, 0.2, 0.3]))
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-8)
    _, slope = cr.jvp(likelihood, (A,), (np.eye(3),))
    np.testing.assert_allclose(slope, np.trace(np.linalg.inv(A)))


def test_only_the_lower_triangle_is_read():
    for function in (np.linalg.eigvalsh, lambda a: np.linalg.eigh(a)[1], lambda a: np.linalg.cholesky(a @ a.T)):
        assert np.isfinite(cr.grad(lambda a, f=function: np.sum(np.sin(f(a))))(A)).all()
    assert np.all(np.triu(cr.grad(lambda a: np.sum(np.linalg.eigvalsh(a) ** 2))(A), 1) == 0)
    assert np.all(np.tril(cr.grad(lambda a: np.sum(np.linalg.eigvalsh(a, "U") ** 2))(A), -1) == 0)


def test_equal_eigenvalues_give_numbers():
    """Where two are equal, single vectors have no derivative, but the projection onto their plane has."""
    a = np.diag([1.0, 1.0, 3.0])

    def projected(a):
        v = np.linalg.eigh(a).eigenvectors[:, :2]
        return np.sum(np.sin(v @ v.T))

    cr.check_grad(lambda x: projected(a + x * np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])), (0.0,), rtol=1e-4)


def test_what_has_no_derivative_is_refused():
    tall = RANDOM.normal(size=(4, 2))
    with pytest.raises(cr.TracingError, match=r"the full U and V of a matrix that is not square have no derivative; "
                                              r"write svd\(…, full_matrices=False\)\."):  # fmt: skip
        cr.grad(lambda a: np.sum(np.linalg.svd(a).U ** 3))(tall)
    with pytest.raises(cr.TracingError, match=r"np\.linalg\.qr\(…, mode='complete'\) has no derivative here; "
                                              r"write mode='reduced'\."):  # fmt: skip
        cr.grad(lambda a: np.sum(np.linalg.qr(a, mode="complete")[0]))(tall)
    with pytest.raises(cr.DimensionError, match="the matrix is not square"):
        cr.grad(lambda a: np.linalg.slogdet(a)[1])(tall)


def test_a_program_with_too_few_targets_is_unsound():
    program = cr.trace(energy, [A])
    first = program.equations[0]
    with pytest.raises(ProgramError, match="gives 2 results for 1 targets"):
        replace(program, equations=(replace(first, targets=first.targets[:1]), *program.equations[1:])).check()
    wrong = Symbol(first.targets[1].name, (3,), first.targets[1].dtype)
    with pytest.raises(ProgramError, match=r"gives 3×3 of float64, and its target is \(3,\) of float64"):
        replace(program, equations=(replace(first, targets=(first.targets[0], wrong)), *program.equations[1:])).check()
