"""WebAssembly made of loops, in Chromium and in Node: bit for bit what the interpreter gives, and what once went wrong."""

import base64
import functools
import re

import numpy as np
import pytest

from chainrule.run.loops import machine_code
from chainrule.run.loops.functions import FUNCTIONS
from chainrule.run.loops.language import (
    BYTES,
    F32,
    F64,
    I32,
    INDEX,
    MATH,
    Address,
    Block,
    Call,
    Function,
    Kind,
    Set,
    Store,
    apply,
    at,
    check,
    constant,
    get,
    load,
    spread,
)
from chainrule.run.loops.tiling import cut
from chainrule.run.loops.webassembly import module

from ..run.loops.interpreter import Interpreter
from ..run.loops.network import ARRAYS, Network
from ..run.loops.programs import SIZE, Program, differences, memory
from ..run.loops.test_functions import GIVEN, KINDS, by_numpy, written_library
from .engines import in_node, in_page

pytestmark = pytest.mark.browser
FOUR, PLACE = Kind("f32", 4), 1024
RUN = """async (cases) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), found = [];
  for (const { code, given, pages, image, at, args, read } of cases) {
    try {
      const memory = given ? new WebAssembly.Memory({ initial: pages }) : undefined;
      const { instance } = await WebAssembly.instantiate(bytes(code), { env: { memory }, Math });
      const buffer = (given ? memory : instance.exports.memory).buffer;
      new Uint8Array(buffer).set(bytes(image), at);
      instance.exports.main(...args);
      let text = "";
      for (const each of new Uint8Array(buffer, ...read)) text += String.fromCharCode(each);
      found.push(btoa(text));
    } catch (error) {
      found.push(`failed: ${error}`);
    }
  }
  return found;
}"""


@pytest.fixture(scope="module", params=["chromium", "node, first compiler", "node, second compiler"])
def engine(request):
    """What runs a script, an async function, on what is given: a browser, or Node with one of its compilers alone."""
    if request.param != "chromium":
        flag = "--no-liftoff" if "second" in request.param else "--liftoff-only"
        return functools.partial(in_node, flags=[flag])
    return functools.partial(in_page, request.getfixturevalue("chromium").new_page())


def case(functions, image=b"", args=(), read=(PLACE, 64), at=PLACE, given=False, pages=1, **options):
    code = base64.b64encode(module(functions, pages=pages, given=given, **options)).decode()
    image = base64.b64encode(bytes(image)).decode()
    return {"code": code, "given": given, "pages": pages, "image": image, "at": at, "args": args, "read": read}


def results(engine, *cases):
    found = engine(RUN, cases)
    assert not [each for each in found if each.startswith("failed")], found
    return [np.frombuffer(base64.b64decode(each), np.uint8) for each in found]


def result(engine, body, kind="f4", arrays=("x",), indices=(), **options):
    """What a body leaves at the beginning of `x`, whose place is known, and which holds the numbers from 0 to 63."""
    functions = [Function("main", arrays, indices, tuple(body))]
    check(functions)
    options = {"image": np.arange(64, dtype="f4").tobytes(), "places": dict.fromkeys(arrays, PLACE)} | options
    return results(engine, case(functions, **options))[0].view(kind)


def both(engine, body, seed=0):
    """Hold a body on `x` and `y` to the interpreter, with known places and with those that are given."""
    functions = [Function("main", ("x", "y"), (), tuple(body))]
    check(functions)
    wanted = np.zeros(SIZE, np.uint8)
    Interpreter(functions).run("main", [memory(seed), wanted])
    assert wanted.any()
    places = {"x": PLACE, "y": PLACE + SIZE}
    same = {"image": memory(seed), "read": (PLACE + SIZE, SIZE)}
    cases = case(functions, places=places, **same), case(functions, args=(*places.values(),), **same)
    for each in results(engine, *cases):
        assert not differences(each, wanted)


def test_random_programs_give_the_bits_of_the_interpreter(engine):
    cases, wanted = [], []
    for seed in range(200):
        functions = Program(seed).functions
        y = np.zeros(SIZE, np.uint8)
        Interpreter(functions).run("main", [memory(seed), y], [seed % 5])
        wanted.append(y)
        known = {name: PLACE + k * SIZE for k, name in enumerate(("x", "y"))}
        args, places = ([seed % 5], known) if seed % 2 else ([*known.values(), seed % 5], {})
        read = (PLACE + SIZE, SIZE)
        cases.append(case(functions, memory(seed), args, read, places=places, given=seed % 3 > 0))
    for seed, found in enumerate(results(engine, *cases)):
        assert not differences(found, wanted[seed]), seed


