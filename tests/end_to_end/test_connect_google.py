"""`connect google` and `doctor` as a practice runs them; code with PKCE, refreshing and revoking are the emulator's."""

# ruff: noqa: S106 - tokens and secrets are plainly none

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests import google_logins
from tests.google.fake import Fake, Fault
from tests.google_emulator import CLIENT_SECRET, Emulator, ask
from tests.google_logins import Logins

from .practice import Practice, Ran

EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY = "https://www.googleapis.com/auth/calendar.events.freebusy"
OWN = "https://www.googleapis.com/auth/calendar.app.created"
ROOT = Path(__file__).parents[2]


class Lee:
    """A practice with one Google account at the emulator, and somebody with a browser."""

    def __init__(self, practice: Practice, emulator: Emulator) -> None:
        self.practice, self.emulator = practice, emulator
        self.practice.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        self.client(emulator.client())
        self.rules()

    def client(self, text: str) -> None:
        path = self.practice.folder / "client.json"
        path.write_text(text)
        path.chmod(0o600)

    def rules(self, more: str = "", *, calendar: str = "lee-google/primary", api: str = "") -> None:
        options = f"client: {{file: client.json}}, endpoint: {api or self.emulator.api!r}{more}"
        self.practice.rules(
            f"lee-google: {{type: google, {options}}}", f"lee: {{read: [{calendar}], write: {calendar}}}"
        )

    def connect(
        self, *words: str, answer: Callable[[str], str] | None = None, **environment: str
    ) -> tuple[Ran, list[str]]:
        """`connect google --no-browser`; `answer` makes what is pasted of the address that was printed. Gives also the
        addresses."""
        line = [*self.practice.command("connect", "google", "--no-browser", "--port", str(self.emulator.ports[0]))]
        with subprocess.Popen(
            [*line, *words, str(self.practice.file)],
            env=self.practice.environment | environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            said, addresses = "", []
            while not said.endswith("Address: ") and (letter := process.stdout.read(1)):
                said += letter
            for found in re.findall(r"^http\S+$", said, re.MULTILINE):
                addresses.append(found)
            reply = (answer or self.emulator.consent)(addresses[0]) if addresses else ""
            out, err = process.communicate(f"{reply}\n", timeout=60)
        return Ran(process.returncode, said + out, err), addresses

    def connected(self) -> Lee:
        ran, _ = self.connect()
        assert ran.code == 0, ran.said
        return self

    @property
    def file(self) -> Path:
        [found] = (self.practice.state / "session-breaks" / "accounts").glob("*/google-login.json")
        return found

    @property
    def login(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())["login"]
        return found

    def change(self, **login: Any) -> None:
        """Change what is kept, as time or somebody else might."""
        about = json.loads(self.file.read_text())
        about["login"] |= login
        self.file.write_text(json.dumps(about))

    def nothing_kept(self) -> bool:
        return not list(self.practice.state.rglob("google-login.json"))

    def doctor(self, *words: str) -> Ran:
        return self.practice.run("doctor", *words)


@pytest.fixture
def lee(practice: Practice, google_emulator: Emulator) -> Lee:
    return Lee(practice, google_emulator)


@pytest.fixture
def logins() -> Iterator[Logins]:
    with google_logins.running() as service:
        yield service


LONG_AGO = "2020-01-01T00:00:00+00:00"


def flat(text: str) -> str:
    """Without the line ends of a narrow terminal."""
    return " ".join(text.split())


# Logging in


def test_the_address_that_the_browser_ended_at_is_pasted_and_the_calendar_can_be_read(lee: Lee) -> None:
    ran, [address] = lee.connect()
    assert (ran.code, ran.err) == (0, "")
    assert "code_challenge_method=S256" in address
    assert f"scope={EVENTS.replace(':', '%3A').replace('/', '%2F')}&" in address
    assert "View and edit events on all your calendars" in ran.out
    assert lee.doctor().code == 0
    assert lee.practice.run("sync", "--yes").said == ""


def test_a_browser_on_this_computer_comes_back_by_itself(lee: Lee, tmp_path: Path) -> None:
    browser = tmp_path / "browser.py"
    browser.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.google_emulator import Emulator, ask\n"
        f"where = Emulator({lee.emulator.root!r}, ()).consent(sys.argv[1])\n"
        "old = where.replace('state=', 'state=another')\n"
        "assert ask(old)[0] == 400\n"  # a tab that was left open answers for a login of before
        "assert ask(where.partition('?')[0] + 'favicon.ico')[0] == 404\n"
        f"open({str(tmp_path / 'seen')!r}, 'w').write(ask(where)[2])\n"
    )
    port = str(lee.emulator.ports[1])
    ran = lee.practice.run("connect", "google", "--port", port, BROWSER=f"{sys.executable} {browser} %s")
    assert (ran.code, ran.err) == (0, "")
    assert lee.login["scopes"] == [EVENTS]
    assert (tmp_path / "seen").read_text() == "The login is done. You can close this window."


