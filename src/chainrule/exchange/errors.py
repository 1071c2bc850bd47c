"""The error of `chainrule.exchange`, and how its messages show content of a foreign file.

Whatever is wrong with a file is a `FileFormatError` whose message is one sentence: the file, what is wrong with it, and
what would be right. This module reads no file.
"""

from ..core.errors import ChainruleError
from ..data.errors import describe


class FileFormatError(ChainruleError, ValueError):
    """A file cannot be loaded or saved as it is; the message says why and what would be right.

    Examples:
        >>> issubclass(FileFormatError, ValueError)
        True
    """


def looks_like(head: bytes) -> str:
    """Name the kind of a file by its first bytes: `chainrule.data.errors.describe`, and formats of networks.

    Args:
        head: up to the first `HEAD_SIZE` bytes of the file.

    Returns:
        A noun phrase, such as `"a Python pickle"`.

    References:
        Pickle: the PROTO opcode of Python's `pickletools`, then the protocol. The others: each format's own
        specification.

    Examples:
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
    """Text from a file, made safe for a message: short, on one line, without control characters.

    Examples:
        >>> shown("w2"), shown("w" * 99)[-3:], shown("w\\n2")
        ('w2', 'ww…', "'w\\\\n2'")
    """
    short = text if len(text) <= 60 else f"{text[:59]}…"
    return short if short and short.isprintable() else repr(short)
