"""The messages between the kernel and the grid.

No cell stands in a trait: a view asks for the window of the table that it shows, and is told of what moves there.
Greeting, pictures' bytes and answers are those of ``widget/protocol.py``. The TypeScript types are generated from these
classes (``python -m tests.support.wire_types``); ``tests/messages/grid.json`` has an example of every message, and the
tests of both sides read it.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from qwen_notebook.reapi.contract import ImageSize
from qwen_notebook.widget.messages import FrontEndMessage, Hello, Want
from qwen_notebook.widget.protocol import (
    CodeResult,
    EmptyResult,
    ErrorInfo,
    HelloResult,
    JobState,
    MoneyInfo,
    PictureInfo,
    RequestFields,
    WantResult,
)

MAX_WINDOW = 4000
"""Cells that one answer holds at most."""
MAX_NOTE = 4000
"""Characters of a note at most."""

CellStatus = Literal["new", "running", "saved", "uncertain", "failed", "deleted"]
Names = Annotated[list[str], Field(max_length=64)]
Count = Annotated[int, Field(ge=0)]


class Window(FrontEndMessage):
    """The part of the table that a view shows, with the axes that go down and across."""

    kind: Literal["window"]
    rows: Names
    columns: Names
    top: Count
    left: Count
    height: Count
    width: Count


class Detail(FrontEndMessage):
    """All that is known of one cell."""

    kind: Literal["detail"]
    cell: Count


class MarkCell(FrontEndMessage):
    """A star or a note for the picture of a cell."""

    kind: Literal["mark"]
    cell: Count
    starred: bool | None = None
    note: Annotated[str, Field(max_length=MAX_NOTE)] | None = None


class UseCell(FrontEndMessage):
    """Write the settings of a cell into the panel."""

    kind: Literal["use"]
    cell: Count


class CodeOfCell(FrontEndMessage):
    """The Python that makes one cell."""

    kind: Literal["code"]
    cell: Count


FromGrid = Hello | Want | Window | Detail | MarkCell | UseCell | CodeOfCell
from_grid: TypeAdapter[FromGrid] = TypeAdapter(Annotated[FromGrid, Field(discriminator="kind")])


class CellInfo(TypedDict):
    """What a tile shows.

    ``phase`` is the job's state where the cell is running; ``charge`` is a `Charge`, or what the journal of a newer
    version has in its place.
    """

    n: int
    standing: CellStatus
    phase: JobState | None
    job: str | None
    seed: int
    size: ImageSize
    starred: bool
    noted: bool
    charge: str | None


class WindowInfo(TypedDict):
    """The answer to `Window`: the size of the whole table, and the part that was asked for.

    A head has a text for each axis, or None where the axis plays no part. A place without a cell is None.
    """

    height: int
    width: int
    row_heads: list[list[str | None]]
    column_heads: list[list[str | None]]
    cells: list[list[CellInfo | None]]


class DetailInfo(TypedDict):
    """The answer to `Detail`."""

    cell: CellInfo
    values: list[tuple[str, str]]
    request: RequestFields
    picture: PictureInfo | None
    note: str
    error: ErrorInfo | None


class Moved(TypedDict):
    """Some cells that a view was told of before, as they are now."""

    kind: Literal["cells"]
    cells: list[CellInfo]


class AxisInfo(TypedDict):
    """An axis that varies, and how many values it has."""

    name: str
    values: int


class SweepInfo(TypedDict):
    """The ``_sweep`` trait: what stays as it is while the grid lives."""

    title: str
    axes: list[AxisInfo]
    common: list[tuple[str, str]]
    shapes: list[ImageSize]
    cells: int
    skipped: int
    problems: list[str]
    service: str
    folder: str


class RunInfo(TypedDict):
    """The run that is on its way."""

    done: int
    total: int


class StandingInfo(TypedDict):
    """The ``_standing`` trait: how the whole experiment stands; `money` is its cells' own."""

    counts: dict[CellStatus, int]
    money: MoneyInfo
    folder_money: MoneyInfo
    price: int | None
    run: RunInfo | None
    stopped: ErrorInfo | None
    paused: ErrorInfo | None
    reloaded: bool


class MarkResult(TypedDict):
    """The answer to `MarkCell`: the cell as it is now."""

    cell: CellInfo


class GridResults(TypedDict):
    """The result of each kind of message."""

    hello: HelloResult
    want: WantResult
    window: WindowInfo
    detail: DetailInfo
    mark: MarkResult
    use: EmptyResult
    code: CodeResult


class GridSettings(TypedDict):
    """The axes that go down and across, as a person or a cell puts them."""

    rows: list[str]
    columns: list[str]


class GridTraits(GridSettings):
    """All traits of the grid that the front end reads; those with an underscore only the kernel writes."""

    _sweep: SweepInfo
    _standing: StandingInfo
