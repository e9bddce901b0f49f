"""How blocks are written into Google's calendars, and what is done where it does not go well."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.oauth2.credentials import Credentials

from connectors import google_api
from connectors.base import CalendarError, Conflict, Entry, Unreadable, Write
from connectors.google_calendar import GoogleCalendar
from connectors.google_events import OWNER, TAG
from connectors.ownership import encode
from rules.timeline import Ref
from tests.google.calendars import Json, Kept
from tests.google.fake import USAGE, Fake
from tests.google.stages import opened, private

from .contract import ME
from .samples import LONDON, WINDOW, context, entry, span
from .samples import OWNER as LEE

Open = Callable[..., GoogleCalendar]


@pytest.fixture
def open_(google: Fake, tmp_path: Path) -> Iterator[Open]:
    """Opens calendars of the fake's account; they are closed at the end."""
    found: list[GoogleCalendar] = []

    def opens(calendar: str | None = None, **options: Any) -> GoogleCalendar:
        found.append(opened(google, tmp_path, calendar, **options))
        return found[-1]

    yield opens
    for calendar in found:
        calendar.close()


@pytest.fixture
def kept(google: Fake) -> Kept:
    """The main calendar, from the inside."""
    return google.world.calendar("primary")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_api, "FIRST_WAIT", 0.005)
    monkeypatch.setattr(google_api, "LONGEST_WAIT", 0.02)
    monkeypatch.setattr(google_api, "GIVE_UP", 0.4)


def several(count: int) -> list[Entry]:
    """Blocks on one day after another."""
    return [entry(f"breaks.after/{n}", f"2026-11-{24 + n % 7} {8 + n // 7 % 12:02}:50") for n in range(count)]


def creates(entries: Sequence[Entry]) -> list[Write]:
    return [Write("create", one) for one in entries]


def live(kept: Kept) -> list[Json]:
    return [event for event in kept.events.values() if event["status"] != "cancelled"]


def times(events: Sequence[Json]) -> list[tuple[str, str]]:
    return sorted((event["start"]["dateTime"], event["end"]["dateTime"]) for event in events)


# What a block looks like


def test_a_block_is_busy_private_without_reminder_or_guest_and_tells_nobody(open_: Open, google: Fake) -> None:
    open_().create(entry(title="Break"))
    [asked] = google.log
    body = asked.json()
    assert asked.query["sendUpdates"] == ["none"]
    assert (body["summary"], body["visibility"], body["transparency"]) == ("Break", "private", "opaque")
    assert body["reminders"] == {"useDefault": False, "overrides": []}
    assert body["eventType"] == "default"
    assert {"attendees", "location", "description", "recurrence", "colorId"} & set(body) == set()


def test_a_block_carries_its_tag_and_its_owner_as_private_properties(open_: Open, kept: Kept) -> None:
    open_().create(entry())
    [event] = kept.events.values()
    assert private(event) == {TAG: encode(entry().tag), OWNER: LEE}
    assert "shared" not in event["extendedProperties"]


def test_a_block_that_is_not_private_is_shown_as_the_calendar_is(open_: Open, kept: Kept) -> None:
    open_().create(replace(entry(), private=False))
    [event] = kept.events.values()
    assert event["visibility"] == "default"


def test_blocks_have_the_colour_of_ones_choice(open_: Open, kept: Kept) -> None:
    open_(colour=7).create(entry())
    assert [event["colorId"] for event in kept.events.values()] == ["7"]


def test_blocks_are_focus_time_where_that_is_chosen_and_decline_nothing(open_: Open, kept: Kept) -> None:
    calendar = open_(focus_time=True)
    calendar.create(entry())
    [event] = kept.events.values()
    assert event["eventType"] == "focusTime"
    assert event["focusTimeProperties"] == {"autoDeclineMode": "declineNone", "chatStatus": "available"}
    [read] = calendar.read(WINDOW, LONDON).events
    assert (read.tag, read.busy) == (entry().tag, True)


def test_focus_time_that_an_account_does_not_allow_is_said_once_and_clearly(open_: Open, kept: Kept) -> None:
    kept.focus_time = False
    with pytest.raises(CalendarError, match="takes no focus time here"):
        open_(focus_time=True).create(entry())
    assert kept.events == {}


