"""What arrived is put into the folder: the picture first, then what stands beside it."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from qwen_notebook.errors import BadImage
from qwen_notebook.imaging.inspection import inspect
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.studio.provenance import sha256_as_received, with_provenance
from qwen_notebook.studio.storage import Storage


def save_picture(store: Storage, record: JobRecord, content: bytes) -> dict[str, Any]:
    """Check a file, write it with its provenance, and then its preview.

    Parameters
    ----------
    store
        Where to.
    record
        The job that was paid for.
    content
        What was downloaded.

    Returns
    -------
    dict
        The fields of the record that are known now: `sha256`, `width`, `height` and `file`.

    Raises
    ------
    BadImage
        If it is not an image that may be opened.
    OSError
        If the picture cannot be written. That its preview or its sidecar cannot is no trouble.
    """
    seen = inspect(content)
    facts = {"sha256": seen.sha256, "width": seen.width, "height": seen.height}
    marked, sidecar = with_provenance(seen.clean, replace(record, **facts))
    name = store.new_name(record, seen.format)
    store.write_picture(name, marked)
    _write_beside(store, record, name, seen.preview, sidecar)
    return facts | {"file": name}


def take_written(store: Storage, record: JobRecord, name: str) -> dict[str, Any] | None:
    """Take a file for a job's picture that was written before the journal could say so.

    Parameters
    ----------
    store, record
        As in `save_picture`.
    name
        One of those that `Storage.find_written` found.

    Returns
    -------
    dict or None
        As `save_picture` does; None where it cannot be read or is not a whole image.
    """
    try:
        content = store.read(name)
        seen = inspect(content)
    except (OSError, BadImage):
        return None
    facts = {"sha256": sha256_as_received(content), "width": seen.width, "height": seen.height}
    marked, sidecar = with_provenance(content, replace(record, **facts))
    _write_beside(store, record, name, seen.preview, sidecar if marked == content else None)
    return facts | {"file": name}


def keep_doubtful(store: Storage, record: JobRecord, content: bytes) -> str:
    """Keep what arrived and may be no image: in place of what was kept before.

    Returns
    -------
    str
        Its name relative to the folder, with the suffix ``.doubtful``.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    name = store.doubtful_name(record)
    store.write_picture(name, content)
    return name


def remove_doubtful(store: Storage, record: JobRecord) -> None:
    """Remove what `keep_doubtful` kept for a job; that it is gone, or cannot be removed, is no trouble."""
    if record.doubtful is not None:
        with suppress(OSError):
            store.inside(record.doubtful).unlink(missing_ok=True)


def _write_beside(
    store: Storage, record: JobRecord, name: str, preview: bytes, sidecar: bytes | None
) -> None:
    """Write what can be made again: that it cannot be written must not lose the picture."""
    with suppress(OSError):
        store.write(store.preview_path(record.id), preview)
    if sidecar is not None:
        with suppress(OSError):
            path = store.inside(f"{name}.xmp")
            store.write(path, sidecar)
