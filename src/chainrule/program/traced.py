"""Traced arrays: what a function is run on to record it.

A `Traced` stands in for an array. It takes part in NumPy's own protocols, so that a function written in plain NumPy runs
on it as it stands, and each operation leaves a node that remembers its primitive and its inputs. There is one tape, and
there are no levels: a nested derivative puts its arguments on it as fresh `identity` nodes. The nouns are made of these
nodes at the border (`border.py`).
"""

from __future__ import annotations

import contextvars
import inspect
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any, NoReturn

import numpy as np

from . import blame, names
from .advice import ADVICE, GENERAL, JOIN, LIBRARY, instead_of_math, instead_of_plain
from .dims import Shape, ShapeMismatch
from .errors import DimensionWarning, ProgramError, TracingError
from .nouns import Array, Kind, Origin, Params
from .primitive import PRIMITIVES, UFUNCS, Primitive, Types
from .primitive import elementwise as elementwise_rule

METHODS: dict[tuple[np.ufunc, str], Callable[..., Any]] = {}  # np.add, "reduce" → ours
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}  # NumPy's function → ours, of the same signature
LIBRARIES: dict[str, Callable[[], object]] = {}  # another library → what declares its ufuncs, once one is met


class Tape:
    """One recording. `naming` looks for the user's names; `outermost` is the frame beyond which no name is looked for.

    With `freezing`, arrays that are read are read-only until the recording ends: a program is made of their values.
    """

    __slots__ = ("conditions", "count", "freezing", "frozen", "naming", "open", "outermost", "source")

    def __init__(self, naming: bool = False, outermost: FrameType | None = None, freezing: bool = False):
        self.count = 0
        self.conditions: list[tuple[Traced, bool, CodeType | None, int]] = []
        self.naming = naming
        self.freezing = freezing
        self.frozen: list[Array] = []
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

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" and (ufunc, method) not in METHODS:
            _refuse_method(ufunc, method)
        if "out" in keywords:
            refuse(
                "out=, or an operator like += on a plain array, would overwrite that array",
                "write `b = b + x` instead of `b += x`, which makes a new one",
            )
        if method != "__call__":
            return call(getattr(ufunc, method), METHODS[ufunc, method], inputs, keywords)
        if keywords:
            _refuse_keyword(ufunc, next(iter(keywords)))
        return _operate(ufunc, *inputs)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, keywords: Any) -> Any:
        ours = FUNCTIONS.get(function)
        if ours is None:
            _refuse_function(function)
        return call(function, ours, args, keywords)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        _refuse_assignment()
        if names.takes_item(names.user_frame()) and not re.search(r"\bnp\.[rc]_\[", blame.user_line()):
            _refuse_index(self.shape)
        library = names.library_function()
        if library:
            refuse(f"{library} makes plain arrays of traced ones", LIBRARY.get(library, GENERAL))
        refuse("a traced array cannot be made into a plain NumPy array", instead_of_plain(blame.user_line(), JOIN))

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
        condition = self if self.dtype == bool else bind(PRIMITIVES["not_equal"], (self, 0))
        while condition.shape:
            condition = condition[0]
        self.tape.conditions.append((condition, truth, frame and frame.f_code, frame.f_lineno if frame else 0))
        return truth

    def __float__(self) -> NoReturn:
        _refuse_assignment()
        line = blame.user_line()
        called, ours = instead_of_math(line)
        if called:
            refuse(f"{called} would cut the value off from its derivative", f"write {ours} instead")
        refuse(
            "float(), and whatever calls it, would cut the value off from its derivative",
            instead_of_plain(line, "keep the value as it is, and use np functions on it"),
        )

    def __int__(self) -> NoReturn:
        _refuse_assignment()
        refuse(
            "int() would cut the value off from its derivative",
            "keep the value as it is, or pass a plain int to the function",
        )

    def __complex__(self) -> NoReturn:
        refuse("complex numbers are not differentiated", "treat the real and the imaginary part as two arrays")

    def __index__(self) -> NoReturn:  # noqa: PLE0305  # it never returns
        if names.takes_item(names.user_frame()):
            _refuse_index(())
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

    def __copy__(self) -> Traced:
        return self

    def __deepcopy__(self, memo: object) -> Traced:
        return self

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
_PLAIN = frozenset({bool, int, float, np.ndarray, np.float64, np.float32})


