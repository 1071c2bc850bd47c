"""What others say of a traced array becomes one sentence with the user's line and advice that helps, or it works."""

import decimal
import fractions
import shutil
import statistics
import struct
import subprocess
import sys
import sysconfig

import numpy as np
import pytest

import chainrule as cr

X = np.array([0.2, 0.7])
GENERAL = "write it with np functions, or declare it with @chainrule.primitive, which takes a derivative by hand."


class Holder:
    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


class Marked(np.ndarray):
    def __new__(cls, array):
        return np.asarray(array).view(cls)


class Buffered(np.ndarray):
    def __new__(cls, array):
        return np.ndarray.__new__(cls, (2,), float, buffer=array)


def refuse_others(x):
    if not type(x).__module__.startswith("numpy"):
        raise TypeError(f"{type(x).__name__} is not a supported array type")
    return x


REFUSED = {
    "an object in a ufunc": (
        lambda x: np.sum(np.sin(Holder(x))),
        "NumPy makes plain arrays of objects that have __array__, and here it returns a traced one; "
        "write np.asarray(…) around the object.",
    ),
    "an object in a product": (
        lambda x: np.sum(x * Holder(x)),
        "NumPy makes plain arrays of objects that have __array__, and here it returns a traced one; "
        "write np.asarray(…) around the object.",
    ),
    "a subclass of np.ndarray": (
        lambda x: np.sum(Marked(x)),
        "a traced array does not become an object of Marked, a subclass of np.ndarray; "
        "keep the array in an attribute of an object.",
    ),
    "a subclass over a buffer": (
        lambda x: np.sum(Buffered(x)),
        "a traced array has no memory that is shared with others; "
        "make a new array with np.array(…) and work on it with np functions.",
    ),
    "memoryview": (
        lambda x: np.sum(memoryview(x)),
        "a traced array has no memory that is shared with others; "
        "make a new array with np.array(…) and work on it with np functions.",
    ),
    "struct.pack": (
        lambda x: struct.pack("d", x[0]),
        f"a function that takes plain arrays and numbers is given a traced one; {GENERAL}",
    ),
    "decimal": (
        lambda x: decimal.Decimal(x[0]),
        f"a function that takes plain arrays and numbers is given a traced one; {GENERAL}",
    ),
    "a library that asks for a type": (
        lambda x: np.sum(refuse_others(x)),
        f"a function that takes plain arrays and numbers is given a traced one; {GENERAL}",
    ),
    "bits of other numbers": (
        lambda x: x.view(np.int64),
        ".view(int64) reads the bits of numbers as others; write .astype(int64).",
    ),
}


@pytest.mark.parametrize(("f", "said"), REFUSED.values(), ids=[*REFUSED])
def test_complaints_name_the_line_and_what_helps(f, said):
    with pytest.raises(cr.TracingError) as error:
        cr.grad(f)(X)
    place, _, sentence = str(error.value).partition("\n")[0].partition(": ")
    assert sentence == said
    assert place.startswith("test_complaints.py:")


def test_lines_of_the_standard_library_are_not_the_users():
    with pytest.raises(AttributeError, match=r"^test_complaints\.py:") as error:
        cr.grad(lambda x: float(fractions.Fraction(x[0])))(X)
    assert "a traced array has no .as_integer_ratio" in str(error.value)


def test_what_the_complaints_advise():
    np.testing.assert_allclose(cr.grad(lambda x: np.sum(np.sin(np.asarray(Holder(x)))))(X), np.cos(X))
    np.testing.assert_allclose(cr.grad(lambda x: np.sum(np.array(Holder(x)) * x))(X), 2 * X)
    np.testing.assert_allclose(cr.grad(lambda x: np.sum(x * Holder(np.ones(2))))(X), [1, 1])

    @cr.primitive(lambda g, y, x: g * 3.0)
    def packed(x):
        return np.asarray(x) * 3.0

    np.testing.assert_allclose(cr.grad(lambda x: packed(x[0]))(X), [3, 0])


