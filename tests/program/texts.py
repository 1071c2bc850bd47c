"""What must hold of a program's text: printed, executed and traced again it is the same program, and gives the same bits."""

import contextlib
import functools
import itertools
import linecache
import os
import re
import symtable
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from chainrule.core import python
from chainrule.core.border import printable
from chainrule.core.layout import canonical, layout
from chainrule.core.nouns import Constant, Symbol
from chainrule.core.primitive import DISPATCHERS, HELPERS
from chainrule.core.python import ARRANGEMENTS, function_text
from chainrule.core.rewrite import without_dead_code
from chainrule.core.simplification import simplify
from chainrule.core.structure import LEAF
from chainrule.core.tracing import trace
from chainrule.program import literals
from chainrule.program.sizes.keeping import sizes_kept
from chainrule.program.sizes.programs import owned, with_assumptions
from chainrule.run import checked

NO_NAMES = os.environ.get("CHAINRULE_TEST_NO_NAMES") == "1"


def require(truth, *told):
    """An assertion that holds under `python -O` too; what it tells, as `print` does, is formatted only where it fails."""
    if not truth:
        raise AssertionError(" ".join(map(str, told)))


def executed(program):
    """The function of a program's text, run by itself; it takes the constants that the text does not write."""
    scope = {}
    exec(compile(str(program), "<printed>", "exec"), scope)
    names = scope[program.name].__code__.co_varnames[: scope[program.name].__code__.co_argcount]
    constants = {each.name: each.value for each in program.constants if each.name in names}
    return functools.partial(scope[program.name], **constants)


def slopes_by_differences(f, args):
    """The slopes of a function by its first argument, an array or a number."""
    x, *others = args
    steps = 1e-6 * np.eye(np.size(x)).reshape(-1, *np.shape(x))
    return np.reshape([(f(x + step, *others) - f(x - step, *others)) / 2e-6 for step in steps], np.shape(x))


def text(program, args):
    """Printed, executed and traced again it is the same program; and the text computes what the equations do."""
    scope = {}
    exec(compile(str(program), "<printed>", "exec", optimize=0), scope)
    unreserved = [name for name in free_names(str(program)) if printable(name) == name]
    require(not unreserved, "a variable of the user's may be called", unreserved, "which the text looks up")
    expected = checked.run(program, args)
    equal(scope[program.name](*args, *(each.value for each in given(scope[program.name], program))), expected)
    equal(program(*args), expected)
    if program.blocks:
        return  # rows of loops are written in place, and calls become what is called
    constants = [constant.value for constant in program.constants]
    source = taking_arrays(program)
    linecache.cache["<printed>"] = len(source), None, source.splitlines(keepends=True), "<printed>"  # which has names
    exec(compile(source, "<printed>", "exec", optimize=0), scope)
    # Only σ and σ′ are recognized by their text; the other helpers' names stand for the operations that they are.
    scope.update({name: made for name, made in DISPATCHERS.items() if not name.startswith("sigmoid")})
    # Where sizes are not kept, functions that compute for those at hand do not say so.
    has_sizes = any(type(size) is not int for symbol in program.inputs for size in symbol.shape)
    with sizes_kept() if has_sizes else contextlib.nullcontext():
        again = owned(simplify(with_assumptions(trace(scope[program.name], (*args, *constants))), "textbook"))
    if not program.conditions and again.conditions:  # a constant mask is an argument now, and what it takes is asserted
        again = canonical(without_dead_code(replace(again, conditions=())), final=True)
    if NO_NAMES:  # then the printed names are not found either: the same numbers must do
        equal(again(*args, *constants), expected, within=0.0 if len(again.constants) == len(constants) else 1e-13)
        return
    again, was = stored(again), stored(computed(without_aliases(constants_as_inputs(program))))
    if again != was:
        raise AssertionError(f"traced again, it is\n{again}\nand was\n{was}\n{difference(again, was)}")
    was = replace(was, demands=again.demands)  # of which some are those of constants, as inputs
    if len(was.equations) == len(program.equations):
        require(
            without_places(again) == without_places(was),
            "the same program has two texts",
            without_places(again),
            without_places(was),
        )