def bind(primitive: Primitive, inputs: tuple[Any, ...], params: Params = (), tape: Tape | None = None) -> Any:
    """Record one operation, and do it where the values are at hand. Gives its node, or the tuple of its results' nodes."""
    values = []
    abstract = False
    for position, operand in enumerate(inputs):
        kind = type(operand)
        if kind is Traced:
            if operand.tape is not tape:
                tape = operand.tape
                if not tape.open:
                    refuse(
                        "an array from a finished trace is used",
                        "return it from the traced function instead of keeping it",
                    )
            operand = operand.value
            if operand is None:
                abstract = True
        elif kind not in _PLAIN and not isinstance(operand, np.generic):
            # A size with a name is a number like others here; anything else that NumPy takes becomes an array.
            operand = int(operand) if isinstance(operand, int) else _array_of(operand)
            inputs = (*inputs[:position], operand, *inputs[position + 1 :])
        values.append(operand)
    if tape is None:
        raise ProgramError(f"{primitive.name} was recorded without a traced input.")
    try:
        if primitive.results is not None:
            value = None if abstract else primitive.function(params, len(inputs))(*values)
            ((shape, dtype), *_) = types = infer(primitive, inputs, params)
        elif abstract:
            ((shape, dtype),) = infer(primitive, inputs, params)
            value = None
        else:
            value = primitive.function(params, len(values))(*values)
            shape, dtype = value.shape, value.dtype
    except (ValueError, ShapeMismatch):
        blame.mismatch(primitive, inputs, params)
        raise
    except TypeError:
        for operand in inputs:
            if isinstance(operand, np.ndarray) and operand.dtype.kind not in "fbiuc":
                _refuse_no_number(operand)
        raise
    if dtype.kind not in "fbiu":
        _refuse_numbers(dtype)
    if tape.freezing:
        for operand in inputs:
            if isinstance(operand, np.ndarray) and operand.flags.writeable:
                operand.flags.writeable = False
                tape.frozen.append(operand)
    node = Traced(tape, primitive, inputs, params, value, shape, dtype)
    if primitive.results is not None:
        return _several(node, types, value)
    if tape.source is not None:
        node.source = tape.source
        return node
    frame = names.user_frame()
    if frame is not None:
        node.code = frame.f_code
        node.offset = frame.f_lasti
        if tape.naming and primitive.name != "identity":
            name = names.stored_name(frame, tape.outermost)
            node.name = name if isinstance(name, str) else ""
    if len(values) == 2 and shape and primitive.shape is elementwise_rule:
        _warn_of_column_and_row(node)
    return node


def _array_of(operand: Any) -> Array:
    """A list, or whatever else NumPy takes for an array."""
    try:
        return np.asarray(operand)
    except ValueError:
        refuse("rows of different lengths are no array", "give them one length, or work on each of them")


def _several(first: Traced, types: Types, values: Any) -> Any:
    """The nodes of an operation with several results, in the named tuple that NumPy gives them in."""
    primitive, tape = first.primitive, first.tape
    assert primitive is not None
    assert primitive.results is not None
    rest = (Traced(tape, primitive, first.inputs, first.params, None, *each) for each in types[1:])
    nodes = (first, *rest)
    frame = names.user_frame() if tape.source is None else None
    found = names.stored_name(frame, tape.outermost) if frame is not None and tape.naming else ()
    for position, node in enumerate(nodes):
        node.siblings = nodes
        node.value = None if values is None else values[position]
        if tape.source is not None:
            node.source = tape.source
        if frame is not None:
            node.code, node.offset = frame.f_code, frame.f_lasti
        if isinstance(found, tuple) and len(found) == len(nodes):
            node.name = found[position]
    return primitive.results(*nodes)


def infer(primitive: Primitive, inputs: tuple[Any, ...], params: Params) -> Types:
    """Derive the shapes and number types of an operation on nodes, arrays and numbers."""
    dtypes = (
        type(o) if isinstance(o, (bool, int, float)) and not isinstance(o, np.generic) else o.dtype for o in inputs
    )
    return primitive.types(map(shape_of, inputs), dtypes, params)


