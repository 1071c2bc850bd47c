"""Estimators for scikit-learn: `ChainruleClassifier` and `ChainruleRegressor`, which are `Network.fit` under its conventions.

Settings have scikit-learn's names where it has them. What scikit-learn asks of estimators is here, what they learn is not: data
become inputs by the network's schema, and the network itself is `network_`. Needs the extra `sklearn`.
"""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Sequence
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_regressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_random_state, column_or_1d, compute_sample_weight, gen_batches
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from .core.messages import listed, message
from .core.nouns import Array
from .data.errors import DataError
from .model import Network
from .network.activations import ActivationFunction, as_probabilities
from .network.costs import COSTS, CostFunction, cost_of
from .network.layers import NetworkError
from .network.makers import Part
from .schema.given import given
from .schema.inputs import Inputs
from .schema.outputs import Kind, Outputs
from .schema.schema import Schema
from .training.choice import numpy_seconds
from .training.history import Epoch
from .training.optimizers import Lbfgs, Optimizer, lbfgs_of, momentum
from .training.schedules import Plateau, Schedule
from .training.settings import (
    Executor,
    Regularization,
    SettingsError,
    optimizer_of,
    require_number,
    require_whole,
)

Activation: TypeAlias = str | ActivationFunction

_THEIRS = {"identity": "linear", "logistic": "sigmoid"}
"""What scikit-learn calls activations that have another name here."""
_BATCH = 200  # of batch_size="auto", as in scikit-learn
_SHORT = 0.2  # seconds
_PART = 2000  # examples that are answered together

__all__ = ["ChainruleClassifier", "ChainruleRegressor", "from_sklearn"]


