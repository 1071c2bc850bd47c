"""The answer `derive`: an expression as it is typed becomes one entry of the Derive view, as the page's own gallery has them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..calculus import derive
from ..core.dims import Shape, shape_text
from ..core.errors import ChainruleError
from ..core.messages import Message, listed, message
from ..core.nouns import Array, Program
from ..core.tracing import Spec, trace
from ..dimensions import DimensionError
from ..page.graphs import Shown, Slider, entry, has_graph
from ..show.language import Language
from .expressions import MOST_NUMBERS, MOST_PARTS, Point, Typed, place_of, points_of, understood
from .fields import RefusedError
from .work import count_work

MOST_WORK = 2 * 10**9
"""The most multiplications that one expression may cost, about a second or two."""
MOST_SENT = 2 * MOST_NUMBERS
"""The most numbers in an answer, about two million bytes."""
REACH = 4.0  # how far a slider goes to either side, unless the variable begins further out
_RATES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
_PLACES = 161  # at which the ends of a range are looked for


def derived(expression: str, at: str, language: Language, exact: bool = True) -> dict[str, Any]:
    """An expression as an entry of the Derive view.

    Args:
        expression: The expression, as people write it or in NumPy's names; lines before it give names to parts.
        at: Where its variables stand, `x = 1.5, w = 2×3`; those that are left out are numbers, and begin somewhere fit.
        language: That of the sentence that says why the browser cannot compute it.
        exact: Whether `at` may name no other variables; otherwise they are left out.

    Returns:
        What `page.graphs.entry` gives, and how the expression was understood, as `read`.

    Raises:
        RefusedError: It is not among what can be typed, or cannot be differentiated; the error knows the place in the text.

    Examples:
        >>> made = derived("x² sin x", "x = 2", "en")
        >>> made["read"], made["variables"][0]["at"]
        ('x ** 2 * sin(x)', [2.0])
    """
    try:
        typed = understood(expression)
        points = points_of(at, typed.names, exact)
        _require_few(
            sum(math.prod(np.shape(each) if isinstance(each, np.ndarray) else each) for each in points.values())
        )
        with np.errstate(all="ignore"):
            answer = {**entry(_shown(typed, points), language), "read": typed.read}
        lists = [*(each["at"] for each in answer["variables"]), *_flat(answer.get("numbers", {}))]
        _require_few(sum(map(len, lists)))
        return answer
    except RefusedError:
        raise
    except RecursionError:
        raise RefusedError(
            "The expression is too long: it may have {most} numbers, names and signs.", most=MOST_PARTS
        ) from None
    except (ChainruleError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        refusal = RefusedError("That cannot be differentiated: {reason}", reason=_reason(error))
        refusal.typed_at = place_of(error)
        raise refusal from None


def _shown(typed: Typed, points: Mapping[str, Point]) -> Shown:
    """The function, with a place to begin and a range for each variable, and a step downhill that goes down."""
    shapes = {name: each.shape if isinstance(each, np.ndarray) else each for name, each in points.items()}
    specs = [Spec(shapes[name]) for name in typed.names]
    forward = trace(typed.function, specs, loops=False)
    if forward.results.leaves != 1 or forward.outputs[0].shape:
        shape = shape_text(forward.outputs[0].shape) if forward.outputs else "()"
        raise RefusedError(
            "The result is {shape}, and a derivative is taken of one number; put sum(…) around it.", shape=shape
        )
    derivative = derive(typed.function, specs, wrt=", ".join(typed.by), loops=False)
    _require_little(forward, derivative)
    begun = _begun([points[name] for name in typed.names], forward, derivative)
    ranges = [_range(forward, begun, k) for k in range(len(begun))]
    sliders = {
        name: Slider(value.tolist(), *ends) for name, value, ends in zip(typed.names, begun, ranges, strict=True)
    }
    rate = _rate(forward, derivative, begun, [typed.names.index(name) for name in typed.by])
    return Shown(typed.function, typed.result, sliders, rate, typed.by)


def _require_little(forward: Program, derivative: Program) -> None:
    """Refuse an expression that costs more than `MOST_WORK`, before anything is computed."""
    starts, moving = sum(1 for _ in _beginnings()), sum(not each.shape for each in forward.inputs)
    shown = len(forward.equations) if has_graph(forward) else 1  # the page has an error for each node of a graph
    runs = starts + 2 * _count_places(forward) * moving + len(_RATES) + 1
    work = runs * count_work(forward) + (starts + 1 + shown) * count_work(derivative)
    if work > MOST_WORK:
        raise RefusedError(
            "This takes about {work:,} multiplications, and {most:,} are done here; take smaller arrays.",
            work=work,
            most=MOST_WORK,
        )


def _flat(numbers: Mapping[str, Sequence[Sequence[float]]]) -> Iterator[Sequence[float]]:
    for arrays in numbers.values():
        yield from arrays


def _require_few(count: int) -> None:
    """Refuse an answer of more numbers than `MOST_SENT`."""
    if count > MOST_SENT:
        raise RefusedError(
            "The answer would have {count:,} numbers, and {most:,} are sent; take smaller arrays.",
            count=count,
            most=MOST_SENT,
        )


# ---- where it begins -------------------------------------------------------------------------------------------------


def _begun(points: Sequence[Point], forward: Program, derivative: Program) -> list[Array]:
    """Where the variables begin: first of some places where the function and its derivative are numbers, if there is one."""
    found: list[list[Array]] = []
    for values in _beginnings():
        found.append(
            [np.asarray(each, float) if isinstance(each, np.ndarray) else _filled(each, values) for each in points]
        )
        if _is_finite(forward, found[-1]) and _is_finite(derivative, found[-1]):
            return found[-1]
    return found[0]


def _beginnings() -> Iterator[Iterator[float]]:
    """Numbers to begin with: of both signs, between 0 and 1, above 1, and below 0."""
    for first, low, high in ((1.2, -1.0, 1.0), (0.5, 0.1, 0.9), (1.5, 1.1, 2.9), (-1.5, -2.9, -0.1)):
        yield _numbers(first, low, high)


def _numbers(first: float, low: float, high: float) -> Iterator[float]:
    yield first
    random = np.random.default_rng(0)
    while True:
        yield round(float(random.uniform(low, high)), 2)


def _filled(shape: Shape, values: Iterator[float]) -> Array:
    """An array of such numbers; those of a matrix are so small that its product with a vector is not large."""
    sizes = [int(each) for each in shape]
    numbers = np.array([next(values) for _ in range(math.prod(sizes))]).reshape(sizes)
    return numbers if len(sizes) < 2 or sizes[-1] < 10 else np.round(numbers / math.sqrt(sizes[-1]), 3)


def _is_finite(program: Program, at: Sequence[Array]) -> bool:
    try:
        results = program(*at)
    except (ArithmeticError, ValueError, ChainruleError):  # a singular matrix
        return False
    return all(bool(np.isfinite(each).all()) for each in (results if isinstance(results, tuple) else (results,)))


def _range(forward: Program, at: Sequence[Array], k: int) -> tuple[float, float]:
    """Between which numbers a variable moves: those of one number end where the function does."""
    reach = max(REACH, *(1.5 * abs(float(each)) for each in at[k].ravel()))
    if at[k].shape:
        return -reach, reach
    places = np.linspace(-reach, reach, _count_places(forward))
    here = float(at[k])

    def first(ends: Iterable[np.float64]) -> float:
        found = (place for place in ends if _is_finite(forward, [*at[:k], np.asarray(place), *at[k + 1 :]]))
        return round(float(next(found, here)), 6)

    low, high = min(first(places), here), max(first(reversed(places)), here)
    return (low, high) if low < high else (-reach, reach)


def _count_places(forward: Program) -> int:
    """Decide at how many places the ends of ranges are looked for: fewer where a run is long, so that all take a quarter."""
    moving = max(1, sum(not each.shape for each in forward.inputs))
    return max(5, min(_PLACES, MOST_WORK // (8 * moving * max(1, count_work(forward)))))


def _rate(forward: Program, derivative: Program, at: Sequence[Array], moved: Sequence[int]) -> float:
    """The largest rate of which one step lowers the result by half of what its slope promises, or more."""
    found = derivative(*at)
    slopes = dict(zip(moved, found if isinstance(found, tuple) else (found,), strict=True))
    steep = sum(float(np.sum(np.square(each))) for each in slopes.values())
    if not 0 < steep < np.inf:
        return 0.1
    value = float(forward(*at))
    for rate in _RATES:
        after = [each - rate * slopes[k] if k in slopes else each for k, each in enumerate(at)]
        if _is_finite(forward, after) and float(forward(*after)) <= value - 0.5 * rate * steep:
            return rate
    return _RATES[-1]


def _reason(error: Exception) -> object:
    """What is wrong with an expression, in a sentence, without the server's file and line."""
    if isinstance(error, DimensionError):
        sizes = listed([f"{each.name} {shape_text(each.shape)}" for each in error.operands])
        told = {"operation": error.operation, "reason": error.reason, "sizes": sizes, "advice": error.advice}
        return message(
            "{operation}: {reason} ({sizes}). {advice}" if error.advice else "{operation}: {reason} ({sizes}).", **told
        )
    said = error.args[0] if error.args and isinstance(error.args[0], Message) else str(error)
    return said.values.get("said", said) if isinstance(said, Message) else said.split("\n")[0]
