"""Every operation in the registry, tried on its own examples; nothing is listed here, so nothing can be left out."""

import pytest

from chainrule.core.primitive import PRIMITIVES

from . import checks
from .oracles import ORACLES

CASES = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name, primitive in PRIMITIVES.items()
    for number in range(len(checks.examples(primitive)))
]
every_case = pytest.mark.parametrize(("name", "number"), CASES)


def case(name, number):
    primitive = PRIMITIVES[name]
    return (primitive, *checks.examples(primitive)[number])


def test_every_operation_has_an_oracle_and_examples():
    assert set(ORACLES) == set(PRIMITIVES)
    assert {name for name, _ in (each.values for each in CASES)} == set(PRIMITIVES)


@every_case
def test_value(name, number):
    checks.value(*case(name, number), ORACLES[name])


@every_case
def test_shape_and_number_type_are_as_declared(name, number):
    checks.declared_type(*case(name, number))


@every_case
def test_gradient(name, number):
    checks.gradient(*case(name, number))


@every_case
def test_second_derivative(name, number):
    checks.second_order(*case(name, number))


@every_case
def test_float32_stays_float32(name, number):
    checks.float32_stays(*case(name, number))


@every_case
def test_text(name, number):
    checks.printed(*case(name, number))
