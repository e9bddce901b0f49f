"""`doctor` for every type of account; and that nothing of Google is loaded where nobody uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import RunningServer, free_port

from .practice import Practice, failing_connector, session

GOOGLES = (
    "connectors.google",
    "google.auth",
    "google.oauth2",
    "google_auth_oauthlib",
    "googleapiclient",
    "httplib2",
    "oauthlib",
)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_all_is_well(practice: Practice) -> None:
    practice.one_therapist(session(0, 10))
    ran = practice.run("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"{practice.file} (Elm Street Practice)\n"
        "  diary (folder, for lee)\n"
        "    ok     diary can be read\n"
        "\n"
        "All is well.\n"
    )


def test_each_account_has_its_own_verdict(practice: Practice) -> None:
    practice.calendar("diary")
    port = free_port()
    practice.rules(
        "diary: {type: folder, path: diary}\ngone: {type: folder, path: gone}\nunused: {type: folder, path: diary}\n"
        f"ehr: {{type: feed, url: {{env: FEED}}}}\ncloud: {{type: caldav, url: 'http://127.0.0.1:{port}/lee/work/'}}",
        "lee: {read: [diary, ehr, cloud], write: diary}\nnoor: {read: [gone], write: gone}",
    )
    ran = practice.run("doctor", "--json")
    assert ran.code == 1
    assert ran.err == ""
    found = ran.json()
    assert found["well"] is False
    accounts = {one["account"]: one for one in found["accounts"]}
    assert {name: one["well"] for name, one in accounts.items()} == {
        "diary": True, "gone": False, "unused": True, "ehr": False, "cloud": False,
    }  # fmt: skip
    assert accounts["diary"]["therapists"] == ["lee"]
    assert accounts["diary"]["checks"] == [{"level": "good", "text": "diary can be read"}]
    assert accounts["unused"]["checks"][0]["level"] == "note"
    assert "FEED is not set" in accounts["ehr"]["checks"][0]["text"]
    assert practice.run("doctor", "--format", "json").json()["accounts"] == found["accounts"]
    assert practice.run("doctor", "--therapist", "lee", "--json").json()["accounts"] == [
        accounts["diary"], accounts["ehr"], accounts["cloud"],
    ]  # fmt: skip
    text = practice.run("doctor")
    assert text.code == 1
    assert text.out.endswith("\n3 of 5 accounts cannot be used as the rule file says.\n")


def test_a_rule_file_with_a_mistake_fails_and_the_others_are_looked_at(practice: Practice, tmp_path: Path) -> None:
    practice.one_therapist()
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("practice: Oak\n")
    ran = practice.run("doctor", wrong)
    assert ran.code == 1
    assert "diary can be read" in ran.out
    assert str(wrong) in ran.err


def test_a_calendar_with_an_event_that_cannot_be_read_is_noted(practice: Practice) -> None:
    odd = session(0, 10).replace("SUMMARY", "RRULE:FREQ=MONTHLY;BYDAY=MO,2TU\r\nSUMMARY")
    practice.one_therapist(odd)
    ran = practice.run("doctor", "--now", "2026-11-30T06:00:00+00:00")
    assert (ran.code, ran.err) == (0, "")
    assert "note diary can be read but for some events" in flat(ran.out)


def test_nothing_of_a_calendar_is_said_or_written(practice: Practice) -> None:
    folder = practice.one_therapist(session(0, 10, title="Client Zephyrine"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    said = practice.run("doctor", "--debug").said + practice.run("doctor", "--json").said
    assert "Zephyrine" not in said
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_what_a_connector_of_another_package_raises_is_not_quoted(practice: Practice, tmp_path: Path) -> None:
    path = failing_connector(tmp_path / "package", "Client Zephyrine")
    practice.rules("odd: {type: failing}", "lee: {read: [odd], write: odd}")
    ran = practice.run("doctor", "--debug", PYTHONPATH=path)
    assert ran.code == 1
    assert "WRONG an unforeseen error" in flat(ran.out)
    assert "Zephyrine" not in ran.said


@pytest.mark.server
@pytest.mark.parametrize("command", ["check", "preview", "sync --yes", "doctor"])
def test_a_caldav_practice_loads_nothing_of_google(practice: Practice, radicale: RunningServer, command: str) -> None:
    name = f"doctor-{command.split()[0]}"
    url = radicale.make_calendar(name)
    secret = practice.folder / "secret"
    secret.write_text(radicale.password or "")
    secret.chmod(0o600)
    practice.rules(
        f"cloud: {{type: caldav, url: '{url}', user: {radicale.user}, password: {{file: secret}}}}",
        "lee: {read: [cloud], write: cloud}",
    )
    program = (
        "import sys\n"
        "from scheduler.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as done:\n    assert not done.code, done.code\n"
        f"print('loaded', [name for name in sys.modules if name.startswith({GOOGLES!r})])\n"
    )
    line = [sys.executable, "-c", program, *command.split(), str(practice.file)]
    done = subprocess.run(line, env=practice.environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded []"
