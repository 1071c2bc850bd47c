"""What is a view and what is a copy hangs on how an array lies in memory: the same with values and under `vmap`, as in NumPy.

Each function of `FUNCTIONS` is tried on each array of `ARRAYS`, which lie by rows, by columns or otherwise; then the array or
what the function made of it is written to, and both are read.
"""

import functools

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.binding import bind
from chainrule.core.border import leaf
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.traced import Tape, Traced
from chainrule.program.inplace.memory import _stand_in, layout_of
from chainrule.program.operations import matrix_functions, special  # noqa: F401  # SciPy's functions enter the registry

from ..program import checks


def set_first(a, number):
    a[0] = number
    return a


def four_axes(x):
    """An array whose axes lie in memory in the opposite order."""
    return np.transpose(np.reshape(x * 1.0, (2, 2, 2, 2)))


ARRAYS = {
    "by rows": lambda x: x * 1.0,
    "argument": lambda x: x,
    "asfortranarray": lambda x: np.asfortranarray(x * 1.0),
    "ascontiguousarray": lambda x: np.ascontiguousarray(x.T * 1.0),
    "transpose": lambda x: (x * 1.0).T,
    "copy by columns": lambda x: (x * 1.0).copy(order="F"),
    "copy by rows": lambda x: x.T.copy(),
    "np.copy": lambda x: np.copy(x.T),
    "np.array": lambda x: np.array(x.T),
    "np.array by columns": lambda x: np.array(x * 1.0, order="F"),
    "array of a list": lambda x: np.array([x[0], x[1]], order="F"),
    "np.asarray": lambda x: np.asarray(x * 1.0, order="F"),
    "astype": lambda x: x.T.astype(float),
    "astype by rows": lambda x: x.T.astype(np.float32, order="C"),
    "elementwise": lambda x: np.sin(x.T) ** 2,
    "of two layouts": lambda x: x.T + x,
    "of one layout": lambda x: x.T + x.T,
    "where": lambda x: np.where(x.T > 1.0, x.T, 0.5),
    "steps": lambda x: (x * 1.0)[:, ::2],
    "reversed": lambda x: (x * 1.0)[::-1],
    "product": lambda x: x @ x.T,
    "einsum": lambda x: np.einsum("ij,jk->ki", x, x),
    "concatenate": lambda x: np.concatenate([x.T, x.T]),
    "stack": lambda x: np.stack([x[0], x[1], x[2]], axis=1),
    "sort": lambda x: np.sort(x.T, axis=0),
    "cumsum": lambda x: np.cumsum(x.T, axis=0),
    "roll": lambda x: np.roll(x.T, 1),
    "pad": lambda x: np.pad(x.T, 1),
    "take": lambda x: np.take(x, [0, 1, 3], axis=1),
    "places of rows": lambda x: x.T[[0, 1, 3]],
    "places of columns": lambda x: x[:, [0, 1, 3]],
    "axes in another order": lambda x: np.transpose(np.reshape(x, (2, 2, 4)), (2, 0, 1)) * 1.0,
    "sum": lambda x: np.sum(four_axes(x), axis=0),
    "max": lambda x: np.max(four_axes(x), axis=1, keepdims=True),
    "inverse": lambda x: np.linalg.inv(x.T + 4.0 * np.eye(4)),
    "zeros_like": lambda x: np.zeros_like(x.T),
    "ones_like": lambda x: np.ones_like(x.T),
    "full_like": lambda x: np.full_like(x.T, x[0, 0]),
    "full_like of a row": lambda x: np.full_like(x.T, x[0]),
    "full_like of plain numbers": lambda x: np.full_like(np.zeros((4, 4), order="F"), x[0, 0]),
    "full_like of another shape": lambda x: np.full_like(x.T, x[0, 0], shape=(2, 4)),
    "full": lambda x: np.full((4, 4), x[0]),
    "full by columns": lambda x: np.full((4, 4), x[0, 0], order="F"),
    "meshgrid": lambda x: np.meshgrid(x[0], x[1])[0],
    "meshgrid by rows": lambda x: np.meshgrid(x[0], x[1], indexing="ij")[1],
    "tile": lambda x: np.tile(x.T, 2),
    "repeat": lambda x: np.repeat(x.T, 2, axis=0),
    "kron": lambda x: np.kron(x[:2, :2], x.T),
    "diag": lambda x: np.diag(x[0]),
    "insert": lambda x: np.insert(x.T, 1, x[0], axis=0),
    "delete": lambda x: np.delete(x.T, 1, axis=1),
    "gradient": lambda x: np.gradient(x.T, axis=0),
    "diff": lambda x: np.diff(x.T, axis=0),
    "nested list": lambda x: np.array([[x[0, 0], 1.0], [0.5, x[1, 1]]]),
    "block": lambda x: np.block([[x.T, x.T]]),
    "column_stack": lambda x: np.column_stack([x[0], x[1]]),
    "interpolated": lambda x: np.interp(x.T, [0.0, 2.0], [1.0, 3.0]),
    "polyval": lambda x: np.polyval([1.0, 2.0], x.T),
    "outer": lambda x: np.multiply.outer(x[0], x[1]),
    "cross": lambda x: np.cross(x.T[:, :3], x[:, :3]),
    "zeros by columns": lambda x: np.zeros((4, 4), order="F"),
    "written": lambda x: set_first(x.T.copy("F"), x[1, 1]) * 1.0,
}

