"""What other calendars show: a practice system that copies our blocks back, another owner's blocks, what is over
already."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.servers import RunningServer

from .practice import Practice, own, session, silent, times, vcalendar, vevent

BREAK = ("20261201T105000Z", "20261201T110000Z")


@pytest.fixture
def ehr(practice: Practice) -> Practice:
    """lee's calendar with a session and its break, and a practice system with a copy of that break."""
    choose_echoes(practice, "yes")
    practice.calendar("diary", session(1, 10))
    practice.calendar("ehr")
    assert silent(practice.run("sync", "--yes"))
    assert BREAK in times(practice.folder / "diary").values()
    copy = vcalendar(vevent("copy@ehr.invalid", "20261201T105000", "20261201T110000", title="Busy"))
    (practice.folder / "ehr" / "copy.ics").write_bytes(copy)
    return practice


def choose_echoes(practice: Practice, echoes: str) -> None:
    accounts = f"diary: {{type: folder, path: diary}}\nehr: {{type: folder, path: ehr, echoes: {echoes}}}"
    practice.rules(accounts, "lee: {read: [diary, ehr], write: diary}")


def test_a_copy_of_our_block_in_an_account_with_echoes_is_ignored(ehr: Practice) -> None:
    assert silent(ehr.run("sync"))
    assert BREAK in times(ehr.folder / "diary").values()


def test_without_echoes_the_copy_is_somebody_s_appointment(ehr: Practice) -> None:
    choose_echoes(ehr, "no")
    ehr.run("sync")
    assert BREAK not in times(ehr.folder / "diary").values()


def test_an_echo_may_carry_our_tag_and_still_counts_for_nothing(ehr: Practice) -> None:
    [tagged] = [body for body in own(ehr.folder / "diary").values() if BREAK[0].encode() in body]
    (ehr.folder / "ehr" / "copy.ics").write_bytes(tagged)
    assert silent(ehr.run("sync"))
    assert BREAK in times(ehr.folder / "diary").values()


@pytest.mark.parametrize(("respect", "room"), [("", True), (", respect: others", False)])
def test_another_owner_s_block_is_an_obstacle_only_where_others_are_respected(
    practice: Practice, respect: str, room: bool
) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    accounts, therapist = "diary: {type: folder, path: diary}", "lee: {read: [diary], write: diary%s}"
    practice.rules(accounts, therapist % respect, identity="another1")
    before = own(diary)
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    assert any(b["start"].startswith("2026-12-01T10:50") for b in plan["blocks"]) is room
    practice.run("sync", "--yes")
    assert {name: own(diary)[name] for name in before} == before


def test_what_was_double_booked_earlier_this_week_is_no_finding_any_more(practice: Practice) -> None:
    practice.one_therapist(session(1, 10), session(1, 10).replace("UID:", "UID:second-"))
    for now, codes in (("2026-11-30T06:00:00+00:00", ["double-booked"]), ("2026-12-03T06:00:00+00:00", [])):
        [plan] = practice.run("preview", "--format", "json", now=now).json()["therapists"]
        assert [f["code"] for f in plan["findings"]] == codes


@pytest.mark.parametrize(
    "therapist",
    [
        "lee: {read: [one], write: two}",
        "lee: {read: [two, one], write: one}",
        "lee: {read: [one, two], write: two}",
    ],
)
def test_one_calendar_under_two_names_is_one(practice: Practice, therapist: str) -> None:
    accounts = "one: {type: folder, path: diary}\ntwo: {type: folder, path: ./diary/../diary}"
    diary = practice.calendar("diary", session(1, 10))
    practice.rules(accounts, therapist)
    assert silent(practice.run("sync", "--yes"))
    written = times(diary)
    assert BREAK in written.values()
    assert silent(practice.run("sync"))
    assert times(diary) == written