class _Estimator(BaseEstimator):
    """What both estimators have: their settings, training, and the numbers that they answer with."""

    network_: Network

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[Part] = (100,),
        activation: Activation | Sequence[Activation] = "relu",
        *,
        loss: str | CostFunction | None = None,
        solver: str | Optimizer | Lbfgs = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: str | Schedule | Plateau = "constant",
        learning_rate_init: float | None = None,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        dropout: float | Sequence[float] = 0.0,
        normalization: str | Sequence[str] = "none",
        initializer: str = "glorot",
        scale: str | float | None = None,
        missing: str | None = None,
        dtype: Literal["float32", "float64"] = "float32",
        executor: Executor = "auto",
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.dropout = dropout
        self.normalization = normalization
        self.initializer = initializer
        self.scale = scale
        self.missing = missing
        self.dtype = dtype
        self.executor = executor

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self.missing is not None
        return tags

    # ---- what is learned from ----------------------------------------------------------------------------------------

    def _validated(self, X: Any, y: Any = "no_validation", *, reset: bool) -> Any:
        """Examples and labels as scikit-learn checks them; a frame with columns of texts stays one, for the schema to read."""
        if _has_texts(X):
            return validate_data(self, X, y, reset=reset, skip_check_array=True)
        checks: dict[str, Any] = {} if isinstance(y, str) else {"multi_output": True, "y_numeric": is_regressor(self)}
        return validate_data(
            self,
            X,
            y,
            reset=reset,
            accept_sparse="csr",
            dtype=(np.float64, np.float32),
            ensure_all_finite=True if self.missing is None else "allow-nan",
            **checks,
        )

    def _learn(self, X: Any, y: Any, weights: Array | None, outputs: int, names: tuple[str, ...], **how: Any) -> Self:
        """Train the network, which is made where there is none, and note what scikit-learn has notes of."""
        if not hasattr(self, "network_"):
            self._begin(X, outputs, names)
        n, solver = given(X).count, Lbfgs(self.tol) if self.solver == "lbfgs" else self.solver
        at_once = isinstance(solver, Lbfgs)
        size = (n if at_once else _BATCH) if self.batch_size == "auto" else self.batch_size
        require_whole("batch_size", size)
        require_number("alpha", self.alpha, message("from 0, such as {example}", example="0.0001"), zero=True)
        if weights is not None and not weights.any():
            raise DataError("All weights of examples are 0; give one above 0.")
        repeats = "validation" not in how and "batch" not in self.network_.architecture.normalizations
        if n <= size and how["epochs"] > 1 and repeats:
            X, y, weights = _distinct(X, y, weights)
            n = given(X).count
        if self.batch_size == "auto":
            size = min(size, n)
            size += n % size == 1  # no batch of one
        share = 1.0 if weights is None else float(weights.mean())
        left = n - round(n * how.get("validation", 0))
        batches: dict[str, Any] = {} if at_once and self.batch_size == "auto" else {"batch_size": size}
        history = self.network_.fit(
            X,
            y,
            learning_rate=self.learning_rate_init,
            optimizer=solver,
            schedule=self.learning_rate,
            regularization=Regularization(l2=self.alpha * left / (min(size, left) * share)),
            sample_weight=None if weights is None else weights / share,
            shuffle=self.shuffle,
            executor=self._runs_on(n, size, how["epochs"], solver),
            progress=bool(self.verbose),
            **batches,
            **how,
        )
        losses = [epoch.train.cost for epoch in history.epochs]
        self.history_ = history
        self.loss_ = losses[-1] if losses else math.nan
        self.loss_curve_: list[float] = [*getattr(self, "loss_curve_", ()), *losses]
        self.n_iter_: int = getattr(self, "n_iter_", 0) + len(losses)
        return self

    def _runs_on(self, n: int, size: int, epochs: int, solver: str | Optimizer | Lbfgs) -> Executor:
        """The executor: where a run is so short that writing its loops takes as long, NumPy."""
        if isinstance(solver, Lbfgs) or self.executor != "auto":
            return self.executor
        short = numpy_seconds(self.network_.architecture, n, epochs, size, optimizer_of(solver)) < _SHORT
        return "numpy" if short else "auto"

    def _begin(self, X: Any, outputs: int, names: tuple[str, ...]) -> None:
        """Make the network."""
        sizes = self.hidden_layer_sizes
        hidden = [sizes] if isinstance(sizes, (int, np.integer)) else list(sizes)
        self.network_ = Network(
            [Inputs(self.scale, self.missing).width(given(X)), *hidden, outputs],
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
            activation=_ours(self.activation),
            cost=self._cost(),
            normalization=self.normalization,
            dropout=self.dropout,
            initializer=self.initializer,
            dtype=self.dtype,
            scale=self.scale,
            missing=self.missing,
            classes=names,
        )

    def _cost(self) -> str | CostFunction:
        raise NotImplementedError

    def _again(self) -> bool:
        """Whether `fit` goes on from what is there; if not, what is there is forgotten."""
        if self.warm_start and hasattr(self, "network_"):
            return True
        for name in ("network_", "history_", "loss_", "loss_curve_", "n_iter_"):
            self.__dict__.pop(name, None)
        return False

    def _whole_run(self) -> dict[str, Any]:
        """How `fit` trains, where `partial_fit` goes once over the examples."""
        if self.early_stopping:
            return {
                "epochs": self.max_iter,
                "validation": self.validation_fraction,
                "patience": self.n_iter_no_change,
            }
        if lbfgs_of(self.solver) is not None:  # it sees by itself that it has come to the end
            return {"epochs": self.max_iter}
        return {"epochs": self.max_iter, "callbacks": [_Stalled(self.tol, self.n_iter_no_change)]}

    def _one_pass(self) -> dict[str, Any]:
        """How `partial_fit` trains."""
        if lbfgs_of(self.solver) is not None:
            raise SettingsError(
                "partial_fit learns in batches, which solver='lbfgs' does not; choose another, such as 'adam'."
            )
        return {"epochs": 1}

    # ---- what it answers ---------------------------------------------------------------------------------------------

    def _outputs(self, X: Any, *, weighted: bool = False) -> Array:
        """The outputs, n × n_L, of the network's weights in float64, so that no example's answer depends on those beside it; or
        the `weighted` inputs of the last layer.
        """
        check_is_fitted(self)
        rows = given(self._validated(X, reset=False))
        parameters = [each.astype(np.float64) for each in self.network_.parameters]
        parts = [rows.selected(np.arange(part.start, part.stop)) for part in gen_batches(rows.count, _PART)]
        net = self.network_
        if weighted:
            net, stack = copy.copy(net), net.architecture.stack
            linear = dataclasses.replace(stack[-1], activation="linear")
            net.architecture = dataclasses.replace(net.architecture, stack=(*stack[:-1], linear))
        return np.concatenate([net.apply(parameters, part) for part in parts])

    # ---- scikit-learn's own networks ---------------------------------------------------------------------------------

    def to_sklearn(self) -> Any:
        """The network as one of scikit-learn's, with the same answers.

        Scaling becomes part of the first and of the last layer.

        Returns:
            An `MLPClassifier` or `MLPRegressor`, fitted.

        Raises:
            NetworkError: Scikit-learn has no such network.
        """
        check_is_fitted(self)
        net, inputs, outputs = self.network_, self.network_.schema.inputs, self.network_.schema.outputs
        stack = net.architecture.stack
        theirs = {ours: name for name, ours in _THEIRS.items()} | {"tanh": "tanh", "relu": "relu"}
        hidden = {str(layer.activation) for layer in stack[:-1]} or {"relu"}
        last = {"classes": "softmax", "numbers": "linear"}.get(str(outputs.kind), "sigmoid")
        if not net.architecture.dense or net.architecture.normalizations or inputs.fill or any(
            column.levels or column.fill is not None for column in inputs.columns
        ):  # fmt: skip
            raise NetworkError(
                "Scikit-learn's networks have fully connected layers of numbers alone, without normalization."
            )
        if len(hidden) > 1 or not hidden <= set(theirs) or stack[-1].activation != last:
            raise NetworkError(
                "Scikit-learn's networks have one activation in all hidden layers, one of {listed}, and {last} in the last "
                "one.",
                listed=listed(sorted(theirs)),
                last=last,
            )
        weights = [each.astype(np.float64) for each in net.weights]
        biases = [each.astype(np.float64) for each in net.biases]
        shift, by = inputs.change(np.float64)
        weights[0] = weights[0] / by
        biases[0] = biases[0] - weights[0] @ np.broadcast_to(shift, weights[0].shape[1:])[:, None]
        if outputs.kind == "numbers":
            scale = np.broadcast_to(outputs.scale, biases[-1].shape[:1])[:, None]
            weights[-1], biases[-1] = weights[-1] * scale, biases[-1] * scale + np.array(outputs.shift)[:, None]
        shared = {"alpha", "max_iter", "shuffle", "random_state", "tol", "early_stopping", "validation_fraction",
                  "n_iter_no_change", "warm_start", "verbose", "batch_size"}  # fmt: skip
        made = (MLPRegressor if outputs.kind == "numbers" else MLPClassifier)(
            hidden_layer_sizes=tuple(net.sizes[1:-1]),
            activation=theirs[hidden.pop()],
        )
        self._shaped(made, net.sizes[0], net.sizes[-1])
        made.set_params(**{name: value for name, value in self.get_params().items() if name in shared})
        made.coefs_ = [np.ascontiguousarray(each.T) for each in weights]
        made.intercepts_ = [each[:, 0] for each in biases]
        made.n_iter_, made.loss_curve_ = self.n_iter_, list(self.loss_curve_)
        made.loss_ = self.loss_
        if hasattr(self, "feature_names_in_"):
            made.feature_names_in_ = self.feature_names_in_
        return made

    def _shaped(self, made: Any, n_inputs: int, n_outputs: int) -> None:
        """Give a network of scikit-learn's its arrays, by a step on a few zeros."""
        raise NotImplementedError


