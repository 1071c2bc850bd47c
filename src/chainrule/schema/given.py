"""Whatever users give as examples, seen as rows: arrays, lists, data frames, dictionaries of columns, sparse matrices, batches.

No library is imported for its data: what has the methods of a data frame is one. Nothing is converted before it is asked for.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np

from ..core.messages import listed
from ..core.nouns import Array
from ..data.errors import DataError, sizes_text

_NUMBERS = 2**21  # that are looked at together


@dataclass(frozen=True, eq=False)
class Given:
    """Examples as they were given, one per row.

    Attributes:
        count: The number of rows, n.
        array: n × …, an array, a memory map or a sparse matrix; `None` where there are columns.
        names: The names of the columns, where they have names.
        columns: The columns, n values each, where they are not of one number type.
        which: The positions of the rows, if not all rows count.
    """

    count: int
    array: Any = None
    names: tuple[str, ...] = ()
    columns: tuple[Array, ...] = ()
    which: Array | None = None

    def __len__(self) -> int:
        """The number of rows."""
        return self.count

    @property
    def is_table(self) -> bool:
        """Whether there are columns."""
        return self.array is None

    @property
    def width(self) -> int:
        """The number of columns, or of values in a row."""
        return len(self.columns) if self.is_table else math.prod(self.array.shape[1:])

    @property
    def is_sparse(self) -> bool:
        """Whether it is a sparse matrix."""
        return hasattr(self.array, "tocsr")

    def selected(self, which: Array) -> Given:
        """These rows, which are not copied."""
        return replace(self, which=which if self.which is None else self.which[which], count=len(which))

    def part(self, which: Any) -> Array:
        """Some rows of an array, n × …, as they are; of a sparse matrix, with its zeros."""
        rows = self.array[which if self.which is None else self.which[which]]
        return np.asarray(rows.toarray() if self.is_sparse else rows)

    def column(self, place: int) -> Array:
        """A column, all its rows."""
        column = self.columns[place]
        return column if self.which is None else column[self.which]

    def parts(self) -> Iterator[Array]:
        """All rows of an array, some at a time, n × the values of a row."""
        some = max(1, _NUMBERS // max(1, self.width))
        for start in range(0, self.count, some):
            rows = self.part(slice(start, start + some))
            yield rows.reshape(len(rows), -1)


def given(examples: Any, what: str = "x") -> Given:
    """Examples as rows.

    Args:
        examples: An array, nested lists, a data frame, a dictionary of columns, or a sparse matrix.
        what: What the array is called in messages.

    Returns:
        The examples; arrays are not copied.

    Raises:
        DataError: They have no rows of one length, or columns of several lengths.

    Examples:
        >>> given({"age": [30, 41], "town": ["Ulm", "Bern"]}).names
        ('age', 'town')
        >>> given([[1, "Ulm"], [2, "Bern"]]).width
        2
    """
    if isinstance(examples, Given):
        return examples
    if isinstance(examples, Mapping):
        return _table(examples.keys(), examples.values())
    if hasattr(examples, "tocsr"):
        return Given(examples.shape[0], examples.tocsr())
    names = getattr(examples, "column_names", getattr(examples, "columns", None))
    if names is not None and not isinstance(examples, np.ndarray):
        return _table(names, map(values_of, _columns(examples)))
    try:
        array = np.asarray(examples)
        if array.dtype.kind in "US" and not hasattr(examples, "dtype"):  # numbers among texts stay numbers
            array = np.asarray(examples, object)
    except ValueError:
        raise DataError(
            "{array} are lists of different lengths; give one array, with rows of one length.", array=what
        ) from None
    if array.dtype.names is not None:
        return _table(array.dtype.names, (array[name] for name in array.dtype.names))
    if array.dtype.kind in "OUS" and array.ndim == 2:
        return replace(_table(range(array.shape[1]), array.T), names=())
    return Given(array.shape[0] if array.ndim else 1, array if array.ndim else array.reshape(1))


def _columns(frame: Any) -> Iterable[Any]:
    """The columns of a data frame of pandas, polars, pyarrow, or what has the methods of one."""
    if hasattr(frame, "iloc"):
        return (frame.iloc[:, place] for place in range(frame.shape[1]))
    if hasattr(frame, "get_columns"):
        return list(frame.get_columns())
    if hasattr(frame, "itercolumns"):
        return list(frame.itercolumns())
    return (frame[name] for name in frame.columns)


def values_of(column: Any) -> Array:
    """The values of a column as an array; `to_numpy` of some libraries refuses what it would have to copy."""
    own = hasattr(column, "__array__") or not hasattr(column, "to_numpy")
    return np.asarray(column if own else column.to_numpy())


def _table(names: Iterable[Any], columns: Iterable[Any]) -> Given:
    titles = tuple(map(str, names))
    made = tuple(each if isinstance(each, np.ndarray) else _objects(each) for each in columns)
    lengths = [len(each) for each in made]
    if len(set(lengths)) > 1 or any(each.ndim != 1 for each in made):
        raise DataError(
            "The columns are {sizes}; give columns of one length.",
            sizes=listed(f"{name} {sizes_text(each.shape)}" for name, each in zip(titles, made, strict=True)),
        )
    twice = next((name for name in titles if titles.count(name) > 1), None) if len(set(titles)) < len(titles) else None
    if twice is not None:
        raise DataError("Two columns are called {name!r}; give each a name of its own.", name=twice)
    return Given(lengths[0] if lengths else 0, None, titles, made)


def _objects(column: Any) -> Array:
    """A column of a dictionary as an array, in which texts do not turn numbers into texts."""
    array = np.asarray(column)
    return np.asarray(column, object) if array.dtype.kind in "US" else array


def gathered(batches: Iterable[Any]) -> tuple[Given, Any]:
    """Batches of examples and labels, written to a temporary file as they come, so that they never are in memory together.

    Args:
        batches: Pairs: the examples of a batch as an array, and their labels.

    Returns:
        All examples, as a memory map, and all labels.

    Raises:
        DataError: There are none, one is no pair of arrays with numbers, or they differ in size.

    Examples:
        >>> examples, labels = gathered((np.full((2, 3), k), [k, k]) for k in range(2))
        >>> examples.array.tolist(), labels.tolist()
        ([[0, 0, 0], [0, 0, 0], [1, 1, 1], [1, 1, 1]], [0, 0, 1, 1])
    """
    with tempfile.TemporaryFile() as file:  # whose bytes last as long as the memory map
        first, labels = _written(batches, file)
        return Given(len(labels), np.memmap(file, first.dtype, "r", 0, (len(labels), *first.shape[1:]))), labels


def _written(batches: Iterable[Any], file: IO[bytes]) -> tuple[Array, Array]:
    """Write the examples of batches to a file: the first batch, and all labels."""
    labels, first = list[Any](), None
    for batch in batches:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise DataError("Batch {number} is no pair; give pairs of examples and labels.", number=len(labels))
        rows = given(batch[0])
        if rows.is_table or rows.is_sparse or rows.array.dtype.kind not in "buif":
            raise DataError("Batch {number} has no array of numbers; give pairs of arrays.", number=len(labels))
        array = np.ascontiguousarray(rows.array)
        first = array if first is None else first
        if array.shape[1:] != first.shape[1:] or array.dtype != first.dtype:
            raise DataError(
                "Batch {number} is {sized} of {dtype}, and the first one {first} of {other}; give batches of one kind.",
                number=len(labels),
                sized=sizes_text(array.shape),
                dtype=array.dtype,
                first=sizes_text(first.shape),
                other=first.dtype,
            )
        if len(array) != len(batch[1]):
            raise DataError(
                "Batch {number} has {examples:,} examples and {labels:,} labels; the numbers must be equal.",
                number=len(labels),
                examples=len(array),
                labels=len(batch[1]),
            )
        file.write(array.data)
        labels.append(np.asarray(batch[1]))
    if first is None or not any(map(len, labels)):
        raise DataError("There are no batches to learn from.")
    file.flush()
    return first, np.concatenate(labels)


def is_missing(value: object) -> bool:
    """Whether a value stands for none: `None`, NaN, and what data frames have for them.

    >>> [is_missing(each) for each in (None, float("nan"), 0.0, "")]
    [True, True, False, False]
    """
    nameless = isinstance(value, (float, np.floating)) and value != value
    return value is None or nameless or type(value).__name__ in ("NAType", "NaTType")
