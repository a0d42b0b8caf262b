"""Every rule of the contract for what may be asked."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from qwen_notebook.errors import Charge, InvalidRequest
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.reapi.request import FIELD_NAMES, GenerationRequest, refuse_unknown

HUGE, MINUS_HUGE = 10**5000, -(10**5000)  # more digits than Python prints
SOURCE = "https://example.com/fox.png"


def label(value):
    return "huge" if value is HUGE or value is MINUS_HUGE else repr(value)


def refused(**fields):
    with pytest.raises(InvalidRequest) as caught:
        GenerationRequest(**({"prompt": "a fox"} | fields))
    error = caught.value
    assert error.charge is Charge.NOTHING
    assert error.what.endswith(".")
    assert error.todo.endswith(".")
    return error


def test_the_least_request_has_the_defaults_of_the_contract():
    request = GenerationRequest(prompt="a fox")
    assert request.body() == {
        "model": "qwen-image-2",
        "prompt": "a fox",
        "image_size": "16:9",
        "output_format": "png",
        "nsfw_checker": False,
    }
    assert not request.is_edit


def test_a_full_request_sends_every_field_by_its_name():
    request = GenerationRequest(
        prompt="make it night",
        image_url=SOURCE,
        image_size="21:9",
        output_format="jpeg",
        seed=0,
        nsfw_checker=True,
    )
    assert request.body() == {
        "model": "qwen-image-2",
        "prompt": "make it night",
        "image_url": SOURCE,
        "image_size": "21:9",
        "output_format": "jpeg",
        "seed": 0,
        "nsfw_checker": True,
    }
    assert request.is_edit


@pytest.mark.parametrize("prompt", ["x", "x" * 800, "🚀" * 400, "火" * 800, "a\nb", " x ", "\u00e9"])
def test_a_prompt_of_1_to_800_units_is_sent_as_it_is(prompt):
    assert GenerationRequest(prompt=prompt).body()["prompt"] == prompt


@pytest.mark.parametrize("prompt", ["", " ", "\n\t ", "\u3000"])
def test_an_empty_prompt_is_refused(prompt):
    error = refused(prompt=prompt)
    assert error.field == "prompt"
    assert "empty" in error.what


@pytest.mark.parametrize(
    ("prompt", "over"),
    [
        ("x" * 801, "1 character too long"),
        ("🚀" * 400 + "!", "1 character too long"),
        ("🚀" * 800, "800 characters too long"),
    ],
)
def test_a_prompt_of_more_units_is_refused_and_says_by_how_many(prompt, over):
    error = refused(prompt=prompt)
    assert error.field == "prompt"
    assert over in error.what


@pytest.mark.parametrize("prompt", [None, 7, b"bytes", ["a fox"], 1.5])
def test_a_prompt_that_is_no_text_is_refused(prompt):
    error = refused(prompt=prompt)
    assert error.field == "prompt"
    assert type(prompt).__name__ in error.what


@pytest.mark.parametrize("prompt", ["\ud83d", "fox \udc00", "\udc00\ud800"])
def test_half_a_character_is_refused(prompt):
    assert refused(prompt=prompt).field == "prompt"


@pytest.mark.parametrize("size", QWEN_IMAGE_2.text_sizes)
def test_the_text_ratios_are_taken_with_and_without_a_source(size):
    assert GenerationRequest(prompt="x", image_size=size).image_size == size
    assert GenerationRequest(prompt="x", image_size=size, image_url=SOURCE).is_edit


@pytest.mark.parametrize("size", QWEN_IMAGE_2.edit_only_sizes)
def test_the_edit_only_ratios_need_a_source(size):
    error = refused(image_size=size)
    assert error.field == "image_size"
    assert size in error.what
    assert "image_url" in error.todo
    assert GenerationRequest(prompt="x", image_size=size, image_url=SOURCE).image_size == size


@pytest.mark.parametrize(
    "size", ["16x9", "16:10", "", None, 1, ("16:9",), ["16:9"], "１６:９", HUGE], ids=label
)
def test_another_ratio_is_refused_with_those_there_are(size):
    error = refused(image_size=size)
    assert error.field == "image_size"
    assert all(known in error.todo for known in QWEN_IMAGE_2.image_sizes)


@pytest.mark.parametrize("output_format", ["PNG", "jpg", "webp", "", None, 0, {}])
def test_another_format_is_refused(output_format):
    error = refused(output_format=output_format)
    assert error.field == "output_format"
    assert "jpeg" in error.todo


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1, np.int64(7), np.uint8(255)])
def test_a_seed_in_range_is_taken_and_becomes_a_plain_int(seed):
    request = GenerationRequest(prompt="x", seed=seed)
    assert type(request.seed) is int
    assert json.loads(json.dumps(request.body()))["seed"] == int(seed)


@pytest.mark.parametrize(
    "seed",
    [
        -1,
        2**31,
        HUGE,
        MINUS_HUGE,
        1.0,
        7.5,
        float("nan"),
        "7",
        True,
        False,
        np.float64(3),
        [7],
        b"7",
        np.bool_(True),
    ],
    ids=label,
)
def test_another_seed_is_refused(seed):
    error = refused(seed=seed)
    assert error.field == "seed"
    assert "2147483647" in error.todo


@pytest.mark.parametrize("value", [0, 1, None, "true", np.int64(1), HUGE], ids=label)
def test_the_safety_check_is_true_or_false(value):
    assert refused(nsfw_checker=value).field == "nsfw_checker"


def test_what_has_no_readable_repr_is_refused_all_the_same():
    class Rude:
        def __repr__(self):
            raise KeyError("no")

        def __index__(self):
            raise OSError("no")

    for field in ("prompt", "image_url", "image_size", "output_format", "seed", "nsfw_checker"):
        assert refused(**{field: Rude()}).field == field


def test_equal_requests_are_equal_hash_alike_and_have_one_key():
    one = GenerationRequest(prompt="x", seed=7)
    other = GenerationRequest(prompt="x", seed=np.int32(7))
    assert one == other
    assert hash(one) == hash(other)
    assert one.key == other.key
    assert len(one.key) == 32


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "y"},
        {"image_url": SOURCE},
        {"image_size": "1:1"},
        {"output_format": "jpeg"},
        {"seed": 8},
        {"seed": None},
        {"nsfw_checker": True},
    ],
    ids=str,
)
def test_a_change_of_any_field_makes_another_request(change):
    fields = {"prompt": "x", "seed": 7}
    one, other = GenerationRequest(**fields), GenerationRequest(**(fields | change))
    assert one != other
    assert one.key != other.key


def test_the_key_is_the_same_in_another_process():
    request = GenerationRequest(prompt="火星 🚀", seed=7)
    code = "from qwen_notebook.reapi.request import GenerationRequest as R; print(R(prompt='火星 🚀', seed=7).key)"
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == request.key


def test_a_request_cannot_be_changed_and_survives_pickling():
    request = GenerationRequest(prompt="x", seed=7)
    with pytest.raises(AttributeError):
        request.seed = 8  # pyright: ignore[reportAttributeAccessIssue]
    assert pickle.loads(pickle.dumps(request)) == request
    assert request.with_seed(8) == GenerationRequest(prompt="x", seed=8)


def test_a_request_survives_the_way_through_json():
    request = GenerationRequest(prompt="x", image_url=SOURCE, image_size="3:2", seed=7)
    assert GenerationRequest.from_fields(json.loads(json.dumps(request.to_fields()))) == request
    assert tuple(request.to_fields()) == FIELD_NAMES


def test_an_unknown_name_is_named_with_the_nearest_that_is_known():
    with pytest.raises(InvalidRequest, match=r"'image_sise'.*Did you mean 'image_size'") as caught:
        GenerationRequest.from_fields({"prompt": "x", "image_sise": "1:1"})
    assert caught.value.field == "image_sise"


def test_a_name_like_none_gets_the_list():
    with pytest.raises(InvalidRequest, match=", ".join(FIELD_NAMES)):
        refuse_unknown(["zzzzzz"], FIELD_NAMES)


@pytest.mark.parametrize("name", [1, None, ("prompt",), b"prompt", "\ud800", "x" * 100_000])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(InvalidRequest) as caught:
        GenerationRequest.from_fields({"prompt": "x", name: 1})
    assert len(str(caught.value)) < 400


def test_a_mapping_without_a_prompt_is_refused():
    with pytest.raises(InvalidRequest) as caught:
        GenerationRequest.from_fields({"seed": 7})
    assert caught.value.field == "prompt"
