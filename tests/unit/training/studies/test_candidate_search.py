"""A whole search of a candidate: its trials, its best, and the same twice."""

import dataclasses
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from homestead.training.search import TrainedCandidate, train_candidate, trial_runner
from homestead.training.studies.candidate_search import (
    Between,
    SearchMethod,
    study_identity,
)
from homestead.training.studies.plan import search_plan
from homestead.training.studies.study import MemoryStudy, Study
from homestead.training.studies.trial import Outcome
from tests.factories import defined
from tests.unit.training.studies.study_problem import BOOSTING, RIDGE, flats, problem_with


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def trained(lines: list[str]) -> TrainedCandidate:
    return train_candidate("one", flats(), problem_with(one=BOOSTING), 5, lines.append)


def losses(trained: TrainedCandidate) -> list[float]:
    return [defined(t.validation["mae"].value) for t in trained.trials if not t.pruned]


def test_there_are_exactly_as_many_distinct_trials_as_asked(trained: TrainedCandidate) -> None:
    assert len({str(sorted(t.params.items())) for t in trained.trials}) == 14
    assert trained.search == SearchMethod("tpe", random_trials=10, batch_trials=4)


def test_the_best_trial_that_ran_to_its_end_is_chosen(trained: TrainedCandidate) -> None:
    assert trained.validation["mae"].value == min(losses(trained))
    best = next(t for t in trained.trials if t.params.items() <= trained.params.items())
    assert not best.pruned


def test_pruned_trials_are_named_as_such(trained: TrainedCandidate, lines: list[str]) -> None:
    pruned = [n for n, trial in enumerate(trained.trials, start=1) if trial.pruned]
    assert pruned
    assert min(pruned) > 10
    assert {t.pruned for t in trained.trials} == {"", "after 10 of 40 rounds"}
    named = [line for line in lines if "pruned after 10 of 40 rounds, mae" in line]
    assert [int(line.split(":")[0].removeprefix("trial ")) for line in named] == pruned


class ForgetfulHost:
    """Studies as another process leaves them: without the answers of its models."""

    @contextmanager
    def open(self, study: str, candidate: str, trials: int) -> Iterator[tuple[Study, Between]]:
        memory = MemoryStudy()
        keep = memory.finish

        def finish(number: int, outcome: Outcome) -> None:
            keep(number, dataclasses.replace(outcome, answers=None))

        memory.finish = finish  # type: ignore[method-assign]
        yield memory, lambda left: None


def test_a_best_trial_of_another_process_gives_the_same_bytes() -> None:
    problem, rows = problem_with(one=RIDGE), flats()
    alone = train_candidate("one", rows, problem)
    assert train_candidate("one", rows, problem, host=ForgetfulHost()) == alone


def test_a_few_trials_in_a_range_are_random() -> None:
    trained = train_candidate("one", flats(), problem_with(one={**RIDGE, "trials": 3}))
    assert trained.search == SearchMethod("random", random_trials=3, batch_trials=0)
    assert len(trained.trials) == 3


def test_a_few_trials_of_lists_are_drawn_as_ever() -> None:
    few = {**RIDGE, "search": {"alpha": [0.1, 1.0, 10.0, 100.0, 1000.0]}, "trials": 3}
    trained = train_candidate("one", flats(), problem_with(one=few), 3)
    # The draws of scikit-learn's ParameterSampler, on which digests of earlier models depend.
    assert [trial.params["alpha"] for trial in trained.trials] == [100.0, 1000.0, 1.0]


def test_a_study_is_of_its_data_problem_and_seed() -> None:
    identities = []
    changed = {**RIDGE, "parameters": {"fit_intercept": False}}
    cases = [(200, RIDGE, 0), (200, RIDGE, 0), (199, RIDGE, 0), (200, changed, 0), (200, RIDGE, 1)]
    for rows, candidate, seed in cases:
        problem = problem_with(one=candidate)
        plan = search_plan(problem.candidates["one"], seed)
        assert plan is not None
        runner = trial_runner("one", flats(rows), problem, seed, lambda line: None)
        identities.append(study_identity(runner, plan))
    assert identities[0] == identities[1]
    assert all(len(identity) == 64 for identity in identities)
    others = itertools.combinations(identities[1:], 2)
    assert all(one != two for one, two in others)
