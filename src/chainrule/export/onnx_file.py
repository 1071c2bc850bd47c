"""A network as an ONNX model: one table, from the operations of its program to nodes of ONNX, for any number of examples.

The first axis of inputs and outputs is the number of examples. The input is `x`; of a table with texts each column is an input
of its own, n × 1, under its name. A network of classes gives the class, `label`, and where its outputs are such
`probabilities`, as the converters of scikit-learn do; one that answers with numbers gives `variable`.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# onnx is an extra, and may be missing where types are checked.

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.dims import shape_text
from ..core.nouns import Array, Constant, Equation, Operand
from ..quoting import printable
from ..version import __version__
from .errors import ExportError
from .trained import Trained

OPSET, IR = 13, 7
"""The versions of the operators and of the format: of 2020, which all runtimes read."""
OF_TEXTS = "ai.onnx.ml"
"""The domain of the operators that know texts, of which version 2 is of 2019."""
_AXES = 18  # the first version in which all reductions take axes as an input


def onnx_bytes(trained: Trained) -> bytes:
    """The model of a network, checked by onnx.

    Args:
        trained: The network.

    Returns:
        The bytes of the file.

    Raises:
        ExportError: The package onnx is missing, or an operation has no row in the table; the message names it.
    """
    try:
        import onnx
    except ImportError:
        raise ExportError("An ONNX model needs the package onnx: pip install 'chainrule[onnx]'.") from None
    made = Graph(trained).model(onnx)
    onnx.checker.check_model(made, full_check=True)
    content: bytes = made.SerializeToString()
    return content


@dataclass
class Node:
    """A node of ONNX, before it is made."""

    operation: str
    inputs: Sequence[str]
    output: str
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """The domain of its operator."""
        return OF_TEXTS if self.operation in ("LabelEncoder", "OneHotEncoder") else ""


class Graph:
    """The graph of a network: `nodes` lead from `inputs` to `outputs`, of which the type is known, `object` for texts, and the
    number of columns, none where there is one label each; `held` are the parameters and constants that nodes read.
    """

    def __init__(self, trained: Trained, opset: int = OPSET):
        self.trained, self.opset = trained, opset
        self.nodes: list[Node] = []
        self.held: dict[str, Array] = dict(trained.arrays)
        self.count = 0
        self.inputs: dict[str, tuple[Any, int]] = {"x": (np.dtype(trained.dtype), trained.inputs)}
        self.outputs: dict[str, tuple[Any, int | None]] = {}
        if trained.reads_texts:
            self._columns()
        self.program = trained.answers()
        for equation in self.program.equations:
            self.write(equation)
        if not trained.numeric:
            self._labels()
        for operand, name in zip(self.program.outputs, trained.answer_names, strict=True):
            self.add("Identity", self.given(operand), to=name)
            self.outputs[name] = np.result_type(_as_numpy(operand)), int(operand.shape[1])

    def _columns(self) -> None:
        """The nodes that make x of columns: a text that the network does not know is an error where the model runs."""
        parts, dtype = [], np.dtype(self.trained.dtype)
        self.inputs = {}
        results = {*self.trained.answer_names, "label"}
        for name, column in self.trained.columns.items():
            input_name = name
            while input_name in results or (input_name != name and input_name in self.trained.columns):
                input_name += "_"
            self.inputs[input_name] = (np.dtype(object) if column.levels else dtype), 1
            if not column.levels:
                parts.append(self.within(input_name))
                continue
            places = {level: place for place, level in enumerate(column.levels)}
            if column.fill in places and "" not in places:
                places[""] = places[str(column.fill)]
            place = self.add(
                "LabelEncoder",
                self.within(input_name),
                keys_strings=[*places],
                values_int64s=[*places.values()],
                default_int64=-1,
            )
            made = self.add("OneHotEncoder", place, cats_int64s=[*range(column.size)], zeros=0)
            flat = self.add("Reshape", made, self.constant([0, column.size], np.int64))
            parts.append(flat if dtype == np.float32 else self.cast(flat, dtype))
        self.add("Concat", *parts, to="x", axis=1)

    # ---- making nodes ----------------------------------------------------------------------------------------------------

    def add(self, operation: str, *inputs: str, to: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its result."""
        self.count += 1
        name = to or f"_{self.count}"
        self.nodes.append(Node(operation, inputs, name, attributes))
        return name

    def constant(self, value: Any, dtype: Any) -> str:
        """A constant of numbers."""
        array = np.asarray(value, dtype)
        name = f"_c{len(self.held)}"
        self.held[name] = array
        return name

    def operand(self, operand: Operand, dtype: np.dtype[Any]) -> str:
        """An operand, converted to a dtype as NumPy does."""
        if isinstance(operand, Constant):
            return self.constant(operand.value, dtype)
        return operand.name if operand.dtype == dtype else self.cast(operand.name, dtype)

    def given(self, operand: Operand) -> str:
        """An operand as it is."""
        return self.operand(operand, np.result_type(_as_numpy(operand)))

    def cast(self, name: str, dtype: np.dtype[Any], to: str = "") -> str:
        """Numbers as those of another type."""
        from onnx import helper

        return self.add("Cast", name, to=to, to_=int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype))))

    def write(self, equation: Equation) -> None:
        """The nodes of an equation, the last of which gives its target."""
        writer = WRITERS.get(equation.primitive.name)
        if writer is None or len(equation.targets) > 1:
            raise self.refused(equation)
        writer(self, equation)

    def refused(self, equation: Equation) -> ExportError:
        """The error for an equation that is not in the table."""
        shapes = ", ".join(shape_text(each.shape) for each in equation.inputs)
        return ExportError(
            "{name} cannot be written as ONNX: there is no row for the operation {operation}.",
            name=self.trained.title,
            operation=f"{equation.target.name} = {equation.primitive.name}({shapes})",
        )

    # ---- the model -------------------------------------------------------------------------------------------------------

    def named(self, name: str) -> str:
        """What a value is called in the model: where columns are inputs, which have their own names, all within has others."""
        if name.startswith(_OUTER):
            return name.removeprefix(_OUTER)
        if not self.trained.reads_texts or name in self.outputs:
            return name
        prefix = "net."
        while any(name.startswith(prefix) for name in self.inputs):
            prefix = f"net_{prefix}"
        return f"{prefix}{name}"

    def within(self, given: str) -> str:
        """What nodes call an input."""
        return f"{_OUTER}{given}" if self.trained.reads_texts else given

    def used(self) -> dict[str, Array]:
        """The parameters and constants that some node reads."""
        read = {name for node in self.nodes for name in node.inputs}
        return {name: array for name, array in self.held.items() if name in read}

    def model(self, onnx: Any) -> Any:
        """The model."""
        helper, trained = onnx.helper, self.trained

        def value(name: str, dtype: np.dtype[Any], *more: int) -> Any:
            return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), ["n", *more])

        graph = helper.make_graph(
            [
                helper.make_node(
                    node.operation, [*map(self.named, node.inputs)], [self.named(node.output)], domain=node.domain,
                    **{k.rstrip("_"): v for k, v in node.attributes.items()},
                )
                for node in self.nodes
            ],
            trained.title,
            [value(name, *each) for name, each in self.inputs.items()],
            [value(name, dtype, *([] if size is None else [size])) for name, (dtype, size) in self.outputs.items()],
            [onnx.numpy_helper.from_array(array, self.named(name)) for name, array in self.used().items()],
        )  # fmt: skip
        domains = [
            helper.make_opsetid("", self.opset),
            *([helper.make_opsetid(OF_TEXTS, 2)] if trained.reads_texts else []),
        ]
        return helper.make_model(
            graph, opset_imports=domains, ir_version=IR, producer_name="chainrule",
            producer_version=__version__, doc_string=f"A neural network whose layers are {printable(trained.described())}.",
        )  # fmt: skip

    def _labels(self) -> None:
        """The nodes of the answers."""
        trained, operand = self.trained, self.program.outputs[0]
        a = self.given(operand)
        if trained.kind == "classes":
            best = self.add("ArgMax", a, axis=1, keepdims=0)
        else:
            limit = self.constant(trained.threshold, np.result_type(_as_numpy(operand)))
            best = self.cast(self.add("Greater", a, limit), np.dtype(np.int64))
            if trained.kind == "several":
                self.add("Identity", best, to="label")
                self.outputs["label"] = np.dtype(np.int64), trained.outputs
                return
            best = self.add("Gather", best, self.constant(0, np.int64), axis=1)
        whole = all(type(each) is int for each in trained.classes)
        if trained.classes:
            names = trained.classes if whole else [*map(str, trained.classes)]
            self.held["classes"] = np.array(names, np.int64 if whole else object)
            best = self.add("Gather", "classes", best, axis=0)
        self.add("Identity", best, to="label")
        self.outputs["label"] = np.dtype(np.int64 if whole else object), None


