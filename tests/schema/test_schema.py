"""What goes into a network and what comes out: every form of data, scaling and labels against NumPy by hand, kept in files."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule import examples as arrays
from chainrule.data.errors import DataError
from chainrule.exchange import safetensors
from chainrule.schema.given import given
from chainrule.schema.inputs import Inputs
from chainrule.schema.schema import Schema
from chainrule.training.settings import SettingsError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 4)) * [1, 100, 1e-3, 5] + [0, 1e4, 0, -3]
CLASSES = (X[:, 0] > 0).astype(int) + (X[:, 3] > -3)
TEXTS = np.array(["low", "middle", "high"])[CLASSES]
TABLE = {
    "age": [30.0, 41.0, 28.0, 30.0, 55.0, 19.0],
    "town": ["Ulm", "Bern", "Ulm", "Rome", "Bern", "Ulm"],
    "member": [True, False, True, True, False, False],
    "rooms": [3, 2, 5, 4, 2, 1],
}
OWN = ["yes", "no", "yes", "yes", "no", "no"]
SOFT = {"cost": "log-likelihood", "activation": "relu", "seed": 0}


def fitted(x, y, layers, **keywords):
    net = cr.Network(layers, **{**SOFT, **keywords})
    net.fit(x, y, epochs=2, executor="numpy")
    return net


# ---- scaling -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "by_hand"),
    [
        (None, lambda x: (x - x.mean(axis=0)) / x.std(axis=0)),
        ("standard", lambda x: (x - x.mean(axis=0)) / x.std(axis=0)),
        ("min-max", lambda x: (x - x.min(axis=0)) / np.ptp(x, axis=0)),
        ("none", lambda x: x),
        (2.5, lambda x: x / 2.5),
    ],
)
def test_a_scaling_is_that_by_hand_and_learns_what_the_scaled_numbers_do(scale, by_hand, tmp_path):
    net, other = fitted(X, CLASSES, [4, 6, 3], scale=scale), cr.Network([4, 6, 3], **SOFT, scale="none")
    np.testing.assert_allclose(net.inputs(X, "float64"), by_hand(X), rtol=1e-12, atol=1e-12)
    other.fit(net.inputs(X), CLASSES, epochs=2, executor="numpy")
    assert all(np.array_equal(one, same) for one, same in zip(net.parameters, other.parameters, strict=True))
    new = X[:5] * 1.1
    np.testing.assert_allclose(net(new), other(net.inputs(new)), rtol=1e-6)
    net.save(tmp_path / "net")
    again = cr.load(tmp_path / "net")
    assert again.schema == net.schema
    np.testing.assert_array_equal(again(new), net(new))


def test_the_scaling_is_that_of_the_first_fit():
    net = fitted(X, CLASSES, [4, 3])
    before = net.schema
    net.fit(3 * X + 1, CLASSES, epochs=1, executor="numpy")
    assert net.schema == before


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint16, bool])
def test_numbers_in_0_to_1_and_bytes_stay_grays(dtype):
    x = (np.arange(24).reshape(6, 4) % 2).astype(dtype)
    net = fitted(x, np.arange(6) % 2, [4, 2])
    assert net.schema.inputs.scaling == "gray"
    np.testing.assert_array_equal(net.inputs(x), x.astype(np.float32))
    np.testing.assert_array_equal(net.inputs((255 * x).astype(np.uint8)), x.astype(np.float32))
    with pytest.raises(DataError) as refused:
        net.predict(255.0 * x)
    assert str(refused.value) == (
        "x[0, 1] is 255.0, and the network learned from numbers in 0…1; divide grays by 255, or give them as uint8."
    )
    net(x * 1.5 - 0.25)  # a little outside is no mistake


def test_what_hardly_varies_is_not_blown_up():
    x = np.column_stack([np.full(50, 7.3), np.full(50, 1e8) + 1e-8 * np.arange(50), np.arange(50.0)])
    net = fitted(x, np.arange(50) % 2, [3, 2])
    assert net.schema.inputs.scale[:2] == (1.0, 1.0)
    assert np.abs(net.inputs(x)).max() < 2


def test_many_rows_have_the_same_moments_in_parts(monkeypatch):
    monkeypatch.setattr("chainrule.schema.given._NUMBERS", 20)
    net = fitted(X, CLASSES, [4, 3])
    np.testing.assert_allclose(net.schema.inputs.shift, X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(net.schema.inputs.scale, X.std(axis=0), rtol=1e-12)


def test_a_derivative_is_with_respect_to_what_is_given():
    net, plain = fitted(X, CLASSES, [4, 6, 3], dtype="float64"), cr.Network([4, 6, 3], **SOFT, dtype="float64")
    plain.parameters = net.parameters
    slopes = cr.jacobian(lambda x: net(x))(X[0])
    inner = cr.jacobian(lambda x: plain(x))(net.inputs(X[:1], "float64")[0])
    np.testing.assert_allclose(slopes, inner / net.schema.inputs.scale, rtol=1e-9)
    np.testing.assert_allclose(net.apply(net.parameters, X[:3]), net(X[:3]), rtol=1e-12)


def test_an_explanation_begins_with_what_was_given_and_shows_the_scaling():
    net = fitted(X, TEXTS, [4, 6, 3])
    made = net.explain(X[7], TEXTS[7])
    np.testing.assert_allclose(made.values["a1"][:, 0], (X[7] - X.mean(axis=0)) / X.std(axis=0))
    assert made.line("a1").python == "a1 = (np.reshape(x, (4, 1)) - c1) / c2"
    assert made.classes == ("high", "low", "middle")
    assert "Inputs: 4 numbers, each minus its mean" in str(net.dimensions())


# ---- tables ------------------------------------------------------------------------------------------------------------


def by_hand(table):
    """The table's inputs: numbers standardized, a column of 0 and 1 for each text, truth values as they are."""
    age, rooms = (np.array(table[name], float) for name in ("age", "rooms"))
    first, last = np.array(TABLE["age"]), np.array(TABLE["rooms"])
    texts = [[float(town == each) for each in ("Bern", "Rome", "Ulm")] for town in table["town"]]
    return np.column_stack(
        [(age - first.mean()) / first.std(), texts, table["member"], (rooms - last.mean()) / last.std()]
    )


