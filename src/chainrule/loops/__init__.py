"""Loops that stay loops: a `for` whose iterations are alike is found in a trace, before differentiation, and is one equation.

The code calls an iteration a turn.

- `places.py`: indices that move with the iterations, as in `x[t - 1]`.
- `induction.py`: the variable of a loop whose body is recorded once.
- `noun.py`: a loop is a program that runs repeatedly.
- `accesses.py`: which places of an array an iteration reads and writes.
- `derivative.py`: its derivative is a loop in the opposite direction.
- `text.py`: a loop in Python.
- `mathematics.py`: a loop in mathematics.
- `paths.py`: where each operation of a trace stands in the user's code.
- `detection.py`: where iterations repeat, and where their operands come from.
- `rolling.py`: makes loops of repeated iterations.
- `unrolling.py`: calls programs that contain loops with traced arrays.
- `steps.py`: loops of many turns, of which only the first few are recorded.
- `hooks.py`: connects all this to tracing.
"""

from . import derivative, hooks, mathematics, noun, places, text, unrolling

__all__ = ["derivative", "hooks", "mathematics", "noun", "places", "text", "unrolling"]
