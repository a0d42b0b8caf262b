"""A program that is a writer of a folder's journal, until it is told to end or killed: ``writer_program.py FOLDER``.

It writes down one planned job, prints the writer's name, and waits for a line; then it closes the journal. Asked
about a writer (``writer_program.py FOLDER WRITER``) it prints whether that is alive.
"""

import sys
from pathlib import Path

from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import REAPI, JobRecord, new_job_id
from qwen_notebook.reapi.request import GenerationRequest


def main(folder: str, writer: str | None = None) -> None:
    journal = Journal(Path(folder))
    if writer is not None:
        print(journal.is_alive(writer))
        return
    request = GenerationRequest(prompt="a fox", seed=7)
    journal.write(
        JobRecord(id=new_job_id(), request=request, service=REAPI, created=1.0, changed=1.0, credits=31)
    )
    print(journal.writer, flush=True)
    sys.stdin.readline()
    journal.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
