"""Who may use a Google account: what is kept of a login, and what is said where Google refuses one."""

# ruff: noqa: S105, S106 - tokens and secrets are plainly none

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google.auth.exceptions import RefreshError
from keyring.backends.fail import Keyring

from connectors import google_login, health_data
from connectors.base import CalendarError, Context
from connectors.google_client import client_of
from connectors.google_connect import revoke
from connectors.google_login import credentials_for, ends_soon, missing, refused, renew
from connectors.google_options import EVENTS, FREE_BUSY, OWN_CALENDAR, Options
from connectors.google_tokens import Login, Shelf
from tests import google_logins
from tests.google_logins import Logins

from .samples import NOW, context

LOGIN = Login(
    refresh_token="1//refresh", access_token="ya29.access", expires=NOW + timedelta(hours=1), scopes=(EVENTS,),
    client_id="riverside.apps.example", revoke_uri="https://oauth2.googleapis.com/revoke", since=NOW,
    ends=NOW + timedelta(days=7),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def logins() -> Iterator[Logins]:
    with google_logins.running() as service:
        yield service


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf("lee-google", tmp_path / "state")


def account(tmp_path: Path, **options: Any) -> tuple[Options, Context]:
    surroundings = context(tmp_path, "lee-google", **options)
    return Options.model_validate(options), surroundings


def with_login(tmp_path: Path, logins: Logins, **changed: Any) -> tuple[Options, Context]:
    """An account with a client of the service and a login that is kept, its access token run out."""
    options, surroundings = account(tmp_path, client={"env": logins.client()})
    Shelf("lee-google", surroundings.state).save(replace(LOGIN, expires=NOW - timedelta(days=9), **changed))
    return options, surroundings


# What is kept


def test_a_login_is_kept_as_it_was(shelf: Shelf) -> None:
    assert shelf.load() is None
    assert shelf.save(LOGIN) == "file"
    assert shelf.load() == LOGIN
    shelf.forget()
    assert (shelf.load(), shelf.place()) == (None, None)
    shelf.forget()


def test_a_login_shows_no_token() -> None:
    assert "refresh_token" not in repr(LOGIN)
    assert "ya29" not in repr(LOGIN)


def test_it_is_readable_for_its_owner_alone_also_where_it_was_not_before(shelf: Shelf) -> None:
    shelf.path.parent.mkdir(mode=0o755)
    shelf.path.write_text("{}")
    shelf.path.chmod(0o644)
    with pytest.raises(CalendarError, match="can be read by others; run: chmod 600"):
        shelf.load()
    old = os.umask(0)
    try:
        shelf.save(LOGIN)
    finally:
        os.umask(old)
    assert shelf.path.stat().st_mode & 0o777 == 0o600
    assert shelf.path.parent.stat().st_mode & 0o777 == 0o700
    assert shelf.load() == LOGIN


def test_a_login_that_cannot_be_written_whole_leaves_the_one_before(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.save(LOGIN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CalendarError, match=r"cannot be written \(No space left on device"):
        shelf.save(replace(LOGIN, refresh_token="1//another"))
    assert shelf.load() == LOGIN
    assert sorted(path.name for path in shelf.path.parent.iterdir()) == ["google-login.json", "google-login.lock"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 1, "kept": "file", "login": {}}'])
def test_a_damaged_login_is_told_with_what_to_do(shelf: Shelf, text: str) -> None:
    shelf.save(LOGIN)
    shelf.path.write_text(text)
    with pytest.raises(CalendarError, match="cannot be read; run: session-breaks connect google --account lee-google"):
        shelf.load()
    shelf.save(LOGIN)
    assert shelf.load() == LOGIN


def test_what_a_refresh_gives_never_overwrites_a_newer_login_or_brings_back_a_forgotten_one(shelf: Shelf) -> None:
    fresh = replace(LOGIN, access_token="ya29.fresh")
    shelf.save(LOGIN)
    shelf.refreshed(LOGIN, fresh)
    assert shelf.load() == fresh
    newer = replace(LOGIN, refresh_token="1//newer")
    shelf.save(newer)
    shelf.refreshed(LOGIN, fresh)
    assert shelf.load() == newer
    shelf.forget()
    shelf.refreshed(newer, fresh)
    assert shelf.load() is None


def test_a_folder_that_cannot_be_written_costs_only_the_next_refresh(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.save(LOGIN)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    shelf.refreshed(LOGIN, replace(LOGIN, access_token="ya29.fresh"))
    assert shelf.load() == LOGIN


# Credentials


def test_without_a_login_it_says_how_to_make_one(tmp_path: Path, logins: Logins) -> None:
    with pytest.raises(CalendarError, match=r"^lee-google: there is no login yet; run: session-breaks connect google"):
        credentials_for(*account(tmp_path, client={"env": logins.client()}))


def test_a_kept_login_is_renewed_with_the_rights_that_it_has_and_kept(tmp_path: Path, logins: Logins) -> None:
    options, surroundings = with_login(tmp_path, logins, scopes=(EVENTS, OWN_CALENDAR))
    logins.gives("ya29.fresh", scope=f"{EVENTS} {OWN_CALENDAR}")
    credentials = credentials_for(options, surroundings)
    assert not credentials.valid
    renew(credentials, "lee-google")
    [form] = logins.asked
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "1//refresh")
    assert form["scope"] == f"{EVENTS} {OWN_CALENDAR}"
    kept = Shelf("lee-google", surroundings.state).load()
    assert kept is not None
    assert (kept.access_token, kept.refresh_token, kept.ends) == ("ya29.fresh", "1//refresh", LOGIN.ends)
    assert kept.expires is not None
    assert kept.expires > NOW
    assert credentials_for(options, surroundings).token == "ya29.fresh"


def test_a_refresh_token_that_google_exchanges_is_kept(tmp_path: Path, logins: Logins) -> None:
    options, surroundings = with_login(tmp_path, logins)
    logins.gives("ya29.fresh", refresh_token="1//exchanged", scope=EVENTS)
    credentials = credentials_for(options, surroundings)
    renew(credentials, "lee-google")
    logins.gives("ya29.fresher", scope=EVENTS)
    renew(credentials, "lee-google")
    kept = Shelf("lee-google", surroundings.state).load()
    assert kept is not None
    assert (kept.refresh_token, kept.access_token) == ("1//exchanged", "ya29.fresher")


def test_threads_that_share_a_login_renew_it_once(tmp_path: Path, logins: Logins) -> None:
    options, surroundings = with_login(tmp_path, logins)
    logins.gives("ya29.fresh", scope=EVENTS)
    credentials = credentials_for(options, surroundings)
    together = threading.Barrier(8)
    inner = credentials._lock  # type: ignore[attr-defined]

    class Slow:
        """All eight stand at the lock before the first goes through."""

        def __enter__(self) -> None:
            together.wait(10)
            inner.acquire()

        def __exit__(self, *_: object) -> None:
            inner.release()

    credentials._lock = Slow()  # type: ignore[attr-defined]
    threads = [threading.Thread(target=renew, args=(credentials, "lee-google")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(logins.asked) == 1


def test_rights_that_were_not_granted_are_told_before_anything_is_asked(tmp_path: Path, logins: Logins) -> None:
    options, surroundings = account(tmp_path, client={"env": logins.client()}, access="free-busy")
    Shelf("lee-google", surroundings.state).save(replace(LOGIN, scopes=(FREE_BUSY,)))
    with pytest.raises(CalendarError, match="not given the right `Make secondary Google calendars, and see"):
        credentials_for(options, surroundings)


def test_the_right_to_everything_lacks_nothing() -> None:
    assert missing((EVENTS, OWN_CALENDAR), ("https://www.googleapis.com/auth/calendar",)) == ()
    assert missing((FREE_BUSY,), (EVENTS,)) == (FREE_BUSY,)  # Google's description: events do not give free/busy


def test_a_ready_token_is_used_and_cannot_be_renewed(tmp_path: Path) -> None:
    credentials = credentials_for(*account(tmp_path, token={"env": "ya29.ready"}))
    assert credentials.valid
    assert credentials.token == "ya29.ready"
    with pytest.raises(CalendarError, match=r"^lee-google: Google does not accept the `token` of this account"):
        renew(credentials, "lee-google")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        ("invalid_grant", 400, "Google no longer accepts its login (withdrawn, expired, or not used for half a year)"),
        ("invalid_client", 401, "Google does not know its `client` any more, or the secret in it was changed"),
        ("deleted_client", 401, "Google does not know its `client` any more"),
        ("invalid_scope", 400, "the rights of its login were changed"),
        ("admin_policy_enforced", 400, "an admin of the Workspace does not allow this app"),
        ("something_new", 400, "Google does not renew its login"),
    ],
)
def test_a_refusal_is_one_line_that_says_what_to_do(
    tmp_path: Path, logins: Logins, error: str, status: int, said: str
) -> None:
    logins.refuses(error, "Secret words of Google's", status)
    with pytest.raises(CalendarError) as told:
        renew(credentials_for(*with_login(tmp_path, logins)), "lee-google")
    assert str(told.value).startswith(f"lee-google: {said}")
    assert "Secret" not in str(told.value)


def test_a_login_service_that_fails_is_no_reason_to_log_in_again(
    tmp_path: Path, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # between the library's own repeats
    logins.refuses("internal_failure", status=503)
    with pytest.raises(
        CalendarError, match=r"^lee-google: Google's login service does not answer now; try again later$"
    ):
        renew(credentials_for(*with_login(tmp_path, logins)), "lee-google")
    assert len(logins.asked) > 1


def test_a_refusal_that_is_not_ours_is_told_too() -> None:
    error = RefreshError("invalid_grant: Bad", {"error": "invalid_grant"})  # type: ignore[no-untyped-call]
    assert "Google no longer accepts its login" in str(refused("lee-google", error))
    assert "does not renew its login" in str(refused("lee-google", RefreshError("?")))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("status", "done"), [(200, True), (400, True), (503, False), (302, False)])
def test_a_login_counts_as_withdrawn_where_google_says_so_or_does_not_know_it_any_more(
    logins: Logins, status: int, done: bool
) -> None:
    logins.answers = [(status, {})]
    login = replace(LOGIN, revoke_uri=f"{logins.root}revoke")
    if done:
        revoke(login)
    else:
        with pytest.raises(CalendarError, match=f"^Google answers with HTTP {status}$"):
            revoke(login)
    assert logins.asked == [{"token": "1//refresh"}]


# A service account


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def key_of(private_key: rsa.RSAPrivateKey, logins: Logins, **more: Any) -> str:
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    known = {"type": "service_account", "client_email": "breaks@riverside.iam.example", "client_id": "1234567890"}
    return json.dumps(known | {"private_key": pem.decode(), "token_uri": f"{logins.root}token"} | more)


def test_a_service_account_acts_for_its_subject_with_the_least_rights(
    tmp_path: Path, logins: Logins, private_key: rsa.RSAPrivateKey
) -> None:
    options, surroundings = account(
        tmp_path, service_account={"env": key_of(private_key, logins)}, subject="lee@riverside.example",
        own_calendar="breaks@group.example",
    )  # fmt: skip
    logins.gives("ya29.service")
    credentials = credentials_for(options, surroundings)
    renew(credentials, "lee-google")
    assert credentials.token == "ya29.service"
    head, claims, signature = logins.asked[0]["assertion"].split(".")
    private_key.public_key().verify(
        base64.urlsafe_b64decode(signature + "=="), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (said["sub"], said["iss"]) == ("lee@riverside.example", "breaks@riverside.iam.example")
    assert said["scope"] == f"{EVENTS} {OWN_CALENDAR}"
    assert not (surroundings.state).exists()  # nothing of it is kept


@pytest.mark.parametrize(
    ("error", "description", "said"),
    [
        (
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized",
            "the service account may not act for lee@riverside.example yet; an admin of the Workspace enters it under "
            "admin.google.com > Security > Access and data control > API controls > Domain-wide delegation: client id "
            f"1234567890, scopes {EVENTS}",
        ),
        ("access_denied", "Requested client not authorized.", "the service account may not act for lee@"),
        ("invalid_grant", "Invalid email or User ID", "Google does not let the service account act for lee@"),
        ("invalid_grant", "Invalid JWT Signature.", "the service account's key is no longer valid"),
        ("invalid_grant", "Invalid grant: account not found", "Google knows no user lee@riverside.example, or"),
        (
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
            "Google refuses the service account; set this computer's clock right",
        ),
        ("invalid_client", "The OAuth client was not found.", "Google refuses the service account (invalid_client)"),
    ],
)
def test_a_service_account_that_is_refused_says_who_has_to_do_what(
    tmp_path: Path, logins: Logins, private_key: rsa.RSAPrivateKey, error: str, description: str, said: str
) -> None:
    options, surroundings = account(
        tmp_path, service_account={"env": key_of(private_key, logins)}, user="lee@riverside.example"
    )
    logins.refuses(error, description, 401 if error != "invalid_grant" else 400)
    with pytest.raises(CalendarError) as told:
        renew(credentials_for(options, surroundings), "lee-google")
    assert str(told.value).startswith(f"lee-google: {said}")


def test_a_key_that_cannot_be_used_is_told_without_a_word_of_it(tmp_path: Path, logins: Logins) -> None:
    text = json.dumps({
        "type": "service_account", "client_email": "a@b.example", "client_id": "1", "private_key": "-----SECRET",
        "token_uri": f"{logins.root}token",
    })  # fmt: skip
    with pytest.raises(CalendarError, match="the key in it cannot be used") as told:
        credentials_for(*account(tmp_path, service_account={"env": text}, subject="lee@riverside.example"))
    assert "SECRET" not in str(told.value)


# The files of the console

DESKTOP = {
    "client_id": "c", "client_secret": "s", "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": "https://oauth2.googleapis.com/token",
}  # fmt: skip


def test_the_address_for_withdrawing_is_beside_that_for_tokens_unless_the_file_names_it(tmp_path: Path) -> None:
    def revoke_uri(**more: str) -> str:
        text = json.dumps({"installed": DESKTOP | more})
        return client_of(*account(tmp_path, client={"env": text})).revoke_uri

    assert revoke_uri() == "https://oauth2.googleapis.com/revoke"
    assert revoke_uri(revoke_uri="https://login.example/end") == "https://login.example/end"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no JSON", "this is no JSON file"),
        ("[]", "this is no JSON file"),
        (json.dumps({"web": DESKTOP}), "this client is for a web site; make one of the type `Desktop app`"),
        (json.dumps({"type": "service_account"}), "this is the key of a service account; write it under"),
        (json.dumps({"installed": {}}), "this is no OAuth client"),
        (json.dumps({"installed": DESKTOP | {"token_uri": "http://far.example/token"}}), "does not start with https"),
        (json.dumps({"installed": DESKTOP | {"auth_uri": "file:///etc/passwd"}}), "does not start with https"),
        (json.dumps({"installed": DESKTOP | {"revoke_uri": "http://far.example/"}}), "does not start with https"),
    ],
)
def test_a_client_that_is_none_is_told_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CalendarError) as told:
        client_of(*account(tmp_path, client={"env": text}))
    assert str(told.value).startswith("lee-google: `client`: ")
    assert said in str(told.value)


