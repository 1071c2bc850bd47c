"""A network's file names where its data are. Whatever it names, nothing outside of its own folder is touched that the user has
not named: no file, no pipe, no device, no folder of another machine; and what lies in the folder is read only if it ends.
"""

import dataclasses
import io
import os
import shlex
import signal
import socket

import numpy as np
import pytest

import chainrule as cr
from chainrule import regular_files
from chainrule.cli import commands, main
from chainrule.cli.arguments import layers_or_file
from chainrule.data import tables
from chainrule.regular_files import find_link_out, open_regular, resolve_below

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links as POSIX has them")
COMMANDS = {
    "evaluate": ["evaluate", "{net}"],
    "explain": ["explain", "{net}", "--example", "0"],
    "check": ["check", "{net}"],
    "export": ["export", "{net}", "out.py", "--verify", "3"],
    "a page": ["export", "{net}", "out.html"],
    "site": ["site", "out", "{net}"],
    "app": ["app", "{net}", "--no-browser"],
    "resume": ["train", "--resume", "{net}"],
}
"""All commands that read the data of a network."""
ELSEWHERE = {
    "a device without an end": "/dev/zero",
    "the terminal": "/dev/tty",
    "standard input": "/dev/stdin",
    "a process": "/proc/self/mem",
    "another file": "{outside}/table.csv",
    "a folder above": "{inside}/../outside/table.csv",
    "a folder above, relative": "../outside/table.csv",
    "a pipe elsewhere": "{outside}/pipe.csv",
    "another machine": r"\\server\share\table.csv",
    "another machine, with slashes": "//server/share/table.csv",
    "another machine by its device": r"\\?\UNC\server\share\table.csv",
    "a pipe of Windows": r"\\.\pipe\table",
    "an automatic mount": "/net/server/share/table.csv",
    "a user's folder": "~root/table.csv",
    "an address": "file:///etc/passwd",
    "the root": "/",
    "a link to a file elsewhere": "{inside}/link.csv",
    "a link to a device": "{inside}/zero.csv",
    "a file through a link to a folder": "{inside}/folder/table.csv",
    "a link to itself": "{inside}/itself.csv",
}
"""Paths that lead out of the file's folder, or nowhere."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a table, a network and a checkpoint of it, and a network of images in one file with labels."""
    folder = tmp_path_factory.mktemp("trained")
    random = np.random.default_rng(0)
    lines = [f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in random.random((60, 2))]
    (folder / "table.csv").write_text("a,b,kind\n" + "\n".join(lines) + "\n", encoding="utf-8")
    before = os.getcwd()
    os.chdir(folder)
    try:
        options = ["--target", "kind", "--epochs", "1", "--checkpoint", "run.checkpoint"]
        assert main(["train", "table.csv", *options, "-o", "net.safetensors"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def places(trained, tmp_path, monkeypatch):
    """Two folders, a network in the one, and the present folder neither of them."""
    inside, outside, here = (tmp_path / name for name in ("inside", "outside", "here"))
    for folder in (inside, outside, here):
        folder.mkdir()
    (outside / "table.csv").write_bytes((trained / "table.csv").read_bytes())
    if os.name == "posix":
        os.mkfifo(outside / "pipe.csv")
        (inside / "link.csv").symlink_to(outside / "table.csv")
        (inside / "zero.csv").symlink_to("/dev/zero")
        (inside / "folder").symlink_to(outside)
        (inside / "itself.csv").symlink_to("itself.csv")
    monkeypatch.chdir(here)
    monkeypatch.setenv("COLUMNS", "1000")
    return inside, outside


def network_naming(trained, inside, path, name="net.safetensors"):
    """A network, or a checkpoint, in a folder, whose data are said to be at a path."""
    if name == "run.checkpoint":
        from chainrule.exchange import checkpoint_file

        arrays, about = checkpoint_file.load(trained / name)
        about["known"]["source"]["path"] = path
        checkpoint_file.save(inside / name, arrays, about)
    else:
        net = cr.load(trained / name)
        net.source = dataclasses.replace(net.source, path=path)
        net.save(inside / name)
    return str(inside / name)


@pytest.fixture
def touched(monkeypatch):
    """The paths at which the file system is asked for something."""
    paths = []
    for module, names in ((os, ("stat", "lstat", "open", "readlink", "scandir", "listdir")), (io, ("open",))):
        for name in names:
            real = getattr(module, name)

            def noting(path, *args, real=real, **keywords):
                if not isinstance(path, int):
                    paths.append(os.fspath(path) if path is not None else ".")
                return real(path, *args, **keywords)

            monkeypatch.setattr(module, name, noting)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits"))
        signal.alarm(60)
        yield paths
        signal.alarm(0)
    else:
        yield paths


def run(command, net, *more):
    return main([each.format(net=net) for each in COMMANDS[command]] + list(more))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ELSEWHERE)
@posix
def test_what_lies_elsewhere_is_refused_and_not_touched(what, command, trained, places, touched, capsys):
    inside, outside = places
    path = ELSEWHERE[what].format(inside=inside, outside=outside)
    net = network_naming(trained, inside, path, "run.checkpoint" if command == "resume" else "net.safetensors")
    touched.clear()
    assert run(command, net) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "names data outside of its folder" in said or "are no longer at" in said
    beyond = [
        each
        for each in map(str, touched)
        if each.startswith((str(outside), "/dev/", "/proc/self/mem", "/net/", "\\\\"))
    ]
    assert not [each for each in beyond if each != os.devnull]


@pytest.mark.parametrize("command", COMMANDS)
@posix
def test_the_advice_is_the_command_that_works(command, trained, places, capsys, monkeypatch):
    inside, outside = places
    monkeypatch.setattr("chainrule.web.server.serve", lambda app, host, port, ready: None)
    name = "run.checkpoint" if command == "resume" else "net.safetensors"
    net = network_naming(trained, inside, str(outside / "table.csv"), name)
    assert run(command, net) == 1
    advice = capsys.readouterr().err.splitlines()[-1]
    assert advice.startswith(f"  chainrule {COMMANDS[command][0]} ") and str(outside / "table.csv") in advice
    assert main(shlex.split(advice)[1:]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "large"])
