"""Derivatives of functions written in plain NumPy: as functions, and as programs to read.

`grad`, `value_and_grad`, `vjp`, `jvp`, `jacobian` and `hessian` give numbers; `derive` gives the derivative as a program
that prints and runs; `compile` traces a function once; `check_grad` holds a derivative against finite differences.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias, TypeVar

import numpy as np

from .program import operations  # noqa: F401  # fills the registry
from .program.blame import file_name
from .program.border import leaf, printable
from .program.derivative import differentiate, fitted, pull_back
from .program.dims import shape_text
from .program.errors import ChainruleError, TracingError
from .program.nouns import Array, Constant, Program, Symbol
from .program.primitive import PRIMITIVES
from .program.rewrites import Form, simplify
from .program.structure import LEAF, Tree, flatten
from .program.traced import Tape, Traced, bind, current, refuse
from .program.tracing import LEAF_TYPES, argument_names, input_node, recording, trace

Argnums: TypeAlias = int | str | Sequence[int | str]
T = TypeVar("T")


class GradientError(ChainruleError, ArithmeticError):
    """A derivative that disagrees with finite differences."""


# ---- numbers ---------------------------------------------------------------------------------------------------------


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of `f` as a function of the same arguments.

    `argnums` says with respect to which arguments, by position or name; several give a tuple. A gradient has the shape,
    the number type and the nesting of its argument. `f` must not change an array after it has used it.

    Raises `TracingError` where the result is not one number, or an argument is no float.

    >>> import numpy as np
    >>> grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return _named_after(gradient, f, "grad")


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """Like `grad`, but the function gives `(value, gradient)`.

    >>> import numpy as np
    >>> value_and_grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    known: dict[int, tuple[list[str], list[int], bool]] = {}  # by how many arguments there are: to ask f takes time

    def both(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        args, keywords = _placed(f, argnums, args, keywords)
        if len(args) not in known:
            names = argument_names(f, len(args))
            known[len(args)] = (names, *_positions(f, argnums, names))
        names, positions, several = known[len(args)]
        with _tape() as (tape, mark):
            inputs, trees, new_args = _inputs(f, names, tape, args, positions)
            output = f(*new_args, **keywords)
            _require_number("grad", f, output)
            if not isinstance(output, Traced):
                gradients = _owned([None] * len(inputs), inputs)
                value = output
            else:
                record = _reaches(output, mark)
                one = output.dtype.type(1)
                seed = bind(PRIMITIVES["identity"], (one,), (), tape) if record else one
                gradients = _owned(pull_back([(output, seed)], inputs, record=record), inputs)
                value = output if record else _plain(output.value)
        leaves = iter(gradients)
        built = tuple(tree.build(leaves) for tree in trees)
        return value, built if several else built[0]

    return _named_after(both, f, "value_and_grad")


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of `f`, and the function from an error of the output to the errors of the inputs.

    >>> import numpy as np
    >>> value, pull = vjp(lambda x: x ** 2, np.array([1.0, 2.0]))
    >>> value, pull(np.array([1.0, 10.0]))
    (array([1., 4.]), (array([ 2., 40.]),))
    """
    with _tape() as (tape, mark):
        names = argument_names(f, len(primals))
        inputs, trees, args = _inputs(f, names, tape, primals, list(range(len(primals))))
        outputs, results = flatten(f(*args), LEAF_TYPES)
        record = any(isinstance(output, Traced) and _reaches(output, mark) for output in outputs)
    value = results.build(iter([o if record or not isinstance(o, Traced) else _plain(o.value) for o in outputs]))

    def pull(error: Any) -> tuple[Any, ...]:
        errors, given = flatten(error, LEAF_TYPES)
        if given != results:
            _refuse_function(
                f,
                "the error given to a vjp does not nest as the function's result does",
                "give one for each part of it",
            )
        pairs = [(o, fitted_error(e, o)) for o, e in zip(outputs, errors, strict=True) if isinstance(o, Traced)]
        gradients = iter(_owned(pull_back(pairs, inputs, record=record), inputs, errors))
        return tuple(tree.build(gradients) for tree in trees)

    return value, pull


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f`, and its derivative along `tangents`.

    Computed as the derivative of the reverse pass with respect to its own error, so no forward rules are needed.

    >>> import numpy as np
    >>> jvp(lambda x: x ** 2, (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
    (array([1., 4.]), array([2., 2.]))
    """
    with _tape() as (tape, mark):
        names = argument_names(f, len(primals))
        inputs, trees, args = _inputs(f, names, tape, primals, list(range(len(primals))))
        directions = [flatten(tangent, LEAF_TYPES) for tangent in tangents]
        if [tree for _, tree in directions] != trees:
            _refuse_function(f, "the tangents of a jvp do not nest as its primals do", "give one for each of them")
        outputs, results = flatten(f(*args), LEAF_TYPES)
        record = any(isinstance(output, Traced) and _reaches(output, mark) for output in outputs)
        traced = [output for output in outputs if isinstance(output, Traced)]
        errors = [leaf(tape, "", o.shape, o.dtype, np.zeros(o.shape, o.dtype)) for o in traced]
        pulled = pull_back(list(zip(traced, errors, strict=True)), inputs, record=True)
        moves = [each for leaves, _ in directions for each in leaves]
        ahead = [(g, fitted_error(m, g)) for g, m in zip(pulled, moves, strict=True) if isinstance(g, Traced)]
        found = _owned(pull_back(ahead, errors, record=record), errors, moves)
    slopes = iter(found)
    values = [o if record or not isinstance(o, Traced) else _plain(o.value) for o in outputs]
    flat = [next(slopes) if isinstance(o, Traced) else np.zeros(np.shape(o)) for o in outputs]
    return results.build(iter(values)), results.build(iter(flat))


def jacobian(f: Callable[..., Any], argnums: int | str = 0) -> Callable[..., Any]:
    """The Jacobian of `f`: the output's axes first, then the argument's.

    >>> import numpy as np
    >>> jacobian(lambda x: x[0] * x)(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """

    def rows(*args: Any, **keywords: Any) -> Any:
        (position,), _ = _positions(f, argnums, argument_names(f, len(args)))

        def only(x: Any) -> Any:
            return f(*args[:position], x, *args[position + 1 :], **keywords)

        value, pull = vjp(only, args[position])
        shape = np.shape(value)
        units = np.eye(int(np.prod(shape, dtype=int))).reshape(-1, *shape)
        parts = [pull(unit if shape else np.float64(unit))[0] for unit in units]
        return np.reshape(np.stack(parts), (*shape, *np.shape(args[position])))

    return _named_after(rows, f, "jacobian")


def hessian(f: Callable[..., Any], argnums: int | str = 0) -> Callable[..., Any]:
    """The matrix of second derivatives of `f` with respect to one argument.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return _named_after(jacobian(grad(f, argnums), argnums), f, "hessian")


# ---- programs --------------------------------------------------------------------------------------------------------


def derive(
    f: Callable[..., Any],
    args: Sequence[Any],
    wrt: str | Sequence[str] | None = None,
    form: Form = "textbook",
) -> Program:
    """The derivative of `f` as a program that prints and runs: with respect to all float arguments, or those named.

    `args` are values, or `Spec`s where only shapes are known. `form` is `"textbook"`, to read, or `"fast"`, to run.

    Raises `TracingError` where the result is not one number or a name in `wrt` is none of the arguments'.

    >>> import numpy as np
    >>> def cost(w, x):
    ...     return 0.5 * np.sum((w @ x) ** 2)
    >>> print(derive(cost, (np.ones((2, 3)), np.ones((3, 1))), wrt="w"))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def cost_gradient(w, x):
        # w: 2×3
        # x: 3×1
        dC_dw = w @ x @ x.T  # 2×3
        return dC_dw
    <BLANKLINE>
    """
    program = simplify(trace(f, args), "textbook")
    _require_number("derive", f, program.results.build(iter(program.outputs)))
    names, results = _chosen(f, program, wrt)
    return simplify(differentiate(program, names, results), form)


def compile(f: Callable[..., T]) -> Callable[..., T]:
    """Trace `f` once per shapes, number types and structure of its arguments, and run its fast form from then on.

    What `f` reads from outside is frozen at the first call. A branch that goes another way later raises `BranchError`.

    >>> import numpy as np
    >>> fast = compile(lambda x: np.sum(x ** 2))
    >>> fast(np.array([1.0, 2.0]))
    np.float64(5.0)
    """
    programs: dict[tuple[object, ...], Program] = {}

    def compiled(*args: Any) -> T:
        parts = [flatten(arg, LEAF_TYPES) for arg in args]
        leaves = [each for found, _ in parts for each in found]
        if any(isinstance(each, Traced) for each in leaves):
            return f(*args)
        key = (*(tree for _, tree in parts), *((np.shape(each), np.asarray(each).dtype) for each in leaves))
        program = programs.get(key)
        if program is None:
            if len(programs) >= 128:
                programs.clear()
            program = programs[key] = simplify(trace(f, args), "fast")
        result: T = program(*args)
        return result

    return _named_after(compiled, f, "compile")


def name(symbol: str, expression: T) -> T:
    """Call a traced expression by this name in the programs that print it.

    >>> import numpy as np
    >>> print(trace(lambda x: name("energy", np.sum(x ** 2)) + 1.0, (np.ones(3),)))  # doctest: +ELLIPSIS
    import numpy as np
    ...
        energy = np.sum(x ** 2)  # 1
        return energy + 1.0
    <BLANKLINE>
    """
    if not symbol.isidentifier():
        refuse(f"{symbol!r} cannot name a symbol", "use letters, digits and underscores")
    if isinstance(expression, Traced):
        expression.name = symbol
    return expression


# ---- checking --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One derivative beside its finite difference."""

    parameter: str
    index: tuple[int, ...]
    derivative: float
    finite_difference: float
    relative_error: float


@dataclass(frozen=True)
class GradientCheck:
    """What `check_grad` found: whether all agree, the worst, and how many were compared."""

    ok: bool
    worst: Difference
    compared: int


def check_grad(f: Callable[..., Any], args: Sequence[Any], *, rtol: float = 1e-5, samples: int = 20) -> GradientCheck:
    """Hold the gradient of `f` with respect to every float argument against central differences, in float64.

    Of each array up to `samples` elements are tried, chosen by a fixed seed. Errors are relative to the largest
    derivative of the same array.

    Raises `GradientError`, naming the worst parameter, where one is off by more than `rtol`.

    >>> import numpy as np
    >>> check_grad(lambda x: np.sum(np.sin(x)), (np.array([1.0, 2.0]),)).ok
    True
    """
    parts = [flatten(_float64(arg), LEAF_TYPES) for arg in args]
    names = argument_names(f, len(args))
    leaf_names = [n for each, (_, tree) in zip(names, parts, strict=True) for n, _ in tree.paths(each)]
    leaves = [np.array(each) for found, _ in parts for each in found]

    def at(values: Sequence[Array]) -> Any:
        rest = iter(values)
        return f(*(tree.build(rest) for _, tree in parts))

    def flat(*values: Array) -> Any:
        return at(values)

    floats = [position for position, each in enumerate(leaves) if each.dtype.kind == "f" and each.size]
    if not floats:
        _refuse_function(f, "check_grad needs a float argument, and is given none", "pass floats, or arrays of them")
    gradients = grad(flat, floats)(*leaves)
    random = np.random.default_rng(0)
    found: list[Difference] = []
    for position, gradient in zip(floats, gradients, strict=True):
        value = leaves[position]
        scale = max(float(np.max(np.abs(gradient), where=np.isfinite(gradient), initial=0.0)), 1e-8)
        for flat_index in random.permutation(value.size)[:samples]:
            index = tuple(int(each) for each in np.unravel_index(flat_index, value.shape))
            step = 6e-6 * max(1.0, abs(float(value[index])))
            moved = [value.copy(), value.copy()]
            moved[0][index] += step
            moved[1][index] -= step
            ahead, behind = (at([*leaves[:position], each, *leaves[position + 1 :]]) for each in moved)
            width = float(moved[0][index] - moved[1][index])
            slope, derivative = float(ahead - behind) / width, float(gradient[index])
            rounding = 4 * np.finfo(float).eps * max(abs(float(ahead)), 1.0) / width  # of sums that cancel, too
            error = np.inf
            if np.isfinite(derivative) and np.isfinite(slope):
                error = max(abs(derivative - slope) - rounding, 0.0) / max(abs(slope), scale)
            found.append(Difference(leaf_names[position], index, derivative, slope, error))
    worst = max(found, key=lambda difference: difference.relative_error)
    if not worst.relative_error <= rtol:
        place = f"{worst.parameter}[{', '.join(map(str, worst.index))}]" if worst.index else worst.parameter
        raise GradientError(
            f"The derivative with respect to {place} is {worst.derivative:.10g}, and finite differences give "
            f"{worst.finite_difference:.10g}: a relative error of {worst.relative_error:.1e}, where {rtol:.0e} is allowed."
        )
    return GradientCheck(True, worst, len(found))


# ---- within ----------------------------------------------------------------------------------------------------------


@contextmanager
def _tape() -> Iterator[tuple[Tape, int]]:
    """The open tape, or a new one; and how much was on it before."""
    tape = current.get()
    if tape is not None and tape.open:
        yield tape, tape.count
        return
    with recording(naming=False) as new:
        yield new, 0


def _inputs(
    f: Callable[..., Any], names: Sequence[str], tape: Tape, args: Sequence[Any], positions: Sequence[int]
) -> tuple[list[Traced], list[Tree], list[Any]]:
    """Put the chosen arguments on the tape as fresh nodes."""
    nodes: list[Traced] = []
    trees: list[Tree] = []
    nested = list(args)
    for position in positions:
        leaves, tree = flatten(args[position], LEAF_TYPES)
        if not leaves:
            _refuse_function(
                f, f"{names[position]} is {args[position]!r}, and derivatives are taken of floats", "pass a float"
            )
        fresh = []
        for path, each in zip((n for n, _ in tree.paths(names[position])), leaves, strict=True):
            node = bind(PRIMITIVES["identity"], (each,)) if isinstance(each, Traced) else input_node(tape, path, each)
            if node.dtype.kind != "f":
                _refuse_function(
                    f, f"{path} is of {node.dtype}, and derivatives are taken of floats", f"pass {path}.astype(float)"
                )
            fresh.append(node)
        nodes += fresh
        trees.append(tree)
        nested[position] = tree.build(iter(fresh))
    return nodes, trees, nested


def _reaches(output: Traced, mark: int) -> bool:
    """Whether a result depends on what was on the tape before: then its derivative must be recorded too."""
    if mark == 0:
        return False
    waiting, seen = [output], set()
    while waiting:
        node = waiting.pop()
        if node.id <= mark:
            return True
        if id(node) not in seen:
            seen.add(id(node))
            waiting += [each for each in node.inputs if isinstance(each, Traced)]
    return False


def _owned(gradients: Sequence[Any], nodes: Sequence[Traced], given: Sequence[Any] = ()) -> list[Any]:
    """Gradients that may be written to: no views, none twice and none that was given; zeros where nothing flowed."""
    result: list[Any] = []
    for gradient, node in zip(gradients, nodes, strict=True):
        if gradient is None:
            gradient = np.zeros(node.shape, node.dtype)
        elif isinstance(gradient, np.ndarray) and (
            gradient.base is not None or any(gradient is each for each in (*result, *given))
        ):
            gradient = gradient.copy()
        result.append(gradient if isinstance(gradient, Traced) else _plain(gradient))
    return result


def fitted_error(error: Any, node: Traced) -> Any:
    """An error given by the user, checked against the symbol that it belongs to."""
    given = error if isinstance(error, Traced) else np.asarray(error)
    if given.shape != node.shape:
        refuse(
            f"an error of shape {shape_text(given.shape)} is given for a result of shape {shape_text(node.shape)}",
            "give one of the same shape",
        )
    return fitted(given, node.shape, node.dtype)


def _plain(value: Any) -> Any:
    return value[()] if isinstance(value, np.ndarray) and not value.shape else value


def _require_number(what: str, f: Callable[..., Any], output: Any) -> None:
    """Refuse a function whose result has no gradient: an array, a container, a truth value, nothing."""
    needs = f"{what} needs a function whose result is one number, and {_name_of(f)} gives"
    if output is None:
        _refuse_function(f, f"{needs} nothing", "write a return")
    if not isinstance(output, (Traced, Symbol, Constant, np.ndarray, np.generic, float, int)):
        _refuse_function(f, f"{needs} a {type(output).__name__}", "return one of its parts")
    shape = tuple(map(int, getattr(output, "shape", ())))
    if shape != ():
        _refuse_function(
            f, f"{needs} an array of shape {shape}", "sum it" if what == "derive" else "sum it, or use jacobian"
        )
    if isinstance(output, (Traced, Symbol)) and output.dtype.kind != "f":
        _refuse_function(f, f"{needs} a number of type {output.dtype}, which has no slope", "return a float")


def _refuse_function(f: Callable[..., Any], what: str, instead: str) -> NoReturn:
    """Raise a `TracingError` about a whole function: it names where that is defined."""
    code = getattr(inspect.unwrap(f), "__code__", None)
    place = f"{file_name(code.co_filename)}:{code.co_firstlineno}: " if code else ""
    raise TracingError(f"{place}{what}; {instead}.")


def _placed(
    f: Callable[..., Any], argnums: Argnums, args: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with those that a derivative is taken of in their places, also where they were given by name."""
    wanted = (argnums,) if isinstance(argnums, (int, str)) else argnums
    if not keywords or not any(each in keywords for each in wanted):
        return args, keywords
    bound = inspect.signature(f).bind(*args, **keywords)
    return bound.args, bound.kwargs


def _positions(f: Callable[..., Any], argnums: Argnums, names: Sequence[str]) -> tuple[list[int], bool]:
    count = len(names)
    several = not isinstance(argnums, (int, str))
    wanted = list(argnums) if not isinstance(argnums, (int, str)) else [argnums]
    positions = []
    for each in wanted:
        if isinstance(each, str):
            if each not in names:
                _refuse_function(f, f"{_name_of(f)} has no argument {each!r}", f"name one of {', '.join(names)}")
            positions.append(names.index(each))
        elif not -count <= each < count:
            last = f"count from 0 to {count - 1}" if count else "pass it by position"
            _refuse_function(f, f"{_name_of(f)} is called without an argument number {each}", last)
        else:
            positions.append(each % count)
    return positions, several


def _chosen(f: Callable[..., Any], program: Program, wrt: str | Sequence[str] | None) -> tuple[list[str], Tree]:
    """The input symbols named by `wrt`, and how their gradients nest."""
    rest = iter(program.inputs)
    by_argument = {argument: [next(rest).name for _ in range(tree.leaves)] for argument, tree in program.arguments}
    trees = dict(program.arguments)
    floats = {symbol.name for symbol in program.inputs if symbol.dtype.kind == "f"}
    if wrt is None:
        wanted = [argument for argument, leaves in by_argument.items() if leaves and floats.issuperset(leaves)]
    else:
        wanted = [each.strip() for each in wrt.split(",")] if isinstance(wrt, str) else list(wrt)
    names: list[str] = []
    parts: list[Tree] = []
    for each in map(printable, wanted):
        leaves = by_argument.get(each, [each])
        for leaf_name in leaves:
            if all(symbol.name != leaf_name for symbol in program.inputs):
                known = ", ".join(by_argument)
                _refuse_function(f, f"{_name_of(f)} has no argument {each!r}", f"name one of {known}")
            if leaf_name not in floats:
                _refuse_function(
                    f, f"{leaf_name} holds no floats, and derivatives are taken of floats", "leave it out of wrt"
                )
        names += leaves
        parts.append(trees.get(each, LEAF))
    if not names:
        _refuse_function(
            f, f"{_name_of(f)} has no float argument to take the derivative of", "pass floats, or arrays of them"
        )
    return names, parts[0] if len(parts) == 1 else Tree(tuple, tuple(range(len(parts))), tuple(parts))


def _float64(arg: Any) -> Any:
    leaves, tree = flatten(arg, LEAF_TYPES)
    wide = [np.asarray(each, np.float64) if np.asarray(each).dtype.kind == "f" else each for each in leaves]
    return tree.build(iter(wide))


def _name_of(f: Callable[..., Any]) -> str:
    name: str = getattr(f, "__name__", "the function")
    return "the lambda" if name == "<lambda>" else name


def _named_after(made: Callable[..., Any], f: Callable[..., Any], prefix: str) -> Callable[..., Any]:
    made.__name__ = made.__qualname__ = f"{prefix}_{getattr(f, '__name__', 'f').strip('<>')}"
    made.__wrapped__ = f  # type: ignore[attr-defined]  # its signature is f's
    return made
