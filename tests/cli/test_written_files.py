"""Every file that a command writes: what happens beside a file or folder of that name, and on a disk that is full.

`WRITERS` is the table of all of them; a command that writes something is entered there.
"""

import contextlib
import errno
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import chainrule as cr
from chainrule.cli import main
from chainrule.cli.commands import COMMANDS

pytestmark = pytest.mark.usefixtures("undiagnosed")

WRITERS = {
    "train": (["train", "tiny", "--epochs", "1", "-o", "out.safetensors"], "out.safetensors"),
    "train, unnamed": (["train", "tiny", "--epochs", "1"], "net.safetensors"),
    "train, a table": (
        ["train", "t.csv", "--target", "kind", "--epochs", "1", "-o", "out.safetensors"],
        "out.safetensors",
    ),
    "train, a text": (["train", "--gpt", "names.txt", "--steps", "20", "-o", "out.safetensors"], "out.safetensors"),
    "predict": (["predict", "of-table.net", "t.csv", "-o", "out.csv"], "out.csv"),
    "explain": (["explain", "of-images.net", "--example", "0", "--html", "out.html"], "out.html"),
    "explain, a row": (["explain", "of-table.net", "--html", "out.html"], "out.html"),
    "explain, a text": (["explain", "gpt.net", "--text", "anna", "--html", "out.html"], "out.html"),
    "article": (["article", "--html", "out.html"], "out.html"),
    "export .py": (["export", "of-images.net", "out.py"], "out.py"),
    "export .h": (["export", "of-images.net", "out.h"], "out.h"),
    "export .js": (["export", "of-images.net", "out.js"], "out.js"),
    "export .mjs": (["export", "of-images.net", "out.mjs"], "out.mjs"),
    "export .html": (["export", "of-images.net", "out.html"], "out.html"),
    "export, verified": (["export", "of-table.net", "out.py", "--verify", "5"], "out.py"),
    "site": (["site", "out", "of-images.net"], "out"),
    "reproduce": (["reproduce", "--chapter", "1", "-o", "out.json"], "out.json"),
    "practice": (["practice", "out", "--exercise", "delta", "--once"], "out"),
    "practice --worksheet": (["practice", "--worksheet", "out.html"], "out.html"),
}
"""What is typed, and what it writes."""
NOTHING = {"evaluate", "sample", "shapes", "derive", "check", "app", "shell"}
"""Commands that write nothing but to the terminal."""
OWN_RULES = {"practice", "practice --worksheet", "reproduce", "site", "train, unnamed"}
"""What never replaces a file, goes on in it, or takes another name."""


def test_every_command_that_writes_is_in_the_table():
    assert {typed[0] for typed, _ in WRITERS.values()} | NOTHING == set(COMMANDS)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Data, networks of them, and a table of quick experiments."""
    folder = tmp_path_factory.mktemp("prepared")
    random = np.random.default_rng(0)
    for part, count in (("train", 30), ("test", 12)):
        for k in range(count):
            (folder / "tiny" / part / "ab"[k % 2]).mkdir(parents=True, exist_ok=True)
            gray = random.integers(0, 100, (3, 3)) + 150 * (k % 2)
            Image.fromarray(gray.astype(np.uint8)).save(folder / "tiny" / part / "ab"[k % 2] / f"{k}.png")
    rows = [f"{random.normal(k % 2):.3f},{random.normal():.3f},{'ab'[k % 2]}" for k in range(40)]
    (folder / "t.csv").write_text("\n".join(["x,y,kind", *rows]) + "\n")
    (folder / "names.txt").write_text("anna\nhanna\nann\njohanna\n" * 5)
    before = Path.cwd()
    os.chdir(folder)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cr.Network, "diagnose", lambda *data, **settings: ())
            for typed in (
                ["tiny", "--epochs", "1", "-o", "of-images.net"],
                ["t.csv", "--target", "kind", "--epochs", "1", "-o", "of-table.net"],
                ["--gpt", "names.txt", "--steps", "20", "-o", "gpt.net"],
            ):
                assert main(["train", *typed]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def world(prepared, folder, monkeypatch):
    """A folder with all that the commands take; the folders to which a network flees are beside it."""
    from chainrule.reproduction import rows
    from chainrule.reproduction.rows import Figure, Guess, Row

    made = [Row("one", 1, (Figure(10.0, "read right", decimals=0),), Guess())]
    monkeypatch.setattr(rows, "ROWS", tuple(made))
    place = folder / "here"
    shutil.copytree(prepared, place)
    for name in ("home", "temporary"):
        (folder / name).mkdir()
    monkeypatch.setattr(Path, "home", lambda: folder / "home")
    monkeypatch.setattr("tempfile.tempdir", str(folder / "temporary"))
    monkeypatch.chdir(place)
    for name in ("of-images.net", "of-table.net"):  # whose data are here now
        net = cr.load(name)
        net.source = cr.data.source.Source.read({**net.source.plain(), "path": str(place / Path(net.source.path).name)})
        net.save(name)
    return place


@pytest.fixture
def typed(world, capsys):
    """Run a command in that folder: its code, and what it says."""

    def typed(*arguments):
        capsys.readouterr()
        code = main([str(each) for each in arguments])
        said = capsys.readouterr()
        return code, said.out, " ".join(said.err.split())

    return typed


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---- beside others ---------------------------------------------------------------------------------------------------

MINE = {
    ".safetensors": b"no network",
    ".csv": b"x,y,kind\n1,2,a\n",
    ".html": b"<!doctype html><html><body>my page</body></html>",
    ".py": b"import chainrule as cr\n\nmine = 1\n",
    ".h": b"int mine;\n",
    ".js": b"const mine = 1;\n",
    ".mjs": b"const mine = 1;\n",
    ".json": b"[1, 2]\n",
    "": b"a file where a folder is expected\n",
}
"""Files of a user's own, by the end of their names."""


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_of_the_users_own_is_never_lost(typed, world, name):
    asked, target = WRITERS[name]
    own = world / target
    own.write_bytes(MINE[own.suffix])
    before = contents(world)
    code, _, err = typed(*asked)
    after = contents(world)
    assert after.items() >= before.items(), f"{name} changes a file that is there"
    if name == "train, unnamed":
        assert code == 0 and after.keys() - before.keys() == {"net-2.safetensors"}
        return
    assert code == 1 and after == before
    assert err.startswith("chainrule: ") and target in err and "wrong in chainrule" not in err
    assert "give another name" in err or "give the name of a folder" in err or "File exists" in err, err


