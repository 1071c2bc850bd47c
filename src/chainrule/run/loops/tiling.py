"""Rewrites loops: fills in sizes, runs some iterations side by side in registers, and cuts large functions into several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from .language import (
    INDEX,
    Address,
    Body,
    Call,
    Count,
    Expression,
    For,
    Function,
    If,
    Kind,
    Set,
    Size,
    Statement,
    Store,
    constant,
    expressions,
    get,
)

Variable: TypeAlias = tuple[str, Kind]


@dataclass(frozen=True)
class _Rewrite:
    """How to replace variables that are read, names of variables that are set, addresses, and sizes."""

    variable: Callable[[str, Kind], Expression] = get
    name: Callable[[str, Kind], str] = lambda name, kind: name
    address: Callable[[Address], Address] = lambda address: address
    count: Callable[[Count], Count] = lambda count: count

    def body(self, body: Body) -> Body:
        return tuple(map(self.statement, body))

    def statement(self, each: Statement) -> Statement:
        match each:
            case Set(name, value):
                return Set(self.name(name, value.kind), self.value(value))
            case Store(address, value, narrow):
                return Store(self.address(address), self.value(value), narrow)
            case For(index, start, stop, step, body):
                return For(self.name(index, INDEX), self.bound(start), self.bound(stop), step, self.body(body))
            case If(condition, body, otherwise):
                return If(self.value(condition), self.body(body), self.body(otherwise))
            case Call(function, arrays, indices):
                return Call(function, arrays, tuple(map(self.value, indices)))

    def bound(self, bound: Count | Expression) -> Count | Expression:
        return self.value(bound) if isinstance(bound, Expression) else self.count(bound)

    def value(self, e: Expression) -> Expression:
        if e.op == "get":
            return self.variable(e.detail, e.kind)
        if isinstance(e.detail, Address):
            return replace(e, detail=self.address(e.detail))
        if isinstance(e.detail, Size):
            return constant(self.count(e.detail), e.kind)
        return replace(e, operands=tuple(map(self.value, e.operands))) if e.operands else e


def put(body: Body, sizes: Mapping[str, int]) -> Body:
    """Statements with sizes replaced by numbers.

    Args:
        body: The statements.
        sizes: The numbers, by the names of the sizes.

    Returns:
        The same statements; sizes that are not named stay.

    Examples:
        >>> from .language import F32, at, size
        >>> body = (Store(at("x", 4 * size("n") + 8), constant(0, F32)),)
        >>> str(put(body, {"n": 3})[0])
        'x[20] = 0.0'
    """

    def number(count: Count) -> Count:
        if not isinstance(count, Size):
            return count
        total: Count = 0
        for names, factor in count.terms:
            term: Count = factor
            for name in names:
                term = term * sizes[name] if name in sizes else term * Size((((name,), 1),))
            total = total + term
        return total

    def address(a: Address) -> Address:
        strides = tuple((name, number(stride)) for name, stride in a.strides)
        return Address(a.array, number(a.offset), tuple(each for each in strides if each[1] != 0))

    return _Rewrite(address=address, count=number).body(body)


# ---- what statements read and set --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Flow:
    """The variables that statements read from before, those that they always set, and those that they may set."""

    read: frozenset[Variable]
    surely: frozenset[Variable]
    perhaps: frozenset[Variable]

    def then(self, other: _Flow) -> _Flow:
        return _Flow(self.read | (other.read - self.surely), self.surely | other.surely, self.perhaps | other.perhaps)


_NOTHING: frozenset[Variable] = frozenset()


def _reads(values: Iterable[Expression], addresses: Iterable[Address] = ()) -> _Flow:
    found: set[Variable] = set()
    addresses = [*addresses]
    for value in values:
        for e in value.all():
            if e.op == "get":
                found.add((e.detail, e.kind))
            elif isinstance(e.detail, Address):
                addresses.append(e.detail)
    found |= {(name, INDEX) for address in addresses for name, _ in address.strides}
    return _Flow(frozenset(found), _NOTHING, _NOTHING)


def _bounds(each: For) -> _Flow:
    return _reads(bound for bound in (each.start, each.stop) if isinstance(bound, Expression))


def _flow_of(each: Statement) -> _Flow:
    match each:
        case Set(name, value):
            made = frozenset({(name, value.kind)})
            return _reads([value]).then(_Flow(_NOTHING, made, made))
        case Store(address, value):
            return _reads([value], [address])
        case For(index, start, stop, _, body):
            inner, own = _flow(body), frozenset({(index, INDEX)})
            runs = isinstance(start, int) and isinstance(stop, int) and start < stop
            within = _Flow(inner.read - own, inner.surely - own if runs else _NOTHING, inner.perhaps | own)
            return _bounds(each).then(within)
        case If(condition, body, otherwise):
            one, other = _flow(body), _flow(otherwise)
            both = _Flow(one.read | other.read, one.surely & other.surely, one.perhaps | other.perhaps)
            return _reads([condition]).then(both)
        case Call(_, _, indices):
            return _reads(indices)


def _flow(body: Sequence[Statement]) -> _Flow:
    found = _Flow(_NOTHING, _NOTHING, _NOTHING)
    for each in body:
        found = found.then(_flow_of(each))
    return found


# ---- iterations side by side -------------------------------------------------------------------------------------------


def tiled(body: Body, turns: Mapping[str, int]) -> Body:
    """Statements in which some iterations of loops run side by side, also through nested loops (unroll and jam).

    Values that differ between iterations get a variable for each; the others are computed once. So a loop over rows around
    one over the terms of a sum becomes a tile of sums in registers. The iterations of such a loop must be independent, except
    for a number in memory that each of them updates. The results are then the same bit for bit, since each sum has its terms
    in the same order. Iterations that pass on a variable are written one after the other.

    Args:
        body: The statements; the bounds of the loops to be tiled are numbers.
        turns: The number of iterations at once, by the loop's index; the remaining ones follow.

    Returns:
        The statements.

    Raises:
        ValueError: A bound is not a number, or iterations pass on a number in memory in another way.

    Examples:
        >>> from .language import Block, F32, at, load
        >>> block = Block()
        >>> with block.loop("r", 5) as r:
        ...     total = block.set("s", constant(0, F32))
        ...     with block.loop("k", 10) as k:
        ...         total = block.set("s", total + load(at("x", 0, (r, 40), (k, 4)), F32))
        ...     block.store(at("y", 0, (r, 4)), total)
        >>> print(Function("sums", ("x", "y"), (), tiled(block.body, {"r": 2})))
        def sums(x, y)
            for r in range(0, 4, 2)
                s.r0 = 0.0
                s = 0.0
                for k in range(0, 10, 1)
                    s.r0 = add(s.r0, x[k·4 + r·40])
                    s = add(s, x[k·4 + r·40 + 40])
                y[r·4] = s.r0
                y[r·4 + 4] = s
            s = 0.0
            for k in range(0, 10, 1)
                s = add(s, x[k·4 + 160])
            y[16] = s
    """
    found: list[Statement] = []
    for each in body:
        match each:
            case For(index, start, stop, step, inner):
                inner = tiled(inner, turns)
                if index not in turns:
                    found.append(replace(each, body=inner))
                    continue
                if not isinstance(start, int) or not isinstance(stop, int):
                    raise ValueError(f"{each} cannot be tiled: its bounds are not numbers.")
                whole, rest = divmod(len(range(start, stop, step)), turns[index])
                at_once, jam = turns[index] * step, _Jam(inner, index)
                if whole > 1:
                    inside = jam.side_by_side(range(0, at_once, step), loop=True)
                    found.append(For(index, start, start + whole * at_once, at_once, inside))
                elif whole:
                    found += jam.side_by_side(range(start, start + at_once, step))
                if rest:
                    found += jam.side_by_side(range(start + whole * at_once, stop, step))
            case If(condition, inner, otherwise):
                found.append(If(condition, tiled(inner, turns), tiled(otherwise, turns)))
            case _:
                found.append(each)
    return tuple(found)


def _stores(body: Body) -> Iterator[Store]:
    for each in body:
        match each:
            case Store():
                yield each
            case For():
                yield from _stores(each.body)
            case If():
                yield from _stores((*each.body, *each.otherwise))


class _Jam:
    """The body of a loop, and what differs between its iterations."""

    def __init__(self, body: Body, index: str):
        self.source, self.index = body, (index, INDEX)
        flow = _flow(body)
        self.handed_on = bool(flow.read & flow.perhaps)
        self.own: set[Variable] = set()
        size = -1
        while size != len(self.own) and not self.handed_on:
            size = len(self.own)
            self._differing(body, False)
        held = self._held(body)
        self.own -= held
        loads = [e.detail for e in expressions(body) if e.op in ("load", "load_bytes")]
        for each in _stores(body):
            own = each.value.op == "get" and (each.value.detail, each.value.kind) in held
            if not self.handed_on and not self.differs(_reads([], [each.address])) and loads.count(each.address) > own:
                raise ValueError(f"Turns of {index} hand on {each.address}, which is not read once and written once.")

    def differs(self, flow: _Flow) -> bool:
        return self.index in flow.read or bool(flow.read & self.own)

    def _differing(self, body: Body, surely: bool) -> None:
        """Find the variables that differ, given those known to differ so far."""
        for each in body:
            match each:
                case Set(name, value):
                    if surely or self.differs(_reads([value])):
                        self.own.add((name, value.kind))
                case For():
                    differ = surely or self.differs(_bounds(each))
                    self.own |= {(each.index, INDEX)} if differ else set()
                    self._differing(each.body, differ)
                case If():
                    differ = surely or self.differs(_reads([each.condition]))
                    self._differing((*each.body, *each.otherwise), differ)

    def _held(self, body: Body) -> set[Variable]:
        """Variables for a number in memory that each iteration updates: read before the first one, and written after the last."""
        loaded = {
            (each.name, each.value.kind): each.value.detail
            for each in body
            if isinstance(each, Set) and each.value.op == "load" and not self.differs(_reads([], [each.value.detail]))
        }
        found = {
            (each.value.detail, each.value.kind)
            for each in body
            if isinstance(each, Store)
            and each.value.op == "get"
            and loaded.get((each.value.detail, each.value.kind)) == each.address
        }
        for each in body:
            found |= self._held(each.body) if isinstance(each, For | If) else set()
        return found

    def side_by_side(self, places: Sequence[int], loop: bool = False) -> Body:
        """The iterations at these places; if a loop remains, places are relative to its index."""
        copies = [
            self._copy(place, loop, f".{self.index[0]}{k}" * (k < len(places) - 1)) for k, place in enumerate(places)
        ]
        if self.handed_on:
            return tuple(each for copy in copies for each in copy.body(self.source))
        return self._jammed(self.source, copies)

    def _copy(self, place: int, loop: bool, ending: str) -> _Rewrite:
        index = self.index[0]

        def name(name: str, kind: Kind) -> str:
            return name + ending if (name, kind) in self.own else name

        def variable(name_: str, kind: Kind) -> Expression:
            if (name_, kind) != self.index:
                return get(name(name_, kind), kind)
            return get(name_, kind) + place if loop and place else get(name_, kind) if loop else constant(place, kind)

        def address(a: Address) -> Address:
            stride = dict(a.strides).get(index, 0)
            strides = tuple((name(n, INDEX), s) for n, s in a.strides if loop or n != index)
            return Address(a.array, a.offset + stride * place, strides)

        return _Rewrite(variable, name, address)

    def _jammed(self, body: Body, copies: Sequence[_Rewrite]) -> Body:
        found: list[Statement] = []
        run: list[Statement] = []  # statements that differ, to be written once per iteration

        def end_run() -> None:
            found.extend(copy.statement(each) for copy in copies for each in run)
            run.clear()

        for each in body:
            flow = _flow_of(each)
            if isinstance(each, For) and not self.differs(_bounds(each)):
                end_run()
                found.append(replace(each, body=self._jammed(each.body, copies)))
            elif isinstance(each, If) and not self.differs(_reads([each.condition])):
                end_run()
                inner, otherwise = (self._jammed(part, copies) for part in (each.body, each.otherwise))
                found.append(If(each.condition, inner, otherwise))
            elif self.differs(flow) or flow.perhaps & self.own:
                if run and isinstance(run[-1], Store) != isinstance(each, Store):
                    end_run()
                run.append(each)
            else:
                end_run()
                found.append(each)
        end_run()
        return tuple(found)


# ---- functions of bounded size -------------------------------------------------------------------------------------------


def separate(name: str, arrays: Sequence[str], body: Sequence[Statement]) -> tuple[Function, Call] | None:
    """Statements as a separate function, and a call of it, if the only variables that they read are indices.

    Args:
        name: The name of the new function.
        arrays: The arrays of the enclosing function.
        body: The statements; nothing after them reads what they set.

    Returns:
        Both, or `None`.

    Examples:
        >>> from .language import F32, at
        >>> made = separate("f", ["x", "y"], [Store(at("x", 0, (get("i", INDEX), 4)), constant(1, F32))])
        >>> print(*made, sep="\\n")
        def f(x, i)
            x[i·4] = 1.0
        f(x, i)
    """
    flow = _flow(body)
    if any(kind != INDEX for _, kind in flow.read):
        return None
    used = _arrays(body)
    arrays = tuple(array for array in arrays if array in used)
    given = tuple(sorted(name for name, _ in flow.read))
    function = Function(name, arrays, given, tuple(body))
    return function, Call(name, arrays, tuple(get(each, INDEX) for each in given))


def _arrays(body: Sequence[Statement]) -> set[str]:
    """The arrays that statements read and write."""
    found = {e.detail.array for e in expressions(tuple(body)) if isinstance(e.detail, Address)}
    for each in body:
        match each:
            case Store(address):
                found.add(address.array)
            case For():
                found |= _arrays(each.body)
            case If():
                found |= _arrays((*each.body, *each.otherwise))
            case Call(_, arrays):
                found |= {*arrays}
    return found


def cut(function: Function, most: int) -> list[Function]:
    """A function cut into several, since compilers handle a huge one slowly, and some of them badly.

    Args:
        function: The function.
        most: The most expressions per function; statements that share variables stay together regardless.

    Returns:
        The parts, followed by the function, which calls them.

    Examples:
        >>> from .language import F32, at
        >>> body = tuple(Store(at("x", 4 * k), constant(k, F32)) for k in range(5))
        >>> for each in cut(Function("f", ("x",), (), body), 2):
        ...     print(each.name, [str(statement) for statement in each.body])
        f.0 ['x[0] = 0.0', 'x[4] = 1.0']
        f.1 ['x[8] = 2.0', 'x[12] = 3.0']
        f ['f.0(x)', 'f.1(x)', 'x[16] = 4.0']
    """
    parts: list[Function] = []

    def part(group: Sequence[Statement], later: frozenset[Variable]) -> Sequence[Statement]:
        made = separate(f"{function.name}.{len(parts)}", function.arrays, group)
        if made is None or _flow(group).perhaps & later:
            return group
        parts.append(made[0])
        return [made[1]]

    def divided(body: Body, later: frozenset[Variable]) -> Body:
        sizes = [sum(1 for _ in expressions((each,))) for each in body]
        if sum(sizes) <= most:
            return body
        after = [later]  # what is read after each statement, last one first
        for each in reversed(body):
            flow = _flow_of(each)
            after.append(flow.read | (after[-1] - flow.surely))
        after.reverse()
        found: list[Statement] = []
        group: list[Statement] = []
        total = 0
        for each, size, here, behind in zip(body, sizes, after, after[1:], strict=False):
            if group and total + size > most:
                found += part(group, here)
                group, total = [], 0
            if size > most and isinstance(each, For):
                found.append(replace(each, body=divided(each.body, behind | _flow(each.body).read)))
            else:
                group.append(each)
                total += size
        return (*found, *(part(group, later) if len(group) > 1 else group))

    main = replace(function, body=divided(function.body, _NOTHING))
    return [*parts, main]
