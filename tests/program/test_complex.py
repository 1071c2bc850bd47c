"""Complex numbers: every operation that takes them is held against differences along both axes, all others refuse them."""

import cmath
import warnings

import numpy as np
import pytest
import scipy.fft

import chainrule as cr
from chainrule.core.binding import bind
from chainrule.core.errors import TracingError
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.structure import flatten
from chainrule.program.refusing import COMPLEX

from . import texts
from .cases import A, B
from .test_compositions import EVERY

RANDOM = np.random.default_rng(3)


def complex_normal(shape, random=RANDOM):
    return random.normal(size=shape) + 1j * random.normal(size=shape)


X, Z = np.array([1.0, 2.0, -0.5, 0.3]), complex_normal(4)
WIDE, WIDE_Z, MATRIX = RANDOM.normal(size=(3, 4)), complex_normal((3, 4)), complex_normal((4, 4)) + 3 * np.eye(4)


def differences(f, x, step=1e-6):
    """∂f/∂Re x + i ∂f/∂Im x, by central differences."""
    found = np.zeros(np.shape(x), np.result_type(x))
    for place in np.ndindex(np.shape(x)):
        for direction in (1, 1j) if np.iscomplexobj(x) else (1,):
            moved = np.zeros(np.shape(x), found.dtype)
            moved[place] = step * direction
            found[place] += direction * (f(x + moved) - f(x - moved)) / (2 * step)
    return found


def total(output):
    """A real number that depends on every number of a result."""
    leaves, _ = flatten(output, (np.ndarray, np.generic, float, complex, cr.core.traced.Traced))
    random = np.random.default_rng(7)
    return sum(np.sum(np.real(complex_normal(np.shape(each), random) * each)) for each in leaves)


def agree(f, x, rtol=2e-6):
    value, slope = cr.value_and_grad(f)(x)
    np.testing.assert_allclose(value, f(x), rtol=1e-12, atol=1e-12)
    expected = differences(f, x)
    assert slope.dtype == expected.dtype
    np.testing.assert_allclose(slope, expected, rtol=rtol, atol=rtol * max(1.0, np.max(np.abs(expected))))


# ---- every operation and every function ------------------------------------------------------------------------------

EXAMPLES = {
    f"{name} {number}": (PRIMITIVES[name], *example)
    for name in sorted(COMPLEX & set(PRIMITIVES) - {"stop_gradient"})
    for number, example in enumerate(PRIMITIVES[name].examples(np.random.default_rng(0)))
}


@pytest.mark.wide
@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("only", [None, 0, 1])
def test_operations(example, only):
    """All operands complex, and each alone beside real ones."""
    primitive, inputs, params = EXAMPLES[example]
    floats = [place for place, each in enumerate(inputs) if np.result_type(each).kind == "f"]
    if only is not None and (len(floats) < 2 or only not in floats):
        return
    if primitive.writes and only == 1:  # which a write refuses
        return
    if primitive.name == "astype":
        params = {"dtype": "complex64"}
    given = [
        each + 0.4j * RANDOM.normal(size=np.shape(each)) if place in floats and only in (None, place) else each
        for place, each in enumerate(inputs)
    ]
    run = primitive.function(tuple(params.items()), len(inputs))
    for place in floats:

        def f(x, place=place, traced=True):
            operands = (*given[:place], x, *given[place + 1 :])
            return total(bind(primitive, operands, tuple(params.items())) if traced else run(*operands))

        slope = cr.grad(f)(given[place])
        expected = differences(lambda x: f(x, traced=False), given[place])
        assert slope.dtype == np.result_type(given[place])
        rtol = 1e-2 if primitive.name == "astype" else 2e-5  # which rounds what is moved
        np.testing.assert_allclose(slope, expected, rtol=rtol, atol=rtol * max(1.0, np.max(np.abs(expected))))


