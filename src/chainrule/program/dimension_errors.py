"""Errors about shapes that do not match, explained with the user's line and names.

This code runs only after a failure, so it may inspect frames and sources without regard to speed.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from types import FrameType
from typing import Any

import numpy as np

from ..core.dims import Shape, ShapeMismatch, require_same, shape_text
from ..core.errors import TracingError
from ..core.location import file_name, is_library, line_at, refusal_in, source_line, user_frame
from ..core.messages import Message, message
from ..core.primitive import Primitive
from ..core.symbols import Params
from ..core.template import PRIMARY, Piece
from ..core.traced import Traced
from ..dimensions import DimensionError, Operand
from . import names
from .advice import COMPLAINTS


class DimensionWarning(UserWarning):
    """Two shapes that NumPy broadcasts without complaint, though the result is hardly ever intended."""

    __module__ = "chainrule"


def running_text() -> str:
    """The part of the user's line that is running, such as one call of several."""
    frame = user_frame()
    return names.text_at(frame.f_code, frame.f_lasti) if frame else ""


def refusal_at(error: BaseException, what: str, instead: str) -> Message:
    """The same of the line in which an error was raised, or which has called the library that raised it."""
    step = own = error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        is_text = name.startswith("<") and "stringsource" not in name  # which Cython calls its own parts
        own = step if not is_library(name) and (is_text or os.path.exists(name)) else own
        step = step.tb_next
    step = own
    return refusal_in(step and step.tb_frame.f_code, step.tb_lineno if step else 0, what, instead)


def explain_complaint(error: BaseException) -> None:
    """Raise a refusal with the user's line in place of what others have said of a traced array that they were given."""
    said = error.__context__ if isinstance(error, TracingError) else error
    if isinstance(said, TracingError) or not isinstance(said, Exception):
        return
    for part, what, instead in COMPLAINTS:
        if part in str(said):
            raise TracingError(refusal_at(error, what, instead)) from error


def mismatch(primitive: Primitive, inputs: tuple[Any, ...], params: Params) -> None:
    """Raise the `DimensionError` that explains why the shapes of an operation do not match; return if they match."""
    shapes = tuple(tuple(getattr(operand, "shape", ())) for operand in inputs)
    try:
        primitive.shape(*shapes, **dict(params))
    except ShapeMismatch as found:
        cause = found
    else:
        return
    frame = user_frame()
    pieces = [piece(operand, frame) for operand in inputs]
    at_fault = cause.operands or tuple(range(min(2, len(inputs))))
    operands = tuple(Operand(pieces[i].text, shapes[i], _source(inputs[i])) for i in dict.fromkeys(at_fault))
    operation = primitive.write(pieces, params).text
    advice = _advice(primitive, tuple(pieces[i] for i in at_fault), tuple(shapes[i] for i in at_fault), cause)
    equation, place = _line(frame, operation)
    raise DimensionError(equation, place, operation, message(cause.reason), operands, cause.axes, advice) from None


def require_same_axes(operation: str, arrays: tuple[Any, Any], axes: Sequence[tuple[int, int]]) -> None:
    """Raise a `DimensionError` if two arrays do not have the same sizes, and of the same names, on these pairs of axes."""
    shapes = tuple(map(np.shape, arrays))
    try:
        for one, other in axes:
            require_same(shapes[0][one], shapes[1][other], message("the inner dimensions differ"), (0, 1), (one, other))
    except ShapeMismatch as cause:
        frame = user_frame()
        operands = tuple(Operand(piece(a, frame).text, s, _source(a)) for a, s in zip(arrays, shapes, strict=True))
        equation, place = _line(frame, operation)
        raise DimensionError(equation, place, operation, message(cause.reason), operands, cause.axes) from None


def require_one_shape(operation: str, arrays: Sequence[Any]) -> None:
    """Raise a `DimensionError` if arrays that must have the same shape do not."""
    shapes = [np.shape(array) for array in arrays]
    other = next((position for position, shape in enumerate(shapes) if shape != shapes[0]), 0)
    if other:
        frame = user_frame()
        pair = [(piece(arrays[i], frame).text, shapes[i], _source(arrays[i])) for i in (0, other)]
        equation, place = _line(frame, operation)
        raise DimensionError(
            equation, place, operation, message("the shapes differ"), tuple(Operand(*each) for each in pair)
        )


def _line(frame: FrameType | None, operation: str) -> tuple[str, str]:
    """The user's line, or the operation if no line is known; and its location."""
    if frame is None:
        return operation, ""
    place = f"{file_name(frame.f_code.co_filename)}:{frame.f_lineno}"
    return source_line(frame.f_code, frame.f_lineno) or operation, place


