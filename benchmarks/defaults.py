"""What the default learning rates and initializers train: each option of the command line alone, 200 of their combinations
drawn with a fixed seed, and what `find_learning_rate` advises beside the best rate of a grid.

Runs that are among the results already, of the same machine and with the same learning rate, are not made again, so that it
can be stopped and goes on: `python benchmarks/defaults.py [--only rates]`.
"""

import argparse
import contextlib
import json
import statistics
import time
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule.network.activations import ACTIVATIONS
from chainrule.network.costs import COSTS
from chainrule.network.initializers import INITIALIZERS
from chainrule.network.kinds import NORMALIZATIONS
from chainrule.training.loop import DivergenceError
from chainrule.training.optimizers import OPTIMIZERS
from machine import line, machine

HERE = Path(__file__).parent
EPOCHS, ENOUGH = 3, 85.0
COMBINATIONS, SEED = 200, 0
OPTIONS = {
    "optimizer": tuple(OPTIMIZERS),
    "activation": tuple(ACTIVATIONS),
    "cost": tuple(COSTS),
    "initializer": tuple(INITIALIZERS),
    "normalization": NORMALIZATIONS,
}
USUAL = {
    "optimizer": "sgd",
    "activation": "sigmoid",
    "cost": "quadratic",
    "initializer": "default",
    "normalization": "none",
}


def alone() -> list[dict]:
    """The defaults, and each other choice of one option."""
    others = ({**USUAL, name: each} for name, of in OPTIONS.items() for each in of if each != USUAL[name])
    return [{"chosen": each} for each in (USUAL, *others)]


def combinations() -> list[dict]:
    """Choices of all five options, no two alike."""
    random, found = np.random.default_rng(SEED), []
    while len(found) < COMBINATIONS:
        drawn = {"chosen": {name: of[random.integers(len(of))] for name, of in OPTIONS.items()}}
        if drawn not in found:
            found.append(drawn)
    return found


def exception(chosen: dict) -> str:
    """Why this need not train, if so."""
    if chosen["initializer"] == "zeros":
        return "`zeros`: all neurons of a hidden layer stay alike"
    if chosen["activation"] == "softmax":
        return (
            "`softmax` in the hidden layer: its 30 activations share a sum of 1, so that each passes hardly any error"
        )
    if chosen["cost"] == "mean-absolute-error":
        return "`mean-absolute-error`: for regression; of ten outputs nine are to be 0, and always 0 is a minimum on the way"
    if chosen["initializer"] == "large" and "linear" in (chosen["activation"], COSTS[chosen["cost"]].output):
        return "`large` before linear neurons, which nothing bounds: outputs begin far from what is desired"
    return ""


def network(chosen: dict) -> cr.Network:
    """The network of these choices."""
    return cr.Network([784, 30, 10], seed=0, **{name: each for name, each in chosen.items() if name != "optimizer"})


def rate_of(chosen: dict) -> float:
    """The default learning rate of these choices."""
    return network(chosen).default_learning_rate(chosen["optimizer"])


def run(chosen: dict, images: int = 50_000) -> dict:
    """Train with these choices and the default learning rate, and read the validation images."""
    train, valid, _ = cr.datasets.mnist()
    net, began = network(chosen), time.process_time()
    found = {"chosen": chosen, "learning_rate": rate_of(chosen)}
    try:
        net.fit(
            train.images[:images], train.labels[:images], epochs=EPOCHS, optimizer=chosen["optimizer"], executor="numpy"
        )
    except DivergenceError as error:
        found["error"] = str(error)
    right = 100 * net.score(*valid)
    return found | {"right": round(right, 2), "seconds": round(time.process_time() - began, 1)}


GRIDS = {"sgd": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0), "adam": (0.0003, 0.001, 0.003, 0.01, 0.03)}
COLUMNS = ("sigmoid", "tanh", "relu", "linear")


def rows() -> list[dict]:
    """What the table of rates was made from: gradient descent with each cost, Adam with three."""
    of = {"sgd": tuple(COSTS), "adam": ("quadratic", "log-likelihood", "mean-squared-error")}
    return [
        {"optimizer": optimizer, "cost": cost, "activation": activation}
        for optimizer, costs in of.items()
        for cost in costs
        for activation in COLUMNS
    ]


