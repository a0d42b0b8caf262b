"""Keys stand in the journals of every folder: the same request has the same key in every version."""

import json
from dataclasses import dataclass, field, fields
from typing import Any

import pytest

from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.request_key import KEY_FORM, canonical_form
from tests.support.goldens import assert_golden, golden

NAME = "request-keys.json"
GOLDEN: dict[str, Any] = golden(NAME)


@dataclass(frozen=True, kw_only=True)
class LaterRequest(GenerationRequest):
    """A request of a later version, with fields of several kinds more."""

    quality: str | None = None
    images: int = 1
    sharpen: bool = False
    references: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class LaterRequestWithItsFieldsNamed(LaterRequest):
    """The same, where the later version also tells of its new fields."""

    def to_fields(self) -> dict[str, Any]:
        return super().to_fields() | {"quality": self.quality, "images": self.images}


@pytest.mark.parametrize("version", [GenerationRequest, LaterRequest, LaterRequestWithItsFieldsNamed])
def test_no_key_changes_also_where_a_later_version_has_more_fields(version: type[GenerationRequest]) -> None:
    kept = {entry["request"]: entry["key"] for entry in GOLDEN["keys"]}

    assert_golden(NAME, kept, {entry["request"]: version(**entry["fields"]).key for entry in GOLDEN["keys"]})


def test_the_form_has_the_golden_s_name() -> None:
    assert GOLDEN["form"] == KEY_FORM


def test_the_form_is_sorted_json_of_all_that_requests_began_with() -> None:
    request = GenerationRequest(prompt='a “red” fox 🦊 "HI"')

    assert canonical_form(request) == (
        r'{"image_size":"16:9","image_url":null,"nsfw_checker":false,"output_format":"png",'
        r'"prompt":"a \u201cred\u201d fox \ud83e\udd8a \"HI\"","seed":null}'
    )


@pytest.mark.parametrize(
    "used", [{"quality": "high"}, {"images": 2}, {"sharpen": True}, {"references": ["a", "b"]}]
)
def test_a_later_field_that_is_used_makes_another_request(used: dict[str, Any]) -> None:
    plain, other = LaterRequest(prompt="a red fox"), LaterRequest(prompt="a red fox", **used)

    assert json.loads(canonical_form(other)) == json.loads(canonical_form(plain)) | used
    assert other.key != plain.key


def test_every_field_of_today_has_a_golden_of_its_own() -> None:
    plain = GenerationRequest(prompt="a red fox")
    changed = {
        name
        for entry in GOLDEN["keys"]
        for name, value in entry["fields"].items()
        if value != getattr(plain, name)
    }

    assert changed == {field.name for field in fields(GenerationRequest)}
