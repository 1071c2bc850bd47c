"""The folder of machine code: whom it trusts, what it survives, and how much it holds."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.run.loops import cache

ENTRY = 10_000  # bytes: three blocks


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, through which is looked at each write."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(cache, "_OFTEN", cache.LIMIT)
    return tmp_path


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def held(folder):
    return sum(each.stat().st_size for each in folder.iterdir())


def test_what_is_written_is_read(folder):
    assert cache.read("a") is None
    assert cache.write("a", b"one")
    assert cache.write("b", b"")
    assert (cache.read("a"), cache.read("b")) == (b"one", b"")
    assert cache.write("a", b"two")
    assert cache.read("a") == b"two"
    assert names(folder) == ["loops_a.object", "loops_b.object"]


def test_the_folder_is_the_platforms(monkeypatch, tmp_path):
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    for platform, wanted in (
        ("linux", tmp_path / "chainrule" / "native"),
        ("win32", tmp_path / "chainrule" / "native"),
        ("darwin", Path.home() / "Library" / "Caches" / "chainrule" / "native"),
    ):
        monkeypatch.setattr(cache.sys, "platform", platform)
        assert cache.folder() == wanted


# ---- what cannot be had ------------------------------------------------------------------------------------------------


def test_a_folder_that_is_missing_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "new" / "deep"))
    assert cache.read("a") is None
    assert cache.write("a", b"one")
    assert cache.read("a") == b"one"


def test_a_file_in_the_folders_place(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    for place in ("file", "file/below"):
        monkeypatch.setenv(cache.VARIABLE, str(tmp_path / place))
        assert (cache.write("a", b"one"), cache.read("a")) == (False, None)
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="a folder that its owner cannot open")
@pytest.mark.parametrize("mode", [0o000, 0o500, 0o300])
def test_a_closed_folder(folder, mode):
    cache.write("a", b"one")
    folder.chmod(mode)
    try:
        assert cache.read("a") == (b"one" if mode else None)
        assert cache.write("b", b"two") == (mode == 0o300)
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize("name", ["open", "scandir", "utime", "unlink"])
def test_a_folder_in_which_something_is_forbidden(folder, monkeypatch, name):
    """As one is of which the user may only do some things: what is there is read, or nothing."""
    cache.write("a", b"one")

    def forbidden(*args, **keywords):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(cache, "LIMIT", 1)
        patch.setattr(*((cache, "open_regular") if name == "open" else (os, name)), forbidden)
        assert cache.read("a") == (None if name == "open" else b"one")
        assert cache.write("b", b"two")
    assert cache.read("b") == b"two"


def test_nothing_stays_behind_where_there_is_no_room(folder, monkeypatch):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert not cache.write("a", b"1")
    assert names(folder) == []


def test_what_a_killed_process_left_behind_is_removed(folder):
    old, new = folder / "loops_a.object.1.part", folder / "loops_b.object.2.part"
    for part in (old, new):
        part.touch()
    os.utime(old, (0, 0))
    assert cache.write("c", b"1")
    assert names(folder) == ["loops_b.object.2.part", "loops_c.object"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[:20],
        lambda whole: b"",
        lambda whole: b"\0" * len(whole),
        lambda whole: whole + b"1",
        lambda whole: whole[:40] + bytes([whole[40] ^ 1]) + whole[41:],
    ],
)
def test_what_is_not_whole_is_not_read(folder, damage):
    cache.write("a", bytes(range(100)))
    (file,) = folder.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert cache.read("a") is None
    cache.write("a", b"anew")
    assert cache.read("a") == b"anew"


def test_a_folder_in_a_files_place(folder):
    (folder / "loops_a.object").mkdir()
    assert cache.read("a") is None
    assert not cache.write("a", b"one")
    assert names(folder) == ["loops_a.object"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in the file system")
@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "link to a device", "link to a pipe"])
def test_what_is_no_regular_file_is_not_waited_for(folder, kind):
    """In a process of its own, since one that waits for a pipe takes no signal that Python handles."""
    path = folder / "loops_a.object"
    target = folder / "target" if kind.startswith("link") else path
    if kind.endswith("pipe"):
        os.mkfifo(target)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(folder):
            listening.bind(target.name)  # a short name: those of sockets are limited
    elif kind == "device":
        path.symlink_to(os.devnull)
    elif kind == "link to a device":
        target.symlink_to("/dev/zero")
    if kind.startswith("link"):
        path.symlink_to(target)
    code = "from chainrule.run.loops import cache; print(cache.read('a'), cache.write('a', b'one'), cache.read('a'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert done.stdout.split() == [b"None", b"True", b"b'one'"]


def test_a_pipe_in_the_cache_does_not_hold_up_compile(folder):
    key_of = (
        "import numpy as np, chainrule as cr; print(cr.compile(lambda x: np.sum(np.tanh(x)), 'native')(np.ones(3)))"
    )
    run = partial(subprocess.run, [sys.executable, "-c", key_of], capture_output=True, timeout=120, check=True)
    first = run().stdout
    for path in folder.glob("*.object"):
        path.unlink()
        if hasattr(os, "mkfifo"):
            os.mkfifo(path)
        else:
            path.mkdir()
    assert run().stdout == first


@pytest.mark.skipif(os.name != "posix", reason="modes as POSIX has them")
def test_the_warning_names_the_users_line(folder):
    folder.chmod(0o777)
    with pytest.warns(cache.CacheWarning) as warned:
        cr.compile(lambda x: np.sum(np.cosh(x) ** 3), "native")(np.ones(3))
    assert {each.filename for each in warned if each.category is cache.CacheWarning} == {__file__}


# ---- who is trusted ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="owners and modes as POSIX has them")
class TestTrust:
    """What the folder holds is run, so it is read only where nobody but the user can have written it."""

    @pytest.mark.parametrize("mode", [0o777, 0o770, 0o720, 0o702])
    def test_a_folder_that_others_may_write_to_is_not_used(self, folder, mode):
        cache.write("a", b"one")
        folder.chmod(mode)
        said = re.escape(f"not kept in {folder}, because others can write to that folder")
        with pytest.warns(cache.CacheWarning, match=said):
            assert cache.read("a") is None
        with pytest.warns(cache.CacheWarning, match=said):
            assert not cache.write("b", b"two")
        assert names(folder) == ["loops_a.object"]

    def test_a_folder_of_somebody_else_is_not_used(self, folder, monkeypatch):
        cache.write("a", b"one")
        monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
        with pytest.warns(cache.CacheWarning):
            assert cache.read("a") is None

    @pytest.mark.parametrize("mode", [0o622, 0o606, 0o660])
    def test_a_file_that_others_may_have_changed_is_not_read(self, folder, mode):
        cache.write("a", b"one")
        (file,) = folder.iterdir()
        file.chmod(mode)
        assert cache.read("a") is None
        cache.write("a", b"two")
        assert file.stat().st_mode & 0o777 == 0o600  # what was put in its place
        assert cache.read("a") == b"two"

    def test_what_is_kept_is_the_users_whatever_the_umask(self, folder):
        before = os.umask(0)
        try:
            cache.write("a", b"one")
        finally:
            os.umask(before)
        assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}


# ---- how much it holds -------------------------------------------------------------------------------------------------


@pytest.fixture
def small(folder, monkeypatch):
    """A folder that holds five entries, of which three remain when there is a sixth."""
    monkeypatch.setattr(cache, "LIMIT", 5 * 12_288)
    return folder


def aged(folder, key, seconds):
    """Let an entry have been used so many seconds after 1970."""
    os.utime(folder / f"loops_{key}.object", (seconds, seconds))


def test_what_has_not_been_loaded_for_longest_goes_first(small):
    for k in range(5):
        cache.write(f"{k}", bytes(ENTRY))
        aged(small, k, 100 + k)
    assert len(names(small)) == 5
    assert cache.read("0") == bytes(ENTRY)  # from now on it has been used last
    cache.write("5", bytes(ENTRY))
    assert names(small) == ["loops_0.object", "loops_4.object", "loops_5.object"]


def test_what_has_just_been_written_stays(small):
    for k in range(3):
        cache.write(f"{k}", bytes(ENTRY))
        aged(small, k, 2**33)  # of a clock that was wrong
    cache.write("large", bytes(8 * ENTRY))
    assert names(small) == ["loops_large.object"]
    assert cache.read("large") == bytes(8 * ENTRY)


def test_what_others_put_there_stays(small):
    for name in ("mine.object", "loops.txt", "loops_a.py"):
        (small / name).write_bytes(bytes(20 * ENTRY))
    for k in range(8):
        cache.write(f"{k}", bytes(ENTRY))
    assert {"mine.object", "loops.txt", "loops_a.py"} < {*names(small)}
    assert len(names(small)) == 3 + 5


def test_a_file_that_vanishes_while_it_is_looked_at(small, monkeypatch):
    for k in range(5):
        cache.write(f"{k}", bytes(ENTRY))
        aged(small, k, 100 + k)
    unlink = os.unlink

    def twice(path):
        unlink(path)  # by another process
        unlink(path)

    monkeypatch.setattr(os, "unlink", twice)
    assert cache.write("5", bytes(ENTRY))
    assert cache.read("5") == bytes(ENTRY)
    assert held(small) <= cache.LIMIT


def test_a_process_looks_through_the_folder_now_and_then(tmp_path, monkeypatch):
    """At its first write, and after each sixteenth of the limit."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    monkeypatch.setattr(cache, "LIMIT", 16 * 3 * ENTRY)
    monkeypatch.setattr(cache, "_written", cache.math.inf)
    looks = []
    monkeypatch.setattr(cache, "_tidy", lambda place, new: looks.append(new))
    for k in range(9):
        cache.write(f"{k}", bytes(ENTRY))
    assert looks == ["loops_0.object", "loops_3.object", "loops_6.object"]


WRITER = """
import sys
from chainrule.run.loops import cache
cache.LIMIT, cache._OFTEN = 5 * 12_288, 5 * 12_288
own = sys.argv[1]
for k in range(200):
    data = f"{own}{k}".encode() * 2000
    assert cache.write(f"{own}{k}", data) and cache.write("common", b"common" * 2000)
    found = [cache.read(each) for each in (f"{own}{k}", "common")]
    assert found[0] in (data, None) and found[1] in (b"common" * 2000, None), found
"""


def test_several_processes_at_once(small):
    """They write and remove what the others write and read: each finds what it wrote, or nothing."""
    environment = {**os.environ, cache.VARIABLE: str(small)}
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, own], env=environment, stderr=subprocess.PIPE) for own in "ab"
    ]
    for each in running:
        _, said = each.communicate(timeout=120)
        assert (each.returncode, said) == (0, b"")
    assert not [*small.glob("*.part")]
    assert 0 < held(small) <= cache.LIMIT
