"""Who may use a Google account: its credentials, from a login that is kept, a service account's key or a ready token;
and what is to be said about them: rights that are missing, a login that ends, a refusal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2 import credentials as user
from google.oauth2 import service_account

from connectors.base import CalendarError, Context
from connectors.deadline import Patience, TooLate
from connectors.google_client import Client, client_of, service_key_of
from connectors.google_options import EVENTS, FREE_BUSY, OWN_CALENDAR, Options
from connectors.google_tokens import Login, Shelf
from connectors.options import secret_text

TOLD_BEFORE = timedelta(days=7)
"""How long before its end a login is told to end."""

ALL = "https://www.googleapis.com/auth/calendar"
"""The right to everything in Google Calendar: never asked for, but whoever has it lacks nothing."""

_CODES = frozenset({
    "access_denied", "admin_policy_enforced", "deleted_client", "disabled_client", "internal_failure", "invalid_client",
    "invalid_grant", "invalid_request", "invalid_scope", "invalid_token", "missing_token", "org_internal",
    "rate_limit_exceeded", "redirect_uri_mismatch", "server_error", "temporarily_unavailable", "unauthorized_client",
    "unsupported_grant_type", "unsupported_response_type",
})  # fmt: skip

WORDS = {
    EVENTS: "View and edit events on all your calendars",
    FREE_BUSY: "See the availability on Google calendars you have access to",
    OWN_CALENDAR: "Make secondary Google calendars, and see, create, change, and delete events on them",
    ALL: "See, edit, share, and permanently delete all the calendars you can access using Google Calendar",
}
"""What each right is called where Google asks for it, so that a person finds the box to tick."""


def credentials_for(options: Options, context: Context) -> Credentials:
    """The account's credentials; nothing is sent. What a refresh gives is kept. Raises CalendarError with advice where
    there is no login, or not with all the rights that `options.access` needs."""
    if options.token is not None:
        said = f"{context.account}: Google does not accept the `token` of this account; put a new one there"
        return Ready(secret_text(context, "token", options.token), said)
    if options.service_account is not None:
        return service_credentials(options, context, options.scopes())
    login = stored(context)
    if login is None:
        raise CalendarError(f"{context.account}: there is no login yet; run: {connect(context.account)}")
    client = client_of(options, context)
    if login.client_id != client.client_id:
        raise CalendarError(
            f"{context.account}: its login was made with another `client` than the rule file names now; "
            f"run: {connect(context.account)}"
        )
    lacking = missing(options.scopes(), login.scopes)
    if lacking:
        raise CalendarError(lacks(context.account, lacking))
    return _Kept(context, client, login)


def service_credentials(options: Options, context: Context, scopes: Iterable[str]) -> Credentials:
    """The credentials of the account's service account, acting for its subject. Raises CalendarError."""
    key = service_key_of(options, context)
    who = options.subject or options.user or ""
    try:
        found: _Service = _Service.from_service_account_info(key, scopes=list(scopes), subject=who)  # type: ignore[no-untyped-call]  # no types
    except Exception:  # what the library says quotes the key
        raise CalendarError(
            f"{context.account}: `service_account`: the key in it cannot be used; make a new JSON key in the console"
        ) from None
    found.says = _ServiceWords(context.account, str(key["client_id"]), who, tuple(scopes))
    return found


def renew(credentials: Credentials, account: str) -> None:
    """Ask Google for a new access token now. Raises CalendarError where it is refused, or Google cannot be reached."""
    import google_auth_httplib2

    from connectors.google_http import Http, TooBig

    connection = Http(timedelta(seconds=30), Patience())
    try:
        credentials.refresh(google_auth_httplib2.Request(connection))  # type: ignore[no-untyped-call]  # no types
    except RefreshError as error:
        raise refused(account, error) from None
    except (GoogleAuthError, OSError, TooLate, TooBig) as error:
        raise CalendarError(
            f"{account}: Google cannot be reached ({type(error).__name__}); check the network"
        ) from None
    finally:
        connection.close()


