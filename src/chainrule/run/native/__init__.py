"""The native executor."""
