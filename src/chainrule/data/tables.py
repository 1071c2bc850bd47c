"""Tables in files: CSV, TSV, and Parquet where pyarrow is installed. Whatever is wrong is said with its line and column."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.messages import Message, listed, message
from ..quoting import some
from ..regular_files import open_regular
from .errors import HEAD_SIZE, DataError, describe, existing_file
from .number_text import COMMA, POINT, Mark, Marks, find_marks, number_in

ENDS = (".csv", ".tsv", ".parquet")
"""How the names of files with tables end."""

LARGEST = 2**30
"""The most bytes of a table, and in Parquet the most that its values take in memory: 1 GiB."""
_MOST_COLUMNS = 10_000
_TRIED_LINES = 100  # by which it is found what stands between the columns
_SPACE = re.compile(r"\s")  # a narrow one, too, which a message would show as \u202f
_NONE = {"", "na", "n/a", "nan", "null", "none"}


@dataclass(frozen=True, eq=False)
class Table:
    """A table: columns of numbers (float64, NaN where one is missing) or of texts (objects, `None` where one is missing).

    Attributes:
        path: The file.
        columns: The columns by name.
        lines: The line of each row in the file, from 1.
        comma: Whether its numbers have a decimal comma.
        notes: How its numbers are read, where that is not plain.
    """

    path: str
    columns: dict[str, NDArray[np.generic]]
    lines: NDArray[np.int64]
    comma: bool = False
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class _Numbers:
    """A column of numbers, still as texts.

    Attributes:
        name: Its name.
        cells: The texts.
        missing: Of each, whether it says that there is no value.
        marks: What the texts say about the marks in the numbers.
    """

    name: str
    cells: list[str]
    missing: list[bool]
    marks: Marks


def is_table(path: str | None) -> bool:
    """Whether a path names a file with a table.

    >>> is_table("Prices.CSV"), is_table("net.safetensors"), is_table(None)
    (True, False, False)
    """
    return path is not None and path.lower().endswith(ENDS)


def read_table(path: str, numbers: Collection[str] = (), texts: Collection[str] = (), comma: bool = False) -> Table:
    """Read a table; its first line names the columns.

    A column has numbers if most of its values are numbers; then all must be. They may be written as in English, German, French
    or Swiss: 1,234.5, 1.234,5, 1 234,5 or 1'234.5.

    Args:
        path: The file.
        numbers: The names of columns that must have numbers.
        texts: The names of columns that have texts, even if they look like numbers.
        comma: Whether numbers have a decimal comma where nothing in the table says so.

    Returns:
        The table.

    Raises:
        DataError: The file is no table; the message names the line and the column.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "towns.csv"
        >>> _ = path.write_text("town,rooms\\nUlm,3\\nBern,\\n")
        >>> {name: column.tolist() for name, column in read_table(str(path)).columns.items()}
        {'town': ['Ulm', 'Bern'], 'rooms': [3.0, nan]}
    """
    existing_file(Path(path), "a table: CSV, TSV or Parquet")
    if path.lower().endswith(".parquet"):
        return _parquet(path)
    rows = list(_rows(path, _text(path)))
    if not rows:
        raise DataError("{path} is empty; its first line must name the columns.", path=path)
    (first, names), *body = rows
    names = _named(path, first, [each.strip() for each in names])
    for line, cells in body:
        if len(cells) != len(names):
            raise DataError(
                "{path}, line {line}: there are {given:,} values, and the first line names {count:,} columns.",
                path=path,
                line=line,
                given=len(cells),
                count=len(names),
            )
    lines = np.array([line for line, _ in body], np.int64)
    columns, numeric = dict[str, NDArray[np.generic]](), list[_Numbers]()
    for k, name in enumerate(names):
        cells = [cells[k].strip() for _, cells in body]
        missing = [cell.lower() in _NONE for cell in cells]
        marks = find_marks(() if name in texts else cells)
        columns[name] = column = np.empty(len(cells), object)
        if name in numbers or (2 * marks.numbers > len(cells) - sum(missing) and name not in texts):
            numeric.append(_Numbers(name, [_SPACE.sub(" ", cell) for cell in cells], missing, marks))
        else:
            column[:] = [None if gone else cell for cell, gone in zip(cells, missing, strict=True)]
    # Marks are found in all columns of numbers before one is read: a column may say what another means.
    proofs = {mark for unread in numeric for mark in unread.marks.proofs}
    notes = dict[Mark, Message]()
    for unread in numeric:
        mark = _mark(path, unread, lines, proofs, comma)
        columns[unread.name] = _values(path, unread, lines, mark)
        place = unread.marks.grouped if mark == POINT else unread.marks.proofs.get(COMMA, unread.marks.ambiguous)
        if place is not None and mark not in notes:
            notes[mark] = _note(path, int(lines[place]), unread.cells[place], mark)
    return Table(path, columns, lines, COMMA in notes, tuple(notes.values()))


def open_table(path: str) -> BufferedReader:
    """Open a file of at most `LARGEST` bytes. Raises `DataError` for a larger one, `OSError` if it is no regular file."""
    file = open_regular(path)
    size = os.fstat(file.fileno()).st_size
    if size <= LARGEST:
        return file
    file.close()
    raise _too_large(path, size)


def _too_large(path: str, size: int) -> DataError:
    return DataError(
        "{path} has {size:,} bytes, where at most {most:,} are accepted.", path=path, size=size, most=LARGEST
    )


def _text(path: str) -> str:
    """The text of a file. Raises `DataError` if it is not UTF-8."""
    with open_table(path) as file:
        content = file.read()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:HEAD_SIZE]:
        what = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else describe(content[:HEAD_SIZE])
        raise DataError("{path} is {what}; save it as CSV in UTF-8.", path=path, what=what)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            "{path}, line {line}: the text is not UTF-8; save it as CSV in UTF-8.",
            path=path,
            line=content[: error.start].count(b"\n") + 1,
        ) from None


def _rows(path: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not empty, each with its number."""
    head = text.partition("\n")[0]
    between = "\t" if path.lower().endswith(".tsv") else _separator(text, head)
    if head.count(between) >= _MOST_COLUMNS:
        raise DataError(
            "{path}, line 1: there are {count:,} columns, and at most {most:,} are read.",
            path=path,
            count=head.count(between) + 1,
            most=_MOST_COLUMNS,
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise DataError("{path}, line {line}: a quotation mark is out of place.", path=path, line=line) from None
        if cells is None:
            return
        if cells:
            yield line, cells


def _separator(text: str, head: str) -> str:
    """What stands between columns: the most frequent one in the first line that divides others into as many; in numbers and names
    there are commas, too.
    """
    order = sorted(",;\t", key=head.count, reverse=True)
    lines = text.split("\n", _TRIED_LINES)[:_TRIED_LINES]

    def divides_alike(separator: str) -> bool:
        try:
            counts = {len(cells) for cells in csv.reader(lines, delimiter=separator) if cells}
        except csv.Error:  # a text that is too long for a cell
            return False
        return len(counts) == 1 and counts != {1}

    return next((separator for separator in order if separator in head and divides_alike(separator)), order[0])


def _named(path: str, line: int, names: list[str]) -> list[str]:
    for place, name in enumerate(names, 1):
        if not name:
            raise DataError("{path}, line {line}: column {place} has no name.", path=path, line=line, place=place)
        if names.count(name) > 1:
            raise DataError(
                "{path}, line {line}: two columns are called {name!r}; give each a name of its own.",
                path=path,
                line=line,
                name=name,
            )
    return names


def _mark(path: str, column: _Numbers, lines: NDArray[np.int64], proofs: set[Mark], comma: bool) -> Mark:
    """What stands before decimals in a column. Raises `DataError` where that is not clear.

    Args:
        proofs: The marks that numbers of the table have in any column.
    """
    marks = column.marks
    if len(marks.proofs) == 2:
        first, second = sorted(marks.proofs.values())
        raise DataError(
            "{path}, line {line}: {name} is {value!r}, and {other!r} in line {first}; write all its decimals behind points, or "
            "all behind commas.",
            path=path,
            line=int(lines[second]),
            name=column.name,
            value=column.cells[second],
            other=column.cells[first],
            first=int(lines[first]),
        )
    if marks.proofs:
        return next(iter(marks.proofs))
    if marks.ambiguous is None:
        return POINT
    if len(proofs) == 1:
        return next(iter(proofs))
    value = column.cells[marks.ambiguous]
    if comma:
        return COMMA
    if COMMA in value:
        raise DataError(
            "{path}, line {line}: {name} is {value!r}, which can be {small:g} or {large:.15g}; write decimals behind a point, "
            "and nothing between thousands.",
            path=path,
            line=int(lines[marks.ambiguous]),
            name=column.name,
            value=value,
            small=number_in(value, COMMA),
            large=number_in(value),
        )
    return POINT


def _values(path: str, column: _Numbers, lines: NDArray[np.int64], mark: Mark) -> NDArray[np.float64]:
    """The numbers of a column. Raises `DataError` for what is none, or too large."""
    values = np.full(len(column.cells), math.nan)
    for row, (cell, gone) in enumerate(zip(column.cells, column.missing, strict=True)):
        number = math.nan if gone else number_in(cell, mark)
        if number is None:
            raise DataError(
                "{path}, line {line}: {name} is {value!r}, where a number is expected.",
                path=path,
                line=int(lines[row]),
                name=column.name,
                value=cell,
            )
        if math.isinf(number):
            raise DataError(
                "{path}, line {line}: {name} is {value}, which is too large for a number.",
                path=path,
                line=int(lines[row]),
                name=column.name,
                value=cell,
            )
        values[row] = number
    return values


def _note(path: str, line: int, text: str, mark: Mark) -> Message:
    return message(
        "{path} has a decimal comma: {text!r} in line {line} is read as {value:.15g}."
        if mark == COMMA
        else "{path} has marks between thousands: {text!r} in line {line} is read as {value:.15g}.",
        path=path,
        text=text,
        line=line,
        value=number_in(text, mark),
    )


def _parquet(path: str) -> Table:
    try:
        from pyarrow import parquet
    except ImportError:
        raise DataError("{path} is Parquet, which needs pyarrow; install it, or give CSV.", path=path) from None
    try:
        with open_table(path) as file:
            size = 8 * parquet.ParquetFile(file).metadata.num_rows * len(parquet.read_schema(path).names)
            read = parquet.read_table(path) if size <= LARGEST else None
    except DataError:
        raise
    except Exception as error:
        raise DataError("{path} cannot be read as Parquet ({error}).", path=path, error=error) from error
    if read is None:
        raise _too_large(path, size)
    columns = {}
    for name, column in zip(read.column_names, read.itercolumns(), strict=True):
        values = np.asarray(column)
        columns[str(name)] = values.astype(np.float64) if values.dtype.kind in "biuf" else values
    return Table(path, columns, np.arange(1, read.num_rows + 1))


def require_whole(table: Table, names: Collection[str], choosing: bool = False) -> None:
    """Refuse a table in which a value is missing in one of these columns.

    Args:
        table: The table.
        names: The names of the columns.
        choosing: Whether it can still be chosen what stands in for missing values.

    Raises:
        DataError: One is missing; the message names the line and the column.
    """
    for name in names:
        column = table.columns[name]
        gone = np.isnan(column) if column.dtype.kind == "f" else np.array([each is None for each in column], bool)
        if gone.any():
            raise DataError(
                "{path}, line {line}: {name} has no value ({count:,} of {total:,} rows have none); fill it in, or take "
                "--missing mean, median or drop."
                if choosing
                else "{path}, line {line}: {name} has no value ({count:,} of {total:,} rows have none); fill it in, or leave out "
                "such rows.",
                path=table.path,
                line=int(table.lines[np.argmax(gone)]),
                name=name,
                count=int(gone.sum()),
                total=len(gone),
            )


def require_known(table: Table, levels: Mapping[str, Collection[str]]) -> None:
    """Refuse a table with texts that a network has not learned.

    Args:
        table: The table.
        levels: The texts that are known, by the name of their column.

    Raises:
        DataError: There is another one; the message names the line and the column.
    """
    for name, known in levels.items():
        for line, text in zip(table.lines, table.columns[name], strict=True):
            if text is not None and text not in known:
                raise DataError(
                    "{path}, line {line}: {name} is {value!r}, which the network has not learned; it knows {levels}.",
                    path=table.path,
                    line=int(line),
                    name=name,
                    value=text,
                    levels=listed(some(map(repr, sorted(known)), 10)),
                )
