"""The command of random comparisons on a few seeds, and that it notices what is wrong."""

import numpy as np
import pytest

from chainrule.program.sizes import numbers, text
from chainrule.program.tracing_hooks import TracingHooks

from . import random_comparisons, random_functions


@pytest.mark.parametrize("kind", ["in place", "in loops", "in branches"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_few_seeds_are_right(seed, kind):
    count, wrong = random_comparisons.compare(seed, kind)
    assert not wrong
    assert count["right"] or kind == "in loops"  # of which NumPy cannot run some


def test_planted_fault_in_what_is_returned_is_noticed(monkeypatch):
    monkeypatch.setattr(TracingHooks, "returned", lambda self, result: result)
    assert any(random_comparisons.compare(seed, "in place")[1] for seed in (1, 2, 3))


@pytest.mark.parametrize("seed", [2, 3, 4, 5, 7, 8, 9, 11])
def test_functions_of_everything_are_right_or_refuse_at_other_arguments(seed):
    count, wrong = random_comparisons.compare(seed, "at other arguments")
    assert not wrong
    assert count["right"]


@pytest.mark.parametrize(("name", "seeds"), [("_checks_of_shapes", (5, 9, 53)), ("_check", (50,))])
def test_planted_fault_at_other_arguments_is_noticed(monkeypatch, tmp_path, name, seeds):
    def wrong():
        loaded = {seed: random_functions.loaded(tmp_path, random_functions.source(seed)) for seed in seeds}
        every = {
            (seed, *key): said
            for seed, f in loaded.items()
            for key, said in random_functions.verdicts(f, random_functions.argument_sets(seed), ("text",)).items()
        }
        return {key for key, said in every.items() if said.startswith("WRONG")}

    before = wrong()
    monkeypatch.setattr(text, name, lambda *about: [])
    assert wrong() - before


def test_a_failing_program_is_made_short(monkeypatch, tmp_path):
    monkeypatch.setattr(numbers, "note", lambda *observed: None)
    source = """import numpy as np

def f(x, a):
    t = np.sin(a)
    for v in x:
        t = t + np.tanh(v)
    if len(x) > 2:
        t = t * 3.0
    return t + np.mean(x)
"""
    sets = [(np.array([0.3, 0.7, 0.9]), 0.5), (np.array([0.2, 0.4]), 0.3)]
    assert (
        random_functions.verdicts(random_functions.loaded(tmp_path, source), sets, ("text",))["text", 1][:5] == "WRONG"
    )
    short, _ = random_functions.minimal(source, sets, "text", 1, tmp_path)
    assert "len(x) > 2" in short
    assert "tanh" not in short
    assert "mean" not in short
