"""Records of jobs for tests that need one but make none."""

from typing import Any

from qwen_notebook.journal.records import REAPI, JobRecord
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest


def saved_record(prompt: str = "a poster that reads VISIT MARS", **changes: Any) -> JobRecord:
    request = GenerationRequest(prompt=prompt, seed=7, **changes.pop("request", {}))
    known: dict[str, Any] = {
        "id": "4kx9w2m7qd",
        "request": request,
        "service": REAPI,
        "state": State.SAVED,
        "created": 1_795_360_000.0,
        "changed": 1_795_360_020.0,
        "sent": 1_795_360_001.0,
        "task_id": "task_018f",
        "url": "https://cdn.reapi.ai/media/tasks/task_018f/0.png?signature=secret",
        "credits": 31,
        "seconds": 14.2,
        "width": 64,
        "height": 36,
        "sha256": "0" * 64,
    }
    return JobRecord(**(known | changes))
