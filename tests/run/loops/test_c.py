"""Loops as C99: bit for bit what the interpreter gives, compiled with sanitizers."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest

from chainrule.export.verification import compilers
from chainrule.run.loops.c import Written, identifier, literal
from chainrule.run.loops.functions import FUNCTIONS
from chainrule.run.loops.language import (
    BYTES,
    F32,
    F64,
    FLOATS,
    I32,
    I64,
    INDEX,
    Block,
    Expression,
    Function,
    Kind,
    Set,
    Store,
    apply,
    at,
    constant,
    get,
    load,
)

from .interpreter import Interpreter
from .programs import SIZE, Program, differences, memory

pytestmark = pytest.mark.skipif(not compilers(), reason="there is no C compiler")
SANE = ["-std=c99", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"]
HEAD = "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n#include <stdio.h>\n"


class Scalars(Program):
    """A random program without vectors."""

    def kind(self, numbers=("f32", "f64", "i32", "i64")):
        return Kind(self.random.choice(numbers))

    def mix(self, kind, depth):
        return apply("lane", self.value(kind, depth), detail=0, kind=kind)


def ran(modules, folder, given=lambda k: (memory(k), k % 5)):
    """What each module leaves in `y`; all are compiled together."""
    parts, calls = [HEAD], []
    for k, functions in enumerate(modules):
        written = Written(functions, f"m{k}_")
        parts += [*written.head, *written.functions]
        names = written.arrays["main"]
        arrays = [f"({written.types[name]} *){name}" for name in names]
        calls.append(f"  if (k == {k}) m{k}_main({', '.join([*arrays, *['n'] * len(functions[-1].indices)])});")
    main = f"""
static uint64_t x_[{SIZE // 8}], y_[{SIZE // 8}];
int main(void) {{
  int32_t k, n;
  uint8_t *x = (uint8_t *)x_, *y = (uint8_t *)y_;
  while (fread(&k, 4, 1, stdin) == 1) {{
    if (fread(&n, 4, 1, stdin) != 1 || fread(x, {SIZE}, 1, stdin) != 1) return 1;
    memset(y, 0, {SIZE});
{chr(10).join(calls)}
    fwrite(y, {SIZE}, 1, stdout);
  }}
  return 0;
}}"""
    (folder / "all.c").write_text("\n".join([*parts, main]), encoding="utf-8")
    subprocess.run([*compilers(), *SANE, "all.c", "-o", "all", "-lm"], cwd=folder, check=True)
    sent = b"".join(np.array([k, given(k)[1]], np.int32).tobytes() + given(k)[0].tobytes() for k in range(len(modules)))
    done = subprocess.run(["./all"], cwd=folder, input=sent, capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(len(modules), SIZE)


def interpreted(functions, seed):
    y = np.zeros(SIZE, np.uint8)
    Interpreter(functions).run("main", [memory(seed), y], [seed % 5])
    return y


def test_random_programs_give_the_bits_of_the_interpreter(tmp_path):
    modules = [Scalars(seed).functions for seed in range(40)]
    found = ran(modules, tmp_path)
    for seed, functions in enumerate(modules):
        wanted = interpreted(functions, seed)
        assert not differences(found[seed], wanted), f"program {seed}"
    assert np.count_nonzero(found.any(axis=1)) > 30


def test_a_planted_fault_is_found(tmp_path):
    """A difference in the place of every sum, the smaller number in the place of the larger, and the other way round."""
    other = {"add": "sub", "sub": "add", "min": "max", "max": "min"}

    def turned(e):
        op = other.get(e.op, e.op) if e.kind.number in FLOATS else e.op
        return Expression(op, e.kind, tuple(map(turned, e.operands)), e.detail)

    def changed(body):
        for each in body:
            if isinstance(each, Set | Store):
                yield replace(each, value=turned(each.value))
            elif hasattr(each, "body"):
                yield replace(each, body=tuple(changed(each.body)))
            else:
                yield each

    modules = [Scalars(seed).functions for seed in range(40)]
    wrong = [[replace(each, body=tuple(changed(each.body))) for each in functions] for functions in modules]
    found = ran(wrong, tmp_path)
    off = [k for k, functions in enumerate(modules) if differences(found[k], interpreted(functions, k))]
    assert len(off) >= 15


@pytest.mark.parametrize(("kind", "dtype"), [(F32, np.float32), (F64, np.float64)])
def test_functions_give_the_bits_of_the_interpreter(kind, dtype, tmp_path):
    """On arrays of one kind, which are pointers to such numbers."""
    size, count, modules = BYTES[kind.number], 300, []
    for function in FUNCTIONS.values():
        block = Block()
        with block.loop("i", count) as i:
            block.store(at("y", 0, (i, size)), function(block, load(at("x", 0, (i, size)), kind)))
        modules.append([Function("main", ("x", "y"), (), block.body)])
    assert {*Written(modules[0]).types.values()} == {"float" if kind == F32 else "double"}
    x = np.zeros(SIZE // size, dtype)
    x[:count] = [*np.linspace(-120, 120, count - 6), 0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40]
    found = ran(modules, tmp_path, lambda k: (x.view(np.uint8), 0))
    for name, functions, y in zip(FUNCTIONS, modules, found, strict=True):
        wanted = np.zeros(SIZE, np.uint8)
        with np.errstate(all="ignore"):
            Interpreter(functions).run("main", [x.view(np.uint8), wanted], [])
        assert np.array_equal(y.copy().view(dtype), wanted.view(dtype), equal_nan=True), name
        assert y.any()


def test_what_nothing_reads_is_left_out():
    x, block = load(at("x"), F32), Block()
    unread = block.let(x + 1)
    block.let(unread * 2)
    block.store(at("y"), x)
    (text,) = Written([Function("main", ("x", "y"), ("n",), block.body)]).functions
    assert text.splitlines() == [
        "static inline void main(const float *x, float *y, ptrdiff_t n) {",
        "  (void)n;",
        "  y[0] = x[0];",
        "}",
    ]


def test_a_variable_is_declared_where_all_that_read_it_see_it():
    block = Block()
    with block.loop("i", 3) as i:
        with block.when(i < 2):
            block.set("held", load(at("x", 0, (i, 4)), F32))
        block.store(at("y", 0, (i, 4)), get("held", F32))
    (text,) = Written([Function("main", ("x", "y"), (), block.body)]).functions
    assert text.splitlines()[1:3] == ["  float held = 0;", "  for (ptrdiff_t i = 0; i < 3; i++) {"]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.1, F32, "0.1f"), (1e-45, F32, "1e-45f"), (-0.0, F64, "-0.0"), (np.nan, F64, "NAN"), (-np.inf, F32, "-INFINITY"),
        (-(2**31), I32, "INT32_MIN"), (-(2**63), I64, "INT64_MIN"), (2**40, I64, "INT64_C(1099511627776)"), (5, INDEX, "5"),
    ],
)  # fmt: skip
def test_numbers_as_text(value, kind, text):
    assert literal(constant(value, kind).detail, kind) == text


def test_names_as_identifiers():
    assert [identifier(each) for each in ("w2", "for", "δ_w2", "keep 1")] == ["w2", "for_", "u3b4__w2", "keepu20_1"]


def test_vectors_are_refused():
    block = Block()
    block.store(at("y"), load(at("x"), Kind("f32", 4)))
    with pytest.raises(ValueError, match="C has no vectors, such as f32x4"):
        Written([Function("main", ("x", "y"), (), block.body)])
