"""Loops rewritten give the same bits: tiles of any shape, functions cut at any size, sizes put in late."""

import itertools

import numpy as np
import pytest

from chainrule.run.loops.language import (
    F32,
    INDEX,
    Block,
    Call,
    Function,
    Kind,
    Set,
    apply,
    at,
    check,
    constant,
    expressions,
    get,
    load,
    size,
    spread,
)
from chainrule.run.loops.tiling import cut, put, tiled

from .interpreter import Interpreter
from .products import added, product
from .programs import SIZE, Program, differences, memory

ROWS, VECTORS, INNER, FOUR = 5, 3, 7, Kind("f32", 4)
r, v, k = (get(name, INDEX) for name in "rvk")
COUNTS = {"r": ROWS, "v": VECTORS, "k": INNER}


def run(body, **arrays):
    """What is left in arrays of float32."""
    functions = [Function("main", (*arrays,), (), body)]
    check(functions)
    found = {name: array.astype(np.float32).copy() for name, array in arrays.items()}
    Interpreter(functions).run("main", [array.reshape(-1).view(np.uint8) for array in found.values()])
    return found


def numbers(*shape):
    return np.random.default_rng(len(shape)).standard_normal(shape).astype(np.float32)


def written_product(rows=ROWS, vectors=VECTORS, inner=INNER):
    block = Block()
    product(
        block,
        [("r", rows), ("v", vectors)],
        [("k", inner)],
        spread(at("a", 0, (r, 4 * inner), (k, 4)), FOUR),
        load(at("b", 0, (k, 16 * vectors), (v, 16)), FOUR),
        load(at("start", 0, (v, 16)), FOUR),
        lambda block, total: block.store(
            at("c", 0, (r, 16 * vectors), (v, 16)), apply("max", total, constant(0, FOUR))
        ),
    )
    return block.body


def written_update():
    block, e = Block(), get("e", INDEX)
    x = spread(at("a", 0, (e, 4 * INNER), (k, 4)), FOUR)
    held = -load(at("d", 0, (e, 16 * VECTORS), (v, 16)), FOUR)
    added(block, [("e", ROWS), ("v", VECTORS)], [("k", INNER)], at("b", 0, (k, 16 * VECTORS), (v, 16)), x, held)
    return block.body


A, B, D, START = numbers(ROWS, INNER), numbers(INNER, 4 * VECTORS), numbers(ROWS, 4 * VECTORS), numbers(4 * VECTORS)
TILES = [*itertools.product((1, 2, 3, 5, 9), (1, 2, 3), (1, 3, 7))]


def by_hand():
    c = np.broadcast_to(START, (ROWS, 4 * VECTORS)).copy()
    for term in range(INNER):
        c = A[:, term, None] * B[term] + c
    return np.maximum(c, 0)


@pytest.mark.parametrize(("rows", "vectors", "inner"), TILES)
def test_a_product_has_the_same_bits_in_every_tile(rows, vectors, inner):
    body = tiled(written_product(), {"r": rows, "v": vectors, "k": inner})
    found = run(body, a=A, b=B, start=START, c=np.zeros_like(D))
    assert np.array_equal(found["c"], by_hand())


@pytest.mark.parametrize(("rows", "vectors", "inner"), TILES)
def test_an_update_has_the_same_bits_in_every_tile(rows, vectors, inner):
    body = tiled(written_update(), {"e": rows, "v": vectors, "k": inner})
    wanted = B
    for e in range(ROWS):
        wanted = A[e, :, None] * -D[e] + wanted
    assert np.array_equal(run(body, a=A, b=B, d=D)["b"], wanted)


def test_a_tile_reads_each_number_of_the_matrix_once():
    """5 rows at once: an address of w is read in one place and written in one, and 5 products stand between."""
    body = tiled(written_update(), {"e": 5, "v": 1})
    assert [e.op for e in expressions(body)].count("mul") == 5
    text = str(Function("main", ("a", "b", "d"), (), body))
    assert text.count("= b[") == text.count("  b[") == 1


def test_the_last_turn_is_what_follows_a_loop():
    block = Block()
    block.set("s", constant(0, F32))
    with block.loop("i", 5) as i:
        block.set("s", load(at("x", 0, (i, 4)), F32) * 2)
        block.store(at("y", 0, (i, 4)), get("s", F32))
    block.store(at("y", 20), get("s", F32))
    for turns in (1, 2, 3, 5, 8):
        found = run(tiled(block.body, {"i": turns}), x=np.arange(5), y=np.zeros(6))
        assert found["y"].tolist() == [0, 2, 4, 6, 8, 8]