def test_a_browser_on_this_computer_that_says_no_ends_it(lee: Lee, tmp_path: Path) -> None:
    browser = tmp_path / "browser.py"
    browser.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from urllib.parse import parse_qs, urlsplit\nfrom tests.google_emulator import ask\n"
        "query = parse_qs(urlsplit(sys.argv[1]).query)\n"
        "ask(query['redirect_uri'][0] + '?error=access_denied&state=' + query['state'][0])\n"
    )
    ran = lee.practice.run("connect", "google", BROWSER=f"{sys.executable} {browser} %s")
    assert ran.code == 1
    assert ran.error.startswith("session-breaks: lee-google: access was refused at Google")
    assert lee.nothing_kept()


def test_the_code_alone_may_be_pasted(lee: Lee) -> None:
    def code(address: str) -> str:
        return re.findall(r"code=([^&]+)", lee.emulator.consent(address))[0]

    ran, _ = lee.connect(answer=code)
    assert ran.code == 0, ran.said


def test_a_code_of_another_login_is_refused(lee: Lee) -> None:
    """It was made for another secret of PKCE, so that a code that somebody slips in is worth nothing."""
    codes = []

    def hold_back(address: str) -> str:
        codes.append(re.findall(r"code=([^&]+)", lee.emulator.consent(address))[0])
        return ""

    assert lee.connect(answer=hold_back)[0].error == (
        "session-breaks: lee-google: nothing was pasted, so there is no login"
    )
    ran, _ = lee.connect(answer=lambda _: codes[0])
    assert ran.code == 1
    assert "Google does not take this code" in ran.error
    assert lee.nothing_kept()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda where: where.replace("state=", "state=x"), "this answer belongs to another login"),
        (lambda where: re.sub(r"&state=.*", "", where), "this answer belongs to another login"),
        (lambda where: re.sub(r"code=[^&]*", "error=access_denied", where), "access was refused at Google"),
        (lambda where: re.sub(r"code=[^&]*", "error=admin_policy_enforced", where), "the Workspace of this address"),
        (lambda where: re.sub(r"code=[^&]*", "code=made-up", where), "Google does not take this code"),
        (
            lambda _: "https://www.riverside.example/ ?",
            "this is neither the address that the browser ended at nor a code",
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_and_nothing_is_kept(
    lee: Lee, answer: Callable[[str], str], said: str
) -> None:
    ran, _ = lee.connect(answer=lambda address: answer(lee.emulator.consent(address)))
    assert ran.code == 1
    assert ran.error.startswith(f"session-breaks: lee-google: {said}")
    assert lee.nothing_kept()


def test_nothing_secret_is_shown(lee: Lee) -> None:
    ran, _ = lee.connect()
    login = lee.login
    lee.change(expires=LONG_AGO, refresh_token="refresh-token-that-nobody-knows")
    said = ran.said + lee.doctor().said + lee.practice.run("sync", "--debug").said
    said += lee.practice.run("connect", "google", "--forget").said
    assert "session-breaks connect google" in said
    for secret in (login["access_token"], login["refresh_token"], CLIENT_SECRET, "refresh-token-that-nobody-knows"):
        assert secret not in said


def test_a_client_that_google_does_not_know_is_told(lee: Lee) -> None:
    lee.client(lee.emulator.client(client_secret="of somebody else"))
    ran, _ = lee.connect()
    assert ran.code == 1
    assert "Google does not know this `client`" in ran.error


# What is kept


def test_the_login_is_in_a_file_for_its_owner_alone(lee: Lee) -> None:
    lee.connected()
    assert lee.file.stat().st_mode & 0o777 == 0o600
    assert lee.file.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in lee.file.parent.iterdir()) == ["google-login.json", "google-login.lock"]
    lee.file.chmod(0o640)
    assert "can be read by others; run: chmod 600" in lee.practice.run("sync").error


