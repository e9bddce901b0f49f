"""What other calendars show: a practice system that copies our blocks back, another owner's blocks, what is over
already."""

from __future__ import annotations

import pytest

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
