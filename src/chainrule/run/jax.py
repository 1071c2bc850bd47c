"""JAX as executor: the printed text of a program, with `np` as `jax.numpy` and `scipy` as `jax.scipy`, compiled by JAX.

What the text calls beside NumPy is pure; the few helpers that NumPy can only write with an assignment are JAX's own here.
"""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..program.errors import ChainruleError
from ..program.nouns import Program
from ..program.primitive import HELPERS
from ..program.python import function_text, guarded, helpers_of
from ..program.structure import flatten
from ..program.tracing import LEAF_TYPES


class MissingJax(ChainruleError, ImportError):  # noqa: N818  # the name says what is wrong
    """JAX is asked for, and is not installed."""


def compiled(program: Program) -> Callable[..., Any]:
    """The program as a function on NumPy arrays, run by JAX in the number types that it was traced with.

    A program with conditions is run operation by operation: whether they hold depends on values.

    Raises `MissingJax` where JAX is not installed.

    >>> from chainrule.program.tracing import trace
    >>> compiled(trace(lambda x: 2 * x, [np.ones(2)]))(np.array([1.0, 3.0]))  # doctest: +SKIP
    array([2., 6.])
    """
    try:
        import jax
        import jax.numpy as jnp
        import jax.scipy.special
    except ImportError as error:
        raise MissingJax("executor='jax' needs JAX; install it with: pip install 'chainrule[jax]'.") from error
    classes = {made.__name__: made for made in program.results.classes()}
    scope: dict[str, Any] = {"np": jnp, "scipy": jax.scipy, "__builtins__": builtins, **classes}
    own = _own_helpers(jax, jnp)
    for name in helpers_of(program):
        if name in own:
            scope[name] = own[name]
        else:
            exec(inspect.getsource(HELPERS[name]), scope)
    exec(builtins.compile(function_text(program), f"<{program.name}>", "exec", optimize=0), scope)
    constants = {constant.name: constant.value for constant in program.constants}
    function = guarded(program, functools.partial(scope[program.name], **constants))
    trees = [tree for _, tree in program.arguments]

    def of_leaves(*leaves: Any) -> list[Any]:
        rest = iter(leaves)
        return flatten(function(*(tree.build(rest) for tree in trees)), (*LEAF_TYPES, jax.Array))[0]

    fast = of_leaves if program.conditions else jax.jit(of_leaves)

    def run(*args: Any) -> Any:
        leaves = [each for arg in args for each in flatten(arg, LEAF_TYPES)[0]]
        with jax.enable_x64(True):
            results = fast(*(np.asarray(each) for each in leaves))
        return program.results.build(iter([np.array(each)[()] for each in results]))

    return run


def _own_helpers(jax: Any, jnp: Any) -> dict[str, Callable[..., Any]]:
    def scatter(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
        return jnp.zeros(shape, jnp.result_type(g)).at[index].set(g)

    def put(g: Any, axis: int, indices: Any, shape: tuple[int, ...]) -> Any:
        return jnp.zeros(shape, jnp.result_type(g)).at[(slice(None),) * axis + (indices,)].add(g)

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + jnp.exp(-z))  # without NumPy's warnings, which JAX does not give

    return {"scatter": scatter, "put": put, "sigmoid": sigmoid}
