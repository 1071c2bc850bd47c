"""A fixture of these tests: global random generators are left as they were found."""

import random

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _seeded():
    """The book draws from the global generators: start both from 0, and give them back as they were."""
    numpy_state, python_state = np.random.get_state(), random.getstate()
    np.random.seed(0)
    random.seed(0)
    yield
    np.random.set_state(numpy_state)
    random.setstate(python_state)
