"""Finds Einstein sums over windows in programs: products of any kind whose operand is a view of an array's windows.

An operand is followed back through transposes, slices with steps, and reshapes that join axes, to the array whose windows it
shows. What stands on the other side is split where the view's axes were joined, as in `columns @ w.reshape(20, 25).T`. The
error of an array, which adds windows up, is found by the same way back, from the sum to the product that gave the windows.
"""

from __future__ import annotations

import math
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from ..core.binding import bind
from ..core.dims import Shape
from ..core.nouns import Constant, Equation, Operand, Symbol
from ..core.primitive import PRIMITIVES, dtype_of
from ..core.rewrite import Apply, Expression, RewriteRule, Scope, on
from ..core.traced import Traced
from .inplace.memory import Version, look
from .operations.einsum import OTHERWISE
from .operations.indexing import Index
from .operations.reductions import axes_of
from .operations.windows import Part, Subscripts, params_of, read

_Label: TypeAlias = "str | int"
"""An index of a sum: a letter of the user's, or a number where there is none."""
_Axis: TypeAlias = "tuple[_Label, ...]"
"""The indices that an axis runs through: several, if axes were joined; none along an axis of size 1."""
_Sizes: TypeAlias = "dict[_Label, int]"


def equation_of(scope: Scope, operand: Operand, *names: str) -> Equation | None:
    """The equation of a symbol, named by the user or not, if its operation has one of these names."""
    found = scope.equations.get(operand.name) if isinstance(operand, Symbol) else None
    return found if found is not None and found.primitive.name in names else None


# ---- views of windows --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _View:
    """An array, seen through its windows.

    For each axis of the array, `terms` has the indices that add up to its place, with their steps, and `starts` the first
    place. For each axis of the view, `axes` has the indices that it runs through.
    """

    array: Expression
    shape: Shape
    terms: tuple[tuple[tuple[_Label, int], ...], ...]
    starts: tuple[int, ...]
    axes: tuple[_Axis, ...]
    sizes: _Sizes

    def moved(self, label: _Label, start: int, step: int, size: int | None) -> _View:
        """The view from a place of an index on, in further steps; without a size, at that place alone."""
        k, by = next((k, by) for k, term in enumerate(self.terms) for each, by in term if each == label)
        term = tuple((each, s * step if each == label else s) for each, s in self.terms[k] if size or each != label)
        starts = (*self.starts[:k], self.starts[k] + by * start, *self.starts[k + 1 :])
        sizes = self.sizes if size is None else self.sizes | {label: size}
        return replace(self, terms=(*self.terms[:k], term, *self.terms[k + 1 :]), starts=starts, sizes=sizes)


def _whole(operand: Operand) -> _View:
    labels = range(len(operand.shape))
    sizes: _Sizes = dict(zip(labels, map(int, operand.shape), strict=True))
    terms, axes = tuple(((k, 1),) for k in labels), tuple((k,) for k in labels)
    return _View(operand, operand.shape, terms, (0,) * len(labels), axes, sizes)


def _viewed(scope: Scope, operand: Operand) -> _View | None:
    """The view of windows that an operand is."""
    made = equation_of(scope, operand, *_STEPS)
    if made is None:
        return None
    inner = _viewed(scope, made.inputs[0])
    if inner is None and made.primitive.name == "windows":
        inner = _whole(made.inputs[0])
    return None if inner is None else _STEPS[made.primitive.name](inner, made)


def _of_windows(view: _View, made: Equation) -> _View | None:
    params = dict(made.params)
    axes, terms, sizes = list(view.axes), list(view.terms), dict(view.sizes)
    for axis, width in zip(params["axis"], params["size"], strict=True):
        if len(axes[axis]) != 1:
            return None
        (place,) = axes[axis]
        k = next(k for k, term in enumerate(terms) if any(each == place for each, _ in term))
        if len(terms[k]) != 1:  # windows of windows
            return None
        own = len(sizes)
        terms[k] = (*terms[k], (own, terms[k][0][1]))
        sizes |= {place: sizes[place] - width + 1, own: width}
        axes.append((own,))
    return replace(view, axes=tuple(axes), terms=tuple(terms), sizes=sizes)


def _of_transpose(view: _View, made: Equation) -> _View:
    order = _order(made)
    return replace(view, axes=tuple(view.axes[k] for k in order))


