"""The cells of an experiment: each one request, with an identity that lasts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.experiments.axes import SETTINGS, Axes, Combination
from qwen_notebook.experiments.values import MAX_CELLS, refuse_many
from qwen_notebook.reapi import contract
from qwen_notebook.reapi.formatting import shown
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.request_key import key_of
from qwen_notebook.studio.job_lookup import JobLookup
from qwen_notebook.studio.studio import Studio, core_of

Skip = Callable[[Mapping[str, Any]], object]
__all__ = ["MAX_CELLS", "Cell", "Cells", "Skip", "make_cells"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One request of an experiment.

    Attributes
    ----------
    id
        Its identity: a hash of the request, the service and the repeat number, so that the same cell of a wider
        experiment, or in a later kernel, is the same cell.
    values
        What it has on each axis; None where an axis plays no part.
    request
        What is sent; the seed is there.
    repeat
        Which of several equal ones it is, from 0.
    where
        The row or prompt that it comes from; empty where there is only one.
    """

    id: str
    values: Mapping[str, Any]
    request: GenerationRequest
    repeat: int
    where: str

    def __hash__(self) -> int:
        return hash(self.id)

    def client_id(self, attempt: int) -> str:
        """The id under which the studio is asked for it, the first time (0) or again."""
        return _client_id(self.id) + (f"-{attempt}" if attempt else "")


@dataclass(frozen=True, slots=True)
class Cells:
    """All cells of an experiment, and why some cannot be.

    Attributes
    ----------
    skipped
        How many the predicate left out.
    problems
        A sentence for each kind of request that would be refused; then nothing of the experiment is sent.
    """

    cells: tuple[Cell, ...]
    skipped: int
    problems: tuple[str, ...]


def make_cells(axes: Axes, studio: Studio, *, repeats: int, skip: Skip | None) -> Cells:
    """Make the cells of an experiment, checking each as the studio would.

    Parameters
    ----------
    axes
        What varies.
    studio
        Where they will be made.
    repeats
        How many of each.
    skip
        Called with a mapping of the axes' values, the filled prompt and the repeat number; what it says yes to is
        left out.

    Raises
    ------
    InvalidRequest
        If there are more than may be.
    """
    refuse_many(axes.count * repeats, "The experiment", "cells", None)
    index = core_of(studio).lookup
    cells: dict[str, Cell] = {}
    troubles = _Troubles()
    skipped = 0
    for combination in axes:
        for repeat in range(repeats):
            values = {**combination.values, "repeat": repeat} if repeats > 1 else combination.values
            if skip is not None and skip({**values, "prompt": combination.prompt, "repeat": repeat}):
                skipped += 1
                continue
            try:
                request = _request_of(combination, studio)
            except InvalidRequest as error:
                troubles.add(error, combination)
                continue
            identity = _known_identity(combination, request, studio.service, repeat, index)
            if identity in cells:
                troubles.add_twin(combination, cells[identity])
                continue
            if request.seed is None:
                request = request.with_seed(_seed_of(identity))
            cells[identity] = Cell(identity, values, request, repeat, combination.where)
    return Cells(tuple(cells.values()), skipped, troubles.sentences)


def _request_of(combination: Combination, studio: Studio) -> GenerationRequest:
    given = {
        name: value
        for name, value in combination.settings.items()
        if value is not None or name in ("image_url", "seed")
    }
    return studio.request(prompt=combination.prompt, **given)


def _known_identity(
    combination: Combination, request: GenerationRequest, service: str, repeat: int, index: JobLookup
) -> str:
    """The identity of a cell: that by which the folder knows it already, where an earlier version had another."""
    identity = _identity(request.key, service, repeat)
    if combination.as_given == request.prompt or index.by_client_id(_client_id(identity)) is not None:
        return identity
    earlier = _identity(key_of(request, prompt=combination.as_given), service, repeat)
    return earlier if index.by_client_id(_client_id(earlier)) is not None else identity


def _identity(key: str, service: str, repeat: int) -> str:
    return sha256(f"{key} {service} {repeat}".encode()).hexdigest()[:32]


def _client_id(identity: str) -> str:
    return f"cell-{identity}"


def _seed_of(identity: str) -> int:
    # Drawn from the identity: a cell that is part of a wider experiment too then has the same seed in both, and
    # is not bought twice.
    return int(identity[:8], 16) & contract.SEED_MAX


class _Troubles:
    """What is wrong with combinations, one sentence for each kind and place."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, error: InvalidRequest, combination: Combination) -> None:
        """Take in why a request would be refused."""
        if error.field in SETTINGS:
            self._count(f"{error.what} {error.todo}")
            return
        place = ", ".join(filter(None, (combination.where, _told(combination.values, words_only=True))))
        self._count(f"{place}: {error.what} {error.todo}" if place else f"{error.what} {error.todo}")

    def add_twin(self, combination: Combination, first: Cell) -> None:
        """Take in that two combinations are one request."""
        here, there = combination.where, first.where
        between = (
            f"{here} and {there} make" if here != there else f"{_told(combination.values)}: two cells make"
        )
        self._count(f"{between} the same request. For several of one, give repeats=2.")

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them, with how many cells each concerns where that is more than one."""
        return tuple(
            sentence + (f" ({count} cells)" if count > 1 else "") for sentence, count in self._counts.items()
        )

    def _count(self, sentence: str) -> None:
        self._counts[sentence] = self._counts.get(sentence, 0) + 1


def _told(values: Mapping[str, Any], *, words_only: bool = False) -> str:
    left_out = {"prompt", "template", *(SETTINGS if words_only else ())}
    return ", ".join(
        f"{name}={shown(value)}"
        for name, value in values.items()
        if name not in left_out and value is not None and "|" not in name
    )
