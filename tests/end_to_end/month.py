"""A month of recurring sessions as calendar programs write them: zones, alarms, attendees, exceptions. All invented.

From Monday 12 October to Sunday 8 November 2026; on 25 October London's clocks go back.
"""

from __future__ import annotations

from .practice import vcalendar

NOW = "2026-10-12T05:00:00+00:00"
ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\nX-LIC-LOCATION:Europe/London\r\n"
    "BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\nTZNAME:BST\r\nDTSTART:19700329T010000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\nTZNAME:GMT\r\nDTSTART:19701025T020000\r\n"
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)
# Breaks, limits and lunch: the month is planned thirty times, and the story is about what is written.
RULES = """\
practice: Mill Lane Practice
id: mi11lane
timezone: Europe/London
preset: balanced
horizon: 4 weeks
accounts:
  cloud: {account}
working_hours: {{mon-thu: 09:00-18:00, fri: 09:00-13:00}}
limits: {{in_a_row: none}}
rest: none
notes: none
protect: [{{name: Me time, off: yes}}, {{name: Supervision, off: yes}}]
sessions:
  - {{title: "Staff*", kind: none}}
  - {{title: "Couple*", kind: couple}}
  - {{title: "*session*", kind: individual}}
therapists:
  robin: {{read: [{place}], write: {place}}}
"""


def _event(uid: str, title: str, start: str, end: str, *lines: str) -> str:
    body = [
        "BEGIN:VEVENT", "CREATED:20260901T090000Z", "LAST-MODIFIED:20260902T090000Z", "DTSTAMP:20260902T090000Z",
        f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART;TZID=Europe/London:{start}", f"DTEND;TZID=Europe/London:{end}",
        *lines, "END:VEVENT",
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in body)


ALARM = (
    "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:in a quarter of an hour", "END:VALARM",
)  # fmt: skip
PEOPLE = (
    "ORGANIZER;CN=Robin:mailto:robin@mill-lane.example",
    "ATTENDEE;CN=Client P.;PARTSTAT=ACCEPTED:mailto:p@client.example",
)


def moved_on_the_day(start: str, end: str) -> bytes:
    """The session of Tuesday 20 October, which another client program moves."""
    return vcalendar(ZONE, _event("single-s", "First session S.", start, end, *PEOPLE, *ALARM))


EVENTS: dict[str, bytes] = {
    # Weekly, cancelled once (EXDATE), across the change of clocks.
    "weekly-p": vcalendar(
        ZONE,
        _event(
            "weekly-p", "Session P.", "20260907T100000", "20260907T105000", "RRULE:FREQ=WEEKLY;BYDAY=MO",
            "EXDATE;TZID=Europe/London:20261019T100000", *PEOPLE, *ALARM,
        ),
    ),
    # Weekly, moved from Wednesday 28 to Thursday 29 October (RECURRENCE-ID).
    "weekly-q": vcalendar(
        ZONE,
        _event("weekly-q", "Session Q.", "20260909T160000", "20260909T165000", "RRULE:FREQ=WEEKLY;BYDAY=WE"),
        _event(
            "weekly-q", "Session Q.", "20261029T150000", "20261029T155000",
            "RECURRENCE-ID;TZID=Europe/London:20261028T160000", "SEQUENCE:1",
        ),
    ),
    # Every other week: 15 and 29 October.
    "fortnightly-r": vcalendar(
        ZONE,
        _event(
            "fortnightly-r", "Couple session R.", "20260903T110000", "20260903T122000",
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH",
        ),
    ),
    # Cancelled as a whole.
    "cancelled-t": vcalendar(
        ZONE, _event("cancelled-t", "Session T.", "20261016T100000", "20261016T105000", "STATUS:CANCELLED")
    ),
    # Every Tuesday a meeting that ends where the session that will move begins.
    "staff": vcalendar(
        ZONE, _event("staff", "Staff meeting", "20260908T123000", "20260908T140000", "RRULE:FREQ=WEEKLY;BYDAY=TU")
    ),
    "single-s": moved_on_the_day("20261020T140000", "20261020T145000"),
    # All day and marked free: without effect.
    "birthday": vcalendar(
        "BEGIN:VEVENT\r\nUID:birthday\r\nDTSTAMP:20260902T090000Z\r\nDTSTART;VALUE=DATE:20261021\r\n"
        "DTEND;VALUE=DATE:20261022\r\nSUMMARY:Birthday\r\nEND:VEVENT\r\n"
    ),
}  # fmt: skip
SESSIONS = [
    "2026-10-12T10:00:00+01:00", "2026-10-14T16:00:00+01:00", "2026-10-15T11:00:00+01:00",
    "2026-10-20T14:00:00+01:00", "2026-10-21T16:00:00+01:00",
    "2026-10-26T10:00:00+00:00", "2026-10-29T11:00:00+00:00", "2026-10-29T15:00:00+00:00",
    "2026-11-02T10:00:00+00:00", "2026-11-04T16:00:00+00:00",
]  # fmt: skip
