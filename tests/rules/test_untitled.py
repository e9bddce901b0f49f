"""`titles: never`: what it says for whom, and that a rule which looks at titles is then refused at its place."""

from __future__ import annotations

import pytest

from rules.loading import load_text

from .rule_texts import BASE, for_lee, problems

SESSIONS = "tell sessions by `calendar`, `longer_than` and `shorter_than`"
NEVER = "titles are never read (`titles: never`), so this never matches"


def test_titles_are_read_unless_somebody_says_never() -> None:
    assert load_text(BASE, "r.yaml").therapists["lee"].titles
    assert load_text(f"{BASE}titles: read\n", "r.yaml").therapists["lee"].titles
    assert not load_text(f"{BASE}titles: never\n", "r.yaml").therapists["lee"].titles
    assert not load_text(for_lee("titles: never"), "r.yaml").therapists["lee"].titles


def test_an_account_may_say_it_for_its_own_events() -> None:
    practice = load_text(BASE.replace("path: x}", "path: x, titles: never}"), "r.yaml")
    assert [account.titles for account in practice.accounts.values()] == [False, True, True]
    assert practice.therapists["lee"].titles


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('sessions: [{title: "Client*", kind: individual}]', [f"8:13: {NEVER}; {SESSIONS}"]),
        ("sessions: [{longer_than: 40 min, kind: individual}, {title: Staff, kind: none}]",
         [f"8:54: {NEVER}; {SESSIONS}"]),
        ('days_off: [2027-01-04, {title: "*leave*"}]', [f"8:25: {NEVER}; write the dates"]),
        ('protect: [{name: Supervision, amount: 90 min per month, satisfied_by: {title: "sup*"}}]',
         [f"8:72: {NEVER}; tell it by `calendar`, or write `satisfied_by: none`"]),
        ("sessions: [{calendar: cal, longer_than: 40 min, kind: individual}]", []),
    ],
)  # fmt: skip
def test_a_rule_that_looks_at_titles_is_refused_where_none_is_read(written: str, told: list[str]) -> None:
    assert problems("", f"{BASE}titles: never\n{written}\n") == [f"r.yaml:{line}" for line in told]


def test_what_a_preset_counts_by_title_is_no_mistake_of_the_practice() -> None:
    assert problems("", f"{BASE}titles: never\npreset: balanced\n") == []


@pytest.mark.parametrize(
    ("read", "rule", "told"),
    [
        ("[cal]", "{title: A, kind: individual}", [f"7:13: {NEVER}; {SESSIONS}"]),
        ("[cal, ehr]", "{title: A, kind: individual}", []),
        ("[cal, ehr]", "{title: A, calendar: ehr, kind: individual}", []),
        ("[cal, ehr]", "{title: A, calendar: cal, kind: individual}",
         [f"7:13: {NEVER.replace('titles', 'titles of `cal`', 1)}; {SESSIONS}"]),
    ],
)  # fmt: skip
def test_where_one_account_says_never_only_what_looks_at_it_alone_is_refused(
    read: str, rule: str, told: list[str]
) -> None:
    base = BASE.replace("path: x}", "path: x, titles: never}").replace("read: [cal]", f"read: {read}")
    assert problems("", f"{base}sessions: [{rule}]\n") == [f"r.yaml:{line}" for line in told]


def test_what_is_never_for_the_practice_can_be_locked() -> None:
    loosened = for_lee("titles: read", f"{BASE}titles: never\nlocked: [titles]\n")
    assert [line.split(": ", 1)[1] for line in problems("", loosened)] == [
        "`titles` is locked, and `titles` would be looser for this therapist; remove it, or write what is stricter"
    ]
