"""Stand-ins, during a trace, for functions that NumPy's protocols do not reach.

A stand-in decides by its arguments: if none is traced, it calls the original, in every thread. The stand-in of a module is a
second module in which only such functions are replaced. `interception.py` binds them.
"""

from __future__ import annotations

import builtins
import copy
import functools
import importlib
import math
import random
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from types import CodeType, FrameType, MethodType, ModuleType
from typing import Any, NoReturn

import numpy as np

from ..core.errors import TracingError
from ..core.location import is_machinery, refusal_in
from ..core.traced import FUNCTIONS, LIBRARIES, Tape, Traced, current
from .inplace import plain
from .inplace.memory import holds_traced, moving, opened
from .inplace.outside import outside
from .names import calls_attribute
from .operations.creating import ROUTINES, Creation, creation, in_order
from .reach import ASKS_PLAIN, LEAVES, LISTS, MOST_ITEMS, Reach, is_foreign
from .rebound_methods import DENSITIES, distributions, frames, interpolants, sparse_products
from .refusing import call
from .sizes.keeping import asks_for_sizes
from .sizes.numbers import Sized, as_float, is_sized, note_numbers, plain_index, root, size_in, sizes_in, symbolic
from .vectorized import by_elements

once: ContextVar[bool] = ContextVar("once", default=False)
"""Whether the running function becomes a program, which would freeze random numbers and the time."""

unseeded: ContextVar[list[tuple[np.random.Generator, Any, CodeType | None, int]]] = ContextVar("unseeded")
"""The generators that the running function has created without a seed, their first states, and the lines."""

_stand_ins: dict[int, tuple[Any, Any]] = {}  # by id: what is stood in for, and the stand-in
_methods: list[tuple[type, str, Any, Any]] = []  # those of distributions, which are rebound in their classes
_others: dict[
    str, list[tuple[type, str, Any, Any]]
] = {}  # those of data frames, sparse arrays and interpolants, by library
# By the id of a module: the names that its stand-in has for something else, those of reductions, and those that make arrays.
_other_names: dict[int, tuple[frozenset[str], ...]] = {}


def stand_in(held: Any) -> Any:
    """The stand-in of a function, a module, or something that holds one; the value itself if it has none."""
    kind = type(held)
    if kind is tuple:
        parts = tuple(map(stand_in, held)) if len(held) <= MOST_ITEMS else held
        return parts if any(part is not each for part, each in zip(parts, held, strict=True)) else held
    if kind is functools.partial:
        parts = (held.func, held.args, tuple(held.keywords.values()))
        function, args, values = others = stand_in(parts)
        if others is parts:
            return held
        return functools.partial(function, *args, **dict(zip(held.keywords, values, strict=True)))
    if kind is staticmethod:
        function = stand_in(held.__func__)
        return held if function is held.__func__ else staticmethod(function)
    if kind is MethodType:
        function = stand_in(held.__func__)
        return held if function is held.__func__ else MethodType(function, held.__self__)
    if kind is np.vectorize:  # made before the trace
        ours = copy.copy(held)
        ours.__class__ = Vectorized
        return ours
    own, ours = _stand_ins.get(id(held), (None, None))
    if own is held:
        return ours
    return Compiled(held) if _is_compiled(held) else held


def is_needed(held: Any, used: set[str]) -> bool:
    """Whether code that uses these names needs the stand-in: what it makes, or of a module, one of the names that it replaces."""
    lists = not used.isdisjoint(_LISTS)
    # What makes arrays is asked whether it makes them of sizes.
    needed = (True, lists, lists or asks_for_sizes() or not used.isdisjoint(ASKS_PLAIN))
    if type(held) is ModuleType:
        return any(
            need and not used.isdisjoint(names) for need, names in zip(needed, _other_names[id(held)], strict=True)
        )
    ours = stand_in(held)
    if type(ours) is Reducing:
        return needed[1]
    return needed[2] or type(ours) not in (Making, Measuring) or held.__name__ not in _MAKES_ARRAYS


