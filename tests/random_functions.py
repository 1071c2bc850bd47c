"""Functions of everything that users write, drawn at random, and arguments of other lengths, axes, words and keys for them.

`source` writes a module with a function `f`, `argument_sets` draws what it is derived with and what else it is called with. A
derivative is right, refuses in a sentence of ours, is wrong, or crashes in the words of NumPy or Python. Truth is central
differences of the function itself, where those from the left and from the right agree.
"""

import ast
import contextlib
import copy
import importlib.util
import itertools
import random
import re
import time
import warnings
from unittest import mock

import numpy as np

import chainrule as cr
from chainrule.branches import by_values

from .program.texts import executed

_HELPERS = """
def bent(u):
    if u > 0.5:
        return 0.5 * u
    if u < -0.5:
        return np.sin(u)
    return u * u


class Store:
    def __init__(self, v):
        self.v = v
        self.n = 0

    def add(self, u):
        self.v = self.v + 0.5 * np.tanh(u)
        self.n += 1


"""
_WEIGHTS = "np.array([0.3, -0.1, 0.4, 0.1, -0.5, 0.9, 0.2, -0.6, 0.5, 0.35, 0.8, -0.9])"
_SIZES = (1, 2, 3, 3, 4, 5)
_OTHER_SIZES = (0, 1, 1, 2, 2, 3, 4, 6)
_MODES = (("'sum'", "'mean'", "'none'"), ("None", "'mean'"), ("True", "False"))


