"""The messages that both sides have examples of, and the mark that both sides know shared pictures by."""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import TypeAdapter

from qwen_notebook.widget import messages, protocol
from qwen_notebook.widget.outputs import MARKED_PREFIX, marked
from qwen_notebook.widget.panel import QwenWidget

ROOT = Path(__file__).parents[2]
EXAMPLES: dict[str, Any] = json.loads((ROOT / "tests/messages/protocol.json").read_text())
ANSWERS = {"ack": protocol.Ack, "reject": protocol.Reject, "preview": protocol.Preview}


@pytest.mark.parametrize("name", EXAMPLES["from_panel"])
def test_every_message_of_the_panel_is_understood(name: str) -> None:
    example = EXAMPLES["from_panel"][name]

    assert messages.from_panel.validate_python(example).id == example["id"]


@pytest.mark.parametrize("name", EXAMPLES["to_panel"])
def test_every_answer_has_its_shape(name: str) -> None:
    example = EXAMPLES["to_panel"][name]

    TypeAdapter(ANSWERS[example["kind"]]).validate_python(example)


def test_the_traits_are_those_of_the_examples() -> None:
    traits = EXAMPLES["traits"]

    assert set(traits) <= set(QwenWidget.class_traits(sync=True))
    TypeAdapter(list[protocol.JobInfo]).validate_python(traits["_jobs"])
    TypeAdapter(protocol.StudioInfo).validate_python(traits["_studio"])


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
