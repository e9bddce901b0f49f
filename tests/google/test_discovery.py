"""The fake and the connector are held to Google's own description: that it is seen where they are not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.google import discovery, fake
from tests.google.discovery import Broken
from tests.google.rest import Rest

TIMES = {"start": {"dateTime": "2026-11-24T10:00:00Z"}, "end": {"dateTime": "2026-11-24T10:50:00Z"}}


@pytest.mark.parametrize(
    ("verb", "path", "name"),
    [
        ("GET", "calendars/primary/events", "events.list"),
        ("GET", "calendars/a%40b.example/events/abc_20261124T100000Z", "events.get"),
        ("PATCH", "calendars/primary/events/abcde", "events.patch"),
        ("POST", "freeBusy", "freebusy.query"),
        ("POST", "calendars", "calendars.insert"),
    ],
)
def test_a_path_names_its_method(verb: str, path: str, name: str) -> None:
    assert discovery.method_for(verb, path)[0].name == name


def test_what_stands_in_a_path_is_read_unescaped() -> None:
    _, places = discovery.method_for("GET", "calendars/a%40b.example/events/abcde")
    assert places == {"calendarId": "a@b.example", "eventId": "abcde"}


@pytest.mark.parametrize(("verb", "path"), [("PUT", "calendars/primary/events"), ("GET", "calendars//events/x/y/z")])
def test_a_path_that_is_no_methods_is_refused(verb: str, path: str) -> None:
    with pytest.raises(Broken, match="no method is"):
        discovery.method_for(verb, path)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"singleEvent": ["true"]}, "events.list has no parameter singleEvent"),
        ({"singleEvents": ["True"]}, "singleEvents is neither true nor false"),
        ({"timeMin": ["2026-11-24"]}, "timeMin is not written as RFC 3339 wants"),
        ({"timeMin": ["tomorrow"]}, "timeMin is no time or date"),
        ({"maxResults": ["many"]}, "maxResults is no whole number"),
        ({"maxAttendees": ["0"]}, "maxAttendees is out of its bounds"),
        ({"orderBy": ["start"]}, "orderBy is none of startTime, updated"),
        ({"pageToken": ["a", "b"]}, "pageToken is given more than once"),
    ],
)
def test_a_query_that_google_does_not_know_is_refused(query: dict[str, list[str]], words: str) -> None:
    method, _ = discovery.method_for("GET", "calendars/primary/events")
    with pytest.raises(Broken, match=re.escape(words)):
        discovery.check_query(method, query)


def test_a_parameter_that_may_be_repeated_may_be_repeated() -> None:
    method, _ = discovery.method_for("GET", "calendars/primary/events")
    discovery.check_query(method, {"privateExtendedProperty": ["a=b", "c=d"], "prettyPrint": ["false"]})


def test_a_parameter_that_is_required_has_to_be_there() -> None:
    method, _ = discovery.method_for("POST", "calendars/primary/events/abcde/move")
    with pytest.raises(Broken, match=r"events\.move lacks destination"):
        discovery.check_query(method, {})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "lacks its body"),
        ({"start": TIMES["start"]}, "the body lacks end"),
        (TIMES | {"titel": "x"}, "Event has no property titel"),
        (TIMES | {"summary": 7}, "Event.summary is no string"),
        (TIMES | {"status": "canceled"}, "Event.status is none of confirmed, tentative, cancelled"),
        (TIMES | {"visibility": "secret"}, "Event.visibility is none of default, public, private, confidential"),
        (TIMES | {"updated": "2026-11-24T10:00:00Z"}, "Event.updated is read-only"),
        (TIMES | {"attendees": [{"email": "a@b.example", "self": True}]}, "Event.attendees[].self is read-only"),
        (TIMES | {"reminders": {"useDefault": "no"}}, "Event.reminders.useDefault is no boolean"),
        (TIMES | {"recurrence": "RRULE:FREQ=DAILY"}, "Event.recurrence is no list"),
        (TIMES | {"sequence": True}, "Event.sequence is no integer"),
        (TIMES | {"extendedProperties": {"private": {"a": 1}}}, "Event.extendedProperties.private.a is no string"),
        (TIMES | {"start": {"date": "24.11.2026"}}, "Event.start.date is no time or date"),
    ],
)
def test_a_body_that_is_not_as_the_schema_says_is_refused(body: dict[str, Any] | None, words: str) -> None:
    method, _ = discovery.method_for("POST", "calendars/primary/events")
    with pytest.raises(Broken, match=re.escape(words)):
        discovery.check_request(method, body)


def test_a_patch_may_leave_out_what_an_insert_needs_and_a_reply_may_hold_what_only_google_sets() -> None:
    method, _ = discovery.method_for("PATCH", "calendars/primary/events/abcde")
    discovery.check_request(method, {"summary": "Break", "location": None})
    discovery.check_reply(method, {"id": "abcde", "updated": "2026-11-24T10:00:00.000Z", "creator": {"self": True}})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("items(id,titel)", "fields names titel"),
        ("items(id", "a bracket is not closed"),
        ("items(id))", "it goes on after its end"),
        ("items(,id)", "a name is missing"),
        ("items(id) ", "a character that has no meaning"),
        ("items/extendedProperties/public", "fields names public"),
    ],
)
def test_a_selection_of_fields_that_cannot_be_is_refused(fields: str, words: str) -> None:
    method, _ = discovery.method_for("GET", "calendars/primary/events")
    with pytest.raises(Broken, match=re.escape(words)):
        discovery.check_fields(method, fields)


def test_a_selection_keeps_what_it_names_and_nothing_else() -> None:
    method, _ = discovery.method_for("GET", "calendars/primary/events")
    tree = discovery.check_fields(method, "nextPageToken,items(id,start,extendedProperties/private/a)")
    event = {"id": "x", "start": {"date": "2026-11-24"}, "summary": "no", "extendedProperties": {"private": {"a": "b"}}}
    event["extendedProperties"]["private"]["c"] = "d"  # type: ignore[index]
    assert discovery.select({"kind": "k", "items": [event]}, tree) == {
        "items": [{"id": "x", "start": {"date": "2026-11-24"}, "extendedProperties": {"private": {"a": "b"}}}]
    }


def test_the_fake_refuses_what_google_does_not_know_and_a_test_with_such_a_request_fails() -> None:
    def speak_wrongly() -> None:
        with fake.running() as running:
            answer = Rest(running.endpoint, "may-events").events("POST", body=TIMES | {"titel": "x"})
            assert answer.status == 400

    with pytest.raises(AssertionError, match="Event has no property titel"):
        speak_wrongly()


def test_a_reply_of_the_fakes_own_that_google_would_not_give_fails_a_test_too() -> None:
    def answer_wrongly() -> None:
        with fake.running() as running:
            kept = running.world.calendar("primary")
            name = running.world.put(kept, TIMES)["id"]
            kept.events[name]["sequence"] = "seven"
            Rest(running.endpoint, "may-events").events("GET", name)

    with pytest.raises(AssertionError, match=r"Event\.sequence is no integer"):
        answer_wrongly()
