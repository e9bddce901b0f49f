"""The parts of a rule file: a kind, a session rule, breaks, limits, rest, notes, a day off, working hours, how blocks
look. Protected items have a module of their own (`rules.items`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from rules import values, windows
from rules.hours import HoursShape
from rules.problems import BadValueError, listed, nearest, quoted
from rules.shapes import Either, Key, ListOf, Record, Scalar

TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_LENGTH: dict[str, Any] = {"type": "string", "pattern": r"^\s*([0-9].*[A-Za-z]|[Pp][0-9TtHhMmWwDd]+)\s*$"}
_RANGE: dict[str, Any] = {
    "type": "string",
    "pattern": r"^\s*[0-9]{1,2}:[0-9]{2}\s*(-|\u2013|\u2014|to)\s*[0-9]{1,2}:[0-9]{2}\s*$",
}
_NAME = r"[^\W_][\w.-]{0,59}"
NAME_JSON = r"^\s*[^\W_][\w.-]{0,59}\s*$"
SPACED = r"[^\W_][\w. '-]{0,59}"
DAYS_JSON = r"^[A-Za-z ,\u2013-]+$"

YES = Scalar(values.yes_or_no, {"enum": [True, False, "yes", "no", "on", "off"]}, "yes")
LENGTH = Scalar(values.length, _LENGTH, "45 min")
TIME = Scalar(values.time_of_day, {"type": "string", "pattern": r"^\s*[0-9]{1,2}:[0-9]{2}\s*$"}, "12:30")
RANGE = Scalar(values.time_range, _RANGE, "09:00-13:00")
COUNT = Scalar(values.whole, {"type": "integer", "minimum": 0, "maximum": 9999}, "5")
NUMBER = Scalar(values.decimal, {"type": "number", "minimum": 0, "maximum": 9999}, "1.5")
TITLE = Scalar(values.title_pattern, TEXT, '"*EMDR*"')
LABEL = Scalar(values.label, TEXT, "Lunch")


def name_of_a(what: str, example: str, pattern: str = _NAME) -> Callable[[str], str]:
    """A reader of names that are used in keys and commands; `what` and `example` are for its messages."""
    allowed = "letters, digits, `-`, `_` and `.`" + (" and spaces" if pattern == SPACED else "")

    def parse(text: str) -> str:
        if text.strip().casefold() == "none":
            raise BadValueError(
                f"`none` cannot be {what}: the word switches things off", f"write one such as `{example}`"
            )
        return values.word(text, what, allowed, pattern, example)

    return parse


def choice(allowed: Iterable[str], example: str) -> Scalar:
    """One of a few words."""
    words = list(allowed)

    def parse(text: str) -> str:
        word = text.strip().casefold()
        if word in words:
            return word
        near = nearest(text, words)
        what = f"is not one of {listed(words)}" if len(words) > 1 else "is not known here"
        raise BadValueError(f"{quoted(text)} {what}", f"write `{near or example}`")

    return Scalar(parse, {"enum": words}, example)


def _calendar(text: str) -> str:
    account, slash, calendar = text.strip().partition("/")
    if not account or (slash and not calendar.strip()):
        raise BadValueError(
            f"{quoted(text)} does not name a calendar", "write `account` or `account/calendar`, such as `cloud/work`"
        )
    return text.strip()


def _session_kind(text: str) -> str:
    return "none" if text.strip().casefold() == "none" else name_of_a("a kind", "individual", SPACED)(text)


def _block_title(text: str) -> str:
    title = values.label(text)
    left = title.replace("{name}", "")
    if "{" in left or "}" in left:
        raise BadValueError(
            "the only thing in braces that a block's title may hold is `{name}`", 'write `"{name}"` or plain text'
        )
    return title


CALENDAR = Scalar(_calendar, TEXT, "cloud/work")
EDITS = choice(("keep", "restore"), "keep")


def _edits(what: str) -> Key:
    return Key(EDITS, f"What becomes of {what} that somebody changed by hand.", "restore", "`edits` of the practice")


KIND = Record(
    "kind",
    {
        "length": Key(
            LENGTH, "How long a booking of this kind takes. Needed. A real session's own length counts.", "50 min"
        ),
        "weight": Key(NUMBER, "What one session of this kind counts in `weight` limits.", "1.5", "1"),
        "heavy": Key(YES, "Whether sessions of this kind count in `heavy` limits and get `after_heavy`.", "yes", "no"),
        "before": Key(LENGTH, "The break before a session of this kind.", "5 min", "`breaks.before`"),
        "after": Key(
            LENGTH, "The break after a session of this kind.", "30 min", "`breaks.after`, or `breaks.after_heavy`"
        ),
        "shared": Key(
            YES, "One event per attendee: events with equal times in one calendar are one session.", "yes", "no"
        ),
    },
    "{length: 50 min}",
)

SESSION = Record(
    "session",
    {
        "title": Key(
            TITLE,
            "The event's title: a glob (`*` any text, `?` one character), or `/a regular expression/`; case "
            "does not matter.",
            '"*EMDR*"',
            removable=False,
        ),
        "calendar": Key(
            CALENDAR, "The calendar the event is in: `account` or `account/calendar`.", "ehr", removable=False
        ),
        "longer_than": Key(LENGTH, "Only events that are longer than this.", "40 min", removable=False),
        "shorter_than": Key(LENGTH, "Only events that are shorter than this.", "2 h", removable=False),
        "kind": Key(
            Scalar(_session_kind, TEXT, "individual"),
            "The kind of session such an event is; `none`: it is busy time, but no session.",
            "individual",
            required=True,
            removable=False,
        ),
    },
    '{title: "*EMDR*", kind: emdr}',
    frozenset({"attendees", "location", "organizer"}),
)

BREAKS = Record(
    "breaks",
    {
        "before": Key(LENGTH, "The break before each session.", "5 min", "0 min"),
        "after": Key(LENGTH, "The break after each session.", "15 min", "0 min"),
        "after_heavy": Key(
            LENGTH, "The break after a session of a heavy kind that says nothing about it itself.", "30 min", "`after`"
        ),
        "at_least": Key(
            LENGTH,
            "Where the gap is too short for the whole break, one of at least this length still counts as a "
            "(shrunk) break.",
            "5 min",
            "0 min",
        ),
        "combine": Key(
            choice(("larger", "add"), "larger"),
            "What two neighbours need between them: the larger of the first's `after` and the second's "
            "`before`, or their sum.",
            "larger",
            "larger",
        ),
        "edits": _edits("breaks, and time held for them,"),
    },
    "{after: 15 min, at_least: 5 min}",
)


def _limit(period: str) -> Record:
    return Record(
        f"limit_{period}",
        {
            "sessions": Key(COUNT, f"The most sessions in a {period}.", "5" if period == "day" else "20", "no limit"),
            "time": Key(LENGTH, f"The most session time in a {period}.", "4 h 30 min", "no limit"),
            "weight": Key(NUMBER, f"The most weight (the kinds' weights added up) in a {period}.", "6", "no limit"),
            "heavy": Key(COUNT, f"The most sessions of heavy kinds in a {period}.", "2", "no limit"),
        },
        "{sessions: 5, time: 4 h 30 min}" if period == "day" else "{sessions: 20, heavy: 8}",
    )


IN_A_ROW = Record(
    "in_a_row",
    {
        "sessions": Key(COUNT, "The most sessions in a row.", "3", "no limit"),
        "time": Key(
            LENGTH,
            "The longest a row may take, from its first session's start to its last one's end.",
            "6 h",
            "no limit",
        ),
        "then": Key(LENGTH, "How long a stretch without sessions has to be to end a row. Needed.", "30 min"),
        "meetings_rest": Key(
            YES,
            "Whether other appointments may lie in that stretch; `no`: it must be free of all busy time.",
            "no",
            "yes",
        ),
    },
    "{sessions: 3, then: 30 min}",
)

LIMITS = Record(
    "limits",
    {
        "per_day": Key(_limit("day"), "The most that a day (a local date) may hold.", "{sessions: 5}", "no limit"),
        "per_week": Key(
            _limit("week"), "The most that a week (Monday to Sunday) may hold.", "{sessions: 20}", "no limit"
        ),
        "in_a_row": Key(
            IN_A_ROW,
            "The most sessions, or the longest time, without a longer stretch free of sessions.",
            "{sessions: 3, then: 30 min}",
            "no limit",
        ),
        "edits": _edits("time held for limits"),
    },
    "{per_day: {sessions: 5}}",
    frozenset({"per_fortnight", "per_month", "per_quarter", "per_year", "per_hour"}),
)

REST = Record(
    "rest",
    {
        "between_days": Key(
            LENGTH,
            "Time without sessions between a day's last session and the next day's first, in elapsed hours.",
            "11 h",
            "no limit",
        ),
        "days_off_per_week": Key(
            COUNT, "How many days of each week (Monday to Sunday) stay without sessions.", "2", "no limit"
        ),
        "day_span": Key(
            LENGTH, "The most from a day's first session's start to its last session's end.", "10 h", "no limit"
        ),
        "edits": _edits("time held for rest"),
    },
    "{between_days: 11 h, days_off_per_week: 2}",
)

NOTES = Record(
    "notes",
    {
        "per_session": Key(LENGTH, "Time for notes for each of a day's sessions. Needed.", "10 min"),
        "at_least": Key(LENGTH, "The shortest piece that note time comes in.", "10 min", "`per_session`"),
        "by": Key(
            Scalar(
                windows.notes_by, {"type": "string", "pattern": r"^\s*([0-9]{1,2}:[0-9]{2}|[Ee]nd of day)\s*$"}, "19:00"
            ),
            "Until when: a time of day, or `end of day`, an hour after the day's working hours end. Never earlier "
            "than the last session's end.",
            "19:00",
            "end of day",
        ),
        "edits": _edits("note time"),
    },
    "{per_session: 10 min, at_least: 10 min, by: end of day}",
)

LOCATION = Record(
    "location",
    {
        "latitude": Key(
            Scalar(
                partial(windows.degrees, most=90, what="latitude"),
                {"type": "number", "minimum": -90, "maximum": 90},
                "51.5",
            ),
            "Degrees north; south is negative. Needed.",
            "51.5",
        ),
        "longitude": Key(
            Scalar(
                partial(windows.degrees, most=180, what="longitude"),
                {"type": "number", "minimum": -180, "maximum": 180},
                "-0.12",
            ),
            "Degrees east; west is negative. Needed.",
            "-0.12",
        ),
    },
    "{latitude: 51.5, longitude: -0.12}",
)

DAY_OFF = Either(
    Scalar(
        values.days,
        {"type": "string", "pattern": r"^\s*\d{4}-\d{2}-\d{2}(\s*\.\.\s*\d{4}-\d{2}-\d{2})?\s*$"},
        "2027-01-04",
    ),
    Record(
        "day_off",
        {
            "title": Key(
                TITLE,
                "All-day events with this title are days off: a glob, or `/a regular expression/`. Events "
                "marked free count too.",
                '"*annual leave*"',
                required=True,
                removable=False,
            )
        },
        '{title: "*annual leave*"}',
    ),
)

BLOCKS = Record(
    "blocks",
    {
        "title": Key(
            Scalar(_block_title, TEXT, '"{name}"'),
            "The title that blocks have in the calendar; `{name}` is what the block is (Break, Lunch).",
            '"{name}"',
            "{name}; `Busy` with `discreet: yes`",
        ),
        "private": Key(YES, "Whether blocks are marked private.", "yes", "yes"),
        "discreet": Key(
            YES,
            "`yes`: what is stored with a block does not tell what it is for either, and its title is `Busy` unless "
            "`title` says otherwise.",
            "yes",
            "no",
        ),
        "calendar": Key(
            choice(("same",), "same"),
            "Where blocks are written: `same` is the therapist's `write` calendar.",
            "same",
            "same",
        ),
    },
    '{title: "{name}", private: yes}',
)

_DATE = Scalar(values.day, {"type": "string", "pattern": r"^\s*\d{4}-\d{2}-\d{2}\s*$"}, "2027-01-04")

HOURS = HoursShape(
    ListOf(RANGE, "[09:00-13:00, 14:00-18:30]"),
    {
        "from": Key(_DATE, "These hours hold from this date on.", "2027-01-04", "always", removable=False),
        "until": Key(
            _DATE, "These hours hold up to this date, which is included.", "2027-07-30", "always", removable=False
        ),
        "every": Key(
            Scalar(
                windows.every_weeks, {"type": "string", "pattern": r"^\s*[0-9]{1,3}\s*([Ww]|[Ww]eeks?)\s*$"}, "2 weeks"
            ),
            "These hours hold only in each n-th week, counted from the week of `from`.",
            "2 weeks",
            "every week",
            removable=False,
        ),
    },
    DAYS_JSON,
    "{mon-fri: [09:00-13:00, 14:00-18:00]}",
)