def _order(made: Equation) -> Sequence[int]:
    """The axes of a transpose."""
    order: Sequence[int] = dict(made.params).get("axes", range(len(made.target.shape))[::-1])
    return order


def _of_reshape(view: _View, made: Equation) -> _View | None:
    axes = _grouped([each for axis in view.axes for each in axis], view.sizes, made.target.shape)
    if axes is not None:
        return replace(view, axes=axes)
    split = _apart(view, made.target.shape)
    return None if split is None else _of_reshape(split, made)


def _apart(view: _View, shape: Shape) -> _View | None:
    """The view with the first index split that a reshape splits, as channels into groups, if it is an axis of the array."""
    rest, whole = [each for axis in view.axes for each in axis], 1
    for size in map(int, shape):
        whole *= size
        while rest and whole % view.sizes[rest[0]] == 0 and whole > 1:
            whole //= view.sizes[rest.pop(0)]
        if rest and whole > 1 and view.sizes[rest[0]] % whole == 0:
            break
    else:
        return None
    label = rest[0]
    k = next(k for k, term in enumerate(view.terms) if any(each == label for each, _ in term))
    if view.terms[k] != ((label, 1),) or view.sizes[label] != view.shape[k]:
        return None
    parts = (whole, view.sizes[label] // whole)
    wide = (*view.shape[:k], *parts, *view.shape[k + 1 :])
    own = len(view.sizes), len(view.sizes) + 1
    axes = tuple(tuple(new for each in axis for new in (own if each == label else (each,))) for axis in view.axes)
    return _View(
        Apply("reshape", (view.array,), (("shape", wide),)), wide,
        (*view.terms[:k], ((own[0], 1),), ((own[1], 1),), *view.terms[k + 1 :]), (*view.starts[:k], 0, 0, *view.starts[k + 1 :]),
        axes, view.sizes | dict(zip(own, parts, strict=True)),
    )  # fmt: skip


def _of_part(view: _View, made: Equation) -> _View | None:
    axes, kept = list(view.axes), list[_Axis]()
    for part in _parts(made):
        if part is None:
            kept.append(())
            continue
        axis = axes.pop(0)
        if part == _ALL:
            kept.append(axis)
            continue
        if len(axis) != 1:
            return None
        size = view.sizes[axis[0]]
        if isinstance(part, tuple):
            start, stop, step = slice(*part).indices(size)
            count = len(range(start, stop, step))
            if step < 0 or not count:
                return None
            view = view.moved(axis[0], start, step, count)
            kept.append(axis)
        else:
            view = view.moved(axis[0], int(part) % size, 1, None)
    return replace(view, axes=tuple(kept))


_STEPS: dict[str, Callable[[_View, Equation], _View | None]] = {
    "windows": _of_windows, "T": _of_transpose, "transpose": _of_transpose, "reshape": _of_reshape, "getitem": _of_part,
}  # fmt: skip


def _grouped(labels: Sequence[_Label], sizes: _Sizes, shape: Shape) -> tuple[_Axis, ...] | None:
    """Indices one after another as the axes of a shape, unless an index would have to be split."""
    rest, axes = list(labels), []
    for size in map(int, shape):
        axis: list[_Label] = []
        while rest and (math.prod(sizes[each] for each in axis) != size or (not axis and sizes[rest[0]] == 1)):
            axis.append(rest.pop(0))
            if math.prod(sizes[each] for each in axis) > size:
                return None
        if math.prod(sizes[each] for each in axis) != size:
            return None
        axes.append(tuple(axis))
    if any(sizes[each] != 1 for each in rest) or (rest and not axes):
        return None
    return (*axes[:-1], axes[-1] + tuple(rest)) if rest else tuple(axes)


def _split(scope: Scope, operand: Operand, axes: Sequence[_Axis], sizes: _Sizes) -> tuple[Expression, list[_Label]]:
    """An array with an axis for each index: what was joined in it, as it was before, or else reshaped."""
    labels = [each for axis in axes for each in axis]
    is_split = all(len(axis) == 1 for axis in axes)
    made = scope.made_by(operand, *_TURNS) if is_split else equation_of(scope, operand, *_TURNS, "reshape", "getitem")
    before = None if made is None else _before(made, axes, sizes)
    if made is not None and before is not None:
        found, its = _split(scope, made.inputs[0], before, sizes)
        if not isinstance(found, Apply):
            return found, its
    if is_split:
        return operand, labels
    return Apply("reshape", (operand,), (("shape", tuple(sizes[each] for each in labels)),)), labels


_TURNS = ("T", "transpose")


def _before(made: Equation, axes: Sequence[_Axis], sizes: _Sizes) -> tuple[_Axis, ...] | None:
    """The axes of what was transposed, reshaped, or given axes of size 1, from those of the result."""
    if made.primitive.name in _TURNS:
        back = dict(zip(_order(made), axes, strict=True))
        return tuple(back[k] for k in range(len(axes)))
    if made.primitive.name == "reshape":
        return _grouped([each for axis in axes for each in axis], sizes, made.inputs[0].shape)
    if made.primitive.name == "getitem":
        parts = _parts(made)
        if all(part is None or part == _ALL for part in parts) and all(
            part or not axis for part, axis in zip(parts, axes, strict=True)
        ):
            return tuple(axis for part, axis in zip(parts, axes, strict=True) if part)
    return None


_ALL = (None, None, None)  # a slice of everything, as an index holds it


def _parts(made: Equation) -> list[Any]:
    """The parts of an index, with slices for an ellipsis and for the axes that it does not name."""
    parts = list(dict(made.params)["index"].parts)
    missing = len(made.inputs[0].shape) - sum(part is not None and part is not Ellipsis for part in parts)
    at = parts.index(Ellipsis) if Ellipsis in parts else len(parts)
    return [*parts[:at], *[_ALL] * missing, *parts[at + 1 :]]


# ---- products ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Product:
    """A sum of products: two operands, a label for each axis of theirs, and of the result; no label for an axis of size 1."""

    operands: tuple[Operand, Operand]
    labels: tuple[Sequence[_Label | None], Sequence[_Label | None]]
    result: Sequence[_Label | None]


def _of_einsum(scope: Scope, made: Equation) -> _Product | None:
    if len(made.inputs) != 2:
        return None
    given, _, result = str(dict(made.params)["subscripts"]).partition("->")
    one, other = given.split(",")
    return _Product((made.inputs[0], made.inputs[1]), (tuple(one), tuple(other)), tuple(result))


def _of_matmul(scope: Scope, made: Equation) -> _Product | None:
    one, other = made.inputs
    stack = tuple(range(3, 3 + max(len(one.shape), len(other.shape)) - 2))
    left = (*stack, 0, 1)[-len(one.shape) :] if len(one.shape) > 1 else (1,)
    right = (*stack, 1, 2)[-len(other.shape) :] if len(other.shape) > 1 else (1,)
    rows, columns = (0,) if len(one.shape) > 1 else (), (2,) if len(other.shape) > 1 else ()
    return _Product((one, other), (left, right), (*stack, *rows, *columns))


def _of_multiply(scope: Scope, made: Equation) -> _Product:
    one, other = made.inputs
    every = range(len(made.target.shape))
    left, right = (every[len(every) - len(each.shape) :] for each in (one, other))
    return _Product((one, other), (left, right), every)


def _of_sum(scope: Scope, made: Equation) -> _Product | None:
    inner = equation_of(scope, made.inputs[0], "multiply")
    if inner is None:
        return None
    product, params = _of_multiply(scope, inner), dict(made.params)
    every = range(len(inner.target.shape))
    axes = axes_of(params["axis"], len(every))
    kept = [None if each in axes else each for each in every if each not in axes or params["keepdims"]]
    return replace(product, result=kept)


_PRODUCTS: dict[str, Callable[[Scope, Equation], _Product | None]] = {
    "einsum": _of_einsum, "matmul": _of_matmul, "sum": _of_sum, "multiply": _of_multiply,
}  # fmt: skip


def _axes_of(
    labels: Sequence[_Label | None], shape: Shape, groups: dict[_Label | None, _Axis], sizes: _Sizes
) -> list[_Axis] | None:
    """The indices along each axis of an operand, in which a label may stand for several; new ones are entered."""
    axes: list[_Axis] = []
    for label, size in zip(labels, map(int, shape), strict=True):
        known = groups.get(label)
        if known is None or (not known and size != 1):
            known = groups[label] = (len(sizes),)
            sizes[known[0]] = size
        elif math.prod(sizes[each] for each in known) != size:
            if size != 1:
                return None
            known = ()
        axes.append(known)
    return None if len(set(labels)) < len(labels) else axes


_Terms: TypeAlias = "tuple[tuple[tuple[_Label, int], ...], ...]"


def _plain(labels: Sequence[_Label]) -> _Terms:
    return tuple(((each, 1),) for each in labels)


def _sum_over_windows(
    operands: tuple[Expression, Expression], terms: tuple[_Terms, _Terms, _Terms], shapes: tuple[Shape, Shape, Shape],
    letters: dict[_Label, str],
) -> Expression | None:  # fmt: skip
    """The Einstein sum over windows, if each index stands in two of the three terms, and none of the operands is a number."""
    counts = Counter(label for term in terms for label in {each for axis in term for each, _ in axis})
    once = Counter((k, label) for k, term in enumerate(terms) for axis in term for label, _ in axis)
    if min(counts.values()) < 2 or max(once.values()) > 1 or not all(terms):
        return None
    names = _letters(terms, letters)
    named = (tuple(tuple(Part(names[each], step) for each, step in axis) for axis in term) for term in terms)
    return Apply("windowed_einsum", operands, params_of(Subscripts(*named), *shapes))


def _letters(terms: tuple[_Terms, _Terms, _Terms], given: dict[_Label, str]) -> dict[_Label, str]:
    """A letter for each index: the user's, or else y and x for places, i and j in windows, c for channels, f for filters."""
    names = dict(given)
    windowed = next(term for term in terms if any(len(axis) > 1 for axis in term))
    pairs = [axis for axis in windowed if len(axis) > 1]
    others = [{each for axis in term for each, _ in axis} for term in terms if term is not windowed]
    others.sort(key=lambda each: pairs[0][0][0] not in each)  # what has the places first, then what has the windows
    wanted: dict[_Label, str] = {}
    for (place, _), (window, _), y, i in zip(*zip(*pairs, strict=True), "zyx"[-len(pairs) :], "ijk", strict=False):
        wanted |= {place: y, window: i}
    own = {axis[0][0] for axis in windowed if len(axis) == 1}
    for label in dict.fromkeys(each for term in terms for axis in term for each, _ in axis):
        inside = label in own, label in others[0], label in others[1]
        wanted.setdefault(
            label, {(True, True, False): "n", (True, False, True): "c", (False, True, True): "f"}.get(inside, "g")
        )
    for label, letter in wanted.items():
        if label not in names:
            names[label] = next(each for each in letter + string.ascii_letters if each not in names.values())
    return names


def _given(groups: dict[_Label | None, _Axis]) -> dict[_Label, str]:
    """The user's letters of indices."""
    return {
        axis[0]: label
        for label, axis in groups.items()
        if isinstance(label, str) and len(axis) == 1 and label.isalpha()
    }


# ---- rules -------------------------------------------------------------------------------------------------------------------


@on("mean", "einsum", "matmul", "sum")
def over_windows(scope: Scope, equation: Equation) -> Expression | None:
    """A product with a view of windows is one operation on the array that they are windows of."""
    name = equation.primitive.name
    product = (_of_sum if name == "mean" else _PRODUCTS[name])(scope, equation)
    if product is None:
        return None
    for place in (0, 1):
        view = _viewed(scope, product.operands[place])
        found = None if view is None else _of_view(scope, product, place, view)
        if found is not None and name == "mean":
            count = math.prod(map(int, equation.inputs[0].shape)) // math.prod(map(int, equation.target.shape))
            return Apply("divide", (found, Constant(count)))
        if found is not None:
            return found
    return None


def _of_view(scope: Scope, product: _Product, place: int, view: _View) -> Expression | None:
    groups: dict[_Label | None, _Axis] = dict(zip(product.labels[place], view.axes, strict=True))
    sizes, other = dict(view.sizes), product.operands[1 - place]
    axes = _axes_of(product.labels[1 - place], other.shape, groups, sizes)
    if axes is None or len(groups) < len(product.labels[place]) or max(map(len, view.terms)) < 2:
        return None
    if np.result_type(*(np.dtype(dtype_of(each)) for each in product.operands)).kind not in "fc":
        return None
    split, labels = _split(scope, other, axes, sizes)
    array, wide = _sliced(view, sizes)
    result = [groups[label] if label is not None else () for label in product.result]
    kept = [each for axis in result for each in axis]
    terms = tuple(term if len(term) > 1 else ((term[0][0], 1),) for term in view.terms if term)
    one, two = (array, terms, wide), (split, _plain(labels), tuple(sizes[each] for each in labels))
    one, two = (two, one) if place else (one, two)
    shapes = one[2], two[2], tuple(sizes[each] for each in kept)
    made = _sum_over_windows((one[0], two[0]), (one[1], two[1], _plain(kept)), shapes, _given(groups))
    if made is None or all(len(axis) == 1 for axis in result):
        return made
    return Apply("reshape", (made,), (("shape", tuple(math.prod(sizes[each] for each in axis) for axis in result)),))


def _sliced(view: _View, sizes: _Sizes) -> tuple[Expression, Shape]:
    """The part of the array that a view begins at, and its shape."""
    parts: list[object] = []
    shape: list[int] = []
    for term, start, size in zip(view.terms, view.starts, map(int, view.shape), strict=True):
        if not term:
            parts.append(start)
            continue
        label, step = term[0]
        last = start + step * (sizes[label] - 1) + 1
        if len(term) > 1:
            parts.append((start or None, None, None))
            shape.append(size - start)
        else:
            parts.append((start or None, None if last + step > size else last, None if step == 1 else step))
            shape.append(sizes[label])
    if all(part == _ALL for part in parts):
        return view.array, view.shape
    return Apply("getitem", (view.array,), (("index", Index(tuple(parts))),)), tuple(shape)


@on("overlap_add")
def overlapped(scope: Scope, equation: Equation) -> Expression | None:
    """Windows that are a product and are added up: the error of an array whose windows met weights."""
    if equation.target.dtype.kind not in "fc":
        return None
    operand, along = equation.inputs[0], dict(equation.params)["axis"]
    axes: tuple[_Axis, ...] | None = tuple((k,) for k in range(len(operand.shape)))
    sizes: _Sizes = dict(enumerate(map(int, operand.shape)))
    steps: dict[_Label, int] = {}
    while (made := equation_of(scope, operand, *_TURNS, "reshape", "scatter")) is not None and axes is not None:
        axes = _spread(made, axes, sizes, steps) if made.primitive.name == "scatter" else _before(made, axes, sizes)
        operand = made.inputs[0]
    made = equation_of(scope, operand, *_PRODUCTS)
    product = None if made is None or axes is None else _PRODUCTS[made.primitive.name](scope, made)
    if product is None or axes is None or None in product.result or len(set(along)) < len(along):
        return None
    groups: dict[_Label | None, _Axis] = dict(zip(product.result, axes, strict=True))
    parts = []
    for labels, each in zip(product.labels, product.operands, strict=True):
        own = _axes_of(labels, each.shape, groups, sizes)
        if own is None:
            return None
        parts.append(_split(scope, each, own, sizes))
    (one, its), (other, others) = parts
    ndim = len(equation.target.shape)
    if any(k not in along and (k in steps or sizes[k] != equation.target.shape[k]) for k in range(ndim)):
        return None
    windows = dict(zip(along, range(ndim, ndim + len(along)), strict=True))
    pairs = [(k, windows[k]) if k in windows else (k,) for k in range(ndim)]
    result = tuple(tuple((each, steps.get(each, 1)) for each in pair) for pair in pairs)
    shapes = tuple(sizes[each] for each in its), tuple(sizes[each] for each in others), equation.target.shape
    return _sum_over_windows((one, other), (_plain(its), _plain(others), result), shapes, _given(groups))


def _spread(
    made: Equation, axes: tuple[_Axis, ...], sizes: _Sizes, steps: dict[_Label, int]
) -> tuple[_Axis, ...] | None:
    """The axes of what was put at every few places from the first on; their steps and sizes are entered."""
    parts = dict(made.params)["index"].parts
    if Ellipsis in parts or not all(isinstance(part, tuple) for part in parts):
        return None
    for part, axis in zip(parts, axes, strict=False):
        if part == _ALL:
            continue
        if len(axis) != 1:
            return None
        start, stop, step = slice(*part).indices(sizes[axis[0]])
        if start or step < 0:
            return None
        sizes[axis[0]], steps[axis[0]] = len(range(start, stop, step)), steps.get(axis[0], 1) * step
    return axes


@on(*_TURNS, "windowed_einsum")
def turned(scope: Scope, equation: Equation) -> Expression | None:
    """A transpose behind or before a sum over windows is another order of its indices."""
    name, operands = equation.primitive.name, list(equation.inputs)
    inner = scope.made_by(operands[0], "windowed_einsum") if name in _TURNS and scope.used_once(operands[0]) else None
    if inner is not None:
        params, order = dict(inner.params), _order(equation)
        terms, shape = read(params["subscripts"]), params["shape"] and tuple(params["shape"][k] for k in order)
        terms = terms._replace(result=tuple(terms.result[k] for k in order))
        return Apply("windowed_einsum", inner.inputs, (("shape", shape), ("subscripts", str(terms))))
    if name != "windowed_einsum":
        return None
    params = dict(equation.params)
    both = list(read(params["subscripts"]))
    for place, operand in enumerate(equation.inputs):
        before = scope.made_by(operand, *_TURNS)
        if before is not None:
            back = dict(zip(_order(before), both[place], strict=True))
            both[place], operands[place] = tuple(back[k] for k in range(len(back))), before.inputs[0]
    if operands == list(equation.inputs):
        return None
    subscripts = str(Subscripts(*both))
    return Apply("windowed_einsum", tuple(operands), (("shape", params["shape"]), ("subscripts", subscripts)))


@on("reshape")
def joined_reshapes(scope: Scope, equation: Equation) -> Expression | None:
    """A sum over windows that is reshaped twice is reshaped once."""
    inner = scope.made_by(equation.inputs[0], "reshape")
    if inner is None or scope.made_by(inner.inputs[0], "windowed_einsum") is None:
        return None
    shape = equation.target.shape
    return inner.inputs[0] if inner.inputs[0].shape == shape else Apply("reshape", inner.inputs, (("shape", shape),))


RULES: tuple[RewriteRule, ...] = (over_windows, overlapped, turned, joined_reshapes)


# ---- while a function runs ---------------------------------------------------------------------------------------------


def _at_once(subscripts: str, operands: Sequence[Any]) -> Any:
    """The same for traced arrays: an Einstein sum over windows is computed by matrix products, which NumPy's is not."""
    scope, nodes = Scope(Counter(), {}, set()), dict[str, Any]()

    def symbol(value: Any) -> Operand:
        if not isinstance(value, Traced):
            return Constant(value)
        made = Symbol(f"·{value.id}", value.shape, value.dtype)
        if made.name not in nodes:
            nodes[made.name] = value
            if value.primitive is not None and value.primitive.name in _STEPS and not _is_rewritten(value):
                inputs = tuple(map(symbol, value.inputs))
                scope.equations[made.name] = Equation((made,), value.primitive, inputs, value.params)
        return made

    def computed(expression: Expression) -> Any:
        if isinstance(expression, Apply):
            return bind(PRIMITIVES[expression.name], tuple(map(computed, expression.inputs)), expression.params)
        return nodes[expression.name] if isinstance(expression, Symbol) else expression.value

    if not any(map(_is_of_windows, operands)):
        return None
    inputs = tuple(map(symbol, operands))
    types = PRIMITIVES["einsum"].infer(inputs, params := (("subscripts", subscripts),))
    target = Symbol("·", *types[0])
    found = over_windows(scope, Equation((target,), PRIMITIVES["einsum"], inputs, params))
    if not isinstance(found, Apply):
        return None
    return PRIMITIVES[found.name], tuple(map(computed, found.inputs)), found.params


def _is_of_windows(value: Any) -> bool:
    """Whether a traced array is a view of windows."""
    while type(value) is Traced and value.primitive is not None and value.primitive.name in _STEPS:
        if value.primitive.name == "windows":
            return True
        value = value.inputs[0]
    return False


def _is_rewritten(node: Traced) -> bool:
    """Whether what an array was made of has been written to since, so that it cannot be read again."""
    return node.tape.written and any(
        isinstance(each, Traced) and (view := look(each)) is not None and type(view) is not Version
        for each in node.inputs
    )


OTHERWISE.append(_at_once)