def stored(context: Context) -> Login | None:
    """The login that `connect google` made, None where there is none. Raises CalendarError."""
    return Shelf(context.account, context.state).load()


def refused(account: str, error: RefreshError) -> CalendarError:
    """What to say where Google does not renew a login. Nothing that Google wrote is quoted."""
    return CalendarError(error.text if isinstance(error, Refused) else _refusal(account, error))


def missing(needed: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """The rights that are needed and were not granted."""
    had = frozenset(granted)
    return () if ALL in had else tuple(scope for scope in needed if scope not in had)


def lacks(account: str, scopes: Iterable[str]) -> str:
    """What to say where rights are missing."""
    named = " and ".join(f"`{WORDS.get(scope, scope)}`" for scope in scopes)
    return f"{account}: its login was not given the right {named}; run: {connect(account)} and tick every box there"


def connect(account: str) -> str:
    """The command that makes a new login."""
    return f"session-breaks connect google --account {account}"


def ends_soon(account: str, login: Login, now: datetime) -> str | None:
    """A line where a login ends within a week, or has ended; None where it does not, or no end is known."""
    if login.ends is None or login.ends - now > TOLD_BEFORE:
        return None
    day = f"{login.ends:%a} {login.ends.day} {login.ends:%b %Y} {login.ends:%H:%M} UTC"
    why = "Google lets it live for 7 days while the app in its console is in testing (docs/google.md)"
    if login.ends <= now:
        return f"{account}: its login ended on {day}; run: {connect(account)} ({why})"
    return f"{account}: its login ends on {day}; before then run: {connect(account)} ({why})"


class Refused(RefreshError):  # noqa: N818 - it names what happened
    """Google does not renew a login; `text` says it for a person."""

    def __init__(self, text: str, retryable: bool) -> None:
        super().__init__(text, retryable=retryable)  # type: ignore[no-untyped-call]  # no types
        self.text = text


class Ready(user.Credentials):
    """A ready access token, that cannot be renewed; `said` is what to say where Google does not accept it."""

    def __init__(self, token: str, said: str) -> None:
        super().__init__(token)  # type: ignore[no-untyped-call]  # no types
        self._said = said

    def refresh(self, request: Any) -> None:  # noqa: ARG002 - the library's signature
        raise Refused(self._said, False)


class _Kept(user.Credentials):
    """A login that is kept; what a refresh gives is kept too. Safe to share between threads."""

    def __init__(self, context: Context, client: Client, login: Login) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # no types
            login.access_token or None,
            refresh_token=login.refresh_token,
            token_uri=client.token_uri,
            client_id=client.client_id,
            client_secret=client.client_secret,
            scopes=list(login.scopes),  # a refresh that asks for more than was granted is refused
            expiry=_naive(login.expires),
        )
        self._account_name = context.account
        self._login = login
        self._shelf = Shelf(context.account, context.state)
        self._lock = threading.Lock()

    def refresh(self, request: Any) -> None:
        before = self.token
        with self._lock:
            if self.token != before:  # another thread was quicker
                return
            try:
                _understood(self, super().refresh, request)
            except RefreshError as error:
                raise Refused(_refusal(self._account_name, error), error.retryable) from None
            expires = self.expiry.replace(tzinfo=UTC) if self.expiry is not None else None
            new = replace(
                self._login,
                access_token=self.token or "",
                refresh_token=self.refresh_token or self._login.refresh_token,
                expires=expires,
                scopes=tuple(self.granted_scopes or self._login.scopes),
            )
            self._shelf.refreshed(self._login, new)
            self._login = new


