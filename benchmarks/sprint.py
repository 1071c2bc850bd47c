"""The time to 99 % on MNIST, of whole processes over 30 seeds, beside PyTorch and JAX with the same recipe.

`python benchmarks/sprint.py [--seeds 30] [--peers 5] [--quick]` writes `results/sprint.json` after each run, and the page
`docs/sprint.md`, which has the protocol. Runs of the same settings and machine are not made again, unless with `--again`.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from processes import arguments_of, run

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "sprint.json"
OURS, TORCH, JAX = "chainrule", "PyTorch", "JAX"
COMMAND = "chainrule train --preset sprint"
"""The command line that is measured beside them."""


# ---- programs: import, load, train, score, save ------------------------------------------------------------------------------


class Clock:
    """Says how long the parts of a process take."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self.last = time.perf_counter()

    def over(self, part: str) -> None:
        """A part is over."""
        now = time.perf_counter()
        self.parts[part] = round(now - self.last, 3)
        self.last = now


def ours(seed, recipe, folder):
    """What a user writes in Python."""
    clock = Clock()
    import chainrule as cr

    preset = cr.PRESETS["sprint"]
    clock.over("import")
    train, _, test = cr.datasets.mnist()
    count = recipe["images"]
    clock.over("data")
    net = cr.Network(**preset.network, seed=seed)
    net.fit(train.images[:count], train.labels[:count], **preset.fit)
    clock.over("training")
    correct = net.evaluate(*test).correct
    clock.over("scoring")
    net.save(Path(folder) / "net.safetensors")
    clock.over("saving")
    return correct, clock.parts


def data(folder):
    """The same images for the others, as arrays that load fast: a row of 784 numbers each."""
    import numpy as np

    x, y, tx, ty = (np.load(Path(folder) / f"{name}.npy") for name in ("x", "y", "tx", "ty"))
    return x.reshape(-1, 1, 28, 28), y, tx.reshape(-1, 1, 28, 28), ty


