"""`chainrule explain`: which image, which steps, which questions, in which language; goldens of the whole screen."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.show import screen
from chainrule.show.spelling import columns_of

GOLDEN = Path(__file__).parent / "golden"
TEST = cr.datasets.mnist()[2]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A network of few neurons whose numbers are the same on every machine: no training, weights from the seed."""
    path = tmp_path_factory.mktemp("small") / "net.safetensors"
    cr.Network([784, 4, 10], seed=0, dtype="float64").save(path)
    return path


def test_the_network_in_the_package_and_a_mistake_from_which_a_step_visibly_learns(run):
    done = run("explain", "--lang", "en")
    assert done.code == 0
    assert done.err == (
        "This is the bundled network of the book (784 → 30 → 10). predict uses another,\n"
        "the reader. To explain your own: explain NET\n"
    )
    assert "It reads 6   it is 4" in done.out
    number = re.search(r"mistake (\d+) of 418, test digit 33", done.out)[1]
    assert "five steps of backpropagation and then, as number 6, the update." in done.out
    for number_of_step, title in enumerate(
        ("Input", "Feedforward", "Output error", "Error, backwards", "Gradients", "Update"), 1
    ):
        assert f"\n{number_of_step}  {title}\n" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    assert "it reads        6     4 ✓" in done.out
    named = run("explain", "--mistake", number, "--lang", "en").out
    assert named.partition("now ask")[0] == done.out.partition("now ask")[0]


def test_a_step_alone_announces_no_others(run, small):
    assert "five steps" not in run("explain", small, "--example", "0", "--step", "2", "--lang", "en").out
    assert "five steps" in run("explain", small, "--example", "0", "--lang", "en").out


@pytest.mark.parametrize("typed", [["article"], ["explain"], ["explain", "--mistake", "1"]], ids=" ".join)
@pytest.mark.parametrize(("language", "word"), [("en", "saturated"), ("zh", "饱和")])
def test_saturated_is_explained_where_it_is_first_said(run, typed, language, word):
    text = "".join(run(*typed, "--lang", language).out.split())
    where = text.index({"en": "slopethereisbelow0.01", "zh": "那里的斜率小于0.01"}[language])
    assert 0 < where - text.index(word) < 120
    assert len(re.findall("slopethereis|那里的斜率", text)) == 1


def test_no_line_of_a_screen_repeats_the_one_of_the_same_layer(run):
    """What a gradient is derived from is said once a layer, and a value that is passed on has no statistics again."""
    lines = run("explain", "--lang", "en").out.splitlines()
    gradients = lines[lines.index("5  Gradients") : lines.index("6  Update")]
    assert len([line for line in gradients if "the derivative of" in line]) == 2
    assert len([line for line in gradients if ", mean " in line]) == 2


EXPLAINED = [
    "article",
    *(f"explain {flag}" for flag in ("", "--value", "--why", "--blame", "--one-step", "--proof", "--layers")),
]


