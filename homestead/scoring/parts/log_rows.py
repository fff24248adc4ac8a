"""Rows of a job for the prediction log: from files beside the parts to the database or to files."""

from typing import Final, Self

import msgspec
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import RejectedLine, insert_lines
from homestead.scoring.parts.store import PartStore
from homestead.settings import Settings

LOG_PREFIX: Final = "_log-"
# Lines that one statement inserts; a line has up to 1,000 rows.
_LINES_PER_INSERT = 5
_STATEMENT_TIMEOUT_S = 120.0


class LogInserter:
    """Adds the lines of files to the log and deletes the files; one that comes again adds nothing.

    A log in the database has each row once by its id; a log in files has one of a name that
    follows from the job and the part, with the same content each time.
    """

    def __init__(self, settings: Settings, store: PartStore) -> None:
        """Take the settings; a database is connected to with the first file.

        Args:
            settings: with ``log_uri`` if the log is in files.
        """
        self._settings, self._root = settings, settings.log_uri
        self._store = store
        self._engine: sa.Engine | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def insert(self, name: str) -> None:
        """Add the lines of a file to the log, then delete it.

        Raises:
            UserError: the log cannot be written, or refuses a line.
        """
        lines = [
            msgspec.json.decode(line, type=PredictionEntry)
            for line in self._store.read(name).splitlines()
        ]
        try:
            rejected = self._to_files(name, lines) if self._root else self._to_database(lines)
        except UserError:
            raise
        except Exception as error:
            # Each object store raises its own errors for missing rights, buckets and networks.
            reason = str(error).partition("\n")[0]
            place = f" ({self._root})" if self._root else ""
            raise UserError(
                f"the prediction log{place} cannot be written: {reason}; what is scored so far is"
                " kept: run the command again"
            ) from None
        if rejected:
            raise UserError(f"{name}: the prediction log refuses {rejected[0].reason}")
        self._store.delete(name)

    def _to_files(self, name: str, lines: list[PredictionEntry]) -> list[RejectedLine]:
        from homestead.prediction_log.parquet.segment_files import segment_files

        # Tools that read folders leave out names that begin with an underscore.
        segment = f"score-{name.removeprefix(LOG_PREFIX).rpartition('.')[0]}"
        with segment_files(self._root, segment) as files:
            rejected = files.add(lines)
            if not rejected:
                files.write()
        return rejected

    def _to_database(self, lines: list[PredictionEntry]) -> list[RejectedLine]:
        if self._engine is None:
            self._engine = open_database(self._settings.database_url, _STATEMENT_TIMEOUT_S)
        for start in range(0, len(lines), _LINES_PER_INSERT):
            batch = lines[start : start + _LINES_PER_INSERT]
            if rejected := insert_lines(self._engine, batch):
                return rejected
        return []
