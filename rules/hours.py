"""`working_hours`: one mapping by weekday, or a list of them that each hold for some dates.

What is read is a list of entries, each with `days` (weekday name -> ranges; an empty list where ``none`` is written,
INVALID where something cannot be read),
and `since`, `until` and `every` where they are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rules import values
from rules.problems import BadValueError, quoted
from rules.shapes import INVALID, Key, ListOf, Notes
from rules.yamltree import Node

DATED = {"from": "since", "until": "until", "every": "every"}
"""The keys of an entry that are no weekdays, and what they are called in `practice.WorkingHours`."""


def entries_of(node: Node) -> list[Node]:
    """The mappings that working hours are written as."""
    return node.items if node.kind == "list" else [node]


def is_plain(node: Node) -> bool:
    """Whether it is one mapping that holds always: the only form that is merged by weekday."""
    return node.kind == "mapping" and not node.pairs.keys() & DATED.keys()


@dataclass(frozen=True, slots=True)
class HoursShape:
    """Reads working hours. `keys`: what an entry may say besides weekdays."""

    ranges: ListOf
    keys: dict[str, Key]
    pattern: str
    example: str

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        """The entries, or INVALID."""
        if node.kind == "list" and not node.items:
            notes.add(node, f"{quoted(path)} is empty", f"write `{self.example}`, or `none`")
            return INVALID
        return [self._entry(entry, path, notes) for entry in entries_of(node)]

    def _entry(self, node: Node, path: str, notes: Notes) -> Any:
        if node.kind != "mapping":
            what = f"{quoted(path)} has no value" if node.is_null else f"{quoted(path)} takes a mapping"
            notes.add(node, what, f"write `{self.example}`")
            return INVALID
        found: dict[str, Any] = {}
        days: dict[str, Any] = {}
        for text, (key, value) in node.pairs.items():
            full = f"{path}.{text}"
            if text in self.keys:
                found[DATED[text]] = self.keys[text].shape.read(value, full, notes)
                continue
            try:
                weekdays = values.weekdays(text)
            except BadValueError as bad:
                notes.add(key, bad.what, bad.advice)
                days[text] = INVALID
                continue
            if value.is_none:
                ranges: Any = []
            elif value.is_null:
                notes.add(value, f"{quoted(full)} has no value", f"write `{text}: 09:00-13:00`, or `none`")
                ranges = INVALID
            else:
                ranges = self.ranges.read(value, full, notes)
            days |= {values.DAYS[weekday]: ranges for weekday in sorted(weekdays)}
        return {**found, "days": days}

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """One mapping, or a list of them."""
        properties = {
            text: {
                "description": key.description,
                "examples": [key.example],
                "anyOf": [key.shape.schema(definitions)],
            }
            for text, key in self.keys.items()
        }
        definitions["working_hours"] = {
            "type": "object",
            "properties": properties,
            "propertyNames": {"pattern": self.pattern},
            "additionalProperties": {"anyOf": [self.ranges.schema(definitions), {"const": "none"}]},
        }
        entry = {"$ref": "#/definitions/working_hours"}
        return {"anyOf": [entry, {"type": "array", "items": entry, "minItems": 1}]}
