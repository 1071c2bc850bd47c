"""Convolutional networks beside their peers, in one run: `python benchmarks/convolution.py [--quick]`.

N1 is 20 maps of 5 × 5, pooling, 100 neurons, softmax; N2 has 40 more maps before the 100 neurons. Each contender does whole
training steps, in turn, in a process bound to one core; the bound is the time that a step's products take at the rate of a
1024³ matrix product, measured in each round. Then whole epochs of N2 by `fit` beside PyTorch, on one core and on two.
Writes `results/convolution.json`, and the page `docs/convolution.md`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
BATCHES = (10, 128)
CORES = (1, 2)
RATE = 0.1
MAPS = {"N1": (20,), "N2": (20, 40)}
LAYERS, PLAIN = "chainrule, layers", "chainrule, plain NumPy"
AVX2 = "chainrule, layers, AVX2"


# ---- the networks --------------------------------------------------------------------------------------------------------


def shapes(name):
    """The shapes of weights and biases, in order."""
    channels, side, found = 1, 28, []
    for maps in MAPS[name]:
        found += [(maps, channels, 5, 5), (maps,)]
        channels, side = maps, (side - 4) // 2
    return [*found, (100, channels * side**2), (100,), (10, 100), (10,)]


def operations(name, batch):
    """Floating-point operations of a step's products; the images' own error is not computed."""
    side, total = 28, 0
    for place, (maps, channels, *_) in enumerate(shapes(name)[: 2 * len(MAPS[name]) : 2]):
        side -= 4
        total += (3 if place else 2) * 2 * side**2 * maps * channels * 25
        side //= 2
    for rows, columns in shapes(name)[2 * len(MAPS[name]) :: 2]:
        total += 3 * 2 * rows * columns
    return total * batch


def start(name):
    """The first parameters. No bias is 0: on blank ground z is b, and at 0 contenders take other slopes of ReLU."""
    random = np.random.default_rng(0)
    wide = [np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.01 for shape in shapes(name)]
    return [(random.normal(size=shape) * by).astype(np.float32) for shape, by in zip(shapes(name), wide, strict=True)]


def batches(batch, count=20):
    """Images with blank ground, as handwriting has, and their labels one-hot."""
    import chainrule as cr

    images, labels = cr.datasets.mnist()[0]
    order = np.random.default_rng(1).permutation(len(images))[: count * batch].reshape(count, batch)
    x = np.asarray(images, np.float32).reshape(-1, 1, 28, 28)
    return [(x[each], np.eye(10, dtype=np.float32)[np.asarray(labels).reshape(-1)[each]]) for each in order]


# ---- contenders: each a function of a batch, which does a step, and a function that gives the parameters ----------------------


def plain(name, batch):
    """As a user writes it, in NumPy: nothing in it knows of convolution."""
    import chainrule as cr

    def cost(parameters, x, y):
        a = x
        for w, b in zip(*[iter(parameters[:-4])] * 2, strict=True):
            windows = np.lib.stride_tricks.sliding_window_view(a, (5, 5), axis=(2, 3))
            z = np.einsum("fcij,ncyxij->nfyx", w, windows) + b[:, None, None]
            n, f, side, _ = z.shape
            apart = z.reshape(n, f, side // 2, 2, side // 2, 2)
            best = apart[:, :, :, 0, :, 0]
            for i, j in ((0, 1), (1, 0), (1, 1)):
                best = np.where(best >= apart[:, :, :, i, :, j], best, apart[:, :, :, i, :, j])
            a = np.maximum(best, 0)
        w, b, v, c = parameters[-4:]
        z = np.maximum(a.reshape(len(x), -1) @ w.T + b, 0) @ v.T + c
        z = z - np.max(z, axis=1, keepdims=True)
        return -np.sum(y * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True)))) / len(x)

    step = cr.compile(cr.grad(cost), executor="native")
    parameters = start(name)

    def learn(x, y):
        for each, gradient in zip(parameters, step(parameters, x, y), strict=True):
            gradient *= RATE
            each -= gradient

    return learn, lambda: parameters


def by_hand(name, batch):
    """NumPy as one writes it who knows how: patches of the images, and one product for each layer and derivative."""
    parameters = start(name)

    def patches(a):
        windows = np.lib.stride_tricks.sliding_window_view(a, (5, 5), axis=(2, 3))
        return windows.transpose(1, 4, 5, 0, 2, 3).reshape(a.shape[1] * 25, -1)

    def learn(x, y):
        n, a, kept = len(x), x, []
        for w, b in zip(*[iter(parameters[:-4])] * 2, strict=True):
            seen, side = patches(a), a.shape[2] - 4
            z = (w.reshape(len(w), -1) @ seen).reshape(len(w), n, side // 2, 2, side // 2, 2)
            z = z.transpose(1, 0, 2, 4, 3, 5).reshape(n, len(w), side // 2, side // 2, 4)
            winner = z.argmax(-1)[..., None]
            pooled = np.take_along_axis(z, winner, -1)[..., 0] + b[:, None, None]
            kept.append((seen, winner, a.shape, z.shape, pooled))
            a = np.maximum(pooled, 0)
        w, b, v, c = parameters[-4:]
        flat = a.reshape(n, -1)
        h = np.maximum(flat @ w.T + b, 0)
        z = h @ v.T + c
        e = np.exp(z - z.max(1, keepdims=True))
        error = (e / e.sum(1, keepdims=True) - y) / n
        dv, dc = error.T @ h, error.sum(0)
        error = (error @ v) * (h > 0)
        gradients = [error.T @ flat, error.sum(0), dv, dc]
        error = (error @ w).reshape(a.shape)
        for k in reversed(range(len(kept))):
            seen, winner, before, shape, pooled = kept[k]
            error = error * (pooled > 0)
            db, own = error.sum((0, 2, 3)), np.zeros(shape, np.float32)
            np.put_along_axis(own, winner, error[..., None], -1)
            n, f, y2, x2, _ = shape
            own = own.reshape(n, f, y2, x2, 2, 2).transpose(1, 0, 2, 4, 3, 5).reshape(f, -1)
            w = parameters[2 * k]
            gradients = [(own @ seen.T).reshape(w.shape), db, *gradients]
            if k:
                side = 2 * y2
                windows = (w.reshape(f, -1).T @ own).reshape(before[1], 5, 5, n, side, side)
                error = np.zeros(before, np.float32)
                for i in range(5):
                    for j in range(5):
                        error[:, :, i : i + side, j : j + side] += windows[:, i, j].transpose(1, 0, 2, 3)
        for each, gradient in zip(parameters, gradients, strict=True):
            each -= RATE * gradient

    return learn, lambda: parameters


def torch_eager(name, batch):
    import torch

    torch.set_num_threads(1)
    parts = []
    for _ in MAPS[name]:
        parts += [torch.nn.LazyConv2d(MAPS[name][len(parts) // 3], 5), torch.nn.MaxPool2d(2), torch.nn.ReLU()]
    net = torch.nn.Sequential(
        *parts, torch.nn.Flatten(), torch.nn.LazyLinear(100), torch.nn.ReLU(), torch.nn.Linear(100, 10)
    )
    net(torch.zeros(batch, 1, 28, 28))
    with torch.no_grad():
        for own, given in zip(net.parameters(), start(name), strict=True):
            own.copy_(torch.from_numpy(given))
    optimizer, loss = torch.optim.SGD(net.parameters(), RATE), torch.nn.CrossEntropyLoss()

    def learn(x, y):
        optimizer.zero_grad()
        loss(net(torch.from_numpy(x)), torch.from_numpy(y)).backward()
        optimizer.step()

    return learn, lambda: [each.detach().numpy() for each in net.parameters()]


def jax_jit(name, batch):
    import jax
    from jax import numpy as jnp

    def cost(parameters, x, y):
        a = x
        for w, b in zip(*[iter(parameters[:-4])] * 2, strict=True):
            z = jax.lax.conv(a, w, (1, 1), "VALID")
            z = jax.lax.reduce_window(z, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
            a = jax.nn.relu(z + b[:, None, None])
        w, b, v, c = parameters[-4:]
        z = jax.nn.relu(a.reshape(len(x), -1) @ w.T + b) @ v.T + c
        return -jnp.sum(y * jax.nn.log_softmax(z)) / len(x)

    @jax.jit
    def step(parameters, x, y):
        gradients = jax.grad(cost)(parameters, x, y)
        return [each - RATE * gradient for each, gradient in zip(parameters, gradients, strict=True)]

    held = [list(map(jnp.asarray, start(name)))]

    def learn(x, y):
        held[0] = jax.block_until_ready(step(held[0], x, y))

    return learn, lambda: [np.asarray(each) for each in held[0]]


def at_once(batch):
    """How many steps by layers a call does."""
    return 2560 // batch


def layers(name, batch):
    """`Network` with `Conv`, `MaxPool` and `Dense`: the loops that `fit` runs, which gather their batches, too."""
    import chainrule as cr
    from chainrule.data.inputs import one_hot
    from chainrule.layers import Conv, Flatten, MaxPool
    from chainrule.training import native
    from chainrule.training.optimizers import sgd
    from chainrule.training.runner import Examples, learner_of
    from chainrule.training.step import UpdateRule

    parts = [part for maps in MAPS[name] for part in (Conv(maps, 5), MaxPool(2))]
    layers = [*parts, Flatten(), 100, 10]
    net = cr.Network(layers, activation="relu", cost="log-likelihood", input=(1, 28, 28), seed=0)
    images, labels = (np.asarray(each[:5_120]) for each in cr.datasets.mnist()[0])
    targets, rule = one_hot(labels, 10).astype(np.float32), UpdateRule(sgd())
    x = np.asarray(images, np.float32).reshape(len(images), -1)
    learner = learner_of(net.architecture, net.parameters, rule.optimizer, np.random.default_rng(0))
    runner = native.NativeRunner(
        net.architecture, learner, Examples(x, targets, None, None, lambda rows: rows, labels), rule, batch
    )
    runner.begin()
    orders = np.random.default_rng(1).permutation(len(x))[: len(x) // batch * batch].reshape(-1, batch)

    def learn(x, y):
        runner.learn(orders[: at_once(batch)], [0.01 / batch] * at_once(batch), 0)

    return learn, list


CONTENDERS = {
    LAYERS: layers,
    PLAIN: plain,
    "NumPy by hand": by_hand,
    "PyTorch, eager": torch_eager,
    "JAX, jit": jax_jit,
}


# ---- an epoch ------------------------------------------------------------------------------------------------------------


def epochs(threads, batch, rounds, count):
    """What a process of its own prints: epochs of N2, ours by `fit` and PyTorch's in turn; the first ones are not counted."""
    import chainrule as cr
    from chainrule.layers import Conv, Flatten, MaxPool
    from measure import clock

    images, labels = (np.asarray(each[:count]) for each in cr.datasets.mnist()[0])
    parts = [part for maps in MAPS["N2"] for part in (Conv(maps, 5), MaxPool(2))]
    net = cr.Network([*parts, Flatten(), 100, 10], activation="relu", cost="log-likelihood", input=(1, 28, 28), seed=0)
    seconds, begun, theirs = {LAYERS: [], "PyTorch, eager": []}, [clock(threads)], None
    try:
        theirs = torch_epoch(threads, batch, images, labels)
    except ImportError:
        del seconds["PyTorch, eager"]

    def turn(_):
        seconds[LAYERS].append(clock(threads) - begun[0])
        if theirs is not None:
            began = clock(threads)
            theirs()
            seconds["PyTorch, eager"].append(clock(threads) - began)
        begun[0] = clock(threads)

    net.fit(
        images, labels, epochs=rounds + 1, batch_size=batch, learning_rate=RATE, executor="native", callbacks=[turn]
    )
    return {
        "threads": threads, "batch": batch, "images": count, "load": os.getloadavg()[0], "rounds": rounds,
        "seconds": {name: {"median": statistics.median(t[1:]), "least": min(t[1:])} for name, t in seconds.items()},
    }  # fmt: skip