class _Writer:
    """Writes one function."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines, self.names = [], itertools.count(1)
        self.parameters = self._parameters()
        letters = {name: shape for name, kind, shape in self.parameters if kind == "array"}
        self.vectors = {name: shape[0] for name, shape in letters.items() if len(shape) == 1}
        self.matrices = {name: shape for name, shape in letters.items() if len(shape) == 2}
        self.numbers = [name for name, kind, _ in self.parameters if kind == "number"]
        self.counts = [name for name, kind, _ in self.parameters if kind == "count"]
        self.written, self.views, self.lists, self.matrices_written = {}, [], [], []
        self.depth, self.loops = 1, 0

    def _parameters(self):
        """The name, the kind and the letters of each parameter; the first is an array."""
        pick = self.random.choice
        kinds = [("x", "array", pick(["n", "n", "n", "nm"]))]
        others = [
            ("y", "array", pick(["n", "n", "m", "1"])), ("A", "array", pick(["nm", "mn", "nn", "1n", "n1"])), ("a", "number", ""),
            ("k", "count", ""), ("mode", "mode", pick([0, 1, 2])), ("xs", "arrays", pick(["n", "m"])), ("pairs", "pairs", ""),
            ("p", "table", ""), ("labels", "labels", "nm"),
        ]  # fmt: skip
        return kinds + sorted(self.random.sample(others, self.random.randrange(4)), key=others.index)

    def has(self, name):
        return any(name == each for each, _, _ in self.parameters)

    def vector(self, letter=None):
        """A vector, of a letter where one is asked for, and its letter."""
        pick = self.random.choice
        names = [each for each, one in self.vectors.items() if letter in (None, one)]
        rows = [each for each, shape in self.matrices.items() if letter in (None, shape[1])]
        if not names and not rows:
            return f"(np.ones(len({pick([*self.vectors, *self.matrices])})) * {self.number(True)})", "?"
        if rows and (not names or self.random.random() < 0.2):
            row = pick(rows)
            return pick([f"{row}[0]", f"{row}[-1]", f"{row}.sum(axis=0)", f"np.mean({row}, axis=0)"]), self.matrices[
                row
            ][1]
        v = pick(names)
        return v, self.vectors[v]

    def vector_expression(self):
        """An expression of a vector, and the letter of its length."""
        pick, (v, letter), s = self.random.choice, self.vector(), self.number(True)
        w, _ = self.vector(letter) if letter != "?" else (v, letter)
        kind = self.random.random()
        if kind < 0.3:
            return pick(
                [f"np.sin({v})", f"{v} * {s}", f"{v} * {w}", f"({v} - {w}) * {s}", f"np.tanh({v} + {w})", f"{v} + {s}"]
            ), letter
        if kind < 0.72:
            return pick([
                f"{v}[::-1] * {w}", f"np.cumsum({v})", f"{v} - np.mean({w})", f"np.where({v} > {s}, {v}, {w})",
                f"np.maximum({v}, {s})", f"np.arange(len({v})) * {s} * 0.1", f"np.linspace({s}, {self.number(True)}, len({v}))",
                f"np.full(len({v}), {s})", f"np.full_like({v}, {s})", f"np.exp(-({v} ** 2))",
                f"{v} / np.sqrt(1 + np.sum({v} ** 2))",
                f"np.maximum.accumulate({v})", f"np.array([bent(u) for u in {v}])", f"{_WEIGHTS}[: len({v})] * {v}",
                f"np.exp({v} - np.max({v}, keepdims=True))", f"{v}[np.arange(len({v}))] * {w}", f"np.sort({v})",
                f"np.roll({v}, 1)",
                f"np.concatenate([{v}[1:], {w}[:1]])", f"np.ones(len({v})) * {s}", f"np.zeros_like({v}) + {s}",
                f"{v}.reshape(-1, 1)[:, 0] * {w}", f"np.array([u * {s} for u in {v}])", f"np.outer({v}, {w}).sum(axis=1)",
                f"np.stack([{v}, {w}])[1] * {s}", f"np.clip({v}, -0.4, {s})", f"{v} * len({w}) * 0.1", f"np.eye(len({v})) @ {v}",
                f"np.diag(np.diag(np.outer({v}, {w}))) @ {v}", f"np.vectorize(bent)({v})", f"{v}[np.argsort({v})]",
                f"np.convolve({v}, [0.5, 0.3], mode='same')", f"np.linspace(0, 1, len({v})) * {w}", f"np.repeat({s}, len({v}))",
                f"np.tile({s}, len({v}))", f"np.array([{s}] * len({v}))", f"np.flip({v}) * {w}", f"np.where({v} > 0)[0] * {s}",
                f"np.einsum('i,i->i', {v}, {w})", f"np.atleast_1d({v}) * {s}", f"np.squeeze({v}) * {s}",
                f"np.triu(np.outer({v}, {w})).sum(axis=0)",
            ]), letter  # fmt: skip
        if self.matrices and kind < 0.85:
            A = pick(list(self.matrices))
            rows, columns = self.matrices[A]
            fitting, _ = self.vector(columns)
            return pick([
                f"{A} @ {fitting}", f"({A} * {fitting}).sum(axis=1)", f"np.max({A}, axis=1)", f"{A}[:, 0]", f"{A}[:, -1] * {s}",
                f"np.mean({A} - np.mean({A}, axis=1, keepdims=True) * {s}, axis=1)", f"np.diag({A} @ {A}.T)", f"{A}.T[0]",
            ]), rows  # fmt: skip
        return pick([
            f"{v}[1:]", f"{v}[:-1]", f"np.diff({v})", f"{v}[{v} > 0]", f"{v}[::2]", f"np.concatenate([{v}, {w}])",
            f"np.append({v}, {s})",
            f"{v}[1:] * {v}[:-1]", f"np.repeat({v}, 2)", f"{v}[{self.count()} :]", f"{v}[-2:]", f"{v}[: len({v}) // 2]",
            f"np.hstack([{s}, {v}])",
            f"np.outer({v}, {w}).ravel()", f"np.pad({v}, 1)", f"np.ones({self.count()}) * {s}", f"{v}[:2] * {s}",
        ]), "?"  # fmt: skip

    def count(self):
        v = self.random.choice([*self.vectors, *self.matrices])
        return self.random.choice([*self.counts, *self.counts, "1", "2", f"len({v}) // 2", f"len({v}) - 1", "3"])

    def number(self, plain=False):
        """An expression of a number."""
        pick = self.random.choice
        kind = self.random.random()
        if plain or kind < 0.35:
            v, _ = self.vector()
            return pick(
                [*self.numbers, *self.numbers, "t", "t", f"{v}[0]", f"{v}[-1]", "0.3", "0.7", *self._of_parameters()]
            )
        (v, letter), s = self.vector(), self.number(True)
        w, _ = self.vector(letter) if letter != "?" else (v, letter)
        kinds = [
            f"np.sum({v})", f"np.mean({v})", f"{v} @ {w}", f"np.sum({v} * {w})", f"np.max({v})", f"len({v}) * {s}",
            f"np.sum({v} ** 2) * {s}",
            f"bent({s})", f"np.var({v})", f"({s} if {v}[0] > 0.1 else {self.number(True)})", f"np.prod({v})", f"max({s}, {v}[0])",
            f"np.sum(np.sin({v}) * {self.vector()[0]})", f"{s} / len({v})", f"np.log(np.sum(np.exp({v})))", f"np.min({v})",
            f"{v}.mean() * {v}.size",
            f"{v}[len({v}) // 2]", f"np.argmax({v}) * {s}", f"{v}[np.argmin({v})]", f"sum({v})", f"max({v})",
            f"np.median({v})", f"np.std({v})",
            f"np.trapezoid({v}) * {s}", f"sum(u * u for u in {v} if u > 0)", f"np.dot({v}, {w}) / {v}.shape[0]",
            f"np.linalg.norm({v} + 2)",
            f"np.count_nonzero({v} > 0) * {s}", f"(np.sum({v} ** 2) if np.any({v} > 0.2) else {s})",
            f"np.sum(np.outer({v}, {w}))", f"sum([u * {s} for u in {v}])",
            f"float(len({v})) * {s}", f"{s} ** len({v})", f"functools.reduce(lambda q, u: q * 0.5 + u, {v}, {s})",
            f"np.cumsum({v})[-1]",
        ]  # fmt: skip
        for A, (rows, columns) in self.matrices.items():
            u, _ = self.vector(columns)
            kinds += [f"np.sum({A} * {u})", f"np.mean({A})", f"{A}[0, -1] * {s}",
            f"np.sum(({A} - {A}.mean(axis=0, keepdims=True)) ** 2)",
                      f"np.mean(({A} @ {u} - {self.vector(rows)[0]}) ** 2)", f"np.sum({A} + {v})", f"np.trace({A} @ {A}.T)",
                      f"{A}.shape[1] * {s}"]  # fmt: skip
            if self.has("labels"):
                kinds += [f"{A}[np.arange(len(labels)), labels].mean()", f"np.sum({A}[0, labels])"] * 2
        if self.lists:
            q = pick(self.lists)
            kinds += [
                f"sum({q}) * {s}",
                f"len({q}) * {s}",
                f"np.sum(np.array({q}))",
                f"{q}[-1] * {s}",
                f"np.mean({q})",
            ] * 2
        return pick(kinds + 3 * self._of_parameters())

    def _of_parameters(self):
        found = []
        if self.has("p"):
            found += ["p['a']", "p.get('w', 2.0)", "sum(p.values())", "p['b']", "len(p) * 0.2"]
        if self.has("pairs"):
            found += ["pairs[0][1]", "sum(w * b for w, b in pairs)", "pairs[-1][0]"]
        if self.has("xs"):
            found += ["np.sum(xs[-1])", "len(xs) * 0.1", "sum(np.sum(q) for q in xs)", "xs[0][0]"]
        if self.counts:
            found += ["(k * 0.3)", "0.5 ** k"]
        if self.has("labels"):
            found += ["np.sum(labels) * 0.1"]
        return found

    def test(self, counters):
        pick, s = self.random.choice, self.number(True)
        kinds = [
            f"{s} > 0.1",
            f"{self.number(True)} < {s}",
            f"not {s} > 0.2",
            f"{s} > 0.1 and {self.number(True)} < 0.9",
        ]
        v, _ = self.vector()
        kinds += [f"len({v}) > 2", f"np.sum({v}) > 0.1"]
        if counters:
            kinds += [f"{pick(counters)} % 2 == 0", f"{pick(counters)} > 1"]
        return pick(kinds)

    def add(self, line):
        self.lines.append("    " * self.depth + line)

    def block(self, least, most, counters=(), looped=False):
        """Some statements, whose new names hold in them alone."""
        kept = [
            dict(self.vectors),
            dict(self.matrices),
            list(self.numbers),
            list(self.lists),
            dict(self.written),
            list(self.views),
        ]
        self.depth += 1
        for _ in range(self.random.randrange(least, most + 1)):
            self.statement(list(counters), looped)
        self.depth -= 1
        self.vectors, self.matrices, self.numbers, self.lists, self.written, self.views = kept

    def statement(self, counters, looped):
        kind, pick = self.random.random(), self.random.choice
        if kind < 0.2:
            self.add(
                pick(
                    [
                        f"t = np.tanh({self.number()} + 0.5 * t)",
                        f"t += 0.3 * np.sin({self.number()})",
                        f"t = 0.4 * t + {self.number(True)}",
                    ]
                )
            )
        elif kind < 0.32:
            text, letter = self.vector_expression()
            name = f"v{next(self.names)}"
            self.add(f"{name} = {text}")
            self.vectors[name] = letter
        elif kind < 0.38 or (not self.written and kind < 0.48):
            v, letter = self.vector()
            name = f"y{next(self.names)}"
            news = [
                f"{v} * 1.0",
                f"{v}.copy()",
                f"np.zeros(len({v}))",
                f"np.zeros_like({v})",
                f"np.array({v})",
                "np.zeros(3)",
            ]
            self.add(f"{name} = {pick(news)}")
            self.vectors[name] = self.written[name] = letter
        elif self.written and kind < 0.56:
            self.write(counters)
        elif kind < 0.62:
            self.contain()
        elif kind < 0.76 and self.depth < 4:
            self.branch(counters, looped)
        elif kind < 0.95 and self.loops < 3 and self.depth < 3:
            self.loop(counters)
        else:
            self.add(f"t = np.tanh(t + {self.number()})")

    def write(self, counters):
        pick, y, s = self.random.choice, self.random.choice(list(self.written)), self.number(True)
        kind = self.random.random()
        if kind < 0.15:
            name = f"z{next(self.names)}"
            views = [f"{y}[{part}]" for part in ("1:", ":-1", "::-1", "::2", "-2:", ":")]
            self.add(f"{name} = {pick([*views, f'{y}.reshape(-1)', f'np.flip({y})'])}")
            self.vectors[name] = self.written[name] = "?"
            y = name
        elif kind < 0.25 and len(self.written) > 1:
            name, other = f"z{next(self.names)}", pick(list(self.written))
            self.add(pick([f"{name} = {y} if {self.number(True)} > 0.1 else {other}", f"{name} = {y}"]))
            self.vectors[name] = self.written[name] = "?"
            y = name
        place = pick([*counters, "0", "-1", "-1", "-2", "1", f"len({y}) // 2", f"len({y}) - 1", *self.counts])
        part = pick(
            [
                "1:",
                ":-1",
                "::2",
                ":",
                "-2:",
                "...",
                f"{y} > 0",
                f"np.arange(len({y}))",
                f"{self.count()} :",
                "[0, -1]",
                f": {self.count()}",
            ]
        )
        self.add(pick([
            f"{y}[{place}] = {s}", f"{y}[{place}] *= 1.5", f"{y}[{place}] += {self.number()}", f"{y}[{part}] *= {s}",
            f"{y}[{part}] = {s}",
            f"{y}[{part}] += {y}[{part}] ** 2", f"{y}[1:] += {y}[:-1] * {s}", f"{y} *= {s}", f"{y}[..., -1] *= {s}",
            f"{y}[-1] *= {y}[0]",
            f"{y}[0], {y}[-1] = {y}[-1], {y}[0]", f"{y}.flat[-1] = {s}", f"{y}.reshape(1, -1)[0, -1] = {s}",
            f"{y}[len({y}) - 1] += {y}[{place}]",
            f"np.add.at({y}, [0, 0], {s})", f"{y}.fill({s})", f"{y}.T[-1] = {s}", f"{y}[{place}] = {y}[{place}] * {s}",
        ]))  # fmt: skip

    def contain(self):
        pick, s, v = self.random.choice, self.number(True), self.vector()[0]
        kind = self.random.randrange(11)
        if self.lists and kind < 3:
            q = pick(self.lists)
            self.add(
                pick(
                    [
                        f"{q}.append({self.number()})",
                        f"{q} += [{s}]",
                        f"{q}[0] = {s}",
                        f"{q}.insert(0, {s})",
                        f"{q}[-1] = {q}[-1] * {s}",
                        f"{q}.extend({v})",
                    ]
                )
            )
        elif kind < 5:
            q = f"q{next(self.names)}"
            made = pick(
                [
                    f"[{s}]",
                    f"[{s}, {self.number(True)}]",
                    f"deque([{s}], maxlen=2)",
                    f"[u * {s} for u in {v}]",
                    f"[{s}] * {self.count()}",
                    f"list({v})",
                ]
            )
            self.add(f"{q} = {made}")
            self.lists.append(q)
        elif kind < 6:
            self.lines += ["    " * self.depth + each for each in (
                "c = Counter()", f"for u in {v}:",
                f"    c[{pick(['bool(u > 0)', 'u > 0', 'int(u > 0)'])}] += {pick(['1', 'u'])}",
                f"    t += 0.2 * u * c[{pick(['True', 'False'])}]",
            )]  # fmt: skip
        elif kind < 7:
            self.lines += ["    " * self.depth + each for each in (
                f"store = Store({s})", f"for u in {v}:", pick(["    store.add(u)", "    if u > 0: store.add(u)",
                "    store.v = store.v * 0.5 + u"]),
                pick(["t += store.v", "t += store.v * store.n", "t = store.v / (1 + store.n)"]),
            )]  # fmt: skip
        elif kind < 8:
            self.lines += ["    " * self.depth + each for each in (
                "state = 'a'", f"for u in {v}:", "    if state == 'a':", "        t += u",
                pick(["        if u < 0: state = 'b'", "        state = 'b' if u > 0 else 'a'"]),
                "    else:", "        t += u * u", *(["        if u > 0: state = 'a'"] if self.random.random() < 0.5 else []),
            )]  # fmt: skip
        elif kind < 9:
            self.lines += ["    " * self.depth + each for each in (
                "high, low = [], []", f"for u in {v}:", pick(["    (high if u > 0 else low).append(u)",
                "    if u > 0: high.append(u)\n" + "    " * self.depth + "    else: low.append(u)"]),
                pick(["t += sum(u * u for u in high) - sum(low)", "t += len(high) * sum(low)"]),
            )]  # fmt: skip
        elif kind < 10:
            self.lines += ["    " * self.depth + each for each in (
                pick(["d = {'a': 0.0, 'b': 1.0}", "d = defaultdict(float)"]), f"for u in {v}:",
                pick(["    d['a' if u > 0 else 'b'] += u", "    if u > 0: d['a'] = d['a'] + u * u",
                "    d['b'] += u * d['a']"]),
                pick(["t += d['a'] - 2 * d['b']", "t += sum(d.values())"]),
            )]  # fmt: skip
        else:
            self.lines += ["    " * self.depth + each for each in (
                "seen = set()", f"for i, u in enumerate({v}):", pick(["    if u > 0: seen.add(i)",
                "    seen.add(bool(u > 0))", "    seen.add(u > 0)"]), "t += len(seen) * 0.5 * t",
            )]  # fmt: skip

    def test_of_mode(self):
        which = next(shape for name, _, shape in self.parameters if name == "mode")
        by_name = f"mode == {self.random.choice(['mean', 'sum'])!r}"
        return (by_name, "mode is None", "mode")[which]

    def branch(self, counters, looped):
        if self.has("mode") and self.random.random() < 0.4:
            self.add(f"if {self.test_of_mode()}:")
        else:
            self.add(f"if {self.test(counters)}:")
        self.block(1, 2, counters, looped)
        kind = self.random.random()
        if looped and kind < 0.3:
            self.add(f"    {self.random.choice(['break', 'continue'])}")
        elif kind < 0.36:
            self.add(f"    return t * {self.number(True)}")
        elif kind < 0.7:
            self.add("else:")
            self.block(1, 2, counters, looped)

    def loop(self, counters):
        pick, v = self.random.choice, self.vector()[0]
        self.loops += 1
        i, u = f"i{self.loops}", f"u{self.loops}"
        heads = [
            (f"for {u} in {v}:", u, None), (f"for {i} in range(len({v})):", f"{v}[{i}]", i),
            (f"for {i}, {u} in enumerate({v}):", u, i),
            (f"for {i} in range({self.count()}):", None, i), (f"for {i} in range(len({v}) - 1):", f"{v}[{i} + 1]", i),
            (f"for {i} in range(len({v}) - 1, -1, -1):", f"{v}[{i}]", i), (f"for {u} in {v}[1:]:", u, None),
            (f"for {i} in range(1, len({v})):", f"{v}[{i} - 1]", i),
            (f"for {u} in reversed({v}):", u, None), (f"for {u} in zip({v}, {self.vector()[0]}):", f"{u}[1]", None),
            (f"for {i} in range(0, len({v}), 2):", f"{v}[{i}]", i),
        ]  # fmt: skip
        if self.has("pairs"):
            heads += [(f"for {i}, {u} in pairs:", f"{i} * {u}", None)] * 3
        if self.has("p"):
            heads += [(f"for {u} in p:", f"p[{u}]", None), (f"for {i}, {u} in p.items():", u, None)] * 2
        if self.has("xs"):
            heads += [(f"for {u} in xs:", f"np.sum({u})", None)] * 3
        if self.random.random() < 0.15:
            self.add(f"w{self.loops} = 0")
            self.add(f"while t < {pick(['0.8', '1.5'])} and w{self.loops} < {pick(['4', f'len({v})', *self.counts])}:")
            self.add(f"    w{self.loops} += 1")
            item, counter = None, None
        else:
            head, item, counter = pick(heads)
            self.add(head)
        if item is not None:
            self.numbers += [item] * 2
            news = [
                f"0.5 * t + {item}",
                f"t + np.sin({item})",
                f"t + {item} * {self.number(True)}",
                f"np.tanh(t * {item})",
            ]
            self.add(f"    t = {pick(news)}")
        self.block(0 if item else 1, 3, [*counters, counter] if counter else counters, looped=True)
        if item is not None:
            self.numbers = self.numbers[:-2]

    def written_function(self):
        for _ in range(self.random.randrange(1, 6)):
            self.statement([], False)
        x = self.random.choice([*self.vectors, *self.matrices])
        if self.has("mode"):
            self.add(f"if {self.test_of_mode()}:\n        t = 2 * t + np.sum({x})")
        for k in self.counts:
            self.add(
                f"t = {self.random.choice([f't * {k}', f'(t if {k} > 1 else t**2 + {x}.ravel()[0])', f't + np.sum({x} ** {k})'])}"
            )
        ends = ["t", *[f"np.sum({v} ** 2)" for v in self.vectors if v not in ("x", "y")][-3:]]
        ends += [f"np.sum(np.array({q}))" for q in self.lists[-1:]]
        if len(ends) == 1:
            ends.append(self.number())
        names = ", ".join(name for name, _, _ in self.parameters)
        body = "\n".join(self.lines)
        return (
            "import functools\nfrom collections import Counter, defaultdict, deque\n\nimport numpy as np\n\n"
            f"{_HELPERS}def f({names}):\n    t = 0.3\n{body}\n    return {' + '.join(ends)}\n"
        )


def source(seed):
    """The text of a module with a function f of some arrays, numbers, words and containers."""
    return _Writer(seed).written_function()


def argument_sets(seed, count=6):
    """So many sets of arguments, with the first of which the function is derived; half of the others have its letters."""
    parameters, draw, numbers = _Writer(seed).parameters, random.Random(seed + 1), np.random.default_rng(seed)

    def array(shape, sizes):
        return numbers.normal(size=tuple(sizes.get(letter, 1) for letter in shape)) * 0.8

    def value(kind, shape, sizes):
        if kind == "array":
            return array(shape, sizes)
        if kind == "number":
            return float(numbers.normal() * 0.8)
        if kind == "count":
            return draw.choice([0, 1, 2, 2, 3, 4])
        if kind == "mode":
            return ast.literal_eval(draw.choice(_MODES[shape]))
        if kind == "arrays":
            return [array(shape, sizes) for _ in range(draw.choice([1, 2, 2, 3]))]
        if kind == "pairs":
            return [(float(numbers.normal()), float(numbers.normal())) for _ in range(draw.choice([1, 2, 2, 3]))]
        if kind == "labels":
            return numbers.integers(0, max(sizes["m"], 1), size=sizes["n"])
        keys = draw.choice(["ab", "ab", "ab", "abw", "ba", "abc"])
        return {key: float(numbers.normal()) for key in keys}

    sets, sizes = [], {}
    for number in range(count):
        if number != 2:  # which has the sizes of the numbers that it is derived with, but other words, counts and keys
            drawn = {letter: draw.choice(_OTHER_SIZES if number else _SIZES) for letter in "nm"}
            sizes = drawn if number != 1 else sizes
            if number > 2 and draw.random() < 0.3:
                sizes["m"] = sizes["n"]
        args = [value(kind, shape, sizes) for _, kind, shape in parameters]
        if number == 1:  # as those that it is derived with, with other numbers
            args = [_with_other_numbers(each, numbers) for each in sets[0]]
        if number > 2:
            place = draw.randrange(len(args))
            args[place] = _changed(args[place], draw, numbers)
        sets.append(tuple(args))
    return sets


def _with_other_numbers(each, numbers):
    if isinstance(each, np.ndarray) and each.dtype.kind == "f":
        return numbers.normal(size=each.shape)
    if isinstance(each, float):
        return float(numbers.normal())
    if isinstance(each, dict):
        return {key: _with_other_numbers(one, numbers) for key, one in each.items()}
    if isinstance(each, (list, tuple)):
        return type(each)(_with_other_numbers(one, numbers) for one in each)
    return copy.deepcopy(each)


def _changed(each, draw, numbers):
    """An argument of another shape or kind."""
    if isinstance(each, np.ndarray) and each.dtype.kind == "f":
        shape = list(each.shape)
        kind = draw.random()
        if kind < 0.6 or not shape:
            place = draw.randrange(len(shape)) if shape else 0
            if shape:
                shape[place] = draw.choice([1, 1, 0, 2, 3, shape[place] + 1])
        elif kind < 0.75:
            shape = shape[1:]
        elif kind < 0.9:
            shape = [draw.choice([1, 2, 3]), *shape]
        else:
            shape = shape[::-1]
        return numbers.normal(size=tuple(shape))
    if isinstance(each, float):
        return draw.choice([2, np.float64(each), np.array(each), np.array([each])])
    if isinstance(each, list) and each:
        return draw.choice([each[:-1], [*each, each[0]], tuple(each)])
    return each


def loaded(folder, text):
    """The function f of a module's text, written to a file of its own."""
    path = folder / f"random_function_{next(_NUMBERS)}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


