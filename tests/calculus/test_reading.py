"""What is derived reads well: the user's names, stretches under their functions, second derivatives, notebooks, files."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

import chainrule as cr
from chainrule.cli import main

from ..program import texts

S = cr.Spec
MODEL = """\
import numpy as np
import chainrule as cr


def normalize(x):
    m = np.mean(x, axis=0)
    centered = x - m
    v = np.mean(centered**2, axis=0)
    return centered / np.sqrt(v + 1e-5)


def halved(x):
    return 0.5 * x


def cost(w, x, y):
    u = normalize(x)
    z = w @ u
    a = np.tanh(z)
    b = np.exp(a) * a
    shown = halved(b)
    error = shown - y
    return 0.5 * np.sum(error**2)


def curve(x):
    return np.sin(x) ** 2


slope = cr.grad(curve)
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(MODEL, encoding="utf-8")
    scope = {}
    exec(compile(MODEL, str(path), "exec"), scope)
    return path, scope


SPECS = (S((1, 3)), S((3, 5)), S((1, 5)))
ARGS = tuple(np.random.default_rng(0).normal(size=s.shape) for s in SPECS)


@pytest.mark.names
def test_a_long_program_is_headed_by_the_users_functions(model):
    program = cr.derive(model[1]["cost"], SPECS, wrt="w, x", calls=False)
    headings = [line.strip() for line in str(program).splitlines() if line.startswith("    # ") and ".py" in line]
    assert headings == [
        "# normalize, model.py:5", "# cost, model.py:16", "# back through cost, model.py:16",
        "# back through normalize, model.py:5",
    ]  # fmt: skip
    lines = str(program).splitlines()
    assert lines[lines.index("    # cost, model.py:16") + 1].startswith("    z = w @ u")


