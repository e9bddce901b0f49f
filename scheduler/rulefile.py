"""The rule file on disk: read with every connector's own options and every installed third-party rule; and what is
odd in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any

from rules import catalogue, presets
from rules.accounts import BUILT_IN, AccountType
from rules.keys import NOT_BUILT, rule_file
from rules.loading import load_text
from rules.practice import Practice
from rules.problems import BadValueError, Place, Problem, RuleFileError
from rules.yamltree import LONGEST_TEXT, parse
from scheduler.oddities import holidays, warnings

__all__ = [
    "RULES_GROUP",
    "account_types",
    "figures",
    "holidays",
    "load",
    "schema_path",
    "third_party_rules",
    "warnings",
]

RULES_GROUP = "session_breaks.rules"


def load(path: str | Path) -> Practice:
    """The practice in a rule file. Raises RuleFileError with every problem, also where the file cannot be read at
    all."""
    name = str(path)
    return load_text(_text(Path(path), name), name, connector_checks=account_types(), extra_rules=third_party_rules())


def figures(practice: Practice) -> list[str]:
    """Every value of the preset that a rule file begins with, and of the entries of the catalogue that it uses, each
    with its mark and source; a value that the file overrides is said to be."""
    tree, _ = parse(_text(Path(practice.source), practice.source), practice.source)
    chosen = tree.get("preset")
    told = ["P: read on the body's or journal's own page; S: on a secondary page; D: our choice, no evidence"]
    if chosen is not None and not chosen.is_none:
        name = chosen.text.strip()
        told += [
            f"preset {name}: {presets.about(name)}",
            *_explained(presets.figures(name), practice, f"preset {name}"),
        ]
    used = dict.fromkeys(item.used for rules in practice.therapists.values() for item in rules.protect if item.used)
    for entry in used:
        names = [i.name for rules in practice.therapists.values() for i in rules.protect if i.used == entry]
        own = [
            replace(figure, path=f"protect.{names[0]}{figure.path[len(entry) :]}")
            for figure in catalogue.figures(entry)
        ]
        told += [f"catalogue, {entry}:", *_explained(own, practice, catalogue.SOURCE)]
    return told if len(told) > 1 else ["there is no preset in this file, and nothing of the catalogue"]


def _explained(figures: Sequence[presets.Figure], practice: Practice, source: str) -> Iterator[str]:
    therapists = practice.therapists.values()
    places = [{path.casefold(): place for path, place in rules.where.items()} for rules in therapists]
    items = {item.name.casefold() for rules in therapists for item in rules.protect}
    for figure in figures:
        path, listed, _ = figure.path.casefold().partition(".satisfied_by.")
        path += ".satisfied_by" if listed else ""
        gone = path.startswith("protect.") and path.split(".")[1] not in items
        stands = path.endswith(".name") or any(found.get(path) == source for found in places)
        changed = "" if stands and not gone else " (overridden or switched off here)"
        yield f"  {figure.path}: {figure.value}{changed}  {figure.mark}: {figure.source}"


def account_types() -> dict[str, AccountType]:
    """Every account type that is installed, with its connector's options (imported only when an account is of the
    type)."""
    from connectors import registry

    found = {}
    for name in registry.types():
        known = BUILT_IN.get(name, AccountType())
        found[name] = AccountType(options=partial(_options_model, name), writable=known.writable, single=known.single)
    return found


def _options_model(name: str) -> Any:
    from connectors import registry
    from connectors.base import CalendarError

    try:
        return registry.options_model(name)
    except CalendarError as error:
        what, _, advice = str(error).partition("; ")
        raise BadValueError(what, advice or "choose another account type") from None


class _Installed(Mapping[str, Any]):
    """Third-party rules by their key, each imported only when a rule file uses it."""

    def __init__(self, points: Mapping[str, EntryPoint]) -> None:
        self._points = points

    def __getitem__(self, key: str) -> Any:
        return self._points[key].load()

    def __iter__(self) -> Iterator[str]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)


def third_party_rules() -> Mapping[str, Any]:
    """The rules that other packages register in the group ``session_breaks.rules``; none can take a key of the rule
    file itself."""
    own = set(rule_file().keys) | NOT_BUILT
    return _Installed({point.name: point for point in entry_points(group=RULES_GROUP) if point.name not in own})


def schema_path() -> Path:
    """Where the shipped JSON Schema is, for editors."""
    return Path(str(files("rules") / "rule-file.schema.json"))


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(4 * LONGEST_TEXT + 1)
    except OSError as error:
        what, advice = _cannot(error)
        raise RuleFileError([Problem(Place(name, 1, 1), what, advice)]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = Place(name, before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1)
        problem = Problem(place, "this is not UTF-8 text", "save the file as UTF-8")
        raise RuleFileError([problem]) from None


def _cannot(error: OSError) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        return "there is no such file", "check the path, or write one with `session-breaks init`"
    if isinstance(error, IsADirectoryError):
        return "this is a folder", "name a rule file in it"
    if isinstance(error, PermissionError):
        return "this file may not be read", "give yourself the right to read it"
    return f"this file cannot be read ({error.strerror or type(error).__name__})", "check the path and the disk"
