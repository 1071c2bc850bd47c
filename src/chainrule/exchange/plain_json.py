"""Strict JSON: no duplicate names, no NaN or infinity, bounded nesting.

Python's `json` is more lenient than the standard, in reading and in writing; here both are held to it.
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from ..core.errors import ChainruleError
from ..core.messages import message
from .errors import shown

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

_LARGEST = sys.float_info.max
DEEPEST = 20
"""How deep lists and objects may be nested."""


class JsonProblem(ChainruleError, ValueError):  # noqa: N818  # its message is only a part of a sentence
    """What is wrong with a text or value, as the predicate of a sentence: `"names w2 twice, where …"`."""


def parse(text: str) -> Json:
    """Parse JSON text.

    Args:
        text: JSON.

    Returns:
        Dictionaries, lists, texts, finite numbers, booleans and None.

    Raises:
        JsonProblem: The text is not JSON, or not plain.

    Examples:
        >>> parse('{"sizes": [784, 30, 10]}')
        {'sizes': [784, 30, 10]}
    """
    try:
        value: Json = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        # Not its own message, which differs between versions of Python.
        raise JsonProblem("is not well-formed JSON (character {position:,})", position=error.pos) from error
    except RecursionError as error:
        raise JsonProblem("is nested more than {levels} levels deep", levels=DEEPEST) from error
    except JsonProblem:
        raise
    except ValueError as error:  # a whole number of more digits than Python converts
        raise JsonProblem("holds a number of thousands of digits") from error
    _check(value, "", DEEPEST)
    return value


def text(value: Json) -> str:
    """A value as JSON, always the same text: sorted by name, on one line.

    Args:
        value: Dictionaries, lists, texts, finite numbers, booleans and None.

    Returns:
        Text that `parse` reads back, with lists for tuples.

    Raises:
        JsonProblem: The value holds something else.

    Examples:
        >>> text({"seed": 0, "rate": 3.0})
        '{"rate": 3.0, "seed": 0}'
    """
    _check(value, "", DEEPEST)
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            raise JsonProblem("names {name} twice, where every name is expected once", name=shown(name))
        found[name] = value
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise JsonProblem("holds {constant}, where finite numbers are expected", constant=constant)


def _check(value: object, place: str, levels: int) -> None:
    if isinstance(value, str):
        _check_text(value, place)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise JsonProblem("holds {value}{place}, where finite numbers are expected", value=value, place=_at(place))
    elif isinstance(value, int) and abs(value) > _LARGEST:
        raise JsonProblem("holds a number of hundreds of digits{place}", place=_at(place))
    elif isinstance(value, dict | list | tuple):
        if levels == 0:
            raise JsonProblem("is nested more than {levels} levels deep", levels=DEEPEST)
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(value, dict):
                if not isinstance(name, str):
                    raise JsonProblem(
                        "holds the name {name}{place}, where text is expected", name=shown(repr(name)), place=_at(place)
                    )
                _check_text(name, place)
            _check(inner, f"{place}.{name}" if place else str(name), levels - 1)
    elif value is not None and not isinstance(value, bool | int):
        kind = type(value).__name__
        raise JsonProblem(
            "holds {kind}{place}, where plain numbers, texts, lists and dictionaries are expected",
            kind=kind,
            place=_at(place),
        )


def _check_text(value: str, place: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise JsonProblem("holds half a character{place}, where Unicode text is expected", place=_at(place)) from error


def _at(place: str) -> str:
    return message(" at {name}", name=shown(place)) if place else ""
