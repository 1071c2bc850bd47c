"""What the inputs of a network are, and how they become the activations of its first layer: `Inputs`.

Images and other arrays have one scaling for all their numbers, or one for each input. Tables have columns: of numbers, which
are scaled, or of texts, each of which becomes an input that is 1 where it stands.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.messages import listed, message
from ..core.nouns import Array
from ..data.errors import DataError
from ..data.inputs import is_one_image, require_size
from .given import Given, given, is_missing

SCALINGS = ("standard", "min-max", "gray", "none")
"""What `scale` may be, beside a number by which all inputs are divided."""
MISSING = ("mean", "median", "drop")
"""What may be done about values that are missing."""

MOST_TEXTS = 50
"""The most different texts that a column may have."""

_FAINT = 16  # bytes up to here are counts or levels, not grays of 0…255
_TABLES = ("tocsr", "columns", "column_names")  # what sparse matrices and data frames have
_LEAST, _MOST = -1.0, 2.0  # numbers that lie in 0…1 where a network learns are hardly beyond this where it reads


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: What it is called; empty if the table has no names.
        levels: Its texts in order, each of which is an input of its own; empty for numbers, which are one input.
        fill: The number or text that stands in for a missing one; `None` if none may be missing.
    """

    name: str
    levels: tuple[str, ...] = ()
    fill: float | str | None = None

    @property
    def size(self) -> int:
        """How many inputs it makes."""
        return len(self.levels) or 1


