"""What our fake does is what an emulator that somebody else made does, wherever both can do it: each story is told to
both, and what they answer is compared. Else the fake would only say what we believe.

Left out, since the emulator does otherwise than Google says: reviving a deleted event, the ids of occurrences of
all-day series (Google: their date), and whether UTC is written as Z."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.google.calendars import Json, moment
from tests.google.fake import Fake
from tests.google.myworld import Running
from tests.google.rest import Answer, Rest

from .contract import ME

pytestmark = pytest.mark.server
Story = Callable[[Rest], list[Any]]
WINDOW = {"timeMin": "2026-10-01T00:00:00Z", "timeMax": "2026-12-31T00:00:00Z", "singleEvents": True}
FIELDS = "nextPageToken,items(id,status,summary,visibility,transparency,start,end,originalStartTime,recurringEventId)"
STORIES: list[Story] = []


def story(tell: Story) -> Story:
    STORIES.append(tell)
    return tell


@pytest.mark.parametrize("tell", STORIES, ids=lambda tell: tell.__name__)
def test_the_fake_answers_as_myworld_does(tell: Story, google: Fake, myworld: Running) -> None:
    account = myworld.account(ME)
    theirs = tell(Rest(account.endpoint, account.token))
    ours = tell(Rest(google.endpoint, "may-all"))
    assert ours == theirs
    assert len(ours) > 1


def timed(start: str, end: str, zone: str = "Europe/London", **more: Any) -> Json:
    """``2026-11-24T10:00`` to ``2026-11-24T10:50``."""
    both = {"start": start, "end": end}
    return {name: {"dateTime": f"{at}:00", "timeZone": zone} for name, at in both.items()} | more


HOUR = timed("2026-11-24T10:00", "2026-11-24T10:50")


def said(answer: Answer) -> Any:
    """A refusal by its status and reason; a success by its status and what the connector looks at."""
    if answer.status >= 400:
        return answer.status, answer.body["error"]["errors"][0]["reason"]
    return answer.status, told(answer.body) if answer.body else None


def told(event: Json) -> Json:
    """What the connector looks at in an event, its times in UTC."""
    names = ("id", "status", "summary", "visibility", "transparency", "eventType", "extendedProperties", "reminders",
             "recurringEventId", "recurrence", "colorId", "location")  # fmt: skip
    found = {name: event[name] for name in names if name in event}
    for name in ("start", "end", "originalStartTime"):
        if name in event:
            when = event[name]
            found[name] = when.get("date") or moment(when, ZoneInfo("UTC")).astimezone(UTC).isoformat()
    return found


def listed(rest: Rest, **query: Any) -> list[Json]:
    found = [told(event) for event in rest.all(**(WINDOW | query))]
    return sorted(found, key=lambda event: (event["start"], event["id"]))


@story
def an_event_with_an_id_of_ones_own_is_made_changed_and_deleted(rest: Rest) -> list[Any]:
    name = "sb0123456789abcdefghijklmnopqrstuv"
    block = HOUR | {
        "id": name, "summary": "Break", "visibility": "private", "reminders": {"useDefault": False, "overrides": []},
        "extendedProperties": {"private": {"a": "b"}}, "transparency": "opaque", "eventType": "default", "colorId": "7",
    }  # fmt: skip
    later = timed("2026-11-25T12:00", "2026-11-25T12:10", "UTC")
    return [
        said(rest.events("POST", body=block, sendUpdates="none")),
        said(rest.events("POST", body=block)),
        said(rest.events("GET", name)),
        said(rest.events("PATCH", name, later | {"summary": "Pause"})),
        listed(rest),
        said(rest.events("PATCH", name, {"extendedProperties": {"private": {"a": "c"}}})),
        said(rest.events("PATCH", name, {"transparency": "transparent"})),
        said(rest.events("PATCH", name, {"transparency": "opaque", "location": "Garden"})),
        said(rest.events("PATCH", name, {"location": None})),
        said(rest.events("PUT", name, HOUR | {"summary": "Whole"}))[0],
        said(rest.events("DELETE", name, sendUpdates="none")),
        said(rest.events("DELETE", name)),
        said(rest.events("POST", body=block)),
        listed(rest),
        rest.events("GET", name).body["status"],
    ]


@story
def what_cannot_be_is_refused_for_the_same_reason(rest: Rest) -> list[Any]:
    elsewhere = Rest(rest.endpoint, rest.token, "nobody@elsewhere.example")
    return [
        said(rest.events("POST", body=HOUR | {"id": "UPPER"})),
        said(rest.events("POST", body=HOUR | {"id": "sb1w"})),
        said(rest.events("POST", body=timed("2026-11-24T11:00", "2026-11-24T10:00"))),
        said(rest.events("POST", body=HOUR | {"colorId": "99"})),
        said(rest.events("GET", "sb00000")),
        said(rest.events("DELETE", "sb00000")),
        said(rest.events("PATCH", "sb00000", {"summary": "x"})),
        said(elsewhere.events("GET")),
        said(elsewhere.events("POST", body=HOUR)),
        said(rest.events("GET", timeMin="2026-11-24T10:00:00Z", timeMax="2026-11-24T10:00:00Z")),
        said(rest.events("GET", orderBy="startTime")),
        Rest(rest.endpoint, "nobodys-token").events("GET").status,
    ]


SERIES = {
    "weekly over both clocks": timed("2026-10-13T10:00", "2026-10-13T10:50", recurrence=["RRULE:FREQ=WEEKLY"]),
    "in another zone": timed(
        "2026-10-13T18:00", "2026-10-13T19:00", "America/New_York", recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"]
    ),
    "every other week on two days": timed(
        "2026-10-12T09:00", "2026-10-12T10:00", recurrence=["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=7"]
    ),
    "the second and the last Friday": timed(
        "2026-09-11T14:00", "2026-09-11T15:00", recurrence=["RRULE:FREQ=MONTHLY;BYDAY=2FR,-1FR"]
    ),
    "daily until a day": timed(
        "2026-11-02T08:00", "2026-11-02T08:30", recurrence=["RRULE:FREQ=DAILY;UNTIL=20261106T235959Z"]
    ),
    "years old": timed("2019-01-07T09:00", "2019-01-07T09:50", recurrence=["RRULE:FREQ=MONTHLY;BYMONTHDAY=7"]),
    "one left out": timed(
        "2026-10-14T10:00", "2026-10-14T10:50",
        recurrence=["RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20261028T100000Z,20261104T100000Z"],
    ),
    "whole days": {
        "start": {"date": "2026-10-05"}, "end": {"date": "2026-10-07"}, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"]
    },
}  # fmt: skip


@story
def series_are_expanded_to_the_same_occurrences(rest: Rest) -> list[Any]:
    for number, (name, body) in enumerate(SERIES.items()):
        rest.insert(body | {"summary": name, "id": f"series{number}"})
    found = listed(rest)
    assert {event["summary"] for event in found} == set(SERIES)
    return [{**event, "id": event["id"] if "T" in event["start"] else ""} for event in found]


@story
def an_occurrence_is_moved_renamed_and_cancelled(rest: Rest) -> list[Any]:
    rest.insert(SERIES["weekly over both clocks"] | {"id": "series", "summary": "Weekly"})
    answers = [
        said(rest.events("GET", "series_20261027T100000Z")),
        said(rest.events("PATCH", "series_20261027T100000Z", timed("2026-10-28T15:00", "2026-10-28T15:50"))),
        said(rest.events("PATCH", "series_20261103T100000Z", {"summary": "Other"})),
        said(rest.events("DELETE", "series_20261110T100000Z")),
        said(rest.events("GET", "series_20261028T100000Z")),
    ]
    into = {"timeMin": "2026-10-28T00:00:00Z", "timeMax": "2026-10-29T00:00:00Z"}
    return [*answers, *listed(rest), listed(rest, **into)]


@story
def both_bounds_of_a_window_are_exclusive(rest: Rest) -> list[Any]:
    for number, (start, end) in enumerate(
        [("09:00", "10:00"), ("09:30", "10:30"), ("11:50", "13:00"), ("12:00", "13:00")]
    ):
        rest.insert(timed(f"2026-11-24T{start}", f"2026-11-24T{end}", id=f"event{number}"))
    days = {"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}}
    rest.insert(days | {"id": "event9"})
    narrow = {"timeMin": "2026-11-24T10:00:00Z", "timeMax": "2026-11-24T12:00:00Z"}
    return [listed(rest), listed(rest, **narrow), listed(rest, timeMin="2026-11-24T11:00:00+01:00")]


@story
def pages_hold_what_is_asked_for(rest: Rest) -> list[Any]:
    for hour in range(8, 15):
        rest.insert(timed(f"2026-11-24T{hour:02}:00", f"2026-11-24T{hour:02}:50", id=f"event{hour}"))
    found: list[Any] = []
    query = WINDOW | {"maxResults": 3, "orderBy": "startTime", "fields": FIELDS}
    while True:
        reply = rest.events("GET", **query)
        found.append([told(event) for event in reply.body["items"]])
        if "nextPageToken" not in reply.body:
            return found
        query = query | {"pageToken": reply.body["nextPageToken"]}


@story
def only_the_fields_that_are_asked_for_come(rest: Rest) -> list[Any]:
    more = {
        "description": "long",
        "location": "far",
        "extendedProperties": {"private": {"a": "b"}, "shared": {"c": "d"}},
    }
    rest.insert(HOUR | more | {"id": "event1", "summary": "x"})
    selections = (
        "items(id,start/timeZone)",
        "items/summary",
        "nextPageToken,items(extendedProperties/private)",
        "kind",
    )
    found = [rest.events("GET", **WINDOW, fields=fields).body for fields in selections]
    return [*found, rest.events("GET", "event1", fields="id,extendedProperties/private/a").body]


@story
def who_is_invited_and_what_they_answer_is_told(rest: Rest) -> list[Any]:
    guests = [{"email": ME}, {"email": "noor@elsewhere.example"}]
    rest.insert(HOUR | {"id": "event1", "attendees": guests})
    rest.events("PATCH", "event1", {"attendees": [guests[0] | {"responseStatus": "declined"}, guests[1]]})
    [event] = rest.all(**WINDOW, fields="items(attendees(self,responseStatus))")
    return sorted((guest.get("self", False), guest["responseStatus"]) for guest in event["attendees"])


@story
def busy_times_are_joined_and_say_nothing_else(rest: Rest) -> list[Any]:
    rest.insert(HOUR)
    rest.insert(timed("2026-11-24T10:30", "2026-11-24T11:30"))
    rest.insert(timed("2026-11-24T11:30", "2026-11-24T12:00"))
    rest.insert(timed("2026-11-24T15:00", "2026-11-24T16:00", transparency="transparent"))
    rest.insert(timed("2026-11-25T09:00", "2026-11-25T10:00", recurrence=["RRULE:FREQ=DAILY;COUNT=3"]))
    rest.insert({"start": {"date": "2026-11-30"}, "end": {"date": "2026-12-01"}})
    gone = rest.insert(timed("2026-11-24T18:00", "2026-11-24T19:00"))
    rest.events("DELETE", gone["id"])
    window = {"timeMin": "2026-11-24T10:10:00Z", "timeMax": "2026-12-31T00:00:00Z"}
    reply = rest.ask("POST", "freeBusy", window | {"items": [{"id": ME}, {"id": "nobody@elsewhere.example"}]})
    calendars = reply.body["calendars"]
    errors = [error["reason"] for error in calendars["nobody@elsewhere.example"]["errors"]]
    return [reply.status, calendars[ME], errors, sorted(reply.body)]


@story
def calendars_are_listed(rest: Rest) -> list[Any]:
    names = ("id", "primary", "accessRole", "timeZone")
    reply = rest.ask("GET", "users/me/calendarList")
    one = rest.ask("GET", f"users/me/calendarList/{ME}")
    return [
        [{name: entry.get(name) for name in names} for entry in reply.body["items"]],
        {name: one.body.get(name) for name in names},
        rest.ask("GET", f"calendars/{ME}").body["timeZone"],
        rest.ask("GET", "calendars/nobody@elsewhere.example").status,
    ]
