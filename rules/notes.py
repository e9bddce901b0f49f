"""Time for notes: how much each day's sessions ask for, and from when it may lie where.

Rule-file.md, section 4, row `notes`. Where it goes is the scheduler's to decide; this module says what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rules.demand import Finding
from rules.diary import Diary, is_or_are, minutes
from rules.occasions import ends_on
from rules.timeline import instant, local_dates, midnight, whole_day
from rules.workdays import nominal_hours

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NotesDue:
    """The notes of one local date.

    length: what its sessions ask for together; at_least: the shortest piece; per_session: what each adds. ends: when
    each session ends, sorted: pieces that begin before the n-th end hold at most n-1 sessions' worth together. until:
    the last instant, exclusive."""

    key: str
    day: date
    length: timedelta
    per_session: timedelta
    at_least: timedelta
    ends: tuple[datetime, ...]
    until: datetime


def due(diary: Diary) -> list[NotesDue]:
    """The notes that are due in the window, by day; of yesterday only what may lie after midnight."""
    law = diary.rules.notes
    if law is None or law.per_session <= timedelta(0):
        return []
    asked = []
    for day in local_dates(diary.geometry, diary.rules.timezone):
        ends = tuple(ends_on(diary, day))
        if not ends:
            continue
        until = max(_until(diary, day), ends[-1])
        if until > diary.canvas.start:
            length = law.per_session * len(ends)
            at_least = min(law.at_least, length)
            asked.append(NotesDue(f"notes/{day.isoformat()}", day, length, law.per_session, at_least, ends, until))
    return asked


def no_time(diary: Diary, asked: NotesDue, placed: timedelta) -> Finding | None:
    """A finding where a day's notes have less time than its sessions ask for; `placed`: how much has a place or is
    done."""
    missing = asked.length - placed
    if missing <= timedelta(0):
        return None
    by = "24:00" if asked.until == midnight(asked.day + DAY, diary.rules.timezone) else diary.clock(asked.until)
    return Finding(
        rule="notes",
        code="no-time-for-notes",
        interval=whole_day(asked.day, diary.rules.timezone),
        message=f"{diary.day_name(asked.day)}: {minutes(placed)} of {minutes(asked.length)} min for notes find room "
        f"by {by}; {minutes(missing)} min {is_or_are(missing)} missing",
        advice=f"leave {minutes(asked.at_least)} min or more free after a session, or set a later `by`",
    )


def _until(diary: Diary, day: date) -> datetime:
    """Until when the notes of a date may lie: `by`, else an hour after the date's working hours end, else midnight."""
    law, zone = diary.rules.notes, diary.rules.timezone
    end = midnight(day + DAY, zone)
    if law is not None and law.by is not None:
        by = instant(day, law.by, zone)
        return by if by > midnight(day, zone) else end  # 24:00
    if diary.rules.working_hours is None or day in diary.days_off:
        return end
    hours = nominal_hours(diary.rules, day)
    return max(i.end for i in hours) + HOUR if hours else end
