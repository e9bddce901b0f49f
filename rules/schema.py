"""The JSON Schema and the manual's list of keys, both made from the description in `rules.keys`, which also checks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rules.accounts import BUILT_IN, AccountShape, AccountType
from rules.hours import HoursShape
from rules.keys import rule_file
from rules.shapes import Either, Key, ListOf, MapOf, Record, Shape


def schema(
    types: Mapping[str, AccountType] = BUILT_IN, option_schemas: Mapping[str, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The JSON Schema (draft 7, which editors know best) of a rule file. `option_schemas`: each account type's own
    keys."""
    definitions: dict[str, Any] = {}
    top = rule_file(types, option_schemas=option_schemas).schema(definitions)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "session-breaks rule file",
        "description": "What a practice writes; docs/rule-file.md explains every key.",
        **top,
        "definitions": dict(sorted(definitions.items())),
    }


def schema_text(
    types: Mapping[str, AccountType] = BUILT_IN, option_schemas: Mapping[str, dict[str, Any]] | None = None
) -> str:
    """The schema as the file that is shipped."""
    return json.dumps(schema(types, option_schemas), indent=1, ensure_ascii=False) + "\n"


def keys() -> Iterator[tuple[str, Key]]:
    """Every key of the rule file with its dotted path, `*` for a name of one's own; a therapist's overrides are not
    repeated."""
    top = rule_file()
    for name, key in top.keys.items():
        yield name, key
        yield from _below(name, key.shape, frozenset(top.keys))


def _below(path: str, shape: Shape, top: frozenset[str]) -> Iterator[tuple[str, Key]]:
    if isinstance(shape, Record):
        for name, key in shape.keys.items():
            if not (path == "therapists.*" and name in top):
                yield f"{path}.{name}", key
                yield from _below(f"{path}.{name}", key.shape, top)
    elif isinstance(shape, MapOf):
        yield from _below(f"{path}.*", shape.value, top)
    elif isinstance(shape, ListOf):
        yield from _below(path, shape.item, top)
    elif isinstance(shape, Either):
        yield from _below(path, shape.record, top)
    elif isinstance(shape, HoursShape):
        for name, key in shape.keys.items():
            yield f"{path}.{name}", key
    elif isinstance(shape, AccountShape):
        for name, key in shape.common.items():
            yield f"{path}.{name}", key


def keys_table() -> str:
    """The manual's list of keys as Markdown."""
    rows = ["| key | meaning | example | default |", "|---|---|---|---|"]
    for path, key in keys():
        default = "**required**" if key.required else key.default
        cells = [f"`{path}`", key.description, f"`{key.example}`", default]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"
