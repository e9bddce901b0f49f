"""Invented calendars: short ways to write an event, a block and an account's surroundings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Context, Entry, Reading
from connectors.ownership import fingerprint, owner_of, uid_for
from rules.timeline import Event, Interval, Tag

LONDON = ZoneInfo("Europe/London")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
WINDOW = Interval(NOW, NOW + timedelta(weeks=2))
OWNER = owner_of("7f3k9q2m", "lee")


def at(text: str) -> datetime:
    """``2026-11-24 10:00`` as an instant in UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def span(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


def vevent(uid: str, start: str, end: str = "", *lines: str) -> str:
    """A VEVENT. `start` and `end` are what follows DTSTART and DTEND: ``:20261124T100000Z`` or ``;TZID=…:…``."""
    ends = [f"DTEND{end}"] if end else []
    body = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", f"DTSTART{start}", *ends, *lines, "END:VEVENT"]
    return "".join(f"{line}\r\n" for line in body)


def vcalendar(*parts: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invented//Practice//EN\r\n"
    return f"{head}{''.join(parts)}END:VCALENDAR\r\n".encode()


def entry(
    key: str = "breaks.after/1", start: str = "2026-11-24 10:50", minutes: int = 10, title: str = "Break"
) -> Entry:
    """A block of ours."""
    interval = Interval(at(start), at(start) + timedelta(minutes=minutes))
    tag = Tag(OWNER, key, fingerprint(interval, title))
    return Entry(uid=uid_for(OWNER, key), interval=interval, title=title, private=True, tag=tag, stamp=NOW)


def context(state: Path, account: str = "cloud", **options: Any) -> Context:
    """An account's surroundings; a secret is `{env: TEXT}` and means its own text."""

    def secret(written: Any) -> str:
        return written if isinstance(written, str) else str(written["env"])

    return Context(
        account=account,
        options=options,
        secret=secret,
        base=state,
        state=state / "state",
        now=NOW,
        titles=_titles.get(),
    )


@contextmanager
def titles_never() -> Iterator[None]:
    """Accounts that are opened meanwhile may not read titles."""
    before = _titles.set(False)
    yield
    _titles.reset(before)


_titles = ContextVar("titles", default=True)


def shown(reading: Reading) -> list[str]:
    """Events as one line each: start, end or days, state where it is not busy."""
    return [_shown(event) for event in reading.events]


def _shown(event: Event) -> str:
    when = f"{event.interval.start:%Y-%m-%d %H:%M}-{event.interval.end:%H:%M}"
    if event.first_day is not None:
        when = f"{event.first_day}..{event.last_day}"
    return when if event.state == "busy" else f"{when} {event.state}"
