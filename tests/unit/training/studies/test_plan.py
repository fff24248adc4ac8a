"""Plan of a search: when there is one, and its batches."""

import pytest

from homestead.problem.sections.candidate import Candidate
from homestead.training.studies.plan import search_plan
from homestead.training.studies.trial import Outcome, StudyTrial


def ridge(trials: int, alpha: object) -> Candidate:
    return Candidate.model_validate(
        {"estimator": "sklearn.linear_model.Ridge", "search": {"alpha": alpha}, "trials": trials}
    )


@pytest.mark.parametrize(
    ("trials", "alpha", "planned"),
    [
        (10, list(range(1, 100)), None),  # as ever
        (11, list(range(1, 100)), 11),
        (50, list(range(1, 51)), None),  # all of them
        (5, {"low": 0.1, "high": 1.0}, 5),
        (20, {"low": 1, "high": 8}, 8),
    ],
)
def test_a_search_of_more_than_ten_trials_or_in_ranges_is_planned(
    trials: int, alpha: object, planned: int | None
) -> None:
    plan = search_plan(ridge(trials, alpha), seed=0)
    assert (None if plan is None else plan.trials) == planned


def test_batches_are_the_same_whatever_has_ended_of_them() -> None:
    plan = search_plan(ridge(17, {"low": 0.1, "high": 1.0}), seed=0)
    assert plan is not None
    ends = Outcome((), (1.0,))

    def batch(ended: set[int], known: int) -> range | None:
        trials = [StudyTrial(n, {}, ends if n in ended else None) for n in range(known)]
        return plan.batch_of(trials)

    assert batch(set(), 0) == range(10)
    assert batch({0, 1, 2, 9}, 10) == range(10)
    assert batch(set(range(10)), 10) == range(10, 14)
    assert batch({*range(10), 11, 13}, 14) == range(10, 14)
    assert batch(set(range(14)), 14) == range(14, 17)
    assert batch(set(range(17)), 17) is None
