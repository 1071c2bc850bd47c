"""SciPy's functions that are no ufuncs answer for traced arrays, and for all others stay what they are."""

import inspect
import subprocess
import sys
import textwrap
import threading
import types

import numpy as np
import pytest
import scipy.special
from scipy.special import log_softmax, logsumexp, polygamma, softmax

import chainrule as cr
from chainrule.program import interception

X = np.array([[0.3, -1.0, 2.0], [1.5, 0.2, -0.4]])
RIGHT = np.exp(X) / np.sum(np.exp(X), axis=1, keepdims=True)


def run(source):
    """What a fresh Python prints."""
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.split("\n")[:-1]


def test_a_name_that_was_bound_before_is_differentiated():
    np.testing.assert_allclose(cr.grad(lambda x: np.sum(logsumexp(x, axis=1)))(X), RIGHT, rtol=1e-14)
    program = cr.derive(lambda x: logsumexp(x), [X[0]])
    assert "dC_dx = scipy.special.softmax(x)" in str(program)
    np.testing.assert_allclose(program(X[0]), RIGHT[0], rtol=1e-14)


@pytest.mark.parametrize("scale", [1000.0, -1000.0])
def test_at_a_thousand(scale):
    x = np.array([scale, 0.0, scale])
    right = np.array([0.5, 0.0, 0.5]) if scale > 0 else np.array([0.0, 1.0, 0.0])
    for each in (x, x.astype(np.float32)):
        for slope in (cr.grad(logsumexp), cr.compile(cr.grad(logsumexp))):
            found = slope(each)
            np.testing.assert_allclose(found, right)
            assert found.dtype == each.dtype
        np.testing.assert_allclose(cr.grad(lambda x: logsumexp(x, b=np.ones(3)))(x), right)
        np.testing.assert_allclose(cr.jacobian(softmax)(each), np.diag(right) - np.outer(right, right))
        np.testing.assert_allclose(cr.jacobian(log_softmax)(each), np.eye(3) - right)


def test_where_b_is_0_a_has_no_influence():
    x, b = np.array([1e5, 0.0, 1.0, -np.inf]), np.array([0.0, 1.0, 1.0, 1.0])
    share = 1 / (1 + np.exp(1.0))
    np.testing.assert_allclose(cr.grad(lambda x: logsumexp(x, b=b))(x), [0, share, 1 - share, 0])
    np.testing.assert_allclose(cr.grad(lambda x: logsumexp(x, b=b))(x - 2000), [0, share, 1 - share, 0])
    assert cr.grad(lambda x: logsumexp(x, b=b, return_sign=True)[0])(x)[0] == 0


def test_orders_of_polygamma():
    for order in range(3):
        np.testing.assert_allclose(cr.grad(lambda x, n=order: polygamma(n, x))(1.7), polygamma(order + 1, 1.7))
        # Each order is the slope of the one before.
        assert cr.check_grad(lambda x, n=order: polygamma(n, x), [1.7]).ok


def test_plain_arrays_get_what_they_got():
    """Same values, types, errors; same signature, text and help: asked in processes with and without a trace."""
    asked = """
        import inspect, pydoc
        from zlib import crc32
        import numpy as np
        import scipy.special
        from scipy.special import log_softmax, logsumexp, polygamma, softmax
        {trace}
        for f in (logsumexp, softmax, log_softmax, polygamma):
            doc = pydoc.plain(pydoc.render_doc(f))
            print(f.__name__, f.__module__, f.__qualname__, inspect.signature(f), crc32(inspect.getsource(f).encode()), crc32(doc.encode()))
            print(f is getattr(scipy.special, f.__name__), f.__defaults__, f.__kwdefaults__, inspect.getsourcelines(f)[1])
        x = np.array([[0.3, -1.0, 2.0], [1000.0, -1000.0, -np.inf]])
        for args in [(x,), (x, 1), (x[:0],), ([1, 2],), (x.astype(np.float32), 0), (3.0,), (1j * x,), ("x",), (x, 7), (), (x, 0, 1, 2, 3, 4)]:
            for f in (logsumexp, softmax, log_softmax):
                try:
                    found = f(*args)
                    print(f.__name__, type(found).__name__, found.dtype, np.asarray(found).tobytes().hex())
                except Exception as error:
                    print(f.__name__, type(error).__name__, str(error))
        print(logsumexp(x, b=x, keepdims=True, return_sign=True), polygamma([0, 1, 2], [1.0, 2.0, 3.0]))
        try:
            softmax(x, b=1)
        except TypeError as error:
            print(error)
    """
    plain, traced = (
        run(asked.replace("{trace}", trace))
        for trace in ("", "import chainrule; chainrule.grad(logsumexp)(np.ones(2)); assert softmax.__code__.co_names")
    )
    assert plain == traced
    assert len(plain) > 40


