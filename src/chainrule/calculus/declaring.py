"""`primitive`: declare an operation of one's own, which prints, runs and is checked like the built-in ones."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from ..core import python
from ..core.binding import bind
from ..core.location import refuse
from ..core.primitive import (
    DISPATCHERS,
    HELPERS,
    PRIMITIVES,
    DerivativeRule,
    DTypeRule,
    Examples,
    ShapeRule,
    elementwise,
)
from ..core.primitive import primitive as declare
from ..core.traced import Traced
from ..program.operations.common import common_dtype
from .arguments import refuse_function

F = TypeVar("F", bound=Callable[..., Any])

_declared: dict[str, list[dict[str, Any]]] = {}  # by name, the tables that it stands in


def primitive(
    derivative: DerivativeRule | Sequence[DerivativeRule | None] | None,
    *,
    shape: ShapeRule = elementwise,
    dtype: DTypeRule | None = None,
    latex: str = "",
    examples: Examples = lambda random: (),
) -> Callable[[F], F]:
    r"""Declare a function on plain arrays as an operation with a derivative of its own; used as a decorator.

    Positional arguments of the function are inputs; keyword-only ones, which need a default, are params. Programs that use
    the operation print its source, so it may use NumPy as `np` and nothing else from outside. Declaring it again, as in a
    notebook, replaces it.

    Args:
        derivative: One rule per input, or one for all inputs, or `None` where no error flows back. A rule takes the error g
            of the result, the result y, the inputs, and the params as keywords, and returns the error of its input. It is
            written in NumPy, so it can be differentiated in turn.
        shape: The shape of the result, from the shapes of the inputs and the params. By default the operation is
            elementwise.
        dtype: The dtype of the result, from the dtypes of the inputs and the params. By default their common float type.
        latex: A LaTeX template, with `{0}`, `{1}` for the inputs; without one it is written as a function of its name.
        examples: Inputs and params to check the operation on, made from a random generator.

    Returns:
        A decorator, whose result is the operation under the function's name.

    Raises:
        TracingError: When decorating a function that a printed program could not contain.

    Examples:
        >>> import numpy as np
        >>> from chainrule import grad
        >>> @primitive(lambda g, y, x: g * (1 - np.exp(-y)))
        ... def softplus(x):
        ...     return np.logaddexp(0, x)
        >>> grad(softplus)(0.0)
        np.float64(0.5)
    """

    def decorate(f: F) -> F:
        name = f.__name__
        inputs, params = _signature(f)
        _require_self_contained(f)
        if name in _declared:
            withdraw(name)
        elif name in HELPERS or name in PRIMITIVES:
            refuse_function(f, "an operation called {name} exists already", "give it another name", name=name)
        operands = ", ".join(f"{{{position}}}" for position in range(len(inputs)))
        keywords = "".join(f", {key}={{{key}}}" for key in params)
        made = declare(
            name,
            shape=shape,
            dtype=dtype or _float_dtype,
            derivative=derivative,
            python=f"{name}({operands}{keywords})",
            latex=latex,
            params=params,
            examples=examples,
            helper=f,
        )
        remember(name, PRIMITIVES, HELPERS, DISPATCHERS)

        @functools.wraps(f)
        def operate(*args: Any, **keywords: Any) -> Any:
            if not any(isinstance(each, Traced) for each in args):
                return f(*args, **keywords)
            unknown = [each for each in keywords if each not in params]
            if unknown or len(args) != len(inputs):
                refuse(
                    "{name} is called with other arguments than it takes",
                    "call it as {name}{signature}",
                    name=name,
                    signature=signature,
                )
            return bind(made, args, tuple({**params, **keywords}.items()))

        signature = inspect.signature(f)
        DISPATCHERS[name] = operate
        return operate  # type: ignore[return-value]  # it takes what f takes

    return decorate


def remember(name: str, *tables: dict[str, Any]) -> None:
    """Remember in which tables a name is entered, so that `withdraw` removes it there."""
    _declared.setdefault(name, []).extend(tables)


def withdraw(name: str) -> None:
    """Remove an operation that was declared; programs that use it no longer run."""
    for table in _declared.pop(name):
        table.pop(name, None)
    python.helper_source.cache_clear()
    python.compile_text.cache_clear()


def _signature(f: Callable[..., Any]) -> tuple[list[str], dict[str, Any]]:
    """The names of a function's inputs, and the defaults of its params."""
    inputs: list[str] = []
    params: dict[str, Any] = {}
    for parameter in inspect.signature(f).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is not parameter.empty:
            params[parameter.name] = parameter.default
        elif (
            parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            and parameter.default is parameter.empty
        ):
            inputs.append(parameter.name)
        else:
            refuse_function(
                f,
                "{subject} takes {parameter}, and an operation takes inputs without defaults and keyword-only params "
                "with them",
                "write def {subject}(x, *, param=0)",
                subject=f.__name__,
                parameter=parameter,
            )
    return inputs, params


def _require_self_contained(f: Callable[..., Any]) -> None:
    """Refuse a function whose source cannot be printed and run at the top of a program."""
    try:
        found = ast.parse(textwrap.dedent(inspect.getsource(f))).body
    except (OSError, TypeError, SyntaxError):
        found = []
    if not found or not isinstance(found[0], ast.FunctionDef):
        refuse_function(
            f,
            "the source of {subject} cannot be printed",
            "define it with def, in a file or a notebook's cell",
            subject=f.__name__,
        )
    outside = inspect.getclosurevars(f)
    for name, value in {**outside.globals, **outside.nonlocals}.items():
        if not (name == "np" and isinstance(value, ModuleType) and value is np):
            refuse_function(
                f,
                "{subject} uses {name} from outside, which a printed program would lack",
                "import or define it inside the function",
                subject=f.__name__,
                name=name,
            )


def _float_dtype(*dtypes: Any, **params: object) -> np.dtype[Any]:
    """The dtype rule of float arithmetic: the common type, or float64 for integers."""
    return np.result_type(common_dtype(*dtypes), 0.0)
