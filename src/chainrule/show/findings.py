"""Findings in words: what is wrong, with the numbers that were measured, what to do about it, and what a trial of that gave."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.messages import Message, listed, message
from ..training.diagnosis import Finding, Tried
from .language import SOURCE, Language, filled, translated
from .numbers import rounded

_FEW = 3  # of more classes not every slope is said
_FULL_STOP = message(".")

SENTENCES: Mapping[str, Message] = {
    "rows-alike": message("All {rows:,} rows of the inputs are the same: nothing tells one from another."),
    "constant-inputs": message(
        "{count} of the input columns ({columns}, counted from 0) always have the same value, such as {value:.3g}, and"
        " outweigh all others: they tell nothing, and a step that suits them is too short for the rest."
    ),
    "units": message(
        "The input columns are of very different sizes: column {column} (counted from 0) is about {size:.3g}, column "
        "{other} about {small:.2g}. A step that suits one does not suit the other."
    ),
    "offset-inputs": message(
        "The inputs lie far from 0 for how little they vary: column {column} (counted from 0) has mean {mean:.4g} and "
        "standard deviation {spread:.2g}, so the weights act almost like biases."
    ),
    "faint-inputs": message(
        "The inputs are tiny: the largest is {largest:.2g}. Every gradient ∂C/∂w² is as much too small."
    ),
    "far-inputs": message(
        "The inputs are {size:.3g} in size (root mean square), where about 1 is right: steps that suit the biases do "
        "not suit the weights."
    ),
    "out-of-reach": message(
        "{beyond:.0f} % of the desired outputs, which go from about {low:.3g} to {high:.3g}, are out of reach of "
        "{output} as output activation."
    ),
    "unscaled-targets": message(
        "The desired outputs are of another size than a network's outputs: their mean is {mean:.3g} and their standard"
        " deviation {spread:.3g}, where 0 and 1 are right."
    ),
    "shuffled": message(
        "Labels have nothing to do with inputs: of {rows:,} rows, those most alike have the same label no more often "
        "than any two. Rows and labels may be in different orders."
    ),
    "shuffled.numbers": message(
        "Desired outputs have nothing to do with inputs: of {rows:,} rows, those most alike do not have more similar "
        "ones than any two. Rows and desired outputs may be in different orders."
    ),
    "label-noise": message(
        "About {share:.0f} % of the labels seem to be wrong: rows whose neighbors all agree have another label, and "
        "any other. Such rows are {rows}."
    ),
    "leakage": message(
        "Input column {column} (counted from 0) alone tells {told:.1f} % of what is to be predicted; the next best "
        "tells {next:.1f} %."
    ),
    "duplicates": message(
        "{share:.0f} % of the rows that validate are also learned from: row {places} is row {learned} of those. The "
        "validation score is too good."
    ),
    "unbalanced": message(
        "{rare:,} of the examples learned from are of class {label}, and {count:,} of class {frequent}: of those of "
        "class {label}, {right:.1f} % are read correctly, of all {mean:.1f} %."
    ),
    "symmetric": message(
        "All {neurons} neurons of layer {layer} are alike, since they began alike: they get the same errors, and stay "
        "one neuron."
    ),
    "dead-from-start": message(
        "{dead} of {neurons} neurons of layer {layer} were dead before the first step, with biases of {bias:.2g} on "
        "average: they answer 0 to every example, and no error passes them."
    ),
    "saturated": message(
        "{flat} of {neurons} neurons of layer {layer} began on the flat ends for most examples, where hardly any error"
        " passes."
    ),
    "exploding": message(
        "The error δ explodes on its way back: in layer 2 it is {ratio:,.0f} times as large as in layer {last}."
    ),
    "vanishing": message(
        "The error δ vanishes on its way back: in layer 2 it is {ratio:,.0f} times as small as in layer {last}, and "
        "the weights there hardly learn."
    ),
    "misfit": message("The cost {cost} with the output activation {output} does not fit classes."),
    "rate-too-large": message("The learning rate is too large: η = {rate:g}."),
    "rate-too-large.thrown": message(
        "The learning rate is too large: with η = {rate:g} the cost came to {cost:.3f}, and answering everything alike"
        " costs {nothing:.3f}. {stuck} of {neurons} neurons of layer {layer} were thrown to where nothing moves them "
        "any more."
    ),
    "rate-too-small": message(
        "The learning rate is too small: with η = {rate:g}, ten steps on one batch lower the cost of that very batch "
        "by {gain:.2g} %."
    ),
    "dead": message(
        "{dead} of {neurons} neurons of layer {layer} have died: they answer 0 to every example, and no error passes "
        "them."
    ),
    "regularized": message("{setting} = {value:g} holds the network back: without it, it learns more."),
    "too-few-steps": message("The run was too short: {steps:,} steps in all, each on {size} examples."),
    "too-small": message(
        "The network is too small for what is to be learned: its smallest hidden layer has {neurons} neurons."
    ),
    "too-small.none": message("The network is too small for what is to be learned: it has no hidden layer."),
    "lost-flat": message(
        "{labels} is never the answer: of {shown:,} examples that show it, {right:,} are read correctly. On them the "
        "slope σ′ of output neuron {labels} is {slopes}: on so flat an end of σ hardly any error passes, and the "
        "neuron cannot learn any more."
    ),
    "lost-flat.many": message(
        "{labels} are never the answer: of {shown:,} examples that show them, {right:,} are read correctly. On them "
        "the slopes σ′ of these output neurons are {slopes}: on so flat an end of σ hardly any error passes, and these"
        " neurons cannot learn any more."
    ),
    "by-heart": message(
        "Overfitting: {train:.1f} % of the {examples:,} examples learned from are read correctly, and {valid:.1f} % of"
        " others. More examples are what helps most."
    ),
    "by-heart-numbers": message(
        "Overfitting: R² is {train:.0f} % on the {examples:,} examples learned from, and {valid:.0f} % on others. More"
        " examples are what helps most."
    ),
    "learns-nothing": message(
        "Nothing is learned: the cost is {cost:.3g}, and answering everything alike costs {nothing:.3g}. Why was not "
        "found."
    ),
}
"""What is wrong, by the name of the finding; with `.many` for several classes."""

ADVICE: Mapping[str, Message] = {
    "rows-alike": message("Look at how they are read"),
    "constant-inputs": message("Leave these columns out"),
    "units": message("Bring each column to mean 0 and variance 1"),
    "offset-inputs": message("Subtract the mean from each column, and divide it by its standard deviation"),
    "faint-inputs": message("Look whether they were divided twice, and bring each column to a size of about 1"),
    "far-inputs": message("Divide images by 255, and bring each column of a table to mean 0 and variance 1"),
    "unscaled-targets": message("Subtract the mean and divide by the standard deviation, and undo it in predictions"),
    "shuffled": message("Look at how they are put together"),
    "label-noise": message("Look at these labels"),
    "leakage": message("If it is not known yet when the network is used, leave it out"),
    "duplicates": message("Take them out of one of the two"),
}
"""What to do to the data, by the name of the finding."""

CHANGES: Mapping[str, Message] = {
    "learning_rate": message("set η to {value:g}"),
    "initializer": message("let weights start as `{value}` has them"),
    "seed": message("start from another seed"),
    "epochs": message("learn for {value} epochs"),
    "batch_size": message("learn in batches of {value}"),
    "layers": message("make the layers {value}"),
    "activation": message("use {value} in hidden layers"),
    "output": message("use {value} as output activation"),
    "cost": message("use the cost {value}"),
    "normalization": message("bring each hidden layer's weighted inputs to mean 0 and variance 1"),
    "dropout": message("drop nothing"),
    "clip_norm": message("shorten gradients longer than {value:g}"),
    "clip_norm.none": message("leave gradients as long as they are"),
    "clip_value.none": message("leave gradients as they are"),
    "max_norm.none": message("bound no weights"),
    "label_smoothing": message("do not smooth the labels"),
    "augment": message("vary all images anew for each epoch"),
    "l1": message("do not punish large weights by their size (λ of L1 = {value:g})"),
    "l2": message("punish large weights with λ = {value:g}"),
    "class_weight": message("let rare classes count as much as frequent ones"),
}
"""What it means to change a setting of `Network` or `fit`; with `.none` to do without."""

MEASURES: Mapping[str, Message] = {
    "cost": message("cost"),
    "accuracy": message("share read correctly"),
    "R²": message("R²"),
}
"""What a trial compares."""


def told(language: Language, finding: Finding) -> str:
    """A finding in full, as it prints: what is wrong, what to do about it, and whether that was tried.

    >>> print(Finding("vanishing", {"ratio": 3800.0, "last": 7}))
    The error δ vanishes on its way back: in layer 2 it is 3,800 times as small as in layer 7, and the weights there hardly learn.
    """
    parts = [sentence(finding.name, finding.numbers), advised(finding)]
    return translated(listed(filter(None, parts), "{words} {word}"), language)


def sentence(name: str, numbers: Mapping[str, object]) -> Message:
    """What is wrong: the sentence of a finding with its numbers.

    >>> sentence("saturated", {"layer": 2, "flat": 23, "neurons": 30})
    '23 of 30 neurons of layer 2 began on the flat ends for most examples, where hardly any error passes.'
    >>> sentence("too-small", {"neurons": 0})
    'The network is too small for what is to be learned: it has no hidden layer.'
    """
    values = dict(numbers)
    slopes = numbers.get("slopes")
    if isinstance(slopes, tuple) and len(slopes) > _FEW:
        values["slopes"] = message("{value} at most", value=rounded(max(slopes)))
    elif isinstance(slopes, tuple):
        values["slopes"] = listed(map(rounded, slopes), last="{words} and {word}")
    for key, value in numbers.items():
        if isinstance(value, tuple) and key in ("labels", "columns", "rows"):
            values[key] = listed(value, last="{words} and {word}")
        elif isinstance(value, tuple) and key in ("places", "learned"):
            values[key] = value[0]
    return filled(SENTENCES[_variant(name, numbers)], **values)


def _variant(name: str, numbers: Mapping[str, object]) -> str:
    """The sentence of a finding that fits its numbers."""
    labels = numbers.get("labels")
    if name == "lost-flat" and isinstance(labels, tuple) and len(labels) > 1:
        return "lost-flat.many"
    if name == "rate-too-large" and "stuck" in numbers:
        return "rate-too-large.thrown"
    if name == "too-small" and not numbers["neurons"]:
        return "too-small.none"
    if name == "shuffled" and numbers.get("numbers"):
        return "shuffled.numbers"
    return name


def advised(finding: Finding, end: Message = _FULL_STOP) -> str:
    """What to do about a finding, and whether that was tried, in one sentence, or "" if nothing is known. A remedy is followed
    by `end`."""
    tried = finding.tried
    if finding.remedy:
        how = [] if tried is None else [_result(tried, longer="epochs" in finding.remedy)]
        return listed([remedy(finding.remedy), *how, end], "{words}{word}")
    if finding.name in ADVICE:
        how = [message(" (not tried, since it changes the data)") if tried is None else _result(tried)]
        return listed([ADVICE[finding.name], *how, _FULL_STOP], "{words}{word}")
    if tried is not None and tried.after is None:
        if tried.remedies == 1:
            return message("One remedy was tried on a copy, and was no better.")
        return message("{remedies} remedies were tried on copies, and none was better.", remedies=tried.remedies)
    return ""


def remedy(changes: Mapping[str, object]) -> Message:
    """What a remedy changes, without a full stop.

    >>> remedy({"initializer": "default", "learning_rate": 0.5})
    'To repair it, let weights start as `default` has them and set η to 0.5'
    """
    words = []
    for setting, value in changes.items():
        plain = " → ".join(map(str, value)) if isinstance(value, tuple) else value
        words.append(filled(CHANGES[f"{setting}.none" if value is None else setting], value=plain))
    together = listed(words, last="{words} and {word}", context="clauses")
    return message("To repair it, {changes}", changes=together)


def _result(trial: Tried, *, longer: bool = False) -> Message:
    """The result of a trial; if the trial only trained for `longer`, `before` is the score at the end of the run."""
    before, after = (
        message("no number") if score is None else f"{score:.3g}" if trial.measure == "cost" else f"{100 * score:.1f} %"
        for score in (trial.before, trial.after)
    )
    return message(
        " (tried: then the {measure} on examples kept apart is {after}, and {before} as it is)"
        if longer
        else " (tried on a copy: after {examples:,} examples, the {measure} on those kept apart is {after}, and {before} "
        "without the change)",
        examples=trial.examples,
        measure=MEASURES[trial.measure],
        before=before,
        after=after,
    )


def _printed(finding: Finding) -> str:
    return told(SOURCE, finding)


setattr(Finding, "__str__", _printed)  # noqa: B010  # as notebooks show programs: whoever prints one, it is worded here