@pytest.mark.wide
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_the_bits_of_the_interpreter(engine, name):
    block = Block()
    for number, start in (("f32", 0), ("f64", 4096)):
        kind = Kind(number, 16 // BYTES[number])
        with block.loop("i", 256) as i:
            block.store(at("y", start, (i, 16)), FUNCTIONS[name](block, load(at("x", start, (i, 16)), kind)))
        single = Kind(number)
        block.store(at("y", start), FUNCTIONS[name](block, load(at("x", start), single)))
    both(engine, block.body)


@pytest.mark.wide
@pytest.mark.parametrize("sizes", [[784, 30, 10], [7, 20, 11, 5]])
@pytest.mark.parametrize("number", ["f32", "f64"])
def test_a_network_learns_bit_for_bit_what_machine_code_learns(engine, sizes, number):
    network, steps = Network(sizes, 10, number), 12
    function = network.function(4, 2)
    given = network.start(5, steps)
    places, end = {}, PLACE
    for name in ARRAYS:
        places[name], end = end, end + -(-given[name].nbytes // 64) * 64
    image = np.zeros(end - PLACE, np.uint8)
    for name in ARRAYS:
        image[places[name] - PLACE :][: given[name].nbytes] = given[name].reshape(-1).view(np.uint8)
    told = {"places": places, "pages": end // 2**16 + 1, "read": (PLACE, given["memory"].nbytes)}
    found = results(engine, *(case(each, image, [steps], **told) for each in ([function], cut(function, 100))))
    machine_code.compiled([function]).function("main")(*(given[name].ctypes.data for name in ARRAYS), steps)
    for each in found:
        assert np.array_equal(each, given["memory"])


def test_a_step_of_nothing_does_not_count_a_loop(engine):
    block = Block()
    with block.loop("i", 5):
        still = Address("x", 0, (("i", 0),))
        block.store(still, load(still, F32) + 2)
    assert result(engine, block.body)[0] == 10


def test_a_place_that_is_set_anew_in_a_loop_is_not_taken_for_the_same(engine):
    block = Block()
    row = block.set("row", constant(4096, INDEX))
    with block.loop("i", 6) as index:
        block.store(at("y", 0, (index, 8), (row, 1)), load(at("x", 0, (row, 1), (index, 8)), F64))
        block.set("row", row + 8)
    both(engine, block.body)


def test_loops_that_may_be_empty_are_guarded(engine):
    block = Block()
    for stop in (-3, 0, 1):
        with block.loop("i", constant(stop, INDEX)):
            block.store(at("x"), load(at("x"), F32) + 1)
    with block.loop("i", 3, 3), block.loop("j", 1):
        block.store(at("x"), constant(99, F32))
    assert result(engine, block.body)[0] == 1


def test_addresses_beyond_two_gigabytes_are_not_taken_for_negative(engine):
    block, high = Block(), 2**31 - 32
    with block.loop("i", 16) as index:
        block.store(at("x", 0, (index, 4)), apply("convert", apply("convert", index, kind=I32), kind=F32))
    functions = [Function("main", ("x",), (), block.body)]
    options = {"pages": 2**15 + 1, "read": (high, 64), "at": 0}
    cases = case(functions, args=(high,), **options), case(functions, places={"x": high}, **options)
    for found in results(engine, *cases):
        assert found.view("f4").tolist() == [*range(16)]


def test_a_loop_may_lead_backwards(engine):
    block = Block()
    with block.loop("i", 5) as index:
        block.store(at("y", 4096 - 8, (index, -4)), load(at("x", 64, (index, -16)), F32))
        with block.loop("j", 3) as inner:
            block.store(
                at("y", 2048 + 4 * 4, (index, -4), (inner, 20)), load(at("x", 512, (inner, -4), (index, 16)), F32)
            )
    both(engine, block.body)


def test_numbers_may_lie_at_any_byte(engine):
    both(engine, [Store(at("y", 5), spread(at("x", 4), FOUR)), Store(at("y", 25), load(at("x", 1032), FOUR))])


def test_two_kinds_of_one_name_are_two_variables(engine):
    body = [Set("a", constant(1.5, FOUR)), Set("a", constant(2, F32)), Store(at("y"), get("a", FOUR))]
    both(engine, [*body, Store(at("y", 32), get("a", F32))])


def test_a_constant_vector_is_made_once_and_zeros_of_both_signs_are_two():
    block = Block()
    for k in range(2):
        with block.loop("i", 4) as index:
            block.store(at("x", 64 * k, (index, 16)), load(at("x", 0, (index, 16)), FOUR) * 1.375)
    block.store(at("x"), constant(0.0, FOUR) + constant(-0.0, FOUR))
    code = module([Function("main", ("x",), (), block.body)], {"x": PLACE})
    assert code.count(np.full(4, 1.375, "<f4").tobytes()) == 1
    assert code.count(b"\xfd\x0c") == 3
    assert code.rindex(b"\xfd\x0c") < code.index(b"\x03\x40")


def test_a_single_number_lies_in_all_lanes_by_one_instruction():
    code = module([Function("main", ("x",), (), (Store(at("x"), spread(at("x", 4), FOUR)),))], {"x": PLACE})
    assert b"\xfd\x09" in code and b"\xfd\x13" not in code


def test_what_lies_outside_of_the_memory_ends_it(engine):
    functions = [Function("main", ("x",), (), (Store(at("x"), load(at("x", 2**16), F32)),))]
    (said,) = engine(RUN, [case(functions, places={"x": PLACE})])
    assert "memory access out of bounds" in said


@pytest.mark.wide
@pytest.mark.parametrize("number", ["f32", "f64"])
@pytest.mark.parametrize("name", MATH)
def test_functions_of_javascript_are_numpys(engine, name, number):
    """Within 2 units in the last place, and the same at the ends of the numbers."""
    size, wanted = BYTES[number], by_numpy(name, KINDS[number][0])
    places = {"x": PLACE, "y": PLACE + 8 * size}
    read = (places["y"], wanted.nbytes)
    for lanes in (1, 16 // size):
        functions = written_library(name, Kind(number, lanes))
        (found,) = results(engine, case(functions, GIVEN.astype(wanted.dtype), read=read, places=places))
        found = found.view(wanted.dtype).reshape(wanted.shape)
        np.testing.assert_allclose(found, wanted, rtol=4 * np.finfo(wanted.dtype).eps)


def test_a_function_calls_others_on_arrays_and_indices(engine):
    part = Function("part", ("a", "b"), ("k",), (Store(at("a", 0, (get("k", INDEX), 4)), load(at("b"), F32)),))
    block = Block()
    with block.loop("i", 3) as index:
        block.add(Call("part", ("x", "y"), (index + 1,)))
    functions = [part, Function("main", ("x", "y"), (), block.body)]
    check(functions)
    image = np.arange(16, dtype="f4")
    for places, args in ((), (PLACE, PLACE + 20)), (("x", "y"), ()), (("y",), (PLACE,)):
        known = {name: {"x": PLACE, "y": PLACE + 20}[name] for name in places}
        (found,) = results(engine, case(functions, image, args, places=known))
        assert found.view("f4")[:6].tolist() == [0, 5, 5, 5, 4, 5]


def test_an_array_with_a_place_of_its_own_cannot_be_another():
    part = Function("part", ("y",), (), ())
    with pytest.raises(ValueError, match=r"^part takes x for y, which has a place of its own\.$"):
        module([part, Function("main", ("x", "y"), (), (Call("part", ("x",), ()),))], {"y": 0})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (constant(1, Kind("f32", 8)), "WebAssembly's vectors have 128 bits; f32x8 has 256."),
        (apply("fma", *[constant(1, FOUR)] * 3), "WebAssembly has no fma that rounds once."),
        (
            apply("convert", constant(1, Kind("i64", 2)), kind=Kind("f64", 2)),
            "WebAssembly does not convert i64x2 to f64x2.",
        ),
    ],
)
def test_what_webassembly_does_not_have_is_refused(value, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        module([Function("main", ("x",), (), (Store(at("x"), value),))])


def test_a_relaxed_sum_of_products_is_asked_for(engine):
    a, b, c = (constant(value, FOUR) for value in (3, 0.5, 1))
    code = module([Function("main", ("x",), (), (Store(at("x"), apply("fma", a, b, c)),))], {"x": 0}, relaxed=True)
    assert b"\xfd\x85\x02" in code
    valid = engine("async (code) => WebAssembly.validate(Uint8Array.from(code))", [*code])
    assert valid in (True, False)  # an engine may not know it: whoever asks for it looks first


def test_data_are_written_to_the_place_that_is_given(engine):
    data = bytes(range(1, 130))
    code = base64.b64encode(module([], data=data)).decode()
    script = """async (code) => {
      const bytes = Uint8Array.from(atob(code), (c) => c.charCodeAt(0));
      const { memory, begin } = (await WebAssembly.instantiate(bytes)).instance.exports;
      begin(2000);
      return [...new Uint8Array(memory.buffer, 1999, 131)];
    }"""
    assert engine(script, code) == [0, *data, 0]
