"""`find_nan`: where a NaN was born. The equations are computed again one by one, and the NaN of a result is followed back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from ..core.dims import shape_text
from ..core.errors import ChainruleError
from ..core.layout import Layout, Node, Operation, layout
from ..core.messages import Message, listed, message
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.python import expression
from ..core.simplification import simplify
from ..core.structure import flatten
from ..core.traced import current
from ..core.tracing import LEAF_TYPES, argument_names, name_of, require_function, trace
from ..loops.noun import LOOP, loop_of
from ..run import checked
from .arguments import as_positional, named_after

T = TypeVar("T")


class NanError(ChainruleError, FloatingPointError):
    """A result holds NaN; the message names the equation that made the first one, its line, and what it was given."""

    __module__ = "chainrule"


def find_nan(f: Callable[..., T]) -> Callable[..., T]:
    """The same function, but a NaN in its result is an error that says where it was born.

    `find_nan(grad(f))` looks in the forward and in the backward pass. A NaN that does not reach the result, such as one that
    `np.where` leaves out, is none. In a loop, the error names the turn, too. A call costs a look at the result; only if that
    holds NaN is `f` traced and computed again, equation by equation.

    Args:
        f: A function of NumPy arrays and floats, or nests of them; a derivative, a compiled function, or a program.

    Returns:
        A function that takes and returns what `f` does.

    Raises:
        NanError: When called, if the result holds NaN.

    Examples:
        >>> import numpy as np
        >>> from chainrule import grad
        >>> find_nan(grad(lambda x: np.sum(np.sqrt(x))))(np.array([4.0, 1.0]))
        array([0.25, 0.5 ])
    """
    require_function("find_nan", f)

    def finding(*args: Any, **keywords: Any) -> T:
        result = f(*args, **keywords)
        around = current.get()
        if (around is None or not around.open) and _holds(result):
            raise NanError(_told(f, *as_positional(f, args, keywords)))
        return result

    return named_after(finding, f, "find_nan")


def _holds(result: object) -> bool:
    return any(_is_nan(each).any() for each in flatten(result, LEAF_TYPES)[0])


def _is_nan(value: Any) -> Any:
    """Where a number or an array is NaN."""
    found = np.asarray(value) if isinstance(value, (np.ndarray, np.generic, float)) else np.zeros(())
    return np.isnan(found) if found.dtype.kind in "fc" else np.zeros(found.shape, bool)


def _told(f: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Message:
    """Where the NaN was born: in the program of `f` as it was written, or in its fast form, which is what was compiled."""
    if isinstance(f, Program):
        forms, full = [f], list(args)
    else:

        def flat(*full: Any) -> Any:
            return f(*full[: len(args)], **dict(zip(keywords, full[len(args) :], strict=True)))

        named_after(flat, f, "flat", [*argument_names(f, len(args)), *keywords])
        flat.__name__ = getattr(f, "__name__", "function")
        full = [*args, *keywords.values()]
        program = trace(flat, full, loops=False)
        forms = [program, simplify(program, "fast")]
    for each in forms:
        with np.errstate(all="ignore"):
            found = checked.values(each, full)
            born = _first(each, found)
            if born is not None:
                return _born(*_within(each, born, found))
    name = f.name if isinstance(f, Program) else name_of(f)
    return message(
        "the result of {name} holds NaN, but none arises where its equations are computed one by one", name=name
    )


def _value(operand: Operand, found: Mapping[str, Any]) -> Any:
    return operand.value if isinstance(operand, Constant) else found[operand.name]


def _first(program: Program, found: Mapping[str, Any]) -> Equation | Operand | None:
    """The first equation from which a NaN came into a result, or what was given, if it came from there."""
    made = {target.name: equation for equation in program.equations for target in equation.targets}
    waiting = [each for each in program.outputs if _is_nan(_value(each, found)).any()]
    seen: set[str] = set()
    born: list[Equation] = []
    while waiting:
        operand = waiting.pop()
        if operand.name not in made:
            return operand
        if operand.name not in seen:
            seen.add(operand.name)
            equation = made[operand.name]
            fed = [each for k, each in enumerate(equation.inputs) if _feeds(equation, k, operand, found)]
            waiting += fed
            born += [equation] * (not fed)
    return min(born, key=program.equations.index, default=None)


def _within(
    program: Program, born: Equation | Operand, found: Mapping[str, Any]
) -> tuple[Program, Equation | Operand, Mapping[str, Any], list[Message], dict[str, str]]:
    """The equation in the body of a loop, if a loop has made the NaN; its values in the first such turn; which turn that is; and
    the names outside of what the body reads from there."""
    turns: list[Message] = []
    names: dict[str, str] = {}
    while isinstance(born, Equation) and born.primitive is LOOP:
        loop = loop_of(born)
        again = zip(loop.again(loop.inputs)[1:], loop.again(born.inputs), strict=True)
        names = {each.name: names.get(o.name, o.name) for each, o in again if isinstance(o, Symbol)}
        operands = [_value(each, found) for each in born.inputs]
        carried, same = operands[: loop.carried], operands[loop.carried :]
        for turn in loop.turns:
            given = zip([*carried, turn, *same], loop.inputs, strict=True)
            found = checked.values_of(loop, [np.asarray(value, symbol.dtype)[()] for value, symbol in given])
            results = [_value(each, found) for each in loop.outputs]
            if any(_is_nan(each).any() for each in results):
                turns.append(message("{name} is {value}", name=loop.counter.name, value=str(turn)))
                break
            carried = results[: loop.carried]
        program, born = loop, _first(loop, found) or born
    return program, born, found, turns, names


def _feeds(equation: Equation, position: int, target: Operand, found: Mapping[str, Any]) -> bool:
    """Whether an operand is NaN where the result is: place by place, if each place has its own, and as `np.where` chose."""
    given, result = _is_nan(_value(equation.inputs[position], found)), _is_nan(found[target.name])
    if equation.primitive.name == "where" and position:
        mask = np.asarray(_value(equation.inputs[0], found), bool)
        given = given & (mask if position == 1 else ~mask)
    return bool((given & result).any() if equation.primitive.elementwise else given.any())


def _born(
    program: Program,
    born: Equation | Operand,
    found: Mapping[str, Any],
    turns: Sequence[Message],
    names: dict[str, str],
) -> Message:
    """The sentence."""
    if isinstance(born, Constant):
        return message(
            "{name} reads NaN from outside, in an array of {shape}", name=program.name, shape=shape_text(born.shape)
        )
    if isinstance(born, Symbol):
        place = _place(_is_nan(found[born.name]))
        return message("{name} is given NaN: {given} is NaN", name=program.name, given=f"{born.name}{place}")
    plan = replace(_with_temporaries(program, born), names=names)
    target = next(each for each in born.targets if _is_nan(found[each.name]).any())
    place = _place(_is_nan(found[target.name]))
    derived = born.origin.derivative_of and born.origin.text
    return message(
        "{line}: in the derivative of {forward}, {text} is NaN at {place}, where {values}"
        if derived and place
        else "{line}: in the derivative of {forward}, {text} is NaN, where {values}"
        if derived
        else "{line}: {text} is NaN at {place}, where {values}"
        if place
        else "{line}: {text} is NaN, where {values}",
        line=born.origin.place or program.name,
        forward=born.origin.text,
        place=place,
        text=expression(plan.tree(born)).text,
        values=listed([*turns, *_given(born, target, plan, found)], "{words}, and {word}"),
    )


def _with_temporaries(program: Program, born: Equation) -> Layout:
    """The layout in which names that no user gave are written out where the equation reads them."""
    plan = layout(program)
    made = {e.target.name: e for e in program.equations if e.target.kind == "temporary" and len(e.targets) == 1}
    read = [leaf.name for leaf in _leaves(plan.tree(born)) if leaf.name in made]
    return replace(plan, inlined=plan.inlined | {name: made[name] for name in read})


def _leaves(node: Node) -> Iterator[Operand]:
    if isinstance(node, Operation):
        for each in node.operands:
            yield from _leaves(each)
    else:
        yield node


def _place(where: Any) -> str:
    """The first place of an array, as an index: `[0, 2]`; nothing of a number."""
    return f"[{', '.join(str(k) for k in np.argwhere(where)[0])}]" if where.shape else ""


def _given(equation: Equation, target: Symbol, plan: Layout, found: Mapping[str, Any]) -> Iterator[Message]:
    """What an equation was given: at the place of the first NaN, if each place has its own; else between which numbers."""
    where = _is_nan(found[target.name])
    for operand in dict.fromkeys(equation.inputs):
        if isinstance(operand, Constant) and not operand.name:
            continue
        name, value = expression(plan.node(operand)).text, np.asarray(_value(operand, found))
        if equation.primitive.elementwise and where.shape:
            value = np.broadcast_to(value, where.shape)[tuple(np.argwhere(where)[0])]
        if np.ndim(value) == 0:
            yield message("{name} is {value}", name=name, value=f"{value[()]:.6g}")
        else:
            low, high = (f"{bound:.6g}" for bound in (np.min(value), np.max(value)))
            yield message("{name} lies between {low} and {high}", name=name, low=low, high=high)
