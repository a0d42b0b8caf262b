"""What a studio is made of, for the rest of the package. Its public face is `Studio`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qwen_notebook.concurrency.user_future import UserFuture, for_people
from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.urls import check_source_url
from qwen_notebook.reapi.values import checked_truth
from qwen_notebook.studio.account import Seen
from qwen_notebook.studio.admission import Admission, Admitted, Ask
from qwen_notebook.studio.budget import Budget
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.job_lookup import JobLookup
from qwen_notebook.studio.job_store import JobStore, job_store
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.provider_session import ProviderSession
from qwen_notebook.studio.providers.choice import provider_named
from qwen_notebook.studio.scheduler import Decision, Scheduler
from qwen_notebook.studio.settings import Settings
from qwen_notebook.studio.storage import Storage

if TYPE_CHECKING:
    from qwen_notebook.studio.providers.provider import Provider


class StudioCore:
    """The parts of one open studio.

    Parameters
    ----------
    settings
        What it was opened with, but for its key.
    provider
        Who makes the images.

    Attributes
    ----------
    store
        The folder with the pictures.
    jobs
        All jobs of the folder, shared by all who opened it in this process.
    session, budget
        To the provider, and what may be bought from it.
    scheduler
        Has the jobs done.
    """

    def __init__(self, settings: Settings, provider: Provider) -> None:
        self.settings = settings
        self.provider = provider
        self.store = Storage(settings.folder)
        self.jobs: JobStore = job_store(self.store.folder)
        self.session = ProviderSession(provider, self.store.folder, settings.patience)
        self.budget = Budget(
            self.jobs, self.session, limit=settings.budget, price=settings.price, model=settings.model
        )
        self.scheduler = Scheduler(self.jobs, self.session, self.budget, settings)
        self._admission = Admission(self.scheduler)
        self._listeners: list[Callable[[Job], object]] = []

    # Looking

    @property
    def lookup(self) -> JobLookup:
        """What is known of the folder's jobs without making one of each."""
        return JobLookup(self.jobs, self.provider.name)

    def find_equal(self, request: GenerationRequest) -> Job | None:
        """The job that a request with a seed would return instead of buying another; None without a seed."""
        if request.seed is None:
            return None
        return self.jobs.equal(request.key, self.provider.name, self.scheduler)

    def jobs_from(self, origin: str) -> list[Job]:
        """The jobs that a notebook cell asked for, oldest first."""
        return self.jobs.from_origin(origin, self.scheduler)

    def code_for(self, request: GenerationRequest) -> str:
        """The Python that shows the picture of a request, or makes it; see `Picture.code`."""
        return self.jobs.code_for(request, self.provider.name, budget=self.budget.limit)

    def foresee(self, requests: list[GenerationRequest]) -> list[Job | None]:
        """The jobs that these requests would get now, one after the other, instead of buying others."""
        return self._admission.foresee(requests)

    def is_picked_up(self, job: Job) -> bool:
        """Whether it was another kernel's plan, and is sent from here, since it was asked for here too."""
        return job.id in self.jobs.ownership.picked_up

    # Asking

    def admit(
        self,
        request: GenerationRequest,
        *,
        again: bool = False,
        client_id: str | None = None,
        origin: str | None = None,
    ) -> Admitted:
        """Find the job of a request, or buy one; see `Studio.submit`.

        Parameters
        ----------
        request
            What to make.
        again
            Buy another, even if an equal one is there.
        client_id
            The caller's own id: the same id twice is one job, also after a restart.
        origin
            The notebook cell that asks.
        """
        return self._admission.submit(self._checked(request, again, client_id, origin))

    def admit_soon(
        self,
        request: GenerationRequest,
        *,
        again: bool = False,
        client_id: str | None = None,
        origin: str | None = None,
    ) -> UserFuture[Admitted]:
        """Do as `admit` does without waiting: for handlers, which must not."""
        return for_people(self._admission.submit_soon(self._checked(request, again, client_id, origin)))

    def _checked(
        self, request: GenerationRequest, again: object, client_id: str | None, origin: str | None
    ) -> Ask:
        self.check_source(request.image_url)
        whether = checked_truth("again", again)
        return Ask(request=request, again=whether, client_id=client_id, origin=origin)

    def decide_soon(self, job: Job, decision: Decision, *arguments: str) -> UserFuture[Job]:
        """Have what a person decides about a job acted on without waiting: for handlers, which must not."""
        return for_people(self.scheduler.decide_soon(job, decision, *arguments))

    def balance_soon(self) -> UserFuture[Seen]:
        """Ask for the balance without waiting: for handlers, which must not."""
        return for_people(self.scheduler.worker.start(self.look_at_balance()))

    async def look_at_balance(self) -> Seen:
        """Ask for the balance, on the worker."""
        self.scheduler.must_be_open()
        return await self.session.balance()

    # What may be edited

    def source_of(self, image: object) -> str | None:
        """The address of the image to edit, given as one or as a picture whose address is still good.

        Raises
        ------
        InvalidRequest
            If the provider could not see it.
        """
        if not isinstance(image, Picture):
            url = None if image is None else check_source_url(image, loopback_service=True)
        elif image.service != self.provider.name:
            maker = provider_named(image.service)
            place = "is an offline preview" if maker.previews else f"lies at {maker.label}"
            raise InvalidRequest(
                f"The picture to edit {place}, which {self.provider.label} cannot see.",
                "Edit a picture that this studio's service made, or give a public https URL.",
                field="image_url",
            )
        elif image.url is None:
            raise InvalidRequest(
                "The picture has no address at the service any more.",
                "Put it on the web and give its URL.",
                field="image_url",
            )
        else:
            url = image.url
        self.check_source(url)
        return url

    def check_source(self, url: str | None) -> None:
        """Raise where the provider would refuse the address of a source."""
        if url is not None:
            check_source_url(url, loopback_service=self.provider.on_loopback)

    # Listening

    def follow(self, listener: Callable[[Job], object]) -> Callable[[], None]:
        """Call a function of ours with each job that moves, at once and on whatever thread that happens.

        It must not wait, raise or call a person's code: see `Studio.subscribe` for that.

        Returns
        -------
        callable
            Ends it.
        """
        self.jobs.listeners.add(listener)
        self._listeners.append(listener)

        def leave() -> None:
            self.jobs.listeners.remove(listener)
            if listener in self._listeners:
                self._listeners.remove(listener)

        return leave

    @property
    def is_followed(self) -> bool:
        """Whether somebody, such as a panel, follows its jobs."""
        return bool(self._listeners)

    def close(self) -> None:
        """Let go of the folder; see `Studio.close`."""
        scheduler = self.scheduler
        for listener in self._listeners:
            self.jobs.listeners.remove(listener)
        self._listeners.clear()
        self._admission.close()
        if scheduler.worker.is_current_thread:
            scheduler.closed = True
            scheduler.jobs.leave(scheduler)
        else:
            scheduler.worker.start(scheduler.close()).result(10.0)
