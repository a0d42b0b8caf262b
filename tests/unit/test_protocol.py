"""The messages that both sides have examples of, and the mark that both sides know shared pictures by."""

import base64
import io
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from PIL import Image

import qwen_notebook as qn
from qwen_notebook.errors import Charge
from qwen_notebook.widget import messages, protocol
from qwen_notebook.widget.outputs import MARKED_PREFIX, marked
from qwen_notebook.widget.panel import SETTINGS, QwenWidget
from tests.support.shapes import misfits_of_schema

ROOT = Path(__file__).parents[2]
EXAMPLES: dict[str, Any] = json.loads((ROOT / "tests/messages/protocol.json").read_text())
ANSWERS = {"ack": protocol.Ack, "reject": protocol.Reject, "preview": protocol.Preview}
RESULTS = {
    "hello_ack": protocol.HelloResult,
    "submit_ack": protocol.SubmitResult,
    "submit_saved_ack": protocol.SubmitResult,
    "balance_ack": protocol.BalanceResult,
    "page_ack": protocol.PageResult,
    "code_ack": protocol.CodeResult,
    "find_ack": protocol.FindResult,
}


@pytest.mark.parametrize("name", EXAMPLES["from_panel"])
def test_every_message_of_the_panel_is_understood(name: str) -> None:
    example = EXAMPLES["from_panel"][name]

    message = messages.from_panel.validate_python(example)

    assert message.model_dump() == example


@pytest.mark.parametrize(
    "name", [name for name, one in EXAMPLES["from_panel"].items() if one["kind"] == "act"]
)
def test_every_act_has_the_arguments_of_its_verb(name: str) -> None:
    example = EXAMPLES["from_panel"][name]

    assert not misfits_of_schema(get_type_hints(messages.ActArgs)[example["verb"]], example["args"])


@pytest.mark.parametrize("name", EXAMPLES["to_panel"])
def test_every_answer_has_its_shape(name: str) -> None:
    example = EXAMPLES["to_panel"][name]

    assert not misfits_of_schema(ANSWERS[example["kind"]], example)
    if example["kind"] == "ack":
        assert not misfits_of_schema(RESULTS[name], example["result"])


def test_the_traits_are_those_of_the_examples() -> None:
    traits = EXAMPLES["traits"]

    assert not misfits_of_schema(protocol.PanelTraits, traits)
    assert set(traits) <= set(QwenWidget.class_traits(sync=True))
    assert tuple(get_type_hints(protocol.PanelSettings)) == SETTINGS


@pytest.mark.parametrize("name", ["image_size", "output_format", "next_seed"])
def test_the_panel_s_choices_are_those_of_the_schema(name: str) -> None:
    choices = get_type_hints(protocol.PanelSettings)[name]
    trait: Any = QwenWidget.class_traits()[name]

    assert tuple(trait.values) == get_args(choices)


@pytest.mark.parametrize(("words", "enum"), [(protocol.JobState, qn.State), (protocol.Charge, Charge)])
def test_the_words_of_the_messages_are_those_of_the_code(words: Any, enum: type[StrEnum]) -> None:
    assert get_args(words) == tuple(enum)


def test_a_marked_preview_is_still_a_picture_and_begins_as_the_panel_s_style_expects() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    content = marked(out.getvalue())

    assert Image.open(io.BytesIO(content)).size == (8, 8)
    assert base64.b64encode(content).decode().startswith(MARKED_PREFIX)
    sources = "".join(
        file.read_text() for file in (ROOT / "js/src").rglob("*") if file.suffix in {".ts", ".css"}
    )
    assert MARKED_PREFIX in re.sub(r"\s", "", sources)
