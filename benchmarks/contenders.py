"""Who is timed: one function each, which makes an epoch of a work; each is written as its makers would have it.

A contender begins with the same parameters, draws the same orders, and gathers its batches itself; what it prepares once
(copies of the data in its own type, compiled functions) is done before the first epoch or in it, which is not timed.
"""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import chainrule as cr
from works import Work, data, pictures, shuffler, start

Epoch = Callable[[], None]
HERE = Path(__file__).parent


class MissingError(Exception):
    """Why a contender cannot take part here, or has no such form."""


@dataclass(frozen=True)
class Contender:
    """`epoch()` learns from all images once; `parameters()` are w2, b2, … as they then are, for comparison, if they can be."""

    epoch: Epoch
    parameters: Callable[[], list[np.ndarray]] | None
    share: float = 1.0  # of the epoch that one call does, where the whole would take too long


# ---- chainrule -------------------------------------------------------------------------------------------------------


def _fit(work: Work, executor: str, rounds: int) -> Contender:
    """One `Network.fit` over all rounds, which stops after each epoch until the next one is asked for."""
    x, labels = pictures(work.images)
    net = cr.Network(**work.network)
    go, done, failed = threading.Semaphore(0), threading.Semaphore(0), []
    n = work.steps * work.batch

    def pause(epoch: object) -> None:
        done.release()
        go.acquire()

    def learn() -> None:
        go.acquire()
        optimizer = "adam" if work.deep else "sgd"
        settings = {"batch_size": work.batch, "learning_rate": work.rate, "optimizer": optimizer, "executor": executor}
        try:
            net.fit(x[:n], labels[:n], epochs=rounds, callbacks=[pause], **settings)
        except BaseException as error:  # it is raised where the epoch is asked for
            failed.append(error)
            done.release()

    threading.Thread(target=learn, daemon=True).start()

    def epoch() -> None:
        go.release()
        done.acquire()
        if failed:
            raise failed[0]

    return Contender(epoch, lambda: net.parameters)


def chainrule_numpy(work: Work, rounds: int) -> Contender:
    """`Network.fit` on the default install."""
    return _fit(work, "numpy", rounds)


def chainrule_native(work: Work, rounds: int) -> Contender:
    """`Network.fit` in native loops, with every product done in full."""
    return _native(work, rounds, skip=False)


def chainrule_native_skip(work: Work, rounds: int) -> Contender:
    """`Network.fit` in native loops as it is, passing over pixels that are 0 in a whole batch."""
    return _native(work, rounds, skip=True)


def _native(work: Work, rounds: int, skip: bool) -> Contender:
    if not importlib.util.find_spec("llvmlite"):
        raise MissingError("llvmlite is not installed")
    try:
        from chainrule.training import native
    except ImportError:
        raise MissingError("this chainrule has no native executor") from None
    made = _fit(work, "native", rounds)
    usual = native._SPARSE

    def epoch() -> None:
        native._SPARSE = usual if skip else 2.0  # a share of zeros that no data has
        try:
            made.epoch()
        finally:
            native._SPARSE = usual

    return Contender(epoch, made.parameters)


# ---- NumPy and C by hand, the book -----------------------------------------------------------------------------------


def numpy_by_hand(work: Work, rounds: int) -> Contender:
    """Plain batched NumPy, as a careful programmer writes it: rows are examples, no Python per image."""
    x, y, _ = data(work.images)
    orders, parameters = _orders(work), start(work)
    weights = [w.T.copy() for w in parameters[::2]] if work.deep else parameters[::2]
    biases = [b[:, 0].copy() for b in parameters[1::2]]
    rate = np.float32(work.rate if work.deep else work.rate / work.batch)
    if work.deep:
        state = [(np.zeros_like(p), np.zeros_like(p)) for p in (*weights, *biases)]
        steps = [0]

        def epoch() -> None:
            for rows in next(orders):
                steps[0] += 1
                _adam(_deep_gradients(x[rows], y[rows], weights, biases), (*weights, *biases), state, rate, steps[0])

        return Contender(
            epoch, lambda: [each for w, b in zip(weights, biases, strict=True) for each in (w.T, b[:, None])]
        )
    (w2, w3), (b2, b3) = weights, biases

    def epoch() -> None:
        for rows in next(orders):
            a1, t = x[rows], y[rows]
            a2 = 1 / (1 + np.exp(-(a1 @ w2.T + b2)))
            a3 = 1 / (1 + np.exp(-(a2 @ w3.T + b3)))
            d3 = (a3 - t) * a3 * (1 - a3)
            d2 = (d3 @ w3) * a2 * (1 - a2)
            w3[...] -= rate * (d3.T @ a2)
            b3[...] -= rate * d3.sum(0)
            w2[...] -= rate * (d2.T @ a1)
            b2[...] -= rate * d2.sum(0)

    return Contender(epoch, lambda: [w2, b2[:, None], w3, b3[:, None]])


