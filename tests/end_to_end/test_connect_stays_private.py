"""Nothing that a login is made of gets out, nor what Google says of the calendar: `connect google` with a mark in
every reply, and with the libraries as talkative as they can be made."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import google_logins
from tests.google.fake import Fake, running
from tests.google_logins import Logins

from .practice import NOW, Practice, Ran
from .test_clients_stay_private import MARK, START_UP, TALKATIVE

CODE, REFRESH, CLIENT = "4/0Qcodeofthelogin", "1//0refreshofthelogin", "client-secret-of-riverside"
ACCESS = "may-events-and-own"
SECRETS = (MARK, CODE, REFRESH, ACCESS, CLIENT)
NOISE = {name: f"{MARK} {name}" for name in ("id_token", "error_uri", "error_description", "hint", "state", "x")}


class Login:
    """A practice that logs in at a service whose every answer is marked."""

    def __init__(self, practice: Practice, logins: Logins, google: Fake) -> None:
        self.practice, self.logins, self.google = practice, logins, google
        path = practice.folder / "client.json"
        path.write_text(logins.client(project_id=MARK, note=MARK))
        path.chmod(0o600)
        start_up = practice.folder / "start-up"
        start_up.mkdir()
        (start_up / "sitecustomize.py").write_text(START_UP)
        self.loud = {
            "PYTHONPATH": str(start_up),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "OAUTHLIB_DEBUG": "1",
            **TALKATIVE,
        }
        practice.rules(
            f"goo: {{type: google, user: lee@riverside.example, client: {{file: client.json}}, "
            f"endpoint: '{google.endpoint}'}}",
            "lee: {read: [goo/primary], write: goo/primary}",
        )

    def gives(self, **more: Any) -> None:
        scopes = "https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.app.created"
        self.logins.gives(ACCESS, refresh_token=REFRESH, scope=scopes, **(NOISE | more))

    def connect(self, *words: str, answer: Callable[[str], str] | None = None) -> Ran:
        line = self.practice.command("connect", "google", "--no-browser", *words)
        with subprocess.Popen(
            [*line, str(self.practice.file)],
            env=self.practice.environment | self.loud,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            said = ""
            while not said.endswith("Address: ") and (letter := process.stdout.read(1)):
                said += letter
            addresses = re.findall(r"^http\S+$", said, re.MULTILINE)
            reply = (answer or consent)(addresses[0]) if addresses else ""
            out, err = process.communicate(f"{reply}\n", timeout=60)
        return Ran(process.returncode, said + out, err)

    def private(self, ran: Ran) -> Ran:
        for secret in SECRETS:
            assert secret.lower() not in ran.said.lower(), ran.said
        assert "Traceback" not in ran.err, ran.err
        return ran

    def stored(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.practice.state.rglob("*") if path.is_file()}


def consent(address: str, **changed: str) -> str:
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    about = {"state": query["state"], "code": CODE, "scope": MARK, "authuser": MARK, **changed}
    return f"{query['redirect_uri']}?" + "&".join(f"{name}={value}" for name, value in about.items())


@pytest.fixture
def login(practice: Practice) -> Iterator[Login]:
    with google_logins.running() as logins, running(now=datetime.fromisoformat(NOW)) as google:
        google.world.put(google.world.calendar("primary"), {
            "summary": MARK, "description": MARK, "start": {"dateTime": "2026-12-01T10:00:00Z"},
            "end": {"dateTime": "2026-12-01T10:50:00Z"},
        })  # fmt: skip
        yield Login(practice, logins, google)


def test_a_login_that_succeeds_is_kept_in_one_file_and_said_nowhere(login: Login) -> None:
    login.gives()
    ran = login.private(login.connect("--in-file"))
    assert ran.code == 0, ran.said
    login.private(login.connect("--own-calendar", "Breaks"))
    login.private(login.practice.run("doctor", "--debug", **login.loud))
    ran = login.private(login.practice.run("sync", "--yes", "--debug", **login.loud))
    assert ran.code == 0, ran.said
    for name, text in login.stored().items():
        for secret in (MARK, CODE, CLIENT, *((REFRESH, ACCESS) if name != "google-login.json" else ())):
            assert secret.encode() not in text, name
    assert REFRESH.encode() in login.stored()["google-login.json"]
    for status in (500, 400):
        login.logins.refuses(MARK, MARK, status)
        login.private(login.connect("--forget"))
    assert not any(REFRESH.encode() in text for text in login.stored().values())


@pytest.mark.parametrize("answer", [
    lambda where: consent(where, state=MARK), lambda where: consent(where, error=MARK), lambda _: f"{MARK} ?",
    lambda _: f"https://{MARK}.example/?code={MARK}", lambda where: consent(where, code=MARK),
])  # fmt: skip
def test_an_answer_that_is_none_is_not_quoted(login: Login, answer: Callable[[str], str]) -> None:
    login.logins.refuses("invalid_grant", MARK)
    ran = login.private(login.connect(answer=answer))
    assert ran.code == 1, ran.said
    assert not any(MARK.encode() in text for text in login.stored().values())


@pytest.mark.parametrize("refusal", [
    ("invalid_grant", 400), ("invalid_client", 401), (MARK, 400), (MARK.lower(), 400), (MARK, 500), (MARK, 302),
])  # fmt: skip
def test_a_login_service_that_refuses_is_not_quoted(login: Login, refusal: tuple[str, int]) -> None:
    code, status = refusal
    login.logins.refuses(code, f"{MARK} {REFRESH}", status)
    ran = login.private(login.connect())
    assert ran.code == 1, ran.said


def test_an_api_that_refuses_and_a_login_that_has_ended_are_not_quoted(login: Login) -> None:
    login.gives(expires_in=-10)
    login.connect("--in-file")
    refused = {"error": MARK, "error_description": f"{MARK} {REFRESH}", "error_subtype": MARK}
    login.logins.answers = [(400, refused)]
    for words in (("sync", "--yes", "--debug"), ("preview", "--debug"), ("doctor", "--debug", "--json")):
        ran = login.private(login.practice.run(*words, **login.loud))
        assert ran.code == 1, ran.said
        assert json.dumps(refused) not in ran.said
