"""Trouble on demand: what can go wrong over HTTP, switched on by name.

What goes wrong below HTTP (a dropped or cut answer, a stall) no ASGI application can play.
"""

import difflib
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self, cast

from .request import SubmitRequest

_LONGEST: Final = 1_000_000
"""Seconds: more than any answer is waited for, and a date that HTTP can write."""


class Fault(StrEnum):
    """The names of the faults.

    *Before* and *after* tell on which side of the charge a submit goes wrong.
    """

    SUBMIT_429_SECONDS = "submit-429-seconds"
    SUBMIT_429_DATE = "submit-429-date"
    SUBMIT_HTML_403 = "submit-html-403"
    SUBMIT_500_BEFORE = "submit-500-before"
    SUBMIT_502_BEFORE = "submit-502-before"
    SUBMIT_503_BEFORE = "submit-503-before"
    SUBMIT_504_BEFORE = "submit-504-before"
    SUBMIT_500_AFTER = "submit-500-after"
    SUBMIT_502_AFTER = "submit-502-after"
    SUBMIT_503_AFTER = "submit-503-after"
    SUBMIT_504_AFTER = "submit-504-after"
    SUBMIT_NOT_JSON = "submit-not-json"
    SUBMIT_SLOW = "submit-slow"

    TASK_FAILS = "task-fails"
    TASK_NEVER_ENDS = "task-never-ends"

    POLL_404 = "poll-404"
    POLL_429 = "poll-429"
    POLL_500 = "poll-500"
    POLL_502 = "poll-502"
    POLL_503 = "poll-503"
    POLL_504 = "poll-504"
    POLL_HTML = "poll-html"
    POLL_CUT_JSON = "poll-cut-json"
    POLL_UNKNOWN_STATUS = "poll-unknown-status"
    POLL_SLOW = "poll-slow"

    URL_EXPIRED = "url-expired"
    DOWNLOAD_503 = "download-503"
    DOWNLOAD_TRUNCATED = "download-truncated"
    DOWNLOAD_OVERSIZED = "download-oversized"
    DOWNLOAD_NOT_AN_IMAGE = "download-not-an-image"
    DOWNLOAD_WRONG_TYPE = "download-wrong-type"
    DOWNLOAD_BOMB = "download-bomb"
    DOWNLOAD_SLOW = "download-slow"
    DOWNLOAD_REDIRECT_OTHER_HOST = "download-redirect-other-host"
    DOWNLOAD_REDIRECT_TO_HTTP = "download-redirect-to-http"


