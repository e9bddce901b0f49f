"""Each command does what its help says: what it prints, which files it makes, how it ends."""

from __future__ import annotations

import itertools
import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rules import presets
from scheduler import samples
from scheduler.cli import PRESETS

from .practice import Practice, contents, own, run, session

# --- init and check -------------------------------------------------------------------------------------------------


def test_init_writes_a_rule_file_that_only_its_owner_reads_and_that_is_good(practice: Practice) -> None:
    ran = practice.run("init", "--practice", "Elm House", file=False)
    assert (ran.code, ran.err) == (0, "")
    path = practice.practices / "elm-house.yaml"
    assert str(path) in ran.out
    assert path.stat().st_mode & 0o777 == 0o600
    checked = practice.run("check", file=False)
    assert (checked.code, checked.err) == (0, "")
    assert f"{path}: good (Elm House: me)" in checked.out


@pytest.mark.parametrize("preset", ["balanced", "none"])
def test_init_starts_from_the_preset_that_was_named(practice: Practice, preset: str) -> None:
    assert practice.run("init", "--preset", preset).code == 0
    assert practice.run("check").code == 0
    assert (f"preset: {preset}" in practice.file.read_text()) == (preset != "none")


def test_init_gives_every_practice_its_own_random_id(practice: Practice) -> None:
    ids = set()
    for number in range(3):
        path = practice.folder / f"{number}.yaml"
        assert practice.run("init", path, file=False).code == 0
        [found] = re.findall(r"^id: (\S+)", path.read_text(), re.MULTILINE)
        assert re.fullmatch(r"[a-z0-9]{8,}", found.strip('"'))
        ids.add(found)
    assert len(ids) == 3


def test_init_overwrites_nothing(practice: Practice) -> None:
    practice.file.write_text("mine")
    ran = practice.run("init")
    assert (ran.code, ran.out) == (2, "")
    assert "is there already" in ran.error
    assert practice.file.read_text() == "mine"


@pytest.mark.parametrize(
    ("option", "value"),
    [("--timezone", "Europe/Atlantis"), ("--timezone", "CEST"), ("--therapist", "two words/and a slash")],
)
def test_init_refuses_what_a_rule_file_cannot_hold_and_writes_nothing(
    practice: Practice, option: str, value: str
) -> None:
    ran = practice.run("init", option, value)
    assert (ran.code, ran.out) == (2, "")
    assert "; " in ran.error, "it says what to write instead"
    assert not practice.file.exists()


def test_init_names_the_presets_there_are(practice: Practice) -> None:
    for words in (("--help",), ("--preset", "balancd")):
        ran = practice.run("init", *words)
        assert ran.code == (0 if words == ("--help",) else 2)
        for preset in (*presets.names(), "none"):
            assert preset in ran.said
    assert set(PRESETS) == {*presets.names(), "none"}
    assert not practice.file.exists()


@pytest.mark.parametrize(("zone", "said"), [("", True), ("UTC", True), ("Europe/Dublin", False)])
def test_init_says_that_it_took_utc_where_nobody_chose_it(practice: Practice, zone: str, said: bool) -> None:
    zone = zone or "Nowhere/AtAll"
    ran = practice.run("init", TZ=zone)
    assert (ran.code, ran.err) == (0, "")
    assert ("The time zone in it is UTC" in ran.out) == said
    practice.file.unlink()
    assert "time zone" not in practice.run("init", "--timezone", "UTC", TZ=zone).out


def test_check_says_whose_public_holidays_a_code_means(practice: Practice) -> None:
    more = "holidays: [BY, DE-BY]"
    practice.rules("diary: {type: folder, path: nowhere}", "lee: {read: [diary], write: diary}", more=more)
    ran = practice.run("check")
    assert (ran.code, ran.err) == (0, "")
    assert "holidays BY: public holidays of Belarus\nholidays DE-BY: public holidays of Bayern, Germany\n" in ran.out
    assert "Belarus" not in practice.run("preview").said


