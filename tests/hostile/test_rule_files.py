"""Rule files made to take the tool down, and titles made to take a rule file's patterns down."""

from __future__ import annotations

import os
import re
import time
import warnings
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.loading import load_text
from rules.problems import BadValueError, RuleFileError, TooSlowError
from rules.values import title_pattern
from tests.end_to_end.practice import Practice, session
from tests.rules.rule_texts import BASE

from .bounds import Attacked, measured

LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))

FILES = {
    "aliases that name one another": BASE + LAUGHS,
    "merges that name one another": BASE + "a0: &a0 {b: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12)),
    "an anchor in itself": BASE + "a: &a [*a]\n",
    "brackets without end": BASE + "a: " + "[" * 100_000,
    "braces without end": BASE + "a: " + "{a: " * 40_000,
    "dashes without end": BASE + "a:\n " + "- " * 80_000 + "x\n",
    "question marks without end": BASE + "? " * 90_000,
    "a line of 10 MB": BASE + f"practice2: {'x' * 10_000_000}\n",
    "a key of 150,000 characters": BASE + f"{'k' * 150_000}: 1\n",
    "150,000 spaces": BASE + " " * 150_000 + "x: 1\n",
    "150,000 characters of white space in quotes": BASE + f"blocks: {{title: '{' ' * 150_000}'}}\n",
    "a hundred thousand commas": BASE + f"days_off: [{',' * 100_000}]\n",
    "twenty thousand keys": BASE + "".join(f"k{n}: 1\n" for n in range(15_000)),
    "a key a thousand times": BASE + "grid: 5 min\n" * 10_000,
    "ten thousand misspelt days off": BASE + f"days_off: [{', '.join(f'2027-13-{n}' for n in range(10_000))}]\n",
    "a range of days off to the year 9999": BASE + "days_off: [0001-01-01..9999-12-31]\n",
    "ten thousand zones": BASE + "therapists2: [" + "Europe/Lodnon, " * 9_000 + "]\n",
    "a number of 5000 digits": BASE + f"limits: {{per_day: {{sessions: {'9' * 5000}}}}}\n",
    "a length of 5000 digits": BASE + f"breaks: {{after: {'9' * 5000} min}}\n",
    "a length in ISO 8601 of 5000 digits": BASE + f"breaks: {{after: PT{'9' * 5000}M}}\n",
    "a horizon of a million weeks": BASE + "horizon: 1000000 weeks\n",
    "a quota of a hundred thousand": BASE + "protect: [{name: A, length: 1 h, times: 100000 per week}]\n",
    "an amount of a million minutes": BASE + "protect: [{name: A, amount: 100000 h per day, pieces: 1-1000000 h}]\n",
    "NULs": BASE + "blocks: {title: 'a\0b'}\n",
    "tabs": BASE + "\tblocks:\n\t\ttitle: a\n",
    "lone surrogates": BASE + "blocks: {title: \"\\ud800\"}\n",
    "text that goes backwards": BASE + "blocks: {title: '\u202e\u2066\u200b'}\n",
    "an escape beyond Unicode": BASE + 'blocks: {title: "\\U7fffffff"}\n',
    "a regular expression of brackets": BASE + f"sessions: [{{title: '/{'(' * 140}{')' * 140}/', kind: none}}]\n",
    "a regular expression that counts": BASE + "sessions: [{title: '/(((a{9,99}){9,99}){9,99}){9,99}/', kind: none}]\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_rule_file_that_nobody_writes_is_a_practice_or_problems_with_places(name: str) -> None:
    began = time.process_time()
    said = outcome(FILES[name])
    assert time.process_time() - began < 5
    assert all(line.startswith("any.yaml:") and len(line) < 500 for line in said)
    assert len(said) < 20_000


def outcome(text: str) -> list[str]:
    """Every problem as it is shown; none where the file is good."""
    try:
        load_text(text, "any.yaml")
    except RuleFileError as error:
        return str(error).splitlines()
    return []


EVIL = ["/(a+)+$/", "/(a|a)*$/", "/(a*)*b/", "/^(\\w+\\s?)*$/", "/(.*)(.*)(.*)(.*)(.*)(.*)(.*)x$/", "/(a{0,30}){30}b/"]


@pytest.mark.parametrize("pattern", EVIL)
def test_a_pattern_that_a_title_keeps_busy_for_ever_is_given_up_on(pattern: str) -> None:
    began = time.process_time()
    for title in ("a" * 60, "a" * 999 + "!", "a " * 499 + "!"):
        with suppress(TooSlowError):
            title_pattern(pattern).matches(title)
    assert time.process_time() - began < 8
    with pytest.raises(TooSlowError):
        title_pattern("/(a|aa)+$/").matches("a" * 60 + "!")


PARTS = (
    "a", "b", "(", "(?:", "(?i:", "(?P<n>", "(?P=n)", "(?=", "(?<=", "(?<!", "(?!", "(?(1)", "|", ")", ")", "*", "+",
    "?", "{2}", "{,2}", "{2,1}", "{1,}", "{,}", "{}", "{", "}", "[", "]", "^", "$", r"\b", r"\w", r"\d", r"\1", r"\A",
    r"\Z", "-", "[a-z]", "[^a]", "[[:a", "&&", "--", "~~", "||", ".", r"\x41", r"\u0041", r"\N{DASH}", r"\p{L}", "e",
    "(?x)", "(?V1)", "(?e)", "(?R)", " ", "(?>", "*+", "{e}", "{i<=1}", "{e<=1}", r"\{", r"\h", r"\K", "\\",
    "[:alpha:]", "[:^digit:]", ":]", "[:",
)  # fmt: skip
TITLES = (
    "a",
    "ab",
    "A b",
    "aa-b",
    "{e}",
    "a{2,1}",
    "a{e}",
    "ba{e<=1}",
    "a--b",
    "a&&b",
    "b}",
    "a{",
    "[[:a",
    "q",
    "7",
    ":]",
    "^",
)


@settings(max_examples=400 * int(os.environ.get("FUZZ", "1")))
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=7).map("".join))
@example("a{e}")
@example("{e}")
@example("b{e<=1}?")
@example("{i")
@example(r"\N{EM DASH}{e}")
@example("[a{e}]")
@example("[[:alpha:]]")
@example("[]a[:alpha:]]")
@example(r"[^\][:^digit:]]")
def test_a_pattern_that_is_taken_says_of_every_title_what_python_says(pattern: str) -> None:
    """The engine that can be told to stop reads a brace as "about this": nothing of the kind gets through."""
    try:
        found = title_pattern(f"/{pattern}/")
    except BadValueError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        python = re.compile(pattern, re.IGNORECASE)
    for title in TITLES:
        assert found.matches(title) is (python.search(title) is not None), title


