"""What becomes of a job's record when it is sent again, when that comes to nothing, and when it is looked at anew.

No later attempt settles an earlier one: a sending that was never answered may have been billed, whatever the next one
is answered, and its task id can still be given. So it stays with the job as an `EarlierAttempt`.
"""

from dataclasses import replace
from typing import Any

from qwen_notebook.errors import Charge, QwenError, UncertainSubmission
from qwen_notebook.journal.records import EarlierAttempt, ErrorRecord, JobRecord
from qwen_notebook.journal.states import State

DECIDE = UncertainSubmission.ways_out


def sent(record: JobRecord) -> dict[str, Any]:
    """The changes of a job that is sent: for the first time, after a certain refusal, or after an unknown fate."""
    changes: dict[str, Any] = {"attempt": record.attempt + 1, "error": None}
    if record.state is State.UNCERTAIN:
        changes |= {
            "earlier": (*record.earlier, _of(record)),
            "copy": record.copy + 1,
            "balance_after": None,
            "balance_at": None,
            "balance_among": 1,
            "task_id": None,
            "by_hand": False,
        }
    return changes


def fallen_back(record: JobRecord, why: str) -> dict[str, Any]:
    """The changes of a job whose newest sending certainly came to nothing: the one before is what counts.

    Parameters
    ----------
    record
        A job with an earlier attempt.
    why
        What happened to the newest, as a sentence.
    """
    last = record.earlier[-1]
    error = UncertainSubmission(f"It was sent before, and no answer came. {why}", DECIDE)
    return {
        "earlier": record.earlier[:-1],
        "sent": last.sent,
        "credits": last.credits,
        "task_id": last.task_id,
        "error": ErrorRecord.of(error),
    } | _balance_of(last)


def ended_unsent(record: JobRecord, why: str) -> tuple[State, dict[str, Any]]:
    """State and changes of a planned job that will not be sent."""
    if record.earlier:
        return State.UNCERTAIN, fallen_back(record, why)
    return State.CANCELLED, {}


def refused(record: JobRecord, error: QwenError) -> tuple[State, dict[str, Any]]:
    """State and changes of a job whose sending the service, or the disk, certainly refused."""
    if record.earlier:
        return State.UNCERTAIN, fallen_back(record, f"Sent again, it was refused: {error.what}")
    return State.REFUSED, {"error": ErrorRecord.of(error), "credits": None}


def dismissed(record: JobRecord) -> dict[str, Any]:
    """The changes of a job that a person gives up: its money stays counted."""
    return {"earlier": tuple(replace(one, state=State.DISMISSED.value) for one in record.earlier)}


def taken_back(record: JobRecord) -> dict[str, Any]:
    """The changes of a job whose task id was given by hand, and was the wrong one."""
    error = UncertainSubmission("The task id that was given was taken back.", DECIDE)
    return {
        "attempt": record.attempt + 1,
        "copy": record.copy + 1,
        "by_hand": False,
        "error": ErrorRecord.of(error),
    } | dict.fromkeys(("task_id", "url", "seconds", "saved", "file", "doubtful", "sha256", "width", "height"))


def looked_at_again(record: JobRecord) -> dict[str, Any]:
    """The changes of a job whose image was given up, and is looked at anew."""
    return {"attempt": record.attempt + 1, "error": None}


def recovered(record: JobRecord, job_id: str, task_id: str, at: float) -> tuple[JobRecord, JobRecord]:
    """Give the newest of a job's earlier attempts a job of its own, now that its task id is known.

    Returns
    -------
    recovered : JobRecord
        The earlier attempt's job, with the service.
    rest : JobRecord
        The job without it.
    """
    last = record.earlier[-1]
    own = JobRecord(
        id=job_id,
        request=record.request,
        service=record.service,
        state=State.SUBMITTED,
        created=record.created,
        changed=at,
        attempt=1,
        by_hand=True,
        origin=record.origin,
        sent=last.sent,
        credits=last.credits,
        task_id=task_id,
        **_balance_of(last),
    )
    return own, replace(record, earlier=record.earlier[:-1], attempt=record.attempt + 1, changed=at)


def never_answered() -> UncertainSubmission:
    """The error of a job whose sender died before an answer came."""
    return UncertainSubmission(
        "It was being sent when its kernel ended, and no answer was written down.",
        DECIDE,
        charge=Charge.MAYBE,
    )


def _of(record: JobRecord) -> EarlierAttempt:
    return EarlierAttempt(
        number=record.attempt,
        sent=record.sent,
        credits=record.credits,
        task_id=record.task_id,
        **_balance_of(record),
    )


def _balance_of(one: JobRecord | EarlierAttempt) -> dict[str, Any]:
    """What the balance says of a sending, to go along with it."""
    return {
        "balance_before": one.balance_before,
        "balance_since": one.balance_since,
        "balance_after": one.balance_after,
        "balance_at": one.balance_at,
        "balance_among": one.balance_among,
    }
