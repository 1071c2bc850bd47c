"""Which language someone reads, and what is said in it."""

import copy
import pickle

import pytest

from chainrule.cli.training_screen import COSTS as COST_WORDS
from chainrule.cli.training_screen import NORMALIZATIONS as NORMALIZATION_WORDS
from chainrule.cli.training_screen import SCHEDULES as SCHEDULE_WORDS
from chainrule.core.messages import listed, message
from chainrule.network.costs import COSTS
from chainrule.network.kinds import NORMALIZATIONS
from chainrule.quoting import some
from chainrule.show.language import SOURCE, catalog, languages, nearest, preferred, say, spoken, translated
from chainrule.show.po import CatalogError, header, read
from chainrule.training.schedules import SCHEDULES


def test_the_language_is_that_of_the_locale_unless_it_is_named():
    assert preferred({"LANG": "zh_TW.UTF-8"}) == "zh"
    assert preferred({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}) == "en"
    assert preferred({"CHAINRULE_LANG": "zh", "LC_ALL": "en_US.UTF-8"}) == "zh"
    assert nearest("zh-CN,zh;q=0.9,en;q=0.8") == "zh"
    assert nearest("zhx") == "en"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "gb18030", "gbk", "gb2312", "big5", "cp950", "shift_jis", "euc_kr", "ascii"]
)
def test_a_language_is_spoken_where_all_of_its_letters_can_be_shown(encoding):
    """Big5 has 中文, but only half of the letters of simplified Chinese: each of the others would be an escape."""
    for language in languages():
        if spoken(language, encoding) != SOURCE:
            letters = {
                sign for text in catalog(language).values() for sign in text if sign.isalpha() and sign > "\u2e80"
            }
            assert {sign for sign in letters if not sign.encode(encoding, "ignore")} == set()
    assert spoken("zh", encoding) == ("zh" if encoding in ("utf-8", "gb18030", "gbk", "gb2312") else SOURCE)


def test_what_a_training_run_calls_by_a_word_of_its_own_has_one():
    assert COST_WORDS.keys() == COSTS.keys()
    assert NORMALIZATION_WORDS.keys() == {*NORMALIZATIONS} - {"none"}
    assert SCHEDULE_WORDS.keys() == SCHEDULES.keys() - {"constant"}


# ---- messages --------------------------------------------------------------------------------------------------------


def test_a_message_within_a_message_is_translated_with_it():
    inner = message("a PNG image")
    said = message("{path} is a folder; give {expected}.", path="x {y}", expected=inner)
    assert said == "x {y} is a folder; give a PNG image."
    assert translated(said, "zh") == "x {y} 是文件夹；请给出 PNG 图片。"
    assert translated(ValueError(said), "zh") == translated(said, "zh")


def test_numbers_are_written_as_the_template_has_them():
    said = message(
        "There are {examples:,} examples and {labels:,} labels; the numbers must be equal.", examples=1234, labels=7
    )
    assert said == "There are 1,234 examples and 7 labels; the numbers must be equal."
    assert translated(said, "zh") == "有 1,234 个样本和 7 个标签；两者数目必须相等。"


def test_what_is_no_message_and_what_has_no_translation_is_kept():
    assert translated("There are no images to learn from.", "zh") == "There are no images to learn from."
    assert translated(ValueError("of someone else's"), "zh") == "of someone else's"
    assert translated(FileNotFoundError(2, "none"), "zh") == "[Errno 2] none"
    assert translated(message("Nobody knows {what}.", what=message("text")), "zh") == "Nobody knows 文字."
    assert message("{'braces': 1}") == "{'braces': 1}"
    with pytest.raises(KeyError):
        message("{one} and {two}", one=1)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda said: pickle.loads(pickle.dumps(said))])
def test_a_message_survives_on_its_way_to_another_process(copied):
    said = copied(message("seed {seed}", seed=3))
    assert (said, translated(said, "zh")) == ("seed 3", "种子 3")


def test_words_one_after_another():
    assert listed([]) == ""
    assert listed([7]) == "7"
    words = listed(["{a}", "b", "c"], last="{words} and {word}")
    assert words == "{a}, b and c"
    assert translated(words, "zh") == "{a}、b 和 c"
    assert translated(listed(some("abcd", 2)), "zh") == "a、b、…"


def test_a_context_tells_equal_texts_apart():
    assert say("zh", "cost") == "代价"
    assert translated(message("cost", "setting"), "zh") == "代价函数"


# ---- .po files -------------------------------------------------------------------------------------------------------

CATALOG = r"""# 某种语言
msgid ""
msgstr ""
"Language: xx\n"
"X-Name: Xx: xx\n"

#: core/nouns.py
#. a word to the translator
msgid "one"
msgstr "eins"

msgctxt "time"
msgid "one"
msgstr "1 Uhr"

#| msgid "tow"
msgid ""
"two "
"\"lines\"\n"
"and a \\ and a\ttab"
msgstr "zwei"
" Zeilen\n"

#, fuzzy
msgid "guessed"
msgstr "geraten"

msgid "missing"
msgstr ""
#~ msgid "gone"
#~ msgstr "weg"
"""
ENTRIES = {
    ("", ""): "Language: xx\nX-Name: Xx: xx\n",
    ("", "one"): "eins",
    ("time", "one"): "1 Uhr",
    ("", 'two "lines"\nand a \\ and a\ttab'): "zwei Zeilen\n",
}


@pytest.mark.parametrize("text", [CATALOG, CATALOG.replace("\n", "\r\n"), CATALOG.rstrip("\n")])
def test_a_catalog_is_read(text):
    assert read(text) == ENTRIES
    assert header(read(text)) == {"Language": "xx", "X-Name": "Xx: xx"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('msgid "a"\nmsgid "b"', 2),
        ('msgid "a"', 1),
        ('msgstr "a"', 1),
        ('"a"', 1),
        ('msgid "a"\nmsgstr "b', 2),
        ('msgid "a"\nmsgstr "b" c', 2),
        ('msgid "a"\nmsgstr "\\q"', 2),
        ('msgid "a"\nmsgid_plural "b"', 2),
        ('\n\nmsgctxt "a"\nmsgstr "b"', 4),
        ('msgid "a"\nmsgstr "b"\n\n# again\nmsgid "a"\nmsgstr "c"', 5),
        ("words", 1),
    ],
)
def test_a_broken_catalog_is_refused_with_its_line(text, line):
    with pytest.raises(CatalogError, match=rf"^xx\.po:{line}: "):
        read(text, "xx.po")


def test_the_catalogs_are_in_the_package():
    from importlib import resources

    found = (resources.files("chainrule.show") / "languages" / "zh.po").read_text(encoding="utf-8")
    assert read(found) == catalog("zh")
