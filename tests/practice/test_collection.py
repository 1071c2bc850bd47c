"""Real mistakes are named rightly, none falsely, and no right implementation is refused, whatever its style."""

import functools
import keyword
import re
from types import CodeType, FunctionType

import pytest

import chainrule as cr
from chainrule.core.messages import Message

from .programs import WRT, arguments
from .right import RIGHT
from .wrong import WRONG
from .wrong_elsewhere import ELSEWHERE
from .wrong_fresh import FRESH
from .wrong_held_out import HELD_OUT
from .wrong_held_out_later import LATER
from .wrong_strangers import RIGHT_STRANGERS, WRONG_STRANGERS
from .wrong_threads import THREADS

pytestmark = pytest.mark.names  # a mistake is told by the symbol that it is in


@pytest.fixture(autouse=True, scope="module")
def asked():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cr, "check_grad", recorded)
        yield


ASKED = {}
"""Verdicts by their id, kept alive so that no other has it: the verdict, the function, and the learner's."""


def recorded(f, args, *, mine=None, check_grad=cr.check_grad, **wanted):
    """What `check_grad` says, with what it was asked noted."""
    found = check_grad(f, args, mine=mine, **wanted)
    ASKED[id(found)] = found, f, mine
    return found


@functools.cache
def answer(check):
    """What is said of one of the collections' programs, once for all tests."""
    return check()


ALL = [(name, f, arguments(f), WRT[f], mine, names) for name, f, mine, _, names in WRONG]
ALL += [(*each[:5], each[6]) for each in ELSEWHERE]


@pytest.mark.parametrize(("f", "mine"), [each[1:] for each in RIGHT], ids=[each[0] for each in RIGHT])
def test_a_right_one_is_right_whatever_its_style(f, mine):
    found = cr.check_grad(f, arguments(f), mine=mine, wrt=WRT[f])
    assert found.ok and not found.mistakes, str(found)


@pytest.fixture(scope="module")
def verdicts():
    """What is said of each of the wrong ones, and whether that is its name."""
    found = {}
    for name, f, args, wrt, mine, names in ALL:
        check = cr.check_grad(f, args, mine=mine, wrt=wrt)
        said = {each.name for each in check.mistakes}
        found[name] = (check, bool(said) and said <= set().union(*names))
    return found


def test_none_of_the_wrong_ones_is_taken_for_right(verdicts):
    assert len(verdicts) >= 60 and len(RIGHT) >= 40
    assert [name for name, (check, _) in verdicts.items() if check.ok] == []


def test_most_of_the_wrong_ones_are_named_and_none_falsely(verdicts):
    named = [name for name, (_, right) in verdicts.items() if right]
    falsely = {name: str(check) for name, (check, right) in verdicts.items() if check.mistakes and not right}
    print(f"{len(named)} of {len(verdicts)} named rightly, {len(falsely)} falsely")
    assert not falsely
    assert len(named) >= 0.85 * len(verdicts)


def test_what_is_not_named_is_located(verdicts):
    for check, _ in verdicts.values():
        assert check.mistakes or "is the first that is wrong" in str(check)


def test_the_sentences_are_translated(verdicts):
    for check, _ in verdicts.values():
        for english, chinese in zip(str(check).splitlines(), check.text("zh").splitlines(), strict=True):
            assert english != chinese


@pytest.mark.parametrize("collection", [HELD_OUT, THREADS, FRESH], ids=["held out", "threads", "fresh"])
def test_others_are_named_or_located_too(collection):
    found = {name: (answer(check), names) for name, names, check in collection}
    named = {name for name, (check, _) in found.items() if check.mistakes}
    falsely = {
        name: str(check)
        for name, (check, names) in found.items()
        if not {each.name for each in check.mistakes} <= names
    }
    print(f"{len(named - {*falsely})} of {len(found)} named rightly, {len(falsely)} falsely")
    assert len(found) >= 20 and not falsely
    assert not any(check.ok for check, _ in found.values())
    assert len(named) >= 0.85 * len(found)


def test_those_of_later_threads_are_named_as_before_and_none_falsely():
    found = {name: (answer(check), names) for name, names, check in LATER}
    named = {name for name, (check, _) in found.items() if check.mistakes}
    falsely = {n: str(check) for n, (check, names) in found.items() if not {m.name for m in check.mistakes} <= names}
    assert len(found) == 25 and not falsely
    assert not any(check.ok for check, _ in found.values())
    assert {*found} - named <= NOT_NAMED
    assert str(found["rms_without_weight"][0]).startswith("The factor w is left out in dC_dx.")
    assert [str(each.said) for each in found["forget_for_all"][0].mistakes] == [
        "dC_dbo has the numbers of dC_dbf.",
        "dC_dbi has the numbers of dC_dbf.",
    ]


NOT_NAMED = {"residual_through_the_norm", "count_assigned", "ones_for_the_biases"}


@pytest.mark.parametrize("check", [each[1] for each in RIGHT_STRANGERS], ids=[each[0] for each in RIGHT_STRANGERS])
def test_a_right_one_of_strangers_is_right(check):
    found = check()
    assert found.ok and not found.mistakes, str(found)


