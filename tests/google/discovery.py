"""What Google's own description of Calendar v3 says of a request and of a reply: it ships with Google's Python client.

The fake asks this for everything that goes through it, so that neither the connector nor the fake can speak a language
that Google does not. `Broken` says what is wrong; it may quote names, not an event's text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote

from googleapiclient.discovery_cache import get_static_doc

Json = dict[str, Any]


class Broken(Exception):  # noqa: N818 - it names what happened
    """A request or a reply is not as the description says."""


@dataclass(frozen=True)
class Method:
    """One method of the API: ``events.insert``, how it is asked for, and the names of its bodies' schemas."""

    name: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Json]
    takes: str | None
    gives: str | None
    scopes: frozenset[str]


@cache
def document() -> Json:
    text = get_static_doc("calendar", "v3")
    assert text is not None, "google-api-python-client no longer ships the description of Calendar v3"
    found: Json = json.loads(text)
    return found


@cache
def methods() -> tuple[Method, ...]:
    return tuple(
        Method(
            name=f"{resource}.{name}",
            verb=one["httpMethod"],
            path=re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(one["path"]))),
            parameters=one.get("parameters", {}),
            takes=one.get("request", {}).get("$ref"),
            gives=one.get("response", {}).get("$ref"),
            scopes=frozenset(one.get("scopes", [])),
        )
        for resource, all_of_it in document()["resources"].items()
        for name, one in all_of_it["methods"].items()
    )


def method_for(verb: str, path: str) -> tuple[Method, dict[str, str]]:
    """The method that a verb and a path below the service's path mean, and what stands in the path."""
    for one in methods():
        if one.verb == verb and (found := one.path.fullmatch(path)):
            return one, {name: unquote(text) for name, text in found.groupdict().items()}
    raise Broken(f"no method is {verb} {path}")


def check_query(method: Method, query: Mapping[str, Sequence[str]]) -> None:
    """Parameters that the method knows, each of its type, the required ones there, and repeated only where it may."""
    known = document()["parameters"] | {k: v for k, v in method.parameters.items() if v["location"] == "query"}
    for name, values in query.items():
        if name not in known:
            raise Broken(f"{method.name} has no parameter {name}")
        if len(values) > 1 and not known[name].get("repeated"):
            raise Broken(f"{method.name}: {name} is given more than once")
        for value in values:
            _check_text(f"{method.name}: {name}", value, known[name])
    for name, about in known.items():
        if about.get("required") and name not in query:
            raise Broken(f"{method.name} lacks {name}")


def check_request(method: Method, body: Json | None) -> None:
    """A body where one is wanted, as its schema says; for a whole resource all that Google requires, and nothing that
    only Google may set."""
    if method.takes is None:
        if body is not None:
            raise Broken(f"{method.name} takes no body")
        return
    if not isinstance(body, dict):
        raise Broken(f"{method.name} lacks its body")
    check_value(method.takes, body, {"$ref": method.takes}, asked=True)
    if method.verb != "PATCH":
        for name, about in document()["schemas"][method.takes].get("properties", {}).items():
            required = about.get("annotations", {}).get("required", [])
            if f"calendar.{method.name}" in required and name not in body:
                raise Broken(f"{method.name}: the body lacks {name}")


def check_reply(method: Method, body: Json | None) -> None:
    """The body of a success."""
    if method.gives is None:
        if body is not None:
            raise Broken(f"{method.name} gives no body")
        return
    check_value(method.gives, body, {"$ref": method.gives}, asked=False)


def check_value(where: str, value: Any, schema: Json, *, asked: bool) -> None:
    """A value against a schema: no property that it does not have, types, formats and the values that are listed.
    `asked`: it stands in a request, where nothing that is read-only may be."""
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    if value is None and asked:
        return  # in a patch: take it away
    kind = schema.get("type")
    if kind == "object":
        if not isinstance(value, dict):
            raise Broken(f"{where} is no object")
        for name, inner in value.items():
            about = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if about is None:
                raise Broken(f"{where} has no property {name}")
            if asked and re.search(r"read-only\.", about.get("description", ""), re.IGNORECASE):
                raise Broken(f"{where}.{name} is read-only")
            check_value(f"{where}.{name}", inner, about, asked=asked)
    elif kind == "array":
        if not isinstance(value, list):
            raise Broken(f"{where} is no list")
        for inner in value:
            check_value(f"{where}[]", inner, schema["items"], asked=asked)
    elif kind != "any":
        wanted = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}[str(kind)]
        if not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
            raise Broken(f"{where} is no {kind}")
        _check_text(where, str(value).lower() if kind == "boolean" else str(value), schema)


