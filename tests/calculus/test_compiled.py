"""`compile`: of derivatives, by flat and nested arguments, what it caches, and what it says where it cannot."""

import re
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as cr
from chainrule.calculus import compiled

from ..program.functions import functions

X = np.array([0.5, -1.0, 2.0])
CASES = functions(np)


def counted(f):
    """The function, and how often it was run: how often it was traced, once compiled."""
    runs = []

    def counting(*args, **keywords):
        runs.append(1)
        return f(*args, **keywords)

    return counting, runs


@pytest.mark.parametrize("name", CASES)
def test_a_compiled_gradient(name):
    function, args = CASES[name]
    positions = [p for p, a in enumerate(args) if not isinstance(a, np.ndarray) or a.dtype.kind == "f"]
    fast = cr.compile(cr.value_and_grad(function, positions))
    for _ in range(2):
        value, gradients = fast(*args)
        expected, by_tracing = cr.value_and_grad(function, positions)(*args)
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        from chainrule.core.structure import flatten
        from chainrule.core.tracing import LEAF_TYPES

        ours, tree = flatten(gradients, LEAF_TYPES)
        theirs, other = flatten(by_tracing, LEAF_TYPES)
        assert tree == other
        for one, two in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("transform", [cr.grad, cr.jacobian, cr.hessian], ids=lambda t: t.__name__)
def test_every_transform_becomes_one_program(transform):
    f, runs = counted(lambda x: np.sum(np.sin(x) * x[::-1] ** 2))
    fast = cr.compile(transform(f))
    found = [fast(x) for x in (X, X + 1, X * 2)]
    assert len(runs) == 1
    for x, each in zip((X, X + 1, X * 2), found, strict=True):
        np.testing.assert_allclose(each, transform(f)(x), rtol=1e-11, atol=1e-13)


def test_jvp_vjp_and_hvp_inside():
    fast = cr.compile(
        lambda x, v: (cr.jvp(np.sin, (x,), (v,)), cr.vjp(np.exp, x)[1](v), cr.hvp(lambda x: np.sum(x**3), (x,), (v,)))
    )
    (value, slope), (pulled,), (product,) = fast(X, X + 1)
    np.testing.assert_allclose(value, np.sin(X))
    np.testing.assert_allclose(slope, np.cos(X) * (X + 1))
    np.testing.assert_allclose(pulled, np.exp(X) * (X + 1))
    np.testing.assert_allclose(product, 6 * X * (X + 1))


@pytest.mark.parametrize("executor", ["numpy", "native", "auto"])
def test_a_branch_that_goes_another_way_is_traced_again(executor):
    if executor == "native":
        pytest.importorskip("llvmlite")

    def newton(a):
        x = a
        while abs(x * x - a) > 1e-9:
            x = (x + a / x) / 2
        return x

    f, runs = counted(lambda x: newton(x) if x > 1 else x * x * x)
    fast = cr.compile(cr.value_and_grad(f), executor)
    values = (7.0, 2.0, 0.5, 100.0, 1.0)
    for _ in range(3):
        for x in values:
            np.testing.assert_allclose(fast(x), cr.value_and_grad(newton if x > 1 else lambda x: x**3)(x), rtol=1e-13)
    assert len(runs) <= len(values)


def test_a_function_whose_branches_go_a_new_way_at_every_call_is_told():
    def counting(x):
        k = 0.0
        while x > k:
            k = k + 1.0
        return x * k

    fast = cr.compile(counting, "numpy")
    with pytest.warns(
        cr.RetraceWarning, match="counting has been traced 32 times, for as many ways that its branches go"
    ):
        found = [fast(float(number)) for number in range(40)]
    assert found == [float(number * number) for number in range(40)]


def test_a_compiled_program_goes_the_way_that_it_was_traced():
    program = cr.trace(lambda x: x**2 if x > 1 else x, (3.0,))
    for run in (program, cr.compile(program)):
        assert run(3.0) == 9
        with pytest.raises(cr.BranchError, match=r"x > 1 \(test_compiled.py:\d+\), and on these values that is false"):
            run(0.5)


