"""Two weeks of an invented practice: a night that fills the calendar, a day of bookings, moves and cancellations, and
the night after it, which creates, updates and deletes. Everything is written down once, for every sort of server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

FIRST = "2026-11-30T06:00:00+00:00"
"""The first night; a Monday."""

SECOND = "2026-12-01T06:00:00+00:00"
"""The night in which things go wrong."""

RULES = """\
practice: Elm Street Practice
id: elmstr33
timezone: Europe/London
horizon: 2 weeks
working_hours: {{mon-fri: 09:00-18:00}}
kinds: {{individual: {{length: 50 min}}}}
sessions: [{{title: "Client*", kind: individual}}]
breaks: {{after: 10 min}}
protect: [{{name: Lunch, length: 45 min, at_least: 30 min, between: 11:30-14:00, ideally: 12:30}}]
accounts:
  cloud: {account}
therapists:
  lee: {{read: [cloud], write: cloud}}
"""
PLACE = "cloud"


@dataclass(frozen=True)
class Meeting:
    """An event of somebody else's: a session, or anything. `name` is also its id. Local times of London."""

    name: str
    title: str
    start: datetime
    end: datetime
    weekly: bool = False


def _meeting(name: str, day: date, hour: int, minute: int = 0, title: str = "Client A.") -> Meeting:
    start = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - a wall clock
    return Meeting(name, title, start, start + timedelta(minutes=50))


_DAYS = [date(2026, 11, 30) + timedelta(days=n) for n in range(15) if n % 7 < 5]
_DENTIST = _meeting("dentist", date(2026, 12, 3), 17, title="Dentist")
_TEAM = _meeting("meeting", date(2026, 12, 2), 17)

AT_FIRST = [
    *(_meeting(f"client{day:%m%d}{hour:02}", day, hour) for day in _DAYS for hour in (9, 11, 14, 16)),
    _DENTIST,
    Meeting("meeting", "Team", _TEAM.start, _TEAM.end, weekly=True),
]
COMES = [
    *(_meeting(f"late{day:%m%d}10", day, 10) for day in _DAYS[1:6]),
    *(_meeting(f"late{day:%m%d}12", day, 12, 30, title="Client B.") for day in _DAYS[7:9]),
]
MOVES = [_meeting(f"client{day:%m%d}16", day, 16, 30) for day in _DAYS[1:7]]
GOES = [f"client{day:%m%d}09" for day in _DAYS[8:10]]
OTHERS = (datetime(2026, 12, 4, 19, tzinfo=UTC), datetime(2026, 12, 4, 19, 30, tzinfo=UTC))
"""When another practice has written a block into the calendar."""
