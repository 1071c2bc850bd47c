"""Plain JSON, both ways: what is taken, and the words for what is not."""

from enum import IntEnum

import numpy as np
import pytest

from chainrule.exchange.plain_json import DEEPEST, JsonProblem, parse, text


class Count(IntEnum):
    TWO = 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, None, 0.1, "反向\n"]}, '{"a": [true, null, 0.1, "反向\\n"], "b": 1}'),
        ({"seed": 2**128, "rate": np.float64(3.0), "two": Count.TWO}, None),
        ({"epochs": (1, 2)}, '{"epochs": [1, 2]}'),
        ([], "[]"),
        ({"": {}}, '{"": {}}'),
    ],
)
def test_round_trip(value, expected) -> None:
    written = text(value)
    assert expected in (None, written)
    assert text(parse(written)) == written


def nested(levels: int) -> list:
    return [nested(levels - 1)] if levels > 1 else []


def test_depth() -> None:
    assert parse(text(nested(DEEPEST))) == nested(DEEPEST)
    too_deep = "is nested more than 20 levels deep"
    for act in (
        lambda: text(nested(DEEPEST + 1)),
        lambda: parse("[" * 21 + "]" * 21),
        lambda: parse("[" * 10**6),
    ):
        with pytest.raises(JsonProblem) as caught:
            act()
        assert str(caught.value) == too_deep


def test_a_value_that_holds_itself_is_too_deep() -> None:
    value: dict = {}
    value["self"] = value
    with pytest.raises(JsonProblem) as caught:
        text(value)
    assert str(caught.value) == "is nested more than 20 levels deep"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "is not well-formed JSON (character 0)"),
        ('{"a": 1,}', "is not well-formed JSON (character {at})"),
        ('{"a" 1}', "is not well-formed JSON (character 5)"),
        ("[1] [2]", "is not well-formed JSON (character 4)"),
        ("{'a': 1}", "is not well-formed JSON (character 1)"),
        ('["a\nb"]', "is not well-formed JSON (character 3)"),
        ("\ufeff{}", "is not well-formed JSON (character 0)"),
        ('{"a": {"b": 1, "b": 2}}', "names b twice, where every name is expected once"),
        ('{"a": NaN}', "holds NaN, where finite numbers are expected"),
        ("[-Infinity]", "holds -Infinity, where finite numbers are expected"),
        ('{"a": [0, 1e999]}', "holds inf at a.1, where finite numbers are expected"),
        ("-1e999", "holds -inf, where finite numbers are expected"),
        ('{"a": "\\ud800"}', "holds half a character at a, where Unicode text is expected"),
        ('{"\\ud800": 1}', "holds half a character, where Unicode text is expected"),
        ("1" * 5000, "holds a number of thousands of digits"),
    ],
)
def test_texts_that_are_refused(written: str, problem: str) -> None:
    with pytest.raises(JsonProblem) as caught:
        parse(written)
    # Since Python 3.13 the comma itself is at fault.
    assert str(caught.value) in {problem.format(at=at) for at in (7, 8)}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (
            {"rate": np.float32(3)},
            "holds float32 at rate, where plain numbers, texts, lists and dictionaries are expected",
        ),
        ([{1, 2}], "holds set at 0, where plain numbers, texts, lists and dictionaries are expected"),
        (b"", "holds bytes, where plain numbers, texts, lists and dictionaries are expected"),
        ({"cost": {"last": float("nan")}}, "holds nan at cost.last, where finite numbers are expected"),
        ({"a": {1: 2}}, "holds the name 1 at a, where text is expected"),
        ({"a": ["x", "\udc80"]}, "holds half a character at a.1, where Unicode text is expected"),
    ],
)
def test_values_that_are_refused(value, problem: str) -> None:
    with pytest.raises(JsonProblem) as caught:
        text(value)
    assert str(caught.value) == problem
