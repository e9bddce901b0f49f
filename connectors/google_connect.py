"""A new login at Google, as an installed app makes it: consent in a browser, the answer by an address on this computer
or pasted, and the exchange of its code, held together by a state and by PKCE (RFC 8252, RFC 7636). And its end:
withdrawn at Google."""

from __future__ import annotations

import contextlib
import hmac
import http.server
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors import quiet
from connectors.base import CalendarError
from connectors.deadline import Patience, within
from connectors.google_client import REVOKE, Client
from connectors.google_login import named
from connectors.google_tokens import Login
from connectors.unpacking import ENCODINGS, body_of

PORT = 8085
"""The port in the address that a browser elsewhere ends at, where nobody listens."""

_SECONDS = 30.0  # that one request may take when nothing comes; all of it twice as long
_MOST_BYTES = 1024 * 1024  # of a login, which has some two thousand


class AnotherLogin(CalendarError):  # noqa: N818 - it names what is wrong
    """An answer whose state is not that of this login."""


class Pending:
    """A login that was begun: `address` is to be opened in a browser. user: whose account is offered there first."""

    def __init__(self, client: Client, scopes: Sequence[str], redirect: str, user: str | None) -> None:
        from google_auth_oauthlib.flow import Flow

        quiet.silence()
        config = {
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "auth_uri": client.auth_uri,
            "token_uri": client.token_uri,
        }
        self._client, self._scopes = client, tuple(scopes)
        self._flow = Flow.from_client_config({"installed": config}, scopes=list(scopes), redirect_uri=redirect)
        hint = {"login_hint": user} if user else {}
        # Without `consent` a second login gives no refresh token.
        with _as_google_does_it(client.on_this_computer):
            self.address, self._state = self._flow.authorization_url(access_type="offline", prompt="consent", **hint)

    def code_of(self, answer: str) -> str:
        """The code in what came back: the address that the browser ended at, or the code alone, which PKCE ties to this
        login. Raises CalendarError where consent was refused, or the answer belongs to another login."""
        answer = answer.strip().strip("'\"")
        if not re.search(r"[?&](code|error)=", answer):
            if re.fullmatch(r"[\w~.%/+-]{4,512}", answer):
                return answer.replace("%2F", "/").replace("%2f", "/")
            raise CalendarError("this is neither the address that the browser ended at nor a code; copy it whole")
        query = parse_qs(urlsplit(answer).query)
        if not hmac.compare_digest(query.get("state", [""])[0].encode(), str(self._state).encode()):
            raise AnotherLogin("this answer belongs to another login; use the address that was printed last")
        if error := query.get("error", [""])[0]:
            raise CalendarError(_consent_refused(error))
        return query["code"][0]

    def finish(self, code: str, now: datetime) -> Login:
        """Exchange the code. Raises CalendarError."""
        session = self._flow.oauth2session
        session.max_redirects = 0  # nothing is sent to another host
        session.headers["Accept-Encoding"] = ENCODINGS
        for adapter in session.adapters.values():
            adapter.send = partial(_in_bounds, adapter.send)
        exchange = partial(self._flow.fetch_token, code=code, include_client_id=True, timeout=_SECONDS)
        with _as_google_does_it(self._client.on_this_computer):
            try:
                token = within(2 * _SECONDS, exchange)
            except Exception as error:  # oauthlib's and requests' words quote replies and addresses
                raise CalendarError(_exchange_refused(error)) from None
            finally:
                session.close()
        if not token.get("refresh_token"):
            raise CalendarError(
                "Google gave no lasting login; remove the app at myaccount.google.com/connections first"
            )
        return Login(
            refresh_token=str(token["refresh_token"]),
            access_token=str(token["access_token"]),
            expires=_after(now, token.get("expires_in")),
            scopes=_scopes(token.get("scope")) or self._scopes,  # left out where it is what was asked (RFC 6749, 5.1)
            client_id=self._client.client_id,
            revoke_uri=self._client.revoke_uri,
            since=now,
            ends=_after(now, token.get("refresh_token_expires_in")),
        )


def in_browser(
    client: Client,
    scopes: Sequence[str],
    user: str | None,
    now: datetime,
    *,
    port: int = 0,
    patience: float = 300.0,
    show: Callable[[str], None],
) -> Login:
    """A login by a browser on this computer. port: where to listen for the answer, 0 for any; patience: seconds to wait
    for it; `show` gets the address, to open it and to print it. Raises CalendarError."""
    with _Doorstep(port) as doorstep:
        pending = Pending(client, scopes, doorstep.address, user)
        doorstep.accepts = pending.code_of
        show(pending.address)
        return pending.finish(doorstep.wait(patience), now)


