"""Traced arrays: what a function is run on to record it.

A `Traced` stands in for an array, and is a node: it remembers its primitive and its inputs. Here is what it is and what it
refuses; that it takes part in NumPy's protocols and Python's operators, so that a function written in plain NumPy runs on it
as it stands, is in `operators.py`, and how a node is made in `binding.py`. There is one tape, and there are no levels: a
nested derivative puts its arguments on it as fresh `identity` nodes. The nouns are made of these nodes at the border
(`border.py`).
"""

from __future__ import annotations

import contextvars
import re
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any, NoReturn

import numpy as np

from ..program import blame
from ..program.advice import ADVICE, GENERAL, JOIN, LIBRARY, instead_of_math, instead_of_plain
from ..program.refusing import call, refuse, refuse_assignment, refuse_function, refuse_index
from . import names
from .dims import Shape
from .nouns import Array, Kind, Origin, Params
from .primitive import Primitive

METHODS: dict[tuple[np.ufunc, str], Callable[..., Any]] = {}  # np.add, "reduce" → ours
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}  # NumPy's function → ours, of the same signature
LIBRARIES: dict[str, Callable[[], object]] = {}  # another library → what declares its ufuncs, once one is met


class Tape:
    """One recording. `naming` looks for the user's names; `outermost` is the frame beyond which no name is looked for.

    With `freezing`, arrays that are read are read-only until the recording ends: a program is made of their values. What a
    `lasting` one reads is copied: its nodes are read after its end.
    """

    __slots__ = ("conditions", "count", "freezing", "frozen", "lasting", "naming", "open", "outermost", "source")

    def __init__(self, naming: bool = False, outermost: FrameType | None = None, freezing: bool = False):
        self.count = 0
        self.conditions: list[tuple[Traced, bool, CodeType | None, int]] = []
        self.naming = naming
        self.freezing = freezing
        self.lasting = False
        self.frozen: dict[int, Array] = {}  # by id
        self.open = True
        self.outermost = outermost
        self.source: Traced | None = None  # while a derivative is recorded: the node whose derivative it is


current: contextvars.ContextVar[Tape | None] = contextvars.ContextVar("tape", default=None)


