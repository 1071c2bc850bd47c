"""Scaling, texts as columns and missing values as scikit-learn and pandas have them."""

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.peers

pandas = pytest.importorskip("pandas")
preprocessing = pytest.importorskip("sklearn.preprocessing")
impute = pytest.importorskip("sklearn.impute")
datasets = pytest.importorskip("sklearn.datasets")


@pytest.mark.parametrize(("scale", "scaler"), [("standard", "StandardScaler"), ("min-max", "MinMaxScaler")])
@pytest.mark.parametrize("data", ["load_iris", "load_wine", "load_digits", "load_breast_cancer"])
def test_scalers(scale, scaler, data):
    x, y = getattr(datasets, data)(return_X_y=True)
    net = cr.Network([x.shape[1], len(set(y))], cost="log-likelihood", scale=scale)
    net.fit(x, y, epochs=1)
    theirs = getattr(preprocessing, scaler)().fit(x)
    np.testing.assert_allclose(net.inputs(x, "float64"), theirs.transform(x), atol=1e-12)


@pytest.mark.parametrize("missing", ["mean", "median"])
def test_imputers(missing):
    x, y = datasets.load_wine(return_X_y=True)
    x[np.random.default_rng(0).random(x.shape) < 0.1] = np.nan
    net = cr.Network([13, 3], cost="log-likelihood", scale="none", missing=missing)
    net.fit(x, y, epochs=1)
    np.testing.assert_allclose(net.inputs(x, "float64"), impute.SimpleImputer(strategy=missing).fit_transform(x))


def test_a_frame_and_an_encoder():
    random = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {
            "size": random.normal(50, 9, 80),
            "town": pandas.Categorical(random.choice(["Ulm", "Bern", "Rome"], 80)),
            "rooms": pandas.array(random.integers(1, 6, 80), "Int64"),
            "kind": random.choice(["new", "old"], 80).astype(object),
        }
    )
    frame.loc[3, "rooms"] = pandas.NA
    price = frame["size"] * 1000 + random.normal(0, 100, 80)
    net = cr.Network([7, 10, 1], cost="mean-squared-error", missing="median", seed=0)
    net.fit(frame, price, epochs=60, learning_rate=0.05)
    encoder = preprocessing.OneHotEncoder(sparse_output=False).fit(frame[["town", "kind"]])
    texts = encoder.transform(frame[["town", "kind"]])
    np.testing.assert_array_equal(net.inputs(frame)[:, [1, 2, 3, 5, 6]], texts)
    assert [name.replace(" = ", "_") for name in np.array(net.schema.inputs.names)[[1, 2, 3, 5, 6]]] == list(
        encoder.get_feature_names_out()
    )
    rooms = frame["rooms"].astype(float).fillna(frame["rooms"].median()).to_numpy()
    np.testing.assert_allclose(net.inputs(frame, "float64")[:, 4], (rooms - rooms.mean()) / rooms.std())
    assert net.score(frame, price) > 0.9
    assert net.predict(frame.iloc[0]) == pytest.approx(net.predict(frame)[0], rel=1e-5)
    assert net.predict(frame.sample(frac=1, axis=1, random_state=0))[0] == net.predict(frame)[0]


def test_sparse_matrices():
    sparse = pytest.importorskip("scipy.sparse")
    text = pytest.importorskip("sklearn.feature_extraction.text")
    words = ["red apple", "green apple", "red car", "blue car fast", "green pear", "fast red car"] * 5
    y = ["fruit", "fruit", "car", "car", "fruit", "car"] * 5
    x = text.TfidfVectorizer().fit_transform(words)
    nets = [cr.Network([x.shape[1], 8, 2], cost="log-likelihood", activation="relu", seed=0) for _ in range(4)]
    for net, form in zip(nets, (x, x.toarray(), x.tocsc(), sparse.coo_array(x)), strict=True):
        net.fit(form, y, epochs=20, executor="numpy")
        assert net.score(form, y) == 1
        assert all(np.array_equal(one, same) for one, same in zip(nets[0].parameters, net.parameters, strict=True))


def test_scores_are_theirs():
    metrics = pytest.importorskip("sklearn.metrics")
    x, y = datasets.load_diabetes(return_X_y=True)
    y = np.column_stack([y, y**2])
    net = cr.Network([10, 6, 2], cost="mean-squared-error", activation="tanh", seed=0)
    net.fit(x, y, epochs=30)
    assert net.score(x, y) == pytest.approx(metrics.r2_score(y, net.predict(x)), abs=1e-5)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_of_every_library_are_alike(library):
    module = pytest.importorskip(library)
    made = module.table if library == "pyarrow" else module.DataFrame
    table = {
        "age": [30.0, 41.0, 28.0, None, 55.0, 19.0] * 10,
        "town": ["Ulm", "Bern", "Ulm", "Rome", "Bern", None] * 10,
        "member": [True, False] * 30,
    }
    y = ["yes", "no", "yes"] * 20
    labels = module.array(y) if library == "pyarrow" else module.Series(y)
    nets = [cr.Network([5, 6, 2], cost="log-likelihood", seed=0, missing="median") for _ in range(2)]
    for net, x, given in zip(nets, (table, made(table)), (y, labels), strict=True):
        net.fit(x, given, epochs=3, validation=0.1, executor="numpy")
    assert nets[0].schema == nets[1].schema
    assert all(np.array_equal(one, same) for one, same in zip(nets[0].parameters, nets[1].parameters, strict=True))
    assert nets[1].predict(made(table)).tolist() == nets[0].predict(table).tolist()
    assert nets[1].score(made(table), labels) == nets[0].score(table, y)


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    from chainrule.data.tables import read_table

    parquet.write_table(pyarrow.table({"a": [1, None, 3], "b": ["x", "y", None]}), tmp_path / "t.parquet")
    found = read_table(str(tmp_path / "t.parquet"))
    np.testing.assert_array_equal(found.columns["a"], [1, np.nan, 3])
    assert found.columns["b"].tolist() == ["x", "y", None]