def test_a_calendar_that_gets_another_name_keeps_its_blocks_and_what_was_deleted_by_hand(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10))
    assert silent(practice.run("sync", "--yes"))
    before = own(diary)
    deleted = next(name for name, body in before.items() if BREAK[0].encode() in body)
    (diary / deleted).unlink()
    assert silent(practice.run("sync"))
    practice.rules(
        "renamed: {type: folder, path: diary}\ndiary: {type: folder, path: diary}",
        "lee: {read: [renamed], write: renamed}",
    )
    for _ in range(2):
        assert silent(practice.run("sync"))
        assert own(diary) == {name: body for name, body in before.items() if name != deleted}


def test_a_calendar_on_a_server_may_be_named_by_its_account_here_and_by_its_name_there(
    practice: Practice, radicale: RunningServer
) -> None:
    url = radicale.make_calendar("only-one")
    radicale.put(f"{url}a.ics", vcalendar(session(1, 10)))
    secret = practice.folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text("secret")
    login = f"user: tester, password: {{file: {secret}}}"
    accounts = (
        f"cloud: {{type: caldav, url: {radicale.principal}, {login}}}\nonly: {{type: caldav, url: {url}, {login}}}"
    )
    practice.rules(accounts, "lee: {read: [only], write: cloud/only-one}")
    assert silent(practice.run("sync", "--yes"))
    first = radicale.list(url)
    assert silent(practice.run("sync"))
    assert radicale.list(url) == first
    assert len(first) == 3


def test_one_of_several_calendars_that_reads_empty_stops_the_plan_until_it_is_forced(practice: Practice) -> None:
    accounts = "diary: {type: folder, path: diary}\nehr: {type: folder, path: ehr}"
    practice.rules(accounts, "lee: {read: [diary, ehr], write: diary}")
    diary = practice.calendar("diary", session(1, 10))
    ehr = practice.calendar("ehr", session(2, 10), session(3, 10))
    assert silent(practice.run("sync", "--yes"))
    before = times(diary)
    for path in ehr.iterdir():
        path.write_bytes(vcalendar())
    for _ in range(2):
        ran = practice.run("sync")
        assert ran.code == 3
        assert "ehr had sessions ahead and now reads empty" in ran.error
        assert times(diary) == before
    assert practice.run("sync", "--force").code == 0
    assert len(times(diary)) < len(before)
    assert silent(practice.run("sync"))


def test_a_calendar_whose_sessions_are_all_over_may_read_empty(practice: Practice) -> None:
    accounts = "diary: {type: folder, path: diary}\nehr: {type: folder, path: ehr}"
    practice.rules(accounts, "lee: {read: [diary, ehr], write: diary}")
    practice.calendar("diary", session(1, 10))
    ehr = practice.calendar("ehr", session(1, 14))
    assert silent(practice.run("sync", "--yes"))
    for path in ehr.iterdir():
        path.unlink()
    assert silent(practice.run("sync", now="2026-12-02T06:00:00+00:00"))


def test_copies_of_one_appointment_at_different_times_both_get_their_break(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(1, 10).replace("T10", "T13"))
    assert silent(practice.run("sync", "--yes"))
    assert {BREAK, ("20261201T135000Z", "20261201T140000Z")} <= set(times(diary).values())
    assert silent(practice.run("sync"))
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    assert [f["code"] for f in plan["findings"]] == ["stale-copy"]


def test_events_without_a_uid_are_appointments_of_their_own(practice: Practice) -> None:
    nameless = [re.sub(r"UID:[^\r]*\r\n", "", session(day, 10)) for day in (1, 2)]
    diary = practice.one_therapist(*nameless)
    assert silent(practice.run("sync", "--yes"))
    assert {BREAK, ("20261202T105000Z", "20261202T110000Z")} <= set(times(diary).values())
    assert practice.run("preview", "--format", "json").json()["therapists"][0]["findings"] == []
    before = {name: body for name, body in own(diary).items() if b"20261202T105000Z" in body}
    (diary / "event-0.ics").unlink()  # one is cancelled: the other's break is still the same block
    assert silent(practice.run("sync"))
    assert before.items() <= own(diary).items()


def test_an_event_that_cannot_be_read_is_told_at_night_too_by_calendar_and_time(practice: Practice) -> None:
    practice.one_therapist(session(1, 10), session(2, 10).replace("TZID=Europe/London", "TZID=Somewhere/Else"))
    ran = practice.run("sync", "--yes")
    assert ran.code == 0
    assert "diary: an event that begins 2026-12-02 10:00 was left out" in ran.error


