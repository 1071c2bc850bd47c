"""Programs as loops: every operation that has them, on all examples of its declaration and on arrays that fill vectors.

Machine code gives, bit for bit, what the interpreter gives of the same loops; and, within rounding, what NumPy gives of the
program, with vectors of every width and with none.
"""

import contextlib
import itertools

import numpy as np
import pytest
import scipy.special

pytest.importorskip("llvmlite")

from tests.program import checks

from chainrule.core.binding import bind
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.program.operations import matrix_functions, special, transforms  # noqa: F401  # enter the registry
from chainrule.run.loops import machine_code
from chainrule.run.loops.language import apply, check
from chainrule.run.lowering import operations, sorting, tiles
from chainrule.run.lowering import program as lowering
from chainrule.run.lowering.elementwise import NUMBERS
from chainrule.run.lowering.operations import ARITHMETIC, LIBRARY
from chainrule.run.lowering.refusal import Unsupported

from .loops.interpreter import Interpreter

DTYPES = {name: np.dtype(dtype) for dtype, name in NUMBERS.items()}
KNOWN = sorted({*lowering.ELEMENTWISE, *lowering.OPERATIONS, *lowering.VIEWS} & {*PRIMITIVES})
RANDOM = np.random.default_rng(5)


def seen(memory, view):
    return np.ndarray(view.shape, DTYPES[view.number], memory, view.offset, view.strides)


def run(program, args, register, machine=True):
    """Whether something is wrong, and what a program gives as loops."""
    loops = lowering.lowered(program, register)
    check(loops.functions)
    spaces = {"memory": np.zeros(loops.size, np.uint8)}
    spaces["constants"] = np.zeros(sum(value.nbytes + 64 for value, _ in loops.constants), np.uint8)
    for value, view in loops.constants:
        seen(spaces["constants"], view)[...] = value
    for value, view in zip(args, loops.inputs, strict=True):
        if view is not None:
            seen(spaces["memory"], view)[...] = value
    if machine:
        machine_code.compiled(loops.functions).function("main")(*(each.ctypes.data for each in spaces.values()))
    else:
        Interpreter(loops.functions).run("main", [*spaces.values()])
    outputs = [seen(spaces[o.array], o).copy() if isinstance(o, lowering.View) else o for o in loops.outputs]
    return bool(spaces["memory"][0]), outputs


def flat(results):
    """All arrays of results, however they nest."""
    return [one for each in results for one in flat(each)] if isinstance(results, (tuple, list)) else [results]


def compare(program, args, registers=(64, 16, 0)):
    """The loops beside NumPy, and beside the interpreter, of which they have every bit."""
    with np.errstate(all="ignore"):
        wanted = program(*args)
    wanted = flat(wanted)
    for register in registers:
        wrong, found = run(program, args, register)
        assert not wrong
        for one, other in zip(found, map(np.asarray, wanted), strict=True):
            assert (np.shape(one), one.dtype) == (other.shape, other.dtype)
            close, size = (3e-6 if one.dtype == np.float32 else 1e-12), np.abs(other[np.isfinite(other)], dtype=float)
            np.testing.assert_allclose(one, other, rtol=close, atol=close * size.max(initial=0))
    _, again = run(program, args, 16, machine=False)
    _, found = run(program, args, 16)
    for one, other in zip(found, again, strict=True):
        np.testing.assert_allclose(
            one, other, rtol=4.5e-16 if {e.primitive.name for e in program.equations} & {*LIBRARY, "norm"} else 0
        )


def with_arrays(examples):
    """Some examples of an operation as a function of all their arrays, and these."""
    arrays = [each for _, inputs, _ in examples for each in inputs if isinstance(each, (np.ndarray, np.generic))]

    def operations(*given):
        left = iter(given)
        found = [
            bind(p, tuple(next(left) if isinstance(x, (np.ndarray, np.generic)) else x for x in inputs), params)
            for p, inputs, params in examples
        ]
        return tuple(flat(found))

    return operations, arrays


def is_written(primitive, inputs, params):
    operation, arrays = with_arrays([(primitive, inputs, params)])
    try:
        lowering.lowered(trace(operation, arrays), 16)
    except Unsupported:
        return False
    return True


