"""Complex numbers: their parts, Fourier transforms, and which operations are right for them.

The error of a complex z is δ = ∂C/∂Re z − i ∂C/∂Im z, so that dC = Re(δ dz), and rules of real numbers stay as they are: for
w = f(z) with a complex derivative, as products, exp or solve have, δ_z = δ_w f′(z), without a conjugate. Only what takes a
number apart (|z|, its angle, its parts, its conjugate) has rules of its own. What users get is the direction in which C grows
fastest, ∂C/∂Re z + i ∂C/∂Im z, as PyTorch and the books on optimization have it: the conjugate, taken once at the end.
"""

import cmath
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ...core.binding import bind
from ...core.location import refuse
from ...core.primitive import elementwise, first_dtype
from ...core.traced import FUNCTIONS, METHODS
from ..headings import NOTES
from ..refusing import COMPLEX, FOR_COMPLEX, refuse_complex
from ..sizes.bounds import assume, is_same
from ..sizes.numbers import is_sized, note_shapes, size_in
from . import (  # noqa: F401  # they register what is named below
    averages,
    compositions,
    einsum,
    gathering,
    norms,
    numerics,
    rearranging,
    reductions,
    scanning,
    triangles,
    updating,
    windows,
)
from .common import dtype_by, part_of, register, unlisted
from .creating import of_size
from .methods import OWN
from .stepwise import cast_for_ufunc

# ---- parts -----------------------------------------------------------------------------------------------------------

real = unlisted(
    "real", shape=elementwise, dtype=dtype_by(np.real), derivative=lambda g, y, z: g, python="np.real({0})",
    latex=r"\operatorname{Re}({0})",
)  # fmt: skip
imag = unlisted(
    "imag", shape=elementwise, dtype=dtype_by(np.imag), derivative=lambda g, y, z: -1j * g, python="np.imag({0})",
    latex=r"\operatorname{Im}({0})",
)  # fmt: skip
conjugate = unlisted(
    "conjugate", shape=elementwise, dtype=first_dtype, derivative=lambda g, y, z: np.conj(g), python="np.conj({0})",
    latex=r"\operatorname{conj}({0})",
)  # fmt: skip


def _is_complex(x: Any) -> bool:
    return bool(np.result_type(x).kind == "c")


# Of a real number these are the number itself, or 0.
register(
    {
        np.real: lambda val: bind(real, (val,)) if _is_complex(val) else val,
        np.imag: lambda val: bind(imag, (val,)) if _is_complex(val) else np.zeros_like(val),
        np.conjugate: lambda x: bind(conjugate, (x,)) if _is_complex(x) else cast_for_ufunc(np.conjugate, x),
    }
)


# ---- cmath -----------------------------------------------------------------------------------------------------------

_RENAMED = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atanh": "arctanh",
}


def _of_cmath(name):
    """NumPy's function of a complex number, also where the number given is real."""
    function = getattr(np, _RENAMED.get(name, name))
    return lambda x: function(x if _is_complex(x) else x.astype(np.complex128))


_CMATH = {
    **{getattr(cmath, name): _of_cmath(name) for name in (
        *_RENAMED, "cos", "cosh", "exp", "log10", "sin", "sinh", "sqrt", "tan", "tanh",
    )},
    cmath.log: lambda x, *base: _of_cmath("log")(x) / (np.log(base[0] + 0j) if base else 1),
    cmath.phase: lambda x: np.angle(x),
    cmath.polar: lambda x: (np.abs(x), np.angle(x)),
    cmath.rect: lambda r, phi: r * np.exp(1j * phi),
}  # fmt: skip
register(_CMATH)


# ---- np.emath, roots of polynomials ----------------------------------------------------------------------------------


def _extended(x, is_real):
    """Numbers as they are, or as complex ones where a function of them is not real; which it is becomes a condition."""
    return x if np.iscomplexobj(x) or np.all(is_real(x)) else x + 0j


def _of_positive(name):
    function = getattr(np, name)
    return lambda x: function(_extended(x, lambda x: x >= 0))


_EMATH = {
    **{getattr(np.emath, name): _of_positive(name) for name in ("sqrt", "log", "log2", "log10")},
    np.emath.arctanh: lambda x: np.arctanh(_extended(x, lambda x: np.abs(x) <= 1)),
    np.emath.power: lambda x, p: np.power(_extended(x, lambda x: x >= 0), p),
    np.emath.logn: lambda n, x: np.emath.log(x) / np.emath.log(n),
}
register(_EMATH)


