"""What training needs of the valid rows: all splits, all classes, and values of each feature."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from homestead.data.checking.stored_rows import Rows, StoredRows
from homestead.data.labelled_rows import labelled_rows
from homestead.data.splitting.split_parts import part_names
from homestead.errors import UserError
from homestead.problem.encoding import class_labels
from homestead.problem.schema import Problem
from homestead.problem.sections.split import ColumnSplit, GroupedSplit, TimeSplit
from homestead.problem.split import SPLIT_NAMES, TRAIN, required_timestamp, split_names
from homestead.problem.values.categories import natural_order
from homestead.problem.values.listing import list_values
from homestead.problem.values.source_urls import source_place

# Seeds from 0 on, of which the first that draws no empty part is named.
_TRIED_SEEDS = 100


def require_trainable(valid: pd.DataFrame | StoredRows, problem: Problem) -> None:
    """Raise a ``UserError`` if the rows lack something that training needs."""
    lacking = list(unmet_needs(valid, problem))
    if lacking:
        raise UserError("\n".join(f"{source_place(problem.source)}: {line}" for line in lacking))


def unmet_needs(valid: pd.DataFrame | StoredRows, problem: Problem) -> Iterator[str]:
    """Yield a sentence for everything that the rows lack to be trained on.

    Args:
        valid: ingested rows.
    """
    valid = labelled_rows(valid, problem)
    if valid.empty:
        yield f"target {problem.target}: no row has a value"
        return
    try:
        splits = part_names(valid, problem)
    except UserError as error:
        yield str(error)
    else:
        yield from _empty_parts(valid, splits, problem)
        if (splits == TRAIN).any():
            yield from _classes_without_rows(valid, splits, problem)
    yield from _unusable_weights(valid, problem)
    for name in problem.features:
        if name in valid and valid[name].isna().all():
            yield (
                f"features: {name} has no value in any of {len(valid)} rows; remove it from"
                " 'features', or fill the column"
            )


def _empty_parts(valid: Rows, splits: pd.Categorical, problem: Problem) -> Iterator[str]:
    empty = [name for name in SPLIT_NAMES if not (splits == name).any()]
    if not empty:
        return
    split, found = problem.split, f"split: no rows in {', '.join(empty)}"
    if isinstance(split, TimeSplit):
        times = valid[required_timestamp(problem)]
        yield (
            f"{found}; {problem.timestamp} holds {times.min()} to {times.max()}, validation_from is"
            f" {split.validation_from}, holdout_from is {split.holdout_from}"
        )
    elif isinstance(split, ColumnSplit):
        values = sorted(map(str, valid[split.column].unique()))
        yield f"{found}; {split.column} holds {list_values(values)}"
    elif isinstance(split, GroupedSplit):
        yield f"{found}; {_other_seed(valid, problem, split)}"
    else:
        yield (
            f"{found}; {len(valid)} rows are too few for these shares (validation"
            f" {split.validation:g}, holdout {split.holdout:g})"
        )


def _other_seed(valid: Rows, problem: Problem, split: GroupedSplit) -> str:
    """Return the first seed that draws groups for all parts; without one, that there are few."""
    groups = valid[split.column].nunique()
    for seed in range(_TRIED_SEEDS):
        other = problem.model_copy(update={"split": split.model_copy(update={"seed": seed})})
        if len(np.unique(split_names(valid, other))) == len(SPLIT_NAMES):
            return (
                f"seed {split.seed} draws none of the {groups} groups of {split.column}; with"
                f" 'split.seed: {seed}' all parts have some"
            )
    return (
        f"{groups} groups of {split.column} are too few for these shares (validation"
        f" {split.validation:g}, holdout {split.holdout:g})"
    )


def _unusable_weights(valid: Rows, problem: Problem) -> Iterator[str]:
    name = problem.weights.column if problem.weights else None
    if name is None:
        return
    weights = valid[name]
    if (weights < 0).any():
        yield f"weights.column: {name} is below 0 in {(weights < 0).sum()} of {len(valid)} rows"
    elif not (weights > 0).any():
        yield f"weights.column: {name} is 0 in all {len(valid)} rows"


def _classes_without_rows(valid: Rows, splits: pd.Categorical, problem: Problem) -> Iterator[str]:
    if problem.task == "regression":
        return
    labels = class_labels(valid[problem.target])
    is_listed = bool(problem.classes)
    way_out = "remove it from 'allowed'" if is_listed else "remove its rows"
    for label in problem.classes or sorted(labels.unique(), key=natural_order):
        of_class = splits[(labels == label).to_numpy()]
        if not (of_class == TRAIN).any():
            counts = ", ".join(f"{name} {(of_class == name).sum()}" for name in SPLIT_NAMES)
            yield (
                f"target {problem.target}: class {label!r} has no row in train ({counts});"
                f" {way_out}, or split the rows at a later time"
            )
