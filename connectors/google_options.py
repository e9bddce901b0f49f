"""What a Google account in a rule file may say, and which rights each of its ways of working needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from connectors.options import AccountOptions, Address, Length, Secret

API = "https://www.googleapis.com/calendar/v3/"

EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY = "https://www.googleapis.com/auth/calendar.events.freebusy"
OWN_CALENDAR = "https://www.googleapis.com/auth/calendar.app.created"


class Options(AccountOptions):
    """Options of an account of type ``google``."""

    user: Address | None = Field(default=None, description="The Google account's address; its main calendar is primary")
    access: Literal["events", "free-busy"] = Field(
        default="events",
        description="events: read and write the events of the named calendars. free-busy: see only when calendars are "
        "busy, and write into a calendar of its own (`own_calendar`); no title is ever asked for",
    )
    own_calendar: str | None = Field(
        default=None,
        description="The id of the calendar that `session-breaks connect google --own-calendar` made for the blocks",
    )
    client: Secret | None = Field(
        default=None,
        description="The practice's own OAuth client: the JSON file of a desktop app from Google's console",
    )
    service_account: Secret | None = Field(
        default=None,
        description="The JSON key of a service account with domain-wide delegation, for a practice on Google Workspace",
    )
    subject: Address | None = Field(
        default=None, description="Whom the service account acts for; default: the account's user"
    )
    token: Secret | None = Field(default=None, description="A ready access token, for proxies and tests")
    endpoint: str = Field(default=API, description="The API's base address, for proxies and tests")
    colour: int | None = Field(default=None, ge=1, le=11, description="The colour of blocks, by Google's number")
    focus_time: bool = Field(
        default=False,
        description="Yes: blocks are focus time, where the account allows it (Workspace, the primary calendar)",
    )
    timeout: Length = Field(
        default=timedelta(seconds=60), description="How long to wait for Google when it says nothing"
    )
    health_data_agreement: bool = Field(
        default=False,
        description="Yes once the practice has a business agreement with Google that covers health data; "
        "else `doctor` and `connect` warn",
    )

    @field_validator("endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        local = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if not parts.hostname or parts.scheme not in ("http", "https") or (parts.scheme == "http" and not local):
            raise PydanticCustomError(
                "url", "this is no address; it starts with https:// (http:// only on this computer)"
            )
        return value if value.endswith("/") else f"{value}/"

    @model_validator(mode="after")
    def _together(self) -> Options:
        ways = [name for name in ("token", "service_account", "client") if getattr(self, name) is not None]
        if len(ways) > 1:
            raise PydanticCustomError("google", "only one of `client`, `service_account` and `token` can be used")
        if self.service_account is not None and not (self.subject or self.user):
            raise PydanticCustomError("google", "a service account needs `subject`: whose calendar it acts for")
        if self.own_calendar and self.access == "events" and self.focus_time:
            raise PydanticCustomError("google", "focus time can only be in the primary calendar, not in `own_calendar`")
        return self

    def scopes(self) -> tuple[str, ...]:
        """The least rights that this way of working needs (Google: "Choose Google Calendar API scopes")."""
        if self.access == "events":
            return (EVENTS, OWN_CALENDAR) if self.own_calendar else (EVENTS,)
        return FREE_BUSY, OWN_CALENDAR
