"""The prediction that a model must be worth more than: the typical target of a group."""

import numpy as np
import pandas as pd

from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN


def baseline_predictions(dataset: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Predict the holdout from the rows before it, by the groups of ``problem.baseline``.

    Args:
        dataset: rows with a column ``split`` (train, validation, holdout).

    Returns:
        Regression: the group's median target, shape (holdout rows,). Classification: the shares
        of the classes in the group, shape (holdout rows, classes). A group that was not seen
        before, and a problem without groups, takes all rows before the holdout.
    """
    known = dataset[dataset[SPLIT_COLUMN] != HOLDOUT]
    holdout = dataset[dataset[SPLIT_COLUMN] == HOLDOUT]
    if problem.task == "regression":
        targets = known[problem.target].astype(float).to_frame()
        typical, overall = "median", targets.median()
    else:
        classes = problem.category_codes(problem.target) or ()
        targets = pd.get_dummies(pd.Categorical(known[problem.target], categories=classes))
        targets = targets.astype(float).set_index(known.index)
        typical, overall = "mean", targets.mean()
    if problem.baseline is None:
        answer = np.tile(overall.to_numpy(), (len(holdout), 1))
    else:
        groups = targets.groupby(known[problem.baseline]).agg(typical)
        answer = groups.reindex(holdout[problem.baseline]).fillna(overall).to_numpy()
    return answer[:, 0] if problem.task == "regression" else answer
