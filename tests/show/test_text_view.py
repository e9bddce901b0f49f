from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.demand import Finding, Load
from rules.practice import Limit
from rules.timeline import Interval
from scheduler.outcome import Failure, Kept, Outcome, Result
from scheduler.show import text_view
from scheduler.show.paper import columns
from tests.show.builder import outcome, stretch

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
WEEK = {
    "2026-11-23": "08:30-18:30 working, 09:00-09:50 session, 09:50-10:00 +break,"
    "10:00-10:50 session, 10:50-11:00 +break, 12:30-13:15 +protect Lunch,"
    "14:00-14:50 session, 14:50-15:00 +break, 15:00-18:30 +guard",
    "2026-11-24": "08:30-18:30 working, 09:00-10:00 busy, 11:00-11:50 session, 11:50-12:00 ~break,"
    "12:30-13:15 =protect Lunch, 13:15-18:30 open",
    "2026-11-25": "",
    "2026-11-26": "09:00-09:50 session, 09:50-10:40 session, 10:40-11:30 session, 12:00-12:50 session,"
    "13:00-13:50 session, 14:00-14:50 session, 17:00-17:10 -break",
}
OFF = {"2026-11-25": "public holiday: Invented Day", "2026-11-28": "no working hours", "2026-11-29": "no working hours"}


def finding(code: str, day: str = "2026-11-26", message: str = "something is wrong", **more: str) -> Finding:
    return Finding(rule="a.rule", code=code, interval=stretch(day, "09:00-10:00"), message=message, **more)


def plan(**more: Any) -> Outcome:
    return outcome(WEEK, until="2026-11-29", now=NOW, days_off=OFF, **more)


def show(*results: Result, width: int = 100, colour: bool = False, unicode: bool = True, **more: Any) -> str:
    return text_view.render(results, NOW, width=width, colour=colour, unicode=unicode, **more)


def row(text: str, label: str) -> str:
    (found,) = [line for line in text.splitlines() if line.startswith(label)]
    return found


def test_a_day_is_a_bar_of_letters_under_its_hours_with_its_load() -> None:
    text = show(plan())
    hours = next(line for line in text.splitlines() if line.split()[:2] == ["09", "10"])
    monday = row(text, "Mon 23 Nov")
    assert monday == (
        "Mon 23 Nov     SSSSSbSSSSSb         PPPPP    SSSSSbhhhhhhhhhhhhhhhhhhhhh  3/5   2 h 30 of 4 h 30"
    )
    assert monday.index("S") == hours.index("09")
    assert monday.index("bhh") == hours.index("15") - 1


def test_protected_time_is_named_under_its_place() -> None:
    lines = show(plan()).splitlines()
    bar = next(i for i, line in enumerate(lines) if line.startswith("Mon 23 Nov  "))
    assert lines[bar + 1].strip() == "12:30-13:15 Lunch"
    assert lines[bar + 1].index("12:30") == lines[bar].index("P")


def test_notes_have_a_letter_of_their_own_and_are_named_under_their_place() -> None:
    text = show(outcome({"2026-11-25": "09:00-09:50 session, 12:00-13:00 protect, 13:00-13:30 notes"}))
    lines = text.splitlines()
    bar = next(i for i, line in enumerate(lines) if line.startswith("Wed 25 Nov  "))
    assert "PPPnnn" in lines[bar]
    assert lines[bar + 1].split() == ["12:00-13:00", "Lunch", "13:00-13:30", "Notes"]
    assert "P protected   n notes" in text


def test_details_name_sessions_by_kind_and_breaks_too() -> None:
    text = show(plan(), details=True)
    assert "09:00-09:50 individual" in text
    assert "09:50-10:00 Break" in text


def test_of_sessions_that_touch_every_second_one_is_small() -> None:
    assert "SSSSSsssssSSSSS" in row(show(plan()), "Thu 26 Nov")


@pytest.mark.parametrize(
    ("width", "meaning"), [(100, "session that touches the one before"), (60, "session right after")]
)
def test_the_small_s_is_explained_where_it_is_shown_and_nowhere_else(width: int, meaning: str) -> None:
    assert f"S session   s {meaning}   b break" in show(plan(), width=width)
    apart = outcome({day: text for day, text in WEEK.items() if day != "2026-11-26"}, until="2026-11-29", now=NOW)
    text = show(apart, width=width)
    assert "S session   b break" in text
    assert meaning not in text


def test_a_day_over_its_limit_says_what_is_over() -> None:
    assert row(show(plan()), "Thu 26 Nov").endswith("6/5!  5 h of 4 h 30!")


