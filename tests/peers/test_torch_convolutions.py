"""Convolutions at random, as people write them over windows: values and gradients are PyTorch's.

Of one, two and three axes, with strides, dilations, padding, channels and groups, and products of every kind; computed rule by
rule, as a printed program, and in loops. `CHAINRULE_RANDOM_PROGRAMS=5000 pytest -m peers tests/peers/test_torch_convolutions.py`
tries that many, 30 are tried otherwise.
"""

import os

import numpy as np
import pytest

import chainrule as cr
from chainrule.program.operations.activations import relu
from chainrule.program.operations.reductions import first_max

pytestmark = pytest.mark.peers
torch = pytest.importorskip("torch")

COUNT = int(os.environ.get("CHAINRULE_RANDOM_PROGRAMS", "30"))
CONVOLUTIONS = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}
LETTERS = ("zyx", "ijk")


def windows_of(a, size, stride, dilation, ndim):
    """The windows of the last axes, behind all axes."""
    wide = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    axes = tuple(range(np.ndim(a) - ndim, np.ndim(a)))
    index = (..., *(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))
    return np.lib.stride_tricks.sliding_window_view(a, wide, axis=axes)[index]


def by_einsum(w, seen, groups, ndim):
    y, i = (each[:ndim] for each in LETTERS)
    n, g = np.shape(seen)[0], groups
    seen = np.reshape(seen, (n, g, -1, *np.shape(seen)[2:]))
    w = np.reshape(w, (g, -1, *np.shape(w)[1:]))
    z = np.einsum(f"ngc{y}{i},gfc{i}->ngf{y}", seen, w)
    return np.reshape(z, (n, -1, *np.shape(z)[3:]))


def by_tensordot(w, seen, groups, ndim):
    summed = tuple(range(ndim + 2, 2 * ndim + 2))
    return np.moveaxis(np.tensordot(seen, w, axes=((1, *summed), tuple(range(1, ndim + 2)))), -1, 1)


def by_columns(w, seen, groups, ndim):
    n, c = np.shape(seen)[:2]
    places, size = np.shape(seen)[2 : ndim + 2], np.shape(seen)[ndim + 2 :]
    order = (0, *range(2, ndim + 2), 1, *range(ndim + 2, 2 * ndim + 2))
    columns = seen.transpose(order).reshape(n * int(np.prod(places)), c * int(np.prod(size)))
    return np.moveaxis((columns @ w.reshape(len(w), -1).T).reshape(n, *places, len(w)), -1, 1)


def by_sum(w, seen, groups, ndim):
    spread = w[(slice(None), slice(None), *(None,) * ndim)]
    return (seen[:, None] * spread).sum(axis=(2, *range(ndim + 3, 2 * ndim + 3)))


WAYS = [by_einsum, by_tensordot, by_columns, by_sum]


def drawn(seed):
    random = np.random.default_rng(seed)
    ndim, way = int(random.integers(1, 4)), WAYS[seed % len(WAYS)]
    groups = int(random.integers(1, 3)) if way is by_einsum else 1
    size, stride, dilation, padding = (
        random.integers(low, high, ndim) for low, high in ((1, 4), (1, 4), (1, 3), (0, 3))
    )
    n, c, f = (int(each) for each in random.integers(1, 4, 3))
    wide = dilation * (size - 1) + 1 + random.integers(0, 6, ndim)
    w = random.normal(size=(f * groups, c, *size))
    a = random.normal(size=(n, c * groups, *wide))

    def ours(w, a):
        if padding.any():
            a = np.pad(a, [(0, 0), (0, 0), *((int(p), int(p)) for p in padding)])
        z = way(w, windows_of(a, size, stride, dilation, ndim), groups, ndim)
        return np.sum(np.sin(z) * z)

    def theirs(w, a):
        how = (each.tolist() for each in (stride, padding, dilation))
        z = CONVOLUTIONS[ndim](a, w, None, *how, groups)
        return (torch.sin(z) * z).sum()

    return ours, theirs, (w, a)


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(COUNT))
def test_random_convolutions(seed):
    ours, theirs, args = drawn(seed)
    given = [torch.tensor(each, requires_grad=True) for each in args]
    value = theirs(*given)
    value.backward()
    expected = [each.grad.numpy() for each in given]
    gradient = cr.grad(ours, (0, 1))
    forms = {"rules": gradient, "compiled pass": gradient}
    forms |= {form: cr.derive(ours, args, form=form) for form in ("textbook", "fast")}
    forms |= {executor: cr.compile(gradient, executor=executor) for executor in ("numpy", "native")}
    np.testing.assert_allclose(ours(*args), value.item(), rtol=1e-11)
    np.testing.assert_allclose(cr.trace(ours, args)(*args), value.item(), rtol=1e-11)
    for name, computed in forms.items():
        for found, right in zip(computed(*args), expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-10, err_msg=name)
    program = cr.derive(ours, args, form="fast")
    names = [equation.primitive.name for equation in program.equations]
    assert names.count("windowed_einsum") == 3
    assert "windows" not in names


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_which_of_equal_places_a_pooling_behind_a_relu_gives_the_error(dtype):
    """The first one, and none where ReLU has left nothing: whole numbers tie often, as blank ground does."""
    random = np.random.default_rng(5)
    w, b = random.integers(-1, 2, (6, 1, 3, 3)), np.array([-30, -1, 0, 0, 1, 2])
    x = random.integers(0, 3, (16, 1, 18, 18))
    x[:, :, :8] = 0
    v = random.integers(-3, 4, (6 * 8 * 8, 5))
    args = [each.astype(dtype) for each in (w, b, x, v)]

    def ours(w, b, x, v):
        z = by_einsum(w, windows_of(x, (3, 3), (1, 1), (1, 1), 2), 1, 2) + b[:, None, None]
        a = first_max(relu(z).reshape(16, 6, 8, 2, 8, 2), axis=(3, 5))
        return np.sum((a.reshape(16, -1) @ v) ** 2)

    given = [torch.tensor(each, requires_grad=True) for each in args]
    z = torch.relu(torch.nn.functional.conv2d(given[2], given[0], given[1]))
    ((torch.nn.functional.max_pool2d(z, 2).reshape(16, -1) @ given[3]) ** 2).sum().backward()
    for executor in ("numpy", "native"):
        found = cr.compile(cr.grad(ours, (0, 1, 2, 3)), executor=executor)(*args)
        for one, other in zip(found, given, strict=True):
            np.testing.assert_allclose(one, other.grad.numpy(), rtol=1e-5 if dtype == np.float32 else 1e-12, atol=1e-8)