@pytest.mark.parametrize("before", [True, False])
def test_a_deleted_block_is_revived_as_the_sort_of_event_that_it_was(open_: Open, kept: Kept, before: bool) -> None:
    """Google changes no event's type; so it stays what it was when the account's `focus_time` changes."""
    first = open_(focus_time=before)
    first.delete(first.create(entry()))
    open_(focus_time=not before).create(entry(start="2026-11-25 12:00"))
    [event] = live(kept)
    assert event["eventType"] == ("focusTime" if before else "default")
    assert times([event]) == [("2026-11-25T12:00:00Z", "2026-11-25T12:10:00Z")]


def test_ids_follow_from_keys_in_the_letters_that_google_allows(open_: Open, kept: Kept) -> None:
    calendar = open_()
    refs = [calendar.create(one) for one in several(5)]
    assert len({ref.where for ref in refs}) == 5
    assert all(re.fullmatch(r"[a-v0-9]{5,1024}", ref.where) for ref in refs)
    kept.events.clear()
    assert [open_().create(one).where for one in several(5)] == [ref.where for ref in refs]


def test_a_repeated_insert_makes_no_second_block(open_: Open, kept: Kept) -> None:
    open_().create(entry())
    with pytest.raises(Conflict, match=r"^cloud: "):
        open_().create(entry(start="2026-11-25 12:00"))
    assert times(kept.events.values()) == [("2026-11-24T10:50:00Z", "2026-11-24T11:00:00Z")]


def test_a_deleted_id_is_revived_by_an_update_with_all_that_a_block_is(open_: Open, google: Fake, kept: Kept) -> None:
    calendar = open_(colour=3)
    calendar.delete(calendar.create(entry(title="Old")))
    google.log.clear()
    ref = calendar.create(entry(start="2026-11-25 12:00", title="New"))
    [event] = live(kept)
    assert (event["id"], event["etag"], event["summary"], event["colorId"]) == (ref.where, ref.etag, "New", "3")
    assert times([event]) == [("2026-11-25T12:00:00Z", "2026-11-25T12:10:00Z")]
    assert google.calls("events.update")[0].query["sendUpdates"] == ["none"]
    [read] = calendar.read(WINDOW, LONDON).events
    assert (read.tag, read.ref) == (entry(start="2026-11-25 12:00", title="New").tag, ref)


def test_a_block_that_somebody_else_revives_at_the_same_time_is_a_conflict(
    open_: Open, google: Fake, kept: Kept
) -> None:
    calendar = open_()
    ref = calendar.create(entry())
    calendar.delete(ref)
    google.before("events.update", lambda: google.world.edited(kept, ref.where, {"status": "confirmed"}))
    with pytest.raises(Conflict):
        calendar.create(entry(title="New"))
    assert [event["summary"] for event in live(kept)] == ["Break"]


def test_every_change_says_which_version_it_means(open_: Open, google: Fake) -> None:
    calendar = open_()
    first = calendar.create(entry())
    second = calendar.update(first, entry(start="2026-11-24 12:00"))
    calendar.delete(second)
    asked = google.calls("events.patch", "events.delete")
    assert [one.headers["if-match"] for one in asked] == [first.etag, second.etag]
    assert {one.query["sendUpdates"][0] for one in asked} == {"none"}


def test_what_a_person_added_to_a_block_stays_when_it_moves(open_: Open, google: Fake, kept: Kept) -> None:
    calendar = open_()
    ref = calendar.create(entry())
    added = {"colorId": "11", "location": "Garden", "reminders": {"useDefault": True}}
    etag = google.world.edited(kept, ref.where, added)["etag"]
    calendar.update(Ref(ref.where, etag), entry(start="2026-11-24 12:00"))
    [event] = kept.events.values()
    assert {name: event[name] for name in ("colorId", "location")} == {"colorId": "11", "location": "Garden"}
    assert times([event]) == [("2026-11-24T12:00:00Z", "2026-11-24T12:10:00Z")]


