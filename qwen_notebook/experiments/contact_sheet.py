"""Contact sheets: an experiment on labelled pages, each drawn when it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.labels import Labels, value_label
from qwen_notebook.experiments.overview import Overview
from qwen_notebook.imaging.inspection import PREVIEW_SIDE
from qwen_notebook.simulator.painting import faces
from qwen_notebook.studio.lazy_sequence import LazySequence

_MARGIN, _GAP, _LABEL = 64, 18, 250
_NARROWEST = 150
_HEAD = 150
_INK, _FAINT, _LINE, _PAPER, _GROUND = "#1c1b22", "#5d5b68", "#c9c7d1", "#ffffff", "#f2f1f5"
_TITLE, _TEXT, _SMALL = 34, 22, 18


@dataclass(frozen=True, slots=True)
class _Page:
    rows: range
    columns: range
    side: int


def draw_sheets(overview: Overview, size: tuple[int, int]) -> Sequence[Image.Image]:
    """Draw contact sheets.

    Parameters
    ----------
    overview
        The experiment.
    size
        Of a page, in pixels.

    Returns
    -------
    sequence of PIL.Image.Image
        As many pages as it takes; each is drawn when it is asked for, so that hundreds need no memory.
    """
    pages = _paginate(overview, *size)

    def draw(number: str) -> Image.Image:
        page_number = f"{int(number) + 1} / {len(pages)}"
        return _draw_page(overview, pages[int(number)], page_number, size)

    return LazySequence([str(number) for number in range(len(pages))], draw)


def jpeg_of(page: Image.Image) -> bytes:
    """A page as a small JPEG, without the paper under its last row."""
    drawn = ImageChops.difference(page, Image.new("RGB", page.size, _PAPER)).crop(
        (0, 0, page.width, page.height - _MARGIN - _TEXT)
    )
    bounds = drawn.getbbox()
    cut = page.crop((0, 0, page.width, bounds[3] + _MARGIN if bounds else page.height))
    out = BytesIO()
    cut.resize((cut.width * 2 // 3, cut.height * 2 // 3), Image.Resampling.LANCZOS).save(
        out, "JPEG", quality=82
    )
    return out.getvalue()


def _paginate(overview: Overview, width: int, height: int) -> list[_Page]:
    table = overview.table
    room = width - 2 * _MARGIN - _LABEL
    most = max(1, room // (_NARROWEST + _GAP))
    across = max(1, -(-table.width // most))
    per_page = max(1, -(-table.width // across))  # shared out evenly over the pages beside each other
    side = min(room // per_page - _GAP, PREVIEW_SIDE)
    tops = [0]
    left = bottom = height - _HEAD - 2 * _MARGIN - 40
    for row in range(table.height):
        tall = _row_height(overview, row, side)
        if row > tops[-1] and tall > left:
            tops.append(row)
            left = bottom
        left -= tall
    return [
        _Page(range(top, end), range(first, min(first + per_page, table.width)), side)
        for top, end in pairwise((*tops, table.height))
        for first in range(0, table.width, per_page)
    ]


def _row_height(overview: Overview, row: int, side: int) -> int:
    pictures = max(_box(cell_job, side)[1] for cell_job in overview.row(row) if cell_job is not None)
    labels = _row_head(None, (0, 0), overview.table.row_labels(row))
    return max(pictures + _SMALL, labels) + 2 * _GAP


def _box(cell_job: CellJob, side: int) -> tuple[int, int]:
    """The room of a picture of this shape in a square of this side."""
    across, down = map(int, cell_job.cell.request.image_size.split(":"))
    scale = side / max(across, down)
    return round(across * scale), round(down * scale)


def _draw_page(overview: Overview, page: _Page, number: str, size: tuple[int, int]) -> Image.Image:
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    width, height = size
    _write(draw, (_MARGIN, _MARGIN), overview.title, size=_TITLE, ink=_INK, width=width - 2 * _MARGIN)
    common = "   ".join(f"{name} {value}" for name, value in overview.common)
    _write(draw, (_MARGIN, _MARGIN + 48), common, size=_SMALL, ink=_FAINT, width=width - 2 * _MARGIN)
    draw.text(
        (width - _MARGIN, height - _MARGIN), number, _FAINT, faces.font(faces.TEXT, _SMALL), anchor="rs"
    )
    top = _HEAD + _MARGIN - 20
    lefts = {
        column: _MARGIN + _LABEL + place * (page.side + _GAP) for place, column in enumerate(page.columns)
    }
    for column in page.columns:
        head = " · ".join(value_label(*label) for label in overview.table.column_labels(column))
        _write(draw, (lefts[column], top - 34), head, size=_SMALL, ink=_INK, width=page.side)
    for row in page.rows:
        draw.line((_MARGIN, top, width - _MARGIN, top), _LINE)
        _row_head(draw, (_MARGIN, top + _GAP), overview.table.row_labels(row))
        for column in page.columns:
            cell_job = overview.at(row, column)
            if cell_job is not None:
                preview = overview.preview_of(cell_job)
                _draw_cell(sheet, (lefts[column], top + _GAP), cell_job, page.side, preview)
        top += _row_height(overview, row, page.side)
    return sheet


def _draw_cell(
    sheet: Image.Image, at: tuple[int, int], cell_job: CellJob, side: int, preview: bytes | None
) -> None:
    draw = ImageDraw.Draw(sheet)
    left, top = at
    wide, tall = _box(cell_job, side)
    if preview is None:
        draw.rectangle((left, top, left + wide - 1, top + tall - 1), _GROUND, _LINE)
        middle = (left + wide / 2, top + tall / 2)
        draw.text(middle, str(cell_job.status), _FAINT, faces.font(faces.TEXT, _TEXT), anchor="mm")
    else:
        with Image.open(BytesIO(preview)) as image:
            image.draft("RGB", (wide, tall))
            small = image.convert("RGB")
        small.thumbnail((wide, tall), Image.Resampling.LANCZOS)
        sheet.paste(small, at)
        tall = small.height
    if "seed" not in cell_job.cell.values:  # else the head says it
        seed = f"seed {cell_job.cell.request.seed}"
        draw.text((left, top + tall + 6), seed, _FAINT, faces.font(faces.TEXT, _SMALL - 2))


def _row_head(draw: ImageDraw.ImageDraw | None, at: tuple[int, int], labels: Labels) -> int:
    """Write what stands at the head of a row, and return where it ends; without a `draw` it is only measured."""
    left, top = at
    for name, value in labels:
        top = _write(draw, (left, top), name, size=_SMALL - 2, ink=_FAINT, width=_LABEL - 30)
        top = _write(draw, (left, top), value, size=_TEXT, ink=_INK, width=_LABEL - 30, lines=4) + 10
    return top


def _write(
    draw: ImageDraw.ImageDraw | None,
    at: tuple[int, int],
    text: str,
    *,
    size: int,
    ink: str,
    width: int,
    lines: int = 1,
) -> int:
    """Write a text in a few lines, the last cut short with dots, and return where the next would begin."""
    setting = faces.choose(text, (faces.TEXT,))
    font = faces.font(setting.face, size)
    left, top = at
    whole = f"{setting.text} ({faces.apology(setting.missing)})" if setting.missing else setting.text
    for line in _broken(whole, lambda part: font.getlength(part) <= width, lines):
        if draw is not None:
            draw.text((left, top), line, ink, font)
        top += round(size * 1.3)
    return top


def _broken(text: str, fits: Callable[[str], bool], lines: int) -> list[str]:
    broken: list[str] = []
    rest = text
    while rest and len(broken) < lines:
        if fits(rest):
            return [*broken, rest]
        length = _longest(rest, fits)
        if len(broken) == lines - 1:
            return [*broken, rest[: _longest(rest, lambda part: fits(f"{part}…"))].rstrip() + "…"]
        cut = rest.rfind(" ", 0, length + 1)
        cut = cut if cut > 0 else max(1, length)
        broken.append(rest[:cut])
        rest = rest[cut:].lstrip()
    return broken


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle - 1)
    return low
