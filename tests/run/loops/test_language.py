"""What the checker of the loop language finds, in which place; sizes; and what is printed."""

import subprocess
import sys

import pytest

from chainrule.run.loops.language import (
    F32,
    F64,
    I32,
    INDEX,
    TRUTH,
    Block,
    Call,
    For,
    Function,
    If,
    Kind,
    Set,
    Size,
    Store,
    apply,
    at,
    check,
    constant,
    get,
    known,
    load,
    size,
    spread,
    truth_of,
)

FOUR, EIGHT = Kind("f32", 4), Kind("f32", 8)
i, n, x = get("i", INDEX), get("n", INDEX), constant(1.0, F32)


def function(*body, name="f"):
    return Function(name, ("x", "y"), ("n",), body)


def loop(*body, start=0, stop=3, step=1, index="i"):
    return For(index, start, stop, step, body)


FINE = [
    [Set("a", x), Store(at("x"), get("a", F32))],
    [loop(Store(at("x", 0, (i, 4)), x)), Set("a", x)],
    [loop(Set("a", x)), Store(at("x"), get("a", F32))],
    [If(n < 1, (Set("a", x),), (Set("a", -x),)), Store(at("x"), get("a", F32))],
    [Set("a", x), Set("a", constant(1, F64)), Store(at("x"), get("a", F32)), Store(at("x"), get("a", F64))],
    [loop(), loop(Set("row", i * 2), Store(at("x", 0, (get("row", INDEX), 4)), x), stop=n)],
    [Store(at("x"), constant(1, I32), narrow=True)],
]
TRUE = constant(True, TRUTH)
WRONG = [
    ([Set("a", x + constant(1, F64))], r"a = add\(1.0, 1.0\): add\(f32, f64\) as f32 is not well typed"),
    ([Set("a", constant(1, FOUR) + constant(1, EIGHT))], r"add\(f32x4, f32x8\)"),
    ([Set("a", constant(1, Kind("i32", 4)) / 2)], r"div\(i32x4, i32x4\)"),
    ([Set("a", apply("sqrt", i))], "i is read as index before it is set"),
    ([Set("a", apply("sqrt", n))], r"sqrt\(index\)"),
    ([Set("a", apply("min", x))], r"min\(f32\)"),
    ([Set("a", apply("cosh", x))], "there is no operation cosh"),
    ([Set("a", apply("call", constant(1, F64), detail="exp"))], r"call\(f64\)"),
    ([Set("a", apply("call", x, detail="sin"))], r"call\(f32\)"),
    ([Set("a", apply("select", x < 0, x, constant(0, F64)))], r"select\(b32, f32, f64\)"),
    ([Set("a", apply("select", constant(1, F64) < 0, x, x)), Set("b", ~x)], r"not\(f32\)"),
    ([Set("a", apply("select", constant(1, FOUR) < 0, x, x))], r"select\(b32x4, f32, f32\)"),
    ([Set("a", apply("splat", x))], r"splat\(f32\) as f32"),
    ([Set("a", apply("lane", constant(1, FOUR), detail=4, kind=F32))], r"lane\(f32x4\)"),
    ([Set("a", apply("shuffle", constant(1, FOUR), constant(1, FOUR), detail=(0, 1, 2, 8)))], r"shuffle"),
    ([Set("a", apply("join", x, x, kind=FOUR))], r"join\(f32, f32\)"),
    ([Set("a", apply("bits", x, kind=Kind("i64")))], r"bits\(f32\) as i64"),
    ([Set("a", apply("convert", TRUE, kind=F32))], r"convert\(b32\)"),
    ([Set("a", apply("any", constant(1, FOUR), kind=TRUTH))], r"any\(f32x4\)"),
    ([Set("a", constant(1, I32) << 32)], r"shl\(i32\)"),
    ([Set("a", constant((1, 2, 3), FOUR))], "f32x4 is not well typed"),
    ([Set("a", constant(1, Kind("f16")))], "there is no kind f16"),
    ([Set("a", constant(1, Kind("index", 4)))], "there is no kind indexx4"),
    ([Set("a", load(at("x"), TRUTH))], r"load\(\) as b32"),
    ([Set("a", load(at("z"), F32))], "there is no array z"),
    ([Set("a", load(at("x", 0, (i, 4)), F32))], r"i in x\[i·4\] is no index that is set"),
    ([Store(at("x"), TRUE)], "b32 cannot be stored"),
    ([Store(at("x"), x, narrow=True)], "f32 cannot be stored as bytes"),
    ([Store(at("x"), get("a", F32)), Set("a", x)], "a is read as f32 before it is set"),
    ([Set("a", x), Store(at("x"), get("a", F64))], "a is read as f64 before it is set"),
    ([loop(Set("a", x), stop=n), Store(at("x"), get("a", F32))], "a is read as f32 before it is set"),
    ([loop(Set("a", x), stop=0), Store(at("x"), get("a", F32))], "a is read as f32 before it is set"),
    ([If(n < 1, (Set("a", x),)), Store(at("x"), get("a", F32))], "a is read as f32 before it is set"),
    ([loop(), Set("a", i * 2)], "i is read as index before it is set"),
    ([loop(Set("i", n))], "for i in range.*: i = n: i is the index of a loop around it"),
    ([loop(loop())], "i is the index of a loop around it"),
    ([loop(step=0)], "the step must be above 0"),
    ([loop(stop=x)], "a bound is f32; it must be an index"),
    ([loop(loop(loop(Set("a", x + n), index="k"), index="j"))], r"f: for i .*: for j .*: for k .*: a = add\(1.0, n\)"),
    ([loop(stop=size("m"))], "the size m is not known"),
    ([Set("a", constant(size("m"), INDEX))], "the size m is not known"),
    ([Store(at("x", 4 * size("m")), x)], "the size 4·m is not known"),
    ([If(constant(1, FOUR) < 2, ())], "the condition is b32x4; it must be one b32"),
    ([Call("g", (), ())], "there is no function g before this one"),
    ([Call("before", ("x",), ())], "before takes 2 arrays and 1 indices"),
    ([Call("before", ("x", "y"), (x,))], "before takes 2 arrays and 1 indices"),
    ([Call("before", ("x", "z"), (n,))], "there is no array z"),
]  # fmt: skip