@pytest.mark.wide
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", KNOWN)
def test_every_operation_gives_what_numpy_gives(name, dtype):
    primitive = PRIMITIVES[name]
    examples = [(primitive, checks.cast(inputs, dtype), params) for inputs, params in checks.examples(primitive)]
    written = [each for each in examples if is_written(*each)]
    assert written
    operations, arrays = with_arrays(written)
    compare(trace(operations, arrays), arrays)


def another_innermost(program, lanes):
    """For every array the first axis as the one that lies innermost, whatever reads it."""
    return {each.name: 0 for equation in program.equations for each in equation.targets if len(each.shape) > 1}


@pytest.mark.wide
@pytest.mark.parametrize("name", KNOWN)
def test_every_operation_writes_results_whose_last_axis_is_not_innermost(monkeypatch, name):
    monkeypatch.setattr(lowering, "innermost", another_innermost)
    test_every_operation_gives_what_numpy_gives(name, np.float64)


def mixed(inputs, kinds):
    """The inputs with their arrays of floats as numbers of other kinds, in turn."""
    kinds = itertools.cycle(kinds)
    return tuple(each.astype(next(kinds)) if checks.is_float(each) else each for each in inputs)


@pytest.mark.parametrize("kinds", [(np.int64,), (np.bool_,), (np.float32, np.float64), (np.float64, np.int64)])
def test_operands_of_other_kinds_are_taken_as_numpy_takes_them(kinds):
    tried = set()
    for name in {*KNOWN} - {"argsort", "argpartition"}:  # which tell of equal numbers in one of several orders
        found = []
        for inputs, params in checks.examples(PRIMITIVES[name]):
            if any(np.shape(each) == () for each in inputs):
                continue  # numbers that are no floats are no inputs
            example = (PRIMITIVES[name], mixed(inputs, kinds), params)
            with contextlib.suppress(TypeError, ValueError, AttributeError), np.errstate(all="ignore"):
                found += [example] if is_written(*example) else []  # NumPy takes some such numbers nowhere
        if found:
            tried.add(name)
            operations, arrays = with_arrays(found)
            with np.errstate(all="ignore"):
                program = trace(operations, arrays)
            compare(program, arrays, registers=(64, 0))
    assert tried >= {"sum", "max", "argmax", "where", "take", "concatenate", "greater", "tril"}


LEFT_TO_NUMPY = {
    "inv", "cofactors", "det", "slogdet", "pinv", "eigh", "eigvalsh", "svd", "svdvals", "qr",  # of matrices
    "expm", "logm", "sqrtm", "solve_sylvester", "betainc_order", "gammainc_order", "real_lambertw",  # of SciPy
    "dct", "recursive_filter",  # of its signals
    "running_max", "running_min", "flatnonzero",
}  # fmt: skip


def test_what_goes_to_numpy_is_named_once():
    of_scipy = {name for name, each in PRIMITIVES.items() if "special" in each.python.source}
    assert {*PRIMITIVES} - {*KNOWN} - of_scipy == LEFT_TO_NUMPY


# ---- to the last bit, at the ends of the numbers, too ------------------------------------------------------------------


# Of what is divided by 0; filters of warnings belong to all threads, the server's, too.
quiet = np.errstate(all="ignore")
SPECIAL = [0, 0.5, 1, 1.5, 2, 2.5, 3, 0.1, 0.05, 7, 1e-3, 12345.67, 1e10, 2**24 + 1, 2**53 - 1, 1e22, np.inf, np.nan]


def all_pairs(dtype, most=10**9):
    """Numbers of all sizes, special ones among them, each with each; as many pairs as wanted."""
    ends = [np.finfo(dtype).smallest_subnormal, np.finfo(dtype).tiny, np.finfo(dtype).max, np.finfo(dtype).eps]
    some = np.array([*SPECIAL, *ends, *np.exp(RANDOM.uniform(-80, 80, 20)), *RANDOM.uniform(0, 9, 10)], dtype)
    x, y = np.meshgrid([*some, *-some], [*some, *-some])
    chosen = RANDOM.permutation(x.size)[:most]
    return x.ravel()[chosen].astype(dtype), y.ravel()[chosen].astype(dtype)


