"""A connector that reads a plain text file of appointments, and a rule that keeps time for tea."""

from __future__ import annotations

import hashlib
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from connectors.base import CalendarError, Context, Entry, Reading, Unreadable
from connectors.options import AccountOptions, checked
from rules.demand import Ban, Block, Finding
from rules.diary import Diary
from rules.practice import Kind
from rules.timeline import Event, Interval, Ref, instant, local_dates


class Appointments:
    """An account of type ``appointments``: a line such as ``2026-12-01 09:00 50 Initial talk`` for each appointment."""

    class Options(AccountOptions):
        path: str = Field(min_length=1, description="The text file; relative to the rule file")

    writable = False

    def __init__(self, calendar: str | None, context: Context) -> None:
        if calendar is not None:
            raise CalendarError(f"{context.account}: a text file is one calendar; write {context.account} alone")
        self.name = context.account
        self._path = context.base / checked(self.Options, context.account, context.options).path

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise CalendarError(f"{self.name}: {self._path} cannot be read; check `path`") from None
        events = (self._event(number, line, zone) for number, line in enumerate(lines, start=1) if line.strip())
        inside = (event for event in events if event.interval.overlaps(window))
        return Reading(tuple(sorted(inside, key=lambda event: (event.interval.start, event.uid))))

    def _event(self, number: int, line: str, zone: ZoneInfo) -> Event:
        try:
            day, clock, minutes, title = line.split(maxsplit=3)
            wall = datetime.fromisoformat(f"{day}T{clock}")
            start = instant(wall.date(), wall.time(), zone)
            span = Interval(start, start + timedelta(minutes=int(minutes)))
        except ValueError:  # its text would quote the line, and so a client
            raise Unreadable(f"{self.name}: line {number} is not `date time minutes title`") from None
        uid = hashlib.sha256(line.encode()).hexdigest()
        return Event(calendar=self.name, uid=uid, interval=span, title=title)

    def create(self, entry: Entry) -> Ref:
        raise CalendarError(f"{self.name}: this calendar can only be read; write to another one")

    def update(self, ref: Ref, entry: Entry) -> Ref:
        raise CalendarError(f"{self.name}: this calendar can only be read; write to another one")

    def delete(self, ref: Ref) -> None:
        raise CalendarError(f"{self.name}: this calendar can only be read; write to another one")

    def close(self) -> None:
        """Nothing to let go of."""


class Tea:
    """``tea: {at: 15:30, minutes: 15}``: tea every working day; a finding where a session is then."""

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid")

        at: time = Field(description="When, by the therapist's clock")
        minutes: int = Field(default=15, gt=0, le=120, description="How long")

    def __init__(self, options: Options) -> None:
        self._at = options.at
        self._length = timedelta(minutes=options.minutes)

    def _times(self, diary: Diary) -> list[tuple[str, Interval]]:
        zone = diary.rules.timezone
        starts = [(day, instant(day, self._at, zone)) for day in local_dates(diary.canvas, zone)]
        times = [(f"tea/{day}", Interval(start, start + self._length)) for day, start in starts]
        return [(key, span) for key, span in times if any(work.covers(span) for work in diary.working)]

    def holds(self, diary: Diary) -> list[Block]:
        return [
            Block(key=key, rule="tea", name="Tea", interval=span, why="tea is kept every working day")
            for key, span in self._times(diary)
        ]

    def bans(self, diary: Diary, kind: Kind) -> list[Ban]:
        return []  # the block itself keeps bookings out

    def findings(self, diary: Diary) -> list[Finding]:
        found = []
        for _, span in self._times(diary):
            for session in diary.sessions:
                if session.interval.overlaps(span) and span.end > diary.now:
                    day, clock = diary.day_name(diary.date_of(span.start)), diary.clock(session.start)
                    message = f"{day}: no tea, because of the session at {clock}"
                    advice = "move the session, or have tea at another time"
                    found.append(Finding(rule="tea", code="no-tea", interval=span, message=message, advice=advice))
        return found
