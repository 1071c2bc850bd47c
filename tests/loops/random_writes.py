"""Functions written at random whose loops write to arrays at places that move: rows, slices, columns, nests, swaps, views in use.

`written(seed)` gives a function of two numbers and two arrays, arguments and its text. The oracle is NumPy: `slopes` by its
complex numbers, which are exact to rounding.
"""

import linecache
import random

import numpy as np

TINY = 1e-30
_HELPER = """
def settle(part, s):
    part[0] += s
    return part * 0.5

"""


class _Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.size = self.random.randint(5, 8)
        self.arrays = ["y", "z", "w"][: self.random.randint(1, 3)]
        self.lines = ["def f(a, b, x, u0):"]
        for name in self.arrays:
            how = ["zeros(10)", "array(x[:10])", "ones(10)", "full(10, b)"]
            self.lines.append(f"    {name} = np.{self.random.choice(how)}")
            if self.random.random() < 0.5:
                self.lines.append(
                    f"    {name}[{self.random.randint(0, 2)}] = {self.random.choice(['a', '0.3', 'a * b'])}"
                )
        self.lines += ["    A = np.zeros((10, 5))", "    u = np.array(u0)", "    s = np.zeros(3)"]
        for _ in range(self.random.choice([1, 1, 2])):
            self.loop()
        ends = [f"np.sum(np.sin({name}))" for name in [*self.arrays, "A", "u", "s"]]
        self.text = _HELPER + "\n".join([*self.lines, f"    return {' + '.join(ends)} + a * b"])

    def some(self, *texts):
        return self.random.choice(texts)

    def array(self):
        return self.random.choice(self.arrays)

    def place(self, k="k"):
        n = self.size
        return self.some(k, k, k, f"{k} + 1", f"{k} - 1", f"{k} + 2", f"{n} - {k}", f"-1 - {k}", f"{k} - 2", "0", "-1")

    def part(self):
        return self.some("k:k + 2", "k - 1:k + 1", "1:-1", ":-2", "k:k + 4:2", "::3")

    def atom(self, inner):
        cell = f"A[{self.some('k', 'k - 1', 'k + 1')}, {self.some('j', 'j - 1', 'j + 1') if inner else self.some('0', '2')}]"
        read = f"{self.array()}[{self.place()}]"
        return self.some(
            "a", "b", "0.5", "(k + 1)", read, read, read, f"x[{self.some('k', 'k + 3', '2 * k')}]", cell, "s[1]"
        )

    def expression(self, inner=False, depth=0):
        chance = self.random.random()
        if depth > 1 or chance < 0.3:
            return self.atom(inner)
        if chance < 0.6:
            return f"np.{self.some('sin', 'tanh', 'cos')}({self.expression(inner, depth + 1)})"
        return f"({self.expression(inner, depth + 1)} {self.some('+', '-', '*')} {self.expression(inner, depth + 1)})"

    def loop(self):
        n = self.size
        over = self.some(f"range(1, {n})", f"range({n})", f"range({n - 1}, 0, -1)", f"range(1, {n}, 2)")
        self.lines.append(f"    for k in {over}:")
        for _ in range(self.random.randint(1, 3)):
            self.lines += [f"        {line}" for line in self.statement()]

    def statement(self):
        one, other, sign = self.array(), self.array(), self.some("=", "=", "+=")
        value, inner = f"np.tanh({self.expression()})", self.expression(True)
        return self.random.choice([
            [f"{one}[{self.place()}] {sign} {value}"],
            [f"{one}[k] {sign} {value}"],
            [f"{one}[k] = {value}", f"{other}[{self.place()}] {sign} {one}[k] * 0.5"],
            [f"{one}[{self.some('k:k + 2', 'k - 1:k + 1')}] {sign} 0.5 * {other}[{self.some('k:k + 2', '3:5')}] * {value}"],
            [f"{one}[{self.part()}] *= {value}"],
            [f"A[k, {self.some('0', '1:3', ':')}] {sign} {value}", f"A[k + 1] = A[k] * {value}"],
            [f"A[:, {self.some('1', '0')}] += {one} * {value}", f"A[{self.place()}] = u[:5]"],
            [f"u[1:-1] = {self.some('u[1:-1] + 0.1 * (u[2:] - u[:-2])', 'np.sin(u[2:] + u[:-2] * b)', 'u[1:-1] * a')}"],
            [f"{one}[k], {other}[{self.place()}] = {other}[k], {value}"],
            [f"{one}, {other} = {other}, {one}", f"{one}[k] = {value}"],
            [f"part = {one}[k:k + 2]", f"{one}[k] = {value}", f"{one}[k + 1] += part[0] * part[1]"],
            [f"np.add.at({one}, [k, {self.some('k + 1', '1', 'k')}], {value})"],
            [f"s[{self.some('0', '1', '2')}] += {value}", f"{one}[k] = s[1]"],
            [f"{one}[k:k + 2] = settle({other}[k:k + 2], {value})"],
            [f"{one}[k] {sign} {value}", f"{other} = {one}.copy()"],
            [
                f"{one}[{self.some('k', self.place())}] {sign} "
                f"np.tanh(x[{self.some('k:k + 10', ':10')}] @ {self.some(one, other)})"
            ],
            [f"a, b = np.tanh(b + {self.expression()}), a"],
            [f"for j in range(1, {self.some('3', '4')}):", f"    A[k, {self.some('j', 'j - 1')}] {sign} np.tanh({inner})"],
            [f"for j in range({self.some('3', '4')}):", f"    {one}[k] += np.sin({inner})", f"    A[j, k % 5] {sign} a"],
            ["for j in range(3):", f"    {one}[k + j] {sign} 0.3 * {other}[k + {self.some('j', '2 - j')}] * {value}"],
        ])  # fmt: skip


def made(text, name, scope):
    """The function of a text, whose lines a message can show."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    scope = {"np": np, **scope}
    exec(compile(text, name, "exec"), scope)
    return scope["f"]


def written(seed):
    """A function, arguments and its text; `None` if NumPy cannot run it, or its numbers grow."""
    text = _Writer(seed).text
    numbers = np.random.default_rng(seed)
    args = (0.3, -0.4, numbers.normal(size=20), numbers.normal(size=6))
    f = made(text, f"<random writes {seed}>", {})
    try:
        value = f(*args)
    except (IndexError, ValueError):
        return None
    return (f, args, text) if abs(value) < 1e6 else None


def slopes(text, args):
    """What NumPy's complex numbers give: the derivative in each number of each argument."""
    for name in ("zeros", "ones"):
        text = text.replace(f"np.{name}(", f"complex_{name}(")
    scope = {
        "complex_zeros": lambda shape: np.zeros(shape, complex),
        "complex_ones": lambda shape: np.ones(shape, complex),
    }
    f, found = made(text, "<complex>", scope), []
    for place, arg in enumerate(args):
        slope = np.empty(np.shape(arg))
        for at in np.ndindex(slope.shape):
            moved = [np.array(each, complex) for each in args]
            moved[place][at] += 1j * TINY
            slope[at] = np.imag(f(*(each[()] for each in moved))) / TINY
        found.append(slope)
    return found
