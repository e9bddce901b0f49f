"""Every sort of problem, with its place and what to write instead. Each text stands on line 7 of `BASE`."""

from __future__ import annotations

import pytest

from rules.loading import load_text
from rules.problems import RuleFileError
from tests.rules.rule_texts import BASE, for_lee, lee, problems

TABLE: list[tuple[str, list[str]]] = [
    # lengths, times, dates, numbers
    ("horizon: 6", ["7:10: a length needs a unit; write `6 min`"]),
    ("breaks: {after: -5 min}", ["7:17: a length cannot be negative; write one such as `10 min`, or `0 min`"]),
    ("breaks: {after: 90 s}", ["7:17: `90 s` is not a length; write one such as `45 min`, `1 h 30 min` or `6 weeks`"]),
    ("breaks: {after: 0.5 min}", ["7:17: a length is a whole number of minutes; write one such as `45 min`"]),
    ("working_hours: {mon: 9-17}", ["7:22: `9` is not a time of day; write `09:00`"]),
    ("working_hours: {mon: 09:00-5 pm}", ["7:22: `5 pm` is not a time of day; write `17:00`"]),
    ("working_hours: {mon: 09:00-25:00}", ["7:22: `25:00` is not a time of day; write one such as `09:00` or `17:30`"]),
    ("working_hours: {mon: 24:00-25:00}", ["7:22: `25:00` is not a time of day; write one such as `09:00` or `17:30`"]),
    ("working_hours: {mon: 09:00}", ["7:22: `09:00` is not a range of times; write one such as `09:00-13:00`"]),
    (
        "working_hours: {mon: 09:00-09:00}",
        ["7:22: this range is empty; write one such as `09:00-13:00`; a whole day is `00:00-24:00`"],
    ),
    (
        "working_hours: {mon: 17:00-09:00}",
        [
            "7:22: this range ends before it starts; write `09:00-17:00`, or two ranges if it is meant to go over "
            "midnight"
        ],
    ),
    ("working_hours: {mondy: 09:00-10:00}", ["7:17: `mondy` is not a weekday; did you mean `monday`?"]),
    (
        "working_hours: {mo-do: 09:00-10:00}",
        ["7:17: `mo-do` is not a weekday; write `mon-thu`: days are mon tue wed thu fri sat sun"],
    ),
    (
        "working_hours: {mi: 09:00-10:00}",
        ["7:17: `mi` is not a weekday; write `wed`: days are mon tue wed thu fri sat sun"],
    ),
    (
        "working_hours: {x9: 09:00-10:00}",
        ["7:17: `x9` is not a weekday; write `mon-thu`: days are mon tue wed thu fri sat sun"],
    ),
    (
        "days_off: [2027-02-30, 2027-08-06..2027-07-19, {titel: x}, soon]",
        [
            "7:12: there is no date `2027-02-30`; write year-month-day, such as `2027-01-04`",
            "7:24: this range ends before it starts; write `2027-07-19..2027-08-06`",
            "7:49: unknown key `titel` in `days_off`; did you mean `title`?",
            "7:60: `soon` is not a date; write year-month-day, such as `2027-01-04`",
        ],
    ),
    ("limits: {per_day: {sessions: -1}}", ["7:30: this number is below 0; write `0` or more, or `none` for no limit"]),
    ("limits: {per_day: {sessions: 2.5}}", ["7:30: `2.5` is not a whole number up to 9999; write one such as `5`"]),
    ("limits:\n  per_day:\n    weight: 1,5", ["9:13: `1,5` is not a number up to 9999; write `1.5`"]),
    ("paused: maybe", ["7:9: `maybe` is neither yes nor no; write `yes` or `no`"]),
    ("edits: keeep", ["7:8: `keeep` is not one of `keep` or `restore`; write `keep`"]),
    # keys
    ("brakes: {after: 10 min}", ["7:1: unknown key `brakes`; did you mean `breaks`?"]),
    ("breaks: {aftr: 10 min}", ["7:10: unknown key `aftr` in `breaks`; did you mean `after`?"]),
    (
        "limits: {per_day: {x: 1}}",
        ["7:20: unknown key `x` in `limits.per_day`; the keys here are `sessions`, `time`, `weight` and `heavy`"],
    ),
    ("fri: 09:00-13:00", ["7:1: unknown key `fri`; indent it under `working_hours`"]),
    (
        "breaks: {after:10 min}",
        ["7:10: a space is missing after the colon; write `after: …`"],
    ),
    ("on: x", ["7:1: unknown key `on`; look it up in docs/rule-file.md, or remove it"]),
    ("id: 3", ["7:1: `id` is written twice (first on line 2); keep one of them"]),
    ("? [a]\n: 1", ["7:3: a key must be plain text; write `key: value`; put a value with `{` in quotes"]),
    ("limits:", ["7:1: `limits` has no value; write `limits: {per_day: {sessions: 5}}`, or `none` to switch it off"]),
    ("limits: ~", ["7:9: `limits` has no value; write `limits: {per_day: {sessions: 5}}`, or `none` to switch it off"]),
    (
        "limits: no",
        ["7:9: `limits` takes keys of its own; write `{per_day: {sessions: 5}}`, or `none` to switch it off"],
    ),
    ("breaks: 10 min", ["7:9: `breaks` takes keys of its own; write `{after: 15 min, at_least: 5 min}`"]),
    ("grid: [5 min]", ["7:7: `grid` takes one value, not a list; write one such as `5 min`"]),
    # not built yet
    ("limits: {per_fortnight: {sessions: 3}}", ["7:10: `limits.per_fortnight` is not built yet; remove it for now"]),
    (
        "booking_proof: yes",
        ["7:16: `booking_proof: yes` is not built yet; write `booking_proof: no` for now"],
    ),
    # runs, rest, notes, where the practice is
    ("limits: {in_a_row: {sessions: 3}}", ["7:20: `then` is missing in `limits.in_a_row`; write `then: 30 min`"]),
    (
        "limits: {in_a_row: {then: 30 min}}",
        [
            "7:20: `limits.in_a_row` says neither how many sessions nor how long; write `sessions: 3`, or "
            "`in_a_row: none`"
        ],
    ),
    (
        "limits: {in_a_row: {sessions: 0, then: 0 min, time: 0 min}}",
        [
            "7:31: every session is one in a row; write `1` or more",
            "7:40: a stretch of 0 min ends no row; write one such as `30 min`",
            "7:53: every row takes longer than 0 min; write one such as `6 h`",
        ],
    ),
    (
        "limits: {in_a_row: {sessions: 3, then: 25 h}}",
        ["7:40: not even a night ends a row here; write at most `24 h`, such as `30 min`"],
    ),
    ("rest: {between: 11 h}", ["7:8: unknown key `between` in `rest`; did you mean `between_days`?"]),
    (
        "rest: {between_days: 24 h, days_off_per_week: 7, day_span: 0 min}",
        [
            "7:22: a rest of a whole day leaves no two days in a row with sessions at the same hours; write less than "
            "`24 h`; `days_off_per_week` is for whole days",
            "7:47: this leaves no day of the week for sessions; write `6` or less",
            "7:60: no session fits into a day of 0 min; write one such as `10 h`",
        ],
    ),
    ("notes: {at_least: 10 min}", ["7:8: `per_session` is missing in `notes`; write `per_session: 10 min`"]),
    (
        "notes: {per_session: 0 min}",
        ["7:22: `per_session` of the notes is 0 min; write one such as `10 min`, or `notes: none`"],
    ),
    (
        "notes: {per_session: 10 min, by: evening}",
        ["7:34: `evening` is not a time of day; write one such as `09:00` or `17:30`"],
    ),
    (
        "location: {latitude: 51.5, longitude: London}",
        [
            "7:39: `London` is not a longitude in degrees; write a number such as `51.5` or `-0.12`, with `-` for "
            "south and west"
        ],
    ),
    (
        "location: {latitude: 95}",
        [
            "7:11: `longitude` is missing in `location`; write `longitude: -0.12`",
            "7:22: a latitude of `95`; write a number from -90 to 90",
        ],
    ),
    # working hours for some dates
    (
        "working_hours: {every: 2 weeks, mon: 09:00-10:00}",
        ["7:17: `every` needs a week to count from; write `from: 2027-01-04`"],
    ),
    (
        "working_hours: [{mon: 09:00-10:00}, {from: 2027-03-01, until: 2027-02-01, every: fortnight, tue: none}]",
        [
            "7:63: these hours end before they begin; write an `until` after `from`",
            "7:82: `fortnight` is not a number of weeks; write one such as `2 weeks`",
        ],
    ),
    (
        "working_hours: [{mon-thu: 09:00-12:00, wed: 13:00-14:00}, {wed: 10:00-11:00}]",
        ["7:40: `wed` has working hours already, under `mon-thu`; name each weekday once"],
    ),
    ("working_hours: []", ["7:16: `working_hours` is empty; write `{mon-fri: [09:00-13:00, 14:00-18:00]}`, or `none`"]),
    (
        "working_hours: {mon: sunrise to 12:00}",
        ["7:22: `sunrise` is not a time of day; write one such as `09:00` or `17:30`"],
    ),
    # quotas
    (
        "protect: [{name: E, length: 1 h, times: three a week, between: 07:00-20:00}]",
        ["7:41: `three a week` does not say how often; write one such as `3 per week`"],
    ),
    (
        "protect: [{name: E, length: 1 h, times: 3 per wek, between: 07:00-20:00}]",
        ["7:41: `wek` is not a period; did you mean `per week`?"],
    ),
    (
        "protect: [{name: E, length: 1 h, times: 0 per week, between: 07:00-20:00}]",
        ["7:41: none at all; write `1 per week` or more, or `off: yes`"],
    ),
    (
        "protect: [{name: E, at: 07:00-08:00, times: 3 per week}]",
        ["7:38: `E` has a fixed time, for which `times` means nothing; remove it"],
    ),
    (
        "protect: [{name: E, times: 3 per week}]",
        ["7:21: `E` floats in a window and has no `length`; write `length: 45 min`"],
    ),
    (
        "protect: [{name: E, length: 1 h, pieces: 30-60 min, between: 07:00-20:00}]",
        ["7:34: `pieces` of `E` belong to an `amount`; write `amount: 90 min per month`, or remove `pieces`"],
    ),
    (
        "protect: [{name: E, length: 1 h, amount: 3 h per week, times: 2 per week, between: 07:00-20:00}]",
        [
            "7:21: `E` asks for an `amount`, beside which `length` means nothing; remove it, or write "
            "`pieces: 30-90 min` instead",
            "7:56: `E` asks for an `amount`, beside which `times` means nothing; keep one of them",
        ],
    ),
    (
        "protect: [{name: E, amount: 60 min per week, pieces: 90-30 min}]",
        ["7:54: the longest piece is shorter than the shortest; write `30 min-1 h 30 min`"],
    ),
    (
        "protect: [{name: E, amount: 60 min per week, pieces: 90 min}]",
        ["7:54: one piece of `E` is longer than its `amount`; write pieces of at most `1 h`, or a longer amount"],
    ),
    (
        "protect: [{name: E, length: 1 h, between: 07:00-20:00, satisfied_by: {title: x}}]",
        ["7:56: `satisfied_by` of `E` counts towards nothing; write `times: 1 per week` or an `amount`, or remove it"],
    ),
    (
        "protect: [{name: E, length: 1 h, times: 1 per week, "
        "satisfied_by: [{}, {longer_than: 2 h, shorter_than: 1 h}]}]",
        [
            '7:68: every event would count for `E`; write a condition such as `{title: "*supervision*"}`',
            "7:86: no event is longer than this and shorter than `shorter_than`; make `shorter_than` the larger of "
            "the two",
        ],
    ),
    (
        "protect: [{name: E, length: 1 h, times: 1 per week, satisfied_by: {calendar: clod/x}}]",
        ["7:78: there is no account `clod`; did you mean `cloud/x`?"],
    ),
    # caps, and windows that begin after the last session
    (
        "protect: [{name: E, length: 1 h, between: 18:00-22:00, at_most: 2 evenings per week, times: 1 per week}]",
        [
            "7:21: `E` limits days with `at_most`, for which `length` means nothing; remove it, or remove `at_most`",
            "7:86: `E` limits days with `at_most`, for which `times` means nothing; remove it, or remove `at_most`",
        ],
    ),
    (
        "protect: [{name: E, at_most: 2 per week}]",
        ["7:21: `E` has `at_most` and no window; write one such as `between: 18:30-24:00`"],
    ),
    (
        "protect: [{name: E, between: 18:00-22:00, at_most: 2 per month}]",
        ["7:52: `2 per month` is not a number of days per week; write one such as `2 evenings per week`"],
    ),
    (
        "protect: [{name: E, after: last session}]",
        ["7:21: `E` floats in a window and has no `length`; write `length: 45 min`"],
    ),
    (
        "protect: [{name: E, length: 20 min, after: lunch}]",
        ["7:44: `lunch` is not known here; write `last session`"],
    ),
    (
        "protect: [{name: E, length: 20 min, between: last session to 20:00}]",
        [
            "7:46: `last session to 20:00` is not a range of times; write `after: last session`, and clock times in "
            "`between`"
        ],
    ),
    # by the sun
    (
        "protect: [{name: Prayer, length: 15 min, between: sunset to sunset+60 min}]",
        [
            "7:51: `Prayer` goes by the sun, and where the practice is is not said; write "
            "`location: {latitude: 51.5, longitude: -0.12}`"
        ],
    ),
    (
        "protect: [{name: Prayer, length: 15 min, between: sundown to 20:00}]",
        ["7:51: `sundown` is nothing that the sun does here; write `dawn`, `sunrise`, `noon`, `sunset` or `dusk`"],
    ),
    (
        "protect: [{name: Prayer, length: 15 min, between: sunset+60 min to sunset}]",
        ["7:51: this range ends before it starts; write `sunset to sunset+60 min`"],
    ),
    (
        "protect: [{name: Prayer, length: 15 min, between: sunset}]",
        [
            "7:51: `sunset` is not a range of times by the sun; write one such as `sunset to sunset+60 min` or "
            "`sunrise-30 min to 08:00`"
        ],
    ),
    (
        "location: {latitude: 51.5, longitude: 0}\nprotect: [{name: P, length: 2 h, between: sunset to sunset+60 min}]",
        ["8:29: `P` is longer than its window; write at most `1 h`, or a wider `between`"],
    ),
    # the catalogue
    ("protect: [{use: natur}]", ["7:17: the catalogue has no `natur`; did you mean `nature`?"]),
    (
        "protect: [{use: mind fulness, length: 5 min}]",
        ["7:17: the catalogue has no `mind fulness`; did you mean `mindfulness`?"],
    ),
    (
        "protect: [{use: nature}, {use: nature, on: sat}]",
        [
            "7:32: two protected items have this name, or one that differs only in signs (the first on line 7); "
            "give each its own"
        ],
    ),
    (
        "protect: [{use: evening-prayer}]",
        [
            "7:11: `Evening prayer` goes by the sun, and where the practice is is not said; write "
            "`location: {latitude: 51.5, longitude: -0.12}`"
        ],
    ),
    ("protect: [{length: 1 h, between: 10:00-12:00}]", ["7:11: `name` is missing in `protect`; write `name: Lunch`"]),
    (
        "locked: [rest.betwen_days]",
        ["7:10: there is nothing called `rest.betwen_days` to lock; did you mean `rest.between_days`?"],
    ),
    # names of things
    ("preset: balancd", ["7:9: there is no preset `balancd`; did you mean `balanced`?"]),
    (
        "holidays: GB-ENGL",
        ["7:11: `GB` has no part `ENGL` with holidays of its own; write `GB` or one of its parts: ENG, NIR, SCT, WLS"],
    ),
    (
        "holidays: [DE, XX]",
        ["7:16: there are no public holidays for `XX`; write a country's code such as `GB-ENG`, `DE` or `US-CA`"],
    ),
    (
        "sessions: [{title: '*x*', kind: individul}]",
        ["7:33: there is no kind `individul`; did you mean `individual`?"],
    ),
    (
        "bookable: [x]",
        ["7:12: there is no kind `x`; the kinds are `individual` and `emdr`; add it under `kinds` if it is another"],
    ),
    ("sessions: [{calendar: clod/work, kind: none}]", ["7:23: there is no account `clod`; did you mean `cloud/work`?"]),
    (
        "sessions: [{calendar: ehr/x, kind: none}]",
        ["7:23: account `ehr` (feed) is one calendar; write `ehr` alone"],
    ),
    ("sessions: [{title: x}]", ["7:12: `kind` is missing in `sessions`; write `kind: individual`"]),
    (
        "locked: [limits.per_wek]",
        ["7:10: there is nothing called `limits.per_wek` to lock; did you mean `limits.per_week`?"],
    ),
    (
        "locked: [protect.Lunch]",
        ["7:10: there is nothing called `protect.Lunch` to lock; did you mean `protect`?"],
    ),
    (
        "blocks: {title: '{client}', calendar: other}",
        [
            '7:17: the only thing in braces that a block\'s title may hold is `{name}`; write `"{name}"` or plain text',
            "7:39: `other` is not known here; write `same`",
        ],
    ),
    # what does not go together
    ("grid: 7 min", ["7:7: a grid divides an hour evenly; write `5 min`, `10 min`, `15 min`, `30 min` or `60 min`"]),
    ("grid: 0 min", ["7:7: a grid divides an hour evenly; write `5 min`, `10 min`, `15 min`, `30 min` or `60 min`"]),
    ("horizon: 105 weeks", ["7:10: this horizon is longer than two years; write one such as `6 weeks`"]),
    ("horizon: 0 min", ["7:10: this horizon is shorter than a day; write one such as `6 weeks`"]),
    ("horizon: 23 h", ["7:10: this horizon is shorter than a day; write one such as `6 weeks`"]),
    (
        "working_hours: {mon-thu: 09:00-12:00, wed: 13:00-14:00}",
        ["7:39: `wed` has working hours already, under `mon-thu`; name each weekday once"],
    ),
    (
        "working_hours: {mon: [09:00-12:00, 11:00-13:00]}",
        ["7:36: these working hours overlap others of the same day; write ranges that do not overlap"],
    ),
    (
        "working_hours: {sun: 22:00-06:00, mon: 05:00-09:00}",
        ["7:22: these working hours overlap others of the same day; write ranges that do not overlap"],
    ),
    (
        "working_hours: {mon: none}",
        ["7:16: no weekday has working hours; write some, or `working_hours: none` if every hour is working time"],
    ),
    (
        "breaks: {at_least: 30 min, after: 10 min}",
        ["7:20: `at_least` is longer than any break; write at most `10 min`, or longer breaks"],
    ),
    (
        "sessions: [{longer_than: 2 h, shorter_than: 1 h, kind: emdr}]",
        [
            "7:26: no event is longer than this and shorter than `shorter_than`; make `shorter_than` the larger of "
            "the two"
        ],
    ),
    (
        "protect: [{name: Lunch}]",
        [
            "7:11: `Lunch` has neither `at` nor `between`; write `at: 15:00-17:00` for a fixed time, or "
            "`between: 11:30-14:00` and `length: 45 min`, or `off: yes`"
        ],
    ),
    (
        "protect: [{name: L, at: 11:00-12:00, between: 11:00-12:00}]",
        ["7:38: `L` has both `at` (a fixed time) and `between` (a window); keep one of them"],
    ),
    (
        "protect: [{name: L, at: 11:00-12:00, ideally: 11:00}]",
        ["7:38: `L` has a fixed time, for which `ideally` means nothing; remove it"],
    ),
    (
        "protect: [{name: L, between: 11:00-12:00}]",
        ["7:21: `L` floats in a window and has no `length`; write `length: 45 min`"],
    ),
    (
        "protect: [{name: L, between: 11:00-12:00, length: 2 h}]",
        ["7:51: `L` is longer than its window; write at most `1 h`, or a wider `between`"],
    ),
    (
        "protect: [{name: L, between: 11:00-12:00, length: 30 min, at_least: 40 min, ideally: 12:00}]",
        [
            "7:69: `at_least` of `L` is longer than its `length`; write at most `30 min`",
            "7:86: `ideally` of `L` lies outside its window; write a time in `11:00-12:00`",
        ],
    ),
    (
        "protect: [{name: L, between: 11:00-12:00, length: 30 min, flex: 10 min}]",
        ["7:59: `flex` of `L` needs an `ideally`; write `ideally: 12:30`, or remove `flex`"],
    ),
    (
        "protect: [{name: L, between: 11:00-12:00, length: 0 min}]",
        ["7:51: `length` of `L` is 0; write one such as `30 min`, or `off: yes`"],
    ),
    (
        "protect: [{name: L, at: 11:00-12:00}, {name: l, at: 13:00-14:00}]",
        [
            "7:46: two protected items have this name, or one that differs only in signs (the first on line 7); "
            "give each its own"
        ],
    ),
    (
        "protect: [{name: Me time, at: 11:00-12:00}, {name: Me-time, at: 13:00-14:00}]",
        [
            "7:52: two protected items have this name, or one that differs only in signs (the first on line 7); "
            "give each its own"
        ],
    ),
    (
        "protect: [{name: L, on: [], at: 11:00-12:00}]",
        ["7:25: `L` has no weekday; write one such as `mon-fri`, or `off: yes`"],
    ),
    # YAML itself
    (
        "days_off: [{title: *annual leave*}]",
        [
            "7:20: a plain value cannot begin with `*`, which refers to an anchor, and there is none of that name; "
            'put the value in quotes: `"*…*"`'
        ],
    ),
    (
        "a: b: c",
        [
            "7:5: this is not valid YAML: a colon is not expected here; check the indentation, and that every key "
            "above is followed by a colon and a space; put a value that holds `: ` in quotes"
        ],
    ),
    ("a: !python/object x", ["7:4: a tag (`!…`) has no meaning in a rule file; remove it, or put the value in quotes"]),
    ("a: &b [*b]", ["7:8: an anchor cannot contain itself; write the values out here"]),
    ("limits:\n\tper_day: 3", ["8:1: this is not valid YAML: a tab cannot indent or begin a value; use spaces"]),
    ("---\nb: 1", ["7:1: a second document begins here; keep one practice in one file and remove the line `---`"]),
]


