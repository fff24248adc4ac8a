"""Readers of the log give the same answers from files as from SQL."""

import math
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.prediction_log.entries import LogLine, PredictionEntry
from homestead.prediction_log.evidence.answered_rows import count_answers, read_answers
from homestead.prediction_log.history.logged_rows import LogWindow, read_parts, read_prediction
from homestead.prediction_log.history.prediction_counts import count_predictions
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.read_labelled import (
    draw_labelled,
    label_counts,
    read_labelled,
)
from homestead.prediction_log.labels.tables import LABELS
from homestead.prediction_log.parquet.log import LogSource, ParquetLog, hours_of_ids, time_of_id
from homestead.prediction_log.read_window import read_window
from homestead.prediction_log.tables import PREDICTIONS
from tests.factories import flats_problem
from tests.unit.prediction_log.parquet.filled_log import fill, logged_rows

START = datetime(2026, 10, 31, 22, 30, tzinfo=UTC)
HOMES = flats_problem().model_copy(update={"name": "homes"})
# Values whose bits are easily lost, and names that only differ in case.
_VALUES = (0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, math.nan, 2.0**53 + 2)
# sqlite forgets the sign of a zero.
_PREDICTIONS = (0.1, 5e-324, 1 / 3, 2.0**53 + 2)


def _entries() -> list[PredictionEntry]:
    """Return predictions of three hours, two models and a shadow, some with hashed features."""
    draw = random.Random(3)
    entries = []
    for number in range(120):
        at = START.timestamp() + number * 90 + draw.random()
        names = ("area", "Area", "a floor's") if number % 3 else ("area", "zip")
        features: list[list[float | str | None]] = [
            [draw.choice(_VALUES) for _ in names] for _ in range(draw.randint(1, 3))
        ]
        if "zip" in names:
            for values in features:
                values[1] = f"{draw.getrandbits(64):x}"
        entries.append(
            PredictionEntry(
                id=f"{int(at * 1e6):013x}{draw.getrandbits(80):020x}",
                problem="homes",
                version="4" if number % 3 else "3",
                digest=("e" if number % 3 else "d") * 64,
                timestamp_s=at,
                feature_names=names,
                features=features,
                predictions=[draw.choice(_PREDICTIONS) for _ in features],
                request_id=draw.choice([None, f"r{number % 50}", "nul \0 é 🏠"]),
                entities=[draw.choice([None, "7", "8"]) for _ in features],
            )
        )
        if number % 10 == 1:
            entries[-1].shadow_of = entries[-2].id
    return entries


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sa.Engine, ParquetLog]]:
    """Return the same log in SQL and in files."""
    folder = tmp_path_factory.mktemp("logs")
    entries = _entries()
    in_sql, beside = (open_database(f"sqlite:///{folder / name}.db") for name in ("a", "b"))
    assert insert_lines(in_sql, entries) == []
    log = ParquetLog(beside, str(folder / "log"))
    fill(log, folder / "spool", *entries[:70])
    fill(log, folder / "spool", *entries[50:])  # as if clients had repeated requests elsewhere
    labels = [
        {
            "prediction_id": entry.id,
            "row": 0,
            "problem": "homes",
            "at": entry.timestamp_s,
            "truth": number / 3,
            "received_at": entry.timestamp_s + 60,
            "source": "labels.csv",
            "offset_s": 0.0,
        }
        for number, entry in enumerate(entries[::4])
    ]
    for engine in (in_sql, beside):
        with engine.begin() as connection:
            connection.execute(sa.insert(LABELS), labels)
    yield in_sql, log
    in_sql.dispose()
    beside.dispose()


def _parts(source: LogSource, window: LogWindow) -> list[dict[str, Any]]:
    parts = read_parts(source, "homes", window, rows_per_part=40)
    rows = pd.concat(list(parts)).astype(object)
    rows = rows.assign(features=rows.features.map(msgspec.json.decode))
    return [dict(zip(map(str, rows), row, strict=True)) for row in rows.itertuples(index=False)]


