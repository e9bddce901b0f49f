"""Bookable slots: the most bookings that can together be added to open time without a new finding.

Gap lengths alone overstate it two to three times, since limits stop most of them; so this counts what can really be
booked: each day by itself (`tally`), then the days of a week against the week's limits, the days off it needs and the
rest between days. Exact for any number of kinds. Days are gone through from the last to the first, so that what is
left of a week as its days pass is known on the way."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import NamedTuple

from rules.demand import Load
from rules.diary import Diary
from rules.timeline import Interval, week_of
from scheduler import minutes, resting
from scheduler.labels import ALWAYS, LATE, NEVER, Day, Ended, Label, Labels, Mix, followed, moved, shifted
from scheduler.spans import near
from scheduler.tally import Tally, fits, sessions_before

DAY = timedelta(days=1)


class Later(NamedTuple):
    """One way of having booked the later days. total: bookings in weeks that are complete; mix: in the week at hand;
    worked: its dates that had no session before; first: the first start on the next date with sessions."""

    mix: Mix
    worked: int = 0
    first: int = LATE
    total: int = 0


Laters = frozenset[Later]


class Weeks:
    """Adds days to what later days have, by the rules that reach beyond one day."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._known: dict[tuple[Laters, frozenset[Ended], date], Laters] = {}
        rules = tally.diary.rules
        self._must_be_off = rules.rest.days_off_per_week or 0
        self._worked = sorted(tally.by_day)
        self._budget: dict[date, int] = {}
        self._fits: dict[tuple[date, Mix], bool] = {}

    @property
    def nothing(self) -> Laters:
        return frozenset({Later(self.tally.none)})

    def with_day(self, later: Laters, ended: frozenset[Ended], day: Day) -> Laters:
        """Every way to book this day before the later ones."""
        key = (later, ended, day.date)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._with_day(later, ended, day)
        return known

    def over(self, later: Laters, rest: bool) -> Laters:
        """A week is complete: what comes before it is another week."""
        done = [Later(self.tally.none, 0, x.first if rest else LATE, x.total + sum(x.mix)) for x in later]
        return frozenset(_best(done))

    def budget(self, week: date) -> int:
        """How many dates without sessions may still be worked in a week."""
        if week not in self._budget:
            worked = sum(1 for n in range(7) if week + n * DAY in self.tally.by_day)
            self._budget[week] = max(0, 7 - self._must_be_off - worked) if self._must_be_off else 7
        return self._budget[week]

    def _with_day(self, later: Laters, ended: frozenset[Ended], day: Day) -> Laters:
        week = week_of(day.date)
        free_date = day.first == LATE
        found: set[Later] = set()
        for after, one in product(later, ended):
            for mix in self._bookable(week, after.mix, one.mix):
                some = any(mix)
                first, last = (one.first, one.last) if some else (day.first, day.last)
                worked = after.worked + (1 if some and free_date else 0)
                if worked > self.budget(week) or not self._rests(day, last, after.first):
                    continue
                together = tuple(a + b for a, b in zip(after.mix, mix, strict=True))
                found.add(Later(together, worked, after.first if free_date and not some else first, after.total))
        return frozenset(_best(found))

    def _bookable(self, week: date, later: Mix, mix: Mix) -> Iterable[Mix]:
        """Of a day's bookings, as many as the week takes beside the later ones; and none, which leaves the day free."""
        whole = tuple(a + b for a, b in zip(later, mix, strict=True))
        if self._week_takes(week, whole):
            return {mix, self.tally.none}
        return [
            some
            for some in product(*(range(n + 1) for n in mix))
            if self._week_takes(week, tuple(a + b for a, b in zip(later, some, strict=True)))
        ]

    def _rests(self, day: Day, last: int, next_first: int) -> bool:
        """Whether there is rest enough after a date, or no less than there is without bookings."""
        rest = self.tally.rest
        if not rest or last == NEVER or next_first == LATE or next_first - last >= rest:
            return True
        stands = self.tally.by_day.get(day.date)
        following = self._worked[bisect_right(self._worked, day.date) :][:1]
        first = min((s for d in following for s, _ in self.tally.by_day[d]), default=LATE)
        return bool(stands) and last == day.last and next_first == first

    def _week_takes(self, week: date, mix: Mix) -> bool:
        known = self._fits.get((week, mix))
        if known is None:
            load = self.tally.week_loads.get(week, Load())
            known = self._fits[week, mix] = fits(load, mix, self.tally.kinds, self.tally.diary.rules.per_week)
        return known


