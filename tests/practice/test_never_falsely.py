"""A name is true: whatever is named gives the learner's numbers on inputs that nobody has looked at, and what no mistake makes
stays without a name."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import flatten
from chainrule.practice.forms import derivative_of
from chainrule.practice.mutations import MUTATIONS
from chainrule.practice.recognition import candidates

from .programs import (
    WRT,
    arguments,
    attention,
    averaged,
    classes,
    dense,
    filtered,
    logistic,
    normalized,
    pick,
    ridge,
    xor,
)

pytestmark = pytest.mark.names
PROGRAMS = [dense, xor, classes, logistic, ridge, pick, normalized, attention, averaged, filtered]


def gradient(f):
    program = cr.derive(f, arguments(f), WRT[f])
    return lambda *args: flatten(program(*args), (np.ndarray, float))[0]


def scaled(each):
    return 0.9 * each


def stretched(each):
    return each * (1 + 0.3 * np.random.default_rng(7).random(np.shape(each)))


def noisy(each):
    return each + 0.05 * np.random.default_rng(8).normal(size=np.shape(each))


def shuffled(each):
    flat = np.ravel(each)
    return flat[np.random.default_rng(9).permutation(flat.size)].reshape(np.shape(each))


def bent(each):
    return np.sin(3 * each) + 0.2


def shifted(each):
    return each + 0.123


@pytest.mark.parametrize("change", [scaled, stretched, noisy, shuffled, bent, shifted], ids=lambda each: each.__name__)
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda each: each.__name__)
def test_what_no_mistake_makes_has_no_name(f, change):
    right = gradient(f)

    def mine(*args):
        return tuple(change(each) if np.size(each) > 2 else each for each in right(*args))

    found = cr.check_grad(f, arguments(f), mine=mine, wrt=WRT[f])
    assert not found.ok and not found.mistakes, str(found)
    assert "is the first that differs" in str(found)


def inputs_of(f, seed):
    """Other arguments, data included; labels stay labels."""
    random = np.random.default_rng(seed)
    made = []
    for each in arguments(f):
        labels = np.size(each) > 1 and np.all(each == np.rint(each))
        made.append(
            random.permutation(each) if labels else each if np.ndim(each) == 0 else random.normal(size=np.shape(each))
        )
    return made


def leaves_of(args):
    return flatten(args, (np.ndarray, float))[0]


def computed(form, changes, args):
    """What a form gives with some equations changed; none where it gives nothing."""
    before = form.run([np.asarray(each, dtype=float) for each in leaves_of(args)])
    after = before and form.changed(before, changes)
    numbers = after and tuple(form.value(each, after) for each in form.program.outputs)
    return numbers if numbers and all(np.all(np.isfinite(each)) for each in numbers) else None


def alike(one, other):
    return all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-9) for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("f", [xor, logistic, ridge, pick, normalized, averaged], ids=lambda each: each.__name__)
def test_a_mutant_is_named_by_what_gives_its_numbers(f):
    """Each mistake at each place is planted; what is named must agree with it on inputs that the engine has not seen."""
    derivative = derivative_of(f, [np.asarray(each, dtype=float) for each in arguments(f)], WRT[f])
    form = derivative.forms[0]
    others = [inputs_of(f, seed) for seed in (31, 32)]
    right = [gradient(f)(*each) for each in others]
    known = [each for number, one in enumerate(derivative.forms) for each in candidates(number, one)]
    seen = told = 0
    for mutation in MUTATIONS:
        for mutant in [*mutation.mutants(form)][::5]:  # one of five keeps it short
            if computed(form, mutant.changes, arguments(f)) is None:
                continue
            wrong = [computed(form, mutant.changes, each) for each in others]
            found = cr.check_grad(
                f, arguments(f), mine=lambda *args, m=mutant: computed(form, m.changes, args), wrt=WRT[f]
            )
            if found.ok:
                assert all(b is None or alike(a, b) for a, b in zip(right, wrong, strict=True)), mutant.words
                continue
            seen += 1
            told += bool(found.mistakes)
            if len(found.mistakes) == 1 and found.mistakes[0].name not in ("scale", "zero", "exchanged", "dimensions"):
                named = [each for each in known if each.named[0].said == found.mistakes[0].said]
                assert not named or any(
                    all(
                        (made := computed(derivative.forms[each.form], each.changes, args)) is not None
                        and alike(made, numbers)
                        for args, numbers in zip(others, wrong, strict=True)
                        if numbers is not None
                    )
                    for each in named
                ), (mutation.name, mutant.words, str(found))
    assert seen >= 8 and told >= 0.9 * seen, (seen, told)
