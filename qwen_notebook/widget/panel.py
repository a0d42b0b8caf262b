"""The panel: an ipywidget to compose a request, watch its job and go on with the picture."""

# ipywidgets, anywidget and traitlets have no types of their own.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import secrets
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets as t

from qwen_notebook.concurrency.loop_thread import shared_worker
from qwen_notebook.concurrency.waiting import wait_beating
from qwen_notebook.errors import Charge, QwenError
from qwen_notebook.reapi.models import DEFAULT_SIZE, QWEN_IMAGE_2
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.request import FIELD_NAMES, GenerationRequest, refuse_unknown
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.studio import Studio, core_of
from qwen_notebook.widget.assets import asset
from qwen_notebook.widget.base import Widget
from qwen_notebook.widget.callbacks import presses_arrive_while_awaiting
from qwen_notebook.widget.handlers import PanelHandlers
from qwen_notebook.widget.plain_traits import Choice, Text, Truth, Whole
from qwen_notebook.widget.replies import LaterReply, Result
from qwen_notebook.widget.session import PanelSession
from qwen_notebook.widget.soon import OnceSoon, Soon

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

_open_panels: list[weakref.ref[QwenWidget]] = []
"""Those that are open, the newest last."""


@always_printable
class QwenWidget(Widget[PanelSession]):
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
    image_size = Choice(QWEN_IMAGE_2.image_sizes, DEFAULT_SIZE).tag(sync=True)
    output_format = Choice(QWEN_IMAGE_2.output_formats, "png").tag(sync=True)
    seed = Whole(None, min=0, max=QWEN_IMAGE_2.seed_max, allow_none=True).tag(sync=True)
    nsfw_checker = Truth(False).tag(sync=True)
    count = Whole(1, min=1, max=MAX_COUNT).tag(sync=True)
    next_seed = Choice(("same", "random", "+1"), "random").tag(sync=True)

    _esm = t.Unicode().tag(sync=True)
    _css = t.Unicode().tag(sync=True)
    _revision = t.Int(0).tag(sync=True)
    _jobs = t.List().tag(sync=True)
    _studio = t.Dict().tag(sync=True)

    _session_class = PanelSession

    def __init__(self, studio: Studio | None = None, **settings: Any) -> None:
        settings.setdefault("seed", draw_seed())
        super().__init__(studio, _esm=asset("panel.js"), _css=asset("panel.css"), **settings)
        _open_panels.append(weakref.ref(self))

    # For Python

    @property
    def jobs(self) -> list[Job]:
        """The panel's own jobs, newest last."""
        return self._session.jobs

    @property
    def pictures(self) -> list[Picture]:
        """The panel's own saved pictures, newest last."""
        return self._session.pictures

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
        seed = secrets.randbelow(QWEN_IMAGE_2.seed_max) if self.seed is None else self.seed
        settings = {name: getattr(self, name) for name in FIELD_NAMES}
        settings |= {"image_url": self.image_url or None, "model": self.studio.model}
        requests = [
            GenerationRequest.from_fields(settings | {"seed": (seed + step) % (QWEN_IMAGE_2.seed_max + 1)})
            for step in range(self.count)
        ]
        jobs = [self._session.submit(request, again=again) for request in requests]
        if self.next_seed == "random":
            self.seed = draw_seed()
        elif self.next_seed == "+1":
            self.seed = (seed + self.count) % (QWEN_IMAGE_2.seed_max + 1)
        return jobs

    def restore(self, request: GenerationRequest) -> None:
        """Take over the settings of a request, to go on from there.

        Examples
        --------
        >>> panel.restore(studio.pictures[-1].request)  # doctest: +SKIP
        """
        with self.hold_sync():
            for name in FIELD_NAMES:
                value = getattr(request, name)
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
        return await wait_beating(self._session.callbacks.next(), None, lambda: None)

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
        return self._session.callbacks.add(callback)

    def close(self) -> None:
        """Take the panel off the screen and let go of all it holds. Its pictures stay, as do its jobs."""
        _open_panels[:] = [known for known in _open_panels if known() not in (None, self)]
        super().close()

    def __repr__(self) -> str:
        return f"<QwenWidget · {self.studio.store.folder.name}/ · {self._hint('the panel')}>"

    # How it is put together: its session never waits, so that it is called at once

    def _handler(self) -> Callable[[Any], Result | LaterReply]:
        return PanelHandlers(self._session).handle

    def _follow_jobs(self) -> Callable[[], None]:
        return core_of(self.studio).follow(self._session.job_moved)

    def _soon(self, push: Callable[[], None]) -> Soon:
        return OnceSoon(push, lambda function: shared_worker().call(function))

    # For ipywidgets

    def _tell_front_end(self, change: Any) -> None:
        """Send a changed trait, and count the changes that a cell made, so that the front end can tell them."""
        super()._tell_front_end(change)
        name = change["name"]
        if name in SETTINGS and name not in self._told_by_front_end and self.comm is not None:
            self._revision += 1


def draw_seed() -> int:
    """A seed that a person can read and remember; there are a million of them."""
    return secrets.randbelow(1_000_000)


def newest_panel(studio: Studio) -> QwenWidget | None:
    """The panel of this studio's folder that was opened last and is not closed."""
    panels = (panel for known in reversed(_open_panels) if (panel := known()) is not None)
    return next((panel for panel in panels if panel.studio.store.folder == studio.store.folder), None)


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
