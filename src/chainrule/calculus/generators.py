"""Random generators as arguments of compiled functions: what is drawn of them becomes inputs, drawn anew at each call.

The function runs once on a generator that notes what is asked of it, and is then traced on one that hands out the inputs.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.location import refuse
from ..core.messages import message
from ..core.structure import Tree, flatten
from ..core.traced import Traced


@dataclass
class Draw:
    """What is asked of a generator: which one, by which method, with which arguments; and what it gave."""

    generator: int
    method: str
    args: tuple[Any, ...]
    keywords: dict[str, Any]
    value: Any

    def again(self, generators: Sequence[np.random.Generator]) -> Any:
        """The same of other generators."""
        return np.asarray(getattr(generators[self.generator], self.method)(*self.args, **self.keywords))


class Noted(np.random.Generator):
    """A copy of a generator that notes what is drawn of it; once there are `inputs`, it hands out those instead."""

    def __init__(self, original: np.random.Generator, number: int, draws: list[Draw]):
        super().__init__(copy.deepcopy(original.bit_generator))
        self.plain = np.random.Generator(self.bit_generator)  # whose methods call one another
        self.number, self.draws = number, draws
        self.inputs: Iterator[Any] | None = None

    def __hash__(self) -> int:
        return id(self)

    def draw(self, method: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What a method gives."""
        if method not in _SCALED:
            return self._taken(method, args, keywords)
        standard, names, scaled = _SCALED[method]
        known = dict(zip((*names, "size"), args, strict=False)) | keywords
        size = known.pop("size", None)
        shape = np.broadcast_shapes(*map(np.shape, known.values())) if size is None else size
        if self.inputs is None and not _is_traced(known.values()):  # NumPy may refuse
            getattr(np.random.Generator(copy.deepcopy(self.bit_generator)), method)(*args, **keywords)
        found = self._taken(standard, (), {"size": None if shape == () else shape})
        return scaled(found, **known) if known else found

    def _taken(self, method: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if _is_traced((*args, *keywords.values())):
            refuse(
                "{method} is drawn with traced numbers", "draw standard numbers, and compute with them", method=method
            )
        if self.inputs is None:
            value = getattr(self.plain, method)(*args, **keywords)
            self.draws.append(Draw(self.number, method, args, keywords, value))
            return value
        draw, found = next(self.inputs, (None, None))
        if draw is None or (draw.generator, draw.method) != (self.number, method):
            refuse("{method} is drawn here, and was not in the run before", "draw the same in each run", method=method)
        return found


def _is_traced(values: Iterable[Any]) -> bool:
    return any(isinstance(each, Traced) for each in values)


def _method(name: str) -> Callable[..., Any]:
    def method(self: Noted, *args: Any, **keywords: Any) -> Any:
        return self.draw(name, args, keywords)

    return method


def _refused(name: str, instead: str) -> Callable[..., Any]:
    def method(self: Noted, *args: Any, **keywords: Any) -> Any:
        refuse("{method} cannot be drawn anew at each call", instead, method=name)

    return method


for _name in dir(np.random.Generator):
    if not _name.startswith("_") and _name not in ("bit_generator", "spawn", "shuffle"):
        setattr(Noted, _name, _method(_name))
for _name, _instead in (
    ("shuffle", message("write x[rng.permutation(len(x))]")),
    ("spawn", message("pass two generators")),
):
    setattr(Noted, _name, _refused(_name, _instead))

_SCALED: dict[str, tuple[str, tuple[str, ...], Callable[..., Any]]] = {
    "normal": ("standard_normal", ("loc", "scale"), lambda z, loc=0.0, scale=1.0: loc + scale * z),
    "uniform": ("random", ("low", "high"), lambda u, low=0.0, high=1.0: low + (high - low) * u),
    "exponential": ("standard_exponential", ("scale",), lambda e, scale=1.0: scale * e),
}
"""Draws that are standard ones, computed with: which, the parameters, and how. They take as much of the stream."""


class Drawn:
    """The draws of a function of arguments that hold generators, and how it is traced and called with them.

    `traced` is the function of these arguments and, behind them, of what was drawn; `args` are those that it is traced with.
    """

    def __init__(self, f: Callable[..., Any], parts: Sequence[tuple[list[Any], Tree]]):
        self.draws: list[Draw] = []
        originals = generators_of(parts)
        noted = [Noted(each, number, self.draws) for number, each in enumerate(originals)]
        f(*_with(parts, noted))
        copies = [Noted(each, number, self.draws) for number, each in enumerate(originals)]
        count = len(parts)

        def traced(*full: Any) -> Any:
            inputs = iter(list(zip(self.draws, full[count:], strict=True)))
            for each in copies:
                each.inputs = inputs
            found = f(*full[:count])
            if next(inputs, None) is not None:
                refuse("fewer numbers are drawn than in the run before", "draw the same in each run")
            return found

        self.traced = traced
        self.args = [*_with(parts, copies), *(np.asarray(each.value) for each in self.draws)]

    def calling(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The program's function as one of the arguments alone: it draws the rest."""

        def run(*full: Any) -> Any:
            generators = generators_of([flatten(arg, (np.random.Generator,)) for arg in full])
            return function(*full, *[draw.again(generators) for draw in self.draws])

        return run


def generators_of(parts: Sequence[tuple[list[Any], Tree]]) -> list[np.random.Generator]:
    """The generators among the leaves of arguments."""
    return [each for found, _ in parts for each in found if isinstance(each, np.random.Generator)]


def _with(parts: Sequence[tuple[list[Any], Tree]], generators: Iterable[Noted]) -> list[Any]:
    """The arguments, with other generators."""
    left = iter(generators)
    return [
        tree.build(iter([next(left) if isinstance(each, np.random.Generator) else each for each in found]))
        for found, tree in parts
    ]
