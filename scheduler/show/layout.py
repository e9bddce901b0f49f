"""How the rows of a week are laid out: which hours, how fine a bar, how much of the load in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rules.demand import Load
from rules.timeline import local_dates
from scheduler.outcome import Outcome
from scheduler.show import words
from scheduler.show.bar import Scale, clock_passes, wall_minutes
from scheduler.show.paper import Span

LOAD_FORMS = ("long", "plain", "medium", "brief")
"""``4/5 sessions  3 h 20 of 4 h 30``, ``4/5  3 h 20 of 4 h 30``, ``4/5  3h20/4h30``, ``4/5``."""


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


def load_spans(outcome: Outcome, load: Load, layout: Layout) -> list[Span]:
    """A day's load for the end of its row; what is over its limit stands out."""
    count, time = _load_texts(outcome, load, layout.load)
    calm = "" if load.sessions else "faint"
    return [
        (count + " " * (layout.count_columns - len(count)), "warning" if "!" in count else calm),
        (time, "warning" if "!" in time else calm),
    ]
