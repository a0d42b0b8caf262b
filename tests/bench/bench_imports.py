"""What importing costs, beside the libraries that would be imported anyway."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.registry import Row, bench

REPETITIONS = 9
# httpx imports its command line too where click is installed, which the package does not ask for: without it all
# ratios are less flattering, and true.
AS_INSTALLED = "import sys; sys.modules['click'] = None"
TIMER = "from time import process_time\nbegan = process_time()"
ROOT = Path(__file__).parents[2]
STUDIO = "import qwen_notebook as qn; s = qn.Studio({folder!r}, {settings})"
CLIENT = "; from qwen_notebook.studio.studio import core_of; core_of(s).session.client"
FAKE_KEY = "api_key='rk_test_bench', base_url='https://reapi.invalid', offline=False"
PREPARED = {
    # name: what has been run before, and what is timed; the bare interpreter is in neither
    "import httpx": ("", "import httpx"),
    "import anywidget": ("", "import anywidget"),
    "import qwen_notebook": ("", "import qwen_notebook"),
    "a studio with a key": ("", STUDIO.replace("{settings}", FAKE_KEY)),
    "a studio offline": ("", STUDIO.replace("{settings}", "offline=True")),
    "a studio with a key, its client made": ("", STUDIO.replace("{settings}", FAKE_KEY) + CLIENT),
    "a studio offline, its client made": ("", STUDIO.replace("{settings}", "offline=True") + CLIENT),
    "the first panel": (STUDIO.replace("{settings}", "offline=True"), "qn.qwen_widget(studio=s)"),
}


@bench("imports")
def imports() -> Iterator[Row]:
    """processor time in fresh interpreters, medians, the bare interpreter not counted"""
    seconds: dict[str, list[float]] = {name: [] for name in PREPARED}
    for _ in range(REPETITIONS):  # taken in turns, so that a busy moment slows all alike
        for name, (before, timed) in PREPARED.items():
            seconds[name].append(time_of(before, timed))
    middle = {name: median(values) for name, values in seconds.items()}
    httpx, anywidget = middle["import httpx"], middle["import anywidget"]
    yield Row("import httpx", httpx * 1000, "ms")
    yield Row("import anywidget", anywidget * 1000, "ms")
    yield Row("import qwen_notebook / import httpx", middle["import qwen_notebook"] / httpx, goal=0.2)
    for name in PREPARED:
        if name.startswith("a studio"):
            # The client is made at the first submit, on the worker: nobody waits for it, so it is shown without a goal.
            goal = None if name.endswith("made") else 2
            yield Row(f"{name} / import httpx", middle[name] / httpx, goal=goal)
    yield Row(
        "the first panel, after that / import anywidget", middle["the first panel"] / anywidget, goal=1.3
    )


def time_of(before: str, timed: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        before, timed = (code.replace("{folder!r}", repr(f"{folder}/posters")) for code in (before, timed))
        code = "\n".join((AS_INSTALLED, before, TIMER, timed, "print(process_time() - began)"))
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=folder,
            env={k: v for k, v in os.environ.items() if not k.startswith("REAPI_")}
            | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)
