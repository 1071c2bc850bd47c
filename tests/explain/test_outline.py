"""What is said of an explanation is data: it holds no number and no choice that a value decides, and JSON carries it whole."""

import json
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.answers import QUESTIONS, question
from chainrule.explain.outline import Outline, said_of
from chainrule.explain.scope import evaluator, known
from chainrule.explain.vocabulary import Choice, Sentence, Slot, as_data, names_in
from chainrule.show.language import languages

TEST = cr.datasets.mnist()[2]
SETTINGS = {
    "sigmoid": {},
    "softmax": {"activation": "relu", "cost": "log-likelihood"},
    "tanh": {"activation": "tanh", "cost": "cross-entropy"},
    "batch-normalized": {"normalization": "batch"},
    "layer-normalized": {"normalization": "layer"},
    "hinge": {"cost": "hinge"},
}
SIZES = {"two layers": [784, 10], "three layers": [784, 12, 10], "five layers": [784, 14, 12, 11, 10]}


def made_of(sizes, seed, at, known=True, **settings):
    net = cr.Network(sizes, seed=seed, **settings)
    return net.explain(TEST.images[at], int(TEST.labels[at]) if known else None)


def outlined(made, language="en"):
    """All that is said of an explanation in a language, as JSON carries it."""
    outline = Outline(made)
    sections = [outline.title(), *outline.verdict(), *outline.introduction(), *outline.counting()]
    sections += [outline.step(step) for step in made.steps]
    if made.backward is not None:
        sections += [question(made, each) for each in QUESTIONS]
    return json.loads(json.dumps(as_data(tuple(sections), language)))


def sentences(item):
    """All sentences in data, whichever of their cases holds."""
    if isinstance(item, dict):
        if item.get("is") == "Sentence":
            yield item
        item = list(item.values())
    if isinstance(item, list):
        for each in item:
            yield from sentences(each)


@pytest.mark.wide
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("settings", SETTINGS)
def test_networks_of_one_architecture_are_explained_by_the_same_data(settings, sizes, known):
    """Whatever their weights are, whichever digit is read, and whether it is read right."""
    one, *others = (
        outlined(made_of(SIZES[sizes], seed, at, known, **SETTINGS[settings])) for seed, at in ((0, 0), (1, 8), (2, 21))
    )
    assert others == [one, one]


def test_what_a_rate_makes_of_the_cost_is_no_other_data():
    net = cr.Network([784, 20, 10], seed=1, cost="hinge")
    small, large = (net.explain(TEST.images[:3], TEST.labels[:3], learning_rate=rate) for rate in (1e-3, 5))
    assert (small.one_step().cost[1] < small.cost, large.one_step().cost[1] < large.cost) == (True, False)
    assert outlined(small) == outlined(large)
    said = [evaluator(made).one(said_of(made, 6)).items[0].text for made in (small, large)]
    assert said[0].endswith("The cost falls.")
    assert said[1].endswith("the cost rose: η is too large.")


def test_a_cost_that_stays_is_said_to_stay():
    net = cr.Network([784, 5, 10], seed=0)
    for each in net.parameters:
        each[...] = 0
    net.parameters[-1][...] = -800  # σ is 0 there, and so is its slope
    made = net.explain(TEST.images[0], 7)
    assert made.one_step().cost[1] == made.cost
    assert evaluator(made).one(said_of(made, 6)).items[0].text.endswith("The cost stays as it is.")


@pytest.mark.parametrize("sizes", SIZES)
def test_every_name_that_the_data_ask_for_is_a_value_or_bound_in_them(sizes):
    made = made_of(SIZES[sizes], 0, 0)
    names = set().union(*(names_in(said_of(made, step.number)) for step in made.steps))
    assert names - known(made, names).keys() <= {"k", "others"}


def test_every_text_has_the_places_that_its_sentence_fills():
    found = 0
    for settings in SETTINGS.values():
        for each in sentences(outlined(made_of([784, 12, 10], 0, 0, **settings))):
            assert set(re.findall(r"\{(\w+)", each["text"])) <= set(each.get("slots", {})), each["text"]
            found += 1
    assert found > 300


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("language", languages()[1:])
def test_every_sentence_has_its_translation(settings, language):
    """All that is said is found by the tool that writes the catalogs: none is composed, or hidden from it."""
    for label in (True, False):
        made = made_of([784, 12, 10], 0, 0, label, **SETTINGS[settings])
        said, translated = (list(sentences(outlined(made, each))) for each in ("en", language))
        for one, other in zip(said, translated, strict=True):
            assert one["text"] != other["text"] or not re.search("[A-Za-z]{2}", re.sub(r"\{.*?\}", "", one["text"]))


def test_a_chosen_answer_that_is_no_answer_of_the_network_is_not_called_its_answer():
    """An output neuron that was asked for is neither the truth nor the answer by that."""
    net = cr.Network([784, 10], seed=0)
    made = net.explain(TEST.images[0], 7, neuron=(2, 1))
    assert 1 not in (made.answer, made.label)
    (line,) = (
        each
        for each in evaluator(made).one(Outline(made).step(made.steps[1])).items
        if getattr(each, "symbol", "") == "a2"
    )
    marks = {worked.index[0]: [each.parts[0] for each in worked.beside if each] for worked in line.elements}
    assert marks == {7: ["□ "], 1: []}


def test_what_a_case_does_not_decide_is_not_computed():
    made = made_of([784, 10], 0, 0, known=False)
    item = Choice(((("==", 1, 1), (Sentence("it", {}),)), (("<", "cost", 1), (Slot("cost"),))))
    assert evaluator(made).give([item]) == (Sentence("it", {}),)
    assert not re.search("cost", json.dumps(as_data(evaluator(made).give([item]))))
    assert np.isfinite(evaluator(made).value("a2")).all()
