"""Sorts the lines of an explanation into the article's five steps and the update, and finds what is known of each: its
meaning, its layer, how much of it is 0, the numbers of the chosen neuron, and the forward equations that it derives from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..calculus import grad
from ..calls.noun import callee
from ..core.nouns import Array, Equation, Program
from ..core.python import functions_of
from ..core.tracing import Spec, trace
from ..dimensions import count_text
from ..network.architecture import Architecture
from ..network.equations import called
from ..network.layers import NetworkError, Parameter
from ..program.formulas import Formula, formulas, symbol_term
from ..run import checked
from ..show.numbers import decimals_of
from .evaluation import Evaluator
from .numbers import Calculator
from .quantities import SLOPE, chosen_by, elements, has_error, normalizes
from .recording import Line, Numbers, Recording, Step
from .windows import kind, pooled_place

Chosen: TypeAlias = "tuple[int, int | tuple[int, ...]]"
"""A layer and a neuron: its number, or in maps also map, row and column."""
Recorded = TypeVar("Recorded", bound=Recording)
_VARIANT = re.compile(r"(?<=[a-z])[_\d]+(?=_adjoint$|$)")
"""What the name of one of several variants of a function has that its source does not."""
_NUMBERED = re.compile(r"_\d+$")
"""Of what a layer computes at one of its places, s3_2."""
LOGITS = "δ_logits"
"""The error of what a softmax makes probabilities of."""


def arranged(made: Recorded, inputs: Program | None = None, neuron: Chosen | None = None) -> Recorded:
    """A recording, or an explanation, with its steps; `inputs` is the program that makes a1 from the images that were given.

    Raises `NetworkError` where there is no such neuron to choose.
    """
    if made.architecture is not None:
        neuron = None if neuron is None else counted(made.architecture, *neuron)
        layer = neuron[0] if neuron is not None else _asked_about(made.architecture)
        made = replace(made, focus=_focus(made.architecture, made, neuron), layer=layer)
    arrangement = _Arrangement(made, {} if made.architecture is None else slopes(made.architecture, made.values))
    fed, costs = arrangement.fed
    given = [arrangement.given(*each) for each in _given(made, inputs)]
    if made.reading is not None:  # what goes in are rows that the tokens choose
        given.append(arrangement.line(fed.pop(0)))
    steps = [Step(1, tuple(given)), Step(2, tuple(map(arrangement.line, fed)))]
    if made.backward is not None:
        third, fourth, fifth = arrangement.split()
        steps.append(Step(3, tuple(map(arrangement.line, [*costs, *third]))))
        steps += [Step(4, tuple(map(arrangement.line, fourth))), Step(5, tuple(map(arrangement.line, fifth)))]
    if made.backward is not None and (made.architecture is not None or made.reading is not None):
        steps.append(Step(6, tuple(_updates(made))))
    return replace(made, steps=tuple(steps))


def _asked_about(architecture: Architecture) -> int:
    """The layer that questions are about: the last hidden one whose neurons are weighted sums, else that of the answers."""
    hidden = max(2, len(architecture.sizes) - 1)
    sums = [
        layer
        for layer in architecture.layers
        if architecture.layer(layer).normalization and len(architecture.examples[layer - 1]) == 1
    ]
    return next((layer for layer in reversed(sums) if layer <= hidden), sums[-1] if sums else hidden)


@dataclass(frozen=True, eq=False)
class _Arrangement:
    """The lines of an explanation's programs, and where each belongs."""

    made: Recording
    slopes: Mapping[str, Array]

    @cached_property
    def forward(self) -> dict[str, Formula]:
        """The lines of the forward program by their symbols."""
        return {formula.target.name: formula for formula in _own(self.made.forward)}

    @cached_property
    def backward(self) -> dict[str, Formula]:
        """The lines that the backward program has beside those."""
        found = () if self.made.backward is None else _own(self.made.backward)
        return {formula.target.name: formula for formula in found if formula.target.name not in self.forward}

    @cached_property
    def calculators(self) -> tuple[Calculator, ...]:
        """What works out numbers: of the backward program, and of the forward one."""
        programs = [each for each in (self.made.backward, self.made.forward) if each is not None]
        return tuple(Calculator(each, self.made.values) for each in programs)

    @cached_property
    def fed(self) -> tuple[list[str], list[str]]:
        """The lines of the feedforward pass, and after the outputs those of the cost."""
        names = list(self.forward)
        end = f"a{len(self.made.sizes)}" if self.made.reading is None else "p"
        cut = names.index(end) + 1 if end in names else len(names)
        return names[:cut], names[cut:]

    def split(self) -> tuple[list[str], list[str], list[str]]:
        """The backward lines of the output error, of the errors before it, and of the gradients.

        The first error δ ends the third step, or that of the logits. A helper line stands in the step of the first line that
        uses it.
        """
        errors = [name for name in self.backward if _subject(name, self.made) and not name.startswith("dC_d")]
        end = next((at + 1 for at, name in enumerate(errors) if name != SLOPE), 0)
        if LOGITS in errors:
            end = errors.index(LOGITS) + 1
        placed: set[str] = set()

        def with_helpers(names: Iterable[str]) -> Iterator[str]:
            for name in names:
                waiting = [each for each in _used(self.backward[name]) if each in self.backward and each not in placed]
                yield from with_helpers(each for each in waiting if not _subject(each, self.made))
                if name not in placed:
                    placed.add(name)
                    yield name

        gradients = [name for name in self.backward if name.startswith("dC_d")]
        third, fourth, fifth = (list(with_helpers(names)) for names in (errors[:end], errors[end:], gradients))
        return third, fourth, fifth

    def line(self, name: str) -> Line:
        """A line with all that is known of it."""
        formula = self.forward.get(name) or self.backward[name]
        numbers = tuple(found for at in _indices(self.made, name) for found in self._numbers(name, at))
        line = self.given(name, self._meaning(name), formula)
        return replace(line, zeros=_share(self._zero(name)), numbers=numbers, forward=self._origin(name))

    def given(self, name: str, meaning: str, formula: Formula | None) -> Line:
        """A line of what is given."""
        value = self.made.values[name]
        return Line(name, meaning, self.made.layer_of(name), formula, value, _share(value == 0))

    def _zero(self, name: str) -> NDArray[np.bool_]:
        """Which elements of a value are 0, and not by rounding alone."""
        made = self.made
        layer = len(made.sizes) if name == SLOPE else made.layer_of(name)
        zero = np.asarray(made.values[name] == 0)
        if made.architecture is None or not layer or (layer > 1 and normalizes(made, layer)):
            return zero
        if (
            name == f"dC_dw{layer}"
            and zero.ndim == 2
            and made.values[f"δ{layer}"].ndim == 2 == made.values[f"a{layer - 1}"].ndim
        ):
            error, before = (~self._zero(each) for each in (f"δ{layer}", f"a{layer - 1}"))
            return ~(error @ before.T)  # a sum of products, of which one is not 0
        if name not in (f"a{layer}", f"δ{layer}", f"dC_db{layer}", SLOPE):
            return zero
        rounded = self._rounded(layer)
        if rounded.shape != zero.shape:  # a sum over the batch
            axes: tuple[int, ...] = {2: (1,), 3: (0, 1), 4: (0, 2, 3)}[zero.ndim]
            rounded = np.any(rounded, axis=axes, keepdims=True)
        return zero & ~rounded

    def _rounded(self, layer: int) -> NDArray[np.bool_]:
        """Where the slope of a layer's activation is never 0 but too small for a float."""
        architecture = self.made.architecture
        assert architecture is not None
        activation = architecture.layer(layer).applied if layer > 1 else None
        slope = self.slopes.get(f"z{layer}")
        if activation is not None and not activation.elementwise:
            return np.ones(self.made.values[f"a{layer}"].shape, bool)
        if activation is not None and activation.never_flat and slope is not None:
            return np.asarray(slope == 0)
        return np.zeros(self.made.values[f"a{layer}"].shape, bool)

    def _numbers(self, name: str, index: tuple[int, ...]) -> Iterator[Numbers]:
        for calculator in self.calculators:
            if name in calculator.equations:
                yield calculator.numbers(name, index)
                return
        if name == "C":
            (output,) = self.made.forward.outputs
            calculator = self.calculators[-1]
            yield calculator.worked(calculator.equations[str(getattr(output, "name", ""))], "C", index)

    def _meaning(self, name: str) -> str:
        """What it stands for: a key of `outline.MEANINGS`, or words of its layer's own."""
        if name == "C":
            return "cost" if self.made.architecture is not None else "result"
        if name == SLOPE:
            return "slope of cost"
        if self.made.architecture is None:
            return "gradient" if name.startswith("dC_d") else "error" if name.startswith("δ") else "own"
        known = self.meanings.get(name) or self.meanings.get(_NUMBERED.sub("", name))
        return known or ("error" if name.startswith("δ_") else "helper" if name in self.helpers else "own")

    @cached_property
    def helpers(self) -> set[str]:
        """The symbols that have no name of their own, but a line."""
        programs = [each for each in (self.made.forward, self.made.backward) if each is not None]
        targets = (target for program in programs for each in program.equations for target in each.targets)
        return {target.name for target in targets if target.kind == "temporary"}

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What a network's symbols stand for."""
        architecture = self.made.architecture
        assert architecture is not None
        found = {f"dC_d{each.name}": f"gradient of {each.role}" for each in _learned(architecture)}
        for number, layer in zip(architecture.layers, architecture.stack, strict=True):
            found |= {f"a{number}": "activation", f"z{number}": "weighted input", f"δ{number}": "hidden error"}
            found |= {f"{name}{number}": words for name, words in layer.within.items()}
        last = len(architecture.sizes)
        return found | {f"δ{last}": "output error", f"a{last}": "answer"}

    def _origin(self, name: str) -> tuple[str, ...]:
        """The forward lines of which a backward line is the derivative: those on the way from its symbol to the symbols
        whose errors it is made of, or to C."""
        subject = _subject(name, self.made)
        if name not in self.backward or not subject:
            return ()
        ends = {_subject(each, self.made) for each in self._errors(name)} or {"C"}
        reached, ancestors = {subject}, set(ends)
        for each, formula in self.forward.items():
            if reached & set(_used(formula)):
                reached.add(each)
        for each in reversed(list(self.forward)):
            if each in ancestors:
                ancestors |= set(_used(self.forward[each]))
        return tuple(each for each in self.forward if each in (reached - {subject}) & ancestors)

    def _errors(self, name: str) -> set[str]:
        """The errors that a line is made of, through helper lines too."""
        found: set[str] = set()
        for used in _used(self.backward[name]):
            if used in self.backward:
                found |= {used} if _subject(used, self.made) else self._errors(used)
        return found