_OUTER = "\0"  # before the names of columns, which no symbol has


# ---- the table -----------------------------------------------------------------------------------------------------------


def _params(equation: Equation) -> dict[str, Any]:
    return dict(equation.params)


def _same(operation: str, **attributes: Any) -> Writer:
    """An operation of one node, whose operands are of the type of its result."""

    def write(graph: Graph, e: Equation) -> None:
        graph.add(
            operation, *(graph.operand(each, e.target.dtype) for each in e.inputs), to=e.target.name, **attributes
        )

    return write


def _compared(operation: str) -> Writer:
    """A comparison, of operands of their common type."""

    def write(graph: Graph, e: Equation) -> None:
        dtype = np.result_type(*(_as_numpy(each) for each in e.inputs))
        graph.add(operation, *(graph.operand(each, dtype) for each in e.inputs), to=e.target.name)

    return write


def _as_numpy(operand: Operand) -> Any:
    if isinstance(operand, Constant):
        return operand.value
    return operand.dtype


def _reduced(operation: str, since: int = _AXES) -> Writer:
    """A reduction, whose axes are an input `since` a version."""

    def write(graph: Graph, e: Equation) -> None:
        params, rank = _params(e), len(e.inputs[0].shape)
        axis = params["axis"]
        axes = (
            [*range(rank)] if axis is None else [each % rank for each in (axis if isinstance(axis, tuple) else (axis,))]
        )
        source, kept = graph.operand(e.inputs[0], e.target.dtype), int(bool(params.get("keepdims", False)))
        if graph.opset >= since:
            graph.add(operation, source, graph.constant(axes, np.int64), to=e.target.name, keepdims=kept)
        else:
            graph.add(operation, source, to=e.target.name, axes=axes, keepdims=kept)

    return write