def test_guests_that_a_person_invited_are_not_told_when_the_block_moves_or_goes(
    open_: Open, google: Fake, kept: Kept
) -> None:
    calendar = open_()
    ref = calendar.create(entry())
    etag = google.world.edited(kept, ref.where, {"attendees": [{"email": "noor@riverside.example"}]})["etag"]
    calendar.delete(calendar.update(Ref(ref.where, etag), entry(start="2026-11-24 12:00")))
    assert google.world.mails == []


def test_a_calendar_that_may_only_be_read_is_said(open_: Open, google: Fake) -> None:
    google.world.add("noor@riverside.example", role="reader")
    with pytest.raises(CalendarError, match=r"^cloud/noor@riverside.example: access is refused"):
        open_("noor@riverside.example").create(entry())


# Many at once


def test_up_to_fifty_blocks_go_in_one_request(open_: Open, google: Fake, kept: Kept) -> None:
    outcomes = list(open_().write(creates(several(70))))
    assert google.requests() == ["batch", "batch"]
    assert [len(asked.parts) for asked in google.log] == [50, 20]
    assert [kept.events[ref.where]["etag"] for ref in outcomes if isinstance(ref, Ref)] == [
        ref.etag for ref in outcomes if isinstance(ref, Ref)
    ]
    assert times(live(kept)) == sorted(
        (f"{one.interval.start:%Y-%m-%dT%H:%M:%SZ}", f"{one.interval.end:%Y-%m-%dT%H:%M:%SZ}") for one in several(70)
    )
    assert len(outcomes) == 70


def test_each_part_of_a_batch_keeps_its_place_though_google_answers_in_another_order(open_: Open, kept: Kept) -> None:
    calendar = open_()
    entries = several(6)
    refs = list(calendar.write(creates(entries)))
    assert [private(kept.events[ref.where])[TAG] for ref in refs if isinstance(ref, Ref)] == [
        encode(one.tag) for one in entries
    ]


def test_creates_updates_and_deletes_go_together(open_: Open, google: Fake, kept: Kept) -> None:
    calendar = open_()
    first, second, third = several(3)
    one, two = (ref for ref in calendar.write(creates([first, second])) if isinstance(ref, Ref))
    later = replace(second, interval=span("2026-11-27 08:00", "2026-11-27 08:10"))
    google.log.clear()
    changes = [Write("delete", ref=one), Write("update", later, two), Write("create", third)]
    outcomes = list(calendar.write(changes))
    assert google.requests() == ["batch"]
    assert not [outcome for outcome in outcomes if isinstance(outcome, CalendarError)]
    assert times(live(kept)) == [
        ("2026-11-26T08:50:00Z", "2026-11-26T09:00:00Z"),
        ("2026-11-27T08:00:00Z", "2026-11-27T08:10:00Z"),
    ]


def test_each_part_of_a_batch_has_its_own_error_and_the_others_are_written(
    open_: Open, google: Fake, kept: Kept
) -> None:
    calendar = open_()
    entries = several(4)
    refs = [ref for ref in calendar.write(creates(entries)) if isinstance(ref, Ref)]
    google.world.edited(kept, refs[1].where, {"summary": "Dentist"})
    google.world.deleted("primary", refs[2].where, None, {}, frozenset({"https://www.googleapis.com/auth/calendar"}))
    moved = [replace(one, title="Pause") for one in entries]
    first, second, third, fourth = calendar.write(
        [Write("update", new, ref) for new, ref in zip(moved, refs, strict=True)]
    )
    assert isinstance(first, Ref)
    assert isinstance(fourth, Ref)
    assert isinstance(second, Conflict)
    assert isinstance(third, Conflict)
    assert [event["summary"] for event in live(kept)] == ["Pause", "Dentist", "Pause"]


@pytest.mark.parametrize("kind", ["rateLimitExceeded", "userRateLimitExceeded", "429", "500", "503"])
def test_parts_that_google_had_no_time_for_go_again_together_and_only_they(
    open_: Open, google: Fake, kept: Kept, kind: str
) -> None:
    google.fault(kind, part=True, after=2, times=3)
    entries = several(10)
    outcomes = list(open_().write(creates(entries)))
    assert [private(kept.events[ref.where])[TAG] for ref in outcomes if isinstance(ref, Ref)] == [
        encode(one.tag) for one in entries
    ]
    assert [len(asked.parts) for asked in google.log] == [10, 3]
    assert len(live(kept)) == 10


