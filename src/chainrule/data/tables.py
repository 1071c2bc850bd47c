"""Tables in files: CSV, TSV, and Parquet where pyarrow is installed. Whatever is wrong is said with its line and column."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.messages import listed
from .errors import HEAD_SIZE, DataError, describe, existing_file

ENDS = (".csv", ".tsv", ".parquet")
"""How the names of files with tables end."""

_MOST_COLUMNS = 10_000
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_NONE = {"", "na", "n/a", "nan", "null", "none"}


@dataclass(frozen=True, eq=False)
class Table:
    """A table: columns of numbers (float64, NaN where one is missing) or of texts (objects, `None` where one is missing).

    Attributes:
        path: The file.
        columns: The columns by name.
        lines: The line of each row in the file, from 1.
    """

    path: str
    columns: dict[str, NDArray[np.generic]]
    lines: NDArray[np.int64]


def is_table(path: str | None) -> bool:
    """Whether a path names a file with a table.

    >>> is_table("Prices.CSV"), is_table("net.safetensors"), is_table(None)
    (True, False, False)
    """
    return path is not None and path.lower().endswith(ENDS)


def read_table(path: str, numbers: Collection[str] = (), texts: Collection[str] = ()) -> Table:
    """Read a table; its first line names the columns.

    A column has numbers if most of its values are numbers; then all must be.

    Args:
        path: The file.
        numbers: The names of columns that must have numbers.
        texts: The names of columns that have texts, even if they look like numbers.

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
    columns = {
        name: _column(path, name, [cells[k].strip() for _, cells in body], lines, name in numbers, name in texts)
        for k, name in enumerate(names)
    }
    return Table(path, columns, lines)


def _text(path: str) -> str:
    """The text of a file. Raises `DataError` if it is not UTF-8."""
    content = Path(path).read_bytes()
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
    between = "\t" if path.lower().endswith(".tsv") else max(",;\t", key=head.count)
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


def _column(
    path: str, name: str, cells: list[str], lines: NDArray[np.int64], number: bool, text: bool
) -> NDArray[np.generic]:
    """A column as numbers, or as texts."""
    missing = [each.lower() in _NONE for each in cells]
    right = [bool(_NUMBER.fullmatch(each)) for each in cells]
    there = len(cells) - sum(missing)
    if text or (not number and 2 * sum(right) <= there):
        texts = np.empty(len(cells), object)
        texts[:] = [None if gone else each for each, gone in zip(cells, missing, strict=True)]
        return texts
    values = np.full(len(cells), math.nan)
    for row, (cell, gone, good) in enumerate(zip(cells, missing, right, strict=True)):
        if gone:
            continue
        if not good:
            raise DataError(
                "{path}, line {line}: {name} is {value!r}, where a number is expected.",
                path=path,
                line=int(lines[row]),
                name=name,
                value=cell,
            )
        values[row] = float(cell)
        if math.isinf(values[row]):
            raise DataError(
                "{path}, line {line}: {name} is {value}, which is too large for a number.",
                path=path,
                line=int(lines[row]),
                name=name,
                value=cell,
            )
    return values


def _parquet(path: str) -> Table:
    try:
        from pyarrow import parquet
    except ImportError:
        raise DataError("{path} is Parquet, which needs pyarrow; install it, or give CSV.", path=path) from None
    try:
        read = parquet.read_table(path)
    except Exception as error:
        raise DataError("{path} cannot be read as Parquet ({error}).", path=path, error=error) from error
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
                    levels=listed(map(repr, sorted(known)[:10])) + (", …" if len(known) > 10 else ""),
                )
