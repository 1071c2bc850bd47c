"""Functions that return arrays which they have written to: every transform gives what it gives of one that writes to none.

Each function has a twin without writes, which is compared with NumPy and with finite differences.
"""

import functools
from typing import NamedTuple

import numpy as np
import pytest

import chainrule as cr

X, U = np.array([0.4, -0.7, 1.1]), np.array([0.3, 0.9, -0.5])
ROWS = np.stack([X, X[::-1] + 0.2, 0.5 * X, U])


class Pair(NamedTuple):
    low: np.ndarray
    high: np.ndarray


def filled(x):
    b = np.zeros(3)
    b[0] = x[0] * x[1]
    b[1:] = np.sin(x[:2])
    return b


def filled_twin(x):
    return np.concatenate([(x[0] * x[1])[None], np.sin(x[:2])])


def written_last(x):
    b = np.sin(x)
    y = b * x
    b[0] = y[1]
    return b


def written_last_twin(x):
    return np.concatenate([(np.sin(x[1]) * x[1])[None], np.sin(x[1:])])


def view(x):
    b = np.zeros((2, 3))
    part = b.T[1:]
    b[0] = x * x
    b[1] = b[0] * x[::-1]
    return part


def view_twin(x):
    return np.stack([x * x, x * x * x[::-1]]).T[1:]


def alias(x):
    b = x * 2.0
    c = b
    c += x[::-1]
    b[1] *= c[0]
    return c


def alias_twin(x):
    b = x * 2.0 + x[::-1]
    return np.stack([b[0], b[1] * b[0], b[2]])


def nest(x):
    b, c = np.zeros(3), np.ones((2, 2))
    b[:2] = x[1:]
    c[0] = b[1:]
    b[2] = x[0] ** 2
    return {"b": b, "pair": (c, b[1:], [c.T, b[2]])}


def nest_twin(x):
    b = np.stack([x[1], x[2], x[0] ** 2])
    c = np.stack([np.stack([x[2], 0.0 * x[0]]), np.ones(2)])
    return {"b": b, "pair": (c, b[1:], [c.T, b[2]])}


def named(x):
    b = np.empty(4)
    b[:] = x[0]
    b[2:] *= x[1]
    return Pair(b[:2], b[2:])


def named_twin(x):
    return Pair(x[0] * np.ones(2), x[0] * x[1] * np.ones(2))


def loop(x):
    b = np.zeros(6)
    b[0] = x[0]
    for k in range(1, 6):
        b[k] = np.sin(b[k - 1]) + x[k % 3]
    return b


def loop_twin(x):
    b = [x[0]]
    for k in range(1, 6):
        b.append(np.sin(b[-1]) + x[k % 3])
    return np.stack(b)


def sweep(x):
    b = np.zeros((3, 4))
    b[:, 0] = x
    for k in range(1, 4):
        b[:, k] = np.tanh(b[:, k - 1]) * x[0]
    return b, b[-1]


def sweep_twin(x):
    b = [x]
    for _ in range(1, 4):
        b.append(np.tanh(b[-1]) * x[0])
    b = np.stack(b, axis=1)
    return b, b[-1]


def _add_to(a, s):
    a += s
    return a


def helper(x):
    b = np.cos(x)
    first = _add_to(b, x[0])
    _add_to(b[1:], x[1] * x[2])
    return first


def helper_twin(x):
    return np.cos(x) + x[0] + x[1] * x[2] * np.array([0.0, 1.0, 1.0])


def mask(x):
    b = x * x
    b[np.array([True, False, True])] = x[1] * 3.0
    np.add.at(b, [0, 0, 2], x[2])
    return b


def mask_twin(x):
    return np.stack([x[1] * 3.0 + 2.0 * x[2], x[1] ** 2, x[1] * 3.0 + x[2]])


def out(x):
    b = np.zeros(3)
    np.multiply(x, x[0], out=b)
    np.exp(b, out=b)
    return b