def _softmax(graph: Graph, e: Equation) -> None:
    axis = _params(e)["axis"]
    if not isinstance(axis, int):
        raise graph.refused(e)
    graph.add("Softmax", graph.operand(e.inputs[0], e.target.dtype), to=e.target.name, axis=axis)


def _transposed(graph: Graph, e: Equation) -> None:
    rank = len(e.inputs[0].shape)
    axes = _params(e).get("axes") or tuple(reversed(range(rank)))
    graph.add("Transpose", graph.given(e.inputs[0]), to=e.target.name, perm=[each % rank for each in axes])


def _is_count(size: Any) -> bool:
    """Whether a size is the number of examples, or made of it."""
    return getattr(size, "terms", None) is not None or getattr(size, "name", "") == "m"


def _reshaped(graph: Graph, e: Equation) -> None:
    before, shape = e.inputs[0].shape, []
    for place, size in enumerate(_params(e)["shape"]):
        alike = place < len(before) and _is_count(before[place]) and int(before[place]) == int(size)
        shape.append((0 if alike else -1) if _is_count(size) else int(size))  # 0: as before, also where there are none
    if shape.count(-1) > 1:
        raise graph.refused(e)
    graph.add("Reshape", graph.given(e.inputs[0]), graph.constant(shape, np.int64), to=e.target.name)


def _cast(graph: Graph, e: Equation) -> None:
    graph.cast(graph.given(e.inputs[0]), e.target.dtype, e.target.name)


