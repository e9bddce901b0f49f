"""The plan as JSON, for programs and for the file that `apply` takes (section 7 of the rule-file contract)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rules.demand import Change, Finding, Load
from rules.timeline import Interval
from scheduler.outcome import Failure, Outcome, Result

VERSION = 1


def render(
    results: Sequence[Result],
    now: datetime,
    asked: Mapping[str, Any] | None = None,
    departed: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """Every therapist's plan as one JSON document that ends with a newline.

    Times are ISO 8601 with the offset that the therapist's zone has at that instant (`now`, which belongs to nobody, in
    UTC); keys come in a fixed order and the text is pure ASCII. A therapist for whom nothing was planned stands in
    ``errors``; one whose plan a brake refused stands in both. `asked`: what the plan was made from, for `apply`;
    `departed`: what a sync clears after therapists who left.
    """
    therapists: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    for result in results:
        outcome: Outcome | None
        if isinstance(result, Failure):
            errors.append(
                {
                    "practice": result.practice,
                    "therapist": result.therapist,
                    "kind": result.kind,
                    "message": result.message,
                }
            )
            outcome = result.outcome
        else:
            outcome = result
        if outcome is not None:
            therapists.append(_therapist(outcome))
    document: dict[str, Any] = {"version": VERSION, "now": now.astimezone(UTC).isoformat()}
    document |= {"therapists": therapists, "errors": errors}
    document |= {} if departed is None else {"departed": [dict(one) for one in departed]}
    document |= {} if asked is None else {"asked": dict(asked)}
    return json.dumps(document, indent=2) + "\n"


def _therapist(outcome: Outcome) -> dict[str, Any]:
    zone = outcome.rules.timezone
    return {
        "practice": outcome.practice,
        "therapist": outcome.rules.therapist,
        "timezone": zone.key,
        "window": _span(outcome.window, zone),
        "sessions": [{**_span(s.interval, zone), "kind": s.kind} for s in outcome.sessions],
        "blocks": [_block(change, zone) for change in outcome.changes],
        "findings": [_finding(finding, zone) for finding in outcome.findings],
        "open": [_span(stretch, zone) for stretch in outcome.open],
        "bookable_slots": outcome.bookable_slots,
        "load": [{"date": day.isoformat(), **_load(outcome.day_load[day])} for day in sorted(outcome.day_load)],
        "week_load": [{"week": day.isoformat(), **_load(outcome.week_load[day])} for day in sorted(outcome.week_load)],
        "days_off": [{"date": day.isoformat(), "reason": outcome.days_off[day]} for day in sorted(outcome.days_off)],
        "by_hand": [
            {"key": one.key, "name": one.name, "how": one.how, **_span(one.interval, zone)}
            for one in outcome.kept_by_hand
        ],
        "state": outcome.state,
        "owner": outcome.owner,
    }


def _block(change: Change, zone: ZoneInfo) -> dict[str, Any]:
    block = change.block
    shown: dict[str, Any] = {
        "key": block.key,
        "rule": block.rule,
        "name": block.name,
        **_span(block.interval, zone),
        "action": change.action,
    }
    if change.was is not None:
        shown["was"] = _span(change.was, zone)
    shown["why"] = block.why
    shown["guard"] = block.guard
    if change.by_hand:
        shown["by_hand"] = True
    return shown


def _finding(finding: Finding, zone: ZoneInfo) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "rule": finding.rule,
        "code": finding.code,
        **_span(finding.interval, zone),
        "message": finding.message,
        "advice": finding.advice,
    }
    if finding.grade:
        shown["grade"] = finding.grade
    return shown


def _load(load: Load) -> dict[str, int | float]:
    return {"sessions": load.sessions, "minutes": load.minutes, "weight": load.weight, "heavy": load.heavy}


def _span(interval: Interval, zone: ZoneInfo) -> dict[str, str]:
    return {
        "start": interval.start.astimezone(zone).isoformat(),
        "end": interval.end.astimezone(zone).isoformat(),
    }
