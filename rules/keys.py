"""The keys of a rule file: the one description that reading, the JSON Schema and the manual all come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from rules import values
from rules.accounts import BUILT_IN, AccountShape, AccountType
from rules.items import PROTECT
from rules.problems import BadValueError, listed, nearest, quoted
from rules.sections import (
    BLOCKS,
    BREAKS,
    CALENDAR,
    DAY_OFF,
    EDITS,
    HOURS,
    KIND,
    LABEL,
    LENGTH,
    LIMITS,
    LOCATION,
    NAME_JSON,
    NOTES,
    REST,
    SESSION,
    SPACED,
    TEXT,
    YES,
    choice,
    name_of_a,
)
from rules.shapes import Anything, Key, ListOf, MapOf, Record, Scalar

PRESETS = ("balanced", "gentle", "legal-floor", "nhs-20", "trainee", "trauma")
PRACTICE_ONLY = ("practice", "id", "preset", "accounts", "locked", "therapists")


def _preset(text: str) -> str:
    word = text.strip()
    if word in PRESETS:
        return word
    near = nearest(word, PRESETS)
    raise BadValueError(
        f"there is no preset {quoted(text)}",
        f"did you mean `{near}`?" if near else f"presets are {listed(PRESETS, 'and')}",
    )


def _no_proof(text: str) -> bool:
    if values.yes_or_no(text):
        raise BadValueError("`booking_proof: yes` is not built yet", "write `booking_proof: no` for now")
    return False


TITLES = choice(("read", "never"), "never")

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
        "`yes` where the system behind this account copies our blocks back to us without their tag: an event "
        "with exactly a "
        "standing block's times is then ignored.",
        "yes",
        "no",
        removable=False,
    ),
}

ACCOUNT_KEYS["titles"] = Key(
    TITLES,
    "`never`: titles of this account's events are not asked for, or dropped where they come all the same.",
    "never",
    "what `titles` says for the therapist",
    removable=False,
)

# What one therapist can have differently: everything but PRACTICE_ONLY.
OVERRIDABLE: dict[str, Key] = {
    "timezone": Key(
        Scalar(values.zone, {"type": "string"}, "Europe/London"),
        "The time zone in which all times of day are meant (an IANA name). Needed here or for every therapist.",
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
        "When clients may be seen, by weekday: a range of times or a list of them. A weekday that is not named "
        "is a day off. Or a list of such mappings, each with `from`, `until` or `every`: of those that hold on a date "
        "and name its weekday, the last decides.",
        "{mon-thu: [09:00-13:00, 14:00-18:30], fri: 09:00-15:00}",
        "every hour is working time",
    ),
    "kinds": Key(
        MapOf(
            name_of_a("a kind", "individual", SPACED),
            KIND,
            "{individual: {length: 50 min}}",
            r"^\s*[^\W_][\w. '-]{0,59}\s*$",
        ),
        "The kinds of client sessions there are, by name.",
        "{individual: {length: 50 min}, group: {length: 2 h, weight: 2}}",
        "none",
    ),
    "bookable": Key(
        ListOf(Scalar(name_of_a("a kind", "individual", SPACED), TEXT, "individual"), "[individual]"),
        "The kinds that somebody may book into open time; `none`: nobody books.",
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
    "limits": Key(
        LIMITS, "The most that a day, a week or a row of sessions may hold.", "{per_day: {sessions: 5}}", "no limits"
    ),
    "rest": Key(
        REST, "Rest between days, days off, and how long a day may be.", "{between_days: 11 h}", "as in the keys below"
    ),
    "notes": Key(
        NOTES, "Time to write notes in, each day.", "{per_session: 10 min, at_least: 10 min, by: end of day}", "none"
    ),
    "location": Key(
        LOCATION, "Where the practice is: for windows by the sun.", "{latitude: 51.5, longitude: -0.12}", "nowhere"
    ),
    "protect": Key(
        ListOf(PROTECT, "[{name: Lunch, length: 45 min, between: 11:30-14:00}]"),
        "Time kept for the therapist, fixed (`at`) or floating (`between` and `length`), or made from an entry of "
        "the catalogue (`use`).",
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
        EDITS,
        "`keep`: blocks that the therapist moved, deleted or otherwise changed stay that way; `restore`: the rules are "
        "put back. `breaks`, `limits`, `rest`, `notes` and each protected item can say it of their own blocks.",
        "keep",
        "keep",
    ),
    "blocks": Key(
        BLOCKS, "What blocks look like in the calendar.", '{title: "{name}", private: yes}', "as in the keys below"
    ),
    "respect": Key(
        choice(("others",), "others"),
        "`others`: blocks of another therapist's owner are obstacles too.",
        "others",
        "they are not",
    ),
    "titles": Key(
        TITLES,
        "`never`: titles of events are not asked for where the calendar's protocol allows that, else dropped as soon "
        "as they are read; sessions are then told by `calendar`, `longer_than` and `shorter_than`.",
        "never",
        "read",
        removable=False,
    ),
    "paused": Key(YES, "`yes`: nothing is planned or changed.", "yes", "no"),
}

NOT_BUILT: frozenset[str] = frozenset()


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
                "Random characters that `init` writes: who owns the blocks, and the salt of their keys. Never "
                "change it.",
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
                    name_of_a("an account", "cloud"),
                    AccountShape(types, ACCOUNT_KEYS, option_schemas or {}),
                    "{folder: {type: folder, path: ~/calendars/lee}}",
                    NAME_JSON,
                    removable=False,
                ),
                "Calendar accounts, by a name of your choice. The other keys of an account depend on its type.",
                "{folder: {type: folder, path: ~/calendars/lee}}",
                required=True,
                removable=False,
            ),
            "therapists": Key(
                MapOf(
                    name_of_a("a therapist's name", "lee"),
                    therapist(extra),
                    "{lee: {read: [cloud/work], write: cloud/work}}",
                    NAME_JSON,
                    removable=False,
                ),
                "The therapists, by name. Every key above (but practice, id, preset, accounts and locked) can be "
                "written here again for one of them.",
                "{lee: {read: [cloud/work], write: cloud/work}}",
                required=True,
                removable=False,
            ),
            "locked": Key(
                ListOf(Scalar(str.strip, {"type": "string"}, "limits.per_week"), "[limits.per_week]"),
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