def test_those_of_strangers_are_named_and_none_falsely():
    found = {name: (answer(check), names) for name, names, check in WRONG_STRANGERS}
    named = {name for name, (check, _) in found.items() if check.mistakes}
    falsely = {n: str(check) for n, (check, names) in found.items() if not {m.name for m in check.mistakes} <= names}
    assert len(found) == 60 and len(RIGHT_STRANGERS) == 21 and not falsely
    assert not any(check.ok for check, _ in found.values())
    assert {*found} - named <= STRANGERS_NOT_NAMED
    said = {name: [str(each.said) for each in check.mistakes] for name, (check, _) in found.items()}
    assert said["penalty_of_the_wrong_sign"] == [
        "The part 0.1 * u has the wrong sign in dC_du. The same holds of dC_dp, dC_dq."
    ]
    assert said["factor_updated_too_early"] == [
        "dC_dQ is made with P as it is after the step, where P before it belongs."
    ]
    assert said["mean_of_the_wrong_sign"] == ["dC_dmu has the wrong sign."]
    assert said["tsne_without_its_four"] == ["Yours is 1/4 times what is right in dC_dY."]


STRANGERS_NOT_NAMED = {
    "slope_at_the_previous_state",
    "reset_gate_outside_the_product",
    "update_gate_from_the_wrong_error",
    "squared_error_for_its_derivative",
    "modified_huber_without_its_two",
    "one_minus_the_output",
    "softmax_of_the_error",
    "selu_scaled_twice",
    "exact_gelu_for_the_approximation",
    "power_for_the_exponential",
    "tsne_by_the_distance",
}


# ---- what is said --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(verdicts):
    """What is said of all wrong programs, beside the function and the learner's."""
    several = (HELD_OUT, THREADS, FRESH, LATER, WRONG_STRANGERS)
    found = [check for check, _ in verdicts.values()]
    found += [answer(check) for collection in several for _, _, check in collection]
    return [ASKED[id(check)] for check in found if id(check) in ASKED]  # others are of exercises


NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")
OF_MATHEMATICS = {"C", "σ"}  # in ∂C/∂w, σ(z) and σ′(z)


def names_in(function, seen):
    """The names that stand in a function, and in those of the collections that it calls."""
    codes = [function.__code__]
    for code in codes:
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        yield from (*code.co_varnames, *code.co_names, *code.co_freevars, *code.co_cellvars)
        for name in code.co_names:
            called = function.__globals__.get(name)
            if isinstance(called, FunctionType) and called not in seen and called.__module__.startswith("tests."):
                seen.add(called)
                yield from names_in(called, seen)


def parts_of(said):
    """The parts of programs that a sentence tells, those of the sentences in it included."""
    for place, value in said.values.items():
        if isinstance(value, Message):
            yield from parts_of(value)
        elif place not in ("place", "line", "dimensions", "axis"):
            yield str(value)


def test_every_name_in_a_sentence_stands_in_the_learner_s_file(everything):
    seen = 0
    for check, f, mine in everything:
        known = {*keyword.kwlist, *OF_MATHEMATICS, "np", "axis", "keepdims"}
        for function in (f, getattr(mine, "func", mine)):
            known |= {*names_in(function, set()), *function.__globals__}
        known |= {each.removeprefix("dC_d") for each in known}
        for mistake in check.mistakes:
            for part in parts_of(mistake.said):
                cut = part.removesuffix(" …").rsplit(" ", 1)[0] if part.endswith("…") else part
                for name in NAME.findall(cut.translate(UNRAISED)):
                    seen += 1
                    plain = name.removeprefix("dC_d")
                    assert not known.isdisjoint({name, plain, name.rstrip("0123456789"), plain.rstrip("0123456789")}), (
                        f"{name} in: {check}"
                    )
    assert seen >= 500


UNRAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def test_no_alternative_is_another_in_another_order(everything):
    for check, *_ in everything:
        said = [str(each.said) for each in check.mistakes]
        for mistake in check.mistakes:
            if "several" in mistake.said.values:
                said += str(mistake.said.values["several"]).split(" Or: ")
        words = [tuple(sorted(re.findall(r"\w+|\S", each))) for each in said]
        assert len({*words}) == len(words), str(check)


def test_no_equation_in_dimensions_is_nonsense(everything):
    """It holds nothing but sizes and what combines them, brackets close in the order in which they open, and sizes that are
    contracted are equal."""
    equations = [
        line.partition(": ")[2]
        for check, *_ in everything
        for line in str(check).splitlines()
        if line.startswith("In dimensions: ")
    ]
    assert len(equations) >= 5
    for equation in equations:
        shown = re.sub(r"Σ\[axis [\d, ]+\]", "Σ", equation)
        shown = re.sub(
            r"\((\d+),\)", r"\1", shown.replace("()", "1")
        )  # brackets of vectors and numbers combine nothing
        assert re.fullmatch(r"[\d×]+ = [\d×Σ()·⊙+−/\[\] ]+", shown), equation
        assert not re.search(r"[\d)]\[\d+(?!\d* · )", shown), equation  # an index
        for one, other in re.findall(r"\[([^\[\]]*) · ([^\[\]]*)\]", shown):
            assert one == other, equation
        opened = []
        for sign in re.findall(r"[()\[\]]", shown):
            if sign in "([":
                opened.append(sign)
            else:
                assert opened.pop() + sign in ("()", "[]"), equation
        assert not opened, equation
