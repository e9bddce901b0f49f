"""Breaks between sessions: what a session needs before and after it, and what a booking would need.

Rule-file.md, section 4, row `breaks`. Two ideas carry the module. An **obstacle** is something hard that time cannot be
taken from: a cluster of overlapping sessions, another busy event, a protected item that is work. The **gap** two
neighbouring obstacles need is the larger (or the sum) of the first's `after` and the second's `before`; events that are
no sessions need none themselves. Protected items that count as a break are no obstacles: a break may lie under them.

After a full run (`rules.runs`) the break after its last session is as long as the run asks for. That is time to hold,
not a gap that is due: where a meeting leaves less, no break is short, and protected work may lie on what the run added,
as a meeting may.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules import runs
from rules.demand import Ban, Block, Finding
from rules.diary import Diary, minutes
from rules.practice import Breaks, Kind
from rules.runs import Run
from rules.timeline import JUST_AFTER, Interval, Lying, Session, intersect, subtract

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that time cannot be taken from, with the break it needs on each side. `first`, `last`: ids of the
    sessions that begin and end it, '' for what is no session."""

    interval: Interval
    before: timedelta = ZERO
    after: timedelta = ZERO
    first: str = ""
    last: str = ""

    @property
    def is_session(self) -> bool:
        return self.first != ""


def need_before(kind: Kind, breaks: Breaks) -> timedelta:
    """The break a session of this kind needs before it."""
    return breaks.before if kind.before is None else kind.before


def need_after(kind: Kind, breaks: Breaks) -> timedelta:
    """The break a session of this kind needs after it; heavy kinds that say nothing themselves take `after_heavy`."""
    if kind.after is not None:
        return kind.after
    return breaks.after_heavy if kind.heavy and breaks.after_heavy is not None else breaks.after


def combined(after: timedelta, before: timedelta, breaks: Breaks) -> timedelta:
    """The gap that two neighbours need."""
    return after + before if breaks.combine == "add" else max(after, before)


def clusters(diary: Diary) -> tuple[Obstacle, ...]:
    """Sessions as obstacles, those that overlap as one. Its needs are what its members' breaks reach beyond its
    ends."""
    if "clusters" not in diary.known:
        diary.known["clusters"] = tuple(_clusters(diary))
    found: tuple[Obstacle, ...] = diary.known["clusters"]
    return found


def _clusters(diary: Diary) -> list[Obstacle]:
    rules = diary.rules
    found: list[Obstacle] = []
    group: list[Session] = []

    def close() -> None:
        start, end = min(s.start for s in group), max(s.end for s in group)
        after = max(s.end + need_after(rules.kinds[s.kind], rules.breaks) for s in group) - end
        before = start - min(s.start - need_before(rules.kinds[s.kind], rules.breaks) for s in group)
        first = min(group, key=lambda s: (s.start, s.end, s.id))
        last = max(group, key=lambda s: (s.end, s.start, s.id))
        found.append(Obstacle(Interval(start, end), before, after, first.id, last.id))

    for session in diary.sessions:
        if group and session.start >= max(s.end for s in group):
            close()
            group = []
        group.append(session)
    if group:
        close()
    return found


class Skyline:
    """All obstacles of a diary in order, to ask for neighbours. `extra`: protected work and other things as hard as a
    meeting."""

    def __init__(self, diary: Diary, extra: Iterable[Interval] = ()) -> None:
        self.breaks = diary.rules.breaks
        others = [Obstacle(i) for i in (*diary.busy, *extra) if i.start < i.end]
        self.obstacles = [*clusters(diary), *others]
        # Of several that touch the same instant, the neediest comes last (to the left) or first (to the right).
        self._by_end = sorted(self.obstacles, key=lambda o: (o.interval.end, o.after, o.first))
        self._by_start = sorted(self.obstacles, key=lambda o: (o.interval.start, -o.before, o.first))
        self._ends = [o.interval.end for o in self._by_end]
        self._starts = [o.interval.start for o in self._by_start]
        self._no_sessions = Lying(o.interval for o in self.obstacles if not o.is_session)

    def before(self, moment: datetime) -> Obstacle | None:
        """The obstacle that ends last at or before an instant."""
        place = bisect_right(self._ends, moment)
        return self._by_end[place - 1] if place else None

    def after(self, moment: datetime) -> Obstacle | None:
        """The obstacle that starts first at or after an instant."""
        place = bisect_left(self._starts, moment)
        return self._by_start[place] if place < len(self._by_start) else None

    def across(self, moment: datetime) -> bool:
        """Whether an obstacle that is no session lies across an instant."""
        return self._no_sessions.across(moment)

    def earliest(self, moment: datetime, kind: Kind) -> datetime:
        """The first start after the obstacle that ends at or before `moment` which leaves it its break."""
        left = self.before(moment)
        if left is None:
            return moment
        return left.interval.end + combined(left.after, need_before(kind, self.breaks), self.breaks)

    def latest(self, moment: datetime, kind: Kind) -> datetime:
        """The last end before the obstacle that starts at or after `moment` which leaves room for the break between
        them."""
        right = self.after(moment)
        if right is None:
            return moment
        return right.interval.start - combined(need_after(kind, self.breaks), right.before, self.breaks)


