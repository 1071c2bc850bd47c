"""The small GPT without chainrule: on single numbers in plain Python, and in NumPy with its backward pass by hand.

Both take the weights of `chainrule.gpt.model`, in its order, and rows of `Letters.pieces`. Padding is left out in plain Python:
a step takes as long as its name is.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence

import numpy as np

HEADS, BETA1, BETA2, EPSILON, CLOSE = 4, 0.85, 0.99, 1e-8, 1e-5

# ---- on single numbers -----------------------------------------------------------------------------------------------------


class Number:
    """A number that knows of what it was made, and how it changes with each part."""

    __slots__ = ("error", "parts", "slopes", "value")

    def __init__(self, value: float, parts: tuple[Number, ...] = (), slopes: tuple[float, ...] = ()):
        self.value, self.parts, self.slopes, self.error = value, parts, slopes, 0.0

    def __add__(self, other: Number) -> Number:
        return Number(self.value + other.value, (self, other), (1.0, 1.0))

    def __mul__(self, other: Number) -> Number:
        return Number(self.value * other.value, (self, other), (other.value, self.value))

    def times(self, factor: float) -> Number:
        """The product with a plain number."""
        return Number(self.value * factor, (self,), (factor,))

    def plus(self, term: float) -> Number:
        """The sum with a plain number."""
        return Number(self.value + term, (self,), (1.0,))

    def power(self, exponent: float) -> Number:
        """The power with a plain exponent."""
        return Number(self.value**exponent, (self,), (exponent * self.value ** (exponent - 1),))

    def exp(self) -> Number:
        """The exponential."""
        value = math.exp(self.value)
        return Number(value, (self,), (value,))

    def log(self) -> Number:
        """The natural logarithm."""
        return Number(math.log(self.value), (self,), (1 / self.value,))

    def relu(self) -> Number:
        """The number, or 0 if that is greater."""
        return Number(max(self.value, 0.0), (self,), (float(self.value > 0),))

    def backward(self) -> None:
        """Send the error 1 back to all numbers that this one was made of."""
        order, seen, waiting = [], {id(self)}, [(self, iter(self.parts))]
        while waiting:
            number, parts = waiting[-1]
            part = next(parts, None)
            if part is None:
                order.append(number)
                waiting.pop()
            elif id(part) not in seen:
                seen.add(id(part))
                waiting.append((part, iter(part.parts)))
        self.error = 1.0
        for number in reversed(order):
            for part, slope in zip(number.parts, number.slopes, strict=True):
                part.error += slope * number.error


Row = list[Number]


def _sum(numbers: Sequence[Number]) -> Number:
    total = numbers[0]
    for each in numbers[1:]:
        total = total + each
    return total


def _dot(a: Row, b: Row) -> Number:
    """A sum of products, as one number of many parts."""
    one, other = [each.value for each in a], [each.value for each in b]
    return Number(sum(map(operator.mul, one, other)), (*a, *b), (*other, *one))


def _linear(x: Row, w: Sequence[Row]) -> Row:
    return [_dot(row, x) for row in w]


def _rmsnorm(x: Row) -> Row:
    scale = _dot(x, x).times(1 / len(x)).plus(CLOSE).power(-0.5)
    return [each * scale for each in x]


def _softmax(z: Row) -> Row:
    most = max(each.value for each in z)
    powers = [each.plus(-most).exp() for each in z]
    share = _sum(powers).power(-1)
    return [each * share for each in powers]


def _next(w: Sequence[list[Row]], token: int, place: int, keys: list[Row], values: list[Row]) -> Row:
    """The probabilities of what follows a token at a place; its key and value are added to those of the places before."""
    wte, wpe, wq, wk, wv, wo, w1, w2, wlm = w
    x = _rmsnorm([a + b for a, b in zip(wte[token], wpe[place], strict=True)])
    before, n = x, _rmsnorm(x)
    q = _linear(n, wq)
    keys.append(_linear(n, wk))
    values.append(_linear(n, wv))
    size, heads = len(q) // HEADS, []
    for h in range(0, len(q), size):
        scores = [_dot(q[h : h + size], key[h : h + size]).times(size**-0.5) for key in keys]
        shares = _softmax(scores)
        heads += [
            _sum([share * value[h + k] for share, value in zip(shares, values, strict=True)]) for k in range(size)
        ]
    x = [a + b for a, b in zip(_linear(heads, wo), before, strict=True)]
    hidden = [each.relu() for each in _linear(_rmsnorm(x), w1)]
    x = [a + b for a, b in zip(_linear(hidden, w2), x, strict=True)]
    return _softmax(_linear(x, wlm))


def on_numbers(weights, tokens, targets, share, numbers) -> Iterator[float]:
    """The cost of each step; `numbers` are η and Adam's two corrections for each."""
    w = [[[Number(float(each)) for each in row] for row in array] for array in weights]
    flat = [each for array in w for row in array for each in row]
    means, squares = [0.0] * len(flat), [0.0] * len(flat)
    for ids, wanted, parts, (rate, first, second) in zip(tokens, targets, share, numbers, strict=True):
        size = int(np.count_nonzero(parts))
        keys: list[Row] = []
        values: list[Row] = []
        costs = []
        for place in range(size):
            p = _next(w, int(ids[place]), place, keys, values)
            costs.append(p[int(wanted[place])].log().times(-1 / size))
        cost = _sum(costs)
        cost.backward()
        for k, each in enumerate(flat):
            means[k] = BETA1 * means[k] + (1 - BETA1) * each.error
            squares[k] = BETA2 * squares[k] + (1 - BETA2) * each.error**2
            each.value -= rate * first * means[k] / (second * math.sqrt(squares[k]) + EPSILON)
            each.error = 0.0
        yield cost.value


