"""`vmap`: a function of one example becomes one of many. It runs once, on one example, and what was recorded is done for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..core import hooks
from ..core.border import leaf
from ..core.structure import flatten
from ..core.traced import Traced
from ..core.tracing import LEAF_TYPES, argument_names, name_of, require_function
from ..program.inplace.memory import layout_of, stand_alone
from ..program.inplace.storage import ALIASES
from .arguments import as_positional, named_after, refuse_function
from .batching import Many, batched
from .reverse import open_tape, unwrap_scalar

Axes: TypeAlias = int | Sequence[int | None] | None
"""Along which axis the examples lie: of all arguments, or of each; `None` where an argument is the same for all."""


def vmap(f: Callable[..., Any], in_axes: Axes = 0) -> Callable[..., Any]:
    """`f` of one example as a function of many: each operation is done for all of them at once.

    `vmap(grad(f))` has the gradient of each example. `f` runs once, on an example of which only the shape is known, so it cannot
    branch on values; what it reads from outside is the same for all examples. Operations that do not take stacks of examples,
    such as `np.convolve`, are done one example after another.

    Args:
        f: A function of NumPy arrays and floats, or nests of them; it may be a derivative, or `vmap` of another function.
        in_axes: The axis of each argument along which the examples lie, in all arrays of a nest; `None` for an argument that is
            the same for all. One number is meant for all arguments that hold arrays.

    Returns:
        A function of the same arguments, each with that axis more; what it returns has the examples along the first axis.

    Raises:
        TracingError: When called, if the arguments do not hold equally many examples, or `f` branches on a value.

    Examples:
        >>> import numpy as np
        >>> from chainrule import grad
        >>> def cost(w, x, y):
        ...     return (w @ x - y) ** 2
        >>> x, y = np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([0.0, 1.0])
        >>> vmap(grad(cost), in_axes=(None, 0, 0))(np.array([1.0, 1.0]), x, y)
        array([[2., 0.],
               [8., 4.]])
    """
    require_function("vmap", f)

    def mapped(*args: Any, **keywords: Any) -> Any:
        args, keywords = as_positional(f, args, keywords)
        names = [*argument_names(f, len(args)), *keywords]
        full = [*args, *keywords.values()]
        axes = _axes(f, in_axes, len(full))
        parts = [flatten(arg, LEAF_TYPES) for arg in full]
        sizes: dict[str, int] = {}
        with open_tape() as (tape, mark):
            before = tape.count
            many: dict[int, Any] = {}  # by the nodes of an example
            given = []
            for name, axis, (leaves, tree) in zip(names, axes, parts, strict=True):
                nodes = []
                for (_, path), each in zip(tree.paths(name), leaves, strict=True):
                    value = each if axis is None else _in_front(f, path, each, axis)
                    if axis is not None:
                        sizes[path] = int(np.shape(value)[0])
                        dtype = value.dtype
                        value, each = leaf(tape, "", tuple(np.shape(value)[1:]), dtype), value
                        if sizes[path]:
                            tape.layouts[value.id] = (layout_of(each) if isinstance(each, Traced) else each)[0]
                        many[id(value)] = each
                    nodes.append(value)
                given.append(tree.build(iter(nodes)))
            size = _size(f, sizes)
            turns, tape.turns = tape.turns, True  # each turn is done for all examples
            with hooks.active.running(f, once=True)(given) as called:
                by_keyword = dict(zip(keywords, given[len(args) :], strict=True))
                output = hooks.active.returned(called(*given[: len(args)], **by_keyword))
            tape.turns = turns
            outputs, results = flatten(output, (*LEAF_TYPES, int))
            _done(tape, outputs, many, size, before, alone=not mark)
            arguments = [each for leaves, _ in parts for each in leaves]
            found = _apart([_of_all(each, many, size, not mark) for each in outputs], arguments, tape.writes)
        return results.build(iter(found))

    return named_after(mapped, f, "vmap")


def _axes(f: Callable[..., Any], in_axes: Axes, count: int) -> list[int | None]:
    if in_axes is None or isinstance(in_axes, int):
        return [in_axes] * count
    if len(in_axes) != count:
        refuse_function(
            f,
            "in_axes names {axes} axes, and {subject} is called with {count} arguments",
            "give one for each argument",
            axes=len(in_axes),
            subject=name_of(f),
            count=count,
        )
    return list(in_axes)


def _in_front(f: Callable[..., Any], path: str, value: Any, axis: int) -> Any:
    """An argument with its examples along the first axis."""
    rank = np.ndim(value)
    if not -rank <= axis < rank:
        refuse_function(
            f,
            "{path} has no axis {axis} along which examples could lie",
            "write in_axes=None for an argument that is the same for all",
            path=path,
            axis=axis,
        )
    return np.moveaxis(value, axis, 0) if axis % rank else value


def _size(f: Callable[..., Any], sizes: dict[str, int]) -> int:
    if not sizes:
        refuse_function(f, "no argument holds examples", "give in_axes an axis for one of them")
    if len(set(sizes.values())) > 1:
        first, other = next((one, two) for one in sizes for two in sizes if sizes[one] != sizes[two])
        refuse_function(
            f,
            "{first} holds {one} examples, and {other} holds {two}",
            "give equally many, or in_axes=None for what is the same for all",
            first=first,
            one=sizes[first],
            other=other,
            two=sizes[other],
        )
    return next(iter(sizes.values()))


def _done(tape: Any, outputs: Sequence[Any], many: dict[int, Any], size: int, before: int, alone: bool) -> None:
    """Do for all examples what was recorded of one; `many` has what is made, by the nodes of the example.

    The nodes of the example were recorded after the first `before`. If nothing else is traced (`alone`), it is done with values.
    """
    seen: dict[int, Traced] = {}
    waiting = [each for each in outputs if isinstance(each, Traced)]
    while waiting:
        node = waiting.pop()
        node = node.siblings[0] if node.siblings else node
        if node.id not in seen:
            seen[node.id] = node
            waiting += [each for each in node.inputs if isinstance(each, Traced)]

    def value_of(operand: Any) -> Any:
        return operand.value if isinstance(operand, Traced) else operand

    naming, tape.naming = tape.naming, False
    try:
        for node in (seen[number] for number in sorted(seen)):
            if node.id > before:
                stand_alone(node)
            is_many = [isinstance(each, Traced) and id(each) in many for each in node.inputs]
            if node.primitive is None or id(node) in many:
                continue
            if not any(is_many):
                # The same for all examples; of an array that was written to again, the node holds the value no longer.
                written = node.primitive.writes and node.value is not None and node.memory is not None
                if written and node.value is not node.memory.block.home:
                    node.value = node.primitive.function(node.params, len(node.inputs))(*map(value_of, node.inputs))
                continue
            operands = [
                many[id(each)] if m else value_of(each) if alone else each
                for each, m in zip(node.inputs, is_many, strict=True)
            ]
            shape = tuple(map(int, node.shape))
            made = batched(Many(node.primitive, node.params, operands, is_many, size, shape))
            for each, result in zip(node.siblings or (node,), made if node.siblings else (made,), strict=True):
                many[id(each)] = result
                if isinstance(result, Traced) and result.id > node.id:
                    result.name, result.kind, result.code, result.offset = each.name, each.kind, each.code, each.offset
    finally:
        tape.naming = naming


def _of_all(output: Any, many: dict[int, Any], size: int, alone: bool) -> Any:
    """A result for all examples, along a first axis, also where it is the same for all."""
    if isinstance(output, Traced) and id(output) in many:
        return many[id(output)]
    value = unwrap_scalar(output.value) if alone and isinstance(output, Traced) else output
    return np.broadcast_to(value, (size, *np.shape(value)))


def _apart(results: Sequence[Any], arguments: Sequence[Any], writes: bool) -> list[Any]:
    """Results with memory of their own, copied where they are arguments, each other, or views of them.

    Of traced results that shows only in a function that `writes` to arrays.
    """
    separate: list[Any] = []
    for result in results:
        beside = [*arguments, *separate]
        if isinstance(result, Traced):
            is_view = result.primitive is None or result.primitive.name in ALIASES
            shares = writes and (is_view or any(result is each for each in beside))
        else:
            arrays = [each for each in beside if not isinstance(each, Traced)]
            shares = not result.flags.writeable or any(np.may_share_memory(result, each) for each in arrays)
        separate.append(np.copy(result, order="C") if shares else result)
    return separate