SINCE, UNTIL = START + timedelta(minutes=45), START + timedelta(minutes=140)
READERS: dict[str, Callable[[LogSource], Any]] = {
    "window": lambda log: read_window(log, "homes"),
    "part of a window": lambda log: read_window(log, "homes", SINCE, UNTIL, 50),
    "parts": lambda log: _parts(log, LogWindow()),
    "parts of a version": lambda log: _parts(log, LogWindow(SINCE, UNTIL, "4", 30)),
    "counts": lambda log: count_predictions(log, "homes"),
    "labelled": lambda log: read_labelled(log, HOMES, now=UNTIL),
    "labelled since": lambda log: read_labelled(log, HOMES, SINCE, UNTIL, ["3"], now=UNTIL),
    "labelled, drawn": lambda log: draw_labelled(
        log, HOMES, SINCE, UNTIL, digest="e" * 64, max_rows=3, now=UNTIL
    )[0],
    "label counts": lambda log: label_counts(log, HOMES, SINCE, now=UNTIL),
    "answers": lambda log: count_answers(log, "homes", SINCE, UNTIL),
    "drawn": lambda log: read_answers(log, "homes", SINCE, UNTIL, digest="e" * 64, max_rows=20),
    "other problem": lambda log: read_window(log, "flats"),
}


@pytest.mark.parametrize("name", READERS)
def test_files_give_the_same_answer_as_the_table(
    name: str, logs: tuple[sa.Engine, ParquetLog]
) -> None:
    expected, found = (READERS[name](log) for log in logs)
    if isinstance(expected, pd.DataFrame):
        assert len(expected)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    elif name.endswith(("window", "problem")):
        columns = list(expected.inputs)
        assert set(found.inputs) == set(columns)
        pd.testing.assert_frame_equal(found.inputs[columns], expected.inputs, check_exact=True)
        assert found.span == expected.span
    else:
        assert found == expected


def test_all_columns_of_all_rows_are_the_same(logs: tuple[sa.Engine, ParquetLog]) -> None:
    expected, found = [logged_rows(log) for log in logs]
    for rows in (expected, found):
        rows["features"] = rows["features"].map(msgspec.json.decode)
    pd.testing.assert_frame_equal(found[list(expected)], expected, check_exact=True)


def test_a_prediction_is_found_by_its_id_and_by_its_requests(
    logs: tuple[sa.Engine, ParquetLog],
) -> None:
    entry = next(e for e in _entries() if e.request_id and e.request_id.startswith("r"))
    for name in (entry.id, entry.request_id or "", "absent"):
        expected, found = (read_prediction(log, "homes", name).astype(object) for log in logs)
        for rows in (expected, found):
            rows["features"] = rows["features"].map(msgspec.json.decode)
        assert len(expected) == (0 if name == "absent" else len(entry.predictions))
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_an_id_says_when_and_one_of_a_repeatable_request_need_not() -> None:
    now_s = START.timestamp()
    name = f"{int(now_s * 1e6):013x}{'a' * 20}"
    assert time_of_id(name) == pytest.approx(now_s, abs=1e-5)
    hours, undated = hours_of_ids([name, "f" * 33, "short", "no hexadecimal digits"])
    assert hours == {"2026-10-31T21", "2026-10-31T22", "2026-10-31T23"}
    assert undated == {"f" * 33, "short", "no hexadecimal digits"}


def test_an_empty_log_has_no_rows(tmp_path: Path, engine: sa.Engine) -> None:
    log: LogSource = ParquetLog(engine, str(tmp_path / "nothing"))
    assert read_window(log, "homes").span is None
    assert count_predictions(log, "homes") == {}
    assert logged_rows(log).empty
    assert list(logged_rows(log)) == [
        *(column.name for column in PREDICTIONS.columns),
    ]


def test_an_object_store_is_read_as_a_folder_is(tmp_path: Path, engine: sa.Engine) -> None:
    entries: list[LogLine] = list(_entries())
    log = ParquetLog(engine, f"memory://{tmp_path.name}/log")
    fill(log, tmp_path / "spool", *entries)
    assert len(logged_rows(log)) == sum(entry.row_count for entry in entries)