def _roots_rule(g, y, p):
    """By the implicit function theorem: a change of the coefficient of rᵏ moves the root r by −rᵏ / p′(r)."""
    exponents = np.shape(p)[0] - 1 - of_size("arange", np.shape(p)[0], p)
    powers = np.reshape(y, (-1, 1)) ** exponents
    slopes = powers[:, 1:] @ (p[:-1] * exponents[:-1])
    return -(g / slopes) @ powers


roots = unlisted(
    "roots", shape=lambda p: (p[0] - 1,), dtype=lambda p: np.dtype(np.complex128), derivative=_roots_rule,
    python="np.roots({0}).astype(complex)", latex=r"\operatorname{roots}({0})",
)  # fmt: skip


def _roots(p):
    """That all roots are real, as NumPy's numbers then are, becomes a condition of the program."""
    note_shapes((p,))
    p = np.reshape(p, -1)
    if p.value is not None and 0 in (p.value[0], p.value[-1]):
        refuse(
            "np.roots has no derivative here where the first or the last coefficient is 0",
            "leave out zeros at the ends",
        )
    found = bind(roots, (p,))
    return np.real(found) if np.all(np.imag(found) == 0) else found


register({np.roots: _roots})


# ---- Fourier transforms ----------------------------------------------------------------------------------------------
#
# The matrix of a Fourier transform is symmetric, so that errors go back by the same transform.

_SWAPPED: dict[Any, Any] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}
"""The norm by which a transform is scaled as the transform the other way is by the first."""


def _shape(size):
    """The shape rule of a transform of so many numbers, where n leaves that open."""

    def rule(shape, n, axis, norm):
        axis %= len(shape)
        return (*shape[:axis], size(shape[axis], n), *shape[axis + 1 :])

    return rule


def _text(param):
    """A norm out of its param, which is Python's text."""
    return param.strip("'") if param else None


def _resized(x, size, axis):
    """The first elements along an axis, and zeros where there are fewer."""
    axis %= np.ndim(x)
    now = np.shape(x)[axis]
    if assume("le", size, now):
        return x if is_same(size, now) else part_of(x, axis, None, size)
    return np.pad(x, [(0, size - now if place == axis else 0) for place in range(np.ndim(x))])


def _same(name):
    def rule(g, y, x, n, axis, norm):
        return _resized(getattr(np.fft, name)(g, axis=axis, norm=_text(norm)), np.shape(x)[axis], axis)

    return rule


def _of_real(g, y, x, n, axis, norm):
    """The half of the result that is left out has no error."""
    size = np.shape(x)[axis]
    return _resized(np.real(np.fft.fft(g, n=n or size, axis=axis, norm=_text(norm))), size, axis)


