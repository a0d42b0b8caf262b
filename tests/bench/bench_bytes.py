"""From the downloaded bytes to the saved picture: processor time, what the preview loses, and memory."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from qwen_notebook.imaging import jpeg, png
from qwen_notebook.imaging.appearance import as_shown
from qwen_notebook.imaging.inspection import PREVIEW_SIDE
from qwen_notebook.journal.records import JobRecord
from qwen_notebook.simulator import painter
from qwen_notebook.studio.provenance import parts_with_provenance
from qwen_notebook.studio.saving import save_picture
from qwen_notebook.studio.storage import Storage
from tests.bench.client_process import told_by
from tests.bench.registry import Row, bench
from tests.bench.service import service
from tests.support.jobs import saved_record

SIZE = (2688, 1536)
GRAIN = 0.23
"""Standard deviation of the noise that gives the painter's picture the size of a real one's file, some 3 MB."""
TEXT_PIXELS = (24, 32, 40, 48, 56, 72, 90)
REPEATS = 15
BEFORE = 3.0
"""The reducing gap that Pillow calls the same as a filter over all pixels."""
QUICK = {"latency_median": 0.5, "latency_sigma": 0.1, "rate_limit": None, "starting_balance": 10**6}


@bench("bytes")
def from_bytes_to_picture() -> Iterator[Row]:
    """One real picture of 2688 × 1536 pixels: checked, marked, saved, and its preview made"""
    content = real_picture()
    yield Row("the file", len(content) / 1e6, "MB")
    with tempfile.TemporaryDirectory() as folder:
        yield from processor_time(content, Storage(folder))
    yield from difference_of_previews(content)


@bench("bytes-memory")
def memory() -> Iterator[Row]:
    """Peak memory of a new process that saves pictures, all at once"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "real.png"
        size = file.write_bytes(real_picture())
        one, forty, hundred = (played(number, file=str(file)) for number in (1, 40, 100))
    tiny = played(100)
    yield Row("100 tiny pictures", tiny["peak"], "MB", goal=120)
    yield Row("1 real picture", one["peak"], "MB")
    yield Row("40 real pictures", forty["peak"], "MB")
    yield Row("100 real pictures", hundred["peak"], "MB")
    grown = (hundred["peak"] - forty["peak"]) / 60
    yield Row("  of each further file, in memory", grown / (size / (1 << 20)), goal=0.25)
    yield Row("40 real pictures: processor time of the client, each", forty["cpu"] * 1000 / 40, "ms")
    yield Row("  mean delay, finished until saved", forty["saved"], "s")


def real_picture() -> bytes:
    """A poster in real type with the grain of a photograph, as a PNG."""
    request = painter.PaintRequest(
        prompt='a poster that reads "VISIT MARS" and "the small print of a long journey"', seed=7, size=SIZE
    )
    poster = np.asarray(painter.paint(request), dtype=np.float32)
    grain = np.random.default_rng(7).normal(0, GRAIN, poster.shape)
    file = BytesIO()
    Image.fromarray((poster + grain).round().clip(0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def processor_time(content: bytes, store: Storage) -> Iterator[Row]:
    record = saved_record(sha256=None, width=None, height=None)
    image, clean = png.read(content)
    small = as_shown(image, PREVIEW_SIDE)
    name = store.new_name(record, "png")
    work: dict[str, Callable[[], object]] = {
        "Image.open().load() of the same bytes": lambda: Image.open(BytesIO(content)).load(),
        "save_picture()": lambda: save_picture(store, record, content),
        "  check": lambda: png.read(content),
        "  reduce for the preview": lambda: as_shown(image, PREVIEW_SIDE),
        "    as before, from twice as many pixels": lambda: image.resize(small.size, reducing_gap=BEFORE),
        "  encode the preview": lambda: jpeg.write(small, 82),
        "  hash": lambda: hashlib.sha256(content).hexdigest(),
        "  mark": lambda: parts_with_provenance(clean, record),
        "  write, put on disk, read back": lambda: store.write_picture(name, content),
    }
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(REPEATS):  # in turns, so that what else runs here meets all of them alike
        for part, do in work.items():
            began = process_time()
            do()
            seconds[part].append(process_time() - began)
    safe = [until_safe(content, store, record) for _ in range(REPEATS)]
    least = {part: min(each) for part, each in seconds.items()}
    load, save = list(least.values())[:2]
    yield Row("processor time of save_picture() by that of open().load()", save / load, goal=1.3)
    yield Row("  until the picture is safe, before its preview", min(safe) / load)
    for part, each in least.items():
        yield Row(f"  {part}", each * 1000, "ms")


def until_safe(content: bytes, store: Storage, record: JobRecord) -> float:
    """Processor time in seconds until the picture is on disk."""
    seconds: list[float] = []
    began = process_time()
    save_picture(store, record, content, on_disk=lambda _: seconds.append(process_time() - began))
    return seconds[0]


def difference_of_previews(content: bytes) -> Iterator[Row]:
    """How far two ways of reducing are from a filter over all pixels, with text down to what nobody can read."""
    image, _ = png.read(content)
    with_small_text(image)
    now = as_shown(image, PREVIEW_SIDE)
    fair = shades(image.resize(now.size))
    for words, preview in {
        "the preview": now,
        "as before": image.resize(now.size, reducing_gap=BEFORE),
    }.items():
        apart, unlike = np.abs(shades(preview) - fair), 1 - likeness(shades(preview), fair)
        most, least_like = (1.5, 0.01) if preview is now else (None, None)
        yield Row(f"{words}: mean difference from a filter over all pixels, of 255", apart.mean(), goal=most)
        yield Row("  greatest", apart.max())
        yield Row("  1 - structural similarity", unlike, text=f"{unlike:.4f}", goal=least_like)


def with_small_text(image: Image.Image) -> None:
    draw, top = ImageDraw.Draw(image), 60
    fonts = Path(painter.__file__).parent / "fonts"
    for number, pixels in enumerate(TEXT_PIXELS):
        font = ImageFont.truetype(str(fonts / "Jost-Medium.ttf"), pixels)
        draw.text(
            (1300, top), "the quick brown fox 0123456789", fill=("white", "black")[number % 2], font=font
        )
        top += round(1.4 * pixels)


def shades(image: Image.Image) -> Any:
    return np.asarray(image.convert("L"), dtype=float)


def likeness(one: Any, other: Any) -> float:
    """The structural similarity of two grey images, in windows of 8 × 8.

    Source: Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image Processing 13(4), 2004, with a flat window.
    """
    windows = np.lib.stride_tricks.sliding_window_view
    a, b = (windows(image, (8, 8)) for image in (one, other))
    over = (-2, -1)
    mean_a, mean_b = a.mean(over), b.mean(over)
    together = (a * b).mean(over) - mean_a * mean_b
    spread = a.var(over) + b.var(over)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mean_a * mean_b + c1) * (2 * together + c2)
    return float((similar / ((mean_a**2 + mean_b**2 + c1) * (spread + c2))).mean())


def played(number: int, **settings: Any) -> dict[str, float]:
    with service(seed=1, **QUICK, **settings) as url:
        return told_by("tests.bench.save_pictures", url, str(number))
