"""Extremes that only shift, as in a softmax: e = exp(x − max x), e / Σ e. They keep numbers small, and cancel in the result.

Of such an extreme m the result does not depend, so no error flows through it: neither are its parts computed, which would
only sum to 0 within rounding, nor are they read. Whether it cancels follows from the recording: what is computed with m stays
u + c m, or u exp(c m), with a number c and a u that is free of m; at the end, nothing that depends on m may be left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.derivative import CANCELED
from ..core.traced import Traced
from .operations.reductions import axes_of

_EXTREMES = ("max", "min", "nanmax", "nanmin", "maximum", "minimum")


@dataclass(frozen=True)
class _Shifted:
    """A value u + c m, or u exp(c m) if it is `scaled`. `axes` has, for each of its axes, the one of m that runs along it."""

    c: float
    axes: tuple[int | None, ...]
    scaled: bool = False


class _Unknown(Exception):  # noqa: N818  # no error: what is computed has neither form
    pass


_Parts = Sequence[_Shifted | None]
_Rule = Callable[[Traced, _Parts], _Shifted | None]


def canceled(nodes: Sequence[Traced], outputs: Sequence[Traced]) -> set[int]:
    """The extremes, by id, on which none of the outputs depends; `nodes` are all on the way to the outputs, in order."""
    failed: set[int] = set()
    found: set[int] = set()
    shifted: dict[int, dict[int, _Shifted]] = {}  # by node, and by extreme
    for node in nodes:
        if node.primitive is None:
            continue
        known = [shifted.get(id(each), {}) for each in node.inputs]
        for extreme in dict.fromkeys(each for part in known for each in part if each not in failed):
            try:
                form = _RULES.get(node.primitive.name, _refused)(node, [part.get(extreme) for part in known])
            except _Unknown:
                failed.add(extreme)
            else:
                if form is not None and form.c:
                    shifted.setdefault(id(node), {})[extreme] = form
        if node.primitive.name in _EXTREMES or (node.primitive.name == "where" and any(map(_is_extreme, node.inputs))):
            found.add(id(node))
            axes = tuple(None if size == 1 else axis for axis, size in enumerate(node.shape))
            shifted.setdefault(id(node), {})[id(node)] = _Shifted(1, axes)
    left = {extreme for each in outputs for extreme in shifted.get(id(each), ())}
    return found - failed - left


def _is_extreme(operand: Any) -> bool:
    return isinstance(operand, Traced) and operand.primitive is not None and operand.primitive.name in _EXTREMES


def _refused(node: Traced, parts: _Parts) -> _Shifted | None:
    raise _Unknown


def _number(operand: Any) -> float:
    if isinstance(operand, (int, float)):
        return float(operand)
    raise _Unknown


# ---- elementwise -----------------------------------------------------------------------------------------------------


def _elementwise(rule: Callable[..., _Shifted | None]) -> _Rule:
    """A rule of a node and of its operands' forms, all along the axes of the result."""

    def wide(node: Traced, parts: _Parts) -> _Shifted | None:
        more = [each and replace(each, axes=(None,) * (len(node.shape) - len(each.axes)) + each.axes) for each in parts]
        if len({each.axes for each in more if each is not None}) > 1:
            raise _Unknown
        return rule(node, *more)

    return wide


def _sum_of(sign: int) -> _Rule:
    @_elementwise
    def rule(node: Traced, one: _Shifted | None, other: _Shifted | None) -> _Shifted | None:
        if one is not None and other is not None and one.scaled and one == other:
            return one
        if any(each is not None and each.scaled for each in (one, other)):
            raise _Unknown
        some = one or other
        return some and replace(some, c=(one.c if one else 0) + sign * (other.c if other else 0))

    return rule


def _product_of(sign: int) -> _Rule:
    @_elementwise
    def rule(node: Traced, one: _Shifted | None, other: _Shifted | None) -> _Shifted | None:
        some = one or other
        if some is not None and all(each is None or each.scaled for each in (one, other)):
            return replace(some, c=(one.c if one else 0) + sign * (other.c if other else 0))
        number = _number(node.inputs[0 if one is None else 1])  # of two that are shifted, neither is one
        if number and (other is None or sign > 0):
            return some and replace(some, c=some.c * number**sign)
        raise _Unknown

    return rule


def _power_of(exponent: Callable[[Traced], float]) -> _Rule:
    def rule(node: Traced, parts: _Parts) -> _Shifted | None:
        base = parts[0]
        if base is None or not base.scaled or any(parts[1:]):
            raise _Unknown
        return replace(base, c=base.c * exponent(node))

    return rule


def _between_forms(scaled: bool) -> _Rule:
    """The rule of exp, which scales where its operand is shifted, or of log."""

    def rule(node: Traced, parts: _Parts) -> _Shifted | None:
        (x,) = parts
        if x is None or x.scaled is scaled:
            raise _Unknown
        return replace(x, scaled=scaled)

    return rule