KEYRING = """
import json, pathlib
from keyring.backend import KeyringBackend
PATH = pathlib.Path(__file__).parent / "keyring.json"
class Desktop(KeyringBackend):
    priority = 5
    def _all(self):
        return json.loads(PATH.read_text()) if PATH.exists() else {}
    def get_password(self, service, user):
        return self._all().get(f"{service} {user}")
    def set_password(self, service, user, password):
        PATH.write_text(json.dumps(self._all() | {f"{service} {user}": password}))
    def delete_password(self, service, user):
        PATH.write_text(json.dumps({k: v for k, v in self._all().items() if k != f"{service} {user}"}))
"""


def test_where_there_is_a_keyring_the_login_is_in_it(lee: Lee, tmp_path: Path) -> None:
    (tmp_path / "desktop_keyring.py").write_text(KEYRING)
    desktop = {"PYTHON_KEYRING_BACKEND": "desktop_keyring.Desktop", "PYTHONPATH": str(tmp_path)}
    ran, _ = lee.connect(**desktop)
    assert ran.code == 0, ran.said
    assert "kept in the keyring" in ran.out
    [kept] = json.loads((tmp_path / "keyring.json").read_text()).values()
    assert "token" not in lee.file.read_text()
    assert lee.practice.run("sync", "--yes", **desktop).said == ""

    # cron cannot open it, and says so
    assert "the login is in the keyring, which cannot be opened here" in lee.practice.run("sync").error
    ran, _ = lee.connect("--in-file", **desktop)
    assert ran.code == 0, ran.said
    assert json.loads((tmp_path / "keyring.json").read_text()) == {}
    assert lee.practice.run("sync", "--yes").said == ""
    assert json.loads(kept)["refresh_token"] not in lee.file.read_text()


def test_forgetting_empties_the_keyring_too(lee: Lee, tmp_path: Path) -> None:
    (tmp_path / "desktop_keyring.py").write_text(KEYRING)
    desktop = {"PYTHON_KEYRING_BACKEND": "desktop_keyring.Desktop", "PYTHONPATH": str(tmp_path)}
    assert lee.connect(**desktop)[0].code == 0
    assert lee.practice.run("connect", "google", "--forget", **desktop).code == 0
    assert json.loads((tmp_path / "keyring.json").read_text()) == {}
    assert lee.nothing_kept()


def test_an_access_token_that_ran_out_is_renewed_and_kept(lee: Lee) -> None:
    before = lee.connected().login
    lee.change(expires=LONG_AGO)
    assert lee.practice.run("sync", "--yes").said == ""
    after = lee.login
    assert after["access_token"] != before["access_token"]
    assert datetime.fromisoformat(after["expires"]) > datetime.now(UTC)
    assert after["refresh_token"] == before["refresh_token"]
    assert lee.file.stat().st_mode & 0o777 == 0o600


