"""Compiled programs of arrays of 0, 1 and 2 numbers, and of written arrays of every dtype, compute what NumPy does."""

import itertools
import warnings

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from chainrule.calculus import compile, grad
from chainrule.core.binding import bind
from chainrule.core.nouns import ProgramError
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.run.lowering.elementwise import ELEMENTWISE
from chainrule.run.lowering.program import OPERATIONS
from chainrule.run.lowering.views import VIEWS

LENGTHS = (0, 1, 2)
# The reverse of indexing, with the shape of what was indexed for a param, is tried as the gradient of what it reverses;
# np.cross takes vectors of three numbers only; a param says the shape that `reshape` makes.
REVERSED = {"add_along", "add_at", "on_diagonal", "overlap_add", "put", "scatter"}
FIXED_SHAPES = {"cross", "reshape"}


NAMES = sorted(({*ELEMENTWISE, *OPERATIONS, *VIEWS} & set(PRIMITIVES)) - REVERSED - FIXED_SHAPES)


def shorten(inputs):
    """The inputs of an operation with all axes of equal size shortened, and with each axis of each array cut to length 1."""
    sizes = sorted({size for each in inputs for size in np.shape(each)})
    for size in sizes:
        for length in LENGTHS:
            if length < size:
                yield tuple(
                    each[tuple(slice(length if n == size else n) for n in each.shape)] if np.ndim(each) else each
                    for each in inputs
                )
    for position, array in enumerate(inputs):
        for axis in range(np.ndim(array)):
            part = array[(slice(None),) * axis + (slice(1),)]
            yield (*inputs[:position], part, *inputs[position + 1 :])


def is_float_array(operand):
    return isinstance(operand, np.ndarray) and operand.dtype.kind == "f"


def functions_of(name, inputs, params):
    """An operation as a function of its float arrays, and the gradient of a sum of its results."""

    def apply(*floats):
        arrays = iter(floats)
        operands = tuple(next(arrays) if is_float_array(each) else each for each in inputs)
        return bind(PRIMITIVES[name], operands, tuple({**PRIMITIVES[name].params, **params}.items()))

    def total(*floats):
        results = apply(*floats)
        results = results if isinstance(results, tuple) else (results,)
        return sum(np.sum(each * 1.5) for each in results)

    count = sum(map(is_float_array, inputs))
    return apply, grad(total, tuple(range(count)))


def as_tuple(results):
    return results if isinstance(results, tuple) else (results,)


def evaluate(function, floats):
    """What NumPy makes of these arrays, or None where it, or the trace, refuses them."""
    try:
        return as_tuple(simplify(trace(function, floats), "fast")(*floats))
    except (ValueError, TypeError, IndexError, ArithmeticError, ProgramError, np.linalg.LinAlgError):
        return None


def assert_equal_results(compiled, expected):
    for result, wanted in zip(as_tuple(compiled), expected, strict=True):
        assert np.asarray(result).dtype == np.asarray(wanted).dtype
        np.testing.assert_allclose(result, wanted, rtol=1e-6, atol=1e-10)


@pytest.mark.wide
@pytest.mark.parametrize("name", NAMES)
def test_every_operation_with_loops_of_short_arrays(name):
    ran = 0
    examples = list(PRIMITIVES[name].examples(np.random.default_rng(3)))
    if PRIMITIVES[name].elementwise:  # one suffices, of arrays with axes
        examples = [example for example in examples if all(map(np.ndim, example[0]))][:1]
    for inputs, params in examples:
        for short in shorten(inputs):
            floats = [each for each in short if is_float_array(each)]
            if not floats:
                continue
            for function in functions_of(name, short, params):
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")  # of what is left to NumPy, and of means of nothing
                    expected = evaluate(function, floats)
                    if expected is None:
                        continue
                    assert_equal_results(compile(function, "native")(*floats), expected)
                ran += 1
    assert ran or not any(map(is_float_array, itertools.chain(*(inputs for inputs, _ in examples))))


def write_everywhere(dtype):
    """A function that makes arrays of a dtype in each way, and writes numbers and the results of branches into them."""

    def f(x):
        zeros, ones = np.zeros(2, dtype), np.ones(2, dtype)
        full, empty = np.full(2, 3, dtype), np.empty_like(x, dtype=dtype)
        zeros[x > 0.5] = 1
        ones[0] = 0
        full[1:] = np.zeros(1, dtype)
        empty[:] = np.asarray(x > 0.3, dtype)
        return np.sum((zeros + ones * 2.0 + full * 3.0 + empty * 5.0).real * x * x)

    return f


@pytest.mark.parametrize("executor", ["numpy", "native", "auto"])
@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint8", "int32", "int64", "float32", "float64", "complex64", "complex128"]
)
def test_arrays_of_every_dtype_are_written(dtype, executor):
    f, x = write_everywhere(dtype), np.array([0.2, 0.7])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of what is left to NumPy
        value, slope = compile(f, executor)(x), compile(grad(f), executor)(x)
    weights = (
        np.array([0, 1]) + np.array([0, 2.0]) + np.array([1 if dtype == "bool" else 3, 0]) * 3 + np.array([0, 5.0])
    )
    assert value == pytest.approx(np.sum(weights * x * x), rel=1e-12)
    np.testing.assert_allclose(slope, 2 * weights * x, rtol=1e-12)


def test_whole_numbers_that_no_float_holds():
    def f(x):
        large = np.full(2, 2**60 + 1)
        large[0] = 2**60 + 3
        return np.sum(x * (large - 2**60))

    assert compile(f, "native")(np.array([1.0, 1.0])) == 4.0


@pytest.mark.parametrize("shape", [(1, 3), (2, 3)])
def test_lines_that_stand_once_are_taken_along_an_axis(shape):
    places = np.array([[0, 1], [1, 2]])
    array = np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)

    def f(a):
        return np.sum(np.take_along_axis(a, places, axis=1) ** 2)

    expected = np.zeros(shape)
    for row, place in np.ndenumerate(places):
        expected[row[0] % shape[0], place] += 2 * array[row[0] % shape[0], place]
    np.testing.assert_allclose(grad(f)(array), expected)
    np.testing.assert_allclose(compile(grad(f), "native")(array), expected)