def test_importing_chainrule_imports_no_scipy_and_a_trace_needs_none():
    assert run("""
        import sys
        import chainrule
        print(chainrule.grad(lambda x: x * x)(3.0), any(name.partition(".")[0] == "scipy" for name in sys.modules))
    """) == ["6.0 False"]


def test_a_function_imported_while_the_trace_runs_is_refused_once():
    said = run("""
        import chainrule, numpy as np
        def f(x):
            from scipy.special import softmax
            return softmax(x)[0]
        for _ in range(2):
            try:
                print(chainrule.grad(f)(np.zeros(2)))
            except chainrule.TracingError as error:
                print(str(error).splitlines()[0])
    """)
    assert said == [
        "<string>:5: softmax makes plain arrays of traced ones; import it before the trace begins, and give it one array, "
        "np.stack([…]); or write np.exp(x - np.logaddexp.reduce(x, axis=…, keepdims=True)).",
        "[ 0.25 -0.25]",
    ]


def fresh(source):
    scope = {"__name__": "other"}
    exec(source, scope)
    return scope


@pytest.mark.parametrize("source", [
    "def softmax(x, axis=None, dtype=None): return x",
    "def softmax(z, axis=None): return z",
    "def softmax(x, axis, *rest): return x",
    "def softmax(x, axis=None, *, dtype=None): return x",
    "softmax = len",
    "def outer(y):\n    def softmax(x, axis=None): return x + y\n    return softmax\nsoftmax = outer(1)",
])  # fmt: skip
def test_a_function_that_is_not_as_expected_is_left_alone(source):
    function = fresh(source)["softmax"]
    code = getattr(function, "__code__", None)
    interception._make_ask(function, ("x", "axis"))
    assert getattr(function, "__code__", None) is code


def test_a_library_without_the_functions(monkeypatch):
    monkeypatch.setattr(interception, "_waiting", set(interception.ARGUMENTS))
    monkeypatch.setitem(sys.modules, "scipy.special", types.ModuleType("scipy.special"))
    interception.intercept()
    assert cr.grad(lambda x: x * x)(3.0) == 6.0
    assert interception._waiting == set(interception.ARGUMENTS)


def test_many_threads_call_while_the_functions_are_made_to_ask():
    scope = fresh("def softmax(x, axis=None):\n    return ('own', x, axis)")
    function, wrong, go = scope["softmax"], [], threading.Barrier(5)

    def call():
        go.wait()
        for each in range(2000):
            if function(each, axis=1) != ("own", each, 1):
                wrong.append(each)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    go.wait()
    own = function.__code__
    interception._make_ask(function, ("x", "axis"))
    for thread in threads:
        thread.join()
    assert not wrong and function.__code__ is not own


def test_it_is_the_same_function_object_with_the_same_text():
    assert softmax is scipy.special.softmax
    assert inspect.signature(softmax) == inspect.Signature([
        inspect.Parameter("x", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("axis", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None),
    ])  # fmt: skip
    assert inspect.getsource(softmax).count("def softmax(") == 1


def test_jax_runs_what_scipy_functions_print():
    pytest.importorskip("jax")
    for f in (
        lambda x: np.sum(logsumexp(x, axis=1, b=X**2)),
        lambda x: np.sum(softmax(x, axis=0) ** 2),
        lambda x: np.sum(scipy.special.erf(x)),
    ):
        np.testing.assert_allclose(cr.compile(cr.grad(f), "jax")(X), cr.grad(f)(X), rtol=1e-12)
