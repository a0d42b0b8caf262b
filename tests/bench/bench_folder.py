"""A folder of a hundred thousand pictures: looking for one, the newest, and all of them as a table."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any

from tests.bench.many_jobs import looked_at, write_folder
from tests.bench.registry import Row, bench

JOBS = 100_000
WORDS, MORE_WORDS = "fox night", "fox night linocut far"


@bench("folder")
def folder() -> Iterator[Row]:
    """100,000 pictures, no two prompts the same, opened in a new process: processor time, the best of three"""
    with tempfile.TemporaryDirectory() as root:
        write_folder(Path(root), JOBS, compact=True)
        runs = looked_at(__name__, Path(root))
    best = {name: min(run[name] for run in runs) for name in runs[0]}
    many = int(best["found"])
    yield Row(f"find({WORDS!r}), the first search of a process ({many:,} found)", best["find_first"], "ms")
    yield Row("  each later one", best["find"], "ms", 50)
    yield Row("  the same words looked for in the prompts as a list", best["plain_find"], "ms")
    yield Row("  the next one after a picture was made", best["find_after"], "ms", 50)
    yield Row(f"find({MORE_WORDS!r}) ({best['found_more']:,.0f} found)", best["find_more"], "ms", 50)
    yield Row(f"find(since=…, image_size=…) ({best['found_since']:,.0f} found)", best["find_since"], "ms", 50)
    yield Row("find(starred=True) (100 found)", best["find_starred"], "ms", 50)
    yield Row("find() (all found)", best["find_all"] / 1000, "s")
    yield Row("to_frame()", best["frame"] / 1000, "s", 1)
    yield Row("  json.loads of each line", best["plain"] / 1000, "s")
    yield Row("studio.pictures[-1], the first time", best["newest_first"], "ms")
    yield Row("  each later time", best["newest"], "ms", 1)
    yield Row("  after a picture was made", best["newest_after"], "ms", 1)
    yield Row("len(studio.pictures)", best["count"], "ms", 1)
    yield Row("studio.pictures[-20:], looked at", best["last"], "ms")
    yield Row("the first three of studio.pictures", best["few"], "ms", 1)
    yield Row("studio.jobs[-1]", best["job"], "ms", 1)
    yield Row("studio.job(id)", best["job_by_id"], "ms", 1)


def main(root: Path) -> dict[str, float]:
    from importlib import import_module

    import qwen_notebook as qn
    from qwen_notebook.studio.studio import core_of
    from tests.bench.bench_journal_open import plain_pass
    from tests.bench.many_jobs import prompt_of

    import_module("pandas")
    studio = qn.Studio(root, offline=True)
    prompts = [prompt_of(number).casefold() for number in range(JOBS)]
    told = {"newest_first": timed(lambda: studio.pictures[-1].request, 1)}
    told["newest"] = timed(lambda: studio.pictures[-1].request)
    told["count"] = timed(lambda: len(studio.pictures))
    told["last"] = timed(lambda: [picture.request for picture in studio.pictures[-20:]])
    told["few"] = timed(lambda: list(islice(studio.pictures, 3)))
    told["job"] = timed(lambda: studio.jobs[-1].status)
    told["job_by_id"] = timed(lambda: studio.job("j000000777"))
    told["find_first"] = timed(lambda: studio.find(WORDS), 1)
    told["find"] = timed(lambda: studio.find(WORDS))
    told["plain_find"] = timed(
        lambda: [prompt for prompt in prompts if all(word in prompt for word in WORDS.split())]
    )
    told["find_more"] = timed(lambda: studio.find(MORE_WORDS))
    told["found_more"] = len(studio.find(MORE_WORDS))
    told["found"] = len(studio.find(WORDS))
    since = 1_700_000_020 + JOBS - 400
    told["find_since"] = timed(lambda: studio.find(since=since, image_size="1:1"))
    told["found_since"] = len(studio.find(since=since, image_size="1:1"))
    for picture in studio.pictures[:100]:
        picture.star()
    told["find_starred"] = timed(lambda: studio.find(starred=True))
    told["frame"] = timed(studio.to_frame)
    told["plain"] = plain_pass(root) * 1000
    told["find_all"] = timed(studio.find, 1)
    made = studio.generate("one more fox at night", seed=1)
    told["newest_after"] = timed(lambda: studio.pictures[-1], 1)
    told["find_after"] = timed(lambda: studio.find(WORDS), 1)
    assert studio.pictures[-1] == made == studio.find(WORDS)[-1]
    core_of(studio).close()
    return told


def timed(work: Callable[[], Any], times: int = 3) -> float:
    """Milliseconds of the processor, the best of several times."""
    seconds: list[float] = []
    for _ in range(times):
        began = process_time()
        work()
        seconds.append(process_time() - began)
    return min(seconds) * 1000


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
