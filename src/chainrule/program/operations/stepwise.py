"""Piecewise constant functions (rounding, signs, tests), whose derivative is 0, and functions with jumps (remainders).

At a jump, the one-sided derivative is taken.
"""

import numpy as np

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import elementwise, first_dtype, primitive
from ..examples import anywhere, nonzero_pairs, pairs
from .common import dtype_by, implements, register
from .elementwise import boolean_operator

for _name, _latex in [
    ("sign", r"\operatorname{sign}({0})"), ("floor", r"\lfloor {0} \rfloor"), ("ceil", r"\lceil {0} \rceil"),
    ("rint", r"\operatorname{round}({0})"), ("trunc", r"\operatorname{trunc}({0})"),
    ("isfinite", r"\operatorname{isfinite}({0})"), ("isnan", r"\operatorname{isnan}({0})"),
    ("isinf", r"\operatorname{isinf}({0})"), ("signbit", r"\operatorname{signbit}({0})"),
]:  # fmt: skip
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise, derivative=None, python=f"np.{_name}({{0}})", latex=_latex,
        examples=anywhere,
    )  # fmt: skip
logical_xor = primitive(
    "logical_xor", ufunc=np.logical_xor, shape=elementwise, derivative=None,
    python="np.logical_xor({0}, {1})", latex=r"({0} \oplus {1})", examples=pairs,
)  # fmt: skip
round_ = primitive(
    "round", shape=elementwise, dtype=dtype_by(np.round), derivative=None,
    params={"decimals": 0}, python="np.round({0}, decimals={decimals})", latex=r"\operatorname{round}({0}, {decimals})",
    examples=lambda random: [((random.normal(size=(2, 3)),), {"decimals": d}) for d in (0, 1)],
)  # fmt: skip
primitive(
    "heaviside", ufunc=np.heaviside, shape=elementwise, derivative=(None, lambda g, y, x, at_zero: g * (x == 0)),
    python="np.heaviside({0}, {1})", examples=pairs,
)  # fmt: skip
primitive(
    "copysign", ufunc=np.copysign, shape=elementwise,
    derivative=(lambda g, y, a, b: g * np.where(np.signbit(a) == np.signbit(b), 1, -1), None),
    python="np.copysign({0}, {1})", examples=pairs,
)  # fmt: skip

primitive(
    "floor_divide", ufunc=np.floor_divide, shape=elementwise, derivative=None,
    python="{0} // {1}", latex=r"\lfloor {0} / {1} \rfloor", examples=nonzero_pairs,
)  # fmt: skip
primitive(
    "remainder", ufunc=np.remainder, shape=elementwise,
    derivative=(lambda g, y, a, b: g, lambda g, y, a, b: -g * (a // b)),
    python="{0} % {1}", latex=r"({0} \bmod {1})", examples=nonzero_pairs,
)  # fmt: skip
primitive(
    "fmod", ufunc=np.fmod, shape=elementwise, derivative=(lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(a / b)),
    python="np.fmod({0}, {1})", examples=nonzero_pairs,
)  # fmt: skip


def _selected_error(g, y, one, other):
    """The error of an operand: g where it was selected or the other is NaN, half of it at a tie, else 0."""
    return np.where(one == other, 0.5 * g, np.where(one == y, g, 0.0))


for _name, _latex in [("fmax", r"\max({0}, {1})"), ("fmin", r"\min({0}, {1})")]:
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise,
        derivative=(lambda g, y, a, b: _selected_error(g, y, a, b), lambda g, y, a, b: _selected_error(g, y, b, a)),
        python=f"np.{_name}({{0}}, {{1}})", latex=_latex, examples=pairs,
    )  # fmt: skip

nan_to_num = primitive(
    "nan_to_num", shape=elementwise, dtype=lambda x, **params: first_dtype(x), params={"nan": 0.0},
    derivative=lambda g, y, x, nan=0.0: np.where(np.isfinite(x), g, 0.0),
    python="np.nan_to_num({0}, nan={nan})", latex=r"\operatorname{nan\_to\_num}({0})", examples=anywhere,
)  # fmt: skip


modf = primitive(
    "modf", shape=lambda x: (x, x), dtype=lambda x: tuple(part.dtype for part in np.modf(np.zeros((), x))),
    results=lambda *parts: parts, derivative=lambda g, y, x: g[0],
    python="np.modf({0})", examples=anywhere,
)  # fmt: skip
primitive(
    "ldexp", ufunc=np.ldexp, shape=elementwise, derivative=(lambda g, y, x, n: np.ldexp(g, n), None),
    python="np.ldexp({0}, {1})", latex=r"{0} \cdot 2^{{1}}",
    examples=lambda random: [((x, random.integers(-3, 4, (2, 3))), {}) for (x,), _ in anywhere(random) if x.shape != (3,)],
)  # fmt: skip
angle = primitive(
    "angle", shape=elementwise, dtype=dtype_by(np.angle),
    derivative=lambda g, y, z: -1j * g / z if z.dtype.kind == "c" else None,
    python="np.angle({0})", examples=anywhere,
)  # fmt: skip


@implements(np.isclose)
def _isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    """NumPy's definition: within the tolerance of a finite b, or equal, as infinities are."""
    with np.errstate(invalid="ignore"):  # of inf - inf
        if hasattr(b, "dtype") and b.dtype.kind != "f":
            b = b.astype(np.float64)
        found = np.abs(a - b) <= atol + rtol * np.abs(b)
        found = found & np.isfinite(b) | (a == b)
        return found | (np.isnan(a) & np.isnan(b)) if equal_nan else found


def cast_for_ufunc(ufunc, x):
    """An array cast to the dtype in which a ufunc takes it; Booleans and integers may become floats."""
    return x.astype(ufunc.resolve_dtypes((x.dtype, None))[0])


@implements(np.reciprocal)
def _reciprocal(x):
    if x.dtype.kind != "f":
        refuse("np.reciprocal of whole numbers divides without remainder", "write 1 / x, or make them floats first")
    return 1 / x


@implements(np.round, np.around)
def _round(a, decimals=0):
    return bind(round_, (a,), (("decimals", int(decimals)),))


register(
    {
        np.bitwise_xor: boolean_operator(logical_xor, "^"),
        np.fix: lambda x: np.trunc(x),
        np.modf: lambda x: bind(modf, (x,)),
        np.divmod: lambda x1, x2: (x1 // x2, x1 % x2),
        np.nan_to_num: lambda x, *, nan=0.0: bind(nan_to_num, (x,), (("nan", float(nan)),)),
        np.isposinf: lambda x: x == np.inf,
        np.isneginf: lambda x: x == -np.inf,
        np.allclose: lambda *args, **keywords: np.all(_isclose(*args, **keywords)),
        np.array_equal: lambda a1, a2: np.shape(a1) == np.shape(a2) and np.all(a1 == a2),
        np.positive: lambda x: cast_for_ufunc(np.positive, x),
        np.fabs: lambda x: np.abs(cast_for_ufunc(np.fabs, x)),
        np.angle: lambda z: bind(angle, (z,)),
        np.isreal: lambda x: np.imag(x) == 0 if x.dtype.kind == "c" else x == x,
        np.real_if_close: lambda a, tol=100: a,
    }
)
