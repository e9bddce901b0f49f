"""One day as numbers: what lies where, what is to be placed, and what it is worth.

Whole minutes since the epoch throughout. Values only; `problem` makes them, `oneday` solves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.division import KindSize
from scheduler.guards import Banned
from scheduler.labels import Day, Ended, Labels
from scheduler.spans import Span
from scheduler.together import Near

Chain = tuple["Chain | None", int, int, int]  # what came before, item's number, start, end

START, RESTED, WORKED = 0, 1, 2  # what a segment begins with; a short rest is SHORT + its length
SHORT = 3
NOTES = -1  # the number of notes in a chain

Part = tuple[tuple[Span, ...], int]  # open pieces, and their worth less that of the blocks there


@dataclass(frozen=True, slots=True)
class Item:
    """One length of one thing to place. bit: its place in a choice; without: bits that it cannot be chosen together
    with. worth: its starts, sorted, each with what placing it there adds to the value. rest: whether it counts as a
    break."""

    number: int
    bit: int
    without: int
    length: int
    rest: bool
    starts: tuple[int, ...]
    worth: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class NotesWanted:
    """Notes of the day: minutes due, the shortest piece, the step between lengths; each session's end, what it adds and
    what is done already; from when and until when they may lie, where pieces stand. origin: the minute that `earliest`
    counts from."""

    origin: int
    due: int
    at_least: int
    step: int
    ends: tuple[int, ...]
    per_session: int
    done: int
    since: int
    until: int
    standing: frozenset[Span]

    def allowed(self, start: int) -> int:
        """How many minutes may lie before or in a piece that starts here: what the sessions that are over ask for."""
        return min(self.due, self.per_session * sum(1 for e in self.ends if e <= start) - self.done)

    def lengths(self, most: int) -> list[int]:
        """The lengths that a piece of up to `most` minutes may have: multiples of the step, and all that is due."""
        found = set(range(-(-self.at_least // self.step) * self.step, most + 1, self.step))
        if self.at_least <= self.due <= most:
            found.add(self.due)
        return sorted(found)


@dataclass(frozen=True, slots=True)
class Gap:
    """Time between two things that cannot move. left, right: for each kind, the first start and the last end that
    leave these their breaks. near: what is around it where bookings in it can break something together."""

    start: int
    end: int
    left: tuple[int, ...]
    right: tuple[int, ...]
    near: Near | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Free working time of a gap that nothing floating lies in. joins: whether an own break lies directly before and
    after it, which a short guard can join. first, last: between these every kind may start and end, what is busy being
    where it is. banned: where a start of some kind is banned."""

    start: int
    end: int
    joins: tuple[bool, bool]
    first: int
    last: int
    banned: list[Span]


Ground = tuple[list[Stretch], list[Span]]  # the stretches of a gap, its breaks


@dataclass(slots=True)
class DayProblem:
    """Everything that a day's placement depends on.

    stops: gaps, sessions (1) and other busy time (2) in order. kinds: length and gaps of every bookable
    kind; before, after: the break each needs. bans: per kind, banned starts. counted: whether its slots count.
    margin: the distance that work keeps from short rest. shortest: what the shortest booking takes; an open piece that
    is shorter is good for nothing. walked: the date as arrangements are tried with it: without its span or its rest
    where bookings are only bounded. bare: what the day takes without anything that floats; no arrangement leaves more.
    most: the same, with first starts and last ends where rest is looked at."""

    day: Day
    walked: Day
    stops: tuple[tuple[int, int, int, Gap | None], ...]
    working: tuple[Span, ...]
    breaks: tuple[Span, ...]
    released: tuple[Span, ...]
    kinds: tuple[KindSize, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    bans: tuple[tuple[Banned, ...], ...]
    items: tuple[Item, ...]
    notes: NotesWanted | None
    counted: bool
    margin: int
    shortest: int
    labels: Labels
    bare: frozenset[Ended] = frozenset()
    most: frozenset[Ended] = frozenset()
    segments: dict[tuple[int, int, bool, bool], Part] = field(default_factory=dict)
    parts: dict[tuple[int, int, int, int, bool, bool], Part] = field(default_factory=dict)
    grounds: dict[int, Ground] = field(default_factory=dict)
    opens: dict[int, int] = field(default_factory=dict)


def places(chain: Chain | None) -> list[tuple[int, int, int]]:
    """What a chain has placed, by time: item's number (or NOTES), start, end."""
    found = []
    while chain is not None:
        chain, number, start, end = chain
        found.append((number, start, end))
    return found[::-1]
