"""Time zone names of calendar files, turned into zones.

A name is trusted before a definition: practice systems ship VTIMEZONE components that are wrong (one ends US summer
time a week early), while the zone's name says exactly what was meant. Only a name that means nothing to anybody is
read from its VTIMEZONE.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from rules.timeline import common_zone

_LOCATION = re.compile(r"^X-LIC-LOCATION:(.+)$", re.MULTILINE | re.IGNORECASE)
_OBSERVANCE = re.compile(r"^BEGIN:", re.MULTILINE | re.IGNORECASE)
_MOMENT = re.compile(r"\d{8}T\d{6}")
_LONGEST_NAME = 200
# The tz database's longest history has some 240 changes.
_MOST_OBSERVANCES, _MOST_MOMENTS = 300, 1_000
_RULE = re.compile(r"^RRULE[^:\r\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)
# Clocks change by the year. The library below waits for ever on a rule that it cannot walk, and walks one by the
# second second by second.
_PLAIN_RULE = re.compile(
    r"FREQ=YEARLY(;(INTERVAL=1|BYMONTH=(0?[1-9]|1[0-2])|BYDAY=[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)"
    r"|BYMONTHDAY=-?([1-9]|[12]\d|3[01])(,-?([1-9]|[12]\d|3[01]))*|UNTIL=\d{8}(T\d{6}Z?)?|COUNT=\d{1,3}"
    r"|WKST=(MO|TU|WE|TH|FR|SA|SU)))*;?",
    re.IGNORECASE,
)


def resolve(name: str, definitions: Mapping[str, str], used: Callable[[str], None] = lambda _: None) -> tzinfo | None:
    """The zone a TZID means, or None where it cannot be known.

    In this order: an IANA name; a Windows name (CLDR's windowsZones); the end of a global name such as
    ``/vendor.example/Europe/Berlin`` (RFC 5545 section 3.2.19); the X-LIC-LOCATION of its VTIMEZONE; the VTIMEZONE
    itself, given in `definitions` by TZID. `used` is told the text of each that is read.
    """
    name = name.strip().strip('"')
    found = named(name)
    if found is not None:
        return found
    text = definitions.get(name)
    if text is None:
        return None
    location = _LOCATION.search(text)
    known = named(location[1].strip()) if location else None
    if known is None:
        used(text)
    return known or _defined(text)


@functools.lru_cache(maxsize=512)
def named(name: str) -> tzinfo | None:
    """The zone of an IANA, Windows or global name; None for any other."""
    if not name or len(name) > _LONGEST_NAME:
        return None
    if name.upper() in ("UTC", "GMT", "Z", "ETC/UTC"):
        return UTC
    common = common_zone(name)
    if common is not None:
        return common
    known = _iana()
    if name.lower() in known:
        return ZoneInfo(known[name.lower()])
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # with the whole library, which takes its time

    if name in WINDOWS_TO_OLSON:
        return ZoneInfo(WINDOWS_TO_OLSON[name])
    parts = name.strip("/").split("/")
    if name.startswith("/"):
        for first in range(1, len(parts)):
            if (tail := "/".join(parts[first:]).lower()) in known:
                return ZoneInfo(known[tail])
    return None


@functools.cache
def _iana() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


@functools.lru_cache(maxsize=64)
def _defined(text: str) -> tzinfo | None:
    from icalendar import Timezone

    if len(_OBSERVANCE.findall(text)) > _MOST_OBSERVANCES or len(_MOMENT.findall(text)) > _MOST_MOMENTS:
        return None
    if any(not _PLAIN_RULE.fullmatch(rule.strip()) for rule in _RULE.findall(text)):
        return None
    try:
        component = Timezone.from_ical(text)
        zone = component.to_tz(lookup_tzid=False) if isinstance(component, Timezone) else None
        for probe in (datetime(1990, 1, 1), datetime(2026, 7, 1)):  # noqa: DTZ001 - asked in the zone itself
            if zone is None or zone.utcoffset(probe) is None:
                return None
    except Exception:  # whatever a broken definition makes the libraries raise: the zone is then not known
        return None
    return zone if isinstance(zone, tzinfo) else None
