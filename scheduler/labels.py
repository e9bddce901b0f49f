"""Labels: one way of having booked so far, with all that later bookings can depend on.

Of labels that are worse than another in everything only the better one is kept, so that what is left is exact. Times
are whole minutes since the epoch."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from scheduler.spans import Span

NEVER = -(10**9)
LATE = 10**9
ALWAYS: Span = (NEVER, LATE)
Mix = tuple[int, ...]


class Label(NamedTuple):
    """One way of having booked up to some minute.

    mix: bookings of each kind. end: when the last session or booking ended, last: the kind of booking that it was, -1
    for what needs no more room. run, begun: sessions in the present run and when it began; joined: whether one of them
    is a booking. first: start of the day's first booking; LATE where there is none or it no longer matters."""

    mix: Mix
    end: int = NEVER
    last: int = -1
    run: int = 0
    begun: int = 0
    joined: bool = False
    first: int = LATE


class Ended(NamedTuple):
    """What a day's bookings come to: how many of each kind; the day's first start and last end where rest depends on
    them."""

    mix: Mix
    first: int = LATE
    last: int = NEVER


Labels = tuple[Label, ...]


class Day(NamedTuple):
    """A date's own sessions: first start, last end (LATE and NEVER where there are none), and the longest span that is
    no new finding.

    calm: bookings that start from its first minute on and end by its second leave enough rest, whatever is booked on
    other dates (`resting`). since: from when on nothing depends on when the day's first booking starts. unit: by
    steps of so many minutes the first booking is put off, from each of what is fixed near the date (edges: what is left
    of their minutes when units are taken off; `Tally.on_day`)."""

    date: date
    first: int
    last: int
    span: int
    unit: int = 1
    calm: Span = ALWAYS
    since: int = NEVER
    edges: tuple[int, ...] = ()

    @property
    def until(self) -> int:
        """Up to when nothing depends on when the day's last booking ends."""
        return max(self.calm[1], self.last)


def best_of(labels: Iterable[Label], *, across: bool = False) -> Labels:
    """Without those that another one of as many bookings beats in everything else; sorted. `across`: of as many or
    more; that is right where there is one kind, since what a limit then stops has been booked already."""
    groups: dict[Mix, list[Label]] = {}
    for label in labels:
        groups.setdefault(() if across and len(label.mix) == 1 else label.mix, []).append(label)
    kept: list[Label] = []
    for of in sorted(groups):
        group = groups[of]
        if len(group) > 1:
            group = _unbeaten(group)
            if not of:  # the most bookings first
                group.sort(key=lambda x: -x.mix[0])
        kept += group
    return tuple(kept)


def _unbeaten(group: Iterable[Label]) -> list[Label]:
    """Those that none beats. Where rest or span matters there can be one for every minute: so they are gone through by
    their end, and of those of like number, run, joined and last what was found is kept as stairs, `first` rising and
    `begun` falling."""
    kept: list[Label] = []
    stairs: dict[tuple[int, int, bool, int], tuple[list[int], list[int]]] = {}
    for label in sorted(group, key=lambda x: (x.end, -x.mix[0], x.run, x.joined, -x.first, -x.begun, x.last)):
        (number, *_), _, last, run, begun, joined, first = label
        if not run:
            begun = LATE
        for (more, shorter, alone, kind), (firsts, beguns) in stairs.items():
            if more >= number and shorter <= run and alone <= joined and (kind == last or kind < 0):
                step = bisect_left(firsts, first)
                if step < len(firsts) and beguns[step] >= begun:
                    break
        else:
            kept.append(label)
            firsts, beguns = stairs.setdefault((number, run, joined, last), ([], []))
            above = below = bisect_left(firsts, first)
            above += above < len(firsts) and firsts[above] == first
            while below and beguns[below - 1] <= begun:
                below -= 1
            firsts[below:above], beguns[below:above] = [first], [begun]
    return kept


def beats(one: Label, other: Label) -> bool:
    return (
        one.end <= other.end
        and one.run <= other.run
        and (one.last == other.last or one.last < 0)
        and one.first >= other.first
        and one.joined <= other.joined
        and (one.begun >= other.begun or not one.run)
    )


def moved(labels: Labels, by: int) -> Labels:
    """The same labels so many minutes later."""
    return tuple(
        label._replace(
            end=label.end + by if label.end > NEVER else NEVER,
            begun=label.begun + by if label.run else 0,
            first=label.first + by if label.first < LATE else LATE,
        )
        for label in labels
    )


def shifted(ended: frozenset[Ended], by: int) -> frozenset[Ended]:
    """The same for what a day's bookings come to."""
    return frozenset(Ended(mix, _later(first, by), _later(last, by)) for mix, first, last in ended)


def followed(day: Day, by: int) -> tuple[object, ...]:
    """All of a date's own that its ways depend on, so many minutes later; nothing where bookings are only bounded."""
    if day.span == LATE and day.calm == ALWAYS:
        return ()
    edges = sorted((edge + by) % day.unit for edge in day.edges)
    return (day.span, day.unit, *edges, *(_later(x, by) for x in (day.first, day.last, *day.calm)))


def _later(minute: int, by: int) -> int:
    return minute + by if NEVER < minute < LATE else minute
