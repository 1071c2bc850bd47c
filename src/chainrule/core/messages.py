"""Text for people: English that remembers the template and the values it was made of, for languages that fill their own."""

from __future__ import annotations

from collections.abc import Iterable


class Message(str):
    """An English text, its `template`, the `values` in its places, and the `context` that tells equal templates apart."""

    template: str
    values: dict[str, object]
    context: str


def message(template: str, /, context: str = "", **values: object) -> Message:
    """Fill a template; without values it stands as it is. A value may be a message itself, which is translated with it.

    >>> message("There are {n:,} images, not {m:,}.", n=1000, m=3)
    'There are 1,000 images, not 3.'
    """
    if isinstance(template, Message):
        return template
    made = Message(template.format_map(values) if values else template)
    made.template, made.values, made.context = template, values, context
    return made


def listed(words: Iterable[object], joint: str = "{words}, {word}", last: str = "", context: str = "") -> str:
    """Words one after another, as each language joins two of them; the last one perhaps in another way."""
    made, *more = [word if isinstance(word, str) else str(word) for word in words] or [""]
    for place, word in enumerate(more, 1):
        made = message(last if last and place == len(more) else joint, context, words=made, word=word)
    return made
