"""Random programs of the loop language, by a seed; and what both backends are held to on them.

A program reads `x`, in which there are numbers of each kind, and the special ones, each kind in a region of its own, and writes
`y`, whose regions it also reads. Bits are taken of numbers only, as a NaN's differ.
"""

import random

import numpy as np

from chainrule.run.loops.language import (
    BITS_OF,
    BYTES,
    FLOATS,
    INDEX,
    INTEGERS,
    TRUTH,
    Block,
    Call,
    Function,
    Kind,
    apply,
    at,
    check,
    constant,
    get,
    load,
    spread,
    truth_of,
)

REGION = 4096
REGIONS = ("f32", "f64", "i32", "i64", "u8", "rows")
SIZE = REGION * len(REGIONS)
DTYPES = {"f32": np.float32, "f64": np.float64, "i32": np.int32, "i64": np.int64, "u8": np.uint8, "rows": np.int32}
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, -1e-310, 3e38, -1.7e308, 0.5, -1.5, 2.5]


def memory(seed):
    """The bytes of `x`."""
    random_ = np.random.default_rng(seed)
    x = np.zeros(SIZE, np.uint8)
    with np.errstate(all="ignore"):
        for name, part in regions(x).items():
            if name in FLOATS:
                part[...] = random_.standard_normal(part.size) * 10.0 ** random_.integers(-4, 5, part.size)
                part[random_.integers(0, part.size, part.size // 8)] = random_.choice(SPECIAL, part.size // 8)
            elif name == "rows":
                part[...] = random_.integers(0, 6, part.size)
            else:
                part[...] = random_.integers(0, 2**8, part.size) << random_.integers(0, 8, part.size)
    return x


def regions(array):
    """The regions of `x` or `y`, each as numbers of its kind."""
    return {name: array[k * REGION : (k + 1) * REGION].view(DTYPES[name]) for k, name in enumerate(REGIONS)}


def differences(one, other):
    """Where two results are not the same bit for bit: a NaN is as good as another."""
    found = []
    for name, a in regions(one).items():
        b = regions(other)[name]
        differ = a.view(np.uint8).reshape(a.size, -1) != b.view(np.uint8).reshape(a.size, -1)
        for k in np.flatnonzero(differ.any(1)):
            if not (a[k] != a[k] and b[k] != b[k]):
                found.append((name, int(k), a[k], b[k]))
    return found


class Program:
    """A random program; `bits` are the width of its vectors, and `fused` says whether it has `fma`."""

    def __init__(self, seed, bits=128, fused=False):
        self.random = random.Random(seed)
        self.bits, self.fused = bits, fused
        self.block, self.indices, self.rows, self.known = Block(), [], [], []
        self.called = []
        if self.random.random() < 0.3:
            self.body(1)
            self.called = [Function("part", ("x", "y"), (), self.block.body)]
            self.block, self.known, self.rows = Block(), [], []
        self.indices = [get("n", INDEX)]
        self.body(3)
        if self.called:
            self.block.add(Call("part", ("x", "y"), ()))
        self.functions = [*self.called, Function("main", ("x", "y"), ("n",), self.block.body)]
        check(self.functions)

    # ---- kinds and addresses -------------------------------------------------------------------------------------------

    def kind(self, numbers=("f32", "f64", "i32", "i64")):
        number = self.random.choice(numbers)
        return Kind(number, 1 if self.random.random() < 0.3 else self.bits // 8 // BYTES[number])

    def address(self, kind, array="", size=0, region=""):
        """A place in the region of a kind, that no index leads out of: each is below 8."""
        r = self.random
        size = size or BYTES[kind.number]
        chosen = r.sample([*self.indices, *self.rows], min(len(self.indices + self.rows), r.randint(0, 3)))
        strides = [(index, r.choice([0, 1, 1, 4, 10, -2]) * size) for index in chosen]
        below = sum(-7 * stride for _, stride in strides if stride < 0)
        above = sum(7 * stride for _, stride in strides if stride > 0) + 64
        first = REGIONS.index(region or kind.number) * REGION
        offset = first + below + r.randrange(0, REGION - below - above, size)
        return at(array or r.choice(["x", "x", "y"]), offset, *strides)

    # ---- expressions ---------------------------------------------------------------------------------------------------

    def value(self, kind, depth):
        r, number = self.random, kind.number
        if depth <= 0 or r.random() < 0.1:
            return self.leaf(kind)
        if number in FLOATS:
            more = [self.floats, self.floats, self.floats, self.select, self.cast, self.mix]
        else:
            more = [self.integers, self.integers, self.select, self.cast, self.mix]
        return r.choice(more)(kind, depth - 1)

    def leaf(self, kind):
        r, number = self.random, kind.number
        variables = [each for each in self.known if each.kind == kind]
        if variables and r.random() < 0.5:
            return r.choice(variables)
        if r.random() < 0.3:
            numbers = [0, 1, -1.5, 3.25, -0.0] if number in FLOATS else [0, 1, -3, 12345]
            return constant(
                [r.choice(numbers) for _ in range(kind.lanes)] if r.random() < 0.5 else r.choice(numbers), kind
            )
        if number in INTEGERS and r.random() < 0.3:
            return apply("load_bytes", detail=self.address(kind, size=1, region="u8"), kind=kind)
        return (spread if kind.lanes > 1 and r.random() < 0.4 else load)(self.address(kind), kind)

    def floats(self, kind, depth):
        unary, binary = (
            ["neg", "abs", "sqrt", "nearest", "floor", "ceil", "trunc"],
            ["add", "sub", "mul", "div", "min", "max"],
        )
        op = self.random.choice([*unary, *binary, *binary, *["fma"] * 3 * self.fused])
        count = 1 if op in unary else 3 if op == "fma" else 2
        return apply(op, *(self.value(kind, depth) for _ in range(count)))

    def integers(self, kind, depth):
        r = self.random
        op = r.choice(["add", "sub", "mul", "and", "or", "xor", "shl", "shr"])
        if op in ("shl", "shr"):
            return apply(op, self.value(kind, depth), detail=r.randrange(8 * BYTES[kind.number]))
        if kind.lanes == 1 and r.random() < 0.2:  # by what is neither 0 nor −1
            below = self.value(kind, depth) & 1023
            return self.value(kind, depth) / (below + 1 if r.random() < 0.5 else -2 - below)
        return apply(op, self.value(kind, depth), self.value(kind, depth))

    def truth(self, kind, depth):
        """Truth values beside numbers of a kind."""
        r = self.random
        if depth > 0 and r.random() < 0.3:
            one = self.truth(kind, depth - 1)
            return ~one if r.random() < 0.3 else apply(r.choice(["and", "or", "xor"]), one, self.truth(kind, depth - 1))
        a, b = self.value(kind, depth), self.value(kind, depth)
        return r.choice([a < b, a <= b, a > b, a >= b, a.equals(b)])

    def select(self, kind, depth):
        other = kind if self.random.random() < 0.5 else Kind(BITS_OF[kind.number], kind.lanes)
        return apply("select", self.truth(other, depth), self.value(kind, depth), self.value(kind, depth))

    def cast(self, kind, depth):
        """The bits of another kind of number, or a number converted."""
        r, other = self.random, Kind(BITS_OF[kind.number], kind.lanes)
        if kind.lanes == 1 and r.random() < 0.5:
            source = r.choice([Kind(each) for each in ("f32", "f64", "i32", "i64")])
            return apply("convert", self.value(source, depth), kind=kind)
        if {kind.number, other.number} == {"f32", "i32"} and r.random() < 0.5:
            return apply("convert", self.value(other, depth), kind=kind)
        value = self.block.let(self.value(other, depth))
        if other.number in FLOATS:
            value = apply("select", value.equals(value), value, constant(0, other))
        return apply("bits" if kind.number in INTEGERS else "floats", value, kind=kind)

    def mix(self, kind, depth):
        r = self.random
        if kind.lanes == 1:
            whole = Kind(kind.number, self.bits // 8 // BYTES[kind.number])
            return apply("lane", self.value(whole, depth), detail=r.randrange(whole.lanes), kind=kind)
        one = Kind(kind.number)
        how = r.random()
        if how < 0.3:
            return apply("splat", self.value(one, depth), kind=kind)
        if how < 0.5:
            return apply("join", *(self.value(one, depth - 1) for _ in range(kind.lanes)), kind=kind)
        lanes = tuple(r.randrange(2 * kind.lanes) for _ in range(kind.lanes))
        return apply("shuffle", self.value(kind, depth), self.value(kind, depth), detail=lanes)

    # ---- statements ----------------------------------------------------------------------------------------------------

    def body(self, depth):
        for _ in range(self.random.randint(1, 3)):
            self.assign()
            if depth:
                self.random.choice([self.loop, self.loop, self.condition, self.row])(depth - 1)
            self.store()

    def assign(self):
        kind = self.kind()
        name = f"q{self.random.randrange(4)}"
        variable = self.block.set(name, self.value(kind, self.random.randint(1, 3)))
        if not any((each.detail, each.kind) == (variable.detail, kind) for each in self.known):
            self.known.append(variable)

    def store(self):
        kind = self.kind()
        value = self.value(kind, 3)
        if kind.number in INTEGERS and self.random.random() < 0.4:
            self.block.store(self.address(kind, "y", 1, "u8"), value, narrow=True)
        else:
            self.block.store(self.address(kind, "y"), value)

    def loop(self, depth):
        r = self.random
        start, step = r.choice([0, 0, 1, 3]), r.choice([1, 1, 2, 3])
        stop = start + r.randint(-1, 4)
        runs = start < stop
        if r.random() < 0.4:  # known only when it runs
            runs = False
            stop = r.choice([*self.indices, *self.rows, constant(stop, INDEX)])
            start = r.choice([start, *self.rows, constant(start, INDEX)])
        known, rows = [*self.known], [*self.rows]
        with self.block.loop(f"i{len(self.indices)}", stop, start, step) as index:
            self.indices.append(index)
            self.body(depth)
            self.indices.pop()
        self.known, self.rows = (self.known if runs else known), rows

    def condition(self, depth):
        r, known, rows = self.random, [*self.known], [*self.rows]
        kind = self.kind()
        condition = self.truth(kind, 1)
        if r.random() < 0.2 and self.indices:
            condition = r.choice(self.indices) < r.randint(0, 6)
        elif condition.kind != TRUTH:
            condition = apply("any", condition, kind=TRUTH)
        with self.block.when(condition):
            self.body(depth)
        self.known, self.rows = [*known], [*rows]
        if r.random() < 0.5:
            with self.block.otherwise():
                self.body(depth)
            self.known, self.rows = known, rows

    def row(self, depth):
        """An index out of memory, or of a loop's, so below 8."""
        r = self.random
        found = apply("convert", load(self.address(Kind("i32"), "x", region="rows"), Kind("i32")), kind=INDEX)
        if r.random() < 0.3:
            found = apply("select", found < 3, found * 2, found - 1)
        variable = self.block.set(f"row{r.randrange(2)}", found)
        if not any(each.detail == variable.detail for each in self.rows):
            self.rows.append(variable)
        if r.random() < 0.3:
            self.block.store(self.address(Kind("i64"), "y"), apply("convert", variable * 3 - 2, kind=Kind("i64")))


assert truth_of(Kind("f32")) == TRUTH
