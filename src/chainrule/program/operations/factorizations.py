"""Matrix factorizations, most with several results: eigh, svd, qr, cholesky.

eigh, eigvalsh and cholesky read only one triangle of their matrix, by default the lower; the derivative with respect to the
other triangle is 0.
"""

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape, ShapeMismatch
from ...core.location import refuse
from ...core.primitive import primitive
from ..examples import positive_definite, stacks
from ..headings import NOTES
from ..sizes.bounds import assume
from .common import implements, register, transposed
from .linalg import float_dtype, square

_EIGH, _SVD, _QR = (type(f(np.eye(1))) for f in (np.linalg.eigh, np.linalg.svd, np.linalg.qr))


def _column(d):
    return np.expand_dims(d, -1)


def _row(d):
    return np.expand_dims(d, -2)


def _sum(*parts):
    """The sum of the parts that are not None."""
    first, *others = (part for part in parts if part is not None)
    return sum(others, first)


def _fold_into_triangle(error, uplo="'L'"):
    """The error of a symmetric matrix of which one triangle is read: the other triangle's error is added to it."""
    if uplo == "'U'":
        return np.triu(error) + np.triu(transposed(error), 1)
    return np.tril(error) + np.tril(transposed(error), -1)


def _reciprocal_gaps(d):
    """1 / (dⱼ − dᵢ); 0 on the diagonal and for equal values, which is correct for functions of their common eigenspace."""
    gap = _row(d) - _column(d)
    return np.where(gap == 0, 0.0, 1 / np.where(gap == 0, 1.0, gap))


# ---- symmetric matrices ----------------------------------------------------------------------------------------------


def _eigh_rule(g, y, a, uplo):
    (g_w, g_v), (w, v) = g, y
    stretched = None if g_w is None else v * _row(g_w)
    turned = None if g_v is None else v @ (_reciprocal_gaps(w) * (transposed(v) @ g_v))
    return _fold_into_triangle(_sum(stretched, turned) @ transposed(v), uplo)


_LOWER = {"uplo": "'L'"}  # quoted, as it is printed


def _both_triangles(random):
    for shape, uplo in [((3, 3), "'L'"), ((2, 2, 2), "'L'"), ((3, 3), "'U'")]:
        yield (random.normal(size=shape),), {"uplo": uplo}


eigh = primitive(
    "eigh", shape=lambda a, uplo: (square(a)[:-1], a), dtype=lambda a, uplo: (float_dtype(a),) * 2, results=_EIGH,
    derivative=_eigh_rule, params=_LOWER, python="np.linalg.eigh({0}, UPLO={uplo})", latex=r"\operatorname{eigh}({0})",
    examples=_both_triangles,
)  # fmt: skip


def _eigvalsh_rule(g, y, a, uplo):
    v = np.linalg.eigh(a, UPLO=uplo[1]).eigenvectors
    return _fold_into_triangle((v * _row(g)) @ transposed(v), uplo)


eigvalsh = primitive(
    "eigvalsh", shape=lambda a, uplo: square(a)[:-1], dtype=float_dtype, derivative=_eigvalsh_rule, params=_LOWER,
    python="np.linalg.eigvalsh({0}, UPLO={uplo})", latex=r"\operatorname{eigvalsh}({0})", examples=_both_triangles,
)  # fmt: skip


def _cholesky_rule(g, y, a):
    product = transposed(y) @ np.tril(g)
    half = 0.5 * (np.tril(product) + np.tril(product, -1))
    outer = transposed(y)
    return _fold_into_triangle(transposed(np.linalg.solve(outer, transposed(np.linalg.solve(outer, half)))))


cholesky = primitive(
    "cholesky", shape=lambda a: square(a), dtype=float_dtype, derivative=_cholesky_rule,
    python="np.linalg.cholesky({0})", latex=r"\operatorname{chol}({0})", examples=positive_definite,
)  # fmt: skip


# ---- general matrices ------------------------------------------------------------------------------------------------


def _svd_shapes(a: Shape, full_matrices: bool = True):
    if len(a) < 2:
        raise ShapeMismatch("a matrix needs two axes", (0, 0))
    *stack, m, n = a
    k = min(m, n)
    left, right = (m, n) if full_matrices else (k, k)
    return (*stack, m, left), (*stack, k), (*stack, right, n)


def _svd_rule(g, y, a, full_matrices=True):
    (g_u, g_s, g_vt), (u, s, vt) = g, y
    m, n = np.shape(a)[-2:]
    if full_matrices and ((m > n and g_u is not None) or (m < n and g_vt is not None)):
        refuse(
            "the full U and V of a matrix that is not square have no derivative", "write svd(…, full_matrices=False)"
        )
    k = min(m, n)
    if full_matrices and m != n:
        # Only the first k columns of the full factors have a derivative; the singular values need no others.
        alone = g_u is None and g_vt is None
        u, s, vt = np.linalg.svd(a, full_matrices=False) if alone else (u[..., :k], s, vt[..., :k, :])
    parts = [None if g_s is None else (u * _row(g_s)) @ vt]
    gaps = _reciprocal_gaps(s * s) if g_u is not None or g_vt is not None else None
    if g_u is not None:
        g_u = g_u[..., :k]
        turn = gaps * (transposed(u) @ g_u)
        parts.append(u @ ((turn + transposed(turn)) * _row(s)) @ vt)
        if m > k:
            parts.append(((g_u - u @ (transposed(u) @ g_u)) / _row(s)) @ vt)
    if g_vt is not None:
        g_v = transposed(g_vt[..., :k, :])
        turn = gaps * (vt @ g_v)
        parts.append(u @ (_column(s) * (turn + transposed(turn))) @ vt)
        if n > k:
            parts.append((u / _row(s)) @ transposed(g_v - transposed(vt) @ (vt @ g_v)))
    return _sum(*parts)


