"""Rows of a training set as a training holds them: one matrix, and few columns beside it."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix, needed_columns
from homestead.problem.learnt import resolve_problem
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_COLUMN

# Rows that are a frame at one time on their way from a file into the matrix.
BATCH_ROWS = 65_536


class TrainingRows(NamedTuple):
    """A training set as trials and folds share it.

    Attributes:
        problem: with what is learnt from train.
        X: model inputs, (rows, features) float64. It cannot be written: fits get views of it.
        others: at least target, split, time and weights, (rows).
    """

    problem: Problem
    X: np.ndarray
    others: pd.DataFrame


def training_rows(dataset: pd.DataFrame | Path, problem: Problem) -> TrainingRows:
    """Return a training set's rows as a training holds them.

    Of a file each column is read once: those that something is learnt from as a whole, the model's
    other inputs batch by batch into the matrix. So no frame of all columns is ever held. Values are
    encoded one by one, so that the matrix has the same bits either way.

    Args:
        dataset: the training set, or its Parquet file.

    Raises:
        UserError: what is learnt from train contradicts the problem.
    """
    if isinstance(dataset, Path):
        problem, X, others = _from_file(dataset, problem)
    else:
        problem, others = resolve_problem(problem, dataset), dataset
        X = feature_matrix(dataset, Contract.from_problem(problem))
    X.flags.writeable = False
    return TrainingRows(problem, X, others)


def _from_file(dataset: Path, problem: Problem) -> TrainingRows:
    # Values of categories are learnt also where only an expression reads them. Derived columns are
    # computed from the others.
    needed = needed_columns([*problem.features, *problem.slices, *problem.derived], problem.derived)
    needed -= problem.derived.keys()
    whole = {problem.target, SPLIT_COLUMN, problem.timestamp}
    whole |= {name for name in needed & problem.columns.keys() if problem.columns[name].is_learnt}
    if problem.weights is not None:
        whole.add(problem.weights.column)
    with pq.ParquetFile(dataset) as file:
        stored = file.schema_arrow.names
        # Arrow gives up each column as soon as the frame has it.
        others = file.read([name for name in stored if name in whole]).to_pandas(
            split_blocks=True, self_destruct=True
        )
        problem = resolve_problem(problem, others)
        contract = Contract.from_problem(problem)
        inputs = needed_columns(contract.features, contract.derived) - contract.derived.keys()
        names = [name for name in stored if name in inputs and name not in whole]
        if not names:
            return TrainingRows(problem, feature_matrix(others, contract), others)
        X = np.empty((len(others), len(contract.features)))
        start = 0
        for batch in file.iter_batches(BATCH_ROWS, columns=names):
            rows = batch.to_pandas()
            of_batch = slice(start, start + len(rows))
            known = others.iloc[of_batch].set_axis(rows.index)
            X[of_batch] = feature_matrix(pd.concat([known, rows], axis=1), contract)
            start += len(rows)
    return TrainingRows(problem, X, others)