@posix
def test_what_does_not_end_is_not_read_in_its_own_folder_either(command, kind, trained, places, touched, capsys):
    inside, _ = places
    path = inside / "table.csv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        listening = socket.socket(socket.AF_UNIX)
        os.chdir(inside)
        listening.bind(path.name)
        listening.close()
    else:
        with path.open("wb") as file:
            file.truncate(2**31)  # holes, which take no room
    net = network_naming(trained, inside, str(path), "run.checkpoint" if command == "resume" else "net.safetensors")
    assert run(command, net) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert ("at most 1,073,741,824 are accepted" if kind == "large" else "which is not a regular file") in said


@pytest.mark.parametrize("command", COMMANDS)
def test_data_beside_the_network_are_read_wherever_both_are(command, trained, places, capsys, monkeypatch):
    inside, _ = places
    monkeypatch.setattr("chainrule.web.server.serve", lambda app, host, port, ready: None)
    (inside / "data").mkdir()
    (inside / "data" / "table.csv").write_bytes((trained / "table.csv").read_bytes())
    name = "run.checkpoint" if command == "resume" else "net.safetensors"
    for path in (str(inside / "data" / "table.csv"), "data/table.csv"):
        assert run(command, network_naming(trained, inside, path, name)) == 0, capsys.readouterr().err


@pytest.mark.usefixtures("places")
def test_a_table_that_the_user_names_is_tested_as_it_was_divided(trained, capsys):
    import json

    totals = []
    for more in ((), (str(trained / "table.csv"),)):
        assert main(["evaluate", str(trained / "net.safetensors"), *more, "--json"]) == 0
        totals.append(json.loads(capsys.readouterr().out)["total"])
    assert totals == [10, 10]


