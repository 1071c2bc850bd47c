"""Derivatives as programs to read, beside those of tangent-ad: which programs each takes, and how long what it prints is.

Writes `docs/printed.md`. Nothing is timed. It takes tangent-ad, which the extra `peers` has. The programs are the README's cost,
the twelve of `examples/twelve.py`, and one that branches on a number.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import inspect
import tempfile
import textwrap
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import tangent

import chainrule as cr
from machine import line, machine

ROOT = Path(__file__).resolve().parents[1]
COST = """
import numpy as np

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def cost(w2, b2, w3, b3, x, y):
    z2 = w2 @ x + b2
    a2 = sigmoid(z2)
    z3 = w3 @ a2 + b3
    a3 = sigmoid(z3)
    return 0.5 * np.sum((a3 - y) ** 2)
"""
BRANCH = """
def bent(x):
    if x > 0.0:
        return x * x
    return -3.0 * x
"""


def module(source: str, folder: Path, name: str) -> ModuleType:
    """A module of a source without annotations, which tangent-ad evaluates."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for each in node.args.args:
                each.annotation = None
    path = folder / f"{name}.py"
    path.write_text(ast.unparse(tree).replace("from __future__ import annotations", ""), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def statements(text: str) -> int:
    """How many statements a printed program has, helpers that are printed with it among them, docstrings not."""
    nodes = [each for each in ast.walk(ast.parse(textwrap.dedent(text))) if isinstance(each, ast.stmt)]
    return sum(not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)) for each in nodes)


def by_tangent(f: Any, arguments: Any) -> tuple[str, Any]:
    """The text of tangent-ad's derivative with respect to all arguments, and its value."""
    derivative = tangent.grad(f, wrt=tuple(range(len(arguments))))
    return inspect.getsource(derivative), derivative(*arguments)


def right(f: Any, arguments: Any, slopes: Any) -> bool:
    """Whether slopes are those of central differences, along three directions at random."""
    random = np.random.default_rng(0)
    slopes = slopes if isinstance(slopes, tuple) else (slopes,)
    for _ in range(3):
        directions = [random.normal(size=np.shape(each)) for each in arguments]

        def moved(h: float, directions: Any = directions) -> Any:
            return f(*(each + h * along for each, along in zip(arguments, directions, strict=True)))

        h = 1e-5
        measured = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)
        told = sum(np.sum(slope * along) for slope, along in zip(slopes, directions, strict=True))
        if not np.isclose(told, measured, rtol=1e-6):
            return False
    return True


def compared(name: str, f: Any, arguments: Any) -> dict[str, Any]:
    """Both derivatives of a program."""
    program = cr.derive(f, arguments)
    row = {"name": name, "chainrule": statements(str(program)), "right": right(f, arguments, program(*arguments))}
    try:
        text, theirs = by_tangent(f, arguments)
    except Exception as error:
        said = [each for each in str(error).splitlines() if each.strip("= ") and each != "Tangent Error"]
        return row | {"refused": f"{type(error).__name__}: {said[0].partition('. ')[0]}"}
    return row | {"tangent": statements(text), "theirs right": right(f, arguments, theirs)}


def branches(f: Any) -> dict[str, list[str]]:
    """What the derivative for 2.0 says at 2.0 and at −1.0, where the function takes the other branch."""
    program, theirs = cr.derive(f, (2.0,)), tangent.grad(f)
    found: dict[str, list[str]] = {"chainrule": [], "tangent-ad": []}
    for x in (2.0, -1.0):
        for name, derivative in (("chainrule", program), ("tangent-ad", theirs)):
            try:
                found[name].append(f"{float(derivative(x)):g}")
            except cr.BranchError:
                found[name].append("refused by `BranchError`")
    return found


def document(rows: list[dict[str, Any]], bent: dict[str, list[str]]) -> str:
    """The page."""
    taken = [each for each in rows if "tangent" in each]
    says = {True: "right", False: "**wrong**"}
    lines = [
        f"| {each['name']} | {each['chainrule']} | {says[each['right']]} "
        + (
            f"| {each['tangent']} | {says[each['theirs right']]} |"
            if "tangent" in each
            else f"| – | {each['refused']} |"
        )
        for each in rows
    ]
    mine, theirs = sum(each["right"] for each in rows), sum(each["theirs right"] for each in taken)
    kinds = [f"| {name} | {' | '.join(found)} |" for name, found in bent.items()]
    table = "\n".join(lines)
    return f"""# Derivatives to read, beside tangent-ad

Written by `python benchmarks/printed.py`. Both take a function of NumPy and give its derivative as a program: chainrule
records what the function does, tangent-ad {version("tangent-ad")} rewrites its source. The programs are the README's cost
and the twelve of [examples/twelve.py](../examples/twelve.py), without type annotations, which tangent-ad would evaluate. The
twelve are this package's gallery: it takes them because they were chosen so.

Of {len(rows)} programs chainrule takes {len(rows)} and tangent-ad {len(taken)}; of these, right are {mine} and {theirs}, by
central differences. Statements are those of the text, with the helpers that stand in it; what tangent-ad's text calls of its
library is not counted.

| | statements, chainrule | | statements, tangent-ad | |
|---|--:|---|--:|---|
{table}

Of this function, which branches on a number, the derivative that was made at x = 2:

```python
{BRANCH.strip()}
```

| | at 2 | at −1 |
|---|--:|--:|
{chr(10).join(kinds)}

{line(machine())}
"""


def main() -> None:
    """Compare, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the README's cost alone; nothing is written")
    quick = parser.parse_args().quick
    random = np.random.default_rng(0)
    shapes = [(30, 784), (30, 1), (10, 30), (10, 1), (784, 1), (10, 1)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            compared(
                "the README's cost", module(COST, folder, "cost").cost, [random.normal(size=each) for each in shapes]
            )
        ]
        if not quick:
            twelve = module((ROOT / "examples" / "twelve.py").read_text(encoding="utf-8"), folder, "twelve")
            rows += [compared(name.replace("_", " "), *each) for name, each in twelve.TWELVE.items()]
        bent = branches(module(BRANCH, folder, "branch").bent)
    page = document(rows, bent)
    print(page)
    if not quick:
        (ROOT / "docs" / "printed.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