def test_what_turns_hand_on_goes_through_them_in_order():
    block = Block()
    block.set("s", constant(0, F32))
    block.set("n", constant(0, INDEX))
    with block.loop("i", 7, 1, 2) as i:
        block.set("s", get("s", F32) * 3 + load(at("x", 0, (i, 4)), F32))
        block.set("n", get("n", INDEX) + 1)
        block.store(at("y", 0, (get("n", INDEX), 4)), get("s", F32))
    for turns in (1, 2, 3, 4):
        found = run(tiled(block.body, {"i": turns}), x=np.arange(8), y=np.zeros(5))
        assert found["y"].tolist() == [0, 1, 6, 23, 0]


def test_conditions_and_bounds_that_differ_are_kept_for_each_turn():
    block = Block()
    with block.loop("i", 5) as i:
        with block.when(i < 3):
            block.set("s", load(at("x", 0, (i, 4)), F32))
        with block.otherwise():
            block.set("s", constant(-1, F32))
        with block.loop("j", i) as j:
            block.store(at("y", 0, (i, 16), (j, 4)), get("s", F32))
    wanted = run(block.body, x=np.arange(5), y=np.zeros(24))["y"]
    for turns in (2, 3, 5):
        assert np.array_equal(run(tiled(block.body, {"i": turns}), x=np.arange(5), y=np.zeros(24))["y"], wanted)


def test_a_sum_over_loops_within_loops_keeps_its_order():
    block = Block()
    block.set("s", constant(0, F32))
    with block.loop("i", 4) as i, block.loop("j", 3) as j:
        block.set("s", get("s", F32) * 0.5 + load(at("x", 0, (i, 12), (j, 4)), F32))
    block.store(at("y"), get("s", F32))
    wanted = run(block.body, x=numbers(12), y=np.zeros(1))["y"]
    for turns in ({"i": 3}, {"j": 2}, {"i": 2, "j": 3}):
        assert run(tiled(block.body, turns), x=numbers(12), y=np.zeros(1))["y"] == wanted


def test_turns_that_meet_in_memory_in_another_way_are_refused():
    for found in (load(at("y"), F32) + 1, None):
        block = Block()
        with block.loop("i", 4) as i:
            if found is None:  # it is written to twice, and read between
                block.store(at("y"), load(at("x", 0, (i, 4)), F32))
                block.store(at("y", 4, (i, 4)), load(at("y"), F32))
            else:
                block.store(at("y"), found)
        with pytest.raises(ValueError, match=r"^Turns of i hand on y\[0\], which is not read once and written once\.$"):
            tiled(block.body, {"i": 2})


def test_a_loop_that_may_have_any_number_of_turns_is_not_tiled():
    block = Block()
    with block.loop("i", get("n", INDEX)):
        pass
    with pytest.raises(ValueError, match=r"^for i in range\(0, n, 1\) cannot be tiled: its bounds are not numbers\.$"):
        tiled(block.body, {"i": 2})


def test_sizes_that_are_put_in_late_make_the_same_loops():
    m, n, q = size("m"), size("n"), size("q")
    late = put(put(written_product(m, n, q), {"m": ROWS}), {"n": VECTORS, "q": INNER})
    assert str(Function("f", (), (), late)) == str(Function("f", (), (), written_product()))
    half = put(written_product(m, n, q), {"m": ROWS})
    with pytest.raises(TypeError, match="the size n is not known"):
        check([Function("f", ("a", "b", "c", "start"), (), half)])


def test_a_size_of_nothing_leads_nowhere():
    body = (Set("s", load(at("x", size("n") - 4, (k, size("n") - 4)), F32)),)
    assert str(put(body, {"n": 4})[0]) == "s = x[0]"
    assert str(put((Set("s", constant(3 * size("n"), INDEX)),), {"n": 4})[0]) == "s = 12"


@pytest.mark.parametrize("most", [20, 100])
def test_a_function_that_is_cut_gives_the_same_bits(most):
    parts = 0
    for seed in range(80):
        *before, main = Program(seed).functions
        functions = [*before, *cut(main, most)]
        check(functions)
        parts += len(functions) - len(before) - 1
        one, other = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint8)
        Interpreter([*before, main]).run("main", [memory(seed), one], [seed % 5])
        Interpreter(functions).run("main", [memory(seed), other], [seed % 5])
        assert not differences(one, other)
    assert parts > 40


def test_a_long_function_is_cut_into_short_ones():
    block = Block()
    with block.loop("t", get("n", INDEX)) as t:
        for number in range(40):
            a = block.let(load(at("x", 4 * number, (t, 160)), F32) * 2)
            block.store(at("y", 4 * number, (t, 160)), a * a)
    *parts, main = cut(Function("f", ("x", "y"), ("n",), block.body), 50)
    check([*parts, main])
    sizes = [sum(1 for _ in expressions(each.body)) for each in parts]
    assert len(parts) > 4
    assert max(sizes) <= 50
    assert [each.indices for each in parts] == [("t",)] * len(parts)
    assert all(isinstance(each, Call) for each in main.body[0].body)
