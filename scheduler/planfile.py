"""A saved plan: what `preview --output plan.json` adds for `apply`, and how it is read again.

It holds what section 7 of the rule-file contract lists, and under `asked` what the preview was asked for and the rule
files it was made from: by path, and by a keyed hash of the practice's id, so that a file that was moved is found.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors import ownership
from rules.demand import Block, Change
from rules.practice import Practice, Rules
from rules.timeline import Interval
from scheduler.ask import Ask, Moment
from scheduler.years import YEARS

VERSION = 1
ACTIONS = ("create", "update", "keep", "delete")
AT_ONCE = timedelta(minutes=5)
"""A plan that was made so short a time ago is applied as it stands: what has begun since has hardly begun."""
MOST_BYTES = 64 * 1024 * 1024
_AGAIN = "make a new one with `session-breaks preview --output FILE.json`"


class PlanFileError(Exception):
    """A saved plan cannot be used. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One therapist's plan. `owner`: as in the tags of the blocks; `changes`: all blocks with what was to happen."""

    practice: str
    therapist: str
    owner: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A rule file that a plan was made from. `id`: a keyed hash of the practice's id."""

    practice: str
    id: str
    file: Path


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan as it was saved, with what the preview was asked for."""

    now: datetime
    plans: tuple[Planned, ...]
    sources: tuple[Source, ...]
    therapist: str | None
    start: Moment | None
    end: Moment | None
    restore: tuple[str, ...]
    looks: Mapping[str, str]
    made: datetime

    def clock(self, real: datetime) -> datetime | None:
        """The time that it has got to be, counted from the plan's `now`, when `real` is the time on the clock; None
        where that is hardly any later."""
        gone_by = real - self.made
        return self.now + gone_by if gone_by > AT_ONCE else None


def asked(practices: Sequence[Practice], ask: Ask, *, now_given: bool) -> dict[str, Any]:
    """What a plan has to say of how it was made, as JSON. `now_given`: its `now` is not the time on the clock."""
    return {
        "now_given": now_given,
        "looks": {
            ownership.owner_of(p.id, name): _looks(p, rules) for p in practices for name, rules in p.therapists.items()
        },
        "therapist": ask.therapist,
        "from": None if ask.start is None else ask.start.isoformat(),
        "to": None if ask.end is None else ask.end.isoformat(),
        "restore": list(ask.restore.what),
        "rule_files": [
            {"practice": p.name, "id": source_id(p), "file": str(Path(p.source).resolve())} for p in practices
        ],
    }


def _looks(practice: Practice, rules: Rules) -> str:
    """A keyed digest of how the rule file has blocks look, which no change says."""
    blocks = rules.blocks
    return ownership.hashed(practice.id, "looks", repr((blocks.title, blocks.private, blocks.discreet)))


def looks_changed(saved: Saved, practices: Sequence[Practice]) -> list[Planned]:
    """The plans of therapists whose blocks have to look otherwise by now: that is not what was looked at."""
    now = {ownership.owner_of(p.id, name): _looks(p, rules) for p in practices for name, rules in p.therapists.items()}
    return [one for one in saved.plans if saved.looks.get(one.owner, "") not in ("", now.get(one.owner))]


def source_id(practice: Practice) -> str:
    """A keyed hash of a practice's id."""
    return ownership.owner_of(practice.id, "")


def load(path: Path) -> Saved:
    """Read a saved plan. Raises PlanFileError."""
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
            written = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except OSError as error:
        raise PlanFileError(f"{path}: cannot be read ({error.strerror})") from None
    if len(body) > MOST_BYTES:
        raise PlanFileError(f"{path}: too large to be a plan; {_AGAIN}")
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise PlanFileError(f"{path}: no plan, or a damaged one: it is not JSON; {_AGAIN}") from None
    if not isinstance(document, dict) or not isinstance(document.get("version"), int):
        raise PlanFileError(f"{path}: this is JSON, but no plan of session-breaks; {_AGAIN}")
    if document["version"] != VERSION:
        raise PlanFileError(
            f"{path}: a plan of version {document['version']}; this program applies version {VERSION}; {_AGAIN}"
        )
    try:
        return _saved(document, written)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise PlanFileError(f"{path}: a damaged plan; {_AGAIN}") from None


