"""The prediction that a model must beat to be worth its effort: a group's typical target."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from homestead.problem.encoding import target_values
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN


def baseline_predictions(dataset: pd.DataFrame, problem: Problem) -> np.ndarray:
    """Predict the holdout from the rows before it, by the groups of ``problem.baseline``.

    Args:
        dataset: the training set, with its column ``split``.

    Returns:
        Regression: the group's mean target if the problem's metric squares errors, else its
        median, shape (holdout rows,). Classification: the shares of the classes in the group, shape
        (holdout rows, classes). For a group without rows before the holdout, or a problem without
        groups, those of all rows before the holdout.
    """
    known = dataset[dataset[SPLIT_COLUMN] != HOLDOUT]
    holdout = dataset[dataset[SPLIT_COLUMN] == HOLDOUT]
    if problem.task == "regression":
        targets = known[problem.target].astype(float).to_frame()
        statistic: Any
        statistic = MODEL_METRICS[problem.metric].best_constant
        if problem.metric == "quantile_loss":
            statistic = partial(pd.Series.quantile, q=problem.quantile)
    else:
        is_of_class = np.eye(len(problem.classes))[target_values(known, problem)]
        targets = pd.DataFrame(is_of_class, index=known.index)
        statistic = "mean"
    overall = targets.agg(statistic)
    if problem.baseline is None:
        predictions = np.tile(overall.to_numpy(), (len(holdout), 1))
    else:
        by_group = targets.groupby(known[problem.baseline]).agg(statistic)
        predictions = by_group.reindex(holdout[problem.baseline]).fillna(overall).to_numpy()
    return predictions[:, 0] if problem.task == "regression" else predictions