# Beside the axes, where functions have their cuts, and on them with both signs of zero: a function is continuous along a cut.
ON_AXES = [
    (complex(*(part[::-1] if swapped else part)), 1j if swapped else 1.0)
    for swapped in (False, True)
    for part in [(x, side) for x in (-2.5, -0.6, 0.6, 2.5) for side in (1e-3, 0.0, -0.0, -1e-3)]
]
OF_ONE_NUMBER = {  # of a traced number, and of a plain one
    **{name: (lambda z, name=name: bind(PRIMITIVES[name], (z,)), PRIMITIVES[name].function((), 1))
       for name in sorted(COMPLEX & set(PRIMITIVES) - {"stop_gradient", "astype"})
       if PRIMITIVES[name].elementwise and set(PRIMITIVES[name].python.needs) == {"0"}},
    **{f"z ** {n}": (lambda z, n=n: z**n,) * 2 for n in (2, -1, 0.5, -1.5, 1 - 0.5j)},
    "(-2) ** z": (lambda z: (-2 + 0j) ** z,) * 2, "1 / z": (lambda z: 1 / z,) * 2,
    "log(z, 3)": (lambda z: cmath.log(z, 3),) * 2, "angle": (np.angle, np.angle),
}  # fmt: skip


def moved(z, along, step):
    """A number moved along an axis; unlike a sum, it keeps the sign of a zero across it."""
    return complex(z.real, z.imag + step) if along == 1j else complex(z.real + step, z.imag)


@pytest.mark.wide
@pytest.mark.parametrize("name", OF_ONE_NUMBER)
def test_slopes_beside_and_on_cuts_are_those_of_their_side(name):
    """A gradient, at its first and later calls, a program and a directional derivative, held against differences."""
    traced, plain = OF_ONE_NUMBER[name]
    total = lambda z: np.real((0.7 - 0.4j) * traced(z))  # noqa: E731
    at = lambda z: np.real((0.7 - 0.4j) * plain(np.complex128(z)))  # noqa: E731
    step = 1e-6
    for z, along in ON_AXES:
        expected = (at(moved(z, along, step)) - at(moved(z, along, -step))) / (2 * step)
        slopes = [cr.grad(total)(z), cr.grad(total)(z), cr.derive(total, [z])(z)]
        value, ahead = cr.jvp(total, (z,), (along + 0j,))
        found = [*(np.real(np.conj(slope) * along) for slope in slopes), ahead]
        np.testing.assert_allclose(value, at(z), rtol=1e-14)
        np.testing.assert_allclose(found, np.full(4, expected), rtol=1e-5, atol=1e-8, err_msg=f"at {z}")


@pytest.mark.wide
@pytest.mark.parametrize(("name", "function"), EVERY)
def test_no_function_is_wrong(name, function):
    """A function of NumPy or SciPy gives what it gives for plain complex numbers, with the slope of differences, or refuses."""
    z = A + 1j * B

    def f(x):
        return total(function(x))

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            value = f(z)
        except Exception:  # NumPy itself does not take complex numbers, or the case is one of real ones
            return
        try:
            found, slope = cr.value_and_grad(f)(z)
        except (TracingError, TypeError, ValueError):
            return
        if np.isfinite(value):
            np.testing.assert_allclose(found, value, rtol=1e-10, atol=1e-10)
            expected = differences(f, z)
            np.testing.assert_allclose(slope, expected, rtol=1e-5, atol=1e-5 * max(1.0, np.max(np.abs(expected))))


def test_most_functions_that_numpy_has_for_complex_numbers_are_supported():
    """That the test above compares something: so many of its cases, by name."""
    compared = set()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, function in EVERY:
            try:
                cr.grad(lambda z, function=function: total(function(z)))(A + 1j * B)
                compared.add(name)
            except Exception:  # refused
                pass
    assert {
        "sum",
        "mean",
        "var",
        "norm",
        "einsum",
        "tensordot",
        "kron",
        "vdot",
        "conjugate",
        "cumprod",
        "roll",
        "pad",
    } <= compared
    assert len(compared) >= 110


# ---- Fourier transforms ----------------------------------------------------------------------------------------------

