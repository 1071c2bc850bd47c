"""Functions at random that write in place, as text: views, copies, aliases, writes, loops and reads, one to a line.

`source(seed)` is the text of `program(x)`, a function of twelve numbers that gives one; `made(text)` the function. The oracle is
NumPy: `value(text)`, and `slopes(text)` by NumPy's complex numbers, exact to rounding: the imaginary part of the result where that
of one argument is tiny. A line is kept only if it runs, keeps numbers small, and compares nothing with what is close to it.
"""

import itertools
import linecache
import re

import numpy as np

SIZE = 12
TINY = 1e-30
_HELPERS = """\
def shift(a, s):
    a += s


def first_to_zero(a):
    a[0] = 0.0
    return a


def scaled(a, s):
    a = a * s
    a[-1] = 1.0
    return a


"""
_HELPER_CODE = compile(_HELPERS, "<helpers>", "exec")
_VIEWS = """
{a}
{a}[1:]
{a}[:-1]
{a}[::-1]
{a}[::2]
{a}[1:][::-1]
{a}[{i}]
{a}[{i}:{i} + 2]
{a}[..., 0]
{a}[None]
{a}[:, {i}]
{a}[:, ::2]
{a}[::-1, 1:]
{a}[:2, None]
{a}.T
{a}.T[1:]
{a}.reshape(-1)
{a}.reshape(2, -1)
{a}.ravel()
{a}.ravel()[::2]
{a}.T.ravel()
{a}.swapaxes(0, 1)
{a}.view()
np.flip({a})
np.asarray({a})
np.real({a})
np.atleast_2d({a})
np.squeeze({a})
np.expand_dims({a}, 0)
np.moveaxis({a}, 0, -1)
np.array_split({a}, 2)[{i} % 2]
np.split({a}, 2)[1]
np.diagonal({a})
np.broadcast_to({a}, (2, *{a}.shape))
np.ascontiguousarray({a})
np.asarray({a}, order='F')
{a}.reshape(-1, order='F')
first_to_zero({a})
"""
_COPIES = """
{a}.copy()
np.array({a})
np.copy({a})
{a}.flatten()
{a} * 1.1
{a} + {b}
np.sin({a})
-{a}
{a}[[1, 0]]
{a}[[0, 0, 1]]
{a}[..., [1, 0]]
{a}[{a} > {c}]
np.concatenate([{a}, {b}])
np.roll({a}, 1)
np.asfortranarray({a} * 1.0)
{a}.copy(order='F')
{a}.T * 1.0
{a}[:, [0, 1, 0]]
np.full_like({a}.T, {s})
np.where({a} > {c}, {a}, {s})
np.sort({a}, axis=-1)
np.cumsum({a}, axis=0)
np.take({a}, [1, 0, 1], axis=0)
scaled({a}, 0.9)
np.zeros(4)
np.zeros((3, 4))
np.zeros_like({a})
np.full(4, {s})
np.array([{s}, 1.0, {s}])
np.array([{a}[0], {a}[1]])
np.asarray([[{s}, 0.5], [0.0, {s}]])
"""
_WRITES = """
{a} += {s}
{a} *= 1.0 + 0.3 * {s}
{a} -= 0.5 * {b}
{a} /= 1.5 + {s}
{a} **= 2
{a}[{i}] = {s}
{a}[{i}] += {s}
{a}[{i}] = {b}[{j}]
{a}[{i}, {j}] *= {s}
{a}[1:] = {a}[:-1]
{a}[:-1] += {a}[1:]
{a}[:] = {a}[::-1]
{a}[...] = 0.7 * {b}
{a}[::2] *= {s}
{a}[:, 0] = {s}
{a}[:, {i}] -= {a}[:, {j}]
{a}[[{i}, {j}]] = {s}
{a}[[{i}, {j}]] += {s}
{a}[[{i}, {i}, {j}]] *= 0.9
{a}[[{i}, {j}]] = {a}[[{j}, {i}]]
{a}[..., [0, 1]] = {s}
{a}[{a} > {c}] = {s}
{a}[{a} < {c}] *= {s}
{a}[{a} > {c}] += 0.1
{a}[{b} > {c}] = 0.3
{a}.T[0] = {s}
{a}.T[...] *= 1.1
{a}.flat[{i}] = {s}
{a}.flat[::3] = 0.4
{a}.fill({s})
{a}.sort()
{a}[{i}], {a}[{j}] = {a}[{j}], {a}[{i}]
{a}.ravel()[1:3] = {s}
{a}.reshape(-1)[{i}] += {s}
{a}[1:][::2][0] = {s}
np.add.at({a}, [{i}, {j}, {i}], {s})
np.subtract.at({a}, [{i}, {i}], 0.2 * {s})
np.fill_diagonal({a}, {s})
np.copyto({a}, {b})
np.copyto({a}, {s}, where={a} > {c})
np.multiply({a}, 0.9, out={a})
np.sin({a}, out={a})
np.add({a}, {b}, out={a})
np.add({a}[1:], {s}, out={a}[:-1])
np.put({a}, [{i}, {j}], {s})
np.putmask({a}, {a} > {c}, 0.6)
shift({a}, {s})
shift({a}[1:], 0.2)
{a} = {a} * 0.9
{a}, {b} = {b}, {a}
"""
_LOOPS = """
for k in range(1, len({a})): {a}[k] = 0.5 * {a}[k - 1] + {s}
for k in range(len({a}) - 1): {a}[k] -= 0.3 * {a}[k + 1]
for k in range(2): {a}[k] = {b}[k] * {s}
for k in range(3): {a}[1:] += 0.2 * {a}[:-1]
for k in range(2): {a}[k:] *= 0.9 + 0.1 * {s}
for row in {a}: row -= 0.5 * row[0]
for row in {a}: row *= {s}
for k, row in enumerate({a}): row[k % 2] = {s}
for column in {a}.T: column[0] = column[1] * {s}
for row, other in zip({a}, {b}): row += 0.2 * other
for k in range(2): {a}[1:-1], {b}[0] = 0.5 * ({a}[2:] + {a}[:-2]), {a}[0]
"""
_READS = """
total = total + np.sum(np.tanh({a}) * {w})
total = total + {a}[{i}] * {s}
total += np.mean({a}) * np.sum({b})
p = {a}[{i}] * 1.0; p += {s}; total = total + p * {w}
"""
_KINDS = [[line for line in text.split("\n") if line] for text in (_VIEWS, _COPIES, _WRITES, _LOOPS, _READS)]
_OFTEN = np.array([0.3, 0.12, 0.38, 0.1, 0.1])
_COMPLEX = {
    "np.zeros(": "complex_zeros(",
    "np.real(": "np.asarray(",  # the whole number is what is carried here
}