@_elementwise
def _chosen(node: Traced, mask: _Shifted | None, one: _Shifted | None, other: _Shifted | None) -> _Shifted | None:
    """Of np.where: −inf stays what it is when it is shifted, and 0 when it is scaled."""
    if one == other:
        return one
    some, rest = (one, node.inputs[2]) if other is None else (other, node.inputs[1])
    if some is None or (one is not None and other is not None):
        raise _Unknown
    if _number(rest) == 0 if some.scaled else math.isinf(_number(rest)):
        return some
    raise _Unknown


# ---- axes ------------------------------------------------------------------------------------------------------------


def _reduced(node: Traced, parts: _Parts) -> _Shifted | None:
    """The rule of sums, means and extremes over axes along which m is the same."""
    (x,) = parts
    assert x is not None
    assert node.primitive is not None
    params, shape = dict(node.params), node.inputs[0].shape
    axes = axes_of(params["axis"], len(shape))
    sums, extreme = node.primitive.name == "sum", node.primitive.name in _EXTREMES
    if any(x.axes[each] is not None for each in axes) or (x.scaled and extreme):
        raise _Unknown
    kept = tuple(each for place, each in enumerate(x.axes) if params["keepdims"] or place not in axes)
    count = math.prod(shape[each] for each in axes) if sums and not x.scaled else 1
    return replace(x, c=x.c * count, axes=kept)


def _reshaped(node: Traced, parts: _Parts) -> _Shifted | None:
    """The rule of what only adds axes of size 1, or drops them."""
    (x,) = parts
    assert x is not None
    shape = node.inputs[0].shape
    wide = [(size, axis) for size, axis in zip(shape, x.axes, strict=True) if size != 1]
    if [size for size, _ in wide] != [size for size in node.shape if size != 1]:
        raise _Unknown
    following = (axis for _, axis in wide)
    return replace(x, axes=tuple(None if size == 1 else next(following) for size in node.shape))


def _turned(node: Traced, parts: _Parts) -> _Shifted | None:
    (x,) = parts
    assert x is not None
    order = dict(node.params).get("axes", tuple(range(len(node.shape)))[::-1])
    return replace(x, axes=tuple(x.axes[each] for each in order))


def _indexed(node: Traced, parts: _Parts) -> _Shifted | None:
    """The rule of slices and new axes; along an axis of m, only all of it may be taken."""
    (x,) = parts
    assert x is not None
    index = dict(node.params)["index"].parts
    missing = len(x.axes) - sum(each is not None and each is not Ellipsis for each in index)
    if Ellipsis not in index:
        index = (*index, Ellipsis)
    place = index.index(Ellipsis)
    index = (*index[:place], *((None, None, None),) * missing, *index[place + 1 :])
    following, axes = iter(x.axes), list[int | None]()
    for each in index:
        axis = None if each is None else next(following)
        if axis is not None and each != (None, None, None):
            raise _Unknown
        if each is None or isinstance(each, tuple):
            axes.append(axis)
    return replace(x, axes=tuple(axes))


def _multiplied(node: Traced, parts: _Parts) -> _Shifted | None:
    """The rule of matrix products, whose sums run along an axis along which m is the same."""
    if all(parts):
        raise _Unknown
    x, place = (parts[0], 0) if parts[0] is not None else (parts[1], 1)
    assert x is not None
    has_rows, has_columns = (len(each.shape) > 1 for each in node.inputs)
    if not x.scaled or x.axes[-2 if place and has_columns else -1] is not None:
        raise _Unknown
    rows = (None if place else x.axes[-2],) if has_rows else ()
    columns = (x.axes[-1] if place else None,) if has_columns else ()
    axes = (*x.axes[:-2], *rows, *columns)
    return replace(x, axes=(None,) * (len(node.shape) - len(axes)) + axes)


_RULES: dict[str, _Rule] = {
    "identity": lambda node, parts: parts[0], "astype": lambda node, parts: parts[0],
    "negative": lambda node, parts: parts[0] if parts[0] is None or parts[0].scaled else replace(parts[0], c=-parts[0].c),
    "add": _sum_of(1), "subtract": _sum_of(-1), "multiply": _product_of(1), "divide": _product_of(-1),
    "exp": _between_forms(True), "log": _between_forms(False), "where": _chosen,
    "power": _power_of(lambda node: _number(node.inputs[1])), "square": _power_of(lambda node: 2),
    "sqrt": _power_of(lambda node: 0.5),
    "sum": _reduced, "mean": _reduced, "max": _reduced, "min": _reduced,
    "reshape": _reshaped, "T": _turned, "transpose": _turned, "getitem": _indexed, "matmul": _multiplied,
    "broadcast_to": _elementwise(lambda node, x: x),
}  # fmt: skip

CANCELED |= dict.fromkeys(_EXTREMES, canceled)
