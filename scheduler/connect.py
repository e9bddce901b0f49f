"""`connect google`: a login at Google for an account of a rule file, and its end.

What it says and asks is here; the login itself is in `connectors.google_connect`."""

from __future__ import annotations

import sys
import threading
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.base import CalendarError, Context
from scheduler import commands, console
from scheduler.desk import context_of

if TYPE_CHECKING:
    from connectors.google_options import Options
    from connectors.google_tokens import Login
    from rules.practice import Practice

OWN_CALENDAR = "Breaks"


@dataclass(frozen=True, slots=True)
class _Account:
    practice: Practice
    context: Context
    options: Options

    @property
    def name(self) -> str:
        return self.context.account


def google(
    paths: Sequence[Path],
    state: Path,
    *,
    account: str | None = None,
    browser: bool = True,
    port: int | None = None,
    in_file: bool = False,
    own_calendar: str | None = None,
    forget: bool = False,
) -> int:
    """Log in for one Google account of the rule files, or with `forget` end its login. own_calendar: make a calendar of
    this name (and log in first only where that is needed). Gives the exit code; stops with 2 where the account is not
    clear."""
    chosen = _chosen(paths, state, account)
    try:
        if forget:
            return _forget(chosen)
        return _connect(chosen, browser=browser, port=port, in_file=in_file, own_calendar=own_calendar)
    except CalendarError as error:
        text = str(error)
        console.error(f"session-breaks: {text if text.startswith(chosen.name) else f'{chosen.name}: {text}'}")
        return commands.FAILED


def _connect(account: _Account, *, browser: bool, port: int | None, in_file: bool, own_calendar: str | None) -> int:
    from connectors import google_login, health_data
    from connectors.google_options import OWN_CALENDAR as RIGHT

    options, name = account.options, account.name
    if own_calendar is not None and options.own_calendar is not None:
        console.stop(f"{name}: the rule file names its `own_calendar` already; remove that line to make another")
    needed = options.scopes()
    if own_calendar is not None and RIGHT not in needed:
        needed = (*needed, RIGHT)
    if options.token is not None:
        if own_calendar is None:
            console.stop(f"{name}: this account uses a ready `token`; there is nothing to connect")
    elif options.service_account is not None:
        _try_service_account(account, needed)
    else:
        login = google_login.stored(account.context) if own_calendar is not None else None
        if login is None or google_login.missing(needed, login.scopes):
            _log_in(account, needed, browser=browser, port=port, in_file=in_file)
    if own_calendar is not None:
        _make(account, own_calendar)
    if warning := health_data.warning(name, options):
        console.echo(f"\nTake note. {warning}.")
    return commands.DONE


def _log_in(account: _Account, scopes: tuple[str, ...], *, browser: bool, port: int | None, in_file: bool) -> None:
    """A new login, kept; what was granted said. Raises CalendarError where there is none, or too little was granted."""
    from connectors import google_connect, google_doctor, google_login
    from connectors.google_client import client_of
    from connectors.google_tokens import Shelf

    options, name = account.options, account.name
    client = client_of(options, account.context)
    user = options.user
    now = datetime.now(UTC)
    if browser:
        login = google_connect.in_browser(client, scopes, user, now, port=port or 0, show=_open)
    else:
        redirect = f"http://127.0.0.1:{port or google_connect.PORT}/"
        pending = google_connect.Pending(client, scopes, redirect, user)
        login = pending.finish(pending.code_of(_pasted(pending.address)), now)
    shelf = Shelf(name, account.context.state)
    lacking = google_login.missing(scopes, login.scopes)
    if lacking:
        shelf.save(login, in_file=in_file)
        raise CalendarError(google_login.lacks(name, lacking))
    try:
        other = google_doctor.another_account(options, account.context, login)
        mute = None
    except CalendarError as error:
        other, mute = False, error
    if other:  # kept, it would have blocks written into somebody else's calendar
        raise CalendarError(f"this login is of another Google account than {user}; log in there with that address")
    place = shelf.save(login, in_file=in_file)
    console.echo(f"{name}: connected. Google lets session-breaks:")
    for scope in login.scopes:
        console.echo(f"  - {google_login.WORDS.get(scope, scope)}")
    if place == "keyring":
        console.echo(
            "The login is kept in the keyring. Under cron that often cannot be opened; then connect with --in-file."
        )
    else:
        console.echo(f"The login is kept in {shelf.path}, readable by you alone.")
    if ending := google_login.ends_soon(name, login, now):
        console.echo(f"{ending}.")
    if mute is not None:
        raise mute


