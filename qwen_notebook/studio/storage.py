"""The studio's folder: pictures under names that a person can read, written once and whole."""

import errno
import os
import re
import secrets
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.files import check_holds, make_folder, write_whole
from qwen_notebook.journal.records import JobRecord, is_job_id
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.studio import paths
from qwen_notebook.studio.disk_advice import advice_for
from qwen_notebook.studio.previews import UnmadePreviews

ROOM_BYTES = 32 << 20
"""Free space asked for before an image is bought."""
DOUBTFUL = ".doubtful"
"""The suffix of what arrived and may be no image: the longest that a picture's name gets."""
_SUFFIXES = (".png", ".jpg")
_JPEG_BEGINS, _JPEG_ENDS = b"\xff\xd8", b"\xff\xd9"
_MAX_WORDS = 40
_PARTS = ("images", "previews", "ledger")
_PROBE_LENGTH = 36
"""As long as the longest name that is needed in any case, in characters: that of a journal file."""


class Storage:
    """The files of one studio.

    Parameters
    ----------
    folder
        Made when first needed.

    Raises
    ------
    InvalidRequest
        If it is not a path on this machine.

    Attributes
    ----------
    folder
        Absolute from the start: a notebook may change its working directory.
    unmade
        The previews that are no files yet.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = paths.checked_path(folder, "folder").absolute()
        self.unmade = UnmadePreviews()

    # Before an image is bought

    def check_writable(self, record: JobRecord | None = None) -> None:
        """Make sure that a picture could be saved, before it is bought, by doing what saving does.

        Parameters
        ----------
        record
            The job to be bought, where it is known: then the very name of its picture is tried.

        Raises
        ------
        QwenError
            If a folder cannot be written, or has no room.
        """
        try:
            for part in ("images", "previews"):
                paths.refuse_link(self.folder / part)
            for part in _PARTS:
                make_folder(self.folder / part)
                _try_name(self.folder / part / secrets.token_hex(_PROBE_LENGTH // 2))
            if record is not None:
                self._stem(record)
            room = _free_bytes(self.folder)
        except paths.OutsideFolder as error:
            raise link_trouble(error) from None
        except OSError as error:
            raise QwenError(
                f"The folder {str(self.folder)!r} cannot be written ({error.strerror or error}).",
                f"What cannot be saved is not bought. {advice_for(error, elsewhere=True)}",
            ) from None
        if room < ROOM_BYTES:
            raise QwenError(
                f"The disk of {str(self.folder)!r} has {room >> 20} MB left, and a picture may need more.",
                "What cannot be saved is not bought: make room, then try again.",
            )

    # Names

    def picture_name(self, record: JobRecord, file_format: str) -> str:
        """The picture's path relative to the folder, as in ``images/2026-11-22-visit-mars-s7-4kx….png``.

        The day is that of UTC, so that the name is the same wherever the folder is opened.
        """
        day = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d")
        words = f"{day}-{_words(record.request.prompt)}-s{record.seed}"
        return f"images/{words}-{_id_of(record)}{_suffix(file_format)}"

    def new_name(self, record: JobRecord, file_format: str) -> str:
        """The name that a picture is saved under: `picture_name`, or one of its id alone where that is too long.

        Raises
        ------
        OSError
            If neither can be written.
        """
        return f"{self._stem(record)}{_suffix(file_format)}"

    def doubtful_name(self, record: JobRecord) -> str:
        """The name that is given to what arrived and may be no image. Raises as `new_name` does."""
        return f"{self._stem(record)}{DOUBTFUL}"

    def _stem(self, record: JobRecord) -> str:
        """A picture's name without its suffix, as the disk takes it with the longest one."""
        probe = f".{secrets.token_hex(8)}"[: len(DOUBTFUL)]
        make_folder(self.folder / "images")
        stem = self.picture_name(record, "png").removesuffix(".png")
        try:
            _try_name(self.folder / f"{stem}{probe}")
        except (OSError, UnicodeError):  # too long, or letters that this disk cannot write
            stem = f"images/{_id_of(record)}"
            _try_name(self.folder / f"{stem}{probe}")
        return stem

    def find_written(self, record: JobRecord) -> list[str]:
        """The names of a job's picture files that are there already, by its id: whatever else they are called.

        Parameters
        ----------
        record
            The job; of its pictures only this `copy` is looked for.
        """
        own = tuple(f"{_id_of(record)}{suffix}" for suffix in _SUFFIXES)
        ends = tuple(f"-{name}" for name in own)
        found: list[str] = []
        with suppress(OSError):
            paths.refuse_link(self.folder / "images")
            with os.scandir(self.folder / "images") as entries:
                ours = (e for e in entries if e.name in own or e.name.endswith(ends))
                found += [f"images/{e.name}" for e in ours if e.is_file(follow_symlinks=False)]
        return sorted(found)

    # Paths

    def inside(self, name: str | None) -> Path:
        """Where a picture is that a journal names.

        Raises
        ------
        OutsideFolder
            A ValueError and a FileNotFoundError: if it is anything but one file in ``images``, or a link.
        """
        return paths.inside(self.folder, name)

    def preview_path(self, job_id: str) -> Path:
        """Where the preview of a job's picture is.

        Raises
        ------
        OutsideFolder
            A ValueError and a FileNotFoundError: if this cannot be the id of a job, or a link stands there.
        """
        if not is_job_id(job_id):
            raise paths.OutsideFolder(f"{shown(job_id)} is not the id of a job.")
        return paths.inside(self.folder, f"previews/{job_id}.jpg", "previews")

    # Files

    def read(self, name: str | None) -> bytes:
        """The content of a picture's file.

        Raises
        ------
        OutsideFolder, OSError
            As `inside` does, and if it cannot be read.
        """
        return paths.read_file(self.inside(name))

    def remove_picture(self, record: JobRecord) -> None:
        """Remove a picture, its preview and its sidecar; those that are gone already are no trouble.

        What a journal names outside the folder stays.

        Raises
        ------
        QwenError
            If the folder does not let one go.
        """
        self.unmade.drop(record.id)
        try:
            with suppress(paths.OutsideFolder):
                self.preview_path(record.id).unlink(missing_ok=True)
            for suffix in ("", ".xmp") if record.file is not None else ():
                with suppress(paths.OutsideFolder):
                    self.inside(f"{record.file}{suffix}").unlink(missing_ok=True)
        except OSError as error:
            raise annotation_trouble(error, self.folder) from None

    def write(self, path: Path, *parts: bytes | memoryview, lasting: bool = True) -> None:
        """Write a file whole or not at all; `parts` and `lasting` are those of `write_whole`.

        Raises
        ------
        OSError
            If there is no room, or no right.
        """
        make_folder(path.parent)
        write_whole(path, *parts, lasting=lasting)

    def write_preview(self, job_id: str, content: bytes) -> None:
        """Write the preview of a job's picture. It can be made again, so nobody waits until it is on disk.

        Raises
        ------
        OutsideFolder, OSError
            As `preview_path` and `write` do.
        """
        self.write(self.preview_path(job_id), content, lasting=False)

    def read_preview(self, job_id: str) -> bytes | None:
        """The preview of a job's picture; None where there is none, or one that was not written to its end."""
        with suppress(OSError):
            preview = paths.read_file(self.preview_path(job_id))
            if preview.startswith(_JPEG_BEGINS) and preview.endswith(_JPEG_ENDS):
                return preview
        return None

    def write_picture(self, name: str, *parts: bytes | memoryview) -> None:
        """Write a picture whole or not at all, and look whether it stands there as it was written.

        Raises
        ------
        OutsideFolder, OSError
            As `inside` does, and if there is no room, no right, or something else stands there.
        """
        self.write(self.inside(name), *parts)
        with paths.open_file(self.inside(name)) as file:
            check_holds(file, *parts)

    def unnamed_file(self) -> IO[bytes]:
        """A file beside the pictures that nobody else sees, and that ends with the process or when it is closed.

        Raises
        ------
        OSError
            If it cannot be made, or would take room that is needed for the pictures themselves.
        """
        import tempfile

        images = self.folder / "images"
        paths.refuse_link(images)
        make_folder(images)
        if _free_bytes(images) < ROOM_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return tempfile.TemporaryFile(prefix=".", suffix=".tmp", dir=images)