def test_results_are_the_callers_own():
    scale = X.copy()
    fast = cr.compile(lambda x: (x, x.T, x[1:], np.reshape(x, (3, 1)), scale, x * 2, x * 2))
    for _ in range(3):
        given = X.copy()
        for each in fast(given):
            each[...] = 7
        assert given.tolist() == X.tolist()
        assert [each.tolist() for each in fast(given)[-3:]] == [X.tolist(), (2 * X).tolist(), (2 * X).tolist()]
    a, b = cr.compile(cr.grad(lambda a, b: np.sum(a + b), (0, 1)))(X, X)
    a += 1
    assert b.tolist() == [1, 1, 1]
    gradient = cr.compile(cr.grad(np.sum))(X)
    gradient += 1
    assert gradient.tolist() == [2, 2, 2]


def test_a_guard_tells_apart_what_needs_another_program():
    f, runs = counted(lambda x, n=2, flag=False: np.sum(x) * n + flag)
    fast = cr.compile(f)
    calls = [(X,), (X, 2), (X, 3), (X, 2.0), (X, True), (X, 1), (X, 2, True), (X.astype(np.float32),), (X[:2],), (2.0,)]
    for _ in range(3):
        for call in calls:
            assert fast(*call) == f(*call)
    assert len(runs) == len(calls) * 4  # each once by the trace, and three times here


def test_a_guard_looks_into_nests():
    f, runs = counted(lambda p, n=1: np.sum(p["w"][0]) * p["w"][1] * n + len(p))
    fast = cr.compile(f)
    calls = [
        ({"w": [X, 2.0]},), ({"w": (X, 2.0)},), ({"w": [X[:2], 2.0]},), ({"w": [X, 2]},), ({"w": [X, 3]},),
        ({"w": [X, 2.0], "b": 1.0},), ({"v": 1.0, "w": [X, 2.0]},), ({"w": [X, 2.0, 1.0]},), ({"w": [X, 2.0]}, 2),
        ({"w": [X.astype(np.float32), 2.0]},), ({"w": [X, True]},),
    ]  # fmt: skip
    for _ in range(3):
        for call in calls:
            assert fast(*call) == f(*call)
    assert len(runs) == len(calls) * 4
    with pytest.raises(KeyError):
        fast({"v": [X, 2.0]})


def test_numbers_of_any_kind_share_a_program():
    f, runs = counted(lambda x: x * x)
    fast = cr.compile(f)
    assert [fast(x) for x in (2.0, np.float64(3.0), np.array(4.0))] == [4, 9, 16]
    assert len(runs) == 1


def test_shapes_in_turn():
    f, runs = counted(np.sum)
    fast = cr.compile(lambda x: f(x * 2))
    for _ in range(4):
        for size in range(1, 9):
            assert fast(np.ones(size)) == 2 * size
    assert len(runs) == 8


def test_keywords():
    def f(x, n=1, *, scale=1.0, kind="sum"):
        return (np.sum(x) if kind == "sum" else np.max(x)) * n * scale

    fast = cr.compile(f)
    assert fast(X, n=2) == 3 and fast(x=X) == 1.5 and fast(X, 2) == 3
    assert fast(X, scale=3.0) == 4.5 and fast(X, scale=4.0) == 6 and fast(X, kind="max") == 2
    gradient = cr.compile(cr.grad(f, "scale" if False else 0))
    assert gradient(X, scale=3.0).tolist() == [3, 3, 3] and gradient(X, scale=4.0).tolist() == [4, 4, 4]


@dataclass(frozen=True)
class Layer:
    w: np.ndarray
    b: float


