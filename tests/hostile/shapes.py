"""What programs really write, by shape: invented calendars, servers' replies and Google's pages, to be damaged."""

from __future__ import annotations

import json
from typing import Any

LONDON = """\
BEGIN:VTIMEZONE
TZID:Europe/London
X-LIC-LOCATION:Europe/London
BEGIN:DAYLIGHT
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
TZNAME:BST
DTSTART:19700329T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
TZNAME:GMT
DTSTART:19701025T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""

CALENDARS: dict[str, str] = {
    "a practice system's feed, one event an occurrence": """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:icalendar-ruby
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:Invented System
BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
DTSTART:20260308T030000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZNAME:EDT
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20261025T010000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:EST
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTAMP:20261120T080000Z
UID:81234567
DTSTART;TZID=America/New_York:20261201T100000
DTEND;TZID=America/New_York:20261201T105000
DESCRIPTION:
SUMMARY:S.S. Appointment
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20261120T080000Z
UID:81234568
DTSTART;TZID=America/New_York:20261202T100000
DTEND;TZID=America/New_York:20261202T105000
SUMMARY:SH00001
URL:https://app.system.example/81234568
END:VEVENT
END:VCALENDAR
""",
    "a Google export with a series, its exceptions and an alarm": """\
BEGIN:VCALENDAR
PRODID:-//Google Inc//Google Calendar 70.9054//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:sam@practice.invalid
X-WR-TIMEZONE:Europe/London
@ZONE@
BEGIN:VEVENT
DTSTART;TZID=Europe/London:20261105T150000
DTEND;TZID=Europe/London:20261105T155000
RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20270401T225959Z;INTERVAL=1;BYDAY=TH
EXDATE;TZID=Europe/London:20261112T150000
DTSTAMP:20261120T080000Z
UID:4qk3invented00000000000000@google.com
CREATED:20261001T080000Z
DESCRIPTION:Powered by a booking tool\\nCancel: https://book.example/c/1\\n\\n
LAST-MODIFIED:20261102T080000Z
LOCATION:Room 2\\, upstairs
SEQUENCE:1
STATUS:CONFIRMED
SUMMARY:Sam Sample: Individual (Riverside)
TRANSP:OPAQUE
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:This is an event reminder
TRIGGER:-P0DT0H10M0S
END:VALARM
END:VEVENT
BEGIN:VEVENT
DTSTART;TZID=Europe/London:20261203T160000
DTEND;TZID=Europe/London:20261203T165000
DTSTAMP:20261120T080000Z
UID:4qk3invented00000000000000@google.com
RECURRENCE-ID;TZID=Europe/London:20261203T150000
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=DECLINED;CN=me@pr
 actice.invalid;X-NUM-GUESTS=0:mailto:me@practice.invalid
SEQUENCE:2
STATUS:CONFIRMED
SUMMARY:Sam Sample: Individual (Riverside)
TRANSP:OPAQUE
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261204
DTEND;VALUE=DATE:20261205
DTSTAMP:20261120T080000Z
UID:5invented@google.com
SUMMARY:Annual leave
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
""",
    "an Outlook export with a Windows zone and an HTML description": """\
BEGIN:VCALENDAR
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
VERSION:2.0
METHOD:PUBLISH
X-MS-OLK-FORCEINSPECTOROPEN:TRUE
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
CLASS:PRIVATE
CREATED:20261120T080000Z
DTEND;TZID="W. Europe Standard Time":20261201T145000
DTSTART;TZID="W. Europe Standard Time":20261201T140000
DTSTAMP:20261120T080000Z
PRIORITY:5
RRULE:FREQ=MONTHLY;COUNT=12;BYDAY=1TU
SEQUENCE:0
SUMMARY;LANGUAGE=en-gb:Supervision
TRANSP:OPAQUE
UID:040000008200E00074C5B7101A82E00800000000INVENTED
X-ALT-DESC;FMTTYPE=text/html:<html><body>\\n</body></html>
X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE
X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY
X-MICROSOFT-DISALLOW-COUNTER:FALSE
X-MS-OLK-CONFTYPE:0
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261207
DTEND;VALUE=DATE:20261209
DTSTAMP:20261120T080000Z
SUMMARY:Away
UID:040000008200E00074C5B7101A82E00800000000INVENTED2
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
X-MICROSOFT-CDO-BUSYSTATUS:OOF
END:VEVENT
END:VCALENDAR
""",
    "an event of Apple's with travel time and a structured place": """\