def journal_trouble(error: OSError, folder: Path) -> QwenError:
    """The error for an image that is not bought because its purchase could not be written down."""
    return QwenError(
        f"The journal in {str(folder)!r} cannot be written ({error.strerror or error}).",
        f"What cannot be written down is not bought. {advice_for(error, elsewhere=True)}",
    )


@contextmanager
def journal_written(folder: Path) -> Generator[None]:
    """Say in words what the disk says while the journal is written."""
    try:
        yield
    except QwenError:
        raise
    except OSError as error:
        raise journal_trouble(error, folder) from None


def link_trouble(error: paths.OutsideFolder) -> QwenError:
    """The error for a folder that leads elsewhere, so that nothing is bought for it."""
    return QwenError(
        str(error),
        "What cannot be saved is not bought: make it a folder. The studio's folder itself may be a link.",
    )


def annotation_trouble(error: OSError, folder: Path) -> QwenError:
    """The error for a star, a note or a deletion that the disk did not take."""
    return QwenError(
        f"The folder {str(folder)!r} cannot be written ({error.strerror or error}).",
        f"{advice_for(error, elsewhere=False)} Then do it again.",
        charge=Charge.FREE,
    )


def disk_trouble(error: OSError, folder: Path) -> QwenError:
    """The error for a picture that was paid for and cannot be saved yet."""
    return QwenError(
        f"The picture cannot be saved in {str(folder)!r} yet ({error.strerror or error}).",
        f"{advice_for(error, elsewhere=False)} It is fetched and saved then; the task id is kept.",
        charge=Charge.PAID,
    )


def _try_name(path: Path) -> None:
    """Make a file of this name, but for a dot as its first letter, as `write_whole` does, and remove it.

    So what a kernel that is killed just then leaves behind is not a picture to anybody.

    Raises
    ------
    OSError, UnicodeError
        If that cannot be done.
    """
    hidden = path.with_name(f".{path.name[1:]}")
    draft = path.parent / f".{secrets.token_hex(6)}.tmp"
    try:
        with draft.open("xb") as file:
            file.write(b"\0")
        draft.replace(hidden)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    hidden.unlink()


def _id_of(record: JobRecord) -> str:
    return record.id if record.copy == 1 else f"{record.id}-{record.copy}"


def _suffix(file_format: str) -> str:
    return ".jpg" if file_format == "jpeg" else ".png"


def _words(prompt: str) -> str:
    plain = unicodedata.normalize("NFKC", prompt).lower()
    words = re.findall(r"[^\W_]+", plain)
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > _MAX_WORDS or len(longer.encode()) > 3 * _MAX_WORDS:
            break
        name = longer
    return name or (words[0][: _MAX_WORDS // 2] if words else "image")


def _free_bytes(folder: Path) -> int:
    import shutil

    return shutil.disk_usage(folder).free
