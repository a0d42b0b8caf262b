"""How long to go on trying, and how often."""

import random
from dataclasses import dataclass

from qwen_notebook.reapi.reprs import always_printable


@always_printable
@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a studio goes on trying. All times are in seconds.

    Parameters
    ----------
    answer
        For the answer to a POST: long, because an answer that is not awaited may be a paid image lost.
    look
        For the answer to a GET, and for the next bytes of a result.
    download
        For a whole result.
    balance
        For the balance, before a POST is sent without it.
    submit_tries
        POSTs of one job that certainly made no task, before it is refused.
    lost_answers
        POSTs in a row that got no answer, before nothing more is sent until somebody says so.
    deadline
        For one job, from being sent to being saved, while this studio is open; then it rests as it is, and can be
        waited for again.
    backoff, backoff_ceiling
        Between two tries after trouble: the first wait, doubled each time up to the ceiling, with jitter.
    bad_images
        Tries at an image that was given up before, each time it is looked at again.
    usual
        What a task is expected to take before one has ended here; None for what is known of the service.

    Examples
    --------
    >>> Studio("posters", patience=Patience(deadline=3600))  # doctest: +SKIP
    """

    answer: float = 60.0
    look: float = 20.0
    download: float = 180.0
    balance: float = 1.0
    submit_tries: int = 6
    lost_answers: int = 3
    deadline: float = 30 * 60.0
    backoff: float = 1.0
    backoff_ceiling: float = 20.0
    bad_images: int = 3
    usual: float | None = None

    def pause(self, failures: int, slowest: float = 1.0) -> float:
        """Seconds to wait after so many failures in a row.

        Parameters
        ----------
        failures
            From 1.
        slowest
            How many times the ceiling the wait may become.
        """
        wait = self.backoff * 2 ** min(failures - 1, 30)
        return min(wait, self.backoff_ceiling * slowest) * (0.5 + random.random())
