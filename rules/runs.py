"""Runs of sessions: how many may come in a row before there is time to recover.

Rule-file.md, section 4, row `limits.in_a_row`. A **run** is sessions with less than `then` between one's end and the
next one's start; it ends at a stretch of at least `then` without sessions. Meetings in that stretch do not matter, but
with `meetings_rest: no` it must hold `then` in one piece free of other busy time. A run is over the limit when it has
more than `sessions`, or lasts longer than `time` from its first start to its last end; it is **full** when it has
reached either. Runs follow elapsed time, across midnight too.

What a full run asks for is held by the break after its last session (`rules.breaks`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from rules.demand import Ban, Finding
from rules.diary import Diary, spell
from rules.practice import InARow, Kind
from rules.timeline import JUST_AFTER, Interval, local_dates, merge, subtract, whole_day

RULE = "limits.in_a_row"


@dataclass(frozen=True, slots=True)
class Run:
    """So many sessions in a row, from the first one's start to the last one's end."""

    interval: Interval
    sessions: int

    def joined(self, later: Run) -> Run:
        """This run and one that begins no earlier, as one."""
        end = max(self.interval.end, later.interval.end)
        return Run(Interval(self.interval.start, end), self.sessions + later.sessions)


def all_runs(diary: Diary) -> list[Run]:
    """Every run of the diary, in order; none where no limit is set."""
    law = diary.rules.in_a_row
    if law is None:
        return []
    found: list[Run] = []
    for group in _groups(diary):
        if found and not _rests(diary, law, Interval(found[-1].interval.end, group.interval.start)):
            found[-1] = found[-1].joined(group)
        else:
            found.append(group)
    return found


def full(diary: Diary) -> list[Run]:
    """The runs that have reached the limit or are over it, in order."""
    law = diary.rules.in_a_row
    return [] if law is None else [run for run in all_runs(diary) if _is_full(run, law)]


def is_over(run: Run, law: InARow) -> bool:
    """Whether a run breaks the limit."""
    too_many = law.sessions is not None and run.sessions > law.sessions
    return too_many or (law.time is not None and run.interval.length > law.time)


def _is_full(run: Run, law: InARow) -> bool:
    enough = law.sessions is not None and run.sessions >= law.sessions
    return enough or (law.time is not None and run.interval.length >= law.time)


def findings(diary: Diary) -> list[Finding]:
    """Runs over the limit that are not over yet and begin within the window."""
    law = diary.rules.in_a_row
    if law is None:
        return []
    return [
        _long(diary, law, run)
        for run in all_runs(diary)
        if is_over(run, law) and run.interval.end > diary.now and run.interval.start < diary.window.end
    ]


def _long(diary: Diary, law: InARow, run: Run) -> Finding:
    day = diary.day_name(diary.date_of(run.interval.start))
    said = "1 session" if run.sessions == 1 else f"{run.sessions} sessions in a row"
    said += f" from {diary.clock(run.interval.start)} to {diary.clock(run.interval.end)}"
    if law.time is not None:
        said += f" ({spell(run.interval.length)})"
    return Finding(
        rule=RULE,
        code="long-run",
        interval=run.interval,
        message=f"{day}: {said}; {_most(law)}, then {spell(law.then)} without",
        advice=f"move a session so that {spell(law.then)} without sessions come before it, or cancel one",
    )


def _most(law: InARow) -> str:
    measures = [] if law.sessions is None else [str(law.sessions)]
    measures += [] if law.time is None else [spell(law.time)]
    verb = "is" if measures in (["1"], ["1 h"]) else "are"
    return f"{' or '.join(measures)} {verb} the most"


def bans(diary: Diary, kind: Kind) -> list[Ban]:
    """Starts at which a booking of this kind would make a run over the limit, or lengthen one that is, sorted.

    A booking joins the run before it, the run after it, both or neither; in each gap between sessions that depends only
    on how far it is from the gap's ends. Starts at which it would overlap a session may be among them."""
    law = diary.rules.in_a_row
    if law is None:
        return []
    start = diary.geometry.start
    if is_over(Run(Interval(start, start + kind.length), 1), law):
        days = (whole_day(day, diary.rules.timezone) for day in local_dates(diary.geometry, diary.rules.timezone))
        return [Ban(kind=kind.name, starts=day, rule=RULE, why=_why(law), closes=True) for day in days]
    starts = merge(i for gap in _gaps(diary, law) for i in gap.banned(law, kind))
    return [Ban(kind=kind.name, starts=i, rule=RULE, why=_why(law)) for i in starts if i.overlaps(diary.geometry)]