def piece(operand: Any, frame: FrameType | None, depth: int = 0) -> Piece:
    """An operand by its name, by the local variable that holds it, or by the operation that made it."""
    name = getattr(operand, "name", "") if hasattr(operand, "tape") else ""
    if name:
        return Piece(name)
    while frame is not None:
        for local, value in frame.f_locals.items():
            if value is operand:
                return Piece(local)
        frame = frame.f_back if frame.f_code.co_name.startswith("<") else None
    primitive = getattr(operand, "primitive", None)
    if primitive is not None and depth < 4:
        inner = [piece(each, frame, depth + 1) for each in operand.inputs]
        written: Piece = primitive.write(inner, operand.params)
        if operand.siblings:
            position = next(p for p, each in enumerate(operand.siblings) if each is operand)
            return Piece(f"{written.text}[{position}]", PRIMARY)
        return written
    if isinstance(operand, (bool, int, float)):
        return Piece(repr(operand))
    return Piece("array")


def _source(operand: Any) -> str:
    code = getattr(operand, "code", None)
    if code is None:
        return "given"
    line = line_at(code, operand.offset)
    text = source_line(code, line)
    place = f"{file_name(code.co_filename)}:{line}"
    return message("made at {line}: {code}" if text else "made at {line}", line=place, code=text)


def _advice(primitive: Primitive, written: tuple[Piece, ...], shapes: tuple[Shape, ...], cause: ShapeMismatch) -> str:
    """What would match, if that is clear."""
    if len(shapes) < 2:
        return ""
    one, other = (piece.text if piece.strength >= PRIMARY else f"({piece.text})" for piece in written[:2])
    a, b = shapes[:2]
    if cause.axes and a[cause.axes[0]] == b[cause.axes[1]]:  # it is their names that differ
        return ""
    if primitive.name == "matmul" and cause.axes:
        if not (len(a) and len(b)):
            return ""
        if len(a) == 2 == len(b) and a[0] == b[0]:
            return _fits(f"{one}.T @ {other}", a[::-1], b)
        if len(a) == 2 == len(b) and a[1] == b[1]:
            return _fits(f"{one} @ {other}.T", a, b[::-1])
        given = b[max(len(b) - 2, 0)]
        return message(
            "{written} expects {inputs} inputs and gets {given}.", written=written[0].text, inputs=a[-1], given=given
        )
    if primitive.elementwise:
        if len(a) == 2 == len(b) and a == b[::-1]:
            return message("{written} would fit: {fitting}.", written=f"{other}.T", fitting=shape_text(b[::-1]))
        if len(b) == 1 and len(a) == 2 and a[0] == b[0]:
            return message("{written} would fit: one column.", written=f"{other}.reshape({b[0]}, 1)")
        if len(a) == 1 and len(b) == 2 and b[0] == a[0]:
            return message("{written} would fit: one column.", written=f"{one}.reshape({a[0]}, 1)")
        return message("Both need the same size there, or one of them 1.")
    return ""


def _fits(written: str, one: Shape, other: Shape) -> str:
    sides = {"one": shape_text(one), "other": shape_text(other)}
    return message("{written} would fit: {one} · {other}.", written=written, **sides)


_warned: set[tuple[str, int]] = set()


def warn_of_column_and_row(node: Traced) -> None:
    """Warn, once per line, if a column (…, n, 1) is combined with a row (n,), which NumPy broadcasts to n×n."""
    first, second = node.inputs
    one, other = getattr(first, "shape", ()), getattr(second, "shape", ())
    if len(one) == len(other) or not one or not other:
        return
    column, row = (one, other) if len(one) > len(other) else (other, one)
    if len(row) != 1 or row[0] == 1 or column[-2:] != (row[0], 1):
        return
    number = line_at(node.code, node.offset)
    place = (node.code.co_filename if node.code else "", number)
    if place in _warned:
        return
    if len(_warned) >= 4096:
        _warned.clear()
    _warned.add(place)
    size = row[0]
    line = f"{source_line(node.code, number)}      ({file_name(place[0])}:{place[1]})"
    warnings.warn(
        message(
            "{line}\n  A column of shape ({size}, 1) meets a row of shape ({size},), and NumPy makes {size}×{size} of them; "
            "give both the same number of axes.",
            line=line,
            size=size,
        ),
        DimensionWarning,
        stacklevel=5,
    )
