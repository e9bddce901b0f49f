"""What was worked out for one gap serves all of its shape, also where several therapists are planned at once."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from scheduler import shapes


def test_many_therapists_remember_shapes_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "_GAPS", {(n,): [] for n in range(2000)})
    monkeypatch.setattr(shapes, "_MOST_KNOWN", 50)
    begin = Event()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def remember(thread: int) -> None:
        begin.wait()
        for n in range(200):
            shapes._remember(shapes._GAPS, (thread, n), [(0, 0, 0, None)])

    try:
        with ThreadPoolExecutor(4) as pool:
            every = [pool.submit(remember, thread) for thread in range(4)]
            begin.set()
            for one in every:
                one.result()
    finally:
        sys.setswitchinterval(interval)
    assert sum(map(len, shapes._GAPS.values())) <= 50
