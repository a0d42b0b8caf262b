"""What a line of the journal may say. A line is checked as a whole, before anything of it counts.

A folder may come from somebody else, so its lines are not trusted: an id becomes the name of a file, a number goes
into sums. One native pass parses and checks a line; only fields that are
known here come out of it, so what newer versions add is passed over.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from pydantic_core import SchemaValidator, ValidationError, core_schema

from qwen_notebook.errors import QwenError
from qwen_notebook.journal.annotations import LONGEST_NOTE
from qwen_notebook.journal.records import JOB_ID, LONGEST_TEXT, MOST_CREDITS
from qwen_notebook.journal.states import State
from qwen_notebook.reapi.models import LARGEST_SEED, LONGEST_PROMPT, MODEL_NAME, QWEN_IMAGE_2, SHAPE
from qwen_notebook.reapi.request import GenerationRequest
from qwen_notebook.reapi.values import is_normal_prompt

LATEST = 4_102_444_800
"""The year 2100 in Unix seconds: nothing in a journal is later."""

_MOST_EARLIER = 100
_MOST_ATTEMPTS = 10_000
_WHOLE_NUMBERS = 2**53
_EDIT_ONLY = frozenset(QWEN_IMAGE_2.edit_only_sizes)
_SURELY_SHORT = QWEN_IMAGE_2.prompt_limit // 2
# One name directly in images/: no way up, nothing hidden, and nothing that is special to a shell or to Windows.
_NAME_CHARACTER = r"[^.\p{Cc}\p{Cf}/\\:*?\x22<>|]"
_IMAGE = rf"images/{_NAME_CHARACTER}(?:\.?{_NAME_CHARACTER})*"
_LONGEST_NAME = 300
# The same as `qwen_notebook.reapi.task.is_task_id`.
_TASK_ID = r"\.{0,2}[!-\x2d\x2f-~][!-~]*"
_LONGEST_TASK_ID = 256

_STRICT = core_schema.CoreConfig(strict=True, cache_strings="keys")
_Schema = core_schema.CoreSchema
_Fields = dict[str, core_schema.TypedDictField]


def _object(fields: _Fields) -> _Schema:
    # A typed dict has a configuration of its own, and is lenient without: "5" would be a number.
    return core_schema.typed_dict_schema(fields, config=_STRICT)


def _must(schema: _Schema) -> core_schema.TypedDictField:
    return core_schema.typed_dict_field(schema, required=True)


def _may(schema: _Schema) -> core_schema.TypedDictField:
    return core_schema.typed_dict_field(schema, required=False)


def _may_be_null(schema: _Schema) -> core_schema.TypedDictField:
    return _may(core_schema.nullable_schema(schema))


def _whole(least: int, most: int) -> _Schema:
    return core_schema.int_schema(ge=least, le=most)


def _text(longest: int = LONGEST_TEXT) -> _Schema:
    return core_schema.str_schema(max_length=longest)


def _like(pattern: str, longest: int | None = None) -> _Schema:
    return core_schema.str_schema(pattern=f"^{pattern}$", max_length=longest)


def _long(length: int) -> _Schema:
    """A hash: it is only compared, so its length is all that matters, and a pattern takes longer."""
    return core_schema.str_schema(min_length=length, max_length=length)


def _one_of(choices: Sequence[str]) -> _Schema:
    return _like("(?:" + "|".join(re.escape(choice) for choice in choices) + ")")


_ID = _like(JOB_ID)
_TIME = core_schema.float_schema(ge=0, le=LATEST, allow_inf_nan=False)
_CREDITS = _whole(0, MOST_CREDITS)
_BALANCE = _whole(-_WHOLE_NUMBERS, _WHOLE_NUMBERS)
_TASK = _like(_TASK_ID, _LONGEST_TASK_ID)
_PIXELS = _whole(0, 100_000)

_REQUEST: _Fields = {
    "prompt": _must(core_schema.str_schema(min_length=1, max_length=QWEN_IMAGE_2.prompt_limit)),
    "image_url": _may_be_null(core_schema.str_schema()),
    "image_size": _may(_one_of(QWEN_IMAGE_2.image_sizes)),
    "output_format": _may(_one_of(QWEN_IMAGE_2.output_formats)),
    "seed": _may_be_null(_whole(0, QWEN_IMAGE_2.seed_max)),
    "nsfw_checker": _may(core_schema.bool_schema()),
    "model": _may(core_schema.literal_schema([QWEN_IMAGE_2.name])),
}
# Of another model, which may not even be known here: what it takes is asked of that, where it is.
_MODEL_REQUEST: _Fields = _REQUEST | {
    "prompt": _must(core_schema.str_schema(min_length=1, max_length=LONGEST_PROMPT)),
    "image_size": _must(_like(SHAPE)),
    "seed": _may_be_null(_whole(0, LARGEST_SEED)),
    "model": _must(_like(MODEL_NAME)),
}
_ERROR: _Fields = {
    "kind": _must(_text()),
    "what": _must(_text()),
    "todo": _may(_text()),
    "charge": _may(_text()),
    "status": _may_be_null(_BALANCE),
    "code": _may_be_null(_BALANCE),
    "request_id": _may_be_null(_text()),
    "task_id": _may_be_null(_text()),
}
_EARLIER: _Fields = {
    "number": _must(_whole(1, _MOST_ATTEMPTS)),
    "state": _may(_one_of((State.UNCERTAIN.value, State.DISMISSED.value))),
    "sent": _may_be_null(_TIME),
    "credits": _may_be_null(_CREDITS),
    "task_id": _may_be_null(_TASK),
    "balance_before": _may_be_null(_BALANCE),
    "balance_since": _may_be_null(_TIME),
    "balance_after": _may_be_null(_BALANCE),
    "balance_at": _may_be_null(_TIME),
    "balance_among": _may(_whole(1, _WHOLE_NUMBERS)),
}
_ANY_LINE: _Fields = {
    "job": _must(_ID),
    "writer": _must(_like(r"[0-9A-Za-z_-]{1,100}")),
    "seq": _must(_whole(1, _WHOLE_NUMBERS - 1)),
    "at": _must(_TIME),
}
# What a job's line may say beside what it begins with.
_MOVE: _Fields = _ANY_LINE | {
    "state": _must(core_schema.enum_schema(State, list(State), sub_type="str")),
    "attempt": _may(_whole(0, _MOST_ATTEMPTS)),
    "changed": _may(_TIME),
    "copy": _may(_whole(1, 10_000)),
    "sent": _may_be_null(_TIME),
    "credits": _may_be_null(_CREDITS),
    "task_id": _may_be_null(_TASK),
    "by_hand": _may(core_schema.bool_schema()),
    "url": _may_be_null(_text()),
    "seconds": _may_be_null(_TIME),
    "saved": _may_be_null(_TIME),
    # Resolved where it is used: a bad name hides no picture, and leads nowhere.
    "file": _may_be_null(_text(1000)),
    "doubtful": _may_be_null(_like(_IMAGE, _LONGEST_NAME)),
    "sha256": _may_be_null(_long(64)),
    "width": _may_be_null(_PIXELS),
    "height": _may_be_null(_PIXELS),
    "balance_before": _may_be_null(_BALANCE),
    "balance_since": _may_be_null(_TIME),
    "balance_after": _may_be_null(_BALANCE),
    "balance_at": _may_be_null(_TIME),
    "balance_among": _may(_whole(1, _WHOLE_NUMBERS)),
    "earlier": _may(core_schema.list_schema(_object(_EARLIER), max_length=_MOST_EARLIER)),
    "error": _may_be_null(_object(_ERROR)),
    "note": _may_be_null(_text()),
    "created": _may(core_schema.any_schema()),
}
# What a job begins with stands in one line, whole; where there is no `created`, none of it is looked for.
_BEGINNING: _Fields = _MOVE | {
    "id": _may(core_schema.str_schema()),  # compared with the other
    "request": _must(
        core_schema.union_schema([_object(_REQUEST), _object(_MODEL_REQUEST)], mode="left_to_right")
    ),
    "key": _must(_long(32)),
    "service": _must(_like(r"[a-z][a-z0-9_-]{0,31}")),
    "created": _must(_TIME),
    "client_id": _may_be_null(_text()),
    "origin": _may_be_null(_text()),
    "drawn": _may_be_null(_long(32)),
    "cell": _may_be_null(_long(32)),
}
_MARK: _Fields = _ANY_LINE | {
    "starred": _may(core_schema.bool_schema()),
    "note": _may(_text(LONGEST_NOTE)),
    "deleted": _may(core_schema.bool_schema()),
}

KNOWN_FIELDS = frozenset(_BEGINNING)
"""The names in a job's line that are read; a field of `JobRecord` that is not here never comes back from disk."""
ERROR_FIELDS = frozenset(_ERROR)
"""The same for `ErrorRecord`."""

