"""Functions of loops over slices that grow or shrink from turn to turn, written at random; their sources are in files."""

import random

from . import random_branches, random_triangles

_OUTER = (
    "for i in range(len(u)):",
    "for i in range(1, len(u)):",
    "for i in range(len(u) - 1):",
    "for i in reversed(range(len(u))):",
    "for i in range(len(u) - 1, -1, -1):",
    "for i, v in enumerate(u):",
)
_INNER = ("range(i + 1)", "range(i)", "range(i, len(u))", "range(len(u) - i)")


class _Writer:
    """Writes one function."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []

    def slice(self, places):
        place = self.random.choice(places)
        return self.random.choice([f":{place}", f"{place}:", f":{place} + 1", f"{place} + 1:"])

    def vector(self, part, places):
        """A vector as long as a slice of u."""
        place = self.random.choice(places)
        return self.random.choice([
            f"u[{part}]", f"w[{part}]", f"A[{place}, {part}]", f"A[{part}, {place}]", f"np.sin(w[{part}])",
            f"(0.5 * u[{part}] * w[{part}])", f"(u[{part}] - t)", f"(A[{part}, {part}] @ u[{part}])",
        ])  # fmt: skip

    def number(self, places):
        part, place = self.slice(places), self.random.choice(places)
        one, other = self.vector(part, places), self.vector(part, places)
        return self.random.choice([
            f"np.sum({one})", f"{one} @ {other}", f"np.sum({one} * {other}) / (1 + len(u[{part}]))", f"w[{place}]",
            f"np.sqrt(1 + np.sum(({one}) ** 2))", f"np.sum(np.cumsum({one}))", f"mean({one})", f"np.sum({one}[::-1] * {other})",
            f"np.sum(np.where({one} > 0.1, {other}, 0.3))",
        ])  # fmt: skip

    def body(self, indent, places, inner=False):
        for _ in range(self.random.randrange(1, 4)):
            kind, part, place = self.random.random(), self.slice(places), self.random.choice(places)
            if kind < 0.25:
                self.lines.append(f"{indent}t = np.tanh(0.3 * {self.number(places)} + 0.5 * t)")
            elif kind < 0.45:
                self.lines.append(
                    f"{indent}w[{place}] {self.random.choice(['=', '+='])} 0.2 * np.tanh({self.number(places)})"
                )
            elif kind < 0.6:
                self.lines.append(
                    f"{indent}w[{part}] {self.random.choice(['=', '+=', '-='])} 0.2 * np.tanh({self.vector(part, places)})"
                )
            elif kind < 0.7:
                written = self.random.choice([f"A[{place}, {part}]", f"A[{part}, {place}]"])
                self.lines.append(f"{indent}{written} -= 0.1 * np.tanh({self.vector(part, places)})")
            elif kind < 0.8:
                self.lines += [
                    f"{indent}q = {self.vector(part, places)} * 1.5",
                    f"{indent}t = t + 0.1 * np.tanh(q @ {self.vector(part, places)})",
                ]
            elif kind < 0.9 or inner:
                self.lines += [
                    f"{indent}if {self.number(places)} > 0.2:",
                    f"{indent}    t = 0.7 * {self.number(places)}",
                ]
            else:
                self.lines.append(f"{indent}for j in {self.random.choice(_INNER)}:")
                self.body(f"{indent}    ", ["i", "j"], inner=True)


def source(seed):
    """The text of a function f(A, u) of a square matrix and a vector as long."""
    writer = _Writer(seed)
    for _ in range(writer.random.randrange(1, 3)):
        writer.lines.append(f"    {writer.random.choice(_OUTER)}")
        writer.body("        ", ["i"])
    helper = "def mean(v):\n    return np.sum(v) / (1 + len(v))\n\n\n"
    begin = "    A = A.copy()\n    w = np.zeros(len(u))\n    w[0] = 0.4\n    t = 0.3\n"
    body = random_triangles.with_letters("\n".join(writer.lines), seed)
    end = "    return np.sum(A * A) + np.sum(w * u) + t\n"
    return f"import numpy as np\n\n\n{helper}def f(A, u):\n{begin}{body}\n{end}"


def function(seed, folder):
    """The function of a seed, whose source is a file in a folder."""
    return random_branches.loaded(folder / f"random_slices_{seed}.py", source(seed))