_NUMBERS = itertools.count()


def places_of_slopes(args):
    """Which arguments have slopes: those with floats alone."""

    def smooth(each):
        if isinstance(each, np.ndarray):
            return each.dtype.kind == "f"
        if isinstance(each, dict):
            return all(map(smooth, each.values()))
        if isinstance(each, (list, tuple)):
            return bool(each) and all(map(smooth, each))
        return isinstance(each, float)

    return tuple(place for place, each in enumerate(args) if smooth(each))


def leaves(each):
    """The numbers and arrays in an argument or a gradient, in the order of its keys."""
    if isinstance(each, dict):
        return [leaf for one in each.values() for leaf in leaves(one)]
    if isinstance(each, (list, tuple)):
        return [leaf for one in each for leaf in leaves(one)]
    return [np.asarray(each)]


def _moved(each, number, place, step):
    """A copy of an argument with one number moved."""
    count = 0

    def copied(part):
        nonlocal count
        if isinstance(part, dict):
            return {key: copied(one) for key, one in part.items()}
        if isinstance(part, (list, tuple)):
            return type(part)(copied(one) for one in part)
        count += 1
        if count - 1 != number:
            return copy.deepcopy(part)
        if not isinstance(part, np.ndarray):
            return float(part) + step
        part = part.astype(float)
        part[place] += step
        return part

    return copied(each)