def methods_for(reach: Reach) -> list[tuple[type, str, Any, Any]]:
    """The methods of other libraries that may be called there: a class, a name, its own method and ours."""
    used, densities = reach.used, not reach.used.isdisjoint(DENSITIES)
    if "import scipy.interpolate" in used:
        importlib.import_module("scipy.interpolate")
    of_scipy = "stats" in used and "scipy" in sys.modules
    if densities and (of_scipy or not used.isdisjoint(("import scipy", "import scipy.stats"))):
        importlib.import_module("scipy.stats")  # as the code is about to do
    load()
    found = [each for each in _methods if densities and (each[1] not in DENSITIES or each[1] in used)]
    for library, methods in _others.items():
        found += methods if reach.leads_into(library) else ()
    return found


def refuse_draws(code: CodeType | None, line: int) -> NoReturn:
    """Refuse the random numbers that a line draws while a function becomes a program."""
    raise TracingError(
        refusal_in(
            code,
            line,
            "random numbers are drawn, and a program would hold them, the same at every call",
            "draw them outside, and pass them as an argument",
        )
    )


def _refuse_clock(called: str) -> NoReturn:
    code, line = _users_line()
    raise TracingError(
        refusal_in(
            code,
            line,
            "{called} reads a clock, and a program would hold its time, the same at every call",
            "read it outside, and pass it as an argument",
            called=called,
        )
    )


