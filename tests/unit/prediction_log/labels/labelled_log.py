"""Helpers of these tests: a log with predictions, labels for it, and what is kept of them."""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.add import AddedLabels, add_labels
from homestead.prediction_log.labels.parse import parse_labels
from homestead.problem.schema import Problem
from tests.factories import flats_problem, prediction_entry

NOW_S = 1_700_000_000.0
DAY_S = 86_400.0


def problem(**labels: float) -> Problem:
    """Return a regression with the key ``id`` and the time ``day``, and its policy of labels."""
    found = flats_problem()
    policy = found.labels.model_copy(update=labels)
    return found.model_copy(update={"labels": policy})


def predicted(name: str, rows: int = 1, **changes: Any) -> PredictionEntry:
    """Return a line of the log: a prediction of the flat 7, made now."""
    entry = prediction_entry(name, *[1.0] * rows)
    entry.problem, entry.timestamp_s = "flats", NOW_S
    for key, value in changes.items():
        setattr(entry, key, value)
    return entry


def log(engine: sa.Engine, *entries: PredictionEntry) -> None:
    """Write predictions to the log."""
    assert insert_lines(engine, entries) == []


def add(
    engine: sa.Engine,
    *rows: dict[str, Any],
    received_at: float = NOW_S + DAY_S,
    delivery: str | None = None,
    of: Problem | None = None,
) -> AddedLabels:
    """Add labels that arrive a day after the predictions; columns that a row lacks are empty."""
    found = of or problem()
    parsed = parse_labels(
        pd.DataFrame(list(rows), dtype=object),
        found,
        log_key="",
        source="labels.csv",
        received_at=received_at,
        delivery=delivery,
    )
    return add_labels(engine, found, parsed.batch, with_results=True)


def verdicts(added: AddedLabels) -> list[str]:
    """Return what became of each label, in order."""
    return [result.verdict.value for result in added.results]


def truths(engine: sa.Engine) -> dict[tuple[str, int], float]:
    """Return the outcome that counts, by prediction and row."""
    with engine.connect() as connection:
        rows = connection.execute(sa.text('SELECT prediction_id, "row", truth FROM labels'))
        return {(name, row): truth for name, row, truth in rows}


def former(engine: sa.Engine) -> list[float]:
    """Return outcomes that do not count any more, in the order in which they ceased to."""
    with engine.connect() as connection:
        return list(connection.scalars(sa.text("SELECT truth FROM label_history ORDER BY number")))


def aside(engine: sa.Engine) -> dict[str, list[str]]:
    """Return the names of labels in quarantine, by kind."""
    found: dict[str, list[str]] = {}
    statement = sa.text("SELECT kind, name FROM label_quarantine ORDER BY kind, name")
    with engine.connect() as connection:
        for kind, name in connection.execute(statement):
            found.setdefault(kind, []).append(name)
    return found