def test_a_part_that_a_quota_stops_fails_alone_and_is_not_tried_again(open_: Open, google: Fake, kept: Kept) -> None:
    google.fault("dailyLimitExceeded", part=True, after=1)
    first, second, third = open_().write(creates(several(3)))
    assert isinstance(first, Ref)
    assert isinstance(third, Ref)
    assert "quota for this account is used up for today" in str(second)
    assert google.requests() == ["batch"]
    assert len(live(kept)) == 2


LOST = ["commit, then 504", "commit, then 500", "truncated", "cut", "commit, then dropped"]


@pytest.mark.parametrize("kind", LOST)
def test_a_batch_whose_answer_is_lost_is_written_once(open_: Open, google: Fake, kept: Kept, kind: str) -> None:
    google.fault(kind, method="batch")
    entries = several(12)
    outcomes = list(open_().write(creates(entries)))
    assert [private(kept.events[ref.where])[TAG] for ref in outcomes if isinstance(ref, Ref)] == [
        encode(one.tag) for one in entries
    ]
    assert all(isinstance(ref, Ref) and ref.etag == kept.events[ref.where]["etag"] for ref in outcomes)
    assert len(kept.events) == 12


def test_what_became_of_a_lost_batch_is_asked_with_one_request_by_its_owner(open_: Open, google: Fake) -> None:
    google.fault("commit, then 504", method="batch")
    list(open_().write(creates(several(12))))
    assert google.requests() == ["batch", "batch", "events.list"]
    assert google.calls("events.list")[0].query["privateExtendedProperty"] == [f"{OWNER}={LEE}"]


@pytest.mark.parametrize("kind", LOST)
def test_updates_and_deletes_whose_answers_are_lost_are_done_once(
    open_: Open, google: Fake, kept: Kept, kind: str
) -> None:
    calendar = open_()
    entries = several(6)
    refs = [ref for ref in calendar.write(creates(entries)) if isinstance(ref, Ref)]
    google.fault(kind, method="batch")
    moves = [Write("update", replace(new, title="Pause"), ref) for new, ref in zip(entries[:3], refs[:3], strict=True)]
    outcomes = list(calendar.write([*moves, *(Write("delete", ref=ref) for ref in refs[3:])]))
    assert not [outcome for outcome in outcomes if isinstance(outcome, CalendarError)]
    assert [event["summary"] for event in live(kept)] == ["Pause"] * 3
    assert [ref.etag for ref in outcomes[:3] if isinstance(ref, Ref)] == [event["etag"] for event in live(kept)]


@pytest.mark.parametrize("kind", ["commit, then 504", "commit, then 503"])
def test_parts_whose_answers_are_lost_are_written_once(open_: Open, google: Fake, kept: Kept, kind: str) -> None:
    google.fault(kind, part=True, after=3, times=4)
    outcomes = list(open_().write(creates(several(10))))
    assert all(isinstance(outcome, Ref) for outcome in outcomes)
    assert len(kept.events) == 10


def test_another_persons_event_under_a_blocks_id_is_a_conflict_also_after_a_lost_answer(
    open_: Open, google: Fake, kept: Kept
) -> None:
    """Two entries meet: ours was never written, so what stands there is not taken for it."""
    name = open_().create(entry("breaks.after/0")).where
    google.world.edited(kept, name, {"summary": "Dentist", "extendedProperties": {"private": {TAG: "other"}}})
    google.fault("500", method="batch")
    first, second = open_().write(creates([entry("breaks.after/0"), entry("breaks.after/1")]))
    assert isinstance(first, Conflict)
    assert isinstance(second, Ref)
    assert kept.events[name]["summary"] == "Dentist"


@pytest.fixture
def cleared(open_: Open, google: Fake) -> list[Entry]:
    """Blocks that were written and deleted again."""
    calendar, entries = open_(), several(60)
    refs = [ref for ref in calendar.write(creates(entries)) if isinstance(ref, Ref)]
    list(calendar.write([Write("delete", ref=ref) for ref in refs]))
    google.log.clear()
    return entries


