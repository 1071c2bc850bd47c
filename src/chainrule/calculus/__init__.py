"""Derivatives of functions written in plain NumPy, as functions and as programs to read.

`grad`, `value_and_grad`, `vjp`, `jvp`, `hvp`, `jacobian` and `hessian` return numbers; `derive` returns the derivative as
a program that prints and runs; `vmap` makes a function of one example one of many; `compile` traces a function once;
`find_nan` says where a NaN was born; `minimize` goes down a gradient, and `root` finds where a function is 0.
"""

from ..loops import hooks as _hooks  # noqa: F401  # with the operations: what traces and derivatives are made with
from .arguments import Wrt
from .checking import Difference, GradientError
from .compiled import Executor, compile
from .declaring import primitive
from .forward import hessian, hvp, jacobian, jvp
from .minimizing import Minimum, minimize
from .nan import NanError, find_nan
from .programs import derive, name
from .reverse import grad, value_and_grad, vjp
from .rooting import root
from .vmap import vmap

__all__ = [
    "Difference",
    "Executor",
    "GradientError",
    "Minimum",
    "NanError",
    "Wrt",
    "compile",
    "derive",
    "find_nan",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "minimize",
    "name",
    "primitive",
    "root",
    "value_and_grad",
    "vjp",
    "vmap",
]