def rule_files(saved: Saved, folder: Path, loaded: Callable[[Path], str | None]) -> list[Path]:
    """Where the rule files of a plan are now: where they were, else in the practices folder. `loaded`: the `id` of a
    rule file, None where it cannot be read. Raises PlanFileError where one is not found."""
    found = []
    for source in saved.sources:
        places = [source.file, *sorted(folder.glob("*.yaml"))]
        path = next((p for p in places if p.is_file() and loaded(p) == source.id), None)
        if path is None and source.file.is_file() and loaded(source.file) is None:
            path = source.file  # its problems are told when it is loaded
        if path is None:
            raise PlanFileError(
                f"the rule file of {source.practice} is no longer {source.file}; name it: "
                "session-breaks apply PLAN FILE"
            )
        found.append(path)
    return found


def plans_for(saved: Saved, practices: Sequence[Practice]) -> Mapping[str, tuple[Change, ...]]:
    """The changes of each therapist by owner. Raises PlanFileError where a practice or a therapist of the plan is not
    among those of the rule files."""
    known = {ownership.owner_of(practice.id, name): name for practice in practices for name in practice.therapists}
    here = {source_id(practice) for practice in practices}
    for source in saved.sources:
        if source.id not in here:
            raise PlanFileError(f"the plan was made for {source.practice}, whose rule file is not among those named")
    for planned in saved.plans:
        if planned.owner not in known:
            raise PlanFileError(
                f"{planned.practice} / {planned.therapist}: no longer in the rule file, so that this plan cannot be "
                f"applied; {_AGAIN}"
            )
        if planned.therapist != known[planned.owner]:
            raise PlanFileError(
                f"a damaged plan: the blocks that it says are {planned.therapist}'s are {known[planned.owner]}'s; "
                f"{_AGAIN}"
            )
    return {planned.owner: planned.changes for planned in saved.plans}


def _saved(document: Mapping[str, Any], written: datetime) -> Saved:
    """`written`: when the file was. A plan for another time than the clock's does not say when it was made, so that the
    same preview gives the same file."""
    asked_for = document["asked"]
    now = _time(document["now"])
    return Saved(
        now=now,
        looks={_text(owner): _text(one) for owner, one in asked_for.get("looks", {}).items()},
        made=written if asked_for.get("now_given", True) else now,
        plans=tuple(_planned(one) for one in document["therapists"]),
        sources=tuple(
            Source(_text(one["practice"]), _text(one["id"]), Path(_text(one["file"])))
            for one in asked_for["rule_files"]
        ),
        therapist=None if asked_for["therapist"] is None else _text(asked_for["therapist"]),
        start=_moment(asked_for["from"]),
        end=_moment(asked_for["to"]),
        restore=tuple(_text(one) for one in asked_for["restore"]),
    )


def _planned(one: Mapping[str, Any]) -> Planned:
    changes = tuple(_change(block) for block in one["blocks"])
    return Planned(_text(one["practice"]), _text(one["therapist"]), _text(one["owner"]), changes)


def _change(one: Mapping[str, Any]) -> Change:
    action = one["action"]
    if action not in ACTIONS:
        raise ValueError("an action that there is not")
    block = Block(
        key=_text(one["key"]),
        rule=_text(one["rule"]),
        name=_text(one["name"]),
        interval=_interval(one),
        guard=bool(one.get("guard", False)),
    )
    return Change(action=action, block=block, was=_interval(one["was"]) if "was" in one else None)


def _interval(one: Mapping[str, Any]) -> Interval:
    return Interval(_time(one["start"]), _time(one["end"]))


def _time(text: object) -> datetime:
    moment = datetime.fromisoformat(_text(text))
    if moment.tzinfo is None or not _within_reach(moment):
        raise ValueError("a time without offset, or at which nothing can be planned")
    return moment.astimezone(UTC)


def _moment(text: object) -> Moment | None:
    if text is None:
        return None
    written = _text(text)
    moment = date.fromisoformat(written) if len(written) == 10 else datetime.fromisoformat(written)
    if not _within_reach(moment):
        raise ValueError("a time at which nothing can be planned")
    return moment


def _within_reach(moment: Moment) -> bool:
    return YEARS[0] <= moment.year <= YEARS[1]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text where there should be one")
    return value