def _namespace():
    return {"np": np, "complex_zeros": lambda shape: np.zeros(shape, complex)}


def _argument(seed):
    return np.random.default_rng([seed, 1]).uniform(0.4, 1.4, SIZE)


class _Writer:
    """Lines that run, tried on the argument as they are written."""

    def __init__(self, seed):
        self.random = np.random.default_rng([seed, 0])
        self.argument = _argument(seed)
        self.lines, self.codes = [], []
        self.scope = self.run([])

    def arrays(self):
        return [name for name, each in self.scope.items() if name[0] == "v" and name[1:].isdigit() and np.ndim(each)]

    def factor(self):
        i, j = self.random.integers(SIZE, size=2)
        return self.random.choice([f"x[{i}]", f"x[{i}] * x[{j}]", f"np.sin(x[{i}])", f"(x[{i}] - x[{j}])"])

    def filled(self, template):
        names = self.arrays()
        a, b = self.random.choice(names, 2)
        i, j = (int(k) for k in self.random.integers(0, 3, 2))
        c, w = round(float(self.random.uniform(0.2, 1.2)), 2), round(float(self.random.uniform(0.3, 1.3)), 2)
        text = template.format(a=a, b=b, i=i, j=j, c=c, w=w, s="{s}")
        while "{s}" in text:
            text = text.replace("{s}", self.factor(), 1)
        return text

    def clear(self, line):
        """Whether what the line compares or sorts is well apart."""
        for name, bound in re.findall(r"(v\d+) [<>] ([\d.]+)", line):
            if np.min(np.abs(self.scope[name] - float(bound)), initial=1.0) < 1e-3:
                return False
        for name in re.findall(r"(v\d+)\.sort|np\.sort\((v\d+)", line):
            values = np.sort(self.scope["".join(name)], axis=-1)
            if np.min(np.diff(values), initial=1.0) < 1e-3:
                return False
        return True

    def tried(self, line):
        """Whether the line runs here, on numbers that are apart, and keeps them small; then it is kept."""
        if not self.clear(line):
            return False
        code = compile(line, "<a line>", "exec")
        try:
            scope = self.run([*self.codes, code])
        except (ValueError, IndexError, TypeError, np.exceptions.AxisError):
            return False
        arrays = [each for name, each in scope.items() if name[0] == "v" and isinstance(each, np.ndarray)]
        if any(not 0 < each.size <= 64 or each.ndim > 3 or not np.abs(each).max() < 1e2 for each in arrays):
            return False
        if np.ndim(scope["total"]) or not np.isfinite(scope["total"]):
            return False
        self.scope = scope
        self.codes.append(code)
        self.lines.append(line)
        return True

    def run(self, codes):
        """The names after these lines, run from the first: what was written before is written once."""
        scope = _namespace() | {"x": self.argument.copy(), "total": 0.0}
        with np.errstate(all="ignore"):
            for code in (_HELPER_CODE, *codes):
                exec(code, scope)
        return scope

    def text(self):
        lines = itertools.chain.from_iterable(line.split("; ") for line in self.lines)
        return _HELPERS + "def program(x):\n    total = 0.0\n" + "".join(f"    {line}\n" for line in lines)