@pytest.mark.parametrize(("written", "told"), TABLE, ids=[written for written, _ in TABLE])
def test_a_problem_is_told_at_its_place_with_what_to_write_instead(written: str, told: list[str]) -> None:
    assert problems(f"{written}\n") == [f"r.yaml:{line}" for line in told]


ACCOUNTS: list[tuple[str, list[str]]] = [
    ("{type: foldr}", ["4:24: there is no account type `foldr`; did you mean `folder`?"]),
    (
        "{path: x}",
        [
            "4:17: `type` is missing in `accounts.cal`; write `type: caldav`; types are `caldav`, `feed`, `folder`, "
            "`google` and `memory`"
        ],
    ),
    ("x", ["4:17: `accounts.cal` takes a mapping; write one such as `{type: folder, path: ~/calendars/lee}`"]),
    ("{type: folder, path: x, titles: no}", ["4:49: `no` is not one of `read` or `never`; write `never`"]),
    ("{type: folder, path: x, echoes: perhaps}", ["4:49: `perhaps` is neither yes nor no; write `yes` or `no`"]),
]


@pytest.mark.parametrize(("written", "told"), ACCOUNTS, ids=[written for written, _ in ACCOUNTS])
def test_a_problem_in_an_account_is_told_at_its_place(written: str, told: list[str]) -> None:
    assert problems("", BASE.replace("{type: folder, path: x}", written)) == [f"r.yaml:{line}" for line in told]


