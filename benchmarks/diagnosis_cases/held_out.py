"""The half of the cases that is for counting only: other data, architectures, optimizers and seeds, the same kinds."""

from .case import Case, biases_at, healthy, net, number, sick, soft
from .data import (
    all_alike, blank, columns, digits, joined, kept, leaking, made, noisy, numbers, raw, repeated, scaled, shuffled,
    standard, targets, unit,
)  # fmt: skip

MNIST = digits(5000, 800, first=20000)
EIGHT = unit(raw("digits", 400, seed=3))
CANCER = unit(raw("breast_cancer", 180, seed=3))
SINE = made("sine", 500, 250, seed=7)
WAVES = made("waves", 700, 300, seed=7)

SICK: tuple[Case, ...] = (
    # ---- the learning rate
    sick("rate too high", "SGD, σ on small digits", EIGHT, net(64, 25, 10, seed=11), {"epochs": 10, "learning_rate": 100.0}, cure={"learning_rate": 1.0}),
    sick("rate too high", "momentum, regression", WAVES, number(3, 25, 2, seed=12), {"epochs": 20, "learning_rate": 2.0, "optimizer": "momentum"}, cure={"learning_rate": 0.03}),
    sick("rate too high", "Nesterov, digits", MNIST, soft(784, 64, 10, seed=13), {"epochs": 2, "batch_size": 20, "learning_rate": 1.0, "optimizer": "nesterov"}, cure={"learning_rate": 0.02}),
    sick("rate too high", "RMSprop, small digits", EIGHT, soft(64, 40, 40, 10, seed=14), {"epochs": 10, "batch_size": 16, "learning_rate": 0.3, "optimizer": "rmsprop"}, cure={"learning_rate": 0.001}),
    sick("rate too high", "Adam, GELU digits", MNIST, soft(784, 48, 10, activation="gelu", seed=15), {"epochs": 3, "batch_size": 32, "learning_rate": 0.5, "optimizer": "adam"}, cure={"learning_rate": 0.002}),
    sick("rate too high", "AdamW, digits", MNIST, soft(784, 30, 20, 10, activation="elu", seed=16), {"epochs": 3, "learning_rate": 0.2, "optimizer": "adamw"}, cure={"learning_rate": 0.001}),
    sick("rate too low", "SGD, small digits", EIGHT, soft(64, 40, 10, seed=11), {"epochs": 10, "batch_size": 16, "learning_rate": 1e-4}, cure={"learning_rate": 0.1}),
    sick("rate too low", "momentum, regression", WAVES, number(3, 25, 2, seed=12), {"epochs": 15, "learning_rate": 1e-5, "optimizer": "momentum"}, cure={"learning_rate": 0.03}),
    sick("rate too low", "Nesterov, σ digits", MNIST, net(784, 40, 10, cost="cross-entropy", seed=13), {"epochs": 2, "learning_rate": 1e-4, "optimizer": "nesterov"}, cure={"learning_rate": 0.05}),
    sick("rate too low", "RMSprop, digits", MNIST, soft(784, 30, 10, activation="leaky-relu", seed=14), {"epochs": 3, "batch_size": 32, "learning_rate": 1e-6, "optimizer": "rmsprop"}, cure={"learning_rate": 0.002}),
    sick("rate too low", "Adam, regression", SINE, number(1, 40, 1, seed=15), {"epochs": 30, "learning_rate": 1e-6, "optimizer": "adam"}, cure={"learning_rate": 0.02}),
    sick("rate too low", "AdamW, breast cancer", CANCER, soft(30, 20, 2, seed=16), {"epochs": 10, "learning_rate": 1e-6, "optimizer": "adamw"}, cure={"learning_rate": 0.005}),
    # ---- the layers
    sick("dead ReLU", "by Adam's steps, small digits", EIGHT, soft(64, 50, 50, 10, seed=17), {"epochs": 8, "learning_rate": 0.3, "optimizer": "adam"}, "dead neurons", "rate too high", cure={"learning_rate": 0.003}),
    sick("dead ReLU", "biases at −20, two layers, digits", MNIST, soft(784, 60, 40, 10, seed=18), {"epochs": 2, "learning_rate": 0.003, "optimizer": "adam"}, "dead neurons", cure={"initializer": "glorot"}, begin=biases_at(-20.0)),
    sick("dead ReLU", "biases at −6, regression", SINE, number(1, 50, 1, activation="relu", initializer="he", seed=19), {"epochs": 40, "learning_rate": 0.02}, "dead neurons", cure={"initializer": "glorot"}, begin=biases_at(-6.0)),
    sick("symmetry", "zeros with ReLU, Adam, breast cancer", CANCER, soft(30, 20, 10, 2, initializer="zeros", seed=11), {"epochs": 20, "learning_rate": 0.005, "optimizer": "adam"}, cure={"initializer": "he"}),
    sick("symmetry", "zeros with σ, small digits", EIGHT, net(64, 32, 10, cost="cross-entropy", initializer="zeros", seed=12), {"epochs": 10, "learning_rate": 0.5}, cure={"initializer": "default"}),
    sick("symmetry", "zeros with tanh, two layers, digits", MNIST, soft(784, 30, 20, 10, activation="tanh", initializer="zeros", seed=13), {"epochs": 2, "learning_rate": 0.05}, cure={"initializer": "glorot"}),
    sick("vanishing", "10 layers of σ, small digits", EIGHT, net(64, *[24] * 10, 10, cost="log-likelihood", seed=14), {"epochs": 8, "batch_size": 16, "learning_rate": 0.3}, cure={"activation": "relu", "initializer": "he", "learning_rate": 0.03}),
    sick("vanishing", "7 layers of σ, regression", WAVES, number(3, *[20] * 7, 2, activation="sigmoid", seed=15), {"epochs": 30, "learning_rate": 0.1}, cure={"activation": "tanh", "learning_rate": 0.05}),
    sick("exploding", "6 layers with N(0, 1), regression", WAVES, number(3, *[40] * 6, 2, activation="leaky-relu", initializer="large", seed=16), {"epochs": 20, "learning_rate": 0.01}, cure={"initializer": "he"}),
    sick("saturated", "σ with N(0, 1), wide, digits", MNIST, net(784, 200, 10, cost="cross-entropy", initializer="large", seed=17), {"epochs": 2, "learning_rate": 0.05}, cure={"initializer": "glorot"}),
    # ---- the inputs
    sick("inputs unscaled", "0…255 with ReLU", scaled(MNIST, 255.0), net(784, 40, 10, activation="relu", initializer="he", cost="mean-squared-error", seed=11), {"epochs": 2, "batch_size": 20, "learning_rate": 0.1}, cured=MNIST),
    sick("inputs unscaled", "thousands, two outputs", scaled(WAVES, 5000.0), number(3, 25, 2, seed=12), {"epochs": 30, "learning_rate": 0.003, "optimizer": "adam"}, cured=WAVES),
    sick("inputs offset", "temperatures around 300 K, regression", scaled(SINE, 5.0, 300.0), number(1, 40, 1, seed=13), {"epochs": 40, "learning_rate": 0.01, "optimizer": "adam"}, cured=SINE, tolerated=("inputs unscaled",)),
    sick("inputs faint", "a hundredth, small digits", scaled(EIGHT, 0.01), soft(64, 40, 10, seed=14), {"epochs": 10, "learning_rate": 0.05}, cured=EIGHT),
    sick("inputs faint", "millionths, two outputs", scaled(WAVES, 1e-6), number(3, 25, 2, seed=15), {"epochs": 20, "learning_rate": 0.1}, cured=WAVES),
    sick("constant inputs", "every row the same, breast cancer", all_alike(CANCER), soft(30, 20, 2, seed=16), {"epochs": 10, "learning_rate": 0.05}, cured=CANCER),
    sick("constant inputs", "ten columns of 50, two outputs", joined(WAVES, 10, 50.0), number(13, 25, 2, activation="sigmoid", seed=17), {"epochs": 30, "learning_rate": 0.1}, cured=joined(WAVES, 10, 0.0), tolerated=("inputs unscaled", "inputs in different units")),
    sick("inputs in different units", "breast cancer as it comes", raw("breast_cancer", 180, seed=3), net(30, 16, 2, activation="sigmoid", cost="mean-squared-error", seed=18), {"epochs": 15, "learning_rate": 0.1}, cured=standard(raw("breast_cancer", 180, seed=3))),
    sick("inputs in different units", "euros and shares, nine columns", columns(made("plane", 400, 200, seed=8), (1, 10000, 1, 0.01, 100)), number(9, 20, 1, activation="relu", initializer="he", seed=19), {"epochs": 20, "learning_rate": 0.003, "optimizer": "adam"}, cured=made("plane", 400, 200, seed=8)),
    # ---- the desired outputs
    sick("targets unscaled", "prices around 250,000", targets(made("plane", 400, 200, seed=8), 80000.0, 250000.0), number(9, 20, 1, seed=11), {"epochs": 20, "learning_rate": 0.003, "optimizer": "adam"}, cured=made("plane", 400, 200, seed=8)),
    sick("targets unscaled", "two outputs in hundreds", targets(WAVES, 400.0, 100.0), number(3, 25, 2, activation="relu", initializer="he", seed=12), {"epochs": 20, "learning_rate": 0.1}, cured=WAVES),
    sick("unbalanced", "few threes, small digits", kept(EIGHT, {3: 0.02, 5: 0.02, 8: 0.02}), soft(64, 30, 10, seed=13), {"epochs": 10, "learning_rate": 0.03}, cured=EIGHT),
    sick("unbalanced", "one ill of thirty, overlapping clouds", kept(made("overlap", 2000, 600, 0.07, seed=5), {1: 0.04}), soft(4, 12, 2, seed=14), {"epochs": 10, "learning_rate": 0.01, "optimizer": "adam"}, cure={"class_weight": "balanced"}),
    sick("label noise", "half, small digits", noisy(EIGHT, 0.5, seed=1), soft(64, 80, 10, seed=15), {"epochs": 40, "learning_rate": 0.1}, cured=EIGHT),
    sick("label noise", "a fifth, digits, Adam", noisy(digits(3000, 800, first=30000), 0.2, seed=2), soft(784, 100, 10, seed=16), {"epochs": 12, "batch_size": 20, "learning_rate": 0.002, "optimizer": "adam"}, cured=digits(3000, 800, first=30000)),
    sick("labels shuffled", "breast cancer", shuffled(CANCER, seed=3), soft(30, 40, 2, seed=17), {"epochs": 100, "learning_rate": 0.1}, cured=CANCER),
    sick("leakage", "a column that holds the answer, small digits", leaking(EIGHT, 9.0), soft(65, 30, 10, seed=18), {"epochs": 60, "learning_rate": 0.03}, cured=blank(EIGHT)),
    sick("leakage", "the price before tax, a plane", leaking(made("plane", 400, 200, 0.3, seed=9), 2.0), number(10, 20, 1, seed=19), {"epochs": 30, "learning_rate": 0.02}, cured=blank(made("plane", 400, 200, 0.3, seed=9))),
    sick("duplicates", "three quarters of the validation rows, small digits", repeated(unit(raw("digits", 400, seed=3, rows=150)), 0.75), soft(64, 60, 10, seed=11), {"epochs": 60, "learning_rate": 0.1}),
    sick("duplicates", "all of the validation rows, regression", repeated(standard(numbers(raw("diabetes", 120, seed=4))), 1.0), number(10, 60, 1, seed=12), {"epochs": 150, "learning_rate": 0.02}),
    # ---- too little, too much
    sick("overfit", "80 small digits", unit(raw("digits", 400, seed=3, rows=80)), soft(64, 80, 40, 10, seed=13), {"epochs": 100, "learning_rate": 0.005, "optimizer": "adam"}, cured=EIGHT),
    sick("overfit", "300 digits, σ", digits(300, 800, first=20000), net(784, 100, 10, cost="cross-entropy", seed=14), {"epochs": 40, "learning_rate": 0.3}, cured=MNIST),
    sick("regression overfits", "40 rows with 30 columns that say nothing", made("friedman", 40, 300, 0.3, seed=6, columns=30), number(35, 60, 1, seed=15), {"epochs": 200, "learning_rate": 0.01}, "overfit", cured=made("friedman", 2000, 300, 0.3, seed=6, columns=30), cure={"epochs": 8}),
    sick("regression overfits", "30 rows, two outputs", made("waves", 30, 300, 0.5, seed=6), number(3, 80, 80, 2, activation="relu", initializer="he", seed=16), {"epochs": 600, "learning_rate": 0.003, "optimizer": "adam"}, "overfit", cured=made("waves", 700, 300, 0.5, seed=6)),
    sick("cost and output do not fit", "ReLU for numbers below 0", WAVES, number(3, 30, 2, output="relu", seed=17), {"epochs": 40, "learning_rate": 0.05}, cure={"output": "linear"}),
    sick("cost and output do not fit", "softmax for numbers", made("plane", 400, 200, seed=8), number(9, 20, 1, output="softmax", seed=18), {"epochs": 20, "learning_rate": 0.02}, cure={"output": "linear"}),
    sick("too few steps", "the whole set as one batch, small digits", EIGHT, soft(64, 40, 10, seed=19), {"epochs": 15, "batch_size": 1397, "learning_rate": 0.1}, cure={"batch_size": 10}),
    sick("too few steps", "one epoch in large batches, σ digits", MNIST, net(784, 40, 10, cost="cross-entropy", seed=11), {"epochs": 1, "batch_size": 250, "learning_rate": 0.3}, cure={"epochs": 30}),
    sick("too much regularization", "λ of L1, small digits", EIGHT, soft(64, 40, 10, seed=12), {"epochs": 15, "learning_rate": 0.05, "l1": 60.0}, cure={"l1": 0.0}),
    sick("too much regularization", "λ = 600, regression", made("plane", 400, 200, seed=8), number(9, 20, 1, seed=13), {"epochs": 30, "learning_rate": 0.02, "l2": 600.0}, cure={"l2": 0.0}),
    sick("network too small", "two hidden neurons, small digits", EIGHT, soft(64, 2, 10, activation="tanh", initializer="glorot", seed=14), {"epochs": 25, "learning_rate": 0.1}, cure={"sizes": [64, 40, 10]}),
    sick("network too small", "no hidden layer, a sine", SINE, number(1, 1, seed=15), {"epochs": 30, "learning_rate": 0.02}, cure={"sizes": [1, 40, 1], "epochs": 100, "learning_rate": 0.05}),
)  # fmt: skip

