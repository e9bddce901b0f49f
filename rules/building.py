"""A therapist's checked values as the typed `Rules`. Everything here has been read and found right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules import values, windows
from rules.items import DEFAULT_WINDOW
from rules.occasions import slug
from rules.practice import (
    Blocks,
    Breaks,
    DaysOff,
    Edits,
    InARow,
    Kind,
    Limit,
    Location,
    Notes,
    ProtectItem,
    Quota,
    Rest,
    Rules,
    SessionRule,
    TitlePattern,
    WorkingHours,
)
from rules.yamltree import Node

NEUTRAL = "Busy"
"""A discreet block's title."""


def build(
    therapist: str, read: Mapping[str, Any], first_kind: str | None, where: dict[str, str], extra: dict[str, Any]
) -> Rules:
    """The rules from what was read. `first_kind` is bookable where nobody says what is."""
    kinds = {name: Kind(name=name, **kind) for name, kind in read.get("kinds", {}).items()}
    bookable = tuple(read["bookable"]) if "bookable" in read else (first_kind,) if first_kind else ()
    read, edits_by = _edits(read)
    limits = read.get("limits", {})
    optional = {key: read[key] for key in ("horizon", "grid", "edits", "paused") if key in read}
    return Rules(
        therapist=therapist,
        timezone=read["timezone"],
        read=tuple(read["read"]),
        write=read["write"],
        working_hours=_hours(read.get("working_hours")),
        kinds=kinds,
        bookable=bookable,
        sessions=tuple(_session(rule) for rule in read.get("sessions", ())),
        breaks=Breaks(**read.get("breaks", {})),
        per_day=Limit(**limits.get("per_day", {})),
        per_week=Limit(**limits.get("per_week", {})),
        in_a_row=InARow(**limits["in_a_row"]) if "in_a_row" in limits else None,
        rest=Rest(**read.get("rest", {})),
        notes=Notes(**{"at_least": read["notes"]["per_session"], **read["notes"]}) if "notes" in read else None,
        location=Location(**read["location"]) if "location" in read else None,
        protect=tuple(_item(item) for item in read.get("protect", ()) if not item.get("off")),
        days_off=_days_off(read.get("days_off", ()), read.get("holidays", ())),
        blocks=_blocks(read.get("blocks", {})),
        respect_others=read.get("respect") == "others",
        titles=read.get("titles") != "never",
        edits_by=edits_by,
        where=where,
        extra=extra,
        **optional,
    )


def _edits(read: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Edits]]:
    """What was read without the `edits` of sections and items, and those by section, items as ``protect/lunch``."""
    left, found = dict(read), {}
    for section in ("breaks", "limits", "rest", "notes"):
        if "edits" in left.get(section, {}):
            left[section] = dict(left[section])
            found[section] = left[section].pop("edits")
    left["protect"] = [dict(item) for item in left.get("protect", ())]
    for item in left["protect"]:
        if "edits" in item:
            found[f"protect/{slug(item['name'])}"] = item.pop("edits")
    return left, found


def places(tree: Node, path: str = "") -> dict[str, str]:
    """Dotted path -> ``file:line`` or ``preset name`` of everything in effect; items of `protect` go by name, other
    lists by number."""
    found: dict[str, str] = {}
    for text, (key, value) in tree.pairs.items():
        full = f"{path}.{text}" if path else text
        found[full] = key.place.brief
        if value.kind == "mapping":
            found.update(places(value, full))
        for number, item in enumerate(value.items if len(found) < 5000 else ()):
            name = item.get("name") if full == "protect" else None
            part = f"{full}.{' '.join(name.text.split()) if name is not None else number}"
            found[part] = item.place.brief
            if item.kind == "mapping":
                found.update(places(item, part))
    return found


def _hours(read: list[Mapping[str, Any]] | None) -> tuple[WorkingHours, ...] | None:
    if read is None:
        return None
    return tuple(
        WorkingHours(
            **{
                **entry,
                "days": {
                    values.DAYS.index(name): tuple(sorted(ranges, key=values.span_of))
                    for name, ranges in entry["days"].items()
                },
            }
        )
        for entry in read
    )


def _blocks(read: Mapping[str, Any]) -> Blocks:
    title = {"title": NEUTRAL} if read.get("discreet") else {}
    return Blocks(**{**title, **{key: value for key, value in read.items() if key != "calendar"}})


def _session(rule: Mapping[str, Any]) -> SessionRule:
    return SessionRule(**{**rule, "kind": None if rule.get("kind", "none") == "none" else rule["kind"]})


def _item(item: Mapping[str, Any]) -> ProtectItem:
    kept = {key: value for key, value in item.items() if key not in ("off", "use", "times", "amount", "pieces")}
    if "on" in kept:
        kept["on"] = frozenset().union(*kept["on"])
    quota = quota_of(item)
    if quota is not None and "between" not in kept and "after" not in kept:
        kept["between"] = windows.window(DEFAULT_WINDOW)
    kept["satisfied_by"] = tuple(_session(rule) for rule in item.get("satisfied_by", ()))
    return ProtectItem(**kept, quota=quota, used=item.get("use", ""))


def quota_of(item: Mapping[str, Any]) -> Quota | None:
    """What an item asks for in each period, from what was read."""
    if "times" in item:
        number, every = item["times"]
        return Quota(every, times=number)
    if "amount" in item:
        amount, every = item["amount"]
        least, most = item.get("pieces", (amount, amount))
        return Quota(every, amount=amount, least=least, most=most)
    return None


def _days_off(listed: list[Any] | tuple[()], holidays: list[str] | tuple[()]) -> DaysOff:
    titles = tuple(item["title"] for item in listed if isinstance(item, dict))
    ranges = tuple(item for item in listed if not isinstance(item, dict) and not isinstance(item, TitlePattern))
    return DaysOff(ranges=ranges, titles=titles, holidays=tuple(holidays))