@dataclass(frozen=True)
class Inputs:
    """What the inputs are. Input i is (x_i − shift_i) / scale_i of the numbers x of an example.

    Attributes:
        scaling: `"standard"` (mean 0 and variance 1, as in scikit-learn), `"min-max"` (from 0 to 1), `"gray"` (bytes are
            divided by 255, numbers in 0…1 stay), `"none"`, or a number that divides all. `None`, before the first `fit`, stands
            for `"gray"` where all is in 0…1 or bytes, and else for `"standard"`.
        missing: `"mean"` or `"median"`, which stands in for a missing number (the most frequent text for a missing text), or
            `"drop"`, which leaves out examples in training and scoring; `None` refuses them.
        shape: The shape of an example, if it has several axes.
        columns: The columns, if the examples are a table.
        fill: Of an array, the number for each input that stands in for a missing one; empty if none may be missing.
        shift: What is subtracted: a number for each input, or one for all.
        scale: What is divided by, likewise.
        fitted: Whether data have been seen, so that all of this is settled.

    Examples:
        >>> made = Inputs().fit(given({"age": [20.0, 40.0], "town": ["Ulm", "Bern"]}), 3)
        >>> made.names, made.shift, made.scale
        (('age', 'town = Bern', 'town = Ulm'), (30.0, 0.0, 0.0), (10.0, 1.0, 1.0))
        >>> made.activations({"age": [50.0], "town": ["Ulm"]}, 3, "float64")
        array([[2., 0., 1.]])
    """

    scaling: str | float | None = None
    missing: str | None = None
    shape: tuple[int, ...] = ()
    columns: tuple[Column, ...] = field(default=(), repr=False)
    fill: tuple[float, ...] = field(default=(), repr=False)
    shift: tuple[float, ...] = field(default=(0.0,), repr=False)
    scale: tuple[float, ...] = field(default=(1.0,), repr=False)
    fitted: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs, if they are columns."""
        titles = [(each.name or str(place), each.levels) for place, each in enumerate(self.columns)]
        return tuple(
            name for title, levels in titles for name in ([f"{title} = {level}" for level in levels] or [title])
        )

    @property
    def size(self) -> int | None:
        """How many inputs there are, where this is known."""
        if self.columns:
            return sum(each.size for each in self.columns)
        known = max(len(self.shift), len(self.scale), len(self.fill))
        return math.prod(self.shape) if self.shape else known if known > 1 else None

    @property
    def affine(self) -> bool:
        """Whether numbers are shifted or divided, whatever their type."""
        return self.shift != (0.0,) or self.scale != (1.0,)

    @property
    def divides_bytes(self) -> bool:
        """Whether bytes are grays, which are divided by 255, and all other numbers stay."""
        return self.scaling in (None, "gray") and not self.columns

    # ---- learned from data -------------------------------------------------------------------------------------------

    def fit(self, rows: Given, n_inputs: int | None) -> Inputs:
        """The inputs, settled by these examples.

        Args:
            rows: The examples that are learned from.
            n_inputs: The number of inputs of the network; `None` if it is made for them.

        Returns:
            The inputs, whose scaling is found where none was asked for.

        Raises:
            DataError: A value is missing or is no number, or the sizes differ.
        """
        if self.fitted:
            return self
        if rows.is_table:
            made = replace(self, columns=tuple(self._column(rows, place) for place in range(rows.width)))
            if made.size is not None and n_inputs is not None and made.size != n_inputs:
                raise _other_size(made.columns, made.size, n_inputs)
            return made._scaled_by_columns(rows)
        require_numbers(rows)
        require_size((rows.count, *rows.array.shape[1:]), rows.width if n_inputs is None else n_inputs)
        shape = tuple(rows.array.shape[1:]) if len(rows.array.shape) > 2 else ()
        made = replace(self, shape=shape, fitted=True)
        if not rows.count:
            return made
        if isinstance(self.scaling, (int, float)):
            return replace(made, scale=(float(self.scaling),))
        least, most = _extent(rows)
        low, high, filled = np.array(least), np.array(most), tuple[float, ...]()
        if self.scaling == "min-max" or self.missing in ("mean", "median") or not math.isfinite(least + most):
            low, high, filled = _bounds(rows, self.missing)
        if self.scaling is None:
            grays = rows.array.dtype == np.uint8 and high.max() > _FAINT
            unit = low.min() >= 0 and high.max() <= 1
            made = replace(made, scaling="gray" if grays or unit else "standard")
        made = replace(made, fill=filled)
        if made.scaling == "standard":
            mean, deviation = _moments(rows, np.array(filled))
            return replace(made, shift=floats(mean), scale=floats(deviation))
        if made.scaling == "min-max":
            return replace(made, shift=floats(low), scale=floats(np.where(high > low, high - low, 1.0)))
        return made

    def width(self, rows: Given) -> int:
        """How many inputs a network needs to learn from these examples.

        Args:
            rows: The examples.

        Returns:
            The number of values of an example, or of numbers and different texts in its columns.

        Raises:
            DataError: A column has too many different texts, or something else than numbers and texts.

        Examples:
            >>> from chainrule.schema.given import given
            >>> Inputs().width(given({"rooms": [3, 2, 4], "town": ["Ulm", "Bern", "Ulm"]}))
            3
        """
        return sum(self._column(rows, place).size for place in range(rows.width)) if rows.is_table else rows.width

    def _column(self, rows: Given, place: int) -> Column:
        """What a column is."""
        name, values = rows.names[place] if rows.names else "", rows.column(place)
        if values.dtype.kind in "buif":
            return Column(name, (), self._filled(number_column(values, name, place)))
        kinds = {str if isinstance(each, str) else float for each in values if not is_missing(each)}
        if kinds == {str}:
            texts = Counter(str(each) for each in values if not is_missing(each))
            if len(texts) > MOST_TEXTS:
                raise DataError(
                    "{column} has {count:,} different texts, and at most {most} become inputs; leave it out, or give "
                    "numbers.",
                    column=titled(name, place),
                    count=len(texts),
                    most=MOST_TEXTS,
                )
            often = max(sorted(texts), key=texts.__getitem__)
            return Column(name, tuple(sorted(texts)), often if self.missing in ("mean", "median") else None)
        return Column(name, (), self._filled(number_column(values, name, place)))

    def _filled(self, numbers: Array) -> float | None:
        """What stands in for a missing number of a column."""
        if self.missing not in ("mean", "median"):
            return None
        there = numbers[~np.isnan(numbers)]
        if not len(there):
            return 0.0
        return float(np.mean(there) if self.missing == "mean" else np.median(there))

    def _scaled_by_columns(self, rows: Given) -> Inputs:
        """With the scaling of each column of numbers; texts stay 0 and 1, and so do truth values."""
        scaling = "standard" if self.scaling is None else self.scaling
        made = replace(self, scaling=scaling, fitted=True)
        shift, scale = list[float](), list[float]()
        for place, column in enumerate(self.columns):
            by = (0.0, 1.0)
            if not column.levels and rows.count:
                numbers = made._numbers_of(rows, place, column)[:, 0]
                if isinstance(scaling, (int, float)):
                    by = (0.0, float(scaling))
                elif scaling == "standard" and rows.columns[place].dtype.kind != "b":
                    by = float(numbers.mean()), float(deviation_of(numbers.mean(), numbers.std()))
                elif scaling == "min-max":
                    low, high = float(numbers.min()), float(numbers.max())
                    by = low, high - low if high > low else 1.0
            shift += [by[0]] * column.size
            scale += [by[1]] * column.size
        return replace(made, shift=tuple(shift), scale=tuple(scale))

    # ---- examples into numbers ---------------------------------------------------------------------------------------

    def is_one(self, x: Any, n_inputs: int) -> bool:
        """Whether this is a single example rather than a batch of examples.

        Args:
            x: What was given.
            n_inputs: The number of inputs of the network.
        """
        records = getattr(getattr(x, "dtype", None), "names", None)
        if isinstance(x, (Given, Mapping)) or records or any(map(functools.partial(hasattr, x), _TABLES)):
            return False
        shape = tuple(np.shape(x))
        if self.columns:
            return shape == (len(self.columns),)
        return is_one_image(np.empty(shape, np.void), n_inputs)

    def given(self, x: Any, n_inputs: int) -> Given:
        """Examples as rows, a single one as one row.

        Args:
            x: What was given.
            n_inputs: The number of inputs of the network.

        Returns:
            The rows; of a table, with its columns in the order of the first fit.

        Raises:
            DataError: A column is missing, or the sizes differ.
        """
        if self.is_one(x, n_inputs):
            x = np.asarray(x, object if self.columns else None)[None]
        rows = given(x)
        if not self.columns:
            if rows.is_table and self.fitted:
                return _as_array(rows)
            if not rows.is_table:
                require_numbers(rows)
                require_size((rows.count, *rows.array.shape[1:]), n_inputs)
            return rows
        if not rows.is_table:
            require_numbers(rows)
            table = rows.part(slice(None)).reshape(rows.count, -1)
            rows = Given(rows.count, columns=tuple(table.T))
        if rows.names and self.columns[0].name:
            absent = [each.name for each in self.columns if each.name not in rows.names]
            if absent:
                raise DataError(
                    "There is no column {names}; the network learned from {count} columns.",
                    names=listed(map(repr, absent[:5])),
                    count=len(self.columns),
                )
            columns = dict(zip(rows.names, rows.columns, strict=True))
            wanted = tuple(each.name for each in self.columns)
            return replace(rows, names=wanted, columns=tuple(columns[name] for name in wanted))
        if rows.width != len(self.columns):
            raise DataError(
                "There are {given} columns; the network learned from {count}.",
                given=rows.width,
                count=len(self.columns),
            )
        return rows

    def numbers(self, rows: Given, which: Any = slice(None)) -> Array:
        """The numbers x of some examples, before they are scaled: n × n_1; of arrays in their own number type.

        Args:
            rows: The examples.
            which: An index of rows.

        Returns:
            A column for each input.

        Raises:
            DataError: A value is missing, is infinite, or is a text that the column has not had.
        """
        if rows.is_table:
            part = (
                rows
                if isinstance(which, slice) and which == slice(None)
                else rows.selected(np.arange(len(rows))[which])
            )
            if not self.columns:
                made: Array = _as_array(part).array
                return made
            return np.concatenate([self._numbers_of(part, k, each) for k, each in enumerate(self.columns)], axis=1)
        array = rows.part(which)
        array = array.reshape(len(array), rows.width)
        if array.dtype.kind != "f" or not array.size or math.isfinite(float(array.min()) + float(array.max())):
            return array
        missing = np.isnan(array)
        if self.fill and missing.any():
            array = np.where(missing, np.array(self.fill, array.dtype), array)
        wrong = ~np.isfinite(array)
        if wrong.any():
            row, place = map(int, np.argwhere(wrong)[0])
            raise _no_number(array[row, place], "", place, int(np.arange(len(rows))[which][row]))
        return array

    def _numbers_of(self, rows: Given, place: int, column: Column) -> Array:
        """The inputs that a column makes."""
        values = rows.column(place)
        if not column.levels:
            numbers = number_column(values, column.name, place)
            if column.fill is not None:
                numbers = np.where(np.isnan(numbers), float(column.fill), numbers)
            wrong = ~np.isfinite(numbers)
            if wrong.any():
                row = int(np.argmax(wrong))
                raise _no_number(numbers[row], column.name, place, row)
            return numbers[:, None]
        places = {level: at for at, level in enumerate(column.levels)}
        made = np.zeros((len(values), len(column.levels)))
        for row, value in enumerate(values):
            text = column.fill if is_missing(value) else value
            if text is None:
                raise _no_number(math.nan, column.name, place, row)
            if text not in places:
                raise DataError(
                    "{column} is {value!r} in row {row}; the network knows {levels}.",
                    column=titled(column.name, place),
                    value=text,
                    row=row,
                    levels=listed(map(repr, column.levels[:10])),
                )
            made[row, places[text]] = 1
        return made

    def scaled(self, numbers: Array, dtype: str, *, bounded: bool = False) -> Array:
        """Numbers as activations: (x − shift) / scale, in the network's number type.

        Args:
            numbers: n × n_1, as `numbers` gives them.
            dtype: The number type.
            bounded: Whether numbers far outside 0…1 are refused where the network learned from numbers in 0…1.

        Returns:
            n × n_1; the same memory where nothing changes.

        Raises:
            DataError: Numbers are far outside.
        """
        if self.divides_bytes:
            if numbers.dtype == np.uint8:
                # Division, since a product with float32(1/255) is off in the last bit for half of all grays.
                grays: Array = np.divide(numbers, 255, dtype=dtype, casting="unsafe")
                return grays
            if bounded and self.scaling and numbers.size and not (numbers.min() >= _LEAST and numbers.max() <= _MOST):
                row, place = map(int, np.argwhere(~((numbers >= _LEAST) & (numbers <= _MOST)))[0])
                raise DataError(
                    "x[{index}] is {value}, and the network learned from numbers in 0…1; divide grays by 255, or give them "
                    "as uint8.",
                    index=", ".join(map(str, (row, *np.unravel_index(place, self.shape or numbers.shape[1:])))),
                    value=numbers[row, place],
                )
        if not self.affine:
            return numbers.astype(dtype, copy=False)
        if self.shift == (0.0,) and len(self.scale) == 1:
            divided: Array = np.divide(numbers, self.scale[0], dtype=dtype, casting="unsafe")
            return divided
        made: Array = ((numbers - np.array(self.shift)) / np.array(self.scale)).astype(dtype, copy=False)
        return made

    def activations(self, x: Any, n_inputs: int, dtype: str, *, bounded: bool = False) -> Array:
        """Examples as the activations of the first layer.

        Args:
            x: What was given.
            n_inputs: The number of inputs of the network.
            dtype: The number type.
            bounded: As in `scaled`.

        Returns:
            n × n_1.
        """
        return self.scaled(self.numbers(self.given(x, n_inputs)), dtype, bounded=bounded)

    def change(self, dtype: Any) -> tuple[Array | float, Array | float]:
        """What is subtracted from the numbers of an example, and what the rest is divided by: one number, or one for each.

        Args:
            dtype: The number type of the numbers.
        """
        if self.divides_bytes and dtype == np.uint8:
            return 0.0, 255
        if len(self.scale) == 1 and len(self.shift) == 1:
            by = self.scaling if isinstance(self.scaling, (int, float)) else self.scale[0]
            return self.shift[0], by
        return np.array(self.shift), np.array(self.scale)

    def complete(self, rows: Given) -> Array | None:
        """The positions of the rows in which nothing is missing, if rows are to be dropped for that; else `None`.

        Args:
            rows: The examples.
        """
        if self.missing != "drop":
            return None
        if rows.is_table:
            there = np.ones(rows.count, bool)
            for place in range(rows.width):
                there &= [not is_missing(each) for each in rows.column(place)]
        elif rows.array.dtype.kind == "f":
            there = np.concatenate([~np.isnan(part).any(axis=1) for part in rows.parts()] or [np.ones(0, bool)])
        else:
            return None
        return None if there.all() else np.flatnonzero(there)


# ---- arrays ----------------------------------------------------------------------------------------------------------


def require_numbers(rows: Given) -> None:
    """Refuse an array that has no numbers.

    Args:
        rows: An array.

    Raises:
        DataError: It has something else.
    """
    if rows.array.dtype.kind not in "buif":
        raise DataError("x is {dtype}; give numbers, or columns of numbers and texts.", dtype=rows.array.dtype)


def _as_array(rows: Given) -> Given:
    """A table of numbers as an array, for a network that learned from an array."""
    columns = [number_column(rows.column(k), rows.names[k] if rows.names else "", k) for k in range(rows.width)]
    return Given(rows.count, np.stack(columns, axis=1) if columns else np.zeros((rows.count, 0)))


def _extent(rows: Given) -> tuple[float, float]:
    """The least and the largest number; NaN if a number is missing."""
    if not rows.width:
        return 0.0, 0.0
    bounds = [(float(part.min()), float(part.max())) for part in rows.parts()]
    return float(np.min([each for each, _ in bounds])), float(np.max([each for _, each in bounds]))


def _bounds(rows: Given, missing: str | None) -> tuple[Array, Array, tuple[float, ...]]:
    """The least and the largest number of each input, and what stands in for missing ones."""
    low, high = np.full(rows.width, np.inf), np.full(rows.width, -np.inf)
    total, there, gone, seen = np.zeros(rows.width), np.zeros(rows.width), 0, 0
    for part in rows.parts():
        if part.dtype.kind == "f":
            known = ~np.isnan(part)
            wrong = ~np.isfinite(part) if missing in ("mean", "median") else ~np.isfinite(part) | ~known
            if missing in ("mean", "median"):
                wrong &= known
            if wrong.any():
                row, place = map(int, np.argwhere(wrong)[0])
                raise _no_number(part[row, place], "", place, seen + row)
            gone += part.size - int(known.sum())
            total += np.where(known, part, 0).sum(axis=0, dtype=np.float64)
            there += known.sum(axis=0)
            part = np.where(known, part, np.nan)
        low = np.fmin(low, np.fmin.reduce(part, axis=0))
        high = np.fmax(high, np.fmax.reduce(part, axis=0))
        if part.dtype.kind != "f":
            total += part.sum(axis=0, dtype=np.float64)
            there += len(part)
        seen += len(part)
    empty = there == 0
    low, high = np.where(empty, 0, low), np.where(empty, 0, high)
    if missing not in ("mean", "median"):
        return low, high, ()
    if missing == "mean":
        return low, high, floats(total / np.maximum(there, 1))
    medians = [_median(rows, place) for place in range(rows.width)]
    return low, high, tuple(medians)


def _median(rows: Given, place: int) -> float:
    column = np.concatenate([part[:, place] for part in rows.parts()]).astype(np.float64)
    column = column[~np.isnan(column)]
    return float(np.median(column)) if len(column) else 0.0


def _moments(rows: Given, fill: Array) -> tuple[Array, Array]:
    """The mean and the deviation of each input, in two passes."""

    def whole(part: Array) -> Array:
        wide = part.astype(np.float64)
        return np.where(np.isnan(wide), fill, wide) if len(fill) else wide

    mean: Array = sum(whole(part).sum(axis=0) for part in rows.parts()) / rows.count
    squares: Array = sum(((whole(part) - mean) ** 2).sum(axis=0) for part in rows.parts())
    return mean, deviation_of(mean, np.sqrt(squares / rows.count))


def deviation_of(mean: Any, deviation: Any) -> Any:
    """The deviation, or 1 where it is that of equal numbers, but for rounding."""
    return np.where(deviation > 1e-9 * np.abs(mean), deviation, 1.0)


def floats(numbers: Array) -> tuple[float, ...]:
    """Numbers as a tuple, which is immutable."""
    found: list[float] = np.asarray(numbers, np.float64).tolist()
    return tuple(found)


# ---- columns ---------------------------------------------------------------------------------------------------------


def titled(name: str, place: int) -> str:
    """A column as messages call it: by its name, or by its place."""
    return message("Column {name!r}", name=name) if name else message("Column {place}", place=place)


def number_column(values: Array, name: str, place: int) -> Array:
    """A column of numbers as float64, NaN where one is missing. Raises `DataError` for anything else."""
    if values.dtype.kind in "buif":
        return values.astype(np.float64)
    if values.dtype.kind in "mM":
        raise DataError("{column} has dates; give numbers, such as days since the first.", column=titled(name, place))
    numbers = np.empty(len(values))
    for row, value in enumerate(values):
        try:
            if isinstance(value, (str, bytes)):
                raise TypeError
            numbers[row] = math.nan if is_missing(value) else float(value)
        except (TypeError, ValueError, OverflowError):
            raise DataError(
                "{column} is {value!r} in row {row}, where a number is expected.",
                column=titled(name, place),
                value=value,
                row=row,
            ) from None
    return numbers


def _no_number(value: float, name: str, place: int, row: int) -> DataError:
    """The error for a number that is missing, or infinite."""
    column = titled(name, place)
    if not math.isnan(value):
        return DataError("{column} is {value} in row {row}; give finite numbers.", column=column, value=value, row=row)
    return DataError(
        "{column} has no value in row {row}; give one, or make the network with missing='mean', 'median' or 'drop'.",
        column=column,
        row=row,
    )


def _other_size(columns: Sequence[Column], size: int, n_inputs: int) -> DataError:
    texts = [f"{each.name or place} ({each.size})" for place, each in enumerate(columns) if each.levels]
    if texts:
        return DataError(
            "The columns make {size:,} inputs, one for each text of {texts}, and the network has {inputs:,}; let its layers "
            "begin with {size}.",
            size=size,
            texts=listed(texts),
            inputs=n_inputs,
        )
    return DataError(
        "There are {size:,} columns, and the network has {inputs:,} inputs; let its layers begin with {size}.",
        size=size,
        inputs=n_inputs,
    )
