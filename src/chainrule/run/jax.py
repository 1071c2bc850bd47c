"""The JAX executor: the printed program, with `np` as `jax.numpy` and `scipy` as `jax.scipy`, compiled by JAX.

On JAX arrays it behaves like any JAX function: it uses JAX's own dtypes, and works with `jit`, `vmap`, `grad` and shardings.
Helpers of printed programs that assign to arrays in NumPy have pure versions for JAX here.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..branches.noun import BRANCH
from ..core.errors import ChainruleError, TracingError
from ..core.layout import layout
from ..core.messages import message
from ..core.nouns import Equation, Program
from ..core.primitive import HELPERS
from ..core.python import assertion, function_text, helpers_of
from ..core.structure import builder, flatten
from ..core.template import parse_python
from ..core.tracing import LEAF_TYPES, Spec
from ..loops.noun import LOOP, Loop, loop_of
from ..loops.places import ADDED_AT, AT, PUT_AT, UPDATED_AT, Affine
from ..program.calling import guarded
from ..program.operations.windows import Term, reach, read, sizes_of


class MissingJax(ChainruleError, ImportError):  # noqa: N818  # the name says what is wrong
    """The JAX executor is requested, but JAX is not installed."""


class MissingFunction(ChainruleError, NotImplementedError):  # noqa: N818  # likewise
    """A program calls a SciPy function that JAX does not have."""


def _jax() -> Any:
    try:
        import jax
        import jax.scipy.special
    except ImportError as error:
        raise MissingJax("executor='jax' needs JAX; install it with: pip install 'chainrule[jax]'.") from error
    return jax


def leaf_types() -> tuple[type, ...]:
    """The leaf types that this executor accepts, including JAX arrays.

    Raises:
        MissingJax: JAX is not installed.
    """
    return (*LEAF_TYPES, _jax().Array)


def as_traced(value: Any) -> Any:
    """The argument that a JAX array is traced as: its values, or only its shape if JAX knows no values, as in jit."""
    jax = _jax()
    if isinstance(value, jax.core.Tracer):
        known = getattr(value, "to_concrete_value", lambda: None)()
        return Spec(value.shape, np.dtype(value.dtype)) if known is None else np.asarray(known)
    return np.asarray(value) if isinstance(value, jax.Array) else value


def compiled(program: Program) -> Callable[..., Any]:
    """The program as a function that JAX runs: NumPy arrays keep the dtypes of the trace, JAX arrays follow JAX's own rules.

    A program with conditions runs operation by operation, since the conditions depend on values.

    Raises:
        MissingJax: JAX is not installed.
        MissingFunction: The program calls a SciPy function that JAX does not have.

    Examples:
        >>> from chainrule.core.tracing import trace
        >>> compiled(trace(lambda x: 2 * x, [np.ones(2)]))(np.array([1.0, 3.0]))  # doctest: +SKIP
        array([2., 6.])
    """
    jax = _jax()
    jnp, types = jax.numpy, leaf_types()
    classes = {made.__name__: builder(made) for made in program.results.classes()}
    scope: dict[str, Any] = {"np": _like_numpy(jnp), "scipy": jax.scipy, "__builtins__": builtins, **classes}
    own = _own_helpers(jax, jnp)
    for name in helpers_of(program):
        if name in own:
            scope[name] = own[name]
        else:
            source = inspect.getsource(HELPERS[name])
            _require_functions(source.partition('"""\n')[2], jax)
            exec(source, scope)
    scanned = _scanned(program, scope, jax)
    text = function_text(scanned, arranged=False)
    _require_functions(text, jax)
    exec(builtins.compile(text, f"<{program.name}>", "exec", optimize=0), scope)
    constants = {constant.name: constant.value for constant in program.constants}
    function = guarded(scanned, functools.partial(scope[program.name], **constants))
    trees = [tree for _, tree in program.arguments]

    def of_leaves(*leaves: Any) -> list[Any]:
        rest = iter(leaves)
        return flatten(function(*(tree.build(rest) for tree in trees)), types)[0]

    fast = of_leaves if program.conditions else jax.jit(of_leaves)

    def run(*args: Any) -> Any:
        leaves = [each for arg in args for each in flatten(arg, types)[0]]
        try:
            # Within jit, everything that JAX computes is traced, even from NumPy arrays.
            if any(isinstance(each, jax.Array) for each in leaves) or isinstance(jnp.asarray(0), jax.core.Tracer):
                results = fast(*leaves)
                return program.results.build(iter([e if isinstance(e, jax.Array) else jnp.asarray(e) for e in results]))
            with jax.enable_x64(True):
                results = fast(*(np.asarray(each) for each in leaves))
        except jax.errors.TracerBoolConversionError as error:
            raise TracingError(_without_values(program)) from error
        return program.results.build(iter([np.array(each)[()] for each in results]))

    return run


