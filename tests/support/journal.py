"""The journal of a folder as another process finds it on disk."""

from pathlib import Path

from qwen_notebook.journal.journal import Ledger
from qwen_notebook.journal.records import JobRecord


def read_journal(folder: Path) -> tuple[Ledger, list[JobRecord]]:
    """All jobs of a studio's folder, oldest first; every line of it has to be readable."""
    ledger = Ledger(folder)
    ledger.refresh()
    records = [ledger.record(job_id) for job_id in ledger.entries.ids]
    assert ledger.damaged == 0
    assert None not in records
    return ledger, [record for record in records if record is not None]
