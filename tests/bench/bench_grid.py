"""The grid of ten thousand cells in JupyterLab: how soon it is there, and how little of it is drawn."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.lab import opened
from tests.bench.registry import Row, bench
from tests.support.environment import clean_environment

SWEEP = (
    "sweep = qn.experiment('a {x} in {y}', x=range(500), y=['rain', 'sun'], seed=range(10), studio=studio)"
)
OPEN = f"""import time
import qwen_notebook as qn
studio = qn.Studio('qwen-images', offline=True)
{SWEEP}
began = time.time()
grid = sweep.grid('seed')
made = time.time() - began
grid"""
FILL = f"""import os
from time import time
import qwen_notebook as qn
from qwen_notebook.journal.journal import Journal
from qwen_notebook.journal.records import JobRecord, new_job_id
from qwen_notebook.journal.states import State
studio = qn.Studio('qwen-images', offline=True)
one = studio.generate('a picture that stands for all', image_size='16:9', seed=1); one.preview
name = one.path.relative_to(studio.store.folder).as_posix()
{SWEEP}
journal = Journal(studio.store.folder)
for cell in sweep.cells:
    now, job = time(), new_job_id()
    os.link(studio.store.preview_path(one.id), studio.store.preview_path(job))
    journal.write(
        JobRecord(
            id=job, request=cell.request, service='simulator', state=State.SAVED, created=now,
            changed=now, saved=now, attempt=1, credits=0, file=name, width=2688, height=1536,
        ),
        sync=False,
    )
journal.close()
"""
WATCH = """() => {
    window.painted = null;
    const look = () => {
        const image = document.querySelector('.qn-grid td img');
        if (image && window.painted === null) {
            window.painted = 0;
            image.decode().then(() => requestAnimationFrame(() => { window.painted = Date.now(); }));
        }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
}"""
SCROLL = """async (sheet) => {
    const frame = () => new Promise(requestAnimationFrame);
    let most = 0;
    for (let part = 0; part <= 100; part++) {
        sheet.scrollTo((part % 4) * 300, (sheet.scrollHeight / 100) * part);
        await frame();
        await frame();
        most = Math.max(most, sheet.closest('.qn-grid').querySelectorAll('*').length);
    }
    return most;
}"""


@bench("grid")
def grid() -> Iterator[Row]:
    """A grid of 10,000 saved cells in JupyterLab in Chromium; the folder and the kernel are open"""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "work"
        root.mkdir()
        subprocess.run([sys.executable, "-c", FILL], cwd=root, env=clean_environment(), check=True)
        began = "import time; began_at = time.time(); "
        cells = (OPEN, "print(made)", began + "again = sweep.grid('seed')\nagain", "print(began_at)")
        with opened(root, *cells) as lab:
            lab.show_grid(0)  # the folder is read, and JupyterLab has its widgets loaded
            made = float(lab.printed(1))
            lab.command("notebook:clear-all-cell-outputs")
            lab.page.evaluate(WATCH)
            lab.run(2)
            lab.page.wait_for_function("() => window.painted")
            painted = lab.page.evaluate("() => window.painted / 1000") - float(lab.printed(3))
            shown = lab.grid(2)
            shown.root.get_by_role("radio", name="S", exact=True).click()
            most: int = shown.root.locator(".qn-sheet").evaluate(SCROLL)
            lab.save()
        saved = json.loads((root / "n.ipynb").read_text())
    state = len(json.dumps(saved))
    yield Row("sweep.grid() in the kernel", made, "s")
    yield Row("the cell run to the first preview painted", painted, "s", goal=1)
    yield Row("most DOM elements while scrolling, small pictures", most, text=f"{most:,}", goal=2000)
    yield Row("the saved notebook, contact sheet included", state / 1024, "KB")
