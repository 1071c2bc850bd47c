"""The estimators under scikit-learn's own checks, beside its networks, and in its pipelines and searches."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_linnerud, make_multilabel_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import chainrule as cr
from chainrule.network.layers import NetworkError
from chainrule.sklearn import ChainruleClassifier, ChainruleRegressor, from_sklearn
from chainrule.training.settings import SettingsError

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore:Stochastic Optimizer:UserWarning")]


def outcomes(estimator):
    """What each of scikit-learn's checks says, legacy ones included."""
    found = check_estimator(estimator, legacy=True, on_fail=None)
    return [(each["check_name"], each["status"]) for each in found]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("ours", "theirs"), [(ChainruleClassifier, MLPClassifier), (ChainruleRegressor, MLPRegressor)])
def test_checks_of_scikit_learn(ours, theirs, dtype):
    """All that its own networks get; those are only listed here, not run: `callback` sees each before it would be."""
    from sklearn.utils.estimator_checks import estimator_checks_generator

    found = outcomes(ours(dtype=dtype, max_iter=100))
    wanted = [
        getattr(check, "func", check).__name__
        for _, check in estimator_checks_generator(theirs(), legacy=True, mark=None)
    ]
    names = [name for name, _ in found]
    assert len(wanted) >= 60
    assert all(names.count(name) >= wanted.count(name) for name in wanted)
    assert {status for _, status in found} <= {"passed", "skipped"}
    skipped = {name for name, status in found if status == "skipped"}
    assert skipped <= {name for name, status in outcomes(theirs(max_iter=2)) if status == "skipped"}


@pytest.mark.filterwarnings("ignore")
def test_a_fault_is_found():
    class Forgetful(ChainruleClassifier):
        def predict(self, X):
            return super().predict(X)[::-1]

    assert "failed" in dict(outcomes(Forgetful(max_iter=2))).values()


# ---- the settings ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def test_what_is_learned(iris):
    X, y = iris
    names = load_iris().target_names
    model = ChainruleClassifier((16,), max_iter=150, random_state=0).fit(X, names[y])
    assert model.score(X, names[y]) > 0.95
    assert model.classes_.tolist() == list(names) == list(model.network_.classes)
    assert model.n_features_in_ == 4 and model.n_iter_ == len(model.loss_curve_) == len(model.history_.epochs)
    probabilities = model.predict_proba(X)
    assert probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities, model.network_.predict_proba(X), atol=1e-5)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), probabilities)
    assert "ChainruleClassifier" in model._repr_html_()


def test_a_pickled_model_and_a_clone(iris):
    X, y = iris
    model = ChainruleClassifier((8, 6), ["tanh", "relu"], dropout=[0.0, 0.1, 0.0], max_iter=5, random_state=0).fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X))
    again = clone(model)
    assert not hasattr(again, "network_")
    np.testing.assert_array_equal(again.fit(X, y).predict_proba(X), model.predict_proba(X))
    assert model.network_.architecture.activations == ("tanh", "relu", "softmax")
    assert model.network_.architecture.dropouts == (0.0, 0.1, 0.0)


def test_a_pipeline_and_a_search(iris):
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(iris[0], columns=["a", "b", "c", "d"])
    pipeline = make_pipeline(
        StandardScaler(), ChainruleClassifier((8,), max_iter=60, learning_rate_init=0.02, random_state=0)
    )
    pipeline.set_output(transform="pandas")
    search = GridSearchCV(pipeline, {"chainruleclassifier__alpha": [1e-4, 1e-2]}, cv=3).fit(X, iris[1])
    assert search.best_score_ > 0.9
    assert search.best_estimator_[-1].feature_names_in_.tolist() == ["a", "b", "c", "d"]
    plain = clone(search.best_estimator_).set_output(transform="default").fit(X, iris[1])
    np.testing.assert_array_equal(plain.predict_proba(X), search.best_estimator_.predict_proba(X))


def test_a_frame_with_texts_needs_no_encoder():
    pandas = pytest.importorskip("pandas")
    random = np.random.default_rng(0)
    frame = pandas.DataFrame({"town": random.choice(["Ulm", "Bern", "Rome"], 300), "size": random.normal(50, 9, 300)})
    price = frame["size"] * 10 + 500 * (frame["town"] == "Rome")
    model = ChainruleRegressor((20,), max_iter=100, learning_rate_init=0.01, batch_size=20, random_state=0)
    assert model.fit(frame, price).score(frame, price) > 0.95
    assert model.network_.schema.inputs.names == ("town = Bern", "town = Rome", "town = Ulm", "size")
    mixed = make_pipeline(ColumnTransformer([("n", MinMaxScaler(), ["size"])], remainder="passthrough"), clone(model))
    mixed.set_output(transform="pandas")
    assert mixed.fit(frame, price).score(frame, price) > 0.95
    frame.loc[0, "size"] = np.nan
    with pytest.raises(ValueError, match="size"):
        clone(model).fit(frame, price)
    assert clone(model).set_params(missing="mean", max_iter=2).fit(frame, price).predict(frame).shape == (300,)


