"""Control flow from the source: an `if` on a traced value becomes an equation of both sides, and a loop one of its body.

- `noun.py`: the equation, and what it does without results that nobody needs.
- `derivative.py`: its derivative is a branch on the same value, whose sides are the derivatives of the sides.
- `text.py`: a branch in Python.
- `mathematics.py`: a branch in mathematics.
- `selection.py`: a branch as a choice between values, for machine code.
- `conversion.py`: a function written anew, so that its branches ask the recording.
- `recording.py`: what the converted function asks: both sides are recorded.
- `repeating.py`: a loop, whose body is recorded once.
- `lists.py`: a list that a loop appends to, as an array of its turns.
- `iterating.py`: what a `for` loops over, and what its variable is in all turns.
- `sides.py`: records a part of a function apart, and cuts it out as a program.
- `reached.py`: what a part can reach and change beside arrays, put back as it was.
- `choices.py`: what became of each loop and branch, and why: a program's report.
- `tracing.py`: traces a function with its branches.
- `by_values.py`: long loops of a function that runs by values, as in `grad`.
"""

from . import derivative, mathematics, noun, text

__all__ = ["derivative", "mathematics", "noun", "text"]
