"""JSON from outside: checked strictly against a table of fields, and refused in one sentence.

The table is also the documentation: `schema` makes the OpenAPI description of it.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from ..core.messages import listed, message

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
_REQUIRED = object()


class RefusedError(Exception):
    """A request that is refused in a sentence, with its HTTP status and, where a text is wrong, the place in it."""

    def __init__(self, template: str, /, *, status: int = 422, **values: object):
        super().__init__(message(template, "", **values))
        self.status = status
        self.typed_at: tuple[int, int] | None = None  # from which character of the text to which


@dataclass(frozen=True)
class Field:
    """One field of an object.

    Attributes:
        schema: What its value must be, as a JSON schema of the keywords that `admits` knows.
        must: The template of the sentence that says so; `limits` fill it in.
        limits: The numbers or words in that sentence.
        default: The value of a field that is absent; without a default, the field must be present.
        convert: Makes the value that a method takes; it may raise `ValueError`.
    """

    schema: Mapping[str, Json]
    must: str
    limits: tuple[object, ...] = ()
    default: object = _REQUIRED
    convert: Callable[[Any], object] = lambda value: value

    @property
    def required(self) -> bool:
        """Whether it must be present."""
        return self.default is _REQUIRED


Fields: TypeAlias = Mapping[str, Field]


def parsed(raw: bytes | str) -> Json:
    """JSON text as a value.

    Raises:
        RefusedError: The text is not JSON: it has NaN, a key twice, or nesting without end.

    Examples:
        >>> parsed(b'{"pixels": [0, 255]}')
        {'pixels': [0, 255]}
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value: Json = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise RefusedError("The body is not JSON; send one object.", status=422) from None
    return value


def _no_number(text: str) -> NoReturn:
    raise RefusedError("The body has {text}, which is not a number in JSON.", text=text)


