"""What the statuses of a WebDAV server's replies mean, in words and as numbers."""

from __future__ import annotations

import re


def meaning(status: int) -> str:
    """What an unwelcome status means, for a person."""
    if status == 401:
        return "the server refused the login; check `user` and `password`"
    if status == 403:
        return "this login may not do that on the server; check its rights, or the quota"
    if status in (404, 410):
        return "there is nothing at this address on the server; check `url`"
    if status in (429, 503):
        return f"the server is busy ({status}); try again later"
    if status == 507:
        return f"the server has no room left, or has more to say than it allows ({status})"
    if status >= 500:
        return f"the server failed ({status}); try again later"
    return f"the server answered {status}, not as a calendar server does; check `url`"


def code_of(status: str | None) -> int:
    """The number in ``HTTP/1.1 404 Not Found``; 200 where nothing is said, 500 where it cannot be read."""
    numbers = [int(word) for word in (status or "").split()[:2] if re.fullmatch("[0-9]{3}", word)]
    return numbers[0] if numbers else 500 if status and status.strip() else 200
