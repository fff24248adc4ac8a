"""Predictions and outcomes as numbers: of a champion's holdout, and of the rows that it served.

A model answers the rows that it was fitted on more surely than others, so that served predictions
are compared with those of the holdout, and outcomes likewise.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from homestead.drift.calibrated import ComparedAnswers
from homestead.model.onnx_model import Model
from homestead.names import HOLDOUT_ANSWERS_FILE
from homestead.prediction_log.labels.tables import LABELS
from homestead.prediction_log.parquet.log import LogSource, database_of, of_window
from homestead.prediction_log.read_window import sample_order, seconds_since_1970
from homestead.prediction_log.tables import PREDICTIONS
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix, target_values
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

_PREDICTION, _TARGET = "prediction", "target"


@dataclass(frozen=True)
class ServedWindow:
    """Which served rows are compared.

    Attributes:
        since: start, inclusive; UTC if it has no time zone.
        until: end, exclusive; UTC if it has no time zone.
        last: only so many of the newest rows.
    """

    since: datetime | None = None
    until: datetime | None = None
    last: int | None = None


def holdout_answers(model: Model, dataset: "pd.DataFrame", problem: Problem) -> "pd.DataFrame":
    """Return the columns ``prediction`` and ``target`` of the holdout, float64.

    A prediction is the value, of two classes the probability of the second one, of more classes
    the code of the answered one. A target is the value or the class's code.

    Args:
        dataset: the training set, with a column ``split``.
    """
    import pandas as pd

    holdout = dataset[dataset[SPLIT_COLUMN] == HOLDOUT]
    predictions = model.predict(feature_matrix(holdout, model.contract))
    if predictions.ndim == 2:
        decision = model.contract.decision
        if len(model.contract.classes) == 2:
            predictions = predictions[:, 1]
        else:
            predictions = (
                predictions.argmax(axis=1) if decision is None else decision.codes(predictions)
            )
    targets = target_values(holdout, problem)
    return pd.DataFrame({_PREDICTION: predictions, _TARGET: targets}).astype(float)


def read_answers(
    source: LogSource,
    mlflow: "MlflowClient",
    run_id: str,
    digest: str,
    contract: Contract,
    problem: Problem,
    window: ServedWindow,
    now: datetime,
) -> tuple[ComparedAnswers | None, ComparedAnswers | None]:
    """Return predictions and outcomes of a window beside those of the champion's holdout.

    Each is None if there are fewer than ``problem.drift.min_rows`` of it, or if the champion was
    registered by a version that did not keep those of the holdout. Of more than
    ``problem.drift.max_rows`` the database draws that many.

    Args:
        run_id: the champion's run.
        digest: SHA-256 of the champion's file; predictions of other models do not count.
        contract: the champion's.
        now: time of the check, by which an outcome is final or not.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    holdout = _read_holdout(mlflow, run_id)
    if holdout is None:
        return None, None
    classes = {float(code): name for code, name in enumerate(contract.classes)} or None
    served = _served_predictions(source, digest, contract, window, problem.drift.max_rows)
    final_before = now.timestamp() - problem.labels.after_s
    outcomes = _outcomes(database_of(source), contract, problem, window, final_before)
    predicted_classes = None if len(contract.classes) == 2 else classes
    return (
        _compared(holdout[_PREDICTION], served, predicted_classes, problem),
        _compared(holdout[_TARGET], outcomes, classes, problem),
    )


def _compared(
    reference: "pd.Series", current: np.ndarray, classes: dict[float, str] | None, problem: Problem
) -> ComparedAnswers | None:
    policy = problem.drift
    known = reference.dropna().to_numpy(float)
    if min(len(known), len(current)) < policy.min_rows:
        return None
    return ComparedAnswers(_sample(known, policy.max_rows), current, classes)


def _sample(values: np.ndarray, max_rows: int) -> np.ndarray:
    if len(values) <= max_rows:
        return values
    return np.random.default_rng(0).choice(values, max_rows, replace=False)


def _read_holdout(mlflow: "MlflowClient", run_id: str) -> "pd.DataFrame | None":
    import pandas as pd
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as folder:
        try:
            path = mlflow.download_artifacts(run_id, HOLDOUT_ANSWERS_FILE, folder)
        except (MlflowException, OSError):
            return None
        return pd.read_parquet(path)


def _served_predictions(
    source: LogSource, digest: str, contract: Contract, window: ServedWindow, max_rows: int
) -> np.ndarray:
    """Return the predictions that the champion answered with, as those of the holdout."""
    logged = PREDICTIONS.c
    query = sa.select(logged.prediction, logged.label).where(
        logged.problem == contract.problem,
        logged.digest == digest,
        logged.shadow_of.is_(None),
        logged.prediction.is_not(None),
    )
    if contract.classes:
        query = query.where(logged.label.in_(contract.classes))
    limits = (
        None if time is None else seconds_since_1970(time) for time in (window.since, window.until)
    )
    with of_window(source, contract.problem, *limits).connect() as connection:
        rows = connection.execute(_sampled(query, PREDICTIONS, window, max_rows)).all()
    values = np.array([row.prediction for row in rows], dtype=float)
    if not contract.classes:
        return values
    codes = np.array([contract.classes.index(row.label) for row in rows], dtype=float)
    if len(contract.classes) == 2:  # logged is the probability of the answered class
        return np.where(codes == 1, values, 1 - values)
    return codes


def _outcomes(
    engine: sa.Engine,
    contract: Contract,
    problem: Problem,
    window: ServedWindow,
    final_before: float,
) -> np.ndarray:
    """Return outcomes that are final, of whichever model's predictions, as those of the holdout."""
    labels = LABELS.c
    query = sa.select(labels.truth, labels.truth_label).where(
        labels.problem == problem.name, labels.at <= final_before
    )
    if contract.classes:
        query = query.where(labels.truth_label.in_(contract.classes))
    else:
        query = query.where(labels.truth.is_not(None))
    max_rows = problem.drift.max_rows
    with engine.connect() as connection:
        rows = connection.execute(_sampled(query, LABELS, window, max_rows)).all()
    if not contract.classes:
        return np.array([row.truth for row in rows], dtype=float)
    return np.array([contract.classes.index(row.truth_label) for row in rows], dtype=float)


def _sampled(
    query: sa.Select[Any], table: sa.Table, window: ServedWindow, max_rows: int
) -> sa.Select[Any]:
    """Return a query of at most ``max_rows`` rows of a window, drawn by their ids; newest first."""
    columns = table.c
    if window.since is not None:
        query = query.where(columns.at >= seconds_since_1970(window.since))
    if window.until is not None:
        query = query.where(columns.at < seconds_since_1970(window.until))
    query = query.add_columns(columns.at, columns.prediction_id, columns.row)
    if window.last is not None:
        newest = query.order_by(columns.at.desc(), columns.prediction_id, columns.row)
        query = newest.limit(window.last)
    rows = query.subquery("rows_of_window")
    drawn = sa.select(rows).order_by(sample_order(rows)).limit(max_rows).subquery("drawn")
    return sa.select(drawn).order_by(drawn.c.at.desc(), drawn.c.prediction_id, drawn.c.row)
