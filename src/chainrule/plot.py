"""Displays for Matplotlib, in the style of scikit-learn: `LearningCurveDisplay.from_history(history)` draws, and has `ax_` and
`figure_`.

Each holds what it shows as plain arrays, draws into the axes that it is given or new ones, and can draw again: `.plot(ax=…)`.
Words are in the reader's language where a font has its letters. Needs the extra `plot`.
"""

# mypy: disable-error-code="import-not-found, import-untyped"
# Matplotlib is an extra, and may be missing where types are checked.

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from .core.errors import ChainruleError
from .core.messages import listed, message
from .core.nouns import Array
from .data.errors import DataError
from .explain.explanation import Explanation
from .model import Network
from .network.layers import NetworkError
from .show.colors import LIGHT
from .show.language import SOURCE, own_name, preferred, say
from .training.history import History
from .training.rate_search import RateSearch

__all__ = ["ConfusionDisplay", "ExplanationDisplay", "LearningCurveDisplay", "RateSearchDisplay", "WeightsDisplay"]

_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", "SimHei")
_FEW = 25  # classes, up to which each cell of a confusion matrix says its number
_SPREAD = 20  # by how much the largest cost exceeds the least, from where on the axis is logarithmic
_MOST = 100  # pictures of weights
_COLUMN = 12  # neurons, up to which they are drawn in a column, not in a block
_WORDS = {"cost": message("cost C"), "accuracy": message("accuracy"), "learning_rate": message("learning rate η")}