# ---- in NumPy, by hand -----------------------------------------------------------------------------------------------------

CAUSAL = np.where(np.tri(16) > 0, 0.0, -np.inf)
PLACES = np.arange(16)


def _norm(x):
    scale = 1 / np.sqrt((x * x).mean(1, keepdims=True) + CLOSE)
    return x * scale, scale


def _norm_back(error, normed, scale):
    return scale * (error - normed * (error * normed).mean(1, keepdims=True))


def _split(x):
    return x.reshape(16, HEADS, -1).transpose(1, 0, 2)


def _merge(x):
    return x.transpose(1, 0, 2).reshape(16, -1)


def cost_and_gradient(weights, tokens, targets, share):
    """The cost of a piece of text, and its gradient, backward by hand."""
    wte, wpe, wq, wk, wv, wo, w1, w2, wlm = weights
    x, scale = _norm(wte[tokens] + wpe)
    n, scale_n = _norm(x)
    q, k, v = _split(n @ wq.T), _split(n @ wk.T), _split(n @ wv.T)
    scores = q @ k.transpose(0, 2, 1) * x.dtype.type(0.5) + CAUSAL.astype(x.dtype)
    a = np.exp(scores - scores.max(2, keepdims=True))
    a /= a.sum(2, keepdims=True)
    o = _merge(a @ v)
    y = x + o @ wo.T
    m, scale_m = _norm(y)
    hidden = np.maximum(m @ w1.T, 0)
    r = y + hidden @ w2.T
    logits = r @ wlm.T
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    cost = -(share * np.log(p[PLACES, targets])).sum()
    p[PLACES, targets] -= 1
    d = p * share[:, None]
    d_wlm, d_r = d.T @ r, d @ wlm
    d_hidden = (d_r @ w2) * (hidden > 0)
    d_w2, d_w1 = d_r.T @ hidden, d_hidden.T @ m
    d_y = d_r + _norm_back(d_hidden @ w1, m, scale_m)
    d_o = _split(d_y @ wo)
    d_a = d_o @ v.transpose(0, 2, 1)
    d_s = a * (d_a - (a * d_a).sum(2, keepdims=True)) * x.dtype.type(0.5)
    d_q, d_k, d_v = (_merge(e) for e in (d_s @ k, d_s.transpose(0, 2, 1) @ q, a.transpose(0, 2, 1) @ d_o))
    d_n = d_q @ wq + d_k @ wk + d_v @ wv
    d_x = _norm_back(d_y + _norm_back(d_n, n, scale_n), x, scale)
    d_wte = np.zeros_like(wte)
    np.add.at(d_wte, tokens, d_x)
    return cost, (d_wte, d_x, d_q.T @ n, d_k.T @ n, d_v.T @ n, d_y.T @ o, d_w1, d_w2, d_wlm)


def in_numpy(weights, tokens, targets, share, numbers) -> Iterator[float]:
    """The cost of each step, with all weights in one array, which Adam then updates at once."""
    sizes = np.cumsum([each.size for each in weights])[:-1]
    flat = np.concatenate([each.ravel() for each in weights])
    views = [part.reshape(each.shape) for part, each in zip(np.split(flat, sizes), weights, strict=True)]
    m, s = np.zeros_like(flat), np.zeros_like(flat)
    for ids, wanted, parts, (rate, first, second) in zip(tokens, targets, share, numbers, strict=True):
        cost, slopes = cost_and_gradient(views, ids, wanted, parts)
        g = np.concatenate([each.ravel() for each in slopes])
        m *= BETA1
        m += g * flat.dtype.type(1 - BETA1)
        s *= BETA2
        g *= g
        g *= flat.dtype.type(1 - BETA2)
        s += g
        flat -= rate * first * m / (second * np.sqrt(s) + flat.dtype.type(EPSILON))
        yield float(cost)