def test_headings_change_nothing(model):
    program = cr.derive(model[1]["cost"], SPECS, wrt="w, x", calls=False)
    texts.text(program, ARGS)
    for one, other in zip(program(*ARGS), cr.grad(model[1]["cost"], (0, 1))(*ARGS), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_a_short_program_has_no_headings(model):
    assert ".py" not in str(cr.trace(model[1]["normalize"], (S((3, 5)),)))


def test_every_line_of_a_derivative_knows_its_line(model):
    program = cr.derive(model[1]["cost"], SPECS, wrt="w")
    assert {equation.origin.file for equation in program.equations} == {str(model[0])}
    derived = [equation.origin for equation in program.equations if equation.origin.derivative_of]
    assert derived and all(origin.place.startswith("model.py:") and origin.function for origin in derived)


@pytest.mark.names
def test_the_second_derivative_reads(model):
    second = cr.derive(model[1]["slope"], (0.3,))
    assert str(second) == (
        "import numpy as np\n\n\n"
        "def grad_curve_gradient(x):\n"
        "    # x: ()\n"
        "    dC_dx = 2 * np.cos(x) ** 2 - 2 * np.sin(x) ** 2  # ()\n"
        "    return dC_dx\n"
    )
    assert second(0.3) == pytest.approx(2 * np.cos(0.6))
    assert second.latex() == (r"\frac{\partial C}{\partial x} &= 2 \cos(x)^{2} - 2 \sin(x)^{2}")


@pytest.mark.names
def test_derivatives_inside_a_traced_function_have_their_names():
    def cost(w, x):
        z = w @ x
        return np.sum(np.tanh(z) ** 2)

    program = cr.trace(cr.grad(cost), (S((2, 3)), S((3,))))
    names = [target.name for equation in program.equations for target in equation.targets]
    assert {"z", "δ_z", "dC_dw"} <= set(names)
    assert all(
        equation.primitive.name != "identity" or equation.inputs[0].shape == () for equation in program.equations
    )
    product = cr.trace(lambda w, v: cr.hvp(lambda w: cost(w, np.ones(3)), (w,), (v,))[0], (S((2, 3)), S((2, 3))))
    assert not re.search(r"v\d+ = w\b", str(product))


# ---- notebooks -------------------------------------------------------------------------------------------------------


class Parts(HTMLParser):
    """The elements of a text of HTML, and what it says."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.said, self.open = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.said += data


@pytest.mark.names
def test_in_a_notebook():
    def cost(w, b, x):
        z = w @ x + b
        return np.sum(z < 1) * np.sum(z**2)

    program = cr.derive(cost, (S((2, 3)), S((2, 1)), S((3, 4))), wrt="w, b")
    html = Parts(program._repr_html_())
    assert html.said == str(program).rstrip("\n") and html.open == []
    assert "script" not in {tag for tag, _ in html.tags}
    colored = [attributes["class"] for tag, attributes in html.tags if tag == "b"]
    assert {"cr-w", "cr-b", "cr-z", "cr-g"} <= set(colored)
    assert program._repr_markdown_() == f"```python\n{program}```"
    latex = program._repr_latex_()
    assert latex == f"$$\\begin{{aligned}}\n{program.latex()}\n\\end{{aligned}}$$"


# ---- the command line ------------------------------------------------------------------------------------------------


def test_derive_reads_any_function_of_a_file(model, capsys):
    path, scope = model
    assert main(["derive", f"{path}:slope", "--shapes", "x="]) == 0
    assert capsys.readouterr().out == str(cr.derive(scope["slope"], (S(()),)))
    assert main(["derive", f"{path}:cost", "--shapes", "w=1x3,x=3x5,y=1x5", "--wrt", "w,x"]) == 0
    assert capsys.readouterr().out == str(cr.derive(scope["cost"], SPECS, wrt="w,x"))
    assert main(["derive", f"{path}:slope", "--shapes", "x=", "--latex"]) == 0
    assert r"\frac{\partial C}{\partial x}" in capsys.readouterr().out


def test_what_is_printed_runs_by_itself(model, tmp_path):
    program = cr.derive(model[1]["cost"], SPECS, wrt="w")
    path = tmp_path / "printed.py"
    path.write_text(
        str(program) + "\nprint(cost_gradient(*(np.ones(s) for s in [(1, 3), (3, 5), (1, 5)])).shape)\n",
        encoding="utf-8",
    )
    assert subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True).stdout == "(1, 3)\n"


def test_what_is_taken_whole_goes_back_as_it_is():
    """An index that takes all, in its order, only changes the shape: nothing is scattered into zeros."""
    for f, wanted in [
        (lambda x: np.sum(x[:, None] ** 2), "2 * x"),
        (lambda x: np.sum(x[::-1] ** 2), "scatter"),
        (lambda x: np.sum(x[1:] ** 2), "scatter"),
    ]:
        program = cr.derive(f, (np.arange(3.0),))
        assert ("scatter" in str(program)) == (wanted == "scatter")
        assert cr.grad(f)(np.arange(3.0)).tolist() == program(np.arange(3.0)).tolist()
    assert cr.grad(lambda x: np.sum(np.arange(3.0) * x[None, ::-1]))(np.ones(3)).tolist() == [2, 1, 0]


def test_a_number_spread_out_stays_a_number():
    """A number that is spread over a shape and then brought into another needs neither where the next operation broadcasts."""
    text = str(cr.derive(lambda x: np.sum(np.min(x, axis=1)[:, None] * 2.0), (np.ones((3, 2)),)))
    assert "2.0 * (" in text and "broadcast_to" not in text


def test_a_product_with_itself_has_one_error():
    program = cr.derive(lambda x: np.sum(x * x), [np.ones(3)])
    assert "dC_dx = 2 * x" in str(program) or "dC_dx = 2.0 * x" in str(program)
    x = np.array([0.3, -2.0])
    assert cr.grad(lambda x, y: np.sum(x * y), (0, 1))(x, x)[1].tolist() == x.tolist()  # one array, two arguments
    assert cr.hessian(lambda x: x * x * x)(2.0) == 12


@pytest.mark.names
def test_a_users_own_v_is_counted_from_1():
    def filtered(ys):
        total = 0.0
        for y in ys:
            v = np.exp(np.sum(y * ys) * 0.1) - total
            total = total + v * v / (1.0 + v * v)
        return total

    made = re.findall(
        r"^    (v\d+) = ys|^    (v\d+) = .*np.exp", str(cr.trace(filtered, [np.ones(3)], loops=False)), re.M
    )
    assert [one or other for one, other in made] == ["v1", "v2", "v3"]
