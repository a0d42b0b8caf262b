"""Stand-in until merged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qwen_notebook.errors import BadImage
from qwen_notebook.studio.record import JobRecord
from qwen_notebook.studio.store import Store


def save_picture(store: Store, record: JobRecord, content: bytes) -> dict[str, Any]:
    from qwen_notebook.studio.inspection import inspect
    from qwen_notebook.studio.provenance import with_provenance

    seen = inspect(content)
    facts = {"sha256": seen.sha256, "width": seen.width, "height": seen.height}
    name = store.picture_name(record, seen.format)
    marked, sidecar = with_provenance(content, replace(record, **facts))
    path = store.folder / name
    store.write(store.preview_path(record.id), seen.preview)
    if sidecar is not None:
        store.write(path.with_suffix(path.suffix + ".xmp"), sidecar)
    store.write(path, marked)
    return facts | {"file": name}


def take_written(store: Store, record: JobRecord, name: str) -> dict[str, Any] | None:
    from qwen_notebook.studio.inspection import inspect
    from qwen_notebook.studio.provenance import sha256_as_received

    content = (store.folder / name).read_bytes()
    try:
        seen = inspect(content)
    except BadImage:
        return None
    store.write(store.preview_path(record.id), seen.preview)
    sha256 = sha256_as_received(content)
    return {"sha256": sha256, "width": seen.width, "height": seen.height, "file": name}


def keep_doubtful(store: Store, record: JobRecord, content: bytes) -> str:
    name = store.picture_name(record, "png")[:-4] + ".doubtful"
    store.write(store.folder / name, content)
    return name


def remove_doubtful(store: Store, record: JobRecord) -> None:
    if record.doubtful:
        (store.folder / record.doubtful).unlink(missing_ok=True)
