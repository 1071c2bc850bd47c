"""Help in Chinese: nothing is left in English, nothing is left over, and columns stay in place under wide letters."""

import re

import pytest

from chainrule.cli.commands import COMMANDS
from chainrule.cli.help import texts
from chainrule.show.spelling import columns_of

WORDS = re.compile(r"[a-z]{4,} [a-z]{2,} [a-z]{2,}")  # three English words in a row


def test_no_text_has_places():
    assert not any("{" in text for text in texts())  # texts are filled in as formats


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_chinese_and_keeps_its_columns(run, name):
    done = run(*filter(None, [name]), "--help", "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    assert "\n例子\n" in done.out or not name
    assert max(map(columns_of, done.out.splitlines())) <= 80
    assert not WORDS.findall(re.sub("chainrule [!-~ ]*", "", done.out))
    if name:
        assert run("help", name, "--lang=zh").out == done.out
        typed = [line for line in done.out.splitlines() if re.match(r"  (-\S|[A-Z]{3})", line)]
        starts = {columns_of(re.match(r"  \S+( \S+)?  +", line)[0]) for line in typed}
        assert len(starts) == 1
        (start,) = starts
        for line in done.out.splitlines():
            if line.startswith(" " * (start - 1)):  # what an explanation goes on with stands below its beginning
                assert columns_of(re.match(" +", line)[0]) == start


def test_help_speaks_the_terminals_language_unless_one_is_named(run, monkeypatch):
    monkeypatch.setenv("CHAINRULE_LANG", "zh")
    assert "\n试试\n" in run().out
    named = run("help", "shapes", "--lang", "zh").out  # which its commands keep
    assert (
        re.sub(r" --lang zh( *)", lambda found: found[1] and found[1] + " " * 10, named).split()
        == run("shapes", "--help").out.split()
    )
    assert "\nexamples\n" in run("shapes", "--help", "--lang", "en").out


@pytest.mark.parametrize(("encoding", "heading"), [("gbk", "术语"), ("cp1252", "words"), ("ascii", "words")])
def test_help_is_chinese_where_the_encoding_has_chinese(command, encoding, heading):
    done = command("shapes", "--help", "--lang", "zh", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"\n{heading}\n" in done.stdout.decode(encoding).replace("\r\n", "\n")
    assert b"\\x" not in done.stdout
    assert b"\\u" not in done.stdout
