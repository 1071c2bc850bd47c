"""The tables of commands: which column is learned, which rows are learned from, and the network that suits them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.messages import Message, listed
from ..core.nouns import Array
from ..data.codes import codes_of_rows
from ..data.tables import Table, open_table, read_table, require_whole
from ..examples import split
from ..quoting import some
from ..schema.given import Given, given
from .errors import CommandError, UsageError

_SHARE = 1 / 6  # that tests, and as much that validates
_FEW = 20  # different whole numbers up to which a column is taken for classes
HIDDEN = 30  # neurons of the hidden layer where none are named


@dataclass(frozen=True)
class Rows:
    """Rows of a table with what is to be learned of them; unpacks as `rows, labels`.

    Attributes:
        rows: The rows, without the target.
        labels: The target: texts or numbers, one for each row.
        lines: The line of each row in the file.
    """

    rows: Given
    labels: Array
    lines: Array

    def __iter__(self) -> Any:
        return iter((self.rows, self.labels))

    def __len__(self) -> int:
        return len(self.labels)

    def chosen(self, which: Array) -> Rows:
        """Some of the rows."""
        return Rows(self.rows.selected(which), self.labels[which], self.lines[which])

    def codes(self) -> list[bytes]:
        """The code of each row, by which it is known again."""
        columns = [self.rows.column(place) for place in range(self.rows.width)]
        return codes_of_rows([*columns, self.labels])


@dataclass(frozen=True)
class Parts:
    """A table, divided: the rows to learn from, to validate and to test with.

    Attributes:
        name: The file.
        target: The column that is learned.
        numbers: Whether its values are numbers, not classes.
        train: The rows to learn from.
        valid: The rows to validate with.
        test: The rows to test with.
        whole: All of them.
        learned: The codes of those to learn from or to validate with.
        comma: Whether the file has a decimal comma.
        notes: How its numbers are read, where that is not plain.
    """

    name: str
    target: str
    numbers: bool
    train: Rows
    valid: Rows
    test: Rows
    whole: Rows
    learned: list[bytes]
    comma: bool
    notes: tuple[Message, ...]

    bundled = False


def parts_of(path: str, target: str | None, task: str, without: Sequence[str], missing: str | None) -> Parts:
    """A table to learn from, divided.

    Args:
        path: The file.
        target: The column to learn.
        task: `"classes"`, `"numbers"`, or `"auto"`: classes where it has texts, or at most 20 different whole numbers.
        without: Columns to leave out.
        missing: What is done about missing values; without it none may be missing.

    Returns:
        Its parts.

    Raises:
        DataError: The file is no table, or a value is missing.
        UsageError: There is no such column, or none is named.
    """
    table = read_table(path)
    names = [*table.columns]
    if target is None:
        raise UsageError(
            "{path} has the columns {names}; say which one is to be learned:",
            f"chainrule train {path} --target {names[-1]}",
            path=path,
            names=_some(names),
        )
    for name in (target, *without):
        if name not in table.columns:
            raise UsageError("{path} has no column {name!r}; it has {names}.", path=path, name=name, names=_some(names))
    rows = rows_of(table, [name for name in names if name != target and name not in without], target, missing, True)
    if len(rows) < 12:
        raise CommandError(
            "{path} has {count} rows; at least {least} are needed, to learn from some and test on others."
            if len(rows) != 1
            else "{path} has 1 row; at least {least} are needed, to learn from some and test on others.",
            path=path,
            count=len(rows),
            least=12,
        )
    numbers = _has_numbers(rows.labels) if task == "auto" else task == "numbers"
    if numbers and rows.labels.dtype.kind != "f":
        raise UsageError("{target} has texts, which are classes; leave out --task numbers.", target=target)
    codes = rows.codes()
    labels = rows.labels if numbers or rows.labels.dtype.kind != "f" else _whole(rows.labels)
    rows = replace(rows, labels=labels)
    kinds = None if numbers else np.unique(labels.astype(str), return_inverse=True)[1]
    if len(np.unique(labels.astype(str))) < 2:
        raise CommandError(
            "{target} is {value} in all rows, so there is nothing to learn.", target=target, value=labels[0]
        )
    key = rows.labels.astype(float)[:, None] if numbers else np.zeros((len(rows), 1))
    learned, test = split(len(rows), kinds, key, _SHARE)
    rest = rows.chosen(learned)
    kept, valid = split(len(rest), None if kinds is None else kinds[learned], key[learned], _SHARE)
    return Parts(
        path, target, numbers, rest.chosen(kept), rest.chosen(valid), rows.chosen(test), rows,
        [codes[place] for place in learned], table.comma, table.notes,
    )  # fmt: skip


def rows_of(table: Table, names: Sequence[str], target: str, missing: str | None, choosing: bool = False) -> Rows:
    """The rows of a table of which these columns are inputs.

    Args:
        table: The table.
        names: The names of the inputs.
        target: The column that is learned.
        missing: What is done about missing values of the inputs.
        choosing: Whether that can still be chosen.

    Returns:
        The rows.

    Raises:
        DataError: A value is missing.
    """
    require_whole(table, [target])
    require_whole(table, [] if missing else names, choosing)
    return Rows(given({name: table.columns[name] for name in names}), table.columns[target], table.lines)


def fingerprint(path: str) -> str:
    """A fingerprint of a file: the first half of the SHA-256 of its bytes."""
    with open_table(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def defaults(numbers: bool) -> Mapping[str, Any]:
    """The settings that suit tables, where none are typed."""
    cost = "mean-squared-error" if numbers else "log-likelihood"
    return {"cost": cost, "activation": "tanh" if numbers else "relu", "initializer": "he", "optimizer": "adam"}


def _has_numbers(column: Array) -> bool:
    if column.dtype.kind != "f":
        return False
    different = np.unique(column)
    return len(different) > _FEW or bool((different != np.floor(different)).any())


def _whole(column: Array) -> Array:
    """Classes that are whole numbers as such, others as texts."""
    if (column == np.floor(column)).all():
        return column.astype(np.int64)
    texts = np.empty(len(column), object)
    texts[:] = [f"{each:g}" for each in column]
    return texts


def _some(names: Sequence[str]) -> str:
    return listed(some(names, 8))
