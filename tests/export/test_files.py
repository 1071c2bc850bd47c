"""Files for elsewhere answer as the network does: on networks of every kind of layer, each run outside of chainrule."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.errors import DataError
from chainrule.export import verification, writing
from chainrule.export.errors import ExportError
from chainrule.export.verification import compilers
from chainrule.layers import Layer, Parameter

from .networks import FEW, NETWORKS, of, rows

cc = pytest.mark.skipif(not compilers(), reason="there is no C compiler")
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"]


@pytest.mark.parametrize("name", NETWORKS)
def test_python(name, tmp_path):
    net = of(name)
    x = rows(net)
    made = net.export(tmp_path / "small.py", verify=x)
    assert made.rows == 7 and made.difference <= 1e-6
    text = (tmp_path / "small.py").read_text(encoding="utf-8")
    assert made.size == len(text.encode()) and "chainrule" not in text.partition('"""\n')[2]
    scope = {}
    exec(text, scope)
    file = scope["Network"]()
    # OpenBLAS at times flags a product of finite float32 numbers as invalid
    with np.errstate(invalid="ignore"):
        answers = [file(x[:count]) for count in (0, 1, 7)]
    for answer in answers:
        assert answer.shape == (len(answer), net.sizes[-1]) and np.isfinite(answer).all()
    assert [*map(len, answers)] == [0, 1, 7]
    np.testing.assert_allclose(answers[1], net(x[:1]), atol=1e-6)
    names = np.array(net.classes) if net.classes else np.arange(net.sizes[-1])
    wanted = net.predict(x) if net.numeric else names[net.predict(x)]
    np.testing.assert_allclose(file.predict(x), wanted, atol=1e-6) if net.numeric else np.testing.assert_array_equal(
        file.predict(x), wanted
    )


@cc
@pytest.mark.parametrize("name", FEW)
def test_c(name, tmp_path, monkeypatch):
    """With every warning as an error, and with sanitizers."""
    monkeypatch.setenv("CC", " ".join([*compilers(), *STRICT]))
    net = of(name)
    made = net.export(tmp_path / "small.h", verify=rows(net))
    assert made.rows == 7 and made.difference <= (1e-12 if net.dtype == "float64" else 2e-6)
    assert made.same in (1.0, None)


@pytest.mark.elsewhere
@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
@pytest.mark.parametrize("name", NETWORKS)
def test_javascript(name, tmp_path):
    net = of(name)
    made = net.export(tmp_path / "small.mjs", verify=rows(net))
    assert made.rows == 7 and made.difference <= (1e-12 if net.dtype == "float64" else 2e-6)


