"""The loops run by NumPy, statement by statement, lane for lane: what both backends must give, bit for bit.

Each value is an array of as many numbers as its kind has lanes; an index is a Python integer. Arrays are bytes; what lies
outside of one is an `IndexError`.
"""

import math
from fractions import Fraction

import numpy as np

from chainrule.run.loops.language import BYTES, INDEX, Call, Expression, For, If, Set, Store

DTYPES = {"f32": np.float32, "f64": np.float64, "i32": np.int32, "i64": np.int64, "b32": np.bool_, "b64": np.bool_}
UNIFORM = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b,
    "min": lambda a, b: np.where(b < a, b, a), "max": lambda a, b: np.where(a < b, b, a), "neg": lambda a: -a,
    "abs": np.abs, "sqrt": np.sqrt, "nearest": np.rint, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc,
    "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b, "not": lambda a: ~a,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b, "eq": lambda a, b: a == b,
}  # fmt: skip


def fused(a, b, c):
    """a b + c of float64, rounded once."""
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        return a * b + c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if not exact:
        return a * b + c  # so that the sign of 0 is right
    try:
        return float(exact)
    except OverflowError:
        return math.copysign(math.inf, exact)


def fused_single(a, b, c):
    """The same of float32: the sum is rounded to odd in float64, so that it is not rounded twice."""
    p, c = float(a) * float(b), float(c)
    s = p + c
    if not math.isfinite(s) or not s:
        return np.float32(s)
    rest = Fraction(p) + Fraction(c) - Fraction(s)
    bits = np.float64(s).view(np.int64)
    if rest and not bits & 1:
        bits = bits + (1 if (rest > 0) == (s > 0) else -1)
    return np.int64(bits).view(np.float64).astype(np.float32)


def saturated(values, dtype):
    """Integers toward 0, to the nearest end, of NaN 0."""
    ends = np.iinfo(dtype)
    clipped = [
        0 if math.isnan(x) else ends.max if x >= ends.max else ends.min if x <= ends.min else int(x) for x in values
    ]
    return np.array(clipped, dtype)


class Interpreter:
    """Functions of a module, run on arrays of bytes."""

    def __init__(self, functions):
        self.functions = {function.name: function for function in functions}

    def run(self, name, arrays, indices=()):
        """Run a function on arrays and indices."""
        function = self.functions[name]
        self.arrays = dict(zip(function.arrays, arrays, strict=True))
        self.names = {(n, INDEX): i for n, i in zip(function.indices, indices, strict=True)}
        with np.errstate(all="ignore"):
            self.body(function.body)

    def body(self, body):
        for each in body:
            match each:
                case Set(name, value):
                    self.names[name, value.kind] = self.value(value)
                case Store(address, value, narrow):
                    found = self.value(value).astype(np.uint8) if narrow else self.value(value)
                    self.bytes(address, found.nbytes)[...] = found.view(np.uint8)
                case For(index, start, stop, step, inner):
                    for i in range(self.bound(start), self.bound(stop), step):
                        self.names[index, INDEX] = i
                        self.body(inner)
                case If(condition, yes, no):
                    self.body(yes if self.value(condition)[0] else no)
                case Call(name, arrays, indices):
                    Interpreter(self.functions.values()).run(
                        name, [self.arrays[each] for each in arrays], [self.value(each) for each in indices]
                    )

    def bound(self, bound):
        return self.value(bound) if isinstance(bound, Expression) else bound

    def bytes(self, address, count):
        array = self.arrays[address.array]
        start = address.offset + sum(self.names[name, INDEX] * stride for name, stride in address.strides)
        if not 0 <= start <= len(array) - count:
            raise IndexError(f"{address} is at {start} of {len(array)}")
        return array[start : start + count]

    def value(self, e):
        (number, lanes), op, detail = e.kind, e.op, e.detail
        if op == "get":
            return self.names[detail, e.kind]
        if e.kind == INDEX:
            return self.index(e)
        dtype = DTYPES[number]
        if op == "const":
            return np.resize(np.array(detail, dtype), lanes)
        if op == "load":
            return self.bytes(detail, lanes * BYTES[number]).view(dtype).copy()
        if op == "load_bytes":
            return self.bytes(detail, lanes).astype(dtype)
        values = [self.value(each) for each in e.operands]
        if op == "select":
            return np.where(*values)
        if op == "splat":
            return np.repeat(values[0], lanes)
        if op == "lane":
            return values[0][detail : detail + 1]
        if op == "shuffle":
            return np.concatenate(values)[list(detail)]
        if op == "join":
            return np.concatenate(values)
        if op in ("bits", "floats"):
            return values[0].view(DTYPES[number])
        if op == "convert":
            x = np.atleast_1d(values[0])
            return saturated(x, dtype) if x.dtype.kind == "f" and number[0] == "i" else x.astype(dtype)
        if op == "packed":
            return np.concatenate([values[0][values[1]], values[0][~values[1]]])
        if op == "count":
            return np.array([np.count_nonzero(values[0])], np.int32)
        if op == "any":
            return np.array([values[0].any()])
        if op == "fma":
            return np.array(
                [(fused_single if number == "f32" else fused)(*each) for each in zip(*values, strict=True)], dtype
            )
        if op in ("shl", "shr"):
            return values[0] << dtype(detail) if op == "shl" else values[0] >> dtype(detail)
        if op == "call":
            return getattr(np, detail)(*values)
        if op == "div" and number[0] == "i":
            a, b = (int(each[0]) for each in values)
            return np.array([abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)], dtype)
        return np.atleast_1d(UNIFORM[op](*values)).astype(dtype, copy=False)

    def index(self, e):
        if e.op == "const":
            return e.detail
        if e.op == "convert":
            (value,) = np.atleast_1d(self.value(e.operands[0]))
            return int(value)
        if e.op == "select":
            condition, yes, no = e.operands
            return self.value(yes if self.value(condition)[0] else no)
        a, b = map(self.value, e.operands)
        return {"add": a + b, "sub": a - b, "mul": a * b}[e.op]
