"""Files written whole or not at all, and folders that a group can share."""

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO

_NOT_SYNCED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems answer that cannot sync what they are asked to: SMB, some FUSE and WSL mounts."""
_FOLDER_NOT_SYNCED = _NOT_SYNCED | {errno.EACCES, errno.EPERM, errno.EBADF, errno.EISDIR}
_STEP = 1 << 20
"""Bytes that are looked at in one go."""
_GROUP = stat.S_IRWXG | stat.S_ISGID
_GROUP_OF_FILE = stat.S_IRGRP | stat.S_IWGRP


def write_whole(path: Path, *parts: bytes | memoryview, lasting: bool = True) -> None:
    """Write a file under another name, put it on disk, look whether it is there, and only then give it its own name.

    Parameters
    ----------
    path
        In a folder that is there.
    parts
        Of the whole file, one after the other.
    lasting
        Whether to put it on disk now. What can be made again need not wait for that.

    Raises
    ------
    OSError
        If there is no room, or no right, or something else is read than was written. What stood there before stays.
    """
    draft = path.parent / f".{secrets.token_hex(6)}.tmp"
    try:
        with draft.open("xb") as file:
            share_with_group(file.fileno(), path.parent)
            file.writelines(parts)
            file.flush()
            if lasting:
                sync_file(file.fileno())
        with draft.open("rb") as file:
            check_holds(file, *parts)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    if lasting:
        sync_folder(path.parent)


def check_holds(file: IO[bytes], *parts: bytes | memoryview) -> None:
    """Read a file from where it stands, and look whether it is these parts and nothing more.

    Raises
    ------
    OSError
        If it is anything else, or cannot be read.
    """
    for part in parts:
        view = memoryview(part)
        for at in range(0, len(view), _STEP):
            expected = bytes(view[at : at + _STEP])
            if file.read(len(expected)) != expected:
                raise misread()
    if file.read(1):
        raise misread()


def misread() -> OSError:
    """The error for a file that does not hold what was written into it."""
    return OSError(errno.EIO, "Something else is read than was written")


def sync_file(handle: int) -> None:
    """Put a file on disk, where its file system knows how.

    Raises
    ------
    OSError
        If the disk did not take it.
    """
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NOT_SYNCED:
            raise


def sync_folder(folder: Path) -> None:
    """Put a folder's new names on disk, where the system and the file system know how.

    Raises
    ------
    OSError
        If the disk did not take them.
    """
    if os.name == "nt":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _FOLDER_NOT_SYNCED:
            raise


def make_folder(path: Path) -> None:
    """Make a folder inside one that a group may share: then the group may write into the new one too.

    Parameters
    ----------
    path
        Those above it are made as well, with the mode that they would have anyway.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise
        return
    if os.name != "nt":
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY)
            try:
                _adopt(handle, path.parent, _GROUP)
            finally:
                os.close(handle)


def share_with_group(handle: int, folder: Path) -> None:
    """Let those read and write a new file who may write into its folder; nothing changes where only the owner may."""
    if os.name != "nt":
        with suppress(OSError):
            _adopt(handle, folder, _GROUP_OF_FILE)


def _adopt(handle: int, folder: Path, bits: int) -> None:
    above, own = folder.stat(), os.fstat(handle)
    if not above.st_mode & stat.S_IWGRP:
        return
    if own.st_gid != above.st_gid:
        os.fchown(handle, -1, above.st_gid)  # where that may not be, no other group is let in in its place
    os.fchmod(handle, stat.S_IMODE(os.fstat(handle).st_mode) | above.st_mode & bits)
