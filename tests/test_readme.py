"""What the READMEs say is true: their code runs, prints what they print, and both languages say the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


@pytest.mark.names
def test_the_derivative_is_printed_as_shown(capsys):
    source, shown, *_ = blocks(ENGLISH, "python")
    exec(compile(source, "README.md", "exec"), {})
    assert capsys.readouterr().out.endswith("\n\n" + shown + "\n")


def test_the_examples_for_those_who_come_from_elsewhere_run():
    found = []
    for source in blocks((ROOT / "docs" / "from-autograd.md").read_text(encoding="utf-8"), "python"):
        *_, last = source.rstrip().splitlines()
        scope = {}
        exec(compile(source, "from-autograd.md", "exec"), scope)
        found.append(eval(last, scope))
    (gradient, second), moved, (slope, direction) = found
    assert [abs(each) for each in moved] == pytest.approx(
        [0.005] * 3, rel=0.1
    )  # the first steps of Adam have all one length
    assert gradient.shape == (5,) and second.shape == (5, 5)
    assert slope == 1.0 and direction == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("language", ["python", "sh", "powershell"])
def test_both_languages_show_the_same_code(language):
    def bare(text):
        return [re.sub(r"\s+(#|// ).*", "", block) for block in blocks(text, language)]

    assert bare(ENGLISH) == bare(CHINESE)
    assert bare(ENGLISH)


def test_both_languages_have_the_same_parts():
    def headings(text):
        return [line.partition(" ")[0] for line in text.splitlines() if re.match("#+ ", line)]

    def figures(text):
        return [re.sub(r"-(en|zh)\.", ".", path) for path in re.findall(r"!\[[^\]]+\]\(([^)]*)\)", text)]

    assert headings(ENGLISH) == headings(CHINESE)
    assert figures(ENGLISH) == figures(CHINESE)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_links_lead_to_files_of_the_repository(text):
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