def _users_line() -> tuple[CodeType | None, int]:
    """The user's line that is running, or that has called the running library function."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and (is_machinery(frame.f_code.co_filename) or is_foreign(frame.f_globals.get("__name__"))):
        frame = frame.f_back
    return (frame.f_code, frame.f_lineno) if frame else (None, 0)


class _StandIn:
    """A callable in place of a function, which pickles and compares as that function."""

    __slots__ = ("__wrapped__", "called")

    def __init__(self, own: Any, called: str = ""):
        self.__wrapped__ = own
        self.called = called  # what a refusal says

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __eq__(self, other: object) -> bool:
        return self is other or bool(self.__wrapped__ == other)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __reduce__(self) -> tuple[Any, ...]:
        return _itself, (self.__wrapped__,)


class Asking(_StandIn):
    """For traced arguments, calls the version in `FUNCTIONS`, once the declarations of its library are imported.

    `called` is the module that it is a function of.
    """

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function, or its traced version."""
        own = self.__wrapped__
        if not any(map(holds_traced, args)) and not any(map(holds_traced, keywords.values())):
            if own is math.sqrt and is_sized(args):
                return root(args[0])
            self._note(args, keywords)
            return own(*args, **keywords)
        if own not in FUNCTIONS:
            if self.called not in LIBRARIES:
                return own(*args, **keywords)  # np.arange, say, which then asks for plain numbers, and is refused
            LIBRARIES[self.called]()
        keywords.pop("like", None)  # which says what is done anyway
        return call(own, FUNCTIONS[own], args, keywords)

    def _note(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
        """Note that what the function gives depends on the sizes that it takes."""
        note_numbers((args, tuple(keywords.values())))


class Solving(Asking):
    """A function that solves for what a function of the user's says, which may read traced values where it is defined."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function, or its traced version."""
        own = self.__wrapped__
        if current.get() is None or not any(holds_traced(held) for held, *_ in Reach(own, (args, keywords)).met):
            self._note(args, keywords)
            return own(*args, **keywords)
        if own not in FUNCTIONS:
            LIBRARIES[self.called]()
        return call(own, FUNCTIONS[own], args, keywords)


class Making(Asking):
    """A function that makes an array, to which traced numbers may be written where the traced function writes to arrays."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function, or its traced version; an array that it makes anew knows when it is written to."""
        if args and _is_array_like(args[0]):
            args = (_of_object(args[0]), *args[1:])
        if (name := self.__wrapped__.__name__) in _JOINING and args and type(args[0]) in (list, tuple):
            args = ([_array(each) for each in args[0]], *args[1:])
        elif name in _MAKING:
            args = tuple(map(_array, args))
        if name.partition("_")[0] in _FILLING or name in ROUTINES or name == "broadcast_to":
            shapes = args if name in ROUTINES else args[:1]
            args = (*map(_as_sizes, shapes), *map(sizes_in, args[len(shapes) :]))
            keywords = {each: sizes_in(value) for each, value in keywords.items()}
        tape = current.get()
        if tape is None or not tape.allocates:
            return super().__call__(*args, **keywords)
        given = (*args, *keywords.values())
        if name.startswith("full") and isinstance(keywords.get("fill_value", (*args, None, None)[1]), Sized):
            if name == "full":
                return self._full_of_sizes(*args, **keywords)
            if not any(map(holds_traced, given)):
                note_numbers(given)
        if any(type(each) is plain.Plain for each in given) and not any(map(holds_traced, given)):
            note_numbers(given)
            return plain.run(self.__wrapped__, args, keywords)
        plainly = opened(args)
        result = _followed(super().__call__(*plainly, **keywords), plainly, tape, self._number)
        if type(result) is plain.Plain and name.partition("_")[0] in _FILLING:
            result.shape = _shape_of(result, args, keywords)  # in which sizes have names
        elif type(result) is plain.Plain and (found := self._creation(args, keywords, result)) is not None:
            result.shape, result.memory.block.plain.number = found.shape, found
        elif type(result) is not Traced and name.partition("_")[0] not in _FILLING:
            note_numbers((args, tuple(keywords.values())))
        return result

    def _full_of_sizes(self, shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C") -> Any:
        """An array of a number that is made of sizes."""
        kind = np.dtype(fill_value.weak_type if dtype is None else dtype)
        if kind.kind not in "fc" and not isinstance(fill_value, int):
            note_numbers([fill_value])
            return self(shape, fill_value.terms.value, dtype, order)
        return np.multiply(Making(np.ones, "")(shape, kind, order), symbolic(fill_value))

    def _note(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
        """Note it, where it is not known how the array is made of sizes."""
        if (tape := current.get()) is None or not tape.allocates:
            super()._note(args, keywords)

    def _creation(self, args: tuple[Any, ...], keywords: Mapping[str, Any], made: Any) -> Creation | None:
        routine = self.__wrapped__.__name__
        whole = in_order(routine, args, keywords) if keywords else args
        return None if whole is None else creation(routine, whole, made)

    def _number(self, made: Any) -> Any:
        """The number of which the array is full, if the function makes such arrays."""
        kind, _, _ = self.__wrapped__.__name__.partition("_")
        if kind == "empty":
            made.fill(0)
        if kind not in _FILLING or not made.size:
            return None
        first = made.reshape(-1)[0]
        return first if kind != "full" or bool(np.all(made == first)) else None


_FILLING = ("zeros", "ones", "empty", "full")


def _as_sizes(value: Any) -> Any:
    """A shape, or a number of a routine, with the sizes that stand for symbolic numbers and variables of loops."""
    if type(value) in (tuple, list):
        return type(value)(map(_as_sizes, value))
    return value.size if moving((value,)) is not None else size_in(value)


def _shape_of(made: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of an array full of a number as the function was asked for it, with the sizes of arguments."""
    like = args[0] if args else keywords.get("shape")
    sizes = getattr(like, "shape", like)
    shape = tuple(sizes) if isinstance(sizes, (tuple, list)) else (sizes,)
    return shape if shape == made.shape else made.shape


def _is_array_like(value: Any) -> bool:
    """Whether a value is an object of the user's with an `__array__`, which may return a traced array."""
    kind = type(value)
    if kind in LEAVES or not hasattr(kind, "__array__"):
        return False
    return not isinstance(value, (np.ndarray, np.generic, Traced)) and not is_foreign(kind.__module__)


def _of_object(value: Any) -> Any:
    """What an object's `__array__` returns, where that is traced, or made by the traced function; else the object."""
    made = value.__array__()
    return made if isinstance(made, Traced) else value


class Compiled(_StandIn):
    """A function in C or Cython of the user's, which takes no arrays that only stand for plain ones."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function with plain arrays; it may write to them."""
        given = (*args, *keywords.values())
        if any(type(each) is plain.Plain for each in given) and not any(map(holds_traced, given)):
            return plain.run(self.__wrapped__, args, keywords, writes=True)
        made, tape = self.__wrapped__(*args, **keywords), current.get()
        return made if tape is None or not tape.allocates else _followed(made, opened(args), tape)


def _is_compiled(held: Any) -> bool:
    """Whether a value is a function in C or Cython of the user's, or of a library that is not known here."""
    kind = type(held)
    return kind.__name__ in _COMPILED and not is_foreign(held.__module__ or "builtins")


_COMPILED = frozenset({"builtin_function_or_method", "cython_function_or_method", "fused_cython_function"})


def _followed(made: Any, args: Sequence[Any], tape: Tape, number_in: Callable[[Any], Any] | None = None) -> Any:
    """What a function has made of plain arguments, or a tuple or list of it, so that writes to it are followed."""
    if type(made) in (tuple, list):
        return type(made)(_followed(each, args, tape, number_in) for each in made)
    if type(made) is not np.ndarray or made.dtype.kind not in "fbiuc":
        return made
    if any(type(each) is np.ndarray and np.may_share_memory(each, made) for each in args):
        return outside(made)  # as np.asarray of an array from elsewhere
    return plain.fresh(made, tape, number_in and number_in(made))


def _array(value: Any) -> Any:
    """An array in place of a list or tuple that holds traced values, as NumPy makes one of any list."""
    return FUNCTIONS[np.array](value) if type(value) in (list, tuple) and holds_traced(value) else value


class Reducing(_StandIn):
    """A function of arrays, for which a list of traced values is an array, as it is for NumPy."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function, with an array in place of each list that holds traced values."""
        if not any(map(holds_traced, args)):
            note_numbers(args)
        made = self.__wrapped__(*map(_array, args), **keywords)
        if type(made) is not np.ndarray or (tape := current.get()) is None or not tape.allocates:
            return made
        return _followed(made, args, tape)  # as np.cumsum of a list of plain numbers


class Measuring(Reducing):
    """A function that tells the sizes of an array, which are symbolic numbers where they are kept."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function."""
        told = super().__call__(*args, **keywords)
        return tuple(map(symbolic, told)) if type(told) is tuple else symbolic(told)


def _array_of_shape(*args: Any, **keywords: Any) -> Any:
    """`np.ndarray(shape)`; the array knows when it is written to, but for one that lies in a buffer of another's."""
    made, tape = np.ndarray(*opened(args), **opened(keywords)), current.get()
    if tape is None or not tape.allocates or made.base is not None or made.dtype.kind not in "fbiuc":
        return made
    made.fill(0)
    return plain.fresh(made, tape, made.dtype.type(0))


class _Importing(_StandIn):
    """`importlib.import_module`, which does what an import statement does."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        module = self.__wrapped__(*args, **keywords)
        return module if current.get() is None else _imported_now(module)


class Vectorized(np.vectorize):
    """`np.vectorize`, which takes traced arrays, too."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        """Call the function on elements or parts of the arrays."""
        if keywords or not any(map(holds_traced, args)):
            return super().__call__(*args, **keywords)
        whole = {each for each in self.excluded or () if isinstance(each, int)}
        args = tuple(arg if place in whole else _array(arg) for place, arg in enumerate(opened(args)))
        made = by_elements(stand_in(self.pyfunc), args, self.signature, whole)
        if not self.otypes:
            return made
        cast = tuple(
            each.astype(kind) for each, kind in zip(made if type(made) is tuple else (made,), self.otypes, strict=True)
        )
        return cast if type(made) is tuple else cast[0]


class Joining(_StandIn):
    """`np.r_`, `np.c_`, `np.mgrid` or `np.ogrid`, which make arrays of what stands in their brackets."""

    def __getitem__(self, key: Any) -> Any:
        """Make the array, by the traced version if there is one, and something in the brackets is traced."""
        parts = key if type(key) is tuple else (key,)
        if holds_traced(parts) and self.__wrapped__ in FUNCTIONS:
            return FUNCTIONS[self.__wrapped__](*parts)
        note_numbers(parts)
        made, tape = self.__wrapped__[plain_index(key)], current.get()
        return made if tape is None or not tape.allocates else _followed(made, parts, tape)


class _Reading(_StandIn):
    """A clock that refuses to be read if its time would be frozen in a program."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if once.get() and (not args or self.called.startswith("datetime")):  # it may be given a time, or a time zone
            _refuse_clock(self.called)
        return self.__wrapped__(*args, **keywords)


class _Drawing(_StandIn):
    """A function that draws from the operating system, and refuses if that would be frozen in a program."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if once.get():
            refuse_draws(*_users_line())
        return self.__wrapped__(*args, **keywords)


class _Seeding(_StandIn):
    """`np.random.default_rng`; without a seed, the generator may not be drawn from while a function becomes a program."""

    def __call__(self, seed: Any = None) -> Any:
        if seed is not None or not once.get():
            return self.__wrapped__(seed)
        token = once.set(False)  # to draw the seed is no fault yet
        try:
            generator = self.__wrapped__()
        finally:
            once.reset(token)
        unseeded.get().append((generator, state_of(generator), *_users_line()))
        return generator


def state_of(generator: Any) -> object:
    """The state of a generator, and how many others it has spawned, as a comparable value."""
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.RandomState):
        return _plain(dict(generator.get_state(legacy=False)))
    bits = getattr(generator, "bit_generator", generator)
    return _plain(bits.state), getattr(bits.seed_seq, "n_children_spawned", 0)


def _plain(state: Any) -> object:
    if isinstance(state, dict):
        return {key: _plain(part) for key, part in state.items()}
    return state.tobytes() if isinstance(state, np.ndarray) else state


class _Floats(type):
    """The type of a stand-in for `float`, whose instances are floats, and which gives a traced number back."""

    def __call__(cls, *args: Any) -> Any:
        if args and holds_traced(args[0]):
            return FUNCTIONS[float](*args)
        return as_float(args[0]) if args and isinstance(args[0], Sized) else float(*args)

    def __instancecheck__(cls, each: object) -> bool:
        return isinstance(each, float)

    def __subclasscheck__(cls, each: type) -> bool:
        return issubclass(each, float)


FLOAT = _Floats("float", (float,), {"dtype": np.dtype(float)})
"""What stands for `float` where a code only calls it: Python makes a plain number of all that a type's `__float__` gives."""


def _itself(own: Any) -> Any:
    return own


class _Dates(type):
    """The type of a stand-in for a date class, whose instances and subclasses are those of the class."""

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        return cls.__base__(*args, **keywords)  # type: ignore[misc]

    def __instancecheck__(cls, each: object) -> bool:
        return isinstance(each, cls.__base__)  # type: ignore[arg-type]

    def __subclasscheck__(cls, each: type) -> bool:
        return issubclass(each, cls.__base__)  # type: ignore[arg-type]


def _dates(own: type, *names: str) -> type:
    """A date class whose methods refuse to read the clock if the time would be frozen in a program."""
    reads = {name: staticmethod(_Reading(getattr(own, name), f"datetime.{own.__name__}.{name}")) for name in names}
    return _Dates(own.__name__, (own,), reads)


def _seed(self: random.Random, a: Any = None, *rest: Any) -> None:
    if a is None and once.get():
        refuse_draws(*_users_line())
    _own_seed(self, a, *rest)


def _import(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    """Python's import, which gives traced functions of the user a module's stand-in."""
    module = _own_import(name, globals, locals, fromlist, level)
    frame = sys._getframe(1)
    within = frame.f_code.co_name != "<module>" and not is_machinery(frame.f_code.co_filename)
    if current.get() is None or not within or is_foreign((globals or {}).get("__name__")):
        return module
    return _imported_now(module, tuple(fromlist or ()))


def _imported_now(module: Any, names: tuple[str, ...] = ()) -> Any:
    """What a traced function gets of an import: a module's stand-in, or the module, in which names are bound from now on."""
    load()
    if type(module) is ModuleType and not is_foreign(module.__name__):
        for listener in ON_IMPORT:
            listener(module, names)
    return stand_in(module)


ON_IMPORT: list[Callable[[ModuleType, tuple[str, ...]], None]] = []
"""What is told that a traced function has imported a module of the user's, or names from it."""


_own_seed, _own_import = random.Random.seed, builtins.__import__
IMPORT = (vars(builtins), "__import__", _own_import, _import)
"""The place of `__import__`: the namespace, the name, its own value and the stand-in."""

SOURCES = [
    (random.Random, "seed", _own_seed, _seed),
    (vars(random), "_urandom", vars(random)["_urandom"], _Drawing(vars(random)["_urandom"])),
]
"""The same for the sources of random numbers of unseeded generators and of `secrets`."""


def _packages(*names: str) -> Callable[[ModuleType], dict[str, Any]]:
    """The modules of a module, of which some are imported on first access."""

    def packages(own: ModuleType) -> dict[str, Any]:
        def package(name: str) -> Any:
            found = getattr(own, name)
            if found is np.ndarray:  # a class that is compared, too
                frame = sys._getframe(1)
                return _array_of_shape if calls_attribute(frame.f_code, frame.f_lasti) else found
            load()
            return stand_in(found)

        return {**dict.fromkeys(names), "__getattr__": package}

    return packages


def _distributions(own: ModuleType) -> dict[str, Any]:
    _methods.extend(distributions(own))
    _stand_ins.update({id(method): (method, ours) for _, _, method, ours in _methods})
    return {}


def _rebinding(
    methods: Callable[[Any], Iterator[tuple[type, str, Any, Any]]],
) -> Callable[[ModuleType], dict[str, Any]]:
    def enter(own: ModuleType) -> dict[str, Any]:
        _others[own.__name__] = list(methods(own))
        return {}

    return enter


def _each(kind: type[_StandIn], *names: str) -> Callable[[ModuleType], dict[str, Any]]:
    return lambda own: {name: kind(getattr(own, name), own.__name__) for name in names if hasattr(own, name)}


def _clocks(own: ModuleType) -> dict[str, Any]:
    counting = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
    names = (*counting, *(f"{name}_ns" for name in counting), "localtime", "gmtime", "ctime")
    return {name: _Reading(getattr(own, name), f"time.{name}") for name in names if hasattr(own, name)}


def _calendar(own: ModuleType) -> dict[str, Any]:
    return {"datetime": _dates(own.datetime, "now", "utcnow", "today"), "date": _dates(own.date, "today")}


_REDUCTIONS = (
    "sum", "prod", "mean", "std", "var", "median", "average", "quantile", "percentile", "max", "min", "amax", "amin", "ptp",
    "argmax", "argmin", "all", "any", "count_nonzero", "cumsum", "cumprod",
    "nansum", "nanprod", "nanmean", "nanstd", "nanvar", "nanmedian", "nanmax", "nanmin",
)  # fmt: skip
_OF_ARRAYS = (
    "atleast_1d", "atleast_2d", "atleast_3d", "clip", "cross", "diff", "dot", "flip", "inner", "interp", "kron", "polyval",
    "ndim", "ravel", "reshape", "roll", "roots", "shape", "size", "sort", "squeeze", "trapezoid", "transpose", "vdot",
)  # fmt: skip
_MAKING = (
    "zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like", "full_like", "copy", "arange", "linspace", "logspace",
    "geomspace", "eye", "identity", "diag", "tri", "tril", "triu", "tile", "repeat", "concatenate", "stack", "hstack", "vstack",
    "column_stack", "outer", "meshgrid", "where", "broadcast_to",
)  # fmt: skip
# The same, of which a list that holds traced values is not an array.
_MAKING_OTHERS = (
    "frombuffer", "fromfile", "fromfunction", "fromiter", "fromstring", "genfromtxt", "load", "loadtxt",
    "asarray_chkfinite", "bincount", "block", "indices", "require", "vander",
    "bartlett", "blackman", "hamming", "hanning", "kaiser",
)  # fmt: skip
_JOINING = frozenset({"concatenate", "stack", "hstack", "vstack", "column_stack"})
_DRAWING = frozenset(name for name in np.random.__all__ if name[0].islower() and name not in ("default_rng", "seed"))
_MEASURING = ("shape", "size")
_MAKES_ARRAYS = _DRAWING | {*_MAKING, *_MAKING_OTHERS, *_MEASURING}
# What leads to lists of traced values, without which reductions need no stand-in, which would cost them some microseconds.
_LISTS = frozenset(
    {
        LISTS,
        "list",
        "tuple",
        "tolist",
        "sorted",
        "split",
        "array_split",
        "hsplit",
        "vsplit",
        "dsplit",
        "gradient",
        "meshgrid",
    }
)
_waiting: dict[str, Callable[[ModuleType], dict[str, Any]]] = {
    "numpy": lambda own: {
        **_each(Making, "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "full", *_MAKING)(own),
        **_each(Making, *_MAKING_OTHERS)(own),
        **_each(Reducing, *_REDUCTIONS, *_OF_ARRAYS)(own),
        **_each(Measuring, *_MEASURING)(own),
        **_each(Joining, "r_", "c_", "mgrid", "ogrid")(own),
        "vectorize": Vectorized,
        **_packages("linalg", "random", "ndarray")(own),
    },
    "numpy.random": lambda own: {**_each(Making, *_DRAWING)(own), **_each(_Seeding, "default_rng")(own)},
    "numpy.linalg": _each(Reducing, "norm", "solve", "inv", "det", "slogdet", "matrix_power", "pinv"),
    "math": _each(
        Asking, "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign", "cos", "cosh", "degrees",
        "dist", "erf", "erfc", "exp", "exp2", "expm1", "fabs", "floor", "fmod", "fsum", "gamma", "hypot", "isclose", "isfinite",
        "isinf", "isnan", "lgamma", "log", "log10", "log1p", "log2", "pow", "prod", "radians", "remainder", "sin", "sinh", "sqrt",
        "tan", "tanh", "trunc",
    ),
    "cmath": _each(
        Asking, "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "log", "log10", "phase", "polar", "rect",
        "sin", "sinh", "sqrt", "tan", "tanh",
    ),
    "statistics": _each(
        Asking, "mean", "fmean", "geometric_mean", "harmonic_mean", "variance", "pvariance", "stdev", "pstdev"
    ),
    "scipy": _packages("special", "stats", "linalg", "integrate", "spatial", "signal", "optimize", "fft"),
    "scipy.special": _each(
        Asking, "logsumexp", "softmax", "log_softmax", "polygamma", "multigammaln", "lambertw", "spherical_jn", "spherical_yn",
        "spherical_in", "spherical_kn",
    ),
    "scipy.linalg": _each(
        Asking, "solve", "inv", "det", "norm", "cholesky", "cho_factor", "cho_solve", "eigh", "eigvalsh", "svd", "svdvals", "qr",
        "pinv", "block_diag", "toeplitz", "circulant", "solve_continuous_lyapunov", "solve_discrete_lyapunov", "solve_triangular",
        "solve_sylvester", "expm", "logm", "sqrtm",
    ),
    "scipy.integrate": lambda own: {
        **_each(Asking, "trapezoid", "cumulative_trapezoid", "simpson", "fixed_quad")(own),
        **_each(Solving, "odeint", "solve_ivp", "quad", "quad_vec")(own),
    },
    "scipy.spatial": _packages("distance"),
    "scipy.spatial.distance": _each(
        Asking, "cdist", "pdist", "squareform", "euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine"
    ),
    "scipy.signal": _each(Asking, "convolve", "correlate", "fftconvolve", "oaconvolve", "convolve2d", "correlate2d", "lfilter"),
    "scipy.optimize": lambda own: {
        **_each(Asking, "rosen")(own),
        **_each(
            Solving, "brentq", "brenth", "bisect", "ridder", "toms748", "newton", "fixed_point", "fsolve", "root", "root_scalar",
            "minimize", "minimize_scalar", "least_squares", "curve_fit",
        )(own),
    },
    "scipy.fft": _each(Asking, *(name for name in np.fft.__all__ if not name.endswith("freq")), "dct", "idct"),
    "scipy.stats": _distributions,
    "scipy.sparse": _rebinding(sparse_products),
    "scipy.interpolate": _rebinding(interpolants),
    "pandas": _rebinding(frames),
    "importlib": _each(_Importing, "import_module"),
    "os": _each(_Drawing, "urandom", "getrandom"),
    "uuid": _each(_Drawing, "uuid1", "uuid4", "uuid6", "uuid7", "uuid8"),
    "time": _clocks,
    "datetime": _calendar,
}  # fmt: skip  # by a module's name, what makes the stand-ins for what is in it; until it is imported
_imported = 0  # how many modules there were when this was looked at
_lock = threading.Lock()


def load() -> None:
    """Make the stand-ins for modules that have been imported, and for their functions."""
    global _imported
    if len(sys.modules) == _imported:
        return
    with _lock:
        _imported = len(sys.modules)
        for name in tuple(_waiting):
            own: Any = sys.modules.get(name)
            if own is None or getattr(own.__spec__, "_initializing", False):  # another thread imports it
                _imported -= own is not None
                continue
            others = _waiting.pop(name)(own)
            second = ModuleType(own.__name__, own.__doc__)
            vars(second).update({**vars(own), **others})
            for other, ours in others.items():
                if ours is None:
                    vars(second).pop(other, None)
                elif other != "__getattr__":
                    _stand_ins[id(getattr(own, other, None))] = (getattr(own, other, None), ours)
            reductions = frozenset(other for other, ours in others.items() if type(ours) is Reducing)
            if own is np:
                reductions |= {"linalg", "__getattr__"}  # of which only lists are seen to
            making = _DRAWING if own is np.random else frozenset()
            always = frozenset(others) - reductions - making
            if own is np:
                making = frozenset({*_MAKING, *_MAKING_OTHERS, *_MEASURING, "ndarray", "random"})
                always = always - making | {"default_rng"}
            _other_names[id(own)] = (always, reductions, making)
            _stand_ins[id(own)] = (own, second)