def _once(pairs: list[tuple[str, Json]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RefusedError(
            "The field {name} appears twice.",
            name=next(name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1),
        )
    return found


def record(value: Json, fields: Fields) -> dict[str, object]:
    """Read the fields of an object.

    Args:
        value: The object.
        fields: Its fields, by name.

    Returns:
        The value of each field, by name, with defaults for those that are absent.

    Raises:
        RefusedError: The value is no object, or a field is unknown, missing or wrong; the error names the first.

    Examples:
        >>> record({"label": 7}, {"label": whole(0, 9), "framed": flag(True)})
        {'label': 7, 'framed': True}
    """
    if not isinstance(value, dict):
        raise RefusedError("The body must be an object with {names}.", names=listed(fields))
    for name in value:
        if name not in fields:
            raise RefusedError(
                "There is no field {name}; the fields are {names}.", name=_short(name), names=listed(fields) or "{}"
            )
    found: dict[str, object] = {}
    for name, field in fields.items():
        if name not in value:
            if field.required:
                raise RefusedError("The field {name} is missing.", name=name)
            found[name] = field.default
            continue
        try:
            if not admits(field.schema, value[name]):
                raise ValueError
            found[name] = field.convert(value[name])
        except ValueError:
            raise RefusedError(field.must, name=name, given=_short(value[name]), limits=field.limits) from None
    return found


def from_query(texts: Mapping[str, str], fields: Fields) -> Json:
    """Read the fields of an address as JSON would have them: digits are a number only where a whole number is expected.

    Args:
        texts: The fields as they stand in the address.
        fields: What they should be, by name.

    Returns:
        An object for `record`, which refuses what is wrong.

    Examples:
        >>> from_query({"index": "7", "network": "42"}, {"index": whole(0, 9), "network": text(9)})
        {'index': 7, 'network': '42'}
    """
    wholes = {name for name, field in fields.items() if field.schema["type"] == "integer"}
    return {
        name: int(text) if name in wholes and re.fullmatch("[0-9]{1,9}", text) else text for name, text in texts.items()
    }


def _short(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}…"


def schema(fields: Fields) -> dict[str, Json]:
    """The fields as a JSON schema that admits no others."""
    return {
        "type": "object",
        "properties": {name: dict(field.schema) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }


_TYPES: Mapping[object, Any] = {
    "integer": int, "number": (int, float), "string": str, "boolean": bool, "array": list,
}  # fmt: skip


def admits(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a JSON schema admits a value: types, limits, lengths, choices and items.

    Args:
        schema: The schema.
        value: The value.

    Returns:
        Whether it does.

    Examples:
        >>> digit = whole(0, 9).schema
        >>> admits(digit, 3), admits(digit, 10), admits(digit, True)
        (True, False, False)
    """
    kind = schema["type"]
    if not isinstance(value, _TYPES[kind]) or isinstance(value, bool) != (kind == "boolean"):
        return False
    if kind in ("integer", "number"):
        return bool(schema["minimum"] <= value <= schema["maximum"])
    if kind == "array":
        fits = schema.get("minItems", 0) <= len(value) <= schema["maxItems"]
        return fits and all(admits(schema["items"], each) for each in value)
    return kind == "boolean" or (
        len(value) <= schema.get("maxLength", math.inf) and value in schema.get("enum", [value])
    )


# ---- kinds of fields -------------------------------------------------------------------------------------------------


def whole(low: int, high: int, default: object = _REQUIRED) -> Field:
    """A field with a whole number.

    Args:
        low: The smallest value.
        high: The largest value.
        default: The default, if it may be absent.

    Returns:
        The field.
    """
    return Field(
        {"type": "integer", "minimum": low, "maximum": high},
        "{name} is {given}; it must be a whole number from {limits[0]} to {limits[1]}.",
        (low, high),
        default,
    )


def number(low: float, high: float, default: object = _REQUIRED) -> Field:
    """A field with a number.

    Args:
        low: The smallest value.
        high: The largest value.
        default: The default, if it may be absent.

    Returns:
        The field.
    """
    return Field(
        {"type": "number", "minimum": low, "maximum": high},
        "{name} is {given}; it must be a number from {limits[0]:g} to {limits[1]:g}.",
        (low, high),
        default,
        float,
    )


def one_of(*choices: str, default: object = _REQUIRED) -> Field:
    """A field with one of a few words.

    Args:
        *choices: The words.
        default: The default, if it may be absent.

    Returns:
        The field.
    """
    return Field(
        {"type": "string", "enum": list(choices)},
        "{name} is {given}; it must be one of {limits[0]}.",
        (", ".join(choices),),
        default,
    )


def flag(default: object = _REQUIRED) -> Field:
    """A field that is true or false."""
    return Field({"type": "boolean"}, "{name} is {given}; it must be true or false.", (), default)


def text(most: int, default: object = _REQUIRED) -> Field:
    """A field with text.

    Args:
        most: The greatest number of characters.
        default: The default, if it may be absent.

    Returns:
        The field.
    """
    return Field(
        {"type": "string", "maxLength": most},
        "{name} is {given}; it must be text of at most {limits[0]:,} characters.",
        (most,),
        default,
    )


def numbers(count: int, low: float, high: float) -> Field:
    """A field with a list of numbers.

    Args:
        count: How many there are.
        low: The smallest value.
        high: The largest value.

    Returns:
        The field.
    """
    items = dict(number(low, high).schema)
    shape: dict[str, Json] = {"type": "array", "items": items, "minItems": count, "maxItems": count}
    return Field(
        shape,
        "{name} is {given}; it must be {limits[0]} numbers from {limits[1]:g} to {limits[2]:g}.",
        (count, low, high),
    )


def wholes(most: int, low: int, high: int, default: object = _REQUIRED) -> Field:
    """A field with a list of whole numbers.

    Args:
        most: The greatest number of them.
        low: The smallest value.
        high: The largest value.
        default: The default, if it may be absent.

    Returns:
        The field.
    """
    shape: dict[str, Json] = {"type": "array", "items": dict(whole(low, high).schema), "maxItems": most}
    return Field(
        shape,
        "{name} is {given}; it must be up to {limits[0]} whole numbers from {limits[1]} to {limits[2]}.",
        (most, low, high),
        default,
        tuple,
    )


def words(most: int, choices: Iterable[str], default: object = _REQUIRED) -> Field:
    """A field with a list of words.

    Args:
        most: The greatest number of them.
        choices: The words.
        default: The default, if it may be absent.

    Returns:
        The field.
    """
    known: list[Json] = [*choices]
    return Field(
        {"type": "array", "items": {"type": "string", "enum": known}, "maxItems": most},
        "{name} is {given}; it must be up to {limits[0]} of the words {limits[1]}.",
        (most, ", ".join(map(str, known))),
        default,
        tuple,
    )


def bytes64(most: int, default: object = _REQUIRED) -> Field:
    """A field with at most `most` bytes, in base64.

    Args:
        most: The greatest number of bytes.
        default: The default, if it may be absent.

    Returns:
        The field.
    """

    def decoded(text: str) -> bytes:
        found = base64.b64decode(text, validate=True)
        if len(found) > most:
            raise ValueError
        return found

    schema: dict[str, Json] = {"type": "string", "contentEncoding": "base64", "maxLength": 4 * (most // 3 + 1)}
    return Field(schema, "{name} is not base64 of at most {limits[0]:,} bytes.", (most,), default, decoded)
