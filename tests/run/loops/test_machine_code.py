"""Machine code made of loops: bit for bit what the interpreter gives, on random programs of every width of vectors."""

import hashlib
import os
import platform
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from chainrule.run.loops import cache, machine_code, processor
from chainrule.run.loops.language import (
    F32,
    F64,
    I32,
    I64,
    INDEX,
    Block,
    Function,
    Kind,
    Store,
    apply,
    at,
    check,
    constant,
    load,
)
from chainrule.run.loops.processor import KINDS, VARIABLE

from .interpreter import Interpreter, fused, fused_single
from .programs import SIZE, Program, differences, memory


def interpreted(functions, seed):
    """What a program leaves in `y`."""
    y = np.zeros(SIZE, np.uint8)
    Interpreter(functions).run("main", [memory(seed), y], [seed % 5])
    return y


def run(functions, seed):
    x, y = memory(seed), np.zeros(SIZE, np.uint8)
    machine_code.compiled(functions).function("main")(x.ctypes.data, y.ctypes.data, seed % 5)
    assert np.array_equal(x, memory(seed))
    return y


@pytest.mark.parametrize("seed", range(60))
def test_random_programs_give_the_bits_of_the_interpreter(seed):
    program = Program(seed, bits=(128, 256, 512)[seed % 3], fused=seed % 2 == 1)
    y = interpreted(program.functions, seed)
    assert not differences(run(program.functions, seed), y)
    assert y.any()


def changed(body, change):
    """Statements with a change of one kind in every expression that allows it."""

    def within(e):
        e = change(e)
        return replace(e, operands=tuple(map(within, e.operands)))

    def of(each):
        if hasattr(each, "value"):
            return replace(each, value=within(each.value))
        if hasattr(each, "condition"):
            return replace(
                each, condition=within(each.condition), body=of_all(each.body), otherwise=of_all(each.otherwise)
            )
        return replace(each, body=of_all(each.body)) if hasattr(each, "body") else each

    def of_all(statements):
        return tuple(map(of, statements))

    return of_all(body)


FAULTS = {
    "min and max": lambda e: replace(e, op={"min": "max", "max": "min"}.get(e.op, e.op)),
    "min of turned operands": lambda e: replace(e, operands=e.operands[::-1]) if e.op == "min" else e,
    "less and less or equal": lambda e: replace(e, op={"lt": "le", "le": "lt"}.get(e.op, e.op)),
    "rounding up": lambda e: replace(e, op="ceil") if e.op == "nearest" else e,
    "the other bits of a shuffle": lambda e: replace(e, detail=e.detail[::-1]) if e.op == "shuffle" else e,
    "a shift by one less": lambda e: replace(e, detail=max(e.detail - 1, 0)) if e.op == "shr" else e,
    "another address": lambda e: (
        replace(e, detail=e.detail._replace(offset=e.detail.offset + 8)) if e.op == "load" and e.detail.strides else e
    ),
    "no sign": lambda e: replace(e, op="abs") if e.op == "neg" else e,
    "unfused": lambda e: e.operands[0] * e.operands[1] + e.operands[2] if e.op == "fma" else e,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_by_one_of_the_programs(fault):
    for seed in range(60):
        program = Program(seed, bits=128, fused=True)
        wrong = [replace(each, body=changed(each.body, FAULTS[fault])) for each in program.functions]
        check(wrong)
        if differences(interpreted(program.functions, seed), interpreted(wrong, seed)):
            return
    pytest.fail("none of them tells")


def scalar(value):
    """What a function of no arguments gives that stores a value."""
    y = np.zeros(8, np.uint8)
    functions = [Function("main", ("x", "y"), ("n",), (Store(at("y"), value),))]
    check(functions)
    machine_code.compiled(functions).function("main")(y.ctypes.data, y.ctypes.data, 3)
    again = np.zeros(8, np.uint8)
    Interpreter(functions).run("main", [again, again], [3])
    assert np.array_equal(y, again)
    return y.view({"f32": np.float32, "f64": np.float64, "i32": np.int32, "i64": np.int64}[value.kind.number])[0]


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        (2.9, I32, 2),
        (-2.9, I64, -2),
        (np.nan, I32, 0),
        (1e30, I32, 2**31 - 1),
        (-1e30, I64, -(2**63)),
        (2**24 + 1, F32, 2**24),
        (1e300, F32, np.inf),
    ],
)
def test_conversions_end_where_the_kind_ends(value, kind, wanted):
    assert scalar(apply("convert", constant(value, F64), kind=kind)) == wanted


