"""Runs an exported file on real rows, apart: Python, a C compiler, Node or onnxruntime in a process of its own.

A file holds names that a stranger may have given, so each process has an empty folder for its home, none of the user's
environment, and in Node, where that knows permissions, no right but to read the folder.
"""

from __future__ import annotations

import functools
import importlib.util
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..core.nouns import Array
from ..network.costs import smoothed
from ..quoting import c_string
from ..run.loops.c import identifier, literal
from ..run.loops.language import Kind
from ..schema.given import is_missing
from ..training.step import training_step
from .errors import ExportError
from .trained import Trained

STEPS = 5
"""How many steps a file that learns takes."""
_SECONDS = 600  # after which a run is given up
_FOLDER = "\0folder"  # in a command, what stands for the folder in which it runs
_SYSTEM = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG")
"""The environment variables without which programs do not start."""
_HOME = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP")
_PYTHON = (sys.executable, "-I", "-B", "main.py")


@dataclass(frozen=True)
class Given:
    """What a file is run on: rows as users give them, and batches for steps of training, each with its desired outputs.

    Attributes:
        x: n × n_1.
        batches: k × m × n_1, as the file takes them.
        answers: k × m classes, or k × m × n_L numbers.
        columns: Of a table with texts, what x was made of, by the names of the columns.
    """

    x: Array
    batches: Array
    answers: Array
    columns: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table."""
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]


@dataclass(frozen=True)
class Gave:
    """What a file gave, or should have given: output activations, n × n_L, and after the steps all parameters in one line."""

    a: Array
    parameters: Array


def given_of(trained: Trained, x: Array, columns: Mapping[str, Array]) -> Given:
    """What to run a file on: rows, of a table with texts also its columns; and batches of them, over and over, with answers that
    are drawn, none where what dropout drops is drawn by the file.
    """
    learning, random = trained.learning, np.random.default_rng(0)
    k = 0 if learning is None or trained.architecture.masks or not len(x) else STEPS
    m = 1 if learning is None else learning.batch
    batches = trained.rows(x)[np.arange(k * m).reshape(k, m) % max(len(x), 1)]
    answers = (
        _rows(trained, random.random((k, m, trained.outputs)))
        if trained.by_rows
        else random.integers(0, trained.outputs, (k, m), dtype=np.int32)
    )
    plain = {name: [_plain(each) for each in column.tolist()] for name, column in columns.items()}
    return Given(x, batches, answers, plain)


def _plain(value: Any) -> Any:
    """A text, a number, or `None` for one that is missing."""
    return None if is_missing(value) else value if isinstance(value, str) else float(value)


def _rows(trained: Trained, drawn: Array) -> Array:
    """Answers for each output, of random numbers."""
    made = trained.schema.outputs.numbers(drawn) if trained.numeric else drawn > 0.5
    return np.asarray(made, trained.dtype)


def wanted_of(trained: Trained, a: Array, given: Given) -> Gave:
    """What a file should give, whose output activations are `a`: the steps are those that `fit` takes on NumPy."""
    values = {**trained.arrays}
    if trained.learning is not None and len(given.batches):
        learning = trained.learning
        architecture, rule, m = trained.architecture, learning.rule, learning.batch
        program = training_step(architecture, m, trained.dtype, rule, False, not trained.by_rows)
        values |= learning.state
        changed = list(values)
        for k, (x, y) in enumerate(zip(given.batches, given.answers, strict=True)):
            outputs = trained.schema.outputs
            rows = y if trained.by_rows else np.where(np.eye(trained.outputs)[y] > 0, *trained.desired)
            rows = (
                smoothed(rows, learning.smoothing, outputs.alternatives(trained.outputs))
                if trained.kind in ("binary", "several")
                else rows
            )
            if trained.numeric and outputs.affine:
                rows = (rows - np.array(outputs.shift)) / np.array(outputs.scale)
            inputs = trained.schema.inputs
            scaled = inputs.scaled(
                inputs.numbers(inputs.given(x, trained.inputs)) if not inputs.columns else x, trained.dtype
            )
            numbers = (learning.rate, *rule.optimizer.numbers(learning.steps + k + 1))
            own = [np.asarray(each, trained.dtype) for each in numbers]
            results = program(*values.values(), architecture.inputs(scaled), rows.T.astype(trained.dtype), *own)
            values = dict(zip(changed, results, strict=False))
    return Gave(a, np.concatenate([values[name].reshape(-1) for name in trained.arrays]))


# ---- what runs files -------------------------------------------------------------------------------------------------------


def by_python(trained: Trained, content: bytes, given: Given) -> Gave:
    """What a Python file gives."""
    x = 'json.load(open("columns.json"))' if given.columns else 'np.load("x.npy")'
    main = _MAIN_PY.format(title=trained.title, rate=_rate(trained), x=x, packages=_folder_of("numpy"))
    arrays = {"x.npy": given.x, "batches.npy": given.batches, "answers.npy": given.answers}
    files = {
        f"{trained.title}.py": content,
        "main.py": main.encode(),
        "columns.json": json.dumps(given.columns).encode(),
        **{name: _saved(a) for name, a in arrays.items()},
    }
    return _run(trained, files, [_PYTHON], len(given.x))


def by_c(trained: Trained, content: bytes, given: Given) -> Gave:
    """What a C header gives, compiled by the C compiler that there is."""
    compiler = compilers()
    if not compiler:
        raise ExportError(
            "{file} cannot be verified here without a C compiler, cc; install one, or export without verify.",
            file=f"{trained.title}.h",
        )
    title, learning = trained.title, trained.learning
    number = "double" if trained.dtype == "float64" else "float"
    learns = ""
    if learning is not None:
        m = learning.batch
        learns = _STEPS_C.format(
            title=title, number=number, steps=len(given.batches), x=m * trained.inputs, rate=_rate(trained),
            answer=number if trained.by_rows else "int", y=m * (trained.outputs if trained.by_rows else 1),
            written="\n  ".join(f"WRITE(it.{identifier(name)}, {array.size})" for name, array in trained.arrays.items()),
        )  # fmt: skip
    wide = "if (fread(x, sizeof x, 1, stdin) != 1) return 1;"
    if given.columns:
        wide = f"if ({title}_inputs(&rows[row], x)) return 1;"
    main = _MAIN_C.format(
        given=wide, table=_table(trained, given) if given.columns else "",
        title=title, number=number, inputs=trained.inputs, outputs=trained.outputs, rows=len(given.x), learns=learns,
        begin=f"{title}_begin(&it);" if learning is not None else "",
    )  # fmt: skip
    read = [] if given.columns else [trained.rows(given.x)]
    for x, y in zip(given.batches, given.answers, strict=True):
        read += [x, y]
    files = {f"{title}.h": content, "main.c": main.encode()}
    built = [*compiler, "-std=c99", "-O2", "main.c", "-o", "main", "-lm"]
    # The compiler is the user's, and may need the user's environment; what it makes does not.
    return _run(trained, files, [built, ["./main"]], len(given.x), b"".join(each.tobytes() for each in read))


def by_node(trained: Trained, content: bytes, given: Given) -> Gave:
    """What a JavaScript file gives in Node."""
    node = shutil.which("node")
    if node is None:
        raise ExportError(
            "{file} cannot be verified here without Node, node; install it, or export without verify.",
            file=f"{trained.title}.js",
        )
    learning = trained.learning
    numbers = "Float64Array" if trained.dtype == "float64" else "Float32Array"
    main = _MAIN_JS
    for name, value in {
        "TITLE": trained.title, "NUMBERS": numbers, "INPUTS": trained.inputs, "OUTPUTS": trained.outputs,
        "BATCH": 0 if learning is None else learning.batch, "RATE": _rate(trained), "STEPS": len(given.batches),
        "NUMERIC": str(trained.by_rows).lower(), "ANSWERS": numbers if trained.by_rows else "Int32Array",
        "NAMES": str(list(trained.arrays) if learning is not None and len(given.batches) else []),
    }.items():  # fmt: skip
        main = main.replace(name, str(value))
    files = {f"{trained.title}.mjs": content, "main.mjs": main.encode(), "x": trained.rows(given.x).tobytes()}
    files |= {"batches": given.batches.tobytes(), "answers": given.answers.tobytes()}
    files["rows.json"] = json.dumps(given.rows if given.columns else None).encode()
    return _run(trained, files, [[node, *_restrict(node), "main.mjs"]], len(given.x))


def by_onnxruntime(trained: Trained, content: bytes, given: Given) -> Gave:
    """What an ONNX model gives."""
    if not _folder_of("onnxruntime"):
        raise ExportError(
            "{file} cannot be verified here without onnxruntime; install it, or export without verify.",
            file=f"{trained.title}.onnx",
        )
    packages = [_folder_of("numpy"), _folder_of("onnxruntime")]
    main = _MAIN_ONNX.format(
        title=trained.title, dtype=trained.dtype, answer=trained.answer_names[0], packages=packages
    )
    files = {
        f"{trained.title}.onnx": content,
        "main.py": main.encode(),
        "x.npy": _saved(trained.rows(given.x)),
        "columns.json": json.dumps([*given.columns.values()]).encode(),
    }
    return _run(trained, files, [_PYTHON], len(given.x))


def _table(trained: Trained, given: Given) -> str:
    """The rows of a table as an array of C."""
    gone = ["NULL" if each.levels else "NAN" for each in trained.columns.values()]
    kind = Kind("f64" if trained.dtype == "float64" else "f32")
    rows = [", ".join(map(partial(_in_c, kind), row.values(), gone)) for row in given.rows]
    lines = ",\n  ".join(f"{{{row}}}" for row in rows or [", ".join(gone)])
    return f"static const {trained.title}_row rows[] = {{\n  {lines}}};"


def _in_c(kind: Kind, value: Any, gone: str) -> str:
    """A value of a row in C, or what says that it is missing."""
    if isinstance(value, str):
        return c_string(value)
    return gone if value is None else literal(value, kind)


def compilers() -> list[str]:
    """The command of the C compiler, `CC` if that is set; empty if there is none."""
    given = shlex.split(os.environ.get("CC", ""))
    given = given or next(([each] for each in ("cc", "gcc", "clang") if shutil.which(each)), [])
    return given if given and shutil.which(given[0]) else []


def _rate(trained: Trained) -> float:
    return 0.0 if trained.learning is None else trained.learning.rate


def _run(
    trained: Trained, files: Mapping[str, bytes], commands: Sequence[Sequence[str]], rows: int, given: bytes = b""
) -> Gave:
    """What the last of some commands writes, all as float64, in a folder with some files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        for file, content in files.items():
            (folder / file).write_bytes(content)
        for command in commands:
            last = command is commands[-1]
            done = subprocess.run(
                [word.replace(_FOLDER, str(folder)) for word in command], cwd=folder, input=given if last else b"",
                capture_output=True, timeout=_SECONDS, check=False, env=_environment(folder) if last else None,
            )  # fmt: skip
            if done.returncode:
                said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
                error = next((line for line in said if "rror" in line), said[-1])
                raise ExportError(
                    "{file} does not run here, so nothing was written: {said}", file=next(iter(files)), said=error
                )
    numbers = np.frombuffer(done.stdout, np.float64)
    cut = rows * trained.outputs
    return Gave(numbers[:cut].reshape(-1, trained.outputs), numbers[cut:])


