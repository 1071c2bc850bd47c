"""How a small GPT reads a text, explained: its numbers beside NumPy by hand, what is said of them, and its pictures."""

import importlib.util
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from chainrule.data.errors import DataError
from chainrule.explain import measures
from chainrule.explain.document import document
from chainrule.explain.letters import outline_of
from chainrule.explain.scope import evaluator
from chainrule.explain.terminal import draw
from chainrule.explain.vocabulary import Section, Shade, Table
from chainrule.gpt import model
from chainrule.gpt.saved import GPT
from chainrule.gpt.text import Letters
from chainrule.show.screen import Screen
from chainrule.training.settings import SettingsError

from ..explain.test_document import parsed

PATH = Path(__file__).parents[2] / "benchmarks" / "gpt_by_hand.py"
spec = importlib.util.spec_from_file_location("gpt_by_hand", PATH)
by_hand = importlib.util.module_from_spec(spec)
spec.loader.exec_module(by_hand)

LETTERS = Letters.of(["abcdefghijklmnopqrstuvwxyz"])


@pytest.fixture(scope="module")
def gpt():
    """Weights that are not small, so that attention is far from even."""
    random = np.random.default_rng(7)
    weights = model.first_weights(LETTERS.end + 1, random)
    return GPT(LETTERS, tuple((6 * each).astype(np.float32) for each in weights))


@pytest.fixture(scope="module")
def made(gpt):
    return gpt.explain("emma")


def wide(gpt):
    return [each.astype(np.float64) for each in gpt.weights]


def drawn(made, width=80, language="en", depth="none"):
    page = io.StringIO()
    draw(made, Screen(page, width=width, depth=depth), language)
    return page.getvalue()


# ---- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["emma", "a", "", "abcabcabcabcabc"])
def test_its_numbers_are_those_of_numpy_by_hand(gpt, line):
    made = gpt.explain(line)
    tokens, targets, share = (each[0] for each in LETTERS.pieces([line]))
    cost, slopes = by_hand.cost_and_gradient(wide(gpt), tokens, targets, share)
    assert made.cost == pytest.approx(cost, rel=1e-12)
    for name, slope in zip(model.WEIGHTS, slopes, strict=True):
        np.testing.assert_allclose(made.values[f"dC_d{name}"], slope, rtol=1e-9, atol=1e-12, err_msg=name)
    used = len(line) + 1
    assert made.values["p"].shape == (used, 27)
    wanted = -np.log(made.values["p"][np.arange(used), targets[:used]])
    np.testing.assert_allclose(measures.losses(made), wanted)
    assert measures.losses(made).mean() == pytest.approx(cost, rel=1e-12)


def test_the_error_of_the_logits_is_p_less_y(made):
    y = np.zeros((5, 27))
    y[np.arange(5), made.values["targets"]] = 1
    np.testing.assert_allclose(made.values["δ_logits"], (made.values["p"] - y) / 5, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(made.values["δ_logits"].sum(axis=1), 0, atol=1e-14)


def test_attention_is_that_of_plain_python(gpt, made):
    w = dict(zip(model.WEIGHTS, wide(gpt), strict=True))
    x = w["wte"][made.values["tokens"]] + w["wpe"][:5]
    for _ in range(2):
        x = x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5)
    for head in range(4):
        part = slice(4 * head, 4 * head + 4)
        for place in range(5):
            query = w["wq"][part] @ x[place]
            powers = [np.exp(query @ (w["wk"][part] @ x[other]) / 2) for other in range(place + 1)]
            found = made.values["attention"][head, place]
            np.testing.assert_allclose(found[: place + 1], np.array(powers) / sum(powers), rtol=1e-6)
            assert not found[place + 1 :].any()


def cost_with_copies(gpt, made, copies):
    """The cost where each place takes from a row of `n` of its own for each other place: `copies[i, j]` is what i sees of j."""
    w = dict(zip(model.WEIGHTS, wide(gpt), strict=True))
    rows = []
    for place in range(5):
        parts = []
        for head in range(4):
            part = slice(4 * head, 4 * head + 4)
            query = w["wq"][part] @ copies[place, place]
            scores = np.array([query @ (w["wk"][part] @ copies[place, other]) / 2 for other in range(place + 1)])
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            parts.append(sum(s * (w["wv"][part] @ copies[place, other]) for other, s in enumerate(shares)))
        rows.append(np.concatenate(parts))
    x = made.values["x1"] + np.array(rows) @ w["wo"].T
    m = x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5)
    x = x + np.maximum(m @ w["w1"].T, 0) @ w["w2"].T
    z = x @ w["wlm"].T
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(5), made.values["targets"]]).mean()


