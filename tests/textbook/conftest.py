"""Fixtures of these tests: the article's own code, and global random generators left as they were found."""

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def article():
    """The article's class, put together from the article: an `Article(Network, source, feedforward)`."""
    # By path: under --import-mode=importlib pytest 8.2 does not let test files import each other by name.
    spec = importlib.util.spec_from_file_location("article", Path(__file__).with_name("article.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not module.SEED.exists():
        pytest.skip("the article, ../shared/seed.md, is not beside this repository")
    return module.read(module.SEED.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _seeded():
    """The book draws from the global generators: start both from 0, and give them back as they were."""
    numpy_state, python_state = np.random.get_state(), random.getstate()
    np.random.seed(0)
    random.seed(0)
    yield
    np.random.set_state(numpy_state)
    random.setstate(python_state)
