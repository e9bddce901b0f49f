"""A calendar of Google's, by its own API: one request reads a page of events, fifty blocks are written at once.

Ids follow from keys, so that an insert that is sent twice cannot make two blocks; every change says which version it
means (If-Match). Where a reply is lost, what is there is looked at before anything is said to have failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors import google_doctor
from connectors.base import (
    CalendarError,
    Conflict,
    Context,
    Entry,
    Reading,
    Unexpanded,
    Unreadable,
    Write,
    without_title,
)
from connectors.checkup import Check
from connectors.google_api import Changed, Gone, Json, Outcome, Refused, Service, There, Wrong, hopeless
from connectors.google_events import (
    FIELDS,
    OWNER,
    TITLES,
    WITHOUT_TITLES,
    NotAnEvent,
    body_of,
    busy_times,
    change_of,
    events_of,
    id_of,
    ref_of,
    same_block,
    tag_if_any,
    text_of,
)
from connectors.google_login import credentials_for
from connectors.google_options import Options
from connectors.ical import inside
from connectors.limits import MOST_BYTES, MOST_EVENTS, refuse
from connectors.options import checked
from rules.timeline import Event, Interval, Ref

_MARGIN = timedelta(days=1)  # all-day events are asked for by the calendar's own zone
_MOST_PAGES = 500  # of 20 000 events at the most, however few each page has
_PAGE = 2500  # events in one reply, the most that Google gives
FOCUS_TIME = "Google takes no focus time here: only the primary calendar of some Workspace accounts has it"
STANDS = (
    "id,etag,status,eventType,summary,start,end,recurringEventId,extendedProperties/private"  # what is asked of a block
)
NOTHING: Mapping[str, Json] = {}
_FREE_BUSY_DAYS = timedelta(days=60)  # Google refuses longer spans of free/busy times


class GoogleCalendar:
    """One calendar of a Google account. Nothing is sent before the first read or write."""

    Options = Options
    ALWAYS_THERE = ("primary",)

    def __init__(self, calendar: str | None, context: Context) -> None:
        options = checked(Options, context.account, context.options)
        self._id = calendar or options.own_calendar or "primary"
        self.name = context.account if calendar is None else f"{context.account}/{calendar}"
        self._account = context.account
        self._options = options
        self._service = Service(
            context.account,
            options.endpoint,
            lambda: credentials_for(options, context),
            options.timeout,
            context.patience,
        )
        self._titles = context.titles and options.access == "events"
        self._seen_only_busy = options.access == "free-busy" and self._id != options.own_calendar
        self.writable = not self._seen_only_busy

    @staticmethod
    def checkup(context: Context) -> Iterator[Check]:
        """What can be said about the account without asking Google (`registry.checkup`)."""
        return google_doctor.checkup(checked(Options, context.account, context.options), context)

    def address(self) -> str:
        main = self._options.subject or self._options.user or f"the main calendar of {self._account}"
        return f"google:{(main if self._id == 'primary' else self._id).lower()}"

    def read(self, window: Interval, zone: ZoneInfo) -> Reading:
        if self._seen_only_busy:
            return Reading(tuple(sorted(self._busy(window), key=lambda e: (e.interval.start, e.uid))))
        events: list[Event] = []
        unexpanded: list[Unexpanded] = []
        for item in self._items(window, zone):
            try:
                found = events_of(item, self.name, zone)
                kept = found if self._titles else map(without_title, found)
                events += [e for e in kept if inside(e, window, zone)]
            except NotAnEvent as problem:
                unexpanded.append(Unexpanded(self.name, None, str(problem), tag_if_any(item)))
        events.sort(key=lambda e: (e.interval.start, e.uid, e.recurrence))
        return Reading(tuple(events), tuple(unexpanded))

    def create(self, entry: Entry) -> Ref:
        return self._one(Write("create", entry, None))

    def update(self, ref: Ref, entry: Entry) -> Ref:
        return self._one(Write("update", entry, ref))

    def delete(self, ref: Ref) -> None:
        self._one(Write("delete", None, ref))

    def write(self, changes: Sequence[Write]) -> Iterator[Ref | CalendarError]:
        self._may_write()
        outcomes = list(self._service.send_all([self._request(change) for change in changes], self.name))
        pairs = list(zip(changes, outcomes, strict=True))
        lost = [c.entry for c, outcome in pairs if c.entry is not None and isinstance(outcome, (There, Changed))]
        known = self._known(lost) if len(lost) > 1 else {}
        revived = self._revived_together(changes, outcomes, known)
        over: CalendarError | None = None
        for number, (change, outcome) in enumerate(pairs):
            try:
                if over is not None and isinstance(outcome, CalendarError):
                    yield over  # to look at what stands would only fail again
                elif number in revived:  # what was known is no longer so
                    yield self._settled(change, revived[number])
                else:
                    yield self._settled(change, outcome, known)
            except CalendarError as error:
                over = error if hopeless(error) else over
                yield error

    def close(self) -> None:
        self._service.close()

    def _one(self, change: Write) -> Ref:
        self._may_write()
        try:
            outcome: Outcome = self._service.send(self._request(change), self.name)
        except CalendarError as error:
            outcome = error
        return self._settled(change, outcome)

    def _may_write(self) -> None:
        if not self.writable:
            raise CalendarError(
                f"{self.name}: only its free and busy times may be seen (`access: free-busy`); write to the calendar "
                "that `own_calendar` names"
            )

    def _request(self, change: Write) -> Any:
        events, common = self._service.events(), {"calendarId": self._id, "sendUpdates": "none"}
        if change.action == "create":
            body = body_of(_entry(change), self._options.colour, self._options.focus_time)
            return events.insert(**common, body=body, fields="id,etag")
        ref = change.ref
        if ref is None or not ref.where or not ref.etag:
            raise Conflict(f"{self.name}: Google gave no version of a block, so it is left alone; read again")
        if change.action == "update":
            request = events.patch(**common, eventId=ref.where, body=change_of(_entry(change)), fields="id,etag")
        else:
            request = events.delete(**common, eventId=ref.where)
        request.headers["If-Match"] = ref.etag
        return request

    def _settled(self, change: Write, outcome: Outcome, known: Mapping[str, Json] = NOTHING) -> Ref:
        """What a write has come to. Raises what is wrong with it. `known`: own events as they are now, by id."""
        if change.action == "delete":
            return self._deleted(change, outcome)
        entry = _entry(change)
        if isinstance(outcome, (There, Changed)):
            event_id = id_of(entry.tag) if change.ref is None else change.ref.where
            stands = known.get(event_id) or self._stands(event_id)
            if stands is not None and same_block(stands, entry):
                return ref_of(stands)  # the answer was lost, the block is there
            if change.action == "create" and stands is not None and _is_deleted(stands):
                return self._revived(entry, stands)
            if change.action == "create" and stands is None and isinstance(outcome, Changed):
                raise CalendarError(f"{self.name}: Google refuses a new block (HTTP 412); try again later")
        if isinstance(outcome, Gone) and change.action == "update":
            raise Conflict(f"{self.name}: a block is gone; read again")
        if isinstance(outcome, Wrong) and change.action == "create" and self._options.focus_time:
            raise Wrong(f"{self.name}: {FOCUS_TIME}; remove `focus_time` from the account")
        if isinstance(outcome, CalendarError):
            raise outcome
        return ref_of(outcome)

    def _deleted(self, change: Write, outcome: Outcome) -> Ref:
        if change.ref is None:
            raise ValueError("a block to delete has an address")
        if isinstance(outcome, Changed) and self._stands(change.ref.where, cancelled=False) is None:
            return change.ref
        if isinstance(outcome, Gone):
            return change.ref
        if isinstance(outcome, CalendarError):
            raise outcome
        return change.ref

    def _revived(self, entry: Entry, stands: Json) -> Ref:
        """A block whose id was used before, and deleted: Google keeps the id, and an update makes it live again."""
        try:
            return ref_of(self._alive(self._service.send(self._revival(entry, stands), self.name)))
        except (Gone, Refused):
            raise self._taken() from None
        except Changed:
            lives = self._stands(id_of(entry.tag))
            if lives is not None and same_block(lives, entry):
                return ref_of(lives)
            raise

    def _revived_together(
        self, changes: Sequence[Write], outcomes: Sequence[Outcome], known: Mapping[str, Json]
    ) -> dict[int, Outcome]:
        """What becomes of the new blocks whose ids were deleted, by their places among the changes: a practice that was
        cleared and is written again has only such."""
        deleted = {}
        for number, (change, outcome) in enumerate(zip(changes, outcomes, strict=True)):
            stands = known.get(id_of(change.entry.tag)) if change.entry is not None else None
            if change.action == "create" and isinstance(outcome, There) and stands is not None and _is_deleted(stands):
                deleted[number] = self._revival(_entry(change), stands)
        found: dict[int, Outcome] = {}
        for number, outcome in zip(deleted, self._service.send_all(list(deleted.values()), self.name), strict=True):
            try:
                if isinstance(outcome, (Gone, Refused)):
                    outcome = self._taken()
                found[number] = outcome if isinstance(outcome, CalendarError) else self._alive(outcome)
            except CalendarError as error:
                found[number] = error
        return found

    def _revival(self, entry: Entry, stands: Json) -> Any:
        """The request that makes a deleted event a block again, if it is still as it was found."""
        sort = stands.get("eventType")  # which cannot be changed
        body = body_of(entry, self._options.colour, sort == "focusTime" if sort else self._options.focus_time)
        request = self._service.events().update(
            calendarId=self._id, eventId=body["id"], body=body, sendUpdates="none", fields="id,etag,status"
        )
        if stands.get("etag"):
            request.headers["If-Match"] = text_of(stands["etag"])
        return request

    def _alive(self, item: Json) -> Json:
        if _is_deleted(item):
            raise self._taken()
        return item

    def _taken(self) -> Conflict:
        """The id of a deleted block is not given back: the block needs another one. Nothing is there to be looked at,
        as it is where `There` is said."""
        return Conflict(f"{self.name}: a block that was deleted cannot be made again with its old id; read again")

    def _known(self, entries: Sequence[Entry]) -> dict[str, Json]:
        """As `_own`; nothing where that cannot be read, so that what else was done is still told."""
        try:
            return self._own(entries)
        except CalendarError:
            return {}

    def _stands(self, event_id: str, cancelled: bool = True) -> Json | None:
        """An event as it is now, None where there is none."""
        request = self._service.events().get(calendarId=self._id, eventId=event_id, fields=STANDS)
        try:
            found = self._service.send(request, self.name)
        except Gone:
            return None
        return None if _is_deleted(found) and not cancelled else found

    def _own(self, entries: Sequence[Entry]) -> dict[str, Json]:
        """The events that carry these entries' owner where the entries are, as they are now (also deleted), by id."""
        query = {
            "calendarId": self._id,
            "privateExtendedProperty": f"{OWNER}={entries[0].tag.owner}",
            "timeMin": _stamp(min(entry.interval.start for entry in entries) - _MARGIN),
            "timeMax": _stamp(max(entry.interval.end for entry in entries) + _MARGIN),
            "showDeleted": True,
            "maxResults": _PAGE,
            "fields": f"kind,nextPageToken,items({STANDS})",
        }
        return {str(item.get("id")): item for item in self._pages(query)}

    def _items(self, window: Interval, zone: ZoneInfo) -> Iterator[Json]:
        """Every event that may touch the window, recurrences expanded, page by page."""
        query = {
            "calendarId": self._id,
            "timeMin": _stamp(window.start - _MARGIN),
            "timeMax": _stamp(window.end + _MARGIN),
            "timeZone": zone.key,
            "singleEvents": True,
            "maxAttendees": 1,
            "maxResults": _PAGE,
            "fields": FIELDS,
        }
        return self._pages(query) if self._titles else self._with_own_titles(query)

    def _with_own_titles(self, query: Json) -> Iterator[Json]:
        """The items of a list that was asked for without titles; our own blocks get theirs from a list of them alone,
        since a hand may have changed one."""
        items = list(self._pages({**query, "fields": WITHOUT_TITLES}))
        owners = sorted({tag.owner for item in items if (tag := tag_if_any(item)) is not None})
        titles: dict[str, Json] = {}
        for owner in owners:
            own = {**query, "privateExtendedProperty": f"{OWNER}={owner}", "fields": TITLES}
            titles |= {str(item.get("id")): item for item in self._pages(own)}
        for item in items:
            own_title = titles.get(str(item.get("id")), {}).get("summary") if tag_if_any(item) is not None else None
            yield item if own_title is None else {**item, "summary": own_title}

    def _pages(self, query: Json) -> Iterator[Json]:
        """Every item of a list, page by page."""
        seen: set[str] = set()
        many = 0
        before = self._service.received()
        while True:
            reply = self._service.send(self._service.events().list(**query), self.name)
            items = reply.get("items", [])
            if (
                reply.get("kind") != "calendar#events"
                or not isinstance(items, list)
                or not all(isinstance(item, dict) for item in items)
            ):
                raise Unreadable(f"{self.name}: Google's reply is no list of events; try again later")
            many += len(items)
            if many > MOST_EVENTS or len(seen) > _MOST_PAGES:
                refuse(self.name, f"it holds more than {MOST_EVENTS:,} events in the time that is read")
            if self._service.received() - before > MOST_BYTES:
                refuse(self.name, f"it is larger than {MOST_BYTES // 1024 // 1024} MB")
            yield from items
            page = reply.get("nextPageToken")
            if not page:
                return
            if not isinstance(page, str) or page != text_of(page):
                raise Unreadable(f"{self.name}: Google's reply is no list of events; try again later")
            if page in seen:
                raise Unreadable(f"{self.name}: Google gives the same page again; try again later")
            seen.add(page)
            query["pageToken"] = page

    def _busy(self, window: Interval) -> Iterator[Event]:
        start = window.start
        while start < window.end:
            end = min(window.end, start + _FREE_BUSY_DAYS)
            body = {"timeMin": _stamp(start), "timeMax": _stamp(end), "items": [{"id": self._id}]}
            reply = self._service.send(self._service.api().freebusy().query(body=body), self.name)
            times, errors = self._times(reply)
            if any(error.get("reason") != "notFound" for error in errors):
                raise Unreadable(f"{self.name}: Google could not say when this calendar is busy; try again later")
            if errors or "busy" not in times:
                raise Gone(
                    f"{self.name}: Google does not give this calendar's free and busy times; check its id, and "
                    "whether it is shared with this account"
                )
            try:
                yield from busy_times(times, self.name)
            except (NotAnEvent, KeyError, TypeError, ValueError):
                raise self._no_times() from None
            start = end

    def _times(self, reply: Json) -> tuple[Json, list[Json]]:
        """This calendar's part of a free/busy reply, and the errors in it. Raises Unreadable."""
        calendars = reply.get("calendars") or {}
        if not isinstance(calendars, dict):
            raise self._no_times()
        times = calendars.get(self._id) or next(iter(calendars.values()), None)
        if not isinstance(times, dict) or not isinstance(times.get("busy", []), list):
            raise self._no_times()
        errors = times.get("errors") or []
        if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
            raise self._no_times()
        if len(times.get("busy", [])) > MOST_EVENTS:
            refuse(self.name, f"it holds more than {MOST_EVENTS:,} events in the time that is read")
        return times, errors

    def _no_times(self) -> Unreadable:
        return Unreadable(f"{self.name}: Google's free and busy times cannot be read; try again later")


def _entry(change: Write) -> Entry:
    if change.entry is None:
        raise ValueError("a block to write has an entry")
    return change.entry


def _is_deleted(item: Json) -> bool:
    return item.get("status") == "cancelled"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
