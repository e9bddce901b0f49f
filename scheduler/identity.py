"""Whether the loaded packages are this distribution's own.

`rules`, `connectors` and `scheduler` are names that other distributions and a folder of somebody's own may have too
(docs/decisions/0003-import-names.md). A foreign `rules` package would either fail in a way that helps nobody or, worse,
work. The check runs before anything else is imported.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGES = ("rules", "connectors", "scheduler")


class ForeignPackage(Exception):  # noqa: N818 - what was found is the name; the command line knows it by this one
    """A package with one of our names is somebody else's. The text says which, where it is, and what to do."""


def check() -> None:
    """Return if all three packages lie beside each other, in the folder that this module was loaded from.

    Finds packages without importing them, so that foreign code is not run. Raises ForeignPackage.
    """
    home = Path(__file__).resolve().parent.parent
    for name in PACKAGES:
        found = _folders(name)
        if found == [home / name]:
            continue
        where = str(found[0]) if found else "nothing"
        raise ForeignPackage(
            f"the Python package '{name}' should be {home / name}, but Python finds {where}: another program uses the "
            "same name. Install session-breaks into an environment of its own (pipx install session-breaks) and leave "
            "PYTHONPATH empty."
        )


def _folders(name: str) -> list[Path]:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    if spec.submodule_search_locations is None:
        return [Path(spec.origin).resolve()] if spec.origin else []
    return [Path(folder).resolve() for folder in spec.submodule_search_locations]