@pytest.mark.parametrize("body", FINE)
def test_what_is_right_is_let_through(body):
    check([function(name="before"), function(*body)])


@pytest.mark.parametrize(("body", "said"), WRONG)
def test_what_is_wrong_is_named_with_its_place(body, said):
    with pytest.raises(TypeError, match=said) as raised:
        check([function(name="before"), function(*body)])
    assert str(raised.value).startswith("f: ")


def test_functions_have_names_and_parameters_of_their_own():
    with pytest.raises(TypeError, match="two functions have this name"):
        check([function(), function()])
    with pytest.raises(TypeError, match="two parameters have one name"):
        check([Function("f", ("x",), ("x",), ())])


def test_sizes_are_polynomials():
    m, k = size("m"), size("k")
    assert (m + 1) * (k - 2) - m * k == k - 2 * m - 2
    assert (m - m, known(m * 0 + 7), 3 - m + m) == (0, 7, 3)
    assert isinstance(m + 0, Size)
    assert str(2 * m * m + k) == "k + 2·m·m"
    with pytest.raises(TypeError, match="the size m is not known"):
        known(m)


def test_addresses_add_what_leads_along_one_index():
    assert at("x", 0, (i, 4), (i, 8), (n, 0)) == at("x", 0, (i, 12))
    assert str(at("x", 0, (n, 4), (i, -4))) == "x[i·-4 + n·4]"


def test_a_function_is_printed_as_it_is_read():
    block = Block()
    with block.loop("i", n) as index:
        block.set("a", spread(at("x", 0, (index, 4)), FOUR) * 2)
        with block.when(index < 3):
            block.store(at("y", 0, (index, 16)), get("a", FOUR))
        with block.otherwise():
            block.add(Call("g", ("x",), (index,)))
    assert str(function(*block.body)).split("\n") == [
        "def f(x, y, n)",
        "    for i in range(0, n, 1)",
        "        a = mul(splat(x[i·4]), 2.0)",
        "        if lt(i, 3)",
        "            y[i·16] = a",
        "        else",
        "            g(x, i)",
    ]


def test_truth_values_are_as_wide_as_what_they_stand_beside():
    kinds = [F32, F64, INDEX, FOUR, Kind("f64", 2), Kind("i64", 8)]
    assert [str(truth_of(kind)) for kind in kinds] == ["b32", "b32", "b32", "b32x4", "b64x2", "b64x8"]


def test_loops_need_neither_llvmlite_nor_numpy():
    program = (
        "import pkgutil, sys, chainrule.run.loops as loops\n"
        "names = {each.name for each in pkgutil.iter_modules(loops.__path__)}\n"
        "names -= {'machine_code', 'run_threads'}  # which run what is written\n"
        "for name in (*names, 'machine_code'):\n"
        "    print(*{'numpy', 'llvmlite', 'numba'} & {*sys.modules})\n"
        "    __import__(f'chainrule.run.loops.{name}')\n"
        "print(*{'llvmlite', 'numba'} & {*sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")
