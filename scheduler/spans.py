"""Spans of whole minutes: the arithmetic that placement is done in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from rules.timeline import Interval
from scheduler.minutes import ceil, floor

Span = tuple[int, int]


def spans_of(intervals: Iterable[Interval]) -> list[Span]:
    return sorted((floor(i.start), ceil(i.end)) for i in intervals)


def merged(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for a, b in sorted(spans):
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(b, found[-1][1]))
        elif a < b:
            found.append((a, b))
    return found


def near(spans: Sequence[Span], start: int, end: int) -> Sequence[Span]:
    """Of sorted spans those that begin before `end`, from the last one on that begins at or before `start`."""
    first = bisect_right(spans, (start, 1 << 60))
    return spans[max(0, first - 1) : bisect_left(spans, (end,))]


def inside(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """What of the spans lies between two minutes."""
    if start >= end:
        return []
    return [(a if a > start else start, b if b < end else end) for a, b in spans if start < b and a < end and a < b]


def less(start: int, end: int, taken: Sequence[Span]) -> list[Span]:
    left = []
    for a, b in taken:
        if b <= start or a >= end:
            continue
        if a > start:
            left.append((start, a))
        start = max(start, b)
    if start < end:
        left.append((start, end))
    return left


def around(spans: Sequence[Span], begin: int) -> Sequence[Span]:
    """Of sorted spans those that start within two days of the day that begins then."""
    return spans[bisect_left(spans, begin - 2880, key=_start) : bisect_left(spans, begin + 4320, key=_start)]


def _start(span: Span) -> int:
    return span[0]