def torch_epoch(threads, batch, images, labels):
    import torch

    learn, _ = torch_eager("N2", batch)
    torch.set_num_threads(threads)
    x = np.asarray(images, np.float32).reshape(-1, 1, 28, 28)
    y, random = np.eye(10, dtype=np.float32)[labels], np.random.default_rng(2)

    def epoch():
        for rows in random.permutation(len(x))[: len(x) // batch * batch].reshape(-1, batch):
            learn(x[rows], y[rows])

    return epoch


# ---- measuring -----------------------------------------------------------------------------------------------------------


def slice_of(learn, given, seconds):
    """The seconds of a call, over as many as take so many seconds."""
    began, calls = time.process_time(), 0
    while not calls or time.process_time() - began < seconds:
        learn(*given[calls % len(given)])
        calls += 1
    return (time.process_time() - began) / calls


def measured(name, batch, names, rounds, seconds):
    """What a process of its own prints: rounds in which all contenders do steps, in turn."""
    from measure import product_rate

    given, made, missing, firsts = batches(batch), {}, {}, {}
    for each in names:
        try:
            began = time.process_time()
            learn, parameters = CONTENDERS[each](name, batch)
            learn(*given[0])
        except ImportError as error:
            missing[each] = str(error)
            continue
        firsts[each] = time.process_time() - began
        made[each] = learn, [np.array(found) for found in parameters()]
    apart = {}
    if "NumPy by hand" in made:
        wanted = made["NumPy by hand"][1]
        for each, (_, found) in made.items():
            if each == LAYERS:  # whose tests compare it with NumPy: it starts from parameters of its own
                continue
            apart[each] = max(float(np.abs(a - b).max()) for a, b in zip(found, wanted, strict=True))
            assert apart[each] < 2e-4, (each, apart[each])
    times = {each: [] for each in made}
    rates = []
    for _ in range(rounds):
        rates.append(product_rate(1))
        for each, (learn, _) in made.items():
            learn(*given[0])
            times[each].append(
                min(slice_of(learn, given, seconds) for _ in range(6)) / (at_once(batch) if each == LAYERS else 1)
            )
    bounds = [operations(name, batch) / rate for rate in rates]
    return {
        "name": name, "batch": batch, "load": os.getloadavg()[0],
        "rounds": rounds, "bound": statistics.median(bounds), "missing": missing,
        "gflop_a_second": statistics.median(rates) / 1e9, "first": firsts, "apart_after_a_step": apart,
        "seconds": {each: {"median": statistics.median(t), "least": min(t)} for each, t in times.items()},
        "of_bound": {
            each: statistics.median(t) / statistics.median(bounds) for each, t in times.items()
        },
    }  # fmt: skip


def in_a_process(*asked, quick, avx2=False):
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"CHAINRULE_CACHE": cache} | ({"CHAINRULE_NATIVE_CPU": "avx2"} if avx2 else {})
        command = [sys.executable, __file__, *map(str, asked), *["--quick"] * quick, *["--avx2"] * avx2]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def page(found):
    from machine import line

    rows = []
    for each, avx2 in zip(found["works"], found["avx2"], strict=True):
        own = {**each["seconds"], AVX2: avx2["seconds"][LAYERS]}
        of_bound = {**each["of_bound"], AVX2: avx2["of_bound"][LAYERS]}
        firsts = {**each["first"], AVX2: avx2["first"][LAYERS]}
        best = own[LAYERS]["median"]
        for name in sorted(own, key=lambda name: own[name]["median"]):
            took = own[name]["median"]
            numbers = f"{took * 1e3:.3f}", f"{of_bound[name]:.2f}", f"{took / best:.1f}", f"{firsts[name]:.2f}"
            rows.append(f"| {' | '.join([each['name'], str(each['batch']), name, *numbers])} |")
    of_epochs = []
    for each in found["epochs"]:
        best = each["seconds"][LAYERS]["median"]
        for name, took in each["seconds"].items():
            numbers = f"{took['median']:.2f}", f"{took['median'] / best:.1f}"
            of_epochs.append(f"| {' | '.join([str(each['batch']), str(each['threads']), name, *numbers])} |")
    bounds = "; ".join(
        f"{each['name']}, {each['batch']} images: {each['bound'] * 1e3:.3f} ms at {each['gflop_a_second']:.0f} GFLOP/s"
        for each in found["works"]
    )
    load = max(each["load"] for each in found["works"])
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return f"""# Convolutional networks

Written by `benchmarks/convolution.py`, on {line(found["machine"])}; {versions}.
float32, one core, MNIST; seconds are those of the processor, which others used, too (load {load:.0f}); medians of
{found["works"][0]["rounds"]} rounds, in each of which all take turns, and of each
the least of six stretches counts, as the fastest of six products does for the bound.

N1: 20 maps of 5 × 5, pooling 2 × 2, ReLU, 100 neurons, softmax. N2: 40 more maps of 5 × 5 over the 20, pooling, before the 100
neurons. A step is forward, backward and update with SGD. All but layers start from the same parameters, and after
one step those agree with NumPy's by hand. *Bound*: the products of a step at the rate of a 1024³ product of this machine in the
same round ({bounds}).

*{PLAIN}* is a user's function of NumPy, `compile(grad(cost))`, and the update in NumPy; *{LAYERS}* is what `Network.fit` runs
for `Conv`, `MaxPool` and `Dense`, which also gathers its batches. *NumPy by hand* multiplies patches of the images.

| | batch | | ms a step | × bound | × the first | first step, s |
|---|--:|---|--:|--:|--:|--:|
{chr(10).join(rows)}

An epoch of N2 on {found["epochs"][0]["images"]:,} images by `fit`, and by PyTorch from arrays in memory, in turn; medians of
{found["epochs"][0]["rounds"]}. On one core, seconds are those of the processor; on two, the clock's, of which other programs
took their part (load {max(each["load"] for each in found["epochs"]):.0f}).

| batch | cores | | s an epoch | × the first |
|--:|--:|---|--:|--:|
{chr(10).join(of_epochs)}

*First step*: with an empty cache, of a new network, compiling included; for layers of {at_once(10)} or {at_once(128)} steps.
"""


