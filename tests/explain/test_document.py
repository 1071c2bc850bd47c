"""The explanation as HTML: parsed again, and held against the explanation that it shows."""

import functools
import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.shipped import shipped
from chainrule.explain import document
from chainrule.explain.document import article
from chainrule.explain.figures import python
from chainrule.explain.outline import STEPS
from chainrule.explain.record import explain
from chainrule.show import numbers
from chainrule.show.language import languages, tag_of, template_in
from chainrule.show.style import style_sheet

EMPTY = {"br", "col", "hr", "img", "input", "meta", "source", "wbr"}


class Node:
    """An element, with what is in it."""

    def __init__(self, name, attributes, parent):
        self.name, self.attributes, self.parent, self.content = name, dict(attributes), parent, []

    def text(self, language=None):
        """The text in it, of one language where one is named; without style and what is only spoken."""
        parts = []
        for each in self.content:
            if isinstance(each, str):
                parts.append(each)
            elif each.name not in ("style", "title") and each.attributes.get("lang", language) in (language, None):
                parts.append(each.text(language))
        return "".join(parts)

    def all(self, name=None, class_=None):
        """The elements in it of this name and class, in order."""
        for each in self.content:
            if isinstance(each, Node):
                names = (each.attributes.get("class") or "").split()
                if name in (None, each.name) and (class_ is None or class_ in names):
                    yield each
                yield from each.all(name, class_)


