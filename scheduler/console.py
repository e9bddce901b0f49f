"""The terminal: what it can show, whether somebody sits there, and one line of progress."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from typing import Any

import click

from scheduler.show.paper import to_ascii


def is_terminal() -> bool:
    """Whether somebody may be reading along."""
    return sys.stdout is not None and sys.stdout.isatty()


def somebody_there() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty() and is_terminal()


def colour() -> bool:
    """Whether to colour: on a terminal that is not dumb, unless NO_COLOR is set (no-color.org)."""
    return is_terminal() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")


def takes_unicode(stream: Any = None) -> bool:
    """Whether a stream (standard output, unless said) takes more than ASCII."""
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    return str(encoding).lower().replace("-", "") in ("utf8", "utf16", "utf32", "cp65001")


def width() -> int:
    """How many columns there are; never fewer than the views are made for."""
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def echo(text: str) -> None:
    """Print a line or more to standard output, in whatever letters it can take. Ends with 2 where nothing can be
    written (a full disk); a reader who left is click's affair."""
    try:
        _put(text, sys.stdout)
    except BrokenPipeError:
        raise
    except OSError as problem:
        with contextlib.suppress(OSError):  # what is left in the buffer would fail once more at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        stop(f"the output cannot be written: {problem.strerror}")


def error(text: str) -> None:
    """The same to standard error."""
    _put(text, sys.stderr)


def stop(text: str) -> None:
    """Say why nothing was done, and end with 2: the command is wrong or nothing could start."""
    error(f"session-breaks: {text}")
    raise SystemExit(2)


def ask(question: str, default: bool) -> bool:
    """A yes or no from the terminal. An interrupt ends the program, and is not an answer."""
    try:
        return click.confirm(question, default=default)
    except click.Abort:
        raise KeyboardInterrupt from None


class Progress:
    """One line on a terminal's standard error that counts along; nothing elsewhere, and gone in the end."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._on = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.hide()

    def tell(self, who: str, done: int, of: int) -> None:
        """Show how far it is; `of` 0 where the end is not known."""
        if not self._on:
            return
        self._shown = True
        count = f"{done} of {of}" if of else str(done) if done else ""
        line = f"{self._doing}: {to_ascii(who)} {count}".rstrip()
        sys.stderr.write(f"\r\033[K{line[: width() - 1]}")
        sys.stderr.flush()

    def hide(self) -> None:
        """Take the line away, before anything else is said."""
        if self._shown:
            self._shown = False
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()


def _put(text: str, stream: Any) -> None:
    encoding = getattr(stream, "encoding", None) or "ascii"
    if not takes_unicode(stream):
        text = "".join(c if _fits(c, encoding) else to_ascii(c) for c in text)
    click.echo(text.encode(encoding, "replace").decode(encoding), file=stream, color=True)


def _fits(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
