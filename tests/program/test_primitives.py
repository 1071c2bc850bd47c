"""Every operation in the registry, tried on its own examples; nothing is listed here, so nothing can be left out."""

import pytest

from chainrule.core.primitive import PRIMITIVES

from . import checks
from .oracles import ORACLES
from .texts import NO_NAMES

every_operation = pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=PRIMITIVES)


def test_every_operation_has_an_oracle_and_examples():
    assert set(ORACLES) == set(PRIMITIVES), "tests/program/oracles.py has an entry for each: its value, by definition"
    assert all(checks.examples(primitive) for primitive in PRIMITIVES.values())


@pytest.mark.unnamed
@pytest.mark.uncompiled
@every_operation
def test_value(primitive):
    checks.on_every_example(checks.value, primitive, ORACLES[primitive.name])


@pytest.mark.unnamed
@pytest.mark.uncompiled
@every_operation
def test_shape_and_number_type_are_as_declared(primitive):
    checks.on_every_example(checks.declared_type, primitive)


@pytest.mark.wide
@pytest.mark.unnamed
@every_operation
def test_gradient(primitive):
    checks.on_every_example(checks.gradient, primitive)


@pytest.mark.wide
@pytest.mark.unnamed
@every_operation
def test_second_derivative(primitive):
    checks.on_every_example(checks.second_order, primitive)


@pytest.mark.wide
@pytest.mark.unnamed
@every_operation
def test_float32_stays_float32(primitive):
    checks.on_every_example(checks.float32_stays, primitive)


@pytest.mark.wide
@pytest.mark.uncompiled
@every_operation
def test_text(primitive):
    """Without names one example tells: what an operation's params do to its text is the same."""
    checks.on_every_example(checks.printed, primitive, most=1 if NO_NAMES else None)


def test_every_planted_fault_is_told_with_the_number_of_its_example(monkeypatch):
    """One among many does not hide the others, nor is it hidden by them."""
    primitive = PRIMITIVES["add"]
    monkeypatch.setattr(checks, "examples", lambda primitive: [((0,), ()), ((1,), ()), ((2,), ()), ((3,), ())])

    def odd_ones_fail(primitive, inputs, params):
        assert inputs[0] % 2 == 0

    with pytest.raises(ExceptionGroup) as caught:
        checks.on_every_example(odd_ones_fail, primitive)
    assert [each.__notes__[0].partition(":")[0] for each in caught.value.exceptions] == [
        "on example 1 of add",
        "on example 3 of add",
    ]