def test_a_dataclass_that_comes_back_is_one():
    step = cr.compile(lambda layer, x: Layer(layer.w - 0.1 * x, layer.b * 2))
    found = step(Layer(X, 1.0), X)
    assert isinstance(found, Layer) and found.b == 2
    np.testing.assert_allclose(found.w, 0.9 * X)
    gradient = cr.compile(cr.grad(lambda layer: np.sum(layer.w**2) * layer.b))(Layer(X, 2.0))
    program = cr.derive(lambda layer: np.sum(layer.w**2) * layer.b, (Layer(X, 2.0),))
    assert str(program).startswith(
        f"import numpy as np\nfrom {__name__} import Layer\n\n\ndef function_gradient(layer):\n"
    )
    assert str(program).endswith("    return Layer(w=dC_dlayer_w, b=dC_dlayer_b)\n")
    scope = {}
    exec(str(program), scope)
    again = scope["function_gradient"](Layer(X, 2.0))
    assert isinstance(again, Layer) and again.w.tolist() == gradient.w.tolist() and again.b == gradient.b
    assert isinstance(gradient, Layer)
    np.testing.assert_allclose(gradient.w, 4 * X)


def test_what_has_no_hash_is_refused_by_name():
    def f(x, options):
        return np.sum(x)

    with pytest.raises(cr.TracingError) as error:
        cr.compile(f)(X, {1, 2})
    assert str(error.value) == (
        f"test_compiled.py:{f.__code__.co_firstlineno}: f cannot be cached by its argument options (unhashable type: 'set'); "
        "pass arrays, numbers, text, or tuples, lists, dicts and dataclasses of them."
    )


def test_what_is_new_at_every_call_is_said_once():
    def f(x, step):
        return np.sum(x) * step

    fast = cr.compile(f)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(65):
            assert fast(X, step) == 1.5 * step
    (warning,) = caught
    assert warning.category is cr.RetraceWarning
    assert str(warning.message) == (
        "f has been traced 32 times, for as many values of step; pass a float or an array, which is an input, or leave it "
        "uncompiled."
    )
    assert warning.filename == __file__


def test_what_it_keeps_is_bounded(monkeypatch):
    monkeypatch.setattr(compiled, "_MAX_PROGRAMS", 5)
    f, runs = counted(np.sum)
    fast = cr.compile(lambda x: f(x * 1.0))
    for _ in range(2):
        for size in range(1, 12):
            assert fast(np.ones(size)) == size
    assert len(runs) == 22


def test_native_loops_give_the_same():
    pytest.importorskip("llvmlite")
    f = cr.grad(lambda x: np.sum(np.sin(x) * x))
    fast = cr.compile(f, "native")
    for x in (X, X + 1):
        np.testing.assert_allclose(fast(x), f(x), rtol=1e-12)


def test_what_native_loops_do_not_cover_runs_on_numpy_and_says_so():
    pytest.importorskip("llvmlite")

    def f(a):
        return np.linalg.det(a) * 2

    def g(a):
        return np.linalg.det(a)

    a = np.array([[2.0, 0.5], [0.5, 1.0]])
    line = f.__code__.co_firstlineno + 1
    told = f"f runs as machine code, and on NumPy: det(2×2) (test_compiled.py:{line})"
    fast = cr.compile(f, "native")
    with pytest.warns(RuntimeWarning, match=f"^{re.escape(told)}$"):
        found = fast(a)
    assert found == pytest.approx(2 * 1.75)
    with warnings.catch_warnings():  # it is told once
        warnings.simplefilter("error")
        assert fast(a + 1.0) == pytest.approx(2 * np.linalg.det(a + 1.0))
    assert fast.report() == told
    with pytest.warns(RuntimeWarning, match="^g runs on NumPy: none of its operations has loops$"):
        assert cr.compile(g, "native")(a) == pytest.approx(1.75)


def test_a_report_says_what_runs_where(monkeypatch):
    pytest.importorskip("llvmlite")

    def cost(a, b):
        c = np.linalg.inv(a) @ b
        return np.sum(np.tanh(c) ** 2) + np.sum(b * b)

    a, b = np.eye(3) + 0.1, np.ones((3, 2))
    fast = cr.compile(cr.grad(cost))
    assert fast.report() == ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(fast(a, b), cr.grad(cost)(a, b), rtol=1e-12)
    line = cost.__code__.co_firstlineno + 1
    assert fast.report() == f"grad_cost runs as machine code, and on NumPy: inv(3×3) (test_compiled.py:{line})"
    several = cr.compile(lambda x: np.sin(x))
    several(X)
    several(2.0)
    assert several.report() == "function runs as machine code\nfunction runs on NumPy: loops would gain nothing"
    on_numpy = cr.compile(np.sin, "numpy")
    on_numpy(X)
    assert on_numpy.report() == "sin runs on NumPy"
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    without = cr.compile(np.sin)
    without(X)
    assert without.report() == "sin runs on NumPy: llvmlite is not installed"