class Column:
    def __init__(self, values):
        self.values = values

    def to_numpy(self):
        return np.array(self.values, None if not isinstance(self.values[0], str) else object)


FRAMES = {
    "a dictionary": lambda table: table,
    "what has get_columns": lambda table: SimpleNamespace(
        columns=list(table), get_columns=lambda: [Column(each) for each in table.values()]
    ),
    "what has itercolumns": lambda table: SimpleNamespace(
        column_names=list(table), itercolumns=lambda: map(Column, table.values())
    ),
    "records": lambda table: np.array(
        list(zip(*table.values(), strict=True)), [("age", float), ("town", "U9"), ("member", bool), ("rooms", int)]
    ),
}


@pytest.mark.parametrize("frame", FRAMES)
def test_a_table_becomes_numbers_and_keeps_its_columns(frame, tmp_path):
    net = fitted(FRAMES[frame](TABLE), OWN, [6, 5, 2])
    np.testing.assert_allclose(net.inputs(FRAMES[frame](TABLE), "float64"), by_hand(TABLE), atol=1e-12)
    assert net.schema.inputs.names == ("age", "town = Bern", "town = Rome", "town = Ulm", "member", "rooms")
    net.save(tmp_path / "net")
    again = cr.load(tmp_path / "net")
    turned = {name: TABLE[name][:2] for name in ("rooms", "town", "age", "member")} | {"more": [1, 2]}
    np.testing.assert_array_equal(again.predict(FRAMES["a dictionary"](turned)), net.predict(TABLE)[:2])
    assert again.predict(TABLE).tolist() == net.predict(TABLE).tolist()
    assert set(again.predict(TABLE)) <= {"yes", "no"}


