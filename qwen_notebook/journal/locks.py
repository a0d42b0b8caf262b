"""Locks on files. Whoever holds one is alive, and whoever dies lets go of it, whatever the way.

``flock`` on POSIX (never ``lockf``, which any other close of the same file in the process undoes), a byte far beyond
the content on Windows. Where a file system knows no locks, a twin in the machine's temporary folder stands in: the
promise then holds for one machine.
"""

import errno
import hashlib
import os
import stat
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

_UNKNOWN_HERE = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})
_TRIES = 5
_TEMPORARY = Path(
    tempfile.gettempdir()
)  # found once: it takes a lock that a forked child might find held for ever
_FAR_BEYOND = 1 << 30


class NoLocks(OSError):
    """Neither the file system nor the temporary folder knows locks."""


class FileLock:
    """A lock held through one open handle of a file, which is never renamed.

    Parameters
    ----------
    path
        The file; made when the lock is first taken, in a folder that is there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Try once to take the lock; False where somebody else has it.

        Raises
        ------
        NoLocks
            If there are no locks to be had.
        OSError
            If the file cannot be made or opened.
        """
        try:
            return self._take_at(self.path)
        except NoLocks:
            return self._take_at(_twin(self.path))

    def _take_at(self, path: Path) -> bool:
        for _ in range(_TRIES):
            handle = _opened(path)
            try:
                if not _locked(handle, exclusive=True):
                    _close(handle)
                    return False
            except OSError:
                _close(handle)
                raise
            if _is_at(handle, path):
                self._handle, self._held = handle, path
                return True
            _close(handle)  # the file was replaced between opening and locking: that lock would bind nobody
        return False

    @property
    def identity(self) -> tuple[int, int] | None:
        """Device and inode of the file while the lock is held; None while it is not."""
        if self._handle is None:
            return None
        status = os.fstat(self._handle)
        return status.st_dev, status.st_ino

    def release(self, *, remove: bool = False) -> None:
        """Let go of the lock, and remove its file where nobody will take it again."""
        if self._handle is None:
            return
        with suppress(OSError):
            _unlock(self._handle)
        self.drop()
        if remove:
            with suppress(OSError):
                self._held.unlink()

    def drop(self) -> None:
        """Close the handle and unlock nothing: what a forked child does, as the lock is its parent's."""
        if self._handle is not None:
            _close(self._handle)
            self._handle = None

    def __del__(self) -> None:
        self.drop()


def is_free(path: Path, identity: tuple[int, int]) -> bool | None:
    """Whether nobody holds a lock.

    Parameters
    ----------
    path
        The lock's file.
    identity
        Device and inode that it had when it was taken.

    Returns
    -------
    bool or None
        None where that very file is not to be found, so that nothing is known.
    """
    for candidate in (path, _twin(path)):
        with suppress(OSError):
            handle = os.open(candidate, os.O_RDONLY | _EXTRA_FLAGS)
            try:
                status = os.fstat(handle)
                if (status.st_dev, status.st_ino) == identity:
                    return _locked(handle, exclusive=False)
            finally:
                os.close(handle)
    return None


_EXTRA_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NOINHERIT", 0)


# A forked child inherits each open handle, and with it the lock: it would keep a parent alive that has died. So it
# closes them all, also one that another thread was just about to take a lock with.
_open_handles: set[int] = set()
_opening = threading.RLock()  # a lock that is collected while another is opened is closed by the same thread


def _close(handle: int) -> None:
    with _opening:
        if (
            handle in _open_handles
        ):  # else it was closed at a fork, and its number may be another file's by now
            _open_handles.discard(handle)
            with suppress(OSError):
                os.close(handle)


def _forked() -> None:
    for handle in _open_handles:
        with suppress(OSError):
            os.close(handle)
    _open_handles.clear()
    _opening.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_opening.acquire, after_in_parent=_opening.release, after_in_child=_forked)


def _opened(path: Path) -> int:
    with _opening:
        handle = _open_file(path)
        _open_handles.add(handle)
        return handle


def _open_file(path: Path) -> int:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _EXTRA_FLAGS, 0o666)
    except PermissionError as error:
        try:
            return os.open(path, os.O_RDONLY | _EXTRA_FLAGS)  # another's file: enough for flock
        except FileNotFoundError:
            raise error from None
    if sys.platform != "win32":
        with suppress(OSError):  # a folder that a group shares has locks that the group can take
            group = path.parent.stat().st_mode & (stat.S_IRGRP | stat.S_IWGRP)
            mode = os.fstat(handle).st_mode
            if group & stat.S_IWGRP and mode & group != group:
                os.fchmod(handle, stat.S_IMODE(mode) | group)
    return handle


def _is_at(handle: int, path: Path) -> bool:
    try:
        there, here = path.stat(), os.fstat(handle)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def _twin(path: Path) -> Path:
    name = hashlib.sha256(os.path.realpath(path).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return _TEMPORARY / f"qwen-notebook-{name}.lock"


if sys.platform == "win32":
    import msvcrt

    def _locked(handle: int, *, exclusive: bool) -> bool:
        os.lseek(handle, _FAR_BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EDEADLK):
                return False
            raise NoLocks(error.errno, str(error)) from None
        if not exclusive:  # it was only asked whether one could
            _unlock(handle)
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, _FAR_BEYOND, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _locked(handle: int, *, exclusive: bool) -> bool:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in _UNKNOWN_HERE:
                raise NoLocks(error.errno, error.strerror) from None
            raise
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
