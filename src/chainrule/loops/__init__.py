"""Loops that stay loops: a `for` whose turns are alike is found in a trace before it is differentiated, and is one equation.

- `places.py`: places that move with the turns, as in `x[t - 1]`.
- `noun.py`: a loop is a program that is done again and again.
- `derivative.py`: its derivative is a loop the other way.
- `text.py`: a loop in Python.
- `mathematics.py`: and in mathematics.
- `paths.py`: where each operation of a trace stands.
- `detection.py`: where turns repeat, and how each operand arises in them.
- `rolling.py`: turns become loops.
- `unrolling.py`: programs with loops are called with traced arrays.
- `hooks.py`: the part of all this in a trace.
"""

from .. import program
from . import derivative, hooks, mathematics, noun, places, text, unrolling

__all__ = ["derivative", "hooks", "mathematics", "noun", "places", "program", "text", "unrolling"]
