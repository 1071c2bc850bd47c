"""The half of the cases that rules may be written with in view."""

from .case import Case, biases_at, healthy, net, number, sick, soft
from .data import (
    all_alike, blank, columns, digits, joined, kept, leaking, made, noisy, numbers, raw, repeated, scaled, shuffled,
    standard, targets, unit,
)  # fmt: skip

MNIST = digits(6000, 1000)
IRIS = unit(raw("iris", 40))
WINE = unit(raw("wine", 60))
FRIEDMAN = made("friedman", 600, 300)
PLANE = made("plane", 400, 200)

SICK: tuple[Case, ...] = (
    # ---- the learning rate
    sick("rate too high", "SGD, digits", MNIST, soft(784, 30, 10), {"epochs": 3, "learning_rate": 3.0}, cure={"learning_rate": 0.1}),
    sick("rate too high", "momentum, sigmoid digits", MNIST, net(784, 30, 10, cost="cross-entropy"), {"epochs": 3, "learning_rate": 3.0, "optimizer": "momentum"}, cure={"learning_rate": 0.05}),
    sick("rate too high", "Nesterov, regression", FRIEDMAN, number(5, 30, 1), {"epochs": 20, "learning_rate": 1.0, "optimizer": "nesterov"}, cure={"learning_rate": 0.02}),
    sick("rate too high", "RMSprop, digits", MNIST, soft(784, 40, 10, activation="tanh", initializer="glorot"), {"epochs": 3, "learning_rate": 0.3, "optimizer": "rmsprop"}, cure={"learning_rate": 0.001}),
    sick("rate too high", "Adam, digits with the default rate", MNIST, net(784, 30, 10), {"epochs": 3, "learning_rate": 3.0, "optimizer": "adam"}, cure={"learning_rate": 0.01}),
    sick("rate too high", "AdamW, wine", WINE, soft(13, 20, 20, 3), {"epochs": 20, "learning_rate": 3.0, "optimizer": "adamw"}, cure={"learning_rate": 0.01}),
    sick("rate too low", "SGD, digits", MNIST, net(784, 30, 10), {"epochs": 3, "learning_rate": 0.003}, cure={"learning_rate": 3.0}),
    sick("rate too low", "momentum, iris", IRIS, soft(4, 16, 3), {"epochs": 30, "learning_rate": 1e-5, "optimizer": "momentum"}, cure={"learning_rate": 0.03}),
    sick("rate too low", "Nesterov, digits", MNIST, soft(784, 30, 10), {"epochs": 3, "learning_rate": 1e-5, "optimizer": "nesterov"}, cure={"learning_rate": 0.02}),
    sick("rate too low", "RMSprop, regression", FRIEDMAN, number(5, 30, 1), {"epochs": 20, "learning_rate": 1e-6, "optimizer": "rmsprop"}, cure={"learning_rate": 0.003}),
    sick("rate too low", "Adam, digits", MNIST, soft(784, 30, 10), {"epochs": 3, "learning_rate": 1e-6, "optimizer": "adam"}, cure={"learning_rate": 0.003}),
    sick("rate too low", "AdamW, sigmoid digits", MNIST, net(784, 30, 10, cost="cross-entropy"), {"epochs": 3, "learning_rate": 3e-6, "optimizer": "adamw"}, cure={"learning_rate": 0.01}),
    # ---- the layers
    sick("dead ReLU", "by one long step, digits", MNIST, soft(784, 50, 30, 10), {"epochs": 3, "learning_rate": 1.5}, "dead neurons", "rate too high", cure={"learning_rate": 0.1}),
    sick("dead ReLU", "biases at −10, digits", MNIST, soft(784, 50, 10), {"epochs": 3, "learning_rate": 0.1}, "dead neurons", cure={"initializer": "glorot"}, begin=biases_at(-10.0)),
    sick("dead ReLU", "biases at −5, wine", WINE, soft(13, 20, 3), {"epochs": 30, "learning_rate": 0.05}, "dead neurons", cure={"initializer": "glorot"}, begin=biases_at(-5.0)),
    sick("symmetry", "zeros with ReLU, digits", MNIST, soft(784, 30, 10, initializer="zeros"), {"epochs": 3, "learning_rate": 0.1}, cure={"initializer": "he"}),
    sick("symmetry", "zeros with σ, digits", MNIST, net(784, 30, 10, initializer="zeros"), {"epochs": 3, "learning_rate": 3.0}, cure={"initializer": "default"}),
    sick("symmetry", "zeros with tanh, regression", FRIEDMAN, number(5, 20, 1, initializer="zeros"), {"epochs": 30, "learning_rate": 0.05}, cure={"initializer": "glorot"}),
    sick("vanishing", "8 layers of σ, digits", MNIST, net(784, *[30] * 8, 10, cost="cross-entropy"), {"epochs": 2, "learning_rate": 0.5}, cure={"activation": "relu", "initializer": "he", "learning_rate": 0.05}),
    sick("vanishing", "6 layers of σ, wine", WINE, net(13, *[16] * 6, 3, cost="log-likelihood"), {"epochs": 40, "learning_rate": 0.3}, cure={"activation": "relu", "initializer": "he", "learning_rate": 0.03}),
    sick("exploding", "5 layers with N(0, 1), digits", MNIST, soft(784, 60, 60, 60, 60, 10, initializer="large"), {"epochs": 2, "learning_rate": 0.01}, cure={"initializer": "he"}),
    sick("saturated", "tanh with N(0, 1), digits", MNIST, soft(784, 100, 10, activation="tanh", initializer="large"), {"epochs": 2, "learning_rate": 0.1}, cure={"initializer": "glorot"}),
    # ---- the inputs
    sick("inputs unscaled", "0…255, numbers of digits", scaled(digits(3000, 500), 255.0), net(784, 30, 10, activation="tanh", cost="mean-squared-error"), {"epochs": 3, "learning_rate": 0.1}, cured=digits(3000, 500)),
    sick("inputs unscaled", "hundreds, regression", scaled(FRIEDMAN, 300.0), number(5, 30, 1), {"epochs": 30, "learning_rate": 0.05}, cured=FRIEDMAN),
    sick("inputs offset", "years around 2000, regression", scaled(FRIEDMAN, 10.0, 2010.0), number(5, 30, 1), {"epochs": 30, "learning_rate": 0.02}, cured=FRIEDMAN, tolerated=("inputs unscaled",)),
    sick("inputs faint", "divided by 255 twice", scaled(MNIST, 1 / 255), net(784, 30, 10), {"epochs": 3, "learning_rate": 3.0}, cured=MNIST),
    sick("inputs faint", "thousandths, regression", scaled(PLANE, 0.001), number(9, 20, 1), {"epochs": 20, "learning_rate": 0.05}, cured=PLANE),
    sick("constant inputs", "every row the same, digits", all_alike(digits(2000, 500)), net(784, 30, 10), {"epochs": 3, "learning_rate": 3.0}, cured=digits(2000, 500)),
    sick("constant inputs", "three columns of 100, regression", joined(FRIEDMAN, 3, 100.0), number(8, 30, 1), {"epochs": 20, "learning_rate": 0.02}, cured=joined(FRIEDMAN, 3, 0.0), tolerated=("inputs unscaled", "inputs in different units")),
    sick("inputs in different units", "wine as it comes", raw("wine", 60), net(13, 20, 3, activation="tanh", cost="mean-squared-error"), {"epochs": 30, "learning_rate": 0.05}, cured=standard(raw("wine", 60))),
    sick("inputs in different units", "meters and millimeters, regression", columns(FRIEDMAN, (1, 1000, 1, 0.001, 1)), number(5, 30, 1), {"epochs": 20, "learning_rate": 0.02}, cured=FRIEDMAN),
    # ---- the desired outputs
    sick("targets unscaled", "diabetes as it is told", standard(raw("diabetes", 120)), number(10, 20, 1), {"epochs": 20, "learning_rate": 0.05}, cured=standard(numbers(raw("diabetes", 120)))),
    sick("targets unscaled", "thousands", targets(FRIEDMAN, 3000.0, 20000.0), number(5, 30, 1), {"epochs": 20, "learning_rate": 0.05}, cured=FRIEDMAN),
    sick("unbalanced", "few sevens and nines, digits", kept(MNIST, {7: 0.01, 9: 0.01}), net(784, 30, 10), {"epochs": 4, "learning_rate": 1.0}, cured=MNIST),
    sick("unbalanced", "one class in fifty, moons", kept(made("moons", 1200, 400, 0.15), {1: 0.03}), soft(2, 16, 2), {"epochs": 15, "learning_rate": 0.05}, cure={"class_weight": "balanced"}),
    sick("label noise", "a third, digits", noisy(digits(3000, 1000), 0.35), soft(784, 60, 10), {"epochs": 10, "learning_rate": 0.1}, cured=digits(3000, 1000)),
    sick("label noise", "two fifths, blobs", noisy(made("blobs", 300, 300, 0.1), 0.4), soft(9, 64, 4), {"epochs": 100, "learning_rate": 0.1}, cured=made("blobs", 300, 300, 0.1)),
    sick("labels shuffled", "digits", shuffled(digits(3000, 1000)), soft(784, 60, 10), {"epochs": 10, "learning_rate": 0.1}, cured=digits(3000, 1000)),
    sick("leakage", "the label as a column, overlapping clouds", leaking(made("overlap", 500, 300, 0.1), 1.0), soft(5, 16, 2), {"epochs": 20, "learning_rate": 0.1}, cured=blank(made("overlap", 500, 300, 0.1))),
    sick("leakage", "the desired output as a column, diabetes", leaking(standard(numbers(raw("diabetes", 120))), 1.0, 0.02), number(11, 20, 1), {"epochs": 20, "learning_rate": 0.02}, cured=blank(standard(numbers(raw("diabetes", 120))))),
    sick("duplicates", "all of the validation rows, digits", repeated(digits(400, 300), 1.0), soft(784, 40, 10), {"epochs": 20, "learning_rate": 0.1}),
    sick("duplicates", "half of the validation rows, overlapping clouds", repeated(made("overlap", 120, 200, 0.1), 0.5), soft(4, 64, 2), {"epochs": 600, "learning_rate": 0.2}),
    # ---- too little, too much
    sick("overfit", "200 digits", digits(200, 1000), soft(784, 60, 10), {"epochs": 30, "learning_rate": 0.1}, cured=MNIST),
    sick("overfit", "60 rows, rings", made("rings", 60, 300, 0.06), soft(2, 64, 64, 3), {"epochs": 300, "learning_rate": 0.1}, cured=made("rings", 900, 300, 0.06)),
    sick("regression overfits", "25 rows, sine", made("sine", 25, 300, 0.4), number(1, 60, 60, 1), {"epochs": 1500, "learning_rate": 0.005, "optimizer": "adam"}, "overfit", cured=made("sine", 600, 300, 0.4)),
    sick("regression overfits", "diabetes, 60 rows", standard(numbers(raw("diabetes", 120, rows=60))), number(10, 60, 1), {"epochs": 200, "learning_rate": 0.02}, "overfit", cure={"epochs": 10, "learning_rate": 0.01}),
    sick("cost and output do not fit", "σ for numbers beyond 1", targets(FRIEDMAN, 3.0), number(5, 30, 1, output="sigmoid"), {"epochs": 30, "learning_rate": 0.1}, "cost and output do not fit", "targets unscaled", cure={"output": "linear", "learning_rate": 0.02}),
    sick("cost and output do not fit", "ReLU for classes, digits", MNIST, net(784, 30, 10, activation="relu", initializer="he", output="relu"), {"epochs": 3, "learning_rate": 0.2}, cure={"output": "sigmoid", "learning_rate": 0.5}),
    sick("too few steps", "the whole set as one batch, digits", digits(3000, 1000), net(784, 30, 10), {"epochs": 10, "batch_size": 3000, "learning_rate": 3.0}, cure={"batch_size": 10}),
    sick("too few steps", "three epochs, iris", IRIS, net(4, 16, 3), {"epochs": 3, "learning_rate": 1.0}, cure={"epochs": 200}),
    sick("too much regularization", "λ = 3000, digits", MNIST, net(784, 30, 10, cost="cross-entropy"), {"epochs": 3, "learning_rate": 0.5, "l2": 3000.0}, cure={"l2": 0.0}),
    sick("too much regularization", "90 % dropped, digits", MNIST, soft(784, 30, 30, 10, dropout=0.9), {"epochs": 3, "learning_rate": 0.1}, cure={"dropout": 0.0}),
    sick("network too small", "one hidden neuron, digits", MNIST, net(784, 1, 10, cost="cross-entropy"), {"epochs": 4, "learning_rate": 0.5}, cure={"sizes": [784, 30, 10]}),
    sick("network too small", "no hidden layer, rings", made("rings", 600, 300, 0.03), net(2, 3, cost="log-likelihood"), {"epochs": 30, "learning_rate": 0.3}, cure={"sizes": [2, 40, 3], "activation": "tanh"}),
)  # fmt: skip

