"""What a function reads from outside: arrays that it changes after it has used them, and random numbers that it draws."""

import collections
import datetime
import functools
import os
import random
import re
import secrets
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import datetime as DateTime  # noqa: N812  # as it is often called
from os import urandom
from random import Random
from time import monotonic

import numpy as np
import pytest
import scipy.stats

import chainrule as cr
from chainrule.program import keeping

X = np.array([0.5, -1.0, 2.0])
LARGE = np.linspace(-1.0, 1.0, 20_000)
RNG = np.random.default_rng(3)
SYSTEM = random.SystemRandom()
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


@pytest.mark.parametrize("part", [lambda k: k, lambda k: k[::2][:10_000]])
def test_a_large_array_that_is_changed_after_use_is_refused_by_line(part):
    k = np.ones(20_000)

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


@pytest.mark.parametrize("size", [3, 20_000])
@pytest.mark.parametrize("part", [lambda k: k[1:], lambda k: k[::-1], lambda k: k.reshape(1, -1)])
def test_an_array_of_a_program_that_is_changed_through_an_older_view_is_refused(size, part):
    k = np.ones(size)
    hidden = collections.deque([part(k)])  # where it is not seen that it is the function's

    def f(x):
        y = np.sum(x * k)
        view = hidden[0]
        view[..., -1], view[..., 0] = view[..., 0].copy(), 100.0
        return y * y

    for run in (lambda: cr.trace(f, [k.copy()]), lambda: cr.compile(f)(k.copy()), lambda: cr.derive(f, [k.copy()])):
        k[:] = 1.0
        with pytest.raises(cr.TracingError) as error:
            run()
        assert str(error.value) == (
            f"test_what_is_read.py:{f.__code__.co_firstlineno + 1}: an array is changed after the trace has read it here, "
            "through a view that was taken before; make a new array instead.\n    y = np.sum(x * k)"
        )
    assert not keeping._read and k.flags.writeable


@pytest.mark.parametrize("size", [3, 20_000])
def test_an_older_view_with_a_name_is_refused_where_it_is_written_to(size):
    k = np.ones(size)
    view = k[::-1]

    def f(x):
        y = np.sum(x * k)
        view[-1] = 100.0
        return y * y

    for run in (lambda: cr.trace(f, [k.copy()]), lambda: cr.compile(f)(k.copy()), lambda: cr.derive(f, [k.copy()])):
        with pytest.raises(cr.TracingError) as error:
            run()
        assert str(error.value) == (
            f"test_what_is_read.py:{f.__code__.co_firstlineno + 2}: an array is changed after the trace has read it; "
            "make a new array instead.\n    view[-1] = 100.0"
        )
    assert k[0] == 1.0
    assert not keeping._read
    assert k.flags.writeable


def test_what_programs_are_made_of_may_be_of_any_type_and_layout():
    for k in (
        np.arange(6.0).reshape(2, 3).T,
        np.array(2.0),
        np.zeros((0, 3)),
        np.array([True, False]),
        np.arange(3, dtype=np.int8),
    ):
        np.testing.assert_array_equal(cr.trace(lambda x, k=k: x * k, [np.ones(k.shape)])(np.ones(k.shape)), k)
    with pytest.raises(ValueError, match="mine"):
        cr.trace(lambda x: exec("raise ValueError('mine')") or x * CONST, [X])
    assert not keeping._read


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
    memory = np.frombuffer(bytearray(8 * 20_000))
    cr.grad(lambda x: np.sum(x * memory))(LARGE)
    assert memory.flags.writeable


def parts_of_a_read_only_array():
    whole = LARGE.copy()
    part = whole[1:]
    whole.flags.writeable = False
    return part


HELD = {
    "an array": lambda: LARGE.copy(),
    "a part": lambda: np.append(LARGE, 1.0)[1:],
    "a part of a part": lambda: np.tile(LARGE, 2).reshape(2, -1).T[:, 0],
    "what is read-only": lambda: np.broadcast_to(2.0, LARGE.shape),
    "a writeable part of a read-only array": parts_of_a_read_only_array,
    "another library's": lambda: np.frombuffer(bytearray(8 * LARGE.size)),
}


