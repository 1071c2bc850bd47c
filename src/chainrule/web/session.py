"""One open page: its network, the digit that it shows, the steps that it has taught, the run that it trains.

Each request of the page is a method; `protocol.py` says which fields it takes. A page can change only its own session.
"""

from __future__ import annotations

import base64
import contextlib
import secrets
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..data.images import SIDE, frame
from ..explain.document import document, step_lines
from ..explain.explanation import Explanation
from ..explain.measures import proof
from ..explain.outline import said_of
from ..explain.questions import Part, blame, value_of
from ..explain.scope import known
from ..explain.vocabulary import as_data, names_in
from ..model import Network
from ..network.architecture import stacked
from ..network.layers import NetworkError
from ..show.language import Language, translated
from ..training.choice import choose
from ..training.loop import DivergenceError
from ..training.rates import default_rate
from ..training.settings import grouped, optimizer_of, settings
from .advice import advice, diverged, due
from .fields import RefusedError
from .robust import SAMPLE, robustness
from .site import Site, copied
from .snapshot import NotFiniteError, confusion, described, look, packed, pictured, weights
from .training import Training

Reply = dict[str, Any]
_GALLERY = 60  # mistakes in one message
_TERMS = 6  # of a neuron's sum, the largest
LEAST_RATE = 1e-4  # of a single step
_MOST_UNDONE, _MOST_KEPT = 100, 16 * 2**20  # steps that can be taken back, and the bytes of what they keep


