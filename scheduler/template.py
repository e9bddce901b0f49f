"""The rule file that `init` writes: from a preset, with a short comment on what each part does, and nothing that does
not load."""

from __future__ import annotations

import json
import re
from typing import Literal

from rules import presets, values
from rules.keys import OVERRIDABLE, rule_file
from rules.problems import BadValueError
from rules.shapes import MapOf, Scalar

_TEXT = """\
# Rules for session-breaks. `session-breaks check` says what is wrong in this file, `session-breaks preview` shows
# what it leads to; nothing is written to a calendar before `session-breaks sync`. docs/rule-file.md explains every key.

practice: {practice}
id: {id}  # random; it says which blocks are ours: never change it
timezone: {timezone}

{preset}
# Where the calendars are. Secrets never stand in this file; they are named:
# {{env: NAME}}, {{keyring: SERVICE/USER}}, {{file: PATH}} or {{command: [pass, show, calendar]}}
accounts:
  folder: {{type: folder, path: {folder}}}  # a folder of .ics files, or one .ics file
  # cloud: {{type: caldav, url: https://dav.example.org/, user: lee, password: {{keyring: session-breaks/cloud}}}}
  # ehr: {{type: feed, url: {{env: EHR_FEED_URL}}}}  # the read-only .ics address of a practice system

# When clients may be seen. A weekday that is not named is a day off.
working_hours:
  mon-thu: [09:00-13:00, 14:00-18:00]
  fri: 09:00-13:00

# Which events are client sessions: the first rule that matches decides. `*` stands for any text.
sessions:
  - {{title: "Staff*", kind: none}}  # busy, but no session
  - {{title: "*EMDR*", kind: emdr}}
  - {{title: "*session*", kind: individual}}
  # - {{calendar: ehr, kind: individual}}  # every event of that calendar

# Days without clients: public holidays by country (GB-ENG, DE-BE, US-CA), dates, ranges, titles of all-day events.
# holidays: GB-ENG
days_off:
  - {{title: "*annual leave*"}}
  # - 2027-01-04
  # - 2027-07-19..2027-08-06

horizon: 6 weeks  # how far ahead to plan

{kinds}{brings}# breaks: {{after: 10 min}}
# limits: {{per_day: {{sessions: 4}}, in_a_row: {{sessions: 2, then: 30 min}}}}
# rest: {{between_days: 12 h}}
# protect:
#   - {{name: Lunch, between: 12:00-14:00}}
#   - {{name: Me time, on: wed, at: 15:00-17:00}}
#   - {{use: nature}}  # an entry of the wellbeing catalogue, which `session-breaks check --explain-preset` shows
edits: keep  # what a therapist moves or deletes by hand stays that way; or: restore

therapists:
  {therapist}:
    read: [folder]  # every calendar with appointments: `account`, or `account/calendar` such as cloud/work
    write: folder  # where the breaks are put
"""

_KINDS = """\
# What a client session can be, and the time between clients.
kinds:
  individual: {length: 50 min}
  emdr: {length: 90 min, heavy: yes}
breaks: {after: 15 min, at_least: 5 min}

"""


def template(preset: str, practice: str, therapist: str, id: str, timezone: str) -> str:  # noqa: A002 (the key's name)
    """A commented rule file that loads as it stands. `preset` may be ``none``.

    Raises BadValueError (what is wrong, what to write instead) for a value that a rule file could not hold.
    """
    keys = rule_file().keys
    preset, practice, id = preset.strip(), accepted("practice", practice), str(_parsed(keys["id"].shape, id))  # noqa: A001  # the key of the rule file
    if preset != "none":
        _parsed(keys["preset"].shape, preset)
    timezone, therapist = accepted("timezone", timezone), accepted("therapist", therapist)
    return _TEXT.format(
        practice=_written(practice),
        id=_written(id),
        timezone=timezone,
        preset=_preset_lines(preset),
        kinds=_KINDS if preset in ("none", "legal-floor") else "",  # the floors bring neither kinds nor breaks
        brings=_brings(preset),
        therapist=_written(therapist),
        folder=_written(f"~/calendars/{therapist}"),
    )


def accepted(what: Literal["practice", "therapist", "timezone"], text: str) -> str:
    """What a rule file can hold as the practice's name, a therapist's name or the time zone. Raises BadValueError."""
    if what == "practice":
        return values.label(text)
    if what == "timezone":
        _parsed(OVERRIDABLE["timezone"].shape, text)
    therapists = rule_file().keys["therapists"].shape
    if what == "therapist" and isinstance(therapists, MapOf):
        therapists.parse_key(text)
    return text.strip()


def _parsed(shape: object, text: str) -> object:
    if not isinstance(shape, Scalar):
        raise BadValueError("this key takes no text", "leave it out")
    return shape.parse(text)


def _preset_lines(preset: str) -> str:
    if preset == "none":
        return ""
    return f"# {presets.about(preset)}\n# Every key below overrides it.\npreset: {preset}\n"


def _brings(preset: str) -> str:
    """What a preset does that nothing in the file shows, and how to change it."""
    if preset == "none":
        return "# More rules, where they are wanted:\n"
    if preset == "legal-floor":
        return (
            "# The preset asks for 11 hours of rest between days, a day off a week, and 20 minutes after 6 hours.\n"
            "# What is written here is added, or overrides it; `none` switches a part off:\n"
        )
    return (
        "# The preset also keeps time for notes, for supervision and for me time, and limits sessions in a row, the\n"
        "# length of a day and of the night after it: `session-breaks check --explain-preset` shows every value.\n"
        "# To change what it says, write it here; `none` switches a part off:\n"
    )


def _written(text: str) -> str:
    """Text as YAML reads it back: plain where it is certain to be text, else in quotes."""
    plain = re.fullmatch(r"[A-Za-z~](?:[\w .'/&-]*[\w.])?", text)
    if plain and text.casefold() not in ("null", "none", "yes", "no", "true", "false", "on", "off", "~"):
        return text
    if re.fullmatch(r"[0-9a-z]*[a-z][0-9a-z]*", text) and not re.fullmatch(r"[0-9]+e[0-9]+|0[xo].*|null", text):
        return text
    return json.dumps(text, ensure_ascii=False)
