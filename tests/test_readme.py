"""What the READMEs say is true: their links lead somewhere, their lines hold on Windows, and both languages say the same."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


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


def test_both_languages_show_the_same_lines():
    assert blocks(ENGLISH, "sh") == blocks(CHINESE, "sh")
    assert len(blocks(ENGLISH, "sh")) == 2


def test_the_lines_for_windows_are_those_of_the_readme():
    there = (
        "".join(blocks(ENGLISH, "sh"))
        .replace("python3 -m", "py -m")
        .replace(" &&", ";")
        .replace("/bin/", "\\Scripts\\")
    )
    for language in ("en", "zh"):
        page = (ROOT / "docs" / "site" / language / "howto" / "install.md").read_text(encoding="utf-8")
        assert blocks(page, "powershell") == [there]


def test_both_languages_have_the_same_parts():
    def headings(text):
        return [line.partition(" ")[0] for line in text.splitlines() if re.match("#+ ", line)]

    def figures(text):
        return [re.sub(r"-(en|zh)\.", ".", path) for path in re.findall(r'<img [^>]*src="([^"]+)" alt="[^"]+">', text)]

    assert headings(ENGLISH) == headings(CHINESE)
    assert figures(ENGLISH) == figures(CHINESE)
    assert figures(ENGLISH)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_links_lead_to_files_of_the_repository(text):
    links = [link for link in re.findall(r'(?:\]\(|src=")([^)"]+)', text) if not link.startswith("http")]
    assert links
    for link in links:
        path, _, place = link.partition("#")
        assert (ROOT / path).exists(), link
        if place:
            titles = re.findall(r"^#+ (.*)", (ROOT / path).read_text(encoding="utf-8"), re.M)
            assert place in [title.lower().replace(" ", "-") for title in titles], link
