"""Formats counts, percentages, times and file sizes, the same in every command."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .language import Language, say

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def percent(share: float) -> str:
    """A fraction in percent, with one decimal: `95.7 %`.

    >>> percent(0.9573)
    '95.7 %'
    """
    return f"{100 * share:.1f} %"


def alike(numbers: Sequence[float], digits: int = 4) -> list[str]:
    """Numbers that are compared, all with as many decimals as the largest needs to have some digits.

    >>> alike([-20007.84, 6.25]), alike([0.01234567, -0.5])
    (['−20,008', '6'], ['0.0123', '−0.5000'])
    """
    top = max((abs(each) for each in numbers if math.isfinite(each)), default=0.0)
    decimals = min(12, max(0, digits - 1 - math.floor(math.log10(top)))) if top else 0
    return [f"{each:,.{decimals}f}".replace("-", "−") for each in numbers]


def read_right(correct: int | None, total: int, language: Language = "en") -> str:
    """How many images were read right, and how many were not; where numbers were to be met, how many examples.

    >>> read_right(9573, 10_000), read_right(None, 10_000)
    ('9,573 of 10,000 correct, 427 wrong', '10,000 examples')
    """
    if correct is None:
        return say(language, "{total:,} examples", total=total)
    return say(
        language, "{right:,} of {total:,} correct, {wrong:,} wrong", right=correct, total=total, wrong=total - correct
    )


def class_text(number: int, classes: Sequence[str]) -> str:
    """A class by its number, and its name if it has one.

    >>> class_text(1, ("circle", "square")), class_text(1, ("0", "1")), class_text(1, ())
    ('1 square', '1', '1')
    """
    name = classes[number] if classes else ""
    return f"{number} {name}" if name not in ("", str(number)) else str(number)


def duration(seconds: float) -> str:
    """A duration, with a sensible precision.

    >>> duration(0.00042), duration(0.0042), duration(0.2444), duration(8.04), duration(75.3), duration(7322)
    ('0.4 ms', '4 ms', '0.24 s', '8.0 s', '1 min 15 s', '2 h 2 min')
    """
    if 0 < seconds < 0.00095:
        return f"{1000 * seconds:.1f} ms"
    if seconds < 0.0995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.2f} s" if seconds < 0.995 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def size_text(count: float, language: Language = "en") -> str:
    """A number of bytes.

    >>> size_text(95_440), size_text(812), size_text(2_500_000), size_text(812, "zh")
    ('95 kB', '812 bytes', '2.5 MB', '812 字节')
    """
    if count < 1000:
        return say(language, "{count} bytes", count=f"{count:.0f}")
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5 or unit == "GB":
            break
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:,.0f} {unit}"


def rounded(value: float, decimals: int = 3, *, signed: bool = False) -> str:
    """A number as it stands in an equation: fixed decimals and a true minus; where those would all be zeros, a power of ten.

    >>> rounded(-0.14652), rounded(-4.1e-5), rounded(0.2, 2, signed=True), rounded(0)
    ('−0.147', '−4·10⁻⁵', '+0.20', '0')
    """
    if value == 0 or math.isnan(value):
        return "0" if value == 0 else "NaN"
    sign = "−" if value < 0 else "+" if signed else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    if 0.5 * 10**-decimals <= size < 1e7:
        return f"{sign}{size:.{decimals}f}"
    return sign + _scientific(size, 0)


def _scientific(size: float, decimals: int) -> str:
    digits, _, exponent = f"{size:.{decimals}e}".partition("e")
    return f"{digits}·10{str(int(exponent)).translate(_RAISED)}"


def decimals_of(change: float, least: int = 3) -> int:
    """The number of decimals that shows a change with three digits, at least `least`.

    >>> decimals_of(-0.000328), decimals_of(2.5), decimals_of(0.0)
    (6, 3, 3)
    """
    if change == 0 or not math.isfinite(change):
        return least
    return min(max(least, 2 - math.floor(math.log10(abs(change)))), 15)


def mean(values: NDArray[np.float64]) -> float:
    """The mean, and 0 where nothing is left of it but rounding.

    >>> mean(np.array([0.1, 0.2, -0.3])), float(np.mean([0.1, 0.2, -0.3])) == 0
    (0.0, False)
    """
    found = float(np.mean(values))
    largest = float(np.abs(values).max())
    return 0.0 if np.isfinite(largest) and abs(found) <= 4 * np.finfo(float).eps * largest else found


def figure(value: float, decimals: int = 3, sign: bool = False) -> str:
    """A number inside an equation, with a true minus: so many decimals, and as many digits where it is small, so that what
    is multiplied can be followed; a power of ten where those would be mostly zeros.

    >>> figure(-1.0684), figure(2.404, 2), figure(0.0033019), figure(-0.000041), figure(0.0), figure(12345.678)
    ('−1.068', '2.40', '0.00330', '−4.1·10⁻⁵', '0', '12345.7')
    """
    if value == 0:
        return "0"
    size = abs(value)
    if not math.isfinite(size):
        text = "∞" if math.isinf(size) else "nan"
    elif size < 10.0 ** -(decimals + 1):
        text = _scientific(size, 1)
    elif size < 0.1:
        text = f"{size:.{decimals - 1 - math.floor(math.log10(size))}f}"
    else:
        text = f"{size:.{decimals if size < 1000 else 1}f}"
    return ("−" if value < 0 else "+" if sign else "") + text