THERAPISTS: list[tuple[str, list[str]]] = [
    ("read: [cal, clod/w], write: cal", ["there is no account `clod`; did you mean `cloud/w`?"]),
    ("read: [cal/x], write: cal", ["account `cal` (folder) is one calendar; write `cal` alone"]),
    (
        "read: [cal], write: ehr",
        ["account `ehr` (feed) cannot be written to; name a calendar of another account, such as a caldav one"],
    ),
    (
        "read: [cal], write: nowhere",
        ["there is no account `nowhere`; the accounts are `cal`, `ehr` and `cloud`; add it"],
    ),
    ("read: [cal, cal], write: cal", ["`cal` is listed twice in `read`; keep one of them"]),
    ("read: [], write: cal", ["there is no calendar to read; write `read: [account/calendar]`"]),
    ("read: [cal]", ["`write` is missing in `therapists.lee`; write `write: cloud/work`"]),
    ("write: cal", ["`read` is missing in `therapists.lee`; write `read: [cloud/work]`"]),
    ("read: [cal], write: cloud/", ["`cloud/` does not name a calendar; write `account` or `account/calendar`"]),
    (
        "read: [cal], write: cal, preset: balanced, locked: [limits], id: x",
        [
            "`preset` cannot differ between therapists; write it at the top of the file, or remove it",
            "`locked` cannot differ between therapists",
            "`id` cannot differ between therapists",
        ],
    ),
    ("read: [cal], write: cal, titles: no", ["`no` is not one of `read` or `never`; write `never`"]),
    ("read: [cal], write: cal, limits: {per_year: none}", ["`limits.per_year` is not built yet; remove it for now"]),
    ("read: [cal], write: cal, brakes: none", ["unknown key `brakes` in `therapists.lee`; did you mean `breaks`?"]),
]