def test_weight_and_heavy_are_said_where_they_are_reached() -> None:
    some = plan(
        per_day=Limit(sessions=5, heavy=2, weight=6), day_load={NOW.date(): Load(sessions=3, minutes=150, heavy=2)}
    )
    assert "heavy 2/2" in show(some)
    assert "weight" not in show(some)
    full = plan(per_day=Limit(sessions=3, heavy=2), day_load={NOW.date(): Load(sessions=3, minutes=150, heavy=2)})
    assert "heavy" not in show(full)
    over = plan(per_day=Limit(sessions=3, heavy=2), day_load={NOW.date(): Load(sessions=3, minutes=150, heavy=3)})
    assert "heavy 3/2!" in show(over)


def test_days_off_say_why_and_equal_ones_share_a_row() -> None:
    text = show(plan())
    assert row(text, "Wed 25 Nov") == "Wed 25 Nov  day off: public holiday: Invented Day"
    assert "Sat 28 – Sun 29 Nov  day off: no working hours" in text  # noqa: RUF001 - the dash is meant


def test_a_day_off_with_a_session_shows_both() -> None:
    text = show(outcome({"2026-11-25": "09:00-09:50 session"}, days_off=OFF, now=NOW))
    assert "SSSSS" in text
    assert "day off: public holiday: Invented Day" in text


def test_a_week_has_its_load_against_the_weekly_limit() -> None:
    assert row(show(plan()), "Week 48").endswith("10/20 sessions · 8 h 20")
    assert "over the limit!" in show(plan(per_week=Limit(sessions=9)))


def test_a_week_fits_on_a_screen() -> None:
    for width in (40, 80, 100):
        lines = show(plan(), width=width).splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("Week 48"))
        assert lines.index("", start) - start <= 24


def test_the_bar_is_finer_where_there_is_more_room() -> None:
    cells = {width: row(show(plan(), width=width), "Mon 23").count("P") for width in (40, 60, 80, 120)}
    assert cells[40] < cells[60] <= cells[80] < cells[120]


def test_a_session_of_50_minutes_and_its_break_both_show_at_40_columns() -> None:
    assert "SbSb" in row(show(plan(), width=40), "Mon 23")


def test_past_days_of_the_week_are_left_out_and_past_time_of_today_is_dim() -> None:
    later = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    some = outcome({day: WEEK[day] for day in ("2026-11-24", "2026-11-26")}, now=later)
    text = text_view.render([some], later, width=100, colour=True, unicode=True)
    assert "Mon 23 Nov" not in text
    assert "\x1b[38;5;249m\x1b[48;5;238mmmmmmm" in text


def test_few_changes_are_all_listed_with_sign_time_and_reason() -> None:
    text = show(plan())
    assert "What changes  5 new, 1 moved, 1 removed" in text
    assert "+ Mon 23 Nov 09:50-10:00 Break  after the session that ends then" in text
    assert "~ Tue 24 Nov 11:50-12:00 Break  was 10:50-11:00; after the session" in text
    assert "- Thu 26 Nov 17:00-17:10 Break" in text


def test_a_move_to_another_day_says_from_which() -> None:
    some = outcome({"2026-11-25": "00:30-01:00 ~protect Lunch"}, now=NOW)
    assert "~ Wed 25 Nov 00:30-01:00 Lunch  was Tue 24 Nov 23:30-00:00" in show(some)


def test_many_changes_are_counted_by_day_but_what_moves_is_still_listed() -> None:
    half_hours = [f"{h:02}:{m:02}-{h:02}:{m + 10:02} +break" for h in range(9, 17) for m in (0, 30)]
    days = {f"2026-11-{day}": ", ".join(half_hours) for day in (23, 24, 25)}
    days["2026-11-27"] = "12:00-13:00 ~protect Lunch"
    text = show(outcome(days, now=NOW))
    assert "48 new, 1 moved" in text
    assert "~ Fri 27 Nov 12:00-13:00 Lunch" in text
    assert "  Tue 24 Nov  16 new: 16 Break" in text
    listed = [line for line in text.splitlines() if line.startswith(("+ ", "~ ", "- "))]
    counted = sum(int(n) for n in re.findall(r"^  \w.{9}  (\d+) new", text, re.MULTILINE))
    assert len(listed) <= 22
    assert len(listed) + counted == 49


def test_nothing_to_change_is_said_in_a_friendly_sentence() -> None:
    text = show(outcome({"2026-11-24": "09:00-09:50 session, 09:50-10:00 =break"}, now=NOW))
    assert "Nothing to change: the calendar already holds everything that the rules ask for." in text
    assert "No findings: every rule is kept." in text


