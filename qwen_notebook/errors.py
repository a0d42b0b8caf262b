"""Every error that a person can meet, each saying what happened, what was charged, and what to do."""

from enum import StrEnum
from typing import Any

__all__ = [
    "AuthenticationError",
    "BadImage",
    "BudgetExceeded",
    "Charge",
    "ConfirmPurchase",
    "ConnectionFailed",
    "ContentRejected",
    "GenerationFailed",
    "InsufficientCredits",
    "InvalidRequest",
    "JobCancelled",
    "PermissionDenied",
    "QwenError",
    "RateLimited",
    "ResultGone",
    "ServiceError",
    "StillRunning",
    "UncertainSubmission",
]


class Charge(StrEnum):
    """What an error means for the person's money."""

    NOTHING = "nothing"
    REFUNDED = "refunded"
    MAYBE = "maybe"
    PAID = "paid"
    FREE = "free"

    @property
    def sentence(self) -> str:
        """The charge in words; empty where no money is in play."""
        return _SENTENCES[self]


_SENTENCES = {
    Charge.NOTHING: "Nothing was charged.",
    Charge.REFUNDED: "The charge was refunded.",
    Charge.MAYBE: "It may have been charged.",
    Charge.PAID: "The image was charged.",
    Charge.FREE: "",
}


class QwenError(Exception):
    """The root of all errors of this package.

    Parameters
    ----------
    what
        What happened, as a sentence.
    todo
        What the person can do about it, as a sentence.
    charge
        What it means for their money; each class has its usual answer.
    status, code, request_id, task_id
        The HTTP status and reAPI's own code, request id and task id, where known.

    Examples
    --------
    >>> error = RateLimited("reAPI is asked too often.", "Wait a moment.", retry_after=2)
    >>> str(error)
    'reAPI is asked too often. Nothing was charged. Wait a moment.'
    """

    usual_charge = Charge.NOTHING

    def __init__(
        self,
        what: str,
        todo: str = "",
        *,
        charge: Charge | None = None,
        status: int | None = None,
        code: int | None = None,
        request_id: str | None = None,
        task_id: str | None = None,
    ) -> None:
        super().__init__(what, todo)
        self.what = what
        self.todo = todo
        self.charge = self.usual_charge if charge is None else charge
        self.status = status
        self.code = code
        self.request_id = request_id
        self.task_id = task_id

    def __str__(self) -> str:
        # Some of the words are the service's, or out of a folder from somebody else.
        from qwen_notebook.printable import printable

        return printable(" ".join(part for part in (self.what, self.charge.sentence, self.todo) if part))

    def __reduce__(self) -> tuple[Any, ...]:
        # Not by calling the class again: what a subclass asks for beside the two sentences is not among the arguments.
        return _remade, (type(self), self.args, self.__dict__)


def _remade(kind: type[QwenError], args: tuple[Any, ...], known: dict[str, Any]) -> QwenError:
    """An error out of a pickle, with all that it says."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(known)
    return error


class InvalidRequest(QwenError, ValueError):
    """The request would be refused; it was not sent. ``field`` names the culprit."""

    def __init__(self, what: str, todo: str = "", *, field: str | None = None, **known: object) -> None:
        super().__init__(what, todo, **known)  # type: ignore[arg-type]
        self.field = field


class AuthenticationError(QwenError):
    """There is no key, or the service does not accept it."""


class PermissionDenied(QwenError):
    """The key may not do this, or a filter before the service turned the call away."""


class InsufficientCredits(QwenError):
    """The account has too few credits left."""


class RateLimited(QwenError):
    """The service is asked too often. ``retry_after`` is in seconds, where it said."""

    def __init__(
        self, what: str, todo: str = "", *, retry_after: float | None = None, **known: object
    ) -> None:
        super().__init__(what, todo, **known)  # type: ignore[arg-type]
        self.retry_after = retry_after


class BudgetExceeded(QwenError):
    """The studio's own budget does not allow this image; nothing was sent."""


class ConfirmPurchase(QwenError):
    """A large purchase was not confirmed; nothing was sent. The sentence has the words that confirm it.

    Attributes
    ----------
    count
        Images that would be bought.
    price, credits
        Credits an image and in all; None where the price is not known.
    """

    def __init__(
        self, what: str, todo: str = "", *, count: int = 0, price: int | None = None, **known: object
    ) -> None:
        super().__init__(what, todo, **known)  # type: ignore[arg-type]
        self.count = count
        self.price = price

    @property
    def credits(self) -> int | None:
        """What all of them would cost, in credits; None where the price is not known."""
        return None if self.price is None else self.count * self.price


class UncertainSubmission(QwenError):
    """The request was sent and no readable answer came: the image may have been made and billed."""

    usual_charge = Charge.MAYBE
    ways_out = "It is not sent again by itself: give the task id, send it again or dismiss it."


class GenerationFailed(QwenError):
    """The service took the task and could not make the image; it refunds such tasks."""

    usual_charge = Charge.REFUNDED


class ContentRejected(GenerationFailed):
    """The service's content policy turned the prompt or the image down."""


class ResultGone(QwenError):
    """The image was made, and its address has expired before it was fetched."""

    usual_charge = Charge.PAID


class BadImage(QwenError):
    """The file arrived whole and is not an image that may be opened."""

    usual_charge = Charge.PAID


class ServiceError(QwenError):
    """The service, or the way to it, is in trouble."""


class ConnectionFailed(ServiceError):
    """No connection was made, so nothing was sent."""


class JobCancelled(QwenError):
    """The job was cancelled before it was sent."""


class StillRunning(QwenError, TimeoutError):
    """The wait ended before the job did. The job goes on and its image will be saved."""

    usual_charge = Charge.FREE
