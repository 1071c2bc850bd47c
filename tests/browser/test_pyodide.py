"""The package where Python itself runs in a browser, in Pyodide, beside machine code with vectors of the same width.

`CHAINRULE_PYODIDE_NUMPY` names the wheel of NumPy that belongs to the installed Pyodide: it comes with Pyodide's releases, and
no registry of packages has it by itself.
"""

import base64
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.run.loops.language import MATH

from .engines import in_node, in_page

pytestmark = pytest.mark.browser
PACKAGE = Path(cr.__file__).parent
HERE = Path(__file__).parent / "in_pyodide.py"
WHEEL = "CHAINRULE_PYODIDE_NUMPY"
SITE = "http://pyodide.test"
RUN = """async ({ wheel, house }) => {
  const python = await (typeof require === "function" ? require("pyodide").loadPyodide : loadPyodide)();
  await python.loadPackage(wheel, { messageCallback: () => {} });
  python.unpackArchive(Uint8Array.from(atob(house), (c) => c.charCodeAt(0)), "zip", { extractDir: "/house" });
  return JSON.parse(
    python.runPython(`
      import json, sys, warnings
      sys.path.append("/house")
      warnings.simplefilter("ignore")
      import in_pyodide
      json.dumps(in_pyodide.found("wasm"))`),
  );
}"""


def pyodide():
    """The folder of the Pyodide that Node finds, if it finds one."""
    done = subprocess.run(["node", "-p", 'require.resolve("pyodide")'], capture_output=True, text=True)
    return None if done.returncode else Path(done.stdout.strip()).parent


def zipped():
    """The package, and what is run with it."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(HERE, HERE.name)
        for each in PACKAGE.rglob("*"):
            if each.suffix in (".py", ".po"):
                file.write(each, each.relative_to(PACKAGE.parent))
    return base64.b64encode(memory.getvalue()).decode()


@pytest.fixture(scope="module", params=["node", "chromium"])
def there(request):
    """What Python in a browser gives; in Chromium, where the page itself runs."""
    folder, wheel = pyodide(), os.environ.get(WHEEL)
    if not wheel or folder is None:
        pytest.skip(f"needs npm install pyodide, NODE_PATH, and in {WHEEL} the path of NumPy's wheel for that Pyodide")
    given, numpy = {"house": zipped()}, Path(wheel)
    if request.param == "node":
        return in_node(RUN, given | {"wheel": numpy.as_uri()})
    page = request.getfixturevalue("chromium").new_page()
    page.route(
        f"{SITE}/**",
        lambda route, asked: (
            route.fulfill(body='<script src="/pyodide.js"></script>', content_type="text/html")
            if asked.url == f"{SITE}/"
            else route.fulfill(path=(numpy if asked.url.endswith(".whl") else folder / asked.url.rpartition("/")[2]))
        ),
    )
    page.goto(SITE)
    return in_page(page, RUN, given | {"wheel": f"{SITE}/{numpy.name}"})


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
    found, wanted = {**there["networks"][f"{dtype} wasm"]}, {**here["networks"][f"{dtype} native"]}
    assert (found.pop("executor"), wanted.pop("executor")) == ("wasm", "native")
    assert found.pop("costs") == pytest.approx(wanted.pop("costs"), rel=1e-14)
    assert found == wanted


def test_errors_are_those_of_machine_code(there, here):
    assert there["errors"] == here["errors"]
    assert [each.partition(":")[0] for each in there["errors"]] == [
        "no error",
        "IndexError",
    ]  # another branch is traced
    assert there["elsewhere"].endswith(
        "the executor 'native' needs llvmlite, which does not run in a browser; choose 'wasm' here."
    )


LIBRARY = """async (house) => {
  const python = await require("pyodide").loadPyodide();
  python.mountNodeFS("/house", house);
  return JSON.parse(
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
}"""


def test_any_pyodide_loads_loops_and_gives_them_its_c_library():
    """Without NumPy, so that every release can be tried."""
    if pyodide() is None:
        pytest.skip("needs npm install pyodide, and NODE_PATH")
    error, found = in_node(LIBRARY, str(PACKAGE.parent))
    assert error == ""
    assert found.keys() == MATH.keys()
    for name, (one, other) in found.items():
        assert one == other, name