class Traced:
    """An array that records what is done to it. `value` is `None` where only its shape is known.

    What few nodes have (a name, a kind, the node whose derivative it is, an origin, the code and the offset in it that made
    it) is set on those that have it, and `__getattr__` says what the others have: six assignments fewer an operation.
    """

    code: CodeType | None
    kind: Kind
    name: str
    offset: int
    origin: Origin | None
    source: Traced | None

    __slots__ = (
        "code",
        "dtype",
        "id",
        "inputs",
        "kind",
        "name",
        "offset",
        "origin",
        "params",
        "primitive",
        "shape",
        "siblings",
        "source",
        "tape",
        "value",
    )

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
        self.siblings: tuple[Traced, ...] = ()  # of an operation with several results: the nodes of all of them

    # ---- NumPy's protocols -----------------------------------------------------------------------------------------

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, keywords: Any) -> Any:
        ours = FUNCTIONS.get(function)
        if ours is None:
            refuse_function(function)
        return call(function, ours, args, keywords)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        refuse_assignment()
        if names.takes_item(names.user_frame()) and not re.search(r"\bnp\.[rc]_\[", blame.user_line()):
            refuse_index(self.shape)
        library = names.library_function()
        if library:
            refuse(f"{library} makes plain arrays of traced ones", LIBRARY.get(library, GENERAL))
        refuse("a traced array cannot be made into a plain NumPy array", instead_of_plain(blame.running_text(), JOIN))

    # ---- what is an array's ------------------------------------------------------------------------------------------

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        result = 1
        for size in self.shape:
            result *= size
        return result

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
            refuse(
                "a traced number cannot be iterated over or unpacked",
                "use it as it is, or loop over the array that it comes from",
            )
        return (self[position] for position in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        return FUNCTIONS[_getitem](self, index)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        refuse(
            "item assignment would overwrite an array",
            "write np.where(mask, new, old), np.concatenate or np.stack, which make a new one",
        )

    def __delitem__(self, index: Any) -> NoReturn:
        refuse("del would take a part out of an array", "write np.delete(x, index), or np.concatenate of what stays")

    def __bool__(self) -> bool:
        if self.shape and self.size != 1:
            ambiguous = f"the truth of an array of {self.size} elements is ambiguous"
            raise ValueError(blame.refusal(ambiguous, "write np.any(…) or np.all(…)"))
        if self.value is None:
            refuse(
                "a branch on a value needs the value, and here only shapes are known",
                "trace with real values, or write np.where(condition, a, b)",
            )
        truth = bool(self.value)
        frame = names.user_frame()
        condition: Any = self if self.dtype == bool else np.not_equal(self, 0)
        while condition.shape:
            condition = condition[0]
        self.tape.conditions.append((condition, truth, frame and frame.f_code, frame.f_lineno if frame else 0))
        return truth

    def __float__(self) -> NoReturn:
        refuse_assignment()
        running = blame.running_text()
        called, ours = instead_of_math(running)
        if called:
            refuse(f"{called} would cut the value off from its derivative", f"write {ours} instead")
        library = names.library_function()
        if library:
            refuse(f"{library} makes plain numbers of traced ones", LIBRARY.get(library, GENERAL))
        refuse(
            "float(), and whatever calls it, would cut the value off from its derivative",
            instead_of_plain(running, "keep the value as it is, and use np functions on it"),
        )

    def __int__(self) -> NoReturn:
        refuse_assignment()
        refuse(
            "int() would cut the value off from its derivative",
            "keep the value as it is, or pass a plain int to the function",
        )

    def __complex__(self) -> NoReturn:
        refuse("complex numbers are not differentiated", "treat the real and the imaginary part as two arrays")

    def __index__(self) -> NoReturn:  # noqa: PLE0305  # it never returns
        if names.takes_item(names.user_frame()):
            refuse_index(())
        refuse("a traced value cannot be an index or a count", "pass a plain int to the function")

    def __round__(self, digits: int = 0) -> NoReturn:
        refuse("round() would cut the value off from its derivative", "keep the value as it is")

    def __trunc__(self) -> NoReturn:
        refuse("math.trunc would cut the value off from its derivative", "write np.trunc instead")

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __format__(self, spec: str) -> str:
        return repr(self) if self.value is None or not spec else format(self.value, spec)

    def item(self, *_: Any) -> NoReturn:
        """Refused: the number would have no derivative."""
        refuse(
            ".item() would cut the value off from its derivative", "keep the value as it is, and use np functions on it"
        )

    tolist = item

    def __hash__(self) -> int:
        return id(self)

    def __copy__(self) -> Any:
        return np.copy(self)

    def __deepcopy__(self, memo: object) -> Any:
        return np.copy(self)

    def __getattr__(self, attribute: str) -> Any:
        if attribute in _UNSET:
            return _UNSET[attribute]
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        function: Any = getattr(np, attribute, None)
        otherwise = ADVICE.get(function, "write it with operations that have a derivative here")
        instead = f"write np.{attribute}(…)" if function in FUNCTIONS else otherwise
        raise AttributeError(blame.refusal(f"a traced array has no .{attribute}", instead))

    def __repr__(self) -> str:
        value = "" if self.value is None else f", value={self.value!r}"
        return f"<traced {self.name or 'array'} of shape {self.shape}, {self.dtype}{value}>"


def _getitem(array: Any, index: Any) -> Any:
    """The key of indexing in FUNCTIONS, since NumPy has no function of that name."""


GETITEM = _getitem


_UNSET = {"code": None, "kind": "temporary", "name": "", "offset": 0, "origin": None, "source": None}
