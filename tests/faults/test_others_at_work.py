"""Somebody else is at work between a reading and its write: another run, which waits; or the therapist, whose edit
stays. On Google's fake and not on myworld, which has no conditions: there an edit in that second is written over, as it
would be on a server that ignores If-Match."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from . import stages, weeks
from .blocks import keys_of, times_of
from .nights import Left, Nights
from .proxy import Proxy
from .stages import Hand

EVERY = int(os.environ.get("FAULTS", "0")) or 9
"""Every how manieth block is edited."""
WRITES = ("PUT", "DELETE", "POST", "PATCH")

pytestmark = pytest.mark.server


# Two runs


class Held:
    """The first run stops at its nth write, with those that it sends beside it, until it may go on."""

    def __init__(self, proxy: Proxy, nth: int) -> None:
        self.proxy, self.left = proxy, nth
        self.stopped, self.may_go = threading.Event(), threading.Event()
        proxy.before = self

    def __call__(self, _number: int, method: str, _path: str) -> None:
        if method in WRITES:
            self.left -= 1
            if self.left <= 0:
                self.stopped.set()
                assert self.may_go.wait(30)


@pytest.mark.parametrize("dies", [False, True], ids=["ends", "is killed"])
def test_a_second_run_waits_until_the_first_one(nights: Nights, dies: bool) -> None:
    nights.restore()
    held = Held(nights.proxy, 2)
    second: list[subprocess.Popen[bytes]] = []

    def meanwhile() -> None:
        assert held.stopped.wait(30)
        time.sleep(0.5)  # until those beside it have come too
        line = nights.practice.command("sync", "--yes", nights.practice.file, now=weeks.SECOND)
        second.append(subprocess.Popen(line, env=nights.practice.environment, stdin=subprocess.DEVNULL))
        asked = nights.proxy.count
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                second[0].wait(2.5)  # which is longer than it needs to begin
            assert nights.proxy.count == asked, "it did not wait"
            if dies:
                nights.forks.kill()
        finally:
            held.may_go.set()

    try:
        first = nights.run(meanwhile=meanwhile)
        assert first.code == (-9 if dies else 0), first
    finally:
        ended = second[0].wait(60) if second else None
    assert ended == 0
    assert nights.differences(nights.left()) == []


# The therapist


@pytest.mark.parametrize("how", ["moved", "deleted", "renamed"])
def test_what_a_hand_does_between_the_reading_and_the_change_of_a_block_stays(nights: Nights, how: Hand) -> None:
    base, reference = nights.base.own, nights.reference.own
    changing = sorted(name for name in base.keys() & reference.keys() if base[name] != reference[name])
    for name in changing[::EVERY]:
        left = nights_with(nights, name, lambda name=name: nights.stage.edit(name, how))
        assert left.foreign == nights.base.foreign
        # A block that is away leaves a gap, which may have to be held; everything else is as planned.
        assert all(left.own.get(n) == body for n, body in reference.items() if n != name)
        if how == "deleted":
            assert name not in left.own
            assert [status for *_, status in left.journal.values() if status != "seen"] == ["deleted"]
        elif how == "renamed":
            assert stages.TEA.encode() in left.own.get(name, b"")
            assert {status for *_, status in left.journal.values()} == {"seen"}
        else:
            assert stages.is_late(left.own[name])


@pytest.mark.parametrize("how", ["moved", "deleted", "renamed"])
def test_a_hand_between_the_reading_and_the_removal_of_a_block_keeps_its_words_and_held_time(
    nights: Nights, how: Hand
) -> None:
    """Of a session that is cancelled the break goes, wherever it was put, unless somebody has written into it; a guard
    stays where it was put."""
    base, reference = nights.base.own, nights.reference.own
    gone = sorted((is_guard(base[name]), name) for name in base.keys() - reference.keys())
    assert {guard for guard, _ in gone} == {True, False}
    for guard, name in gone[::EVERY]:
        left = nights_with(nights, name, lambda name=name: nights.stage.edit(name, how))
        assert left.foreign == nights.base.foreign
        if how == "renamed":  # and what comes is planned around it
            assert stages.TEA.encode() in left.own.get(name, b"")
            assert times_of(left.own[name]) == times_of(base[name])
        elif how == "moved" and guard:
            assert stages.is_late(left.own[name])
        else:
            assert nights.differences(left) == []


def is_guard(body: bytes) -> bool:
    return keys_of(body)[0].startswith("guard/")


def test_what_somebody_puts_where_a_new_block_goes_is_left_and_the_block_goes_elsewhere(nights: Nights) -> None:
    base, reference = nights.base.own, nights.reference.own
    for name in sorted(reference.keys() - base.keys())[::EVERY]:
        left = nights_with(nights, name, lambda name=name: nights.stage.take(name))
        taken = left.foreign.keys() - nights.base.foreign.keys()
        assert [stages.TEA.encode() in left.foreign[one] for one in taken] == [True]
        assert {n: body for n, body in left.foreign.items() if n not in taken} == nights.base.foreign
        assert {n: body for n, body in left.own.items() if n in reference} == {
            n: body for n, body in reference.items() if n != name
        }
        [elsewhere] = left.own.keys() - reference.keys()
        assert times_of(left.own[elsewhere]) == times_of(reference[name])


def nights_with(nights: Nights, name: str, hand: Callable[[], None]) -> Left:
    """What stands after a night in which this is done right before the block is written (where blocks are written
    together, before the first of them), and after the one that follows, which has nothing to do."""
    nights.restore()
    done: list[str] = []

    def before(_number: int, method: str, path: str) -> None:
        mine = path == name or nights.stage.name.startswith("Google")
        if not done and method in WRITES and mine:
            done.append(name)
            hand()

    nights.proxy.before = before
    ended = nights.run()
    assert done == [name], "the edit came too late"
    assert (ended.code, ended.said) == (0, ""), ended
    once = nights.left()
    again = nights.run()
    assert (again.code, again.said) == (0, ""), again
    left = nights.left()
    assert left.own == once.own
    return left
