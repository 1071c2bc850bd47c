"""Mistakes planted in the text of derived programs are recognized, on programs of many kinds; what stays right is accepted.

The text is changed as text, so that the table of mistakes has no part in it.
"""

import ast
import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.core.structure import flatten

from .programs import WRT, arguments

pytestmark = pytest.mark.names  # a mistake is told by the symbol that it is in


class Planter(ast.NodeTransformer):
    """Changes the place with one number in the lines of a derivative; those that can be changed are counted."""

    def __init__(self, chosen=-1):
        self.chosen, self.count = chosen, 0

    def here(self):
        self.count += 1
        return self.count - 1 == self.chosen

    def visit_Attribute(self, node):
        self.generic_visit(node)
        return node.value if node.attr == "T" and self.here() else node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, (ast.Mult, ast.Div)) and self.here():
            return node.left
        if isinstance(node.op, ast.Mult) and self.here():
            return node.right
        if isinstance(node.op, (ast.Add, ast.Sub)) and self.here():
            return node.left
        if isinstance(node.op, ast.MatMult) and self.here():
            return ast.BinOp(node.right, node.op, node.left)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        if getattr(node.func, "attr", "") == "sum" and self.here():
            node.func.attr = "mean"
        return node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        return node.operand if isinstance(node.op, ast.USub) and self.here() else node


def planted(program, chosen, planter=Planter):
    """The function with one change in its derivative, and how many places there are."""
    tree = ast.parse(str(program))
    body = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == program.name).body
    begins = next(
        number
        for number, line in enumerate(body)
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]).startswith(("δ_", "dC_"))
    )
    planter = planter(chosen)
    body[begins:-1] = [planter.visit(line) for line in body[begins:-1]]
    space = {}
    exec(compile(ast.fix_missing_locations(tree), "<planted>", "exec"), space)
    return space[program.name], planter.count


def outcome(f, chosen):
    args = arguments(f)
    program = cr.derive(f, args, WRT[f])
    mine, _ = planted(program, chosen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            numbers = flatten(mine(*args), (np.ndarray, float))[0]
        except ValueError:
            return "stops"
    right = flatten(program(*args), (np.ndarray, float))[0]
    changed = any(
        np.shape(a) != np.shape(b) or not np.allclose(a, b, rtol=1e-3, atol=1e-3 * np.max(np.abs(b)))
        for a, b in zip(numbers, right, strict=True)
    )
    found = cr.check_grad(f, args, mine=mine, wrt=WRT[f])
    if not changed:
        return "right" if found.ok else "refused"
    return "accepted" if found.ok else "named" if found.mistakes else "located"


@pytest.fixture(scope="module")
def outcomes():
    found = {}
    for f in WRT:
        _, count = planted(cr.derive(f, arguments(f), WRT[f]), -1)
        found[f.__name__] = [outcome(f, chosen) for chosen in range(count)]
    return found


def test_every_program_is_changed_in_several_places(outcomes):
    assert len(outcomes) >= 10
    assert all(sum(each in ("named", "located") for each in found) >= 2 for found in outcomes.values()), outcomes


def test_no_change_of_numbers_is_accepted_and_none_that_changes_nothing_is_refused(outcomes):
    assert not any({"accepted", "refused"} & {*found} for found in outcomes.values()), outcomes


def test_planted_mistakes_are_named(outcomes):
    """Some on every program, and nine in ten of all."""
    every = [each for found in outcomes.values() for each in found]
    print(f"{every.count('named')} named, {every.count('located')} located")
    assert all("named" in found for found in outcomes.values()), outcomes
    assert every.count("named") >= 0.9 * (every.count("named") + every.count("located")), outcomes
