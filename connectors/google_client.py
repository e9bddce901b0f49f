"""The two files that a practice gets from Google's console: its own OAuth client (a desktop app), and the key of a
service account. Both are secrets: nothing of them is shown but the ids that a person has to enter somewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from connectors.base import CalendarError, Context
from connectors.google_options import Options
from connectors.options import secret_text

REVOKE = "https://oauth2.googleapis.com/revoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The practice's OAuth client, and where its logins are asked for, exchanged and withdrawn."""

    client_id: str
    client_secret: str = field(repr=False)
    auth_uri: str
    token_uri: str
    revoke_uri: str

    @property
    def on_this_computer(self) -> bool:
        """Whether its addresses may do without TLS: on the loopback interface, for tests."""
        return "http" in (urlsplit(self.auth_uri).scheme, urlsplit(self.token_uri).scheme)


def client_of(options: Options, context: Context) -> Client:
    """The account's OAuth client. Addresses are those in its file; `revoke_uri`, which Google does not write there, is
    beside `token_uri` unless the file says so. Raises CalendarError with advice."""
    where = f"{context.account}: `client`"
    if options.client is None:
        raise CalendarError(
            f"{where} is missing: name the JSON file of a desktop app from Google's console, as in "
            "client: {file: google-client.json} (docs/google.md tells how to get one)"
        )
    found = _json(secret_text(context, "client", options.client), where)
    if found.get("type") == "service_account":
        raise CalendarError(f"{where}: this is the key of a service account; write it under `service_account`")
    if "web" in found:
        raise CalendarError(
            f"{where}: this client is for a web site; make one of the type `Desktop app` in the console"
        )
    inner = found.get("installed")
    texts = inner if isinstance(inner, dict) else {}
    if not all(isinstance(texts.get(name), str) for name in ("client_id", "client_secret", "auth_uri", "token_uri")):
        raise CalendarError(
            f"{where}: this is no OAuth client; download the JSON file of a desktop app from the console"
        )
    token_uri = texts["token_uri"]
    revoke_uri = texts.get("revoke_uri") or f"{token_uri.rpartition('/')[0]}/revoke"
    for address in (texts["auth_uri"], token_uri, revoke_uri):
        if not _safe(address):
            raise CalendarError(f"{where}: an address in it does not start with https://; download the file once more")
    return Client(
        client_id=texts["client_id"],
        client_secret=texts["client_secret"],
        auth_uri=texts["auth_uri"],
        token_uri=token_uri,
        revoke_uri=revoke_uri,
    )


def service_key_of(options: Options, context: Context) -> dict[str, Any]:
    """The key of the account's service account. Raises CalendarError with advice."""
    where = f"{context.account}: `service_account`"
    found = _json(secret_text(context, "service_account", options.service_account), where)
    if "installed" in found or "web" in found:
        raise CalendarError(f"{where}: this is an OAuth client; write it under `client`")
    needed = ("client_email", "client_id", "private_key", "token_uri")
    if found.get("type") != "service_account" or not all(isinstance(found.get(name), str) for name in needed):
        raise CalendarError(f"{where}: this is no key of a service account; make a JSON key in Google's console")
    if not _safe(found["token_uri"]):
        raise CalendarError(f"{where}: an address in it does not start with https://; download the key once more")
    return found


def _json(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CalendarError(f"{where}: this is no JSON file; download it from Google's console once more")
    return found


def _safe(address: Any) -> bool:
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))