def _why(law: InARow) -> str:
    return f"{_most(law)} in a row"


@dataclass(frozen=True, slots=True)
class _Gap:
    """Time without sessions, with the runs that end and begin there. A booking that starts before `rested` joins the
    run before the gap; one that ends after `resting` joins the run after it."""

    interval: Interval
    left: Run | None
    right: Run | None
    rested: datetime
    resting: datetime

    def banned(self, law: InARow, kind: Kind) -> Iterator[Interval]:
        """The starts in this gap at which a booking that joins a run takes it over the limit."""
        first, stop = self.interval.start, self.interval.end - kind.length + JUST_AFTER
        if stop <= first:
            return
        apart = min(max(self.rested, first), stop)  # from here on it does not join the run before
        close = min(max(self.resting - kind.length + JUST_AFTER, first), stop)  # from here on it joins the run after
        if self.left is not None:
            yield from _from(first, min(apart, close), _too_late(law, kind, self.left))
        if self.right is not None:
            yield from _until(max(apart, close), stop, _too_early(law, self.right))
        if self.left is not None and self.right is not None:
            both = self.left.joined(self.right)
            if is_over(Run(both.interval, both.sessions + 1), law):
                yield from _from(close, apart, close)


def _too_late(law: InARow, kind: Kind, run: Run) -> datetime | None:
    """From when on a booking that joins only this run before it is too much; None: never."""
    if law.sessions is not None and run.sessions >= law.sessions:
        return run.interval.start
    return None if law.time is None else run.interval.start + law.time - kind.length + JUST_AFTER


def _too_early(law: InARow, run: Run) -> datetime | None:
    """Until when a booking that joins only this run after it is too much; None: never."""
    if law.sessions is not None and run.sessions >= law.sessions:
        return run.interval.end
    return None if law.time is None else run.interval.end - law.time


def _from(first: datetime, stop: datetime, since: datetime | None) -> Iterator[Interval]:
    if since is not None and max(first, since) < stop:
        yield Interval(max(first, since), stop)


def _until(first: datetime, stop: datetime, until: datetime | None) -> Iterator[Interval]:
    if until is not None and first < min(stop, until):
        yield Interval(first, min(stop, until))


def _gaps(diary: Diary, law: InARow) -> Iterator[_Gap]:
    """The gaps between sessions, and those before the first and after the last, as far as planning reaches.

    The run on either side is what there is of it up to the gap, since it may go on beyond."""
    groups = _groups(diary)
    between = [Interval(a.interval.end, b.interval.start) for a, b in pairwise(groups)]
    rests = [_rests(diary, law, gap) for gap in between]
    before = list(groups)  # the run up to each group
    for n in range(1, len(groups)):
        before[n] = groups[n] if rests[n - 1] else before[n - 1].joined(groups[n])
    after = list(groups)  # the run from each group on
    for n in reversed(range(len(groups) - 1)):
        after[n] = groups[n] if rests[n] else groups[n].joined(after[n + 1])
    reach = diary.geometry
    for n in range(len(groups) + 1):
        left = before[n - 1] if n else None
        right = after[n] if n < len(groups) else None
        start = min(reach.start, reach.end if right is None else right.interval.start)
        start = start if left is None else left.interval.end
        end = max(reach.end, start) if right is None else right.interval.start
        gap = Interval(start, end)
        if gap.overlaps(reach):
            free = _rests(diary, law, gap)
            rested = start if left is None else min((p.start + law.then for p in free), default=end)
            resting = end if right is None else max((p.end - law.then for p in free), default=start)
            yield _Gap(gap, left, right, rested, resting)


def _groups(diary: Diary) -> list[Run]:
    """Sessions that overlap or touch, as one."""
    found: list[Run] = []
    for session in diary.sessions:
        if found and session.start <= found[-1].interval.end:
            found[-1] = found[-1].joined(Run(session.interval, 1))
        else:
            found.append(Run(session.interval, 1))
    return found


def _rests(diary: Diary, law: InARow, gap: Interval) -> list[Interval]:
    """The pieces of a gap between sessions that are long enough to end a run."""
    pieces = [gap] if law.meetings_rest else subtract([gap], diary.busy)
    return [p for p in pieces if p.length >= law.then]
