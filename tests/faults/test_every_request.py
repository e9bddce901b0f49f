"""For every request of a night in turn: it goes wrong, in each way. Then one night in peace, and the calendar and the
journal are those of a night that was never disturbed.

`make test` takes some of the requests, `make faults` all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from . import stages
from .forks import Forks
from .nights import Nights, nights_at
from .proxy import KINDS, RETRY_AFTER, Kind
from .stages import Stage

EVERY = int(os.environ.get("FAULTS", "0"))
"""Every how manieth request goes wrong; 0: one for each kind of fault, on each server another."""

pytestmark = pytest.mark.server


def tried(stage: Stage, requests: int, kind: Kind) -> list[int]:
    """The numbers of the requests that go wrong, spread over the night, for each kind and server others."""
    place = (KINDS.index(kind) * 7 + len(stage.name)) % len(KINDS)
    if EVERY:
        return list(range(1 + place % EVERY, requests + 1, EVERY))
    return [1 + int(requests * (place + 0.5) / len(KINDS))]


@pytest.fixture(scope="class")
def nights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[Nights]:
    """Nights on the server of a class of tests."""
    with nights_at(request.cls.stage, tmp_path_factory.mktemp("nights"), forks) as made:
        yield made


class EveryRequest:
    """What is told of each server."""

    stage: Callable[[Path], AbstractContextManager[Stage]]
    fewest = 30

    def test_the_night_makes_changes_and_removes_blocks_in_thirty_requests(self, nights: Nights) -> None:
        created, updated, deleted = nights.changes()
        assert min(created, updated, deleted) >= 10
        assert nights.requests >= self.fewest

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_night_after_a_fault_ends_as_one_that_was_never_disturbed(
        self, nights: Nights, kind: Kind, record_property: Callable[[str, Any], None]
    ) -> None:
        numbers = tried(nights.stage, nights.requests, kind)
        wrong: list[str] = []
        entries = 0
        for number in numbers:
            found, compared = night_after(nights, kind, number)
            wrong += found
            entries += compared
        for name, total in (("faults", len(numbers)), ("comparisons", len(numbers)), ("entries", entries)):
            record_property(name, total)
        record_property("differences", len(wrong))
        assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:10])


def night_after(nights: Nights, kind: Kind, number: int) -> tuple[list[str], int]:
    """This goes wrong at a request of a night; then one in peace. How what stands then differs from what should, and
    how many entries were compared."""
    where = f"{nights.stage.name}, request {number} of {nights.requests}, {kind}"
    ended = nights.disturbed(kind, number)
    fired = nights.proxy.fired()
    assert len(fired) == 1, (where, ended)
    [hit] = fired
    where += f" ({hit.method})"
    assert "Client" not in ended.said, where
    assert "Traceback" not in ended.said, where
    assert ended.code in ((-9,) if kind.startswith("killed") else (0, 1)), (where, ended)
    assert bool(ended.err) == (ended.code == 1), (where, ended)
    if kind in ("503", "429"):  # and what was asked to wait has waited, and has then been done
        again_at = [
            one.at
            for one in nights.proxy.log
            if one.number > hit.number and (one.method, one.path) == (hit.method, hit.path)
        ]
        assert ended.code == 0, (where, ended)
        assert min(again_at) - hit.at > 0.95 * RETRY_AFTER, where
    nights.proxy.clear()
    again = nights.run()
    left = nights.left()
    wrong = [f"{where}: {difference}" for difference in nights.differences(left)]
    if (again.code, again.said) != (0, ""):
        wrong.insert(0, f"{where}: the night after it says {again}")
    return wrong, len(left.own) + len(left.foreign) + len(left.journal)


class TestRadicale(EveryRequest):
    stage = staticmethod(stages.radicale)


class TestXandikos(EveryRequest):
    stage = staticmethod(stages.xandikos)


class TestGoogle(EveryRequest):
    stage = staticmethod(stages.google)


class TestGoogleInBatches(EveryRequest):
    """Fifty blocks go in one request; so it is every request, but not thirty."""

    stage = staticmethod(stages.google_in_batches)
    fewest = 4
