"""A bound on how long something takes in all. A connection's own time-out starts anew with every byte that comes, so a
server that sends one byte a second would keep us for ever."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


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
    thread.join(seconds)
    if found:
        return found[0]
    if failed:
        raise failed[0]
    raise TooLate