def value(f, args):
    """The number that the function gives; `None` where it raises or gives something else, NaN where it gives no finite number."""
    try:
        found = f(*copy.deepcopy(args))
    except Exception:  # of any kind, since it is written at random
        return None
    if isinstance(found, (float, int, np.number)) or (isinstance(found, np.ndarray) and found.shape == ()):
        return float(found) if np.isfinite(found) else np.nan
    return None


def differences(f, args, where):
    """For each of the arguments its slopes and whether they can be trusted: no kink and no jump is near."""
    here, found = value(f, args), []

    def at(place, number, index, step):
        moved = value(
            f, tuple(_moved(each, number, index, step) if place == k else each for k, each in enumerate(args))
        )
        return np.nan if moved is None else moved

    for place in where:
        for number, leaf in enumerate(leaves(args[place])):
            slopes, sure = np.zeros(leaf.shape), np.ones(leaf.shape, bool)
            for index in np.ndindex(leaf.shape):
                steps = {step: at(place, number, index, step) for step in (1e-4, -1e-4, 5e-5, -5e-5)}
                wide, narrow = (steps[1e-4] - steps[-1e-4]) / 2e-4, (steps[5e-5] - steps[-5e-5]) / 1e-4
                left, right = (here - steps[-5e-5]) / 5e-5, (steps[5e-5] - here) / 5e-5
                slopes[index] = (4 * narrow - wide) / 3
                size = 1 + abs(narrow)
                sure[index] = (
                    abs(left - right) < 1e-2 * size and abs(wide - narrow) < 1e-4 * size and np.isfinite(slopes[index])
                )
            found.append((slopes, sure))
    return found