def test_weights_are_repetitions_in_one_batch_and_the_order_is_nothing():
    X, y = load_breast_cancer(return_X_y=True)
    X, y = X[:100], y[:100]
    weights = np.random.default_rng(0).integers(0, 4, 100)
    model = ChainruleClassifier((8,), max_iter=20, batch_size=400, random_state=0)
    weighted = clone(model).fit(X, y, sample_weight=weights).predict_proba(X)
    np.testing.assert_array_equal(clone(model).fit(X.repeat(weights, 0), y.repeat(weights)).predict_proba(X), weighted)
    order = np.random.default_rng(1).permutation(100)
    np.testing.assert_array_equal(
        clone(model).fit(X[order], y[order]).predict_proba(X), clone(model).fit(X, y).predict_proba(X)
    )


def test_one_step_is_that_of_weighted_gradients():
    """Against finite differences of a weighted mean, with the penalty as scikit-learn defines it."""
    random = np.random.default_rng(0)
    X, y, weights = random.uniform(size=(12, 3)), random.normal(size=12), random.uniform(0.5, 3, 12)
    settings = {"activation": "tanh", "solver": "sgd", "alpha": 0.7, "learning_rate_init": 1e-3, "dtype": "float64"}
    model = ChainruleRegressor((4,), **settings, scale="none", random_state=0)
    model.partial_fit(X, y, weights)
    begun = cr.Network([3, 4, 1], activation="tanh", cost="mean-squared-error", initializer="glorot", dtype="float64",
                       seed=model.network_.provenance["seed"], scale="none")  # fmt: skip
    before = [each.copy() for each in begun.parameters]

    def loss(w):
        begun.parameters[0][0, 1] = w
        a = begun(X)[:, 0]
        squares = sum((each**2).sum() for each in begun.weights)
        return np.average((a - y) ** 2, weights=weights) + 0.5 * 0.7 * squares / weights.sum()

    w = before[0][0, 1]
    slope = (loss(w + 1e-5) - loss(w - 1e-5)) / 2e-5
    assert (w - model.network_.parameters[0][0, 1]) / 1e-3 == pytest.approx(slope, rel=1e-6)


def test_class_weight_moves_the_boundary():
    X, y = load_breast_cancer(return_X_y=True)
    rare = np.flatnonzero((y == 1) | (np.arange(len(y)) % 12 == 0))
    X, y = X[rare], y[rare]
    found = [
        (ChainruleClassifier((4,), max_iter=3, class_weight=each, random_state=0).fit(X, y).predict(X) == 0).mean()
        for each in (None, "balanced", {0: 50.0})
    ]
    assert found[0] <= found[1] < found[2]


def test_training_ends_where_nothing_becomes_better(iris):
    X, y = iris
    stalled = ChainruleClassifier((8,), tol=10.0, n_iter_no_change=3, random_state=0).fit(X, y)
    assert stalled.n_iter_ == 5  # the first epoch is better than none
    early = ChainruleClassifier((8,), learning_rate_init=0.3, early_stopping=True, n_iter_no_change=2, random_state=0)
    early.fit(X, y)
    assert early.n_iter_ < 200 and early.history_.best == early.n_iter_ - 2
    assert all(each.validation.total == 15 for each in early.history_.epochs)


def test_partial_fit_and_warm_start_go_on(iris):
    X, y = iris
    model = ChainruleClassifier((8,), learning_rate_init=0.01, random_state=0)
    for start in range(0, 150 * 20, 30):
        rows = np.random.default_rng(start).permutation(150)[:30]
        model.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    assert model.n_iter_ == 100 and model.score(X, y) > 0.9
    with pytest.raises(ValueError, match="7; the network knows 0, 1, 2"):
        model.partial_fit(X[:1], [7])
    warm = ChainruleClassifier((8,), max_iter=5, warm_start=True, random_state=0)
    losses = [warm.fit(X, y).loss_ for _ in range(4)]
    assert losses == sorted(losses, reverse=True) and warm.n_iter_ == 20
    assert warm.set_params(warm_start=False).fit(X, y).n_iter_ == 5


