"""The catalog of texts: complete in both languages, with the same places to fill in."""

from pathlib import Path

import pytest

from chainrule.show import texts
from chainrule.show.language import SUBJECTS, catalog, places, preferred, say

ENTRIES = [(subject, key, pair) for subject in SUBJECTS for key, pair in catalog(subject).items()]


def test_every_table_is_in_the_catalog():
    files = {path.stem for path in Path(texts.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(SUBJECTS)


@pytest.mark.parametrize(("subject", "key", "pair"), ENTRIES, ids=[f"{s}.{k}" for s, k, _ in ENTRIES])
def test_an_entry_has_both_languages_and_the_same_places(subject, key, pair):
    english, chinese = pair
    assert english.strip()
    assert chinese.strip()
    assert places(english) == places(chinese)


def test_a_missing_entry_is_an_error():
    with pytest.raises(KeyError):
        say("zh", "diagnosis.no such text")


def test_the_language_is_that_of_the_locale_unless_it_is_named():
    assert preferred({"LANG": "zh_TW.UTF-8"}) == "zh"
    assert preferred({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}) == "en"
    assert preferred({"CHAINRULE_LANG": "zh", "LC_ALL": "en_US.UTF-8"}) == "zh"