@pytest.mark.parametrize(("written", "told"), THERAPISTS, ids=[written for written, _ in THERAPISTS])
def test_a_problem_of_a_therapist_is_told(written: str, told: list[str]) -> None:
    found = problems("", BASE.replace("read: [cal], write: cal", written))
    assert len(found) == len(told)
    for line, expected in zip(found, told, strict=True):
        assert line.startswith("r.yaml:6:")
        assert line.split(": ", 1)[1].startswith(expected)


@pytest.mark.parametrize(
    ("base", "told"),
    [
        ("", ["1:1: this file is empty; write a rule file here; `session-breaks init` makes one"]),
        ("# nothing\n", ["1:1: this file is empty; write a rule file here; `session-breaks init` makes one"]),
        ("[]", ["1:1: a rule file is a mapping of keys; write `practice: Riverside Counselling`"]),
        ("hello", ["1:1: a rule file is a mapping of keys; write `practice: Riverside Counselling`"]),
        (BASE.replace("{lee: {read: [cal], write: cal}}", "{}"), ["6:13: there is no therapist; write one:"]),
        (BASE.replace("timezone: Europe/London\n", ""), ["1:1: `timezone` is missing in this file; write"]),
        (
            BASE.replace("Europe/London", "Europe/Londn"),
            ["3:11: there is no time zone `Europe/Londn`; did you mean `Europe/"],
        ),
        (BASE.replace("Europe/London", "Europe"), ["3:11: there is no time zone `Europe`;"]),
        (BASE.replace("Europe/London", "localtime"), ["3:11: there is no time zone `localtime`;"]),
        (
            BASE.replace("7f3k9q2m", "a b"),
            ["2:5: `a b` cannot be an id: use up to 64 letters, digits, `-`, `_` and `.`;"],
        ),
        (BASE.replace("7f3k9q2m", ""), ["2:1: `id` has no value; write one such as `7f3k9q2m`, or remove the key"]),
        (BASE.replace("{length: 50 min}", "{length: 50}"), ["5:30: a length needs a unit; write `50 min`"]),
        (
            BASE.replace("{length: 50 min}", "{length: 0 min}"),
            ["5:30: a kind of session cannot be 0 minutes long; write"],
        ),
        (BASE.replace("{length: 50 min}", "{weight: 2}"), ["5:21: `length` is missing in `kinds.individual`; write"]),
        (BASE.replace("{individual:", "{none:"), ["5:9: `none` cannot be a kind: the word switches things off;"]),
        (BASE.replace("{lee:", "{a/b:"), ["6:14: `a/b` cannot be a therapist's name: use letters, digits,"]),
        (BASE.replace("cal: {type", "c/d: {type").replace("cal", "c"), ["4:12: `c/d` cannot be an account:"]),
    ],
)
def test_a_problem_of_the_whole_file_is_told(base: str, told: list[str]) -> None:
    found = problems("", base)
    assert found
    assert found[0].startswith(f"r.yaml:{told[0]}")