def _own(program: Program) -> Iterator[Formula]:
    """The lines of a program, without those of the functions that it calls."""
    program = _plainly_named(program)
    found, called = formulas(program), {each.name for each in functions_of(program)}
    inner = max((at + 1 for at, formula in enumerate(found) if formula.target.name in called), default=0)
    yield from found[inner:]


def _plainly_named(program: Program) -> Program:
    """A program to show, which calls functions as its source does: the second variant of a softmax is a softmax, too."""

    def called(equation: Equation) -> Equation:
        if (function := callee(equation)) is None:
            return equation
        plain = replace(function, name=_VARIANT.sub("", function.name))
        return replace(equation, params=(("body", plain),))

    return replace(program, equations=tuple(map(called, program.equations)))


def _used(formula: Formula) -> list[str]:
    return [term.name for term in formula.terms if term.kind == "symbol"]


def _subject(name: str, made: Recording) -> str:
    """The symbol whose error or gradient this one is: z3 of δ3, w2 of ∂C/∂w²; nothing where it is neither."""
    if name == SLOPE:
        return f"a{len(made.sizes)}"
    if name.startswith("dC_d"):
        return name[4:]
    if name.startswith("δ_"):
        return name[2:]
    layer = made.layer_of(name)
    if made.architecture is not None and name == f"δ{layer}":
        return f"z{layer}" if f"z{layer}" in made.values else f"a{layer}"
    return ""


