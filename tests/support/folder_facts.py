"""What a person can see of a studio's folder, as JSON."""

from typing import Any

import qwen_notebook as qn


def facts_of_job(job: qn.Job) -> dict[str, Any]:
    """What can be seen of a job and its picture."""
    picture, error = job.picture, job.error
    return {
        "request": job.request.to_fields(),
        "service": job.record.service,
        "status": str(job.status),
        "client_id": job.record.client_id,
        "origin": job.record.origin,
        "attempt": job.record.attempt,
        "task_id": job.task_id,
        "credits": job.credits,
        "seconds": job.seconds,
        "error": None if error is None else {"kind": type(error).__name__, "charge": str(error.charge)},
        "picture": None
        if picture is None
        else {
            "file": picture.path.name,
            "size": list(picture.size),
            "sha256": picture.sha256,
            "url": picture.url,
            "made": picture.made,
            "starred": picture.starred,
            "note": picture.note,
        },
    }