def _require_functions(text: str, jax: Any) -> None:
    """Refuse SciPy's functions that JAX does not have."""
    for module, name in re.findall(r"\bscipy\.(\w+)\.(\w+)", text):
        if not hasattr(getattr(jax.scipy, module, None), name):
            raise MissingFunction(
                "JAX has no scipy.{module}.{name}; choose executor='numpy'.", module=module, name=name
            )


def scans(program: Program) -> bool:
    """Whether JAX can scan its loops: no slice may move with the iterations, since JAX needs static sizes, and no branch and
    no `while` may depend on values, which JAX does not know."""
    equations = [equation for block in program.parts() for equation in block.equations]
    return not any(
        equation.primitive is BRANCH or (equation.primitive is LOOP and not loop_of(equation).is_counted)
        for equation in equations
    ) and not any(
        isinstance(part, tuple) and any(isinstance(each, Affine) for each in part)
        for equation in equations
        if equation.primitive in (AT, PUT_AT, ADDED_AT, UPDATED_AT)
        for part in dict(equation.params)["index"].parts
    )


def _scanned(program: Program, scope: dict[str, Any], jax: Any) -> Program:
    """The program with its loops replaced by calls of scanning functions, which are added to the scope."""

    def called(equation: Equation) -> Equation:
        if equation.primitive is not LOOP or not loop_of(equation).is_counted:
            return equation
        loop = loop_of(equation)
        name = f"loop_{sum(each.startswith('loop_') for each in scope) + 1}"
        scope[name] = None
        turn = replace(_scanned(loop, scope, jax), name=f"turn_of_{name}")
        exec(builtins.compile(function_text(turn, arranged=False), f"<{name}>", "exec", optimize=0), scope)
        scope[name] = _scan(loop, scope[turn.name], jax)
        made = replace(LOOP, name=name, python=parse_python(f"{name}({{*}})"))
        return replace(equation, primitive=made, params=())

    return replace(program, equations=tuple(map(called, program.equations)))


def _scan(loop: Loop, turn: Callable[..., Any], jax: Any) -> Callable[..., Any]:
    jnp = jax.numpy
    before = loop.inputs[: loop.carried]

    def run(*operands: Any) -> Any:
        same = [jnp.asarray(each) if isinstance(each, np.ndarray) else each for each in operands[loop.carried :]]

        def step(state: Any, counter: Any) -> Any:
            found = turn(*state, counter, *same)
            later = typed(found[: loop.carried])
            return later, (later, found[loop.carried :])

        def typed(values: Any) -> tuple[Any, ...]:
            return tuple(
                jnp.asarray(value, jax.dtypes.canonicalize_dtype(symbol.dtype))
                for value, symbol in zip(values, before, strict=True)
            )

        first = typed(operands[: loop.carried])
        counters = jnp.arange(loop.start, loop.start + loop.step * loop.count, loop.step)
        last, (states, rows) = jax.lax.scan(step, first, counters, reverse=loop.reverse)
        made = []
        for kind, place in loop.gives:
            if kind == "last":
                made.append(last[place])
            elif kind == "stack":
                made.append(rows[place - loop.carried])
            else:
                parts = [first[place][None], states[place]]
                made.append(jnp.concatenate(parts[::-1] if loop.reverse else parts))
        return tuple(made) if len(made) > 1 else made[0]

    return run


def _without_values(program: Program) -> str:
    condition = program.conditions[0]
    truth, place = assertion(condition, layout(program))[0], condition.origin.place
    return message(
        "{name} was traced where {truth}, and inside of jax.jit and jax.vmap there are no values that could say whether that is "
        "so; write np.where(condition, a, b).",
        name=program.name,
        truth=f"{truth} ({place})" if place else truth,
    )


def _like_numpy(jnp: Any) -> Any:
    """`jax.numpy` with windows, and eigh, eigvalsh and cholesky that read one triangle, like NumPy's, instead of both."""
    changed = {
        name: functools.partial(getattr(jnp.linalg, name), symmetrize_input=False)
        for name in ("eigh", "eigvalsh", "cholesky")
    }
    tricks = SimpleNamespace(sliding_window_view=functools.partial(_windows, jnp))
    beside = {"linalg": SimpleNamespace(**vars(jnp.linalg) | changed), "lib": SimpleNamespace(stride_tricks=tricks)}
    return SimpleNamespace(**vars(jnp) | beside)


def _windows(jnp: Any, x: Any, size: tuple[int, ...], axis: tuple[int, ...]) -> Any:
    """`sliding_window_view`, which JAX does not have."""
    for along, width in zip(axis, size, strict=True):
        places = np.arange(x.shape[along] - width + 1)[:, None] + np.arange(width)
        x = jnp.moveaxis(jnp.take(x, places, axis=along), along + 1, -1)
    return x


