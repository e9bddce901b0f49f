"""Rest between dates: which dates' bookings can leave too little of it, and which of their minutes it depends on.

A date's bookings that start late enough and end early enough leave enough rest whatever is booked on other dates. Only
what starts before that or ends after it has to be told apart, minute by minute. Pure; whole minutes since the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from scheduler.labels import ALWAYS
from scheduler.spans import Span


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


def _less(span: Span, since: int = ALWAYS[0], until: int = ALWAYS[1]) -> Span:
    return max(span[0], since), min(span[1], until)
