"""Candidates: their task, and the encodings of categories that their estimators take."""

import pytest
from pydantic import ValidationError

from homestead.problem.sections.candidate import ESTIMATORS, Candidate


def test_each_estimator_has_a_task_and_an_encoding_of_its_own() -> None:
    tasks = {path: Candidate(estimator=path).task for path in ESTIMATORS}
    assert tasks["lightgbm.LGBMRegressor"] == "regression"
    assert tasks["lightgbm.LGBMClassifier"] == "classification"
    defaults = {Candidate(estimator=path).default_encoding for path in ESTIMATORS}
    assert defaults == {"one_hot", "native", "target"}


@pytest.mark.parametrize(
    ("estimator", "encoding", "allowed"),
    [
        ("sklearn.linear_model.Ridge", "ordinal", "one_hot"),
        ("sklearn.ensemble.RandomForestRegressor", "native", "target or ordinal"),
        ("lightgbm.LGBMClassifier", "one_hot", "native, target or ordinal"),
    ],
)
def test_an_encoding_that_the_estimator_does_not_take_is_refused(
    estimator: str, encoding: str, allowed: str
) -> None:
    with pytest.raises(ValidationError, match=f"found '{encoding}', .*{estimator} is {allowed}"):
        Candidate.model_validate({"estimator": estimator, "encoding": encoding})