def _to_real(g, y, z, n, axis, norm):
    """A number stands for its conjugate in the other half, too, but for the first one and, of an even number, the middle one."""
    size = np.shape(y)[axis]
    places = of_size("arange", size // 2 + 1, y)
    weights = np.where((places == 0) | (2 * places == size), 1.0, 2.0).astype(y.dtype)
    weights = np.reshape(weights, [-1 if place == axis % np.ndim(z) else 1 for place in range(np.ndim(z))])
    back = np.conj(np.fft.rfft(g, axis=axis, norm=_SWAPPED[_text(norm)]))
    return _resized(weights * back, np.shape(z)[axis], axis)


def _number_type(own):
    return lambda dtype, **_: own(np.zeros(2, dtype)).dtype


_ALONG = {
    name: unlisted(
        name, shape=_shape(size), dtype=_number_type(getattr(np.fft, name)), derivative=rule,
        params={"n": None, "axis": -1, "norm": None}, python=f"np.fft.{name}({{0}}, n={{n}}, axis={{axis}}, norm={{norm}})",
    )
    for name, size, rule in [
        ("fft", lambda size, n: n or size, _same("fft")),
        ("ifft", lambda size, n: n or size, _same("ifft")),
        ("rfft", lambda size, n: (n or size) // 2 + 1, _of_real),
        ("irfft", lambda size, n: n or 2 * (size - 1), _to_real),
    ]
}  # fmt: skip
NOTES |= {
    "rfft": "back through np.fft.rfft: the same transform, since its matrix is symmetric, and of it the real part",
    "irfft": "back through np.fft.irfft: all frequencies but the first (and the last, of an even number) stand for two, f and −f",
}
_OVER = {
    name: unlisted(
        name, shape=lambda shape, axes, norm: shape, dtype=_number_type(np.fft.fft), params={"axes": axes, "norm": None},
        derivative=lambda g, y, x, axes, norm, name=name: getattr(np.fft, name)(g, axes=axes, norm=_text(norm)),
        python=f"np.fft.{name}({{0}}, axes={{axes}}, norm={{norm}})",
    )
    for name, axes in [("fft2", (-2, -1)), ("ifft2", (-2, -1)), ("fftn", None), ("ifftn", None)]
}  # fmt: skip


def _along(name):
    declared = _ALONG[name]

    def transform(a, n=None, axis=-1, norm=None):
        axis = normalize_axis_index(axis, np.ndim(a)) - np.ndim(a)
        size = np.shape(a)[axis]
        if n is not None:  # whether the derivative is cut off or filled up
            half, wide = {"irfft": (size, size_in(n) // 2 + 1)}.get(name, (size, size_in(n)))
            assume("le", half, wide)
        own = n is None or assume("eq", size_in(n), 2 * (size - 1) if name == "irfft" else size)
        params = (
            ("n", None if own else n if is_sized((n,)) else int(n)),
            ("axis", axis),
            ("norm", repr(norm) if norm else None),
        )
        return bind(declared, (a,), params)

    return transform


def _sized(a, s, axes):
    """An array with the sizes that a transform over axes is asked for, and these axes, counted from the back."""
    ndim = np.ndim(a)
    axes = range(-ndim if s is None else -len(s), 0) if axes is None else axes
    axes = [normalize_axis_index(axis, ndim) - ndim for axis in axes]
    for axis, size in zip(axes, s or (), strict=False):
        a = a if size in (None, -1) else _resized(a, int(size), axis)
    return a, tuple(axes)


def _over(name):
    declared, default = _OVER[name], _OVER[name].params["axes"]

    def transform(a, s=None, axes=default, norm=None):
        a, axes = _sized(a, s, axes)
        axes = None if default is None and axes == tuple(range(-np.ndim(a), 0)) else axes
        return bind(declared, (a,), (("axes", axes), ("norm", repr(norm) if norm else None)))

    return transform


def _of_real_over(default):
    def transform(a, s=None, axes=default, norm=None):
        a, axes = _sized(a, s, axes)
        half = np.fft.rfft(a, axis=axes[-1], norm=norm)
        return np.fft.fftn(half, axes=axes[:-1], norm=norm) if axes[:-1] else half

    return transform


def _to_real_over(default):
    def transform(a, s=None, axes=default, norm=None):
        n = None if s is None or s[-1] == -1 else s[-1]
        a, axes = _sized(a, s if s is None else (*s[:-1], None), axes)
        whole = np.fft.ifftn(a, axes=axes[:-1], norm=norm) if axes[:-1] else a
        return np.fft.irfft(whole, n=n, axis=axes[-1], norm=norm)

    return transform


register(
    {
        **{getattr(np.fft, name): _along(name) for name in _ALONG},
        **{getattr(np.fft, name): _over(name) for name in _OVER},
        np.fft.rfft2: _of_real_over((-2, -1)),
        np.fft.rfftn: _of_real_over(None),
        np.fft.irfft2: _to_real_over((-2, -1)),
        np.fft.irfftn: _to_real_over(None),
        np.fft.hfft: lambda a, n=None, axis=-1, norm=None: np.fft.irfft(np.conj(a), n, axis, _SWAPPED[norm]),
        np.fft.ihfft: lambda a, n=None, axis=-1, norm=None: np.conj(np.fft.rfft(a, n, axis, _SWAPPED[norm])),
    }
)


# ---- what is right for complex numbers -------------------------------------------------------------------------------

COMPLEX |= {each.name for each in (real, imag, conjugate, roots, *_ALONG.values(), *_OVER.values())}
# Operations whose derivative is a complex one, and those that only move numbers or add them.
COMPLEX |= {
    "identity", "add", "subtract", "multiply", "divide", "negative", "power", "square", "sqrt", "exp", "exp2", "expm1", "log",
    "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh",
    "arctanh", "sigmoid", "sigmoid_prime", "absolute", "angle", "where", "astype", "stop_gradient", "full", "matmul", "outer",
    "einsum", "inv", "solve", "expm", "sum", "mean", "prod", "products_of_others", "cumsum", "cumprod", "recurrence", "convolve",
    "T", "transpose", "reshape", "broadcast_to", "concatenate", "stack", "cross", "direction",
    "windows", "overlap_add", "windowed_einsum", "roll", "pad", "tril", "triu", "on_diagonal", "diagonal", "diag",
    "getitem", "scatter", "put", "take", "gather", "add_at", "add_along", "take_along_axis", "updated", "added",
    "loop", "at", "put_at", "added_at", "updated_at", "turns", "call", "calls",
}  # fmt: skip


def _numpys(names: str) -> list[Any]:
    """NumPy's functions of these names, as far as this NumPy has them."""
    found = []
    for name in names.split():
        module, _, own = name.rpartition(".")
        found.append(getattr(getattr(np, module) if module else np, own, None))
    return [each for each in found if each is not None]


_LINEAR = _numpys("""
    expand_dims squeeze swapaxes stack vstack hstack array asarray asanyarray ascontiguousarray asfortranarray full
    full_like zeros_like ones_like empty_like shape ndim size iscomplexobj isrealobj iscomplex isreal result_type copy take
    ravel flip fliplr flipud rot90 moveaxis rollaxis matrix_transpose roll column_stack append block split array_split
    vsplit hsplit dsplit unstack broadcast_arrays broadcast_to meshgrid tile repeat delete insert pad dstack concatenate
    transpose reshape atleast_1d atleast_2d atleast_3d compress extract take_along_axis where select tril triu diagonal diag
    diagflat trace linalg.diagonal linalg.trace linalg.matrix_transpose astype array_equal sum mean cumsum cumulative_sum
    diff ediff1d trapezoid average any all fft.fftshift fft.ifftshift
""")
_MULTILINEAR = [
    *_numpys("""
    einsum tensordot linalg.tensordot inner kron cross linalg.cross matvec linalg.matmul linalg.outer dot outer convolve
    polyval prod cumprod cumulative_prod linalg.inv linalg.solve linalg.matrix_power linalg.multi_dot linalg.tensorsolve
    linalg.tensorinv sinc real imag conjugate angle reciprocal power
"""),
    *(getattr(np.fft, name) for name in np.fft.__all__ if getattr(np.fft, name) in FUNCTIONS),
]
_METHODS = [
    METHODS[ufunc, method] for ufunc, method in METHODS if ufunc in (np.add, np.subtract, np.multiply, np.divide)
]
_ITSELF = [
    *(FUNCTIONS[each] for each in (*_LINEAR, *_MULTILINEAR, np.lib.stride_tricks.sliding_window_view)),
    *_METHODS,
    *(OWN[each] for each in OWN if each != "view"),
]


def _with_conjugate(place):
    """The version of a function that takes the conjugate of one of its first two arguments, as NumPy says of it."""

    def of(ours):
        def conjugating(one, other, *args, **keywords):
            pair = (np.conj(one), other) if place == 0 else (one, np.conj(other))
            return ours(*pair, *args, **keywords)

        return conjugating

    return of


def _norm(x, ord=None, axis=None, keepdims=False):
    """Of vectors, and Frobenius's of matrices: only absolute values matter."""
    matrices = np.ndim(x) == 2 if axis is None else isinstance(axis, tuple) and len(axis) == 2
    if matrices and ord in (2, -2, "nuc"):
        refuse_complex(f"np.linalg.norm(…, ord={ord!r})")
    return np.linalg.norm(np.abs(x), ord=ord, axis=axis, keepdims=keepdims)


def _var(a, axis=None, *, ddof=0, keepdims=False):
    mean = np.mean(a, axis=axis, keepdims=True)
    deviation = a - mean
    squares = np.real(deviation * np.conj(deviation))
    return np.sum(squares, axis=axis, keepdims=keepdims) / max(np.size(a) // max(np.size(mean), 1) - ddof, 0)


def _std(a, axis=None, *, ddof=0, keepdims=False):
    """Of numbers that are all equal its slope is taken as 0, as of real ones."""
    squares = _var(a, axis, ddof=ddof, keepdims=keepdims)
    return np.where(squares == 0, 0.0, np.sqrt(np.where(squares == 0, 1.0, squares)))


FOR_COMPLEX.update({each: each for each in (*_ITSELF, *_CMATH.values(), *_EMATH.values(), _roots, _norm, _var, _std)})
FOR_COMPLEX[FUNCTIONS[np.linalg.norm]] = _norm
FOR_COMPLEX[FUNCTIONS[np.var]], FOR_COMPLEX[FUNCTIONS[np.std]] = _var, _std
for _place, _functions in [(0, _numpys("vdot vecdot vecmat linalg.vecdot")), (1, [np.correlate])]:
    for _function in _functions:
        _ours = FUNCTIONS[_function]
        FOR_COMPLEX[_ours] = _with_conjugate(_place)(_ours)
        FOR_COMPLEX[FOR_COMPLEX[_ours]] = FOR_COMPLEX[_ours]