def test_nested_lists_with_texts_are_columns_without_names():
    rows = [list(each) for each in zip(*TABLE.values(), strict=True)]
    net = fitted(rows, OWN, [6, 2])
    np.testing.assert_allclose(net.inputs(rows, "float64")[:, :4], by_hand(TABLE)[:, :4], atol=1e-12)
    assert net.predict(rows[0]) == net.predict(rows)[0]
    assert "0: (x − 33.8333)" in str(net.schema)


def test_a_schema_in_words():
    assert str(fitted(TABLE, OWN, [6, 2]).schema).splitlines() == [
        "Inputs: 4 columns.",
        "  age: (x − 33.8333) / 11.4224",
        "  town: an input for each of 'Bern', 'Rome', 'Ulm'",
        "  member: a number",
        "  rooms: (x − 2.83333) / 1.34371",
        "Outputs: one class of no, yes.",
    ]


@pytest.mark.parametrize(
    ("change", "layers", "message"),
    [
        ({"age": [30, None, 28, 30, 55, 19]}, [6, 2],
         "Column 'age' has no value in row 1; give one, or make the network with missing='mean', 'median' or 'drop'."),
        ({"town": ["Ulm", "Bern", None, "Rome", "Bern", "Ulm"]}, [6, 2],
         "Column 'town' has no value in row 2; give one, or make the network with missing='mean', 'median' or 'drop'."),
        ({"age": [30, 41, "old", 30, 55, 19]}, [6, 2], "Column 'age' is 'old' in row 2, where a number is expected."),
        ({"age": [30, np.inf, 28, 30, 55, 19]}, [6, 2], "Column 'age' is inf in row 1; give finite numbers."),
        ({"age": np.arange(6).astype("M8[D]")}, [6, 2], "Column 'age' has dates; give numbers, such as days since the first."),
        ({}, [4, 2], "The columns make 6 inputs, one for each text of town (3), and the network has 4; let its layers begin "
         "with 6."),
        ({"age": [1, 2]}, [6, 2], "The columns are age 2, town 6, member 6, rooms 6; give columns of one length."),
    ],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_refused_by_column_and_row(change, layers, message):
    net = cr.Network(layers, **SOFT)
    with pytest.raises(DataError) as refused:
        net.fit(TABLE | change, OWN, epochs=1)
    assert str(refused.value) == message
    assert net.schema == Schema()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE | {"town": ["Ulm", "Paris", *TABLE["town"][2:]]},
         "Column 'town' is 'Paris' in row 1; the network knows 'Bern', 'Rome', 'Ulm'."),
        ({name: TABLE[name] for name in ("age", "town")},
         "There is no column 'member', 'rooms'; the network learned from 4 columns."),
        (np.zeros((2, 3)), "There are 3 columns; the network learned from 4."),
    ],
)  # fmt: skip
def test_other_tables_are_refused_later(table, message):
    with pytest.raises(DataError) as refused:
        fitted(TABLE, OWN, [6, 2]).predict(table)
    assert str(refused.value) == message


def test_columns_of_many_texts_are_refused():
    texts = {"name": [f"n{k}" for k in range(51)]}
    with pytest.raises(
        DataError, match=r"^Column 'name' has 51 different texts, and at most 50 become inputs; leave it out"
    ):
        cr.Network([51, 2], **SOFT).fit(texts, np.arange(51) % 2)
    assert fitted({"name": texts["name"][:50]}, np.arange(50) % 2, [50, 2]).schema.inputs.size == 50


