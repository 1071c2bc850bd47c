"""Networks that learn in WebAssembly, in Node and in Chromium: bit for bit what machine code of the same width of vectors learns,
and what NumPy learns, within rounding."""

import base64
import functools
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.layers import Attention, Conv, Dropout, Flatten, LayerNorm, MaxPool, Recurrent, Residual
from chainrule.network.costs import smoothed
from chainrule.run.loops import machine_code, system
from chainrule.training import chunk, native
from chainrule.training.optimizers import adam
from chainrule.training.runner import Examples, NumpyRunner, learner_of
from chainrule.training.settings import settings
from chainrule.training.step import state_names

from .engines import in_node, in_page

pytestmark = pytest.mark.browser
RUN = """async ({ code, at, given, calls, names }) => {
  const { instantiate, size } = await import(`data:text/javascript;base64,${code}`);
  const numbers = ([Numbers, text]) =>
    new globalThis[Numbers](Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const text = ({ buffer }) => btoa(Array.from(new Uint8Array(buffer), (c) => String.fromCharCode(c)).join(""));
  const memory = at ? [new WebAssembly.Memory({ initial: Math.ceil((at + size) / 65536) }), at] : [];
  if (at) new Uint8Array(memory[0].buffer).fill(255);
  const net = await instantiate(...memory);
  const told = [];
  try {
    net.set(Object.fromEntries(given.map(([name, each]) => [name, numbers(each)])));
    for (const [order, rates, draws] of calls) {
      told.push(net.train(numbers(order), Array.isArray(rates) ? numbers(rates) : rates, draws && numbers(draws)));
      if (at) net.memory.grow(1); // as Pyodide's does
    }
  } catch (error) {
    return `${error}`;
  }
  const beside = at ? new Uint8Array(net.memory.buffer, 0, at).every((each) => each === 255) : true;
  return { told, beside, steps: net.steps, arrays: names.map((name) => text(net.get(name))) };
}"""
TYPED = {"u1": "Uint8Array", "i4": "Int32Array", "f4": "Float32Array", "f8": "Float64Array"}
NODE = functools.partial(in_node, RUN)


@pytest.fixture(scope="module", params=["chromium", "node"])
def engine(request):
    if request.param == "node":
        return NODE
    page = request.getfixturevalue("chromium").new_page()
    return functools.partial(in_page, page, RUN)


def sent(array):
    array = np.ascontiguousarray(array)
    return [TYPED[array.dtype.str[1:]], base64.b64encode(array.tobytes()).decode()]


def ran(engine, made, given, calls, names=(), at=0):
    """What a module does with arrays that it is given and calls of `train`: what each tells, and arrays afterwards."""
    calls = [
        [sent(order), rates if isinstance(rates, float) else sent(rates), None if draws is None else sent(draws)]
        for order, rates, draws in calls
    ]
    code = base64.b64encode(made.javascript.encode()).decode()
    given = [[name, sent(each)] for name, each in given.items()]
    return engine({"code": code, "at": at, "given": given, "calls": calls, "names": [*names]})


def doubled(a, w, b):
    return np.sum(w @ a, axis=0) + b


