"""`chainrule derive`: what it prints runs, and what goes wrong in a user's file is told with its line."""

import inspect
import runpy

import numpy as np
import pytest

import chainrule as cr
from chainrule.program import helpers

BACKPROP = """\
def backprop(w2, b2, w3, b3, a1, y):
    # w2: 30×784
    # b2: 30×1
    # w3: 10×30
    # b3: 10×1
    # a1: 784×1
    # y: 10×1
    if not (
        np.shape(w2) == (30, 784)
        and np.shape(b2) == (30, 1)
        and np.shape(w3) == (10, 30)
        and np.shape(b3) == np.shape(y) == (10, 1)
        and np.shape(a1) == (784, 1)
    ):
        raise ValueError('made for the shapes in its comments; make it again for other arguments')
    z2 = w2 @ a1 + b2                     # 30×1
    a2 = sigmoid(z2)                      # 30×1
    z3 = w3 @ a2 + b3                     # 10×1
    a3 = sigmoid(z3)                      # 10×1
    δ3 = (a3 - y) * sigmoid_prime(z3)     # 10×1
    dC_db3 = δ3                           # 10×1
    dC_dw3 = δ3 @ a2.T                    # 10×30
    δ2 = (w3.T @ δ3) * sigmoid_prime(z2)  # 30×1
    dC_db2 = δ2                           # 30×1
    dC_dw2 = δ2 @ a1.T                    # 30×784
    return (dC_dw2, dC_db2, dC_dw3, dC_db3)
"""

MODEL = """\
import numpy as np

print("imported")


def cost(w, b, x, y, scale=0.5):
    print("called")
    z = w @ x + b
    a = 1 / (1 + np.exp(-z))
    return scale * np.sum((a - y) ** 2)


def area(t, w):
    return np.sum(w * t) ** 2


def wrong(w, x):
    u = np.exp(x)
    return np.sum(w @ u)


def raises(w):
    u = w * 2
    return undefined(u)


def branch(x):
    if x[0] > 0:
        raise ValueError(x)
    return -x[0]


def classic(z, y):
    return np.sum(z - y)


def vector(x):
    return 2 * x


def keyword(x, *, k):
    return np.sum(x) * k


def many(*xs):
    return np.sum(xs[0])


number = 3


class Spring:
    @staticmethod
    def energy(k, x):
        return 0.5 * k * np.sum(x**2)
"""


@pytest.fixture
def model(folder):
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    return "model.py"


# ---- networks --------------------------------------------------------------------------------------------------------


def test_the_derivative_that_trained_a_network(run, net):
    done = run("derive", net)
    called = [inspect.getsource(helper) for helper in (helpers.sigmoid, helpers.sigmoid_prime)]
    assert (done.code, done.err) == (0, "")
    said, _, program = done.out.partition("\n")
    assert said == "# Your arrays have one example per row, the equations one per column: a1 = x.T."
    assert program == "\n\n".join(["import numpy as np\n", *called, BACKPROP])


def test_what_is_printed_runs(run, net):
    network = cr.load(net)
    test = cr.datasets.mnist()[2]
    nabla_b, nabla_w = network.backprop(test.images[0], int(test.labels[0]))
    parameters = [parameter.astype(float) for parameter in network.parameters]
    x, y = test.images[0].reshape(784, 1) / 255, np.eye(10)[:, [test.labels[0]]]
    for form in ("textbook", "fast"):
        scope = {}
        exec(run("derive", net, "--form", form).out, scope)
        for given, wanted in zip(
            scope["backprop"](*parameters, x, y), (nabla_w[0], nabla_b[0], nabla_w[1], nabla_b[1]), strict=True
        ):
            np.testing.assert_allclose(given, wanted, atol=1e-12)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_dimensions_stay_in_one_column_where_symbols_are_spelled(command, net, encoding):
    lines = command("derive", net, PYTHONIOENCODING=encoding).stdout.decode(encoding).splitlines()
    assert "    delta3 = (a3 - y) * sigmoid_prime(z3)         # 10x1" in lines
    assert "    delta2 = (w3.T @ delta3) * sigmoid_prime(z2)  # 30x1" in lines
    assert {line.index("  # ") for line in lines if line[4:].partition("  # ")[1]} == {48}


def test_what_is_said_beside_it_is_in_the_language_asked_for(run, net, model):
    done = run("derive", net, "--lang", "zh")
    assert done.out.startswith("# 数组里一行是一个样本，方程里一列是一个样本：a1 = x.T。\nimport numpy as np\n")
    done = run("derive", f"{model}:classic", "--shapes", "z=30x1,y=30", "--lang", "zh")
    assert done.err.endswith("NumPy 会得到 30×30 个数；请让两者的轴数相同。\n")