def test_runs_at_the_same_time_renew_it_and_leave_a_whole_login(lee: Lee) -> None:
    lee.connected()
    lee.change(expires=LONG_AGO)
    line = lee.practice.command("doctor", lee.practice.file)
    runs = [
        subprocess.Popen(line, env=lee.practice.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(4)
    ]
    for run in runs:
        said = run.communicate(timeout=60)[0].decode()
        assert run.returncode == 0, said
    assert datetime.fromisoformat(lee.login["expires"]) > datetime.now(UTC)


# The end of a login


def test_forget_withdraws_the_login_at_google_and_removes_it_here(lee: Lee) -> None:
    token = lee.connected().login["refresh_token"]
    assert lee.emulator.refresh(token) == 200
    ran = lee.practice.run("connect", "google", "--forget")
    assert (ran.code, ran.said) == (0, "lee-google: the login was withdrawn at Google and removed here.\n")
    assert lee.emulator.refresh(token) == 400
    assert lee.nothing_kept()
    ran = lee.practice.run("connect", "google", "--forget")
    assert (ran.code, ran.said) == (0, "lee-google: there is no login here; nothing to forget.\n")
    assert "there is no login yet; run: session-breaks connect google" in lee.practice.run("sync").error


def test_forget_removes_the_login_here_also_where_google_does_not_answer(lee: Lee) -> None:
    lee.connected()
    lee.change(revoke_uri="http://127.0.0.1:9/revoke")
    ran = lee.practice.run("connect", "google", "--forget")
    assert ran.code == 1
    assert "removed here, but not withdrawn at Google" in ran.error
    assert "myaccount.google.com/connections" in ran.error
    assert lee.nothing_kept()


def test_a_login_that_was_withdrawn_elsewhere_is_told_in_one_line(lee: Lee) -> None:
    token = lee.connected().login["refresh_token"]
    ask(f"{lee.emulator.root}oauth2/revoke", {"token": token})
    lee.change(expires=LONG_AGO)
    ran = lee.practice.run("sync")
    assert ran.code == 1
    assert ran.error.endswith(
        "Google no longer accepts its login (withdrawn, expired, or not used for half a year); "
        "run: session-breaks connect google --account lee-google"
    )
    ran = lee.doctor()
    assert ran.code == 1
    assert "WRONG Google no longer accepts its login" in flat(ran.out)


@pytest.mark.parametrize(("days", "told"), [(6.9, True), (7.2, False)])
def test_a_login_that_ends_is_told_from_a_week_ahead(lee: Lee, days: float, told: bool) -> None:
    lee.connected()
    assert lee.practice.run("sync", "--yes", now=None).said == ""
    ends = datetime.now(UTC) + timedelta(days=days)
    lee.change(ends=ends.isoformat())
    ran = lee.practice.run("sync", now=None)
    assert ran.code == 0
    doctor = lee.doctor()
    assert doctor.code == 0
    line = (
        f"its login ends on {ends:%a} {ends.day} {ends:%b %Y %H:%M} UTC; before then run: session-breaks connect google"
    )
    assert (line in ran.err, line in flat(doctor.out)) == (told, told)
    assert len(ran.err.splitlines()) == int(told)


def test_a_login_that_has_ended_is_wrong(lee: Lee) -> None:
    lee.connected()
    lee.change(ends="2026-01-05T10:00:00+00:00")
    ran = lee.doctor()
    assert ran.code == 1
    assert "WRONG its login ended on Mon 5 Jan 2026 10:00 UTC" in flat(ran.out)


# Rights


def test_less_granted_than_asked_for_is_told_with_the_box_to_tick(lee: Lee) -> None:
    lee.rules(", access: free-busy, own_calendar: work", calendar="lee-google/work")
    ran, _ = lee.connect(answer=lambda address: lee.emulator.consent(address, scope=OWN))
    lacks = (
        "its login was not given the right `See the availability on Google calendars you have access to`; "
        "run: session-breaks connect google --account lee-google and tick every box there"
    )
    assert ran.code == 1
    assert ran.error == f"session-breaks: lee-google: {lacks}"
    assert lee.practice.run("sync").error.endswith(lacks)
    doctor = lee.doctor()
    assert doctor.code == 1
    assert f"WRONG {lacks}" in flat(doctor.out)


def test_doctor_tells_of_rights_that_are_not_needed(lee: Lee) -> None:
    lee.connect(answer=lambda address: lee.emulator.consent(address, scope=f"{EVENTS} {OWN}"))
    ran = lee.doctor()
    assert ran.code == 0
    assert "note granted, and not needed: `Make secondary Google calendars" in flat(ran.out)


def test_other_rights_than_before_need_a_new_login(lee: Lee) -> None:
    lee.connected()
    lee.rules(", access: free-busy, own_calendar: work", calendar="lee-google/work")
    assert "its login was not given the right `See the availability" in lee.practice.run("sync").error


def test_another_client_than_before_needs_a_new_login(lee: Lee) -> None:
    lee.connected()
    lee.client(lee.emulator.client(client_id="another.apps.example"))
    assert "its login was made with another `client`" in lee.practice.run("sync").error
    assert lee.doctor().code == 1


# Which account


def test_an_account_that_is_not_clear_is_asked_for(lee: Lee) -> None:
    account = "{type: google, client: {file: client.json}}"
    lee.practice.rules(
        f"lee-google: {account}\nnoor-google: {account}",
        "lee: {read: [lee-google/primary, noor-google/primary], write: lee-google/primary}",
    )
    ran = lee.practice.run("connect", "google")
    assert ran.code == 2
    assert "several Google accounts; say which with --account (lee-google, noor-google)" in ran.error
    ran = lee.practice.run("connect", "google", "--account", "sam")
    assert ran.code == 2
    assert ran.error.endswith("no Google account is called sam; there are: lee-google, noor-google")
    assert lee.practice.run("connect", "google", "--account", "noor-google", "--forget").code == 0


def test_a_practice_without_google_is_told_what_to_write(practice: Practice) -> None:
    practice.one_therapist()
    ran = practice.run("connect", "google")
    assert ran.code == 2
    assert "there is no account of type google; write one such as `lee-google: {type: google, user:" in ran.error


def test_without_a_client_it_says_where_to_get_one(lee: Lee) -> None:
    lee.practice.rules("lee-google: {type: google}", "lee: {read: [lee-google/primary], write: lee-google/primary}")
    ran = lee.practice.run("connect", "google")
    assert ran.code == 1
    assert "`client` is missing: name the JSON file of a desktop app" in ran.error
    assert "docs/google.md" in ran.error


def test_a_login_with_another_account_than_the_user_s_is_not_kept(lee: Lee, logins: Logins, google: Fake) -> None:
    logins.gives("may-events", refresh_token="1//refresh", scope=EVENTS)
    google.world.calendar("primary").summary = "noor@riverside.example"
    lee.client(logins.client())
    lee.rules(", user: Lee@riverside.example", api=google.endpoint)
    ran, [address] = lee.connect(answer=logins.consent)
    assert "login_hint=lee%40riverside.example" in address
    assert ran.code == 1
    assert ran.error.endswith(
        "this login is of another Google account than lee@riverside.example; log in there with that address"
    )
    assert lee.nothing_kept()
    google.world.calendar("primary").summary = "lee@riverside.example"
    assert lee.connect(answer=logins.consent)[0].code == 0


def test_a_login_that_google_lets_live_for_a_week_is_told_at_once(lee: Lee, logins: Logins, google: Fake) -> None:
    logins.gives("may-events", refresh_token="1//refresh", scope=EVENTS, refresh_token_expires_in=604799)
    lee.client(logins.client())
    lee.rules(api=google.endpoint)
    ran, _ = lee.connect(answer=logins.consent)
    assert ran.code == 0
    ends = datetime.fromisoformat(lee.login["ends"])
    assert timedelta(days=6.9) < ends - datetime.now(UTC) < timedelta(days=7)
    assert f"its login ends on {ends:%a}" in ran.out
    assert "7 days while the app in its console is in testing (docs/google.md)" in ran.out
    assert "before then run: session-breaks connect google" in lee.practice.run("sync", "--yes", now=None).error


@pytest.mark.parametrize(
    ("token", "fault", "said"),
    [
        ("of another world", "", "lee-google: the login was made, but Google's Calendar API does not accept it"),
        ("may-events", "dailyLimitExceeded", "lee-google/primary: Google's quota for this account is used up"),
    ],
)
def test_an_api_that_does_not_answer_is_told_after_the_login(
    lee: Lee, logins: Logins, google: Fake, token: str, fault: str, said: str
) -> None:
    google.faults += [Fault(fault, times=9)] if fault else []
    logins.gives(token, refresh_token="1//refresh", scope=EVENTS)
    lee.client(logins.client())
    lee.rules(api=google.endpoint)
    ran, _ = lee.connect(answer=logins.consent)
    assert ran.code == 1
    assert "lee-google: connected." in ran.out
    assert ran.error.startswith(f"session-breaks: {said}")


def test_a_service_account_is_tried_and_needs_no_login(lee: Lee, logins: Logins, google: Fake) -> None:
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = {"type": "service_account", "client_email": "breaks@riverside.iam.example", "client_id": "1234567890"}
    lee.client(json.dumps(key | {"private_key": pem.decode(), "token_uri": f"{logins.root}token"}))
    options = f"service_account: {{file: client.json}}, subject: lee@riverside.example, endpoint: {google.endpoint!r}"
    lee.practice.rules(
        f"lee-google: {{type: google, {options}}}", "lee: {read: [lee-google/primary], write: lee-google/primary}"
    )
    logins.refuses("unauthorized_client", status=401)
    for command in ("connect google", "sync"):
        ran = lee.practice.run(*command.split())
        assert ran.code == 1
        assert f"Domain-wide delegation: client id 1234567890, scopes {EVENTS}" in ran.error
    logins.gives("may-events-and-own")
    ran = lee.practice.run("connect", "google", "--own-calendar")
    assert (ran.code, ran.err) == (0, "")
    assert "the service account may act for lee@riverside.example; it needs no login" in ran.out
    assert lee.practice.run("sync", "--yes").said == ""
    assert lee.doctor().code == 0
    assert lee.nothing_kept()
    assert len(google.world.calendars) == 2


# A calendar of its own


def test_an_own_calendar_is_made_once_and_can_be_written(lee: Lee, logins: Logins, google: Fake) -> None:
    logins.gives("may-events-and-own", refresh_token="1//refresh", scope=f"{EVENTS} {OWN}")
    lee.client(logins.client())
    lee.rules(api=google.endpoint)
    ran, [address] = lee.connect("--own-calendar", answer=logins.consent)
    assert (ran.code, ran.err) == (0, "")
    assert "calendar.events+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcalendar.app.created" in address
    [own] = [calendar for calendar in google.world.calendars.values() if calendar.made_by_app]
    assert (own.summary, own.zone) == ("Breaks", "Europe/London")
    assert f"    own_calendar: {own.id}\n" in ran.out
    assert "tell it to look at this one too, or clients can book into the breaks" in ran.out

    again = lee.practice.run("connect", "google", "--own-calendar", "Pauses")  # nobody has to log in again
    assert (again.code, again.err) == (0, "")
    assert f"    own_calendar: {own.id}\n" in again.out
    assert len(google.world.calendars) == 2

    lee.rules(f", own_calendar: {own.id}", api=google.endpoint, calendar="lee-google")
    assert lee.practice.run("sync", "--yes").said == ""
    doctor = lee.doctor()
    assert doctor.code == 0
    assert "note blocks in `own_calendar` keep clients out only where the booking tool was told" in flat(doctor.out)
    ran = lee.practice.run("connect", "google", "--own-calendar")
    assert ran.code == 2
    assert ran.error.endswith("names its `own_calendar` already; remove that line to make another")


def test_an_own_calendar_that_was_deleted_is_made_anew_under_the_name_that_is_given(
    lee: Lee, logins: Logins, google: Fake
) -> None:
    logins.gives("may-events-and-own", refresh_token="1//refresh", scope=f"{EVENTS} {OWN}")
    lee.client(logins.client())
    lee.rules(api=google.endpoint)
    assert lee.connect("--own-calendar", answer=logins.consent)[0].code == 0
    [first] = [name for name, calendar in google.world.calendars.items() if calendar.made_by_app]
    del google.world.calendars[first]
    assert lee.practice.run("connect", "google", "--own-calendar", "Pauses").code == 0
    [own] = [calendar for calendar in google.world.calendars.values() if calendar.made_by_app]
    assert own.summary == "Pauses"


def test_where_only_free_and_busy_may_be_seen_blocks_need_a_calendar_of_their_own(
    lee: Lee, logins: Logins, google: Fake
) -> None:
    logins.gives("may-free-busy", refresh_token="1//refresh", scope=f"{FREE_BUSY} {OWN}")
    lee.client(logins.client())
    lee.rules(", access: free-busy", api=google.endpoint)
    ran, [address] = lee.connect("--own-calendar", answer=logins.consent)
    assert (ran.code, ran.err) == (0, "")
    assert "calendar.events&" not in address
    doctor = lee.doctor()
    assert doctor.code == 1
    assert "WRONG lee-google/primary can be read, but not written" in flat(doctor.out)
    assert "make one: session-breaks connect google --account lee-google --own-calendar" in flat(doctor.out)


# Agreements about health data


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "the rule file names no agreement with Google about health data"),
        (", user: lee@riverside.example", "the rule file names no agreement with Google about health data"),
        (", user: lee@riverside.example, health_data_agreement: yes", ""),
        (", user: lee.example@gmail.com", "a personal Google account, for which Google makes no agreement"),
        (", user: lee.example@googlemail.com, health_data_agreement: yes", "a personal Google account"),
    ],
)
def test_an_account_without_an_agreement_about_health_data_is_warned_of(lee: Lee, options: str, said: str) -> None:
    lee.rules(options)
    ran, _ = lee.connect()
    doctor = lee.doctor()
    assert (ran.code, doctor.code) == (0, 0)
    for text in (ran.out, flat(doctor.out)):
        assert said in text if said else "health data" not in text
    assert lee.practice.run("sync", "--yes").said == ""  # not every night
