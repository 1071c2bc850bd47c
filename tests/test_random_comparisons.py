"""The command of random comparisons on a few seeds, and that it notices what is wrong."""

import pytest

from chainrule.program.tracing_hooks import TracingHooks

from . import random_comparisons


@pytest.mark.parametrize("kind", ["in place", "in loops", "in branches"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_few_seeds_are_right(seed, kind):
    count, wrong = random_comparisons.compare(seed, kind)
    assert not wrong
    assert count["right"] or kind == "in loops"  # of which NumPy cannot run some


def test_planted_fault_in_what_is_returned_is_noticed(monkeypatch):
    monkeypatch.setattr(TracingHooks, "returned", lambda self, result: result)
    assert any(random_comparisons.compare(seed, "in place")[1] for seed in (1, 2, 3))
