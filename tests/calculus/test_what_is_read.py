"""What a function reads from outside: arrays that it changes after it has used them, and random numbers that it draws."""

import functools
import random
from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as cr

X = np.array([0.5, -1.0, 2.0])
LARGE = np.linspace(-1.0, 1.0, 5000)
RNG = np.random.default_rng(3)
CONST = np.array([1.0, 2.0, 3.0])


def test_an_array_that_is_changed_after_use_counts_as_it_was():
    def f(x):
        k = CONST * 2
        y = x * k
        k[0] = 100.0
        return np.sum(y * y)

    for _ in range(3):
        np.testing.assert_allclose(cr.grad(f)(X), 2 * X * (2 * CONST) ** 2)


def test_a_buffer_that_is_used_again_and_a_view_of_it():
    def f(x):
        buffer = np.zeros((2, 3))
        total = 0.0
        for step in range(3):
            buffer[:] = step + 1.0
            row = buffer[0]
            total = total + np.sum(x * row * x)
        return total

    np.testing.assert_allclose(cr.grad(f)(X), 12 * X)


def test_an_index_that_is_changed_after_use():
    def f(x):
        places = np.array([0, 0])
        y = x[places]
        places[:] = 2
        return np.sum(y * y)

    np.testing.assert_allclose(cr.grad(f)(X), [4 * X[0], 0, 0])


def test_the_argument_changed_under_its_other_name():
    mine = X.copy()

    def f(x):
        y = x * x
        mine[0] = 9.0
        return np.sum(y)

    np.testing.assert_allclose(cr.grad(f)(mine), 2 * X)


@pytest.mark.parametrize("part", [lambda k: k, lambda k: k[::2][:2500]])
def test_a_large_array_that_is_changed_after_use_is_refused_by_line(part):
    k = np.ones(5000)

    def f(x):
        y = np.sum(x[: len(part(k))] * part(k))
        k[0] = 100.0
        return y * y

    with pytest.raises(cr.TracingError) as error:
        cr.grad(f)(LARGE)
    assert str(error.value) == (
        f"test_what_is_read.py:{f.__code__.co_firstlineno + 2}: an array is changed after the trace has read it; "
        "make a new array instead.\n    k[0] = 100.0"
    )
    k[0] = 2.0  # afterwards it may be written to


def test_arrays_may_be_changed_between_a_value_and_its_pull():
    for x in (X.copy(), LARGE.copy()):
        k = np.full(x.size, 2.0)
        before = x.copy()
        _, pull = cr.vjp(lambda x, k=k: np.sum(k * x * x), x)
        k[:], x[:] = 0.0, 7.0
        np.testing.assert_allclose(pull(1.0)[0], 4 * before)


def test_what_cannot_be_written_to_is_not_copied():
    data = LARGE.copy()
    data.flags.writeable = False
    cr.grad(lambda x: np.sum(x * data))(LARGE)
    assert not data.flags.writeable
    assert LARGE.flags.writeable


def test_another_librarys_memory_stays_writeable():
    memory = np.frombuffer(bytearray(8 * 5000))
    cr.grad(lambda x: np.sum(x * memory))(LARGE)
    assert memory.flags.writeable


# ---- random numbers --------------------------------------------------------------------------------------------------


@dataclass
class Model:
    rng: np.random.Generator

    def noisy(self, x):
        return np.sum(x * self.rng.normal(size=3))


def helper(x):
    noise = RNG.normal(size=3)
    return x * noise


def by_helper(x):
    y = x * 2.0
    return np.sum(helper(y))


def of_numpy(x):
    return np.sum(x * np.random.randn(3))


def of_python(x):
    scale = 1.0
    scale += random.random()
    return np.sum(x * scale)


def of_an_argument(x, rng):
    return np.sum(x * rng.random(3))


def of_a_default(x, rng=RNG):
    return np.sum(x * rng.random(3))


def of_a_closure():
    rng, draw = np.random.default_rng(1), np.random.default_rng(2).normal
    return lambda x: np.sum(x * rng.random(3)), lambda x: np.sum(x * draw(size=3))


def no_name_of_it(x):
    return np.sum(x * __import__("numpy").random.rand(3))


DRAWS = {
    "a helper": (by_helper, (X,), helper, 1),
    "numpy": (of_numpy, (X,), of_numpy, 1),
    "python": (of_python, (X,), of_python, 2),
    "an argument": (of_an_argument, (X, RNG), of_an_argument, 1),
    "a default": (of_a_default, (X,), of_a_default, 0),
    "a closure": (of_a_closure()[0], (X,), of_a_closure()[0], 0),
    "a bound method": (of_a_closure()[1], (X,), of_a_closure()[1], 0),
    "a method": (Model(np.random.default_rng(0)).noisy, (X,), None, 0),
    "a partial": (functools.partial(of_an_argument, rng=RNG), (X,), None, 0),
    "no name": (no_name_of_it, (X,), no_name_of_it, 1),
}


@pytest.mark.parametrize("name", DRAWS)
def test_random_numbers_in_a_program_are_refused_by_line(name):
    f, args, where, line = DRAWS[name]
    floats = [each for each in args if isinstance(each, np.ndarray)]
    runs = [lambda: cr.compile(f)(*args), lambda: cr.trace(f, args), lambda: cr.derive(f, args)]
    if len(floats) == len(args):
        runs.append(lambda: cr.compile(cr.grad(f))(*args))
    for run in runs:
        with pytest.raises(cr.TracingError) as error:
            run()
        said = str(error.value)
        assert "random numbers are drawn, and a program would hold them, the same at every call" in said
        if where is not None:
            assert said.startswith(f"test_what_is_read.py:{where.__code__.co_firstlineno + line}: ")


def test_gradients_draw_anew_at_every_call():
    def f(x):
        return np.sum(x * RNG.normal(size=3)) * random.random()

    found = [tuple(cr.grad(f)(X)) for _ in range(6)]
    assert len(set(found)) == 6
    state, seed = RNG.bit_generator.state, random.getstate()
    found = [cr.grad(f)(X) for _ in range(3)]
    RNG.bit_generator.state = state
    random.setstate(seed)
    for slope in found:
        np.testing.assert_allclose(slope, RNG.normal(size=3) * random.random())


def test_numbers_of_a_seed_are_the_same_at_every_call():
    def f(x):
        return np.sum(x * np.random.default_rng(0).normal(size=3))

    assert cr.compile(f)(X) == cr.compile(f)(X) == f(X)


def test_a_program_may_be_made_between_draws():
    np.random.rand()
    assert cr.compile(lambda x: np.sum(x * CONST))(X) == np.sum(X * CONST)