@dataclass(frozen=True, slots=True)
class Breaking:
    """What the breaks rule asks for: blocks before protected time is taken out of them, and findings."""

    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...]


def demand(diary: Diary) -> Breaking:
    """The breaks that the sessions need, clipped at what is busy, and what is too short.

    Covers sessions from a day before the window on; blocks and findings that are over by `now` are the caller's to
    leave out.
    """
    skyline = Skyline(diary)
    blocks: list[Block] = []
    findings: list[Finding] = []
    full = {run.interval.end: run for run in runs.full(diary)}
    for cluster in (o for o in skyline.obstacles if o.is_session):
        blocks.extend(_after(diary, skyline, cluster, full, findings))
        blocks.extend(_before(diary, skyline, cluster, full, findings))
    return Breaking(tuple(sorted(blocks, key=lambda b: (b.interval, b.key))), tuple(findings))


def _held_after(diary: Diary, cluster: Obstacle, full: Mapping[datetime, Run]) -> timedelta:
    """How long the break after a cluster is: its own, or what follows the full run that it ends, if that is more."""
    law = diary.rules.in_a_row
    return max(cluster.after, law.then) if law is not None and cluster.interval.end in full else cluster.after


def _after(
    diary: Diary, skyline: Skyline, cluster: Obstacle, full: Mapping[datetime, Run], findings: list[Finding]
) -> Iterable[Block]:
    breaks, end = diary.rules.breaks, cluster.interval.end
    right: Obstacle | None = None
    room: timedelta | None = None
    if skyline.across(end):  # the neighbour is what lies across the end, not what comes after it
        room = ZERO
    elif (right := skyline.after(end)) is not None:
        room = right.interval.start - end
    need = cluster.after if right is None else combined(cluster.after, right.before, breaks)
    short = room is not None and room < need
    if short and room is not None:
        findings.append(_short(diary, end, room, need, right))
    wanted = held = _held_after(diary, cluster, full)
    if room is not None and right is not None and room <= held + right.before:
        wanted = room  # the two breaks meet: one block fills the gap
    if room is not None:
        wanted = min(wanted, room)
    if wanted <= ZERO or (short and wanted < breaks.at_least):
        return
    why = f"after the session that ends at {diary.clock(end)}"
    if held > cluster.after:
        why += f", the last of {full[end].sessions} in a row: {minutes(held)} min without sessions"
    if short:
        why += f"; shrunk, {minutes(need)} min are due"
    yield Block(
        key=f"break/{cluster.last}/after",
        rule="breaks.after",
        name="Break",
        interval=Interval(end, end + wanted),
        why=why,
        yields=_yielded(end, cluster.after, wanted, right, room),
    )


def _yielded(
    end: datetime, after: timedelta, wanted: timedelta, right: Obstacle | None, room: timedelta | None
) -> Interval | None:
    """What a break has only since a full run asks for it: not the session's own break, nor that before the next."""
    stop = wanted if room is None or right is None else min(wanted, room - right.before)
    return Interval(end + after, end + stop) if stop > after else None


