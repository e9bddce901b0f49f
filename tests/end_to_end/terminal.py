"""The command on a terminal: a pseudo-terminal for input, output and errors, and somebody who types."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Ctrl-C reaches a program only through the terminal that controls it.
OWN_TERMINAL = (
    "import fcntl, os, sys, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\nos.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True)
class Seen:
    """How it ended, and everything that went over the screen."""

    code: int
    screen: str


def on_terminal(
    line: Sequence[str],
    environment: Mapping[str, str],
    answers: Sequence[tuple[str, str | Callable[[], str]]] = (),
    *,
    columns: int = 100,
    patience: float = 30,
) -> Seen:
    """Run a command line; `answers` are what to wait for and what to type then (or what to do, which gives that), in
    this order."""
    import fcntl
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_TERMINAL, *line],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=dict(environment),
        start_new_session=True,
    )
    os.close(theirs)
    screen, mark, left = b"", 0, list(answers)
    typed, when = b"", 0.0
    until = time.monotonic() + patience
    try:
        while True:
            ready, _, _ = select.select([ours], [], [], 0.2)
            if ready:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # the other end is closed
                    break
                if not piece:
                    break
                screen += piece
            if left and left[0][0].encode() in screen[mark:]:
                mark = len(screen)
                answer = left.pop(0)[1]
                typed = (answer if isinstance(answer, str) else answer()).encode()
                when = time.monotonic()
                os.write(ours, typed)
            elif typed == b"\x03" and time.monotonic() > when + 1:
                # Python overlooks an interrupt in the instant before it waits for a line: a person types it again.
                when = time.monotonic()
                os.write(ours, typed)
            assert time.monotonic() < until, screen.decode(errors="replace")
        code = process.wait(10)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert not left, f"it never asked {left[0][0]!r}: {screen.decode(errors='replace')}"
    return Seen(code, screen.decode())
