"""The answers to a learner's questions as data, as in `outline`: why this value, why this answer, where an error comes from,
what a step of learning changes, whether a gradient is right, and where errors fade. `questions` answers in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..core.messages import message
from ..program.symbol_names import kind_of
from .measures import measured_parameter, require_cost, require_label
from .picture_style import image_shape
from .quantities import (
    SLOPE,
    Factors,
    at,
    bias,
    elements,
    error_length,
    error_sent_back,
    gradient_length,
    has_error,
    has_slope,
    hidden_moves,
    incoming,
    leader,
    leads_by,
    moved_back,
    movement,
    normalizes,
    of_chosen,
    of_example,
    of_neuron,
    outgoing,
    past_skipped,
    pooled_error,
    saturated,
    scaled,
    shares_hidden,
    weighted_input,
)  # fmt: skip
from .recording import Recording
from .steps import require_error, require_sum
from .vocabulary import (
    Bar,
    Choice,
    Each,
    Expression,
    Inline,
    Item,
    Name,
    Part,
    Picture,
    Row,
    Section,
    Sentence,
    Slot,
    Table,
    either,
    listed,
    otherwise,
    sentence,
    where,
)  # fmt: skip
from .windows import kind, options, place_of, pool

_MOST = 8  # parts of a sum that are listed
_TOLD = 3  # outputs whose change is told, where they are numbers


def question(made: Recording, name: str, others: bool = False) -> Section:
    """The answer to one of `QUESTIONS`; `others` is whether other images are known for `one_step`.

    Raises `NetworkError` where the question cannot be asked.
    """
    return one_step(made, others) if name == "one_step" else QUESTIONS[name](made)


# ---- a sum -------------------------------------------------------------------------------------------------------------


def value(made: Recording) -> Section:
    """The largest products of a neuron, their sum, its bias, z and a."""
    require_sum(made, made.layer)
    layer, j = made.layer, f"neuron{made.layer}"
    shown, is_map = _index(made, layer), made.maps(layer) is not None
    w, before, a = f"w{layer}", f"a{layer - 1}", f"a{layer}"
    factors, z = incoming(made, layer, j), of_chosen(made, weighted_input(made, layer), layer)
    slots: dict[str, Part] = {
        "neuron": Slot(j, "count"),
        "layer": str(layer),
        "count": Slot(("size", factors[0]), "count"),
    }
    words = sentence(
        "Neuron {neuron} of layer {layer} adds up {count} products w × a and its bias. The largest are:",
        "answer",
        **slots,
    )
    between: tuple[Item, ...] = ()
    if normalizes(made, layer):
        words = sentence(
            "Neuron {neuron} of layer {layer} adds up {count} products w × a. It normalizes the sum to {symbol} = {value}, "
            "multiplies that by its scale γ, and adds its bias. The largest products are:", "answer", **slots,
            symbol=Name(f"u{layer}", (j,)), value=Slot(of_neuron(f"u{layer}", j)),
        )  # fmt: skip
        between = (_end(_scaled(layer, (j,)), Slot(scaled(layer, j), sign=True)),)
    ends = (
        *between,
        _end(Name(f"b{layer}", shown[:1], strong=True), Slot(bias(made, layer), sign=True, kind="b")),
        _end(Name(f"z{layer}", shown, strong=True), Slot(z, sign=True, kind="z", strong=True)),
        _end(Name(a, shown, strong=True), Slot(of_chosen(made, a, layer), kind="a", strong=True)),
    )
    title = sentence("Why is {symbol} = {value}?", symbol=Name(a, shown), value=Slot(of_chosen(made, a, layer)))
    if is_map:
        return Section(
            "value",
            title,
            (*_seen(made, layer), Table(">^>>^>", (*_window(made, layer), *ends)), *_goes_on(made, layer)),
        )
    where = _stands(made, layer - 1)
    rows = (*_sum(factors, Name(w, (j, "k"), strong=True), Name(before, ("k",), strong=True), where), *ends)
    return Section("value", title, (words, Table(">^>>^>", rows)))


def _index(made: Recording, layer: int) -> tuple[Expression, ...]:
    """How the chosen neuron of a layer is told: by its number, by place and channel, or by map, row and column."""
    if made.places(layer):
        return f"place{layer}", f"channel{layer}"
    return (f"map{layer}", f"row{layer}", f"column{layer}") if made.maps(layer) else (f"neuron{layer}",)


def _seen(made: Recording, layer: int) -> Iterator[Item]:
    """What the kernel of a place lies on: in words, and as a picture."""
    rows, columns = options(made, layer)["kernel"]
    slots: dict[str, Part] = {name: Slot(f"{name}{layer}", "count") for name in ("map", "row", "column")}
    corner = f"corner {layer}"
    slots |= {
        "layer": str(layer), "rows": str(rows), "columns": str(columns), "before": str(layer - 1),
        "top": Slot(("at", corner, 1), "plain"), "left": Slot(("at", corner, 2), "plain"),
        "count": Slot(("size", f"kernel {layer}"), "count"),
    }  # fmt: skip
    image = image_shape(made)
    if layer == 2 and image is not None and image.channels == 1:
        yield sentence(
            "Map {map} of layer {layer}, row {row}, column {column}: its kernel lies on the window of {rows} × {columns} pixels "
            "that begins in row {top}, column {left}. Each of the {count} weights is multiplied by the number under it.",
            "answer", **{name: each for name, each in slots.items() if name != "before"},
        )  # fmt: skip
    else:
        yield sentence(
            "Map {map} of layer {layer}, row {row}, column {column}: its kernel lies on the windows of {rows} × {columns} "
            "numbers that begin in row {top}, column {left} of the maps of layer {before}. Each of the {count} weights is "
            "multiplied by the number under it.", "answer", **slots,
        )  # fmt: skip
    yield Picture("window", layer=layer)
    yield sentence(
        "The largest products, w[kernel, map, row, column] × a[map, row, column], their sum, and what becomes of it:",
        "lead",
    )


def _window(made: Recording, layer: int) -> Iterator[Item]:
    """The largest products of a window and its kernel, the others, and their sum."""
    rows, columns = options(made, layer)["kernel"]
    tap: tuple[Expression, ...] = ("//", "k", rows * columns), ("%", ("//", "k", columns), rows), ("%", "k", columns)
    under = tuple(("+", ("at", f"corner {layer}", axis), each) for axis, each in enumerate(tap))
    weight = Name(f"w{layer}", (f"map{layer}", *tap), strong=True)
    value = Name(f"a{layer - 1}", under, strong=True)
    return _sum(incoming(made, layer, f"neuron{layer}"), weight, value, "")


def _goes_on(made: Recording, layer: int) -> Iterator[Item]:
    """Whether a pooling layer after it keeps the value of a place."""
    found, after = pool(made, layer, made.neuron(layer)), layer + 1
    if found is None:
        return
    a, symbol = of_chosen(made, f"a{layer}", layer), Name(f"a{layer}", _index(made, layer))
    (top, left), (rows, columns) = found.corner, found.values.shape
    places = ((found.place[0], y, x) for y in range(top, top + rows) for x in range(left, left + columns))
    numbers = listed([Slot(at(f"a{layer}", "example", *each)) for each in places])
    slots: dict[str, Part] = {
        "layer": str(after), "symbol": symbol, "value": Slot(a), "numbers": numbers,
        "pooled": Name(f"a{after}", found.place), "result": Slot(at(f"a{after}", "example", *found.place)),
    }  # fmt: skip
    if kind(made, after) == "averaged":
        yield sentence(
            "Then layer {layer} pools: in the window of {symbol} there are {numbers}. Their mean goes on: {pooled} = {result}.",
            "answer", **{name: each for name, each in slots.items() if name != "value"},
        )  # fmt: skip
    elif found.winner == place_of(made, layer, made.neuron(layer))[1:]:
        yield sentence(
            "Then layer {layer} pools: in the window of {symbol} there are {numbers}. It is the largest, and goes on: {pooled} "
            "= {result}.", "answer", **{name: each for name, each in slots.items() if name != "value"},
        )  # fmt: skip
    else:
        winner = Name(f"a{layer}", (found.place[0], *found.winner))
        yield sentence(
            "Then layer {layer} pools: in the window of {symbol} there are {numbers}. Not {symbol} is the largest, but {winner}: "
            "{value} ends here, and {pooled} = {result}.", "answer", winner=winner, **slots,
        )  # fmt: skip


def blame(made: Recording) -> Section:
    """What flows back to a neuron, the slope, and its error."""
    require_label(made)
    require_error(made, made.layer)
    layer, j = made.layer, f"neuron{made.layer}"
    error, after, shown = f"δ{layer}", layer + 1, _index(made, layer)
    rows: tuple[Item, ...] = ()
    slope: tuple[Item, ...] = ()
    if has_slope(made, layer):
        slope = (_end(sentence("times the slope"), Slot(of_chosen(made, f"slope{layer}", layer)), "×"),)
    if layer < len(made.sizes) and (share := pooled_error(made, layer)) is not None:
        words, rows = _pooled_blame(made, layer, share)
    elif layer < len(made.sizes):
        require_sum(made, after)
        weight, value, stands = (
            Name(f"w{after}", ("k", j), strong=True),
            Name(error_sent_back(made, after), ("k",), strong=True),
            _stands(made, after),
        )
        words = sentence(
            "The errors of layer {after} flow back to it, each through the weight that had carried its activation forward:",
            "answer", after=str(after),
        )  # fmt: skip
        if made.maps(after):
            f, y, x, *tap = (("at", ("row", f"seen {layer}", axis), "k") for axis in range(5))
            channel: Expression = ("%", f"map{layer}", int(made.values[f"w{after}"].shape[1]))
            weight, value = (
                Name(f"w{after}", (f, channel, *tap), strong=True),
                Name(f"δ{after}", (f, y, x), strong=True),
            )
            stands = ""
            words = sentence(
                "The errors of all places of layer {after} that saw it flow back, each through the weight of the kernel that lay "
                "on it. The place further to the right saw it under a weight further to the left: the kernel is turned.",
                "answer", after=str(after),
            )  # fmt: skip
        rows = tuple(_sum(outgoing(made, layer, j), weight, value, stands))
    elif SLOPE in made.values and slope:
        rows = (_end(Name(SLOPE, (j,), strong=True), Slot(of_neuron(SLOPE, j), sign=True, kind="g")),)
        words = sentence(
            "It is an output neuron. How the cost changes with its answer, times how strongly the answer still reacts:",
            "answer",
        )
    else:
        slope = ()
        words = sentence(
            "It is an output neuron, and with this cost its error is simply how far off its answer is.", "answer"
        )
    for each in past_skipped(made, layer):
        past = sentence("past the skipped layers")
        straight = Inline((Name(f"δ{each}", shown, strong=True), ", ", past))
        rows = (*rows, _end(straight, Slot(of_chosen(made, f"δ{each}", layer), sign=True, kind="d"), "+"))
    delta = of_chosen(made, error, layer)
    result = _end(Name(error, shown, strong=True), Slot(delta, sign=True, kind="d", strong=True))
    title = sentence("Where does {symbol} = {value} come from?", symbol=Name(error, shown), value=Slot(delta))
    return Section("blame", title, (words, Table(">^>>^>", (*rows, *slope, result))))


def comes_back(made: Recording, layer: int) -> bool:
    """Whether it can be said where the error of the neuron that is followed in a layer before the last comes from."""
    assert made.architecture is not None
    after = layer + 1
    is_sum = kind(made, after) == "convolution" or bool(made.architecture.layer(after).normalization)
    is_sum = is_sum and not made.places(after)
    return is_sum or pooled_error(made, layer) is not None


def _pooled_blame(made: Recording, layer: int, share: Expression) -> tuple[Sentence, tuple[Item, ...]]:
    """What a place gets of the error of the pooling or flattening layer after it."""
    after, neuron = layer + 1, made.neuron(layer)
    found = None if kind(made, after) in ("flattened", "residual") else pool(made, layer, neuron)
    index: tuple[Expression, ...] = (f"neuron{layer}",) if found is None else found.place
    if kind(made, after) == "residual":
        index = _index(made, layer)
    symbol = Name(f"δ{after}", index)
    if found is None and kind(made, after) not in ("flattened", "residual"):
        index = ()
        words = sentence(
            "It lies at an edge that layer {after} cuts off, in no window, and nothing comes here:",
            "answer",
            after=str(after),
        )
    elif kind(made, after) == "residual":
        words = sentence(
            "Layer {after} added it to what was skipped, so the error of the sum comes back as it is:",
            "answer",
            after=str(after),
        )
    elif found is None:
        words = sentence(
            "Layer {after} only put its activation into a column, so the error comes back as it is:",
            "answer",
            after=str(after),
        )
    elif kind(made, after) == "averaged":
        words = sentence(
            "Layer {after} took the mean of its window, so each of the {count} places gets an equal share of {symbol}:", "answer",
            after=str(after), count=str(found.values.size), symbol=symbol,
        )  # fmt: skip
    elif found.winner == place_of(made, layer, neuron)[1:]:
        words = sentence(
            "It was the largest of its pooling window, so the error {symbol} of layer {after} comes to it alone:", "answer",
            after=str(after), symbol=symbol,
        )  # fmt: skip
    else:
        words = sentence(
            "It was not the largest of its pooling window. The error {symbol} of layer {after} goes to {winner}, and nothing "
            "comes here:", "answer", after=str(after), symbol=symbol, winner=Name(f"a{layer}", (found.place[0], *found.winner)),
        )  # fmt: skip
    whole = kind(made, after) in ("flattened", "residual") or (kind(made, after) == "largest" and share != 0)
    label: Part = Name(f"δ{after}", index, strong=True) if whole else sentence("its share")
    return words, (_end(label, Slot(share, sign=True, kind="d")),)


def _stands(made: Recording, layer: int) -> Part:
    """Where a number k of a layer stands: a neuron, or a pixel."""
    image = image_shape(made)
    if layer == 1 and image is not None:
        pixels = image.rows * image.columns
        row, column = (Slot((function, ("%", "k", pixels), image.columns), "count") for function in ("//", "%"))
        if image.channels == 1:
            return sentence("pixel, row {row}, column {column}", "aside", row=row, column=column)
        place = {"row": row, "column": column}
        red = sentence("red of the pixel in row {row}, column {column}", "aside", **place)
        green = sentence("green of the pixel in row {row}, column {column}", "aside", **place)
        blue = sentence("blue of the pixel in row {row}, column {column}", "aside", **place)
        return either(("<", "k", pixels), red, either(("<", "k", 2 * pixels), green, blue))
    return sentence("neuron {neuron} of layer {layer}", "aside", neuron=Slot("k", "count"), layer=str(layer))


def _sum(factors: Factors, weight: Name, value: Name, stands: Part) -> Iterator[Item]:
    """The largest products of weights and what comes through them, the others, and their sum."""
    color, products = kind_of(value.symbol) or "", ("*", *factors)
    symbols = Inline((weight, " × ", value))
    factor, number = (("at", each, "k") for each in factors)
    shown = Slot(number, kind=color)
    bracketed = either(("<", number, 0), Inline(("(", shown, ")")), shown)
    numbers = Inline((Slot(factor, decimals=2, kind="w"), " × ", bracketed))
    part = Row((symbols, "=", "", numbers, "=", Slot(("at", products, "k"), sign=True), stands))
    rest = Row(("", "", "", _others(), "", Slot(("sum", ("at", products, "others")), sign=True)))
    yield Each("k", products, _MOST, (part,), (rest,))
    total = Slot(("sum", products), sign=True, strong=True)
    yield Row(("", "", "", sentence(message("sum", "total"), "aside"), "=", total), "sum")


def _others() -> Part:
    return sentence("{count} others", "aside", count=Slot(("size", "others"), "count"))


def _scaled(layer: int, neuron: tuple[Expression, ...] = ()) -> Part:
    """A normalized sum times its scale."""
    return Inline((Name(f"gamma{layer}", neuron, strong=True), " × ", Name(f"u{layer}", neuron, strong=True)))


def _end(symbol: Part, number: Slot, sign: str = "=") -> Row:
    """What a sum comes to, below it."""
    return Row(("", "", "", symbol, sign, number))


# ---- two answers -------------------------------------------------------------------------------------------------------


def why(made: Recording) -> Section:
    """What each neuron says for one answer and for the other, and each pixel."""
    last, before, shape = len(made.sizes), len(made.sizes) - 1, image_shape(made)
    is_gray = shape is not None and shape.channels == 1
    require_sum(made, last)
    a, b, z = f"a{before}", f"b{last}", weighted_input(made, last)
    pair: tuple[Expression, Expression] = ("this", "other")
    names = {"this": Slot("this", "class"), "other": Slot("other", "class")}
    votes: list[Expression] = [("*", *incoming(made, last, each)) for each in pair]
    biases = [at(b, each, 0) for each in pair]
    products = [scaled(last, each) for each in pair] if normalizes(made, last) else []
    top: Expression = ("max", *(("abs", each) for each in (*votes, *products, *biases)))

    def compared(numbers: Sequence[Expression], kind: str = "", decimals: int = 2) -> list[Part]:
        """Two numbers, each beside a bar or in the color of its symbol, and their difference."""
        strong = bool(kind)
        slots = [Slot(each, decimals=decimals, sign=kind != "a", kind=kind, strong=strong) for each in numbers]
        cells: list[Part] = [each if strong else Inline((Bar(each.value, top), each)) for each in slots]
        return [*cells, "" if kind == "a" else _leaning(("-", *numbers))]

    number = Slot("k", "count", strong=True)
    pictured = before == 2 and shape is not None
    thumb = Inline((Picture("weights", index=("k",), layer=2), number)) if pictured else number
    heading = sentence("pixel") if before == 1 and is_gray else sentence("neuron")
    heads = (sentence("for {digit}", digit=each) for each in names.values())
    vote = Row((thumb, Slot(of_neuron(a, "k"), kind="a"), *compared([("at", each, "k") for each in votes])))
    rest = Row((_others(), "", *compared([("sum", ("at", each, "others")) for each in votes])))
    words, normalized = [_argue(before, is_gray, names)], tuple[Item, ...]()
    if products:
        words.append(sentence("Each sum is then normalized and scaled before its bias is added.", "answer"))
        s = compared([of_neuron(f"s{last}", each) for each in pair], "z")
        normalized = Row((Name(f"s{last}", strong=True), "", *s), "sum"), Row((_scaled(last), "", *compared(products)))
    rows: tuple[Item, ...] = (
        Row((heading, Name(a, strong=True), *heads, sentence("difference")), "head"),
        Each("k", ("-", *votes), _MOST, (vote,), (rest,)),
        *normalized,
        Row((Inline((sentence("bias"), " ", Name(b, strong=True))), "", *compared(biases))),
        Row((Name(f"z{last}", strong=True), "", *compared([of_neuron(z, each) for each in pair], "z")), "sum"),
        Row((Name(f"a{last}", strong=True), "", *compared([of_neuron(f"a{last}", each) for each in pair], "a", 3))),
    )
    items = (*words, Table("<>>>>", rows), *_evidence(made, before == 1, names))
    return Section("why", sentence("Why {this}, and not {other}?", **names), items)


def _argue(before: int, is_gray: bool, names: dict[str, Slot]) -> Item:
    if before == 1 and is_gray:
        return sentence(
            "Each pixel argues for {this} and for {other}: its ink times the weight that leads there. The difference between "
            "the two decides.", "answer", **names,
        )  # fmt: skip
    return sentence(
        "Each neuron of layer {layer} argues for {this} and for {other}: its activation times the weight that leads there. "
        "The difference between the two decides.", "answer", layer=str(before), **names,
    )  # fmt: skip


def _evidence(made: Recording, direct: bool, names: dict[str, Slot]) -> Iterator[Item]:
    """What each pixel says for one answer or the other; `direct` is whether it leads there without a layer between."""
    exact = sentence(
        "exact here, where pixels and answers meet directly"
        if direct and not normalizes(made, 2)
        else "a first estimate of what each pixel does"
    )
    words = sentence(
        "Evidence per pixel: above 0 it is for {this}, below 0 for {other}. It is input times slope, {exact}.",
        exact=exact, **names,
    )  # fmt: skip
    if image_shape(made) is not None:
        yield Picture("evidence", "evidence", caption=(words,))


def _leaning(difference: Expression) -> Choice:
    """A difference, in the color of its sign."""
    more, less = (Slot(difference, decimals=2, sign=True, kind=kind) for kind in ("pos", "neg"))
    return either((">", difference, 0), more, less)


# ---- a step of learning ------------------------------------------------------------------------------------------------


def one_step(made: Recording, others: bool = False) -> Section:
    """Cost, answers and other images before and after one step."""
    require_label(made)
    items = [*changes(made, most=4)]
    if others:
        counts = {
            "total": "images",
            "before": "right",
            "after": "after right",
            "gained": "became right",
            "lost": "became wrong",
        }
        slots = {name: Slot(each, "count") for name, each in counts.items()}
        if made.classes:
            items.append(sentence(
                "Of the other {total} test examples, {before} were read correctly before and {after} after: {gained} became "
                "right, {lost} became wrong.", **slots,
            ))  # fmt: skip
        else:
            items.append(sentence(
                "Of the other {total} test digits, {before} were read correctly before and {after} after: {gained} became "
                "right, {lost} became wrong.", **slots,
            ))  # fmt: skip
        moral = sentence(
            "A new example improves the weights on average, not every time. That is why steps are small and taken on batches.",
            "aside",
        )
        items.append(where((">", "became wrong", 0), moral))
    rate = Slot("η", "plain")
    return Section(
        "one_step", sentence("What does one step of learning with η = {rate} change?", rate=rate), tuple(items)
    )


def changes(made: Recording, most: int = 0) -> Iterator[Item]:
    """Cost and answers before and after a step: the right answer, the network's, and of the others so many that moved `most`;
    and why one moved against its error."""
    a = f"a{len(made.sizes)}"
    known: list[Expression] = [*(["label"] if made.label is not None else []), "answer"]
    listed: list[Expression] = known if made.classifies else [*range(min(_TOLD, made.outputs.size))]
    shown: list[Item] = [_unless(each, listed[:place], _changed(made, each)) for place, each in enumerate(listed)]
    if most:
        moved: Expression = ("-", of_example(f"after {a}"), of_example(a))
        shown.append(Each("k", moved, most, (_unless("k", listed, _changed(made, "k")),)))
    rows: list[Item] = [
        Row(("", sentence("before"), sentence("after")), "head"),
        Row((sentence("cost C", "strong"), *_before_and_after("cost", "after cost"))),
        *shown,
    ]
    if made.label is not None:
        marks = (either(("==", each, "label"), " ✓") for each in ("answer", "after answer"))
        answers = [Slot(each, "plain", strong=True) for each in ("answer", "after answer")]
        cells = (Inline(each) for each in zip(answers, marks, strict=True))
        rows.append(Row((sentence("it reads", "strong"), *cells)))
    yield Table("<>><", tuple(rows))
    yield Picture("change", a)
    for place, each in enumerate(known):
        yield _unless(each, known[:place], *_against(made, each))


def _changed(made: Recording, neuron: Expression) -> Row:
    """An output before and after a step."""
    a = f"a{len(made.sizes)}"
    numbers = _before_and_after(of_neuron(a, neuron), of_neuron(f"after {a}", neuron), "a")
    return Row((Name(a, (neuron,), strong=True), *numbers, mark(made, neuron) if made.classifies else ""))


def mark(made: Recording, row: Expression) -> Choice:
    """The mark of an output that is the truth or the answer."""
    cases: list[tuple[Expression, tuple[Item, ...]]] = [(("==", row, "answer"), (Inline(("◀ ", sentence("answer"))),))]
    if made.label is not None:
        cases.insert(0, (("==", row, "label"), (Inline(("□ ", sentence("truth"))),)))
    return Choice((*cases, otherwise("")))


def _against(made: Recording, neuron: Expression) -> Iterator[Item]:
    """Why a step moves an output against its error, where it does, in one or two sentences."""
    last, times = len(made.sizes), leads_by(made, neuron)
    before, own, after = movement(made, neuron)
    moved: Expression = ("-", after, before)
    leading = sentence(
        ", mostly for output {leader}, whose error is {times} times as large", leader=Slot(leader(made), "count"),
        times=either((">=", times, 10), Slot(times, "count"), Slot(times, "fixed", 1)),
    )  # fmt: skip
    slots: dict[str, Part] = {
        "neuron": Slot(neuron, "count"), "delta": Name(f"δ{last}", (neuron,)), "z": Name(weighted_input(made, last), (neuron,)),
        "own": Slot(("-", own, before), sign=True), "shared": Slot(("-", after, own), sign=True),
        "before": Slot(before, "rounded", ("decimals", moved)), "after": Slot(after, "rounded", ("decimals", moved)),
        "leading": either(("and", ("!=", leader(made), neuron), (">=", times, 1.5)), leading),
    }  # fmt: skip
    fell = sentence(
        "{neuron} fell, although {delta} pushes it up. By its own weights and bias alone, {z} would have moved by {own}; but "
        "the step also moved the hidden neurons, which all outputs share{leading}, and that moved {z} by {shared}: together "
        "from {before} to {after}.", **slots,
    )  # fmt: skip
    rose = sentence(
        "{neuron} rose, although {delta} pushes it down. By its own weights and bias alone, {z} would have moved by {own}; "
        "but the step also moved the hidden neurons, which all outputs share{leading}, and that moved {z} by {shared}: "
        "together from {before} to {after}.", **slots,
    )  # fmt: skip
    items: tuple[Item, ...] = (either(("<", moved, 0), fell, rose),)
    if shares_hidden(made):
        items = (*items, _through_hidden(made, neuron, moved))
    yield where(moved_back(made, neuron), *items)


def _through_hidden(made: Recording, neuron: Expression, moved: Expression) -> Item:
    """The hidden neuron through which the largest part of an output's movement came."""
    last = len(made.sizes)
    hidden, w, products = f"a{last - 1}", f"w{last}", ("*", *hidden_moves(made, neuron))
    agreeing: Expression = ("*", products, (">", ("*", products, moved), 0))
    old, new = _before_and_after(of_neuron(hidden, "k"), of_neuron(f"after {hidden}", "k"))
    words = sentence(
        "The largest part came through neuron {neuron} of layer {layer}: {a} went from {before} to {after}, and that change "
        "times {w} = {weight} is {product}.", "more",
        neuron=Slot("k", "count"), layer=str(last - 1), a=Name(hidden, ("k",)), before=old, after=replace(new, strong=False),
        w=Name(w, (neuron, "k")), weight=Slot(at(f"after {w}", neuron, "k")), product=Slot(("at", products, "k"), sign=True),
    )  # fmt: skip
    return Each("k", agreeing, 1, (where(("!=", ("at", agreeing, "k"), 0), words),))