def test_what_was_changed_by_hand_is_listed_with_how_and_with_how_to_have_it_back() -> None:
    kept = (
        Kept("k0", "moved", stretch("2026-11-24", "12:00-12:45"), "Lunch"),
        Kept("k9", "deleted", stretch("2026-11-25", "09:50-10:00"), "Break"),
        Kept("k1", "all-day", Interval(datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)), "Held"),
    )
    text = show(outcome({"2026-11-24": ""}, now=NOW, kept_by_hand=kept))
    assert "Changed by hand  3" in text
    assert "Tue 24 Nov 12:00-12:45  Lunch  moved or resized, and stays so" in text
    assert "Wed 25 Nov 09:50-10:00  Break  deleted, and not made again" in text
    assert "Thu 26 Nov  Held  made all-day: its time is not held" in text
    assert "session-breaks sync --restore 2026-11-24T12:00" in text


def test_what_goes_back_or_is_a_persons_own_now_is_told_too() -> None:
    where = stretch("2026-11-24", "12:00-12:45")
    back = show(outcome({"2026-11-24": ""}, now=NOW, kept_by_hand=(Kept("k", "on another block", where, "Lunch"),)))
    assert "so it goes back" in back
    assert "--restore" not in back
    theirs = show(outcome({"2026-11-24": ""}, now=NOW, kept_by_hand=(Kept("k", "series", where, "Lunch"),)))
    assert "yours now, never changed or removed" in theirs
    assert "delete yours, then sync with --restore" in " ".join(theirs.split())


def test_findings_are_grouped_with_the_most_serious_first_and_advice_after_them() -> None:
    text = show(
        plan(
            findings=[
                finding("short-break", grade="shrunk", message="Thu 26 Nov: 5 of 10 min"),
                finding("not-placed", message="no room for Lunch", advice="make 30 min free"),
                finding("over-limit", message="6 of 5 sessions", advice="move a session"),
                finding("something-new", message="who knows"),
                finding("over-limit", "2026-11-24", message="7 of 5 sessions", advice="move a session"),
            ]
        )
    )
    places = [text.index(said) for said in ("! Over the limit", "! Something new", "! No room", "! Shorter break")]
    assert places == sorted(places)
    assert text.count("→ move a session") == 1
    assert text.index("7 of 5") < text.index("6 of 5")
    assert "  Thu 26 Nov  5 of 10 min" in text


def test_a_finding_about_a_whole_week_names_the_week() -> None:
    whole = stretch("2026-11-23", "00:00-24:00")
    week = type(whole)(whole.start, whole.start + timedelta(days=7))
    over = Finding(
        rule="limits.per_week", code="over-limit", interval=week, message="Week of Mon 23 Nov: 21 of 20 sessions"
    )
    assert "  week 48     21 of 20 sessions" in show(plan(findings=[over]))


def test_a_long_list_of_findings_is_counted_after_the_first_ten() -> None:
    text = show(plan(findings=[finding("over-limit")] * 13))
    assert "and 3 more, the last on Thu 26 Nov" in text


def test_several_therapists_start_with_a_table() -> None:
    noor = outcome({"2026-11-24": "09:00-09:50 session, 09:50-10:00 +break"}, now=NOW, therapist="noor")
    failed = Failure("Riverside Counselling", "sam", "error", "sam-google: no answer; check the network")
    lines = show(plan(findings=[finding("over-limit")]), noor, failed).splitlines()
    assert lines[0] == "3 therapists · Riverside Counselling"
    assert lines[1].split() == ["this", "week", "time", "findings", "changes", "slots"]
    assert lines[2].split() == ["lee", "10/20", "8", "h", "20", "1", "7", "7"]
    assert lines[3].split() == ["noor", "1/20", "50", "min", "0", "1", "7"]
    assert lines[4].split(maxsplit=1) == ["sam", "nothing planned, see below"]
    assert "Nothing is planned or written: sam-google: no answer; check the network" in lines


def test_the_table_says_the_same_in_words_where_it_is_too_wide() -> None:
    noor = outcome({"2026-11-24": "09:00-09:50 session"}, now=NOW, therapist="noor")
    text = show(noor, plan(), width=40)
    assert "1/20 sessions this week" in text
    assert "0 findings, 0 changes, 7 slots" in text
    free = outcome({"2026-11-24": "09:00-09:50 session"}, now=NOW, therapist="noor", per_week=Limit())
    assert "1 session this week" in " ".join(show(free, plan(), width=40).split())


