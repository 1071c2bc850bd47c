"""Functions of two nested loops over parts of a square that write in place, written at random; their sources are in files."""

import random
import re

from . import random_branches

_FALLING = ("range(i)", "range(i + 1)", "range(i, -1, -1)", "reversed(range(i))")  # in which j is at most i
_OTHERS = ("range(i + 1, len(u))", "range(len(u) - i)", "range(i, len(u))")
_OUTER = ("range(len(u))", "range(1, len(u))", "reversed(range(len(u)))")


class _Writer:
    """Writes one function."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []

    def atom(self, places):
        place, other = self.random.choice(places), self.random.choice(places)
        return self.random.choice([f"A[{place}, {other}]", f"w[{place}]", f"u[{place}]", "t"])

    def expression(self, places):
        one, other = self.atom(places), self.atom(places)
        return self.random.choice([
            f"np.sin({one}) * {other}", f"0.5 * {one} - 0.3 * {other}", f"np.tanh({one} + {other})",
        ])  # fmt: skip

    def body(self, indent, places):
        for _ in range(self.random.randrange(1, 4)):
            kind, value = self.random.random(), self.expression(places)
            place, other = self.random.choice(places), self.random.choice(places)
            if kind < 0.35:
                self.lines.append(f"{indent}w[{place}] {self.random.choice(['=', '+='])} {value}")
            elif kind < 0.6:
                self.lines.append(f"{indent}A[{place}, {other}] {self.random.choice(['=', '+='])} {value}")
            elif kind < 0.75 or (len(places) > 1 and kind > 0.85):
                self.lines.append(f"{indent}t = {value}")
            elif len(places) > 1:
                self.lines += [
                    f"{indent}if u[{place}] > {self.random.choice(['0.1', 't'])}:",
                    f"{indent}    t = {value}",
                ]
            else:
                turns = self.random.choice([*_FALLING, *_OTHERS])
                self.lines.append(f"{indent}for j in {turns}:")
                self.body(f"{indent}    ", ["i", "j", *["i - j"] * (turns in _FALLING)])


def source(seed):
    """The text of a function f(A, u) of a square matrix and a vector as long."""
    writer = _Writer(seed)
    for _ in range(2):
        writer.lines.append(f"    for i in {writer.random.choice(_OUTER)}:")
        writer.body("        ", ["i"])
    begin = "    A = A.copy()\n    w = np.zeros(len(u))\n    t = 0.3\n"
    body = with_letters("\n".join(writer.lines), seed)
    return f"import numpy as np\ndef f(A, u):\n{begin}{body}\n    return np.sum(A * A) + np.sum(w * u) + t\n"


def with_letters(text, seed):
    """The text with other names of its counters, i and j: sizes are called m and n as well."""
    names = dict(zip("ij", ("mn", "ni", "ij")[seed // 3 % 3], strict=True))
    return re.sub(r"\b[ij]\b", lambda match: names[match[0]], text)


def function(seed, folder):
    """The function of a seed, whose source is a file in a folder."""
    return random_branches.loaded(folder / f"random_triangles_{seed}.py", source(seed))
