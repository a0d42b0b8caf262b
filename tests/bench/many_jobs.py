"""Folders that have seen many jobs, and what a process of its own takes that looks at one."""

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from tests.support.environment import clean_environment

WRITERS = 10
STEPS = 6
"""Lines of one job from planned to saved; the answer stands in room that was reserved for it."""
_ID, _TASK, _PROMPT, _SEED, _CREATED, _SAVED = (
    "thejbsjd00",
    f"task_{7:032x}",
    "VISIT MARS",
    700_000_007,
    1.5,
    9.5,
)
_SHAPES = ("16:9", "1:1", "9:16", "4:3")
_KINDS = tuple(
    product(
        (
            "fox",
            "owl",
            "lighthouse",
            "tram",
            "café façade",
            "market stall",
            "red kite",
            "harbour",
            "猫",
            "bridge",
        ),
        ("at night", "at dawn", "in the rain", "in the first snow", "under a low sun", "in fog"),
        ("as a linocut in two colours", "as a poster of the thirties", "photographed on slide film"),
        ("with the words OPEN LATE above it", "seen from far away", "seen from very near"),
    )
)


def prompt_of(number: int) -> str:
    """What the job of this number was asked for: a hundred characters, and no two the same."""
    what, when, how, where = _KINDS[number * 7 % len(_KINDS)]
    return f"A {what} {when}, {how}, {where}, with room for a title, version {number}"


def write_folder(folder: Path, jobs: int, *, compact: bool) -> None:
    """Write the journal of so many saved jobs, from the lines that the journal itself writes of one."""
    target = folder / "ledger"
    target.mkdir(parents=True)
    head, *lines = _lines_of_one(compact=compact)
    of_a_job = b"".join(lines).decode()
    for writer in range(WRITERS):
        name = f"{0:08x}-{100_000 + writer}-{writer:08x}"
        with (target / f"{name}.jsonl").open("wb") as file:
            file.write(head.replace(b"@writer", name.encode()))
            for job in range(writer, jobs, WRITERS):
                told = (
                    of_a_job.replace("@writer", name)
                    .replace(_ID, f"j{job:09}")
                    .replace(_TASK, f"task_{job:032x}")
                    .replace(_PROMPT, prompt_of(job))
                    .replace(str(_SEED), str(job))
                    .replace('"16:9"', f'"{_SHAPES[job % len(_SHAPES)]}"')
                    .replace('"key":"', f'"key":"{job:08x}')
                    .replace("@seq", str(job // WRITERS))
                    .replace(f'"created":{_CREATED}', f'"created":{1_700_000_000.5 + job}')
                    .replace(f'"saved":{_SAVED}', f'"saved":{1_700_000_020.5 + job}')
                )
                file.write(told.encode())


def _lines_of_one(*, compact: bool) -> list[bytes]:
    from qwen_notebook.journal.journal import Journal

    with tempfile.TemporaryDirectory() as scratch:
        journal = Journal(Path(scratch))
        key = _write_one(journal)
        if compact:
            journal.close()
        lines = next(journal.folder.glob("*.jsonl")).read_bytes().splitlines(keepends=True)
        writer = journal.writer.encode()
    told = [line.replace(writer, b"@writer") for line in lines if b'"kind":"closed"' not in line]
    return [
        told[0],
        *(line.replace(b'"seq":', b'"seq":1@seq').replace(key[:8].encode(), b"", 1) for line in told[1:]),
    ]


def _write_one(journal: Any) -> str:
    from qwen_notebook.journal.records import JobRecord
    from qwen_notebook.journal.states import State
    from qwen_notebook.reapi.request import GenerationRequest

    request = GenerationRequest(prompt=_PROMPT, seed=_SEED)
    record = JobRecord(
        id=_ID, request=request, service="reapi", created=_CREATED, changed=_CREATED, credits=31
    )
    journal.write(record)
    for state, changes in {
        State.SENDING: {"sent": 2.0, "attempt": 1, "balance_before": 12_500},
        State.SUBMITTED: {"task_id": _TASK},
        State.PROCESSING: {},
        State.DOWNLOADING: {"url": f"https://cdn.reapi.ai/media/tasks/{_TASK}/0.png", "seconds": 14.2},
        State.SAVED: {
            "saved": _SAVED,
            "sha256": "0" * 64,
            "width": 2688,
            "height": 1536,
            "file": f"images/2026-11-22-a-poster-that-reads-visit-mars-s7-{_ID}.png",
        },
    }.items():
        record = replace(record, state=state, **changes)
        journal.write(record, reserve=state is State.SENDING)
    return request.key


def looked_at(module: str, folder: Path, *, times: int = 3) -> list[dict[str, float]]:
    """What a module's ``main`` prints of a folder, each time in a process of its own."""
    return [
        json.loads(
            subprocess.run(
                [sys.executable, "-m", module, str(folder)],
                env=clean_environment(),
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(times)
    ]


def peak_megabytes() -> float:
    """The most memory that this process has had. What `getrusage` says begins with what its parent had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
