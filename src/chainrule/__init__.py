"""Neural networks you can see through: write NumPy, read the derivative, train at native speed."""

from .calculus import (
    GradientCheck,
    GradientError,
    check_grad,
    compile,
    derive,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    name,
    primitive,
    value_and_grad,
    vjp,
)
from .data import datasets
from .explain.explanation import Explanation
from .explain.record import explain
from .model import Network
from .program.dims import Dim
from .program.errors import BranchError, ChainruleError, DimensionError, DimensionWarning, RetraceWarning, TracingError
from .program.nouns import Constant, Equation, Program, Symbol
from .program.operations.stopping import stop_gradient
from .program.tracing import Spec, trace
from .saved import load, resume
from .show import notebook as _notebook  # noqa: F401  # how programs show in a notebook
from .show.uncaught import install as _install
from .training.presets import PRESETS
from .version import __version__

_install()

__all__ = [
    "PRESETS",
    "BranchError",
    "ChainruleError",
    "Constant",
    "Dim",
    "DimensionError",
    "DimensionWarning",
    "Equation",
    "Explanation",
    "GradientCheck",
    "GradientError",
    "Network",
    "Program",
    "RetraceWarning",
    "Spec",
    "Symbol",
    "TracingError",
    "__version__",
    "check_grad",
    "compile",
    "datasets",
    "derive",
    "explain",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "load",
    "name",
    "primitive",
    "resume",
    "stop_gradient",
    "trace",
    "value_and_grad",
    "vjp",
]
