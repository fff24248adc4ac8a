"""Every table that the code describes, for tests of migrations and rights."""

import importlib
from pathlib import Path

import sqlalchemy as sa

from homestead.database.schema_version import METADATA

_HOMESTEAD = Path(__file__).parents[1] / "homestead"


def described_tables() -> sa.MetaData:
    """Return METADATA after importing each module that adds a table to it."""
    for path in sorted(_HOMESTEAD.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "METADATA" in text and "sa.Table(" in text:
            importlib.import_module(
                ".".join(path.relative_to(_HOMESTEAD.parent).with_suffix("").parts)
            )
    return METADATA