def test_every_problem_is_told_at_once_sorted_by_place() -> None:
    found = problems("breaks: {aftr: 10 min}\nhorizon: 6\n", BASE.replace("length: 50 min", "length: 50"))
    assert [line.split(": ")[0] for line in found] == ["r.yaml:5:30", "r.yaml:7:10", "r.yaml:8:10"]


def test_a_value_that_cannot_be_read_brings_no_second_problem_about_what_follows_from_it() -> None:
    assert len(problems("protect: [{name: L, between: 11-12, length: 5, ideally: 13.00}]\n")) == 3
    assert len(problems("", BASE.replace("{length: 50 min}", "{length: long}") + "bookable: [individual]\n")) == 1


def test_the_same_problem_is_told_once_for_all_therapists() -> None:
    two = BASE.replace("write: cal}}", "write: cal}, noor: {read: [cal], write: cal}}")
    assert len(problems("grid: 7 min\n", two)) == 1


def test_a_conflict_with_the_preset_is_told_at_what_the_practice_wrote() -> None:
    found = problems("preset: balanced\nprotect: [{name: Lunch, ideally: 15:00}]\n")
    assert found == ["r.yaml:8:34: `ideally` of `Lunch` lies outside its window; write a time in `11:30-14:00`"]


def test_a_misspelt_preset_brings_no_problems_about_what_it_would_have_brought() -> None:
    bare = BASE.replace("kinds: {individual: {length: 50 min}, emdr: {length: 90 min, heavy: yes}}\n", "")
    added = (
        "sessions: [{title: x, kind: couple}, {title: y, kind: cuople}]\nkinds: {individual: {weight: 2}}\n"
        "protect: [{name: Lunch, ideally: 12:45}]\nlocked: [breaks.at_least, protect.Lunch]\ngrid: 7 min\n"
    )
    assert [line.split("; ")[0] for line in problems(f"preset: zzz\n{added}", bare)] == [
        "r.yaml:6:9: there is no preset `zzz`",
        "r.yaml:7:55: there is no kind `cuople`",
        "r.yaml:11:7: a grid divides an hour evenly",
    ]
    assert len(problems(added, bare)) > 3


