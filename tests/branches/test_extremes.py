"""`max` and `min` of traced numbers are branches of a printed derivative, which holds for arguments that take the other one."""

import numpy as np
import pytest

import chainrule as cr

from ..program.texts import executed


def larger(x, y):
    return max(x * x, y) * y


def of_three(x, y):
    return max(x * x, y, 3.0) * min(x, 2 * y)


def running(x, y):
    best = x
    for k in range(4):
        best = max(best, y * k) if k != 2 else min(best, x + y)
    return best**2


def of_an_array(x, y):
    top = y
    for v in np.array([x, 2.1 * x, -x]):
        top = max(top, v)
    return top * x


@pytest.mark.parametrize("f", [larger, of_three, running, of_an_array], ids=lambda f: f.__name__)
@pytest.mark.parametrize("first", [(1.0, 2.0), (3.0, 0.5)], ids=str)
def test_the_text_holds_where_another_value_is_further(f, first):
    run, step = executed(cr.derive(f, first)), 1e-6
    for x, y in [(1.0, 2.0), (3.0, 0.5), (-2.0, 1.5), (0.3, 4.0), (2.5, -1.0)]:
        wanted = (f(x + step, y) - f(x - step, y)) / (2 * step), (f(x, y + step) - f(x, y - step)) / (2 * step)
        np.testing.assert_allclose(run(x, y), wanted, rtol=1e-6, atol=1e-8)


def test_other_calls_of_max_are_left_alone():
    def f(x, values):
        return max(values) * max(x, key=lambda v: -v) * max(2.0, 1.0) * max([x[0], x[1]])

    x = np.array([3.0, 1.0])
    np.testing.assert_allclose(cr.derive(f, (x, (1.0, 5.0)), wrt="x")(x, (1.0, 5.0)), [10.0, 30.0])


def test_a_function_of_ones_own_that_is_called_max():
    def max(x, y):
        return x * y

    def f(x, y):
        return max(x, y) + max(y, y)

    np.testing.assert_allclose(cr.derive(f, (2.0, 3.0))(2.0, 3.0), (3.0, 8.0))
