"""Derivatives as programs to read: `derive`, and `name`, which names an intermediate value in them."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar, get_args

from ..branches.choices import choices_of, keep_choices
from ..branches.tracing import with_branches
from ..calls.hooks import calls_kept
from ..calls.settling import settled
from ..core.border import printable
from ..core.derivative import differentiate
from ..core.errors import TracingError
from ..core.location import refuse
from ..core.messages import listed
from ..core.nouns import Equation, Program, Symbol
from ..core.primitive import PRIMITIVES
from ..core.simplification import Form, simplify
from ..core.structure import LEAF, Tree
from ..core.traced import Traced
from ..core.tracing import name_of, require_function, trace
from ..program.legible import views_apart
from ..program.sizes.keeping import sizes_kept
from ..program.sizes.programs import owned, with_assumptions
from .arguments import Wrt, argument_position, parse_wrt, refuse_function, require_scalar
from .flat_slopes import warn_of_flat_derivative

T = TypeVar("T")


def derive(
    f: Callable[..., Any],
    args: Sequence[Any],
    wrt: Wrt | None = None,
    form: Form = "textbook",
    *,
    loops: bool = True,
    calls: bool = True,
) -> Program:
    """The gradient of `f` as a program that prints and runs.

    To read a second derivative, derive the sum of v * grad(f), as below: along a direction v it is one array.
    `trace(hessian(f), args)` writes the whole matrix, row by row.

    Args:
        f: A function of NumPy arrays and floats, or nests of them, whose result is one float.
        args: Example arguments, or a `Spec` where only the shape is known.
        wrt: The arguments to differentiate with respect to, by position or name: `0`, `"w"`, `(0, 1)`, `"w, b"`; also part
            of an argument by its printed name, such as `"layers_0_w"`. By default all float arguments.
        form: `"textbook"`, to read, or `"fast"`, to run.
        loops: Whether a `for` whose turns are alike stays a loop, whose derivative is a loop the other way.
        calls: Whether a function of several lines that `f` calls more than once stays a function, whose derivative is another
            one, its adjoint; where loops stay, and in the textbook form.

    Returns:
        The program, which takes the arguments of `f` and returns one gradient; for several arguments in `wrt`, or a list or
        tuple of one, a tuple of gradients. In the textbook form sizes of arguments are letters, as in `n = x.shape[0]`, one for
        all that an operation needs to be equal (`dimensions` says which), and int arguments stay arguments: the text fits
        others, or refuses what is not as it needs it, such as the sizes of a loop whose turns are written one by one.

    Raises:
        TracingError: The result is not one float, or `wrt` names something that is not an argument.

    Examples:
        >>> import numpy as np
        >>> def cost(w, x):
        ...     return 0.5 * np.sum((w @ x) ** 2)
        >>> print(derive(cost, (np.ones((2, 3)), np.ones((3, 4))), wrt="w"))
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def cost_gradient(w, x):
            # w: n×m
            # x: m×p
            if not (np.ndim(w) == np.ndim(x) == 2 and len(x) == w.shape[1]):
                raise ValueError('made for w n×m, x m×p; make it again for other arguments')
            dC_dw = w @ x @ x.T  # n×m
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
            # x: (n,)
            # v: (n,)
            if not (np.ndim(x) == 1 and np.shape(v) == np.shape(x)):
                raise ValueError('made for x (n,), v (n,); make it again for other arguments')
            dC_dx = 6.0 * (v * x)  # (n,)
            return dC_dx
        <BLANKLINE>
    """
    require_function("derive", f, args)
    if form not in get_args(Form):
        refuse_function(
            f, "there is no form {name!r}", "choose one of {listed}", name=form, listed=listed(get_args(Form))
        )
    to_read = form == "textbook"

    def record(f: Callable[..., Any], keeps_sizes: bool = to_read) -> Program:
        with (
            calls_kept() if calls and to_read else contextlib.nullcontext(),
            sizes_kept() if keeps_sizes else contextlib.nullcontext(),
        ):
            return simplify(with_assumptions(trace(f, args, loops=loops)), "textbook")

    try:
        recorded = with_branches(f, record)
    except TypeError as error:
        if isinstance(error, TracingError) or not to_read:
            raise
        # A function written in C takes no symbolic size: the program is for the sizes and ints at hand, and checks them.
        recorded = with_branches(f, functools.partial(record, keeps_sizes=False))
    program = _of_one_number(recorded)
    require_scalar("derive", f, program.results.build(iter(program.outputs)))
    names, results = chosen(f, program, wrt)
    made = replace(settled(simplify(differentiate(program, names, results), form), program), demands=program.demands)
    warn_of_flat_derivative(f, args, program, names, made)
    return keep_choices(owned(views_apart(made) if to_read else made), choices_of(recorded))


def _of_one_number(program: Program) -> Program:
    """The program with a result that is an array of one element as a number, as `grad` takes `w @ x` of a row and a column."""
    output = program.outputs[0] if program.results.is_leaf else None
    if not isinstance(output, Symbol) or not output.shape or math.prod(output.shape) != 1:
        return program
    targets = (symbol for equation in program.equations for symbol in equation.targets)
    used = {symbol.name for symbol in (*program.inputs, *targets)}
    name = f"{output.name}_"
    while name in used:
        name += "_"
    number = Symbol(name, (), output.dtype)
    element = Equation((number,), PRIMITIVES["sum"], (output,), (("axis", None), ("keepdims", False)))
    return replace(program, equations=(*program.equations, element), outputs=(number,))


def name(symbol: str, expression: T) -> T:
    """Name a value of a traced function in the programs that print it.

    Args:
        symbol: A Python identifier.
        expression: The value.

    Returns:
        The value itself.

    Raises:
        TracingError: `symbol` is not an identifier.

    Examples:
        >>> import numpy as np
        >>> print(trace(lambda x: name("energy", np.sum(x ** 2)) + 1.0, (np.ones(3),)))  # doctest: +ELLIPSIS
        import numpy as np
        ...
            energy = np.sum(x ** 2)  # ()
            return energy + 1.0
        <BLANKLINE>
    """
    if not symbol.isidentifier():
        refuse("{name!r} cannot name a symbol", "use letters, digits and underscores", name=symbol)
    if isinstance(expression, Traced):
        expression.name = symbol
    return expression


def chosen(f: Callable[..., Any], program: Program, wrt: Wrt | None) -> tuple[list[str], Tree]:
    """The names of the inputs that `wrt` selects, and how their gradients nest."""
    rest = iter(program.inputs)
    by_argument = {argument: [next(rest).name for _ in range(tree.leaves)] for argument, tree in program.arguments}
    # A part of an argument is chosen by params_0, too, where the source calls it W.
    paths = (printable(name) for argument, tree in program.arguments for name, _ in tree.paths(argument))
    by_path = dict(zip(paths, (symbol.name for symbol in program.inputs), strict=True))
    trees = dict(program.arguments)
    floats = {symbol.name for symbol in program.inputs if symbol.dtype.kind in "fc"}
    if wrt is None:
        wanted = [argument for argument, leaves in by_argument.items() if leaves and floats.issuperset(leaves)]
        several = len(wanted) > 1
    else:
        order = list(by_argument)
        given, several = parse_wrt(f, wrt)
        wanted = [
            order[argument_position(f, each, len(order))] if isinstance(each, int) else printable(each)
            for each in given
        ]
    names: list[str] = []
    parts: list[Tree] = []
    for each in wanted:
        leaves = by_argument.get(each, [by_path.get(each, each)])
        for leaf_name in leaves or [each]:
            if leaves and all(symbol.name != leaf_name for symbol in program.inputs):
                known = listed(by_argument)
                refuse_function(
                    f,
                    "{subject} has no argument {name!r}",
                    "name one of {listed}",
                    subject=name_of(f),
                    name=each,
                    listed=known,
                )
            if leaf_name not in floats:
                refuse_function(
                    f,
                    "{path} holds no floats, and derivatives are taken of floats",
                    "leave it out of wrt",
                    path=leaf_name,
                )
        names += leaves
        parts.append(trees.get(each, LEAF))
    if not names:
        refuse_function(
            f,
            "{subject} has no float argument to take the derivative of",
            "pass floats, or arrays of them",
            subject=name_of(f),
        )
    return names, Tree(tuple, tuple(range(len(parts))), tuple(parts)) if several else parts[0]
