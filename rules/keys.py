"""The keys of a rule file: the one description that reading, the JSON Schema and the manual all come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from rules import values
from rules.accounts import BUILT_IN, AccountShape, AccountType
from rules.practice import PRIORITIES
from rules.problems import BadValue, listed, nearest, quoted
from rules.shapes import Anything, Either, Key, ListOf, MapOf, Record, Scalar

_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_LENGTH: dict[str, Any] = {"type": "string", "pattern": r"^\s*([0-9].*[A-Za-z]|[Pp][0-9TtHhMmWwDd]+)\s*$"}
_RANGE: dict[str, Any] = {
    "type": "string",
    "pattern": r"^\s*[0-9]{1,2}:[0-9]{2}\s*(-|–|—|to)\s*[0-9]{1,2}:[0-9]{2}\s*$",
}
_NAME = r"[^\W_][\w.-]{0,59}"
_NAME_JSON = r"^\s*[^\W_][\w.-]{0,59}\s*$"
_SPACED = r"[^\W_][\w. '-]{0,59}"
_DAYS_JSON = r"^[A-Za-z ,–-]+$"

NOT_BUILT_PRESETS = frozenset({"legal-floor"})
PRESETS = ("balanced", "gentle", "nhs-20", "trainee", "trauma")
PRACTICE_ONLY = ("practice", "id", "preset", "accounts", "locked", "therapists")

YES = Scalar(values.yes_or_no, {"enum": [True, False, "yes", "no", "on", "off"]}, "yes")
LENGTH = Scalar(values.length, _LENGTH, "45 min")
TIME = Scalar(values.time_of_day, {"type": "string", "pattern": r"^\s*[0-9]{1,2}:[0-9]{2}\s*$"}, "12:30")
RANGE = Scalar(values.time_range, _RANGE, "09:00-13:00")
COUNT = Scalar(values.whole, {"type": "integer", "minimum": 0, "maximum": 9999}, "5")
NUMBER = Scalar(values.decimal, {"type": "number", "minimum": 0, "maximum": 9999}, "1.5")
TITLE = Scalar(values.title_pattern, _TEXT, '"*EMDR*"')
LABEL = Scalar(values.label, _TEXT, "Lunch")


def _name(what: str, example: str, pattern: str = _NAME) -> Callable[[str], str]:
    allowed = "letters, digits, `-`, `_` and `.`" + (" and spaces" if pattern == _SPACED else "")

    def parse(text: str) -> str:
        if text.strip().casefold() == "none":
            raise BadValue(f"`none` cannot be {what}: the word switches things off", f"write one such as `{example}`")
        return values.word(text, what, allowed, pattern, example)

    return parse


def _choice(allowed: Iterable[str], example: str, not_built: Mapping[str, str] | None = None) -> Scalar:
    words = list(allowed)

    def parse(text: str) -> str:
        word = text.strip().casefold()
        if word in words:
            return word
        if not_built and word in not_built:
            raise BadValue(f"{quoted(text)} is not built yet", not_built[word])
        near = nearest(text, words)
        raise BadValue(f"{quoted(text)} is not one of {listed(words)}", f"write `{near or example}`")

    return Scalar(parse, {"enum": words}, example)


def _preset(text: str) -> str:
    word = text.strip()
    if word in PRESETS:
        return word
    if word in NOT_BUILT_PRESETS:
        raise BadValue(
            f"preset `{word}` has only rules that are not built yet", "write `preset: balanced`, or no preset, for now"
        )
    near = nearest(word, PRESETS)
    raise BadValue(
        f"there is no preset {quoted(text)}",
        f"did you mean `{near}`?" if near else f"presets are {listed(PRESETS, 'and')}",
    )


def _calendar(text: str) -> str:
    account, slash, calendar = text.strip().partition("/")
    if not account or (slash and not calendar.strip()):
        raise BadValue(
            f"{quoted(text)} does not name a calendar", "write `account` or `account/calendar`, such as `cloud/work`"
        )
    return text.strip()


def _session_kind(text: str) -> str:
    return "none" if text.strip().casefold() == "none" else _name("a kind", "individual", _SPACED)(text)


def _block_title(text: str) -> str:
    title = values.label(text)
    left = title.replace("{name}", "")
    if "{" in left or "}" in left:
        raise BadValue(
            "the only thing in braces that a block's title may hold is `{name}`", 'write `"{name}"` or plain text'
        )
    return title


def _locked(text: str) -> str:
    return text.strip()


def _no_proof(text: str) -> bool:
    if values.yes_or_no(text):
        raise BadValue("`booking_proof: yes` is not built yet", "write `booking_proof: no` for now")
    return False


CALENDAR = Scalar(_calendar, _TEXT, "cloud/work")

KIND = Record(
    "kind",
    {
        "length": Key(LENGTH, "How long a booking of this kind takes. A real session's own length counts.", "50 min"),
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
            "The event's title: a glob (`*` any text, `?` one character), or `/a regular expression/`; case does not matter.",
            '"*EMDR*"',
            removable=False,
        ),
        "calendar": Key(
            CALENDAR, "The calendar the event is in: `account` or `account/calendar`.", "ehr", removable=False
        ),
        "longer_than": Key(LENGTH, "Only events that are longer than this.", "40 min", removable=False),
        "shorter_than": Key(LENGTH, "Only events that are shorter than this.", "2 h", removable=False),
        "kind": Key(
            Scalar(_session_kind, _TEXT, "individual"),
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
            "Where the gap is too short for the whole break, one of at least this length still counts as a (shrunk) break.",
            "5 min",
            "0 min",
        ),
        "combine": Key(
            _choice(("larger", "add"), "larger"),
            "What two neighbours need between them: the larger of the first's `after` and the second's `before`, or their sum.",
            "larger",
            "larger",
        ),
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


LIMITS = Record(
    "limits",
    {
        "per_day": Key(_limit("day"), "The most that a day (a local date) may hold.", "{sessions: 5}", "no limit"),
        "per_week": Key(
            _limit("week"), "The most that a week (Monday to Sunday) may hold.", "{sessions: 20}", "no limit"
        ),
    },
    "{per_day: {sessions: 5}}",
    frozenset({"in_a_row", "per_fortnight", "per_month", "per_quarter", "per_year", "per_hour"}),
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
        ),
        "on": Key(
            ListOf(Scalar(values.weekdays, {"type": "string", "pattern": _DAYS_JSON}, "mon-fri"), "[mon, wed]"),
            "The weekdays.",
            "mon-thu",
            "every day",
        ),
        "at": Key(RANGE, "Fixed: always this time of day. The free parts of it are kept.", "15:00-17:00"),
        "between": Key(RANGE, "Floating: somewhere in this window.", "11:30-14:00"),
        "length": Key(LENGTH, "Floating: how long.", "45 min"),
        "at_least": Key(
            LENGTH, "Floating: where `length` does not fit, the longest stretch of at least this.", "30 min", "`length`"
        ),
        "ideally": Key(TIME, "Floating: the start that is tried first.", "12:30"),
        "flex": Key(
            LENGTH,
            "Floating: how far from `ideally` it may move so that more can be booked.",
            "30 min",
            "as far as the window goes",
        ),
        "priority": Key(_choice(PRIORITIES, "high"), "Which items are placed first.", "essential", "normal"),
        "counts_as_break": Key(
            YES,
            "Whether it is rest, so that a break ends where it begins. `no` for work such as supervision.",
            "no",
            "yes",
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
    frozenset(
        {"times", "amount", "pieces", "satisfied_by", "after", "before", "use", "at_most", "every", "from", "until"}
    ),
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
                "All-day events with this title are days off: a glob, or `/a regular expression/`. Events marked free count too.",
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
            Scalar(_block_title, _TEXT, '"{name}"'),
            "The title that blocks have in the calendar; `{name}` is what the block is (Break, Lunch).",
            '"{name}"',
            "{name}",
        ),
        "private": Key(YES, "Whether blocks are marked private.", "yes", "yes"),
        "calendar": Key(
            _choice(("same",), "same"),
            "Where blocks are written: `same` is the therapist's `write` calendar.",
            "same",
            "same",
        ),
    },
    '{title: "{name}", private: yes}',
)


def _hours_key(text: str) -> frozenset[int]:
    if text in ("from", "until", "every"):
        raise BadValue(f"`working_hours.{text}` is not built yet", "remove it for now")
    return values.weekdays(text)


HOURS = MapOf(
    _hours_key,
    ListOf(RANGE, "[09:00-13:00, 14:00-18:30]"),
    "{mon-fri: [09:00-13:00, 14:00-18:00]}",
    _DAYS_JSON,
)

ACCOUNT_KEYS: dict[str, Key] = {
    "type": Key(
        Scalar(str, {"type": "string"}, "caldav"),
        "What kind of calendar this is.",
        "caldav",
        required=True,
        removable=False,
    ),
    "echoes": Key(
        YES,
        "`yes` where the system behind this account copies our blocks back to us without their tag: an event with exactly a "
        "standing block's times is then ignored.",
        "yes",
        "no",
        removable=False,
    ),
}

# What one therapist can have differently: everything but PRACTICE_ONLY.
OVERRIDABLE: dict[str, Key] = {
    "timezone": Key(
        Scalar(values.zone, {"type": "string"}, "Europe/London"),
        "The time zone in which all times of day are meant (an IANA name).",
        "Europe/London",
        removable=False,
    ),
    "holidays": Key(
        ListOf(Scalar(values.holiday_code, {"type": "string"}, "GB-ENG"), "[GB-ENG]"),
        "Whose public holidays are days off: a country's code, or that of a part of it, or a list of them.",
        "GB-ENG",
        "none",
    ),
    "days_off": Key(
        ListOf(DAY_OFF, "[2027-01-04]"),
        "Days without bookings: dates, ranges of dates (both ends included), titles of all-day events.",
        '[2027-01-04, 2027-07-19..2027-08-06, {title: "*annual leave*"}]',
        "none",
    ),
    "horizon": Key(LENGTH, "How far ahead blocks are planned, from a day to two years.", "6 weeks", "6 weeks"),
    "grid": Key(
        LENGTH,
        "Floating blocks start on this grid. It divides an hour evenly. Breaks start exactly where a session ends.",
        "5 min",
        "5 min",
    ),
    "working_hours": Key(
        HOURS,
        "When clients may be seen, by weekday: a range of times or a list of them. A weekday that is not named is a day off.",
        "{mon-thu: [09:00-13:00, 14:00-18:30], fri: 09:00-15:00}",
        "every hour is working time",
    ),
    "kinds": Key(
        MapOf(
            _name("a kind", "individual", _SPACED),
            KIND,
            "{individual: {length: 50 min}}",
            r"^\s*[^\W_][\w. '-]{0,59}\s*$",
        ),
        "The kinds of client sessions there are, by name.",
        "{individual: {length: 50 min}, group: {length: 2 h, weight: 2}}",
        "none",
    ),
    "bookable": Key(
        ListOf(Scalar(_name("a kind", "individual", _SPACED), _TEXT, "individual"), "[individual]"),
        "The kinds that somebody may book into open time.",
        "[individual]",
        "the first kind that this file names, else the preset's first",
    ),
    "sessions": Key(
        ListOf(SESSION, '[{title: "*EMDR*", kind: emdr}]'),
        "Which events are client sessions: the first rule whose conditions all hold decides.",
        "[{calendar: ehr, kind: individual}]",
        "no event is a session",
    ),
    "breaks": Key(BREAKS, "Time between clients.", "{after: 15 min, at_least: 5 min}", "no breaks"),
    "limits": Key(LIMITS, "The most that a day or a week may hold.", "{per_day: {sessions: 5}}", "no limits"),
    "protect": Key(
        ListOf(PROTECT, "[{name: Lunch, length: 45 min, between: 11:30-14:00}]"),
        "Time kept for the therapist, fixed (`at`) or floating (`between` and `length`).",
        "[{name: Lunch, length: 45 min, at_least: 30 min, between: 11:30-14:00, ideally: 12:30}]",
        "none",
    ),
    "booking_proof": Key(
        Scalar(_no_proof, {"enum": [False, "no", "off"]}, "no"),
        "Whether no set of bookings made before the next sync may break a rule. Only `no` is built.",
        "no",
        "no",
    ),
    "edits": Key(
        _choice(("keep", "restore"), "keep"),
        "`keep`: blocks that the therapist moved or deleted stay that way; `restore`: the rules are put back.",
        "keep",
        "keep",
    ),
    "blocks": Key(
        BLOCKS, "What blocks look like in the calendar.", '{title: "{name}", private: yes}', "as in the keys below"
    ),
    "respect": Key(
        _choice(("others",), "others"),
        "`others`: blocks of another therapist's owner are obstacles too.",
        "others",
        "they are not",
    ),
    "paused": Key(YES, "`yes`: nothing is planned or changed.", "yes", "no"),
}

NOT_BUILT = frozenset({"rest", "notes", "location", "titles"})


def overridable(extra: Iterable[str] = ()) -> dict[str, Key]:
    """The keys that may stand at the top and under one therapist; `extra` are those of third-party rules."""
    own = {
        name: Key(Anything(), "A rule that another package brings; see its manual.", "{…}", "not used")
        for name in extra
    }
    return {**OVERRIDABLE, **own}


def therapist(extra: Iterable[str] = ()) -> Record:
    """One therapist: calendars, and whatever differs from the practice."""
    return Record(
        "therapist",
        {
            "read": Key(
                ListOf(CALENDAR, "[cloud/work]"),
                "The calendars to read: `account` or `account/calendar`.",
                "[cloud/work]",
                required=True,
                removable=False,
            ),
            "write": Key(
                CALENDAR,
                "The calendar that blocks are written to: `account` or `account/calendar`.",
                "cloud/work",
                required=True,
                removable=False,
            ),
            **overridable(extra),
        },
        "{read: [cloud/work], write: cloud/work}",
        NOT_BUILT,
        practice_only=frozenset(PRACTICE_ONLY),
    )


def rule_file(
    types: Mapping[str, AccountType] = BUILT_IN,
    extra: Iterable[str] = (),
    option_schemas: Mapping[str, dict[str, Any]] | None = None,
) -> Record:
    """The whole file."""
    extra = tuple(extra)
    return Record(
        "rule_file",
        {
            "practice": Key(
                LABEL, "The practice's name, for people.", "Riverside Counselling", required=True, removable=False
            ),
            "id": Key(
                Scalar(
                    partial(
                        values.word,
                        what="an id",
                        allowed="up to 64 letters, digits, `-`, `_` and `.`",
                        pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
                        example="7f3k9q2m",
                    ),
                    {"type": ["string", "number", "boolean"]},
                    "7f3k9q2m",
                ),
                "Random characters that `init` writes: who owns the blocks, and the salt of their keys. Never change it.",
                "7f3k9q2m",
                "the practice's name",
                removable=False,
            ),
            "preset": Key(
                Scalar(_preset, {"enum": list(PRESETS)}, "balanced"),
                "A shipped set of rules to begin with. Every key of the file overrides it.",
                "balanced",
                "nothing but what is written applies",
            ),
            **overridable(extra),
            "accounts": Key(
                MapOf(
                    _name("an account", "cloud"),
                    AccountShape(types, ACCOUNT_KEYS, option_schemas or {}),
                    "{folder: {type: folder, path: ~/calendars/lee}}",
                    _NAME_JSON,
                    removable=False,
                ),
                "Calendar accounts, by a name of your choice. The other keys of an account depend on its type.",
                "{folder: {type: folder, path: ~/calendars/lee}}",
                required=True,
                removable=False,
            ),
            "therapists": Key(
                MapOf(
                    _name("a therapist's name", "lee"),
                    therapist(extra),
                    "{lee: {read: [cloud/work], write: cloud/work}}",
                    _NAME_JSON,
                    removable=False,
                ),
                "The therapists, by name. Every key above (but practice, id, preset, accounts and locked) can be "
                "written here again for one of them.",
                "{lee: {read: [cloud/work], write: cloud/work}}",
                required=True,
                removable=False,
            ),
            "locked": Key(
                ListOf(Scalar(_locked, {"type": "string"}, "limits.per_week"), "[limits.per_week]"),
                "What no therapist may loosen: keys with dots between them (`limits.per_week`, `protect.Lunch`).",
                "[limits.per_week, breaks.at_least]",
                "nothing",
            ),
        },
        "practice: Riverside Counselling",
        NOT_BUILT,
    )


def preset_file() -> Record:
    """A preset: rules only."""
    return Record("preset", dict(OVERRIDABLE), "limits: {per_day: {sessions: 5}}")