class ChainruleClassifier(ClassifierMixin, _Estimator):
    """A network that classifies, or gives several labels at once, as an estimator of scikit-learn.

    Settings that `MLPClassifier` has, too, have its name and its meaning. After `fit`, `network_` is the `Network`, which can be
    explained, saved and exported; `history_` has its epochs. Answers are computed in float64 from weights in `dtype`.

    Where all examples of `fit` are one batch, equal ones are learned from as one with the sum of their weights, in an order of
    their own: so weights mean repetitions, and the order of the examples means nothing, to the last bit.

    Args:
        hidden_layer_sizes: The sizes of the hidden layers, or layers of `chainrule.layers`.
        activation: That of the hidden layers, or one for each: `"relu"`, `"tanh"`, `"logistic"`, `"identity"`, another name in
            `chainrule.network.activations`, or a function in plain NumPy.
        loss: The cost: `"cross-entropy"` (by default of two classes, and of several labels at once), `"log-likelihood"` (by
            default of more classes), or `"quadratic"`.
        solver: The optimizer, as in `Network.fit`. `"sgd"` has no momentum, other than scikit-learn's; `"nesterov"` is that. With
            `"lbfgs"`, for small tables, `max_iter` is the most steps, `tol` the largest number that the gradient has at the end.
        alpha: The penalty on the squares of weights.
        batch_size: The number of examples per step; `"auto"` is 200, or all if there are fewer.
        learning_rate: The schedule of the learning rate, as in `Network.fit`.
        learning_rate_init: η; by default one that goes with network and optimizer.
        max_iter: The largest number of epochs.
        shuffle: Whether each epoch has an order of its own.
        random_state: A seed, or a generator that gives one.
        tol: By how much the loss must fall, or training ends after `n_iter_no_change` epochs.
        verbose: Whether to print a line per epoch.
        warm_start: Whether `fit` goes on from the weights of the last one.
        early_stopping: Whether training ends after `n_iter_no_change` epochs without a better score on examples held out for
            this; the best weights are kept.
        validation_fraction: The share of the examples to hold out.
        n_iter_no_change: For how many epochs to wait.
        dropout: The share of activations dropped in training, for all hidden layers or for each, with one more value in front for
            the input.
        normalization: `"none"`, `"batch"` or `"layer"`, for all hidden layers or for each.
        initializer: How weights begin, as in `Network`.
        scale: How inputs are scaled, as in `Network`: by default, columns of numbers that are not all in 0…1 are standardized.
        missing: What stands in for missing values, as in `Network`; by default they are refused.
        dtype: The number type in which it learns.
        executor: What runs the steps, as in `Network.fit`.
        class_weight: `"balanced"`, or a dictionary with a number for each label.

    Examples:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = ChainruleClassifier((16,), learning_rate_init=0.01, random_state=0).fit(X, y)
        >>> model.score(X, y) > 0.95, model.predict_proba(X[:2]).shape, model.network_.sizes
        (True, (2, 3), [4, 16, 3])
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[Part] = (100,),
        activation: Activation | Sequence[Activation] = "relu",
        *,
        loss: str | None = None,
        solver: str | Optimizer | Lbfgs = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: str | Schedule | Plateau = "constant",
        learning_rate_init: float | None = None,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        dropout: float | Sequence[float] = 0.0,
        normalization: str | Sequence[str] = "none",
        initializer: str = "glorot",
        scale: str | float | None = None,
        missing: str | None = None,
        dtype: Literal["float32", "float64"] = "float32",
        executor: Executor = "auto",
        class_weight: Any = None,
    ):
        super().__init__(
            hidden_layer_sizes, activation, loss=loss, solver=solver, alpha=alpha, batch_size=batch_size,
            learning_rate=learning_rate, learning_rate_init=learning_rate_init, max_iter=max_iter, shuffle=shuffle,
            random_state=random_state, tol=tol, verbose=verbose, warm_start=warm_start, early_stopping=early_stopping,
            validation_fraction=validation_fraction, n_iter_no_change=n_iter_no_change, dropout=dropout,
            normalization=normalization, initializer=initializer, scale=scale, missing=missing, dtype=dtype,
            executor=executor,
        )  # fmt: skip
        self.class_weight = class_weight

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Learn.

        Args:
            X: n examples: an array, a sparse matrix, or a data frame, whose columns may be texts.
            y: Their n labels, or n rows of 0 and 1, one for each of several labels.
            sample_weight: n numbers from 0, the weights of the examples.

        Returns:
            The estimator.

        Raises:
            ValueError: The examples or labels cannot be learned from, or a setting is invalid.
        """
        again = self._again()
        X, y = self._validated(X, y, reset=not again)
        y = self._labels(y)
        if not again:
            self._several = y.ndim == 2
            self.classes_ = np.arange(y.shape[1]) if self._several else np.unique(y)
        return self._taught(X, y, sample_weight, self._whole_run())

    def partial_fit(
        self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Go once over some examples; the first ones settle how inputs are scaled.

        Args:
            X: n examples, as in `fit`.
            y: Their labels.
            classes: All labels that there will be; needed the first time.
            sample_weight: n numbers from 0, the weights of the examples.

        Returns:
            The estimator.

        Raises:
            ValueError: As in `fit`; or `classes` are missing, or others than before.
        """
        first = _check_partial_fit_first_call(self, classes)
        X, y = self._validated(X, y, reset=first)
        y = self._labels(y)
        if first:
            self.__dict__.pop("network_", None)
            self._several = y.ndim == 2
        return self._taught(X, y, sample_weight, self._one_pass())

    def _labels(self, y: Any) -> Array:
        """Labels as an array: n, or n × k of 0 and 1."""
        check_classification_targets(y)
        if type_of_target(y) == "multiclass-multioutput":
            raise DataError("y has several columns of classes; give one, or columns of 0 and 1, one for each label.")
        array = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
        return column_or_1d(array, warn=True) if array.ndim == 1 or array.shape[1] == 1 else array

    def _taught(self, X: Any, y: Array, sample_weight: ArrayLike | None, how: dict[str, Any]) -> Self:
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        if self.class_weight is not None:
            of_classes = compute_sample_weight(self.class_weight, y)
            weights = of_classes if weights is None else weights * of_classes
        count = len(self.classes_)
        if (y.ndim == 2) != self._several or (self._several and y.shape[1] != count):
            raise DataError("y has another kind of labels than before.")
        if self._several:
            return self._learn(X, y.astype(int), weights, count, (), **how)
        strange = np.setdiff1d(y, self.classes_)
        if len(strange):
            raise DataError(
                "y has labels that were not there before: {labels}; the network knows {known}.",
                labels=listed(map(repr, strange[:5].tolist())),
                known=listed(map(repr, self.classes_[:10].tolist())),
            )
        outputs = 1 if count <= 2 and cost_of(self._cost()).output != "softmax" else max(count, 2)
        names = tuple(map(str, self.classes_)) if count > 1 and self.classes_.dtype.kind in "OU" else ()
        encoder = LabelEncoder()
        encoder.classes_ = self.classes_
        return self._learn(X, encoder.transform(y), weights, outputs, names, **how)

    def _cost(self) -> str:
        if self.loss is None:
            return "cross-entropy" if self._several or len(self.classes_) <= 2 else "log-likelihood"
        allowed = [name for name, cost in COSTS.items() if not cost.regression and cost.output != "linear"]
        if not isinstance(self.loss, str) or self.loss not in allowed:
            raise SettingsError("loss is {name!r}; choose one of {listed}.", name=self.loss, listed=listed(allowed))
        return self.loss

    def predict_proba(self, X: Any) -> Array:
        """The probabilities of the classes.

        Args:
            X: n examples, as in `fit`.

        Returns:
            n × the number of classes, in the order of `classes_`; of several labels at once, the probability of each.
        """
        a = self._outputs(X)
        if self._several:
            return a
        if len(self.classes_) == 1:
            return np.ones((len(a), 1))
        return np.concatenate([1 - a, a], axis=1) if a.shape[1] == 1 else as_probabilities(a)

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of the probabilities of the classes.

        Args:
            X: n examples, as in `fit`.

        Returns:
            As `predict_proba`.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def decision_function(self, X: Any) -> Array:
        """How far each example is on the side of a class: the weighted inputs z of the last layer, before they are probabilities.

        Args:
            X: n examples, as in `fit`.

        Returns:
            Of two classes n numbers, above 0 for the second one; of more, or of several labels at once, n × their number.
        """
        z = self._outputs(X, weighted=True)
        if self._several or len(self.classes_) > 2:
            return z
        return z[:, 0] if z.shape[1] == 1 else z[:, 1] - z[:, 0]

    def predict(self, X: Any) -> Array:
        """The answers.

        Args:
            X: n examples, as in `fit`.

        Returns:
            n labels, or n × k of 0 and 1 where several labels were learned.
        """
        probabilities = self.predict_proba(X)
        if self._several:
            return (probabilities > 0.5).astype(int)
        labels: Array = self.classes_[probabilities.argmax(axis=1)]
        return labels

    def _shaped(self, made: MLPClassifier, n_inputs: int, n_outputs: int) -> None:
        if self._several:
            made.partial_fit(np.zeros((2, n_inputs)), np.eye(2, n_outputs, dtype=int), classes=self.classes_)
        else:
            made.partial_fit(np.zeros((len(self.classes_), n_inputs)), self.classes_, classes=self.classes_)
        if made.n_outputs_ != n_outputs:
            raise NetworkError("Scikit-learn's networks have one output for two classes; take loss='cross-entropy'.")


class ChainruleRegressor(RegressorMixin, _Estimator):
    """A network that answers with numbers, as an estimator of scikit-learn.

    Its settings are those of `ChainruleClassifier`, without `class_weight`. The numbers to learn are standardized, unless `scale`
    is `"none"`, and answers are in their own units.

    Args:
        hidden_layer_sizes: The sizes of the hidden layers, or layers of `chainrule.layers`.
        loss: `"mean-squared-error"` (the default), `"mean-absolute-error"`, `"huber"`, or a function in plain NumPy.

    Examples:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = ChainruleRegressor((16,), max_iter=50, random_state=0).fit(X, y)
        >>> model.score(X, y) > 0.4, model.predict(X[:2]).shape
        (True, (2,))
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Learn.

        Args:
            X: n examples: an array, a sparse matrix, or a data frame, whose columns may be texts.
            y: Their n numbers, or n × k.
            sample_weight: n numbers from 0, the weights of the examples.

        Returns:
            The estimator.

        Raises:
            ValueError: The examples or numbers cannot be learned from, or a setting is invalid.
        """
        again = self._again()
        return self._taught(X, y, sample_weight, again, self._whole_run())

    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Go once over some examples; the first ones settle how inputs and outputs are scaled.

        Args:
            X: n examples, as in `fit`.
            y: Their numbers.
            sample_weight: n numbers from 0, the weights of the examples.

        Returns:
            The estimator.

        Raises:
            ValueError: As in `fit`.
        """
        return self._taught(X, y, sample_weight, hasattr(self, "network_"), self._one_pass())

    def _taught(self, X: Any, y: Any, sample_weight: ArrayLike | None, again: bool, how: dict[str, Any]) -> Self:
        X, y = self._validated(X, y, reset=not again)
        numbers = np.asarray(y, np.float64)
        if numbers.ndim == 2 and numbers.shape[1] == 1:
            numbers = column_or_1d(numbers, warn=True)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        return self._learn(X, numbers, weights, 1 if numbers.ndim == 1 else numbers.shape[1], (), **how)

    def _cost(self) -> str | CostFunction:
        if callable(self.loss):
            return self.loss
        allowed = [name for name, cost in COSTS.items() if cost.regression]
        if self.loss is not None and self.loss not in allowed:
            raise SettingsError("loss is {name!r}; choose one of {listed}.", name=self.loss, listed=listed(allowed))
        return self.loss or "mean-squared-error"

    def predict(self, X: Any) -> Array:
        """The answers.

        Args:
            X: n examples, as in `fit`.

        Returns:
            n numbers, or n × k.
        """
        numbers = self._outputs(X)
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers

    def _shaped(self, made: MLPRegressor, n_inputs: int, n_outputs: int) -> None:
        made.partial_fit(np.zeros((1, n_inputs)), np.zeros(1) if n_outputs == 1 else np.zeros((1, n_outputs)))


def from_sklearn(model: Any) -> ChainruleClassifier | ChainruleRegressor:
    """A fitted `MLPClassifier` or `MLPRegressor` as an estimator of this package, with the same answers.

    Args:
        model: The network of scikit-learn.

    Returns:
        The estimator, fitted, with the settings that both have; `to_sklearn` is the way back.

    Raises:
        NetworkError: It is no such network.

    Examples:
        >>> X, y = np.eye(4), np.array(["a", "b", "c", "b"])
        >>> theirs = MLPClassifier((5,), solver="lbfgs", max_iter=500, random_state=0).fit(X, y)
        >>> ours = from_sklearn(theirs)
        >>> bool(np.allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-12)), ours.network_.sizes
        (True, [4, 5, 3])
    """
    if not isinstance(model, (MLPClassifier, MLPRegressor)):
        raise NetworkError(
            "from_sklearn takes an MLPClassifier or an MLPRegressor, not {kind}.", kind=type(model).__name__
        )
    check_is_fitted(model)
    last: str = {"identity": "linear", "logistic": "sigmoid"}.get(model.out_activation_, model.out_activation_)
    costs = {"linear": "mean-squared-error", "sigmoid": "cross-entropy", "softmax": "log-likelihood"}
    if last not in costs:
        raise NetworkError(
            "There is no cost that goes with the last layer's activation {name!r}; take loss='squared_error'.",
            name=last,
        )
    made = ChainruleRegressor() if last == "linear" else ChainruleClassifier()
    theirs = model.get_params()
    shared = set(theirs) & set(made.get_params()) - {"solver", "learning_rate", "loss"}
    friction = theirs["momentum"]
    solver: str | Optimizer = "lbfgs" if model.solver == "lbfgs" else "adam"
    if model.solver == "lbfgs":
        shared -= {"learning_rate_init"}
    if model.solver == "sgd":
        solver = {0.0: "sgd", 0.9: "nesterov" if theirs["nesterovs_momentum"] else "momentum"}.get(
            friction, momentum(friction, theirs["nesterovs_momentum"])
        )
    dtype: Literal["float32", "float64"] = "float32" if model.coefs_[0].dtype == np.float32 else "float64"
    made.set_params(**{name: theirs[name] for name in shared}, solver=solver, scale="none", dtype=dtype)
    sizes = [len(model.coefs_[0]), *(each.shape[1] for each in model.coefs_)]
    made.network_ = net = Network(sizes, activation=_ours(model.activation), cost=costs[last], dtype=dtype, seed=0)
    for own, given_ in zip(net.weights, model.coefs_, strict=True):
        own[...] = given_.T
    for own, given_ in zip(net.biases, model.intercepts_, strict=True):
        own[...] = given_[:, None]
    kind: Kind = "numbers"
    if isinstance(made, ChainruleClassifier):
        made.classes_ = model.classes_
        made._several = last == "sigmoid" and sizes[-1] > 1
        kind = "several" if made._several else "classes" if last == "softmax" else "binary"
    net.schema = Schema(Inputs("none", fitted=True), Outputs(kind, scaling="none" if kind == "numbers" else None))
    made.n_features_in_ = model.n_features_in_
    if hasattr(model, "feature_names_in_"):
        made.feature_names_in_ = model.feature_names_in_
    made.loss_, made.loss_curve_, made.n_iter_ = model.loss_, list(getattr(model, "loss_curve_", [])), model.n_iter_
    return made


class _Stalled:
    """Whether the loss has not fallen by `tol` for more than `patience` epochs, as scikit-learn counts them."""

    def __init__(self, tol: float, patience: int):
        self._tol, self._patience = tol, patience
        self._best, self._waited = math.inf, 0

    def __call__(self, epoch: Epoch) -> bool:
        loss = epoch.train.cost
        self._waited = self._waited + 1 if loss > self._best - self._tol else 0
        self._best = min(self._best, loss)
        return self._waited > self._patience


def _ours(activation: Activation | Sequence[Activation]) -> Any:
    """The activations under the names that they have here."""
    if isinstance(activation, str):
        return _THEIRS.get(activation, activation)
    return activation if callable(activation) else [_ours(each) for each in activation]


def _has_texts(X: Any) -> bool:
    """Whether X is a data frame with columns of something else than numbers."""
    return hasattr(X, "columns") and any(
        each.dtype.kind not in "buif" if each.dtype != object else any(isinstance(value, str) for value in each)
        for each in given(X).columns
    )


def _distinct(X: Any, y: Array, weights: Array | None) -> tuple[Any, Array, Array | None]:
    """Each different example once, sorted, with the sum of the weights of its equals; frames with texts stay as they are."""
    if hasattr(X, "columns"):
        return X, y, weights
    x = X.toarray() if hasattr(X, "toarray") else X
    each = np.ones(len(x)) if weights is None else weights
    table = np.column_stack([x, y])[each > 0]
    found, where = np.unique(table, axis=0, return_inverse=True)
    sums = np.bincount(where.reshape(-1), each[each > 0])
    left = found[:, : x.shape[1]].astype(x.dtype), found[:, x.shape[1] :].astype(y.dtype).reshape(-1, *y.shape[1:])
    return *left, None if (sums == 1).all() else sums