def main():
    quick = "--quick" in sys.argv
    if "--measure" in sys.argv:
        place = sys.argv.index("--measure")
        names = [LAYERS] if "--avx2" in sys.argv else list(CONTENDERS)
        settings = (1, 0.02) if quick else (3, 0.02)
        print(json.dumps(measured(sys.argv[place + 1], int(sys.argv[place + 2]), names, *settings)))
        return
    if "--epochs" in sys.argv:
        place = sys.argv.index("--epochs")
        print(json.dumps(epochs(*map(int, sys.argv[place + 1 : place + 3]), *((1, 500) if quick else (3, 50_000)))))
        return
    works = [(name, batch) for name in MAPS for batch in ((10,) if quick else BATCHES)]
    ran = []
    for work in works:
        ran.append(in_a_process("--measure", *work, quick=quick))
        print(json.dumps(ran[-1], indent=1), flush=True)
    whole = [(cores, batch) for batch in ((10,) if quick else BATCHES) for cores in CORES]
    of_epochs = []
    for work in whole:
        of_epochs.append(in_a_process("--epochs", *work, quick=quick))
        print(json.dumps(of_epochs[-1], indent=1), flush=True)
    if quick:
        return
    import importlib.metadata

    from machine import machine

    found = {
        "machine": machine(), "versions": {name: importlib.metadata.version(name) for name in ("torch", "jax", "llvmlite")},
        "works": ran, "avx2": [in_a_process("--measure", *work, quick=quick, avx2=True) for work in works],
        "epochs": of_epochs,
    }  # fmt: skip
    (HERE / "results" / "convolution.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (HERE.parent / "docs" / "convolution.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    if "--measure" in sys.argv:
        from measure import bind

        bind(1)
    elif "--epochs" in sys.argv:
        from measure import bind

        bind(int(sys.argv[sys.argv.index("--epochs") + 1]))
    import numpy as np

    main()
