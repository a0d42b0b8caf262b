"""The key is nowhere in what a session leaves behind: notebooks, pictures, journal, settings, logs."""

import base64
import zlib
from pathlib import Path

from PIL import Image, PngImagePlugin
from playwright.sync_api import Browser

from qwen_notebook.simulator import Rule
from tests.browser.conftest import OpenLab
from tests.browser.test_sharing import as_html
from tests.support.key_hunt import holding_the_key
from tests.support.offline_page import offline_page
from tests.support.service import KEY, Service

CELLS = (
    "import qwen_notebook as qn\npanel = qn.qwen_widget(seed=7)\npanel",
    "picture = qn.generate('a blue owl', seed=3); print(picture, picture.request, picture.code()); picture",
    "print(panel.studio, panel.studio.jobs[-1].record, vars(panel.studio))",
    "qn.Studio(base_url='http://127.0.0.1:9').balance()",
    "qn.generate('x' * 801)",
)
WORDS = "a quiet harbour at dawn"


def test_a_whole_session_leaves_the_key_nowhere(
    open_lab: OpenLab, folder: Path, browser: Browser, paid_service: Service
) -> None:
    paid_service.simulator.faults.switch_on("submit-500-after", Rule(prompt="lost"))
    paid_service.simulator.faults.switch_on("task-fails", Rule(prompt="refused"))
    lab = open_lab(*CELLS)
    panel = lab.show_panel()
    for words in ("a lost answer", "a refused one"):
        panel.prompt.fill(words)
        panel.press_create()
        panel.alert.filter(has_text=words).wait_for()
    panel.prompt.fill(WORDS)
    panel.press_create()
    panel.await_picture(WORDS)
    for index in range(1, len(CELLS)):
        lab.run(index)
    lab.keep_widget_state()
    lab.save()
    with offline_page(browser) as page:
        page.goto(as_html(folder), wait_until="commit")

    assert len(list((folder / "qwen-images" / "images").iterdir())) == 2
    assert (folder / "n.html").is_file()
    assert "widgets" in (folder / "n.ipynb").read_text()
    assert holding_the_key(lab.server.root.parent) == []


def test_the_hunt_finds_a_key_wherever_it_is(tmp_path: Path) -> None:
    information = PngImagePlugin.PngInfo()
    information.add_text("request", f"Bearer {KEY}", zip=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "in-a-png.png", pnginfo=information)
    (tmp_path / "plain.txt").write_text(f"Authorization: Bearer {KEY}")
    for offset in range(3):
        (tmp_path / f"base64-{offset}.ipynb").write_bytes(
            base64.b64encode(b"x" * offset + KEY.encode() + b"more")
        )
    (tmp_path / "clean.bin").write_bytes(zlib.compress(b"nothing"))

    found = holding_the_key(tmp_path)

    assert found == ["base64-0.ipynb", "base64-1.ipynb", "base64-2.ipynb", "in-a-png.png", "plain.txt"]
