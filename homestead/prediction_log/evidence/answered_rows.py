"""Reading answered rows of the prediction log, with or without labels."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from homestead.prediction_log.parquet.log import LogSource, of_window
from homestead.prediction_log.read_window import seconds_since_1970
from homestead.prediction_log.tables import PREDICTIONS

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    *("prediction_id", "row", "version", "digest", "at", "entity"),
    *("features", "prediction", "label"),
)
# Ids begin with the time, and end with 80 random bits, by which rows are drawn.
_TIME_CHARACTERS = 13


def count_answers(
    source: LogSource, problem: str, since: datetime, until: datetime
) -> dict[tuple[str, str], int]:
    """Return how many rows of a window each model answered, by version and digest.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    columns = PREDICTIONS.c
    statement = (
        sa.select(columns.version, columns.digest, sa.func.count())
        .where(*_in_window(problem, since, until))
        .group_by(columns.version, columns.digest)
    )
    with _window(source, problem, since, until).connect() as connection:
        return {(version, digest): n for version, digest, n in connection.execute(statement)}


def read_answers(
    source: LogSource,
    problem: str,
    since: datetime,
    until: datetime,
    *,
    digest: str,
    max_rows: int,
) -> "pd.DataFrame":
    """Read rows that a model answered; of more than ``max_rows``, that many drawn by their id.

    Returns:
        The columns of :func:`homestead.prediction_log.labels.read_labelled` without ``truth`` and
        ``labelled_at``.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    import pandas as pd

    columns = PREDICTIONS.c
    drawn = sa.func.substr(columns.prediction_id, _TIME_CHARACTERS + 1)
    statement = (
        sa.select(*(columns[name] for name in _COLUMNS))
        .where(*_in_window(problem, since, until), columns.digest == digest)
        .order_by(drawn, columns.prediction_id, columns.row)
        .limit(max_rows)
    )
    with _window(source, problem, since, until).connect() as connection:
        result = connection.execute(statement)
        frame = pd.DataFrame(result.all(), columns=list(result.keys()))
    decoded = [msgspec.json.decode(text) for text in frame["features"]]
    features = pd.Series(decoded, frame.index, dtype=object)
    objects = dict.fromkeys(("prediction_id", "version", "digest", "entity", "label"), object)
    frame = frame.assign(features=features).astype({**objects, "at": float, "prediction": float})
    return frame.sort_values(["at", "prediction_id", "row"], ignore_index=True)


def _window(source: LogSource, problem: str, since: datetime, until: datetime) -> LogSource:
    return of_window(source, problem, seconds_since_1970(since), seconds_since_1970(until))


def _in_window(
    problem: str, since: datetime, until: datetime
) -> tuple[sa.ColumnElement[bool], ...]:
    columns = PREDICTIONS.c
    return (
        columns.problem == problem,
        columns.shadow_of.is_(None),
        columns.at >= seconds_since_1970(since),
        columns.at < seconds_since_1970(until),
    )
