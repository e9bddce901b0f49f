"""recurring-ical-events with an end: a rule for a day that never comes is not walked to the year 9999.

dateutil looks for a rule's next day until it finds one, or until the last year that a date can have; only what it finds
is compared with UNTIL. One such rule costs a second, and a calendar may hold thousands. Its walk is run here with an
earlier last year."""

from __future__ import annotations

import datetime
import functools
import types
from typing import Any


@functools.lru_cache(maxsize=16)
def components_until(year: int) -> tuple[Any, ...]:
    """What `recurring_ical_events.CalendarQuery` takes as `components`: events, expanded to the end of a year."""
    from dateutil.rrule import rrule  # type: ignore[import-untyped]  # it ships no types
    from recurring_ical_events.selection.name import ComponentsWithName  # type: ignore[import-untyped]  # no types
    from recurring_ical_events.series import Series  # type: ignore[import-untyped]  # no types

    last = types.SimpleNamespace(**(vars(datetime) | {"MAXYEAR": min(year, datetime.MAXYEAR)}))
    walk = rrule._iter  # the generator of a rule's days
    ending = types.FunctionType(walk.__code__, {**walk.__globals__, "datetime": last}, walk.__name__)

    class Rules(Series.RecurrenceRules):  # type: ignore[misc]  # its base has no types
        def create_rule_with_start(self, rule_string: str) -> Any:
            rule = super().create_rule_with_start(rule_string)
            rule._iter = types.MethodType(ending, rule)
            rule._invalidate_cache()  # which has begun the other walk
            return rule

    class Ending(Series):  # type: ignore[misc]  # its base has no types
        RecurrenceRules = Rules

    return (ComponentsWithName("VEVENT", series=Ending),)
