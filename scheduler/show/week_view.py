"""A week as a screen of text: a row a day, with a time bar, the day's load against its limit, and what is protected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from rules.demand import Load
from rules.practice import Limit
from rules.timeline import Interval, local_date, week_of, whole_day
from scheduler.outcome import Outcome
from scheduler.show import words
from scheduler.show.bar import Cell, Item, clock_passes, day_items, draw, letter_of, wall_minutes
from scheduler.show.layout import Layout, days_shown, load_spans
from scheduler.show.paper import Line, Paper, Span, columns

LEGEND = (
    ("S", "session"),
    ("s", "session that touches the one before"),
    ("b", "break"),
    ("P", "protected"),
    ("n", "notes"),
    ("h", "held against bookings"),
    ("m", "other busy time"),
    (".", "open"),
)
_SHORT_LEGEND = {"s": "session right after", "h": "held", "m": "busy"}


def legend(outcome: Outcome, weeks: Iterable[Line], paper: Paper) -> list[Line]:
    """What the letters mean, those that occur; `weeks`: the lines below it."""
    letters = {letter_of(block) for block in outcome.blocks}
    letters |= {"S"} if outcome.sessions else set()
    letters |= {"s"} if any(role in ("s", "past") and "s" in text for line in weeks for text, role in line) else set()
    letters |= {"m"} if outcome.busy else set()
    letters |= {"."} if outcome.open else set()
    lines: list[Line] = []
    line: list[Span] = []
    used = 0
    for letter, meaning in LEGEND:
        if letter not in letters:
            continue
        text = _SHORT_LEGEND.get(letter, meaning) if paper.width < 84 else meaning
        if line and used + 3 + 2 + len(text) > paper.width:
            lines.append(tuple(line))
            line, used = [], 0
        if line:
            line.append(("   ", ""))
            used += 3
        line += [(letter, letter), (f" {text}", "faint")]
        used += 2 + len(text)
    return [*lines, tuple(line)] if line else lines


def week_has_anything(outcome: Outcome, monday: date) -> bool:
    """Whether the week has a session, a block or a finding from today on."""
    zone = outcome.rules.timezone
    shown = Interval(
        max(whole_day(monday, zone).start, whole_day(local_date(outcome.window.start, zone), zone).start),
        whole_day(monday + timedelta(days=6), zone).end,
    )
    stretches = [s.interval for s in outcome.sessions]
    stretches += [b.interval for b in outcome.blocks]
    stretches += [f.interval for f in outcome.findings]
    return any(stretch.overlaps(shown) for stretch in stretches)


def week_lines(
    outcome: Outcome, monday: date, layout: Layout, now: datetime, paper: Paper, details: bool
) -> list[Line]:
    """One week: a heading with its load, the hours, a row for each day from today on. `details`: breaks too."""
    days = [day for day in days_shown(outcome) if week_of(day) == monday]
    lines = _heading(outcome, monday, days, paper)
    drawn: list[tuple[date, list[Item], list[Cell]]] = []
    for day in days:
        items = day_items(outcome, day)
        drawn.append((day, items, draw(items, layout.scale, _past(day, outcome, now))))
    if any(cell.letter != " " for _, _, cells in drawn for cell in cells):
        lines.append(_hour_line(layout))
    # Days off that say the same and hold nothing share a row.
    grouped = groupby(drawn, key=lambda row: (row[0] if row[1] else None, outcome.days_off.get(row[0])))
    for (busy_day, reason), rows in grouped:
        some = list(rows)
        if busy_day is None:
            lines += _empty_rows([day for day, _, _ in some], reason, layout, paper)
        else:
            lines += _day_rows(outcome, busy_day, some[0][2], layout, paper, details)
    return lines


def _heading(outcome: Outcome, monday: date, days: Sequence[date], paper: Paper) -> list[Line]:
    week = monday.isocalendar().week
    first, last = days[0], days[-1]
    span = _span(first, last, paper)
    title = f"Week {week}"
    dates = f"  {span} {last.year}"
    load, limit = outcome.week_load.get(monday, Load()), outcome.rules.per_week
    parts = [words.sessions_of(load, limit) + " sessions", words.time_of(load, limit)]
    parts += words.other_loads(load, limit, only_reached=False)
    text = paper.dot.join(parts)
    role = "strong"
    if words.over(load, limit):
        text, role = f"{text}  over the limit!", "warning"
    used = columns(title) + columns(dates)
    if used + 3 + columns(text) <= paper.width:
        gap = " " * (paper.width - used - columns(text))
        return [((title, "title"), (dates, ""), (gap, ""), (text, role))]
    return [((title, "title"), (dates, "")), *(((f"  {piece}", role),) for piece in paper.wrap(text, paper.width - 2))]


def _span(first: date, last: date, paper: Paper) -> str:
    """``Mon 23 - Sun 29 Nov``, ``Mon 30 Nov - Sun 6 Dec``, ``Mon 23 Nov``."""
    end = " ".join(words.day_words(last).split())
    if first == last:
        return end
    begin = words.day_short(first) if first.month == last.month else words.day_words(first)
    return f"{' '.join(begin.split())} {paper.dash} {end}"


def _hour_line(layout: Layout) -> Line:
    """Two digits where an hour begins; every second, third … hour where they would touch."""
    scale = layout.scale
    step = 60
    while step // scale.cell < 4:
        step += 60
    text = [" "] * (scale.cells + 2)
    for minute in range(-(-scale.first // 60) * 60, scale.last + 1, step):
        place = (minute - scale.first) // scale.cell
        text[place : place + 2] = f"{minute // 60:02}"
    return ((" " * layout.indent, ""), ("".join(text), "faint"))


def _past(day: date, outcome: Outcome, now: datetime) -> tuple[tuple[float, float], ...]:
    zone = outcome.rules.timezone
    start = whole_day(day, zone).start
    if now <= start:
        return ()
    return wall_minutes(Interval(start, now), clock_passes(day, zone))


def _day_rows(
    outcome: Outcome, day: date, cells: list[Cell], layout: Layout, paper: Paper, details: bool
) -> list[Line]:
    load, limit = outcome.day_load.get(day, Load()), outcome.rules.per_day
    row: Line = (
        (_label(day, layout), "strong"),
        ("  ", ""),
        *_bar(cells),
        ("  ", ""),
        *load_spans(outcome, load, layout),
    )
    lines = [row]
    remarks: list[Span] = []
    if day in outcome.days_off:
        remarks.append((_reason(outcome.days_off[day], paper), "warning"))
    if layout.load != "brief":
        # A limit that is reached explains why time is held, unless the figures in the row do that already.
        others = words.other_loads(load, limit, only_reached=True)
        remarks += [(part, "warning") for part in others if part.endswith("!")]
        remarks += [(part, "faint") for part in others if not part.endswith("!") and not _row_is_full(load, limit)]
    for line in paper.flow(remarks, paper.width - layout.indent, between=paper.dot):
        lines.append(((" " * layout.indent, ""), *line))
    return lines + _captions(_in_words(outcome, day, paper, details), day, outcome, layout, paper)


def _row_is_full(load: Load, limit: Limit) -> bool:
    return (limit.sessions is not None and load.sessions >= limit.sessions) or (
        limit.time is not None and timedelta(minutes=load.minutes) >= limit.time
    )


def _captions(
    entries: Sequence[tuple[Interval, str]], day: date, outcome: Outcome, layout: Layout, paper: Paper
) -> list[Line]:
    """Times and names under the bar, each beneath its place where the line has room for that."""
    zone = outcome.rules.timezone
    texts = [f"{words.times(interval, zone)} {name}" for interval, name in entries]
    line = ""
    for (interval, _), text in zip(entries, texts, strict=True):
        minute = wall_minutes(interval, clock_passes(day, zone))[0][0]
        place = max(0, int(minute - layout.scale.first) // layout.scale.cell)
        line += " " * max(place - columns(line), 2 if line else 0) + text
    room = paper.width - layout.indent
    if not texts:
        return []
    if columns(line) <= room:
        return [((" " * layout.indent, ""), (line, "faint"))]
    flowed = paper.flow([(text, "faint") for text in texts], room, between="  ")
    return [((" " * layout.indent, ""), *spans) for spans in flowed]


def _empty_rows(days: Sequence[date], reason: str | None, layout: Layout, paper: Paper) -> list[Line]:
    if reason is None:
        return [((_label(day, layout), "strong"),) for day in days]
    label = _label(days[0], layout)
    if len(days) > 1:
        label = _span(days[0], days[-1], paper)
        if layout.label_columns < 10:
            label = f"{words.day_short(days[0])} {paper.dash} {words.day_short(days[-1]).replace('  ', ' ')}"
    room = paper.width - columns(label) - 2
    pieces = paper.wrap(_reason(reason, paper), room)
    lines: list[Line] = [((label, "strong"), ("  ", ""), (pieces[0], "faint"))]
    return lines + [((" " * (columns(label) + 2), ""), (piece, "faint")) for piece in pieces[1:]]


def _reason(reason: str, paper: Paper) -> str:
    said = paper.plain(reason)
    return said if said.startswith("day off") else f"day off: {said}"


def _label(day: date, layout: Layout) -> str:
    return words.day_words(day) if layout.label_columns == 10 else words.day_short(day)


def _bar(cells: Iterable[Cell]) -> list[Span]:
    """The cells as spans, neighbours of one look together. Of two sessions that touch, the second is shown as `s`."""
    spans: list[Span] = []
    previous: Cell | None = None
    small = False
    for cell in cells:
        letter = cell.letter
        if letter == "S":
            touches = previous is not None and previous.letter == "S"
            if touches and previous is not None and previous.item != cell.item:
                small = not small
            elif not touches:
                small = False
            letter = "s" if small else "S"
        role = "" if letter == " " else ("past" if cell.past and letter != "." else letter)
        if spans and spans[-1][1] == role:
            spans[-1] = (spans[-1][0] + letter, role)
        else:
            spans.append((letter, role))
        previous = cell
    return spans


def _in_words(outcome: Outcome, day: date, paper: Paper, details: bool) -> list[tuple[Interval, str]]:
    """What is protected on the day, notes too, with its times; with `details` sessions, breaks and held time too."""
    zone = outcome.rules.timezone
    entries: list[tuple[Interval, str]] = []
    for block in outcome.blocks:
        if local_date(block.start, zone) == day and (details or letter_of(block) in "Pn"):
            entries.append((block.interval, paper.plain(block.name)))
    if details:
        entries += [(s.interval, paper.plain(s.kind)) for s in outcome.sessions if local_date(s.start, zone) == day]
    return sorted(entries)
