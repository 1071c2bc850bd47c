"""Many networks: side by side beside one after another and JAX's vmap, a sweep in two processes, steps shared by two processes.

    python benchmarks/many.py            # rounds in which all take turns: 15, or --rounds 4
    python benchmarks/many.py --quick    # one short round of each, printed

Writes `benchmarks/results/many.json` and `docs/scale.md`. Times are the best of rounds in which all take their turn, since
machines are shared; on one core, processor time. What takes two cores needs a machine on which two are free.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUICK = "--quick" in sys.argv
STEPS = "--steps" in sys.argv  # a process of its own, of those that share steps
if not STEPS:
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np

import chainrule as cr
import machine
from chainrule.training import lanes
from chainrule.training.settings import SettingsError

NETWORKS = 8 if QUICK else 100
ROUNDS = 1 if QUICK else int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 15
WORKS = {  # examples of an epoch, epochs of a round
    (2, 3, 1): (2000, 20),
    (4, 16, 3): (1000, 20),
    (784, 30, 10): (200, 6),
}
PROCESSES = (1, 2)
SHARED = {"sizes": [784, 100, 10], "batch_size": 100, "examples": 2000, "epochs": 2 if QUICK else 6}


# ---- side by side --------------------------------------------------------------------------------------------------------


def data(sizes, n):
    """Examples: digits for networks that read them, else random numbers."""
    random = np.random.default_rng(0)
    if sizes[0] == 784:
        train, _, _ = cr.datasets.mnist()
        return train.images[:n], train.labels[:n]
    x = random.random((n, sizes[0])).astype(np.float32)
    return x, random.random((n, 1)) if sizes[-1] == 1 else random.integers(0, sizes[-1], n)


def template(sizes):
    """The network, with sigmoid and the quadratic cost, or where it has one output, the squared error."""
    if sizes[-1] == 1:
        return cr.Network(list(sizes), cost="mean-squared-error", output="sigmoid", scale="none", target_scale="none")
    return cr.Network(list(sizes), scale=None if sizes[0] == 784 else "none")


@contextlib.contextmanager
def loops(in_lanes, cores):
    """Machine code with networks in lanes or one after another, on so many cores."""
    kept = lanes.in_lanes, lanes.cores
    lanes.in_lanes = kept[0] if in_lanes else lambda *given: False
    lanes.cores = lambda: cores
    try:
        yield
    finally:
        lanes.in_lanes, lanes.cores = kept


CONTENDERS = {
    "fit_many, 1 core": (True, 1, {}),
    "fit_many, 2 cores": (True, 2, {}),
    "the same loops one after another, 1 core": (False, 1, {}),
    "each its own order, one after another, 1 core": (True, 1, {"order": None}),
    "JAX, vmap, 1 thread": (True, 1, {"executor": "jax"}),
}


def least(ticks):
    """The least processor time and the least elapsed time from one tick to the next."""
    return np.diff(ticks, axis=0).min(axis=0)


def tick():
    """Now, in processor time and elapsed."""
    return time.process_time(), time.perf_counter()


def seconds(sizes, name):
    """The least times of an epoch, of all networks together."""
    in_lanes, cores, fit = CONTENDERS[name]
    (n, epochs), ticks = WORKS[sizes], []
    with loops(in_lanes, cores):
        cr.fit_many(
            template(sizes), *data(sizes, n), seeds=range(NETWORKS), epochs=epochs, learning_rate=1.0,
            callbacks=[lambda standing: ticks.append(tick())], **{"executor": "native", **fit},
        )  # fmt: skip
    return least(ticks)


def alone(sizes):
    """The least times of an epoch of `fit`, of one network."""
    (n, epochs), ticks = WORKS[sizes], []
    fit = {"epochs": epochs, "learning_rate": 1.0, "callbacks": [lambda epoch: ticks.append(tick())]}
    template(sizes).fit(*data(sizes, n), executor="native", **fit)
    return least(ticks)


def side_by_side():
    """µs a step and network, of processor time and elapsed, by network and contender."""
    found = {}
    for sizes, (n, _) in WORKS.items():
        best = {name: np.full(2, np.inf) for name in (*CONTENDERS, "fit, 1 core")}
        for _ in range(ROUNDS):
            for name in CONTENDERS:
                with contextlib.suppress(SettingsError):  # JAX is not there
                    best[name] = np.minimum(best[name], seconds(sizes, name) / NETWORKS)
            best["fit, 1 core"] = np.minimum(best["fit, 1 core"], alone(sizes))
        own = {name: (1e6 * each / (n / 10)).tolist() for name, each in best.items() if np.isfinite(each).all()}
        found[str(list(sizes))] = own
        print(sizes, {name: np.round(each, 4).tolist() for name, each in own.items()}, flush=True)
    return found


# ---- processes -----------------------------------------------------------------------------------------------------------


def sweeps():
    """Seconds of the example's sweep, by the number of processes, the second time, when the processes are there."""
    sys.path.insert(0, str(HERE.parent / "examples"))
    import sweep

    best = dict.fromkeys(PROCESSES, float("inf"))
    for _ in range(1 + ROUNDS // 2):
        for processes in PROCESSES:
            began = time.perf_counter()
            sweep.sweep(200 if QUICK else 10_000, processes, 2 if QUICK else 10)
            best[processes] = min(best[processes], time.perf_counter() - began)
    return {str(processes): each for processes, each in best.items()}


def steps(port, index, processes):
    """One of the processes that share each batch: prints µs a step, the least of its epochs."""
    import jax

    if processes > 1:
        jax.distributed.initialize(f"localhost:{port}", processes, index)
    net = cr.Network(SHARED["sizes"], seed=0)
    fit = {"batch_size": SHARED["batch_size"], "epochs": SHARED["epochs"], "executor": "jax"}
    history = net.fit(*data(SHARED["sizes"], SHARED["examples"]), **fit)
    count = SHARED["examples"] / SHARED["batch_size"]
    print("µs a step:", min(epoch.seconds for epoch in history.epochs) / count * 1e6)


def shared_steps():
    """µs a step where one process takes each batch, and where two share it."""
    found = {}
    for processes in PROCESSES:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = str(free.getsockname()[1])
        command = [sys.executable, __file__, "--steps", port]
        one = {**os.environ, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
        begun = [
            subprocess.Popen([*command, str(k), str(processes)], env=one, stdout=subprocess.PIPE, text=True)
            for k in range(processes)
        ]
        said = [each.communicate()[0] for each in begun]
        found[str(processes)] = max(float(text.partition("µs a step:")[2]) for text in said)
    return found


# ---- the page ------------------------------------------------------------------------------------------------------------

PAGE = """# Many networks, and more than one machine

Written by `python benchmarks/many.py`. Each figure is the best of {rounds} rounds in which all took turns, on {cores} cores.

## Measured: many networks in one process

`cr.fit_many` trains {networks} networks of one architecture with other seeds: sigmoid, batches of ten. µs of processor time a
step and network, and how many times as fast as the same loops one after another; on two cores, time elapsed, and how many
times as fast as on one:

{table}

The step of one network has one more axis, that of the networks, and the axis is innermost: a lane of the processor's vectors
belongs to a network. A small network alone leaves most lanes empty, so that side by side wins most where a network is
smallest. All read the same examples in the same order; where each has an order of its own, they are trained one after
another, some steps of each at a time. Side by side or not is chosen by sizes and batch alone: where the weights of as many
networks as there are lanes exceed {weights} MB, or their activations of a batch {activations} kB, one after another is
faster. A network has the same bits alone and among others. JAX runs the same step by its `vmap`, which `executor="jax"` also
does on a GPU; that was not measured here.

## Measured: processes with a core each

- **A sweep of networks of different shapes** (`examples/sweep.py`: 18 networks, ten epochs on 10,000 digits each, those that
  fall behind ended after three): {one_process:.1f} s in one process, {two_processes:.1f} s in two by joblib, {sweep:.2f}
  times as fast.
- **A batch shared by two processes** (`executor="jax"`, `jax.distributed`, [784, 100, 10], batches of {batch}):
  {one_step:,.0f} µs a step in one process, {two_steps:,.0f} µs in two. Each step adds up all gradients over both: on one
  machine, with so small a network, that takes longer than half a batch saves. It is meant for networks and batches that one
  device cannot hold or takes long for.

## How it is used

- `cr.fit_many(network, x, y, seeds=range(100), learning_rate=[…], l2=[…])`; `patience` ends each network by itself, and a
  callback that gives a truth value for each ends those it chooses, as in successive halving.
- Networks of other shapes: a network, and all that `fit` takes, can be pickled (a lambda by cloudpickle), so joblib, Dask
  and Ray send them to their processes. `examples/search.py` runs one search of scikit-learn's on each of the three; in the tests
  two processes of each find what one finds, bit for bit. `callbacks=[…]` end a run that falls behind, as `examples/pruning.py`
  does where Optuna says so. Give each process a core by `OMP_NUM_THREADS=1` or joblib's `inner_max_num_threads=1`.
- Several processes on one run: in each, `jax.distributed.initialize(…)`, then the same program with `fit(…, executor="jax")`
  on the same data and seed, with `checkpoint="run"` in one of them. Each takes its part of every batch whose size the number
  of devices divides, and all of any other. If one is lost, the others end with an error of JAX's as soon as they miss it;
  `cr.resume("run", x, y)` in all of them goes on from the last epoch, to the same bits as if nothing had happened. Tests do
  so with two processes.

## Designed, not measured

- More than two processes, more than one machine, GPUs and TPUs. What goes over the network per step is what JAX's all-reduce
  of the gradients takes; every process holds all examples and draws the same order, so that nothing else does, and reads the
  data from a place of its own or one that all share. Data that no single process can hold are not provided for.
- A network whose weights are divided among devices: the batch alone is divided here.
- Sweeps on Dask and Ray beyond one machine: they rest on those engines and on pickling, not on code of ours.

{machine}.{busy}
"""


BUSY = """

While this ran, other work kept the machine busy (a load of {load:.0f}): what takes two cores at once had to wait for them, and
its figures say little. On a machine with two free cores, run the command again.
"""


def table(found):
    """µs a step and network, and how many times as fast as one after another; on two cores, as on one."""
    names = list(dict.fromkeys(name for each in found.values() for name in each))
    one, two, after, *_ = CONTENDERS
    rows = ["| | " + " | ".join(found) + " |", "|---|" + "---:|" * len(found)]
    for name in names:
        clock, beside = (1, one) if name == two else (0, after)
        pairs = [(each[name][clock], each[beside][clock]) if name in each else None for each in found.values()]
        cells = [f"{pair[0]:.3g} (× {pair[1] / pair[0]:.2f})" if pair else "" for pair in pairs]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def page(result):
    """The page as text."""
    one, two = (result["sweep"][str(k)] for k in PROCESSES)
    return PAGE.format(
        rounds=ROUNDS, cores=os.cpu_count(), networks=NETWORKS, table=table(result["side by side"]),
        weights=lanes._WEIGHTS // 2**20, activations=lanes._ACTIVATIONS // 2**10,
        one_process=one, two_processes=two, sweep=one / two,
        batch=SHARED["batch_size"], one_step=result["steps"]["1"], two_steps=result["steps"]["2"],
        machine=machine.line(result["machine"]),
        busy=BUSY.format(load=result["load"]).rstrip() if result["load"] >= 1 else "",
    )  # fmt: skip


def main():
    result = {"machine": machine.machine(), "load": os.getloadavg()[0]}
    result |= {"side by side": side_by_side(), "sweep": sweeps(), "steps": shared_steps()}
    print(
        json.dumps(
            {name: each for name, each in result.items() if name != "side by side"}, indent=1, ensure_ascii=False
        )
    )
    if not QUICK:
        (HERE / "results" / "many.json").write_text(
            json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        (HERE.parent / "docs" / "scale.md").write_text(page(result), encoding="utf-8")


if __name__ == "__main__":
    if STEPS:
        steps(*(int(each) if each.isdigit() else each for each in sys.argv[2:]))
    else:
        main()
