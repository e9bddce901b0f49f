"""A secret as it is written in the rule file -> its text.

Every failure is one line that says what to do, and never quotes the secret or what a program printed.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

from connectors.base import CalendarError
from connectors.deadline import TooLate, within

_TIMEOUT = 60
_LARGEST = 64 * 1024


def resolve(secret: Any, base: Path) -> str:
    """The text of a secret: a plain string as it is, or ``{env: NAME}``, ``{keyring: SERVICE/USER}``, ``{file:
    PATH}`` (readable for its owner only, relative to `base`), ``{command: [program, argument]}`` (run without a
    shell, in `base`; its output without the last line end). Raises CalendarError."""
    if isinstance(secret, str):
        return secret
    if isinstance(secret, dict) and len(secret) == 1:
        [(form, what)] = secret.items()
        if form == "env" and isinstance(what, str):
            return _from_environment(what)
        if form == "keyring" and isinstance(what, str) and "/" in what:
            return _from_keyring(*what.rsplit("/", 1))
        if form == "file" and isinstance(what, str):
            return _from_file(base / Path(what).expanduser())
        if form == "command" and isinstance(what, list) and what:
            return _from_command([str(word) for word in what], base)
    raise CalendarError(
        "a secret is written as {env: NAME}, {keyring: SERVICE/USER}, {file: PATH} or {command: [program]}"
    )


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if value:
        return value
    # What should be a name may be the secret itself, put in the wrong place: such a text is not shown.
    shown = name if re.fullmatch(r"[A-Z_][A-Z0-9_]{0,60}", name) else "named there"
    raise CalendarError(
        f"the environment variable {shown} is not set; set it (cron knows no variables of your shell: set it in the "
        "crontab, or use {file: PATH})"
    )


def _from_keyring(service: str, user: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    advice = "where there is no desktop session, as under cron, use {file: PATH} or {command: [program]}"
    try:
        value = keyring.get_password(service, user)
    except KeyringError:
        raise CalendarError(f"no keyring can be opened here for {service}/{user}; {advice}") from None
    except Exception as error:  # backends raise whatever their desktop service does
        raise CalendarError(f"the keyring failed for {service}/{user} ({type(error).__name__}); {advice}") from None
    if not value:
        raise CalendarError(f"the keyring holds nothing for {service}/{user}; run: keyring set {service} {user}")
    return value


def _from_file(path: Path) -> str:
    try:
        # A pipe that nobody writes to would keep a plain `open` for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise CalendarError(f"the secret file {path} is not an ordinary file")
            if os.name == "posix" and about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise CalendarError(f"the secret file {path} can be read by others; run: chmod 600 {path}")
            text = file.read(_LARGEST)
    except OSError as error:
        raise CalendarError(
            f"the secret file {path} cannot be read: {error.strerror or 'error'}; check the path"
        ) from None
    return _line(text, f"the secret file {path}")


def _from_command(words: list[str], base: Path) -> str:
    program = Path(words[0]).name
    try:
        code, output = _output(words, base)
    except FileNotFoundError:
        raise CalendarError(
            f"the command {program} for a secret is not there; check its name, and PATH under cron"
        ) from None
    except TooLate:
        raise CalendarError(
            f"the command {program} for a secret took longer than {_TIMEOUT} seconds; does it ask something?"
        ) from None
    except (OSError, ValueError):
        raise CalendarError(f"the command {program} for a secret cannot be run; check its permissions") from None
    if len(output) > _LARGEST:
        raise CalendarError(
            f"the command {program} for a secret prints more than any password is long; run it by hand to see why"
        )
    if code != 0:
        raise CalendarError(
            f"the command {program} for a secret failed with exit code {code}; run it by hand to see why"
        )
    return _line(output, f"the output of the command {program} for a secret")


def _output(words: list[str], base: Path) -> tuple[int, bytes]:
    """A command's exit code and what it prints, no more of it than a little over the largest secret. Raises OSError,
    ValueError, TooLate."""
    process = subprocess.Popen(  # noqa: S603 - the practice's own command, without a shell
        words, cwd=base, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )

    def all_of_it() -> tuple[int, bytes]:
        with process:
            output = process.stdout.read(_LARGEST + 1) if process.stdout is not None else b""
            if len(output) > _LARGEST:
                process.kill()
        return process.returncode, output

    try:
        return within(_TIMEOUT, all_of_it)
    finally:
        process.kill()


def _line(text: bytes, what: str) -> str:
    try:
        value = text.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise CalendarError(f"{what} is not UTF-8 text") from None
    if not value:
        raise CalendarError(f"{what} is empty")
    return value