# ---- what is missing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("missing", "of"), [("mean", np.nanmean), ("median", np.nanmedian)])
def test_what_is_missing_is_replaced(missing, of, tmp_path):
    x = X.copy()
    x[3, 0] = x[10, 1] = x[11, 1] = np.nan
    whole = np.where(np.isnan(x), of(x, axis=0), x)
    net = fitted(x, CLASSES, [4, 3], missing=missing)
    np.testing.assert_allclose(net.schema.inputs.shift, whole.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(net.inputs(x, "float64"), (whole - whole.mean(axis=0)) / whole.std(axis=0), atol=1e-9)
    net.save(tmp_path / "net")
    np.testing.assert_array_equal(cr.load(tmp_path / "net")(x), net(whole))
    table = TABLE | {"age": [30, None, 28, np.nan, 55, 19], "town": [None, *TABLE["town"][1:]]}
    net = fitted(table, OWN, [6, 2], missing=missing)
    assert net.schema.inputs.columns[0].fill == of([30, 28, 55, 19])
    assert net.schema.inputs.columns[1].fill == "Bern"  # it and Ulm are there twice, and it comes first
    np.testing.assert_array_equal(net.inputs(table)[0, 1:4], [1, 0, 0])


def test_rows_in_which_something_is_missing_are_dropped_in_training_only():
    x, weights = X.copy(), np.linspace(1, 2, 60)
    x[3, 0] = x[10, 1] = np.nan
    kept = np.delete(np.arange(60), [3, 10])
    net, other = (cr.Network([4, 3], **SOFT, missing=each) for each in ("drop", None))
    net.fit(x, TEXTS, epochs=2, sample_weight=weights, executor="numpy")
    other.fit(x[kept], TEXTS[kept], epochs=2, sample_weight=weights[kept], executor="numpy")
    assert all(np.array_equal(one, same) for one, same in zip(net.parameters, other.parameters, strict=True))
    assert net.score(x, TEXTS) == other.score(x[kept], TEXTS[kept])
    with pytest.raises(DataError, match=r"^Column 0 has no value in row 3; "):
        net.predict(x)


# ---- labels ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["low", "middle", "high"], "<U6"),
        ([-1, 0, 1], np.int64),
        ([1, 2, 3], np.int64),
        ([(0, "a"), (0, "b"), (1, "a")], object),
        ([7, "seven", (7,)], object),
    ],
)
def test_labels_come_back_as_they_were_given(labels, kind, tmp_path):
    y = [labels[each] for each in CLASSES]
    net, numbered = fitted(X, y, [4, 6, 3]), None
    order = list(net.schema.outputs.labels)
    assert sorted(map(repr, order)) == sorted(map(repr, labels))
    numbered = fitted(X, [order.index(each) for each in y], [4, 6, 3])
    assert all(np.array_equal(one, same) for one, same in zip(net.parameters, numbered.parameters, strict=True))
    assert net.predict(X).dtype == kind
    assert net.predict(X).tolist() == [order[each] for each in numbered.predict(X)]
    assert net.predict(X[0]) == order[numbered.predict(X[0])]
    assert net.score(X, y) == numbered.score(X, [order.index(each) for each in y])
    net.save(tmp_path / "net")
    assert cr.load(tmp_path / "net").predict(X).tolist() == net.predict(X).tolist()


@pytest.mark.parametrize(
    ("y", "outputs", "message"),
    [
        (TEXTS, 4, "y has 3 different labels ('high', 'low', 'middle'), and the network has 4 outputs; let its layers end with "
         "3, or name all labels: classes=[…]."),
        (TEXTS, 1, "y has 3 different labels ('high', 'low', 'middle'), and a network of one output tells two apart; give it an "
         "output for each, or a cost for regression."),
        (CLASSES + 0.5, 3, "y[0] is {}, which is no class; give whole numbers or texts, or the network a cost for regression."),
        ([*TEXTS[:59], None], 3, "y[59] is None, which is no label."),
        (TEXTS[:5], 3, "There are 60 examples and 5 labels; the numbers must be equal."),
        (np.ones((60, 3)), 3, "Row 0 of y has 3 labels, and softmax chooses one; for several, take cost='cross-entropy'."),
        (np.ones((60, 2)), 3, "y is 60 × 2; give one label for each example, or a row of 3, each 0 or 1."),
    ],
)  # fmt: skip
def test_labels_that_do_not_fit_the_outputs(y, outputs, message):
    cost = "cross-entropy" if outputs == 1 else "log-likelihood"
    with pytest.raises(DataError) as refused:
        cr.Network([4, outputs], cost=cost).fit(X, y)
    assert str(refused.value) == message.format(np.asarray(y).ravel()[0])


def test_a_label_that_was_not_learned_is_refused():
    with pytest.raises(DataError, match=r"^y\[1\] is 'huge'; the network knows 'high', 'low', 'middle'\.$"):
        fitted(X, TEXTS, [4, 3]).score(X[:2], ["low", "huge"])


