"""Gaps and days of the same shape have the same ways: most weeks of a practice are like the one before.

A shape is all that the ways depend on, with times counted from its start. What was worked out is kept between plans; it
changes no answer, only how long it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import TypeVar

from scheduler.bound import Bound
from scheduler.counted import more_bookings
from scheduler.dayproblem import Chain, DayProblem, Gap, places
from scheduler.gap import through
from scheduler.labels import Ended, followed, moved, shifted
from scheduler.slots import meetings_met
from scheduler.spans import Span, inside
from scheduler.tally import Tally

K = TypeVar("K")
T = TypeVar("T")

OfGap = tuple[int, int, int, "Chain | None"]  # items placed, minutes of notes, worth, what lies where
OfDay = tuple[int, frozenset[Ended], int, int, "Chain | None"]  # the same, with what bookings can come to

_GAPS: dict[tuple[object, ...], list[OfGap]] = {}
_DAYS: dict[tuple[object, ...], list[OfDay]] = {}
_ONE_AT_A_TIME = Lock()
_MOST_KNOWN = 40_000  # ways in all of each, some 15 MB: more than a year of weeks that all differ has


def known_through(problem: DayProblem, gap: Gap) -> list[OfGap]:
    """As `gap.through`, with places counted from the gap's start, and remembered by shape."""
    base = gap.start
    key = _shape(problem, gap)
    known = _GAPS.get(key)
    if known is None:
        found = through(problem, gap).items()
        known = [(bits, noted, worth, joined(None, chain, -base)) for (bits, noted), (worth, chain) in found]
        _remember(_GAPS, key, known)
    return known


def known_more(problem: DayProblem, tally: Tally, bound: Bound, wanted: Mapping[int, frozenset[Ended]]) -> list[OfDay]:
    """As `counted.more_bookings`, with places counted from the day's start, and remembered by shape."""
    base = problem.stops[0][0]
    key = (_day_shape(problem, tally, base), tuple((bits, shifted(of, -base)) for bits, of in sorted(wanted.items())))
    known = _DAYS.get(key)
    if known is None:
        found = more_bookings(problem, tally, bound, wanted).items()
        known = [
            (
                bits,
                shifted(tally.ended(tally.forms[labels], problem.walked), -base),
                noted,
                worth,
                joined(None, chain, -base),
            )
            for (bits, labels, noted), (worth, chain) in found
        ]
        _remember(_DAYS, key, known)
    return [(bits, shifted(ended, base), noted, worth, chain) for bits, ended, noted, worth, chain in known]


def joined(chain: Chain | None, steps: Chain | None, base: int) -> Chain | None:
    for number, start, end in places(steps):
        chain = (chain, number, base + start, base + end)
    return chain


def _remember(known: dict[K, list[T]], key: K, ways: list[T]) -> None:
    """Keep the ways of a shape; the oldest shapes go first. Several therapists are planned at the same time."""
    with _ONE_AT_A_TIME:
        known[key] = ways
        held = sum(map(len, known.values()))
        while held > _MOST_KNOWN and len(known) > 1:
            held -= len(known.pop(next(iter(known))))


def _day_shape(problem: DayProblem, tally: Tally, base: int) -> tuple[object, ...]:
    """All that a day's ways depend on where bookings are counted, with times counted from its start."""
    end = max(end for _, end, _, _ in problem.stops)
    return (
        tuple((a - base, b - base, what, gap and _shape(problem, gap)) for a, b, what, gap in problem.stops),
        tally.rules_key,
        tally.limits_on(problem.day.date),
        problem.bare,
        followed(problem.walked, -base),
        moved(problem.labels, -base),
        meetings_met(tally, problem.labels, base, end),
    )


def _shape(problem: DayProblem, gap: Gap) -> tuple[object, ...]:
    """All that the ways through a gap depend on, with times counted from its start."""
    base, end, notes = gap.start, gap.end, problem.notes

    def near(spans: Iterable[Span]) -> tuple[Span, ...]:
        return tuple((a - base, b - base) for a, b in inside(spans, base, end))

    items = []
    for i in problem.items:
        starts = tuple(s - base for s in i.starts if base <= s and s + i.length <= end)
        if starts:
            worths = tuple(i.worth[base + s] for s in starts)
            items.append((i.number, i.bit, i.without, i.length, i.rest, starts, worths))
    noted: tuple[object, ...] = ()
    if notes is not None:
        spans = (max(notes.since - base, 0), min(notes.until, end) - base, notes.origin - base)
        standing = tuple((a - base, b - base) for a, b in sorted(notes.standing) if base <= a and b <= end)
        noted = (notes.allowed(base), notes.due, notes.at_least, notes.step, *spans, standing)
    hours = near(problem.working)
    moved = [[(a - base, b - base, c) for a, b, c in of if a < end and b > base] for of in problem.bans]
    bans = tuple(  # where nobody works, it is all the same what is banned
        tuple((max(a, x), min(b, y), c) for x, y in hours for a, b, c in of if a < y and b > x) for of in moved
    )
    return (
        end - base,
        tuple(max(x - base, 0) for x in gap.left),
        tuple(min(x, end) - base for x in gap.right),
        hours,
        near(problem.breaks),
        near(problem.released),
        problem.kinds,
        problem.before,
        problem.after,
        bans,
        tuple(items),
        noted,
        gap.near and gap.near.of(base, end),
    )
