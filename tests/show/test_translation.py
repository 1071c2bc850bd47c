"""Errors in Chinese: every sentence of the package has its pair, the pairs have the same places, and say nothing in English."""

import importlib
import pkgutil
import re
from string import Formatter

import numpy as np
import pytest

import chainrule
from chainrule.core.errors import ChainruleError
from chainrule.program import advice
from chainrule.show.language import places
from chainrule.show.texts.errors import PHRASES, SENTENCES
from chainrule.show.translation import phrase, translated

from .raised import raised

SAID = (
    "UsageError", "CommandError", "SettingsError", "DataError", "FileFormatError", "CheckpointError", "NetworkError",
    "GradientError", "BranchError", "TracingError", "MissingJax", "MissingFunction",
)  # fmt: skip
PARTS = {"JsonProblem": "problem", "ShapeMismatch": "reason"}  # become parts of other errors' sentences
TOLD_APART = {
    "ChainruleError": "it is never raised itself",
    "DimensionError": "its reason, advice and sources are translated each, where it is drawn",
    "DivergenceError": "it makes its one sentence itself; see below",
    "ProgramError": "a fault of this program, which its user can do nothing about",
}
WITHOUT = {
    ("cli", "{tongue}"): "it is in the reader's language when it is raised",
    ("cli", "{value}{message}."): "argparse's own words",
    ("cli", "{error} They are saved in {path}."): "it stands in the tables as a whole; see below",
    ("calculus", "{co_filename}:{co_firstlineno}: {what}; {instead}."): "a refusal",
    ("calculus", "{what}; {instead}."): "a refusal",
    ("program", "{error}"): "a refusal",
    ("core", "{what}"): "a refusal",
    ("program", "{code}"): "a refusal",
    ("core", "{program}"): "a branch; see below",
    ("run", "{program}"): "a branch; see below",
}
ENGLISH = re.compile(
    r"(?<![.\w])(a|an|and|are|be|by|cannot|expected|for|from|give|has|have|is|it|its|must|needs?|no|not|of|on|or|out|take|than|that|the|"
    r"there|they|to|use|was|where|which|with|write)(?![=\w])"
)
PAIRS = [*SENTENCES.items(), *(pair for table in PHRASES.values() for pair in table.items())]
SENTENCES_SAID = sorted(set(raised(dict.fromkeys(SAID, 0))))
PARTS_SAID = sorted(set(raised(dict.fromkeys(PARTS, 0))))
REFUSING = {"refuse": 0, "refuse_function": 1, "_refuse": 1, "refusal": 0, "refusal_at": 1, "refusal_in": 2}
REFUSALS_SAID = [
    *(("refused", each) for each in sorted(set(raised(REFUSING)))),
    *(("instead", each) for each in sorted(set(raised({name: at + 1 for name, at in REFUSING.items()})))),
]


def sample(template):
    """What a template makes: a mark in each place, or the first phrase where phrases belong."""
    made = ""
    for position, (literal, name, _, _) in enumerate(Formatter().parse(template)):
        made += literal
        if name is not None:
            made += sample(next(iter(PHRASES[name]))) if name in PHRASES else f"⟨{position}⟩"
    return made


def english_in(text):
    """English words in a text, but for what stands in marks, places, backquotes, quotes and brackets."""
    return ENGLISH.findall(re.sub(r"⟨.*?⟩|\{.*?\}|`.*?`|'.*?'|\(.*?\)|\[.*?\]", "", text))


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=[pair[0] or "nothing" for pair in PAIRS])
def test_a_pair_has_the_same_places_each_once_and_full_stops_of_its_language(english, chinese):
    names = [name for _, name, _, _ in Formatter().parse(english) if name is not None]
    assert len(names) == len(set(names))
    assert places(english) == places(chinese)
    assert not english_in(chinese)
    assert english.endswith(".") == chinese.endswith("。")
    assert not re.search(r"[一-鿿][,;:.!?]|[,;:!?][一-鿿]", chinese)


@pytest.mark.parametrize("said", SENTENCES_SAID, ids=[f"{each.place} {each.template}" for each in SENTENCES_SAID])
def test_every_sentence_of_an_error_has_its_chinese_one(said):
    if (said.place.partition("/")[0], said.template) in WITHOUT:
        return
    english = sample(said.template)
    chinese = translated(english, "zh")
    assert chinese != english, "write its pair into show/texts/errors/"
    assert not english_in(chinese)
    assert sorted(re.findall("⟨.*?⟩", chinese)) == sorted(re.findall("⟨.*?⟩", english))


@pytest.mark.parametrize("said", PARTS_SAID, ids=[f"{each.place} {each.template}" for each in PARTS_SAID])
def test_every_part_of_a_sentence_has_its_chinese_one(said):
    english = sample(said.template)
    chinese = phrase(PARTS[said.name], english, "zh")
    assert chinese != english
    assert not english_in(chinese)


