"""The text of a program in Python, a complete function with shapes as comments; this text is what runs."""

from __future__ import annotations

import functools
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from types import FunctionType
from typing import Any, TypeAlias

from .dims import shape_text
from .layout import Layout, Node, Operation, layout
from .nouns import TEXTS, Condition, Constant, Equation, Program, Symbol
from .primitive import DISPATCHERS, HELPERS, namespace
from .structure import Tree, builder
from .template import PRIMARY, UNARY, Piece

_COMMENT_COLUMN = 56

STATEMENTS: dict[str, Callable[[Equation, Layout, Program], list[tuple[str, str]]]] = {}
"""Operations that are written as statements: the code of each of its lines, and a note."""
WRITTEN: dict[str, Callable[[Equation, list[Piece]], Piece | None]] = {}  # on the operands' text
SHORTER: list[Callable[[Any], Piece | None]] = [lambda value: None]  # how a number is written shorter, with its bits
HEADINGS: list[Callable[[Sequence[Equation | Condition]], list[list[str]]]] = []
"""The functions that give what stands above each line of a program."""
Rows: TypeAlias = list[tuple[str, str]]  # code and its note


def expression(node: Node) -> Piece:
    """A tree as Python; a leaf is its name or its number."""
    if isinstance(node, Operation):
        equation, operands = node.equation, list(map(expression, node.operands))
        own = WRITTEN.get(equation.primitive.name)
        return (own(equation, operands) if own else None) or equation.primitive.write(operands, equation.params)
    return number(node.value) if isinstance(node, Constant) and not node.name else Piece(node.name)


def assertion(condition: Condition, plan: Layout) -> Sequence[str]:
    """What holds by a condition, and its opposite: `x[0] > 0` and `not (x[0] > 0)`."""
    truth = expression(plan.node(condition.symbol))
    inner = truth.text if truth.strength >= PRIMARY else f"({truth.text})"
    return (truth.text, f"not {inner}")[:: 1 if condition.expected else -1]


def guard_rows(test: str, made: str, place: str = "") -> Rows:
    """The lines that refuse what a program was not made for, which Python's -O does not leave out."""
    said = f"made {made}; make it again for other arguments"
    return [(f"if {test}:", place), (f"    raise ValueError({said!r})", "")]


