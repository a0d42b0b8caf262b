"""The panel: an ipywidget to compose a request, watch its job and go on with the picture."""

# ipywidgets, anywidget and traitlets have no types of their own.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import traitlets as t

from qwen_notebook.concurrency.loop_thread import shared_worker
from qwen_notebook.concurrency.user_future import UserFuture
from qwen_notebook.concurrency.waiting import wait_beating
from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.journal.states import State
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.request import FIELD_NAMES, GenerationRequest, refuse_unknown
from qwen_notebook.studio.admission import Admitted
from qwen_notebook.studio.default import default_studio
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.running_cell import this_cell
from qwen_notebook.studio.studio import Studio, core_of
from qwen_notebook.widget.base import BaseWidget
from qwen_notebook.widget.callbacks import PictureCallbacks, presses_arrive_while_awaiting
from qwen_notebook.widget.handlers import PanelHandlers
from qwen_notebook.widget.open_panels import add_living, remove_living
from qwen_notebook.widget.outputs import MAX_SHARED
from qwen_notebook.widget.plain_traits import Choice, Text, Truth, Whole
from qwen_notebook.widget.serialize import describe_jobs, describe_studio

if TYPE_CHECKING:
    from PIL import Image

SETTINGS = (
    "prompt",
    "image_url",
    "image_size",
    "output_format",
    "seed",
    "nsfw_checker",
    "count",
    "next_seed",
)
MAX_COUNT = 16


