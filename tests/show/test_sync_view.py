from __future__ import annotations

from rules.demand import Finding
from scheduler.outcome import Failure
from scheduler.show import sync_view
from tests.show.builder import outcome, stretch

FINDING = Finding(rule="breaks", code="short-break", interval=stretch("2026-11-25", "09:50-09:55"), message="short")
PLAN = outcome(
    {
        "2026-11-25": "09:50-10:00 +break, 10:50-11:00 +break, 12:00-12:30 ~protect,"
        "15:00-15:10 -break, 16:00-16:10 break"
    },
    findings=[FINDING, FINDING],
)
QUIET = outcome({"2026-11-25": "09:50-10:00 =break"}, therapist="noor")


def test_a_sync_says_in_one_line_what_was_written_and_found() -> None:
    assert sync_view.summary([PLAN]) == "lee: 4 blocks written (2 new, 1 moved, 1 removed), 2 findings\n"


def test_a_sync_with_nothing_to_do_says_so() -> None:
    assert sync_view.summary([QUIET]) == "noor: nothing to change, no findings\n"


def test_a_dry_run_does_not_claim_to_have_written() -> None:
    assert "4 blocks would be written (2 new" in sync_view.summary([PLAN], dry_run=True)


def test_what_was_really_written_counts_where_it_is_given() -> None:
    who = ("Riverside Counselling", "lee")
    assert sync_view.summary([PLAN], {who: 5}) == "lee: 5 blocks written, 2 findings\n"
    assert sync_view.summary([PLAN], {who: 4}) == sync_view.summary([PLAN])
    assert sync_view.summary([PLAN], {who: 0}) == "lee: nothing to change, 2 findings\n"


def test_several_practices_are_named() -> None:
    other = outcome({"2026-11-25": ""}, practice="Hill House", therapist="ann")
    assert sync_view.summary([QUIET, other]).splitlines() == [
        "Riverside Counselling / noor: nothing to change, no findings",
        "Hill House / ann: nothing to change, no findings",
    ]


def test_failures_are_told_apart_from_the_summary_each_in_one_line() -> None:
    failed = Failure("Riverside Counselling", "lee", "error", "lee: the server is down\nTry later.")
    assert sync_view.summary([failed, QUIET]) == "noor: nothing to change, no findings\n"
    assert (
        sync_view.errors([failed, QUIET])
        == "session-breaks: Riverside Counselling / lee: lee: the server is down Try later.\n"
    )


def test_lines_can_be_kept_to_ascii() -> None:
    plan = outcome({"2026-11-25": ""}, therapist="Zoë", practice="Müller")
    assert sync_view.summary([plan], unicode=False).startswith("Zoe: ")
    assert (
        sync_view.errors([Failure("Müller", "Zoë", "error", "…")], unicode=False)
        == "session-breaks: Muller / Zoe: ...\n"
    )
