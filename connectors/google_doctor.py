"""What can be said about a Google account without asking Google: its login, its rights, its end, its agreements."""

from __future__ import annotations

from collections.abc import Iterator

from connectors import health_data
from connectors.base import CalendarError, Context
from connectors.checkup import Check
from connectors.google_api import Service
from connectors.google_client import client_of, service_key_of
from connectors.google_login import WORDS, Ready, connect, ends_soon, lacks, missing
from connectors.google_options import Options
from connectors.google_tokens import Login, Shelf
from connectors.options import looks_like_address


def checkup(options: Options, context: Context) -> Iterator[Check]:
    """Everything that is good, to be known, or wrong. Nothing is sent, so a login may be refused all the same."""
    try:
        if options.token is not None:
            yield Check("good", "it uses the ready `token`; its rights and its end are not known here")
        elif options.service_account is not None:
            yield from _service_account(options, context)
        else:
            yield from _login(options, context)
    except CalendarError as error:
        yield Check("wrong", str(error))
    if options.access == "free-busy" and options.own_calendar is None:
        yield Check(
            "note",
            "with `access: free-busy` blocks can only be written into a calendar of their own; make one: "
            f"{connect(context.account)} --own-calendar",
        )
    if options.own_calendar is not None:
        yield Check(
            "note",
            "blocks in `own_calendar` keep clients out only where the booking tool was told to look at that calendar",
        )
    if warning := health_data.warning(context.account, options):
        yield Check("note", warning)


def another_account(options: Options, context: Context, login: Login) -> bool:
    """Whether a new login is surely that of another Google account than the rule file's `user`: the title of its main
    calendar, which is its address unless somebody changed it, says so. One request. Raises CalendarError where the API
    does not answer."""
    said = f"{context.account}: the login was made, but Google's Calendar API does not accept it; try again later"
    service = Service(context.account, options.endpoint, lambda: Ready(login.access_token, said))
    try:
        request = service.events().list(calendarId="primary", maxResults=1, fields="summary")
        title = str(service.send(request, f"{context.account}/primary").get("summary") or "").strip().lower()
    finally:
        service.close()
    return options.user is not None and looks_like_address(title) and title != options.user


def _service_account(options: Options, context: Context) -> Iterator[Check]:
    key = service_key_of(options, context)
    yield Check("good", f"a service account acts for {options.subject or options.user}; it needs no login")
    yield Check("good", f"in the Workspace it needs: client id {key['client_id']}, scopes {','.join(options.scopes())}")


def _login(options: Options, context: Context) -> Iterator[Check]:
    account, shelf = context.account, Shelf(context.account, context.state)
    login = shelf.load()
    if login is None:
        client_of(options, context)  # what is wrong with it comes first
        yield Check("wrong", f"there is no login yet; run: {connect(account)}")
        return
    client = client_of(options, context)
    if login.client_id != client.client_id:
        yield Check("wrong", f"its login was made with another `client`; run: {connect(account)}")
    place = "the keyring" if shelf.place() == "keyring" else str(shelf.path)
    since = f" of {login.since:%d %b %Y}" if login.since is not None else ""
    yield Check("good", f"the login{since} is kept in {place}")
    yield from _rights(options, account, login)
    if ending := ends_soon(account, login, context.now):
        ended = login.ends is not None and login.ends <= context.now
        yield Check("wrong" if ended else "note", ending, nightly=not ended)


def _rights(options: Options, account: str, login: Login) -> Iterator[Check]:
    needed = options.scopes()
    yield Check("good", f"needed for `access: {options.access}`: {_named(needed)}")
    lacking = missing(needed, login.scopes)
    if lacking:
        yield Check("good", f"granted: {_named(login.scopes)}")
        yield Check("wrong", lacks(account, lacking))
        return
    more = tuple(scope for scope in login.scopes if scope not in needed)
    yield Check("good", "granted: all of that" + ("" if more else ", and no more"))
    if more:
        yield Check("note", f"granted, and not needed: {_named(more)}; to give it up: {connect(account)}")


def _named(scopes: tuple[str, ...]) -> str:
    return " and ".join(f"`{WORDS.get(scope, scope)}`" for scope in scopes) or "nothing"
