"""The way out: which one session, moved by up to half an hour, makes room for what has no place. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rules import engine
from rules.demand import Finding
from rules.diary import Diary, minutes
from rules.protect import QuotaDue
from rules.timeline import MINUTE, Interval, Session, intersect, merge, midnight, subtract, week_of
from scheduler.board import Standing
from scheduler.pieces import belongs
from scheduler.placement import Placement, place
from scheduler.places import item_named
from scheduler.what_if import Scene, by_start, told

STEP = timedelta(minutes=5)
FURTHEST = timedelta(minutes=30)
"""How far one session is moved at most, and by which steps."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is wanted and has no place, or not enough. key: its own, or its quota's; '' where it is known only
    by the finding. windows: where it may lie. least: the shortest stretch that helps."""

    key: str
    name: str
    windows: tuple[Interval, ...]
    least: timedelta
    finding: Finding


@dataclass(frozen=True, slots=True)
class Move:
    """A session that starts earlier or later by whole minutes (negative: earlier), and when it would be."""

    session: Session
    minutes: int
    interval: Interval


def missing(scene: Scene) -> list[Missing]:
    """What the plan could not place, each with the finding that says so."""
    stands = {b.key for b in scene.outcome.blocks}
    found: list[Missing] = []
    for finding in scene.outcome.findings:
        if finding.code == "no-time-for-notes":
            day = scene.diary.date_of(finding.interval.start)
            notes = next((n for n in scene.demand.notes if n.day == day), None)
            if notes is not None:
                found.append(Missing(notes.key, "Notes", (finding.interval,), notes.at_least, finding))
        elif finding.code == "not-placed":
            found.append(_missing_item(scene, finding, stands | {m.key for m in found}))
    return found


def _missing_item(scene: Scene, finding: Finding, known: set[str]) -> Missing:
    item = item_named(scene.diary.rules, finding.message)
    want = next(
        (w for w in scene.demand.wants if w.item is item and w.window == finding.interval and w.key not in known), None
    )
    if want is not None:
        return Missing(want.key, want.item.name, want.windows, want.at_least, finding)
    quota = next((q for q in scene.demand.quotas if q.item is item and q.span == finding.interval), None)
    if quota is not None:
        windows = tuple(merge(i for w in quota.wants for i in w.windows))
        return Missing(quota.key, quota.item.name, windows, _least(quota), finding)
    return Missing("", item.name if item is not None else "Protected", (), timedelta(0), finding)


def _least(quota: QuotaDue) -> timedelta:
    pieces = quota.item.quota.least if quota.item.quota is not None else timedelta(0)
    return min((w.at_least for w in quota.wants), default=timedelta(0)) or pieces


def way_out(scene: Scene, lack: Missing) -> Move | None:
    """The smallest move of one session, by up to half an hour, after which the whole plan made anew has a place for
    what is missing and no finding that was not there before. None where there is no such move.

    The moved session stays clear of everything busy, of what a hand has put somewhere, and in working time if it was in
    it. Moves are tried in order of length, then of the sessions, later before earlier."""
    if not lack.key:
        return None
    week = midnight(
        week_of(scene.diary.date_of(lack.finding.interval.end - MINUTE)) + timedelta(days=7), scene.diary.rules.timezone
    )
    wide = _Base(scene.diary, scene.standing, lack)
    # A plan that ends sooner is made sooner: it sorts out nearly all that does not help, the whole one decides.
    short = wide
    if week < scene.diary.window.end:
        short = _Base(replace(scene.diary, window=Interval(scene.diary.now, week)), scene.standing, lack)
    for move in _moves(scene, lack):
        if short.helped_by(move) and (short is wide or wide.helped_by(move)):
            return move
    return None


class _Base:
    """The plan as it is, to compare a plan with a moved session to."""

    def __init__(self, diary: Diary, standing: Standing, lack: Missing) -> None:
        self.diary, self.standing, self.lack = diary, standing, lack
        asked = engine.demand(diary)
        placed = place(diary, asked, standing)
        self.before = told([*asked.findings, *placed.findings])
        self.length = _length(placed, lack.key)
        self.quota = any(q.key == lack.key for q in asked.quotas)

    def helped_by(self, move: Move) -> bool:
        diary = moved(self.diary, move)
        asked = engine.demand(diary)
        if told(asked.findings) - self.before:
            return False
        placed = place(diary, asked, self.standing)
        same = [f for f in placed.findings if self._same(f)]
        if same and not self.quota:  # of a quota, one more is better though not all is well
            return False
        others = told(f for f in placed.findings if not self._same(f))
        return not others - self.before and _length(placed, self.lack.key) > self.length

    def _same(self, finding: Finding) -> bool:
        mine = self.lack.finding
        alike = (finding.rule, finding.code, finding.interval) == (mine.rule, mine.code, mine.interval)
        return alike and (finding.rule != "protect" or item_named(self.diary.rules, finding.message) == self._item)

    @property
    def _item(self) -> object:
        return item_named(self.diary.rules, self.lack.finding.message)


def moved(diary: Diary, move: Move) -> Diary:
    """The same diary with one session at another time."""
    sessions = (replace(s, interval=move.interval) if s.id == move.session.id else s for s in diary.sessions)
    return replace(diary, sessions=by_start(sessions))


def _moves(scene: Scene, lack: Missing) -> Iterator[Move]:
    """Moves that keep clear of everything, the smallest first."""
    diary = scene.diary
    widest = max(
        (k.after or timedelta(0) for k in diary.rules.kinds.values()), default=timedelta(0)
    )  # a break reaches into a window from outside it
    reach = FURTHEST + max(widest, diary.rules.breaks.after, diary.rules.breaks.after_heavy or timedelta(0))
    around = [Interval(w.start - reach, w.end + reach) for w in lack.windows]
    near = [s for s in diary.sessions if any(s.interval.overlaps(w) for w in around) and s.start > diary.now]
    fixed = [*diary.busy, *scene.standing.pins.values(), *scene.standing.started.values()]
    for step in range(1, FURTHEST // STEP + 1):
        for session in near:
            others = [*fixed, *(s.interval for s in diary.sessions if s is not session)]
            for shift in (step * STEP, -step * STEP):
                spot = Interval(session.start + shift, session.end + shift)
                if spot.start <= diary.now or any(spot.overlaps(o) for o in others):
                    continue
                if _works(diary, session.interval) and not _works(diary, spot):
                    continue
                if not _makes_room(lack, session.interval, spot, others):
                    continue
                yield Move(session, minutes(abs(shift)) * (1 if shift > timedelta(0) else -1), spot)


def _works(diary: Diary, interval: Interval) -> bool:
    return any(w.covers(interval) for w in diary.working)


def _makes_room(lack: Missing, was: Interval, spot: Interval, others: Sequence[Interval]) -> bool:
    """Whether a stretch that is long enough is free after a move; with many windows (a month's days), whether the move
    itself makes one, since most of a month's sessions do not. Spares planning anew for moves that cannot help."""
    near = Interval(min(was.start, spot.start) - timedelta(days=1), max(was.end, spot.end) + timedelta(days=1))
    windows = intersect(lack.windows, [near])
    taken = [o for o in others if o.overlaps(near)]
    known = set(subtract(windows, [*taken, was])) if len(lack.windows) > 1 else set()
    return any(i.length >= lack.least and i not in known for i in subtract(windows, [*taken, spot]))


def _length(placed: Placement, key: str) -> timedelta:
    return sum((b.interval.length for b in placed.blocks if belongs(b.key, key)), timedelta(0))