def test_several_labels_and_several_numbers():
    sparse = pytest.importorskip("scipy.sparse")
    X, Y = make_multilabel_classification(200, 10, n_classes=4, random_state=0)
    model = ChainruleClassifier((50,), learning_rate_init=0.03, random_state=0).fit(sparse.csr_array(X), Y)
    assert model.score(X, Y) > 0.9 and model.predict(X).shape == model.predict_proba(X).shape == (200, 4)
    X, Y = load_linnerud(return_X_y=True)
    numbers = ChainruleRegressor((20,), max_iter=300, learning_rate_init=0.01, random_state=0).fit(X, Y)
    assert numbers.predict(X).shape == (20, 3) and numbers.score(X, Y) > 0.3


@pytest.mark.parametrize("loss", ["mean-absolute-error", "huber"])
def test_losses(loss):
    X, y = load_diabetes(return_X_y=True)
    model = ChainruleRegressor((10,), loss=loss, max_iter=100, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.4 and model.network_.architecture.cost == loss
    with pytest.raises(SettingsError, match="loss is 'hinge'; choose one of mean-squared-error"):
        ChainruleRegressor(loss="hinge").fit(X, y)
    with pytest.raises(SettingsError, match="loss is 'huber'; choose one of quadratic"):
        ChainruleClassifier(loss="huber").fit(X, y > 100)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"batch_size": 0}, "batch_size is 0; it must be a whole number from 1"),
        ({"batch_size": "all"}, "batch_size is 'all'; it must be a whole number from 1"),
        ({"alpha": -1.0}, "alpha is -1.0; it must be a number from 0, such as 0.0001"),
        ({"activation": "rel"}, "no activation 'rel'"),
    ],
)
def test_a_setting_that_is_none_is_named(iris, setting, says):
    with pytest.raises(ValueError, match=says):
        ChainruleClassifier(**setting).fit(*iris)


def test_scores_are_like_theirs(iris):
    ours = cross_val_score(ChainruleClassifier((20,), random_state=0), *iris, cv=3).mean()
    theirs = make_pipeline(StandardScaler(), MLPClassifier((20,), max_iter=1000, random_state=0))
    assert ours > cross_val_score(theirs, *iris, cv=3).mean() - 0.03


def test_the_example_of_the_site_runs(capsys):
    text = (Path(__file__).parents[2] / "docs" / "site" / "en" / "howto" / "sklearn.md").read_text(encoding="utf-8")
    (source,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "chainrule.sklearn" in block)
    scope = {}
    exec(compile(source, "sklearn.md", "exec"), scope)
    assert scope["search"].best_score_ > 0.95
    assert "It reads 0   and it is 0" in capsys.readouterr().out


# ---- their networks as ours, and back --------------------------------------------------------------------------------


@pytest.mark.wide
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("kind", ["two", "three", "several", "number", "numbers"])
def test_from_scikit_learn_and_back(activation, kind):
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 5))
    y = {
        "two": np.where(X[:, 0] > 0, "yes", "no"), "three": random.integers(3, 6, 60), "several": random.integers(0, 2, (60, 3)),
        "number": X[:, 0], "numbers": X[:, :2],
    }[kind]  # fmt: skip
    numbers = kind.startswith("number")
    settings = {"hidden_layer_sizes": (7, 4), "activation": activation, "max_iter": 600, "tol": 1e-3, "random_state": 0}
    theirs = (MLPRegressor if numbers else MLPClassifier)(**settings).fit(X, y)
    ours = from_sklearn(theirs)
    back = ours.to_sklearn()
    answer = "predict" if numbers else "predict_proba"
    for model in (ours, back):
        np.testing.assert_array_equal(model.predict(X) if not numbers else 0, theirs.predict(X) if not numbers else 0)
        np.testing.assert_allclose(getattr(model, answer)(X), getattr(theirs, answer)(X), rtol=0, atol=1e-12)
        assert model.score(X, y) == pytest.approx(theirs.score(X, y))
    assert back.get_params() | {"random_state": 0} == theirs.get_params() | {"random_state": 0}
    ours.partial_fit(X, y)


