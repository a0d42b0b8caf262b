"""The plan of an experiment on disk, written before anything is sent: ``sweeps/<id>.json`` in the studio's folder."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from qwen_notebook.experiments.axes import Axes
from qwen_notebook.experiments.cells import Cell
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.models import LARGEST_SEED
from qwen_notebook.reapi.urls import without_query
from qwen_notebook.studio.paths import OutsideFolder, inside, read_file
from qwen_notebook.studio.storage import Storage, annotation_trouble, link_trouble

_VERSION = 1
_ID = re.compile("[0-9a-f]{12}")


def id_of(axes: Axes, cells: Sequence[Cell]) -> str:
    """The identity of an experiment: the same axes and cells make the same one, in any kernel (12 hex digits)."""
    identity = "\n".join((*axes.values, *(cell.id for cell in cells)))
    return sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def keep(store: Storage, sweep_id: str, axes: Axes, cells: Sequence[Cell]) -> Path:
    """Put the plan on disk, where it is not there already.

    Raises
    ------
    QwenError
        If the disk does not take it; what cannot be taken down is not bought.
    """
    try:
        path = _path(store, sweep_id)
        if not path.exists():
            plan = _plan_of(sweep_id, axes, cells)
            store.write(path, json.dumps(plan, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass"))
    except OutsideFolder as error:
        raise link_trouble(error) from None
    except OSError as error:
        raise annotation_trouble(error, store.folder) from None
    return path


def _plan_of(sweep_id: str, axes: Axes, cells: Sequence[Cell]) -> dict[str, Any]:
    return {
        "v": _VERSION,
        "id": sweep_id,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "axes": {name: [_scalar(value) for value in values] for name, values in axes.values.items()},
        "cells": [{"id": cell.id, "repeat": cell.repeat, "request": _fields(cell)} for cell in cells],
    }


def with_kept_seeds(store: Storage, sweep_id: str, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells with the seeds that were drawn for them when the plan was first put on disk.

    A plan that cannot be read changes nothing: the seeds are drawn from the cells' identities.
    """
    try:
        plan = from_json(read_file(_path(store, sweep_id)))  # unlike json it minds how deep it goes
        most = min((cell.request.spec.seed_max for cell in cells), default=LARGEST_SEED)
        seeds = {cell["id"]: _checked(cell["request"]["seed"], most) for cell in plan["cells"]}
    except (OSError, ValueError, KeyError, TypeError):
        return tuple(cells)
    return tuple(
        replace(cell, request=cell.request.with_seed(seeds[cell.id]))
        if seeds.get(cell.id, cell.request.seed) != cell.request.seed
        else cell
        for cell in cells
    )


def _checked(seed: object, most: int) -> int:
    if type(seed) is not int or not 0 <= seed <= most:
        raise ValueError(seed)
    return seed


def _path(store: Storage, sweep_id: str) -> Path:
    if not _ID.fullmatch(sweep_id):
        raise ValueError(f"{shown(sweep_id)} is not the id of an experiment.")
    return inside(store.folder, f"sweeps/{sweep_id}.json", "sweeps")


def _fields(cell: Cell) -> dict[str, Any]:
    fields = {name: value for name, value in cell.request.to_fields().items() if value is not None}
    if cell.request.image_url is not None:
        fields["image_url"] = without_query(cell.request.image_url)
    return fields


def _scalar(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
