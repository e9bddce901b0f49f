"""The set-up script with interpreters that only pretend, so that no test here needs a network or a minute."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "setup.sh"
TOOLS = ("sh", "dirname", "rm", "mv", "cp", "tail", "mkdir", "cat", "sleep", "pwd")

# Passes for a Python: answers the script's questions from its own name, makes a "virtual environment" that holds a copy
# of itself, and writes down each pip call. A file `pip-fails` or `pip-waits` in the project changes what pip does.
PRETENDER = r"""#!/bin/sh
case "$*" in
  *--version*) echo "Python 3.13.0" ;;
  *'version_info < (3, 11)'*) exit 0 ;;
  *base_prefix*) echo "3.13.0 PREFIX $(pwd)" ;;
  *sha256*) cat pyproject.toml ;;
  *'-m venv'*) for last in "$@"; do :; done; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
  *'-m pip install'*)
    echo "$*" >>pip-calls
    if [ -e pip-waits ]; then : >pip-started; sleep 30; fi
    if [ -e pip-fails ]; then echo "ERROR: pip's own reason"; exit 1; fi ;;
  *) echo "unexpected: $*" >&2; exit 97 ;;
esac
"""
BROKEN_SHIM = "#!/bin/sh\necho 'version manager: command not found' >&2\nexit 127\n"
# These put the script's own question to the Python that runs the tests, after taking something away from it.
TOO_OLD = f"#!/bin/sh\nexec '{sys.executable}' -c \"import sys; sys.version_info = (3, 9, 2)\n$4\"\n"
WITHOUT_VENV = f"#!/bin/sh\nexec '{sys.executable}' -c \"import sys; sys.modules['ensurepip'] = None\n$4\"\n"


class Project:
    """A folder with the script in it, and a PATH that holds only a few tools and the interpreters that a test adds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder.parent / "path"
        self.path.mkdir()
        (folder / "scripts").mkdir(parents=True)
        shutil.copy(SCRIPT, folder / "scripts")
        (folder / "pyproject.toml").write_text("first\n")
        (folder / "constraints.txt").write_text("")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, tool
            (self.path / tool).symlink_to(found)

    def add(self, name: str, text: str) -> Path:
        interpreter = self.path / name
        interpreter.write_text(text.replace("PREFIX", name))
        interpreter.chmod(0o755)
        return interpreter

    def command(self, extras: str) -> list[str]:
        return [str(self.path / "sh"), str(self.folder / "scripts" / "setup.sh"), extras]

    def run(self, extras: str = "test", **environment: str) -> subprocess.CompletedProcess[str]:
        whole = {"PATH": str(self.path), **environment}
        return subprocess.run(self.command(extras), env=whole, capture_output=True, text=True, check=False, timeout=20)

    @property
    def pip_calls(self) -> list[str]:
        calls = self.folder / "pip-calls"
        return calls.read_text().splitlines() if calls.exists() else []

    @property
    def interpreter(self) -> str:
        """The name of the interpreter that the environment was made with."""
        return (self.folder / ".venv" / ".set-up").read_text().split()[1]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "a folder with spaces")


def test_the_first_interpreter_that_fits_is_taken(project: Project) -> None:
    project.add("python3.13", PRETENDER)
    project.add("python3", PRETENDER)
    assert project.run().returncode == 0
    assert project.interpreter == "python3.13"


def test_a_shim_that_cannot_start_its_version_is_passed_over(project: Project) -> None:
    project.add("python3.13", BROKEN_SHIM)
    project.add("python3.12", PRETENDER)
    done = project.run()
    assert done.returncode == 0
    assert project.interpreter == "python3.12"
    assert "version manager" not in done.stdout + done.stderr


def test_behind_a_shim_that_fails_the_same_name_is_looked_for_further_along_the_path(project: Project) -> None:
    shims = project.folder.parent / "a folder of shims"
    shims.mkdir()
    for name in ("python3.13", "python3"):
        (shims / name).write_text(BROKEN_SHIM)
        (shims / name).chmod(0o755)
    project.add("python3", PRETENDER)
    assert project.run(PATH=f"{shims}:{project.path}").returncode == 0
    assert project.interpreter == "python3"


@pytest.mark.parametrize("unfit", [TOO_OLD, WITHOUT_VENV], ids=["too old", "without venv"])
def test_an_interpreter_that_will_not_do_is_passed_over(project: Project, unfit: str) -> None:
    project.add("python3.11", unfit)
    project.add("python", PRETENDER)
    assert project.run().returncode == 0
    assert project.interpreter == "python"


def test_where_none_fits_the_message_says_what_to_install_and_what_was_wrong_with_each(project: Project) -> None:
    project.add("python3.12", BROKEN_SHIM)
    project.add("python3.11", WITHOUT_VENV)
    project.add("python3", TOO_OLD)
    done = project.run()
    assert done.returncode != 0
    assert "python3-venv" in done.stderr
    assert "python3.12: does not run" in done.stderr
    assert "python3.11: has no module ensurepip" in done.stderr
    assert "python3: is version 3.9" in done.stderr
    assert not (project.folder / ".venv").exists()


