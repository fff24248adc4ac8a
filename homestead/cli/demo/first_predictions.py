"""First predictions of the demo: a few unseen rows, as soon as there is a champion."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from homestead.api.champion import load_champion
from homestead.cli.demo.report import show_detail
from homestead.cli.demo.server import json_value
from homestead.problem.schema import Problem
from homestead.reports.wording import number
from homestead.settings import Settings

_ROWS = 5


def show_first_predictions(problem: Problem, settings: Settings, rows: pd.DataFrame) -> None:
    """Print what the champion predicts of the first rows, beside what became true.

    Python's own way does it, :func:`homestead.load_champion`: no server runs yet.

    Args:
        rows: unseen rows with their targets.

    Raises:
        UserError: there is no champion, or it refuses a row.
    """
    few = rows.head(_ROWS)
    champion = load_champion(problem, home=settings.home)
    # Columns that are derived from others are the model's own business.
    sent = [name for name in problem.columns if name != problem.target]
    show_detail(
        f"First predictions, of rows that no model was trained on (version {champion.version}, in"
        f" Python: homestead.load_champion({problem.name!r}).predict(rows)):"
    )
    for line in prediction_lines(problem, few, champion.predict(few[sent])):
        show_detail(f"  {line}")


def prediction_lines(problem: Problem, rows: pd.DataFrame, predictions: pd.Series) -> list[str]:
    """Return a line for each row: which one it is, its prediction, and its target.

    Args:
        rows: (rows, …) with the problem's columns.
        predictions: (rows,) in the target's unit, or the classes.
    """
    unit = problem.columns[problem.target].unit
    identities = rows[list(problem.identity_columns)].to_dict("records")
    return [
        f"{_identity(identity)}: {problem.target} predicted {_value(predicted, unit)}, actual"
        f" {_value(true, unit)}"
        for identity, predicted, true in zip(
            identities, predictions, rows[problem.target], strict=True
        )
    ]


def _identity(identity: Mapping[Hashable, Any]) -> str:
    """Return key and time stamp as they are written in a table, a midnight as its day."""
    texts = (f"{name} {json_value(value)}" for name, value in identity.items())
    return ", ".join(text.removesuffix("T00:00:00") for text in texts)


def _value(value: object, unit: str) -> str:
    """Return a target's value in its unit."""
    text = number(json_value(value))
    return f"{text} {unit}" if unit else text
