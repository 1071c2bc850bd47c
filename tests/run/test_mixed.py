"""Programs of which NumPy computes what has no loops, on the memory of the loops around it: values, errors, threads, branches."""

import threading
import warnings

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from tests.program import checks

import chainrule as cr
from chainrule.core.binding import bind
from chainrule.core.errors import BranchError
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.program.operations import matrix_functions, special  # noqa: F401  # SciPy's functions enter the registry
from chainrule.run import lowering
from chainrule.run.lowering import program as lowering_program

RANDOM = np.random.default_rng(11)
A = RANDOM.normal(size=(4, 4)) + 4 * np.eye(4)


def mixed(program):
    """The program as a function, and the names of the operations that NumPy computes in it."""
    run = lowering.trusting(program, calls=True)
    assert callable(run), run
    return run, [each.primitive.name for each in run.called]


def flat(results):
    return [one for each in results for one in flat(each)] if isinstance(results, (tuple, list)) else [results]


def agree(found, wanted, close=1e-12):
    for one, other in zip(flat(found), flat(wanted), strict=True):
        assert type(one) is type(other) or np.shape(other) == ()
        assert (np.shape(one), np.asarray(one).dtype) == (np.shape(other), np.asarray(other).dtype)
        rough = 2e-5 if np.asarray(one).dtype == np.float32 else close
        np.testing.assert_allclose(one, other, rtol=rough, atol=rough)


@pytest.mark.wide
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_every_operation_within_loops(name, dtype):
    """Loops make what an operation is given, and read what it makes; those that have loops are tried elsewhere, too."""
    primitive = PRIMITIVES[name]
    for inputs, params in checks.examples(primitive):
        inputs = checks.cast(inputs, dtype)
        places = [k for k, each in enumerate(inputs) if checks.is_float(each)]
        if not places or sum(isinstance(each, np.integer) for each in inputs) > 1:
            continue  # two NumPy integers that become Python's change the kind of number, which is an error

        def within(*given, inputs=inputs, params=params, places=places):
            full = list(inputs)
            for place, each in zip(places, given, strict=True):
                full[place] = each * 0.5 * 2.0
            made = bind(primitive, tuple(full), params)
            made = made if isinstance(made, tuple) else (made,)
            return [np.where(each == each, each * 1.0, 0.0) for each in made], [each * 1.0 for each in given]

        given = [inputs[place] for place in places]
        with np.errstate(all="ignore"):
            program = trace(within, given)
            run, called = mixed(program)
            assert set(called) <= {name}
            for _ in range(2):
                agree(run(*given), program(*given))


KINDS = [
    lambda x, y, d: np.tanh(x) * y,
    lambda x, y, d: np.sin(x) + np.cos(y),
    lambda x, y, d: np.linalg.inv(d) @ y,
    lambda x, y, d: x.T @ np.tanh(y) * 0.3,
    lambda x, y, d: np.linalg.slogdet(d)[1] * x,
    lambda x, y, d: np.linalg.eigvalsh(d)[:, np.newaxis] * y * 0.1,
    lambda x, y, d: np.linalg.solve(np.stack([d, d + y.T @ y]), np.stack([x, y]))[1],
    lambda x, y, d: np.where(x > y, x, y) / (1.0 + x * x),
    lambda x, y, d: np.linalg.svd(x, compute_uv=False) + y,
    lambda x, y, d: np.linalg.cholesky(d).T + np.linalg.pinv(d) @ x,
    lambda x, y, d: np.linalg.qr(d)[1] * 0.2 + y,
    lambda x, y, d: np.sum(x, axis=0) * np.linalg.det(d) * 0.01 + y,
]


def random_program(seed):
    """A function of two matrices: elementwise operations, products and matrices' own, on what was made before."""
    random = np.random.default_rng(seed)
    plan = [(int(random.integers(len(KINDS))), int(random.integers(99)), int(random.integers(99))) for _ in range(9)]

    def f(a, b):
        made = [a, b]
        for kind, first, second in plan:
            x, y = made[first % len(made)], made[second % len(made)]
            definite = np.eye(3) * 3.0 + np.tanh(x) @ np.tanh(x).T
            made.append(np.tanh(KINDS[kind](x, y, definite)))
        return np.sum(made[-1] * made[-2])

    return f


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(25))
def test_random_programs_and_their_gradients(seed):
    f, (a, b) = random_program(seed), RANDOM.normal(size=(2, 3, 3))
    both = cr.value_and_grad(f, (0, 1))
    program = simplify(trace(both, (a, b)), "fast")
    run, _ = mixed(program)
    for shift in (0.0, 0.1):
        agree(run(a + shift, b), program(a + shift, b), close=1e-9)
        agree(run(a + shift, b), both(a + shift, b), close=1e-9)


def test_these_programs_are_mixed():
    called = []
    for seed in range(25):
        a, b = np.random.default_rng(seed).normal(size=(2, 3, 3))
        called += mixed(simplify(trace(cr.grad(random_program(seed)), (a, b)), "fast"))[1]
    assert {"inv", "eigh", "solve", "svd", "pinv", "qr"} <= {*called}


