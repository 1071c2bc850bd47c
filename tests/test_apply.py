"""A network as a function: `net(x)`, and `net.apply(parameters, x)` inside functions that are differentiated."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.errors import DataError
from chainrule.network.layers import NetworkError

NETWORKS = {
    "the default": {},
    "rectifiers with softmax": {"activation": "relu", "cost": "log-likelihood", "initializer": "he"},
    "normalized by batch": {"activation": "tanh", "normalization": "batch"},
    "normalized by layer, some dropped": {"normalization": "layer", "dropout": 0.5},
    "scaled": {"scale": 16},
    "of functions of one's own": {"activation": np.sin, "output": np.tanh},
}


def network(name, **keywords):
    net = cr.Network([6, 5, 4, 3], seed=0, dtype="float64", **NETWORKS[name], **keywords)
    for parameter in net.parameters:  # so that running moments are not what they begin as
        parameter += np.random.default_rng(1).uniform(0, 0.5, parameter.shape)
    return net


def examples(n=7, of=6, seed=2):
    return np.random.default_rng(seed).random((n, of))


def slope(f, x, step=1e-5):
    """The gradient of a number by an array, by central differences."""
    found = np.empty_like(x)
    for at in np.ndindex(x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][at] += step
        moved[1][at] -= step
        found[at] = (f(moved[0]) - f(moved[1])) / (2 * step)
    return found


# ---- what it gives ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_own_parameters_give_what_the_network_gives(name):
    net, x = network(name), examples()
    np.testing.assert_allclose(net.apply(net.parameters, x), net(x), rtol=1e-12)
    np.testing.assert_allclose(net.apply(net.parameters, x[0]), net(x)[0], rtol=1e-12)
    np.testing.assert_allclose(net.apply(tuple(net.parameters), x.tolist()), net(x), rtol=1e-12)


def test_rows_are_examples_as_numpy_by_hand_gives_them():
    net, x = network("the default"), examples()
    a = x.T
    for w, b in zip(net.weights, net.biases, strict=True):
        a = 1 / (1 + np.exp(-(w @ a + b)))
    for found in (net(x), net.apply(net.parameters, x)):
        assert found.shape == (7, 3)
        np.testing.assert_allclose(found, a.T, rtol=1e-12)


@pytest.mark.parametrize("kind", ["bytes", "square", "column"])
def test_images_are_taken_in_every_form(kind):
    _, _, test = cr.datasets.mnist()
    net = cr.Network([784, 10], seed=0)
    one = {"bytes": test.images[0], "square": test.images[0] / 255, "column": test.images[0].reshape(784, 1) / 255}[
        kind
    ]
    assert net(one).shape == net.apply(net.parameters, one).shape == (10,)
    np.testing.assert_allclose(net.apply(net.parameters, one), net(one), rtol=1e-5)
    assert net.apply(net.parameters, one).dtype == np.float32


def test_one_input_takes_a_number_or_n_of_them():
    net = cr.Network([1, 3, 2], cost="mean-squared-error", seed=0)
    assert net(0.5).shape == net.apply(net.parameters, 0.5).shape == (2,)
    assert net([0.5]).shape == net([[0.5]]).shape == (1, 2)
    assert net.apply(net.parameters, np.array([0.5, 1.0])).shape == (2, 2)


def test_what_does_not_fit_is_refused():
    net = network("the default")
    for wrong in (np.ones(5), np.ones((2, 5)), np.ones((6, 2))):
        with pytest.raises(DataError) as given:
            net(wrong)
        for call in (net.apply, cr.jacobian(net.apply, 1)):
            with pytest.raises(DataError) as error:
                call(net.parameters, wrong)
            assert str(error.value) == str(given.value)
    with pytest.raises(NetworkError) as error:
        net.apply(net.parameters[:-1], examples())
    assert str(error.value) == "There are 5 parameters; the network has 6: w2, b2, w3, b3, w4, b4."
    with pytest.raises(cr.DimensionError):
        cr.grad(lambda parameters: np.sum(net.apply(parameters, examples())))([each.T for each in net.parameters])


# ---- its derivatives -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_derivatives_by_parameters_and_examples_equal_finite_differences(name):
    net, x = network(name), examples()
    y = examples(of=3, seed=5)
    cr.check_grad(lambda parameters, x: np.sum((net.apply(parameters, x) - y) ** 2), (net.parameters, x))
    cr.check_grad(lambda parameters, x: np.sum((net.apply(parameters, x) - y[0]) ** 2), (net.parameters, x[0]))


@pytest.mark.parametrize("name", NETWORKS)
def test_saliency_equals_finite_differences(name):
    net, x = network(name), examples()[0]
    found = cr.grad(lambda x: net(x)[1])(x)
    np.testing.assert_allclose(found, slope(lambda x: net(x)[1], x), rtol=1e-5, atol=1e-8)
    rows = cr.jacobian(net)(x)
    assert rows.shape == (3, 6)
    np.testing.assert_allclose(rows[1], found, rtol=1e-12)


def test_the_saliency_of_an_image_has_its_shape():
    _, _, test = cr.datasets.mnist()
    net = cr.Network([784, 30, 10], seed=0)
    image = test.images[0] / 255
    found = cr.grad(lambda x: net(x)[7])(image)
    assert found.shape == (28, 28)
    flat = cr.grad(lambda x: net.apply(net.parameters, x)[7])(image.reshape(784))
    np.testing.assert_allclose(found.ravel(), flat, rtol=1e-12)


def test_a_scaled_network_is_differentiated_by_what_it_is_given():
    scaled, plain = network("scaled"), network("the default")
    x = examples()[0]
    np.testing.assert_allclose(cr.jacobian(scaled)(16 * x), cr.jacobian(plain)(x) / 16, rtol=1e-12)
    levels = np.arange(6, dtype=np.uint8)
    for net in (scaled, plain):
        compiled = cr.compile(lambda x, net=net: net(x))
        np.testing.assert_allclose(compiled(levels), net(levels), rtol=1e-12)


def test_each_transform_takes_it():
    net, x = network("the default"), examples()

    def cost(parameters, x):
        return np.sum(net.apply(parameters, x) ** 2)

    wanted = cr.grad(cost)(net.parameters, x)
    np.testing.assert_allclose(cr.compile(cr.grad(cost))(net.parameters, x)[2], wanted[2], rtol=1e-12)
    np.testing.assert_allclose(cr.derive(cost, (net.parameters, x), wrt=0)(net.parameters, x)[2], wanted[2], rtol=1e-12)
    np.testing.assert_allclose(cr.compile(net.apply)(net.parameters, x), net(x), rtol=1e-12)
    second = cr.hessian(cost, 1)(net.parameters, x[0])
    np.testing.assert_allclose(second, cr.jacobian(cr.grad(cost, 1), 1)(net.parameters, x[0]), rtol=1e-12)
    np.testing.assert_allclose(second, second.T, rtol=1e-9, atol=1e-12)
    along = cr.jvp(lambda x: net.apply(net.parameters, x), (x,), (np.ones_like(x),))[1]
    np.testing.assert_allclose(along[0], cr.jacobian(net.apply, 1)(net.parameters, x[0]).sum(axis=1), rtol=1e-12)


def test_a_program_of_it_has_the_books_names():
    net = network("the default")
    text = str(cr.derive(lambda parameters, x: np.sum(net.apply(parameters, x)), (net.parameters, examples())))
    for name in ("z2 =", "a2 =", "z4 =", "δ_z3 =", "dC_dx ="):
        assert f"    {name} " in text


# ---- loops of one's own ----------------------------------------------------------------------------------------------


def test_a_loop_of_ones_own_takes_the_step_of_fit():
    net, own = (cr.Network([6, 5, 3], seed=3, dtype="float64") for _ in range(2))
    x, labels = examples(12), np.arange(12) % 3
    y = np.eye(3)[labels]

    def cost(parameters, x, y):
        return 0.5 * np.sum((own.apply(parameters, x) - y) ** 2) / len(x)

    net.fit(x, labels, epochs=4, batch_size=12, learning_rate=2.0, executor="numpy")
    for _ in range(4):
        for parameter, gradient in zip(own.parameters, cr.grad(cost)(own.parameters, x, y), strict=True):
            parameter -= 2.0 * gradient
    for one, other in zip(net.parameters, own.parameters, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(own.predict(x), net.predict(x))


def test_a_network_solves_a_differential_equation():
    """u″ + u = 0 with u(0) = 0 and u′(0) = 1, which is the sine."""
    net = cr.Network([1, 8, 1], activation="tanh", output="linear", seed=0, dtype="float64")
    points = np.linspace(0, 1.5, 9)

    def u(parameters, x):
        return net.apply(parameters, x)[0]

    first = cr.grad(u, "x")
    second = cr.grad(first, "x")
    for x in (0.3, 1.0):
        h = 1e-4
        around = [float(u(net.parameters, x + step)) for step in (-h, 0.0, h)]
        assert second(net.parameters, x) == pytest.approx((around[0] - 2 * around[1] + around[2]) / h**2, abs=1e-6)

    def residual(parameters):
        inside = sum((second(parameters, x) + u(parameters, x)) ** 2 for x in points) / len(points)
        return inside + u(parameters, 0.0) ** 2 + (first(parameters, 0.0) - 1.0) ** 2

    cr.check_grad(residual, (net.parameters,))
    step = cr.compile(cr.value_and_grad(residual))
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in net.parameters]
    for t in range(1, 1501):
        _, gradients = step(net.parameters)
        for parameter, gradient, (mean, square) in zip(net.parameters, gradients, moments, strict=True):
            mean[...] = 0.9 * mean + 0.1 * gradient
            square[...] = 0.999 * square + 0.001 * gradient**2
            parameter -= 0.01 * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
    found = net.apply(net.parameters, points)[:, 0]
    np.testing.assert_allclose(found, np.sin(points), atol=0.02)


# ---- the habits of scikit-learn's and Keras's users ------------------------------------------------------------------


def test_probabilities_of_softmax_are_its_outputs():
    net = network("rectifiers with softmax")
    np.testing.assert_allclose(net.predict_proba(examples()), net(examples()), rtol=1e-15)


def test_probabilities_of_sigmoids_are_their_shares():
    """As scikit-learn's one-vs-rest classifiers have it."""
    net, x = network("the default"), examples()
    np.testing.assert_allclose(net.predict_proba(x), net(x) / net(x).sum(axis=1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(net.predict_proba(x).sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(net.predict_proba(x).argmax(axis=1), net.predict(x))
    assert net.predict_proba(x[0]).shape == (3,)


@pytest.mark.parametrize("keywords", [
    {"output": "tanh"}, {"cost": "mean-squared-error"}, {"cost": lambda a, y: np.sum(np.abs(a - y))},
])  # fmt: skip
def test_outputs_that_are_no_probabilities_are_none(keywords):
    net = cr.Network(**{"layers": [6, 3], **keywords}, seed=0)
    if callable(keywords.get("cost")):
        net.fit(examples(), examples(of=3), epochs=1)
    with pytest.raises(NetworkError, match="The outputs are no probabilities of classes; take the output activations"):
        net.predict_proba(examples())


def test_the_calls_that_users_of_other_libraries_type():
    train, _, test = cr.datasets.mnist()
    net = cr.Network([784, 16, 10], activation="relu", cost="log-likelihood", initializer="he", seed=0)
    X, y = train.images[:300], train.labels[:300]
    net.fit(X, y, epochs=3, batch_size=20)
    assert (net.predict(test.images[:5]) == net.predict_proba(test.images[:5]).argmax(axis=1)).all()
    assert 0.3 < net.score(X, y) <= 1
    assert net(test.images[:5]).shape == (5, 10)
