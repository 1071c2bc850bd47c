"""How a program and its numbers are shown to people."""
