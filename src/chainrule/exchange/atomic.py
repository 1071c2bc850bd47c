"""Replaces a file atomically: at every moment its name refers to the complete old file or the complete new one.

The new file is written under a temporary name in the same folder, synced to disk, and renamed. If the process is killed
before that, the temporary file stays until the next file is written to the folder.
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
"""Seconds after which a file that is being written is sure to be locked."""


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BufferedWriter]:
    """Open a binary file that replaces `path` when the block succeeds; if it fails, `path` is unchanged.

    A link is followed and stays a link. An existing file keeps its permissions, and a new one gets those that
    `open` would give. A device or a pipe (`/dev/stdout`) is written to directly.

    Args:
        path: The file to create or replace; its folder must exist.

    Returns:
        A context manager that gives the open file; only write to it.

    Raises:
        OSError: As from `open` and `write`, with the name of `path`. A read-only file is not replaced.

    Examples:
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
    # In the same folder, since renaming is atomic only within a file system; not the old name made longer, which may
    # already have the greatest possible length.
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
        # Users do not know the temporary name.
        if isinstance(error, OSError) and error.errno and str(error.filename or temporary) == str(temporary):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write these bytes to a file atomically; see `replacing`.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "numbers"
        >>> write_bytes(path, bytes([1, 2, 3]))
        >>> list(path.read_bytes())
        [1, 2, 3]
    """
    with replacing(path) as file:
        file.write(content)


def write_text(path: str | os.PathLike[str], content: str) -> None:
    """Write this text to a file atomically, as UTF-8 with unchanged line ends on every system.

    Examples:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "page.html"
        >>> write_text(path, "反向传播")
        >>> path.read_text(encoding="utf-8")
        '反向传播'
    """
    write_bytes(path, content.encode("utf-8"))


def _lock(file: BufferedReader | BufferedWriter) -> bool:
    """Lock a file while it is open, to show other processes that it is being written. False if it is already locked."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another process holds it, or the file system has no locks
            return False
    return True


def _remove_abandoned(folder: Path) -> None:
    """Remove temporary files that killed processes left in a folder."""
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
    # On file systems without permissions they are equal, and are left alone.
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
