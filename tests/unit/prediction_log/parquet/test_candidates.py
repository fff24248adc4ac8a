"""Labels find predictions in files as they do in SQL."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.entries import FeedbackEntry, LogLine
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.add import add_labels
from homestead.prediction_log.labels.feedback_verdicts import FeedbackJudge
from homestead.prediction_log.labels.kinds import Verdict
from homestead.prediction_log.labels.parse import parse_labels
from homestead.prediction_log.labels.tables import LABELS
from homestead.prediction_log.labels.waiting import join_waiting
from homestead.prediction_log.parquet.log import LogSource, ParquetLog, database_of
from tests.unit.prediction_log.labels.labelled_log import DAY_S, NOW_S, predicted, problem
from tests.unit.prediction_log.parquet.filled_log import fill

DAY = datetime.fromtimestamp(NOW_S, UTC).isoformat()


def _id(offset_s: float, name: str) -> str:
    """Return an id as servers make them."""
    return f"{int((NOW_S + offset_s) * 1e6):013x}{name:0>20}"


PREDICTIONS = [
    predicted(_id(0, "a"), rows=2),
    predicted("an id without a time"),
    predicted(_id(5, "b"), request_id="mine", entities=["8"]),
    predicted(_id(6, "c"), request_id="twice"),
    predicted(_id(7, "d"), request_id="twice"),
    predicted(_id(8, "e"), entities=["9"], timestamp_s=NOW_S - 3600),
    predicted(_id(9, "f"), entities=["9"], timestamp_s=NOW_S + 7200),
]
ROWS: list[dict[str, Any]] = [
    {"prediction_id": _id(0, "a"), "row": 1, "rent": 1},
    {"prediction_id": _id(0, "a"), "row": 9, "rent": 1},
    {"prediction_id": "an id without a time", "rent": 2},
    {"prediction_id": _id(0, "never"), "rent": 3},
    {"request_id": "mine", "rent": 4},
    {"request_id": "twice", "rent": 5},
    {"id": 9, "day": DAY, "rent": 6},
    {"id": 77, "day": DAY, "rent": 7},
]


@pytest.fixture(params=["sql", "files"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> LogSource:
    """Return an empty log of each kind."""
    engine = open_database(f"sqlite:///{tmp_path}/log.db")
    return engine if request.param == "sql" else ParquetLog(engine, str(tmp_path / "files"))


def _log(source: LogSource, folder: Path, *lines: LogLine) -> None:
    if isinstance(source, ParquetLog):
        fill(source, folder / "spool", *lines)
    else:
        assert insert_lines(source, list(lines)) == []


def _add(source: LogSource) -> tuple[int, int, int]:
    import pandas as pd

    flats = problem()
    parsed = parse_labels(
        pd.DataFrame(ROWS, dtype=object),
        flats,
        log_key="",
        source="labels.csv",
        received_at=NOW_S + DAY_S,
        delivery=None,
    )
    added = add_labels(source, flats, parsed.batch)
    return added.joined, added.waiting, added.quarantined


def _truths(source: LogSource) -> dict[tuple[str, int], float]:
    columns = LABELS.c
    with database_of(source).connect() as connection:
        rows = connection.execute(sa.select(columns.prediction_id, columns.row, columns.truth))
        return {(name, row): truth for name, row, truth in rows}


JOINED = {
    (_id(0, "a"), 1): 1.0,
    ("an id without a time", 0): 2.0,
    (_id(5, "b"), 0): 4.0,
    (_id(8, "e"), 0): 6.0,
}


def test_labels_join_by_id_request_and_key(source: LogSource, tmp_path: Path) -> None:
    _log(source, tmp_path, *PREDICTIONS)
    assert _add(source) == (4, 2, 2)
    assert _truths(source) == JOINED
    assert _add(source)[0] == 0  # the same again changes nothing
    assert _truths(source) == JOINED


def test_labels_that_came_first_are_joined_later(source: LogSource, tmp_path: Path) -> None:
    assert _add(source) == (0, 8, 0)
    _log(source, tmp_path, *PREDICTIONS)
    verdicts = join_waiting(source, "flats", NOW_S + 2 * DAY_S)
    assert verdicts[Verdict.JOINED] == 4
    assert _truths(source) == JOINED


def test_feedback_is_judged_by_predictions_in_files(source: LogSource, tmp_path: Path) -> None:
    messages = {_id(0, "a"): [1.0, 2.0], "mine": [4.0], "twice": [5.0], "unknown": [1.0]}
    feedback = [
        FeedbackEntry(f"f{number}", "flats", NOW_S + 60, name, list(truth))
        for number, (name, truth) in enumerate(messages.items())
    ]
    _log(source, tmp_path, *PREDICTIONS, *feedback)
    judge = FeedbackJudge(source, "flats")
    assert judge.judge_page(NOW_S + 3600) is False
    counts = judge.summary(NOW_S + 3600)
    assert {verdict: n for verdict, n in counts.items() if n} == {
        "accepted": 2,
        "ambiguous_prediction": 1,
        "unknown_prediction": 1,
    }
    assert _truths(source) == {(_id(0, "a"), 0): 1, (_id(0, "a"), 1): 2, (_id(5, "b"), 0): 4}