def _before_and_after(before: Expression, after: Expression, kind: str = "") -> tuple[Slot, Slot]:
    """Two numbers in as many decimals as it takes to tell them apart."""
    decimals: Expression = ("apart", before, after)
    return Slot(before, decimals=decimals), Slot(after, decimals=decimals, kind=kind, strong=True)


def _unless(neuron: Expression, listed: Sequence[Expression], *items: Item) -> Choice:
    """Items of a neuron that is none of those that are listed already."""
    return where(("not", ("or", *(("==", neuron, each) for each in listed))), *items)


# ---- a gradient, and all layers ----------------------------------------------------------------------------------------


def proved(made: Recording) -> Item:
    """A gradient beside its measurement, in a sentence."""
    words = sentence(
        "Proof: move {parameter} alone by ±0.00001 and measure C twice. Slope {measured}, backpropagation {derived}",
        parameter=_measured(made), measured=Slot("measured", decimals=7), derived=Slot("derived", decimals=7),
    )  # fmt: skip
    return Inline((words, _agreement()))


def proof(made: Recording) -> Section:
    """A gradient beside its measurement, in a table."""
    require_cost(made)
    parameter, step = _measured(made), "0.00001"
    apart: Expression = ("abs", ("-", "derived", "measured"))
    rounding = sentence("none: {apart} apart is rounding", apart=Slot(apart, "rounded"))
    error = either(("and", "agrees", (">=", "relative error", 1e-5)), rounding, Slot("relative error", "rounded"))
    rows = (
        Row((sentence("C with +{step}", step=step), Slot("C plus", "fixed", 12))),
        Row((sentence("C with −{step}", step=step), Slot("C minus", "fixed", 12))),
        Row((sentence("measured slope"), Slot("measured", "fixed", 10, strong=True))),
        Row((sentence("backpropagation"), Slot("derived", "fixed", 10, kind="g", strong=True))),
        Row((sentence("relative error"), Inline((error, _agreement())))),
    )
    words = sentence(
        "Move {parameter} alone by ±{step}, run the network forward twice, and see how C changes.", "answer",
        parameter=parameter, step=step,
    )  # fmt: skip
    title = sentence("Is {symbol} right?", symbol=Name(f"dC_d{parameter.symbol}", parameter.index))
    return Section("proof", title, (words, Table("<<", rows)))


