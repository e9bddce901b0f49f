"""When the sun rises, sets and stands highest, as instants to the minute.

The figures are those of the package `astral` (the formulas of NOAA's solar calculator), for a flat horizon at sea
level. Dawn and dusk are civil: the centre of the sun is 6 degrees below the horizon. A date's events are those around
its solar noon, so that each date has at most one of each: sunset in Reykjavik on 20 June is after midnight, 00:03."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rules.practice import Location, SunEvent
from rules.timeline import local_date

DAY = timedelta(days=1)
CIVIL = 6.0  # degrees below the horizon
HALF_A_DAY = timedelta(hours=12, minutes=30)  # from one noon to the midnights around it, with room for its drift


@lru_cache(maxsize=8192)
def moment(where: Location, day: date, event: SunEvent, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of an event of a local date, to the nearest minute; None where there is none (polar day and
    night)."""
    import astral  # 20 ms with astral.sun, only where a rule file has times by the sun
    from astral.sun import SUN_APPARENT_RADIUS, noon, time_of_transit

    observer = astral.Observer(where.latitude, where.longitude, 0.0)
    near = (day - DAY, day, day + DAY)
    highest = next((top for d in near if local_date(top := noon(observer, d), zone) == day), noon(observer, day))
    if event == "noon":
        return _to_the_minute(highest)
    rising = event in ("dawn", "sunrise")
    zenith = 90.0 + (CIVIL if event in ("dawn", "dusk") else SUN_APPARENT_RADIUS)
    direction = astral.SunDirection.RISING if rising else astral.SunDirection.SETTING
    found: list[datetime] = []
    for d in (near[0] - DAY, *near, near[-1] + DAY):
        try:
            found.append(time_of_transit(observer, d, zenith, direction))
        except ValueError:  # the sun does not come so low, or so high, on that day
            continue
    around = [t for t in found if abs(t - highest) <= HALF_A_DAY and (t < highest) == rising]
    return _to_the_minute(min(around, key=lambda t: abs(t - highest))) if around else None


def _to_the_minute(instant: datetime) -> datetime:
    return (instant.astimezone(UTC) + timedelta(seconds=30)).replace(second=0, microsecond=0)
