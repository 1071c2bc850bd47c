"""`chainrule train`: learn, save, test, advise, in this order, so that nothing that was learned is lost, and nobody waits for
advice to see the result."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.messages import message
from ..data.augmentation import AUGMENTATIONS
from ..data.folders import CHANNELS
from ..data.tables import is_table
from ..model import Network
from ..network.architecture import stacked
from ..saved import paused
from ..show.language import translated
from ..training.choice import Choice
from ..training.diagnosis import EARLY, Finding
from ..training.history import Epoch, History, Score
from ..training.loop import DivergenceError
from ..training.presets import PRESETS
from ..training.runner import is_sparse
from ..training.settings import flat, grouped
from ..training.settings import settings as settings_of
from . import gpt, table
from .arguments import Values
from .commands import DERIVE, EVALUATE, TRAIN
from .destination import require_writable, save
from .errors import UsageError
from .functions import network_of, read_network, require_used, running
from .layers import options_of
from .lessons import APP, EXPLAIN
from .outcome import SETTINGS, exit_code, find_checkpoint, find_rate, read_settings, report_divergence
from .parsing import command_line, quoted, together
from .remedy import command, of_checkpoint
from .sets import Sets, is_color, own_sets, training_sets
from .streams import output, print_json
from .tables import defaults
from .training_screen import TrainingScreen

_WITH_RESUME = {"data", "labels", "test_size", "preset", "output", "resume", "more_epochs", "functions", "lang", "json"}
"""The options that may be given with --resume; all others are in the checkpoint."""
_HIDDEN = 30  # neurons of the hidden layer where none are named, as in the article
_DIAGNOSED_IMAGES = 5000  # images that are examined after the first epoch
_MAX_FINDINGS = 3  # findings that are shown; more are consequences


def run(values: Values) -> int:
    """Train a network, and report on standard output, or with --json on standard error."""
    if values.gpt:
        return gpt.run(values)
    if values.resume is None and is_table(values.data):
        _require_consistent(values)
        return table.train(values)
    run_on = None if values.resume is None else read_network(paused, values.resume, values.functions)
    if run_on is not None and table.is_of_table(run_on.network):
        _require_consistent(values)
        return table.train(values, run_on)
    for name in ("target", "without", "missing", "task"):
        if name in values.typed and getattr(values, name) != "auto":
            raise UsageError(
                "--{name} is for a table, CSV, TSV or Parquet:", "chainrule train table.csv --target COLUMN", name=name
            )
    if values.steps is not None:
        raise UsageError("--steps is for --gpt; a network's training has --epochs:", "chainrule train --gpt")
    values.scale = _plain(values.scale)
    asked = values.typed - _WITH_RESUME | _apply_preset(values)
    _require_consistent(values)
    sets = _sets(values, None if run_on is None else run_on.network)
    if run_on is not None:
        run_on.require_same(*sets.train)
    elif sets.source.pictures and values.augment != "none":
        raise UsageError("--augment varies images of ink, not pictures; leave it out.")
    elif sets.source.pictures:  # of which most are bright, not ink on paper
        vars(values).update(
            {name: value for name, value in defaults(False).items() if name not in values.typed | asked}
        )
    validation = sets.valid if len(sets.valid.labels) else None
    screen = TrainingScreen(*output(values, aside=values.json))
    options = vars(values)
    try:
        if run_on is not None:
            if values.more_epochs is not None:
                run_on = run_on.longer(values.more_epochs)
            net, settings = run_on.network, run_on.settings | run_on.shaping
            options = of_checkpoint(net, settings, options)
            if values.layers is not None:
                vars(values).update(options_of(stacked(**_layers(values, sets))))  # as they are written
            _require_as_begun(values, asked, options | {"executor": settings["executor"]})
            if net.architecture.own or not options_of(net.architecture):
                options = {}  # a checkpoint does not say by which names --functions has its layers
            screen.header(net, sets, settings)
            history = run_on.finish(*sets.train, validation=validation, progress=screen)
        else:
            net = _network(values, sets)
            settings = read_settings(values)
            settings["augment"] = None if values.augment == "none" else AUGMENTATIONS[values.augment]
            if values.find_rate:
                screen.header(net, sets, settings | {"learning_rate": None})
                return find_rate(screen, net, sets.train, values, vars(values))
            if values.learning_rate is None:
                settings["learning_rate"] = net.default_learning_rate(values.optimizer)
            choice = _executor(net, sets, settings)
            settings["executor"] = choice.executor
            screen.header(net, sets, settings, translated(choice.note, screen.language))
            history = net.fit(
                *sets.train,
                **grouped(settings),
                validation=validation,
                progress=screen,
                checkpoint=values.checkpoint,
                callbacks=[_watch(screen, net, sets, settings)],
            )
    except DivergenceError as error:
        screen.close()
        path, _ = save(net, values.output, values.lang)
        findings = screen.advice(functools.partial(net.diagnose, *sets.train, validation=validation))
        for finding in findings[:_MAX_FINDINGS]:
            screen.finding(finding)
        remedy = next((each.remedy for each in findings if each.remedy), {"learning_rate": error.smaller})
        again = command(options, remedy)
        raise report_divergence(error, path, again) from error
    screen.close()
    path, as_asked = save(net, values.output, values.lang)
    test = net.evaluate(*sets.test)
    screen.closing(history, test, str(path), path.stat().st_size)
    findings = screen.advice(functools.partial(net.diagnose, *sets.train, history=history, validation=validation))
    for finding in findings[:_MAX_FINDINGS]:
        if not history.interrupted or finding.name in EARLY:  # the others may not hold at the end of the run
            screen.finding(finding, command(options, finding.remedy))
    _offer(screen, net, path, values, history, faultless=test.correct == test.total)
    if values.json:
        print_json(_report(net, history, test, path, findings))
    return exit_code(screen.output.problem, history.interrupted, path, as_asked)


def _require_consistent(values: Values) -> None:
    """Refuse options that do not go together, and files that cannot be written."""
    if values.more_epochs is not None and values.resume is None:
        raise UsageError(
            "--more-epochs continues from a checkpoint, and needs --resume:",
            f"chainrule train --resume FILE --more-epochs {values.more_epochs}",
        )
    if values.color and values.gray:
        raise UsageError("--color and --gray exclude each other; leave one of them out.")
    if values.find_rate and "learning_rate" in values.typed:
        raise UsageError("--find-rate looks for the learning rate; leave out --learning-rate.")
    for flag, file in (("--checkpoint", values.checkpoint), ("--resume", values.resume)):
        if file is not None and values.output is not None and Path(file).resolve() == Path(values.output).resolve():
            raise UsageError(
                "-o and {flag} are the same file, {path}; give the network a name of its own.", flag=flag, path=file
            )
    if not values.find_rate:
        require_writable(values.output, values.lang)
        if values.checkpoint is not None:
            require_writable(values.checkpoint, values.lang)


def _sets(values: Values, net: Network | None) -> Sets:
    """The images that were named, or those of the checkpoint's run, or MNIST."""
    if net is None or net.source is None:
        color = True if values.color else False if values.gray else None
        return training_sets(values.data, values.labels, values.train_size, values.test_size, values.expand, color)
    train_size, expanded = net.source.train_size, net.source.expand
    test_size = values.test_size if values.test_size is not None else net.source.test_size
    if values.data is not None or values.labels is not None:
        color = is_color(net.source) if net.source.pictures else None
        return training_sets(values.data, values.labels, train_size, test_size, expanded, color)
    net.source = dataclasses.replace(net.source, test_size=test_size)
    return own_sets(net, values.resume, command_line(TRAIN, values, data="DATA"), as_trained=True)


