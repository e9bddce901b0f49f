"""A protected item of the rule file: every key that one may have."""

from __future__ import annotations

from rules import catalogue, values, windows
from rules.practice import PRIORITIES
from rules.problems import BadValueError, listed, nearest, quoted
from rules.sections import CALENDAR, DAYS_JSON, EDITS, LABEL, LENGTH, TIME, TITLE, YES, choice
from rules.shapes import Key, ListOf, Record, Scalar

DEFAULT_WINDOW = "08:00-20:00"
"""Where an item with a quota may lie, if neither it nor `after: last session` says so: our choice."""

_PERIODS = "day|week|fortnight|month|quarter|year"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}"
_SUN = r"(dawn|sunrise|noon|sunset|dusk)(\s*[+-]\s*[0-9][^-+]*)?"
_WINDOW = Scalar(
    windows.window,
    {
        "anyOf": [
            {"type": "string", "pattern": rf"^\s*{_CLOCK}\s*(-|\u2013|\u2014|to)\s*{_CLOCK}\s*$"},
            {"type": "string", "pattern": rf"^\s*({_CLOCK}|{_SUN})\s*(\u2013|\u2014|to)\s*({_CLOCK}|{_SUN})\s*$"},
        ]
    },
    "11:30-14:00",
)


def _pattern(text: str) -> dict[str, str]:
    return {"type": "string", "pattern": text}


def _used(text: str) -> str:
    word = text.strip().casefold().replace(" ", "-").replace("_", "-")
    known = catalogue.names()
    if word in known:
        return word
    near = nearest(word.replace("-", "_"), [name.replace("-", "_") for name in known])
    raise BadValueError(
        f"the catalogue has no {quoted(text)}",
        f"did you mean `{near.replace('_', '-')}`?" if near else f"it has {listed(known, 'and')}",
    )


SATISFIED_BY = Record(
    "satisfied_by",
    {
        "title": Key(
            TITLE, "Events with this title: a glob, or `/a regular expression/`.", '"*supervision*"', removable=False
        ),
        "calendar": Key(
            CALENDAR, "Events in this calendar: `account` or `account/calendar`.", "cloud/work", removable=False
        ),
        "longer_than": Key(LENGTH, "Only events that are longer than this.", "20 min", removable=False),
        "shorter_than": Key(LENGTH, "Only events that are shorter than this.", "4 h", removable=False),
    },
    '{title: "*supervision*"}',
)

PROTECT = Record(
    "protect_item",
    {
        "name": Key(
            LABEL,
            "What the block is called. An item of the preset with the same name is changed, not added.",
            "Lunch",
            required=True,
            removable=False,
            unless="use",
        ),
        "use": Key(
            Scalar(_used, {"enum": list(catalogue.names())}, "nature"),
            "An entry of the catalogue that the item begins with; its other keys override the entry's.",
            "nature",
            "nothing but what is written",
            removable=False,
        ),
        "on": Key(
            ListOf(Scalar(values.weekdays, _pattern(DAYS_JSON), "mon-fri"), "[mon, wed]"),
            "The weekdays.",
            "mon-thu",
            "every day",
        ),
        "at": Key(_WINDOW, "Fixed: always this time of day. The free parts of it are kept.", "15:00-17:00"),
        "between": Key(
            _WINDOW,
            "Floating: somewhere in this window, by the clock or by the sun (which needs `location`).",
            "11:30-14:00",
            f"needed; {DEFAULT_WINDOW} for an item with `times` or `amount`",
        ),
        "after": Key(
            choice(("last session",), "last session"),
            "Floating: the window begins where the day's last session ends, and goes on to the end of `between` or "
            "to midnight. On days with sessions only.",
            "last session",
        ),
        "length": Key(LENGTH, "Floating: how long.", "45 min"),
        "at_least": Key(
            LENGTH, "Floating: where `length` does not fit, the longest stretch of at least this.", "30 min", "`length`"
        ),
        "times": Key(
            Scalar(windows.times, _pattern(rf"^\s*[0-9]+.*\b({_PERIODS})s?\s*$"), "3 per week"),
            "Floating: so many in each day, week, fortnight, month, quarter or year; but for `per day`, one a day at "
            "most.",
            "3 per week",
            "once on each day",
        ),
        "amount": Key(
            Scalar(windows.amount, _pattern(rf"^\s*[0-9Pp].*\b({_PERIODS})s?\s*$"), "90 min per month"),
            "Floating, in place of `length`: so much in each day, week, fortnight, month, quarter or year.",
            "90 min per month",
        ),
        "pieces": Key(
            Scalar(windows.pieces, _pattern(r"^\s*[0-9Pp].*$"), "30-90 min"),
            "The shortest and the longest piece of an `amount`.",
            "30-90 min",
            "all of it in one piece",
        ),
        "satisfied_by": Key(
            ListOf(SATISFIED_BY, '[{title: "*supervision*"}]'),
            "Events that count towards `times` or `amount`, past ones too: those that meet every condition of one "
            "of these.",
            '{title: "*supervision*"}',
            "nothing else counts",
        ),
        "at_most": Key(
            Scalar(windows.at_most, _pattern(r"^\s*[0-7]\s*[A-Za-z]*\s*(per|a|each|/)\s*week\s*$"), "2 per week"),
            "In place of `length`: on how many days of a week sessions may lie in the window `between`.",
            "2 evenings per week",
        ),
        "ideally": Key(TIME, "Floating: the start that is tried first.", "12:30"),
        "flex": Key(
            LENGTH,
            "Floating: how far from `ideally` it may move so that more can be booked.",
            "30 min",
            "as far as the window goes",
        ),
        "priority": Key(choice(PRIORITIES, "high"), "Which items are placed first.", "essential", "normal"),
        "counts_as_break": Key(
            YES,
            "Whether it is rest, so that a break ends where it begins. `no` for work such as supervision.",
            "no",
            "yes",
        ),
        "edits": Key(
            EDITS, "What becomes of its blocks that somebody changed by hand.", "restore", "`edits` of the practice"
        ),
        "inside_hours": Key(YES, "Floating: whether it must lie in working hours.", "yes", "no"),
        "off": Key(
            YES,
            "`yes` removes an item that comes from the preset, or from the practice for one therapist.",
            "yes",
            "no",
            removable=False,
        ),
    },
    "{name: Lunch, length: 45 min, between: 11:30-14:00}",
    frozenset({"before", "every", "from", "until"}),
)
