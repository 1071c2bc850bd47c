"""The page as a person uses it, in Chromium: by mouse, by keyboard, on a phone, in both languages and themes."""

import io
import re

import numpy as np
import pytest

pytest.importorskip("playwright")

from playwright.sync_api import expect

import chainrule as cr
from chainrule.data.shipped import shipped
from chainrule.explain.outline import said_of
from chainrule.explain.scope import evaluator
from chainrule.explain.terminal import TerminalRenderer
from chainrule.explain.vocabulary import Inline, Section, Sentence, Slot, Table
from chainrule.show.screen import Screen

from .visitor import PHONE, VIEWS, WIDE, Visitor

pytestmark = pytest.mark.browser


def shown_view(visitor, view):
    """Wait until a view has all that it shows."""
    page = visitor.page
    if view == "inside":
        visitor.settled()
    elif view == "train":
        expect(visitor.formed.first).to_be_visible()
    else:
        expect(page.get_by_role("button", name=re.compile(r"^test digit \d+: a \d read as \d$")).first).to_be_visible()


def test_the_numbers_of_all_steps_are_those_of_the_explanation(open_page):
    visitor = Visitor(open_page(net="book"))
    visitor.pick(8)
    _, _, test = cr.datasets.mnist()
    net = cr.load(shipped("book"))
    chosen = visitor.neurons.get_by_role("button", pressed=True).get_attribute("aria-label")
    neuron = int(re.match(r"neuron (\d+)", chosen)[1])
    made = net.explain(test.images[8], test.labels[8], neuron=(2, neuron))
    for step in made.steps:
        visitor.step(step.number)
        text = re.sub(r"\s+", "", visitor.steps.get_by_role("tabpanel").inner_text())
        for line in step.lines:
            for numbers in line.numbers:
                shown = f"{abs(numbers.result):.{numbers.decimals or 3}f}"
                assert shown in text or abs(numbers.result) < 0.0005, (step.number, line.symbol, shown)
    said = visitor.answers.nth(made.answer).inner_text().split()[-1]
    assert float(said) == pytest.approx(made.outputs.max(), abs=5e-4)


def test_any_gradient_is_proved_by_a_click(open_page):
    visitor = Visitor(open_page(net="book"))
    visitor.mistake()
    visitor.step(5)
    visitor.steps.locator("img").first.click(position={"x": 30, "y": 40})
    visitor.sees(re.compile(r"^w[23]\[\d+, \d+\]: backpropagation .* equal ✓"))


def test_teach_and_undo(open_page):
    visitor = Visitor(open_page(net="book"))
    visitor.mistake()
    before = visitor.cost.inner_text()
    visitor.press("Take one step")
    visitor.sees("now it reads")
    assert visitor.cost.inner_text() != before
    visitor.teaching.get_by_role("button", name="Undo").click()
    expect(visitor.cost).to_have_text(re.sub(r"\s+", " ", before))


def test_two_epochs_are_trained_and_paused(open_page):
    visitor = Visitor(open_page(net="book", at="#train/hidden=10&batch_size=100&epochs=1000"))
    expect(visitor.page.get_by_label("hidden layers")).to_have_value("10")
    visitor.press("▶ Start")
    visitor.sees(re.compile(r"^epoch [3-9]"))
    visitor.press("❚❚ Pause")
    expect(visitor.page.get_by_role("button", name="▶ Start").first).to_be_visible()
    expect(visitor.charts).to_have_count(2)
    expect(visitor.formed).to_have_count(10)
    visitor.sees("The first layer's weights as they form")
    assert "hidden=10" in visitor.page.url


def test_no_task_of_the_page_is_long_while_it_trains(open_page):
    visitor = Visitor(open_page(net="book", at="#train/epochs=1000"))
    page = visitor.page
    page.evaluate(
        "() => { window.longest = 0; new PerformanceObserver((list) => { for (const each of list.getEntries())"
        " window.longest = Math.max(window.longest, each.duration); }).observe({ type: 'longtask', buffered: false }); }"
    )
    longest = [np.inf]
    for last in range(4, 44, 4):  # the page's own comes each time; another program that takes the processor does not
        if min(longest) <= 100:
            break
        visitor.press("▶ Start")
        page.wait_for_function("(last) => +/epoch (\\d+),/.exec(document.body.innerText)?.[1] >= last", arg=last)
        visitor.press("❚❚ Pause")
        visitor.sees(re.compile(r"^▶ Start$"))
        longest.append(page.evaluate("() => window.longest"))
        page.evaluate("() => { window.longest = 0 }")
    assert min(longest) <= 100, longest


