"""Writes what is made from the description of the rule file: the shipped JSON Schema and the manual's list of keys.

``python -m scheduler.schema_file``; a test says when it is time to.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from connectors.options import AccountOptions
from rules.accounts import BUILT_IN
from rules.schema import keys_table, schema_text

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "rules" / "rule-file.schema.json"
MANUAL = ROOT / "docs" / "rule-file.md"
BEGIN_OPTIONS = "<!-- options: written by `python -m scheduler.schema_file` -->\n"
END_OPTIONS = "<!-- end of options -->\n"
BEGIN, END = "<!-- keys: written by `python -m scheduler.schema_file` -->\n", "<!-- end of keys -->\n"


def shipped_schema() -> str:
    """The schema's text, with the options of the account types that ship."""
    from connectors import registry

    options: dict[str, dict[str, Any]] = {name: registry.options_model(name).model_json_schema() for name in BUILT_IN}
    return schema_text(option_schemas=options)


def options_table() -> str:
    """The manual's list of what each account type takes, as Markdown."""
    from connectors import registry

    rows = ["| type | option | meaning | default |", "|---|---|---|---|"]
    told = set(AccountOptions.model_fields)
    every = [("every", name, about) for name, about in AccountOptions.model_fields.items()]
    for kind in BUILT_IN:
        fields = registry.options_model(kind).model_fields
        every += [(kind, name, about) for name, about in fields.items() if name not in told]
    for kind, name, about in sorted(every, key=lambda row: (row[0] != "every", row[0])):
        default = "**required**" if about.is_required() else _default(about.default)
        rows.append(f"| {kind} | `{name}` | {about.description or ''} | {default} |")
    return "\n".join(rows) + "\n"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        minutes = f"{value.seconds // 60} min" if value.seconds >= 60 else f"{value.seconds} s"
        return f"{value.days} days" if value >= timedelta(days=1) else minutes
    return "" if value is None else str(value)


def manual(text: str) -> str:
    """The manual with its lists of keys and of account options as they should be."""
    for begin, end, table in ((BEGIN, END, keys_table()), (BEGIN_OPTIONS, END_OPTIONS, options_table())):
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}{table}{end}{after}"
    return text


def main() -> None:
    """Write both files."""
    SCHEMA.write_text(shipped_schema(), encoding="utf-8")
    MANUAL.write_text(manual(MANUAL.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
