"""Layers over sequences, m × t × n, in plain NumPy: embedding, attention, and recurrence, which is a loop over time."""

from __future__ import annotations

import numpy as np

from ..calculus import name
from ..core.location import refuse
from ..core.nouns import Array
from ..program.operations.activations import sigmoid, softmax


def embedded(a: Array, w: Array, p: Array | None = None, *, vocabulary: int, positions: bool = False) -> Array:
    """For each token, whose number stands in a column, its row of w; with `positions`, the row of p for its place is added.

    >>> embedded(np.array([[2.0], [0.0]]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), vocabulary=3).tolist()
    [[[5.0, 6.0], [1.0, 2.0]]]
    """
    tokens = name("tokens", a.T.astype(np.intp))
    return w[tokens] if p is None else w[tokens] + p[None]


def attended(a: Array, wq: Array, wk: Array, wv: Array, wo: Array, *, heads: int = 1, causal: bool = False) -> Array:
    """Each place takes from all places, or where it is `causal` from itself and those before: Vaswani and others (2017).

    A head has its part of the queries q, keys k and values v; p, which sums to 1 over the places, is how much is taken.
    """
    m, t, n = a.shape
    if n % heads:
        refuse(
            "{count} neurons cannot be divided among {heads} heads",
            "give a divisor of their number",
            count=n,
            heads=heads,
        )

    def by_head(x: Array) -> Array:
        return x.reshape(m, t, heads, n // heads).transpose(0, 2, 1, 3)

    q, k, v = name("q", by_head(a @ wq.T)), name("k", by_head(a @ wk.T)), name("v", by_head(a @ wv.T))
    s = name("s", name("products", q @ k.transpose(0, 1, 3, 2)) / np.sqrt(n // heads))
    if causal:
        s = name("masked", np.where(np.tri(t, dtype=bool)[None, None], s, -np.inf))
    p = name("p", softmax(s, axis=3))
    taken: Array = name("taken", name("mixed", p @ v).transpose(0, 2, 1, 3).reshape(m, t, n))
    z: Array = taken @ wo.T
    return z


def recurrent(a: Array, w: Array, u: Array, b: Array, *, cell: str = "simple", whole: bool = False) -> Array:
    """A state h that is computed place by place: its last value as columns, or with `whole` all of them.

    `"simple"`, Elman (1990): h ← tanh(w x + u h + b). `"lstm"`, Hochreiter and Schmidhuber (1997), with gates as in PyTorch:
    c ← f ⊙ c + i ⊙ g and h ← o ⊙ tanh(c), where the rows of s = w x + u h + b are those of i, f, g and o, one quarter each.
    Before the first place, h and c are 0.
    """
    n, states, memories = u.shape[1], list[Array](), list[Array]()
    for t in range(a.shape[1]):
        s = w @ a[:, t].T + b + u @ states[-1] if states else w @ a[:, t].T + b
        if cell == "simple":
            h = np.tanh(s)
        else:
            i, f = name("i", sigmoid(s[:n])), name("f", sigmoid(s[n : 2 * n]))
            g, o = name("g", np.tanh(s[2 * n : 3 * n])), name("o", sigmoid(s[3 * n :]))
            c = f * memories[-1] + i * g if memories else i * g
            h = o * np.tanh(c)
            memories.append(c)
        states.append(h)
    return _in_rows(states) if whole else states[-1]


def _in_rows(columns: list[Array]) -> Array:
    """The columns of all places, n × m each, as a sequence, m × t × n."""
    return np.stack([each.T for each in columns], axis=1)
