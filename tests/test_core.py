"""The core is an evening's reading: small, read in one order, and complete without the rest of the package."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import chainrule
from chainrule import core

FOLDER = Path(core.__file__).parent
MOST_NODES = 17_200


def nodes_of(folder):
    """The nodes of the syntax trees, by file: a name for what is between, a comment and a blank line cost nothing."""
    trees = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py"))}
    return {
        name: sum(not isinstance(each, ast.expr_context) for each in ast.walk(tree)) for name, tree in trees.items()
    }


def test_the_core_is_an_evenings_reading(capsys):
    nodes = nodes_of(FOLDER)
    with capsys.disabled():
        print(f"\ncore: {sum(nodes.values()):,} nodes in {len(nodes)} files, of at most {MOST_NODES:,}")
    assert sum(nodes.values()) <= MOST_NODES


def test_a_statement_too_many_is_counted(tmp_path):
    for name, text in {"one.py": "a = 1\n\n# why\n", "two.py": "b = a\n", "notes.md": "no code\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert nodes_of(tmp_path) == {"one.py": 4, "two.py": 4}  # module, assignment, name and number, or another name


def read_order(text):
    return re.findall(r"^- `(\w+\.py)`: \S", text, re.MULTILINE)


def test_the_page_of_the_core_names_every_file_in_an_order_in_which_it_can_be_read():
    order = read_order(core.__doc__)
    assert sorted(order) == sorted(path.name for path in FOLDER.glob("*.py") if path.name != "__init__.py")
    for position, name in enumerate(order):
        for node in ast.walk(ast.parse((FOLDER / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                modules = [node.module] if node.module else [alias.name for alias in node.names]
                for module in modules:
                    assert f"{module}.py" in order[:position], (name, module)


ALONE = """
import importlib, sys, types
package = types.ModuleType("chainrule")
package.__path__ = [sys.argv[1]]
sys.modules["chainrule"] = package  # without what its own __init__ brings

import numpy as np
from chainrule.core.derivative import differentiate
from chainrule.core.primitive import PRIMITIVES, elementwise, first_dtype, primitive
from chainrule.core.simplification import simplify
from chainrule.core.structure import LEAF
from chainrule.core.tracing import trace
from chainrule.core.traced import FUNCTIONS
from chainrule.core.binding import bind

none = lambda random: ()
primitive("identity", shape=elementwise, dtype=first_dtype, derivative=lambda g, y, x: g, python="{0}", latex="{0}",
          examples=none)
primitive("multiply", shape=elementwise, derivative=(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
          python="{0} * {1}", latex="{0} {1}", ufunc=np.multiply, examples=none)
primitive("add", shape=elementwise, derivative=(lambda g, y, a, b: g, lambda g, y, a, b: g),
          python="{0} + {1}", latex="{0} + {1}", ufunc=np.add, examples=none)
primitive("sin", shape=elementwise, derivative=lambda g, y, x: g * np.cos(x), python="np.sin({0})", latex=r"\\sin {0}",
          ufunc=np.sin, examples=none)
primitive("cos", shape=elementwise, derivative=None, python="np.cos({0})", latex=r"\\cos {0}", ufunc=np.cos,
          examples=none)
primitive("broadcast_to", shape=lambda x, shape: shape, dtype=first_dtype, derivative=None,
          python="np.broadcast_to({0}, {shape})", latex="{0}", examples=none)
primitive("sum", shape=lambda x: (), dtype=first_dtype,
          derivative=lambda g, y, x: bind(PRIMITIVES["broadcast_to"], (g,), (("shape", x.shape),)),
          python="np.sum({0})", latex="{0}", examples=none)
FUNCTIONS[np.sum] = lambda x: bind(PRIMITIVES["sum"], (x,))

def cost(x, w):
    return np.sum(w * np.sin(x) + x)

x, w = np.array([0.5, -1.0]), np.array([2.0, 3.0])
program = trace(cost, (x, w))
derivative = simplify(differentiate(program, ["x"], LEAF), "textbook")
print(derivative)
assert np.array_equal(derivative(x, w), w * np.cos(x) + 1), derivative(x, w)
assert float(program(x, w)) == cost(x, w)
try:
    trace(lambda x: np.linalg.inv(x), (np.eye(2),))
except TypeError as error:
    print(error)
print(sorted({name.split(".")[1] for name in sys.modules if name.startswith("chainrule.")}))
"""


def test_the_core_traces_derives_simplifies_prints_and_runs_alone():
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(Path(chainrule.__file__).parent)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "    dC_dx = 1.0 + w * np.cos(x)" in done.stdout
    assert "inv has no derivative here" in done.stdout
    assert done.stdout.endswith("['core']\n")
