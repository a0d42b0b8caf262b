"""Lines of a journal as somebody else may have written them."""

import json
from pathlib import Path
from typing import Any

from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import REAPI
from qwen_notebook.reapi.request import GenerationRequest

Line = dict[str, Any]


def beginning(job: str, **fields: Any) -> Line:
    """The line that a job begins with."""
    request = GenerationRequest(prompt="a fox", seed=7)
    asked = {name: value for name, value in request.to_fields().items() if value is not None}
    return move(job) | {
        "id": job,
        "request": asked,
        "key": request.key,
        "service": REAPI,
        "created": 100.0,
        "credits": 31,
        **fields,
    }


def move(job: str, **fields: Any) -> Line:
    """A line that says how far a job has come."""
    line = {"v": 1, "kind": "job", "writer": "one", "seq": 1, "at": 100.0, "job": job}
    return line | {"state": "planned", "attempt": 0, **fields}


def saved(job: str, **fields: Any) -> Line:
    """A job that is saved, as one line."""
    kept = {"state": "saved", "attempt": 1, "file": f"images/{job}.png", "sha256": "0" * 64, "saved": 104.0}
    return beginning(job, **(kept | {"seconds": 3.5, "task_id": f"task_{job}", "sent": 101.0} | fields))


def mark(job: str, **fields: Any) -> Line:
    """What somebody says of a picture."""
    return {"v": 1, "kind": "mark", "writer": "one", "seq": 9, "at": 105.0, "job": job, **fields}


def put(folder: Path, *lines: Line | bytes, name: str = "one") -> Path:
    """Write a file of these lines, and return it."""
    file = folder / "ledger" / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    told = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    file.write_bytes(b"".join(line + b"\n" for line in told))
    return file


def read(folder: Path) -> Journal:
    """The journal of a folder, read."""
    journal = Journal(folder)
    journal.refresh()
    return journal
