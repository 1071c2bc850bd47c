"""ONNX models as networks: the answers are onnxruntime's, and what has no layer is refused by the name of its node."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.bridges import from_onnx
from chainrule.network.layers import NetworkError

from .networks import of, rows

pytestmark = pytest.mark.elsewhere
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
node = onnx.helper.make_node
RANDOM = np.random.default_rng(0)


def numbers(*shape):
    return RANDOM.normal(size=shape).astype(np.float32)


def written(path, nodes, shape, held=None, outputs=("out",), opset=13, kind=onnx.TensorProto.FLOAT, domains=()):
    """A model of these nodes, from x to the outputs."""
    graph = onnx.helper.make_graph(
        nodes,
        "made",
        [onnx.helper.make_tensor_value_info("x", kind, shape)],
        [onnx.helper.make_tensor_value_info(name, kind, [None, None]) for name in outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in (held or {}).items()],
    )
    versions = [onnx.helper.make_opsetid("", opset), *(onnx.helper.make_opsetid(*each) for each in domains)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=versions, ir_version=8), path)
    return path


def answers(path, x, output):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run([output], {"x": x})[0]


POSITIVE = np.abs(numbers(6)) + 0.5
MODELS = {
    "gemm, turned": ([node("Gemm", ["x", "w", "c"], ["out"], transB=1, alpha=0.5, beta=2.0)], ["n", 4], {
        "w": numbers(3, 4), "c": numbers(3)}),
    "gemm without bias, and of one row": ([node("Gemm", ["x", "w"], ["h"]), node("Gemm", ["h", "v", "c"], ["out"])], ["n", 4], {
        "w": numbers(4, 5), "v": numbers(5, 3), "c": numbers(1, 3)}),
    "product, sum, activation": (
        [node("MatMul", ["x", "w"], ["h"]), node("Add", ["c", "h"], ["z"]), node("Tanh", ["z"], ["a"]),
         node("MatMul", ["a", "v"], ["out"])], ["n", 4], {"w": numbers(4, 5), "c": numbers(5), "v": numbers(5, 2)}),
    "numbers that scale": (
        [node("Sub", ["x", "mean"], ["u"]), node("Div", ["u", "wide"], ["s"]), node("Gemm", ["s", "w"], ["h"]),
         node("Mul", ["h", "by"], ["k"]), node("Sub", ["one", "k"], ["out"])], ["n", 4], {
            "mean": 100 + numbers(4), "wide": np.abs(numbers(1, 4)) + 1, "w": numbers(4, 3), "by": numbers(3),
            "one": np.float32(1)}),
    "in columns": (
        [node("Transpose", ["x"], ["t"]), node("MatMul", ["w", "t"], ["h"]), node("Add", ["h", "c"], ["z"]),
         node("Softmax", ["z"], ["a"], axis=0), node("Transpose", ["a"], ["out"], perm=[1, 0])], ["n", 4], {
            "w": numbers(3, 4), "c": numbers(3, 1)}),
    "weights that are computed": (
        [node("Transpose", ["w"], ["turned"], perm=[1, 0]), node("MatMul", ["x", "turned"], ["out"])], ["n", 4],
        {"w": numbers(3, 4)}),
    "convolutions": (
        [node("Conv", ["x", "w", "c"], ["h"], pads=[1, 2, 1, 2], strides=[2, 1], kernel_shape=[3, 3]), node("Relu", ["h"], ["a"]),
         node("MaxPool", ["a"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
         node("Conv", ["p", "v"], ["k"], group=2, auto_pad="SAME_UPPER", kernel_shape=[3, 3]), node("Elu", ["k"], ["e"]),
         node("AveragePool", ["e"], ["q"], kernel_shape=[2, 3]), node("Flatten", ["q"], ["f"]),
         node("Gemm", ["f", "m"], ["out"])],
        ["n", 2, 9, 8], {"w": numbers(4, 2, 3, 3), "c": numbers(4), "v": numbers(6, 2, 3, 3), "m": numbers(6 * 1 * 3, 3)}),
    "normalized": (
        [node("BatchNormalization", ["x", "g", "h", "mean", "var"], ["n1"], epsilon=1e-3), node("Relu", ["n1"], ["a"]),
         node("GlobalAveragePool", ["a"], ["p"]), node("Reshape", ["p", "shape"], ["f"]), node("Mul", ["f", "g"], ["s"]),
         node("BatchNormalization", ["s", "g", "h", "mean", "small"], ["n2"], epsilon=1e-7), node("LeakyRelu", ["n2"], ["out"])],
        ["n", 6, 3, 5], {"g": numbers(6), "h": numbers(6), "mean": numbers(6), "var": POSITIVE, "small": POSITIVE * 1e-6,
                         "shape": np.array([-1, 6])}),
    "a flat image": (
        [node("Mul", ["x", "by"], ["s"]), node("Reshape", ["s", "shape"], ["i"]), node("Conv", ["i", "w"], ["h"]),
         node("Softplus", ["h"], ["a"]), node("Dropout", ["a"], ["d"]), node("Flatten", ["d"], ["f"]),
         node("Identity", ["f"], ["out"])], ["n", 36], {"by": np.float32(1 / 255), "shape": np.array([0, 1, 6, 6]),
                                                        "w": numbers(2, 1, 3, 3)}),
    "channels that are scaled": (
        [node("Sub", ["x", "mean"], ["u"]), node("Conv", ["u", "w"], ["h"]), node("Flatten", ["h"], ["out"])], ["n", 3, 4, 4],
        {"mean": numbers(3, 1, 1), "w": numbers(2, 3, 2, 2)}),
    "a batch of one": ([node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w"], ["out"])], [1, 2, 3, 2], {"w": numbers(12, 3)}),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_answers_are_those_of_onnxruntime(name, tmp_path):
    nodes, shape, held = MODELS[name]
    path = written(tmp_path / "made.onnx", nodes, shape, held)
    net = from_onnx(path)
    x = numbers(1 if shape[0] == 1 else 7, *shape[1:])
    wanted = answers(path, x, "out")
    np.testing.assert_allclose(net(x), wanted, atol=2e-6 * max(1, np.abs(wanted).max()))


def test_it_goes_on_learning_as_it_is_scaled(tmp_path):
    nodes, shape, held = MODELS["numbers that scale"]
    net = from_onnx(written(tmp_path / "made.onnx", nodes, shape, held))
    x, y = 100 + numbers(40, 4), numbers(40, 3)
    before, schema = net.evaluate(x, y).cost, net.schema.inputs
    net.fit(x, y, epochs=20, learning_rate=0.01)
    assert net.evaluate(x, y).cost < before and net.schema.inputs == schema


OWN = {
    "the book's": "activations", "sigmoid": "activations", "tanh": "activations", "relu": "activations",
    "softmax": "probabilities", "numbers": "variable", "one number": "variable", "scaled, with names": "activations",
    "float64": "activations", "batch": "activations",
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_there_and_back(name, tmp_path):
    net = of(name)
    net.export(tmp_path / "net.onnx")
    back = from_onnx(tmp_path / "net.onnx", output=OWN[name])
    x = rows(net)
    near = 1e-12 if net.dtype == "float64" else 1e-6
    np.testing.assert_allclose(back(x), net(x), atol=near)
    assert (back.sizes[0], back.sizes[-1], back.dtype) == (net.sizes[0], net.sizes[-1], net.dtype)


W = {"w": numbers(4, 3)}
KERNELS = {"k": numbers(2, 3, 3, 3)}
STRANGE = {
    "another layer": ([node("Sin", ["x"], ["out"], name="waves")], [2, 4], {},
                      "waves, Sin, cannot be taken over: there is no such layer"),
    "two paths": ([node("Gemm", ["x", "w"], ["a"]), node("Gemm", ["x", "w"], ["b"]), node("Add", ["a", "b"], ["out"])],
                  [2, 4], W, "out, Add, cannot be taken over: it takes 2 results, and layers take one"),
    "an activation of the input": ([node("Relu", ["x"], ["out"])], [2, 4], {}, "no layer stands before it whose activation"),
    "a slope": ([node("Gemm", ["x", "w"], ["a"]), node("LeakyRelu", ["a"], ["out"], alpha=0.2)], [2, 4], W,
                "LeakyRelu, cannot be taken over: alpha must be 0.01"),
    "gaps": ([node("Conv", ["x", "k"], ["out"], dilations=[2, 2])], [2, 3, 9, 9], KERNELS, "its kernels have gaps (dilations)"),
    "one side": ([node("Conv", ["x", "k"], ["out"], pads=[0, 0, 1, 1])], [2, 3, 9, 9], KERNELS,
                 "its padding is not the same on both sides"),
    "signals": ([node("Conv", ["x", "k"], ["out"])], [2, 3, 9], {"k": numbers(2, 3, 3)}, "it is no convolution of images"),
    "padded pooling": ([node("MaxPool", ["x"], ["out"], kernel_shape=[2, 2], pads=[1, 1, 1, 1])], [2, 3, 8, 8], {},
                       "windows here have no gaps, no padding, and lie within the images"),
    "axes of images": ([node("Transpose", ["x"], ["out"], perm=[0, 2, 3, 1])], [2, 3, 8, 8], {}, "it turns the axes of images"),
    "a softmax of examples": ([node("Gemm", ["x", "w"], ["a"]), node("Softmax", ["a"], ["out"], axis=0)], [2, 4], W,
                              "it is not taken over the neurons of each example"),
    "a division of one": ([node("Gemm", ["x", "w"], ["a"]), node("Div", ["one", "a"], ["out"])], [2, 4],
                          W | {"one": np.float32(1)}, "it divides by activations"),
    "numbers for each place": ([node("Add", ["x", "c"], ["out"])], [2, 3, 2, 2], {"c": numbers(3, 2, 2)},
                               "its constant is 3×2×2, and no number for each neuron or channel"),
    "examples multiplied": ([node("MatMul", ["w", "x"], ["out"])], [4, 4], {"w": numbers(4, 4)}, "it multiplies examples"),
    "nothing": ([node("Identity", ["x"], ["out"])], [2, 4], {}, "The model has no layers between its input and 'out'."),
    "a size that is open": ([node("Gemm", ["x", "w"], ["out"])], ["n", "m"], W, "does not say how large an example is"),
    "whole numbers": ([node("Cast", ["x"], ["out"], to=1)], [2, 4], {}, "The input x is not of float or double numbers."),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_what_has_no_layer_is_refused(name, tmp_path):
    nodes, shape, held, said = STRANGE[name]
    kind = onnx.TensorProto.INT64 if name == "whole numbers" else onnx.TensorProto.FLOAT
    path = written(tmp_path / "made.onnx", nodes, shape, held, kind=kind)
    with pytest.raises(NetworkError) as refused:
        from_onnx(path)
    assert said in str(refused.value)


def test_the_output_must_be_named_where_there_are_several(tmp_path):
    nodes = [node("Gemm", ["x", "w"], ["a"]), node("Sigmoid", ["a"], ["b"])]
    path = written(tmp_path / "made.onnx", nodes, ["n", 4], W, outputs=("a", "b"))
    with pytest.raises(NetworkError, match=r"^The model has the outputs a, b; say which one is meant: output='a'\.$"):
        from_onnx(path)
    assert [from_onnx(path, output=name).architecture.activations for name in "ab"] == [("linear",), ("sigmoid",)]
    with pytest.raises(NetworkError, match=r"^The model has no result 'c'\.$"):
        from_onnx(path, output="c")


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        from_onnx(tmp_path / "absent.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(NetworkError, match=r"text\.onnx is no valid ONNX model \("):
        from_onnx(tmp_path / "text.onnx")


def test_a_reader_that_is_wrong_is_found(tmp_path, monkeypatch):
    """The network is compared with the model before it is given."""
    from chainrule.bridges import models

    nodes, shape, held = MODELS["product, sum, activation"]
    path = written(tmp_path / "made.onnx", nodes, shape, held)
    monkeypatch.setitem(models._READERS, "Tanh", models._READERS["Sigmoid"])
    with pytest.raises(NetworkError, match=r"^The network made of the model gives other answers, by up to "):
        from_onnx(path)


def test_a_network_of_chainrule_s_own_reads_images(tmp_path):
    from chainrule.layers import Conv, Flatten

    net = cr.Network([Conv(3, 3, "relu", stride=2), Flatten(), 5], input=(1, 9, 9), cost="log-likelihood", seed=0)
    net.export(tmp_path / "net.onnx")
    x = np.random.default_rng(1).random((5, 81))
    np.testing.assert_allclose(from_onnx(tmp_path / "net.onnx", output="probabilities")(x), net(x), atol=1e-6)
