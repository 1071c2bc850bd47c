"""The one error of `chainrule.exchange`, and how its messages set what stands in a foreign file.

Whatever is wrong with a file, or with what is to become one, is a `FileFormatError` whose message is one
sentence: the file, what is wrong with it, and what would be right. No file is read here.
"""

from collections.abc import Iterable

from chainrule.core.errors import ChainruleError
from chainrule.data.errors import describe


class FileFormatError(ChainruleError, ValueError):
    """A file cannot be loaded or saved as it is; the message says why and what would be right.

    Example:
        >>> issubclass(FileFormatError, ValueError)
        True
    """


def looks_like(head: bytes) -> str:
    """What a file looks like by its first bytes: `chainrule.data.errors.describe`, for networks too.

    Args:
        head: up to the first `HEAD_SIZE` bytes of the file.

    Returns:
        A noun phrase, such as `"a Python pickle"`.

    Source:
        Pickle: the PROTO opcode of Python's `pickletools`, then the protocol. The others: each format's own
        specification.

    Example:
        >>> looks_like(bytes([0x80, 2]) + b"}q")
        'a Python pickle'
    """
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "a Python pickle"
    if head.startswith(b"PK\x03\x04"):
        return "a ZIP archive (as are .npz, .keras and PyTorch's .pt)"
    if head.startswith(b"GGUF"):
        return "a GGUF model"
    return describe(head)


def shown(text: str) -> str:
    """A text out of a file, fit for a message: short, on one line, and nothing that a terminal would obey.

    Example:
        >>> shown("w2"), shown("w" * 99)[-3:], shown("w\\n2")
        ('w2', 'ww…', "'w\\\\n2'")
    """
    short = text if len(text) <= 60 else f"{text[:59]}…"
    return short if short and short.isprintable() else repr(short)


def sizes_text(shape: Iterable[int]) -> str:
    """A shape in words.

    Example:
        >>> sizes_text((30, 784)), sizes_text(())
        ('30 × 784', 'a single number')
    """
    return " × ".join(f"{size:,}" for size in shape) or "a single number"
