"""A plan is saved, looked at, and written later: exactly that, or nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduler import planfile
from tests.servers import PASSWORD, USER, RunningServer

from .practice import Practice, Ran, contents, move, own, run, session, silent, times, vcalendar
from .terminal import on_terminal

BREAK = ("20261201T105000Z", "20261201T110000Z")


@pytest.fixture
def plan(practice: Practice) -> Path:
    """The saved plan of lee's first night, with three sessions."""
    practice.one_therapist(session(1, 10), session(2, 10), session(3, 10))
    path = practice.folder / "plan.json"
    assert practice.run("preview", "--output", path).code == 0
    return path


def apply(practice: Practice, plan: Path, *words: str | Path) -> Ran:
    """Apply a plan as a user does: without naming rule files."""
    return practice.run("apply", plan, *words, file=False)


def planned(plan: Path) -> set[tuple[str, str]]:
    """The times that a plan wants to stand afterwards."""
    document = json.loads(plan.read_text())
    blocks = [b for one in document["therapists"] for b in one["blocks"] if b["action"] != "delete"]
    return {(_utc(block["start"]), _utc(block["end"])) for block in blocks}


def _utc(text: str) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def test_a_plan_is_written_as_it_was_saved_though_the_clock_went_on(practice: Practice, plan: Path) -> None:
    diary = practice.folder / "diary"
    assert silent(apply(practice, plan, "--yes"))
    assert set(times(diary).values()) == planned(plan)
    before = contents(diary)
    assert silent(apply(practice, plan))
    assert contents(diary) == before
    assert silent(practice.run("sync"))
    assert contents(diary) == before


def test_it_names_its_rule_files_and_no_client(practice: Practice, plan: Path) -> None:
    document = json.loads(plan.read_text())
    assert [one["file"] for one in document["asked"]["rule_files"]] == [str(practice.file.resolve())]
    assert "Client" not in plan.read_text()
    assert "session-1-10" not in plan.read_text()
    assert "elmstr33" not in plan.read_text(), "the practice's id is a secret"
    assert plan.stat().st_mode & 0o077 == 0


def test_where_the_calendar_changed_nothing_is_written_and_the_differences_are_listed(
    practice: Practice, plan: Path
) -> None:
    diary = practice.folder / "diary"
    (diary / "event-1.ics").write_bytes(vcalendar(session(2, 14)))
    before = contents(diary)
    ran = apply(practice, plan, "--yes")
    assert (ran.code, ran.out) == (3, "")
    assert "no longer what was planned" in ran.err
    assert "- Wed  2 Dec 10:50-11:00 Break (breaks.after): was planned, and is not any more" in ran.err.splitlines()
    assert "+ Wed  2 Dec 14:50-15:00 Break (breaks.after): was not planned" in ran.err.splitlines()
    assert "Client" not in ran.err
    assert contents(diary) == before


def test_what_changes_no_block_is_no_difference(practice: Practice, plan: Path) -> None:
    renamed = vcalendar(session(2, 10, title="Client Q."))
    (practice.folder / "diary" / "event-1.ics").write_bytes(renamed)
    assert silent(apply(practice, plan, "--yes"))


def test_a_plan_that_was_cut_off_is_taken_up_again(practice: Practice, plan: Path) -> None:
    diary = practice.folder / "diary"
    assert silent(apply(practice, plan, "--yes"))
    whole = contents(diary)
    some = sorted(own(diary))[::2]
    for name in some:
        (diary / name).unlink()
    for path in practice.state.rglob("journal.sqlite3"):  # those were never written, as far as anybody knows
        path.unlink()
    assert apply(practice, plan, "--yes").code == 0
    assert contents(diary) == whole