HEALTHY: tuple[Case, ...] = (
    # ---- digits: every optimizer, then every activation
    healthy("digits", "the article's network", digits(10000, 1000), net(784, 30, 10), {"epochs": 4, "learning_rate": 3.0}),
    healthy("digits", "momentum", digits(10000, 1000), net(784, 30, 10), {"epochs": 4, "learning_rate": 0.1, "optimizer": "momentum"}),
    healthy("digits", "Adam", digits(10000, 1000), soft(784, 40, 10), {"epochs": 3, "learning_rate": 0.002, "optimizer": "adam"}),
    healthy("digits", "RMSprop, tanh", digits(10000, 1000), soft(784, 30, 10, activation="tanh", initializer="glorot"), {"epochs": 3, "learning_rate": 0.001, "optimizer": "rmsprop"}),
    healthy("digits", "leaky ReLU", digits(10000, 1000), soft(784, 30, 10, activation="leaky-relu"), {"epochs": 3, "learning_rate": 0.1}),
    healthy("digits", "GELU, AdamW", digits(10000, 1000), soft(784, 30, 10, activation="gelu"), {"epochs": 3, "learning_rate": 0.002, "optimizer": "adamw"}),
    healthy("digits", "σ with cross-entropy", digits(10000, 1000), net(784, 30, 10, cost="cross-entropy"), {"epochs": 4, "learning_rate": 0.5}),
    healthy("digits", "hinge", digits(10000, 1000), soft(784, 40, 10, cost="hinge"), {"epochs": 4, "learning_rate": 0.02}),
    healthy("digits", "softmax alone", digits(10000, 1000), net(784, 10, cost="log-likelihood"), {"epochs": 4, "learning_rate": 0.1}),
    healthy("digits", "orthogonal, two layers", digits(10000, 1000), soft(784, 40, 40, 10, initializer="orthogonal"), {"epochs": 3, "learning_rate": 0.05}),
    # ---- digits: what may look like a fault
    healthy("looks sick", "ReLU, a third of the neurons never fires", digits(20000, 1000), soft(784, 100, 10, seed=1), {"epochs": 4, "learning_rate": 0.01, "optimizer": "adam", "schedule": "linear"}),
    healthy("looks sick", "38 validation rows", digits(10000, 38), soft(784, 30, 10), {"epochs": 3, "learning_rate": 0.1}),
    healthy("looks sick", "batch normalization", digits(10000, 1000), soft(784, 40, 10, normalization="batch"), {"epochs": 3, "learning_rate": 0.1}),
    healthy("looks sick", "dropout: training reads less", digits(10000, 1000), soft(784, 100, 10, dropout=0.3), {"epochs": 4, "learning_rate": 0.1}),
    healthy("looks sick", "ended by patience", digits(10000, 1000), soft(784, 30, 10), {"epochs": 15, "learning_rate": 0.1, "patience": 2}),
    healthy("looks sick", "one short epoch that goes well", digits(20000, 1000), soft(784, 30, 10), {"epochs": 1, "learning_rate": 0.1}),
    healthy("looks sick", "cosine down to 0", digits(10000, 1000), soft(784, 40, 10), {"epochs": 4, "learning_rate": 0.2, "schedule": "cosine"}),
    healthy("looks sick", "fewer ones, read well", kept(digits(10000, 1000), {1: 0.3, 4: 0.4}), soft(784, 40, 10), {"epochs": 4, "learning_rate": 0.1}),
    healthy("looks sick", "the preset `fast`, smaller", digits(10000, 1000), soft(784, 64, 10), {"epochs": 4, "batch_size": 8, "learning_rate": 0.2, "schedule": "linear", "label_smoothing": 0.05}),
    # ---- tables of classes
    healthy("tables", "iris, four columns", IRIS, net(4, 16, 3, cost="cross-entropy"), {"epochs": 100, "learning_rate": 0.3}),
    healthy("tables", "wine", WINE, soft(13, 20, 3), {"epochs": 40, "learning_rate": 0.05}),
    healthy("tables", "blobs, nine columns", made("blobs", 800, 300, 0.08), soft(9, 20, 4), {"epochs": 30, "learning_rate": 0.1}),
    healthy("tables", "moons", made("moons", 800, 300, 0.1), soft(2, 24, 2, activation="tanh", initializer="glorot"), {"epochs": 60, "learning_rate": 0.5}),
    healthy("tables", "rings, Adam", made("rings", 1000, 400, 0.02), soft(2, 40, 3), {"epochs": 40, "learning_rate": 0.01, "optimizer": "adam"}),
    healthy("tables", "overlapping clouds, 70 % is all there is", made("overlap", 1500, 600, 0.1), soft(4, 8, 2), {"epochs": 10, "learning_rate": 0.05}),
    healthy("tables", "wine, standardized, for numbers", standard(raw("wine", 60)), net(13, 20, 3, activation="tanh", cost="mean-squared-error", initializer="glorot"), {"epochs": 30, "learning_rate": 0.05}),
    # ---- regressions
    healthy("regressions", "Friedman's function", FRIEDMAN, number(5, 30, 1), {"epochs": 100, "learning_rate": 0.05}),
    healthy("regressions", "a plane, linear", PLANE, net(9, 1, cost="mean-squared-error", initializer="glorot"), {"epochs": 20, "learning_rate": 0.02}),
    healthy("regressions", "a sine, ReLU and Adam", made("sine", 500, 200, 0.1), number(1, 40, 40, 1, activation="relu", initializer="he"), {"epochs": 60, "learning_rate": 0.005, "optimizer": "adam"}),
    healthy("regressions", "two outputs", made("waves", 800, 300, 0.05), number(3, 30, 2), {"epochs": 60, "learning_rate": 0.1}),
    healthy("regressions", "diabetes, half explained", standard(numbers(raw("diabetes", 120))), number(10, 8, 1), {"epochs": 15, "learning_rate": 0.01}),
    healthy("regressions", "Huber, with noise", made("friedman", 600, 300, 0.4), number(5, 20, 1, cost="huber"), {"epochs": 80, "learning_rate": 0.05}),
)  # fmt: skip

CASES = SICK + HEALTHY
