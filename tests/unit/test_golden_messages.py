"""The messages of panel and grid are those of the golden: in the schemas, and in what is really sent and taken.

A front end of one version may talk with a kernel of another, as a saved notebook holds the front end. So a message
changes on purpose only: with a line in ``tests/goldens/messages.json``, whose shapes ``tests/support/shapes.py``
explains. Sentences are no part of it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import pytest
from pydantic import TypeAdapter

import qwen_notebook as qn
from qwen_notebook.experiments.grid import protocol as grid_protocol
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.simulator import Rule
from qwen_notebook.widget import messages, protocol
from tests.support.goldens import assert_golden, golden
from tests.support.panel_comm import request
from tests.support.shapes import completed, misfits, names_in, shape_of_schema
from tests.support.stage import Stage, quick
from tests.support.widget_talk import WidgetTalk

NAME = "messages.json"
GOLDEN: dict[str, Any] = golden(NAME)
OF_ANYWIDGET = ("_esm", "_css")
FAULTS = {
    "submit-500-after": Rule(prompt="uncertain"),
    "task-fails": Rule(prompt="owl"),
}


def shape(kind: Any) -> Any:
    return shape_of_schema((kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)).json_schema())


def by_kind(adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """The shapes of all messages of a front end."""
    schema = adapter.json_schema()
    places = schema["discriminator"]["mapping"]
    return {kind: shape_of_schema({"$ref": place}, schema["$defs"]) for kind, place in places.items()}


def schemas() -> dict[str, Any]:
    """What the code says of its messages."""
    answers = {  # what both widgets are sent
        "ack": shape(protocol.Ack),
        "reject": shape(protocol.Reject),
        "preview": shape(protocol.Preview),
    }
    panel = by_kind(messages.from_panel)
    panel["submit"]["request"] = shape(GenerationRequest)
    acts = {name: shape(kind) for name, kind in (("args", messages.ActArgs), ("result", protocol.ActResults))}
    return {
        "panel": {
            "to_kernel": panel,
            "to_front_end": answers,
            "acts": {verb: {name: kinds[verb] for name, kinds in acts.items()} for verb in acts["args"]},
            "results": without_act(shape(protocol.PanelResults)),
            "traits": shape(protocol.PanelTraits),
        },
        "grid": {
            "to_kernel": by_kind(grid_protocol.from_grid),
            "to_front_end": answers | {"cells": shape(grid_protocol.Moved)},
            "results": shape(grid_protocol.GridResults),
            "traits": shape(grid_protocol.GridTraits),
        },
    }


def without_act(results: dict[str, Any]) -> dict[str, Any]:
    """The results by kind of message; those of acts are looked at by verb."""
    return {kind: one for kind, one in results.items() if kind != "act"}


@dataclass
class Conversation:
    """A widget and its front end, and what of it does not fit the golden."""

    name: str
    talk: WidgetTalk
    seen: set[str] = field(default_factory=set)
    misfits: list[str] = field(default_factory=list)

    def look(self, value: Any, *place: str) -> None:
        """Compare something with the golden's shape at a place."""
        kept, at = GOLDEN[self.name], self.name
        for step in place:
            at = f"{at}.{step}"
            if step not in kept:
                self.misfits.append(f"{at}: not in the golden, now {value!r}")
                return
            kept = kept[step]
            self.seen.add(at)
        self.misfits += misfits(kept, value, at, self.seen)

    def ask(self, kind: str, **fields: Any) -> Any:
        """Send a message that the golden has, and compare it and its result; what came of it."""
        self.look({"kind": kind, "id": "m1"} | fields, "to_kernel", kind)
        answer = self.talk.ask(kind, **fields)
        assert answer["kind"] == "ack", (
            f"{self.name}: {kind} {fields} is in tests/goldens/{NAME}, now {answer}"
        )
        if kind == "act":
            self.look(fields.get("args", {}), "acts", fields["verb"], "args")
            self.look(answer["result"], "acts", fields["verb"], "result")
        else:
            self.look(answer["result"], "results", kind)
        return answer["result"]

    def act(self, verb: str, job: str | None = None, **args: Any) -> Any:
        return self.ask("act", verb=verb, job=job, args=args)

    def end(self) -> None:
        """Compare all that was sent meanwhile."""
        for message in self.talk.sent:
            self.look(message, "to_front_end", message["kind"])
        for state in self.talk.states:
            for trait, value in state.items():
                self.look(value, "traits", trait)

    @property
    def unseen(self) -> list[str]:
        """The fields of the golden that nobody sent."""
        return [
            f"{place}: in the golden, and never sent"
            for section, kinds in GOLDEN[self.name].items()
            for place in names_in(kinds, f"{self.name}.{section}")
            if place not in self.seen
        ]


def said(lines: list[str]) -> str:
    return f"Not as in tests/goldens/{NAME}:\n  " + "\n  ".join(dict.fromkeys(lines))


def out_of_credits(stage: Stage) -> None:
    stage.simulator.assumed = replace(stage.simulator.assumed, price=1_000_000)


