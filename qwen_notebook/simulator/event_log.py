"""What a line of a simulator's state file may say; see `StateFile`."""

from typing import Any

from pydantic_core import SchemaValidator, core_schema

from qwen_notebook.reapi.models import LARGEST_SEED

from .api_error import ApiError
from .assumed import Assumed
from .request import read_request

_MOST = 2**53
_NAME = core_schema.str_schema(pattern=r"^[0-9A-Za-z_-]{1,100}$")
_MOMENT = core_schema.float_schema(ge=0, allow_inf_nan=False)
_COUNT = core_schema.int_schema(ge=0, le=_MOST)


def _event(fields: dict[str, core_schema.CoreSchema]) -> core_schema.CoreSchema:
    known = {"kind": core_schema.str_schema()} | fields
    return core_schema.typed_dict_schema(
        {name: core_schema.typed_dict_field(schema, required=True) for name, schema in known.items()},
        config=core_schema.CoreConfig(strict=True),
    )


_validate = SchemaValidator(
    core_schema.tagged_union_schema(
        {
            "task": _event(
                {
                    "id": _NAME,
                    "account": _NAME,
                    "order": core_schema.dict_schema(core_schema.str_schema()),
                    "seed": core_schema.int_schema(ge=0, le=LARGEST_SEED),
                    "created": _MOMENT,
                    "ready": core_schema.nullable_schema(_MOMENT),
                    "fails": core_schema.bool_schema(),
                    "price": _COUNT,
                }
            ),
            "post": _event(
                {
                    "at": _MOMENT,
                    "account": _NAME,
                    "body": core_schema.any_schema(),
                    "status": core_schema.int_schema(ge=100, le=599),
                    "task_id": core_schema.nullable_schema(core_schema.str_schema()),
                }
            ),
            "download": _event({"id": _NAME}),
            "end": _event({"id": _NAME, "at": _MOMENT}),
        },
        discriminator="kind",
    )
).validate_json


def read_event(line: bytes) -> dict[str, Any]:
    """Parse and check one event; that of a task has an `SubmitRequest`.

    Raises
    ------
    ValueError
        If it is none that the service could have written.
    """
    event: dict[str, Any] = _validate(line)
    if event["kind"] == "task":
        try:
            event["order"] = read_request(event["order"], Assumed())
        except ApiError as refusal:
            raise ValueError("The order is one that the service would not take.") from refusal
    return event