def test_without_any_python_the_message_says_what_to_install(project: Project) -> None:
    done = project.run()
    assert done.returncode != 0
    assert "python3-venv" in done.stderr


def test_an_interpreter_that_is_asked_for_is_the_one_that_is_used(project: Project) -> None:
    project.add("python3.13", PRETENDER)
    asked = project.add("mine", PRETENDER)
    assert project.run(PYTHON=str(asked)).returncode == 0
    assert project.interpreter == "mine"


def test_an_interpreter_that_is_asked_for_and_does_not_fit_is_not_replaced_by_another(project: Project) -> None:
    project.add("python3.13", PRETENDER)
    asked = project.add("mine", TOO_OLD)
    done = project.run(PYTHON=str(asked))
    assert done.returncode != 0
    assert "is version 3.9" in done.stderr
    assert not (project.folder / ".venv").exists()


def test_a_finished_set_up_says_and_does_nothing_the_second_time(project: Project) -> None:
    project.add("python3", PRETENDER)
    project.run()
    calls = len(project.pip_calls)
    again = project.run()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert len(project.pip_calls) == calls > 0


def test_a_half_made_environment_is_removed_and_made_again(project: Project) -> None:
    project.add("python3", PRETENDER)
    left = project.folder / ".venv" / "bin" / "half"
    left.parent.mkdir(parents=True)
    left.write_text("")
    assert project.run().returncode == 0
    assert not left.exists()


def killed_in_the_middle(project: Project) -> None:
    """Start the script, wait until pip is at work, and kill everything."""
    (project.folder / "pip-started").unlink(missing_ok=True)
    (project.folder / "pip-waits").write_text("")
    running = subprocess.Popen(
        project.command("test"), env={"PATH": str(project.path)}, stderr=subprocess.DEVNULL, start_new_session=True
    )
    for _ in range(1000):
        if (project.folder / "pip-started").exists():
            break
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    (project.folder / "pip-waits").unlink()


def test_a_set_up_that_is_killed_leaves_no_stamp_and_the_next_one_ends_well(project: Project) -> None:
    project.add("python3", PRETENDER)
    killed_in_the_middle(project)
    assert (project.folder / ".venv" / "bin" / "python").exists()
    assert not (project.folder / ".venv" / ".set-up").exists()
    assert project.run().returncode == 0
    assert project.run().stderr == ""


def test_an_update_that_is_killed_is_made_again_from_nothing(project: Project) -> None:
    project.add("python3", PRETENDER)
    project.run()
    (project.folder / ".venv" / "in an unknown state").write_text("")
    (project.folder / "pyproject.toml").write_text("second\n")
    killed_in_the_middle(project)
    (project.folder / "pyproject.toml").write_text("first\n")
    assert project.run().returncode == 0
    assert not (project.folder / ".venv" / "in an unknown state").exists()


def test_a_change_of_the_dependencies_brings_the_same_environment_up_to_date(project: Project) -> None:
    project.add("python3", PRETENDER)
    project.run()
    kept = project.folder / ".venv" / "kept"
    kept.write_text("")
    calls = len(project.pip_calls)
    (project.folder / "pyproject.toml").write_text("second\n")
    assert project.run().returncode == 0
    assert kept.exists()
    assert len(project.pip_calls) > calls
    assert project.run().stderr == ""


def test_the_linters_come_only_when_asked_for_and_then_stay(project: Project) -> None:
    project.add("python3", PRETENDER)
    project.run("test")
    assert project.pip_calls[-1].endswith(".[test]")
    project.run("lint")
    assert project.pip_calls[-1].endswith(".[test,lint]")
    calls = len(project.pip_calls)
    project.run("test")
    assert len(project.pip_calls) == calls
    (project.folder / "pyproject.toml").write_text("second\n")
    project.run("test")
    assert project.pip_calls[-1].endswith(".[test,lint]")


def test_a_folder_that_was_moved_gets_a_new_environment(project: Project) -> None:
    project.add("python3", PRETENDER)
    project.run()
    (project.folder / ".venv" / "old").write_text("")
    project.folder = project.folder.rename(project.folder.with_name("elsewhere"))
    assert project.run().returncode == 0
    assert not (project.folder / ".venv" / "old").exists()


def test_an_environment_whose_python_is_gone_is_made_again(project: Project) -> None:
    project.add("python3", PRETENDER)
    project.run()
    (project.folder / ".venv" / "bin" / "python").unlink()
    assert project.run().returncode == 0
    assert (project.folder / ".venv" / "bin" / "python").exists()


def test_when_pip_fails_its_own_words_and_one_line_of_advice_are_shown(project: Project) -> None:
    project.add("python3", PRETENDER)
    (project.folder / "pip-fails").write_text("")
    done = project.run()
    assert done.returncode != 0
    assert "ERROR: pip's own reason" in done.stderr
    assert "network" in done.stderr.splitlines()[-1]
    assert not (project.folder / ".venv" / ".set-up").exists()


def test_every_version_is_held(project: Project) -> None:
    project.add("python3", PRETENDER)
    project.run()
    assert all("--constraint constraints.txt" in call for call in project.pip_calls)
    assert "--no-build-isolation" in project.pip_calls[-1]
