"""The version, where both the package and the files that it writes find it."""

__version__ = "0.1.0"
