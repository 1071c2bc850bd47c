"""What is said of first attempts, as somebody reads it who knows Python, NumPy and school calculus, and nothing of chainrule."""

import ast
import linecache

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.messages import message
from chainrule.practice.wording import readable
from chainrule.show.spelling import columns_of

from .test_exercises import TYPICAL, function_of

pytestmark = pytest.mark.names  # a mistake is told by the symbol that it is in


def told(name, body, language="en"):
    """What is said of an exercise's file, in which the last function is this one."""
    text = cr.exercise(name).file()
    text = text[: text.rindex("def ")] + body
    file = f"{name}.py"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    space = {}
    exec(compile(text, file, "exec"), space)
    return cr.exercise(name).check(space[cr.exercise(name).entry]).text(language)


FORWARD = "def forward(w, b, a):\n    z = {}\n    return z\n"
DOT = "def dot_gradient(v, x, t):\n    dC_dv = {}\n    return dC_dv\n"
RELU = "def relu_gradient(w, x, y):\n    z = w @ x\n    {}\n    return z\n"
NORMALIZATION = """\
def normalization_gradient(gamma, beta, x, r):
    mean = np.mean(x, axis=0)
    c = x - mean
    std = np.sqrt(np.mean(c ** 2, axis=0) + 1e-05)
    n = c / std
    d = r * gamma
    return np.sum(r * n, axis=0), np.sum(r, axis=0), {}
"""
CONVOLVED = "def convolution_gradient(k, x, r):\n    dC_dk = {}\n    dC_dx = {}\n    return dC_dk, dC_dx\n"
SOFTMAX = """\
def softmax_gradient(z, r):
    e = np.exp(z)
    p = e / np.sum(e, axis=1, keepdims=True)
    return {}
"""
WEIGHTS = (
    "def weights_gradient(w, b, a, y):\n    z = w @ a + b\n    dC_dw = {}\n    dC_db = {}\n    return dC_dw, dC_db\n"
)
LOOP = """\
def convolution_gradient(k, x, r):
    dC_dk = np.zeros(3)
    dC_dx = np.zeros(8)
    for i in range(5):
        dC_dk += r[i] * x[i:i + 3]
        dC_dx[i:i + 3] += r[i] * k
    return dC_dk, dC_dx
"""


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("forward", FORWARD.format("w * a + b"),
         "the dimensions of w * a do not fit: * goes number by number, and 4×3 and 3×1 differ; the matrix product is @."),
        ("forward", FORWARD.format("w * b.T + b"), "the dimensions of w * b.T do not fit: 4×3 · 1×4, where 3 ≠ 4."),
        ("dot", DOT.format("(v @ x - t) @ x"), "does not fit: a number times an array is written with *, not @."),
        ("dot", DOT.format("np.sum((v @ x - t) * x)"),
         "dC_dv is one number, where (4,) is right: each number of v has a slope of its own."),
        ("dot", DOT.format("tanh(v)"), "dot.py:17: dC_dv = tanh(v) stops: tanh is NumPy's; write np.tanh."),
        ("dot", "def dot_gradient(x, t):\n    return x\n", "dot_gradient is called with v, x, t, and takes x, t."),
        ("dot", "def dot_gradient():\n    return 0\n", "dot_gradient is called with v, x, t, and takes ()."),
        ("residual", "def residual_gradient(w, x, y):\n    return w\n",
         "To be returned: dC_dw, dC_dx, 2 in all; yours returns 1."),
        ("relu", RELU.format("if z > 0: pass"), "an array has many; np.where chooses number by number."),
        ("batch", "def batch_gradient(w, b, x, y):\n    e = w @ x + b - y\n    return e @ x.T, np.sum(e, axis=1)\n",
         "dC_db has the dimensions (4,), where 4×1 is right; a sum with keepdims=True keeps its axis."),
        ("cross_entropy",
         "def cross_entropy_gradient(z, y):\n    a = sigmoid(z)\n    return -(y / a + (1 - y) / (1 - a)) * a * (1 - a)\n",
         "The part (1 - y) / (1 - a) has the wrong sign in -(y / a + (1 - y) / (1 - a))."),
        ("normalization", NORMALIZATION.format("(d - np.mean(d, axis=0)) / std"), "The way back by var is left out in ∂C/∂c."),
        ("convolution", LOOP, "The part r[5] * k is left out in dC_dx."),
        ("convolution", CONVOLVED.format('np.convolve(x, r, "valid")', "np.convolve(r, k)"),
         "r is the wrong way round in dC_dk."),
        ("convolution", CONVOLVED.format('np.correlate(x, r, "valid")', 'np.correlate(r, k, "full")'),
         "k is the wrong way round in dC_dx."),
        ("softmax", SOFTMAX.format("p - r"), "dC_dz is p - r, which is right only for the cost -np.sum(r * np.log(p))."),
        ("softmax", SOFTMAX.format("(p - r) / 4"), "dC_dz is p - r, which is right only for the cost -np.sum(r * np.log(p))."),
        ("weights", WEIGHTS.format("(y - z) @ a.T", "y - z"), "y - z has the wrong sign."),
        ("branches", "def branches_gradient(u, v):\n    return v / 7 + np.tanh(u), u\n",
         "dC_du is the first that is wrong; no mistake known here gives its numbers."),
    ],
)  # fmt: skip
def test_it_is_said_in_words_of_the_learner(name, body, said):
    found = told(name, body)
    assert said in found.splitlines()[0], found
    first = told(name, body, "zh").splitlines()[0]
    assert first != found.splitlines()[0]
    for each in ("broadcast_to", "scatter(", "None]", "judging.py", "wrt"):
        assert each not in found


