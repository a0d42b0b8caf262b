"""The identity of a request, in a form that later versions keep.

Keys stand in journals, and tell whether a picture was bought already: a key that changed would buy it again. So the
form has a name and a version, and ``tests/goldens/request-keys.json`` holds keys that must not change.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

KEY_FORM = "qwen-image-request/1"
"""The name of the form that `canonical_form` makes.

Version 1 is JSON with sorted names, without spaces, in ASCII. The six fields that requests began with are always in it,
also as null or at their defaults. Any field that came later is in it only where it differs from its default, so that a
new field changes no key of a request that does not use it. The name itself is not hashed; a version 2, for a change
that this rule cannot take, would hash its own name too, so that it meets no key of version 1.
"""
_ALWAYS = frozenset({"prompt", "image_url", "image_size", "output_format", "seed", "nsfw_checker"})
_HEX_DIGITS = 32


def canonical_form(request: DataclassInstance, *, prompt: str | None = None) -> str:
    """The text that stands for a request: the same for equal requests, and for no others.

    Parameters
    ----------
    request
        A `GenerationRequest`, or a dataclass with more fields.
    prompt
        What stands in place of the request's own prompt; None for that.

    Returns
    -------
    str
        JSON in the form `KEY_FORM`.

    Raises
    ------
    TypeError
        If a field holds what JSON cannot.
    """
    chosen = {
        field.name: value
        for field in fields(request)
        if (value := getattr(request, field.name)) != _default_of(field) or field.name in _ALWAYS
    }
    if prompt is not None:
        chosen["prompt"] = prompt
    return json.dumps(chosen, sort_keys=True, separators=(",", ":"))


def key_of(request: DataclassInstance, *, prompt: str | None = None) -> str:
    """The first 32 hex digits of the SHA-256 of a request's canonical form.

    With `prompt` it is the key that a version had which sent prompts as they were written, and not in one normal form.
    """
    return hashlib.sha256(canonical_form(request, prompt=prompt).encode()).hexdigest()[:_HEX_DIGITS]


def _default_of(field: Field[Any]) -> Any:
    """The default of a field; where it has none, what no value is equal to."""
    return field.default if field.default_factory is MISSING else field.default_factory()
