"""How a node is made: an operation is recorded, and done at once where the values are at hand."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..program import blame
from ..program.keeping import kept
from ..program.refusing import array_of, refuse, refuse_no_number, refuse_numbers
from . import names
from .dims import Shape, ShapeMismatch
from .errors import DimensionWarning, ProgramError
from .nouns import Params
from .primitive import Primitive, Types
from .primitive import elementwise as elementwise_rule
from .traced import Tape, Traced

_PLAIN = frozenset({bool, int, float, np.ndarray, np.float64, np.float32})


def bind(primitive: Primitive, inputs: tuple[Any, ...], params: Params = (), tape: Tape | None = None) -> Any:
    """Record one operation, and do it where the values are at hand. Gives its node, or the tuple of its results' nodes."""
    values = []
    abstract = outside = False
    for position, operand in enumerate(inputs):
        kind = type(operand)
        if kind is Traced:
            if operand.tape is not tape:
                tape = operand.tape
                if not tape.open:
                    refuse(
                        "an array from a finished trace is used",
                        "return it from the traced function instead of keeping it",
                    )
            operand = operand.value
            if operand is None:
                abstract = True
        elif kind is np.ndarray:
            outside = True
        elif kind not in _PLAIN and not isinstance(operand, np.generic):
            # A size with a name is a number like others here; anything else that NumPy takes becomes an array.
            operand = int(operand) if isinstance(operand, int) else array_of(operand)
            outside = True
            inputs = (*inputs[:position], operand, *inputs[position + 1 :])
        values.append(operand)
    if tape is None:
        raise ProgramError(f"{primitive.name} was recorded without a traced input.")
    try:
        if primitive.results is not None:
            value = None if abstract else primitive.function(params, len(inputs))(*values)
            ((shape, dtype), *_) = types = infer(primitive, inputs, params)
        elif abstract:
            ((shape, dtype),) = infer(primitive, inputs, params)
            value = None
        else:
            value = primitive.function(params, len(values))(*values)
            shape, dtype = value.shape, value.dtype
    except (ValueError, ShapeMismatch):
        blame.mismatch(primitive, inputs, params)
        raise
    except (TypeError, AttributeError):  # of what is no number, or of what NumPy leaves a Python number
        for operand in inputs:
            if isinstance(operand, np.ndarray) and operand.dtype.kind not in "fbiuc":
                refuse_no_number(operand)
        raise
    if dtype.kind not in "fbiu":
        refuse_numbers(dtype)
    if outside and tape.source is None:  # the rules of derivatives change nothing
        inputs = kept(inputs, tape)
    node = Traced(tape, primitive, inputs, params, value, shape, dtype)
    if primitive.results is not None:
        return _several(node, types, value)
    if tape.source is not None:
        node.source = tape.source
        return node
    frame = names.user_frame()
    if frame is not None:
        node.code = frame.f_code
        node.offset = frame.f_lasti
        if tape.naming and primitive.name != "identity":
            name = names.stored_name(frame, tape.outermost)
            node.name = name if isinstance(name, str) else ""
    if len(values) == 2 and shape and primitive.shape is elementwise_rule:
        _warn_of_column_and_row(node)
    return node


def _several(first: Traced, types: Types, values: Any) -> Any:
    """The nodes of an operation with several results, in the named tuple that NumPy gives them in."""
    primitive, tape = first.primitive, first.tape
    assert primitive is not None
    assert primitive.results is not None
    rest = (Traced(tape, primitive, first.inputs, first.params, None, *each) for each in types[1:])
    nodes = (first, *rest)
    frame = names.user_frame() if tape.source is None else None
    found = names.stored_name(frame, tape.outermost) if frame is not None and tape.naming else ()
    for position, node in enumerate(nodes):
        node.siblings = nodes
        node.value = None if values is None else values[position]
        if tape.source is not None:
            node.source = tape.source
        if frame is not None:
            node.code, node.offset = frame.f_code, frame.f_lasti
        if isinstance(found, tuple) and len(found) == len(nodes):
            node.name = found[position]
    return primitive.results(*nodes)


def infer(primitive: Primitive, inputs: tuple[Any, ...], params: Params) -> Types:
    """Derive the shapes and number types of an operation on nodes, arrays and numbers."""
    dtypes = (
        type(o) if isinstance(o, (bool, int, float)) and not isinstance(o, np.generic) else o.dtype for o in inputs
    )
    return primitive.types(map(shape_of, inputs), dtypes, params)


def shape_of(operand: Any) -> Shape:
    """The shape of a node, an array or a number."""
    shape: Shape = getattr(operand, "shape", ())
    return shape


_warned: set[tuple[str, int]] = set()


def _warn_of_column_and_row(node: Traced) -> None:
    """Warn, once a line, where a column (…, n, 1) meets a row (n,): NumPy makes n×n of them."""
    first, second = node.inputs
    one, other = getattr(first, "shape", ()), getattr(second, "shape", ())
    if len(one) == len(other) or not one or not other:
        return
    column, row = (one, other) if len(one) > len(other) else (other, one)
    if len(row) != 1 or row[0] == 1 or column[-2:] != (row[0], 1):
        return
    number = names.line_at(node.code, node.offset)
    place = (node.code.co_filename if node.code else "", number)
    if place in _warned:
        return
    if len(_warned) >= 4096:
        _warned.clear()
    _warned.add(place)
    size = row[0]
    line = f"{names.source_line(node.code, number)}      ({blame.file_name(place[0])}:{place[1]})"
    warnings.warn(
        f"{line}\n  A column of shape ({size}, 1) meets a row of shape ({size},), and NumPy makes {size}×{size} of them; "
        "give both the same number of axes.",
        DimensionWarning,
        stacklevel=5,
    )