def test_the_fast_form_uses_what_is_computed_anyway(run, net):
    assert "δ3 = (a3 - y) * (a3 * (1.0 - a3))" in run("derive", net, "--form", "fast").out


def test_latex_can_be_pasted(run, net):
    lines = run("derive", net, "--latex").out.splitlines()
    assert lines[0] == r"\begin{align*}"
    assert lines[-1] == r"\end{align*}"
    assert r"\delta^{3} &= (a^{3} - y) \odot \sigma'(z^{3}) \\" in lines


# ---- functions -------------------------------------------------------------------------------------------------------

COST = "w=3x4,b=3x1,x=4×1,y=3x1"


@pytest.mark.names
def test_the_derivative_of_a_function_in_a_file(run, model):
    done = run("derive", f"{model}:cost", "--shapes", COST, "--wrt", "w,b")
    assert done.code == 0
    assert "def cost_gradient(w, b, x, y):" in done.out
    assert "    δ_z = (a - y) * sigmoid_prime(z)  # n×1\n" in done.out
    assert done.out.endswith("    dC_dw = δ_z @ x.T                 # n×m\n    return (dC_dw, dC_db)\n")
    assert done.err == "imported\ncalled\n", "what the file prints is no part of the program"


def test_all_arguments_are_derived_where_none_is_named(run, model):
    assert "return (dC_dw, dC_db, dC_dx, dC_dy)" in run("derive", f"{model}:cost", "--shapes", COST).out
    with_default = run("derive", f"{model}:cost", "--shapes", f"{COST},scale=").out
    assert "return (dC_dw, dC_db, dC_dx, dC_dy, dC_dscale)" in with_default


@pytest.mark.parametrize("shapes", ["t=,w=3", "t=(),w=(3,)", "w=(3,), t=()", "t=(),w=(3)"])
def test_numbers_and_vectors_are_taken_as_they_are_printed(run, model, shapes):
    assert "    # t: ()\n    # w: (n,)\n" in run("derive", f"{model}:area", "--shapes", shapes).out


def test_a_dimension_error_is_drawn(run, model):
    done = run("derive", f"{model}:wrong", "--shapes", "w=30x784,x=785x10")
    assert done.code == 1
    assert done.out == ""
    assert done.err.splitlines()[1:] == [  # after "imported"
        "DimensionError: return np.sum(w @ u)                     model.py:19",
        "",
        "  w @ u: the inner dimensions differ",
        "",
        "      w        u",
        "    30×784   785×10",
        "        └──≠──┘",
        "",
        "  w  30 × 784  given",
        "  u  785 × 10  made at model.py:18   u = np.exp(x)",
        "",
        "  w expects 784 inputs and gets 785.",
    ]


def test_a_static_method_of_a_class(run, model):
    done = run("derive", f"{model}:Spring.energy", "--shapes", "k=,x=3", "--wrt", "x")
    assert done.code == 0
    assert "def energy_gradient(k, x):" in done.out
    assert "dC_dx = " in done.out
    done = run("derive", f"{model}:Spring.length", "--shapes", "x=3")
    assert done.code == 1
    assert "model.py has no function Spring.length; it has cost," in done.err


def test_the_classic_bug_is_told_once(run, model):
    done = run("derive", f"{model}:classic", "--shapes", "z=30x1,y=30")
    assert done.code == 0
    assert done.err.count("DimensionWarning") == 1
    assert "(model.py:34)\n" in done.err