@contextmanager
def colab() -> Iterator[None]:
    """A host that delivers no buffers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
        yield


def talk_with_panel(stage: Stage) -> Conversation:
    """Everything that a person may do in a panel."""
    studio = stage.open(budget=5000, patience=quick(lost_answers=99))
    panel = qn.qwen_widget(studio, prompt="a red fox", seed=7)
    with_panel = Conversation("panel", WidgetTalk(panel))
    ask, act, talk = with_panel.ask, with_panel.act, with_panel.talk

    def make(prompt: str, state: str, **fields: Any) -> str:
        job_id: str = ask("submit", request=request(prompt, **fields), again=False)["job"]
        talk.until_state(
            "_jobs", lambda jobs: any((job["id"], job["state"]) == (job_id, state) for job in jobs), state
        )
        return job_id

    ask("hello", v=1, store="s-1")
    talk.write(prompt="a blue fox", image_url="https://example.com/a.png", image_size="21:9", count=2)
    talk.write(output_format="jpeg", seed=None, nsfw_checker=True, next_seed="+1")
    assert (panel.prompt, panel.count, panel.next_seed, panel.seed) == ("a blue fox", 2, "+1", None)

    fox = make("a red fox", "saved")
    assert ask("want", jobs=[fox, "nobody"], size="preview") == {"missing": ["nobody"]}
    ask("want", jobs=[fox], size="full")
    with colab():
        ask("want", jobs=[fox], size="preview")
    assert act("find", request=request("a red fox"))["job"] == fox
    assert act("find", request=request("never made"))["job"] is None
    assert act("page", offset=0, limit=1)["total"] == 1
    assert act("page", offset=1, limit=1)["pictures"] == []
    assert act("balance")["balance"] == stage.balance - 31
    assert "a red fox" in act("code", fox)["code"]
    assert act("cancel", fox)["cancelled"] is False
    assert act("again", fox)["job"] != fox

    make("an owl", "failed")
    found = make("uncertain, and found", "uncertain")
    assert act("resolve", found, task_id=list(stage.simulator.books.tasks)[-1])["state"] == "submitted"
    assert act("take_back", found)["state"] == "uncertain"
    act("send_again", make("uncertain, and sent again", "uncertain"))
    assert act("dismiss", make("uncertain, and dismissed", "uncertain"))["state"] == "dismissed"
    assert act("look_again", fox)["state"] == "saved"
    act("delete", fox)
    assert talk.ask("submit", request=request(""))["kind"] == "reject"

    out_of_credits(stage)
    make("too dear", "refused")
    talk.until_state("_studio", lambda studio: studio["paused"], "the pause")
    act("unpause")
    panel.close()
    with_panel.end()
    return with_panel


def talk_with_grid(stage: Stage) -> Conversation:
    """Everything that a person may do in a grid, while it fills."""
    studio = stage.open()
    sweep = qn.experiment("a {animal}", animal=["fox", "owl"], seed=[1, 2], studio=studio)
    panel, grid = qn.qwen_widget(studio), sweep.grid(columns="seed")
    with_grid = Conversation("grid", WidgetTalk(grid))
    ask, talk = with_grid.ask, with_grid.talk
    window = {"rows": ["animal"], "columns": ["seed"], "top": 0, "left": 0, "height": 9, "width": 9}

    ask("hello", v=1, store="s-1")
    ask("window", **window)
    talk.write(rows=["seed"], columns=["animal"])
    assert grid.columns == ["animal"]
    stage.gate.hold("GET", "/tasks/")
    run = sweep.start()
    talk.until_state("_standing", lambda status: status["run"], "a run on its way")
    stage.gate.let_go()
    run.result()
    talk.until(lambda: any(message["kind"] == "cells" for message in talk.sent), "cells that moved")
    fox, owl = ask("window", **window)["cells"][0][0], ask("window", **window)["cells"][1][0]
    ask("want", jobs=[fox["job"]], size="full")
    with colab():
        ask("want", jobs=[fox["job"]], size="preview")
    ask("mark", cell=fox["n"], starred=True, note="for the cover")
    assert ask("detail", cell=fox["n"])["picture"]["id"] == fox["job"]
    assert ask("detail", cell=owl["n"])["error"]["kind"] == "ContentRejected"
    ask("use", cell=fox["n"])
    ask("code", cell=fox["n"])
    assert talk.ask("detail", cell=99)["kind"] == "reject"

    out_of_credits(stage)
    with pytest.raises(qn.InsufficientCredits):
        sweep.run(retry_failed=True, progress=False)
    talk.until_state("_standing", lambda s: s["stopped"] and s["paused"], "the stop")
    grid.close()
    panel.close()
    with_grid.end()
    return with_grid


@pytest.fixture(scope="module")
def conversations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Conversation]:
    with Stage(tmp_path_factory.mktemp("panel"), FAULTS) as stage:
        panel = talk_with_panel(stage)
    with Stage(tmp_path_factory.mktemp("grid"), FAULTS) as stage:
        grid = talk_with_grid(stage)
    return {"panel": panel, "grid": grid}


@pytest.mark.parametrize("widget", ["panel", "grid"])
class TestBoth:
    def test_the_schemas_are_those_of_the_golden(self, widget: str) -> None:
        for section, shapes in schemas()[widget].items():
            kept = GOLDEN[widget][section]
            if section == "traits":
                kept = {name: one for name, one in kept.items() if name not in OF_ANYWIDGET}
            found = completed(kept, shapes, narrower=section != "to_kernel")
            assert_golden(NAME, {widget: {section: kept}}, {widget: {section: found}})

    def test_what_is_really_sent_and_taken_fits_the_golden(
        self, widget: str, conversations: dict[str, Conversation]
    ) -> None:
        lines = conversations[widget].misfits

        assert not lines, said(lines)

    def test_all_that_the_golden_has_is_really_sent(
        self, widget: str, conversations: dict[str, Conversation]
    ) -> None:
        lines = conversations[widget].unseen

        assert not lines, said(lines)
