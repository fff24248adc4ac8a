"""What one process scores beside Spark's workers: the score of a training without them, or why not.

No worker is needed for it.
"""

import pytest

from homestead.settings import Settings
from homestead.training.distributed.workers import distributed_boosting
from homestead.training.search import train_candidate, trial_runner
from homestead.training.studies import one_process
from homestead.training.studies.one_process import score_one_process
from tests.unit.training.studies.study_problem import flats, problem_with

_LIGHTGBM = {
    "estimator": "lightgbm.LGBMRegressor",
    "parameters": {"n_estimators": 10, "min_child_samples": 5},
    "search": {"num_leaves": [4, 8]},
    "trials": 2,
}
_SPARK = Settings(engine="spark", boosting_workers=2)


def test_the_score_is_that_of_a_training_without_spark() -> None:
    problem = problem_with(one=_LIGHTGBM)
    alone = train_candidate("one", flats(), problem, 3)
    assert alone.one_process is None
    runner = trial_runner("one", flats(), problem, 3, lambda line: None)
    with distributed_boosting(_SPARK):
        for trial in alone.trials:
            found = score_one_process(runner, trial.params)
            assert found is not None
            assert (found.validation, found.skipped) == (trial.validation, "")


def test_what_one_process_fits_anyway_is_not_fitted_twice() -> None:
    ridge = problem_with(one={"estimator": "sklearn.linear_model.Ridge"})
    runner = trial_runner("one", flats(), ridge, 0, lambda line: None)
    with distributed_boosting(_SPARK):
        assert score_one_process(runner, {}) is None


def test_more_rows_than_one_process_should_fit_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = trial_runner("one", flats(), problem_with(one=_LIGHTGBM), 0, lambda line: None)
    rows = int(runner.folds[0].fitted.sum())
    monkeypatch.setattr(one_process, "MOST_ROWS", rows - 1)
    with distributed_boosting(_SPARK):
        found = score_one_process(runner, {})
    assert found is not None
    assert found.validation == {}
    said = f"train has {rows} rows, and one process fits at most {rows - 1} beside Spark"
    assert found.skipped == said