# What is told beforehand


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=7, seconds=1), None),
        (timedelta(days=7), "its login ends on Mon 30 Nov 2026 06:00 UTC; before then run: "),
        (timedelta(0), "its login ended on Mon 23 Nov 2026 06:00 UTC; run: "),
    ],
)
def test_the_end_of_a_login_is_told_from_a_week_ahead(left: timedelta, said: str | None) -> None:
    told = ends_soon("lee-google", replace(LOGIN, ends=NOW + left), NOW)
    assert (told is None) == (said is None)
    assert told is None or told.startswith(f"lee-google: {said}session-breaks connect google --account lee-google")


def test_a_login_without_an_end_is_not_said_to_end() -> None:
    assert ends_soon("lee-google", replace(LOGIN, ends=None), NOW) is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "names no agreement"),
        ({"user": "lee@riverside.example"}, "names no agreement"),
        ({"user": "lee@riverside.example", "health_data_agreement": True}, None),
        ({"user": "lee@Gmail.com", "health_data_agreement": True}, "a personal Google account"),
        ({"me": "lee@googlemail.com", "health_data_agreement": True}, "a personal Google account"),
        ({"user": "lee@notgmail.com.example", "health_data_agreement": True}, None),
    ],
)
def test_a_personal_account_can_never_have_an_agreement_on_health_data(options: Any, said: str | None) -> None:
    told = health_data.warning("lee-google", Options.model_validate(options))
    assert said in told if said is not None and told is not None else told is said


def test_every_right_that_is_asked_for_has_google_s_own_words() -> None:
    from connectors.google_api import document

    scopes = document()["auth"]["oauth2"]["scopes"]
    for scope, words in google_login.WORDS.items():
        assert scopes[scope]["description"] == words
    for access in ("events", "free-busy"):
        for own in (None, "breaks@group.example"):
            asked = Options.model_validate({"access": access, "own_calendar": own}).scopes()
            assert set(asked) <= set(google_login.WORDS)