def _before(
    diary: Diary, skyline: Skyline, cluster: Obstacle, full: Mapping[datetime, Run], findings: list[Finding]
) -> Iterable[Block]:
    breaks, start = diary.rules.breaks, cluster.interval.start
    if cluster.before <= ZERO:
        return
    left = skyline.before(start)
    room: timedelta | None = None
    if skyline.across(start):
        room = ZERO
    elif left is not None:
        room = start - left.interval.end
    beside_session = left is not None and left.is_session and not skyline.across(start)
    short = room is not None and room < cluster.before
    if (
        beside_session
        and left is not None
        and room is not None
        and room <= _held_after(diary, left, full) + cluster.before
    ):
        return  # the gap between two sessions is one block, and the earlier session's
    if short and room is not None and not beside_session:
        findings.append(_short(diary, start - room, room, cluster.before, cluster))
    wanted = cluster.before if room is None else min(cluster.before, room)
    if wanted <= ZERO or (short and wanted < breaks.at_least):
        return
    if _first_of_its_day(diary, cluster) and not _bookable_before(diary, skyline, cluster):
        return
    yield Block(
        key=f"break/{cluster.first}/before",
        rule="breaks.before",
        name="Break",
        interval=Interval(start - wanted, start),
        why=f"before the session that starts at {diary.clock(start)}",
    )


def _first_of_its_day(diary: Diary, cluster: Obstacle) -> bool:
    day = diary.date_of(cluster.interval.start)
    return not any(s.start < cluster.interval.start and diary.date_of(s.start) == day for s in diary.sessions)


def _bookable_before(diary: Diary, skyline: Skyline, cluster: Obstacle) -> bool:
    """Whether some booking fits so close before the day's first session that it would take its break."""
    left = skyline.before(cluster.interval.start)
    begin = diary.geometry.start if left is None else max(diary.geometry.start, left.interval.end)
    if begin >= cluster.interval.start:
        return False
    free = intersect([Interval(begin, cluster.interval.start)], diary.working)
    return any(
        piece.length >= kind.length
        and piece.end
        > cluster.interval.start - combined(need_after(kind, diary.rules.breaks), cluster.before, diary.rules.breaks)
        for piece in free
        for kind in diary.bookable
    )


def _short(diary: Diary, start: datetime, room: timedelta, need: timedelta, right: Obstacle | None) -> Finding:
    end = start + room
    missing = room <= ZERO or room < diary.rules.breaks.at_least
    what = "the next session" if right is not None and right.is_session else "the next appointment"
    between = f"at {diary.clock(start)}" if room <= ZERO else f"between {diary.clock(start)} and {diary.clock(end)}"
    return Finding(
        rule="breaks",
        code="short-break",
        grade="missing" if missing else "shrunk",
        interval=Interval(start, end),
        message=f"{diary.day_name(diary.date_of(start))}: {minutes(room)} of {minutes(need)} min break {between}",
        advice=f"move {what} {minutes(need - room)} min later if you can",
    )


def bans(skyline: Skyline, kind: Kind, stretch: Interval) -> list[Ban]:
    """Starts in a stretch of open time at which a booking of this kind would leave a neighbour too short a break.

    `stretch` has no obstacle in it, so its neighbours are the obstacles left and right of it, however far.
    """
    last = stretch.end - kind.length
    earliest = skyline.earliest(stretch.start, kind)
    latest = skyline.latest(stretch.end, kind) - kind.length
    found: list[Ban] = []
    if earliest > stretch.start and last >= stretch.start:
        found.append(
            _ban(kind, stretch.start, min(earliest, last + JUST_AFTER), "the break after the session before it")
        )
    if latest < last:
        found.append(
            _ban(kind, max(latest + JUST_AFTER, stretch.start), last + JUST_AFTER, "the break before what follows")
        )
    return [b for b in found if b.starts.start < b.starts.end]


def _ban(kind: Kind, start: datetime, end: datetime, what: str) -> Ban:
    return Ban(kind=kind.name, starts=Interval(start, max(start, end)), rule="breaks", why=f"would shorten {what}")


def cut(block: Block, protected: Sequence[Interval]) -> list[Block]:
    """A break without the protected time that counts as one: what is left before it and, where the two together are
    shorter
    than the break, the rest that follows it."""
    pieces = subtract([block.interval], protected)
    return [
        Block(
            key=block.key if n == 0 else f"{block.key}/{n + 1}",
            rule=block.rule,
            name=block.name,
            interval=piece,
            why=block.why,
        )
        for n, piece in enumerate(pieces)
    ]
