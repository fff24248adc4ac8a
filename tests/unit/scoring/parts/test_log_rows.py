"""Rows of a job on their way to the log: in the database or in files, each once."""

from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.parquet.log import log_source
from homestead.scoring.parts.log_rows import LogInserter
from homestead.scoring.parts.store import LocalParts
from homestead.settings import Settings
from tests.conftest import settings_at
from tests.factories import prediction_entry
from tests.unit.prediction_log.parquet.filled_log import logged_rows

NAME = "_log-00007-abc.jsonl"


@pytest.fixture(params=["database", "files"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    found = settings_at(tmp_path / "home")
    found.folder()
    uri = str(tmp_path / "log") if request.param == "files" else ""
    return found.model_copy(update={"log_uri": uri})


def insert(settings: Settings, store: LocalParts, *entries: PredictionEntry) -> None:
    store.write(NAME, b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries))
    with LogInserter(settings, store) as log:
        log.insert(NAME)


def test_a_file_that_comes_again_adds_nothing(settings: Settings, tmp_path: Path) -> None:
    store = LocalParts(tmp_path / "parts")
    entries = [prediction_entry("a", 1.0, 2.0), prediction_entry("b", 3.0)]
    for _ in range(2):
        insert(settings, store, *entries)
        assert store.names() == set()
    engine = open_database(settings.database_url)
    rows = logged_rows(log_source(engine, settings.log_uri))
    engine.dispose()
    assert rows[["prediction_id", "row", "prediction"]].to_numpy().tolist() == [
        ["a", 0, 2.0],
        ["a", 1, 4.0],
        ["b", 0, 6.0],
    ]


def test_a_file_of_the_log_is_named_after_the_part(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "home").model_copy(update={"log_uri": str(tmp_path / "log")})
    insert(settings, LocalParts(tmp_path / "parts"), prediction_entry("a", 1.0))
    (path,) = (tmp_path / "log").rglob("*.parquet")
    assert path.name.startswith("score-00007-abc-")
    assert pq.read_metadata(path).num_rows == 1
    # Nothing asks for a database where the log is in files.
    assert not (tmp_path / "home" / "homestead.db").exists()


def test_lines_that_are_refused_stay(settings: Settings, tmp_path: Path) -> None:
    store = LocalParts(tmp_path / "parts")
    torn = msgspec.structs.replace(prediction_entry("a", 1.0, 2.0), predictions=[2.0])
    with pytest.raises(UserError, match="the prediction log refuses"):
        insert(settings, store, torn)
    assert store.names() == {NAME}
    assert not list(tmp_path.rglob("log/**/*.parquet"))


def test_a_log_that_cannot_be_written_says_where_and_keeps_the_lines(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file, no folder")
    settings = settings_at(tmp_path / "home").model_copy(update={"log_uri": str(tmp_path / "log")})
    store = LocalParts(tmp_path / "parts")
    with pytest.raises(UserError, match=f"the prediction log .{tmp_path}/log. cannot be written"):
        insert(settings, store, prediction_entry("a", 1.0))
    assert store.names() == {NAME}
