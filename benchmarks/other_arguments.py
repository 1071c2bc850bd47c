"""Printed derivatives, run with other arguments than those that they were made with: which are right, which refuse.

    python benchmarks/other_arguments.py            # beside tangent-ad, which the extra `peers` has
    python benchmarks/other_arguments.py --quick    # chainrule alone; nothing is written

Writes `benchmarks/results/other_arguments.json` and `docs/other_arguments.md`. The functions are those of `sixty_functions.py`.
Each text is run by itself, with NumPy, at the arguments that it was made with and at others, beside finite differences. Nothing
is timed. The exit status is 1 if a text is wrong without an error.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import chainrule as cr
import sixty_functions
from chainrule.core.structure import flatten
from chainrule.core.tracing import LEAF_TYPES
from machine import line, machine

HERE = Path(__file__).resolve().parent
STEP = 1e-4
REFUSALS = (ArithmeticError, AssertionError, LookupError, NameError, TypeError, ValueError)
"""What a text raises that does not take the arguments."""


def slopes_by_differences(f: Callable[..., Any], args: tuple[Any, ...]) -> list[np.ndarray]:
    """The derivative by the first argument, of the fourth order in the step."""
    leaves, tree = flatten(args[0], LEAF_TYPES)
    values = [np.array(leaf, float) for leaf in leaves]

    def value(number: int, place: tuple[int, ...], step: float) -> float:
        moved = [each.copy() for each in values]
        moved[number][place] += step
        parts = (each if each.ndim else float(each) for each in moved)
        return float(f(tree.build(iter(parts)), *copy.deepcopy(args[1:])))

    slopes = [np.zeros(each.shape) for each in values]
    for number, each in enumerate(slopes):
        for place in np.ndindex(each.shape):
            wide, narrow = (
                (value(number, place, step) - value(number, place, -step)) / (2 * step) for step in (STEP, STEP / 2)
            )
            each[place] = (4 * narrow - wide) / 3
    return slopes


def outcome(run: Callable[..., Any], f: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """Whether a derivative is right at some arguments, wrong, or refuses them, and then how."""
    wanted = slopes_by_differences(f, copy.deepcopy(args))
    try:
        slopes = flatten(run(*copy.deepcopy(args)), (*LEAF_TYPES, int))[0]
    except REFUSALS as error:
        return f"refuses: {type(error).__name__} {error}".strip()
    fits = len(slopes) == len(wanted)
    right = fits and all(
        np.allclose(one, other, rtol=1e-5, atol=1e-6) for one, other in zip(slopes, wanted, strict=True)
    )
    return "right" if right else "wrong"


def ours(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Callable[..., Any], str]:
    """The function that our text defines, and the text."""
    program = cr.derive(f, copy.deepcopy(args), wrt=0)
    scope: dict[str, Any] = {}
    exec(compile(str(program), "<text>", "exec"), scope)
    return scope[program.name], str(program)


def of_tangent(folder: Path) -> Callable[[str], Callable[..., Any] | str]:
    """What makes tangent-ad's derivative of a function by its name, or says why there is none."""
    import tangent

    from printed import module

    tree = ast.parse((HERE / "sixty_functions.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
    functions = module(ast.unparse(tree), folder, "functions_for_tangent")

    def derive(name: str) -> Callable[..., Any] | str:
        try:
            made: Callable[..., Any] = tangent.grad(getattr(functions, name), wrt=(0,), verbose=0)
        except Exception as error:  # tangent-ad raises errors of many kinds
            return f"is not derived: {type(error).__name__} {error}".partition("\n")[0][:200]
        return made

    return derive


def measured(name: str, run: Callable[..., Any] | str) -> list[str]:
    """The outcomes of a derivative at the arguments of a function, the first of which are those that it is made with."""
    f, first, others = sixty_functions.FUNCTIONS[name]
    return [run if isinstance(run, str) else outcome(run, f, args) for args in (first, *others)]


def verdict(outcomes: list[str]) -> str:
    """What the outcomes of a function come to."""
    if "wrong" in outcomes:
        return "**wrong**"
    return "right" if set(outcomes) == {"right"} else "refuses" if outcomes[0] == "right" else "not derived"


def page(results: dict[str, Any]) -> str:
    """The page of these results."""
    functions = results["functions"]
    counts = {who: Counter(verdict(each[who]) for each in functions.values()) for who in results["versions"]}
    parts = [
        "# Printed derivatives at other arguments",
        "",
        "Made by `python benchmarks/other_arguments.py`; do not edit by hand. Sixty functions with loops, branches, helpers",
        "and sizes (`benchmarks/sixty_functions.py`), each derived by its first argument. The text of the derivative is run by",
        "itself at the arguments that it was made with, and at two other sets: other sizes, other numbers of turns, other",
        "branches. *Right* is right at all of them, beside finite differences; *refuses* is an error at others than the first;",
        "*wrong* is wrong without an error.",
        "",
        "| | right | refuses | wrong | not derived |",
        "|---|--:|--:|--:|--:|",
    ]
    for who, number in results["versions"].items():
        count = counts[who]
        parts.append(
            f"| {who} {number} | {count['right']} | {count['refuses']} | {count['**wrong**']} | {count['not derived']} |"
        )
    parts += [
        "",
        f"| function | lines of text | {' | '.join(results['versions'])} | why not |",
        "|---|--:|" + "---|" * (1 + len(counts)),
    ]
    for name, each in functions.items():
        reasons = [why for why in each["chainrule"] if why != "right"]
        why = reasons[0].replace("|", "\\|")[:120] if reasons else ""
        told = " | ".join(verdict(each[who]) for who in results["versions"])
        parts.append(f"| `{name}` | {each['lines']} | {told} | {why} |")
    return "\n".join([*parts, "", line(results["machine"]) + ".", ""])


def main() -> int:
    """Derive every function and run what comes out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="chainrule alone; nothing is written")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")
    versions = {"chainrule": cr.__version__} | ({} if quick else {"tangent-ad": version("tangent-ad")})
    functions: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, np.errstate(all="ignore"):
        derive = None if quick else of_tangent(Path(folder))
        for name, (f, first, _) in sixty_functions.FUNCTIONS.items():
            run, text = ours(f, first)
            functions[name] = {"lines": len(text.splitlines()), "chainrule": measured(name, run)}
            if derive is not None:
                functions[name]["tangent-ad"] = measured(name, derive(name))
            print(name, verdict(functions[name]["chainrule"]), flush=True)
    counts = Counter(verdict(each["chainrule"]) for each in functions.values())
    print(dict(counts))
    if not quick:
        results = {"machine": machine(), "versions": versions, "functions": functions}
        (HERE / "results" / "other_arguments.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (HERE.parent / "docs" / "other_arguments.md").write_text(page(results), encoding="utf-8")
    return 1 if counts["**wrong**"] else 0


if __name__ == "__main__":
    sys.exit(main())
