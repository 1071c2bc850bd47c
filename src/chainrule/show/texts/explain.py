"""The steps of backpropagation on an example: what each is, what each symbol means, what a learner asks of them."""

from ...core.messages import message
from . import Texts

TEXTS: Texts = {
    # ---- the steps ----
    "steps": "Here are the five steps of backpropagation and then, as number 6, the update.",
    "step1": "Input",
    "step2": "Feedforward",
    "step3": "Output error",
    "step4": "Error, backwards",
    "step5": "Gradients",
    "step6": "Update",
    "say1": "Each of the {n} pixels becomes one activation between 0 (paper) and 1 (ink).",
    "say1_numbers": "The {n} input numbers are the activations of the first layer.",
    "say1_function": "The arguments of the function.",
    "say2": "Each neuron weighs its inputs, adds its bias, and squashes the sum to between 0 and 1.",
    "say2_other": "Each neuron weighs its inputs, adds its bias, and turns the sum into its activation: {activations}.",
    "say2_function": "Your own lines, with their values.",
    "say3": "How far off each answer is, times how strongly it still reacts: that is the error δ.",
    "say3_plain": "How far off each answer is: with this cost and this activation, that alone is the error δ.",
    "say3_other": "How does the cost change with the weighted input of each output neuron? That is the error δ.",
    "say3_function": "Now backwards. How does the result change with the last named line? That is its error δ.",
    "say3_function_none": "There is no step 3 here: no named line lies between the arguments and the result.",
    "say4": "Every hidden neuron gets its share of the blame, sent back through the same weights.",
    "say4_none": (
        "There is no step 4 here: with two layers, nothing lies between input and output, so no error goes further "
        "back."
    ),
    "say4_function": "From each error the errors of the lines before it.",
    "say4_function_none": "There is no step 4 here: no other named line lies between the arguments and the result.",
    "say5": "How much does the cost change with one weight? By the error after it, times the activation before it.",
    "say5_function": (
        "How does the result change with each number of each argument? A gradient has the shape of its argument."
    ),
    "say6": (
        "Use the gradients of the five steps: move every weight and bias a little against its own gradient. The cost "
        "falls."
    ),
    "say6_rose": (
        "Use the gradients of the five steps: move every weight and bias against its own gradient. This step was too "
        "long, and the cost rose: η is too large."
    ),
    "say6_same": (
        "Use the gradients of the five steps: move every weight and bias a little against its own gradient. The cost "
        "stays as it is."
    ),
    # ---- what the symbols mean ----
    "input": "the activations of the input layer, one per pixel",
    "input_numbers": "the activations of the input layer",
    "desired": "the desired output: 1 at the right answer, 0 elsewhere",
    "desired_numbers": "the desired output",
    "weighted_input": "the weighted input of each neuron of layer {layer}",
    "activation": "the activation of each neuron of layer {layer}",
    "answer": "the answers: how strongly each output neuron says yes",
    "answer_numbers": "the outputs: the numbers that the network gives",
    "product": "the weighted sum of layer {layer}, before it is normalized",
    "normalized": "the same with mean 0 and variance 1",
    "mean": "its mean",
    "variance": "its variance",
    "cost": "the cost: one number that says how far off the answers are",
    "result": "the result, one number",
    "slope_of_cost": "how the cost changes with each answer",
    "output_error": "the error of each output neuron, ∂C/∂z",
    "hidden_error": "the error of each neuron of layer {layer}, ∂C/∂z",
    "error": "the error of {subject}, ∂C/∂{subject}",
    "gradient_w": "how the cost changes with each weight of layer {layer}",
    "gradient_b": "how the cost changes with each bias of layer {layer}",
    "gradient_gamma": "how the cost changes with each scale γ of layer {layer}",
    "gradient_shift": "how the cost changes with each shift of layer {layer}",
    "gradient": "how the result changes with each number of {subject}",
    "w": "the weights of layer {layer}",
    "b": "the biases of layer {layer}",
    "gamma": "the scales γ of layer {layer}",
    "new_w": "the new weights of layer {layer}",
    "new_b": "the new biases of layer {layer}",
    "new_gamma": "the new scales γ of layer {layer}",
    "new_shift": "the new shifts of layer {layer}",
    "argument": "given",
    "own": "in between",
    # ---- the head ----
    "reads": "It reads {answer}",
    "gives_numbers": "It gives {answer}",
    "desired_are": "desired: {answer}",
    "is": "it is {label}",
    "right": "and it is {label}",
    "cost_is": "cost C = {cost}",
    "truth": "truth",
    "said": "answer",
    "source_test": "test digit {number}",
    "source_mistake": "mistake {number} of {total}, test digit {index}",
    "source_test_own": "test image {number} of {data}",
    "source_mistake_own": "mistake {number} of {total}, test image {index} of {data}",
    "network": "network {sizes}",
    "source_and_network": "{source}, network {sizes}",
    "batch": (
        "There are {m} examples, one per column; single numbers belong to example {example}, counted from 0. The cost "
        "C above is the mean over all examples; in the equations, C is their sum."
    ),
    "semicolon": "; ",
    "listed": "{words}, {word}",
    "listed_last": "{words} and {word}",
    "sentences": "{words} {word}",
    "legend_a": "activation",
    "legend_z": "weighted sum",
    "legend_w": "weight",
    "legend_b": "bias",
    "legend_d": "error",
    "legend_g": "gradient",
    "legend_y": "truth",
    "counting": (
        "Layers are counted from 1, the input, and neurons from 0: {output}. Below each symbol are its dimensions, "
        "rows × columns. z{raised}[{neuron}] belongs to neuron {neuron} of layer {layer}; w{raised}[{neuron},0] is the "
        "weight that leads to it from neuron 0 of layer {before}. Neuron {neuron} is followed here because {why}. "
        "Numbers are rounded for display, and computed in full."
    ),
    "output_digit": "output 3 is the digit 3",
    "output_number": "output 0 is the first number that it gives",
    "output_class": "output 1 is class 1",
    "followed_error": "its error δ is the largest of its layer",
    "followed_activation": "its activation is the largest of its layer",
    "followed_chosen": "you asked for it",
    # ---- signs, where they stand first ----
    "sign_reshape": "reshape arranges the same numbers in another shape, row by row",
    "sign_sigmoid": "σ(z) = 1 / (1 + exp(−z)), always between 0 and 1",
    "sign_sigmoid_slope": "σ′(z) = σ(z) (1 − σ(z)), the slope of σ",
    "sign_relu": "relu(z) is z where z is above 0, and 0 elsewhere",
    "sign_relu_slope": "relu′(z), its slope, is 1 where z is above 0, and 0 elsewhere",
    "sign_softmax": "softmax(z) = exp(z) / Σ exp(z): its results add up to 1",
    "sign_times": "⊙ multiplies element by element",
    "sign_transposed": "ᵀ exchanges rows and columns",
    "sign_saturated": (
        "a saturated neuron sits on a flat end of its activation: the slope there is below 0.01, and "
        "hardly any error gets "
        "back through it"
    ),
    "sign_rate": "η, the learning rate, says how far a step goes",
    # ---- beside the lines ----
    "blank": "{share} of the pixels are blank",
    "range": "{low} to {high}, mean {mean}",
    "zeros": "{share} are 0",
    "zeros_blank": "{share} are 0, those of the blank pixels",
    "saturated": "{count} of {total} neurons saturated",
    "derivative_of": "the derivative of",
    "products": "⋯ is the rest of {count}",
    "too_low": "too low: push it up",
    "too_high": "too high: push it down",
    "proved": (
        "Proof: move {parameter} alone by ±0.00001 and measure C twice. Slope {measured}, backpropagation {derived}"
    ),
    "likewise": "likewise",
    # ---- what a learner asks ----
    "ask": "now ask",
    "ask_value": "why does this neuron have this value?",
    "ask_why": "why {this}, and not {other}?",
    "ask_blame": "where does its error come from?",
    "ask_one_step": "what would one step of learning change?",
    "ask_proof": "is this gradient right?",
    "ask_layers": "which neurons are saturated?",
    "value_title": "Why is {symbol} = {value}?",
    "value_say": "Neuron {neuron} of layer {layer} adds up {count} products w × a and its bias. The largest are:",
    "value_pixel": "pixel, row {row}, column {column}",
    "value_neuron": "neuron {neuron} of layer {layer}",
    "others": "{count} others",
    "sum": message("sum", "total"),
    "why_title": "Why {this}, and not {other}?",
    "why_say": (
        "Each neuron of layer {layer} argues for {this} and for {other}: its activation times the weight that leads "
        "there. The difference between the two decides."
    ),
    "why_say_pixels": (
        "Each pixel argues for {this} and for {other}: its ink times the weight that leads there. The difference between "
        "the two decides."
    ),
    "why_neuron": "neuron",
    "why_pixel": "pixel",
    "why_for": "for {digit}",
    "why_difference": "difference",
    "why_bias": "bias",
    "why_pixels": "Evidence per pixel: above 0 it is for {this}, below 0 for {other}. It is input times slope, {exact}.",
    "why_exact": "exact here, where pixels and answers meet directly",
    "why_first_order": "a first estimate of what each pixel does",
    "blame_title": "Where does {symbol} = {value} come from?",
    "blame_say": (
        "The errors of layer {after} flow back to it, each through the weight that had carried its activation forward:"
    ),
    "blame_output": (
        "It is an output neuron. How the cost changes with its answer, times how strongly the answer still reacts:"
    ),
    "blame_direct": "It is an output neuron, and with this cost its error is simply how far off its answer is.",
    "blame_slope": "times the slope",
    "step_title": "What does one step of learning with η = {rate} change?",
    "step_changes": "What this one step with η = {rate} changes:",
    "step_before": "before",
    "step_after": "after",
    "step_cost": "cost C",
    "step_answer": "it reads",
    "against_fell": (
        "{neuron} fell, although {delta} pushes it up. By its own weights and bias alone, {z} would have "
        "moved by {own}; but "
        "the step also moved the hidden neurons, which all outputs share{leading}, and that moved {z} by "
        "{shared}: together "
        "from {before} to {after}."
    ),
    "against_rose": (
        "{neuron} rose, although {delta} pushes it down. By its own weights and bias alone, {z} would have"
        " moved by {own}; but "
        "the step also moved the hidden neurons, which all outputs share{leading}, and that moved {z} by "
        "{shared}: together "
        "from {before} to {after}."
    ),
    "against_leading": ", mostly for output {leader}, whose error is {times} times as large",
    "against_most": (
        "The largest part came through neuron {neuron} of layer {layer}: {a} went from {before} to "
        "{after}, and that change "
        "times {w} = {weight} is {product}."
    ),
    "step_others": (
        "Of the other {total} test digits, {before} were read correctly before and {after} after: {gained} became "
        "right, {lost} became wrong."
    ),
    "step_others_own": (
        "Of the other {total} test images, {before} were read correctly before and {after} after: {gained} became "
        "right, {lost} became wrong."
    ),
    "moments": (
        "Batch normalization uses its running means and variances here, as it does when the network reads. The "
        "derivative that trained the network uses those of each batch: chainrule derive shows it."
    ),
    "step_moral": (
        "A new image improves the weights on average, not every time. That is why steps are small and taken on batches."
    ),
    "proof_title": "Is {symbol} right?",
    "proof_say": "Move {parameter} alone by ±{step}, run the network forward twice, and see how C changes.",
    "proof_plus": "C with +{step}",
    "proof_minus": "C with −{step}",
    "proof_measured": "measured slope",
    "proof_derived": "backpropagation",
    "proof_rounding": "none: {apart} apart is rounding",
    "proof_error": "relative error",
    "layers_title": "Which neurons are saturated, and how does the error fade?",
    "layers_say": (
        "A neuron is saturated where its slope is below 0.01: it sits on a flat end of its activation, and"
        " hardly any error "
        "passes. ‖δ‖ is the length of a layer's error."
    ),
    "layers_layer": "layer",
    "layers_neurons": "neurons",
    "layers_saturated": "saturated",
    # ---- where a label is missing ----
    "no_label": (
        "The right answer is not known, so there is no error to compute and the steps end here. Give the answer to see "
        "steps 3 to 5 and the update:"
    ),
    "written": "written to {file}: open it in any browser",
    "shipped": (
        "This is the bundled network of the book (784 → 30 → 10). predict uses another, the reader. To explain your "
        "own: explain NET"
    ),
}
