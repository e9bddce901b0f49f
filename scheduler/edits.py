"""What the therapist did by hand, three ways compared: what was written (the tag's fingerprint, the journal), what
stands (the calendar), and what is wanted (`back` says which blocks the rules are put back for). Pure.

Every case and why it is decided so: docs/decisions/0004-edits-by-hand.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from connectors import ownership
from rules.diary import Diary
from rules.practice import Rules
from rules.timeline import Event, Interval, instant, local_date
from scheduler.board import Standing, is_guard
from scheduler.holding import as_block
from scheduler.outcome import How, Kept
from scheduler.plan import Own

Status = Literal["intended", "acknowledged", "seen", "deleted"]
Back = Callable[[str, Interval], bool]
"""Whether a block (its key, where it stands or stood) is put back as the rules say, rather than kept as it is."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the journal knows of one block: where it was written last, and how sure that is."""

    key: str
    interval: Interval
    status: Status


@dataclass(slots=True)
class Asked:
    """What somebody wants back whatever `edits` says: keys, dates and times. `found`: those that name a block that can
    still be put back, `over`: those that name one that has started."""

    what: tuple[str, ...] = ()
    found: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Theirs:
    """A block that a person has made an event of their own. `how`: a series or a meeting with guests. `spot`: where one
    occurrence still stands exactly as the block was written, and so serves as the block. `shown`: where its first
    occurrence in the reading is."""

    key: str
    how: How
    spot: Interval | None
    shown: Interval


@dataclass(frozen=True, slots=True)
class Edits:
    """What stands, sorted into what planning needs. `deleted`: keys found deleted in this very reading; `seen`: how
    many seen blocks should still be there, for the brake; `idle`: own blocks that a hand has made take no time, which
    stay as they are; `kept`: all that a hand changed and that stands so, or goes back all the same."""

    standing: Standing
    deleted: tuple[str, ...]
    seen: int
    idle: frozenset[str] = frozenset()
    kept: tuple[Kept, ...] = field(default=())


def back_for(rules: Rules, asked: Asked, now: datetime) -> Back:
    """What `edits` says of each block: that of its rule or item, else the practice's. What was `asked` for by key, by
    date (``2026-12-03``) or by a time in it (``2026-12-03T12:30``, on the therapist's clock) is put back whatever the
    file says, unless it has started at `now`."""
    zone = rules.timezone
    days = {one: _day_of(one) for one in asked.what}
    times = {one: time for one in asked.what if (time := _time_of(one, zone)) is not None}

    def back(key: str, interval: Interval) -> bool:
        start, end = interval.start, interval.end
        day = start.date() if start == end else local_date(start, zone)  # all-day: midnight UTC
        named = [one for one in asked.what if key == one or day == days[one]]
        named += [one for one, time in times.items() if start <= time < end]
        begun = (start + DAY <= now) if start == end else start < now
        for one in named:  # the block of a key that stood earlier may be wanted again ahead: its session has moved
            (asked.over if begun and one != key else asked.found).add(one)
        return bool(named) or rules.edits_of(key) == "restore"

    return back


def _day_of(asked: str) -> date | None:
    try:
        return date.fromisoformat(asked) if len(asked) == len("2026-12-03") else None
    except ValueError:
        return None


def _time_of(asked: str, zone: ZoneInfo) -> datetime | None:
    try:
        time = datetime.fromisoformat(asked) if _day_of(asked) is None else None
    except ValueError:
        return None
    if time is None or time.tzinfo is not None:
        return time
    return instant(time.date(), time.time(), zone)


def taken_over(events: Collection[Event], owner: str, place: str, near: Interval) -> dict[str, Theirs]:
    """The blocks in the calendar that is written to that have become a person's own events, by key. `near`: what
    planning looks at."""
    found: dict[str, list[Event]] = {}
    for e in events:
        if e.calendar == place and e.former is not None and e.former.owner == owner and e.became != "copy":
            if not e.all_day and not e.interval.overlaps(near):
                continue
            found.setdefault(e.former.key, []).append(e)
    return {key: _theirs(key, some, events) for key, some in found.items()}


def _theirs(key: str, some: list[Event], events: Collection[Event]) -> Theirs:
    how: How = "guests" if some[0].became == "guests" else "series"
    for e in some:
        if e.former is None or how != "series" or not e.busy or ownership.moved(e.former, e.interval):
            continue
        if not any(o.busy and o is not e and o.tag is None and o.interval.overlaps(e.interval) for o in events):
            return Theirs(key, how, e.interval, e.interval)
    return Theirs(key, how, None, some[0].interval)


def serves(event: Event, theirs: Mapping[str, Theirs]) -> bool:
    """Whether an event is the occurrence of a person's series that still serves as the block it was made from."""
    one = theirs.get(event.former.key) if event.former is not None else None
    return one is not None and event.became == "series" and one.spot == event.interval


