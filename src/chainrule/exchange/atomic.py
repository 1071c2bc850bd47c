"""Replaces a file all at once: at every moment its name stands for the whole old file or the whole new one.

The new file grows under another name in the same folder, reaches the disk, and then takes the name. Where a process is
killed in between, what it had written stays under that other name until the next file is made in the folder. What the
files hold is not known here, and nothing but the standard library is needed.
"""

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from io import BufferedReader, BufferedWriter
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed anyway
    fcntl = None  # type: ignore[assignment]

_WINDOWS = os.name == "nt"
_PREFIX, _SUFFIX = ".chainrule-", ".tmp"
_LOCKED = 5.0
"""Seconds after which a file that is being written has been locked."""


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BufferedWriter]:
    """Open a binary file that takes the place of `path` when the block ends well; else nothing has happened.

    A link is followed and stays a link. An existing file keeps its permissions, and a new one gets those that
    `open` would give. A device or a pipe (`/dev/stdout`) has no place to take: it is written to as it is.

    Args:
        path: the file to be made or replaced; its folder must exist.

    Returns:
        A context manager that gives the open file; only write to it.

    Raises:
        OSError: as `open` and `write` do, by the name of `path`. A file that is read-only is not replaced.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "greeting"
        >>> with replacing(path) as file:
        ...     _ = file.write(b"hello")
        >>> path.read_bytes()
        b'hello'
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            yield device
        return
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    target = Path(os.path.realpath(path))
    # In the same folder, since only within a file system is a renaming all or nothing; and not the old name
    # made longer, which may be as long as names can be.
    temporary = target.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
    _remove_abandoned(target.parent)
    try:
        with temporary.open("xb") as file:
            _lock(file)
            _take_permissions(temporary, target)
            yield file
            file.flush()
            os.fsync(file.fileno())
        _rename(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        # Nobody knows the temporary name.
        if isinstance(error, OSError) and error.errno and str(error.filename or temporary) == str(temporary):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Make or replace a file with these bytes, all at once; see `replacing`.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "numbers"
        >>> write_bytes(path, bytes([1, 2, 3]))
        >>> list(path.read_bytes())
        [1, 2, 3]
    """
    with replacing(path) as file:
        file.write(content)


def write_text(path: str | os.PathLike[str], content: str) -> None:
    """Make or replace a file with this text, all at once: UTF-8, line ends as they are, on every system.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "page.html"
        >>> write_text(path, "反向传播")
        >>> path.read_text(encoding="utf-8")
        '反向传播'
    """
    write_bytes(path, content.encode("utf-8"))


def _lock(file: BufferedReader | BufferedWriter) -> bool:
    """Lock a file as long as it is open, which tells others that it is being written. False where it is locked already."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another process has it; or the file system has no locks, and nothing there can be told apart
            return False
    return True


def _remove_abandoned(folder: Path) -> None:
    """Remove what processes that were killed have left in a folder."""
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > _LOCKED:
                    with left.open("rb") as file:
                        abandoned = _lock(file)
                    if abandoned:
                        left.unlink()


def _take_permissions(temporary: Path, target: Path) -> None:
    try:
        permissions = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return
    # Where a file system knows no permissions, they are equal, and are not touched.
    if permissions != stat.S_IMODE(temporary.stat().st_mode):
        temporary.chmod(permissions)


def _rename(temporary: Path, target: Path) -> None:
    # On Windows a virus scanner or an indexer may hold a file that has just been written.
    for pause in (0.02, 0.1, 0.5) if _WINDOWS else ():
        try:
            return os.replace(temporary, target)
        except PermissionError:
            time.sleep(pause)
    return os.replace(temporary, target)