def _given(made: Recording, inputs: Program | None) -> Iterator[tuple[str, str, Formula | None]]:
    """What goes in: the arguments of a function, of a small GPT without its weights; a1, made of the image, and y."""
    if inputs is None:
        learned = () if made.reading is None else made.reading.weights
        yield from ((each.name, "argument", None) for each in made.forward.inputs if each.name not in learned)
        return
    yield "a1", "input", next(iter(formulas(inputs)), None)
    if made.backward is not None:
        yield "y", "desired", None


def _share(holds: NDArray[np.bool_]) -> float:
    return float(np.mean(holds)) if holds.size else 0.0


# ---- neurons ---------------------------------------------------------------------------------------------------------


def _focus(architecture: Architecture, made: Recording, chosen: tuple[int, int] | None) -> tuple[tuple[int, int], ...]:
    """The neuron of each layer that the numbers are of: with the largest error, or activation; of the last the answer."""
    if chosen is not None:
        require_neuron(architecture, *chosen)
    found: dict[int, int] = {}
    for layer in architecture.layers:
        if chosen is not None and layer == chosen[0]:
            found[layer] = chosen[1]
        elif layer - 1 in found and (reached := pooled_place(made, layer, found[layer - 1])) is not None:
            found[layer] = reached
        else:
            found[layer] = int(np.argmax(np.abs(made.of_example(chosen_by(made, layer)))))
    return tuple(found.items())


