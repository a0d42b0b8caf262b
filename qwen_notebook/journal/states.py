"""The states of a job and the moves between them."""

from enum import StrEnum


class State(StrEnum):
    """Where a job is in its life.

    ``planned`` is not sent; ``sending`` is on its way; ``submitted`` and ``processing`` are the service's;
    ``downloading`` is being fetched; ``uncertain`` was sent and never answered. The others are ends.
    """

    PLANNED = "planned"
    SENDING = "sending"
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    DOWNLOADING = "downloading"
    UNCERTAIN = "uncertain"
    SAVED = "saved"
    GONE = "gone"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    CANCELLED = "cancelled"

    # By value: asked for hundreds of thousands of times, and a member's hash is a call into Python.

    @property
    def ended(self) -> bool:
        """Whether it is over, as far as anybody has decided."""
        return self._value_ in _ENDED

    @property
    def settled(self) -> bool:
        """Whether nothing more happens by itself: ended, or waiting for a person's word."""
        return self._value_ in _RESTING

    @property
    def at_service(self) -> bool:
        """Whether the service has the task and the image is still to come."""
        return self._value_ in _AT_SERVICE

    @property
    def given_up(self) -> bool:
        """Whether a paid image could not be had, and may be looked at again for nothing."""
        return self._value_ in _GIVEN_UP

    @property
    def billed(self) -> bool:
        """Whether the service has certainly charged for it, and not refunded."""
        return self._value_ in _BILLED

    @property
    def maybe_billed(self) -> bool:
        """Whether it may have been charged, and nobody knows."""
        return self._value_ in _MAYBE_BILLED


def stands_for_request(state: State) -> bool:
    """Whether a job in this state makes another purchase of its request needless: a picture is there, or may come."""
    return state is State.SAVED or state.given_up or not (state.ended or state is State.DISMISSED)


_AT_SERVICE = frozenset({"submitted", "processing", "downloading"})
_BILLED = _AT_SERVICE | {"saved", "gone", "unreadable"}
_GIVEN_UP = frozenset({"gone", "unreadable"})
_MAYBE_BILLED = frozenset({"sending", "uncertain", "dismissed"})

MOVES: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.SENDING, State.CANCELLED, State.REFUSED, State.UNCERTAIN, State.PLANNED}),
    State.SENDING: frozenset({State.SUBMITTED, State.PLANNED, State.REFUSED, State.UNCERTAIN}),
    State.SUBMITTED: frozenset({State.PROCESSING, State.DOWNLOADING, State.FAILED, State.UNCERTAIN}),
    State.PROCESSING: frozenset({State.DOWNLOADING, State.FAILED, State.UNCERTAIN}),
    State.DOWNLOADING: frozenset({State.SAVED, State.GONE, State.UNREADABLE, State.FAILED, State.UNCERTAIN}),
    State.UNCERTAIN: frozenset({State.SUBMITTED, State.SENDING, State.DISMISSED}),
    State.DISMISSED: frozenset({State.SUBMITTED}),
    State.GONE: frozenset({State.DOWNLOADING, State.UNCERTAIN}),
    State.UNREADABLE: frozenset({State.DOWNLOADING, State.UNCERTAIN}),
    State.FAILED: frozenset({State.UNCERTAIN}),
    State.SAVED: frozenset({State.UNCERTAIN}),
    State.REFUSED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""From each state to the next. From ``planned`` to ``uncertain`` where an earlier attempt is; back to ``uncertain``
where a task id that a person gave was the wrong one; ``gone`` and ``unreadable`` are looked at again for nothing."""

_ENDED = frozenset({"saved", "gone", "failed", "unreadable", "refused", "dismissed", "cancelled"})
_RESTING = _ENDED | {State.UNCERTAIN.value}

# How far a job has come, for merging what several writers said of it: further beats nearer.
_ORDER = (
    (State.PLANNED,),
    (State.SENDING,),
    (State.CANCELLED, State.REFUSED),
    (State.UNCERTAIN,),
    (State.DISMISSED,),
    (State.SUBMITTED,),
    (State.PROCESSING,),
    (State.DOWNLOADING,),
    (State.GONE, State.UNREADABLE, State.FAILED),
    (State.SAVED,),
)
RANK: dict[State, int] = {state: rank for rank, states in enumerate(_ORDER) for state in states}
