"""How soon the panel in JupyterLab reacts to a press, and shows what the kernel has saved."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.lab import opened
from tests.bench.registry import Row, bench

PRESSES = 5
PANEL = "import qwen_notebook as qn\npanel = qn.qwen_widget(prompt='a quiet harbour', next_seed='+1', seed=1)\npanel"
BLOCK = "import pathlib, time\nwhile not pathlib.Path('release').exists(): time.sleep(0.05)"
SAVED = "print([picture.made for picture in panel.pictures])"
WATCH = """(panel) => {
    panel.reactions = [];
    panel.painted = {};
    let pressed = null;
    panel.addEventListener('click', (event) => {
        if (event.target.closest('.qn-primary')) pressed = performance.now();
    }, true);
    const look = () => {
        if (pressed !== null && panel.querySelector('.qn-phase, li')) {
            const from = pressed;
            pressed = null;
            requestAnimationFrame(() => panel.reactions.push(performance.now() - from));
        }
        for (const image of panel.querySelectorAll('[role=group] img')) {
            if (image.src in panel.painted) continue;
            panel.painted[image.src] = null;
            image.decode().then(() => requestAnimationFrame(() => (panel.painted[image.src] = Date.now())), () => 0);
        }
    };
    new MutationObserver(look).observe(panel, {
        subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['src'],
    });
}"""


@bench("panel")
def panel() -> Iterator[Row]:
    """JupyterLab in Chromium, a cell asleep the whole time; medians of five presses, offline previews"""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "work"
        root.mkdir()
        with opened(root, PANEL, BLOCK, SAVED) as lab:
            shown = lab.show_panel()
            shown.root.evaluate(WATCH)
            lab.run_in_background(1)
            for number in range(1, PRESSES + 1):
                shown.press_create()
                lab.page.wait_for_function(
                    "([panel, many]) => panel.querySelectorAll('[role=option]').length === many",
                    arg=[shown.root.element_handle(), number],
                )
                shown.await_picture("a quiet harbour")
            reactions: list[float] = shown.root.evaluate("(panel) => panel.reactions")
            painted: list[float] = shown.root.evaluate(
                "(panel) => Object.values(panel.painted).filter(Boolean)"
            )
            (root / "release").touch()
            lab.run(2)
            saved = [float(at) for at in lab.printed(2).strip(" []\n").split(",")]
    delays = [min(at for at in painted if at >= made * 1000) - made * 1000 for made in saved]
    yield Row("press to the first visible reaction", median(reactions), "ms", goal=100)
    yield Row("saved in the kernel to painted in the panel", median(delays), "ms", goal=300)