class Tree(HTMLParser):
    """Parses markup, and insists that every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.root = self.here = Node("", {}, None)
        self.feed(text)
        self.close()
        assert self.here is self.root, f"{self.here.name} is not closed"

    def handle_starttag(self, name, attributes):
        node = Node(name, attributes, self.here)
        self.here.content.append(node)
        if name not in EMPTY:
            self.here = node

    def handle_endtag(self, name):
        assert self.here.name == name
        self.here = self.here.parent

    def handle_data(self, data):
        self.here.content.append(data)


def parsed(text):
    return Tree(text).root


TEST = cr.datasets.mnist()[2]


def a_cost(w, b, x, y):
    z = w @ x + b
    return 0.5 * np.sum((1 / (1 + np.exp(-z)) - y) ** 2)


def made_of(sizes, **settings):
    return cr.Network(sizes, seed=1, **settings).explain(TEST.images[7], int(TEST.labels[7]))


@functools.cache
def mistake():
    net = cr.load(shipped("book"))
    wrong = np.flatnonzero(net.predict(TEST.images[:1000]) != TEST.labels[:1000])[0]
    return net.explain(TEST.images[wrong], TEST.labels[wrong])


@functools.cache
def of_function():
    random = np.random.default_rng(0)
    return explain(
        a_cost, (random.normal(size=(3, 12)), random.normal(size=(3, 1)), random.normal(size=(12, 1)), np.eye(3)[:, :1])
    )


def regression():
    net = cr.Network([4, 6, 1], seed=0, activation="tanh", cost="mean-squared-error")
    return net.explain(np.array([[0.3, -1.0, 0.2, 2.0]]), np.array([0.5]))


@functools.cache
def mistaken():
    """The tree of the file about a mistake."""
    return parsed(document.document(mistake(), language="en"))


MADE = {
    "a mistake": mistake,
    "no label": lambda: cr.load(shipped("book")).explain(TEST.images[0]),
    "a batch": lambda: cr.load(shipped("book")).explain(TEST.images[:5], TEST.labels[:5]),
    "no hidden layer": lambda: made_of([784, 10]),
    "three hidden layers": lambda: made_of([784, 40, 12, 11, 10]),
    "160 hidden neurons": lambda: made_of([784, 160, 10]),
    "softmax": lambda: made_of([784, 20, 10], activation="relu", cost="log-likelihood"),
    "normalized": lambda: made_of([784, 20, 10], normalization="layer"),
    "hinge": lambda: made_of([784, 20, 10], cost="hinge"),
    "regression": regression,
    "a function": of_function,
}
_KEPT = {}


@pytest.fixture(params=MADE, ids=str)
def shown(request):
    """An explanation, and the tree of its file."""
    if request.param not in _KEPT:
        made = MADE[request.param]()
        _KEPT[request.param] = made, parsed(document.document(made, language="en", command="chainrule explain"))
    return _KEPT[request.param]


def plain(text):
    return re.sub(r"\s+", "", text)


# ---- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.wide
def test_it_asks_for_nothing_outside_and_has_no_script(shown):
    _, tree = shown
    for node in tree.all():
        assert node.name not in ("script", "link", "iframe", "object", "base", "form")
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            if name in ("src", "srcset"):
                assert value.startswith("data:image/png;base64,")
            if name == "href":
                assert value.startswith("#step-")
            assert "://" not in (value or "")
    (style,) = tree.all("style")
    assert not re.search(r"url\(|@import|://", "".join(style.content))


def test_all_languages_are_there_everywhere(shown):
    _, tree = shown
    spans = [node for node in tree.all("span") if "lang" in node.attributes]
    count = len(languages())
    assert len(spans) > 20 * count
    for one, *others in zip(*(spans[at::count] for at in range(count)), strict=True):
        assert [each.attributes["lang"] for each in (one, *others)] == [tag_of(each) for each in languages()]
        assert all(each.parent is one.parent for each in others)
        assert one.content
        assert all(each.content for each in others) or one.text() == " "
        assert not re.search("[\u4e00-\u9fff]", one.text())


def test_headings_follow_one_another_and_ids_are_unique(shown):
    _, tree = shown
    levels = [int(node.name[1]) for node in tree.all() if re.fullmatch(r"h[1-6]", node.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 2 for before, after in pairwise(levels))
    ids = [node.attributes["id"] for node in tree.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for link in tree.all("a"):
        assert link.attributes["href"][1:] in ids
    for label in tree.all("label"):
        assert label.attributes["for"] in ids


def test_every_picture_is_told_and_every_drawing_hidden_from_readers(shown):
    _, tree = shown
    for node in tree.all("svg"):
        assert node.attributes["aria-hidden"] == "true"
    for node in tree.all("img"):
        assert node.attributes["alt"] == ""
    for figure in tree.all("div", "cr-figure"):
        pictures = list(figure.all("div", "cr-picture"))
        told = [node for node in figure.all("span", "cr-spoken") if node.text("en").strip()]
        alone = [each for each in pictures if list(each.all("span", "cr-number"))]
        assert len(told) >= len(pictures) - len(alone) - 1  # x and a1 are the same numbers, told once


# ---- what it says ----------------------------------------------------------------------------------------------------


def sections(tree):
    return {node.attributes["id"]: node for node in tree.all("section", "cr-step") if "id" in node.attributes}


def test_each_step_has_its_title_and_sentence_in_both_languages(shown):
    made, tree = shown
    found = sections(tree)
    assert list(found) == [f"step-{step.number}" for step in made.steps]
    for step in made.steps:
        (title,) = found[f"step-{step.number}"].all("h2")
        for tag, language in (("en", "en"), ("zh-Hans", "zh")):
            assert title.text(tag) == f"{step.number}{template_in(language, STEPS[step.number])}"


def test_every_symbol_of_every_line_stands_with_its_dimensions(shown):
    """All figures of a step together have the dimensions of the symbols of its lines, in their order."""
    made, tree = shown
    found = sections(tree)
    for step in made.steps:
        if step.number == 1:
            continue
        section = found[f"step-{step.number}"]
        seen = [node.text() for node in section.all("div", "cr-dim")]
        seen += [node.text() for node in section.all("span", "cr-dim")]
        wanted = []
        for line in step.lines:
            if line.formula is not None:
                wanted += [
                    line.formula.target.size,
                    *(term.size for term in line.formula.terms if term.kind == "symbol"),
                ]
        assert sorted(seen) == sorted(wanted)
        for figure in section.all("div", "cr-figure"):
            assert len(list(figure.all("div", "cr-symbol"))) == len(list(figure.all("div", "cr-dim")))


def test_the_sizes_that_must_agree_are_tied(shown):
    made, tree = shown
    found = sections(tree)
    for step in made.steps:
        seen = [node.text() for node in found[f"step-{step.number}"].all("div", "cr-agree")]
        wanted = [tie.text for line in step.lines if line.formula for tie in line.formula.ties if line.symbol != "a1"]
        assert sorted(seen) == sorted(wanted)


def test_worked_numbers_are_those_of_the_explanation(shown):
    made, tree = shown
    found = sections(tree)
    for step in made.steps:
        seen = [
            as_number(plain(node.text()).rpartition("=")[2])
            for node in found[f"step-{step.number}"].all("p", "cr-worked")
        ]
        every = [(line, each) for line in step.lines for each in line.numbers]
        assert len(seen) == len(every)
        for number, (line, each) in zip(seen, every, strict=True):
            result = float(np.asarray(line.value)[each.index])
            assert result == pytest.approx(each.result, rel=1e-12, abs=1e-300)
            digits = 0.051 if abs(result) < 1e-4 else 0.0051  # two digits, or three
            assert number == pytest.approx(result, rel=digits, abs=0)


def as_number(text):
    """What a written number says: `−0.147`, `4·10−5`."""
    digits, _, exponent = text.replace("−", "-").partition("·10")
    return float(digits) * 10.0 ** int(exponent or 0)


def test_python_is_what_runs_with_dimensions_under_it(shown):
    made, tree = shown
    found = sections(tree)
    for step in made.steps:
        seen = "\n".join(node.text() for node in found[f"step-{step.number}"].all("code", "cr-py")).splitlines()
        code = [re.sub(r" +", " ", line) for line in seen[::2]]
        lines = [line for line in step.lines if line.formula is not None]
        for line in lines:
            assert line.python in code
        for text, below in zip(seen[::2], seen[1::2], strict=True):
            for place in re.finditer(r"\S+", below):
                assert re.match(r"[^\W\d]\w*", text[place.start() :])


def test_the_table_of_short_columns_has_every_number():
    made = mistake()
    tree = mistaken()
    tables = list(tree.all("table", "cr-ten"))
    a, y, s = made.values["a3"][:, 0], made.values["y"][:, 0], made.values["z3"][:, 0]
    s = np.exp(-s) / (1 + np.exp(-s)) ** 2
    columns = [[a, y, a - y], [a - y, s, (a - y) * s]]
    assert len(tables) == 2
    for table, wanted in zip(tables, columns, strict=True):
        rows = list(table.all("tr"))[1:]
        for at, row in enumerate(rows):
            cells = [node.text() for node in row.all("td") if "cr-op" not in (node.attributes.get("class") or "")]
            for text, column in zip(cells, wanted, strict=True):
                if text == "≈ 0":
                    assert abs(column[at]) < 0.0005
                else:
                    assert float(text.replace("−", "-")) == pytest.approx(column[at], abs=0.0005)


def test_the_answers_stand_as_bars_and_the_truth_is_marked():
    made = mistake()
    bars = next(mistaken().all("ol", "cr-bars"))
    rows = list(bars.all("li"))
    assert [next(row.all("b")).text() for row in rows] == list("0123456789")
    words = {at: row.text("en") for at, row in enumerate(rows)}
    assert "it is" in words[made.label]
    assert "it reads" in words[made.answer]
    assert [bool(list(row.all("u"))) for row in rows] == [at == made.label for at in range(10)]
    for at, row in enumerate(rows):
        width = float(re.search(r"width:([\d.]+)%", next(row.all("i")).attributes["style"])[1])
        assert width == pytest.approx(100 * made.outputs[at], abs=0.06)


TITLES = {
    "no label": "What does the network read here?",
    "regression": "How does the network come to its answer?",
    "a function": "The derivative of a_cost, line by line",
    "a batch": "How did the network read this 7?",
}


@pytest.mark.parametrize("name", TITLES)
def test_titles(name):
    (title,) = parsed(document.document(MADE[name](), language="en")).all("h1")
    assert title.text("en") == TITLES[name]


def test_a_mistake_asks_why():
    made = mistake()
    (title,) = parsed(document.document(made, language="zh")).all("h1")
    assert title.text("en") == f"Why did the network read this {made.label} as {made.answer}?"
    assert title.text("zh-Hans").replace("\u200b", "") == f"网络为什么把这个 {made.label} 认成了 {made.answer}？"


def test_two_layers_have_no_step_four_and_say_so():
    tree = parsed(document.document(made_of([784, 10]), language="en"))
    said = sections(tree)["step-4"].text("en"), sections(tree)["step-4"].text("zh-Hans")
    assert "There is no step 4 here" in said[0]
    assert "这里没有第 4 步" in said[1]


def test_weights_that_are_images_lie_on_a_stack_before_and_after():
    tree = parsed(document.document(made_of([784, 20, 10]), language="en"))
    section = sections(tree)["step-6"]
    first = next(section.all("div", "cr-figure"))
    assert len(list(first.all("span", "cr-stack"))) == 3  # after, before, gradient
    assert "784" in first.text()


def test_what_is_opened_is_the_language_that_was_asked_for():
    for language, tag in (("en", "en"), ("zh", "zh-Hans")):
        tree = parsed(document.document(of_function(), language=language))
        assert next(tree.all("html")).attributes["lang"] == tag
        chosen = [node.attributes["id"] for node in tree.all("input") if "checked" in node.attributes]
        assert chosen == [f"cr-{language}"]


def test_the_same_explanation_gives_the_same_file():
    again = mistake.__wrapped__()
    assert document.document(mistake(), language="en") == document.document(again, language="en")


def test_a_name_cannot_break_out_of_the_file():
    def f(x):
        return np.sum(x * x)

    f.__name__ = "<img src=x>"
    assert "<img src=x>" not in document.document(explain(f, (np.ones(3),)), language="en")


# ---- in a notebook ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_notebook_shows_one_language_without_ids_inputs_or_script(language):
    made = mistake()
    tree = parsed(document.fragment(made, language))
    assert not [node for node in tree.all() if "id" in node.attributes or node.name in ("input", "script", "a", "nav")]
    assert not [node for node in tree.all("span") if "lang" in node.attributes]
    (whole,) = tree.all("div", "cr")
    assert whole.attributes["lang"] == {"en": "en", "zh": "zh-Hans"}[language]
    assert bool(re.search("[\u4e00-\u9fff]", whole.text())) == (language == "zh")


def test_its_style_touches_nothing_else():
    sheet = re.sub(r"/\*.*?\*/", "", style_sheet(("chainrule.explain", "document.css")), flags=re.S)
    sheet = re.sub(r"@font-face \{ font-family: cr-[^}]*\}", "", sheet)
    for selectors in re.findall(r"([^{}]+)\{[^{}]*\}", sheet):
        for selector in re.split(r",(?![^(]*\))", selectors):
            assert selector.strip().startswith(".cr"), selector


def test_an_explanation_shows_itself(monkeypatch):
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    made = of_function()
    assert made._repr_html_() == document.fragment(made, "zh")


def test_gaps_open_in_python_where_dimensions_need_room():
    rule = next(line.formula for line in made_of([784, 20, 10]).lines if line.symbol == "z2")
    code, below = parsed(python(rule)).text().split("\n")
    assert code == "z2 = w2   @ a1  + b2"
    assert [below[code.index(name) :].split()[0] for name in ("z2", "w2", "a1", "b2")] == [
        "20×1",
        "20×784",
        "784×1",
        "20×1",
    ]


def test_every_sign_is_explained_once_in_both_languages():
    for tree in (mistaken(), parsed(article(mistake(), language="en"))):
        signs = [node.text("en") for node in tree.all("p", "cr-signs")]
        assert signs == [
            "σ(z) = 1 / (1 + exp(−z)), always between 0 and 1",
            "⊙ multiplies element by element; σ′(z) = σ(z) (1 − σ(z)), the slope of σ",
            "ᵀ exchanges rows and columns",
            "η, the learning rate, says how far a step goes",
        ]
        assert [node.text("zh-Hans") for node in tree.all("p", "cr-signs")][1] == (
            "⊙ 表示逐个元素相乘；σ′(z) = σ(z) (1 − σ(z))，是 σ 的斜率"
        )


def test_the_key_names_weights_and_biases_before_what_is_made_of_them():
    (key,) = mistaken().all("ul", "cr-key")
    words = [next(row.all("span")).text("en") for row in key.all("li")]
    assert words[:5] == [
        "the activations of the input layer, one per pixel",
        "the desired output: 1 at the right answer, 0 elsewhere",
        "the weights of layer 2",
        "the biases of layer 2",
        "the weighted input of each neuron of layer 2",
    ]


def test_equations_side_by_side_look_like_no_product():
    origins = [node.text("en") for node in mistaken().all("p", "cr-origin")]
    assert len(origins) == 4
    assert not [each for each in origins if "·" in each]
    assert ", " in origins[0]


def test_a_number_that_is_passed_on_stands_once():
    tree = mistaken()
    bias, weight, *_ = (plain(node.text()) for node in sections(tree)["step-5"].all("p", "cr-worked"))
    assert (bias.count("="), weight.count("=")) == (1, 2)


def test_of_a_batch_it_is_said_that_one_cost_is_a_mean_and_one_a_sum():
    made = cr.Network([784, 5, 10], seed=0).explain(TEST.images[:3], TEST.labels[:3])
    text = next(parsed(document.document(made, language="en")).all("p", "cr-text")).text
    assert "This C is the mean over all examples; in the equations, C is their sum." in text("en")
    assert "这里的 C 是全部样本的平均，方程里的 C 是它们的总和。" in text("zh-Hans")


def test_saturated_is_explained_where_it_is_first_said(shown):
    """Within the sentence, or the note right below it; so in both languages."""
    made, tree = shown
    (article_,) = tree.all("article")
    for language, word, definition in (
        ("en", "saturated", r"(below|at least) 0\.01"),
        ("zh-Hans", "饱和", r"小于 0\.01"),
    ):
        text = article_.text(language)
        if made.architecture is None or made.architecture.activations[0] not in ("sigmoid", "tanh", "relu"):
            assert word not in text
        else:
            assert 0 <= re.search(definition, text).start() - text.index(word) < 200


def test_a_document_announces_five_steps_and_the_update():
    text = next(mistaken().all("article")).text
    assert "in the five steps of backpropagation and one update" in text("en")
    assert "反向传播的五个步骤，加上一次更新" in text("zh-Hans")


def test_what_a_step_changes_is_said_even_where_the_cost_rises():
    net = cr.Network([784, 20, 10], seed=1, cost="hinge")
    made = net.explain(TEST.images[:3], TEST.labels[:3], learning_rate=5)  # a whole number is a rate too
    before, after = made.one_step().cost
    assert after > before
    text = parsed(document.document(made, language="en")).text("en")
    assert "the cost rose" in text
    assert "the cost falls" not in text.lower()


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("language", "words", "given"),
    [("en", r"reads|digit|says yes|it is ", "It gives {}"), ("zh", "认作|数字|有多肯定|其实是", "它给出 {}")],
)
def test_a_network_that_answers_with_numbers_is_never_said_to_read_a_class(
    outputs, known, language, words, given, monkeypatch
):
    net = cr.Network([4, 6, outputs], seed=0, activation="tanh", cost="mean-squared-error")
    x, y = np.array([[0.3, -1.0, 0.2, 2.0]]), np.array([[0.5, -0.25][:outputs]])
    made = net.explain(x, y) if known else net.explain(x)
    monkeypatch.setenv("CHAINRULE_LANG", language)
    page = parsed(document.document(made, language=language, command=""))
    for text in (str(made), page.text({"en": "en", "zh": "zh-Hans"}[language])):
        assert re.search(words, text) is None
    assert ("0.500" in str(made).splitlines()[0]) == known
    value = float(net(x)[0, 0])
    assert given.format(numbers.figure(value)) in str(made)
    assert made.plain()["outputs"][0] == pytest.approx(value, abs=1e-6)


def test_a_networks_own_classes_have_their_names_everywhere():
    random = np.random.default_rng(0)
    net = cr.Network([784, 12, 3], seed=0)
    net.schema = net.schema.called(("dot", "<b>bar</b> & rod", "box"))
    image = random.integers(0, 256, (28, 28)).astype("uint8")
    answer = net.predict(image)
    truth = (answer + 1) % 3
    made = net.explain(image, truth)
    tree = parsed(document.document(made, language="en", command=""))
    said, true = (f"{at} {net.classes[at]}" for at in (answer, truth))
    (title,) = tree.all("h1")
    assert title.text("en") == f"Why did the network read this {true} as {said}?"
    bars = next(iter(tree.all("ol", "cr-bars")))
    assert [name in bar.text("en") for name, bar in zip(net.classes, bars.all("li"), strict=True)] == [True] * 3
    for sentence in (f"It gives {said} an activation of", f"Why {said}, and not {true}?"):
        assert sentence in tree.text("en")


def test_of_saturated_neurons_it_is_said_once_beside_their_curve(shown):
    """Where their curve is drawn, its caption says how many are saturated; below the line it is not said again."""
    made, tree = shown
    drawn = 0
    for block in tree.all("div", "cr-block"):
        curves = list(block.all("path", "cr-curve"))
        following = block.parent.content[block.parent.content.index(block) + 1 :]
        below = "".join(each.text("en") for each in following[:4] if each.attributes.get("class") == "cr-stat")
        drawn += len(curves)
        if curves:
            assert "saturated" in block.text("en")
            assert "saturated" not in below
            notes = [node.text("en") for node in block.all("p", "cr-note") if "saturated" in node.text("en")]
            assert all(re.fullmatch(r"[0-9A-Z].*\.", note) for note in notes)
    assert drawn or made.architecture is None or made.architecture.activations[0] == "relu"


def test_what_stands_at_the_right_of_a_column_stands_there_in_its_heading_too(shown):
    _, tree = shown
    tables = list(tree.all("table", "cr-answer"))
    for table in tables:
        head, *rows = table.all("tr")
        if not list(head.all("th")):
            continue
        for at, heading in enumerate(head.content):
            cells = [row.content[at] for row in rows if at < len(row.content) and row.content[at].content]
            right = {"cr-value" in (cell.attributes.get("class") or "") for cell in cells}
            assert len(right) <= 1
            assert heading.name == "td" or right == {"cr-value" in (heading.attributes.get("class") or "")}
