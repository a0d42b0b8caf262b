"""The jobs of a folder as lines of text, for a terminal."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.reapi.formatting import one_line
from qwen_notebook.studio.providers.choice import provider_named
from qwen_notebook.studio.text_width import cut_to, width_of

_PROMPT_COLUMNS = 40
_GAP = "  "


def job_lines(folder: str | Path, width: int | None = None) -> list[str]:
    """One line a job, newest last: id, state, price, seed, the prompt's beginning, service, task id and file.

    Parameters
    ----------
    folder
        A studio's.
    width
        Columns that a line may take; None for any number.

    Raises
    ------
    QwenError
        If there is no studio there, or its journal cannot be read.
    """
    from qwen_notebook.journal.journal import Journal

    shown = repr(one_line(str(folder)))
    root = Path(folder)
    try:
        if not (root / "ledger").is_dir():
            raise QwenError(
                f"There is no studio in {shown}.", "Name the folder of a studio.", charge=Charge.FREE
            )
        journal = Journal(root)
        journal.refresh()
        found = list(journal.records(journal.index.ids))
    except (OSError, ValueError) as error:
        if isinstance(error, QwenError):
            raise
        raise QwenError(
            f"The journal in {shown} cannot be read ({getattr(error, 'strerror', None) or type(error).__name__}).",
            charge=Charge.FREE,
        ) from None
    lines = list(_aligned(map(_cells, found)))
    return lines if width is None else [cut_to(line, width) for line in lines]


def _cells(record: JobRecord) -> list[str]:
    cells = (
        record.id,
        record.state,
        _price(record),
        f"seed {record.seed}",
        cut_to(one_line(record.request.prompt), _PROMPT_COLUMNS),
        record.service,
        record.task_id or "-",
        record.file or "",
    )
    return [one_line(str(cell)) for cell in cells]


def _price(record: JobRecord) -> str:
    if provider_named(record.service).free:
        return "free"
    return "-" if record.credits is None else f"{record.credits} credits"


def _aligned(rows: Iterable[list[str]]) -> Iterator[str]:
    rows = list(rows)
    columns = [max(map(width_of, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell + " " * (most - width_of(cell)) for cell, most in zip(row, columns, strict=True))
        yield _GAP.join(padded).rstrip()
