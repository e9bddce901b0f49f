"""A week as a screen of text: a row a day, with a time bar, the day's load against its limit, and what is protected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from rules.demand import Load
from rules.practice import Limit
from rules.timeline import Interval, local_date, local_dates, week_of, whole_day
from scheduler.outcome import Outcome
from scheduler.show import words
from scheduler.show.bar import Cell, Item, Scale, clock_passes, day_items, draw, letter_of, wall_minutes
from scheduler.show.paper import Line, Paper, Span, columns

LEGEND = (
    ("S", "session"),
    ("b", "break"),
    ("P", "protected"),
    ("h", "held against bookings"),
    ("m", "other busy time"),
    (".", "open"),
)
LOAD_FORMS = ("long", "plain", "medium", "brief")
"""``4/5 sessions  3 h 20 of 4 h 30``, ``4/5  3 h 20 of 4 h 30``, ``4/5  3h20/4h30``, ``4/5``."""
_SHORT_LEGEND = {"h": "held", "m": "busy"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of one therapist are laid out. `load`: a load form. `count_columns`: room for its first part."""

    scale: Scale
    load: str
    count_columns: int
    label_columns: int

    @property
    def indent(self) -> int:
        """Where the bar begins."""
        return self.label_columns + 2


def days_shown(outcome: Outcome) -> list[date]:
    """The local dates of the plan, from today on."""
    return list(local_dates(outcome.window, outcome.rules.timezone))


def choose_layout(outcome: Outcome, width: int) -> Layout:
    """The finest bar that fits the width, the same for all weeks of a therapist: a time is always in one column."""
    first, last = _hours(outcome)
    label = 10 if width >= 64 else 6
    wanted = [(cell, form) for cell in (10, 15, 20, 30, 60) for form in LOAD_FORMS if form != "brief" or cell >= 30]
    for cell, form in wanted:
        scale = _whole_cells(first, last, cell)
        count, time = _load_columns(outcome, form)
        if label + 2 + scale.cells + 2 + count + time <= width:
            return Layout(scale, form, count, label)
    return Layout(_whole_cells(first, last, 60), "brief", _load_columns(outcome, "brief")[0], label)


def legend(outcome: Outcome, paper: Paper) -> list[Line]:
    """What the letters mean, those that occur."""
    letters = {letter_of(block) for block in outcome.blocks}
    letters |= {"S"} if outcome.sessions else set()
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


def _hours(outcome: Outcome) -> tuple[int, int]:
    """The part of the day that every week is shown with, in wall-clock minutes: half hours around whatever is not guard
    or open.

    Working time without end (a file without working hours) says nothing about the day's shape and does not count.
    """
    zone = outcome.rules.timezone
    shaping = [s.interval for s in outcome.sessions] + [b.interval for b in outcome.blocks if not b.guard]
    shaping += list(outcome.busy)
    shaping += [w for w in outcome.working if w.length < timedelta(hours=20)]
    low, high = 24 * 60.0, 0.0
    shown = set(days_shown(outcome))
    for stretch in shaping:
        for day in local_dates(stretch, zone):
            if day in shown:
                for start, end in wall_minutes(stretch, clock_passes(day, zone)):
                    low, high = min(low, start), max(high, end)
    if low >= high:
        return 8 * 60, 18 * 60
    first, last = int(low // 30) * 30, -int(-high // 30) * 30
    return (first, last) if last - first >= 240 else (max(0, min(first, 20 * 60)), max(last, min(first + 240, 24 * 60)))


def _whole_cells(first: int, last: int, cell: int) -> Scale:
    """The scale around [first, last) whose cells begin on the clock's hours and their even parts."""
    return Scale(first // cell * cell, -(-last // cell) * cell, cell)


def _load_columns(outcome: Outcome, form: str) -> tuple[int, int]:
    texts = [_load_texts(outcome, outcome.day_load.get(day, Load()), form) for day in days_shown(outcome)]
    return max((len(count) for count, _ in texts), default=0), max((len(time) for _, time in texts), default=0)


def _load_texts(outcome: Outcome, load: Load, form: str) -> tuple[str, str]:
    """A day's sessions and time against their limits; `!` stands after what is over."""
    limit = outcome.rules.per_day
    count = words.sessions_of(load, limit)
    if limit.sessions is not None and load.sessions > limit.sessions:
        count += "!"
    if form == "brief":
        return count + ("!" if words.over(load, limit) and not count.endswith("!") else ""), ""
    if form == "medium":
        most = "" if limit.time is None else f"/{words.length_short(words.minutes_of(limit.time))}"
        time = f"  {words.length_short(load.minutes)}{most}"
    else:
        time = f"  {words.time_of(load, limit)}"
    if form == "long":
        count += " session" if limit.sessions is None and load.sessions == 1 else " sessions"
    if limit.time is not None and timedelta(minutes=load.minutes) > limit.time:
        time += "!"
    return count, time


def _load_spans(outcome: Outcome, load: Load, layout: Layout) -> list[Span]:
    count, time = _load_texts(outcome, load, layout.load)
    calm = "" if load.sessions else "faint"
    return [
        (count + " " * (layout.count_columns - len(count)), "warning" if "!" in count else calm),
        (time, "warning" if "!" in time else calm),
    ]


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
        *_load_spans(outcome, load, layout),
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
    """What is protected on the day, with its times; with `details` sessions, breaks and held time too."""
    zone = outcome.rules.timezone
    entries: list[tuple[Interval, str]] = []
    for block in outcome.blocks:
        if local_date(block.start, zone) == day and (details or letter_of(block) == "P"):
            entries.append((block.interval, paper.plain(block.name)))
    if details:
        entries += [(s.interval, paper.plain(s.kind)) for s in outcome.sessions if local_date(s.start, zone) == day]
    return sorted(entries)
