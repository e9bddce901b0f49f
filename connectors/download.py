"""One GET of something secret: bounded in time, size and redirects, and with errors that never show where it came
from."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors.base import CalendarError, Unreadable
from connectors.quiet import silence

_TIMEOUT = (10, 30)
_IN_ALL = 120
_MOST_BYTES = 64 * 1024 * 1024
_REDIRECTS = 5
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Download:
    """A body and its validators ('' for none)."""

    body: bytes = field(repr=False)
    etag: str
    modified: str


def fetch(account: str, url: str, login: tuple[str, str] | None, conditions: Mapping[str, str]) -> Download | None:
    """The body at an http or https address, None for "not modified". Dropped connections and busy servers are tried
    again.

    Raises CalendarError where it cannot be had, Unreadable where it is too large; the account is named, the address
    never.
    """
    silence()
    import niquests.exceptions as http

    for attempt in range(1, _TRIES + 1):
        wait: float | None = None
        try:
            return _get(account, url, login, conditions)
        except _Busy as busy:
            wait, problem = (
                busy.wait,
                CalendarError(f"{account}: the feed's server is busy ({busy.status}); try again later"),
            )
        except http.SSLError:
            problem = CalendarError(f"{account}: the certificate of the feed's server is not trusted")
        except http.Timeout:
            problem = CalendarError(f"{account}: the feed's server did not answer in time; try again later")
        except (http.InvalidURL, http.InvalidSchema, http.MissingSchema):
            problem = CalendarError(f"{account}: `url` is no address of a feed")
        except (http.RequestException, OSError):
            wait, problem = (
                0.3 * attempt,
                CalendarError(f"{account}: the feed's server cannot be reached; check `url` and the network"),
            )
        if wait is None or attempt == _TRIES:
            raise problem from None
        time.sleep(min(wait, 30.0))
    raise AssertionError("unreachable")


class _Busy(Exception):  # noqa: N818 - it names what happened
    def __init__(self, status: int, wait: float) -> None:
        super().__init__()
        self.status = status
        self.wait = wait


def _get(account: str, url: str, login: tuple[str, str] | None, conditions: Mapping[str, str]) -> Download | None:
    import niquests

    headers = {"User-Agent": "session-breaks", "Accept": "text/calendar, */*;q=0.5", **conditions}
    home = urlsplit(url)
    with niquests.Session() as session:
        for _ in range(_REDIRECTS + 1):
            here = urlsplit(url)
            if here.scheme not in ("http", "https") or (home.scheme, here.scheme) == ("https", "http"):
                raise CalendarError(f"{account}: the feed's server sends us to an address that is not safe")
            same = (here.hostname, here.port) == (home.hostname, home.port)
            answer = session.get(
                url, headers=headers, auth=login if same else None, timeout=_TIMEOUT, allow_redirects=False, stream=True
            )
            try:
                if answer.status_code in (301, 302, 303, 307, 308) and answer.headers.get("Location"):
                    url = urljoin(url, str(answer.headers["Location"]))
                    continue
                return _answered(account, answer)
            finally:
                answer.close()
    raise CalendarError(f"{account}: the feed's server sends us from one address to the next without end")


def _answered(account: str, answer: Any) -> Download | None:
    status = answer.status_code
    if status == 304:
        return None
    if status in (429, 503):
        after = str(answer.headers.get("Retry-After", ""))
        raise _Busy(status, float(after) if after.isdecimal() else 0.5)
    if status in (401, 403):
        raise CalendarError(
            f"{account}: the feed refused us ({status}); its address may have been renewed, or needs a login"
        )
    if status in (404, 410):
        raise CalendarError(
            f"{account}: there is no feed at its address any more ({status}); copy it again from the practice system"
        )
    if status != 200:
        raise CalendarError(f"{account}: the feed's server failed ({status}); try again later")
    body = bytearray()
    began = time.monotonic()
    for chunk in answer.iter_content(64 * 1024):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise Unreadable(f"{account}: the feed is larger than {_MOST_BYTES // 1024 // 1024} MB")
        if time.monotonic() - began > _IN_ALL:
            raise CalendarError(f"{account}: the feed's server is too slow; try again later")
    return Download(bytes(body), str(answer.headers.get("ETag", "")), str(answer.headers.get("Last-Modified", "")))
