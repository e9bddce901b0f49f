"""Account types: built in, by entry point, unknown; and what an account may say."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors import memory, registry
from connectors.base import CalendarError
from connectors.options import AccountOptions, length_of

from .samples import context


class OtherCalendar:
    """A third party's connector."""

    class Options(AccountOptions):
        server: str

    def __init__(self, calendar: str | None, context: Any) -> None:
        self.name = context.account
        self.calendar = calendar


class WithoutOptions:
    pass


def given(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, registry.GROUP) for name, value in points]
    monkeypatch.setattr(registry, "entry_points", lambda group: found if group == registry.GROUP else [])


def test_the_built_in_types_are_there_without_any_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    assert registry.types() == ["caldav", "feed", "folder", "google", "memory"]


def test_every_built_in_type_has_options_that_refuse_unknown_keys_and_describe_theirs() -> None:
    for kind in registry.BUILT_IN:
        model = registry.options_model(kind)
        assert model.model_config["extra"] == "forbid"
        for name, option in model.model_json_schema()["properties"].items():
            assert option.get("description"), (kind, name)


def test_our_own_entry_points_do_not_claim_a_type_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given(monkeypatch, *registry.BUILT_IN.items(), *registry.BUILT_IN.items())
    assert registry.types() == ["caldav", "feed", "folder", "google", "memory"]
    assert registry.open_calendar("memory", None, context(tmp_path, "m")).name == "m"
    memory.forget("m")


def test_a_third_partys_type_is_opened_and_checks_its_own_options(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given(monkeypatch, ("other", f"{__name__}:OtherCalendar"))
    assert "other" in registry.types()
    assert registry.open_calendar("other", "x", context(tmp_path, "o")).name == "o"
    with pytest.raises(ValidationError):
        registry.options_model("other").model_validate({"sever": "x"})


def test_an_unknown_type_is_refused_with_those_there_are() -> None:
    with pytest.raises(CalendarError, match="there is no account type caldva; there are: caldav, feed"):
        registry.options_model("caldva")


@pytest.mark.parametrize(
    ("points", "kind", "words"),
    [
        ([("x", "one:A"), ("x", "two:B")], "x", "one and two both claim the account type x; remove one of them"),
        ([("folder", "one:A")], "folder", "one also claims the account type folder, which is built in"),
        ([("x", "no_such_module_here:A")], "x", "cannot be loaded from no_such_module_here (ModuleNotFoundError)"),
        ([("x", f"{__name__}:WithoutOptions")], "x", "declares no options"),
    ],
)
def test_a_third_party_that_is_in_the_way_or_broken_is_named(
    monkeypatch: pytest.MonkeyPatch, points: list[tuple[str, str]], kind: str, words: str
) -> None:
    given(monkeypatch, *points)
    with pytest.raises(CalendarError) as caught:
        registry.options_model(kind)
    assert words in str(caught.value)


def test_listing_types_and_options_imports_no_calendar_library() -> None:
    code = (
        "import sys; from connectors import registry; registry.types();"
        "[registry.options_model(kind) for kind in registry.BUILT_IN];"
        "slow = {'caldav', 'icalendar', 'niquests', 'recurring_ical_events', 'keyring'};"
        "print(sorted(slow & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("24 h", timedelta(hours=24)),
        ("1 h 30 min", timedelta(minutes=90)),
        ("45min", timedelta(minutes=45)),
        ("2 days", timedelta(days=2)),
        ("6 weeks", timedelta(weeks=6)),
        ("PT45M", timedelta(minutes=45)),
        ("P1DT12H", timedelta(hours=36)),
    ],
)
def test_a_length_of_time_is_read(text: str, length: timedelta) -> None:
    assert length_of(text) == length


@pytest.mark.parametrize("text", ["", "24", "h", "24 moons", "1 h x", "P", "soon", 24, None])
def test_what_is_no_length_of_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="a length of time is written like 24 h"):
        length_of(text)
