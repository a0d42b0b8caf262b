"""What the account's balance says of a POST that got no answer: evidence, and never a verdict."""

from __future__ import annotations

from datetime import datetime

from qwen_notebook.journal.records import EarlierAttempt, JobRecord

OTHER_WORK = "Whether it was charged cannot be told: other work used the account meanwhile."


def balance_says(one: JobRecord | EarlierAttempt) -> str:
    """What the balance says of a sending without an answer, as a sentence; empty where that was not seen.

    Parameters
    ----------
    one
        The job's record, or the earlier attempt. Of it ``balance_before`` is what the balance would be if no sending
        without an answer was charged, as last seen at ``balance_since``; ``balance_after`` is what was seen at
        ``balance_at``; ``balance_among`` sendings without an answer lie between, and are told of together.

    Examples
    --------
    >>> balance_says(job.record)  # doctest: +SKIP
    'The balance fell by 31 since 14:02, as it would if this was charged (seen at 14:05).'
    """
    since = one.balance_since or one.sent
    if one.balance_before is None or one.balance_after is None or since is None or not one.credits:
        return ""
    fell, seen = one.balance_before - one.balance_after, ""
    if one.balance_at is not None:
        seen = f" (seen at {time_of(one.balance_at)})"
    if fell == 0:
        return f"The balance did not fall since {time_of(since)}{seen}."
    charged, rest = divmod(fell, one.credits)
    if rest or not 0 < charged <= one.balance_among:
        return OTHER_WORK
    if one.balance_among == 1:
        which = "this was"
    elif charged == one.balance_among:
        which = f"all {charged} without an answer were"
    else:
        which = f"{charged} of the {one.balance_among} without an answer {'was' if charged == 1 else 'were'}"
    return f"The balance fell by {fell:,} since {time_of(since)}, as it would if {which} charged{seen}."


def time_of(at: float) -> str:
    """A time where the reader is: ``14:02``, or with its day where that is not today's."""
    then, now = datetime.fromtimestamp(at).astimezone(), datetime.now().astimezone()
    return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%d %b %H:%M}"