def compared(gradients, wanted):
    """`right`, or how gradients differ from differences."""
    parts = leaves(gradients)
    if len(parts) != len(wanted):
        return f"WRONG {len(parts)} gradients for {len(wanted)}"
    for part, (slopes, sure) in zip(parts, wanted, strict=True):
        if part.shape != slopes.shape:
            return f"WRONG a gradient of shape {part.shape} for {slopes.shape}"
        if not np.allclose(part.astype(float)[sure], slopes[sure], rtol=1e-4, atol=1e-4):
            return f"WRONG {np.round(part.astype(float), 4).tolist()} for {np.round(slopes, 4).tolist()}"
    return "right"


def outcome(run, args, judge, of_text=False):
    """What comes of a call: right, wrong, refused in our words, or a crash."""
    try:
        found = run(*copy.deepcopy(args))
    except cr.ChainruleError as error:
        return f"refused {error}"
    except Exception as error:
        words = str(error)
        ours = of_text and isinstance(error, ValueError) and words.startswith(("made for", "made where"))
        return f"refused {words}" if ours else f"CRASH {type(error).__name__}: {words}"
    return judge(found)


@contextlib.contextmanager
def _loops_recorded():
    """Every loop is recorded once by `grad`, not long ones alone."""
    with mock.patch.multiple(by_values, _WORTH=0, _FIRST=1, _FIRST_OF_WHILE=1):
        yield


