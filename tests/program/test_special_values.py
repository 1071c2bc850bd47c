"""Every function's value and number type are NumPy's own, to the last bit, on infinities, missing numbers, signed zeros,
empty arrays, whole numbers, truth values and float32.

Every case of `test_compositions.py` and every ufunc of the registry is tried; nothing is listed here but where NumPy
itself makes no promise, with the reason.
"""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core import hooks
from chainrule.core.nouns import Constant
from chainrule.core.primitive import UFUNCS
from chainrule.core.traced import Traced
from chainrule.core.tracing import Recording, input_node

from .cases import NEAR, A
from .test_compositions import EVERY

pytestmark = [pytest.mark.unnamed, pytest.mark.uncompiled]
nan, inf = np.nan, np.inf
INPUTS = {
    "float64": A,
    "float32": A.astype(np.float32),
    "missing": np.array([[1.0, nan, 2.0], [-3.0, 0.5, nan]]),
    "all missing": np.full((2, 3), nan),
    "infinite": np.array([[1.0, inf, 2.0], [-inf, 0.5, -2.0]]),
    "more infinite": np.array([[inf, inf, -inf], [-inf, 0.5, inf]]),
    "zeros": np.array([[0.0, -0.0, 0.0], [-0.0, 0.0, -0.0]]),
    "ties": np.array([[1.0, 1.0, 2.0], [2.0, 1.0, 1.0]]),
    "float32, special": np.array([[1.0, nan, 2.0], [-3.0, inf, 0.0]], np.float32),
    "int64": np.array([[3, -1, 2], [0, 5, -4]]),
    "int32": np.array([[3, -1, 2], [0, 5, -4]], np.int32),
    "uint8": np.array([[3, 1, 2], [0, 5, 4]], np.uint8),
    "bool": np.array([[True, False, True], [False, False, True]]),
    "no rows": np.zeros((0, 3)),
    "no columns": np.zeros((2, 0)),
    "one": np.array([[0.5]]),
}
INFINITE = ("infinite", "more infinite", "float32, special")

# Where the value is not NumPy's: on which inputs, and why.
OTHERWISE = {
    "reciprocal": (("int64", "int32", "uint8", "bool"), "refused: it divides without remainder"),
    "einsum": (INFINITE, "which products overflow depends on their order, in NumPy too"),
    "empty_like": (tuple(INPUTS), "NumPy promises no numbers"),
    "histogram": (
        ("missing", "all missing", "infinite", "more infinite", "float32, special", "bool"),
        "NumPy subtracts sums over all bins before, so that NaN reaches the bins behind; truth values are added up as int8",
    ),
    "polymul": (("zeros", "no columns"), "NumPy drops leading zeros, a shape that depends on values"),
    "polyval": (("bool",), "a sum of truth values is a number"),
    "lstsq": ((*INFINITE, "zeros"), "no solution; and a shape that depends on the rank"),
    "polyfit": (INFINITE, "no solution"),
    "select": (("bool",), "NumPy's ** and np.power give two types for truth values"),
}  # fmt: skip
if (
    np.lib.NumpyVersion(np.__version__) >= "2.5.0"
):  # where np.linalg.cond knows more than svdvals, of which it is made here
    OTHERWISE["cond"] = (("missing", "all missing", *INFINITE), "svdvals refuses what is not finite")
ROUNDED = {*NEAR, "float_power"}  # which takes x² by another way than x ** 2 does
SIGNLESS = {"dot", "inner"}  # NumPy begins its sums at 0, which −0.0 does not survive


def recorded(function, x):
    """The value under the trace, and the shape and number type that the rules declare."""

    def plain(found):
        if isinstance(found, (tuple, list)):
            return [plain(each) for each in found]
        return found.value if isinstance(found, Traced) else found

    with hooks.active.running(function, once=False)((x,)) as called, Recording(naming=False) as tape:
        return plain(called(input_node(tape, "x", x)))


def difference(found, right, within, signed):
    """What is wrong with a value, or nothing."""
    found, right = np.asarray(found), np.asarray(right)
    if (found.shape, found.dtype) != (right.shape, right.dtype):
        return f"{found.shape} of {found.dtype} is not {right.shape} of {right.dtype}"
    if right.dtype.kind != "f" or not within:
        same = np.array_equal(found, right, equal_nan=right.dtype.kind == "f")
        same = same and (right.dtype.kind != "f" or not signed or np.array_equal(*map(_signs, (found, right))))
    else:
        same = np.allclose(found, right, rtol=within, atol=within, equal_nan=True)
    return "" if same else f"{found.tolist()} is not {right.tolist()}"


