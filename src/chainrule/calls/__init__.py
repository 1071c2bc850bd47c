"""Functions that stay functions: where a traced function calls another one of the user's, the call is one equation.

- `noun.py`: what is called is a program that an equation holds; it can be written where it is called.
- `derivative.py`: the derivative of a function is its adjoint, which is called, too.
- `recording.py`: which functions are called while a function is traced.
- `outlining.py`: makes equations of calls in a recording.
- `settling.py`: functions have the results and arguments that their calls need, and names of their own.
- `hooks.py`: connects all this to tracing.
"""

from . import derivative, hooks, noun

__all__ = ["derivative", "hooks", "noun"]
