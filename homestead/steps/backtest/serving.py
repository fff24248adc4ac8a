"""Answers to the rows of a period: the released model, features known when it began, a log."""

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from homestead.errors import UserError
from homestead.evaluation.comparable import answered_codes, predict_rows
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.model.onnx_model import Model
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.add import add_labels
from homestead.prediction_log.labels.parse import LABELLED_AT, PREDICTION_ID, parse_labels
from homestead.problem.encoding import feature_matrix, target_values
from homestead.problem.learnt import resolve_problem
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.schema import Problem
from homestead.problem.split import with_split
from homestead.steps.backtest.timeline import Timeline

_SOURCE = "backtest"


@dataclass(frozen=True)
class Arrivals:
    """Rows that are to be answered in a period, the same for each strategy.

    Attributes:
        problem: with the classes of the rows that were known at its beginning.
        rows: with the features as they were known then, and the target, which answers don't read.
        at: shape (rows,), when each arrived, seconds since 1970.
        y: shape (rows,), target values or class codes.
    """

    problem: Problem
    rows: pd.DataFrame
    at: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Answers:
    """Answers of a model to arrivals: what metrics read, and the answered codes of classes."""

    predictions: np.ndarray | Predictions
    codes: np.ndarray | None


def read_arrivals(timeline: Timeline, problem: Problem, since: float, until: float) -> Arrivals:
    """Return the rows of a period with their features.

    The online store is brought up to date at the beginning of the period: the views are computed
    from what is known then. Columns of a request are the row's own.

    Args:
        problem: as it trains in the backtest.

    Raises:
        UserError: a view's query fails, or a class is new in the period.
    """
    known = timeline.known(since)
    rows, at = timeline.arriving(since, until)
    rows = rows.assign(_at=at)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_views(view_tables(known, problem), folder)
        joined = training_set(rows, folder, problem)
    resolved = resolve_problem(problem, with_split(known, problem))
    try:
        y = target_values(joined, resolved)
    except (KeyError, ValueError) as error:
        raise UserError(f"backtest: {problem.target}: {error}") from None
    return Arrivals(resolved, joined.drop(columns="_at"), joined["_at"].to_numpy(float), y)


def answer(model: Model, arrivals: Arrivals) -> Answers:
    """Return a model's answers."""
    predicted = predict_rows(model, arrivals.rows, arrivals.problem)
    if arrivals.problem.task == "regression":
        return Answers(predicted, None)
    codes = answered_codes(model, predicted, arrivals.problem)
    codes = predicted.argmax(axis=1) if codes is None else codes
    return Answers(Predictions(predicted, codes), codes)


def log_answers(
    engine: sa.Engine,
    model: Model,
    version: str,
    arrivals: Arrivals,
    answers: Answers,
    name: Callable[[int], str],
) -> None:
    """Write answers to the prediction log, each at the time of its row.

    Args:
        name: id of a row's prediction.

    Raises:
        UserError: the log does not accept a row.
    """
    contract = model.contract
    values = feature_matrix(arrivals.rows, contract).tolist()
    lines = []
    for row, features in enumerate(values):
        prediction, labels = _logged(answers, arrivals.problem, row)
        lines.append(
            PredictionEntry(
                id=name(row),
                problem=contract.problem,
                version=version,
                digest=model.digest,
                timestamp_s=float(arrivals.at[row]),
                feature_names=tuple(contract.features),
                features=[[None if math.isnan(value) else value for value in features]],
                predictions=[prediction],
                labels=labels,
            )
        )
    for rejected in insert_lines(engine, lines):
        raise UserError(f"backtest: the prediction log refuses a row: {rejected.reason}")


def _logged(answers: Answers, problem: Problem, row: int) -> tuple[float, list[str] | None]:
    """Return what the log holds of an answer: a value, or the class and its probability."""
    if answers.codes is None:
        return float(np.asarray(answers.predictions)[row]), None
    assert isinstance(answers.predictions, Predictions)  # noqa: S101 - of classes
    code = int(answers.codes[row])
    return float(answers.predictions.values[row, code]), [problem.classes[code]]


def add_outcomes(
    engine: sa.Engine, arrivals: Arrivals, name: Callable[[int], str], received_at: float
) -> None:
    """Add the outcomes of a period as labels, known ``labels.after_days`` after each row.

    Raises:
        UserError: an outcome is none that the problem allows.
        SQLAlchemyError: the database cannot be written.
    """
    problem = arrivals.problem
    known_at = arrivals.at + problem.labels.after_s
    table = pd.DataFrame(
        {
            PREDICTION_ID: [name(row) for row in range(len(arrivals.rows))],
            problem.target: arrivals.rows[problem.target].to_numpy(),
            LABELLED_AT: pd.to_datetime(known_at, unit="s", utc=True),
        }
    )
    parsed = parse_labels(table, problem, log_key="", source=_SOURCE, received_at=received_at)
    add_labels(engine, problem, parsed.batch)