def read(
    own: Mapping[str, Own],
    remembered: Iterable[Remembered],
    busy: Iterable[Interval],
    window: Interval,
    back: Back,
    theirs: Mapping[str, Theirs] | None = None,
    unread: Collection[str] = (),
) -> Edits:
    """Compare what was written with what stands.

    `busy`: everybody else's time and sessions; a moved block on top of any of it goes back to its place. `window`: what
    was read for own blocks and is planned. `theirs`: blocks that have become a person's own events. `unread`: keys of
    blocks that stand but cannot be read: they are not gone, and not made again.
    """
    sorting = _Sorting(window, list(busy), back)
    for key, block in sorted(own.items()):  # of two moved onto each other, always the same one stays
        sorting.own(key, block)
    taken = {k: one for k, one in (theirs or {}).items() if k not in own}
    for key, one in sorted(taken.items()):
        sorting.theirs(key, one)
    rows = list(remembered)
    there = {*own, *taken, *unread}
    sorting.vetoes |= {*unread} - {*own, *taken}
    ahead = [r for r in rows if window.start <= r.interval.start < window.end]
    # A block that began before what was read still has its key: its session may have moved to a day ahead.
    for row in rows:
        if row.interval.start < window.start and row.key not in there and row.status in ("acknowledged", "seen"):
            sorting.started[row.key] = row.interval
    missing = {r.key: r.interval for r in ahead if r.status == "seen" and r.key not in there}
    gone = {r.key: r.interval for r in rows if r.status == "deleted" and r.key not in there} | missing
    again = {k: i for k, i in gone.items() if back(k, i)}
    gone = {k: i for k, i in gone.items() if k not in again}
    # What is put back stood there: it goes elsewhere only for the reasons for which it would have moved.
    sorting.future |= {k: i for k, i in again.items() if window.start <= i.start < min(i.end, window.end)}
    sorting.kept += [Kept(k, "deleted", i) for k, i in gone.items()]
    return Edits(
        standing=Standing(
            future=sorting.future,
            started=sorting.started,
            pins=sorting.pins,
            vetoes=frozenset({*gone, *sorting.vetoes}),
            strayed=frozenset(sorting.strayed),
            firm=frozenset(sorting.firm),
            worded=frozenset(sorting.worded),
        ),
        deleted=tuple(sorted(k for k in missing if k in gone)),
        seen=sum(1 for r in ahead if r.status == "seen"),
        idle=frozenset(sorting.idle),
        kept=tuple(sorting.kept),
    )


def outlived(
    own: Mapping[str, Own], pins: Iterable[str], written: Mapping[str, list[Interval]], today: datetime
) -> set[str]:
    """Those of the moved breaks (`pins`) whose session need not be looked for any more: the day that it was due on is
    over, and may lie before all that is read. `written`: where the journal says that a key was ever written; of those
    its tag tells the last one. Where none is known the hand is believed. `today`: the midnight that it began with."""
    found = set()
    for key in pins:
        if key in own and key.startswith("break/"):
            spots = [spot for spot in written.get(key, []) if not ownership.moved(own[key].tag, spot)]
            if all(spot.end <= today for spot in spots):
                found.add(key)
    return found


class _Sorting:
    """The work in progress of `read`."""

    def __init__(self, window: Interval, taken: list[Interval], back: Back) -> None:
        self.window = window
        self.taken = taken
        self.back = back
        self.future: dict[str, Interval] = {}
        self.started: dict[str, Interval] = {}
        self.pins: dict[str, Interval] = {}
        self.vetoes: set[str] = set()
        self.strayed: set[str] = set()
        self.firm: set[str] = set()
        self.worded: set[str] = set()
        self.idle: set[str] = set()
        self.kept: list[Kept] = []

    def own(self, key: str, block: Own) -> None:
        where, restored = block.interval, self.back(key, block.interval)
        over = (where.start + DAY if block.all_day else where.end) <= self.window.start
        if block.how_idle is not None and not over and not restored:
            self.idle.add(key)
            self.vetoes.add(key)
            self.kept.append(Kept(key, block.how_idle, where))
        elif where.start < self.window.start and not (block.all_day and not over):
            self.started[key] = where
            if block.moved:
                self.strayed.add(key)
        elif block.how_idle is not None or restored:
            self.future[key] = where
            if block.noted:
                self.worded.add(key)
        else:
            self._ahead(key, block)

    def _ahead(self, key: str, block: Own) -> None:
        """A block that takes time and is kept as a hand left it."""
        where = block.interval
        worded = block.noted or block.retitled
        if block.moved or (worded and is_guard(key)):
            crossed: How | None = "on busy time" if any(where.overlaps(t) for t in self.taken) else None
            if crossed is None and any(where.overlaps(p) for p in self.pins.values()):
                crossed = "on another block"
            if crossed is None:
                self.pins[key] = where
                self.kept.append(Kept(key, "moved" if block.moved else "renamed", where))
                if worded:
                    self.firm.add(key)
                    self.worded.add(key)
                return
            if block.moved:
                self.kept.append(Kept(key, crossed, where))
        self.future[key] = where
        if worded:
            self.worded.add(key)
        if block.retitled and not block.moved:
            self.kept.append(Kept(key, "renamed", where))

    def theirs(self, key: str, one: Theirs) -> None:
        if one.spot is None:
            self.vetoes.add(key)
        elif one.spot.start < self.window.start:
            self.started[key] = one.spot
        else:
            self.pins[key] = one.spot
            self.firm.add(key)
        if one.shown.end > self.window.start:
            self.kept.append(Kept(key, one.how, one.shown))


def told(found: Edits, asked: Collection[str], diary: Diary) -> tuple[Kept, ...]:
    """What is said of changes by hand: all but deletions of what nothing asks for any more. `asked`: keys that the
    rules ask for. What a person wrote into and nothing asks for is said to be left."""

    def wanted(key: str) -> bool:
        return is_guard(key) or key in asked or key.rsplit("/", 1)[0] in asked

    stand = {**found.standing.future, **found.standing.pins}
    left = {k for k in found.standing.worded if k in stand and not wanted(k)}
    shown = [Kept(k, "left", stand[k]) for k in left]
    shown += [
        one
        for one in found.kept
        if one.key not in left
        and (one.how != "deleted" or (wanted(one.key) and (not is_guard(one.key) or one.interval.end > diary.now)))
    ]
    named = [replace(one, name=as_block(diary, one.key, one.interval).name) for one in shown]
    return tuple(sorted(named, key=lambda one: (one.interval, one.key)))