@pytest.mark.parametrize("pattern", [r"a{99999999999}", r"\p{L}+", r"(?V1)[a--b]", r"(?e)a{e<=1}", r"(?R)", r"\K"])
def test_a_pattern_that_only_one_engine_takes_is_told_with_its_file_and_line(pattern: str) -> None:
    line = BASE.count("\n") + 1
    [said] = outcome(BASE + f"days_off: [{{title: '/{pattern}/'}}]\n")
    assert said.startswith(f"any.yaml:{line}:")
    assert "this regular expression cannot be read" in said


@pytest.mark.parametrize(("pattern", "at"), [("[[:alpha:]]+", 2), ("^[^_[:digit:]]", 5), (r"\[[a[:L:]]", 5)])
def test_a_named_class_is_told_with_its_place_and_what_to_write(pattern: str, at: int) -> None:
    line = BASE.count("\n") + 1
    [said] = outcome(BASE + f"days_off: [{{title: '/{pattern}/'}}]\n")
    assert said.startswith(f"any.yaml:{line}:20")
    assert f"a regular expression with a named class, `[:…:]` (at its character {at})" in said
    assert r"write `[^\W\d_]` for a letter" in said


@pytest.mark.parametrize("pattern", ["[:alpha:]", r"[\[:alpha:]]", r"\[[:a:]", "[a] [:b:]", r"[a[\:a:]]"])
def test_brackets_and_colons_that_both_engines_read_alike_are_taken(pattern: str) -> None:
    assert title_pattern(f"/{pattern}/").matches(": a]") is (re.search(pattern, ": a]") is not None)