def test_moves_and_removals_that_are_done_already_are_no_difference(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(2, 10), session(3, 10))
    assert silent(practice.run("sync", "--yes"))
    (diary / "event-0.ics").write_bytes(vcalendar(session(1, 14)))
    (diary / "event-1.ics").unlink()
    path = practice.folder / "plan.json"
    assert practice.run("preview", "--output", path).code == 0
    [plan] = json.loads(path.read_text())["therapists"]
    assert {"update", "delete"} <= {block["action"] for block in plan["blocks"]}
    for _ in range(2):
        assert silent(apply(practice, path))
        assert set(times(diary).values()) == planned(path)


def test_a_block_that_was_moved_by_hand_since_is_a_difference(practice: Practice, plan: Path) -> None:
    assert silent(apply(practice, plan, "--yes"))
    move(practice.folder / "diary", BREAK[0], ("20261201T113000Z", "20261201T114000Z"))
    before = contents(practice.folder / "diary")
    ran = apply(practice, plan)
    assert ran.code == 3
    assert "Tue  1 Dec 10:50-11:00 Break" in ran.err
    assert contents(practice.folder / "diary") == before


def test_from_to_and_the_therapist_are_those_of_the_preview(practice: Practice) -> None:
    both = "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}"
    practice.rules(both, "lee: {read: [lee], write: lee}\nnoor: {read: [noor], write: noor}")
    lee, noor = practice.calendar("lee", session(1, 10), session(3, 10)), practice.calendar("noor", session(2, 10))
    path = practice.folder / "plan.json"
    narrow = ("--from", "2026-12-01", "--to", "2026-12-02T00:00", "--therapist", "lee")
    assert practice.run("preview", "--output", path, *narrow).code == 0
    assert silent(apply(practice, path, "--yes"))
    assert {start[:8] for start, _ in times(lee).values()} == {"20261201"}
    assert own(noor) == {}


def test_a_first_run_needs_yes_where_nobody_can_be_asked(practice: Practice, plan: Path) -> None:
    ran = apply(practice, plan)
    assert ran.code == 3
    assert "first run" in ran.error
    assert own(practice.folder / "diary") == {}


def test_a_plan_that_gives_one_therapists_blocks_to_another_is_damaged(practice: Practice, plan: Path) -> None:
    plan.write_text(plan.read_text().replace('"therapist": "lee"', '"therapist": "zed"'))
    ran = apply(practice, plan, "--yes")
    assert ran.code == 2
    assert "a damaged plan: the blocks that it says are zed's are lee's" in ran.error
    assert own(practice.folder / "diary") == {}


def test_on_a_terminal_it_asks(practice: Practice, plan: Path) -> None:
    line = practice.command("apply", plan)
    refused = on_terminal(line, practice.environment, [("Write this to the calendar? [y/N]:", "n\n")])
    assert refused.code == 3
    assert own(practice.folder / "diary") == {}
    seen = on_terminal(line, practice.environment, [("Write this to the calendar? [y/N]:", "y\n")])
    assert seen.code == 0
    assert "session-breaks undo 1 takes this back." in seen.screen


def test_brakes_hold_unless_force_is_said(practice: Practice) -> None:
    sessions = [session(day, hour) for day in (1, 2, 3, 4) for hour in (9, 11, 13, 15)]
    diary = practice.one_therapist(*sessions)
    assert silent(practice.run("sync", "--yes"))
    for number in range(8):
        (diary / f"event-{number}.ics").unlink()
    path = practice.folder / "plan.json"
    assert practice.run("preview", "--output", path).code == 3
    before = contents(diary)
    ran = apply(practice, path, "--yes")
    assert ran.code == 3
    assert "--force" in ran.error
    assert contents(diary) == before
    assert silent(apply(practice, path, "--yes", "--force"))
    assert set(times(diary).values()) == planned(path)


