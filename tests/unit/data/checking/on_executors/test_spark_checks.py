"""Ingest on executors: the bytes, reasons, counts and sentences of one machine."""

import re
import signal
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psutil
import pytest

from homestead.data import ingest
from homestead.data.checking import check_source
from homestead.data.checking.batches import Batch
from homestead.data.checking.check_batch import BatchCheck, CheckedBatch
from homestead.data.tables import hash_source
from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.steps.ingest import ingest_source
from tests.bucketed import use_small_buckets
from tests.raw_flats import RAW_FLATS
from tests.spark import CLUSTER_OPTIONS, CLUSTER_SETTINGS, needs_spark
from tests.unit.data.checking.test_check_source import dirty_rows, flats, result, write
from tests.unit.data.checking.test_shared_rows import NO_KEY

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = needs_spark


@pytest.fixture(scope="module")
def spark() -> "Iterator[SparkSession]":
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CLUSTER_SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("HOMESTEAD_SPARK_OPTIONS", CLUSTER_OPTIONS)
        session = spark_session()
        yield session
        session.stop()


@pytest.fixture
def small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_buckets(monkeypatch, rows=40, batch=50)


def both(problem: Any, batch_rows: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return all that a check gives on one machine and on executors."""
    local = result(problem, 2, batch_rows)
    spark = result(problem, 2, batch_rows, on_spark=True)
    if "valid" in local:
        pd.testing.assert_frame_equal(spark.pop("valid"), local.pop("valid"))
    return local, spark


@pytest.mark.parametrize(
    ("kind", "drop"),
    [
        ("csv", "drop: {duplicates: last, without_target: true}"),
        ("parquet", "drop: {duplicates: identical}"),
        ("jsonl", ""),
        ("folder", "drop: {duplicates: first}"),
    ],
)
def test_all_that_a_check_gives_is_the_same(
    spark: "SparkSession", small_buckets: None, tmp_path: Path, kind: str, drop: str
) -> None:
    problem = flats(write(dirty_rows(len(kind + drop)), tmp_path, kind), drop)
    local, found = both(problem, 70)
    assert len(local["bad"]) > 10
    assert local["counts"].valid > 50
    assert found == local


def test_refusals_are_the_same_sentence(
    spark: "SparkSession", small_buckets: None, tmp_path: Path
) -> None:
    """Too many bad rows; and a column of which nothing can be read, with an example and a hint."""
    rows = dirty_rows(3, share=0.2)
    strict = flats(write(rows, tmp_path, "csv"), share=0.05)
    local, found = both(strict, 90)
    assert "rows are bad" in local["refusal"]
    assert found == local
    days = (rows.index % 28 + 1).map("{:02}/06/2024".format)
    wrong = flats(write(rows.assign(rooms="two", listed=days), tmp_path, "csv"))
    local, found = both(wrong, 90)
    assert "write columns.listed.time_format" in local["refusal"]
    assert found == local


def test_rows_without_time_and_key_keep_their_order(
    spark: "SparkSession", small_buckets: None, tmp_path: Path
) -> None:
    rows = dirty_rows(8)
    path = write(rows, tmp_path, "csv")
    text = NO_KEY.replace("timestamp: listed\n", "").replace("share: 0.4", "share: 1")
    split = "split: {validation_from: 2024-03-01, holdout_from: 2024-04-01}"
    text = text.replace(split, "split: {kind: random}")
    text = text.replace("flats.csv", str(path)) + "drop: {duplicates: identical}\n"
    local, found = both(parse_problem(text), 70)
    assert sum(rows.count for rows in local["counts"].dropped) > 5
    assert found == local


def test_units_since_1970_are_counted_over_all_rows(
    spark: "SparkSession", small_buckets: None, tmp_path: Path
) -> None:
    """Whether a time seems to be in another unit depends on the other batches."""
    rows = dirty_rows(4, share=0)
    seconds = pd.to_datetime(rows["listed"]).astype("datetime64[s]").astype(np.int64)
    rows["listed"] = np.where(rows.index % 9 == 0, seconds * 1000, seconds)
    path = write(rows.astype(str), tmp_path, "csv")
    text = RAW_FLATS.replace("flats.csv", str(path)).replace("share: 0.4", "share: 1")
    text = text.replace(
        "listed: {type: timestamp}", "listed: {type: timestamp, time_format: epoch_s}"
    )
    local, found = both(parse_problem(text), 100)
    assert any("listed" in line for line in local["lines"])
    assert found == local


class KillingCheck(BatchCheck):
    """A check that ends the executor that checks the second batch, the first time."""

    marker = Path()

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._marker = type(self).marker

    def check(self, batch: Batch) -> CheckedBatch:
        if batch.start > 0 and not self._marker.exists():
            self._marker.touch()
            for process in psutil.Process().parents():
                if "CoarseGrainedExecutorBackend" in " ".join(process.cmdline()):
                    process.send_signal(signal.SIGKILL)
        return super().check(batch)


def ingested(problem: Problem, folder: Path) -> dict[str, bytes]:
    """Return the files that the step of ingest writes, without the minute of the data sheet."""
    folder.mkdir()
    ingest_source(
        problem,
        hash_source(problem.source),
        valid=folder / "valid",
        quarantine=folder / "quarantine",
        data_sheet=folder / "data_sheet",
        report=lambda line: None,
    )
    return {
        path.name: re.sub(rb"written [-0-9 :]+ UTC", b"", path.read_bytes())
        if path.name == "data_sheet"
        else path.read_bytes()
        for path in folder.iterdir()
    }


def test_an_executor_killed_in_mid_ingest_changes_no_file(
    spark: "SparkSession",
    small_buckets: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batched = partial(check_source.check_source, batch_rows=70)
    monkeypatch.setattr(ingest, "check_source", batched)
    problem = flats(write(dirty_rows(6, 400), tmp_path, "csv"))
    monkeypatch.setenv("HOMESTEAD_ENGINE", "local")
    expected = ingested(problem, tmp_path / "local")
    assert {*expected} == {"valid", "quarantine", "data_sheet"}
    monkeypatch.setenv("HOMESTEAD_ENGINE", "spark")
    monkeypatch.setattr(check_source, "BatchCheck", KillingCheck)
    monkeypatch.setattr(KillingCheck, "marker", tmp_path / "killed")
    assert ingested(problem, tmp_path / "spark") == expected
    assert KillingCheck.marker.exists()


def test_a_refusal_leaves_no_file(
    spark: "SparkSession", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_ENGINE", "spark")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    strict = flats(write(dirty_rows(3, share=0.2), tmp_path, "csv"), share=0.05)
    with pytest.raises(UserError, match="rows are bad"):
        ingested(strict, tmp_path / "out")
    assert not [*(tmp_path / "out").iterdir(), *temporary.iterdir()]