@posix
def test_links_in_a_folder_of_data_may_not_lead_out(trained, places, capsys):
    inside, outside = places
    (inside / "data" / "cats").mkdir(parents=True)
    net = cr.Network([784, 3, 10], seed=0)
    net.source = dataclasses.replace(cr.load(trained / "net.safetensors").source, path=str(inside / "data"), target="")
    net.save(inside / "images.safetensors")
    (inside / "data" / "cats" / "1.png").symlink_to(outside / "table.csv")
    assert main(["evaluate", str(inside / "images.safetensors")]) == 1
    assert "1.png leads out of the folder of" in " ".join(capsys.readouterr().err.split())


# ---- the functions ---------------------------------------------------------------------------------------------------------


@posix
def test_a_path_is_resolved_within_its_folder_or_not_at_all(places):
    inside, _ = places
    (inside / "a" / "b").mkdir(parents=True)
    (inside / "short").symlink_to("a/b")
    (inside / "a" / "b" / "back").symlink_to("../../table.csv")
    (inside / "a" / "b" / "out").symlink_to("../../../outside/table.csv")
    inside = inside.resolve()
    assert resolve_below("short/back", inside) == inside / "table.csv"
    assert resolve_below(inside / "short" / "missing" / "x", inside) == inside / "a" / "b" / "missing" / "x"
    assert resolve_below(".", inside) == inside
    assert resolve_below("short/out", inside) is None
    assert find_link_out(inside / "a", inside) == inside / "a" / "b" / "out"
    assert find_link_out(inside / "a", inside.parent) is None


@pytest.mark.parametrize(
    "name", ["CON", "nul.csv", "COM1", "lpt9.txt", "table.csv:stream", "C:", "table.csv.", "conin$"]
)
def test_names_that_are_devices_on_windows_are_known(name, monkeypatch, tmp_path):
    monkeypatch.setattr(regular_files, "_WINDOWS", True)
    assert resolve_below(f"data/{name}", tmp_path) is None or resolve_below(name, tmp_path) is None
    assert resolve_below("data/console.csv", tmp_path) is not None


@posix
def test_only_regular_files_are_opened(places, touched):
    inside, outside = places
    for path in ("/dev/zero", "/dev/null", outside / "pipe.csv", inside / "zero.csv", inside, inside / "nothing"):
        with pytest.raises(OSError, match=r"not a regular file|No such file"):
            open_regular(path)
    with open_regular(outside / "table.csv") as file:
        assert file.read(1) == b"a"


