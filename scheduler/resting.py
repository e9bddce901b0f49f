"""Rest between dates: which dates' bookings can leave too little of it, and which of their minutes it depends on.

A date's bookings that start late enough and end early enough leave enough rest whatever is booked on other dates. Only
what starts before that or ends after it has to be told apart, minute by minute. Pure; whole minutes since the epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from scheduler.labels import ALWAYS, NEVER
from scheduler.spans import Span

DAY = 1440
STEPS = 300  # a day's first booking is put off by no more, from each of what is fixed


def calm(rest: int, reach: Mapping[date, Span]) -> dict[date, Span]:
    """For each date that rest can matter on: from when on its bookings may start and until when they may end whatever
    is booked on other dates. rest: the minutes due, 0 for none. reach: for each date the first minute that a session or
    booking could start at, and the last one that one could end at."""
    found: dict[date, Span] = {}
    dates = sorted(reach) if rest else []
    for n, one in enumerate(dates):
        for two in dates[n + 1 :]:
            start, end = reach[two][0], reach[one][1]
            if start - end >= rest:
                break
            found[one] = _less(found.get(one, ALWAYS), until=start - rest)
            found[two] = _less(found.get(two, ALWAYS), since=end + rest)
    return found


def put_off(hours: Sequence[Span], begin: int, span: int, rest: int) -> int:
    """By how many minutes the first booking of the date that begins at `begin` may be put off for the sake of its span
    or of the rest after the hours before. hours: the working hours near the date, sorted."""
    ours = [(a, b) for a, b in hours if begin <= a < begin + DAY]
    if not ours:
        return 0
    start, end = ours[0][0], max(b for _, b in ours)
    before = max((b for a, b in hours if a < begin), default=NEVER)
    return min(max(0, end - span - start, before + rest - start if rest else 0), DAY)


def step(minutes: int, lengths: int) -> int:
    """By which steps a first booking is put off: what all lengths of the rules have in common. Counted from everything
    that is fixed near the date that is fine enough, since what is not as early as can be is tied to something fixed by
    lengths alone. Longer ones only where that would be hundreds (decision 0009, "Where it is not exact")."""
    return lengths * max(1, -(-minutes // (STEPS * lengths)))


def _less(span: Span, since: int = ALWAYS[0], until: int = ALWAYS[1]) -> Span:
    return max(span[0], since), min(span[1], until)
