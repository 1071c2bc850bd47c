"""The learner's own lines: whether their dimensions fit, before anything is run, and which one makes a mistake's numbers."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

from ..core.dims import Shape, shape_text
from ..core.location import file_name
from ..core.messages import Message, message
from ..core.nouns import Equation, Origin, Program
from ..core.structure import flatten
from ..core.tracing import LEAF_TYPES, trace
from ..dimensions import DimensionError
from ..program.formulas import places_in
from .recognition import Named, Own
from .wording import LearnerNames

_STEPS = 20_000  # lines that are watched, before it takes too long
_NUMBERS = (np.ndarray, np.generic, float, int)


def traced(mine: Callable[..., Any], arguments: Sequence[Any]) -> tuple[Program | None, tuple[Message, ...]]:
    """Trace the learner's function; where its dimensions do not fit, say so, with those of each symbol below it.

    Args:
        mine: The function, which is not run.
        arguments: Arguments of the right dimensions.

    Returns:
        Its program, if it can be traced, and the sentences; none where everything fits.
    """
    for each in (mine, _with_kinds(mine)):
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return trace(each, arguments, loops=False), ()
        except DimensionError as error:
            return None, _misfit(error, getattr(each, "__code__", None))
        except Exception:  # what cannot be traced may well be right
            continue
    return None, ()


class _Kinds:
    """NumPy whose kinds of numbers convert traced arrays, too: courses write `np.int64(z > 0)`."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(np, name)
        if not isinstance(found, type) or not issubclass(found, np.number):
            return found
        return lambda value: value.astype(found) if hasattr(value, "astype") else found(value)