def test_functions_of_the_c_library_are_called():
    assert scalar(apply("call", constant(0.5, F64), detail="sin")) == np.sin(0.5)
    assert scalar(apply("call", constant(2.0, F64), constant(0.5, F64), detail="pow")) == 2**0.5


def test_a_fused_sum_is_rounded_once():
    a, b, c = (np.float32(each) for each in (1 + 2**-12, 1 + 2**-12, -1 - 2**-11))
    assert fused_single(a, b, c) == np.float32(2.0**-24) and a * b + c == 0
    assert fused(1 + 2.0**-30, 1 + 2.0**-30, -1 - 2.0**-29) == 2.0**-60
    single = [constant(float(each), F32) for each in (a, b, c)]
    assert scalar(apply("fma", *single)) == np.float32(2.0**-24)
    assert scalar(single[0] * single[1] + single[2]) == 0
    assert (
        fused_single(np.float32(1 + 2**-23), np.float32(1 - 2**-23), np.float32(2**-60)) == 1
    )  # rounded twice: less than 1


@pytest.mark.parametrize("bits", [128, 512])
def test_what_is_read_and_written_may_lie_at_any_byte(bits):
    kind, block = Kind("f32", bits // 32), Block()
    block.store(at("y", 3), load(at("x", 5), kind) * 2)
    x, y = np.arange(160, dtype=np.uint8), np.zeros(160, np.uint8)
    code = machine_code.compiled([Function("moved", ("x", "y"), (), block.body)])
    code.function("moved")(x.ctypes.data, y.ctypes.data)
    assert np.array_equal(y[3 : 3 + bits // 8].view(np.float32), 2 * x[5 : 5 + bits // 8].view(np.float32))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    return tmp_path


DOUBLED = Function("doubled", ("x",), (), (Store(at("x"), load(at("x"), F64) * 2),))


def doubled(function=DOUBLED):
    x = np.array([3.0])
    machine_code.compiled([function]).function("doubled")(x.ctypes.data)
    return x[0]


def test_code_is_kept_and_loaded_again(folder, monkeypatch):
    assert doubled() == 6
    (kept,) = folder.glob("*.object")
    monkeypatch.setattr(machine_code, "_object_code", lambda text: pytest.fail("it is compiled again"))
    assert doubled() == 6
    with pytest.raises(pytest.fail.Exception, match="compiled again"):
        doubled(replace(DOUBLED, body=(Store(at("x"), load(at("x"), F64) * 3),)))
    assert [*folder.glob("*.object")] == [kept]


def unknown_symbol():
    """Object code that calls a function that nothing has: LLVM tells of it in an exception, and the process lives."""
    made = "declare void @nobody_has_this()\ndefine void @doubled(ptr %x) { call void @nobody_has_this() ret void }"
    code = machine_code._object_code(made)
    with pytest.raises(RuntimeError, match=r"^Failed to materialize symbols"):
        machine_code._loaded([DOUBLED], code)
    return code


@pytest.mark.parametrize("other", [lambda: b"no object code", lambda: b"", unknown_symbol])
def test_whole_files_of_something_else_are_made_anew(folder, other):
    assert doubled() == 6
    (kept,) = folder.glob("*.object")
    whole, code = kept.read_bytes(), other()
    kept.write_bytes(hashlib.sha256(code).digest() + code)
    assert doubled() == 6
    assert kept.read_bytes()[:32] == whole[:32]


OTHERS = {
    "processor": lambda patch: patch.setattr(machine_code, "processor", lambda: KINDS["sse4.2"]),
    "llvmlite": lambda patch: patch.setattr("llvmlite.__version__", "0.1.0"),
    "passes": lambda patch: patch.setattr(machine_code, "_PASSES", ("sroa", 1)),
}


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the other processor is of Intel's kind")
@pytest.mark.parametrize("other", OTHERS)
def test_code_of_another_kind_is_not_taken(folder, monkeypatch, other):
    doubled()
    OTHERS[other](monkeypatch)
    assert doubled() == 6
    assert len([*folder.glob("*.object")]) == 2


def test_where_nothing_can_be_kept_it_is_compiled_each_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file"))
    assert [doubled(), doubled()] == [6, 6]


def test_this_llvmlite_can_be_used():
    assert machine_code.unusable() == ""


def failing(error):
    def fail(*given, **named):
        raise error

    return fail


UNUSABLE = {
    "not installed": ({"llvmlite": None}, None, "import of llvmlite"),
    "its library does not load": (
        {},
        ("_object_code", OSError("cannot open shared object")),
        "cannot open shared object",
    ),
    "its text is another": (
        {},
        ("_object_code", RuntimeError("LLVM IR parsing error\n<string>:1")),
        "LLVM IR parsing error",
    ),
    "its names are others": ({}, ("_loaded", AttributeError("no JITLibraryBuilder")), "no JITLibraryBuilder"),
    "its code does nothing": ({}, ("compiled", None), "twice 3 is 3.0"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_why_another_cannot(case, folder, monkeypatch):
    modules, replaced, said = UNUSABLE[case]
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setitem(sys.modules, f"{name}.binding", module)
    if replaced is not None:
        name, error = replaced
        nothing = SimpleNamespace(function=lambda name: lambda address: None)
        monkeypatch.setattr(machine_code, name, failing(error) if error else lambda functions: nothing)
    found = machine_code.unusable.__wrapped__()
    assert said in found
    assert "\n" not in found


SHORT = """
import chainrule.run.loops.processor as processor
print(processor.processor().name, processor.processor().register)
"""


@pytest.mark.parametrize("kind", [*KINDS, "z80"])
def test_the_environment_names_another_processor(kind):
    environment = {**os.environ, VARIABLE: kind}
    done = subprocess.run([sys.executable, "-c", SHORT], capture_output=True, text=True, env=environment)
    if kind in KINDS:
        assert (done.stdout, done.stderr) == (f"{kind} {KINDS[kind].register}\n", "")
    else:
        said = "ValueError: CHAINRULE_NATIVE_CPU is 'z80'; it must be one of avx512, avx2, neon, sse4.2.\n"
        assert done.stderr.endswith(said)


def test_the_present_processor_is_told_by_its_features(monkeypatch):
    llvm = pytest.importorskip("llvmlite.binding")
    monkeypatch.delenv(VARIABLE, raising=False)
    for features, wanted in (
        ({"avx512f": True, "avx2": True, "fma": True}, "avx512"),
        ({"avx2": True, "fma": True}, "avx2"),
        ({"avx2": True, "fma": False}, "sse4.2"),
        ({"neon": True}, "neon"),
        ({}, "sse4.2"),
    ):
        monkeypatch.setattr(llvm, "get_host_cpu_features", lambda found=features: llvm.targets.FeatureMap(found))
        found = processor.processor.__wrapped__()
        assert (found.name, found.register, found.cpu) == (wanted, KINDS[wanted].register, llvm.get_host_cpu_name())


def test_an_index_may_be_negative_and_a_loop_may_be_empty():
    block = Block()
    n = apply("convert", load(at("x"), I64), kind=INDEX)
    with block.loop("i", block.let(n), block.let(n) - 3) as i:
        block.store(at("y", 40, (i, 8)), apply("convert", i, kind=I64))
    with block.loop("j", 2, block.let(n) + 9) as j:
        block.store(at("y", 0, (j, 8)), apply("convert", j, kind=I64))
    functions = [Function("main", ("x", "y"), (), block.body)]
    check(functions)
    for start in (-1, -2):
        x, y, again = np.array([start]), np.zeros(12, np.int64), np.zeros(12, np.int64)
        machine_code.compiled(functions).function("main")(x.ctypes.data, y.ctypes.data)
        Interpreter(functions).run("main", [x.view(np.uint8), again.view(np.uint8)])
        assert np.array_equal(y, again)
        assert y.any()
