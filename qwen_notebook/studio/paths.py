"""Paths of a studio's files, which never lead out of its folder: a folder may come from somebody else."""

import errno
import os
import re
import stat
from pathlib import Path
from typing import IO, Any, cast

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.values import plain, refuse_half_characters

_JUNCTION = 0xA0000003  # Windows' other kind of link between folders
# Two letters at least: one is a drive of Windows. `Path` makes one slash of two, and of a slash what the system has.
_WITHIN = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
"""The same within a text, as where one address wraps another."""
_NOT_IN_A_NAME = re.compile('[/\\\\:"<>|?*\x00-\x1f]')
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):[/\\]")
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class OutsideFolder(FileNotFoundError, ValueError):
    """What a journal names is not a file of the studio's own."""


def checked_path(given: object, field: str = "path") -> Path:
    """A path that a person gives, to be written to; nothing is made.

    Parameters
    ----------
    given
        A text or a `Path`; ``~`` is the home folder.
    field
        How the parameter is called.

    Raises
    ------
    InvalidRequest
        If it is not a path on this machine: the address of a bucket, a text with half of a character in it, nothing.
    """
    text = _text_of(given)
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise InvalidRequest(
            f"{field} is {shown(given)}, which is not a path.",
            "Give a path on this machine, as a text or a pathlib.Path; '.' is the current folder.",
            field=field,
        )
    refuse_half_characters(text, f"The {field}", field)
    scheme = _SCHEME.match(text.strip()) or _WITHIN.search(text)
    if scheme is not None:
        # Not the whole address: it may carry a signature.
        todo = (
            "Give the path alone, without file://."
            if scheme[1].lower() == "file"
            else "Write to a folder on this machine, then copy it there; a mounted bucket is a folder too."
        )
        raise InvalidRequest(
            f"{field} begins with {scheme[1]}:, so it is an address and no path on this machine.",
            todo,
            field=field,
        )
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise InvalidRequest(
            f"{field} is {shown(given)}, and there is no such home folder.", "Write it out.", field=field
        ) from None


def _text_of(given: object) -> Any:
    if not isinstance(given, os.PathLike):
        return plain(given)
    # Those of a bucket tell their address as text, and would begin to fetch it when asked for a path.
    text = str(cast("object", given))
    return text if _SCHEME.match(text) else os.fspath(cast("os.PathLike[str]", given))


def folder_key(folder: str | os.PathLike[str]) -> str:
    """What two paths have in common if they lead to the same folder."""
    return os.path.normcase(os.path.realpath(folder))


def is_plain(name: object, part: str) -> bool:
    """Whether a relative name is one file in a part of the folder, on any system."""
    if not isinstance(name, str) or not name.startswith(f"{part}/"):
        return False
    file = name[len(part) + 1 :]
    return _NOT_IN_A_NAME.search(file) is None and file.strip(". ") != ""


def inside(folder: Path, name: object, part: str = "images") -> Path:
    """Where a file of the folder is.

    Parameters
    ----------
    folder
        The studio's; it may be a link itself.
    name
        Relative to it, with a slash: ``images/fox.png``.
    part
        The only folder in it that it may be in.

    Raises
    ------
    OutsideFolder
        If it is anything but one name in that folder, or a link stands in its way.
    """
    if not is_plain(name, part):
        raise OutsideFolder(
            f"The journal names a file outside the folder {str(folder)!r}: {name!r}. It is not opened."
        )
    path = folder / str(name)
    for place in (path.parent, path):
        refuse_link(place)
    return path


def leads_elsewhere(path: Path) -> bool:
    """Whether a file, or the folder that it is in, is a link."""
    try:
        refuse_link(path.parent)
        refuse_link(path)
    except OutsideFolder:
        return True
    return False


def refuse_link(path: Path) -> None:
    """Raise where something else than a file or a folder is at a path.

    Raises
    ------
    OutsideFolder
        For a link, and for what is neither file nor folder. What is not there is fine.
    """
    try:
        status = path.lstat()
    except OSError:
        return
    is_link = stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION
    if is_link or not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        what = "a link" if is_link else "not a file"
        raise OutsideFolder(
            f"{str(path)!r} is {what}, and may lead out of the studio's folder. It is not opened."
        )


def read_file(path: Path) -> bytes:
    """The content of a file. Raises as `open_file` does, and if it cannot be read."""
    with open_file(path) as file:
        return file.read()


def open_file(path: Path) -> IO[bytes]:
    """Open a file to be read, following no link that was put in its place meanwhile.

    Raises
    ------
    OutsideFolder
        If it is one.
    OSError
        If it cannot be opened.
    """
    try:
        handle = os.open(path, os.O_RDONLY | _NO_FOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OutsideFolder(f"{str(path)!r} is a link. It is not opened.") from None
        raise
    return os.fdopen(handle, "rb")
