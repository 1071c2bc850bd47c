"""The exercises of the page's view Practice, which need no Python: made from a network's derived program, easy ones first.

Their texts are those of the exercises of `chainrule practice` where these hold of any network; what is said of a mistake is what
the engine calls it (`factors.py`). The numbers are the page's own: it computes them when an exercise is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..core.messages import Message, message
from ..exercises import EXERCISES, bug_hunts, dimensions, five_steps, predictions
from ..export.trained import Trained
from ..network.architecture import Architecture
from ..network.description import described
from ..practice.exercise import WRONG_DIMENSIONS
from ..program.symbol_names import RAISED
from ..show.language import languages, translated
from .factors import Lines, forward_said, named_in_python, step_said
from .stored import stored

Json = dict[str, Any]
EXAMPLES = 16
"""How many examples there are where dimensions of several are asked for."""
RATE = 0.5
"""The η of a step by hand."""

_ACTIVATIONS = {"sigmoid", "tanh", "relu", "linear"}


def exercises(trained: Trained) -> Json | None:
    """The exercises of a network.

    Args:
        trained: The network.

    Returns:
        Chapters of exercises, with whose they are; none where its layers are not fully connected, or of users' own functions.
    """
    architecture, distributions = trained.architecture, not trained.numeric
    *hidden, output = architecture.activations
    dense = all(each.kind == "none" and not each.back for each in architecture.stack)
    functions = (
        {*hidden} <= _ACTIVATIONS and output in {*_ACTIVATIONS, "softmax"} and isinstance(architecture.cost, str)
    )
    if not dense or not functions:
        return None
    found: Json | None = stored(
        "practice", lambda: _made(architecture, distributions), described(architecture), distributions
    )
    return found


def _made(architecture: Architecture, distributions: bool) -> Json | None:
    """The exercises of a network of such layers; none where a line of its backward pass is not made by factors."""
    lines = Lines(architecture, distributions)
    if not lines.known:
        return None
    chapters = [
        (dimensions.TITLE, _dimensions(lines)),
        (five_steps.TITLE, _factors(lines)),
        (predictions.TITLE, _ways(lines)),
        (message("Numbers by hand"), _numbers(lines)),
        (bug_hunts.TITLE, _hunts(lines)),
    ]
    return {
        "of": {
            "sizes": list(architecture.sizes),
            "activations": list(architecture.activations),
            "cost": architecture.cost,
        },
        "eta": RATE,
        "printed": lines.printed,
        "backward": [[target, line] for target, line in lines.backward.items()],
        "dimensions": {kind: _in_all(said) for kind, said in WRONG_DIMENSIONS.items()},
        "ways": {way: _in_all(said) for way, said in predictions.WAYS.items()},
        "chapters": [{"title": _in_all(title), "tasks": list(tasks)} for title, tasks in chapters],
    }


def _in_all(said: Message) -> dict[str, str]:
    """A text in all languages; one with places that are not filled stays a template."""
    return {code: translated(said, code) for code in languages()}


def _task(kind: str, name: str, symbol: str, step: int, why: Message, hints: Sequence[Message], **rest: Any) -> Json:
    shown = {"kind": kind, "name": name, "symbol": symbol, "step": step}
    return {**shown, "why": _in_all(why), "hints": [_in_all(each) for each in hints], **rest}


def _layer(layer: int) -> str:
    """A layer's number as it stands above a symbol."""
    return f"{layer}".translate(RAISED)


# ---- dimensions ------------------------------------------------------------------------------------------------------

_DOWNHILL = (EXERCISES["update"].hints[0], message("Downhill is minus; the step is η times the gradient."))
_OF_ALL, _OF_ERRORS = EXERCISES["examples"].hints, EXERCISES["errors"].hints
_OUTER = message("A column times a row is a matrix: each number of the column times each number of the row.")


