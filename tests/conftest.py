"""What every test may use: the article's own code, and a switch that turns name-finding off.

`CHAINRULE_TEST_NO_NAMES=1 pytest` runs the whole suite as on a Python whose bytecode is unknown: no symbol gets the user's
name, and everything but the names must still be right. Tests that are about found names are marked `names`, and are
skipped then, and those marked `unnamed`, which ask for no name, are left out, since nothing is different for them.

`CHAINRULE_TEST_COMPILED=1 pytest` compiles every backward pass the first time that its structure is recorded, not the second.
Tests marked `uncompiled`, which take no gradient of what is recorded, are left out then. With both switches on, a test that
is marked both ways is left out.

That a test is rightly marked is held where nothing is left out: it fails if it does what its mark denies.

A test that is marked `wide` makes one check of many cases. A run draws a quarter of them, `--draw 7` another quarter than
`--draw 8`, and `--all-cases` takes all; so does a run of tests that are named one by one, as in `test_loops.py::test_text`.
"""

import collections
import functools
import gc
import importlib.util
import math
import os
import sys
import tempfile
import zlib
from pathlib import Path

# Two workers on two cores: threads of OpenBLAS would only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from chainrule.calculus import backward_cache, declaring
from chainrule.program import names

# What Python compiles of the package and the tests is kept, though the environment say otherwise, as images of containers do:
# every worker and every process that a test starts would compile it anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# What native loops compile to is kept from run to run, and apart from the user's own.
os.environ.setdefault("CHAINRULE_CACHE", str(Path(tempfile.gettempdir()) / "chainrule-tests"))
NO_NAMES = os.environ.get("CHAINRULE_TEST_NO_NAMES") == "1"
COMPILED = os.environ.get("CHAINRULE_TEST_COMPILED") == "1"
if COMPILED:
    backward_cache.COMPILE_AT = 1
LEFT_OUT = [*["unnamed"] * NO_NAMES, *["uncompiled"] * COMPILED]
DENIED = {"unnamed": (names, "stored_name"), "uncompiled": (backward_cache, "_is_time_to_compile")}
"""What a test that is marked so never comes to."""
APART = ("peers", "browser", "fuzz", "neon")
"""Groups that have folders of their own, which are not even imported where the group is left out."""


DRAWN = 1 / 4
"""The share of a wide test's cases that a run takes."""
LEAST_DRAWN = 4


def pytest_addoption(parser):
    parser.addoption("--all-cases", action="store_true", help="run all cases of the tests marked wide, not a quarter")
    parser.addoption("--draw", type=int, default=0, help="which cases are drawn: any whole number")


def pytest_configure(config):
    config.addinivalue_line("markers", "wide: makes one check of many cases, a quarter of which a run draws")
    config.addinivalue_line("markers", "names: is about names found in the user's code")
    config.addinivalue_line("markers", "unnamed: asks for no name, and is the same where name-finding is off")
    config.addinivalue_line(
        "markers", "uncompiled: takes no recorded gradient, and is the same where those are compiled at once"
    )
    if NO_NAMES:
        names.stored_name = lambda frame, outermost: ""


def pytest_ignore_collect(collection_path, config):
    return (collection_path.name in APART and f"not {collection_path.name}" in config.option.markexpr) or None


def pytest_collection_modifyitems(config, items):
    left_out = {item for item in items if LEFT_OUT and all(map(item.get_closest_marker, LEFT_OUT))}
    if not config.option.all_cases and not any("::" in argument for argument in config.args):
        left_out |= not_drawn(items, config.option.draw)
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))
    if NO_NAMES:
        for item in items:
            if item.get_closest_marker("names"):
                item.add_marker(pytest.mark.skip(reason="name-finding is off"))


def not_drawn(items, draw):
    """The cases of wide tests that this run leaves out, the same ones in every worker."""
    cases_of = collections.defaultdict(list)
    for item in items:
        if item.get_closest_marker("wide"):
            cases_of[item.nodeid.partition("[")[0]].append(item)

    left_out = set()
    for cases in cases_of.values():
        shuffled = sorted(cases, key=lambda item: zlib.crc32(f"{draw} {item.nodeid}".encode()))
        left_out.update(shuffled[max(LEAST_DRAWN, math.ceil(len(cases) * DRAWN)) :])
    return left_out


def pytest_collection_finish(session):
    """What is there before the first test stays: the collector need not look at it again and again, nor as often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def nothing_seen_before():
    """No test runs what an earlier one compiled or wrote: some plant faults."""
    backward_cache.clear()
    native = sys.modules.get("chainrule.training.native")
    if native is not None:
        native._chunk_of.cache_clear()


@pytest.fixture(autouse=True)
def as_it_is_marked(request):
    """A test that is left out of a group is the same there: it never comes to what differs."""
    marked = [mark for mark in DENIED if request.node.get_closest_marker(mark)]
    kept = [getattr(*DENIED[mark]) for mark in marked]
    for mark in marked:
        setattr(*DENIED[mark], functools.partial(_denied, mark))
    yield
    for mark, function in zip(marked, kept, strict=True):
        setattr(*DENIED[mark], function)


def _denied(mark, *args):
    pytest.fail(f"the test is marked {mark!r}, and is not")


@pytest.fixture(autouse=True)
def nothing_declared_afterwards():
    """No operation that a test, an example or a docstring declares of its own is met by a later test."""
    yield
    for name in list(declaring._declared):
        declaring.withdraw(name)


@pytest.fixture(scope="session")
def article():
    """The article's class, put together from the article: an `Article(Network, source, feedforward)`."""
    path = Path(__file__).parent / "textbook" / "article.py"
    spec = importlib.util.spec_from_file_location("article", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.read(module.FRAGMENTS.read_text(encoding="utf-8"))
