"""The user's `Network`: joins architecture, training, data and files, and holds no algorithm of its own.

Rows are examples here, as everywhere in Python; in the equations, columns are. The boundary is one transpose.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data.inputs import as_activations, as_labels, is_one_image, one_hot
from .network.activations import Activation
from .network.architecture import Architecture, NetworkError, checked, dense
from .network.costs import CostFunction, measured
from .network.equations import NetworkPrograms, programs
from .network.initializers import INITIALIZERS
from .program.nouns import Array, Program
from .show.dimensions import Dimensions, dimensions
from .training.checkpoint import CheckpointError, fingerprint, packed, unpacked
from .training.history import History, Observer, Score, Silent
from .training.loop import Learner, train
from .training.optimizers import Optimizer
from .training.schedules import Schedule
from .training.settings import SettingsError, require_whole, settings
from .version import __version__


class Network:
    """A network of fully connected layers, trained by the backward pass that the program derives.

    - `sizes` are the layers' sizes from the input to the output; `seed` fixes weights and shuffling.
    - `activation` is that of the hidden layers, one for all or one for each; `output` that of the last layer, by
      default the one that goes with `cost`. Their names are in `network.activations` and `network.costs`; a function
      in plain NumPy will do as well. The defaults are the book's chapter 1: σ and the quadratic cost.
    - `initializer`: `"default"` (weights N(0, 1/n_in), biases N(0, 1)), `"large"` (all N(0, 1), the article's),
      `"glorot"`, `"he"`, `"orthogonal"`, `"zeros"`. `dtype` is what it computes in.

    `weights[0]` is w² (n2 × n1), `biases[0]` is b² (n2 × 1), as in the article.

    Raises `NetworkError` for sizes that make no network.

    >>> net = Network([784, 30, 10], seed=0)
    >>> [w.shape for w in net.weights], [b.shape for b in net.biases]
    ([(30, 784), (10, 30)], [(30, 1), (10, 1)])
    """

    _last: Learner | None = None  # as the last `fit` left it

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        seed: int | None = None,
        activation: str | Activation | Sequence[str | Activation] = "sigmoid",
        output: str | Activation | None = None,
        cost: str | CostFunction = "quadratic",
        initializer: str = "default",
        dtype: Literal["float32", "float64"] = "float32",
    ):
        self.architecture: Architecture = dense(sizes, activation, output, cost)
        if initializer not in INITIALIZERS:
            raise NetworkError(f"There is no initializer {initializer!r}; there is {', '.join(INITIALIZERS)}.")
        if dtype not in ("float32", "float64"):
            raise NetworkError(f"A network computes in float32 or float64, not in {dtype!r}.")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
            raise SettingsError(f"The seed is {seed!r}; it must be a whole number from 0.")
        self.dtype: str = dtype
        weight_seed, shuffle_seed = np.random.SeedSequence(seed).spawn(2)
        random = np.random.default_rng(weight_seed)
        self._random = np.random.default_rng(shuffle_seed)
        draw = INITIALIZERS[initializer]
        sizes = self.architecture.sizes
        self.parameters: list[Array] = [
            np.ascontiguousarray(array, dtype) for n_in, n_out in pairwise(sizes) for array in draw(random, n_out, n_in)
        ]
        self.provenance: dict[str, Any] = {
            "version": __version__,
            "seed": seed,
            "initializer": initializer,
            "runs": [],
        }

    # ---- what it is --------------------------------------------------------------------------------------------------

    @property
    def sizes(self) -> list[int]:
        """The layers' sizes, from the input to the output."""
        return list(self.architecture.sizes)

    @property
    def weights(self) -> list[Array]:
        """The weights w_l, n_l × n_{l−1}, for l = 2 … L; the network's own arrays."""
        return self.parameters[::2]

    @property
    def biases(self) -> list[Array]:
        """The biases b_l, n_l × 1, for l = 2 … L; the network's own arrays."""
        return self.parameters[1::2]

    @property
    def program(self) -> Program:
        """The forward pass for one example, to print or run."""
        return self.programs(1).feedforward

    @property
    def backward(self) -> Program:
        """The derivative that trains the network, for one example, to print or run."""
        return self.programs(1).backprop

    def programs(self, m: int) -> NetworkPrograms:
        """Forward pass, cost and derivative for a batch of m examples, in float64."""
        return programs(self.architecture, m)

    def dimensions(self, m: int = 10) -> Dimensions:
        """Every symbol of the forward and the backward pass with its shape, for batches of m examples; print it."""
        require_whole("m", m)
        batch = self.programs(m)
        return dimensions(batch.feedforward, batch.backprop, self.dtype)

    # ---- what it does ------------------------------------------------------------------------------------------------

    def fit(
        self,
        images: ArrayLike,
        labels: ArrayLike,
        *,
        epochs: int = 30,
        batch_size: int = 10,
        learning_rate: float = 3.0,
        optimizer: str | Optimizer = "sgd",
        schedule: str | Schedule = "constant",
        l2: float = 0.0,
        l1: float = 0.0,
        max_norm: float | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        validation: tuple[ArrayLike, ArrayLike] | None = None,
        patience: int | None = None,
        executor: str = "auto",
        progress: Observer | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> History:
        """Learn from images and labels in shuffled mini-batches; go on from the present weights.

        - Images are n×784 or n×28×28: `uint8` from 0 (paper) to 255 (ink), or floats in 0…1; labels, n whole numbers.
        - `optimizer`: `"sgd"`, `"momentum"`, `"nesterov"`, `"rmsprop"`, `"adam"`, `"adamw"`, or one of
          `chainrule.training.optimizers` with settings of its own. `schedule`: how `learning_rate` changes.
        - `l2`, `l1`: the book's λ, for weights only. `max_norm` bounds each neuron's weights; `clip_norm` the whole
          gradient, `clip_value` each of its numbers.
        - `validation` is a pair like images and labels, scored after each epoch; with `patience`, learning ends when it
          has not become better for so many epochs, and the best weights are kept.
        - `progress` is told how it goes. Ctrl-C keeps what was learnt. `checkpoint` names a file that is replaced after
          each epoch, from which `resume` goes on with the same bits.

        Raises `DataError` for images or labels that do not fit, `SettingsError` for settings that make no sense,
        `DivergenceError` where the cost becomes no number; the network then has its last good weights.
        """
        given = {
            "epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "optimizer": optimizer,
            "schedule": schedule, "l2": l2, "l1": l1, "max_norm": max_norm, "clip_norm": clip_norm,
            "clip_value": clip_value, "patience": patience, "executor": executor,
        }  # fmt: skip
        return self._fit(images, labels, given, validation, progress, checkpoint)

    def _fit(
        self,
        images: ArrayLike,
        labels: ArrayLike,
        given: dict[str, Any],
        validation: tuple[ArrayLike, ArrayLike] | None,
        progress: Observer | None,
        checkpoint: str | os.PathLike[str] | None,
        resumed: tuple[Learner, int] | None = None,
    ) -> History:
        n_in, n_out = self.sizes[0], self.sizes[-1]
        inputs = as_activations(images, n_in, self.dtype)
        if not len(inputs):
            raise SettingsError("There are no images to learn from.")
        classes = as_labels(labels, n_out, len(inputs))
        held_out = None
        if validation is not None:
            held_in = as_activations(validation[0], n_in, self.dtype)
            held_out = (held_in, as_labels(validation[1], n_out, len(held_in)))
        elif given["patience"] is not None:
            raise SettingsError("patience needs validation=(images, labels), by which it sees what becomes better.")
        chosen = settings(len(inputs), **given)
        if checkpoint is not None and not all(isinstance(given[each], str) for each in ("optimizer", "schedule")):
            raise SettingsError("A checkpoint needs the optimizer and the schedule by their names.")
        data = fingerprint(inputs, classes) if checkpoint is not None or resumed is not None else 0
        if resumed is not None and resumed[1] != data:
            raise CheckpointError("The checkpoint was made on other images or labels; resume it on the same.")
        learner = self._last = resumed[0] if resumed is not None else self._learner(chosen.rule.optimizer)

        def keep() -> None:
            from .exchange import checkpoint_file

            arrays, about = packed(learner)
            about |= {"settings": given, "data": data, "provenance": self.provenance, "architecture": self._described()}
            checkpoint_file.save(checkpoint or "", arrays, about)

        history = train(
            self.architecture,
            learner,
            inputs,
            classes,
            one_hot(classes, n_out, self.dtype),
            chosen,
            progress or Silent(),
            None if held_out is None else lambda: self._scored(*held_out),
            None if checkpoint is None else keep,
        )
        plain = {name: value for name, value in given.items() if isinstance(value, (int, float, str))}
        self.provenance["runs"].append(
            {**plain, "epochs": len(history.epochs), "images": len(inputs), "executor": history.executor}
        )
        return history

    def _learner(self, optimizer: Optimizer) -> Learner:
        """What learning changes, at the start of a run; another optimizer than last time starts with fresh state."""
        last = self._last
        if last is None or last.optimizer != optimizer.name:
            state = [np.zeros_like(parameter) for _ in optimizer.state for parameter in self.parameters]
            return Learner(optimizer.name, self.parameters, state, self._random)
        return Learner(last.optimizer, last.parameters, last.state, last.random, last.steps)

    def activations(self, images: ArrayLike) -> Array:
        """The output activations, one row of n_L an image; a single image gives n_L numbers.

        Raises `DataError` for images that do not fit.
        """
        rows = self._forward(as_activations(images, self.sizes[0], self.dtype))
        return rows[0] if is_one_image(images, self.sizes[0]) else rows

    def predict(self, images: ArrayLike) -> Any:
        """The class of each image, as `int64`; of a single image, an `int`."""
        answers = self.activations(images).argmax(axis=-1)
        return int(answers) if answers.ndim == 0 else answers

    def score(self, images: ArrayLike, labels: ArrayLike) -> float:
        """The fraction of images that are read right."""
        return self.evaluate(images, labels).accuracy

    def evaluate(self, images: ArrayLike, labels: ArrayLike) -> Score:
        """Cost per example, and how many images are read right."""
        inputs = as_activations(images, self.sizes[0], self.dtype)
        return self._scored(inputs, as_labels(labels, self.sizes[-1], len(inputs)))

    def backprop(self, x: ArrayLike, y: ArrayLike) -> tuple[list[Array], list[Array]]:
        """`(nabla_b, nabla_w)` of the cost summed over the examples, in float64: the article's `backprop`.

        `x` is one image or a batch of them, `y` its label or labels.
        """
        inputs = as_activations(x, self.sizes[0], np.float64)
        targets = one_hot(as_labels(y, self.sizes[-1], len(inputs)), self.sizes[-1], np.float64)
        parameters = [parameter.astype(np.float64) for parameter in self.parameters]
        gradients = self.programs(len(inputs)).backprop(*parameters, inputs.T, targets.T)
        return list(gradients[1::2]), list(gradients[::2])

    def _forward(self, inputs: NDArray[np.floating[Any]]) -> Array:
        parts = []
        for start in range(0, len(inputs), 10_000):
            part = inputs[start : start + 10_000]
            forward = programs(self.architecture, len(part), self.dtype).feedforward
            parts.append(forward(*self.parameters, part.T).T)
        return np.concatenate(parts) if parts else np.empty((0, self.sizes[-1]), self.dtype)

    def _scored(self, inputs: NDArray[np.floating[Any]], labels: NDArray[np.int64]) -> Score:
        if not len(inputs):
            raise SettingsError("There are no images to score.")
        a = self._forward(inputs)
        cost = measured(self.architecture.cost, a.T, one_hot(labels, self.sizes[-1], self.dtype).T)
        return Score(cost / len(labels), int(np.count_nonzero(a.argmax(axis=1) == labels)), len(labels))

    # ---- files -------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a safetensors file, replacing an existing one in one step."""
        from .exchange import network_file

        network_file.save(
            path,
            network_file.NetworkFile(
                sizes=self.architecture.sizes,
                weights=tuple(self.weights),
                biases=tuple(self.biases),
                architecture=self._described(),
                preprocessing={"input": "gray 0-255 divided by 255, ink high"},
                provenance=self.provenance,
            ),
        )

    def _described(self) -> dict[str, Any]:
        """The architecture as plain JSON. Raises `NetworkError` where a function of the user's own is part of it."""
        activations, cost = self.architecture.activations, self.architecture.cost
        if not all(isinstance(each, str) for each in (*activations, cost)):
            raise NetworkError(
                "A network with a function of your own cannot be saved; keep its `parameters` with np.savez."
            )
        return {"activations": list(activations), "cost": cost, "dtype": self.dtype}

    def __repr__(self) -> str:
        return f"Network({self.sizes}, dtype={self.dtype!r})"


def load(path: str | os.PathLike[str]) -> Network:
    """Read a network from a safetensors file that `Network.save` wrote.

    Raises `FileFormatError` for a file that is no network.
    """
    from .exchange import network_file

    file = network_file.load(path)
    parameters = [array.copy() for pair in zip(file.weights, file.biases, strict=True) for array in pair]
    net = _made(path, file.sizes, file.architecture, parameters, file.provenance)
    # Learning on is shuffled by what is known of the past, so the same file learns on the same way.
    net._random = np.random.default_rng(np.random.SeedSequence(zlib.crc32(json.dumps(net.provenance).encode())))
    return net


def resume(
    path: str | os.PathLike[str],
    images: ArrayLike,
    labels: ArrayLike,
    *,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    progress: Observer | None = None,
) -> tuple[Network, History]:
    """Go on from a checkpoint of `fit` to the end of its run, and end with the bits of a run that was never stopped.

    Images, labels and validation must be those of the run; all settings are in the file, which is kept up as before.

    Raises `FileFormatError` for a file that is no checkpoint, `CheckpointError` where it does not fit the data.
    """
    run = paused(path)
    return run.network, run.finish(images, labels, validation=validation, progress=progress)


@dataclass(frozen=True)
class PausedRun:
    """A run of `fit` as its checkpoint left it: the network, the settings, and the epochs that are done."""

    network: Network
    settings: dict[str, Any]
    path: str
    learner: Learner
    data: int

    def finish(
        self,
        images: ArrayLike,
        labels: ArrayLike,
        *,
        validation: tuple[ArrayLike, ArrayLike] | None = None,
        progress: Observer | None = None,
    ) -> History:
        """Learn on to the end of the run, as `resume` does."""
        resumed = (self.learner, self.data)
        return self.network._fit(images, labels, dict(self.settings), validation, progress, self.path, resumed)


def paused(path: str | os.PathLike[str]) -> PausedRun:
    """Read a checkpoint, and learn nothing yet. Raises as `resume` does."""
    from .exchange import checkpoint_file

    arrays, about = checkpoint_file.load(path)
    learner = unpacked(arrays, about)
    sizes = (learner.parameters[0].shape[1], *(b.shape[0] for b in learner.parameters[1::2]))
    architecture, provenance, given = about.get("architecture"), about.get("provenance"), about.get("settings")
    if not isinstance(architecture, dict) or not isinstance(provenance, dict) or not isinstance(given, dict):
        raise CheckpointError(f"{path} is damaged: it does not say what was learnt, and how; take an older one.")
    net = _made(path, sizes, architecture, list(learner.parameters), provenance)
    learner.parameters, net._random = net.parameters, learner.random
    data = about.get("data")
    return PausedRun(net, dict(given), os.fspath(path), learner, data if isinstance(data, int) else -1)


def _made(
    path: str | os.PathLike[str],
    sizes: tuple[int, ...],
    described: Mapping[str, object],
    parameters: list[Array],
    provenance: Mapping[str, object],
) -> Network:
    """A network of parts that were read from a file."""
    activations, cost = described.get("activations"), described.get("cost")
    if not isinstance(activations, list) or not isinstance(cost, str):
        raise NetworkError(f"{path} does not say its activations and its cost; save it with chainrule again.")
    try:
        architecture = checked(Architecture(sizes, tuple(map(str, activations)), cost))
    except NetworkError as error:
        raise NetworkError(f"{path} cannot be used: {error}") from None
    net = Network.__new__(Network)
    net.architecture = architecture
    net.dtype = parameters[0].dtype.name
    net.parameters = parameters
    net.provenance = {**provenance, "runs": list(_runs(provenance))}
    return net


def _runs(provenance: Mapping[str, object]) -> Sequence[object]:
    runs = provenance.get("runs", [])
    return runs if isinstance(runs, list) else []