def test_classes_named_beforehand_need_not_all_occur():
    net = fitted(X, TEXTS, [4, 4], classes=["low", "middle", "high", "huge"])
    assert net.schema.outputs.labels == ("low", "middle", "high", "huge")
    assert net.predict_proba(X).shape == (60, 4)
    assert fitted(X, CLASSES, [4, 4], classes=["a", "b", "c", "d"]).predict(X).dtype == np.int64


def test_weights_of_classes_go_by_their_labels():
    by_label, by_number = cr.Network([4, 3], **SOFT), cr.Network([4, 3], **SOFT)
    by_label.fit(X, TEXTS, epochs=1, class_weight={"high": 3.0, "low": 0.5}, executor="numpy")
    number = np.unique(TEXTS, return_inverse=True)[1]
    by_number.fit(X, number, epochs=1, class_weight={0: 3.0, 1: 0.5}, executor="numpy")
    assert all(np.array_equal(one, same) for one, same in zip(by_label.parameters, by_number.parameters, strict=True))


@pytest.mark.parametrize("executor", ["numpy", "native"])
@pytest.mark.parametrize(("cost", "threshold"), [("cross-entropy", 0.5), ("quadratic", 0.5), ("hinge", 0.0)])
def test_one_output_tells_two_classes_apart(cost, threshold, executor, tmp_path):
    if executor == "native":
        pytest.importorskip("llvmlite")
    y = X[:, 0] + (X[:, 3] + 3) / 5 > 0
    names = np.where(y, "yes", "no")
    net = cr.Network([4, 6, 1], cost=cost, activation="tanh", seed=0)
    history = net.fit(X, names, epochs=40, learning_rate=0.05, executor=executor)
    said = net(X)[:, 0] > threshold
    np.testing.assert_array_equal(net.predict(X), np.where(said, "yes", "no"))
    assert net.score(X, names) == np.mean(said == y) > 0.8
    assert history.epochs[-1].train.correct == pytest.approx(np.sum(said == y), abs=4)  # counted before each step
    assert net.predict(X[0]) in ("yes", "no")
    if cost != "hinge":
        proba = net.predict_proba(X)
        np.testing.assert_allclose(proba, np.column_stack([1 - net(X), net(X)]))
        assert net.predict_proba(X[0]).shape == (2,)
    net.save(tmp_path / "net")
    np.testing.assert_array_equal(cr.load(tmp_path / "net").predict(X), net.predict(X))


@pytest.mark.parametrize("executor", ["numpy", "native"])
def test_several_labels_at_once(executor, tmp_path):
    if executor == "native":
        pytest.importorskip("llvmlite")
    y = np.column_stack([X[:, 0] > 0, X[:, 3] > -3, X[:, 0] + X[:, 2] * 1000 > 0])
    net = cr.Network([4, 8, 3], cost="cross-entropy", activation="tanh", seed=0)
    history = net.fit(X, y, epochs=60, learning_rate=0.1, executor=executor)
    assert net.predict(X).shape == (60, 3)
    np.testing.assert_array_equal(net.predict(X), net(X) > 0.5)
    np.testing.assert_array_equal(net.predict_proba(X), net(X))
    assert net.score(X, y) == np.mean((net.predict(X) == y).all(axis=1)) > 0.8
    assert 0.8 < history.epochs[-1].train.accuracy <= 1
    net.save(tmp_path / "net")
    np.testing.assert_array_equal(cr.load(tmp_path / "net").predict(X), net.predict(X))
    with pytest.raises(SettingsError, match="class_weight"):
        net.fit(X, y, class_weight="balanced")


def test_both_executors_count_the_same_right_answers():
    pytest.importorskip("llvmlite")
    y = np.column_stack([X[:, 0] > 0, X[:, 3] > -3])
    counted = []
    for executor in ("numpy", "native"):
        net = cr.Network([4, 5, 2], cost="cross-entropy", activation="tanh", seed=1)
        counted.append([each.train.correct for each in net.fit(X, y, epochs=5, executor=executor).epochs])
    assert counted[0] == counted[1]
    assert len(set(counted[0])) > 1


