"""The experiment as a person holds it: planned, run, looked at, and taken on as a table."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from qwen_notebook.errors import InvalidRequest, QwenError
from qwen_notebook.experiments import manifest
from qwen_notebook.experiments.axes import Axes
from qwen_notebook.experiments.axis_choice import across_of
from qwen_notebook.experiments.cell_pictures import picture_of, preview_of
from qwen_notebook.experiments.cell_status import CellJob, CellStatus, cell_jobs_of
from qwen_notebook.experiments.cells import Cell, Skip, make_cells
from qwen_notebook.experiments.labels import common_labels
from qwen_notebook.experiments.left_out import LeftOut
from qwen_notebook.experiments.overview import Overview
from qwen_notebook.experiments.pivot import Pivot
from qwen_notebook.experiments.plan import Plan, missing_of, plan_of
from qwen_notebook.experiments.progress import Progress
from qwen_notebook.experiments.run import SweepRun
from qwen_notebook.experiments.selection import chooser
from qwen_notebook.reapi.formatting import one_line
from qwen_notebook.reapi.reprs import always_printable
from qwen_notebook.reapi.values import checked_truth, checked_whole
from qwen_notebook.studio.budget import check_amount
from qwen_notebook.studio.exports.tabular import Tabular
from qwen_notebook.studio.learned_window import MOST_TASKS
from qwen_notebook.studio.paths import checked_path
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.purchase import require_confirmation
from qwen_notebook.studio.studio import Studio, core_of

if TYPE_CHECKING:
    from PIL import Image

    from qwen_notebook.experiments.grid.widget import SweepGrid
    from qwen_notebook.studio.exports.columns import Row
    from qwen_notebook.widget.panel import QwenWidget


@always_printable
class Sweep(Tabular, Sequence[Cell]):
    """An experiment: its cells, what became of them, and how to go on. Made by `experiment`.

    It is the sequence of its cells: ``len(sweep)``, ``sweep[0]``, ``for cell in sweep``.
    It has nothing of its own but its plan: the pictures are the studio's, so making the same experiment again, in
    another kernel too, finds everything that is there. Pickled, it is its axes and its studio: see `Studio`.

    Attributes
    ----------
    studio
        Where its pictures are made and manifest.
    id
        The same for the same axes and cells.
    axes
        The values of each axis, by its name.
    cells
        All requests, in order.

    Examples
    --------
    >>> sweep = qn.experiment(["a red {animal}"], animal=["fox", "owl"], seed=range(4))  # doctest: +SKIP
    >>> sweep.plan()  # doctest: +SKIP
    8 cells: 8 new · 248 credits (8 × 31)
    >>> sweep.run(budget=300)  # doctest: +SKIP
    """

    def __init__(self, studio: Studio, axes: Axes, *, repeats: int = 1, skip: Skip | None = None) -> None:
        left_out = LeftOut(skip) if skip is not None else None
        made = make_cells(axes, studio, repeats=repeats, skip=left_out)
        self.studio = studio
        self.id = manifest.id_of(axes, made.cells)
        self.axes: dict[str, tuple[Any, ...]] = {
            **axes.values,
            **({"repeat": tuple(range(repeats))} if repeats > 1 else {}),
        }
        self.cells = manifest.with_kept_seeds(studio.store, self.id, made.cells)
        self._skipped = made.skipped
        self._problems = made.problems
        self._axes = axes
        self._made_of = (studio, axes, repeats, left_out.numbers if left_out is not None else ())
        self._run: SweepRun | None = None

    # Before

    def plan(self, *, retry_failed: bool = False) -> Plan:
        """What a run would do and cost; nothing is sent.

        Parameters
        ----------
        retry_failed
            Count what failed or was deleted as to be made again.
        """
        return self._plan_of(self._cell_jobs(), retry_failed)

    def _plan_of(self, cell_jobs: Sequence[CellJob], retry_failed: bool) -> Plan:
        return plan_of(
            cell_jobs, self.studio, skipped=self.skipped, problems=self.problems, retry_failed=retry_failed
        )

    def _cell_jobs(self) -> list[CellJob]:
        """How each cell stands at this moment, in order."""
        return cell_jobs_of(self.cells, core_of(self.studio).lookup)

    @property
    def skipped(self) -> int:
        """How many combinations the predicate left out."""
        return self._skipped

    @property
    def problems(self) -> tuple[str, ...]:
        """Why nothing can be sent, a sentence each; empty where all can."""
        return self._problems

    # Making

    def run(
        self,
        *,
        budget: int | None = None,
        max_in_flight: int | None = None,
        retry_failed: bool = False,
        yes: bool = False,
        progress: bool | Callable[..., Any] = True,
    ) -> Progress:
        """Make what is missing, and wait for it: `start` and `SweepRun.result`.

        What is in the folder is never bought again, and what is uncertain is never sent again. An interrupt stops
        the sending; what is paid for goes on in the background and is saved.

        Parameters
        ----------
        budget
            Credits for this run, before what the studio's own budget allows; refunds free them again.
        max_in_flight
            Jobs of this run sent and not yet saved, at most; None for as many as the studio sends at once.
        retry_failed
            Make again what failed or was deleted.
        yes
            Confirms a purchase of more than 20 images; a budget, here or of the studio, confirms it too.
        progress
            Draw a progress line: True, False, or a class such as ``tqdm.auto.tqdm``.

        Returns
        -------
        Progress
            What came of it: cells that failed or are uncertain are counted, not raised.

        Raises
        ------
        InvalidRequest
            If a cell would be refused; nothing was sent.
        ConfirmPurchase
            If more than 20 images would be bought, without `yes` or a budget; nothing was sent.
        QwenError
            What stopped it: the budget, the key, the credits, the disk. What was done is there.
        """
        run = self._start("run", budget, max_in_flight, retry_failed, yes)
        return run.result(progress=progress)

    def start(
        self,
        *,
        budget: int | None = None,
        max_in_flight: int | None = None,
        retry_failed: bool = False,
        yes: bool = False,
    ) -> SweepRun:
        """Do as `run` does, and return at once.

        Returns
        -------
        SweepRun
            To be awaited, waited for or left to itself.

        Raises
        ------
        InvalidRequest
            If a cell would be refused; nothing was sent.
        ConfirmPurchase
            If more than 20 images would be bought, without `yes` or a budget; nothing was sent.
        QwenError
            If it runs already.
        """
        return self._start("start", budget, max_in_flight, retry_failed, yes)

    def _start(
        self, call: str, budget: int | None, max_in_flight: int | None, retry_failed: bool, yes: bool
    ) -> SweepRun:
        wanted = self.studio.max_in_flight if max_in_flight is None else max_in_flight
        most = MOST_TASKS if wanted is None else checked_whole("max_in_flight", wanted)
        budget = check_amount("budget", budget)
        retry_failed = checked_truth("retry_failed", retry_failed)
        yes = checked_truth("yes", yes)
        if self._problems:
            raise InvalidRequest(self._problems[0], _more(len(self._problems) - 1))
        if self._run is not None and not self._run.done:
            raise QwenError(f"It runs already: {self._run.progress}.", "Wait for it: sweep.running.result().")
        self.studio.refresh()
        cell_jobs = self._cell_jobs()
        missing = missing_of(cell_jobs, retry_failed)
        if not (yes or self.studio.offline) and budget is None and self.studio.budget is None:
            plan = self._plan_of(cell_jobs, retry_failed)
            given = {"max_in_flight": max_in_flight, "retry_failed": retry_failed or None}
            require_confirmation(plan.new, plan.price, _how_to_confirm(call, given, plan.credits))
        if missing:
            self.studio.store.check_writable()
            manifest.keep(self.studio.store, self.id, self._axes, self.cells)
        self._run = SweepRun(
            self.studio,
            missing,
            budget=budget,
            max_in_flight=most,
            before=self._plan_of(cell_jobs, False).counts,
        )
        return self._run

    @property
    def running(self) -> SweepRun | None:
        """The run that was started last."""
        return self._run

    # Looking

    @property
    def pictures(self) -> list[Picture]:
        """All its pictures, in the order of the cells."""
        return self.select()

    def select(self, /, **values: Any) -> list[Picture]:
        """The pictures of the cells that have these values.

        Parameters
        ----------
        **values
            By axis: a value, or a list of those that will do.

        Raises
        ------
        InvalidRequest
            If there is no such axis, or what is looked for is not a value.

        Examples
        --------
        >>> sweep.select(animal="fox", seed=[0, 1])  # doctest: +SKIP
        """
        fits = chooser(self.axes, values)
        found = (
            picture_of(cell_job, self.studio)
            for cell_job in self._cell_jobs()
            if cell_job.status is CellStatus.SAVED and fits(cell_job.cell)
        )
        return [picture for picture in found if picture is not None]

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, self._made_of

    def __len__(self) -> int:
        return len(self.cells)

    @overload
    def __getitem__(self, index: int) -> Cell: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Cell, ...]: ...
    def __getitem__(self, index: int | slice) -> Cell | tuple[Cell, ...]:
        return self.cells[index]

    def __repr__(self) -> str:
        lengths = " × ".join(f"{len(values)} {name}" for name, values in self.axes.items())
        return f"<Sweep {self.id} · {lengths}>\n{self.plan()}"

    def grid(self, columns: str | Sequence[str] | None = None, panel: QwenWidget | None = None) -> SweepGrid:
        """Show it as a table that fills while it runs: cells to look at, to star, to note and to compare.

        Beside it stands the first contact sheet as a plain output, for those who read the notebook without a kernel.

        Parameters
        ----------
        columns
            The axes that go across; None for the last that vary, as long as they make six columns at most. They can
            be changed in the table.
        panel
            Where "Use in panel" writes; None for the newest open panel of the studio's folder.

        Returns
        -------
        SweepGrid
            Shown by a notebook when it is a cell's last expression.

        Raises
        ------
        InvalidRequest
            If there is no such axis.

        Examples
        --------
        >>> sweep.grid(columns="seed")  # doctest: +SKIP
        """
        from qwen_notebook.experiments.grid.widget import SweepGrid

        return SweepGrid(self, across_of(self.axes, columns), panel)

    def sheets(
        self, *, columns: str | Sequence[str] | None = None, size: tuple[int, int] = (1754, 1240)
    ) -> Sequence[Image.Image]:
        """Contact sheets: the pictures on labelled pages.

        Parameters
        ----------
        columns
            The axes that go across; None for the last that vary, as long as they make six columns at most.
        size
            Of a page in pixels; the default is A4 across at 150 dpi.

        Returns
        -------
        sequence of PIL.Image.Image
            Each page is drawn when it is asked for.

        Examples
        --------
        >>> pages = sweep.sheets(columns="animal")  # doctest: +SKIP
        >>> pages[0].save("sheet.pdf", save_all=True, append_images=pages[1:])  # doctest: +SKIP
        """
        from qwen_notebook.experiments.contact_sheet import draw_sheets

        return draw_sheets(self._overview(columns), size)

    def to_html(self, path: str | Path, *, columns: str | Sequence[str] | None = None) -> Path:
        """Write one HTML file with the previews in it, which opens anywhere without a server.

        Parameters
        ----------
        path
            Where to.
        columns
            The axes that go across; None for the last that vary, as long as they make six columns at most.
        """
        from qwen_notebook.experiments.html import write_html

        index = core_of(self.studio).lookup
        return write_html(
            checked_path(path),
            self._overview(columns),
            lambda cell_job: index.annotation(cell_job.job_id or ""),
            summary=str(self.plan()).partition("\n")[0],
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The first contact sheet as a JPEG, which a reader without a kernel sees too, and the plan as text."""
        from qwen_notebook.experiments.contact_sheet import jpeg_of

        text = {"text/plain": repr(self)}
        if not any(cell_job.status is CellStatus.SAVED for cell_job in self._cell_jobs()):
            return text
        return {"image/jpeg": base64.b64encode(jpeg_of(self.sheets()[0])).decode()} | text

    @property
    def title(self) -> str:
        """The first prompt, as it was written, and how many more there are."""
        first, *more = next(iter(self.axes.values()))
        return one_line(first) + (f" · and {len(more)} more" if more else "")

    def _overview(self, columns: str | Sequence[str] | None) -> Overview:
        return Overview(
            title=self.title,
            common=common_labels(self.axes, self.title),
            table=Pivot.of(self.cells, self.axes, columns),
            cell_jobs=self._cell_jobs(),
            preview_of=lambda cell_job: preview_of(cell_job, self.studio),
        )

    # Taking on

    def _rows(self) -> list[Row]:
        from qwen_notebook.experiments.rows import rows_of_cells

        return rows_of_cells(self._cell_jobs(), self.axes, self.studio)


def _reopened(studio: Studio, axes: Axes, repeats: int, left_out: Collection[int]) -> Sweep:
    """An experiment out of a pickle: laid out once more, with nothing read but its plan."""
    return Sweep(studio, axes, repeats=repeats, skip=LeftOut(left_out) if left_out else None)


def _how_to_confirm(call: str, given: Mapping[str, object], cost: int | None) -> str:
    before = "".join(f"{name}={value}, " for name, value in given.items() if value is not None)
    budget = f", or give it a budget: sweep.{call}({before}budget={cost})" if cost is not None else ""
    return f"Write sweep.{call}({before}yes=True){budget}."


def _more(count: int) -> str:
    return f"There are {count} more problems: sweep.plan() lists them." if count > 0 else ""
