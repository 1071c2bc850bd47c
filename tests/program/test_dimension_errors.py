"""Shapes that do not fit: the equation, the symbols, both sizes and the user's line, and what would fit; word for word."""

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule import DimensionError, DimensionWarning, Spec
from chainrule.program import dimension_errors

pytestmark = pytest.mark.names
FILE = "test_dimension_errors.py"


def line_of(function, text):
    """The number of the line of a function that holds a text."""
    import inspect

    source, start = inspect.getsourcelines(function)
    (number,) = (start + offset for offset, line in enumerate(source) if text in line)
    return number


def layer(x, ones, w2, b2):
    a1 = np.vstack([x, ones])
    z2 = w2 @ a1 + b2
    return np.sum(z2)


ARRAYS = np.ones((784, 10)), np.ones((1, 10)), np.ones((30, 784)), np.ones((30, 1))


@pytest.mark.parametrize("call", [
    lambda: cr.grad(layer)(*ARRAYS),
    lambda: cr.trace(layer, ARRAYS),
    lambda: cr.trace(layer, [Spec(each.shape) for each in ARRAYS]),
    lambda: cr.derive(layer, [Spec(each.shape) for each in ARRAYS]),
], ids=["grad", "trace", "trace of shapes", "derive"])  # fmt: skip
def test_the_example_of_the_design(call):
    with pytest.raises(DimensionError) as error:
        call()
    made, at = line_of(layer, "np.vstack"), line_of(layer, "z2 = w2")
    assert str(error.value) == (
        f"z2 = w2 @ a1 + b2      ({FILE}:{at})\n"
        "  w2 @ a1: the inner dimensions differ\n"
        "    w2 : 30 × 784\n"
        f"    a1 : 785 × 10        made at {FILE}:{made}: a1 = np.vstack([x, ones])\n"
        "  w2 expects 784 inputs and gets 785."
    )
    assert error.value.operands[1].shape == (785, 10)
    assert error.value.axes == (1, 0)


def raised(function, *shapes, values):
    """The error's lines but the first, which holds the user's line and its place."""
    arguments = [np.ones(shape) if values else Spec(shape) for shape in shapes]
    with pytest.raises(DimensionError) as error:
        (cr.grad(function, range(len(shapes))) if values else lambda *args: cr.trace(function, args))(*arguments)
    first, *rest = str(error.value).splitlines()
    assert first.endswith(f"({FILE}:{line_of(function, first.partition('  ')[0])})")
    return [line.partition("        made at")[0].strip() for line in rest]


def elementwise(a, b):
    c = a * 2
    d = c + b
    return np.sum(d)


def unnamed(a, b):
    return np.sum((a + 1) @ b)


def transposed(a, b):
    return np.sum(np.tanh(a.T) * b)


def dotted(a, b):
    return np.sum(np.dot(a, b))


def joined(a, b):
    return np.sum(np.concatenate([a, b]))


def stacked(a, b):
    return np.sum(np.stack([a, b]))


def reshaped(a):
    return np.sum(np.reshape(a, (4, 2)))


def widened(a):
    return np.sum(np.broadcast_to(a, (3, 3)))


def solved(a, b):
    return np.sum(np.linalg.solve(a, b))


def summed(a, b):
    return np.sum(np.einsum("ij,kj,jl->il", a, b, np.tanh(b)))


def multiplied(a, b):
    return np.sum(np.tensordot(a, b, axes=1))


def interpolated(a, b):
    return np.sum(np.interp(np.ones(2), a, b))


def along(a, b):
    return np.sum(np.take_along_axis(a, np.argsort(b, axis=0), axis=0))


