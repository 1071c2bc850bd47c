"""What every test may use: the article's own code, and a switch that turns name-finding off.

`CHAINRULE_TEST_NO_NAMES=1 pytest` runs the whole suite as on a Python whose bytecode is unknown: no symbol gets the user's
name, and everything but the names must still be right. Tests that are about found names are marked `names`, and are
skipped then.

`CHAINRULE_TEST_COMPILED=1 pytest` compiles every backward pass the first time that its structure is recorded, not the second.
"""

import importlib.util
import os
import tempfile
from pathlib import Path

# Two workers on two cores: threads of OpenBLAS would only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from chainrule.calculus import backward_cache, declaring
from chainrule.program import names

# What native loops compile to is kept from run to run, and apart from the user's own.
os.environ.setdefault("CHAINRULE_CACHE", str(Path(tempfile.gettempdir()) / "chainrule-tests"))
NO_NAMES = os.environ.get("CHAINRULE_TEST_NO_NAMES") == "1"
if os.environ.get("CHAINRULE_TEST_COMPILED") == "1":
    backward_cache.COMPILE_AT = 1


def pytest_configure(config):
    config.addinivalue_line("markers", "names: is about names found in the user's code")
    if NO_NAMES:
        names.stored_name = lambda frame, outermost: ""


def pytest_collection_modifyitems(items):
    if NO_NAMES:
        for item in items:
            if item.get_closest_marker("names"):
                item.add_marker(pytest.mark.skip(reason="name-finding is off"))


@pytest.fixture(autouse=True)
def nothing_seen_before():
    """No test runs what an earlier one compiled: some plant faults."""
    backward_cache.forget()


@pytest.fixture(autouse=True)
def nothing_declared_afterwards():
    """No operation that a test, an example or a docstring declares of its own is met by a later test."""
    yield
    for name in list(declaring._own):
        declaring.withdraw(name)


@pytest.fixture(scope="session")
def article():
    """The article's class, put together from the article: an `Article(Network, source, feedforward)`."""
    path = Path(__file__).parent / "textbook" / "article.py"
    spec = importlib.util.spec_from_file_location("article", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.read(module.FRAGMENTS.read_text(encoding="utf-8"))
