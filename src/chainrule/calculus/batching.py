"""What becomes of an operation on one example where it is done for many: a rule for each, in terms of operations.

An operand of many examples has an axis more, the first. Elementwise operations need their axes in line; others are told of the
axis by their params, or work on stacks by themselves. What has no rule is done example by example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..core.binding import bind
from ..core.nouns import Params
from ..core.primitive import PRIMITIVES, Primitive
from ..core.traced import Traced
from ..program.operations.gathering import Slot
from ..program.operations.indexing import Index

_ALL = (None, None, None)  # a slice of everything, as an index holds it


@dataclass
class Many:
    """An operation on one example, its operands, and which of them are of many examples; so many results are wanted."""

    primitive: Primitive
    params: Params
    operands: Sequence[Any]
    is_many: Sequence[bool]
    size: int
    shape: tuple[int, ...]  # of the (first) result for one example

    def rank(self, position: int) -> int:
        """How many axes an operand has for one example."""
        return np.ndim(self.operands[position]) - self.is_many[position]

    def aligned(self, position: int, rank: int) -> Any:
        """An operand with as many axes for one example, so that it is broadcast as that one is."""
        operand, now = self.operands[position], self.rank(position)
        if not self.is_many[position] or now >= rank:
            return operand
        return np.reshape(operand, (self.size, *(1,) * (rank - now), *np.shape(operand)[1:]))

    def stacked(self, position: int) -> Any:
        """An operand of many examples, also if it is the same for all."""
        operand = self.operands[position]
        return operand if self.is_many[position] else np.broadcast_to(operand, (self.size, *np.shape(operand)))

    def done(self, operands: Iterable[Any], other: Primitive | None = None, **changed: Any) -> Any:
        """The operation, or another, of these operands, with some params changed."""
        primitive = other or self.primitive
        known: dict[str, Any] = {} if other else dict(self.params)
        return done(primitive, tuple(operands), tuple({**primitive.params, **known, **changed}.items()))


def done(primitive: Primitive, operands: tuple[Any, ...], params: Params) -> Any:
    """An operation: recorded if an operand is."""
    if any(isinstance(each, Traced) for each in operands):
        return bind(primitive, operands, params)
    return primitive.function(params, len(operands))(*operands)


def batched(many: Many) -> Any:
    """The results for all examples, along a first axis."""
    rule = _elementwise if many.primitive.elementwise else RULES.get(many.primitive.name)
    found = None if rule is None else rule(many)
    return _one_by_one(many) if found is None else found


def _one_by_one(many: Many) -> Any:
    rows = [
        done(
            many.primitive,
            tuple(e[k] if m else e for e, m in zip(many.operands, many.is_many, strict=True)),
            many.params,
        )
        for k in range(many.size)
    ]
    if many.primitive.results is None:
        return np.stack(rows)
    return tuple(np.stack(parts) for parts in zip(*rows, strict=True))


Rule: TypeAlias = Callable[[Many], Any]
"""A rule gives nothing where it does not know how."""


def _elementwise(many: Many) -> Any:
    operands = [many.aligned(position, len(many.shape)) for position in range(len(many.operands))]
    if len(many.shape) == 1:  # a row as long as there are examples must not look as if it met a column by mistake
        alike = [np.shape(each) == (many.size,) and not m for each, m in zip(operands, many.is_many, strict=True)]
        operands = [each[np.newaxis] if row else each for each, row in zip(operands, alike, strict=True)]
    return many.done(operands)


def _as_stacks(many: Many) -> Any:
    """Operations on matrices, which take stacks of them."""
    return many.done(many.operands)


def _moved(axis: Any, rank: int) -> Any:
    """Axes of one example among those of many."""
    if axis is None:
        return tuple(range(1, rank + 1))
    if isinstance(axis, tuple):
        return tuple(each % rank + 1 for each in axis)
    return axis % rank + 1


def _along(many: Many) -> Any:
    """Operations along axes that a param names."""
    return many.done(many.operands, axis=_moved(dict(many.params)["axis"], many.rank(0)))


def _winners(many: Many) -> Any:
    """Along axes of the first operand, with which the other is broadcast."""
    operands = many.stacked(0), many.aligned(1, many.rank(0))
    return many.done(operands, axis=_moved(dict(many.params)["axis"], many.rank(0)))


def _merged(many: Many) -> Any:
    """The same, where no axis means all, one behind another."""
    if dict(many.params)["axis"] is not None:
        return _along(many)
    return many.done([np.reshape(many.operands[0], (many.size, -1))], axis=1)


def _log_sum(many: Many) -> Any:
    return None if dict(many.params)["axis"] is None and dict(many.params)["keepdims"] else _merged(many)


def _norm(many: Many) -> Any:
    axis, rank = dict(many.params)["axis"], many.rank(0)
    if axis is not None or rank == 2:
        return _along(many)
    if dict(many.params)["keepdims"]:
        return None
    return many.done([np.reshape(many.operands[0], (many.size, -1))], axis=1)


def _together(many: Many) -> Any:
    """Operations along one axis of several operands of one rank."""
    rank = max(map(many.rank, range(len(many.operands))))
    if any(many.rank(position) != rank for position in range(len(many.operands))):
        return None
    changed: dict[str, Any] = {"shape": (many.size, *many.shape)} if "shape" in dict(many.params) else {}
    axis = _moved(dict(many.params)["axis"], rank)
    return many.done(map(many.stacked, range(len(many.operands))), axis=axis, **changed)


def _stack(many: Many) -> Any:
    """The new axis comes after that of the examples."""
    return many.done(map(many.stacked, range(len(many.operands))), axis=dict(many.params)["axis"] + 1)


# ---- products ----------------------------------------------------------------------------------------------------------


def _matmul(many: Many) -> Any:
    (left, right), (one, other) = many.operands, map(many.rank, (0, 1))
    if many.is_many[0] and not many.is_many[1] and one == 1 and other <= 2:
        return many.done((left, right))  # rows times a matrix, or a vector
    if many.is_many[1] and not many.is_many[0] and other == 1 and one <= 2:
        return many.done((right, np.transpose(left)))
    stack = max(one, other, 2)
    if one == 1:
        left = np.reshape(left, (*np.shape(left)[:-1], 1, np.shape(left)[-1]))
    if other == 1:
        right = np.reshape(right, (*np.shape(right), 1))
    made = Many(many.primitive, many.params, (left, right), many.is_many, many.size, many.shape)
    return np.reshape(made.done(made.aligned(k, stack) for k in (0, 1)), (many.size, *many.shape))


def _outer(many: Many) -> Any:
    left, right = (np.reshape(e, (*np.shape(e)[:m], -1)) for e, m in zip(many.operands, many.is_many, strict=True))
    return left[..., :, np.newaxis] * (right[:, np.newaxis, :] if many.is_many[1] else right[np.newaxis, :])


def _cross(many: Many) -> Any:
    return many.done(many.aligned(k, max(map(many.rank, (0, 1)))) for k in (0, 1))


def _einsum(many: Many) -> Any:
    subscripts = str(dict(many.params)["subscripts"])
    given, arrow, result = subscripts.partition("->")
    letter = next(each for each in "zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA" if each not in subscripts)
    if not arrow:
        return None
    terms = [letter * many.is_many[k] + term for k, term in enumerate(given.split(","))]
    return many.done(many.operands, subscripts=f"{','.join(terms)}->{letter}{result}")


def _windowed_einsum(many: Many) -> Any:
    shape, subscripts = dict(many.params)["shape"], str(dict(many.params)["subscripts"])
    given, _, result = subscripts.partition("->")
    letter = next(each for each in "nmbzwvutsrqpolkhgfedca" if each not in subscripts)
    terms = [letter * many.is_many[k] + term for k, term in enumerate(given.split(","))]
    wide = None if shape is None else (many.size, *shape)
    return many.done(many.operands, subscripts=f"{','.join(terms)}->{letter}{result}", shape=wide)


def _windows(many: Many) -> Any:
    return many.done(many.operands, axis=tuple(axis + 1 for axis in dict(many.params)["axis"]))


def _solve(many: Many) -> Any:
    (a, b), rank = many.operands, many.rank(1)
    if rank == 1 and not many.is_many[1]:
        return many.done((a, b))
    if rank == 1:
        b = b[..., np.newaxis]
    made = Many(many.primitive, many.params, (a, b), many.is_many, many.size, many.shape)
    found = made.done(made.aligned(k, max(made.rank(0), made.rank(1))) for k in (0, 1))
    return found[..., 0] if rank == 1 else found


# ---- shapes and places -------------------------------------------------------------------------------------------------


def _reshape(many: Many) -> Any:
    return np.reshape(many.operands[0], (many.size, *many.shape))


def _broadcast(many: Many) -> Any:
    return np.broadcast_to(many.aligned(0, len(many.shape)), (many.size, *many.shape))


def _transposed(many: Many) -> Any:
    rank = many.rank(0)
    axes = dict(many.params).get("axes")
    axes = range(rank)[::-1] if axes is None else axes
    return np.transpose(many.operands[0], (0, *(axis % rank + 1 for axis in axes)))


def _getitem(many: Many) -> Any:
    return many.done(many.operands, index=Index((_ALL, *dict(many.params)["index"].parts)))


def _scatter(many: Many) -> Any:
    return many.done(
        many.operands, index=Index((_ALL, *dict(many.params)["index"].parts), True), shape=(many.size, *many.shape)
    )


def _pad(many: Many) -> Any:
    return many.done(many.operands, width=((0, 0), *dict(many.params)["width"]))


def _triangle(many: Many) -> Any:
    return many.done(many.operands) if many.rank(0) > 1 else None


def _diagonal(many: Many) -> Any:
    params, rank = dict(many.params), many.rank(0)
    return many.done(many.operands, axis1=params["axis1"] % rank + 1, axis2=params["axis2"] % rank + 1)


def _on_diagonal(many: Many) -> Any:
    params, rank = dict(many.params), len(many.shape)
    axes: dict[str, Any] = {name: params[name] % rank + 1 for name in ("axis1", "axis2")}
    return many.done(many.operands, **axes, shape=(many.size, *many.shape))


def _diag(many: Many) -> Any:
    k = dict(many.params)["k"]
    if many.rank(0) == 2:
        return many.done(many.operands, PRIMITIVES["diagonal"], offset=k, axis1=1, axis2=2)
    return many.done(
        many.operands, PRIMITIVES["on_diagonal"], offset=k, axis1=1, axis2=2, shape=(many.size, *many.shape)
    )


def _take(many: Many) -> Any:
    axis = dict(many.params)["axis"]
    if many.is_many[1]:
        return None if many.is_many[0] else np.moveaxis(many.done(many.operands), axis % many.rank(0), 0)
    return many.done(many.operands, axis=axis % many.rank(0) + 1)


def _put(many: Many) -> Any:
    if many.is_many[1]:
        return None
    return many.done(
        many.operands, axis=dict(many.params)["axis"] % len(many.shape) + 1, shape=(many.size, *many.shape)
    )


def _by_arrays(many: Many) -> Any:
    """What arrays of places name; they stand side by side, or NumPy brings them to the front."""
    index, adds = dict(many.params)["index"], many.primitive.name == "add_at"
    changed: dict[str, Any] = {"shape": (many.size, *many.shape)} if adds else {}
    named = [k for k, part in enumerate(index.parts) if isinstance(part, (Slot, int))]
    if any(part is Ellipsis or part is None for part in index.parts) or named != list(range(named[0], named[-1] + 1)):
        return None
    if not any(many.is_many[1:]):
        return many.done(many.operands, index=Index((_ALL, *index.parts), adds), **changed)
    if named[0] or any(isinstance(part, Slot) and part.count is not None for part in index.parts):
        return None
    rank = max(map(many.rank, range(1, len(many.operands))))
    places = [many.aligned(k, rank) for k in range(1, len(many.operands))]
    if not many.is_many[0] and not adds:
        return many.done((many.operands[0], *places))
    own = np.reshape(np.arange(many.size), (many.size, *(1,) * rank))
    parts = (Slot(1), *(Slot(part.position + 1) if isinstance(part, Slot) else part for part in index.parts))
    return many.done((many.stacked(0), own, *places), index=Index(parts, adds), **changed)


def _looked_up(many: Many) -> Any:
    """Operations whose other operands are a table that is the same for all examples."""
    values = 1 if many.primitive.name == "searchsorted" else 0
    return None if any(m for k, m in enumerate(many.is_many) if k != values) else many.done(many.operands)


def _fourier(many: Many) -> Any:
    """Transforms, whose axes are counted from the back."""
    params = dict(many.params)
    every: dict[str, Any] = {"axes": tuple(range(-many.rank(0), 0))} if params.get("axes", ()) is None else {}
    return many.done(many.operands, **every)


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("inv", "cofactors", "det", "slogdet", "pinv", "eigh", "eigvalsh", "cholesky", "svd", "svdvals", "qr", "modf"), _as_stacks
    ),
    **dict.fromkeys(
        ("sum", "mean", "max", "first_max", "min", "nanmax", "nanmin", "any", "all", "std", "prod", "special_logsumexp",
         "special_softmax", "log_softmax", "softmax", "sort", "argsort", "argpartition", "roll", "cumsum", "cumprod",
         "logcumsumexp", "products_of_others"), _along
    ),
    **dict.fromkeys(("argmax", "argmin", "nanargmax", "nanargmin"), _merged),
    **dict.fromkeys(("concatenate", "take_along_axis", "add_along", "recurrence"), _together),
    **dict.fromkeys(("tril", "triu"), _triangle),
    **dict.fromkeys(("gather", "add_at"), _by_arrays),
    **dict.fromkeys(("searchsorted", "interp"), _looked_up),
    **dict.fromkeys(("fft", "ifft", "rfft", "irfft", "fft2", "ifft2", "fftn", "ifftn"), _fourier),
    "norm": _norm, "logsumexp": _log_sum, "matmul": _matmul, "outer": _outer, "cross": _cross, "einsum": _einsum, "solve": _solve,
    "windowed_einsum": _windowed_einsum, "windows": _windows, "overlap_add": _windows,
    "reshape": _reshape, "winners": _winners,
    "broadcast_to": _broadcast, "T": _transposed, "transpose": _transposed, "getitem": _getitem, "scatter": _scatter, "pad": _pad,
    "diagonal": _diagonal, "on_diagonal": _on_diagonal, "diag": _diag, "take": _take, "put": _put,
}  # fmt: skip
"""The rules of operations that are not elementwise."""
