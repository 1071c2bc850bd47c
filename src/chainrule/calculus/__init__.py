"""Derivatives of functions written in plain NumPy, as functions and as programs to read.

`grad`, `value_and_grad`, `vjp`, `jvp`, `hvp`, `jacobian` and `hessian` return numbers; `derive` returns the derivative as
a program that prints and runs; `compile` traces a function once; `check_grad` compares a gradient with finite differences.
"""

from .arguments import Wrt
from .checking import Difference, GradientCheck, GradientError, check_grad
from .compiled import Executor, compile
from .declaring import primitive
from .forward import hessian, hvp, jacobian, jvp
from .programs import derive, name
from .reverse import grad, value_and_grad, vjp

__all__ = [
    "Difference",
    "Executor",
    "GradientCheck",
    "GradientError",
    "Wrt",
    "check_grad",
    "compile",
    "derive",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "name",
    "primitive",
    "value_and_grad",
    "vjp",
]