def test_check_reads_no_calendar_and_writes_nothing(practice: Practice) -> None:
    practice.rules("diary: {type: folder, path: nowhere}", "lee: {read: [diary], write: diary}")
    ran = practice.run("check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{practice.file}: good (Elm Street Practice: lee)\n"
    assert not practice.state.exists()
    assert list(practice.home.iterdir()) == []


def test_check_says_what_is_odd_in_a_good_file(practice: Practice) -> None:
    practice.rules(
        "diary: {type: folder, path: diary}\nspare: {type: folder, path: spare}", "lee: {read: [diary], write: diary}"
    )
    ran = practice.run("check")
    assert ran.code == 0
    assert "no therapist uses the account `spare`" in ran.out


# --- demo -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Practice, list[str]]:
    """The demo, with its files kept, and what it said under each command."""
    practice = Practice(tmp_path_factory.mktemp("demo"))
    ran = practice.run("demo", "--keep", practice.folder / "kept", file=False)
    assert (ran.code, ran.err) == (0, "")
    assert not practice.state.exists()
    assert not practice.config.exists()
    assert list(practice.home.iterdir()) == []
    assert ran.out.endswith("\nNext: session-breaks init\n")
    return practice, re.split(r"^\$ session-breaks .*\n\n", ran.out, flags=re.MULTILINE)[1:]


def test_the_demo_s_preview_is_what_preview_shows(demo: tuple[Practice, list[str]], practice: Practice) -> None:
    path = samples.copy_to(practice.folder / "copy")
    ran = practice.run("preview", "--weeks", "2", path, now=samples.NOW, file=False)
    assert ran.code == 0
    assert demo[1][0].rstrip("\n") == ran.out.rstrip("\n")


def test_the_demo_s_sync_writes_what_the_preview_showed_and_a_second_one_nothing(
    demo: tuple[Practice, list[str]],
) -> None:
    practice, (_, first, second) = demo
    kept = practice.folder / "kept" / "practices"
    for name in ("lee", "noor"):
        assert f"{name}: {len(own(kept / name))} blocks written" in first
        assert f"{name}: nothing to change" in second
    before = {name: contents(kept / name) for name in ("lee", "noor")}
    ran = practice.run("sync", kept / samples.RULE_FILE, now=samples.NOW, file=False)
    assert (ran.code, ran.out) == (0, "")
    assert [line.endswith("are forgotten, and come back") for line in ran.err.splitlines()] == [True, True]
    assert {name: contents(kept / name) for name in ("lee", "noor")} == before


def test_a_session_more_in_the_sample_gives_another_result(practice: Practice) -> None:
    path = samples.copy_to(practice.folder / "copy")
    line = ("preview", "--format", "json", path)
    before = practice.run(*line, now=samples.NOW, file=False).json()
    event = session(1, 14).replace("20261201", "20261125").replace("SUMMARY:Client A.", "SUMMARY:Client Z9")
    practice.calendar("copy/lee", event)
    after = practice.run(*line, now=samples.NOW, file=False).json()
    lee, noor = after["therapists"]
    assert len(lee["sessions"]) == len(before["therapists"][0]["sessions"]) + 1
    assert lee["blocks"] != before["therapists"][0]["blocks"]
    assert noor == before["therapists"][1]


# --- preview --------------------------------------------------------------------------------------------------------

PLAN = {
    "practice", "therapist", "timezone", "window", "sessions", "blocks", "findings", "open", "bookable_slots", "state",
    "load", "week_load", "days_off", "owner", "by_hand",
}  # fmt: skip
BLOCK = {"key", "rule", "name", "start", "end", "action", "why", "guard"}
FINDING = {"rule", "code", "start", "end", "message", "advice"}


@pytest.fixture
def busy(practice: Practice) -> Practice:
    """Limits, protected time, blocks that stand, one that is to move and one that is to go."""
    more = """
    limits: {per_day: {sessions: 2}}
    protect: [{name: Lunch, length: 45 min, between: "12:00-14:00"}]
    """
    sessions = [session(1, 10), session(1, 15), session(2, 16), session(3, 10), session(3, 11), session(3, 15)]
    diary = practice.one_therapist(*sessions, more=more)
    assert practice.run("sync", "--yes").code == 0
    (diary / "event-0.ics").write_bytes((diary / "event-0.ics").read_bytes().replace(b"5000", b"5500"))
    (diary / "event-2.ics").unlink()
    return practice


def test_the_json_is_as_the_contract_says(busy: Practice) -> None:
    ran = busy.run("preview", "--format", "json", "--force")
    document = ran.json()
    assert set(document) == {"version", "now", "therapists", "errors", "departed", "asked"}
    assert (document["version"], document["now"], document["errors"]) == (1, "2026-11-30T06:00:00+00:00", [])
    [plan] = document["therapists"]
    assert set(plan) == PLAN
    assert (plan["practice"], plan["therapist"], plan["timezone"]) == ("Elm Street Practice", "lee", "Europe/London")
    assert plan["window"] == {"start": "2026-11-30T06:00:00+00:00", "end": "2026-12-07T00:00:00+00:00"}
    assert plan["sessions"][0] == {
        "start": "2026-12-01T10:00:00+00:00", "end": "2026-12-01T10:55:00+00:00", "kind": "individual"
    }  # fmt: skip
    actions = {block["action"] for block in plan["blocks"]}
    assert actions >= {"update", "keep", "delete"}
    for block in plan["blocks"]:
        was = {"was"} if block["action"] in ("update", "delete") else set()
        assert set(block) == BLOCK | was
        assert all(isinstance(block[name], str) and block[name] for name in BLOCK - {"guard"})
    assert [(f["rule"], f["code"]) for f in plan["findings"]] == [("limits.per_day", "over-limit")]
    assert all(set(finding) - {"grade"} == FINDING for finding in plan["findings"])
    assert isinstance(plan["bookable_slots"], int)
    assert plan["open"]
    for moment in moments(plan):
        assert datetime.fromisoformat(moment).tzinfo is not None, moment
        assert re.search(r"[+-]\d\d:\d\d$", moment)


def moments(value: Any) -> list[str]:
    """Every start and end, however deep."""
    if isinstance(value, dict):
        here = [value[name] for name in ("start", "end") if isinstance(value.get(name), str)]
        return here + [moment for inner in value.values() for moment in moments(inner)]
    return [moment for inner in value for moment in moments(inner)] if isinstance(value, list) else []


def test_blocks_are_busy_with_nothing_and_open_time_is_what_is_left(busy: Practice) -> None:
    [plan] = busy.run("preview", "--format", "json", "--force").json()["therapists"]
    standing = [block for block in plan["blocks"] if block["action"] != "delete"]
    taken = sorted((part["start"], part["end"]) for part in [*standing, *plan["sessions"], *plan["open"]])
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(taken))


