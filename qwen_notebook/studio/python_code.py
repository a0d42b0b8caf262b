"""The Python that shows a picture again, or makes it where it is not there."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_notebook.journal.states import State, stands_for_request
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.urls import without_query
from qwen_notebook.studio.default_folder import NAME, is_default
from qwen_notebook.studio.job_lookup import JobLookup
from qwen_notebook.studio.providers.choice import provider_named

if TYPE_CHECKING:
    from qwen_notebook.studio.job_store import JobStore

_DEFAULT_NAME = repr(NAME)
_DEFAULT = "qn.default_studio()"
_MOST_SOURCES = 5_000
"""How many pictures are looked through, newest first, for the one that an edit was made from."""
_UNKNOWN = "..."
"""In place of an address that may be signed: it is for a person to fill in, and nothing is sent with it."""


def code_for(
    request: GenerationRequest,
    jobs: JobStore,
    service: str,
    job_id: str | None = None,
    *,
    budget: int | None = None,
) -> str:
    """An expression that gives the picture of a request.

    It names its studio, and its source where that is a picture of the folder. Running it finds the picture that is
    there: where the call would find another one or none, as for the first of two equal ones, or an edit whose source
    is gone, the picture is named by its job instead.

    Parameters
    ----------
    request
        What it is made from.
    jobs
        Those of its folder.
    service
        Who made it, or is to make it.
    job_id
        The job whose picture it is; None where it has none.
    budget
        Of the studio: a call that would make the picture keeps to it too.

    Returns
    -------
    str
        One line, valid whatever the request holds, with no signed address in it. The folder is relative to the working
        directory where it lies in it, as in ``"posters"``, and to the person's home as in ``"~/posters"``, so that it
        tells nothing of the machine; elsewhere its whole path is needed.
    """
    studio = _studio(jobs.store.folder, service, request.model)
    source, found = _source_of(request.image_url, jobs, studio, service)
    call = f"generate({_arguments(request, source)})"
    if job_id is not None and _is_there(jobs, job_id):
        wanted = request if source is None or found is None else _with_source(request, found)
        unsure = source == _UNKNOWN or not provider_named(service).is_found()
        if unsure or _found_by(wanted, jobs, service) != job_id:
            return f"{studio or _DEFAULT}.job({job_id!r}).result()  # {call}"
        return f"{studio or 'qn'}.{call}"
    return f"{_studio(jobs.store.folder, service, request.model, budget) or 'qn'}.{call}"


def _arguments(request: GenerationRequest, source: str | None) -> str:
    """What differs from the defaults, as arguments."""
    plain = GenerationRequest.recorded({"prompt": "-", "model": request.model})
    named = [
        f"{name}={source if name == 'image_url' else repr(value)}"
        for name, value in request.to_fields().items()
        if name not in ("prompt", "model") and value != getattr(plain, name)
    ]
    return ", ".join([_literal(request.prompt), *named])


def _literal(text: str) -> str:
    """A text as a Python literal of one line."""
    literal = repr(text)
    return literal if literal.isprintable() else ascii(text)


def _studio(folder: Path, service: str, model: str, budget: int | None = None) -> str | None:
    """The expression for a studio; None for the default one."""
    name = _name_of(folder)
    provider = provider_named(service)
    arguments = [provider.opened_with] if provider.opened_with else []
    if model != QWEN_IMAGE_2.name:
        arguments.append(f"model={model!r}")
    if name == _DEFAULT_NAME and not arguments and is_default(folder, service):
        return None
    if budget is not None and not provider.free:
        arguments.append(f"budget={budget}")
    return f"qn.Studio({', '.join([name, *arguments])})"


def _name_of(folder: Path) -> str:
    """The literal for a folder that tells as little as possible of where it is, and leads there."""
    places: list[tuple[Path, str]] = []
    with suppress(OSError):
        places.append((Path.cwd(), ""))
    with suppress(RuntimeError):
        places.append((Path.home(), "~/"))
    for place, prefix in places:
        for one, other in ((folder, place), (Path(os.path.realpath(folder)), Path(os.path.realpath(place)))):
            if one.is_relative_to(other):
                below = one.relative_to(other).as_posix()
                # What begins with a tilde would be somebody's home.
                before = f"../{other.name}/" if not prefix and below.startswith("~") else prefix
                return _literal(f"{before}{below}")
    return _literal(folder.as_posix())


def _source_of(
    url: str | None, jobs: JobStore, studio: str | None, service: str
) -> tuple[str | None, str | None]:
    """The expression for the image that is edited, and its address."""
    if url is None:
        return None, None
    bare = without_query(url)
    for record in jobs.journal.records(islice(reversed(jobs.journal.index.pictures), _MOST_SOURCES)):
        if record.url is not None and without_query(record.url) == bare and record.service == service:
            # Not its `picture`: of one that is deleted that is None, which would buy an image made from nothing.
            return f"{studio or _DEFAULT}.job({record.id!r}).result()", record.url
    return (_literal(url), url) if url == bare else (_UNKNOWN, None)


def _with_source(request: GenerationRequest, url: str) -> GenerationRequest:
    return GenerationRequest.recorded(request.to_fields() | {"image_url": url})


def _is_there(jobs: JobStore, job_id: str) -> bool:
    entry = jobs.journal.index.get(job_id)
    return entry is not None and entry.state is State.SAVED and job_id not in jobs.journal.annotations.deleted


def _found_by(request: GenerationRequest, jobs: JobStore, service: str) -> str | None:
    """The id of the job that a call finds: see `JobStore.equal`."""
    index = JobLookup(jobs, service)
    for job_id in reversed(index.equal(request)):
        state = index.state(job_id)
        if state is not None and stands_for_request(state) and not index.annotation(job_id).deleted:
            return job_id
    return None
