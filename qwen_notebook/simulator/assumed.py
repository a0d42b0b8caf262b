"""What nobody has said about the service, in one table.

A client has to work whatever the truth turns out to be, so a test may replace any of these.
"""

from dataclasses import dataclass

from qwen_notebook.reapi.models import QWEN_IMAGE_2


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """The numbers that the simulator had to make up.

    Parameters
    ----------
    price
        Credits an image.
    starting_balance
        Credits of an account that has not been seen before.
    latency_median, latency_sigma
        Seconds that a task takes, drawn from a lognormal law. A median of 0 completes a task before its
        first poll.
    rate_limit
        Requests a second and user, in a token bucket that holds one second's worth; None for no limit.
    tasks_at_once
        Tasks of one user that may run at once; None for no limit.
    result_expiry
        Seconds after completion at which a result URL is gone; None for never.
    submit_status
        Status of an accepted submit.
    invalid_status, invalid_code
        Answer to a wrong value.
    forbidden_code, insufficient_code, not_found_code, upstream_code
        Codes in the answers 403, 402, 404 and 502 to 504.
    expired_status
        Answer of the media host to an expired URL.
    bare_share
        Share of completed tasks whose answer lacks ``created_at`` and ``error``.
    retry_after
        Seconds that a 429 of the fault plan asks for.
    slow_seconds
        Seconds that a slow answer of the fault plan takes.
    oversized_bytes
        Length of an oversized picture of the fault plan.
    """

    price: int = QWEN_IMAGE_2.price or 0
    starting_balance: int = 12_500
    latency_median: float = 15.0
    latency_sigma: float = 0.35
    rate_limit: float | None = 10.0
    tasks_at_once: int | None = None
    result_expiry: float | None = 24 * 3600.0
    submit_status: int = 200
    invalid_status: int = 400
    invalid_code: int = 20001
    forbidden_code: int = 10005
    insufficient_code: int = 30001
    not_found_code: int = 40001
    upstream_code: int = 60001
    expired_status: int = 403
    bare_share: float = 0.25
    retry_after: int = 2
    slow_seconds: float = 30.0
    oversized_bytes: int = 96 * 2**20
