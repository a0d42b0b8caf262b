"""What the service's refusals mean, and how long they ask to wait."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qwen_notebook import errors
from qwen_notebook.errors import Charge
from qwen_notebook.reapi.responses import error_for, error_of_failed, read_retry_after
from qwen_notebook.reapi.task import is_task_id, read_task
from tests.support.examples import examples

HTML = b"<!DOCTYPE html><title>Attention Required!</title>"


def envelope(code, message="no", request_id="req_1"):
    return json.dumps({"error": {"code": code, "message": message, "request_id": request_id}}).encode()


@pytest.mark.parametrize(
    ("status", "code", "kind", "word"),
    [
        (400, 20002, errors.InvalidRequest, "refused"),
        (422, 20001, errors.InvalidRequest, "refused"),
        (401, 10001, errors.AuthenticationError, "saw no key"),
        (401, 10002, errors.AuthenticationError, "could not read"),
        (401, 10003, errors.AuthenticationError, "does not know"),
        (401, 10004, errors.AuthenticationError, "revoked"),
        (401, 19999, errors.AuthenticationError, "did not accept"),
        (402, 30001, errors.InsufficientCredits, "too few credits"),
        (403, 10005, errors.PermissionDenied, "may not"),
        (404, 40001, errors.ServiceError, "404"),
        (429, 50001, errors.RateLimited, "too often"),
        (500, 60099, errors.ServiceError, "500"),
        (503, 60001, errors.ServiceError, "503"),
        (302, None, errors.ServiceError, "302"),
    ],
)
def test_the_status_decides_first_and_the_code_second(status, code, kind, word):
    error = error_for(status, envelope(code, "the reason"))
    assert type(error) is kind
    assert word in error.what
    assert (error.status, error.code, error.request_id) == (status, code, "req_1")
    assert error.charge is Charge.NOTHING
    assert error.todo


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(
    "body", [b"", HTML, b"{", b"null", b"[]", b'{"error": "no"}', b'{"error": {"code": "x"}}', b"\xff"]
)
def test_an_answer_without_an_envelope_is_an_error_all_the_same(status, body):
    error = error_for(status, body)
    assert isinstance(error, errors.QwenError)
    assert (error.code, error.request_id) == (None, None)


def test_a_web_page_before_the_service_is_called_one():
    error = error_for(403, HTML)
    assert type(error) is errors.PermissionDenied
    assert "web page" in error.what
    assert "network" in error.todo


def test_the_message_of_the_service_is_carried_as_one_short_line():
    error = error_for(400, envelope(20001, "bad\nsize\x00 " + "x" * 5000))
    assert "\n" not in error.what
    assert len(error.what) < 300


@pytest.mark.parametrize(
    ("code", "kind"),
    [(80006, errors.ContentRejected), (80001, errors.GenerationFailed), (None, errors.GenerationFailed)],
)
def test_a_failed_task_was_refunded(code, kind):
    task = read_task(
        {"id": "task_1", "status": "failed", "output": None, "error": {"code": code, "message": "why"}}
    )
    error = error_of_failed(task)
    assert type(error) is kind
    assert error.charge is Charge.REFUNDED
    assert (error.code, error.task_id) == (code, "task_1")


@pytest.mark.parametrize("body", [None, "no", 5, {}, [], {"message": "\ud800"}])
def test_a_failed_task_may_say_nothing_readable(body):
    task = read_task({"id": "task_1", "status": "failed", "error": body})
    assert str(error_of_failed(task)).encode()


def test_half_a_character_in_an_error_becomes_one_that_a_file_takes():
    error = read_task({"id": "t", "error": {"message": "\ud800x", "request_id": "\udc00"}}).error
    assert (error.message, error.request_id) == ("?x", "?")


@pytest.mark.parametrize("status", ["processing", "queued", "", None, 7, [], {}, "COMPLETED"])
def test_an_unknown_status_is_one_that_has_not_ended(status):
    assert read_task({"id": "t", "status": status}).status == "processing"


def test_a_completed_answer_may_be_bare():
    task = read_task({"id": "t", "status": "completed", "output": {"image_urls": ["https://a.b/0.png"]}})
    assert task.image_urls == ("https://a.b/0.png",)
    assert task.error is None


@pytest.mark.parametrize(
    "output",
    [
        None,
        [],
        {},
        {"image_urls": None},
        {"image_urls": "https://a.b"},
        {"image_urls": [7, None, {}, "\ud800", "a\n"]},
    ],
)
def test_an_output_without_urls_has_none(output):
    assert read_task({"id": "t", "status": "completed", "output": output}).image_urls == ()


@pytest.mark.parametrize("task_id", ["task_018f", "x", "a/b", "..a", "018f-…"[:5], "x" * 256])
def test_a_task_id_is_opaque(task_id):
    assert read_task({"id": task_id}).id == task_id
    assert is_task_id(task_id)


@pytest.mark.parametrize(
    "task_id", ["", ".", "..", " ", "a b", "a\n", "\u00e9", "\ud800", "x" * 257, None, 7, ["t"]]
)
def test_what_could_not_stand_in_a_path_is_no_task_id(task_id):
    assert read_task({"id": task_id}) is None
    assert not is_task_id(task_id)


@pytest.mark.parametrize(("header", "seconds"), [("0", 0), ("2", 2), ("2.5", 2.5), (" 3 ", 3), ("-5", 0)])
def test_retry_after_in_seconds(header, seconds):
    assert read_retry_after(header) == seconds


@pytest.mark.parametrize("zone", ["GMT", "+0000", "-0000"])
def test_retry_after_as_a_date(zone):
    date = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True).replace("GMT", zone)
    seconds = read_retry_after(date)
    assert seconds is not None
    assert 7000 < seconds <= 7200


def test_retry_after_in_the_past_is_now():
    assert read_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@pytest.mark.parametrize("header", [None, "", "soon", "nan", "inf", "-inf", "1e999", "Wed, 99 Foo 2015", "²"])
def test_a_retry_after_that_says_nothing_is_none(header):
    assert read_retry_after(header) is None


@given(st.text(max_size=60))
@example("Mon, 01 Jan 0001 00:00:00 +9999")
@example("Fri, 31 Dec 9999 23:59:59 -9999")
@examples(300)
def test_no_retry_after_surprises(header):
    seconds = read_retry_after(header)
    assert seconds is None or 0 <= seconds < float("inf")


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - {"Charge"}))
def test_an_error_survives_copying_and_pickling(name):
    error = getattr(errors, name)(
        "What.", "Todo.", status=500, code=7, request_id="r", task_id="t", charge=Charge.MAYBE
    )
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error)
        assert vars(other) == vars(error)
        assert str(other) == "What. It may have been charged. Todo."


def test_the_errors_that_python_knows_are_caught_as_such():
    assert issubclass(errors.InvalidRequest, ValueError)
    assert issubclass(errors.StillRunning, TimeoutError)
    assert issubclass(errors.ContentRejected, errors.GenerationFailed)
    assert all(
        issubclass(getattr(errors, name), errors.QwenError) for name in set(errors.__all__) - {"Charge"}
    )
