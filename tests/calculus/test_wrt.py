"""`wrt` means the same wherever it is taken: a number or a name gives the derivative, a list or a tuple gives a tuple."""

import functools
import inspect

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.tracing import argument_names

W, B = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, -1.0])


def cost(w, b):
    return np.sum((w @ b) ** 2)


def derived(wrt):
    return cr.derive(cost, (W, B), wrt)(W, B)


FUNCTIONS = {
    "grad": lambda wrt: cr.grad(cost, wrt)(W, B),
    "value_and_grad": lambda wrt: cr.value_and_grad(cost, wrt)(W, B)[1],
    "jacobian": lambda wrt: cr.jacobian(cost, wrt)(W, B),
    "hessian": lambda wrt: cr.hessian(cost, wrt)(W, B),
    "derive": derived,
}


def test_every_function_that_takes_wrt_is_tested_here():
    public = [getattr(cr, name) for name in cr.__all__ if name[0].islower()]
    taking = [f.__name__ for f in public if callable(f) and "wrt" in inspect.signature(f).parameters]
    assert sorted(taking) == sorted([*FUNCTIONS, "check_grad"])  # which gives no derivatives


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_gives_it_bare_and_a_list_or_tuple_of_one_a_tuple(name):
    given = FUNCTIONS[name]
    bare = given(1)
    assert isinstance(bare, np.ndarray)
    for one in ("b", -1):
        np.testing.assert_array_equal(given(one), bare)
    for listed in (["b"], ("b",), [1], (-1,), range(1, 2)):
        found = given(listed)
        assert isinstance(found, tuple) and len(found) == 1
        np.testing.assert_array_equal(found[0][0] if name == "hessian" else found[0], bare)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_several_give_a_tuple_in_their_order(name):
    given = FUNCTIONS[name]
    for several in ("b, w", ("b", "w"), [1, 0]):
        found = given(several)
        assert isinstance(found, tuple) and len(found) == 2
        for at, argument in enumerate(("b", "w")):
            of_it = found[at][at] if name == "hessian" else found[at]
            np.testing.assert_allclose(of_it, given(argument), rtol=1e-12)


def test_the_gradient_by_hand():
    np.testing.assert_allclose(FUNCTIONS["grad"](["b"])[0], 2 * W.T @ (W @ B), rtol=1e-12)
    np.testing.assert_allclose(FUNCTIONS["hessian"]("b"), 2 * W.T @ W, rtol=1e-12)


def test_a_program_of_one_in_a_tuple_says_so():
    program = cr.derive(cost, (W, B), ["b"])
    assert "return (dC_db,)" in str(program)
    assert "return dC_db\n" in str(cr.derive(cost, (W, B), "b"))
    np.testing.assert_array_equal(cr.compile(program)(W, B)[0], program(W, B)[0])


class Holder:
    def method(self, a, b=1.0):
        return a * b

    @classmethod
    def of_class(cls, a, b):
        return a * b

    @staticmethod
    def of_none(a, b):
        return a * b

    def __call__(self, a):
        return a


def with_all_kinds(a, /, b, *rest, c=1.0, **others):
    return a * b


def disguised(a, b):
    return a * b


disguised.__signature__ = inspect.Signature(
    [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in "xy"]
)


@pytest.mark.parametrize(
    "f",
    [
        with_all_kinds, disguised, Holder().method, Holder.method, Holder.of_class, Holder.of_none, Holder(), lambda x, y: x,
        functools.partial(with_all_kinds, 1.0), functools.wraps(with_all_kinds)(lambda *args: 1.0),
    ],
)  # fmt: skip
def test_arguments_have_the_names_of_the_signature(f):
    kinds = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    names = [name for name, parameter in inspect.signature(f).parameters.items() if parameter.kind in kinds]
    for count in range(len(names) + 1):
        assert argument_names(f, count) == names[:count]
