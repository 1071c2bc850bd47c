"""The page of comparisons: its figures are those of the reports, in both languages."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[2] / "docs" / "site"
spec = importlib.util.spec_from_file_location("measured", SITE / "measured.py")
measured = sys.modules["measured"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(measured)


@pytest.mark.parametrize("peer", measured.PEERS)
def test_each_figure_has_a_command_that_is_there(peer):
    for language in ("en", "zh"):
        rows = re.findall(r"^\| .*\[`(\S+)`\]\(\.\./\.\./([\w-]+)\.md\) \|$", measured.table(peer, language), re.M)
        assert len(rows) == len(measured.PEERS[peer][0]())
        for command, report in rows:
            assert (SITE.parents[1] / command).is_file()
            assert command in measured.report(report) or command.rpartition("/")[2] in measured.report(report)
        assert re.search(rf"{peer} (\d+\.\d|\(commit \w+\))", measured.table(peer, language))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_has_the_table_of_each(language):
    page = (SITE / language / "comparisons.md").read_text(encoding="utf-8")
    assert re.findall(r"<!-- measured: (\S+) -->\n\|", page) == [*measured.PEERS]
    assert measured.renewed(page, language) == page
    page = re.sub(r"^\|.*\|$", "", page, flags=re.M)
    assert not re.findall(r"\d+(?:\.\d+)? (?:µs|ms|s|MB|×|倍)\b", page)  # a figure that a command did not write


def test_figures_follow_the_reports(monkeypatch):
    (before,) = (each for each in measured.autograd() if "compiled" in each.told[0])
    text = measured.report("derivatives")
    ratios = [float(each) for each in re.findall(r"^\| [^|]+ \| [\d.]+ × \| ([\d.]+) × \|", text, re.M)]
    assert len(ratios) == 15
    assert before.here == f"{min(ratios)}–{max(ratios):,.0f}"
    planted = text.replace(f"| {min(ratios)} × |", "| 1.5 × |")
    monkeypatch.setattr(measured, "report", lambda name: planted)
    assert measured.span(
        [measured.number(each["`compile` / autograd"]) for each in measured.rows("x", "seen / autograd")]
    ) == (f"1.5–{max(ratios):,.0f}")


def test_figures_of_yesterday_are_found_and_replaced():
    page = "before\n\n<!-- measured: tangent-ad -->\n\nafter\n"
    new = measured.renewed(page, "en")
    assert new == page.replace("-->\n", f"-->\n{measured.table('tangent-ad', 'en')}\n")
    assert measured.renewed(re.sub(r"\d", "0", new), "en") == new


def test_a_report_that_says_something_else_is_an_error():
    with pytest.raises(LookupError, match=r"docs/gpt\.md has no table"):
        measured.rows("gpt", "miles a step")
    with pytest.raises(AssertionError, match=r"docs/gpt\.md does not say"):
        measured.found("gpt", "chainrule (loses)")
