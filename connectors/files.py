"""Files replaced whole or not at all, and never outside the folder that was named."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from connectors.limits import MOST_BYTES

PREFIX, SUFFIX = ".session-breaks-", ".tmp"
LEFT_AFTER = 3600.0
LONGEST_WAIT = 60.0  # seconds
_LOCKS: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
_LOCKS_GUARD = threading.Lock()


class NotWritten(OSError):  # noqa: N818 - it names what happened
    """The file is no longer as it was read; nothing was written."""


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let no other run of ours write to files of a folder (its resolved path) between reading one and replacing it:
    therapists, and practices, may have their blocks in one file. Raises TimeoutError where another program keeps it."""
    with _LOCKS_GUARD:
        lock = _LOCKS[folder]
    with lock, _held(folder):
        yield


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Lock a folder against other processes, where the system can lock one: that needs no file in it."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # whoever writes there says what is wrong
        yield
        return
    try:
        _lock(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _lock(take: Callable[[], None]) -> None:
    until = time.monotonic() + LONGEST_WAIT
    while True:
        try:
            return take()
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError("another program keeps the folder to itself") from None
            time.sleep(0.02)
        except OSError:  # a file system without locks
            return None


def read_file(path: Path) -> bytes:
    """The bytes of an ordinary file. Raises OSError, also for what is no ordinary file (a pipe would wait for ever)
    or is larger than any calendar."""
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise OSError("it is not an ordinary file")
        body = file.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise OSError(f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
        return body


def create_file(path: Path, body: bytes) -> None:
    """Make a file that is not there yet, readable for its owner only. Raises FileExistsError where there is one.

    It appears complete or not at all: written under another name first, then linked, which fails where the name is
    taken.
    """
    temporary = _temporary(path, body)
    try:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def replace_file(path: Path, body: bytes, unchanged: Callable[[], bool]) -> None:
    """Put other bytes in a file's place in one step, its mode and owner kept.

    `unchanged` is asked at the last moment. Raises NotWritten if it says no.
    """
    about = path.stat()
    temporary = _temporary(path, body)
    try:
        temporary.chmod(stat.S_IMODE(about.st_mode))
        with contextlib.suppress(PermissionError):
            os.chown(temporary, about.st_uid, about.st_gid)
        if not unchanged():
            raise NotWritten("it changed meanwhile")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def remove_leftovers(folder: Path, now: float | None = None) -> None:
    """Remove temporary files of ours that a killed run left: plain files, an hour old, since another run may be writing
    just now. now: seconds since 1970. What cannot be removed stays."""
    before = (time.time() if now is None else now) - LEFT_AFTER
    for path in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with contextlib.suppress(OSError):
            about = path.lstat()
            if stat.S_ISREG(about.st_mode) and about.st_mtime < before:
                path.unlink()


def _temporary(path: Path, body: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