@pytest.mark.parametrize(
    ("target", "shapes", "code", "said"),
    [
        (
            "model.py",
            None,
            2,
            "model.py is a Python file; name a function in it:\n  chainrule derive model.py:FUNCTION",
        ),
        ("model.py:cots", None, 1, "model.py has no function cots; did you mean cost?"),
        (
            "model.py:number",
            None,
            1,
            "number in model.py is not a function; it has cost, area, wrong, raises, branch, classic, "
            "vector, keyword, many.",
        ),
        ("model.py:area", None, 2, "--shapes is needed; area takes a shape for each argument:\n  --shapes t=…,w=…"),
        ("model.py:area", "w=3x4", 2, "--shapes lacks t; area takes a shape for each argument:\n  --shapes t=…,w=3x4"),
        ("model.py:area", "t=,w=3,v=3", 2, "--shapes: area has no argument v; it takes t, w."),
        (
            "model.py:area",
            "t=,w=3by4",
            2,
            "--shapes has 'w=3by4'; write name=sizes with commas between: w=30x784 a matrix, "
            "v=30 a row of numbers, t= (nothing) a single number.",
        ),
        ("model.py:area", "t=,w=3,t=", 2, "--shapes has t twice."),
        (
            "model.py:raises",
            "w=3",
            1,
            "raises raises NameError: name 'undefined' is not defined at model.py:24, called on shapes without values.",
        ),
        (
            "model.py:branch",
            "x=3",
            1,
            "model.py:28: a branch on a value needs the value, and here only shapes are known; "
            "write np.where(condition, a, b), or use numbers, not shapes, and a loop, not vmap.\n    if x[0] > 0:",
        ),
        (
            "model.py:vector",
            "x=3",
            1,
            "model.py:37: derive needs a function whose result is one number, and vector gives an array of shape "
            "(3,); sum it with np.sum, or derive np.sum(v * it), which is the derivative along v.",
        ),
        (
            "model.py:keyword",
            "x=3",
            1,
            "keyword takes the keyword-only k, which --shapes cannot give; give it one plain argument for each array.",
        ),
        (
            "model.py:many",
            "xs=3",
            1,
            "many takes the *xs, which --shapes cannot give; give it one plain argument for each array.",
        ),
        (
            "nothing.py:f",
            None,
            1,
            "nothing.py does not exist; give the path of a Python file, and a function in it: model.py:cost",
        ),
        ("syntax.py:f", None, 1, "syntax.py cannot be imported: invalid syntax, at syntax.py:2."),
        (
            "missing.py:f",
            None,
            1,
            "missing.py cannot be imported: line 1 raises ModuleNotFoundError: No module named 'no_such_module'.",
        ),
        ("fails.py:f", None, 1, "fails.py cannot be imported: line 3 raises ZeroDivisionError: division by zero."),
        ("leaves.py:f", None, 1, "leaves.py cannot be imported: line 2 raises SystemExit: 3."),
    ],
)
def test_what_goes_wrong_is_one_sentence(run, model, folder, target, shapes, code, said):
    (folder / "syntax.py").write_text("x = 1\ndef f(:\n")
    (folder / "missing.py").write_text("import no_such_module\n")
    (folder / "fails.py").write_text("x = 1\n\nx / 0\n")
    (folder / "leaves.py").write_text("import sys\nsys.exit(3)\n")
    done = run("derive", target, *(["--shapes", shapes] if shapes else []))
    assert (done.code, done.out) == (code, "")
    sentence = done.err.replace("imported\n", "")
    words = " ".join(said.split())
    assert " ".join(sentence.split()) == f"chainrule: {words}"


def test_a_file_finds_what_lies_beside_it(run, folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "beside.py").write_text("import numpy as np\ndef f(x):\n    return np.sum(x)\n")
    (folder / "sub" / "main.py").write_text("from beside import f\n")
    assert run("derive", "sub/main.py:f", "--shapes", "x=3").code == 0


def test_options_of_functions_are_refused_for_networks(run, net):
    done = run("derive", net, "--wrt", "w2")
    assert done.code == 2
    assert done.err.startswith("chainrule: --wrt belongs to a function, FILE.py:FUNCTION, and")


@pytest.mark.parametrize("batch", [[], ["--batch", "3"]])
def test_what_is_printed_of_a_normalized_network_is_the_slope_of_the_cost_of_a_batch(run, folder, batch):
    """By finite differences on the equations in plain NumPy; for one example the variance, and every gradient, would be 0."""
    random = np.random.default_rng(0)
    net = cr.Network([4, 3, 2], normalization="batch", seed=0, dtype="float64")
    x, labels = random.uniform(size=(12, 4)), np.arange(12) % 2
    net.fit(x, labels, epochs=1, batch_size=6)
    net.save("normal.safetensors")
    m = int(batch[1]) if batch else 6
    text = run("derive", "normal.safetensors", *batch).out
    namespace = {}
    exec(text, namespace)
    learned = dict(zip(("w2", "b2", "gamma2", "w3", "b3"), (net.parameters[at] for at in (0, 1, 2, 5, 6)), strict=True))
    a1, y = x[:m].T, np.eye(2)[labels[:m]].T

    def cost(w2):
        s = w2 @ a1
        u = (s - s.mean(axis=1, keepdims=True)) / np.sqrt(s.var(axis=1, keepdims=True) + 1e-5)
        a2 = 1 / (1 + np.exp(-(learned["gamma2"] * u + learned["b2"])))
        a3 = 1 / (1 + np.exp(-(learned["w3"] @ a2 + learned["b3"])))
        return 0.5 * np.sum((a3 - y) ** 2)

    found = namespace["backprop"](*learned.values(), a1, y)[0]
    measured = np.zeros((3, 4))
    for place in np.ndindex(3, 4):
        step = np.zeros((3, 4))
        step[place] = 1e-6
        measured[place] = (cost(learned["w2"] + step) - cost(learned["w2"] - step)) / 2e-6
    np.testing.assert_allclose(found, measured, atol=1e-8)
    assert np.abs(found).max() > 1e-4