def row(asked: dict) -> dict:
    """How much of the validation images is read after an epoch of 20,000 images with each rate of a grid."""
    train, valid, _ = cr.datasets.mnist()
    chosen = {**USUAL, **asked}
    found = {}
    for rate in GRIDS[asked["optimizer"]]:
        net = network(chosen)
        with contextlib.suppress(DivergenceError):  # it reads what it read before
            net.fit(
                train.images[:20_000], train.labels[:20_000], epochs=1, learning_rate=rate, executor="numpy",
                optimizer=asked["optimizer"],
            )  # fmt: skip
        found[f"{rate:g}"] = round(100 * net.score(*valid), 1)
    return {**asked, "learning_rate": rate_of(chosen), "right": found}


CASES = {
    "sigmoid": {"layers": [784, 30, 10]},
    "relu": {"layers": [784, 30, 10], "activation": "relu", "cost": "log-likelihood", "initializer": "he"},
    "tanh": {"layers": [784, 30, 10], "activation": "tanh", "cost": "cross-entropy"},
    "deep": {"layers": [784, 50, 30, 10], "activation": "elu", "cost": "log-likelihood", "initializer": "glorot"},
    "normalized": {
        "layers": [784, 100, 10],
        "activation": "relu",
        "cost": "log-likelihood",
        "initializer": "he",
        "normalization": "batch",
    },
    "squares": {"layers": [784, 30, 10], "activation": "tanh", "cost": "mean-squared-error"},
    "numbers": {"layers": [2, 20, 1], "activation": "tanh", "cost": "mean-squared-error"},
}
SEARCHES = [
    *((name, optimizer, 10) for name in ("sigmoid", "relu") for optimizer in OPTIMIZERS),
    *((name, optimizer, 10) for name in ("tanh", "deep", "squares", "numbers") for optimizer in ("sgd", "adam")),
    ("deep", "momentum", 10),
    ("normalized", "nesterov", 10),
    ("normalized", "adamw", 10),
    *((name, optimizer, 100) for name in ("sigmoid", "relu") for optimizer in ("sgd", "adam")),
]


def searches() -> list[dict]:
    """What is searched."""
    return [dict(zip(("case", "optimizer", "batch_size"), each, strict=True)) for each in SEARCHES]


def examples(case: str) -> tuple[tuple, tuple, int]:
    """What is learned from, what is validated with, and for how many epochs."""
    if case == "numbers":
        random = np.random.default_rng(0)
        x = random.uniform(-2, 2, (600, 2))
        y = np.sin(2 * x[:, 0]) * x[:, 1]
        return (x[:400], y[:400]), (x[400:], y[400:]), 20
    train, valid, _ = cr.datasets.mnist()
    return tuple(train), tuple(valid), 1


def searched(case: str, optimizer: str, batch_size: int, kept: dict) -> dict:
    """The rate that is advised, and the validation cost with those of a grid: at first five around the default, then more
    as long as the best lies at an end. What is kept of the grid is not measured again."""
    train, valid, epochs = examples(case)
    net, began = cr.Network(**CASES[case], seed=0), time.process_time()
    advised = net.find_learning_rate(*train, batch_size=batch_size, optimizer=optimizer).suggested
    seconds = time.process_time() - began

    def cost(rate: float) -> float:
        if f"{rate:g}" in kept:
            return kept[f"{rate:g}"] or np.inf
        net = cr.Network(**CASES[case], seed=0)
        try:
            net.fit(
                *train, epochs=epochs, batch_size=batch_size, optimizer=optimizer, learning_rate=rate, executor="numpy"
            )
        except DivergenceError:
            return np.inf
        return net.evaluate(*valid).cost

    rates = [float(f"{digit}e{power}") for power in range(-7, 4) for digit in (1, 2, 5)]
    middle = min(range(len(rates)), key=lambda at: abs(np.log(rates[at] / net.default_learning_rate(optimizer))))
    low, high = middle - 2, middle + 2
    found = {rates[at]: cost(rates[at]) for at in range(low, high + 1)}
    while (best := min(found, key=found.__getitem__)) in (rates[low], rates[high]):
        at = low - 1 if best == rates[low] else high + 1
        low, high = min(low, at), max(high, at)
        found[rates[at]] = cost(rates[at])
    return {
        "case": case,
        "optimizer": optimizer,
        "batch_size": batch_size,
        "advised": advised,
        "seconds": round(seconds, 2),
        "grid": {f"{rate:g}": round(found[rate], 5) if found[rate] < np.inf else None for rate in sorted(found)},
        "best": best,
    }