def shape_of(operand: Any) -> Shape:
    """The shape of a node, an array or a number."""
    shape: Shape = getattr(operand, "shape", ())
    return shape


def refuse(what: str, instead: str) -> NoReturn:
    """Raise a `TracingError` that names the user's line, what is wrong there, and the way to write it instead."""
    raise TracingError(blame.refusal(what, instead))


def call(
    function: Callable[..., Any], ours: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """Call what stands for a NumPy function or method; arguments that it does not take are refused by name."""
    try:
        return ours(*args, **keywords)
    except TypeError as error:
        if isinstance(error, TracingError):
            raise
        signature = inspect.signature(ours)
        try:
            signature.bind(*args, **keywords)
        except TypeError:
            unknown = [keyword for keyword in keywords if keyword not in signature.parameters]
            if unknown:
                _refuse_keyword(function, unknown[0])
            refuse(
                f"{_written(function)} is not differentiated with these arguments",
                f"call it as {_written(function)}{signature}",
            )
        raise


def _written(function: Callable[..., Any]) -> str:
    """A function of NumPy's as it is written: `np.linalg.norm`; a method or another's as it is called."""
    if isinstance(of := getattr(function, "__self__", None), np.ufunc):
        return f"np.{of.__name__}.{function.__name__}"
    module = getattr(function, "__module__", None) or (
        "numpy" if getattr(np, function.__name__, None) is function else ""
    )
    return f"{module}.{function.__name__}".replace("numpy", "np") if module.startswith("numpy") else function.__name__


def _refuse_function(function: Callable[..., Any]) -> NoReturn:
    refuse(f"{_written(function)} has no derivative here", ADVICE.get(function, GENERAL))


def _refuse_method(ufunc: np.ufunc, method: str) -> NoReturn:
    if method == "at":
        refuse(
            f"np.{ufunc.__name__}.at would overwrite an array",
            "write np.where(mask, new, old); for np.add.at(b, i, x), b + np.eye(b.size)[:, i] @ x",
        )
    refuse(f"np.{ufunc.__name__}.{method} is not differentiated", "write it with np.sum, np.max or a loop")


def _refuse_no_number(array: Array) -> NoReturn:
    if array.shape:
        _refuse_numbers(array.dtype)
    refuse(f"{array.item()!r} is no number", "give a number, or an array of numbers")


def _refuse_keyword(function: Callable[..., Any], keyword: str) -> NoReturn:
    refuse(f"{_written(function)}(…, {keyword}=…) is not differentiated", "leave the keyword out")


def _refuse_assignment() -> None:
    """Refuse `buffer[…] = x`, where NumPy asks for a plain number or array in passing."""
    if names.assigns_item(names.user_frame()):
        refuse(
            "a traced value cannot be put into a plain NumPy array",
            "make the array in one go, with np.stack([…]), np.concatenate or np.where",
        )


def _refuse_index(shape: Shape) -> NoReturn:
    """Refuse `plain[x]`, where Python and NumPy ask for plain numbers."""
    if not shape:
        refuse(
            "a traced value cannot be an index",
            "pass a plain int to the function, or write np.choose(place, array) to take one of an array",
        )
    refuse(
        "a plain array cannot be indexed by a traced one",
        "write np.take_along_axis(array, places, axis), or np.extract(mask, array)",
    )


def _refuse_numbers(dtype: np.dtype[Any]) -> NoReturn:
    if dtype.kind == "c":
        refuse("complex numbers are not differentiated", "treat the real and the imaginary part as two arrays")
    refuse(f"an array of {dtype} is not differentiated", "make it an array of numbers, with .astype(float)")


_warned: set[tuple[str, int]] = set()


def _warn_of_column_and_row(node: Traced) -> None:
    """Warn, once a line, where a column (…, n, 1) meets a row (n,): NumPy makes n×n of them."""
    first, second = node.inputs
    one, other = getattr(first, "shape", ()), getattr(second, "shape", ())
    if len(one) == len(other) or not one or not other:
        return
    column, row = (one, other) if len(one) > len(other) else (other, one)
    if len(row) != 1 or row[0] == 1 or column[-2:] != (row[0], 1):
        return
    number = names.line_at(node.code, node.offset)
    place = (node.code.co_filename if node.code else "", number)
    if place in _warned:
        return
    if len(_warned) >= 4096:
        _warned.clear()
    _warned.add(place)
    size = row[0]
    line = f"{names.source_line(node.code, number)}      ({blame.file_name(place[0])}:{place[1]})"
    warnings.warn(
        f"{line}\n  A column of shape ({size}, 1) meets a row of shape ({size},), and NumPy makes {size}×{size} of them; "
        "give both the same number of axes.",
        DimensionWarning,
        stacklevel=5,
    )


def _install_operators() -> None:
    """Give `Traced` Python's operators: each records the primitive of the ufunc of its name."""
    ufuncs = {
        "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power, "matmul": np.matmul,
        "mod": np.remainder, "floordiv": np.floor_divide, "and": np.bitwise_and, "or": np.bitwise_or,
        "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift,
    }  # fmt: skip
    for name, ufunc in ufuncs.items():
        setattr(Traced, f"__{name}__", _binary(ufunc, reverse=False))
        setattr(Traced, f"__r{name}__", _binary(ufunc, reverse=True))
        setattr(Traced, f"__i{name}__", _in_place(ufunc))
    compare = {
        "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
    }  # fmt: skip
    for name, ufunc in compare.items():
        setattr(Traced, f"__{name}__", _comparison(ufunc))
    unary = {"neg": np.negative, "abs": np.absolute, "invert": np.invert}
    for name, ufunc in unary.items():
        setattr(Traced, f"__{name}__", _unary(ufunc))
    setattr(Traced, "__pos__", lambda self: self)  # noqa: B010  # with its kin above


def _binary(ufunc: np.ufunc, reverse: bool) -> Callable[[Traced, Any], Any]:
    def forward(self: Traced, other: Any) -> Any:
        return _operate(ufunc, self, other)

    def backward(self: Traced, other: Any) -> Any:
        return _operate(ufunc, other, self)

    return backward if reverse else forward


_VIEWS = {"getitem", "transpose", "T", "reshape", "diagonal", "broadcast_to"}


def _in_place(ufunc: np.ufunc) -> Callable[[Traced, Any], Any]:
    """`x += 1` binds x anew, which is the same but where x is a part of another array, that would change with it."""

    def update(self: Traced, other: Any) -> Any:
        if self.shape and self.primitive is not None and self.primitive.name in _VIEWS:
            refuse(
                "an operator like += on a part of an array would overwrite that array too",
                "write `part = part + x` for the part alone, or np.where(mask, new, old) or np.concatenate for the whole",
            )
        return _operate(ufunc, self, other)

    return update


def _comparison(ufunc: np.ufunc) -> Callable[[Traced, Any], Any]:
    def compare(self: Traced, other: Any) -> Any:
        if other is None or isinstance(other, str):
            return NotImplemented
        result = _operate(ufunc, self, other)
        if result.name and not names.compares(names.user_frame()):
            result.name = ""  # `y = max(a, b)` compares, and stores something else
        return result

    return compare


def _unary(ufunc: np.ufunc) -> Callable[[Traced], Any]:
    def operate(self: Traced) -> Any:
        return _operate(ufunc, self)

    return operate


def _operate(ufunc: np.ufunc, *inputs: Any) -> Any:
    primitive = UFUNCS.get(ufunc) or _declared_late(ufunc)
    if primitive is not None:
        return bind(primitive, inputs)
    function = FUNCTIONS.get(ufunc)
    return function(*inputs) if function is not None else _refuse_function(ufunc)


def _declared_late(ufunc: np.ufunc) -> Primitive | None:
    """The primitive of another library's ufunc: who has called it has the library."""
    for library, declare in LIBRARIES.items():
        if getattr(sys.modules.get(library), ufunc.__name__, None) is ufunc:
            declare()
    return UFUNCS.get(ufunc)


_install_operators()
