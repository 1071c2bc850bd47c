"""What `chainrule train` does alike for images and for tables: reads the settings, searches for a rate, and ends a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..model import Network
from ..training.history import History
from ..training.loop import DivergenceError
from .arguments import Values
from .errors import CommandError
from .remedy import command
from .streams import print_json
from .training_screen import TrainingScreen

INTERRUPTED = 130
SETTINGS = (
    "epochs", "batch_size", "learning_rate", "optimizer", "schedule", "l2", "l1", "max_norm", "clip_norm", "patience",
    "executor",
)  # fmt: skip
"""The options that `fit` takes by the same names."""


def read_settings(values: Values) -> dict[str, Any]:
    """Read the settings of `fit`, by its flat names.

    Args:
        values: The values of the command's arguments.

    Returns:
        The settings.
    """
    settings = {name: getattr(values, name) for name in (*SETTINGS, "label_smoothing")}
    settings["class_weight"] = "balanced" if values.balanced else None
    return settings


def find_rate(
    screen: TrainingScreen, net: Network, examples: Any, values: Values, options: Mapping[str, object]
) -> int:
    """Draw the cost over η, and suggest the command that trains with the best rate.

    Args:
        screen: Where it is drawn.
        net: The network.
        examples: What it learns from, which unpacks as inputs and answers.
        values: The values of the command's arguments.
        options: The options of the command that is suggested, by their keys.

    Returns:
        The exit code.
    """
    search = net.find_learning_rate(
        *examples, batch_size=values.batch_size, optimizer=values.optimizer, seed=values.seed
    )
    if values.json:
        print_json(asdict(search))
    screen.found(search, command({**options, "find_rate": False}, {"learning_rate": search.suggested}))
    return 0


def report_divergence(error: DivergenceError, path: Path, again: str) -> CommandError:
    """The error of a run whose cost became infinite, once its last good weights are saved.

    Args:
        error: What training raised.
        path: Where the weights are saved.
        again: A command that learns more slowly; empty if there is none.

    Returns:
        The error to raise.
    """
    return CommandError("{error} The weights are saved in {path}.", again, error=error, path=path)


def find_checkpoint(screen: TrainingScreen, values: Values, history: History) -> str | None:
    """Find the checkpoint from which a run can go on.

    Args:
        screen: The screen of the run, which knows whether checkpoints could be written.
        values: The values of the command's arguments.
        history: The run.

    Returns:
        The file; `None` if there is none.
    """
    file: str | None = values.checkpoint if values.checkpoint and screen.has_checkpoint(history) else values.resume
    return file


def exit_code(problem: str, interrupted: bool, path: Path, as_asked: bool) -> int:
    """The exit code of a run whose network is saved.

    Args:
        problem: Why something of what the command said could not be written; empty where all was.
        interrupted: Whether the run was stopped.
        path: Where the network is saved.
        as_asked: Whether that is the file that was asked for.

    Returns:
        130 for a run that was stopped, 1 for a network that is saved elsewhere, else 0.

    Raises:
        CommandError: What the command said could not be written.
    """
    if problem:
        raise CommandError(
            "The output could not be written ({error}); the network is saved in {path}.", error=problem, path=path
        )
    return INTERRUPTED if interrupted else int(not as_asked)
