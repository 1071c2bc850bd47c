"""A text checks what it takes for granted of its arguments: how many axes, which sizes, how many items, which keys.

At any arguments it is right, as differences say, or raises a `ValueError` of its own, which says what it was made for.
"""

import collections
import dataclasses

import numpy as np
import pytest

import chainrule as cr

from .texts import executed

pytestmark = pytest.mark.names

X, Y = np.array([0.3, -0.7, 1.1]), np.array([0.9, 0.2, -0.4])
Pair = collections.namedtuple("Pair", "w b")
TABLE = np.linspace(0.1, 1.3, 12) ** 2


@dataclasses.dataclass
class Model:
    weights: list[float]


def items(x, ys):
    total = 0.0
    for y in ys:
        total += np.sum(np.sin(x * y))
    return total


def layers(x, params):
    for w, b in params:
        x = np.tanh(w * x + b)
    return np.sum(x)


def walked(x, p):
    for key in p:
        x = np.sin(p[key] * x)
    return np.sum(x)


def defaults(x, p):
    return p.get("w", 2.0) * np.sum(x**2) + p["v"]


def held(x, model):
    for w in model.weights:
        x = np.cos(w * x)
    return np.sum(x)


def named(x, pair):
    return np.sum(pair.w * x) ** 2 + pair.b[0]


def mean(x):
    return np.mean(np.exp(x))


def running(x):
    return np.sum(np.cumsum(x) ** 2)


def scaled(x, s):
    return np.sum(s * x) + np.sum(s**2)


def squares(x):
    return np.sum(x**2)


def weighted(x, y):
    return np.sum(np.sin(x) * y)


def first_row(x):
    return np.sum(x[0] ** 2)


def with_table(x):
    return np.sum(x * TABLE[: len(x)] ** 2) + np.sum(TABLE) * x[0]


def turns(x):
    total = 0.0
    for k in range(len(x)):
        total = total + x[k] ** 2 * (k + 1)
    return total


SETS = {
    items: [(X, [1.0, 2.0, 3.0]), (X, [1.0, 2.0, 3.0, 4.0]), (X, []), (X, (2.0, 0.5, 1.0)), (2.0, [1.0, 2.0, 3.0])],
    layers: [(X, [(0.5, 0.1), (0.3, 0.2)]), (X, [(0.5, 0.1), (0.3, 0.2), (0.7, -0.1)]), (X, [(0.5, 0.1)]), (X, [(X, Y), (0.1, 0.2)])],
    walked: [(X, {"a": 0.5, "b": 0.3}), (X, {"b": 0.5, "a": 0.3}), (X, {"a": 0.5, "b": 0.3, "c": 0.7}), (X, {"a": 0.5})],
    defaults: [(X, {"v": 1.0}), (X, {"v": 1.0, "w": 3.0}), (X, {"w": 3.0, "v": 1.0})],
    held: [(X, Model([0.5, 1.5])), (X, Model([0.5, 1.5, 2.5])), (X, Model([0.5]))],
    named: [(X, Pair(Y, [1.0])), (X, Pair(Y, [1.0, 2.0])), (X, Pair(2.0, [1.0]))],
    mean: [(X,), (X[:1],), (np.outer(X, Y),), (np.ones((1, 4)),), (2.0,)],
    running: [(X,), (X[:1],), (np.ones((1, 4)),), (np.outer(X, Y),)],
    scaled: [(X, 0.5), (X, Y), (2.0, 3.0), (X, Y[:1]), (np.outer(X, Y), Y)],
    squares: [(X,), (X[:1],), (np.outer(X, Y),), (2.0,), (np.zeros(0),)],
    weighted: [(X, Y), (X, Y[:1]), (X[:1], Y), (np.outer(X, Y), Y), (X, 2.0), (X[:1], Y[:1])],
    first_row: [(X,), (np.outer(X, Y),), (np.ones((1, 4)),), (np.ones((2, 2, 2)),)],
    with_table: [(X,), (np.ones(12),), (np.ones(5),)],
    turns: [(X,), (X[:1],), (X[:2],), (np.zeros(0),), (np.arange(7.0),)],
}  # fmt: skip
"""Arguments of each function, of which its derivative is made with any."""