def _own_helpers(jax: Any, jnp: Any) -> dict[str, Callable[..., Any]]:
    """The helpers, by name, that assign to arrays in NumPy or need none of its handling of warnings."""

    def scatter(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
        return jnp.zeros(shape, jnp.result_type(g)).at[index].set(g)

    def add_at(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
        return jnp.zeros(shape, jnp.result_type(g)).at[index].add(g)

    def added(x: Any, v: Any, index: Any) -> Any:
        return jnp.asarray(x).at[index].add(v)

    def updated(x: Any, v: Any, index: Any) -> Any:
        return jnp.asarray(x).at[index].set(v)

    def put(g: Any, axis: int, indices: Any, shape: tuple[int, ...]) -> Any:
        return add_at(g, (slice(None),) * axis + (indices,), shape)

    def add_along(g: Any, indices: Any, axis: int, shape: tuple[int, ...]) -> Any:
        places = list(jnp.ogrid[tuple(slice(size) for size in jnp.shape(indices))])
        places[axis] = indices
        return add_at(g, tuple(places), shape)

    def on_diagonal(g: Any, offset: int, axis1: int, axis2: int, shape: tuple[int, ...]) -> Any:
        rows = jnp.arange(jnp.shape(g)[-1]) + max(-offset, 0)
        moved = jnp.moveaxis(jnp.zeros(shape, jnp.result_type(g)), (axis1, axis2), (-2, -1))
        return jnp.moveaxis(moved.at[..., rows, rows + offset].set(g), (-2, -1), (axis1, axis2))

    def overlap_add(g: Any, axis: tuple[int, ...]) -> Any:
        places, size = g.shape[: g.ndim - len(axis)], g.shape[g.ndim - len(axis) :]
        wide = [n + sum(w - 1 for a, w in zip(axis, size, strict=True) if a == k) for k, n in enumerate(places)]
        result = jnp.zeros(wide, g.dtype)
        for place in np.ndindex(size):
            first = [sum(p for a, p in zip(axis, place, strict=True) if a == k) for k in range(len(places))]
            part = tuple(slice(start, start + n) for start, n in zip(first, places, strict=True))
            result = result.at[part].add(g[(..., *place)])
        return result

    def windowed_einsum(subscripts: str, one: Any, other: Any, shape: tuple[int, ...] | None = None) -> Any:
        terms = read(subscripts)
        sizes = sizes_of(terms, jnp.shape(one), jnp.shape(other), shape)

        def split(term: Term) -> tuple[Any, ...]:  # the places along each axis, with an axis for each index
            parts = [part for axis in term for part in axis]
            steps = {
                part: part.step
                * np.arange(sizes[part.letter]).reshape([-1 if k == own else 1 for k in range(len(parts))])
                for own, part in enumerate(parts)
            }
            return tuple(sum(steps[part] for part in axis) for axis in term)

        letters = ["".join(part.letter for axis in term for part in axis) for term in terms]
        views = jnp.asarray(one)[split(terms.one)], jnp.asarray(other)[split(terms.other)]
        products = jnp.einsum(f"{letters[0]},{letters[1]}->{letters[2]}", *views)
        if terms.windowed != 2:
            return products
        wide = shape or tuple(reach(axis, sizes) for axis in terms.result)
        return jnp.zeros(wide, products.dtype).at[split(terms.result)].add(products)

    def recurrence(x: Any, a: Any, axis: int) -> Any:
        # Composing s -> a s + x with s -> a' s + x' gives s -> a a' s + (a' x + x'), which is associative.
        def joined(one: Any, other: Any) -> Any:
            return one[0] * other[0], other[0] * one[1] + other[1]

        pair = jnp.broadcast_arrays(a, x)
        return jax.lax.associative_scan(joined, tuple(pair), axis=axis)[1]

    def products_of_others(x: Any, axis: int) -> Any:
        first = jnp.ones_like(jax.lax.slice_in_dim(x, 0, 1, axis=axis))

        def before(x: Any) -> Any:
            rest = jax.lax.slice_in_dim(x, 0, x.shape[axis] - 1, axis=axis)
            return jnp.concatenate([first, jnp.cumprod(rest, axis=axis)], axis=axis)

        return before(x) * jnp.flip(before(jnp.flip(x, axis)), axis)

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + jnp.exp(-z))  # JAX does not warn of overflow

    def choose(places: Any, *choices: Any, mode: str = "raise") -> Any:
        found = jnp.choose(places, choices, mode="clip" if mode == "raise" else mode)
        if mode != "raise" or found.dtype.kind != "f":
            return found
        return jnp.where((places >= 0) & (places < len(choices)), found, jnp.nan)  # JAX cannot raise based on a value

    own = (
        scatter,
        add_at,
        added,
        updated,
        put,
        add_along,
        on_diagonal,
        overlap_add,
        windowed_einsum,
        recurrence,
        products_of_others,
        sigmoid,
        choose,
    )
    return {helper.__name__: helper for helper in own}
