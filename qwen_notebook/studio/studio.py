"""The studio: a folder, a service, a budget, and the jobs between them."""

# `core_of` and `studio_of` stand outside of `Studio` so that its names are those for people.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal, Never, Self
from weakref import WeakSet

from qwen_notebook.concurrency.callback_executor import CallbackExecutor, UserFunction
from qwen_notebook.concurrency.waiting import wait_here
from qwen_notebook.errors import Charge, InvalidRequest, QwenError
from qwen_notebook.journal.records import MOST_CREDITS
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.credentials import sealed
from qwen_notebook.reapi.formatting import one_line, shown
from qwen_notebook.reapi.models import QWEN_IMAGE_2, ImageSize, OutputFormat, model_named
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.request import FIELD_NAMES, GenerationRequest, refuse_unknown
from qwen_notebook.reapi.values import checked_truth, checked_whole, plain, truth
from qwen_notebook.studio.account import Seen
from qwen_notebook.studio.admission import Admitted
from qwen_notebook.studio.budget import check_amount
from qwen_notebook.studio.collection import Collection
from qwen_notebook.studio.core import StudioCore
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.money import Money
from qwen_notebook.studio.patience import Patience
from qwen_notebook.studio.pickles import reopen
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.providers.choice import choose_provider, reopened_provider
from qwen_notebook.studio.providers.provider import noun_of
from qwen_notebook.studio.reconciliation import Reconciliation, expected_from_journal
from qwen_notebook.studio.settings import Settings
from qwen_notebook.studio.storage import Storage
from qwen_notebook.studio.uncertain import UncertainJobs

_studios: WeakSet[Studio] = WeakSet()
"""Those of this process, for what comes back to it out of a pickle."""