svd = primitive(
    "svd", shape=_svd_shapes, dtype=lambda a, full_matrices=True: (float_dtype(a),) * 3, results=_SVD, derivative=_svd_rule,
    params={"full_matrices": True}, python="np.linalg.svd({0}, full_matrices={full_matrices})",
    latex=r"\operatorname{svd}({0})",
    examples=stacks((3, 2), (2, 3), (2, 3, 3), full_matrices=False),
)  # fmt: skip
svdvals = primitive(
    "svdvals", shape=lambda a: _svd_shapes(a)[1], dtype=float_dtype,
    derivative=lambda g, y, a: _svd_rule((None, g, None), np.linalg.svd(a, full_matrices=False), a, False),
    python="np.linalg.svdvals({0})", examples=stacks((3, 2), (2, 3), (2, 3, 3)),
)  # fmt: skip


def _qr_shapes(a: Shape):
    (_, k), _, _ = (shape[-2:] for shape in _svd_shapes(a, False))
    return (*a[:-1], k), (*a[:-2], k, a[-1])


def _qr_rule(g, y, a):
    (g_q, g_r), (q, r) = g, y
    m, n = np.shape(a)[-2:]
    g_q = 0.0 * q if g_q is None else g_q
    g_r = 0.0 * r if g_r is None else g_r
    if m >= n:
        return _qr_square(g_q, g_r, q, r)
    # Q comes from the first m columns; the others are Q times the right part of R.
    rest = g_r[..., m:]
    first = _qr_square(g_q + a[..., m:] @ transposed(rest), g_r[..., :m], q, r[..., :m])
    return np.concatenate([first, q @ rest], axis=-1)


def _qr_square(g_q, g_r, q, r):
    inner = r @ transposed(np.triu(g_r)) - transposed(g_q) @ q
    both = np.tril(inner) + transposed(np.tril(inner, -1))
    return transposed(np.linalg.solve(r, transposed(g_q + q @ both)))


qr = primitive(
    "qr", shape=_qr_shapes, dtype=lambda a: (float_dtype(a),) * 2, results=_QR, derivative=_qr_rule,
    python="np.linalg.qr({0})", examples=stacks((3, 2), (2, 3), (2, 3, 3)),
)  # fmt: skip


# ---- NumPy's signatures ----------------------------------------------------------------------------------------------


def _of_triangle(declared):
    def decompose(a, UPLO="L"):
        if UPLO not in ("L", "U"):
            raise ValueError("UPLO argument must be 'L' or 'U'")
        return bind(declared, (a,), (("uplo", repr(UPLO)),))

    return decompose


@implements(np.linalg.cholesky)
def _cholesky(a, /, *, upper=False):
    return transposed(bind(cholesky, (transposed(a),))) if upper else bind(cholesky, (a,))


def _of_form(a):
    """A matrix, of which is noted whether it is tall, wide or square: the derivatives differ."""
    m, n = np.shape(a)[-2:] if np.ndim(a) > 1 else (0, 0)
    assume("gt", m, n) or assume("lt", m, n)
    return a


@implements(np.linalg.svd)
def _svd(a, full_matrices=True, compute_uv=True):
    a = _of_form(a)
    return bind(svd, (a,), (("full_matrices", bool(full_matrices)),)) if compute_uv else bind(svdvals, (a,))


@implements(np.linalg.qr)
def _qr(a, mode="reduced"):
    a = _of_form(a)
    if mode == "r":
        return bind(qr, (a,)).R
    if mode != "reduced":
        refuse("np.linalg.qr(…, mode={mode!r}) has no derivative here", "write mode='reduced'", mode=mode)
    return bind(qr, (a,))


register(
    {
        np.linalg.eigh: _of_triangle(eigh),
        np.linalg.eigvalsh: _of_triangle(eigvalsh),
        np.linalg.svdvals: lambda x, /: bind(svdvals, (_of_form(x),)),
    }
)


# ---- what stands above derivatives -----------------------------------------------------------------------------------

NOTES |= {
    "eigh": "back through A = V diag(w) Vᵀ: V (diag(δ_w) + (Vᵀ δ_V) / (wⱼ − wᵢ)) Vᵀ, off the diagonal; as one triangle of A",
    "cholesky": "back through A = L Lᵀ: L⁻ᵀ Φ(Lᵀ δ_L) L⁻¹, where Φ is the lower triangle with half its diagonal; as one triangle",
    "svd": "back through A = U diag(s) Vᵀ: how singular values move, and how U and V turn, by the gaps s²ⱼ − s²ᵢ",
    "qr": "back through A = Q R: (δ_Q + Q B) R⁻ᵀ, where B is symmetric with the lower triangle of R δ_Rᵀ − δ_Qᵀ Q",
}
