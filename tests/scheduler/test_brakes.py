"""Brakes: plans that look like an accident are refused until somebody says otherwise."""

from __future__ import annotations

from dataclasses import replace

from rules.demand import Change
from rules.timeline import Session
from scheduler import brakes
from scheduler.journal import Ahead
from tests.days import span
from tests.scheduler.test_plan import block

SESSION = (Session(id="s1", interval=span("10:00-10:50"), kind="individual"),)
LATER = span("16:00-17:00").end
TEN = [f"break/s{n}/after" for n in range(10)]


def touched(action: str, count: int) -> list[Change]:
    return [Change(action=action, block=block(key, "10:00-10:10")) for key in TEN[:count]]  # type: ignore[arg-type]  # a literal


def emptied(earlier: dict[str, Ahead], filled: set[str], sessions: set[str] | None = None) -> list[str]:
    return brakes.emptied(earlier, filled, sessions or set())


def check(
    changes: list[Change] | None = None,
    future: list[str] | None = None,
    deleted: list[str] | None = None,
    seen: int = 0,
    sessions: tuple[Session, ...] = SESSION,
    emptied: tuple[str, ...] = (),
) -> str | None:
    return brakes.check(
        changes or [],
        future=TEN if future is None else future,
        deleted=deleted or [],
        seen=seen,
        sessions=sessions,
        emptied=emptied,
    )


def test_a_plan_that_changes_little_goes_through() -> None:
    assert check(touched("update", 3)) is None
    assert check(touched("delete", 3)) is None


def test_more_than_thirty_per_cent_moved_or_removed_is_refused() -> None:
    assert "4 of 10 standing blocks" in (check(touched("update", 4)) or "")
    assert "4 of 10 standing blocks" in (check(touched("delete", 4)) or "")
    mixed = touched("update", 4)[:2] + touched("delete", 4)[2:]
    assert "4 of 10" in (check(mixed) or "")


def test_below_ten_blocks_nothing_is_too_much() -> None:
    assert check(touched("delete", 9), future=TEN[:9]) is None


def test_new_blocks_are_no_surprise() -> None:
    assert check(touched("create", 10), future=[]) is None
    assert check(touched("create", 10)) is None
    assert check(touched("keep", 10)) is None


def test_a_started_block_that_is_shortened_does_not_count() -> None:
    assert check(touched("update", 10)[4:], future=TEN[:4] + [f"x{n}" for n in range(6)]) is None


def test_no_sessions_where_breaks_say_there_were_some_is_refused() -> None:
    why = check(sessions=(), future=["break/s1/after"])
    assert why is not None
    assert "no session was found" in why
    assert "--force" in why


def test_no_sessions_where_there_never_were_any_is_fine() -> None:
    assert check(sessions=(), future=["protect/lunch/2026-12-01"]) is None
    assert check(sessions=(), future=[]) is None


def test_many_blocks_gone_at_once_is_refused() -> None:
    why = check(deleted=TEN[:4], seen=10)
    assert why is not None
    assert "4 of 10 blocks are gone" in why


def test_a_few_blocks_gone_were_deleted_by_hand() -> None:
    assert check(deleted=TEN[:3], seen=10) is None
    assert check(deleted=TEN[:9], seen=9) is None


def test_a_calendar_that_had_sessions_and_reads_empty_is_refused_by_name() -> None:
    (why,) = emptied({"ehr": Ahead(1, LATER)}, filled=set())
    assert "ehr had sessions ahead and now reads empty" in str(check(emptied=(why,)))
    assert "--force" in str(check(emptied=(why,)))


def test_a_calendar_that_keeps_a_meeting_but_loses_all_its_sessions_is_refused_by_name() -> None:
    (why,) = emptied({"ehr": Ahead(3, LATER), "cloud": Ahead(8, LATER)}, filled={"ehr", "cloud"}, sessions={"cloud"})
    assert "ehr had 3 sessions ahead" in why


def test_one_or_two_sessions_of_a_calendar_may_be_called_off() -> None:
    assert emptied({"ehr": Ahead(2, LATER)}, filled={"ehr"}) == []


def test_a_block_that_only_looks_other_does_not_count() -> None:
    repainted = [
        Change(action="update", block=block(key, "10:00-10:10"), was=block(key, "10:00-10:10").interval) for key in TEN
    ]
    assert check(repainted) is None
    moved = [replace(change, was=span("11:00-11:10")) for change in repainted]
    assert "10 of 10" in (check(moved) or "")


def test_guards_that_become_one_larger_guard_are_no_loss() -> None:
    small = [block(f"guard/breaks/2026-12-01/{n}", f"1{n}:00-1{n}:10") for n in range(5)]
    whole = block("guard/limits.per_week/2026-12-01/start", "10:00-15:00")
    gone = [Change(action="delete", block=replace(b, guard=True), was=b.interval) for b in small]
    future = [*TEN[:5], *(b.key for b in small)]
    assert check([*gone, Change(action="create", block=whole)], future=future) is None
    assert check(gone, future=future) is not None
