"""Size of the prediction log, and of the spool of this machine's servers."""

from pathlib import Path

import sqlalchemy as sa

from homestead.prediction_log.parquet.log import newest_hours
from homestead.prediction_log.tables import PREDICTIONS
from homestead.steps.ui.sources import Sources
from homestead.ui.views.log import LogView

# Beyond it counting would take longer than somebody waits.
_COUNTED_TO = 1_000_000
# Of a log in files, each hour of which is a folder to list.
_COUNTED_HOURS = 24


def read_log(sources: Sources, problem: str) -> LogView | None:
    """Return how many predictions are logged, and what they take; None before the first command.

    Raises:
        SQLAlchemyError: the database cannot be read.
        OSError: the spool's folder cannot be read.
    """
    if not sources.has_database:
        return None
    columns = PREDICTIONS.c
    is_ours = columns.problem == problem
    some = sa.select(sa.literal(1)).where(is_ours).limit(_COUNTED_TO + 1).subquery()
    hours = _COUNTED_HOURS if sources.settings.log_uri else None
    with newest_hours(sources.log, problem, _COUNTED_HOURS).connect() as connection:
        rows = connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
        newest = connection.scalar(sa.select(sa.func.max(columns.at)).where(is_ours))
    return LogView(
        rows=min(rows, _COUNTED_TO),
        counted_to=_COUNTED_TO,
        newest=newest,
        hours=hours,
        database_bytes=_file_bytes(sources.settings.database_url),
        spool_bytes=_spool_bytes(sources.settings.home / "spool" / problem),
    )


def _file_bytes(address: str) -> int | None:
    """Return the size of a sqlite file with its journal; None for another database."""
    if not address.startswith("sqlite"):
        return None
    path = Path(sa.make_url(address).database or "")
    parts = (path, path.with_name(f"{path.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _spool_bytes(folder: Path) -> int:
    """Return the bytes of lines in a spool's segments."""
    total = 0
    for path in folder.rglob("*.jsonl"):
        try:
            # Zeros follow the last line of a segment that is still open.
            total += len(path.read_bytes().rstrip(b"\0"))
        except FileNotFoundError:
            continue  # just shipped
    return total
