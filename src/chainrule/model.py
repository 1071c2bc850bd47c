"""The user's `Network`, which combines architecture, training, data and files, and has no algorithm of its own.

Rows are examples here, as everywhere in Python; in the equations, columns are. The boundary is one transpose.
"""

from __future__ import annotations

import copy
import dataclasses
import errno
import functools
import os
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .core.messages import listed, message
from .core.nouns import Array, Program
from .core.traced import Traced
from .data.augmentation import Augmentation
from .data.errors import reason_of
from .data.source import Source
from .examples import (
    as_pairs,
    augmentation,
    examples_of,
    is_regression,
    no_examples,
    paired,
    prepare,
    require_pairs,
    require_smoothing,
    rows_of,
)
from .network.activations import ActivationFunction, as_probabilities
from .network.architecture import Architecture, begun, stacked
from .network.costs import CostFunction, are_distributions
from .network.description import described, written_call
from .network.equations import NetworkPrograms, programs
from .network.initializers import INITIALIZERS
from .network.layers import NetworkError
from .network.makers import Part
from .prediction import activations_of, applied, compute_answers, explained, outputs_of, scored
from .run.threads import threads_for
from .schema.inputs import MISSING, SCALINGS, Inputs
from .schema.outputs import TARGET_SCALINGS, Outputs, named
from .schema.schema import Schema
from .training.callbacks import Callback
from .training.checkpoint import CheckpointWarning, fingerprint, packed, require_same
from .training.choice import Choice, choose, executor_with_warning
from .training.history import History, Observer, Score
from .training.loop import DivergenceError, Watch, train
from .training.optimizers import Lbfgs, Optimizer, lbfgs_of
from .training.rates import default_rate
from .training.runner import Examples, Learner, learner_of
from .training.schedules import Plateau, Schedule
from .training.settings import (
    Clipping,
    Executor,
    Regularization,
    Settings,
    SettingsError,
    flat,
    grouped,
    optimizer_of,
    plain,
    require_number,
    require_whole,
    settings,
)
from .training.step import state_names
from .training.weights import ClassWeight
from .version import __version__

if TYPE_CHECKING:  # what is imported where it is used: not every program asks for it
    from .explain.explanation import Explanation
    from .export.trained import Learning, Trained
    from .export.writing import Exported
    from .page.writing import Look
    from .run.lowering.webassembly import WebAssembly
    from .show.dimensions import Dimensions
    from .training.diagnosis import Finding
    from .training.rate_search import RateSearch

Metric: TypeAlias = Callable[[Array, Array], float]
"""A figure of outputs (n × n_L) and labels: the positions of classes (n), 0 or 1 for each output, or numbers (n × n_L)."""

IMAGE_SIZE = 784
"""The inputs of a network that reads images of MNIST, whichever way their pixels are given."""


