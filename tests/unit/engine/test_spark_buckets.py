"""Bucket jobs on a Spark cluster of two processes: the bits, order and errors of one machine."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.engine.buckets import BucketInput, BucketJob
from homestead.engine.run import run_buckets
from homestead.engine.spark_buckets import run_on_spark
from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from tests.spark import CLUSTER_SETTINGS, needs_spark
from tests.unit.engine.test_buckets import SCHEMA
from tests.unit.engine.test_pool import double, job

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = needs_spark
ROOT = Path(__file__).parents[3]
# Executors elsewhere have another time zone, which no bit may depend on.
# Compiled code would not pay in a minute: without it Java costs a half.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_OPTIONS = (
    "spark.executorEnv.TZ=Asia/Kathmandu spark.driver.memory=512m"
    f" 'spark.driver.extraJavaOptions={_JAVA}' 'spark.executor.extraJavaOptions={_JAVA}'"
)


@pytest.fixture(scope="module")
def spark() -> "Iterator[SparkSession]":
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CLUSTER_SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("HOMESTEAD_SPARK_OPTIONS", _OPTIONS)
        session = spark_session()
        yield session
        session.stop()


def test_results_are_in_the_order_of_buckets(spark: "SparkSession", tmp_path: Path) -> None:
    empty = tmp_path / "empty.parquet"
    pq.write_table(pa.table({"x": pa.array([], pa.int64())}), empty)
    jobs = [job(tmp_path / f"{name}.parquet", name) for name in "ab"]
    jobs.append(replace(jobs[0], inputs=(replace(jobs[0].inputs[0], file=empty),)))
    jobs.append(whole(tmp_path / "whole.parquet"))
    results = [
        [pq.read_table(output).column("y").to_pylist() for output in outputs]
        for outputs in run_buckets(jobs, tmp_path / "work", lambda line: None)
    ]
    assert results[:2] == [[[0, 8, 16, 24, 32], [], [4, 12, 20, 28, 36], []]] * 2
    assert results[2:] == [[[], [], [], []], [[2, 4]]]


def whole(path: Path) -> BucketJob:
    pq.write_table(pa.table({"x": [1, 2]}), path)
    return BucketJob("whole", 1, (BucketInput(path, ("x",), None, SCHEMA),), double, 2)


def test_the_error_is_that_of_the_first_job_and_bucket(
    spark: "SparkSession", tmp_path: Path
) -> None:
    jobs = [
        job(tmp_path / "a.parquet"),
        job(tmp_path / "b.parquet", failing=(1, 3)),
        job(tmp_path / "c.parquet", failing=(0,)),
    ]
    with pytest.raises(UserError, match=r"^bucket 1 failed$"):
        run_on_spark(jobs, tmp_path / "work", lambda line: None)
