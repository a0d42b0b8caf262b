"""What arrived is put into the folder: the picture first, then what stands beside it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from qwen_notebook.errors import BadImage
from qwen_notebook.imaging.inspection import inspect
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.studio.arrival import Arrival
from qwen_notebook.studio.provenance import parts_with_provenance, sha256_as_received
from qwen_notebook.studio.storage import Storage

Facts = dict[str, Any]
"""Fields of a record."""


def save_picture(
    store: Storage,
    record: JobRecord,
    content: bytes,
    *,
    sha256: str | None = None,
    on_disk: Callable[[Facts], object] = lambda _: None,
) -> Facts:
    """Check a file, write it with its provenance, and then its preview.

    Parameters
    ----------
    store
        Where to.
    record
        The job that was paid for.
    content
        What was downloaded.
    sha256
        Its hash, where it is known.
    on_disk
        Is told what is returned as soon as the picture is safe, while its preview is still to be made.

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
    seen = inspect(content, sha256)
    facts: Facts = {"sha256": seen.sha256, "width": seen.width, "height": seen.height}
    parts, sidecar = parts_with_provenance(seen.clean, replace(record, **facts))
    facts["file"] = name = store.new_name(record, seen.format)
    store.write_picture(name, *parts)
    _write_sidecar(store, name, sidecar)
    unmade = store.unmade.add(record.id, seen.image)
    try:
        on_disk(facts)
        with suppress(OSError):
            store.write_preview(record.id, unmade.make())
    finally:
        if store.unmade.drop(record.id) is not unmade:  # the picture was deleted meanwhile
            with suppress(OSError):
                store.preview_path(record.id).unlink(missing_ok=True)
    return facts


def save_arrival(
    store: Storage, record: JobRecord, arrival: Arrival, on_disk: Callable[[Facts], object]
) -> Facts:
    """Do as `save_picture` does with what was downloaded, wherever it has waited."""
    return save_picture(store, record, arrival.read(), sha256=arrival.sha256, on_disk=on_disk)


def take_written(store: Storage, record: JobRecord, name: str) -> Facts | None:
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
        seen = inspect(content, sha256_as_received(content))
    except (OSError, BadImage):
        return None
    facts: Facts = {"sha256": seen.sha256, "width": seen.width, "height": seen.height}
    _, sidecar = parts_with_provenance(content, replace(record, **facts))
    _write_sidecar(store, name, sidecar)
    with suppress(OSError):
        store.write_preview(record.id, seen.preview)
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


def _write_sidecar(store: Storage, name: str, sidecar: bytes | None) -> None:
    """Write what can be made again: that it cannot be written must not lose the picture."""
    if sidecar is not None:
        with suppress(OSError):
            store.write(store.inside(f"{name}.xmp"), sidecar)
