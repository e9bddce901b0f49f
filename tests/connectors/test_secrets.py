"""Secrets come from where the rule file says, and failures never show them."""

from __future__ import annotations

import sys
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import pytest

from connectors import secrets
from connectors.base import CalendarError
from connectors.secrets import resolve

SENTINEL = "sentinel-secret"


def failing(secret: object, base: Path) -> str:
    with pytest.raises(CalendarError) as caught:
        resolve(secret, base)
    line = str(caught.value)
    assert "\n" not in line
    assert SENTINEL not in line
    assert caught.value.__cause__ is None
    return line


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{SENTINEL}\n")
    path.chmod(0o600)
    return path


def test_a_plain_text_is_itself(tmp_path: Path) -> None:
    assert resolve(SENTINEL, tmp_path) == SENTINEL


def test_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_PASSWORD", SENTINEL)
    assert resolve({"env": "CLOUD_PASSWORD"}, tmp_path) == SENTINEL


def test_a_variable_that_is_not_set_is_named_with_advice_for_cron(tmp_path: Path) -> None:
    line = failing({"env": "CLOUD_PASSWORD_NOT_SET"}, tmp_path)
    assert "CLOUD_PASSWORD_NOT_SET is not set" in line
    assert "crontab" in line


def test_a_secret_written_where_a_variables_name_belongs_is_not_shown(tmp_path: Path) -> None:
    assert "is not set" in failing({"env": SENTINEL}, tmp_path)


def test_from_a_file_of_its_owners_relative_to_the_rule_file(file: Path) -> None:
    assert resolve({"file": "password"}, file.parent) == SENTINEL
    assert resolve({"file": str(file)}, Path("/")) == SENTINEL


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_is_refused_with_the_command_that_mends_it(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert f"run: chmod 600 {file}" in failing({"file": str(file)}, file.parent)


def test_a_file_that_is_missing_or_empty_is_named(file: Path) -> None:
    assert f"{file.parent / 'other'} cannot be read: No such file" in failing({"file": "other"}, file.parent)
    file.write_text("\n")
    assert f"the secret file {file} is empty" in failing({"file": "password"}, file.parent)


def test_from_a_command_without_a_shell_and_without_the_last_line_end(tmp_path: Path) -> None:
    code = "import sys; print(sys.argv[1])"
    assert (
        resolve({"command": [sys.executable, "-c", code, f"{SENTINEL} $HOME; x"]}, tmp_path) == f"{SENTINEL} $HOME; x"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["no-such-program-here"],
            "no-such-program-here for a secret is not there; check its name, and PATH under cron",
        ),
        ([sys.executable, "-c", f"print('{SENTINEL}'); raise SystemExit(3)"], "failed with exit code 3"),
        ([sys.executable, "-c", ""], "is empty"),
        ([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff')"], "is not UTF-8"),
    ],
)
def test_a_command_that_fails_is_named_but_not_its_output(tmp_path: Path, words: list[str], said: str) -> None:
    assert said in failing({"command": words}, tmp_path)


def test_a_command_that_asks_something_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_TIMEOUT", 0.3)
    words = [sys.executable, "-c", "import time; time.sleep(20)"]
    assert "does it ask something?" in failing({"command": words}, tmp_path)


class Shelf(keyring.backend.KeyringBackend):
    """A keyring in memory: the package's own interface for backends."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return {("session-breaks/home", "cloud"): SENTINEL}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


def test_from_a_keyring_where_the_service_may_hold_a_slash(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Shelf())
    try:
        assert resolve({"keyring": "session-breaks/home/cloud"}, tmp_path) == SENTINEL
        line = failing({"keyring": "session-breaks/other"}, tmp_path)
        assert "holds nothing for session-breaks/other; run: keyring set session-breaks other" in line
    finally:
        keyring.set_keyring(before)


def test_without_a_keyring_file_and_command_are_proposed(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    try:
        line = failing({"keyring": "session-breaks/cloud"}, tmp_path)
    finally:
        keyring.set_keyring(before)
    assert (
        "no keyring can be opened here for session-breaks/cloud; where there is no desktop session, as under cron"
        in line
    )


@pytest.mark.parametrize("secret", [{}, {"env": "A", "file": "b"}, {"keyring": "x"}, {"command": []}, 7, None])
def test_what_is_no_secret_is_refused_with_the_forms_there_are(tmp_path: Path, secret: object) -> None:
    assert failing(secret, tmp_path).startswith("a secret is written as {env: NAME}")
