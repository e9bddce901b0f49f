"""`session-breaks explain` as a user runs it, on a calendar that is a folder of .ics files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .practice import NOW, Practice, Ran, contents, session, vcalendar, vevent

MORE = """
limits: {per_day: {sessions: 3}}
protect:
  - {name: Lunch, length: 30 min, between: 11:30-14:00, ideally: 12:30}
"""
KEYS = {
    "practice", "therapist", "timezone", "moment", "kind", "start", "end", "key", "name", "rule", "where", "why",
    "action", "by_hand", "cause", "gave_up", "costs_slots", "example", "way_out", "in_the_way", "bookable", "left_day",
    "left_week", "day_load", "week_load", "findings", "text",
}  # fmt: skip


def timed(name: str, start: str, end: str, title: str = "Client Ada Byron") -> str:
    """An event on Tuesday 1 December, by its wall times as ``1200``."""
    return vevent(f"{name}@practice.invalid", f"20261201T{start}00", f"20261201T{end}00", title=title)


CROWDED = (
    timed("first", "1050", "1140", title="Meeting with Ada Byron"),
    timed("second", "1200", "1250"),
    timed("third", "1310", "1400", title="Meeting with Ada Byron"),
)


def ask(practice: Practice, *words: str, **more: Any) -> Ran:
    return practice.run("explain", *words, "--now", NOW, **more)


def answers(practice: Practice, what: str) -> list[dict[str, Any]]:
    ran = ask(practice, what, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    document = ran.json()
    assert (document["version"], document["asked"], document["errors"]) == (1, what, [])
    assert all(set(answer) == KEYS for answer in document["answers"])
    return list(document["answers"])


def line_of(practice: Practice, text: str) -> str:
    """The place of a line in the rule file, as answers name it."""
    lines = practice.file.read_text().splitlines()
    return f"{practice.file}:{next(n for n, line in enumerate(lines, 1) if text in line)}"


def test_lunch_names_its_line_what_it_gave_up_and_what_it_costs_and_nothing_is_written(practice: Practice) -> None:
    folder = practice.one_therapist(timed("one", "1215", "1305"), more=MORE)
    before = contents(folder)
    ran = ask(practice, "2026-12-01T13:10")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Tue 1 Dec 13:05-13:35 · Lunch\n")
    said = " ".join(ran.out.split())
    assert f"Rule: protect, Lunch ({line_of(practice, 'name: Lunch')})." in said
    assert "35 min later than `ideally` (12:30): the session 12:15-13:05 is there" in said
    assert "It costs no bookable slot." in said
    assert contents(folder) == before
    assert practice.run("sync").code == 3, "the first sync is still a first one"


def test_json_has_the_same_facts_under_names_that_stay(practice: Practice) -> None:
    practice.one_therapist(timed("one", "1000", "1050"), more=MORE)
    [answer] = answers(practice, "2026-12-01T10:55")
    assert (answer["kind"], answer["rule"], answer["name"]) == ("block", "breaks.after", "Break")
    assert answer["where"] == line_of(practice, "breaks:")
    assert answer["cause"] == {
        "kind": "individual",
        "start": "2026-12-01T10:00:00+00:00",
        "end": "2026-12-01T10:50:00+00:00",
    }
    assert (answer["start"], answer["moment"]) == ("2026-12-01T10:50:00+00:00", "2026-12-01T10:55:00+00:00")
    assert answer["text"][0] == "Break after the session 10:00-10:50 (individual)."
    assert isinstance(answer["costs_slots"], int)


def test_a_time_a_time_with_offset_a_key_and_a_date_ask_for_the_same_block(practice: Practice) -> None:
    practice.one_therapist(timed("one", "1000", "1050"), more=MORE)
    blocks = practice.run("preview", "--format", "json").json()["therapists"][0]["blocks"]
    [key] = [b["key"] for b in blocks if b["start"] == "2026-12-01T10:50:00+00:00"]
    for what in ("2026-12-01T10:55", "2026-12-01T12:55+02:00", key):
        [answer] = answers(practice, what)
        assert answer["key"] == key
    day = answers(practice, "2026-12-01")
    assert key in [answer["key"] for answer in day]
    assert {answer["start"][:10] for answer in day} == {"2026-12-01"}


def test_held_time_open_time_and_closed_time(practice: Practice) -> None:
    sessions = [session(1, hour) for hour in (9, 10, 11)]
    practice.one_therapist(*sessions, more=MORE)
    [held] = answers(practice, "2026-12-01T16:00")
    assert (held["kind"], held["rule"], held["where"]) == ("guard", "limits.per_day", line_of(practice, "per_day"))
    assert held["example"]["finding"]["message"] == "Tue 1 Dec: 4 of 3 sessions"
    [free] = answers(practice, "2026-12-02T16:00")
    assert (free["kind"], free["where"], free["left_day"]) == ("open", line_of(practice, "working_hours"), 3)
    [night] = answers(practice, "2026-12-01T20:00")
    assert (night["kind"], night["why"]) == ("closed", "outside working hours")
    [saturday] = answers(practice, "2026-12-05T12:00")
    assert (saturday["kind"], saturday["why"]) == ("closed", "day off: no working hours")


def test_a_lunch_without_room_tells_the_way_out_and_the_way_out_works(practice: Practice) -> None:
    folder = practice.one_therapist(*CROWDED, more=MORE)
    ran = ask(practice, "2026-12-01T12:30")
    assert "Lunch fits if the 12:00 session on Tue 1 Dec starts 10 minutes later (12:10-13:00)." in ran.out
    told, missing = answers(practice, "2026-12-01T12:30")
    assert (told["kind"], missing["kind"]) == ("session", "not-placed")
    assert missing["way_out"]["minutes"] == 10
    assert answers(practice, "protect/lunch/2026-12-01") == [{**missing, "moment": None}]
    (folder / "event-1.ics").write_bytes(vcalendar(timed("second", "1210", "1300")))
    plan = practice.run("preview", "--format", "json").json()["therapists"][0]
    assert "protect/lunch/2026-12-01" in [b["key"] for b in plan["blocks"]]
    assert plan["findings"] == []


def test_a_lunch_between_meetings_has_no_way_out_and_says_so(practice: Practice) -> None:
    practice.one_therapist(timed("all", "1130", "1400", title="Staff"), more=MORE)
    assert "No single session moved by up to 30 minutes makes room" in ask(practice, "2026-12-01T12:30").out


@pytest.mark.parametrize("how", ["text", "json"])
def test_no_title_is_ever_told(practice: Practice, how: str) -> None:
    practice.one_therapist(*CROWDED, more=MORE)
    ran = ask(practice, "2026-12-01", "--format", how)
    assert ran.code == 0
    assert "individual" in ran.out
    for word in ("Ada", "Byron", "Meeting", "Client"):
        assert word not in ran.said


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("2026-11-29T12:00", "is not in what is planned (lee: Mon 30 Nov 06:00 to Sun 6 Dec 24:00)"),
        ("2027-03-01", "say --to or a longer `horizon`"),
        ("protect/dinner/2026-12-01", "`session-breaks preview --format json` names every key"),
        ("lunch", "is no time and no key; write `session-breaks explain 2026-12-03T12:30 FILE`"),
        ("./practice.yaml", "is no time and no key"),
    ],
)
def test_what_cannot_be_answered_ends_with_2_and_says_what_to_ask(practice: Practice, what: str, said: str) -> None:
    practice.one_therapist(more=MORE)
    ran = ask(practice, what)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_to_explains_beyond_the_horizon(practice: Practice) -> None:
    practice.one_therapist(more=MORE)
    assert ask(practice, "2026-12-16T12:40").code == 2
    ran = ask(practice, "2026-12-16T12:40", "--to", "2026-12-20")
    assert (ran.code, ran.err) == (0, "")
    assert "Lunch" in ran.out


def test_a_paused_therapist_has_nothing_to_explain(practice: Practice) -> None:
    practice.rules("diary: {type: folder, path: diary}", "lee: {read: [diary], write: diary, paused: yes}")
    ran = ask(practice, "2026-12-01T12:40")
    assert (ran.code, ran.out) == (2, "")
    assert "`paused`" in ran.error


def test_one_therapists_broken_calendar_leaves_the_others_answer(practice: Practice, tmp_path: Path) -> None:
    practice.rules(
        "diary: {type: folder, path: diary}\ngone: {type: folder, path: gone}",
        "lee: {read: [diary], write: diary}\nnoor: {read: [gone], write: gone}",
        more=MORE,
    )
    practice.calendar("diary", timed("one", "1000", "1050"))
    ran = ask(practice, "2026-12-01T10:10")
    assert ran.code == 1
    assert "A client session (individual)" in ran.out
    assert "noor" in ran.err
    only_lee = ask(practice, "2026-12-01T10:10", "--therapist", "lee")
    assert (only_lee.code, only_lee.err) == (0, "")
    assert not (tmp_path / "gone").exists()


def test_each_therapist_is_asked_at_that_wall_time(practice: Practice) -> None:
    practice.rules(
        "one: {type: folder, path: one}\ntwo: {type: folder, path: two}",
        "lee: {read: [one], write: one}\nnoor: {read: [two], write: two, timezone: Europe/Berlin}",
    )
    practice.calendar("one", timed("one", "1000", "1050"))
    practice.calendar("two", timed("two", "1000", "1050"))  # 11:00 in Berlin
    lee, noor = answers(practice, "2026-12-01T10:10")
    assert (lee["therapist"], lee["kind"], noor["therapist"], noor["kind"]) == ("lee", "session", "noor", "open")
    assert noor["moment"] == "2026-12-01T10:10:00+01:00"
