"""The user's comments in printed programs: above the lines that they are about, wherever these stand."""

import linecache
import re
import textwrap

import numpy as np
import pytest

import chainrule as cr


@pytest.fixture
def function(tmp_path):
    """Makes a function of source in a file, since comments are read from there."""

    def make(source):
        path = tmp_path / "model.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        linecache.checkcache(str(path))
        scope = {"np": np}
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
        return scope["f"]

    return make


def comments_of(text):
    """Each comment that has a line of its own, with the code of the next line that is none; not the shapes of arguments."""
    lines = [line.strip() for line in text.split("\n")]
    code = [(k, line.partition("  #")[0].strip()) for k, line in enumerate(lines) if line and not line.startswith("#")]
    begun = next(k for k, line in code if line.startswith("def "))
    found = [(k, line) for k, line in enumerate(lines) if k > begun and line.startswith("#") and ": (" not in line]
    return [(line, next(each for at, each in code if at > k)) for k, line in found]


X = np.array([0.3, -0.2, 0.9])


@pytest.mark.names
def test_they_stand_above_their_lines_in_order(function):
    f = function('''
        def f(x):
            """A docstring is no comment."""
            # What comes first,
            #   in two lines.

            y = np.exp(x)  # behind the code
            # What is "squared #2".
            z = y ** 2
            # What nothing reads.
            w = y + 1
            return np.sum(z * np.sin(z))
            # What follows.
    ''')
    assert comments_of(str(cr.trace(f, (X,)))) == [
        ("# What comes first,", "y = np.exp(x)"),
        ("# in two lines.", "y = np.exp(x)"),
        ("# behind the code", "y = np.exp(x)"),
        ('# What is "squared #2".', "z = y ** 2"),
    ]
    # In the derivative they stand where the line stands, and not again where it is gone back through.
    assert comments_of(str(cr.derive(f, (X,)))) == [
        ("# What comes first,", "y = np.exp(x)"),
        ("# in two lines.", "y = np.exp(x)"),
        ("# behind the code", "y = np.exp(x)"),
        ('# What is "squared #2".', "z = y ** 2"),
    ]


@pytest.mark.names
def test_blank_lines_stand_once_and_never_first(function):
    f = function("""
        def f(x):

            # The first.

            y = np.exp(x)


            z = y ** 2
            w = z + 1

            # The last.
            v = w * z
            return np.sum(v * np.sin(v))
    """)
    lines = [re.sub(r"(?<=\S) +# .*", "", line) for line in str(cr.trace(f, (X,))).split("\n")]
    assert lines[lines.index("    # The first.") :] == [
        "    # The first.",
        "    y = np.exp(x)",
        "",
        "    z = y ** 2",
        "    w = z + 1",
        "",
        "    # The last.",
        "    v = w * z",
        "    return np.sum(v * np.sin(v))",
        "",
    ]


@pytest.mark.names
def test_they_stand_in_loops_and_in_branches(function):
    f = function("""
        def f(x):
            total = 0.0
            # One turn for each.
            for k in range(len(x)):
                # Of the large ones
                if x[k] > 0.5:
                    # the root,
                    s = np.sqrt(x[k])
                else:
                    s = x[k] ** 2  # of the others the square.
                total = total + s * s  # in all
            return total
    """)
    assert comments_of(str(cr.derive(f, (X,)))) == [
        ("# One turn for each.", "s = np.empty(x.shape)"),
        ("# Of the large ones", "if x[k] > 0.5:"),
        ("# the root,", "s[k] = np.sqrt(x[k])"),
        ("# of the others the square.", "s[k] = x[k] ** 2"),
        ("# the root,", "s1 = np.sqrt(x[k])"),  # computed again
    ]


def test_a_line_that_runs_often_has_its_comment_once(function):
    f = function("""
        def g(x):
            # In a helper.
            y = np.sin(x)
            return y * y

        def f(x):
            for name in {"a": 1, "b": 2}:
                x = x + len(name) * np.exp(x)  # unrolled
            return np.sum(g(x))
    """)
    found = [line for line, _ in comments_of(str(cr.trace(f, (X,))))]
    assert found == ["# unrolled", "# In a helper."]


def test_a_statement_of_several_lines(function):
    f = function("""
        def f(x):
            # The whole.
            y = np.sum(
                np.sin(x)  # the sine
                * np.exp(x),  # the exponential
                axis=0,
            )
            return y * y
    """)
    first, *_ = comments_of(str(cr.trace(f, (X,))))
    assert first[0] == "# The whole."


@pytest.mark.parametrize("comment", ["noqa: E501", "type: ignore", "pragma: no cover", "fmt: skip", "", "%% cell"])
def test_comments_for_other_tools_are_left_out(function, comment):
    f = function(f"def f(x):\n    y = np.exp(x)  # {comment}\n    return np.sum(y * y)  # kept\n")
    assert comment not in str(cr.trace(f, (X,))).replace("#", "") or not comment
    assert [line for line, _ in comments_of(str(cr.trace(f, (X,))))] == []


def test_a_comment_never_becomes_code(function):
    f = function("def f(x):\n    y = np.exp(x)  # \\n\x0cimport os; 'a \\\n    return np.sum(y * y)\n")
    derivative = cr.derive(f, (X,))
    scope = {}
    exec(str(derivative), scope)
    assert "os" not in scope
    np.testing.assert_array_equal(derivative(X), 2 * np.exp(X) ** 2)


@pytest.mark.parametrize(
    "comment", ["()", "(n,)", "2×3", "(n - k)×m", "(), (3,)", "2×3, 4×1", "x: (3,)", "c1: 2×3, constant"]
)
def test_what_a_printed_program_says_of_shapes_is_not_said_again(function, comment):
    f = function(f"def f(x):\n    # {comment}\n    y = np.exp(x)  # {comment}\n    return np.sum(y * np.sin(y))\n")
    assert f"    # {comment}\n    y" not in str(cr.trace(f, (X,))).replace("x: (3,)\n    y", "")


@pytest.mark.names
def test_a_printed_derivative_traced_again_has_its_text(function):
    def f(x, y):
        # What is wanted.
        return np.sum(np.tanh(x @ y) ** 2)

    args = np.ones((2, 3)), np.ones(3)
    printed = str(cr.derive(f, args))
    assert "# What is wanted." in printed
    again = function(printed.replace("f_gradient", "f"))
    sizes = {
        "n×m": "2×3",
        "(n,)": "(2,)",
        "(m,)": "(3,)",
        "np.ndim(x) == 2": "np.shape(x) == (2, 3)",
        "x.shape[1]": "3",
    }
    for letters, numbers in sizes.items():  # a trace is for its own sizes
        printed = printed.replace(letters, numbers)
    assert str(cr.trace(again, args)).replace("def f(", "def f_gradient(") == printed


def test_long_comments_are_broken(function):
    words = "of many words " * 20
    f = function(f"def f(x):\n    # {words}\n    y = np.exp(x)\n    return np.sum(y * np.sin(y))\n")
    text = str(cr.derive(f, (X,)))
    assert all(len(line) <= 100 for line in text.split("\n"))
    assert " ".join(line[2:] for line, _ in comments_of(text)) == words.strip()
