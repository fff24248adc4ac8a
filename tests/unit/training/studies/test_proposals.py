"""Proposals: distinct points that are a function of the seed and of earlier outcomes."""

import math

import pytest

from homestead.problem.sections.candidate import SearchRange
from homestead.training.studies.plan import SearchPlan
from homestead.training.studies.proposals import is_hopeless, propose
from homestead.training.studies.space import SearchSpace
from homestead.training.studies.trial import Outcome, Point, StudyTrial

RANGE = SearchPlan(SearchSpace({"x": SearchRange(low=-10.0, high=10.0)}), trials=40, seed=7)
LISTS = SearchPlan(SearchSpace({"a": [1, 2, 3, 4], "b": ["x", "y", "z"]}), trials=11, seed=1)


def ended(points: list[Point], losses: list[float], pruned: str = "") -> list[StudyTrial]:
    return [
        StudyTrial(n, point, Outcome((), (loss,), pruned))
        for n, (point, loss) in enumerate(zip(points, losses, strict=True))
    ]


def searched(plan: SearchPlan, loss: dict[str, float] | None = None) -> list[StudyTrial]:
    """Return the trials of a whole search whose loss is smallest at x = 3."""
    trials: list[StudyTrial] = []
    while batch := plan.batch_of(trials):
        for number, point in zip(batch, propose(plan, trials, batch), strict=True):
            x = float(next(iter(point.values())))
            trials.append(StudyTrial(number, point, Outcome((), ((x - 3) ** 2,))))
    return trials


def test_the_first_batch_is_random_and_the_same_for_the_same_seed() -> None:
    first = propose(RANGE, [], range(10))
    assert first == propose(RANGE, [], range(10))
    other = SearchPlan(RANGE.space, RANGE.trials, seed=8)
    assert first != propose(other, [], range(10))


def test_a_later_batch_is_a_function_of_earlier_outcomes() -> None:
    points = propose(RANGE, [], range(10))
    near = ended(points, [abs(float(point["x"]) - 3) for point in points])
    batch = propose(RANGE, near, range(10, 14))
    assert batch == propose(RANGE, near, range(10, 14))
    far = ended(points, [abs(float(point["x"]) + 9) for point in points])
    assert batch != propose(RANGE, far, range(10, 14))


def test_later_trials_lie_nearer_to_the_best_than_random_ones() -> None:
    trials = searched(RANGE)
    distances = [abs(float(trial.point["x"]) - 3) for trial in trials]
    assert sum(distances[20:]) / 20 < sum(distances[:10]) / 10 / 2


def test_no_point_is_tried_twice_and_there_are_exactly_as_many_as_asked() -> None:
    trials = searched(LISTS)
    points = {tuple(sorted(trial.point.items())) for trial in trials}
    assert len(points) == len(trials) == LISTS.trials
    assert [trial.number for trial in trials] == list(range(LISTS.trials))


def test_a_trial_without_a_value_or_pruned_tells_its_part() -> None:
    points = propose(RANGE, [], range(10))
    losses = [math.inf, *(abs(float(point["x"])) for point in points[1:])]
    trials = ended(points, losses)
    trials[1] = StudyTrial(1, points[1], Outcome((), (9.0,), "after 1 of 2 folds"))
    assert len(propose(RANGE, trials, range(10, 14))) == 4


@pytest.mark.parametrize(("loss", "hopeless"), [(1.0, False), (4.4, False), (4.6, True)])
def test_a_trial_is_given_up_if_it_is_worse_than_the_median(loss: float, hopeless: bool) -> None:
    points = propose(RANGE, [], range(10))
    earlier = ended(points, [float(n) for n in range(10)])
    assert is_hopeless(RANGE, earlier, {"x": 0.5}, [loss]) is hopeless


def test_nothing_is_given_up_in_the_first_batch() -> None:
    assert not is_hopeless(RANGE, [], {"x": 0.5}, [1e9])