def _taken(graph: Graph, e: Equation) -> None:
    axis = _params(e).get("axis")
    if axis is None:
        raise graph.refused(e)
    graph.add("Gather", graph.given(e.inputs[0]), graph.given(e.inputs[1]), to=e.target.name, axis=axis)


def _indexed(graph: Graph, e: Equation) -> None:
    """Slices, and positions of axes that are left out."""
    index, name = _params(e)["index"], graph.given(e.inputs[0])
    if index.has_arrays or any(part is None or part is Ellipsis for part in index.parts) or len(e.inputs) > 1:
        raise graph.refused(e)
    whole = [(axis, part) for axis, part in enumerate(index.parts) if part != (None, None, None)]
    cuts = [(axis, part) for axis, part in whole if isinstance(part, tuple)]
    alone = [(axis, part) for axis, part in whole if isinstance(part, int)]
    if cuts:
        sizes = [int(each) for each in e.inputs[0].shape]
        found = [(axis, *slice(*part).indices(sizes[axis])) for axis, part in cuts]
        if any(step < 0 or _is_count(e.inputs[0].shape[axis]) for axis, _, _, step in found):
            raise graph.refused(e)
        parts = ([start for _, start, _, _ in found], [stop for _, _, stop, _ in found], [axis for axis, *_ in found])
        steps = [step for *_, step in found]
        given = [graph.constant(each, np.int64) for each in (*parts, steps)]
        name = graph.add("Slice", name, *given)
    for axis, place in reversed(alone):
        name = graph.add("Gather", name, graph.constant(place, np.int64), axis=axis)
    graph.add("Identity", name, to=e.target.name)


def _padded(graph: Graph, e: Equation) -> None:
    width = _params(e)["width"]
    pads = [before for before, _ in width] + [after for _, after in width]
    graph.add("Pad", graph.given(e.inputs[0]), graph.constant(pads, np.int64), to=e.target.name, mode="constant")


def _windows(graph: Graph, e: Equation) -> None:
    """Windows along axes, each of which gathers its places and brings what lies within a window behind all else."""
    params, name = _params(e), graph.given(e.inputs[0])
    rank = len(e.inputs[0].shape)
    for size, axis in zip(params["size"], params["axis"], strict=True):
        places = int(e.inputs[0].shape[axis]) - size + 1
        at = np.arange(places)[:, None] + np.arange(size)
        name = graph.add("Gather", name, graph.constant(at, np.int64), axis=axis)
        rank += 1
        name = graph.add("Transpose", name, perm=[*(k for k in range(rank) if k != axis + 1), axis + 1])
    graph.add("Identity", name, to=e.target.name)


_CONVOLVED = re.compile(r"(g?)fcij,n(g?)c\((\d*)y\+(\d*)i\)\((\d*)x\+(\d*)j\)->n(g?)fyx")


def _convolved(graph: Graph, e: Equation) -> None:
    """A convolution of images, whatever its indices are called."""
    params = _params(e)
    text = params["subscripts"]
    found = None
    for plain in ("fcij", "gfcij"):
        own = text.partition(",")[0]
        if len(own) == len(plain):
            names = dict(zip(own, plain, strict=True))
            rest = [c for c in dict.fromkeys(re.sub(r"[^a-z]", "", text)) if c not in names]
            names |= dict(zip(rest, "nyx", strict=False)) if len(rest) == 3 else {}
            found = _CONVOLVED.fullmatch("".join(names.get(c, c) for c in text))
    if found is None or params.get("shape") is not None:
        raise graph.refused(e)
    w, a = (graph.operand(each, e.target.dtype) for each in e.inputs)
    _, _, *steps, _ = found.groups()
    by = [int(each or 1) for each in steps]
    attributes: dict[str, Any] = {"strides": by[::2], "dilations": by[1::2]}
    if not found[1]:
        graph.add("Conv", a, w, to=e.target.name, **attributes)
        return
    groups, maps, channels, *kernel = (int(each) for each in e.inputs[0].shape)
    sides = [int(each) for each in e.inputs[1].shape[3:]]
    whole = graph.add("Reshape", a, graph.constant([0, groups * channels, *sides], np.int64))
    kernels = graph.add("Reshape", w, graph.constant([groups * maps, channels, *kernel], np.int64))
    made = graph.add("Conv", whole, kernels, group=groups, **attributes)
    shape = [0, groups, maps, *(int(each) for each in e.target.shape[3:])]
    graph.add("Reshape", made, graph.constant(shape, np.int64), to=e.target.name)


