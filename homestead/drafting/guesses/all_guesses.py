"""All guesses from a table's profile: roles, inputs, split, candidates and slices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from homestead.drafting.guesses.candidate_guess import guess_candidates, without_untrainable
from homestead.drafting.guesses.roles import Guess, guess_group, guess_key, guess_timestamp
from homestead.drafting.guesses.series_guess import SeriesGuess, guess_series
from homestead.drafting.guesses.split_guess import SplitGuess, guess_split
from homestead.drafting.guesses.suspicions import Suspicions, find_suspicions
from homestead.drafting.guesses.target_guess import TargetGuess, guess_target
from homestead.drafting.guesses.time_features import time_features
from homestead.drafting.profile.column_profile import ColumnProfile
from homestead.errors import UserError
from homestead.problem.model_metrics.table import Task
from homestead.problem.values.listing import list_values

_MAX_BASELINE_LEVELS, _MAX_SLICE_LEVELS, _MAX_SLICES = 50, 12, 3
_MIN_EXPLAINED = 0.01


@dataclass(frozen=True)
class Guesses:
    """What a draft says.

    Attributes:
        derived: expressions by name.
        series: past values, if the rows follow each other at equal steps.
        features: the model's inputs, in the order of the table, derived ones last.
        baseline: a column, or None.
        untrainable: why candidates are left out, by their names.
    """

    rows: int
    columns: Mapping[str, ColumnProfile]
    target: ColumnProfile
    of_target: TargetGuess
    key: Guess
    timestamp: Guess
    suspicions: Suspicions
    derived: Mapping[str, str]
    series: SeriesGuess | None
    features: tuple[str, ...]
    split: SplitGuess
    baseline: str | None
    slices: tuple[str, ...]
    candidates: Mapping[str, Mapping[str, Any]]
    untrainable: Mapping[str, str]


def guess_all(columns: Mapping[str, ColumnProfile], target: str, task: Task | None) -> Guesses:
    """Guess a problem from a table's profile.

    Raises:
        UserError: there is no such column, it is no target, or no column is left as an input.
    """
    if target not in columns:
        raise UserError(
            f"--target: found {target!r}, allowed are {list_values(list(columns), target)}"
        )
    profile = columns[target]
    of_target = guess_target(profile, task)
    if of_target.task == "regression" and profile.type == "boolean":
        profile = replace(profile, type="integer")
        columns = {**columns, target: profile}
    timestamp = guess_timestamp(columns, target)
    key = guess_key(columns, target, timestamp.column)
    group = guess_group(columns, target) if key.column is None else None
    split = guess_split(columns, profile, of_target, timestamp.column, group)
    named = (target, key.column, timestamp.column, split.column)
    roles = {name for name in named if name is not None}
    suspicions = find_suspicions(columns, of_target, target, roles)
    not_inputs = {*roles, *suspicions.unused, *suspicions.left_out}
    inputs = [c for c in columns.values() if c.name not in not_inputs and c.type != "timestamp"]
    times = [c for c in columns.values() if c.type == "timestamp" and c.name != target]
    derived = time_features(
        [c for c in times if c.name not in suspicions.unused | suspicions.left_out], set(columns)
    )
    series = None
    if timestamp.column is not None:
        entity = columns[key.column] if key.column is not None else None
        series = guess_series(profile, columns[timestamp.column], entity, {*columns, *derived})
    past = series.history if series is not None else ()
    features = (*(c.name for c in inputs), *derived, *past)
    if not features:
        raise UserError(f"no column beside {target} can be an input of a model")
    by_explained = sorted(inputs, key=lambda c: -suspicions.explained.get(c.name, 0.0))
    groups = [c for c in by_explained if _is_group(c, _MAX_BASELINE_LEVELS)]
    baseline = next(
        (c.name for c in groups if suspicions.explained.get(c.name, 0) >= _MIN_EXPLAINED), None
    )
    candidates, untrainable = without_untrainable(
        guess_candidates(of_target.task, of_target.metric, profile.rows)
    )
    slices = [c.name for c in by_explained if _is_group(c, _MAX_SLICE_LEVELS)][:_MAX_SLICES]
    return Guesses(
        rows=profile.rows,
        columns=columns,
        target=profile,
        of_target=of_target,
        key=key,
        timestamp=timestamp,
        suspicions=suspicions,
        derived=derived,
        series=series,
        features=features,
        split=split,
        baseline=baseline,
        slices=tuple(slices),
        candidates=candidates,
        untrainable=untrainable,
    )


def _is_group(column: ColumnProfile, most: int) -> bool:
    return column.type in ("category", "boolean", "integer") and 2 <= column.distinct <= most
