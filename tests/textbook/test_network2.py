"""The book's network2: its chapter 3's snippets as they stand, its printed lines, its files; every number by hand."""

import inspect
import json
import random
from itertools import pairwise

import numpy as np
import pytest

from chainrule import textbook
from chainrule.compat import mnist_loader, network2
from chainrule.compat.network2 import CrossEntropyCost, Network, QuadraticCost
from chainrule.data.errors import DataError
from chainrule.exchange.errors import FileFormatError
from chainrule.training.runner import NumpyRunner
from chainrule.training.settings import SettingsError

COSTS = [QuadraticCost, CrossEntropyCost]


def examples(sizes, n, digits=False):
    """n random inputs, each with a digit of the output layer, as training data have it or as the other sets do."""
    pairs = [(np.random.rand(sizes[0], 1), random.randrange(sizes[-1])) for _ in range(n)]
    return pairs if digits else [(x, np.eye(sizes[-1])[:, [digit]]) for x, digit in pairs]


class Plain(Network):
    """Learns batch by batch and example by example, as the book's does."""

    def update_mini_batch(self, mini_batch, eta, lmbda, n):
        super().update_mini_batch(mini_batch, eta, lmbda, n)


def twins(sizes, cost, *kinds):
    """Networks of these kinds that start from the same numbers."""
    nets = [kind(sizes, cost=cost) for kind in kinds]
    for net in nets:
        net.weights = [w.copy() for w in nets[0].weights]
        net.biases = [b.copy() for b in nets[0].biases]
    return nets


def assert_equal_parameters(net, other, atol):
    for ours, theirs in zip([*net.weights, *net.biases], [*other.weights, *other.biases], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol)


def refusal(error, f, *args, **settings):
    """What f says in refusing these."""
    with pytest.raises(error) as refused:
        f(*args, **settings)
    return str(refused.value)


@pytest.fixture
def derived_runs(monkeypatch):
    """Every run of the derived step over batches."""
    runs = []
    run = NumpyRunner.run

    def counted(*args):
        runs.append(args)
        run(*args)

    monkeypatch.setattr(NumpyRunner, "run", counted)
    return runs


# Chapter 3
# ---------
#
# The import lines of the book are `import mnist_loader` and `import network2`; nothing else is changed.

START = """
from chainrule.compat import mnist_loader
training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
from chainrule.compat import network2
"""

CROSS_ENTROPY = """
net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost)
net.large_weight_initializer()
result = net.SGD(training_data, 30, 10, 0.5, evaluation_data=test_data,
    monitor_evaluation_accuracy=True)
"""

OVERFITTING = """
net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost)
net.large_weight_initializer()
result = net.SGD(training_data[:1000], 400, 10, 0.5, evaluation_data=test_data,
    monitor_evaluation_accuracy=True, monitor_training_cost=True)
"""

REGULARIZATION = """
net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost)
net.large_weight_initializer()
result = net.SGD(training_data[:1000], 400, 10, 0.5,
    evaluation_data=test_data, lmbda = 0.1,
    monitor_evaluation_cost=True, monitor_evaluation_accuracy=True,
    monitor_training_cost=True, monitor_training_accuracy=True)
"""

INITIALIZATION = """
net = network2.Network([784, 30, 10], cost=network2.CrossEntropyCost)
result = net.SGD(training_data, 30, 10, 0.1, lmbda = 5.0,
    evaluation_data=validation_data,
    monitor_evaluation_accuracy=True)
"""

BAD_SETTINGS = """
net = network2.Network([784, 10])
result = net.SGD(training_data[:1000], 30, 10, 10.0, lmbda = 1000.0,
    evaluation_data=validation_data[:100],
    monitor_evaluation_accuracy=True)
"""

BETTER_SETTINGS = """
net = network2.Network([784, 10])
result = net.SGD(training_data[:1000], 30, 10, 1.0, lmbda = 20.0,
    evaluation_data=validation_data[:100],
    monitor_evaluation_accuracy=True)
"""

LINES = ["Cost on training data", "Accuracy on training data", "Cost on evaluation data", "Accuracy on evaluation data"]


@pytest.fixture(scope="module")
def few():
    """So few that OpenBLAS does not share a product out among threads, which takes long where others compute too."""
    return tuple((images[:11], digits[:11]) for images, digits in mnist_loader.load_data())


