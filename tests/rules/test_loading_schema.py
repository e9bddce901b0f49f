"""The shipped JSON Schema and the manual say what the reader reads."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from rules import catalogue, presets
from rules.schema import keys, schema
from rules.yamltree import Node, parse
from scheduler.schema_file import MANUAL, SCHEMA, manual, shipped_schema
from tests.rules.rule_texts import BASE, EXAMPLE, load
from tests.rules.test_loading_problems import TABLE

SHIPPED: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))


def as_editors_read(node: Node) -> Any:
    """A tree as an editor resolves it: the core schema of YAML 1.2."""
    if node.kind == "mapping":
        return {text: as_editors_read(value) for text, (_, value) in node.pairs.items()}
    if node.kind == "list":
        return [as_editors_read(item) for item in node.items]
    if node.plain:
        if node.text in ("", "~", "null"):
            return None
        if node.text in ("true", "false"):
            return node.text == "true"
        if re.fullmatch(r"[-+]?[0-9]+", node.text):
            return int(node.text)
        if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", node.text):
            return float(node.text)
    return node.text


def complaints(text: str) -> list[str]:
    data = as_editors_read(parse(text, "r.yaml")[0])
    return [error.message for error in jsonschema.Draft7Validator(SHIPPED).iter_errors(data)]


def test_the_shipped_schema_is_up_to_date() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == shipped_schema(), "run `python -m scheduler.schema_file`"


def test_the_manual_s_list_of_keys_is_up_to_date_and_has_every_key() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    assert text == manual(text), "run `python -m scheduler.schema_file`"
    for path, _ in keys():
        assert f"| `{path}` |" in text, path


def test_the_shipped_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SHIPPED)


def test_every_key_has_a_description_and_an_example() -> None:
    for path, key in keys():
        assert key.description.endswith((".", ")")), path
        assert key.example, path
    for name, definition in schema()["definitions"].items():
        for key_name, part in definition["properties"].items():
            assert part["description"], (name, key_name)
            assert part["examples"], (name, key_name)


def test_every_example_of_a_key_is_read_by_its_own_shape() -> None:
    from rules.shapes import Notes

    for path, key in keys():
        if key.example == "{…}":
            continue
        notes = Notes()
        key.shape.read(parse(key.example, "example")[0], path, notes)
        assert notes.problems == [], path


@pytest.mark.parametrize(
    "text", [BASE, EXAMPLE, *(f"{BASE}{presets.text(name).split('kinds:')[0]}" for name in presets.names())]
)
def test_the_schema_accepts_what_loads(text: str) -> None:
    load("", text)
    assert complaints(text) == []


def test_the_schema_accepts_every_way_to_write_a_value() -> None:
    added = (
        "holidays: [GB-ENG, DE]\nprotect: [{name: 1, on: [mon, wed-fri], at: 22:00-02:00}, {name: Lunch, off: yes}, "
        "{use: nature}, {use: evenings, at_most: 1 per week}, "
        "{name: 2, length: 5 min, between: sunrise - 1 h to 08:00}, "
        "{name: 3, length: 5 min, times: 3 a week}, {name: 4, amount: 1 h 30 min / month, pieces: 30 min to 1 h, "
        "satisfied_by: [{title: x}, {longer_than: 2 h}]}]\n"
        "breaks: {after: PT10M, before: 1 h 5 min, after_heavy: none}\n"
        "limits: {per_week: none, per_day: {weight: 1.5}}\n"
        "working_hours: [{Mon-Thu: 9:00 - 24:00, fri: none}, {from: 2027-01-01, until: 2027-02-01, every: 2 weeks, "
        "mon: none}]\npaused: false\nlocked: limits\npreset: trauma\n"
        "location: {latitude: -33, longitude: +18.4}\nnotes: {per_session: 10 min, by: end of day}\n"
    )
    text = BASE.replace("7f3k9q2m", "12345")
    load(added, text)
    assert complaints(text + added) == []


SEEN_BY_A_SCHEMA = [
    "horizon: 6", "breaks: {aftr: 10 min}", "brakes: {after: 10 min}", "edits: keeep", "paused: maybe", "limits: no",
    "limits: {per_day: {sessions: -1}}", "limits: {per_fortnight: {sessions: 3}}", "booking_proof: yes",
    "preset: balancd",
    "sessions: [{title: x}]", "grid: [5 min]", "rest: {between: 11 h}", "protect: [{use: natur}]",
    "protect: [{length: 1 h, between: 10:00-12:00}]", "location: {latitude: 95}", "working_hours: []",
    "protect: [{name: E, length: 1 h, times: 3 per wek, between: 07:00-20:00}]",
    "protect: [{name: E, between: 18:00-22:00, at_most: 2 per month}]",
    "protect: [{name: Prayer, length: 15 min, between: sunset}]",
]  # fmt: skip


@pytest.mark.parametrize("written", SEEN_BY_A_SCHEMA)
def test_the_schema_refuses_what_a_schema_can_see(written: str) -> None:
    assert written in [text for text, _ in TABLE]
    assert complaints(f"{BASE}{written}\n")


def test_the_schema_knows_the_options_of_the_account_types() -> None:
    assert complaints(BASE.replace("path: x", "pat: x"))
    assert complaints(BASE.replace("type: folder", "type: google"))


def test_every_example_of_the_manual_loads() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    examples = [block for block in blocks if not block.startswith("#")]
    assert len(examples) == 4
    for block in examples:
        text = block if block.startswith("practice:") else BASE + block
        load("", text)
        assert complaints(text) == []


def test_the_manual_s_items_load_and_it_names_every_entry_of_the_catalogue() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    section = text.partition("## Protected time")[2].partition("\n## ")[0]
    items = re.findall(r"^\| `(\{name: .*?\})` \|", section, re.MULTILINE)
    assert len(items) == 6
    assert len(load(f"protect: [{', '.join(items)}]\n").therapists["lee"].protect) == 6
    for name in catalogue.names():
        assert f"`{name}`" in section, name