def _deep_gradients(a: np.ndarray, t: np.ndarray, weights: list, biases: list) -> list[np.ndarray]:
    inputs = []
    for layer, (w, b) in enumerate(zip(weights, biases, strict=True), start=1):
        inputs.append(a)
        a = a @ w + b
        if layer < len(weights):
            a = np.maximum(a, 0)
    a = np.exp(a - a.max(axis=1, keepdims=True))
    d = (a / a.sum(axis=1, keepdims=True) - t) / np.float32(len(t))
    to_weights, to_biases = [], []
    for layer in reversed(range(len(weights))):
        to_weights.insert(0, inputs[layer].T @ d)
        to_biases.insert(0, d.sum(axis=0))
        if layer:
            d = (d @ weights[layer].T) * (inputs[layer] > 0)
    return [*to_weights, *to_biases]


def _adam(gradients: list, parameters: tuple, state: list, rate: np.float32, t: int) -> None:
    first, second = np.float32(rate / (1 - 0.9**t)), np.float32((1 - 0.999**t) ** -0.5)
    for p, g, (m, s) in zip(parameters, gradients, state, strict=True):
        m += np.float32(0.1) * (g - m)
        s += np.float32(0.001) * (g * g - s)
        p -= first * m / (second * np.sqrt(s) + np.float32(1e-8))


def c_by_hand(work: Work, rounds: int) -> Contender:
    """`epoch.c`, compiled for this processor with the sizes as constants."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if work.deep:
        raise MissingError("the C program is for one hidden layer, sigmoid and SGD")
    if compiler is None:
        raise MissingError("there is no C compiler")
    n1, n2, n3 = work.sizes
    library = Path(tempfile.mkdtemp()) / "epoch.so"
    sizes = [f"-DM={work.batch}", f"-DN1={n1}", f"-DN2={n2}", f"-DN3={n3}"]
    flags = ["-O3", "-march=native", "-shared", "-fPIC", *sizes]
    subprocess.run([compiler, *flags, str(HERE / "epoch.c"), "-o", str(library), "-lm"], check=True)
    function = ctypes.CDLL(str(library)).epoch
    x, y, _ = data(work.images)
    w2, b2, w3, b3 = (_filled(each.T) for each in start(work))
    orders = _orders(work)

    def pointer(array: np.ndarray) -> ctypes.c_void_p:
        return ctypes.c_void_p(array.ctypes.data)

    def epoch() -> None:
        order = np.ascontiguousarray(next(orders), np.int64)
        held = (pointer(each) for each in (w2, b2, w3, b3))
        rate = ctypes.c_float(work.rate / work.batch)
        function(pointer(x), pointer(y), pointer(order), ctypes.c_int64(len(order)), rate, *held)

    return Contender(epoch, lambda: [w2[:, :n2].T, b2[:, :n2].T, w3[:, :n3].T, b3[:, :n3].T])


def _filled(array: np.ndarray) -> np.ndarray:
    """With its rows filled up to a multiple of 16 with zeros."""
    return np.ascontiguousarray(np.pad(array, ((0, 0), (0, -array.shape[1] % 16))))


def book(work: Work, rounds: int) -> Contender:
    """The book's `network.py`, in Python 3: one image after the other, float64, as it stands there."""
    if work.deep:
        raise MissingError("the book's code has no such network")
    from chainrule import textbook

    x, y, _ = data(work.images)
    share = min(1.0, 2_000 / work.images)
    pairs = [
        (a.reshape(-1, 1).astype(float), t.reshape(-1, 1).astype(float))
        for a, t in zip(x[:2000], y[:2000], strict=True)
    ]
    net = textbook.Network(list(work.sizes))

    def epoch() -> None:
        for k in range(0, len(pairs), work.batch):
            net.update_mini_batch(pairs[k : k + work.batch], work.rate)

    return Contender(epoch, None, share)