def _measured(made: Recording) -> Name:
    """The parameter whose gradient is measured, and which of its elements."""
    name = measured_parameter(made)
    return Name(name, elements(made, f"dC_d{name}")[0][1])


def _agreement() -> Choice:
    return either("agrees", Inline((" ✓",)), Inline((" ≠",)))


def layers(made: Recording) -> Section:
    """Saturated neurons and the length of the error, layer by layer."""
    architecture = require_label(made)
    with_errors = [layer for layer in architecture.layers if has_error(made, layer)]
    top: Expression = ("max", *map(error_length, with_errors))
    rows = [Row((sentence("layer"), sentence("neurons"), sentence("saturated"), "‖δ‖", "‖∂C/∂w‖"), "head")]
    for layer in with_errors:
        length, gradient = error_length(layer), gradient_length(made, layer)
        flat: Part = Slot(saturated(layer), "count") if has_slope(made, layer) else ""
        cells = (
            Slot(layer, "count"),
            Slot(f"n{layer}", "count"),
            flat,
            Slot(length),
            Slot(gradient) if gradient else "",
        )
        rows.append(Row((*cells, Bar(length, top, "d"))))
    words = sentence(
        "A neuron is saturated where its slope is below 0.01: it sits on a flat end of its activation, and hardly any error "
        "passes. ‖δ‖ is the length of a layer's error.", "answer",
    )  # fmt: skip
    title = sentence("Which neurons are saturated, and how does the error fade?")
    return Section("layers", title, (words, Table(">>>>><", tuple(rows))))


QUESTIONS = {"value": value, "why": why, "blame": blame, "one_step": one_step, "proof": proof, "layers": layers}
"""What can be asked, in the order of the command line."""