BEFORE_CHARGE = (
    Fault.SUBMIT_429_SECONDS,
    Fault.SUBMIT_429_DATE,
    Fault.SUBMIT_HTML_403,
    Fault.SUBMIT_500_BEFORE,
    Fault.SUBMIT_502_BEFORE,
    Fault.SUBMIT_503_BEFORE,
    Fault.SUBMIT_504_BEFORE,
)
AFTER_CHARGE = (
    Fault.SUBMIT_500_AFTER,
    Fault.SUBMIT_502_AFTER,
    Fault.SUBMIT_503_AFTER,
    Fault.SUBMIT_504_AFTER,
    Fault.SUBMIT_NOT_JSON,
    Fault.SUBMIT_SLOW,
)
ON_POLL = tuple(fault for fault in Fault if fault.startswith("poll-"))
ON_DOWNLOAD = (Fault.URL_EXPIRED, *(fault for fault in Fault if fault.startswith("download-")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a fault strikes: always, unless something here narrows it.

    Parameters
    ----------
    times
        Only the first so many times, counted for each request by itself.
    probability
        With this chance, drawn from the plan's seed.
    prompt
        Only requests whose prompt contains this.
    seconds
        How long a slow answer takes, or a 429 asks to wait; None for the assumed number.
    """

    times: int | None = None
    probability: float = 1.0
    prompt: str = ""
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a rule, at once: it comes over HTTP too."""
        if self.times is not None and (type(self.times) is not int or self.times < 0):
            raise ValueError("times has to be a whole number, from 0 on, or null")
        if not (_is_number(self.probability) and 0 <= self.probability <= 1):
            raise ValueError("probability has to be a number from 0 to 1")
        if not isinstance(cast("object", self.prompt), str):
            raise ValueError("prompt has to be text")
        if self.seconds is not None and not (_is_number(self.seconds) and 0 <= self.seconds <= _LONGEST):
            raise ValueError(f"seconds has to be a number from 0 to {_LONGEST:,}, or null")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a rule as the command line has it.

        Parameters
        ----------
        text
            ``always``, a whole number of times such as ``3``, or a chance such as ``25%``.

        Returns
        -------
        Rule
            The rule.

        Raises
        ------
        ValueError
            If it is none of these.

        Examples
        --------
        >>> Rule.parse("25%").probability
        0.25
        """
        if text == "always":
            return cls()
        if text.isdecimal():
            return cls(times=int(text))
        number = text.removesuffix("%")
        if number != text and number.replace(".", "", 1).isdecimal() and float(number) <= 100:
            return cls(probability=float(number) / 100)
        raise ValueError(
            f"{text!r} is not a rule for a fault: write always, a number of times (3) or a chance (25%)"
        )


class FaultPlan:
    """Which faults strike, and when.

    A request is known by its prompt, seed and shape: what strikes it does not depend on the order in which
    many requests arrive, so a run with the same seed has the same trouble.

    Parameters
    ----------
    seed
        Decides every chance.
    rules
        The faults by name.

    Attributes
    ----------
    struck
        How often each fault has struck.

    Raises
    ------
    ValueError
        If there is no fault of that name.

    Examples
    --------
    >>> plan = FaultPlan(7, {"submit-500-after": Rule(times=1), "poll-503": Rule(probability=0.2)})
    """

    def __init__(self, seed: int = 0, rules: Mapping[str, Rule] | None = None) -> None:
        self.struck: Counter[Fault] = Counter()
        self._seed = seed
        self._rules: dict[Fault, Rule] = {}
        self._seen: Counter[tuple[Fault, str]] = Counter()
        self.replace(rules or {})

    def replace(self, rules: Mapping[str, Rule]) -> None:
        """Let these faults strike from now on and no others, counting anew.

        Parameters
        ----------
        rules
            The faults by name.

        Raises
        ------
        ValueError
            If there is no fault of that name; nothing has changed then.
        """
        self._rules = {named(name): rule for name, rule in rules.items()}
        self._seen.clear()

    def switch_on(self, name: str, rule: Rule | None = None) -> None:
        """Let a fault strike from now on, counting anew.

        Parameters
        ----------
        name
            Its name.
        rule
            When it strikes; None for always.

        Raises
        ------
        ValueError
            If there is no fault of that name.
        """
        fault = named(name)
        self._rules[fault] = rule or Rule()
        for key in [key for key in self._seen if key[0] is fault]:
            del self._seen[key]

    def switch_off(self, *names: str) -> None:
        """End some faults, or all of them.

        Parameters
        ----------
        *names
            Their names; none for all.

        Raises
        ------
        ValueError
            If there is no fault of that name.
        """
        for fault in [named(name) for name in names] or list(self._rules):
            self._rules.pop(fault, None)

    def strike(self, faults: Iterable[Fault], order: SubmitRequest) -> tuple[Fault, Rule] | None:
        """Find what strikes a request now, and count it.

        Parameters
        ----------
        faults
            Those that could strike here.
        order
            The request.

        Returns
        -------
        tuple of Fault and Rule, or None
            The first that strikes.
        """
        for fault in faults:
            rule = self._rules.get(fault)
            if rule is not None and rule.prompt in order.prompt and self._hits(fault, rule, order):
                self.struck[fault] += 1
                return fault, rule
        return None

    def _hits(self, fault: Fault, rule: Rule, order: SubmitRequest) -> bool:
        request = f"{order.prompt}|{order.seed}|{order.image_size}|{order.image_url}"
        occasion = self._seen[fault, request]
        self._seen[fault, request] += 1
        if rule.times is not None and occasion >= rule.times:
            return False
        return random.Random(f"{self._seed}|{fault}|{request}|{occasion}").random() < rule.probability


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def named(name: str) -> Fault:
    """Find a fault by its name.

    Parameters
    ----------
    name
        Its name.

    Returns
    -------
    Fault
        The fault.

    Raises
    ------
    ValueError
        If there is none; the message has the nearest.
    """
    try:
        return Fault(name)
    except ValueError:
        near = difflib.get_close_matches(name, list(Fault), n=1, cutoff=0)
        raise ValueError(f"there is no fault {name!r}: did you mean '{near[0]}'?") from None