def test_text_and_json_agree(busy: Practice) -> None:
    text = busy.run("preview", "--details", "--force").out
    [plan] = busy.run("preview", "--format", "json", "--force").json()["therapists"]
    weeks = text.split("What changes")[0]
    for block in plan["blocks"]:
        start, end = block["start"][11:16], block["end"][11:16]
        shown = re.search(rf"{start}.{end} {block['name']}", weeks)
        assert bool(shown) == (block["action"] != "delete"), block
    changed = [block["action"] for block in plan["blocks"]]
    for action, word in (("create", "new"), ("update", "moved"), ("delete", "removed")):
        if count := changed.count(action):
            assert f"{count} {word}" in text
    assert f"Findings  {len(plan['findings'])}" in text


def test_a_preview_writes_to_no_calendar(busy: Practice) -> None:
    before = contents(busy.folder / "diary")
    for words in ((), ("--format", "json"), ("--details",), ("--force",)):
        busy.run("preview", *words)
    assert contents(busy.folder / "diary") == before


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_output_file_holds_what_would_be_printed_and_only_its_owner_reads_it(practice: Practice, form: str) -> None:
    practice.one_therapist(session(1, 10))
    target = practice.folder / "plan"
    target.write_text("older and much longer " * 2000)
    target.chmod(0o644)
    ran = practice.run("preview", "--format", form, "--output", target)
    assert (ran.code, ran.said) == (0, "")
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.read_text() == practice.run("preview", "--format", form).out


def test_from_and_to_narrow_what_is_planned_and_written(practice: Practice) -> None:
    diary = practice.one_therapist(*(session(day, 10) for day in (1, 2, 3)))
    narrow = ("--from", "2026-12-02", "--to", "2026-12-03")
    [plan] = practice.run("preview", "--format", "json", *narrow).json()["therapists"]
    assert plan["window"] == {"start": "2026-12-02T00:00:00+00:00", "end": "2026-12-03T00:00:00+00:00"}
    assert {block["start"][:10] for block in plan["blocks"]} == {"2026-12-02"}
    assert practice.run("sync", "--yes", *narrow).code == 0
    assert len(own(diary)) == 2
    assert practice.run("sync").code == 0
    assert len(own(diary)) == 6
    assert practice.run("clear", "--yes", *narrow).code == 0
    assert len(own(diary)) == 4


