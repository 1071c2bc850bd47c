"""Refuses random numbers that are drawn while a function becomes a program, which would repeat them at every call.

The states of the generators that a function reaches are compared before and after it runs, and those of the two modules, which
a library may draw from. Of `random`, that is done only in a process of one thread if the function does not name it: event
loops in other threads draw from it all the time. A generator that the function itself creates without a seed is compared, too,
if it comes from `np.random.default_rng`; of others, drawing the seed from the operating system is refused (`stand_ins.py`).
"""

from __future__ import annotations

import dis
import inspect
import random
import threading
from collections.abc import Callable, Sequence
from contextvars import Token
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from .interception import Bound, Place, places_of
from .reach import LISTS, Reach, may_hold_lists
from .stand_ins import SOURCES, once, refuse_draws, state_of, unseeded

GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
# The generators behind the functions of the two modules, which are its methods.
_GLOBAL = {np.random: getattr(np.random.rand, "__self__", None), random: getattr(random.random, "__self__", None)}


class Draws(Bound):
    """`with Draws(function, args) as called:` runs a function once, and refuses random numbers that it draws, by line."""

    __slots__ = ("before", "function", "tokens")

    def __init__(self, function: Callable[..., Any], args: Sequence[Any]):
        reach = Reach(function, args)
        if may_hold_lists(args):
            reach.used.add(LISTS)
        super().__init__(function, [*places_of(reach), *(Place(*each) for each in SOURCES)], reach.used)
        self.function = function
        found: dict[int, tuple[Any, CodeType | None, str]] = {}
        for held, _, _, code, name in reach.met:
            generator = _GLOBAL.get(held) if type(held) is ModuleType else held
            if isinstance(generator, GENERATORS) and not isinstance(generator, random.SystemRandom):
                found.setdefault(id(generator), (generator, code, name))
        for module, generator in _GLOBAL.items():
            if module is np.random or threading.active_count() == 1:
                found.setdefault(id(generator), (generator, None, ""))
        self.before = [(each, state_of(each[0])) for each in found.values()]

    def __enter__(self) -> Callable[..., Any]:
        self.tokens: tuple[Token[bool], Token[Any]] = once.set(True), unseeded.set([])
        return super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        created = unseeded.get()
        once.reset(self.tokens[0])
        unseeded.reset(self.tokens[1])
        super().__exit__(kind, *error)
        if kind is None:
            for new, state, creator, line in created:
                if state_of(new) != state:
                    refuse_draws(creator, line)
            for (generator, code, name), state in self.before:
                if state_of(generator) != state:
                    code = code or getattr(inspect.unwrap(self.function), "__code__", None)
                    refuse_draws(code, _line(code, name) if code else 0)


def _line(code: CodeType, name: str) -> int:
    """The first line of a code object that contains a name, or its own first line."""
    steps = dis.get_instructions(code)
    found = (step.positions.lineno for step in steps if name in _named(step) and step.positions)
    return next((line for line in found if line), code.co_firstlineno)


def _named(step: dis.Instruction) -> tuple[Any, ...]:
    """What an instruction names; from Python 3.13 on, one may load two variables."""
    return step.argval if step.opname.startswith("LOAD_FAST") and isinstance(step.argval, tuple) else (step.argval,)
