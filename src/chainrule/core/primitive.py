"""Primitives: everything the project knows about an operation, declared in one place; and their registry.

The declarations are in `program/operations/`.
"""

from __future__ import annotations

import builtins
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from .dims import Shape, broadcast
from .symbols import Constant, Operand, Params
from .template import PRIMARY, Block, Piece, Template, parse_python

# A rule gives a shape or a number type, or a tuple of them where there are several results.
ShapeRule: TypeAlias = Callable[..., Any]  # of the inputs' shapes, and the params by name
DTypeRule: TypeAlias = Callable[..., Any]  # of the inputs' dtypes (a number's: its Python type), and the params
DerivativeRule: TypeAlias = Callable[..., Any]  # of g, y, the inputs, and the params by name; written in NumPy
Example: TypeAlias = tuple[tuple[Any, ...], dict[str, Any]]  # inputs and params to try an operation on
Types: TypeAlias = "tuple[tuple[Shape, np.dtype[Any]], ...]"  # one pair a target
Examples: TypeAlias = Callable[[np.random.Generator], Iterable[Example]]

PRIMITIVES: dict[str, Primitive] = {}
UFUNCS: dict[np.ufunc, Primitive] = {}
MODULES: dict[str, Any] = {}  # those that printed text may use beside NumPy, by name
HELPERS: dict[str, Callable[..., Any]] = {}  # on arrays
DISPATCHERS: dict[str, Callable[..., Any]] = {}  # the same, on arrays or traced ones


@dataclass(frozen=True, eq=False)
class Primitive:
    """An operation, made by `primitive(…)`, which documents the fields."""

    name: str
    shape: ShapeRule
    dtype: DTypeRule
    derivative: tuple[DerivativeRule | None, ...]
    python: Template
    latex: str
    params: Mapping[str, Any]
    examples: Examples
    helper: str
    results: Callable[..., tuple[Any, ...]] | None = None
    regular: float | None = None
    writes: bool = False
    _functions: dict[tuple[int, Params], Callable[..., Any]] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def elementwise(self) -> bool:
        """Whether each element of the result depends only on the elements at the same place."""
        return self.shape is elementwise

    @property
    def takes_numbers(self) -> bool:
        """Whether a number may be written for an operand, unlike in `{0}.T`."""
        return all(need.strength < PRIMARY for need in self.python.needs.values())

    def rule(self, position: int) -> DerivativeRule | None:
        """The derivative rule of an input; a variadic primitive has one rule for all."""
        return self.derivative[min(position, len(self.derivative) - 1)]

    def write(self, operands: Sequence[Piece], params: Params) -> Piece:
        """Write the operation in Python, as NumPy's function if it divides two literals by 0, which Python refuses."""
        if self.name in _DIVIDING and _no_quotient(self.name, *(operand.text for operand in operands)):
            first, second = (operand.text for operand in operands)
            return Piece(f"np.{self.name}({first}, {second})")
        return self.python.write(operands, dict(params), self.params)

    def function(self, params: Params, arity: int) -> Callable[..., Any]:
        """The function, compiled from the printed text, once per params."""
        key = (arity, params)
        try:
            return self._functions[key]
        except KeyError:
            names = [f"x{position}" for position in range(arity)]
            body = self.write([Piece(name) for name in names], params).text
            blocks = {value.name: getattr(value, "_function", value) for _, value in params if isinstance(value, Block)}
            made = eval(f"lambda {', '.join(names)}: {body}", namespace() | blocks)
            if len(self._functions) >= 512:
                self._functions.clear()
            return self._functions.setdefault(key, made)

    def infer(self, inputs: Sequence[Operand], params: Params) -> Types:
        """The shape and dtype of each result. Raises `ShapeMismatch` if the shapes do not match."""
        return self.types([operand.shape for operand in inputs], [dtype_of(operand) for operand in inputs], params)

    def types(self, shapes: Iterable[Shape], dtypes: Iterable[Any], params: Params) -> Types:
        """The same from the shapes and dtypes of the inputs."""
        keywords = dict(params)
        shape, dtype = self.shape(*shapes, **keywords), self.dtype(*dtypes, **keywords)
        return ((shape, dtype),) if self.results is None else tuple(zip(shape, dtype, strict=True))

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def primitive(
    name: str,
    *,
    shape: ShapeRule,
    derivative: DerivativeRule | Sequence[DerivativeRule | None] | None,
    python: str | Template,
    examples: Examples,
    latex: str = "",
    dtype: DTypeRule | None = None,
    params: Mapping[str, Any] | None = None,
    ufunc: np.ufunc | None = None,
    helper: Callable[..., Any] | None = None,
    results: Callable[..., tuple[Any, ...]] | None = None,
    regular: float | None = None,
    writes: bool = False,
) -> Primitive:
    r"""Declare an operation, and enter it in the registry.

    Args:
        shape, dtype: Rules from the shapes and dtypes of the operands; a ufunc needs no dtype rule.
        derivative: One rule per input, or one for all, or `None` where no error flows back. A rule takes the error g of the
            result, the result y, the inputs, and the params by name, and is written in plain NumPy.
        python, latex: Its templates. The function is compiled from the first; without the second, LaTeX has its name.
        params: The defaults of its params; a param equal to its default is not printed.
        ufunc, helper: The NumPy ufunc that it is; the function that its text calls if NumPy has none.
        results: For several results, the named tuple that NumPy returns. The rules for shape and dtype then return tuples,
            and the derivative takes tuples g and y, with `None` in g for a result without an error.
        regular: For an elementwise operation whose derivative is not finite everywhere, a point where it is.
        writes: Whether it is the first operand with a part written anew, which may be printed as an assignment.
        examples: Inputs and params from which tests are made.
    """
    rules = tuple(derivative) if isinstance(derivative, Sequence) else (derivative,)
    made = Primitive(
        name=name,
        shape=shape,
        dtype=dtype or ufunc_dtype(ufunc or np.exp),
        derivative=rules,
        python=parse_python(python) if isinstance(python, str) else python,
        latex=latex,
        params=params or {},
        examples=examples,
        helper=helper.__name__ if helper else "",
        results=results,
        regular=regular,
        writes=writes,
    )
    if name in PRIMITIVES:
        raise ValueError(f"A primitive called {name!r} exists already.")
    PRIMITIVES[name] = made
    if ufunc is not None:
        UFUNCS[ufunc] = made
    if helper is not None:
        HELPERS[helper.__name__] = helper
    return made