def test_two_who_respect_each_other_s_blocks_settle(practice: Practice) -> None:
    practice.rules(
        "diary: {type: folder, path: diary}",
        'lee: {read: [diary], write: diary, sessions: [{title: "Client A*", kind: individual}]}\n'
        'kim: {read: [diary], write: diary, sessions: [{title: "Client B*", kind: individual}]}',
        more="respect: others\nprotect: [{name: Lunch, length: 30 min, between: 12:00-14:00}]",
    )
    practice.calendar("diary", session(1, 10), session(1, 10, title="Client B.").replace("UID:", "UID:b-"))
    assert practice.run("sync", "--yes").code == 0
    before = own(practice.folder / "diary")
    assert silent(practice.run("sync"))
    assert own(practice.folder / "diary") == before


@pytest.mark.parametrize(("written", "by_hand"), [(b"SUMMARY:Break", b"SUMMARY:Tea"), (b"OPAQUE", b"TRANSPARENT")])
def test_with_restore_a_title_and_busy_time_go_back_as_well(practice: Practice, written: bytes, by_hand: bytes) -> None:
    diary = practice.one_therapist(session(1, 10), more="edits: restore")
    assert silent(practice.run("sync", "--yes"))
    for name, body in own(diary).items():
        (diary / name).write_bytes(body.replace(written, by_hand))
    assert any(by_hand in body for body in own(diary).values())
    assert silent(practice.run("sync", "--force"))
    assert not any(by_hand in body for body in own(diary).values())
    assert any(written in body for body in own(diary).values())


def test_a_plan_in_a_file_that_ends_in_json_is_json(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    path = practice.folder / "plan.json"
    assert practice.run("preview", "--output", path).code == 0
    assert json.loads(path.read_text())["version"] == 1


def test_a_full_calendar_in_which_nothing_is_a_session_is_told(practice: Practice) -> None:
    practice.one_therapist(*(session(1, hour, title="Somebody") for hour in (9, 10, 11, 12, 13)))
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    assert [f["code"] for f in plan["findings"]] == ["no-session"]
    assert "none of the 5 busy events ahead is a session" in plan["findings"][0]["message"]


@pytest.mark.parametrize("now", ["2026-12-02T06:00:00+00:00", "2026-12-07T06:00:00+00:00"])
@pytest.mark.parametrize("journal", ["kept", "lost"])
def test_a_session_that_moves_ahead_after_its_break_is_over_gets_a_new_break(
    practice: Practice, now: str, journal: str
) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    before = own(diary)
    day = "20261208"
    moved = session(1, 10).replace("20261201T1", f"{day}T1")
    (diary / "event-0.ics").write_bytes(vcalendar(moved))
    if journal == "lost":
        shutil.rmtree(practice.state)
    assert practice.run("sync", "--yes", "--force", now=now).code == 0
    assert (f"{day}T105000Z", f"{day}T110000Z") in times(diary).values()
    assert {name: body for name, body in own(diary).items() if BREAK[0].encode() in body} == {
        name: body for name, body in before.items() if BREAK[0].encode() in body
    }
    after = own(diary)
    assert silent(practice.run("sync", now=now))
    assert own(diary) == after
    (diary / "event-0.ics").write_bytes(vcalendar(moved.replace("T10", "T14").replace("T105", "T145")))
    assert silent(practice.run("sync", now=now))
    assert sorted(name for name in own(diary)) == sorted(name for name in after)  # an update, not another block


def test_an_event_at_the_end_of_time_is_left_out_and_told(practice: Practice) -> None:
    odd = vevent("odd@practice.invalid", "20261201T120000", "20261201T130000")
    odd = odd.replace("DTEND;TZID=Europe/London:20261201T130000", "DURATION:P9999999D")
    diary = practice.one_therapist(session(1, 10), odd)
    ran = practice.run("sync", "--yes")
    assert ran.code == 0
    assert "was left out" in ran.error
    assert BREAK in times(diary).values()