def _open(address: str) -> None:
    console.echo("Opening a browser for the login at Google. If none appears, open this address on this computer:\n")
    console.echo(f"{address}\n")
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()  # one on a terminal keeps us waiting


def _pasted(address: str) -> str:
    console.echo(f"Open this address in a browser, on any computer, and say yes there:\n\n{address}\n")
    console.echo(
        "The browser then shows that a page at 127.0.0.1 cannot be reached: that is right. Copy the whole address of "
        "that\npage from the browser's address line, and paste it here (it works once, and for a few minutes only)."
    )
    sys.stdout.write("Address: ")
    sys.stdout.flush()
    answer = sys.stdin.readline()
    if not answer.strip():
        raise CalendarError("nothing was pasted, so there is no login")
    return answer


def _try_service_account(account: _Account, scopes: tuple[str, ...]) -> None:
    """Ask Google for a token, to see whether the service account may act for its subject. Raises CalendarError."""
    from connectors import google_login

    google_login.renew(google_login.service_credentials(account.options, account.context, scopes), account.name)
    who = account.options.subject or account.options.user
    console.echo(f"{account.name}: the service account may act for {who}; it needs no login.")


def _make(account: _Account, calendar: str) -> None:
    from connectors import google_own

    zone = next(iter(account.practice.therapists.values())).timezone.key
    found, new = google_own.make(account.options, account.context, calendar, zone)
    made = f'made the calendar "{calendar}"' if new else "its own calendar was made before and is still there"
    console.echo(f"\n{account.name}: {made}. Put this line into the account in {account.practice.source}:")
    console.echo(f"\n    own_calendar: {found}\n")
    console.echo(
        f"and let the therapist's blocks go there: `write: {account.name}`, and add `{account.name}` to `read`."
    )
    console.echo(
        "Take note. A booking tool looks only at the calendars that it was told to look at: tell it to look at this "
        "one too, or clients can book into the breaks. session-breaks cannot see whether it does."
    )


def _forget(account: _Account) -> int:
    from connectors import google_connect
    from connectors.google_tokens import Shelf

    shelf = Shelf(account.name, account.context.state)
    login: Login | None = None
    problem = ""
    try:
        login = shelf.load()
    except CalendarError as error:
        problem = str(error)
    if login is None and not problem:
        console.echo(f"{account.name}: there is no login here; nothing to forget.")
        return commands.DONE
    if login is not None:
        try:
            google_connect.revoke(login)
        except CalendarError as error:
            problem = str(error)
    shelf.forget()
    if problem:
        console.error(
            f"session-breaks: {account.name}: the login was removed here, but not withdrawn at Google ({problem}); "
            "withdraw it at myaccount.google.com/connections"
        )
        return commands.FAILED
    console.echo(f"{account.name}: the login was withdrawn at Google and removed here.")
    return commands.DONE


def _chosen(paths: Sequence[Path], state: Path, account: str | None) -> _Account:
    """The one Google account that is meant. Stops with 2 where that is none or not clear."""
    from connectors.google_options import Options
    from connectors.options import checked

    practices, problems = commands.load(paths)
    for line in problems:
        console.error(line)
    if not practices:
        raise SystemExit(commands.WRONG)
    found = [(p, name) for p in practices for name, one in p.accounts.items() if one.type == "google"]
    where = ", ".join(p.source for p in practices)
    if not found:
        console.stop(
            f"{where}: there is no account of type google; write one such as "
            "`lee-google: {type: google, user: lee@riverside.example, client: {file: google-client.json}}`"
        )
    names = ", ".join(dict.fromkeys(name for _, name in found))
    meant = [(p, name) for p, name in found if account in (None, name)]
    if not meant:
        console.stop(f"{where}: no Google account is called {account}; there are: {names}")
    if len(meant) > 1:
        several = "several Google accounts" if account is None else f"several accounts called {account}"
        console.stop(f"there are {several}; say which with --account ({names}), and name its rule file")
    [(practice, name)] = meant
    context = context_of(practice, name, state, datetime.now(UTC))
    return _Account(practice, context, checked(Options, name, context.options))
