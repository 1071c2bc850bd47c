"""What a person at a prompt sees of a result that is not printed: a line or a few, whatever it holds."""

import inspect
import re

import numpy as np
import pytest

import chainrule as cr

MOST = 400  # characters: five lines of a terminal


def cost(w, x):
    return np.sum((w @ x) ** 2)


def doubled(x):
    return 2 * x


PLAIN = (int, float, str, tuple, bool, type(None))
PLAINLY_SHORT = {  # arrays and numbers, and what nothing returns
    "net": {
        "activations", "apply", "backprop", "batch_of_run", "biases", "classes", "default_learning_rate", "executor_for",
        "inputs", "numeric", "outputs", "predict", "predict_proba", "save", "schema", "score", "weights",
    },
    "explanation": {
        "answer", "chosen", "class_text", "classifies", "cost", "label", "layer_of", "m", "maps", "neuron", "of_example",
        "outputs", "places", "plain", "sizes", "strongest",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """One result of every public function and of every method and property of a network and an explanation, by its name."""
    ARGS = np.ones((30, 1200)), np.ones(1200)
    train, valid, _ = cr.datasets.mnist()
    some, few = [each[:200] for each in train], [each[:50] for each in valid]
    path = tmp_path_factory.mktemp("files")
    net = cr.Network([784, 30, 30, 30, 30, 10], seed=0)
    history = net.fit(*some, epochs=40, validation=few, checkpoint=path / "run")
    net.save(path / "net")
    made = net.explain(train.images[0], 7)
    named = {
        "Dense": cr.Dense(30, "relu", "batch", 0.5),
        "check_grad": cr.check_grad(cost, ARGS),
        "compile": cr.compile(cost),
        "derive": cr.derive(cost, ARGS),
        "exercise": cr.exercise("delta"),
        "explain": made,
        "find_nan": cr.find_nan(cost),
        "fit_many": cr.fit_many([784, 10], *some, seeds=range(30), epochs=1),
        "grad": cr.grad(cost),
        "hessian": cr.hessian(cost),
        "hvp": cr.hvp(cost, ARGS, ARGS)[1],
        "jacobian": cr.jacobian(cost),
        "jvp": cr.jvp(cost, ARGS, ARGS),
        "load": cr.load(path / "net"),
        "name": cr.name("energy", 1.0),
        "root": cr.root(lambda x: x**3 - 1, 2.0),
        "minimize": cr.minimize(lambda x: np.sum((x - 1) ** 2), np.zeros(1000)),
        "primitive": cr.primitive(derivative=lambda g, y, x: 2 * g)(doubled),
        "resume": cr.resume(path / "run", *some, validation=few, more_epochs=1),
        "stop_gradient": cr.stop_gradient(ARGS[1][:3]),
        "trace": cr.trace(cost, ARGS),
        "value_and_grad": cr.value_and_grad(cost),
        "vjp": cr.vjp(cost, *ARGS),
        "vmap": cr.vmap(cost),
        "steps": cr.steps(1000),
        "scan": cr.scan(lambda carry, x: (carry + x, carry), 0.0, np.arange(3.0)),
        "checkpoint": cr.checkpoint(every=10),
        "webassembly": cr.webassembly(cr.trace(cost, ARGS)),
    }
    methods = {
        "again": net.again(seed=1),
        "diagnose": net.diagnose(*some),
        "dimensions": net.dimensions(),
        "evaluate": net.evaluate(*few),
        "export": net.export(path / "net.py", verify=few[0]),
        "site": net.site(path / "site"),
        "explain": made,
        "fit": history,
        "look": net.look(*few),
        "find_learning_rate": net.find_learning_rate(*some, steps=20),
        "forward_program": net.forward_program,
        "backward_program": net.backward_program,
        "programs": net.programs(10),
        "sizes": net.sizes,
        "webassembly": net.webassembly(100),
    }
    asked = {
        "blame": made.blame(3, 2),
        "facts": made.facts,
        "following": made.following(3, 2),
        "layers": made.layers()[0],
        "line": made.line("w3", 6),
        "lines": next(made.lines),
        "one_step": made.one_step(),
        "proof": made.proof(),
        "value_of": made.value_of(2, 3),
        "why": made.why(),
    }
    others = {
        "Constant": made.forward.constants or cr.Constant(np.arange(1000.0), "x"),
        "Dataset": train,
        "Epoch": history.epochs[-1],
        "Equation": made.backward.equations[-1],
        "Preset": cr.PRESETS["best"],
        "Spec": cr.Spec((30, 784)),
        "Step": made.steps[1],
        "Symbol": made.forward.inputs[0],
        "Row": net.forward_program.shape_table()[0],
    }
    return {"cr": named, "net": methods, "explanation": asked, "other": others}


def test_no_function_is_forgotten(results):
    functions = {name for name in cr.__all__ if inspect.isfunction(getattr(cr, name))}
    assert functions == set(results["cr"])
    for kind, of in [(cr.Network, "net"), (cr.Explanation, "explanation")]:
        public = {name for name, each in inspect.getmembers(kind) if name[0] != "_" and not isinstance(each, PLAIN)}
        assert public == set(results[of]) | PLAINLY_SHORT[of]


@pytest.mark.parametrize("group", ["cr", "net", "explanation", "other"])
def test_a_result_is_short_where_it_is_not_printed(results, group):
    for name, result in results[group].items():
        assert len(repr(result)) <= MOST, f"{name} shows {len(repr(result)):,} characters"
        assert repr(result).count("\n") <= 3, name


@pytest.mark.parametrize("name", ["explain", "dimensions", "find_learning_rate", "forward_program", "backward_program"])
def test_what_is_shortened_says_that_printing_shows_it(results, name):
    result = results["net"][name]
    assert "print it to" in repr(result)
    assert len(str(result)) > len(repr(result))


def test_a_history_says_where_its_numbers_are(results):
    history = results["net"]["fit"]
    cost = f"C = {history.epochs[-1].train.cost:.4g} in the last"
    assert repr(history) == f"<History of 40 epochs on {history.executor}, {cost}; rows() gives every number>"
    assert len(history.rows()) == 40
    assert repr(type(history)((), "native")) == "<History of 0 epochs on native; rows() gives every number>"


def test_notebooks_show_the_table_of_dimensions(results):
    shown = results["net"]["dimensions"]
    assert re.fullmatch(rf'<pre style="[^"<>]+">{re.escape(str(shown))}</pre>', shown._repr_html_())
