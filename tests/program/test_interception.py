"""Functions that NumPy's protocols do not reach answer for traced arrays, by whatever name, and for all others stay what they are."""

import asyncio
import builtins
import functools
import importlib
import inspect
import math
import pickle
import re
import subprocess
import sys
import textwrap
import threading
import types

import numpy as np
import pytest
import scipy.special
from scipy import spatial
from scipy.spatial import distance
from scipy.spatial.distance import cdist
from scipy.special import log_softmax, logsumexp, polygamma, softmax

import chainrule as cr
from chainrule.program import interception, stand_ins
from chainrule.program.operations import scientific

X = np.array([[0.3, -1.0, 2.0], [1.5, 0.2, -0.4]])
RIGHT = np.exp(X) / np.sum(np.exp(X), axis=1, keepdims=True)
OWN = [
    id(each) for each in (np, np.array, logsumexp, scipy, scipy.special, builtins.__import__)
]  # no references to them


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


@pytest.mark.unnamed
@pytest.mark.uncompiled
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


def test_jax_runs_what_scipy_functions_print():
    pytest.importorskip("jax")
    for f in (
        lambda x: np.sum(logsumexp(x, axis=1, b=X**2)),
        lambda x: np.sum(softmax(x, axis=0) ** 2),
        lambda x: np.sum(scipy.special.erf(x)),
    ):
        np.testing.assert_allclose(cr.compile(cr.grad(f), "jax")(X), cr.grad(f)(X), rtol=1e-12)


# ---- under whatever name -----------------------------------------------------------------------------------------------


def module(source):
    """A module of a user's own."""
    made = types.ModuleType("users")
    exec(textwrap.dedent(source), vars(made))
    return made


def joined(x):
    return np.array([x[0] * x[1], 2.0, x[2]])


def with_default(x, join=np.array, *, total=logsumexp):
    return total(join([x[0], x[1]]))


def around():
    import numpy as mine

    total = logsumexp
    return lambda x: total(mine.array([x[0], x[1]]))


def imports(x):
    import numpy
    import scipy.special
    from numpy import asarray
    from scipy.special import logsumexp as total

    return total(asarray([x[0], x[1]])) + scipy.special.logsumexp(numpy.array([x[1], x[2]]))


def decorated(f):
    @functools.wraps(f)
    def call(*args):
        return f(*args)

    return call


class Net:
    total = staticmethod(logsumexp)

    def __init__(self):
        self.total_here = logsumexp

    def of_class(self, x):
        return self.total(np.array([x[0], x[1]]))

    def of_object(self, x):
        return self.total_here(np.array([x[0], x[1]]))

    @property
    def bias(self):
        return np.array

    def __call__(self, x):
        return np.sum(self.bias([x[0] * x[1]]))

    @classmethod
    def of_none(cls, x):
        return cls.total(x)


OTHER = module(
    """
    import numpy
    from scipy import special
    from scipy.special import logsumexp as lse

    def total(x):
        return lse(numpy.array([x[0], x[1]])) + special.logsumexp(x)

    class Layer:
        def forward(self, x):
            return numpy.asarray([x[0] * x[1], x[2]])
    """
)
NET, LAYER = Net(), OTHER.Layer()
TABLE, LIST, PARTIAL = {"total": logsumexp}, [logsumexp, np.array], functools.partial(logsumexp, axis=0)


def of_two(x):
    return np.log(np.exp(x[0]) + np.exp(x[1]))


def total_of(x):
    return np.log(np.sum(np.exp(x)))


