"""Arrays that a traced function makes, by whatever function and in whatever module, take the traced numbers written to them."""

import importlib
import io
import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr

X = np.array([0.2, 0.7])
RNG = np.random.default_rng(0)
TEXT, BINARY = "1.0\n2.0\n", io.BytesIO()
np.save(BINARY, np.ones(2))
PICKLED = pickle.dumps(np.ones(2))

MAKERS = {
    "np.ndarray": lambda: np.ndarray(2),
    "np.ndarray by keyword": lambda: np.ndarray(shape=(2,), dtype=float),
    "np.frombuffer": lambda: np.frombuffer(bytearray(16)),
    "np.frombuffer, read-only": lambda: np.frombuffer(bytes(16)),
    "np.fromiter": lambda: np.fromiter([1.0, 2.0], float),
    "np.fromstring": lambda: np.fromstring("1 2", sep=" "),
    "np.fromfunction": lambda: np.fromfunction(lambda i: i * 1.0, (2,)),
    "np.loadtxt": lambda: np.loadtxt(io.StringIO(TEXT)),
    "np.genfromtxt": lambda: np.genfromtxt(io.StringIO(TEXT)),
    "np.load": lambda: np.load(io.BytesIO(BINARY.getvalue())),
    "np.random.normal": lambda: np.random.normal(size=2),
    "np.random.rand": lambda: np.random.rand(2),
    "np.mgrid": lambda: np.mgrid[0:1:2j],
    "np.r_": lambda: np.r_[1.0, 2.0],
    "np.indices": lambda: np.indices((2,))[0] * 1.0,
    "np.hanning": lambda: np.hanning(2),
    "np.vander": lambda: np.vander([1.0, 2.0], 2)[0],
    "np.bincount": lambda: np.bincount([0, 1], weights=[1.0, 2.0]),
    "np.block": lambda: np.block([1.0, 2.0]),
    "np.require": lambda: np.require([1.0, 2.0], float),
    "np.cumsum of a list": lambda: np.cumsum([1.0, 2.0]),
}
NOT_FOLLOWED = {
    "rng.normal": lambda: RNG.normal(size=2),
    "pickle.loads": lambda: pickle.loads(PICKLED),
    "np.sin of a list": lambda: np.sin([1.0, 2.0]),
    "np.fft.fftfreq": lambda: np.fft.fftfreq(2),
    "a buffer of another's": lambda: np.ndarray((2,), float, bytearray(16)),
}


@pytest.mark.parametrize("make", [*MAKERS.values()], ids=[*MAKERS])
def test_an_array_that_numpy_makes_is_written_to(make):
    def f(x):
        b = make()
        b[0] = x[0] * x[1]
        b[1] = 3.0
        return np.sum(b)

    np.testing.assert_allclose(cr.grad(f)(X), X[::-1])


@pytest.mark.parametrize("make", [*NOT_FOLLOWED.values()], ids=[*NOT_FOLLOWED])
def test_other_arrays_are_copied_as_the_refusal_says(make):
    def f(x):
        b = make()
        b[0] = x[0] * x[1]
        return np.sum(b)

    def as_advised(x):
        b = make()
        b = np.array(b)
        b[0] = x[0] * x[1]
        return np.sum(b)

    with pytest.raises(cr.TracingError) as error:
        cr.grad(f)(X)
    assert str(error.value) == (
        f"test_made_inside.py:{f.__code__.co_firstlineno + 2}: a traced value cannot be put into an array that comes from outside "
        "of the function, or from a call that is not followed; copy it first, as in b = np.array(b).\n"
        "    b[0] = x[0] * x[1]"
    )
    np.testing.assert_allclose(cr.grad(as_advised)(X), X[::-1])


def test_np_ndarray_stays_the_class_that_it_is():
    def f(x):
        plain = np.array([1.0, 2.0])
        assert isinstance(x, np.ndarray)
        assert isinstance(np.ndarray.__new__(np.ndarray, 2), np.ndarray)
        b = np.ndarray(2)
        b[:] = x * plain
        return np.sum(b), np.ndarray

    _, kind = f(X)
    assert kind is np.ndarray
    np.testing.assert_allclose(cr.grad(lambda x: f(x)[0])(X), [1.0, 2.0])


LIBRARY = """
import numpy as np
import {part}

def g(x):
    b = np.zeros(2)
    b[0] = x[0] * x[1]
    return np.sum(b)

def h(x):
    return {part}.g(x)
"""
PART = LIBRARY.replace("import {part}", "").partition("def h")[0]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modules")
    (folder / "written_library.py").write_text(LIBRARY.format(part="written_part"), encoding="utf-8")
    (folder / "written_part.py").write_text(PART, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield importlib.import_module("written_library")
    sys.path.remove(str(folder))
    for name in ("written_library", "written_part"):
        del sys.modules[name]


def import_inside(x):
    import written_library

    return written_library.g(x)


def import_a_function_inside(x):
    from written_library import h

    return h(x)


def import_by_name(x):
    return importlib.import_module("written_library").g(x)


@pytest.mark.parametrize("f", [import_inside, import_a_function_inside, import_by_name])
def test_modules_that_are_imported_inside(f, library):
    np.testing.assert_allclose(cr.grad(f)(X), X[::-1])


@pytest.mark.parametrize(
    "hold",
    [
        lambda m: lambda x: m.g(x),
        lambda m: lambda x: m.h(x),
        lambda m: lambda x: m.written_part.g(x),
        lambda m: lambda x, module=m: module.g(x),
        lambda m: (lambda modules: lambda x: modules[0].g(x))([m]),
        lambda m: (lambda modules: lambda x: modules["m"].h(x))({"m": m}),
        lambda m: (lambda owner: lambda x: owner.m.g(x))(SimpleNamespace(m=m)),
    ],
    ids=["closure", "through another", "attribute", "default", "list", "dict", "object"],
)
def test_modules_that_are_held(hold, library):
    f = hold(library)
    np.testing.assert_allclose(cr.grad(f)(X), X[::-1])
    np.testing.assert_allclose(cr.compile(cr.grad(f), "numpy")(X), X[::-1])


def test_a_module_to_which_no_name_leads_is_named_with_what_helps(library):
    def f(x):
        return sys.modules["written_library"].g(x)

    with pytest.raises(cr.TracingError) as error:
        cr.grad(f)(X)
    assert str(error.value) == (
        "written_library.py:7: a traced value cannot be put into an array in written_library.g, to which the traced function does "
        "not lead by name; import its module with an import statement, and call it as written_library.g(…).\n"
        "    b[0] = x[0] * x[1]"
    )
    np.testing.assert_allclose(cr.grad(import_inside)(X), X[::-1])