def _dimensions(lines: Lines) -> Iterator[Json]:
    sizes = lines.architecture.sizes
    yield _task(
        "dimensions", "sizes_forward", "z2", 2,
        message("{inputs} numbers go in as a column a¹, and layer 2 has {neurons} neurons.", inputs=sizes[0], neurons=sizes[1]),
        (
            message("z² has one number for each neuron of layer 2, and so has b²."),
            message("In w² a¹ the columns of w² meet the rows of a¹: their numbers must be the same."),
            message("w² has a row for each neuron and a column for each input: {size}.", size=f"{sizes[1]}×{sizes[0]}"),
        ),
        line="z2 = w2 a1 + b2", fill=["z2", "w2", "b2"],
    )  # fmt: skip
    if len(sizes) > 2:
        yield _task(
            "dimensions", "sizes_back", "δ2", 4,
            message("The error of layer 3 comes back through the weights that led there, transposed."),
            (
                _OF_ERRORS[0],
                message("A transposed matrix has its rows and columns exchanged; w³ is {size}.", size=f"{sizes[2]}×{sizes[1]}"),
                message("⊙ multiplies number by number: both sides of it are as large as the result, {size}.",
                        size=f"{sizes[1]}×1"),
            ),
            line=f"δ2 = {lines.backward['δ2']}", fill=["δ2", "w3.T", "δ3", *["s2"] * lines.slope(2)],
        )  # fmt: skip
    yield _task(
        "dimensions", "sizes_gradient", "g_w2", 5,
        message("Each weight has a slope: how the cost changes if it grows a little."),
        (
            _OF_ERRORS[1],
            message("a¹ is a column; transposed it is a row."),
            _OUTER,
        ),
        line="g_w2 = δ2 a1.T", fill=["g_w2", "δ2", "a1.T"],
    )  # fmt: skip
    last = len(sizes)
    yield _task(
        "dimensions", "sizes_batch", "a1", 2,
        message("{count} examples go through the network at once, each as a column of a¹. What grows, and what does not?",
                count=EXAMPLES),
        (
            _OF_ALL[0],
            _OF_ALL[1],
            message("z, a and δ have a column for each example. w, b and their gradients stay as they are."),
        ),
        line="", fill=["a1", "w2", "b2", "z2", f"a{last}", f"δ{last}", "g_b2"], examples=EXAMPLES,
    )  # fmt: skip


# ---- factors ---------------------------------------------------------------------------------------------------------


def _factors(lines: Lines) -> Iterator[Json]:
    sizes = lines.architecture.sizes
    last = len(sizes)
    forward = ("w2 a1", "a1 w2 + b2")
    yield _task(
        "factors", "put_forward", "z2", 2,
        message("Each neuron weighs all inputs, adds them up, and adds its bias."),
        (
            five_steps.EXERCISES[0].hints[0],
            message("A row of w² meets the column a¹, so w² comes first."),
            message("z² = w² a¹ + b²"),
        ),
        target="z2", tiles=["a1", "b2", "+", "w2.T", "w2"], solution="w2 a1 + b2", python="z2 = w2 @ a1 + b2",
        mistakes=_named((each, forward_said(2, each)) for each in forward),
    )  # fmt: skip
    if error := lines.backward.get(f"δ{last}"):
        yield _output_error(lines, last, error)
    if last > 2:
        yield _error_back(lines)
    gradient = ("δ2 a1", "a1.T δ2", "δ2 a2.T", *["δ3 a1.T"] * (last > 2))
    yield _factor_task(
        lines, "put_gradient", "g_w2", 5,
        message("From the error of layer 2 to the slope of the cost at each of its weights."),
        (EXERCISES["layer"].hints[0], _OUTER, message("∂C/∂w² = δ² (a¹)ᵀ")),
        ["a1.T", "*", "δ2", "a1", *["δ3"] * (last > 2), "a2.T"], gradient,
    )  # fmt: skip
    step = ("w2 + η g_w2", "w2 - g_w2", "η g_w2")
    yield _task(
        "factors", "put_step", "w2", 6,
        message("One step of gradient descent: the weights move a little, so that the cost falls. η says how far."),
        (*_DOWNHILL, message("w² ← w² − η ∂C/∂w²")),
        target="w2", tiles=["g_w2", "+", "w2", "η", "-"], solution="w2 - η g_w2", python="w2 = w2 - η * dC_dw2",
        mistakes=_named((each, step_said(2, each)) for each in step),
    )  # fmt: skip


def _factor_task(
    lines: Lines, name: str, target: str, step: int, why: Message, hints: Sequence[Message],
    tiles: Sequence[str], wrong: Sequence[str],
) -> Json:  # fmt: skip
    """A line of the backward pass as an exercise, with what the engine says of wrong ones."""
    solution = lines.backward[target]
    return _task(
        "factors", name, target, step, why, hints, target=target, tiles=list(tiles), solution=solution,
        python=f"{named_in_python(target)} = {lines.python(solution)}",
        mistakes=_named((each, lines.said(target, each)) for each in wrong),
    )  # fmt: skip


def _named(pairs: Any) -> list[list[Any]]:
    """Wrong lines with what is said of them, those that have a name."""
    return [[wrong, said] for wrong, said in pairs if said is not None]


