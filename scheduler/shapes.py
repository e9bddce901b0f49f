"""Gaps of the same shape have the same ways: most weeks of a practice are like the one before.

A shape is all that the ways through a gap depend on, with times counted from its start. What was worked out is kept
between plans; it changes no answer, only how long it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from threading import Lock

from scheduler.dayproblem import Chain, DayProblem, Gap, places
from scheduler.gap import through
from scheduler.labels import LATE, NEVER, Labels
from scheduler.spans import Span, inside
from scheduler.tally import Tally

_KNOWN: dict[tuple[object, ...], list[tuple[int, Labels, int, int, Chain | None]]] = {}
_ONE_AT_A_TIME = Lock()
_MOST_KNOWN = 10_000  # ways in all, some 10 MB


def known_through(
    problem: DayProblem, gap: Gap, tally: Tally | None = None, labels: int = 0, wanted: Collection[int] = ()
) -> list[tuple[int, int, int, int, Chain | None]]:
    """As `through`, with places counted from the gap's start, and remembered by shape: most weeks are like the one
    before."""
    base = gap.start
    key = _shape(problem, gap)
    if tally is not None:
        key = (*key, *_bookings(problem, gap, tally, tally.forms[labels]), frozenset(wanted))
    known = _KNOWN.get(key)
    if known is None:
        known = []
        for (bits, after, noted), (worth, chain) in through(problem, gap, tally, labels, wanted).items():
            then = () if tally is None else _moved(tally.forms[after], -base)
            known.append((bits, then, noted, worth, joined(None, chain, -base)))
        _remember(key, known)
    return [
        (bits, 0 if tally is None else tally.number(_moved(after, base)), noted, worth, chain)
        for bits, after, noted, worth, chain in known
    ]


def joined(chain: Chain | None, steps: Chain | None, base: int) -> Chain | None:
    for number, start, end in places(steps):
        chain = (chain, number, base + start, base + end)
    return chain


def _remember(key: tuple[object, ...], ways: list[tuple[int, Labels, int, int, Chain | None]]) -> None:
    """Keep the ways of a shape; the oldest shapes go first. Several therapists are planned at the same time."""
    with _ONE_AT_A_TIME:
        _KNOWN[key] = ways
        held = sum(map(len, _KNOWN.values()))
        while held > _MOST_KNOWN and len(_KNOWN) > 1:
            held -= len(_KNOWN.pop(next(iter(_KNOWN))))


def _bookings(problem: DayProblem, gap: Gap, tally: Tally, labels: Labels) -> tuple[object, ...]:
    """What bookings depend on besides, with times counted from the gap's start."""
    base, end = gap.start, gap.end
    return (
        tally.rules_key,
        tally.limits_on(problem.day.date),
        problem.late and tuple(x - base for x in problem.day[1:3]),
        problem.late and problem.day.span,
        _moved(labels, -base),
        tuple((a - base, b - base) for a, b in tally.busy if a < end + tally.then and b > base - tally.then),
    )


def _shape(problem: DayProblem, gap: Gap) -> tuple[object, ...]:
    """All that the ways through a gap depend on where bookings are not counted, with times counted from its start."""
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
        noted = (notes.allowed(base), notes.due, notes.at_least, notes.step, *spans, near(notes.standing))
    bans = tuple(
        tuple((max(a - base, 0), min(b, end) - base, c) for a, b, c in of if a < end and b > base)
        for of in problem.bans
    )
    return (
        end - base,
        tuple(max(x - base, 0) for x in gap.left),
        tuple(min(x, end) - base for x in gap.right),
        near(problem.working),
        near(problem.breaks),
        near(problem.released),
        problem.kinds,
        problem.before,
        problem.after,
        bans,
        tuple(items),
        noted,
    )


def _moved(labels: Labels, by: int) -> Labels:
    return tuple(
        label._replace(
            end=label.end + by if label.end > NEVER else NEVER,
            begun=label.begun + by if label.run else 0,
            first=label.first + by if label.first < LATE else LATE,
        )
        for label in labels
    )
