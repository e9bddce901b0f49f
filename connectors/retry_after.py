"""How long a server asks to be left alone (Retry-After, RFC 9110 section 10.2.3)."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime


def seconds(header: str) -> float:
    """From now: the header holds seconds or a date. 0 where it holds neither."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