DATA = [0.3, 0.9, 0.4]
STATISTICS = {
    "mean": (lambda d: statistics.mean(d), statistics.mean),
    "fmean": (lambda d: statistics.fmean(d), statistics.fmean),
    "weighted": (lambda d: statistics.fmean(d, [1, 2, 3]), lambda d: statistics.fmean(d, [1, 2, 3])),
    "geometric_mean": (lambda d: statistics.geometric_mean(d), statistics.geometric_mean),
    "harmonic_mean": (lambda d: statistics.harmonic_mean(d), statistics.harmonic_mean),
    "variance": (lambda d: statistics.variance(d), statistics.variance),
    "around": (lambda d: statistics.pvariance(d, 0.5), lambda d: statistics.pvariance(d, 0.5)),
    "stdev": (lambda d: statistics.stdev(d), statistics.stdev),
    "pstdev": (lambda d: statistics.pstdev(d), statistics.pstdev),
    "median": (lambda d: statistics.median(d), statistics.median),
}


@pytest.mark.parametrize(("f", "own"), STATISTICS.values(), ids=[*STATISTICS])
def test_statistics_of_traced_numbers(f, own):
    x = np.array(DATA)
    value, slopes = cr.value_and_grad(lambda x: f([x[0], x[1], x[2]]))(x)
    assert value == pytest.approx(own(DATA), rel=1e-12)
    np.testing.assert_allclose(cr.grad(f)(x), slopes, rtol=1e-12)
    for place in range(3):
        above, below = ([each + h * (k == place) for k, each in enumerate(DATA)] for h in (1e-6, -1e-6))
        assert slopes[place] == pytest.approx((own(above) - own(below)) / 2e-6, rel=1e-6)


def test_an_array_names_numpy_as_its_functions():
    def f(x):
        xp = x.__array_namespace__()
        b = xp.zeros(2)
        b[0] = x[0] * x[1]
        return xp.sum(b)

    np.testing.assert_allclose(cr.grad(f)(X), X[::-1])


EXTENSION = r"""
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *total(PyObject *self, PyObject *arg) {
    Py_buffer view;
    double sum = 0;
    if (PyObject_GetBuffer(arg, &view, PyBUF_CONTIG) < 0) return NULL;
    for (Py_ssize_t i = 0; i < view.len / 8; i++) {
        sum += ((double *)view.buf)[i];
        ((double *)view.buf)[i] = 7.0;
    }
    PyBuffer_Release(&view);
    return PyFloat_FromDouble(sum);
}
static PyMethodDef methods[] = {{"total", total, METH_O, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "users_extension", NULL, -1, methods};
PyMODINIT_FUNC PyInit_users_extension(void) { return PyModule_Create(&module); }
"""


@pytest.fixture(scope="module")
def extension(tmp_path_factory):
    """A module in C, of a function that adds up an array and overwrites it with 7."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("extension")
    (folder / "module.c").write_text(EXTENSION, encoding="utf-8")
    target = folder / f"users_extension{sysconfig.get_config_var('EXT_SUFFIX')}"
    command = [
        compiler,
        "-shared",
        "-fPIC",
        f"-I{sysconfig.get_path('include')}",
        str(folder / "module.c"),
        "-o",
        str(target),
    ]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("Python's headers are not installed")
    sys.path.insert(0, str(folder))
    import users_extension

    yield users_extension
    sys.path.remove(str(folder))
    del sys.modules["users_extension"]


def test_functions_in_c_are_given_plain_arrays(extension):
    def f(x):
        b = np.ones(2)
        before = extension.total(b)
        b[0] = b[0] * x[0]
        return before * np.sum(b * x)

    np.testing.assert_allclose(cr.grad(f)(X), [2 * 7 * 2 * X[0], 2 * 7])
    assert extension.total(np.ones(2)) == 2


def test_functions_in_c_refuse_traced_ones_by_line(extension):
    with pytest.raises(cr.TracingError, match=r"^test_complaints\.py:.*a traced array has no memory") as error:
        cr.grad(lambda x: extension.total(x))(X)
    assert isinstance(error.value.__cause__, TypeError)
