"""A small GPT that has learned: it writes text, and it is kept in a safetensors file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..calculus import compile
from ..calculus.compiled import Compiled
from ..core.dims import shape_text
from ..data.errors import DataError
from ..exchange import safetensors
from ..exchange.errors import FileFormatError
from ..loops.steps import steps
from ..training.settings import require_number
from .model import BLOCK, WEIGHTS, Array, cost, first_weights, probabilities
from .text import MOST_LETTERS, Letters

if TYPE_CHECKING:  # what is imported where it is used: not every program asks for it
    from ..explain.explanation import Explanation

FORMAT = "chainrule gpt"
END = "·"
"""The token that begins and ends a text, as it is shown."""
_SHOWN = {" ": "␣"}
_LARGEST = 2**23  # bytes of a file with the most letters, and some more


@cache
def _next() -> Compiled[Array]:
    return compile(probabilities)


def _costs(weights: Any, tokens: Array, targets: Array, share: Array) -> Array:
    found = np.zeros(len(tokens), share.dtype)
    for row in steps(len(tokens)):
        found[row] = cost(*(*weights, tokens[row], targets[row], share[row]))
    return found


@cache
def _costs_at_once() -> Compiled[Array]:
    return compile(_costs)


def costs_of(weights: Sequence[Array], tokens: Array, targets: Array, share: Array) -> Array:
    """The cost of each row of tokens, as `Letters.pieces` gives them: the mean of −ln p of what does come next.

    Args:
        weights: The arrays of `WEIGHTS`.
        tokens: n × 16.
        targets: n × 16.
        share: n × 16.

    Returns:
        n costs.
    """
    return _costs_at_once()(weights, tokens, targets, share.astype(weights[0].dtype))


@dataclass(frozen=True)
class GPT:
    """A small GPT: the letters that it knows, and its weights in the order of `WEIGHTS`.

    Examples:
        >>> from chainrule.gpt.learning import learn
        >>> gpt = learn(["anna", "hanna", "susanna"] * 10, 500).gpt
        >>> gpt.write(2, start="han")
        ['hanna', 'hanna']
    """

    letters: Letters
    weights: tuple[Array, ...]

    def probabilities(self, text: str) -> Array:
        """How probable each token is to follow a beginning: the letters, and last the end.

        Args:
            text: The beginning of a document; of a long one, the last letters count.

        Returns:
            One number for each token, 1 in sum.

        Raises:
            DataError: A letter is unknown.
        """
        given = self.letters.tokens(text)[-BLOCK:]
        tokens = np.full(BLOCK, self.letters.end)
        tokens[: len(given)] = given
        return _next()(*self.weights, tokens)[len(given) - 1]

    def write(
        self, count: int = 20, *, start: str = "", temperature: float = 0.5, longest: int = BLOCK - 1, seed: int = 0
    ) -> list[str]:
        """Write documents letter by letter, each drawn as probable as it is.

        Args:
            count: How many.
            start: How each begins.
            temperature: Above 0: below 1, probable letters are drawn even more often.
            longest: The most letters of a document.
            seed: The seed of what is drawn.

        Returns:
            The documents.

        Raises:
            DataError: A letter of `start` is unknown, or the temperature is not above 0.
        """
        if not temperature > 0:
            raise DataError("The temperature is {temperature}; it must be above 0.", temperature=temperature)
        random = np.random.default_rng(seed)
        return [self._one(start, temperature, longest, random) for _ in range(count)]

    def _one(self, text: str, temperature: float, longest: int, random: np.random.Generator) -> str:
        while len(text) < longest:
            p = np.maximum(self.probabilities(text).astype(np.float64), 1e-300) ** (1 / temperature)
            token = int(random.choice(len(p), p=p / np.sum(p)))
            if token == self.letters.end:
                break
            text += self.letters.all[token]
        return text

    def cost(self, line: str) -> float:
        """How far the network is from having written a line: the mean of −ln p of its letters and its end.

        Args:
            line: The document.

        Returns:
            The cost, in nats a letter.

        Raises:
            DataError: A letter is unknown.
        """
        self.letters.tokens(line)
        pieces = self.letters.pieces([line])
        sizes = np.count_nonzero(pieces[2], axis=1)
        return float(np.average(costs_of(self.weights, *pieces), weights=sizes))

    def explain(self, line: str, *, learning_rate: float = 0.1) -> Explanation:
        """Explain how the network reads a line, and the five steps of backpropagation on it, in float64.

        Args:
            line: The text; of a longer one, the first 16 letters.
            learning_rate: The η of the update.

        Returns:
            The explanation, with every letter, every number and every dimension; print it to read it.

        Raises:
            DataError: A letter is unknown.
            SettingsError: The learning rate is not above 0.
        """
        require_number("learning_rate", learning_rate, "above 0, such as 0.1", zero=False)
        self.letters.tokens(line)
        tokens, targets, share = (each[0] for each in self.letters.pieces([line]))
        used = share > 0
        shown = (*(_SHOWN.get(letter, letter) for letter in self.letters.all), END)
        seen, following = (tuple(shown[token] for token in each[used]) for each in (tokens, targets))
        from ..explain.record import of_text
        from ..explain.recording import Reading

        reading = Reading(line, seen, following, shown, WEIGHTS)
        return of_text(cost, (*self.weights, tokens[used], targets[used], share[used]), reading, learning_rate)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Keep the network in a safetensors file.

        Args:
            path: The file to write; an existing one is replaced.

        Raises:
            FileFormatError: A weight is not finite.
            OSError: The file cannot be written.
        """
        about = {"format": FORMAT, "version": "1", "letters": json.dumps(self.letters.all)}
        safetensors.write(path, dict(zip(WEIGHTS, self.weights, strict=True)), about)


def load(path: str | os.PathLike[str]) -> GPT:
    """A small GPT out of its file.

    Args:
        path: A file that `GPT.save` wrote.

    Returns:
        The network.

    Raises:
        FileFormatError: The file is missing, damaged, or something else.
    """

    def accept(names: list[str], about: dict[str, str]) -> None:
        if about.get("format") != FORMAT or about.get("version") != "1" or sorted(names) != sorted(WEIGHTS):
            raise FileFormatError(
                "{path} holds no small GPT; give a file that `chainrule train --gpt` saved.", path=path
            )

    tensors, about = safetensors.read(path, limit=_LARGEST, accept=accept)
    letters = Letters(_letters(about, path))
    for name, like in zip(WEIGHTS, first_weights(letters.end + 1, np.random.default_rng(0)), strict=True):
        if tensors[name].shape != like.shape or tensors[name].dtype.kind != "f":
            raise FileFormatError(
                "{path}: {name} is {found}, and should be {right}.",
                path=path,
                name=name,
                found=shape_text(tensors[name].shape),
                right=shape_text(like.shape),
            )
    return GPT(letters, tuple(np.asarray(tensors[name], np.float32) for name in WEIGHTS))


def _letters(about: Mapping[str, str], path: object) -> str:
    try:
        found = json.loads(about.get("letters", ""))
    except ValueError:
        found = None
    if not isinstance(found, str) or not 0 < len(found) <= MOST_LETTERS or len(set(found)) < len(found):
        raise FileFormatError("{path} is damaged: its letters are not a text in which each occurs once.", path=path)
    return found
