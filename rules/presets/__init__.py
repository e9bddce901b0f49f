"""The shipped presets: rule files without a practice, every value with its mark and source in a comment beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a preset. `mark`: P read on the body's or journal's own page, S on a secondary page, D our
    choice."""

    path: str
    value: str
    mark: str
    source: str


def text(name: str) -> str:
    """The text of a shipped preset."""
    return (files("rules.presets") / f"{name}.yaml").read_text(encoding="utf-8")


def names() -> list[str]:
    """The shipped presets, balanced first."""
    found = sorted(f.name.removesuffix(".yaml") for f in files("rules.presets").iterdir() if f.name.endswith(".yaml"))
    return sorted(found, key=lambda name: name != "balanced")


def about(name: str) -> str:
    """What a preset is for: the first comment of its file, on one line."""
    lines = []
    for line in text(name).splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").strip())
    return " ".join(lines)


def figures(name: str) -> list[Figure]:
    """Every value of a preset with its mark and source, in the order of the file."""
    return figures_in(text(name))


def figures_in(written: str) -> list[Figure]:
    """Every value of a text whose values carry their marks and sources in comments beside them."""
    from rules.yamltree import Node, parse

    lines = written.splitlines()
    found: list[Figure] = []

    def walk(node: Node, path: str) -> None:
        if node.kind == "scalar":
            comment = re.search(r"\s#\s*([PSD])\s+(.*)$", lines[node.place.line - 1])
            mark, source = (comment[1], comment[2].strip()) if comment else ("", "")
            found.append(Figure(path, node.text, mark, source))
        for key, (_, value) in node.pairs.items():
            walk(value, f"{path}.{key}" if path else key)
        for item in node.items:
            label = item.get("name")
            walk(item, f"{path}.{label.text}" if label is not None else path)

    walk(parse(written, "")[0], "")
    return found