# ---- numbers -----------------------------------------------------------------------------------------------------------

MSE = {"cost": "mean-squared-error", "activation": "tanh", "seed": 0}


@pytest.mark.parametrize(
    ("target_scale", "shift", "scale"),
    [
        (None, np.mean, np.std),
        ("standard", np.mean, np.std),
        ("min-max", np.min, np.ptp),
        ("none", lambda y, axis: 0 * y[0], lambda y, axis: 1 + 0 * y[0]),
    ],
)
def test_numbers_are_learned_scaled_and_answered_in_their_own_units(target_scale, shift, scale, tmp_path):
    y = np.column_stack([3e4 + 2000 * X[:, 0], X[:, 3] / 50])
    net, other = (
        cr.Network([4, 6, 2], **MSE, target_scale=target_scale),
        cr.Network([4, 6, 2], **MSE, target_scale="none"),
    )
    net.fit(X, y, epochs=2, learning_rate=1e-5, executor="numpy")
    moved, width = shift(y, axis=0), scale(y, axis=0)
    other.fit(X, (y - moved) / width, epochs=2, learning_rate=1e-5, executor="numpy")
    assert all(np.array_equal(one, same) for one, same in zip(net.parameters, other.parameters, strict=True))
    np.testing.assert_allclose(net.predict(X), moved + width * other.predict(X), rtol=1e-4)
    np.testing.assert_array_equal(net.predict(X), net(X))
    residual = ((y - net.predict(X)) ** 2).sum(axis=0) / ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    assert net.score(X, y) == pytest.approx(np.mean(1 - residual), rel=1e-3)
    np.testing.assert_allclose(net.apply(net.parameters, X), net(X), rtol=1e-5)
    net.save(tmp_path / "net")
    np.testing.assert_array_equal(cr.load(tmp_path / "net").predict(X), net.predict(X))


def test_a_target_of_large_numbers_is_learned_as_it_stands():
    y = 2e5 + 3e4 * np.tanh(X[:, 0]) + 1e4 * (X[:, 3] + 3)
    net = cr.Network([4, 10, 1], **MSE)
    net.fit(X, y, epochs=150, learning_rate=0.05)
    assert net.score(X, y) > 0.95
    assert "Outputs: the answers are 2" in str(net.schema)


def test_an_autoencoder_learns_its_own_inputs():
    images = np.random.default_rng(3).integers(0, 256, (40, 6), np.uint8) // 200 * 255
    net = cr.Network([6, 4, 6], cost="cross-entropy", seed=0)
    history = net.fit(images, images / 255 * 0.98 + 0.01, epochs=100, learning_rate=0.5)
    assert net.numeric
    assert history.epochs[-1].train.cost < 0.7 * history.epochs[0].train.cost
    np.testing.assert_array_equal(net.predict(images), net(images))


# ---- large, sparse, in batches -----------------------------------------------------------------------------------------


class Sparse:
    """What SciPy's sparse matrices have, as far as rows are asked for."""

    def __init__(self, dense):
        self.dense, self.shape, self.dtype = dense, dense.shape, dense.dtype

    def tocsr(self):
        return self

    def toarray(self):
        return self.dense

    def __getitem__(self, which):
        return Sparse(self.dense[which])


