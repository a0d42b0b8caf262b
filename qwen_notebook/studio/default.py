"""The studio that the module-level functions share, in ``./qwen-images``."""

import threading
from typing import Any, Never

from qwen_notebook.reapi import contract
from qwen_notebook.reapi.contract import ImageSize, OutputFormat
from qwen_notebook.reapi.request import FIELD_NAMES, refuse_unknown
from qwen_notebook.studio.default_folder import note_default
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.output import shown_path
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.progress_line import remark
from qwen_notebook.studio.studio import Studio, core_of

_lock = threading.RLock()  # reentrant: garbage collected meanwhile may have a person's code that comes back
_studio: Studio | None = None


def default_studio() -> Studio:
    """The shared studio, opened at the first call in ``./qwen-images``.

    Its folder stays where it was opened, wherever the notebook goes; where there is none yet, it says which it will
    be. Without a key it draws offline previews.
    """
    global _studio  # noqa: PLW0603
    with _lock:
        studio, is_new = _studio, False
        if studio is None:
            studio = _studio = Studio()
            note_default(studio.store.folder, offline=studio.offline)
            is_new = not studio.store.folder.exists()
    if is_new:
        remark(f"Pictures are kept in {shown_path(studio.store.folder)}")
    return studio


def replace_default(studio: Studio | None) -> None:
    """Use another studio from now on; None opens a new one at the next call.

    What the old one has on its way goes on: the new one takes it up, or where it works with another service, the old
    one is closed once it has come to its end.
    """
    global _studio  # noqa: PLW0603
    with _lock:
        old = _studio
        if studio is None and old is not None and old.unsettled:
            studio = Studio(old.store.folder)
        _studio = studio
        if studio is None:
            note_default(None)
        else:
            note_default(studio.store.folder, offline=studio.offline)
    if old is None or old is studio or core_of(old).is_followed:
        return
    if studio is not None and studio.service != old.service:
        close_when_idle(old)
    else:
        old.close()


def close_when_idle(studio: Studio) -> None:
    """Close a studio once nothing is on its way in it."""

    def look(_: Job | None = None) -> None:
        if all(job.status.settled or job.record.service != studio.service for job in studio.unsettled):
            unsubscribe()
            threading.Thread(target=studio.close, name="qwen-notebook-close", daemon=True).start()

    unsubscribe = core_of(studio).follow(look)
    look()


def generate(
    prompt: str,
    *,
    image_url: str | Picture | None = None,
    image_size: ImageSize = contract.DEFAULT_SIZE,
    output_format: OutputFormat = "png",
    seed: int | None = None,
    nsfw_checker: bool = False,
    again: bool = False,
    **unknown: Never,
) -> Picture:
    """Make an image in the default studio and wait for it; see `Studio.generate`.

    Examples
    --------
    >>> picture = qn.generate("a poster that reads VISIT MARS", image_size="16:9", seed=7)  # doctest: +SKIP
    """
    refuse_unknown(unknown, (*FIELD_NAMES, "again"))
    settings: dict[str, Any] = {
        "image_url": image_url,
        "image_size": image_size,
        "output_format": output_format,
        "seed": seed,
        "nsfw_checker": nsfw_checker,
        "again": again,
    }
    return default_studio().generate(prompt, **settings)


def submit(
    prompt: str,
    *,
    image_url: str | Picture | None = None,
    image_size: ImageSize = contract.DEFAULT_SIZE,
    output_format: OutputFormat = "png",
    seed: int | None = None,
    nsfw_checker: bool = False,
    again: bool = False,
    **unknown: Never,
) -> Job:
    """Ask the default studio for an image and return at once; see `Studio.submit`.

    Examples
    --------
    >>> job = qn.submit("make it night", image_url=picture)  # doctest: +SKIP
    >>> picture = await job  # doctest: +SKIP
    """
    refuse_unknown(unknown, (*FIELD_NAMES, "again"))
    settings: dict[str, Any] = {
        "image_url": image_url,
        "image_size": image_size,
        "output_format": output_format,
        "seed": seed,
        "nsfw_checker": nsfw_checker,
        "again": again,
    }
    return default_studio().submit(prompt, **settings)
