"""What a network knows of its data goes with it: missing numbers, scaling, texts, labels, and numbers in their own units."""

import json
import shutil
import subprocess

import numpy as np
import pytest

import chainrule as cr
from chainrule.export.verification import compilers

RANDOM = np.random.default_rng(0)
COUNT = 60
X = RANDOM.normal(100, 20, (COUNT, 4))
TABLE = {
    "age": np.where(np.arange(COUNT) == 3, np.nan, RANDOM.normal(40, 12, COUNT)),
    "town": RANDOM.choice(["Ulm", "Bern", "Köln"], COUNT),
    "size": RANDOM.normal(1000, 50, COUNT),
}
STRANGE = {  # names that C, ONNX or the programs have for something else
    "label": RANDOM.choice(["yes", 'no "?\\', '"""', "*/", ""], COUNT).tolist(),
    "w2": RANDOM.normal(size=COUNT),
    "2nd floor": RANDOM.choice(["a", "b"], COUNT).tolist(),
    "größe": RANDOM.integers(0, 9, COUNT),
    "x": RANDOM.random(COUNT) < 0.5,
    "int": RANDOM.normal(size=COUNT),
}
HOLES = {"town": [None, "Ulm", "Bern", "Ulm"] * (COUNT // 4), "age": [20.0, 30.0, None, 50.0] * (COUNT // 4)}
SQUARED = {"cost": "mean-squared-error", "seed": 1}
CROSSED = {"cost": "cross-entropy", "seed": 1}
CASES = {
    "texts": (lambda: cr.Network([4, 6, 3], seed=1), X, RANDOM.choice(["a", "b", "c"], COUNT)),
    "numbers of classes": (lambda: cr.Network([5, 6, 2], missing="mean", seed=1), TABLE, RANDOM.choice([3, 7], COUNT)),
    "names of all kinds": (
        lambda: cr.Network([11, 5, 2], dtype="float64", seed=1),
        STRANGE,
        RANDOM.choice([3, 7], COUNT),
    ),
    "rows without names": (
        lambda: cr.Network([3, 4, 2], seed=1),
        [[float(k), ("Ulm", "Bern")[k % 2]] for k in range(COUNT)],
        RANDOM.choice(["a", "b"], COUNT),
    ),
    "holes": (lambda: cr.Network([3, 4, 2], missing="median", seed=1), HOLES, RANDOM.choice([3, 7], COUNT)),
    "numbers": (lambda: cr.Network([4, 6, 2], **SQUARED), X, RANDOM.normal(1000, 100, (COUNT, 2))),
    "a number": (lambda: cr.Network([4, 6, 1], scale="min-max", **SQUARED), X, RANDOM.normal(1000, 100, COUNT)),
    "binary": (lambda: cr.Network([4, 6, 1], **CROSSED), X, RANDOM.choice(["no", "yes"], COUNT)),
    "binary, of a margin": (lambda: cr.Network([4, 6, 1], cost="hinge", seed=1), X, RANDOM.choice([0, 1], COUNT)),
    "several labels": (lambda: cr.Network([4, 6, 3], **CROSSED), X, RANDOM.integers(0, 2, (COUNT, 3))),
    "pairs": (lambda: cr.Network([4, 6, 2], seed=1), X, [("a", 1), ("b", 2)] * (COUNT // 2)),
    "missing numbers": (
        lambda: cr.Network([4, 6, 2], missing="median", seed=1),
        np.where(RANDOM.random(X.shape) < 0.1, np.nan, X),
        RANDOM.integers(0, 2, COUNT),
    ),
}
FILES = [
    "net.py",
    pytest.param("net.h", marks=[pytest.mark.elsewhere, pytest.mark.skipif(not compilers(), reason="no C compiler")]),
    pytest.param(
        "net.mjs", marks=[pytest.mark.elsewhere, pytest.mark.skipif(not shutil.which("node"), reason="no Node")]
    ),
    pytest.param("net.onnx", marks=pytest.mark.elsewhere),
]


def taught(case):
    made, x, y = CASES[case]
    net = made()
    net.fit(x, y, epochs=3, batch_size=5, executor="numpy")
    return net, x, y


@pytest.mark.wide
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("case", CASES)
def test_answers_are_those_of_the_network(case, file, tmp_path, monkeypatch):
    if file == "net.onnx":
        pytest.importorskip("onnx")
        pytest.importorskip("onnxruntime")
    if file == "net.h":
        strict = "-Wall -Wextra -Werror -fsanitize=undefined,address -fno-sanitize-recover=all"
        monkeypatch.setenv("CC", " ".join([*compilers(), "-std=c99", *strict.split()]))
    net, x, _ = taught(case)
    made = net.export(tmp_path / file, verify=x)
    assert made.rows == COUNT and made.difference <= 1e-6 * max(1, np.abs(net(x)).max())
    assert made.same == (None if net.numeric else 1.0)
    if file != "net.onnx":
        learned = net.export(tmp_path / file, verify=x, learns=True, optimizer="adam")
        assert learned.learned < 1e-5


@pytest.mark.parametrize("case", CASES)
def test_python_answers_in_the_same_terms(case, tmp_path):
    net, x, _ = taught(case)
    net.export(tmp_path / "net.py")
    scope = {}
    exec((tmp_path / "net.py").read_text(encoding="utf-8"), scope)
    found, wanted = scope["Network"]().predict(x), net.predict(x)
    if net.numeric:
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
    else:
        assert (found if isinstance(found, list) else found.tolist()) == wanted.tolist()


def test_python_refuses_a_text_that_the_network_does_not_know(tmp_path):
    net, x, _ = taught("numbers of classes")
    net.export(tmp_path / "net.py")
    scope = {}
    exec((tmp_path / "net.py").read_text(encoding="utf-8"), scope)
    file = scope["Network"]()
    with pytest.raises(ValueError, match=r"^town is 'Rom'; it must be one of \['Bern', 'Köln', 'Ulm'\]$"):
        file.predict({**x, "town": ["Rom"] * COUNT})
    with pytest.raises(ValueError, match=r"^age is '40'; it must be a number$"):
        file.predict({"age": ["40"], "town": ["Ulm"], "size": [1000]})


UNKNOWN = [[40.0, "Rom"], [40.0, None], [40.0, ""], [None, "Ulm"], [np.nan, "Ulm"], [np.inf, "Ulm"]]


@pytest.mark.parametrize("file", FILES)
def test_rows_that_the_network_refuses_are_refused_elsewhere(file, tmp_path):
    """Texts that are unknown, and what is missing with nothing to stand in; an ONNX model lets a NaN go on to its outputs."""
    net = cr.Network([3, 4, 2], seed=1)
    net.fit({"age": [20.0, 30.0] * 6, "town": ["Ulm", "Bern"] * 6}, [0, 1] * 6, epochs=1, executor="numpy")
    net.export(tmp_path / file)
    for row in UNKNOWN:
        with pytest.raises(cr.ChainruleError):
            net.predict(dict(zip(("age", "town"), ([each] for each in row), strict=True)))
        assert ANSWERS[file](tmp_path / file, row) == "refused"
    assert ANSWERS[file](tmp_path / file, [25.0, "Ulm"]) == str(net.predict({"age": [25.0], "town": ["Ulm"]})[0])


def by_python(path, row):
    scope = {}
    exec(path.read_text(encoding="utf-8"), scope)
    try:
        return str(scope["Network"]().predict({"age": row[:1], "town": row[1:]})[0])
    except ValueError:
        return "refused"


def by_node(path, row):
    text = json.dumps({"age": row[0], "town": row[1]})
    (path.parent / "main.mjs").write_text(
        f"""import {{ Network }} from "./net.mjs";
const net = await Network.create(), NaN = Number.NaN;
let said = "refused";
try {{ said = net.predict({text}); }} catch (error) {{ if (error.constructor !== Error) throw error; }}
console.log(String(said));
""",
        encoding="utf-8",
    )
    done = subprocess.run(["node", "main.mjs"], cwd=path.parent, capture_output=True, check=True)
    return done.stdout.decode().strip()


def by_c(path, row):
    number = {"None": "NAN", "nan": "NAN", "inf": "INFINITY"}.get(str(row[0]), str(row[0]))
    text = "NULL" if row[1] is None else json.dumps(row[1])
    (path.parent / "main.c").write_text(
        f"""#include <stdio.h>
#include "net.h"
static net it;
int main(void) {{
  net_row row = {{.age = {number}, .town = {text}}};
  float x[3], a[2];
  if (net_inputs(&row, x) || net_run(&it, x, a)) puts("refused");
  else printf("%d\\n", net_class(a));
  return 0;
}}
"""
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined,address"]
    subprocess.run([*compilers(), *flags, "main.c", "-o", "main", "-lm"], cwd=path.parent, check=True)
    return subprocess.run(["./main"], cwd=path.parent, capture_output=True, check=True).stdout.decode().strip()


def by_onnxruntime(path, row):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = np.array([[np.nan if row[0] is None else row[0]]], np.float32)
    try:
        label, a = session.run(["label", "activations"], {"age": given, "town": np.array([[row[1] or ""]], object)})
    except onnxruntime.capi.onnxruntime_pybind11_state.Fail:
        return "refused"
    return str(label[0]) if np.isfinite(a).all() and np.isfinite(given).all() else "refused"


ANSWERS = {"net.py": by_python, "net.h": by_c, "net.mjs": by_node, "net.onnx": by_onnxruntime}


@pytest.mark.elsewhere
@pytest.mark.parametrize("case", CASES)
def test_labels_and_probabilities_of_onnx(case, tmp_path):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    net, x, _ = taught(case)
    net.export(tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
    rows = net.schema.inputs.given(x, net.sizes[0])
    if rows.is_table:
        columns = [
            np.array([[each or ""] for each in rows.column(k)], object) if column.levels
            else np.array([[np.nan if each is None else each] for each in rows.column(k)], net.dtype)
            for k, column in enumerate(net.schema.inputs.columns)
        ]  # fmt: skip
        fed = dict(zip((each.name for each in session.get_inputs()), columns, strict=True))
        wanted = [each.name or str(k) for k, each in enumerate(net.schema.inputs.columns)]
        assert [each.rstrip("_") for each in fed] == wanted
    else:
        fed = {"x": x.astype(np.float32)}
    for count in (1, 0, 7, COUNT):
        some = {name: each[:count] for name, each in fed.items()}
        found = dict(zip((each.name for each in session.get_outputs()), session.run(None, some), strict=True))
        assert {len(each) for each in found.values()} == {count}
    if net.numeric:
        np.testing.assert_allclose(found["variable"].reshape(np.shape(net.predict(x))), net.predict(x), rtol=1e-6)
        return
    wanted = net.predict(x)
    assert found["label"].tolist() == [str(each) for each in wanted] if case == "pairs" else wanted.tolist()
    if case == "binary, of a margin":
        assert list(found) == ["label", "activations"]
    else:
        np.testing.assert_allclose(found["probabilities"], net.predict_proba(x), atol=1e-6)


@pytest.mark.elsewhere
@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
@pytest.mark.parametrize("case", ["texts", "binary", "binary, of a margin", "several labels", "numbers", "a number"])
def test_javascript_answers_in_the_same_terms(case, tmp_path):
    net, x, _ = taught(case)
    net.export(tmp_path / "net.mjs")
    (tmp_path / "main.mjs").write_text(
        f"""import {{ Network }} from "./net.mjs";
const net = await Network.create();
const plain = (answer) => (ArrayBuffer.isView(answer) ? [...answer] : answer);
console.log(JSON.stringify({x[:9].tolist()}.map((row) => plain(net.predict(row)))));
""",
        encoding="utf-8",
    )
    done = subprocess.run(["node", "main.mjs"], cwd=tmp_path, capture_output=True, check=True)
    found, wanted = json.loads(done.stdout), net.predict(x[:9])
    np.testing.assert_allclose(found, wanted, rtol=1e-6) if net.numeric else np.testing.assert_array_equal(
        found, wanted
    )


@pytest.mark.elsewhere
@pytest.mark.skipif(not compilers(), reason="there is no C compiler")
@pytest.mark.parametrize("case", ["texts", "binary", "binary, of a margin"])
def test_c_answers_in_the_same_terms(case, tmp_path):
    net, x, _ = taught(case)
    net.export(tmp_path / "it.h")
    numbers = ", ".join(f"{each!r}f" for each in x[:9].astype(np.float32).ravel().tolist())
    said = 'printf("%s ", it_classes[k])' if net.classes else 'printf("%d ", k)'
    (tmp_path / "main.c").write_text(
        f"""#include <stdio.h>
#include "it.h"
static it net;
static const float x[36] = {{{numbers}}};
int main(void) {{
  it_result a[3];
  for (int row = 0; row < 9; row++) {{
    it_run(&net, x + 4 * row, a);
    int k = it_class(a);
    {said};
  }}
  return 0;
}}
""",
        encoding="utf-8",
    )
    subprocess.run(
        [*compilers(), "-std=c99", "-Wall", "-Wextra", "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True
    )
    said = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, check=True).stdout.decode().split()
    assert said == [str(each) for each in net.predict(x[:9])]


@pytest.mark.parametrize("case", ["texts", "numbers", "a number", "binary", "several labels", "missing numbers"])
def test_a_file_goes_on_learning_from_the_same_data(case, tmp_path):
    net, x, y = taught(case)
    net.export(tmp_path / "net.py", learns=True)
    scope = {}
    exec((tmp_path / "net.py").read_text(encoding="utf-8"), scope)
    file, answers = scope["Network"](), np.asarray(y)
    if case in ("texts", "binary"):
        answers = np.array([net.schema.outputs.labels.index(each) for each in y])
    rate = net._learning(None, None).rate
    for k in range(COUNT // 5):
        file.step(x[5 * k : 5 * k + 5], answers[5 * k : 5 * k + 5], rate)
    net.fit(x, y, epochs=1, batch_size=5, shuffle=False, executor="numpy")
    for own, fitted in zip(file.parameters.values(), net.parameters, strict=True):
        np.testing.assert_allclose(own, fitted, atol=1e-4)
