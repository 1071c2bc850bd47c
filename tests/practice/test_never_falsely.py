"""A name is true: whatever is named gives the learner's numbers on inputs that nobody has looked at, and what no mistake makes
stays without a name."""

import ast
import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import flatten
from chainrule.practice.forms import derivative_of
from chainrule.practice.mutations import MUTATIONS
from chainrule.practice.recognition import candidates
from chainrule.practice.wording import LearnerNames

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
    sigmoid,
    xor,
)
from .test_planted import Planter, planted

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


@pytest.mark.wide
@pytest.mark.parametrize("change", [scaled, stretched, noisy, shuffled, bent, shifted], ids=lambda each: each.__name__)
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda each: each.__name__)
def test_what_no_mistake_makes_has_no_name(f, change):
    right = gradient(f)

    def mine(*args):
        return tuple(change(each) if np.size(each) > 2 else each for each in right(*args))

    found = cr.check_grad(f, arguments(f), mine=mine, wrt=WRT[f])
    assert not found.ok and not found.mistakes, str(found)
    assert "is the first that is wrong" in str(found)


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


@pytest.mark.wide
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
                names = LearnerNames(lambda *args: None, f, derivative)
                named = [each for each in known if names.say(each.named[0].said) == found.mistakes[0].said]
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


class Foreign(Planter):
    """Puts two other factors in the place of one in the lines of a derivative."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult) and self.here():
            left, right = ast.unparse(node.left), ast.unparse(node.right)
            return ast.parse(f"({left}) ** 2 * np.cos({right}) * ({left})", mode="eval").body
        return node


@pytest.mark.wide
@pytest.mark.parametrize("planter", [Planter, Foreign], ids=lambda each: each.__name__)
@pytest.mark.parametrize("f", [classes, logistic, normalized, averaged, filtered], ids=lambda each: each.__name__)
def test_no_symbol_is_blamed_that_is_right_and_no_product_explained_twice(f, planter):
    program = cr.derive(f, arguments(f), WRT[f])
    _, count = planted(program, -1, planter)
    assert count
    for chosen in range(count):
        mine, _ = planted(program, chosen, planter)
        found = cr.check_grad(f, arguments(f), mine=mine, wrt=WRT[f])
        assert all(each.symbol.startswith(("δ_", "dC_")) for each in found.mistakes), str(found)
        for symbol in {each.symbol for each in found.mistakes}:
            here = [str(each.said) for each in found.mistakes if each.symbol == symbol]
            assert len(here) == 1 or not any("is made with" in each for each in here), str(found)


def swish(w, x, r):
    z = w @ x
    return np.sum(r * z * sigmoid(1.7 * z))


@pytest.mark.parametrize("missing", [True, False])
def test_brackets_are_missing_only_where_their_sum_is_made_without_them(missing):
    """Both give the same numbers: the one has left out brackets, the other has z in the place of the output."""
    args = [np.random.default_rng(3).normal(size=shape) for shape in ((3, 2), (2, 4), (3, 4))]

    def mine(w, x, r):
        z = w @ x
        s = sigmoid(1.7 * z)
        if missing:
            return (r * (1.7 * z * (1 - s * s) + s)) @ x.T
        return (r * (1.7 * z + s * (1 - 1.7 * z * s))) @ x.T

    found = cr.check_grad(swish, args, mine=mine, wrt=("w",))
    assert not found.ok
    assert ("brackets" in {each.name for each in found.mistakes}) == missing, str(found)


def test_a_factor_left_out_on_the_way_back_is_not_said_of_the_way_forward():
    def f(w, x, r):
        s = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5)
        y = w * x / s
        return np.sum(y * r)

    def mine(w, x, r, weight):
        s = np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5)
        n = x / s
        g = r * weight
        return (g - n * np.mean(g * n, axis=1, keepdims=True)) / s

    args = [np.random.default_rng(4).normal(size=shape) for shape in (4, (5, 4), (5, 4))]
    assert cr.check_grad(f, args, mine=lambda w, x, r: mine(w, x, r, w), wrt=("x",)).ok
    found = cr.check_grad(f, args, mine=lambda w, x, r: mine(w, x, r, 1), wrt=("x",))
    assert [str(each.said) for each in found.mistakes] == ["The factor w is left out in dC_dx."]


@pytest.mark.wide
@pytest.mark.parametrize("f", [xor, logistic, ridge, normalized, averaged], ids=lambda each: each.__name__)
def test_of_several_names_each_is_needed(f):
    """Two mistakes are planted; what is named gives their numbers on other inputs, and no longer if one is left out."""
    derivative = derivative_of(f, [np.asarray(each, dtype=float) for each in arguments(f)], WRT[f])
    form = derivative.forms[0]
    known = [each for number, one in enumerate(derivative.forms) for each in candidates(number, one)]
    mutants = [mutant for mutation in MUTATIONS[:12] for mutant in mutation.mutants(form)][::3]
    pairs = [each for each in itertools.combinations(mutants, 2) if each[0].changes.keys().isdisjoint(each[1].changes)]
    other = inputs_of(f, 33)
    for one, two in pairs[:: max(len(pairs) // 12, 1)]:
        changes = {**one.changes, **two.changes}
        wrong = computed(form, changes, other)
        if wrong is None or computed(form, changes, arguments(f)) is None:
            continue
        found = cr.check_grad(f, arguments(f), mine=lambda *args, c=changes: computed(form, c, args), wrt=WRT[f])
        said = [each.said for each in found.mistakes]
        names = LearnerNames(lambda *args: None, f, derivative)
        several = [[each for each in known if names.say(each.named[0].said) == sentence] for sentence in said]
        if len(said) < 2 or not all(several):  # a factor is said of numbers, not of equations
            continue
        assert any(
            len({each.form for each in chosen}) == 1 and gives(derivative, chosen, other, wrong)
            for chosen in itertools.product(*several)
        ), str(found)


def gives(derivative, chosen, args, wrong):
    """Whether candidates give numbers together, and none is needless."""
    form = derivative.forms[chosen[0].form]

    def made(several):
        return computed(form, {place: each for one in several for place, each in one.changes.items()}, args)

    def agrees(several):
        numbers = made(several)
        return numbers is not None and alike(numbers, wrong)

    rests = [[each for each in chosen if each is not one] for one in chosen]
    return agrees(chosen) and not any(agrees(rest) for rest in rests)


INSIDE = {
    "square": (lambda u: np.sum(np.sin(u**2)), lambda u: np.cos(2 * u)),
    "cube": (lambda u: np.sum(np.exp(u**3)), lambda u: np.exp(3 * u**2)),
    "root": (lambda u: np.sum(np.tanh(np.sqrt(u))), lambda u: 1 - np.tanh(0.5 / np.sqrt(u)) ** 2),
    "weighted": (lambda u: np.sum(3 * np.sin(0.5 * u**2)), lambda u: 3 * np.cos(u)),
}


@pytest.mark.parametrize("name", INSIDE)
def test_the_slope_of_what_stands_inside_does_not_go_into_the_function(name):
    """cos(2u) for 2u cos(u²) lacks no factor u: a number within a function makes up for none outside."""
    f, mine = INSIDE[name]
    found = cr.check_grad(f, [np.array([0.3, 0.7, 1.1])], mine=mine)
    assert not found.ok
    assert found.mistakes == ()
