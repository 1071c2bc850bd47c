"""Pipelines of scikit-learn with our estimators as ONNX models by skl2onnx, run in onnxruntime: the answers of the pipeline."""

import numpy as np
import pytest

from chainrule.export.errors import ExportError

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore:Stochastic Optimizer:UserWarning")]
pytest.importorskip("sklearn")
skl2onnx = pytest.importorskip("skl2onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from sklearn.datasets import load_diabetes, load_iris  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from chainrule.skl2onnx import register  # noqa: E402
from chainrule.sklearn import ChainruleClassifier, ChainruleRegressor, from_sklearn  # noqa: E402

X, Y = load_iris(return_X_y=True)
HOLES = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
SOME = {"max_iter": 5, "random_state": 0}
COUNTS = (0, 1, 7, len(X))


@pytest.fixture(autouse=True, scope="module")
def registered():
    register()


def run(model, given, outputs=None):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(outputs, given)


@pytest.mark.wide
@pytest.mark.parametrize("opset", [13, 17, 18, None])
@pytest.mark.parametrize(("dtype", "near"), [(np.float32, 1e-6), (np.float64, 1e-14)])
@pytest.mark.parametrize("labels", [Y, np.array(["a", "b", "ç"])[Y], Y == 1, Y.astype(float)], ids=str)
def test_classifiers(labels, dtype, near, opset):
    made = ChainruleClassifier((6, 5), ["tanh", "gelu"], normalization="layer", **SOME)
    pipeline = make_pipeline(StandardScaler(), made).fit(X, labels)
    model = skl2onnx.to_onnx(pipeline, X[:1].astype(dtype), options={"zipmap": False}, target_opset=opset)
    for count in COUNTS:
        rows = X[:count].astype(dtype)
        label, probabilities = run(model, {"X": rows})
        assert len(label) == count and probabilities.shape == (count, len(pipeline.classes_))
        if count:
            assert label.tolist() == pipeline.predict(rows).tolist()
            np.testing.assert_allclose(probabilities, pipeline.predict_proba(rows), atol=near)


def test_a_dictionary_of_probabilities():
    pipeline = make_pipeline(StandardScaler(), ChainruleClassifier((6,), **SOME)).fit(X, np.array(["a", "b", "c"])[Y])
    _, found = run(skl2onnx.to_onnx(pipeline, X[:1].astype(np.float32)), {"X": X[:7].astype(np.float32)})
    wanted = pipeline.predict_proba(X[:7])
    np.testing.assert_allclose([[each[name] for name in "abc"] for each in found], wanted, atol=1e-6)


def test_several_labels():
    several = np.random.default_rng(0).integers(0, 2, (len(X), 3))
    model = ChainruleClassifier((6,), **SOME).fit(X, several)
    label, probabilities = run(
        skl2onnx.to_onnx(model, X[:1], options={"zipmap": False}), {"X": X}, ["label", "probabilities"]
    )
    np.testing.assert_array_equal(label, model.predict(X))
    np.testing.assert_allclose(probabilities, model.predict_proba(X), atol=1e-14)


@pytest.mark.parametrize("outputs", [1, 2])
def test_regressors(outputs):
    x, y = load_diabetes(return_X_y=True)
    y = y if outputs == 1 else np.stack([y, -2 * y], axis=1)
    pipeline = make_pipeline(StandardScaler(), ChainruleRegressor((6,), **SOME)).fit(x, y)
    model = skl2onnx.to_onnx(pipeline, x[:1].astype(np.float32))
    for count in (0, 1, 7, len(x)):
        (found,) = run(model, {"X": x[:count].astype(np.float32)})
        assert found.shape == (count, outputs)
        if count:
            wanted = pipeline.predict(x[:count]).reshape(count, outputs)
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-3)