def test_chinese_and_back(open_page):
    visitor = Visitor(open_page(net="book"))
    visitor.mistake()
    visitor.press("中文")
    expect(visitor.steps.get_by_role("tabpanel")).to_contain_text("神经元")
    text = visitor.page.get_by_role("main").inner_text() + visitor.page.get_by_role("navigation").inner_text()
    assert "看透" in text
    assert "下一道错题" in text
    assert not re.search(r"\b(Draw a digit|It reads|Take one step)\b", text)
    assert visitor.network.or_(visitor.page.get_by_role("combobox", name="网络")).inner_text().count("宽网络") == 1
    visitor.press("English")
    visitor.sees("Draw a digit")


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def test_every_view_is_accessible_and_fits(open_page, axe, size, theme):
    visitor = Visitor(open_page(net="book", theme=theme, size=size))
    visitor.mistake()
    for view in VIEWS:
        visitor.view(view)
        shown_view(visitor, view)
        assert axe(visitor.page) == []
        assert visitor.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=["laptop", "projector"])
def test_a_short_view_fills_the_window_and_no_more(open_page, size):
    size = dict(zip(("width", "height"), size, strict=True))
    visitor = Visitor(open_page(net="book", at="#train", theme="dark", size=size))
    page = visitor.page
    expect(visitor.formed.first).to_be_visible()  # the weights stand there without anything done
    visitor.sees("The first layer's weights of the network above")
    assert page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor") == "rgb(13, 15, 19)"
    assert page.evaluate("() => document.body.getBoundingClientRect().height - innerHeight") == pytest.approx(0, abs=1)
    assert page.evaluate("() => document.documentElement.scrollHeight - innerHeight") == 0


def test_settings_are_chosen_in_the_language_of_the_page(open_page):
    page = open_page(net="book", at="#train", language="zh")
    costs = page.get_by_label("代价函数").get_by_role("option")
    expect(costs).to_have_text(["二次代价", "交叉熵", "对数似然"])
    words = page.get_by_role("link", name=re.compile("^784 →"), include_hidden=True)
    expect(words).to_have_text("784 → 30 → 10，sigmoid，二次代价，小批量 10，η 3")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_label("cost", exact=True).get_by_role("option")).to_have_text(
        ["quadratic", "cross-entropy", "log-likelihood"]
    )
    expect(words).to_have_text("784 → 30 → 10, sigmoid, quadratic, batch 10, η 3")


def test_a_run_says_how_it_stands_large_and_small(open_page):
    visitor = Visitor(open_page(net="book", at="#train/hidden=10&batch_size=100&epochs=1"))
    page = visitor.page

    def both(text):
        expect(page.get_by_role("status", include_hidden=True).filter(has_text=text)).to_have_count(2)

    visitor.press("1 batch")
    both(re.compile("^mini-batches on their own: 1$"))
    visitor.press("1 epoch")
    both(re.compile("^after epoch 1: "))
    expect(visitor.charts.locator("circle")).to_have_count(4)  # a point of each line
    visitor.press("Reset")
    both(re.compile(r"^A new network, not trained yet\.$"))
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0")


def test_the_curves_of_a_run_go_with_its_network(open_page):
    visitor = Visitor(open_page(net="book", at="#train/hidden=10&batch_size=100&epochs=1"))
    visitor.press("1 epoch")
    expect(visitor.charts).to_have_count(2)
    visitor.network.select_option("wide")
    expect(visitor.charts).to_have_count(0)
    visitor.sees("Start makes a new network with these settings.")
    visitor.sees("The first layer's weights of the network above")
    visitor.press("1 epoch")
    expect(visitor.charts).to_have_count(2)


def test_settings_that_were_changed_after_a_run_make_a_new_one_after_a_reload_too(open_page):
    visitor = Visitor(open_page(net="book", at="#train/hidden=10&batch_size=100&epochs=2"))
    visitor.press("1 epoch")
    visitor.sees(re.compile("^after epoch 1: "))
    field = visitor.page.get_by_label("hidden layers")
    field.fill("12")
    field.press("Enter")
    visitor.page.reload()
    visitor.sees("Start makes a new network with these settings.")
    field.fill("10")
    field.press("Enter")
    visitor.sees(re.compile("^after epoch 1: "))  # it is the run that stands there


