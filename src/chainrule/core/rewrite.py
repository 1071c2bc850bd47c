"""Rewrites a program by a table of rules, and removes dead code.

`simplification.py` has the tables. A rule looks at one equation, and may replace it by an operand or a smaller expression; the
target keeps its name.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from .dims import ShapeMismatch
from .errors import ProgramError
from .layout import canonical
from .nouns import Condition, Constant, Equation, Operand, Params, Program, Symbol
from .primitive import PRIMITIVES, Primitive

_MAX_PASSES = 60  # and as many more as there are equations, since a deep chain may clear by a level a pass


@dataclass(frozen=True)
class Apply:
    """An expression: an operation on operands or expressions."""

    name: str
    inputs: tuple[Expression, ...]
    params: Params = ()


Expression: TypeAlias = Operand | Apply
RewriteRule: TypeAlias = Callable[["Scope", Equation], "Expression | None"]


@dataclass
class Scope:
    """The program around an equation, as a rule sees it."""

    uses: Counter[str]
    inputs: dict[str, Symbol]
    outputs: set[str]
    equations: dict[str, Equation] = field(default_factory=dict)
    by_content: dict[tuple[object, ...], Symbol] = field(default_factory=dict)

    def made_by(self, operand: Expression, *names: str) -> Equation | None:
        """The equation of an unnamed temporary, if its operation has one of these names."""
        if not isinstance(operand, Symbol) or operand.kind not in ("temporary", "error"):
            return None
        equation = self.equations.get(operand.name)
        return equation if equation is not None and equation.primitive.name in names else None

    def used_once(self, operand: Operand) -> bool:
        """Whether a symbol is read only once."""
        return isinstance(operand, Symbol) and self.uses[operand.name] <= 1

    def content(self, primitive: Primitive, inputs: Sequence[Operand], params: Params) -> tuple[object, ...]:
        """A key that is equal for equations that compute the same."""
        keys = tuple(operand.name if isinstance(operand, Symbol) else operand for operand in inputs)
        return (primitive.name, keys, tuple((name, type(value), value) for name, value in params))


def on(*operations: str) -> Callable[[RewriteRule], RewriteRule]:
    """Restrict a rule to equations of these operations; used as a decorator."""

    def restrict(rule: RewriteRule) -> RewriteRule:
        vars(rule)["operations"] = operations
        return rule

    return restrict


@functools.lru_cache(maxsize=4096)
def _applicable(rules: tuple[RewriteRule, ...], name: str, derived: bool) -> tuple[tuple[int, RewriteRule], ...]:
    """The rules for an operation, in the user's own lines or in a derivative's, each with its place in the table."""
    return tuple(
        (place, rule)
        for place, rule in enumerate(rules)
        if name in vars(rule).get("operations", (name,)) and derived >= ("in_derivative" in vars(rule))
    )


def rewrite(program: Program, rules: Sequence[RewriteRule], finished: dict[int, Program] | None = None) -> Program:
    """Apply the rules until none applies any more, then remove dead code; blocks that are finished are left as they are."""
    fresh, rules, finished = itertools.count(1), tuple(rules), {} if finished is None else finished
    for _ in range(_MAX_PASSES + len(program.equations)):
        done: list[str] = []
        before, program = program, without_dead_code(_pass(program, rules, done, fresh, finished))
        if not done and program.blocks == before.blocks:
            program = before if "is_final" in vars(before) else canonical(program, final=True).check()
            vars(program)["is_final"] = True  # so that the next table need not do it again
            return finished.setdefault(id(program), program)
    raise ProgramError(f"{program.name}: the rewrites {', '.join(sorted(set(done)))} undo each other without end.")


TRIMMED: dict[str, Callable[[Equation, set[str]], list[Equation]]] = {}
"""Operations that can do without some of their results: what stands in the place of an equation if only these are needed."""


def without_dead_code(program: Program) -> Program:
    """The program without the equations that neither an output nor a condition depends on."""
    needed = {o.name for o in (*program.outputs, *(c.symbol for c in program.conditions)) if isinstance(o, Symbol)}
    remaining: list[Equation] = []
    for equation in reversed(program.equations):
        if any(target.name in needed for target in equation.targets):
            trim = TRIMMED.get(equation.primitive.name)
            kept = trim(equation, needed) if trim is not None else [equation]
            remaining += reversed(kept)
            needed |= {operand.name for each in kept for operand in each.inputs if isinstance(operand, Symbol)}
    return replace(program, equations=tuple(reversed(remaining)))


def _pass(
    program: Program,
    rules: tuple[RewriteRule, ...],
    done: list[str],
    fresh: Iterator[int],
    finished: dict[int, Program],
) -> Program:
    scope = Scope(
        Counter(operand.name for operand in program.operands() if isinstance(operand, Symbol)),
        {symbol.name: symbol for symbol in program.inputs},
        {operand.name for operand in program.outputs if isinstance(operand, Symbol)},
    )
    replaced: dict[str, Operand] = {}
    renamed: dict[str, Symbol] = {}  # a temporary that takes the place of a named symbol takes its name
    equations: list[Equation] = []

    def emit(equation: Equation) -> Symbol:
        equations.append(equation)
        scope.equations[equation.target.name] = equation
        key = scope.content(equation.primitive, equation.inputs, equation.params)
        scope.by_content.setdefault(key, equation.target)
        return equation.target

    def flatten(expression: Expression, like: Equation) -> Operand:
        if not isinstance(expression, Apply):
            return expression
        inputs = tuple(flatten(each, like) for each in expression.inputs)
        primitive = PRIMITIVES[expression.name]
        ((shape, dtype),) = primitive.infer(inputs, expression.params)
        target = Symbol(f"·{next(fresh)}", shape, dtype)
        return emit(Equation((target,), primitive, inputs, expression.params, like.origin))

    blocks = {each: finished.get(id(each)) or rewrite(each, rules, finished) for each in program.blocks}
    for original in program.equations:
        if blocks:
            params = ((name, blocks[each] if isinstance(each, Program) else each) for name, each in original.params)
            original = replace(original, params=tuple(params))
        inputs = _substituted(original, replaced)
        equation = original if inputs == original.inputs else replace(original, inputs=inputs)
        done += [
            f"{old.name} = {new}"
            for old, new in zip(original.inputs, inputs, strict=True)
            if old is not new and isinstance(new, Constant)
        ]
        derived = bool(equation.origin.derivative_of)
        known = len(equation.targets) == 1 and equation.primitive.name in PRIMITIVES
        waiting = [*_applicable(rules, equation.primitive.name, derived)] if known else []
        while waiting:
            (place, rule), *waiting = waiting
            found = rule(scope, equation)
            if found is None or not _fits(found, equation.target):
                continue
            if isinstance(found, Constant) and equation.target.name in scope.outputs:
                if equation.primitive.name == "identity":  # it stays, and who else takes it takes the number
                    replaced[equation.target.name] = found
                    continue
                bare = equation.target.dtype == np.float64 and isinstance(found.value, float)
                found = Apply("identity", (found if bare else _typed(found, equation.target),))  # it keeps its name
            if not isinstance(found, Constant):  # which is done once somebody takes the number
                done.append(rule.__name__)
            if isinstance(found, Apply):
                inner = tuple(flatten(each, equation) for each in found.inputs)
                equation = replace(equation, primitive=PRIMITIVES[found.name], inputs=inner, params=found.params)
                waiting = [each for each in _applicable(rules, found.name, derived) if each[0] > place]
            else:
                replaced[equation.target.name] = found
                if equation.target.kind != "temporary" and isinstance(found, Symbol) and found.kind == "temporary":
                    renamed.setdefault(found.name, equation.target)
                break
        if not isinstance(replaced.get(equation.target.name), Symbol):
            emit(equation)  # also where a number replaced it, for those who need its number type

    def final(operand: Operand) -> Operand:
        found = replaced.get(operand.name) if isinstance(operand, Symbol) else None
        if isinstance(found, Symbol):
            operand = found
        return renamed.get(operand.name, operand) if isinstance(operand, Symbol) else operand

    def settled(equation: Equation) -> Equation:
        targets = tuple(renamed.get(target.name, target) for target in equation.targets)
        inputs = tuple(map(final, equation.inputs))
        same = targets == equation.targets and inputs == equation.inputs
        return equation if same else replace(equation, targets=targets, inputs=inputs)

    conditions: dict[str, Condition] = {}  # two that became one are asserted once
    for condition in program.conditions:
        symbol = final(condition.symbol)
        if isinstance(symbol, Symbol):
            conditions.setdefault(symbol.name, replace(condition, symbol=symbol))
    return replace(
        program,
        equations=tuple(map(settled, equations)),
        outputs=tuple(map(final, program.outputs)),
        conditions=tuple(conditions.values()),
    )


def _substituted(equation: Equation, replaced: dict[str, Operand]) -> tuple[Operand, ...]:
    """The inputs of an equation with their replacements; a number gets its dtype where a Python number would not do."""
    new = tuple(replaced.get(o.name, o) if isinstance(o, Symbol) else o for o in equation.inputs)
    if not any(
        isinstance(o, Constant) and isinstance(old, Symbol) for o, old in zip(new, equation.inputs, strict=True)
    ):
        return new
    declared = tuple((target.shape, target.dtype) for target in equation.targets)
    if equation.primitive.takes_numbers and equation.primitive.infer(new, equation.params) == declared:
        return new
    return tuple(map(_typed, new, equation.inputs))


def _typed(new: Operand, old: Operand) -> Operand:
    if not isinstance(new, Constant) or not isinstance(old, Symbol) or isinstance(new.value, np.ndarray):
        return new
    if hasattr(new.value, "terms"):  # as an array, it would not know of which sizes it is
        return Constant(new.value * 1.0) if old.dtype == np.float64 else old
    return Constant(np.array(new.value, old.dtype), "c")


def _fits(expression: Expression, target: Symbol) -> bool:
    if isinstance(expression, Constant) and not isinstance(expression.value, np.ndarray):
        return target.shape == () and target.dtype.kind == "f"
    try:
        return _infer(expression) == (target.shape, target.dtype)
    except (ShapeMismatch, TypeError):
        return False


def _infer(expression: Expression) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    if isinstance(expression, Symbol):
        return expression.shape, expression.dtype
    if isinstance(expression, Constant):
        return expression.shape, np.asarray(expression.value).dtype
    stand_ins = [Symbol("·", *_infer(each)) if isinstance(each, Apply) else each for each in expression.inputs]
    return PRIMITIVES[expression.name].infer(stand_ins, expression.params)[0]