def _summed(graph: Graph, e: Equation) -> None:
    graph.add(
        "Einsum", *(graph.operand(each, e.target.dtype) for each in e.inputs), to=e.target.name,
        equation=_params(e)["subscripts"],
    )  # fmt: skip


def _joined(graph: Graph, e: Equation) -> None:
    graph.add(
        "Concat", *(graph.operand(each, e.target.dtype) for each in e.inputs), to=e.target.name, axis=_params(e)["axis"]
    )


def _less_one(graph: Graph, e: Equation) -> None:
    one = graph.constant(1, e.target.dtype)
    graph.add("Sub", graph.add("Exp", graph.operand(e.inputs[0], e.target.dtype)), one, to=e.target.name)


def _log_one_more(graph: Graph, e: Equation) -> None:
    one = graph.constant(1, e.target.dtype)
    graph.add("Log", graph.add("Add", graph.operand(e.inputs[0], e.target.dtype), one), to=e.target.name)


def _log_of_sum(graph: Graph, e: Equation) -> None:
    """log(eᵃ + eᵇ) = max(a, b) + log(1 + e^−|a − b|)"""
    a, b = (graph.operand(each, e.target.dtype) for each in e.inputs)
    less = graph.add("Exp", graph.add("Neg", graph.add("Abs", graph.add("Sub", a, b))))
    more = graph.add("Log", graph.add("Add", less, graph.constant(1, e.target.dtype)))
    graph.add("Add", graph.add("Max", a, b), more, to=e.target.name)


def _squared(graph: Graph, e: Equation) -> None:
    name = graph.operand(e.inputs[0], e.target.dtype)
    graph.add("Mul", name, name, to=e.target.name)


def _chosen(graph: Graph, e: Equation) -> None:
    condition, *others = e.inputs
    graph.add(
        "Where", graph.given(condition), *(graph.operand(each, e.target.dtype) for each in others), to=e.target.name
    )


Writer = Callable[[Graph, Equation], None]
WRITERS: dict[str, Writer] = {
    **{name: _same(operation) for name, operation in {
        "identity": "Identity", "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "negative": "Neg",
        "power": "Pow", "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "absolute": "Abs", "sign": "Sign", "sin": "Sin", "cos": "Cos",
        "tan": "Tan", "tanh": "Tanh", "sinh": "Sinh", "cosh": "Cosh", "arctan": "Atan", "arcsin": "Asin", "arccos": "Acos",
        "reciprocal": "Reciprocal", "floor": "Floor", "ceil": "Ceil", "erf": "Erf", "sigmoid": "Sigmoid", "relu": "Relu",
        "maximum": "Max", "minimum": "Min", "matmul": "MatMul", "logical_and": "And", "logical_or": "Or", "logical_not": "Not",
    }.items()},
    **{name: _compared(operation) for name, operation in {
        "greater": "Greater", "greater_equal": "GreaterOrEqual", "less": "Less", "less_equal": "LessOrEqual", "equal": "Equal",
        "isnan": "IsNaN",
    }.items()},
    "mean": _reduced("ReduceMean"), "sum": _reduced("ReduceSum", since=13), "max": _reduced("ReduceMax"),
    "min": _reduced("ReduceMin"), "first_max": _reduced("ReduceMax"), "prod": _reduced("ReduceProd"), "softmax": _softmax,
    "T": _transposed, "transpose": _transposed, "reshape": _reshaped, "astype": _cast, "take": _taken, "getitem": _indexed,
    "pad": _padded, "windows": _windows, "windowed_einsum": _convolved, "einsum": _summed, "concatenate": _joined,
    "expm1": _less_one, "log1p": _log_one_more, "logaddexp": _log_of_sum, "square": _squared, "where": _chosen,
}  # fmt: skip
"""What writes each operation."""
