"""Products over windows as loops: of all kinds, sizes and layouts, in vectors of every width and in none.

Each is beside what NumPy adds up place by place, and machine code beside the interpreter.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from chainrule.run.loops import machine_code
from chainrule.run.loops.language import Function, check, expressions
from chainrule.run.lowering import contractions, nests, places, tiles
from chainrule.run.lowering.nests import ITEM, View
from chainrule.run.lowering.workspace import Workspace

from .loops.interpreter import Interpreter

DTYPES = {"f32": np.dtype(np.float32), "f64": np.dtype(np.float64)}
KINDS = {  # the terms of weights, of images and of maps, for each number of axes
    "1-D": ("fci", "nc(y+i)", "nfy"),
    "1-D, pooled": ("fci", "nc(2Y+p+i)", "nfYp"),
    "2-D": ("fcij", "nc(y+i)(x+j)", "nfyx"),
    "2-D, pooled": ("fcij", "nc(2Y+p+i)(2X+q+j)", "nfYpXq"),
    "steps": ("fcij", "nc(2y+i)(3x+j)", "nfyx"),
    "apart": ("fcij", "nc(y+2i)(x+3j)", "nfyx"),
    "steps, pooled, apart": ("fcij", "nc(6Y+3p+2i)(4X+2q+j)", "nfYpXq"),
    "groups": ("gfcij", "ngc(y+i)(x+j)", "ngfyx"),
    "3-D": ("fijk", "n(z+i)(y+j)(x+k)", "nfzyx"),
}
PHASES = {"nfYpXq": "nfpqYX", "nfYp": "nfpY"}
SIZES = [
    {"n": 2, "f": 3, "c": 2, "g": 2, "y": 8, "x": 8, "z": 3, "Y": 4, "X": 4, "p": 2, "q": 2, "i": 3, "j": 3, "k": 2},
    {"n": 3, "f": 5, "c": 1, "g": 3, "y": 7, "x": 13, "z": 2, "Y": 5, "X": 7, "p": 2, "q": 2, "i": 5, "j": 2, "k": 3},
    {"n": 1, "f": 1, "c": 3, "g": 1, "y": 19, "x": 3, "z": 1, "Y": 9, "X": 1, "p": 3, "q": 2, "i": 1, "j": 4, "k": 1},
    {"n": 11, "f": 7, "c": 2, "g": 1, "y": 6, "x": 24, "z": 4, "Y": 3, "X": 12, "p": 2, "q": 2, "i": 2, "j": 5, "k": 2},
]


def axes(term):
    """For each axis of a term the letters that add up along it, with their steps."""
    found = re.findall(r"\(([^)]*)\)|(\w)", term)
    return [[(each[-1], int(each[:-1] or 1)) for each in (several or one).split("+")] for several, one in found]


def shape_of(term, sizes):
    return tuple(1 + sum(step * (sizes[letter] - 1) for letter, step in axis) for axis in axes(term))


def letters_of(term):
    return [letter for axis in axes(term) for letter, _ in axis]


def places_of(term, sizes, order):
    grid = np.ogrid[tuple(slice(sizes[letter]) for letter in order)]
    at = dict(zip(order, grid, strict=True))
    return tuple(sum(step * at[letter] for letter, step in axis) for axis in axes(term))


def added_up(terms, sizes, one, other):
    """The product by its definition: each term of it is added where it belongs."""
    order = sorted({*letters_of(terms[0]), *letters_of(terms[1])})
    result = np.zeros(shape_of(terms[2], sizes))
    product = one[places_of(terms[0], sizes, order)] * other[places_of(terms[1], sizes, order)]
    product = np.broadcast_to(product, [sizes[letter] for letter in order])
    np.add.at(result, np.broadcast_arrays(*places_of(terms[2], sizes, order), product)[:-1], product)
    return result


def seen(memory, view):
    return np.ndarray(view.shape, DTYPES[view.number], memory, view.offset, view.strides)


def written(terms, sizes, number, register, layouts, fused=False):
    """The loops of a product, how many bytes of memory they need, and the views of both operands and of the result."""
    space = Workspace(register, fused)
    space.arrays = ("memory",)
    views = []
    for term in terms:
        shape, order = shape_of(term, sizes), layouts.get(term, term)
        own = [order.index(each) for each in term] if term in layouts else [*range(len(shape))]
        turned = sorted(range(len(shape)), key=lambda axis: own[axis])
        start = space.reserve(ITEM[number] * int(np.prod(shape)))
        views.append(View.rows("memory", number, [shape[axis] for axis in turned], start).turned(own))
    letters = letters_of(terms[2])
    order = [*letters, *sorted({*letters_of(terms[0]), *letters_of(terms[1])} - {*letters})]

    def split(view, term, order):
        strides = dict.fromkeys(order, 0)
        for axis, stride in zip(axes(term), view.strides, strict=True):
            for letter, step in axis:
                strides[letter] = step * stride * (sizes[letter] > 1)
        return replace(view, shape=tuple(sizes[each] for each in order), strides=tuple(strides.values()))

    operands = [split(view, term, order) for view, term in zip(views[:2], terms, strict=False)]
    target, shape = split(views[2], terms[2], letters), [sizes[each] for each in order]
    if "(" in terms[2]:
        space.fill(views[2], 0)
        places.scattered(space, number, shape, operands, len(letters), target)
    else:
        finish = tiles.Finish([], [target], lambda total, values, lanes: [total])
        contractions.contract(space, number, shape, operands, len(letters), finish)
    return [*space.parts, Function("main", ("memory",), (), space.block.body)], space.size, views


def compare(terms, sizes, number, register, layouts, machine=True):
    functions, size, views = written(terms, sizes, number, register, layouts)
    check(functions)
    memory = np.zeros(size, np.uint8)
    random = np.random.default_rng(3)
    one, other, result = (seen(memory, view) for view in views)
    one[...], other[...] = random.normal(size=one.shape), random.normal(size=other.shape)
    result[...] = np.nan
    if machine:
        machine_code.compiled(functions).function("main")(memory.ctypes.data)
    else:
        Interpreter(functions).run("main", [memory])
    exact = [each.astype(np.float64) for each in (one, other)]
    apart = np.abs(result - added_up(terms, sizes, *exact))
    sizes_of_terms = added_up(terms, sizes, *map(np.abs, exact))
    assert np.all(apart <= 8 * np.finfo(result.dtype).eps * sizes_of_terms)
    return result


CASES = [(kind, sizes) for kind in KINDS for sizes in SIZES]


@pytest.mark.wide
@pytest.mark.parametrize("direction", ["maps", "weights", "images"])
@pytest.mark.parametrize(("kind", "sizes"), CASES, ids=[f"{kind}-{SIZES.index(sizes)}" for kind, sizes in CASES])
def test_products_over_windows_are_what_is_added_up_place_by_place(kind, sizes, direction):
    weights, images, maps = KINDS[kind]
    terms = {
        "maps": (weights, images, maps),
        "weights": (maps, images, weights),
        "images": (maps, weights, images),
    }[direction]
    for layouts in ({}, {maps: PHASES[maps]}) if maps in PHASES else ({},):
        for number, register in (("f32", 64), ("f64", 32), ("f32", 16), ("f32", 0)):
            compare(terms, sizes, number, register, layouts)
    found = [compare(terms, sizes, "f32", 16, layouts, machine) for machine in (True, False)]
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("direction", [0, 1, 2])
def test_a_tile_has_many_sums_in_the_widest_vectors(direction):
    sizes = {"n": 10, "f": 40, "c": 20, "Y": 4, "X": 4, "p": 2, "q": 2, "i": 5, "j": 5}
    weights, images, maps = KINDS["2-D, pooled"]
    terms = ((weights, images, maps), (maps, images, weights), (maps, weights, images))[direction]
    functions, _, _ = written(terms, sizes, "f32", 64, {maps: PHASES[maps]})
    products = [
        each for each in expressions(functions[-1].body) if each.op in ("mul", "fma") and each.kind.number == "f32"
    ]
    assert len(products) >= 20
    assert {each.kind.lanes for each in products} == {16}


def test_a_term_that_is_forgotten_is_seen(monkeypatch):
    def short(self, axis):
        stop, start = bounds(self, axis)
        return (stop - 1 if isinstance(stop, int) else stop), start

    bounds = tiles.Tiles._stop_and_start
    monkeypatch.setattr(tiles.Tiles, "_stop_and_start", short)
    with pytest.raises(AssertionError):
        compare(KINDS["2-D"], SIZES[0], "f32", 16, {})


def test_lanes_are_added_up_in_each_of_several_vectors():
    for register, count in ((64, 25), (64, 16), (64, 3), (16, 5), (16, 1)):
        lanes = register // 4
        block = nests.Block()
        tools = nests.Nests(block, register)
        views = [View("x", "f32", (lanes,), (4,), k * register) for k in range(count)]
        sums = tools.across_each([view.load(block, lanes, 4) for view in views])
        for k, total in enumerate(sums):
            View("y", "f32", (), (), 4 * k).store(block, total)
        x, y = np.random.default_rng(0).normal(size=(count, lanes)).astype(np.float32), np.zeros(count, np.float32)
        functions = [Function("main", ("x", "y"), (), block.body)]
        check(functions)
        machine_code.compiled(functions).function("main")(x.ctypes.data, y.ctypes.data)
        np.testing.assert_allclose(y, x.sum(1), rtol=0, atol=4e-6)