def counted(architecture: Architecture, layer: int, neuron: int | tuple[int, ...]) -> tuple[int, int]:
    """A layer and the number of its neuron, which may be told by map, row and column.

    Raises `NetworkError` where there is no such place.
    """
    if isinstance(neuron, int):
        return layer, neuron
    if len(neuron) == 1:
        return layer, neuron[0]
    require_neuron(architecture, layer, 0)
    maps = architecture.examples[layer - 1]
    if len(neuron) != len(maps) or not all(0 <= at < size for at, size in zip(neuron, maps, strict=True)):
        raise NetworkError(
            "Layer {layer} has {sizes} for each example, and no place {place}.",
            layer=layer, sizes=count_text(maps), place=",".join(map(str, neuron)),
        )  # fmt: skip
    return layer, int(np.ravel_multi_index(neuron, maps))


def require_neuron(architecture: Architecture, layer: int, neuron: int) -> None:
    """Raise `NetworkError` where there is no such neuron with weights: layers from 2, neurons from 0."""
    last = len(architecture.sizes)
    if not 2 <= layer <= last:
        raise NetworkError(
            "There is no layer {layer} to choose a neuron from; choose from 2 to {last}.", layer=layer, last=last
        )
    if not 0 <= neuron < architecture.sizes[layer - 1]:
        raise NetworkError(
            "Layer {layer} has no neuron {neuron}; it has 0 to {last}.",
            layer=layer,
            neuron=neuron,
            last=architecture.sizes[layer - 1] - 1,
        )


def require_sum(made: Recording, layer: int) -> None:
    """Raise `NetworkError` where the neurons of a layer are no weighted sums of the activations before it."""
    assert made.architecture is not None
    if not made.architecture.layer(layer).normalization and kind(made, layer) != "convolution":
        raise NetworkError(
            "Layer {layer} computes {name}, which is no weighted sum of activations; ask about another layer.",
            layer=layer,
            name=made.architecture.layer(layer).name,
        )
    if made.places(layer):
        raise NetworkError(
            "Layer {layer} has a sum for each place of a sequence; questions are about columns and images, ask about another "
            "layer.",
            layer=layer,
        )


