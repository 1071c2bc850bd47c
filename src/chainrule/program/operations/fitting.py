"""Compositions: least squares, and arithmetic on polynomials, whose coefficients are ordered from the highest power."""

import numpy as np

from ...core.location import refuse
from .common import array_of, implements, of_sizes_at_hand


@implements(np.linalg.lstsq)
def _lstsq(a, b, rcond=None):
    """Solved with the pseudoinverse; the residuals are returned whenever there are more equations than unknowns."""
    rows, columns = np.shape(a)
    kind = np.float32 if np.result_type(a) == np.result_type(b) == np.float32 else np.float64
    a, b = a.astype(np.float64), b.astype(np.float64)  # as NumPy computes
    precision = np.finfo(float).eps
    cut = float(precision * max(rows, columns) if rcond is None else max(rcond, precision))
    s = np.linalg.svdvals(a)
    x = np.linalg.pinv(a, rcond=cut) @ b
    rest = b - a @ x
    squares = np.sum(rest * rest, axis=0) if rows > columns else np.zeros(0)
    squares = np.reshape(squares, (1,)) if np.ndim(squares) == 0 else squares
    return x.astype(kind), squares.astype(kind), np.sum(s > cut * s[:1]), s.astype(kind)


@implements(np.polyfit)
def _polyfit(x, y, deg, rcond=None, *, w=None):
    columns = np.vander(x, deg + 1)
    if w is not None:
        columns = columns * np.expand_dims(w, 1)
        y = y * (w if np.ndim(y) == 1 else np.expand_dims(w, 1))
    scale = np.sqrt(np.sum(columns * columns, axis=0))
    found = np.linalg.pinv(columns / scale, rcond=np.shape(x)[0] * np.finfo(float).eps if rcond is None else rcond) @ y
    return found / (scale if np.ndim(y) == 1 else np.expand_dims(scale, 1))


# ---- polynomials -----------------------------------------------------------------------------------------------------


def _padded_to(p, length):
    return np.concatenate([np.zeros(length - np.shape(p)[0], np.result_type(p)), p]) if np.shape(p)[0] < length else p


def _of_equal_length(operate):
    def combine(a1, a2):
        a1, a2 = array_of(a1), array_of(a2)
        length = max(np.shape(a1)[0], np.shape(a2)[0])
        return operate(_padded_to(a1, length), _padded_to(a2, length))

    return combine


implements(np.polyadd)(_of_equal_length(np.add))
implements(np.polysub)(_of_equal_length(np.subtract))


@implements(np.polymul)
def _polymul(a1, a2):
    return np.convolve(a1, a2)


@implements(np.polyder)
def _polyder(p, m=1):
    for _ in range(m):
        p = p[:-1] * np.arange(np.shape(p)[0] - 1, 0, -1)
    return p


@implements(np.polyint)
def _polyint(p, m=1, k=None):
    constants = [0.0] * m if k is None else [k] * m if np.ndim(k) == 0 else k
    for place in range(m):
        p = np.concatenate([p / np.arange(np.shape(p)[0], 0, -1), np.reshape(constants[place], (1,))])
    return p


@implements(np.poly)
def _poly(seq_of_zeros):
    if np.ndim(seq_of_zeros) != 1:
        refuse(
            "np.poly of a matrix has no derivative here", "take its eigenvalues first, such as np.linalg.eigvalsh(a)"
        )
    zeros = seq_of_zeros if seq_of_zeros.dtype.kind == "f" else seq_of_zeros.astype(np.float64)
    found = np.ones(1, zeros.dtype)
    for place in range(np.shape(zeros)[0]):
        found = np.convolve(found, np.stack([np.ones((), zeros.dtype), -zeros[place]]))
    return found


of_sizes_at_hand(np.poly, np.polyadd, np.polyfit, np.polysub)
