"""A program that makes images in a pool of processes: ``python pool_program.py <how they start> <folder>``.

It prints a line of JSON with what came of it. The key and the service are in its environment.
"""

import json
import multiprocessing
import os
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import qwen_notebook as qn
from qwen_notebook.studio.default import replace_default
from tests.support.studios import QUICK


def begin() -> None:
    """Have the default studio of a worker not wait as long as people do."""
    replace_default(qn.Studio(patience=QUICK))


def look_at(picture: qn.Picture) -> dict[str, Any]:
    return {
        "process": os.getpid(),
        "size": picture.size,
        "bytes": len(picture.bytes),
        "prompt": picture.request.prompt,
    }


def run(sweep: qn.Sweep) -> dict[str, Any]:
    sweep.run(progress=False)
    return {"process": os.getpid(), "pictures": sweep.pictures, "cells": len(sweep)}


def made_by(studio: qn.Studio, prompt: str) -> str:
    try:
        return f"made {studio.generate(prompt, seed=1).request.prompt}"
    except qn.QwenError as error:
        return f"{type(error).__name__}: {error} It sees {len(studio.pictures)} pictures."


def main(start: str, folder: Path) -> dict[str, Any]:
    studio = qn.Studio(folder / "posters", budget=500, patience=QUICK)
    mine = studio.generate("mine", seed=1)
    given = qn.Studio(folder / "given", api_key=os.environ["REAPI_API_KEY"], patience=QUICK)
    given.generate("mine", seed=7)
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(2, mp_context=context, initializer=begin) as pool:
        pictures = list(pool.map(qn.generate, ["a fox", "an owl"]))
        others = list(pool.map(studio.generate, ["a cat", "a dog"]))
        seen = pool.submit(look_at, mine).result()
        job = pool.submit(studio.submit, "a job", seed=3).result()
        sweep = qn.experiment(
            "a {animal}",
            animal=["hen", "pig"],
            seed=[1, 2],
            skip=lambda cell: cell["seed"] == 2,
            studio=studio,
        )
        ran = pool.submit(run, sweep).result()
        errors: list[Any] = []
        for prompt in ("x" * 801, ""):
            error = pool.submit(qn.generate, prompt).exception()
            errors.append([type(error).__name__, getattr(error, "field", None), str(error)])
        with_key = pool.submit(made_by, given, "theirs").result()
    return {
        "parent": os.getpid(),
        "pictures": [[p.request.prompt, len(p.bytes), p in qn.default_studio().pictures] for p in pictures],
        "others": [[p.request.prompt, p in studio.pictures, studio.job(p.id).picture == p] for p in others],
        "seen": seen,
        "job": [job.result(30).request.prompt, job is studio.job(job.id)],
        "sweep": [ran["cells"], ran["pictures"] == sweep.pictures, ran["process"] != os.getpid()],
        "errors": errors,
        "with_key": with_key,
        "pickled": [pickle.dumps(one).hex() for one in (studio, given, mine, studio.jobs[0], sweep)],
        "spent": [studio.spent, qn.default_studio().spent],
    }


if __name__ == "__main__":
    os.chdir(sys.argv[2])
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
