"""Rows of a distributed fit: each with one worker, in its order, with its bits."""

import numpy as np
import pytest

from homestead.settings import Settings
from homestead.training.distributed.worker import FitPlan, blocks
from homestead.training.distributed.workers import (
    boosting_workers,
    distributed_boosting,
    settings_of_run,
    workers_of_run,
)
from homestead.training.search import trial_runner
from homestead.training.studies.candidate_search import study_identity
from homestead.training.studies.plan import search_plan
from tests.unit.training.studies.study_problem import flats, problem_with


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("block_bytes", [1, 200, 10**6])
def test_each_row_is_one_workers_with_its_bits(workers: int, block_bytes: int) -> None:
    X = np.random.default_rng(0).normal(size=(25, 3))
    X[4, 1], X[5, 0], X[6, 2] = np.nan, -0.0, 5e-324
    y, weights = np.arange(25.0), np.linspace(1, 2, 25)
    table = blocks(X, y, weights, workers, block_bytes)
    plan = FitPlan({}, 1, 3, (), is_weighted=True)
    for worker in range(workers):
        own = table.filter(np.asarray(table["worker"]) == worker)
        # A shuffle keeps no order.
        batches = reversed(own.to_batches(max_chunksize=1))
        found_X, found_y, found_weights = plan._rows(batches)
        assert found_X.tobytes() == X[worker::workers].tobytes()
        assert found_y.tolist() == y[worker::workers].tolist()
        assert found_weights is not None
        assert found_weights.tolist() == weights[worker::workers].tolist()


def test_rows_without_weights_have_none() -> None:
    table = blocks(np.ones((4, 2)), np.ones(4), None, 2, 64)
    plan = FitPlan({}, 1, 2, (), is_weighted=False)
    assert plan._rows(table.to_batches())[2] is None


def test_only_lightgbm_on_spark_is_distributed_and_only_within_the_block() -> None:
    spark = Settings(engine="spark", boosting_workers=4)
    with distributed_boosting(spark):
        assert boosting_workers("lightgbm.LGBMRegressor") == 4
        assert boosting_workers("sklearn.linear_model.Ridge") == 0
        with distributed_boosting(Settings(boosting_workers=4)):
            assert boosting_workers() == 0
    assert boosting_workers() == 0
    with distributed_boosting(None):
        assert boosting_workers() == 0


def test_a_run_has_workers_only_for_lightgbm_on_spark() -> None:
    trees = problem_with(one={"estimator": "lightgbm.LGBMRegressor"})
    ridge = problem_with(one={"estimator": "sklearn.linear_model.Ridge"})
    spark = Settings(engine="spark", boosting_workers=4)
    assert [workers_of_run(spark, problem) for problem in (trees, ridge)] == [4, 0]
    assert workers_of_run(Settings(boosting_workers=4), trees) == 0


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_a_step_takes_the_number_of_its_run_whatever_its_settings_are_now(engine: str) -> None:
    now = Settings.read(engine=engine, boosting_workers=7, spark_master="local[3]")
    for workers in (0, 3):
        taken = settings_of_run(now, workers)
        assert taken.spark_master == "local[3]"
        with distributed_boosting(taken):
            assert boosting_workers() == workers


def test_a_searchs_identity_holds_the_number_of_workers() -> None:
    candidate = {
        "estimator": "lightgbm.LGBMRegressor",
        "search": {"num_leaves": {"low": 4, "high": 16}},
        "trials": 4,
    }
    runner = trial_runner("one", flats(), problem_with(one=candidate), 0, lambda line: None)
    plan = search_plan(runner.problem.candidates["one"], 0)
    assert plan is not None
    found = [study_identity(runner, plan)]
    for workers in (2, 3):
        with distributed_boosting(Settings(engine="spark", boosting_workers=workers)):
            found.append(study_identity(runner, plan))
    assert len(set(found)) == 3