class Network:
    """A neural network, trained by the backward pass that is derived from its forward pass.

    `weights[0]` is w² (n2 × n1), `biases[0]` is b² (n2 × 1), as in the article. `parameters` is the list of all arrays,
    layer by layer: w², b², with a normalization its γ and running moments, w³, …. All three return the network's own
    arrays, so writing into them (`w -= …`) changes the network. The defaults are those of the book's chapter 1.

    Args:
        layers: The sizes of the layers from the input to the output, or layers of `chainrule.layers`, such as `Dense(30)`.
        input: The size of the input, if `layers` do not begin with it; or the shape of an example, as `(1, 28, 28)`.
        seed: The seed of the initial weights and of shuffling.
        activation: The activation of the hidden layers, one for all or one for each: a name in `network.activations`, or a
            function in plain NumPy.
        output: The activation of the last layer, by default the one that goes with the cost.
        cost: A name in `network.costs`, or a function in plain NumPy.
        normalization: `"none"`, `"batch"` or `"layer"`, for all hidden layers or for each.
        dropout: The fraction of activations dropped in training, for all hidden layers or for each, with one more value
            in front for the input.
        initializer: `"default"` (weights N(0, 1/n_in), biases N(0, 1), of rectifiers 0.1, of linear neurons 0), `"large"` (all
            N(0, 1), the article's), `"glorot"`, `"he"` (variance 2/n_in before rectifiers, else 1/n_in), `"orthogonal"`,
            `"zeros"`.
        dtype: The number type in which the network computes.
        scale: How inputs are scaled, which `fit` settles and the network keeps: `"standard"` (mean 0, variance 1), `"min-max"`
            (0…1), `"gray"` (bytes divided by 255), `"none"`, or a divisor, such as 16. By default bytes are divided by 255,
            numbers in 0…1 stay, and other numbers and columns of tables are standardized.
        target_scale: How the numbers that are to be learned are scaled, `"standard"`, `"min-max"` or `"none"`; by default
            `"standard"` where the last layer is linear, unless `scale` is `"none"`. Answers are in the numbers' own units.
        missing: What stands in for missing values, `"mean"` or `"median"` of the column (for texts, the most frequent one), or
            `"drop"`, which leaves such examples out of training and scoring; by default they are refused.
        classes: The classes, one for each output: names, or labels as `fit` gets them.

    Raises:
        NetworkError: The layers make no valid network.
        SettingsError: The seed, or how data are scaled or completed, is invalid.

    Examples:
        >>> net = Network([784, 30, 10], seed=0)
        >>> [w.shape for w in net.weights], [b.shape for b in net.biases]
        ([(30, 784), (10, 30)], [(30, 1), (10, 1)])
    """

    schema: Schema = Schema()  # what its inputs and outputs are
    source: Source | None = None  # which data the command line trained it on
    _last: Learner | None = None  # as the last `fit` left it
    _history: History | None = None  # of the last `fit`, also where its cost became no number
    _start: Sequence[Array] | None = None  # the parameters before the first `fit`

    def __init__(
        self,
        layers: Sequence[Part],
        *,
        input: int | Sequence[int] | None = None,
        seed: int | None = None,
        activation: str | ActivationFunction | Sequence[str | ActivationFunction] = "sigmoid",
        output: str | ActivationFunction | None = None,
        cost: str | CostFunction = "quadratic",
        normalization: str | Sequence[str] = "none",
        dropout: float | Sequence[float] = 0.0,
        initializer: str = "default",
        dtype: Literal["float32", "float64"] = "float32",
        scale: str | float | None = None,
        target_scale: str | None = None,
        missing: str | None = None,
        classes: Sequence[Hashable] = (),
    ):
        self.architecture: Architecture = stacked(layers, activation, output, cost, normalization, dropout, input)
        if initializer not in INITIALIZERS:
            raise NetworkError(
                "There is no initializer {name!r}; choose one of {listed}.",
                name=initializer,
                listed=listed(INITIALIZERS),
            )
        if dtype not in ("float32", "float64"):
            raise NetworkError("A network computes in float32 or float64, not in {dtype!r}.", dtype=dtype)
        self.schema = self._begun_schema(scale, target_scale, missing, classes)
        self.dtype: str = dtype
        self._begin(seed, initializer)

    def _begin(self, seed: int | None, initializer: str) -> None:
        """Draw the weights. Raises `SettingsError` for a seed that is none."""
        seed = plain(seed)
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
            raise SettingsError("The seed is {seed!r}; it must be a whole number from 0.", seed=seed)
        weight_seed, shuffle_seed = np.random.SeedSequence(seed).spawn(2)
        random = np.random.default_rng(weight_seed)
        self._random = np.random.default_rng(shuffle_seed)
        self.parameters: list[Array] = begun(self.architecture, initializer, random, self.dtype)
        self.provenance: dict[str, Any] = {
            "version": __version__,
            "seed": seed,
            "initializer": initializer,
            "runs": [],
        }

    def again(self, seed: int | None = None) -> Network:
        """A network like this one that has learned nothing yet, with weights drawn from another seed.

        Args:
            seed: The seed of the initial weights and of shuffling.

        Returns:
            The network; this one stays as it is.

        Raises:
            SettingsError: The seed is invalid.

        Examples:
            >>> one = Network([2, 3], seed=0)
            >>> other = one.again(seed=1)
            >>> other.sizes, bool((one.weights[0] == other.weights[0]).any())
            ([2, 3], False)
        """
        made = copy.copy(self)
        made._last = made._history = made._start = None
        made._begin(seed, str(self.provenance.get("initializer", "default")))
        return made

    def _begun_schema(
        self, scale: str | float | None, target_scale: str | None, missing: str | None, classes: Sequence[Hashable]
    ) -> Schema:
        """What is known of the data before the first `fit`."""
        for name, value, such in (("target_scale", target_scale, TARGET_SCALINGS), ("missing", missing, MISSING)):
            if value is not None and value not in such:
                raise SettingsError(
                    "{name} is {value!r}; choose one of {listed}.", name=name, value=value, listed=listed(such)
                )
        if isinstance(scale, str) and scale not in SCALINGS:
            raise SettingsError(
                "scale is {value!r}; choose one of {listed}, or a number that divides all inputs, such as 16.",
                value=scale,
                listed=listed(SCALINGS),
            )
        if scale is not None and self.architecture.vocabulary is not None:
            raise NetworkError("The inputs are numbers of tokens, which are not divided; leave scale out.")
        inputs = Inputs(plain(scale), missing)
        if scale is not None and not isinstance(scale, str):
            require_number("scale", scale, "above 0, such as 16", zero=False)
            inputs = dataclasses.replace(inputs, scale=(float(scale),))
        outputs = named(classes, self.sizes[-1]) if len(classes) else Outputs()
        return Schema(inputs, dataclasses.replace(outputs, scaling=target_scale))

    # ---- what it is --------------------------------------------------------------------------------------------------

    @property
    def classes(self) -> tuple[str, ...]:
        """What the classes are called where they are shown, one for each output; empty if they are whole numbers from 0."""
        return self.schema.outputs.shown

    @property
    def numeric(self) -> bool:
        """Whether it answers with numbers, not with classes."""
        return self.outputs.kind == "numbers"

    @property
    def outputs(self) -> Outputs:
        """What the outputs stand for; before the first `fit`, what they would by the cost."""
        known = self.schema.outputs
        if known.kind is not None:
            return known
        single, own = self.sizes[-1] == 1, callable(self.architecture.cost)
        if (single and own) or is_regression(self.architecture):
            return dataclasses.replace(known, kind="numbers")
        return dataclasses.replace(known, kind="binary" if single else "classes")

    @property
    def sizes(self) -> list[int]:
        """The layers' sizes, from the input to the output."""
        return list(self.architecture.sizes)

    @property
    def weights(self) -> list[Array]:
        """The weights w_l, n_l × n_{l−1}, for l = 2 … L; the network's own arrays."""
        return self._of_role("weight")

    @property
    def biases(self) -> list[Array]:
        """The biases b_l, n_l × 1, for l = 2 … L; the network's own arrays."""
        return self._of_role("bias")

    def _of_role(self, role: str) -> list[Array]:
        pairs = zip(self.architecture.parameters, self.parameters, strict=True)
        return [array for each, array in pairs if each.role == role]

    @property
    def forward_program(self) -> Program:
        """The forward pass for one example, to print or run."""
        return self.programs(1).feedforward

    @property
    def backward_program(self) -> Program:
        """The derivative that trains the network, to print or run: for one example, or where the batch is normalized for
        a batch of `batch_of_run` examples, since the variance of one is 0.
        """
        return self.programs(self.batch_of_run).backprop

    @property
    def batch_of_run(self) -> int:
        """The smallest batch whose derivative is the one that trained the network: 1, or with batch normalization the
        batch size of its last run, 10 where there was none.
        """
        if not self.architecture.pairs:
            return 1
        run = (self.provenance["runs"] or [{}])[-1]
        return min(int(run.get("batch_size", 10)), int(run.get("images", 10)))

    def programs(self, m: int, dtype: Literal["float32", "float64"] = "float64") -> NetworkPrograms:
        """The forward pass, the cost and its derivative as programs without dropout.

        Args:
            m: The number of examples in a batch.
            dtype: The number type in which they compute.
        """
        return programs(self.architecture.whole, m, dtype, distributions=not self.numeric)

    def dimensions(self, m: int = 10) -> Dimensions:
        """The shape of every symbol in the forward and the backward pass; print it to read it.

        Args:
            m: The number of examples in a batch.
        """
        require_whole("m", m)
        batch = self.programs(m)
        from .show.dimensions import dimensions

        about = tuple(self.schema.lines()) if self.schema.inputs.fitted else ()
        return dimensions(batch.feedforward, batch.backprop, self.dtype, about)

    # ---- what it does ------------------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        epochs: int = 30,
        batch_size: int = 10,
        learning_rate: float | None = None,
        optimizer: str | Optimizer | Lbfgs = "sgd",
        schedule: str | Schedule | Plateau = "constant",
        regularization: Regularization | None = None,
        clipping: Clipping | None = None,
        freeze: int | str | Sequence[int | str] = (),
        sample_weight: ArrayLike | None = None,
        class_weight: ClassWeight | None = None,
        augment: str | Augmentation | None = None,
        shuffle: bool = True,
        validation: tuple[Any, Any] | float | None = None,
        metrics: Mapping[str, Metric] | None = None,
        patience: int | None = None,
        keep: Literal["best"] | None = None,
        executor: Executor = "auto",
        progress: Observer | bool | None = None,
        callbacks: Sequence[Callback] = (),
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> History:
        """Learn from examples and labels in mini-batches, starting from the present weights.

        The first `fit` settles what inputs and outputs are, `net.schema`: their scaling, columns and classes. Ctrl-C ends
        training early and keeps what was learned.

        Args:
            x: n examples, one per row: an array of any numbers (n × n_1, n × 28 × 28; bytes are grays), nested lists, a data
                frame of pandas, polars or pyarrow, a dictionary of columns, or a sparse matrix of SciPy. A column of texts, at
                most 50 different ones, becomes an input for each. Or batches, pairs of examples and labels, one after the other,
                as a generator or a function that makes one; they are kept in a temporary file. Where all inputs together would
                be large, as those of a memory map or a sparse matrix can be, they are made as they are needed.
            y: Their n labels: whole numbers from 0, or any texts, numbers and other hashable values, as many different ones as
                there are outputs (two where there is one output); n rows of 0 and 1 for several labels at once; or, with a cost
                for regression or one of your own, the desired outputs themselves, n × n_L numbers or n for one output.
            epochs: The number of passes over the examples.
            batch_size: m, the number of examples per step.
            learning_rate: η, by default that of `default_learning_rate`.
            optimizer: `"sgd"`, `"momentum"`, `"nesterov"`, `"rmsprop"`, `"adam"`, `"adamw"`, or one from
                `chainrule.training.optimizers` with other settings. Or, for small tables, `"lbfgs"`: each epoch is one step on
                all examples, whose length it finds, so that it has no batches, rates, schedules and dropout.
            schedule: How the learning rate changes: `"constant"`, `"step"`, `"linear"`, `"cosine"`, `"one-cycle"`,
                `"plateau"`, or one from `chainrule.training.schedules`.
            regularization: Penalties on large weights, and label smoothing: `chainrule.Regularization(l2=5.0)`.
            clipping: Bounds of the gradients: `chainrule.Clipping(norm=1.0)`.
            freeze: What stays as it is: the number of a layer, such as 2, names of parameters, such as `"w2, b2"`, or several of
                these in a list. A frozen layer's running means and variances are those that it computes with.
            sample_weight: n numbers from 0, the weights of the examples.
            class_weight: The same by class: `"balanced"`, or a dictionary with a number for each label.
            augment: Random variations of all images, new in each epoch: `"light"`, `"elastic"`, `"strong"`, or an `Augmentation`.
            shuffle: Whether each epoch goes through the examples in an order of its own; if not, in the order given.
            validation: Examples and labels, a pair, on which the network is scored after each epoch; or the share of the examples
                to hold out for this, such as 0.1, the same share of each class.
            metrics: Functions of the outputs (n × n_L) and labels of `validation`, by name.
            patience: The number of epochs without a better validation score after which training ends; the best weights
                are kept.
            keep: `"best"` to have, at the end, the weights of the epoch with the best validation score, with all epochs run.
            executor: What runs the steps: `"numpy"`, `"native"` loops, the same as WebAssembly, `"wasm"`, where Python itself
                runs in a browser, `"jax"`, on all devices that JAX has, or `"auto"`, which chooses one of the others.
            progress: `True` prints one line per epoch, and an observer is told of the training. By default a run that takes more
                than two seconds shows where it is, at a terminal or in a notebook, and nowhere else; `False` shows nothing.
            callbacks: Functions of a `chainrule.training.callbacks.Moment`, which has the epoch's numbers, the network, η and the
                last batch. They are called after each epoch or, as `Every(100, f)`, after each so many steps; if one returns a
                true value, training ends. `SaveBest(path)` saves the network whenever it is the best so far.
            checkpoint: a file that is replaced after each epoch, from which `resume` continues to bit-identical results. If
                it cannot be written, there is a warning and the run continues.

        Returns:
            The history of the epochs.

        Raises:
            DataError: The examples or labels do not match the network or each other, or a value is missing.
            SettingsError: a setting is invalid.
            DivergenceError: The cost became NaN or infinite; the network then has its last good weights.

        Examples:
            >>> net = Network([2, 8, 2], seed=0)
            >>> history = net.fit([[0, 1], [1, 0]], ["left", "right"], epochs=200, batch_size=2)
            >>> history.epochs[-1].train.accuracy, net.predict([1, 0])
            (1.0, 'right')
        """
        given = flat(
            {
                "epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "optimizer": optimizer,
                "schedule": schedule, "regularization": regularization, "clipping": clipping, "patience": patience,
                "executor": executor,
            }
        )  # fmt: skip
        if learning_rate is None and lbfgs_of(optimizer) is None:
            given["learning_rate"] = self.default_learning_rate(optimizer)  # type: ignore[arg-type]  # it is none
        if keep is not None:
            given["keep"] = keep
        if freeze != ():
            given["freeze"] = ", ".join(self.architecture.freezing(freeze).frozen)
        if not shuffle:
            given["shuffle"] = False
        shaping: dict[str, Any] = {
            "label_smoothing": given.pop("label_smoothing"),
            "class_weight": as_pairs(class_weight),
            "augment": None if augment is None else dataclasses.asdict(augmentation(augment)),
        }
        from .show.epochs import observing

        with observing(progress, epochs) as observer:
            beside = Watch(observer, callbacks=callbacks)
            return self._fit(x, y, given, shaping, sample_weight, validation, metrics or {}, beside, checkpoint)

    def webassembly(
        self,
        examples: int,
        *,
        batch_size: int = 10,
        optimizer: str | Optimizer = "sgd",
        regularization: Regularization | None = None,
        clipping: Clipping | None = None,
        pixels: bool = False,
    ) -> WebAssembly:
        """Write the training of this network as WebAssembly, for browsers and Node: it starts from the present weights.

        In JavaScript, `const net = await instantiate()` makes it ready, in a memory of its own or in one that is given, as for
        `chainrule.webassembly`. All arrays are flat, row by row.

        `net.set({ images, labels })` brings the examples: n × n_1 numbers, and n classes from 0 (0 and 1 where there is one
        output) or, where the network answers with numbers, n × n_L of them. It also sets parameters and the optimizer's state,
        `w2`, `b2`, `v_w2`, …, and `net.get("w2")` gives a copy. `net.steps` counts the steps.

        `net.train(order, rates, draws)` takes a step for each m numbers of `order`, which are positions of examples. `rates` is
        η, one number or one for each step. `draws`, which may be left out, are the random numbers from 0 to below 1 of dropout:
        of each step m × n_l for each layer with it. It returns the mean `cost` and how many answers were `correct`, of each step
        before it was taken, and `wrong`: the first step, if any, with a number that is infinite or none; then nothing that the
        call has learned is kept.

        Args:
            examples: n, the number of examples, by which λ is divided, too.
            batch_size: The number of examples per step.
            optimizer: As in `fit`.
            regularization: As in `fit`.
            clipping: As in `fit`.
            pixels: Whether images are bytes, which are divided by 255; else they are numbers, as the network computes with them.

        Returns:
            The module, and a module of JavaScript that holds it.

        Raises:
            ChainruleError: The step has an operation that only NumPy computes; the message names the equation.
            SettingsError: A setting is invalid.

        Examples:
            >>> made = Network([784, 30, 10], seed=0).webassembly(50_000, pixels=True)
            >>> made.code[:4], len(made.code) < 120_000  # of which the weights are 100,000
            (b'\\x00asm', True)
        """
        from .training.webassembly import training_module

        require_whole("examples", examples)
        given = flat({"regularization": regularization, "clipping": clipping})
        smoothing = given.pop("label_smoothing")
        chosen = settings(
            examples, epochs=1, batch_size=batch_size, learning_rate=1.0, optimizer=optimizer, **grouped(given)
        )
        require_smoothing(smoothing, not self.numeric)
        require_pairs(self.architecture, batch_size, batch_size)
        return training_module(
            self.architecture, self.parameters, chosen, examples,
            numeric=self.numeric, pixels=pixels, smoothing=smoothing,
        )  # fmt: skip

    def _fit(
        self,
        x: Any,
        y: Any,
        given: dict[str, Any],
        shaping: dict[str, Any],
        sample_weight: ArrayLike | None,
        validation: tuple[Any, Any] | float | None,
        metrics: Mapping[str, Metric],
        watch: Watch,
        checkpoint: str | os.PathLike[str] | None,
        resumed: tuple[Learner, int] | None = None,
    ) -> History:
        """`fit`, with the settings of the step in `given`, and those of the examples in `shaping`."""
        if not isinstance(metrics, Mapping):
            raise SettingsError("metrics must be a dictionary of functions by name.")
        if callable(watch.callbacks):
            raise SettingsError("callbacks must be a list of functions.")
        data = prepare(self.architecture, self.schema, x, y, sample_weight, shaping, self.dtype, validation)
        n, held = len(data.examples), data.held
        at_once, architecture = lbfgs_of(given["optimizer"]), self.architecture
        run: Callable[..., History] = train
        if given.get("freeze"):
            architecture = architecture.freezing(given["freeze"])
        if at_once is not None:
            from .training.lbfgs import require_at_once, settings_of, train_at_once

            require_at_once(
                architecture, data.examples, watch.callbacks, {"augment": data.vary, "checkpoint": checkpoint}
            )
            chosen, given = settings_of(n, given)
            run = functools.partial(train_at_once, tolerance=at_once.tolerance)
        else:
            chosen = settings(n, **grouped(given))
        if held is None and (chosen.keeps_best or isinstance(chosen.schedule, Plateau) or metrics):
            raise SettingsError(
                "patience needs validation=(x, y), by which it sees what becomes better."
                if given["patience"] is not None
                else "keep='best' needs validation=(x, y), by which it sees what becomes better."
                if chosen.keeps_best
                else "metrics need validation=(x, y), by which it sees what becomes better."
                if metrics
                else "The schedule 'plateau' needs validation=(x, y), by which it sees what becomes better."
            )
        require_pairs(architecture, n, chosen.batch_size)
        kind = data.examples.kind if chosen.executor in ("auto", "native", "wasm") else {}
        given["executor"] = executor_with_warning(self.executor_for(n, chosen, **kind))
        chosen = dataclasses.replace(chosen, executor=given["executor"])
        if checkpoint is not None and not all(isinstance(given[each], str) for each in ("optimizer", "schedule")):
            raise SettingsError("A checkpoint needs the optimizer and the schedule by their names.")
        if checkpoint is not None and not Path(checkpoint).parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(checkpoint))
        code = fingerprint(data.given()) if checkpoint is not None or resumed is not None else 0
        if resumed is not None:
            require_same(resumed[1], code)
        self.schema = data.schema
        learner = self._last = (
            resumed[0]
            if resumed is not None
            else learner_of(self.architecture, self.parameters, chosen.rule.optimizer, self._random, self._last)
        )

        def keep() -> None:
            from .exchange import checkpoint_file

            arrays, about = packed(learner)
            about |= {"settings": given, "shaping": shaping, "data": code, "provenance": self.provenance}
            about["architecture"] = self._described()
            about["known"] = {**self._preprocessing(), **self._known()}
            try:
                checkpoint_file.save(checkpoint or "", arrays, about)
            except OSError as error:  # a full disk must not cost what was learned; the next epoch tries again
                not_kept: Callable[[str], None] = getattr(watch.observer, "not_kept", _warn_not_kept)
                not_kept(
                    message(
                        "The checkpoint {checkpoint} could not be written ({error}); the run goes on without it.",
                        checkpoint=checkpoint,
                        error=reason_of(error),
                    )
                )

        def validate() -> tuple[Score, Mapping[str, float]]:
            assert held is not None
            a, own = self._outputs(held.rows, len(held)), self.schema.outputs.numbers
            truth = held.targets if held.labels is None else held.labels
            found = {name: float(metric(own(a), own(truth))) for name, metric in metrics.items()}
            return scored(self.architecture, a, held), found

        if self._start is None and not self.provenance["runs"]:
            self._start = [each.copy() for each in self.parameters]
        try:
            watch = dataclasses.replace(
                watch,
                vary=data.vary,
                validate=None if held is None else validate,
                keep=None if checkpoint is None else keep,
                network=self,
            )
            history = run(architecture, learner, data.examples, chosen, watch)
        except DivergenceError:
            done = tuple(learner.epochs)
            self._history = History(done, chosen.executor, settings=given | shaping, diverged=True)
            raise
        self._history = dataclasses.replace(history, settings=given | shaping)
        self.provenance["runs"].append(self._history.run(n))
        return self._history

    def _taught(self, learner: Learner, history: History, examples: Examples, schema: Schema) -> None:
        """Note what has taught the network: a run beside others."""
        self._last, self._history, self.schema = learner, history, schema
        self.provenance["runs"].append(history.run(len(examples)))

    def diagnose(
        self,
        x: Any,
        y: Any,
        *,
        history: History | None = None,
        validation: tuple[Any, Any] | None = None,
        trials: bool = True,
        early: bool = False,
        progress: Callable[[float], object] = lambda share: None,
    ) -> tuple[Finding, ...]:
        """Diagnose the network and its run.

        Remedies that change settings are tried on a copy, within one budget: in all, they take a fifth of the run's work, or what
        corresponds to 0.2 seconds, and at most to 10. What cannot gain, since the run is good, is not tried. See `Finding.tried`.
        No finding is no proof that all is well.

        Args:
            x: The training examples.
            y: Their labels.
            history: The history of the run, by default that of the last `fit`, also if it diverged.
            validation: A pair like x and y, on which generalization is measured; by default a tenth of the examples.
            trials: Whether to try remedies; without trials, only what the measurements prove is found.
            early: Whether only faults are looked for that can be clear after the first epoch, by measurements alone.
            progress: Is told, as trials go on, which share of the budget is taken, 0…1.

        Returns:
            The findings, causes first, each with its measurements and a remedy; print one to read it.

        Raises:
            DataError: The examples or labels do not match the network.

        Examples:
            >>> net = Network([784, 30, 10], seed=0, initializer="zeros")
            >>> images, labels = np.eye(20, 784), np.arange(20) % 10
            >>> for finding in net.diagnose(images, labels, trials=False):
            ...     print(finding)
            All 30 neurons of layer 2 are alike, since they began alike: they get the same errors, and stay one neuron.
        """
        examples = self._to_learn_from(x, y)
        held = None if validation is None else self._to_learn_from(*validation)
        history = history or self._history or self._remembered()

        from .budget import Budget
        from .show import findings as _  # noqa: F401  # they print in words
        from .training.diagnosis import findings
        from .training.facts import Facts
        from .trials import Trials

        initial = self._begun_with()
        tried = Trials(self, initial, examples, held, history, progress) if trials and not early else None
        with threads_for(0):  # for products so small, threads that wait for each other take longer than the products
            return findings(
                Facts(
                    self.architecture,
                    self.parameters,
                    initial,
                    history,
                    self.provenance,
                    bool(self.schema.inputs.shape) or self.sizes[0] == IMAGE_SIZE,
                    examples,
                    held,
                    functools.partial(compute_answers, self.architecture, self.parameters),
                    tried,
                    None if tried is None else tried.present,
                    Budget(0.0) if tried is None else tried.budget,
                ),
                early,
            )

    def _begun_with(self) -> Sequence[Array]:
        """The parameters before anything was learned; of a loaded network, such as its initializer draws from its seed."""
        if self._start is not None or not self.provenance["runs"]:
            return self._start or self.parameters
        random = np.random.default_rng(np.random.SeedSequence(self.provenance.get("seed") or 0).spawn(1)[0])
        return begun(self.architecture, str(self.provenance.get("initializer", "default")), random, self.dtype)

    def _remembered(self) -> History:
        """What a loaded network knows of its last run: its settings."""
        runs = self.provenance.get("runs")
        return History((), "", settings=runs[-1] if runs else {})

    def executor_for(self, n: int, chosen: Settings, **kind: bool) -> Choice:
        """The executor that trains this network, with a remark if another would be faster.

        Args:
            n: The number of examples.
            chosen: The settings of the run.
            kind: What of the examples native code is written for, as `Examples.kind`; by default, each has a class.
        """
        return choose(
            chosen.executor,
            self.architecture.freezing(chosen.freeze) if chosen.freeze else self.architecture,
            examples=n,
            epochs=chosen.epochs,
            batch_size=chosen.batch_size,
            rule=chosen.rule,
            dtype=self.dtype,
            **kind,
        )

    def default_learning_rate(self, optimizer: str | Optimizer = "sgd") -> float:
        """The learning rate η that `fit` uses by default.

        Args:
            optimizer: As in `fit`.

        Returns:
            η, which depends on the network and the optimizer.

        Examples:
            >>> net = Network([784, 30, 10])
            >>> net.default_learning_rate(), net.default_learning_rate("adam")
            (3.0, 0.003)
        """
        return default_rate(self.architecture, optimizer_of(optimizer))

    def find_learning_rate(
        self,
        x: Any,
        y: Any,
        *,
        batch_size: int = 10,
        optimizer: str | Optimizer = "sgd",
        lowest: float = 1e-5,
        highest: float = 1e3,
        steps: int | None = None,
        seed: int = 0,
    ) -> RateSearch:
        """Try learning rates in short runs; the network stays as it is.

        Args:
            x: n examples, as `fit` takes them.
            y: Their n labels.
            batch_size: The number of examples per step.
            optimizer: As in `fit`.
            lowest: The smallest rate to try.
            highest: The largest rate to try.
            steps: The steps of the longest runs, by default up to 600, so that a search takes about ten seconds at most.
            seed: The seed of the order of the examples.

        Returns:
            The cost over η, which is a curve when printed; `suggested` is the rate to begin with.

        Raises:
            DataError: The examples or labels do not match the network or each other.
            SettingsError: a setting is invalid, or the cost falls at none of the rates.
        """
        examples = self._to_learn_from(x, y)
        for name, rate in (("lowest", lowest), ("highest", highest)):
            require_number(name, rate, "above 0, such as 0.1", zero=False)
        chosen = settings(
            len(examples), epochs=1, batch_size=batch_size, learning_rate=highest, optimizer=optimizer, executor="numpy"
        )
        if steps is not None:
            require_whole("steps", steps)
        if 1 in (batch_size, len(examples)):  # its batches are all of one size
            require_pairs(self.architecture, len(examples), batch_size)
        from .show import rate_curve as _  # noqa: F401  # it prints as a curve
        from .training.rate_search import search

        return search(
            self.architecture,
            self.parameters,
            examples,
            chosen.rule,
            batch_size=batch_size,
            lowest=lowest,
            highest=highest,
            steps=steps,
            random=np.random.default_rng(seed),
        )

    def __call__(self, x: Any) -> Array:
        """The output activations, one row of n_L per example, or n_L numbers for a single example.

        Of a network that learned numbers which were scaled, these are the numbers in their own units, shift + scale a.

        Args:
            x: n examples, as `fit` takes them, or a single one. In a function that is being traced, `x` may be a traced array of
                floats, as in `apply`.

        Returns:
            n × n_L, or n_L of a single example, in the network's number type.

        Raises:
            DataError: The examples do not match the network.

        Examples:
            >>> net = Network([3, 2], seed=0)
            >>> net([[0, 0, 1], [1, 0, 0]]).shape, net([0, 0, 1]).shape
            ((2, 2), (2,))
            >>> import chainrule as cr
            >>> cr.grad(lambda x: net(x)[1])(np.zeros(3)).shape  # how the second output hangs on each input
            (3,)
        """
        if isinstance(x, Traced):
            return self.apply(self.parameters, x)
        rows: Array = self.outputs.numbers(self._raw(x))
        return rows[0] if self.schema.inputs.is_one(x, self.sizes[0]) else rows

    def _raw(self, x: Any) -> Array:
        """The output activations themselves, n × n_L."""
        rows = self.schema.inputs.given(x, self.sizes[0])
        return self._outputs(rows_of(self.architecture, self.schema, rows, self.dtype), rows.count)

    def activations(self, x: Any, layer: int) -> Array:
        """The activations of a layer, as features for something else, or to look at.

        Args:
            x: n examples or a single one, as `net(x)` takes them.
            layer: l, from 1, the input, to L, the output.

        Returns:
            n × n_l, or n × the shape of an example in that layer; of a single example without the n.

        Raises:
            DataError: The examples do not match the network.
            NetworkError: There is no such layer.

        Examples:
            >>> net = Network([3, 5, 2], seed=0)
            >>> net.activations(np.eye(3), layer=2).shape, net.activations([1, 0, 0], layer=2).shape
            ((3, 5), (5,))
        """
        last = len(self.architecture.sizes)
        if isinstance(layer, bool) or not isinstance(layer, (int, np.integer)) or not 1 <= layer <= last:
            raise NetworkError(
                "There is no layer {layer!r}; layers count from 1, the input, to {last}.", layer=layer, last=last
            )
        rows = self.schema.inputs.given(x, self.sizes[0])
        of = rows_of(self.architecture, self.schema, rows, self.dtype)
        found = activations_of(self.architecture, self.parameters, of, rows.count, int(layer))
        return found[0] if self.schema.inputs.is_one(x, self.sizes[0]) else found

    def apply(self, parameters: Sequence[Array], x: Any) -> Array:
        """The output activations with these parameters in place of the network's own, as plain NumPy that can be traced.

        A function that calls it can be given to `grad`, `hessian`, `jacobian`, `derive`, `compile` and the others, with
        respect to the parameters, the examples, or both. There is no dropout, and running moments are used as they are.

        Args:
            parameters: As many arrays, of the same shapes, in the same order as `Network.parameters`.
            x: n examples in rows, n × n_1, or a single one of n_1 numbers; images may keep their rows and columns. They are
                scaled as in `net(x)`, and may be any finite numbers, since small steps may leave 0…1.

        Returns:
            n × n_L, or n_L of a single example: rows are examples, as in `net(x)`. In the equations that a program
            prints, examples are the columns.

        Raises:
            DataError: The examples do not match the network.
            NetworkError: There are more or fewer parameters than the network has.

        Examples:
            A hand-written training loop:

            >>> import chainrule as cr
            >>> net, x, y = Network([2, 3, 1], seed=0), np.eye(2), np.ones((2, 1))
            >>> def cost(parameters):
            ...     return 0.5 * np.sum((net.apply(parameters, x) - y) ** 2) / len(x)
            >>> before = cost(net.parameters)
            >>> for step in range(10):
            ...     for parameter, gradient in zip(net.parameters, cr.grad(cost)(net.parameters)):
            ...         parameter -= 1.0 * gradient
            >>> bool(cost(net.parameters) < before)
            True
        """
        return applied(self.architecture, self.schema.inputs, self.outputs, parameters, x)

    def inputs(self, x: Any, dtype: str | None = None) -> Array:
        """Examples as the activations of the first layer: checked, completed and scaled.

        Args:
            x: n examples or a single one, as `net(x)` takes them.
            dtype: The number type, by default the network's.

        Returns:
            n × n_1.

        Raises:
            DataError: The examples do not match the network.

        Examples:
            >>> Network([3, 2], scale=16).inputs([[0, 4, 16]])
            array([[0.  , 0.25, 1.  ]], dtype=float32)
        """
        rows = self.schema.inputs.given(x, self.sizes[0])
        return rows_of(self.architecture, self.schema, rows, dtype or self.dtype)(slice(None))

    def predict_proba(self, x: Any) -> Array:
        """The network's probabilities of the classes: softmax outputs unchanged, those of σ divided by their sum.

        Args:
            x: n examples or a single one, as `net(x)` takes them.

        Returns:
            n × n_L, each row of which adds up to 1; of a single example n_L numbers. A network of one output has two classes,
            whose probabilities are 1 − a and a. Of several labels at once each output is the probability of its label.

        Raises:
            DataError: The examples do not match the network.
            NetworkError: The outputs are not probabilities: the network answers with numbers, or its last layer has
                neither softmax nor σ.

        Examples:
            >>> Network([2, 4], cost="log-likelihood", initializer="zeros").predict_proba([1, 0])
            array([0.25, 0.25, 0.25, 0.25], dtype=float32)
        """
        outputs = self.outputs
        if outputs.kind == "numbers" or self.architecture.stack[-1].applied.reach != (0, 1):
            raise NetworkError("The outputs are no probabilities of classes; take the output activations, net(x).")
        a = self(x)
        if outputs.kind == "binary":
            return np.concatenate([1 - a, a], axis=-1)
        return a if outputs.kind == "several" else as_probabilities(a)

    def predict(self, x: Any) -> Any:
        """The answers: a label for each example, or the numbers of a network that learned numbers.

        Args:
            x: n examples or a single one, as `net(x)` takes them.

        Returns:
            n labels as `fit` got them, whole numbers as `int64`; of a single example, one. Of several labels at once, n × n_L of
            0 and 1. If the network learned numbers: n × n_L numbers in their own units, or n if there is one output; of a
            single example n_L numbers, or a `float`.

        Raises:
            DataError: The examples do not match the network.

        Examples:
            >>> Network([2, 1], cost="mean-squared-error", initializer="zeros").predict([0.5, 0.5])
            0.0
        """
        answers = self.outputs.answers(self._raw(x), self.architecture.declared_cost.threshold)
        if not self.schema.inputs.is_one(x, self.sizes[0]):
            return answers
        return answers[0] if np.ndim(answers[0]) else plain(answers[0])

    def score(self, x: Any, y: Any) -> float:
        """The accuracy, the fraction of examples that are classified correctly; for numbers, R².

        Args:
            x: n examples, as `fit` takes them.
            y: Their n labels, or desired outputs.

        Returns:
            At most 1. Of several labels at once, an example is correct if all are. R² = 1 − Σ (y − a)² / Σ (y − ȳ)², the mean
            over the outputs, as in scikit-learn.

        Raises:
            DataError: The examples or labels do not match the network or each other.
            SettingsError: There are none.
        """
        examples = self._examples(x, y)
        a = self._outputs(examples.rows, len(examples))
        return (
            explained(a, examples.targets)
            if examples.labels is None
            else scored(self.architecture, a, examples).accuracy
        )

    def evaluate(self, x: Any, y: Any) -> Score:
        """The cost per example, and the number of correct answers.

        Args:
            x: n examples, as `fit` takes them.
            y: Their n labels, or desired outputs.

        Returns:
            The score; its cost is of the outputs, before numbers get their own units. Raises as `score` does.
        """
        examples = self._examples(x, y)
        return scored(self.architecture, self._outputs(examples.rows, len(examples)), examples)

    def backprop(self, x: Any, y: Any) -> tuple[list[Array], list[Array]]:
        """The gradient of the cost summed over the examples, in float64 and without dropout: the article's `backprop`.

        Args:
            x: An example or a batch of examples, whose moments batch normalization uses.
            y: Its label or labels.

        Returns:
            `(nabla_b, nabla_w)`, lists with the shapes of `biases` and `weights`.
        """
        inputs = self.inputs(x, "float64")
        _, targets = self._desired(y, len(inputs))
        parameters = [array.astype(np.float64) for array in self.architecture.learned_of(self.parameters)]
        whole, distributions = self.architecture.whole, are_distributions(targets, 1)
        found = programs(whole, len(inputs), distributions=distributions).backprop(
            *parameters, whole.inputs(inputs), targets.T
        )
        roles = [each.role for each in whole.parameters if each.meaning.learned]
        biases, weights = (
            [g for g, role in zip(found, roles, strict=True) if role == wanted] for wanted in ("bias", "weight")
        )
        return biases, weights

    def explain(
        self,
        x: Any,
        y: Any = None,
        *,
        learning_rate: float = 0.1,
        neuron: tuple[int, int | tuple[int, ...]] | None = None,
    ) -> Explanation:
        """Explain the five steps of backpropagation on an example or a batch, in float64 and without dropout.

        Args:
            x: An example or a batch of examples.
            y: Its label or labels; without them only the steps that need none are explained.
            learning_rate: The η of the update.
            neuron: The neuron whose numbers are shown, `(layer, neuron)`; layers count from 1 at the input, neurons from 0. In a
                layer of maps it is a place, `(2, (map, row, column))`.

        Returns:
            The explanation, with every shape and every number; print it to read it.

        Raises:
            DataError: The examples or labels do not match the network.
            NetworkError: There is no such neuron.
        """
        require_number("learning_rate", learning_rate, "above 0, such as 0.1", zero=False)
        known, n_inputs = self.schema.inputs, self.sizes[0]
        rows, alone = known.given(x, n_inputs), known.is_one(x, n_inputs)
        if not rows.count:
            raise SettingsError("There are no examples to explain.")
        inputs = rows_of(self.architecture, self.schema, rows, "float64")(slice(None))
        classes, targets = None, None
        if y is not None:
            classes, targets = self._desired(y, len(inputs))
        numbers = known.numbers(rows)
        image = numbers if rows.is_table or known.fill else rows.part(slice(None))
        from .explain.record import of_network

        return of_network(
            self.architecture,
            self.parameters,
            image[0] if alone else image,
            self.architecture.inputs(inputs),
            None if targets is None else targets.T,
            () if classes is None or classes.ndim > 1 else tuple(map(int, classes)),
            learning_rate=learning_rate,
            neuron=neuron,
            scaling=known.change(numbers.dtype),
            classes=self.classes,
            numeric=self.numeric,
        )

    def _outputs(self, rows: Callable[[Any], Array], n: int) -> Array:
        return outputs_of(self.architecture, self.parameters, rows, n, self.dtype)

    def _known_outputs(self, y: Any, n: int) -> Outputs:
        """What the outputs stand for; before the first `fit`, of these labels, without a scaling."""
        known = self.schema.outputs
        return known if known.kind else dataclasses.replace(known, scaling="none").fit(y, n, self.architecture)

    def _desired(self, y: Any, n: int) -> tuple[Array | None, Array]:
        return self._known_outputs(y, n).desired(y, n, self.sizes[-1], "float64")

    def _examples(self, x: Any, y: Any) -> Examples:
        """Examples to score."""
        rows, y = paired(self.schema, x, y, self.sizes[0])
        schema = Schema(self.schema.inputs, self._known_outputs(y, rows.count))
        return examples_of(self.architecture, schema, rows, y, self.dtype)

    def _to_learn_from(self, x: Any, y: Any) -> Examples:
        """Examples as `fit` would learn from them."""
        rows, y = paired(self.schema, x, y, self.sizes[0])
        if not rows.count:
            raise no_examples()
        return examples_of(self.architecture, self.schema.fit(rows, y, self.architecture), rows, y, self.dtype)

    # ---- files -------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a safetensors file, replacing an existing one atomically.

        Args:
            path: The file.

        Raises:
            NetworkError: A function of your own has no name by which it could be stored.
            OSError: The file cannot be written.
        """
        from .exchange import network_file

        network_file.save(
            path,
            network_file.NetworkFile(
                sizes=self.architecture.sizes,
                arrays=self.architecture.by_name(self.parameters),
                architecture={name: each for name, each in self._described().items() if name != "sizes"},
                preprocessing=self._preprocessing(),
                provenance=self.provenance,
                data=self._known(),
            ),
        )

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        verify: Any = None,
        learns: bool = False,
        batch_size: int | None = None,
        optimizer: str | Optimizer | None = None,
        int8: bool = False,
        examples: tuple[Any, Any] | None = None,
        training: int | tuple[Any, Any] = 0,
    ) -> Exported:
        """Write the network to a file that runs elsewhere, without chainrule, replacing an existing one atomically.

        `.py` is Python with NumPy alone: the programs as they print, and a class with the parameters. `.h` is a header of C99
        without heap. `.js` is a module of JavaScript for browsers and Node, with WebAssembly in it; it may be named `.mjs`,
        too. Each of them begins with how it is used. `.onnx` is an ONNX model, which takes the package `onnx`: its input is `x`,
        its outputs are `label`, `activations` and `probabilities`, or `variable`, for any number of examples. Of a table with
        texts, each column is an input of its own; the other files take its rows, too.

        `.html` is a page for a browser, in all languages, which opens from disk and asks for nothing: it looks inside the network
        on examples, step by step, teaches and trains it, by the derived programs as WebAssembly.

        Args:
            path: The file; the end of its name says its kind.
            verify: Examples, as `net(x)` takes them, on which the file is run before it is written: by a Python of its own, by
                `cc`, by `node`, by onnxruntime. If its answers are not the network's, there is no file.
            learns: Whether the file has a step of training, too, with which it goes on learning where the network stopped; what
                was frozen in the last run stays so.
            batch_size: The number of examples of a step; by default that of the last run, or 10.
            optimizer: As in `fit`; by default that of the last run, or `"sgd"`.
            int8: For C: whether the weights of fully connected layers and convolutions are stored as whole numbers of one byte,
                with a scale for each row. What is lost by that, `verify` measures.
            examples: For `.html`: what is shown, x and y as `fit` takes them; by default 200 of MNIST's test digits.
            training: For `.html`: what the page can learn from beside them, x and y, or a number of MNIST's training digits.

        Returns:
            What was written, with the largest difference from `net(x)`.

        Raises:
            ExportError: The network cannot be written as such a file, or the file does not do what the network does.
            DataError: The examples do not match the network.
            SettingsError: A setting is invalid.
            OSError: The file cannot be written.

        Examples:
            >>> import tempfile
            >>> net, x = Network([4, 3, 2], seed=0), np.eye(4)
            >>> made = net.export(Path(tempfile.mkdtemp()) / "small.py", verify=x)
            >>> made.rows, made.difference < 1e-6, made.same
            (4, True, 1.0)
        """
        from .export.writing import export, require_page

        if Path(path).suffix == ".html":
            from .page.writing import export_page

            require_page(verify=verify, learns=learns, batch_size=batch_size, optimizer=optimizer, int8=int8)
            return export_page(path, self._trained, self._raw, examples, training)
        learning = self._learning(batch_size, optimizer) if learns else None
        if not learns and (batch_size is not None or optimizer is not None):
            raise SettingsError(
                "batch_size and optimizer are for a file that learns; add learns=True, or leave them out."
            )
        if examples is not None or training:
            raise SettingsError("examples and training are for a page, whose file ends with .html; leave them out.")
        given = None
        if verify is not None:
            rows = self.schema.inputs.given(verify, self.sizes[0])
            x = rows.part(slice(None)) if not rows.is_table else self.schema.inputs.numbers(rows)
            known = self.schema.inputs.columns if any(each.levels for each in self.schema.inputs.columns) else ()
            columns = {each.name or str(place): rows.column(place) for place, each in enumerate(known)}
            given = x, self(verify).reshape(rows.count, self.sizes[-1]), columns
        return export(path, lambda title: self._trained(title, learning), int8=int8, verify=given)

    def site(
        self,
        folder: str | os.PathLike[str],
        *,
        examples: tuple[Any, Any] | None = None,
        training: int | tuple[Any, Any] = 0,
    ) -> Exported:
        """Write the page that `export` writes as `.html` to a folder, as files that a host on the web hands out.

        `index.html` shows the page's frame at once; all other names hold a hash, so that browsers may keep these files forever;
        and what is learned from is fetched when the page is to train. Addresses are relative: the folder may stand anywhere.

        Args:
            folder: A new folder, an empty one, or one that this has written before, which then holds the new page alone.
            examples: As in `export`.
            training: As in `export`, up to 50,000 training digits.

        Returns:
            The folder, and the bytes of all its files. It is written whole, or nothing changes.

        Raises:
            ExportError: The folder holds other things, or a page cannot show such a network.
            DataError: The examples do not match the network, or there are not so many training digits.
            OSError: It cannot be written.

        Examples:
            >>> import tempfile
            >>> folder = Path(tempfile.mkdtemp()) / "public"
            >>> _ = Network([4, 3, 2], seed=0).site(folder, examples=(np.eye(4), [0, 1, 1, 0]))
            >>> sorted(path.name.split(".")[0] for path in folder.iterdir())
            ['index', 'network', 'page', 'style', 'worker']
        """
        from .page.writing import export_site

        return export_site(folder, self._trained, self._raw, examples, training)

    def look(self, x: Any, y: Any = None, *, training: int | tuple[Any, Any] = 0) -> Look:
        """Look inside the network on examples of your own: in a notebook this shows the page that `export` writes as `.html`.

        Args:
            x: n examples, as `net(x)` takes them, or a single one.
            y: Their labels, or numbers; without them the page shows no way back.
            training: As in `export`.

        Returns:
            The page, which notebooks show; its `html` is the whole file.

        Raises:
            ExportError: A page cannot show such a network.
            DataError: The examples do not match the network.

        Examples:
            >>> page = Network([4, 3, 2], seed=0).look(np.eye(4), [0, 1, 1, 0])
            >>> page.html[:15], "https://" in page.html
            ('<!doctype html>', False)
        """
        from .page.writing import Look, made

        return Look(repr(self), made(self._trained("net"), self._raw, (x, y), training))

    def _trained(self, title: str, learning: Learning | None = None) -> Trained:
        """What is written of the network, with this title."""
        from .export.trained import Trained

        schema = dataclasses.replace(self.schema, outputs=self.outputs)
        frozen = self._last_settings().get("freeze") if learning is not None else None
        architecture = self.architecture.freezing(frozen) if frozen else self.architecture
        return Trained(title, architecture, self.parameters, self.dtype, schema, learning)

    def _last_settings(self) -> dict[str, Any]:
        """The settings of the last run, as far as they are known."""
        run = (self.provenance["runs"] or [{}])[-1]
        return {**run, **(self._history.settings if self._history is not None else {})}

    def _learning(self, batch_size: int | None, optimizer: str | Optimizer | None) -> Learning:
        """How a file goes on learning: with the settings of the last run, from the state in which that left the optimizer."""
        from .export.trained import Learning

        run, last = (self.provenance["runs"] or [{}])[-1], self._last_settings()
        rule = optimizer or last.get("optimizer", "sgd")
        rate = last.get("learning_rate") if optimizer is None else None
        m = last.get("batch_size", 10) if batch_size is None else batch_size
        bounds = ("l2", "l1", "max_norm", "label_smoothing", "clip_norm", "clip_value")
        chosen = settings(
            int(run.get("images", m)),
            epochs=1,
            batch_size=m,
            learning_rate=self.default_learning_rate(rule) if rate is None else rate,
            optimizer=rule,
            **grouped({name: last[name] for name in bounds if last.get(name)}),
        )
        require_pairs(self.architecture, m, m)
        learner = learner_of(self.architecture, self.parameters, chosen.rule.optimizer, self._random, self._last)
        state = dict(zip(state_names(self.architecture, chosen.rule), learner.state, strict=True))
        smoothing = float(last.get("label_smoothing", 0.0))
        return Learning(chosen.rule, m, chosen.learning_rate, smoothing, state, learner.steps)

    def _preprocessing(self) -> dict[str, Any]:
        """What the inputs and outputs are, as plain JSON: in short where earlier versions could say it, which read it, too."""
        short = self.schema.short
        return {"input": str(next(self.schema.lines())), "schema": self.schema.plain} if short is None else short

    def _known(self) -> dict[str, Any]:
        """What is known about the training data, as plain JSON."""
        names = self.schema.outputs.names
        known: dict[str, Any] = {"classes": list(names)} if names else {}
        return known if self.source is None else {**known, "source": self.source.plain()}

    def _described(self) -> dict[str, Any]:
        """The architecture as plain JSON. Raises `NetworkError` where a function of the user's own has no name."""
        made = described(self.architecture) | {"dtype": self.dtype}
        numbers = self.numeric or callable(self.architecture.cost) or is_regression(self.architecture)
        return made | ({"numeric": self.numeric} if numbers else {})

    def __repr__(self) -> str:
        """The call that makes such a network: its activation and cost, and what else is not the default."""
        inputs, outputs = self.schema.inputs, self.schema.outputs
        given = {
            "initializer": (self.provenance.get("initializer"), "default"),
            "dtype": (self.dtype, "float32"),
            "scale": (inputs.scaling, "gray" if inputs.fitted else None),
            "target_scale": (outputs.scaling, outputs.scaling if self._usual_targets() else None),
            "missing": (inputs.missing, None),
            "classes": (outputs.labels or outputs.names, ()),
        }
        return written_call(
            self.architecture, {name: value for name, (value, usual) in given.items() if value != usual}
        )

    def _usual_targets(self) -> bool:
        """Whether desired numbers are scaled as they are by default."""
        linear = is_regression(self.architecture) and self.architecture.stack[-1].activation == "linear"
        usual = "standard" if linear and self.schema.inputs.scaling != "none" else "none"
        return self.schema.outputs.scaling in (None, usual)


def _warn_not_kept(said: str) -> None:
    warnings.warn(said, CheckpointWarning, stacklevel=5)
