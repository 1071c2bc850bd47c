"""American spelling throughout: no British form stands in the sources, tests, examples, benchmarks or pages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("src", "tests", "docs", "examples", "benchmarks")
KINDS = {".py", ".md", ".js", ".css", ".html", ".po", ".toml"}
APART = {"tests/test_spelling.py"}
QUOTED = ("docs/decisions/",)  # which keep what was written then
BRITISH = re.compile(
    r"""
    (?: col|behavi|neighb|fav|lab|hon|rum|vap )our (?: s | ed | ing | able | hood | ing )? (?![a-z])
    | (?: cent|met|theat|fib ) re (?: s | d )? (?![a-z])
    | (?: normal|initial|optim|regular|recogn|organ|minim|maxim|summar|visual|general|serial|parametr|vector
        | factor|quant|real|character|standard|util|emphas|special|local|final|categor|random|synchron|token|apolog
      ) is (?: e | ed | es | er | ers | ing | ation | ations )(?![a-z])
    | (?: label|model|travel|cancel|signal|level|channel|tunnel|counsel ) l (?: ed | ing | er | ers )(?![a-z])
    | analys (?: e | ed | ing )(?![a-z]) | catalogue | programme (?: s )? (?![a-z]) | grey | learnt | spelt | whilst | amongst
    | artefact | licence | defence | judgement | sceptic | practis (?: e | ed | ing ) | ageing | fulfil (?: s | ment )? (?![a-z])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def british(text):
    return sorted({found.group().lower() for found in BRITISH.finditer(text)})


def files():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in KINDS and name not in APART and not name.startswith(QUOTED):
                yield name, path
    yield from ((name, ROOT / name) for name in ("README.md", "CONTRIBUTING.md"))


def test_spelling_is_american():
    found = {name: words for name, path in files() if (words := british(path.read_text(encoding="utf-8")))}
    assert not found


@pytest.mark.parametrize(
    "word", ["colour", "behaviour", "normalise", "initialisation", "labelled", "centre", "grey", "learnt"]
)
def test_a_planted_british_word_is_found(word):
    assert british(f"def _{word}(x): ...") == [word]


def test_american_words_are_not_taken_for_british_ones():
    assert not british("four hours, our premise, a precise metric, concrete, unlabeled, analysis, programmer, colored")