def test_many_deleted_ids_are_revived_in_few_requests(
    open_: Open, google: Fake, kept: Kept, cleared: list[Entry]
) -> None:
    again = list(open_().write(creates(cleared)))
    assert google.requests() == ["batch", "batch", "events.list", "batch", "batch"]
    assert [kept.events[ref.where]["etag"] for ref in again if isinstance(ref, Ref)] == [
        ref.etag for ref in again if isinstance(ref, Ref)
    ]
    assert len(again) == len(live(kept)) == 60


def test_deleted_ids_are_revived_also_where_they_stood_at_quite_other_times(
    open_: Open, kept: Kept, cleared: list[Entry]
) -> None:
    later = [replace(one, interval=span("2027-03-01 08:00", "2027-03-01 08:10")) for one in cleared[:3]]
    assert all(isinstance(outcome, Ref) for outcome in open_().write(creates(later)))
    assert times(live(kept)) == [("2027-03-01T08:00:00Z", "2027-03-01T08:10:00Z")] * 3


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("together", [1, 12])
def test_a_revival_whose_answer_is_lost_is_done_once(
    open_: Open, google: Fake, kept: Kept, cleared: list[Entry], kind: str, together: int
) -> None:
    calendar, some = open_(), cleared[:together]
    if together == 1:
        google.fault(kind, method="events.update")
        outcomes = [calendar.create(some[0])]
    else:
        google.fault(kind, method="batch", after=1)
        outcomes = list(calendar.write(creates(some)))
    assert [kept.events[ref.where]["etag"] for ref in outcomes if isinstance(ref, Ref)] == [
        ref.etag for ref in outcomes if isinstance(ref, Ref)
    ]
    assert len(outcomes) == len(live(kept)) == together
    if together > 1:
        assert "events.update" not in google.requests()


# One at a time, and what stands in the way


@pytest.mark.parametrize("kind", ["rateLimitExceeded", "userRateLimitExceeded", "429", "500", "503", "504", "dropped"])
def test_what_passes_is_waited_for(open_: Open, google: Fake, kind: str) -> None:
    google.fault(kind, times=2)
    assert open_().read(WINDOW, LONDON).events == ()
    assert len(google.log) >= 3


@pytest.mark.parametrize("kind", ["truncated", "cut"])
def test_half_a_reply_is_no_reply(open_: Open, google: Fake, kept: Kept, kind: str) -> None:
    calendar = open_()
    calendar.write(creates(several(3)))
    list(calendar.write(creates(several(3))))
    google.fault(kind, method="events.list", times=2)
    assert len(calendar.read(WINDOW, LONDON).events) == len(live(kept)) == 3


@pytest.mark.parametrize("kind", ["truncated", "cut", "dropped"])
def test_replies_that_never_come_whole_are_unreadable_so_that_nothing_is_planned(
    open_: Open, google: Fake, kind: str
) -> None:
    google.fault(kind, times=10000)
    with pytest.raises(Unreadable, match=r"^cloud: Google's reply did not come whole; try again later$"):
        open_().read(WINDOW, LONDON)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("503", r"^cloud: Google answers 503 again and again; the next run goes on where this one stopped$"),
        ("429", r"^cloud: Google answers 429 again and again; "),
        ("rateLimitExceeded", r"^cloud: Google allows no more requests now; "),
    ],
)
def test_what_does_not_pass_is_said_in_one_line(open_: Open, google: Fake, kind: str, words: str) -> None:
    google.fault(kind, times=10000)
    with pytest.raises(CalendarError, match=words):
        open_().read(WINDOW, LONDON)
    assert len(google.log) > 3


@pytest.mark.parametrize("kind", ["quotaExceeded", "dailyLimitExceeded"])
def test_a_quota_that_is_used_up_stops_at_once(open_: Open, google: Fake, kind: str) -> None:
    google.fault(kind, times=10000)
    with pytest.raises(CalendarError, match="quota for this account is used up for today; the next night goes on"):
        open_().read(WINDOW, LONDON)
    assert len(google.log) == 1