@pytest.mark.parametrize(
    ("table", "said"), REFUSALS_SAID, ids=[f"{each.place} {each.template}" for _, each in REFUSALS_SAID]
)
def test_both_phrases_of_every_refusal_have_their_chinese_ones(table, said):
    english = sample(said.template)
    if not re.fullmatch("⟨.*?⟩", english):  # one that comes from a table, below, or from NumPy
        chinese = phrase(table, english, "zh")
        assert chinese != english, "write its pair into show/texts/errors/refusals.py"
        assert not english_in(chinese)


ADVICE = {*advice.ADVICE.values(), *advice._PLAIN.values(), *advice.LIBRARY.values(), advice.GENERAL, advice.JOIN}


@pytest.mark.parametrize("instead", sorted(ADVICE))
def test_every_advice_has_its_chinese_one(instead):
    chinese = phrase("instead", instead, "zh")
    assert chinese != instead
    assert not english_in(chinese)


def test_a_refusal_keeps_its_line_and_code():
    def f(x):
        x[0] = 1.0
        return chainrule.trace

    with pytest.raises(chainrule.TracingError) as caught:
        chainrule.grad(f)(np.ones(3))
    sentence, code = translated(str(caught.value), "zh").split("\n")
    assert re.fullmatch(
        r"test_translation\.py:\d+：给元素赋值会改写数组；"
        r"请写 np\.where\(mask, new, old\)、np\.concatenate 或 np\.stack，它们生成新的数组。",
        sentence,
    )
    assert code == "    x[0] = 1.0"


def test_what_has_no_pair_is_still_there():
    said = {(each.place.partition("/")[0], each.template) for each in SENTENCES_SAID}
    assert WITHOUT.keys() <= said


def test_every_error_of_the_package_is_looked_at():
    for module in pkgutil.walk_packages(chainrule.__path__, "chainrule."):
        if not module.name.endswith("__main__") and ".native." not in module.name:
            importlib.import_module(module.name)
    known = {*SAID, *PARTS, *TOLD_APART}
    found, more = set(), [ChainruleError]
    while more:
        error = more.pop()
        found.add(error.__name__)
        more += [each for each in error.__subclasses__() if each.__module__.startswith("chainrule")]
    assert found <= known


def test_numbers_stand_apart_from_chinese_letters():
    said = "x holds 32-bit floats (type 0x0D), where unsigned bytes (type 0x08) are expected."
    assert translated(said, "zh") == "x 里是 32 位浮点数（类型 0x0D），应为无符号字节（类型 0x08）。"


def test_what_is_not_known_is_kept_line_by_line():
    known = "There are no images to learn from."
    assert translated(f"Nobody knows this.\n{known}\n  chainrule train", "zh") == (
        "Nobody knows this.\n没有可供学习的图像。\n  chainrule train"
    )
    assert translated(known, "en") == known


def test_the_template_with_the_most_words_of_its_own_is_taken():
    found = translated("x is a folder, where a safetensors file is expected.", "zh")
    assert found == "x 是文件夹，应为 safetensors 文件。"


def test_a_sentence_within_a_sentence_is_translated_too():
    inner = "The layers are [7]; a network needs at least two, an input and an output layer: [784, 10]."
    assert translated(f"net.safetensors cannot be used: {inner}", "zh") == (
        "net.safetensors 无法使用：各层是 [7]；网络至少要有输入层和输出层两层：[784, 10]。"
    )


def test_what_the_operating_system_says_is_translated_where_it_is_known():
    assert translated("net.safetensors: Permission denied.", "zh") == "net.safetensors：没有权限。"
    assert (
        translated("net.safetensors cannot be read: Permission denied.", "zh") == "无法读取 net.safetensors：没有权限。"
    )
    assert translated("net.safetensors cannot be read: Stale file handle.", "zh") == (
        "无法读取 net.safetensors：Stale file handle。"
    )


def test_names_that_look_like_words_or_templates_are_kept():
    assert translated("text is a folder, where a safetensors file is expected.", "zh") == (
        "text 是文件夹，应为 safetensors 文件。"
    )
    assert (
        translated("There is no command '{x} is {y}.'; the commands are a, b.", "zh")
        == "没有命令 '{x} is {y}.'；可用的有 a、b。"
    )


def test_a_run_that_diverged():
    from chainrule.training.loop import DivergenceError

    assert translated(str(DivergenceError(2, 1_234, 30.0, 3.0)), "zh") == (
        "第 2 轮第 1,234 步时，代价变成了无穷大或 NaN，学习率为 30；已保留最后一组正常的权重。请试试更小的学习率，例如 3。"
    )


def test_a_branch_that_was_not_taken():
    def f(x):
        return x * x if x > 0 else -x

    program = chainrule.trace(f, (2.0,))
    with pytest.raises(chainrule.BranchError) as caught:
        program(np.float64(-2.0))
    assert re.fullmatch(
        r"跟踪 f 时 x > 0 \(\S+:\d+\) 成立，而在这些数值上不成立；请用它们重新跟踪。",
        translated(str(caught.value), "zh"),
    )
