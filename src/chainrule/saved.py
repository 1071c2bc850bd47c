"""Reads files: loads a network, and resumes a training run that was stopped."""

from __future__ import annotations

import dataclasses
import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .core.nouns import Array
from .data.source import Source
from .examples import is_regression, prepare
from .model import Metric, Network
from .network.description import MissingFunctionError, read
from .network.layers import NetworkError
from .schema.outputs import Kind
from .schema.schema import Schema
from .show.epochs import observing
from .training.callbacks import Callback
from .training.checkpoint import CheckpointError, fingerprint, require_same, unpacked
from .training.history import History, Observer
from .training.loop import Watch
from .training.runner import Learner
from .training.settings import SettingsError, require_whole

Functions: TypeAlias = Mapping[str, Callable[..., Any]]
"""The user's functions by name; a file stores only their names."""


def load(path: str | os.PathLike[str], *, functions: Functions | None = None) -> Network:
    """Read a network from a safetensors file that `Network.save` wrote.

    Args:
        path: The file.
        functions: Your own functions that the network consists of, by their names: `{"gated": gated}`. A file stores only
            the names, and nothing that it names is imported.

    Returns:
        The network.

    Raises:
        FileFormatError: The file is not a network.
        NetworkError: a function of your own is missing.
    """
    from .exchange import network_file

    file = network_file.load(path)
    known = {**file.preprocessing, **file.data}
    net = _made(path, file.sizes, file.architecture, list(file.arrays.values()), file.provenance, known, functions)
    # Further training is shuffled by a seed from the network's past, so the same file always continues in the same way.
    net._random = np.random.default_rng(np.random.SeedSequence(zlib.crc32(json.dumps(net.provenance).encode())))
    return net


def resume(
    path: str | os.PathLike[str],
    x: Any,
    y: Any = None,
    *,
    sample_weight: ArrayLike | None = None,
    validation: tuple[Any, Any] | float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    progress: Observer | bool | None = None,
    callbacks: Sequence[Callback] = (),
    more_epochs: int = 0,
    functions: Functions | None = None,
) -> tuple[Network, History]:
    """Continue from a checkpoint of `fit` to the end of its run; the result is bit-identical to that of a run never stopped.

    All settings are in the file, which is replaced after each epoch as before.

    Args:
        path: The checkpoint.
        x: The examples of the run; all other arrays and functions must be those of the run, too.
        y: The labels of the run.
        sample_weight: As in `Network.fit`.
        validation: As in `Network.fit`.
        metrics: As in `Network.fit`.
        progress: As in `Network.fit`.
        callbacks: As in `Network.fit`.
        more_epochs: The number of epochs beyond those of the run.
        functions: Your own functions, as in `load`.

    Returns:
        The network, and the history of the whole run.

    Raises:
        FileFormatError: The file is not a checkpoint.
        CheckpointError: It is damaged, or was made on other data.
        SettingsError: There are more epochs, but the schedule ends with its run.
    """
    run = paused(path, functions)
    if more_epochs:
        run = run.longer(more_epochs)
    history = run.finish(
        x,
        y,
        sample_weight=sample_weight,
        validation=validation,
        metrics=metrics,
        progress=progress,
        callbacks=callbacks,
    )
    return run.network, history