PLACES = {
    "a name of its own": (lambda x: logsumexp(x), total_of),
    "a name in a module": (lambda x: scipy.special.logsumexp(x), total_of),
    "a helper": (lambda x: np.sum(joined(x) ** 2), lambda x: x[0] ** 2 * x[1] ** 2 + 4.0 + x[2] ** 2),
    "defaults": (with_default, of_two),
    "a helper's defaults": (lambda x: with_default(x), of_two),
    "variables of a function around": (around(), of_two),
    "imports in the function": (imports, lambda x: of_two(x) + of_two(x[1:])),
    "another module": (lambda x: OTHER.total(x), lambda x: of_two(x) + total_of(x)),
    "an object of another module": (lambda x: np.sum(LAYER.forward(x)), lambda x: x[0] * x[1] + x[2]),
    "a class": (NET.of_class, of_two),
    "an object": (lambda x: NET.of_object(x), of_two),
    "a property, an object that is called": (NET, lambda x: x[0] * x[1]),
    "a class method": (Net.of_none, total_of),
    "a dict": (lambda x: TABLE["total"](x), total_of),
    "a list": (lambda x: LIST[0](LIST[1]([x[0], x[1]])), of_two),
    "a partial function": (lambda x: PARTIAL(x), total_of),
    "a partial function itself": (functools.partial(logsumexp, axis=0), total_of),
    "the function itself": (logsumexp, total_of),
    "a decorated function": (decorated(lambda x: logsumexp(x)), total_of),
    "a lambda in a loop": ([lambda x, n=n: logsumexp(x) * n for n in (1.0, 2.0)][1], lambda x: 2 * total_of(x)),
    "a nested derivative": (lambda x: cr.value_and_grad(logsumexp)(x)[0] + cr.grad(TABLE["total"])(x)[0],
                            lambda x: total_of(x) + np.exp(x[0]) / np.sum(np.exp(x))),
    "a comprehension": (lambda x: sum([logsumexp(np.array([each, x[0]])) for each in x]),
                        lambda x: sum(np.log(np.exp(each) + np.exp(x[0])) for each in x)),
    "a generator": (lambda x: sum(logsumexp(np.array([each, 0.0])) for each in x), lambda x: np.sum(np.log(np.exp(x) + 1))),
}  # fmt: skip


def is_undone():
    return (
        OWN == [id(each) for each in (np, np.array, logsumexp, scipy, scipy.special, builtins.__import__)]
        and not interception._places
    )


def held_now():
    """What the places of `PLACES` hold."""
    return [
        vars(Net)["total"], NET.total_here, TABLE["total"], *LIST, PARTIAL, with_default.__defaults__, vars(OTHER).copy(),
    ]  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_wherever_it_is_held(name):
    f, right = PLACES[name]
    before = held_now()
    expected = cr.grad(right)(X[0])
    for run in (cr.grad(f), cr.grad(f), cr.compile(cr.grad(f)), lambda x: cr.vjp(f, x)[1](1.0)[0], cr.jacobian(f)):
        np.testing.assert_allclose(run(X[0]), expected, rtol=1e-12)
    np.testing.assert_allclose(cr.jvp(f, (X[0],), (X[1],))[1], expected @ X[1], rtol=1e-12)
    np.testing.assert_allclose(cr.trace(f, [X[0]])(X[0]), right(X[0]), rtol=1e-14)
    np.testing.assert_allclose(cr.hessian(f)(X[0]), cr.hessian(right)(X[0]), rtol=1e-9, atol=1e-12)
    assert cr.check_grad(f, [X[0]]).ok
    assert all(each is other or each == other for each, other in zip(before, held_now(), strict=True))
    assert is_undone()


@pytest.mark.unnamed
@pytest.mark.uncompiled
def test_lazily_loaded_and_imported_within():
    assert run("""
        import chainrule, numpy as np, scipy
        def f(x):
            return scipy.special.softmax(x)[0]
        def g(x):
            from scipy.special import softmax
            return softmax(x)[0]
        print(chainrule.grad(f)(np.zeros(2)), chainrule.grad(g)(np.zeros(2)))
    """) == ["[ 0.25 -0.25] [ 0.25 -0.25]"]


def test_a_name_that_is_bound_anew_between_two_calls_is_met():
    scope = module("import numpy as np\ndef helper(x): return x[0]\ndef f(x): return np.sum(helper(x))")
    slope = cr.grad(scope.f)
    assert slope(X[0]).tolist() == [1, 0, 0]
    scope.helper = OTHER.total
    np.testing.assert_allclose(slope(X[0]), cr.grad(OTHER.total)(X[0]))
    scope.helper = lambda x: x[1]
    assert slope(X[0]).tolist() == [0, 1, 0]
    scope.helper = functools.partial(logsumexp, axis=0)
    np.testing.assert_allclose(slope(X[0]), cr.grad(total_of)(X[0]))
    scope = module("def f(x): return total([x[0], x[1]])")
    slope = cr.grad(scope.f)
    for scope.total, right in ((np.sum, [1, 1, 0]), (np.mean, [0.5, 0.5, 0]), (np.max, [1, 0, 0])):
        assert slope(X[0]).tolist() == right


