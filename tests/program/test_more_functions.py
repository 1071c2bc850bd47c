"""Functions of SciPy and NumPy that are held against finite differences, twice: values, slopes, second slopes and programs."""

import numpy as np
import pytest
import scipy.fft
import scipy.signal
from scipy import special

import chainrule as cr

X = np.array([0.31, 0.74, 0.22, 0.55])
SIGNAL = np.random.default_rng(4).normal(size=8)
TYPES = [2, 3, 4]
NORMS = [None, "backward", "ortho", "forward"]

FUNCTIONS = {
    "ellipk at 0": (lambda x: np.sum(special.ellipk(x)), np.array([0.0, 1e-5, -1e-5, 0.1])),
    "ellipe at 0": (lambda x: np.sum(special.ellipe(x)), np.array([0.0, 1e-5, -1e-5, 0.1])),
    "yv": (lambda x: np.sum(special.yv(1.3, x)), X),
    "hankel1": (lambda x: np.sum(np.real(special.hankel1(1.3, x) * (1 + 2j))), X),
    "hankel2": (lambda x: np.sum(np.abs(special.hankel2(0, x))), X),
    "wofz": (lambda x: np.sum(np.abs(special.wofz(x))), X),
    "Voigt profile": (lambda x: np.sum(special.wofz((x + 0.3j) / np.sqrt(2)).real), X),
    "spherical_jn": (lambda x: np.sum(special.spherical_jn(0, x) + special.spherical_jn(3, x)), X),
    "spherical_jn at 0": (lambda x: np.sum(special.spherical_jn(1, x)), np.array([0.0, 1e-3])),
    "spherical_jn'": (lambda x: np.sum(special.spherical_jn(2, x, derivative=True)), X),
    "spherical_yn": (lambda x: np.sum(special.spherical_yn(1, x)), X),
    "spherical_in": (lambda x: np.sum(special.spherical_in(2, x)), X),
    "spherical_kn": (lambda x: np.sum(special.spherical_kn(1, x)), X),
    "hyp0f1": (lambda x: np.sum(special.hyp0f1(1.2, x)), X),
    "hyp1f1": (lambda x: np.sum(special.hyp1f1(1.2, 2.3, x)), X),
    "hyp2f1": (lambda x: np.sum(special.hyp2f1(1.2, 0.4, 2.3, x)), X),
    "lambertw": (lambda x: np.sum(special.lambertw(x).real), X),
    "lambertw of k=-1": (lambda x: np.sum(np.real(special.lambertw(-x / 3, k=-1))), X),
    "lfilter": (lambda x: np.sum(scipy.signal.lfilter([1.0, 0.3, 0.2], [1.2, 0.4, -0.2], x) ** 2), SIGNAL),
    "lfilter of traced coefficients": (
        lambda x: np.sum(scipy.signal.lfilter(x[:3], [1 + x[3] ** 2, 0.1 * x[4], 0.1 * x[5]], x) ** 2),
        SIGNAL,
    ),
    "lfilter along an axis": (
        lambda x: np.sum(scipy.signal.lfilter([1.0, 0.3], [1.2, 0.4, -0.2], np.reshape(x, (4, 2)), axis=0) ** 2),
        SIGNAL,
    ),
    "lfilter without recursion": (lambda x: np.sum(scipy.signal.lfilter([1.0, 0.3, 0.2], 1.0, x) ** 2), SIGNAL),
    "lfilter longer than the signal": (
        lambda x: np.sum(scipy.signal.lfilter(np.ones(9), [1.0, 0.2], x[:3]) ** 2),
        SIGNAL,
    ),
    "roots": (lambda x: np.sum(np.abs(np.roots([1.0, x[0], x[1]]) - 1)), X),
    "real roots": (lambda x: np.max(np.roots([1.0, -3 * x[1], x[0] / 2])), X),
    "emath of negative numbers": (
        lambda x: np.sum(np.abs(np.emath.sqrt(-x) + np.emath.log(-x) * np.lib.scimath.power(-x, 0.3))),
        X,
    ),
    "emath of positive numbers": (
        lambda x: np.sum(
            np.emath.sqrt(x) * np.emath.log2(x) + np.emath.power(x, 2) + np.emath.logn(3, x) + np.emath.log10(x)
        ),
        X,
    ),
    "emath.arctanh": (lambda x: np.sum(np.abs(np.emath.arctanh(3 * x))), X),
    "a list before an operator": (lambda x: np.sum(([x[0], x[1], 2.0, x[3]] - x * x) ** 2), X),
    "a list behind one": (lambda x: np.sum((x * x - (x[0], x[1], 2.0, x[3])) ** 3), X),
    "a nested list": (lambda x: np.sum([[x[0], x[1]], [1.0, 2.0]] @ x[:2]), X),
    "a compared list": (lambda x: np.sum(([x[0], 0.5, 0.5, 0.5] < x * 1.1) * x**2), X),
}


