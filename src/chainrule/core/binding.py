"""Makes nodes: an operation is recorded, and computed at once if the values of its inputs are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import hooks
from .dims import Shape, ShapeMismatch
from .location import refuse, user_frame
from .messages import message
from .nouns import Array, Number, Params
from .primitive import Primitive, Types
from .primitive import elementwise as elementwise_rule
from .traced import Tape, Traced, current

_PLAIN = frozenset({bool, int, float, complex, np.ndarray, np.float64, np.float32})
_NUMBERS = frozenset({bool, int, float, complex})
_DOUBLE = np.dtype(np.float64)


def bind(primitive: Primitive, inputs: tuple[Any, ...], params: Params = (), tape: Tape | None = None) -> Any:
    """Record one operation, and do it where the values are at hand. Gives its node, or the tuple of its results' nodes."""
    values = []
    abstract = outside = False
    for position, operand in enumerate(inputs):
        kind = type(operand)
        if kind is Traced or isinstance(operand, Traced):
            own = operand.tape
            if own is not tape and (kind is Traced or own.open):  # not that of an array which another trace has left
                tape = own
                if not tape.open:
                    instead = message("return it from the traced function instead of keeping it")
                    refuse("an array from a finished trace is used", instead)
            if kind is not Traced or (own.written and own.source is None):  # rules read what was there then
                operand = hooks.active.newest(operand)
                inputs = (*inputs[:position], operand, *inputs[position + 1 :])
                outside = outside or type(operand) is not Traced
            if kind is Traced or type(operand) is Traced:
                operand = operand.value
                abstract = abstract or operand is None
        elif kind is np.ndarray:
            outside = True
        elif kind not in _PLAIN and hasattr(kind, "extremes"):  # the variable of a loop
            inputs = (*inputs[:position], operand.node, *inputs[position + 1 :])
            tape, operand, abstract = inputs[position].tape, None, True
        elif kind not in _PLAIN and not isinstance(operand, np.generic):
            # A size is a number that no rule takes for a plain one; what else NumPy takes becomes an array.
            if hasattr(operand, "terms"):
                kept, operand = operand.operand, operand.terms.value
            else:
                kept = operand = int(operand) if isinstance(operand, int) else _array_of(operand)
            inputs = (*inputs[:position], kept, *inputs[position + 1 :])
            outside = True
        values.append(operand)
    tape = tape or current.get()
    assert tape is not None, f"{primitive.name} was recorded without a traced input."
    try:
        if primitive.results is not None:
            value = None if abstract else primitive.function(params, len(inputs))(*values)
            ((shape, dtype), *_) = types = infer(primitive, inputs, params)
        elif abstract:
            ((shape, dtype),) = infer(primitive, inputs, params)
            value = None
        else:
            value = primitive.function(params, len(values))(*values)
            if type(value) in _NUMBERS:  # 1j * np.float64(2) is Python's, and so is a comparison of sizes
                value = np.asarray(value)[()]
            shape, dtype = value.shape, value.dtype
            if not inputs or tape.sized:  # its shape may have sizes that remember what they are made of
                ((shape, dtype),) = infer(primitive, inputs, params)
    except (ValueError, TypeError, IndexError, AttributeError, ShapeMismatch) as error:
        hooks.active.failed(error, primitive, inputs, params)
        raise
    if dtype is not _DOUBLE and dtype.kind not in "fbiu":
        hooks.active.admit(primitive, dtype)
    return record(primitive, inputs, params, tape, value, types if primitive.results else (shape, dtype), outside)


def record(
    primitive: Primitive, inputs: tuple[Any, ...], params: Params, tape: Tape, value: Any, types: Any, outside: bool
) -> Any:
    """Record an operation whose value is known, or `None`; `outside`, where plain arrays are among its inputs."""
    source, several = tape.source, primitive.results is not None
    if outside and source is None:  # the rules of derivatives change nothing
        keep = hooks.active.keep
        inputs = tuple([o if type(o) is Traced or not isinstance(o, np.ndarray) else keep(o, tape) for o in inputs])
    node = Traced(tape, primitive, inputs, params, value, *(types[0] if several else types))
    if tape.written and source is None:
        hooks.active.read(node)
    if several:
        return _several(node, types, value)
    if source is not None:
        if tape.places is not None:
            hooks.active.placed(node)
        node.source = source
        return node
    frame = user_frame()
    if frame is not None:
        if tape.places is not None:
            hooks.active.placed(node)
        node.code, node.offset = frame.f_code, frame.f_lasti
        if tape.naming and primitive.name != "identity":
            name = hooks.active.stored_name(frame, tape.outermost)
            node.name = name if isinstance(name, str) else ""
    if len(node.shape) > 1 and len(inputs) == 2 and primitive.shape is elementwise_rule:
        hooks.active.recorded(node)
    return node


def _several(first: Traced, types: Types, values: Any) -> Any:
    tape, results = first.tape, getattr(first.primitive, "results", None)
    assert results is not None
    rest = (Traced(tape, first.primitive, first.inputs, first.params, None, *each) for each in types[1:])
    nodes = (first, *rest)
    frame = user_frame() if tape.source is None else None
    found = hooks.active.stored_name(frame, tape.outermost) if frame is not None and tape.naming else ()
    if tape.places is not None and (frame is not None or tape.source is not None):
        hooks.active.placed(first)
    for position, node in enumerate(nodes):
        node.siblings = nodes
        node.value = None if values is None else values[position]
        if tape.source is not None:
            node.source = tape.source
        elif frame is not None:
            node.code, node.offset = frame.f_code, frame.f_lasti
        if isinstance(found, tuple) and len(found) == len(nodes):
            node.name = found[position]
    return results(*nodes)


def infer(primitive: Primitive, inputs: tuple[Any, ...], params: Params) -> Types:
    """Infer the shapes and dtypes of an operation on nodes, arrays and numbers."""
    weak = [isinstance(o, Number) and not isinstance(o, np.generic) for o in inputs]
    dtypes = (getattr(o, "weak_type", type(o)) if w else o.dtype for o, w in zip(inputs, weak, strict=True))
    return primitive.types(map(shape_of, inputs), dtypes, params)


def shape_of(operand: Any) -> Shape:
    """The shape of a node, an array or a number."""
    shape: Shape = getattr(operand, "shape", ())
    return shape


def _array_of(operand: Any) -> Array:
    try:
        return np.asarray(getattr(operand, "from_outside", operand))
    except ValueError:
        refuse("rows of different lengths are no array", "give them one length, or work on each of them")
