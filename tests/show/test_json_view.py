from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from rules.demand import Finding
from scheduler.outcome import Failure
from scheduler.show import json_view
from tests.show.builder import outcome, stretch

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PLAN = outcome(
    {"2026-11-25": "09:00-09:50 session, 09:50-10:00 +break, 11:00-11:10 ~break, 12:00-12:30 -guard, 13:00-14:00 open"},
    days_off={"2026-11-26": "public holiday"},
    findings=[
        Finding(
            rule="breaks",
            code="short-break",
            grade="missing",
            interval=stretch("2026-11-25", "09:50-09:55"),
            message="5 of 10 min",
            advice="move it",
        ),
        Finding(
            rule="limits.per_day", code="over-limit", interval=stretch("2026-11-25", "00:00-24:00"), message="6 of 5"
        ),
    ],
)


def shown(*results: Any) -> Any:
    return json.loads(json_view.render(results, NOW))


def test_the_document_has_the_shape_of_the_contract_in_its_order() -> None:
    document = shown(PLAN)
    assert list(document) == ["version", "now", "therapists", "errors"]
    assert (document["version"], document["now"], document["errors"]) == (1, "2026-11-23T06:00:00+00:00", [])
    (therapist,) = document["therapists"]
    promised = [
        "practice",
        "therapist",
        "timezone",
        "window",
        "sessions",
        "blocks",
        "findings",
        "open",
        "bookable_slots",
    ]
    assert list(therapist) == [*promised, "load", "week_load", "days_off", "by_hand", "state", "owner"]
    assert therapist["practice"] == "Riverside Counselling"
    assert therapist["therapist"] == "lee"
    assert therapist["timezone"] == "Europe/London"
    assert therapist["window"] == {"start": "2026-11-25T00:00:00+00:00", "end": "2026-11-26T00:00:00+00:00"}
    assert therapist["sessions"] == [
        {"start": "2026-11-25T09:00:00+00:00", "end": "2026-11-25T09:50:00+00:00", "kind": "individual"}
    ]
    assert therapist["open"] == [{"start": "2026-11-25T13:00:00+00:00", "end": "2026-11-25T14:00:00+00:00"}]
    assert (therapist["bookable_slots"], therapist["state"]) == (7, "abc")


def test_was_stands_only_where_a_block_stood_elsewhere_or_goes_away() -> None:
    new, moved, gone = shown(PLAN)["therapists"][0]["blocks"]
    assert "was" not in new
    assert moved["was"] == {"start": "2026-11-25T10:00:00+00:00", "end": "2026-11-25T10:10:00+00:00"}
    assert gone["was"] == {"start": gone["start"], "end": gone["end"]}
    assert [b["action"] for b in (new, moved, gone)] == ["create", "update", "delete"]
    assert [b["guard"] for b in (new, moved, gone)] == [False, False, True]
    assert list(moved) == ["key", "rule", "name", "start", "end", "action", "was", "why", "guard"]


def test_a_finding_has_a_grade_only_where_one_is_set() -> None:
    short, over = shown(PLAN)["therapists"][0]["findings"]
    assert (short["grade"], short["advice"], short["code"]) == ("missing", "move it", "short-break")
    assert "grade" not in over
    assert list(over) == ["rule", "code", "start", "end", "message", "advice"]


def test_the_load_is_given_for_each_day_and_week() -> None:
    therapist = shown(PLAN)["therapists"][0]
    load = {"sessions": 1, "minutes": 50, "weight": 1.0, "heavy": 0}
    assert therapist["load"] == [{"date": "2026-11-25", **load}]
    assert therapist["week_load"] == [{"week": "2026-11-23", **load}]
    assert therapist["days_off"] == [{"date": "2026-11-26", "reason": "public holiday"}]


def test_times_carry_the_offset_that_holds_in_the_zone_on_that_side_of_the_clock_change() -> None:
    plan = outcome({"2027-03-27": "09:00-09:50 session", "2027-03-29": "09:00-09:50 session"})
    before, after = shown(plan)["therapists"][0]["sessions"]
    assert before["start"] == "2027-03-27T09:00:00+00:00"
    assert after["start"] == "2027-03-29T09:00:00+01:00"
    repeated = outcome({"2026-10-25": "00:30-02:30 session"})
    (night,) = shown(repeated)["therapists"][0]["sessions"]
    assert night == {"start": "2026-10-25T00:30:00+01:00", "end": "2026-10-25T02:30:00+00:00", "kind": "individual"}


def test_a_failure_stands_in_errors_and_the_others_in_therapists() -> None:
    document = shown(Failure("Riverside Counselling", "noor", "error", "noor: no such folder"), PLAN)
    assert document["errors"] == [
        {"practice": "Riverside Counselling", "therapist": "noor", "kind": "error", "message": "noor: no such folder"}
    ]
    assert [t["therapist"] for t in document["therapists"]] == ["lee"]


def test_a_plan_that_a_brake_refused_is_shown_with_its_error() -> None:
    document = shown(Failure("Riverside Counselling", "lee", "brake", "40 of 50 blocks would go", PLAN))
    assert document["errors"][0]["kind"] == "brake"
    assert len(document["therapists"][0]["blocks"]) == 3


def test_the_text_is_ascii_and_the_same_for_the_same_plan() -> None:
    plan = outcome({"2026-11-25": "12:00-12:30 +protect Déjeuner ☕"})
    text = json_view.render([plan], NOW)
    text.encode("ascii")
    assert text == json_view.render([plan], NOW)
    assert json.loads(text)["therapists"][0]["blocks"][0]["name"] == "Déjeuner ☕"
