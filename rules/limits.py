"""Limits per day and per week: how much is there, what is over, and which bookings would be too much.

Rule-file.md, section 4, rows `limits.per_day` and `per_week`. A session counts on the local date, and in the ISO week,
it starts on. Time is the union of the sessions, so two at once do not count twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from rules.demand import Ban, Finding, Load
from rules.diary import Diary, minutes, plural
from rules.practice import Kind, Limit
from rules.timeline import Interval, Session, local_dates, midnight, total, week_of

Period = Literal["per_day", "per_week"]


def loads(diary: Diary, period: Period) -> Mapping[date, Load]:
    """How much each date, or each week by its Monday, holds; periods without sessions are left out."""
    if period not in diary.known:
        diary.known[period] = MappingProxyType(_loads(diary, period))
    found: Mapping[date, Load] = diary.known[period]
    return found


def _loads(diary: Diary, period: Period) -> dict[date, Load]:
    groups: dict[date, list[Session]] = defaultdict(list)
    for session in diary.sessions:
        groups[_period_of(diary.date_of(session.start), period)].append(session)
    return {when: load_of(group, diary) for when, group in sorted(groups.items())}


def load_of(sessions: Iterable[Session], diary: Diary) -> Load:
    """What these sessions add up to."""
    every = list(sessions)
    kinds = [diary.rules.kinds[s.kind] for s in every]
    return Load(
        sessions=len(every),
        minutes=minutes(total(s.interval for s in every)),
        weight=round(sum(k.weight for k in kinds), 6),
        heavy=sum(k.heavy for k in kinds),
    )


def limit_of(diary: Diary, period: Period) -> Limit:
    """The limit that holds for a day or a week."""
    return diary.rules.per_day if period == "per_day" else diary.rules.per_week


def over(load: Load, limit: Limit) -> list[str]:
    """Each measure that is over its limit, in words: ``6 of 5 sessions``."""
    said: list[str] = []
    if limit.sessions is not None and load.sessions > limit.sessions:
        said.append(f"{load.sessions} of {plural(limit.sessions, 'session')}")
    if limit.time is not None and load.minutes > minutes(limit.time):
        said.append(f"{hours(load.minutes)} of {hours(minutes(limit.time))}")
    if limit.weight is not None and load.weight > limit.weight + 1e-9:
        said.append(f"weight {load.weight:g} of {limit.weight:g}")
    if limit.heavy is not None and load.heavy > limit.heavy:
        said.append(f"{load.heavy} of {plural(limit.heavy, 'heavy session')}")
    return said


def with_booking(load: Load, kind: Kind) -> Load:
    """The load after one more session of this kind, which overlaps none."""
    return Load(
        sessions=load.sessions + 1,
        minutes=load.minutes + minutes(kind.length),
        weight=round(load.weight + kind.weight, 6),
        heavy=load.heavy + kind.heavy,
    )


def breaks_limit(load: Load, kind: Kind, limit: Limit) -> bool:
    """Whether one more session of this kind would break the limit, or make worse what is over already."""
    after = with_booking(load, kind)
    return (
        (limit.sessions is not None and after.sessions > limit.sessions)
        or (limit.time is not None and after.minutes > minutes(limit.time))
        or (limit.weight is not None and after.weight > limit.weight + 1e-9 and kind.weight > 0)
        or (limit.heavy is not None and after.heavy > limit.heavy and kind.heavy)
    )


def findings(diary: Diary) -> list[Finding]:
    """Days and weeks in the window that hold more than their limit; one finding for each, with every measure that is
    over."""
    found: list[Finding] = []
    for period in ("per_day", "per_week"):
        limit = limit_of(diary, period)
        for when, load in loads(diary, period).items():
            span = _span(diary, when, period)
            said = over(load, limit)
            if not said or span.end <= diary.now or span.start >= diary.window.end:
                continue
            label = diary.day_name(when) if period == "per_day" else f"Week of {diary.day_name(when)}"
            found.append(
                Finding(
                    rule=f"limits.{period}",
                    code="over-limit",
                    interval=span,
                    message=f"{label}: {', '.join(said)}",
                    advice="move or cancel a session, or raise the limit"
                    if period == "per_day"
                    else "move a session to another week",
                )
            )
    return found


def bans(diary: Diary, kind: Kind) -> list[Ban]:
    """The local dates, from yesterday on, on which one more session of this kind would break a limit, one ban a
    date."""
    by_day, by_week = loads(diary, "per_day"), loads(diary, "per_week")
    found: list[Ban] = []
    for day in local_dates(diary.geometry, diary.rules.timezone):
        week = week_of(day)
        if breaks_limit(by_day.get(day, Load()), kind, diary.rules.per_day):
            rule, why = "limits.per_day", f"{diary.day_name(day)} is full"
        elif breaks_limit(by_week.get(week, Load()), kind, diary.rules.per_week):
            rule, why = "limits.per_week", f"the week of {diary.day_name(week)} is full"
        else:
            continue
        found.append(Ban(kind=kind.name, starts=_span(diary, day, "per_day"), rule=rule, why=why, closes=True))
    return found


def hours(count: int) -> str:
    """Minutes as a length people read: ``4 h 30``."""
    return f"{count // 60} h {count % 60:02d}" if count % 60 else f"{count // 60} h"


def _period_of(day: date, period: Period) -> date:
    return day if period == "per_day" else week_of(day)


def _span(diary: Diary, when: date, period: Period) -> Interval:
    zone = diary.rules.timezone
    return Interval(midnight(when, zone), midnight(when + timedelta(days=1 if period == "per_day" else 7), zone))
