"""The facts of the service, and the cases that the front end's tests read too."""

import json
from pathlib import Path

import pytest

from qwen_notebook.reapi import contract
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.values import is_normal_prompt, normal_prompt

MESSAGES = Path(__file__).parents[1] / "messages"


def cases(name):
    return json.loads((MESSAGES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", cases("prompt_units"), ids=lambda case: repr(case["text"][:12]))
def test_a_prompt_is_counted_in_utf16_units(case):
    assert contract.prompt_units(case["text"]) == case["units"]


@pytest.mark.parametrize("case", cases("sent_prompts"), ids=lambda case: repr(case["text"]))
def test_a_prompt_is_sent_in_one_form(case):
    assert GenerationRequest(prompt=case["text"] or "-").prompt == (case["sent"] or "-")
    assert normal_prompt(case["text"]) == normal_prompt(case["sent"]) == case["sent"]
    assert is_normal_prompt(case["text"]) is (case["text"] == case["sent"])


@pytest.mark.parametrize("case", cases("literal_text"), ids=lambda case: case["prompt"][:30])
def test_the_words_to_be_seen_in_the_image_are_found(case):
    assert contract.literal_text(case["prompt"]) == case["words"]


def test_the_shared_facts_are_those_of_the_contract():
    assert cases("contract") == {
        "promptLimit": contract.PROMPT_LIMIT,
        "seedMax": contract.SEED_MAX,
        "textSizes": list(contract.TEXT_SIZES),
        "editOnlySizes": list(contract.EDIT_ONLY_SIZES),
        "defaultSize": contract.DEFAULT_SIZE,
        "outputFormats": list(contract.OUTPUT_FORMATS),
        "textPixels": {size: list(pixels) for size, pixels in contract.TEXT_PIXELS.items()},
        "editPixels": {size: list(pixels) for size, pixels in contract.EDIT_PIXELS.items()},
    }


def test_every_ratio_has_its_pixels():
    assert set(contract.TEXT_PIXELS) == set(contract.TEXT_SIZES)
    assert set(contract.EDIT_PIXELS) == set(contract.TEXT_SIZES) | set(contract.EDIT_ONLY_SIZES)
    assert set(contract.IMAGE_SIZES) == set(contract.EDIT_PIXELS)


def test_the_statuses_that_made_no_task_are_those_the_contract_names():
    assert {400, 401, 402, 403, 404, 422, 429} == contract.REFUSED_STATUSES
