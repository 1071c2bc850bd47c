"""Faults are planted in declarations, and the very checks that the registry passes must catch each of them."""

from dataclasses import replace

import numpy as np
import pytest

from chainrule.calculus import backward_cache
from chainrule.core.primitive import PRIMITIVES, first_dtype
from chainrule.core.template import Template, parse_python
from chainrule.program.helpers import overlap_add

from . import checks
from .oracles import ORACLES


def planted(name, *, python=None, **changes):
    """A copy of a declaration with other fields, outside the registry."""
    if python is not None:
        changes["python"] = python if isinstance(python, Template) else parse_python(python)
    return replace(PRIMITIVES[name], _functions={}, **changes)


def caught(check, primitive, *more):
    """Whether a check fails on some example of a declaration."""
    backward_cache.clear()
    for inputs, params in checks.examples(primitive):
        try:
            check(primitive, inputs, params, *more)
        except AssertionError:
            return True
    return False


def g_times(factor):
    return lambda g, y, x, *rest, **params: g * factor(y, x)


WRONG_DERIVATIVES = {
    "tanh: 1 − y": ("tanh", g_times(lambda y, x: 1 - y)),
    "exp: of the input": ("exp", g_times(lambda y, x: x)),
    "log: without the chain rule's g": ("log", lambda g, y, x: 1 / x),
    "sqrt: half of it": ("sqrt", lambda g, y, x: g / (4 * y)),
    "sin: sin": ("sin", g_times(lambda y, x: np.sin(x))),
    "sigmoid: y": ("sigmoid", g_times(lambda y, x: y)),
    "absolute: 1": ("absolute", g_times(lambda y, x: 1.0)),
    "subtract: both plus": ("subtract", (lambda g, y, a, b: g, lambda g, y, a, b: g)),
    "multiply: swapped": ("multiply", (lambda g, y, a, b: g * a, lambda g, y, a, b: g * b)),
    "divide: y / b without minus": ("divide", (lambda g, y, a, b: g / b, lambda g, y, a, b: g * y / b)),
    "power: n xⁿ": ("power", (lambda g, y, x, n: g * n * x**n, PRIMITIVES["power"].derivative[1])),
    "maximum: to the loser": ("maximum", PRIMITIVES["maximum"].derivative[::-1]),
    "where: to both": ("where", (None, lambda g, y, m, a, b: g, lambda g, y, m, a, b: g)),
    "mean: as a sum": ("mean", PRIMITIVES["sum"].derivative),
    "max: to all": ("max", PRIMITIVES["sum"].derivative),
    "matmul: untransposed": ("matmul", (PRIMITIVES["matmul"].derivative[0], lambda g, y, a, b: b * np.sum(a))),
    "T: forgotten": ("T", lambda g, y, x: np.reshape(g, np.shape(x))),
    "concatenate: all to the first": ("concatenate", (lambda g, y, *parts, axis: [p * 0 + np.sum(g) for p in parts],)),
    "inv: without the minus": ("inv", lambda g, y, a: np.swapaxes(y, -1, -2) @ g @ np.swapaxes(y, -1, -2)),
    "eigh: the eigenvalues' error alone": (
        "eigh",
        lambda g, y, a, uplo: PRIMITIVES["eigvalsh"].derivative[0](g[0], y[0], a, uplo),
    ),
    "slogdet: untransposed": ("slogdet", lambda g, y, a: g[1][..., None, None] * np.linalg.inv(a)),
    "solve: the right side only": ("solve", (None, PRIMITIVES["solve"].derivative[1])),
    "cholesky: the upper triangle too": (
        "cholesky",
        lambda g, y, a: PRIMITIVES["cholesky"].derivative[0](g, y, a) + np.triu(g),
    ),
    "cumprod: as if nothing ran on": ("cumprod", lambda g, y, x, axis: g),
    "prod: the product itself": (
        "prod",
        lambda g, y, x, axis=None, keepdims=False: np.sum(g) * y * np.ones(np.shape(x)),
    ),
    "sort: in the old order": ("sort", lambda g, y, x, axis: g),
    "gather: once a place": ("gather", (lambda g, y, x, *i, index: np.zeros(np.shape(x)) + np.sum(g) * 0, None)),
    "einsum: without the other operands": ("einsum", (lambda g, y, *xs, subscripts: [x * 0 + np.sum(g) for x in xs],)),
    "windowed_einsum: as if the windows began elsewhere": (
        "windowed_einsum",
        tuple(
            lambda g, y, one, other, rule=rule, **params: np.roll(rule(g, y, one, other, **params), 1)
            for rule in PRIMITIVES["windowed_einsum"].derivative
        ),
    ),
    "overlap_add: each number once": (
        "windows",
        lambda g, y, x, size, axis: overlap_add(g * (np.indices(size).sum(0) == 0), axis),
    ),
    "convolve: not turned round": (
        "convolve",
        (lambda g, y, a, v, mode: np.convolve(np.pad(g, len(a)), v, "same")[: len(a)], None),
    ),
    "remainder: b has no slope": ("remainder", (lambda g, y, a, b: g, None)),
    "norm: not divided": ("norm", lambda g, y, x, **params: np.sum(g) * x),
    "std: as if ddof were 0": (
        "std",
        lambda g, y, x, axis, ddof, keepdims: PRIMITIVES["std"].derivative[0](g, y, x, axis, 0, keepdims),
    ),
    "a rule that is missing": ("cos", None),
    "a rule too many": ("sign", lambda g, y, x: g),
}