@pytest.mark.parametrize(
    ("snippet", "epochs", "printed"),
    [
        (CROSS_ENTROPY, 30, [3]),
        (OVERFITTING, 400, [0, 3]),
        (REGULARIZATION, 400, [0, 1, 2, 3]),
        (INITIALIZATION, 30, [3]),
        (BAD_SETTINGS, 30, [3]),
        (BETTER_SETTINGS, 30, [3]),
    ],
    ids=["cross-entropy", "overfitting", "regularization", "initialization", "bad settings", "better settings"],
)
@pytest.mark.filterwarnings("ignore:(invalid value|overflow):RuntimeWarning")  # of the bad settings
def test_the_books_snippets_run(monkeypatch, capsys, few, snippet, epochs, printed):
    monkeypatch.setattr(mnist_loader, "load_data", lambda: few)
    scope = {}
    exec(START + snippet, scope)
    evaluation_cost, evaluation_accuracy, training_cost, training_accuracy = scope["result"]
    monitored = [training_cost, training_accuracy, evaluation_cost, evaluation_accuracy]  # as they are printed
    assert [len(values) for values in monitored] == [epochs if k in printed else 0 for k in range(4)]
    expected = []
    for j in range(epochs):
        expected.append(f"Epoch {j} training complete")
        for k in printed:
            of = " / 11" if "Accuracy" in LINES[k] else ""
            expected.append(f"{LINES[k]}: {monitored[k][j]}{of}")
        expected.append("")
    assert capsys.readouterr().out.split("\n") == [*expected, ""]
    if snippet == REGULARIZATION:
        assert training_accuracy[-1] == 11


# What the scripts of the book's figures do with it, on few images: the monitored lists as JSON, one network trained again
# and again from new weights, and the gradient of the biases before each epoch. They give an object as cost.


def test_a_script_that_keeps_what_was_monitored(capsys, few, monkeypatch, tmp_path):
    monkeypatch.setattr(mnist_loader, "load_data", lambda: few)
    training_data, _, test_data = mnist_loader.load_data_wrapper()
    net = Network([784, 30, 10], cost=CrossEntropyCost())
    net.large_weight_initializer()
    names = ["evaluation_cost", "evaluation_accuracy", "training_cost", "training_accuracy"]
    result = net.SGD(
        training_data[:10], 3, 10, 0.5, evaluation_data=test_data, lmbda=0.1,
        **{f"monitor_{name}": True for name in names},
    )  # fmt: skip
    (tmp_path / "overfitting.json").write_text(json.dumps(result))
    again = json.loads((tmp_path / "overfitting.json").read_text())
    assert again == [list(values) for values in result]
    assert [len(values) for values in again] == [3, 3, 3, 3]
    net.save(tmp_path / "net.json")
    assert network2.load(tmp_path / "net.json").cost is CrossEntropyCost