def test_loops_read_what_numpy_made_and_not_what_lay_there_before(monkeypatch):
    """A planted fault: an operation that computes another."""
    program = simplify(trace(lambda a: np.sum(np.linalg.inv(a * 2.0) ** 2), [A]), "fast")
    agree(mixed(program)[0](A), program(A))
    monkeypatch.setitem(PRIMITIVES["inv"]._functions, (1, ()), lambda x: x)
    with pytest.raises(AssertionError):
        agree(mixed(program)[0](A), np.sum(np.linalg.inv(A * 2.0) ** 2))


def test_what_numpy_refuses_is_an_error_as_in_the_printed_text():
    fast = cr.compile(lambda a: np.sum(np.tanh(np.linalg.inv(a * 1.0) * 2.0) + a), "native")
    with pytest.warns(RuntimeWarning, match=r"^function runs as machine code, and on NumPy: inv\(4×4\)"):
        good = fast(A)
    with pytest.raises(np.linalg.LinAlgError, match=r"^Singular matrix$") as error:
        fast(np.ones((4, 4)))
    assert error.value.__context__ is None
    assert fast(A) == good


def test_a_branch_goes_before_what_numpy_refuses():
    def f(a):
        if a[0, 0] > 0:
            return np.sum(np.linalg.inv(a) * 2.0)
        return np.sum(a)

    program = trace(f, [A])
    run, called = mixed(program)
    assert called == ["inv"]
    assert run(A) == pytest.approx(program(A), rel=1e-13)
    for other in (-A, np.zeros((4, 4))):  # the second is singular, too
        with pytest.raises(BranchError):
            run(other)
    assert run(A) == pytest.approx(program(A), rel=1e-13)


def test_what_loops_found_wrong_is_said_before_numpy_goes_on():
    program = trace(lambda a, b: np.linalg.eigvalsh(np.outer(np.linalg.solve(a, b), b)) * 2.0, [A, np.ones(4)])
    run, called = mixed(program)
    assert called == ["eigvalsh"]
    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
        run(np.zeros((4, 4)), np.ones(4))
    agree(run(A, np.ones(4)), program(A, np.ones(4)))


def test_numbers_that_loops_do_not_hold():
    """Bytes, and arrays without elements, pass by the memory."""
    image = RANDOM.integers(0, 255, (4, 4)).astype(np.uint8)

    def f(image, x):
        x = x * (image.astype(float) / 255.0)
        empty = x[:0] * 2.0
        return np.sum(x @ x), image, empty, np.sum(empty) + x, np.concatenate([empty, x])

    program = trace(f, [image, A])
    run, called = mixed(program)
    assert "astype" in called
    found = run(image, A)
    agree(found, program(image, A))
    assert not np.shares_memory(found[1], image)
    found[1][...] = 0
    assert image.any()


def test_results_belong_to_the_caller():
    def f(a):
        inverse = np.linalg.inv(a)
        return inverse, inverse.T, inverse * 2.0, a

    run, _ = mixed(trace(f, [A]))
    first = run(A)
    kept = [each.copy() for each in first]
    assert not any(np.shares_memory(one, other) for one in first for other in (A, *first) if one is not other)
    run(A + 1.0)
    agree(list(first), kept)


def test_threads_do_not_share_memory():
    f = cr.grad(lambda a: np.sum(np.tanh(np.linalg.inv(a)) ** 2) + np.linalg.slogdet(a)[1])
    program = simplify(trace(f, [A]), "fast")
    run, _ = mixed(program)
    wrong = []

    def work(seed):
        a = A + np.random.default_rng(seed).normal(size=A.shape) * 0.1
        wanted = program(a)
        wrong.extend(seed for _ in range(300) if not np.allclose(run(a), wanted, rtol=1e-11))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong


def test_operations_that_are_found_to_have_no_loops_while_they_are_written():
    n = 129
    large = np.eye(n) + 0.1
    program = trace(lambda a: np.sum(np.linalg.cholesky(a @ a.T) * 2.0), [large])
    run, called = mixed(program)
    assert called == ["cholesky"]
    assert run(large) == pytest.approx(program(large), rel=1e-12)
    with pytest.raises(lowering.Unsupported):
        lowering_program.lowered(program, 64)


def test_auto_takes_both_where_it_pays_and_warns_of_nothing():
    def much(a):
        b = np.linalg.inv(a)
        return np.sum(np.tanh(b) * np.exp(-b) + np.sin(a) * np.max(b, axis=0))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fast, little = cr.compile(much), cr.compile(lambda a: np.linalg.inv(a) * 2.0)
        agree(fast(A), much(A))
        agree(little(A), np.linalg.inv(A) * 2.0)
    assert fast.report().startswith("much runs as machine code, and on NumPy: inv(4×4) (test_mixed.py:")
    assert little.report() == "function runs on NumPy: loops would gain nothing"