def out_twin(x):
    return np.exp(x * x[0])


def copied_argument(x):
    x = np.array(x)
    x[1:] += x[:-1] * x[0]
    x.sort()
    return x


def copied_argument_twin(x):
    return np.sort(np.concatenate([x[:1], x[1:] + x[:-1] * x[0]]))


def from_lists(x):
    rows = [np.zeros(2) for _ in range(3)]
    for k, row in enumerate(rows):
        row[0] = x[k]
        row[1] = rows[0][0] * 2.0
    return rows


def from_lists_twin(x):
    return [np.stack([x[k], x[0] * 2.0]) for k in range(3)]


def number(x):
    b = np.zeros(2)
    b[0] = x[0]
    b[1] = b[0] * x[2]
    return b[1]


def number_twin(x):
    return x[0] * x[2]


def filled_by_places(x):
    b = np.zeros(5)
    b[[0, 3]] = x[:2]
    b.flat[1] = x[2]
    np.put(b, [4], x[0] * x[1])
    return b.reshape(5, 1)


def filled_by_places_twin(x):
    return np.stack([x[0], x[2], 0.0 * x[0], x[1], x[0] * x[1]])[:, None]


def same_array_twice(x):
    b = np.array([1.0, 2.0, 3.0])
    b *= x
    return b, b


def same_array_twice_twin(x):
    b = x * np.array([1.0, 2.0, 3.0])
    return b, b


TWINS = {
    f.__name__: (f, globals()[f"{f.__name__}_twin"])
    for f in (
        filled, written_last, view, alias, nest, named, loop, sweep, helper, mask, out, copied_argument, from_lists, number,
        filled_by_places, same_array_twice,
    )
}  # fmt: skip


def leaves(nested):
    """The arrays of a nest, left to right."""
    parts = nested.values() if isinstance(nested, dict) else nested
    return (
        [nested] if not isinstance(nested, (dict, tuple, list)) else [leaf for part in parts for leaf in leaves(part)]
    )


def total(f):
    """One number of all that a function returns."""

    def summed(x):
        return sum((k + 1.0) * np.sum(np.sin(leaf) * (1.0 + leaf)) for k, leaf in enumerate(leaves(f(x))))

    return summed


def pulled(f, x):
    value, pull = cr.vjp(f, x)
    return value, pull(value)[0]  # which nests as it must


def slope(f):
    """The derivative along one direction, as a function."""
    return lambda x: cr.jvp(f, (x,), (U,))[1]


def summed_rows(f):
    return lambda rows: np.sum(cr.vmap(total(f))(rows) ** 2)


def with_extra(f):
    return cr.grad(lambda x: (total(f)(x), f(x)), has_aux=True)


def run_native(f, x):
    pytest.importorskip("llvmlite")
    return cr.compile(f, "native")(x)