KINDS = ("text", "grad", "value_and_grad", "grad by loops", "compile", "compile of grad")


def verdicts(f, sets, kinds=KINDS):
    """What comes of a function's derivatives at each set of arguments: (kind, number of the set) and the outcome of each.

    Where the function itself raises, `LOOSE` is what gives a number all the same.
    """
    first, found = sets[0], {}
    where = places_of_slopes(first)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        here = value(f, first)
        if here is None or np.isnan(here) or not where:
            return {}
        runs = {
            "grad": cr.grad(f, where), "value_and_grad": cr.value_and_grad(f, where), "grad by loops": cr.grad(f, where),
            "compile": cr.compile(f), "compile of grad": cr.compile(cr.grad(f, where)),
        }  # fmt: skip
        if "text" in kinds:
            made = []
            found["text", "derived"] = outcome(
                lambda *args: made.append(executed(cr.derive(f, args, wrt=where))), first, lambda _: "right"
            )
            runs |= dict(zip(["text"], made, strict=False))
        for number, args in enumerate(sets):
            here = value(f, args)
            if here is not None and np.isnan(here):
                continue
            wanted = differences(f, args, where) if here is not None else None
            for kind in runs.keys() & set(kinds):
                with _loops_recorded() if kind == "grad by loops" else contextlib.nullcontext():
                    said = outcome(
                        runs[kind],
                        args,
                        lambda result, kind=kind, here=here, wanted=wanted: _judged(kind, result, here, wanted),
                        of_text=kind == "text",
                    )
                if here is not None or said == "LOOSE":
                    found[kind, number] = said
    return found