def test_what_was_learned_here_goes_to_scikit_learn(iris):
    X, y = iris
    model = ChainruleClassifier((9,), "tanh", max_iter=30, random_state=0).fit(X, y)
    np.testing.assert_allclose(model.to_sklearn().predict_proba(X), model.predict_proba(X), rtol=0, atol=1e-12)
    X, y = load_diabetes(return_X_y=True)
    numbers = ChainruleRegressor((9,), max_iter=20, random_state=0).fit(X, y)
    np.testing.assert_allclose(numbers.to_sklearn().predict(X), numbers.predict(X), rtol=1e-9)
    numbers.to_sklearn().partial_fit(X, y)


def test_what_scikit_learn_has_not_is_refused(iris):
    few = {"max_iter": 2, "random_state": 0}
    for model in (
        ChainruleClassifier((5, 5), ["relu", "tanh"], **few),
        ChainruleClassifier((5,), "gelu", **few),
        ChainruleClassifier((5,), loss="quadratic", **few),
    ):
        with pytest.raises(NetworkError, match="one activation in all hidden layers"):
            model.fit(*iris).to_sklearn()
    with pytest.raises(NetworkError, match="without normalization"):
        ChainruleClassifier((5,), normalization="batch", **few).fit(*iris).to_sklearn()
    with pytest.raises(NetworkError, match="not Pipeline"):
        from_sklearn(make_pipeline(MLPClassifier()))
    poisson = MLPRegressor("poisson", (3,), max_iter=400, tol=1.0).fit(iris[0], iris[1])
    with pytest.raises(NetworkError, match="'exp'; take loss='squared_error'"):
        from_sklearn(poisson)


@pytest.mark.parametrize("loss", ["cross-entropy", "log-likelihood", "quadratic"])
@pytest.mark.parametrize("classes", [2, 3])
def test_decision_function(classes, loss):
    x, y = load_iris(return_X_y=True)
    x, y = x[y < classes], y[y < classes]
    model = ChainruleClassifier((6,), loss=loss, max_iter=5, random_state=0).fit(x, y)
    z, p = model.decision_function(x), model.predict_proba(x)
    if classes == 2:
        assert z.shape == (len(x),)
        np.testing.assert_array_equal((z > 0).astype(int), model.predict(x))
        np.testing.assert_allclose(z, np.log(p[:, 1] / p[:, 0]), rtol=1e-9)
    else:
        np.testing.assert_array_equal(z.argmax(axis=1), model.predict(x))
        own = np.exp(z) if loss == "log-likelihood" else 1 / (1 + np.exp(-z))
        np.testing.assert_allclose(own / own.sum(axis=1, keepdims=True), p, rtol=1e-9)


def test_decision_function_of_several_labels():
    x, y = make_multilabel_classification(n_samples=60, n_classes=3, random_state=0)
    model = ChainruleClassifier((6,), max_iter=5, random_state=0).fit(x, y)
    np.testing.assert_array_equal((model.decision_function(x) > 0).astype(int), model.predict(x))
    before = model.network_.architecture
    assert before.stack[-1].activation == "sigmoid"


def test_lbfgs_is_like_theirs(iris):
    X, y = iris
    kept = {"alpha": 1.0, "max_iter": 3000, "tol": 1e-6, "random_state": 0}
    ours = ChainruleClassifier((6,), "tanh", solver="lbfgs", scale="none", dtype="float64", **kept).fit(X, y)
    theirs = MLPClassifier((6,), "tanh", solver="lbfgs", **kept).fit(X, y)
    costs = [log_loss(y, each.predict_proba(X)) for each in (ours, theirs)]
    assert costs[0] == pytest.approx(costs[1], rel=0.2)  # both come to a minimum, of several
    assert ours.history_.executor == "numpy"
    assert ours.n_iter_ < 3000
    again = from_sklearn(theirs)
    assert again.solver == "lbfgs"
    assert np.allclose(again.predict_proba(X), theirs.predict_proba(X), atol=1e-9)
    # their minimum is ours, and so no step lowers the cost any more
    settled = again.set_params(warm_start=True, tol=1e-3).fit(X, y)
    assert np.allclose(settled.predict_proba(X), theirs.predict_proba(X), atol=0.02)


def test_lbfgs_stops_early_and_refuses_batches(iris):
    X, y = iris
    model = ChainruleClassifier((6,), solver="lbfgs", early_stopping=True, n_iter_no_change=3, random_state=0).fit(X, y)
    assert model.history_.best == len(model.history_.epochs) - 3
    with pytest.raises(ValueError, match=r"^partial_fit learns in batches, which solver='lbfgs' does not; "):
        ChainruleClassifier(solver="lbfgs").partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"whose length it finds; leave batch_size=20 out\.$"):
        ChainruleClassifier(solver="lbfgs", batch_size=20).fit(X, y)
