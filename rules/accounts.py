"""What the rule file says about accounts: their type, what belongs to every account, and the connector's own options.

Connectors declare and check their options; the loader is handed that as data, so that nothing here knows a connector.
No message from here quotes an option's value: it may be a password or an address with a secret in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.problems import BadValueError, listed, nearest, quoted
from rules.shapes import INVALID, Key, Notes
from rules.yamltree import Node


@dataclass(frozen=True, slots=True)
class AccountType:
    """What a type of account is. `options`: gives the connector's pydantic model (called only when an account of the
    type is there), which may raise BadValueError, None: not checked. `single`: always one calendar, named by the
    account alone."""

    options: Callable[[], Any] | None = None
    writable: bool = True
    single: bool = False


BUILT_IN: Mapping[str, AccountType] = {
    "caldav": AccountType(),
    "feed": AccountType(writable=False, single=True),
    "folder": AccountType(single=True),
    "google": AccountType(),
    "memory": AccountType(),
}


@dataclass(frozen=True, slots=True)
class AccountShape:
    """One account: ``{type: caldav, url: …}``. Reads to ``{"type": str, "options": dict}`` and what else of
    the common keys is written."""

    types: Mapping[str, AccountType]
    common: Mapping[str, Key]
    schemas: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    not_built: frozenset[str] = frozenset()

    def read(self, node: Node, path: str, notes: Notes) -> Any:
        if node.kind != "mapping":
            notes.add(
                node, f"{quoted(path)} takes a mapping", "write one such as `{type: folder, path: ~/calendars/lee}`"
            )
            return INVALID
        kind = node.get("type")
        if kind is None:
            notes.add(
                node,
                f"`type` is missing in {quoted(path)}",
                f"write `type: {self._names()[0]}`; types are {self._known()}",
            )
            return INVALID
        chosen = self.types.get(kind.text) if kind.kind == "scalar" else None
        if chosen is None:
            near = nearest(kind.text, self.types)
            advice = f"did you mean `{near}`?" if near else f"types are {self._known()}"
            notes.add(kind, f"there is no account type {quoted(kind.text)}", advice)
            return INVALID
        values: dict[str, Any] = {"type": kind.text, "options": {}}
        for text, (key, value) in node.pairs.items():
            if text in self.common:
                if text != "type":
                    values[text] = self.common[text].shape.read(value, f"{path}.{text}", notes)
            elif text in self.not_built:
                notes.add(key, f"{quoted(f'{path}.{text}')} is not built yet", "remove it for now")
            else:
                values["options"][text] = plain_data(value)
        if chosen.options is not None:
            try:
                model = chosen.options()
            except BadValueError as bad:
                notes.add(kind, bad.what, bad.advice)
                return INVALID
            except Exception:  # a third party's package; whatever it fails with, the file's other problems are told too
                notes.add(
                    kind, f"account type `{kind.text}` cannot be used", "install the package that brings it again"
                )
                return INVALID
            check_options(model, values["options"], node, path, notes, skip=frozenset(self.common))
        return values

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        common = {}
        for text, key in self.common.items():
            about = f"{key.description} Default: {key.default}." if key.default else key.description
            common[text] = {"description": about, "examples": [key.example], **key.shape.schema(definitions)}
        common["type"]["enum"] = self._names()
        conditions = []
        for name, options in self.schemas.items():
            own = dict(options)
            for part, definition in own.pop("$defs", {}).items():
                definitions[f"{name}-{part}"] = _moved(definition, name)
            conditions.append(
                {
                    "if": {"properties": {"type": {"const": name}}},
                    "then": {
                        "properties": {**dict.fromkeys(common, True), **_moved(own.get("properties", {}), name)},
                        "required": own.get("required", []),
                        "additionalProperties": False,
                    },
                }
            )
        shape: dict[str, Any] = {"type": "object", "properties": common, "required": ["type"]}
        return {**shape, "allOf": conditions} if conditions else shape

    def _names(self) -> list[str]:
        return sorted(self.types)

    def _known(self) -> str:
        return listed(self._names(), "and")


def plain_data(node: Node) -> Any:
    """A value as dicts, lists and written text; None where nothing is written. What is meant is for its reader to
    say."""
    if node.kind == "mapping":
        return {text: plain_data(value) for text, (_, value) in node.pairs.items()}
    if node.kind == "list":
        return [plain_data(item) for item in node.items]
    return None if node.is_null else node.text


def check_options(
    model: Any, data: dict[str, Any], node: Node, path: str, notes: Notes, skip: frozenset[str] = frozenset()
) -> Any:
    """The pydantic model built from `data`, or INVALID with every problem noted at the key it is about."""
    from pydantic import ValidationError

    try:
        return model.model_validate(data)
    except ValidationError as error:
        seen: set[tuple[Any, ...]] = set()
        errors = error.errors(include_url=False, include_input=False, include_context=False)
        fields = [f.alias or name for name, f in model.model_fields.items()]
        for found in errors:  # a key that is called missing where a misspelt one stands for it would be said twice
            if found["type"] == "extra_forbidden":
                seen.add((nearest(str(found["loc"][0]), [*fields, *skip]),))
        for found in errors:
            loc = tuple(found["loc"])
            if loc[:1] in seen:
                continue  # a union reports each of its members
            seen.add(loc[:1])
            _note(found["type"], found["msg"], loc, fields, node, path, notes, skip)
        return INVALID
    except Exception:  # a third party's model; its words might quote a secret
        notes.add(node, f"the options of {quoted(path)} cannot be read", "check them against the manual of this type")
        return INVALID


def _note(
    sort: str,
    message: str,
    loc: tuple[Any, ...],
    fields: list[str],
    node: Node,
    path: str,
    notes: Notes,
    skip: frozenset[str],
) -> None:
    here, key = node, node
    for step in loc:
        pair = here.pairs.get(str(step)) if here.kind == "mapping" else None
        if pair is not None:
            key, here = pair
        elif here.kind == "list" and isinstance(step, int) and step < len(here.items):
            key = here = here.items[step]
    name = str(loc[0]) if loc else ""
    if sort == "extra_forbidden" and len(loc) == 1:
        near = nearest(name, [*fields, *skip])
        advice = f"did you mean `{near}`?" if near else f"the keys here are {listed([*sorted(skip), *fields], 'and')}"
        notes.add(key, f"unknown key {quoted(name)} in {quoted(path)}", advice)
    elif sort == "missing" and len(loc) == 1:
        notes.add(node, f"`{name}` is missing in {quoted(path)}", f"write `{name}: …`")
    else:
        what, _, advice = message.removeprefix("Value error, ").partition("; ")
        full = f"{path}.{name}" if name else path
        notes.add(here, f"{quoted(full)}: {what[:1].lower()}{what[1:]}", advice or "correct it")


def _moved(part: Any, name: str) -> Any:
    """A connector's schema with its references led to where its definitions are kept here."""
    if isinstance(part, dict):
        return {
            key: value.replace("#/$defs/", f"#/definitions/{name}-") if key == "$ref" else _moved(value, name)
            for key, value in part.items()
        }
    return [_moved(item, name) for item in part] if isinstance(part, list) else part