def source(seed, steps=12):
    """The text of a function of twelve numbers, made of so many steps behind its first lines."""
    writer = _Writer(seed)
    for line in (
        "v0 = x * 1.0",
        "v1 = x[:6] * x[6:]",
        "v2 = np.reshape(x, (3, 4)) * 1.0",
        "v3 = np.zeros((3, 4))",
        "v4 = np.ones(6)",
    ):
        assert writer.tried(line)
    made, new = 0, 5
    while made < steps:
        kind = writer.random.choice(len(_KINDS), p=_OFTEN)
        line = writer.filled(writer.random.choice(_KINDS[kind]))
        if kind < 2:
            line, new = f"v{new} = {line}", new + 1
        made += writer.tried(line)
    for k, name in enumerate(writer.arrays()):
        writer.lines.append(f"total = total + {1 + 0.37 * k:.2f} * np.sum(np.tanh(0.5 * {name}))")
    writer.lines.append("return total")
    return writer.text()


def made(text, seed=0):
    """The function of a text, whose lines a message can show."""
    name = f"<random program {seed}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    scope = _namespace()
    exec(compile(text, name, "exec"), scope)
    return scope["program"]


def argument(seed):
    """The twelve numbers that a program is tried with."""
    return _argument(seed)


def value(text, x):
    """What NumPy gives."""
    return float(made(text)(np.array(x)))


def slopes(text, x):
    """The derivative with respect to each of the twelve numbers, exact to rounding."""
    for plain, theirs in _COMPLEX.items():
        text = text.replace(plain, theirs)
    program = made(text.replace("np.ones(6)", "np.ones(6, complex)"))
    found = np.empty(SIZE)
    for k in range(SIZE):
        moved = np.array(x, complex)
        moved[k] += 1j * TINY
        found[k] = np.imag(program(moved)) / TINY
    return found
