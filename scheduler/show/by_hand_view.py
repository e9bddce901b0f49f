"""What a hand changed, in lines: how each block was changed, that it stands so, and how to take it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta

from scheduler.outcome import How, Kept, Outcome
from scheduler.show import words
from scheduler.show.paper import Line, Paper, columns

MOST = 12
SAID: dict[How, str] = {
    "moved": "moved or resized, and stays so",
    "deleted": "deleted, and not made again",
    "free": "marked as free: its time is not held",
    "cancelled": "marked as cancelled: its time is not held",
    "all-day": "made all-day: its time is not held",
    "renamed": "renamed, and keeps its title",
    "series": "made a series: yours now, never changed or removed",
    "guests": "has guests: yours now, never changed or removed",
    "left": "nothing asks for it any more, but you wrote into it: it stays until you delete it",
    "on busy time": "was put where something busy is, so it goes back",
    "on another block": "was put where another block is that you moved, so it goes back",
}


def lines(outcome: Outcome, paper: Paper) -> list[Line]:
    """The section **changed by hand**; nothing where nothing was."""
    kept = outcome.kept_by_hand
    if not kept:
        return []
    shown: list[Line] = [(("Changed by hand", "title"), (f"  {len(kept)}", ""))]
    for one in kept[:MOST]:
        shown += _one(one, outcome, paper)
    if len(kept) > MOST:
        shown.append(((f"  and {len(kept) - MOST} more; all of them with --format json", "faint"),))
    if advice := _advice(kept, outcome):
        first, *others = paper.wrap(f"{paper.arrow} {advice}", paper.width - 2)
        shown += [((f"  {first}", "good"),), *(((f"    {piece}", "good"),) for piece in others)]
    return shown


def _one(one: Kept, outcome: Outcome, paper: Paper) -> list[Line]:
    zone = outcome.rules.timezone
    if one.how == "all-day":
        when = words.day_words(one.interval.start.astimezone(UTC).date())
    else:
        when = words.day_and_times(one.interval, zone)
    head = f"  {when}"
    name = paper.fit(paper.plain(one.name), max(paper.width - columns(head) - 2, 1))
    start: Line = ((head, "strong"), ("  ", ""), (name, ""))
    used = columns(head) + 2 + columns(name)
    said = SAID[one.how]
    if used + 2 + columns(said) <= paper.width:
        return [(*start, ("  ", ""), (said, "faint"))]
    return [start, *(((f"    {piece}", "faint"),) for piece in paper.wrap(said, paper.width - 4))]


def _advice(kept: Sequence[Kept], outcome: Outcome) -> str:
    """How to have one back: the first that can be had back, and has not started, is the example."""
    backable = [k for k in kept if k.how not in ("left", "series", "guests") and not k.goes_back]
    one = next((k for k in backable if _ahead(k, outcome)), None)
    if one is None and backable:
        return ""
    if one is None:
        theirs = any(k.how in ("series", "guests") for k in kept)
        return "to have the block back, delete yours, then sync with --restore and its date" if theirs else ""
    if one.how == "all-day":
        when = one.interval.start.astimezone(UTC).date().isoformat()
    else:
        when = f"{one.interval.start.astimezone(outcome.rules.timezone):%Y-%m-%dT%H:%M}"
    return f"to have one back: session-breaks sync --restore {when} (or a date, for all of that day)"


def _ahead(one: Kept, outcome: Outcome) -> bool:
    """Whether a block is still to come; one that was made all-day, as long as its day is not over."""
    first = outcome.window.start
    return one.interval.start + timedelta(days=1) > first if one.how == "all-day" else one.interval.start >= first