def _with_kinds(mine: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, in which NumPy's name stands for the above."""
    if not isinstance(mine, FunctionType):
        return mine
    known = {name: _Kinds() if value is np else value for name, value in mine.__globals__.items()}
    made = FunctionType(mine.__code__, known, mine.__name__, mine.__defaults__, mine.__closure__)
    made.__kwdefaults__ = mine.__kwdefaults__
    return made


def _misfit(error: DimensionError, code: CodeType | None) -> tuple[Message, ...]:
    shapes = [shape_text(each.shape) for each in error.operands]
    sizes, place, operation = " · ".join(shapes), error.place, error.operation
    operator = _operator(operation)
    if _UNNAMED in operation:
        operation = error.equation
    said = message(
        "{place}: the dimensions of {operation} do not fit: {sizes}, {reason}.",
        place=place, operation=operation, sizes=sizes, reason=error.reason,
    )  # fmt: skip
    if error.axes and len(error.operands) == 2:
        one, other = (int(each.shape[axis]) for each, axis in zip(error.operands, error.axes, strict=True))
        said = message(
            "{place}: the dimensions of {operation} do not fit: {sizes}, where {one} ≠ {other}.",
            place=place, operation=operation, sizes=sizes, one=one, other=other,
        )  # fmt: skip
    if operator is ast.Mult and len(shapes) == 2 and error.operands[0].shape[-1:] == error.operands[1].shape[:1]:
        said = message(
            "{place}: the dimensions of {operation} do not fit: * goes number by number, and {one} and {other} differ; the "
            "matrix product is @.",
            place=place, operation=operation, one=shapes[0], other=shapes[1],
        )  # fmt: skip
    elif operator is ast.MatMult and any(not each.shape for each in error.operands):
        said = message(
            "{place}: {operation} does not fit: a number times an array is written with *, not @.",
            place=place, operation=operation,
        )  # fmt: skip
    frames = [step.f_locals for step, _ in traceback.walk_tb(error.__traceback__) if code and _is_in(step.f_code, code)]
    known = {name: np.shape(each) for name, each in (frames[-1] if frames else {}).items() if hasattr(each, "shape")}
    return said, *(message("    {line}", line=each) for each in with_dimensions(error.equation, known))


_UNNAMED = "array"  # what stands for a value without a name


def _operator(operation: str) -> type[ast.operator] | None:
    """What joins the two sides of an operation; `None` where that is no sign."""
    try:
        body = ast.parse(operation, mode="eval").body
    except SyntaxError:
        return None
    return type(body.op) if isinstance(body, ast.BinOp) else None


def with_dimensions(line: str, shapes: Mapping[str, Shape]) -> tuple[str, ...]:
    """A line of Python, and the dimensions of each of its symbols in a line below; that alone where there are none.

    >>> print(*with_dimensions("d = w @ x", {"w": (4, 30), "x": (30, 1)}), sep="\\n")
    d = w @  x
        4×30 30×1
    """
    code = below = ""
    end = 0
    for place in places_in(line, shapes):
        size = shape_text(place.shape) if place.shape else ""
        code += line[end : place.column]
        if size and below:
            code = code.ljust(len(below) + 1)  # dimensions are longer than most names, so that the code is spread
        below = f"{below.ljust(len(code))}{size}" if size else below
        end = place.column
    code += line[end:]
    return (code, below) if below else (code,)


def line_of_program(
    mine: Callable[..., Any],
    own: Own,
    named: Named,
    right: Callable[[Any], bool],
    values: Mapping[str, Any],
) -> str:
    """The learner's line that is the first to compute numbers of a mistake, be it within an expression, or what has the name of
    an error or a gradient and is not it.

    Args:
        mine: The learner's function.
        own: Its program, with the values of its symbols.
        named: The mistake.
        right: Whether a number of the learner's is one of the derivative's, so that no mistake has made it.
        values: The right values of errors and gradients, and of the mistake's symbol, by name.

    Returns:
        The file, the number of the line and its text; empty where no line of the function computes them.
    """
    code = getattr(mine, "__code__", None)
    if code is None:
        return ""
    equations = own.form.program.equations
    filled = {  # step by step, so that it is not yet what it will be
        state for each in equations if each.primitive.name == "updated" for state in (each.target, each.inputs[0])
    }

    def is_wrong(equation: Equation) -> bool:
        target, value = equation.target, own.probes[0][equation.target.name]
        if named.operand is None and _is_wrong(value, named.numbers, right):
            return True
        is_other = (
            target.name in values and target not in filled and not _is_wrong(value, (values[target.name],), _never)
        )
        return target == named.operand or is_other

    lines = [each.origin.line for each in equations if _is_of(each.origin, code) and is_wrong(each)]
    return _text(code, lines[0]) if lines else ""


def _is_of(origin: Origin, code: CodeType) -> bool:
    """Whether a line stands in a function itself, not in one that it calls."""
    return _is_in_file(origin.file, code) and origin.start == code.co_firstlineno


def _never(_: Any) -> bool:
    return False


def expression_of(own: Own, value: Any, names: LearnerNames) -> str:
    """What stands in the learner's function for a value.

    Args:
        own: The learner's program, with the values of its symbols.
        value: The value.
        names: The names that stand in the learner's file.

    Returns:
        A name, or a short expression; empty where there is none.
    """
    for equation in own.form.program.equations:
        text = names.rename(own.form.text(equation.target))
        if (
            len(text) <= _SHORT
            and names.are_known(text)
            and _is_wrong(own.probes[0][equation.target.name], (value,), _never)
        ):
            return text
    return ""


_SHORT = 40  # characters of an expression that can stand in a sentence


def _is_in_file(file: str, code: CodeType) -> bool:
    return file == code.co_filename and file not in ("<string>", "<stdin>")


def line_of(
    mine: Callable[..., Any], arguments: Sequence[Any], wrong: Sequence[Any], right: Callable[[Any], bool]
) -> str:
    """The learner's line that is the first to make one of these numbers.

    Args:
        mine: The learner's function, which is run while its lines are watched.
        arguments: Its arguments.
        wrong: The numbers, each an array.
        right: Whether a number of the learner's is one of the derivative's, so that no mistake has made it.

    Returns:
        The file, the number of the line and its text; empty where the line is not found.
    """
    code = getattr(mine, "__code__", None)
    if code is None or sys.gettrace() is not None:  # a debugger is not to be disturbed
        return ""
    for alone in (True, False):  # a helper is looked into only where the function's own lines do not show it
        watch = _Watch(code, wrong, right, alone)
        try:
            sys.settrace(watch.called)
            with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                mine(*arguments)
        except Exception:  # too many lines, or it has stopped by itself: what was found counts
            pass
        finally:
            sys.settrace(None)
        if watch.found:
            return _text(code, watch.found)
    return ""


def _text(code: CodeType, number: int) -> str:
    text = linecache.getline(code.co_filename, number).partition("  #")[0].strip() if number else ""
    return f"{file_name(code.co_filename)}:{number}: {text}" if text else ""


def line_of_name(mine: Callable[..., Any], arguments: Sequence[Any], name: str) -> str:
    """The learner's line that is the last to change a name.

    Args:
        mine: The learner's function, which is run while its lines are watched.
        arguments: Its arguments.
        name: The name.

    Returns:
        The file, the number of the line and its text; empty where there is no such name.
    """
    code = getattr(mine, "__code__", None)
    if code is None or name not in code.co_varnames[code.co_argcount :] or sys.gettrace() is not None:
        return ""
    watch = _Name(code, name)
    watch.run(mine, arguments)
    return _text(code, watch.found)


def first_of(*lines: str) -> str:
    """The line that comes first in its file, of lines that may be empty."""
    return min(filter(None, lines), key=lambda line: int(line.split(":")[1]), default="")


def last_values(mine: Callable[..., Any], arguments: Sequence[Any]) -> Mapping[str, Any]:
    """What the learner's names stand for when the function returns.

    Args:
        mine: The learner's function.
        arguments: Its arguments.

    Returns:
        The values by name; nothing where the function cannot be watched.
    """
    code = getattr(mine, "__code__", None)
    if code is None or sys.gettrace() is not None:
        return {}
    watch = _Name(code, "")
    watch.run(mine, arguments)
    return watch.last


class _Name:
    """Looks at one name after each line of a function."""

    def __init__(self, code: CodeType, name: str):
        self.code, self.name = code, name
        self.found = self.line = self.steps = 0
        self.last: Mapping[str, Any] = {}
        self.value: Any = None

    def run(self, mine: Callable[..., Any], arguments: Sequence[Any]) -> None:
        """Run the function."""
        try:
            sys.settrace(lambda frame, *_: self.stepped if frame.f_code is self.code else None)
            with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                mine(*arguments)
        except Exception:  # what was found counts
            pass
        finally:
            sys.settrace(None)

    def stepped(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.steps += 1
        if self.steps > _STEPS:
            raise InterruptedError
        if event == "return":
            self.last = dict(frame.f_locals)
        if self.name in frame.f_locals and self.line:
            now = frame.f_locals[self.name]
            if not (isinstance(now, _NUMBERS) and isinstance(self.value, _NUMBERS) and np.array_equal(now, self.value)):
                self.found, self.value = self.line, np.copy(now) if isinstance(now, np.ndarray) else now
        self.line = frame.f_lineno
        return self.stepped


class _Watch:
    """Looks at the values of local names after each line of a function, or of all in its file."""

    def __init__(self, code: CodeType, wrong: Sequence[Any], right: Callable[[Any], bool], alone: bool):
        self.code, self.wrong, self.right, self.alone = code, wrong, right, alone
        self.found = self.steps = 0
        self.lines: dict[FrameType, int] = {}

    def called(self, frame: FrameType, event: str, argument: Any) -> Any:
        own = frame.f_code is self.code if self.alone else _is_in(frame.f_code, self.code)
        return self.stepped if own else None

    def stepped(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.steps += 1
        if self.found or self.steps > _STEPS:
            raise InterruptedError
        made = list(frame.f_locals.values())
        with contextlib.suppress(Exception):  # a result of any kind
            made += flatten(argument, (*LEAF_TYPES, int))[0] if event == "return" else []
        line = self.lines.get(frame, 0)
        if line and any(isinstance(each, _NUMBERS) and self.is_wrong(each) for each in made):
            self.found = line
        self.lines[frame] = frame.f_lineno
        return self.stepped

    def is_wrong(self, value: Any) -> bool:
        """Whether a value is one of the numbers looked for."""
        return _is_wrong(value, self.wrong, self.right)


def _is_wrong(value: Any, wrong: Sequence[Any], right: Callable[[Any], bool]) -> bool:
    """Whether a value is one of the wrong numbers, perhaps as rows instead of columns, and none that is right."""
    turned = (np.asarray(value), np.transpose(value))
    return any(_same(each, number) for each in turned for number in wrong) and not any(map(right, turned))


def _same(found: Any, wanted: Any) -> bool:
    if np.size(found) != np.size(wanted) or [each for each in np.shape(found) if each > 1] != [
        each for each in np.shape(wanted) if each > 1
    ]:
        return False
    found, wanted = np.ravel(found).astype(float), np.ravel(wanted).astype(float)
    return bool(np.all(np.abs(found - wanted) <= 1e-6 * max(float(np.max(np.abs(wanted), initial=0.0)), 1e-12)))


def _is_in(code: CodeType, own: CodeType) -> bool:
    """Whether code is the function, or stands in its file."""
    return code is own or _is_in_file(code.co_filename, own)