def _orders(work: Work) -> Iterator[np.ndarray]:
    random, n = shuffler(), work.steps * work.batch
    while True:
        yield random.permutation(n).reshape(-1, work.batch)


# ---- peers -----------------------------------------------------------------------------------------------------------


def jax_scan(work: Work, rounds: int) -> Contender:
    """JAX: one `jit` of a `scan` over the epoch, parameters donated, grays divided by 255 as they are gathered."""
    jax = _module("jax")
    jnp = jax.numpy
    x, y = jnp.asarray(pictures(work.images)[0]), jnp.asarray(data(work.images)[1])
    orders = _orders(work)

    def outputs(parameters, a):
        for layer, (w, b) in enumerate(parameters, start=1):
            z = a @ w + b
            a = (jax.nn.relu(z) if layer < len(parameters) else z) if work.deep else jax.nn.sigmoid(z)
        return a

    def cost(parameters, a, t):
        a = outputs(parameters, a)
        if work.deep:
            return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(a), axis=1))
        return 0.5 * jnp.sum((a - t) ** 2) / len(t)

    def step(carry, rows):
        parameters, m, s, k = carry
        gradient = jax.grad(cost)(parameters, x[rows].astype(jnp.float32) / 255, y[rows])
        if not work.deep:
            return (jax.tree.map(lambda p, g: p - work.rate * g, parameters, gradient), m, s, k), None
        k = k + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        s = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, s, gradient)
        first, second = work.rate / (1 - 0.9**k), (1 - 0.999**k) ** -0.5
        new = jax.tree.map(lambda p, m, s: p - first * m / (second * jnp.sqrt(s) + 1e-8), parameters, m, s)
        return (new, m, s, k), None

    pairs = start(work)
    parameters = [(jnp.asarray(w.T), jnp.asarray(b[:, 0])) for w, b in zip(pairs[::2], pairs[1::2], strict=True)]
    zeros = jax.tree.map(jnp.zeros_like, parameters) if work.deep else ()
    held = [(parameters, zeros, jax.tree.map(jnp.zeros_like, zeros), jnp.float32(0))]
    run = jax.jit(lambda carry, order: jax.lax.scan(step, carry, order)[0], donate_argnums=0)

    def epoch() -> None:
        held[0] = jax.block_until_ready(run(held[0], jnp.asarray(next(orders))))

    def found() -> list[np.ndarray]:
        return [each for w, b in held[0][0] for each in (np.asarray(w).T, np.asarray(b)[:, None])]

    return Contender(epoch, found)


def torch_eager(work: Work, rounds: int) -> Contender:
    """PyTorch as it is usually written: modules, autograd, a fused optimizer."""
    torch = _module("torch")
    torch.set_num_threads(work.threads)
    x, y, _ = map(torch.from_numpy, data(work.images))
    orders = _orders(work)
    layers, hidden = [], torch.nn.ReLU if work.deep else torch.nn.Sigmoid
    pairs = start(work)
    for w, b in zip(pairs[::2], pairs[1::2], strict=True):
        linear = torch.nn.Linear(w.shape[1], w.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w))
            linear.bias.copy_(torch.from_numpy(b[:, 0]))
        layers += [linear, hidden()]
    net = torch.nn.Sequential(*(layers[:-1] if work.deep else layers))
    kind = torch.optim.Adam if work.deep else torch.optim.SGD
    optimizer, half = kind(net.parameters(), lr=work.rate, fused=True), 0.5

    def epoch() -> None:
        for rows in torch.from_numpy(next(orders)):
            optimizer.zero_grad(set_to_none=True)
            a, t = net(x[rows]), y[rows]
            (torch.nn.functional.cross_entropy(a, t) if work.deep else half / len(t) * ((a - t) ** 2).sum()).backward()
            optimizer.step()

    def found() -> list[np.ndarray]:
        arrays = [p.detach().numpy() for p in net.parameters()]
        return [each if each.ndim == 2 else each[:, None] for each in arrays]

    return Contender(epoch, found)


