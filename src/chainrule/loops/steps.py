"""Loops of many turns, of which only the first few run while a function is recorded: `steps`, and `scan` on top of it.

Recording a loop takes time and memory for every turn, although one would do. These loops say that all turns are alike: four run,
are found to be alike, and become a loop of all. Their counter has no value then, so that nothing can depend on it unnoticed.
"""

from __future__ import annotations

import contextlib
import itertools
import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NoReturn

import numpy as np

from ..core.binding import bind, record
from ..core.errors import TracingError
from ..core.location import PACKAGE, refusal, refusal_in, refuse, user_frame
from ..core.messages import listed, message
from ..core.operators import BINARY, COMPARISONS
from ..core.primitive import PRIMITIVES, UFUNCS, Primitive
from ..core.structure import Tree, flatten
from ..core.traced import Tape, Traced, current
from ..core.tracing import LEAF_TYPES, name_of
from ..program.inplace.memory import Turning
from .paths import CHECKPOINT, COUNTING, Checkpoint, place_of, variables
from .places import inner

_MANY = 1000
RECORDED = 4  # turns; the first one may differ, and three more show what moves

TURNS = inner(
    "turns", shape=lambda *shapes, count: (count, *shapes[0]), python="turns({*}, {count})",
    dtype=lambda *dtypes, count: np.result_type(*dtypes), derivative=lambda g, y, *rows, count: [None] * len(rows),
)  # fmt: skip
"""All rows of a loop's results, of which the recorded ones are the inputs."""


class Steps:
    """A loop of `steps` in a recording: how many turns it has, and where it stands."""

    def __init__(self, count: int, tape: Tape):
        assert tape.places is not None
        self.count = count
        frame = user_frame()
        self.code: CodeType | None = None if frame is None else frame.f_code
        self.line = 0 if frame is None else frame.f_lineno
        self.open = True
        self.rolled = False
        self.places, self.begun, self.mark = tape.places, len(tape.places), tape.count
        self.plain: dict[str, Any] = {}

    def look(self, held: Mapping[str, Any], turn: int) -> None:
        """Refuse plain values that differ between turns, since only the recorded turns would count."""
        found = {name: plain for name, value in held.items() if (plain := _plain(value)) is not None}
        for name, value in found.items() if turn == RECORDED - 1 else ():
            if not _same(self.plain.get(name, value), value):
                refuse(
                    "{name} differs between the turns of steps and is not traced, so turns that are left out would be missing",
                    "compute it from the arguments, or write for … in range({count})",
                    name=name,
                    count=self.count,
                )
        self.plain = found

    def refuse(self, what: str, instead: str) -> NoReturn:
        """Refuse something at the loop's line."""
        raise TracingError(refusal_in(self.code, self.line, what, instead))

    def close(self) -> None:
        """The values of the recorded turns are not those of the last one: what follows knows only shapes."""
        self.open = False
        for node, _ in self.places[self.begun :]:
            for each in node.siblings or (node,):
                each.value = None


def _plain(value: Any, inside: bool = True) -> Any:
    """What could change unnoticed in a value: a number, a text, a plain array, how much a container holds, an object's own."""
    if type(value) is tuple:
        return tuple(map(_plain, value))
    if isinstance(value, (list, dict, set)):
        return len(value)
    if isinstance(value, Traced) and value.memory is not None and value.memory.block.node is None:
        return value.memory.array.copy()  # made by the function, and plain so far
    if type(value) in (bool, int, float, str) or isinstance(value, np.generic):
        return value
    if type(value) is np.ndarray:
        return value.copy() if value.size < _MANY else None  # a larger one that is read cannot be written to
    if not inside or isinstance(value, (type, ModuleType, FunctionType, Traced)):
        return None
    return tuple(_plain(each, inside=False) for each in getattr(value, "__dict__", {}).values())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return np.array_equal(one, other)


