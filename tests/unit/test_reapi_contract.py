"""The facts of the service, and the cases that the front end's tests read too."""

import json
from pathlib import Path

import pytest

from qwen_notebook.reapi import contract
from qwen_notebook.reapi.models import DEFAULT_SIZE, QWEN_IMAGE_2
from qwen_notebook.reapi.prompt_text import literal_text, prompt_units
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.values import is_normal_prompt, normal_prompt

MESSAGES = Path(__file__).parents[1] / "messages"


def cases(name):
    return json.loads((MESSAGES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", cases("prompt_units"), ids=lambda case: repr(case["text"][:12]))
def test_a_prompt_is_counted_in_utf16_units(case):
    assert prompt_units(case["text"]) == case["units"]


@pytest.mark.parametrize("case", cases("sent_prompts"), ids=lambda case: repr(case["text"]))
def test_a_prompt_is_sent_in_one_form(case):
    assert GenerationRequest(prompt=case["text"] or "-").prompt == (case["sent"] or "-")
    assert normal_prompt(case["text"]) == normal_prompt(case["sent"]) == case["sent"]
    assert is_normal_prompt(case["text"]) is (case["text"] == case["sent"])


@pytest.mark.parametrize("case", cases("literal_text"), ids=lambda case: case["prompt"][:30])
def test_the_words_to_be_seen_in_the_image_are_found(case):
    assert literal_text(case["prompt"]) == case["words"]


def test_the_shared_facts_are_those_of_the_contract():
    assert cases("contract") == {
        "promptLimit": QWEN_IMAGE_2.prompt_limit,
        "seedMax": QWEN_IMAGE_2.seed_max,
        "textSizes": list(QWEN_IMAGE_2.text_sizes),
        "editOnlySizes": list(QWEN_IMAGE_2.edit_only_sizes),
        "defaultSize": DEFAULT_SIZE,
        "outputFormats": list(QWEN_IMAGE_2.output_formats),
        "textPixels": {size: list(pixels) for size, pixels in QWEN_IMAGE_2.text_pixels.items()},
        "editPixels": {size: list(pixels) for size, pixels in QWEN_IMAGE_2.edit_pixels.items()},
    }


def test_every_ratio_has_its_pixels():
    assert set(QWEN_IMAGE_2.text_pixels) == set(QWEN_IMAGE_2.text_sizes)
    assert set(QWEN_IMAGE_2.edit_pixels) == set(QWEN_IMAGE_2.text_sizes) | set(QWEN_IMAGE_2.edit_only_sizes)
    assert set(QWEN_IMAGE_2.image_sizes) == set(QWEN_IMAGE_2.edit_pixels)


def test_the_statuses_that_made_no_task_are_those_the_contract_names():
    assert {400, 401, 402, 403, 404, 422, 429} == contract.REFUSED_STATUSES