def whole_pairs(dtype):
    ends = np.iinfo(dtype)
    some = np.array([0, 1, 2, 3, 7, 15, 255, 2**30, ends.max, ends.max - 1], dtype)
    x, y = np.meshgrid([*some, *-some, ends.min], [*some, *-some, ends.min])
    return x.ravel(), y.ravel()


def same_bits(program, args):
    """NumPy's results bit for bit, but for which NaN: in vectors of every width, and of the interpreter."""
    with np.errstate(all="ignore"):
        wanted = flat(program(*args))
    for register in (64, 16, 0, "interpreter"):
        interpreted = register == "interpreter"
        wrong, found = run(program, args, 16 if interpreted else register, machine=not interpreted)
        assert not wrong
        for one, other in zip(found, wanted, strict=True):
            assert one.dtype == other.dtype
            differ = (one != other) & ~((one != one) & (other != other)) | (
                (one == 0) & (np.signbit(one) != np.signbit(other))
            )
            assert not differ.any(), [(each[differ][:5]) for each in (*args, one, other) if each.shape == differ.shape]


EXACT = {
    "quotients": lambda x, y: (x // y, x % y, np.fmod(x, y)),
    "rounded": lambda x, y: (np.round(x), np.round(x, 1), np.round(y, 2), np.round(x, -1), np.round(y, -3)),
    "before and behind the point": lambda x, y: (*np.modf(x), *np.modf(-y)),
    "what is no number": lambda x, y: (np.nan_to_num(x), np.nan_to_num(y, nan=-2.5)),
}  # fmt: skip


@quiet
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EXACT)
def test_what_is_exact_has_numpys_bits(name, dtype):
    x, y = all_pairs(dtype)
    pairs = all_pairs(dtype, 300)
    program = trace(EXACT[name], pairs)
    same_bits(program, pairs)
    with np.errstate(all="ignore"):
        wanted = flat(EXACT[name](x, y))
    _, found = run(trace(EXACT[name], (x, y)), (x, y), 16)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)
        zero = other == 0
        np.testing.assert_array_equal(np.signbit(one)[zero], np.signbit(other)[zero])


@quiet
@pytest.mark.parametrize("dtype", [np.int64, np.int32])
@pytest.mark.parametrize("name", EXACT)
def test_whole_numbers_are_divided_and_rounded_as_numpy_does(name, dtype):
    args = whole_pairs(dtype)
    if name == "rounded":  # floats have not all of these
        args = tuple(each // 4096 for each in args)
    same_bits(trace(EXACT[name], args), args)


@quiet
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_powers_of_two_are_rounded_once(dtype, kind):
    x, _ = all_pairs(dtype, 400)
    ends = np.iinfo(kind)
    n = RANDOM.choice([0, 1, -1, 127, -126, -149, -200, 1023, -1022, -1074, -2200, 2200, ends.max, ends.min], x.size)
    n = np.where(RANDOM.random(x.size) < 0.5, n, RANDOM.integers(-160, 160, x.size)).astype(kind)
    same_bits(trace(np.ldexp, (x, n)), (x, n))
    same_bits(trace(lambda x: np.ldexp(x, -140), (x,)), (x,))


@quiet
@pytest.mark.parametrize(
    ("name", "part", "fault"),
    [
        ("quotients", "_copysign", lambda block, x, y: x),
        ("quotients", "_downward", lambda block, x, y: (operations._fmod(block, x, y), (x < 0) ^ (y < 0))),
        ("quotients", "_rest", lambda block, x, y: x - y * apply("trunc", x / y)),
        ("rounded", "_round", lambda block, x, decimals: apply("nearest", x * 10.0**decimals) * 10.0**-decimals),
    ],
)
def test_a_planted_fault_in_what_is_exact_is_seen(monkeypatch, name, part, fault):
    monkeypatch.setattr(operations, part, fault)
    for known in [each for each, function in ARITHMETIC.items() if function.__name__ == part]:
        monkeypatch.setitem(ARITHMETIC, known, fault)
    with pytest.raises(AssertionError):
        test_what_is_exact_has_numpys_bits(name, np.float64)


# ---- order, places, and what lies between ------------------------------------------------------------------------------


def with_ties(shape, dtype):
    """Numbers of which many are equal, in floats with NaN, infinities and zeros of both signs."""
    some = [0, 1, 2, -1, 5] if np.dtype(dtype).kind in "ib" else [0.0, -0.0, 1.0, 2.5, -1.0, np.nan, np.inf, -np.inf]
    drawn = RANDOM.choice(np.array(some, dtype), shape)
    return np.where(RANDOM.random(shape) < 0.5, drawn, (10 * RANDOM.normal(size=shape)).astype(dtype)).astype(dtype)


def in_order(x, axis):
    places = np.argsort(x, axis=axis, kind="stable")
    return np.take_along_axis(x, places, axis=axis), places


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int32, np.bool_])
def test_numbers_are_put_in_order_along_any_axis_and_equal_ones_stay(dtype):
    shapes = [(n,) for n in (*range(1, 20), 33, 64, 100, 1000)] + [(5, 7), (7, 1, 4), (3, 4, 5)]
    for shape in shapes:
        x = with_ties(shape, dtype)
        for axis in range(-1, len(shape) - 1):
            program = trace(lambda x, axis=axis: (np.sort(x, axis=axis), np.argsort(x, axis=axis)), [x])
            wanted = in_order(x, axis)
            for register in (64, "interpreter") if x.size < 100 else (64,):
                interpreted = register == "interpreter"
                wrong, found = run(program, [x], 16 if interpreted else register, machine=not interpreted)
                assert not wrong
                for one, other in zip(found, wanted, strict=True):
                    assert one.dtype == other.dtype
                    np.testing.assert_array_equal(one, other)
                    if one.dtype.kind == "f":
                        sure = ~np.isnan(other)
                        np.testing.assert_array_equal(np.signbit(one)[sure], np.signbit(other)[sure])


