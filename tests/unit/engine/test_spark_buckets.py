"""Bucket jobs on a Spark cluster of two processes: the bits, errors and files of one machine."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from homestead.engine.buckets import Bucket, BucketInput, BucketJob
from homestead.engine.run import run_buckets
from homestead.engine.spark_buckets import run_on_spark
from homestead.engine.spark_session import spark_session
from homestead.errors import UserError
from homestead.features.offline.join import join_job
from homestead.features.training_set import write_training_set
from homestead.features.views import compute_views, view_file
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate
from homestead.steps.train import train_and_write_candidate
from tests.bucketed import use_small_buckets, visits_problem, visits_rows, write_visits
from tests.spark import CLUSTER_OPTIONS, CLUSTER_SETTINGS, JAVA_OPTIONS, needs_spark
from tests.unit.engine.test_buckets import SCHEMA
from tests.unit.engine.test_pool import double, job

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = needs_spark
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def spark() -> "Iterator[SparkSession]":
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CLUSTER_SETTINGS.items():
            patch.setenv(name, value)
        patch.setenv("HOMESTEAD_SPARK_OPTIONS", CLUSTER_OPTIONS)
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


def built_by_engines(problem: Problem, rows: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """Build views and training set by each engine, and return their folders by its name."""
    with pytest.MonkeyPatch.context() as patch:
        use_small_buckets(patch)
        valid = write_visits(folder, rows)
        for engine in ("local", "spark"):
            patch.setenv("HOMESTEAD_ENGINE", engine)
            compute_views(valid, folder / engine, problem)
            write_training_set(valid, folder / engine, folder / engine / "dataset.parquet", problem)
    return {engine: folder / engine for engine in ("local", "spark")}


@contextmanager
def time_zone(name: str) -> Iterator[None]:
    """Put this process into a time zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        yield
    time.tzset()


@settings(max_examples=1, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@example(7, 900, 3.0, 2**53 - 20, 1, "2024-03-01", "Europe/Zurich")
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(600, 1500),
    ttl_days=st.sampled_from([0.04, 1.0, 3.0, 400.0]),
    first_shop=st.sampled_from([-20, 2**31 - 20, 2**53 - 20, 2**63 - 40]),
    jitter_us=st.integers(0, 2),
    start=st.sampled_from(["2024-01-01", "2024-03-01", "2024-10-01"]),
    zone=st.sampled_from(["UTC", "Europe/Zurich", "America/New_York"]),
)
def test_views_and_training_sets_are_those_of_one_machine(
    spark: "SparkSession",
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    count: int,
    ttl_days: float,
    first_shop: int,
    jitter_us: int,
    start: str,
    zone: str,
) -> None:
    """The same bytes for hard tables, wherever the driver is.

    Ties in time, rows exactly at the end of a time to live and a microsecond beside, missing keys
    and values, neighbouring ids at the limits of smaller types, days on which summer time changes.
    """
    problem = visits_problem(
        f"{{validation_from: {pd.Timestamp(start) + pd.Timedelta('40D'):%Y-%m-%d},"
        f" holdout_from: {pd.Timestamp(start) + pd.Timedelta('50D'):%Y-%m-%d}}}"
    )
    views = {n: v.model_copy(update={"ttl_days": ttl_days}) for n, v in problem.views.items()}
    problem = problem.model_copy(update={"views": views})
    rows = visits_rows(
        count, seed, first_shop=first_shop, start=pd.Timestamp(start), jitter_us=jitter_us
    )
    with time_zone(zone):
        built = built_by_engines(problem, rows, tmp_path_factory.mktemp("rows"))
    digests = {
        engine: [
            hashlib.sha256(file.read_bytes()).hexdigest()
            for file in (*(view_file(made, name) for name in views), made / "dataset.parquet")
        ]
        for engine, made in built.items()
    }
    assert digests["spark"] == digests["local"]


def test_a_model_has_the_digest_of_one_machine(spark: "SparkSession", tmp_path: Path) -> None:
    """Wherever the training set was made, the ONNX file that is trained on it is the same."""
    problem = visits_problem()
    trees = {
        "estimator": "sklearn.ensemble.HistGradientBoostingRegressor",
        "parameters": {"max_iter": 8},
    }
    candidate = Candidate.model_validate(trees)
    problem = problem.model_copy(update={"candidates": {"only": candidate}})
    digests = []
    for made in built_by_engines(problem, visits_rows(900), tmp_path).values():
        model, result = made / "model.onnx", made / "result.json"
        train_and_write_candidate(
            problem,
            "only",
            seed=3,
            dataset=made / "dataset.parquet",
            model=model,
            result=result,
            report=lambda line: None,
        )
        digests.append(json.loads(result.read_text())["digest"])
        assert hashlib.sha256(model.read_bytes()).hexdigest() == digests[-1]
    assert digests[0] == digests[1]


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
            "HOMESTEAD_SPARK_OPTIONS": f"'spark.driver.extraJavaOptions={JAVA_OPTIONS}'",
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
