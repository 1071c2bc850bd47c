"""exp and its kin: how far from the true values, what at the ends of the numbers, and the same bits alone and in lanes."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from chainrule.run.loops import functions, machine_code
from chainrule.run.loops.functions import FUNCTIONS, library
from chainrule.run.loops.language import BYTES, INDEX, MATH, Block, Function, Kind, apply, at, check, get, load

from .interpreter import Interpreter

TRUE = {
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "tanh": np.tanh, "log": np.log, "log1p": np.log1p,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}  # fmt: skip
UNITS = {"exp": 1, "exp2": 1.1, "expm1": 2, "tanh": 3, "sigmoid": 3, "log": 1, "log1p": 1.5}
KINDS = {"f32": (np.float32, np.float64, 110), "f64": (np.float64, np.longdouble, 750)}
EXACT = np.finfo(np.longdouble).nmant > 52  # where not, as on Windows, NumPy's own numbers stand for the true ones


def written(name, kind, fused=False):
    """A function that applies one to every number of an array."""
    block, step = Block(fused), kind.lanes * BYTES[kind.number]
    with block.loop("i", get("n", INDEX)) as i:
        block.store(at("y", 0, (i, step)), FUNCTIONS[name](block, load(at("x", 0, (i, step)), kind)))
    made = [Function("apply", ("x", "y"), ("n",), block.body)]
    check(made)
    return made


def applied(name, x, lanes, fused=False):
    kind = Kind({np.float32: "f32", np.float64: "f64"}[x.dtype.type], lanes)
    y = np.empty_like(x)
    assert x.size % lanes == 0
    code = machine_code.compiled(written(name, kind, fused))
    code.function("apply")(x.ctypes.data, y.ctypes.data, x.size // lanes)
    return y


def points(dtype, end):
    """Numbers of all sizes: any bits, and those where the functions change."""
    random, n = np.random.default_rng(7), 40_000
    bits = random.integers(0, 2 ** (8 * dtype().itemsize) - 1, n, np.uint64, endpoint=True)
    parts = [
        bits.astype(f"u{dtype().itemsize}").view(dtype), random.uniform(-end, end, n), random.standard_normal(n) * 3,
        random.uniform(-1.2, 3, n), random.uniform(0.5, 1.5, n), np.exp(random.uniform(-30, 2, n)) * random.choice([-1, 1], n),
    ]  # fmt: skip
    return np.concatenate([part.astype(dtype) for part in parts])


def distance(name, number, y, x):
    """How far values are from the true ones, in units in the last place, and where one is not what it must be at the ends."""
    dtype, wide, _ = KINDS[number]
    with np.errstate(all="ignore"):
        true = TRUE[name](x.astype(wide))
        rounded = true.astype(dtype)
        within = np.isfinite(rounded)
        if name == "sigmoid":  # e⁻ˣ is too large before its reciprocal is too small
            within &= true > np.finfo(dtype).tiny
        units = np.abs(y.astype(wide) - true)[within] / np.spacing(np.abs(rounded[within])).astype(wide)
        same = (y == rounded) | (np.isnan(y) & np.isnan(rounded))
        return float(units.max()), x[~np.isfinite(rounded) & ~same]


@pytest.mark.parametrize("number", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("fused", [False, True])
def test_functions_are_right_to_the_last_bits(name, number, fused):
    dtype, _, end = KINDS[number]
    x = points(dtype, end)
    units, wrong = distance(name, number, applied(name, x, 16 // BYTES[number], fused), x)
    assert units <= UNITS[name] + (number == "f64" and not EXACT)
    assert wrong.size == 0


@pytest.mark.parametrize("number", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_ends_of_the_numbers_are_as_numpy_has_them(name, number):
    dtype = KINDS[number][0]
    least, tiny, most = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).tiny, np.finfo(dtype).max
    x = np.array([0, least, 7 * least, tiny, tiny - least, 1, most, np.inf, np.nan, 1e-30], dtype)
    x = np.concatenate([x, -x])
    x = np.concatenate([x, np.zeros(-x.size % 16, dtype)])
    with np.errstate(all="ignore"):
        wanted = TRUE[name](x)
    y = applied(name, x, 16 // BYTES[number])
    np.testing.assert_array_max_ulp(
        np.nan_to_num(y, posinf=1, neginf=-1), np.nan_to_num(wanted, posinf=1, neginf=-1), 2
    )
    assert np.array_equal(np.isnan(y), np.isnan(wanted))
    assert np.array_equal(np.isinf(y), np.isinf(wanted))
    sure = ~np.isnan(wanted)
    assert np.array_equal(np.signbit(y)[sure], np.signbit(wanted)[sure])


@pytest.mark.parametrize("number", KINDS)
def test_exp_goes_down_to_the_smallest_number(number):
    dtype, wide, _ = KINDS[number]
    low = -100 if number == "f32" else -740
    x = np.linspace(low - 5, low + 30, 4096, dtype=dtype)
    y = applied("exp", x, 16 // BYTES[number])
    true = np.exp(x.astype(wide))
    assert np.max(np.abs(y.astype(wide) - true) / np.spacing(true.astype(dtype)).astype(wide)) < 1
    assert 0 < y[y > 0].min() < np.finfo(dtype).tiny / 1000


@pytest.mark.parametrize("number", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_lanes_and_interpreter_give_the_same_bits(name, number):
    dtype, _, end = KINDS[number]
    x = points(dtype, end)[::240][:992].copy()
    one = applied(name, x, 1)
    for lanes in (16 // BYTES[number], 64 // BYTES[number]):
        assert np.array_equal(applied(name, x, lanes), one, equal_nan=True)
    y = np.empty_like(x)
    given = [array.view(np.uint8) for array in (x, y)]
    Interpreter(written(name, Kind(number, 4))).run("apply", given, [x.size // 4])
    assert np.array_equal(y, one, equal_nan=True)


GIVEN = np.array([0.3, -0.7, 1.0, 2.5, -1.0, 0.0, np.inf, np.nan])


def written_library(name, kind):
    """A function that applies one of the library to all pairs of the given numbers."""
    block, step, size = Block(), kind.lanes * BYTES[kind.number], BYTES[kind.number]
    with block.loop("i", len(GIVEN)) as i, block.loop("j", len(GIVEN) // kind.lanes) as j:
        x, y = load(at("x", 0, (j, step)), kind), load(at("x", 0, (i, size)), Kind(kind.number))
        y = apply("splat", y, kind=kind) if kind.lanes > 1 else y
        operands = [x, y][: MATH[name]]
        block.store(at("y", 0, (i, len(GIVEN) * size), (j, step)), library(block, name, *operands))
    made = [Function("main", ("x", "y"), (), block.body)]
    check(made)
    return made


def by_numpy(name, dtype):
    x = GIVEN.astype(dtype).astype(np.float64)
    given = np.broadcast_arrays(x, x[:, None])[: MATH[name]]
    with np.errstate(all="ignore"):
        return getattr(np, name)(*given).astype(dtype)


@pytest.mark.parametrize("number", KINDS)
@pytest.mark.parametrize("name", MATH)
def test_functions_of_the_library_are_numpys(name, number):
    dtype = KINDS[number][0]
    for lanes in (1, 4):
        x, y = GIVEN.astype(dtype), np.zeros((len(GIVEN), len(GIVEN)), dtype)
        code = machine_code.compiled(written_library(name, Kind(number, lanes)))
        code.function("main")(x.ctypes.data, y.ctypes.data)
        np.testing.assert_allclose(y, by_numpy(name, dtype), rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize(
    ("name", "part", "change"),
    [
        ("exp", "exp", lambda terms: [*terms[:-2], terms[-2] * (1 + 1e-6), terms[-1]]),
        ("tanh", "exp", lambda terms: [*terms[:-2], terms[-2] * (1 + 1e-4), terms[-1]]),
        ("exp", "ends", lambda ends: (-80.0, ends[1])),
        ("expm1", "less_one", lambda low: -9.0),
        ("log", "log", lambda terms: terms - 2),
        ("log1p", "ln2", lambda parts: (parts[0], parts[1] * 1.01)),
    ],
)
def test_a_planted_fault_is_found(monkeypatch, name, part, change):
    form = functions._FORMATS["f32"]
    changed = replace(form, **{part: change(getattr(form, part))})
    monkeypatch.setitem(functions._FORMATS, "f32", changed)
    x = points(np.float32, 110)
    units, wrong = distance(name, "f32", applied(name, x, 4), x)
    assert units > UNITS[name] or wrong.size