def test_a_plan_that_a_brake_refused_is_shown_under_the_refusal() -> None:
    text = show(Failure("Riverside Counselling", "lee", "brake", "40 of 50 blocks would go", plan()))
    assert text.index("Refused by a brake, nothing is written: 40 of 50 blocks would go") < text.index("Week 48")


def test_a_paused_therapist_is_said_to_be_paused() -> None:
    some = plan()
    rules = type(some.rules)(therapist="lee", timezone=some.rules.timezone, read=("a",), write="a", paused=True)
    assert "Paused: nothing is planned or changed" in show(plan(rules=rules))


def test_weeks_can_be_limited_and_empty_ones_are_only_counted() -> None:
    days = {"2026-11-24": "09:00-09:50 session", "2026-12-08": "09:00-09:50 session"}
    some = outcome(days, now=NOW, until="2026-12-13")
    assert [f"Week {n}" in show(some) for n in (48, 49, 50)] == [True, False, True]
    assert "1 week with nothing in it" in show(some)
    assert "Week 50" not in show(some, weeks=1)
    assert "1 more week not shown" in show(some, weeks=1)


@pytest.mark.parametrize("day", ["2027-03-28", "2026-10-25"])
def test_a_time_stands_in_the_same_column_on_the_day_the_clocks_change(day: str) -> None:
    sunday = datetime.fromisoformat(day).replace(tzinfo=UTC)
    saturday = (sunday - timedelta(days=1)).date().isoformat()
    some = outcome({saturday: "09:00-09:50 session", day: "09:00-09:50 session"})
    text = text_view.render([some], some.window.start, width=100, colour=False, unicode=True)
    assert row(text, "Sat").index("SSSSS") == row(text, "Sun").index("SSSSS")


def test_a_practice_without_working_hours_is_not_shown_from_midnight_to_midnight() -> None:
    some = outcome(
        {"2026-11-24": "00:00-24:00 working, 10:00-10:50 session, 00:00-10:00 open, 10:50-24:00 open"}, now=NOW
    )
    assert row(show(some), "Tue 24 Nov").startswith("Tue 24 Nov  SSSSS.")


def test_a_day_that_is_worked_round_the_clock_still_fits_40_columns() -> None:
    some = outcome({"2026-11-24": "00:00-00:50 session, 23:00-24:00 session"}, now=NOW)
    assert row(show(some, width=40), "Tue 24").rstrip().endswith("2/5")
    assert row(show(some, width=40), "Tue 24").count("S") == 2


@pytest.mark.parametrize("width", [24, 40, 41, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_longer_than_the_width(width: int, unicode: bool) -> None:
    long = finding("not-placed", message="nothing " * 30, advice="https://riverside.example/" + "x" * 150)
    failed = Failure("Riverside " * 12, "s" * 150, "error", "m" * 300)
    some = plan(findings=[long, finding("over-limit")], practice="Praxis 予定 " * 9, therapist="宮崎" * 20)
    for line in show(some, failed, plan(), width=width, unicode=unicode).splitlines():
        assert columns(line) <= width, line


def test_ascii_mode_is_ascii_whatever_the_names_are() -> None:
    failed = Failure(
        "Psychotherapie Grüne Straße", "Łukasz", "brake", "zu viele Änderungen \u2013 nichts geschrieben …", plan()
    )
    text = show(plan(practice="Zoë\u2019s", therapist="宮崎"), failed, unicode=False)
    text.encode("ascii")
    assert "Psychotherapie Grune Strasse" in text
    assert "Lukasz" in text


def test_there_is_no_escape_without_colour_and_the_same_text_with_it() -> None:
    plain, coloured = show(plan()), show(plan(), colour=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_a_name_cannot_steer_the_terminal() -> None:
    some = plan(practice="Ri\x1b[2Jver\r\nside\u202e\x07")
    text = show(some)
    assert not {"\x1b", "\r", "\x07", "\u202e"} & set(text)
    assert "Ri[2Jver  side" in text


def test_sessions_breaks_and_the_rest_have_colours_of_their_own() -> None:
    coloured = show(plan(), colour=True)
    looks = {
        letter: re.search(rf"((?:\x1b\[[0-9;]*m)+){letter}\x1b", coloured)
        for letter in ("S", "b", "P", "h", "m", r"\.")
    }
    found = [look.group(1) for look in looks.values() if look]
    assert len(set(found)) == 6


def test_the_same_plan_gives_the_same_text() -> None:
    assert show(plan(), plan()) == show(plan(), plan())


def test_dates_and_times_are_those_of_the_therapists_zone() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    some = outcome({"2026-11-24": "09:00-09:50 session, 09:50-10:00 +break"}, zone=auckland)
    assert "+ Tue 24 Nov 09:50-10:00 Break" in show(some)
