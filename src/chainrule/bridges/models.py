"""ONNX models as networks of ours: one table, from nodes of ONNX to layers and what changes them.

A model is read along the one path from its input to an output, since layers stand one behind another. Batches lie in rows there,
or in columns, as in the models that this package writes. What comes of it is compared with the model itself before it is given.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# onnx and onnxruntime are an extra, and may be missing where types are checked.

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ..core.dims import shape_text
from ..core.messages import listed, message
from ..core.nouns import Array
from ..dimensions import count_text
from ..model import Network
from ..network.kinds import EPSILON
from ..network.layers import Layer, NetworkError
from ..network.makers import AveragePool, BatchNorm, Conv, Dense, Flatten, MaxPool
from ..regular_files import open_regular
from ..schema.inputs import Inputs, floats
from ..schema.schema import Schema

_COSTS = {"sigmoid": "cross-entropy", "softmax": "log-likelihood", "linear": "mean-squared-error"}
"""The costs that go with the last activation; of others, the quadratic one."""
_COMPARED = 3  # examples on which the network and the model are compared
_NEAR = {"float32": 1e-4, "float64": 1e-9}


def from_onnx(path: str | os.PathLike[str], *, output: str | None = None) -> Network:
    """A network of ours from an ONNX model, with the same output activations.

    Its layers are fully connected (Gemm, MatMul with Add), convolutions, pooling, flattening and batch normalization, with the
    activations that there are here. Numbers that are subtracted from the inputs and divide them become the scaling of the
    network. The cost, which a model does not have, is that which goes with the last activation; the network can go on learning.

    Args:
        path: The file.
        output: The name of the output, or of any result within the model; not needed where there is one output of numbers.

    Returns:
        The network, after its answers to a few random examples have been compared with the model's.

    Raises:
        NetworkError: The model has something for which there is no layer; the message names the node.
        OSError: The file cannot be read.

    Examples:
        >>> from_onnx("digits.onnx", output="activations")  # doctest: +SKIP
        Network([784, 30, 10], cost='cross-entropy', scale='none')
    """
    try:
        import onnx
        import onnx.reference
    except ImportError:
        raise NetworkError("An ONNX model is read by the package onnx: pip install 'chainrule[onnx]'.") from None
    try:
        open_regular(path).close()  # a pipe is not waited for
        model = onnx.load(path)
        onnx.checker.check_model(model)
    except OSError:
        raise
    except Exception as error:
        raise NetworkError(
            "{path} is no valid ONNX model ({error}).", path=path, error=(str(error).splitlines() or [""])[0]
        ) from error
    reader = _Reader(onnx, model, output)
    net = reader.network()
    _compare(onnx, model, reader, net)
    return net


def _compare(onnx: Any, model: Any, reader: _Reader, net: Network) -> None:
    """Raise `NetworkError` unless the network answers as the model does."""
    x = np.random.default_rng(0).normal(size=(reader.batch or _COMPARED, *reader.shape)).astype(reader.dtype)
    try:
        wanted = _answers(onnx, model, reader, x)
    except Exception as error:
        said = (str(error).splitlines() or [""])[0]
        raise NetworkError("The model cannot be run, so it was not compared ({error}).", error=said) from error
    wanted = (wanted.T if reader.turned else wanted).reshape(len(x), -1)
    off = float(np.abs(net(x) - wanted).max())
    if not off <= _NEAR[net.dtype] * max(1.0, float(np.abs(wanted).max())):
        raise NetworkError("The network made of the model gives other answers, by up to {off:.2g}.", off=off)


def _answers(onnx: Any, model: Any, reader: _Reader, x: Array) -> Array:
    """The answers of the model itself, by onnxruntime, or if that is missing by onnx."""
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    del shown.graph.output[:]
    kind = onnx.helper.np_dtype_to_tensor_dtype(x.dtype)
    shown.graph.output.append(onnx.helper.make_tensor_value_info(reader.output, kind, None))
    try:
        import onnxruntime
    except ImportError:
        (found,) = onnx.reference.ReferenceEvaluator(shown).run([reader.output], {reader.input: x})
        return np.asarray(found)
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run([reader.output], {reader.input: x})
    return np.asarray(found)


@dataclass
class _Made:
    """A layer, and its parameters by their names in it."""

    layer: Layer
    arrays: dict[str, Array] = field(default_factory=dict)


class _Reader:
    """A model, node by node: the layers so far, the shape of an example behind them, and whether batches lie in columns."""

    def __init__(self, onnx: Any, model: Any, output: str | None):
        self.onnx, graph = onnx, model.graph
        self.made: list[_Made] = []
        self.turned = False
        self.shift, self.scale = np.zeros(1), np.ones(1)
        self.constants: dict[str, Array] = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
        self.producers = {name: node for node in graph.node for name in node.output}
        for node in graph.node:
            if all(name in self.constants for name in node.input) and len(node.output) == 1:
                (self.constants[node.output[0]],) = onnx.reference.ReferenceEvaluator(node).run(
                    None, {name: self.constants[name] for name in node.input}
                )
        given = [each for each in graph.input if each.name not in self.constants]
        if len(given) != 1:
            raise NetworkError(
                "The model has the inputs {names}; a network has one.",
                names=listed(each.name for each in given) or "none",
            )
        self.input = given[0].name
        self.dtype, self.batch, self.shape = self._described(given[0])
        self.now = self.image = self.shape  # of an example, now and in the first layer
        self.output = self._chosen(graph, output)
        for node in self._path():
            _READERS.get(node.op_type, _refused)(self, node)

    # ---- what is read ------------------------------------------------------------------------------------------------

    def _described(self, given: Any) -> tuple[Literal["float32", "float64"], int, tuple[int, ...]]:
        """The number type of the input, the size of a batch, 0 if it may be any, and the shape of an example."""
        kind = given.type.tensor_type
        names: dict[int, Literal["float32", "float64"]] = {
            self.onnx.TensorProto.FLOAT: "float32", self.onnx.TensorProto.DOUBLE: "float64",
        }  # fmt: skip
        sizes = [each.dim_value for each in kind.shape.dim]
        if kind.elem_type not in names:
            raise NetworkError("The input {name} is not of float or double numbers.", name=given.name)
        if len(sizes) < 2 or not all(size > 0 for size in sizes[1:]):
            raise NetworkError(
                "The input {name} does not say how large an example is; it must have an axis for the batch, and "
                "fixed sizes behind it.",
                name=given.name,
            )
        return names[kind.elem_type], sizes[0], tuple(sizes[1:])

    def _chosen(self, graph: Any, output: str | None) -> str:
        if output is not None:
            if output not in self.producers:
                raise NetworkError("The model has no result {name!r}.", name=output)
            return output
        number = (self.onnx.TensorProto.FLOAT, self.onnx.TensorProto.DOUBLE)
        names = [each.name for each in graph.output if each.type.tensor_type.elem_type in number]
        if len(names) != 1:
            raise NetworkError(
                "The model has the outputs {names}; say which one is meant: output={first!r}.",
                names=listed(each.name for each in graph.output),
                first=(names or [graph.output[0].name])[0],
            )
        return str(names[0])

    def _path(self) -> list[Any]:
        """The nodes from the input to the output, each of which takes one result, and else constants."""
        found, name = [], self.output
        while name != self.input:
            node = self.producers.get(name)
            if node is None:
                raise NetworkError("The output {name!r} does not depend on the input.", name=self.output)
            found.append(node)
            if node.op_type == "Reshape":
                name = node.input[0]
                continue
            before = [each for each in node.input if each and each not in self.constants]
            if len(before) != 1:
                raise self.refused(node, message("it takes {count} results, and layers take one", count=len(before)))
            name = before[0]
        return found[::-1]

    def attributes(self, node: Any) -> dict[str, Any]:
        """The attributes of a node by name."""
        return {each.name: self.onnx.helper.get_attribute_value(each) for each in node.attribute}

    def given(self, node: Any, place: int) -> Array | None:
        """A constant among the inputs of a node."""
        name = node.input[place] if place < len(node.input) else ""
        return self.constants.get(name)

    def refused(self, node: Any, why: str) -> NetworkError:
        """The error for a node."""
        name = node.name or node.output[0]
        return NetworkError(
            "The node {name}, {kind}, cannot be taken over: {why}.", name=name, kind=node.op_type, why=why
        )

    # ---- what is made ------------------------------------------------------------------------------------------------

    def add(self, layer: Layer, **arrays: Array) -> None:
        """Add a layer."""
        self.now = layer.shaped(self.now)
        self.made.append(_Made(layer, arrays))

    def changeable(self) -> dict[str, Array]:
        """The parameters of the last layer, which add to each neuron or channel and multiply it; of a new one, if need be."""
        last = self.made[-1]
        if not last.arrays or last.layer.activation != "linear":
            one, nothing = np.ones(self.now[0]), np.zeros(self.now[0])
            self.add(BatchNorm(), gamma=one, beta=nothing, mean=nothing, variance=one - EPSILON)
        return self.made[-1].arrays

    def network(self) -> Network:
        """The network of the layers."""
        if not self.made:
            raise NetworkError("The model has no layers between its input and {name!r}.", name=self.output)
        last = str(self.made[-1].layer.activation)
        net = Network(
            [each.layer for each in self.made], input=self.image, cost=_COSTS.get(last, "quadratic"), output=last,
            dtype=self.dtype, scale="none", seed=0,
        )  # fmt: skip
        parameters = iter(zip(net.architecture.parameters, net.parameters, strict=True))
        for made in self.made:
            for _ in made.layer.parameters:
                parameter, own = next(parameters)
                own[...] = made.arrays[parameter.name.rstrip("0123456789")].reshape(own.shape)
        if (self.shift != 0).any() or (self.scale != 1).any():
            shift, scale = floats(self.shift), floats(self.scale)
            net.schema = Schema(Inputs("standard", shift=shift, scale=scale, fitted=True), net.schema.outputs)
        return net


# ---- the table -------------------------------------------------------------------------------------------------------


def _refused(reader: _Reader, node: Any) -> None:
    raise reader.refused(node, message("there is no such layer"))


def _product(reader: _Reader, node: Any) -> None:
    """x W in rows, W x in columns, with what Gemm adds and multiplies."""
    options = reader.attributes(node)
    first = reader.given(node, 0)
    w = first if first is not None else reader.given(node, 1)
    if w is None or w.ndim != 2 or len(reader.now) != 1:
        raise reader.refused(node, message("it is no product of a matrix of weights and columns of numbers"))
    behind = first is not None
    if options.get("transA" if not behind else "transB"):
        reader.turned = not reader.turned
    if options.get("transB" if not behind else "transA"):
        w = w.T
    if reader.turned != behind:
        raise reader.refused(node, message("it multiplies examples, not the numbers of each"))
    w = np.asarray(options.get("alpha", 1.0), w.dtype) * (w if behind else w.T)
    if w.shape[1] != reader.now[0]:
        raise reader.refused(
            node, message("it takes {taken} numbers, and gets {given}", taken=w.shape[1], given=reader.now[0])
        )
    reader.add(Dense(len(w), "linear"), w=w, b=np.zeros(len(w), w.dtype))
    added = reader.given(node, 2)
    if len(node.input) > 2 and added is not None:
        _changed(reader, node, np.asarray(options.get("beta", 1.0), w.dtype) * added, shift=True)


def _changed(reader: _Reader, node: Any, by: Array, shift: bool) -> None:
    """Add to each number of an example, or multiply each: of the inputs it is their scaling, else part of the last layer."""
    each = _by_feature(reader, node, by)
    if not reader.made:  # (x − shift) / scale + c, or times c
        if len(reader.now) == 3 and each.size > 1:  # a number for each channel
            each = np.repeat(each, math.prod(reader.now[1:]))
        if shift:
            reader.shift = reader.shift - each * reader.scale
        else:
            reader.scale = reader.scale / each
        if not (np.isfinite(reader.shift).all() and np.isfinite(reader.scale).all() and reader.scale.all()):
            raise reader.refused(node, message("it leaves no number of the inputs"))
        return
    arrays = reader.changeable()
    for name, array in arrays.items():
        if name in ("b", "beta"):
            arrays[name] = array + each if shift else array * each
        elif name in ("w", "gamma") and not shift:
            arrays[name] = (array.T * each).T


def _by_feature(reader: _Reader, node: Any, by: Array) -> Array:
    """A constant as one number for each feature, neuron or channel, or one for all."""
    if by.size == 1:
        return by.reshape(1)
    features = reader.now[0]
    axis = 0 if reader.turned else 1
    rank = 1 + len(reader.now)
    shape = (1,) * (rank - by.ndim) + by.shape
    if by.ndim <= rank and shape == tuple(features if k == axis else 1 for k in range(rank)):
        return by.reshape(-1)
    raise reader.refused(
        node, message("its constant is {shape}, and no number for each neuron or channel", shape=shape_text(by.shape))
    )


def _arithmetic(reader: _Reader, node: Any) -> None:
    first = reader.given(node, 0)
    by = first if first is not None else reader.given(node, 1)
    assert by is not None  # the path has found one result, which is the other
    if first is not None and node.op_type == "Div":
        raise reader.refused(node, message("it divides by activations"))
    if first is not None and node.op_type == "Sub":
        _changed(reader, node, -np.ones(1, by.dtype), shift=False)
        _changed(reader, node, by, shift=True)
        return
    shift = node.op_type in ("Add", "Sub")
    with np.errstate(divide="ignore"):
        change = -by if node.op_type == "Sub" else 1 / by.astype(float) if node.op_type == "Div" else by
    _changed(reader, node, change, shift=shift)


def _scaled(reader: _Reader, node: Any) -> None:
    """(x − offset) · scale, of the operators for machine learning."""
    options = reader.attributes(node)
    _changed(reader, node, -np.array(options.get("offset", [0.0]), float), shift=True)
    _changed(reader, node, np.array(options.get("scale", [1.0]), float), shift=False)


def _pair(reader: _Reader, node: Any, name: str, otherwise: int) -> tuple[int, int]:
    given = reader.attributes(node).get(name, [otherwise, otherwise])
    if len(given) != 2:
        raise reader.refused(node, message("it is for images of {axes} axes", axes=len(given)))
    return int(given[0]), int(given[1])


def _padding(reader: _Reader, node: Any) -> tuple[int, int]:
    options = reader.attributes(node)
    auto = options.get("auto_pad", b"NOTSET").decode()
    pads = [int(each) for each in options.get("pads", [0, 0, 0, 0])]
    if auto.startswith("SAME"):
        kernel = _pair(reader, node, "kernel_shape", 1)
        if _pair(reader, node, "strides", 1) != (1, 1) or not all(size % 2 for size in kernel):
            raise reader.refused(node, message("its padding is not the same on both sides"))
        return kernel[0] // 2, kernel[1] // 2
    if len(pads) != 4 or pads[:2] != pads[2:]:
        raise reader.refused(node, message("its padding is not the same on both sides"))
    return pads[0], pads[1]


def _convolution(reader: _Reader, node: Any) -> None:
    w, b = reader.given(node, 1), reader.given(node, 2)
    if w is None or w.ndim != 4 or len(reader.now) != 3 or (len(node.input) > 2 and node.input[2] and b is None):
        raise reader.refused(node, message("it is no convolution of images with kernels that are known"))
    if _pair(reader, node, "dilations", 1) != (1, 1):
        raise reader.refused(node, message("its kernels have gaps (dilations)"))
    layer = Conv(
        len(w), (int(w.shape[2]), int(w.shape[3])), "linear", stride=_pair(reader, node, "strides", 1),
        padding=_padding(reader, node), groups=int(reader.attributes(node).get("group", 1)),
    )  # fmt: skip
    reader.add(layer, w=w, b=np.zeros(len(w), w.dtype) if b is None else b)


def _pooling(reader: _Reader, node: Any) -> None:
    options = reader.attributes(node)
    odd = options.get("ceil_mode", 0) or len(node.output) > 1 or _pair(reader, node, "dilations", 1) != (1, 1)
    if len(reader.now) != 3 or odd or _padding(reader, node) != (0, 0):
        raise reader.refused(node, message("windows here have no gaps, no padding, and lie within the images"))
    size, stride = _pair(reader, node, "kernel_shape", 1), _pair(reader, node, "strides", 1)
    reader.add(MaxPool(size, stride) if node.op_type == "MaxPool" else AveragePool(size, stride))


def _pooled_whole(reader: _Reader, node: Any) -> None:
    if len(reader.now) != 3:
        raise reader.refused(node, message("it is for images"))
    reader.add(AveragePool((reader.now[1], reader.now[2])))


def _flattened(reader: _Reader, node: Any) -> None:
    axis = reader.attributes(node).get("axis", 1)
    if reader.turned or axis not in (1, -len(reader.now)):
        raise reader.refused(node, message("it puts examples together"))
    if len(reader.now) > 1:
        reader.add(Flatten())


def _reshaped(reader: _Reader, node: Any) -> None:
    """Numbers as images, before the first layer; or images as columns."""
    shape = reader.given(node, 1)
    sizes = [] if shape is None else [int(each) for each in shape]
    count = math.prod(reader.now)
    if not reader.made and len(sizes) == 4 and math.prod(sizes[1:]) == count and not reader.turned:
        reader.now = reader.image = (sizes[1], sizes[2], sizes[3])
    elif not reader.turned and (shape is None or (len(sizes) == 2 and sizes[1] in (-1, count))):
        if len(reader.now) > 1:  # if it is none, the comparison shows it
            reader.add(Flatten())
    elif sizes != [0, *reader.now] and sizes != [-1, *reader.now]:
        raise reader.refused(
            node, message("it makes {shape} of examples of {given}", shape=sizes, given=count_text(reader.now))
        )


def _transposed(reader: _Reader, node: Any) -> None:
    order = list(reader.attributes(node).get("perm", range(len(reader.now), -1, -1)))
    if order == sorted(order):
        return
    if order != [1, 0]:
        raise reader.refused(node, message("it turns the axes of images"))
    reader.turned = not reader.turned


def _normalized(reader: _Reader, node: Any) -> None:
    gamma, beta, mean, variance = (reader.given(node, place) for place in range(1, 5))
    if (
        gamma is None
        or beta is None
        or mean is None
        or variance is None
        or reader.attributes(node).get("training_mode")
    ):
        raise reader.refused(node, message("its running mean and variance are not known"))
    if reader.turned:
        raise reader.refused(node, message("it normalizes examples"))
    above = variance.astype(float) + reader.attributes(node).get("epsilon", 1e-5)
    own = np.maximum(above - EPSILON, 0)  # ε is ours
    reader.add(BatchNorm(), gamma=gamma * np.sqrt((own + EPSILON) / above), beta=beta, mean=mean, variance=own)


def _activated(name: str, **only: float) -> Callable[[_Reader, Any], None]:
    """An activation, whose attributes can have one value here."""

    def read(reader: _Reader, node: Any) -> None:
        options = reader.attributes(node)
        for option, value in only.items():
            if not math.isclose(options.get(option, _DEFAULTS[node.op_type]), value, rel_tol=1e-6):
                raise reader.refused(node, message("{option} must be {value}", option=option, value=value))
        if name == "softmax" and (
            len(reader.now) > 1 or options.get("axis", -1) not in ((0, -2) if reader.turned else (1, -1))
        ):
            raise reader.refused(node, message("it is not taken over the neurons of each example"))
        if not reader.made or reader.made[-1].layer.activation != "linear":
            raise reader.refused(node, message("no layer stands before it whose activation it could be"))
        reader.made[-1].layer = replace(reader.made[-1].layer, activation=name)

    return read


_DEFAULTS = {"LeakyRelu": 0.01, "Elu": 1.0}


def _gelu(reader: _Reader, node: Any) -> None:
    if reader.attributes(node).get("approximate", b"none") != b"tanh":
        raise reader.refused(node, message("here it is the approximation by tanh"))
    _activated("gelu")(reader, node)


def _passed(reader: _Reader, node: Any) -> None:
    """What changes no number: dropout has no effect but in training."""


_READERS: Mapping[str, Callable[[_Reader, Any], None]] = {
    "Gemm": _product, "MatMul": _product, **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic), "Scaler": _scaled,
    "Conv": _convolution, "MaxPool": _pooling, "AveragePool": _pooling, "GlobalAveragePool": _pooled_whole,
    "Flatten": _flattened, "Reshape": _reshaped, "Transpose": _transposed, "BatchNormalization": _normalized,
    "Relu": _activated("relu"), "Sigmoid": _activated("sigmoid"), "Tanh": _activated("tanh"), "Softplus": _activated("softplus"),
    "LeakyRelu": _activated("leaky-relu", alpha=0.01), "Elu": _activated("elu", alpha=1.0), "Gelu": _gelu,
    "Softmax": _activated("softmax"), **dict.fromkeys(("Identity", "Dropout", "Cast"), _passed),
}  # fmt: skip
"""What reads each kind of node."""
