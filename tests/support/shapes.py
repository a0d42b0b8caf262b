"""Shapes of JSON, short enough to be read in a golden, and what does not fit them.

A shape is a text for a plain value (``string``, ``integer``, ``number``, ``boolean``, ``null``, ``object``, or a word
in quotes, with ``|`` between several), ``[shape]`` for an array, and ``{name: shape}`` for an object. A name with a
``?`` may be missing; ``any name`` stands for all names; ``{"or null": shape}`` is an object or null.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

Shape = str | list[Any] | dict[str, Any]
OR_NULL, ANY_NAME = "or null", "any name"


def shape_of_schema(schema: dict[str, Any], definitions: dict[str, Any] | None = None) -> Shape:
    """The shape that a JSON schema of pydantic's describes."""
    known = definitions or schema.get("$defs", {})
    if "$ref" in schema:
        return shape_of_schema(known[schema["$ref"].rpartition("/")[2]], known)
    if "anyOf" in schema:
        return _either([shape_of_schema(one, known) for one in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return " | ".join(f"'{word}'" for word in schema.get("enum", [schema.get("const")]))
    if "prefixItems" in schema:
        first, *others = (shape_of_schema(one, known) for one in schema["prefixItems"])
        assert all(other == first for other in others), "a tuple of several kinds has no shape here"
        return [first]
    if schema["type"] == "array":
        return [shape_of_schema(schema["items"], known)]
    if "properties" in schema:
        required = schema.get("required", ())
        return {
            name if name in required else f"{name}?": shape_of_schema(one, known)
            for name, one in schema["properties"].items()
        }
    if isinstance(schema.get("additionalProperties"), dict):
        return {ANY_NAME: shape_of_schema(schema["additionalProperties"], known)}
    return schema["type"]


def _either(shapes: list[Shape]) -> Shape:
    texts = [shape for shape in shapes if isinstance(shape, str)]
    if len(texts) == len(shapes):
        return " | ".join(texts)
    (other,) = [shape for shape in shapes if not isinstance(shape, str)]
    assert texts == ["null"], "only an object or null has a shape here"
    return {OR_NULL: other}


def completed(kept: Any, shape: Any, *, narrower: bool = False) -> Any:
    """A shape with what a golden has, where the schema leaves it open: fields of an object, words of a text.

    With `narrower` the schema may also name the words of a text that the golden leaves open, as it may for what is
    sent, and never for what is taken.
    """
    if narrower and isinstance(kept, str) and isinstance(shape, str) and _is_narrower(shape, kept):
        return kept
    if shape == "object" and isinstance(kept, dict):
        return kept
    if shape == "string" and isinstance(kept, str) and all(word[0] == "'" for word in kept.split(" | ")):
        return kept
    if isinstance(kept, list) and isinstance(shape, list):
        return [completed(kept[0], shape[0], narrower=narrower)]
    if isinstance(kept, dict) and isinstance(shape, dict):
        if ANY_NAME in shape:
            return {name: completed(one, shape[ANY_NAME], narrower=narrower) for name, one in kept.items()}
        return {name: completed(kept.get(name), one, narrower=narrower) for name, one in shape.items()}
    return shape


def _is_narrower(shape: str, kept: str) -> bool:
    """Whether a shape names words where another one has any text, and is like it otherwise."""
    kinds, rest = set(shape.split(" | ")), set(kept.split(" | "))
    words = {kind for kind in kinds if kind[0] == "'"}
    return bool(words) and "string" in rest and kinds - words == rest - {"string"}


def names_in(shape: Shape, at: str) -> Iterator[str]:
    """Where the shape names a field, in all its depth."""
    if isinstance(shape, list):
        yield from names_in(shape[0], at)
    elif isinstance(shape, dict):
        for name, one in shape.items():
            place = at if name in (OR_NULL, ANY_NAME) else f"{at}.{name.rstrip('?')}"
            if place != at:
                yield place
            yield from names_in(one, place)


def misfits(shape: Shape, value: Any, at: str, seen: set[str]) -> Iterator[str]:
    """Where a value does not fit a shape, a line for each place; the fields that were there are put into `seen`."""
    if isinstance(shape, str):
        if not any(_is(value, kind) for kind in shape.split(" | ")):
            yield f"{at}: {shape} in the golden, now {value!r}"
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{at}: an array in the golden, now {value!r}"
            return
        for item in value:
            yield from misfits(shape[0], item, at, seen)
    elif OR_NULL in shape:
        if value is not None:
            yield from misfits(shape[OR_NULL], value, at, seen)
    elif not isinstance(value, dict):
        yield f"{at}: an object in the golden, now {value!r}"
    elif ANY_NAME in shape:
        for item in value.values():
            yield from misfits(shape[ANY_NAME], item, at, seen)
    else:
        yield from _misfits_of_object(shape, value, at, seen)


def misfits_of_schema(kind: Any, value: Any) -> list[str]:
    """Where a value, as JSON has it, has a field too many, too few or of another kind than the schema of a type."""
    shape = shape_of_schema(TypeAdapter(kind).json_schema())
    return list(misfits(shape, json.loads(json.dumps(value)), "here", set()))


def _misfits_of_object(
    shape: dict[str, Any], value: dict[str, Any], at: str, seen: set[str]
) -> Iterator[str]:
    for name, one in shape.items():
        field = name.rstrip("?")
        if field in value:
            seen.add(f"{at}.{field}")
            yield from misfits(one, value[field], f"{at}.{field}", seen)
        elif field == name:
            yield f"{at}.{field}: in the golden, now missing"
    for field, one in value.items():
        if field not in shape and f"{field}?" not in shape:
            yield f"{at}.{field}: not in the golden, now {one!r}"


def _is(value: Any, kind: str) -> bool:
    if kind.startswith("'"):
        return value == kind.strip("'")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {
        "string": isinstance(value, str),
        "integer": number and isinstance(value, int),
        "number": number,
        "boolean": isinstance(value, bool),
        "null": value is None,
        "object": isinstance(value, dict),
    }[kind]
