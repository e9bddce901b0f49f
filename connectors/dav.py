"""WebDAV over the caldav library: requests that are tried again where that is safe, replies as values, errors as one
line.

Plain HTTP (`dav_plain`) speaks to servers that want no login or a Basic one, as most do. For all others caldav does the
login and the HTTP; it is imported when first used: it takes a third of a second and replaces urllib3. What comes back
is parsed here, since calendar servers differ most in what they put into a reply.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin

from connectors import retry_after
from connectors.addresses import origin, related
from connectors.base import CalendarError, Unreadable
from connectors.dav_bounds import MOST_TAGS, bounded, harmful
from connectors.dav_statuses import code_of, meaning
from connectors.deadline import IN_ALL, Patience, TooLate, within
from connectors.limits import MOST_BYTES
from connectors.quiet import silence
from connectors.unpacking import ENCODINGS, Broken, TooLarge

if TYPE_CHECKING:
    from caldav.davclient import DAVClient

    from connectors.dav_plain import Login as PlainLogin
    from connectors.dav_plain import Plain

DAV = "{DAV:}"
CAL = "{urn:ietf:params:xml:ns:caldav}"
TIMEOUT = timedelta(seconds=30)  # for one answer, unless the account says otherwise
_TRIES = 3
_REDIRECTS = 5
_LONGEST_WAIT = 120.0  # seconds; who asks for more is asked again by the next run
_MOST_BYTES = MOST_BYTES
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_@%~+-][A-Za-z0-9_@%~+.-]*)+/?")  # nothing in it stands for something else
Login = Literal["", "none", "basic", "library"]


class Refused(CalendarError):  # noqa: N818 - it names what happened
    """The server answered with a status that is no success."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Away(CalendarError):  # noqa: N818 - it names what happened
    """The server sends us to another place, or in circles."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply: status, where it came from after redirects, headers by lower-case name, body."""

    status: int
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """One <response> of a multistatus: the href resolved against the request, its own status, its properties that
    were found (as elements), and whether the server could not give one of them (any status but 200 and 404)."""

    href: str
    status: int
    properties: dict[str, Any] = field(repr=False)
    failed: int = 0

    def text(self, name: str) -> str:
        """The text of a property, '' where it has none."""
        element = self.properties.get(name)
        return (element.text or "") if element is not None else ""


