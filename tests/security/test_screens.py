"""On no screen of a command does a name say something to the terminal, turn what follows it, or begin a line of advice."""

import csv
import io
import os
import subprocess
import sys

import pytest

import chainrule as cr
from chainrule.cli import main
from chainrule.show.screen import Screen

from .hostile import NAMES, unsafe

COLUMNS = [name.strip() for name in NAMES.values() if "\0" not in name]  # a table with NUL is no text
FILE = "\x1b[31mnet\u202e\r\n  chainrule PWNED\x9b.safetensors"
COMMANDS = {
    "evaluate": ["evaluate", FILE],
    "evaluate others": ["evaluate", FILE, "other.tsv"],
    "explain": ["explain", FILE, "--example", "0"],
    "explain, a question": ["explain", FILE, "--mistake", "1", "--why"],
    "a page": ["explain", FILE, "--example", "0", "--html", "why.html"],
    "predict": ["predict", FILE, "rows.tsv"],
    "check": ["check", FILE],
    "shapes": ["shapes", FILE],
    "derive": ["derive", FILE],
    "export": ["export", FILE, "net.py", "--verify", "5"],
    "export a page": ["export", FILE, "net.html"],
    "a text that is not known": ["predict", FILE, "strange.tsv"],
    "a column that is missing": ["predict", FILE, "few.tsv"],
    "no such file": ["evaluate", f"no{FILE}"],
    "no such command": [FILE],
    "no such option": ["evaluate", f"--{FILE}"],
    "no such value": ["train", "--epochs", FILE],
    "a function": ["derive", f"{FILE}.py:f"],
    "with --debug": ["evaluate", f"no{FILE}", "--debug"],
    "--json": ["evaluate", FILE, "--json"],
    "train": ["train", "table.tsv", "--target", COLUMNS[0], "--epochs", "1", "-o", f"2{FILE}"],
    "train on another column": ["train", "table.tsv", "--target", FILE],
}


def write(path, heads, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([heads, *rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table of which all columns, texts and classes have hostile names, and a network of it in a file that has one."""
    folder = tmp_path_factory.mktemp("hostile")
    target, *others = COLUMNS
    texts = [f"{others[k % 2]}" for k in range(60)]
    rows = [[others[3 + k % 2], texts[k], *(f"{(k * j) % 7}" for j in range(len(others) - 1))] for k in range(60)]
    write(folder / "table.tsv", [target, *others], rows)
    write(folder / "other.tsv", [target, *others], rows[:20])
    write(folder / "rows.tsv", others, [row[1:] for row in rows[:5]])
    write(folder / "strange.tsv", others, [["\x1b[31m\nred", *row[2:]] for row in rows[:5]])
    write(folder / "few.tsv", others[:3], [row[1:4] for row in rows[:5]])
    before = os.getcwd()
    os.chdir(folder)
    try:
        assert main(["train", "table.tsv", "--target", target, "--epochs", "1", "-o", FILE]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="names of files as POSIX has them")
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_screen_writes_a_name_as_it_is(command, language, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    main([*COMMANDS[command], "--lang", language])
    shown = capsys.readouterr()
    lines = (shown.out + shown.err).splitlines()
    assert lines
    if command == "predict":  # data for another program, to the letter
        lines = shown.err.splitlines()
    for line in lines:
        assert not unsafe(line)
        assert command == "with --debug" or not line.startswith(
            "  chainrule PWNED"
        )  # Python's own lines of a traceback


def test_data_are_written_to_the_letter_into_a_file_and_escaped_on_a_terminal():
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    text = "".join(f"{name}\n" for name in NAMES.values())
    plain, terminal = io.StringIO(), Terminal()
    Screen(plain).data(text)
    Screen(terminal).data(text)
    assert plain.getvalue() == text
    assert not unsafe(terminal.getvalue()) and terminal.getvalue().count("\n") == text.count("\n")


@pytest.mark.skipif(os.name != "posix", reason="pseudoterminals")
def test_predict_on_a_terminal_writes_no_name_as_it_is(folder):
    import pty

    main_end, other_end = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "chainrule", "predict", FILE, "rows.tsv"],
        cwd=folder, env=environment, stdin=other_end, stdout=other_end, stderr=other_end, check=False,
    )  # fmt: skip
    os.close(other_end)
    shown = b""
    while True:
        try:
            part = os.read(main_end, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(main_end)
    assert done.returncode == 0
    assert "PWNED" in shown.decode() and not unsafe(shown.decode().replace("\r\n", "\n"))


def test_what_python_prints_of_a_network_and_its_schema_is_safe():
    table = {name: [1.0, 2.0, 3.0, 4.0] for name in NAMES.values()}
    net = cr.Network([len(table), 3, 2], seed=0)
    net.fit(table, [*NAMES.values()][:2] * 2, epochs=1)
    made = net.explain({name: values[:1] for name, values in table.items()})
    for text in (repr(net), str(net), repr(net.schema), str(net.schema), repr(made), str(made)):
        assert not unsafe(text)
