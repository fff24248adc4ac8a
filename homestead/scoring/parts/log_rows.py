"""Rows of a job for the prediction log: from files beside the parts to the database."""

from typing import Self

import msgspec
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.scoring.parts.store import PartStore
from homestead.settings import Settings

# Lines that one statement inserts; a line has up to 1,000 rows.
_LINES_PER_INSERT = 5
_STATEMENT_TIMEOUT_S = 120.0


class LogInserter:
    """Inserts the lines of files, each row once by its id, and deletes the files."""

    def __init__(self, settings: Settings, store: PartStore) -> None:
        """Connect to the database with the first file."""
        self._settings = settings
        self._store = store
        self._engine: sa.Engine | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def insert(self, name: str) -> None:
        """Insert the lines of a file, then delete it.

        Raises:
            UserError: the database cannot be written, or refuses a line.
        """
        lines = [
            msgspec.json.decode(line, type=PredictionEntry)
            for line in self._store.read(name).splitlines()
        ]
        try:
            if self._engine is None:
                self._engine = open_database(self._settings.database_url, _STATEMENT_TIMEOUT_S)
            for start in range(0, len(lines), _LINES_PER_INSERT):
                batch = lines[start : start + _LINES_PER_INSERT]
                if rejected := insert_lines(self._engine, batch):
                    raise UserError(f"{name}: the prediction log refuses {rejected[0].reason}")
        except sa.exc.SQLAlchemyError as error:
            reason = str(error).partition("\n")[0]
            raise UserError(
                f"the prediction log cannot be written: {reason}; what is scored so far is kept:"
                " run the command again"
            ) from None
        self._store.delete(name)
