"""In the page as one file, opened from disk: a network of other layers trains, is looked at, learns, and is undone."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.shipped import shipped

from .test_file import asks, disturbances, opened  # noqa: F401  # `opened` is a fixture

pytestmark = pytest.mark.browser

TRAIN = """async () => {
  const heard = [], epochs = [];
  host.on("network", () => heard.push(host.network.sizes.join()));
  const shape = { layers: [20, 15], activation: ["tanh", "relu"], cost: "log-likelihood" };
  await host.train({ eta: 0.5, epochs: 4, seed: 1, batch: 8, ...shape }, ({ epoch, cost, accuracy }) => {
    if (epoch) epochs.push([cost, accuracy]);
  });
  const x = host.digits.image(3), y = host.digits.label(3), look = await host.look(x, y);
  const { w, b } = await host.weights(), { w: gradients } = await host.gradients(x, y);
  const { parameters, activations, cost } = host.network, read = host.digits.read(3);
  const { after } = await host.teach(x, y, 0.01);
  await host.undo();
  const again = await host.look(x, y), title = document.querySelector("#layers").textContent;
  await host.undo();
  const { sizes } = host.network, { canUndo } = host;
  return { heard, epochs, x, y, look, w, b, gradients, parameters, activations, cost, read, after, again, title, sizes, canUndo };
}"""


def test_other_layers_train_and_are_looked_at(opened):  # noqa: F811
    page = opened(cr.load(shipped("book")).export)
    found = asks(page, TRAIN)
    assert found["heard"] == ["784,20,15,10", "784,30,10"] and found["sizes"] == [784, 30, 10] and not found["canUndo"]
    assert found["activations"] == ["tanh", "relu", "softmax"] and found["cost"] == "log-likelihood"
    assert found["parameters"] == 784 * 20 + 20 + 20 * 15 + 15 + 15 * 10 + 10
    assert found["title"].startswith("784 → 20 → 15 → 10")
    costs, accuracies = zip(*found["epochs"], strict=True)
    assert costs[-1] < costs[0] and accuracies[-1] > accuracies[0]
    w, b = ([np.array(each) for each in found[letter]] for letter in "wb")
    a = np.array(found["x"])
    for layer, size in enumerate((20, 15, 10)):
        before, z = a, w[layer].reshape(size, -1) @ a + b[layer]
        a = [np.tanh(z), np.maximum(z, 0), np.exp(z - z.max()) / np.exp(z - z.max()).sum()][layer]
        assert np.max(np.abs(found["look"]["z"][layer + 1] - z)) < 1e-5
        assert np.max(np.abs(found["look"]["a"][layer + 1] - a)) < 1e-5
    assert found["look"]["cost"] == pytest.approx(-np.log(a[found["y"]]), rel=1e-4)
    assert found["look"]["slope"][3] is None and found["read"] == int(np.argmax(a))
    delta = a - np.eye(10)[found["y"]]
    assert np.max(np.abs(found["look"]["delta"][3] - delta)) < 1e-5
    assert np.max(np.abs(np.reshape(found["gradients"][2], (10, 15)) - np.outer(delta, before))) < 1e-5
    assert found["after"]["cost"] < found["look"]["cost"] and found["again"] == found["look"]
    assert disturbances(page) == []


def test_what_can_be_chosen_is_known_where_the_network_is_of_that_kind(opened):  # noqa: F811
    choices = {"activations": ["sigmoid", "tanh", "relu"], "costs": ["quadratic", "cross-entropy", "log-likelihood"]}
    for net, wanted in (
        (cr.Network([784, 9, 10], seed=0), choices),
        (cr.Network([784, 10], seed=0), choices),
        (cr.Network([784, 9, 8, 10], activation=["tanh", "relu"], seed=0), None),
        (cr.Network([784, 9, 10], activation="gelu", seed=0), None),
        (cr.Network([784, 9, 10], dropout=0.5, seed=0), None),
    ):
        assert asks(opened(net.export), "async () => host.choices ?? null") == wanted


def test_another_batch_and_momentum_keep_the_layers(opened):  # noqa: F811
    run = """async () => {
      const costs = [];
      for (const settings of [{ batch: 10 }, { batch: 12 }, { batch: 10, momentum: true }]) {
        const own = { eta: 0.3, epochs: 3, seed: 7, fresh: true, ...settings };
        await host.train(own, ({ epoch, cost }) => epoch && costs.push(cost));
      }
      return { costs, id: host.network.id };
    }"""
    found = asks(opened(cr.load(shipped("book")).export), run)
    alone, larger, momentum = (found["costs"][k : k + 3] for k in (0, 3, 6))
    assert found["id"] == 0
    assert alone[0] > alone[2] and larger[0] > larger[2] and momentum[0] > momentum[2]
    assert len({alone[0], larger[0], momentum[0]}) == 3


REFUSED = {
    "{ layers: [30, 0] }": "A layer has 0 neurons; it takes a whole number from 1 to 1024.",
    '{ activation: "step" }': "There is no activation step here; there are sigmoid, tanh, relu.",
    '{ cost: "cross-entropy", output: "tanh" }': "The page has no cross-entropy cost of tanh outputs.",
    "{ batch: 0 }": "A batch has 0 examples; it takes a whole number from 1 to 120.",
}


def test_what_cannot_be_trained_is_refused_and_changes_nothing(opened):  # noqa: F811
    page = opened(cr.load(shipped("book")).export)
    for settings, sentence in REFUSED.items():
        run = f"""async () => {{
          const before = await host.weights();
          const said = await host.train({{ eta: 1, epochs: 1, ...{settings} }}, () => {{}}).catch((error) => error.message);
          return {{ said, same: JSON.stringify(await host.weights()) === JSON.stringify(before), canUndo: host.canUndo }};
        }}"""
        assert asks(page, run) == {"said": sentence, "same": True, "canUndo": False}


def test_layers_of_another_kind_keep_their_batch(opened):  # noqa: F811
    page = opened(cr.Network([784, 12, 10], activation="gelu", seed=0).export)
    run = """async () => {
      const said = [], all = [{}, { batch: 5 }, { layers: [9], activation: "relu" }];
      for (const settings of all) {
        const ended = host.train({ eta: 0.1, epochs: 1, ...settings }, () => {});
        await ended.then(() => said.push(""), ({ message }) => said.push(message));
      }
      return { said, sizes: host.network.sizes };
    }"""
    alone = "This page trains the network that it came with in batches of 10 only."
    assert asks(page, run) == {"said": ["", alone, ""], "sizes": [784, 9, 10]}
