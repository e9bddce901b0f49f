"""Checks what the documents point at: files, headings, commands of session-breaks and make targets must exist.

Prints one line per problem, ``file:line: what``, and exits with 1 if there is any.
No network: web addresses are not checked.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
COMMAND = Path(".venv/bin/session-breaks")
SKIPPED = {".git", ".venv", "build", "dist", "node_modules"}

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)")
FENCE = re.compile(r"^\s*(```|~~~)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
CALL = re.compile(r"(?:^|[\s`/])(?<!inject )session-breaks ([a-z][a-z-]*)\b(?!\.)(.*)")
TARGET = re.compile(r"(?:^\s*(?:\$ )?|`)make ([a-z][a-z-]*)\b")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    return sorted(p for p in ROOT.rglob("*.md") if not SKIPPED.intersection(p.relative_to(ROOT).parts))


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a Markdown text get."""
    found = set()
    for line, fenced in lines(text):
        if not fenced and (heading := HEADING.match(line)):
            plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower())
            found.add(plain.replace(" ", "-"))
    return found


def lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it stands in a fenced block."""
    fenced = False
    for line in text.splitlines():
        if FENCE.match(line):
            fenced = not fenced
            yield "", fenced
        else:
            yield line, fenced


def broken_link(document: Path, target: str) -> str | None:
    """What is wrong with a link's target, or None."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    path, _, anchor = unquote(target).partition("#")
    file = document.parent / path if path else document
    if not file.exists():
        return f"there is no {path}"
    if anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
        return f"{file.name} has no heading for #{anchor}"
    return None


def help_of(*command: str) -> str:
    """What ``session-breaks ... --help`` prints; empty where there is no such command."""
    done = subprocess.run([COMMAND, *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def commands() -> dict[str, str]:
    """Each command of session-breaks with its help, that of the commands below it too."""
    return {name: "".join([help_of(name), *(help_of(name, below) for below in listed(name))]) for name in listed()}


def listed(*command: str) -> list[str]:
    """The commands that ``session-breaks ... --help`` lists."""
    return re.findall(r"^  ([a-z][a-z-]*)\b", help_of(*command).partition("Commands:")[2], re.MULTILINE)


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def problems() -> Iterator[str]:
    """Everything that the documents name and that does not exist."""
    known, made = commands(), targets()
    if not known:
        yield "session-breaks --help lists no commands"
    for document in documents():
        name = document.relative_to(ROOT)
        for number, (line, fenced) in enumerate(lines(document.read_text(encoding="utf-8")), start=1):
            if not fenced:
                for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                    if wrong := broken_link(document, target):
                        yield f"{name}:{number}: {wrong}"
            code = [line] if fenced else re.findall(r"`([^`]+)`", line)
            for piece in code:
                if (call := CALL.search(piece)) and known:
                    if call[1] not in known:
                        yield f"{name}:{number}: there is no command session-breaks {call[1]}"
                        continue
                    for option in OPTION.findall(call[2].partition("|")[0]):
                        if option not in known[call[1]]:
                            yield f"{name}:{number}: session-breaks {call[1]} has no option {option}"
                for target in TARGET.findall(piece if fenced else f"`{piece}"):
                    if target not in made:
                        yield f"{name}:{number}: there is no make {target}"


def main() -> int:
    """Print the problems; 1 if there are any."""
    found = list(problems())
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
