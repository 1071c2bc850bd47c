"""Traced arrays, on which a function runs to be recorded.

A `Traced` stands in for an array and is a node, which remembers its primitive and its inputs. `operators.py` gives it NumPy's
protocols and Python's operators, `binding.py` makes nodes, and `border.py` turns them into a program. There is one tape
without levels: a nested derivative puts its arguments on it as new `identity` nodes.
"""

from __future__ import annotations

import contextvars
import math
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from .dims import Shape
from .location import refusal, refuse, user_frame
from .messages import message
from .nouns import Array, Kind, Origin, Params
from .primitive import Primitive

METHODS: dict[tuple[np.ufunc, str], Callable[..., Any]] = {}  # np.add, "reduce" → ours
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}  # NumPy's function → ours, of the same signature
LIBRARIES: dict[str, Callable[[], object]] = {}  # another library → what declares its ufuncs, once one is met


class Tape:
    """A recording. `naming` looks for the user's names, up to the frame `outermost`.

    With `freezing`, arrays that are read stay read-only until the recording ends, since the program contains their values. A
    `lasting` tape copies what it reads, since its nodes are read after its end.
    """

    def __init__(self, naming: bool = False, outermost: FrameType | None = None, freezing: bool = False):
        self.count = 0
        self.conditions: list[tuple[Traced, bool, CodeType | None, int]] = []
        self.naming = naming
        self.freezing = freezing
        self.lasting = False
        self.frozen: dict[int, Array] = {}  # by id
        self.open = True
        self.layouts: dict[int, Any] = {}  # how arrays lie in memory of which only the shape is known, by the node's id
        self.constants: dict[int, str] = {}  # the user's names of arrays from outside, by id
        self.places: list[tuple[Traced, Any]] | None = None  # where each operation stands, if loops are looked for
        self.turns = False  # whether all turns of `steps` are recorded
        self.outermost = outermost
        self.writes = self.allocates = False  # whether the function may write to arrays; whether its own know of it
        # Whether an array has been; whether shapes keep what sizes are made of, though values are known.
        self.written = self.sized = False
        self.source: Traced | None = None  # while a derivative is recorded: the node whose derivative it is
        self.derived: tuple[int, Any] = (0, None)  # nodes when that derivative began, and where it was asked for


current: contextvars.ContextVar[Tape | None] = contextvars.ContextVar("tape", default=None)

CLASS_OF: list[Callable[[Any], type]] = [type]
"""The class that `isinstance` takes a traced array for."""


class Traced:
    """An array that records the operations on it. `value` is `None` if only its shape is known.

    It has no `__getattr__`, with which reading any attribute takes Python eight times as long.
    """

    __class__ = property(lambda self: CLASS_OF[0](self))
    __slots__ = (
        "__weakref__", "code", "dtype", "id", "inputs", "kind", "memory", "name", "offset", "origin", "params", "primitive",
        "shape", "siblings", "source", "tape", "value",
    )  # fmt: skip

    def __init__(
        self,
        tape: Tape,
        primitive: Primitive | None,
        inputs: tuple[Any, ...],
        params: Params,
        value: Any,
        shape: Shape,
        dtype: np.dtype[Any],
    ):
        tape.count = self.id = tape.count + 1
        self.tape = tape
        self.primitive = primitive
        self.inputs = inputs
        self.params = params
        self.value = value
        self.shape = shape
        self.dtype = dtype
        self.code: CodeType | None = None
        self.offset = 0
        self.kind: Kind = "temporary"
        self.name = ""
        self.origin: Origin | None = None
        self.source: Traced | None = None  # the node whose derivative it is
        self.siblings: tuple[Traced, ...] = ()  # of an operation with several results: the nodes of all of them
        self.memory: Any = None  # the block that it is a part of, where that is written to

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def T(self) -> Any:
        """Its transpose."""
        return np.transpose(self)

    def __len__(self) -> int:
        if not self.shape:
            # A TypeError, or NumPy would iterate.
            refuse("a traced number has no length", "use it as it is, or write np.size(x) for how many numbers x holds")
        return int(self.shape[0])

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            instead = message("use it as it is, or loop over the array that it comes from")
            refuse("a traced number cannot be iterated over or unpacked", instead)
        return (self[position] for position in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        return FUNCTIONS[GETITEM](self, index)

    def __bool__(self) -> bool:
        if self.shape and self.size != 1:
            what = message("the truth of an array of {size} elements is ambiguous", size=self.size)
            raise ValueError(refusal(what, "write np.any(…) or np.all(…)"))
        if self.value is None:
            instead = message("write np.where(condition, a, b), or use numbers, not shapes, and a loop, not vmap")
            refuse("a branch on a value needs the value, and here only shapes are known", instead)
        truth = bool(self.value)
        frame = user_frame()
        condition: Any = self if self.dtype == bool else np.not_equal(self, 0)
        while condition.shape:
            condition = condition[0]
        self.tape.conditions.append((condition, truth, frame and frame.f_code, frame.f_lineno if frame else 0))
        return truth

    if TYPE_CHECKING:  # what else arrays have is given to it elsewhere

        def __getattr__(self, attribute: str) -> Any: ...

    def __repr__(self) -> str:
        value = "" if self.value is None else f", value={self.value!r}"
        return f"<traced {self.name or 'array'} of shape {self.shape}, {self.dtype}{value}>"


def GETITEM(array: Any, index: Any) -> Any:
    """The key of indexing in FUNCTIONS, since NumPy has no function for it."""
