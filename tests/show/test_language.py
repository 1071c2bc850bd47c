"""The catalog of texts: complete in both languages, with the same places to fill in."""

from pathlib import Path

import pytest

from chainrule.show import texts
from chainrule.show.language import SUBJECTS, catalog, places, preferred, say

ENTRIES = [(subject, key, pair) for subject in SUBJECTS for key, pair in catalog(subject).items()]


def test_every_table_is_in_the_catalog():
    files = {path.stem for path in Path(texts.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(SUBJECTS)


def fault(english, chinese):
    """What is wrong with an entry, or nothing."""
    if not english.strip() or not chinese.strip():
        return "a language is missing"
    if places(english) != places(chinese):
        return f"{places(english)} is not {places(chinese)}"
    return ""


def test_every_entry_has_both_languages_and_the_same_places():
    found = {f"{subject}.{key}": fault(*pair) for subject, key, pair in ENTRIES}
    assert not {entry: wrong for entry, wrong in found.items() if wrong}


@pytest.mark.parametrize(
    ("english", "chinese"), [("Saved.", " "), ("", "已保存。"), ("{a} of {b}", "{a}"), ("{a}", "{b}")]
)
def test_a_planted_fault_in_an_entry_is_seen(english, chinese):
    assert fault(english, chinese)


def test_a_missing_entry_is_an_error():
    with pytest.raises(KeyError):
        say("zh", "diagnosis.no such text")


def test_the_language_is_that_of_the_locale_unless_it_is_named():
    assert preferred({"LANG": "zh_TW.UTF-8"}) == "zh"
    assert preferred({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}) == "en"
    assert preferred({"CHAINRULE_LANG": "zh", "LC_ALL": "en_US.UTF-8"}) == "zh"
