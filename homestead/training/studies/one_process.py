"""What one process scores beside Spark's workers, with the parameters that these were given.

Each worker makes bins from its own rows, so that the workers' trees are other ones. How much that
costs, or gains, is a question of the data; the fit of one process answers it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from homestead.problem.model_metrics.table import MetricValue
from homestead.training.distributed.workers import boosting_workers, distributed_boosting
from homestead.training.folds import mean_values
from homestead.training.studies.trial_runner import TrialRunner

# Rows that one process fits in minutes; above it the workers are there because it would take long.
# Its memory is that of the driver, which holds the matrix, and an eighth of it for the bins.
MOST_ROWS: Final = 2_000_000


@dataclass(frozen=True)
class OneProcessScore:
    """Score of the parameters of a distributed candidate, fitted by one process.

    Attributes:
        validation: metrics on validation, by name, as of the candidate; empty if it was not fitted.
        skipped: why it was not fitted; '' if it was.
    """

    validation: Mapping[str, MetricValue]
    skipped: str = ""


def score_one_process(runner: TrialRunner, params: Mapping[str, Any]) -> OneProcessScore | None:
    """Fit parameters once more, in this process alone, and score them on each fold.

    Args:
        params: the searched parameters of the best trial.

    Returns:
        None if this process fits the candidate anyway.

    Raises:
        UserError: parameters that the estimator refuses.
    """
    if not boosting_workers(runner.problem.candidates[runner.name].estimator):
        return None
    rows = max(int(np.count_nonzero(fold.fitted)) for fold in runner.folds)
    if rows > MOST_ROWS:
        reason = f"train has {rows:,} rows, and one process fits at most {MOST_ROWS:,} beside Spark"
        return OneProcessScore({}, reason)
    with distributed_boosting(None):
        # What its answers lack is reported for the workers' fit.
        outcome = replace(runner, report=lambda line: None).run(params)
    return OneProcessScore(mean_values(outcome.folds))
