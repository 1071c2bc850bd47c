"""Functions of nested branches, loops, jumps, comprehensions and growing lists, written at random; their sources are in files."""

import importlib.util
import random

import numpy as np

_HELPERS = """
def clipped(u, v):
    if u > v:
        return u * v
    if u < -v:
        return 0.5 * u - v
    return np.sin(u)


def halved(u, n):
    while u > 0.7 and n > 0:
        u = 0.5 * u + 0.1 * np.cos(u)
        n = n - 1
    return u


def put(array, k, value):
    if value > 0.2:
        array[k] = value


"""


class _Writer:
    """Writes one function."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.loops = 0
        self.branches = 0  # and loops with tests around what is written

    def atom(self, counters):
        kind = self.random.random()
        if kind < 0.55:
            return self.random.choice("ab")
        if kind < 0.9:
            place = (
                self.random.choice(counters) if counters and self.random.random() < 0.8 else self.random.randrange(3)
            )
            return f"{self.random.choice('xw')}[{place}]"
        return self.random.choice(["0.3", "0.7", "1.1"])

    def expression(self, counters):
        one, other = self.atom(counters), self.atom(counters)
        return self.random.choice([
            f"0.6 * {one} + 0.3 * {other}", f"np.sin({one}) * {other}", f"{one} * 0.5 - np.cos({other})",
            f"np.tanh({one} + {other})", f"{one} / (2 + {other}**2)", f"({one} if {other} > 0.2 else 0.5 * {other})",
            f"clipped({one}, {other})", f"halved({one}, 3)",
            f"0.2 * sum(v * {one} for v in x if v > 0.1 * {other})", f"0.3 * np.mean([np.sin(v * {one}) for v in x])",
            f"(lambda u: u * {one} if u > 0.3 else 0.2 * u)({other})", f"0.5 * zs[-1] + {one}", f"np.max(np.array(zs)) * {one}",
        ])  # fmt: skip

    def test(self, counters):
        first = f"{self.atom(counters)} > {self.random.choice(['0.1', '-0.2', self.atom(counters)])}"
        return self.random.choice([
            first, first, f"not {first}", f"{first} and {self.atom(counters)} < 0.9", f"{first} or {self.atom(counters)} < -0.3",
            f"-0.5 < {self.atom(counters)} < 0.8",
        ])  # fmt: skip

    def block(self, depth, counters, looped=False):
        indent, before = "    " * (depth + 1), len(self.lines)
        for _ in range(self.random.randrange(1, 4)):
            kind = self.random.random()
            if kind < 0.06 and (self.branches == 0 or self.random.random() < 0.05):
                item = self.expression(counters)
                self.lines.append(indent + self.random.choice([f"zs.append({item})", f"zs += [{item}]"]))
            elif kind < 0.35 or depth > 3:
                self.lines.append(f"{indent}{self.random.choice('ab')} = {self.expression(counters)}")
            elif kind < 0.45:
                self.lines.append(
                    f"{indent}{self.random.choice('ab')} {self.random.choice(['+=', '-='])} 0.3 * {self.atom(counters)}"
                )
            elif kind < 0.6:
                place = self.random.choice(counters) if counters else 1
                write = f"w[{place}] {self.random.choice(['=', '='])} {self.expression(counters)}"
                added, shrunk = f"w[{place}] += 0.2 * {self.atom(counters)}", "w[1:] *= 0.9"
                put = f"put(w, {place}, {self.atom(counters)})"
                swapped = f"w[{place}], w[3] = w[3] * {self.atom(counters)}, w[{place}]"
                self.lines.append(indent + self.random.choice([write, write, added, put, shrunk, swapped]))
            elif kind < 0.82:
                self.lines.append(f"{indent}if {self.test(counters)}:")
                self.branches += 1
                self.block(depth + 1, counters, looped)
                if looped and self.random.random() < 0.3:
                    self.lines.append(f"{indent}    {self.random.choice(['break', 'continue'])}")
                if self.random.random() < 0.6:
                    self.lines.append(f"{indent}{self.random.choice(['else', f'elif {self.test(counters)}'])}:")
                    self.block(depth + 1, counters, looped)
                self.branches -= 1
            elif self.loops < 3 and self.random.random() < 0.6:
                self.loops += 1
                self.lines.append(f"{indent}for k{self.loops} in range(3):")
                self.block(depth + 1, [*counters, f"k{self.loops}"], looped=True)
            elif self.loops < 3:
                self.loops += 1
                name = f"t{self.loops}"
                self.lines += [
                    f"{indent}{name} = 0.0",
                    f"{indent}while {name} < 2.0 and {self.random.choice('ab')} < 1.5:",
                ]
                self.lines.append(
                    f"{indent}    {name} = {name} + 0.4 + 0.2 * np.abs(np.sin({self.random.choice('ab')}))"
                )
                self.branches += 1
                self.block(depth + 1, counters, looped=True)
                self.branches -= 1
        if len(self.lines) == before:
            self.lines.append(f"{indent}a = {self.expression(counters)}")


def source(seed):
    """The text of a function f(a, b, x) of two numbers and a vector of four, with its helpers."""
    writer = _Writer(seed)
    writer.block(0, [])
    writer.block(0, [])
    body = "\n".join(writer.lines)
    end = writer.random.choice(["    if a > b:\n        return a * np.sum(w)\n", ""])
    last = "    return a + b * np.sum(w) + np.sum(w**2) + np.mean(zs) * len(zs)\n"
    return (
        f"import numpy as np\n{_HELPERS}def f(a, b, x):\n    w = np.zeros(5)\n    zs = [0.3 * b]\n{body}\n{end}{last}"
    )


def function(seed, folder):
    """The function of a seed, whose source is a file in a folder."""
    return loaded(folder / f"random_branches_{seed}.py", source(seed))


def loaded(path, text):
    """The function of a text that is written to a file."""
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


def arguments(seed, count):
    """So many sets of arguments."""
    generator = np.random.default_rng(seed)
    return [(float(generator.normal()), float(generator.normal()), generator.normal(size=4)) for _ in range(count)]