class _ServiceWords:
    """What to say where a service account is refused. what the admin has to enter: `client_id`, `scopes`."""

    def __init__(self, account: str, client_id: str, subject: str, scopes: tuple[str, ...]) -> None:
        self.account, self.client_id, self.subject, self.scopes = account, client_id, subject, scopes

    def text(self, error: RefreshError) -> str:
        code, detail = _code(error)
        if error.retryable:
            return _later(self.account)
        if code in ("unauthorized_client", "access_denied"):
            return (
                f"{self.account}: the service account may not act for {self.subject} yet; an admin of the Workspace "
                "enters it under admin.google.com > Security > Access and data control > API controls > Domain-wide "
                f"delegation: client id {self.client_id}, scopes {','.join(self.scopes)}"
            )
        if code == "invalid_grant" and "account" in detail:
            return f"{self.account}: Google knows no user {self.subject}, or the service account was deleted"
        if code == "invalid_grant" and ("timeframe" in detail or "short-lived" in detail):
            return f"{self.account}: Google refuses the service account; set this computer's clock right"
        if code == "invalid_grant" and "signature" in detail:
            return f"{self.account}: the service account's key is no longer valid; make a new JSON key in the console"
        if code == "invalid_grant":
            return (
                f"{self.account}: Google does not let the service account act for {self.subject}; check `subject`: a "
                "user of the practice's own Workspace"
            )
        return f"{self.account}: Google refuses the service account ({named(code)}); check its key in the console"


def _understood(credentials: Any, refresh: Callable[[Any], None], request: Any) -> None:
    """Renew credentials by the library's `refresh`. What a login service answers may be anything: where it makes no
    sense it is taken for a service that is out of order (RefreshError)."""
    try:
        refresh(request)
    except (TypeError, ValueError, AttributeError, LookupError, OverflowError, RecursionError):
        raise _no_sense() from None
    texts = [credentials.token, getattr(credentials, "refresh_token", None) or ""]
    if not all(isinstance(text, str) and text.isascii() and text.isprintable() for text in texts):
        credentials.token = None
        raise _no_sense()


def _no_sense() -> RefreshError:
    return RefreshError("a reply that makes no sense", retryable=True)  # type: ignore[no-untyped-call]  # no types


class _Service(service_account.Credentials):
    """A service account that acts for a user of the Workspace."""

    says: _ServiceWords

    def refresh(self, request: Any) -> None:
        try:
            _understood(self, super().refresh, request)
        except RefreshError as error:
            raise Refused(self.says.text(error), error.retryable) from None

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False  # the library would ask another of Google's services, in a thread of its own


def _refusal(account: str, error: RefreshError) -> str:
    code, _ = _code(error)
    if error.retryable:
        return _later(account)
    if code == "invalid_grant":
        return (
            f"{account}: Google no longer accepts its login (withdrawn, expired, or not used for half a year); "
            f"run: {connect(account)}"
        )
    if code in ("invalid_client", "unauthorized_client", "deleted_client"):
        return (
            f"{account}: Google does not know its `client` any more, or the secret in it was changed; download its "
            f"JSON file from the console once more, then run: {connect(account)}"
        )
    if code == "invalid_scope":
        return f"{account}: the rights of its login were changed; run: {connect(account)}"
    if code in ("admin_policy_enforced", "org_internal", "access_denied"):
        return f"{account}: an admin of the Workspace does not allow this app; ask for it to be trusted"
    return f"{account}: Google does not renew its login; run: {connect(account)}"


def _later(account: str) -> str:
    return f"{account}: Google's login service does not answer now; try again later"


def _code(error: RefreshError) -> tuple[str, str]:
    """OAuth's code of an error (RFC 6749, 5.2), and what it says in small letters; '' where they are not there."""
    reply = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    return str(reply.get("error") or "?")[:40], str(reply.get("error_description") or "").lower()


def named(code: str) -> str:
    """A code of OAuth's as an error shows it; not one that somebody made up, who could say anything in it."""
    return code if code in _CODES else "no reason that is known"


def _naive(moment: datetime | None) -> datetime | None:
    """A moment as google-auth keeps it: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None else None
