"""`steps` and `scan`: loops of which a trace records the first turns, beside `range` and turn by turn."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import flatten
from chainrule.core.tracing import LEAF_TYPES
from chainrule.loops.noun import LOOP, loop_of
from chainrule.run import checked

RANDOM = np.random.default_rng(5)
FUNCTIONS = {}


def drawn(*shape):
    return RANDOM.normal(size=shape)


def function(*args):
    """Enter a function with its arguments; it gets `steps` or `range` as its first one."""

    def entered(made):
        FUNCTIONS[made.__name__] = (made, args)
        return made

    return entered


@function(0.5, 0.3)
def decay(steps, x, rate):
    for _ in steps(30):
        x = x - 0.1 * rate * x
    return x


@function(0.3, drawn(20))
def smoothed(steps, a, x):
    y = np.zeros(21)
    y[0] = a
    for t in steps(20):
        y[t + 1] = np.tanh(a * y[t] + x[t])
        y[20 - t] += y[t]
    return np.sum(y**2)


@function(0.1, 0.2, 0.3, drawn(20))
def garch(steps, omega, alpha, beta, r):
    h = np.mean(r**2)
    total = 0.0
    for t in steps(len(r) - 1):
        h = omega + alpha * r[t] ** 2 + beta * h
        total = total + np.log(h) + r[t + 1] ** 2 / h
    return total


@function(drawn(3, 3), drawn(3, 2), drawn(9, 2))
def recurrent(steps, W, V, x):
    h = np.zeros(3)
    for t in steps(9):
        h = np.tanh(W @ h + V @ x[t])
    return np.sum(h**2)


@function(drawn(8), drawn(6, 8))
def places(steps, x, Y):
    total = 0.0
    for k in steps(6):
        total = total + x[k] * x[k + 2] + x[7 - k] ** 2 + np.sum(Y[k, 1:3] * Y[:, k][2:4]) + np.sum(x[k : k + 2]) ** 2
    return total


@function(drawn(16))
def every_other(steps, x):
    total = 0.0
    for k in steps(7):
        total = total * 0.9 + np.sin(x[2 * k + 1]) * x[2 * k]
    return total


@function(0.7, 1.3)
def numbers(steps, x, dt):
    for k in steps(8):
        t = k * dt
        x = x + 0.1 * np.sin(t) * x + 0.01 * k - 0.002 * (k + 1) * x / (k + 2) + 0.05 * np.cos(0.5 * k) + 1e-3 * k**2
    return x


@function(0.7)
def truths(steps, x):
    for k in steps(9):
        x = np.where(k < 4, x * 1.1, np.sin(x) + 0.1 * k)
    return x


@function(0.2, 0.4)
def two_ago(steps, a, b):
    for _ in steps(10):
        a, b = b, 0.5 * a + np.sin(b)
    return a * b


@function(drawn(4), drawn(5, 4))
def nested(steps, x, Y):
    total = 0.0
    for i in steps(5):
        for j in steps(5):
            total = total + np.sum(x * Y[j]) * Y[i, 1] * 0.1 + np.tanh(total) * 0.01
    return total


@function(drawn(4), drawn(6, 4))
def a_plain_loop_inside(steps, x, Y):
    for i in steps(6):
        for j in range(4):
            x = x * 0.9 + np.sin(x[j]) * Y[i, j] * 0.1
    return np.sum(x**2)


@function(np.array([0.7, 0.1]), 1.2)
def helpers(steps, state, length):
    def slope(s):
        return np.stack([s[1], -9.81 / length * np.sin(s[0])])

    def stepped(s, h):
        k1 = slope(s)
        k2 = slope(s + h / 2 * k1)
        return s + h * k2

    for _ in steps(12):
        state = stepped(state, 0.05)
    return np.sum(state**2)


@function(drawn(4).astype(np.float32), drawn(7, 4).astype(np.float32))
def narrow(steps, x, Y):
    for k in steps(7):
        x = x * np.float32(0.5) + np.tanh(Y[k])
    return np.sum(x)


@function(drawn(5))
def written(steps, u):
    u = u.copy()
    for _ in steps(11):
        u[1:-1] = u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@function(0.3, drawn(26))
def squared_places(steps, x, y):
    for k in steps(5):
        x = np.sin(x) + y[k * k]
    return x


@function(0.4)
def reads_what_it_makes(steps, x):
    table = np.zeros((12, 2))
    table[3] = [1.0, 2.0]
    table[:, 1] += np.arange(12.0)
    for k in steps(12):
        x = np.sin(x) + table[k, 1] * 0.1 + np.sum(table[k]) + float(k) * 0.1 + np.sum(table[k : k + 1, 0]) + np.sqrt(k)
    return x


@function(drawn(3), 0.3)
def sums_of_the_same(steps, x, a):
    total = 0.0
    for k in steps(9):
        b = np.sum(x**2) * a
        total = total + b / (k + 1.0)
    return total + b


@function(0.4, drawn(13))
def writes_in_turn(steps, x, r):
    y = np.zeros(13)
    ones = np.zeros(13)
    y[0] = x
    for k in steps(12):
        y[k + 1] = np.sin(y[k]) + r[k + 1] * 0.1
        ones[k] = 2.0
    return np.sum(y * ones * r)


@function(0.3, 0.1, 9.81, 1.3)
def does_more_than_is_read(steps, theta, omega, g, length):
    for _ in steps(12):
        alpha = -g / length * np.sin(theta)
        theta = theta + 0.1 * omega
        omega = omega + 0.1 * alpha / (1.0 + omega**2)
    return theta**2


DATA = drawn(12, 3)


@function(drawn(3))
def reads_from_outside(steps, w):
    times = np.linspace(0.0, 1.0, 12)
    total = 0.0
    for k in steps(12):
        total = total + (DATA[k] @ w - times[k]) ** 2 * DATA[k, 1] + np.sum(DATA[11 - k, :2] * w[:2])
    return total


def with_steps(name):
    made, args = FUNCTIONS[name]

    def stepped(*args):
        return made(cr.steps, *args)

    def ranged(*args):
        return made(range, *args)

    return stepped, ranged, args


def close(one, other, within=1e-12):
    found, wanted = (flatten(each, LEAF_TYPES)[0] for each in (one, other))
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert np.shape(a) == np.shape(b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
        tolerance = 1e-5 if np.asarray(b).dtype == np.float32 else within
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def turns_in(program):
    """How many turns the loops of a program have, the nested ones in each turn of the others."""
    return sorted(loop_of(e).count for part in program.parts() for e in part.equations if e.primitive is LOOP)


every = pytest.mark.parametrize("name", FUNCTIONS)


@every
def test_its_program_gives_the_value_of_range(name):
    stepped, ranged, args = with_steps(name)
    program = cr.trace(stepped, args)
    assert max(turns_in(program)) > 4
    close(program(*args), ranged(*args))
    close(checked.run(program, args), ranged(*args))
    close(stepped(*args), ranged(*args))


@pytest.mark.wide
@every
@pytest.mark.parametrize("form", ["textbook", "fast"])
def test_its_derivative_is_that_of_range(name, form):
    stepped, ranged, args = with_steps(name)
    derived = cr.derive(stepped, args, form=form)
    close(derived(*args), cr.derive(ranged, args, loops=False)(*args))
    close(checked.run(derived, args), derived(*args))


@every
def test_its_gradient_in_grad_and_jvp_is_that_of_range(name):
    stepped, ranged, args = with_steps(name)
    wrt = tuple(range(len(args)))
    close(cr.grad(stepped, wrt)(*args), cr.grad(ranged, wrt)(*args))
    compiled = cr.compile(cr.grad(stepped, wrt))
    close(compiled(*args), cr.grad(ranged, wrt)(*args), 1e-10)
    close(compiled(*args), cr.grad(ranged, wrt)(*args), 1e-10)


def test_the_slopes_are_those_of_finite_differences():
    stepped, _, args = with_steps("garch")
    assert cr.check_grad(stepped, args).ok


def test_jacobians_and_directions_are_those_of_range():
    def flow(steps, x, rate):
        for k in steps(9):
            x = x + 0.1 * np.sin(rate * x) + 0.01 * k
        return x

    x, v = drawn(3), drawn(3)

    def jacobian(steps):
        return cr.compile(cr.jacobian(lambda x: flow(steps, x, 0.7)))

    def directional(steps):
        return cr.compile(lambda x: cr.jvp(lambda x: flow(steps, x, 0.7), (x,), (v,))[1])

    def second(steps):
        return cr.compile(lambda x: cr.hvp(lambda x: np.sum(flow(steps, x, 0.7) ** 2), (x,), (v,))[0])

    def many(steps):
        return cr.compile(cr.vmap(lambda x: flow(steps, x, 0.7)))

    for made in (jacobian, directional, second, many):
        close(made(cr.steps)(x), made(range)(x), 1e-10)
    outside = cr.jacobian(lambda x: flow(cr.steps, x, 0.7))(x)
    close(outside, jacobian(range)(x), 1e-10)


def test_a_hundred_thousand_turns_are_recorded_in_a_few():
    turns = iter(range(10))

    def decay(x, rate):
        for _ in cr.steps(100_000):
            next(turns)
            x = x - 1e-5 * rate * x
        return x

    slope_x, slope_rate = cr.compile(cr.grad(decay, (0, 1)))(1.0, 2.0)
    assert slope_x == pytest.approx((1 - 2e-5) ** 100_000, rel=1e-9)
    assert slope_rate == pytest.approx(-((1 - 2e-5) ** 99_999), rel=1e-9)


@pytest.mark.parametrize("count", range(8))
def test_a_few_turns_are_those_of_range(count):
    def power(steps, x):
        for k in steps(count):
            x = x * x + 0.1 * k
        return x

    close(cr.trace(lambda x: power(cr.steps, x), (0.3,))(0.3), np.float64(power(range, 0.3)))


# ---- checkpoints -----------------------------------------------------------------------------------------------------


@pytest.mark.wide
@every
@pytest.mark.parametrize("loop", ["steps", "range"])
@pytest.mark.parametrize("block", [2, 5])
def test_blocks_change_no_derivative(name, loop, block):
    made, args = FUNCTIONS[name]

    def blocks(*args):
        with cr.checkpoint(every=block):
            return made(cr.steps if loop == "steps" else range, *args)

    def whole(*args):
        return made(range, *args)

    close(cr.trace(blocks, args)(*args), whole(*args))
    close(cr.derive(blocks, args)(*args), cr.derive(whole, args, loops=False)(*args))
    close(blocks(*args), whole(*args))


@pytest.mark.parametrize("steps", [cr.steps, range], ids=["steps", "range"])
def test_blocks_keep_less(steps):
    def settle(x, every):
        with cr.checkpoint(every=every):
            for k in steps(900):
                x = x + 0.001 * np.sin(x) * k
        return np.sum(x)

    x = drawn(5)
    loops = {}
    for every in (30, 900):
        derived = cr.derive(lambda x, every=every: settle(x, every), (x,))
        close(derived(x), cr.grad(lambda x: settle(x, 900))(x), 1e-10)
        loops[every] = max(
            t.shape[0] for part in derived.parts() for e in part.equations for t in e.targets if len(t.shape) == 2
        )
    assert loops == {30: 31, 900: 901}


def test_a_checkpoint_is_of_the_outermost_loop_inside():
    def settle(x):
        for i in range(6):
            with cr.checkpoint(every=5):
                for j in range(20):
                    for k in range(4):
                        x = x + 0.01 * np.sin(x) * (i + j + k)
        return x

    assert sorted(turns_in(cr.trace(settle, (0.3,)))) == [4, 4, 5, 6]
    close(cr.derive(settle, (0.3,))(0.3), cr.derive(settle, (0.3,), loops=False)(0.3))


def test_a_checkpoint_of_no_turns_is_refused():
    with pytest.raises(ValueError, match="every=0"), cr.checkpoint(every=0):
        pass


# ---- scan ------------------------------------------------------------------------------------------------------------


def plain_scan(step, init, xs=None, length=None):
    """As its documentation says it."""
    carry, kept = init, []
    for k in range(length if xs is None else len(xs)):
        carry, y = step(carry, k if xs is None else xs[k])
        kept.append(y)
    return carry, np.stack(kept)


def filtered(scan, rate, x):
    def step(level, each):
        level = level + rate * (each - level)
        return level, (each - level) ** 2

    last, errors = scan(step, 0.0, x)
    return last + np.sum(errors)


def own_first(scan, rate, x):
    last, levels = scan(lambda carry, each: (carry * rate + each, carry), x[0], x)
    return last * np.mean(levels[1:] * levels[:-1])


def counted(scan, rate, x):
    last, kept = scan(lambda carry, k: (carry * rate + x[k], carry + x[k + 1]), 0.0, None, len(x) - 1)
    return last * np.sum(np.sin(kept))


@pytest.mark.parametrize("made", [filtered, own_first, counted])
def test_scan_is_the_loop_that_it_stands_for(made):
    rate, x = 0.3, drawn(12)
    wanted = made(plain_scan, rate, x)
    close(made(cr.scan, rate, x), wanted)
    program = cr.trace(lambda rate, x: made(cr.scan, rate, x), (rate, x))
    assert max(turns_in(program)) >= 10
    close(program(rate, x), wanted)
    gradients = cr.derive(lambda rate, x: made(plain_scan, rate, x), (rate, x), loops=False)(rate, x)
    close(cr.derive(lambda rate, x: made(cr.scan, rate, x), (rate, x))(rate, x), gradients)
    close(cr.grad(lambda rate, x: made(cr.scan, rate, x), (0, 1))(rate, x), gradients)


@pytest.mark.parametrize("made", [filtered, own_first, counted])
@pytest.mark.parametrize("block", [2, 3, 5])
def test_blocks_change_no_scan(made, block):
    rate, x = 0.3, drawn(23)

    def blocks(rate, x):
        with cr.checkpoint(every=block):
            return made(cr.scan, rate, x)

    close(cr.trace(blocks, (rate, x))(rate, x), made(plain_scan, rate, x))
    wanted = cr.derive(lambda rate, x: made(plain_scan, rate, x), (rate, x), loops=False)(rate, x)
    close(cr.derive(blocks, (rate, x))(rate, x), wanted)


def test_scan_takes_and_returns_nests():
    x, y, w = drawn(9, 2), drawn(9), drawn(2)

    def fit(w, x, y, scan=cr.scan):
        def step(carry, row):
            w, seen = carry["w"], carry["seen"]
            error = w @ row["x"] - row["y"]
            return {"w": w - 0.1 * error * row["x"], "seen": seen + 1.0}, (error, w)

        last, (errors, weights) = scan(step, {"w": w, "seen": 0.0}, {"x": x, "y": y})
        return np.sum(last["w"]) + np.sum(errors**2) + np.sum(weights * weights[::-1]) + last["seen"]

    program = cr.trace(fit, (w, x, y))
    assert turns_in(program)
    close(program(w, x, y), fit(w, x, y))
    close(cr.derive(fit, (w, x, y))(w, x, y), cr.derive(fit, (w, x, y), loops=False)(w, x, y))


def test_scan_reads_plain_rows_and_keeps_nothing():
    data = drawn(10)
    program = cr.trace(lambda a: cr.scan(lambda c, row: (c * a + row, None), 0.0, data), (0.5,))
    carry, kept = program(0.5)
    assert kept is None
    assert carry == pytest.approx(sum(data * 0.5 ** np.arange(9, -1, -1)), rel=1e-12)


# ---- what is refused -------------------------------------------------------------------------------------------------


NUMBERS = list(range(20))


def appended(x):
    kept = []
    for _ in cr.steps(20):
        x = np.sin(x)
        kept.append(x)
    return np.sum(np.stack(kept))


def appended_elsewhere(x):
    kept = SimpleNamespace(inner=SimpleNamespace(values=[]))
    for _ in cr.steps(20):
        x = np.sin(x)
        kept.inner.values.append(x)
    return np.sum(np.stack(kept.inner.values))


def counted_by_hand(x):
    count = 0
    for _ in cr.steps(20):
        x = np.sin(x)
        count += 1
    return x * count


def numbered(x):
    for i, _ in enumerate(cr.steps(20)):
        x = x + np.sin(x) * i
    return x


def from_a_list(x):
    for k in cr.steps(20):
        x = x + NUMBERS[k]
    return x


def looked_up(x):
    table = dict.fromkeys(range(20), 2.0)
    for k in cr.steps(20):
        x = x * table[k]
    return x


def branched(x):
    for k in cr.steps(20):
        if k == 1:
            x = x * 2.0
        x = np.sin(x)
    return x


def odd_turns(x):
    for k in cr.steps(20):
        if k % 2:
            x = x * 2.0
        x = np.sin(x)
    return x


def left_early(x):
    for k in cr.steps(20):
        x = np.sin(x)
        if k > 2:
            break
    return x


def triangular(x):
    for k in cr.steps(20):
        for _ in range(k):
            x = np.sin(x)
    return x


def used_after(x, y):
    for k in cr.steps(20):
        x = np.sin(x) + y[k]
    return x * y[k]


def a_value_before_the_last(x):
    kept = SimpleNamespace(value=None)
    for _ in cr.steps(20):
        kept.value, x = x, np.sin(x) + kept.value if kept.value is not None else np.cos(x)
    return kept.value


def counted_by_an_object(x):
    state = SimpleNamespace(count=0)
    for _ in cr.steps(20):
        state.count += 1
        x = np.sin(x)
    return x * state.count


TURNS = 0


def counted_globally(x):
    global TURNS
    for _ in cr.steps(20):
        TURNS += 1
        x = np.sin(x)
    return x * TURNS


def counted_by_a_step(x):
    count = 0

    def step(carry, k):
        nonlocal count
        count += 1
        return np.sin(carry), None

    last, _ = cr.scan(step, x, length=20)
    return last * count


def written_plainly(x):
    y = np.zeros(3)
    for _ in cr.steps(20):
        y += 1.0
        x = np.sin(x)
    return np.sum(y) * x


def branched_by_a_table(x):
    table = np.zeros(20)
    table[10] = 1.0
    for k in cr.steps(20):
        if table[k]:
            x = x * 2.0
        x = np.sin(x)
    return x


def branched_after(x):
    for _ in cr.steps(20):
        x = x + 0.1
    return x * 2.0 if x > 1.5 else x


def below_0(x):
    y = np.array([x] * 20)
    for t in cr.steps(8):
        y[5 - t] = np.sin(y[5 - t] + y[6 - t])
    return np.sum(y)


def unlike_shapes(x):
    y = np.zeros(1)
    for _ in cr.steps(20):
        y = np.concatenate([y, np.array([x])])
    return np.sum(y)


REFUSED = {
    appended: "kept differs between the turns", appended_elsewhere: "single turn", counted_by_hand: "count differs",
    numbered: "i differs", from_a_list: "no value where", looked_up: "looked up", branched: "not alike", odd_turns: "not alike",
    left_early: "left before", triangular: "no value where", used_after: "after its loop", branched_after: "only shapes",
    counted_by_an_object: "state differs", counted_globally: "TURNS differs",
    counted_by_a_step: "count differs", unlike_shapes: "not alike",
    below_0: "becomes negative",
}  # fmt: skip


@pytest.mark.parametrize("made", REFUSED, ids=lambda made: made.__name__)
def test_what_depends_on_single_turns_is_refused_by_line(made):
    args = (0.3, drawn(20))[: made.__code__.co_argcount]
    with pytest.raises(cr.TracingError, match=f"(?s)test_steps.py:.*({REFUSED[made]})"):
        cr.trace(made, args)


def test_a_value_that_is_carried_by_an_object_is_carried():
    program = cr.trace(a_value_before_the_last, (0.3,))
    close(program(0.3), np.float64(a_value_before_the_last(0.3)))


def test_a_branch_that_all_recorded_turns_take_is_checked_for_the_others():
    program = cr.trace(branched_by_a_table, (0.3,))
    with pytest.raises(cr.BranchError):
        program(0.3)


def test_scan_says_what_does_not_fit():
    with pytest.raises(cr.TracingError, match="sizes 3, 4"):
        cr.scan(lambda c, x: (c, x), 0.0, (np.zeros(3), np.zeros(4)))
    with pytest.raises(cr.TracingError, match="neither xs nor length"):
        cr.scan(lambda c, x: (c, x), 0.0)
    with pytest.raises(cr.TracingError, match=re.escape("carries")):
        cr.scan(lambda c, x: ((c, c), x), 0.0, np.zeros(3))


# ---- derivatives inside --------------------------------------------------------------------------------------------------


def fit(steps, weights, moments, x, y, rate):
    """Steps of gradient descent with momentum, one example each."""
    losses = np.zeros(len(x), rate.dtype)
    for k in steps(len(x)):

        def loss(weights, x, y):
            return np.sum((weights["v"] @ np.tanh(weights["w"] @ x + weights["b"] + weights["c"]) - y) ** 2)

        losses[k], slopes = cr.value_and_grad(loss)(weights, x[k], y[k])
        moments = {name: 0.9 * moments[name] + slopes[name] for name in weights}
        weights = {name: weights[name] - rate * moments[name] for name in weights}
    return losses, weights


def weights_of(dtype):
    weights = {"w": drawn(3, 2), "b": drawn(3), "c": drawn(3), "v": drawn(3)}
    weights = {name: each.astype(dtype) for name, each in weights.items()}
    return weights, {name: np.zeros_like(each) for name, each in weights.items()}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_derivative_inside_is_taken_in_each_turn(dtype):
    args = (*weights_of(dtype), drawn(20, 2).astype(dtype), drawn(20).astype(dtype), dtype(0.01))
    losses, weights = fit(range, *args)
    assert losses[-1] != losses[0]
    for made in (cr.trace(lambda *args: fit(cr.steps, *args), args), cr.compile(lambda *args: fit(cr.steps, *args))):
        found = made(*args)
        close(found, (losses, weights), 1e-10)
        assert {each.dtype for each in flatten(found, LEAF_TYPES)[0]} == {np.dtype(dtype)}


@pytest.mark.parametrize("steps", [cr.steps, range])
def test_a_derivative_inside_is_one_loop_that_stacks_nothing(steps):
    program = cr.trace(lambda *args: fit(steps, *args), (*weights_of(float), drawn(20, 2), drawn(20), np.float64(0.1)))
    assert turns_in(program) == [20]
    assert "np.stack" not in str(program)


def test_a_derivative_inside_has_a_derivative():
    weights, moments = weights_of(float)
    x, y = drawn(8, 2), drawn(8)

    def last(steps, rate, weights, moments):
        return fit(steps, weights, moments, x, y, rate)[0][-1]

    slope = cr.compile(cr.grad(lambda *args: last(cr.steps, *args)))(np.float64(0.05), weights, moments)
    step = 1e-6
    near = [last(range, np.float64(0.05 + sign * step), weights, moments) for sign in (1, -1)]
    assert slope == pytest.approx((near[0] - near[1]) / (2 * step), rel=1e-6)


def test_a_derivative_of_a_loop_inside_is_taken_in_each_turn():
    def settled(steps, x):
        for _ in steps(12):

            def energy(x):
                for _ in range(6):
                    x = x + 0.1 * np.sin(x)
                return np.sum(x**2)

            x = x - 0.01 * cr.grad(energy)(x)
        return x

    x = drawn(3)
    program = cr.trace(lambda x: settled(cr.steps, x), (x,))
    assert turns_in(program) == [6, 6, 12]
    close(program(x), settled(range, x))
    close(cr.compile(lambda x: settled(cr.steps, x))(x), settled(range, x), 1e-10)
