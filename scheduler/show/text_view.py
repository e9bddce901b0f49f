"""The preview as text: for several therapists a table with a row each, then each one's weeks, changes and findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules.demand import Load
from rules.timeline import local_date, week_of
from scheduler.outcome import Failure, Outcome, Result
from scheduler.show import by_hand_view, changes_view, findings_view, words
from scheduler.show.layout import choose_layout, days_shown
from scheduler.show.paper import Line, Paper, columns
from scheduler.show.week_view import legend, week_has_anything, week_lines

NARROWEST = 24


def render(
    results: Sequence[Result],
    now: datetime,
    *,
    width: int,
    colour: bool,
    unicode: bool,
    weeks: int | None = None,
    details: bool = False,
) -> str:
    """The whole preview, ending with a newline. No line is longer than `width` columns (made for 40 and more).

    colour: with ANSI colours, never without. unicode False: every character is ASCII. weeks: at most so many weeks of
    each therapist; None: all that hold anything. details: name each break, held time and session too. `now` decides
    what is past. The same input gives the same text.
    """
    paper = Paper(max(width, NARROWEST), colour, unicode)
    sections: list[list[Line]] = []
    if len(results) > 1:
        sections.append(_table(results, now, paper))
    sections += [_therapist(result, now, paper, weeks, details) for result in results]
    if not results:
        sections.append([(("No therapist to show.", ""),)])
    lines: list[Line] = []
    for section in sections:
        lines += [(), *section] if lines else section
    return "".join(f"{paper.paint(line)}\n" for line in lines)


def _therapist(result: Result, now: datetime, paper: Paper, weeks: int | None, details: bool) -> list[Line]:
    if isinstance(result, Failure):
        lines = [_title(result.therapist, result.practice, paper), *_failure(result, paper)]
        return [*lines, (), *_plan(result.outcome, now, paper, weeks, details)] if result.outcome is not None else lines
    lines = [_title(result.rules.therapist, result.practice, paper)]
    return [*lines, *_plan(result, now, paper, weeks, details)]


def _title(therapist: str, practice: str, paper: Paper) -> Line:
    name = paper.fit(paper.plain(therapist), paper.width)
    place = paper.plain(practice)
    used = columns(name)
    if used + 3 + columns(place) > paper.width:
        place = paper.fit(place, paper.width - used - 3)
    text = used + (3 + columns(place) if place else 0)
    line = f"  {paper.rule * (paper.width - text - 2)}" if paper.width - text > 4 else ""
    return (
        (name, "title"),
        (f" {paper.dot.strip()} " if paper.unicode else ", ", "faint"),
        (place, ""),
        (line, "faint"),
    )


def _failure(failure: Failure, paper: Paper) -> list[Line]:
    said = "Refused by a brake, nothing is written: " if failure.kind == "brake" else "Nothing is planned or written: "
    return [((piece, "warning"),) for piece in paper.wrap(said + paper.plain(failure.message), paper.width)]


def _plan(outcome: Outcome, now: datetime, paper: Paper, weeks: int | None, details: bool) -> list[Line]:
    lines = _opening(outcome, paper)
    lines += [(), *_weeks(outcome, now, paper, weeks, details)]
    lines += [(), *changes_view.lines(outcome, paper)]
    if by_hand := by_hand_view.lines(outcome, paper):
        lines += [(), *by_hand]
    return [*lines, (), *findings_view.lines(outcome, paper)]


def _opening(outcome: Outcome, paper: Paper) -> list[Line]:
    days = days_shown(outcome)
    if not days:
        return [(("The plan covers no time.", "faint"),)]
    zone = outcome.rules.timezone
    first, last = " ".join(words.day_words(days[0]).split()), " ".join(words.day_words(days[-1]).split())
    span = f"from {first} {words.clock(outcome.window.start, zone)} to {last} {days[-1].year}"
    slots = outcome.bookable_slots
    room = f"room for {words.plural(slots, 'more booking')}" if slots else "no room for another booking"
    text = [(paper.plain(piece), "faint") for piece in (span, zone.key, room)]
    lines = paper.flow(text, paper.width, between=paper.dot)
    if outcome.rules.paused:
        said = "Paused: nothing is planned or changed for this therapist until `paused` is `no` again."
        lines += [((piece, "changed"),) for piece in paper.wrap(said, paper.width)]
    return lines


def _weeks(outcome: Outcome, now: datetime, paper: Paper, weeks: int | None, details: bool) -> list[Line]:
    mondays = sorted({week_of(day) for day in days_shown(outcome)})
    filled = [monday for monday in mondays if week_has_anything(outcome, monday)]
    shown = filled if weeks is None else filled[:weeks]
    layout = choose_layout(outcome, paper.width)
    lines: list[Line] = []
    for monday in shown:
        lines += [(), *week_lines(outcome, monday, layout, now, paper, details)]
    lines = [*legend(outcome, lines, paper), *lines] if shown else []
    empty = len(mondays) - len(filled)
    left = len(filled) - len(shown)
    remarks = []
    if left:
        remarks.append(f"{words.plural(left, 'more week')} not shown (--weeks)")
    if empty:
        remarks.append(f"{words.plural(empty, 'week')} with nothing in {'it' if empty == 1 else 'them'}")
    if remarks:
        lines += [()] if lines else []
        lines += [((piece, "faint"),) for piece in paper.wrap(paper.dot.join(remarks), paper.width)]
    return lines


def _table(results: Sequence[Result], now: datetime, paper: Paper) -> list[Line]:
    """A row each: load this week, findings, changes, room for bookings; a failure says so instead."""
    practices = {result.practice for result in results}
    rows = [(_name(result, len(practices) > 1, paper), _cells(result, now)) for result in results]
    header = ("this week", "time", "findings", "changes", "slots")
    title: Line = ((f"{words.plural(len(results), 'therapist')}", "title"),)
    if len(practices) == 1:
        title = (
            *title,
            (paper.fit(paper.dot + paper.plain(next(iter(practices))), paper.width - columns(title[0][0])), ""),
        )
    sizes = [max([len(h), *(len(c[i]) for _, c in rows if c)]) for i, h in enumerate(header)]
    name_room = max(columns(name) for name, _ in rows)
    lines: list[Line] = [title]
    if name_room + sum(sizes) + 3 * len(sizes) > paper.width:
        return lines + [
            line
            for (name, cells), result in zip(rows, results, strict=True)
            for line in _tall(name, cells, result, paper)
        ]
    heads = "".join(f"   {head:>{size}}" for head, size in zip(header, sizes, strict=True))
    lines.append(((" " * name_room, ""), (heads, "faint")))
    for (name, cells), result in zip(rows, results, strict=True):
        padded = name + " " * (name_room - columns(name))
        if isinstance(result, Failure):
            lines.append(((padded, "strong"), (f"   {_short_failure(result)}", "warning")))
            continue
        roles = ["warning" if _over(result, now) else "", "", "warning" if result.findings else "good", "", ""]
        spans = [(f"   {cell:>{size}}", role) for cell, size, role in zip(cells, sizes, roles, strict=True)]
        lines.append(((padded, "strong"), *spans))
    return lines


def _tall(name: str, cells: tuple[str, ...], result: Result, paper: Paper) -> list[Line]:
    """A therapist's row where the table is wider than the screen: the name, then the figures in words."""
    head: Line = ((paper.fit(name, paper.width), "strong"),)
    if isinstance(result, Failure):
        return [head, *(((f"  {piece}", "warning"),) for piece in paper.wrap(_short_failure(result), paper.width - 2))]
    load, time, findings, changes, slots = cells
    said = [
        (f"{load} session{'' if load == '1' else 's'} this week", ""),
        (time, ""),
        (words.plural(int(findings), "finding"), "warning" if result.findings else "good"),
        (words.plural(int(changes), "change"), ""),
        (words.plural(int(slots), "slot"), ""),
    ]
    return [head, *((("  ", ""), *line) for line in paper.flow(said, paper.width - 2, between=", "))]


def _name(result: Result, with_practice: bool, paper: Paper) -> str:
    therapist = result.therapist if isinstance(result, Failure) else result.rules.therapist
    return paper.plain(f"{result.practice} / {therapist}" if with_practice else therapist)


def _cells(result: Result, now: datetime) -> tuple[str, ...]:
    if isinstance(result, Failure):
        return ()
    load, limit = _this_week(result, now), result.rules.per_week
    return (
        words.sessions_of(load, limit),
        words.time_of(load, limit),
        str(len(result.findings)),
        str(len(result.writes)),
        str(result.bookable_slots),
    )


def _this_week(outcome: Outcome, now: datetime) -> Load:
    return outcome.week_load.get(week_of(local_date(now, outcome.rules.timezone)), Load())


def _over(outcome: Outcome, now: datetime) -> bool:
    return words.over(_this_week(outcome, now), outcome.rules.per_week)


def _short_failure(failure: Failure) -> str:
    return "refused by a brake, see below" if failure.kind == "brake" else "nothing planned, see below"