def _plain(scale: float | None) -> float | None:
    """A scale as it was typed: 16, not 16.0."""
    return int(scale) if scale is not None and scale == int(scale) else scale


def _apply_preset(values: Values) -> frozenset[str]:
    """Fill in a preset's settings where none was typed, as if they had been typed; return their keys."""
    if values.preset is None:
        return frozenset()
    preset = PRESETS[values.preset]
    settings = flat({**preset.network, **preset.fit})
    layers = {name: value for name, value in preset.network.items() if name != "initializer"}
    settings |= {"input": None, **options_of(stacked(**layers))}
    given = {name: value for name, value in settings.items() if value}
    put = given.keys() - values.typed
    for key in put:
        setattr(values, key, given[key])
    values.preset = None
    return frozenset(put)


def _require_as_begun(values: Values, asked: frozenset[str], begun: Mapping[str, object]) -> None:
    """Raise `UsageError` for an option beside --resume that differs from the checkpoint's run."""
    has = {**begun, "checkpoint": values.resume, "find_rate": False}
    for argument in TRAIN.arguments:
        if argument.key in asked and getattr(values, argument.key) not in ("auto", has[argument.key]):
            flag = argument.flags[-1] if argument.key in values.typed else "--preset"
            raise UsageError(
                "{flag} is not as the run in {path} has it; a run that goes on keeps its settings, so leave {flag} "
                "out.",
                flag=flag,
                path=values.resume,
            )


def _executor(net: Network, sets: Sets, given: dict[str, Any]) -> Choice:
    """The executor, chosen before training begins so that the screen can name it."""
    named = {name: value for name, value in given.items() if name in SETTINGS}
    n, images = len(sets.train.labels), sets.train.images
    kind = {  # as `fit` will have it, so that the step is written once
        "weighted": given["class_weight"] is not None,
        "distributions": True,
        "labeled": True,
        "alone": False,
        "pixels": given["augment"] is None and images.dtype == "uint8",
        "sparse": is_sparse(images),
    }
    return net.executor_for(n, settings_of(n, **grouped(named)), **kind)