MESSAGES = [
    (elementwise, [(3, 2), (2, 3)], ["c + b: the sizes differ", "c : 3 × 2", "b : 2 × 3", "b.T would fit: 3×2."]),
    (elementwise, [(3, 2), (4, 2)],
     ["c + b: the sizes differ", "c : 3 × 2", "b : 4 × 2", "Both need the same size there, or one of them 1."]),
    (elementwise, [(3, 2), (3,)],
     ["c + b: the sizes differ", "c : 3 × 2", "b : (3,)", "b.reshape(3, 1) would fit: one column."]),
    (elementwise, [(3,), (3, 2)],
     ["c + b: the sizes differ", "c : (3,)", "b : 3 × 2", "c.reshape(3, 1) would fit: one column."]),
    (unnamed, [(3, 2), (4,)],
     ["(a + 1) @ b: the inner dimensions differ", "a + 1 : 3 × 2", "b     : (4,)", "a + 1 expects 2 inputs and gets 4."]),
    (unnamed, [(3, 2), (3, 4)],
     ["(a + 1) @ b: the inner dimensions differ", "a + 1 : 3 × 2", "b     : 3 × 4",
      "(a + 1).T @ b would fit: 2×3 · 3×4."]),
    (dotted, [(3, 2), (4, 2)],
     ["a @ b: the inner dimensions differ", "a : 3 × 2", "b : 4 × 2", "a @ b.T would fit: 3×2 · 2×4."]),
    (transposed, [(3, 2), (4, 2)],
     ["np.tanh(a.T) * b: the sizes differ", "np.tanh(a.T) : 2 × 3", "b            : 4 × 2",
      "Both need the same size there, or one of them 1."]),
    (joined, [(3, 2), (4, 3)], ["np.concatenate([a, b]): the sizes differ", "a : 3 × 2", "b : 4 × 3"]),
    (joined, [(3, 2), (4,)], ["np.concatenate([a, b]): the numbers of axes differ", "a : 3 × 2", "b : (4,)"]),
    (stacked, [(3, 2), (4, 2)], ["np.stack: the shapes differ", "a : 3 × 2", "b : 4 × 2"]),
    (solved, [(3, 3), (2,)], ["np.linalg.solve(a, b): the sizes differ", "a : 3 × 3", "b : (2,)"]),
    (solved, [(3, 2), (3,)], ["np.linalg.solve(a, b): the matrix is not square", "a : 3 × 2"]),
    (solved, [(3, 3), ()],
     ["np.linalg.solve(a, b): a linear system needs at least one axis on its right side", "a : 3 × 3", "b : ()"]),
    (summed, [(4, 1), (2, 3)],
     ["np.einsum('ij,kj,jl->il', a, b, np.tanh(b)): the sizes along j differ", "b          : 2 × 3",
      "np.tanh(b) : 2 × 3"]),
    (multiplied, [(3, 2), (4, 2)],
     ["np.transpose(a, (0, 1)) @ np.transpose(b, (0, 1)): the inner dimensions differ", "np.transpose(a, (0, 1)) : 3 × 2",
      "np.transpose(b, (0, 1)) : 4 × 2", "np.transpose(a, (0, 1)) @ np.transpose(b, (0, 1)).T would fit: 3×2 · 2×4."]),
    (interpolated, [(3,), (4,)], ["np.interp(array, a, b): the sizes differ", "a : (3,)", "b : (4,)"]),
    (interpolated, [(3,), (4, 2)],
     ["np.interp(array, a, b): an interpolation needs a vector of places and a vector of values", "a : (3,)", "b : 4 × 2"]),
    (along, [(3, 2), (3, 4)],
     ["np.take_along_axis(a, np.argsort(b, axis=0), axis=0): the sizes differ", "a                     : 3 × 2",
      "np.argsort(b, axis=0) : 3 × 4"]),
    (reshaped, [(3, 2)], ["np.reshape(a, (4, 2)): 3×2 cannot be reshaped to 4×2", "a : 3 × 2"]),
    (widened, [(3, 2)], ["np.broadcast_to(a, (3, 3)): 3×2 cannot be broadcast to 3×3", "a : 3 × 2"]),
]  # fmt: skip


@pytest.mark.parametrize("values", [True, False], ids=["values", "shapes"])
@pytest.mark.parametrize(("function", "shapes", "said"), MESSAGES)
def test_what_is_said(function, shapes, said, values):
    assert raised(function, *shapes, values=values) == said


def test_a_product_with_a_number():
    with pytest.raises(DimensionError, match=r"a @ b: a matrix product needs at least one axis on each side"):
        cr.trace(lambda a, b: a @ b, [Spec((3, 2)), Spec(())])


def test_a_line_that_goes_over_several():
    def long(a, b):
        return np.sum(
            a @ b,
        )

    with pytest.raises(DimensionError) as error:
        cr.trace(long, [Spec((3, 2)), Spec((3, 2))])
    assert error.value.operation == "a @ b"
    assert error.value.equation.startswith("a @ b")


def column_and_row(column, row):
    error = column - row
    return np.sum(error**2)


@pytest.fixture
def _fresh():
    dimension_errors._warned.clear()
    yield
    dimension_errors._warned.clear()


@pytest.mark.usefixtures("_fresh")
def test_a_column_that_meets_a_row_is_warned_of_once_a_line():
    column, row = np.ones((30, 1)), np.ones(30)
    with pytest.warns(DimensionWarning) as caught:
        cr.grad(column_and_row)(column, row)
    (warning,) = caught
    number = line_of(column_and_row, "error = ")
    assert str(warning.message) == (
        f"error = column - row      ({FILE}:{number})\n"
        "  A column of shape (30, 1) meets a row of shape (30,), and NumPy makes 30×30 of them; "
        "give both the same number of axes."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cr.grad(column_and_row)(column, row)
        cr.trace(column_and_row, [Spec((30, 1)), Spec((30,))])


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("shapes", [((30, 1), (30, 1)), ((30, 1), (1, 30)), ((30, 1), (1,)), ((1, 1), (1,)),
                                    ((30, 1), ()), ((4, 30), (30,)), ((30, 1), (29,))], ids=str)  # fmt: skip
def test_what_people_mean_is_not_warned_of(shapes):
    cr.trace(column_and_row, [Spec(shape) for shape in shapes])


@pytest.mark.usefixtures("_fresh")
def test_a_column_in_a_stack_is_warned_of_on_either_side():
    for shapes in [((2, 30, 1), (30,)), ((30,), (30, 1))]:
        dimension_errors._warned.clear()
        with pytest.warns(DimensionWarning, match=r"meets a row of shape \(30,\)"):
            cr.trace(column_and_row, [Spec(shape) for shape in shapes])


@pytest.mark.usefixtures("_fresh")
def test_the_derivative_of_a_product_with_a_vector_warns_of_nothing():
    program = cr.derive(lambda w, x: np.sum(np.tanh(w @ x)), [np.ones((3, 3)), np.ones(3)])
    cr.trace(program, [np.ones((3, 3)), np.ones(3)])
