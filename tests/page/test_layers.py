"""Networks of any layers, out of templates: JavaScript writes the bytes that Python does, and what it writes learns the same."""

import base64
import functools
import json
import random
import shutil
import subprocess
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import LEAF, Tree
from chainrule.network.architecture import stacked
from chainrule.network.equations import programs
from chainrule.page.compact import compact
from chainrule.page.modules import joined
from chainrule.page.pieces import pieces_of
from chainrule.page.templates import HIDDEN, OUTPUTS, script, stand_in, templates
from chainrule.run.loops.language import BITS_OF, INDEX, INTEGERS, Function, Kind, apply, load
from chainrule.run.loops.tiling import put, tiled
from chainrule.run.loops.webassembly import module
from chainrule.training.optimizers import momentum
from chainrule.training.step import UpdateRule, training_step

from ..run.loops import network as by_hand
from ..run.loops.programs import Program

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
FRONT = {
    path.name: path.read_text(encoding="utf-8") for path in (resources.files("chainrule.page") / "front").iterdir()
}


def in_node(function, given, tmp_path):
    """What a function of JavaScript gives, beside the page's scripts."""
    main = (
        'import { network } from "./layers.js";\nimport { read, tiled } from "./tiling.js";\n'
        'import { module } from "./writer.js";\nimport { templates } from "./templates.js";\n'
        'const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));\n'
        f"console.log(JSON.stringify(await ({function})(given)));\n"
    )
    path = tmp_path / "run.cjs"
    path.write_text(joined({**FRONT, "templates.js": script(), "run.js": main}, "run.js"), encoding="utf-8")
    done = subprocess.run(["node", path], input=json.dumps(given), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


# ---- the bytes -----------------------------------------------------------------------------------------------------------

WRITE = """(cases) => cases.map(({ functions, places, sizes, turns }) => {
  const made = functions.map((each) => {
    const body = read(each.body, sizes, (name) => name, each.indices);
    return { ...each, body: tiled(body, turns) };
  });
  return Buffer.from(module(made, { places, pages: 3 })).toString("base64");
})"""


class Case:
    """Functions, as both languages have them before sizes are put in and loops are tiled."""

    def __init__(self, functions, places=(), sizes=(), turns=()):
        self.functions, self.places, self.sizes, self.turns = functions, dict(places), dict(sizes), dict(turns)

    @property
    def told(self):
        functions = [
            {"name": f.name, "arrays": f.arrays, "indices": f.indices, "body": compact(f.body, f.indices)}
            for f in self.functions
        ]
        return {"functions": functions, "places": self.places, "sizes": self.sizes, "turns": self.turns}

    @functools.cached_property
    def bytes(self):
        made = [
            Function(f.name, f.arrays, f.indices, tiled(put(f.body, self.sizes), self.turns)) for f in self.functions
        ]
        return base64.b64encode(module(made, self.places, 3)).decode()


class Narrow(Program):
    """A random program of numbers of 32 bits, which are all that templates have."""

    def kind(self, numbers=("f32", "i32")):
        return super().kind([each for each in numbers if each in ("f32", "i32")])

    def cast(self, kind, depth):
        value = self.value(Kind(BITS_OF[kind.number], kind.lanes), depth)
        how = "convert" if self.random.random() < 0.5 else "bits" if kind.number in INTEGERS else "floats"
        return apply(how, value, kind=kind)

    def row(self, depth):
        place = load(self.address(Kind("i32"), "x", region="rows"), Kind("i32"))
        variable = self.block.set(f"row{self.random.randrange(2)}", apply("convert", place, kind=INDEX))
        if not any(each.detail == variable.detail for each in self.rows):
            self.rows.append(variable)


def differing(cases, tmp_path):
    found = in_node(WRITE, [each.told for each in cases], tmp_path)
    return [k for k, (case, bytes_) in enumerate(zip(cases, found, strict=True)) if case.bytes != bytes_]


def test_random_programs_are_the_same_bytes(tmp_path):
    places = [{}, {"x": 1024, "y": 70_000}, {"y": 64}]
    cases = [Case(Narrow(seed).functions, places[seed % 3]) for seed in range(200)]
    assert differing(cases, tmp_path) == []
    assert len({case.bytes for case in cases}) == len(cases)


def test_random_programs_in_tiles_are_the_same_bytes(tmp_path):
    cases = []
    for seed in range(250):
        case = Case(Narrow(seed).functions, turns={f"i{k}": 1 + (seed + k) % 3 for k in range(1, 4)})
        try:
            cases.append(case.bytes and case)
        except ValueError:  # a bound is no number, or turns hand on a number in memory
            continue
    assert len(cases) > 50
    assert differing(cases, tmp_path) == []


def test_a_network_written_by_hand_is_the_same_bytes_in_any_tile(tmp_path, monkeypatch):
    monkeypatch.setattr(by_hand, "tiled", lambda body, turns: body)
    cases = []
    for seed in range(40):
        r = random.Random(seed)
        network = by_hand.Network(
            [r.randint(1, 40) for _ in range(r.randint(2, 4))], r.randint(1, 12), vectors=r.randint(1, 3)
        )
        cases.append(Case([network.function(1, 1)], turns={"r": r.randint(1, 5), "v": r.randint(1, 3)}))
    assert differing(cases, tmp_path) == []


def arrays_in(body):
    text = json.dumps(compact(body, ("step",)))
    return [name for name in [*templates()[0]["arrays"], "a<", "w>", "e>"] if f'["{name}", ' in text]


def test_every_template_is_the_same_bytes_at_any_sizes(tmp_path):
    cases = []
    for number, body in enumerate(templates()[1]):
        for seed in range(12):
            r = random.Random(100 * number + seed)
            sizes = {name: r.randint(1, 60) for name in ("n", "n<", "n>")}
            sizes |= {f"v{name[1:]}": -(-size // 4) for name, size in sizes.items()}
            sizes |= {"m": r.randint(1, 12), "E": r.randint(1, 4), "G": r.randint(1, 3), "g": r.randint(0, 2)}
            sizes |= {"f": 4 * sizes["g"], "examples": 100, "steps": 64}
            names = arrays_in(body)
            places = {name: 64 * r.randint(0, 1000) for name in names}
            turns = {"p": r.randint(1, 8), "r": r.randint(1, 4), "e": sizes["E"], "o": 2, "q": 4}
            cases.append(Case([Function("f", tuple(names), ("step",), body)], places, sizes, turns))
    assert differing(cases, tmp_path) == []


def test_a_change_of_one_number_is_seen(tmp_path):
    case = Case(Narrow(1).functions)
    told = case.told
    told["functions"][-1]["body"].append(["store", ["y", 0], ["const", "f32", 0.1]])
    (found,) = in_node(WRITE, [told], tmp_path)
    assert found != case.bytes


# ---- one layer stands for all ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_the_pieces_of_any_network_are_those_that_templates_were_made_of(seed):
    r = random.Random(seed)
    depth = r.randint(1, 4)
    sizes = sorted((r.randint(14, 300) for _ in range(depth + 1)), reverse=True)
    cost = r.choice(list(OUTPUTS))
    output, hidden = r.choice(OUTPUTS[cost]), [r.choice(HIDDEN) for _ in range(depth - 1)]
    rule = UpdateRule(momentum()) if r.random() < 0.3 else UpdateRule()
    found = pieces_of(stacked(sizes, hidden, output, cost), rule)
    outer = pieces_of(stand_in("sigmoid", output, cost), rule)
    last = depth + 1
    wanted = {"cost": outer["cost"], f"error {last}": outer["error 4"], f"forward {last}": outer["forward 4"]}
    wanted |= {"begin": outer["begin"]} if "begin" in outer else {}
    wanted |= {f"update {layer}": outer["update 3"] for layer in range(2, last + 1)}
    for layer, name in enumerate(hidden, 2):
        inner = pieces_of(stand_in(name, "sigmoid", "quadratic"), rule)
        wanted |= {f"{kind} {layer}": inner[f"{kind} 2"] for kind in ("forward", "error", "slope")}
    assert {name: str(piece) for name, piece in found.items()} == {name: str(piece) for name, piece in wanted.items()}


# ---- what is learned -------------------------------------------------------------------------------------------------------

TRAIN = """async ({ settings, images, labels, parameters, order, rate, example, code }) => {
  const { look, looked, reading, training } = await network(settings, templates);
  training.set({ images, labels, ...parameters });
  for (const [name, numbers] of Object.entries(parameters)) look.inputs[name].set(numbers);
  look.inputs.a1.set(example.a1);
  look.inputs.y.set(example.y);
  const seen = Object.fromEntries(look.run().map((each, k) => [looked[k], [...each]]));
  const read = [...reading.run()];
  const told = training.train(order, rate), same = reading.run().every((each, k) => each === read[k]);
  const fixed = await (await import(`data:text/javascript;base64,${code}`)).instantiate();
  fixed.set({ images, labels });
  const known = fixed.train(order, rate);
  const learned = {}, differ = {};
  for (const name of Object.keys(parameters)) {
    learned[name] = [...training.get(name)];
    const other = fixed.get(name);
    differ[name] = learned[name].filter((each, k) => each !== other[k]).length;
  }
  return { seen, read, same, told, known, learned, differ };
}"""
NETWORKS = {
    "the book's": ([784, 30, 10], {}, 10, True, "sgd"),
    "three kinds of layers": (
        [784, 60, 50, 10],
        {"activation": ["tanh", "relu"], "cost": "log-likelihood"},
        10,
        True,
        "sgd",
    ),
    "momentum": ([784, 32, 20, 10], {"activation": "relu", "cost": "cross-entropy"}, 10, True, momentum(0.9)),
    "no hidden layer": ([784, 10], {"cost": "log-likelihood"}, 7, True, "sgd"),
    "softmax and the quadratic cost": ([784, 40, 10], {"output": "softmax"}, 9, True, "sgd"),
    "columns": ([50, 33, 17], {"activation": "tanh", "output": "tanh"}, 11, False, "sgd"),
    "a large batch": ([784, 64, 10], {"output": "relu"}, 32, True, "sgd"),
    "one example at a time": ([784, 30, 10], {}, 1, True, "sgd"),
    "layers that widen": ([13, 9, 25, 5], {}, 10, False, "sgd"),
}
OTHER_ORDER = {"one example at a time", "layers that widen"}
"""Where programs of known sizes are written in another way: other factors are multiplied first, or a product takes no tiles."""
EXAMPLES, STEPS, RATE = 60, 25, 0.02


def case_of(name):
    sizes, keywords, batch, grays, optimizer = NETWORKS[name]
    net = cr.Network(sizes, seed=1, **keywords)
    r = np.random.default_rng(5)
    images = r.integers(0, 256, (EXAMPLES, sizes[0])) * (r.random((EXAMPLES, sizes[0])) < 0.3)
    images = images if grays else r.standard_normal((EXAMPLES, sizes[0])).astype(np.float32)
    labels, order = r.integers(0, sizes[-1], EXAMPLES), r.integers(0, EXAMPLES, STEPS * batch)
    architecture, a1 = net.architecture, images[0] / (255 if grays else 1)
    fixed = net.webassembly(EXAMPLES, batch_size=batch, optimizer=optimizer, pixels=grays).javascript
    given = {
        "settings": {"sizes": sizes, "activations": architecture.activations, "cost": architecture.cost, "batch": batch,
                     "examples": EXAMPLES, "bytes": grays, "momentum": optimizer != "sgd"},
        "images": images.ravel().tolist(), "labels": labels.tolist(), "order": order.tolist(), "rate": RATE,
        "parameters": {each: array.ravel().tolist() for each, array in zip(architecture.learned, net.parameters, strict=True)},
        "example": {"a1": a1.tolist(), "y": np.eye(sizes[-1])[labels[0]].tolist()},
        "code": base64.b64encode(fixed.encode()).decode(),
    }  # fmt: skip
    return net, given, optimizer


def by_the_derived_program(net, given, optimizer):
    """The parameters after the same steps, and the mean cost, by NumPy in float32."""
    settings, architecture = given["settings"], net.architecture
    rule = UpdateRule() if optimizer == "sgd" else UpdateRule(optimizer)
    batch, sizes = settings["batch"], settings["sizes"]
    step = training_step(architecture, batch, "float32", rule)
    images = np.array(given["images"], np.float32).reshape(EXAMPLES, -1) / np.float32(255 if settings["bytes"] else 1)
    targets = np.eye(sizes[-1], dtype=np.float32)[given["labels"]]
    now = [np.array(each) for each in net.parameters]
    state = [np.zeros_like(each) for each in now for _ in rule.optimizer.state]
    cost = 0.0
    for places in np.reshape(given["order"], (-1, batch)):
        *changed, output = step(*now, *state, images[places].T, targets[places].T, np.float32(given["rate"]))
        cost += architecture.measured(output.T, targets[places])
        now, state = changed[: len(now)], changed[len(now) :]
    return dict(zip(architecture.learned, now, strict=True)), cost / (STEPS * batch)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_learns_and_looks_as_the_derived_programs_do(name, tmp_path):
    net, given, optimizer = case_of(name)
    found = in_node(TRAIN, given, tmp_path)
    wanted, cost = by_the_derived_program(net, given, optimizer)
    for each, array in wanted.items():
        assert np.max(np.abs(np.reshape(found["learned"][each], array.shape) - array)) < 1e-5
    assert np.max(np.abs(wanted["w2"] - net.parameters[0])) > 5e-4
    assert found["told"]["cost"] == pytest.approx(cost, rel=1e-5)
    assert found["told"]["correct"] == found["known"]["correct"]
    if name not in OTHER_ORDER:
        assert set(found["differ"].values()) == {0}
    looks_right(net, given["example"], found)


def looks_right(net, example, found):
    """Forwards by hand, backwards by the program that is derived in float64, slopes by hand."""
    architecture, seen = net.architecture, found["seen"]
    slopes = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a * a, "relu": lambda a: 1.0 * (a > 0)}
    made = programs(architecture, 1, "float64")
    known = {target.name: target for equation in made.backprop.equations for target in equation.targets}
    names = [f"{letter}{layer}" for layer in architecture.layers for letter in ("z", "a", "δ")]
    kept = replace(made.backprop, outputs=(*made.backprop.outputs, *(known[each] for each in names)))
    kept = replace(kept, results=Tree(tuple, tuple(range(len(kept.outputs))), (LEAF,) * len(kept.outputs)))
    a1, y = (np.array(example[each])[:, None] for each in ("a1", "y"))
    parameters = [np.array(each, float) for each in net.parameters]
    values = dict(zip([*(f"gradient of {each}" for each in architecture.learned), *names],
                      kept(*parameters, a1, y), strict=True))  # fmt: skip
    values["cost"] = made.cost(*parameters, a1, y)
    for layer, kind in zip(architecture.layers, architecture.activations, strict=True):
        if kind in slopes:
            values[f"slope{layer}"] = slopes[kind](values[f"a{layer}"])
    assert set(seen) == set(values)
    for each, value in values.items():
        assert np.max(np.abs(np.ravel(value) - seen[each])) < 2e-5 * max(1, np.max(np.abs(value))), each
    assert found["read"] == seen[f"a{len(architecture.sizes)}"]
    assert found["same"]  # what trains has weights of its own


def test_what_overflows_is_taken_back(tmp_path):
    _, given, _ = case_of("columns")
    run = """async ({ settings, images, labels, parameters, order }) => {
      const { training } = await network(settings, templates);
      training.set({ images, labels, ...parameters });
      const before = [...training.get("w2")], told = training.train(order, 1e38);
      return { told, same: training.get("w2").every((each, k) => each === before[k]), steps: training.steps };
    }"""
    found = in_node(run, {**given, "settings": {**given["settings"], "activations": ["relu", "relu"]}}, tmp_path)
    assert found["told"]["wrong"] in (0, 1, 2) and found["same"] and found["steps"] == 0