def test_what_turns_its_argument_round_by_itself_is_said_once():
    found = told("convolution", CONVOLVED.format('np.convolve(x, r, "valid")', 'np.correlate(r, k, "full")'))
    assert found.count("np.convolve turns its second argument round by itself; np.correlate does not.") == 1
    assert "np.correlate" not in told("convolution", LOOP)


def test_both_ways_of_a_convolution_that_are_right_are_right():
    for kernel, images in (
        ('np.correlate(x, r, "valid")', "np.convolve(r, k)"),
        ('np.convolve(x, r[::-1], "valid")', 'np.correlate(r, k[::-1], "full")'),
    ):
        assert told("convolution", CONVOLVED.format(kernel, images)) == "Right: dC_dk, dC_dx."


class Writer(ast.NodeTransformer):
    """Writes an expression where a name stands."""

    def __init__(self, name, value):
        self.name, self.value = name, value

    def visit_Name(self, node):
        return self.value if node.id == self.name else node


def inlined(text):
    """A solution with every error written out where it is used."""
    tree = ast.parse(text)
    function = tree.body[-1]
    for line in [*function.body]:
        name = ast.unparse(line.targets[0]) if isinstance(line, ast.Assign) else ""
        stored = [each for each in ast.walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        if name.startswith("δ_") and [each.id for each in stored].count(name) == 1:
            value = next(each for each in function.body if each.lineno == line.lineno).value
            function.body = [Writer(name, value).visit(each) for each in function.body if each.lineno != line.lineno]
    return ast.unparse(tree)


ALIASES = {("residual", "δ_s * sigmoid_prime(v1)")}
"""Mistakes whose line only gives another name to what is right, so that nothing is wrong there yet."""


@pytest.mark.parametrize("way", [str, inlined], ids=["named errors", "errors within expressions"])
def test_the_line_that_is_pointed_at_is_the_first_that_is_wrong(way):
    pointed = 0
    for name, old, new, *_ in TYPICAL:
        before, mark, body = cr.exercise(name).solution.rpartition("def ")
        right, wrong = way(before + mark + body), way(before + mark + body.replace(old, new, 1))
        pairs = enumerate(zip(right.splitlines(), wrong.splitlines(), strict=False), 1)
        first = next((number for number, (one, other) in pairs if one != other), 0)
        found = cr.exercise(name).check(function_of(name, wrong))
        lines = [int(each.yours.split(":")[1]) for each in found.mistakes if each.yours]
        if lines and first and (name, old) not in ALIASES:
            assert min(lines) == first, f"{name}, {old} → {new}: {found}"
            pointed += 1
    assert pointed >= 0.8 * len(TYPICAL)


def penalized(w, x, y):
    return np.sum((w @ x - y) ** 2) + np.sum(0.1 * w * w)


def half_penalized(w, x, y):
    return 2 * (w @ x - y) @ x.T + 0.1 * w


def half_penalized_unseen(w, x, y):
    return np.array((2 * (w @ x - y) @ x.T + 0.1 * w).tolist())


@pytest.mark.parametrize("mine", [half_penalized, half_penalized_unseen], ids=lambda each: each.__name__)
def test_one_part_in_two_orders_is_one_part(mine):
    draw = np.random.default_rng(0).normal
    args = [draw(size=(2, 3)), draw(size=(3, 4)), draw(size=(2, 4))]
    found = cr.check_grad(penalized, args, mine=mine, wrt=("w",))
    assert [str(each.said) for each in found.mistakes] == ["The part w * 0.1 is left out in dC_dw."]


def test_dimensions_are_told_only_where_they_say_something():
    number = told("branches", "def branches_gradient(u, v):\n    return v / 7 + np.tanh(u), u\n")
    product = told("tanh", "def tanh_gradient(w, x, y):\n    return np.tanh(w * 7)\n")
    assert "In dimensions" not in number
    assert "In dimensions: 4×3 = 4×[5 · 5]×3" in product


def test_the_line_is_that_of_the_name_where_its_numbers_are_right_elsewhere():
    """a2 has the numbers of z2: the line that makes them is not wrong in itself, but a2 is."""
    body = "def feedforward(w2, b2, w3, b3, x):\n    a2 = w2 @ x + b2\n    a3 = w3 @ a2 + b3\n    return a2, a3\n"
    assert "Wrong from here on: feedforward.py:16: a2 = w2 @ x + b2" in told("feedforward", body)
    body = "def output_error_gradient(z3, y):\n    dC_dz3 = sigmoid(z3)\n    dC_dz3 -= y\n    return dC_dz3\n"
    assert "Wrong from here on: output_error.py:24: dC_dz3 -= y" in told("output_error", body)


def test_a_bug_hunt_points_at_the_name_in_the_file():
    """The wrong line of Adam has v_hat's numbers wrong in new_w alone."""
    hunt = cr.exercise("hunt_adam")
    space = {}
    exec(hunt.file(), space)
    assert str(hunt.check(space[hunt.entry])).splitlines()[0].endswith("are wrong is new_w = …")


def test_which_prediction_was_wrong():
    asked = cr.exercise("foresee_output")
    answers = {place: answer for place, (answer, _) in asked.truth.items()} | {"w3[0, 1]": "grows"}
    first, *rest = str(asked.check(lambda: answers)).splitlines()
    assert first == "2 of 3 foreseen." and [each[0] for each in rest] == ["✓", "≠", "✓"]
    assert rest[1].endswith("Your answer was 'grows'.") and "w3[0, 1] moves " in rest[1]
    assert asked.check(lambda: answers).text("zh").splitlines()[2].endswith("你答的是 'grows'。")


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ("np.broadcast_to(1.0 / 8, (8,))", "1 / 8"),
        ("scatter(r[5] * k, np.s_[5:8], (8,))", "r[5] * k"),
        ("-(np.broadcast_to(-1.0, (3, 5)) * (1 - y) / (1 - a))", "(1 - y) / (1 - a)"),
        ("(np.sum(d, axis=0) / std)[None] * c", "np.sum(d, axis=0) / std * c"),
        ("x / 1.7320508075688772", "x / np.sqrt(3)"),
        ("2.5 * x", "2.5 * x"),
        ("(w @ a) * b", "(w @ a) * b"),  # as it is: the brackets help
        ("not Python (None]", "not Python (None]"),
    ],
)
def test_parts_of_programs_are_shortened_to_what_one_would_write(part, read):
    said = readable(message("{said} More.", said=message("{part} is left out.", part=part)))
    assert said == f"{read} is left out. More."
    assert said.template == "{said} More."