def most_bookings(diary: Diary, pieces: Iterable[Interval]) -> int:
    """How many bookings fit into these open pieces at once. Pieces must be safe: a booking of any kind that fits may
    stand anywhere in them. A piece that crosses midnight counts for the date it starts on."""
    tally = Tally(diary)
    if not tally.kinds:
        return 0
    by_day: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for piece in sorted(pieces):
        by_day[diary.date_of(piece.start)].append((minutes.ceil(piece.start), minutes.floor(piece.end)))
    if not by_day:
        return 0
    calm = resting.calm(tally.rest, reach_of(tally, by_day))
    weeks = Weeks(tally)
    later = weeks.nothing
    dates = sorted({*by_day, *(d for d in tally.by_day if min(by_day) <= d <= max(by_day) + DAY)})
    for n, day in reversed(list(enumerate(dates))):
        if n + 1 < len(dates) and week_of(dates[n + 1]) != week_of(day):
            later = weeks.over(later, bool(calm))
        ours = tally.on_day(day)._replace(calm=calm.get(day, ALWAYS))
        later = weeks.with_day(later, of_day(tally, ours, by_day.get(day, ())), ours)
    return max(x.total + sum(x.mix) for x in later)


def of_day(tally: Tally, day: Day, pieces: Sequence[tuple[int, int]]) -> frozenset[Ended]:
    """What a day's open pieces take, its sessions and busy time being where they are. Remembered by what it depends on,
    with times counted from the first of them: most days of a practice are like one a week before."""
    if not pieces:
        return tally.ended((Label(tally.none),), day)
    day = tally.followed(day, pieces[-1][1])
    base = min(pieces[0][0], day.first)
    labels = tally.start(sessions_before(tally, base - 1))
    stops = [(start, end, 0) for start, end in pieces]
    stops += [(start, end, 1) for start, end in tally.by_day.get(day.date, ())]
    first, last = pieces[0][0], pieces[-1][1]
    stops += [(start, end, 2) for start, end in near(tally.hard, first, last) if first <= start and end <= last]
    stops.sort()
    key = (
        tuple((start - base, end - base, what) for start, end, what in stops),
        tally.limits_on(day.date),
        followed(day, -base),
        moved(labels, -base),
        meetings_met(tally, labels, base, max(end for _, end, _ in stops)),
    )
    known = tally.days.get(key)
    if known is None:
        known = tally.days[key] = shifted(_walked(tally, labels, day, stops), -base)
    return shifted(known, base)


def meetings_met(tally: Tally, labels: Labels, base: int, end: int) -> tuple[tuple[int, int], ...]:
    """Meetings that are no rest and that a run from these labels on may meet by `end`, counted from `base`."""
    since = min([base, *(label.end for label in labels if label.run)])
    return tuple((a - base, b - base) for a, b in tally.busy if a < end + tally.then and b > since)


def _walked(tally: Tally, labels: Labels, day: Day, stops: Sequence[tuple[int, int, int]]) -> frozenset[Ended]:
    for start, end, what in stops:
        labels = tally.at(labels, start, day)
        labels = walk(tally, labels, day, start, end, what)
    return tally.ended(labels, day)


def walk(tally: Tally, labels: Labels, day: Day, start: int, end: int, what: int) -> Labels:
    """Past an open piece (0), a session (1) or other busy time (2)."""
    if what == 0:
        return tally.over_piece(labels, day, start, end)
    return tally.over_session(labels, start, end) if what == 1 else tally.over_meeting(labels)


def span_matters(day: Day, pieces: Sequence[tuple[int, int]]) -> bool:
    """Whether bookings at both ends of a day's open time could together be more than its span."""
    return max(day.last, pieces[-1][1]) - min(day.first, pieces[0][0]) > day.span


def reach_of(tally: Tally, by_day: Mapping[date, Sequence[tuple[int, int]]]) -> dict[date, tuple[int, int]]:
    """For each date the first start and the last end of what lies there and of its sessions."""
    every = {d: [*by_day.get(d, ()), *tally.by_day.get(d, ())] for d in {*by_day, *tally.by_day}}
    return {d: (min(a for a, _ in spans), max(b for _, b in spans)) for d, spans in every.items() if spans}


def most_of(later: Laters) -> int:
    """The most bookings of the week at hand."""
    return max((sum(x.mix) for x in later), default=0)


def _best(laters: Iterable[Later]) -> list[Later]:
    """Without those that another one beats in everything."""
    latest: dict[tuple[int, Mix, int], int] = {}
    for x in laters:
        key = (x.total, x.mix, x.worked)
        latest[key] = max(x.first, latest.get(key, x.first))
    kept: list[Later] = []
    for (total, mix, worked), first in sorted(latest.items(), key=lambda x: (-x[0][0] - sum(x[0][1]), x[0][2], -x[1])):
        if not any(
            k.total >= total
            and k.worked <= worked
            and k.first >= first
            and all(a >= b for a, b in zip(k.mix, mix, strict=True))
            for k in kept
        ):
            kept.append(Later(mix, worked, first, total))
    return kept
