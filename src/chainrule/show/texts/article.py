"""The article, alive: its steps in its order, in our words; and openly where what stands here departs from it.

Each departure says what the article says, what is done here, and why. Its words are quoted as they stand, in English
translated.
"""

from . import Texts

TEXTS: Texts = {
    "kind": "article",
    "title": "How a neural network works",
    "lead": (
        "A neural network learns by repeating five steps, called backpropagation, and an update that uses their "
        "result. Here they are in the order of the article “How a Neural Network Works”, on a real digit and a real "
        "network of {sizes} neurons: first the article’s code, with every dimension, then the equations that the "
        "program derived by itself, with this digit’s numbers. Both compute the same thing. (BP1) to (BP4) number the "
        "equations in Nielsen’s book."
    ),
    "departures": (
        "▲ marks where this departs from the article: what the article says, what is done here, and why. Its words are "
        "translated from Chinese."
    ),
    "key point": "One thing to hold on to: know the dimensions of every symbol. Then you can read every line.",
    "code": "the article’s code",
    "derived": "derived by the program, on this digit",
    # ---- the sections ----
    "network": "The network",
    "network text": (
        "How do 784 pixels become 10 answers? Each neuron of a layer has one weight for each neuron of the"
        " layer before it, and "
        "one bias of its own. So a layer with n neurons after one with k has n × k weights and n biases."
    ),
    "note bias": (
        "The article says “give the first layer a bias”; here every neuron after the first layer has a bias and the "
        "first layer has none, because a bias belongs to the neuron that adds it. The article’s code does the same: "
        "sizes[1:]."
    ),
    "note layers": (
        "The article says “we have 784*10 weights and 10 biases”; here a hidden layer lies between input and output, "
        "because without one, step 4 would have nothing to do."
    ),
    "note count": (
        "The article says “the first neuron of the second layer”, counting from 1; here that is neuron 0, because "
        "Python counts from 0, and output 3 is then the digit 3."
    ),
    "input": "Input",
    "input text": (
        "The digit is a picture of 28 × 28 = 784 pixels, each a gray value from 0 to 255. Divided by 255 and stacked "
        "in one column, they are the first activations, a¹."
    ),
    "walk input": (
        "In this digit, {ink} pixels have ink. The other {blank} are 0: whatever their weights, they add nothing."
    ),
    "note scaled": (
        "The article says “we use the sigmoid function to activate the first layer, too”; here gray values are divided "
        "by 255, because σ of a gray value is 0.5 for paper and 1 for nearly everything else. The network would then "
        "learn far worse: it would read {squashed} of the test digits correctly instead of {scaled} (mean of {seeds} "
        "seeds, {epochs} epochs)."
    ),
    "feedforward": "Feedforward",
    "feedforward text": (
        "Layer by layer: the activations of the layer before, times the weights, plus the biases, give z; σ squashes z "
        "to between 0 and 1 and gives a, the activations of this layer. The last a are ten independent confidences: "
        "they need not add up to 1."
    ),
    "walk feedforward": (
        "Take neuron {neuron} of layer {layer}: its {count} products w a add up to {total}, its bias is {bias}, so z = "
        "{z} and a = σ(z) = {a}. At the end, output {answer} is the largest, {value}, and the network reads a "
        "{answer}. The digit is a {label}, whose output is only {truth}."
    ),
    "walk feedforward right": (
        "Take neuron {neuron} of layer {layer}: its {count} products w a add up to {total}, its bias is {bias}, so z = "
        "{z} and a = σ(z) = {a}. At the end, output {answer} is the largest, {value}, and the network correctly reads "
        "a {answer}."
    ),
    "note before": (
        "The article says “we use the value of the last layer”; here a of layer l − 1 is that of the layer"
        " before, because the "
        "last layer is L, the output."
    ),
    "note index": (
        "The article writes “Σ_j w_j x_j”; here it is Σ_k w_jk a_k, because a weight has two indices, and "
        "step 5 needs both: j "
        "is the neuron that it leads to, k the one that it comes from."
    ),
    "note batch": (
        "The article says “the result of training on a batch shows in 10 neurons”; here the 10 outputs are"
        " the answer to one "
        "image, because what training leaves behind is in the weights and biases."
    ),
    "error": "Output error",
    "error text": (
        "First ∇ₐC: how the cost changes with each answer; for this cost it is simply answer minus truth. "
        "Then times σ′: how "
        "strongly each answer still reacts. The product is the error δ of the last layer."
    ),
    "walk error": (
        "Output {label} should be 1 and is {truth}, so ∇ₐC is {up} there: it is too low. Output {answer} should be 0 "
        "and is {value}, so ∇ₐC is {down}: it is too high. The slopes σ′ are {slope_up} and {slope_down}, and the "
        "products are the errors δ: {delta_up} and {delta_down}. A δ below 0 says push z up; above 0, push it down."
    ),
    "note cost": (
        "The article does not say what C is; here C = 0.5 Σ (a − y)², because the derivative of that is a "
        "− y, which is what "
        "its cost_derivative returns."
    ),
    "note slope": (
        "The article says of the derivatives of C with respect to weights and biases “that is the sigmoid_prime "
        "below”; here σ′ is one factor of them, because ∂C/∂w is the product of all links from the weight to the cost, "
        "and step 5 adds the last one."
    ),
    "backwards": "Error, backwards",
    "backwards text": (
        "The error flows back through the same weights, transposed: each neuron that sent its activation forward gets "
        "its share of the blame. Times σ′ again, that is the error of the layer before."
    ),
    "walk backwards up": (
        "Neuron {neuron} of layer {layer} again: its largest share comes from neuron {from} of layer {after}, whose "
        "error {error} "
        "times the weight {w} = {weight} is {product}. All shares add up to {total}; times the neuron’s "
        "own slope {slope} "
        "that is δ = {delta}, below 0: this neuron should fire more."
    ),
    "walk backwards down": (
        "Neuron {neuron} of layer {layer} again: its largest share comes from neuron {from} of layer {after}, whose "
        "error {error} "
        "times the weight {w} = {weight} is {product}. All shares add up to {total}; times the neuron’s "
        "own slope {slope} "
        "that is δ = {delta}, above 0: this neuron should fire less."
    ),
    "note loop": (
        "The article’s code says “for l in range(2, self.num_layers)”; here the loop counts with back, "
        "because l is the number "
        "of a layer from the input, and this counts from the end: [-back] is layer L − back + 1, so back ="
        " 2 is the last "
        "hidden layer."
    ),
    "gradients": "Output: the gradients",
    "gradients text": (
        "How much does the cost change with one weight? By the error after it, times the activation before it. A "
        "column times a row gives all gradients at once, in the shape of the weights."
    ),
    "walk gradients rises": (
        "For example, {w} has the error {delta} after it and the activation {a} before it; their product is "
        "{gradient}. Make this weight larger by 0.01, and the cost rises by about {change}: so it should become "
        "smaller."
    ),
    "walk gradients falls": (
        "For example, {w} has the error {delta} after it and the activation {a} before it; their product is "
        "{gradient}. Make this weight larger by 0.01, and the cost falls by about {change}: so it should become larger."
    ),
    "note place": (
        "The article has these lines in steps 3 and 4; here they are in step 5, because they are its equations. The "
        "code computes them earlier because the loop has δ at hand."
    ),
    "update": "The update",
    "update text": (
        "The five steps give the gradients; the update learns from them. Take the mean of the gradients over a "
        "mini-batch (batch for short), and move every weight and bias a small step against it. The learning rate η "
        "says how small."
    ),
    "note mean": (
        "The article writes “b_l → b_l' = b_l − η ∂C/∂b_l” in step 3; here the update comes last and is b ← b − (η/m) "
        "Σ ∂C/∂b, because the gradients are known only after step 5, because a batch of m images takes their mean, as "
        "in the article’s code, and because l is a layer, not the number of a bias."
    ),
    "note average": (
        "The article says “we make the weights and biases more right” with each new image; here that holds on average "
        "only, because a step for one image can spoil another. That is why steps are small and taken on batches."
    ),
    "end": "In the end",
    "end text": (
        "Nothing here is neural and nothing is deep: it is the chain rule, applied to composed functions. A line is "
        "fitted to points in the same way, with one weight and one bias; a wave takes {wave} numbers, and digits take "
        "{parameters}. The rest is knowing the dimensions."
    ),
    "fit": "A line: the same calculus on {points} points. w and b step against their gradients with η = {rate}.",
    "fit wave": (
        "A wave: {points} points of a sine curve, and a network of 1, {hidden} and 1 neurons; its {parameters} numbers "
        "step against their gradients with η = {rate}."
    ),
    "derived line": "derived by the program, of a line’s cost",
    "fit steps": "steps",
    "fit beside": "The number beside a line says after how many steps it was there.",
    "fit digits": (
        "A line: 2 numbers are fitted. A wave: {wave}. Digits: {parameters}, by the same chain rule and the same step."
    ),
    # ---- the sentence that the article ends with, Wang Yin's; the English is a translation ----
    "quote": (
        "Machine learning basically means taking derivatives to fit functions; deep learning means fitting more "
        "complicated functions. … That is why I would rather call this field differentiable computing, and building "
        "models differentiable programming."
    ),
    "quoted": "Wang Yin, quoted at the end of the article; translated from Chinese",
}