def in_node(folder, script):
    """What a script of JavaScript says."""
    (folder / "main.mjs").write_text(script, encoding="utf-8")
    done = subprocess.run(["node", "main.mjs"], cwd=folder, capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.elsewhere
@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
def test_javascript_as_a_user_takes_it(tmp_path):
    net = of("the book's")
    grays = np.random.default_rng(0).integers(0, 256, (2, 784), np.uint8)
    net.export(tmp_path / "digits.mjs")
    found = in_node(
        tmp_path,
        f"""import {{ Network }} from "./digits.mjs";
const [one, two] = {grays.tolist()};
const [net, other] = [await Network.create(), await Network.create()];
const a = net.run(Uint8Array.from(one)), b = net.run(Uint8ClampedArray.from(two)), c = net.run(two.map((x) => x / 255));
other.set("b3", Array(10).fill(0));
let said = [];
for (const wrong of [() => net.run([1, 2]), () => net.get("w9")]) try {{ wrong(); }} catch (error) {{ said.push(error.message); }}
const answer = net.predict(Uint8Array.from(one));
console.log(JSON.stringify([[...a], [...b], [...c], answer, [...net.get("b3")], [...other.get("b3")], said]));
""",
    )
    a, b, c, answer, b3, zeros, said = found
    np.testing.assert_allclose([a, b], net(grays), atol=1e-6)
    np.testing.assert_allclose(c, b, atol=1e-6)
    assert answer == net.predict(grays[0])
    np.testing.assert_array_equal(np.float32(b3), net.biases[1][:, 0])
    assert zeros == [0] * 10
    assert said == [
        "x takes 784 numbers, and was given 2.",
        "There is no array w9; there are w2, b2, w3, b3, x, a.",
    ]


@cc
@pytest.mark.elsewhere
@pytest.mark.parametrize("name", ["the book's", "float64", "scaled, with names", "residual", "images", "tokens"])
def test_c_of_whole_numbers(name, tmp_path, monkeypatch):
    monkeypatch.setenv("CC", " ".join([*compilers(), *STRICT]))
    net = of(name)
    x = rows(net)
    made = net.export(tmp_path / "small.h", verify=x, int8=True)
    assert 1e-5 < made.difference < 0.1
    np.testing.assert_allclose(made.outputs, net(x), atol=made.difference * 1.0001)
    text = (tmp_path / "small.h").read_text(encoding="utf-8")
    assert "static const int8_t small_w" in text


@cc
def test_whole_numbers_are_the_nearest(tmp_path):
    net = of("one number")
    net.export(tmp_path / "small.h", int8=True)
    text = (tmp_path / "small.h").read_text(encoding="utf-8")
    w, *_ = net.weights
    found = text.partition("static const int8_t small_w2[24] = { /* 6×4 */")[2].partition("}")[0]
    whole = np.array(found.split(","), int).reshape(6, 4)
    scale = np.abs(w).max(axis=1, keepdims=True) / 127
    assert np.abs(whole * scale - w).max() <= 0.5001 * scale.max()
    assert (np.abs(whole).max(axis=1) == 127).all()


@cc
def test_a_header_as_a_user_takes_it(tmp_path):
    """In two files of one program, with names of classes that C must escape."""
    net = of("scaled, with names")
    net.export(tmp_path / "iris.h")
    use = '#include <stdio.h>\n#include "iris.h"\n#include "iris.h"\n'
    x = rows(net)[0].astype(np.float32)
    (tmp_path / "other.c").write_text(f"{use}int other(void) {{ return (int)sizeof(iris); }}", encoding="utf-8")
    (tmp_path / "main.c").write_text(
        f"""{use}
static iris net;
int other(void);
int main(void) {{
  float x[4] = {{{", ".join(map(repr, map(float, x)))}}};
  float a[3];
  if (iris_run(&net, x, a) || other() != (int)sizeof(iris)) return 1;
  printf("%s %s %s %d", iris_classes[0], iris_classes[1], iris_classes[2], iris_class(a));
  return 0;
}}""",
        encoding="utf-8",
    )
    built = [*compilers(), *STRICT, "main.c", "other.c", "-o", "main", "-lm"]
    subprocess.run(built, cwd=tmp_path, check=True)
    said = subprocess.run(["./main"], cwd=tmp_path, check=True, capture_output=True).stdout.decode()
    assert said == f'setosa a "b" 变色鸢尾 {net.predict(x)}'


@cc
def test_an_index_outside_of_its_array_is_an_error_in_c(tmp_path):
    net = of("tokens")
    net.export(tmp_path / "small.h")
    (tmp_path / "main.c").write_text(
        """#include <stdio.h>
#include "small.h"
static small net;
int main(void) {
  float x[6] = {0, 1, 2, 3, 4, 5}; small_result a[3];
  int wrong = small_run(&net, x, a);
  printf("%s", wrong ? small_run_errors[wrong - 1] : "");
  return 0;
}""",
        encoding="utf-8",
    )
    subprocess.run([*compilers(), *STRICT, "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    said = subprocess.run(["./main"], cwd=tmp_path, check=True, capture_output=True).stdout.decode()
    assert said == "feedforward: an index is outside of its array."


def test_grays_are_divided_in_python(tmp_path):
    net = of("the book's")
    grays = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
    assert net.export(tmp_path / "digits.py", verify=grays).difference < 1e-6
    assert net.export(tmp_path / "digits.py", verify=grays[0]).rows == 1


@cc
def test_grays_are_divided_for_c(tmp_path):
    net = of("the book's")
    grays = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
    assert net.export(tmp_path / "digits.h", verify=grays).difference < 1e-6


# ---- what goes wrong -------------------------------------------------------------------------------------------------------


def test_a_file_that_answers_otherwise_is_not_written(tmp_path, monkeypatch):
    text = writing.numpy_text
    monkeypatch.setattr(
        writing, "numpy_text", lambda trained: text(trained).replace("return a3.T", "return 1.001 * a3.T")
    )
    net = of("the book's")
    (tmp_path / "digits.py").write_text("what was there", encoding="utf-8")
    with pytest.raises(
        ExportError, match=r"^digits\.py gives other answers than the network, by up to 0\.00.*, so nothing"
    ):
        net.export(tmp_path / "digits.py", verify=rows(net))
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["what was there"]


@cc
@pytest.mark.parametrize("int8", [False, True])
def test_a_header_that_answers_otherwise_is_not_written(tmp_path, monkeypatch, int8):
    made = writing.c_header

    def wrong(trained, int8):
        whole = made(trained, int8)
        return type(whole)(whole.text.replace("= 1.0f / (", "= 1.001f / ("), whole.weights)

    monkeypatch.setattr(writing, "c_header", wrong)
    net = of("the book's")
    with pytest.raises(ExportError, match="gives other answers than the network"):
        net.export(tmp_path / "digits.h", verify=rows(net), int8=int8)
    assert not [*tmp_path.iterdir()]


def test_a_file_that_does_not_run_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "numpy_text", lambda trained: "import nothing_of_that_name\n")
    net = of("tanh")
    with pytest.raises(
        ExportError, match=r"^digits\.py does not run here, so nothing was written: ModuleNotFoundError"
    ):
        net.export(tmp_path / "digits.py", verify=rows(net))
    assert not [*tmp_path.iterdir()]


def test_without_a_compiler_c_cannot_be_verified(tmp_path, monkeypatch):
    monkeypatch.setenv("CC", "/nowhere/cc")
    net = of("tanh")
    said = r"^digits\.h cannot be verified here without a C compiler, cc; install one, or export without verify\.$"
    with pytest.raises(ExportError, match=said):
        net.export(tmp_path / "digits.h", verify=rows(net))
    assert not [*tmp_path.iterdir()]
    assert net.export(tmp_path / "digits.h").rows == 0


def test_what_cannot_be_asked_for(tmp_path):
    net = of("tanh")
    with pytest.raises(
        ExportError,
        match=r"^net\.exe has no known end; a network is exported as one of \.py, \.h, \.js, \.mjs, \.onnx, \.html\.$",
    ):
        net.export(tmp_path / "net.exe")
    with pytest.raises(ExportError, match=r"int8 takes a file that ends with \.h, and net\.py does not\.$"):
        net.export(tmp_path / "net.py", int8=True)
    with pytest.raises(DataError, match="4"):
        net.export(tmp_path / "net.py", verify=np.zeros((2, 5)))
    with pytest.raises(FileNotFoundError):
        net.export(tmp_path / "nowhere" / "net.py")
    assert not [*tmp_path.iterdir()]


def test_weights_that_cannot_be_whole_numbers(tmp_path):
    def scaled(a, w):
        return w * a

    net = cr.Network([Layer(scaled, [Parameter("w", ("n_in", "beside"), "weight")])], input=3)
    with pytest.raises(ExportError, match=r"has no weights that can be whole numbers"):
        net.export(tmp_path / "net.h", int8=True)


def test_what_only_numpy_computes_is_not_written_as_c(tmp_path):
    def turned(z):
        return np.linalg.eigh(z.T @ z)[0][:, None].T + 0 * z

    net = cr.Network([3, 2, 2], activation=turned, dtype="float64")
    with pytest.raises(ExportError, match=r"^net cannot be written as C: only NumPy computes .* = eigh"):
        net.export(tmp_path / "net.h")


@pytest.mark.parametrize(
    ("file", "title"),
    [("digits.py", "digits"), ("my-net 2.h", "my_net_2"), ("2.h", "net_2"), ("class.py", "net_class")],
)
def test_titles(file, title, tmp_path):
    assert writing.title_of(tmp_path / file) == title


PROBE = """
import os, sys
here = os.getcwd()
if sorted(os.listdir(here)) != sorted({files!r}) or os.environ.get("CHAINRULE_SECRET") or os.path.expanduser("~") != here:
    raise SystemExit("error: not apart")
if "site-packages" not in str(sys.path) or os.environ.get("PYTHONPATH"):
    raise SystemExit("error: not isolated")
"""


def test_python_is_run_apart(tmp_path, monkeypatch):
    """In a process of its own, in a folder of its own that is its home, without the user's environment and modules."""
    monkeypatch.setenv("CHAINRULE_SECRET", "secret")
    monkeypatch.setenv("PYTHONSTARTUP", "anything")
    files = ["answers.npy", "batches.npy", "columns.json", "main.py", "small.py", "x.npy"]
    text = writing.numpy_text
    monkeypatch.setattr(writing, "numpy_text", lambda trained: text(trained) + PROBE.format(files=files))
    net = of("tanh")
    assert net.export(tmp_path / "small.py", verify=rows(net)).rows == 7
    monkeypatch.setattr(writing, "numpy_text", lambda trained: text(trained) + PROBE.format(files=[]))
    with pytest.raises(ExportError, match="error: not apart"):
        net.export(tmp_path / "small.py", verify=rows(net))


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
@pytest.mark.skipif(
    not verification._restrict(shutil.which("node") or "node"), reason="this version of Node knows no permissions"
)
@pytest.mark.parametrize(
    "wish",
    [
        'readFileSync("/etc/hostname")', 'readdirSync("..")', 'writeFileSync("main.mjs", "")', 'writeFileSync("new", "")',
        'writeFileSync("/tmp/chainrule-probe", "")', "(await import('node:child_process')).execSync('id')",
        "new (await import('node:worker_threads')).Worker('1', { eval: true })",
    ],
)  # fmt: skip
def test_javascript_may_read_its_folder_and_nothing_else(tmp_path, monkeypatch, wish):
    text = writing.javascript_text
    imports = 'import { readFileSync, readdirSync, writeFileSync } from "node:fs";'
    net = of("tanh")
    for end, fails in ((wish, True), ('readFileSync("x")', False)):
        monkeypatch.setattr(writing, "javascript_text", lambda trained, end=end: f"{imports}\n{text(trained)}\n{end};")
        if not fails:
            assert net.export(tmp_path / "small.mjs", verify=rows(net)).rows == 7
            continue
        with pytest.raises(ExportError, match="Access to this API has been restricted"):
            net.export(tmp_path / "small.mjs", verify=rows(net))


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
def test_javascript_is_not_told_the_users_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_SECRET", "secret")
    monkeypatch.setenv("NODE_OPTIONS", "--require=/nowhere/at/all.js")
    text = writing.javascript_text
    probe = 'if (process.env.CHAINRULE_SECRET || process.env.HOME !== process.cwd()) throw new Error("not apart");'
    monkeypatch.setattr(writing, "javascript_text", lambda trained: f"{text(trained)}\n{probe}")
    restricted = verification._restrict(shutil.which("node"))
    verification._restrict.cache_clear()
    assert verification._restrict(shutil.which("node")) == restricted
    net = of("tanh")
    assert net.export(tmp_path / "small.mjs", verify=rows(net)).rows == 7


ODD_NAMES = [
    "plain", "my-net 2", "a.b", "2", "class", "变色鸢尾", "it's", 'a"b', "100%", "a#b?c", "-->", "*", "a\\b", "a\nb",
    "\u202egnp", "{name}", "??)", "<!--", "' + x + '", "\udcff",
]  # fmt: skip


def used(text, begin):
    """The line of a file's head that begins so: how it says that it is used."""
    return next(line.strip() for line in text.splitlines() if line.strip().startswith(begin))


@pytest.mark.skipif(os.name != "posix", reason="names as POSIX has them")
@pytest.mark.parametrize("stem", ODD_NAMES)
def test_a_file_says_how_it_is_used_by_its_own_name(stem, tmp_path, monkeypatch):
    net = cr.Network([2, 3, 2], seed=0)
    monkeypatch.chdir(tmp_path)
    for end in (".py", ".js", ".mjs", ".h", ".onnx"):
        if end != ".onnx" or importlib.util.find_spec("onnx"):
            net.export(stem + end)
    docstring = ast.get_docstring(ast.parse(Path(f"{stem}.py").read_text(encoding="utf-8")))
    lines = [line.strip() for line in docstring.splitlines()]
    begin, end = next(k for k, line in enumerate(lines) if "import" in line), lines.index("net = Network()")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines[begin : end + 1]) + "\nprint(net([[1, 2]]).shape)"], capture_output=True
    )
    assert done.stdout.strip() == b"(1, 2)", done.stderr.decode()
    for kind in (".js", ".mjs"):
        text = Path(f"{stem}{kind}").read_text(encoding="utf-8")
        address = re.search(r'from "\./(.*)";', used(text, "import"))[1]
        assert os.fsencode(urllib.parse.unquote(address, errors="surrogateescape")) == os.fsencode(stem + kind)
        assert ("let the name of the file end with .mjs" in text) == (kind == ".js")
    if shutil.which("node"):
        Path("main.mjs").write_text(
            used(text, "import") + "\nconsole.log((await Network.create()).run([1, 2]).length);", encoding="utf-8"
        )
        if not {"\udcff", "\\"} & {*stem}:  # which no address of a file can say to Node
            assert subprocess.run(["node", "main.mjs"], capture_output=True, check=True).stdout == b"2\n"
    if compilers():
        include = used(Path(f"{stem}.h").read_text(encoding="utf-8"), "#include").removesuffix(
            " // once this file has that name"
        )
        if include != f'#include "{stem}.h"':
            Path(re.search('"(.*)"', include)[1]).write_bytes(Path(f"{stem}.h").read_bytes())
        Path("main.c").write_text(f"{include}\nint main(void) {{ return 0; }}\n", encoding="utf-8")
        subprocess.run([*compilers()[:1], "-fsyntax-only", "main.c"], check=True)
