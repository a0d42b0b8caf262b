"""Write the TypeScript types of messages and traits from the Python schemas, and the constants that both sides hold.

``python -m tests.support.wire_types`` writes them; with ``--check`` it only looks whether they are as they should be.
What panel and grid both use goes to ``shared``, the rest to the one that uses it.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter

from qwen_notebook.experiments.grid import protocol as grid
from qwen_notebook.reapi import contract
from qwen_notebook.widget import messages, panel, protocol

ROOT = Path(__file__).parents[2]
COMMAND = "python -m tests.support.wire_types"
HEADER = f"// Generated from the Python schemas by `{COMMAND}`: change those instead.\n"
MODULES = (contract, protocol, messages, grid)
BOTH = (messages.Hello, messages.Want, protocol.Ack, protocol.Reject, protocol.Preview)
ROOTS: dict[str, tuple[Any, ...]] = {
    "panel": (
        *BOTH,
        messages.Submit,
        messages.Act,
        messages.ActArgs,
        protocol.ActResults,
        protocol.PanelResults,
        protocol.PanelSettings,
        protocol.PanelTraits,
    ),
    "grid": (
        *BOTH,
        grid.Window,
        grid.Detail,
        grid.MarkCell,
        grid.UseCell,
        grid.CodeOfCell,
        grid.Moved,
        grid.GridResults,
        grid.GridSettings,
        grid.GridTraits,
    ),
}
CONSTANTS: dict[str, dict[ModuleType, tuple[str, ...]]] = {
    "shared": {protocol: ("VERSION",), messages: ("MAX_WANTED",), contract: ("DEFAULT_SIZE",)},
    "panel": {
        contract: (
            "PROMPT_LIMIT",
            "SEED_MAX",
            "TEXT_SIZES",
            "EDIT_ONLY_SIZES",
            "IMAGE_SIZES",
            "OUTPUT_FORMATS",
        ),
        panel: ("MAX_COUNT",),
    },
    "grid": {grid: ("MAX_NOTE",)},
}
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
LINE = 110


def words_with_names() -> dict[tuple[str, ...], str]:
    """The unions of words that have a name in Python: they have the same one in TypeScript."""
    named: dict[tuple[str, ...], str] = {}
    for module in MODULES:
        for name, value in vars(module).items():
            if get_origin(value) is Literal and len(get_args(value)) > 1:
                named.setdefault(get_args(value), name)
    return named


@dataclass
class Type:
    """One type in TypeScript, and the names of the others that it is made of."""

    text: str
    uses: frozenset[str]


class Writer:
    """Writes types as TypeScript from JSON schemas, and remembers which other types they use."""

    def __init__(self) -> None:
        self._named = words_with_names()
        self._used: set[str] = set()

    def types(self, definitions: Mapping[str, dict[str, Any]]) -> dict[str, Type]:
        """Every definition, and every named union of words, by its name."""
        found = {name: self._type(name, schema) for name, schema in definitions.items()}
        words = {
            name: Type(_union(f"export type {name} =", values), frozenset())
            for values, name in self._named.items()
        }
        return found | words

    def _type(self, name: str, schema: dict[str, Any]) -> Type:
        self._used = set()
        text = f"{_comment(schema.get('description'))}export type {name} = {self._object(schema)};\n"
        return Type(text, frozenset(self._used))

    def _object(self, schema: dict[str, Any]) -> str:
        if not schema.get("properties"):
            return "Record<string, never>"
        required = schema.get("required", ())
        fields = (
            f"  {name}{'' if name in required else '?'}: {self.of(one)};\n"
            for name, one in schema["properties"].items()
        )
        return "{\n" + "".join(fields) + "}"

    def of(self, schema: dict[str, Any]) -> str:
        """The TypeScript of a schema within another."""
        if "$ref" in schema:
            return self._use(schema["$ref"].rpartition("/")[2])
        if "properties" in schema:  # a definition that was written out in place
            return self._use(schema["title"])
        if "anyOf" in schema:
            return " | ".join(self.of(one) for one in schema["anyOf"])
        if "const" in schema:
            return _literal(schema["const"])
        if "enum" in schema:
            words = tuple(schema["enum"])
            return self._use(self._named[words]) if words in self._named else " | ".join(map(_literal, words))
        if "prefixItems" in schema:
            return f"readonly [{', '.join(map(self.of, schema['prefixItems']))}]"
        if schema["type"] == "array":
            item = self.of(schema["items"])
            return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"
        if schema["type"] == "object":
            return self._mapping(schema)
        return PLAIN[schema["type"]]

    def _mapping(self, schema: dict[str, Any]) -> str:
        value = schema.get("additionalProperties", True)
        key = self.of(schema["propertyNames"]) if "propertyNames" in schema else "string"
        return f"Record<{key}, {'unknown' if value is True else self.of(value)}>"

    def _use(self, name: str) -> str:
        self._used.add(name)
        return name


def generated() -> dict[Path, str]:
    """What each file should hold."""
    roots = dict.fromkeys(chain.from_iterable(ROOTS.values()))
    _, schema = TypeAdapter.json_schemas((root, "validation", TypeAdapter(root)) for root in roots)
    types = Writer().types(schema["$defs"])
    reached = {
        side: set(_reached((root.__name__ for root in of_side), types)) for side, of_side in ROOTS.items()
    }
    shared = reached["panel"] & reached["grid"]
    owned = {"shared": shared} | {side: names - shared for side, names in reached.items()}
    return {
        ROOT / f"js/src/{side}/wire.gen.ts": HEADER
        + _imports(side, names, shared, types)
        + _body(side, names, types)
        for side, names in owned.items()
    }


def _reached(names: Iterable[str], types: Mapping[str, Type]) -> Iterator[str]:
    for name in names:
        yield name
        yield from _reached(types[name].uses, types)


def _imports(side: str, names: set[str], shared: set[str], types: Mapping[str, Type]) -> str:
    needed = sorted(set(chain.from_iterable(types[name].uses for name in names)) & shared)
    if side == "shared" or not needed:
        return ""
    listed = "".join(f"  {name},\n" for name in needed)
    return f'\nimport type {{\n{listed}}} from "../shared/wire.gen.ts";\n'


def _body(side: str, names: set[str], types: Mapping[str, Type]) -> str:
    constants = "".join(
        f"export const {name} = {_value(getattr(module, name))};\n"
        for module, listed in CONSTANTS[side].items()
        for name in listed
    )
    return "\n" + "\n".join([constants, *(types[name].text for name in sorted(names))])


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}] as const"  # pyright: ignore[reportUnknownVariableType]
    return _literal(value)


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{value!r} has no place in the messages")


def _union(start: str, values: Iterable[str]) -> str:
    words = [*map(_literal, values)]
    line = f"{start} {' | '.join(words)};\n"
    return line if len(line) <= LINE else start + "".join(f"\n  | {word}" for word in words) + ";\n"


def _comment(description: str | None) -> str:
    if not description:
        return ""
    lines = description.replace("``", "`").split("\n")
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


def stale() -> list[Path]:
    """The files that are not as they should be."""
    return [
        path
        for path, text in generated().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write the files, or only look at them."""
    old = stale()
    names = ", ".join(str(path.relative_to(ROOT)) for path in old)
    if "--check" in arguments:
        if old:
            print(f"Not as the Python schemas say: {names}. Run `{COMMAND}`.", file=sys.stderr)
        return 1 if old else 0
    texts = generated()
    for path in old:
        path.write_text(texts[path], encoding="utf-8")
        print(f"Wrote {path.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
