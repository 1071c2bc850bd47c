"""Programs as loops: every operation that has them, on all examples of its declaration and on arrays that fill vectors.

Machine code gives, bit for bit, what the interpreter gives of the same loops; and, within rounding, what NumPy gives of the
program, with vectors of every width and with none.
"""

import contextlib
import itertools

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from tests.program import checks

from chainrule.core.binding import bind
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.simplification import simplify
from chainrule.core.tracing import trace
from chainrule.run.loops import machine_code
from chainrule.run.loops.language import check
from chainrule.run.lowering import program as lowering
from chainrule.run.lowering.elementwise import NUMBERS
from chainrule.run.lowering.operations import LIBRARY
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


def compare(program, args, registers=(64, 16, 0)):
    """The loops beside NumPy, and beside the interpreter, of which they have every bit."""
    with np.errstate(all="ignore"):
        wanted = program(*args)
    wanted = list(wanted) if isinstance(wanted, (tuple, list)) else [wanted]
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
            one, other, rtol=4.5e-16 if {e.primitive.name for e in program.equations} & {*LIBRARY} else 0
        )


def with_arrays(examples):
    """Some examples of an operation as a function of all their arrays, and these."""
    arrays = [each for _, inputs, _ in examples for each in inputs if isinstance(each, (np.ndarray, np.generic))]

    def operations(*given):
        left = iter(given)
        return tuple(
            bind(p, tuple(next(left) if isinstance(x, (np.ndarray, np.generic)) else x for x in inputs), params)
            for p, inputs, params in examples
        )

    return operations, arrays


def is_written(primitive, inputs, params):
    operation, arrays = with_arrays([(primitive, inputs, params)])
    try:
        lowering.lowered(trace(operation, arrays), 16)
    except Unsupported:
        return False
    return True


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", KNOWN)
def test_every_operation_gives_what_numpy_gives(name, dtype):
    primitive = PRIMITIVES[name]
    examples = [(primitive, checks.cast(inputs, dtype), params) for inputs, params in checks.examples(primitive)]
    written = [each for each in examples if is_written(*each)]
    assert written
    operations, arrays = with_arrays(written)
    compare(trace(operations, arrays), arrays)


def mixed(inputs, kinds):
    """The inputs with their arrays of floats as numbers of other kinds, in turn."""
    kinds = itertools.cycle(kinds)
    return tuple(each.astype(next(kinds)) if checks.is_float(each) else each for each in inputs)


@pytest.mark.parametrize("kinds", [(np.int64,), (np.bool_,), (np.float32, np.float64), (np.float64, np.int64)])
def test_operands_of_other_kinds_are_taken_as_numpy_takes_them(kinds):
    tried = set()
    for name in KNOWN:
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
    "sort", "argsort", "argpartition", "nanargmax", "nanargmin", "interp", "choose", "convolve",
    "exp2", "logaddexp2", "round", "floor_divide", "remainder", "fmod", "nan_to_num", "modf", "ldexp",
}  # fmt: skip


def test_what_goes_to_numpy_is_named_once():
    of_scipy = {name for name, each in PRIMITIVES.items() if "special" in each.python.source}
    assert {*PRIMITIVES} - {*KNOWN} - of_scipy == LEFT_TO_NUMPY


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
    "slices": lambda x, y: x[1:, :-1:2] * y[:-1, 1::2],
    "turned around": lambda x, y: x[::-1] + y[:, ::-1],
    "reshaped": lambda x, y: x.reshape(-1) - y.T.reshape(-1),
    "stacked": lambda x, y: np.concatenate([x, y]) * np.concatenate([y, x]),
    "truth values": lambda x, y: np.any(x > y, axis=0) & ~np.all(y > 0, axis=0),
    "taken": lambda x, y: np.take(x, np.array([2, 0, -1]), axis=1) + np.take(y, np.array([1, 1, 0]), axis=1),
    "rolled twice along an axis": lambda x, y: np.roll(x, (1, 3), axis=(0, 0)) + np.roll(y, (2, -1), axis=(-1, 0)),
    "running": lambda x, y: np.cumsum(x, axis=1) - np.cumsum(y, axis=0),
    "constants": lambda x, y: x * np.linspace(0, 1, x.shape[1]) + np.ones(x.shape[0])[:, None],
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", PROGRAMS)
def test_arrays_that_fill_vectors_and_leave_numbers_over(name, dtype):
    for shape in [(5, 37), (37, 5), (18, 64)]:
        args = [numbers(*shape, dtype=dtype), numbers(*shape, dtype=dtype)]
        program = simplify(trace(PROGRAMS[name], args), "fast")
        compare(program, args)
