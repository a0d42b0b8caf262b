"""A folder that remembers a quick service, so that the next image is looked for soon after it was asked for."""

from pathlib import Path
from time import time

from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import REAPI, JobRecord, new_job_id
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.request import GenerationRequest

IMAGES = 24


def remember_quick_images(folder: Path, seconds: float = 0.3) -> None:
    """Write into a studio's journal that earlier images took so long. They have expired, so none is shown."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder)
    for number in range(IMAGES):
        at = time() - 3600 + number
        record = JobRecord(
            id=new_job_id(),
            request=GenerationRequest(prompt="an image of the past", seed=1_000_000 + number),
            service=REAPI,
            state=State.GONE,
            created=at,
            changed=at,
            attempt=1,
            sent=at,
            credits=0,
            task_id=f"task_past_{number}",
            seconds=seconds,
        )
        journal.write(record, sync=False)
    journal.close()
