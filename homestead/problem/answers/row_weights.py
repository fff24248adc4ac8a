"""How much each row counts, from the problem's column of weights and its weights of classes."""

import numpy as np
import pandas as pd

from homestead.problem.schema import Problem
from homestead.problem.target import class_label


def scoring_weights(rows: pd.DataFrame, problem: Problem) -> np.ndarray | None:
    """Return the weights of rows in metrics, (rows,); None if all count alike."""
    weights = problem.weights
    if weights is None or weights.column is None or not weights.scoring:
        return None
    return rows[weights.column].to_numpy(dtype=float)


def fitting_weights(rows: pd.DataFrame, y: np.ndarray, problem: Problem) -> np.ndarray | None:
    """Return the weights of rows in a fit, (rows,); None if all count alike.

    Args:
        y: the rows' targets, (rows,), or class codes.
    """
    if problem.weights is None:
        return None
    column, by_class = problem.weights.column, problem.weights.classes
    weights = np.ones(len(rows)) if column is None else rows[column].to_numpy(dtype=float)
    if by_class is None:
        return weights
    classes = problem.classes
    if by_class == "balanced":
        totals = np.bincount(y, weights, minlength=len(classes))
        # A class without rows is refused elsewhere.
        factors = weights.sum() / (len(classes) * np.where(totals > 0, totals, np.inf))
    else:
        factors = np.ones(len(classes))
        for name, factor in by_class.items():
            factors[classes.index(class_label(name, classes))] = factor
    return np.asarray(weights * factors[y])