def _judged(kind, result, here, wanted):
    if here is None:
        return "LOOSE"
    if kind == "compile":
        return (
            "right"
            if np.shape(result) == () and np.isclose(result, here, rtol=1e-7, atol=1e-9)
            else f"WRONG {result} for {here}"
        )
    if kind == "value_and_grad":
        number, result = result
        if not np.isclose(number, here, rtol=1e-7, atol=1e-9):
            return f"WRONG the value {number} for {here}"
    return compared(result, wanted)


def cause(said):
    """What stays of an outcome while a program is made shorter."""
    kept = re.match(r"WRONG( a gradient of shape| \d+ gradients)?|CRASH .{0,40}|\w+", said)
    return re.sub(r"[\d.\[\]-]+", "#", kept[0])


def minimal(text, sets, kind, number, folder, seconds=20.0):
    """The shortest program of which the derivative of a kind fails in the same way at a set of arguments, and these arguments."""
    until, two = time.monotonic() + seconds, [sets[0], sets[number if number != "derived" else 0]]
    place = "derived" if number == "derived" else 1

    def fails(candidate, same=None):
        if time.monotonic() > until and same is not None:
            return False
        try:
            said = verdicts(loaded(folder, candidate), two, (kind,)).get((kind, place), "right")
        except Exception:  # of any kind: it is no program any more
            return False
        return cause(said) if same is None else cause(said) == same

    same = fails(text)
    if same == "right":  # what fails depends on the calls before
        return text, two
    return shrunk(text, lambda candidate: fails(candidate, same)), two


