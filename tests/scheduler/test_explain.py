"""What `explain` says of a plan: by which rule, because of what, at which price, and the way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from rules.demand import Block, Change
from rules.diary import Diary
from rules.engine import Demand, demand
from rules.practice import DaysOff, Kind, Limit, Notes, ProtectItem, Quota
from rules.protect import quota_not_placed
from rules.timeline import Interval, merge
from scheduler import explain, what_if
from scheduler.board import Standing
from scheduler.outcome import Outcome
from scheduler.placement import Placement, place
from scheduler.reasons import Explanation
from scheduler.show import explain_view
from scheduler.way_out import moved
from scheduler.what_if import Scene, example_for
from tests.bookings import new_findings, starts
from tests.days import TUESDAY, clock, diary, hours, mins, row, rules, span
from tests.weeks import Week, weeks

FILE = {
    "breaks": "riverside.yaml:20",
    "breaks.after": "preset balanced",
    "breaks.before": "riverside.yaml:21",
    "breaks.after_heavy": "riverside.yaml:22",
    "kinds.emdr.after": "riverside.yaml:16",
    "limits.per_day": "riverside.yaml:30",
    "limits.per_day.sessions": "riverside.yaml:31",
    "limits.per_day.time": "riverside.yaml:32",
    "limits.per_week": "riverside.yaml:33",
    "protect.Lunch": "riverside.yaml:40",
    "protect.Supervision": "riverside.yaml:41",
    "working_hours": "riverside.yaml:8",
    "working_hours.tue": "riverside.yaml:9",
    "days_off": "riverside.yaml:50",
    "days_off.1": "riverside.yaml:52",
    "holidays": "riverside.yaml:60",
    "kinds.individual": "riverside.yaml:15",
}
LUNCH = ProtectItem(
    "Lunch", between=hours("11:30-14:00"), length=mins(45), at_least=mins(30), ideally=clock("12:30"), flex=mins(60)
)


def scene(book: Diary, standing: Standing | None = None) -> Scene:
    """A plan as a night would have made it, nothing of it in the calendar yet."""
    book = replace(book, rules=replace(book.rules, where=FILE))
    stands, asked = standing or Standing(), demand(book)
    placed = place(book, asked, stands)
    outcome = Outcome(
        practice="Riverside",
        rules=book.rules,
        window=book.window,
        days_off=book.days_off,
        changes=tuple(Change(action="create", block=b, by_hand=b.key in stands.pins) for b in placed.blocks),
        findings=(*asked.findings, *placed.findings),
        open=placed.open,
        bookable_slots=placed.bookable_slots,
        day_load={},
        week_load={},
    )
    return Scene(outcome=outcome, diary=book, standing=stands, demand=asked)


def at(book: Diary, wall: str, day: date = TUESDAY, standing: Standing | None = None) -> list[Explanation]:
    """What is answered for a wall time."""
    return list(explain.at(scene(book, standing), moment(book, wall, day)))


def moment(book: Diary, wall: str, day: date = TUESDAY) -> datetime:
    return span(f"{wall}-24:00", day, book.rules.timezone).start


def only(answers: list[Explanation]) -> Explanation:
    [answer] = answers
    return answer


def said(book: Diary, answer: Explanation) -> str:
    return " ".join(explain_view.sentences(answer, book.rules))


# --- blocks ---


def test_the_break_after_a_full_run_says_that_it_ends_one() -> None:
    book = diary(*(f"{hour}:00-{hour}:50 session" for hour in (10, 11, 12)), in_a_row=row(3))
    text = said(book, only(at(book, "12:55")))
    assert text.startswith(
        "Break after the session 12:00-12:50 (individual), the last of 3 in a row: 30 min without sessions. "
    )


def test_a_break_names_its_rule_with_the_place_and_the_session_that_asks_for_it() -> None:
    book = diary("09:00-09:50 session", "11:00-12:30 emdr")
    plain = only(at(book, "09:55"))
    assert (plain.sort, plain.rule, plain.where) == ("block", "breaks.after", "preset balanced")
    assert plain.cause is not None
    assert plain.cause.interval == span("09:00-09:50")
    heavy = only(at(book, "12:40"))
    assert heavy.where == "riverside.yaml:16", "the kind's own `after` asks for it"
    assert heavy.cause is not None
    assert "after the session 11:00-12:30 (emdr)" in said(book, heavy)


def test_a_break_before_a_heavy_session_has_the_place_of_all_breaks_before() -> None:
    law = rules(before=15)
    law = replace(law, breaks=replace(law.breaks, after_heavy=mins(30)))
    law = replace(law, kinds={**law.kinds, "emdr": replace(law.kinds["emdr"], after=None)})
    book = diary("11:00-12:30 emdr", with_rules=law)
    assert only(at(book, "10:50")).where == "riverside.yaml:21"
    assert only(at(book, "12:40")).where == "riverside.yaml:22"


def test_a_shrunk_break_says_what_it_gave_up() -> None:
    book = diary("09:00-09:50 session", "09:56-10:46 session")
    assert only(at(book, "09:52")).gave_up == "shrunk: 6 of 10 min break between 09:50 and 09:56"
    assert only(at(book, "10:50")).gave_up == ""


def test_a_break_costs_the_bookings_that_would_fit_if_its_session_needed_none() -> None:
    book = diary("09:00-09:50 session", working="09:00-10:45")  # 09:50-10:45 takes one booking but for the break
    assert only(at(book, "09:55")).costs_slots == 1
    book = diary("09:00-09:50 session", working="09:00-10:50")
    assert only(at(book, "09:55")).costs_slots == 0


def test_lunch_costs_the_booking_that_would_stand_in_its_place() -> None:
    book = diary(working="11:40-13:20", protect=[LUNCH], after=0)  # two bookings fit without it, one with it
    lunch = next(b for b in scene(book).outcome.blocks if b.name == "Lunch")
    answer = only(list(explain.of_key(scene(book), lunch.key)))
    assert (answer.where, answer.costs_slots) == ("riverside.yaml:40", 1)
    assert "It costs 1 bookable slot." in said(book, answer)
    roomy = diary(working="09:00-18:00", protect=[LUNCH], after=0, per_day=Limit(sessions=1))
    assert only(list(explain.of_key(scene(roomy), lunch.key))).costs_slots == 0


def test_where_nobody_books_nothing_has_a_price() -> None:
    book = diary(protect=[LUNCH], bookable=())
    answer = only(at(book, "12:40"))
    assert (answer.name, answer.costs_slots) == ("Lunch", None)
    assert "slot" not in said(book, answer)


def test_lunch_says_that_a_session_keeps_it_from_where_it_would_like_best() -> None:
    book = diary("12:00-12:50 session", protect=[LUNCH])
    answer = next(e for e in explain.on(scene(book), TUESDAY) if e.name == "Lunch")
    minutes = abs(answer.interval.start - span("12:30-13:00").start) // timedelta(minutes=1)
    assert minutes > 0
    assert answer.gave_up.startswith(f"{minutes} min ")
    assert answer.gave_up.endswith("than `ideally` (12:30): the session 12:00-12:50 is there")


def test_lunch_says_that_it_moved_for_the_sake_of_bookings() -> None:
    lunch = replace(LUNCH, ideally=clock("12:15"), length=mins(30))
    book = diary(day=TUESDAY, days=3, protect=[lunch], working="11:40-13:20", after=0)
    third = TUESDAY + timedelta(days=2)  # today's and tomorrow's do not move for bookings
    answer = next(e for e in explain.on(scene(book), third) if e.name == "Lunch")
    assert answer.interval != span("12:15-12:45", third)
    assert answer.gave_up.endswith("there it would cost 1 more bookable slot")


def test_lunch_where_it_likes_best_gave_up_nothing() -> None:
    assert only(at(diary(protect=[LUNCH], bookable=()), "12:40")).gave_up == ""


def test_lunch_after_the_time_it_likes_best_says_that_this_is_past() -> None:
    answer = only(at(diary(protect=[LUNCH], bookable=(), now="12:40"), "12:50"))
    assert answer.gave_up == "10 min later than `ideally` (12:30): that is past"


def test_lunch_that_stands_elsewhere_says_that_it_stays() -> None:
    standing = Standing(future={f"protect/lunch/{TUESDAY}": span("11:40-12:25")})
    answer = only(at(diary(protect=[LUNCH], bookable=()), "12:00", standing=standing))
    assert answer.gave_up.startswith("50 min earlier than `ideally` (12:30): it stays where it stands")


def test_a_shrunk_lunch_says_by_how_much() -> None:
    book = diary("11:30-12:20 session", "12:55-14:00 meeting", protect=[LUNCH])
    answer = next(e for e in explain.on(scene(book), TUESDAY) if e.name == "Lunch")
    assert "shrunk to 35 of 45 min" in answer.gave_up


def test_fixed_time_says_what_of_its_window_is_taken() -> None:
    item = ProtectItem("Supervision", at=hours("15:00-17:00"), counts_as_break=False)
    answer = only(at(diary("15:30-16:00 meeting", protect=[item]), "15:10"))
    assert (answer.where, answer.interval) == ("riverside.yaml:41", span("15:00-15:30"))
    assert answer.gave_up == "of 15:00-17:00, 15:30-16:00 is taken by something else"


def test_a_block_that_a_hand_has_moved_is_said_to_stay_there() -> None:
    key = f"protect/lunch/{TUESDAY}"
    book = diary(protect=[LUNCH])
    answer = only(at(book, "16:10", standing=Standing(pins={key: span("16:00-16:45")})))
    assert (answer.key, answer.by_hand) == (key, True)
    assert "by hand" in said(book, answer)


def test_what_a_hand_has_deleted_is_told_at_its_time_and_by_its_key() -> None:
    key = f"protect/lunch/{TUESDAY}"
    book, standing = diary(protect=[LUNCH]), Standing(vetoes=frozenset({key}))
    _, deleted = at(book, "12:40", standing=standing)
    assert (deleted.sort, deleted.key, deleted.by_hand) == ("not-placed", key, True)
    assert "`edits: restore`" in said(book, deleted)
    assert explain.of_key(scene(book, standing), key) == (deleted,)


# --- guards ---


def test_held_time_on_a_full_day_names_a_booking_and_the_limit_it_would_break() -> None:
    book = diary("09:00-09:50 session", "11:00-11:50 session", per_day=Limit(sessions=2, time=mins(200)))
    answer = only(at(book, "15:00"))
    assert (answer.sort, answer.rule, answer.where) == ("guard", "limits.per_day", "riverside.yaml:31")
    assert answer.example is not None
    assert answer.example.finding.message == "Tue 1 Dec: 3 of 2 sessions"
    long = diary("09:00-09:50 session", "11:00-11:50 session", per_day=Limit(time=mins(120)))
    assert only(at(long, "15:00")).where == "riverside.yaml:32", "the measure that is broken has its own line"


def test_held_time_before_a_session_names_the_booking_that_would_shorten_the_break() -> None:
    answer = only(at(diary("12:00-12:50 session"), "11:55"))
    assert answer.example is not None
    assert answer.example.finding.code == "short-break"
    assert answer.example.interval.end > span("11:50-12:00").start
    assert answer.where == "riverside.yaml:20"


def test_held_time_before_protected_work_has_an_example_too() -> None:
    item = ProtectItem("Supervision", at=hours("15:00-17:00"), counts_as_break=False)
    answer = only(at(diary(protect=[item]), "14:55"))
    assert (answer.sort, answer.rule) == ("guard", "breaks")
    assert answer.example is not None
    assert answer.example.interval.overlaps(span("14:50-15:00"))


@given(weeks())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_example_is_a_booking_that_breaks_a_rule_and_where_there_is_none_no_booking_does(week: Week) -> None:
    fixed = tuple(i for i in week.book.rules.protect if i.at is not None)  # guards are the question, not what floats
    told = scene(replace(week.book, rules=replace(week.book.rules, protect=fixed)))
    work = {i.name for i in told.diary.rules.protect if not i.counts_as_break}
    hard = [b.interval for b in told.outcome.blocks if b.name in work]
    book = replace(told.diary, busy=tuple(sorted((*told.diary.busy, *hard))))  # protected work is as hard as a meeting
    placed = place(told.diary, told.demand, told.standing)

    def bad(kind: Kind, start: datetime) -> bool:
        return bool(new_findings(book, told.standing, placed, kind, start, fully=False))

    for guard in [b for b in told.outcome.blocks if b.guard][:4]:
        example = example_for(told, guard)
        if example is not None:
            assert example.interval.overlaps(guard.interval)
            assert bad(example.kind, example.interval.start), guard
            continue
        for kind in told.diary.bookable:
            for start in starts(merge([*told.outcome.open, guard.interval]), kind):
                if Interval(start, start + kind.length).overlaps(guard.interval):
                    assert not bad(kind, start), guard


# --- open time, sessions, other busy time, closed time ---


def test_open_time_says_where_each_kind_may_start_and_what_the_limits_leave() -> None:
    book = diary(
        "09:00-09:50 session",
        "+1 09:00-09:50 session",
        days=2,
        bookable=("individual", "group"),
        working="09:00-11:30",
        per_day=Limit(sessions=3),
        per_week=Limit(sessions=9),
    )
    answer = only(at(book, "10:30"))
    assert (answer.sort, answer.interval, answer.where) == ("open", span("10:00-11:30"), "riverside.yaml:9")
    individual, group = answer.bookable
    assert (individual.first, individual.last) == (moment(book, "10:00"), moment(book, "10:40"))
    assert (group.first, group.last) == (None, None)
    assert (answer.left_day, answer.left_week) == (2, 7)
    assert "individual (50 min): may start at any minute from 10:00 to 10:40. group (2 h): too short" in said(
        book, answer
    )


def test_without_limits_open_time_says_that_none_stands_against_more() -> None:
    book = diary()
    answer = only(at(book, "10:30"))
    assert (answer.left_day, answer.left_week) == (None, None)
    assert "No limit" in said(book, answer)


def test_a_session_says_its_kind_the_loads_and_what_is_wrong_beside_it() -> None:
    book = diary("09:00-09:50 session", "09:53-10:43 session", "+1 09:00-10:30 emdr", "15:00-15:50 session", days=2)
    answer = only(at(book, "09:10"))
    assert (answer.sort, answer.name) == ("session", "individual")
    assert answer.day_load is not None
    assert answer.week_load is not None
    assert (answer.day_load.sessions, answer.week_load.sessions, answer.week_load.heavy) == (3, 4, 1)
    assert [t.finding.code for t in answer.findings] == ["short-break"]
    assert answer.findings[0].where == "preset balanced"
    assert only(at(book, "15:10")).findings == ()


def test_two_sessions_at_once_are_two_answers() -> None:
    assert [e.name for e in at(diary("09:00-09:50 session", "09:00-10:30 emdr"), "09:10")] == ["individual", "emdr"]


def test_other_busy_time_is_told_from_a_session() -> None:
    assert only(at(diary("09:00-09:50 meeting"), "09:10")).sort == "busy"


def test_outside_working_hours_names_the_line_of_the_hours() -> None:
    answer = only(at(diary(), "20:00"))
    assert (answer.sort, answer.where, answer.interval) == ("closed", "riverside.yaml:9", span("18:00-24:00"))


@pytest.mark.parametrize(
    ("off", "day", "where"),
    [
        (DaysOff(ranges=((TUESDAY - timedelta(9), TUESDAY - timedelta(9)), (TUESDAY, TUESDAY))), TUESDAY, ":52"),
        (DaysOff(holidays=("GB-ENG",)), date(2026, 12, 25), ":60"),
        (DaysOff(), date(2026, 12, 5), ":8"),
    ],
)
def test_a_day_off_names_the_line_that_makes_it_one(off: DaysOff, day: date, where: str) -> None:
    answer = only(at(diary(day=day, off=off), "10:00", day))
    assert (answer.sort, answer.where) == ("closed", f"riverside.yaml{where}")
    assert answer.why.startswith("day off")


# --- what is missing, and the way out ---

CROWDED = ("10:50-11:40 meeting", "12:00-12:50 session", "13:10-14:00 meeting")
SHORT_LUNCH = replace(LUNCH, length=mins(30), at_least=None)


def test_lunch_fits_if_one_session_starts_ten_minutes_later() -> None:
    book = diary(*CROWDED, protect=[SHORT_LUNCH])
    session, missing = at(book, "12:40")
    assert (session.sort, session.findings) == ("session", ()), "what is missing is an answer of its own"
    assert (missing.sort, missing.where, missing.key) == (
        "not-placed", "riverside.yaml:40", f"protect/lunch/{TUESDAY}",
    )  # fmt: skip
    assert missing.way_out is not None
    assert (missing.way_out.minutes, missing.way_out.interval) == (10, span("12:10-13:00"))
    assert "Lunch fits if the 12:00 session on Tue 1 Dec starts 10 minutes later (12:10-13:00)." in said(book, missing)
    after = moved(scene(book).diary, missing.way_out)
    assert "Lunch" in [b.name for b in scene(after).outcome.blocks]
    assert scene(after).outcome.findings == ()


def test_the_way_out_may_be_earlier() -> None:
    book = diary(
        "10:50-11:30 meeting",
        "12:00-12:50 session",
        "13:15-14:00 meeting",
        protect=[replace(SHORT_LUNCH, at_least=None, length=mins(35))],
    )
    missing = at(book, "13:00")[-1]
    assert missing.way_out is not None
    assert (missing.way_out.minutes, missing.way_out.interval) == (5, span("12:05-12:55"))
    book = diary("10:50-11:40 meeting", "12:00-12:50 session", "13:10-14:00 session", protect=[SHORT_LUNCH], after=20)
    missing = at(book, "13:00")[-1]
    assert missing.way_out is not None
    assert (missing.way_out.minutes, missing.way_out.interval) == (-10, span("11:50-12:40")), "later leaves no break"


def test_no_way_out_shortens_a_break_or_leaves_working_time_or_touches_a_meeting() -> None:
    crowded = diary(
        "10:50-12:00 meeting",
        "12:00-12:50 session",
        "13:00-13:50 session",
        "14:00-18:00 meeting",
        protect=[replace(SHORT_LUNCH, length=mins(20))],
    )
    missing = at(crowded, "12:55")[-1]
    assert missing.sort == "not-placed"
    assert missing.way_out is None, "the second one ten minutes later would have no break after it"
    assert "No single session moved" in said(crowded, missing)
    late = replace(SHORT_LUNCH, between=hours("16:00-18:00"))
    at_the_end = diary("15:00-16:50 meeting", "17:10-18:00 session", protect=[late])
    assert at(at_the_end, "16:55")[-1].way_out is None, "the session would end after working hours"
    longer = diary("15:00-16:50 meeting", "17:10-18:00 session", protect=[late], working="09:00-19:00")
    found = at(longer, "16:55")[-1].way_out
    assert found is not None
    assert found.minutes == 10


def test_no_way_out_takes_the_place_of_something_else() -> None:
    lunch = replace(SHORT_LUNCH, priority="essential")
    walk = ProtectItem("Walk", between=hours("12:50-13:10"), length=mins(20))
    missing = at(diary(*CROWDED, protect=[lunch, walk]), "12:40")[-1]
    assert (missing.name, missing.way_out) == ("Lunch", None), "there is no walk once the session is moved"


def test_only_meetings_in_the_way_have_no_way_out() -> None:
    missing = at(diary("11:30-14:00 meeting", protect=[LUNCH]), "12:00")[-1]
    assert (missing.sort, missing.way_out) == ("not-placed", None)
    assert [(t.sort, t.interval) for t in missing.in_the_way] == [("busy", span("11:30-14:00"))]


def test_a_session_that_has_begun_is_not_moved() -> None:
    late = replace(SHORT_LUNCH, between=hours("12:00-14:00"))
    crowded = ("10:50-11:40 meeting", "12:00-12:50 session", "13:10-14:00 meeting")
    for now, minutes in (("11:30", -10), ("12:05", None)):
        missing = at(diary(*crowded, protect=[late], now=now), "12:55")[-1]
        assert missing.sort == "not-placed"
        assert (None if missing.way_out is None else missing.way_out.minutes) == minutes


# --- what was asked for ---


def test_nothing_is_answered_for_what_is_not_planned() -> None:
    book = diary(now="10:00")
    assert at(book, "09:59") == []
    assert at(book, "10:00") != []
    assert at(book, "00:00", TUESDAY + timedelta(days=1)) == []
    assert explain.on(scene(book), TUESDAY + timedelta(days=1)) == ()
    assert explain.of_key(scene(book), "protect/lunch/2026-12-01") == ()


def test_a_date_answers_for_all_that_stands_on_it_in_order() -> None:
    book = diary("09:00-09:50 session", "12:00-12:30 meeting", "+1 09:00-09:50 session", days=2)
    answers = explain.on(scene(book), TUESDAY)
    assert [e.sort for e in answers] == ["session", "block", "open", "guard", "busy", "open"]
    assert [e.interval for e in answers] == sorted(e.interval for e in answers)
    assert [e.sort for e in explain.on(scene(diary(off=DaysOff(ranges=((TUESDAY, TUESDAY),)))), TUESDAY)] == ["closed"]


def test_a_price_is_that_of_one_occurrence_and_not_of_the_whole_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Demand] = []

    def noted(_book: Diary, wanted: Demand, _standing: Standing) -> Placement:
        asked.append(wanted)
        return Placement(blocks=(), findings=(), open=(), bookable_slots=0)

    exercise = ProtectItem("Exercise", between=hours("18:00-19:00"), length=mins(60), quota=Quota("week", times=3))
    reading = ProtectItem(
        "Reading", between=hours("19:00-20:00"), quota=Quota("week", amount=mins(90), least=mins(30), most=mins(60))
    )
    law = rules(protect=[LUNCH, exercise, reading], notes=Notes(mins(10), mins(10)))
    book = diary("09:00-09:50 session", "11:00-11:50 session", day=date(2026, 11, 30), days=7, with_rules=law)
    told = scene(book)
    monkeypatch.setattr(what_if, "place", noted)
    for key in (
        "protect/lunch/2026-12-02",
        "protect/exercise/2026-W49/2",
        "protect/reading/2026-W49",
        "notes/2026-11-30",
    ):
        block = Block(key=key, rule=key.split("/")[0], name="", interval=span("15:00-15:10", date(2026, 12, 2)))
        assert what_if.price(told, block) is not None
    lunch, walk, read, notes = asked
    assert {w.key for w in told.demand.wants} - {w.key for w in lunch.wants} == {"protect/lunch/2026-12-02"}
    assert [(q.times, q.amount) for q in told.demand.quotas] == [(3, mins(0)), (0, mins(90))]
    assert [(q.times, q.amount) for q in walk.quotas] == [(2, mins(0)), (0, mins(90))]
    assert [(q.times, q.amount) for q in read.quotas] == [(3, mins(0)), (0, mins(80))]
    assert ([n.length for n in told.demand.notes], [n.length for n in notes.notes]) == ([mins(20)], [mins(10)])


def test_what_is_missing_from_a_week_is_a_finding_at_its_times_and_an_answer_for_its_key() -> None:
    walk = ProtectItem("Walk", on=frozenset({1}), between=hours("12:00-13:00"), length=mins(60), quota=Quota("week", 1))
    monday = date(2026, 11, 30)
    told = scene(diary("+1 11:00-14:00 meeting", day=monday, days=7, protect=[walk]))
    [due] = told.demand.quotas
    finding = quota_not_placed(told.diary, due)
    assert finding is not None
    told = replace(told, outcome=replace(told.outcome, findings=(finding,)))
    meeting = only(list(explain.at(told, moment(told.diary, "12:30"))))
    assert [(t.finding, t.key) for t in meeting.findings] == [(finding, "protect/walk/2026-W49")]
    answer = only(list(explain.of_key(told, "protect/walk/2026-W49")))
    assert (answer.sort, answer.interval, answer.why, answer.way_out) == (
        "not-placed", due.span, finding.message, None,
    )  # fmt: skip


def test_every_number_of_a_quota_of_which_nothing_has_a_place_is_known() -> None:
    full = {"on": frozenset({1}), "between": hours("12:00-13:00")}
    walk = ProtectItem("Walk", length=mins(60), quota=Quota("week", times=1), **full)
    swim = ProtectItem("Swim", on=frozenset({1, 2}), between=full["between"], length=mins(60), quota=Quota("week", 3))
    read = ProtectItem("Reading", quota=Quota("week", amount=mins(80), least=mins(30), most=mins(60)), **full)
    busy = ("+1 11:00-14:00 meeting", "+2 11:00-14:00 meeting")
    told = scene(diary(*busy, day=date(2026, 11, 30), days=7, protect=[walk, swim, read]))

    def missing(key: str) -> list[tuple[str, str]]:
        return [(answer.sort, answer.key) for answer in explain.of_key(told, f"protect/{key}")]

    assert missing("swim/2026-W49") == [("not-placed", "protect/swim/2026-W49")]
    assert missing("swim/2026-W49/2") == missing("swim/2026-W49/3") == missing("swim/2026-W49")
    assert missing("reading/2026-W49/3") == [("not-placed", "protect/reading/2026-W49")]
    unknown = ("swim/2026-W49/4", "walk/2026-W49/2", "reading/2026-W49/4", "swim/2026-W50/2", "swim/2026-W49/x")
    assert [missing(key) for key in unknown] == [[]] * 5


def test_a_number_that_stands_is_a_block_though_others_of_its_quota_are_missing() -> None:
    swim = ProtectItem("Swim", between=hours("12:00-13:00"), length=mins(60), quota=Quota("week", times=3))
    busy = [f"+{n} 11:00-14:00 meeting" for n in (2, 3, 4)]
    told = scene(diary(*busy, day=date(2026, 11, 30), days=7, protect=[swim]))
    answers = [[a.sort for a in explain.of_key(told, f"protect/swim/2026-W49{n}")] for n in ("/2", "/3")]
    assert answers == [["block"], ["not-placed"]]


def test_a_number_of_a_quota_that_a_hand_deleted_is_told_as_deleted() -> None:
    swim = ProtectItem("Swim", between=hours("12:00-13:00"), length=mins(60), quota=Quota("week", times=3))
    key = "protect/swim/2026-W49/2"
    told = scene(diary(day=date(2026, 11, 30), days=7, protect=[swim]), Standing(vetoes=frozenset({key})))
    answer = only(list(explain.of_key(told, key)))
    assert (answer.sort, answer.by_hand, answer.key) == ("not-placed", True, key)
