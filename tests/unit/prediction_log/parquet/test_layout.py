"""Names and places of the log's files."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from homestead.prediction_log.parquet.layout import (
    COLUMNS,
    end_of_hour,
    feature_columns,
    file_path,
    filesystem,
    hour_folders,
    hour_of,
    kind_name,
    kind_of,
)
from homestead.prediction_log.parquet.retention import delete_hours_older_than
from homestead.prediction_log.tables import PREDICTIONS


def test_columns_are_those_of_the_table() -> None:
    assert {*COLUMNS, "features"} == {column.name for column in PREDICTIONS.columns}


def test_hours_are_those_of_utc_also_where_clocks_change() -> None:
    change = datetime(2026, 10, 25, 1, 0, tzinfo=UTC).timestamp()
    assert [hour_of(change + 3600 * n) for n in (-1, 0, 1)] == [
        "2026-10-25T00",
        "2026-10-25T01",
        "2026-10-25T02",
    ]


def test_a_files_name_says_its_kind() -> None:
    columns = {**COLUMNS, "feature_area": "DOUBLE"}
    kind = kind_name("d" * 64, columns)
    path = file_path("s3://bucket/log/", "homes", "2026-10-25T01", "0001-ab", kind)
    assert path.startswith("s3://bucket/log/predictions/problem=homes/hour=2026-10-25T01/0001-ab-")
    assert kind_of(path) == kind
    others = {kind_name("e" * 64, columns), kind_name("d" * 64, {**columns, "feature_b": "DOUBLE"})}
    assert kind not in others


def test_features_that_differ_in_case_have_columns_of_their_own() -> None:
    assert feature_columns(("area", "Area", "AREA")) == {
        "area": "feature_area",
        "Area": "feature_Area_2",
        "AREA": "feature_AREA_3",
    }


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [(None, None, [1, 2, 3]), (7200.0, None, [2, 3]), (7199.0, 7200.0, [1]), (None, 0.0, [])],
)
def test_hours_outside_of_a_window_are_left_out(
    tmp_path: Path, since: float | None, until: float | None, found: list[int]
) -> None:
    for hour in (1, 2, 3):
        (tmp_path / f"predictions/problem=homes/hour=1970-01-01T0{hour}").mkdir(parents=True)
    (tmp_path / "predictions/problem=homes/notes").mkdir()
    files, root = filesystem(str(tmp_path))
    hours = [hour for hour, _ in hour_folders(files, root, "homes", since, until)]
    assert [hour.hour for hour in hours] == found
    assert all(end_of_hour(hour) == hour.timestamp() + 3600 for hour in hours)


def test_only_hours_that_are_all_too_old_are_deleted(tmp_path: Path) -> None:
    now = datetime.now(UTC).timestamp()
    folder = tmp_path / "predictions/problem=homes"
    for age_h in (0, 23, 26, 100):
        (folder / f"hour={hour_of(now - age_h * 3600)}").mkdir(parents=True)
    (folder / "notes").mkdir()
    assert delete_hours_older_than(str(tmp_path), "homes", 1) == 2
    assert len(list(folder.iterdir())) == 3
    assert delete_hours_older_than(str(tmp_path), "absent", 1) == 0
