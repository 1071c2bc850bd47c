"""The exercises of the page: their solutions are what the derivative computes, their mistakes are not, and each has its words."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.network.architecture import stacked
from chainrule.page.exercises import exercises
from chainrule.page.factors import Lines, forward_said, python, step_said
from chainrule.show.language import languages

KINDS = {"dimensions", "factors", "way", "blame", "number", "hunt"}
NETWORKS = {
    "book": ([784, 30, 10], {}),
    "deep": ([5, 4, 3, 2], {"activation": ["tanh", "sigmoid"], "cost": "cross-entropy"}),
    "relu": ([6, 4, 3], {"activation": "relu", "output": "softmax", "cost": "log-likelihood"}),
    "softmax": ([6, 4, 3], {"output": "softmax", "cost": "quadratic"}),
    "numbers": ([6, 4, 1], {"output": "linear", "cost": "quadratic"}),
    "no hidden": ([6, 3], {}),
}


class Asked:
    """What `exercises` is told of a network."""

    def __init__(self, architecture):
        self.architecture, self.numeric = architecture, architecture.activations[-1] == "linear"


def asked(name):
    sizes, options = NETWORKS[name]
    return Asked(stacked(sizes, **options))


def tasks(name):
    return [task for chapter in exercises(asked(name))["chapters"] for task in chapter["tasks"]]


def texts(value):
    """All texts that are there in every language."""
    if isinstance(value, dict) and value.keys() == set(languages()):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=0)


FUNCTIONS = {  # an activation and its slope
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "linear": (lambda z: z, lambda z: np.ones_like(z)),
    "softmax": (softmax, lambda z: softmax(z) * (1 - softmax(z))),
}


class Numbers:
    """Lines of factors computed with NumPy by their rules, for a network with numbers of its own and several examples."""

    def __init__(self, name, sizes=None, examples=3, seed=4):
        self.architecture = asked(name).architecture
        sizes = sizes or self.architecture.sizes
        random = np.random.default_rng(seed)
        self.known = {"η": 0.3, "a1": random.random((sizes[0], examples))}
        for layer, (n, before) in enumerate(zip(sizes[1:], sizes, strict=False), 2):
            self.known |= {
                f"w{layer}": random.normal(size=(n, before)) / before**0.5,
                f"b{layer}": random.normal(size=(n, 1)),
            }
            z = self.known[f"w{layer}"] @ self.known[f"a{layer - 1}"] + self.known[f"b{layer}"]
            function, slope = FUNCTIONS[self.architecture.activations[layer - 2]]
            a = function(z)
            self.known |= {f"z{layer}": z, f"a{layer}": a, f"s{layer}": slope(z), f"p{layer}": slope(a)}
        y = random.random((sizes[-1], examples))
        self.known["y"] = y / y.sum(axis=0)
        last = len(sizes)
        self.known[f"δ{last}"] = self.output_error(last)
        for layer in range(last, 1, -1):
            if layer < last:
                back = self.known[f"w{layer + 1}"].T @ self.known[f"δ{layer + 1}"]
                self.known[f"δ{layer}"] = back * self.known[f"s{layer}"]
            self.known[f"g_w{layer}"] = self.known[f"δ{layer}"] @ self.known[f"a{layer - 1}"].T

    def output_error(self, last):
        missed = self.known[f"a{last}"] - self.known["y"]
        if self.architecture.cost != "quadratic" or self.architecture.activations[-1] == "linear":
            return missed
        if self.architecture.activations[-1] == "softmax":
            a = self.known[f"a{last}"]
            return a * (missed - (missed * a).sum(axis=0))
        return missed * self.known[f"s{last}"]

    def factor(self, text):
        if "-" in text:
            one, other = text.split("-")
            return self.known[one] - self.known[other]
        return self.known[text.removesuffix(".T")].T if text.endswith(".T") else self.known[text]

    def product(self, text):
        found = None
        for each in map(self.factor, text.split(" ")):
            found = (
                each if found is None else found * each if np.ndim(found) == 0 or np.ndim(each) == 0 else found @ each
            )
        return found

    def line(self, text):
        found = 0.0
        for part in re.split(r" (?=[+-] )", text):
            sign, rest = (part[0], part[2:]) if part[:2] in ("+ ", "- ") else ("+", part)
            term = 1.0
            for each in rest.split(" * "):
                term = term * self.product(each)
            found = found + term if sign == "+" else found - term
        return found


def differs(one, other):
    return np.shape(one) != np.shape(other) or not np.allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_exercises_go_from_easy_to_hard_and_have_what_their_kind_needs(name):
    found = tasks(name)
    assert {"book": 20, "deep": 19, "no hidden": 13}.get(name, len(found)) == len(found) >= 12
    assert len({each["name"] for each in found}) == len(found) and {each["kind"] for each in found} <= KINDS
    order = [list(dict.fromkeys(each["kind"] for each in found))]
    assert order[0] == [
        kind for kind in ("dimensions", "factors", "way", "blame", "number", "hunt") if kind in order[0]
    ]
    assert all(len(each["hints"]) == 3 for each in found)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_text_is_there_in_both_languages(name):
    found = list(texts(exercises(asked(name))))
    assert len(found) > 80
    for each in found:
        assert all(each.values())
        words = re.findall(r"[A-Za-z]{4,}", re.sub(r"\{\w+\}|sigmoid\w*|relu\w*|NumPy", "", each["en"]))
        assert not words or re.search("[一-鿿]", each["zh"]), each["en"]
        assert not re.search(r"\b(dC_d|δ_)|\w\.T\b", each["en"] + each["zh"]), each  # as mathematics writes them


@pytest.mark.parametrize("name", NETWORKS)
def test_texts_name_only_symbols_that_the_page_has(name):
    """Exercises in files are functions whose arguments have letters of their own, as e; those of the page have none."""
    for text in texts(exercises(asked(name))):
        for said in text.values():
            letters = re.findall(r"(?<![A-Za-z’'{_])[A-Za-z](?![A-Za-z_}])", said)
            assert set(letters) <= set("wbzayCIAm"), said  # I and A are words, m is the size of a batch
            assert not re.search(r"\b(eta|delta|sigma)\b", said), said  # which stands there as η, δ, σ


@pytest.mark.parametrize("name", NETWORKS)
def test_solutions_are_what_the_network_computes_and_mistakes_are_not(name):
    numbers = Numbers(name)
    square = Numbers(name, [3] * len(numbers.architecture.sizes))  # where what is not transposed has numbers, too
    for task in tasks(name):
        if task["kind"] != "factors":
            continue
        right = numbers.known[task["target"]]
        if task["name"] == "put_step":
            right = right - 0.3 * numbers.known["g_w2"]
        assert not differs(numbers.line(task["solution"]), right), task["name"]
        tiles = [*task["tiles"]]
        for each in task["solution"].split(" "):
            tiles.remove(each)
        assert tiles  # some that do not belong
        for wrong, _ in task["mistakes"]:
            assert not {*wrong.split(" ")} - {*task["tiles"]}, wrong
            assert differs(square.line(wrong), square.line(task["solution"])), wrong


class Element:
    """Lines of single numbers, at the places that the page chooses: where error and activation are largest."""

    def __init__(self, name, seed):
        self.known = (numbers := Numbers(name, examples=1, seed=seed)).known
        last = len(numbers.architecture.sizes)
        for layer in range(2, last):
            self.known[f"e{layer}"] = self.known[f"w{layer + 1}"].T @ self.known[f"δ{layer + 1}"]
        largest = {"j": f"δ{last}", "k": f"a{last - 1}", "n": "δ2"}
        self.at = {each: int(np.abs(self.known[of]).argmax()) for each, of in largest.items()}

    def one(self, text):
        if text == "η":
            return self.known["η"]
        symbol, row, column = re.fullmatch(r"(\w+)\[(\w)(?:,(\w))?\]", text).groups()
        return self.known[symbol][self.at[row], self.at[column] if column else 0]

    def __call__(self, line):
        found = 0.0
        for sign, part in re.findall(r"(?:^|([+-]) )((?:(?! [+-] ).)+)", line):
            term = 1.0
            for factor in re.split(r" \* | ", part.strip()):
                one, _, other = factor.partition("-")
                term = term * (self.one(one) - self.one(other) if other else self.one(one))
            found += -term if sign == "-" else term
        return found


@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_by_hand_are_elements_of_what_the_lines_make(name):
    values = [Element(name, seed) for seed in range(4)]
    found = [each for each in tasks(name) if each["kind"] == "number"]
    assert len(found) >= 2
    for task in found:
        right = [value(task["solution"]) for value in values]
        step = task["target"].startswith("w")
        known = [value(task["target"]) for value in values]
        if step:
            known = [each - 0.3 * value(task["given"][1]) for each, value in zip(known, values, strict=True)]
        assert right == pytest.approx(known)
        assert {*re.findall(r"[\wη]+\[[\w,]+\]|η", task["solution"])} <= {*task["given"]}
        matters = [abs(each - step * value(task["given"][0])) for each, value in zip(right, values, strict=True)]
        for wrong, _ in task["mistakes"]:
            gaps = [abs(value(wrong) - each) for value, each in zip(values, right, strict=True)]
            assert max(np.divide(gaps, matters)) > 0.1, (task["name"], wrong)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_hunt_changes_one_printed_line_into_a_wrong_one(name):
    made = exercises(asked(name))
    lines = Lines(asked(name).architecture, name != "numbers")
    assert made["printed"] == lines.printed
    square = Numbers(name, [3] * len(lines.architecture.sizes))
    for task in tasks(name):
        if task["kind"] == "hunt":
            code = made["printed"][task["at"]].partition("  # ")[0].rstrip()
            assert code == f"{task['target'].replace('g_', 'dC_d')} = {lines.python(lines.backward[task['target']])}"
            assert task["python"] != code and task["python"].split(" = ")[0] == code.split(" = ")[0]
            assert differs(square.line(task["wrong"]), square.line(lines.backward[task["target"]]))


def test_mistakes_are_called_what_the_engine_calls_them():
    said = {wrong: words["en"] for task in tasks("book") for wrong, words in task.get("mistakes", [])}
    assert said["w3 δ3 * s2"] == "w³ is not transposed in δ²."
    assert said["w3.T δ3"] == "The slope of a² is left out: δ² is still ∂C/∂a²."
    assert said["w3.T δ3 * a2"] == "δ² is made with a², where its slope belongs."
    assert said["y-a3 * s3"] == "δ³ has the wrong sign."
    assert said["a1.T δ2"] == "The factors of the matrix product in ∂C/∂w² stand the wrong way round."
    assert said["δ2 a2.T"] == "∂C/∂w² is made with a², where a¹ belongs."
    assert said["w2 - g_w2"] == "The factor η is left out in w²."
    assert said["w3[j,k] - η η g_w3[j,k]"] == "η is there twice in w³."
    assert forward_said(2, "w2 a1")["en"] == "The part b² is left out in z²."
    assert step_said(3, "w3 + η g_w3")["zh"] == "w³ 中 η ∂C/∂w³ 这一项的符号反了。"


def test_a_right_line_in_another_order_has_no_name():
    lines = Lines(asked("book").architecture, True)
    assert lines.said("δ2", "s2 * w3.T δ3") is None and lines.said("g_w2", "δ2 a1.T") is None


def test_lines_of_factors_are_the_printed_ones():
    assert python("w3.T δ3 * s2", {2: "sigmoid_prime(z2)"}) == "(w3.T @ δ3) * sigmoid_prime(z2)"
    assert python("a3-y") == "a3 - y" and python("a3-y * a3") == "(a3 - y) * a3"
    assert python("w2 a1 + b2") == "w2 @ a1 + b2"


@pytest.mark.parametrize("options", [{"normalization": "layer"}, {"activation": lambda z: z**3}])
def test_networks_of_other_layers_have_none(options):
    assert exercises(Asked(stacked([6, 4, 3], **options))) is None
    assert exercises(Asked(cr.Network([6, 4, 3], seed=0).architecture)) is not None