@pytest.mark.parametrize("part", [False, True], ids=["a reading", "a part of a batch"])
def test_google_is_left_alone_for_as_long_as_it_asks(
    open_: Open, google: Fake, monkeypatch: pytest.MonkeyPatch, part: bool
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("connectors.google_api.time.sleep", waits.append)
    monkeypatch.setattr(google_api, "GIVE_UP", 120.0)
    google.fault("503", part=part, retry_after=7)
    if part:
        assert all(isinstance(done, Ref) for done in open_().write(creates(several(3))))
    else:
        open_().read(WINDOW, LONDON)
    assert [wait for wait in waits if wait >= 1] == [7.0]


def test_google_is_not_asked_again_where_it_asks_for_more_patience_than_a_run_has(open_: Open, google: Fake) -> None:
    google.fault("503", retry_after=3600, times=9)
    with pytest.raises(CalendarError, match="Google answers 503 again and again"):
        open_().read(WINDOW, LONDON)
    assert len(google.log) == 1


def test_a_batch_that_is_refused_for_a_condition_it_does_not_have_makes_no_block_under_another_key(
    open_: Open, google: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No block is there already: nothing is known of them at all."""
    monkeypatch.setitem(USAGE, "412", (412, "Precondition Failed"))
    google.fault("412", method="batch")
    for outcome in open_().write(creates(several(3))):
        assert isinstance(outcome, CalendarError)
        assert not isinstance(outcome, Conflict)
    google.fault("412", method="events.insert")
    with pytest.raises(CalendarError, match="refuses a new block") as caught:
        open_().create(entry())
    assert not isinstance(caught.value, Conflict)


def test_a_token_that_cannot_be_asked_for_without_a_network_is_told_at_once(google: Fake) -> None:
    app = {"refresh_token": "r", "token_uri": "http://tokens.invalid/", "client_id": "c", "client_secret": "s"}
    login = Credentials(None, **app)
    service = google_api.Service("cloud", google.endpoint, lambda: login)
    try:
        with pytest.raises(CalendarError, match=r"^cloud: Google cannot be reached; check the network$"):
            service.send(service.events().list(calendarId="primary"), "cloud")
    finally:
        service.close()


def test_waiting_grows_and_is_not_the_same_twice(open_: Open, google: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("google.api_core.retry.retry_unary.time.sleep", waits.append)
    monkeypatch.setattr(google_api, "FIRST_WAIT", 1.0)
    monkeypatch.setattr(google_api, "LONGEST_WAIT", 32.0)
    monkeypatch.setattr(google_api, "GIVE_UP", 600.0)
    google.fault("503", times=9)
    open_().read(WINDOW, LONDON)
    assert len(waits) == 9
    assert len(set(waits)) > 5
    assert max(waits[:2]) <= 4.0
    assert 4.0 < max(waits[4:]) <= 32.0


def test_a_token_that_is_not_accepted_is_said_without_the_token(open_: Open) -> None:
    with pytest.raises(CalendarError) as caught:
        open_(token={"env": "sentinel-token"}).read(WINDOW, LONDON)
    assert "sentinel" not in str(caught.value)
    assert str(caught.value).startswith("cloud: ")


def test_rights_that_are_missing_are_said(open_: Open) -> None:
    with pytest.raises(CalendarError, match="not given the rights that this needs"):
        open_(token={"env": "may-free-busy"}).create(entry())


def test_a_calendar_that_is_gone_is_said_with_where_to_find_its_id(open_: Open) -> None:
    with pytest.raises(CalendarError, match=r"^cloud/wrok: Google knows no such calendar; check its id"):
        open_("wrok").read(WINDOW, LONDON)


def test_writing_to_a_calendar_that_is_gone_is_an_error_for_every_block(open_: Open, google: Fake) -> None:
    outcomes = list(open_("wrok").write(creates(several(3))))
    assert all(isinstance(outcome, CalendarError) and "no such calendar" in str(outcome) for outcome in outcomes)
    assert google.requests() == ["batch"]


def test_deleting_what_is_gone_already_is_success_by_every_way_google_says_so(open_: Open, kept: Kept) -> None:
    calendar = open_()
    ref = calendar.create(entry())
    calendar.delete(ref)
    calendar.delete(ref)  # 410
    kept.events.clear()
    calendar.delete(ref)  # 404


@pytest.mark.parametrize("together", [False, True])
def test_deleting_what_is_gone_is_success_also_where_google_looks_at_its_version_first(
    open_: Open, google: Fake, together: bool
) -> None:
    google.world.version_first = True
    calendar = open_()
    refs = [calendar.create(one) for one in several(3)]
    for ref in refs:
        calendar.delete(ref)
    if together:
        assert list(calendar.write([Write("delete", ref=ref) for ref in refs])) == refs
    else:
        calendar.delete(refs[0])


def test_a_block_whose_version_is_not_known_is_left_alone(open_: Open, google: Fake, kept: Kept) -> None:
    ref = open_().create(entry())
    google.log.clear()
    with pytest.raises(Conflict, match="left alone"):
        open_().update(Ref(ref.where, ""), entry(title="Pause"))
    with pytest.raises(Conflict, match="left alone"):
        open_().delete(Ref(ref.where, ""))
    assert google.log == []
    assert len(live(kept)) == 1


@pytest.mark.parametrize("kind", ["commit, then 504", "truncated", "cut", "commit, then dropped"])
def test_single_writes_whose_answers_are_lost_are_done_once(open_: Open, google: Fake, kept: Kept, kind: str) -> None:
    calendar = open_()
    google.fault(kind, method="events.insert")
    ref = calendar.create(entry())
    google.fault(kind, method="events.patch")
    ref = calendar.update(ref, entry(start="2026-11-24 12:00"))
    assert kept.events[ref.where]["etag"] == ref.etag
    assert times(kept.events.values()) == [("2026-11-24T12:00:00Z", "2026-11-24T12:10:00Z")]
    google.fault(
        kind.replace("truncated", "commit, then 504").replace("cut", "commit, then 504"), method="events.delete"
    )
    calendar.delete(ref)
    assert live(kept) == []


def test_nothing_that_is_said_quotes_a_title_an_address_or_a_login(open_: Open, google: Fake) -> None:
    said = []
    for kind in ("503", "quotaExceeded", "cut"):
        google.faults.clear()
        google.fault(kind, times=10000)
        with pytest.raises(CalendarError) as caught:
            open_().create(entry(title="Sentinel title"))
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        said.append(str(caught.value))
    assert not re.search(r"sentinel|127\.0\.0\.1|may-events|http:", " ".join(said), re.IGNORECASE)


def test_threads_do_not_share_a_connection(open_: Open, google: Fake, kept: Kept) -> None:
    calendar = open_()
    for number in range(60):
        google.world.put(kept, {"summary": "x" * 500, "start": {"dateTime": f"2026-11-24T10:{number:02}:00Z"},
                                "end": {"dateTime": f"2026-11-24T11:{number:02}:00Z"}})  # fmt: skip
    found: list[int] = []

    def read() -> None:
        found.extend(len(calendar.read(WINDOW, LONDON).events) for _ in range(5))
        calendar.close()

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [60] * 30


def test_blocks_of_another_owner_are_read_as_theirs_and_never_as_ours(open_: Open) -> None:
    calendar = open_()
    theirs = replace(entry(), tag=replace(entry().tag, owner="0123456789abcdef"))
    calendar.write(creates([theirs]))
    list(calendar.write(creates([theirs, entry()])))
    assert sorted(e.tag.owner for e in calendar.read(WINDOW, LONDON).events if e.tag) == sorted(
        [LEE, "0123456789abcdef"]
    )


def test_one_calendar_under_two_names_has_one_address(open_: Open) -> None:
    assert open_().address() == open_(ME).address() == open_("primary").address()
    assert open_("team@riverside.example").address() != open_().address()


def test_the_main_calendars_of_two_accounts_are_two_calendars(google: Fake, tmp_path: Path) -> None:
    """Also where the rule file does not say whose accounts they are."""
    options = {"token": {"env": "may-events"}, "endpoint": google.endpoint}
    one, two = (GoogleCalendar(None, context(tmp_path, name, **options)) for name in ("lee-google", "noor-google"))
    assert one.address() != two.address()
