"""The service's own words, out of an answer of any kind: short, on one line, without markup and without the key."""

import html
import json
import re
from typing import Any, cast

from qwen_notebook.printable import printable
from qwen_notebook.reapi.credentials import ApiKey
from qwen_notebook.reapi.formatting import one_line
from qwen_notebook.reapi.redaction import holds_key, redacted
from qwen_notebook.reapi.task import is_task_id

_LONGEST_PAGE = 50_000
_MESSAGES = ("message", "detail", "msg", "error_description", "description", "reason", "title", "errors")
_INSIDE = ("error", "data", "task", "result", "output")
_IDS = ("task_id", "taskId", "taskID", "task", "id", "job_id")
_LIKE_A_TASK = re.compile(r"(?i)task[\w.-]{1,120}|[0-9a-f]{8}-[0-9a-f-]{27}")
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg"})


def decode(body: bytes) -> object:
    """The JSON value in a body, or None where it is not JSON (a proxy's page, an answer cut short)."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def message_in(body: bytes, key: ApiKey | None = None) -> str:
    """What an answer says, as a sentence to be put behind another; empty where it says nothing."""
    words = words_of(body, key)
    return f' It said: "{words}".' if words else ""


def words_of(body: bytes, key: ApiKey | None = None) -> str:
    """The words of an answer: the message of a JSON body, the text of a page, or the beginning of what there is."""
    answer = decode(body)
    text = _text_of_page(body) if answer is None else _message(answer) or _as_json(answer)
    return clean(text, key)


def clean(text: str, key: ApiKey | None = None) -> str:
    """A text of the service's, fit to be shown and kept."""
    return one_line(redacted(printable(text[:_LONGEST_PAGE]), key))


def task_id_elsewhere(body: bytes, key: ApiKey | None = None) -> str | None:
    """What looks like the id of a task, in an answer that has none where it belongs: for a person to judge."""
    answer = decode(body)
    places = [answer, *(_mapping(answer).get(name) for name in _INSIDE)]
    places += [place[0] for place in places if isinstance(place, list) and place]
    for fields in map(_mapping, places):
        for name in _IDS:
            found = fields.get(name)
            if is_task_id(found) and _LIKE_A_TASK.fullmatch(found) and not (key and holds_key(found, key)):
                return found
    return None


def _message(answer: object) -> str:
    if isinstance(answer, str):
        return answer
    fields = _mapping(answer)
    inside = fields.get("error")
    if isinstance(inside, str) and inside.strip():
        further = _message({name: fields[name] for name in _MESSAGES if name in fields})
        return f"{inside}: {further}" if further and further != inside else inside
    for place in (_mapping(inside), fields):
        for name in _MESSAGES:
            value = place.get(name)
            if isinstance(value, str) and value.strip():
                return value
            if isinstance(value, list | dict) and value:
                return _as_json(cast("object", value))
    return ""


def _as_json(answer: object) -> str:
    if answer is None or answer in ({}, [], ""):
        return ""
    try:
        return json.dumps(answer, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


def _text_of_page(body: bytes) -> str:
    text = body[:_LONGEST_PAGE].decode("utf-8", "replace")
    if text.count("\ufffd") + text.count("\0") > len(text) / 10:
        return ""  # not text
    if "<" not in text:
        return text
    seen: list[str] = []
    within = ""
    for piece in re.split(r"(<[^<>]*>)", text):
        if not piece.startswith("<"):
            if not within:
                seen.append(piece)
            continue
        name = re.match(r"</?([a-zA-Z]*)", piece)
        tag = name[1].lower() if name else ""
        if not within and tag in _UNSEEN and not piece.startswith("</"):
            within = tag
        elif within and tag == within and piece.startswith("</"):
            within = ""
    return html.unescape(" ".join(seen))


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
