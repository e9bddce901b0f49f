"""Calendars of Google's for the contract of all connectors: the fake, from the inside; and any other, over HTTP."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import Connector
from connectors.google_calendar import GoogleCalendar
from connectors.google_events import TAG
from rules.timeline import Event, Ref
from tests.connectors.contract import ME, WritableStage
from tests.connectors.samples import context, vcalendar

from .calendars import Json, moment, named
from .fake import Fake
from .from_ical import put
from .rest import Rest


def opened(fake: Fake, folder: Path, calendar: str | None = None, **options: Any) -> GoogleCalendar:
    """A calendar of the fake's account, opened by the code under test."""
    given = {"user": ME, "token": {"env": "may-events-and-own"}, "endpoint": fake.endpoint} | options
    return GoogleCalendar(calendar, context(folder, "cloud", **given))


def private(event: Json) -> dict[str, str]:
    """An event's private extended properties."""
    found: dict[str, str] = event.get("extendedProperties", {}).get("private", {})
    return found


def change(event: Json, old: bytes, new: bytes) -> Json:
    """What a person changes in a block: the contract says it in lines of iCalendar, a title or a rule of recurrence."""
    found: Json = {}
    before = f"SUMMARY:{event['summary']}\r\nTRANSP:OPAQUE"
    for line in before.encode().replace(old, new).decode().splitlines():
        if line.startswith("SUMMARY:"):
            found["summary"] = line.removeprefix("SUMMARY:")
        elif line.startswith("ATTENDEE:"):
            found["attendees"] = [{"email": line.removeprefix("ATTENDEE:mailto:")}]
        elif line == "TRANSP:OPAQUE":
            continue
        elif line.startswith("TRANSP:"):
            found["transparency"] = line.removeprefix("TRANSP:").lower()
        elif line.startswith("DESCRIPTION:"):
            found["description"] = line.removeprefix("DESCRIPTION:")
        else:
            found["recurrence"] = [line]
    assert found != {"summary": event["summary"]}, "nothing was changed"
    return found


def in_utc(line: str) -> str:
    """An EXDATE with a zone as one in UTC: myworld reads the zone's name in capitals."""
    found = re.fullmatch(r"EXDATE;TZID=([^:]+):(\d{8}T\d{6})", line)
    if not found:
        return line
    local = datetime.strptime(found[2], "%Y%m%dT%H%M%S").replace(tzinfo=ZoneInfo(found[1]))
    return f"EXDATE:{local.astimezone(UTC):%Y%m%dT%H%M%SZ}"


class FakeStage(WritableStage):
    """The account's main calendar in the fake."""

    def __init__(self, fake: Fake, folder: Path) -> None:
        self.fake, self.folder = fake, folder
        self.calendar = fake.world.calendar("primary")

    def connect(self) -> Connector:
        return opened(self.fake, self.folder)

    def put(self, name: str, *vevents: str) -> None:  # noqa: ARG002 - ids are Google's own
        given = put(vcalendar(*vevents), ME, self.calendar.zone)
        series = self.fake.world.put(self.calendar, given.body)["id"]
        for original, one in given.changes:
            self.fake.world.exception(self.calendar, series, original, one)

    def foreign(self) -> dict[str, bytes]:
        kept = self.calendar.events.items()
        return {name: json.dumps(event).encode() for name, event in kept if TAG not in private(event)}

    def edit(self, ref: Ref, old: bytes, new: bytes) -> None:
        event = self.calendar.events[ref.where]
        self.fake.world.edited(self.calendar, ref.where, change(event, old, new))

    def note_of(self, ref: Ref) -> str:
        return str(self.calendar.events[ref.where].get("description"))


class RestStage(WritableStage):
    """A calendar anywhere, filled and looked at over HTTP. Google makes UIDs of its own there: `named` says which is
    whose. `zone`: the calendar's."""

    def __init__(self, rest: Rest, folder: Path, zone: str, me: str = ME, **options: Any) -> None:
        self.rest, self.folder, self.zone, self.me, self.options = rest, folder, zone, me, options
        self.uids: dict[str, str] = {}

    def connect(self) -> Connector:
        given = {"user": self.me, "token": {"env": self.rest.token}, "endpoint": self.rest.endpoint} | self.options
        calendar = None if self.rest.calendar == "primary" else self.rest.calendar
        return GoogleCalendar(calendar, context(self.folder, "cloud", **given))

    def put(self, name: str, *vevents: str) -> None:  # noqa: ARG002 - ids are Google's own
        given = put(vcalendar(*vevents), ME, self.zone)
        given.body["recurrence"] = [in_utc(line) for line in given.body.get("recurrence", [])]
        uid, status = given.body.pop("iCalUID"), given.body.pop("status")
        for one in [given.body, *(what for _, what in given.changes)]:
            for guest in one.get("attendees", []):
                guest["email"] = self.me if guest.pop("self", False) else guest["email"]
        made = self.rest.insert(given.body | ({"status": status} if status == "tentative" else {}))
        self.uids[made.get("iCalUID", made["id"])] = uid
        if "attendees" in given.body:  # an answer counts only once one is invited
            answers = {"attendees": given.body["attendees"]}
            assert self.rest.events("PATCH", made["id"], answers).status == 200
        for original, what in given.changes:
            at = moment(original, ZoneInfo(self.zone)).astimezone(UTC)
            self._change(f"{made['id']}_{named(original, at)}", what)
        if status == "cancelled":
            assert self.rest.events("DELETE", made["id"]).status == 204

    def _change(self, event: str, what: Json) -> None:
        if what["status"] == "cancelled":
            assert self.rest.events("DELETE", event).status == 204
        else:
            done = self.rest.events("PATCH", event, {"start": what["start"], "end": what["end"]})
            assert done.status == 200, done

    def foreign(self) -> dict[str, bytes]:
        return {
            event["id"]: json.dumps(event, sort_keys=True).encode()
            for event in self.rest.all(showDeleted=False)
            if TAG not in private(event)
        }

    def edit(self, ref: Ref, old: bytes, new: bytes) -> None:
        event = self.rest.events("GET", ref.where)
        assert event.status == 200, event
        done = self.rest.events("PATCH", ref.where, change(event.body, old, new))
        assert done.status == 200, done

    def note_of(self, ref: Ref) -> str:
        return str(self.rest.events("GET", ref.where).body.get("description"))

    def named(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Events by the UIDs that the contract gave them."""
        return tuple(replace(event, uid=self.uids.get(event.uid, event.uid)) for event in events)