def test_every_sign_is_spelled_on_an_ascii_terminal(folder):
    """All in one process, as each would be alone: what a command writes is in the encoding that the process has."""
    program = (
        "import sys; from chainrule.cli import main\n"
        "for typed in sys.argv[1:]: assert main([*typed.split(), '--lang', 'en']) == 0; print('=8<=')"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "TERM": "dumb"}
    done = subprocess.run([sys.executable, "-c", program, *EXPLAINED], cwd=folder, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    *shown, rest = re.split(r"=8<=\r?\n", done.stdout.decode("ascii"))
    assert (len(shown), rest) == (len(EXPLAINED), "")
    for out in shown:
        assert out
        assert not re.search(r"\\[xu]", out)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_screen_is_as_it_was_looked_at(run, small, folder, monkeypatch, width, language):
    monkeypatch.setenv("COLUMNS", str(width))
    (folder / "net.safetensors").write_bytes(small.read_bytes())
    done = run("explain", "net.safetensors", "--example", "0", "--lang", language)
    golden = GOLDEN / f"explain-{language}-{width}.txt"
    assert done.out == golden.read_text(encoding="utf-8")


def test_the_screen_in_ascii(command, small, folder):
    (folder / "net.safetensors").write_bytes(small.read_bytes())
    done = command(
        "explain", "net.safetensors", "--example", "0", "--lang", "en", PYTHONIOENCODING="ascii", TERM="dumb"
    )
    assert done.stdout.decode("ascii").replace("\r\n", "\n") == (GOLDEN / "explain-ascii.txt").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(("name", "depth"), [("truecolor", "truecolor"), ("16", "ansi")])
def test_the_screen_in_colors(run, small, folder, monkeypatch, name, depth):
    (folder / "net.safetensors").write_bytes(small.read_bytes())
    monkeypatch.setattr(screen, "_depth", lambda *_: depth)
    done = run("explain", "net.safetensors", "--example", "0", "--lang", "en")
    assert done.out == (GOLDEN / f"explain-{name}.txt").read_text(encoding="utf-8")
    bare = re.sub(r"\x1b\[[\d;]*m", "", done.out)
    colored = set(re.findall(r"\x1b\[([\d;]*)m", done.out))
    assert "\x1b" not in bare
    assert any("38;2;" in code for code in colored) == (depth == "truecolor")


def test_colors_change_nothing_but_the_colors(run, small, monkeypatch):
    plain = run("explain", small, "--example", "0", "--step", "2", "--lang", "en").out
    monkeypatch.setenv("FORCE_COLOR", "3")
    monkeypatch.setenv("COLORTERM", "truecolor")
    colored = run("explain", small, "--example", "0", "--step", "2", "--lang", "en").out
    bare = re.sub(r"\x1b\[[\d;]*m", "", colored)
    assert bare != colored
    equation = [line for line in plain.splitlines() if "=" in line]
    assert [line for line in bare.splitlines() if "=" in line] == equation


def test_one_step_and_one_neuron(run, small):
    done = run("explain", small, "--example", "0", "--step", "4", "--neuron", "2:3", "--lang", "en")
    assert "\n4  Error, backwards\n" in done.out
    assert "\n3  " not in done.out
    assert "δ²[3] = " in done.out


def test_two_layers_say_that_there_is_no_step_4(run, folder):
    cr.Network([784, 10], seed=0).save("two.safetensors")
    english = run("explain", "two.safetensors", "--example", "0", "--lang", "en").out
    assert "There is no step 4 here: with two layers, nothing lies between" in english
    assert "这里没有第 4 步" in run("explain", "two.safetensors", "--example", "0", "--lang", "zh").out


@pytest.mark.parametrize(
    ("flag", "english", "chinese"),
    [
        ("--value", "Why is a²[", "为什么 a²["),
        ("--why", "Why 5, and not 7?", "为什么是 5，而不是 7？"),
        ("--blame", "Where does δ²[", "从哪里来？"),
        ("--one-step", "Of the other 9,999 test digits, ", "其他 9,999 张测试数字"),
        ("--proof", "relative error ", "相对误差"),
        ("--layers", "‖δ‖", "‖δ‖"),
    ],
)
def test_questions(run, net, flag, english, chinese, folder):
    cr.Network([784, 30, 10], seed=0).save("net.safetensors")
    assert english in run("explain", "net.safetensors", "--example", "0", flag, "--lang", "en").out
    assert chinese in run("explain", "net.safetensors", "--example", "0", flag, "--lang", "zh").out


def test_between_two_answers_of_ones_own_choice(run, small):
    assert "Why 3, and not 8?" in run("explain", small, "--example", "0", "--between", "3,8", "--lang", "en").out


def test_a_picture_without_a_label_says_how_to_go_on(run, photos, small):
    done = run("explain", small, "--image", photos[0], "--lang", "en")
    assert done.code == 0
    assert "\n2  Feedforward\n" in done.out
    assert "\n3  " not in done.out
    assert done.out.splitlines()[-1].startswith(f"  chainrule explain {small} --image {photos[0]} --lang en --label ")
    labeled = run("explain", small, "--image", photos[0], "--label", "0", "--lang", "en")
    assert "\n6  Update\n" in labeled.out
    told = run("explain", small, "--image", photos[0], "--one-step")
    assert (told.code, told.err) == (1, "chainrule: Without a desired output there is no error; give the label too.\n")


def test_json_is_as_the_design_has_it(run, small):
    done = run("explain", small, "--example", "0", "--json")
    found = json.loads(done.out)
    assert list(found) == ["digit", "label", "cost", "steps"]
    assert [step["step"] for step in found["steps"]] == [1, 2, 3, 4, 5, 6]
    z2 = found["steps"][1]["equations"][0]
    assert list(z2) == ["symbol", "shape", "python", "value"]
    test = cr.datasets.mnist()[2]
    made = cr.load(small).explain(test.images[0], test.labels[0])
    for step, told in zip(made.steps, found["steps"], strict=True):
        for line, equation in zip(step.lines, told["equations"], strict=True):
            assert (equation["symbol"], equation["python"]) == (line.symbol, line.python)
            assert equation["shape"] == list(line.value.shape)
            np.testing.assert_array_equal(np.array(equation["value"]), line.value)


def test_a_web_page(run, small, folder):
    done = run("explain", small, "--example", "0", "--html", "why.html", "--lang", "en")
    assert (done.code, done.out) == (0, "written to why.html: open it in any browser\n")
    assert "<math" in (folder / "why.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        (["--example", "10000"], 2, "--example is 10,000; the test images count from 0 to 9,999."),
        (["--mistake", "9999"], 2, "--mistake is 9,999; the network makes "),
        (["--mistake", "1", "--example", "2"], 2, "--mistake and --example name two images; explain shows one."),
        (["--label", "3"], 2, "--label belongs to a picture of your own:"),
        (["--neuron", "2,13"], 2, "--neuron is '2,13'; it must be a layer, from 1 at the input, and a neuron, from 0, "),
        (["--step", "7"], 2, "--step is '7'; it must be a step from 1 to 6."),
        (["--neuron", "2:4"], 1, "Layer 2 has no neuron 4; it has 0 to 3."),
        (["--between", "3,3"], 1, "3 and 3 are the same answer; name two that differ."),
        (["--between", "3,8", "--neuron", "2:1"], 2, "--neuron has no effect on --between; leave it out."),
        (["--why", "--neuron", "2:1"], 2, "--neuron has no effect on --why; leave it out."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(run, small, typed, code, message):
    done = run("explain", small, *typed)
    assert done.code == code
    assert message in " ".join(done.err.split())


def test_a_network_of_something_else(run, folder):
    cr.Network([4, 3], seed=0).save("four.safetensors")
    done = run("explain", "four.safetensors")
    assert done.code == 1
    assert done.err.endswith("name\nthem:\n  chainrule explain four.safetensors DATA\n")
    (folder / "photo.png").touch()
    done = run("explain", "four.safetensors", "--image", "photo.png")
    assert "has 4 inputs, and a picture of a digit has 28 × 28 = 784 pixels." in " ".join(done.err.split())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("mistake", ["1", "212"])
def test_the_image_stands_beside_the_answers(run, mistake, language):
    lines = run("explain", "--mistake", mistake, "--lang", language).out.splitlines()
    beside = [line for line in lines[:16] if re.search(r"\S {2,}\d +(━.*)?0\.\d{3}", line)]
    assert len(beside) >= 8
    assert max(map(columns_of, lines)) <= 80


@pytest.mark.parametrize(
    ("language", "signs"),
    [
        (
            "en",
            [
                "reshape arranges the same numbers in another shape, row by row",
                "σ(z) = 1 / (1 + exp(−z)), always between 0 and 1",
                "⊙ multiplies element by element; σ′(z) = σ(z) (1 − σ(z)), the slope of σ",
                "ᵀ exchanges rows and columns",
                "η, the learning rate, says how far a step goes",
            ],
        ),
        (
            "zh",
            [
                "reshape 把同样的数逐行排成另一种形状",
                "σ(z) = 1 / (1 + exp(−z))，总在 0 与 1 之间",
                "⊙ 表示逐个元素相乘；σ′(z) = σ(z) (1 − σ(z))，是 σ 的斜率",
                "ᵀ 表示行与列互换，即转置",
                "η 是学习率，决定一步走多远",
            ],
        ),
    ],
)
def test_every_sign_is_explained_once_where_it_stands_first(run, small, monkeypatch, language, signs):
    monkeypatch.setenv("COLUMNS", "100")
    for typed in (["explain", small, "--example", "0"], ["article"]):
        text = run(*typed, "--lang", language).out
        assert [text.count(sign) for sign in signs] == [1] * len(signs)
        assert [text.index(sign) for sign in signs] == sorted(text.index(sign) for sign in signs)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "z²[2] belongs to neuron 2 of layer 2; w²[2,0] is the weight that leads to it from neuron 0 of layer 1.",
                "Neuron 2 is followed here because you asked for it.",
                "Neuron 1 is followed here because its error δ is the largest of its layer.",
                "Neuron 7 is followed here because its activation is the largest of its layer.",
            ],
        ),
        (
            "zh",
            [
                "z²[2] 属于第 2 层第 2 号神经元；w²[2,0] 是从第 1 层第 0 号神经元通到它的权重。",
                "下面以第 2 号神经元为例，因为你指定了它。",
                "下面以第 1 号神经元为例，因为它的误差 δ 在这一层里最大。",
                "下面以第 7 号神经元为例，因为它的激活值在这一层里最大。",
            ],
        ),
    ],
)
def test_the_neuron_that_is_followed_is_named_and_why_and_which_index_is_which(run, small, language, words):
    asked, own = (
        "".join(run("explain", small, "--example", "0", *more, "--lang", language).out.split())
        for more in (["--neuron", "2:2"], [])
    )
    cr.Network([784, 10], seed=0).save("two.safetensors")
    two = cr.load("two.safetensors").explain(TEST.images[1], TEST.labels[1])
    outputs = "".join(run("explain", "two.safetensors", "--example", "1", "--lang", language).out.split())
    index, *why = ("".join(each.split()) for each in words)
    assert index in asked
    assert why[0] in asked
    assert why[1] in own
    assert why[2].replace("7", str(two.answer)) in outputs