@pytest.mark.parametrize("executor", ["numpy", "native"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_what_is_large_is_learned_from_by_windows_with_the_same_bits(executor, dropout, monkeypatch, tmp_path):
    if executor == "native":
        pytest.importorskip("llvmlite")
    file = tmp_path / "x.npy"
    np.save(file, X)
    mapped, costs, found = np.load(file, mmap_mode="r"), [], []
    weights = np.linspace(0.5, 1.5, 60)
    for x, largest, window in ((X, 2**28, 2**22), (mapped, 0, 4 * 7 * 2), (Sparse(X), 0, 1)):
        monkeypatch.setattr(arrays, "LARGEST", largest)
        monkeypatch.setattr("chainrule.training.window._NUMBERS", window)
        net = cr.Network([4, 6, 3], **SOFT, dropout=dropout)
        fit = {"epochs": 3, "batch_size": 7, "optimizer": "adam", "learning_rate": 0.01, "executor": executor}
        history = net.fit(x, TEXTS, **fit, sample_weight=weights, validation=0.2)
        assert [each.train.total for each in history.epochs] == [48] * 3
        costs.append([(each.train.cost, each.train.correct, each.validation.cost) for each in history.epochs])
        found.append(net)
        np.testing.assert_array_equal(net(x), found[0](X))
    for other in found[1:]:
        assert all(np.array_equal(one, same) for one, same in zip(found[0].parameters, other.parameters, strict=True))
    np.testing.assert_allclose(costs[1], costs[0], rtol=1e-6)
    np.testing.assert_allclose(costs[2], costs[0], rtol=1e-6)


def test_no_more_rows_than_a_window_are_made_at_once(monkeypatch):
    asked = []
    scaled = Inputs.scaled
    monkeypatch.setattr(arrays, "LARGEST", 0)
    monkeypatch.setattr("chainrule.training.window._NUMBERS", 4 * 10 * 2)
    monkeypatch.setattr(
        Inputs, "scaled", lambda self, numbers, *a, **k: asked.append(len(numbers)) or scaled(self, numbers, *a, **k)
    )
    cr.Network([4, 3], **SOFT).fit(X, CLASSES, epochs=2, batch_size=10, executor="numpy")
    assert max(asked) == 20


def test_batches_are_put_together_and_learned_from_as_a_whole():
    def batches():
        for start in range(0, 60, 13):
            yield X[start : start + 13], TEXTS[start : start + 13]

    nets = [cr.Network([4, 3], **SOFT) for _ in range(3)]
    for net, x in zip(nets, (batches(), batches, None), strict=True):
        net.fit(*((X, TEXTS) if x is None else (x,)), epochs=3, validation=0.1, executor="numpy")
        assert all(np.array_equal(one, same) for one, same in zip(nets[0].parameters, net.parameters, strict=True))


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        ([], "There are no batches to learn from."),
        ([X], "Batch 0 is no pair; give pairs of examples and labels."),
        ([(X, CLASSES), (X[:, :3], CLASSES)],
         "Batch 1 is 60 × 3 of float64, and the first one 60 × 4 of float64; give batches of one kind."),
        ([(X, CLASSES[:9])], "Batch 0 has 60 examples and 9 labels; the numbers must be equal."),
    ],
)  # fmt: skip
def test_batches_that_are_none(batches, message):
    with pytest.raises(DataError) as refused:
        cr.Network([4, 3], **SOFT).fit(iter(batches))
    assert str(refused.value) == message


# ---- validation --------------------------------------------------------------------------------------------------------


def test_a_share_is_held_out_of_each_class():
    y = (np.arange(200) % 20 == 0).astype(int)  # 10 of 200
    history = cr.Network([4, 2], **SOFT).fit(np.tile(X, (4, 1))[:200], y, epochs=1, validation=0.2, executor="numpy")
    assert (history.epochs[0].train.total, history.epochs[0].validation.total) == (160, 40)
    learned, held = arrays.split(200, y, np.eye(2)[y], 0.2)
    assert sorted([*learned, *held]) == list(range(200))
    assert y[held].sum() == 2
    learned, held = arrays.split(50, None, np.arange(50.0)[:, None], 0.1)
    assert np.all(np.diff(np.sort(held)) > 5)  # small and large ones


def test_the_scaling_is_that_of_the_rows_to_learn_from():
    net = cr.Network([4, 3], **SOFT)
    net.fit(X, TEXTS, epochs=1, validation=0.25, executor="numpy")
    learned, _ = arrays.split(60, np.unique(TEXTS, return_inverse=True)[1], np.zeros((60, 1)), 0.25)
    np.testing.assert_allclose(net.schema.inputs.shift, X[learned].mean(axis=0))
    resumable = cr.Network([4, 3], **SOFT)
    assert resumable.schema == Schema()


