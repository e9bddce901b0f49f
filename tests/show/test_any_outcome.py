"""Whatever a plan holds, it can be shown: within the width, in ASCII, without an escape."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.demand import Action, Block, Change, Finding, Load
from rules.practice import Limit, Rules
from rules.timeline import Interval, Session
from scheduler.outcome import Failure, How, Kept, Outcome
from scheduler.show import json_view, sync_view, text_view
from scheduler.show.paper import columns

ZONES = [ZoneInfo(z) for z in ("Europe/London", "Pacific/Auckland", "Australia/Lord_Howe", "America/St_Johns")]
START = datetime(2026, 10, 20, tzinfo=UTC)
MINUTES = st.integers(0, 10 * 24 * 60)
TEXT = st.text(max_size=30)


@st.composite
def stretches(draw: st.DrawFn) -> Interval:
    start = START + timedelta(minutes=draw(MINUTES))
    return Interval(start, start + timedelta(minutes=draw(st.integers(1, 300))))


@st.composite
def changes(draw: st.DrawFn) -> Change:
    action: Action = draw(st.sampled_from(["create", "update", "keep", "delete"]))
    rule = draw(st.sampled_from(["breaks.after", "protect.Lunch", "limits.per_day", "else"]))
    block = Block(
        key="k", rule=rule, name=draw(TEXT), interval=draw(stretches()), guard=draw(st.booleans()), why=draw(TEXT)
    )
    was = draw(stretches()) if action in ("update", "delete") else None
    return Change(action=action, block=block, was=was, by_hand=draw(st.booleans()))


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    code = draw(st.sampled_from(["over-limit", "short-break", "new-code", ""]))
    return Finding(
        rule=draw(TEXT), code=code, interval=draw(stretches()), message=draw(TEXT), advice=draw(TEXT), grade="missing"
    )


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    zone = draw(st.sampled_from(ZONES))
    now = START + timedelta(minutes=draw(st.integers(0, 3000)))
    limit = Limit(
        sessions=draw(st.none() | st.integers(0, 6)), time=draw(st.none() | st.just(timedelta(hours=4))), heavy=1
    )
    rules = Rules(therapist=draw(TEXT), timezone=zone, read=(), write="", per_day=limit, per_week=limit)
    sessions = [Session(id="s", interval=i, kind="individual") for i in draw(st.lists(stretches(), max_size=8))]
    days = [START.date() + timedelta(days=n) for n in range(12)]
    loads = st.builds(Load, sessions=st.integers(0, 12), minutes=st.integers(0, 900), heavy=st.integers(0, 4))
    return Outcome(
        practice=draw(TEXT),
        rules=rules,
        window=Interval(now, now + timedelta(days=draw(st.integers(0, 9)))),
        sessions=tuple(sessions),
        busy=tuple(draw(st.lists(stretches(), max_size=3))),
        working=tuple(draw(st.lists(stretches(), max_size=3))),
        days_off=draw(st.dictionaries(st.sampled_from(days), TEXT, max_size=3)),
        changes=tuple(draw(st.lists(changes(), max_size=25))),
        findings=tuple(draw(st.lists(findings(), max_size=12))),
        open=tuple(draw(st.lists(stretches(), max_size=3))),
        bookable_slots=draw(st.integers(0, 99)),
        day_load=draw(st.dictionaries(st.sampled_from(days), loads, max_size=3)),
        week_load={},
        kept_by_hand=tuple(
            draw(st.lists(st.builds(Kept, TEXT, st.sampled_from(get_args(How)), stretches(), TEXT), max_size=14))
        ),
    )


RESULTS = st.lists(
    outcomes() | st.builds(Failure, TEXT, TEXT, st.sampled_from(["error", "brake"]), TEXT, st.none() | outcomes()),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(results=RESULTS, width=st.integers(24, 140), details=st.booleans())
def test_any_outcome_is_shown_within_the_width_and_in_ascii(results: list[Outcome], width: int, details: bool) -> None:
    plain = text_view.render(results, START, width=width, colour=False, unicode=False, details=details)
    assert plain.isascii()
    assert "\x1b" not in plain
    assert max(len(line) for line in plain.splitlines()) <= width
    wide = text_view.render(results, START, width=width, colour=False, unicode=True, details=details)
    assert max(columns(line) for line in wide.split("\n")) <= width
    wide.encode("utf-8")


@settings(max_examples=30, deadline=None)
@given(results=RESULTS)
def test_any_outcome_becomes_json_and_lines_of_a_sync(results: list[Outcome]) -> None:
    document = json.loads(json_view.render(results, START))
    assert len(document["errors"]) == sum(isinstance(r, Failure) for r in results)
    assert sync_view.errors(results, unicode=False).isascii()
    assert sync_view.summary(results, unicode=False).count("\n") == sum(isinstance(r, Outcome) for r in results)
