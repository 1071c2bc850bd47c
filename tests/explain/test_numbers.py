"""Numbers in the place of symbols: for every operation, of every number type, what a reader reads comes to the result."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.nouns import Constant, Equation, Program, Symbol
from chainrule.core.primitive import PRIMITIVES
from chainrule.core.structure import LEAF
from chainrule.explain.numbers import Calculator
from chainrule.program.operations import special as declared  # noqa: F401  # SciPy's functions enter the registry

from ..program import checks
from ..program.mathematics import value_of

TYPES = (np.float64, np.float32, np.int64, np.int32, np.bool_)


def given(name, value):
    return (
        Symbol(name, value.shape, value.dtype, "input")
        if isinstance(value, (np.ndarray, np.generic))
        else Constant(value)
    )


def alone(primitive, inputs, params):
    """The program of one equation, and the values of its symbols."""
    operands = tuple(given(f"x_{at}", each) for at, each in enumerate(inputs))
    types = primitive.infer(operands, params)
    targets = tuple(Symbol(f"y_{at}", *each, "named") for at, each in enumerate(types))
    symbols = tuple(each for each in operands if isinstance(each, Symbol))
    arguments = tuple((each.name, LEAF) for each in symbols)
    program = Program(
        "f", symbols, (Equation(targets, primitive, operands, params),), targets[:1], arguments, LEAF
    ).check()
    results = checks.results(primitive, inputs, params)
    values = {
        operand.name: value for operand, value in zip(operands, inputs, strict=True) if isinstance(operand, Symbol)
    }
    return program, values | {target.name: each for target, each in zip(targets, results, strict=True)}


def elements(value):
    return [tuple(int(i) for i in np.unravel_index(at, value.shape)) for at in {0, value.size // 2, value.size - 1}]


def of_all_types(primitive):
    """The examples, and the same in each other number type that the operation takes."""
    for inputs, params in checks.examples(primitive):
        yield inputs, params
        for dtype in TYPES:
            cast = tuple(each.astype(dtype) if checks.is_float(each) else each for each in inputs)
            try:
                with np.errstate(all="ignore"):
                    checks.results(primitive, cast, params)
                    primitive.infer([given("x", each) for each in cast], params)
            except (TypeError, ValueError, np.linalg.LinAlgError, AttributeError):
                continue
            yield cast, params


@pytest.mark.wide
@pytest.mark.parametrize("name", PRIMITIVES)
def test_the_line_with_numbers_comes_to_the_result(name):
    primitive = PRIMITIVES[name]
    worked = 0
    for inputs, params in of_all_types(primitive):
        with np.errstate(all="ignore"):
            program, values = alone(primitive, inputs, params)
            if np.asarray(values["y_0"]).dtype.kind == "c":
                continue
            worker = Calculator(program, values)
            for target in program.equations[0].targets:
                value = np.asarray(values[target.name])
                for index in elements(value) if value.size else ():
                    numbers = worker.numbers(target.name, index)
                    assert numbers.result == float(value[index]) or np.isnan(numbers.result)
                    texts = ["".join(term.text for term in stage) for stage in numbers.stages]
                    assert len({*texts}) == len(texts)  # nothing is said to be equal to itself
                    for stage in numbers.stages:
                        if any(term.text == "⋯" for term in stage):
                            continue  # what it leaves out is not on the line
                        worked += 1
                        found = float(value_of(stage, {}))
                        if target.dtype.kind == "f":
                            # SciPy's polygamma computes in float32 what it gives as float64.
                            types = [target.dtype, *(each.dtype for each in inputs if checks.is_float(each))]
                            # SciPy 1.18 computes some functions of a truth value in float32.
                            truths = any(np.asarray(each).dtype == bool for each in inputs)
                            if truths and np.float32(numbers.result) == numbers.result:
                                types.append(np.dtype(np.float32))
                            near = 8 * max(float(np.finfo(each).eps) for each in types)
                            np.testing.assert_allclose(target.dtype.type(found), numbers.result, rtol=near, atol=near)
                        elif target.dtype.kind == "b":
                            assert bool(found) == bool(numbers.result), stage
                        elif abs(found) < 2**31:  # beyond, whole numbers overflow
                            assert found == numbers.result, stage
    if primitive.elementwise and name not in ("identity", "astype"):
        assert worked, name


def test_the_derivative_of_a_maximum_is_explained():
    """Its sum runs over truth values: how many elements are the largest."""

    def f(x):
        return np.max(x) + np.mean(np.min(x, axis=0))

    made = cr.explain(f, (np.array([[1.0, 3.0], [3.0, 0.5]]),))
    shares = [line for line in made.lines if "Σ" in (line.formula.text if line.formula else "")]
    assert shares
    for line in shares:
        for numbers in line.numbers:
            assert numbers.result == float(line.value[numbers.index])
    assert "<math>" in made._repr_html_()
