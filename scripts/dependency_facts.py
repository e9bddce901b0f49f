"""Prints the table of docs/decisions/0005-dependencies.md: version, licence, size and import time of each dependency.

Sizes are of the distribution's own files, without what it depends on. Times are processor time, the best of seven new
interpreters, less that of an empty one, and include what the import pulls in.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What the code does with it, as one import; what is not here is data or run as a command.
IMPORT = {
    "astral": "from astral.sun import time_of_transit",
    "caldav": "from caldav import DAVClient",
    "click": "import click",
    "cryptography": "from cryptography.fernet import Fernet",
    "filelock": "from filelock import FileLock",
    "google-api-core": "from google.api_core.retry import Retry",
    "google-api-python-client": "from googleapiclient.discovery import build_from_document",
    "google-auth": "import google.oauth2.credentials",
    "google-auth-httplib2": "import google_auth_httplib2",
    "google-auth-oauthlib": "from google_auth_oauthlib.flow import InstalledAppFlow",
    "holidays": "from holidays import country_holidays",
    "icalendar": "from icalendar import Calendar",
    "keyring": "import keyring",
    "lxml": "from lxml import etree",
    "niquests": "from niquests import Session",
    "platformdirs": "from platformdirs import user_state_path",
    "pydantic": "from pydantic import BaseModel; BaseModel.model_json_schema",
    "recurring-ical-events": "from recurring_ical_events import of",
    "ruamel.yaml": "from ruamel.yaml import YAML",
    "highspy": "import highspy",
    "hypothesis": "from hypothesis import given",
    "jsonschema": "import jsonschema",
    "pytest": "import pytest",
}


def names() -> list[str]:
    """Every distribution that pyproject.toml asks for, in its order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["test"], *extras["lint"]]
    return [re.split(r"[<>=!~\[; ]", line)[0] for line in wanted]


def licence(found: Distribution) -> str:
    """The licence as the distribution states it, shortest form first."""
    told = found.metadata
    if "License-Expression" in told:
        return told["License-Expression"]
    classifiers = told.get_all("Classifier") or ()
    if classified := [c.split("::")[-1].strip() for c in classifiers if c.startswith("License ::")]:
        return ", ".join(classified)
    return told["License"].splitlines()[0] if "License" in told else "not stated"


def size(found: Distribution) -> float:
    """The megabytes of a distribution's installed files."""
    paths = [Path(str(file.locate())) for file in found.files or ()]
    return sum(p.stat().st_size for p in paths if p.is_file() and "__pycache__" not in p.parts) / 1e6


def seconds(code: str) -> float:
    """The least processor time of seven runs of a piece of code in a new interpreter."""
    runs = []
    for _ in range(7):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        runs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(runs)


def main() -> None:
    """Print the table."""
    empty = seconds("pass")
    print("| distribution | version | licence | size | import |\n|---|---|---|---|---|")
    for name in names():
        found = distribution(name)
        took = f"{(seconds(IMPORT[name]) - empty) * 1000:.0f} ms" if name in IMPORT else ""
        print(f"| {name} | {found.version} | {licence(found)} | {size(found):.1f} MB | {took} |")


if __name__ == "__main__":
    main()