def revoke(login: Login) -> None:
    """Withdraw a login at Google. One that Google does not know any more is withdrawn already. Raises CalendarError
    where Google cannot be asked."""
    from connectors.google_http import Http

    quiet.silence()
    from urllib.parse import urlencode

    connection = Http(timedelta(seconds=_SECONDS), Patience())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        body = urlencode({"token": login.refresh_token})
        reply, _ = connection.request(login.revoke_uri or REVOKE, "POST", body=body, headers=headers)
    except Exception as error:  # whatever it is, it may quote what was sent
        raise CalendarError(f"Google cannot be reached ({type(error).__name__})") from None
    finally:
        connection.close()
    if int(reply.status) not in (200, 400):  # 400 invalid_token: expired or withdrawn already
        raise CalendarError(f"Google answers with HTTP {reply.status}")


@dataclass
class _Answer:
    code: str | None = None
    error: CalendarError | None = None


class _Doorstep:
    """Listens on the loopback interface for the browser that comes back from Google."""

    def __init__(self, port: int) -> None:
        self.accepts: Callable[[str], str] = str
        answer = self._answer = _Answer()
        doorstep = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = 2  # seconds: browsers open connections for later, and say nothing on them

            def do_GET(self) -> None:
                if not re.search(r"[?&](code|error)=", self.path):
                    self.send_error(404)
                    return
                try:
                    answer.code = doorstep.accepts(self.path)
                    text = "The login is done. You can close this window."
                except AnotherLogin:  # an old tab, or somebody who guesses: go on waiting
                    self.send_error(400)
                    return
                except CalendarError as error:
                    answer.error = error
                    text = f"No login: {error}."
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing: the line would hold the code."""

        try:
            self._server = http.server.HTTPServer(("127.0.0.1", port), Handler)
        except OSError as error:
            raise CalendarError(
                f"port {port} of this computer cannot be used ({error.strerror}); give another"
            ) from None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def wait(self, patience: float) -> str:
        until = time.monotonic() + patience
        while self._answer.code is None and self._answer.error is None:
            self._server.timeout = max(0.0, until - time.monotonic())
            if not self._server.timeout:
                raise CalendarError("nobody answered in the browser; try again, or with --no-browser")
            self._server.handle_request()
        if self._answer.error is not None:
            raise self._answer.error
        return str(self._answer.code)

    def __enter__(self) -> _Doorstep:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()


@contextlib.contextmanager
def _as_google_does_it(on_this_computer: bool) -> Iterator[None]:
    """oauthlib takes less granted than asked for as an error, and asks for TLS also on the loopback interface; it is
    told otherwise by the environment, for as long as the exchange takes."""
    told = {"OAUTHLIB_RELAX_TOKEN_SCOPE": "1"} | ({"OAUTHLIB_INSECURE_TRANSPORT": "1"} if on_this_computer else {})
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _in_bounds(send: Callable[..., Any], *words: Any, **about: Any) -> Any:
    """The HTTP library's answer with a body that was taken in bounds. Raises TooLarge, Broken."""
    answer = send(*words, **about | {"stream": True})
    with contextlib.closing(answer):
        answer._content, answer._content_consumed = body_of(answer, _MOST_BYTES), True
    return answer


def _consent_refused(error: str) -> str:
    if error == "access_denied":
        return (
            "access was refused at Google: somebody said no there, or the app is in testing and this address is not "
            "among its test users"
        )
    if error in ("admin_policy_enforced", "org_internal"):
        return "the Workspace of this address does not allow the app; its admin can trust it"
    return f"Google refused the login ({named(error)})"


def _exchange_refused(error: Exception) -> str:
    code = str(getattr(error, "error", "") or "")
    if code == "invalid_grant":
        return "Google does not take this code: it is too old, was used before, or is not whole; run the command again"
    if code in ("invalid_client", "unauthorized_client"):
        return "Google does not know this `client`, or its secret was changed; download its JSON file once more"
    if code:
        return f"Google refused the login ({named(code)})"
    return f"Google cannot be reached for the login ({type(error).__name__}); check the network"


def _scopes(written: Any) -> tuple[str, ...]:
    return tuple(written.split()) if isinstance(written, str) else tuple(map(str, written or ()))


def _after(now: datetime, seconds: Any) -> datetime | None:
    """The moment so many seconds from now; None where no number is given."""
    try:
        return (now + timedelta(seconds=int(seconds))).astimezone(UTC) if seconds is not None else None
    except (TypeError, ValueError, OverflowError):
        return None