def test_an_executor_that_is_none():
    def f(x):
        return x

    with pytest.raises(cr.TracingError) as error:
        cr.compile(f, executor="fortran")
    assert str(error.value) == (
        f"test_compiled.py:{f.__code__.co_firstlineno}: there is no executor 'fortran'; choose one of auto, numpy, native, wasm, jax."
    )


@pytest.mark.parametrize("in_browser", [False, True])
def test_an_executor_of_another_system(in_browser, monkeypatch):
    def f(x):
        return x

    monkeypatch.setattr(compiled, "IN_BROWSER", in_browser)
    here, elsewhere, why = (
        ("wasm", "native", "the executor 'native' needs llvmlite, which does not run in a browser")
        if in_browser
        else ("native", "wasm", "the executor 'wasm' is for Python that runs in a browser")
    )
    assert cr.compile(f, here).report() == ""
    with pytest.raises(cr.TracingError) as error:
        cr.compile(f, elsewhere)
    assert str(error.value) == f"test_compiled.py:{f.__code__.co_firstlineno}: {why}; choose '{here}' here."


def test_threads_share_one():
    fast = cr.compile(cr.grad(lambda x: np.sum(np.exp(x) * x)))

    def work(seed):
        random = np.random.default_rng(seed)
        for _ in range(100):
            x = random.normal(size=int(random.integers(1, 7)))
            np.testing.assert_allclose(fast(x), np.exp(x) * (1 + x), rtol=1e-12)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


KINDS = [
    True, 2, 2.0, 1 + 2j, np.True_, np.int8(3), np.int64(3), np.uint8(12), np.uint64(5), np.float16(1.5), np.float32(1.5),
    np.float64(2.5), np.longdouble(1.5), np.complex64(1 + 2j), np.complex128(1 - 2j), "text", None,
    *(np.array([1, 2, 3], kind) for kind in "?bilBLefdgFD"),
    *(np.array(2, kind) for kind in "?blfdD"),
]  # fmt: skip
OF_ANY_KIND = {
    "products and sums": lambda x: x * x + x,
    "a quotient": lambda x: x / 2,
    "the imaginary part": lambda x: np.imag(x * x + x),
    "an absolute value": lambda x: np.abs(x) * x,
    "a sum": lambda x: np.sum(x * x),
    "a sine": lambda x: np.sin(x) + x,
    "what asks for the kind": lambda x: x * 1j if np.iscomplexobj(x) else np.where(x > 0, x, 0),
}


@pytest.mark.wide
@pytest.mark.uncompiled
@pytest.mark.filterwarnings("ignore:.* (runs|and) on NumPy:RuntimeWarning")
@pytest.mark.parametrize("executor", ["numpy", "native", "auto"])
@pytest.mark.parametrize("name", OF_ANY_KIND)
def test_a_program_is_only_run_on_arguments_of_the_kind_it_was_made_of(name, executor):
    if executor == "native":
        pytest.importorskip("llvmlite")
    f = OF_ANY_KIND[name]

    def result(function, value):
        try:
            return function(value)
        except TypeError:
            return None

    for seed in range(3):
        compiled = cr.compile(f, executor)
        order = np.random.default_rng(seed).permutation(len(KINDS))
        for value in (KINDS[place] for place in (*order, *order[::-1])):
            found, wanted = result(compiled, value), result(f, value)
            assert (found is None) == (wanted is None), repr(value)
            if wanted is not None:
                kind = np.asarray(wanted).dtype
                assert np.asarray(found).dtype == kind, repr(value)
                within = 4 * float(np.finfo(kind).eps) if kind.kind in "fc" else 0.0
                np.testing.assert_allclose(found, wanted, rtol=within, err_msg=repr(value))