def test_the_learning_rate_goes_with_the_settings_until_one_is_typed(open_page):
    page = open_page(net="book", at="#train")
    rate, optimizer = page.get_by_label("learning rate η", exact=True), page.get_by_label("optimizer")

    def default(optimizer, **network):
        return f"{cr.Network([784, 30, 10], **network).default_learning_rate(optimizer):g}"

    expect(rate).to_have_value(default("sgd"))
    optimizer.select_option("adam")
    expect(rate).to_have_value(default("adam"))
    page.get_by_label("activation").select_option("relu")
    optimizer.select_option("sgd")
    expect(rate).to_have_value(default("sgd", activation="relu"))
    assert "learning_rate" not in page.url
    rate.fill("0.7")
    rate.press("Enter")
    optimizer.select_option("adam")
    page.reload()
    expect(rate).to_have_value("0.7")
    rate.fill("")
    rate.press("Enter")
    expect(rate).to_have_value(default("adam", activation="relu"))


def test_what_was_measured_of_a_network_goes_with_it(open_page):
    visitor = Visitor(open_page(net="book", at="#mistakes"))
    measured = visitor.page.get_by_role("figure").filter(has_text="turned by so many degrees")
    visitor.press("Measure")
    expect(measured).to_be_visible()
    visitor.network.select_option("wide")
    expect(measured).to_have_count(0)


def test_what_a_step_did_is_shown_of_its_digit_and_undone_after_a_reload(open_page):
    visitor = Visitor(open_page(net="book"))
    visitor.mistake()
    cost = visitor.cost.inner_text()
    visitor.press("Take one step")
    visitor.sees("now it reads")
    visitor.mistake()
    expect(visitor.page.get_by_text("now it reads")).to_have_count(0)
    visitor.sees(re.compile("newly right"))
    visitor.page.reload()
    visitor.settled()
    undo = visitor.teaching.get_by_role("button", name="Undo")
    undo.click()
    expect(undo).to_be_disabled()
    visitor.pick(8)
    expect(visitor.cost).to_have_text(re.sub(r"\s+", " ", cost))


def test_what_is_not_framed_is_not_said_to_be(open_page):
    visitor = Visitor(open_page(net="wide"))
    visitor.draw(3)
    visitor.says(3)
    visitor.sees("Shrunk into the dashed 20×20 box, centered by mass.")
    visitor.page.get_by_label("frame as MNIST does").click()
    visitor.sees("Shrunk to 28×28 as it was drawn.")
    expect(visitor.cost).to_be_visible()  # what it really is stays said


def test_the_slope_of_a_neuron_is_that_of_its_own_activation(open_page):
    visitor = Visitor(open_page(net="wide"))
    visitor.mistake()
    visitor.press("← backward")
    visitor.neurons.get_by_role("button").first.click()
    visitor.sees("its slope relu′(z)")


def test_mistakes_open_where_they_can_be_looked_into(open_page):
    visitor = Visitor(open_page(net="book", at="#mistakes"))
    third = visitor.page.get_by_role("button", name=re.compile(r"^test digit \d+: a \d read as \d$")).nth(2)
    truth, read = re.search(r"a (\d) read as (\d)", third.get_attribute("aria-label")).groups()
    third.click()
    visitor.settled()
    expect(visitor.digit).to_have_text(read)
    really = visitor.page.get_by_role("group", name="It really is")
    expect(really.get_by_role("button", pressed=True)).to_have_text(truth)


def test_a_neuron_is_opened_with_its_terms(open_page, axe):
    visitor = Visitor(open_page(net="book"))
    page = visitor.page
    visitor.mistake()
    visitor.neurons.get_by_role("button", name=re.compile("^neuron 28,")).click()
    opened = page.get_by_role("region", name="One neuron")
    terms = opened.get_by_role("table", name="The largest terms of the sum")
    expect(terms).to_be_visible()
    _, _, test = cr.datasets.mnist()
    image = test.images[int(page.get_by_role("spinbutton", name="test digit").input_value())]
    made = cr.load(shipped("book")).explain(image).value_of(2, 28)
    rows = [
        float(row.get_by_role("cell").nth(2).inner_text().replace("−", "-")) for row in terms.get_by_role("row").all()
    ]
    assert rows[:6] == pytest.approx([part.product for part in made.parts[:6]], abs=6e-4)
    assert rows[-1] == pytest.approx(made.z, abs=6e-4)
    assert float(opened.get_by_text(re.compile("= σ")).inner_text().split("=")[-1]) == pytest.approx(made.a, abs=6e-4)
    assert axe(page) == []
    visitor.press("← backward")
    visitor.sees(re.compile("^its slope"))
    opened.get_by_role("button", name="Close").click()
    expect(opened).not_to_be_visible()