def _output_error(lines: Lines, last: int, error: str) -> Json:
    above, missed = _layer(last), f"a{last}-y"
    if not lines.slope(last):
        sloped = lines.architecture.activations[-1] == "sigmoid"
        hints = (
            message("With this cost the slope of the last activation cancels: the error is only the difference."),
            message("Where the answer is too high, the error is positive."),
            message("δ{l} = a{l} − y", l=above),
        )
        tiles = [f"y-a{last}", *["*", f"s{last}"] * sloped, missed, f"a{last}"]
        wrong = (f"y-a{last}", *[f"{missed} * s{last}"] * sloped)
    else:
        hints = (
            EXERCISES["output_error"].hints[0],
            message("The slope of C at a{l} is a{l} − y; that of the activation at z{l} is σ′(z{l}).", l=above),
            message("δ{l} = (a{l} − y) ⊙ σ′(z{l})", l=above),
        )
        tiles = [f"s{last}", f"y-a{last}", "*", f"a{last}", missed]
        wrong = (f"y-a{last} * s{last}", missed, f"{missed} * a{last}", f"y-a{last}")
    why = message("How far off is each answer, and how strongly does it still react? Here the way back begins.")
    return _factor_task(lines, "put_output_error", f"δ{last}", 3, why, hints, tiles, wrong)


def _error_back(lines: Lines) -> Json:
    slope = lines.slope(2)
    hints = (
        message("δ³ has {from_} numbers, δ² has {to}: which matrix of the weights leads from one to the other?",
                from_=lines.architecture.sizes[2], to=lines.architecture.sizes[1]),
        message("(w³)ᵀ δ³ is the error of a². From a² back to z² it is multiplied by the slope of σ, number by number.")
        if slope
        else message("(w³)ᵀ δ³ is the error of a². From a² back to z² the slope is 1."),
        message("δ² = (w³)ᵀ δ³ ⊙ σ′(z²)") if slope else message("δ² = (w³)ᵀ δ³"),
    )  # fmt: skip
    wrong = ["w3 δ3 * s2", "w3.T δ3", "w3.T δ3 * a2", "δ3 w3.T * s2"] if slope else ["w3 δ3", "δ3 w3.T"]
    tiles = ["w3", *["s2", "*"] * slope, "δ3", "w3.T", *["a2"] * slope]
    why = message(
        "The error of layer 3 flows back through the same weights, and then through the activation of layer 2."
    )
    return _factor_task(lines, "put_error_back", "δ2", 4, why, hints, tiles, wrong)


# ---- which way, and numbers ------------------------------------------------------------------------------------------


def _ways(lines: Lines) -> Iterator[Json]:
    last = len(lines.architecture.sizes)
    foresee = message("{l} has the sign of a{last} − y. A weight's slope is the δ behind it times the activation before it.",
                      l=f"δ{_layer(last)}", last=_layer(last))  # fmt: skip
    yield _task(
        "way", "way_output", f"w{last}", 6,
        message("One step of gradient descent is coming. Foresee it, then look at the numbers."),
        (
            message("Is this answer too high or too low? Too low means that its weighted input should grow."),
            foresee,
            message("Where the answer is too low, weights from neurons that fire move up; where it is too high, down."),
        ),
        layer=last,
    )  # fmt: skip
    if last == 2:
        return
    yield _task(
        "way", "way_hidden", "w2", 6,
        message("Now the weights of the first layer. An input of 0 moves nothing that leads from it."),
        (
            message("The error of the neuron is shown. A weight's slope is this error times the input before it."),
            message("Inputs that are positive keep the sign of the error, an input of 0 makes the slope 0."),
            message("The step goes against the slope: a positive slope moves the weight down."),
        ),
        layer=2,
    )  # fmt: skip
    yield _task(
        "blame", "blame", "δ2", 4,
        message("Which of these neurons gets the largest share of the blame: the largest |δ²|?"),
        (
            message("What comes back to a neuron is (w³)ᵀ δ³; what it passes on is that times its slope."),
            message("A neuron whose slope is nearly 0 passes nearly nothing on, however much comes back to it."),
            message("Multiply the two numbers of each neuron, and compare the sizes without the signs."),
        ),
    )  # fmt: skip


