"""A calendar of its own for the blocks, made on request; and remembered, so that asking again makes no second one."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from connectors.base import CalendarError, Context
from connectors.google_api import Gone, Service
from connectors.google_login import credentials_for
from connectors.google_options import Options
from connectors.private import private_folder

FILE = "google-own-calendar.json"


def make(options: Options, context: Context, name: str, zone: str) -> tuple[str, bool]:
    """The id of the account's own calendar, and whether it was made now. zone: its time zone. Raises CalendarError."""
    options = options.model_copy(update={"own_calendar": "to be made"})  # the rights for it are needed already
    service = Service(context.account, options.endpoint, lambda: credentials_for(options, context))
    try:
        known = _remembered(context.state)
        if known is not None and _is_there(service, known, context.account):
            return known, False
        body = {"summary": name, "timeZone": zone}
        made = service.send(service.api().calendars().insert(body=body, fields="id"), context.account, repeat=False)
    finally:
        service.close()
    found = made.get("id")
    if not isinstance(found, str) or not found:
        raise CalendarError(
            f"{context.account}: Google's reply names no calendar; look for it there before trying again"
        )
    _remember(context.state, found)
    return found, True


def _is_there(service: Service, calendar: str, what: str) -> bool:
    try:
        service.send(service.api().calendars().get(calendarId=calendar, fields="id"), what)
    except Gone:
        return False
    return True


def _remembered(state: Path) -> str | None:
    try:
        found = json.loads((state / FILE).read_bytes())["id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _remember(state: Path, calendar: str) -> None:
    try:
        private_folder(state)
        handle, temporary = tempfile.mkstemp(dir=state, prefix=".google-")  # made 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"id": calendar}, file)
        Path(temporary).replace(state / FILE)
    except OSError:  # then it is only printed
        return
