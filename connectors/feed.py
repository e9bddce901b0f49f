"""A published .ics address of a practice system, read-only.

Such an address is a secret: whoever has it reads the practice's appointments. It is never shown or stored. A reply is
kept for the next "not modified", encrypted with a key that only the address gives (`feed_cache`).

A feed is stale by its Last-Modified alone. The stamps of its events say when each was last changed, which in a quiet
practice is long ago, and systems that write the time of the export there cannot be told apart; so a feed without
Last-Modified, which is made anew for each request, is never called stale. Three days by default: a file that is only
written when something changes stays untouched from Friday evening to Monday morning.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from connectors.base import CalendarError, Context, Entry, Reading, Unreadable
from connectors.download import fetch
from connectors.feed_cache import Kept, keep, kept
from connectors.ical import Resource, read_calendars
from connectors.options import AccountOptions, Length, Secret, SecretOrText, checked, secret_text
from rules.timeline import Interval, Ref


class Options(AccountOptions):
    """Options of an account of type ``feed``."""

    url: SecretOrText = Field(
        description="The address of the .ics feed (https://, http:// or webcal://), often as a secret"
    )
    user: str | None = Field(default=None, description="A login's name, where the feed wants one")
    password: Secret | None = Field(default=None, description="A login's password, as a secret")
    hosts: list[str] = Field(
        default=[], description="Other hosts that the feed's server may send us on to (by https), such as a file store"
    )
    stale_after: Length = Field(
        default=timedelta(days=3),
        description="A feed whose server says (Last-Modified) that it was made longer ago than this is not used",
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: object) -> object:
        if isinstance(value, str) and _plain_address(value) is None:
            raise PydanticCustomError("url", "this is no address of a feed; it starts with https:// or webcal://")
        return value


class FeedCalendar:
    """One feed. Nothing can be written to it."""

    Options = Options
    writable = False

    def __init__(self, calendar: str | None, context: Context) -> None:
        self._options = checked(Options, context.account, context.options)
        if calendar is not None:
            raise CalendarError(
                f"{context.account}/{calendar}: a feed is one calendar; write {context.account} without a name after it"
            )
        self.name = context.account
        self._context = context

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        options, context = self._options, self._context
        url = _plain_address(secret_text(context, "url", options.url))
        if url is None:
            raise CalendarError(
                f"{self.name}: the secret `url` holds no address that starts with https:// or webcal://"
            )
        login = None
        if options.user and options.password is not None:
            login = (options.user, secret_text(context, "password", options.password))
        earlier = kept(context.state, url) if context.titles else None  # a copy would hold titles
        answer = fetch(self.name, url, login, earlier.headers() if earlier else {}, options.hosts, context.patience)
        if answer is None:
            if earlier is None:
                raise Unreadable(f"{self.name}: the feed says that nothing changed, but nothing was read before")
            reading = self._reading(earlier, window, zone)
        else:
            now = Kept(answer.body, answer.etag, answer.modified)
            reading = self._reading(now, window, zone)
            keep(context.state, url, now if context.titles else replace(now, etag="", modified=""))
        return reading

    def create(self, entry: Entry) -> Ref:
        self._refuse(entry)

    def update(self, ref: Ref, entry: Entry) -> Ref:
        self._refuse(ref, entry)

    def delete(self, ref: Ref) -> None:
        self._refuse(ref)

    def close(self) -> None:
        """Nothing is held open between reads."""

    def _reading(self, feed: Kept, window: Interval, zone: ZoneInfo) -> Reading:
        made = _http_date(feed.modified)
        age = self._context.now - made if made is not None else timedelta(0)
        if age > self._options.stale_after:
            raise Unreadable(
                f"{self.name}: the feed was made {_words(age)} ago, longer than `stale_after` "
                f"({_words(self._options.stale_after)}); "
                "look whether the practice system still publishes it"
            )
        resource = Resource(self.name, feed.etag, feed.body, "the feed")
        return read_calendars([resource], self.name, window, zone, self._options.owner(), self._context.titles)

    def _refuse(self, *_: object) -> NoReturn:
        raise CalendarError(f"{self.name}: a feed cannot be written to; choose another calendar for `write`")


def _plain_address(text: str) -> str | None:
    """An http or https address without spaces around it; ``webcal`` means https. None for anything else."""
    text = text.strip()
    scheme, found, rest = text.partition("://")
    if not found or not rest or any(c.isspace() for c in rest) or rest.startswith("/"):
        return None
    scheme = {"webcal": "https", "webcals": "https"}.get(scheme.lower(), scheme.lower())
    return f"{scheme}://{rest}" if scheme in ("http", "https") else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _words(length: timedelta) -> str:
    hours = int(length / timedelta(hours=1))
    return (
        f"{hours // 24} days"
        if hours >= 72
        else f"{hours} hours"
        if hours
        else f"{int(length.total_seconds() // 60)} minutes"
    )
