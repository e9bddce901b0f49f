"""On a terminal somebody is asked, sees how far it is, and sees colours; anywhere else none of it."""

from __future__ import annotations

import pytest

from .practice import Practice, own, session, vcalendar
from .terminal import Seen, on_terminal

QUESTION = "Write this to the calendar? [y/N]:"


def at_a_desk(practice: Practice, *words: str, answers: tuple[tuple[str, str], ...] = (), **environment: str) -> Seen:
    line = [*practice.command(*words), str(practice.file)]
    return on_terminal(line, practice.environment | {"TERM": "xterm-256color"} | environment, answers)


def test_sync_says_what_it_would_write_and_asks(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    seen = at_a_desk(practice, "sync", answers=((QUESTION, "n\n"),))
    assert "lee: 2 new, 0 moved, 0 removed" in seen.screen


def test_no_writes_nothing(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    seen = at_a_desk(practice, "sync", answers=((QUESTION, "n\n"),))
    assert seen.code == 3
    assert "nothing was written" in seen.screen
    assert own(diary) == {}


def test_no_answer_means_no_the_first_time_and_where_something_is_removed_else_yes(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert at_a_desk(practice, "sync", answers=((QUESTION, "\n"),)).code == 3
    assert own(diary) == {}
    assert practice.run("sync", "--yes").code == 0
    (diary / "event-9.ics").write_bytes(vcalendar(session(2, 10)))
    assert at_a_desk(practice, "sync", answers=((QUESTION.replace("y/N", "Y/n"), "\n"),)).code == 0
    assert len(own(diary)) == 4
    (diary / "event-9.ics").unlink()
    assert at_a_desk(practice, "sync", answers=((QUESTION, "\n"),)).code == 3
    assert len(own(diary)) == 4


def test_yes_writes_and_says_what_was_written(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    seen = at_a_desk(practice, "sync", answers=((QUESTION, "y\n"),))
    assert seen.code == 0
    assert "lee: 2 blocks written (2 new), no findings" in seen.screen
    assert len(own(diary)) == 2
    again = at_a_desk(practice, "sync")
    assert again.code == 0
    assert QUESTION not in again.screen
    assert "lee: nothing to change, no findings" in again.screen


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_an_interrupt_is_no_answer_and_writes_nothing_for_anybody(practice: Practice, key: str) -> None:
    practice.rules(
        "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}",
        "lee: {read: [lee], write: lee}\nnoor: {read: [noor], write: noor}",
    )
    lee, noor = practice.calendar("lee", session(1, 10)), practice.calendar("noor", session(2, 10))
    seen = at_a_desk(practice, "sync", answers=((QUESTION, key),))
    assert seen.code == 2
    assert "session-breaks: stopped" in seen.screen
    assert "Traceback" not in seen.screen
    assert "noor" not in seen.screen
    assert own(lee) == own(noor) == {}
    assert practice.run("sync", "--yes").code == 0, "the lock is free again"


def test_every_therapist_is_asked_for_and_answered_for_alone(practice: Practice) -> None:
    practice.rules(
        "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}",
        "lee: {read: [lee], write: lee}\nnoor: {read: [noor], write: noor}",
    )
    lee, noor = practice.calendar("lee", session(1, 10)), practice.calendar("noor", session(2, 10))
    seen = at_a_desk(practice, "sync", answers=((QUESTION, "n\n"), (QUESTION, "y\n")))
    assert seen.code == 3
    assert (len(own(lee)), len(own(noor))) == (0, 2)


def test_the_blocks_of_a_therapist_who_left_are_asked_for_too(practice: Practice) -> None:
    accounts = "lee: {type: folder, path: lee}\nnoor: {type: folder, path: noor}"
    practice.rules(accounts, "lee: {read: [lee], write: lee}\nnoor: {read: [noor], write: noor}")
    lee, _ = practice.calendar("lee", session(1, 10)), practice.calendar("noor", session(2, 10))
    assert practice.run("sync", "--yes").code == 0
    practice.rules(accounts, "noor: {read: [noor], write: noor}")
    seen = at_a_desk(practice, "sync", answers=((QUESTION, "n\n"),))
    assert "lee: 0 new, 0 moved, 2 removed" in seen.screen
    assert len(own(lee)) == 2
    seen = at_a_desk(practice, "sync", answers=((QUESTION, "y\n"),))
    assert "lee: no longer in the rule file, 2 own blocks removed" in seen.screen
    assert own(lee) == {}


def test_with_yes_or_for_a_dry_run_nobody_is_asked(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    seen = at_a_desk(practice, "sync", "--dry-run")
    assert seen.code == 0
    assert "lee: 2 blocks would be written (2 new), no findings" in seen.screen
    assert own(diary) == {}
    assert at_a_desk(practice, "sync", "--yes").code == 0
    assert len(own(diary)) == 2


def test_clear_asks_and_takes_no_for_an_answer(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert practice.run("sync", "--yes").code == 0
    seen = at_a_desk(practice, "clear", answers=(("Remove them? [y/N]:", "\n"),))
    assert seen.code == 3
    assert len(own(diary)) == 2
    seen = at_a_desk(practice, "clear", answers=(("Remove them? [y/N]:", "y\n"),))
    assert seen.code == 0
    assert own(diary) == {}


def test_without_a_terminal_clear_asks_nothing_and_removes_nothing(practice: Practice) -> None:
    diary = practice.one_therapist(session(1, 10))
    assert practice.run("sync", "--yes").code == 0
    ran = practice.run("clear")
    assert ran.code == 3
    assert "--yes" in ran.error
    assert len(own(diary)) == 2


def test_progress_is_shown_while_it_works_and_taken_away(practice: Practice) -> None:
    practice.one_therapist(*(session(day, 10) for day in (1, 2, 3)))
    seen = at_a_desk(practice, "preview")
    assert "\r\033[Kreading: lee" in seen.screen
    assert "\r\033[K" in seen.screen.split("reading: lee")[-1]
    seen = at_a_desk(practice, "sync", "--yes")
    for text in ("writing: lee", "writing: lee 1 of 6", "writing: lee 6 of 6"):
        assert f"\r\033[K{text}" in seen.screen
    seen = at_a_desk(practice, "preview", TERM="dumb")
    assert "reading:" not in seen.screen
    assert "reading" not in practice.run("preview").said


def test_the_question_stands_on_a_line_of_its_own_while_progress_is_shown(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    seen = at_a_desk(practice, "sync", answers=((QUESTION, "y\n"),))
    before = seen.screen.split("lee: 2 new")[0]
    assert before.endswith("\r\033[K")
    assert "writing: lee 2 of 2" in seen.screen.split(QUESTION)[1]


def test_colours_on_a_terminal_unless_it_is_dumb_or_they_are_unwanted(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    coloured = at_a_desk(practice, "preview").screen
    assert "\033[48;5;" in coloured
    for unwanted in ({"TERM": "dumb"}, {"NO_COLOR": "1"}):
        plain = at_a_desk(practice, "preview", **unwanted).screen
        assert "\033[" not in plain.replace("\r\033[K", "")
    assert "\033[" not in practice.run("preview", TERM="xterm-256color").out


def test_a_dumb_terminal_shows_the_same_letters(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    seen = at_a_desk(practice, "preview", TERM="dumb")
    assert seen.code == 0
    assert seen.screen.replace("\r\n", "\n") == practice.run("preview", COLUMNS="100").out


def test_the_preview_is_as_wide_as_the_terminal(practice: Practice) -> None:
    practice.one_therapist(session(1, 10))
    line = [*practice.command("preview"), str(practice.file)]
    for columns in (40, 80, 160):
        seen = on_terminal(line, practice.environment | {"TERM": "dumb"}, columns=columns)
        widest = max(map(len, seen.screen.split("\r\n")))
        assert columns - 10 < widest <= columns


def test_init_asks_for_the_names(practice: Practice) -> None:
    line = practice.command("init", str(practice.folder / "new.yaml"))
    answers = (("Practice", "Elm House\n"), ("Therapist", "robin\n"), ("Time zone", "Europe/Dublin\n"))
    seen = on_terminal(line, practice.environment | {"TERM": "xterm"}, answers)
    assert seen.code == 0
    text = (practice.folder / "new.yaml").read_text()
    for written in ("practice: Elm House\n", "  robin:\n", "timezone: Europe/Dublin\n"):
        assert written in text


def test_init_asks_again_after_what_a_rule_file_cannot_hold(practice: Practice) -> None:
    line = practice.command("init", str(practice.folder / "new.yaml"))
    answers = (
        ("Practice", "\n"),
        ("[me]:", "Robin Lee\n"),
        ("[me]:", "robin\n"),
        ("[UTC]:", "CEST\n"),
        ("[UTC]:", "Europe/Berlin\n"),
    )
    seen = on_terminal(line, practice.environment | {"TERM": "xterm", "TZ": "UTC"}, answers)
    assert seen.code == 0
    assert "cannot be a therapist's name" in seen.screen
    assert "a time zone is written as area and city" in seen.screen
    text = (practice.folder / "new.yaml").read_text()
    for written in ("practice: My practice\n", "  robin:\n", "timezone: Europe/Berlin\n"):
        assert written in text


def test_a_failure_is_shown_once_on_a_terminal(practice: Practice) -> None:
    practice.rules("diary: {type: folder, path: nowhere}", "lee: {read: [diary], write: diary}")
    seen = at_a_desk(practice, "preview", TERM="dumb")
    said = " ".join(seen.screen.split())
    assert seen.code == 1
    assert said.count("Nothing is planned or written") == 1
    assert "session-breaks: " not in said
    for words in (("--format", "json"), ("--output", str(practice.folder / "out"))):
        seen = at_a_desk(practice, "preview", *words)
        assert seen.screen.count("session-breaks: Elm Street Practice / lee") == 1
    assert "session-breaks: Elm Street Practice / lee" in practice.run("preview").error