def _numbers(lines: Lines) -> Iterator[Json]:
    last = len(lines.architecture.sizes)
    above, before = _layer(last), _layer(last - 1)
    error = lines.backward.get(f"δ{last}")
    if error:
        sloped = lines.slope(last)
        each = f"a{last}[j]-y[j]"
        wrong = [(f"y-a{last}" + f" * s{last}" * sloped, f"y[j]-a{last}[j]" + f" * s{last}[j]" * sloped)]
        if sloped:
            wrong += [(f"a{last}-y", each), (f"a{last}-y * a{last}", f"{each} * a{last}[j]")]
        yield _task(
            "number", "by_hand_error", f"δ{last}", 3,
            message("The error of one answer, with the numbers of this example."),
            (
                message("First the difference: a − y."),
                message("δ{l} = (a{l} − y) ⊙ σ′(z{l})", l=above) if sloped else message("δ{l} = a{l} − y", l=above),
                message("Put the numbers in, with their signs, and multiply."),
            ),
            target=f"δ{last}[j]", solution=f"{each} * s{last}[j]" if sloped else each,
            given=[f"a{last}[j]", "y[j]", *[f"s{last}[j]"] * sloped],
            mistakes=_named((element, lines.said(f"δ{last}", line)) for line, element in wrong),
        )  # fmt: skip
    if last > 2 and lines.slope(2) and lines.architecture.activations[0] != "relu":  # whose slope is 0 or 1
        wrong = [("w3.T δ3", "e2[n]"), ("w3.T δ3 * a2", "e2[n] * a2[n]")]
        yield _task(
            "number", "by_hand_back", "δ2", 4,
            message("What came back to one neuron of layer 2 is given; which error does it pass on?"),
            (
                message("Its activation has a slope: what comes back is multiplied by it."),
                message("δ² = (w³)ᵀ δ³ ⊙ σ′(z²)"),
                message("Multiply the two numbers."),
            ),
            target="δ2[n]", solution="e2[n] * s2[n]", given=["e2[n]", "s2[n]", "a2[n]"],
            mistakes=_named((element, lines.said("δ2", line)) for line, element in wrong),
        )  # fmt: skip
    weight, own = f"g_w{last}", f"a{last}[j]"
    yield _task(
        "number", "by_hand_slope", weight, 5,
        message("How the cost changes with one weight of the last layer."),
        (
            EXERCISES["layer"].hints[0],
            message("The error is δ{l}, the activation a{before}.", l=above, before=before),
            message("Multiply the two numbers."),
        ),
        target=f"{weight}[j,k]", solution=f"δ{last}[j] * a{last - 1}[k]", given=[f"δ{last}[j]", f"a{last - 1}[k]", own],
        mistakes=_named([(f"δ{last}[j] * {own}", lines.said(weight, f"δ{last} a{last}.T"))]),
    )  # fmt: skip
    w, g = f"w{last}[j,k]", f"{weight}[j,k]"
    wrong = [
        (f"w{last} + η {weight}", f"{w} + η {g}"),
        (f"w{last} - {weight}", f"{w} - {g}"),
        (f"w{last} - η η {weight}", f"{w} - η η {g}"),
        (f"η {weight}", f"η {g}"),
    ]
    yield _task(
        "number", "by_hand_step", f"w{last}", 6,
        message("One step with η = {eta}: what is this weight afterwards?", eta=RATE),
        (*_DOWNHILL, message("Multiply ∂C/∂w by η, and subtract that from w.")),
        target=w, solution=f"{w} - η {g}", given=[w, g, "η"],
        mistakes=_named((element, step_said(last, line)) for line, element in wrong),
    )  # fmt: skip


# ---- bug hunts -------------------------------------------------------------------------------------------------------


def _hunts(lines: Lines) -> Iterator[Json]:
    last = len(lines.architecture.sizes)
    planted: list[tuple[str, str, str, Message]] = [
        ("hunt_dimensions", f"g_w{last}", f"δ{last} a{last}.T",
         message("A gradient is as large as what it is taken of: how large is w{l}?", l=_layer(last))),
    ]  # fmt: skip
    if error := lines.backward.get(f"δ{last}"):
        planted.append(("hunt_sign", f"δ{last}", error.replace(f"a{last}-y", f"y-a{last}"),
                        message("With this program the cost rises at each step.")))  # fmt: skip
    if last > 2 and lines.slope(2):
        planted.append(
            ("hunt_slope", "δ2", "w3.T δ3", message("A neuron that has gone deaf should learn nothing; here it does."))
        )
        if lines.architecture.activations[0] == "sigmoid":
            planted.append(("hunt_where", "δ2", "w3.T δ3 * p2", EXERCISES["hunt_slope"].hints[2]))
    for name, target, wrong, last_hint in planted:
        said = lines.said(target, wrong)
        if said is not None:
            at = lines.printed_at(target)
            yield _task(
                "hunt", name, target, 5 if target.startswith("g") else 3 if target == f"δ{last}" else 4,
                message("One line of this program was changed. Which one is wrong?"),
                (
                    message("The way forward is right. Compare each line of the way back with its step."),
                    last_hint,
                    message("What is wrong first is {symbol}.", symbol=_symbol(target)),
                ),
                target=target, at=at, wrong=wrong, python=f"{named_in_python(target)} = {lines.python(wrong)}", said=said,
            )  # fmt: skip


def _symbol(target: str) -> str:
    return target.replace("g_", "∂C/∂").translate(RAISED)