def test_a_time_without_offset_is_the_therapist_s(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    practice.file.write_text(practice.file.read_text().replace("Europe/London", "Europe/Berlin"))
    document = practice.run("preview", "--format", "json", "--now", "2026-11-30T07:00", now=None).json()
    assert document["now"] == "2026-11-30T06:00:00+00:00"
    assert document["therapists"][0]["window"]["start"] == "2026-11-30T07:00:00+01:00"


def test_an_event_that_cannot_be_expanded_is_a_finding_at_its_own_time(practice: Practice) -> None:
    """A rule of plain and numbered weekdays together means different days to different programs."""
    practice.one_therapist(session(2, 10, "RRULE:FREQ=MONTHLY;BYDAY=MO,2TU"), session(1, 10))
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    [finding] = plan["findings"]
    assert (finding["code"], finding["start"]) == ("not-read", "2026-12-02T10:00:00+00:00")
    assert "2026-12-02 10:00" in finding["message"]
    assert finding["advice"]


def test_findings_give_exit_code_4_only_where_that_is_asked_for(busy: Practice) -> None:
    assert busy.run("preview", "--force").code == 0
    assert busy.run("preview", "--force", "--exit-code").code == 4
    assert busy.run("sync", "--force", "--exit-code").code == 4
    practice = busy
    (practice.folder / "diary" / "event-5.ics").unlink()
    assert practice.run("preview", "--force", "--exit-code").code == 0


def test_clear_counts_and_removes_only_from_now_on(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(3, 10))
    assert practice.run("sync", "--yes").code == 0
    ran = practice.run("clear", "--yes", now="2026-12-02T06:00:00+00:00")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "lee: 2 own blocks in diary\nRemoved 2 own blocks.\n"
    assert len(own(diary)) == 2
    assert practice.run("clear", "--yes", now="2026-12-02T06:00:00+00:00").out.endswith("Nothing to remove.\n")


# --- the command itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ["", "demo", "init", "check", "preview", "sync", "apply", "undo", "clear", "doctor", "connect", "connect google"],
)
def test_every_command_has_help_in_plain_letters(practice: Practice, command: str) -> None:
    ran = practice.run(*command.split(), "--help", file=False, now=None, PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: session-breaks")


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_list_of_commands_says_what_each_does_in_whole_sentences(practice: Practice, columns: str) -> None:
    ran = practice.run("--help", file=False, COLUMNS=columns)
    commands = ran.out.split("Commands:\n")[1].splitlines()
    assert len(commands) == 11
    assert all(re.fullmatch(r"  [a-z]+ +[A-Z].*[a-z]\.", line) for line in commands), commands


def test_check_offers_no_times_and_clear_says_what_its_own_do(practice: Practice) -> None:
    assert not re.search("--(from|to|now|therapist)", practice.run("check", "--help").out)
    clear = practice.run("clear", "--help").out
    assert re.search(r"--from TIME +Remove .*2026-12-01T06:00\+00:00", clear, re.DOTALL)
    assert re.search(r"--to TIME +Remove ", clear)
    assert "Plan" not in clear
    assert re.search(r"--from TIME +Plan .*2026-12-01T06:00\+00:00", practice.run("preview", "--help").out, re.DOTALL)


@pytest.mark.parametrize("words", [("--details",), ("--format", "json")])
def test_output_that_cannot_be_written_is_one_clear_line(practice: Practice, words: tuple[str, ...]) -> None:
    practice.one_therapist(session(1, 10))
    line = " ".join([*practice.command("preview", *words), str(practice.file), "> /dev/full"])
    ran = run(["sh", "-c", line], practice.environment)
    assert ran.code == 2
    assert ran.error == "session-breaks: the output cannot be written: No space left on device"


@pytest.mark.parametrize("words", [("prevew",), ("preview", "--fast"), ("preview", "--format", "pdf")])
def test_a_wrong_command_line_ends_with_2(practice: Practice, words: tuple[str, ...]) -> None:
    ran = practice.run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    assert ran.err.splitlines()[-1].startswith("Error: ")


def test_a_reader_who_leaves_early_sees_no_complaint(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    line = " ".join([*practice.command("preview", "--details"), str(practice.file), "| :"])
    ran = run(["sh", "-c", line], practice.environment)
    assert ran.said == ""


HEAVY = ("caldav", "niquests", "googleapiclient", "keyring", "cryptography", "lxml", "dask", "asyncio")
CALENDARS = ("icalendar", "recurring_ical_events", "holidays", "sqlite3")


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (("--help",), (*HEAVY, *CALENDARS, "pydantic", "ruamel.yaml", "rules.loading")),
        (("check",), (*HEAVY, *CALENDARS)),
        (("preview",), (*HEAVY, "holidays")),
        (("sync", "--yes"), (*HEAVY, "holidays")),
    ],
    ids=lambda value: value[0],
)
def test_what_a_command_does_not_need_is_not_imported(
    practice: Practice, words: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    practice.one_therapist(session(1, 10))
    listing = practice.folder / "modules.json"
    program = (
        "import json, sys\nfrom scheduler.cli import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        "json.dump(sorted(sys.modules), open(sys.argv[0], 'w'))"
    )
    start = f"import sys; sys.argv[0] = {str(listing)!r}; exec({program!r})"
    line = [sys.executable, "-c", start, *practice.command(*words)[1:]]
    if words[0] != "--help":
        line.append(str(practice.file))
    ran = run(line, practice.environment | {"PYTHONPATH": str(Path(__file__).parents[2])})
    assert ran.code == 0, ran.err
    loaded = set(json.loads(listing.read_text()))
    assert "click" in loaded
    assert loaded.isdisjoint(unwanted), loaded & set(unwanted)
