"""A connector and a rule of another package, installed beside ours and used through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = Path(__file__).parent / "package"

RULES = """\
practice: Plugin Practice
id: plugin00
timezone: Europe/London
horizon: 1 week
accounts:
  diary: {type: appointments, path: diary.txt}
  out: {type: folder, path: out}
working_hours: {mon-fri: 09:00-17:00}
kinds: {individual: {length: 50 min}}
sessions: [{calendar: diary, kind: individual}]
breaks: {after: 10 min}
tea: {at: 15:30, minutes: 15}
therapists:
  lee: {read: [diary, out], write: out}
"""
NOW = "2026-11-30T06:00:00+00:00"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package was installed into, by pip and without a network."""
    source = tmp_path_factory.mktemp("source")
    for file in PACKAGE.glob("*.*"):
        (source / file.name).write_bytes(file.read_bytes())
    target = tmp_path_factory.mktemp("installed")
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, "--target", target, source], check=True)
    return target


@pytest.fixture
def rule_file(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    (tmp_path / "diary.txt").write_text("2026-12-01 10:00 50 SENTINEL first\n2026-12-02 15:00 50 SENTINEL second\n")
    file = tmp_path / "practice.yaml"
    file.write_text(RULES)
    return file


def session_breaks(*words: str | Path, path: Path | None) -> subprocess.CompletedProcess[str]:
    """Run the command with a home of its own; `path`: what is installed beside it."""
    home = Path(words[-1]).parent / "home"
    home.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]} | ({"PYTHONPATH": str(path)} if path else {})
    command = Path(sys.executable).with_name("session-breaks")
    return subprocess.run([command, *words], env=environment, capture_output=True, text=True, check=False, timeout=60)


def planned(rule_file: Path, installed: Path) -> dict[str, Any]:
    done = session_breaks("preview", "--format", "json", "--now", NOW, rule_file, path=installed)
    assert done.returncode == 0, done.stderr
    assert "SENTINEL" not in done.stdout + done.stderr
    plan: dict[str, Any] = json.loads(done.stdout)["therapists"][0]
    return plan


def test_a_connector_of_another_package_reads_the_sessions(rule_file: Path, installed: Path) -> None:
    plan = planned(rule_file, installed)
    assert [s["start"][:16] for s in plan["sessions"]] == ["2026-12-01T10:00", "2026-12-02T15:00"]
    assert any(b["rule"] == "breaks.after" and b["start"][:16] == "2026-12-01T10:50" for b in plan["blocks"])


def test_a_rule_of_another_package_holds_its_time(rule_file: Path, installed: Path) -> None:
    tea = [b for b in planned(rule_file, installed)["blocks"] if b["rule"] == "tea"]
    assert [b["start"][:16] for b in tea][:2] == ["2026-11-30T15:30", "2026-12-01T15:30"]
    assert all(b["name"] == "Tea" and b["key"].startswith("tea/") for b in tea)


def test_a_finding_of_another_package_s_rule_is_reported(rule_file: Path, installed: Path) -> None:
    found = [f for f in planned(rule_file, installed)["findings"] if f["rule"] == "tea"]
    assert [(f["code"], f["start"][:16]) for f in found] == [("no-tea", "2026-12-02T15:30")]


def test_what_another_package_asks_for_is_written_and_stands(rule_file: Path, installed: Path) -> None:
    done = session_breaks("sync", "--yes", "--now", NOW, rule_file, path=installed)
    assert done.returncode == 0, done.stderr
    written = b"".join(file.read_bytes() for file in (rule_file.parent / "out").iterdir())
    assert b"SUMMARY:Tea" in written
    assert b"SENTINEL" not in written
    actions = {block["action"] for block in planned(rule_file, installed)["blocks"]}
    assert actions == {"keep"}


def test_wrong_options_of_another_package_s_rule_are_said_with_their_place(rule_file: Path, installed: Path) -> None:
    rule_file.write_text(RULES.replace("minutes: 15", "minuets: 15"))
    done = session_breaks("check", rule_file, path=installed)
    assert done.returncode != 0
    assert "practice.yaml:12:" in done.stderr + done.stdout
    assert "minuets" in done.stderr + done.stdout


def test_wrong_options_of_another_package_s_connector_are_said_with_their_place(
    rule_file: Path, installed: Path
) -> None:
    rule_file.write_text(RULES.replace("path: diary.txt", "file: diary.txt"))
    done = session_breaks("check", rule_file, path=installed)
    assert done.returncode != 0
    assert "practice.yaml:6:" in done.stderr + done.stdout


def test_without_the_package_its_names_are_refused(rule_file: Path) -> None:
    done = session_breaks("check", rule_file, path=None)
    assert done.returncode != 0
    assert "appointments" in done.stderr + done.stdout
    assert "tea" in done.stderr + done.stdout


def test_the_manual_for_contributors_shows_exactly_this_package() -> None:
    manual = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for file in (PACKAGE / "pyproject.toml", PACKAGE / "session_breaks_example.py"):
        assert file.read_text(encoding="utf-8").strip() in manual, file.name
