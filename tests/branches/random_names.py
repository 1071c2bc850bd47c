"""Functions, written at random, that choose one of two arrays or lists by a value, give it another name and change it."""

import importlib.util
import random

import numpy as np

_HELPERS = """import numpy as np


class Box:
    def __init__(self):
        self.items = []
        self.total = 0.0

    def add(self, v):
        self.items.append(v)
        self.total = self.total + v


def pick(v, one, other):
    if v > 0.1:
        return one
    return other


def picked(v, one, other):
    return one if v > 0.1 else other


"""
_KINDS = ("array", "array", "array", "list", "grown", "dict", "box")
_MADE = {
    "array": [
        "np.zeros(2)",
        "np.ones(2)",
        "x[:2] * 1.0",
        "np.array([0.5, 1.5])",
        "np.zeros((2, 2))[0]",
        "x[1:3] + x[0]",
    ],
    "list": ["[0.0, 1.0]", "[x[0], x[1]]"],
    "grown": ["[]", "[x[1]]"],
    "dict": ["{0: 0.0, 1: 1.0}", "{0: x[0], 1: x[1]}"],
    "box": ["Box()"],
}
_WRITTEN = {
    "array": ["{t}[0] += v * v", "{t} *= v", "{t}[1:] = v * 2", "{t}[...] = {t} + v", "np.add.at({t}, 0, v)",
              "{t}[1] = {a}[0] * v"],
    "list": ["{t}[0] += v * v", "{t}[1] = v * {t}[0]"],
    "grown": ["{t}.append(v * v)", "{t} += [v]", "{t}.extend([v, 2 * v])"],
    "dict": ["{t}[0] += v * v", "{t}[1] = v", "{t}.update({{0: v * 3}})"],
    "box": ["{t}.add(v * v)", "{t}.total = {t}.total * v"],
}  # fmt: skip
_READ = {
    "array": ["{t}[0] * {t}[1]", "np.sum({t} ** 2)", "({t} * 0.5)[1]"],
    "list": ["{t}[0] * {t}[1]", "sum({t}) ** 2"],
    "grown": ["sum({t}) ** 2", "len({t}) * v", "sum(r * r for r in {t})"],
    "dict": ["{t}[0] * {t}[1]", "sum({t}.values()) ** 2"],
    "box": ["{t}.total ** 2", "len({t}.items) * v"],
}
_CHOSEN = [
    "t = {a} if {v} > 0.1 else {b}", "if {v} > 0.1: t = {a}\nelse: t = {b}", "t = {b}\nif {v} > 0.1: t = {a}",
    "t = pick({v}, {a}, {b})", "t = picked({v}, {a}, {b})", "t, s = ({a}, s + v) if {v} > 0.1 else ({b}, s * 0.5)",
    "t = max(({v}, 0), (0.1, 1), key=lambda pair: pair[0]); t = ({a}, {b})[t[1]]",
    "if {v} > 0.1: {a}, {b} = {b}, {a}\nt = {a}", "t = {a}\nif {v} > 0.1: {a} = {b}",
    "if {v} > 0.1: t = {a}\nelif {v} < -0.4: t = {b}\nelse: t = {a}", "t = [{a}, {b}][int({v} > 0.1)]",
    "{a}, {b} = {b}, {a}\nt = {b}", "if {v} > 0.1: mode = 'up'\nelse: mode = 'down'\nt = {a} if mode == 'up' else {b}",
    "if {v} > 0.1: t = u = {a}\nelse: t, u = {a}, {b}", "if {v} > 0.1: {change}", "if {v} > 0.1: {a} = {fresh}",
    "t = {fresh}\nif {v} > 0.1: t = {a}", "if mode is None and {v} > 0.1: mode = 'on'\nif mode == 'on': t = {b}",
]  # fmt: skip


def source(seed):
    """The source of a function `f(x)` of five numbers or more."""
    rng = random.Random(seed)
    kind = rng.choice(_KINDS)
    made = _MADE[kind]
    lines = [f"a = {rng.choice(made)}", f"b = {rng.choice(made)}", "c = a", "t = b", "u = a", "s = 0.0", "mode = None"]

    def filled(line, v="v"):
        change = rng.choice(_WRITTEN[kind]).format(t=rng.choice("abt"), a=rng.choice("ab"))
        one, other = rng.sample("ab", 2)
        return line.format(a=one, b=other, v=v, change=change, fresh=rng.choice(made))

    def statement():
        drawn = rng.random()
        if drawn < 0.45:
            return filled(rng.choice(_CHOSEN))
        if drawn < 0.8:
            return rng.choice(_WRITTEN[kind]).format(t=rng.choice("tttabu"), a=rng.choice("ab"))
        return "s += " + rng.choice(_READ[kind]).format(t=rng.choice("tabcu"))

    body = [filled(rng.choice(_CHOSEN)), *(statement() for _ in range(rng.randint(1, 3)))]
    rng.shuffle(body)
    loop = rng.choice(
        ["for v in x:", "for v in x:", "for v in x[:2]:", "for v in x[1:2]:", "k = 0\nwhile k < len(x):", ""]
    )
    last = ["v = x[2]", *(statement() for _ in range(rng.randint(0, 2)))]
    if loop:
        inner = ["v = x[k]", *body, "k += 1"] if "while" in loop else body
        lines += [*loop.split("\n"), *("    " + part.replace("\n", "\n    ") for part in inner), *last]
    else:
        lines += ["v = x[0]", *body, *last]
    reads = " + ".join(f"{k}.0 * ({rng.choice(_READ[kind]).format(t=name)})" for k, name in enumerate("abct", 1))
    lines.append(f"return s + {reads}")
    text = "\n".join(lines).replace("\n", "\n    ")
    return f"{_HELPERS}def f(x):\n    {text}\n"


def function(seed, folder):
    """The function of a seed, whose source stands in a file of the folder."""
    path = folder / f"names_{seed}.py"
    path.write_text(source(seed))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


def arguments(seed, count):
    """Arrays of `count` numbers, which are not where a branch changes."""
    rng = np.random.default_rng(seed)
    for _ in range(3):
        x = rng.uniform(0.2, 0.9, count) * rng.choice([-1.0, 1.0], count)
        yield x if count < 20 else 0.3 * x + 0.15 * np.sign(x)
