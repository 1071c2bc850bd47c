"""The browser's evaluator of explanations: the cases that Python's passes too, and thousands of numbers as Python writes them."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from chainrule.explain.evaluation import Evaluator
from chainrule.explain.vocabulary import Slot, as_data

pytestmark = pytest.mark.browser
CASES = json.loads((Path(__file__).parents[1] / "explain" / "cases.json").read_text(encoding="utf-8"))
GIVE = """async ([values, classes, items]) => {
  const { Evaluator } = await import("/page/evaluate.js");
  return items.map((each) => new Evaluator(values, classes).give(each));
}"""


def test_it_gives_what_the_cases_say(open_page):
    items = [case["items"] for case in CASES["cases"]]
    found = open_page().evaluate(GIVE, [CASES["values"], CASES["classes"], items])
    assert found == [case["gives"] for case in CASES["cases"]]


def test_it_writes_numbers_as_python_does(open_page):
    random = np.random.default_rng(0)
    numbers = [
        *(random.normal(size=2000) * 10.0 ** random.integers(-8, 9, 2000)),
        *(np.arange(-64, 65) / 64),
        *(np.arange(99) / 2),
    ]
    slots = [
        Slot(float(number), kind, decimals, sign)
        for number in numbers
        for kind, decimals, sign in (("figure", 3, True), ("figure", 1, False), ("rounded", 2, False), ("fixed", 4, False),
                                     ("plain", 3, False))
    ]  # fmt: skip
    slots += [Slot(abs(float(number)), kind) for number in numbers for kind in ("rounded", "share", "count")]
    slots += [Slot(1.5, "rounded", ("decimals", float(number))) for number in numbers]
    slots += [Slot(float(a), "figure", ("apart", float(a), float(a + 1e-6 * b))) for a, b in pairwise(numbers)]
    (found,) = open_page().evaluate(GIVE, [{}, [], [as_data(tuple(slots))]])
    assert [each["value"] for each in found] == [Evaluator({}).text(each) for each in slots]
