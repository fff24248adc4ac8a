"""The loop of a worker: exactly the planned trials, each told once and in order."""

from collections.abc import Sequence

import pytest

from homestead.problem.sections.candidate import SearchRange
from homestead.training.studies.plan import SearchPlan
from homestead.training.studies.space import SearchSpace
from homestead.training.studies.study import MemoryStudy, run_trials
from homestead.training.studies.trial import Outcome, StudyTrial

PLAN = SearchPlan(SearchSpace({"x": SearchRange(low=-1.0, high=1.0)}), trials=19, seed=3)


def run(trial: StudyTrial, earlier: Sequence[StudyTrial]) -> Outcome:
    return Outcome((), (float(trial.point["x"]) ** 2,))


class ReversedStudy(MemoryStudy):
    """A study whose trials end in the opposite order within each batch."""

    def claim(self, numbers: range) -> int | None:
        return next((n for n in reversed(numbers) if self._trials[n].outcome is None), None)


def test_all_planned_trials_end_and_are_reported_in_order() -> None:
    reported: list[int] = []
    lefts: list[int] = []
    trials = run_trials(
        PLAN, ReversedStudy(), run, lambda trial: reported.append(trial.number), lefts.append
    )
    assert [trial.number for trial in trials] == reported == list(range(19))
    assert lefts == list(range(19, 0, -1))


def test_the_order_in_which_trials_of_a_batch_end_changes_nothing() -> None:
    assert run_trials(PLAN, ReversedStudy(), run) == run_trials(PLAN, MemoryStudy(), run)


def test_a_trial_knows_only_those_before_its_batch() -> None:
    known: dict[int, int] = {}

    def remember(trial: StudyTrial, earlier: Sequence[StudyTrial]) -> Outcome:
        known[trial.number] = len(earlier)
        return run(trial, earlier)

    run_trials(PLAN, MemoryStudy(), remember)
    assert [known[n] for n in range(19)] == [0] * 10 + [10] * 4 + [14] * 4 + [18]


def test_a_study_goes_on_where_a_worker_left_it() -> None:
    class KilledError(Exception):
        pass

    ran: list[int] = []

    def killed(trial: StudyTrial, earlier: Sequence[StudyTrial]) -> Outcome:
        if trial.number == 12:
            raise KilledError
        ran.append(trial.number)
        return run(trial, earlier)

    study = MemoryStudy()
    with pytest.raises(KilledError):
        run_trials(PLAN, study, killed)

    def resumed(trial: StudyTrial, earlier: Sequence[StudyTrial]) -> Outcome:
        ran.append(trial.number)
        return run(trial, earlier)

    assert run_trials(PLAN, study, resumed) == run_trials(PLAN, MemoryStudy(), run)
    assert ran == list(range(19))
