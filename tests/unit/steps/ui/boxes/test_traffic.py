"""Requests over time."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec

from homestead.database.engine import open_database
from homestead.prediction_log.parquet.log import ParquetLog
from homestead.settings import Settings
from homestead.steps.ui.problems import problem_names
from homestead.steps.ui.sources import Sources
from homestead.steps.ui.status.log import read_log
from tests.factories import prediction_entry
from tests.ui_home import PAGE, PAGE_PROBLEM, add_predictions, change, get
from tests.unit.prediction_log.parquet.filled_log import fill


def test_windows_divide_the_same_requests(home: Settings) -> None:
    change(home, "DELETE FROM predictions")
    add_predictions(home, PAGE_PROBLEM, 600, until=time.time(), span_s=1800)
    for window in ("1h", "24h", "7d", "30d"):
        content = json.loads(get(home, f"{PAGE}/data.json?window={window}").content)
        versions = content["boxes"]["traffic"]["content"]["versions"]
        assert {version: sum(counts) for version, counts in versions.items()} == {
            "2": 60,
            "1": 540,
        }


def test_a_log_in_files_is_read_there(home: Settings, tmp_path: Path) -> None:
    change(home, "DELETE FROM predictions")
    settings = home.model_copy(update={"log_uri": str(tmp_path / "log")})
    engine = open_database(settings.database_url)
    log, now = ParquetLog(engine, settings.log_uri), time.time()
    lines = [
        msgspec.structs.replace(
            prediction_entry(f"{problem}-{version}-{number}", 50.0),
            problem=problem,
            version=version,
            timestamp_s=now - age_s,
        )
        for problem, version, count, age_s in (
            (PAGE_PROBLEM, "9", 5, 60.0),
            (PAGE_PROBLEM, "10", 2, 7200.0),
            (PAGE_PROBLEM, "8", 3, 3 * 86_400.0),
            ("in_files", "1", 1, 60.0),
        )
        for number in range(count)
    ]
    fill(log, tmp_path / "spool", *lines)
    engine.dispose()
    for window, expected in (
        ("1h", {"9": 5}),
        ("24h", {"10": 2, "9": 5}),
        ("7d", {"10": 2, "9": 5, "8": 3}),
    ):
        traffic = _traffic(settings, window)
        assert {name: sum(counts) for name, counts in traffic["versions"].items()} == expected
    assert [row["version"] for row in traffic["recent"]] == ["9"] * 5 + ["10"] * 2 + ["8"] * 3
    sources = Sources(settings)
    view = read_log(sources, PAGE_PROBLEM)
    assert view is not None
    assert (view.rows, view.hours) == (10, 24)
    assert "in_files" in problem_names(sources)
    sources.close()


def test_without_files_there_is_no_traffic(home: Settings, tmp_path: Path) -> None:
    settings = home.model_copy(update={"log_uri": str(tmp_path / "log")})
    assert _traffic(settings, "24h") is None


def _traffic(settings: Settings, window: str) -> Any:
    content = json.loads(get(settings, f"{PAGE}/data.json?window={window}").content)
    return content["boxes"]["traffic"]["content"]
