"""`doctor`: whether each account can be used as the rule file says, and how to mend what cannot; and what a nightly run
should say about an account before it fails."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors import registry
from connectors.base import CalendarError, Context
from connectors.checkup import Check
from rules.practice import Practice, Rules
from rules.timeline import Interval, local_date, midnight
from scheduler.ask import bug
from scheduler.desk import context_of

_MARKS = {"good": "ok", "note": "note", "wrong": "WRONG"}


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about one account. therapists: whose calendars are in it."""

    practice: Practice
    account: str
    therapists: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def well(self) -> bool:
        return all(check.level != "wrong" for check in self.checks)


def look(
    practices: Sequence[Practice],
    state: Path,
    now: datetime,
    *,
    therapist: str | None,
    progress: Callable[[str, int, int], None],
    debug: bool = False,
) -> list[Report]:
    """What is found about every account (of `therapist` only, where one is named). Reads one day, today, of each
    calendar that is read or written; writes to none."""
    reports = []
    for practice in practices:
        for account in practice.accounts:
            if therapist is None or _users(practice, account, therapist):
                progress(account, 0, 0)
                reports.append(_report(practice, account, state, now, therapist, debug))
    return reports


def at_night(practices: Sequence[Practice], state: Path, now: datetime, therapist: str | None) -> list[str]:
    """What a nightly run should say: a line for each account that works tonight and soon will not. Sends nothing."""
    told = []
    for practice in practices:
        for account in practice.accounts:
            if any(not rules.paused for rules in _users(practice, account, therapist)):
                checks = _checkup(practice, account, state, now, debug=False)
                told += [f"{practice.name}: {check.text}" for check in checks if check.nightly]
    return told


def _report(practice: Practice, account: str, state: Path, now: datetime, therapist: str | None, debug: bool) -> Report:
    users = _users(practice, account, therapist)
    checks = list(_checkup(practice, account, state, now, debug))
    places: dict[str, tuple[Rules, bool]] = {}
    for rules in users:
        for place in (*rules.read, rules.write):
            if place.partition("/")[0] == account:
                _, written = places.get(place, (rules, False))
                places[place] = rules, written or place == rules.write
    if all(check.level != "wrong" for check in checks):  # else it would be the same once more
        context = context_of(practice, account, state, now, titles=True)
        for place, (rules, written) in places.items():
            asking = replace(context, titles=context.titles and rules.titles)  # as a sync would ask
            checks.append(_calendar(practice.accounts[account].type, place, asking, rules.timezone, written, debug))
    if not users:
        checks.append(Check("note", "no therapist uses this account; name it under `read`, or remove it"))
    own = tuple(
        Check(check.level, check.text.removeprefix(f"{account}: "), check.nightly) for check in dict.fromkeys(checks)
    )
    own = tuple(sorted(own, key=lambda check: check.level == "note"))  # what needs reading comes last
    return Report(practice, account, tuple(rules.therapist for rules in users), own)


def _users(practice: Practice, account: str, therapist: str | None) -> list[Rules]:
    """The therapists (only this one, where one is named) with a calendar in the account."""
    return [
        rules
        for rules in practice.therapists.values()
        if therapist in (None, rules.therapist)
        and any(place.partition("/")[0] == account for place in (*rules.read, rules.write))
    ]


def _checkup(practice: Practice, account: str, state: Path, now: datetime, debug: bool) -> Iterator[Check]:
    kind = practice.accounts[account].type
    try:
        yield from registry.checkup(kind, context_of(practice, account, state, now))
    except CalendarError as error:
        yield Check("wrong", str(error))
    except Exception as error:  # a third party's connector may fail in any way
        yield Check("wrong", bug(error, debug))


def _calendar(kind: str, place: str, context: Context, zone: ZoneInfo, written: bool, debug: bool) -> Check:
    """Whether a calendar can be read today."""
    today = local_date(context.now, zone)
    day = Interval(midnight(today, zone), midnight(today + timedelta(days=1), zone))
    try:
        calendar = registry.open_calendar(kind, place.partition("/")[2] or None, context)
        try:
            reading = calendar.read(day, zone)
        finally:
            calendar.close()
    except CalendarError as error:
        return Check("wrong", str(error))
    except Exception as error:  # a third party's connector may fail in any way
        return Check("wrong", bug(error, debug))
    if written and not calendar.writable:
        return Check("wrong", f"{place} can be read, but not written; let `write` name another calendar")
    if reading.unexpanded:
        return Check("note", f"{place} can be read but for some events; `preview` says at which times")
    return Check("good", f"{place} can be read")


def as_text(reports: Sequence[Report], width: int) -> str:
    """The reports, account by account, on lines of at most `width`."""
    lines: list[str] = []
    for number, report in enumerate(reports):
        practice = report.practice
        if number == 0 or reports[number - 1].practice is not practice:
            lines += [""] if lines else []
            lines.append(f"{practice.source} ({practice.name})")
        kind = practice.accounts[report.account].type
        used = f", for {', '.join(report.therapists)}" if report.therapists else ""
        lines.append(f"  {report.account} ({kind}{used})")
        for check in report.checks:
            mark = f"    {_MARKS[check.level]:<5}  "
            lines += textwrap.wrap(
                check.text,
                width,
                initial_indent=mark,
                subsequent_indent=" " * len(mark),
                break_long_words=False,
                break_on_hyphens=False,
            )
    wrong = sum(not report.well for report in reports)
    said = "All is well." if not wrong else f"{wrong} of {len(reports)} accounts cannot be used as the rule file says."
    return "\n".join([*lines, "", said])


def as_json(reports: Sequence[Report], now: datetime) -> str:
    """The reports for other programs."""
    accounts: list[dict[str, Any]] = [
        {
            "file": report.practice.source,
            "practice": report.practice.name,
            "account": report.account,
            "type": report.practice.accounts[report.account].type,
            "therapists": list(report.therapists),
            "well": report.well,
            "checks": [{"level": check.level, "text": check.text} for check in report.checks],
        }
        for report in reports
    ]
    well = all(report.well for report in reports)
    return json.dumps({"version": 1, "now": now.isoformat(), "well": well, "accounts": accounts}, indent=1)
