"""What the panel is told of the studio, its jobs and its pictures."""

import time

from qwen_notebook.errors import QwenError
from qwen_notebook.studio.job import Job
from qwen_notebook.studio.money import Money
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.studio import Studio
from qwen_notebook.widget.protocol import MAX_JOBS, ErrorInfo, JobInfo, MoneyInfo, PictureInfo, StudioInfo

_MAX_WORDS = 80


def describe_error(error: QwenError) -> ErrorInfo:
    """An error in parts."""
    return {
        "kind": type(error).__name__,
        "what": error.what,
        "charge": error.charge.value,
        "todo": error.todo,
    }


def unexpected(error: BaseException) -> ErrorInfo:
    """An error of ours that nobody foresaw: named, so that it can be reported, and with no words of its own, as
    those may hold anything.
    """
    return {
        "kind": "Unexpected",
        "what": f"Something went wrong in the kernel ({type(error).__name__}).",
        "charge": "free",
        "todo": "Look at the jobs before trying again, and please report it.",
    }


def describe_job(job: Job) -> JobInfo:
    """One line of the panel's queue."""
    record = job.record
    words = " ".join(record.request.prompt.split())
    error = job.error
    return {
        "id": record.id,
        "state": record.state.value,
        "words": words if len(words) <= _MAX_WORDS else words[: _MAX_WORDS - 1] + "…",
        "seed": record.seed,
        "image_size": record.request.image_size,
        "edit": record.request.is_edit,
        "created": record.created,
        "since": record.sent or record.changed,
        "seconds": record.seconds,
        "service": record.service,
        "by_hand": record.by_hand,
        "note": record.note,
        "error": describe_error(error) if error is not None else None,
    }


def describe_jobs(jobs: list[Job]) -> list[JobInfo]:
    """The jobs that the panel lists, oldest first: what runs or needs a person before what is done."""
    shown = jobs
    if len(jobs) > MAX_JOBS:
        urgent = [job for job in jobs if not job.status.ended]
        room = max(0, MAX_JOBS - len(urgent))
        done = [job for job in jobs if job.status.ended][-room:] if room else []
        keep = {job.id for job in [*urgent[:MAX_JOBS], *done]}
        shown = [job for job in jobs if job.id in keep]
    return [describe_job(job) for job in shown]


def describe_picture(picture: Picture) -> PictureInfo:
    """A saved picture with all its settings."""
    request = picture.request
    width, height = picture.size
    return {
        "id": picture.id,
        "prompt": request.prompt,
        "image_url": request.image_url,
        "image_size": request.image_size,
        "output_format": request.output_format,
        "seed": request.seed or 0,
        "nsfw_checker": request.nsfw_checker,
        "width": width,
        "height": height,
        "made": picture.made,
        "seconds": picture.seconds,
        "credits": picture.credits,
        "service": picture.service,
        "name": picture.name,
        "url": picture.url,
        "by_hand": picture.by_hand,
    }


def describe_money(money: Money) -> MoneyInfo:
    """What pictures have cost and may still cost."""
    return {
        "spent": money.spent,
        "reserved": money.reserved,
        "uncertain": money.uncertain,
        "budget": money.budget,
        "left": money.left,
        "line": str(money),
    }


def describe_studio(studio: Studio, *, waiting: int, reloaded: bool) -> StudioInfo:
    """What the panel has to know of the studio."""
    usual = studio.usual_seconds
    return {
        "service": studio.service,
        "folder": studio.store.folder.name,
        "price": studio.price,
        "money": describe_money(studio.money),
        "usual": round(usual, 1) if usual is not None else None,
        "paused": describe_error(studio.paused) if studio.paused is not None else None,
        "pictures": studio.picture_count,
        "waiting": waiting,
        "reloaded": reloaded,
    }


def kernel_name() -> str:
    """A mark of this kernel's life, new after every restart."""
    return _BORN


_BORN = f"{time.time_ns():x}"
