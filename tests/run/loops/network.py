"""The training of a small network, written by hand in the language of loops: the first whole program that goes through it.

Fully connected layers, sigmoid, quadratic cost, plain gradient descent, float32 or float64. Examples are gathered in the order
that is given. Lanes are units; a layer's weights lie in panels of `vectors` vectors, row by row of its inputs.
"""

import itertools

import numpy as np

from chainrule.run.loops.functions import sigmoid
from chainrule.run.loops.language import (
    BYTES,
    INDEX,
    Block,
    Function,
    Kind,
    apply,
    at,
    check,
    constant,
    get,
    load,
    spread,
)
from chainrule.run.loops.tiling import tiled

from .products import added, product

ARRAYS = ("memory", "examples", "targets", "order", "rates")
p, r, v, k, t = (get(name, INDEX) for name in "prvkt")


class Layer:
    """Where the numbers of a layer lie, in bytes from the beginning of the memory."""

    def __init__(self, network, inputs, units):
        size, lanes = network.size, network.kind.lanes
        self.dtype = np.dtype(f"f{size}")
        self.inputs, self.units = inputs, units
        self.vectors = min(network.vectors, -(-units // lanes))
        self.panels = -(-units // (lanes * self.vectors))
        self.panel = self.vectors * network.step
        self.width = self.panels * self.panel  # of a row, in bytes
        self.weights = network.place(inputs * self.width)
        self.biases = network.place(self.width)
        self.turned, self.row = network.place(self.width // size * network.below), network.below
        self.outputs, self.errors = (network.place(network.batch * self.width) for _ in range(2))
        network.below = self.width
        self.nest = [("p", self.panels), ("r", network.batch), ("v", self.vectors)]
        self.here = ((r, self.width), (p, self.panel), (v, network.step))
        self.matrix = at("memory", self.weights, (p, inputs * self.panel), (k, self.panel), (v, network.step))
        self.bias = at("memory", self.biases, (p, self.panel), (v, network.step))


class Network:
    def __init__(self, sizes, batch, number="f32", bits=128, vectors=2, fused=False):
        self.size, self.step, self.batch, self.vectors = BYTES[number], bits // 8, batch, vectors
        self.kind, self.one = Kind(number, self.step // self.size), Kind(number)
        self.used, self.sizes, self.fused = 0, sizes, fused
        self.inputs = self.place(batch * sizes[0] * self.size)
        self.below = self.step * -(-sizes[0] // self.kind.lanes)
        self.layers = [Layer(self, *each) for each in itertools.pairwise(sizes)]

    def place(self, count):
        start, self.used = self.used, self.used + -(-count // 64) * 64
        return start

    def function(self, rows, vectors):
        """`main(…, n)`, which does n steps, in tiles of so many rows and vectors."""
        block = Block(self.fused)
        with block.loop("t", get("n", INDEX)):
            self.gather(block)
            before, row = self.inputs, self.sizes[0] * self.size
            for layer in self.layers:
                self.forward(block, layer, before, row)
                before, row = layer.outputs, layer.width
            self.last_errors(block, self.layers[-1])
            for layer, above in zip(self.layers[-2::-1], self.layers[:0:-1], strict=True):
                self.errors(block, layer, above)
            before, row = self.inputs, self.sizes[0] * self.size
            for layer in self.layers:
                self.update(block, layer, before, row)
                before, row = layer.outputs, layer.width
        made = Function("main", ARRAYS, ("n",), tiled(block.body, {"r": rows, "v": vectors}))
        check([made])
        return made

    def example(self, block, width):
        index = load(at("order", 0, (t, 4 * self.batch), (get("b", INDEX), 4)), Kind("i32"))
        return block.let(apply("convert", index, kind=INDEX) * width)

    def gather(self, block):
        row = self.sizes[0] * self.size
        with block.loop("b", self.batch) as b:
            example = self.example(block, row)
            with block.loop("j", self.sizes[0]) as j:
                value = load(at("examples", 0, (example, 1), (j, self.size)), self.one)
                block.store(at("memory", self.inputs, (b, row), (j, self.size)), value)

    def forward(self, block, layer, before, row):
        left = spread(at("memory", before, (r, row), (k, self.size)), self.kind)
        start, place = load(layer.bias, self.kind), at("memory", layer.outputs, *layer.here)
        inner = [("k", layer.inputs)]
        product(
            block, layer.nest, inner, left, load(layer.matrix, self.kind), start, lambda block, z: block.store(place, z)
        )
        with block.loop("j", self.batch * layer.width // self.step) as j:
            place = at("memory", layer.outputs, (j, self.step))
            block.store(place, sigmoid(block, load(place, self.kind)))

    def last_errors(self, block, layer):
        """Errors times the learning rate over the batch's size."""
        rate = block.let(spread(at("rates", 0, (t, self.size)), self.kind))
        with block.loop("b", self.batch) as b:
            example = self.example(block, layer.width)
            with block.loop("j", layer.width // self.step) as j:
                place = (b, layer.width), (j, self.step)
                a = block.let(load(at("memory", layer.outputs, *place), self.kind))
                y = load(at("targets", 0, (example, 1), (j, self.step)), self.kind)
                block.store(at("memory", layer.errors, *place), (a - y) * a * (1.0 - a) * rate)

    def errors(self, block, layer, above):
        lanes = above.panel // self.size
        with block.loop("q", above.panels) as q, block.loop("c", lanes) as c, block.loop("j", layer.units) as j:
            place = at("memory", above.weights, (q, above.inputs * above.panel), (j, above.panel), (c, self.size))
            turned = at("memory", above.turned, (q, lanes * above.row), (c, above.row), (j, self.size))
            block.store(turned, load(place, self.one))
        left = spread(at("memory", above.errors, (r, above.width), (k, self.size)), self.kind)
        right = load(at("memory", above.turned, (k, above.row), (p, layer.panel), (v, self.step)), self.kind)

        def finish(block, total):
            a = block.let(load(at("memory", layer.outputs, *layer.here), self.kind))
            block.store(at("memory", layer.errors, *layer.here), total * a * (1.0 - a))

        product(block, layer.nest, [("k", above.units)], left, right, constant(0, self.kind), finish)

    def update(self, block, layer, before, row):
        left = spread(at("memory", before, (r, row), (k, self.size)), self.kind)
        held = -load(at("memory", layer.errors, *layer.here), self.kind)
        added(block, layer.nest, [("k", layer.inputs)], layer.matrix, left, held)
        with block.loop("j", layer.width // self.step) as j:
            total = block.variable(load(at("memory", layer.biases, (j, self.step)), self.kind))
            with block.loop("e", self.batch) as e:
                error = load(at("memory", layer.errors, (j, self.step), (e, layer.width)), self.kind)
                block.set(total.detail, total - error)
            block.store(at("memory", layer.biases, (j, self.step)), total)

    # ---- what it is given, and what it must come to --------------------------------------------------------------------

    def panels(self, layer, memory):
        """The weights of a layer, as they lie: panel, input, unit of the panel."""
        lanes = layer.panel // self.size
        raw = memory[layer.weights : layer.weights + layer.inputs * layer.width].view(layer.dtype)
        return raw.reshape(layer.panels, layer.inputs, lanes)

    def weights(self, layer, memory):
        """Of a unit (column) for an input (row)."""
        return self.panels(layer, memory).transpose(1, 0, 2).reshape(layer.inputs, -1)[:, : layer.units]

    def biases(self, layer, memory):
        return memory[layer.biases : layer.biases + layer.units * self.size].view(layer.dtype)

    def start(self, seed, steps, examples=50):
        """The arrays, by their names."""
        random, dtype = np.random.default_rng(seed), self.layers[0].dtype
        raw = np.zeros(self.used + 64, np.uint8)
        memory = raw[-raw.ctypes.data % 64 :][: self.used]
        for layer in self.layers:
            panels = self.panels(layer, memory)
            drawn = np.zeros((layer.inputs, layer.width // self.size), dtype)
            drawn[:, : layer.units] = random.standard_normal((layer.inputs, layer.units)) / np.sqrt(layer.inputs)
            panels[...] = drawn.reshape(layer.inputs, layer.panels, -1).transpose(1, 0, 2)
            self.biases(layer, memory)[...] = random.standard_normal(layer.units)
        targets = np.zeros((examples, self.layers[-1].width // self.size), dtype)
        targets[np.arange(examples), random.integers(0, self.sizes[-1], examples)] = 1
        return {
            "memory": memory,
            "examples": random.random((examples, self.sizes[0])).astype(dtype),
            "targets": targets,
            "order": random.integers(0, examples, (steps, self.batch)).astype(np.int32),
            "rates": np.full(steps, 0.5 / self.batch, dtype),
        }

    def by_hand(self, given, steps):
        """Weights and biases after some steps, in NumPy and float64."""
        weights = [self.weights(layer, given["memory"]).astype(np.float64) for layer in self.layers]
        biases = [self.biases(layer, given["memory"]).astype(np.float64) for layer in self.layers]
        for step in range(steps):
            activations = [given["examples"][given["order"][step]].astype(np.float64)]
            for w, b in zip(weights, biases, strict=True):
                activations.append(1 / (1 + np.exp(-(activations[-1] @ w + b))))
            a = activations[-1]
            error = (a - given["targets"][given["order"][step], : a.shape[1]]) * a * (1 - a) * given["rates"][step]
            for layer in reversed(range(len(weights))):
                below, w = activations[layer], weights[layer]
                weights[layer], biases[layer] = w - below.T @ error, biases[layer] - error.sum(0)
                error = error @ w.T * below * (1 - below)
        return weights, biases
