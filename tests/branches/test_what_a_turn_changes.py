"""What a turn or a side changes beside arrays: it is seen, all is put back, and the loop runs turn by turn.

Each function has a derivative that hangs on what changes from turn to turn; differences are the oracle.
"""

import array
import collections
import contextlib
import itertools
import runpy
import sys
import types

import numpy as np
import pytest

import chainrule as cr
from chainrule.branches import by_values, reached
from chainrule.program.inplace import memory

SETTINGS = types.ModuleType("settings_of_a_stranger")
SETTINGS.count = 0
sys.modules[SETTINGS.__name__] = SETTINGS
COUNT = 0
NUMBERS = iter(())
ARRAY = np.zeros(2)


def deque(x):
    items, total = collections.deque([1.0, 2.0, 3.0, 4.0]), 0.0
    for _ in range(4):
        total = total + x[0] * items.popleft()
    return total


def rotated(x):
    items, total = collections.deque([1.0, 2.0, 3.0, 4.0]), 0.0
    for _ in range(5):
        items.rotate(1)
        total = total + x[0] * items[0]
    return total


def listed(x):
    items, total = [1.0, 2.0, 3.0, 4.0], 0.0
    for _ in range(4):
        total = total + x[0] * items.pop()
    return total


def a_set(x):
    items, total = {1.0, 2.0, 3.0}, 0.0
    for _ in range(3):
        total = total + x[0] * items.pop()
    return total


def a_dictionary(x):
    items = {"total": 0.0, "weight": 1.0}
    for _ in range(4):
        items["total"] = items["total"] + x[0] * items["weight"]
        items["weight"] *= 2.0
    return items["total"]


def a_counter(x):
    items, total = collections.Counter(), 0.0
    for _ in range(4):
        items["turn"] += 1
        total = total + x[0] * items["turn"]
    return total


def bytes_of_an_array(x):
    items, total = bytearray(b"\x01\x02\x03"), 0.0
    for _ in range(3):
        total = total + x[0] * items.pop()
    return total


def array_of_pythons(x):
    items, total = array.array("d", [1.0, 2.0, 3.0]), 0.0
    for _ in range(3):
        total = total + x[0] * items.pop()
    return total


def variable_around(x):
    count, total = 0, 0.0

    def next_count():
        nonlocal count
        count += 1
        return count

    for _ in range(5):
        total = total + x[0] * next_count()
    return total


def next_global():
    global COUNT
    COUNT += 1
    return COUNT


def variable_of_the_module(x):
    global COUNT
    COUNT = 0
    return sum_of_globals(x)


def sum_of_globals(x):
    total = 0.0
    for _ in range(5):
        total = total + x[0] * next_global()
    return total


def next_setting():
    SETTINGS.count += 1
    return SETTINGS.count


def variable_of_another_module(x):
    SETTINGS.count = 0
    total = 0.0
    for _ in range(5):
        total = total + x[0] * next_setting()
    return total


class Kept:
    count = 0

    def __init__(self):
        self.own = 0

    def step(self):
        self.own += 1
        return self.own

    def __call__(self):
        return self.step()

    @classmethod
    def step_of_all(cls):
        cls.count += 1
        return cls.count


class Slotted:
    __slots__ = ("own",)

    def __init__(self):
        self.own = 0

    def step(self):
        self.own += 1
        return self.own


def an_object(x):
    kept, total = Kept(), 0.0
    for _ in range(5):
        total = total + x[0] * kept.step()
    return total


def an_object_that_is_called(x):
    kept, total = Kept(), 0.0
    for _ in range(5):
        total = total + x[0] * kept()
    return total


def an_object_with_slots(x):
    kept, total = Slotted(), 0.0
    for _ in range(5):
        total = total + x[0] * kept.step()
    return total


def a_bound_method(x):
    step, total = Kept().step, 0.0
    for _ in range(5):
        total = total + x[0] * step()
    return total


def a_class(x):
    Kept.count, total = 0, 0.0
    for _ in range(5):
        total = total + x[0] * Kept.step_of_all()
    return total


def an_object_in_a_default(x):
    total = 0.0

    def weight(kept=Kept()):  # noqa: B008
        return kept.step()

    for _ in range(5):
        total = total + x[0] * weight()
    return total


def an_iterator(x):
    numbers, total = iter([1.0, 2.0, 3.0, 4.0]), 0.0
    for _ in range(4):
        total = total + x[0] * next(numbers)
    return total


def an_iterator_of_the_module(x):
    global NUMBERS
    NUMBERS = itertools.count(1)
    return sum_of_numbers(x)


def sum_of_numbers(x):
    total = 0.0
    for _ in range(4):
        total = total + x[0] * next(NUMBERS)
    return total


def an_array_of_the_module(x):
    ARRAY[:] = 0.0
    total = 0.0
    for _ in range(5):
        ARRAY[0] += 1.0
        total = total + x[0] * ARRAY[0]
    return total


def an_array_that_a_function_around_holds(x):
    kept, total = list(np.zeros((1, 2))), 0.0

    def step():
        kept[0][0] += 1.0
        return kept[0][0]

    for _ in range(5):
        total = total + x[0] * step()
    return total


def an_array_of_an_object(x):
    kept, total = Kept(), 0.0
    kept.array = np.ones(2)
    for _ in range(5):
        np.add(kept.array, 1.0, out=kept.array)
        total = total + x[0] * kept.array[1]
    return total


