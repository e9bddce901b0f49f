"""Where one calendar is: found on its server, remembered, and looked for again where what was remembered is no longer
true.

What was remembered is trusted for reading, as long as something is there: an answer without events, a refusal, or
entries of another place are reasons to look again. Before anything is written in a run, the server is asked whether the
calendar is still there and has still the name it was found by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from connectors.base import CalendarError, Context, Stale
from connectors.caldav_discovery import ELSEWHERE, by_title, find, is_still
from connectors.caldav_memory import Found, Memory
from connectors.dav import TIMEOUT, Away, Refused, Server

Answer = TypeVar("Answer")


class Misplaced(CalendarError):  # noqa: N818 - it names what happened
    """An answer names entries that are not in the calendar that was asked."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in where. verify, timeout: as in `dav.Server`."""

    address: str = field(repr=False)
    user: str | None
    password: str | None = field(repr=False)
    verify: bool | str = True
    timeout: timedelta = TIMEOUT


class Spot:
    """The place of one calendar. Nothing is sent before it is needed. `name`: as the rule file says it; `login` reads
    the secrets."""

    def __init__(self, name: str, calendar: str | None, context: Context, login: Callable[[], Login]) -> None:
        self._name = name
        self._calendar = calendar
        self._context = context
        self._login = login
        self._server: Server | None = None
        self._memory: Memory | None = None
        self._known: Found | None = None  # what is in the memory
        self._url = ""
        self._titled = False
        self._trusted = False  # the server itself said in this run that the calendar is there

    def opened(self) -> tuple[Server, str]:
        """The server, logged in, and the calendar's address. Raises CalendarError."""
        if self._server is None:
            login = self._login()
            self._server = Server(
                self._context.account,
                login.address,
                login.user,
                login.password,
                login.verify,
                login.timeout,
                self._context.patience,
            )
            self._memory = Memory(self._context.state, login.address, login.user, login.password, self._calendar)
            self._known = self._memory.found(self._context.now)
            if self._known is not None:
                self._url, self._titled = self._known.url, self._known.by_title
                self._server.remember(self._known.root, self._known.login)
            else:
                try:
                    self._find(self._server)
                except CalendarError:
                    self.close()
                    raise
        return self._server, self._url

    def checked(self, ask: Callable[[], Answer], something: Callable[[Answer], bool]) -> Answer:
        """What `ask` answers; asked again after looking for the calendar, where it was only remembered and the answer
        says that it is not there, or has nothing in it (`something` is False). Raises CalendarError."""
        server, url = self.opened()
        if not self._trusted:
            try:
                answer = ask()
                if something(answer) or self._is_still(server, url):
                    self._keep(server)
                    return answer
            except (Away, Misplaced):
                pass
            except Refused as error:
                if error.status not in ELSEWHERE:
                    raise
            self._forget()
            self._find(server)
        answer = ask()
        self._keep(server)
        return answer

    def sure(self) -> tuple[Server, str]:
        """As `opened`, before something is written. Raises Stale where another calendar has the name now."""
        server, url = self.opened()
        if not self._trusted and not self._is_still(server, url):
            self._forget()
            self.close()
            raise Stale(f"{self._name}: this is another calendar now; read again")
        return server, url

    def close(self) -> None:
        """Let go of the connection."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _is_still(self, server: Server, url: str) -> bool:
        self._trusted = is_still(server, url, self._calendar)
        return self._trusted

    def _find(self, server: Server) -> None:
        found = find(server, self._calendar)
        self._url, self._titled, self._trusted = found.url, by_title(found, self._calendar), True

    def _keep(self, server: Server) -> None:
        """Remember what worked, where that is news."""
        if self._memory is None:
            return
        known, now = self._known, int(self._context.now.timestamp())
        since = now if known is None or self._trusted else known.since
        new = Found(self._url, server.url, server.login, self._titled, since)
        if known is None or (new.url, new.root, new.login, new.by_title) != (
            known.url,
            known.root,
            known.login,
            known.by_title,
        ):
            self._memory.keep(new)
            self._known = new

    def _forget(self) -> None:
        if self._memory is not None:
            self._memory.forget()
        self._known = None