@pytest.mark.parametrize(("f", "x"), FUNCTIONS.values(), ids=[*FUNCTIONS])
def test_values_slopes_and_programs(f, x):
    direction, step = np.cos(np.arange(x.size)), 1e-6
    value, slope = cr.value_and_grad(f)(x)
    assert value == pytest.approx(f(x), rel=1e-12)
    assert np.sum(slope * direction) == pytest.approx(
        (f(x + step * direction) - f(x - step * direction)) / (2 * step), rel=1e-6
    )
    program = cr.derive(f, (x,))
    np.testing.assert_allclose(program(x), slope, rtol=1e-12)
    np.testing.assert_allclose(cr.compile(cr.grad(f), "numpy")(x), slope, rtol=1e-12)

    second = cr.grad(lambda x: np.sum(cr.grad(f)(x) * direction))(x)
    above, below = (np.sum(cr.grad(f)(x + h * direction) * direction) for h in (step, -step))
    assert np.sum(second * direction) == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", TYPES)
def test_cosine_transforms(kind, norm):
    functions = [
        lambda x: np.sum(scipy.fft.dct(x, kind, norm=norm) ** 3),
        lambda x: np.sum(scipy.fft.idct(np.reshape(x, (2, 4)), kind, n=3, axis=0, norm=norm) ** 3),
        lambda x: np.sum(scipy.fft.dct(x, kind, 5, norm=norm) ** 3),
    ]
    for f in functions:
        test_values_slopes_and_programs(f, SIGNAL)


def test_a_cosine_transform_and_its_inverse():
    back = cr.jacobian(lambda x: scipy.fft.idct(scipy.fft.dct(x, 2), 2))(SIGNAL)
    np.testing.assert_allclose(back, np.eye(8), atol=1e-12)


MASKED = {
    "read": lambda x: np.sum(x[x > 0.2] ** 2),
    "read and written": lambda x: write_where(x, x > 0.2),
    "False": lambda x: write_where(x, x > 9),
    "both sides": lambda x: write_both(x),
}


def write_where(x, mask):
    y = np.zeros_like(x)
    y[mask] = np.sin(x[mask])
    return np.sum(y * x)


def write_both(x):
    y = np.array(x)
    y[x > 0.2] *= x
    y[~(x > 0.2)] = 1.0
    return np.sum(y)


@pytest.mark.parametrize("f", MASKED.values(), ids=[*MASKED])
@pytest.mark.parametrize("x", [0.5, 0.1])
def test_masks_of_arrays_without_axes(f, x):
    point, step = np.array(x), 1e-6
    value, slope = cr.value_and_grad(f)(point)
    assert value == f(point)
    assert slope == pytest.approx((f(point + step) - f(point - step)) / (2 * step), abs=1e-8)
    assert cr.compile(cr.grad(f), "numpy")(point) == slope


REFUSED = {
    "lambertw where it is complex": (
        lambda x: np.sum(special.lambertw(-x).real),
        "scipy.special.lambertw has a derivative here where it is real; pass x >= -1 / e, and for the branch k=-1 also x < 0.",
    ),
    "several orders": (
        lambda x: np.sum(special.spherical_jn([0, 1, 2, 3], x)),
        "scipy.special.spherical_jn has no derivative with respect to its order; pass n as a plain int.",
    ),
    "dct of type 1": (
        lambda x: np.sum(scipy.fft.dct(x, 1)),
        "scipy.fft.dct of this type has no derivative here; write type=2, 3 or 4, without orthogonalize=.",
    ),
    "lfilter with a state": (
        lambda x: np.sum(scipy.signal.lfilter([1.0], [1.0, 0.2], x, zi=[0.1])[0]),
        "scipy.signal.lfilter with zi= has no derivative here; put what was before in front of x.",
    ),
    "roots of 0": (
        lambda x: np.sum(np.real(np.roots([0.0, x[0], x[1]]))),
        "np.roots has no derivative here where the first or the last coefficient is 0; leave out zeros at the ends.",
    ),
}


@pytest.mark.parametrize(("f", "said"), REFUSED.values(), ids=[*REFUSED])
def test_refusals(f, said):
    with pytest.raises(cr.TracingError) as error:
        cr.grad(f)(X)
    assert str(error.value).partition("\n")[0].partition(": ")[2] == said


def test_a_compiled_program_is_traced_again_where_roots_are_no_longer_real():
    compiled = cr.compile(cr.grad(lambda p: np.max(np.roots([1.0, p[0], p[1]]))), "numpy")
    np.testing.assert_allclose(compiled(np.array([-3.0, 2.0])), [-2.0, -1.0])
    with pytest.raises(cr.TracingError, match=r"np\.max of complex numbers has no derivative here"):
        compiled(np.array([1.0, 2.0]))
