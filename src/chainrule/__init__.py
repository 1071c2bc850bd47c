"""Neural networks you can see through: write NumPy, read the derivative, train at native speed.

What is offered here is imported where it is first asked for, so that each program waits for what it uses alone.
"""

import importlib
from typing import TYPE_CHECKING

from .show.uncaught import install as _install
from .version import __version__

if TYPE_CHECKING:
    from .calculus import (
        GradientError,
        Minimum,
        NanError,
        compile,
        derive,
        find_nan,
        grad,
        hessian,
        hvp,
        jacobian,
        jvp,
        minimize,
        name,
        primitive,
        root,
        value_and_grad,
        vjp,
        vmap,
    )
    from .calculus.compiled import RetraceWarning
    from .calculus.flat_slopes import FlatSlopeWarning
    from .core.dims import Dim
    from .core.errors import BranchError, ChainruleError, TracingError
    from .core.nouns import Constant, Equation, Program, Symbol
    from .core.tracing import Spec, trace
    from .data import datasets
    from .dimensions import DimensionError
    from .exercises import exercise
    from .explain.explanation import Explanation
    from .explain.record import explain
    from .loops.steps import checkpoint, scan, steps
    from .many import ManyFits, fit_many
    from .model import Network
    from .network.layers import Layer, Parameter
    from .network.makers import Dense
    from .practice import Exercise, GradientCheck, Mistake, Verdict, check_grad
    from .program.dimension_errors import DimensionWarning
    from .program.operations.elementwise import stop_gradient
    from .run.lowering.webassembly import WebAssembly, webassembly
    from .saved import load, resume
    from .training.presets import PRESETS
    from .training.settings import Clipping, Regularization

_install()
importlib.import_module(".explain", __name__)  # now: imported later, it would set a name that is a function's here
del globals()["explain"]

__all__ = [
    "PRESETS",
    "BranchError",
    "ChainruleError",
    "Clipping",
    "Constant",
    "Dense",
    "Dim",
    "DimensionError",
    "DimensionWarning",
    "Equation",
    "Exercise",
    "Explanation",
    "FlatSlopeWarning",
    "GradientCheck",
    "GradientError",
    "Layer",
    "ManyFits",
    "Minimum",
    "Mistake",
    "NanError",
    "Network",
    "Parameter",
    "Program",
    "Regularization",
    "RetraceWarning",
    "Spec",
    "Symbol",
    "TracingError",
    "Verdict",
    "WebAssembly",
    "__version__",
    "check_grad",
    "checkpoint",
    "compile",
    "datasets",
    "derive",
    "exercise",
    "explain",
    "find_nan",
    "fit_many",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "load",
    "minimize",
    "name",
    "primitive",
    "resume",
    "root",
    "scan",
    "steps",
    "stop_gradient",
    "trace",
    "value_and_grad",
    "vjp",
    "vmap",
    "webassembly",
]

_PLACES = {
    "calculus": (
        "GradientError", "Minimum", "NanError", "compile", "derive", "find_nan", "grad", "hessian", "hvp", "jacobian", "jvp",
        "minimize", "name", "primitive", "root", "value_and_grad", "vjp", "vmap",
    ),
    "calculus.compiled": ("RetraceWarning",),
    "calculus.flat_slopes": ("FlatSlopeWarning",),
    "core.dims": ("Dim",),
    "core.errors": ("BranchError", "ChainruleError", "TracingError"),
    "core.nouns": ("Constant", "Equation", "Program", "Symbol"),
    "core.tracing": ("Spec", "trace"),
    "data": ("datasets",),
    "dimensions": ("DimensionError",),
    "exercises": ("exercise",),
    "explain.explanation": ("Explanation",),
    "explain.record": ("explain",),
    "loops.steps": ("checkpoint", "scan", "steps"),
    "many": ("ManyFits", "fit_many"),
    "model": ("Network",),
    "network.layers": ("Layer", "Parameter"),
    "network.makers": ("Dense",),
    "practice": ("Exercise", "GradientCheck", "Mistake", "Verdict", "check_grad"),
    "program.dimension_errors": ("DimensionWarning",),
    "program.operations.elementwise": ("stop_gradient",),
    "run.lowering.webassembly": ("WebAssembly", "webassembly"),
    "saved": ("load", "resume"),
    "training.presets": ("PRESETS",),
    "training.settings": ("Clipping", "Regularization"),
}  # fmt: skip
"""Where each name is at home, as type checkers read it above."""

if not TYPE_CHECKING:  # which would take any name for one of these

    def __getattr__(asked):
        for place, names in _PLACES.items():
            if asked in names:
                importlib.import_module(".calls", __name__)  # with loops and the operations
                importlib.import_module(".show.notebook", __name__)  # how programs show in a notebook
                found = __import__(place, globals(), None, (asked,), 1)
                return globals().setdefault(asked, getattr(found, asked))
        raise AttributeError(f"module {__name__!r} has no attribute {asked!r}")

    def __dir__():
        return sorted({*globals(), *__all__})
