"""Real mistakes are named rightly, none falsely, and no right implementation is refused, whatever its style."""

import pytest

import chainrule as cr
from chainrule.practice import recognition

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
def unhurried():
    """What is named is not to depend on how busy the processor is; how long an answer takes is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recognition, "_SECONDS", 4.0)
        patch.setattr(recognition, "_ALIGNING", 2.0)
        yield


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
    found = {name: (check(), names) for name, names, check in collection}
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
    found = {name: (check(), names) for name, names, check in LATER}
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
    found = {name: (check(), names) for name, names, check in WRONG_STRANGERS}
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
