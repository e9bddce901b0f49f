"""Any text gives a practice or problems with their places, never anything else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.loading import load_text
from rules.practice import Practice
from rules.problems import RuleFileError
from tests.rules.rule_texts import BASE, EXAMPLE

TIMES = int(os.environ.get("FUZZ", "1"))  # how many times as many in `make fuzz`

PIECES = st.sampled_from(
    [
        "none", "~", "", "*x", "&x", "<<: *x", "{}", "[]", "[[]]", "{a: b}", "- a", "? ", ": ", "yes", "0", "-1",
        "1e999",
        "09:00-13:00", "22:00-03:00", "24:00", "45 min", "2027-01-04", "mon-fri",
        "!!int 3", "!x", "'", '"', "\t", "\n",
        "  ", "|", ">", "#", "%", "@", "`", "\\", "\u2028", "\x85", "\x00", "\ufeff", "sunset", "/(/", "Lunch", "emdr",
        "sunset to sunset+60 min", "3 per week", "90 min per month", "30-90 min", "last session", "nature", "use",
        "from",
        "lee", "cloud/x", "limits", "protect", "at", "off", "therapists", "preset: trauma\n",
        "locked: protect\n", "---\n",
    ]
)  # fmt: skip


def read(text: str) -> Practice | RuleFileError:
    try:
        return load_text(text, "any.yaml")
    except RuleFileError as raised:
        error = raised
    lines = 1 + sum(text.count(end) for end in "\n\r\x85\u2028\u2029")
    assert error.problems
    for problem in error.problems:
        assert problem.place.file == "any.yaml"
        assert 1 <= problem.place.line <= lines + 1
        assert problem.place.column >= 1
        assert problem.what
        assert problem.advice
        assert "\n" not in str(problem)
    return error


@given(st.text(max_size=200))
def test_any_text_gives_a_practice_or_problems_with_places(text: str) -> None:
    read(text)


@settings(max_examples=150 * TIMES, deadline=None)
@given(st.data())
def test_a_rule_file_with_anything_put_into_it_gives_a_practice_or_problems(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([BASE, EXAMPLE]))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(PIECES) + text[end:]
    read(text)


@settings(max_examples=150 * TIMES, deadline=None)
@given(st.data())
def test_any_value_under_any_key_gives_a_practice_or_problems(data: st.DataObject) -> None:
    names = (
        "limits protect breaks kinds sessions days_off working_hours locked blocks accounts therapists bookable "
        "holidays read per_day name at between length title kind lee rest notes location in_a_row use "
        "times amount pieces "
        "satisfied_by after at_most from until every mon latitude then per_session"
    )
    keys = names.split()
    words = PIECES.filter(lambda piece: piece.isprintable() and not set(piece) & set("\"'`%@|>*&!?:#{}[]-,\\"))
    value = st.recursive(
        words,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
            st.dictionaries(st.sampled_from(keys), inner, max_size=3).map(
                lambda pairs: "{" + ", ".join(f"{key}: {item}" for key, item in pairs.items()) + "}"
            ),
        ),
        max_leaves=8,
    )
    read(f"{BASE}{data.draw(st.sampled_from(keys))}: {data.draw(value)}\n")


@pytest.mark.parametrize(
    "text", ['a: "\\U00110000"', "&a [*a]", "{" * 300, "? ? ? a", "%YAML 9.9\n---\na: 1", "%TAG ! x\n---\n!a b"]
)
def test_texts_on_which_parsers_stumble_are_problems(text: str) -> None:
    assert isinstance(read(text), RuleFileError)


def test_a_rule_file_cannot_make_its_loading_read_other_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SENTINEL")
    added = f"blocks: {{title: {secret}}}\nprotect: [{{name: '!include {secret}', at: 10:00-11:00}}]\n"
    practice = load_text(BASE + added, "r.yaml")
    assert "SENTINEL" not in repr(practice)
    assert isinstance(read(f"{BASE}breaks: !include {secret}\n"), RuleFileError)
    assert isinstance(read(f"{BASE}preset: ../../{secret}\n"), RuleFileError)