def _folder_of(package: str) -> str:
    """The folder that a package is installed in; empty if it is not."""
    spec = importlib.util.find_spec(package)
    return "" if spec is None or spec.origin is None else str(Path(spec.origin).parent.parent)


def _environment(folder: Path) -> dict[str, str]:
    """What a process is told that runs a stranger's text: where system libraries are, and the folder as its home."""
    return _system() | dict.fromkeys(_HOME, str(folder))


def _system() -> dict[str, str]:
    return {name: os.environ[name] for name in _SYSTEM if name in os.environ}


@functools.cache
def _restrict(node: str) -> tuple[str, ...]:
    """The options by which Node may read a folder and nothing else; none where its version has no permissions."""
    script = "console.log([...process.allowedNodeEnvironmentFlags].join(' '))"
    done = subprocess.run(
        [node, "-e", script], capture_output=True, text=True, timeout=_SECONDS, check=False, env=_system()
    )
    known = done.stdout.split()
    flag = next((option for option in ("--permission", "--experimental-permission") if option in known), None)
    return () if flag is None else (flag, "--no-warnings", f"--allow-fs-read={_FOLDER}{os.sep}*")


def _saved(x: Array) -> bytes:
    """An array as a file that NumPy reads."""
    buffer = io.BytesIO()
    np.save(buffer, x, allow_pickle=False)
    return buffer.getvalue()


