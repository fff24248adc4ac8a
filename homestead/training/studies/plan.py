"""Plan of a search: how many trials, and in which batches.

A batch is proposed at once, from the outcomes of the batches before it alone. So what is tried
depends on the data, the problem and the seed, not on how many workers run the trials of a batch,
in which order they end, or whether a search was resumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from homestead.problem.sections.candidate import Candidate
from homestead.training.studies.space import SearchSpace
from homestead.training.studies.trial import StudyTrial

# More trials than these are proposed by a model of the earlier ones.
RANDOM_TRIALS = 10
# Trials that are proposed at once; more workers than these have nothing to do.
BATCH_TRIALS = 4


@dataclass(frozen=True)
class SearchPlan:
    """A search of more than ``RANDOM_TRIALS`` trials, or in ranges.

    Attributes:
        trials: how many there will be: each ends once, pruned or not.
        seed: of the proposals.
    """

    space: SearchSpace
    trials: int
    seed: int

    def batch_of(self, trials: Sequence[StudyTrial]) -> range | None:
        """Return the numbers of the first batch with a trial that has not ended; None at the end.

        Args:
            trials: in the order of their numbers.
        """
        ended = {trial.number for trial in trials if trial.outcome is not None}
        start, size = 0, RANDOM_TRIALS
        while start < self.trials:
            numbers = range(start, min(start + size, self.trials))
            if not ended.issuperset(numbers):
                return numbers
            start, size = numbers.stop, BATCH_TRIALS
        return None


def search_plan(candidate: Candidate, seed: int) -> SearchPlan | None:
    """Return the plan of a candidate's search; None if a few points of lists are drawn at random.

    With no more points than trials all are tried, in whatever order.
    """
    space = SearchSpace(candidate.search)
    is_small = candidate.trials <= RANDOM_TRIALS or space.size <= candidate.trials
    if is_small and not space.has_ranges:
        return None
    return SearchPlan(space, int(min(candidate.trials, space.size)), seed)
