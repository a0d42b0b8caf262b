"""No input makes anything but a valid request or a clear refusal."""

import json
from urllib.parse import urlsplit

from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

from qwen_notebook.errors import Charge, InvalidRequest
from qwen_notebook.reapi.models import QWEN_IMAGE_2
from qwen_notebook.reapi.prompt_text import prompt_units
from qwen_notebook.reapi.request import FIELD_NAMES, GenerationRequest
from tests.support.examples import examples

FAST = examples(250, but=list(HealthCheck))

any_text = st.text(st.characters(), max_size=900)  # surrogates included
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**6), max_value=10**6).map(lambda n: n**900),
    st.floats(),
    any_text,
    st.binary(max_size=20),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
hosts = st.one_of(
    st.from_regex(r"[a-z0-9.\-_%\[\]:@\\]{0,20}", fullmatch=True),
    st.sampled_from(
        [
            "example.com",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost",
            "a..b",
            "例え.jp",
        ]
    ),
    st.ip_addresses().map(str),
    st.text(max_size=12),
)
urls = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(
        [
            "https://",
            "http://",
            "HTTPS://",
            "https:",
            "//",
            "data:",
            "file://",
            "\x00https://",
            " https://",
            "ftp://",
        ]
    ),
    hosts,
    st.sampled_from(["", ":443", ":99999", ":x", ":٣"]),
    st.one_of(
        st.just("/a.png"), st.text(max_size=10).map("/{}".format), st.text(max_size=10).map("?{}".format)
    ),
)
field_values = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.one_of(anything, st.text(min_size=1, max_size=60)),
        "image_url": st.one_of(anything, urls),
        "image_size": st.one_of(anything, st.sampled_from(QWEN_IMAGE_2.image_sizes)),
        "output_format": st.one_of(anything, st.sampled_from(QWEN_IMAGE_2.output_formats)),
        "seed": st.one_of(anything, st.integers(0, QWEN_IMAGE_2.seed_max)),
        "nsfw_checker": st.one_of(anything, st.booleans()),
    },
)


def check_within_the_contract(request: GenerationRequest) -> None:
    body = request.body()
    # As httpx writes it: raw UTF-8, no NaN.
    assert json.loads(json.dumps(body, ensure_ascii=False, allow_nan=False).encode()) == body
    assert body["model"] == "qwen-image-2"
    assert set(body) <= {"model", *FIELD_NAMES}
    assert 1 <= prompt_units(body["prompt"]) <= 800
    assert body["output_format"] in ("png", "jpeg")
    assert body["image_size"] in (
        QWEN_IMAGE_2.image_sizes if "image_url" in body else QWEN_IMAGE_2.text_sizes
    )
    assert type(body.get("seed", 0)) is int
    assert 0 <= body.get("seed", 0) <= 2**31 - 1
    assert type(body["nsfw_checker"]) is bool
    if "image_url" in body:
        assert urlsplit(body["image_url"]).scheme in ("https", "http")
        assert urlsplit(body["image_url"]).hostname
        assert body["image_url"].isprintable()
        assert " " not in body["image_url"]
    assert len(request.key) == 32
    assert GenerationRequest.from_fields(request.to_fields()) == request
    assert hash(request) == hash(GenerationRequest.from_fields(request.to_fields()))


def check_what_it_makes(fields: object) -> None:
    try:
        made = GenerationRequest.from_fields(fields)
    except InvalidRequest as error:
        made = error
    if isinstance(made, GenerationRequest):
        check_within_the_contract(made)
    else:
        assert made.charge is Charge.NOTHING
        assert made.field is not None
        assert made.what
        assert made.todo


@given(field_values)
@FAST
@example({"prompt": "x", "seed": 10**5000})
@example({"prompt": "x", "image_size": [10**5000]})
@example({"prompt": "x", "image_url": "https://example.com/\ud800"})
@example({"prompt": "x", "image_url": "https://[::1"})
@example({"prompt": "x", "image_url": "https://" + "a" * 64 + ".com/"})
def test_any_values_of_the_fields_make_a_valid_request_or_a_refusal(fields):
    check_what_it_makes(fields)


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(FIELD_NAMES), any_text, st.integers(), st.none()), anything, max_size=6
    )
)
@FAST
def test_any_mapping_makes_a_valid_request_or_a_refusal(fields):
    check_what_it_makes(fields)


@given(any_text)
@FAST
def test_a_text_is_a_prompt_exactly_if_the_service_takes_it(prompt):
    whole = prompt.encode("utf-8", "replace").decode() == prompt
    good = whole and prompt.strip() != "" and prompt_units(prompt) <= 800
    try:
        GenerationRequest(prompt=prompt)
    except InvalidRequest:
        assert not good
    else:
        assert good