DOUBLED = cr.Layer(doubled, [cr.Parameter("w", (2, 5, "n_in"), "weight"), cr.Parameter("b", (5, 1), "bias")], "tanh")
NETWORKS = {
    "the book's": ({"layers": [21, 12, 3]}, {}, True),
    "the book's, of numbers": ({"layers": [21, 12, 3]}, {}, False),
    "tanh, momentum, penalties": (
        {"layers": [9, 8, 7, 4], "activation": "tanh", "cost": "cross-entropy"},
        {"optimizer": "momentum", "regularization": cr.Regularization(l2=0.5, l1=0.1, max_norm=1.5)},
        False,
    ),
    "ReLU, softmax, Adam": (
        {"layers": [16, 24, 10], "activation": "relu", "cost": "log-likelihood", "initializer": "he"},
        {"optimizer": "adam", "regularization": cr.Regularization(label_smoothing=0.1)},
        True,
    ),
    "one output for two classes": (
        {"layers": [5, 8, 1], "activation": "tanh", "cost": "cross-entropy"},
        {"regularization": cr.Regularization(label_smoothing=0.2)},
        False,
    ),
    "dropout, clipping": (
        {"layers": [6, 20, 3], "activation": "relu", "cost": "log-likelihood", "dropout": [0.2, 0.5]},
        {"optimizer": "rmsprop", "clipping": cr.Clipping(norm=1.0)},
        False,
    ),
    "normalized": (
        {"layers": [6, 20, 8, 3], "activation": "relu", "cost": "log-likelihood", "normalization": ["batch", "layer"]},
        {"optimizer": "adamw"},
        False,
    ),
    "a layer of one's own": ({"layers": [6, DOUBLED, 3]}, {"optimizer": "momentum"}, False),
    "an optimizer with numbers of its own": (
        {"layers": [4, 9, 3]},
        {"optimizer": replace(adam(), name="own", numbers=lambda t: (1.5 + 1 / t, 0.75))},
        False,
    ),
    "convolution, pooling, dropout": (
        {
            "layers": [Conv(4, 3, "relu"), MaxPool(2), Dropout(0.25), Flatten(), 3],
            "input": (2, 8, 10),
            "cost": "log-likelihood",
        },
        {"optimizer": "momentum"},
        True,
    ),
    "two convolutions, whose winners are listed": (
        {
            "layers": [Conv(4, 3, "relu"), MaxPool(2), Conv(6, 3, "relu"), MaxPool(2), Flatten(), 3],
            "input": (1, 14, 14),
            "cost": "log-likelihood",
        },
        {},
        False,
    ),
    "attention": (
        {"layers": [Residual([LayerNorm(), Attention(2, causal=True)]), Recurrent(5), 3], "input": (4, 6)},
        {},
        False,
    ),
    "regression": (
        {"layers": [3, 10, 2], "activation": "tanh", "cost": "mean-squared-error"},
        {"optimizer": "nesterov"},
        False,
    ),
}
EXAMPLES, BATCH = 57, 6


class Case:
    """A network, examples that it learns from, and two calls, in which 70 and 9 steps are taken."""

    def __init__(self, name, dtype):
        network, self.how, self.pixels = NETWORKS[name]
        self.network = {**network, "dtype": dtype, "seed": 3}
        random = np.random.default_rng(4)
        self.net = cr.Network(**self.network)
        inputs, *_, outputs = self.net.sizes
        self.images = random.integers(0, 256, (EXAMPLES, inputs)).astype(np.uint8)
        self.images[random.random(self.images.shape) < 0.5] = 0
        if not self.pixels:
            self.images = random.normal(size=self.images.shape).astype(dtype)
        classes = max(outputs, 2)
        self.classes = random.integers(0, classes, EXAMPLES)
        self.targets = np.eye(classes, dtype=dtype)[self.classes][:, -outputs:]
        smoothing = self.how.get("regularization", cr.Regularization()).label_smoothing
        if smoothing:
            self.targets = smoothed(self.targets, smoothing, classes)
        if self.net.numeric:
            self.targets = random.normal(size=self.targets.shape).astype(dtype)
        self.labels = self.targets if self.net.numeric else self.classes.astype(np.int32)
        self.orders = [random.integers(0, EXAMPLES, (steps, BATCH)).astype(np.int32) for steps in (70, 9)]
        self.rates = [0.05, random.uniform(0.01, 0.1, 9)]
        self.rule = settings(EXAMPLES, epochs=1, batch_size=BATCH, learning_rate=1.0, **self.how).rule

    @property
    def is_exact(self):
        """Whether Adam's βᵗ is rounded as here: where numbers are no finer than float32, though `Math` is not the C library."""
        return self.net.dtype == "float32" or not self.rule.optimizer.numbers(1)

    def module(self):
        return self.net.webassembly(EXAMPLES, batch_size=BATCH, pixels=self.pixels, **self.how)

    def examples(self):
        dtype = self.net.dtype

        def convert(pixels):
            return pixels * np.dtype(dtype).type(1 / 255)

        labels = self.classes if self.net.sizes[-1] > 1 else self.classes[:, None]
        labels = None if self.net.numeric else labels
        images = (None, self.images) if self.pixels else (self.images, None)
        return Examples(images[0], self.targets, None, images[1], convert, labels)

    def learned(self, runner):
        """What a runner of the house learns of it: sums of costs and right answers, and all arrays that have changed."""
        net = cr.Network(**self.network)
        learner = learner_of(net.architecture, net.parameters, self.rule.optimizer, np.random.default_rng(5))
        runner, told, done = runner(net.architecture, learner, self.examples(), self.rule), [], 0
        for order, rates in zip(self.orders, self.rates, strict=True):
            runner.begin()
            assert runner.learn(order, np.broadcast_to(rates, len(order)), done) is None
            runner.settle()
            told.append((runner.cost, runner.correct))
            done += len(order)
        return told, [*learner.parameters, *learner.state]

    def draws(self):
        """The numbers that a runner draws for its masks."""
        random, sizes = np.random.default_rng(5), self.net.sizes
        masked = BATCH * sum(sizes[layer - 1] for _, layer in self.net.architecture.masks)
        drawn = [np.empty(len(order) * masked, self.net.dtype) for order in self.orders]
        for each in drawn:
            random.random(out=each, dtype=each.dtype)
        return drawn if masked else [None] * len(drawn)

    def in_webassembly(self, engine, at=0):
        names = [*self.net.architecture.shapes, *state_names(self.net.architecture, self.rule)]
        calls = [*zip(self.orders, self.rates, self.draws(), strict=True)]
        given = {"images": self.images, "labels": self.labels}
        found = ran(engine, self.module(), given, calls, names, at)
        assert not isinstance(found, str), found
        assert found["beside"]
        assert found["steps"] == 79
        assert all(each.get("wrong") is None for each in found["told"])
        told = [
            (each["cost"] * order.size, each.get("correct"))
            for each, order in zip(found["told"], self.orders, strict=True)
        ]
        return told, [np.frombuffer(base64.b64decode(each), self.net.dtype) for each in found["arrays"]]