@always_printable
class Studio(Collection):
    """Where images are made and kept: a folder, a service and a budget.

    Parameters
    ----------
    folder
        Holds the pictures, their previews and the journal. Several kernels may share it.
    api_key, base_url
        Else from ``REAPI_API_KEY`` (or ``REAPI_KEY``) and ``REAPI_BASE_URL``.
    offline
        True draws previews here, free; False insists on a key; None decides by whether there is a key.
    provider
        The name of another service that makes the images, as `register_provider` knows it.
    model
        The name of the model: the default one, or one that `register_model` knows.
    budget
        Credits for the folder's lifetime, with what is in flight and uncertain counted; None for no limit.
    price
        Credits an image, where it is not what it was last seen to be; None where it is not known, and then a budget
        refuses.
    max_in_flight
        Jobs sent and not yet saved, at most; None for as many as the service is seen to take, up to 128.
    rate
        Requests a second to the service, by all jobs together, where you know how many it takes: after a 429 it is
        halved, and back within ten seconds. None for as many as the service is seen to take, up to 200. What is seen is
        remembered in the folder.
    patience
        How long to go on trying.

    Raises
    ------
    AuthenticationError
        If `offline` is False and there is no key, or the key cannot be one.
    InvalidRequest
        If a setting makes no sense.

    Examples
    --------
    >>> studio = Studio("posters", budget=500)  # doctest: +SKIP
    >>> studio.generate("a poster that reads VISIT MARS", seed=7).path  # doctest: +SKIP
    >>> with Studio("posters") as studio:  # closed at the end  # doctest: +SKIP
    ...     studio.generate("a red fox")

    Notes
    -----
    Pickled, it is its folder and its settings without its key: the process that opens that finds its own key, as
    `Studio` does. Where there is none, or a key was given with `api_key`, it can only look at the folder there, and
    says so when it is asked for more. A studio of offline previews stays one.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] = "qwen-images",
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        offline: bool | None = None,
        provider: str | None = None,
        model: str = QWEN_IMAGE_2.name,
        budget: int | None = None,
        price: int | Literal["last seen"] | None = "last seen",
        max_in_flight: int | None = None,
        rate: float | None = None,
        patience: Patience | None = None,
    ) -> None:
        key, api_key = sealed(api_key), None  # no frame of ours shows it
        rate = None if rate is None else _checked_rate(rate)
        whether = None if offline is None else checked_truth("offline", offline)
        maker = choose_provider(key, base_url, whether, plain(provider))
        spec = model_named(plain(model))
        if isinstance(price, str) and price == "last seen":
            price = maker.price(spec)
        settings = Settings(
            folder=str(Storage(folder).folder),
            service=maker.name,
            base_url=base_url,
            has_own_key=key is not None,
            model=spec.name,
            budget=check_amount("budget", budget),
            price=check_amount("price", price, most=MOST_CREDITS),
            max_in_flight=None if max_in_flight is None else checked_whole("max_in_flight", max_in_flight),
            rate=rate,
            patience=patience or Patience(),
        )
        self._begin(StudioCore(settings, maker))
        if self.store.folder.is_dir():
            self._open()

    def _begin(self, core: StudioCore) -> None:
        self._core = core
        self._calls = CallbackExecutor()
        _studios.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            self.close()
        except Exception:
            if error is None:  # else what went wrong inside is what is to be heard of
                raise

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return reopen, ("studio", self._core.settings)

    # Making images

    def generate(
        self,
        prompt: str,
        *,
        image_url: str | Picture | None = None,
        image_size: ImageSize | None = None,
        output_format: OutputFormat = "png",
        seed: int | None = None,
        nsfw_checker: bool = False,
        again: bool = False,
        **unknown: Never,
    ) -> Picture:
        """Make an image and wait for it: `submit` and `Job.result`, with a line that tells how it goes.

        Parameters are those of `submit`.

        Returns
        -------
        Picture
            Saved already.

        Raises
        ------
        QwenError
            Why there is not a picture, what was charged, and what to do.
        """
        from qwen_notebook.studio.status_line import StatusLine

        fields = {
            "prompt": prompt,
            "image_url": image_url,
            "image_size": image_size,
            "output_format": output_format,
            "seed": seed,
            "nsfw_checker": nsfw_checker,
        }
        line = StatusLine(self._core, self._ask(fields, unknown, again=again))
        line.wait()
        return line.job.result()

    def submit(
        self,
        prompt: str,
        *,
        image_url: str | Picture | None = None,
        image_size: ImageSize | None = None,
        output_format: OutputFormat = "png",
        seed: int | None = None,
        nsfw_checker: bool = False,
        again: bool = False,
        **unknown: Never,
    ) -> Job:
        """Ask for an image and return at once.

        A request with a seed that equals one already saved, on its way or uncertain returns that job and buys
        nothing. A request without a seed gets a drawn one, which is recorded. In a notebook cell that runs again, the
        n-th equal request without a seed returns what the n-th returned in the run before; then an equal one of the
        folder that was asked for without a seed too and that no other cell of this kernel has; and only then it buys.
        Elsewhere (a script, a thread, a callback, a task that outlives its cell) each one buys.

        Parameters
        ----------
        prompt
            What to make, or what to change: 1 to 800 characters (an emoji counts as two). Quote the words it
            should show.
        image_url
            A public https URL of the image to edit, or a picture whose address is still good.
        image_size
            An aspect ratio; ``2:3``, ``3:2`` and ``21:9`` for edits only. None for the model's own, ``16:9``.
        output_format
            ``png`` or ``jpeg``.
        seed
            0 to 2147483647; None draws one, or gives the cell what it got before.
        nsfw_checker
            Whether the service moderates the content.
        again
            Buy another, even if an equal one is there.

        Returns
        -------
        Job
            To be waited for, awaited, or left to itself.

        Raises
        ------
        QwenError
            If it would be refused, the budget does not allow it, or it could not be saved: nothing was sent.
        """
        fields = {
            "prompt": prompt,
            "image_url": image_url,
            "image_size": image_size,
            "output_format": output_format,
            "seed": seed,
            "nsfw_checker": nsfw_checker,
        }
        return self._ask(fields, unknown, again=again).job

    def _ask(self, fields: dict[str, Any], unknown: Mapping[str, object], *, again: bool) -> Admitted:
        refuse_unknown(unknown, (*FIELD_NAMES, "again"))
        return self._core.admit(self.request(**fields), again=again)

    def request(self, **fields: Any) -> GenerationRequest:
        """Check the fields of a request as `submit` does, a picture as the source included, and send nothing.

        Raises
        ------
        InvalidRequest
            If this studio's service would refuse it.
        """
        source = self._core.source_of(fields.get("image_url"))
        chosen = {name: value for name, value in fields.items() if name != "image_size" or value is not None}
        return GenerationRequest.from_fields({"model": self.model, **chosen, "image_url": source})

    # Money and time

    @property
    def money(self) -> Money:
        """What the folder's pictures have cost and may still cost; as text the line that is shown everywhere.

        Examples
        --------
        >>> print(studio.money)  # doctest: +SKIP
        465 of 1,000 credits spent · 31 reserved · 62 uncertain · 442 left
        """
        return self._core.budget.money

    @property
    def spent(self) -> int:
        """Credits charged for the folder's pictures and not refunded; what is uncertain is not in it."""
        return self.money.spent

    @property
    def committed(self) -> int:
        """Credits spent, reserved or uncertain: what a budget counts."""
        return self._core.budget.committed

    @property
    def budget(self) -> int | None:
        """Credits for the folder's lifetime; None for no limit."""
        return self._core.budget.limit

    @property
    def price(self) -> int | None:
        """Credits an image; None where it is not known."""
        return self._core.budget.price

    @property
    def model(self) -> str:
        """The name of the model that makes its images."""
        return self._core.settings.model

    @property
    def max_in_flight(self) -> int | None:
        """Jobs sent and not yet saved, at most; None where nobody has set a limit."""
        return self._core.settings.max_in_flight

    @property
    def patience(self) -> Patience:
        """How long it goes on trying."""
        return self._core.settings.patience

    @property
    def usual_seconds(self) -> float | None:
        """How long an image usually takes here, in seconds; None before the first."""
        return self._core.scheduler.cadence.usual

    def balance(self) -> int:
        """Credits left in the account. Free.

        Raises
        ------
        QwenError
            If the service does not say.
        """
        return self._look_at_balance().credits

    def _look_at_balance(self) -> Seen:
        core = self._core
        return wait_here(core.scheduler.worker.start(core.look_at_balance()), None, lambda: None)

    def reconcile(self) -> Reconciliation:
        """Compare the account's balance with what it should be by what is known to be charged. Free.

        It is counted from the first balance that this kernel saw, with all that its studios bought with this key; else
        from the last that stands in the folder's journal.

        Raises
        ------
        QwenError
            If the service does not say, or these are previews.

        Examples
        --------
        >>> studio.reconcile()  # doctest: +SKIP
        12,469 credits at 14:05, 31 less than expected since 14:02: as it would be if that much of the 31 uncertain was
        charged.
        """
        if self.offline:
            noun = noun_of(self._core.provider).capitalize()
            raise QwenError(f"{noun}s are free, so there is nothing to compare.", charge=Charge.FREE)
        account = self._core.session.account
        first, expected, uncertain = (
            account.first,
            account.expected_since_first,
            account.uncertain_since_first,
        )
        if first is None:
            self.refresh()
            journal = self._core.jobs.journal
            records = journal.records(reversed(journal.index.ids))
            first, uncertain = expected_from_journal(records, self.service)
            expected = first.credits if first is not None else None
        seen = self._look_at_balance()
        since = first.at if first is not None else None
        return Reconciliation(expected, seen.credits, since, seen.at, uncertain)

    # When things stand still

    @property
    def uncertain(self) -> UncertainJobs:
        """The jobs that were sent and got no answer, as they are now: each may have been charged.

        Examples
        --------
        >>> studio.uncertain.send_again()  # doctest: +SKIP
        """
        jobs = [job for job in self.unsettled if job.status is State.UNCERTAIN]
        return UncertainJobs(jobs, confirmed=self.budget is not None)

    @property
    def paused(self) -> QwenError | None:
        """Why nothing is sent at present: the key or the credits, as the service said; None when all is well."""
        return self._core.scheduler.breaker.reason

    @property
    def paused_for(self) -> float:
        """Seconds until anything is sent again, where the service asked for a pause; else 0."""
        return self._core.scheduler.paused_for

    def unpause(self) -> None:
        """Send what is planned, once the reason is fixed."""
        self._core.scheduler.breaker.reset()

    def resume(self) -> list[Job]:
        """Take up what earlier kernels left behind, by looking at the tasks; nothing is ever sent again by it.

        Returns
        -------
        list of Job
            Those that are being fetched now.
        """
        return self._core.scheduler.resume()

    def take_over(self, writer: str) -> list[Job]:
        """Say that another kernel has ended, where that cannot be proved from here.

        Its jobs are shown as another kernel's until then: what it planned is cancelled now, what it was sending is
        uncertain, and what the service has is looked for. Say so only of a kernel that has ended: if it were about to
        send, it would find its jobs taken and leave them.

        Parameters
        ----------
        writer
            The kernel's name in the journal, as the job's `note` tells it.

        Returns
        -------
        list of Job
            Those that were its own.

        Raises
        ------
        QwenError
            If it is at work, or nothing waits for it.

        Examples
        --------
        >>> studio.take_over("3f9c2a11-4711-9bd0c3e2")  # doctest: +SKIP
        """
        return self._core.scheduler.take_over(writer)

    def refresh(self) -> None:
        """See what other kernels did in this folder."""
        self._core.scheduler.refresh()

    def subscribe(self, listener: Callable[[Job], object]) -> Callable[[], None]:
        """Call a function with each job that moves: once for each move, in the order of the moves.

        It is called soon after the move, on a daemon thread where it may take its time, ask for more, or close the
        studio: no job waits for it, only the listeners after it. What it prints lands in the cell that subscribed it,
        and so does the traceback of its errors.

        Parameters
        ----------
        listener
            Called with the `Job`, which may have moved on by then.

        Returns
        -------
        callable
            Ends it, also from within the listener: from then on it is called no more.

        Examples
        --------
        >>> stop = studio.subscribe(lambda job: print(job.id, job.status))  # doctest: +SKIP
        """
        persons = UserFunction(self._calls, listener)
        leave = self._core.follow(persons)

        def unsubscribe() -> None:
            persons.end()
            leave()

        return unsubscribe

    def close(self) -> None:
        """Let go of the folder. Jobs at the service are taken up by the next studio that opens it.

        What was not sent is cancelled, unless another studio of this kernel has the folder open too. An answer that
        comes late is still written down.
        """
        if not self._core.scheduler.closed:
            self._calls.finish()
            self._core.close()

    def _open(self) -> None:
        self._core.scheduler.open()
        damaged = self._core.jobs.journal.damaged
        if damaged:
            lines = "1 line" if damaged == 1 else f"{damaged} lines"
            warnings.warn(
                f"{lines} of the journal in {self.store.folder.name}/ledger cannot be read. Nothing is changed there, "
                "and everything else is here.",
                stacklevel=3,
            )

    def __repr__(self) -> str:
        count = self.picture_count
        name = one_line(self.store.folder.name)
        provider = self._core.provider
        where = "" if provider.previews else f"{provider.label} · "
        return f"<Studio {name}/ · {where}{count} pictures · {self.money}>"


def _checked_rate(rate: object) -> float:
    """Calls a second as a number; numpy's are taken too."""
    speed = plain(rate)
    if truth(speed) is not None or not isinstance(speed, int | float) or not speed > 0:
        raise InvalidRequest(f"rate is {shown(rate)}.", "Give a number above zero.", field="rate")
    return speed


def core_of(studio: Studio) -> StudioCore:
    """What a studio is made of: for the package, in place of names that would stand among the public ones."""
    return studio._core


def studio_of(settings: Settings) -> Studio:
    """The studio out of a pickle: the one that it came from where that is open, else one on the same folder.

    Where its provider cannot be asked from here, it can only look at the folder.

    Parameters
    ----------
    settings
        Those that it was pickled with.
    """
    for studio in tuple(_studios):
        core = studio._core
        is_it = (core.settings.token, core.settings.service) == (settings.token, settings.service)
        if is_it and not core.scheduler.closed:
            return studio
    studio = Studio.__new__(Studio)
    provider, missing = reopened_provider(settings)
    studio._begin(StudioCore(settings, provider))
    if missing is not None:
        studio._core.scheduler.close_for(missing)
    studio._core.scheduler.refresh()
    return studio
