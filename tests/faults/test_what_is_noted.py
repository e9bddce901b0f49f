"""What the journal notes before a write is sent, and what that is good for: a night that was killed can be taken back,
and a calendar that shows late what it took gets no block twice."""

from __future__ import annotations

import pytest

from .blocks import keys_of, times_of
from .nights import Nights
from .test_others_at_work import WRITES

pytestmark = pytest.mark.server


def test_every_write_is_noted_before_the_server_gets_it(nights: Nights) -> None:
    nights.restore()
    known: dict[int, set[str]] = {}

    def before(number: int, method: str, _path: str) -> None:
        if method in WRITES:
            known[number] = nights.noted()

    nights.proxy.before = before
    assert nights.run().code == 0
    written = set()
    for asked in nights.proxy.log:
        if asked.method in WRITES:
            keys = set(keys_of(asked.body) or keys_of(nights.base.own.get(asked.path, b"")))
            assert keys <= known[asked.number]
            written |= keys
    made = {
        key for name, body in nights.reference.own.items() if nights.base.own.get(name) != body for key in keys_of(body)
    }
    assert written >= made


@pytest.mark.parametrize("part", [0.1, 0.6])
def test_a_night_that_was_killed_is_taken_back(nights: Nights, part: float) -> None:
    writes = [asked.number for asked in nights.asked if asked.method in WRITES]
    ended = nights.disturbed("killed after", writes[int(len(writes) * part)])
    assert ended.code == -9
    nights.proxy.clear()
    assert nights.stage.own().keys() - nights.base.own.keys()
    undone = nights.undo()
    assert undone.code == 0, undone
    assert not nights.stage.own().keys() - nights.base.own.keys()  # what stays is what its session now is in the way of
    assert nights.stage.foreign() == nights.base.foreign
    again = nights.run()
    assert (again.code, again.said) == (0, ""), again
    assert {name: times_of(body) for name, body in nights.stage.own().items()} == {
        name: times_of(body) for name, body in nights.reference.own.items()
    }


@pytest.mark.parametrize("part", [0.1, 0.6])
def test_a_calendar_that_shows_late_what_a_killed_night_wrote_gets_no_block_twice(nights: Nights, part: float) -> None:
    creates = [asked.number for asked in nights.asked if asked.method in ("PUT", "POST")]
    ended = nights.disturbed("killed after", creates[int(len(creates) * part)])
    assert ended.code == -9
    nights.proxy.clear()
    nights.proxy.hidden = lambda name: name not in known
    known = {*nights.base.own, *nights.base.foreign}
    late = nights.run()
    assert late.code in (0, 1), late
    assert "Traceback" not in late.said
    nights.proxy.clear()
    again = nights.run()
    assert (again.code, again.said) == (0, ""), again
    assert nights.differences(nights.left()) == []
