"""Rule files on disk, with the installed connectors' own options; what `check` says that is odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules import catalogue, presets
from rules.loading import load_text
from rules.problems import RuleFileError
from scheduler.rulefile import account_types, figures, holidays, load, schema_path, third_party_rules, warnings
from tests.rules.rule_texts import BASE, EXAMPLE, for_lee


def told(path: Path) -> list[str]:
    with pytest.raises(RuleFileError) as raised:
        load(path)
    return str(raised.value).split("\n")


def test_a_rule_file_is_loaded_from_disk_under_the_path_as_given(tmp_path: Path) -> None:
    file = tmp_path / "riverside.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    practice = load(file)
    assert practice.source == str(file)
    assert practice.therapists["noor"].where["limits.per_day"] == f"{file}:59"


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path, mark: str) -> None:
    file = tmp_path / "r.yaml"
    file.write_bytes((mark + EXAMPLE.replace("\n", "\r\n") + "grid2: x\r\n").encode())
    assert told(file) == [f"{file}:{EXAMPLE.count(chr(10)) + 1}:1: unknown key `grid2`; did you mean `grid`?"]


def test_a_file_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    assert told(tmp_path / "no.yaml") == [
        f"{tmp_path}/no.yaml:1:1: there is no such file; check the path, or write one with `session-breaks init`"
    ]


def test_a_folder_is_one_problem(tmp_path: Path) -> None:
    assert told(tmp_path) == [f"{tmp_path}:1:1: this is a folder; name a rule file in it"]


def test_text_in_another_encoding_is_one_problem_at_its_place(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_bytes(b"practice: P\nid: caf\xe9\n")
    assert told(file) == [f"{file}:2:8: this is not UTF-8 text; save the file as UTF-8"]


def test_an_endless_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    with file.open("wb") as out:
        out.truncate(10**9)
    assert "more than 200000 characters" in told(file)[0]


@pytest.mark.parametrize(
    ("written", "problems"),
    [
        ("{type: folder, pat: x}", ["4:32: unknown key `pat` in `accounts.cal`; did you mean `path`?"]),
        ("{type: folder}", ["4:17: `path` is missing in `accounts.cal`; write `path: …`"]),
        ("{type: folder, path: x, colour: red}", ["4:41: unknown key `colour` in `accounts.cal`; the keys here are"]),
        ("{type: folder, path: x, me: lee}", ["4:45: `accounts.cal.me`: an e-mail address is wanted, such as"]),
        ("{type: folder, path: [x]}", ["4:38: `accounts.cal.path`: input should be a valid string;"]),
        (
            "{type: caldav, url: https://d.example/, user: u, password: SENTINEL}",
            ["4:76: `accounts.cal.password`: a secret must not stand in the file; write {env: NAME}"],
        ),
    ],
)
def test_an_account_s_options_are_checked_by_their_connector_at_their_place(
    tmp_path: Path, written: str, problems: list[str]
) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(BASE.replace("{type: folder, path: x}", written), encoding="utf-8")
    found = told(file)
    assert len(found) == len(problems)
    for line, expected in zip(found, problems, strict=True):
        assert line.startswith(f"{file}:{expected}")
        assert "SENTINEL" not in line


def test_yes_no_and_numbers_in_account_options_are_what_was_written(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    text = BASE.replace("{type: folder, path: x}", "{type: folder, path: 2027-01-04, echoes: yes}")
    file.write_text(text, encoding="utf-8")
    account = load(file).accounts["cal"]
    assert (account.options, account.echoes) == ({"path": "2027-01-04"}, True)


def test_every_installed_account_type_is_known() -> None:
    assert {"caldav", "feed", "folder", "memory", "google"} <= set(account_types())


def test_no_third_party_rule_can_take_a_key_of_the_rule_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    from scheduler import rulefile

    points = [EntryPoint(name, "nowhere:Rule", rulefile.RULES_GROUP) for name in ("breaks", "rest", "location", "tea")]
    monkeypatch.setattr(rulefile, "entry_points", lambda group: points if group == rulefile.RULES_GROUP else [])
    assert list(third_party_rules()) == ["tea"]


def test_a_third_party_rule_that_cannot_be_imported_is_a_problem_only_where_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.metadata import EntryPoint

    from scheduler import rulefile

    points = [EntryPoint("tea", "no_such_module:Rule", rulefile.RULES_GROUP)]
    monkeypatch.setattr(rulefile, "entry_points", lambda group: points if group == rulefile.RULES_GROUP else [])
    file = tmp_path / "r.yaml"
    file.write_text(BASE)
    load(file)
    file.write_text(f"{BASE}tea: {{}}\n")
    assert told(file) == [f"{file}:7:1: the rule `tea` cannot be used; install the package that brings it again"]


def test_the_schema_is_shipped() -> None:
    assert schema_path().is_file()


GOOD = "working_hours: {mon-fri: 09:00-17:00}\nsessions: [{calendar: cal, kind: individual}]\n"


def odd(added: str = "", base: str = BASE, good: str = GOOD) -> list[str]:
    """The oddities of a file that says everything it should, but for `added`."""
    slim = base.split("accounts: ")[0] + "accounts: {cal: {type: folder, path: x}}\n" + base.split("\n", 4)[4]
    return warnings(load_text(slim + good + added, "r.yaml"))


def test_nothing_is_odd_about_a_plain_rule_file() -> None:
    assert odd() == []
    for preset in presets.names():
        assert odd(f"preset: {preset}\n") == []
    plenty = (
        "rest: {between_days: 16 h, day_span: 8 h, days_off_per_week: 2}\nnotes: {per_session: 40 min}\n"
        "limits: {per_day: {sessions: 6}, in_a_row: {sessions: 2, then: 7 h}}\n"
        "protect: [{name: A, times: 6 per week, between: 07:00-20:00, length: 1 h, on: mon-sun}, "
        "{name: B, amount: 90 min per week, pieces: 40-50 min}, {name: C, between: 18:00-22:00, at_most: 6 per week}]\n"
    )
    assert odd(plenty) == []


def test_hours_that_a_later_entry_always_replaces_are_said() -> None:
    dated = "{from: 2027-01-01, mon: 12:00-20:00}"
    always = "{mon-fri: 09:00-17:00}"
    slim = BASE + "sessions: [{calendar: cal, kind: individual}]\n"
    first = warnings(load_text(f"{slim}working_hours: [{dated}, {always}]\n", "r.yaml"))
    assert any(line.startswith("r.yaml:8: these hours never count") for line in first)
    last = warnings(load_text(f"{slim}working_hours: [{always}, {dated}]\n", "r.yaml"))
    assert not any("never count" in line for line in last)


def test_every_value_of_the_preset_and_of_what_is_used_of_the_catalogue_is_shown_with_its_source(
    tmp_path: Path,
) -> None:
    file = tmp_path / "r.yaml"
    added = (
        "preset: balanced\nlimits: {per_day: {sessions: 4}}\n"
        "protect: [{use: nature, name: Woods, ideally: 15:00}, {name: lunch, off: yes}]\n"
    )
    file.write_text(BASE + added, encoding="utf-8")
    shown = figures(load(file))
    assert len(shown) == 3 + len(presets.figures("balanced")) + len(catalogue.figures("nature"))
    by_path = {line.split(":")[0].strip(): line for line in shown}
    assert by_path["rest.between_days"].startswith("  rest.between_days: 11 h  P: osha.europa.eu")
    assert by_path["protect.Woods.amount"].startswith("  protect.Woods.amount: 120 min per week  P: PMC6565732")
    overridden = {path for path, line in by_path.items() if "(overridden or switched off here)" in line}
    assert overridden - {path for path in by_path if path.startswith("protect.Lunch.")} == {
        "limits.per_day.sessions",
        "protect.Woods.ideally",
        "kinds.individual.length",
        "kinds.emdr.length",
        "kinds.emdr.heavy",
    }
    assert "protect.Lunch.length" in overridden
    file.write_text(BASE, encoding="utf-8")
    assert figures(load(file)) == ["there is no preset in this file, and nothing of the catalogue"]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("paused: yes", "r.yaml:9: lee is paused"),
        ("limits: {per_day: {time: 25 h}}", "r.yaml:9: a day has 24 hours"),
        (
            "limits: {per_day: {sessions: 5}, per_week: {sessions: 4}}",
            "r.yaml:9: a whole week may hold less than one day",
        ),
        ("limits: {per_day: {time: 40 min}}", "r.yaml:9: not one session of kind `individual` fits in this limit"),
        ("limits: {per_day: {sessions: 0}}", "r.yaml:9: not one session of kind `individual` fits in this limit"),
        ("rest: {between_days: 17 h}", "r.yaml:9: from mon to tue the working hours leave 16 h, less than the rest of"),
        ("rest: {day_span: 30 min}", "r.yaml:9: not even the shortest session that can be booked (50 min) fits"),
        ("rest: {day_span: 25 h}", "r.yaml:9: a day has 24 hours"),
        (
            "limits: {per_day: {sessions: 1}}\nnotes: {per_session: 9 h}",
            "r.yaml:10: a day with 1 session and notes takes 9 h 50 min, and there are 9 h until",
        ),
        ("rest: {days_off_per_week: 3}", "r.yaml:9: 3 days off leave 4 of the 5 days with working hours"),
        ("limits: {in_a_row: {time: 40 min, then: 5 min}}", "r.yaml:9: not even the shortest session that can be"),
        ("limits: {in_a_row: {sessions: 2, then: 8 h}}", "r.yaml:9: no working day is long enough for such a stretch"),
        (
            "limits: {per_day: {sessions: 6}}\nnotes: {per_session: 41 min}",
            "r.yaml:10: a day with 6 sessions and notes takes 9 h 6 min, and there are 9 h until",
        ),
        ("protect: [{name: E, between: 18:00-22:00, at_most: 7 per week}]", "r.yaml:9: `E` allows sessions on every"),
        (
            "protect: [{name: A, amount: 60 min per week, pieces: 40-50 min}]",
            "r.yaml:9: no pieces of 40 min to 50 min make exactly the 1 h of `A`",
        ),
        (
            "protect: [{name: A, amount: 6 h per week, between: 17:00-18:00, pieces: 30-90 min}]",
            "r.yaml:9: the longest piece of `A` never fits into its window",
        ),
        (
            "protect: [{name: A, times: 6 per week, between: 07:00-20:00, length: 1 h}]",
            "r.yaml:9: `A` is due 6 times a week, and only 5 of its days have working hours",
        ),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_place(added: str, expected: str) -> None:
    found = odd(f"{added}\n")
    assert len(found) == 1
    assert found[0].startswith(expected)
    assert "; " in found[0]


def test_two_quotas_for_which_the_same_events_count_each_hold_their_own_time() -> None:
    monthly = "{name: Month, amount: 90 min per month, pieces: 30-90 min, satisfied_by: {title: '*Supervision*'}}"
    [found] = odd(f"preset: trainee\nprotect: [{monthly}]\n")
    assert found.startswith("r.yaml:10: the same events count for `Supervision` and `Month`, but time held for one")
    assert odd(f"preset: trainee\nprotect: [{monthly.replace('*Sup', '*Peer sup')}]\n") == []
    assert odd("preset: trauma\nprotect: [{use: cpd}, {use: supervision}]\n") == []


def test_one_day_is_not_called_days() -> None:
    every, monday = (GOOD.replace("mon-fri", days) for days in ("mon-sun", "mon"))
    [found] = odd("rest: {days_off_per_week: 1}\n", good=every)
    assert found.startswith("r.yaml:9: 1 day off leaves 6 of the 7 days with working hours")
    [found] = odd("protect: [{name: A, times: 2 per week, between: 07:00-20:00, length: 1 h}]\n", good=monday)
    assert found.startswith("r.yaml:9: `A` is due 2 times a week, and only 1 of its days has working hours")


def test_a_limit_for_heavy_sessions_needs_a_heavy_kind() -> None:
    found = odd("limits: {per_day: {heavy: 1}}\n", BASE.replace("heavy: yes", "heavy: no"))
    assert [line.split(": ")[1] for line in found] == ["no kind is heavy, so this limit never counts; mark one"]


def test_a_kind_longer_than_any_working_stretch_is_said() -> None:
    found = odd("bookable: [emdr]\n", BASE.replace("90 min", "9 h"))
    assert len(found) == 1
    assert "no stretch of working hours is long enough for the kind `emdr`" in found[0]


def test_missing_sessions_hours_and_id_are_said() -> None:
    bare = BASE.split("accounts: ")[0].replace("id: 7f3k9q2m\n", "") + BASE.split("\n", 3)[3]
    found = " ".join(warnings(load_text(bare, "r.yaml")))
    for part in ("there is no `id`", "`sessions:`", "`working_hours:`", "no therapist uses the account `ehr`"):
        assert part in found


def test_a_short_id_and_a_write_calendar_that_is_not_read_are_said() -> None:
    found = odd("", BASE.replace("7f3k9q2m", "abc"))
    assert len(found) == 1
    assert "`id` is easy to guess" in found[0]
    text = BASE.replace("read: [cal], write: cal", "read: [ehr], write: cal")
    assert any("is not under `read`" in line for line in warnings(load_text(text, "r.yaml")))


def test_a_session_rule_after_one_that_matches_everything_is_said() -> None:
    text = BASE + "sessions: [{kind: individual}, {title: x, kind: none}]\n"
    assert any("r.yaml:7: this rule matches every event" in line for line in warnings(load_text(text, "r.yaml")))


@pytest.mark.parametrize(
    "quotes", ["\u201c\u201d", "\u201e\u201c", "\u2018\u2019", "\u00ab\u00bb", "\u00bb\u00ab", ("\u201d", "")]
)
@pytest.mark.parametrize(
    ("added", "line"),
    [
        ("days_off: [2027-01-04, {title: A*}, {title: PATTERN}]\n", 9),
        ("days_off: {title: PATTERN}\n", 9),
        ("edits: keep\nbreaks: {after: 5 min}\n", 8),
    ],
)
def test_typographic_quotes_around_a_title_are_said_and_the_title_is_not(
    quotes: tuple[str, str], added: str, line: int
) -> None:
    pattern = f"{quotes[0]}SENTINEL*{quotes[1]}"
    text = BASE + GOOD.replace("{calendar: cal, kind", "{title: A, kind: none}, {TITLEcalendar: cal, kind") + added
    text = text.replace("PATTERN", pattern).replace("TITLE", f"title: {pattern}, " if line == 8 else "")
    found = [said for said in warnings(load_text(text, "r.yaml")) if "account" not in said]
    assert found == [
        f"r.yaml:{line}: a title pattern stands in typographic quotes, and these quotes are part of the pattern; "
        "write straight quotes"
    ]


@pytest.mark.parametrize("title", ["Parents\u2019", "/^\u201cA/", "Client \u201cA\u201d*"])
def test_an_apostrophe_and_quotes_within_a_title_are_not_odd(title: str) -> None:
    assert odd(f"days_off: [{{title: {title}}}]\n") == []


CLEAR = "the password of the account `cal` goes in clear text; use https"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("type: caldav, url: http://dav.example.org/, user: u, password: {env: P}", [f"r.yaml:4: {CLEAR}"]),
        ("type: feed, url: http://8.8.8.8/a.ics, user: u, password: {env: P}", [f"r.yaml:4: {CLEAR}"]),
        ("type: feed, url: http://u:SENTINEL@feed.example.org/a.ics", [f"r.yaml:4: {CLEAR}"]),
        ("type: feed, url: http://feed.example.org/a.ics", []),
        ("type: caldav, url: https://dav.example.org/, user: u, password: {env: P}", []),
        ("type: caldav, url: {env: U}, user: u, password: {env: P}", []),
        *(
            (f"type: caldav, url: 'http://{host}:5232/', user: u, password: {{env: P}}", [])
            for host in ("localhost", "127.0.0.1", "[::1]", "192.168.1.4", "10.0.0.2", "nas", "nas.local")
        ),
    ],
)
def test_a_password_that_goes_in_clear_text_is_said(options: str, said: list[str]) -> None:
    text = BASE.replace("type: folder, path: x", options).replace("write: cal", "write: cloud/work") + GOOD
    found = warnings(load_text(text, "r.yaml"))
    assert [line for line in found if "clear text" in line] == said
    assert "SENTINEL" not in "".join(found)


BUSY_ONLY = "type: google, user: lee@riverside.example, access: free-busy, own_calendar: c"


def test_a_title_that_is_looked_for_where_google_shows_only_when_it_is_busy_is_said() -> None:
    text = BASE.replace("type: folder, path: x", BUSY_ONLY).replace("[cal], write: cal", "[cal/main], write: cal/c")
    rules = "sessions: [{title: Client, kind: individual}, {calendar: cal, kind: individual}]\n"
    assert warnings(load_text(text + "working_hours: {mon-fri: 09:00-17:00}\n" + rules, "r.yaml"))[-1:] == [
        "r.yaml:8: no title is read there, so this never matches; "
        "tell sessions by `calendar`, `longer_than` and `shorter_than`"
    ]


def test_what_a_preset_counts_by_title_is_said_where_titles_are_never_read() -> None:
    found = warnings(load_text(f"{BASE}titles: never\npreset: balanced\nsessions: [{{kind: individual}}]\n", "r.yaml"))
    assert [line for line in found if "titles" in line] == [
        "preset balanced: titles are not read, so nothing counts towards `Supervision` by its title; "
        "write `satisfied_by: none`, or tell it by `calendar`"
    ]


@pytest.mark.parametrize(("zone", "said"), [("CET", True), ("EST", True), ("UTC", False), ("Europe/Berlin", False)])
def test_a_time_zone_by_its_abbreviation_is_said(zone: str, said: bool) -> None:
    found = odd("", BASE.replace("Europe/London", zone))
    assert [line.split("; ")[0] for line in found] == (
        [f"r.yaml:3: `{zone}` may not be the zone that is meant"] if said else []
    )


def test_whose_public_holidays_are_meant_is_said_in_words() -> None:
    codes = "[BY, DE-BY, GB-ENG, US, BA]"
    two = for_lee("holidays: GB").replace("holidays: GB}", "holidays: GB}, noor: {read: [cal], write: cal}")
    assert holidays(load_text(two + f"holidays: {codes}\n", "r.yaml")) == [
        "holidays GB: public holidays of United Kingdom",
        "holidays BY: public holidays of Belarus",
        "holidays DE-BY: public holidays of Bayern, Germany",
        "holidays GB-ENG: public holidays of England, United Kingdom",
        "holidays US: public holidays of United States",
        "holidays BA: public holidays of Bosnia and Herzegovina",
    ]
    assert holidays(load_text(BASE, "r.yaml")) == []


def test_the_same_oddity_is_said_once_for_all_therapists() -> None:
    text = for_lee("paused: no").replace("paused: no}", "paused: no}, noor: {read: [cal], write: cal}")
    found = warnings(load_text(text + "limits: {per_day: {time: 25 h}}\n", "r.yaml"))
    assert sum("a day has 24 hours" in line for line in found) == 1
