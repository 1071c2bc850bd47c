"""What an explanation's data give: the cases that Python's evaluator and the browser's both pass."""

import json
from pathlib import Path

import numpy as np
import pytest

from chainrule.explain import vocabulary
from chainrule.explain.evaluation import Evaluator
from chainrule.explain.vocabulary import as_data

CASES = json.loads((Path(__file__).parent / "cases.json").read_text(encoding="utf-8"))


def value(given):
    """A value of the cases: a matrix has its shape beside its numbers."""
    return np.reshape(given["data"], given["shape"]) if isinstance(given, dict) else np.array(given)[()]


def item(data):
    """An item from its data."""
    if isinstance(data, list):
        return tuple(map(item, data))
    if not isinstance(data, dict):
        return data
    made = {key: item(each) for key, each in data.items() if key != "is"}
    return getattr(vocabulary, data["is"])(**made) if "is" in data else made


EVALUATOR = Evaluator({name: value(each) for name, each in CASES["values"].items()}, CASES["classes"])


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["of"])
def test_python_gives_what_the_case_says(case):
    assert as_data(EVALUATOR.give(item(case["items"]))) == case["gives"]


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["of"])
def test_data_survive_being_written(case):
    assert as_data(item(case["items"])) == case["items"]
