"""Lines of source that are too long, broken as a formatter breaks them: within brackets, at what binds least."""

from __future__ import annotations

import ast
import io
import keyword
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from tokenize import TokenInfo

WIDTH = 100
"""The most characters of a line."""

_INDENT = " " * 4
_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "@=")
_BINDING = (
    ("for",), ("if", "else"), ("or",), ("and",), ("<", "<=", ">", ">=", "==", "!=", "in", "is", "not"), ("|",), ("^",),
    ("&",), ("+", "-"), ("*", "/", "//", "%", "@"),
)  # fmt: skip
"""What an expression is broken before, from what binds least to what binds most."""
_PRODUCTS = _BINDING[-1]


def wrap_lines(source: str) -> str:
    """Break the lines of Python source that are longer than `WIDTH`; the statements stay the same.

    What has no place to be broken at stays as it is: a name, a comment, a line within a string of several lines.

    Args:
        source: Python source, each statement on one line, perhaps with a comment behind it.

    Returns:
        The source with other ends of lines.

    Examples:
        >>> print(wrap_lines("total = " + " + ".join(f"np.sum(part_{k} ** 2)" for k in range(5))))
        total = (
            np.sum(part_0 ** 2)
            + np.sum(part_1 ** 2)
            + np.sum(part_2 ** 2)
            + np.sum(part_3 ** 2)
            + np.sum(part_4 ** 2)
        )
    """
    lines = source.split("\n")
    if max(map(len, lines)) <= WIDTH:
        return source

    broken = {}
    tokens: list[TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.NEWLINE:
            tokens += [token] * bool(token.string.strip() and not token.line.lstrip().startswith("#"))
            continue
        row, last = tokens[0].start[0], token.start[0]
        if row == last and len(lines[row - 1]) > WIDTH:
            broken[row] = _Statement(lines[row - 1], tokens).lines()
        tokens = []
    return "\n".join(part for row, line in enumerate(lines, 1) for part in broken.get(row, [line]))


@dataclass(frozen=True)
class _Statement:
    """A statement of one line and its tokens. A part of it is given by its first token and the one behind its last."""

    code: str
    tokens: list[TokenInfo]

    def lines(self) -> Iterator[str]:
        """The statement in lines that are short enough, as far as it can be broken."""
        first, end, after = 0, len(self.tokens), ""
        indent = self.code[: self.tokens[0].start[1]]
        if self.tokens[-1].type == tokenize.COMMENT:
            end -= 1
            after = f"  {self.tokens[end].string}"
        if self.tokens[end - 1].string == ":":
            end -= 1
            after = f":{after}"
        if self.tokens[0].string in ("if", "while", "return"):
            first = 1
        elif assigned := [k for k in self._outermost(0, end) if self.tokens[k].string in _ASSIGNMENTS]:
            first = assigned[-1] + 1
        before = f"{self._text(0, first)} " if first else ""
        if self.tokens[0].string in ("def", "for", "with"):
            return self._in_brackets(first, end, indent, before, after)
        return self._expression(first, end, indent, before, after)

    def _text(self, first: int, end: int) -> str:
        return self.code[self.tokens[first].start[1] : self.tokens[end - 1].end[1]] if first < end else ""

    def _outermost(self, first: int, end: int) -> Iterator[int]:
        """The tokens of a part that stand in no bracket of it, and the brackets themselves."""
        depth = 0
        for k in range(first, end):
            closes = self.tokens[k].string in (")", "]", "}")
            depth -= closes
            if depth == 0:
                yield k
            depth += self.tokens[k].string in ("(", "[", "{")

    def _is_operator(self, k: int, first: int) -> bool:
        """Whether it has an operand on its left, as the minus of `a - b`, and not of `-b`."""
        if k == first:
            return False
        left = self.tokens[k - 1]
        if left.type == tokenize.OP:
            return left.string in (")", "]", "}", "...")
        return not keyword.iskeyword(left.string) or left.string in ("None", "True", "False")

    def _places(self, first: int, end: int) -> tuple[tuple[str, ...], list[int]]:
        """What binds least in a part, and where it stands."""
        outermost = list(self._outermost(first, end))
        words = [self.tokens[k].string for k in outermost]
        if not {":", "lambda"} & {*words} and self.tokens[first].string != "for":
            for signs in _BINDING:
                if "not" in signs and self.tokens[first].string == "not":
                    return (), []  # it binds less than a comparison
                at = [k for k in outermost if self.tokens[k].string in signs and self._is_operator(k, first)]
                if at:
                    return signs, at
        return (), []

    def _expression(self, first: int, end: int, indent: str, before: str, after: str) -> Iterator[str]:
        """An expression between what stands before and after it."""
        whole = f"{indent}{before}{self._text(first, end)}{after}"
        signs, places = self._places(first, end)
        ends_in_brackets = signs == _PRODUCTS and self.tokens[end - 1].string == ")"
        if len(whole) <= WIDTH:
            yield whole
        elif self._commas(first, end) or (places and not ends_in_brackets):
            yield f"{indent}{before}("
            yield from self._enclosed(first, end, f"{indent}{_INDENT}")
            yield f"{indent}){after}"
        elif self.tokens[first].string == "not":
            yield from self._expression(first + 1, end, indent, f"{before}not ", after)
        else:
            yield from self._in_brackets(first, end, indent, before, after)

    def _enclosed(self, first: int, end: int, indent: str) -> Iterator[str]:
        """What stands in brackets, on one line or more."""
        text = self._text(first, end)
        if len(indent) + len(text) <= WIDTH:
            yield f"{indent}{text}"
        elif end - first == 1:
            yield from self._words(self.tokens[first], indent)
        elif commas := self._commas(first, end):
            yield from self._items(first, end, commas, indent)
        elif places := self._places(first, end)[1]:
            yield from self._operands(first, end, places, indent)
        else:
            yield from self._expression(first, end, indent, "", "")

    def _commas(self, first: int, end: int) -> list[int]:
        outermost = list(self._outermost(first, end))
        words = {self.tokens[k].string for k in outermost}
        return [k for k in outermost if self.tokens[k].string == "," and not {"for", "lambda"} & words]

    def _items(self, first: int, end: int, commas: list[int], indent: str) -> Iterator[str]:
        """What stands between commas, `axis=0` and `*rows` among it, on lines of its own; numbers on as few as hold them."""
        if all(token.type == tokenize.NUMBER or token.string in (",", "-") for token in self.tokens[first:end]):
            yield from textwrap.wrap(self._text(first, end), WIDTH, initial_indent=indent, subsequent_indent=indent)
            return
        for start, following in zip([first, *(k + 1 for k in commas)], [*commas, end], strict=True):
            if start == following:  # behind the last comma
                continue
            named = start + 1 < following and self.tokens[start + 1].string == "="
            value = start + 2 * named + (self.tokens[start].string in ("*", "**"))
            yield from self._expression(value, following, indent, self._text(start, value), ",")

    def _operands(self, first: int, end: int, places: list[int], indent: str) -> Iterator[str]:
        """What operators join, each behind its operator."""
        yield from self._expression(first, places[0], indent, "", "")
        for place, following in zip(places, [*places[1:], end], strict=True):
            start = place + (self.tokens[place].string != "for")
            while self.tokens[place].string in ("is", "not") and self.tokens[start].string in ("in", "not"):
                start += 1
            before = f"{self._text(place, start)} " if start > place else ""
            yield from self._expression(start, following, indent, before, "")

    def _in_brackets(self, first: int, end: int, indent: str, before: str, after: str) -> Iterator[str]:
        """What stands in the widest brackets, on lines of its own."""
        brackets = [k for k in self._outermost(first, end) if self.tokens[k].string in ("(", "[", "{", ")", "]", "}")]
        pairs = list(zip(brackets[::2], brackets[1::2], strict=True))
        if not pairs:
            yield f"{indent}{before}{self._text(first, end)}{after}"
            return
        opening, closing = max(pairs, key=lambda pair: len(self._text(pair[0] + 1, pair[1])))
        yield f"{indent}{before}{self._text(first, opening + 1)}"
        yield from self._enclosed(opening + 1, closing, f"{indent}{_INDENT}")
        yield f"{indent}{self._text(closing, end)}{after}"

    def _words(self, token: TokenInfo, indent: str) -> Iterator[str]:
        """A string in pieces that Python joins; a name as it is."""
        if token.type != tokenize.STRING or token.string[0] not in "\"'":
            yield f"{indent}{token.string}"
            return
        pieces = textwrap.wrap(ast.literal_eval(token.string), WIDTH - len(indent) - 3, drop_whitespace=False)
        yield from (f"{indent}{piece!r}" for piece in pieces)
