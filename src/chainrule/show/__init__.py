"""Presentation of programs and their numbers, on terminals and in browsers."""