def test_neither_a_title_pattern_nor_a_secret_is_ever_quoted() -> None:
    text = BASE.replace("https://d.example/", "{password: SENTINEL}").replace("path: x", "path: [SENTINEL]")
    found = problems("sessions: [{title: '/(SENTINEL/', kind: none}]\ndays_off: [{title: '/SENTINEL(/'}]\n", text)
    assert len(found) == 2
    assert "SENTINEL" not in "".join(found)


def test_broken_yaml_never_quotes_the_file() -> None:
    for broken in ("password: 'SENTINEL\n", "a: SENTINEL: b\n", "a: {SENTINEL: [}\n", "a: *SENTINEL b\n"):
        assert "SENTINEL" not in "".join(problems(broken))


@pytest.mark.parametrize("more", ["edits: keep\n", "", "\n# remark\nedits: keep\n"])
@pytest.mark.parametrize("added", ["horizon:6 weeks\n", "limits:\n  per_day:\n    sessions:5\n"])
def test_a_missing_space_after_a_colon_is_told_on_its_own_line(added: str, more: str) -> None:
    column = {"horizon": 8, "limits": 5}[added.partition(":")[0]]
    place = f"{6 + added.count(chr(10))}:{column}"
    [found] = problems(added + more)
    assert found.startswith(f"r.yaml:{place}: a space is missing after the colon; write `")


