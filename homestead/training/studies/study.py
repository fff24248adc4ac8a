"""Study: the trials of a search, run by one worker or by several that share it."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from homestead.training.studies.plan import SearchPlan
from homestead.training.studies.proposals import propose
from homestead.training.studies.trial import Outcome, Point, StudyTrial

# Run a trial, given those before its batch.
RunTrial = Callable[[StudyTrial, Sequence[StudyTrial]], Outcome]
_WAIT_S = 0.2


class Study(Protocol):
    """Where the trials of a search are kept."""

    def trials(self) -> list[StudyTrial]:
        """Return the trials in the order of their numbers."""
        ...

    def add(self, points: Mapping[int, Point]) -> None:
        """Add proposed trials by number, unless another worker has added them."""
        ...

    def claim(self, numbers: range) -> int | None:
        """Return the number of a trial that nobody runs, for this worker; None without one."""
        ...

    def finish(self, number: int, outcome: Outcome) -> None:
        """Write how a trial ended, unless another worker has written it."""
        ...


class MemoryStudy:
    """Study of one worker, which ends with its process."""

    def __init__(self) -> None:
        self._trials: dict[int, StudyTrial] = {}

    def trials(self) -> list[StudyTrial]:
        """Return the trials in the order of their numbers."""
        return [self._trials[number] for number in sorted(self._trials)]

    def add(self, points: Mapping[int, Point]) -> None:
        """Add proposed trials by number."""
        self._trials |= {number: StudyTrial(number, point) for number, point in points.items()}

    def claim(self, numbers: range) -> int | None:
        """Return the number of a trial that has not run."""
        return next((n for n in numbers if self._trials[n].outcome is None), None)

    def finish(self, number: int, outcome: Outcome) -> None:
        """Write how a trial ended."""
        self._trials[number] = StudyTrial(number, self._trials[number].point, outcome)


def run_trials(
    plan: SearchPlan,
    study: Study,
    run: RunTrial,
    report: Callable[[StudyTrial], None] = lambda trial: None,
    between: Callable[[int], None] = lambda left: None,
) -> list[StudyTrial]:
    """Take part in a search until all of its trials have ended, and return them.

    Args:
        report: takes each trial after it has ended, in the order of numbers, whoever ran it.
        between: is called before each trial and while this worker waits for others, with the number
            of trials that have not ended.

    Raises:
        UserError: a trial cannot be fitted.
        SQLAlchemyError: the study's database fails.
    """
    reported = 0
    while True:
        trials = study.trials()
        for trial in trials[reported:]:
            if trial.outcome is None:
                break
            report(trial)
            reported += 1
        batch = plan.batch_of(trials)
        if batch is None:
            return trials
        earlier = trials[: batch.start]
        if len(trials) < batch.stop:
            study.add(dict(zip(batch, propose(plan, earlier, batch), strict=True)))
            continue
        between(plan.trials - sum(trial.outcome is not None for trial in trials))
        number = study.claim(batch)
        if number is None:
            time.sleep(_WAIT_S)
        else:
            study.finish(number, run(trials[number], earlier))