# Isolated Python looks for modules neither here nor where the user has some of one's own, as NumPy may be.
_MAIN_PY = """import json
import os
import sys

sys.path.append({packages!r})
import numpy as np

sys.path.insert(0, os.getcwd())
from {title} import Network

net = Network()
found = [net({x})]
for x, y in zip(np.load("batches.npy"), np.load("answers.npy")):
    net.step(x, y, {rate!r})
found += net.parameters.values() if len(np.load("batches.npy")) else []
for each in found:
    sys.stdout.buffer.write(np.ascontiguousarray(each, np.float64).tobytes())
"""
_MAIN_ONNX = """import json
import sys

sys.path += {packages!r}
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("{title}.onnx", providers=["CPUExecutionProvider"])
columns, fed = json.load(open("columns.json")), {{"x": np.load("x.npy")}}
if columns:
    fed = {{}}
    for each, column in zip(session.get_inputs(), columns, strict=True):
        text = each.type == "tensor(string)"
        values = np.array([v or "" for v in column], object) if text else np.array(column, "{dtype}")
        fed[each.name] = values[:, None]
(a,) = session.run(["{answer}"], fed)
sys.stdout.buffer.write(np.ascontiguousarray(a, np.float64).tobytes())
"""
_MAIN_C = """#include <stdio.h>
#include "{title}.h"
#define WRITE(a, n) for (int k = 0; k < n; k++) {{ double b = (double)a[k]; fwrite(&b, sizeof b, 1, stdout); }}

static {title} it;
{table}

int main(void) {{
  {begin}
  for (int row = 0; row < {rows}; row++) {{
    static {number} x[{inputs}];
    static {title}_result a[{outputs}];
    {given}
    if ({title}_run(&it, x, a)) return 1;
    WRITE(a, {outputs})
  }}
  {learns}
  return 0;
}}
"""
_STEPS_C = """for (int step = 0; step < {steps}; step++) {{
    static {number} x[{x}];
    static {answer} y[{y}];
    if (fread(x, sizeof x, 1, stdin) != 1 || fread(y, sizeof y, 1, stdin) != 1) return 1;
    if ({title}_step(&it, x, y, ({number}){rate!r})) return 1;
  }}
  if ({steps} == 0) return 0;
  {written}"""
_MAIN_JS = """import { readFileSync, writeSync } from "node:fs";
import { Network } from "./TITLE.mjs";

const read = (name, Numbers) => new Numbers(new Uint8Array(readFileSync(name)).buffer);
const write = (numbers) => {
  const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
};
const net = await Network.create();
const x = read("x", NUMBERS), table = JSON.parse(readFileSync("rows.json"));
if (table) for (const row of table) write(net.run(row));
else for (let at = 0; at < x.length; at += INPUTS) write(net.run(x.subarray(at, at + INPUTS)));
const batches = read("batches", NUMBERS), answers = read("answers", ANSWERS);
const size = BATCH * (NUMERIC ? OUTPUTS : 1);
for (let k = 0; k < STEPS; k++)
  net.step(batches.subarray(k * BATCH * INPUTS, (k + 1) * BATCH * INPUTS), answers.subarray(k * size, (k + 1) * size), RATE);
for (const name of NAMES) write(net.get(name));
"""
