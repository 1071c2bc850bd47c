"""Numbers and arrays that stand in a program's text: where an operation needs NumPy's numbers, not Python's, the text makes them
so; and it makes the arrays that a call of NumPy's makes, such as `np.eye(2)`, and those of up to a thousand numbers, bit for bit.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from ..core.dims import shape_text
from ..core.layout import Layout
from ..core.nouns import Constant, Equation, Program, Symbol
from ..core.python import ARRANGEMENTS, SHORTER, WRITTEN, number
from ..core.template import PRIMARY, PRODUCT, SUM, Piece, Template, parse_python

_NAME = re.compile(r"(?<![\d.])[^\W\d]")


@dataclass(frozen=True)
class _Cast(Template):
    """`x.astype(np.float32)`; of what is written with numbers alone, `np.float32(1.0)`, since Python's have no methods."""

    def write(self, operands: Sequence[Piece], params: Mapping[str, object], defaults: Mapping[str, object]) -> Piece:
        """Write the cast of an operand."""
        (operand,) = operands
        if operand.text and not _NAME.search(operand.text):
            return Piece(f"np.{params['dtype']}({operand.text})", PRIMARY)
        return super().write(operands, params, defaults)


def _arrange(program: Program, plan: Layout) -> Layout:
    """The layout, with numbers that have a line of their own as NumPy's: `v1 = np.float64(1.0)`."""
    statements = {
        each.target.name: [(f"{each.target.name} = np.{each.target.dtype}({number(each.inputs[0].value).text})", "1")]
        for each in plan.lines(program)
        if isinstance(each, Equation) and each.primitive.name == "identity"
        if isinstance(each.inputs[0], Constant) and not each.inputs[0].name and each.target not in program.outputs
    }
    return replace(plan, statements={**statements, **plan.statements}) if statements else plan


# ---- arrays ----------------------------------------------------------------------------------------------------------

_NAMELESS = re.compile(r"c\d+")
_MOST = 1000  # numbers of an array that is written out
_SHORT = 24  # characters of what is written where it is used


def make_arrays(program: Program, plan: Layout) -> Layout:
    """The layout, with the arrays that the text makes itself: each on a line, or where it is used, if that is once and short."""
    texts: dict[str, str] = {}
    turned: dict[str, str] = {}
    constants = program.constants
    for place, constant in enumerate(constants):
        nameless = _NAMELESS.fullmatch(constant.name) is not None
        whole = (each.name for each in constants[:place] if nameless and _is_transpose(constant.value, each.value))
        if (found := next((each for each in whole if each not in turned), None)) is not None:
            turned[constant.name] = f"{found}.T"
        elif (text := written_array(constant.value)) is not None:
            texts[constant.name] = text
    if not constants:
        return plan
    uses = Counter(each.name for each in program.operands() if isinstance(each, Constant))
    uses.update(text.removesuffix(".T") for text in turned.values())
    held = {each.name for line in program.equations if _has_block(line) for each in line.inputs}
    names = dict(turned)
    alone = {each.name for line in program.equations if line.primitive.name != "stack" for each in line.inputs}
    alone |= {each.name for each in program.outputs}
    for each in constants:
        value: Any = each.value
        if not each.shape and value.dtype.str in _KINDS:
            plain = value.dtype == float and each.name not in alone
            names[each.name] = _number(value) if plain else f"np.{value.dtype}({_number(value)})"
    symbols = {
        each.name
        for part in program.parts()
        for each in (*part.inputs, *(t for e in part.equations for t in e.targets))
    }
    taken = symbols | (uses.keys() - texts.keys() - turned.keys())
    free = (name for name in map("c{}".format, itertools.count(1)) if name not in taken)
    for name, text in texts.items():
        if _NAMELESS.fullmatch(name):
            inline = uses[name] == 1 and name not in held and len(text) <= _SHORT
            names[name] = text if inline else next(free)
    made = {name: text for name, text in texts.items() if names.get(name) != text}
    names |= {name: f"{names.get(text[:-2], text[:-2])}.T" for name, text in turned.items()}
    shapes = {each.name: shape_text(each.shape) for each in constants}
    rows = {name: (f"{names.get(name, name)} = {text}", shapes[name]) for name, text in made.items()}
    return replace(plan, made=rows, names={**plan.names, **names})


def _is_transpose(one: Any, other: Any) -> bool:
    return len(other.shape) == 2 and 1 not in other.shape and one.strides == other.T.strides and _is_same(one, other.T)


def _has_block(line: Equation) -> bool:
    return any(isinstance(value, Program) for _, value in line.params)


def written_array(array: Any) -> str | None:
    """The expression that makes an array, with its bits and its number type, if a short one does.

    >>> written_array(np.eye(3)), written_array(np.arange(4.0)), written_array(np.array([0.5, -0.0]))
    ('np.eye(3)', 'np.arange(4.0)', 'np.array([0.5, -0.0])')
    """
    if array.dtype.kind not in "biufc" or not array.dtype.isnative or not array.shape:
        return None
    if not array.flags.c_contiguous:  # products may depend on the order in memory
        turned = written_array(array.T) if len(array.shape) == 2 and array.flags.f_contiguous else None
        return turned and f"{turned}.T"
    return next((text for text in _candidates(array) if _is_same(eval(text, {"np": np}), array)), None)