_MOVE_LINE, _BEGINNING_LINE = _object(_MOVE), _object(_BEGINNING)
_read_move = SchemaValidator(_MOVE_LINE, _STRICT).validate_json
_read_beginning = SchemaValidator(_BEGINNING_LINE, _STRICT).validate_json
_read_any = SchemaValidator(
    core_schema.tagged_union_schema(
        {
            "job": _MOVE_LINE,
            "resolve": _MOVE_LINE,
            "mark": _object(_MARK),
            "writer": _object({}),  # left to whoever asks about writers
        },
        discriminator="kind",
    ),
    _STRICT,
).validate_json
_FOR_MERGING = frozenset({"job", "writer", "seq", "state", "attempt", "credits", "created"})
# As nearly all lines of jobs begin: their kind need not be looked for.
_JOB_HEAD = b'{"v":1,"kind":"job",'
# Stands early in lines that a job begins with.
_HINT, _WITHIN = b'"id":', 200


class JobLines:
    """Reads lines about jobs as today's version writes them; those that are not, or not good, as None.

    Quick: of a hundred thousand jobs there may be half a million such lines.

    Parameters
    ----------
    names
        The fields that are wanted of lines which were read in full before: what else they say was checked then. With
        them come those by which the lines of one job are merged. None for all, of any lines.
    """

    def __init__(self, names: Collection[str] | None = None) -> None:
        wanted = KNOWN_FIELDS if names is None else _FOR_MERGING | set(names)
        move, beginning = (
            _object({name: field for name, field in line.items() if name in wanted})
            for line in (_MOVE, _BEGINNING)
        )
        self._move = SchemaValidator(move, _STRICT).validate_json
        self._beginning = SchemaValidator(beginning, _STRICT).validate_json
        self._beginnings = SchemaValidator(core_schema.list_schema(beginning), _STRICT).validate_json
        self._is_whole = names is None

    def one(self, line: bytes) -> dict[str, Any] | None:
        """Do as `read_line` does."""
        if not line.startswith(_JOB_HEAD):
            return None
        try:
            if line.find(_HINT, 0, _WITHIN) < 0:
                event: dict[str, Any] = self._move(line)
                return None if "created" in event else event
            event = self._beginning(line)
            if self._is_whole:
                _check_beginning(event)
        except ValueError:
            return None
        return event

    def many(self, lines: Sequence[bytes]) -> Sequence[dict[str, Any] | None]:
        """Do as `one` does for each; where jobs begin in all of them, in two thirds of the time."""
        if all(line.startswith(_JOB_HEAD) and line.find(_HINT, 0, _WITHIN) > 0 for line in lines):
            try:
                events: list[dict[str, Any]] = self._beginnings(b"[%b]" % b",".join(lines))
                if self._is_whole:
                    for event in events:
                        _check_beginning(event)
            except ValueError:
                events = []
            if len(events) == len(lines):
                return events
        return list(map(self.one, lines))


