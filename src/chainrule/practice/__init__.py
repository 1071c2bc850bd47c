"""Which mistake is it: a derivative is a program, so it can be changed as learners change it, and their numbers recognized.

Read the files in this order:

- `forms.py`: one derivative in several forms, whose equations can be run with some of them changed.
- `mutations.py`: the table of mistakes that learners make, each one function and its words.
- `probes.py`: inputs on which mistakes give different numbers.
- `recognition.py`: which changes, one or several, give the learner's numbers.
- `lines.py`: the learner's lines, whose dimensions are compared before anything is run.
- `checking.py`: `check_grad`, which compares a gradient with finite differences, and names what is wrong with yours.
- `exercises.py`: gradients to write by hand.
"""

from .checking import GradientCheck, Mistake, check_grad
from .exercises import EXERCISES, Exercise, exercise

__all__ = ["EXERCISES", "Exercise", "GradientCheck", "Mistake", "check_grad", "exercise"]
