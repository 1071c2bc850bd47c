"""The small GPT that learns on a page, `front/lesson.js`, in Node: the losses and the answers of `chainrule train --gpt`."""

import base64

import numpy as np
import pytest

from chainrule.gpt import learning, model, page
from chainrule.gpt.learning import beginning, learn, learned, numbers_of
from chainrule.gpt.saved import GPT
from chainrule.gpt.text import Letters, names
from chainrule.page.modules import joined

from .engines import in_node

pytestmark = pytest.mark.browser
STEPS = 200
SCRIPT = """import { divided, Lesson } from "./lesson.js";
const { text, line, steps, weights, ...given } = globalThis.given;
const lesson = await Lesson.of({ ...given, ...(text && divided(text, 0)), weights: weights && Float32Array.from(weights) });
const costs = [], first = lesson.steps.inputs.weights.map((each) => [...each]), { letters, known, unseen, parameters } = lesson;
while (lesson.done < steps) costs.push(...lesson.train());
const read = lesson.read(line);
globalThis.found = {
  first, letters, known, unseen, costs, parameters, cost: lesson.cost(), written: lesson.write(20, 0.5),
  losses: read.losses, p: read.p.map((each) => [...each]), attention: read.attention.map((head) => head.map((each) => [...each])),
};
"""


@pytest.fixture(scope="module")
def modules():
    return {**page.front(), **page.modules(), "script.js": SCRIPT}


def found(modules, **given):
    """What the page's lesson gives."""
    script = joined(modules, "script.js")
    return in_node(
        f"async (given) => {{ globalThis.given = given; {script}; await modules['script.js']; return globalThis.found }}",
        given,
    )


def tables(flat, tokens):
    """The weights of the known tokens, out of a module's, which may have more."""
    shapes = [each.shape for each in model.first_weights(tokens, np.random.default_rng(0))]
    return tuple(
        np.array(each, np.float32)[: np.prod(shape)].reshape(shape) for each, shape in zip(flat, shapes, strict=True)
    )


def rows(pieces, end):
    """Pieces as `Letters.pieces` has them."""
    tokens, targets = (np.full((len(pieces), model.BLOCK), end) for _ in range(2))
    share = np.zeros((len(pieces), model.BLOCK), np.float32)
    for row, piece in enumerate(pieces):
        size = len(piece) - 1
        tokens[row, :size], targets[row, :size], share[row, :size] = piece[:-1], piece[1:], 1 / size
    return tokens, targets, share


def test_its_losses_and_answers_are_those_of_the_command(modules):
    begin, carried, reports = beginning(names(), 0), page.carried(), []

    def stop(report):
        reports.append(report)
        raise KeyboardInterrupt

    there = learn(names(), 10_000, progress=stop).gpt
    weights = np.frombuffer(base64.b64decode(carried["weights"]), np.float32).tolist()
    known, unseen = carried["known"].split("\n"), carried["unseen"].split("\n")
    here = found(modules, known=known, unseen=unseen, count=10_000, steps=learning.CHUNK, line="emma", weights=weights)
    costs = run(begin.weights, [each[:STEPS] for each in begin.known], 10_000)[0]
    np.testing.assert_allclose(here["costs"][:STEPS], costs, atol=1e-3)
    assert np.mean(here["costs"]) == pytest.approx(reports[0].cost, abs=1e-4)
    assert here["cost"] == pytest.approx(reports[0].held_out, abs=1e-4)
    told = there.explain("emma").values
    for name in ("p", "attention"):
        np.testing.assert_allclose(here[name], told[name], atol=1e-4)
    assert np.mean(here["losses"]) == pytest.approx(there.cost("emma"), abs=1e-4)
    assert here["parameters"] == sum(each.size for each in there.weights)


TEXTS = {
    "few": ["anna", "hanna", "susanna", "johanna"] * 3,
    "some": ["Zoë jagte 12 Füchse", "Quer durch den Wald!", "um 3:45 Uhr – früh,", "ABC, DEF & XYZ", "𝛿 nach 𝛼"] * 2,
    "many": ["".join(map(chr, range(0x4E00 + k, 0x4E00 + k + 12))) for k in range(0, 300, 12)],
}


@pytest.mark.parametrize(("text", "tokens"), [("few", 27), ("some", 128), ("many", 2001)])
def test_a_text_of_ones_own_is_learned_as_by_a_network_of_its_letters_alone(modules, text, tokens):
    lines = TEXTS[text]
    here = found(modules, text="\r\n\n".join(lines), count=1000, steps=STEPS, line=lines[1], weights=None)
    letters = Letters.of(lines)
    assert "".join(here["letters"]) == letters.all
    assert len(here["first"][0]) == tokens * model.CHANNELS
    weights = tables(here["first"], letters.end + 1)
    assert np.std(np.concatenate([each.ravel() for each in weights])) == pytest.approx(0.08, rel=0.1)
    pieces = here["known"] + here["unseen"]
    assert sorted(pieces) == sorted(pieces_of(letters, lines))
    assert sum(piece[0] == letters.end for piece in here["unseen"]) == max(len(lines) // 10, 1)
    given = [np.resize(each, (STEPS, *each.shape[1:])) for each in rows(here["known"], letters.end)]
    costs, after, *_ = run(weights, given, 1000)
    np.testing.assert_allclose(here["costs"], costs, atol=1e-3)
    there = GPT(letters, tuple(after))
    told = there.explain(lines[1]).values
    for name in ("p", "attention"):
        np.testing.assert_allclose(here[name], told[name], atol=1e-3)
    assert here["parameters"] == sum(each.size for each in weights)
    assert all(set(each) <= set(letters.all) and len(each) < model.BLOCK for each in here["written"])
    assert any(here["written"])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("one line\n\n", "", "two lines or more"),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 2001))) + "\nx", "", "{count:,} different characters"),
        ("anna\nhanna", "emma", "The network does not know “{letter}”"),
    ],
)
def test_what_it_cannot_learn_or_read_is_refused(modules, text, line, said):
    with pytest.raises(AssertionError) as error:
        found(modules, text=text, count=1000, steps=10, line=line, weights=None)
    assert said in str(error.value)


def run(weights, given, count):
    """Steps of training here."""
    zeros = tuple(map(np.zeros_like, weights))
    tokens, targets, share = given
    numbers = numbers_of(0, len(tokens), count).astype(np.float32)
    return learned(weights, zeros, zeros, tokens, targets, share.astype(np.float32), numbers)


def pieces_of(letters, lines):
    return [list(map(int, each)) for each in letters._pieces(lines)]