@pytest.fixture
def of_this_width(monkeypatch):
    """Machine code of WebAssembly's vectors."""

    def compiled(own, compiling=None):
        made = chunk.Chunk(own.task, 16, fused=False)
        code = machine_code.compiled([*system.FUNCTIONS, *made.parts, made.function])
        return native.Compiled(made, code.function("main"))

    monkeypatch.setattr(native, "compiled", compiled)
    return lambda *args: native.NativeRunner(*args, BATCH)


@pytest.mark.wide
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_what_machine_code_learns_bit_for_bit(engine, of_this_width, name, dtype):
    case = Case(name, dtype)
    told, arrays = case.in_webassembly(engine, at=192 * (dtype == "float64"))
    wanted, learned = case.learned(of_this_width)
    for (cost, correct), (own, right) in zip(told, wanted, strict=True):
        assert cost == pytest.approx(own, rel=1e-15)
        assert correct == (None if case.net.numeric else right)
    for found, each in zip(arrays, learned, strict=True):
        if case.is_exact:
            assert found.tobytes() == each.tobytes()
        else:
            np.testing.assert_allclose(found, each.reshape(-1), rtol=1e-11, atol=1e-15)


def test_a_step_that_threads_share_gives_the_same_bits_in_one(of_this_width, monkeypatch):
    monkeypatch.setattr(chunk, "is_shared", lambda task: True)
    case = Case("ReLU, softmax, Adam", "float32")
    _, arrays = case.in_webassembly(NODE)
    _, learned = case.learned(of_this_width)
    assert b"".join(each.tobytes() for each in arrays) == b"".join(each.tobytes() for each in learned)


@pytest.mark.wide
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_what_numpy_learns(name, dtype):
    case = Case(name, dtype)
    told, arrays = case.in_webassembly(NODE)
    wanted, learned = case.learned(NumpyRunner)
    close = {"float32": 1e-3, "float64": 1e-9}[dtype]
    for (cost, correct), (own, right) in zip(told, wanted, strict=True):
        assert cost == pytest.approx(own, rel=close)
        assert correct == (None if case.net.numeric else right)
    for found, each in zip(arrays, learned, strict=True):
        np.testing.assert_allclose(found, each.reshape(-1), rtol=close, atol=close * np.abs(each).max())


