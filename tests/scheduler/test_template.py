"""The rule file that `init` writes loads as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules import presets
from rules.problems import BadValueError
from scheduler.rulefile import load, warnings
from scheduler.template import template


@pytest.mark.parametrize("preset", [*presets.names(), "none"])
def test_the_template_loads_without_a_problem_and_nothing_is_odd_about_it(tmp_path: Path, preset: str) -> None:
    file = tmp_path / "riverside.yaml"
    text = template(preset, "Riverside Counselling", "lee", "7f3k9q2m", "Europe/London")
    file.write_text(text, encoding="utf-8")
    practice = load(file)
    assert warnings(practice) == []
    assert (practice.name, practice.id, list(practice.therapists)) == ("Riverside Counselling", "7f3k9q2m", ["lee"])
    rules = practice.therapists["lee"]
    assert rules.timezone.key == "Europe/London"
    assert rules.breaks.after.total_seconds() >= 600
    assert rules.bookable == ("individual",)
    assert practice.accounts["folder"].options == {"path": "~/calendars/lee"}


@pytest.mark.parametrize(
    ("practice", "therapist", "owner"),
    [
        ("Riverside: Counselling #1", "lee", "00123"),
        ('"Quoted" & \\ Co.', "zo\u00eb.k", "1e5"),
        ("null", "null", "null"),
        ("yes", "on", "12345678"),
        ("{name}", "007", "0o17"),
        ("*Star*", "lee", "true"),
        ("- dash", "a-b_c", "1.50"),
        ("\u5fc3\u7406", "\u674e", "x_9"),
    ],
)
def test_every_name_stands_in_the_template_as_it_was_given(
    tmp_path: Path, practice: str, therapist: str, owner: str
) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(template("balanced", practice, therapist, owner, "Asia/Tokyo"), encoding="utf-8")
    found = load(file)
    assert (found.name, found.id, list(found.therapists)) == (practice, owner, [therapist])


@pytest.mark.parametrize(
    ("preset", "practice", "therapist", "owner", "timezone"),
    [
        ("balancd", "P", "lee", "x1", "Europe/London"),
        ("balanced", "", "lee", "x1", "Europe/London"),
        ("balanced", "P", "a/b", "x1", "Europe/London"),
        ("balanced", "P", "none", "x1", "Europe/London"),
        ("balanced", "P", "lee", "", "Europe/London"),
        ("balanced", "P", "lee", "a b", "Europe/London"),
        ("balanced", "P", "lee", "x1", "Nowhere"),
    ],
)
def test_what_a_rule_file_could_not_hold_is_refused_with_advice(
    preset: str, practice: str, therapist: str, owner: str, timezone: str
) -> None:
    with pytest.raises(BadValueError) as raised:
        template(preset, practice, therapist, owner, timezone)
    assert raised.value.advice


def test_lines_that_are_proposed_as_comments_load_when_they_are_taken_over(tmp_path: Path) -> None:
    text = template("balanced", "P", "lee", "7f3k9q2m", "Europe/London")
    proposed = (
        *("  # cloud: ", "  # ehr: ", "# holidays: ", "# breaks: ", "# limits: ", "# rest: ", "# protect:"),
        *("#   - {name", "#   - {use", "  # - {calendar", "  # - 2027-01-04", "  # - 2027-07-19"),
    )
    for comment in proposed:
        assert comment in text
        text = text.replace(comment, comment.replace("# ", "", 1) if comment.startswith(" ") else comment[2:])
    file = tmp_path / "r.yaml"
    file.write_text(text, encoding="utf-8")
    practice = load(file)
    assert set(practice.accounts) == {"folder", "cloud", "ehr"}
    rules = practice.therapists["lee"]
    assert (rules.per_day.sessions, rules.days_off.holidays) == (4, ("GB-ENG",))
    assert len(rules.days_off.ranges) == 2
    assert [item.name for item in rules.protect] == ["Lunch", "Supervision", "Me time", "Nature"]
    assert rules.in_a_row is not None
    assert rules.in_a_row.sessions == 2
    assert rules.rest.between_days is not None
    assert rules.rest.between_days.total_seconds() == 12 * 3600
    assert rules.sessions[-1].calendar == "ehr"


@pytest.mark.parametrize("preset", presets.names())
def test_the_template_says_what_the_preset_brings_that_the_file_does_not_show(tmp_path: Path, preset: str) -> None:
    text = template(preset, "P", "lee", "7f3k9q2m", "Europe/London")
    file = tmp_path / "r.yaml"
    file.write_text(text, encoding="utf-8")
    rules = load(file).therapists["lee"]
    said = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
    assert (rules.notes is not None) == ("time for notes" in said)
    assert any(item.name == "Supervision" for item in rules.protect) == ("for supervision" in said)
    assert any(item.name == "Me time" for item in rules.protect) == ("for me time" in said)
    assert (rules.rest.day_span is not None) == ("length of a day" in said)
