"""`import chainrule` brings names, and imports what is behind one when it is first asked for."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule as cr
from chainrule.cli.commands import COMMANDS
from chainrule.explain import record

SOURCE = Path(cr.__file__).read_text(encoding="utf-8")


def run(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_type_checkers_and_programs_find_the_same():
    block = next(node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    typed = {node.module: tuple(alias.name for alias in node.names) for node in block.body}
    assert typed == cr._PLACES
    assert sorted([*(name for names in typed.values() for name in names), "__version__"]) == sorted(cr.__all__)
    assert set(cr.__all__) <= set(dir(cr))


def test_the_import_alone_needs_not_even_numpy():
    loaded = run("import chainrule, json, sys; print(json.dumps(list(sys.modules)))")
    assert "numpy" not in loaded
    assert [each for each in loaded if each.startswith("chainrule.")] == [
        "chainrule.show",
        "chainrule.show.uncaught",
        "chainrule.version",
        "chainrule.explain",
    ]


def test_a_network_needs_no_explanation_and_a_derivative_no_network():
    program = "import chainrule as cr, json, sys; {}; print(json.dumps(list(sys.modules)))"
    learned = run(
        program.format(
            "import numpy as np; cr.Network([2, 2], seed=0).fit(np.ones((4, 2), np.float32), np.arange(4) % 2, epochs=1)"
        )
    )
    assert "chainrule.explain.record" not in learned
    assert "chainrule.model" not in run(program.format("cr.grad(lambda x: x * x)(3.0)"))


@pytest.mark.wide
@pytest.mark.parametrize("place", cr._PLACES)
def test_each_name_can_be_asked_for_first(place):
    """No place leans on another one's having been imported before it."""
    names = cr._PLACES[place]
    assert run(f"import json; from chainrule import {', '.join(names)}; print(json.dumps([str({names[0]})]))")


def test_what_a_browser_lacks_is_not_asked_for():
    """Pyodide has no llvmlite, some releases of it have no safetensors, and it knows of no terminal."""
    assert run(
        "import json, os, sys\n"
        "for name in ('llvmlite', 'safetensors', 'threadpoolctl', 'starlette', 'uvicorn', 'PIL'):\n"
        "    sys.modules[name] = None\n"
        "del os.get_terminal_size\n"
        "import chainrule as cr, numpy as np\n"
        "f, x = lambda x: np.sum(np.tanh(x) ** 2), np.ones(3)\n"
        "text = str(cr.derive(f, (x,)))\n"
        "net = cr.Network([3, 4, 2], seed=0)\n"
        "net.fit(np.eye(3), [0, 1, 1], epochs=2, batch_size=3, progress=True)\n"
        "said = str(net.explain(np.eye(3)[0], 0)) + cr.explain(f, (x,))._repr_html_()\n"
        "print(json.dumps([bool(text and said), *cr.compile(cr.grad(f))(x) - cr.grad(f)(x)]))\n"
    ) == [True, 0, 0, 0]


def test_what_explains_stays_a_function():
    assert cr.explain is record.explain
    shown = run(
        "import json, chainrule.explain.questions, chainrule as cr; before = callable(cr.explain);"
        "import chainrule.explain.terminal; print(json.dumps([before, callable(cr.explain), cr.explain.__name__]))"
    )
    assert shown == [True, True, "explain"]


def test_programs_show_in_notebooks_whoever_made_them():
    assert "<pre style=" in run(
        "import json; from chainrule import trace; print(json.dumps(trace(abs, [1.0])._repr_html_()))"
    )


def test_an_unknown_name_is_refused_as_python_does():
    with pytest.raises(AttributeError, match=r"^module 'chainrule' has no attribute 'nothing'$"):
        _ = cr.nothing


# ---- the command line: what says no, and what only tells, imports nothing that derives ----------------------------------

TELLING = {
    "chainrule",
    "chainrule.cli",
    *(f"chainrule.cli.{name}" for name in ("arguments", "commands", "entries", "errors", "files", "help", "lessons")),
    *(f"chainrule.cli.{name}" for name in ("parsing", "streams")),
    "chainrule.core",
    *(f"chainrule.core.{name}" for name in ("dims", "errors", "messages")),
    "chainrule.data",
    "chainrule.data.errors",
    "chainrule.dimensions",
    "chainrule.explain",
    "chainrule.quoting",
    "chainrule.show",
    *(f"chainrule.show.{name}" for name in ("colors", "language", "po", "screen", "spelling", "uncaught")),
    "chainrule.version",
}
"""All of the package that help, the version and refusals may import; from elsewhere only the standard library."""

REFUSED = {
    1: [
        *(
            f"{command} no.safetensors"
            for command in ("evaluate", "explain", "check", "app", "sample", "shapes", "derive")
        ),
        "export no.safetensors page.html",
        "site public no.safetensors",
        "derive no.py:cost",
        "predict no.png",
        "predict no.safetensors no.png",
        "explain --image no.png",
        "train no-folder",
        "train no.csv --target price",
        "train --gpt no.txt",
        "train --resume no.safetensors",
        "train --functions no.py",
        "train . --labels no-labels",
    ],
    2: [
        "trian",
        "--epochs 3",
        "train --bogus",
        "train --epochs 0",
        "train --epochs",
        "train --json=1",
        "train --layers 1",
        "train --executor never",
        "explain --text",
        "evaluate",
        "predict",
        "article chapter",
        "shell tcsh",
        "practice one two",
    ],
}
"""Command lines that are refused, by their exit codes."""

COUNTED = """
import io, json, sys
from chainrule.cli import main
code = main(sys.argv[1:])
print("\\n" + json.dumps([code, [name for name in sys.modules if "." not in name or name.startswith("chainrule.")]]))
"""


def imported_by(typed, folder):
    """The exit code of a command line, the package's modules that it has imported, and those of other packages."""
    done = subprocess.run([sys.executable, "-c", COUNTED, *typed], capture_output=True, text=True, cwd=folder)
    code, names = json.loads(done.stdout.splitlines()[-1])
    own = {name for name in names if name.partition(".")[0] == "chainrule"}
    return code, own, {name for name in names if name not in own} - sys.stdlib_module_names - BEFORE


BEFORE = set(run("import json, sys; print(json.dumps([name for name in sys.modules if '.' not in name]))"))


@pytest.mark.wide
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *((typed, 0) for typed in ("", "--version", "--help", "train --help --lang zh")),
        *((f"{name} --help", 0) for name in COMMANDS),
        *((typed, code) for code, lines in REFUSED.items() for typed in lines),
    ],
)
def test_help_and_refusals_import_nothing_that_derives(typed, code, tmp_path):
    done, own, others = imported_by(typed.split(), tmp_path)
    assert (done, own - TELLING, others) == (code, set(), set())


def test_what_derives_is_noticed(tmp_path):
    _, own, others = imported_by(["shapes", "2,3,1"], tmp_path)
    assert "chainrule.program" in own - TELLING
    assert "numpy" in others