TRANSFORMS = {
    **{f"{name}({n}, {axis}, {norm})": (name, {"n": n, "axis": axis, "norm": norm})
       for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
       for n, axis, norm in [(None, -1, None), (6, -1, "ortho"), (2, 0, "forward"), (5, 1, "backward"), (3, 0, "ortho"), (7, -2, None)]},
    **{f"{name}({s}, {axes}, {norm})": (name, {"s": s, "axes": axes, "norm": norm})
       for name in ("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn")
       for s, axes, norm in [(None, (0, 1), None), ((2, 5), (0, 1), "ortho"), ((4, 3), (1, 0), "forward"), (None, (1,), None)]},
    "fft2": ("fft2", {}), "irfftn": ("irfftn", {}), "fftn": ("fftn", {}), "rfft2": ("rfft2", {}),
    "fftshift": ("fftshift", {}), "ifftshift": ("ifftshift", {"axes": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name):
    called, keywords = TRANSFORMS[name]
    transform = getattr(np.fft, called)
    for x in (WIDE, WIDE_Z) if not called.startswith(("rfft", "ihfft")) else (WIDE,):
        agree(lambda x: total(transform(x, **keywords) ** 2), x)
        program = cr.trace(lambda x: transform(x, **keywords), [x])
        np.testing.assert_array_equal(program(x), transform(x, **keywords))
        assert program(x).dtype == transform(x, **keywords).dtype


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_of_scipy(name):
    called, keywords = TRANSFORMS[name]
    transform = getattr(scipy.fft, called)
    x = WIDE if called.startswith(("rfft", "ihfft")) else WIDE_Z
    f = lambda x: total(transform(x, **keywords) ** 2)  # noqa: E731
    np.testing.assert_allclose(cr.value_and_grad(f)(x)[0], f(x), rtol=1e-12)
    np.testing.assert_allclose(
        cr.grad(f)(x), cr.grad(lambda x: total(getattr(np.fft, called)(x, **keywords) ** 2))(x), rtol=1e-12
    )


def test_single_precision_stays_single():
    x = X.astype(np.float32)
    f = lambda x: np.sum(np.abs(np.fft.fft(x) * np.exp(2j * x)) ** 2)  # noqa: E731
    value, slope = cr.value_and_grad(f)(x)
    assert value.dtype == slope.dtype == np.float32 == cr.trace(f, [x])(x).dtype
    np.testing.assert_allclose(slope, cr.grad(f)(X), rtol=1e-4)
    z = Z.astype(np.complex64)
    assert cr.grad(lambda z: np.sum(np.abs(z)))(z).dtype == np.complex64


# ---- programs as people write them -----------------------------------------------------------------------------------

K = 2 * np.pi * np.fft.fftfreq(4)


def power_spectrum(x):
    z = np.fft.fft(x)
    return np.sum(np.arange(4) * np.abs(z) ** 2)


def filtered(x):
    return np.sum(np.real(np.fft.ifft(np.fft.fft(x) * np.exp(-(K**2)))) ** 3)


def spectral_derivative(x):
    return np.sum(np.real(np.fft.ifft(1j * K * np.fft.fft(x))) ** 2 * x)


def array_factor(x):
    s = np.sum(np.exp(1j * x))
    return np.abs(s) ** 2 + s.real * s.imag + np.angle(s) + abs(s.conj() - 1)


def split_steps(x):
    psi = np.exp(-(x**2)) * np.exp(1.3j * x)
    for _ in range(3):
        psi = np.exp(-0.05j * np.cos(x)) * psi
        psi = np.fft.ifft(np.exp(-0.1j * K**2) * np.fft.fft(psi))
    return np.sum(np.abs(psi) ** 2 * x)


def propagated(psi, phase):
    spectrum = np.fft.fft(psi)
    turned = spectrum * phase
    return np.fft.ifft(turned)


def through_functions(x):
    psi = propagated(x + 0j, np.exp(-0.3j * K**2))
    psi = propagated(psi * np.exp(1j * x), np.exp(-0.2j * K**2))
    return np.sum(np.abs(psi) ** 2 * x)


def layers(x):
    n = x + 3.0
    r = 0j
    for k in range(3):
        step = (n[k] - n[k + 1]) / (n[k] + n[k + 1])
        phase = np.exp(2j * n[k + 1] * 0.7)
        r = (step + r * phase) / (1 + step * r * phase)
    return np.abs(r) ** 2


def maxwell(x):
    e = np.linalg.solve(MATRIX + np.diag(1j * x), np.ones(4))
    return np.abs(e[0]) ** 2 + np.real(np.vdot(e, MATRIX @ e))


def filled(x):
    a = np.zeros(4, dtype=complex)
    for i in range(4):
        a[i] = x[i] * (1 + 2j * i)
    a[1:] *= 1j
    a[0] += a[2]
    part = a.real
    a[3] = x[0]
    return np.sum(np.abs(a) ** 2) + part[3] ** 2 + a.imag[1]


def amplitudes(x):
    gate = np.array([[np.cos(x[0]), -1j * np.sin(x[0])], [-1j * np.sin(x[0]), np.cos(x[0])]])
    turn = np.diag(np.exp(1j * x[1:3]))
    state = gate @ turn @ gate @ np.array([1.0, 0j])
    return np.abs(state[0]) ** 2 * x[3]


def exponential(x):
    from scipy.linalg import expm

    h = np.outer(x, x) + np.diag(x)
    return np.abs(expm(-1j * h)[0, 1]) ** 2


def long_steps(x):
    psi = np.exp(1j * x)
    for _ in cr.steps(20):
        psi = np.fft.ifft(np.exp(-0.1j * K**2) * np.fft.fft(psi * np.exp(-0.05j * x)))
    last, rows = cr.scan(lambda z, t: (z * np.exp(0.1j * t), z + 1j), psi, np.arange(12.0))
    return np.sum(np.abs(last + psi) ** 4 * x) + np.sum(np.abs(rows) ** 2)


def recurrence(x):
    a = np.zeros(6, dtype=complex)
    a[0] = x[0] * 1j
    for i in range(1, 6):
        a[i] = a[i - 1] * np.exp(1j * x[1]) + x[2]
    return np.abs(a[-1]) ** 2 + np.sum(np.abs(a)) * x[3]


def polynomial(x):
    return np.abs(np.polyval(x, 1j)) + np.abs(np.polyval(1j * x, x[0]))


PROGRAMS = [
    polynomial,
    long_steps, recurrence,
    through_functions,
    power_spectrum, filtered, spectral_derivative, array_factor, split_steps, layers, maxwell, filled, amplitudes, exponential,
]  # fmt: skip


@pytest.mark.wide
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f):
    agree(f, X)
    expected = cr.grad(f)(X)
    for _ in range(3):  # the compiled backward pass, too
        np.testing.assert_allclose(cr.grad(f)(X), expected, rtol=1e-12, atol=1e-14)
    program = cr.derive(f, (X,))
    scope = {}
    exec(str(program), scope)
    held = [each.value for each in texts.given(scope[program.name], program)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # which tells what runs on NumPy
        native = cr.compile(cr.grad(f), "native")(X) if f not in (array_factor, exponential) else expected
    for found in (program(X), scope[program.name](X, *held), cr.compile(cr.grad(f), "numpy")(X), native):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    assert program.latex() and program.shape_table()


@pytest.mark.names
def test_the_derivative_of_a_spectrum_reads_as_the_chain_rule():
    assert str(cr.derive(power_spectrum, (X,))).partition("def power_spectrum_gradient")[2] == (
        """(x):
    # x: (4,)
    if np.shape(x) != (4,):
        raise ValueError('made for x (4,); make it again for other arguments')
    z = np.fft.fft(x)                      # (4,)
    δ_z = 2 * (np.arange(4) * np.conj(z))  # (4,)
    dC_dx = np.real(np.fft.fft(δ_z))       # (4,)
    return dC_dx
"""
    )


@pytest.mark.names
def test_the_derivative_of_a_wave_function_goes_back_by_the_same_steps():
    text = str(cr.derive(split_steps, (X,)))
    assert "        psi[k + 1] = np.fft.ifft(c1 * np.fft.fft(psi1))" in text
    assert "        δ_psi1 = np.fft.fft(np.fft.ifft(δ_psi) * c1)" in text


@pytest.mark.parametrize(
    "name",
    sorted(
        each
        for each in vars(cmath)
        if callable(getattr(cmath, each)) and not each.startswith(("_", "is", "polar", "rect"))
    ),
)
def test_cmath(name):
    function = getattr(cmath, name)
    for at in (np.float64(-0.7), np.complex128(0.4 - 0.8j)):
        f = lambda x: abs(function(x + 0.05) - 0.3) ** 2  # noqa: E731
        value, slope = cr.value_and_grad(f)(at)
        np.testing.assert_allclose(value, f(at), rtol=1e-14)
        np.testing.assert_allclose(slope, differences(f, at), rtol=1e-6, atol=1e-9)


def test_cmath_in_polar_coordinates():
    def f(x):
        r, phi = cmath.polar(cmath.rect(x[0], x[1]) + cmath.log(x[2], 3))
        return r * phi + cmath.sqrt(-x[0]).imag

    agree(f, X)


# ---- conventions -----------------------------------------------------------------------------------------------------


def test_a_gradient_points_where_the_result_grows_fastest():
    np.testing.assert_allclose(cr.grad(lambda z: np.abs(z) ** 2)(3 + 4j), 6 + 8j)
    np.testing.assert_allclose(cr.grad(lambda z: np.imag(z))(3 + 4j), 1j)
    np.testing.assert_allclose(cr.grad(lambda z: np.real(z**2))(3 + 4j), 6 - 8j)
    for f in (
        lambda z: np.sum(np.abs(np.exp(z) * MATRIX @ z)),
        lambda z: np.real(np.prod(z)),
        lambda z: np.linalg.norm(z) ** 3,
    ):
        agree(f, Z)
        np.testing.assert_allclose(cr.derive(f, (Z,))(Z), cr.grad(f)(Z), rtol=1e-12)
        np.testing.assert_allclose(cr.compile(cr.grad(f))(Z), cr.grad(f)(Z), rtol=1e-12)


def test_products_with_jacobians_are_those_of_the_real_plane():
    f = lambda z: np.fft.fft(z) * np.abs(z) + np.conj(z)  # noqa: E731
    direction, error = complex_normal(4), complex_normal(4)
    value, ahead = cr.jvp(f, (Z,), (direction,))
    np.testing.assert_allclose(value, f(Z))
    np.testing.assert_allclose(ahead, (f(Z + 1e-6 * direction) - f(Z - 1e-6 * direction)) / 2e-6, rtol=1e-7)
    value, pull = cr.vjp(f, Z)
    np.testing.assert_allclose(np.real(np.vdot(error, ahead)), np.real(np.vdot(pull(error)[0], direction)), rtol=1e-12)
    np.testing.assert_allclose(pull(error)[0], differences(lambda z: np.real(np.vdot(error, f(z))), Z), rtol=1e-6)


def test_second_derivatives_go_through_complex_numbers():
    for f in (power_spectrum, filtered, layers, maxwell, array_factor):
        found = cr.hessian(f)(X)
        step = 1e-5
        expected = [(cr.grad(f)(X + step * e) - cr.grad(f)(X - step * e)) / (2 * step) for e in np.eye(4)]
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_of_zero_the_absolute_value_has_slope_zero():
    assert cr.grad(lambda z: np.abs(z))(0j) == 0
    assert not np.any(cr.grad(lambda x: np.sum(np.abs(np.fft.fft(x))))(np.zeros(4)))


def test_masked_branches_do_not_matter():
    z = np.array([0j, 1 + 1j])
    with np.errstate(divide="ignore"):
        slope = cr.grad(lambda z: np.sum(np.abs(np.where(z == 0, 1.0, np.log(z)))))(z)
    assert slope[0] == 0 and np.all(np.isfinite(slope))


def test_gradients_of_many_at_once():
    rows = RANDOM.normal(size=(3, 4))
    planes = lambda x: np.sum(np.abs(np.fft.fftn(np.outer(x, x)) * np.fft.ifft2(np.diag(x))) ** 2)  # noqa: E731
    halves = lambda x: np.sum(np.fft.irfft(np.fft.rfft(np.outer(x, x), axis=0) ** 2, axis=0) * x)  # noqa: E731
    for f in (planes, halves):
        np.testing.assert_allclose(cr.vmap(cr.grad(f))(rows), [cr.grad(f)(row) for row in rows], rtol=1e-12)
    np.testing.assert_allclose(
        cr.vmap(cr.grad(split_steps))(rows), [cr.grad(split_steps)(row) for row in rows], rtol=1e-12
    )


# ---- arrays that are written to --------------------------------------------------------------------------------------


def test_real_and_imaginary_parts_are_views_as_in_numpy():
    def f(x):
        a = np.zeros(4, dtype=complex)
        a[:2] = x[:2]
        real, imag = np.real(a), a.imag
        a[1:3] += 1j * x[1:3]
        return np.sum(real**2 + 2 * imag**3)

    agree(f, X)


REFUSED = {
    "a branch on complex numbers cut off": (lambda x: np.sum((x * 1j).astype(float)),
        "complex numbers are cast to float64; write np.real(z), or np.abs(z)."),
    "complex into real": (lambda x: into_real(x),
        "complex numbers are written to an array of real ones; make the array with dtype=complex."),
    "the real part written to": (lambda x: into_real_part(x),
        "the real or the imaginary part of an array is written to; write z[…] = x + 1j * y to the array itself."),
    "np.max": (lambda x: np.abs(np.max(x * 1j)), "np.max of complex numbers has no derivative here; treat the real and the imaginary "
        "part as two arrays, np.real(z) and np.imag(z)."),
    "np.maximum": (lambda x: np.sum(np.abs(np.maximum(x * 1j, 0))), "maximum of complex numbers has no derivative here; treat the real "
        "and the imaginary part as two arrays, np.real(z) and np.imag(z)."),
    "svd": (lambda x: np.sum(np.linalg.svdvals(np.outer(x * 1j, x))), "np.linalg.svdvals of complex numbers has no derivative here; treat "
        "the real and the imaginary part as two arrays, np.real(z) and np.imag(z)."),
    "a method": (lambda x: np.abs((x * 1j).max()), ".max of complex numbers has no derivative here; treat the real and the imaginary "
        "part as two arrays, np.real(z) and np.imag(z)."),
    "float()": (
        lambda x: float(np.sum(x * 1j)),
        "complex numbers are cast to float64; write np.real(z), or np.abs(z).",
    ),
    "complex()": (lambda x: complex(x[0]).real, "complex() would cut the value off from its derivative; write x + 0j, or x + 1j * y."),
}  # fmt: skip


def into_real(x):
    a = np.zeros(4)
    a[0] = x[0] * 1j
    return np.sum(a)


def into_real_part(x):
    a = np.zeros(4, complex)
    a.real[0] = x[0]
    return np.sum(np.abs(a))


@pytest.mark.parametrize("f", REFUSED.values(), ids=REFUSED)
def test_refusals(f):
    with pytest.raises(TracingError) as error:
        cr.grad(f[0])(X)
    assert f": {f[1]}\n" in str(error.value)


def test_results_must_be_real():
    with pytest.raises(
        TracingError, match="gives a complex one; return its real part, or the square of its absolute value"
    ):
        cr.grad(lambda x: np.sum(x * 1j))(X)
    with pytest.raises(
        TracingError, match="a Jacobian of complex numbers is not one matrix; take real and imaginary parts"
    ):
        cr.jacobian(lambda x: x * 1j)(X)
    with pytest.raises(
        TracingError, match="check_grad moves real numbers, and is given complex ones; check a function"
    ):
        cr.check_grad(lambda z: np.sum(np.abs(z)), (Z,))


def test_an_explanation_refuses_them():
    with pytest.raises(
        TracingError, match=r"an explanation has real numbers; read the derivative itself, print\(derive\(f, args\)\)"
    ):
        cr.explain(power_spectrum, (X,))


def test_webassembly_refuses_them():
    with pytest.raises(cr.ChainruleError, match=r"cannot be written as WebAssembly: only NumPy computes \w+ = fft"):
        cr.webassembly(cr.derive(power_spectrum, (X,)))