def test_a_run_with_a_share_held_out_is_resumed(tmp_path):
    whole, part = cr.Network([4, 5, 3], **SOFT), cr.Network([4, 5, 3], **SOFT)
    whole.fit(X, TEXTS, epochs=4, validation=0.2, executor="numpy")
    part.fit(
        X, TEXTS, epochs=4, validation=0.2, executor="numpy", checkpoint=tmp_path / "c",
        callbacks=[lambda epoch: epoch.number == 2],
    )  # fmt: skip
    again, history = cr.resume(tmp_path / "c", X, TEXTS, validation=0.2)
    assert len(history.epochs) == 4
    assert all(np.array_equal(one, same) for one, same in zip(whole.parameters, again.parameters, strict=True))
    assert again.schema == whole.schema


# ---- files -------------------------------------------------------------------------------------------------------------


def test_what_earlier_versions_could_say_is_written_as_they_did(tmp_path):
    images, labels = np.arange(48, dtype=np.uint8).reshape(12, 4) * 5, np.arange(12) % 2
    nets = {
        "gray": (fitted(images, labels, [4, 2]), images, "1"),
        "divided": (fitted(X, CLASSES, [4, 3], scale=16), X, "1"),
        "scaled": (fitted(X, CLASSES, [4, 3]), X, "3"),
        "of texts": (fitted(images, ["a", "b"] * 6, [4, 2]), images, "3"),
    }
    for name, (net, x, version) in nets.items():
        net.save(tmp_path / name)
        _, texts = safetensors.read(tmp_path / name)
        assert texts["format_version"] == version
        assert ("schema" in json.loads(texts["preprocessing"])) == (version == "3")
        assert cr.load(tmp_path / name).schema == net.schema
        np.testing.assert_array_equal(cr.load(tmp_path / name)(x), net(x))
    cr.Network([4, 2]).save(tmp_path / "new")
    assert cr.load(tmp_path / "new").schema == Schema()


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": None}, {"inputs": {"columns": 3}}, {"outputs": {"labels": [1]}}, {"inputs": {"scale": ["much"]}},
        {"inputs": {"scale": [0.0, 1.0, 1.0, 1.0]}}, {"inputs": {"shift": [0.0, 1.0]}}, {"outputs": {"kind": "oracle"}},
        {"inputs": {"unknown": 3}}, {"inputs": {"scaling": "wild"}},
    ],
)  # fmt: skip
def test_a_schema_that_makes_no_sense_is_refused(change, tmp_path):
    fitted(X, TEXTS, [4, 3]).save(tmp_path / "net")
    tensors, texts = safetensors.read(tmp_path / "net")
    preprocessing = json.loads(texts["preprocessing"])
    for part, values in change.items():
        preprocessing["schema"][part] = values and preprocessing["schema"][part] | values
    safetensors.write(tmp_path / "net", tensors, texts | {"preprocessing": json.dumps(preprocessing)})
    with pytest.raises(cr.network.layers.NetworkError, match="what it says of its inputs and outputs makes no sense"):
        cr.load(tmp_path / "net")


def test_a_label_that_files_cannot_keep_is_named():
    net = fitted(X, [complex(each) for each in CLASSES], [4, 3])
    with pytest.raises(DataError, match=r"^The label \(2\+0j\) cannot be kept in a file"):
        net.save("never")


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"scale": "wild"},
         "scale is 'wild'; choose one of standard, min-max, gray, none, or a number that divides all inputs, such as 16."),
        ({"scale": -1}, "scale is -1; it must be a number above 0, such as 16."),
        ({"missing": "guess"}, "missing is 'guess'; choose one of mean, median, drop."),
        ({"target_scale": "gray"}, "target_scale is 'gray'; choose one of standard, min-max, none."),
    ],
)  # fmt: skip
def test_settings_that_are_none(keywords, message):
    with pytest.raises(SettingsError) as refused:
        cr.Network([4, 3], **keywords)
    assert str(refused.value) == message


def test_a_given_is_given():
    rows = given(X)
    assert given(rows) is rows
    assert rows.selected(np.array([5, 9])).selected(np.array([1])).part(slice(None)).tolist() == [X[9].tolist()]
