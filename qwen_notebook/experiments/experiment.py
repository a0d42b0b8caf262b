"""Laying an experiment out, in the words of the contract."""

from collections.abc import Iterable
from typing import Any

from qwen_notebook.experiments.axes import Axes
from qwen_notebook.experiments.cells import Skip
from qwen_notebook.experiments.sweep import Sweep
from qwen_notebook.experiments.values import looks_like_table, refuse_many
from qwen_notebook.reapi.models import ImageSize, OutputFormat
from qwen_notebook.reapi.values import checked_whole
from qwen_notebook.studio.default import default_studio
from qwen_notebook.studio.picture import Picture
from qwen_notebook.studio.studio import Studio


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
        ``{style: flat|woodcut}`` for alternatives that are the axis `style`, ``{{`` for a brace. A DataFrame here is
        the `table`.
    table
        Rows whose values go together, crossed with everything else: a DataFrame of pandas or polars, a table of
        Arrow, or a list of dicts, whose columns are axes, a column ``prompt`` among them where `prompts` is not
        given. An empty cell of a setting leaves its default; one that a prompt needs is refused. A column of floats
        stays one (``1.0`` is written so), but whole numbers that pandas has as floats because of an empty cell in
        their column are whole again.
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
        Axes for the templates, a value or several each. They have to be texts, numbers or the like, with no hole
        among them; a member of an enumeration stands for its value. Names that tables of the experiment have for
        columns of their own, such as ``state`` or ``width``, are refused.

    Returns
    -------
    Sweep
        To be planned and run.

    Raises
    ------
    InvalidRequest
        If an axis is empty, has a hole, is given twice or used nowhere, or a template cannot be filled; or if there
        would be more than 100,000 cells, which is known before any is made. Requests that would be refused are
        listed by `Sweep.plan`.

    Examples
    --------
    >>> sweep = qn.experiment(
    ...     ["a {red|blue} {animal}"], animal=["fox", "owl"], image_size=["1:1", "16:9"], seed=range(4)
    ... )  # doctest: +SKIP
    >>> sweep.plan()  # doctest: +SKIP
    32 cells: 32 new · 992 credits (32 × 31)
    """
    if table is None and looks_like_table(prompts):
        prompts, table = None, prompts
    repeats = checked_whole("repeats", repeats)
    refuse_many(repeats, "The experiment", "cells", "repeats")
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
