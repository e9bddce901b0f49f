"""Makes what README.md shows: the picture of a week, and the output of every command, from real runs.

``python scripts/readme.py`` writes them; with ``--check`` it writes nothing and exits with 1 if anything would change.
Every run has a home and a state folder of its own, a fixed time, and a real Radicale that it starts itself with a month
of invented sessions."""

from __future__ import annotations

import html
import os
import pty
import re
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "week.svg"
COMMAND = ROOT / ".venv" / "bin" / "session-breaks"
NOW = "2026-10-12T05:00:00+00:00"  # a Monday; the clocks go back on the 25th
REAL = re.compile(r"(<!-- real: ([a-z-]+) -->\n```\w*\n).*?(```\n<!-- end -->)", re.DOTALL)

RULES = """\
practice: Riverside Counselling
id: 7f3k9q2m
timezone: Europe/London
preset: balanced
accounts:
  cloud: {type: caldav, url: ADDRESS, user: tester, password: {file: cloud.secret}}
working_hours: {mon-thu: 09:00-18:00, fri: 09:00-14:00}
sessions:
  - {title: "*EMDR*", kind: emdr}
  - {title: "Couple*", kind: couple}
  - {title: "Client*", kind: individual}
horizon: 4 weeks
therapists:
  lee: {read: [cloud/work], write: cloud/work}
"""

# name, first day, times, title, what else stands in the event
SERIES = (
    ("a1", "20260907", "090000", "095000", "Client A1", ""),
    ("a2", "20260907", "101000", "110000", "Client A2", ""),
    ("a3", "20260907", "140000", "145000", "Client A3", "EXDATE;TZID=Europe/London:20261019T140000\n"),
    ("b1", "20260908", "090000", "103000", "Client B1 EMDR", ""),
    ("b2", "20260908", "110000", "115000", "Client B2", ""),
    ("c1", "20260909", "100000", "112000", "Couple C1", "INTERVAL=2"),
    ("c2", "20260909", "120000", "125000", "Client C2", ""),
    ("staff", "20260909", "143000", "153000", "Staff meeting", ""),
    ("d1", "20260910", "090000", "095000", "Client D1", ""),
    ("d2", "20260910", "100000", "105000", "Client D2", ""),
    ("d3", "20260910", "110000", "115000", "Client D3", ""),
    ("d4", "20260910", "140000", "145000", "Client D4", ""),
    ("d5", "20260910", "150500", "155500", "Client D5", ""),
    ("e1", "20260911", "100000", "105000", "Client E1", ""),
)
MOVED = (
    "20261030T100000",
    "20261030T113000",
    "20261030T122000",
)  # E1: one Friday an hour and a half later, from the start
CANCELLED = "20261103T110000"  # B2: one Tuesday cancelled
ON_THE_PHONE = ("20261026T140000", "20261026T134500", "20261026T143500")  # A3: moved between two nights


def main() -> int:
    made = {PICTURE: picture()}
    shown = story()
    text = README.read_text(encoding="utf-8")
    unknown = {name for _, name, _ in REAL.findall(text)} ^ set(shown)
    if unknown:
        sys.stderr.write(f"README.md and scripts/readme.py disagree on: {', '.join(sorted(unknown))}\n")
        return 1
    made[README] = REAL.sub(lambda found: f"{found[1]}{shown[found[2]]}\n{found[3]}", text)
    old = {path for path, content in made.items() if not path.exists() or path.read_text(encoding="utf-8") != content}
    if "--check" in sys.argv:
        for path in sorted(old):
            sys.stderr.write(f"{path.relative_to(ROOT)}: is not what the commands print now; run `make readme`\n")
        return 1 if old else 0
    for path in old:
        path.write_text(made[path], encoding="utf-8")
    return 0


def story() -> dict[str, str]:
    """What a practice sees with its calendar on Radicale: name of the place in README -> output."""
    sys.path.insert(0, str(ROOT))
    from tests.servers import radicale

    with tempfile.TemporaryDirectory() as folder, radicale(Path(folder) / "server") as server:
        home = Path(folder) / "home"
        home.mkdir()
        address = server.make_calendar("work", "Work")
        for name, *_ in SERIES:
            server.put(f"{address}{name}.ics", series(name).encode())
        (home / "riverside.yaml").write_text(RULES.replace("ADDRESS", server.principal))
        secret = home / "cloud.secret"
        secret.touch(mode=0o600)
        secret.write_text(server.password or "")
        shown = {
            "check": run(home, "check riverside.yaml"),
            "preview": run(home, "preview riverside.yaml --weeks 2"),
            "explain": run(home, "explain 2026-10-14T13:00 riverside.yaml"),
            "first": run(home, "sync riverside.yaml --yes"),
            "again": run(home, "sync riverside.yaml --yes"),
        }
        server.put(f"{address}a3.ics", series("a3", ON_THE_PHONE).encode())
        shown["dry"] = run(home, "preview riverside.yaml --from 2026-10-26 --to 2026-10-27")
        shown["moved"] = run(home, "sync riverside.yaml --yes")
        shown["clear"] = run(home, "clear riverside.yaml --yes")
        return shown