WAYS = {
    "trace": lambda f: cr.trace(f, (X,))(X),
    "jacobian": lambda f: cr.jacobian(f)(X),
    "value_and_grad": lambda f: cr.value_and_grad(total(f))(X),
    "grad with an extra result": lambda f: with_extra(f)(X),
    "jvp": lambda f: cr.jvp(f, (X,), (U,)),
    "vjp": lambda f: pulled(f, X),
    "hessian": lambda f: cr.hessian(total(f))(X),
    "hvp": lambda f: cr.hvp(total(f), (X,), (U,)),
    "derive": lambda f: cr.derive(total(f), (X,))(X),
    "vmap": lambda f: cr.vmap(f)(ROWS),
    "vmap along columns": lambda f: cr.vmap(f, in_axes=1)(ROWS.T),
    "compile on NumPy": lambda f: cr.compile(f, "numpy")(X),
    "compile natively": lambda f: run_native(f, X),
    "vmap of grad": lambda f: cr.vmap(cr.grad(total(f)))(ROWS),
    "vmap of jacobian": lambda f: cr.vmap(cr.jacobian(f))(ROWS),
    "vmap of jvp": lambda f: cr.vmap(slope(f))(ROWS),
    "vmap of hessian": lambda f: cr.vmap(cr.hessian(total(f)))(ROWS),
    "vmap of vmap": lambda f: cr.vmap(cr.vmap(f))(np.stack([ROWS, 0.3 * ROWS])),
    "vmap of compile": lambda f: cr.vmap(cr.compile(f, "numpy"))(ROWS),
    "vmap of a program": lambda f: cr.vmap(cr.trace(f, (X,)))(ROWS),
    "grad of vmap": lambda f: cr.grad(summed_rows(f))(ROWS),
    "jacobian of vmap": lambda f: cr.jacobian(cr.vmap(f))(ROWS),
    "jvp of vmap": lambda f: cr.jvp(cr.vmap(f), (ROWS,), (ROWS[::-1].copy(),)),
    "hessian of vmap": lambda f: cr.hessian(summed_rows(f))(ROWS),
    "jvp of grad": lambda f: cr.jvp(cr.grad(total(f)), (X,), (U,)),
    "grad of jvp": lambda f: cr.grad(total(slope(f)))(X),
    "jvp of jvp": lambda f: cr.jvp(slope(f), (X,), (U,)),
    "trace of vmap": lambda f: cr.trace(cr.vmap(f), (ROWS,))(ROWS),
    "derive of vmap": lambda f: cr.derive(summed_rows(f), (ROWS,))(ROWS),
    "compile of grad": lambda f: cr.compile(cr.grad(total(f)), "numpy")(X),
    "compile of jacobian": lambda f: cr.compile(cr.jacobian(f), "numpy")(X),
    "compile of jvp": lambda f: cr.compile(slope(f), "numpy")(X),
    "compile of hessian": lambda f: cr.compile(cr.hessian(total(f)), "numpy")(X),
    "compile of vmap": lambda f: cr.compile(cr.vmap(f), "numpy")(ROWS),
    "compile of vmap, natively": lambda f: run_native(cr.vmap(f), ROWS),
    "compile of vmap of grad": lambda f: cr.compile(cr.vmap(cr.grad(total(f))), "numpy")(ROWS),
    "compile of vmap of grad, natively": lambda f: run_native(cr.vmap(cr.grad(total(f))), ROWS),
    "grad of compile": lambda f: cr.grad(total(cr.compile(f, "numpy")))(X),
}


def same(found, wanted):
    """Demand the same nest of the same numbers."""
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
    one, other = leaves(found), leaves(wanted)
    assert list(map(np.shape, one)) == list(map(np.shape, other))
    for each, right in zip(one, other, strict=True):
        np.testing.assert_allclose(each, right, rtol=1e-10, atol=1e-12)


@functools.cache
def by_twin(name, way):
    return WAYS[way](TWINS[name][1])


@pytest.mark.parametrize("name", TWINS)
def test_the_twin_is_right(name):
    f, twin = TWINS[name]
    same(twin(X), f(X))
    same(twin(U), f(U))
    step = 1e-6
    differences = [(total(f)(X + step * unit) - total(f)(X - step * unit)) / (2 * step) for unit in np.eye(3)]
    np.testing.assert_allclose(cr.grad(total(twin))(X), differences, rtol=1e-7, atol=1e-8)


@pytest.mark.wide
@pytest.mark.filterwarnings("ignore:.* (runs|and) on NumPy:RuntimeWarning")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TWINS)
def test_every_transform_gives_what_it_gives_of_the_twin(name, way):
    same(WAYS[way](TWINS[name][0]), by_twin(name, way))


@pytest.mark.parametrize("name", TWINS)
def test_examples_are_those_of_numpy(name):
    f = TWINS[name][0]
    rows = [leaves(f(row)) for row in ROWS]
    for found, wanted in zip(leaves(cr.vmap(f)(ROWS)), zip(*rows, strict=True), strict=True):
        np.testing.assert_allclose(found, np.stack(wanted), rtol=1e-13)
