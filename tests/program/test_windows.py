"""Products with windows of an array, as people write them, are one operation; its values and gradients are right."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.nouns import Program
from chainrule.program.helpers import windowed_einsum
from chainrule.program.operations.reductions import first_max

RANDOM = np.random.default_rng(0)
W, A = RANDOM.normal(size=(3, 2, 2, 3)), RANDOM.normal(size=(2, 2, 5, 6))
K, X = RANDOM.normal(size=3), RANDOM.normal(size=11)
windows = np.lib.stride_tricks.sliding_window_view


def einsum(w, a):
    return np.einsum("fcij,ncyxij->nfyx", w, windows(a, (2, 3), axis=(2, 3)))


def other_way_round(w, a):
    return np.einsum("abyxij,cbij->cayx", np.lib.stride_tricks.sliding_window_view(a, (2, 3), (-2, -1)), w)


def stepped(w, a):
    return np.einsum("ncyxij,fcij->nfyx", windows(a, (2, 3), axis=(2, 3))[:, :, ::2, 1::2], w)


def apart(w, a):
    return np.einsum("ncyxij,fcij->nfyx", windows(a, (3, 5), axis=(2, 3))[..., ::2, ::2], w)


def by_tensordot(w, a):
    return np.tensordot(windows(a, (2, 3), axis=(2, 3)), w, axes=((1, 4, 5), (1, 2, 3)))


def weights_first(w, a):
    return np.tensordot(w, windows(a, (2, 3), axis=(2, 3)), axes=((1, 2, 3), (1, 4, 5))).swapaxes(0, 1)


def by_columns(w, a):
    seen = windows(a, (2, 3), axis=(2, 3))[:, :, ::2]
    n, c, y, x, i, j = seen.shape
    columns = seen.transpose(0, 2, 3, 1, 4, 5).reshape(n * y * x, c * i * j)
    return (columns @ w.reshape(len(w), -1).T).reshape(n, y, x, len(w)).transpose(0, 3, 1, 2)


def by_rows(w, a):
    seen = windows(a[0], (2, 3), axis=(1, 2))
    return w.reshape(3, -1) @ seen.transpose(0, 3, 4, 1, 2).reshape(12, -1)


def summed(w, a):
    return (windows(a, (2, 3), axis=(2, 3))[:, None] * w[:, :, None, None]).sum(axis=(2, -2, -1))


def one_plane(w, a):
    return np.sum(windows(a[0, 0], (2, 3)) * w[1, 1], axis=(2, 3))


def mean_of_products(w, a):
    return np.mean(windows(a[0, 0], (2, 3)) * w[1, 1], axis=(2, 3), keepdims=True)


def each_channel(w, a):
    return np.einsum("cij,ncyxij->ncyx", w[0], windows(a, (2, 3), axis=(2, 3)))


def groups(w, a):
    seen = windows(np.concatenate([a, 2 * a], axis=1).reshape(2, 2, 2, 5, 6), (2, 3), axis=(3, 4))
    return np.einsum("gfcij,ngcyxij->ngfyx", np.stack([w, w * w]), seen)


def shared_by_none(w, a):
    weights = np.broadcast_to(w[:, :, None, None], (3, 2, 4, 4, 2, 3)) * np.arange(1.0, 5)[:, None, None]
    return np.einsum("fcyxij,ncyxij->nfyx", weights, windows(a, (2, 3), axis=(2, 3)))


def padded(w, a):
    return einsum(w, np.pad(a, ((0, 0), (0, 0), (1, 1), (2, 2))))


def one_after_another(w, a):
    seen = windows(windows(a, 2, axis=2), 3, axis=3)
    return np.einsum("ncyxij,fcij->nfyx", seen, w)


OF_IMAGES = [
    einsum, other_way_round, stepped, apart, by_tensordot, weights_first, by_columns, by_rows, summed, one_plane, mean_of_products, each_channel,
    groups, shared_by_none, padded, one_after_another,
]  # fmt: skip


def matrix_times_vector(k, x):
    return windows(x, 3) @ k


def vector_times_matrix(k, x):
    return k @ windows(x, 3)[1::3].T


def inner(k, x):
    return np.inner(k, windows(x, 3)[:, ::-1][:, ::-1])


def several_signals(k, x):
    return windows(x[:10].reshape(2, 5), 3, axis=1) @ k


def several_kernels(k, x):
    return windows(x, 3) @ np.stack([k, k**2], axis=1)


OF_SIGNALS = [matrix_times_vector, vector_times_matrix, several_signals, several_kernels]
CASES = [(f, (W, A)) for f in OF_IMAGES] + [(f, (K, X)) for f in (*OF_SIGNALS, inner)]
RECOGNIZED = [case for case in CASES if case[0] is not inner]
each = pytest.mark.parametrize(("f", "args"), CASES, ids=[f.__name__ for f, _ in CASES])


def cost(f):
    def curved(*args):
        z = f(*args)
        return np.sum(np.sin(z) * z)

    return curved


def operations(program: Program):
    return [equation.primitive.name for equation in program.equations]


@pytest.mark.parametrize(("f", "args"), RECOGNIZED, ids=[f.__name__ for f, _ in RECOGNIZED])
@pytest.mark.parametrize("form", ["textbook", "fast"])
def test_forward_and_both_errors_are_one_operation_each(f, args, form):
    names = operations(cr.derive(cost(f), args, form=form, calls=False))
    assert names.count("windowed_einsum") == 3
    assert not {"windows", "overlap_add", "einsum", "matmul"} & {*names}


def test_every_other_column_along_which_there_are_no_windows():
    def columns(k, x):
        seen = windows(x.reshape(3, 6), 2, axis=0).transpose(0, 2, 1)[::2, :, :2:2]
        return (seen * k[:2].reshape(1, 2, 1)).sum(axis=(0, 1, 2))

    x = RANDOM.normal(size=18)
    gradient = cr.grad(cost(columns), (0, 1))
    assert cr.check_grad(cost(columns), (K, x)).ok
    for found, right in zip(cr.derive(cost(columns), (K, x), form="fast")(K, x), gradient(K, x), strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-12)


@each
def test_values_are_numpys_and_gradients_those_of_finite_differences(f, args):
    curved = cost(f)
    program = cr.trace(f, args)
    np.testing.assert_allclose(program(*args), f(*args), rtol=1e-12, atol=1e-12)
    assert cr.check_grad(curved, args).ok
    expected = cr.grad(curved, (0, 1))(*args)
    for form in ("textbook", "fast"):
        for found, right in zip(cr.derive(curved, args, form=form)(*args), expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-11, atol=1e-12)


@each
@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize("executor", ["numpy", "native"])
def test_compiled_gradients_are_the_same(f, args, kind, executor):
    if executor == "native":
        pytest.importorskip("llvmlite")
    given = tuple(each.astype(kind) for each in args)
    compiled = cr.compile(cr.grad(cost(f), (0, 1)), executor=executor)
    exact = cr.grad(cost(f), (0, 1))(*args)
    for found, right in zip(compiled(*given), exact, strict=True):
        assert found.dtype == kind
        np.testing.assert_allclose(
            found, right, rtol=1e-9 if kind == "float64" else 2e-4, atol=1e-9 if kind == "float64" else 2e-4
        )


@each
def test_over_many_examples_and_twice_differentiated(f, args):
    def slope(one, other):
        return np.sum(cr.grad(cost(f), 1)(one, other) ** 2)

    assert cr.check_grad(slope, args).ok
    many = np.stack([args[1], args[1] + 0.5])
    found = cr.vmap(cr.grad(cost(f), (0, 1)), (None, 0))(args[0], many)
    for k in range(2):
        for gradients, right in zip(found, cr.grad(cost(f), (0, 1))(args[0], many[k]), strict=True):
            np.testing.assert_allclose(gradients[k], right, rtol=1e-10, atol=1e-12)


# ---- the largest of a window -----------------------------------------------------------------------------------------


def pooled_by_shares(a):
    n, c, y, x = a.shape
    return a.reshape(n, c, y // 2, 2, x // 2, 2).max(axis=(3, 5))


def pooled_by_the_first(a):
    n, c, y, x = a.shape
    return first_max(a.reshape(n, c, y // 2, 2, x // 2, 2), (3, 5))


def pooled_by_places(a):
    n, c, y, x = a.shape
    window = a.reshape(n, c, y // 2, 2, x // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, y // 2, x // 2, 4)
    return np.take_along_axis(window, window.argmax(-1)[..., None], -1)[..., 0]


TIES = np.array([[[[1.0, 1, 0, 0], [0, 1, 0, 0], [2, 3, -1, -2], [3, 3, -2, -1]]]])
SHARED = np.array(
    [[[[1 / 3, 1 / 3, 1 / 4, 1 / 4], [0, 1 / 3, 1 / 4, 1 / 4], [0, 1 / 3, 1 / 2, 0], [1 / 3, 1 / 3, 0, 1 / 2]]]]
)
FIRST = np.array([[[[1.0, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]]]])


@pytest.mark.parametrize("executor", [None, "numpy", "native"])
@pytest.mark.parametrize(
    ("f", "expected"), [(pooled_by_shares, SHARED), (pooled_by_the_first, FIRST), (pooled_by_places, FIRST)]
)
def test_those_that_tie_share_the_error_or_the_first_has_all_of_it(f, expected, executor):
    if executor == "native":
        pytest.importorskip("llvmlite")
    gradient = cr.grad(lambda a: np.sum(f(a)))
    gradient = gradient if executor is None else cr.compile(gradient, executor=executor)
    np.testing.assert_allclose(gradient(TIES), expected, rtol=1e-15)
    np.testing.assert_allclose(cr.vmap(gradient)(np.stack([TIES, -A[:1, :1, :4, :4]]))[0], expected, rtol=1e-15)


# ---- in mathematics --------------------------------------------------------------------------------------------------


def test_the_equations_are_the_books():
    program = cr.derive(lambda w, a: np.sum(np.sin(einsum(w, a))), (W, A), calls=False)
    latex = program.latex()
    assert r"\star a" in latex
    assert latex.count(r"\star") == 2
    assert latex.endswith("* w")


@pytest.mark.parametrize(
    ("f", "sign"),
    [
        (stepped, r"\star_{2y+i, 2x+j}"),
        (apart, r"\star_{y+2i, x+2j}"),
        (by_columns, r"\star_{2y+i}"),
        (groups, r"\star_{g}"),
    ],
)
def test_steps_and_groups_stand_beside_the_sign(f, sign):
    latex = cr.derive(cost(f), (W, A), calls=False).latex()
    assert latex.count(sign) == 2
    assert latex.count(sign.replace(r"\star", "*")) == 1


def test_a_convolution_is_bracketed_beside_another_product():
    program = cr.trace(lambda w, a: (windows(a, 3) @ w) * np.arange(9.0), (K, X))
    assert cr.derive(lambda k, x: np.sum(k[0] * (windows(x, 3) @ k) * x[2:]), (K, X)).latex().count("(") >= 1
    assert program(K, X) == pytest.approx((windows(X, 3) @ K) * np.arange(9.0))


# ---- as SciPy has it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve", "convolve2d", "correlate2d"])
@pytest.mark.parametrize(
    "shapes", [((5, 6), (2, 3)), ((4, 5), (3, 2)), ((2, 3), (5, 6)), ((4, 4), (4, 4)), ((3, 6), (5, 2))]
)
def test_convolutions_of_scipy_are_the_same_operation(name, shapes, mode):
    signal = pytest.importorskip("scipy.signal")
    random = np.random.default_rng(1)
    one, other = (random.normal(size=shape) for shape in shapes)
    function = getattr(signal, name)
    if mode == "valid" and shapes == ((3, 6), (5, 2)):
        for f in (function, cr.grad(lambda x: np.sum(function(x, other, mode)))):
            with pytest.raises(ValueError, match="in every dimension"):
                f(one, *((other, mode) if f is function else ()))
        return
    program = cr.trace(lambda x, k: function(x, k, mode), (one, other))
    assert "windowed_einsum" in operations(program)
    np.testing.assert_allclose(program(one, other), function(one, other, mode), rtol=1e-12, atol=1e-12)
    assert cr.check_grad(lambda x, k: np.sum(np.sin(function(x, k, mode))), (one, other)).ok


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_first_of_those_that_tie_along_any_axes(axis, keepdims):
    def f(x):
        return np.sum(np.sin(first_max(x, axis, keepdims)))

    x = np.array([[3.0, 1, 3], [1, 3, 0]])
    places = {None: [(0, 0)], (0, 1): [(0, 0)], 0: [(0, 0), (1, 1), (0, 2)], 1: [(0, 0), (1, 1)]}[axis]
    expected = np.zeros((2, 3))
    for place in places:
        expected[place] = np.cos(3.0)
    for gradient in (cr.grad(f), cr.compile(cr.grad(f)), cr.derive(f, (x,))):
        np.testing.assert_allclose(gradient(x), expected)
    np.testing.assert_allclose(cr.vmap(cr.grad(f))(np.stack([x, x])), np.stack([expected, expected]))


@pytest.mark.parametrize("subscripts", ["ij,(y+i)(2x+j)->yx", "yx,(y+i)(2x+j)->ij", "yx,ij->(y+i)(2x+j)"])
def test_products_too_large_to_be_laid_out_are_summed_place_by_place(subscripts):
    sizes = {"y": 1400, "x": 800, "i": 9, "j": 7}
    shapes = {"ij": (9, 7), "yx": (1400, 800), "(y+i)(2x+j)": (1408, 1605)}
    one, other, result = subscripts.replace("->", ",").split(",")
    a, b = (RANDOM.normal(size=shapes[each]) for each in (one, other))
    assert np.prod([float(each) for each in sizes.values()]) > 2**26
    found = windowed_einsum(subscripts, a, b)
    assert found.shape == shapes[result]
    place = {"yx": (1000, 500), "ij": (4, 3), "(y+i)(2x+j)": (700, 801)}[result]
    terms = {"ij": lambda v: v[2:], "yx": lambda v: v[:2], "(y+i)(2x+j)": lambda v: (v[0] + v[2], 2 * v[1] + v[3])}
    ranges = [range(size) for size in sizes.values()]
    if result == "yx":
        ranges[:2] = [[1000], [500]]
    elif result == "ij":
        ranges[2:] = [[4], [3]]
    else:
        ranges[:2] = [range(692, 701), range(398, 401)]
    total = sum(
        a[terms[one](v)] * b[terms[other](v)] for v in itertools.product(*ranges) if tuple(terms[result](v)) == place
    )
    np.testing.assert_allclose(found[place], total, rtol=1e-9)
