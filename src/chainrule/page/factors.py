"""Lines of a network's derivative as factors that can be put in order, and what the engine of practice says of a wrong line.

A line is written as its factors with spaces between them: `w3.T δ3 * s2` is (w³)ᵀ δ³ ⊙ σ′(z²). Two factors side by side are a
matrix product, or a product with η; `*` is ⊙, the product number by number. Beside the names of the derived program there are
`s2` for σ′(z²), `p2` for σ′(a²), `a3-y` for (a³ − y), and `g_w2` for ∂C/∂w². `front/expression.js` computes with the same text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.python import function_text
from ..exercises import EXERCISES
from ..network.architecture import Architecture, stacked
from ..network.equations import called, feedforward, programs
from ..practice.forms import Derivative, derivative_of, values_of
from ..practice.judging import Judge
from ..program.sizes.text import without_checks
from ..program.symbol_names import RAISED, symbol_text
from ..show.language import languages, translated

_SIZE = 3  # of all layers of the network on which mistakes are named, so that a matrix that is not transposed gives numbers, too
_HEAD = "\ndef "
_OF_OUTPUTS = "(a{0} * (1 - a{0}))"  # the slope of σ, where the cost has taken it out of the derivative


class Lines:
    """The lines of the backward pass of a fully connected network.

    Attributes:
        architecture: Its layers.
        printed: The derived program's own lines, with their dimensions.
        backward: The lines as factors, by what they make; what is made in another way than by factors is not among them.
    """

    @without_checks()
    def __init__(self, architecture: Architecture, distributions: bool):
        self.architecture = architecture
        program = programs(architecture.whole, 1, training=False, distributions=distributions).backprop
        self.printed = [
            line.strip()
            for line in _body("\n" + function_text(program))
            if "=" in line and not line.strip().startswith("#")
        ]
        self._slopes: dict[int, str] = {}
        self._known_mistakes: dict[tuple[str, str], dict[str, str] | None] = {}
        self.backward = dict(self._recognized(distributions))

    @property
    def known(self) -> bool:
        """Whether all errors and gradients behind the last layer are made by factors."""
        last = len(self.architecture.sizes)
        errors = {f"δ{layer}" for layer in range(2, last)}
        return {*errors, *(f"g_w{layer}" for layer in range(2, last + 1))} <= self.backward.keys()

    def slope(self, layer: int) -> bool:
        """Whether the derivative has the slope of this layer's activation as a factor."""
        return layer in self._slopes

    def _recognized(self, distributions: bool) -> Any:
        last = len(self.architecture.sizes)
        for line in self.printed:
            target, _, right = _code(line).partition(" = ")
            match = re.fullmatch(r"(?:δ|dC_d([wb]))(\d+)", target)
            if match is None:
                continue
            kind, layer = match[1] or "δ", int(match[2])
            straight = {
                "δ": f"a{last}-y" if layer == last else f"w{layer + 1}.T δ{layer + 1}",
                "w": f"δ{layer} a{layer - 1}.T",
                "b": f"δ{layer}",
            }[kind]
            if kind == "δ":
                before, times, slope = right.partition(") * ")
                if times and f"{before})" == f"({python(straight)})":
                    self._slopes[layer] = slope
                    straight += f" * s{layer}"
            if self.python(straight) == right:
                yield target.replace("dC_d", "g_"), straight

    def python(self, line: str) -> str:
        """A line of factors as Python."""
        return python(line, self._slopes)

    def printed_at(self, target: str) -> int:
        """Which of the printed lines makes a symbol."""
        name = named_in_python(target)
        return next(at for at, line in enumerate(self.printed) if line.startswith(f"{name} = "))

    @functools.cached_property
    def _judge(self) -> Judge:
        hidden = self.architecture.activations[:-1]
        small = stacked(
            [_SIZE] * len(self.architecture.sizes), list(hidden) or "sigmoid", self.architecture.activations[-1],
            self.architecture.cost,
        )  # fmt: skip
        names = [*(each.name for each in small.parameters), "a1", "y"]

        def cost(*given: Any) -> Any:
            values = dict(zip(names, given, strict=True))
            return small.declared_cost.function(feedforward(small, values, values["a1"]), values["y"])

        random = np.random.default_rng(2)
        arguments = [random.standard_normal(shape) for shape in small.shapes.values()]
        y = random.random((_SIZE, _SIZE))
        ends = [random.standard_normal((_SIZE, _SIZE)), y / y.sum(axis=0)]
        return Judge(_two_forms, called(cost, "cost", names), [*arguments, *ends], names[:-2])

    def said(self, target: str, wrong: str) -> dict[str, str] | None:
        """What the engine calls the mistake of a line, by language; none where it has no name for it."""
        if (target, wrong) not in self._known_mistakes:
            self._known_mistakes[target, wrong] = self._named(target, wrong)
        return self._known_mistakes[target, wrong]

    def _named(self, target: str, wrong: str) -> dict[str, str] | None:
        text = str(self._judge.derivative.forms[0].program).replace("δ_z", "δ")
        last = len(self.architecture.sizes)
        straight = self.architecture.activations[-1] == "linear"  # so that a of the last layer is z
        text = text.replace(f"δ_a{last}", f"δ{last}") if straight else text
        said = _said(self._judge, _replaced(text, named_in_python(target), self.python(wrong)))
        error, right = f"∂C/∂a{last}".translate(RAISED), f"δ{last}".translate(RAISED)
        return {code: each.replace(error, right) for code, each in said.items()} if said and straight else said


