"""Bounds on how long something takes in all. A connection's own time-out starts anew with every byte that comes, so a
server that sends one byte a second would keep us for ever.

Three of them: for one call (`within`), for one reply on an open connection (`ending`), and for all that an account's
server keeps a run waiting (`Patience`)."""

from __future__ import annotations

import contextlib
import contextvars
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

IN_ALL = 120.0
"""Seconds for one reply, however it comes; twice an account's `timeout` where that is more."""
MOST_WAITING = 3600.0
"""Seconds that the servers of one account may keep one run waiting."""


class TooLate(Exception):  # noqa: N818 - it names what happened
    """The time is over."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """What `call` gives or raises; TooLate where that takes longer. Then it goes on by itself, in a thread that does
    not keep the program from ending, and nobody looks at what comes of it."""
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(call())
        except BaseException as error:
            failed.append(error)

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if found:
        return found[0]
    if failed:
        raise failed[0]
    raise TooLate


@contextlib.contextmanager
def ending(sock: socket.socket, seconds: float) -> Iterator[None]:
    """A connection's reply has to be there by then; TooLate if it is not. The connection is of no use then."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, seconds), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if late.is_set():
            raise TooLate from None
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TooLate


class Patience:
    """How long the servers of one account may keep a run waiting, all requests and pauses together. Requests that are
    on their way side by side count once."""

    def __init__(self, seconds: float = MOST_WAITING) -> None:
        self._seconds = seconds
        self._spent = 0.0
        self._waiting = 0
        self._since = 0.0
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds that are left; nothing or less where there are none."""
        with self._lock:
            now = time.monotonic() - self._since if self._waiting else 0.0
            return self._seconds - self._spent - now

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """What happens in here is waited for."""
        with self._lock:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self._spent += time.monotonic() - self._since

    def at_end(self, what: str) -> str:
        """What to say of an account or calendar when nothing is left."""
        minutes = round(self._seconds / 60)
        return (
            f"{what}: the server has kept this run waiting for {minutes} minutes in all, and is not asked any more; "
            "the next run goes on where this one stopped"
        )


class Waits:
    """A run's patience with each account, whoever of the practice uses it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Patience] = {}
        self._lock = threading.Lock()

    def of(self, practice: str, account: str) -> Patience:
        """The one patience with an account (of a practice, by its id)."""
        with self._lock:
            return self._known.setdefault((practice, account), Patience())
