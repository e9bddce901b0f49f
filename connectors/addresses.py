"""Addresses on a server: which are the same, which lie in which, which host may be trusted. Their functions raise
ValueError for what is no address."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit


def related(ours: str, theirs: str) -> bool:
    """Whether an address over https is below our host (``caldav.example.org`` of ``example.org``), or beside it in a
    domain of one owner (``p12-caldav.example.org`` for ``caldav.example.org``)."""
    scheme, there, port = origin(theirs)
    _, here, _ = origin(ours)
    parent = here.partition(".")[2]
    labels = parent.split(".")
    shared = len(labels) == 2 and len(labels[1]) == 2 and len(labels[0]) <= 3  # as co.uk, where anybody has a name
    beside = len(labels) > 1 and not shared and there.endswith(f".{parent}")
    return (scheme, port) == ("https", 443) and not _is_number(here) and (there.endswith(f".{here}") or beside)


def _is_number(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host


def same_place(one: str, other: str) -> bool:
    """Whether two addresses are the same: host and port, and the path decoded, whether or not it ends with a slash."""
    return origin(one) == origin(other) and _path(one).rstrip("/") == _path(other).rstrip("/")


def inside(url: str, folder: str) -> bool:
    """Whether an address lies below a collection on the same host, and not by way of ``..``."""
    path = _path(url)
    return (
        origin(url) == origin(folder)
        and path.startswith(_path(folder).rstrip("/") + "/")
        and ".." not in path.split("/")
    )


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port, the port written out."""
    parts = urlsplit(url)
    return (
        parts.scheme.lower(),
        (parts.hostname or "").lower(),
        parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower()),
    )


def last_segment(url: str) -> str:
    """The last part of an address's path, decoded."""
    return _path(url).rstrip("/").rpartition("/")[2]


def below(folder: str, name: str) -> str:
    """The address of a name in a collection."""
    return folder.rstrip("/") + "/" + quote(name)


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)