def series(name: str, exception: tuple[str, str, str] | None = None) -> str:
    """One weekly series as a calendar program would store it."""
    _, day, start, end, title, more = next(s for s in SERIES if s[0] == name)
    rule = "RRULE:FREQ=WEEKLY" + (f";{more}" if more.startswith("INTERVAL") else "")
    head = f"UID:{name}@riverside.invalid\nDTSTAMP:20260901T080000Z\nSUMMARY:{title}\n"
    lines = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Invented//Sample//EN\nBEGIN:VEVENT\n" + head
    lines += f"DTSTART;TZID=Europe/London:{day}T{start}\nDTEND;TZID=Europe/London:{day}T{end}\n{rule}\n"
    lines += more if more.startswith("EXDATE") else ""
    lines += "END:VEVENT\n"
    changes = [MOVED] if name == "e1" else []
    changes += [exception] if exception is not None else []
    for was, begins, ends in changes:
        lines += f"BEGIN:VEVENT\n{head}SEQUENCE:1\nRECURRENCE-ID;TZID=Europe/London:{was}\n"
        lines += f"DTSTART;TZID=Europe/London:{begins}\nDTEND;TZID=Europe/London:{ends}\nEND:VEVENT\n"
    if name == "b2":
        lines += f"BEGIN:VEVENT\n{head}SEQUENCE:1\nSTATUS:CANCELLED\nRECURRENCE-ID;TZID=Europe/London:{CANCELLED}\n"
        lines += f"DTSTART;TZID=Europe/London:{CANCELLED}\nDTEND;TZID=Europe/London:{CANCELLED[:9]}115000\nEND:VEVENT\n"
    return (lines + "END:VCALENDAR\n").replace("\n", "\r\n")


def run(home: Path, words: str) -> str:
    """What a command prints on a terminal of 100 columns, without colour."""
    ours = {"HOME": str(home), "TERM": "dumb", "COLUMNS": "100", "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    command = [str(COMMAND), *words.split()]
    if not words.startswith("check"):
        command += ["--now", NOW]
    master, slave = pty.openpty()
    with subprocess.Popen(command, cwd=home, env=ours, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        output = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux says EIO when the other end is closed
                break
            if not piece:
                break
            output += piece
    os.close(master)
    if process.returncode != 0:
        raise SystemExit(f"session-breaks {words} ended with {process.returncode}:\n{output.decode()}")
    printed = "\n".join(line.rstrip() for line in output.decode().replace("\r\n", "\n").strip("\n").split("\n"))
    return f"$ session-breaks {words}\n{printed}"


def picture() -> str:
    """The first week of the sample practice's first therapist, in colour, as SVG."""
    from scheduler import rulefile, runs, samples
    from scheduler.show import text_view

    with tempfile.TemporaryDirectory() as folder:
        practice = rulefile.load(samples.copy_to(Path(folder) / "practice"))
        now = datetime.fromisoformat(samples.NOW)
        ask = runs.Ask(now=now, state=Path(folder) / "state", therapist="lee")
        text = text_view.render(runs.preview([practice], ask), now, width=100, colour=True, unicode=True, weeks=1)
    week, _, _ = text.partition("more weeks not shown")
    return svg(week.splitlines()[:-2])


def svg(lines: list[str]) -> str:
    """Text with colour codes (SGR, 256 colours) drawn on a grid of 8.4 by 19 pixels."""
    wide, high, body = 8.4, 19, []
    longest = 0
    for row, line in enumerate(lines):
        column, front, back, bold = 0, "#24292f", "", False
        for part in re.split(r"(\x1b\[[0-9;]*m)", line):
            if part.startswith("\x1b["):
                codes = [int(code or 0) for code in part[2:-1].split(";")]
                if codes[0] == 0:
                    front, back, bold = "#24292f", "", False
                elif codes[0] == 1:
                    bold = True
                elif codes[:2] == [38, 5]:
                    front = colour(codes[2])
                elif codes[:2] == [48, 5]:
                    back = colour(codes[2])
                continue
            if part:
                x, y = 16 + column * wide, 14 + row * high
                if back:
                    body.append(
                        f'<rect x="{x:.1f}" y="{y:.1f}" width="{len(part) * wide:.1f}" height="{high}" fill="{back}"/>'
                    )
                if part.strip():
                    weight = ' font-weight="bold"' if bold else ""
                    body.append(
                        f'<text x="{x:.1f}" y="{y + 14:.1f}" fill="{front}"{weight} '
                        f'textLength="{len(part) * wide:.1f}" '
                        f'xml:space="preserve">{html.escape(part)}</text>'
                    )
                column += len(part)
        longest = max(longest, column)
    size = f'width="{32 + longest * wide:.0f}" height="{28 + len(lines) * high}"'
    font = 'font-family="\'DejaVu Sans Mono\', Menlo, Consolas, monospace" font-size="14"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *body,
            "</svg>",
            "",
        )
    )


def colour(code: int) -> str:
    """One of xterm's 256 colours as #rrggbb (the colour cube and the greys; the first 16 are not used)."""
    if code >= 232:
        grey = 8 + (code - 232) * 10
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    steps = (0, 95, 135, 175, 215, 255)
    code -= 16
    return "#" + "".join(f"{steps[part]:02x}" for part in (code // 36, code // 6 % 6, code % 6))


if __name__ == "__main__":
    sys.exit(main())
