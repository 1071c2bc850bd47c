"""`compile`: a function traced once per shapes, number types and structure of its arguments, then run by an executor."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, get_args

import numpy as np

from ..core.errors import RetraceWarning
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.simplification import simplify
from ..core.structure import Tree, flatten
from ..core.traced import Traced, current
from ..core.tracing import LEAF_TYPES, argument_names, name_of, require_function, trace
from ..run.sums import with_products
from .arguments import named_after, placed, refuse_function
from .loops import loops

T = TypeVar("T")
Executor: TypeAlias = Literal["auto", "numpy", "native", "jax"]

_MOST_PROGRAMS = 128
_MANY = 32  # programs of one function, after which something is said
_MOST_TESTS = 200  # in a guard
_RECENT = 4  # programs that are tried before anything is looked up
_FIXED = (int, bool, str, type(None))  # arguments that a guard compares by value
_FRESH = {"sum", "mean", "max", "min", "prod", "matmul", "outer", "scatter", "put", "concatenate"}


def compile(f: Callable[..., T], executor: Executor = "auto") -> Callable[..., T]:
    """Trace `f` once per shapes, number types and structure of its arguments, and run its fast form from then on.

    `f` may be a derivative: `compile(grad(f))` is one program for values and errors together. Arrays and floats are its
    inputs; ints, booleans, text and the like are fixed, and a new one is a new program. What `f` reads from outside is
    frozen at the first call. A branch that goes another way later raises `BranchError`.

    - `executor`: `"numpy"` runs the printed text; `"native"` runs it as loops that are compiled for this processor, with
      the extra (a program that has no loops runs on NumPy, said once); `"jax"` runs it on JAX, with the extra. `"auto"` is
      native where the extra is there and the program's loops pay, else NumPy: the program alone decides it. What is
      native is all operations but the rarer ones, on arrays of up to 2¹⁷ numbers, in up to 10,000 equations.
    - Compiling takes some hundredths of a second, of hundreds of equations some tenths. A call then costs half a
      microsecond and what is to be computed. Loops give no floating-point warnings; their results equal NumPy's within
      rounding, and are the same at each call.

    Warns (`RetraceWarning`) where `f` is traced over and over. Raises `TracingError` for an argument by which calls cannot
    be distinguished.

    >>> import numpy as np
    >>> fast = compile(lambda x: np.sum(x ** 2))
    >>> fast(np.array([1.0, 2.0]))
    np.float64(5.0)
    """
    require_function("compile", f)
    if executor not in get_args(Executor):
        refuse_function(f, f"there is no executor {executor!r}", f"choose one of {', '.join(get_args(Executor))}")
    versions: dict[Any, Callable[..., Any]] = {}
    recent: tuple[tuple[Callable[..., bool], Callable[..., Any]], ...] = ()
    warned = False

    def compiled(*args: Any, **keywords: Any) -> Any:
        if not keywords:
            for guard, function in recent:
                if guard(*args):
                    return function(*args)
        return looked_up(*placed(f, args, keywords))

    def looked_up(args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        nonlocal recent, warned
        if (around := current.get()) is not None and around.open:  # f may read what is traced around it
            return f(*args, **keywords)
        names = tuple(keywords)
        full = (*args, *keywords.values())
        parts = [flatten(arg, LEAF_TYPES) for arg in full]
        leaves = [each for found, _ in parts for each in found]
        if any(isinstance(each, Traced) for each in leaves):
            return f(*args, **keywords)
        key = (names, *(tree for _, tree in parts), *((np.shape(each), np.asarray(each).dtype) for each in leaves))
        try:
            function = versions.get(key)
        except TypeError:
            _refuse_unhashable(f, [*argument_names(f, len(args)), *names], [tree for _, tree in parts])
        if function is None:
            if len(versions) >= _MOST_PROGRAMS:
                versions.clear()
            function = versions[key] = _executed(simplify(trace(_flat(f, len(args), names), full), "fast"), executor)
            if len(versions) == _MANY and not warned:
                warned = True
                _warn_of_retracing(f, [*argument_names(f, len(args)), *names], list(versions))
        if not names and (guard := _guard(args)) is not None:
            recent = ((guard, function), *recent[: _RECENT - 1])
        return function(*full)

    return named_after(compiled, f, "compile")


def _flat(f: Callable[..., Any], count: int, names: Sequence[str]) -> Callable[..., Any]:
    """The function with its keyword-only arguments last, so that all of them are inputs of its program."""
    if not names:
        return f

    def flat(*full: Any) -> Any:
        return f(*full[:count], **dict(zip(names, full[count:], strict=True)))

    made = named_after(flat, f, "flat", [*argument_names(f, count), *names])
    made.__name__ = getattr(f, "__name__", "function")
    return made


def _executed(program: Program, executor: Executor) -> Callable[..., Any]:
    """The program as a function whose results belong to the caller."""
    if executor == "jax":
        from ..run import jax

        return jax.compiled(program)
    if executor != "numpy" and (found := loops(program, required=executor == "native")) is not None:
        return found
    program = with_products(program)
    function = program._function
    made_by = {target.name: equation for equation in program.equations for target in equation.targets}
    roots = [_root(each, made_by) for each in program.outputs]
    names = [each.name for each in roots if isinstance(each, Symbol)]
    fresh = len(set(names)) == len(names) and all(_is_fresh(each, made_by) for each in roots)
    return function if fresh else _owning(function, program)


def _root(output: Operand, made_by: Mapping[str, Equation]) -> Operand:
    """What a result is another shape of."""
    equation = made_by.get(output.name)
    if equation is None or equation.primitive.name != "reshape":
        return output
    return _root(equation.inputs[0], made_by)


def _is_fresh(output: Operand, made_by: Mapping[str, Equation]) -> bool:
    """Whether a result is the caller's own: a number, or an array that NumPy has made for it."""
    if isinstance(output, Constant):
        return not isinstance(output.value, np.ndarray)
    equation = made_by.get(output.name)
    if equation is not None and equation.primitive.name == "identity" and isinstance(equation.inputs[0], Constant):
        return _is_fresh(equation.inputs[0], made_by)
    if equation is None or equation.primitive.helper or equation.primitive.python.source == "{0}":
        return False
    return equation.primitive.elementwise or equation.primitive.name in _FRESH