def slopes(f, args):
    """What differences say of the first argument; `None` where the function itself raises an error or gives no number."""
    x, *others = args
    steps = np.eye(np.size(x)).reshape(np.size(x), *np.shape(x)) * 1e-6
    try:
        found = [(f(x + step, *others) - f(x - step, *others)) / 2e-6 for step in steps]
        return np.reshape(found, np.shape(x)) if np.shape(f(*args)) == () else None
    except (ValueError, IndexError, TypeError):
        return None


def check(f, first, form="textbook"):
    """Fail unless the text made for the first arguments is right at all, or refuses them; the number that it takes."""
    run, taken = executed(cr.derive(f, first, wrt=0, form=form)), 0
    for args in SETS[f]:
        wanted = slopes(f, args)
        if wanted is None:
            continue
        try:
            found = run(*args)
        except ValueError as error:
            assert str(error).startswith("made "), (f.__name__, first, args, error)
            continue
        assert np.shape(found) == np.shape(wanted), (f.__name__, first, args)
        assert np.allclose(found, wanted, rtol=1e-4, atol=1e-6), (f.__name__, first, args, found, wanted)
        taken += 1
    return taken


@pytest.mark.parametrize("form", ["textbook", "fast"])
@pytest.mark.parametrize("f", SETS, ids=lambda f: f.__name__)
def test_a_text_is_right_or_says_what_it_was_made_for(f, form):
    for first in SETS[f]:
        if slopes(f, first) is not None and np.size(first[0]):
            assert check(f, first, form) > 0


@pytest.mark.parametrize("f", [items, walked, mean, turns, weighted, first_row], ids=lambda f: f.__name__)
def test_so_does_the_text_of_a_traced_function(f):
    first = SETS[f][0]
    run = executed(cr.trace(f, first))
    for args in SETS[f]:
        if slopes(f, args) is not None:
            try:
                np.testing.assert_allclose(run(*args), f(*args), rtol=1e-12)
            except ValueError as error:
                assert str(error).startswith("made "), (args, error)


def test_what_holds_for_any_shape_checks_none():
    for f, args in ((squares, (X,)), (lambda a, b: np.sin(a) * b, (1.0, 2.0))):
        assert "raise" not in str(cr.derive(f, args))
    np.testing.assert_array_equal(executed(cr.derive(squares, (X,)))(np.outer(X, Y)), 2 * np.outer(X, Y))


def test_one_sentence_names_the_argument():
    def said(f, first, args):
        with pytest.raises(ValueError, match="made for") as error:
            executed(cr.derive(f, first))(*args)
        return str(error.value)

    assert said(items, SETS[items][0], SETS[items][1]) == "made for len(ys) = 3; make it again for other arguments"
    assert said(walked, *SETS[walked][:2]) == "made for list(p) = ['a', 'b']; make it again for other arguments"
    assert said(mean, (X,), (np.outer(X, Y),)) == "made for x (n,); make it again for other arguments"
    assert said(turns, (X[:1],), (X,)) == "made for x (1,); make it again for other arguments"


def test_a_check_that_is_left_out_is_found(monkeypatch):
    """The same comparison, with the checks taken away one kind at a time."""
    from chainrule.program.sizes import text

    for name, f in [("_checks_of_containers", layers), ("_checks_of_containers", walked), ("_checks_of_shapes", turns)]:
        with monkeypatch.context() as patched:
            patched.setattr(text, name, lambda *args: [])
            with pytest.raises((AssertionError, KeyError, IndexError)):
                for first in SETS[f]:
                    check(f, first)
