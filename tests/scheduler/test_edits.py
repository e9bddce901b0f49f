"""What the therapist did by hand: moved, deleted, renamed, and what only looks like it."""

from __future__ import annotations

from datetime import timedelta

from rules.timeline import Interval
from scheduler import edits
from scheduler.edits import Edits, Remembered, Status
from scheduler.plan import Own
from tests.days import span
from tests.scheduler.test_plan import WINDOW, own


def remembered(key: str, when: str = "10:00-10:10", status: Status = "seen") -> Remembered:
    return Remembered(key, span(when), status)


def read(
    standing: list[Own], known: list[Remembered] | None = None, busy: tuple[str, ...] = (), *, restore: bool = False
) -> Edits:
    return edits.read(
        {o.key: o for o in standing}, known or [], [span(b) for b in busy], WINDOW, "restore" if restore else "keep"
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
    assert found.standing.future == {"a": span("11:00-11:10")}
    assert (found.standing.pins, found.standing.vetoes, found.deleted) == ({}, frozenset(), ())


def test_the_brake_learns_how_many_seen_blocks_should_be_there() -> None:
    known = [remembered(k) for k in "abcd"] + [remembered("e", status="intended")]
    found = read([own("a", "10:00-10:10")], known)
    assert (found.seen, found.deleted) == (4, ("b", "c", "d"))