HEALTHY: tuple[Case, ...] = (
    # ---- digits: every optimizer, then every activation
    healthy("digits", "σ, quadratic cost, 60 neurons", digits(12000, 800, first=20000), net(784, 60, 10, seed=21), {"epochs": 6, "learning_rate": 3.0}),
    healthy("digits", "Nesterov", digits(10000, 800, first=20000), soft(784, 40, 10, seed=22), {"epochs": 4, "learning_rate": 0.02, "optimizer": "nesterov"}),
    healthy("digits", "Adam, σ", digits(10000, 800, first=20000), net(784, 40, 10, cost="cross-entropy", seed=23), {"epochs": 3, "learning_rate": 0.005, "optimizer": "adam"}),
    healthy("digits", "RMSprop, ReLU in batches of 32", digits(10000, 800, first=20000), soft(784, 50, 10, seed=24), {"epochs": 4, "batch_size": 32, "learning_rate": 0.001, "optimizer": "rmsprop"}),
    healthy("digits", "ELU", digits(10000, 800, first=20000), soft(784, 40, 10, activation="elu", seed=25), {"epochs": 3, "learning_rate": 0.05}),
    healthy("digits", "softplus, AdamW", digits(10000, 800, first=20000), soft(784, 40, 10, activation="softplus", seed=26), {"epochs": 3, "learning_rate": 0.002, "optimizer": "adamw"}),
    healthy("digits", "momentum, tanh", digits(10000, 800, first=20000), soft(784, 40, 10, activation="tanh", initializer="glorot", seed=27), {"epochs": 3, "learning_rate": 0.01, "optimizer": "momentum"}),
    healthy("digits", "mean squared error, linear output", digits(10000, 800, first=20000), net(784, 40, 10, activation="relu", initializer="glorot", cost="mean-squared-error", seed=28), {"epochs": 5, "learning_rate": 0.2}),
    healthy("digits", "N(0, 1), the article's start", digits(15000, 800, first=20000), net(784, 30, 10, initializer="large", seed=3), {"epochs": 6, "learning_rate": 3.0}),
    healthy("digits", "float64, λ = 1", digits(10000, 800, first=20000), net(784, 30, 10, cost="cross-entropy", dtype="float64", seed=30), {"epochs": 4, "learning_rate": 0.5, "l2": 1.0}),
    # ---- what may look like a fault
    healthy("looks sick", "ReLU, a fifth of the neurons never fires", digits(20000, 800, first=20000), soft(784, 120, 10, seed=21), {"epochs": 4, "learning_rate": 0.5, "schedule": "linear"}),
    healthy("looks sick", "50 validation rows", digits(12000, 50, first=25000), net(784, 40, 10, cost="cross-entropy", seed=22), {"epochs": 3, "learning_rate": 0.5}),
    healthy("looks sick", "layer normalization", digits(10000, 800, first=20000), soft(784, 40, 30, 10, normalization="layer", seed=23), {"epochs": 3, "learning_rate": 0.05}),
    healthy("looks sick", "batch normalization with σ, 4 layers", digits(10000, 800, first=20000), soft(784, 40, 40, 40, 10, activation="sigmoid", normalization="batch", initializer="glorot", seed=24), {"epochs": 3, "batch_size": 20, "learning_rate": 0.2}),
    healthy("looks sick", "dropout of the input too", digits(12000, 800, first=20000), soft(784, 120, 10, dropout=[0.1, 0.3], seed=25), {"epochs": 4, "learning_rate": 0.1}),
    healthy("looks sick", "ended by patience, small digits", EIGHT, soft(64, 40, 10, seed=26), {"epochs": 60, "learning_rate": 0.05, "patience": 4}),
    healthy("looks sick", "one cycle of the rate", digits(10000, 800, first=20000), soft(784, 40, 10, seed=27), {"epochs": 4, "learning_rate": 0.3, "schedule": "one-cycle"}),
    healthy("looks sick", "unbalanced and read well, small digits", kept(EIGHT, {0: 0.3, 6: 0.4}), soft(64, 40, 10, seed=28), {"epochs": 40, "learning_rate": 0.05}),
    healthy("looks sick", "the preset `best`, small and short", digits(10000, 800, first=20000), soft(784, 100, 50, 10, seed=29), {"epochs": 8, "batch_size": 50, "learning_rate": 0.05, "optimizer": "nesterov", "schedule": "linear", "label_smoothing": 0.05}),
    # ---- tables of classes
    healthy("tables", "small digits, 64 columns", EIGHT, soft(64, 40, 10, seed=21), {"epochs": 30, "learning_rate": 0.05}),
    healthy("tables", "breast cancer", CANCER, soft(30, 20, 2, seed=22), {"epochs": 30, "learning_rate": 0.05}),
    healthy("tables", "breast cancer, σ and 60 validation rows", unit(raw("breast_cancer", 60, seed=6)), net(30, 10, 2, cost="cross-entropy", seed=23), {"epochs": 40, "learning_rate": 0.3}),
    healthy("tables", "iris, Adam", unit(raw("iris", 50, seed=4)), soft(4, 12, 3, activation="tanh", initializer="glorot", seed=24), {"epochs": 60, "learning_rate": 0.01, "optimizer": "adam"}),
    healthy("tables", "blobs that overlap", made("blobs", 1500, 500, 0.18, seed=7), soft(9, 16, 4, seed=25), {"epochs": 15, "learning_rate": 0.05}),
    healthy("tables", "rings, two layers", made("rings", 900, 400, 0.03, seed=7), soft(2, 30, 30, 3, activation="elu", seed=26), {"epochs": 80, "learning_rate": 0.005, "optimizer": "adam"}),
    healthy("tables", "moons that touch, 88 % is all there is", made("moons", 1200, 500, 0.3, seed=7), soft(2, 20, 2, seed=27), {"epochs": 40, "learning_rate": 0.01, "optimizer": "adam"}),
    # ---- regressions
    healthy("regressions", "a sine", SINE, number(1, 40, 1, seed=21), {"epochs": 60, "learning_rate": 0.02, "optimizer": "adam"}),
    healthy("regressions", "two outputs, momentum", WAVES, number(3, 40, 2, seed=22), {"epochs": 50, "learning_rate": 0.02, "optimizer": "momentum"}),
    healthy("regressions", "absolute error", made("friedman", 700, 300, 0.2, seed=7), number(5, 40, 1, cost="mean-absolute-error", seed=23), {"epochs": 60, "learning_rate": 0.003, "optimizer": "adam"}),
    healthy("regressions", "a plane with much noise, half explained", made("plane", 1200, 400, 1.2, seed=7), number(9, 8, 1, seed=24), {"epochs": 10, "learning_rate": 0.01}),
    healthy("regressions", "diabetes, linear", standard(numbers(raw("diabetes", 140, seed=5))), net(10, 1, cost="mean-squared-error", initializer="glorot", seed=25), {"epochs": 20, "learning_rate": 0.005}),
    healthy("regressions", "Friedman's function, batch normalization", made("friedman", 1000, 300, 0.1, seed=7), number(5, 40, 1, activation="relu", initializer="he", normalization="batch", seed=26), {"epochs": 60, "batch_size": 20, "learning_rate": 0.05}),
)  # fmt: skip

CASES = SICK + HEALTHY
