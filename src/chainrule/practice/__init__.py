"""Which mistake is it: a derivative is a program, so it can be changed as learners change it, and their numbers recognized.

Read the files in this order:

- `forms.py`: one derivative in several forms, whose equations can be run with some of them changed.
- `mutations.py`: the table of mistakes that learners make, each one function and its words.
- `probes.py`: inputs on which mistakes give different numbers.
- `recognition.py`: which changes, one or several, give the learner's numbers.
- `parts.py`, `factors.py`, `mistakes.py`: numbers that two programs share, products without what both have, and sentences.
- `alignment.py`: where the learner's own program parts from the derivative, whether the table has the mistake or not.
- `lines.py`: the learner's lines, whose dimensions are compared before anything is run.
- `notebook.py`: how both show in a notebook.
- `judging.py`: what is said of a learner's function.
- `checking.py`: `check_grad`, which compares a gradient with finite differences, and names what is wrong with yours.
- `exercise.py`: something to write by hand, with a file and a judge; the exercises are in `chainrule/exercises/`.
"""

from .checking import GradientCheck, check_grad
from .exercise import Exercise
from .judging import Mistake, Verdict

__all__ = ["Exercise", "GradientCheck", "Mistake", "Verdict", "check_grad"]