FUNCTIONS = {
    "ravel": np.ravel,
    "ravel by columns": lambda a: a.ravel(order="F"),
    "ravel of the transpose": lambda a: a.T.ravel(),
    "ravel of a part": lambda a: a[1:].ravel(),
    "reshape": lambda a: a.reshape(-1),
    "reshape to two rows": lambda a: np.reshape(a, (2, -1)),
    "reshape by columns": lambda a: a.reshape(-1, order="F"),
    "flatten": lambda a: a.flatten(),
    "flatten by columns": lambda a: a.flatten("F"),
    "asfortranarray": np.asfortranarray,
    "ascontiguousarray": np.ascontiguousarray,
    "asarray": np.asarray,
    "asarray by rows": lambda a: np.asarray(a, order="C"),
    "asarray by columns": lambda a: np.asanyarray(a, order="F"),
    "copy": lambda a: a.copy(),
    "ravel of a copy": lambda a: a.copy(order="A").ravel(),
    "astype": lambda a: a.astype(a.dtype, copy=False),
    "transpose": np.transpose,
    "swapaxes": lambda a: np.swapaxes(a, 0, -1),
    "moveaxis": lambda a: np.moveaxis(a, 0, -1),
    "squeeze": np.squeeze,
    "expand_dims": lambda a: np.expand_dims(a, 0),
}


def write_number(a, x):
    a[(0,) * a.ndim] = x[1, 2] * x[0, 1]


def write_repeated_places(a, x):
    a[[0, 0]] += x[1, 2]


def write_plain_numbers(a, x):
    a[-1] = 0.25


WRITES = [write_number, write_repeated_places, write_plain_numbers]


def weighted(a):
    """A number that depends on every element in another way."""
    return np.sum(np.tanh(0.5 * a) * np.cos(np.arange(float(a.size))).reshape(a.shape))


def read_both(array, function, write, to_result, x):
    """Write to an array, or to what a function makes of it, and read both."""
    a = ARRAYS[array](x)
    b = FUNCTIONS[function](a)
    write(b if to_result else a, x)
    return weighted(a) + 2.0 * weighted(b)


X = np.random.default_rng(2).uniform(0.6, 1.4, (4, 4))
ROWS = np.stack([X, 0.9 * X.T])


@pytest.mark.wide
@pytest.mark.parametrize("array", ARRAYS)
def test_views_and_copies_are_those_of_numpy(array):
    for place, function in enumerate(FUNCTIONS):
        for to_result in (False, True):
            write = WRITES[(place + to_result) % 3]
            f = functools.partial(read_both, array, function, write, to_result)
            wanted = [f(row.copy()) for row in ROWS]
            within = 1e-5 if array == "astype by rows" else 1e-12
            close = functools.partial(np.testing.assert_allclose, rtol=within, err_msg=f"{function}, {write.__name__}")
            value, slopes = cr.value_and_grad(f)(X.copy())
            close(value, wanted[0])
            close(cr.vmap(f)(ROWS), wanted)
            close(cr.vmap(cr.grad(f))(ROWS)[0], slopes)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_example_lies_as_it_does_in_the_examples(axis):
    """In a loop over the examples of an array, what lies by rows is another part of each."""
    examples = np.random.default_rng(3).uniform(0.6, 1.4, (3, 3, 3))

    def f(x):
        flat = x.ravel()
        x[0, 1] = 2.0
        return np.sum(flat**2) * np.sum(x)

    wanted = [f(np.moveaxis(examples.copy(), axis, 0)[k]) for k in range(3)]
    np.testing.assert_allclose(cr.vmap(f, axis)(examples.copy()), wanted)


def sliced(a):
    """The same numbers, with others between them in memory."""
    return np.repeat(a, 2, axis=-1)[..., ::2]


def strides_of(a):
    """The strides of the axes along which there are several elements."""
    return [stride for stride, size in zip(a.strides, a.shape, strict=True) if size > 1]


def inferred_layouts(primitive, operands, params, arrange):
    """What is inferred of an operation's results where of operands of floats only the shapes and layouts are known."""
    tape = Tape()
    tape.writes = True
    nodes = []
    for operand in operands:
        if isinstance(operand, np.ndarray) and operand.dtype.kind == "f":
            operand = leaf(tape, "", operand.shape, operand.dtype)
            tape.layouts[operand.id] = arrange(_stand_in(operand))
        nodes.append(operand)
    if not any(isinstance(each, Traced) for each in nodes):
        return []
    found = bind(primitive, tuple(nodes), params)
    while not isinstance(found, Traced):
        found = found[0]
    return [layout_of(node) for node in found.siblings or (found,)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_the_layout_of_every_operation_is_inferred_from_shapes(name):
    primitive = PRIMITIVES[name]
    for inputs, given in checks.examples(primitive):
        params = tuple({**primitive.params, **dict(given)}.items())
        for arrange in (np.array, np.asfortranarray, sliced):
            operands = [arrange(each) if isinstance(each, np.ndarray) and each.ndim else each for each in inputs]
            with np.errstate(all="ignore"):
                results = primitive.function(params, len(operands))(*operands)
            results = results if isinstance(results, tuple) else (results,)
            layouts = inferred_layouts(primitive, operands, params, arrange)
            for layout, result in zip(layouts, results, strict=bool(layouts)):
                assert strides_of(layout) == strides_of(np.asarray(result)), arrange.__name__


def test_an_operation_of_ones_own_lays_out_its_result_under_vmap():
    @cr.primitive(lambda g, y, x: 0.5 * g, shape=lambda x: x)
    def halved_in_layouts(x):
        return 0.5 * x

    def f(x):
        by_columns, by_rows = halved_in_layouts(x.T), halved_in_layouts(x)
        by_columns.ravel()[0] = 0.0
        by_rows.ravel()[0] = 0.0
        return np.sum(by_columns) + np.sum(by_rows)

    np.testing.assert_allclose(cr.vmap(f)(ROWS), [f(row) for row in ROWS])