def number(value: Any) -> Piece:
    """A Python number as source text, or as the text that it brings."""
    if isinstance(own := getattr(value, "piece", None) or SHORTER[0](value), Piece):
        return own
    text = repr(value) if not isinstance(value, complex) or value.real or value.imag >= 0 else f"-{-value}"
    text = {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(text, text)
    return Piece(text, UNARY if text.startswith("-") else PRIMARY)


def text(program: Program) -> str:
    """The text of a program: imports, the helpers that it calls, and one function."""
    function = function_text(program)
    primitives = {each.primitive for part in program.parts() for each in part.equations}
    helpers = {each: helper_source(each) for each in helpers_of(program)}
    whole = "".join([function, *helpers.values()])  # in which some are written by assignment instead
    prelude = [source for each, source in helpers.items() if whole.count(f"{each}(") > 1]
    called = [*prelude, *(each.python.source for each in primitives)]
    scipy = sorted({f"import scipy.{each.partition('scipy.')[2].split('.')[0]}" for each in called if "scipy." in each})
    imports = "\n".join(["import numpy as np", *scipy, *_imports(program)])
    return "\n\n".join([f"{imports}\n", *prelude, function]) + "\n"


def _imports(program: Program) -> Iterator[str]:
    for name, made in sorted(_classes(program).items()):
        importable = getattr(sys.modules.get(made.__module__), name, None) is made and made.__module__ != "__main__"
        yield (
            f"from {made.__module__} import {name}" if importable else f"# {name}: the class of that name in your code"
        )


def _classes(program: Program) -> dict[str, type]:
    return {made.__name__: made for part in program.parts() for made in part.results.classes()}


ARRANGEMENTS: list[Callable[[Program, Layout], Layout]] = []
"""What changes how lines are written, such as writes to arrays as assignments."""


def functions_of(program: Program) -> list[Program]:
    """The programs that it calls as functions, each once, after those that it calls itself."""
    found = (each for block in program.blocks for each in (*functions_of(block), block))
    return [each for each in dict.fromkeys(found) if each.name.isidentifier()]


def function_text(program: Program, arranged: bool = True) -> str:
    """The functions that it calls, and its own; if they are not `arranged`, each line makes a new array."""
    functions = *functions_of(program), program
    return "\n\n\n".join(_definition(each, arranged, each is program) for each in functions)


def _definition(program: Program, arranged: bool, checked: bool) -> str:
    # Perhaps with other numbers, and the lines that refuse other arguments and say what the numbers are.
    program, checks, first = TEXTS["presented"](program, checked)
    plan = layout(program)
    for arrange in ARRANGEMENTS if arranged else ():
        plan = arrange(program, plan)
    constants = [each for each in program.constants if each.name not in plan.made | plan.names]
    parameters = [*dict(program.arguments), *(constant.name for constant in constants)]
    rows: Rows = [*checks, *plan.made.values()]
    lines = list(plan.lines(program))
    headings = [found(lines) for found in HEADINGS]
    order = iter(program.inputs)
    comments: list[str] = []
    for name, tree in program.arguments:
        parts = _parts(tree, name, order)
        if tree.is_leaf:
            comments.append(f"    # {name}: {parts[0][1]}")
        else:
            rows += parts
    comments += [f"    # {constant.name}: {shape_text(constant.shape)}, constant" for constant in constants]
    start = len(rows)
    for number, line in enumerate(lines):
        rows += [(above, "") for found in headings for above in found[number]]
        if isinstance(line, Condition):
            truth, opposite = assertion(line, plan)
            rows += guard_rows(opposite, f"where {truth}", line.origin.place)
        elif line.primitive.name in STATEMENTS:
            rows += STATEMENTS[line.primitive.name](line, plan, program)
        else:
            shapes = ", ".join(shape_text(target.shape) for target in line.targets)
            own = (f"{line.written_targets} = {expression(plan.tree(line)).text}", shapes)
            rows += plan.statements.get(line.target.name, [own])
    results = program.results.text(expression(plan.node(output)).text for output in program.outputs)
    rows[start:start] = first()  # of what has been written by now
    column = min(_COMMENT_COLUMN, max((len(code) for code, note in rows if note), default=0))
    body = [f"    {code:<{column}}  # {note}" if note else f"    {code}".rstrip() for code, note in rows]
    return "\n".join([f"def {program.name}({', '.join(parameters)}):", *comments, *body, f"    return {results}"])


def _parts(tree: Tree, path: str, order: Iterator[Symbol]) -> Rows:
    """The lines that take an argument apart: `W, b = params`."""
    flat = tree.kind in (tuple, list) and all(each.is_leaf for each in tree.children)
    if tree.is_leaf or (flat and 0 < tree.leaves < 9):
        symbols = [next(order) for _ in range(tree.leaves)]
        names = ", ".join(each.name for each in symbols)
        left = names if tree.is_leaf or len(symbols) > 1 else f"({names},)"
        return [(f"{left} = {path}", ", ".join(shape_text(each.shape) for each in symbols))]
    children = zip(tree.children, tree.keys, strict=True)
    return [row for child, key in children for row in _parts(child, tree.part(path, key), order)]


def helpers_of(program: Program) -> list[str]:
    """The helpers that the program's operations may call, in the order of their dependencies."""
    called = {equation.primitive.helper for part in program.parts() for equation in part.equations}
    if "sigmoid_prime" in called:
        called.add("sigmoid")
    return [name for name in HELPERS if name in called]


@functools.cache
def helper_source(name: str) -> str:
    """The source of a helper that texts define."""
    source = textwrap.dedent(inspect.getsource(HELPERS[name]))
    # Not by `ast`, which Python 3.11 does not run in several threads at once.
    return source if source.startswith("def ") else source[source.index("\ndef ") + 1 :]


def function(program: Program) -> Callable[..., Any]:
    """The printed function, compiled; it takes the arguments nested as the traced function's."""
    made = compile_text(function_text(program), program.name, tuple(_classes(program).items()))
    last = made.__code__.co_varnames[len(program.arguments) : made.__code__.co_argcount]  # which have defaults here
    constants = tuple(each.value for each in program.constants if each.name in last)
    return FunctionType(made.__code__, made.__globals__, program.name, constants)


@functools.lru_cache(maxsize=256)
def compile_text(source: str, name: str, classes: tuple[tuple[str, type], ...] = ()) -> FunctionType:
    """Execute the text of a function and return it."""
    scope = namespace() | DISPATCHERS | {name: builder(made) for name, made in classes}
    exec(compile(source, f"<{name}>", "exec"), scope)
    made: FunctionType = scope[name]
    return made


TEXTS["presented"] = lambda program, checked: (program, [], list)
TEXTS["python"] = text
TEXTS["function"] = function
TEXTS["call"] = lambda program, args: program._function(*args)
