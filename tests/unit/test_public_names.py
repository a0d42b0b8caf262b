"""What completion shows of public objects: what is for their users, and nothing else."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import anywidget
import pytest

import qwen_notebook as qn

BASES: dict[str, type] = {"panel": anywidget.AnyWidget, "grid": anywidget.AnyWidget, "sweep": Sequence}
"""Whose names an object has besides its own; else those of `object`."""
NAMES: dict[str, str] = {
    "qn": """
        AsyncClient AuthenticationError BadImage BudgetExceeded Charge ConfirmPurchase Connection ConnectionFailed
        ContentRejected Download GenerationFailed GenerationRequest InsufficientCredits InvalidRequest Job JobCancelled
        ModelSpec Patience PermissionDenied Picture Plan Provider QwenError QwenWidget RateLimited ResultGone
        ServiceError State StillRunning Studio Sweep SweepGrid Task UncertainSubmission Widget WidgetSession
        default_studio errors experiment generate load_ipython_extension login logout qwen_widget register_model
        register_provider submit
    """,
    "studio": """
        balance budget close committed find generate job jobs max_in_flight model money offline patience paused
        paused_for picture_count pictures price reconcile refresh request resume service spent store submit subscribe
        take_over to_frame to_imagefolder to_parquet uncertain unpause unsettled usual_seconds
    """,
    "job": """
        cancel code credits dismiss error id look_again note picture record request resolve result seconds send_again
        status take_back task_id wait
    """,
    "picture": """
        annotate by_hand bytes code credits delete id image made name note path preview request save seconds service
        sha256 size star starred task_id url
    """,
    "sweep": """
        axes cells grid id pictures plan problems run running select sheets skipped start studio title to_frame to_html
        to_imagefolder to_parquet
    """,
    "panel": """
        count create image image_size image_url jobs next next_seed nsfw_checker on_picture output_format pictures
        prompt restore seed studio
    """,
    "grid": "columns panel rows studio sweep",
}
"""The names of each object of `made`. A new one is added here on purpose."""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[[str], object]]:
    studio = qn.Studio(tmp_path / "posters", offline=True)
    opened: list[qn.QwenWidget | qn.SweepGrid] = []

    def make(name: str) -> object:
        match name:
            case "qn":
                return qn
            case "studio":
                return studio
            case "job":
                return studio.submit("a fox", seed=1)
            case "picture":
                return studio.generate("a fox", seed=1)
            case "sweep":
                return qn.experiment("a {x}", x=["fox", "owl"], studio=studio)
            case "panel":
                opened.append(qn.qwen_widget(studio))
            case "grid":
                opened.append(qn.experiment("a {x}", x=["fox", "owl"], studio=studio).grid())
        return opened[-1]

    yield make
    for widget in opened:
        widget.close()
    studio.close()


@pytest.mark.parametrize("name", NAMES)
def test_it_has_these_public_names_and_no_others(name: str, made: Callable[[str], object]) -> None:
    others = dir(BASES.get(name, object))
    own = [known for known in dir(made(name)) if known not in others and not known.startswith("_")]

    assert own == sorted(NAMES[name].split())


def test_a_star_import_gives_what_is_used_every_day_and_nothing_that_is_called_like_others_things() -> None:
    names: dict[str, object] = {}
    exec("from qwen_notebook import *", names)

    given = {name for name in names if not name.startswith("_")}
    assert {"Studio", "default_studio", "experiment", "generate", "login", "qwen_widget", "submit"} <= given
    assert not {"Connection", "Download", "Task", "Widget", "errors"} & given
    assert given <= set(dir(qn))