class _Display:
    """What all displays have: after `plot`, `ax_` and `figure_`."""

    ax_: Any
    figure_: Any

    def _begun(self, ax: Any, width: float = 6.4, height: float = 4.8) -> Any:
        """The axes to draw into."""
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError:
                raise ChainruleError("Displays need Matplotlib: pip install 'chainrule[plot]'.") from None
            _, ax = pyplot.subplots(figsize=(width, height), layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        return ax

    def _ended(self) -> Self:
        """Have the letters of all languages in what was drawn."""
        from matplotlib import rcParams
        from matplotlib.text import Text

        chinese = _chinese_font()
        if chinese is not None:
            for text in self.ax_.findobj(Text):
                text.set_fontfamily([*rcParams["font.family"], chinese])
        return self


@functools.cache
def _chinese_font() -> str | None:
    """The name of a font with Chinese letters, if there is one."""
    from matplotlib import font_manager

    there = {each.name for each in font_manager.fontManager.ttflist}
    return next((name for name in _FONTS if name in there), None)


def phrase(text: str, **values: object) -> str:
    """A text in the reader's language, or in English where no font has its letters."""
    language = preferred()
    return say(language if own_name(language).isascii() or _chinese_font() else SOURCE, text, **values)


@functools.cache
def _ramp(name: str) -> Any:
    """A ramp of the table of colors, `"sequential"` or `"diverging"`."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(f"chainrule-{name}", getattr(LIGHT, name))


# ---- numbers by epoch ------------------------------------------------------------------------------------------------


@dataclass
class LearningCurveDisplay(_Display):
    """A quantity by epoch, in training and in validation.

    Args:
        epochs: The numbers of the epochs.
        curves: The numbers of each curve, by `"train"`, `"validation"`, or the name of a metric.
        quantity: What they are: `"cost"`, `"accuracy"`, `"learning_rate"`, or the name of a metric.
        best: The epoch whose parameters were kept, if one was.

    Attributes:
        ax_: The axes, after `plot`.
        figure_: Their figure.

    Examples:
        >>> display = LearningCurveDisplay([1, 2], {"train": [0.9, 0.4]}, "cost")
        >>> display.plot().ax_.get_ylabel()  # doctest: +SKIP
        'cost C'
    """

    epochs: Sequence[int]
    curves: Mapping[str, Sequence[float]]
    quantity: str = "cost"
    best: int | None = None
    ax_: Any = field(init=False, repr=False, default=None)
    figure_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_history(cls, history: History, *, quantity: str = "cost", ax: Any = None) -> Self:
        """Draw what `fit` returned.

        Args:
            history: The history.
            quantity: `"cost"`, `"accuracy"`, `"learning_rate"`, or the name of a metric of the run.
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.

        Raises:
            DataError: The run has no such numbers.
        """
        rows = history.rows()
        names = {name: f"{name}_{quantity}" for name in ("train", "validation")}
        names = names if any(each in row for row in rows for each in names.values()) else {quantity: quantity}
        curves = {
            name: [math.nan if row.get(key) is None else float(row[key] or 0) for row in rows]
            for name, key in names.items() if any(row.get(key) is not None for row in rows)
        }  # fmt: skip
        if not curves:
            known = dict.fromkeys(
                key.removeprefix("train_").removeprefix("validation_")
                for row in rows for key, value in row.items() if value is not None and key not in ("epoch", "seconds")
            )  # fmt: skip
            raise DataError(
                "The run has no {quantity!r}; it has {known}.",
                quantity=quantity,
                known=listed(known) or message("no epochs"),
            )
        return cls([epoch.number for epoch in history.epochs], curves, quantity, history.best).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Args:
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.
        """
        ax = self._begun(ax)
        words = {"train": message("training"), "validation": message("validation")}
        for (name, numbers), color, style in zip(self.curves.items(), ("a", "d"), ("-", "--"), strict=False):
            label = phrase(words[name]) if name in words else None
            marker = "o" if len(self.epochs) == 1 else None
            ax.plot(self.epochs, numbers, color=LIGHT[color], linestyle=style, marker=marker, label=label)
        if self.best is not None:
            ax.axvline(self.best, color=LIGHT["ink3"], linewidth=1, linestyle=":", label=phrase("the best epoch"))
        every = np.concatenate([np.asarray(each, float) for each in self.curves.values()])
        positive = every[np.isfinite(every)]
        if (
            self.quantity != "accuracy"
            and positive.size
            and positive.min() > 0
            and positive.max() > _SPREAD * positive.min()
        ):
            ax.set_yscale("log")
        ax.set_xlabel(phrase("epoch"))
        ax.set_ylabel(phrase(_WORDS.get(self.quantity, self.quantity)))
        ax.xaxis.get_major_locator().set_params(integer=True)
        if any(name in words for name in self.curves) or self.best is not None:
            ax.legend(frameon=False)
        ax.grid(color=LIGHT["line"], linewidth=0.6)
        return self._ended()


@dataclass
class RateSearchDisplay(_Display):
    """The cost at the end of short runs, by their learning rate.

    Args:
        rates: The rates.
        costs: The costs.
        suggested: The rate to begin with.

    Attributes:
        ax_: The axes, after `plot`.
        figure_: Their figure.
    """

    rates: Sequence[float]
    costs: Sequence[float]
    suggested: float
    ax_: Any = field(init=False, repr=False, default=None)
    figure_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_search(cls, search: RateSearch, *, ax: Any = None) -> Self:
        """Draw what `find_learning_rate` returned.

        Args:
            search: The search.
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.
        """
        return cls(search.rates, search.costs, search.suggested).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Args:
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.
        """
        ax = self._begun(ax)
        ax.plot(self.rates, self.costs, color=LIGHT["a"], marker=".")
        label = phrase("learning rate η; start with {rate:g}", rate=self.suggested)
        ax.axvline(self.suggested, color=LIGHT["d"], linewidth=1.2)
        ax.set_xscale("log")
        ax.set_xlabel(label)
        ax.set_ylabel(phrase(_WORDS["cost"]))
        ax.grid(color=LIGHT["line"], linewidth=0.6)
        return self._ended()


# ---- what a network confuses -----------------------------------------------------------------------------------------


@dataclass
class ConfusionDisplay(_Display):
    """How many examples of each class were taken for which: rows are true classes, columns answers.

    Args:
        counts: The counts, or shares of a row.
        classes: What the classes are called.

    Attributes:
        ax_: The axes, after `plot`.
        figure_: Their figure.
    """

    counts: Array
    classes: Sequence[str]
    ax_: Any = field(init=False, repr=False, default=None)
    figure_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_network(cls, net: Network, x: Any, y: Any, *, normalize: bool = False, ax: Any = None) -> Self:
        """Draw the confusions of a network.

        Args:
            net: The network.
            x: n examples, as `fit` takes them.
            y: Their n labels.
            normalize: Whether to show shares of each true class in place of counts.
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.

        Raises:
            NetworkError: The network does not choose one of several classes.
            DataError: The examples or labels do not match the network.
        """
        kind = net.outputs.kind
        if kind not in ("classes", "binary"):
            raise NetworkError("A confusion matrix is of classes, of which the network does not choose one.")
        said = net.predict(x)
        size = max(net.sizes[-1], 2)
        truth, _ = net.outputs.desired(y, len(said), net.sizes[-1], net.dtype)
        answers, _ = net.outputs.desired(said, len(said), net.sizes[-1], net.dtype)
        assert truth is not None
        assert answers is not None
        counts = np.zeros((size, size))
        np.add.at(counts, (truth.reshape(-1), answers.reshape(-1)), 1)
        if normalize:
            counts /= np.maximum(counts.sum(axis=1, keepdims=True), 1)
        names = net.classes or tuple(map(str, range(size)))
        return cls(counts, names).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Args:
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.
        """
        k = len(self.classes)
        side = min(12.0, 2.5 + 0.42 * k)
        ax = self._begun(ax, side + 0.4, side)
        # The diagonal is large where a network is good, and would leave no color for what it confuses.
        off = self.counts[~np.eye(k, dtype=bool)].max(initial=0)
        ax.imshow(np.where(np.eye(k, dtype=bool), np.nan, self.counts), cmap=_ramp("sequential"), vmin=0, vmax=off or 1)
        whole = (self.counts == np.floor(self.counts)).all()
        for row, column in np.ndindex(k, k) if k <= _FEW else ():
            count = self.counts[row, column]
            right = row == column
            if count:
                dark = not right and count > 0.55 * off
                ax.text(
                    column, row, f"{count:,.0f}" if whole else f"{count:.2f}".lstrip("0"), ha="center", va="center",
                    color=LIGHT["paper"] if dark else LIGHT["ink"] if not right else LIGHT["ink3"], fontsize="small",
                )  # fmt: skip
        ax.set_facecolor(LIGHT["ground"])
        long = max(map(len, self.classes)) > 3
        ax.set_xticks(range(k), self.classes, rotation=90 if long else 0)
        ax.set_yticks(range(k), self.classes)
        ax.set_xlabel(phrase("the network's answer"))
        ax.set_ylabel(phrase("the true class"))
        return self._ended()


# ---- weights ---------------------------------------------------------------------------------------------------------


@dataclass
class WeightsDisplay(_Display):
    """The weights of a layer: a picture for each neuron that sees images, or a row for each; blue below 0, orange above.

    Args:
        pictures: n × rows × columns, the weights of each neuron or kernel, or one picture whose rows are neurons.
        layer: The layer.
        names: What the columns are called, if each row is a neuron.

    Attributes:
        ax_: The axes, after `plot`.
        figure_: Their figure.
    """

    pictures: Array
    layer: int
    names: Sequence[str] = ()
    ax_: Any = field(init=False, repr=False, default=None)
    figure_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_network(cls, net: Network, *, layer: int = 2, ax: Any = None) -> Self:
        """Draw the weights of a layer of a network.

        Args:
            net: The network.
            layer: l, from 2.
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.

        Raises:
            NetworkError: There is no such layer, or it has no weights.
        """
        arrays = dict(zip((each.name for each in net.architecture.parameters), net.parameters, strict=True))
        w = arrays.get(f"w{layer}")
        if w is None:
            having = [each.layer for each in net.architecture.parameters if each.name == f"w{each.layer}"]
            raise NetworkError(
                "Layer {layer!r} has no weights; layers {layers} have.", layer=layer, layers=listed(map(str, having))
            )
        if w.ndim == 4:
            return cls(w.reshape(-1, *w.shape[2:])[:_MOST], layer).plot(ax=ax)
        before = net.architecture.examples[layer - 2]
        sides = net.schema.inputs.shape or before
        if layer == 2 and sides == (784,):
            sides = (28, 28)
        if (
            w.ndim == 2
            and layer == 2
            and len(sides) in (2, 3)
            and math.prod(sides) == w.shape[1]
            and (sides[0] == 1 or len(sides) == 2)
        ):
            return cls(w.reshape(-1, *sides[-2:])[:_MOST], layer).plot(ax=ax)
        return cls(w[None], layer, net.schema.inputs.names if layer == 2 else ()).plot(ax=ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Args:
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.
        """
        count, rows, columns = self.pictures.shape
        page = _page(self.pictures, math.ceil(math.sqrt(count * rows / columns)) if count > 1 else 1)
        ax = self._begun(ax, 7.0, min(9.0, max(2.5, 6.0 * page.shape[0] / page.shape[1])) if count > 1 else 4.5)
        # A few large weights would leave all others pale.
        top = float(np.quantile(np.abs(self.pictures), 0.995)) or float(np.abs(self.pictures).max()) or 1.0
        aspect = "equal" if count > 1 else "auto"
        shown = ax.imshow(page, cmap=_ramp("diverging"), vmin=-top, vmax=top, aspect=aspect, interpolation="nearest")
        if count > 1:
            ax.set_axis_off()
        else:
            ax.set_ylabel(phrase("neuron of layer {layer}", layer=self.layer))
            if self.names:
                ax.set_xticks(range(len(self.names)), self.names, rotation=90)
            else:
                ax.set_xlabel(phrase("neuron of layer {layer}", layer=self.layer - 1))
        self.figure_.colorbar(shown, ax=ax, shrink=0.8, label=f"w{_raised(self.layer)}", extend="both")
        return self._ended()


def _raised(layer: int) -> str:
    """The number of a layer as mathematics writes it."""
    return str(layer).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


# ---- an explanation --------------------------------------------------------------------------------------------------


@dataclass
class ExplanationDisplay(_Display):
    """An example on its way through a network: above the activations, layer by layer, below the errors that flow back.

    Args:
        activations: For each layer from the input on, its activations on the example, as the rows and columns of a picture.
        errors: For each layer behind the input, its errors likewise; empty if the right answer is not known.
        outputs: What the outputs are called.
        answer: The output that answers, if it is a class.
        label: The right output, if it is known.

    Attributes:
        ax_: The axes, after `plot`, which hold others: one for each picture.
        figure_: Their figure.
    """

    activations: Sequence[Array]
    errors: Sequence[Array]
    outputs: Sequence[str]
    answer: int | None = None
    label: int | None = None
    ax_: Any = field(init=False, repr=False, default=None)
    figure_: Any = field(init=False, repr=False, default=None)

    @classmethod
    def from_explanation(cls, explanation: Explanation, *, ax: Any = None) -> Self:
        """Draw what `Network.explain` returned.

        Args:
            explanation: The explanation.
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.

        Raises:
            NetworkError: It is of a function, which has no layers.
        """
        if not explanation.sizes:
            raise NetworkError("The explanation is of a function, which has no layers; explain a network.")
        last = len(explanation.sizes)
        back = f"δ{last}" in explanation.values
        activations = [_picture(explanation, f"a{layer}", layer) for layer in range(1, last + 1)]
        errors = [_picture(explanation, f"δ{layer}", layer) for layer in range(2, last + 1)] if back else []
        names = explanation.classes or [str(k) for k in range(explanation.sizes[-1])]
        classifies = explanation.classifies
        return cls(
            activations, errors, names, explanation.answer if classifies else None,
            explanation.label if classifies else None,
        ).plot(ax=ax)  # fmt: skip

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Args:
            ax: Axes to draw into; by default new ones.

        Returns:
            The display.
        """
        last = len(self.activations)
        rows = 2 if self.errors else 1
        ax = self._begun(ax, 1.2 + 2.1 * last, 0.6 + 2.4 * rows)
        ax.set_axis_off()
        for row, (pictures, first, letter) in enumerate([(self.activations, 1, "a"), (self.errors, 2, "δ")][:rows]):
            for place, picture in enumerate(pictures):
                layer = first + place
                bars = layer == last and len(self.outputs) <= _FEW
                left = 0.32 if bars else 0.1  # of bars, for their names
                size = (0.94 - left) / last, 0.74 / rows
                inset = ax.inset_axes(((layer - 1 + left) / last, 1 - (row + 0.86) / rows, *size))
                (self._bars if bars else self._map)(inset, picture, letter)
                inset.set_title(
                    f"{letter}{_raised(layer)}", fontsize="medium", color=LIGHT["a" if letter == "a" else "d"]
                )
        if self.label is not None and self.answer is not None:
            said = phrase(
                "the answer is {answer}, and right is {label}",
                answer=self.outputs[self.answer],
                label=self.outputs[self.label],
            )
            ax.set_title(said, fontsize="medium")
        return self._ended()

    def _map(self, ax: Any, picture: Array, letter: str) -> None:
        """Numbers as a picture in the colors of their sign."""
        signs = letter == "δ" or float(np.nanmin(picture)) < 0
        top = float(np.nanmax(np.abs(picture))) or 1.0
        ramp, low = ("diverging", -top) if signs else ("sequential", 0.0)
        ax.imshow(picture, cmap=_ramp(ramp), vmin=low, vmax=top, interpolation="nearest")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_facecolor(LIGHT["line"])
        for spine in ax.spines.values():
            spine.set_color(LIGHT["line2"])

    def _bars(self, ax: Any, picture: Array, letter: str) -> None:
        """Numbers of the outputs as bars, with their names."""
        numbers = picture.reshape(-1)[: len(self.outputs)]
        color = LIGHT["a" if letter == "a" else "d"]
        ax.barh(range(len(numbers)), numbers, color=color)
        ax.axvline(0, color=LIGHT["line2"], linewidth=0.8)
        ax.set_yticks(range(len(numbers)), self.outputs, fontsize="small")
        ax.invert_yaxis()
        ax.tick_params(axis="x", labelsize="small")
        ax.locator_params(axis="x", nbins=3)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)


def _picture(explanation: Explanation, symbol: str, layer: int) -> Array:
    """The numbers of a layer on the example as rows and columns: an image as it lies, maps side by side, neurons in a block."""
    numbers = np.asarray(explanation.of_example(symbol), float).reshape(-1)
    maps = explanation.maps(layer)
    if maps is None and layer == 1 and explanation.image is not None:
        image = np.squeeze(np.asarray(explanation.image))
        maps = (1, *image.shape) if image.ndim == 2 and image.size == numbers.size else None
    if maps is None and layer == 1 and numbers.size == 784:
        maps = (1, 28, 28)
    if maps is None:
        across = math.ceil(math.sqrt(numbers.size)) if numbers.size > _COLUMN else 1
        maps = (1, math.ceil(numbers.size / across), across)
        numbers = np.concatenate([numbers, np.full(math.prod(maps) - numbers.size, np.nan)])
    return _page(numbers.reshape(maps), math.ceil(math.sqrt(maps[0])))


def _page(pictures: Array, across: int) -> Array:
    """Pictures in rows, some beside each other, with a gap of NaN between them."""
    count, rows, columns = pictures.shape
    page = np.full((math.ceil(count / across) * (rows + 1) - 1, across * (columns + 1) - 1), np.nan)
    for place, picture in enumerate(pictures):
        y, x = (place // across) * (rows + 1), (place % across) * (columns + 1)
        page[y : y + rows, x : x + columns] = picture
    return page