BEGIN:VCALENDAR
CALSCALE:GREGORIAN
PRODID:-//Apple Inc.//macOS 15.0//EN
VERSION:2.0
@ZONE@
BEGIN:VEVENT
CREATED:20261120T080000Z
DTEND;TZID=Europe/London:20261202T115000
DTSTAMP:20261120T080000Z
DTSTAMP:20261120T080001Z
DTSTART;TZID=Europe/London:20261202T110000
LAST-MODIFIED:20261120T080000Z
SEQUENCE:0
SUMMARY:Client B.
TRANSP:OPAQUE
UID:0F1E2D3C-0000-4000-8000-INVENTED0000
X-APPLE-CREATOR-IDENTITY:com.apple.mobilecal
X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="Invented Street 1\\nTown";
 X-APPLE-RADIUS=70;X-TITLE=Room:geo:51.5,-0.1
X-APPLE-TRAVEL-DURATION;VALUE=DURATION:PT30M
X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC
BEGIN:VALARM
ACTION:AUDIO
TRIGGER;VALUE=DATE-TIME:19760401T005545Z
X-APPLE-DEFAULT-ALARM:TRUE
END:VALARM
END:VEVENT
END:VCALENDAR
""",
    "old and odd forms: durations, periods, numbered weekdays, from here on": """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Invented//Old//EN
BEGIN:VEVENT
UID:old-1@practice.invalid
DTSTAMP:20261120T080000Z
DTSTART:20261130T093000
DURATION:P0DT0H50M0S
RRULE:FREQ=MONTHLY;BYDAY=MO,2TU;BYSETPOS=1,-1;COUNT=40
RDATE;VALUE=PERIOD:20261203T100000Z/PT50M,20261204T100000Z/20261204T105000Z
EXDATE;VALUE=DATE:20261214
EXRULE:FREQ=YEARLY;BYMONTH=8
SUMMARY:Client C.
END:VEVENT
BEGIN:VEVENT
UID:old-1@practice.invalid
DTSTAMP:20261120T080000Z
RECURRENCE-ID;RANGE=THISANDFUTURE:20261214T093000
DTSTART:20261214T101500
DTEND:20261214T110500
SUMMARY:Client C.
END:VEVENT
BEGIN:VEVENT
UID:old-2@practice.invalid
DTSTAMP:20261120T080000Z
DTSTART;TZID=/invented.example/2026/Europe/Berlin:20261201T100000
DTEND;TZID=/invented.example/2026/Europe/Berlin:20261201T100000
RRULE:FREQ=YEARLY;BYWEEKNO=49;BYDAY=TU,WE;BYHOUR=9,10;BYMINUTE=0,30
SUMMARY:Client D.
END:VEVENT
BEGIN:VTODO
UID:todo-1@practice.invalid
DUE:20261201T100000Z
END:VTODO
BEGIN:VFREEBUSY
DTSTART:20261201T000000Z
FREEBUSY;FBTYPE=BUSY:20261201T100000Z/PT1H
END:VFREEBUSY
END:VCALENDAR
""",
    "a block of ours beside what a person made of others": """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//session-breaks//EN
BEGIN:VEVENT
UID:c7c5ffc0e7c7d9a3e1f7a2b9c5d3e1f0@session-breaks.invalid
DTSTAMP:20261130T060000Z
DTSTART:20261201T105000Z
DTEND:20261201T110000Z
SUMMARY:Break
CLASS:PRIVATE
TRANSP:OPAQUE
X-SESSION-BREAKS:1;owner=3f9c0d11a2b4c5d6;key=break/0f1e2d3c4b5a6978/after;pr
 int=9a1b2c3d4e5f.0a1b2c3d
END:VEVENT
BEGIN:VEVENT
UID:0f1e2d3c4b5a69788796a5b4c3d2e1f0@session-breaks.invalid
DTSTAMP:20261130T060000Z
DTSTART:20261202T105000Z
DTEND:20261202T110000Z
RRULE:FREQ=DAILY;COUNT=3
SUMMARY:Busy
DESCRIPTION:Words of a person
ATTENDEE;CN="Other; Person";PARTSTAT=ACCEPTED:mailto:other@practice.invalid
X-SESSION-BREAKS:2;owner=3f9c0d11a2b4c5d6;key=~QnuW5Cu8;of=0f1e2d3c4b5a697887
 96a5b4c3d2e1f0;print=9a1b2c3d4e5f.0a1b2c3d
