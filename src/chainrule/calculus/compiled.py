"""`compile`: trace a function once for each combination of argument shapes, dtypes and nesting, and run the program."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, cast, get_args

import numpy as np

from ..branches.by_values import with_long_loops, without_loops
from ..core.errors import BranchError
from ..core.messages import Message, listed, message
from ..core.nouns import Constant, Equation, Operand, Program, Symbol
from ..core.simplification import simplify
from ..core.structure import Tree, flatten
from ..core.traced import Traced, current
from ..core.tracing import LEAF_TYPES, argument_names, name_of, require_function, trace
from ..run.loops.processor import IN_BROWSER
from ..run.sums import with_products
from .arguments import as_positional, named_after, refuse_function
from .generators import Drawn, generators_of
from .loops import loops

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Executor: TypeAlias = Literal["auto", "numpy", "native", "wasm", "jax"]

_MAX_PROGRAMS = 128
_WARN_AT = 32  # programs of one function
_MAX_WAYS = 16  # that branches go, of which programs are held
_MAX_CONDITIONS = 200  # in a guard
_MAX_GUARDS = 4  # tried before the arguments are flattened and looked up
_STATIC = (int, bool, str, type(None))  # arguments that a guard compares by value
_NEW_ARRAY = {"sum", "mean", "max", "min", "prod", "matmul", "outer", "scatter", "put", "concatenate", "stack"}


class RetraceWarning(UserWarning):
    """A compiled function that is traced again and again, since something that it is given is never the same."""

    __module__ = "chainrule"


class Compiled(Protocol[T_co]):
    """What `compile` returns."""

    def __call__(self, *args: Any, **keywords: Any) -> T_co:
        """Run the program of these arguments."""

    def report(self) -> str:
        """What runs where: a line for each program that was made so far, with the equations that NumPy computes."""


def compile(f: Callable[..., T], executor: Executor = "auto") -> Compiled[T]:
    """Compile `f`: trace it once for each combination of argument shapes, dtypes and nesting, then run its fast form.

    `compile(grad(f))` is one program for the forward and the backward pass. Arrays and floats are inputs; ints, Booleans,
    strings and None are static, and each new value makes a new program. Values that `f` reads from outside are frozen at
    the first call. Where a branch goes another way than before, `f` is traced again, and the programs of both ways are held.
    A NumPy `Generator` may be an argument: what `f` draws of it is drawn anew at each call.

    Compiling takes some hundredths of a second, for hundreds of equations some tenths; a call then costs half a
    microsecond beside its arithmetic. Native loops emit no floating-point warnings; their results equal NumPy's within
    rounding, and are reproducible.

    Args:
        f: A function of NumPy arrays and floats, or nests of them; it may be a derivative.
        executor: `"numpy"` runs the printed program. `"native"` runs it as loops compiled for this processor, with the
            `native` extra, and `"wasm"` as WebAssembly where Python itself runs in a browser (Pyodide); NumPy computes the
            equations that have no loops between them, of which a warning tells. `"jax"` runs it on JAX, with the extra, and
            takes and returns JAX's arrays, too. `"auto"` is native or WebAssembly if it can be had and the program gains by
            it, else NumPy: the program alone decides. It gains up to arrays of 2¹⁷ numbers (of any size in a
            browser) and 10,000 equations, if at least two thirds of these have loops, as all operations have but the rarer ones.

    Returns:
        A function that takes and returns what `f` does. It warns with `RetraceWarning` if `f` is traced over and over. Its
        method `report` says what runs where.

    Raises:
        TracingError: When called with an argument that cannot be hashed, so that calls cannot be told apart.
        BranchError: When called with a generator, and numbers for which a branch of `f` would go another way than before.
        ImportError: When called, if the executor's extra is not installed.

    Examples:
        >>> import numpy as np
        >>> fast = compile(lambda x: np.sum(x ** 2))
        >>> fast(np.array([1.0, 2.0]))
        np.float64(5.0)
        >>> print(compile(lambda x: x, "numpy").report() or "no program was made yet")
        no program was made yet
    """
    require_function("compile", f)
    if executor not in get_args(Executor):
        refuse_function(
            f,
            "there is no executor {name!r}",
            "choose one of {listed}",
            name=executor,
            listed=listed(get_args(Executor)),
        )
    if executor == "wasm" and not IN_BROWSER:
        refuse_function(f, "the executor 'wasm' is for Python that runs in a browser", "choose 'native' here")
    if executor == "native" and IN_BROWSER:
        refuse_function(
            f, "the executor 'native' needs llvmlite, which does not run in a browser", "choose 'wasm' here"
        )
    versions: dict[Any, Callable[..., Any]] = {}
    told: dict[str, None] = {}
    recent: tuple[tuple[Callable[..., bool], Callable[..., Any]], ...] = ()
    warned = False

    def compiled(*args: Any, **keywords: Any) -> Any:
        if not keywords:
            for guard, function in recent:
                if guard(*args):
                    return function(*args)
        return look_up(*as_positional(f, args, keywords))

    def program_of(flat: Callable[..., Any], full: tuple[Any, ...]) -> Program:
        types, as_traced = _taken(executor)
        given = [tree.build(map(as_traced, found)) for found, tree in (flatten(arg, types) for arg in full)]
        program = with_long_loops(flat, lambda whole: simplify(trace(whole, given), "fast"))
        if executor == "jax" and not _scans(program):
            program = simplify(without_loops(lambda: trace(flat, given, loops=False)), "fast")
        return program

    def executable(program: Program) -> Callable[..., Any]:
        function, said = _executable(program, executor)
        told[said] = None
        return function

    def look_up(args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        nonlocal recent, warned
        if (around := current.get()) is not None and around.open:  # f may read what is traced around it
            return f(*args, **keywords)
        names = tuple(keywords)
        full = (*args, *keywords.values())
        types, _ = _taken(executor)
        parts = [flatten(arg, (*types, np.random.Generator)) for arg in full]
        leaves = [each for found, _ in parts for each in found]
        if any(isinstance(each, Traced) for each in leaves):
            return f(*args, **keywords)
        key = (names, *(tree for _, tree in parts), *map(_type_of, leaves))
        try:
            function = versions.get(key)
        except TypeError:
            _refuse_unhashable(f, [*argument_names(f, len(args)), *names], [tree for _, tree in parts])
        if function is None:
            if len(versions) >= _MAX_PROGRAMS:
                versions.clear()
            flat = _flat(f, len(args), names)
            drawn = Drawn(flat, parts) if generators_of(parts) else None
            if drawn is None:
                program = program_of(flat, full)
            else:
                labels = [*argument_names(flat, len(full)), *(f"draw_{k + 1}" for k in range(len(drawn.draws)))]
                traced = named_after(drawn.traced, flat, "drawn", labels)
                traced.__name__ = getattr(f, "__name__", "function")
                program = simplify(trace(traced, drawn.args, loops=executor != "jax"), "fast")
            function = executable(program)
            if drawn is not None:
                function = drawn.calling(function)
            elif any(part.conditions for part in program.parts()):
                function = _branching(f, function, lambda full: executable(program_of(flat, full)))
            versions[key] = function
            if len(versions) == _WARN_AT and not warned:
                warned = True
                _warn_of_retracing(f, [*argument_names(f, len(args)), *names], list(versions))
        if not names and (guard := _guard(args, types)) is not None:
            recent = ((guard, function), *recent[: _MAX_GUARDS - 1])
        return function(*full)

    made = named_after(compiled, f, "compile")
    vars(made)["report"] = lambda: "\n".join(told)
    return cast("Compiled[T]", made)


def _branching(
    f: Callable[..., Any], first: Callable[..., Any], traced_anew: Callable[[tuple[Any, ...]], Callable[..., Any]]
) -> Callable[..., Any]:
    """The programs of the ways that branches go, tried in turn, the last one that ran first; for a new way another is traced."""
    ways, count = [first], 1

    def run(*args: Any) -> Any:
        nonlocal count, ways
        tried = ways  # other threads may put others in its place
        for way in tried:
            try:
                result = way(*args)
            except BranchError:
                continue
            if way is not tried[0]:
                ways = [way, *(other for other in tried if other is not way)]
            return result
        way = traced_anew(args)
        ways = [way, *tried][:_MAX_WAYS]
        count += 1
        if count == _WARN_AT:
            said = message(
                "{subject} has been traced {count} times, for as many ways that its branches go; "
                "write np.where(condition, a, b), or leave it uncompiled.",
                subject=name_of(f),
                count=count,
            )
            warnings.warn(said, RetraceWarning, stacklevel=4)
        return way(*args)

    return run


def _type_of(leaf: Any) -> object:
    """What a program depends on of a leaf: its shape and dtype, and which array it is; nothing of a generator."""
    if isinstance(leaf, np.random.Generator):
        return np.random.Generator
    subclass = type(leaf) if isinstance(leaf, np.ndarray) and type(leaf) is not np.ndarray else None  # as np.matrix
    return np.shape(leaf), leaf.dtype if hasattr(leaf, "dtype") else np.result_type(leaf), subclass


def _taken(executor: Executor) -> tuple[tuple[type, ...], Callable[[Any], Any]]:
    """What an executor takes as arrays, and what becomes of one where a function is traced."""
    if executor != "jax":
        return LEAF_TYPES, lambda leaf: leaf
    from ..run import jax

    return jax.leaf_types(), jax.as_traced


def _flat(f: Callable[..., Any], count: int, names: Sequence[str]) -> Callable[..., Any]:
    """The function with its keyword-only arguments last, so that all of them are inputs of its program."""
    if not names:
        return f

    def flat(*full: Any) -> Any:
        return f(*full[:count], **dict(zip(names, full[count:], strict=True)))

    made = named_after(flat, f, "flat", [*argument_names(f, count), *names])
    made.__name__ = getattr(f, "__name__", "function")
    return made


def _scans(program: Program) -> bool:
    from ..run import jax

    return jax.scans(program)


def _executable(program: Program, executor: Executor) -> tuple[Callable[..., Any], Message]:
    """The program as a function whose results belong to the caller, and a sentence that says what runs where."""
    if executor == "jax":
        from ..run import jax

        return jax.compiled(program), message("{name} runs on JAX", name=program.name)
    told = message("{name} runs on NumPy", name=program.name)
    if executor != "numpy":
        found, told = loops(program, required=executor != "auto")
        if found is not None:
            return found, told
    program = with_products(program)
    function = program._function
    made_by = {target.name: equation for equation in program.equations for target in equation.targets}
    roots = [_root(each, made_by) for each in program.outputs]
    names = [each.name for each in roots if isinstance(each, Symbol)]
    new = len(set(names)) == len(names) and all(_is_new(each, made_by) for each in roots)
    return function if new else _copying(function, program), told


def _root(output: Operand, made_by: Mapping[str, Equation]) -> Operand:
    """The operand that an output is a reshaped view of, or itself."""
    equation = made_by.get(output.name)
    if equation is None or equation.primitive.name != "reshape":
        return output
    return _root(equation.inputs[0], made_by)


def _is_new(output: Operand, made_by: Mapping[str, Equation]) -> bool:
    """Whether an output shares memory with nothing else: a number, or an array newly allocated by its operation."""
    if isinstance(output, Constant):
        return not isinstance(output.value, np.ndarray)
    equation = made_by.get(output.name)
    if equation is not None and equation.primitive.name == "identity" and isinstance(equation.inputs[0], Constant):
        return _is_new(equation.inputs[0], made_by)
    if equation is None or equation.primitive.helper or equation.primitive.python.source == "{0}":
        return False
    return equation.primitive.elementwise or equation.primitive.name in _NEW_ARRAY


def _copying(function: Callable[..., Any], program: Program) -> Callable[..., Any]:
    """The function, copying results that share memory with its arguments, with constants or with each other."""
    constants = tuple(constant.value for constant in program.constants)
    single = program.results.is_leaf

    def run(*args: Any) -> Any:
        result = function(*args)
        if single:
            return _copy_if_shared(result, (*args, *constants))
        leaves, tree = flatten(result, LEAF_TYPES)
        given = [each for arg in args for each in flatten(arg, LEAF_TYPES)[0]]
        return tree.build(
            iter([_copy_if_shared(each, (*given, *constants, *leaves[:p])) for p, each in enumerate(leaves)])
        )

    return run


def _copy_if_shared(result: Any, others: Iterable[Any]) -> Any:
    if isinstance(result, np.ndarray) and (result.base is not None or any(result is each for each in others)):
        return result.copy()
    return result


def _guard(args: tuple[Any, ...], types: tuple[type, ...] = LEAF_TYPES) -> Callable[..., bool] | None:
    """A fast test of whether later arguments match these; it may say no wrongly, and the arguments are looked up then."""
    known: dict[str, Any] = {}
    tests = [test for position, arg in enumerate(args) for test in _conditions(arg, f"x{position}", known, types)]
    if None in tests or len(tests) > _MAX_CONDITIONS:
        return None
    parameters = "".join(f"x{position}=None, " for position in range(len(args)))
    made: Callable[..., bool] = eval(
        f"lambda {parameters}*rest: not rest and {' and '.join(map(str, tests)) or 'True'}", known
    )
    return made


def _conditions(value: Any, path: str, known: dict[str, Any], types: tuple[type, ...]) -> Iterator[str | None]:
    """Expressions that are true if the value at a path matches this one; `None` if no short expression decides it.

    `known` collects the types and dtypes that they refer to, by name.
    """

    def name(it: Any) -> str:
        return next((each for each, other in known.items() if other is it), None) or _add(known, it)

    kind = type(value)
    if kind is np.ndarray:
        yield f"type({path}) is {name(kind)} and {path}.shape == {value.shape} and {path}.dtype is {name(value.dtype)}"
    elif kind in (float, complex, np.float64, np.complex128) or kind is np.random.Generator:
        yield f"type({path}) is {name(kind)}"
    elif kind in _STATIC:
        yield f"type({path}) is {name(kind)} and {path} == {value!r}"
    elif kind in (tuple, list):
        yield f"type({path}) is {name(kind)} and len({path}) == {len(value)}"
        for position, each in enumerate(value):
            yield from _conditions(each, f"{path}[{position}]", known, types)
    elif kind is dict and all(type(key) is str for key in value):
        yield f"type({path}) is {name(kind)} and len({path}) == {len(value)}"
        for key, each in value.items():
            yield f"{key!r} in {path}"
            yield from _conditions(each, f"{path}[{key!r}]", known, types)
    elif issubclass(kind, types[len(LEAF_TYPES) :]):  # JAX's arrays
        yield f"type({path}) is {name(kind)} and {path}.shape == {value.shape} and {path}.dtype == {name(value.dtype)}"
    else:
        yield None


def _add(known: dict[str, Any], it: Any) -> str:
    known[f"k{len(known)}"] = it
    return f"k{len(known) - 1}"


def _refuse_unhashable(f: Callable[..., Any], names: Sequence[str], trees: Sequence[Tree]) -> None:
    for name, tree in zip(names, trees, strict=True):
        try:
            hash(tree)
        except TypeError as error:
            refuse_function(
                f,
                "{subject} cannot be cached by its argument {name} ({error})",
                "pass arrays, numbers, text, or tuples, lists, dicts and dataclasses of them",
                subject=name_of(f),
                name=name,
                error=error,
            )


def _warn_of_retracing(f: Callable[..., Any], names: Sequence[str], keys: Sequence[tuple[Any, ...]]) -> None:
    """Warn, naming the static arguments that vary from call to call."""
    keys = [key for key in keys if len(key) == len(keys[-1])]
    trees = len(names)
    varied = [
        name
        for name, seen in zip(names, zip(*(key[1 : trees + 1] for key in keys), strict=True), strict=True)
        if len(set(seen)) > 1
    ]
    said = message(
        "{subject} has been traced {count} times, for as many values of {listed}; pass a float or an array, which is an input, "
        "or leave it uncompiled."
        if varied
        else "{subject} has been traced {count} times, for as many shapes of its arguments; give them fewer shapes.",
        subject=name_of(f),
        count=_WARN_AT,
        listed=listed(varied, "{words} and {word}"),
    )
    warnings.warn(said, RetraceWarning, stacklevel=4)