@pytest.mark.parametrize("name", HELD)
@pytest.mark.parametrize("raised", [None, ValueError, KeyboardInterrupt])
def test_an_array_is_as_writeable_afterwards_as_before(name, raised):
    k = HELD[name]()
    chain = [k]
    while isinstance(chain[-1].base, np.ndarray):
        chain.append(chain[-1].base)
    before = [each.flags.writeable for each in chain]

    def f(x):
        y = np.sum(x * k)
        if raised is not None:
            raise raised
        return y * cr.grad(lambda x: np.sum(x * x * k))(x)[0]

    runs = [lambda: cr.grad(f)(np.float64(2.0) * np.ones(k.shape)), lambda: cr.trace(f, [np.ones(k.shape)])]
    for run in runs:
        if raised is None:
            run()
        else:
            with pytest.raises(raised):
                run()
        assert [each.flags.writeable for each in chain] == before


def test_threads_that_read_the_same_array_leave_it_as_it_was():
    whole = np.ones((200, 100))
    part = whole[1:]
    first, second = threading.Event(), threading.Event()

    def begins_first(x):  # and ends while the other still reads
        y = np.sum(whole * x)
        first.set()
        assert second.wait(60)
        return y

    def ends_last(x):
        assert first.wait(60)
        y = np.sum(whole * x) * np.sum(part)
        second.set()
        other.join(60)
        with pytest.raises(cr.TracingError, match="changed after the trace has read it"):
            whole[0, 0] = 5.0
        return y + np.sum(part * x)

    slopes = []
    other = threading.Thread(target=lambda: slopes.append(cr.grad(begins_first)(2.0)))
    other.start()
    slopes.append(cr.grad(ends_last)(2.0))
    assert slopes == [20_000.0, 20_000.0 * 19_900 + 19_900]
    assert whole.flags.writeable
    assert part.flags.writeable


def test_a_part_is_writeable_again_once_no_thread_reads_the_whole():
    whole = np.ones((200, 100))
    part = whole[1:]
    first, second = threading.Event(), threading.Event()

    def holds_the_whole(x):
        y = np.sum(whole * x)
        first.set()
        assert second.wait(60)
        return y

    other = threading.Thread(target=lambda: cr.grad(holds_the_whole)(2.0))
    other.start()
    assert first.wait(60)
    assert cr.grad(lambda x: np.sum(part * x))(2.0) == 19_900
    second.set()
    other.join(60)
    assert whole.flags.writeable
    assert part.flags.writeable


def test_a_program_holds_another_librarys_memory_as_it_was_read():
    memory = np.frombuffer(bytearray(np.ones(3)))

    def f(x):
        y = np.sum(x * memory)
        memory[0] = 100.0
        return y

    assert cr.trace(f, [X])(X) == np.sum(X)


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


class Settings:
    rng = np.random.default_rng(4)


class Slotted:
    __slots__ = ("rng",)

    def __init__(self):
        self.rng = np.random.default_rng(5)

    def noisy(self, x):
        return np.sum(x * self.rng.random(3))


class Property:
    kept = np.random.default_rng(6)

    @property
    def rng(self):
        return self.kept


PROPERTY, SLOTTED = Property(), Slotted()


def of_a_class(x):
    return np.sum(x * Settings.rng.random(3))


def of_a_property(x):
    return np.sum(x * PROPERTY.rng.random(3))


def endless():
    rng = np.random.default_rng(7)
    while True:
        yield rng.random(3)


NUMBERS = endless()
next(NUMBERS)  # it has made its generator


def of_a_generator(x):
    return np.sum(x * next(NUMBERS))


def of_one_made_here(x):
    rng = np.random.default_rng()
    return np.sum(x * rng.random(3))


def of_an_old_one_made_here(x):
    return np.sum(x * np.random.RandomState().rand(3))


