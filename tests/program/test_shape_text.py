"""How shapes are written: a number, a vector of one number and a matrix of one number differ, in every text alike."""

import ast
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule import derive, trace
from chainrule.core.dims import Dim, shape_text
from chainrule.core.primitive import PRIMITIVES
from chainrule.dimensions import names_text, shape_signs, size_column
from chainrule.program.formulas import formulas
from chainrule.program.operations import matrix_functions, special, transforms  # noqa: F401  # enter the registry

from ..browser.engines import in_node
from . import checks

SHAPES = [(), (1,), (5,), (0,), (1, 1), (5, 1), (1, 5), (2, 3), (1, 1, 1), (2, 3, 4)]
PACKAGE = Path(chainrule.__file__).parent


def read(text, letters=None):
    """The shape that a text says, read without the function that wrote it; letters are sizes."""
    text = re.sub(r"[a-z]", lambda letter: str(letters[letter[0]]), text) if letters else text
    if text.startswith("("):
        return ast.literal_eval(text)
    sizes = tuple(map(int, text.split("×")))
    assert len(sizes) > 1, f"{text} may be a number or a vector"
    return sizes


def comments(text):
    """What the comments of a printed function say of its arguments, and of the names that its lines bind."""
    found = dict(re.findall(r"^    # (\w+): (\(.*?\)|[\w×]+)(?:, constant)?$", text, re.MULTILINE))
    return found | dict(re.findall(r"^    (\w+) = .*  # (.+)$", text, re.MULTILINE))


def test_shapes_have_different_texts():
    assert len({*map(shape_text, SHAPES)}) == len(SHAPES)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_text_says_the_shape_that_numpy_has(shape):
    text = shape_text(shape)
    assert read(text) == np.shape(np.zeros(shape))
    assert names_text(shape) == text == shape_text(tuple(Dim("n", size) for size in shape))
    for axis, size in enumerate(shape):
        start, length = size_column(shape, axis)
        assert text[start : start + length] == str(size)
    first, *signs = shape_signs(len(shape))
    assert text == first + "".join(f"{size}{sign}" for size, sign in zip(shape, signs, strict=True))


@pytest.mark.names
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_printed_comments_agree_with_the_arrays_of_a_run(shape):
    def cost(x, t):
        y = np.sin(x)
        z = t * y
        return np.sum(z * z)

    arguments = [np.ones(shape), np.ones(())]
    found = comments(str(trace(cost, arguments)))
    y = np.sin(arguments[0])
    assert {name: read(found[name]) for name in "xtyz"} == {"x": shape, "t": (), "y": y.shape, "z": y.shape}
    gradient = derive(cost, arguments)
    found = comments(str(gradient))
    letters = dict(zip(re.findall("[a-z]", found["x"]), (size for size in shape if size > 1), strict=True))
    for name, array in zip(("dC_dx", "dC_dt"), gradient(*arguments), strict=True):
        assert read(found[name], letters) == np.shape(array)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_comments_of_every_operation_agree_with_numpy(name):
    def agrees(primitive, inputs, params):
        def function(*arguments):
            result = checks.recorded(primitive, arguments, params)[0]
            return result

        arrays = [each for each in inputs if isinstance(each, (np.ndarray, np.inexact, float))]
        program = trace(function, list(inputs), loops=False)
        found = comments(str(program))
        for symbol, array in zip(program.inputs, arrays, strict=True):
            assert read(found[symbol.name]) == np.shape(array), symbol.name
        sizes = [read(formula.target.size) for formula in formulas(program)]
        assert sizes[-1:] in ([], [np.shape(checks.results(primitive, inputs, params)[0])])

    checks.on_every_example(agrees, PRIMITIVES[name])


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
def test_the_page_writes_shapes_alike():
    script = (PACKAGE / "page" / "front" / "symbols.js").read_text(encoding="utf-8")
    function = re.search(r"^export (const shapeText = .*;)$", script, re.MULTILINE)
    found = in_node(f"async (shapes) => {{ {function[1]} return shapes.map(shapeText); }}", SHAPES)
    assert found == [*map(shape_text, SHAPES)]


def test_only_one_function_puts_a_sign_between_sizes():
    joins = re.compile(r"""(["'])×\1\)?\.join|\.join\((["'])×\2\)|by=(["'])×\3""")
    sources = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.js")]
    found = {path.name for path in sources if joins.search(path.read_text(encoding="utf-8"))}
    assert found == {"symbols.js"}