def free_names(source):
    """The names that the functions of a text look up outside of the text: Python's own."""
    module = symtable.symtable(source, "<printed>", "exec")
    bound = {symbol.get_name() for symbol in module.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    functions = [table for table in module.get_children() if table.get_name() not in HELPERS]
    used = {symbol.get_name() for table in functions for symbol in table.get_symbols() if symbol.is_global()}
    return used - bound


def stored(program):
    """The program with versions of an array called by the one name that they have in the text, and numbered."""
    plan, names, count = layout(program), {}, Counter()
    for arrange in ARRANGEMENTS:
        plan = arrange(program, plan)
    for equation in program.equations:
        for target in equation.targets:
            if target.name in plan.names:
                printed = plan.names[target.name]
                count[printed] += 1
                names[target.name] = f"{printed}.{count[printed]}"

    def named(operand):
        return replace(operand, name=names.get(operand.name, operand.name)) if isinstance(operand, Symbol) else operand

    equations = [
        replace(e, targets=tuple(map(named, e.targets)), inputs=tuple(map(named, e.inputs))) for e in program.equations
    ]
    conditions = tuple(replace(each, symbol=named(each.symbol)) for each in program.conditions)
    return replace(
        program, equations=tuple(equations), outputs=tuple(map(named, program.outputs)), conditions=conditions
    )


def without_aliases(program):
    """The program without lines like `dC_db = δ_z`: a plain assignment leaves no trace."""
    meant = {}
    equations = []
    for equation in program.equations:
        inputs = tuple(meant.get(o.name, o) for o in equation.inputs)
        if equation.primitive.name == "identity":
            meant[equation.target.name] = inputs[0]
        else:
            equations.append(replace(equation, inputs=inputs))
    outputs = tuple(meant.get(o.name, o) for o in program.outputs)
    return replace(program, equations=tuple(equations), outputs=outputs)


def computed(program):
    """The program with what depends on no input in place: Python computes `np.broadcast_to(1.0, (3,))`, and no trace is left."""
    values = {}
    equations = []

    def value(operand):
        return values[operand.name] if isinstance(operand, Symbol) else operand.value

    def placed(operand, given_back=False):
        if operand.name not in values:
            return operand
        found = values[operand.name]
        plain = not isinstance(found, np.generic) if given_back else np.shape(found) == ()
        return Constant(np.array(found), "c") if isinstance(found, np.ndarray) or not plain else Constant(_item(found))

    for equation in program.equations:
        if all(isinstance(o, Constant) or o.name in values for o in equation.inputs):
            function = equation.primitive.function(equation.params, len(equation.inputs))
            found = function(*map(value, equation.inputs))
            parts = found if len(equation.targets) > 1 else (found,)
            values.update(zip((target.name for target in equation.targets), parts, strict=True))
        else:
            equations.append(replace(equation, inputs=tuple(map(placed, equation.inputs))))
    if not values:
        return program
    inside = layout(program).inlined  # what has a line of its own is traced under its printed name
    equations = [
        e if e.target.name in inside else replace(e, targets=tuple(replace(t, kind="named") for t in e.targets))
        for e in equations
    ]
    outputs = tuple(placed(o, given_back=True) for o in program.outputs)
    return canonical(replace(program, equations=tuple(equations), outputs=outputs), final=True)


def _item(number):
    return number.item() if isinstance(number, np.generic) else number


def given(function, program):
    """The arrays that a printed function takes after the program's arguments; it makes the others itself."""
    names = function.__code__.co_varnames[len(program.arguments) : function.__code__.co_argcount]
    found = [constant for constant in program.constants if constant.name in names]
    require(len(found) == len(names), names, "are not the arrays of", program)
    return found


def taking_arrays(program):
    """The text as a function of all its arrays, also of those that it would make itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(python, "ARRANGEMENTS", [each for each in ARRANGEMENTS if each is not literals.make_arrays])
        return str(program)


def constants_as_inputs(program):
    """The program as a function of its array constants too."""
    symbols = {c.name: Symbol(c.name, c.shape, c.value.dtype, "input") for c in program.constants}

    def lifted(operand):
        return symbols.get(operand.name, operand) if isinstance(operand, Constant) else operand

    return replace(
        program,
        inputs=(*program.inputs, *symbols.values()),
        arguments=(*program.arguments, *((name, LEAF) for name in symbols)),
        equations=tuple(replace(e, inputs=tuple(map(lifted, e.inputs))) for e in program.equations),
        outputs=tuple(map(lifted, program.outputs)),
    )


def without_places(program):
    """The printed function without the places that its branches and its stretches come from."""
    without_headings = re.sub(r"(?m)^ +# (.*, .*:\d+|back through .*)\n", "", function_text(program))
    return re.sub(r"(?m)(^ *if .*?:) *  # .*$", r"\1", without_headings)


def difference(one, other):
    """The first equations that differ."""
    for a, b in itertools.zip_longest(one.equations, other.equations):
        if a != b:
            return f"{a}\n{b}"
    return "not in the equations"


def equal(one, other, within=0.0):
    """Bit for bit, in nested containers too; or `within` so much of the largest number, where an array that was a number
    spread over a shape has become a whole one: BLAS then sums in another order.
    """
    if isinstance(one, (tuple, list)):
        require(len(one) == len(other), "different lengths")
        for a, b in zip(one, other, strict=True):
            equal(a, b, within)
    elif isinstance(one, dict):
        require(list(one) == list(other), "different keys")
        equal(list(one.values()), list(other.values()), within)
    else:
        a, b = np.asarray(one), np.asarray(other)
        require((a.shape, a.dtype) == (b.shape, b.dtype), a.shape, a.dtype, "is not", b.shape, b.dtype)
        if within and a.dtype.kind == "f":
            np.testing.assert_allclose(a, b, rtol=within, atol=within * np.max(np.abs(b), initial=0.0))
            return
        require(a.tobytes() == b.tobytes(), a, "is not", b, "bit for bit")
