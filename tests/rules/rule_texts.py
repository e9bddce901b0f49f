"""Rule file texts that several tests start from. The names are invented."""

from __future__ import annotations

from rules.loading import load_text
from rules.practice import Practice, Rules
from rules.problems import RuleFileError

BASE = (
    "practice: P\n"
    "id: 7f3k9q2m\n"
    "timezone: Europe/London\n"
    "accounts: {cal: {type: folder, path: x}, ehr: {type: feed, url: {env: E}}, "
    "cloud: {type: caldav, url: https://d.example/, user: u, password: {env: P}}}\n"
    "kinds: {individual: {length: 50 min}, emdr: {length: 90 min, heavy: yes}}\n"
    "therapists: {lee: {read: [cal], write: cal}}\n"
)
"""Six lines that load; what a test adds stands on line 7."""

EXAMPLE = """\
practice: Riverside Counselling
id: 7f3k9q2m
timezone: Europe/London
preset: balanced
holidays: GB-ENG
days_off: [2027-01-04, 2027-07-19..2027-08-06, {title: "*annual leave*"}]
horizon: 6 weeks
grid: 5 min

accounts:
  cloud:      {type: caldav, url: https://dav.example.org/, user: lee, password: {keyring: session-breaks/cloud}}
  ehr:        {type: feed, url: {env: EHR_FEED_URL}}
  folder:     {type: folder, path: ~/calendars/lee}

working_hours: {mon-thu: [09:00-13:00, 14:00-18:30], fri: 09:00-15:00}

kinds:
  individual: {length: 50 min}
  couple:     {length: 80 min, weight: 1.5}
  emdr:       {length: 90 min, weight: 1.5, heavy: yes, after: 30 min}
  group:      {length: 2 h, weight: 2}
bookable: [individual]

sessions:
  - {title: "*EMDR*", kind: emdr}
  - {title: "Staff*", kind: none}
  - {calendar: ehr, kind: individual}
  - {calendar: cloud/primary, longer_than: 40 min, title: "*appointment", kind: individual}

breaks: {before: 5 min, after: 10 min, at_least: 5 min, combine: larger}
limits:
  per_day:  {sessions: 5, time: 4 h 30 min, weight: 6, heavy: 2}
  per_week: {sessions: 20, heavy: 8}
  in_a_row: {sessions: 3, then: 30 min}
rest: {between_days: 11 h, days_off_per_week: 2, day_span: 10 h}
notes: {per_session: 10 min, at_least: 10 min, by: end of day}

protect:
  - {name: Lunch, length: 45 min, at_least: 30 min, between: 11:30-14:00, ideally: 12:30, flex: 30 min,
     priority: essential}
  - {name: Me time, on: wed, at: 15:00-17:00}
  - {name: Exercise, length: 1 h, times: 3 per week, between: 07:00-20:00, ideally: 17:30}
  - {name: Supervision, amount: 90 min per month, pieces: 30-90 min, satisfied_by: {title: "supervision*"},
     counts_as_break: no}
  - {name: Prayer, length: 15 min, between: sunset to sunset+60 min}
location: {latitude: 51.5, longitude: -0.12}

booking_proof: no
edits: keep
blocks: {title: "{name}", private: yes, calendar: same}

therapists:
  lee:
    read:  [cloud/primary, ehr]
    write: cloud/primary
  noor:
    read:  [cloud/work]
    write: cloud/work
    limits: {per_day: {sessions: 4}}
    paused: no
locked: [rest.between_days, limits.per_week]
"""
"""The contract's example, the part that is built."""


def load(added: str = "", base: str = BASE) -> Practice:
    """The practice in a text called r.yaml."""
    return load_text(base + added, "r.yaml")


def lee(added: str = "", base: str = BASE) -> Rules:
    """The rules of the therapist lee in it."""
    return load(added, base).therapists["lee"]


def problems(added: str = "", base: str = BASE) -> list[str]:
    """What is wrong with it, a line each."""
    try:
        load(added, base)
    except RuleFileError as error:
        return str(error).split("\n")
    return []


def for_lee(written: str, base: str = BASE) -> str:
    """The base with something written for the therapist lee alone (on its line 6)."""
    return base.replace("write: cal}", f"write: cal, {written}}}")
