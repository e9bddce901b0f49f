"""The nightly run: an empty environment, nobody to ask, silent when all is well; and what happens between nights."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import filelock
import pytest

from tests.servers import PASSWORD, USER, RunningServer

from .practice import Practice, Ran, contents, facts, foreign, own, run, session, silent, vcalendar
from .terminal import on_terminal

CRON = "/usr/bin:/bin"
BOTH = "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}"
LEE, NOOR = "lee: {read: [lee], write: lee}", "noor: {read: [noor], write: noor}"


def cron(practice: Practice, *words: str | Path, home: bool = True) -> Ran:
    """Run as cron does, with PATH and HOME alone; without HOME, where state and configuration are has to be said."""
    environment = {"PATH": CRON, "HOME": str(practice.home)}
    if not home:
        environment = {name: practice.environment[name] for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        environment["PATH"] = CRON
    return run(practice.command(*words), environment)


def two_therapists(practice: Practice) -> tuple[Path, Path]:
    practice.rules(BOTH, f"{LEE}\n{NOOR}")
    return practice.calendar("lee", session(1, 10)), practice.calendar("noor", session(2, 10))


# --- where it works from --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("home", [True, False], ids=["with HOME", "without HOME"])
def test_one_file_from_an_empty_environment(practice: Practice, home: bool) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(cron(practice, "sync", "--yes", practice.file, home=home))
    assert len(own(diary)) == 2
    before = contents(diary)
    assert silent(cron(practice, "sync", practice.file, home=home))
    assert contents(diary) == before


@pytest.mark.parametrize("named", [True, False], ids=["files named", "the practices folder"])
def test_several_files(practice: Practice, named: bool) -> None:
    folder = practice.home / ".config" / "session-breaks" / "practices"
    files, calendars = [], []
    for name in ("one", "two"):
        calendars.append(practice.calendar(name, session(1, 10)))
        account = f"diary: {{type: folder, path: {calendars[-1]}}}"
        therapist = f"{name}: {{read: [diary], write: diary}}"
        files.append(practice.rules(account, therapist, identity=f"id{name}123", file=folder / f"{name}.yaml"))
    (folder / "notes.txt").write_text("no rule file")
    assert silent(cron(practice, "sync", "--yes", *(files if named else [])))
    assert [len(own(calendar)) for calendar in calendars] == [2, 2]


@pytest.mark.server
@pytest.mark.parametrize("secret", ["{file: secrets/password}", "{command: [cat, secrets/password]}"])
def test_secrets_reach_it_by_file_and_by_command(practice: Practice, radicale: RunningServer, secret: str) -> None:
    url = radicale.make_calendar(f"cron-{'file' if 'file' in secret else 'command'}")
    radicale.put(f"{url}session.ics", vcalendar(session(1, 10)))
    (practice.folder / "secrets").mkdir()
    (practice.folder / "secrets" / "password").write_text(f"{PASSWORD}\n")
    (practice.folder / "secrets" / "password").chmod(0o600)
    practice.rules(
        f"cloud: {{type: caldav, url: '{url}', user: {USER}, password: {secret}}}", "lee: {read: [cloud], write: cloud}"
    )
    assert silent(cron(practice, "sync", "--yes", practice.file))
    assert silent(cron(practice, "sync", practice.file))
    assert len(radicale.list(url)) == 3


def test_only_the_therapist_who_was_named(practice: Practice) -> None:
    lee, noor = two_therapists(practice)
    assert silent(cron(practice, "sync", "--yes", "--therapist", "noor", practice.file))
    assert (len(own(lee)), len(own(noor))) == (0, 2)


def test_a_first_run_that_nobody_agreed_to_is_refused_also_after_a_run_with_nothing_to_write(
    practice: Practice,
) -> None:
    diary = practice.one_therapist()
    assert silent(cron(practice, "sync", practice.file))
    practice.calendar("diary", session(1, 10))
    ran = cron(practice, "sync", practice.file)
    assert (ran.code, ran.out) == (3, "")
    assert "first run" in ran.error
    assert own(diary) == {}


def test_to_have_been_at_a_terminal_where_there_was_nothing_to_ask_is_no_consent(practice: Practice) -> None:
    diary = practice.one_therapist()
    assert on_terminal(practice.command("sync", practice.file), practice.environment).code == 0
    practice.calendar("diary", session(1, 10))
    ran = practice.run("sync")
    assert (ran.code, ran.out) == (3, "")
    assert "first run" in ran.error
    assert own(diary) == {}


def test_once_somebody_agreed_a_run_needs_no_yes_even_where_there_was_nothing_to_write(practice: Practice) -> None:
    diary = practice.one_therapist()
    assert silent(cron(practice, "sync", "--yes", practice.file))
    practice.calendar("diary", session(1, 10))
    assert silent(cron(practice, "sync", practice.file))
    assert len(own(diary)) == 2


# --- two at once, and one that dies ---------------------------------------------------------------------------------


@pytest.mark.server
def test_two_runs_at_the_same_time_write_nothing_twice(practice: Practice, radicale: RunningServer) -> None:
    url = radicale.make_calendar("at-once")
    for day in (1, 2, 3):
        radicale.put(f"{url}{day}.ics", vcalendar(session(day, 10)))
    practice.rules(*on(url))
    line = [*practice.command("sync", "--yes"), str(practice.file)]
    both = [
        subprocess.Popen(line, env=logged_in(practice), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in "ab"
    ]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said == [b"", b""]
    assert len(written(radicale, url)) == len(radicale.list(url)) - 3 == 6


def test_a_run_waits_while_another_one_writes(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert silent(practice.run("sync", "--yes"))
    [path] = (practice.state / "session-breaks" / "locks").glob("*.lock")
    practice.calendar("diary", session(1, 10), session(2, 10))
    with filelock.FileLock(path):
        waiting = subprocess.Popen([*practice.command("sync"), str(practice.file)], env=practice.environment)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(2)
        assert len(own(diary)) == 2
    assert waiting.wait(30) == 0
    assert len(own(diary)) == 4


@pytest.mark.server
def test_a_run_that_is_killed_and_started_again_ends_as_one_that_was_not(
    practice: Practice, radicale: RunningServer
) -> None:
    killed, quiet = radicale.make_calendar("killed"), radicale.make_calendar("quiet")
    sessions = [session(day, hour) for day in (1, 2, 3, 4) for hour in range(9, 17)]
    for url in (killed, quiet):
        for number, event in enumerate(sessions):
            radicale.put(f"{url}{number}.ics", vcalendar(event))
    other = practice.folder / "undisturbed"
    other.mkdir()
    undisturbed = Practice(other)
    undisturbed.rules(*on(quiet))
    assert silent(run(undisturbed.command("sync", "--yes", undisturbed.file), logged_in(undisturbed)))
    whole = len(radicale.list(quiet))

    practice.rules(*on(killed))
    line = practice.command("sync", "--yes", practice.file)
    for share in (0.1, 0.4):
        process = subprocess.Popen(line, env=logged_in(practice))
        until = time.monotonic() + 30
        while len(radicale.list(killed)) < len(sessions) + share * (whole - len(sessions)):
            assert process.poll() is None, "it was done before it could be killed"
            assert time.monotonic() < until
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert len(sessions) < len(radicale.list(killed)) < whole
    assert silent(run(practice.command("sync", practice.file), logged_in(practice)))
    assert written(radicale, killed) == written(radicale, quiet)
    assert len(radicale.list(killed)) == whole


def on(url: str) -> tuple[str, str]:
    account = f"cloud: {{type: caldav, url: '{url}', user: {USER}, password: {{env: SECRET}}}}"
    return account, "lee: {read: [cloud], write: cloud}"


def logged_in(practice: Practice) -> dict[str, str]:
    return practice.environment | {"SECRET": PASSWORD}


def written(server: RunningServer, url: str) -> list[tuple[str, str, str]]:
    """UID, start and end of every own block."""
    bodies = [server.get(address) for address in server.list(url)]
    return sorted(facts(body) for body in bodies if b"X-SESSION-BREAKS" in body)


# --- what a practice changes between two nights ---------------------------------------------------------------------


def test_a_paused_therapist_is_left_as_it_is_and_the_others_go_on(practice: Practice) -> None:
    lee, noor = two_therapists(practice)
    assert silent(practice.run("sync", "--yes"))
    before = contents(lee)
    practice.rules(BOTH, f"lee: {{read: [lee], write: lee, paused: yes}}\n{NOOR}")
    (lee / "event-0.ics").unlink()
    practice.calendar("noor", session(2, 10), session(3, 10))
    assert silent(practice.run("sync"))
    assert contents(lee) == {name: body for name, body in before.items() if name != "event-0.ics"}
    assert len(own(noor)) == 4
    assert "paused" in practice.run("preview").out


def test_a_therapist_who_left_gets_the_blocks_removed_and_nothing_else(practice: Practice) -> None:
    lee, noor = two_therapists(practice)
    assert silent(practice.run("sync", "--yes"))
    events, blocks = foreign(lee), own(noor)
    practice.rules(BOTH, NOOR)
    assert "lee: no longer in the rule file, 2 own blocks would be removed" in practice.run("sync", "--dry-run").out
    assert len(own(lee)) == 2
    assert silent(practice.run("sync"))
    assert contents(lee) == events
    assert own(noor) == blocks
    practice.rules(BOTH, f"{LEE}\n{NOOR}")
    assert silent(practice.run("sync", "--yes"))
    assert len(own(lee)) == 2, "who comes back is planned for again: nothing counts as deleted by hand"


def test_a_copy_of_the_rule_file_without_a_therapist_removes_nothing_of_theirs(practice: Practice) -> None:
    lee, _ = two_therapists(practice)
    assert silent(practice.run("sync", "--yes"))
    copy = practice.rules(BOTH, NOOR, file=practice.folder / "copy.yaml")
    assert silent(practice.run("sync", copy, file=False))
    assert len(own(lee)) == 2


def test_when_write_changes_the_old_blocks_are_removed_and_none_counts_as_deleted_by_hand(practice: Practice) -> None:
    lee, noor = practice.calendar("lee", session(1, 10)), practice.calendar("noor")
    events = contents(lee)
    first, second = LEE, "lee: {read: [lee, noor], write: noor}"
    practice.rules(BOTH, first)
    assert silent(practice.run("sync", "--yes"))
    blocks = own(lee)
    practice.rules(BOTH, second)
    assert silent(practice.run("sync"))
    assert contents(lee) == events
    assert len(own(noor)) == 2
    practice.rules(BOTH, first)
    assert silent(practice.run("sync"))
    assert contents(noor) == {}
    assert own(lee).keys() == blocks.keys()
    assert silent(practice.run("sync"))


def test_an_old_calendar_that_is_gone_for_ever_is_reported_and_stops_no_plan(practice: Practice) -> None:
    practice.calendar("lee", session(1, 10))
    practice.calendar("noor", session(2, 10))
    practice.rules(BOTH, LEE)
    assert silent(practice.run("sync", "--yes"))
    practice.rules(BOTH, "lee: {read: [noor], write: noor}")
    shutil.rmtree(practice.folder / "lee")
    for _ in range(2):
        ran = practice.run("sync", "--yes")
        assert ran.code == 1
        assert "lee: earlier blocks in lee could not be cleared" in ran.error
        assert len(own(practice.folder / "noor")) == 2
    [plan] = practice.run("preview", "--format", "json").json()["therapists"]
    assert [(finding["rule"], finding["code"]) for finding in plan["findings"]] == [("write", "not-cleared")]


def test_two_owners_in_one_calendar_never_touch_each_other_s_blocks(practice: Practice) -> None:
    folder = practice.calendar("lee", session(1, 10))
    practice.rules(BOTH, LEE)
    other = practice.rules(
        BOTH, "noor: {read: [lee], write: lee}", identity="another9", file=practice.folder / "z.yaml"
    )
    assert silent(practice.run("sync", "--yes"))
    blocks = contents(folder)
    assert silent(practice.run("sync", "--yes", other, file=False))
    assert len(own(folder)) == 4
    (folder / "event-0.ics").write_bytes(vcalendar(session(1, 10).replace("105000", "110000")))
    assert silent(practice.run("sync", "--force", other, file=False))
    assert own(folder).items() >= {name: body for name, body in blocks.items() if name != "event-0.ics"}.items()
    assert practice.run("clear", "--yes", other, file=False).code == 0
    assert own(folder) == {name: body for name, body in blocks.items() if name != "event-0.ics"}


def test_a_later_night_changes_nothing_of_what_stands(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10), session(3, 10), session(3, 14))
    assert silent(practice.run("sync", "--yes"))
    before = contents(diary)
    for now in ("2026-12-01T05:00:00+00:00", "2026-12-01T10:25:00+00:00", "2026-12-02T23:30:00+00:00"):
        assert silent(practice.run("sync", now=now))
        assert contents(diary) == before, now


def test_nothing_is_left_in_the_environment_s_temporary_folder(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    temporary = practice.folder / "tmp"
    temporary.mkdir()
    assert silent(practice.run("sync", "--yes", TMPDIR=str(temporary)))
    assert os.listdir(temporary) == []  # noqa: PTH208 - the names are all that matters
