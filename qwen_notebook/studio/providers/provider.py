"""The seam to a service: what a studio needs of whoever makes its images, and nothing of who that is.

A `Provider` is what a studio knows of a service before it talks to it; a `Connection` is what it talks to. A service
is chosen in `qwen_notebook.studio.providers.choice` and nowhere else. All others ask only what it can do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qwen_notebook.errors import GenerationFailed

if TYPE_CHECKING:
    from qwen_notebook.reapi.models import ModelSpec
    from qwen_notebook.reapi.request import GenerationRequest
    from qwen_notebook.reapi.task import Download, Task
    from qwen_notebook.studio.patience import Patience


class Connection(Protocol):
    """What a studio asks of a service. `AsyncClient` is one.

    All of it is called on one event loop, and several calls at once. What goes wrong is raised as a `QwenError`.
    """

    async def submit(self, request: GenerationRequest) -> Task:
        """Ask for an image. Called once for each image that is bought, and never repeated by itself.

        Raises
        ------
        ConnectionFailed
            If nothing was sent.
        UncertainSubmission
            If it was sent and no readable answer came: it may have been billed.
        QwenError
            If the service refused it; then nothing was charged.
        """
        ...

    async def task(self, task_id: str) -> Task:
        """Look at a task. Free, and safe to repeat."""
        ...

    async def balance(self) -> int:
        """Credits left in the account. Free."""
        ...

    async def download(self, url: str) -> Download:
        """Fetch a result: a PNG or JPEG file.

        Raises
        ------
        ResultGone
            If the address has expired, and the task is to be asked for a fresh one.
        """
        ...

    async def aclose(self) -> None:
        """Let go of what it holds."""
        ...


class Provider(Protocol):
    """A service that makes images. To be subclassed, and registered with `register_provider`.

    What has a value here is what holds unless a subclass says otherwise; `label` and `connect` are always its own.

    Attributes
    ----------
    name
        As it stands in journals and exports. Set by whoever registers it.
    label
        For people, within a sentence.
    free
        Whether its pictures cost nothing: then no budget, no price and no confirmation is asked for.
    previews
        Whether its pictures are only previews, which no model made.
    on_loopback
        Whether it is on this machine, so that images to edit may be too.
    prior_median, prior_sigma
        What is assumed of the time a task takes before one has ended: median in seconds, and spread of its log.
    opened_with
        The argument of `Studio` that chooses it, as code; empty for the one that a key chooses. Set with the name.

    Examples
    --------
    >>> class Recorded(qn.Provider):  # doctest: +SKIP
    ...     label = "the recording"
    ...     free = True
    ...
    ...     def connect(self, folder, patience):
    ...         return Recording(folder)
    >>> qn.register_provider("recorded", Recorded)  # doctest: +SKIP
    >>> qn.Studio("posters", provider="recorded")  # doctest: +SKIP
    """

    name: str = ""
    label: str
    free: bool = False
    previews: bool = False
    on_loopback: bool = False
    prior_median: float = 15.0
    prior_sigma: float = 0.8
    opened_with: str = ""

    def connect(self, folder: Path, patience: Patience) -> Connection:
        """Make a connection; called on the event loop that will use it, when it is first needed.

        Parameters
        ----------
        folder
            The studio's. What the service has to remember may be kept in its ``ledger``.
        patience
            How long to wait for answers.
        """
        ...

    def price(self, model: ModelSpec) -> int | None:
        """Credits that an image costs, where it is not free; None where that is not known."""
        return model.price

    def failure(self, task: Task) -> GenerationFailed:
        """The error that a failed task stands for."""
        from qwen_notebook.reapi.responses import error_of_failed

        return error_of_failed(task, self.label)

    def account_id(self) -> str | None:
        """What tells the account that pays from every other, and does not tell its key; None for none.

        Where there is one its balance is watched: it tells what became of sendings without an answer.
        """
        return None

    def is_found(self) -> bool:
        """Whether a studio that is opened with `opened_with` alone surely works with it here."""
        return True


def noun_of(provider: Provider) -> str:
    """What one of its pictures is called."""
    return "offline preview" if provider.previews else "picture"


def free_kind(provider: Provider) -> str:
    """What stands beside one of its pictures in place of a price; empty where it has one."""
    if provider.previews:
        return noun_of(provider)
    return f"free {noun_of(provider)}" if provider.free else ""
