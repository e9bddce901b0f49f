"""What the therapist did by hand: moved, deleted, renamed, and what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ownership
from rules.practice import Blocks, Rules
from rules.timeline import Became, Event, Interval, Ref, Tag
from scheduler import edits, plan
from scheduler.edits import Asked, Edits, Remembered, Status, Theirs
from scheduler.plan import Own
from tests.days import span
from tests.scheduler.test_plan import OWNER, WINDOW, own


def remembered(key: str, when: str = "10:00-10:10", status: Status = "seen") -> Remembered:
    return Remembered(key, span(when), status)


def read(
    standing: list[Own], known: list[Remembered] | None = None, busy: tuple[str, ...] = (), *, restore: bool = False
) -> Edits:
    return edits.read(
        {o.key: o for o in standing}, known or [], [span(b) for b in busy], WINDOW, lambda _key, _interval: restore
    )


def test_a_block_that_stands_as_it_was_written_is_no_edit() -> None:
    found = read([own("a", "10:00-10:10")], [remembered("a")])
    assert found.standing.future == {"a": span("10:00-10:10")}
    assert (found.standing.pins, found.standing.vetoes, found.deleted, found.seen) == ({}, frozenset(), (), 1)


def test_a_block_that_was_moved_is_pinned_where_it_was_put() -> None:
    found = read([own("a", "11:00-11:10", was="10:00-10:10")])
    assert found.standing.pins == {"a": span("11:00-11:10")}
    assert found.standing.future == {}


def test_a_block_that_was_made_longer_is_pinned_too() -> None:
    assert read([own("a", "10:00-10:30", was="10:00-10:10")]).standing.pins == {"a": span("10:00-10:30")}


def test_a_moved_block_needs_no_memory() -> None:
    moved = [own("a", "11:00-11:10", was="10:00-10:10")]
    assert read(moved, [remembered("a", "10:00-10:10")]).standing == read(moved, []).standing


def test_a_block_that_was_moved_onto_something_busy_goes_back() -> None:
    found = read([own("a", "11:00-11:10", was="10:00-10:10")], busy=("11:05-12:00",))
    assert found.standing.pins == {}
    assert found.standing.future == {"a": span("11:00-11:10")}


def test_a_moved_block_may_touch_what_is_busy() -> None:
    assert read([own("a", "11:00-11:10", was="10:00-10:10")], busy=("11:10-12:00", "10:00-11:00")).standing.pins != {}


def test_of_two_blocks_moved_onto_each_other_one_stays() -> None:
    found = read([own("a", "11:00-11:10", was="10:00-10:10"), own("b", "11:05-11:15", was="12:00-12:10")])
    assert len(found.standing.pins) == 1


def test_which_of_the_two_stays_does_not_depend_on_the_order_they_are_read_in() -> None:
    two = [own("a", "11:00-11:10", was="10:00-10:10"), own("b", "11:05-11:15", was="12:00-12:10")]
    assert read(two).standing.pins == read(two[::-1]).standing.pins


def test_a_changed_title_alone_is_no_move() -> None:
    found = read([own("a", "10:00-10:10", shown="tea")])
    assert found.standing.future == {"a": span("10:00-10:10")}


def test_a_seen_block_that_is_missing_was_deleted() -> None:
    found = read([], [remembered("a")])
    assert found.deleted == ("a",)
    assert found.standing.vetoes == {"a"}


def test_a_block_that_was_never_seen_is_not_deleted() -> None:
    known = [remembered("a", status="intended"), remembered("b", status="acknowledged")]
    found = read([], known)
    assert (found.deleted, found.standing.vetoes, found.seen) == ((), frozenset(), 0)


def test_a_block_deleted_before_stays_away_without_being_found_again() -> None:
    found = read([], [remembered("a", status="deleted")])
    assert (found.deleted, found.standing.vetoes) == ((), {"a"})


def test_a_deleted_block_that_is_back_is_no_longer_vetoed() -> None:
    found = read([own("a", "10:00-10:10")], [remembered("a", status="deleted")])
    assert found.standing.vetoes == frozenset()


def test_a_block_that_is_over_or_beyond_the_horizon_is_not_missed() -> None:
    early = remembered("a", "07:00-07:50")
    late = Remembered("b", Interval(WINDOW.end, WINDOW.end + timedelta(hours=1)), "seen")
    found = read([], [early, late])
    assert (found.deleted, found.seen) == ((), 0)


def test_what_has_started_is_done_wherever_it_stands() -> None:
    found = read([own("a", "07:30-08:30", was="07:00-08:00"), own("b", "07:50-08:10")])
    assert found.standing.started == {"a": span("07:30-08:30"), "b": span("07:50-08:10")}
    assert found.standing.pins == {}


def test_what_starts_at_now_has_not_started() -> None:
    assert read([own("a", "08:00-08:10")]).standing.future == {"a": span("08:00-08:10")}


def test_restore_puts_everything_back() -> None:
    found = read(
        [own("a", "11:00-11:10", was="10:00-10:10")], [remembered("b"), remembered("c", status="deleted")], restore=True
    )
    stood = {key: remembered(key).interval for key in ("b", "c")}  # what is put back comes to where it stood
    assert found.standing.future == {"a": span("11:00-11:10")} | stood
    assert (found.standing.pins, found.standing.vetoes, found.deleted) == ({}, frozenset(), ())


def hows(found: Edits) -> dict[str, str]:
    return {one.key: one.how for one in found.kept}


@pytest.mark.parametrize(
    ("how", "changed"),
    [("free", {"state": "free"}), ("cancelled", {"state": "cancelled"}), ("all-day", {"all_day": True})],
)
def test_a_block_that_takes_no_time_stays_as_it_is_and_holds_nothing(how: str, changed: dict[str, Any]) -> None:
    block = replace(own("a", "10:00-10:10"), **changed)
    kept = read([block], [remembered("a")])
    assert (kept.idle, kept.standing.vetoes, kept.standing.future, kept.deleted) == ({"a"}, {"a"}, {}, ())
    assert hows(kept) == {"a": how}
    back = read([block], [remembered("a")], restore=True)
    assert (back.idle, back.standing.vetoes, set(back.standing.future), back.kept) == (set(), set(), {"a"}, ())


def test_an_all_day_block_of_today_has_not_started_and_one_of_yesterday_is_over() -> None:
    today = replace(own("a", "00:00-00:00"), all_day=True)
    assert read([today]).idle == {"a"}
    before = Interval(today.interval.start - timedelta(days=1), today.interval.end - timedelta(days=1))
    assert read([replace(today, interval=before)]).idle == set()


def test_what_goes_back_since_something_is_there_already_is_told() -> None:
    one, two = own("a", "11:00-11:10", was="10:00-10:10"), own("b", "11:05-11:15", was="12:00-12:10")
    assert hows(read([one, two])) == {"a": "moved", "b": "on another block"}
    assert hows(read([one], busy=("11:05-12:00",))) == {"a": "on busy time"}


def test_every_sort_of_change_is_told_once() -> None:
    found = read(
        [
            own("a", "11:00-11:10", was="10:00-10:10", shown="tea"),
            own("b", "12:00-12:10", shown="tea"),
            own("c", "13:00-13:10"),
        ],
        [remembered("d", "14:00-14:10"), remembered("e", "15:00-15:10", "deleted")],
    )
    assert hows(found) == {"a": "moved", "b": "renamed", "d": "deleted", "e": "deleted"}


@pytest.mark.parametrize("words", [{"title": "Anna at last"}, {"noted": True}])
def test_held_time_that_a_person_wrote_into_stays_where_it_is(words: dict[str, Any]) -> None:
    key = "guard/limits.per_day/2026-12-01/start"
    found = read([replace(own(key, "10:00-10:10"), **words)])
    assert found.standing.pins == {key: span("10:00-10:10")}
    assert found.standing.firm == {key}


def test_a_break_that_a_person_wrote_into_follows_its_session_while_there_is_one() -> None:
    found = read([replace(own("break/x/after", "10:00-10:10"), noted=True)])
    assert (found.standing.future, found.standing.worded) == ({"break/x/after": span("10:00-10:10")}, {"break/x/after"})


def event(key: str, when: str, became: Became, *, was: str = "", uid: str = "") -> Event:
    tag = Tag(OWNER, key, ownership.fingerprint(span(was or when), "Break"))
    uid = uid or ownership.uid_for(OWNER, key)
    return Event(calendar="book", uid=uid, interval=span(when), former=tag, became=became, ref=Ref("x.ics", "1"))


def theirs(*events: Event) -> dict[str, Theirs]:
    return edits.taken_over(events, OWNER, "book", WINDOW)


@pytest.mark.parametrize("restore", [False, True])
def test_a_series_made_from_a_block_serves_as_the_block_where_it_was_written(restore: bool) -> None:
    series = event("a", "10:00-10:10", "series"), event("a", "12:00-12:10", "series", was="10:00-10:10")
    owned = theirs(*series)
    found = edits.read({}, [remembered("a")], [], WINDOW, lambda _key, _interval: restore, owned)
    assert (found.standing.pins, found.standing.firm) == ({"a": span("10:00-10:10")}, {"a"})
    assert (found.deleted, hows(found)) == ((), {"a": "series"})
    assert [edits.serves(e, owned) for e in series] == [True, False]


@pytest.mark.parametrize("became", ["series", "guests"])
def test_what_a_person_made_of_a_block_elsewhere_is_their_time_and_the_block_is_not_made_again(became: Became) -> None:
    owned = theirs(event("a", "12:00-12:10", became, was="10:00-10:10"))
    found = edits.read({}, [remembered("a")], [], WINDOW, lambda _key, _interval: True, owned)
    assert (found.standing.pins, found.standing.vetoes, found.deleted) == ({}, {"a"}, ())
    assert hows(found) == {"a": became}


def test_a_meeting_never_serves_as_a_break_nor_does_a_series_with_something_on_top() -> None:
    assert theirs(event("a", "10:00-10:10", "guests"))["a"].spot is None
    meeting = Event(calendar="book", uid="m", interval=span("10:05-11:00"))
    assert theirs(event("a", "10:00-10:10", "series"), meeting)["a"].spot is None


def test_a_copy_and_another_owners_are_nothing_of_ours() -> None:
    copy = event("a", "10:00-10:10", "copy", uid="other")
    assert theirs(copy) == {}
    assert edits.taken_over([event("a", "10:00-10:10", "series")], "0" * 16, "book", WINDOW) == {}


def test_a_series_that_is_deleted_later_counts_as_the_block_deleted() -> None:
    assert read([], [remembered("a")]).deleted == ("a",)


def rules(**edits_by: Literal["keep", "restore"]) -> Rules:
    zone = ZoneInfo("Europe/London")
    return Rules(therapist="lee", timezone=zone, read=("book",), write="book", edits_by=dict(edits_by))


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("break/x/after", True), ("2026-12-01", True), ("2026-12-01T10:00", True), ("2026-12-01T10:09", True),
        ("2026-12-01T10:05+00:00", True), ("2026-12-01T11:05+01:00", True),
        ("break/x/before", False), ("2026-12-02", False), ("2026-12-01T10:10", False),
        ("2026-12-01T10:05+01:00", False),
    ],
)  # fmt: skip
def test_a_block_is_put_back_by_its_key_its_date_or_a_time_in_it(what: str, named: bool) -> None:
    asked = Asked((what,))
    back = edits.back_for(rules(), asked, WINDOW.start)
    assert back("break/x/after", span("10:00-10:10")) is named
    assert asked.found == ({what} if named else set())


def test_what_a_rule_says_of_edits_holds_for_its_blocks_alone() -> None:
    back = edits.back_for(rules(breaks="restore"), Asked(), WINDOW.start)
    assert back("break/x/after", span("10:00-10:10"))
    assert not back("notes/2026-12-01", span("10:00-10:10"))


TIMES = [f"{hour:02}:00-{hour:02}:10" for hour in range(6, 20)]
CHANGES: list[dict[str, Any]] = [
    {}, {"state": "free"}, {"state": "cancelled"}, {"title": "tea"}, {"noted": True}, {"title": "tea", "noted": True},
    {"state": "free", "title": "tea"},
]  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from([f"break/{n}/after" for n in range(6)] + [f"guard/breaks/2026-12-01/{n}" for n in range(4)]),
        st.tuples(st.sampled_from(TIMES), st.sampled_from(TIMES), st.sampled_from(CHANGES)),
    ),
    st.dictionaries(
        st.sampled_from([f"break/{n}/after" for n in range(9)]),
        st.tuples(st.sampled_from(TIMES), st.sampled_from(get_args(Status))),
    ),
    st.lists(st.sampled_from(TIMES), max_size=3),
    st.booleans(),
)
def test_whatever_was_changed_each_block_is_one_thing_and_nothing_a_person_wrote_is_deleted(
    standing: dict[str, tuple[str, str, dict[str, Any]]],
    known: dict[str, tuple[str, Status]],
    busy: list[str],
    restore: bool,
) -> None:
    blocks = {k: replace(own(k, stands, was=was), **how) for k, (was, stands, how) in standing.items()}
    rows = [remembered(k, when, status) for k, (when, status) in known.items()]
    taken = [span(b) for b in busy]
    found = edits.read(blocks, rows, taken, WINDOW, lambda _key, _interval: restore)
    stand = found.standing
    for key in blocks:
        assert (key in stand.future) + (key in stand.started) + (key in stand.pins) + (key in found.idle) == 1
        assert key not in found.deleted
    assert found.idle == stand.vetoes & blocks.keys()
    assert not any(i.overlaps(t) for i in stand.pins.values() for t in taken)
    assert not any(i.overlaps(j) for k, i in stand.pins.items() for m, j in stand.pins.items() if k != m)
    if restore:
        assert (stand.pins, stand.vetoes, found.deleted) == ({}, set(), ())
    changes = plan.make(
        blocks, [], WINDOW, Blocks(), back=lambda _key, _interval: restore, idle=found.idle, pinned=stand.pins
    )
    gone = {c.block.key for c in changes if c.action == "delete"}
    words = {k for k, b in blocks.items() if b.noted or (b.retitled and not restore)}
    assert not gone & words
    assert not gone & {k for k, b in blocks.items() if b.interval.start < WINDOW.start}


def test_the_brake_learns_how_many_seen_blocks_should_be_there() -> None:
    known = [remembered(k) for k in "abcd"] + [remembered("e", status="intended")]
    found = read([own("a", "10:00-10:10")], known)
    assert (found.seen, found.deleted) == (4, ("b", "c", "d"))