def _watch(screen: TrainingScreen, net: Network, sets: Sets, settings: dict[str, Any]) -> Callable[[Epoch], object]:
    """A callback that diagnoses the network after the first epoch, and reports a clear fault."""
    some = slice(None, None, max(1, len(sets.train.labels) // _DIAGNOSED_IMAGES))

    def watch(epoch: Epoch) -> None:
        if epoch.number == 1 and screen.epochs > 1:
            history = History((epoch,), "", settings=settings)
            learned = sets.train.images[some], sets.train.labels[some]
            for finding in net.diagnose(*learned, history=history, early=True):
                screen.early(epoch, finding)

    return watch


def _layers(values: Values, sets: Sets) -> dict[str, Any]:
    """The arguments of `Network` for what was asked for, or the article's, with as many inputs and answers as the images have."""
    image = sets.train.images.shape[1:]
    pixels = math.prod(image)
    given = values.layers or (pixels, _HIDDEN, sets.outputs)
    made = network_of(given, values.functions, image)
    if made["input"] not in ((pixels,), image if len(image) == CHANNELS else (1, *image)):
        right = pixels if len(made["input"]) == 1 else "x".join(map(str, image))
        raise UsageError(
            "--layers begins with {given}, and the images have {pixels} numbers, red, green and blue of each pixel:"
            if len(image) == CHANNELS
            else "--layers begins with {given}, and the images have {pixels} pixels:",
            f"--layers {quoted(together((right, *given[1:])))}",
            given=given[0],
            pixels=pixels,
        )
    shaping = {name: getattr(values, name) for name in ("activation", "cost", "normalization", "dropout")}
    return made | shaping


def _network(values: Values, sets: Sets) -> Network:
    """The network that was asked for."""
    layers, answers = _layers(values, sets), sets.outputs
    scale = values.scale or ("standard" if sets.source.pictures else None)
    with running(values.functions):
        net = Network(**layers, seed=values.seed, initializer=values.initializer, scale=scale)
        require_used(values.functions, net.architecture)
    if net.sizes[-1] < answers:
        raise UsageError(
            "--layers ends with {given}, and there are labels 0 to {last}, a neuron for each:",
            f"--layers {quoted(together((*values.layers[:-1], answers)))}",
            given=values.layers[-1],
            last=answers - 1,
        )
    if not sets.bundled:
        net.schema = net.schema.called((*sets.classes, *map(str, range(answers, net.sizes[-1]))))
    net.source = sets.source
    return net


def _report(net: Network, history: History, test: Score, path: Path, found: tuple[Finding, ...]) -> dict[str, object]:
    return {
        "correct": test.correct,
        "total": test.total,
        "accuracy": test.accuracy,
        "epochs": [dataclasses.asdict(epoch) for epoch in history.epochs],
        "seconds": history.seconds,
        "parameters": net.architecture.parameter_count,
        "executor": history.executor,
        "file": str(path),
        "diagnosis": [dataclasses.asdict(each) for each in found],
    }


def _offer(screen: TrainingScreen, net: Network, path: Path, values: Values, history: History, faultless: bool) -> None:
    """Suggest what to do next; first, how to continue a run that was stopped. A `faultless` network has no mistake to show."""
    checkpoint = find_checkpoint(screen, values, history)
    same: dict[str, object] = {"functions": values.functions, "lang": values.lang}
    saved = {**same, "net": path, "target": path}
    commands = [
        (command_line(EXPLAIN, saved, example=0), message("one image, step by step"))
        if faultless
        else (command_line(EXPLAIN, saved), message("one of its mistakes")),
        (command_line(EVALUATE, saved), message("what it confuses with what")),
    ]
    grays = net.schema.inputs.divides_bytes and net.architecture.columns
    if (net.sizes[0], net.sizes[-1]) == (784, 10) and grays:
        commands.append((command_line(APP, saved), message("draw a digit for it")))
    commands.append((command_line(DERIVE, saved), message("the derivative that trained it")))
    if checkpoint is not None and history.epochs:
        again = {**same, "resume": checkpoint, "output": values.output, "json": values.json}
        if history.interrupted:
            commands.insert(0, (command_line(TRAIN, again), message("continue where it stopped")))
        else:
            commands.append((command_line(TRAIN, {**again, "more_epochs": 10}), message("ten more epochs")))
    elif history.interrupted and values.checkpoint is None and checkpoint is None:
        again = {**vars(values), "checkpoint": path.with_suffix(".checkpoint").name}
        words = message("the same from the start, as a run that can continue after Ctrl-C")
        commands.insert(0, (command_line(TRAIN, again), words))
    screen.offer(commands)
