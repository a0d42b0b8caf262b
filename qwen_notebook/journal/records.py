"""All that is known of a job: pure data, as the journal keeps it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any, Self, TypeGuard, cast

from qwen_notebook import errors
from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.journal.states import MOVES, State
from qwen_notebook.reapi.request import GenerationRequest

REAPI = "reapi"
SIMULATOR = "simulator"
"""The services that are built in, as journals name them."""

_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: nothing that is misread
LONGEST_TEXT = 20_000
"""Characters of a text that is kept in a journal; of an error's or a note's more is cut off."""
MOST_CREDITS = 1_000_000
"""The most that a journal may say an image costs."""
JOB_ID = "[0-9a-hjkmnp-tv-z]{1,32}"
"""The pattern of an id: nothing in it can lead a path anywhere else."""


def new_job_id() -> str:
    """A fresh id of ten characters (50 bits)."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(10))


def is_job_id(text: object) -> TypeGuard[str]:
    """Whether this can be the id of a job."""
    return isinstance(text, str) and re.fullmatch(JOB_ID, text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """An error as plain data.

    Attributes
    ----------
    kind
        The name of its class in `qwen_notebook.errors`.
    """

    kind: str
    what: str
    todo: str = ""
    charge: str = Charge.NOTHING
    status: int | None = None
    code: int | None = None
    request_id: str | None = None
    task_id: str | None = None

    @property
    def spares_the_request(self) -> bool:
        """Whether it says nothing of the request: asked for again, or from another kernel, it may well be made."""
        return self.kind in _SPARES_THE_REQUEST

    @classmethod
    def of(cls, error: QwenError) -> Self:
        """Take down an error."""
        given = {field.name: getattr(error, field.name) for field in fields(cls) if field.name != "kind"}
        return cls(kind=type(error).__name__, **given)

    def to_error(self) -> QwenError:
        """Make the error again, to be raised."""
        kind = getattr(errors, self.kind, None)
        cls = kind if isinstance(kind, type) and issubclass(kind, QwenError) else QwenError
        # A charge of a newer version: the one that promises nothing.
        charge = Charge(self.charge) if self.charge in _CHARGES else Charge.MAYBE
        return cls(
            self.what,
            self.todo,
            charge=charge,
            status=self.status,
            code=self.code,
            request_id=self.request_id,
            task_id=self.task_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAttempt:
    """An earlier sending of a job, never answered: what it may have cost stays with it, as does the way back.

    Attributes
    ----------
    number
        The job's `attempt` at that time.
    state
        ``uncertain``, or ``dismissed`` once a person gave it up.
    balance_before, balance_since, balance_after, balance_at, balance_among
        What the account's balance says of it; see `qwen_notebook.studio.evidence`.
    """

    number: int
    state: str = State.UNCERTAIN.value
    sent: float | None = None
    credits: int | None = None
    task_id: str | None = None
    balance_before: int | None = None
    balance_since: float | None = None
    balance_after: int | None = None
    balance_at: float | None = None
    balance_among: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job at one moment. Times are Unix seconds; `credits` is the price at sending, 0 for a preview.

    Attributes
    ----------
    attempt
        Counted up at each sending, and at each way back: what is said of a later attempt overrules the earlier.
    earlier
        Sendings before this one that were never answered.
    copy
        Which of the job's pictures this is: each sending that may have been billed has a file of its own.
    by_hand
        Whether a person gave the task id.
    doubtful
        What arrived and may be no image, relative to the studio's folder.
    client_id
        The id of the message that asked for it, where one did.
    origin
        The id of the notebook cell that asked for it, where known.
    drawn
        The key of the request as it was asked for, without a seed; None where the seed was given.
    cell
        Which notebook cell asked for it without a seed, as a hash; None elsewhere.
    seconds
        From sending to the end of the task, as likely as can be told: it ended between two looks. None where nobody can
        tell, because nobody looked for so long.
    file
        The picture's path relative to the studio's folder.
    balance_before, balance_since, balance_after, balance_at, balance_among
        What the account's balance says of a sending without an answer; see `qwen_notebook.studio.evidence`.
    note
        Why nothing moves at present, where nothing does.
    """

    id: str
    request: GenerationRequest
    service: str
    state: State = State.PLANNED
    created: float
    changed: float
    attempt: int = 0
    earlier: tuple[EarlierAttempt, ...] = ()
    copy: int = 1
    by_hand: bool = False
    client_id: str | None = None
    origin: str | None = None
    drawn: str | None = None
    cell: str | None = None
    sent: float | None = None
    credits: int | None = None
    task_id: str | None = None
    url: str | None = None
    seconds: float | None = None
    saved: float | None = None
    file: str | None = None
    doubtful: str | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    balance_before: int | None = None
    balance_since: float | None = None
    balance_after: int | None = None
    balance_at: float | None = None
    balance_among: int = 1
    error: ErrorRecord | None = None
    note: str | None = None

    def moved(self, state: State, at: float, **changes: Any) -> Self:
        """The record after a move.

        Raises
        ------
        ValueError
            If the move is none of those in `MOVES`.
        """
        if state not in MOVES[self.state]:
            raise ValueError(f"A {self.state} job cannot become {state}.")
        return replace(self, state=state, changed=at, **({"note": None} | changes))

    @property
    def seed(self) -> int:
        """The seed that is sent: a job always has one."""
        return self.request.seed or 0


def changed_fields(before: JobRecord | None, after: JobRecord) -> dict[str, Any]:
    """The fields in which a record differs from an earlier one, as JSON can hold them."""
    changes: dict[str, Any] = {}
    for field in fields(JobRecord):
        value = getattr(after, field.name)
        if before is None and value == field.default:
            continue
        if before is None or value != getattr(before, field.name):
            changes[field.name] = _stored(value)
    return changes


def _stored(value: Any) -> Any:
    if isinstance(value, GenerationRequest):
        return {name: v for name, v in value.to_fields().items() if v is not None}
    if isinstance(value, ErrorRecord | EarlierAttempt):
        return {
            field.name: _stored(v)
            for field in fields(value)
            if (v := getattr(value, field.name)) != field.default
        }
    if isinstance(value, tuple):
        return [_stored(one) for one in cast("tuple[Any, ...]", value)]
    # What comes from the service may be of any length, and a line that is not read back would lose the job's move.
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def record_from(merged: Mapping[str, Any]) -> JobRecord:
    """A record from its merged fields; names from a newer version are passed over.

    Raises
    ------
    QwenError, KeyError, TypeError, ValueError
        If the fields do not make a job.
    """
    known = {
        **merged,
        "request": GenerationRequest.recorded(merged["request"]),
        "state": State(merged["state"]),
    }
    if isinstance(merged.get("error"), dict):
        known["error"] = ErrorRecord(**_only(merged["error"], ErrorRecord))
    known["earlier"] = tuple(
        EarlierAttempt(**_only(one, EarlierAttempt)) for one in merged.get("earlier") or ()
    )
    record = object.__new__(JobRecord)  # its `__init__` looks up all fields by their names, twice
    for name, default, put in _FIELDS:
        put(record, known[name] if default is MISSING else known.get(name, default))
    return record


def _only(given: dict[str, Any], cls: Any) -> dict[str, Any]:
    names = {field.name for field in fields(cls)}
    return {name: value for name, value in given.items() if name in names}


# Of the key, the money, the network, the disk.
_SPARES_THE_REQUEST = frozenset(
    error.__name__
    for error in (
        errors.AuthenticationError,
        errors.BudgetExceeded,
        errors.ConnectionFailed,
        errors.InsufficientCredits,
        errors.PermissionDenied,
        errors.RateLimited,
        QwenError,
    )
)
_CHARGES = frozenset(charge.value for charge in Charge)
_FIELDS = tuple(
    (field.name, field.default, getattr(JobRecord, field.name).__set__) for field in fields(JobRecord)
)