_KINDS = {"<f8": "", "<i8": ", int", "|b1": ", bool", "<f4": ", np.float32", "<c16": ", complex"}


def _is_same(one: Any, other: Any) -> bool:
    return bool(one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes())


def _candidates(array: Any) -> Iterator[str]:
    """Expressions that may make an array; each is tried only if its first numbers do not rule it out."""
    shape, flat = tuple(map(int, array.shape)), array.ravel()
    kind = _KINDS.get(array.dtype.str, f", np.{array.dtype.name}")
    sizes = str(shape[0]) if len(shape) == 1 else str(shape)
    if not array.size:
        yield f"np.zeros({sizes}{kind})"
        return
    if array.size > 1 and flat[0].tobytes() == flat[-1].tobytes() == flat[array.size // 2].tobytes():
        name = {"0.0": "zeros", "0": "zeros", "False": "zeros", "1.0": "ones", "1": "ones", "True": "ones"}
        called = name.get(_number(flat[0]), "")
        yield f"np.{called}({sizes}{kind})" if called else f"np.full({sizes}, {_number(flat[0])}{kind})"
    if len(shape) == 2 and min(shape) > 1 and flat[0] == 1:
        sides = str(shape[0]) if shape[0] == shape[1] else f"{shape[0]}, {shape[1]}"
        yield f"np.eye({sides}{kind and f', dtype={kind[2:]}'})"
        yield f"np.tri({sides}{kind and f', dtype={kind[2:]}'})"
        yield f"np.triu(np.ones({shape}{kind}))"
    if len(shape) == 1 and len(flat) > 2 and array.dtype.name in ("int64", "float64"):
        first, second, last = (flat[place].item() for place in (0, 1, -1))
        step, stop = second - first, first + len(flat) * (second - first)
        if step and math.isfinite(stop) and math.isfinite(last):
            numbers = [first, stop, step] if step != 1 else [first, stop] if first else [stop]
            if step == int(step):
                yield f"np.arange({', '.join(number(each).text for each in numbers)})"
            if array.dtype == float:
                yield f"np.linspace({_number(flat[0])}, {_number(flat[-1])}, {len(flat)})"
                if len(text := ", ".join(number(each).text for each in numbers)) <= _SHORT:
                    yield f"np.arange({text})"
    if array.size <= _MOST:
        typed = "" if array.dtype.name in ("float64", "int64", "bool", "complex128") else kind
        yield f"np.array({_rows(array)}{typed})"


def _rows(array: Any) -> str:
    return f"[{', '.join(_rows(each) if each.shape else _number(each) for each in array)}]"


def _number(value: Any) -> str:
    return number(float(str(value)) if value.dtype in (np.float16, np.float32) else value.item()).text


def _fraction(value: Any) -> Piece | None:
    """A number as a fraction of small whole numbers, where it has many digits and the fraction has its bits: 1 / 300."""
    if type(value) is not float or not math.isfinite(value) or len(repr(value)) <= _MANY:
        return None
    above, below = Fraction(value).limit_denominator(_LARGEST).as_integer_ratio()
    if not above or abs(above) > _LARGEST or above / below != value:
        return None
    return Piece(f"{above} / {below}", PRODUCT if above > 0 else SUM, "/")


_MANY, _LARGEST = 12, 999  # characters of a number that may be a fraction, and what stands above and below at most
SHORTER[0] = _fraction


def _numbers_as_array(equation: Equation, operands: list[Piece]) -> Piece | None:
    """Numbers that are stacked are an array of them, as people write it."""
    kinds = {each.dtype for each in equation.inputs if isinstance(each, Symbol)}
    plain = all(np.result_type(each.value) == np.dtype(float) for each in equation.inputs if isinstance(each, Constant))
    if any(each.shape for each in equation.inputs) or kinds != {np.dtype(float)} or not plain:
        return None  # or np.array could have another number type
    return Piece(f"np.array([{', '.join(each.text for each in operands)}])", PRIMARY)


WRITTEN["stack"] = _numbers_as_array


def _element(equation: Equation, operands: list[Piece]) -> Piece | None:
    """One element of a vector, which is no view of it."""
    x, place = equation.inputs
    array, index = operands
    if len(x.shape) != 1 or place.shape or array.strength < PRIMARY:
        return None
    return Piece(f"{array.text}[{index.text}]", PRIMARY)


WRITTEN["take"] = _element

CAST = _Cast(**vars(parse_python("{0}.astype(np.{dtype})")))
"""How a cast is written."""

ARRANGEMENTS.append(_arrange)
ARRANGEMENTS.insert(0, make_arrays)  # others write lines, with these texts
