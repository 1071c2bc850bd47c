"""Whatever a stranger calls a column, a text in it, a class or a file, it stays a name: in each kind of file, on each screen.

A file with a hostile name must be, but for its strings and comments, the file with a harmless one: Python as its own parser
reads it, C and JavaScript as the small readers below do, HTML as browsers begin to. What a compiler, Node and onnxruntime make
of them is in the group `elsewhere`.
"""

import ast
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

import chainrule as cr
from chainrule.export.verification import compilers
from chainrule.program.symbol_names import symbol_latex
from chainrule.quoting import c_comment, c_string, javascript, latex_text, printable, python_docstring
from chainrule.run.loops.c import identifier
from chainrule.run.lowering.webassembly import webassembly
from chainrule.show.language import languages, translated
from chainrule.show.markup import tag

from .hostile import NAMES, unsafe

HARMLESS, LAST = "plain", "～"  # LAST is sorted behind all of them
COUNT = 24
EVERY = [pytest.param(name, id=what) for what, name in NAMES.items()]


def network(name):
    """A network whose columns, texts in them and classes have this name."""
    random = np.random.default_rng(0)
    table = {f"{name}1": random.normal(size=COUNT), f"{name}2": [f"{name}3", LAST] * (COUNT // 2)}
    net = cr.Network([3, 4, 2], seed=1)
    net.fit(table, [f"{name}4", LAST] * (COUNT // 2), epochs=1)
    for array in net.parameters:
        array[...] = 0.5  # in which order names are sorted does not matter
    return net, table


def exported(name, kind, folder, **options):
    folder.mkdir(exist_ok=True)
    net, table = network(name)
    if kind == ".html":
        options["examples"] = table, [f"{name}4", LAST] * (COUNT // 2)
    net.export(folder / f"net{kind}", **options)
    return (folder / f"net{kind}").read_text(encoding="utf-8")


# ---- readers of languages, which know nothing of how they are written ------------------------------------------------------


def of_python(text):
    """A module without its strings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def of_c(text, javascript=False):
    """A text of C99, or of JavaScript, without its comments and with empty strings."""
    if not javascript:
        for last, sign in {
            "=": "#",
            "/": "\\",
            "'": "^",
            "(": "[",
            ")": "]",
            "!": "|",
            "<": "{",
            ">": "}",
            "-": "~",
        }.items():
            text = text.replace(f"??{last}", sign)
        text = re.sub(r"\\[ \t]*\n", "", text)
    line_end = "[\n\r\u2028\u2029]" if javascript else "\n"
    string = rf"([\"'])(?:\\.|(?!\1)(?!{line_end}).)*\1"
    token = re.compile(
        rf"/\*.*?\*/|//(?:(?!{line_end}).)*|{string}" + ("|`(?:\\\\.|[^`\\\\])*`" if javascript else ""), re.DOTALL
    )
    plain = token.sub(lambda match: match[0] if match[0][0] == "`" else '""' if match[1] else " ", text)
    return re.sub(r"\s+", " ", plain)


class Elements(HTMLParser):
    """The elements of a page with their attributes' names, in their order."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, name, attributes):
        self.found.append((name, *(attribute for attribute, _ in attributes)))

    def handle_endtag(self, name):
        self.found.append(f"/{name}")

    def handle_comment(self, text):
        self.found.append("comment")


def test_the_readers_see_what_ends_a_comment_or_a_string():
    for text in ("/* *??/\n/PWNED();/* */", "/* */PWNED();/* */", '"\\\\";PWNED();"";', '"a"PWNED()""'):
        assert "PWNED" in of_c(text)
        assert "PWNED" not in of_c(text.replace("PWNED", ""))
    for text in ("// \u2028PWNED()", "/* */PWNED();/* */", "'\\'';PWNED();''"):
        assert "PWNED" in of_c(text, javascript=True)
    assert "PWNED" not in of_c('/* PWNED */ // PWNED\n "PWNED\\"" ', javascript=True)
    assert "PWNED" in of_python(r'''"""\"a""";PWNED();"""b"""''') and "PWNED" not in of_python('"PWNED"')
    assert Elements('<p title="&quot;">&lt;b&gt;</p>').found == [("p", "title"), "/p"]


# ---- one function for each language --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_each_function_that_quotes_a_name_holds_it(name):
    assert not unsafe(printable(name), keep="")
    assert of_c(f"/* {c_comment(name)} */").strip() == ""
    assert of_c(f"/* {c_comment(name)} */", javascript=True).strip() == ""
    assert of_c(c_string(name)) == '""' and ast.literal_eval(f"b{c_string(name)}".replace("\\?", "?")).decode() == name
    assert of_c(javascript(name), javascript=True) == '""' and json.loads(javascript(name)) == name
    assert ast.literal_eval(f'"""{python_docstring(name)}"""') == printable(name, keep="\n")
    (only,) = Elements(tag("p", name, title=name)).found[:1]
    assert only == ("p", "title") and len(Elements(tag("p", name, title=name)).found) == 2
    for text in (c_comment(name), c_string(name), javascript(name), python_docstring(name), tag("p", name, title=name)):
        assert not unsafe(text)
    for text in (c_comment(name), javascript(name), tag("p", name, title=name)):
        assert "</script" not in text and "<!--" not in text
    depth = 0
    for part in re.findall(r"\\.|[{}$]", latex_text(name)):
        depth += {"{": 1, "}": -1}.get(part, 0)
        assert depth >= 0 and part != "$"
    assert depth == 0 and "\\input" not in latex_text(name) and "\\input" not in symbol_latex(name)


# ---- files -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def harmless(tmp_path_factory):
    """The files with a harmless name, by their kinds."""
    folder = tmp_path_factory.mktemp("harmless")
    return {kind: exported(HARMLESS, kind, folder) for kind in (".py", ".h", ".js", ".mjs")}


@pytest.mark.parametrize("name", EVERY)
def test_a_name_stays_a_name_in_python(name, harmless, tmp_path):
    text = exported(name, ".py", tmp_path)
    assert of_python(text) == of_python(harmless[".py"])
    assert not unsafe(text)
    scope = {}
    exec(compile(text, "net.py", "exec"), scope)
    assert scope["CLASSES"] == sorted([f"{name}4", LAST])
    assert list(scope["COLUMNS"]) == [f"{name}1", f"{name}2"]


@pytest.mark.parametrize("name", EVERY)
def test_a_name_stays_a_name_in_c(name, harmless, tmp_path):
    text = exported(name, ".h", tmp_path)
    skeletons = []
    for whole, called in ((text, name), (harmless[".h"], HARMLESS)):
        fields = [identifier(f"{called}{k}") for k in (1, 2)]
        whole = of_c(whole)
        for k, field in enumerate(fields):
            whole = re.sub(rf"\b(net_)?(column)?{field}(_texts)?\b", rf"\1field{k}\3", whole)
        skeletons.append(whole)
    assert skeletons[0] == skeletons[1]
    assert not unsafe(text)


@pytest.mark.parametrize("kind", [".js", ".mjs"])
@pytest.mark.parametrize("name", EVERY)
def test_a_name_stays_a_name_in_javascript(name, kind, harmless, tmp_path):
    text = exported(name, kind, tmp_path)
    assert of_c(text, javascript=True) == of_c(harmless[kind], javascript=True)
    assert not unsafe(text) and "</" not in text and "<!" not in text
    (classes,) = re.findall(r"^export const classes = (.*);$", text, re.MULTILINE)
    assert json.loads(classes) == sorted([f"{name}4", LAST])


def test_names_stay_names_in_a_page(tmp_path):
    """In a page they are packed, and unpacked as data, so that none of them stands in its text at all."""
    text = exported("".join(NAMES.values()), ".html", tmp_path)
    assert "PWNED" not in text and not unsafe(text, keep="\n\t")
    assert Elements(text).found == Elements(exported(HARMLESS, ".html", tmp_path)).found


@pytest.mark.parametrize("name", EVERY)
def test_a_name_stays_a_name_in_an_explanation(name):
    """Beside a name of the same length, since what is drawn depends on that."""
    pages = []
    for called in (name, "p" * len(printable(name))):
        net, table = network(called)
        made = net.explain({column: values[:1] for column, values in table.items()}, [f"{called}4"])
        pages.append(made._repr_html_())
        assert not unsafe(pages[-1], keep="\n\t")
    assert Elements(pages[0]).found == Elements(pages[1]).found


@pytest.mark.parametrize("name", EVERY)
def test_a_key_stays_a_key_in_a_derivative_and_in_its_other_languages(name):
    def cost(p):
        return np.sum(p[name] ** 2 * p["w"])

    point = {name: np.arange(3.0), "w": np.ones(3)}
    program = cr.derive(cost, [point])
    text, made = str(program), webassembly(program).javascript
    ast.parse(text)
    np.testing.assert_array_equal(program(point)[name], 2 * np.arange(3.0))
    for each in (text, made, program.latex()):
        assert not unsafe(each)
    assert "</" not in made and "<!" not in made and "\\input{" not in program.latex()
    assert "PWNED" not in of_c(made, javascript=True) or name.isidentifier()


# ---- the same with what runs such files ------------------------------------------------------------------------------------


@pytest.mark.elsewhere
@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
@pytest.mark.parametrize("name", EVERY)
def test_node_finds_the_names_and_runs_none(name, tmp_path):
    net, table = network(name)
    net.export(tmp_path / "net.mjs", verify=table)
    main = f"""globalThis.PWNED = () => {{ console.log("PWNED"); process.exit(1); }};
const {{ Network, classes }} = await import("./net.mjs");
const net = await Network.create();
console.log(JSON.stringify([classes, net.predict([0.5, {javascript(f"{name}3")}])]));"""
    (tmp_path / "main.mjs").write_text(main, encoding="utf-8")
    done = subprocess.run(["node", "main.mjs"], cwd=tmp_path, capture_output=True, check=True)
    classes, answer = json.loads(done.stdout)
    assert classes == sorted([f"{name}4", LAST]) and answer in classes


@pytest.mark.elsewhere
@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
@pytest.mark.parametrize("name", EVERY)
def test_node_finds_the_keys_of_a_derivative(name, tmp_path):
    point = {name: np.arange(3.0), "w": np.ones(3)}
    made = webassembly(cr.derive(lambda p: np.sum(p[name] ** 2 * p["w"]), [point]))
    made.save(tmp_path / "slope.mjs")
    main = f"""import {{ instantiate }} from "./slope.mjs";
const {{ inputs, run }} = await instantiate();
inputs.p[{javascript(name)}].set([0, 1, 2]); inputs.p.w.set([1, 1, 1]);
console.log(JSON.stringify([...run()[{javascript(name)}]]));"""
    (tmp_path / "main.mjs").write_text(main, encoding="utf-8")
    done = subprocess.run(["node", "main.mjs"], cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(done.stdout) == [0, 2, 4]


@pytest.mark.elsewhere
@pytest.mark.skipif(not compilers(), reason="there is no C compiler")
@pytest.mark.parametrize("standard", ["c99", "gnu17"])
@pytest.mark.parametrize("name", [each for each in EVERY if "\0" not in each.values[0]])  # C's strings end there
def test_a_compiler_finds_the_names_and_nothing_else(name, standard, tmp_path):
    net, table = network(name)
    net.export(tmp_path / "net.h", verify=table)
    main = (
        '#include <stdio.h>\n#include "net.h"\nint main(void) { puts(net_classes[0]); puts(net_classes[1]); return 0; }'
    )
    (tmp_path / "main.c").write_text(main, encoding="utf-8")
    options = [f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
    subprocess.run([*compilers(), *options, "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    done = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.decode() == "".join(f"{each}\n" for each in sorted([f"{name}4", LAST]))


@pytest.mark.elsewhere
@pytest.mark.parametrize("name", EVERY)
def test_onnxruntime_finds_the_names(name, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    net, table = network(name)
    net.export(tmp_path / "net.onnx", verify=table)
    session = onnxruntime.InferenceSession((tmp_path / "net.onnx").read_bytes(), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == [f"{name}1", f"{name}2"]


@pytest.mark.parametrize("name", EVERY)
def test_python_runs_apart_and_runs_no_name(name, tmp_path):
    net, table = network(name)
    assert net.export(tmp_path / "net.py", verify=table).rows == COUNT


# ---- screens ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_a_message_says_a_name_on_one_line_and_a_terminal_does_not_obey_it(name):
    net, table = network(name)
    with pytest.raises(Exception) as refusal:  # noqa: PT011
        net.predict({column: ["\x1b[31mred\nline"] * 2 for column in table})
    for language in languages():
        for said in (refusal.value, *net.schema.lines()):
            assert not unsafe(translated(said, language), keep="")