def test_modules_of_scipy_under_every_name():
    """Each function that has a traced form has a stand-in, whichever way its module is come by."""
    for name, forms in scientific.FORMS.items():
        own = importlib.import_module(name)
        stand_ins.load()
        of_module = stand_ins.stand_in(own)
        for each in forms:
            assert type(getattr(of_module, each)) is stand_ins.Asking, (name, each)
    for f in (
        lambda x: np.sum(scipy.spatial.distance.cdist(x, 2 * x)),
        lambda x: np.sum(spatial.distance.cdist(x, 2 * x)),
        lambda x: np.sum(distance.cdist(x, 2 * x)),
        lambda x: np.sum(cdist(x, 2 * x)),
        lambda x: np.sum(SAVED["far"](x, 2 * x)),
    ):
        np.testing.assert_allclose(cr.grad(f)(X), cr.grad(by_hand)(X), rtol=1e-12)
    assert None not in [held for held, _ in stand_ins._stand_ins.values()]


PACKAGE = {
    "__init__.py": "",
    "parts/__init__.py": "from . import weights\n",
    "parts/weights.py": "import numpy as np\nclass Weights:\n    def joined(self, x):\n        return np.array([x[0], self.twice(x[1])])\n"
    "    def twice(self, x):\n        made = np.zeros(1)\n        made[0] = 2 * x\n        return made[0]\n",
    "later.py": "from {0}.parts.weights import Weights\ndef get():\n    import {0}.parts.weights as w\n    return w.Weights()\n",
    "lazy.py": "import importlib\nclass Lazy:\n    def __getattr__(self, name):\n        return getattr(importlib.import_module('numpy'), name)\n"
    "lazy = Lazy()\n",
}
PROGRAMS = {
    "parts of parts": "import {0}.parts\ndef f(x): return {0}.parts.weights.Weights().joined(x).sum()",
    "a name that is imported": "def f(x):\n    from {0}.parts.weights import Weights\n    return Weights().joined(x).sum()",
    "a module that is imported": "def f(x):\n    import {0}.parts.weights\n    return {0}.parts.weights.Weights().joined(x).sum()",
    "a module under another name": "def f(x):\n    import {0}.parts.weights as own\n    return own.Weights().joined(x).sum()",
    "what a function that is imported imports": "def f(x):\n    from {0}.later import get\n    return get().joined(x).sum()",
    "import_module": "import importlib\ndef f(x): return importlib.import_module('{0}.later').get().joined(x).sum()",
    "NumPy by import_module": "from {0}.lazy import lazy\ndef f(x): return lazy.sum(lazy.array([x[0], 2 * x[1]]))",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_reached_only_while_the_function_runs(program, tmp_path, monkeypatch):
    """Parts of packages, and what the function imports, are bound too, and bound back when it returns."""
    name = f"late_{list(PROGRAMS).index(program)}"
    for path, text in PACKAGE.items():
        (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name / path).write_text(text.replace("{0}", name), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    scope = module(PROGRAMS[program].replace("{0}", name))
    slope = cr.grad(scope.f)
    for _ in range(2):
        assert slope(X[0]).tolist() == [1, 2, 0]
    assert cr.derive(scope.f, (X[0],))(X[0]).tolist() == [1, 2, 0]
    for each in [each for key, each in sys.modules.items() if key.startswith(name)]:
        assert getattr(each, "np", np) is np
    assert scope.f(np.array([1.0, 2.0])) == 5


SAVED = {"far": cdist}


def by_hand(x):
    return np.sum(np.sqrt(np.sum((x[:, None] - 2 * x[None]) ** 2, axis=-1)))


# ---- undone ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit, None])
def test_undone_after_an_error_in_the_midst(error):
    def f(x):
        y = np.array([logsumexp(x), x[0]])
        assert id(np) != OWN[0] and id(logsumexp) != OWN[2]
        if error is None:
            return np.sum(y) + complex(x[0])
        raise error

    for run in (cr.grad(f), lambda x: cr.trace(f, [x]), lambda x: cr.grad(lambda x: cr.grad(f)(x)[0])(x)):
        with pytest.raises(error or cr.TracingError):
            run(X[0])
        assert is_undone()


def test_what_someone_else_binds_in_the_midst_stays():
    scope = module(
        "import numpy as np\ndef f(x):\n    global np\n    y = np.array([x[0]])\n    np = 'mine'\n    return y[0]"
    )
    assert cr.grad(scope.f)(X[0]).tolist() == [1, 0, 0]
    assert scope.np == "mine"


def test_a_generator_and_a_coroutine_outlive_the_trace():
    def numbers():
        while True:
            yield np.array([1.0, 2.0])

    rows = numbers()
    assert cr.grad(lambda x: np.sum(x[:2] * next(rows)))(X[0]).tolist() == [1, 2, 0]
    assert next(rows).tolist() == [1, 2]

    async def step(x):
        await asyncio.sleep(0)
        slope = cr.grad(lambda x: logsumexp(np.array([x[0], x[1]])))(x)
        await asyncio.sleep(0)
        return slope

    async def both():
        return await asyncio.gather(step(X[0]), step(X[1]))

    for slope, x in zip(asyncio.run(both()), X, strict=True):
        np.testing.assert_allclose(slope, cr.grad(of_two)(x))
    np.testing.assert_allclose(cr.grad(lambda x: asyncio.run(awaited(x)))(X[0]), cr.grad(of_two)(X[0]))
    assert is_undone()


async def awaited(x):
    return logsumexp(np.array([x[0], x[1]]))


def test_what_is_kept_of_a_trace_works_after_it():
    kept = []

    def f(x):
        kept.extend([np, np.array, logsumexp, functools.partial(np.full, 2)])
        return np.sum(np.array([x[0]]))

    cr.grad(f)(X[0])
    theirs, array, total, full = kept
    assert theirs.pi == np.pi and theirs.array is array and theirs.linalg.qr is np.linalg.qr
    assert array([1, 2]).tolist() == [1, 2] and full(3).tolist() == [3, 3] and total([0.0, 0.0]) == np.log(2)
    assert array.__name__ == "array" and inspect.signature(total) == inspect.signature(logsumexp)


# ---- threads -----------------------------------------------------------------------------------------------------------


def test_several_threads_trace_and_one_that_does_not_sees_numpy():
    wrong, done, go = [], threading.Event(), threading.Barrier(4)
    expected = cr.grad(of_two)(X[0])

    def traces():
        go.wait()
        for each in range(150):
            f = (lambda x: logsumexp(np.array([x[0], x[1]]))) if each % 2 else NET.of_object
            slope = cr.grad(f)(X[0])
            if not np.allclose(slope, expected, rtol=1e-12):
                wrong.append(slope)

    def does_not():
        go.wait()
        while not done.is_set():
            made = np.array([1.0, 2.0])
            if type(made) is not np.ndarray or not np.isclose(logsumexp(made), np.log(np.e + np.e**2)):
                wrong.append(made)
            if id(pickle.loads(pickle.dumps(np.array))) != OWN[1]:
                wrong.append("pickle")

    threads = [threading.Thread(target=each) for each in (traces, traces, traces, does_not)]
    for thread in threads:
        thread.start()
    for thread in threads[:3]:
        thread.join()
    done.set()
    threads[3].join()
    assert not wrong
    assert is_undone()


def test_a_trace_that_ends_first_leaves_the_other_its_stand_ins():
    first, second = threading.Event(), threading.Event()

    def begins_first(x):
        y = np.array([x[0]])
        first.set()
        assert second.wait(10)
        return y[0]

    def ends_last(x):
        assert first.wait(10)
        y = np.array([x[1]])
        second.set()
        other.join(10)
        return np.sum(np.array([y[0], logsumexp(x)]))

    slopes = []
    other = threading.Thread(target=lambda: slopes.append(cr.grad(begins_first)(X[0])))
    other.start()
    np.testing.assert_allclose(cr.grad(ends_last)(X[0]), np.array([0.0, 1.0, 0.0]) + cr.grad(total_of)(X[0]))
    assert slopes[0].tolist() == [1, 0, 0]
    assert id(np) == OWN[0] and not interception._places


def test_a_thread_that_the_function_begins():
    def f(x):
        found = []
        thread = threading.Thread(target=lambda: found.append(logsumexp(np.array([x[0], x[1]]))))
        thread.start()
        thread.join()
        return found[0]

    np.testing.assert_allclose(cr.grad(f)(X[0]), cr.grad(of_two)(X[0]))


# ---- cost --------------------------------------------------------------------------------------------------------------


def test_a_function_is_looked_through_once_while_nothing_changes(monkeypatch):
    looked = []
    reach = interception.Reach
    monkeypatch.setattr(interception, "Reach", lambda *args: looked.append(args) or reach(*args))
    slope = cr.grad(lambda x, p: logsumexp(joined(x)) * p["b"][0])
    for _ in range(5):
        slope(X[0], {"b": [2.0], "name": "p"})
    assert len(looked) == 1
    slope(X[0], {"b": [2.0], "name": NET})  # which might hold anything
    assert len(looked) == 2


def test_who_needs_no_stand_in_gets_none():
    def f(x):  # makes no list, as an assertion would here
        found.add(id(np))
        found.add(id(builtins.__import__))
        return np.sum(np.tanh(x))

    found = set()
    cr.grad(f)(X)
    cr.trace(f, [X])
    assert found == {OWN[0], OWN[-1]}


# ---- values ------------------------------------------------------------------------------------------------------------

ARRAYS = {
    "numbers": lambda x: np.array([x[0], 2, True]),
    "rows": lambda x: np.array([x, (1, 2, 3)]),
    "a cube": lambda x: np.array([[[x[0]], [1.0]]]),
    "a cast": lambda x: np.array([x[0], 2.7], np.float32),
    "whole numbers": lambda x: np.array([x[0] * 10, 2.7], int),
    "of float32": lambda x: np.array([x[0].astype(np.float32), np.float32(2)]),
    "of float32 and a float": lambda x: np.array([x[0].astype(np.float32), 2.0]),
    "one number": lambda x: np.array(x[0]),
    "axes in front": lambda x: np.array([x], ndmin=4),
    "asarray": lambda x: np.asarray(x, np.float32),
    "ascontiguousarray": lambda x: np.ascontiguousarray(x[0]),
    "asfortranarray": lambda x: np.asfortranarray([x[0], 1]),
    "full": lambda x: np.full((2, 3), x),
    "full of a type": lambda x: np.full(4, x[0], np.float32),
    "full of a row": lambda x: np.full([2, 2], [x[0], 1]),
    "r_": lambda x: np.r_[x, 1.0, 2:5, x[0], [x[1], 3]],
    "r_ of matrices": lambda x: np.r_[np.stack([x, x]), np.ones((1, 3))],
    "r_ of float32 and a float": lambda x: np.r_[x.astype(np.float32), 2.0],
    "c_": lambda x: np.c_[x, x * x, [1, 2, 3]],
    "c_ of a matrix": lambda x: np.c_[np.ones((3, 2)), x, 0:3],
    "c_ of numbers": lambda x: np.c_[x[0], 1.0, x[1]],
    "c_ of one": lambda x: np.c_[x],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_traced_values_is_numpys(name):
    f = ARRAYS[name]
    right = f(X[0])
    found = cr.trace(f, [X[0]])(X[0])
    assert found.shape == right.shape and found.dtype == right.dtype
    np.testing.assert_array_equal(found, right)


PARAMETERS = {"quantile": (0.3,), "percentile": (30.0,)}


@pytest.mark.parametrize("name", stand_ins._REDUCTIONS)
def test_a_reduction_takes_a_list_of_traced_values_as_an_array(name):
    reduction = getattr(np, name)
    rest = PARAMETERS.get(name, ())
    lists = {
        "numbers": lambda x: reduction([x[0], 2.0, x[2]], *rest),
        "a tuple": lambda x: reduction((x[0], x[1]), *rest),
        "rows": lambda x: reduction([x, x * x], *rest, axis=0),
        "a comprehension": lambda x: reduction([each * each for each in x], *rest),
        "what a helper returns": lambda x: reduction(*(squares(x), *rest)),
    }
    for said, f in lists.items():
        right = f(X[0])
        found = cr.trace(f, [X[0]])(X[0])
        assert np.shape(found) == np.shape(right), said
        np.testing.assert_allclose(found, right, rtol=1e-14, err_msg=said)


def squares(x):
    return list(map(np.square, x))


LISTED = {
    "norm": lambda x: np.linalg.norm([x[0], x[1]]), "solve": lambda x: np.linalg.solve([[x[0], 1.0], [0.0, x[1]]], [x[2], 1.0]).sum(),
    "cross": lambda x: np.cross([x[0], 0.0, 1.0], (x[1], x[2], 0.0)).sum(), "dot": lambda x: np.dot([x[0], x[1]], [2.0, 3.0]),
    "vstack": lambda x: np.vstack([[x[0], 1.0], (0.0, x[1])]).prod(axis=1).sum(), "hstack": lambda x: np.hstack(([x[0], 1.0], x)).sum() ** 2,
    "concatenate": lambda x: np.concatenate(([x[0]], [2.0], x)).prod(), "stack": lambda x: np.stack([[x[0], 1.0], x[1:]])[:, 0].prod(),
    "tile": lambda x: np.tile([x[0], x[1]], 3).prod(), "repeat": lambda x: np.repeat([x[0], 2.0], 2).prod(),
    "where": lambda x: np.where([True, False], [x[0], x[1]], [x[2], 1.0]).sum(), "diag": lambda x: np.diag([1.0, x[0]])[1, 1] ** 2,
    "atleast_2d": lambda x: np.atleast_2d([x[0], x[1]]).T.sum() ** 2, "outer": lambda x: np.outer([x[0], 1.0], [x[1], 2.0]).sum() ** 2,
    "interp": lambda x: np.interp([0.5, 0.7], [0.0, 1.0], [x[0], x[1]]).prod(), "reshape": lambda x: np.reshape([x[0], x[1]], (2, 1))[1, 0],
    "shape": lambda x: np.sum(np.ones(np.shape([x[0], x[1]])) * x[0]), "sort": lambda x: np.sort([x[0], x[1], 0.5])[0],
}  # fmt: skip


def slopes(f, x, step=1e-6):
    return [(f(x + step * along) - f(x - step * along)) / (2 * step) for along in np.eye(x.size)]


@pytest.mark.parametrize("name", LISTED)
def test_a_list_of_traced_values_is_an_array_for_other_functions(name):
    f = LISTED[name]
    for run in (cr.grad(f), cr.derive(f, (X[1],))):
        np.testing.assert_allclose(run(X[1]), slopes(f, X[1]), rtol=1e-7, atol=1e-8)


def softened(a, b):
    return a * b if a > 0.25 else math.exp(a) - b


VECTORIZED = np.vectorize(softened)
PRODUCTS = np.vectorize(np.dot, signature="(n),(n)->()")


@np.vectorize
def decorated(a):
    return np.sin(a) if a < 1 else np.cos(a)


BY_ELEMENTS = {
    "made before": lambda x: VECTORIZED(x, 2.0).sum(),
    "made within": lambda x: np.vectorize(softened)(x, [1.0, 2.0, 3.0]).sum(),
    "broadcast": lambda x: VECTORIZED(x[:, None], np.ones((2, 1, 3)) * x).sum(),
    "of numbers": lambda x: VECTORIZED(x[0], x[1]),
    "a decorator": lambda x: decorated(x).sum(),
    "two results": lambda x: np.sum(np.vectorize(lambda a: (a * a, 2 * a))(x)[0]) * np.vectorize(lambda a: (a, 2 * a))(x)[1].prod(),
    "a signature": lambda x: PRODUCTS(np.outer(x, x), x).prod() + PRODUCTS(x, np.ones(3)),
    "parts of results": lambda x: np.vectorize(np.cumsum, signature="(n)->(n)")(np.outer(x, x))[2, 1],
    "a position left out": lambda x: np.vectorize(lambda a, k: a ** len(k), excluded=[1])(x, [1, 2, 3]).sum(),
    "types": lambda x: np.vectorize(softened, otypes=[float])(x, 1).sum(),
    "nothing traced": lambda x: decorated(np.ones(3)).sum() * x[0],
}  # fmt: skip


@pytest.mark.parametrize("name", BY_ELEMENTS)
def test_vectorized_functions_are_called_by_elements(name):
    f = BY_ELEMENTS[name]
    for run in (cr.grad(f), cr.compile(cr.grad(f)), cr.derive(f, (X[1],))):
        np.testing.assert_allclose(run(X[1]), slopes(f, X[1]), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(cr.trace(f, [X[1]])(X[1]), f(X[1]), rtol=1e-14)
    assert type(VECTORIZED) is type(decorated) is np.vectorize


def test_a_vectorized_function_of_nothing_is_numpys_error():
    with pytest.raises(ValueError, match="cannot call `vectorize` on size 0 inputs"):
        cr.grad(lambda x: np.sum(VECTORIZED(x[:0], 1.0)))(X[0])


def test_gradients_through_reductions_of_lists():
    total = np.sum
    assert cr.grad(lambda x: np.sum([x[0], 2.0, x[2]]) * total((x[1], x[1])))(X[0]).tolist() == [-2.0, 2 * 4.3, -2.0]
    for run in (cr.grad, lambda f: cr.compile(cr.grad(f)), lambda f: cr.derive(f, [[1.0, 3.0]])):
        assert run(lambda p: np.mean(p))([1.0, 3.0]) == [0.5, 0.5]
    assert cr.trace(lambda p: np.mean(p["rows"]), [{"rows": (1.0, 3.0)}])({"rows": (1.0, 3.0)}) == 2.0
    assert cr.grad(lambda *p: np.prod(p), (0, 1))(2.0, 3.0) == (3.0, 2.0)
    slope = cr.grad(np.max)
    assert slope(X[0]).tolist() == [0, 0, 1]
    assert slope([1.0, 3.0]) == [0, 1]


def test_gradients_of_arrays_are_autograds():
    autograd = pytest.importorskip("autograd")
    import autograd.numpy as anp

    def energy(np, x):
        rows = np.array([[x[0], x[1] ** 2, 1.0], [2.0, np.sin(x[2]), x[0] * x[1]]])
        return np.sum(np.dot(rows, np.array([x[2], 3.0, x[0]])) ** 2)

    np.testing.assert_allclose(
        cr.grad(functools.partial(energy, np))(X[0]), autograd.grad(functools.partial(energy, anp))(X[0]), rtol=1e-12
    )


def test_a_copy_is_no_alias_and_what_is_none_is():
    def copies(x):
        y = x * 1.0
        z = np.array(y)
        z *= 3.0
        return np.sum(y * z)

    np.testing.assert_allclose(cr.grad(copies)(X[0]), 6 * X[0])

    def same(x):
        y = x * 1.0
        z = np.asarray(y)
        z *= 3.0
        return np.sum(y * z)

    np.testing.assert_allclose(cr.grad(same)(X[0]), 18 * X[0])


def test_rows_of_different_lengths():
    with pytest.raises(ValueError, match="the shapes differ"):
        cr.grad(lambda x: np.array([[x[0]], [x[1], x[2]]]))(X[0])


def test_which_classes_take_no_stand_in():
    class Own:
        pass

    for kind in (str, dict, type(re.compile("")), np.ndarray, Own, type("Made", (Own,), {})):
        try:
            type.__setattr__(kind, "own_name", 1)
            type.__delattr__(kind, "own_name")
            refused = False
        except TypeError:
            refused = True
        assert interception._is_immutable(kind) is refused
