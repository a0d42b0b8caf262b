"""Which sources are taken: the panel's tests read the same cases, so that both sides agree."""

import json
from pathlib import Path
from typing import Any

import pytest

from qwen_notebook.errors import InvalidRequest
from qwen_notebook.reapi.urls import check_source_url

SHARED: dict[str, Any] = json.loads((Path(__file__).parents[1] / "messages/source_urls.json").read_text())


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["about"])
def test_a_source_is_taken_or_refused_as_the_panel_does_it(case: dict[str, Any]) -> None:
    url, refused = case["url"], case["refused"]
    if refused is None:
        assert check_source_url(url) == url
    else:
        with pytest.raises(InvalidRequest) as caught:
            check_source_url(url)
        assert caught.value.what.endswith(SHARED["reasons"][refused])


def test_every_reason_has_a_case() -> None:
    assert {case["refused"] for case in SHARED["cases"]} == {None, *SHARED["reasons"]}
