"""Functions with loops, written at random: nests, swaps, lists, branches, places that move; as loops and turn by turn."""

import linecache
import os
import random

import numpy as np
import pytest

import chainrule as cr

from .test_loops import close, loops_in

COUNT = int(os.environ.get("CHAINRULE_FUZZ", "24"))
NUMBERS = [0.3, -0.7, 1.1, 0.2, 0.9, -0.4, 0.8, 0.5, 0.6, 0.1]


class Writer:
    """Writes one function of a, b, x and w."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.turns = self.random.randint(3, 9)
        self.names = ["a", "b"]
        self.lines = ["def f(a, b, x, w):", "    c, ys = 0.0, []"]
        self.names.append("c")
        if self.random.random() < 0.3:
            self.lines.append(f"    a = {self.expression(None)} + a")
        self.loop("k", self.turns, "    ")
        if self.random.random() < 0.3:
            self.loop("k", self.random.randint(3, 6), "    ")
        end = self.random.choice(["a + b * c", "a * b", "c + a", "np.sin(c) + b"])
        self.lines.append(f"    return {end} + (np.sum(np.stack(ys) ** 2) if ys else 0.0)")
        self.text = "\n".join(self.lines)

    def atom(self, k):
        chance = self.random.random()
        if chance < 0.5:
            return self.random.choice(self.names)
        if k and chance < 0.62:
            return self.random.choice(
                [f"x[{k}]", f"x[{k} + 1]", f"x[{self.turns} - {k}]", f"x[2 * {k}]", f"x[-1 - {k}]"]
            )
        if k and chance < 0.7:
            return f"({k} + 1)"
        if k and chance < 0.78:
            return f"NUMBERS[{k}]"
        if chance < 0.86:
            return self.random.choice(["0.5", "2", "-1.5", "0.1"])
        return "w[0]" if chance < 0.93 else f"x[{self.random.randint(0, 8)}]"

    def expression(self, k, depth=0):
        chance = self.random.random()
        if depth > 2 or chance < 0.25:
            return self.atom(k)
        if chance < 0.5:
            return f"np.{self.random.choice(['sin', 'tanh', 'cos'])}({self.expression(k, depth + 1)})"
        return f"({self.expression(k, depth + 1)} {self.random.choice('+-*')} {self.expression(k, depth + 1)})"

    def loop(self, k, turns, indent):
        over = self.random.choice([f"range({turns})", f"range({turns - 1}, -1, -1)"])
        self.lines.append(f"{indent}for {k} in {over}:")
        for _ in range(self.random.randint(1, 4)):
            self.statement(k, f"{indent}    ")

    def statement(self, k, indent):
        chance = self.random.random()
        if chance < 0.15 and k == "k":
            self.loop("j", self.random.randint(2, 5), indent)
        elif chance < 0.22:
            branch = self.random.choice(["== 0", "% 2 == 0", "> 2"])
            self.lines.append(f"{indent}if {k} {branch}: {self.random.choice('ab')} = {self.expression(k)}")
        elif chance < 0.29 and k == "k":
            self.lines.append(f"{indent}ys.append(np.sin(a) * {self.expression(k)})")
        elif chance < 0.36:
            self.lines.append(f"{indent}a, b = b, np.tanh({self.expression(k)} + a)")
        elif self.random.random() < 0.6:
            self.lines.append(f"{indent}{self.random.choice('abc')} = np.tanh({self.expression(k)} + a)")
        else:
            self.lines.append(f"{indent}{self.random.choice('abc')} = {self.expression(k)} + 0.1 * b")


def written(seed):
    """A function, with arguments."""
    text, file = Writer(seed).text, f"<random loops {seed}>"
    linecache.cache[file] = (len(text), None, [f"{line}\n" for line in text.splitlines()], file)
    scope = {"np": np, "NUMBERS": NUMBERS}
    exec(compile(text, file, "exec"), scope)
    numbers = np.random.default_rng(seed)
    return scope["f"], (0.3, -0.4, numbers.normal(size=20), numbers.normal(size=2)), text


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(COUNT))
def test_rolled_and_unrolled_are_the_same(seed):
    f, args, text = written(seed)
    value = f(*args)
    if not np.isfinite(value) or abs(value) > 1e6:
        pytest.skip("its numbers grow too large")
    close(cr.trace(f, args)(*args), value, within=1e-10)
    rolled, unrolled = (cr.derive(f, args, loops=loops)(*args) for loops in (True, False))
    close(rolled, unrolled, within=1e-9)
    moved = [f(*args[:2], args[2] + step * np.eye(20)[3], args[3]) for step in (1e-6, -1e-6)]
    near = (moved[0] - moved[1]) / 2e-6
    assert abs(rolled[2][3] - near) <= 1e-5 * (1 + abs(near)), text


def test_most_of_them_have_loops_that_stay():
    found = [loops_in(cr.trace(*written(seed)[:2])) for seed in range(24)]
    assert sum(count > 0 for count in found) >= 18


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(100, 100 + max(COUNT // 3, 1)))
def test_second_derivatives_are_the_same(seed):
    f, args, _ = written(seed)
    if not abs(f(*args)) < 1e6:
        pytest.skip("its numbers grow too large")

    def along(*args):
        return sum(np.sum(slope * slope) for slope in cr.grad(f, (0, 1, 2, 3))(*args))

    rolled, unrolled = (cr.derive(along, args, loops=loops)(*args) for loops in (True, False))
    close(rolled, unrolled, within=1e-8)