class Turn(Turning):
    """The counter of a loop of `steps`: an int of which only places and sums can be made, since its value stands for others."""

    __slots__ = ("counts", "loops", "value")
    __class__ = property(lambda self: int)  # what takes ints takes it

    def __init__(self, value: int, counts: tuple[int, ...], loops: tuple[Steps | None, ...]):
        self.value = value
        self.counts = counts
        self.loops = loops

    def __index__(self) -> int:
        caller = sys._getframe(1)
        if not all(loop is None or loop.open for loop in self.loops):
            refuse("the counter of steps is used after its loop", "use the number of turns less one")
        if not caller.f_code.co_filename.startswith(PACKAGE):
            self.__array__()
        return self.value

    __int__ = __index__

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        refuse(
            "the counter of steps has no value where NumPy or Python needs one",
            "index an array with it, or scan over the rows of one",
        )

    def _needed(self, *_: Any) -> NoReturn:
        self.__array__()

    __float__ = __divmod__ = __rdivmod__ = _needed
    dtype = ndim = shape = property(_needed)

    def __bool__(self) -> bool:
        return bool(_recorded(PRIMITIVES["not_equal"], self.value, 0))

    def __hash__(self) -> int:
        raise TracingError(
            refusal("the counter of steps has no value that could be looked up", "index an array with it")
        )

    def __neg__(self) -> Turn:
        return Turn(-self.value, self.counts, self.loops)

    def __pos__(self) -> Turn:
        return self

    def __repr__(self) -> str:
        return "<a turn of steps>"

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        return getattr(ufunc, method)(*map(_traced, inputs), **keywords)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, keywords: Any) -> Any:
        return function(*map(_traced, args), **{key: _traced(value) for key, value in keywords.items()})


def _counts_turns(value: Any) -> bool:
    return type(value) is Turn


def _traced(value: Any) -> Any:
    """A turn as a traced number."""
    if not _counts_turns(value):
        return value
    return _recorded(PRIMITIVES["identity"], value.__index__())


def _recorded(primitive: Primitive, *operands: Any) -> Any:
    """An operation on plain numbers, which moves with the turns."""
    tape = current.get()
    assert tape is not None
    value = np.asarray(primitive.function((), len(operands))(*operands))[()]
    return record(primitive, operands, (), tape, value, (value.shape, value.dtype), outside=False)


_EXACT = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


def _operator(name: str, ufunc: np.ufunc, reverse: bool) -> Callable[[Turn, Any], Any]:
    """An operator, which makes another turn where it can, and otherwise a traced number."""

    def operate(self: Turn, other: Any) -> Any:
        if isinstance(other, (np.ndarray, Traced)) or not isinstance(other, (int, float, np.generic)):
            return NotImplemented
        both: list[Any] = [each.__index__() if isinstance(each, Turning) else each for each in (self, other)]
        both = both[::-1] if reverse else both
        if name in _EXACT and isinstance(other, (int, np.integer)) and (name != "mul" or not _counts_turns(other)):
            return Turn(_EXACT[name](*map(int, both)), self.counts, self.loops)
        if ufunc not in UFUNCS:
            refuse("the counter of steps has no bits", "add to it, or multiply it by a number")
        return _recorded(UFUNCS[ufunc], *both)

    return operate


for _name, _ufunc in BINARY.items():
    setattr(Turn, f"__{_name}__", _operator(_name, _ufunc, reverse=False))
    setattr(Turn, f"__r{_name}__", _operator(_name, _ufunc, reverse=True))
for _name, _ufunc in COMPARISONS.items():
    setattr(Turn, f"__{_name}__", _operator(_name, _ufunc, reverse=False))


