"""Keep the network libraries silent: their log lines quote addresses, headers and replies, and those are secret
here."""

from __future__ import annotations

import http.client
import logging
import sys

_LOGGERS = (
    "caldav",
    "charset_normalizer",
    "google",
    "google_auth_httplib2",
    "google_auth_oauthlib",
    "googleapiclient",
    "httplib2",
    "icalendar",
    "niquests",
    "oauthlib",
    "recurring_ical_events",
    "requests",
    "requests_oauthlib",
    "urllib3",
    "urllib3_future",
)


def silence() -> None:
    """Let no line of these libraries reach any handler, whatever the application's logging is set to. Safe to call
    often."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    # Python's own HTTP and httplib2 print whole requests, logins too, where somebody set their debug levels.
    http.client.HTTPConnection.debuglevel = 0
    if (httplib2 := sys.modules.get("httplib2")) is not None:
        httplib2.debuglevel = 0  # type: ignore[attr-defined]  # httplib2 has no types
    if _not_from_caldav not in logging.getLogger().filters:
        logging.getLogger().addFilter(_not_from_caldav)


def _not_from_caldav(record: logging.LogRecord) -> bool:
    """False for what caldav writes to the root logger itself: a reply that it could not parse, whole."""
    return "/caldav/" not in record.pathname.replace("\\", "/")
