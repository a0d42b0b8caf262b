"""The studio's folder: pictures under names that a person can read, written once and whole."""

import os
import re
import secrets
import unicodedata
from datetime import datetime
from pathlib import Path

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.reapi.words import shown
from qwen_notebook.studio.record import JobRecord, is_job_id

ROOM_BYTES = 32 << 20
"""Free space asked for before an image is bought."""
_MAX_WORDS = 40


class Store:
    """The files of one studio.

    Parameters
    ----------
    folder
        Made when first needed.

    Attributes
    ----------
    folder
        Absolute from the start: a notebook may change its working directory.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).expanduser().absolute()

    def check_writable(self) -> None:
        """Make sure that a picture could be saved, before it is bought.

        Raises
        ------
        QwenError
            If the folder cannot be written, or has no room.
        """
        try:
            for part in ("images", "previews", "ledger"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
            probe = self.folder / "images" / f".{secrets.token_hex(6)}.tmp"
            probe.touch()
            probe.unlink()
            room = _free_bytes(self.folder)
        except OSError as error:
            raise QwenError(
                f"The folder {str(self.folder)!r} cannot be written ({error.strerror}).",
                "What cannot be saved is not bought: choose another folder, as in qn.Studio('posters').",
            ) from None
        if room < ROOM_BYTES:
            raise QwenError(
                f"The disk of {str(self.folder)!r} has {room >> 20} MB left, and a picture may need more.",
                "What cannot be saved is not bought: make room, then try again.",
            )

    def picture_name(self, record: JobRecord, file_format: str) -> str:
        """The picture's path relative to the folder, as in ``images/2026-11-22-visit-mars-s7-4kx….png``."""
        day = datetime.fromtimestamp(record.created).astimezone().strftime("%Y-%m-%d")
        suffix = "jpg" if file_format == "jpeg" else "png"
        return f"images/{day}-{_words(record.request.prompt)}-s{record.seed}-{record.id}.{suffix}"

    def picture_names(self, record: JobRecord) -> tuple[str, str]:
        """What the picture of a job may be called, as its format is not known before it is there."""
        return self.picture_name(record, "png"), self.picture_name(record, "jpeg")

    def preview_path(self, job_id: str) -> Path:
        """Where the preview of a job's picture is.

        Raises
        ------
        ValueError
            If this cannot be the id of a job.
        """
        if not is_job_id(job_id):
            raise ValueError(f"{shown(job_id)} is not the id of a job.")
        return self.folder / "previews" / f"{job_id}.jpg"

    def remove_picture(self, record: JobRecord) -> None:
        """Remove a picture, its preview and its sidecar; those that are gone already are no trouble.

        Raises
        ------
        QwenError
            If the folder does not let one go.
        """
        files = [self.preview_path(record.id)]
        if record.file is not None:
            files += [self.folder / record.file, self.folder / f"{record.file}.xmp"]
        try:
            for file in files:
                file.unlink(missing_ok=True)
        except OSError as error:
            raise mark_trouble(error, self.folder) from None

    def write(self, path: Path, content: bytes) -> None:
        """Write a file whole or not at all.

        Raises
        ------
        OSError
            If there is no room, or no right.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name, put it on disk, and only then give it its own."""
    draft = path.parent / f".{secrets.token_hex(6)}.tmp"
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's new names on disk, where the system knows how."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def journal_trouble(error: OSError, folder: Path) -> QwenError:
    """The error for an image that is not bought because its purchase could not be written down."""
    return QwenError(
        f"The journal in {str(folder)!r} cannot be written ({error.strerror or error}).",
        "What cannot be taken down is not bought: make room, then try again.",
    )


def mark_trouble(error: OSError, folder: Path) -> QwenError:
    """The error for a star, a note or a deletion that the disk did not take."""
    return QwenError(
        f"The folder {str(folder)!r} cannot be written ({error.strerror or error}).",
        "Make room, or ask for the right to write there, then do it again.",
        charge=Charge.FREE,
    )


def disk_trouble(error: OSError, folder: Path) -> QwenError:
    """The error for a picture that was paid for and cannot be saved yet."""
    return QwenError(
        f"The picture cannot be saved in {str(folder)!r} yet ({error.strerror or error}).",
        "Make room: it is fetched and saved then; the task id is kept.",
        charge=Charge.PAID,
    )


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
