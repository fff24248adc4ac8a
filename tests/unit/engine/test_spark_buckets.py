"""Bucket jobs on a Spark cluster of two processes: the bits, errors and files of one machine."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.engine.buckets import Bucket, BucketInput, BucketJob
from homestead.engine.run import run_buckets
from homestead.engine.spark_buckets import run_on_spark
from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from homestead.features.offline.join import join_job
from homestead.features.training_set import write_training_set
from homestead.features.views import compute_views, view_file
from tests.bucketed import use_small_buckets, visits_problem, visits_rows, write_visits
from tests.spark import CLUSTER_SETTINGS, needs_spark
from tests.unit.engine.test_buckets import SCHEMA
from tests.unit.engine.test_pool import double, job

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = needs_spark
ROOT = Path(__file__).parents[3]
# Compiled code would not pay in a minute: without it Java costs a half.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Executors elsewhere have another time zone, which no bit may depend on.
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


@settings(max_examples=2, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(600, 2500),
    ttl_days=st.sampled_from([0.04, 1.0, 3.0, 400.0]),
)
def test_views_and_training_sets_are_those_of_one_machine(
    spark: "SparkSession",
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    count: int,
    ttl_days: float,
) -> None:
    """Ties in time, times to live, missing keys and values, ids above 2^60: the same bytes."""
    problem = visits_problem()
    views = {n: v.model_copy(update={"ttl_days": ttl_days}) for n, v in problem.views.items()}
    problem = problem.model_copy(update={"views": views})
    folder = tmp_path_factory.mktemp("rows")
    digests: dict[str, list[str]] = {}
    with pytest.MonkeyPatch.context() as patch:
        use_small_buckets(patch)
        valid = write_visits(folder, visits_rows(count, seed))
        for engine in ("local", "spark"):
            patch.setenv("HOMESTEAD_ENGINE", engine)
            made = folder / engine
            compute_views(valid, made, problem)
            write_training_set(valid, made, made / "dataset.parquet", problem)
            files = [*(view_file(made, name) for name in views), made / "dataset.parquet"]
            digests[engine] = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert digests["spark"] == digests["local"]


def kill_executor_once(bucket: Bucket, *, marker: Path, then: Callable[[Bucket], None]) -> None:
    """End the executor that computes bucket 1, the first time."""
    if bucket.number == 1 and not marker.exists():
        marker.touch()
        for process in psutil.Process().parents():
            if "CoarseGrainedExecutorBackend" in " ".join(process.cmdline()):
                process.send_signal(signal.SIGKILL)
    then(bucket)


def test_an_executor_killed_in_mid_join_changes_nothing(
    spark: "SparkSession", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_buckets(monkeypatch)
    problem, valid = visits_problem(), write_visits(tmp_path)
    view, table = problem.views["own"], tmp_path / "own.parquet"
    monkeypatch.setenv("HOMESTEAD_ENGINE", "local")
    only = problem.model_copy(update={"views": {"own": view}})
    compute_views(valid, tmp_path, only)
    join = join_job("own", view, ["visits"], valid, table, problem)
    assert join.buckets >= 8
    [expected] = run_buckets([join], made(tmp_path / "local"), lambda line: None)
    marker = tmp_path / "killed"
    compute = partial(kill_executor_once, marker=marker, then=join.compute)
    [found] = run_on_spark([replace(join, compute=compute)], made(tmp_path / "spark"), print)
    assert marker.exists()
    assert [f.read_bytes() for f in found] == [f.read_bytes() for f in expected]


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


_DRIVER = """
import sys
from functools import partial
from pathlib import Path
from dataclasses import replace
from homestead.engine import run
from homestead.features import training_set
from tests.bucketed import visits_problem
from tests.unit.engine.test_spark_buckets import wait_for_ever

folder = Path(sys.argv[1])
def hanging(jobs, work, report):
    compute = partial(wait_for_ever, marker=folder / "computing")
    return run.run_buckets([replace(job, compute=compute) for job in jobs], work, report)

training_set.run_buckets = hanging
problem = visits_problem()
training_set.write_training_set(
    folder / "valid.parquet", folder / "views", folder / "dataset.parquet", problem
)
"""


def wait_for_ever(bucket: Bucket, *, marker: Path) -> None:
    marker.touch()
    time.sleep(600)


def test_a_lost_driver_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Its Java and its workers end with it, too."""
    valid, problem = write_visits(tmp_path, visits_rows(100)), visits_problem()
    compute_views(valid, tmp_path / "views", problem)
    before = {path.name for path in tmp_path.iterdir()}
    (temporary := tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", _DRIVER, str(tmp_path)],
        env={
            **os.environ,
            "HOMESTEAD_ENGINE": "spark",
            "HOMESTEAD_SPARK_MASTER": "local[1]",
            "HOMESTEAD_SPARK_OPTIONS": f"'spark.driver.extraJavaOptions={_JAVA}'",
            "TMPDIR": str(temporary),
        },
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    driver = psutil.Process(process.pid)
    while not (tmp_path / "computing").exists():
        assert process.poll() is None
        time.sleep(0.2)
    children = driver.children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert {path.name for path in tmp_path.iterdir()} == {*before, "tmp", "computing"}