def with_rules(name, rules):
    return planted(name, derivative=rules if isinstance(rules, tuple) else (rules,))


@pytest.mark.parametrize(("name", "rules"), WRONG_DERIVATIVES.values(), ids=WRONG_DERIVATIVES)
def test_a_wrong_derivative_is_caught(name, rules):
    assert caught(checks.gradient, with_rules(name, rules))


def test_a_derivative_that_is_right_but_not_differentiable_is_caught():
    """cos(x) as a plain array: the first derivative is right, and the second would be 0."""

    def cut_off(g, y, x):
        return g * np.cos(getattr(x, "value", x))

    primitive = planted("sin", derivative=(cut_off,))
    assert not caught(checks.gradient, primitive)
    assert caught(checks.second_order, primitive)


def test_a_derivative_that_widens_float32_is_caught(monkeypatch):
    """`fitted` casts every error to its symbol's type: without it, a constant of float64 would widen the gradient."""
    primitive = planted("tanh", derivative=(lambda g, y, x: g * np.float64(1) * (1 - y * y),))
    assert not caught(checks.float32_stays, primitive)
    monkeypatch.setattr("chainrule.core.derivative.fitted", lambda error, shape, dtype: error)
    assert caught(checks.float32_stays, primitive)


def test_a_forgotten_unbroadcast_is_caught(monkeypatch):
    monkeypatch.setattr("chainrule.core.derivative.fitted", lambda error, shape, dtype: error)
    assert caught(checks.gradient, PRIMITIVES["add"])


WRONG_SHAPES = {
    "sum: axis kept": ("sum", lambda shape, axis=None, keepdims=False: shape),
    "sum: keepdims ignored": ("sum", lambda shape, axis=None, keepdims=False: PRIMITIVES["sum"].shape(shape, axis)),
    "multiply: the first's": ("multiply", lambda a, b: a),
    "tanh: one axis more": ("tanh", lambda x: (1, *x)),
    "matmul: the left's": ("matmul", lambda a, b: a),
    "T: unchanged": ("T", lambda shape: shape),
    "transpose: inverse": ("transpose", lambda shape, axes: tuple(shape[i] for i in np.argsort(axes))),
    "concatenate: the first's": ("concatenate", lambda *shapes, axis: shapes[0]),
    "take: the indices'": ("take", lambda shape, indices, axis: indices),
    "getitem: unchanged": ("getitem", lambda shape, index: shape),
    "eigh: vectors only": ("eigh", lambda a, uplo: (a, a)),
    "svd: full": ("svd", lambda a, full_matrices: PRIMITIVES["svd"].shape(a, True)),
    "solve: the matrix's": ("solve", lambda a, b: a),
    "diagonal: the longer side": ("diagonal", lambda x, offset, axis1, axis2: (max(x),)),
    "argmax: axis kept": ("argmax", lambda shape, axis=None: shape),
}