DRAWS = {
    "one made here": (of_one_made_here, (X,), of_one_made_here, 1),
    "an old one made here": (of_an_old_one_made_here, (X,), of_an_old_one_made_here, 1),
    "a class": (of_a_class, (X,), of_a_class, 1),
    "a property": (of_a_property, (X,), of_a_property, 1),
    "a slot": (lambda x: SLOTTED.noisy(x), (X,), None, 0),
    "a generator": (of_a_generator, (X,), of_a_generator, 1),
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
    runs = [lambda: cr.trace(f, args), lambda: cr.derive(f, args)]
    if len(floats) == len(args):  # of an argument, a compiled function draws anew
        runs.append(lambda: cr.compile(f)(*args))
        called = cr.grad(f)
        called(*args)
        runs += [lambda: cr.compile(cr.grad(f))(*args), lambda: cr.compile(called)(*args)]
    for run in runs:
        with pytest.raises(cr.TracingError) as error:
            run()
        said = str(error.value)
        assert "random numbers are drawn, and a program would hold them, the same at every call" in said
        if where is not None:
            assert said.startswith(f"test_what_is_read.py:{where.__code__.co_firstlineno + line}: ")


def by_a_library(x):
    engine = scipy.stats.qmc.Sobol(3)
    return np.sum(x * engine.random()[0])


OPERATING = {
    "random.Random": lambda x: x * random.Random().random(),
    "Random": lambda x: x * Random().random(),
    "random.SystemRandom": lambda x: x * random.SystemRandom().random(),
    "one from outside": lambda x: x * SYSTEM.random(),
    "os.urandom": lambda x: x * os.urandom(1)[0],
    "urandom": lambda x: x * urandom(1)[0],
    "secrets": lambda x: x * secrets.randbelow(9) * secrets.choice([1, 2]),
    "uuid": lambda x: x * uuid.uuid4().int,
    "a library": by_a_library,
}
CLOCKS = {
    "time.time": lambda x: x * time.time(),
    "time.perf_counter_ns": lambda x: x * time.perf_counter_ns(),
    "time.monotonic": lambda x: x * monotonic(),
    "time.localtime": lambda x: x * time.localtime().tm_hour,
    "datetime.datetime.now": lambda x: x * datetime.datetime.now(datetime.UTC).hour,
    "datetime.datetime.today": lambda x: x * DateTime.today().hour,
    "datetime.date.today": lambda x: x * datetime.date.today().day,
}


def imports_its_clock(x):
    from time import process_time

    return np.sum(x * process_time())


@pytest.mark.parametrize("name", [*OPERATING, *CLOCKS])
def test_what_the_operating_system_gives_is_refused_in_a_program_by_line(name):
    f = OPERATING.get(name) or CLOCKS[name]
    said = "random numbers are drawn" if name in OPERATING else f"{name} reads a clock"
    for run in (lambda: cr.compile(f)(X), lambda: cr.trace(f, [X]), lambda: cr.derive(lambda x: np.sum(f(x)), [X])):
        with pytest.raises(cr.TracingError) as error:
            run()
        assert f"{said}, and a program would hold " in str(error.value)
        assert re.match(
            rf"test_what_is_read\.py:{f.__code__.co_firstlineno + (name == 'a library')}: ", str(error.value)
        )
        assert "outside, and pass" in str(error.value)
    assert cr.grad(lambda x: np.sum(f(x)))(X).shape == (3,)  # which is traced at each call


def test_a_clock_that_is_imported_in_the_function():
    with pytest.raises(cr.TracingError, match=r"time\.process_time reads a clock"):
        cr.compile(imports_its_clock)(X)
    assert cr.grad(imports_its_clock)(X).shape == (3,)


def test_dates_that_read_no_clock_may_be_used_in_a_program():
    day = datetime.date(2020, 1, 31)

    def f(x):
        then = DateTime(2020, 1, 2) + datetime.timedelta(days=3)
        of = DateTime.fromtimestamp(0, datetime.UTC).year + time.localtime(0).tm_year * 0 + random.Random(3).random()
        assert isinstance(then, DateTime) and isinstance(day, datetime.date) and issubclass(DateTime, datetime.date)
        assert type(then) is type(DateTime.strptime("2020", "%Y")) and time.strftime("%Y", time.gmtime(0)) == "1970"
        return x * (then.day + of)

    np.testing.assert_array_equal(cr.compile(f)(X), f(X))


def test_clocks_and_seeds_are_pythons_own_afterwards():
    for f in (CLOCKS["datetime.datetime.now"], OPERATING["random.Random"], OPERATING["secrets"]):
        with pytest.raises(cr.TracingError):
            cr.trace(f, [X])
    assert datetime.datetime.__class__ is type and DateTime is datetime.datetime
    assert random._urandom is os.urandom and random.Random.seed.__module__ == "random"
    assert 0 <= random.Random().random() < 1


def test_another_thread_may_draw_and_ask_for_the_time_meanwhile():
    begun, ended, found = threading.Event(), threading.Event(), []

    def f(x):
        begun.set()
        assert ended.wait(10)
        return np.sum(x * x) + 0.0 * (0 if x.shape else time.time())

    def other():
        assert begun.wait(10)
        found.extend([time.time(), random.Random().random(), secrets.token_hex(), np.random.default_rng().random()])
        ended.set()

    thread = threading.Thread(target=other)
    thread.start()
    assert cr.trace(f, [X])(X) == f(X)
    thread.join()
    assert len(found) == 4


def test_another_thread_may_draw_from_random_itself_but_the_function_may_not():
    ended, asked = threading.Event(), threading.Event()

    def drawing():
        while not ended.wait(0.001):
            random.random()
            asked.set()

    def f(x):
        asked.clear()
        assert asked.wait(10)  # as where an event loop runs beside it
        return np.sum(x * x)

    thread = threading.Thread(target=drawing)
    thread.start()
    try:
        assert cr.trace(f, [X])(X) == f(X)
        with pytest.raises(cr.TracingError, match="random numbers are drawn"):
            cr.trace(lambda x: x * random.random(), [X])
    finally:
        ended.set()
        thread.join()


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


@pytest.mark.parametrize("make", [lambda: np.random.default_rng(), lambda: np.random.default_rng(seed=None)])
def test_an_unseeded_generator_that_is_not_drawn_from_is_no_fault(make):
    def noisy(x, scale=0.0):
        rng = make()
        return np.sum(x * x) + (rng.normal() if scale else 0.0)

    np.testing.assert_array_equal(cr.derive(noisy, [X])(X), 2 * X)
    assert cr.trace(noisy, [X])(X) == cr.compile(noisy)(X) == np.sum(X * X)
    np.testing.assert_array_equal(cr.compile(cr.grad(noisy))(X), 2 * X)


DRAWN = {
    "a number": lambda rng: rng.random(),
    "of its bits": lambda rng: rng.bit_generator.random_raw() % 7,
    "of a spawned generator": lambda rng: rng.spawn(1)[0].random(),
    "an order": lambda rng: rng.permutation(3),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("outside", [False, True])
def test_draws_of_an_unseeded_generator_are_refused_by_the_line_that_creates_it(name, outside):
    before = np.random.default_rng()

    def f(x):
        rng = before if outside else np.random.default_rng()
        return np.sum(x * DRAWN[name](rng))

    for run in (lambda: cr.trace(f, [X]), lambda: cr.derive(f, [X]), lambda: cr.compile(f)(X)):
        with pytest.raises(cr.TracingError, match="random numbers are drawn") as error:
            run()
        assert str(error.value).startswith(f"test_what_is_read.py:{f.__code__.co_firstlineno + 1}: ")


def test_numbers_of_a_seed_are_the_same_at_every_call():
    def f(x):
        return np.sum(x * np.random.default_rng(0).normal(size=3))

    assert cr.compile(f)(X) == cr.compile(f)(X) == f(X)


def test_a_generator_made_in_a_function_draws_anew_at_every_call_of_its_gradient():
    slopes = [tuple(cr.grad(of_one_made_here)(X)) for _ in range(5)]
    assert len(set(slopes)) == 5


def test_a_program_may_be_made_between_draws():
    np.random.rand()
    np.random.default_rng()
    assert cr.compile(lambda x: np.sum(x * CONST))(X) == np.sum(X * CONST)


def test_a_type_may_have_a_descriptor_for_its_module():
    """As those that Cython makes may, of which some of NumPy's methods are."""

    class Odd:
        scale = 3.0

    Odd.__module__ = property(lambda self: "odd")
    odd, kinds = Odd(), [Odd]
    assert cr.grad(lambda x: kinds[0].scale * odd.scale * x**2)(2.0) == 36.0
