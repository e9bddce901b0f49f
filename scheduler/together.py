"""What limits leave of a stretch's bookings: how many of those that fit by length can really be taken together.

Where several kinds are bookable, a guard that makes room for one booking more can cost minutes that a longer kind
needs. So a stretch is not divided for more bookings than its day and week, the runs around it and the day's span take
(`guards.divide`). Only the sessions that stand count, not bookings in other stretches: those are counted when the
day's arrangement is chosen (`tally`).

Whole minutes; those of a `Near` count from wherever it says, a stretch's from the stretch's start."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple

from rules.demand import Load
from rules.practice import Kind, Limit
from rules.timeline import week_of
from scheduler.filling import Runs, Span, joined
from scheduler.labels import LATE, NEVER, Day, Label, Labels, Mix
from scheduler.tally import Tally, fits, sessions_before

MOST = 12  # bookings: no stretch of a day takes more
SOME_DAY = date(2001, 1, 1)


class Law(NamedTuple):
    """The rules that bookings can break together. places: which of the bookable kinds are counted; sizes, gaps: theirs;
    mixes: what day and week take, None where that is no limit; unit: see `Day`."""

    places: tuple[int, ...]
    sizes: tuple[int, ...]
    gaps: tuple[tuple[int, ...], ...]
    mixes: frozenset[Mix] | None
    then: int
    most: int
    longest: int
    span: int
    unit: int = 1


class Near(NamedTuple):
    """A stretch's surroundings, as far as bookings in it can depend on them.

    run, end, begun: sessions in the run before it, when that ended and began; after: the sessions of the run that may
    follow; busy: meetings that are no rest; first, last: the day's sessions' first start and last end; edges: see
    `Day`."""

    law: Law
    run: int
    end: int
    begun: int
    after: tuple[Span, ...]
    busy: tuple[Span, ...]
    first: int
    last: int
    edges: tuple[int, ...] = ()

    def of(self, start: int, end: int) -> Near:
        """The same for a part of it, in minutes from its start, without what cannot matter there."""
        law = self.law
        runs = self.run > 0 and _rested_from(self.end, law.then, self.busy) > start
        since = (min(self.end, start) if runs else start) - law.then
        busy = tuple((a - start, b - start) for a, b in self.busy if a < end + law.then and b > since)
        follows = bool(self.after) and self.after[0][0] < _rested_from(end, law.then, self.busy)
        spans = law.span < LATE and max(self.last, end) - min(self.first, start) > law.span
        return Near(
            law if spans else law._replace(span=LATE, unit=1),
            self.run if runs else 0,
            self.end - start if runs else 0,
            self.begun - start if runs else 0,
            tuple((a - start, b - start) for a, b in self.after) if follows else (),
            busy,
            self.first - start if spans and self.first < LATE else LATE,
            self.last - start if spans and self.last > NEVER else NEVER,
            tuple(sorted((edge - start) % law.unit for edge in self.edges)) if spans else (),
        )


def nearness(tally: Tally, day: date, start: int, end: int) -> Near | None:
    """The surroundings of free time on a date, with minutes counted as the tally does; None where its bookings break
    nothing together but the breaks between them, or where one kind alone is bookable."""
    if len(tally.diary.bookable) < 2:
        return None
    law = _law(tally, day)
    if law.mixes is None and not tally.runs and law.span == LATE:
        return None
    (label,) = tally.start(sessions_before(tally, start))
    after: list[Span] = []
    if tally.runs:
        reach = _rested_from(end, tally.then, tally.busy)
        for a, b in tally.sessions[bisect_right(tally.sessions, (end - 1, LATE)) :]:
            if a >= reach:
                break
            after.append((a, b))
            reach = max(reach, _rested_from(b, tally.then, tally.busy))
    ours = tally.on_day(day)
    around = [(a, b) for a, b in tally.busy if a < end + tally.then and b > min(start, label.end) - tally.then]
    return Near(law, label.run, label.end, label.begun, tuple(after), tuple(around), ours.first, ours.last, ours.edges)


def _law(tally: Tally, day: date) -> Law:
    rules = tally.diary.rules
    loads = tally.day_loads.get(day, Load()), tally.week_loads.get(week_of(day), Load())
    return Law(
        tuple(tally.diary.bookable.index(kind) for kind in tally.kinds),
        tally.sizes,
        tally.gaps,
        _mixes(tuple(tally.kinds), loads, (rules.per_day, rules.per_week)),
        tally.then if tally.runs else 0,
        tally.most,
        tally.longest,
        tally.span if tally.span == LATE else tally.on_day(day).span,
        tally.on_day(day).unit,
    )


@lru_cache(maxsize=500)
def _mixes(kinds: tuple[Kind, ...], loads: tuple[Load, Load], limits: tuple[Limit, Limit]) -> frozenset[Mix] | None:
    """What a day and a week with these loads take by their limits; None where that is whatever has room."""
    every = [mix for mix in product(range(MOST + 1), repeat=len(kinds)) if sum(mix) <= MOST]
    taken = {m for m in every if all(fits(load, m, kinds, limit) for load, limit in zip(loads, limits, strict=True))}
    return None if len(taken) == len(every) else frozenset(taken)


def _rested_from(end: int, then: int, busy: Iterable[Span]) -> int:
    """When a run that ended is over, as `Tally` says."""
    for a, b in busy:
        if b > end and a < end + then:
            end = b
    return end + then


class Counter(Tally):
    """Counts the bookings of one stretch by what is near it, with starts that are not banned."""

    def __init__(self, near: Near, size: int, banned: Sequence[Sequence[Span]]) -> None:
        law = near.law
        self.near, self.size = near, size
        self.sizes, self.gaps, self.shortest = law.sizes, law.gaps, min(law.sizes)
        self.none = (0,) * len(law.sizes)
        self.widest = max(max(row) for row in law.gaps)
        self.then, self.most, self.longest, self.runs = law.then, law.most, law.longest, law.then > 0
        self.busy = list(near.busy)
        self.bans = [joined(banned[place]) for place in law.places]
        self.day = self.followed(Day(SOME_DAY, near.first, near.last, law.span, law.unit, edges=near.edges), size)

    @cached_property
    def bound(self) -> int:
        """No safe pieces take more bookings: as if nothing had to be held."""
        return self.most_in([(0, self.size)])

    def most_in(self, pieces: Iterable[Span]) -> int:
        """The most bookings that open pieces take together."""
        near = self.near
        label = Label(self.none)
        if near.run:
            label = label._replace(run=near.run, end=near.end, begun=near.begun)
        labels: Labels = (label,)
        for start, end in pieces:
            labels = self.over_piece(labels, self.day, start, end)
        for start, end in near.after:
            labels = self.over_session(labels, start, end)
        return max(sum(x.mix) for x in labels)

    def takes_all(self, number: int) -> bool:
        """Whether it is plain that so many bookings, which fit by length, break nothing together."""
        near, law = self.near, self.near.law
        runs = not self.runs or (law.longest == LATE and near.run + number + len(near.after) <= law.most)
        mixes = law.mixes is None or (len(law.places) == 1 and (number,) in law.mixes)
        return runs and mixes and law.span == LATE

    @property
    def in_a_row(self) -> Runs | None:
        """The run rule as far as it can be looked at minute by minute: without meetings that are no rest, and by number
        of sessions."""
        near = self.near
        if not self.runs or self.busy or self.longest < LATE:
            return None
        follow = (near.after[0][0], len(near.after)) if near.after else (None, 0)
        return Runs(self.most, self.then, near.run, near.end + self.then if near.run else 0, *follow)

    def allows(self, day: date, mix: Mix) -> bool:  # noqa: ARG002  # there is one date
        """Whether the day's and the week's limits take these bookings."""
        return self.near.law.mixes is None or mix in self.near.law.mixes

    def _starts(self, label: Label, kind: int, start: int, day: Day) -> Sequence[int]:
        found = super()._starts(label, kind, start, day)
        return [self._free(kind, at) for at in found] if self.bans[kind] else found

    def _free(self, kind: int, at: int) -> int:
        """The first start from a minute on that is not banned."""
        for a, b in self.bans[kind]:
            if a <= at < b:
                at = b
        return at