@pytest.mark.parametrize("fault", [lambda x, y: x <= y, lambda x, y: x < y])
def test_a_planted_fault_in_an_order_is_seen(monkeypatch, fault):
    monkeypatch.setattr(sorting, "_before", fault)
    with pytest.raises(AssertionError):
        test_numbers_are_put_in_order_along_any_axis_and_equal_ones_stay(np.float64)


def test_parts_are_on_their_sides():
    x = with_ties((6, 50), np.float64)
    program = trace(lambda x: (np.argpartition(x, 7, axis=1), np.partition(x, (3, 40), axis=1)), [x])
    wrong, (places, parts) = run(program, [x], 64)
    assert not wrong
    for line, place, part in zip(x, places, parts, strict=True):
        assert sorted(place) == [*range(50)]
        np.testing.assert_array_equal(np.sort(line[place[:7]]), np.sort(line)[:7])
        assert line[place[7]] == np.sort(line)[7]
        np.testing.assert_array_equal(np.sort(part), np.sort(line))
        np.testing.assert_array_equal(part[[3, 40]], np.sort(line)[[3, 40]])


def test_extremes_among_what_is_no_number():
    nan, inf = np.nan, np.inf
    x = np.array([[nan, 2, nan, 3, 3], [nan, -inf, 1, nan, -1], [nan, -inf, nan, -inf, nan], [inf, nan, -2, -2, inf]])
    for dtype in (np.float64, np.float32):
        given = x.astype(dtype)
        for axis in (None, 0, 1):
            if axis != 0:
                same_bits(
                    trace(lambda x, axis=axis: (np.nanargmax(x, axis=axis), np.nanargmin(x, axis=axis)), [given]),
                    [given],
                )
        wrong, _ = run(trace(lambda x: np.nanargmax(x, axis=1), [given]), [given * [1, 1, 1, nan, nan]], 16)
        assert not wrong
        wrong, _ = run(trace(lambda x: np.nanargmax(x, axis=1), [given]), [np.where(given > 1, nan, given) * nan], 16)
        assert wrong


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@quiet
def test_what_lies_between_nodes_has_numpys_bits(count, dtype):
    nodes = np.sort(RANDOM.choice(np.arange(-20, 20), count, replace=False)).astype(dtype)
    values = with_ties((count,), dtype)
    x = np.concatenate([nodes, nodes + 1, nodes - 1, (20 * RANDOM.normal(size=40)).astype(dtype)])
    if dtype != np.int64:
        x = np.concatenate([x, [np.nan, np.inf, -np.inf, -0.0]]).astype(dtype)
        for ends in ([-np.inf], [np.inf], []):
            at = np.sort(np.concatenate([nodes, ends])).astype(dtype)
            y = np.concatenate([values, [2.0] * len(ends)]).astype(dtype)
            same_bits(trace(np.interp, [x, at, y]), [x, at, y])
    same_bits(trace(np.interp, [x[:, None], nodes, values]), [x[:, None], nodes, values])


