"""The error of `chainrule.exchange`, and how its messages show content of a foreign file.

Whatever is wrong with a file is a `FileFormatError` whose message is one sentence: the file, what is wrong with it, and
what would be right. This module reads no file.
"""

from ..core.errors import ChainruleError
from ..core.messages import message

_OURS: dict[str, str] = {
    each: each for each in (message("chainrule network"), message("chainrule checkpoint"), message("chainrule gpt"))
}


class FileFormatError(ChainruleError, ValueError):
    """A file cannot be loaded or saved as it is; the message says why and what would be right.

    Examples:
        >>> issubclass(FileFormatError, ValueError)
        True
    """


def shown(text: str) -> str:
    """Text from a file, made safe for a message: short, on one line, without control characters.

    Examples:
        >>> shown("w2"), shown("w" * 99)[-3:], shown("w\\n2")
        ('w2', 'ww…', "'w\\\\n2'")
    """
    short = text if len(text) <= 60 else f"{text[:59]}…"
    return short if short and short.isprintable() else repr(short)


def format_text(format: str) -> str:
    """What a file says that it is, in words that can be translated if it is one of ours.

    Examples:
        >>> format_text("chainrule gpt"), format_text("chainrule soup\\n")
        ('chainrule gpt', "'chainrule soup\\\\n'")
    """
    return _OURS.get(format) or shown(format)
