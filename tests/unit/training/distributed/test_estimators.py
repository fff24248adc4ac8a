"""LightGBM fitted by several workers: the same model twice, its score, and a worker that dies."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from homestead.errors import UserError
from homestead.settings import Settings
from homestead.training.distributed.workers import distributed_boosting
from homestead.training.search import train_candidate
from tests.spark import CLUSTER, needs_spark
from tests.unit.training.studies.study_problem import flats, problem_with

pytestmark = [needs_spark, pytest.mark.timeout(600)]
_PARAMS: dict[str, Any] = {
    "n_estimators": 30,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
    "random_state": 0,
}


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[None]:
    """Start Spark with two executors, one try for each stage; it ends with the module."""
    from homestead.engine.spark_session import spark_session

    options = "spark.stage.maxConsecutiveAttempts=1 spark.driver.memory=512m"
    settings = Settings(spark_master=CLUSTER, spark_options=options)
    started = spark_session(settings)
    yield
    started.stop()


@pytest.fixture(autouse=True)
def two_workers() -> Iterator[None]:
    with distributed_boosting(Settings(engine="spark", boosting_workers=2)):
        yield


def sample(rows: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs with missing values and a category, and a target that follows from them."""
    draw = np.random.default_rng(0)
    X = draw.normal(size=(rows, 5))
    X[:, 3] = draw.integers(0, 6, rows)
    y = 2 * X[:, 0] + np.sin(3 * X[:, 1]) + np.array([0, 3, 1, 2, 0, 1])[X[:, 3].astype(int)]
    X[::7, 2] = np.nan
    return X, y + draw.normal(scale=0.1, size=rows)


def trees(estimator: Any) -> str:
    """Return a booster's text without the parameters after its trees, which hold ports."""
    return str(estimator.booster_.model_to_string()).partition("end of trees")[0]


def test_the_same_rows_and_workers_give_the_same_trees_close_to_those_of_one_process() -> None:
    from lightgbm import LGBMRegressor

    from homestead.model.trees.lightgbm_trees import is_lightgbm
    from homestead.training.distributed.estimators import DistributedRegressor

    X, y = sample()
    weights = np.linspace(0.5, 1.5, len(y))
    fits = [
        DistributedRegressor(**_PARAMS).fit(X, y, weights, categorical_feature=[3])
        for _ in range(2)
    ]
    assert trees(fits[0]) == trees(fits[1])
    assert is_lightgbm(fits[0])
    assert fits[0].booster_.num_trees() == 30
    alone = LGBMRegressor(**_PARAMS).fit(X, y, sample_weight=weights, categorical_feature=[3])

    def rmse(estimator: Any) -> float:
        return float(np.sqrt(np.mean((estimator.predict(X) - y) ** 2)))

    # Each worker makes bins from half of the rows: thresholds move, the fit hardly does.
    assert rmse(fits[0]) == pytest.approx(rmse(alone), rel=0.1)


def test_a_candidate_is_the_same_file_twice_and_says_how_many_workers_fitted_it() -> None:
    lightgbm = {
        "estimator": "lightgbm.LGBMRegressor",
        "parameters": {"n_estimators": 10, "min_child_samples": 5},
    }
    problem = problem_with(one=lightgbm)
    # The district is a category, which LightGBM splits natively.
    first, second = (train_candidate("one", flats(), problem, 0) for _ in range(2))
    assert first.onnx == second.onnx
    assert first.workers == 2
    with distributed_boosting(Settings()):
        alone = train_candidate("one", flats(), problem, 0)
    assert (alone.workers, alone.one_process) == (None, None)
    # The parameters are the same, so that its score stands beside the workers'.
    assert first.one_process is not None
    assert first.one_process.validation == alone.validation
    assert alone.onnx != first.onnx
    mae, alone_mae = (trained.validation["mae"].value for trained in (first, alone))
    # 60 rows for each worker's bins, in place of 120.
    assert mae == pytest.approx(alone_mae, rel=0.3)


def test_classes_are_those_of_all_rows_also_where_a_worker_lacks_one() -> None:
    from homestead.training.distributed.estimators import DistributedClassifier

    X, y = sample(600)
    names = np.where(y > 2, 5, np.where(y > 0, 3, 1))
    # Even rows are one worker's: it has no row of class 3.
    names[::2] = np.where(names[::2] == 3, 1, names[::2])
    fitted = DistributedClassifier(**_PARAMS, class_weight="balanced").fit(X, names)
    assert list(fitted.classes_) == [1, 3, 5]
    probabilities = np.asarray(fitted.predict_proba(X))
    assert probabilities.shape == (600, 3)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert np.mean(np.asarray(fitted.predict(X)) == names) > 0.6


def test_a_value_that_lightgbm_refuses_is_told_in_its_words() -> None:
    from homestead.training.distributed.estimators import DistributedRegressor

    X, y = sample(200)
    y = np.abs(y)
    # Among the rows of one worker; the other one loses its connection, often before Spark hears of
    # the cause.
    y[-1] = -1
    with pytest.raises(UserError, match=r"2 workers did not end their fit: .*poisson"):
        DistributedRegressor(**_PARAMS, objective="poisson").fit(X, y)


def test_more_workers_than_tasks_at_once_are_refused() -> None:
    from homestead.training.distributed.estimators import DistributedRegressor

    X, y = sample(200)
    with (
        distributed_boosting(Settings(engine="spark", boosting_workers=3)),
        pytest.raises(UserError, match=r"found 3, but .*local-cluster\[2.* 1 to 2"),
    ):
        DistributedRegressor(**_PARAMS).fit(X, y)


def test_a_worker_that_is_killed_ends_the_fit_with_a_sentence() -> None:
    from homestead.training.distributed.estimators import DistributedRegressor

    X, y = sample()
    stopping = threading.Event()
    before = {pid: _cpu_ticks(pid) for pid in _python_workers()}

    def kill_one() -> None:
        # One that has computed for half a second is within its fit.
        while not stopping.wait(0.1):
            for pid in _python_workers():
                if _cpu_ticks(pid) > before.get(pid, 0) + 50:
                    os.kill(pid, signal.SIGKILL)
                    return

    thread = threading.Thread(target=kill_one)
    thread.start()
    try:
        with pytest.raises(UserError, match="2 workers did not end their fit"):
            DistributedRegressor(**{**_PARAMS, "n_estimators": 100_000}).fit(X, y)
    finally:
        stopping.set()
        thread.join()
    # What was left of the stage has ended, so that the next fit finds its tasks free.
    DistributedRegressor(**_PARAMS).fit(X, y)


def _python_workers() -> list[int]:
    """Return the processes that run Python for tasks of this process's Spark."""
    parents: dict[int, int] = {}
    daemons = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
        if b"pyspark.daemon" in command:
            daemons.add(int(folder.name))
    own = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in own} - own:
        own |= more
    # The daemon forks them.
    return [pid for pid in daemons & own if parents[pid] in daemons]


def _cpu_ticks(pid: int) -> int:
    """Return the CPU time of a process in ticks; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