@pytest.mark.parametrize("glob", ["*a*a*a*a*a*a*a*a*a*a*b", "*" * 290 + "b", "*?*?*?*?*?*?*?*?*?b", "a*" * 140])
def test_a_glob_of_stars_is_fast_on_every_title(glob: str) -> None:
    began = time.process_time()
    for _ in range(20):
        title_pattern(glob).matches("a" * 1000)
    assert time.process_time() - began < 2


def test_a_slow_pattern_stops_only_those_whose_titles_it_meets(attacked: Attacked) -> None:
    attacked.practice.calendar("bad", session(3, 10, title="a" * 60 + "!"))
    attacked.rules("{type: folder, path: bad}")
    text = attacked.practice.file.read_text()
    attacked.practice.file.write_text(text.replace("sessions: [", "sessions: [{title: '/(a|aa)+$/', kind: none}, "))
    found = attacked.sync()
    attacked.held(found)
    assert found.ran.code == 1
    assert "noor: a regular expression of the rule file" in found.ran.error
    assert "aaa" not in found.ran.said


@pytest.mark.parametrize("name", ["aliases that name one another", "brackets without end", "a line of 10 MB",
                                  "a hundred thousand commas", "twenty thousand keys"])  # fmt: skip
def test_a_hostile_rule_file_costs_little_and_stops_no_other_practice(tmp_path: Path, name: str) -> None:
    practice = Practice(tmp_path)
    lee = practice.one_therapist(session(1, 10))
    bad = practice.folder / "bad.yaml"
    bad.write_text(FILES[name])
    found = measured(practice.command("sync", "--yes", practice.file, bad), practice.environment)
    assert found.ran.code == 1
    assert found.busy < 10
    assert found.peak < 512
    assert "Traceback" not in found.ran.said
    assert len(list(lee.iterdir())) == 3, "the session has held time before it and a break after it"


def test_a_rule_file_of_a_hundred_megabytes_is_read_no_further_than_a_megabyte(tmp_path: Path) -> None:
    practice = Practice(tmp_path)
    with practice.file.open("wb") as file:
        for _ in range(100):
            file.write(b"a: b # nothing\n" * 70_000)
    found = measured(practice.command("check", practice.file), practice.environment)
    assert found.ran.code == 1
    assert "this file has more than 200000 characters" in found.ran.said
    assert found.busy < 5
    assert found.peak < 128


def test_check_runs_no_command_and_a_night_does(tmp_path: Path) -> None:
    practice = Practice(tmp_path)
    practice.rules(
        f"bad: {{type: caldav, url: 'http://127.0.0.1:9/', user: a, password: {{command: [touch, {tmp_path}/ran]}}}}",
        "lee: {read: [bad/x], write: bad/x}",
    )
    for words in (("check",), ("check", "--explain-preset")):
        practice.run(*words)
        assert not (tmp_path / "ran").exists(), words
    practice.run("preview")
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("address", ["file:///etc/hostname", "/etc/hostname", "ftp://127.0.0.1/", "unix:///run/x"])
@pytest.mark.parametrize("kind", ["caldav", "feed"])
def test_an_address_that_is_a_secret_is_no_way_to_files(attacked: Attacked, kind: str, address: str) -> None:
    attacked.rules(f"{{type: {kind}, url: {{env: ADDRESS}}}}")
    attacked.refused(attacked.sync(ADDRESS=address), "`url`", "no address that starts with https://")


def test_a_secrets_command_that_prints_without_end_or_never_ends_is_stopped(attacked: Attacked) -> None:
    attacked.rules(
        "{type: caldav, url: 'http://127.0.0.1:9/', user: a, password: {command: [cat, /dev/zero]}}", "bad/x"
    )
    found = attacked.sync()
    assert found.peak < 512
    attacked.refused(found, "the command cat for a secret")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/urandom", "/", "pipe"])
def test_a_secrets_file_that_is_none_makes_nobody_wait(attacked: Attacked, path: str) -> None:
    os.mkfifo(attacked.practice.folder / "pipe", 0o600)
    attacked.rules(f"{{type: caldav, url: 'http://127.0.0.1:9/', user: a, password: {{file: {path}}}}}", "bad/x")
    attacked.refused(attacked.sync(), "the secret file")
