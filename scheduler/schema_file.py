"""Writes what is made from the description of the rule file: the shipped JSON Schema and the manual's list of keys.

``python -m scheduler.schema_file``; a test says when it is time to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rules.accounts import BUILT_IN
from rules.schema import keys_table, schema_text

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "rules" / "rule-file.schema.json"
MANUAL = ROOT / "docs" / "rule-file.md"
BEGIN, END = "<!-- keys: written by `python -m scheduler.schema_file` -->\n", "<!-- end of keys -->\n"


def shipped_schema() -> str:
    """The schema's text, with the options of the account types that ship."""
    from connectors import registry

    options: dict[str, dict[str, Any]] = {
        name: registry.options_model(name).model_json_schema() for name, known in BUILT_IN.items() if known.built
    }
    return schema_text(option_schemas=options)


def manual(text: str) -> str:
    """The manual with its list of keys as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{keys_table()}{END}{after}"


def main() -> None:
    """Write both files."""
    SCHEMA.write_text(shipped_schema(), encoding="utf-8")
    MANUAL.write_text(manual(MANUAL.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
