"""docs/coverage.md says what the code does: written anew, it is the same page."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from chainrule.core.primitive import UFUNCS
from chainrule.core.traced import FUNCTIONS
from chainrule.program.advice import ADVICE

pytestmark = pytest.mark.uncompiled

ROOT = Path(__file__).resolve().parents[2]


def coverage():
    spec = importlib.util.spec_from_file_location("coverage_page", ROOT / "docs" / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_as_the_code():
    module = coverage()
    text = module.PAGE.read_text(encoding="utf-8")
    minor = ".".join(np.__version__.split(".")[:2])
    if f"NumPy {minor} " not in text:
        pytest.skip(f"the page is about another NumPy than {minor}")
    assert module.page() == text, "run python docs/coverage.py"


def test_no_advice_for_what_is_differentiated():
    assert not set(ADVICE) & (set(FUNCTIONS) | set(UFUNCS))


def test_the_kinds_of_some_functions():
    kind_of = coverage().kind_of
    assert kind_of("exp", np.exp, "numpy")[0] == "differentiated"
    assert kind_of("var", np.var, "numpy")[0] == "composed"
    assert kind_of("floor", np.floor, "numpy")[0] == "constant"
    assert kind_of("unique", np.unique, "numpy") == ("refused", ADVICE[np.unique])
    assert kind_of("seterr", np.seterr, "numpy")[0] == "plain"