def steps(n: int) -> Iterator[int]:
    """`range(n)` for a loop of many turns, of which a trace records only the first few.

    Where a program is made of the function, as by `derive` and `compile`, four turns run, and become a loop of all, in the
    time that they take; anywhere else, this is `range(n)`. All turns must be alike: the counter is for indices and for
    arithmetic with traced arrays, and what changes from turn to turn must be traced. Values of single turns are kept by
    writing them to an array, or by `scan`.

    Args:
        n: The number of turns.

    Yields:
        0, 1, … n − 1, or what stands for them.

    Raises:
        TracingError: The turns are not alike, or something needs the value of the counter.

    Source:
        The loop primitive of Johnson et al., "Compiling machine learning programs via high-level tracing" (2018), as in
        `jax.lax.fori_loop`; here the loop is found in recorded turns.

    Examples:
        >>> from chainrule import derive, steps
        >>> def decay(x, rate):
        ...     for k in steps(100_000):
        ...         x = x - 1e-5 * rate * x
        ...     return x
        >>> slope_x, slope_rate = derive(decay, (1.0, 2.0))(1.0, 2.0)
        >>> float(round(slope_rate, 4))
        -0.1353
    """
    count = operator.index(n)
    if (tape := _recording(count)) is None:
        yield from range(count)
        return
    user = [sys._getframe(1)]
    every = _every(count, user[0], tape)
    for block, outer in _turns(tape, count // every, user) if every else ():
        for turn, loop in _turns(tape, every, user):
            yield Turn(block * every + turn, (turn, block), (loop, outer))  # type: ignore[misc]
            user[0] = sys._getframe(1)
    done = count // every * every if every else 0
    for turn, loop in _turns(tape, count - done, user):
        yield Turn(done + turn, (turn,), (loop,))  # type: ignore[misc]
        user[0] = sys._getframe(1)


def _recording(count: int) -> Tape | None:
    """The tape of a program that is recorded, if it takes so many turns as a loop."""
    tape = current.get()
    return None if tape is None or tape.places is None or tape.turns or count <= RECORDED else tape


def _turns(tape: Tape, count: int, user: Sequence[FrameType]) -> Iterator[tuple[int, Steps | None]]:
    """The turns that are recorded of a loop, and the loop; of a short one all, as without `steps`. `user` is the loop's frame."""
    if count <= RECORDED:
        yield from ((turn, None) for turn in range(count))
        return
    loop = Steps(count, tape)
    for turn in range(RECORDED):
        yield turn, loop
        loop.look(_held(user[0]), turn)
    loop.close()


def _held(frame: FrameType) -> Mapping[str, Any]:
    """The variables of a function that might change in its loop, or, of a scan, those around its function."""
    found = variables(frame)
    if frame.f_code is scan.__code__:
        return _outside_of(found["step"])
    return {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals} | found


def _every(count: int, frame: FrameType, tape: Tape) -> int:
    """How many turns are a block, if the loop that begins is the outermost one in a checkpoint; or 0."""
    checkpoint = CHECKPOINT.get()
    if checkpoint is None or checkpoint.every >= count or len(place_of(frame, tape).counters) != checkpoint.depth:
        return 0
    return checkpoint.every


@contextlib.contextmanager
def checkpoint(every: int) -> Iterator[None]:
    """The loop inside keeps what it carries only once in so many turns, and computes the turns between again for its derivative.

    A derivative reads what a loop carried in each turn. For n turns in blocks of m, n / m + m of these values are kept instead
    of n, and the loop runs once more; m near the square root of n keeps the fewest. Anywhere but in a function of which a
    program is made, this changes nothing.

    Args:
        every: The number m of turns in a block, of the outermost loop that is inside: a `for`, one of `steps`, or a `scan`.

    Raises:
        ValueError: `every` is no positive number.

    Source:
        Griewank and Walther, "Evaluating Derivatives" (2008), chapter 12.

    Examples:
        >>> import numpy as np
        >>> from chainrule import checkpoint, derive, steps
        >>> def settle(x):
        ...     with checkpoint(every=100):
        ...         for k in steps(10_000):
        ...             x = x + 0.001 * np.sin(x)
        ...     return x
        >>> slope = derive(settle, (0.1,))
        >>> "for block in range(100):" in str(slope)
        True
    """
    if (given := operator.index(every)) < 1:
        raise ValueError(message("checkpoint(every={every}) needs a positive number of turns.", every=given))
    tape = current.get()
    if tape is None or tape.places is None:
        yield
        return
    made = Checkpoint(given)
    made.depth = len(place_of(sys._getframe(2), tape).counters)
    token = CHECKPOINT.set(made)
    try:
        yield
    finally:
        CHECKPOINT.reset(token)


def scan(step: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any = None, length: int | None = None) -> Any:
    """A loop as a function: `carry, y = step(carry, x)` for each row x of `xs`, and the rows of all y.

    In a program it is one loop, which is recorded in the time of a few turns, whatever its length.

    Args:
        step: Takes what is carried and a row of `xs`; returns what is carried on, and what is kept of this turn, or `None`.
        init: What is carried into the first turn: an array, a number, or a nest of them, whose shapes stay the same.
        xs: Arrays of n rows, alone or nested. Without them, `step` gets the number of the turn.
        length: The number of turns, if there are no `xs`.

    Returns:
        What the last turn carries on, and what was kept, stacked along a first axis of n rows.

    Raises:
        TracingError: The turns are not alike, or what is carried changes its shape.

    Source:
        The same function as `jax.lax.scan`.

    Examples:
        >>> import numpy as np
        >>> scan(lambda total, x: (total + x, total), 0.0, np.array([1.0, 2.0, 3.0]))
        (np.float64(6.0), array([0., 1., 3.]))
    """
    rows, tree = flatten(xs, LEAF_TYPES)
    sizes = (
        sorted({len(each) for each in rows}) if xs is not None else [] if length is None else [operator.index(length)]
    )
    if len(sizes) != 1:
        refuse(
            "scan needs one number of turns, and the first axes of xs have the sizes {sizes}"
            if sizes
            else "scan is given neither xs nor length",
            "pass arrays of equally many rows, or length=…",
            sizes=listed(sizes),
        )
    (count,) = sizes
    if (tape := _recording(count)) is not None:
        if every := _every(count, sys._getframe(1), tape):
            return _in_blocks(step, init, rows, tree, count, every)
        rows = [_as_traced(each) for each in rows]
        begun, nest = flatten(init, _CARRIED)
        init = nest.build(map(_as_traced, begun))
    carry, kept = init, []
    for k in steps(count):
        given = k if xs is None else tree.build(iter([each[k] for each in rows]))
        before, (carry, y) = carry, step(carry, given)
        was, now = (flatten(each, _CARRIED)[1] for each in (before, carry))
        if was != now:
            nests = (each.text(itertools.repeat("·")) for each in (was, now))
            told = dict(zip(("name", "was", "now"), (name_of(step), *nests), strict=True))
            refuse("{name} takes {was} and carries on {now}", "return what is carried in the same nest", **told)
        kept.append(y)
    return carry, _stacked(kept, count)


def _in_blocks(step: Any, init: Any, rows: Sequence[Any], tree: Tree, count: int, every: int) -> Any:
    """A scan of scans, each over a block of turns, and one over the rest."""
    rows = [_as_traced(each) for each in rows]

    def some(carry: Any, first: Any, length: int) -> Any:
        def following(carry: Any, k: Any) -> Any:
            return step(carry, tree.build(iter([each[first + k] for each in rows])) if rows else first + k)

        return scan(following, carry, length=length)

    blocks, rest = divmod(count, every)
    carry, kept = scan(lambda carry, block: some(carry, block * every, every), init, length=blocks)
    leaves, nest = flatten(kept, LEAF_TYPES)
    leaves = [np.reshape(each, (blocks * every, *each.shape[2:])) for each in leaves]
    if rest:
        carry, kept = some(carry, count - rest, rest)
        leaves = [np.concatenate(both) for both in zip(leaves, flatten(kept, LEAF_TYPES)[0], strict=True)]
    return carry, nest.build(iter(leaves))


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _with_inner(each)


COUNTING |= {scan.__code__, *_with_inner(_in_blocks.__code__)}
_CARRIED = (*LEAF_TYPES, int)


def _outside_of(step: Callable[..., Any]) -> dict[str, Any]:
    """The variables of the functions around it that a function uses."""
    cells = getattr(step, "__closure__", None) or ()
    names = step.__code__.co_freevars if cells else ()
    return {name: cell.cell_contents for name, cell in zip(names, cells, strict=True)}


def _as_traced(value: Any) -> Any:
    return (
        value
        if isinstance(value, Traced)
        else bind(PRIMITIVES["identity"], (np.asarray(value)[()],), (), current.get())
    )


def _stacked(kept: list[Any], count: int) -> Any:
    """What was kept of the turns, or of those that were recorded, as rows."""
    parts = [flatten(each, LEAF_TYPES) for each in kept]
    made = []
    for line in zip(*(leaves for leaves, _ in parts), strict=True):
        if len(kept) == count or not any(isinstance(each, Traced) for each in line):
            made.append(np.stack(line) if len(kept) == count else np.broadcast_to(line[0], (count, *np.shape(line[0]))))
            continue
        made.append(bind(TURNS, (_as_traced(line[0]), *line[1:]), (("count", count),)))
    return parts[0][1].build(iter(made)) if parts else None
