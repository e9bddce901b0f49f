"""The import names are everybody's; what is loaded must be ours all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler import identity

ROOT = Path(__file__).parents[2]


def test_our_own_packages_pass() -> None:
    identity.check()


def checked_with(first: Path) -> subprocess.CompletedProcess[str]:
    """The check in a Python that looks into `first` before it looks at our packages."""
    code = (
        "import sys; from scheduler import identity\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "try: identity.check()\n"
        "except identity.ForeignPackage as wrong: sys.exit(str(wrong))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(first)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["rules", "connectors"])
def test_a_foreign_package_before_ours_gives_one_line_that_names_it(tmp_path: Path, name: str) -> None:
    foreign = tmp_path / name
    foreign.mkdir()
    (foreign / "__init__.py").write_text("raise SystemExit('foreign code was run')\n")
    done = checked_with(tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"'{name}'" in done.stderr
    assert str(foreign) in done.stderr
    assert "pipx" in done.stderr
    assert "foreign code was run" not in done.stderr + done.stdout


def test_a_foreign_module_of_one_file_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("")
    done = checked_with(tmp_path)
    assert done.returncode == 1
    assert str(tmp_path / "rules.py") in done.stderr


def test_another_folder_on_the_path_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "something.py").write_text("")
    assert checked_with(tmp_path).returncode == 0


def test_the_check_imports_nothing_that_takes_time() -> None:
    code = (
        "import sys; from scheduler import identity; identity.check()\n"
        "print(len({'caldav', 'icalendar', 'pydantic', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_the_command_says_in_one_line_that_a_package_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "__init__.py").write_text("raise SystemExit('foreign code was run')\n")
    done = subprocess.run(
        [Path(sys.executable).with_name("session-breaks"), "demo"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path / "rules") in done.stderr
