"""The package where Python itself runs in a browser: Pyodide, here in Node, beside machine code with vectors of the same width.

`CHAINRULE_PYODIDE_NUMPY` names the wheel of NumPy that belongs to the installed Pyodide: it comes with Pyodide's releases, and
no registry of packages has it by itself.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.run.loops.language import MATH

pytestmark = pytest.mark.browser
HOUSE = Path(cr.__file__).parents[1]
HERE = Path(__file__).parent / "in_pyodide.py"
WHEEL = "CHAINRULE_PYODIDE_NUMPY"
SCRIPT = """
const { loadPyodide } = require("pyodide");
const { pathToFileURL } = require("url");
(async ({ wheel, house, tests }) => {
  const python = await loadPyodide();
  await python.loadPackage(pathToFileURL(wheel).href, { messageCallback: () => {} });
  python.mountNodeFS("/house", house);
  python.mountNodeFS("/tests", tests);
  console.log(
    python.runPython(`
      import json, sys, warnings
      sys.dont_write_bytecode = True
      sys.path += ["/house", "/tests"]
      warnings.simplefilter("ignore")
      import in_pyodide
      json.dumps(in_pyodide.found("wasm"))`),
  );
})(GIVEN);
"""


def has_pyodide():
    return not subprocess.run(["node", "-e", 'require.resolve("pyodide")'], capture_output=True).returncode


@pytest.fixture(scope="module")
def there():
    """What Python in a browser gives."""
    wheel = os.environ.get(WHEEL, "")
    if not wheel or not has_pyodide():
        pytest.skip(f"needs npm install pyodide, NODE_PATH, and in {WHEEL} the path of NumPy's wheel for that Pyodide")
    given = json.dumps({"wheel": wheel, "house": str(HOUSE), "tests": str(HERE.parent)})
    done = subprocess.run(["node", "-"], input=SCRIPT.replace("GIVEN", given), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def here():
    """What machine code gives, with vectors of 128 bits."""
    pytest.importorskip("llvmlite")
    environment = {**os.environ, "CHAINRULE_NATIVE_CPU": "sse4.2"}
    done = subprocess.run([sys.executable, HERE, "native"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_functions_and_gradients_have_the_bits_of_machine_code(there, here):
    assert there["values"].keys() == here["values"].keys()
    for name, values in here["values"].items():
        rounded = name.split()[0] in ("angles", "inverted")  # by other libraries
        for found, wanted in zip(there["values"][name], values, strict=True):
            if not rounded:
                assert found == wanted, name
            kind = name.split()[1]
            one, other = (np.frombuffer(bytes.fromhex(each), kind) for each in (found, wanted))
            near = {"float32": 1e-6, "float64": 1e-14}[kind]
            np.testing.assert_allclose(one, other, rtol=near, atol=near * np.abs(other).max())


def test_the_report_says_so_and_programs_read_the_same(there, here):
    assert [each.replace("WebAssembly", "machine code") for each in there["reports"]] == here["reports"]
    assert "WebAssembly, and on NumPy: inv(7×7)" in there["reports"][6]
    assert there["chosen"] == "grad_valley runs as WebAssembly"
    assert (there["texts"], there["order"]) == (here["texts"], here["order"])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_network_learns_what_machine_code_learns_bit_for_bit(there, here, dtype):
    assert there["networks"][f"{dtype} wasm"] == there["networks"][f"{dtype} auto"]
    found, wanted = there["networks"][f"{dtype} wasm"], here["networks"][f"{dtype} native"]
    assert (found.pop("executor"), wanted.pop("executor")) == ("wasm", "native")
    assert found.pop("costs") == pytest.approx(wanted.pop("costs"), rel=1e-14)
    assert found == wanted


def test_errors_are_those_of_machine_code(there, here):
    assert there["errors"] == here["errors"]
    assert [each.partition(":")[0] for each in there["errors"]] == ["BranchError", "IndexError"]
    assert there["elsewhere"].endswith(
        "the executor 'native' needs llvmlite, which does not run in a browser; choose 'wasm' here."
    )


LIBRARY = """
const { loadPyodide } = require("pyodide");
(async (house) => {
  const python = await loadPyodide();
  python.mountNodeFS("/house", house);
  console.log(
    python.runPython(`
      import ctypes, json, math, sys
      sys.dont_write_bytecode = True
      sys.path.append("/house")
      from chainrule.run.loops.language import F64, MATH, Block, Function, apply, at, load
      from chainrule.run.loops.machine_code import compiled, unusable
      functions = []
      for name, count in MATH.items():
          block = Block()
          numbers = [block.let(load(at("x", 8 * k), F64)) for k in range(count)]
          block.store(at("x"), apply("call", *numbers, detail=name, kind=F64))
          functions.append(Function(f"one_{name}", ("x",), (), block.body))
      code, found = compiled(functions), {}
      for name, count in MATH.items():
          x = (ctypes.c_double * 2)(1.5 if name == "acosh" else 0.3, 0.7)
          wanted = getattr(math, name)(*x[:count])
          code.function(f"one_{name}")(ctypes.addressof(x))
          found[name] = (x[0], wanted)
      json.dumps([unusable(), found])`),
  );
})(GIVEN);
"""


def test_any_pyodide_loads_loops_and_gives_them_its_c_library():
    """Without NumPy, so that every release can be tried."""
    if not has_pyodide():
        pytest.skip("needs npm install pyodide, and NODE_PATH")
    script = LIBRARY.replace("GIVEN", json.dumps(str(HOUSE)))
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    error, found = json.loads(done.stdout.splitlines()[-1])
    assert error == ""
    assert found.keys() == MATH.keys()
    for name, (one, other) in found.items():
        assert one == other, name
