"""ONNX models in onnxruntime: answers, labels and probabilities of networks of every kind of layer, for any number of rows."""

import builtins
import importlib.util

import numpy as np
import pytest

import chainrule as cr
from chainrule.export import onnx_file
from chainrule.export.errors import ExportError

from .networks import NETWORKS, hardened, of, rows

pytestmark = pytest.mark.elsewhere
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def run(path, x):
    """The outputs by name."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, {"x": x}), strict=True))


@pytest.mark.parametrize("name", NETWORKS)
def test_onnx(name, tmp_path):
    net = of(name)
    x = rows(net)
    made = net.export(tmp_path / "small.onnx", verify=x)
    near = 1e-12 if net.dtype == "float64" else 1e-6
    assert made.difference <= near and made.rows == 7
    model = onnx.load(tmp_path / "small.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert (model.opset_import[0].version, model.ir_version, len(model.opset_import)) == (13, 7, 1)
    for count in (0, 1, 7, 23):
        x = rows(net, count)
        found = run(tmp_path / "small.onnx", x.astype(net.dtype))
        assert all(len(each) == count for each in found.values())
        if net.numeric:
            assert list(found) == ["variable"]
            np.testing.assert_allclose(found["variable"], net(x).reshape(count, net.sizes[-1]), atol=near)
            continue
        softmax = net.architecture.activations[-1] == "softmax"
        assert list(found) == ["label", *([] if softmax else ["activations"]), "probabilities"]
        if count:
            names = np.array(net.classes) if net.classes else np.arange(net.sizes[-1])
            np.testing.assert_array_equal(found["label"], names[net.predict(x)])
            np.testing.assert_allclose(found["probabilities"], net.predict_proba(x), atol=near)
            np.testing.assert_allclose(found["probabilities" if softmax else "activations"], net(x), atol=near)


def test_outputs_that_are_no_probabilities(tmp_path):
    net = cr.Network([4, 3], cost="hinge", seed=0)
    x = rows(net)
    net.export(tmp_path / "net.onnx", verify=x)
    assert list(run(tmp_path / "net.onnx", x.astype(np.float32))) == ["label", "activations"]


def test_other_operations(tmp_path):
    """Of functions of one's own: each row of the table that no layer of the package takes."""

    def own(z):
        a = np.abs(np.sin(z)) + np.cos(z) * np.arctan(z) - np.sign(z) * np.log1p(np.exp(-np.square(z)))
        b = np.where((z >= 0) & (z < 1) | ~(z <= 2), np.sqrt(a * a + 1), np.log(2 + a * a))
        c = (
            np.concatenate([b[:1], np.floor(b[1:] * 3)], axis=0)
            + np.reciprocal(3 + np.cosh(z))
            + np.max(b, axis=0, keepdims=True)
        )
        return (
            c / np.sum(np.exp(c), axis=0, keepdims=True)
            + np.min(c, axis=0, keepdims=True)
            + np.ceil(z) * np.tan(z) * 0.01
        )

    net = cr.Network([4, 6, 3], activation=own, cost="mean-squared-error", seed=0)
    assert net.export(tmp_path / "net.onnx", verify=rows(net, 50)).difference < 1e-5


def test_an_operation_without_a_row_is_refused_by_name(tmp_path):
    def own(z):
        return np.cumsum(z, axis=0)

    net = cr.Network([4, 6, 3], activation=own, seed=0)
    said = r"^net cannot be written as ONNX: there is no row for the operation a2 = cumsum\(6×10\)\.$"
    with pytest.raises(ExportError, match=said):
        net.export(tmp_path / "net.onnx")
    assert not [*tmp_path.iterdir()]


def test_a_wrong_row_is_found(tmp_path, monkeypatch):
    net = cr.Network([4, 6, 3], activation=hardened, seed=0)
    monkeypatch.setitem(onnx_file.WRITERS, "maximum", onnx_file.WRITERS["minimum"])
    with pytest.raises(ExportError, match=r"^net\.onnx gives other answers than the network"):
        net.export(tmp_path / "net.onnx", verify=rows(net))
    assert not [*tmp_path.iterdir()]


def test_a_model_does_not_learn(tmp_path):
    said = r"^An ONNX model gives answers and does not learn; leave out learns, or export as \.py, \.h or \.js\.$"
    with pytest.raises(ExportError, match=said):
        of("tanh").export(tmp_path / "net.onnx", learns=True)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("onnx", r"^An ONNX model needs the package onnx: pip install 'chainrule\[onnx\]'\.$"),
        (
            "onnxruntime",
            r"^net\.onnx cannot be verified here without onnxruntime; install it, or export without verify\.$",
        ),
    ],
)
def test_without_the_packages(missing, said, tmp_path, monkeypatch):
    imported = builtins.__import__

    def absent(name, *others, **more):
        if name == missing:
            raise ImportError(name)
        return imported(name, *others, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    known = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else known(name))
    net = of("tanh")
    with pytest.raises(ExportError, match=said):
        net.export(tmp_path / "net.onnx", verify=rows(net))
    assert not [*tmp_path.iterdir()]
