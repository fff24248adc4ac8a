"""Replay: predict logged rows again with the stored model that answered, and compare the bits."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.errors import UserError
from homestead.model.answers import answered_values
from homestead.model.onnx_model import Model
from homestead.prediction_log.history.logged_inputs import logged_inputs
from homestead.prediction_log.history.logged_rows import LogWindow, read_parts, read_prediction
from homestead.prediction_log.parquet.log import LogSource, log_source
from homestead.settings import Settings
from homestead.steps.history.replayed import (
    MAX_NAMED_ROWS,
    Contribution,
    Explanation,
    ReplayedPart,
    ReplayedRow,
    ReplaySummary,
    finite,
)
from homestead.steps.history.stored_models import StoredModels
from homestead.tracking import runs

if TYPE_CHECKING:
    import pandas as pd


def replay_prediction(problem: str, settings: Settings, name: str) -> list[ReplayedRow]:
    """Predict the rows of one logged prediction again, and explain the answers.

    Args:
        name: the server's id of the prediction, or the client's id of its request.

    Raises:
        UserError: the log has no such prediction.
    """
    mlflow = runs.open_client(settings)
    engine = open_database(settings.database_url)
    try:
        rows = read_prediction(log_source(engine, settings.log_uri), problem, name)
    finally:
        engine.dispose()
    if rows.empty:
        raise UserError(
            f"{problem}: found no prediction {name!r} in the log; allowed is the prediction_id of"
            " an answer, or the id that its request carried"
        )
    replayed: dict[int, ReplayedRow] = {}
    for part in replay_rows(rows, StoredModels(mlflow, problem)):
        for position, explanation in enumerate(_explanations(part)):
            row = part.row(position, explanation)
            replayed[row.row] = row
    return [replayed[number] for number in sorted(replayed)]


def replay_window(problem: str, settings: Settings, window: LogWindow) -> ReplaySummary:
    """Predict a window's rows again, shadows too, and compare them with the log.

    Raises:
        SQLAlchemyError: the log cannot be read.
    """
    models = StoredModels(runs.open_client(settings), problem)
    engine = open_database(settings.database_url, WINDOW_READ_TIMEOUT_S)
    summary = ReplaySummary()
    try:
        log = log_source(engine, settings.log_uri)
        for part in replayed_parts(log, problem, window, models):
            add_part(summary, part)
    finally:
        engine.dispose()
    return summary


def replayed_parts(
    source: LogSource, problem: str, window: LogWindow, models: StoredModels
) -> Iterator[ReplayedPart]:
    """Yield a window's rows, replayed, in parts of one model file each."""
    for rows in read_parts(source, problem, window):
        yield from replay_rows(rows, models)


def replay_rows(rows: "pd.DataFrame", models: StoredModels) -> Iterator[ReplayedPart]:
    """Predict logged rows again; those of each model file together."""
    for digest, same_model in rows.groupby("digest", sort=False):
        part = same_model.reset_index(drop=True)
        model = models.of_digest(str(digest))
        if model is None:
            yield _unreplayed(part, models.why_missing(str(digest)))
        else:
            yield _replayed(part, model)


def add_part(summary: ReplaySummary, part: ReplayedPart) -> None:
    """Count a part's rows in a summary."""
    is_skipped = np.array([bool(reason) for reason in part.reasons], dtype=bool)
    for mask, counts in (
        (~is_skipped & ~part.differs, summary.identical),
        (part.differs, summary.different),
        (is_skipped, summary.skipped),
    ):
        for version, count in part.rows.version[mask].value_counts().items():
            counts[str(version)] = counts.get(str(version), 0) + int(count)
    for reason in filter(None, part.reasons):
        summary.reasons[reason] = summary.reasons.get(reason, 0) + 1
    room = MAX_NAMED_ROWS - len(summary.differences)
    summary.differences += [part.row(i) for i in np.flatnonzero(part.differs)[:room].tolist()]


def _unreplayed(rows: "pd.DataFrame", reason: str) -> ReplayedPart:
    nothing = np.full(len(rows), None, dtype=object)
    none = np.zeros(len(rows), dtype=bool)
    values = np.full(len(rows), np.nan)
    return ReplayedPart(rows, None, None, values, nothing, [reason] * len(rows), none)


def _replayed(rows: "pd.DataFrame", model: Model) -> ReplayedPart:
    contract = model.contract
    inputs = logged_inputs(rows.features.tolist(), contract)
    values = np.full(len(rows), np.nan)
    labels = np.full(len(rows), None, dtype=object)
    complete = inputs.is_complete
    if complete.any():
        predictions = model.predict(np.ascontiguousarray(inputs.matrix[complete]))
        values[complete], labels[complete] = answered_values(contract, predictions)
    logged = rows.prediction.to_numpy(dtype=float)
    logged_labels = rows.label.to_numpy(dtype=object)
    differs = complete & ((values != logged) | (labels != logged_labels))
    return ReplayedPart(rows, model, inputs, values, labels, inputs.reasons, differs)


def _explanations(part: ReplayedPart) -> list[Explanation | None]:
    """Return the explanation of each row, None where there is none."""
    from homestead.model.explain import load_explainer

    explanations: list[Explanation | None] = [None] * len(part.rows)
    if part.model is None or part.inputs is None:
        return explanations
    try:
        explainer = load_explainer(part.model)
    except ValueError:  # a file of an older release
        return explanations
    contract, complete = part.model.contract, part.inputs.is_complete
    matrix = part.inputs.matrix[complete]
    for position, inputs, parts in zip(
        np.flatnonzero(complete).tolist(), matrix, explainer.contributions(matrix), strict=True
    ):
        label = part.labels[position]
        sizes = parts if label is None else parts[:, contract.classes.index(label)]
        contributions = [
            Contribution(name, finite(value), size)
            for name, value, size in zip(
                contract.features, inputs.tolist(), sizes[:-1].tolist(), strict=True
            )
        ]
        contributions.sort(key=lambda contribution: -abs(contribution.size))
        explanations[position] = Explanation(float(sizes[-1]), tuple(contributions))
    return explanations
