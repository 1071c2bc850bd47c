"""The network of a small GPT in plain NumPy, in the shapes of Andrej Karpathy's microgpt; nothing is derived by hand.

A row is a place of the text, and a column a channel. The network reads up to 16 tokens at once and says at each place what
comes next, of which it sees that place and those before it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any
BLOCK, CHANNELS, HEADS = 16, 16, 4
WEIGHTS = ("wte", "wpe", "wq", "wk", "wv", "wo", "w1", "w2", "wlm")


def rmsnorm(x: Array) -> Array:
    """Each row divided by the root of its mean square."""
    size = np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-5)
    return x / size


def softmax(z: Array) -> Array:
    """Each row as shares of 1."""
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    p = e / np.sum(e, axis=-1, keepdims=True)
    return p


def heads(x: Array) -> Array:
    """Channels dealt out to the heads: place × channel becomes head × place × channel of the head."""
    parts = x.reshape(len(x), HEADS, CHANNELS // HEADS)
    return parts.transpose(1, 0, 2)


def probabilities(
    wte: Array, wpe: Array, wq: Array, wk: Array, wv: Array, wo: Array, w1: Array, w2: Array, wlm: Array, tokens: Array
) -> Array:
    """For each place, how probable each token is to come next."""
    places = len(tokens)
    causal = np.tri(places) > 0  # a place reads from itself and those before it
    embedded = wte[tokens] + wpe[:places]
    x = rmsnorm(embedded)
    n = rmsnorm(x)
    q = heads(n @ wq.T)
    k = heads(n @ wk.T)
    v = heads(n @ wv.T)
    products = q @ k.transpose(0, 2, 1)
    scores = products / (CHANNELS // HEADS) ** 0.5
    masked = np.where(causal, scores, -np.inf)
    attention = softmax(masked)
    mixed = attention @ v
    taken = mixed.transpose(1, 0, 2).reshape(places, CHANNELS)
    x = x + taken @ wo.T
    m = rmsnorm(x)
    z = m @ w1.T
    a = z * (z > 0)
    x = x + a @ w2.T
    logits = x @ wlm.T
    return softmax(logits)


def cost(
    wte: Array, wpe: Array, wq: Array, wk: Array, wv: Array, wo: Array, w1: Array, w2: Array, wlm: Array, tokens: Array,
    targets: Array, share: Array,
) -> Array:  # fmt: skip
    """−Σ share · ln p of the tokens that do come next; a place that is only padding has the share 0."""
    p = probabilities(wte, wpe, wq, wk, wv, wo, w1, w2, wlm, tokens)
    return -np.sum(share * np.log(p[np.arange(len(tokens)), targets]))


def first_weights(letters: int, random: np.random.Generator) -> tuple[Array, ...]:
    """Weights to begin with: normally distributed, with a standard deviation of 0.08.

    Args:
        letters: The number of tokens.
        random: What they are drawn from.

    Returns:
        The arrays, in the order of `WEIGHTS`.

    Examples:
        >>> [each.shape for each in first_weights(27, np.random.default_rng(0))][:2]
        [(27, 16), (16, 16)]
    """
    square = (CHANNELS, CHANNELS)
    shapes = (
        (letters, CHANNELS), (BLOCK, CHANNELS), square, square, square, square, (4 * CHANNELS, CHANNELS),
        (CHANNELS, 4 * CHANNELS), (letters, CHANNELS),
    )  # fmt: skip
    return tuple(random.normal(0, 0.08, shape) for shape in shapes)
