"""Arrays that a program's text makes itself: they have the bits and the number type of those that the function had."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.literals import written_array

from . import texts

RANDOM = np.random.default_rng(0)
WRITTEN = {
    "np.eye(2)": np.eye(2),
    "np.eye(3, 5)": np.eye(3, 5),
    "np.eye(3, dtype=bool)": np.eye(3, dtype=bool),
    "np.zeros((2, 0))": np.zeros((2, 0)),
    "np.zeros((3, 4), int)": np.zeros((3, 4), int),
    "np.ones(20, bool)": np.ones(20, bool),
    "np.full((2, 3), 0.1)": np.full((2, 3), 0.1),
    "np.full(4, np.nan)": np.full(4, np.nan),
    "np.full(3, -0.0)": np.full(3, -0.0),
    "np.full(30, 0.1, np.float32)": np.full(30, 0.1, np.float32),
    "np.arange(10)": np.arange(10),
    "np.arange(3, 30, 3)": np.arange(3, 30, 3),
    "np.arange(4.0)": np.arange(4.0),
    "np.linspace(0.0, 3.0, 12)": np.linspace(0, 3, 12),
    "np.linspace(-1.0, 1.0, 50)": np.linspace(-1, 1, 50),
    "np.linspace(0.0, 0.9, 10)": np.arange(0, 1, 0.1),
    "np.array([[1.0, 0.1], [0.0, 1.0]]).T": np.array([[1.0, 0.1], [0.0, 1.0]]).T,
    "np.tri(5, dtype=bool)": np.tri(5) > 0,
    "np.tri(4)": np.tri(4),
    "np.triu(np.ones((3, 3)))": np.triu(np.ones((3, 3))),
    "np.array([np.nan, -np.inf, 1e+300, -0.0])": np.array([np.nan, -np.inf, 1e300, -0.0]),
    "np.array([[1.0, 0.1], [0.0, 1.0]])": np.array([[1.0, 0.1], [0.0, 1.0]]),
    "np.array([1.0, 2.0, 3.5], np.float32)": np.array([1.0, 2.0, 3.5], np.float32),
    "np.array([True, False])": np.array([True, False]),
    "np.array([(1+2j)])": np.array([1 + 2j]),
    "np.array([4611686018427387904, -4611686018427387904, 5])": np.array([2**62, -(2**62), 5]),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_an_array_is_written_as_people_make_it(text):
    array = WRITTEN[text]
    assert written_array(array) == text
    made = eval(text, {"np": np})
    assert (made.dtype, made.shape, made.strides) == (array.dtype, array.shape, array.strides)
    assert made.tobytes() == array.tobytes()


NEAR = np.linspace(0, 3, 12)
NEAR[5] = np.nextafter(NEAR[5], 9)
ALMOST = np.eye(4)
ALMOST[2, 1] = -0.0


@pytest.mark.parametrize(
    "array",
    [
        RANDOM.normal(size=1001), np.eye(3)[:, ::-1], np.array(2.0), np.ones((4, 6))[::2, ::2], np.array([1.0], ">f8"),
    ],
)  # fmt: skip
def test_what_no_call_makes_with_these_bits_stays_an_argument(array):
    assert written_array(array) is None


@pytest.mark.parametrize(
    "array",
    [NEAR, ALMOST, RANDOM.normal(size=(20, 50)), np.arange(12).reshape(3, 4), RANDOM.integers(0, 9, 30, np.int16)],
)
def test_any_other_array_of_up_to_a_thousand_numbers_is_written_out_bit_for_bit(array):
    made = eval(written_array(array), {"np": np})
    assert (made.dtype, made.shape, made.tobytes()) == (array.dtype, array.shape, array.tobytes())


def made(a, x):
    steady = np.array([[1.0, 0.1], [0.0, 1.0]])
    x = steady @ x @ steady.T + a * np.eye(2)
    return np.sum(x * np.linspace(0, 1, 2)) + np.sum(np.arange(40.0) * a) + np.sum(a * TABLE)


TABLE = RANDOM.normal(size=1001)


@pytest.mark.names
def test_a_text_stands_alone_but_for_what_it_cannot_make():
    args = (0.3, RANDOM.normal(size=(2, 2)))
    for program in (cr.trace(made, args), cr.derive(made, args)):
        texts.text(program, args)
        scope = {}
        exec(str(program), scope)
        assert [each.name for each in texts.given(scope[program.name], program)] == ["TABLE"]
    text = str(cr.trace(made, args))
    assert "steady = np.array([[1.0, 0.1], [0.0, 1.0]])" in text
    assert "steady @ x @ steady.T + a * np.eye(2)" in text


def in_turns(x, P):
    for t in range(20):
        P = np.array([[1.0, 0.1], [0.2, 1.0]]) @ P + x[t] * np.eye(2)
    return np.sum(P**2)


@pytest.mark.names
def test_what_a_loop_reads_in_each_turn_is_made_before_it():
    args = (RANDOM.normal(size=20), np.eye(2))
    text = str(cr.derive(in_turns, args))
    assert text.count("np.eye(2)") == 1
    assert text.index("np.eye(2)") < text.index("for t in")
    scope = {}
    exec(text, scope)
    for one, other in zip(scope["in_turns_gradient"](*args), cr.grad(in_turns, (0, 1))(*args), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_names_of_arrays_do_not_meet_names_of_the_users():
    def cost(x, c1):
        c2 = np.sin(x) * c1
        return np.sum(c2 * np.array([1.0, 2.0, 4.0])) + np.sum(np.array([1.0, 2.0, 4.0]) * c1)

    args = (RANDOM.normal(size=3), RANDOM.normal(size=3))
    scope = {}
    exec(str(cr.derive(cost, args)), scope)
    for one, other in zip(scope["cost_gradient"](*args), cr.grad(cost, (0, 1))(*args), strict=True):
        np.testing.assert_array_equal(one, other)