def test_whole_numbers():
    whole = np.rint(10 * X).astype(np.int64)
    model = ChainruleClassifier((6,), **SOME).fit(whole, Y)
    label, _ = run(skl2onnx.to_onnx(model, whole[:1], options={"zipmap": False}), {"X": whole})
    assert label.tolist() == model.predict(whole).tolist()


def test_missing_values():
    model = ChainruleClassifier((6,), missing="median", **SOME).fit(HOLES, Y)
    _, probabilities = run(skl2onnx.to_onnx(model, HOLES[:1], options={"zipmap": False}), {"X": HOLES})
    np.testing.assert_allclose(probabilities, model.predict_proba(HOLES), atol=1e-14)
    before = make_pipeline(SimpleImputer(), ChainruleClassifier((6,), **SOME)).fit(HOLES, Y)
    single = HOLES.astype(np.float32)
    _, probabilities = run(skl2onnx.to_onnx(before, single[:1], options={"zipmap": False}), {"X": single})
    np.testing.assert_allclose(probabilities, before.predict_proba(HOLES), atol=1e-6)


def test_columns_of_texts():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"town": ["Ulm", "Bern", "Köln"] * 50, "x": X[:, 0], "n": Y})
    model = ChainruleClassifier((6,), **SOME).fit(frame, Y)
    made = skl2onnx.to_onnx(model, frame[:1], options={"zipmap": False})
    for count in COUNTS:
        given = {
            "town": np.array(frame[["town"]], object)[:count],
            "x": frame[["x"]].to_numpy()[:count],
            "n": frame[["n"]].to_numpy()[:count],
        }
        label, probabilities = run(made, given)
        assert len(label) == count
        if count:
            np.testing.assert_allclose(probabilities, model.predict_proba(frame[:count]), atol=1e-14)
    given["town"][0] = "Rom"
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.Fail):
        run(made, given)


def test_a_frame_of_numbers():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = ChainruleClassifier((6,), **SOME).fit(frame, Y)
    made = skl2onnx.to_onnx(model, frame[:1], options={"zipmap": False})
    _, probabilities = run(made, {name: frame[[name]].to_numpy() for name in frame})
    np.testing.assert_allclose(probabilities, model.predict_proba(frame), atol=1e-14)


def test_a_network_of_scikit_learns_answers_as_by_its_own_converter():
    theirs = MLPClassifier((6,), **SOME).fit(X, Y)
    with_zeros = {"zipmap": False}
    _, wanted = run(skl2onnx.to_onnx(theirs, X[:1], options=with_zeros), {"X": X})
    _, found = run(skl2onnx.to_onnx(from_sklearn(theirs), X[:1], options=with_zeros), {"X": X})
    np.testing.assert_allclose(found, wanted, atol=1e-14)


def test_what_cannot_be_converted():
    one = ChainruleClassifier((6,), **SOME).fit(X[:9], ["a"] * 9)
    with pytest.raises(ExportError, match=r"^The estimator knows one class alone, 'a', and needs no network\.$"):
        skl2onnx.to_onnx(one, X[:1])
    model = ChainruleClassifier((6,), **SOME).fit(X, Y)
    with pytest.raises(ExportError, match=r"^A network needs target_opset=13 or more, not 12\.$"):
        skl2onnx.to_onnx(model, X[:1], target_opset=12)


def test_scikit_learn_s_own_networks_by_their_models(tmp_path):
    """By ONNX they become ours, scaling and all."""
    from chainrule.bridges import from_onnx

    x, y = load_diabetes(return_X_y=True)
    theirs = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(6,), activation="tanh", **SOME)).fit(
        100 * x + 7, y
    )
    path = tmp_path / "theirs.onnx"
    path.write_bytes(skl2onnx.to_onnx(theirs, x[:1].astype(np.float32)).SerializeToString())
    net = from_onnx(path)
    np.testing.assert_allclose(net(100 * x + 7)[:, 0], theirs.predict(100 * x + 7), rtol=1e-4, atol=1e-4)
    assert len(net.schema.inputs.shift) == 10
