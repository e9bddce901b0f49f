"""What a sync would change, in lines: new ``+``, moved ``~``, removed ``-``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from rules.demand import Change
from rules.timeline import Interval, local_date, week_of
from scheduler.outcome import Outcome
from scheduler.show import words
from scheduler.show.paper import Line, Paper, columns

AT_ONCE = 20
"""Up to so many changes each gets its own line."""
FIRST_ONES = 12
"""Where there are more: so many new ones are listed, in whole days as far as that goes, and so many others."""
OTHERS = 10
DAYS_IN_FULL = 10
"""The rest is counted by day if it is on so many days, else by day for the first weeks and by week after them."""

SIGNS = {"create": ("+", "good"), "update": ("~", "changed"), "delete": ("-", "removed"), "keep": ("=", "faint")}


def counts(changes: Sequence[Change]) -> dict[str, int]:
    """How many blocks are ``new``, ``moved``, ``changed`` (same time, other title), ``removed``; only what there is."""
    found: Counter[str] = Counter(
        {"create": "new", "delete": "removed"}.get(
            c.action, "moved" if c.was not in (None, c.block.interval) else "changed"
        )
        for c in changes
        if c.action != "keep"
    )
    return {name: found[name] for name in ("new", "moved", "changed", "removed") if found[name]}


def in_words(changes: Sequence[Change]) -> str:
    """``8 new, 3 moved, 1 removed``; empty without changes."""
    return ", ".join(f"{count} {name}" for name, count in counts(changes).items())


def lines(outcome: Outcome, paper: Paper) -> list[Line]:
    """The section **what changes**: all of them where they are few; else what moves or goes and the first new ones,
    then the rest counted by day and, further ahead, by week."""
    writes = list(outcome.writes)
    if not writes:
        text = "Nothing to change: the calendar already holds everything that the rules ask for."
        return _wrapped(text, "good", paper)
    heading: Line = (("What changes", "title"), (f"  {in_words(writes)}", ""))
    shown: list[Line] = [heading]
    singles = writes
    if len(writes) > AT_ONCE:
        other = [c for c in writes if c.action != "create"][:OTHERS]
        first = _whole_days([c for c in writes if c.action == "create"], FIRST_ONES, outcome)
        chosen = {id(c) for c in (*other, *first)}
        singles = [c for c in writes if id(c) in chosen]
    name_room = min(max(columns(paper.plain(c.block.name)) for c in singles), 24)
    for change in singles:
        shown += _one(change, outcome, paper, name_room)
    told = {id(c) for c in singles}
    rest = [c for c in writes if id(c) not in told]
    if rest:
        shown.append(())
        shown.append(((f"and {words.plural(len(rest), 'more change')}:", "faint"),))
        shown += _grouped(rest, outcome, paper)
    return shown


def _whole_days(changes: Sequence[Change], room: int, outcome: Outcome) -> list[Change]:
    """The first changes up to the end of a day, at most `room`; part of the first day if that alone is more."""
    zone = outcome.rules.timezone
    if len(changes) <= room:
        return list(changes)
    cut = room
    while cut and local_date(changes[cut - 1].block.start, zone) == local_date(changes[cut].block.start, zone):
        cut -= 1
    return list(changes[: cut or room])


def _one(change: Change, outcome: Outcome, paper: Paper, name_room: int) -> list[Line]:
    zone = outcome.rules.timezone
    sign, role = SIGNS[change.action]
    block = change.block
    standing = change.was if change.action == "delete" and change.was is not None else block.interval
    remarks = []
    if change.action == "update" and change.was is not None:
        if change.by_hand:
            remarks.append("its hidden tag alone")
        elif change.was == block.interval:
            remarks.append("title, privacy, or busy again")
        else:
            remarks.append(f"was {_was(change.was, block.interval, outcome)}")
    if block.why and paper.width >= 64 and not change.by_hand:
        remarks.append(paper.plain(block.why))
    head = f"{sign} {words.day_and_times(standing, zone)}"
    name = paper.fit(paper.plain(block.name), max(paper.width - columns(head) - 1, 1))
    remark = "; ".join(remarks)
    padded = name + " " * max(0, name_room - columns(name))
    start = columns(head) + 1 + columns(padded) + 2
    if remark and start + columns(remark) <= paper.width:
        return [((head, role), (" ", ""), (padded, "strong"), ("  ", ""), (remark, "faint"))]
    if remark and start + 28 <= paper.width:
        first, *others = paper.wrap(remark, paper.width - start)
        whole: Line = ((head, role), (" ", ""), (padded, "strong"), ("  ", ""), (first, "faint"))
        return [whole, *(((" " * start, ""), (piece, "faint")) for piece in others)]
    line: Line = ((head, role), (" ", ""), (name, "strong"))
    indent = 13 if paper.width >= 64 else 4
    more = paper.wrap(remark, paper.width - indent) if remark else []
    return [line, *(((" " * indent, ""), (piece, "faint")) for piece in more)]


def _was(was: Interval, now: Interval, outcome: Outcome) -> str:
    zone = outcome.rules.timezone
    if local_date(was.start, zone) == local_date(now.start, zone):
        return words.times(was, zone)
    return words.day_and_times(was, zone)


def _grouped(rest: Sequence[Change], outcome: Outcome, paper: Paper) -> list[Line]:
    zone = outcome.rules.timezone
    by_day: dict[date, list[Change]] = {}
    for change in rest:
        by_day.setdefault(local_date(change.block.start, zone), []).append(change)
    days = sorted(by_day)
    in_full = (
        days if len(days) <= DAYS_IN_FULL else [d for d in days if week_of(d) <= week_of(days[DAYS_IN_FULL // 2 - 1])]
    )
    rows = [(words.day_words(day), by_day[day]) for day in in_full]
    later: dict[date, list[Change]] = {}
    for day in days[len(in_full) :]:
        later.setdefault(week_of(day), []).extend(by_day[day])
    rows += [(f"week {monday.isocalendar().week}".ljust(10), changes) for monday, changes in later.items()]
    found: list[Line] = []
    for label, changes in rows:
        names = Counter(paper.plain(c.block.name) for c in changes)
        text = f"{in_words(changes)}: " + ", ".join(f"{count} {name}" for name, count in names.most_common())
        pieces = paper.wrap(text, paper.width - 14)
        found.append((("  ", ""), (label, "strong"), ("  ", ""), (pieces[0], "")))
        found += [((" " * 14, ""), (piece, "")) for piece in pieces[1:]]
    return found


def _wrapped(text: str, role: str, paper: Paper) -> list[Line]:
    return [((piece, role),) for piece in paper.wrap(text, paper.width)]
