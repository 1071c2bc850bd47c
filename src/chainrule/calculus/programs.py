"""Derivatives as programs to read: `derive`; and `name`, by which a user names what they show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

from ..core.border import printable
from ..core.derivative import differentiate
from ..core.location import refuse
from ..core.nouns import Program
from ..core.simplification import Form, simplify
from ..core.structure import LEAF, Tree
from ..core.traced import Traced
from ..core.tracing import name_of, require_function, trace
from .arguments import Wrt, listed, position_of, refuse_function, require_number

T = TypeVar("T")


def derive(
    f: Callable[..., Any],
    args: Sequence[Any],
    wrt: Wrt | None = None,
    form: Form = "textbook",
) -> Program:
    """The derivative of `f` as a program that prints and runs: with respect to all float arguments, or those in `wrt`.

    `args` are values, or `Spec`s where only shapes are known. `wrt` gives arguments by position or name, one or several:
    `0`, `"w"`, `(0, 1)`, `"w, b"`; also a part of an argument by its printed name, such as `"layers_0_w"`. Several, and a
    list or tuple of one, give a tuple of gradients, as with `grad`. `form` is `"textbook"`, to read, or `"fast"`, to run.

    A second derivative is read along a direction v, so that it is one array and not a matrix of them: derive the sum of
    v * grad(f), as below. `trace(hessian(f), args)` writes the whole matrix, a row for each number.

    Raises `TracingError` where the result is not one number or something in `wrt` is none of the arguments'.

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
    >>> from chainrule import grad
    >>> def slope(x, v):
    ...     return np.sum(v * grad(lambda x: np.sum(x ** 3))(x))
    >>> print(derive(slope, (np.ones(3), np.ones(3)), wrt="x"))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def slope_gradient(x, v):
        # x: 3
        # v: 3
        dC_dx = 6.0 * (v * x)  # 3
        return dC_dx
    <BLANKLINE>
    """
    require_function("derive", f, args)
    if form not in get_args(Form):
        refuse_function(f, f"there is no form {form!r}", f"choose one of {', '.join(get_args(Form))}")
    program = simplify(trace(f, args), "textbook")
    require_number("derive", f, program.results.build(iter(program.outputs)))
    names, results = _chosen(f, program, wrt)
    return simplify(differentiate(program, names, results), form)


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


def _chosen(f: Callable[..., Any], program: Program, wrt: Wrt | None) -> tuple[list[str], Tree]:
    """The input symbols that `wrt` stands for, and how their gradients nest."""
    rest = iter(program.inputs)
    by_argument = {argument: [next(rest).name for _ in range(tree.leaves)] for argument, tree in program.arguments}
    trees = dict(program.arguments)
    floats = {symbol.name for symbol in program.inputs if symbol.dtype.kind == "f"}
    if wrt is None:
        wanted = [argument for argument, leaves in by_argument.items() if leaves and floats.issuperset(leaves)]
        several = len(wanted) > 1
    else:
        order = list(by_argument)
        given, several = listed(f, wrt)
        wanted = [
            order[position_of(f, each, len(order))] if isinstance(each, int) else printable(each) for each in given
        ]
    names: list[str] = []
    parts: list[Tree] = []
    for each in wanted:
        leaves = by_argument.get(each, [each])
        for leaf_name in leaves or [each]:
            if leaves and all(symbol.name != leaf_name for symbol in program.inputs):
                known = ", ".join(by_argument)
                refuse_function(f, f"{name_of(f)} has no argument {each!r}", f"name one of {known}")
            if leaf_name not in floats:
                refuse_function(
                    f, f"{leaf_name} holds no floats, and derivatives are taken of floats", "leave it out of wrt"
                )
        names += leaves
        parts.append(trees.get(each, LEAF))
    if not names:
        refuse_function(
            f, f"{name_of(f)} has no float argument to take the derivative of", "pass floats, or arrays of them"
        )
    return names, Tree(tuple, tuple(range(len(parts))), tuple(parts)) if several else parts[0]