def test_a_script_that_trains_one_network_again_and_again(derived_runs, capsys, few, monkeypatch):
    monkeypatch.setattr(mnist_loader, "load_data", lambda: few)
    training_data, validation_data, _ = mnist_loader.load_data_wrapper()
    net = Network([784, 30, 10], cost=CrossEntropyCost())
    accuracies = []
    for size in (5, 10):
        net.large_weight_initializer()
        net.SGD(training_data[:size], 100 // size, 10, 0.5, lmbda=size * 0.0001)
        accuracies.append(net.accuracy(validation_data) / 100.0)
    assert all(0 <= each <= 0.11 for each in accuracies)
    assert len(derived_runs) == 20 + 10


def test_a_script_that_looks_at_the_gradient_before_each_epoch(few, monkeypatch, capsys):
    monkeypatch.setattr(mnist_loader, "load_data", lambda: few)
    training_data, _, _ = mnist_loader.load_data_wrapper()
    net = Network([784, 30, 30, 10])
    lengths = []
    for _ in range(2):
        gradients = [net.backprop(x, y)[0] for x, y in training_data]
        lengths.append([float(np.linalg.norm(sum(each[layer] for each in gradients) / 11)) for layer in (0, 1)])
        net.SGD(training_data, 1, 1000, 0.1, lmbda=5.0)
    assert all(0 < first < second for first, second in lengths), "the nearer to the input, the smaller"
    assert lengths[0] != lengths[1]


def test_the_books_own_run_from_its_own_seed(capsys, monkeypatch):
    """Its script starts both generators from 12345678, and 400 epochs on 1,000 images end at 82.23 %.

    Pixels are divided by 256 in its file, and Python 2 shuffled in its own way. Another processor may round otherwise.
    """

    def shuffle(items):
        for last in reversed(range(1, len(items))):
            other = int(random.random() * (last + 1))
            items[last], items[other] = items[other], items[last]

    monkeypatch.setattr(network2.random, "shuffle", shuffle)
    random.seed(12345678)
    np.random.seed(12345678)
    training_data, _, test_data = mnist_loader.load_data_wrapper()
    ink = np.float32(255 / 256)
    net = Network([784, 30, 10], cost=CrossEntropyCost())
    net.large_weight_initializer()
    net.SGD([(ink * x, y) for x, y in training_data[:1000]], 400, 10, 0.5)
    assert net.accuracy([(ink * x, digit) for x, digit in test_data]) == pytest.approx(8223, abs=3)


def test_the_printed_text_to_the_letter(capsys):
    """Two inputs, two outputs, no learning: z = x + 0, and every number can be checked on paper."""
    net = Network([2, 2], cost=QuadraticCost)
    net.weights, net.biases = [np.array([[1.0, 0.0], [0.0, 1.0]])], [np.zeros((2, 1))]
    zero, one = np.array([[0.0], [0.0]]), np.array([[0.0], [1000.0]])
    # Outputs (½, ½) and (½, 1); the training examples ask for (1, 0) and (0, 1), the evaluation's for 1 and 1.
    result = net.SGD(
        [(zero, np.array([[1.0], [0.0]])), (one, np.array([[0.0], [1.0]]))],
        2, 1, 0.0, 4.0, [(zero, 1), (one, 1), (one, 1), (one, 1)], True, True, True, True,
    )  # fmt: skip
    # ½ (¼ + ¼) and ½ (¼ + 0): mean 3/16 of two; ½ (¼ + ¼) and three times ½ ¼: mean 5/32 of four. L2: ½ (λ/n) 2.
    expected = """\
Epoch {} training complete
Cost on training data: 2.1875
Accuracy on training data: 2 / 2
Cost on evaluation data: 1.15625
Accuracy on evaluation data: 3 / 4

"""
    assert capsys.readouterr().out == expected.format(0) + expected.format(1)
    assert result == ([1.15625] * 2, [3] * 2, [2.1875] * 2, [2] * 2)
    assert [{type(value) for value in values} for values in result] == [{float}, {int}, {float}, {int}]


def test_nothing_is_monitored_unless_asked(capsys):
    assert Network([2, 2]).SGD(examples([2, 2], 3), 2, 2, 0.5) == ([], [], [], [])
    assert capsys.readouterr().out == "Epoch 0 training complete\n\nEpoch 1 training complete\n\n"


# By hand
# -------
#
# Gradients from the textbook's network, whose cost_derivative is given for each cost; the rest is written out here.


class Textbook(textbook.Network):
    """The textbook's network with one of the two costs."""

    def __init__(self, sizes, cost):
        super().__init__(sizes)
        self.cross_entropy = cost is CrossEntropyCost

    def cost_derivative(self, output_activations, y):
        a = output_activations
        return (a - y) / (a * (1 - a)) if self.cross_entropy else a - y

    def cost(self, data, lmbda):
        total = 0.0
        for x, y in data:
            for a_j, y_j in zip(self.feedforward(x)[:, 0].tolist(), y[:, 0].tolist(), strict=True):
                if self.cross_entropy:
                    total -= np.log(a_j) if y_j else np.log(1 - a_j)  # every y_j is 0 or 1
                else:
                    total += (a_j - y_j) ** 2 / 2
        squares = sum(number**2 for w in self.weights for number in w.ravel().tolist())
        return total / len(data) + lmbda / (2 * len(data)) * squares

    def learn(self, data, m, eta, lmbda):
        for k in range(0, len(data), m):
            batch = data[k : k + m]
            gradients = [self.backprop(x, y) for x, y in batch]
            for l in range(len(self.weights)):
                mean_b = sum(nabla_b[l] for nabla_b, _ in gradients) / len(batch)
                mean_w = sum(nabla_w[l] for _, nabla_w in gradients) / len(batch)
                self.biases[l] = self.biases[l] - eta * mean_b
                self.weights[l] = self.weights[l] - eta * (mean_w + lmbda / len(data) * self.weights[l])


@pytest.mark.parametrize("lmbda", [0.0, 3.0])
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("kind", [Network, Plain])
def test_the_four_lists_by_hand(kind, cost, lmbda):
    sizes, epochs, m, eta = [5, 4, 3], 3, 4, 0.7
    (net,) = twins(sizes, cost, kind)
    hand = Textbook(sizes, cost)
    hand.weights, hand.biases = list(net.weights), list(net.biases)
    training_data, evaluation_data = examples(sizes, 30), examples(sizes, 20, digits=True)
    random.seed(7)
    got = net.SGD(
        training_data, epochs, m, eta, lmbda=lmbda, evaluation_data=evaluation_data, monitor_evaluation_cost=True,
        monitor_evaluation_accuracy=True, monitor_training_cost=True, monitor_training_accuracy=True,
    )  # fmt: skip
    random.seed(7)
    data, expected = list(training_data), ([], [], [], [])
    columns = [(x, np.eye(3)[:, [digit]]) for x, digit in evaluation_data]
    for _ in range(epochs):
        random.shuffle(data)
        hand.learn(data, m, eta, lmbda)
        expected[0].append(hand.cost(columns, lmbda))
        expected[1].append(hand.evaluate(evaluation_data))
        expected[2].append(hand.cost(data, lmbda))
        expected[3].append(hand.evaluate([(x, int(np.argmax(y))) for x, y in data]))
    assert got[1::2] == expected[1::2]
    np.testing.assert_allclose(got[::2], expected[::2], rtol=1e-12)
    assert_equal_parameters(net, hand, 1e-12)


@pytest.mark.parametrize("kind", [Network, Plain])
def test_the_callers_lists_keep_their_order(kind):
    training_data = examples([2, 2], 9)
    before = [id(example) for example in training_data]
    kind([2, 2]).SGD(training_data, 1, 4, 0.1)
    assert [id(example) for example in training_data] == before


def test_data_may_be_gone_through_only_once(capsys):
    training_data, evaluation_data = examples([2, 2], 5), examples([2, 2], 5, digits=True)
    result = Network([2, 2]).SGD(
        iter(training_data), 2, 2, 0.1, evaluation_data=iter(evaluation_data), monitor_evaluation_accuracy=True
    )
    assert [len(values) for values in result] == [0, 2, 0, 0]
    net = Network([2, 2])
    assert net.accuracy(iter(evaluation_data)) == net.accuracy(evaluation_data)
    assert net.total_cost(iter(training_data), 1.0) == net.total_cost(training_data, 1.0)


# The derived step
# ----------------


@pytest.mark.parametrize("lmbda", [0.0, 5.0])
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("sizes", [[6, 3], [6, 5, 3], [6, 4, 5, 3]], ids=str)
def test_the_derived_step_equals_the_plain_loop(derived_runs, sizes, cost, lmbda):
    training_data = examples(sizes, 53)
    fast, plain = twins(sizes, cost, Network, Plain)
    for net in (fast, plain):
        random.seed(3)
        net.SGD(training_data, 2, 10, 0.9, lmbda=lmbda)
        assert len(derived_runs) == 4  # the full batches and the short one, of two epochs; none by the second network
    assert_equal_parameters(fast, plain, 1e-10)
    assert {each.dtype for each in (*fast.weights, *fast.biases)} == {np.dtype(np.float64)}


def test_the_derived_step_equals_the_plain_loop_on_digits(few, monkeypatch):
    """float32 images, as the book's; a batch larger than the data; a start from N(0, 1)."""
    monkeypatch.setattr(mnist_loader, "load_data", lambda: few)
    training_data, _, _ = mnist_loader.load_data_wrapper()
    for m in (10, 64):
        fast, plain = twins([784, 30, 10], CrossEntropyCost, Network, Plain)
        for net in (fast, plain):
            random.seed(3)
            net.SGD(training_data, 2, m, 0.5, lmbda=5.0)
        assert_equal_parameters(fast, plain, 1e-10)


def test_sgd_goes_on_from_the_weights_that_are_there(derived_runs):
    training_data = examples([3, 4, 2], 20)
    fast, plain = twins([3, 4, 2], QuadraticCost, Network, Plain)
    for net in (fast, plain):
        random.seed(3)
        net.SGD(training_data, 1, 5, 0.9)
        net.weights[0][1, 2] = 0.25  # as it lies
        net.biases = [b + 1 for b in net.biases]
        net.SGD(training_data, 1, 5, 0.9)
    assert len(derived_runs) == 2
    assert_equal_parameters(fast, plain, 1e-10)


def test_a_monitor_of_the_users_may_keep_and_change_the_weights(derived_runs):
    class Halving(Network):
        """Keeps what each epoch made, and halves the weights after it."""

        def accuracy(self, data, convert=False):
            self.kept.append(self.weights)
            self.weights = [w / 2 for w in self.weights]
            return 7

    class PlainHalving(Halving, Plain):
        pass

    training_data = examples([3, 4, 2], 20)
    fast, plain = twins([3, 4, 2], CrossEntropyCost, Halving, PlainHalving)
    for net in (fast, plain):
        net.kept = []
        random.seed(3)
        assert net.SGD(training_data, 3, 5, 0.9, monitor_training_accuracy=True)[3] == [7, 7, 7]
    assert len(derived_runs) == 3
    for ours, theirs in zip(fast.kept, plain.kept, strict=True):
        for w, v in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(w, v, rtol=0, atol=1e-10)
    assert_equal_parameters(fast, plain, 1e-10)


class Louder(CrossEntropyCost):
    """A cost of the user's own: three times the cross-entropy."""

    @staticmethod
    def fn(a, y):
        assert a.shape == y.shape == (2, 1)
        return 3 * CrossEntropyCost.fn(a, y)

    @staticmethod
    def delta(z, a, y):
        return 3 * (a - y)


def test_what_is_the_users_own_is_called(derived_runs, monkeypatch):
    """A subclass, a cost, a function on the object, one put into a class, one put into the module."""
    training_data = examples([3, 4, 2], 10)
    on_the_object = Network([3, 4, 2])
    on_the_object.backprop = lambda x, y: Network.backprop(on_the_object, x, y)
    for net in (Plain([3, 4, 2]), Network([3, 4, 2], cost=Louder), on_the_object):
        net.SGD(training_data, 1, 5, 0.1)
    backprop = Network.backprop
    for place, name, own in (
        (Network, "backprop", lambda self, x, y: backprop(self, x, y)),
        (CrossEntropyCost, "delta", staticmethod(Louder.delta)),
        (network2, "sigmoid", np.tanh),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(place, name, own)
            Network([3, 4, 2]).SGD(training_data, 1, 5, 0.1)
    assert not derived_runs
    Network([3, 4, 2]).SGD(training_data, 1, 5, 0.1)
    assert derived_runs


def test_weights_of_another_size_are_taken_as_they_are(derived_runs):
    """The book looks at sizes only to draw them."""
    net = Network([3, 4, 2])
    net.weights, net.biases = [np.ones((6, 3)), np.ones((2, 6))], [np.ones((6, 1)), np.ones((2, 1))]
    net.SGD(examples([3, 2], 10), 1, 5, 0.1)
    assert not derived_runs
    assert (net.weights[0] != 1).all()


def test_a_cost_of_the_users_own_gets_one_example_at_a_time():
    training_data = examples([3, 4, 2], 10)
    louder, usual = twins([3, 4, 2], CrossEntropyCost, Network, Network)
    louder.cost = Louder
    assert louder.total_cost(training_data, 0.0) == pytest.approx(3 * usual.total_cost(training_data, 0.0), rel=1e-12)
    random.seed(3)
    louder.SGD(training_data, 2, 5, 0.1)
    random.seed(3)
    usual.SGD(training_data, 2, 5, 0.3)
    assert_equal_parameters(louder, usual, 1e-12)


def test_a_feedforward_of_the_users_own_gets_one_example_at_a_time():
    class Flat(Network):
        def feedforward(self, a):
            assert a.shape == (3, 1)
            return super().feedforward(a)[:, 0]

    data = examples([3, 4, 2], 10, digits=True)
    flat, usual = twins([3, 4, 2], CrossEntropyCost, Flat, Network)
    assert flat.accuracy(data) == usual.accuracy(data)
    assert flat.total_cost(data, 1.0, convert=True) == pytest.approx(
        usual.total_cost(data, 1.0, convert=True), rel=1e-12
    )


def test_more_examples_than_are_fed_forward_together():
    data = examples([3, 4], 2500, digits=True)
    net = Network([3, 4])
    assert net.accuracy(data) == sum(int(np.argmax(net.feedforward(x)) == digit) for x, digit in data)


def test_ctrl_c_keeps_what_was_learned(monkeypatch):
    net = Network([3, 4, 2])
    before = [w.copy() for w in net.weights]
    run = NumpyRunner.run

    def interrupted(*args):
        run(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(NumpyRunner, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        net.SGD(examples([3, 4, 2], 10), 1, 5, 0.1)
    assert not np.array_equal(net.weights[0], before[0])


# By finite differences
# ---------------------


@pytest.mark.parametrize("lmbda", [0.0, 3.0])
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("kind", [Network, Plain])
@pytest.mark.parametrize("sizes", [[3, 2], [3, 4, 2], [2, 5, 4, 3]], ids=str)
def test_a_step_goes_down_the_gradient_of_total_cost(kind, cost, lmbda, sizes):
    """With all examples in one batch, (before − after)/η is the gradient of what total_cost measures."""
    data, h = examples(sizes, 4), 1e-5
    (net,) = twins(sizes, cost, kind)
    measured = []
    for p in (*net.weights, *net.biases):
        measured.append(np.empty_like(p))
        for i in np.ndindex(p.shape):
            there = p[i]
            p[i] = there + h
            above = net.total_cost(data, lmbda)
            p[i] = there - h
            below = net.total_cost(data, lmbda)
            p[i] = there
            measured[-1][i] = (above - below) / (2 * h)
    before = [p.copy() for p in (*net.weights, *net.biases)]
    net.SGD(data, 1, 4, 0.5, lmbda=lmbda)
    for p, q, gradient in zip(before, (*net.weights, *net.biases), measured, strict=True):
        assert np.linalg.norm((p - q) / 0.5 - gradient) < 1e-6 * np.linalg.norm(gradient)


@pytest.mark.parametrize("cost", COSTS)
def test_delta_is_the_derivative_of_fn(cost):
    z, y, h = np.random.randn(4, 1), np.random.rand(4, 1), 1e-6
    for j in range(4):
        step = h * np.eye(4)[:, [j]]
        slope = (cost.fn(textbook.sigmoid(z + step), y) - cost.fn(textbook.sigmoid(z - step), y)) / (2 * h)
        assert cost.delta(z, textbook.sigmoid(z), y)[j, 0] == pytest.approx(slope, rel=1e-6)


# Costs, initializers, early stopping
# -----------------------------------


def test_costs_by_hand():
    a, y = np.array([[0.25], [0.5]]), np.array([[1.0], [0.0]])
    assert QuadraticCost.fn(a, y) == 0.5 * (0.75**2 + 0.5**2)
    assert CrossEntropyCost.fn(a, y) == pytest.approx(3 * np.log(2), rel=1e-15)
    z = np.array([[0.0], [0.0]])
    np.testing.assert_array_equal(QuadraticCost.delta(z, a, y), [[-0.75 / 4], [0.5 / 4]])
    np.testing.assert_array_equal(CrossEntropyCost.delta(z, a, y), [[-0.75], [0.5]])


def test_cross_entropy_of_outputs_that_are_right_or_wrong_to_the_last_bit():
    """As the book's nan_to_num has it, and without a warning."""
    right = np.array([[1.0], [0.0]])
    assert CrossEntropyCost.fn(right, right) == 0
    assert CrossEntropyCost.fn(np.array([[1.0]]), np.array([[0.0]])) == np.finfo(float).max


@pytest.mark.parametrize("kind", [Network, Plain])
def test_an_overflow_in_sigmoid_is_silent(kind):
    """Any warning is an error here."""
    net = kind([1, 1], cost=QuadraticCost)
    net.weights, net.biases = [np.array([[-1000.0]])], [np.array([[0.0]])]
    net.SGD([(np.array([[1.0]]), np.array([[1.0]]))], 1, 1, 0.1)
    assert net.weights[0] == -1000  # σ is flat there


def test_initializers_draw_biases_first_then_weights():
    sizes = [4, 3, 2]
    for large in (False, True):
        np.random.seed(5)
        net = Network(sizes)
        if large:
            np.random.seed(5)
            net.large_weight_initializer()
        np.random.seed(5)
        biases = [np.random.randn(3, 1), np.random.randn(2, 1)]
        weights = [np.random.randn(3, 4) / (1 if large else 2), np.random.randn(2, 3) / (1 if large else np.sqrt(3))]
        for ours, theirs in zip([*net.biases, *net.weights], [*biases, *weights], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_attributes_are_the_books():
    net = Network([4, 3, 2])
    assert (net.num_layers, net.sizes, net.cost) == (3, [4, 3, 2], CrossEntropyCost)
    assert sorted(vars(net)) == ["biases", "cost", "num_layers", "sizes", "weights"]


def test_functions_are_the_books():
    assert network2.sigmoid is textbook.sigmoid
    assert network2.sigmoid_prime is textbook.sigmoid_prime
    assert network2.vectorized_result(3).ravel().tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("monitored", [False, True])
@pytest.mark.parametrize(
    ("accuracies", "n", "epochs"),
    [
        ([5, 6, 6, 4, 9], 2, 4),  # as good is no better
        ([5, 6, 6, 7, 6, 6, 6], 3, 7),
        ([0, 0, 1], 1, 2),
        ([1, 2, 3], 1, 3),
        ([3, 2, 1], 0, 3),
    ],
)
def test_early_stopping(capsys, monitored, accuracies, n, epochs):
    class Told(Network):
        def accuracy(self, data, convert=False):
            return next(told)

    told = iter(accuracies)
    result = Told([2, 2]).SGD(
        examples([2, 2], 3), len(accuracies), 2, 0.1, evaluation_data=examples([2, 2], 3, digits=True),
        monitor_evaluation_accuracy=monitored, early_stopping_n=n,
    )  # fmt: skip
    assert capsys.readouterr().out.count("training complete") == epochs
    assert result[1] == (accuracies[:epochs] if monitored else [])


# Files
# -----

WHOLE = "where two or more whole numbers from 1 are expected."
HUGE = 10**12
SIZES = "where the sizes 2, 1, 2 ask for"

# As the book's save() writes it, by hand: two inputs, one hidden neuron, two outputs.
FILE = (
    '{"sizes": [2, 1, 2], "weights": [[[0.5, -1.0]], [[2.0], [3]]], "biases": [[[0.25]], [[0.0], [-1e-3]]], '
    '"cost": "CrossEntropyCost"}'
)


def test_load_reads_what_the_books_save_writes(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(FILE)
    net = network2.load(str(path))
    assert type(net) is Network
    assert (net.num_layers, net.sizes, net.cost) == (3, [2, 1, 2], CrossEntropyCost)
    assert [w.tolist() for w in net.weights] == [[[0.5, -1.0]], [[2.0], [3.0]]]
    assert [b.tolist() for b in net.biases] == [[[0.25]], [[0.0], [-0.001]]]
    assert {each.dtype for each in (*net.weights, *net.biases)} == {np.dtype(np.float64)}
    net.SGD(examples([2, 2], 4), 1, 2, 0.1)


@pytest.mark.parametrize("cost", COSTS)
def test_there_and_back(tmp_path, cost):
    net = Network((5, 4, 3), cost=cost)
    net.save(tmp_path / "net.json")
    again = network2.load(tmp_path / "net.json")
    assert (again.sizes, again.cost) == ([5, 4, 3], cost)
    assert_equal_parameters(again, net, 0)
    data = json.loads((tmp_path / "net.json").read_text())  # as the book reads it
    assert set(data) == {"sizes", "weights", "biases", "cost"}
    assert data["cost"] == cost.__name__
    assert data["weights"] == [w.tolist() for w in net.weights]


def test_a_cost_of_the_users_own_is_saved_by_its_name(tmp_path):
    path = tmp_path / "net.json"
    Network([3, 2], cost=Louder).save(path)
    assert refusal(FileFormatError, network2.load, path) == (
        f"{path} cannot be loaded: its cost is Louder, where QuadraticCost or CrossEntropyCost is expected."
    )


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('"cost": ', '"kost": ', "it has no cost, where sizes, weights, biases, cost are expected."),
        (FILE, "[1]", "it is not a JSON object, where one with sizes, weights, biases, cost is expected."),
        (FILE, "net", "it is not well-formed JSON (character 0)."),
        ("CrossEntropyCost", "os", "its cost is os, where QuadraticCost or CrossEntropyCost is expected."),
        ('"CrossEntropyCost"', "[1]", "its cost is [1], where QuadraticCost or CrossEntropyCost is expected."),
        ("[2, 1, 2]", "[2]", f"its sizes are [2], {WHOLE}"),
        ("[2, 1, 2]", "[2, 0, 2]", f"its sizes are [2, 0, 2], {WHOLE}"),
        ("[2, 1, 2]", "[2, true, 2]", f"its sizes are [2, True, 2], {WHOLE}"),
        ("[2, 1, 2]", "[2, 1.0, 2]", f"its sizes are [2, 1.0, 2], {WHOLE}"),
        ("[2, 1, 2]", '"212"', f"its sizes are '212', {WHOLE}"),
        ("[2, 1, 2]", "[2, 2]", "it has 2 weights, where the sizes 2, 2 ask for 1."),
        ("[2, 1, 2]", "[2, 1, 3]", "weights[1] is 2 × 1, where the sizes 2, 1, 3 ask for 3 × 1."),
        ("[2, 1, 2]", f"[{HUGE}, 1, 2]", f"weights[0] is 1 × 2, where the sizes {HUGE}, 1, 2 ask for 1 × {HUGE:,}."),
        ("[[[0.25]], [[0.0], [-1e-3]]]", "0", f"it has no list of biases, {SIZES} 2."),
        ("[[0.0], [-1e-3]]", "[[0.0, -1e-3]]", f"biases[1] is 1 × 2, {SIZES} 2 × 1."),
        ("[[0.0], [-1e-3]]", "[0.0, -1e-3]", f"biases[1] is not a table of numbers, {SIZES} 2 × 1."),
        ("[[0.0], [-1e-3]]", "[[0.0], [1, 2]]", f"biases[1] is not a table of numbers, {SIZES} 2 × 1."),
        ("[[0.25]]", "{}", f"biases[0] is not a table of numbers, {SIZES} 1 × 1."),
        ("-1.0", '"-1.0"', "weights[0] holds a value that is not a number."),
        ("-1.0", "true", "weights[0] holds a value that is not a number."),
        ("-1.0", "NaN", "it holds NaN, where finite numbers are expected."),
        ("-1.0", "1e999", "it holds inf at weights.0.0.1, where finite numbers are expected."),
        ("-1.0", "1" + "0" * 400, "it holds a number of hundreds of digits at weights.0.0.1."),
    ],
)  # fmt: skip
def test_a_file_is_refused_in_one_sentence(tmp_path, right, wrong, message):
    assert FILE.count(right) == 1
    path = tmp_path / "net.json"
    path.write_text(FILE.replace(right, wrong))
    assert refusal(FileFormatError, network2.load, path) == f"{path} cannot be loaded: {message}"


def test_what_is_no_text_or_no_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "net.json"
    messages = []
    for content in (None, b"\x80\x02}q\x00", FILE.encode()):
        if content is not None:
            path.write_bytes(content)
        if content == FILE.encode():
            monkeypatch.setattr(network2, "LARGEST", 10)
        messages.append(refusal(FileFormatError, network2.load, path))
    assert messages == [
        f"{path} does not exist; give the path of a network in the book's JSON.",
        f"{path} is a Python pickle, where a network in the book's JSON is expected.",
        f"{path} has {len(FILE)} bytes, where at most 10 are accepted.",
    ]
    assert refusal(FileFormatError, network2.load, tmp_path) == (
        f"{tmp_path} is not a regular file; give the path of a network in the book's JSON."
    )


def test_a_network_that_load_would_refuse_is_not_saved(tmp_path):
    path = tmp_path / "net.json"
    path.write_text("what was there")
    net = Network([3, 2])
    net.weights[0][1, 2] = np.nan
    assert refusal(FileFormatError, net.save, path) == (
        f"{path} cannot be saved: it holds nan at weights.0.1.2, where finite numbers are expected."
    )
    net.weights = [np.zeros((2, 4))]
    assert refusal(FileFormatError, net.save, path) == (
        f"{path} cannot be saved: weights[0] is 2 × 4, where the sizes 3, 2 ask for 2 × 3."
    )
    assert path.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [path]


# Used wrongly
# ------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"training_data": []}, "There are no examples to learn from."),
        ({"mini_batch_size": 0}, "mini_batch_size is 0; it must be a whole number from 1."),
        *(
            ({setting: 1}, f"{setting} needs evaluation_data=[(x, digit), …], by which it is measured.")
            for setting in ("monitor_evaluation_cost", "monitor_evaluation_accuracy", "early_stopping_n")
        ),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    usual = {"training_data": examples([2, 2], 3), "epochs": 1, "mini_batch_size": 2, "eta": 0.1}
    assert refusal(SettingsError, Network([2, 2]).SGD, **{**usual, **settings}) == message


def test_flat_arrays_are_refused():
    """The book's code makes a table of 3 × 3 out of them."""
    net, x, y = Network([2, 3]), np.zeros((2, 1)), np.eye(3)[:, [0]]
    wrong_x = "x of example 1 has the shape (2,); it must be a column, (2, 1)."
    wrong_y = "y of example 0 has the shape (1, 3); it must be a column, (3, 1)."
    assert refusal(DataError, net.SGD, [(x, y), (np.zeros(2), y)], 1, 2, 0.1) == wrong_x
    assert refusal(DataError, net.SGD, [(x, y.T)], 1, 2, 0.1) == wrong_y
    assert refusal(DataError, net.accuracy, [(x, 0), (np.zeros(2), 0)]) == wrong_x


def test_the_wrong_convert_is_refused():
    net, x = Network([2, 3]), np.zeros((2, 1))
    digit, column = [(x, 1)], [(x, np.eye(3)[:, [0]])]
    asks_column = "y of example 0 has the shape (); it must be a column, (3, 1)."
    asks_digit = "labels are 1 × 3 × 1; give one number for each example, 0 to 2."
    assert refusal(DataError, net.accuracy, digit, convert=True) == asks_column
    assert refusal(DataError, net.total_cost, digit, 0.0) == asks_column
    assert refusal(DataError, net.accuracy, column) == asks_digit
    assert refusal(DataError, net.total_cost, column, 0.0, convert=True) == asks_digit


def test_no_data():
    net = Network([2, 3])
    assert net.accuracy([]) == net.accuracy([], convert=True) == 0
    assert refusal(SettingsError, net.total_cost, [], 0.0) == "There are no examples to measure the cost of."


def test_the_interface_is_the_books():
    assert {
        name: [f"{p.name}={p.default}" if p.default not in (p.empty, CrossEntropyCost) else p.name for p in parameters]
        for name, f in vars(Network).items()
        if inspect.isfunction(f) and (name == "__init__" or not name.startswith("_"))
        for parameters in [inspect.signature(f).parameters.values()]
    } == {
        "__init__": ["self", "sizes", "cost"],
        "default_weight_initializer": ["self"],
        "large_weight_initializer": ["self"],
        "feedforward": ["self", "a"],
        "SGD": [
            "self", "training_data", "epochs", "mini_batch_size", "eta", "lmbda=0.0", "evaluation_data=None",
            "monitor_evaluation_cost=False", "monitor_evaluation_accuracy=False", "monitor_training_cost=False",
            "monitor_training_accuracy=False", "early_stopping_n=0",
        ],
        "update_mini_batch": ["self", "mini_batch", "eta", "lmbda", "n"],
        "backprop": ["self", "x", "y"],
        "accuracy": ["self", "data", "convert=False"],
        "total_cost": ["self", "data", "lmbda", "convert=False"],
        "save": ["self", "filename"],
    }  # fmt: skip


def test_backprop_gives_lists_in_the_shapes_of_biases_and_weights():
    sizes = [5, 4, 3, 2]
    nabla_b, nabla_w = Network(sizes).backprop(np.random.rand(5, 1), np.random.rand(2, 1))
    assert (type(nabla_b), type(nabla_w)) == (list, list)
    assert [b.shape for b in nabla_b] == [(k, 1) for k in sizes[1:]]
    assert [w.shape for w in nabla_w] == [(k, j) for j, k in pairwise(sizes)]