class Session:
    """The state of one page. While the page is connected, `tell` sends it a message."""

    def __init__(self, site: Site):
        self.site = site
        self.token = secrets.token_urlsafe(16)
        self.tell: Callable[[Reply], None] = lambda message: None
        self.language: Language = "en"
        self.name = site.first
        self.net = copied(site.networks[site.first])
        self.image: Array | None = None
        self.label: int | None = None
        self.training: Training | None = None
        self._undo: deque[list[Array]] = deque(maxlen=_MOST_UNDONE)
        self.diagnosis: list[Reply] = []
        self._judged = 0  # epochs after which the run was last looked at

    # ---- the network -------------------------------------------------------------------------------------------------

    def hello(self) -> Reply:
        """The session's token, the networks, and the current state, which a page gets back after a reconnection."""
        run = self.training
        state = None if run is None else {"state": run.state, "reports": run.reports, "diagnosis": self.diagnosis}
        return {
            "session": self.token,
            "networks": list(self.site.networks),
            "samples": [int(each) for each in self.site.samples],
            "training": state,
            **self._network(),
            **self._look_now(),
        }

    def speak(self, language: Language) -> Reply:
        """Use this language for refusals from now on."""
        self.language = language
        return {}

    def use(self, network: str) -> Reply:
        """Switch to one of the site's networks."""
        if network not in self.site.networks:
            raise RefusedError(
                "There is no network {name}; the networks are {names}.",
                name=network,
                names=", ".join(self.site.networks),
            )
        self.end()
        self.name, self.net = network, copied(self.site.networks[network])
        self._undo.clear()
        return {**self._network(), **self._look_now()}

    def weights(self) -> Reply:
        """The current weights and biases."""
        return weights(self.net)

    def _network(self) -> Reply:
        """A description of the network, and how many steps can be undone."""
        return {
            "network": described(self.net, self.name, self._read(), self.site.test.labels),
            "undo": len(self._undo),
        }

    def _read(self) -> Array:
        """The network's answers to all test digits."""
        return self.site.read(self.net)

    # ---- the digit ---------------------------------------------------------------------------------------------------

    def see(self, drawing: bytes, side: int, framed: bool) -> Reply:
        """Read a drawing.

        Args:
            drawing: Grays, side × side, row by row; 0 is paper.
            side: Its height and width.
            framed: Whether it is framed as MNIST's images are, or only scaled down.

        Returns:
            What the network sees in it.

        Raises:
            RefusedError: The drawing is blank, or has another number of grays.
        """
        if len(drawing) != side * side:
            raise RefusedError(
                "The drawing has {given:,} grays; it must have {side} × {side}.", given=len(drawing), side=side
            )
        ink = np.frombuffer(drawing, np.uint8).reshape(side, side)
        if not ink.any():
            raise RefusedError("The drawing is blank; draw a digit.")
        image = frame(ink) if framed else shrunk(ink)
        if not image.any():
            raise RefusedError("The drawing is blank; draw a digit.")
        return self._show(image, None)

    def pick(self, index: int) -> Reply:
        """Show a test digit, whose label is known."""
        return {"index": index, **self._show(self.site.test.images[index], int(self.site.test.labels[index]))}

    def mistake(self, after: int) -> Reply:
        """Show the next test digit that is misread."""
        wrong = np.flatnonzero(self._read() != self.site.test.labels)
        if not len(wrong):
            raise RefusedError("This network reads all test digits correctly.")
        later = wrong[wrong > after]
        return self.pick(int(later[0] if len(later) else wrong[0]))

    def truth(self, label: int) -> Reply:
        """Set the digit's true label."""
        return self._show(self.image, label)

    def _show(self, image: Array | None, label: int | None) -> Reply:
        """Make this the current digit; if the network's numbers overflow on it, it is refused and the previous one stays."""
        seen = self._look_at(image, label)
        self.image, self.label = image, label
        return seen

    def step(self, step: int, layer: int, neuron: int, rate: float, language: Language) -> Reply:
        """One of the five steps, or the update, on the current digit.

        Args:
            step: The number of the step, 1 to 6.
            layer: The layer of the neuron that is followed.
            neuron: Its number, from 0.
            rate: The learning rate η of the update.
            language: The reader's language.

        Returns:
            Its `lines` as HTML with the neuron's numbers; the `section`, what is said of it as data; and the `values` that
            this names.
        """
        made = self._explained(layer, neuron, rate)
        section = said_of(made, step)
        return {
            "lines": step_lines(made, step, language),
            "section": as_data(section, language),
            "values": {name: _packed(value) for name, value in known(made, names_in(section)).items()},
        }

    def value(self, layer: int, neuron: int) -> Reply:
        """Why a neuron has its value on the current digit, and, if the label is known, its error.

        Args:
            layer: The layer of the neuron.
            neuron: Its number, from 0.

        Returns:
            The largest terms of its sum, the rest, γ u, b, z and a; and those of its δ as `error`. If a layer computes no such
            sum, the `reason`.
        """
        made = self._explained(layer, neuron, 1.0)
        return {
            **self._unless_refused(lambda: _value(made, layer, neuron)),
            "error": made.backward and self._unless_refused(lambda: _error(made, layer, neuron)),
        }

    def _unless_refused(self, answer: Callable[[], Reply]) -> Reply:
        try:
            return answer()
        except NetworkError as error:
            return {"reason": translated(error, self.language)}

    def proof(self, layer: int, neuron: int, weight: int) -> Reply:
        """A weight's gradient, compared with the measured slope of the cost.

        Args:
            layer: The layer of the weight.
            neuron: The neuron that it leads to.
            weight: The neuron that it comes from.

        Returns:
            The `derivative`, the measured `difference`, and whether they agree.
        """
        made = self._explained(layer, neuron, 1.0)
        drawn = pictured(self.net.architecture, layer)
        if drawn is None:
            raise RefusedError("Layer {layer} has no matrix of weights, neurons × inputs.", layer=layer)
        if weight >= self.net.sizes[layer - 2]:
            raise RefusedError(
                "A neuron of layer {layer} has the weights 0 to {most}.",
                layer=layer,
                most=self.net.sizes[layer - 2] - 1,
            )
        found = proof(made, drawn.name, (neuron, weight))
        # Central differences of step 1e-5 leave an error of some 1e-10; a smaller gradient cannot be told from 0.
        agrees = abs(found.derivative - found.measured) <= 1e-6 * max(abs(found.derivative), abs(found.measured)) + 1e-9
        return {"derivative": found.derivative, "difference": found.measured, "agrees": agrees}

    def _explained(self, layer: int, neuron: int, rate: float) -> Explanation:
        if self.image is None:
            raise RefusedError("The drawing is blank; draw a digit.")
        return self.net.explain(self.image, self.label, learning_rate=rate, neuron=(layer, neuron))

    def keep(self, what: str, language: Language) -> Reply:
        """A file to download.

        Args:
            what: `"network"`, or `"explanation"` for that of the current digit.
            language: The language of the explanation.

        Returns:
            The file's bytes in base64.
        """
        if what == "network":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "network.safetensors"
                self.net.save(path)
                return {"data": base64.b64encode(path.read_bytes()).decode()}
        if self.image is None or self.label is None:
            raise RefusedError("Say first what the digit really is.")
        made = self.net.explain(self.image, self.label)
        page = document(made, language=language)
        return {"data": base64.b64encode(page.encode()).decode()}

    def _look(self) -> Reply:
        """The network's view of the digit. Raises `NotFiniteError` where one of its numbers is not finite."""
        return self._look_at(self.image, self.label)

    def _look_at(self, image: Array | None, label: int | None) -> Reply:
        return {"look": None if image is None else look(self.net, image, label)}

    def _look_now(self) -> Reply:
        """The same after the network has changed: `None` where one of its numbers is not finite."""
        try:
            return self._look()
        except NotFiniteError:
            return {"look": None}

    # ---- teaching ----------------------------------------------------------------------------------------------------

    def teach(self, rate: float) -> Reply:
        """Learn from the current digit for one step, and say what changes for it and for the test digits.

        A step that makes a number infinite or NaN is undone.
        """
        if self.image is None or self.label is None:
            raise RefusedError("Say first what the digit really is.")
        self._require_still()
        _require_several(self.net, 1)
        before, read = self._look()["look"], self._read()
        kept = [each.copy() for each in self.net.parameters]
        after = self._step(rate, kept)
        if after is None:
            smaller = rate
            while after is None and smaller > LEAST_RATE:
                smaller = float(f"{smaller / 10:.2g}")
                after = self._step(smaller, kept)
            self._put(kept)
            raise RefusedError(
                "The numbers of this network overflow here: one is infinite or NaN."
                if after is None
                else "A step with η = {rate:g} goes too far: its numbers overflow. It was taken back; η = {smaller:g} works.",
                rate=rate,
                smaller=smaller,
            )
        self._undo.append(kept)
        while len(self._undo) > 1 and len(self._undo) * sum(each.nbytes for each in kept) > _MOST_KEPT:
            self._undo.popleft()
        now, labels = self._read(), self.site.test.labels
        return {
            "before": before,
            "newly_wrong": [int(each) for each in np.flatnonzero((read == labels) & (now != labels))],
            "newly_right": [int(each) for each in np.flatnonzero((read != labels) & (now == labels))],
            **self._network(),
            **after,
        }

    def _step(self, rate: float, start: Sequence[Array]) -> Reply | None:
        """Learn from the digit once, and return the network's view of it; where a number is not finite, go back to `start`."""
        assert self.image is not None
        image, label = self.image[None], np.array([self.label])
        with contextlib.suppress(DivergenceError, NotFiniteError):
            self.net.fit(image, label, epochs=1, batch_size=1, learning_rate=rate, executor="numpy")
            if self._sound():
                return self._look()
        self._put(start)
        return None

    def undo(self) -> Reply:
        """Undo the last step."""
        self._require_still()
        if self._undo:
            self._put(self._undo.pop())
        return {**self._network(), **self._look_now()}

    def _put(self, kept: Sequence[Array]) -> None:
        for parameter, each in zip(self.net.parameters, kept, strict=True):
            parameter[...] = each

    def _require_still(self) -> None:
        if self.training is not None and self.training.running:
            raise RefusedError("Pause the training first.", status=409)

    # ---- training ----------------------------------------------------------------------------------------------------

    def reset(self, **given: Any) -> Reply:
        """A new network with these settings, not trained yet."""
        hidden = given.pop("hidden")
        made = {key: given.pop(key) for key in ("activation", "cost", "initializer", "normalization", "seed")}
        given = {key: value for key, value in given.items() if value not in (0, "none")}  # leave out what is off
        epochs = given.pop("epochs")
        net = Network([SIDE * SIDE, *hidden, 10], **made)
        _require_several(net, given["batch_size"])
        self.end()
        self.net = net
        self.name = "trained"
        run = self._prepare(given, epochs)
        self._undo.clear()
        return {**self._network(), **self._look_now(), "learning_rate": run.settings["learning_rate"]}

    def rate(self, hidden: Sequence[int], activation: str, cost: str, optimizer: str) -> Reply:
        """The default learning rate of a network.

        Args:
            hidden: The numbers of neurons in its hidden layers.
            activation: The name of its activation.
            cost: The name of its cost.
            optimizer: The name of the optimizer.

        Returns:
            The `learning_rate`.
        """
        made = stacked([SIDE * SIDE, *hidden, 10], activation, cost=cost)
        return {"learning_rate": default_rate(made, optimizer_of(optimizer))}

    def go(self, what: str) -> Reply:
        """Start or pause the run that `reset` made, or one with default settings, or advance it by one epoch or mini-batch."""
        if self.training is None:
            self._prepare({"batch_size": 10}, 30)
        assert self.training is not None
        if what != "pause":
            self._undo.clear()  # undoing a step would also undo what is learned from now on
        self.training.go(what)  # type: ignore[arg-type]  # one of its words, by the table below
        return {"running": self.training.running}

    def _prepare(self, given: dict[str, Any], epochs: int) -> Training:
        """A paused run. Each of its epochs is a `fit` of one epoch, so the executor is chosen here for all of them."""
        self.diagnosis, self._judged = [], 0
        if given.get("learning_rate") is None:
            given = {**given, "learning_rate": self.net.default_learning_rate(given.get("optimizer", "sgd"))}
        n, m = len(self.site.digits.images), int(given["batch_size"])
        of_step = {key: each for key, each in given.items() if key != "augment"}
        rule = settings(n, **grouped({"epochs": epochs, **of_step})).rule
        choice = choose(
            "auto", self.net.architecture, examples=n, epochs=epochs, batch_size=m, rule=rule, dtype=self.net.dtype
        )
        chosen = {**given, "executor": choice.executor}
        run = self.training = Training(
            self.net, self.site.digits, chosen, epochs, lambda report: self._forward(report), self._sound
        )
        return run

    def _sound(self) -> bool:
        """Whether all numbers of the network are finite, and all that it computes of the digit."""
        if not all(np.isfinite(each).all() for each in self.net.parameters):
            return False
        return self.image is None or self._look_now()["look"] is not None

    def _forward(self, report: Reply) -> None:
        """Forward a report of the run, with the current state of the network; then diagnose the run.

        A run that has diverged is reported as a finding with its remedy.
        """
        if report["on"] == "diverged":
            self._judged = report["epochs"]
            self.diagnosis = [diverged(report["learning_rate"], report["smaller"])]
            report = {"on": "diagnosis", "findings": self.diagnosis}
        if report["on"] == "state":
            report = {**report, **self._network(), **self._look_now(), **weights(self.net)}
        self.tell(report)
        run = self.training
        if report["on"] == "state" and run is not None and report["epochs"] > self._judged:
            over = report["state"] == "ended"
            if over or (len(run.done) < run.epochs and due(len(run.done))):
                self._judged = len(run.done)
                self.diagnosis = advice(self.net, run.digits, run.done, run.settings, over)
                self.tell({"on": "diagnosis", "findings": self.diagnosis})

    def pause(self) -> None:
        """Pause the run, because the page is gone."""
        if self.training is not None:
            self.training.go("pause")

    def end(self) -> None:
        """End the run; it cannot be continued."""
        if self.training is not None:
            self.training.end()
            self.training = None

    # ---- mistakes ----------------------------------------------------------------------------------------------------

    def mistakes(self, start: int, truth: int, read: int) -> Reply:
        """The confusion matrix, and one page of the test digits that are misread.

        Args:
            start: The number of the first digit on the page.
            truth: Only digits with this label; −1 is any.
            read: Only digits that are read as this one; −1 is any.

        Returns:
            The matrix, how many digits there are, and those on the page with their images.
        """
        answers, labels = self._read(), self.site.test.labels
        wrong = np.flatnonzero(answers != labels)
        shown = [
            int(each) for each in wrong if (truth < 0 or labels[each] == truth) and (read < 0 or answers[each] == read)
        ]
        page = shown[start : start + _GALLERY]
        return {
            "confusion": confusion(answers, labels, self.net.sizes[-1]),
            "count": len(shown),
            "start": start,
            "items": [{"index": each, "label": int(labels[each]), "digit": int(answers[each])} for each in page],
            "images": packed(self.site.test.images[page]),
        }

    def robust(self) -> Reply:
        """The accuracy on the first test digits when they are shifted, rotated or noisy."""
        images, labels = (each[:SAMPLE] for each in (self.site.test.images, self.site.test.labels))
        return {"curves": robustness(self.net, images, labels)}


