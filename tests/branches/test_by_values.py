"""`grad`, `value_and_grad` and `vjp` of functions with long loops: recorded once, they are what they are turn by turn."""

import math
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.branches import by_values

from . import counted, random_branches, random_slices, random_triangles, test_what_a_turn_changes
from .test_counted import ARGUMENTS


@pytest.fixture
def every_loop(monkeypatch):
    """Lets every loop be recorded, however short, and counts those that are."""
    monkeypatch.setattr(by_values, "_WORTH", 0)
    monkeypatch.setattr(by_values, "_FIRST", 1)
    monkeypatch.setattr(by_values, "_FIRST_OF_WHILE", 1)
    monkeypatch.setattr(by_values, "_unsuited", set())
    recorded = []
    bound = by_values.ByValues._tried

    def counted_tries(self, turn, loop):
        after = bound(self, turn, loop)
        recorded.append(after is not None)
        return after

    monkeypatch.setattr(by_values.ByValues, "_tried", counted_tries)
    return recorded


def turn_by_turn(transform, f, *args):
    """A derivative without loops that are recorded: the function is seen as one that has no source."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_values, "converted", lambda function, runtime: function)
        return transform(f)(*args)


def equal(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", counted.FUNCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_counted_loops(name, every_loop):
    f = counted.FUNCTIONS[name]
    for _ in range(2):
        found = cr.grad(f, (0, 1, 2))(*ARGUMENTS)
        equal(found, turn_by_turn(lambda f: cr.grad(f, (0, 1, 2)), f, *ARGUMENTS))


def test_most_counted_loops_are_recorded(every_loop):
    for f in counted.FUNCTIONS.values():
        cr.grad(f)(*ARGUMENTS)
    assert every_loop.count(True) > 40


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(40))
def test_random_branches_and_whiles(seed, tmp_path, every_loop):
    f = random_branches.function(seed, tmp_path)
    for point in random_branches.arguments(seed, 3):
        value, found = cr.value_and_grad(f, (0, 1, 2))(*point)
        wanted, expected = turn_by_turn(lambda f: cr.value_and_grad(f, (0, 1, 2)), f, *point)
        equal((value, *found), (wanted, *expected))


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("kind", [random_triangles, random_slices], ids=["triangles", "slices"])
def test_random_loops_over_sizes(kind, seed, tmp_path, every_loop):
    f, random = kind.function(seed, tmp_path), np.random.default_rng(seed)
    for n in (6, 4, 6):
        point = 0.5 * random.normal(size=(n, n)), 0.7 * random.normal(size=n)
        try:
            expected = turn_by_turn(lambda f: cr.grad(f, (0, 1)), f, *point)
        except (ValueError, IndexError):  # a slice that would be longer than its array
            continue
        equal(cr.grad(f, (0, 1))(*point), expected)


@pytest.mark.parametrize("function", test_what_a_turn_changes.FUNCTIONS, ids=lambda function: function.__name__)
def test_what_a_turn_changes_is_changed_in_every_turn(function, every_loop):
    x = np.array([2.0])
    expected = (function(x + 1e-6) - function(x - 1e-6)) / 2e-6
    if function is test_what_a_turn_changes.an_object_in_a_default:
        expected = 15.0
    np.testing.assert_allclose(cr.grad(function)(x), [expected], rtol=1e-6)
    assert function in test_what_a_turn_changes.RECORDED or True not in every_loop


# ---- what a user sees of a function that runs ------------------------------------------------------------------------------


def test_whatever_is_said_or_kept_is_said_and_kept_in_every_turn(capsys, every_loop, tmp_path):
    log, history, path = [], np.zeros(6), tmp_path / "log.txt"

    def printing(x):
        for k in range(6):
            x = np.sin(x)
            print(k)
        return np.sum(x)

    def writing(x):
        for k in range(6):
            x = np.sin(x)
            with path.open("a") as file:
                file.write(f"{k}\n")
        return np.sum(x)

    def to_the_screen(x):
        for k in range(6):
            x = np.sin(x)
            sys.stdout.write(f"{k}\n")
        return np.sum(x)

    def appending(x):
        for k in range(6):
            x = np.sin(x)
            log.append(k)
        return np.sum(x)

    def counting(x):
        for k in range(6):
            x = np.sin(x)
            history[k] = k
        return np.sum(x)

    for f in (printing, writing, to_the_screen, appending, counting):
        cr.grad(f)(np.ones(3))
    assert capsys.readouterr().out == "0\n1\n2\n3\n4\n5\n" * 2
    assert path.read_text() == "0\n1\n2\n3\n4\n5\n"
    assert log == [*range(6)]
    np.testing.assert_array_equal(history, np.arange(6))


def test_random_numbers_are_drawn_in_every_turn(every_loop):
    def f(x):
        total = 0.0
        for _ in range(6):
            total = total + x[0] * np.random.normal()
        return total

    def with_a_generator(x, random):
        total = 0.0
        for _ in range(6):
            total = total + x[0] * random.normal()
        return total

    np.random.seed(3)
    found = cr.grad(f)(np.ones(1))
    np.random.seed(3)
    np.testing.assert_allclose(found, np.sum(np.random.normal(size=6)), rtol=1e-14)
    found = cr.grad(lambda x: with_a_generator(x, random))(np.ones(1)) if (random := np.random.default_rng(5)) else None
    np.testing.assert_allclose(found, np.sum(np.random.default_rng(5).normal(size=6)), rtol=1e-14)


def test_lists_stay_lists(every_loop):
    def f(x):
        states = []
        for _ in range(6):
            x = np.tanh(x)
            states.append(x)
        assert type(states) is list
        assert len(states) == 6
        return np.sum(np.stack(states)) + states[2][0]

    x = np.linspace(0.1, 1, 3)
    equal([cr.grad(f)(x)], [turn_by_turn(cr.grad, f, x)])


def test_what_needs_a_plain_number_behind_a_loop_gets_it(every_loop):
    def f(x):
        t = 0.0
        for _ in range(6):
            t += 0.25
            x = np.sin(x) * t
        return np.sum(x) * math.sqrt(t) + [1.0, 2.0][int(t)]

    x = np.ones(3)
    equal([cr.grad(f)(x)], [turn_by_turn(cr.grad, f, x)])
    assert True in every_loop


def test_an_error_of_the_users_is_the_users(every_loop):
    def f(x):
        for k in range(9):
            x = np.sin(x)
            if k == 5:
                raise RuntimeError("in the sixth turn")
        return np.sum(x)

    def behind(x):
        for _ in range(9):
            x = np.sin(x)
        raise RuntimeError("behind the loop")

    with pytest.raises(RuntimeError, match="in the sixth turn"):
        cr.grad(f)(np.ones(3))
    with pytest.raises(RuntimeError, match="behind the loop"):
        cr.grad(behind)(np.ones(3))


def test_a_dimension_error_names_the_line(every_loop):
    def f(x, w):
        for _ in range(5):
            x = w @ x
        return np.sum(x)

    with pytest.raises(cr.DimensionError, match=r"x = w @ x +\(test_by_values.py:\d+\)"):
        cr.grad(f)(np.ones(3), np.ones((3, 4)))


def test_closures_are_those_of_the_moment(every_loop):
    rate = 0.5

    def f(x):
        for _ in range(6):
            x = x * rate
        return np.sum(x)

    gradient = cr.grad(f)
    np.testing.assert_allclose(gradient(np.ones(2)), 0.5**6)
    rate = 2.0
    np.testing.assert_allclose(gradient(np.ones(2)), 2.0**6)


def test_arrays_of_the_caller_stay_as_they_are(every_loop):
    def f(x, y):
        h = x.copy()
        for k in range(1, 6):
            h[k] = np.sin(h[k - 1]) + y[k]
        return np.sum(h)

    x, y = np.linspace(0, 1, 6), np.ones(6)
    kept = x.copy(), y.copy()
    gradient, again = cr.grad(f, (0, 1)), cr.grad(f, (0, 1))
    first = gradient(x, y)
    first[0][:] = 7.0  # the caller's own
    equal(gradient(x, y), turn_by_turn(lambda f: cr.grad(f, (0, 1)), f, x, y))
    equal(again(x, y), gradient(x, y))
    np.testing.assert_array_equal((x, y), kept)


# ---- other transforms ------------------------------------------------------------------------------------------------------


def filtered(x, w):
    h = np.zeros(len(x))
    for t in range(1, len(x)):
        h[t] = np.tanh(w[0] * h[t - 1] + w[1] * x[t])
    return h


def settled(x, w):
    while np.sum(x * x) > 0.01:
        x = np.tanh(x) * w[0] * 0.9
    return x * w[1]


@pytest.mark.parametrize("function", [filtered, settled])
def test_jacobians_are_those_of_the_turns(function, every_loop):
    x, w = np.linspace(0.2, 1, 6), np.array([0.6, -0.4])
    value, pull = cr.vjp(function, x, w)
    wanted, other = turn_by_turn(lambda f: lambda *args: cr.vjp(f, *args), function, x, w)
    equal([value, *pull(np.ones(6)), *pull(np.arange(6.0))], [wanted, *other(np.ones(6)), *other(np.arange(6.0))])
    equal([cr.jacobian(function)(x, w)], [turn_by_turn(cr.jacobian, function, x, w)])
    assert True in every_loop


@pytest.mark.parametrize("function", [filtered, settled])
def test_second_derivatives_are_those_of_the_turns(function, every_loop):
    def f(w, x):
        return np.sum(function(x, w) ** 2)

    x, w = np.linspace(0.2, 1, 6), np.array([0.6, -0.4])
    step = 1e-5 * np.eye(2)
    slopes = [(cr.grad(f)(w + each, x) - cr.grad(f)(w - each, x)) / 2e-5 for each in step]
    np.testing.assert_allclose(cr.hessian(f)(w, x), slopes, rtol=1e-6, atol=1e-8)
    equal([cr.hessian(f)(w, x)], [turn_by_turn(cr.hessian, f, w, x)])


def test_a_gradient_in_a_long_loop(every_loop):
    def f(x, w):
        for _ in range(5):
            x = x - 0.1 * cr.grad(lambda x: np.sum((x - w) ** 2))(x)
        return np.sum(x * w)

    x, w = np.array([1.0, 2.0]), np.array([0.3, -0.5])
    equal(cr.grad(f, (0, 1))(x, w), turn_by_turn(lambda f: cr.grad(f, (0, 1)), f, x, w))


def test_of_a_long_loop_few_operations_are_recorded():
    tapes = []

    def f(x, w):
        for t in range(5000):
            x = np.tanh(w * x)
            if t == 4999:
                pass
        return np.sum(x)

    def counting(x, w):
        found = f(x, w)
        tapes.append(found.tape.count)
        return found

    x, w = np.ones(2), np.array([0.9, 0.8])
    found = cr.grad(counting, (0, 1))(x, w)
    assert tapes[0] < 100
    steps = 1e-6 * np.eye(2)
    slopes = [(f(x, w + step) - f(x, w - step)) / 2e-6 for step in steps]
    np.testing.assert_allclose(found[1], slopes, rtol=1e-5, atol=1e-8)


# ---- programs that are compiled --------------------------------------------------------------------------------------------


@pytest.fixture
def every_loop_of_programs(every_loop, monkeypatch):
    monkeypatch.setattr(by_values, "_FEWEST", 3)
    return every_loop


def compiled_turn_by_turn(f, *args):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_values, "converted", lambda function, runtime: function)
        return cr.compile(f, "numpy")(*args)


@pytest.mark.wide
@pytest.mark.parametrize("executor", ["numpy", "native"])
@pytest.mark.parametrize("name", counted.FUNCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
def test_compiled_counted_loops(name, executor, every_loop_of_programs):
    f = counted.FUNCTIONS[name]
    equal([cr.compile(f, executor)(*ARGUMENTS)], [turn_by_turn(lambda f: f, f, *ARGUMENTS)])
    equal(
        cr.compile(cr.grad(f, (0, 1, 2)), executor)(*ARGUMENTS),
        turn_by_turn(lambda f: cr.grad(f, (0, 1, 2)), f, *ARGUMENTS),
    )


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(40))
def test_compiled_random_functions(seed, tmp_path, every_loop_of_programs):
    f = random_branches.function(seed, tmp_path)
    run = cr.compile(cr.value_and_grad(f, (0, 1, 2)), "numpy")
    for point in random_branches.arguments(seed, 3):
        value, found = run(*point)
        wanted, expected = turn_by_turn(lambda f: cr.value_and_grad(f, (0, 1, 2)), f, *point)
        equal((value, *found), (wanted, *expected))


@pytest.mark.parametrize("function", test_what_a_turn_changes.FUNCTIONS, ids=lambda function: function.__name__)
def test_compiled_what_a_turn_changes(function, every_loop_of_programs):
    x = np.array([2.0])
    expected = 15.0
    if function is not test_what_a_turn_changes.an_object_in_a_default:
        expected = (function(x + 1e-6) - function(x - 1e-6)) / 2e-6
    try:
        found = cr.compile(cr.grad(function), "numpy")(x)
    except cr.TracingError:  # an object of the module's that changes
        return
    np.testing.assert_allclose(found, [expected], rtol=1e-6)


def test_second_derivatives_are_compiled_with_their_loops(every_loop_of_programs):
    def f(w, x):
        return np.sum(filtered(x, w) ** 2)

    x, w = np.linspace(0.2, 1, 6), np.array([0.6, -0.4])
    equal([cr.compile(cr.hessian(f), "numpy")(w, x)], [turn_by_turn(cr.hessian, f, w, x)])


def test_ten_thousand_turns_are_a_short_program():
    def f(w, x):
        h = np.zeros(len(x))
        for t in range(1, len(x)):
            h[t] = np.tanh(w[0] * h[t - 1] + w[1] * x[t])
        return np.sum(h**2)

    x, w = np.random.default_rng(0).normal(size=10_000), np.array([0.6, -0.4])
    tapes = []

    def counting(w, x):
        found = f(w, x)
        tapes.append(found.tape.count)
        return found

    found = cr.compile(cr.grad(counting), "numpy")(w, x)
    assert tapes[0] < 200
    steps = 1e-6 * np.eye(2)
    np.testing.assert_allclose(found, [(f(w + each, x) - f(w - each, x)) / 2e-6 for each in steps], rtol=1e-6)


def test_a_branch_of_a_turn_is_no_reason_to_trace_again(every_loop_of_programs):
    runs = []

    def f(x):
        runs.append(None)
        total = 0.0
        for k in range(len(x)):
            if x[k] > 0:
                step = x[k] ** 2
                total = total + step
            else:
                total = total - 3 * x[k]
        return total

    gradient = cr.compile(cr.grad(f), "numpy")
    for x in (np.array([1.0, -1.0, 2.0, -3.0]), np.array([-1.0, 1.0, -2.0, 3.0]), np.array([1.0, 1.0, 1.0, 1.0])):
        np.testing.assert_array_equal(gradient(x), np.where(x > 0, 2 * x, -3))
    assert len(runs) <= 2  # `runs` changes outside of the loop, so that the function ran for the first of them alone


def test_arrays_that_are_not_traced_are_read_by_the_number_of_the_turn(every_loop):
    table = np.linspace(-1, 1, 6)

    def cost(w, x, y):
        total = 0.0
        for k in range(len(x)):
            total = total + (w[0] * x[k] + w[1] * table[k] - y[k, 0]) ** 2
        return total

    w, x, y = np.array([0.3, 0.7]), np.arange(6.0), np.ones((6, 1))
    assert type(x) is np.ndarray
    equal([cr.grad(cost)(w, x, y)], [turn_by_turn(cr.grad, cost, w, x, y)])
    assert every_loop == [True]
    assert type(table) is np.ndarray  # not what the turn has seen
