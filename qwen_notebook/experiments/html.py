"""An experiment as one HTML file, with its previews in it: it needs no server, no network and no kernel."""

import base64
from collections.abc import Callable, Iterator
from html import escape
from io import BytesIO
from pathlib import Path

from qwen_notebook.experiments.cell_status import CellJob
from qwen_notebook.experiments.labels import Labels
from qwen_notebook.experiments.overview import Overview
from qwen_notebook.journal.annotations import Annotation

AnnotationOf = Callable[[CellJob], Annotation]
_MANY = 400
_SMALL_SIDE = 160
"""Pixels of a preview's long side where there are many, so that the file stays one that a browser opens."""


def write_html(path: Path, overview: Overview, annotation_of: AnnotationOf, *, summary: str) -> Path:
    """Write the file, a row at a time.

    Parameters
    ----------
    path
        Where to.
    overview
        The experiment.
    annotation_of
        What people say of a cell's picture.
    summary
        What stands under the title.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    table, title = overview.table, escape(overview.title)
    shrink = len(overview.cell_jobs) > _MANY
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD.format(title=title, style=_STYLE))
        common = "".join(
            f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in overview.common
        )
        file.write(
            f"<header><h1>{title}</h1><p>{escape(summary)}</p><dl>{common}</dl></header>\n"
            '<main tabindex="0" aria-label="The experiment as a table"><table>\n<thead><tr><td></td>'
        )
        for column in range(table.width):
            file.write(f'<th scope="col">{_head(table.column_labels(column))}</th>')
        file.write("</tr></thead>\n<tbody>\n")
        for row in range(table.height):
            file.write(f'<tr><th scope="row">{_head(table.row_labels(row))}</th>')
            for cell_job in overview.row(row):
                file.writelines(_cell(cell_job, overview, annotation_of, shrink))
            file.write("</tr>\n")
        file.write("</tbody></table></main>\n</html>\n")
    return path


def _head(labels: Labels) -> str:
    return "".join(f"<small>{escape(name)}</small><span>{escape(value)}</span>" for name, value in labels)


def _cell(
    cell_job: CellJob | None, overview: Overview, annotation_of: AnnotationOf, shrink: bool
) -> Iterator[str]:
    if cell_job is None:
        yield "<td></td>"
        return
    request, annotation = cell_job.cell.request, annotation_of(cell_job)
    shape = request.image_size.replace(":", "/")
    yield f'<td><figure style="--shape:{shape}">'
    preview = overview.preview_of(cell_job)
    if preview is None:
        yield f'<div class="none">{escape(str(cell_job.status))}</div>'
    else:
        data = base64.b64encode(_smaller(preview) if shrink else preview).decode()
        yield f'<img alt="{escape(request.prompt, quote=True)}" src="data:image/jpeg;base64,{data}">'
    star = '<b title="starred">★</b> ' if annotation.starred else ""
    note = f"<q>{escape(annotation.note)}</q>" if annotation.note else ""
    seed = "" if "seed" in cell_job.cell.values else f"seed {request.seed}"  # else the head says it
    caption = f"<figcaption>{star}{seed}{note}</figcaption>" if star or seed or note else ""
    yield f"{caption}</figure></td>"


def _smaller(preview: bytes) -> bytes:
    from PIL import Image

    out = BytesIO()
    with Image.open(BytesIO(preview)) as image:
        image.draft("RGB", (_SMALL_SIDE, _SMALL_SIDE))
        image.thumbnail((_SMALL_SIDE, _SMALL_SIDE))
        image.convert("RGB").save(out, "JPEG", quality=75)
    return out.getvalue()


_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
"""
_STYLE = """
:root { --ground: #f6f5f9; --paper: #fff; --ink: #1c1b22; --faint: #5d5b68; --line: #d9d7e0; --accent: #5a3fd6 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #131217; --paper: #1d1c23; --ink: #edecf2; --faint: #aaa8b6; --line: #393742; --accent: #b5a4ff }
}
* { box-sizing: border-box }
html, body { height: 100%; margin: 0 }
body { display: flex; flex-direction: column; background: var(--ground); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif }
header { padding: 24px 32px 16px; flex: none }
h1 { font-size: 22px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere }
header p { margin: 0; color: var(--faint) }
dl { display: flex; flex-wrap: wrap; gap: 4px 6px; margin: 8px 0 0; font-size: 13px }
dt { color: var(--faint) }
dd { margin: 0 14px 0 0; overflow-wrap: anywhere }
main { flex: 1; overflow: auto; margin: 0 32px 32px; background: var(--paper); border: 1px solid var(--line);
  border-radius: 12px }
main:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
table { min-width: 100%; border-collapse: separate; border-spacing: 0 }
th { text-align: left; vertical-align: top; font-weight: 600; background: var(--paper); padding: 12px 14px }
th small { display: block; font-size: 12px; font-weight: 400; color: var(--faint) }
th span { display: block; overflow-wrap: anywhere }
th span + small { margin-top: 8px }
thead th, thead td { position: sticky; top: 0; z-index: 1; border-bottom: 1px solid var(--line);
  background: var(--paper) }
tbody th { position: sticky; left: 0; min-width: 140px; max-width: 260px; border-right: 1px solid var(--line) }
thead td { left: 0; z-index: 2; border-right: 1px solid var(--line) }
tbody tr + tr > * { border-top: 1px solid var(--line) }
td { padding: 12px; vertical-align: top; content-visibility: auto }
figure { margin: 0; width: max-content }
img, .none { display: block; aspect-ratio: var(--shape); border-radius: 6px;
  width: calc(min(1, var(--shape)) * 240px); max-width: 240px }
.none { display: grid; place-items: center; border: 1px dashed var(--faint); color: var(--faint) }
figcaption { margin-top: 6px; max-width: 240px; font-size: 13px; color: var(--faint) }
figcaption b { color: var(--accent) }
q { display: block; color: var(--ink) }
@media print { html, body { height: auto } main { overflow: visible } }
"""