class Server:
    """One login at one server. Every error names the account, never an address. timeout: how long to wait for the
    server when it says nothing; patience: how long for all of its replies."""

    def __init__(
        self,
        account: str,
        url: str,
        user: str | None,
        password: str | None,
        verify: bool | str,
        timeout: timedelta = TIMEOUT,
        patience: Patience | None = None,
    ) -> None:
        self.account = account
        self.url = url
        self.login: Login = ""
        """How the server wants the login (`library`: in a way that only the library knows); '' until that is known."""
        self._refused: Login = ""
        self._strained = False
        self._turn = threading.Lock()
        self._user = user
        self._password = password
        self._verify = verify
        self._timeout = max(1, round(timeout.total_seconds()))
        self._patience = patience or Patience()
        self._library: DAVClient | None = None
        self._plain: dict[str, Plain] = {}
        self._bytes = self._tags = 0

    def count_anew(self) -> None:
        """A reading begins, or ends: what its replies hold is bounded together, not only each by itself."""
        self._bytes = self._tags = 0

    def remember(self, url: str, login: str) -> None:
        """What was found out in an earlier run: the server's own address, and how it wants the login."""
        self.url = url
        self.login = "none" if login == "none" else "basic" if login == "basic" else "library"

    @property
    def several(self) -> bool:
        """Whether requests may be sent side by side: the login is known, and the server has borne everything so far."""
        from connectors import dav_plain

        return self.login in ("none", "basic") and dav_plain.usable() and not self._strained

    def close(self) -> None:
        if self._library is not None:
            self._library.close()
        for plain in self._plain.values():
            plain.close()

    def send(
        self, method: str, url: str, body: str = "", headers: Mapping[str, str] | None = None, anywhere: bool = False
    ) -> Reply:
        """One request, redirects followed on the same host (`anywhere`: also to a related one over https).

        A dropped connection, "too many requests" and "busy" (429, 502 to 504) are tried again, as late as the server
        says (Retry-After). That is safe for writing too, since every write here has a condition: one that did arrive
        the first time fails the second time, as a conflict. A server's bug (500) is tried again for reading only.
        Raises CalendarError where there is no reply, or the login is refused.
        """
        for _ in range(_REDIRECTS):
            with self._patience.waiting():
                reply = self._patiently(method, url, body, headers or {})
            self._bytes += len(reply.body)
            if self._bytes > 2 * _MOST_BYTES:
                raise self._too_large()
            target = reply.headers.get("location", "")
            if reply.status not in (301, 302, 303, 307, 308) or not target:
                return reply
            try:
                there = urljoin(url, target)
                origin(there)
            except ValueError:
                raise Away(f"{self.account}: the server sends us to an address that makes no sense") from None
            if origin(there) != origin(url) and not (anywhere and related(url, there)):
                raise Away(f"{self.account}: the server sends us to another host; if that is right, write it as `url`")
            url = there
        raise Away(f"{self.account}: the server sends us in circles; check `url`")

    def _patiently(self, method: str, url: str, body: str, headers: Mapping[str, str]) -> Reply:
        reading = method in ("PROPFIND", "REPORT", "GET", "HEAD")
        for attempt in range(1, _TRIES + 1):
            last = attempt == _TRIES
            if self._patience.left() <= 0:
                raise CalendarError(self._patience.at_end(self.account))
            outcome = self._once(method, url, body, headers)
            if isinstance(outcome, Reply):
                if last or not (outcome.status in (502, 503, 504) or (outcome.status == 500 and reading)):
                    return outcome
                self._strained = True
                time.sleep(0.3 * attempt)
                continue
            problem, wait = outcome
            self._strained = True
            if last or wait is None or wait > _LONGEST_WAIT:
                raise problem
            time.sleep(wait or 0.3 * attempt)
        raise AssertionError("unreachable")

    def multistatus(self, method: str, url: str, body: str, depth: int) -> list[Found]:
        """A PROPFIND or REPORT. Raises CalendarError for any status but 207, Unreadable for a body that is no XML."""
        reply = self.send(method, url, body, {"Depth": str(depth), "Content-Type": "application/xml; charset=utf-8"})
        if reply.status != 207:
            raise self.refused(reply.status)
        return self.parsed(reply.body, url)

    def refused(self, status: int) -> Refused:
        """What an unwelcome status means, in words."""
        return Refused(f"{self.account}: {meaning(status)}", status)

    def _once(
        self, method: str, url: str, body: str, headers: Mapping[str, str]
    ) -> Reply | tuple[CalendarError, float | None]:
        """A reply, or an error and how long to wait before another try (0: dropped, 0 seconds asked; None: no use)."""
        from connectors import dav_plain

        if (self.login in ("none", "basic") or not (self.login or self._refused)) and dav_plain.usable():
            outcome = self._plainly("basic" if self.login == "basic" else "none", method, url, body, headers)
            if outcome is not None:
                return outcome
        with self._turn:
            return self._by_library(method, url, body, headers)

    def _plainly(
        self, login: PlainLogin, method: str, url: str, body: str, headers: Mapping[str, str]
    ) -> Reply | tuple[CalendarError, float | None] | None:
        """As `_once`; None where the library has to be asked: the login or the certificate is refused this way."""
        import http.client
        import ssl

        from connectors import dav_plain

        if login not in self._plain:
            made = dav_plain.Plain(login, self._user, self._password, self._verify, self._timeout, _MOST_BYTES)
            self._plain.setdefault(login, made)
        in_all = self._in_all
        try:
            status, found, text = self._plain[login].request(method, url, body, headers, in_all)
        except ssl.SSLError:
            status, found, text = 401, {}, b""
        except TimeoutError:
            return self._too_slow(self._timeout), None
        except TooLate:
            return self._too_slow(in_all), None
        except TooLarge:
            return self._too_large(), None
        except (OSError, http.client.HTTPException, Broken):
            return CalendarError(f"{self.account}: the server cannot be reached; check `url` and the network"), 0.0
        except ValueError:  # an address that cannot be sent; its text would quote it
            return CalendarError(f"{self.account}: `url` is no address; it starts with https://"), None
        if status == 401:
            wanted = dav_plain.only_basic(found.get("www-authenticate", "")) and self._user is not None
            if wanted and login == "none":
                return self._plainly("basic", method, url, body, headers)
            self._refused, self.login = login, ""  # the server wants it in a way that is not plain, or it is wrong
            return (self.refused(401), None) if wanted else None
        if status < 400 or login == "basic":
            self.login = login
        if status == 429 or (status == 503 and "retry-after" in found):
            return self.refused(status), max(retry_after.seconds(found.get("retry-after", "1")), 0.1)
        if status == 403:
            # RFC 4791 section 5.3.2.1
            return Reply(409, url, {}, b"") if b"no-uid-conflict" in text else (self.refused(403), None)
        return Reply(status, url, found, text)

    def _by_library(
        self, method: str, url: str, body: str, headers: Mapping[str, str]
    ) -> Reply | tuple[CalendarError, float | None]:
        silence()
        import niquests.exceptions as http
        from caldav.lib.error import AuthorizationError, DAVError, RateLimitError

        in_all = self._in_all
        try:
            client = self._client()
            answer = within(in_all, partial(client.request, url, method, body, dict(headers)))
            text = answer.raw.encode()
        except TooLate:
            self._library = None  # what is still on its way belongs to nobody
            return self._too_slow(in_all), None
        except TooLarge:
            return self._too_large(), None
        except Broken:
            return Unreadable(f"{self.account}: the server's answer did not come whole"), 0.0
        except AuthorizationError as error:
            if any(name.endswith("}no-uid-conflict") for name in error.preconditions):  # RFC 4791 section 5.3.2.1
                return Reply(409, url, {}, b"")
            return self.refused(403 if error.status == 403 else 401), None
        except RateLimitError as error:
            return self.refused(error.status or 503), max(error.retry_after_seconds or 1.0, 0.1)
        except http.SSLError:
            return CalendarError(
                f"{self.account}: the server's certificate is not trusted; set `ca` to the file of its authority"
            ), None
        except http.Timeout:
            return self._too_slow(self._timeout), None
        except (http.InvalidURL, http.InvalidSchema, http.MissingSchema):
            return CalendarError(f"{self.account}: `url` is no address; it starts with https://"), None
        except (http.RequestException, OSError):
            return CalendarError(f"{self.account}: the server cannot be reached; check `url` and the network"), 0.0
        except DAVError:
            return CalendarError(f"{self.account}: the server's answer makes no sense"), None
        except Exception as error:
            if type(error).__module__.startswith("lxml"):
                return Unreadable(f"{self.account}: the server's answer is cut off or no XML"), 0.0
            raise CalendarError(f"{self.account}: talking to the server failed ({type(error).__name__})") from None
        if answer.status < 400:
            self.login = found if (found := _login_of(client)) != self._refused else "library"
        plain = {str(name).lower(): str(value) for name, value in answer.headers.items()}
        return Reply(answer.status, url, plain, text)

    def _too_slow(self, waited: float) -> CalendarError:
        if self._patience.left() <= 0:
            return CalendarError(self._patience.at_end(self.account))
        seconds = "a second" if round(waited) == 1 else f"{waited:.0f} seconds"
        return CalendarError(
            f"{self.account}: the server did not answer within {seconds}; if it is slow, set `timeout` of the account"
        )

    def _too_large(self) -> Unreadable:
        return Unreadable(f"{self.account}: the server's answer is larger than any calendar")

    @property
    def _in_all(self) -> float:
        return min(max(IN_ALL, 2 * self._timeout), self._patience.left())

    def _client(self) -> DAVClient:
        """The library's client, made when first needed."""
        if self._library is None:
            from caldav.davclient import DAVClient
            from caldav.lib import error

            # An environment variable makes the library write whole replies to files; client data never goes there.
            error.debug_dump_communication = False
            self._library = DAVClient(
                url=self.url,
                username=self._user,
                password=self._password,
                timeout=self._timeout,
                ssl_verify_cert=self._verify,
                enable_rfc6764=False,
                headers={"User-Agent": "session-breaks"},
            )
            silence()
            # The HTTP library would follow redirects without the body, as GET, and to any host: `send` does it instead.
            session = self._library.session
            session.get_redirect_target = _stay  # type: ignore[method-assign]  # of this one session
            session.headers["Accept-Encoding"] = ENCODINGS
            for adapter in session.adapters.values():
                adapter.send = partial(bounded, adapter.send)  # type: ignore[method-assign]  # of this one session
        return self._library

    def parsed(self, body: bytes, url: str) -> list[Found]:
        from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

        tags = body.count(b"<")
        self._tags += tags
        if len(body) > _MOST_BYTES or tags > MOST_TAGS or self._tags > 2 * MOST_TAGS:
            raise self._too_large()
        if harmful(body):
            raise Unreadable(f"{self.account}: the server's answer defines things of its own (DTD), so it is not read")
        try:
            parser = etree.XMLParser(
                encoding="utf-8", resolve_entities=False, no_network=True, huge_tree=True, recover=False
            )
            root = etree.fromstring(body, parser)
        except etree.XMLSyntaxError:
            raise Unreadable(f"{self.account}: the server's answer is cut off or no XML") from None
        if root.tag != f"{DAV}multistatus":
            raise Unreadable(f"{self.account}: the server's answer is not a calendar server's")
        return [found for node in root.findall(f"{DAV}response") for found in self._responses(node, url)]

    def _responses(self, node: Any, url: str) -> list[Found]:
        properties: dict[str, Any] = {}
        failed = 0
        for group in node.findall(f"{DAV}propstat"):
            status = code_of(group.findtext(f"{DAV}status"))
            if status == 200:
                properties.update({child.tag: child for child in group.iterfind(f"{DAV}prop/*")})
            elif status != 404:
                failed = status
        own = code_of(node.findtext(f"{DAV}status"))
        hrefs = [h.text.strip() for h in node.findall(f"{DAV}href") if h.text]
        return [Found(self._resolved(url, href), own, properties, failed) for href in hrefs]

    def _resolved(self, url: str, href: str) -> str:
        if _PLAIN_PATH.fullmatch(href):
            return _joined(url, href)
        try:
            found = urljoin(url, href)
            origin(found)
        except ValueError:
            raise Unreadable(f"{self.account}: the server names an address that makes no sense") from None
        return found


def _joined(base: str, path: str) -> str:
    """A plain path on the same host: the commonest reference, without taking both apart."""
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}{path}"


def _login_of(client: DAVClient) -> Login:
    """How the library logged in."""
    if client.auth is None:
        return "none"
    return "basic" if type(client.auth).__name__ == "HTTPBasicAuth" else "library"


def _stay(resp: object) -> str | None:  # noqa: ARG001 - the form that the library calls
    """Where to go on to after a reply: nowhere."""
    return None
