"""Arrays that are made of sizes: of one number, or by one of NumPy's routines, such as `np.eye(n)`, for all sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...core.binding import bind
from ...core.dims import Shape
from ...core.primitive import PRIMITIVES, primitive
from ...core.traced import Traced
from ..sizes.numbers import is_sized, plain, size_in

_NUMBERS = {"0.0": "zeros", "1.0": "ones", "0j": "zeros", "(1+0j)": "ones"}
_PARSERS: dict[str, Callable[[str], Any]] = {"b": "True".__eq__, "i": int, "u": int, "c": complex}


@dataclass(frozen=True)
class Fill:
    """An array of one number, written as a call: `np.zeros(30)`, `np.full((2, 3), 0.5)`. The number is kept as text."""

    shape: Shape
    number: str
    dtype: str

    def __str__(self) -> str:
        shape = str(self.shape[0] if len(self.shape) == 1 and type(self.shape) is tuple else self.shape)
        natural = "float64" if self.number in _NUMBERS else {"f": "float64", "i": "int64"}.get(self.kind, "bool")
        dtype = "" if self.dtype == natural else f", dtype=np.{'bool_' if self.kind == 'b' else self.dtype}"
        if self.number in _NUMBERS:
            return f"np.{_NUMBERS[self.number]}({shape}{dtype})"
        number = self.number if self.number.lstrip("-") not in ("nan", "inf") else f"np.{self.number}"
        return f"np.full({shape}, {number.replace('np.-', '-np.')}{dtype})"

    def resized(self, change: Callable[[Any], Any]) -> Fill:
        """The array with other numbers in the place of its sizes."""
        return replace(self, shape=change(self.shape))

    @property
    def kind(self) -> str:
        """What kind of number it is, as NumPy calls it."""
        return np.dtype(self.dtype).kind

    @property
    def value(self) -> Any:
        """The number that its text stands for: a float, a whole number, a truth value or a complex number."""
        return _PARSERS.get(self.kind, float)(self.number)


def fill(shape: Shape, number: Any, dtype: np.dtype[Any]) -> Fill:
    """What fills an array with a number of this dtype."""
    sizes = tuple(size if hasattr(size, "terms") else int(size) for size in shape)  # of which some have names
    return Fill(sizes, repr(np.asarray(number, dtype).item()), dtype.name)


@dataclass(frozen=True)
class Creation:
    """An array that one of NumPy's routines makes of numbers, some of which are made of sizes: `np.eye(n)`, `np.arange(1, n)`.

    Attributes:
        routine: The name of the routine.
        args: Its arguments.
        dtype: The dtype of the array.
    """

    routine: str
    args: tuple[Any, ...]
    dtype: str

    @property
    def shape(self) -> Shape:
        """The shape of the array."""
        return tuple(map(size_in, ROUTINES[self.routine](*self.args)))

    def __str__(self) -> str:
        return f"np.{self.routine}({', '.join(map(str, self.args))})"

    def array(self) -> np.ndarray:
        """The array."""
        made: np.ndarray = getattr(np, self.routine)(*map(plain, self.args))
        return made

    def resized(self, change: Callable[[Any], Any]) -> Creation:
        """The array with other numbers in the place of its sizes."""
        return replace(self, args=change(self.args))


ROUTINES: dict[str, Callable[..., tuple[Any, ...]]] = {
    "eye": lambda n, m=None, k=0: (n, n if m is None else m),
    "identity": lambda n: (n, n),
    "tri": lambda n, m=None, k=0: (n, n if m is None else m),
    "arange": lambda start, stop=None: (
        start if stop is None else stop - (start if hasattr(start, "terms") else int(start)),
    ),
    "linspace": lambda start, stop, n=50: (n,),
}
"""What makes arrays of sizes, by the name of the routine: the shape."""
PARAMETERS = {"eye": ("N", "M", "k"), "tri": ("N", "M", "k"), "linspace": ("start", "stop", "num"), "identity": ("n",)}
"""The names of their parameters, where they may be given by name."""


def in_order(routine: str, args: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The arguments of a routine as if all were given by their places; `None` where that is not known."""
    names = PARAMETERS.get(routine, ())
    if not keywords.keys() <= {*names[len(args) :]}:
        return None
    by_name = {**dict(zip(names, args, strict=False)), **keywords}
    if "k" in by_name:  # after the number of columns
        by_name.setdefault("M", by_name.get("N"))
    ordered = [by_name[name] for name in names if name in by_name]
    is_whole = {*names[: len(ordered)]} == by_name.keys()
    return tuple(ordered) if is_whole else None


def creation(routine: str, args: Sequence[Any], array: np.ndarray) -> Creation | None:
    """How a routine has made an array of these arguments, where that is known to hold for other sizes, too."""
    whole = routine != "arange" or all(isinstance(each, int) or float(each).is_integer() for each in args)
    sized = any(hasattr(each, "terms") for each in args)
    if routine not in ROUTINES or not whole or not sized or not all(isinstance(each, (int, float)) for each in args):
        return None
    strict = tuple(each.operand if hasattr(each, "terms") else each for each in args)
    try:
        found = Creation(routine, strict, array.dtype.name)
        return found if found.shape == array.shape else None
    except TypeError:  # more arguments
        return None


def filled(shape: Shape, number: Any, dtype: Any, like: Any) -> Any:
    """An array full of a number, beside an array like another one; where that is traced, for other sizes, too."""
    if isinstance(like, Traced) and is_sized(shape):
        return bind(PRIMITIVES["full"], (), (("fill", fill(shape, number, np.dtype(dtype))),), like.tape)
    return np.full(shape, number, dtype)


def of_size(routine: str, size: Any, like: Any) -> Any:
    """What a routine makes of a size, as `np.arange(n)` or `np.eye(n)`, beside such an array."""
    made = getattr(np, routine)(int(size))
    found = creation(routine, (size,), made) if isinstance(like, Traced) else None
    return made if found is None else bind(PRIMITIVES["full"], (), (("fill", found),), like.tape)


def places_along(x: Any, axis: int) -> Any:
    """The numbers 0, 1, 2, … along an axis of an array, which broadcast against it."""
    return np.reshape(of_size("arange", np.shape(x)[axis], x), [-1 if p == axis else 1 for p in range(np.ndim(x))])


full = primitive(
    "full", shape=lambda fill: fill.shape, dtype=lambda fill: np.dtype(fill.dtype), derivative=(),
    python="{fill}", latex="{fill}",
    examples=lambda random: [
        ((), {"fill": Fill(*each)}) for each in [((2, 3), "0.0", "float64"), ((4,), "0.5", "float32"), ((), "-inf", "float64")]
    ],
)  # fmt: skip
