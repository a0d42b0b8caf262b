"""The journal of a folder as another process finds it on disk."""

from pathlib import Path

from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import JobRecord


def read_journal(folder: Path) -> tuple[Journal, list[JobRecord]]:
    """All jobs of a studio's folder, oldest first; every line of it has to be readable."""
    journal = Journal(folder)
    journal.refresh()
    records = [journal.record(job_id) for job_id in journal.index.ids]
    assert journal.damaged == 0
    assert None not in records
    return journal, [record for record in records if record is not None]
