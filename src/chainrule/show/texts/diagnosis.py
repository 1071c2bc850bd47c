"""What is wrong with a network or its run, in words: what is seen and the measured reason; what repairs it; how that was tried.

A finding's sentence stands under its name in `training/diagnosis.py`; with `.many` under it, for several classes; `do.NAME`
is what to do to the data, `to.SETTING` what it means to change a setting of `Network` or `fit`.
"""

from ...core.messages import message
from . import Texts

TEXTS: Texts = {
    # ---- the inputs
    "rows-alike": "All {rows:,} rows of the inputs are the same: nothing tells one from another.",
    "do.rows-alike": "Look at how they are read.",
    "constant-inputs": (
        "{count} of the input columns ({columns}, counted from 0) always have the same value, such as {value:.3g}, and "
        "outweigh all others: they tell nothing, and a step that suits them is too short for the rest."
    ),
    "do.constant-inputs": "Leave these columns out.",
    "units": (
        "The input columns are of very different sizes: column {column} (counted from 0) is about "
        "{size:.3g}, column {other} "
        "about {small:.2g}. A step that suits one does not suit the other."
    ),
    "do.units": "Bring each column to mean 0 and variance 1.",
    "offset-inputs": (
        "The inputs lie far from 0 for how little they vary: column {column} (counted from 0) has mean "
        "{mean:.4g} and standard "
        "deviation {spread:.2g}, so the weights act almost like biases."
    ),
    "do.offset-inputs": "Subtract the mean from each column, and divide it by its standard deviation.",
    "faint-inputs": "The inputs are tiny: the largest is {largest:.2g}. Every gradient ∂C/∂w² is as much too small.",
    "do.faint-inputs": "Look whether they were divided twice, and bring each column to a size of about 1.",
    "far-inputs": (
        "The inputs are {size:.3g} in size (root mean square), where about 1 is right: steps that suit the"
        " biases do not suit "
        "the weights."
    ),
    "do.far-inputs": "Divide images by 255, and bring each column of a table to mean 0 and variance 1.",
    # ---- the desired outputs
    "out-of-reach": (
        "{beyond:.0f} % of the desired outputs, which go from about {low:.3g} to {high:.3g}, are out of "
        "reach of {output} as "
        "output activation."
    ),
    "unscaled-targets": (
        "The desired outputs are of another size than a network's outputs: their mean is {mean:.3g} and their standard "
        "deviation {spread:.3g}, where 0 and 1 are right."
    ),
    "do.unscaled-targets": "Subtract the mean and divide by the standard deviation, and undo it in predictions.",
    # ---- the labels
    "shuffled": (
        "Labels have nothing to do with inputs: of {rows:,} rows, those most alike have the same label no "
        "more often than any "
        "two. Rows and labels may be in different orders."
    ),
    "shuffled.numbers": (
        "Desired outputs have nothing to do with inputs: of {rows:,} rows, those most alike do not have "
        "more similar ones than "
        "any two. Rows and desired outputs may be in different orders."
    ),
    "do.shuffled": "Look at how they are put together.",
    "label-noise": (
        "About {share:.0f} % of the labels seem to be wrong: rows whose neighbors all agree have another "
        "label, and any other. "
        "Such rows are {rows}."
    ),
    "do.label-noise": "Look at these labels.",
    "leakage": (
        "Input column {column} (counted from 0) alone tells {told:.1f} % of what is to be predicted; the "
        "next best tells "
        "{next:.1f} %."
    ),
    "do.leakage": "If it is not known yet when the network is used, leave it out.",
    "duplicates": (
        "{share:.0f} % of the rows that validate are also learned from: row {places} is row {learned} of "
        "those. The validation "
        "score is too good."
    ),
    "do.duplicates": "Take them out of one of the two.",
    "unbalanced": (
        "{rare:,} of the examples learned from are of class {label}, and {count:,} of class {frequent}: of "
        "those of class "
        "{label}, {right:.1f} % are read correctly, of all {mean:.1f} %."
    ),
    # ---- how it began
    "symmetric": (
        "All {neurons} neurons of layer {layer} are alike, since they began alike: they get the same "
        "errors, and stay one "
        "neuron."
    ),
    "dead-from-start": (
        "{dead} of {neurons} neurons of layer {layer} were dead before the first step, with biases of "
        "{bias:.2g} on average: "
        "they answer 0 to every example, and no error passes them."
    ),
    "saturated": (
        "{flat} of {neurons} neurons of layer {layer} began on the flat ends for most examples, where hardly "
        "any error passes."
    ),
    "exploding": (
        "The error δ explodes on its way back: in layer 2 it is {ratio:,.0f} times as large as in layer {last}."
    ),
    "vanishing": (
        "The error δ vanishes on its way back: in layer 2 it is {ratio:,.0f} times as small as in layer "
        "{last}, and the "
        "weights there hardly learn."
    ),
    "misfit": "The cost {cost} with the output activation {output} does not fit classes.",
    # ---- how it learned
    "rate-too-large": "The learning rate is too large: η = {rate:g}.",
    "rate-too-large.thrown": (
        "The learning rate is too large: with η = {rate:g} the cost came to {cost:.3f}, and answering "
        "everything alike costs "
        "{nothing:.3f}. {stuck} of {neurons} neurons of layer {layer} were thrown to where nothing moves them any more."
    ),
    "rate-too-small": (
        "The learning rate is too small: with η = {rate:g}, ten steps on one batch lower the cost of that "
        "very batch by "
        "{gain:.2g} %."
    ),
    "dead": (
        "{dead} of {neurons} neurons of layer {layer} have died: they answer 0 to every example, and no error "
        "passes them."
    ),
    "regularized": "{setting} = {value:g} holds the network back: without it, it learns more.",
    "too-few-steps": "The run was too short: {steps:,} steps in all, each on {size} examples.",
    "too-small": "The network is too small for what is to be learned: its smallest hidden layer has {neurons} neurons.",
    "too-small.none": "The network is too small for what is to be learned: it has no hidden layer.",
    # ---- what it knows
    "lost-flat": (
        "{labels} is never the answer: of {shown:,} examples that show it, {right:,} are read correctly. "
        "On them the slope σ′ of "
        "output neuron {labels} is {slopes}: on so flat an end of σ hardly any error passes, and the "
        "neuron cannot learn "
        "any more."
    ),
    "lost-flat.many": (
        "{labels} are never the answer: of {shown:,} examples that show them, {right:,} are read "
        "correctly. On them the slopes "
        "σ′ of these output neurons are {slopes}: on so flat an end of σ hardly any error passes, and "
        "these neurons cannot "
        "learn any more."
    ),
    "by-heart": (
        "Overfitting: {train:.1f} % of the {examples:,} examples learned from are read correctly, and "
        "{valid:.1f} % of others. "
        "More examples are what helps most."
    ),
    "by-heart-numbers": (
        "Overfitting: R² is {train:.0f} % on the {examples:,} examples learned from, and {valid:.0f} % on others. More "
        "examples are what helps most."
    ),
    "learns-nothing": (
        "Nothing is learned: the cost is {cost:.3g}, and answering everything alike costs {nothing:.3g}. Why "
        "was not found."
    ),
    # ---- what repairs it
    "remedy": "To repair it, {changes}",
    "to.learning_rate": "set η to {value:g}",
    "to.initializer": "let weights start as `{value}` has them",
    "to.seed": "start from another seed",
    "to.epochs": "learn for {value} epochs",
    "to.batch_size": "learn in batches of {value}",
    "to.layers": "make the layers {value}",
    "to.activation": "use {value} in hidden layers",
    "to.output": "use {value} as output activation",
    "to.cost": "use the cost {value}",
    "to.normalization": "bring each hidden layer's weighted inputs to mean 0 and variance 1",
    "to.dropout": "drop nothing",
    "to.clip_norm": "shorten gradients longer than {value:g}",
    "to.clip_norm.none": "leave gradients as long as they are",
    "to.clip_value.none": "leave gradients as they are",
    "to.max_norm.none": "bound no weights",
    "to.label_smoothing": "do not smooth the labels",
    "to.augment": "vary all images anew for each epoch",
    "to.l1": "do not punish large weights by their size (λ of L1 = {value:g})",
    "to.l2": "punish large weights with λ = {value:g}",
    "to.class_weight": "let rare classes count as much as frequent ones",
    # ---- how it was tried
    "tried": (
        " (tried on a copy: after {examples:,} examples, the {measure} on those kept apart is {after}, and"
        " {before} without "
        "the change)"
    ),
    "tried.epochs": " (tried: then the {measure} on examples kept apart is {after}, and {before} as it is)",
    "tried.nothing": "{remedies} remedies were tried on copies, and none was better.",
    "tried.nothing.one": "One remedy was tried on a copy, and was no better.",
    "untried": " (not tried, since it changes the data)",
    "measure.cost": "cost",
    "measure.accuracy": "share read correctly",
    "measure.R²": "R²",
    "no number": "no number",
    "at most": "{value} at most",
    "comma": ", ",
    "and": " and ",
    "then": message(" and ", "clauses"),
    "end": ".",
}