@pytest.mark.parametrize(("name", "rule"), WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_a_wrong_shape_rule_is_caught(name, rule):
    assert caught(checks.declared_type, planted(name, shape=rule))


WRONG_DTYPES = {
    "exp keeps integers": ("exp", first_dtype),
    "greater gives numbers": ("greater", first_dtype),
    "add is always float64": ("add", lambda *dtypes: np.dtype(np.float64)),
    "add forgets the second": ("add", first_dtype),
    "argmax gives floats": ("argmax", lambda dtype, axis=None: np.dtype(np.float64)),
    "sum keeps small integers": ("sum", first_dtype),
    "mean keeps integers": ("mean", first_dtype),
    "astype does nothing": ("astype", first_dtype),
    "where forgets a side": ("where", lambda mask, a, b: np.dtype(np.float64)),
}


@pytest.mark.parametrize(("name", "rule"), WRONG_DTYPES.values(), ids=WRONG_DTYPES)
def test_a_wrong_dtype_rule_is_caught(name, rule):
    assert caught(checks.declared_type, planted(name, dtype=rule))


WRONG_TEXTS = {
    "add": "{0} - {1}",
    "subtract": "{1} - {0}",
    "matmul": "{1} @ {0}",
    "power": "{0} * {1}",
    "greater": "{0} >= {0}",
    "log1p": "np.log({0})",
    "sum": "np.sum({0}, keepdims={keepdims})",
    "mean": "np.sum({0}, axis={axis}, keepdims={keepdims})",
    "getitem": "{0}[{index}][::-1]",
    "T": "{0}",
    "sigmoid": "sigmoid_prime({0})",
    "concatenate": "np.concatenate([{*}][::-1], axis={axis})",
}


@pytest.mark.parametrize(("name", "source"), WRONG_TEXTS.items(), ids=WRONG_TEXTS)
def test_a_wrong_text_is_caught(name, source):
    primitive = planted(name, python=source)

    def value_or_error(*case):
        try:
            checks.value(*case)
        except (TypeError, ValueError, IndexError) as error:  # the text does not even run
            raise AssertionError from error

    assert caught(value_or_error, primitive, ORACLES[name])


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "matmul", "power", "negative", "greater"])
def test_a_text_without_its_brackets_is_caught(name, monkeypatch):
    """The very nests of `test_precedence.py` fail where a template says that it never needs brackets."""
    from . import test_precedence

    template = PRIMITIVES[name].python
    monkeypatch.setattr(PRIMITIVES[name].python.__class__, "write", without_brackets(template))
    with pytest.raises(AssertionError):
        for outer in test_precedence.OPERATORS:
            for side in test_precedence.SIDES:
                test_precedence.nest(name, outer, side)


def without_brackets(faulty):
    write = Template.write

    def written(template, operands, params, defaults):
        piece = write(template, operands, params, defaults)
        return piece._replace(strength=99, operator="") if template is faulty else piece

    return written


def test_what_is_not_planted_passes():
    for name in ("tanh", "add", "sum", "matmul"):
        primitive = planted(name)
        assert not caught(checks.gradient, primitive)
        assert not caught(checks.declared_type, primitive)
        assert not caught(checks.value, primitive, ORACLES[name])