SMALL = {"images": np.eye(4, 3, dtype="f4"), "labels": np.array([0, 1, 1, 0], "i4")}


def small(**how):
    return cr.Network([3, 2, 2], seed=0).webassembly(4, batch_size=2, **how)


def call(order, rates=1.0, draws=None):
    return np.array(order), rates if isinstance(rates, float) else np.array(rates), draws


@pytest.mark.parametrize(
    ("given", "calls", "said"),
    [
        ({"w2": np.zeros(5)}, [], "w2 takes 6 numbers, row by row, and was given 5."),
        ({"w9": np.zeros(5)}, [], "There is no array w9; there are w2, b2, w3, b3, images, labels."),
        ({"images": np.zeros((3, 3))}, [], "images takes 12 numbers, row by row, and was given 9."),
        ({"labels": np.array([0, 1, 2, 0], "i4")}, [], "labels has 2; it takes whole numbers from 0 to 1."),
        ({"labels": np.array([0, 0.5, 1, 0])}, [], "labels has 0.5; it takes whole numbers from 0 to 1."),
        (SMALL, [call([0, 4])], "order has 4; it takes whole numbers from 0 to 3."),
        (SMALL, [call([0, -1])], "order has -1; it takes whole numbers from 0 to 3."),
        (SMALL, [call([0, 1, 2])], "order has 3 examples; it takes 2 for each step."),
        (SMALL, [call([0, 1], [1.0, 2.0])], "rates takes 1 numbers, row by row, and was given 2."),
        (SMALL, [call([0, 1], 1.0, np.zeros(3))], "draws takes 0 numbers, row by row, and was given 3."),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(given, calls, said):
    calls = [(o.astype("i4"), rates, draws) for o, rates, draws in calls]
    assert ran(NODE, small(), {name: np.asarray(each) for name, each in given.items()}, calls) == f"Error: {said}"


def test_what_diverges_is_not_kept_and_the_first_wrong_step_is_told(engine):
    net = cr.Network([3, 4, 2], seed=0, activation="relu", cost="mean-squared-error")
    made = net.webassembly(4, batch_size=2)
    given = {**SMALL, "labels": np.eye(4, 2, dtype="f4")}
    order = np.tile(np.arange(4, dtype="i4"), 100)
    start = [each.tobytes() for each in net.parameters]
    names = net.architecture.shapes
    fine, wild, infinite = (np.array([0.01, 0.01, 0.01, rate] + 196 * [0.01]) for rate in (0.01, 1e30, np.inf))
    found = ran(engine, made, given, [(order, fine, None)], names)
    assert found["told"][0].get("wrong") is None
    assert [base64.b64decode(each) for each in found["arrays"]] != start
    assert found["steps"] == 200
    found = ran(engine, made, given, [(order, wild, None)], names)
    assert found["told"][0]["wrong"] in (4, 5)
    assert [base64.b64decode(each) for each in found["arrays"]] == start
    found = ran(engine, made, given, [(order[:8], infinite[:4], None)], names)  # no step afterwards has a cost
    assert found["told"][0]["wrong"] == 3
    assert [base64.b64decode(each) for each in found["arrays"]] == start
    assert found["steps"] == 0


def test_dropout_draws_numbers_of_its_own():
    case = Case("dropout, clipping", "float32")
    names = case.net.architecture.shapes
    order, given = case.orders[0], {"images": case.images, "labels": case.labels}
    one, other = (ran(NODE, case.module(), given, [(order, 0.01, None)], names)["arrays"] for _ in range(2))
    assert one != other


def test_parameters_are_set_and_given_row_by_row_and_the_state_too(engine):
    case = Case("ReLU, softmax, Adam", "float32")
    random = np.random.default_rng(0)
    names = [*case.net.architecture.shapes, *state_names(case.net.architecture, case.rule)]
    shapes = [each.shape for each in (*case.net.parameters, *case.net.parameters, *case.net.parameters)]
    given = {name: random.random(shape).astype("f4") for name, shape in zip(names, shapes, strict=False)}
    found = ran(engine, case.module(), given, [], names)
    assert [base64.b64decode(each) for each in found["arrays"]] == [given[name].tobytes() for name in names]
