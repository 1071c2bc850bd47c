"""Operations on special numbers: missing, infinite, ±0, tiny and huge ones, for every way of running a program.

`CASES` has by name a function and its arguments; `differences` compares what a way of running it gave with what NumPy gives for
the printed text, in numbers and in signs of zeros.
"""

import numpy as np

from chainrule.core.binding import bind
from chainrule.core.primitive import PRIMITIVES
from chainrule.program.operations import special
from chainrule.program.operations.activations import softmax

from ..program import checks

_SMALL = 2.0**-1074
NUMBERS = np.array([
    np.nan, np.inf, -np.inf, 0.0, -0.0, _SMALL, -(2.0**-1024), 1e308, -1e308, 1.0, -1.0, 0.5, -2.5, 3.0, 710.0, -745.5, 1e-170,
    1e154,
])  # fmt: skip
# Not two huge numbers in one row: whether their sum or product overflows hangs on its order, in NumPy, too.
ROWS = np.array([
    [1, 2, 3, 4], [np.nan, 1, 2, 3], [1, np.inf, 2, -1], [1, -np.inf, 2, 3], [np.inf, np.inf, 1, 0], [-np.inf] * 4,
    [np.inf, -np.inf, 0, 1], [0, -0.0, 0, -0.0], [-0.0] * 4, [1e8, 1, -1, 0], [_SMALL] * 4, [3, 3, 1, 3], [np.nan] * 4,
    [-1e8, 0, 2, 0], [70, 80, -800, 1], [np.inf] * 4,
])  # fmt: skip
EXPONENTS = (-3, -2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 0.25, 1 / 3)
REDUCTIONS = {
    "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod, "cumsum": np.cumsum, "cumprod": np.cumprod,
    "var": np.var, "std": np.std, "argmax": np.argmax, "argmin": np.argmin, "sort": np.sort, "diff": np.diff,
    "norm": np.linalg.norm, "nansum": np.nansum, "nanmax": np.nanmax, "logaddexp": np.logaddexp.reduce, "softmax": softmax,
    "maximum.accumulate": np.maximum.accumulate, "scipy.special.softmax": special.special.softmax,
    "scipy.special.log_softmax": special.special.log_softmax, "scipy.special.logsumexp": special.special.logsumexp,
    "norm of order 1": lambda x, axis: np.linalg.norm(x, 1, axis=axis),
    "norm of order ∞": lambda x, axis: np.linalg.norm(x, np.inf, axis=axis),
    "any": lambda x, axis: np.any(x > 0, axis=axis),
    "all": lambda x, axis: np.all(x > 0, axis=axis),
}  # fmt: skip
SIGNLESS = {"maximum", "minimum", "fmax", "fmin", "max", "min", "nanmax", "sort", "maximum.accumulate"}
"""Operations of which NumPy leaves open whether the result is 0 or −0 where both are as large."""
OTHERWISE = {"kl_div": "SciPy's x / y underflows to 0 where its logarithm is a number"}
"""Operations whose loops are right where NumPy's or SciPy's function is not."""


def _elementwise(primitive):
    """An operation on all special numbers, or all pairs of them, for each of its params."""
    for params in dict.fromkeys(params for _, params in checks.examples(primitive)):
        inputs = next(inputs for inputs, other in checks.examples(primitive) if other == params)
        kinds = [np.asarray(each).dtype.kind for each in inputs]
        places = [place for place, kind in enumerate(kinds) if kind == "f"]
        if len(places) not in (1, 2) or "c" in kinds:
            continue
        grid = iter([each.ravel() for each in np.meshgrid(*[NUMBERS] * len(places), indexing="ij")])
        size, full = NUMBERS.size ** len(places), list(inputs)
        for place, kind in enumerate(kinds):
            if kind == "f":
                full[place] = next(grid)
            elif isinstance(full[place], np.ndarray):
                full[place] = np.resize(full[place], size)
        arrays = [place for place, each in enumerate(full) if isinstance(each, np.ndarray)]

        def operation(*given, full=full, arrays=arrays, params=params):
            operands = list(full)
            for place, each in zip(arrays, given, strict=True):
                operands[place] = each
            return bind(primitive, tuple(operands), params)

        yield operation, [full[place] for place in arrays]


def _cases():
    for name, primitive in sorted(PRIMITIVES.items()):
        if primitive.elementwise and primitive.results is None and name not in OTHERWISE:
            for number, (operation, args) in enumerate(_elementwise(primitive)):
                yield f"{name}, {number}", (operation, args)
    for exponent in EXPONENTS:
        yield f"power, {exponent:.4g}", (lambda x, exponent=exponent: x**exponent, [NUMBERS])
    for name, function in REDUCTIONS.items():
        for axis in (0, 1):
            for title, rows in (("", ROWS), (", turned", ROWS.T.copy()), (", wide", np.tile(ROWS, (1, 4)))):
                operation = lambda x, function=function, axis=axis: function(x, axis=axis)  # noqa: E731
                yield f"{name}, axis {axis}{title}", (operation, [rows])


CASES = dict(_cases())


def arguments(args, dtype):
    """The arguments of a case, floats in this dtype."""
    with np.errstate(over="ignore"):
        return [each.astype(dtype) if each.dtype.kind == "f" else each.copy() for each in args]


def differences(name, found, wanted):
    """The places where a result is not NumPy's."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if wanted.dtype.kind != "f":
        return np.argwhere(found != wanted)
    with np.errstate(invalid="ignore"):
        within = 1e-9 if wanted.dtype == np.float64 else 4e-6
        same = (found == wanted) | (np.isnan(found) & np.isnan(wanted)) | np.isclose(found, wanted, rtol=within, atol=0)
    if name.partition(",")[0] not in SIGNLESS:
        same &= np.isnan(wanted) | (np.signbit(found) == np.signbit(wanted))
    return np.argwhere(~same)
