"""What the outputs of a network stand for, and how answers become desired outputs and outputs answers: `Outputs`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from ..core.messages import listed
from ..core.nouns import Array
from ..data.errors import DataError, sizes_text
from ..data.inputs import as_labels, one_hot
from ..network.architecture import Architecture
from ..network.layers import NetworkError
from ..quoting import some
from .given import Given, given, values_of
from .inputs import deviation_of, floats, number_column

Kind: TypeAlias = Literal["classes", "binary", "several", "numbers"]

TARGET_SCALINGS = ("standard", "min-max", "none")
"""What `target_scale` may be."""


@dataclass(frozen=True)
class Outputs:
    """What the outputs stand for.

    Attributes:
        kind: `"classes"`: one of several, an output for each. `"binary"`: one of two, by one output, which is for the second.
            `"several"`: any number of labels, an output for each. `"numbers"`: the answer of output i is shift_i + scale_i a_i.
            `None` before the first `fit`.
        labels: The classes as they are given and answered, one for each output (of `"binary"` two); empty if they are whole
            numbers from 0.
        names: What the outputs are called where they are shown; empty if they have no names.
        scaling: `"standard"`, `"min-max"` or `"none"`, of numbers; `None`, before the first `fit`, stands for `"standard"` if the
            last layer is linear and the inputs are not unscaled by wish, else for `"none"`.
        shift: What is added to an output: a number for each, or one for all.
        scale: What an output is multiplied by, likewise.

    Examples:
        >>> from chainrule.network.architecture import stacked
        >>> made = Outputs().fit(["no", "yes", "no"], 3, stacked([4, 2]))
        >>> made.kind, made.labels, made.desired(["yes"], 1, 2, "float64")[1]
        ('classes', ('no', 'yes'), array([[0., 1.]]))
        >>> made.answers(np.array([[0.9, 0.2]]), 0.5)
        array(['no'], dtype='<U3')
    """

    kind: Kind | None = None
    labels: tuple[Any, ...] = ()
    names: tuple[str, ...] = ()
    scaling: str | None = None
    shift: tuple[float, ...] = field(default=(0.0,), repr=False)
    scale: tuple[float, ...] = field(default=(1.0,), repr=False)

    @property
    def shown(self) -> tuple[str, ...]:
        """What the classes are called where they are shown; empty if they are whole numbers from 0."""
        return self.names or tuple(map(str, self.labels))

    @property
    def affine(self) -> bool:
        """Whether answers are other numbers than the outputs."""
        return self.shift != (0.0,) or self.scale != (1.0,)

    # ---- learned from data -------------------------------------------------------------------------------------------

    def fit(self, y: Any, n: int, architecture: Architecture) -> Outputs:
        """The outputs, settled by these labels.

        Args:
            y: The labels or numbers, one or one row for each example.
            n: The number of examples.
            architecture: The layers and the cost.

        Returns:
            The outputs.

        Raises:
            DataError: The labels are not those of as many classes as there are outputs, or do not match the examples.
        """
        if self.kind is not None:
            return self
        array, titles = _array(y)
        k = architecture.sizes[-1]
        bounded = architecture.stack[-1].applied.reach == (0, 1)
        numeric = array.dtype.kind in "buif"
        rows = numeric and array.shape == (n, k)
        columns = numeric and (rows or (k == 1 and array.shape == (n,)))
        if columns and (callable(architecture.cost) or architecture.declared_cost.regression):
            return self._fit_numbers(array.reshape(n, k), titles, architecture)
        truths = numeric and bool(np.isin(array, (0, 1)).all())
        if rows and k > 1:
            if truths and architecture.stack[-1].activation == "softmax":
                if (array.sum(axis=1) != 1).any():
                    raise DataError(
                        "Row {row} of y has {count} labels, and softmax chooses one; for several, take cost='cross-entropy'.",
                        row=int(np.argmax(array.sum(axis=1) != 1)),
                        count=int(array[np.argmax(array.sum(axis=1) != 1)].sum()),
                    )
                return replace(self, kind="classes", names=self.names or titles)
            if truths:
                return replace(self, kind="several", names=self.names or titles)
            if bounded and array.min() >= 0 and array.max() <= 1:
                return replace(self, kind="numbers", names=titles, scaling="none")
        if k == 1:
            if truths:
                return replace(self, kind="binary")
            if numeric and bounded and array.dtype.kind == "f" and array.min() >= 0 and array.max() <= 1:
                return replace(self, kind="numbers", scaling="none")
        return replace(self, kind="binary" if k == 1 else "classes", labels=self._found(array, max(k, 2), k))

    def _found(self, array: Array, count: int, outputs: int) -> tuple[Any, ...]:
        """The labels that there are, one for each of `count` classes; none if they are whole numbers from 0."""
        if array.ndim > 1 and array.shape[1:] != (1,):
            raise DataError(
                "y is {sized}; give one label for each example, or a row of {outputs}, each 0 or 1.",
                sized=sizes_text(array.shape),
                outputs=outputs,
            )
        flat = array.reshape(-1)
        if flat.dtype.kind in "iuf" and bool(((flat >= 0) & (flat < count) & (flat == np.floor(flat))).all()):
            return self.labels if set(flat.tolist()) <= set(self.labels) else ()
        labels = _distinct(flat)
        if self.labels and set(labels) <= set(self.labels):
            return self.labels
        if self.names and set(labels) <= set(self.names):
            return self.names
        if len(labels) != count:
            raise DataError(
                "y has {found:,} different labels ({labels}), and a network of one output tells two apart; give it an output "
                "for each, or a cost for regression."
                if outputs == 1
                else "y has {found:,} different labels ({labels}), and the network has {count} outputs; let its layers end with "
                "{found}, or name all labels: classes=[…].",
                found=len(labels),
                labels=listed(some(map(repr, labels), 5)),
                count=count,
            )
        return labels

    def _fit_numbers(self, array: Array, titles: tuple[str, ...], architecture: Architecture) -> Outputs:
        made = replace(self, kind="numbers", names=titles)
        linear = architecture.declared_cost.regression and architecture.stack[-1].activation == "linear"
        made = replace(made, scaling=self.scaling or ("standard" if linear else "none"))
        if made.scaling == "none" or not len(array):
            return made
        wide = array.astype(np.float64)
        if not np.isfinite(wide).all():
            return made  # `desired` says which
        if made.scaling == "standard":
            return replace(made, shift=floats(wide.mean(0)), scale=floats(deviation_of(wide.mean(0), wide.std(0))))
        low, width = wide.min(axis=0), np.ptp(wide, axis=0)
        return replace(made, shift=floats(low), scale=floats(np.where(width > 0, width, 1.0)))

    # ---- labels into desired outputs, and outputs into answers -------------------------------------------------------

    def desired(self, y: Any, n: int, outputs: int, dtype: str) -> tuple[Array | None, Array]:
        """What labels or numbers ask of the outputs.

        Args:
            y: The labels or numbers.
            n: The number of examples.
            outputs: n_L.
            dtype: The number type.

        Returns:
            The positions of the classes (n), or for each output 0 or 1 (n × n_L), or `None` for numbers; and the desired
            outputs, n × n_L.

        Raises:
            DataError: They are no labels of these classes, or do not match the examples.
        """
        array, _ = _array(y)
        if self.kind == "numbers":
            return None, self._numbers(array, n, outputs, dtype)
        if self.kind == "several" or (array.ndim == 2 and outputs > 1 and array.shape[1] == outputs):
            truths = array.dtype.kind in "buif" and array.shape == (n, outputs) and bool(np.isin(array, (0, 1)).all())
            if not truths:
                raise DataError(
                    "y is {sized}; give {count} rows of {outputs}, each 0 or 1.",
                    sized=sizes_text(array.shape),
                    count=n,
                    outputs=outputs,
                )
            positions: Array = array.astype(np.intp)
            if self.kind == "classes":
                positions = positions.argmax(axis=1)
            return positions, array.astype(dtype)
        classes = max(outputs, 2) if self.kind == "binary" else outputs
        array = array.reshape(-1) if array.shape[1:] == (1,) else array
        positions = as_labels(self._positions(array) if self.labels else _whole(array), classes, n)
        if self.kind == "binary":
            return positions[:, None], positions[:, None].astype(dtype)
        return positions, one_hot(positions, outputs, dtype)

    def alternatives(self, outputs: int) -> int:
        """Among how many classes it is decided what an output should be: all, or two where each output decides alone.

        Args:
            outputs: n_L.
        """
        return 2 if self.kind in ("binary", "several") else outputs

    def _positions(self, array: Array) -> Array:
        """The positions of labels. Raises `DataError` for a label that is none of them."""
        places = {label: place for place, label in enumerate(self.labels)}
        found = [places.get(_plain_label(each), -1) for each in array.reshape(-1)]
        if -1 in found:
            row = found.index(-1)
            raise DataError(
                "y[{row}] is {label!r}; the network knows {labels}.",
                row=row,
                label=_plain_label(array.reshape(-1)[row]),
                labels=listed(map(repr, self.labels[:10])),
            )
        return np.array(found, np.intp).reshape(array.shape)

    def _numbers(self, array: Array, n: int, outputs: int, dtype: str) -> Array:
        if array.dtype.kind not in "buif":
            array = np.stack(
                [number_column(column, "", k) for k, column in enumerate(array.reshape(len(array), -1).T)], 1
            )
        if array.shape != (n, outputs) and not (outputs == 1 and array.shape in ((n,), (n, 1))):
            raise DataError(
                "y is {sized}; give {count} rows of {outputs} numbers."
                if outputs > 1
                else "y is {sized}; give {count} numbers.",
                sized=sizes_text(array.shape),
                count=n,
                outputs=outputs,
            )
        if not np.isfinite(array).all():
            place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
            raise DataError(
                "y[{index}] is {value}; give finite numbers.", index=", ".join(map(str, place)), value=array[place]
            )
        rows = array.reshape(n, outputs)
        if not self.affine:
            return rows.astype(dtype)
        scaled: Array = ((rows - np.array(self.shift)) / np.array(self.scale)).astype(dtype)
        return scaled

    def by_position(self, of_labels: Mapping[Any, Any]) -> dict[Any, Any]:
        """What is given by label, by position; what is no label stays, to be refused.

        Args:
            of_labels: Values by label.
        """
        places = {label: place for place, label in enumerate(self.labels)}
        return {places.get(label, label): each for label, each in of_labels.items()}

    def numbers(self, a: Any) -> Any:
        """Outputs as the numbers that they stand for, shift + scale a; other outputs as they are.

        Args:
            a: … × n_L, an array or a traced one.
        """
        if self.kind != "numbers" or not self.affine:
            return a
        return a * np.array(self.scale, a.dtype) + np.array(self.shift, a.dtype)

    def answers(self, a: Array, threshold: float) -> Any:
        """What outputs answer.

        Args:
            a: n × n_L.
            threshold: The output above which a label is given, where each output decides alone.

        Returns:
            n classes, n × n_L of 0 and 1, or n × n_L numbers (n if there is one output).
        """
        if self.kind == "numbers":
            numbers = self.numbers(a)
            return numbers[:, 0] if a.shape[1] == 1 else numbers
        if self.kind == "several":
            return (a > threshold).astype(np.int64)
        positions = (a[:, 0] > threshold).astype(np.int64) if self.kind == "binary" else a.argmax(axis=1)
        return _labels_array(self.labels)[positions] if self.labels else positions


# ---- labels ----------------------------------------------------------------------------------------------------------


def named(classes: Sequence[Hashable], outputs: int) -> Outputs:
    """Outputs whose classes are known before the first `fit`: texts are what they are called, too.

    Args:
        classes: A text or another label for each output, or two where there is one output.
        outputs: n_L.

    Returns:
        The outputs.

    Raises:
        NetworkError: They are not one for each output, or not different.
    """
    labels = () if isinstance(classes, str) else tuple(_plain_label(each) for each in classes)
    count = max(outputs, 2)
    if (
        len(labels) != count
        or not all(isinstance(each, Hashable) and each != "" for each in labels)
        or len(set(labels)) < count
    ):
        raise NetworkError(
            "The classes are {classes!r}; they must be {count} different names or labels, one for each output.",
            classes=classes,
            count=count,
        )
    return Outputs(names=labels) if all(isinstance(each, str) for each in labels) else Outputs(labels=labels)


def _array(y: Any) -> tuple[Array, tuple[str, ...]]:
    """Labels as an array, and the names of their columns; a table of one column is that column."""
    if isinstance(y, np.ndarray):
        return y, ()
    if not hasattr(y, "columns") and not hasattr(y, "column_names") and not hasattr(y, "tocsr"):
        if hasattr(y, "to_numpy"):
            return values_of(y), ()
        array: Array | None = None
        of_objects = isinstance(y, (list, tuple)) and any(isinstance(each, (tuple, str)) for each in y)
        try:
            array = np.asarray(y)
        except ValueError:
            if not of_objects:
                raise DataError("y are lists of different lengths; give one label for each example.") from None
        if of_objects and (array is None or array.dtype.kind not in "buif"):
            array = np.empty(len(y), object)  # tuples are labels, and texts do not turn numbers into texts
            array[:] = y
        assert array is not None
        return array, ()
    table: Given = given(y, "y")
    if not table.is_table:
        return table.part(slice(None)), ()
    if table.width == 1:
        return table.column(0), ()
    columns = [number_column(table.column(k), table.names[k], k) for k in range(table.width)]
    return np.stack(columns, axis=1), table.names


def _whole(array: Array) -> Array:
    """Truth values as whole numbers."""
    return array.astype(np.int64) if array.dtype.kind == "b" else array


def _plain_label(label: Any) -> Any:
    return label.item() if isinstance(label, np.generic) else label


def _distinct(flat: Array) -> tuple[Any, ...]:
    """The different labels, sorted if they can be. Raises `DataError` for numbers with fractions, and what cannot be compared."""
    if flat.dtype.kind == "f":
        wrong = ~np.isfinite(flat) | (flat != np.floor(flat))
        if wrong.any():
            raise DataError(
                "y[{row}] is {value}, which is no class; give whole numbers or texts, or the network a cost for regression.",
                row=int(np.argmax(wrong)),
                value=flat[np.argmax(wrong)],
            )
        flat = flat.astype(np.int64)
    for row, each in enumerate(flat.tolist()):
        if not isinstance(each, Hashable) or each is None or each != each:
            raise DataError("y[{row}] is {label!r}, which is no label.", row=row, label=each)
    labels = list(dict.fromkeys(map(_plain_label, flat.tolist())))
    try:
        return tuple(sorted(labels))
    except TypeError:
        return tuple(labels)


def _labels_array(labels: tuple[Any, ...]) -> Array:
    """Labels as an array: of texts, truth values or whole numbers if all are, else of objects."""
    kinds = {type(each) for each in labels}
    if len(kinds) == 1 and kinds <= {str, bool, int}:
        return np.array(labels)
    made = np.empty(len(labels), object)
    made[:] = labels
    return made
