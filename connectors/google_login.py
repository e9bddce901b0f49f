"""Who may use a Google account: its credentials."""

from __future__ import annotations

from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials as UserCredentials

from connectors.base import CalendarError, Context
from connectors.google_options import Options
from connectors.options import secret_text


def credentials_for(options: Options, context: Context) -> Credentials:
    """The account's credentials. Raises CalendarError with advice."""
    if options.token is None:
        raise CalendarError(f"{context.account}: no login for this account yet")
    return UserCredentials(secret_text(context, "token", options.token))  # type: ignore[no-untyped-call]


def refused(account: str, error: RefreshError) -> CalendarError:
    """What to say where Google does not renew a login."""
    return CalendarError(f"{account}: Google does not accept the login any more")