def check_fields(method: Method, fields: str) -> list[Json]:
    """The selection of a partial reply as a tree (`select` applies it); every name in it is one of the reply's."""
    tree = list(_parsed(fields))
    if method.gives is None:
        raise Broken(f"{method.name} gives no body to select from")
    _check_names(method.name, tree, {"$ref": method.gives})
    return tree


def select(value: Any, tree: Sequence[Json]) -> Any:
    """What is left of a reply: exactly what was asked for."""
    if isinstance(value, list):
        return [select(one, tree) for one in value]
    if not isinstance(value, dict):
        return value
    wanted = {one["name"]: one["inner"] for one in tree}
    kept = {}
    for name, inner in value.items():
        if name in wanted or "*" in wanted:
            below = wanted.get(name, wanted.get("*"))
            kept[name] = select(inner, below) if below else inner
    return kept


def _parsed(fields: str) -> Iterator[Json]:
    """``a,b(c,d/e)`` by the grammar of Google's "partial response"."""
    tokens = re.findall(r"[\w*]+|[(),/]", fields)
    if "".join(tokens) != fields:
        raise Broken("fields: a character that has no meaning there")
    tokens.append("")

    def several() -> list[Json]:
        found = [one()]
        while tokens[0] == ",":
            tokens.pop(0)
            found.append(one())
        return found

    def one() -> Json:
        name = tokens.pop(0)
        if not re.fullmatch(r"[\w*]+", name):
            raise Broken("fields: a name is missing")
        inner: list[Json] = []
        if tokens[0] == "/":
            tokens.pop(0)
            inner = [one()]
        elif tokens[0] == "(":
            tokens.pop(0)
            inner = several()
            if tokens.pop(0) != ")":
                raise Broken("fields: a bracket is not closed")
        return {"name": name, "inner": inner}

    yield from several()
    if tokens != [""]:
        raise Broken("fields: it goes on after its end")


def _check_names(where: str, tree: Sequence[Json], schema: Json) -> None:
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    if schema.get("type") == "array":
        _check_names(where, tree, schema["items"])
        return
    for one in tree:
        if one["name"] == "*":
            continue
        about = schema.get("properties", {}).get(one["name"], schema.get("additionalProperties"))
        if about is None:
            raise Broken(f"{where}: fields names {one['name']}, which is not there")
        if one["inner"]:
            _check_names(f"{where}.{one['name']}", one["inner"], about)


def _check_text(where: str, text: str, about: Json) -> None:
    """A simple value in its written form. Where a schema lists values only in prose, that prose is read."""
    kind = about.get("type")
    if kind == "boolean" and text not in ("true", "false"):
        raise Broken(f"{where} is neither true nor false")
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", text):
            raise Broken(f"{where} is no whole number")
        if int(text) < int(about.get("minimum", -(2**31))) or int(text) > int(about.get("maximum", 2**31 - 1)):
            raise Broken(f"{where} is out of its bounds")
    listed = about.get("enum") or _in_prose(about.get("description", ""))
    if kind == "string" and listed and text not in listed:
        raise Broken(f"{where} is none of {', '.join(listed)}")
    if about.get("format") == "date":
        _read(where, text, date.fromisoformat, r"\d{4}-\d\d-\d\d")
    if about.get("format") == "date-time":
        _read(where, text, datetime.fromisoformat, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def _in_prose(description: str) -> list[str]:
    _, found, after = description.partition("ossible values are")
    return re.findall(r'^- "(\w+)" -', after, re.MULTILINE) if found else []


def _read(where: str, text: str, reader: Any, pattern: str) -> None:
    try:
        reader(text)
    except ValueError:
        raise Broken(f"{where} is no time or date") from None
    if not re.fullmatch(pattern, text):
        raise Broken(f"{where} is not written as RFC 3339 wants")