@pytest.mark.wide
@pytest.mark.parametrize("name", [name for name in WRITERS if name not in OWN_RULES])
def test_its_own_file_is_replaced_and_it_is_said(typed, world, name):
    asked, target = WRITERS[name]
    assert typed(*asked)[0] == 0
    before = contents(world)
    code, _, err = typed(*asked)
    assert code == 0 and contents(world).keys() == before.keys()
    assert f"chainrule: {target} exists and will be replaced." in err
    (world / target).write_bytes(b"")  # as mktemp leaves it
    assert typed(*asked)[0] == 0 and (world / target).stat().st_size > 0


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_of_that_name_is_left_as_it_is(typed, world, name):
    asked, target = WRITERS[name]
    (world / target).mkdir()
    (world / target / "notes.txt").write_text("mine")
    before = contents(world)
    code, _, err = typed(*asked)
    after = contents(world)
    assert after.items() >= before.items()
    if name in ("train, unnamed", "practice"):  # another name; beside other files in one's folder
        assert code in (0, 1) and len(after) > len(before)
        return
    assert code in (1, 2) and after == before
    assert err.startswith("chainrule: ") and target in err and "wrong in chainrule" not in err
    assert "folder" in err or err.endswith("exists; give another name."), err


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("train, unnamed", "practice")])
def test_a_folder_that_is_not_there_is_told_before_the_work(typed, world, name, monkeypatch):
    asked, target = WRITERS[name]
    asked = [f"nowhere/{each}" if each == target else each for each in asked]
    before = contents(world)
    code, _, err = typed(*asked)
    assert code == 1 and contents(world) == before
    assert err.startswith("chainrule: ") and "nowhere" in err and ("no folder" in err or "No such file" in err)


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in OWN_RULES])
def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work(typed, world, name, monkeypatch):
    asked, target = WRITERS[name]

    def refuse(**_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("chainrule.cli.destination.tempfile.TemporaryFile", refuse)
    before = contents(world)
    code, out, err = typed(*asked)
    assert (code, out) == (1, "") and contents(world) == before
    reason = "Permission denied); give the name of a file in another folder."
    assert err == f"chainrule: {target} cannot be written ({reason}"


# ---- a disk that is full ---------------------------------------------------------------------------------------------

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Filling:
    """A file that takes half of what is written to it."""

    def __init__(self, file):
        self.file = file

    def write(self, content):
        self.file.write(content[: len(content) // 2])
        self.file.flush()
        raise FULL

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


@pytest.fixture
def fill(monkeypatch):
    """Make the disk of some folders full, from one moment of writing on."""

    def fill(moment, *folders):
        def is_full(path):
            return any(Path(os.fsdecode(path)).resolve().is_relative_to(folder) for folder in folders)

        before, sync, replace, make = io.open, os.fsync, os.replace, os.mkdir

        def opened(file, mode="r", *more, **others):
            writes = set(mode) & set("wxa+") and not isinstance(file, int) and is_full(file)
            if writes and moment == "open":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
            made = before(file, mode, *more, **others)
            return Filling(made) if writes and moment == "write" else made

        def synced(descriptor):
            if moment == "sync":
                raise FULL
            sync(descriptor)

        def replaced(source, target):
            if moment == "rename" and is_full(target):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(source), None, str(target))
            replace(source, target)

        def made(path, *more, **others):
            if moment == "folder" and is_full(path):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            make(path, *more, **others)

        monkeypatch.setattr("io.open", opened)
        monkeypatch.setattr("os.fsync", synced)
        monkeypatch.setattr("os.replace", replaced)
        monkeypatch.setattr("os.mkdir", made)

    return fill


def require_told(code, out, err, world):
    """It failed, and says so in one sentence that names no file that is not there."""
    assert code == 1
    sentences = [each for each in err.split("chainrule: ") if each and "will be replaced" not in each]
    assert len(sentences) == 1 and "o space left" in sentences[0], err
    assert "wrong in chainrule" not in err and ".chainrule-" not in err and "Traceback" not in err
    for file in re.findall(r"(?:--resume|-o|explain|evaluate|app|derive|sample) (\S+\.\w+)", out):
        assert (world / file).exists(), f"{file} is advised and not there"


@pytest.mark.wide
@pytest.mark.parametrize("there", [False, True], ids=["new", "replacing"])
@pytest.mark.parametrize(
    ("name", "moment"),
    [(name, moment) for name in WRITERS for moment in ("open", "write", "sync", "rename")]
    + [(name, "folder") for name, (_, target) in WRITERS.items() if "." not in target],
)
def test_on_a_full_disk_nothing_is_half_written_or_lost(typed, world, fill, name, moment, there):
    asked, _ = WRITERS[name]
    if there:
        if name in ("practice", "practice --worksheet") or moment in ("open", "sync"):
            pytest.skip("it replaces none, or as the others show")
        assert typed(*asked)[0] == 0
    before = contents(world.parent)
    fill(moment, world, world.parent / "home", world.parent / "temporary")
    code, out, err = typed(*asked)
    assert contents(world.parent) == before
    if not (there and moment == "folder"):
        require_told(code, out, err, world)


@pytest.mark.parametrize("name", [name for name in WRITERS if name.startswith("train")])
def test_a_network_flees_from_a_full_disk(typed, world, fill, name):
    asked, target = WRITERS[name]
    before = contents(world)
    fill("write", world)
    code, out, err = typed(*asked)
    saved = world.parent / "home" / target
    assert code == 1 and contents(world) == before and saved.exists()
    assert f"the network is saved in {saved}." in err
    assert str(saved) in "".join(out.split())


@pytest.fixture
def small_disk(tmp_path):
    """A real disk of 64 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True)
    if not made or made.returncode:
        pytest.skip("a disk can be mounted by root alone")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.wide
@pytest.mark.parametrize(
    "name",
    [name for name in WRITERS if name not in ("train, unnamed", "practice", "practice --worksheet", "reproduce")],
)
def test_on_a_real_disk_that_is_full(typed, world, small_disk, name, monkeypatch):
    asked, target = WRITERS[name]
    asked = [str(small_disk / target) if each == target else each for each in asked]
    earlier = {"earlier.txt": b"mine"}
    (small_disk / "earlier.txt").write_bytes(b"mine")
    with contextlib.suppress(OSError), (small_disk / "filling").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)
    earlier["filling"] = (small_disk / "filling").read_bytes()
    before = contents(world)
    code, _, err = typed(*asked)
    assert contents(small_disk) == earlier and contents(world).items() >= before.items()
    assert code == 1 and "o space left" in err and "wrong in chainrule" not in err and "Traceback" not in err
    assert (contents(world).keys() > before.keys()) == name.startswith("train")  # where the network flees to


@pytest.mark.skipif(sys.platform == "win32", reason="pipes that break as a shell breaks them")
@pytest.mark.parametrize("name", [name for name in WRITERS if name.startswith("train")])
def test_a_reader_that_goes_does_not_end_the_training(world, name):
    asked, target = WRITERS[name]
    command = [sys.executable, "-m", "chainrule", *asked]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert (process.stderr.read(), process.wait(timeout=300)) == ("", 0)
    assert (world / target).exists()


@pytest.mark.wide
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("name", [*(name for name in COMMANDS if name != "app"), "train, a table", "train, a text"])
def test_output_that_cannot_be_written_is_told(world, name):
    typed = WRITERS[name][0][1:] if name in WRITERS and "," in name else {
        "train": ["tiny", "--epochs", "1", "-o", "out.safetensors"], "evaluate": ["of-images.net"], "sample": ["gpt.net"],
        "predict": ["of-table.net", "t.csv"], "explain": ["of-images.net", "--example", "0"], "shapes": ["4,3,2"],
        "derive": ["of-images.net"], "export": ["of-images.net", "out.h"], "site": ["out", "of-images.net"],
        "check": ["of-images.net"], "article": [], "practice": ["out", "--list"], "reproduce": ["--row", "none"],
        "shell": ["man"],
    }[name]  # fmt: skip
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "chainrule", name.partition(",")[0], *typed],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
        )
    assert done.returncode in ((2,) if name == "reproduce" else (1,)), done.stderr
    assert "Traceback" not in done.stderr and "wrong in chainrule" not in done.stderr
    assert name == "reproduce" or "o space left" in done.stderr, done.stderr
    assert not name.startswith("train") or Path("out.safetensors").exists()