ALL_OF_LINES = JobLines()


def read_line(line: bytes) -> dict[str, Any] | None:
    """Parse and check one line.

    Parameters
    ----------
    line
        One line of a journal, as it stands on disk.

    Returns
    -------
    dict or None
        The known fields of a line about a job, with a `State`, or of a ``mark`` line, which has none; None for any
        other kind.

    Raises
    ------
    ValueError
        If nothing of it may count.
    """
    try:
        event: dict[str, Any] = _read_move(line) if line.startswith(_JOB_HEAD) else _read_any(line)
    except ValidationError as error:
        trouble = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if trouble["type"] == "union_tag_invalid":
            return None  # a kind of a newer version
        raise
    if "created" in event:
        event = _read_beginning(line)
        _check_beginning(event)
    return event or None


def _check_beginning(event: dict[str, Any]) -> None:
    """Check what one field of the line that a job begins with says of another, and what takes more than a pattern."""
    job, request = event["job"], event["request"]
    if event.get("id", job) != job:
        raise ValueError("The line is about two jobs.")
    prompt = request["prompt"]
    if not is_normal_prompt(prompt):
        # An earlier version wrote prompts as they were given. Its key is not that of the request as it is read now,
        # and what was paid for has to be found by the one that equal requests have today.
        checked = _checked_request(request)
        event["key"], request["prompt"] = checked.key, checked.prompt
    elif (
        "model" in request
        or request.get("image_url") is not None
        or request.get("image_size") in _EDIT_ONLY
        or len(prompt) > _SURELY_SHORT
        or prompt.isspace()
    ):  # else the patterns were enough, and the whole check would take as long as reading the line
        _checked_request(request)


def _checked_request(request: dict[str, Any]) -> GenerationRequest:
    try:
        return GenerationRequest.recorded(request)
    except QwenError as error:
        raise ValueError(error.what) from None