def a_generator(x):
    def powers():
        power = 1.0
        while True:
            power *= 2.0
            yield power

    numbers, total = powers(), 0.0
    for _ in range(4):
        total = total + x[0] * next(numbers)
    return total


def a_side_of_a_branch(x):
    items, total = collections.deque([1.0, 2.0, 3.0, 4.0]), 0.0
    if x[0] > 1.0:
        total = total + x[0] * items.popleft()
        items.rotate(1)
    else:
        total = total - x[0] * items.pop()
    return total + x[0] * items[0] * items[-1]


def a_while(x):
    items, total = collections.deque([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 0.0
    while total < 5.0:
        total = total + x[0] * items.popleft()
    return total


FUNCTIONS = [
    deque, rotated, listed, a_set, a_dictionary, a_counter, bytes_of_an_array, array_of_pythons, variable_around,
    variable_of_the_module, variable_of_another_module, an_object, an_object_that_is_called, an_object_with_slots,
    a_bound_method, a_class, an_object_in_a_default, an_iterator, an_iterator_of_the_module, a_generator,
    an_array_of_the_module, an_array_that_a_function_around_holds, an_array_of_an_object, a_side_of_a_branch, a_while,
]  # fmt: skip
RECORDED = [an_array_that_a_function_around_holds, an_array_of_an_object]
"""Those that write to arrays that they have made, so that each write is an operation, and the loop may be one."""
X = np.array([2.0])


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_the_derivative_is_that_of_all_turns(function):
    if function is an_object_in_a_default:
        expected = float(np.sum(np.arange(1, 6)))
    else:
        expected = (function(X + 1e-6) - function(X - 1e-6)) / 2e-6
    derivative = cr.derive(function, (X,))
    np.testing.assert_allclose(derivative(X), [expected], rtol=1e-6)
    assert function in RECORDED or "kept" not in derivative.report()


@pytest.mark.parametrize(("attribute", "functions"), [
    ("_look_at_function", [variable_around, variable_of_another_module]), ("_look_at_class", [a_class]),
    ("_look_at_object", [deque, a_counter, an_object, an_object_that_is_called, an_object_with_slots, a_bound_method]),
])  # fmt: skip
def test_a_planted_fault_is_found(attribute, functions, monkeypatch):
    monkeypatch.setattr(reached.Reached, attribute, lambda self, each: None)
    for function in functions:
        with pytest.raises(AssertionError):
            test_the_derivative_is_that_of_all_turns(function)


@pytest.mark.parametrize("change", ["kept.own += 1", "numbers.append(1)", "table['a'] = 2", "next_global()"])
def test_what_is_recorded_in_vain_leaves_nothing_behind(change, tmp_path):
    """A turn that fails while it is recorded has changed nothing when the function runs as it is."""
    path = tmp_path / "model.py"
    path.write_text(
        "def f(x, kept, numbers, table, next_global):\n"
        "    total = 0.0\n"
        "    for k in range(4):\n"
        f"        {change}\n"
        "        total = total + x[0] * {0: 1.0, 1: 2.0, 2: 3.0, 3: 4.0}[k]\n"
        "    return total * kept.own + len(numbers) + len(table)\n"
    )
    scope = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    global COUNT
    COUNT = 0
    kept, numbers, table = Kept(), [], {}
    kept.own = 1
    cr.derive(lambda x: scope["f"](x, kept, numbers, table, next_global), (X,))
    # A function is recorded whole, as it is, once or twice; what a turn did in between would be one more, or three.
    done = {"kept.own += 1": kept.own - 1, "numbers.append(1)": len(numbers), "next_global()": COUNT}
    assert done.get(change, 4) in (4, 8)
    assert len(table) in (0, 1)


READS = {
    "a view": "part @ part",
    "the view of a view": "part[1:].T @ part[1:] + whole[0, 0]",
    "a row": "np.sum(whole[k].dot(np.ones(3) * x))",
    "and prints": "np.sum(whole[k].dot(np.ones(3) * x)) * len(repr(print(end='')))",
    "and draws": "whole[0, 0] * (1 + 0 * random.random())",
    "and fails": "whole[0, 0] * {k: 1.0 for k in range(4)}[k]",
}


@pytest.mark.parametrize("take", [cr.derive, lambda f, args: cr.grad(f)(*args)], ids=["derive", "grad"])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_arrays_that_a_turn_reads_can_be_written_to_afterwards(read, take, tmp_path, monkeypatch):
    monkeypatch.setattr(by_values, "_WORTH", 1)
    path = tmp_path / "model.py"
    path.write_text(
        "import random\n"
        "import numpy as np\n"
        "whole = np.arange(1.0, 13.0).reshape(4, 3)\n"
        "part = whole.T[0]\n"
        "def f(x):\n"
        "    total = 0.0\n"
        "    for k in range(4):\n"
        f"        total = total + np.sin(x[0]) * ({read})\n"
        "    return total\n"
    )
    scope = runpy.run_path(str(path))
    is_refused = "random." in read and take is cr.derive
    with pytest.raises(cr.TracingError, match="random numbers are drawn") if is_refused else contextlib.nullcontext():
        take(scope["f"], (X,))
    arrays = [scope["part"], scope["whole"], scope["whole"].base]
    assert [each.flags.writeable for each in arrays] == [True] * 3
    assert memory.JOURNAL.get() is None