_DIVIDING = {"divide", "floor_divide", "remainder", "power"}
_NUMBER = re.compile(r"-?\d[\d.]*(e[+-]?\d+)?")


def _no_quotient(name: str, first: str, second: str) -> bool:
    """Whether an operation on two literals divides by 0, which is an error in Python and infinite in NumPy."""
    if not _NUMBER.fullmatch(first) or not _NUMBER.fullmatch(second):
        return False
    return float(first) == 0 > float(second) if name == "power" else float(second) == 0


def namespace() -> dict[str, Any]:
    """The names that printed programs may use: NumPy as `np`, SciPy if it is imported, and the helpers."""
    return {"np": np, "__builtins__": builtins, **MODULES, **HELPERS}


def dtype_of(operand: Operand) -> Any:
    """The dtype of an operand; for a Python number its Python type, which NumPy treats as weak."""
    if isinstance(operand, Constant):
        value: Any = operand.value
        return value.dtype if isinstance(value, np.ndarray) else getattr(value, "weak_type", type(value))
    return operand.dtype


def elementwise(*shapes: Shape, **params: object) -> Shape:
    """The shape rule of elementwise operations, broadcasting."""
    return broadcast(*shapes)


def ufunc_dtype(ufunc: np.ufunc) -> DTypeRule:
    """The dtype rule of a ufunc, which is NumPy's."""

    @functools.lru_cache(maxsize=256)
    def rule(*dtypes: Any) -> np.dtype[Any]:
        known = tuple(np.dtype(bool) if dtype is bool else dtype for dtype in dtypes)
        if all(isinstance(dtype, type) for dtype in known):
            known = tuple(np.dtype(dtype) for dtype in known)
        return np.dtype(ufunc.resolve_dtypes((*known, None))[-1])

    return rule


def first_dtype(*dtypes: np.dtype[Any], **params: object) -> np.dtype[Any]:
    """The dtype rule of operations that rearrange elements: the dtype of the first input."""
    return np.dtype(dtypes[0])
