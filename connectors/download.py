"""One GET of something secret: bounded in time, size and redirects, and with errors that never show where it came
from.

A redirect is followed on the address's own host (with or without ``www.``, from http to https), below it
(``feeds.example.org`` of ``example.org``), and to hosts that the practice has named: a feed can not make this computer
ask others, such as those that only its own network reaches."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from connectors.base import CalendarError, Unreadable
from connectors.deadline import IN_ALL, Patience, TooLate, within
from connectors.limits import MOST_BYTES
from connectors.quiet import silence
from connectors.unpacking import ENCODINGS, Broken, TooLarge, body_of

_TIMEOUT = (10, 30)
_IN_ALL = IN_ALL
_MOST_BYTES = MOST_BYTES
_REDIRECTS = 5
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Download:
    """A body and its validators ('' for none)."""

    body: bytes = field(repr=False)
    etag: str
    modified: str


def fetch(
    account: str,
    url: str,
    login: tuple[str, str] | None,
    conditions: Mapping[str, str],
    hosts: Collection[str] = (),
    patience: Patience | None = None,
) -> Download | None:
    """The body at an http or https address, None for "not modified". Dropped connections and busy servers are tried
    again. hosts: others that may be asked too, by https; patience: how long this account may still take.

    Raises CalendarError where it cannot be had, Unreadable where it is too large; the account is named, the address
    never.
    """
    silence()
    patience = patience or Patience()
    if patience.left() <= 0:
        raise CalendarError(patience.at_end(account))
    with patience.waiting():
        return _patiently(account, partial(_get, account, url, login, conditions, hosts), patience)


def _patiently(account: str, get: Callable[[], Download | None], patience: Patience) -> Download | None:
    import niquests.exceptions as http

    until = time.monotonic() + min(_IN_ALL, patience.left())
    for attempt in range(1, _TRIES + 1):
        wait: float | None = None
        try:
            return within(until - time.monotonic(), get)
        except TooLate:
            slow = f"{account}: the feed's server is too slow; try again later"
            problem = CalendarError(slow if patience.left() > 0 else patience.at_end(account))
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
        except (http.RequestException, OSError, Broken):
            wait, problem = (
                0.3 * attempt,
                CalendarError(f"{account}: the feed's server cannot be reached; check `url` and the network"),
            )
        except ValueError:  # the library looks at where a redirect leads to, though it is not to go there
            problem = CalendarError(f"{account}: the feed's server sends us to an address that is not safe")
        if wait is None or attempt == _TRIES:
            raise problem from None
        time.sleep(max(0.0, min(wait, 30.0, until - time.monotonic())))
    raise AssertionError("unreachable")


class _Busy(Exception):  # noqa: N818 - it names what happened
    def __init__(self, status: int, wait: float) -> None:
        super().__init__()
        self.status = status
        self.wait = wait


def _get(
    account: str, url: str, login: tuple[str, str] | None, conditions: Mapping[str, str], hosts: Collection[str]
) -> Download | None:
    import niquests

    headers = {
        "User-Agent": "session-breaks", "Accept": "text/calendar, */*;q=0.5", "Accept-Encoding": ENCODINGS, **conditions
    }  # fmt: skip
    home = _split(url) or urlsplit("")
    with niquests.Session() as session:
        for _ in range(_REDIRECTS + 1):
            here = _split(url)
            if here is None or here.scheme not in ("http", "https") or (home.scheme, here.scheme) == ("https", "http"):
                raise CalendarError(f"{account}: the feed's server sends us to an address that is not safe")
            if not _may_lead(home, here, hosts):
                raise CalendarError(
                    f"{account}: the feed's server sends us on to {_shown(here)}; if that is right, write the address "
                    "there as `url`, or the host's name under `hosts`"
                )
            same = (here.hostname, here.port) == (home.hostname, home.port)
            answer = session.get(
                url, headers=headers, auth=login if same else None, timeout=_TIMEOUT, allow_redirects=False, stream=True
            )
            try:
                if answer.status_code in (301, 302, 303, 307, 308) and answer.headers.get("Location"):
                    url = _joined(url, str(answer.headers["Location"]))
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
    try:
        body = body_of(answer, _MOST_BYTES)
    except TooLarge:
        raise Unreadable(f"{account}: the feed is larger than {_MOST_BYTES // 1024 // 1024} MB") from None
    return Download(body, str(answer.headers.get("ETag", "")), str(answer.headers.get("Last-Modified", "")))


def _split(url: str) -> SplitResult | None:
    """An address in its parts; None for one that a hostile server made up."""
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        return ""


def _may_lead(home: SplitResult, here: SplitResult, hosts: Collection[str]) -> bool:
    """Whether an address may be asked where another one was given."""
    if (here.hostname, _port(here)) == (home.hostname, _port(home)):
        return True
    usual = _port(here) == 443 and here.scheme == "https"
    own = (home.hostname or "").lower().removeprefix("www.")
    there = (here.hostname or "").lower()
    below = there == own or (there.endswith(f".{own}") and not own.replace(".", "").isdigit())
    return usual and (there in {host.lower() for host in hosts} or (below and _port(home) in (80, 443)))


def _port(address: SplitResult) -> int:
    return address.port or (443 if address.scheme == "https" else 80)


def _shown(address: SplitResult) -> str:
    """A host as an error names it; not one whose name could say something else."""
    name = (address.hostname or "").lower()
    return f"another host ({name})" if re.fullmatch(r"[a-z0-9.-]{1,60}", name) else "another host"