# --- the file -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[: len(text) // 2], "not JSON"),
        (lambda _: "[]", "no plan of session-breaks"),
        (lambda text: text.replace('"version": 1', '"version": 7'), "version 7"),
        (lambda text: text.replace('"action": "create"', '"action": "eat"', 1), "damaged plan"),
        (lambda text: text.replace('"owner"', '"oner"', 1), "damaged plan"),
        (lambda text: text.replace("+00:00", "", 3), "damaged plan"),
        (lambda _: "[" * 100_000, "not JSON"),
        (lambda text: text.replace("2026-11-30T06:00:00+00:00", "9999-12-31T23:59:00+00:00"), "damaged plan"),
        (lambda text: text.replace('"to": null', '"to": "9999-12-31"'), "damaged plan"),
    ],
)
def test_a_plan_that_cannot_be_used_is_told(practice: Practice, plan: Path, damage: Any, said: str) -> None:
    plan.write_text(damage(plan.read_text()))
    ran = apply(practice, plan, "--yes")
    assert ran.code == 2
    assert said in ran.error
    assert str(plan) in ran.error
    assert own(practice.folder / "diary") == {}


def test_a_therapist_who_left_since_is_told(practice: Practice, plan: Path) -> None:
    practice.file.write_text(practice.file.read_text().replace("lee:", "kim:"))
    ran = apply(practice, plan, "--yes")
    assert ran.code == 2
    assert "lee: no longer in the rule file" in ran.error
    assert own(practice.folder / "diary") == {}


def test_a_therapist_who_is_paused_since_is_told(practice: Practice, plan: Path) -> None:
    practice.file.write_text(practice.file.read_text().replace("write: diary", "write: diary, paused: yes"))
    ran = apply(practice, plan, "--yes")
    assert ran.code == 3
    assert "paused in the rule file" in ran.error
    assert own(practice.folder / "diary") == {}


def test_a_rule_that_changed_since_is_a_difference(practice: Practice, plan: Path) -> None:
    practice.file.write_text(practice.file.read_text().replace("after: 10 min", "after: 15 min"))
    ran = apply(practice, plan, "--yes")
    assert ran.code == 3
    assert "10:50-11:05" in ran.err


@pytest.mark.parametrize("looks", ['title: "Therapy break"', "private: no", "discreet: yes"])
def test_how_blocks_look_is_part_of_what_was_looked_at(practice: Practice, plan: Path, looks: str) -> None:
    before = practice.file.read_text()
    practice.file.write_text(before + f"blocks: {{{looks}}}\n")
    ran = apply(practice, plan, "--yes")
    assert ran.code == 3
    assert "lee: `blocks` in the rule file" in ran.error
    assert own(practice.folder / "diary") == {}
    practice.file.write_text(before)
    assert silent(apply(practice, plan, "--yes"))


def test_an_old_plan_puts_no_block_where_time_has_gone_by(practice: Practice, plan: Path) -> None:
    """A plan for a time of its own, saved two days ago by the clock; the first session was on its second day."""
    long_ago = time.time() - 2 * 86400
    os.utime(plan, (long_ago, long_ago))
    ran = apply(practice, plan, "--yes")
    assert ran.code == 3
    assert "too old" in ran.err
    assert "+ Tue  1 Dec 10:50-11:00 Break" in ran.err
    assert own(practice.folder / "diary") == {}


def test_a_plan_by_the_clock_is_as_old_as_the_clock_says_whenever_its_file_was_copied(plan: Path) -> None:
    saved = planfile.load(plan)
    assert saved.clock(datetime.now(UTC)) is None, "for another time than the clock's: as old as its file"
    document = json.loads(plan.read_text())
    document["asked"]["now_given"] = False
    plan.write_text(json.dumps(document))
    saved = planfile.load(plan)
    assert saved.clock(saved.now + timedelta(hours=2)) == saved.now + timedelta(hours=2)
    assert saved.clock(saved.now + timedelta(minutes=1)) is None


def test_an_old_plan_that_is_done_already_is_no_difference(practice: Practice, plan: Path) -> None:
    assert silent(apply(practice, plan, "--yes"))
    long_ago = time.time() - 2 * 86400
    os.utime(plan, (long_ago, long_ago))
    assert silent(apply(practice, plan, "--yes"))


def test_the_same_preview_saves_the_same_plan(practice: Practice, plan: Path) -> None:
    again = practice.folder / "again.json"
    assert practice.run("preview", "--output", again).code == 0
    assert again.read_bytes() == plan.read_bytes()


