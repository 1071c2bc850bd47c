"""JSON that comes from outside: read strictly against a table of fields, and refused in one sentence.

The same table is the documentation: `schema` makes of it what OpenAPI says.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
_REQUIRED = object()


class RefusedError(Exception):
    """What was sent cannot be taken: the key of a sentence in `show/texts/web.py`, its values, and the HTTP status."""

    def __init__(self, key: str, *, status: int = 422, **values: object):
        super().__init__(key)
        self.key, self.status, self.values = key, status, values


@dataclass(frozen=True)
class Field:
    """One field: `read` gives its value, or raises `ValueError`; `must` is the key of what it has to be, `limits` fill it in."""

    read: Callable[[Json], object]
    schema: Mapping[str, Json]
    must: str
    limits: tuple[object, ...] = ()
    default: object = _REQUIRED

    @property
    def required(self) -> bool:
        """Whether it has to be there."""
        return self.default is _REQUIRED


Fields: TypeAlias = Mapping[str, Field]


def parsed(raw: bytes | str) -> Json:
    """JSON text as a value. Raises `RefusedError` for anything that is not JSON: NaN, a key twice, nesting without end.

    >>> parsed(b'{"pixels": [0, 255]}')
    {'pixels': [0, 255]}
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value: Json = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise RefusedError("web.not_json", status=422) from None
    return value


def _no_number(text: str) -> NoReturn:
    raise RefusedError("web.no_number", text=text)


def _once(pairs: list[tuple[str, Json]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RefusedError("web.twice", name=next(name for name, _ in pairs if [n for n, _ in pairs].count(name) > 1))
    return found


def record(value: Json, fields: Fields) -> dict[str, object]:
    """The fields of an object, each read, absent ones by their default. Raises `RefusedError`, naming the first that is wrong."""
    if not isinstance(value, dict):
        raise RefusedError("web.no_object", names=", ".join(fields))
    for name in value:
        if name not in fields:
            raise RefusedError("web.unknown", name=_short(name), names=", ".join(fields) or "{}")
    found: dict[str, object] = {}
    for name, field in fields.items():
        if name not in value:
            if field.required:
                raise RefusedError("web.missing", name=name)
            found[name] = field.default
            continue
        try:
            found[name] = field.read(value[name])
        except ValueError:
            raise RefusedError(field.must, name=name, given=_short(value[name]), limits=field.limits) from None
    return found


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


# ---- kinds of fields -------------------------------------------------------------------------------------------------


def whole(low: int, high: int, default: object = _REQUIRED) -> Field:
    """A whole number from `low` to `high`."""

    def read(value: Json) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError
        return value

    return Field(read, {"type": "integer", "minimum": low, "maximum": high}, "web.whole", (low, high), default)


def number(low: float, high: float, default: object = _REQUIRED) -> Field:
    """A number from `low` to `high`."""

    def read(value: Json) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ValueError
        return float(value)

    return Field(read, {"type": "number", "minimum": low, "maximum": high}, "web.number", (low, high), default)


def one_of(*choices: str, default: object = _REQUIRED) -> Field:
    """One of a few words."""

    def read(value: Json) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError
        return value

    return Field(read, {"type": "string", "enum": list(choices)}, "web.one_of", (", ".join(choices),), default)


def flag(default: object = _REQUIRED) -> Field:
    """True or false."""

    def read(value: Json) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value

    return Field(read, {"type": "boolean"}, "web.flag", (), default)


def text(most: int, default: object = _REQUIRED) -> Field:
    """Text of at most so many characters."""

    def read(value: Json) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise ValueError
        return value

    return Field(read, {"type": "string", "maxLength": most}, "web.text", (most,), default)


def numbers(count: int, low: float, high: float) -> Field:
    """So many numbers from `low` to `high`, as a list."""

    def read(value: Json) -> list[float]:
        if not isinstance(value, list) or len(value) != count:
            raise ValueError
        if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in value):
            raise ValueError
        found = [float(each) for each in value if isinstance(each, (int, float))]
        if not all(low <= each <= high for each in found):  # also False for NaN
            raise ValueError
        return found

    item: dict[str, Json] = {"type": "number", "minimum": low, "maximum": high}
    shape: dict[str, Json] = {"type": "array", "items": item, "minItems": count, "maxItems": count}
    return Field(read, shape, "web.numbers", (count, low, high))


def wholes(most: int, low: int, high: int, default: object = _REQUIRED) -> Field:
    """Up to so many whole numbers from `low` to `high`, as a list."""
    inner = whole(low, high)

    def read(value: Json) -> tuple[int, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError
        return tuple(each for each in map(inner.read, value) if isinstance(each, int))

    shape: dict[str, Json] = {"type": "array", "items": dict(inner.schema), "maxItems": most}
    return Field(read, shape, "web.wholes", (most, low, high), default)


def bytes64(most: int) -> Field:
    """Bytes in base64, at most so many of them."""

    def read(value: Json) -> bytes:
        if not isinstance(value, str) or len(value) > 4 * (most // 3 + 1):
            raise ValueError
        try:
            found = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError from None
        if len(found) > most:
            raise ValueError
        return found

    return Field(read, {"type": "string", "contentEncoding": "base64"}, "web.bytes", (most,))


def finite(values: Sequence[float]) -> bool:
    """Whether all are numbers that JSON can say."""
    return all(map(math.isfinite, values))
