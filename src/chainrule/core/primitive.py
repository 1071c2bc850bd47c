"""What a primitive is: everything the project knows about one operation, declared in one place; and the registry of them.

The declarations themselves stand in `operations/`.
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
from .template import PRIMARY, Piece, Template, parse_python

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
    """One operation. Make it with `primitive(…)`, which says what each field is."""

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
    _functions: dict[tuple[int, Params], Callable[..., Any]] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def elementwise(self) -> bool:
        """Whether each number of the result depends on the numbers at its own place only."""
        return self.shape is elementwise

    @property
    def takes_numbers(self) -> bool:
        """Whether a bare number may be written for an operand: not in `{0}.T`."""
        return all(need.strength < PRIMARY for need in self.python.needs.values())

    @functools.cached_property
    def variadic(self) -> bool:
        """Whether it takes any number of inputs; its one rule then gives the errors of all of them."""
        return "{*}" in self.python.source

    def rule(self, position: int) -> DerivativeRule | None:
        """The derivative with respect to one input; a primitive of any number of inputs has one rule for all."""
        return self.derivative[min(position, len(self.derivative) - 1)]

    def write(self, operands: Sequence[Piece], params: Params) -> Piece:
        """Write the operation in Python; of two numbers that Python itself refuses to divide, as NumPy's function."""
        if self.name in _DIVIDING and _no_quotient(self.name, *(operand.text for operand in operands)):
            first, second = (operand.text for operand in operands)
            return Piece(f"np.{self.name}({first}, {second})")
        return self.python.write(operands, dict(params), self.params)

    def function(self, params: Params, arity: int) -> Callable[..., Any]:
        """The callable, compiled from the very text that is printed, once per params."""
        key = (arity, params)
        try:
            return self._functions[key]
        except KeyError:
            names = [f"x{position}" for position in range(arity)]
            body = self.write([Piece(name) for name in names], params).text
            made = eval(f"lambda {', '.join(names)}: {body}", namespace())
            if len(self._functions) >= 512:
                self._functions.clear()
            return self._functions.setdefault(key, made)

    def infer(self, inputs: Sequence[Operand], params: Params) -> Types:
        """Derive the shape and number type of each result. Raises `ShapeMismatch` where the shapes do not fit."""
        return self.types([operand.shape for operand in inputs], [dtype_of(operand) for operand in inputs], params)

    def types(self, shapes: Iterable[Shape], dtypes: Iterable[Any], params: Params) -> Types:
        """The same from the inputs' shapes and number types."""
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
    python: str,
    examples: Examples,
    latex: str = "",
    dtype: DTypeRule | None = None,
    params: Mapping[str, Any] | None = None,
    ufunc: np.ufunc | None = None,
    helper: Callable[..., Any] | None = None,
    results: Callable[..., tuple[Any, ...]] | None = None,
    regular: float | None = None,
) -> Primitive:
    r"""Declare an operation, and enter it in the registry.

    - `shape`, `dtype`: rules from the operands' shapes and number types; the dtype of a ufunc needs none.
    - `derivative`: one rule per input, or one for all, or `None` where no error flows back. A rule takes the target's
      error g, the result y, the inputs, and the params by name, and is written in plain NumPy.
    - `python`: the template of its text, from which the callable is compiled. `latex`: that of its mathematics; without
      one it is a function of its name.
    - `params`: the defaults of its params; a param equal to its default is not printed.
    - `ufunc`: the NumPy ufunc that it stands for. `helper`: the function that its text calls, where NumPy has none.
    - `results`: of an operation with several results, the named tuple that NumPy gives them in. Its rules for shape and
      dtype then give a tuple; its derivative takes tuples g and y, with `None` in g for a target that has no error.
    - `regular`: of an elementwise operation whose derivative is no number somewhere, a point where it is one.
    - `examples`: inputs and params from which the tests are made.
    """
    rules = tuple(derivative) if isinstance(derivative, Sequence) else (derivative,)
    made = Primitive(
        name=name,
        shape=shape,
        dtype=dtype or ufunc_dtype(ufunc or np.exp),
        derivative=rules,
        python=parse_python(python),
        latex=latex,
        params=params or {},
        examples=examples,
        helper=helper.__name__ if helper else "",
        results=results,
        regular=regular,
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
    """Whether an operation on two written numbers is a division by 0, which is an error in Python and infinite in NumPy."""
    if not _NUMBER.fullmatch(first) or not _NUMBER.fullmatch(second):
        return False
    return float(first) == 0 > float(second) if name == "power" else float(second) == 0


def namespace() -> dict[str, Any]:
    """The names that printed text may use: NumPy as `np`, SciPy where a program needs it, and the helpers."""
    return {"np": np, "__builtins__": builtins, **MODULES, **HELPERS}


def dtype_of(operand: Operand) -> Any:
    """An operand's number type; for a Python number its Python type, which NumPy lets the others decide on."""
    if isinstance(operand, Constant):
        return operand.value.dtype if isinstance(operand.value, np.ndarray) else type(operand.value)
    return operand.dtype


def elementwise(*shapes: Shape, **params: object) -> Shape:
    """The shape rule of elementwise operations: broadcasting."""
    return broadcast(*shapes)


def ufunc_dtype(ufunc: np.ufunc) -> DTypeRule:
    """The dtype rule of a ufunc: NumPy's own."""

    @functools.lru_cache(maxsize=256)
    def rule(*dtypes: Any) -> np.dtype[Any]:
        known = tuple(np.dtype(bool) if dtype is bool else dtype for dtype in dtypes)
        if all(isinstance(dtype, type) for dtype in known):
            known = tuple(np.dtype(dtype) for dtype in known)
        resolved: np.dtype[Any] = ufunc.resolve_dtypes((*known, None))[-1]
        return resolved

    return rule


def first_dtype(*dtypes: Any, **params: object) -> np.dtype[Any]:
    """The dtype rule of operations that only move numbers: the first input's."""
    first: np.dtype[Any] = np.dtype(dtypes[0])
    return first


def common_dtype(*dtypes: Any, **params: object) -> np.dtype[Any]:
    """The dtype rule of operations that join their inputs: the type that holds them all."""
    return np.result_type(*(0.0 if d is float else 0 if d is int else np.dtype(d) for d in dtypes))
