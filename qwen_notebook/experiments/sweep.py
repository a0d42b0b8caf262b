"""The experiment as a person holds it: planned, run, looked at, and taken on as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qwen_notebook.errors import InvalidRequest, QwenError
from qwen_notebook.experiments import kept
from qwen_notebook.experiments.axes import Axes
from qwen_notebook.experiments.cells import Cell, Skip, make_cells
from qwen_notebook.experiments.plan import Plan, plan_of
from qwen_notebook.experiments.progress import Progress
from qwen_notebook.experiments.run import SweepRun
from qwen_notebook.experiments.standing import Stand, Standing, stands_of
from qwen_notebook.reapi.contract import ImageSize, OutputFormat
from qwen_notebook.studio.budget import check_amount
from qwen_notebook.studio.default import default_studio
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.studio import Studio


class Sweep:
    """An experiment: its cells, what became of them, and how to go on. Made by `experiment`.

    It has nothing of its own but its plan: the pictures are the studio's, so making the same experiment again, in
    another kernel too, finds everything that is there.

    Attributes
    ----------
    studio
        Where its pictures are made and kept.
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
        made = make_cells(axes, studio, repeats=repeats, skip=skip)
        self.studio = studio
        self.id = kept.id_of(axes, made.cells)
        self.axes: dict[str, tuple[Any, ...]] = {
            **axes.values,
            **({"repeat": tuple(range(repeats))} if repeats > 1 else {}),
        }
        self.cells = kept.with_kept_seeds(studio.store, self.id, made.cells)
        self._skipped = made.skipped
        self._problems = made.problems
        self._axes = axes
        self._run: SweepRun | None = None

    # Before

    def plan(self, *, retry_failed: bool = False) -> Plan:
        """What a run would do and cost; nothing is sent.

        Parameters
        ----------
        retry_failed
            Count what failed or was deleted as to be made again.
        """
        return plan_of(
            self.stands(),
            price=self.studio.price,
            offline=self.studio.offline,
            skipped=self._skipped,
            problems=self._problems,
            retry_failed=retry_failed,
        )

    # Making

    def run(
        self,
        *,
        budget: int | None = None,
        max_in_flight: int | None = None,
        retry_failed: bool = False,
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
        QwenError
            What stopped it: the budget, the key, the credits, the disk. What was done is there.
        """
        run = self.start(budget=budget, max_in_flight=max_in_flight, retry_failed=retry_failed)
        return run.result(progress=progress)

    def start(
        self, *, budget: int | None = None, max_in_flight: int | None = None, retry_failed: bool = False
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
        QwenError
            If it runs already.
        """
        most = self.studio.max_in_flight if max_in_flight is None else max_in_flight
        if most < 1:
            raise InvalidRequest("max_in_flight has to be above zero.", field="max_in_flight")
        check_amount("budget", budget)
        if self._problems:
            raise InvalidRequest(self._problems[0], _more(len(self._problems) - 1))
        if self._run is not None and not self._run.done:
            raise QwenError(f"It runs already: {self._run.progress}.", "Wait for it: sweep.running.result().")
        self.studio.refresh()
        missing = [stand for stand in self.stands() if _is_to_do(stand, retry_failed)]
        if missing:
            self.studio.store.check_writable()
            kept.keep(self.studio.store, self.id, self._axes, self.cells)
        self._run = SweepRun(
            self.studio, [_as_new(stand) for stand in missing], budget=budget, max_in_flight=most
        )
        return self._run

    @property
    def running(self) -> SweepRun | None:
        """The run that was started last."""
        return self._run

    # Looking

    def stands(self) -> list[Stand]:
        """How each cell stands at this moment, in order."""
        return stands_of(self.cells, self.studio.index)

    def picture(self, stand: Stand) -> Picture | None:
        """The picture of a cell, where it has one."""
        job = self.studio.job(stand.job_id) if stand.job_id is not None else None
        return job.picture if job is not None else None

    @property
    def pictures(self) -> list[Picture]:
        """All its pictures, in the order of the cells."""
        return self.select()

    def select(self, **values: Any) -> list[Picture]:
        """The pictures of the cells that have these values.

        Parameters
        ----------
        **values
            By axis: a value, or a list of those that will do.

        Raises
        ------
        InvalidRequest
            If there is no such axis.

        Examples
        --------
        >>> sweep.select(animal="fox", seed=[0, 1])  # doctest: +SKIP
        """
        _check_axes(values, self.axes)
        found = (
            self.picture(stand)
            for stand in self.stands()
            if stand.standing is Standing.SAVED and _fits(stand.cell, values)
        )
        return [picture for picture in found if picture is not None]

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        lengths = " × ".join(f"{len(values)} {name}" for name, values in self.axes.items())
        return f"<Sweep {self.id} · {lengths}>\n{self.plan()}"

    # Taking on

    def to_frame(self) -> Any:
        """A row for each cell: what it has on each axis, then as in `Studio.to_frame`; `state` is the cell's standing.

        Returns
        -------
        pandas.DataFrame
            Or a list of dicts where there is no pandas.
        """
        from qwen_notebook.studio.table import frame_of

        return frame_of(self._rows())

    def to_parquet(self, path: str | Path) -> Path:
        """Write `to_frame` as a Parquet file; see `Studio.to_parquet`."""
        from qwen_notebook.studio.table import write_parquet

        return write_parquet(self._rows(), path)

    def to_imagefolder(self, folder: str | Path) -> Path:
        """Copy its pictures into a folder that Hugging Face `datasets` loads; see `Studio.to_imagefolder`."""
        from qwen_notebook.studio.table import write_imagefolder

        return write_imagefolder(self._rows(), folder)

    def _rows(self) -> list[dict[str, Any]]:
        from qwen_notebook.experiments.table import rows_of_stands

        return rows_of_stands(self.stands(), self.axes, self.studio)


def experiment(
    prompts: str | Iterable[str] | Any | None = None,
    table: Any | None = None,
    *,
    image_size: ImageSize | Iterable[ImageSize] | None = None,
    seed: int | Iterable[int] | None = None,
    image_url: str | Picture | Iterable[str | Picture | None] | None = None,
    output_format: OutputFormat | Iterable[OutputFormat] | None = None,
    nsfw_checker: bool | Iterable[bool] | None = None,
    repeats: int = 1,
    skip: Skip | None = None,
    studio: Studio | None = None,
    **words: Any,
) -> Sweep:
    """Lay out an experiment: every prompt with every shape, every seed, every word. Nothing is sent.

    Parameters
    ----------
    prompts
        A prompt or several. ``{name}`` stands for the values of the axis `name`, ``{red|blue}`` for alternatives,
        ``{{`` for a brace. A DataFrame here is the `table`.
    table
        Rows whose values go together, crossed with everything else: a DataFrame or a list of dicts whose columns
        are axes, a column ``prompt`` among them where `prompts` is not given.
    image_size, seed, image_url, output_format, nsfw_checker
        A value or several, as `Studio.submit` takes them. Without a seed each cell has one drawn for it, which it
        keeps.
    repeats
        How many pictures of each.
    skip
        Called with a mapping of a cell's values (and its filled ``prompt``); what it says yes to is left out.
    studio
        Where the pictures are made; None for the default studio.
    **words
        Axes for the templates, a value or several each.

    Returns
    -------
    Sweep
        To be planned and run.

    Raises
    ------
    InvalidRequest
        If an axis is empty, given twice or used nowhere, or a template cannot be filled. Requests that would be
        refused are listed by `Sweep.plan`.

    Examples
    --------
    >>> sweep = qn.experiment(
    ...     ["a {red|blue} {animal}"], animal=["fox", "owl"], image_size=["1:1", "16:9"], seed=range(4)
    ... )  # doctest: +SKIP
    >>> sweep.plan()  # doctest: +SKIP
    32 cells: 32 new · 992 credits (32 × 31)
    """
    if table is None and hasattr(prompts, "columns"):
        prompts, table = None, prompts
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest("repeats has to be a whole number above zero.", field="repeats")
    settings = {
        "image_url": image_url,
        "image_size": image_size,
        "output_format": output_format,
        "nsfw_checker": nsfw_checker,
        "seed": seed,
    }
    given = {**words, **{name: value for name, value in settings.items() if value is not None}}
    axes = Axes(prompts, table, given)
    return Sweep(studio if studio is not None else default_studio(), axes, repeats=repeats, skip=skip)


def _is_to_do(stand: Stand, retry_failed: bool) -> bool:
    return stand.standing in (Standing.NEW, Standing.RUNNING) or (retry_failed and stand.standing.repeatable)


def _as_new(stand: Stand) -> Stand:
    if not stand.standing.repeatable:
        return stand
    return Stand(stand.cell, Standing.NEW, None, stand.attempts, stand.alone)


def _more(count: int) -> str:
    return f"There are {count} more problems: sweep.plan() lists them." if count > 0 else ""


def _check_axes(values: Mapping[str, Any], axes: Mapping[str, Sequence[Any]]) -> None:
    from qwen_notebook.reapi.request import refuse_unknown

    refuse_unknown((name for name in values if name not in axes), axes)


def _fits(cell: Cell, values: Mapping[str, Any]) -> bool:
    return all(
        cell.values[name] in wanted
        if isinstance(wanted, list | tuple | range | set)
        else cell.values[name] == wanted
        for name, wanted in values.items()
    )
