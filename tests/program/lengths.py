"""The text of a function that is made at one shape, run at others: right, refused in a sentence, or something else."""

import itertools
import linecache
import math

import numpy as np

import chainrule as cr

from .texts import executed

_numbers = itertools.count()


def function_of(source, parameters="x"):
    """The function with these lines, whose source is found as that of a file is."""
    file = f"<lengths {next(_numbers)}>"
    text = f"def f({parameters}):\n" + "".join(f"    {line}\n" for line in source.replace("; ", "\n").split("\n"))
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    scope = {"np": np, "math": math, "__name__": "lengths"}
    exec(compile(text, file, "exec"), scope)
    return scope["f"]


def waves(*shape):
    """Numbers that are all different, on both sides of 0."""
    numbers = np.arange(1, math.prod(shape) + 1)
    return (np.sin(numbers * 1.7) * 1.5 + 0.1 * numbers).reshape(shape)


def slopes_of(f, x, *others):
    """The slopes by differences, with the error of the fourth order."""
    steps = np.eye(x.size).reshape(-1, *x.shape)

    def slope(step):
        return (f(x + step, *others) - f(x - step, *others)) / 2

    return np.reshape([(8e3 * slope(1e-3 * step) - 1e3 * slope(2e-3 * step)) / 6 for step in steps], x.shape)


def verdicts(f, first, others):
    """For the arguments that a text is made with, and each of the others that f takes: right, refused, or what is wrong."""
    run = executed(cr.derive(f, first, wrt=0))
    for arguments in (first, *others):
        try:
            wanted = slopes_of(f, *arguments)
        except (ValueError, IndexError, ZeroDivisionError):  # which the function itself does not take
            continue
        try:
            slopes = run(*arguments)
        except ValueError as error:
            yield "refused" if "make it again for other arguments" in str(error) else f"{arguments}: {error}"
        except (IndexError, TypeError, ZeroDivisionError) as error:
            yield f"{arguments}: {error}"
        else:
            is_right = np.shape(slopes) == wanted.shape and np.allclose(slopes, wanted, rtol=1e-5, atol=1e-6)
            yield "right" if is_right else f"{arguments}: {slopes} for {wanted}"


def require_right_or_refused(f, first, others, holds=True):
    """A text is right for the first arguments, and for others right, or, unless it must hold, refused in a sentence."""
    found = list(verdicts(f, first, others))
    wrong = [each for each in found if each != "right" and (holds or each != "refused")]
    if found[0] != "right" or wrong:
        raise AssertionError(f"{found[:1]} and {wrong}")
