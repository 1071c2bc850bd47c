"""The error of a network that cannot be written for elsewhere, or of a file that does not do what the network does."""

from ..core.errors import ChainruleError


class ExportError(ChainruleError, ValueError):
    """A network cannot be exported as asked; nothing was written."""
