"""Files are replaced all at once: what is left after success, after a failure at every step, and behind links."""

import contextlib
import errno
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chainrule.exchange import atomic
from chainrule.exchange.atomic import replacing, write_bytes, write_text

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions and links")
unprivileged = pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everything")


def left_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_new_file(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert left_in(tmp_path) == ["a"]


def test_a_replaced_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a longer old content")
    write_bytes(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert left_in(tmp_path) == ["a"]


def test_text_is_utf_8_with_the_line_ends_it_has(tmp_path: Path) -> None:
    write_text(tmp_path / "a.html", "反向\nδ\r\n")
    assert (tmp_path / "a.html").read_bytes() == "反向\nδ\r\n".encode()


def test_the_old_file_stands_until_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 243 + ".safetensors")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


class Stop(BaseException):
    """Like KeyboardInterrupt: not an Exception."""


@pytest.mark.parametrize("existing", [True, False])
@pytest.mark.parametrize("step", ["open", "write", "stop", "fsync", "replace"])
def test_a_failure_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, existing: bool) -> None:
    path = tmp_path / "a"
    if existing:
        path.write_bytes(b"old")
    full = OSError(errno.ENOSPC, "No space left on device")

    def fail(*_: object) -> None:
        raise full

    if step == "open":
        monkeypatch.setattr(Path, "open", fail)
    elif step in ("fsync", "replace"):
        monkeypatch.setattr(os, step, fail)

    def write() -> None:
        with replacing(path) as file:
            file.write(b"half of the ne")
            if step == "write":
                fail()
            if step == "stop":
                raise Stop

    with pytest.raises((OSError, Stop)) as caught:
        write()
    monkeypatch.undo()
    assert left_in(tmp_path) == (["a"] if existing else [])
    assert not existing or path.read_bytes() == b"old"
    if step != "stop":
        assert str(caught.value) == f"[Errno {errno.ENOSPC}] No space left on device: {str(path)!r}"


def test_an_error_of_the_block_comes_through_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, replacing(tmp_path / "a"):
        (tmp_path / "other").open()
    assert caught.value.filename == str(tmp_path / "other")
    assert left_in(tmp_path) == []


def test_a_missing_folder_is_told_by_the_name_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a"
    with pytest.raises(FileNotFoundError) as caught:
        write_bytes(path, b"new")
    assert caught.value.filename == str(path)


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as caught:
        write_bytes(tmp_path, b"new")
    assert caught.value.filename == str(tmp_path)
    assert left_in(tmp_path) == []


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_permissions_that_open_would_give(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_bytes(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~umask


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_an_existing_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(mode)
    with replacing(path) as file:
        (temporary,) = (each for each in tmp_path.iterdir() if each != path)
        assert stat.S_IMODE(temporary.stat().st_mode) == mode  # before anything private is in it
        file.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@unprivileged
def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError) as caught:
        write_bytes(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"


@posix
@pytest.mark.parametrize("existing", [True, False])
def test_a_link_stays_a_link(tmp_path: Path, existing: bool) -> None:
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "target", tmp_path / "link"
    if existing:
        target.write_bytes(b"old")
    link.symlink_to(Path("far") / "target")
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert left_in(tmp_path / "far") == ["target"]


@posix
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_bytes(pipe, b"through")
    reader.join(10)
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_standard_output_by_its_name() -> None:
    code = "from chainrule.exchange.atomic import write_bytes; write_bytes('/dev/stdout', b'out')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == (b"out", b"")


def test_on_windows_a_file_that_is_held_for_a_moment_is_replaced_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, pauses = [True, True], list[float]()
    replace = os.replace

    def held_for_a_moment(source: Path, target: Path) -> None:
        if held:
            held.pop()
            raise PermissionError(errno.EACCES, "Access is denied", str(source))
        replace(source, target)

    monkeypatch.setattr(atomic, "_WINDOWS", True)
    monkeypatch.setattr(os, "replace", held_for_a_moment)
    monkeypatch.setattr("time.sleep", pauses.append)
    write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert pauses == [0.02, 0.1]


@pytest.mark.parametrize("windows", [True, False])
def test_a_file_that_stays_held_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: bool) -> None:
    def held(source: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "Access is denied", str(source))

    pauses = list[float]()
    monkeypatch.setattr(atomic, "_WINDOWS", windows)
    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr("time.sleep", pauses.append)
    with pytest.raises(PermissionError) as caught:
        write_bytes(tmp_path / "a", b"new")
    assert caught.value.filename == str(tmp_path / "a")
    assert len(pauses) == (3 if windows else 0)
    assert left_in(tmp_path) == []


def test_many_writers_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    contents = [bytes([65 + number]) * 50_000 for number in range(8)]

    def write(content: bytes) -> None:
        for _ in range(5):
            write_bytes(path, content)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        with contextlib.suppress(FileNotFoundError):
            assert path.read_bytes() in contents
    assert path.read_bytes() in contents
    assert left_in(tmp_path) == ["a"]


def test_what_a_killed_process_left_behind_goes_with_the_next_file(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from chainrule.exchange.atomic import replacing\n"
        "with replacing(sys.argv[1]) as file:\n"
        "    file.write(b'half')\n"
        "    file.flush()\n"
        "    os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "a")], check=False)
    (left,) = tmp_path.iterdir()
    assert left.read_bytes() == b"half"
    long_ago = time.time() - 60
    os.utime(left, (long_ago, long_ago))
    write_bytes(tmp_path / "b", b"whole")
    assert left_in(tmp_path) == ["b"]


def test_what_another_is_writing_is_left_alone(tmp_path: Path) -> None:
    """However long it takes, as on a disk that stalls."""
    with replacing(tmp_path / "slow") as slow:
        slow.write(b"first half, ")
        slow.flush()
        (growing,) = tmp_path.iterdir()
        long_ago = time.time() - 3600
        os.utime(growing, (long_ago, long_ago))
        write_bytes(tmp_path / "quick", b"quick")
        slow.write(b"second half")
    assert left_in(tmp_path) == ["quick", "slow"]
    assert (tmp_path / "slow").read_bytes() == b"first half, second half"