def _require_several(net: Network, m: int) -> None:
    """Raise `RefusedError` where a batch would be one digit, whose variance is 0."""
    if m == 1 and net.architecture.pairs:
        raise RefusedError(
            "A network with batch normalization learns from several digits at a time: one alone has no variance."
        )


def shrunk(ink: Array) -> Array:
    """A drawing scaled down to 28×28 grays without framing: each pixel is the mean of what it covers."""
    side = len(ink)
    if side % SIDE:
        raise RefusedError("The drawing's side must be a multiple of {side}.", side=SIDE)
    means: Array = ink.reshape(SIDE, side // SIDE, SIDE, side // SIDE).mean(axis=(1, 3)).round().astype(np.uint8)
    return means


def _packed(value: Any) -> Any:
    """A number as it is; an array as base64 of float64, with its shape."""
    array = np.asarray(value, np.float64)
    return {"shape": array.shape, "data": base64.b64encode(array.tobytes()).decode()} if array.shape else float(array)


def _value(made: Explanation, layer: int, neuron: int) -> Reply:
    """Why a neuron has its value."""
    found = value_of(made, layer, neuron)
    return {**_terms(found.parts), **{name: getattr(found, name) for name in ("total", "scaled", "bias", "z", "a")}}


def _error(made: Explanation, layer: int, neuron: int) -> Reply:
    """Where a neuron's error comes from."""
    found = blame(made, layer, neuron)
    return {**_terms(found.parts), "total": found.total, "slope": found.slope, "delta": found.delta}


def _terms(parts: Sequence[Part]) -> Reply:
    """The largest terms of a sum, the number of others, and their sum."""
    rest = parts[_TERMS:]
    return {
        "terms": [[each.neuron, each.weight, each.value, each.product] for each in parts[:_TERMS]],
        "others": len(rest),
        "rest": sum(each.product for each in rest),
    }
