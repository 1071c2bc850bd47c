"""What is flat between its steps (rounding, signs, tests) and has no slope; and what goes on between them (remainders).

At a step itself the slope is taken from one side, as rounding is flat everywhere else.
"""

import numpy as np

from ..binding import bind
from ..examples import anywhere, nonzero_pairs, pairs
from ..primitive import elementwise, first_dtype, primitive
from ..traced import FUNCTIONS
from .elementwise import of_truth_values

for _name, _latex in [
    ("floor", r"\lfloor {0} \rfloor"), ("ceil", r"\lceil {0} \rceil"), ("rint", r"\operatorname{round}({0})"),
    ("trunc", r"\operatorname{trunc}({0})"), ("isfinite", r"\operatorname{isfinite}({0})"),
    ("isnan", r"\operatorname{isnan}({0})"), ("isinf", r"\operatorname{isinf}({0})"), ("signbit", r"\operatorname{signbit}({0})"),
]:  # fmt: skip
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise, derivative=None, python=f"np.{_name}({{0}})", latex=_latex,
        examples=anywhere,
    )  # fmt: skip
logical_xor = primitive(
    "logical_xor", ufunc=np.logical_xor, shape=elementwise, derivative=None,
    python="np.logical_xor({0}, {1})", latex=r"({0} \oplus {1})", examples=pairs,
)  # fmt: skip
FUNCTIONS[np.bitwise_xor] = of_truth_values(logical_xor, "^")
round_ = primitive(
    "round", shape=elementwise, dtype=lambda x, decimals=0: np.round(np.zeros((), x), decimals).dtype, derivative=None,
    params={"decimals": 0}, python="np.round({0}, decimals={decimals})", latex=r"\operatorname{round}({0})",
    examples=lambda random: [((random.normal(size=(2, 3)),), {"decimals": d}) for d in (0, 1)],
)  # fmt: skip
heaviside = primitive(
    "heaviside", ufunc=np.heaviside, shape=elementwise, derivative=(None, lambda g, y, x, at_zero: g * (x == 0)),
    python="np.heaviside({0}, {1})", latex=r"\operatorname{heaviside}({0}, {1})", examples=pairs,
)  # fmt: skip
copysign = primitive(
    "copysign", ufunc=np.copysign, shape=elementwise,
    derivative=(lambda g, y, a, b: g * np.where(np.signbit(a) == np.signbit(b), 1, -1), None),
    python="np.copysign({0}, {1})", latex=r"\operatorname{copysign}({0}, {1})", examples=pairs,
)  # fmt: skip

floor_divide = primitive(
    "floor_divide", ufunc=np.floor_divide, shape=elementwise, derivative=None,
    python="{0} // {1}", latex=r"\lfloor {0} / ({1}) \rfloor", examples=nonzero_pairs,
)  # fmt: skip
remainder = primitive(
    "remainder", ufunc=np.remainder, shape=elementwise,
    derivative=(lambda g, y, a, b: g, lambda g, y, a, b: -g * (a // b)),
    python="{0} % {1}", latex=r"({0} \bmod {1})", examples=nonzero_pairs,
)  # fmt: skip
fmod = primitive(
    "fmod", ufunc=np.fmod, shape=elementwise, derivative=(lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(a / b)),
    python="np.fmod({0}, {1})", latex=r"\operatorname{fmod}({0}, {1})", examples=nonzero_pairs,
)  # fmt: skip


def _one_of(g, y, one, other):
    """The error of one operand: half where the two tie, all where the other is no number, or loses."""
    return np.where(one == other, 0.5 * g, np.where(one == y, g, 0.0))


for _name, _latex in [("fmax", r"\max({0}, {1})"), ("fmin", r"\min({0}, {1})")]:
    primitive(
        _name, ufunc=getattr(np, _name), shape=elementwise,
        derivative=(lambda g, y, a, b: _one_of(g, y, a, b), lambda g, y, a, b: _one_of(g, y, b, a)),
        python=f"np.{_name}({{0}}, {{1}})", latex=_latex, examples=pairs,
    )  # fmt: skip

nan_to_num = primitive(
    "nan_to_num", shape=elementwise, dtype=lambda x, **params: first_dtype(x), params={"nan": 0.0},
    derivative=lambda g, y, x, nan=0.0: np.where(np.isfinite(x), g, 0.0),
    python="np.nan_to_num({0}, nan={nan})", latex=r"\operatorname{nan\_to\_num}({0})", examples=anywhere,
)  # fmt: skip


def _round(a, decimals=0):
    return bind(round_, (a,), (("decimals", int(decimals)),))


def _modf(x):
    whole = np.trunc(x)
    return x - whole, whole


FUNCTIONS[np.round] = FUNCTIONS[np.around] = _round
FUNCTIONS[np.fix] = lambda x: np.trunc(x)
FUNCTIONS[np.modf] = _modf
FUNCTIONS[np.divmod] = lambda x1, x2: (x1 // x2, x1 % x2)
FUNCTIONS[np.ldexp] = lambda x1, x2: x1 * np.exp2(x2)
FUNCTIONS[np.nan_to_num] = lambda x, *, nan=0.0: bind(nan_to_num, (x,), (("nan", float(nan)),))
FUNCTIONS[np.isposinf] = lambda x: x == np.inf
FUNCTIONS[np.isneginf] = lambda x: x == -np.inf
FUNCTIONS[np.isclose] = lambda a, b, rtol=1e-5, atol=1e-8: np.where(
    a == b, True, np.abs(a - b) <= atol + rtol * np.abs(b)
)
FUNCTIONS[np.allclose] = lambda a, b, rtol=1e-5, atol=1e-8: np.all(np.isclose(a, b, rtol, atol))
FUNCTIONS[np.array_equal] = lambda a1, a2: np.shape(a1) == np.shape(a2) and np.all(a1 == a2)

# Of real numbers these are the numbers themselves, or 0.
FUNCTIONS[np.positive] = FUNCTIONS[np.conjugate] = FUNCTIONS[np.real] = lambda x: x
FUNCTIONS[np.imag] = lambda val: 0 * val
FUNCTIONS[np.fabs] = lambda x: np.abs(x) * 1.0 if x.dtype.kind != "f" else np.abs(x)
FUNCTIONS[np.angle] = lambda z: np.where(z < 0, np.pi, 0.0)
FUNCTIONS[np.isreal] = lambda x: x == x
FUNCTIONS[np.real_if_close] = lambda a, tol=100: a
