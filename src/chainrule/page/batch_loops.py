"""What surrounds a training step, as loops whose sizes are names: a batch's examples, and what a step says of itself.

Images are rows of bytes, other inputs and desired outputs rows of numbers, all padded to whole vectors. `order` has the places of
the examples of each step, which is number `step` of a call.
"""

from __future__ import annotations

from ..run.loops.language import F32, I32, INDEX, Block, Body, Count, Expression, apply, at, constant, get, load, size
from ..run.lowering.operations import chosen
from .layer_loops import EXAMPLES, FIRST, FLOATS, INTEGERS, TILE, TILES, VECTOR, M

ROW = VECTOR * size("v")
"""The bytes of a column of a layer's array."""
LIST = ROW + VECTOR
ARRAYS: dict[str, Count] = {
    "images": ROW * size("examples"), "targets": ROW * size("examples"), "labels": 4 * size("examples"),
    "order": 4 * M * size("steps"), "costs": 4 * size("steps"), "right": 4, "places": LIST * M, "counts": 4 * M,
    "a": ROW * M, "y": ROW * M,
}  # fmt: skip
"""The arrays, with the bytes of each; `steps` is how many a call may take."""
LAYERS = {"a", "y"}
"""Those that each layer has."""
_STEP = get("step", INDEX)


def _example(block: Block, c: Expression) -> Expression:
    place = load(at("order", 0, (_STEP, 4 * M), (c, 4)), I32)
    return block.let(apply("convert", place, kind=INDEX))


def images() -> Body:
    """The inputs of a batch out of bytes."""
    block = Block()
    with block.loop("c", M) as c:
        x = block.let(_example(block, c) * constant(4 * size("v"), INDEX))
        with block.loop("i", size("v")) as i:
            gray = apply("load_bytes", detail=at("images", 0, (x, 1), (i, 4)), kind=INTEGERS)
            number = apply("convert", gray, kind=FLOATS) * constant(1 / 255, FLOATS)
            block.store(at("a", 0, (c, ROW), (i, VECTOR)), number)
    return block.body


def nonzero() -> Body:
    """The lists of the inputs that are not 0 in all examples of a tile."""
    block = Block()
    with block.loop("h", TILES) as h:
        held = block.set("held", constant(0, INDEX))
        with block.loop("i", size("v")) as i:
            seen = block.set("seen", constant(0, INTEGERS))
            with block.loop("e", EXAMPLES) as e:
                x = load(at("a", FIRST * ROW, (h, EXAMPLES * ROW), (e, ROW), (i, VECTOR)), FLOATS)
                block.set("seen", seen | apply("bits", x, kind=INTEGERS))
            ones = block.let(chosen(seen.equals(0), constant(0, INTEGERS), constant(1, INTEGERS)))
            first = block.let(apply("convert", i * 4, kind=I32))
            for lane in range(4):
                block.store(at("places", TILE * LIST, (h, LIST), (held, 4)), first + lane)
                one = apply("lane", ones, kind=I32, detail=lane)
                block.set("held", held + apply("convert", one, kind=INDEX))
        block.store(at("counts", 4 * TILE, (h, 4)), apply("convert", held, kind=I32))
    return block.body


def numbers(source: str, target: str) -> Body:
    """The inputs or the desired outputs of a batch out of rows of numbers."""
    block = Block()
    with block.loop("c", M) as c:
        x = block.let(_example(block, c) * constant(ROW, INDEX))
        with block.loop("i", size("v")) as i:
            block.store(at(target, 0, (c, ROW), (i, VECTOR)), load(at(source, 0, (x, 1), (i, VECTOR)), FLOATS))
    return block.body


def told() -> Body:
    """The cost of a step, and how many of its answers were right: no other output is larger, nor as large and before it."""
    block = Block()
    block.store(at("costs", 0, (_STEP, 4)), load(at("cost"), F32))
    right = block.set("right", load(at("right"), I32))
    with block.loop("c", M) as c:
        place = load(at("labels", 0, (block.let(_example(block, c) * 4), 1)), I32)
        label = block.let(apply("convert", place, kind=INDEX))
        best = block.let(load(at("a", 0, (c, ROW), (label, 4)), F32))
        one = block.set("one", constant(1, I32))
        with block.loop("i", size("n")) as i:
            x = block.let(load(at("a", 0, (c, ROW), (i, 4)), F32))
            beaten = (x > best) | (x.equals(best) & (i < label))
            block.set("one", chosen(beaten, constant(0, I32), one))
        right = block.set("right", right + one)
    block.store(at("right"), right)
    return block.body
