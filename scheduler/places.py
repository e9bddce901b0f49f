"""Where in the rule file something stands: the way from a key, a finding or a date to `Rules.where`. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules import limits
from rules.demand import Finding, Load
from rules.diary import Diary
from rules.limits import Period
from rules.practice import Limit, ProtectItem, Rules
from rules.timeline import week_of
from rules.workdays import hours_on
from scheduler.board import item_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MEASURES = ("sessions", "time", "weight", "heavy")


def place_of(rules: Rules, *paths: str) -> str:
    """``riverside.yaml:31`` or ``preset balanced`` for the first of these dotted paths that was written, else for what
    the last one is a part of; '' where the file says nothing of it."""
    for path in paths:
        if path in rules.where:
            return rules.where[path]
    path = paths[-1] if paths else ""
    while path:
        if path in rules.where:
            return rules.where[path]
        path = path.rpartition(".")[0]
    return ""


def of_key(diary: Diary, key: str, rule: str) -> str:
    """The place of the rule that a block which is no guard comes from."""
    if rule == "protect":
        item = item_of(diary, key)
        return place_of(diary.rules, path_of(item) if item is not None else "protect")
    if rule in ("breaks.after", "breaks.before"):
        return _of_break(diary, key.split("/")[1], rule)
    return place_of(diary.rules, rule)


def of_finding(diary: Diary, finding: Finding) -> str:
    """The place of the rule that a finding is about."""
    rules, day = diary.rules, diary.date_of(finding.interval.start)
    if finding.rule == "protect":
        item = item_named(rules, finding.message)
        return place_of(rules, path_of(item)) if item is not None else place_of(rules, "protect")
    if finding.rule == "breaks":
        session = next((s for s in diary.sessions if s.end == finding.interval.start), None)
        return place_of(rules, "breaks") if session is None else _of_break(diary, session.id, "breaks.after")
    if finding.rule == "limits.per_day":
        return of_limit(diary, "per_day", limits.loads(diary, "per_day").get(day, Load()))
    if finding.rule == "limits.per_week":
        return of_limit(diary, "per_week", limits.loads(diary, "per_week").get(week_of(day), Load()))
    return of_day_off(diary, day) if finding.rule == "days_off" else place_of(rules, finding.rule)


def of_limit(diary: Diary, period: Period, load: Load) -> str:
    """The place of the first measure of a limit that a load is over; of the whole limit where it is over none."""
    limit = limits.limit_of(diary, period)
    for measure in MEASURES:
        if limits.over(load, Limit(**{measure: getattr(limit, measure)})):
            return place_of(diary.rules, f"limits.{period}.{measure}")
    return place_of(diary.rules, f"limits.{period}")


def of_hours(rules: Rules, day: date) -> str:
    """The place of the working hours that decide on a date."""
    name, decided = DAYS[day.weekday()], hours_on(rules, day)
    for number, some in reversed(list(enumerate(rules.working_hours or ()))):
        if day.weekday() in some.days and hours_on(replace(rules, working_hours=(some,)), day) == decided:
            return place_of(rules, f"working_hours.{number}.{name}", f"working_hours.{name}")
    return place_of(rules, "working_hours")


def of_day_off(diary: Diary, day: date) -> str:
    """The place of what makes a date a day off; '' where the calendar alone does (an out-of-office status)."""
    rules, why = diary.rules, diary.days_off.get(day, "")
    if why.startswith("public holiday"):
        return place_of(rules, "holidays")
    if why == "no working hours":
        return of_hours(rules, day)
    ranges = rules.days_off.ranges
    number = next((n for n, (first, last) in enumerate(ranges) if first <= day <= last), None)
    if number is not None and not rules.days_off.titles:  # else the file's own numbering is not kept
        return place_of(rules, f"days_off.{number}")
    return place_of(rules, "days_off")


def item_named(rules: Rules, message: str) -> ProtectItem | None:
    """The protected item that a finding's message names; of names that hold each other the longest."""
    named = [i for i in rules.protect if i.name in message]
    return max(named, key=lambda i: len(i.name), default=None)


def path_of(item: ProtectItem) -> str:
    """An item's dotted path."""
    return f"protect.{' '.join(item.name.split())}"


def _of_break(diary: Diary, session_id: str, rule: str) -> str:
    """A break's place: what the session's kind says, else what the breaks say of heavy kinds, else of all."""
    session = next((s for s in diary.sessions if s.id == session_id), None)
    side = rule.rpartition(".")[2]
    if session is None:
        return place_of(diary.rules, rule)
    kind = diary.rules.kinds[session.kind]
    if (kind.after if side == "after" else kind.before) is not None:
        return place_of(diary.rules, f"kinds.{kind.name}.{side}")
    heavy = side == "after" and kind.heavy and diary.rules.breaks.after_heavy is not None
    return place_of(diary.rules, "breaks.after_heavy") if heavy else place_of(diary.rules, rule)