def torch_eager(seed, recipe, folder):
    """Modules, and the optimizer that comes with them; the orders are drawn once an epoch, the images are one tensor."""
    clock = Clock()
    import torch
    from torch import nn

    torch.manual_seed(seed)
    torch.set_num_threads(recipe["threads"])
    clock.over("import")
    x, y, tx, ty = (torch.from_numpy(each) for each in data(folder))
    clock.over("data")
    one, two = recipe["maps"]
    net = nn.Sequential(
        nn.Conv2d(1, one, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(one, two, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(two * 16, recipe["neurons"]), nn.ReLU(), nn.Linear(recipe["neurons"], 10),
    )  # fmt: skip
    for layer in (each for each in net if hasattr(each, "weight")):
        nn.init.normal_(layer.weight, std=((1 if layer is net[-1] else 2) / layer.weight[0].numel()) ** 0.5)
        nn.init.zeros_(layer.bias)
    rule = torch.optim.SGD(net.parameters(), recipe["rate"], momentum=0.9, nesterov=True)
    loss = nn.CrossEntropyLoss(label_smoothing=recipe["smoothing"])
    n, m = len(x), recipe["batch"]
    steps = recipe["epochs"] * -(-n // m)
    done = 0
    for _ in range(recipe["epochs"]):
        for batch in torch.randperm(n).split(m):
            rule.param_groups[0]["lr"] = recipe["rate"] * (1 - done / steps)
            rule.zero_grad()
            loss(net(x[batch]), y[batch]).backward()
            rule.step()
            done += 1
    clock.over("training")
    with torch.no_grad():
        correct = int((net(tx).argmax(1) == ty).sum())
    clock.over("scoring")
    torch.save(net.state_dict(), Path(folder) / "net.pt")
    clock.over("saving")
    return correct, clock.parts


def jax_jit(seed, recipe, folder):
    """A compiled step, which gathers its batch; in a scan over an epoch, convolutions take more than twice as long."""
    clock = Clock()
    import jax
    import numpy as np
    from jax import numpy as jnp

    jax.config.update("jax_compilation_cache_dir", os.environ["CHAINRULE_CACHE"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    clock.over("import")
    x, y, tx, ty = map(jnp.asarray, data(folder))
    clock.over("data")
    random = np.random.default_rng(seed)
    one, two = recipe["maps"]
    shapes = [(one, 1, 5, 5), (two, one, 5, 5), (recipe["neurons"], two * 16), (10, recipe["neurons"])]
    gains = [2, 2, 2, 1]  # a rectifier cuts off a half
    wide = [np.sqrt(gain / np.prod(each[1:])) for gain, each in zip(gains, shapes, strict=True)]
    w = [jnp.asarray(random.normal(size=each) * by, jnp.float32) for each, by in zip(shapes, wide, strict=True)]
    start = [(each, jnp.zeros(each.shape[0])) for each in w]
    smoothing, n, m = recipe["smoothing"], len(x), recipe["batch"]

    def outputs(parameters, a):
        for w, b in parameters[:2]:
            z = jax.lax.conv(a, w, (1, 1), "VALID")
            z = jax.lax.reduce_window(z, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
            a = jax.nn.relu(z + b[:, None, None])
        (w, b), (v, c) = parameters[2:]
        return jax.nn.relu(a.reshape(len(a), -1) @ w.T + b) @ v.T + c

    def cost(parameters, a, labels):
        wanted = jax.nn.one_hot(labels, 10) * (1 - smoothing) + smoothing / 10
        return -jnp.sum(wanted * jax.nn.log_softmax(outputs(parameters, a))) / len(a)

    @jax.jit
    def step(parameters, speed, batch, rate):
        gradient = jax.grad(cost)(parameters, x[batch], y[batch])
        speed = jax.tree.map(lambda v, g: 0.9 * v + g, speed, gradient)
        parameters = jax.tree.map(lambda w, g, v: w - rate * (g + 0.9 * v), parameters, gradient, speed)
        return parameters, speed

    held = start, jax.tree.map(jnp.zeros_like, start)
    each_epoch = n // m
    steps = recipe["epochs"] * each_epoch
    for done in range(0, steps, each_epoch):
        for at, batch in enumerate(random.permutation(n)[: each_epoch * m].reshape(-1, m), start=done):
            held = step(*held, batch, recipe["rate"] * (1 - at / steps))
    jax.block_until_ready(held)
    clock.over("training")
    found = jax.jit(outputs)(held[0], tx).argmax(1)
    correct = int((found == ty).sum())
    clock.over("scoring")
    np.savez(Path(folder) / "net.npz", *map(np.asarray, jax.tree.leaves(held[0])))
    clock.over("saving")
    return correct, clock.parts


PROGRAMS = {OURS: ours, TORCH: torch_eager, JAX: jax_jit}


# ---- many processes ----------------------------------------------------------------------------------------------------------


IMAGES = 50_000


def recipe_of(images=IMAGES):
    """What is learned, by the preset, in words that the others know."""
    import chainrule as cr

    preset = cr.PRESETS["sprint"]
    net = cr.Network(**preset.network, seed=0)
    fit = preset.fit
    one, two, neurons, _ = (len(each) for each in net.weights)
    return {
        "maps": [one, two], "neurons": neurons, "batch": fit["batch_size"], "epochs": fit["epochs"],
        "rate": fit["learning_rate"], "smoothing": fit["regularization"].label_smoothing, "images": images, "saved": True,
    }  # fmt: skip


def process(name, seed, recipe, folder, cache):
    """Run a process, and tell what it says and how long it took, from its start to its end."""
    if name != COMMAND:
        done = run(
            [sys.executable, __file__, "--run", name, str(seed), json.dumps(recipe), folder], Path(folder), cache
        )
        correct, parts = json.loads(done.out.splitlines()[-1])
        return {"seed": seed, "correct": correct, **done.run, "parts": parts}
    few = "" if recipe["images"] == IMAGES else f" --train-size {recipe['images']}"
    line = f"{COMMAND} --seed {seed} --output {folder}/net.safetensors --json{few}"
    done = run(arguments_of(line), Path(folder), cache)
    told = json.loads(done.out)
    return {"seed": seed, "correct": told["correct"], **done.run, "parts": {"training": round(told["seconds"], 3)}}


def write_data(folder, images):
    """The arrays that the others load."""
    import numpy as np

    import chainrule as cr

    train, _, test = cr.datasets.mnist()
    for part, x, y in (("", train.images[:images], train.labels[:images]), ("t", test.images, test.labels)):
        np.save(Path(folder) / f"{part}x.npy", np.asarray(x, np.float32).reshape(len(x), -1) / 255)
        np.save(Path(folder) / f"{part}y.npy", np.asarray(y))


def page(found):
    """The page of these figures."""
    from machine import line

    recipe, runs = found["recipe"], found["runs"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    one, two = recipe["maps"]
    rows, details = [], []
    for name in (each for each in (COMMAND, *PROGRAMS) if each in runs):
        kept = runs[name]
        right = [each["correct"] / 100 for each in kept["runs"]]
        seconds, own = ([each[which] for each in kept["runs"]] for which in ("seconds", "processor_seconds"))
        first, count = kept["first"], kept["threads"]
        shown = f"`{name}`" if name == COMMAND else f"{name}, {count} thread{'s' * (count > 1)}"
        rows.append(
            f"| {shown} | {len(right)} | **{statistics.mean(right):.2f} %** ({min(right):.2f}–{max(right):.2f}) "
            f"| **{statistics.median(seconds):.2f}** ({min(seconds):.2f}–{max(seconds):.2f}) | {statistics.median(own):.2f} "
            f"| {first['seconds']:.2f} | {first['processor_seconds']:.2f} |"
        )
        parts = ", ".join(
            f"{part} {statistics.median(each['parts'][part] for each in kept['runs']):.2f}" for part in first["parts"]
        )
        details.append(f"- {'the command' if name == COMMAND else name}: {parts}.")
    if COMMAND not in runs:
        rows.insert(0, f"| `{COMMAND}` | 0 | not measured | not measured | | | |")
    load = statistics.median(each["load"] for each in runs[OURS]["runs"])
    quiet = "which nothing else used" if load < 3 else f"which others used, too (load {load:.0f})"
    return f"""# The time to 99 % on MNIST

Made by `python benchmarks/sprint.py`; do not edit by hand. How long a whole process takes to read 99 % of MNIST's test
images: `chainrule train --preset sprint`, and programs that call chainrule, PyTorch and JAX with the same recipe.

## Protocol

- **What is timed**: a process of its own for each seed, from its start until it has ended: the interpreter, imports, reading
  the data, compiling, training on {recipe["images"]:,} images, the score on the 10,000 test images, which are read once, and
  saving. Three are programs that do this alone. The command, with `--seed`, `--output` and `--json`, also scores the 10,000
  validation images after each epoch, looks for advice, and says what it has found. Seconds are those of the clock; of the
  processor, those of all threads together.
- **What is not**: installing, and writing the data as files. Code that a process has compiled is kept for the next one, as it
  is for users; the first process, which finds an empty cache, is timed apart.
- **What counts**: the mean of the test accuracy over seeds 0 to {found["wanted"] - 1}, which were fixed in advance, all of
  them; 99.0 % is aimed at.
- **How it was chosen**: network and settings by the accuracy on the 10,000 validation images, of a few seeds from 0 on; never
  on the test images. Nothing was learned from the validation images.
- **The others** have the same network, initial distribution, batches, epochs, rate, schedule, optimizer and smoothing. Their
  images are arrays of float32 that only have to be loaded. PyTorch runs eagerly, since its compiler takes longer than the run,
  on the number of threads that was faster; JAX runs a compiled step, with its compilation cache, on as many threads as
  it chooses among those cores.

The recipe: {one} and {two} maps of 5 × 5, each pooled 2 × 2, {recipe["neurons"]} neurons, ReLU, softmax;
{recipe["epochs"]} epochs in batches of {recipe["batch"]}; SGD with Nesterov's momentum 0.9, η = {recipe["rate"]:g} falling
linearly to 0, label smoothing {recipe["smoothing"]:g}; no augmentation.

## Figures

| | seeds | test: mean (least–most) | seconds: median (least–most) | processor, s | first process, s | processor, s |
|---|--:|---|--:|--:|--:|--:|
{chr(10).join(rows)}

Where the seconds of the clock go as the processes tell it, medians:

{chr(10).join(details)}

{line(found["machine"])}, {quiet}; {versions}.
"""


def main() -> None:
    """Run what is missing, write the results after each, and the page."""
    if sys.argv[1:2] == ["--run"]:
        name, seed, recipe, folder = sys.argv[2:]
        print(json.dumps(PROGRAMS[name](int(seed), json.loads(recipe), folder)))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed on few images; nothing is written")
    parser.add_argument("--seeds", type=int, default=30, help="how many of ours, from 0")
    parser.add_argument("--peers", type=int, default=5, help="how many of each of the others, from 0")
    parser.add_argument("--again", action="store_true", help="make all runs again")
    chosen = parser.parse_args()
    import importlib.metadata
    import importlib.util

    from chainrule.run.threads import cores
    from machine import machine

    recipe = recipe_of(2_000 if chosen.quick else 50_000)
    there = {COMMAND: True, OURS: True, TORCH: importlib.util.find_spec("torch"), JAX: importlib.util.find_spec("jax")}
    libraries = [name for name in ("torch", "jax", "llvmlite") if importlib.util.find_spec(name)]
    found = {
        "machine": machine(), "recipe": recipe, "wanted": chosen.seeds,
        "versions": {name: importlib.metadata.version(name) for name in libraries}, "runs": {},
    }  # fmt: skip
    if RESULTS.exists() and not chosen.again and not chosen.quick:
        kept = json.loads(RESULTS.read_text(encoding="utf-8"))
        if all(kept[each] == found[each] for each in ("machine", "recipe", "versions")):
            found["runs"] = kept["runs"]
    with tempfile.TemporaryDirectory() as folder:
        write_data(folder, recipe["images"])
        for name in (each for each in (COMMAND, *PROGRAMS) if there[each]):
            seeds = 1 if chosen.quick else chosen.seeds if name in (COMMAND, OURS) else chosen.peers
            kept = found["runs"].setdefault(name, {"threads": 0, "runs": []})
            missing = [seed for seed in range(seeds) if seed not in [each["seed"] for each in kept["runs"]]]
            if not missing:
                continue
            cache = Path(folder) / name
            given = [recipe | {"threads": each} for each in ({1, cores()} if name == TORCH else {cores()})]
            tried = [process(name, 0, each, folder, cache) for each in given]
            best = min(range(len(given)), key=lambda at: tried[at]["seconds"])
            kept |= {"threads": given[best]["threads"], "first": tried[best]}
            if name == COMMAND:
                kept["command"] = COMMAND
            for seed in missing:
                kept["runs"].append(process(name, seed, given[best], folder, cache))
                print(name, json.dumps(kept["runs"][-1]), flush=True)
                if not chosen.quick:
                    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if not chosen.quick:
        (HERE.parent / "docs" / "sprint.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