def test_what_is_chosen_by_numbers():
    random = [
        RANDOM.normal(size=(3, 4)),
        RANDOM.normal(size=4).astype("f4"),
        np.array(7),
        np.array([[True], [False], [True]]),
    ]
    k = np.array([[0, 3, 1, 2], [2, 2, 0, 1], [3, 0, 3, 1]])
    for given in (k, k.astype(np.int32)):
        same_bits(trace(lambda k, *x: np.choose(k, x), [given, *random]), [given, *random])
    same_bits(trace(lambda b, *x: np.choose(b, x), [k > 1, *random[:2]]), [k > 1, *random[:2]])
    same_bits(trace(lambda k, x: np.choose(k, [x, 0.5, 2]), [k % 3, random[0]]), [k % 3, random[0]])
    far = k * np.array([1, -1, 5, -7])
    for mode in ("wrap", "clip"):
        same_bits(trace(lambda k, *x, mode=mode: np.choose(k, x, mode=mode), [far, *random]), [far, *random])
    program = trace(lambda k, *x: np.choose(k, x), [k, *random])
    for wrong in (-1, 4):
        assert run(program, [np.where(k == 2, wrong, k), *random], 16)[0]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int32])
def test_convolutions_of_all_sizes(dtype):
    for n, m in [(1, 1), (1, 5), (7, 1), (5, 5), (40, 3), (3, 40), (37, 16), (64, 63), (2, 3)]:
        args = [(10 * RANDOM.normal(size=size)).astype(dtype) for size in (n, m)]
        program = trace(
            lambda x, y: tuple(np.convolve(x[::-1], y, mode=mode) for mode in ("full", "same", "valid")), args
        )
        compare(program, args)
        if np.dtype(dtype).kind == "i":
            same_bits(program, args)


def test_a_convolution_adds_nothing_beyond_its_ends():
    x, y = np.arange(6.0), np.array([1.0, np.inf, 2.0])
    x[0] = 1.0
    for mode in ("full", "same"):
        program = trace(lambda x, y, mode=mode: np.convolve(x, y, mode=mode), [x, y])
        _, (found,) = run(program, [x, y], 64)
        np.testing.assert_array_equal(found, np.convolve(x, y, mode=mode))


