"""What a value of the rule file may look like: one description that reads it, and that the JSON Schema and the manual
are made from.

A shape reads a `Node` into a plain value and notes every problem with its place. A value that cannot be read is
`INVALID`, so that later checks leave it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from rules.problems import BadValueError, Place, Problem, listed, nearest, quoted
from rules.values import weekdays
from rules.yamltree import Node


class _Invalid:
    """The one value that stands for "something is written here that cannot be read"."""

    def __repr__(self) -> str:
        return "INVALID"

    def __bool__(self) -> bool:
        return False


INVALID: Final = _Invalid()


@dataclass(slots=True)
class Notes:
    """The problems found so far."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, place: Place | Node, what: str, advice: str) -> None:
        self.problems.append(Problem(place.place if isinstance(place, Node) else place, what, advice))


class Shape(Protocol):
    """A value of the rule file. `path` is how messages and the manual name it (``limits.per_day``)."""

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        """The value, or INVALID with the reason noted."""
        ...

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """The JSON Schema (draft 7) of what may be written; shared parts go into `definitions`."""
        ...


@dataclass(frozen=True, slots=True)
class Scalar:
    """One written value. `parse` makes it or raises BadValueError. `json` is its JSON Schema; `example` what a message
    proposes."""

    parse: Callable[[str], Any]
    json: Mapping[str, Any]
    example: str

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        if node.kind != "scalar":
            sort = "a list" if node.kind == "list" else "a mapping"
            notes.add(node, f"{quoted(path)} takes one value, not {sort}", f"write one such as `{self.example}`")
            return INVALID
        if node.is_null:
            notes.add(node, f"{quoted(path)} has no value", f"write one such as `{self.example}`, or remove the key")
            return INVALID
        try:
            return self.parse(node.text)
        except BadValueError as bad:
            notes.add(node, bad.what, bad.advice)
            return INVALID

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return dict(self.json)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; where `alone`, one value may stand without the list."""

    item: Shape
    example: str
    alone: bool = True

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        if node.kind == "list":
            return [self.item.read(item, path, notes) for item in node.items]
        if node.is_null or not self.alone:
            notes.add(node, f"{quoted(path)} takes a list", f"write `{self.example}`")
            return INVALID
        return [self.item.read(node, path, notes)]

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        item = self.item.schema(definitions)
        many = {"type": "array", "items": item}
        return {"anyOf": [many, item]} if self.alone else many


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a mapping. `required` is said of what is written (not of what a preset or the practice adds), but not
    where the key `unless` is written; `removable`: ``none`` switches it off. `default`: what holds where nobody writes
    it, in words."""

    shape: Shape
    description: str
    example: str
    default: str = ""
    required: bool = False
    removable: bool = True
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys. `not_built`: keys of the rule file whose rule this version does not have yet; they
    are refused by name. `name` is its definition's name in the schema. `example` is what a message proposes."""

    name: str
    keys: Mapping[str, Key]
    example: str
    not_built: frozenset[str] = frozenset()
    practice_only: frozenset[str] = frozenset()

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        if node.kind != "mapping":
            name, colon, _ = node.text.partition(":")
            if colon and node.plain and name in self.keys:
                notes.add(node, "a space is missing after the colon", f"write `{name}: …`")
                return INVALID
            sort = "has no value" if node.is_null else "takes keys of its own"
            off = ", or `none` to switch it off" if node.kind == "scalar" and _means_off(node) else ""
            what = f"{quoted(path)} {sort}" if path else "a rule file is a mapping of keys"
            notes.add(node, what, f"write `{self.example}`{off}")
            return INVALID
        values: dict[str, Any] = {}
        meant: set[str] = set()
        for text, (key, value) in node.pairs.items():
            full = f"{path}.{text}" if path else text
            known = self.keys.get(text)
            if known is None:
                meant |= self._unknown(key, path, full, notes)
            elif known.removable and value.is_none:
                continue
            elif value.is_null and known.removable:
                notes.add(
                    value,
                    f"{quoted(full)} has no value",
                    f"write `{text}: {known.example}`, or `none` to switch it off",
                )
                values[text] = INVALID
            else:
                shape = known.shape
                if isinstance(shape, Scalar):
                    shape = replace(shape, example=known.example)
                values[text] = shape.read(value, full, notes)
        for text, known in self.keys.items():
            if known.required and text not in node.pairs and known.unless not in node.pairs:
                values[text] = INVALID
                if text in meant:
                    continue
                where = f"in {quoted(path)}" if path else "in this file"
                notes.add(node, f"`{text}` is missing {where}", f"write `{text}: {known.example}`")
        return values

    def _unknown(self, key: Node, path: str, full: str, notes: Notes) -> set[str]:
        """Refuses a key; returns the keys that need not be called missing, since this one stands for them."""
        if key.text in self.not_built:
            notes.add(key, f"{quoted(self._bare(full))} is not built yet", "remove it for now")
            return set()
        if key.text in self.practice_only:
            notes.add(
                key, f"`{key.text}` cannot differ between therapists", "write it at the top of the file, or remove it"
            )
            return set()
        near = nearest(key.text, [*self.keys, *self.not_built])
        name, colon, _ = key.text.partition(":")
        if colon and name in self.keys:
            notes.add(key, "a space is missing after the colon", f"write `{name}: …`")
            return {name}
        if "working_hours" in self.keys and _is_weekdays(key.text):
            advice, near = "indent it under `working_hours`", None
        elif near:
            advice = f"did you mean `{near}`?"
        else:
            advice = (
                f"the keys here are {listed(self.keys, 'and')}"
                if len(self.keys) < 16
                else "look it up in docs/rule-file.md, or remove it"
            )
        notes.add(key, f"unknown key {quoted(key.text)}{f' in {quoted(path)}' if path else ''}", advice)
        return {near} if near else set()

    def _bare(self, full: str) -> str:
        """The path without whose override it is: what is not built is not built for anybody."""
        parts = full.split(".")
        return ".".join(parts[2:] if parts[0] == "therapists" and len(parts) > 2 else parts)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        if self.name not in definitions:
            definitions[self.name] = {}
            properties = {}
            for text, known in self.keys.items():
                value = known.shape.schema(definitions)
                choices = [value, {"const": "none"}] if known.removable else [value]
                about = f"{known.description} Default: {known.default}." if known.default else known.description
                properties[text] = {"description": about, "examples": [known.example], "anyOf": choices}
            definitions[self.name] = {
                "type": "object",
                "properties": properties,
                "additionalProperties": False,
                "required": [text for text, known in self.keys.items() if known.required and not known.unless],
            }
            either = [{"required": [text]} for text, known in self.keys.items() if known.unless]
            if either:
                others = {known.unless for known in self.keys.values() if known.unless}
                definitions[self.name]["anyOf"] = either + [{"required": [text]} for text in sorted(others)]
        return {"$ref": f"#/definitions/{self.name}"}


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose keys are names (or weekdays). `pattern`: the keys' JSON Schema pattern."""

    parse_key: Callable[[str], Any]
    value: Shape
    example: str
    pattern: str
    removable: bool = True

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        if node.kind != "mapping":
            what = f"{quoted(path)} has no value" if node.is_null else f"{quoted(path)} takes a mapping"
            notes.add(node, what, f"write `{self.example}`")
            return INVALID
        values: dict[str, Any] = {}
        for text, (key, value) in node.pairs.items():
            full = f"{path}.{text}"
            try:
                self.parse_key(text)
            except BadValueError as bad:
                notes.add(key, bad.what, bad.advice)
                continue
            if self.removable and value.is_none:
                continue
            if value.is_null:
                off = ", or `none` to switch it off" if self.removable else ""
                notes.add(value, f"{quoted(full)} has no value", f"write `{self.example}`{off}")
                values[text] = INVALID
            else:
                values[text] = self.value.read(value, full, notes)
        return values

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        value = self.value.schema(definitions)
        choice = {"anyOf": [value, {"const": "none"}]} if self.removable else value
        return {"type": "object", "propertyNames": {"pattern": self.pattern}, "additionalProperties": choice}


@dataclass(frozen=True, slots=True)
class Either:
    """One written value, or a mapping: whichever stands there."""

    scalar: Scalar
    record: Record

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        shape: Shape = self.record if node.kind == "mapping" else self.scalar
        return shape.read(node, path, notes)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [self.scalar.schema(definitions), self.record.schema(definitions)]}


@dataclass(frozen=True, slots=True)
class Anything:
    """A value that somebody else reads: an account's own options, a third-party rule. The schema leaves it open."""

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        del path, notes
        return node

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        del definitions
        return {}


def _is_weekdays(text: str) -> bool:
    try:
        return bool(weekdays(text))
    except BadValueError:
        return False


def _means_off(node: Node) -> bool:
    return node.text.casefold() in ("no", "off", "false")