def test_batch_belongs_to_a_network_and_is_more_than_one_where_batches_are_normalized(run, folder):
    (folder / "model.py").write_text("import numpy as np\ndef cost(w):\n    return np.sum(w * w)\n")
    done = run("derive", "model.py:cost", "--shapes", "w=2", "--batch", "3")
    assert done.code == 2
    assert "--batch belongs to a network, and model.py:cost is a function" in " ".join(done.err.split())
    cr.Network([4, 3, 2], normalization="batch", seed=0).save("normal.safetensors")
    done = run("derive", "normal.safetensors", "--batch", "1")
    assert done.code == 2
    assert "the variance of one example is 0; give 2 or more." in " ".join(done.err.split())
    assert "# a1: 4×7\n" in run("derive", "normal.safetensors", "--batch", "7").out


PARTS = """\
import numpy as np


def cost(params, x, y):
    a = np.tanh(params["w"] @ x + params["b"])
    return 0.5 * np.sum((a - y) ** 2)


def stacked(layers, x):
    for w, b in layers:
        x = np.tanh(w @ x + b)
    return np.sum(x)
"""


@pytest.mark.parametrize(
    ("function", "shapes", "arguments"),
    [
        ("cost", "params.w=3x4,params.b=3x1,x=4x1,y=3x1", [{"w": (3, 4), "b": (3, 1)}, (4, 1), (3, 1)]),
        ("cost", "x=4x1, params.b=3x1, y=3x1, params.w=3x4", [{"b": (3, 1), "w": (3, 4)}, (4, 1), (3, 1)]),
        (
            "stacked",
            "layers.0.0=3x4,layers.0.1=3x1,layers.1.0=1x3,layers.1.1=,x=4x1",
            [[[(3, 4), (3, 1)], [(1, 3), ()]], (4, 1)],
        ),
    ],
)
def test_parts_of_dicts_and_lists_have_shapes(run, folder, function, shapes, arguments):
    def specs(of):
        if isinstance(of, dict):
            return {key: specs(part) for key, part in of.items()}
        return [specs(part) for part in of] if isinstance(of, list) else cr.Spec(of)

    (folder / "parts.py").write_text(PARTS)
    scope = runpy.run_path(folder / "parts.py")
    done = run("derive", f"parts.py:{function}", "--shapes", shapes)
    assert done.code == 0, done.err
    printed = str(cr.derive(scope[function], [specs(each) for each in arguments]))
    assert [line.split() for line in done.out.splitlines()] == [line.split() for line in printed.splitlines()]


@pytest.mark.parametrize(
    ("function", "shapes", "said"),
    [
        ("cost", "w=3x4,x=4x1", "--shapes: cost has no argument w; it takes params, x, y: --shapes params.w=…"),
        (
            "cost",
            "params=3x4,x=4x1,y=3x1",
            "cost takes a dict with 'w'; in --shapes each of its parts has a shape: --shapes params.w=…",
        ),
        ("cost", "params.w=3x4,params.w=3", "--shapes has params.w twice."),
        ("cost", "params.w=3x4,params=3", "--shapes has params twice."),
        ("cost", "params=3,params.w=3x4", "--shapes has params.w twice."),
        (
            "cost",
            "params.w=3x4,params.b=3",
            "--shapes lacks x, y; cost takes a shape for each argument: --shapes params.w=3x4,params.b=3,x=…,y=…",
        ),
        ("stacked", "layers.0.0=3x4,layers.2.0=3,x=4x1", "--shapes has no layers.1; the parts of a list count from 0."),
    ],
)
def test_parts_that_do_not_fit(run, folder, function, shapes, said):
    (folder / "parts.py").write_text(PARTS)
    done = run("derive", f"parts.py:{function}", "--shapes", shapes)
    assert (done.code in (1, 2), done.out) == (True, "")
    assert " ".join(done.err.split()) == f"chainrule: {said}"