@pytest.mark.parametrize(
    "part", ["-(np.broadcast_to(-1.0, (3,)) * y / a)", "x[None] * (-1.0) / 2.0", "-(-y) * (1.0 * a)"]
)
def test_what_is_shortened_has_the_same_numbers(part):
    values = {
        "np": np,
        "x": np.array([1.5, -2.0, 0.3]),
        "y": np.array([0.2, 3.0, 1.0]),
        "a": np.array([2.0, 0.7, -1.0]),
    }
    read = readable(message("{part}", part=part))
    assert read != part
    np.testing.assert_allclose(np.squeeze(eval(part, values)), eval(read, values))


def test_any_number_of_layers_has_its_loop_in_the_file():
    text = cr.exercise("layers").file()
    assert text.count("for w, b in zip(weights, biases, strict=True):") == 2 and "weights_0" not in text


def test_long_lines_of_text_are_broken_in_the_file():
    for name in ("adam", "normalization", "delta"):
        for language in ("en", "zh"):
            assert max(map(columns_of, cr.exercise(name).file(language).splitlines())) <= 90


def residual(x, W, r):
    h = x + W @ x
    return np.sum(r * (h + W @ h))


def through_h(x, W, r):
    return W.T @ (r + W.T @ r)


def at_h(x, W, r):
    error = W.T @ r
    return error + W.T @ error


def unseen(x, W, r):
    return np.array((W @ W + W).tolist()).T @ r


def elsewhere(x, W, r):
    return (W @ W + W).T @ r


BOTH = "The part r is left out in ∂C/∂h. Or: The part ∂C/∂h is left out in dC_dx."


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        (through_h, "The part ∂C/∂h is left out in dC_dx."),
        (at_h, "The part r is left out in error."),
        (unseen, f"One of these, which give the same numbers: {BOTH}"),
        (elsewhere, f"One of these, which give the same numbers: {BOTH}"),
    ],
)
def test_of_places_that_give_the_same_numbers_it_is_the_one_that_is_seen(mine, said):
    """Either way round the skipped connection is forgotten once, and (I + Wᵀ)Wᵀ r = Wᵀ(I + Wᵀ) r."""
    draw = np.random.default_rng(0).normal
    found = cr.check_grad(residual, [draw(size=4), draw(size=(4, 4)), draw(size=4)], mine=mine, wrt=("x",))
    assert [str(each.said) for each in found.mistakes] == [said]


def test_a_negative_part_of_a_sum_is_one_part():
    def cost(a, y):
        return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))

    def mine(a, y):
        return -(y / a + (1 - y) / (1 - a))

    draw = np.random.default_rng(0).uniform
    found = cr.check_grad(cost, [draw(size=5), draw(size=5)], mine=mine, wrt=("a",))
    assert [str(each.said) for each in found.mistakes] == ["The part (1 - y) / (1 - a) has the wrong sign in dC_da."]