def test_a_missing_space_after_the_first_key_s_colon_is_told_there() -> None:
    found = problems("", BASE.replace("practice: P", "practice:P"))
    assert found == ["r.yaml:1:9: a space is missing after the colon; write `key: value`"]


@pytest.mark.parametrize("indent", [" ", "    "])
def test_a_weekday_that_is_indented_otherwise_is_told_where_it_belongs(indent: str) -> None:
    [found] = problems(f"working_hours:\n  mon-thu: 09:00-18:00\n{indent}fri: 09:00-12:00\n")
    assert found.startswith("r.yaml:9:")
    assert "indent it under `working_hours`" in found


def test_aliases_that_blow_up_are_refused_before_they_do() -> None:
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    assert "this holds more than 20000 values" in problems(laughs)[-1]


def test_anchors_and_merge_keys_work() -> None:
    rules = lee("limits: {per_day: &few {sessions: 4, time: 3 h}, per_week: {<<: *few, sessions: 12}}\n")
    assert (rules.per_week.sessions, rules.per_week.time) == (12, rules.per_day.time)


def test_a_text_that_is_far_too_long_is_refused() -> None:
    with pytest.raises(RuleFileError, match="more than 200000 characters"):
        load_text("#" * 200_001, "r.yaml")
    assert "nested too deeply" in problems("a: " + "[" * 5000 + "\n")[0]


def test_a_kind_that_one_therapist_lost_is_told_where_it_is_used() -> None:
    found = problems("sessions: [{title: x, kind: emdr}]\n", for_lee("kinds: {emdr: none}"))
    assert found == [
        "r.yaml:7:29: there is no kind `emdr`; the kinds are `individual`; add it under `kinds` if it is another"
    ]


def test_an_inherited_least_break_that_is_longer_than_every_break_is_no_problem() -> None:
    short = "breaks: {after: 3 min, after_heavy: none}\nkinds: {emdr: {after: none}}\n"
    assert problems(f"preset: balanced\n{short}", BASE.replace("kinds: {individual", "bookable: [individual] #")) == []


def test_a_locked_value_that_cannot_be_read_is_told_once() -> None:
    added = "protect: [{name: A, on: mon, at: 10:00-11:00}]\nlocked: protect\n"
    [found] = problems(added, for_lee("protect: [{name: A, on: moon}]"))
    assert "`moon` is not a weekday" in found