def test_a_measured_slope_differs_by_a_power_of_ten_that_is_set_as_everywhere(run, small):
    text = run("explain", small, "--example", "0", "--proof", "--lang", "en").out
    assert re.search(r"relative error +\d·10⁻[⁰¹²³⁴⁵⁶⁷⁸⁹]+ ✓", text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_given_has_its_dimensions_too(run, small, language):
    words = {"en": "the desired output: ", "zh": "期望输出："}[language]
    assert f"\n   y  10×1  {words}" in run("explain", small, "--example", "0", "--lang", language).out


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "input times slope, a first estimate of what each pixel does."),
        ("zh", "即输入乘以斜率，这是对每个像素所起作用的粗略估计（一阶近似）。"),
    ],
)
def test_the_evidence_of_pixels_is_said_to_be_an_estimate(run, small, language, words):
    text = run("explain", small, "--example", "0", "--why", "--lang", language).out
    assert "".join(words.split()) in "".join(text.split())


def test_slopes_that_are_rounding_alone_are_said_to_be_so(run, folder, monkeypatch):
    """Beside a relative error of 1 there was a ✓, where the derivative is 0 and what is measured the rounding of C."""
    from chainrule.explain import measures

    proof = measures.Proof("w2", (0, 0), 0.0, 4e-12, 1e-5, (1.0, 1.0))
    assert proof.agrees
    assert proof.relative_error == 1
    monkeypatch.setattr(measures, "proof", lambda *_: proof)
    lines = run("explain", "--example", "0", "--proof", "--lang", "en").out.splitlines()
    (line,) = [each for each in lines if "✓" in each]
    assert line.split("   ")[-1].strip() == "none: 4·10⁻¹² apart is rounding ✓"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "uses its running means and variances here"), ("zh", "累计的均值和方差")]
)
def test_which_formula_is_shown_of_a_normalized_network_is_said(run, folder, language, words):
    cr.Network([784, 5, 10], normalization="batch", seed=0).save("normal.safetensors")
    text = run("explain", "normal.safetensors", "--example", "0", "--lang", language).out
    assert words in " ".join(text.split()).replace("的 均", "的均")
    cr.Network([784, 5, 10], seed=0).save("plain.safetensors")
    assert words not in run("explain", "plain.safetensors", "--example", "0", "--lang", language).out