def shrunk(text, fails):
    """The shortest program that still fails: statements are left out, and loops and branches become their bodies."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _shorter(text):
            if fails(candidate):
                text, smaller = candidate, True
                break
    return text


def _shorter(text):
    """The same module with a statement of the function less, or with its body in its place."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            statements = getattr(node, field, None)
            if not isinstance(statements, list):
                continue
            for place, statement in enumerate(statements):
                if (
                    isinstance(statement, ast.Return)
                    and place == len(statements) - 1
                    and isinstance(node, ast.FunctionDef)
                ):
                    continue
                choices = [[]]
                if not isinstance(node, ast.Module):
                    choices += [
                        getattr(statement, part) for part in ("body", "orelse") if getattr(statement, part, None)
                    ]
                for instead in choices:
                    kept = list(statements)
                    shorter = [*kept[:place], *instead, *kept[place + 1 :]]
                    if not shorter and field == "body":
                        shorter = [ast.Pass()]
                        if isinstance(statement, ast.Pass):
                            continue
                    setattr(node, field, shorter)
                    yield ast.unparse(ast.fix_missing_locations(tree))
                    setattr(node, field, kept)
    for place, node in enumerate(ast.walk(tree)):
        if isinstance(node, (ast.BinOp, ast.IfExp)):
            sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.body, node.orelse)
            for side in sides:
                again = ast.parse(text)
                same = list(ast.walk(again))[place]
                chosen = copy.deepcopy(side)
                yield ast.unparse(ast.fix_missing_locations(_Replaced(same, chosen).visit(again)))


class _Replaced(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)