END:VEVENT
END:VCALENDAR
""",
}
CALENDARS = {name: text.replace("@ZONE@\n", LONDON) for name, text in CALENDARS.items()}


def body(name: str) -> bytes:
    """A calendar with the line ends of RFC 5545."""
    return CALENDARS[name].replace("\n", "\r\n").encode()


def _data(name: str) -> str:
    return CALENDARS[name].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_BLOCK = _data("a block of ours beside what a person made of others")
_FEED = CALENDARS["a practice system's feed, one event an occurrence"]
_EVENT = _data("an event of Apple's with travel time and a structured place")

MULTISTATUS: dict[str, str] = {
    "Radicale": f"""\
<?xml version='1.0' encoding='utf-8'?>
<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><href>HOMEa.ics</href><propstat><prop>
<getetag>"0f1e2d3c"</getetag><C:calendar-data>{_EVENT}</C:calendar-data></prop><status>HTTP/1.1 200 OK</status>
</propstat></response><response><href>HOMEb%40x.ics</href><propstat><prop><getetag>"4b5a"</getetag><C:calendar-data>{_BLOCK}
</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>
""",
    "Xandikos": f"""\
<ns0:multistatus xmlns:ns0="DAV:" xmlns:ns1="urn:ietf:params:xml:ns:caldav"><ns0:response><ns0:href>HOMEa.ics</ns0:href>
<ns0:propstat><ns0:status>HTTP/1.1 200 OK</ns0:status><ns0:prop><ns0:getetag>"61d4"</ns0:getetag>
<ns1:calendar-data>{_EVENT}</ns1:calendar-data></ns0:prop></ns0:propstat></ns0:response></ns0:multistatus>
""",
    "Cyrus": f"""\
<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CY="http://cyrusimap.org/ns/">
  <D:response>
    <D:href>HOMEa.ics</D:href>
    <D:propstat>
      <D:prop><D:getetag>"b0d5e6f7"</D:getetag><C:calendar-data><![CDATA[{_FEED}]]></C:calendar-data></D:prop>
      <D:status>HTTP/1.1 200 OK</D:status>
    </D:propstat>
    <D:propstat><D:prop><D:displayname/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
  </D:response>
</D:multistatus>
""",
    "sabre, with absolute addresses, the collection itself and one that went away": f"""\
<?xml version="1.0"?>
<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:cal="urn:ietf:params:xml:ns:caldav">
<d:response><d:href>HOME</d:href><d:propstat><d:prop/><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>ROOTHOMEa.ics</d:href><d:propstat><d:prop><d:getetag>W/&quot;1&quot;</d:getetag>
<cal:calendar-data>{_EVENT}</cal:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>HOMEgone.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>
</d:multistatus>
""",
}

_TIMES = {"start": {"dateTime": "2026-12-01T10:00:00Z", "timeZone": "Europe/London"},
          "end": {"dateTime": "2026-12-01T10:50:00Z", "timeZone": "Europe/London"}}  # fmt: skip

GOOGLE: dict[str, Any] = {
    "a page of events": {
        "kind": "calendar#events",
        "items": [
            {"id": "4qk3invented", "iCalUID": "4qk3invented@google.com", "etag": '"3546"', "status": "confirmed",
             "summary": "Client A.", "eventType": "default", "sequence": 0, "updated": "2026-11-20T08:00:00.000Z",
             **_TIMES},
            {"id": "5invented_20261203T150000Z", "iCalUID": "5invented@google.com", "etag": '"3547"',
             "status": "tentative", "summary": "Client B.",
             "visibility": "private", "transparency": "opaque", "eventType": "default",
             "recurringEventId": "5invented", "originalStartTime": _TIMES["start"], "sequence": 2, **_TIMES,
             "attendees": [{"self": True, "responseStatus": "declined"}], "attendeesOmitted": True},
            {"id": "6invented", "iCalUID": "6invented@google.com", "etag": '"3548"', "status": "confirmed",
             "summary": "Leave", "eventType": "outOfOffice", "start": {"dateTime": "2026-12-01T00:00:00Z"},
             "end": {"dateTime": "2026-12-04T12:00:00+01:00"}},
            {"id": "7invented", "iCalUID": "7invented@google.com", "status": "cancelled"},
            {"id": "8invented", "iCalUID": "8invented@google.com", "etag": '"3549"', "status": "confirmed",
             "start": {"date": "2026-12-07"}, "end": {"date": "2026-12-09"}, "eventType": "workingLocation",
             "extendedProperties": {"private": {"session-breaks": "1;owner=3f9c0d11a2b4c5d6;key=break/a/after;"
                                                                  "print=9a1b2c3d4e5f.0a1b2c3d"}}},
        ],
    },
    "an empty page": {"kind": "calendar#events", "items": []},
}  # fmt: skip


def google(name: str) -> bytes:
    """A page as it comes."""
    return json.dumps(GOOGLE[name], indent=1).encode()