def _signs(array):
    return np.signbit(array) & ~np.isnan(array)


@pytest.mark.parametrize(
    ("found", "right"),
    [(0.0, -0.0), (np.float32(1), 1.0), (nan, 1.0), ([1.0], 1.0), (np.nextafter(1.0, 2.0), 1.0), (2, 1)],
)
def test_a_planted_difference_is_told(found, right):
    assert not difference(right, right, 0, True)
    assert difference(found, right, 0, True)


def compare(name, function, x):
    """What is wrong on one input, or nothing."""
    try:
        right = function(x)
    except Exception as error:
        if isinstance(error, TypeError):  # of a number type that NumPy does not take
            return ""
        with pytest.raises((cr.ChainruleError, ValueError, IndexError, type(error))):
            recorded(function, x)
        return ""
    narrow = np.float32 in (x.dtype, np.asarray(right).dtype)
    within = (1e-5 if narrow else 1e-12) if name in ROUNDED else 0
    return difference(recorded(function, x), right, within, name not in SIGNLESS)


BY_NAME = {}
for _name, _function in EVERY:
    if str(_name).startswith(("scipy.", "math.")):  # which raise errors for numbers that are not finite
        continue
    BY_NAME.setdefault(_name, []).append(_function)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BY_NAME)
def test_value_and_number_type_are_numpys(name):
    left_out = OTHERWISE.get(name, ((), ""))[0]
    with np.errstate(all="ignore"):
        found = {
            (number, key): compare(name, function, x)
            for number, function in enumerate(BY_NAME[name])
            for key, x in INPUTS.items()
            if key not in left_out
        }
    assert not {case: wrong for case, wrong in found.items() if wrong}


@pytest.mark.wide
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", BY_NAME)
def test_they_are_known_without_values(name):
    """Shape and number type, from those of the input alone."""
    left_out = OTHERWISE.get(name, ((), ""))[0]
    wrong = {}
    for number, function in enumerate(BY_NAME[name]):
        known = {}  # by shape and number type, which are all that a trace without values is given
        for key, x in INPUTS.items():
            if key in left_out and key != "float64":
                continue
            try:
                right = np.asarray(function(x))
            except Exception:  # of what NumPy does not take
                continue
            given = (x.shape, x.dtype)
            if given not in known:
                known[given] = known_without_values(function, *given)
            if known[given] not in (None, (right.shape, right.dtype)):
                wrong[number, key] = known[given], right
    assert not wrong


def known_without_values(function, shape, dtype):
    """The shape and number type of the result, or None where a mask or a branch needs the values."""
    try:
        (output,) = cr.trace(function, [cr.Spec(shape, dtype)], naming=False).outputs
    except cr.TracingError as error:
        assert "needs the value" in str(error)
        return None
    output = np.asarray(output.value) if isinstance(output, Constant) else output
    return output.shape, output.dtype


# But for those that are complex of real numbers, of which `difference` knows no NaN; see test_more_functions.py.
REAL_UFUNCS = [each for each in UFUNCS if each.__name__ not in ("hankel1", "hankel2", "wofz")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ufunc", sorted(REAL_UFUNCS, key=lambda each: each.__name__), ids=lambda each: each.__name__)
def test_ufuncs_are_numpys(ufunc):
    if ufunc.signature is not None:
        return
    calls = [lambda x: ufunc(x)]
    if ufunc.nin == 2:
        others = [2, 2.0, -0.5, True, np.float32(0.5), np.int64(3), *(x for x in INPUTS.values() if x.shape == (2, 3))]
        calls = [lambda x, other=other: ufunc(x, other) for other in others]
        calls += [lambda x, other=other: ufunc(other, x) for other in others]
    with np.errstate(all="ignore"):
        for call in calls:
            for key, x in INPUTS.items():
                if ufunc is not np.power or x.dtype != bool:  # NumPy's ** and np.power give two types for those
                    assert not compare("", call, x), key