def require_error(made: Recording, layer: int) -> None:
    """Raise `NetworkError` where nothing up to a layer learns, so that its error is not computed."""
    if not has_error(made, layer):
        raise NetworkError(
            "Layer {layer} has no error here, since no layer up to it learns anything; ask about a later one.",
            layer=layer,
        )


def slopes(architecture: Architecture, values: Mapping[str, Array]) -> dict[str, Array]:
    """The slope of each neuron's activation, under the names of z and a; none for softmax, whose neurons share one."""
    found: dict[str, Array] = {}
    for layer in architecture.layers:
        activation = architecture.layer(layer).applied
        if not activation.elementwise or f"z{layer}" not in values:
            continue
        function: Callable[[Any], Any] = activation.function
        slope = grad(lambda z, function=function: np.sum(function(z)))(np.array(values[f"z{layer}"]))
        found[f"z{layer}"] = found[f"a{layer}"] = slope
    return found


def _indices(made: Recording, name: str) -> list[tuple[int, ...]]:
    """The same elements by their numbers."""
    given = Evaluator({**made.values, **made.facts})
    return [
        tuple(int(given.value(each)) for each in index) for shown, index in elements(made, name) if given.value(shown)
    ]


# ---- the update ------------------------------------------------------------------------------------------------------


def _updates(made: Recording) -> Iterator[Line]:
    """w ← w − (η/m) ∂C/∂w, of every parameter that is learned."""
    for name, layer, role in _learns(made):
        gradient = f"dC_d{name}"
        program = _update_program(name, gradient, made)
        values = {name: made.values[name], gradient: made.values[gradient], "η": np.asarray(made.learning_rate, float)}
        every = checked.values(program, list(values.values()))
        value = every[program.equations[-1].target.name]
        value.flags.writeable = False
        (formula,) = formulas(program)
        python = f"{name}{formula.python.removeprefix(program.name)}"
        shift = len(name) - len(program.name)
        places = tuple(replace(each, column=each.column + shift * bool(each.column)) for each in formula.places)
        places = (replace(places[0], name=name), *places[1:])
        formula = replace(
            formula, target=symbol_term(name, formula.target.shape or ()), python=python, places=places, sign="←"
        )
        element = _indices(made, gradient)[0]
        equation = program.equations[-1]
        old, change = (getattr(each, "name", "") for each in equation.inputs)
        names = (old, change, equation.target.name)
        decimals = dict.fromkeys(names, max(decimals_of(float(every[each][element])) for each in names))
        numbers = Calculator(program, every).worked(equation, name, element, decimals)
        yield Line(name, f"new {role}", layer, formula, value, _share(value == 0), (numbers,), (gradient,))


def _learns(made: Recording) -> Iterator[tuple[str, int, str]]:
    """Each parameter that is learned, its layer and its role; of a small GPT the one that is followed first."""
    if made.reading is not None:
        yield from ((name, 0, "weight") for name in reversed(made.reading.weights))
    else:
        assert made.architecture is not None
        yield from ((each.name, each.layer, each.role) for each in _learned(made.architecture))


def _learned(architecture: Architecture) -> list[Parameter]:
    return [each for each in architecture.parameters if each.meaning.learned]


def _update_program(name: str, gradient: str, made: Recording) -> Program:
    m = made.m

    def update(w: Array, g: Array, eta: float) -> Array:
        return w - eta * g if m == 1 else w - eta / m * g

    shape = made.values[name].shape if made.architecture is None else made.architecture.shapes[name]
    specs = [Spec(shape), Spec(shape), Spec(())]
    return trace(called(update, "update", [name, gradient, "η"]), specs, loops=False)