def _two_forms(*given: Any) -> Derivative:
    """A derivative in the forms that name all mistakes of one line: the others take time, and name several at once."""
    found = derivative_of(*given)
    return replace(found, forms=found.forms[:2])


def forward_said(layer: int, wrong: str) -> dict[str, str] | None:
    """What the engine says of a wrong line for z of a layer, by language."""
    judge = _forward_judge()
    plain = re.sub(r"(?<=[wba])\d", "", wrong)  # of the exercise, which has one layer
    said = _said(judge, _replaced(str(judge.derivative.forms[0].program), "z", python(plain)))
    raised = {"w": f"w{layer}", "b": f"b{layer}", "a": f"a{layer - 1}", "z": f"z{layer}"}
    return _renamed(said, raised)


def step_said(layer: int, wrong: str) -> dict[str, str] | None:
    """What the engine says of a wrong step of a layer's weights, by language."""
    judge = EXERCISES["update"].judge
    right = python(wrong.replace(f"g_w{layer}", "dw").replace(f"w{layer}", "w").replace("η", "eta"))
    said = _said(judge, _replaced(str(judge.derivative.forms[0].program), "new_w", right))
    return _renamed(said, {"new_w": f"w{layer}", "w": f"w{layer}", "dw": f"dC_dw{layer}", "eta": "η"})


def python(line: str, slopes: Mapping[int, str] | None = None) -> str:
    """A line of factors as Python.

    >>> python("w3.T δ3 * a2"), python("w2 - η g_w2")
    ('(w3.T @ δ3) * a2', 'w2 - η * dC_dw2')
    """

    def factor(text: str) -> str:
        if found := re.fullmatch(r"([sp])(\d+)", text):
            slope = (slopes or {}).get(int(found[2])) or _OF_OUTPUTS.format(found[2])
            return slope.replace(f"(z{found[2]})", f"(a{found[2]})") if found[1] == "p" else slope
        return f"({text.replace('-', ' - ')})" if "-" in text else named_in_python(text)

    def product(text: str) -> str:
        factors = [factor(each) for each in text.split(" ")]
        return (" * " if text.startswith(("η", "eta")) else " @ ").join(factors)

    sums = []
    for part in re.split(r" (?=[+-] )", line):
        sign, text = (part[:2], part[2:]) if part[:2] in ("+ ", "- ") else ("", part)
        products = [product(each) for each in text.split(" * ")]
        bracketed = [f"({each})" if " @ " in each and len(products) > 1 else each for each in products]
        sums.append(sign + " * ".join(bracketed))
    whole = " ".join(sums)
    return whole[1:-1] if re.fullmatch(r"\([^()]*\)", whole) else whole


def named_in_python(text: str) -> str:
    """A factor as the derived program calls it: `g_w2` is dC_dw2."""
    return text.replace("g_", "dC_d")


def _code(line: str) -> str:
    return line.partition("  # ")[0].rstrip()


def _body(text: str) -> list[str]:
    """The lines of a program's last function."""
    return text[text.rindex(_HEAD) :].splitlines()


def _replaced(text: str, name: str, right: str) -> str:
    """A program's text with another right side in one line."""
    return re.sub(rf"^    {name} = .*$", lambda _: f"    {name} = {right}", text, count=1, flags=re.MULTILINE)


@functools.cache
def _forward_judge() -> Judge:
    random = np.random.default_rng(2)
    return Judge(values_of, EXERCISES["forward"].function, [random.standard_normal((_SIZE, _SIZE)) for _ in "wba"])


def _said(judge: Judge, source: str) -> dict[str, str] | None:
    scope: dict[str, Any] = {}
    exec(source, scope)  # a derived program with one of its lines changed
    functions: list[Callable[..., Any]] = [each for each in scope.values() if callable(each)]
    mistakes = judge.verdict(functions[-1]).mistakes
    return {code: _mathematical(translated(mistakes[0].said, code)) for code in languages()} if mistakes else None


def _renamed(said: dict[str, str] | None, names: Mapping[str, str]) -> dict[str, str] | None:
    def other(found: re.Match[str]) -> str:
        return symbol_text(names[found[0]])

    any_of = re.compile(rf"(?<![A-Za-z_])(?:{'|'.join(sorted(names, key=len, reverse=True))})(?![A-Za-z_⁰-⁹²³])")
    return (
        None if said is None else {code: any_of.sub(other, text).replace("η * ", "η ") for code, text in said.items()}
    )


_SYMBOL = re.compile(r"dC_d[wb]\d+|δ_([za])(\d+)|(?<![A-Za-z_])[wbzaδ]\d+")


def _mathematical(text: str) -> str:
    """A sentence of the engine with its symbols as mathematics writes them."""

    def symbol(found: re.Match[str]) -> str:
        if not found[1]:
            return symbol_text(found[0])
        layer = found[2].translate(RAISED)
        return f"δ{layer}" if found[1] == "z" else f"∂C/∂a{layer}"

    return _SYMBOL.sub(symbol, text).replace(".T", "ᵀ").replace("sigmoid_prime(", "σ′(").replace("sigmoid(", "σ(")