def test_without_a_hidden_layer_there_is_no_step_4_and_the_page_says_why(open_page):
    visitor = Visitor(open_page(net="book", at="#train"))
    field = visitor.page.get_by_label("hidden layers")
    field.fill("")
    field.press("Enter")
    visitor.press("Reset")
    expect(visitor.formed).to_have_count(10)
    visitor.view("inside")
    visitor.mistake()
    expect(visitor.neurons.get_by_role("button")).to_have_count(10)
    expect(visitor.steps.get_by_role("tab", name="Error, backwards")).to_be_disabled()
    expect(visitor.steps).to_contain_text("no step 4")


def test_what_is_wrong_is_said_and_repaired_by_a_button(open_page):
    visitor = Visitor(open_page(net="book", at="#train/hidden=10&batch_size=100&epochs=1&learning_rate=1000"))
    visitor.press("▶ Start")
    visitor.sees(re.compile("too large"))
    visitor.press("中文")
    visitor.sees(re.compile("学习率太大"))
    visitor.press("English")
    visitor.press("Do that and start anew")
    expect(visitor.page.get_by_label("learning rate η", exact=True)).not_to_have_value("1000")
    expect(visitor.charts).to_have_count(2)
    assert "learning_rate=" in visitor.page.url


def test_everything_can_be_kept(open_page, tmp_path):
    def choose(visitor, item):
        visitor.page.get_by_text("Keep", exact=True).click()
        visitor.page.get_by_role("button", name=item, exact=True).click()

    def kept(visitor, item, name):
        """Choose an item of the menu, and bring the file of this name here."""
        with visitor.page.expect_download() as coming:
            choose(visitor, item)
        assert coming.value.suggested_filename == name
        coming.value.save_as(tmp_path / name)
        return tmp_path / name

    visitor = Visitor(open_page(net="book"))
    _, _, test = cr.datasets.mnist()
    score = cr.load(shipped("book")).score(*test)
    assert cr.load(kept(visitor, "The network", "network.safetensors")).score(*test) == score
    visitor.mistake()
    explanation = kept(visitor, "The explanation, one HTML file", "explanation.html").read_text(encoding="utf-8")
    assert "<math" in explanation
    choose(visitor, "The curves as CSV")
    visitor.sees("No epoch is done yet.")
    visitor = Visitor(open_page(net="book", at="#train/hidden=10&batch_size=100&epochs=1000"))
    visitor.press("▶ Start")
    visitor.sees(re.compile("^epoch [3-9]"))
    visitor.press("❚❚ Pause")
    visitor.sees(re.compile("^▶ Start$"))
    rows = kept(visitor, "The curves as CSV", "curves.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("epoch,") and rows[1].startswith("1,")
    drawn = kept(visitor, "The curves as SVG", "cost.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert 'fill="rgb(255, 255, 255)"/>' in drawn.partition("<path")[0]  # its paper, below all else
    assert all("paint-order:stroke" in each for each in re.findall("<text[^>]*>", drawn))  # the letters above their rim
    assert kept(visitor, "The curves as PNG", "cost.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_said_of_each_step_is_what_python_makes_of_the_same_data(open_page, language):
    """Sentences, tables and proofs are evaluated in the browser; Python's evaluator is asked for the same."""
    net, test = cr.load(shipped("book")), cr.datasets.mnist()[2]
    visitor = Visitor(open_page(net="book"))
    visitor.mistake()
    index = int(visitor.page.get_by_role("spinbutton", name=re.compile("test digit|测试数字")).input_value())
    chosen = visitor.neurons.get_by_role("button", pressed=True).get_attribute("aria-label")
    neuron = int(re.match(r"neuron (\d+)", chosen)[1])
    made = net.explain(test.images[index], test.labels[index], neuron=(2, neuron))
    visitor.page.get_by_role("button", name={"en": "English", "zh": "中文"}[language]).click()
    words, compared = TerminalRenderer(made, Screen(io.StringIO(), width=100), language), 0
    for step in made.steps:
        visitor.step(step.number)
        shown = re.sub(r"\s+|[⁡⁢]", "", visitor.steps.get_by_role("tabpanel").inner_text())
        for item in evaluator(made).one(said_of(made, step.number)).items:
            sections = [item.title, *item.items] if isinstance(item, Section) else [item]
            for part in (each for each in sections if isinstance(each, Sentence | Inline)):
                for piece in re.split(r"\S*[⁰¹²³⁴⁵⁶⁷⁸⁹]\S*", words.words(part)):  # symbols are set as mathematics there
                    assert re.sub(r"\s+", "", piece) in shown, (step.number, piece)
                    compared += 1
            for row in (row for each in sections if isinstance(each, Table) for row in each.rows):
                for number in (each.value for each in row.cells if isinstance(each, Slot)):
                    assert number in shown, (step.number, number)
                    compared += 1
    assert compared > 40