def factor(found: dict) -> float:
    """By how much the advised rate is beside the best."""
    return max(found["advised"] / found["best"], found["best"] / found["advised"])


# ---- the page --------------------------------------------------------------------------------------------------------


def page(result: dict) -> str:
    """The page of these figures."""
    runs = result["combinations"]
    must = [each for each in runs if not exception(each["chosen"])]
    held = [each for each in must if each["right"] >= ENOUGH]
    parts = [
        "# Defaults",
        "",
        "Made by `python benchmarks/defaults.py`; do not edit by hand. What is not typed is chosen: the learning rate by the",
        "activation, the cost and the optimizer (`training/rates.py`), weights and biases by the initializer. Here is what",
        f"that trains: `[784, 30, 10]`, batches of 10, {EPOCHS} epochs of 50,000 images, seed 0; read are the 10,000",
        "validation images, of which a network that knows nothing reads 10 %.",
        "",
        "## One option alone",
        "",
        "| option | η | read right |",
        "|---|---|---|",
    ]
    parts += [f"| {differs(each['chosen'])} | {each['learning_rate']:g} | {told(each)} |" for each in result["alone"]]
    parts += [
        "",
        f"## {len(runs)} combinations",
        "",
        f"Drawn from all five options with seed {SEED}: optimizer, activation, cost, initializer and normalization.",
        f"**{len(held)} of {len(must)}** read {ENOUGH:g} % or more; the other {len(runs) - len(must)} are exceptions. Of all",
        f"{len(runs)}, {sum(each['right'] >= ENOUGH for each in runs)} do.",
        "",
        "| exception | combinations | read 85 % all the same |",
        "|---|---|---|",
    ]
    for reason in dict.fromkeys(exception(each["chosen"]) for each in runs):
        of = [each for each in runs if exception(each["chosen"]) == reason]
        if reason:
            parts.append(f"| {reason} | {len(of)} | {sum(each['right'] >= ENOUGH for each in of)} |")
    parts += [
        "",
        "| optimizer | activation | cost | initializer | normalization | η | read right |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in sorted(runs, key=lambda each: (bool(exception(each["chosen"])), each["right"])):
        parts.append(f"| {' | '.join(each['chosen'].values())} | {each['learning_rate']:g} | {told(each)} |")
    near = [factor(each) for each in result["rates"]]
    parts += [
        "",
        "## The table of rates",
        "",
        "What the table in `training/rates.py` was made from: percent of the validation images read after one epoch of 20,000",
        "images, by η. A default lies where most is read, or below, away from the rates that read nothing.",
    ]
    for optimizer, grid in GRIDS.items():
        rates = [f"{rate:g}" for rate in grid]
        parts += [
            "",
            f"| {optimizer}: cost | activation | default η | {' | '.join(rates)} |",
            "|---" * (3 + len(rates)) + "|",
        ]
        for each in result["table"]:
            if each["optimizer"] == optimizer:
                figures = " | ".join(f"{each['right'][rate]:.1f}" for rate in rates)
                parts.append(f"| {each['cost']} | {each['activation']} | {each['learning_rate']:g} | {figures} |")
    parts += [
        "",
        "## The advised rate",
        "",
        "`find_learning_rate`, or `chainrule train --find-rate`, beside a grid: the cost on validation data after one epoch",
        "with each rate (20 epochs of 400 examples for `numbers`, a function of two numbers).",
        f"Within a factor of 3 of the best: **{sum(each <= 3 for each in near)} of {len(near)}**, in the mean a factor of "
        f"{statistics.geometric_mean(near):.1f}.",
        "Seconds are those of the search, of the processor.",
        "",
        "| network | optimizer | batch | advised η | best of the grid | factor | seconds | validation cost by η |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in result["rates"]:
        grid = ", ".join(f"{rate}: {'burst' if cost is None else f'{cost:.4g}'}" for rate, cost in each["grid"].items())
        parts.append(
            f"| {each['case']} | {each['optimizer']} | {each['batch_size']} | {each['advised']:g} | {each['best']:g} "
            f"| {factor(each):.1f} | {each['seconds']} | {grid} |"
        )
    parts += ["", "The networks:", ""]
    parts += [
        f"- `{name}`: {', '.join(f'{key} {value}' for key, value in case.items())}" for name, case in CASES.items()
    ]
    return "\n".join([*parts, "", line(result["machine"]) + ".", ""])


def differs(chosen: dict) -> str:
    """What is not as usual."""
    return ", ".join(f"`--{name} {each}`" for name, each in chosen.items() if each != USUAL[name]) or "none"


def told(found: dict) -> str:
    """How much was read, and whether it had to be."""
    mark = "**" if found["right"] < ENOUGH and not exception(found["chosen"]) else ""
    return f"{mark}{found['right']:.2f} %{mark}" + (", an exception" if exception(found["chosen"]) else "")


# ---- measuring -------------------------------------------------------------------------------------------------------


def quick() -> None:
    """A few options on 10,000 images, which must read 85 %, and one search."""
    some = [{**USUAL, **each} for each in (
        {"optimizer": "adam"}, {"optimizer": "momentum", "activation": "relu"}, {"cost": "hinge", "activation": "elu"},
        {"cost": "mean-squared-error", "activation": "tanh", "initializer": "he"},
        {"cost": "log-likelihood", "normalization": "batch", "optimizer": "rmsprop"},
    )]  # fmt: skip
    runs = [run(each, 10_000) for each in some]
    print(json.dumps(runs, indent=1))
    train, _, _ = cr.datasets.mnist()
    advised = cr.Network([784, 30, 10], seed=0).find_learning_rate(*train, optimizer="adam").suggested
    print(f"Adam is advised {advised:g}")
    assert all(each["right"] >= ENOUGH for each in runs), "a default no longer trains"
    assert 0.001 <= advised <= 0.01, "the advised rate is not near the best, 0.003"


def known(path: Path) -> dict:
    """What was measured on this machine, if anything; read anew each time, since another process may have written."""
    found = json.loads(path.read_text()) if path.exists() else {}
    return found if found.get("machine") == machine() else {}


def main() -> None:
    """Run what is missing, print it, and write the results after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few options on 10,000 images; nothing is written")
    parser.add_argument(
        "--only", choices=["alone", "combinations", "table", "rates"], help="one part, and keep the others' results"
    )
    chosen = parser.parse_args()
    if chosen.quick:
        quick()
        return
    path = HERE / "results" / "defaults.json"
    parts = {"alone": alone(), "combinations": combinations(), "table": rows(), "rates": searches()}
    for part in [chosen.only] if chosen.only else parts:
        for asked in parts[part]:
            before = next((each for each in known(path).get(part, []) if asked.items() <= each.items()), None)
            if part == "rates":  # the grid is kept, and the search, which takes a second, is made anew
                made = searched(*asked.values(), before["grid"] if before else {})
            elif before and (part == "table" or before["learning_rate"] == rate_of(asked["chosen"])):
                continue
            else:
                made = row(asked) if part == "table" else run(asked["chosen"])
            print(made, flush=True)
            every = [each for each in known(path).get(part, []) if not asked.items() <= each.items()] + [made]
            ordered = [each for wanted in parts[part] for each in every if wanted.items() <= each.items()]
            result = {"machine": machine(), **{name: known(path).get(name, []) for name in parts}, part: ordered}
            path.write_text(json.dumps(result, indent=1) + "\n")
    (HERE.parent / "docs" / "defaults.md").write_text(page(known(path)), encoding="utf-8")


if __name__ == "__main__":
    main()