LOGARITHMS = {
    "expit": lambda x, y: scipy.special.expit(x),
    "log_expit": lambda x, y: scipy.special.log_expit(x),
    "logit": lambda x, y: scipy.special.logit(x),
    "xlogy": lambda x, y: scipy.special.xlogy(x, y),
    "xlog1py": lambda x, y: scipy.special.xlog1py(x, y),
    "entr": lambda x, y: scipy.special.entr(x),
    "rel_entr": lambda x, y: scipy.special.rel_entr(x, y),
    "kl_div": lambda x, y: scipy.special.kl_div(x, y),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", LOGARITHMS)
@quiet
def test_scipys_logarithms_at_the_ends_of_the_numbers(name, dtype):
    near = (0.5 + np.linspace(-0.3, 0.3, 31)).astype(dtype)
    x, y = (np.concatenate([one, two]) for one, two in zip(all_pairs(dtype), (near, near * dtype(1.001)), strict=True))
    if name == "kl_div" and dtype == np.float64:  # SciPy's is infinite where a ratio is too large, or too small
        fine = np.isfinite(np.log(np.abs(x / y))) | (x <= 0) | (y <= 0)
        x, y = x[fine], y[fine]
    program = trace(LOGARITHMS[name], [x, y])
    _, (found,) = run(program, [x, y], 16)
    wanted = program(x, y)
    size = np.abs(x) + np.abs(y) if name == "kl_div" else 0  # of which the small difference is taken
    close = 4e-13 if dtype == np.float64 else 2e-6
    sure = np.isfinite(wanted) & (np.abs(wanted) >= np.finfo(dtype).tiny)
    np.testing.assert_array_less((np.abs(found - wanted) - close * (np.abs(wanted) + size))[sure], np.finfo(dtype).tiny)
    np.testing.assert_array_equal(found[~np.isfinite(wanted)], wanted[~np.isfinite(wanted)])
    assert np.all(np.abs(found[~sure & np.isfinite(wanted)]) < 2 * np.finfo(dtype).tiny)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@quiet
def test_softmax_over_any_axes(dtype):
    x = numbers(4, 3, 20, dtype=dtype)
    program = trace(
        lambda x: [
            function(x, axis=axis)
            for function in (scipy.special.softmax, scipy.special.log_softmax, scipy.special.logsumexp)
            for axis in (None, 0, 1, -1, (0, 2), (1, 2))
        ],
        [x],
    )
    compare(program, [x])
    compare(program, [100 * x])
    x[0, 0, :2] = -np.inf
    compare(program, [x])


# ---- all of these together ---------------------------------------------------------------------------------------------


def without_0(x):
    """Numbers of which none are equal and yet have other signs: in which order NumPy sorts these is its own."""
    return np.where(x == 0, 1, x)


def place_of_small(x):
    """In each column the place of the greatest number up to ½, or of the 0 behind all of them."""
    return np.nanargmax(np.concatenate([np.where(x > 0.5, np.nan, x), 0 * np.nan_to_num(x[:1])]), axis=0)


UNARY = [
    lambda x: np.round(x, 1), lambda x: np.nan_to_num(x, nan=3.0), lambda x: np.modf(x)[0], lambda x: np.modf(x)[1], np.abs,
    lambda x: np.sort(without_0(x), axis=0), lambda x: np.sort(without_0(x)), lambda x: x[::-1, ::-1], lambda x: np.ldexp(x, 3),
    lambda x: np.roll(x, 2, axis=1), lambda x: np.sqrt(np.abs(x)), lambda x: np.max(without_0(x), axis=1, keepdims=True) + x,
    lambda x: np.take_along_axis(x, np.argsort(x, axis=1, stable=True), axis=1), lambda x: x // 3, lambda x: -x % 4.0,
    lambda x: np.interp(x, np.array([-3.0, -0.5, 0.25, 2.0]), np.array([2.0, -1.0, 5.0, 0.5])).astype(x.dtype),
    lambda x: x - place_of_small(x), lambda x: x[:, np.argsort(x[0], stable=True)],
]  # fmt: skip
BINARY = [
    lambda x, y: x // y, lambda x, y: x % y, np.fmod, lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y,
    lambda x, y: np.choose((x > y) + 2 * (y > 0), [x, y, -x, 0.5]).astype(x.dtype), lambda x, y: x % (y[:1] + 4),
    lambda x, y: np.ldexp(x, np.nan_to_num(np.clip(y, -9, 9)).astype(np.int32)), lambda x, y: np.where(x < y, x, y[:, :1]),
]  # fmt: skip


def random_function(seed):
    """A function of two matrices, all of whose results have bits that do not depend on any order of sums."""
    random = np.random.default_rng(seed)
    steps = [(random.random(), random.integers(2**30, size=3)) for _ in range(random.integers(3, 12))]

    def function(x, y):
        known = [x, y]
        for share, (which, one, other) in steps:
            a, b = known[one % len(known)], known[other % len(known)]
            known.append(UNARY[which % len(UNARY)](a) if share < 0.5 else BINARY[which % len(BINARY)](a, b))
        return tuple(known[2:])

    return function


def random_program(seed):
    """The same as a program, and what it is given."""
    shape, dtype = [(3, 4), (5, 17), (2, 33)][seed % 3], [np.float64, np.float32][seed % 2]
    args = [(4 * np.random.default_rng([seed, k]).normal(size=shape)).round(2).astype(dtype) for k in (0, 1)]
    return simplify(trace(random_function(seed), args, loops=False), "fast"), args


@pytest.mark.parametrize("seed", range(24))
@quiet
def test_random_programs_have_numpys_bits(seed):
    same_bits(*random_program(seed))


# ---- arrays that fill vectors ------------------------------------------------------------------------------------------


def numbers(*shape, dtype=np.float64):
    return RANDOM.normal(size=shape).astype(dtype)


PROGRAMS = {
    "elementwise": lambda x, y: np.where(x > y, x * y, 1 - y) + 2 / (1 + x * x),
    "broadcast rows": lambda x, y: x + y[0] * 2,
    "broadcast columns": lambda x, y: x - y[:, :1],
    "transposed": lambda x, y: (x.T + y.T) * y.T,
    "sums of rows": lambda x, y: np.sum(x * y, axis=1),
    "sums of columns": lambda x, y: np.sum(x * y, axis=0, keepdims=True) + np.mean(x),
    "extremes": lambda x, y: (np.max(x, axis=0), np.min(y, axis=1), np.max(x - y)),
    "where the extreme is": lambda x, y: (np.argmax(x, axis=1), np.argmin(y, axis=0)),
    "product": lambda x, y: x @ y.T,
    "product of turned": lambda x, y: x.T @ y,
    "product and what is made of it": lambda x, y: (lambda z: (z > 0, np.tanh(z) * np.exp(-z), z[:, :1] * z))(x @ y.T),
    "product of a turned one with a column": lambda x, y: np.maximum(x.T @ y + y[0], 0) * 2,
    "slices": lambda x, y: x[1:, :-1:2] * y[:-1, 1::2],
    "turned around": lambda x, y: x[::-1] + y[:, ::-1],
    "reshaped": lambda x, y: x.reshape(-1) - y.T.reshape(-1),
    "stacked": lambda x, y: np.concatenate([x, y]) * np.concatenate([y, x]),
    "truth values": lambda x, y: np.any(x > y, axis=0) & ~np.all(y > 0, axis=0),
    "taken": lambda x, y: np.take(x, np.array([2, 0, -1]), axis=1) + np.take(y, np.array([1, 1, 0]), axis=1),
    "rolled twice along an axis": lambda x, y: np.roll(x, (1, 3), axis=(0, 0)) + np.roll(y, (2, -1), axis=(-1, 0)),
    "norms": lambda x, y: tuple(
        np.linalg.norm(a, order, axis=k)
        for order in (0, 0.5, 3, 4, -1, -2.5, np.inf, -np.inf)
        for k, a in enumerate((x, y))
    ),
    "running": lambda x, y: np.cumsum(x, axis=1) - np.cumsum(y, axis=0),
    "constants": lambda x, y: x * np.linspace(0, 1, x.shape[1]) + np.ones(x.shape[0])[:, None],
}


@pytest.mark.wide
@pytest.mark.parametrize("order", ["as it is", "the first axis innermost"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PROGRAMS)
def test_arrays_that_fill_vectors_and_leave_numbers_over(monkeypatch, name, dtype, order):
    if order != "as it is":
        monkeypatch.setattr(lowering, "innermost", another_innermost)
    for shape in [(5, 37), (37, 5), (18, 64)]:
        args = [numbers(*shape, dtype=dtype), numbers(*shape, dtype=dtype)]
        program = simplify(trace(PROGRAMS[name], args), "fast")
        compare(program, args)


REGISTERS = {64: 32, 32: 16, 16: 16}
"""How many vectors a processor's registers hold, by the bytes of one."""


@pytest.mark.parametrize("register", REGISTERS)
def test_tiles_fit_the_registers(register):
    """Beside the sums of a tile, all numbers of one operand, that has fewer of them, and one of the other."""
    for rows in (1, 7, 10, 128, 784, 787):
        for vectors in (1, 2, 13, 64):
            high, wide = tiles.tile(rows, vectors, register)
            assert 1 <= high <= rows and 1 <= wide <= vectors
            assert high * wide + min(high, wide) + 1 <= REGISTERS[register]
            assert tiles.tile(rows, vectors, register, given=4)[0] == 4