def test_a_rule_file_that_was_moved_is_found_in_the_practices_folder_or_named(practice: Practice, plan: Path) -> None:
    practice.file.write_text(practice.file.read_text().replace("path: diary", f"path: {practice.folder / 'diary'}"))
    elsewhere = practice.file.rename(practice.folder / "moved.yaml")
    ran = apply(practice, plan, "--yes")
    assert ran.code == 2
    assert "name it" in ran.error
    practice.practices.mkdir(parents=True)
    there = elsewhere.rename(practice.practices / "riverside.yaml")
    assert apply(practice, plan).code == 3, "found, and only not agreed to"
    there.rename(elsewhere)
    assert silent(apply(practice, plan, elsewhere, "--yes"))
    other = practice.rules("d: {type: folder, path: diary}", "lee: {read: [d], write: d}", identity="another1")
    ran = apply(practice, plan, other, "--yes")
    assert ran.code == 2
    assert "not among those named" in ran.error


# --- killed on a real server ----------------------------------------------------------------------------------------


@pytest.mark.server
def test_a_killed_apply_is_taken_up_again_and_ends_as_the_plan_says(
    practice: Practice, radicale: RunningServer
) -> None:
    url = radicale.make_calendar("applied")
    sessions = [session(day, hour) for day in (1, 2, 3, 4) for hour in (9, 11, 13, 15)]
    for number, event in enumerate(sessions):
        radicale.put(f"{url}{number}.ics", vcalendar(event))
    account = f"cloud: {{type: caldav, url: '{url}', user: {USER}, password: {{env: SECRET}}}}"
    practice.rules(account, "lee: {read: [cloud], write: cloud}")
    environment = practice.environment | {"SECRET": PASSWORD}
    path = practice.folder / "plan.json"
    assert run(practice.command("preview", practice.file, "--output", path), environment).code == 0
    line = practice.command("apply", path, "--yes")
    process = subprocess.Popen(line, env=environment)
    until = time.monotonic() + 60
    while len(radicale.list(url)) < len(sessions) + 5:
        assert process.poll() is None, "it was done before it could be killed"
        assert time.monotonic() < until
    process.send_signal(signal.SIGKILL)
    process.wait()
    half = len(radicale.list(url))
    assert half < len(sessions) + len(planned(path))
    assert silent(run(line, environment))
    bodies = [radicale.get(address) for address in radicale.list(url)]
    written = [body.decode() for body in bodies if b"X-SESSION-BREAKS" in body]
    assert len(written) == len(planned(path))
    for start, end in planned(path):
        assert any(f"DTSTART:{start}" in text and f"DTEND:{end}" in text for text in written)


# --- asked while others work ----------------------------------------------------------------------------------------


def test_nobody_waits_while_somebody_thinks_and_what_changed_meanwhile_is_shown_again(practice: Practice) -> None:
    """At the prompt another night's run finishes, and a client books: what is written is what was shown last."""
    diary = practice.one_therapist(session(1, 10))
    before: dict[str, bytes] = {}

    def meanwhile() -> str:
        practice.calendar("diary", session(1, 10), session(2, 10))
        started = time.monotonic()
        assert silent(practice.run("sync", "--yes"))
        assert time.monotonic() - started < 30, "it waited for the lock"
        (diary / "event-2.ics").write_bytes(vcalendar(session(3, 10)))
        before.update(contents(diary))
        return "y\n"

    def again() -> str:
        assert contents(diary) == before
        return "y\n"

    line = practice.command("sync", practice.file)
    question = "Write this to the calendar? [y/N]:"
    seen = on_terminal(
        line, practice.environment, [(question, meanwhile), (question.replace("y/N", "Y/n"), again)], patience=90
    )
    assert seen.code == 0
    assert "lee: 2 new, 0 moved, 0 removed" in seen.screen
    assert "The calendar changed meanwhile" in seen.screen
    assert len(own(diary)) == 6
