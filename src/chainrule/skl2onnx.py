"""Converters of our estimators for skl2onnx, so that pipelines of scikit-learn with them become one ONNX model."""

# mypy: disable-error-code="import-not-found, import-untyped"
# skl2onnx is no dependency, and may be missing where types are checked.

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .export.errors import ExportError
from .export.onnx_file import OPSET, Graph
from .export.trained import Trained
from .sklearn import ChainruleClassifier, ChainruleRegressor

__all__ = ["register"]

_VERSIONS = {"LabelEncoder": 2, "OneHotEncoder": 1}  # of the operators that know texts


def register() -> None:
    """Let `skl2onnx.to_onnx` and `convert_sklearn` take `ChainruleClassifier` and `ChainruleRegressor`, alone or in pipelines.

    Raises:
        ExportError: The package skl2onnx is missing.

    Examples:
        >>> register()  # doctest: +SKIP
        >>> model = skl2onnx.to_onnx(pipeline, X[:1].astype(np.float32), options={"zipmap": False})  # doctest: +SKIP
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError:
        raise ExportError("A pipeline becomes an ONNX model by the package skl2onnx: pip install skl2onnx.") from None
    truths = [False, True]
    options = {"zipmap": [*truths, "columns"], "nocl": truths, "output_class_labels": truths}
    update_registered_converter(ChainruleClassifier, "ChainruleClassifier", _shaped, _converted, options=options)
    update_registered_converter(ChainruleRegressor, "ChainruleRegressor", _shaped, _converted)


def _shaped(operator: Any) -> None:
    """Say of which type and shape the results are."""
    from skl2onnx.common.data_types import guess_data_type

    graph = _graph(operator, OPSET)
    n = operator.inputs[0].get_first_dimension()
    for variable, name in zip(operator.outputs, _results(graph), strict=True):
        dtype, size = graph.outputs[name]
        (of_type,) = guess_data_type(np.zeros((1, 1), str if dtype.kind == "O" else dtype))
        variable.set_type(type(of_type[1])([n] if size is None else [n, size]))


def _converted(scope: Any, operator: Any, container: Any) -> None:
    """Write the nodes of an estimator's network."""
    from onnx import TensorProto, helper

    graph = _graph(operator, container.target_opset)
    inner = dict.fromkeys([*graph.used(), *(node.output for node in graph.nodes)])
    names = {name: scope.get_unique_variable_name(f"net_{name}") for name in inner}
    names |= {name: each.full_name for name, each in zip(_results(graph), operator.outputs, strict=True)}
    given = [_as_numbers(each, graph, scope, container) for each in operator.inputs]
    if len(graph.inputs) == 1 < len(given):
        x = scope.get_unique_variable_name("x")
        container.add_node("Concat", given, x, op_version=OPSET, axis=1)
        given = [x]
    if len(given) != len(graph.inputs):
        raise ExportError(
            "The network learned from {count} columns, and the pipeline gives it {given} inputs; give one for each column.",
            count=len(graph.inputs),
            given=len(given),
        )
    names |= dict(zip(map(graph.within, graph.inputs), given, strict=True))
    for name, array in graph.used().items():
        text = array.dtype == object
        kind = TensorProto.STRING if text else helper.np_dtype_to_tensor_dtype(array.dtype)
        content = [each.encode() for each in array.tolist()] if text else array.ravel().tolist()
        container.add_initializer(names[name], kind, list(array.shape), content)
    for node in graph.nodes:
        container.add_node(
            node.operation, [names[each] for each in node.inputs], [names[node.output]], op_domain=node.domain,
            op_version=_VERSIONS.get(node.operation, container.target_opset),
            **{name.rstrip("_"): value for name, value in node.attributes.items()},
        )  # fmt: skip


def _graph(operator: Any, opset: int) -> Graph:
    """The graph of an estimator's network, in float64 where an input is, which is how estimators compute; else in float32.

    Raises `ExportError` if it cannot be written.
    """
    from skl2onnx.common.data_types import DoubleTensorType

    if opset < OPSET:
        raise ExportError("A network needs target_opset={least} or more, not {given}.", least=OPSET, given=opset)
    model = operator.raw_operator
    check_is_fitted(model)
    net = model.network_
    dtype = "float64" if any(isinstance(each.type, DoubleTensorType) for each in operator.inputs) else "float32"
    outputs = net.schema.outputs
    if isinstance(model, ChainruleClassifier) and outputs.kind != "several":
        if len(model.classes_) < 2:
            raise ExportError(
                "The estimator knows one class alone, {label!r}, and needs no network.",
                label=model.classes_.tolist()[0],
            )
        hidden = operator.scope_inst.get_options(model, {"nocl": False})["nocl"]
        labels = () if hidden else tuple(map(_label, model.classes_.tolist()))
        outputs = dataclasses.replace(outputs, labels=labels, names=())
    parameters = [each.astype(dtype) for each in net.parameters]
    schema = dataclasses.replace(net.schema, outputs=outputs)
    return Graph(Trained("net", net.architecture, parameters, dtype, schema), opset)


def _label(label: Any) -> int | str:
    """A label as models have it: a whole number or a text."""
    return int(label) if isinstance(label, (bool, int, float)) and label == int(label) else str(label)


def _results(graph: Graph) -> list[str]:
    """The results that converters of scikit-learn give: label and probabilities, or numbers."""
    return ["variable"] if graph.trained.numeric else ["label", graph.trained.answer_names[-1]]


def _as_numbers(variable: Any, graph: Graph, scope: Any, container: Any) -> str:
    """An input in the number type of the network; a text as it is."""
    from onnx import helper
    from skl2onnx.common.data_types import StringTensorType, guess_proto_type

    wanted = helper.np_dtype_to_tensor_dtype(np.dtype(graph.trained.dtype))
    name: str = variable.full_name
    if isinstance(variable.type, StringTensorType) or guess_proto_type(variable.type) == wanted:
        return name
    made: str = scope.get_unique_variable_name("numbers")
    container.add_node("Cast", name, made, op_version=OPSET, to=wanted)
    return made
