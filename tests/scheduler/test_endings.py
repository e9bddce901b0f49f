"""Stretches that end alike share what their last minutes are worth: that changes no answer."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scheduler import division
from scheduler.division import Stretch
from scheduler.filling import KindSize, Runs, Span

KINDS: tuple[KindSize, ...] = ((50, (15, 15)), (90, (30, 30)))
Row = tuple[int, tuple[tuple[Span, ...], ...], tuple[int, ...], int | None, Runs | None]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A stretch, its bans by kind, later minutes from which on it is divided too, the bookings needed, runs."""
    size = draw(st.integers(120, 200))
    starts = st.integers(0, size - 50)
    bans = st.lists(st.tuples(starts, st.integers(1, 40)), max_size=3)
    banned = tuple(tuple(sorted((a, a + n) for a, n in draw(bans))) for _ in KINDS)
    later = draw(st.lists(st.integers(1, size - 50), min_size=1, max_size=3))
    need = draw(st.sampled_from([None, 0, 1, 2]))
    runs = draw(st.sampled_from([None, Runs(1, 30), Runs(2, 30, 1, 20, size + 5, 1)])) if need is not None else None
    return size, banned, tuple(later), need, runs


def beginning(row: Row, at: int, edge: int) -> Stretch:
    """The stretch from a minute on to the same end; its first `edge` minutes are banned too, as beside work."""
    size, banned, _, need, runs = row
    need = need + at % 2 if need is not None else None
    left = tuple(tuple((max(a - at, 0), b - at) for a, b in of if b > at) for of in banned)
    if runs is not None:
        number = runs.number if runs.until > at else 0
        session = None if runs.session is None else runs.session - at
        runs = Runs(runs.most, runs.then, number, runs.until - at if number else 0, session, runs.follow)
    return Stretch(size - at, KINDS, tuple((*of, (0, edge)) if edge else of for of in left), (False, False), need, runs)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows())
@example((250, (((0, 20), (100, 130)), ((150, 170),)), (30, 10, 70), None, None))
def test_what_is_remembered_of_other_stretches_changes_no_division(row: Row) -> None:
    division.KNOWN.forget()
    for at in (0, *row[2]):
        for edge in (0, 5):
            shared = beginning(row, at, edge).best()
            kept, division.KNOWN = division.KNOWN, division.Known()
            try:
                assert shared == beginning(row, at, edge).best()
            finally:
                division.KNOWN = kept


def test_no_more_than_some_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A practice with many rules asks for thousands of stretches."""
    monkeypatch.setattr(division, "MOST_KNOWN", 1_000)
    known = division.Known()
    for start in range(0, 60, 2):
        stretch = Stretch(150, KINDS, (((start, start + 1),), ()), (False, False))
        known.ending(stretch.about, stretch.reaches, 0)
    every = {id(ending): ending for ending in known.endings.values()}
    assert 0 < sum(ending.cells for ending in every.values()) <= 1_151