@always_printable
class QwenWidget(BaseWidget):
    """The panel. Its settings are traits: set, observed and linked like those of any ipywidget.

    Attributes
    ----------
    prompt, image_url, image_size, output_format, seed, nsfw_checker
        The next request, by the contract's names; an empty `image_url` makes a new image, a `seed` of None draws one.
    count
        Images to make at one press, with seeds that follow each other.
    next_seed
        What becomes of the seed after a press: ``same``, ``random`` or ``+1``.
    studio
        Where its pictures are made and kept.

    Examples
    --------
    >>> panel = qn.qwen_widget(prompt="a poster that reads VISIT MARS", seed=7)  # doctest: +SKIP
    >>> panel.image.size  # after a press  # doctest: +SKIP
    (2688, 1536)
    """

    prompt = Text("").tag(sync=True)
    image_url = Text("").tag(sync=True)
    image_size = Choice(contract.IMAGE_SIZES, contract.DEFAULT_SIZE).tag(sync=True)
    output_format = Choice(contract.OUTPUT_FORMATS, "png").tag(sync=True)
    seed = Whole(None, min=0, max=contract.SEED_MAX, allow_none=True).tag(sync=True)
    nsfw_checker = Truth(False).tag(sync=True)
    count = Whole(1, min=1, max=MAX_COUNT).tag(sync=True)
    next_seed = Choice(("same", "random", "+1"), "random").tag(sync=True)

    _revision = t.Int(0).tag(sync=True)
    _jobs = t.List().tag(sync=True)
    _studio = t.Dict().tag(sync=True)

    def __init__(self, studio: Studio | None = None, **settings: Any) -> None:
        self._mine: dict[str, Job] = {}
        self._hidden: set[str] = set()
        self._push_due = False
        self._presented: set[str] = set()
        self._callbacks = PictureCallbacks()
        self._actions = PanelHandlers(self)
        self._shown_by: str | None = None
        settings.setdefault("seed", draw_seed())
        super().__init__("panel", studio if studio is not None else default_studio(), **settings)
        add_living(self)
        self._unsubscribe = core_of(self.studio).follow(self._job_moved)
        self._push()

    # For Python

    @property
    def jobs(self) -> list[Job]:
        """The panel's own jobs, newest last."""
        with self._lock:
            return list(self._mine.values())

    @property
    def pictures(self) -> list[Picture]:
        """The panel's own saved pictures, newest last."""
        return [picture for job in self.jobs if (picture := job.picture) is not None]

    @property
    def image(self) -> Image.Image | None:
        """The newest picture's pixels; None before there is one."""
        pictures = self.pictures
        return pictures[-1].image if pictures else None

    def create(self, *, again: bool = False) -> list[Job]:
        """Press the button from code: make `count` images with the settings as they are.

        Parameters
        ----------
        again
            Buy another, even if an equal one is there.

        Returns
        -------
        list of Job
            One for each image, in the order of their seeds.

        Raises
        ------
        QwenError
            If a request would be refused or the budget does not allow it. Images before it stay asked for.

        Examples
        --------
        >>> job, = panel.create()  # doctest: +SKIP
        >>> job.result().image  # doctest: +SKIP
        """
        seed = secrets.randbelow(contract.SEED_MAX) if self.seed is None else self.seed
        settings = {name: getattr(self, name) for name in FIELD_NAMES} | {"image_url": self.image_url or None}
        requests = [
            GenerationRequest.from_fields(settings | {"seed": (seed + step) % (contract.SEED_MAX + 1)})
            for step in range(self.count)
        ]
        jobs = [self.submit_request(request, again=again, client_id=None) for request in requests]
        if self.next_seed == "random":
            self.seed = draw_seed()
        elif self.next_seed == "+1":
            self.seed = (seed + self.count) % (contract.SEED_MAX + 1)
        return jobs

    def restore(self, request: GenerationRequest) -> None:
        """Take over the settings of a request, to go on from there.

        Examples
        --------
        >>> panel.restore(studio.pictures[-1].request)  # doctest: +SKIP
        """
        with self.hold_sync():
            for name, value in request.to_fields().items():
                setattr(self, name, (value or "") if name == "image_url" else value)

    async def next(self) -> Picture:
        """Await the panel's next picture, whoever asks for it: a press or a cell.

        Raises
        ------
        QwenError
            Where a press could not reach the kernel while a cell awaits (ipykernel before 7).

        Examples
        --------
        >>> picture = await panel.next()  # then press Create  # doctest: +SKIP
        """
        if not presses_arrive_while_awaiting():
            raise QwenError(
                "A press in the panel cannot reach this kernel while a cell awaits: its ipykernel has no subshells.",
                "Upgrade to ipykernel 7, or use panel.on_picture(callback).",
                charge=Charge.FREE,
            )
        return await wait_beating(self._callbacks.next(), None, lambda: None)

    def on_picture(self, callback: Callable[[Picture], object]) -> Callable[[], None]:
        """Call a function with each new picture of the panel, on a thread where it may take its time.

        Parameters
        ----------
        callback
            Called with the `Picture`. What it prints or displays lands in the cell that registered it.

        Returns
        -------
        callable
            Ends it.

        Examples
        --------
        >>> stop = panel.on_picture(lambda picture: print(picture.path))  # doctest: +SKIP
        """
        return self._callbacks.add(callback)

    def close(self) -> None:
        """Take the panel off the screen and let go of all it holds. Its pictures stay, as do its jobs."""
        self._unsubscribe()
        self._callbacks.close()
        remove_living(self)
        super().close()
        with self._lock:
            self._mine.clear()

    def __repr__(self) -> str:
        return f"<QwenWidget · {self.studio.store.folder.name}/ · {self.hint('the panel')}>"

    # For the messages

    def take(self, content: object) -> None:
        """Take one message of the front end and answer it."""
        from qwen_notebook.widget.messages import from_panel

        self.answers.take(content, from_panel, self._actions.do)

    def submit_request(self, request: GenerationRequest, *, again: bool, client_id: str | None) -> Job:
        """Have an image made, as one of the panel's own."""
        job = core_of(self.studio).admit(request, again=again, client_id=client_id, origin=self._shown_by).job
        self.take_in(job)
        return job

    def ask_for(self, request: GenerationRequest, *, again: bool, client_id: str) -> UserFuture[Admitted]:
        """Do as `submit_request` does without waiting; `take_in` gets what comes of it."""
        return core_of(self.studio).admit_soon(
            request, again=again, client_id=client_id, origin=self._shown_by
        )

    def take_in(self, job: Job) -> None:
        """Show a job as one of the panel's own."""
        with self._lock:
            self._mine.pop(job.id, None)
            self._mine[job.id] = job  # at the end, also when it was there before: it was asked for last
        self._presented.discard(job.id)
        self._hidden.discard(job.id)
        self._job_moved(job)

    def hide(self, job: Job) -> None:
        """Show a job no longer."""
        self._hidden.add(job.id)
        self._job_moved(job)

    def withdraw(self, job: Job) -> None:
        """Forget a job whose picture was deleted, and take the picture out of the notebook."""
        with self._lock:
            self._mine.pop(job.id, None)
        self._shared.withdraw(job.id)
        self.hide(job)

    def refresh(self) -> None:
        """Bring what the front end knows up to date, soon."""
        if not self._push_due:
            self._push_due = True
            shared_worker().call(self._push)

    def _job_moved(self, job: Job) -> None:
        self.refresh()

    def _push(self) -> None:
        self._push_due = False
        if self.comm is None:
            return
        unsettled = {job.id: job for job in self.studio.unsettled}
        mine = {job.id: job for job in self.jobs}
        jobs = [job for job in (unsettled | mine).values() if job.id not in self._hidden]
        jobs.sort(key=lambda job: job.record.created)
        infos = describe_jobs(jobs)
        studio = describe_studio(self.studio, waiting=len(jobs) - len(infos), reloaded=self.reloaded)
        for job in mine.values():
            if job.status is State.SAVED and job.id not in self._presented:
                self._presented.add(job.id)
                self._present(job)
        with self._exclusive():
            self._jobs = infos
            self._studio = studio

    def _present(self, job: Job) -> None:
        picture = job.picture
        if picture is None:
            return
        with suppress(OSError):  # the front end asks for what did not come, and is told
            self.send_picture(picture, "preview")
        self._shared.share(picture)
        self._callbacks.announce(picture)

    # For ipywidgets

    def _share_here(self) -> None:
        self._shown_by = this_cell() or self._shown_by
        earlier = core_of(self.studio).jobs_from(self._shown_by) if self._shown_by else ()
        # What an earlier panel of this cell began is this one's to finish, also in a new kernel.
        with self._lock:
            self._mine = {job.id: job for job in earlier if not job.status.settled} | self._mine
        self.refresh()
        pictures = {picture.id: picture for job in earlier if (picture := job.picture) is not None}
        for picture in list((pictures | {p.id: p for p in self.pictures}).values())[-MAX_SHARED:]:
            self._shared.share(picture)

    def _tell_front_end(self, change: Any) -> None:
        """Send a changed trait, and count the changes that a cell made, so that the front end can tell them."""
        super()._tell_front_end(change)
        name = change["name"]
        if name in SETTINGS and name not in self.told_by_front_end and self.comm is not None:
            self._revision += 1


def draw_seed() -> int:
    """A seed that a person can read and remember; there are a million of them."""
    return secrets.randbelow(1_000_000)


def qwen_widget(studio: Studio | None = None, **settings: Any) -> QwenWidget:
    """Open the panel.

    Parameters
    ----------
    studio
        Where pictures are made and kept; else the default studio in ``./qwen-images``.
    **settings
        First values of the panel's settings, such as ``prompt`` and ``seed``.

    Returns
    -------
    QwenWidget
        Shown by a notebook when it is a cell's last expression.

    Raises
    ------
    InvalidRequest
        For a setting that there is not.

    Examples
    --------
    >>> qn.qwen_widget(prompt="a poster that reads VISIT MARS")  # doctest: +SKIP
    """
    refuse_unknown((name for name in settings if name not in SETTINGS), SETTINGS)
    return QwenWidget(studio, **settings)