@dataclass(frozen=True)
class PausedRun:
    """A run of `fit` as its checkpoint left it: the network, the settings, and the epochs that are done."""

    network: Network
    settings: dict[str, Any] = field(repr=False)
    shaping: dict[str, Any] = field(repr=False)
    path: str
    learner: Learner = field(repr=False)
    data: int

    def longer(self, epochs: int) -> PausedRun:
        """The run with so many more epochs. Raises `SettingsError` if its schedule ends with the run."""
        require_whole("more_epochs", epochs)
        schedule = self.settings.get("schedule", "constant")
        if schedule not in ("constant", "plateau"):
            raise SettingsError(
                "The schedule {schedule!r} ends with its run, so that it cannot have more epochs; begin one with more.",
                schedule=schedule,
            )
        return dataclasses.replace(self, settings={**self.settings, "epochs": self.settings["epochs"] + epochs})

    def require_same(self, x: Any, y: Any) -> None:
        """Refuse other examples than those that the run learns from, before anything is done. Raises as `resume` does."""
        net = self.network
        given = prepare(net.architecture, net.schema, x, y, None, self.shaping, net.dtype).given()
        require_same(self.data, fingerprint(given))

    def finish(
        self,
        x: Any,
        y: Any,
        *,
        sample_weight: ArrayLike | None = None,
        validation: tuple[Any, Any] | float | None = None,
        metrics: Mapping[str, Metric] | None = None,
        progress: Observer | bool | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> History:
        """Train to the end of the run, as `resume` does."""
        with observing(progress, self.settings["epochs"]) as observer:
            return self.network._fit(
                x,
                y,
                dict(self.settings),
                dict(self.shaping),
                sample_weight,
                validation,
                metrics or {},
                Watch(observer, callbacks=callbacks),
                self.path,
                (self.learner, self.data),
            )


def paused(path: str | os.PathLike[str], functions: Functions | None = None) -> PausedRun:
    """Read a checkpoint without resuming it. Raises as `resume` does."""
    from .exchange import checkpoint_file

    arrays, about = checkpoint_file.load(path)
    learner = unpacked(arrays, about)
    parts = [about.get(each) for each in ("architecture", "provenance", "settings", "shaping")]
    architecture, provenance, given, shaping = (each if isinstance(each, dict) else {} for each in parts)
    sizes = architecture.get("sizes")
    if (
        not all(parts)
        or not _are_settings(given, shaping)
        or not isinstance(sizes, list)
        or not all(isinstance(each, int) for each in sizes)
    ):
        raise CheckpointError(
            "{path} is damaged: it does not say what was learned, and how; take an older one.", path=path
        )
    known = about.get("known")
    known = known if isinstance(known, dict) else {}
    net = _made(path, tuple(sizes), architecture, learner.parameters, provenance, known, functions)
    learner.parameters, net._random = net.parameters, learner.random
    data = about.get("data")
    return PausedRun(net, given, shaping, os.fspath(path), learner, data if isinstance(data, int) else -1)


def _made(
    path: str | os.PathLike[str],
    sizes: tuple[int, ...],
    described: Mapping[str, object],
    parameters: Sequence[Array],
    provenance: Mapping[str, object],
    known: Mapping[str, Any],
    functions: Functions | None,
) -> Network:
    """A network from the parts of a file: its parameters in their order, and what is `known` of its inputs and answers, which
    files of earlier versions do not store."""
    lists = described.get("activations"), described.get("dropouts", [])
    if not all(isinstance(each, list) for each in lists) or not isinstance(described.get("cost"), (str, dict)):
        raise NetworkError("{path} does not say what its layers compute; save it with chainrule again.", path=path)
    try:
        architecture = read(described, sizes, functions or {})
    except MissingFunctionError as error:
        raise MissingFunctionError("{path} cannot be used: {error}", name=error.name, path=path, error=error) from None
    except NetworkError as error:
        raise NetworkError("{path} cannot be used: {error}", path=path, error=error) from None
    if [each.shape for each in parameters] != list(architecture.shapes.values()):
        raise NetworkError(
            "{path} cannot be used: its arrays are not those of the layers {sizes}.", path=path, sizes=list(sizes)
        )
    net = Network.__new__(Network)
    net.architecture = architecture
    net.dtype = parameters[0].dtype.name
    net.parameters = [each.copy() for each in parameters]
    net.provenance = {**provenance, "runs": _runs(path, provenance)}
    source, schema = known.get("source"), known.get("schema")
    net.source = Source.read(source) if isinstance(source, dict) else None
    if isinstance(schema, dict):
        net.schema = _schema(path, schema, sizes)
        return net
    classes = known.get("classes")
    names = classes if isinstance(classes, list) and len(classes) == sizes[-1] else None
    numeric = bool(described.get("numeric", is_regression(architecture) and sizes[-1] == 1))
    kind: Kind = "numbers" if numeric else "binary" if sizes[-1] == 1 else "classes"
    net.schema = Schema.before({**known, "classes": names}, kind if net.provenance["runs"] else None)
    return net


def _schema(path: str | os.PathLike[str], plain: Mapping[str, Any], sizes: tuple[int, ...]) -> Schema:
    """The schema that a file describes. Raises `NetworkError` if it is invalid, or that of another network."""
    made = Schema.read(plain)
    if made is None or not made.fits(sizes[0], sizes[-1]):
        raise NetworkError("{path} is damaged: what it says of its inputs and outputs makes no sense.", path=path)
    return made


_BOUNDS = ("learning_rate", "l2", "l1", "max_norm", "label_smoothing", "clip_norm", "clip_value")
_OF_RUN = {"images": 1, "batch_size": 1, "epochs": 0, **dict.fromkeys(_BOUNDS, 0)}
"""The least that numbers of a run may be, where they are there."""
_MOST = 2**31
_MAY_LACK = ("learning_rate", "max_norm", "clip_norm", "clip_value")


def _runs(path: str | os.PathLike[str], provenance: Mapping[str, object]) -> list[Any]:
    """The runs that have led to a network. Raises `NetworkError` where they, or its seed, are none."""
    seed, runs = provenance.get("seed"), provenance.get("runs", [])
    whole = seed is None or (type(seed) is int and seed >= 0)
    if not whole or not isinstance(runs, list) or not all(isinstance(run, dict) and _is_run(run) for run in runs):
        raise NetworkError("{path} is damaged: what it says of its training makes no sense.", path=path)
    return [*runs]


def _are_settings(given: Mapping[str, Any], shaping: Mapping[str, Any]) -> bool:
    """Whether a run can be gone on with by what a checkpoint says of its settings."""
    if (
        not {"executor", "optimizer"} <= given.keys()
        or not {"augment", "class_weight", "label_smoothing"} <= shaping.keys()
    ):
        return False
    weights = shaping["class_weight"]
    pairs = isinstance(weights, list) and all(isinstance(each, list) and len(each) == 2 for each in weights)
    return (
        type(given.get("epochs")) is int
        and isinstance(given["optimizer"], str)
        and (pairs or weights is None or isinstance(weights, (str, dict)))
        and _is_run(
            {name: each for name, each in {**given, **shaping}.items() if each is not None or name not in _MAY_LACK}
        )
    )


def _is_run(run: Mapping[str, object]) -> bool:
    numbers = ((run[name], least) for name, least in _OF_RUN.items() if name in run)
    return all(isinstance(each, (int, float)) and least <= each <= _MOST for each, least in numbers)