def test_a_table_that_is_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LARGEST", 10)
    (tmp_path / "table.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(tables.DataError, match="has 12 bytes, where at most 10 are accepted"):
        tables.read_table(str(tmp_path / "table.csv"))


# ---- all files that a command is given -------------------------------------------------------------------------------------

READ = {
    "app": {"NET": ["{it}", "--no-browser"], "DATA": ["{net}", "{it}", "--no-browser"],
        "--functions": ["{net}", "--functions", "{it}"]},
    "article": {},
    "check": {
        "NET": ["{it}"], "DATA": ["{net}", "{it}"], "--labels": ["{digits}", "{images}", "--labels", "{it}"],
        "--functions": ["{net}", "--functions", "{it}"],
    },
    "evaluate": {
        "NET": ["{it}"], "DATA": ["{net}", "{it}"], "--labels": ["{digits}", "{images}", "--labels", "{it}"],
        "--functions": ["{net}", "--functions", "{it}"],
    },
    "explain": {
        "NET": ["{it}"], "DATA": ["{net}", "{it}"], "--labels": ["{digits}", "{images}", "--labels", "{it}"],
        "--functions": ["{net}", "--functions", "{it}"], "--image": ["--image", "{it}"],
    },
    "export": {
        "NET": ["{it}", "x.py"], "DATA": ["{net}", "x.py", "{it}", "--verify", "3"],
        "--labels": ["{digits}", "x.py", "{images}", "--labels", "{it}", "--verify", "3"],
        "--functions": ["{net}", "x.py", "--functions", "{it}"],
    },
    "site": {
        "NET": ["out", "{it}"], "DATA": ["out", "{net}", "{it}"],
        "--labels": ["out", "{digits}", "{images}", "--labels", "{it}"],
        "--functions": ["out", "{net}", "--functions", "{it}"], "DIR": ["{it}"],
    },
    "predict": {"IMAGE": ["{it}"], "--functions": ["{net}", "{it}", "--functions", "{it}"]},
    "practice": {"FOLDER": ["{it}"], "--classroom": ["--classroom", "{it}"]},
    "sample": {"GPT": ["{it}"]},
    "shapes": {"LAYERS": ["{it}"], "--functions": ["784,gated,10", "--functions", "{it}"]},
    "shell": {},
    "derive": {"TARGET": ["{it}:cost"], "--functions": ["{net}", "--functions", "{it}"]},
    "reproduce": {"--output": ["--output", "{it}", "--row", "none"]},
    "train": {
        "DATA": ["{it}", "--target", "kind", "--epochs", "1"], "--gpt": ["--gpt", "{it}", "--steps", "1"],
        "--labels": ["{images}", "--labels", "{it}"], "--functions": ["--layers", "784,gated,10", "--functions", "{it}"],
        "--resume": ["--resume", "{it}"],
    },
}  # fmt: skip
"""What is typed for each file that a command reads, by the argument that names it."""
WRITTEN = {"--html", "--output", "--checkpoint", "--worksheet", "FILE"}
WORDS = {"--text", "--target", "--start", "--shapes", "--row", "--host"}


def test_all_files_that_commands_read_are_in_the_table():
    for name, command in commands.COMMANDS.items():
        texts = {each.name for each in command.arguments if each.read in (str, layers_or_file) and not each.is_flag}
        assert texts - WRITTEN - WORDS - READ[name].keys() == set(), name


@pytest.mark.parametrize(("command", "argument"), [(name, each) for name, table in READ.items() for each in table])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *[("pipe", each) for each in ("it", "it.py", "it.csv", "it.png", "it.safetensors")],
        ("socket", "it"),
        ("a device without an end", "it.png"),
    ],
)
@pytest.mark.usefixtures("touched")  # which fails where it waits
@posix
def test_no_command_waits_for_a_file_that_does_not_end(kind, name, command, argument, trained, places, capsys):
    inside, _ = places
    net, it, images = inside / "net.safetensors", inside / name, inside / "images"
    net.write_bytes((trained / "net.safetensors").read_bytes())
    cr.Network([784, 3, 10], seed=0).save(inside / "digits.safetensors")
    images.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28]) + bytes(784))
    if kind == "pipe":
        os.mkfifo(it)
    elif kind == "socket":
        os.chdir(it.parent)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(it.name)
    else:
        it.symlink_to("/dev/zero")
    typed = [
        each.format(it=it, net=net, digits=inside / "digits.safetensors", images=images)
        for each in READ[command][argument]
    ]
    assert main([command, *typed]) in (1, 2)
    said = capsys.readouterr()
    assert "chainrule:" in said.err and "chainrule itself" not in said.err


@posix
def test_a_picture_that_is_none_is_refused_at_once(places, capsys, monkeypatch, trained):
    inside, _ = places
    monkeypatch.setattr("chainrule.cli.predict.load", lambda *_, **__: pytest.fail("a network is loaded"))
    os.mkfifo(inside / "pipe.png")
    for net in ([], [str(trained / "net.safetensors")]):
        for picture, wrong in (("nope.png", "does not exist"), (str(inside / "pipe.png"), "is not a regular file")):
            assert main(["predict", *net, picture]) == 1
            said = capsys.readouterr()
            assert said.out == ""
            words = "a picture, or a table for a network that learned from one" if net else "a PNG, JPEG, GIF"
            assert " ".join(said.err.split()).startswith(f"chainrule: {picture} {wrong}; give {words}")


@posix
def test_files_in_a_learners_folder_that_do_not_end_are_not_waited_for(places, touched):
    from chainrule.exercises import EXERCISES
    from chainrule.exercises.process import verdict_of

    inside, _ = places
    os.mkfifo(inside / "pipe.py")
    verdict = verdict_of(next(iter(EXERCISES)), inside / "pipe.py")
    assert "not a regular file" in str(verdict)