def _owning(function: Callable[..., Any], program: Program) -> Callable[..., Any]:
    """The function with copies of what it would share with its arguments, with another result, or with itself."""
    constants = tuple(constant.value for constant in program.constants)
    single = program.results.is_leaf

    def run(*args: Any) -> Any:
        result = function(*args)
        if single:
            return _copied(result, (*args, *constants))
        leaves, tree = flatten(result, LEAF_TYPES)
        given = [each for arg in args for each in flatten(arg, LEAF_TYPES)[0]]
        return tree.build(iter([_copied(each, (*given, *constants, *leaves[:p])) for p, each in enumerate(leaves)]))

    return run


def _copied(result: Any, others: Iterable[Any]) -> Any:
    if isinstance(result, np.ndarray) and (result.base is not None or any(result is each for each in others)):
        return result.copy()
    return result


def _guard(args: tuple[Any, ...]) -> Callable[..., bool] | None:
    """A function that says whether arguments are like these: as fast as can be, for nests of arrays and numbers.

    It may say no where the answer is yes; then they are looked up.
    """
    known: dict[str, Any] = {}
    tests = [test for position, arg in enumerate(args) for test in _tests(arg, f"x{position}", known)]
    if None in tests or len(tests) > _MOST_TESTS:
        return None
    parameters = "".join(f"x{position}=None, " for position in range(len(args)))
    made: Callable[..., bool] = eval(
        f"lambda {parameters}*rest: not rest and {' and '.join(map(str, tests)) or 'True'}", known
    )
    return made


def _tests(value: Any, path: str, known: dict[str, Any]) -> Iterator[str | None]:
    """Expressions that are true where what is at a path is like this value; `None` where nothing short tells."""

    def name(it: Any) -> str:
        return next((each for each, other in known.items() if other is it), None) or _entered(known, it)

    kind = type(value)
    if kind is np.ndarray:
        yield f"type({path}) is {name(kind)} and {path}.shape == {value.shape} and {path}.dtype is {name(value.dtype)}"
    elif kind in (float, np.float64):
        yield f"type({path}) is {name(kind)}"
    elif kind in _FIXED:
        yield f"type({path}) is {name(kind)} and {path} == {value!r}"
    elif kind in (tuple, list):
        yield f"type({path}) is {name(kind)} and len({path}) == {len(value)}"
        for position, each in enumerate(value):
            yield from _tests(each, f"{path}[{position}]", known)
    elif kind is dict and all(type(key) is str for key in value):
        yield f"type({path}) is {name(kind)} and len({path}) == {len(value)}"
        for key, each in value.items():
            yield f"{key!r} in {path}"
            yield from _tests(each, f"{path}[{key!r}]", known)
    else:
        yield None


def _entered(known: dict[str, Any], it: Any) -> str:
    known[f"k{len(known)}"] = it
    return f"k{len(known) - 1}"


def _refuse_unhashable(f: Callable[..., Any], names: Sequence[str], trees: Sequence[Tree]) -> None:
    for name, tree in zip(names, trees, strict=True):
        try:
            hash(tree)
        except TypeError as error:
            refuse_function(
                f,
                f"{name_of(f)} cannot be cached by its argument {name} ({error})",
                "pass arrays, numbers, text, or tuples, lists, dicts and dataclasses of them",
            )


def _warn_of_retracing(f: Callable[..., Any], names: Sequence[str], keys: Sequence[tuple[Any, ...]]) -> None:
    """Say which of the arguments is new at every call."""
    keys = [key for key in keys if len(key) == len(keys[-1])]
    trees = len(names)
    varied = [
        name
        for name, seen in zip(names, zip(*(key[1 : trees + 1] for key in keys), strict=True), strict=True)
        if len(set(seen)) > 1
    ]
    what = f"for as many values of {' and '.join(varied)}" if varied else "for as many shapes of its arguments"
    advice = (
        "pass a float or an array, which is an input, or leave it uncompiled" if varied else "give them fewer shapes"
    )
    warnings.warn(f"{name_of(f)} has been traced {_MANY} times, {what}; {advice}.", RetraceWarning, stacklevel=4)
