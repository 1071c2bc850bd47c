"""Markup and mathematics: what is text is escaped, every element is closed, symbols read as the book writes them."""

from html.parser import HTMLParser

import pytest

import chainrule as cr
from chainrule.program.formulas import formulas
from chainrule.show.language import languages
from chainrule.show.markup import Html, Speaker, joined, tag
from chainrule.show.mathml import broken, formula, operator, symbol, written_number
from chainrule.show.numbers import rounded

# MathML Core (W3C, 2025): what Chromium, Firefox and Safari all draw.
CORE = {"math", "mrow", "mi", "mn", "mo", "mtext", "msup", "msub", "msubsup", "mfrac", "munder", "msqrt"}


class Letters(HTMLParser):
    """Collects the elements of markup, its text, and the text in each color."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text, self.colors = [], set(), "", []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, name, attributes):
        self.elements.add(name)
        self.open.append(name)
        self.colors.append((dict(attributes).get("class") or "", ""))

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.text += data
        if self.colors:
            class_, seen = self.colors[-1]
            self.colors[-1] = (class_, seen + data)


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "<script>&", Html("<b>w</b>")) == "<p>&lt;script&gt;&amp;<b>w</b></p>"
    assert tag("a", title='"><script>') == '<a title="&quot;&gt;&lt;script&gt;"></a>'
    assert joined("a<b", Html("<br>"), by=" & ") == "a&lt;b &amp; <br>"


def test_values_in_texts_are_escaped_in_every_language():
    said = Speaker()("1 of {count}: matrix {place}", count=2, place="<img src=x>")
    assert said.count("&lt;img src=x&gt;") == len(languages())
    assert "<img" not in said


SYMBOLS = {
    "w2": "w2", "δ3": "δ3", "x": "x", "gamma2": "γ2", "dC_dw2": "∂C∂w2", "δ_z": "δz", "weights_0": "weights0",
    "nabla_a": "∇aC", "hidden_layer": "hiddenlayer", "_": "_",
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), SYMBOLS.items())
def test_symbols_are_math_core_and_say_their_name(name, text):
    written = Letters(symbol(name))
    assert written.elements <= CORE
    assert written.text == text


def test_layer_above_index_below_color_outside():
    assert symbol("w2", 13, 123) == (
        '<mrow class="cr-w"><msubsup><mi>w</mi><mrow><mn>13</mn><mo>,</mo><mn>123</mn></mrow><mn>2</mn></msubsup></mrow>'
    )
    gradient = symbol("dC_dw2", 0)
    assert gradient.startswith('<mrow class="cr-g"><mfrac>')
    assert "cr-w" not in gradient  # one symbol in one color


def test_a_transposed_symbol_with_a_layer_is_bracketed():
    assert Letters(symbol("w3", transposed=True)).text == "(w3)T"
    assert Letters(symbol("x", transposed=True)).text == "xT"


@pytest.mark.parametrize(
    ("value", "text"), [(-0.14652, "−0.147"), (4.2e-5, "4·10−5"), (0.0, "0"), (float("inf"), "∞"), (1.0, "1.000")]
)
def test_numbers(value, text):
    assert Letters(written_number(rounded(value))).text == text


def test_a_number_may_have_the_color_of_a_symbol():
    assert written_number("0.500", kind="d").startswith('<mrow class="cr-d">')


def test_long_formulas_break_between_their_parts():
    assert broken([operator("="), operator("+")]).count("</math><wbr><math>") == 1


ARTICLE = """z2=w2⁢a1+b2
a2=σ(z2)
z3=w3⁢a2+b3
a3=σ(z3)
δ3=(a3−y)⊙σ′(z3)
∂C∂b3=δ3
∂C∂w3=δ3⁢(a2)T
δ2=((w3)T⁢δ3)⊙σ′(z2)
∂C∂b2=δ2
∂C∂w2=δ2⁢(a1)T"""


def test_the_books_equations():
    written = [Letters(formula(each)) for each in formulas(cr.Network([784, 30, 10], seed=0).backward_program)]
    assert "\n".join(each.text for each in written) == ARTICLE
    assert all(each.elements <= CORE for each in written)


def test_signs_of_a_users_function():
    import numpy as np

    def f(w, x):
        u = 2 * (w @ x - x) ** 2
        return np.sum(u, axis=0)

    first, second = (Letters(formula(each)).text for each in formulas(cr.trace(f, [np.ones((3, 3)), np.ones((3, 1))])))
    assert first == "u=2⁢(w⁢x−x)2"
    assert second == "f=∑axis 0u"
