"""`Schema`: what goes into a network and what comes out, as one immutable thing that its file keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, get_args

from ..core.messages import Message, listed, message
from ..data.errors import DataError
from ..network.architecture import Architecture
from ..quoting import printable, some
from .given import Given
from .inputs import MISSING, SCALINGS, Column, Inputs
from .outputs import TARGET_SCALINGS, Kind, Outputs

_SHOWN = 12  # columns, and classes, that are shown


@dataclass(frozen=True)
class Schema:
    """What the inputs and outputs of a network are; print it to read it.

    Attributes:
        inputs: The inputs: images or other arrays, or columns of a table, and their scaling.
        outputs: The outputs: classes, labels, or numbers.

    Examples:
        >>> import chainrule as cr
        >>> net = cr.Network([2, 3, 2], seed=0)
        >>> history = net.fit([[150, 2.5], [180, 3.5]], ["short", "tall"], epochs=1)
        >>> print(net.schema)
        Inputs: 2 numbers, each minus its mean and divided by its standard deviation in the training data.
        Outputs: one class of short, tall.
    """

    inputs: Inputs = field(default_factory=Inputs)
    outputs: Outputs = field(default_factory=Outputs)

    def fit(self, rows: Given, y: Any, architecture: Architecture) -> Schema:
        """The schema, settled by these examples, if it is not settled yet.

        Args:
            rows: The examples that are learned from.
            y: Their labels or numbers.
            architecture: The layers and the cost.

        Returns:
            The schema.

        Raises:
            DataError: The examples or labels do not fit the network.
        """
        inputs, outputs = self.inputs, self.outputs
        if architecture.vocabulary is not None:
            inputs = replace(inputs, scaling="none", fitted=True)
        made = inputs.fit(rows, architecture.sizes[0])
        if inputs.scaling == "none" and outputs.scaling is None and not inputs.fitted:
            outputs = replace(outputs, scaling="none")
        return Schema(made, outputs.fit(y, rows.count, architecture))

    def called(self, names: tuple[str, ...]) -> Schema:
        """The schema with these names for the classes, whose labels stay.

        Args:
            names: A name for each output.
        """
        return replace(self, outputs=replace(self.outputs, names=names))

    @property
    def short(self) -> dict[str, Any] | None:
        """What files of the first versions say of it, which know of bytes and of a divisor; `None` if that is not all."""
        inputs, outputs = self.inputs, self.outputs
        more = inputs.columns or inputs.fill or inputs.missing or outputs.labels or outputs.affine
        more = more or (outputs.kind == "numbers" and outputs.names)
        if more or inputs.scaling in ("standard", "min-max", "none") or outputs.kind in ("binary", "several"):
            return None
        if isinstance(inputs.scaling, (int, float)):
            return {"input": f"numbers divided by {inputs.scaling:g}", "scale": inputs.scaling}
        return {"input": "gray 0-255 divided by 255, ink high"}

    @staticmethod
    def before(known: Mapping[str, Any], kind: Kind | None) -> Schema:
        """The schema of a file of the first versions.

        Args:
            known: What it says: the divisor of the inputs, and what the classes are called.
            kind: What its outputs stand for; `None` if it has learned nothing yet.
        """
        scale, classes = known.get("scale"), known.get("classes")
        names = tuple(map(str, classes)) if isinstance(classes, list) else ()
        outputs = Outputs(kind, names=names, scaling="none" if kind == "numbers" else None)
        if isinstance(scale, (int, float)) and scale > 0:
            return Schema(Inputs(scale, scale=(float(scale),), fitted=kind is not None), outputs)
        return Schema(Inputs(None if kind is None else "gray", fitted=kind is not None), outputs)

    @property
    def plain(self) -> dict[str, Any]:
        """The schema as values that JSON can hold. Raises `DataError` for a label that cannot be kept in a file."""
        inputs, outputs = self.inputs, self.outputs
        columns = [
            {name: value for name, value in
             (("name", each.name), ("levels", list(each.levels)), ("fill", each.fill)) if value not in ([], None)}
            for each in inputs.columns
        ]  # fmt: skip
        within = {
            "scaling": inputs.scaling, "missing": inputs.missing, "shape": list(inputs.shape), "columns": columns,
            "fill": list(inputs.fill), "shift": list(inputs.shift), "scale": list(inputs.scale), "fitted": inputs.fitted,
        }  # fmt: skip
        out = {
            "kind": outputs.kind, "labels": [_kept(each) for each in outputs.labels], "names": list(outputs.names),
            "scaling": outputs.scaling, "shift": list(outputs.shift), "scale": list(outputs.scale),
        }  # fmt: skip
        return {"inputs": within, "outputs": out}

    @staticmethod
    def read(plain: Mapping[str, Any]) -> Schema | None:
        """A schema from the JSON of a file; `None` if it is invalid.

        >>> made = Schema(outputs=Outputs("classes", ("no", 3, (True, None))))
        >>> Schema.read(made.plain) == made
        True
        """
        within: Any = plain.get("inputs")
        out: Any = plain.get("outputs")
        if not _has(within, _INPUTS) or not _has(out, _OUTPUTS):
            return None
        columns = (
            Column(each["name"], tuple(each.get("levels", ())), each.get("fill")) for each in within.get("columns", ())
        )
        labels = map(_read, out.get("labels", ()))
        return Schema(
            Inputs(**{name: _tuple(value) for name, value in within.items()} | {"columns": tuple(columns)}),
            Outputs(**{name: _tuple(value) for name, value in out.items()} | {"labels": tuple(labels)}),
        )

    def fits(self, n_inputs: int, n_outputs: int) -> bool:
        """Whether it can be that of a network of these sizes.

        Args:
            n_inputs: The number of inputs.
            n_outputs: The number of outputs.
        """
        inputs, outputs = self.inputs, self.outputs
        of_outputs = (len(outputs.shift), len(outputs.scale), len(outputs.names), len(outputs.labels))
        count = 2 if outputs.kind == "binary" else n_outputs
        of_inputs = (len(inputs.shift), len(inputs.scale), len(inputs.fill))
        return (
            inputs.size in (None, n_inputs)
            and all(each in (0, 1, n_inputs) for each in of_inputs)
            and (not inputs.columns or of_inputs[:2] == (n_inputs, n_inputs))
            and all(each in (1, count) for each in of_outputs[:2])
            and of_outputs[0] == of_outputs[1]
            and all(each in (0, count) for each in of_outputs[2:])
        )

    # ---- in words ----------------------------------------------------------------------------------------------------

    def lines(self) -> Iterator[Message]:
        """What it says, line by line."""
        inputs = self.inputs
        if not inputs.fitted and inputs.scaling is None:
            yield message("Inputs: not known before the first fit; bytes are divided by 255.")
        elif inputs.columns:
            yield message("Inputs: {count} columns.", count=len(inputs.columns))
            at = 0
            for place, column in enumerate(inputs.columns):
                if place < _SHOWN:
                    yield self._column(place, column, at)
                at += column.size
            if len(inputs.columns) > _SHOWN:
                yield message("  … and {count:,} more", count=len(inputs.columns) - _SHOWN)
        else:
            yield self._array()
        if inputs.missing in ("mean", "median"):
            yield (
                message(
                    "A missing number is replaced by the mean of its column, a missing text by the most frequent one."
                )
                if inputs.missing == "mean"
                else message(
                    "A missing number is replaced by the median of its column, a missing text by the most frequent one."
                )
            )
        yield from self._answers()

    def _array(self) -> Message:
        inputs = self.inputs
        if inputs.scaling in (None, "gray"):
            return message("Inputs: numbers in 0…1; bytes are grays, which are divided by 255.")
        if isinstance(inputs.scaling, (int, float)):
            return message("Inputs: numbers, divided by {scale:g}.", scale=inputs.scaling)
        if inputs.scaling == "standard":
            return message(
                "Inputs: {count:,} numbers, each minus its mean and divided by its standard deviation in the training data.",
                count=len(inputs.shift),
            )
        if inputs.scaling == "min-max":
            return message(
                "Inputs: {count:,} numbers, each scaled so that it was from 0 to 1 in the training data.",
                count=len(inputs.shift),
            )
        return message("Inputs: numbers as they are.")

    def _column(self, place: int, column: Column, at: int) -> Message:
        name, shift, scale = column.name or str(place), self.inputs.shift[at], self.inputs.scale[at]
        if column.levels:
            texts = listed(some(map(repr, column.levels), _SHOWN))
            return message("  {name}: an input for each of {texts}", name=name, texts=texts)
        if (shift, scale) == (0, 1):
            return message("  {name}: a number", name=name)
        return message("  {name}: (x − {shift:.6g}) / {scale:.6g}", name=name, shift=shift, scale=scale)

    def _answers(self) -> Iterator[Message]:
        outputs = self.outputs
        shown = listed(some(outputs.shown, _SHOWN))
        if outputs.kind == "classes" and shown:
            yield message("Outputs: one class of {classes}.", classes=shown)
        elif outputs.kind == "classes":
            yield message("Outputs: one class each, numbered from 0.")
        elif outputs.kind == "binary":
            second = outputs.shown[1] if shown else "1"
            yield message(
                "Output: near 1 for {second}, near 0 for {first}.",
                second=second,
                first=(shown and outputs.shown[0]) or 0,
            )
        elif outputs.kind == "several":
            yield (
                message("Outputs: a label each, any number of {names}.", names=shown)
                if shown
                else message("Outputs: a label each, any number of them.")
            )
        elif outputs.kind == "numbers" and outputs.affine:
            scaled = [f"{shift:.6g} + {scale:.6g} a" for shift, scale in zip(outputs.shift, outputs.scale, strict=True)]
            yield message("Outputs: the answers are {formulas}.", formulas=listed(some(scaled, _SHOWN)))
        elif outputs.kind == "numbers":
            yield message("Outputs: the answers themselves, numbers.")

    def __repr__(self) -> str:
        inputs, outputs = self.inputs.scaling or "unknown", self.outputs.kind or "unknown"
        return f"<Schema of inputs {inputs}, outputs {outputs}; print it to read it>"

    def __str__(self) -> str:
        return "\n".join(map(printable, self.lines()))


def _kept(label: Any) -> Any:
    """A label as JSON has it; a tuple is a dictionary of its parts."""
    if isinstance(label, tuple):
        return {"tuple": [_kept(each) for each in label]}
    if label is None or isinstance(label, (str, bool, int, float)):
        return label
    raise DataError(
        "The label {label!r} cannot be kept in a file; take texts, numbers, truth values, or tuples of them.",
        label=label,
    )


def _read(label: Any) -> Any:
    return tuple(map(_read, label["tuple"])) if isinstance(label, dict) else label


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# ---- what the JSON of a file may have --------------------------------------------------------------------------------


_Fits: TypeAlias = Callable[[Any], bool]


def _has(value: Any, fields: Mapping[str, _Fits]) -> bool:
    """Whether it is an object that has some of these fields and no others, each as it may be."""
    return isinstance(value, dict) and all(name in fields and fields[name](each) for name, each in value.items())


def _list_of(fits: _Fits, least: int = 0) -> _Fits:
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(fits, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_divisor(value: Any) -> bool:
    return _is_number(value) and value != 0


def _is_label(value: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"tuple"} and _list_of(_is_label)(value["tuple"])
    return value is None or isinstance(value, (str, bool, int, float))


def _is_column(value: Any) -> bool:
    fields: dict[str, _Fits] = {"name": _is_text, "levels": _list_of(_is_text), "fill": _is_label}
    if not _has(value, fields) or "name" not in value:
        return False
    fill = value.get("fill")
    return fill is None or (fill in value["levels"] if value.get("levels") else _is_number(fill))


def _one_of(*choices: Any) -> _Fits:
    return lambda value: value is None or value in choices


_INPUTS: Mapping[str, _Fits] = {
    "scaling": lambda value: _one_of(*SCALINGS)(value) or _is_divisor(value),
    "missing": _one_of(*MISSING),
    "shape": _list_of(lambda each: type(each) is int and each > 0),
    "columns": _list_of(_is_column),
    "fill": _list_of(_is_number),
    "shift": _list_of(_is_number, 1),
    "scale": _list_of(_is_divisor, 1),
    "fitted": lambda value: isinstance(value, bool),
}
_OUTPUTS: Mapping[str, _Fits] = {
    "kind": _one_of(*get_args(Kind)),
    "labels": _list_of(_is_label),
    "names": _list_of(_is_text),
    "scaling": _one_of(*TARGET_SCALINGS),
    "shift": _list_of(_is_number, 1),
    "scale": _list_of(_is_divisor, 1),
}
