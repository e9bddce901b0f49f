"""Outcomes by hand: a day in one line each, such as ``"2026-11-25": "09:00-09:50 session, 09:50-10:00 break"``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rules.demand import Action, Block, Change, Finding, Load
from rules.practice import Limit, Rules
from rules.timeline import Interval, Session, instant, local_date, midnight, total, week_of
from scheduler.outcome import Outcome

LONDON = ZoneInfo("Europe/London")
PER_DAY = Limit(sessions=5, time=timedelta(hours=4, minutes=30))
PER_WEEK = Limit(sessions=20)
SIGNS: dict[str, Action] = {"+": "create", "~": "update", "-": "delete", "=": "keep"}


def at(day: date, text: str, zone: ZoneInfo) -> datetime:
    return midnight(day + timedelta(days=1), zone) if text == "24:00" else instant(day, time.fromisoformat(text), zone)


def stretch(day: date | str, text: str, zone: ZoneInfo = LONDON) -> Interval:
    """``stretch("2026-11-25", "09:00-09:50")``."""
    on = date.fromisoformat(day) if isinstance(day, str) else day
    start, end = text.split("-")
    return Interval(at(on, start, zone), at(on, end, zone))


def outcome(
    days: Mapping[str, str],
    *,
    until: str = "",
    now: datetime | None = None,
    zone: ZoneInfo = LONDON,
    therapist: str = "lee",
    practice: str = "Riverside Counselling",
    findings: Sequence[Finding] = (),
    days_off: Mapping[str, str] | None = None,
    per_day: Limit = PER_DAY,
    per_week: Limit = PER_WEEK,
    **more: Any,
) -> Outcome:
    """An outcome from days of ``TIMES WHAT [NAME]`` parted by commas, with the window from `now` (the first day's
    midnight) to the end of `until` (the last day).

    WHAT: session, busy, open, working; break, protect, notes, guard with a sign in front for what happens (``+break``).
    """
    dates = sorted(date.fromisoformat(day) for day in days)
    first, last = dates[0], date.fromisoformat(until) if until else dates[-1]
    start = now or midnight(first, zone)
    sessions: list[Session] = []
    plain: dict[str, list[Interval]] = {"busy": [], "open": [], "working": []}
    changes: list[Change] = []
    for day, text in days.items():
        for entry in filter(None, (part.strip() for part in text.split(","))):
            when, what, *name = entry.split(maxsplit=2)
            interval = stretch(day, when, zone)
            if what == "session":
                sessions.append(Session(id=f"s{len(sessions)}", interval=interval, kind="individual"))
            elif what in plain:
                plain[what].append(interval)
            else:
                changes.append(_change(what, interval, name[0] if name else "", len(changes)))
    by_day: dict[date, list[Session]] = {}
    for session in sessions:
        by_day.setdefault(local_date(session.start, zone), []).append(session)
    by_week: dict[date, list[Session]] = {}
    for day_, some in by_day.items():
        by_week.setdefault(week_of(day_), []).extend(some)
    fields: dict[str, Any] = {
        "practice": practice,
        "rules": Rules(therapist=therapist, timezone=zone, read=("a",), write="a", per_day=per_day, per_week=per_week),
        "window": Interval(start, midnight(last + timedelta(days=1), zone)),
        "sessions": tuple(sorted(sessions, key=lambda s: s.interval)),
        "busy": tuple(sorted(plain["busy"])),
        "working": tuple(sorted(plain["working"])),
        "days_off": {date.fromisoformat(day): why for day, why in (days_off or {}).items()},
        "changes": tuple(sorted(changes, key=lambda c: c.block.interval)),
        "findings": tuple(findings),
        "open": tuple(sorted(plain["open"])),
        "bookable_slots": 7,
        "day_load": {day_: load(some) for day_, some in by_day.items()},
        "week_load": {day_: load(some) for day_, some in by_week.items()},
        "state": "abc",
    }
    return Outcome(**{**fields, **more})


def load(sessions: Sequence[Session]) -> Load:
    minutes = int(total(s.interval for s in sessions).total_seconds() // 60)
    return Load(sessions=len(sessions), minutes=minutes, weight=float(len(sessions)))


def _change(what: str, interval: Interval, name: str, number: int) -> Change:
    sign, what = (what[0], what[1:]) if what[0] in SIGNS else ("=", what)
    rule = {"break": "breaks.after", "protect": "protect", "notes": "notes", "guard": "limits.per_day"}[what]
    shown = name or {"break": "Break", "protect": "Lunch", "notes": "Notes", "guard": "Held"}[what]
    why = {"break": "after the session that ends then", "guard": "the day has its 5 sessions"}.get(what, "")
    block = Block(key=f"k{number}", rule=rule, name=shown, interval=interval, guard=what == "guard", why=why)
    was = None
    if sign == "~":
        was = Interval(interval.start - timedelta(hours=1), interval.end - timedelta(hours=1))
    elif sign == "-":
        was = interval
    return Change(action=SIGNS[sign], block=block, was=was)
