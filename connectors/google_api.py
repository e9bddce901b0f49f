"""Requests to Google's Calendar API: sent one by one or fifty at a time, repeated where that helps, and every failure
said in words.

httplib2 is not safe across threads, so every thread has a connection of its own. What is asked again waits longer each
time, by chance a little more or less (google-api-core), as Google's guide to errors asks:
https://developers.google.com/workspace/calendar/api/guides/errors"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import google_auth_httplib2
import httplib2
from google.api_core.exceptions import RetryError
from google.api_core.retry import Retry
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import BatchError, Error, HttpError
from googleapiclient.http import HttpRequest

from connectors import quiet, retry_after
from connectors.base import CalendarError, Conflict, Unreadable
from connectors.deadline import Patience, TooLate
from connectors.google_http import Http, TooBig
from connectors.google_login import refused
from connectors.google_options import API

T = TypeVar("T")
Json = dict[str, Any]
Outcome = Json | CalendarError

BATCH = 50  # Google: "You're limited to 50 calls in a single batch request"
TIMEOUT = timedelta(seconds=60)  # for one answer, unless the account says otherwise
FIRST_WAIT, LONGEST_WAIT, GIVE_UP = 1.0, 32.0, 120.0  # seconds, between repeats and in all

_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_SLOWER = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded", "calendarUsageLimitsExceeded"})
_LOST = (
    http.client.HTTPException,
    httplib2.HttpLib2Error,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
    json.JSONDecodeError,
    UnicodeDecodeError,
    TransportError,
)

# What the client raises where a batch's reply lacks parts of it.
_NO_PARTS = (BatchError, LookupError, ValueError, TypeError, AttributeError)


class Gone(CalendarError):  # noqa: N818 - it names what happened
    """There is no such calendar or event (HTTP 404, 410)."""


class Refused(CalendarError):  # noqa: N818 - it names what happened
    """Google does not do this with what was sent, or not for this account (HTTP 400, 403)."""


class Wrong(Refused):
    """Google does not take what was sent, whoever sends it (HTTP 400)."""


class There(Conflict):
    """An event with this id is there already, or was (HTTP 409): somebody's, or this request's own work, if an earlier
    answer was lost. That may have happened without a word, since httplib2 sends again where a connection breaks."""


class Changed(Conflict):
    """An event is not as it was read (HTTP 412): changed by somebody, or by this request, as for `There`."""


class _Again(Exception):  # noqa: N818 - it names what to do
    """This can be sent again, not before `wait` seconds; `error` is what to say where that does not help either."""

    def __init__(self, error: CalendarError, wait: float = 0.0) -> None:
        super().__init__()
        self.error, self.wait = error, wait


class Service:
    """One account's way to the API. `login` makes the credentials, once; nothing is sent before the first request.
    timeout: how long to wait for Google when it says nothing; patience: how long for all of its replies."""

    def __init__(
        self,
        account: str,
        endpoint: str,
        login: Callable[[], Credentials],
        timeout: timedelta = TIMEOUT,
        patience: Patience | None = None,
    ) -> None:
        quiet.silence()
        self._patience = patience or Patience()
        self._account, self._endpoint, self._login, self._timeout = account, endpoint, login, timeout
        self._credentials: Credentials | None = None
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._batches = True

    def events(self) -> Any:
        """The API's collection of events, for this thread; its methods make requests for `send`."""
        return self._api().events()

    def api(self) -> Any:
        """The API, for this thread; its methods make requests for `send`."""
        return self._api()

    def send(self, request: HttpRequest, what: str, repeat: bool = True) -> Json:
        """One request's reply. what: the calendar, as the rule file names it. repeat: whether it does no harm to send
        it again where no answer came.

        Raises Gone, Refused, There, Changed; Unreadable where no whole reply comes; CalendarError for all else."""

        def once() -> Json:
            try:
                return _whole(request, request.execute() if repeat else self._executed_once(request), what)
            except Exception as error:
                raise self._said(error, what) from None

        if repeat:
            return self._patiently(once)
        try:
            return once()
        except _Again as error:
            raise error.error from None

    def send_all(self, requests: Sequence[HttpRequest], what: str) -> Iterator[Outcome]:
        """The outcome of each request, in order: its reply, or the error that `send` would raise. Up to fifty go in one
        request; those that can be repeated go again together."""
        for first in range(0, len(requests), BATCH):
            some = requests[first : first + BATCH]
            if self._batches and len(some) > 1:
                yield from self._batch(some, what)
            else:
                yield from self._one_by_one(some, what)

    def received(self) -> int:
        """Bytes that this thread was given so far, unpacked."""
        connection = getattr(self._mine, "connection", None)
        return 0 if connection is None else int(connection.received)

    def close(self) -> None:
        """Let go of this thread's connection."""
        connection = getattr(self._mine, "connection", None)
        if connection is not None:
            connection.close()
            self._mine.__dict__.clear()

    def _one_by_one(self, requests: Sequence[HttpRequest], what: str) -> Iterator[Outcome]:
        over: CalendarError | None = None
        for request in requests:
            try:
                yield over or self.send(request, what)
            except CalendarError as error:
                over = error if hopeless(error) else None
                yield error

    def _batch(self, requests: Sequence[HttpRequest], what: str) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}

        def once() -> None:
            waiting: list[_Again] = []

            def part(name: str, reply: Any, error: Exception | None) -> None:
                number = int(name)
                said: CalendarError | _Again
                try:
                    if error is None:
                        outcomes[number] = _whole(requests[number], reply, what)
                        return
                    said = self._said(error, what)
                except _Again as again:
                    said = again
                if isinstance(said, _Again):
                    waiting.append(said)
                else:
                    outcomes[number] = said

            batch = self._api().new_batch_http_request(callback=part)
            left = [number for number in range(len(requests)) if number not in outcomes]
            for number in left:
                batch.add(requests[number], request_id=str(number))
            try:
                self._renew()
                batch.execute()
            except Exception as error:
                if all(number in outcomes for number in left):
                    return
                if isinstance(error, _NO_PARTS) and not isinstance(error, GoogleAuthError):
                    unread = f"{what}: Google's reply to a batch cannot be read; try again later"
                    raise _Again(Unreadable(unread)) from None
                said = self._said(error, what)
                if isinstance(said, Conflict):  # a batch has no condition: this is about no event
                    said = CalendarError(f"{what}: Google refuses a batch; try again later")
                raise said from None
            if waiting:
                raise _Again(waiting[0].error, max(one.wait for one in waiting))

        try:
            self._patiently(once)
        except Gone as error:
            if outcomes:
                return [outcomes.get(number, error) for number in range(len(requests))]
            self._batches = False  # no batches at this address (a proxy): one after the other
            return list(self._one_by_one(requests, what))
        except CalendarError as error:
            return [outcomes.get(number, error) for number in range(len(requests))]
        return [outcomes[number] for number in range(len(requests))]

    def _patiently(self, once: Callable[[], T]) -> T:
        retry = Retry(
            predicate=lambda error: isinstance(error, _Again),
            initial=FIRST_WAIT,
            maximum=LONGEST_WAIT,
            multiplier=2.0,
            timeout=GIVE_UP,
        )

        def patient() -> T:
            try:
                return once()
            except _Again as error:
                if error.wait > GIVE_UP:
                    raise error.error from None
                if error.wait:
                    time.sleep(error.wait)
                raise

        try:
            with self._patience.waiting():
                return retry(patient)()
        except _Again as error:
            raise error.error from None
        except RetryError as error:
            cause = error.cause
            raise (cause.error if isinstance(cause, _Again) else CalendarError(str(error))) from None

    def _said(self, error: Exception, what: str) -> CalendarError | _Again:
        """What went wrong, in words; or that it is worth another try."""
        if isinstance(error, (CalendarError, _Again)):
            return error
        if isinstance(error, TooLate) or self._patience.left() <= 0:
            return Unreadable(self._too_late(what))
        if isinstance(error, TooBig):
            return Unreadable(f"{what}: Google's reply is larger than any that is asked for")
        if isinstance(error, TransportError) and error.args and isinstance(error.args[0], Exception):
            return self._said(error.args[0], what)  # what went wrong on the way to the token
        if isinstance(error, RefreshError):
            said: CalendarError = refused(self._account, error)
            return said
        if isinstance(error, (httplib2.ServerNotFoundError, ConnectionRefusedError)):
            return CalendarError(f"{what}: Google cannot be reached; check the network")
        if isinstance(error, ssl.SSLCertVerificationError):
            return CalendarError(
                f"{what}: Google's certificate is not accepted; check this computer's clock, and its proxy if any"
            )
        if isinstance(error, HttpError):
            return self._status(error, what)
        if isinstance(error, (*_LOST, OSError)):
            return _Again(Unreadable(f"{what}: Google's reply did not come whole; try again later"))
        if isinstance(error, RecursionError):
            return Unreadable(f"{what}: Google's reply makes no sense; try again later")
        if isinstance(error, (Error, GoogleAuthError, LookupError, ValueError, TypeError, AttributeError)):
            return CalendarError(f"{what}: Google's library refused a request ({type(error).__name__})")
        raise error

    def _too_late(self, what: str) -> str:
        if self._patience.left() <= 0:
            return self._patience.at_end(what)
        return f"{what}: Google did not answer in time; if the way there is slow, set `timeout` of the account"

    def _status(self, error: HttpError, what: str) -> CalendarError | _Again:
        status, reason = int(error.resp.status), _reason(error)
        if status in _TRY_AGAIN or (status == 403 and reason in _SLOWER):
            busy = f"Google answers {status} again and again" if status != 403 else "Google allows no more requests now"
            wait = retry_after.seconds(str(error.resp.get("retry-after", "")))
            return _Again(CalendarError(f"{what}: {busy}; the next run goes on where this one stopped"), wait)
        if status == 403 and reason in _USED_UP:
            return CalendarError(
                f"{what}: Google's quota for this account is used up for today; the next night goes on where this one "
                "stopped"
            )
        if status in (404, 410):
            return Gone(
                f"{what}: Google knows no such calendar; check its id (calendar settings, `Integrate calendar`) and "
                f"whether it is shared with the account of {self._account}"
            )
        if status == 409:
            return There(f"{what}: this block is there already; read again")
        if status == 412:
            return Changed(f"{what}: a block changed after it was read; read again")
        if status == 401:
            return CalendarError(
                f"{what}: Google does not accept the login of {self._account}; run: session-breaks doctor"
            )
        if status == 403 and reason in ("accessNotConfigured", "SERVICE_DISABLED"):
            return CalendarError(
                f"{what}: the Google Calendar API is not switched on in the project of the account's client; enable "
                "it at console.cloud.google.com (APIs & Services > Library), and wait a few minutes"
            )
        if status == 403:
            rights = reason in ("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
            missing = "the login was not given the rights that this needs" if rights else "access is refused"
            return Refused(f"{what}: {missing} (HTTP 403); run: session-breaks doctor")
        if status == 400:
            return Wrong(f"{what}: Google refuses what was sent (HTTP 400)")
        return CalendarError(f"{what}: Google answers with HTTP {status}; try again later")

    def _renew(self) -> None:
        """Renew the login over this thread's own connection: a batch would do it over one that waits for ever."""
        credentials = self._credentials
        if credentials is not None and not credentials.valid:
            connection = google_auth_httplib2.Request(self._mine.connection)
            credentials.refresh(connection)  # type: ignore[no-untyped-call]  # google-auth types only a part of itself

    def _executed_once(self, request: HttpRequest) -> Any:
        """A request's reply, by a connection of its own that does not send it a second time."""
        connection = Http(self._timeout, self._patience, once=True)
        try:
            return request.execute(http=google_auth_httplib2.AuthorizedHttp(self._credentials, http=connection))
        finally:
            connection.close()

    def _api(self) -> Any:
        """The API's methods, bound to this thread's connection."""
        if not hasattr(self._mine, "api"):
            with self._lock:
                if self._credentials is None:
                    self._credentials = self._login()
            self._mine.connection = connection = Http(self._timeout, self._patience)
            authorized = google_auth_httplib2.AuthorizedHttp(self._credentials, http=connection)
            self._mine.api = build_from_document(document(self._endpoint), http=authorized)
        return self._mine.api


def document(endpoint: str = API) -> Json:
    """The discovery document that ships with the client, with its addresses on this endpoint: the client's own
    `api_endpoint` leaves the batch address where it was."""
    found: Json = json.loads(get_static_doc("calendar", "v3"))
    if endpoint != API:
        path = found["servicePath"]
        root = endpoint.removesuffix(path)
        found["rootUrl"] = root
        found["servicePath"] = path if root != endpoint else ""
        found["baseUrl"] = endpoint
        found["basePath"] = urlsplit(endpoint).path
    found.pop("mtlsRootUrl", None)
    return found


def hopeless(error: CalendarError) -> bool:
    """Whether what failed so will fail for the next request too: not where it is about one event alone."""
    return not isinstance(error, (Conflict, Gone, Refused))


def _whole(request: HttpRequest, reply: Any, what: str) -> Json:
    """A reply as JSON; what deletes answers with nothing."""
    if reply in ("", b"", None) and request.method == "DELETE":
        return {}
    if not isinstance(reply, dict):
        raise _Again(Unreadable(f"{what}: Google's reply did not come whole; try again later"))
    return reply


def _reason(error: HttpError) -> str:
    """The machine-readable reason of a refusal, '' where there is none; its text is never shown."""
    try:
        found: Json = json.loads(error.content)["error"]
        return str((found.get("errors") or [{}])[0].get("reason") or found.get("status") or "")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return ""