def test_the_errors_that_places_send_each_other_are_measured_slopes(gpt, made):
    sent = measures.sent(made)
    np.testing.assert_allclose(sent.sum(axis=0), made.values["δ_n"], rtol=1e-9, atol=1e-12)
    assert not any(sent[i, j].any() for i in range(5) for j in range(i + 1, 5))
    copies = np.broadcast_to(made.values["n"], (5, 5, 16)).copy()
    assert cost_with_copies(gpt, made, copies) == pytest.approx(made.cost, rel=1e-12)
    for i in range(5):
        for j in range(i + 1):
            for channel in (0, 5, 11):
                slopes = []
                for step in (1e-6, -1e-6):
                    moved = copies.copy()
                    moved[i, j, channel] += step
                    slopes.append(cost_with_copies(gpt, made, moved))
                assert sent[i, j, channel] == pytest.approx((slopes[0] - slopes[1]) / 2e-6, rel=1e-4, abs=1e-7)


def test_a_step_changes_every_weight_against_its_gradient(gpt):
    made = gpt.explain("emma", learning_rate=0.05)
    tokens, targets, share = (each[0] for each in LETTERS.pieces(["emma"]))
    _, slopes = by_hand.cost_and_gradient(wide(gpt), tokens, targets, share)
    stepped = [w - 0.05 * slope for w, slope in zip(wide(gpt), slopes, strict=True)]
    for line in made.steps[5].lines:
        np.testing.assert_allclose(
            line.value, stepped[model.WEIGHTS.index(line.symbol)], rtol=1e-9, err_msg=line.symbol
        )
    after, _ = by_hand.cost_and_gradient(stepped, tokens, targets, share)
    assert evaluator(made).value("after C") == pytest.approx(after, rel=1e-9)
    assert made.proof().agrees
    assert made.proof().symbol == "wlm"


# ---- what is shown ---------------------------------------------------------------------------------------------------


def grids(made):
    steps = [evaluator(made).one(outline_of(made).step(step)) for step in made.steps]
    for section in (each for step in steps for each in step.items if isinstance(each, Section)):
        for table in (each for each in section.items if isinstance(each, Table)):
            if any(isinstance(cell, Shade) for row in table.rows for cell in row.cells):
                yield section.name, table


def test_attention_is_a_picture_with_numbers_in_which_what_comes_later_is_not_there(made):
    tables = [table for name, table in grids(made) if name == "attention"]
    assert len(tables) == 4
    for head, table in enumerate(tables):
        heading, *rows = table.rows
        assert heading.cells[1:] == tuple("·emma")
        for place, row in enumerate(rows):
            assert row.cells[0] == "·emma"[place]
            for other, cell in enumerate(row.cells[1:]):
                if other > place:
                    assert cell == ""
                else:
                    found = made.values["attention"][head, place, other]
                    assert (cell.value, cell.text.value) == (pytest.approx(found), f"{found:.2f}")


def test_the_screen_has_every_line_and_fits(made):
    for width in (80, 120):
        for language in ("en", "zh"):
            text = drawn(made, width, language)
            assert max(map(len, text.splitlines())) <= width
            for line in made.steps[3].lines:
                assert line.python.split(" = ")[0] + " = " in text
    assert "head 0                             head 1" in drawn(made)
    assert "\x1b[48;2;" not in drawn(made)
    assert re.search(r"\x1b\[38;2;[\d;]+;48;2;[\d;]+m 1\.00 ", drawn(made, depth="truecolor"))


def test_a_long_text_has_numbers_without_decimals(gpt):
    made = gpt.explain("abcabcabcabcabc")
    assert "The numbers are hundredths of 1." in drawn(made)
    first = next(table for name, table in grids(made) if name == "attention")
    assert first.rows[1].cells[1].text.value == "100"
    assert max(map(len, drawn(made).splitlines())) <= 80


def test_of_a_text_that_is_too_long_the_beginning_is_shown(gpt):
    made = gpt.explain("abcdefghijklmnopqrstuvwxyz")
    assert len(made.values["tokens"]) == 16
    assert "It reads “abcdefghijklmnop…”" in drawn(made)
    assert "Of this text, the first 16 letters are shown." in drawn(made).replace("\n", " ")


def test_the_page_has_the_same_and_no_script(made):
    page = document(made)
    assert "<script" not in page
    tree = parsed(page)
    shaded = [cell for table in tree.all("table", "cr-grid") for cell in table.all("td", "cr-shade")]
    assert len(shaded) == 4 * 15 + 5 * 5 + 15  # heads, lengths, and what goes from place to place
    assert "softmax2" not in page
    assert made._repr_html_().count("cr-grid") > 5


def test_what_no_number_says_is_null_in_json(made):
    plain = json.loads(json.dumps(made.plain(), allow_nan=False))
    assert plain["text"] == "emma"
    assert plain["places"][0] == {"letter": "·", "next": "e"}
    masked = next(each for each in plain["steps"][1]["equations"] if each["symbol"] == "masked")
    assert masked["value"][0][0][1] is None


def test_what_cannot_be_explained_is_refused(gpt):
    with pytest.raises(DataError, match="does not know 'E'"):
        gpt.explain("Emma")
    with pytest.raises(SettingsError, match="learning_rate"):
        gpt.explain("emma", learning_rate=0)