def torch_compiled(work: Work, rounds: int) -> Contender:
    """PyTorch with the whole step compiled by `torch.compile`: gather, forward, backward, update."""
    torch = _module("torch")
    torch.set_num_threads(work.threads)
    if not (shutil.which("c++") or shutil.which("g++") or shutil.which("cl")):
        raise MissingError("torch.compile needs a C++ compiler")
    x, y, _ = map(torch.from_numpy, data(work.images))
    orders = _orders(work)
    parameters = [torch.from_numpy(each.copy()) for each in start(work)]
    m, s = [torch.zeros_like(p) for p in parameters], [torch.zeros_like(p) for p in parameters]
    clock = torch.zeros(())

    def cost(parameters, a, t):
        for k in range(0, len(parameters), 2):
            z = a @ parameters[k].T + parameters[k + 1][:, 0]
            a = (torch.relu(z) if k + 2 < len(parameters) else z) if work.deep else torch.sigmoid(z)
        if work.deep:
            return torch.nn.functional.cross_entropy(a, t)
        return ((a - t) ** 2).sum() * (0.5 / len(t))

    def step(rows):
        gradients = torch.func.grad(cost)(tuple(parameters), x[rows], y[rows])
        if work.deep:
            clock.add_(1)
        for p, g, mp, sp in zip(parameters, gradients, m, s, strict=True):
            if work.deep:
                mp.copy_(0.9 * mp + 0.1 * g)
                sp.copy_(0.999 * sp + 0.001 * g * g)
                first, second = work.rate / (1 - 0.9**clock), (1 - 0.999**clock) ** -0.5
                p.sub_(first * mp / (second * torch.sqrt(sp) + 1e-8))
            else:
                p.sub_(work.rate * g)

    compiled = torch.compile(step, fullgraph=True)

    def epoch() -> None:
        with torch.no_grad():
            for rows in torch.from_numpy(next(orders)):
                compiled(rows)

    return Contender(epoch, lambda: [p.numpy() for p in parameters])


def scikit_learn(work: Work, rounds: int) -> Contender:
    """scikit-learn's `MLPClassifier`, an epoch of `partial_fit`; its cost is the cross-entropy, it has no quadratic one."""
    network = _module("sklearn.neural_network")
    x, _, labels = data(work.images)
    hidden = {"hidden_layer_sizes": work.sizes[1:-1], "activation": "relu" if work.deep else "logistic"}
    solver = {"solver": "adam"} if work.deep else {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False}
    rate = work.rate if work.deep else 0.5  # with the cross-entropy, 3 is too much
    net = network.MLPClassifier(**hidden, **solver, batch_size=work.batch, learning_rate_init=rate, alpha=0.0)

    def epoch() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net.partial_fit(x, labels, classes=range(10))

    return Contender(epoch, None)


def _module(name: str):
    try:
        return importlib.import_module(name)
    except ImportError:
        raise MissingError(f"{name.partition('.')[0]} is not installed") from None


CONTENDERS: dict[str, Callable[[Work, int], Contender]] = {
    "chainrule, native, zeros skipped": chainrule_native_skip,
    "chainrule, native": chainrule_native,
    "chainrule, NumPy": chainrule_numpy,
    "C by hand": c_by_hand,
    "NumPy by hand": numpy_by_hand,
    "JAX, jit of a scan": jax_scan,
    "PyTorch, compiled step": torch_compiled,
    "PyTorch, eager": torch_eager,
    "scikit-learn": scikit_learn,
    "the book's code": book,
}
