"""Spans of whole minutes: the arithmetic that placement is done in."""

from __future__ import annotations

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


def inside(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]


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
