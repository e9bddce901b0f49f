"""Account type -> connector, imported only when it is used.

Built-in types are named in a table; a third party adds its own by an entry point of the group
``session_breaks.connectors``:

    [project.entry-points."session_breaks.connectors"] exchange = "my_package.exchange:ExchangeCalendar"

A connector is a class with a nested pydantic model ``Options`` (unknown keys forbidden) that is opened as
``Class(calendar, context)`` and keeps to `base.Connector`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from pydantic import BaseModel

from connectors.base import CalendarError, Connector, Context
from connectors.checkup import Check

GROUP = "session_breaks.connectors"
BUILT_IN = {
    "caldav": "connectors.caldav_server:CaldavCalendar",
    "feed": "connectors.feed:FeedCalendar",
    "folder": "connectors.folder:FolderCalendar",
    "google": "connectors.google_calendar:GoogleCalendar",
    "memory": "connectors.memory:MemoryCalendar",
}


def types() -> list[str]:
    """Every account type that can be used, sorted."""
    return sorted({*BUILT_IN, *_others()})


def options_model(kind: str) -> type[BaseModel]:
    """The model that checks the options of an account of this type. Raises CalendarError for a type that is not
    there."""
    model = getattr(_class(kind), "Options", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise CalendarError(
            f"the connector for accounts of type {kind} declares no options; ask its makers for a newer version"
        )
    return model


def open_calendar(kind: str, calendar: str | None, context: Context) -> Connector:
    """One calendar of an account, opened; None is the account's only one. Raises CalendarError."""
    return cast("Connector", _class(kind)(calendar, context))


def calendars_always_there(kind: str) -> tuple[str, ...]:
    """Names of calendars that every account of this type has, beside those that a rule file names: what its connector's
    `ALWAYS_THERE` says; nothing where it has none. Raises CalendarError."""
    return tuple(getattr(_class(kind), "ALWAYS_THERE", ()))


def checkup(kind: str, context: Context) -> list[Check]:
    """What can be said about an account without opening a calendar: what its connector's static method
    ``checkup(context) -> Iterable[Check]`` says; nothing where it has none. Raises CalendarError."""
    look = getattr(_class(kind), "checkup", None)
    return list(look(context)) if look is not None else []


def _class(kind: str) -> Callable[..., Any]:
    others = _others()
    if kind in BUILT_IN:
        if kind in others:
            raise CalendarError(
                f"{_maker(others[kind][0])} also claims the account type {kind}, which is built in; remove that package"
            )
        module, _, name = BUILT_IN[kind].partition(":")
        return cast("Callable[..., Any]", getattr(import_module(module), name))
    if kind not in others:
        raise CalendarError(f"there is no account type {kind}; there are: {', '.join(types())}")
    if len(others[kind]) > 1:
        makers = " and ".join(sorted(_maker(point) for point in others[kind]))
        raise CalendarError(f"{makers} both claim the account type {kind}; remove one of them")
    try:
        return cast("Callable[..., Any]", others[kind][0].load())
    except Exception as error:  # a third party's module may fail in any way; the others still work
        what = f"{_maker(others[kind][0])} ({type(error).__name__})"
        raise CalendarError(f"the connector for accounts of type {kind} cannot be loaded from {what}") from None


def _others() -> dict[str, list[EntryPoint]]:
    """Entry points of third parties by type; our own, which the same group lists, and doubles of one are left out."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        if BUILT_IN.get(point.name) == point.value:
            continue
        known = found.setdefault(point.name, [])
        if all((point.value, _maker(point)) != (other.value, _maker(other)) for other in known):
            known.append(point)
    return found


def _maker(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value.partition(":")[0]
