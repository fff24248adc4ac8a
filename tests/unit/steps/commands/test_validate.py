"""Validate says everything that training would refuse, and trains nothing."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.steps.commands.validate import validate_source

ROWS = 40
PROBLEM: dict[str, Any] = {
    "name": "case",
    "task": "classification",
    "key": "id",
    "timestamp": "day",
    "target": "y",
    "max_bad_row_share": 0.1,
    "columns": {
        "id": {"type": "integer"},
        "day": {"type": "timestamp"},
        "x": {"type": "number", "nullable": True},
        "y": {"type": "category", "allowed": ["No", "Yes"]},
    },
    "views": {},
    "features": ["x"],
    "candidates": {"only": {"estimator": "sklearn.linear_model.LogisticRegression"}},
    "split": {"validation_from": "2024-01-20", "holdout_from": "2024-01-30"},
    "metric": "log_loss",
}


@pytest.fixture
def rows() -> pd.DataFrame:
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), "D")
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "day": days.strftime("%Y-%m-%d"),
            "x": np.arange(ROWS) / 8,
            "y": ["No", "Yes"] * (ROWS // 2),
        }
    )


def _problem(folder: Path, rows: pd.DataFrame, **changes: Any) -> Problem:
    path = folder / "table.csv"
    rows.to_csv(path, index=False)
    return parse_problem(yaml.safe_dump({**PROBLEM, "source": str(path), **changes}))


def _refusal(problem: Problem) -> list[str]:
    with pytest.raises(UserError) as error:
        validate_source(problem, lambda line: None)
    return str(error.value).splitlines()


def test_tolerated_bad_rows_are_listed_with_their_lines(tmp_path: Path, rows: pd.DataFrame) -> None:
    rows["x"] = rows["x"].astype(object)
    rows.loc[17, "x"] = "n/a?"
    rows.loc[30, "y"] = "Maybe"
    lines: list[str] = []
    validate_source(_problem(tmp_path, rows), lines.append)
    assert lines == [
        "case: 38 valid rows, 2 bad",
        "  x: 1 value, allowed is a number (line 19: 'n/a?')",
        "  y: 1 value, allowed are No, Yes (line 32: 'Maybe')",
    ]


def test_empty_splits_are_named_with_the_times_of_the_rows(
    tmp_path: Path, rows: pd.DataFrame
) -> None:
    later = {"validation_from": "2025-03-01", "holdout_from": "2025-04-01"}
    assert _refusal(_problem(tmp_path, rows, split=later)) == [
        "split: no rows in validation, holdout; day holds 2024-01-01 00:00:00 to"
        " 2024-02-09 00:00:00, validation_from is 2025-03-01, holdout_from is 2025-04-01"
    ]


def test_a_class_without_rows_in_train_is_named_with_its_rows(
    tmp_path: Path, rows: pd.DataFrame
) -> None:
    rows.loc[[25, 26, 35], "y"] = "Late"
    classes = ["No", "Yes", "Late", "Never"]
    columns = {**PROBLEM["columns"], "y": {"type": "category", "allowed": classes}}
    late, never = _refusal(_problem(tmp_path, rows, columns=columns))
    assert late.startswith(
        "target y: class 'Late' has no row in train (train 0, validation 2, holdout 1);"
    )
    assert never.startswith(
        "target y: class 'Never' has no row in train (train 0, validation 0, holdout 0)"
    )


def test_parameters_that_an_estimator_refuses_are_named(tmp_path: Path, rows: pd.DataFrame) -> None:
    estimator = PROBLEM["candidates"]["only"]["estimator"]
    candidates = {
        "first": {"estimator": estimator, "parameters": {"alphaa": 1}},
        "second": {"estimator": estimator, "search": {"C": [1, -1], "tol": ["small"]}},
    }
    with pytest.raises(UserError, match=f"first.parameters.alphaa: {estimator} has no such"):
        _problem(tmp_path, rows, candidates=candidates)
    del candidates["first"]
    first, second = _refusal(_problem(tmp_path, rows, candidates=candidates))
    assert first.startswith("candidates.second.search.C: The 'C' parameter of LogisticRegression")
    assert second.startswith("candidates.second.search.tol: The 'tol' parameter")


def test_a_feature_without_any_value_is_named(tmp_path: Path, rows: pd.DataFrame) -> None:
    assert _refusal(_problem(tmp_path, rows.assign(x=None))) == [
        "features: x has no value in any of 40 rows; remove it from 'features', or fill the column"
    ]


def test_each_query_is_run(tmp_path: Path, rows: pd.DataFrame) -> None:
    views = {
        name: {"entity": "id", "features": [f"{name}_value"], "query": query}
        for name, query in {"a": "SELECT nothing FROM rows", "b": "SELEC 1"}.items()
    }
    text = "\n".join(_refusal(_problem(tmp_path, rows, views=views)))
    assert "views.a.query: " in text
    assert "views.b.query: " in text


def test_everything_is_said_at_once(tmp_path: Path, rows: pd.DataFrame) -> None:
    candidates = {"only": {**PROBLEM["candidates"]["only"], "parameters": {"C": -1}}}
    problem = _problem(tmp_path, rows.assign(y="Maybe"), candidates=candidates)
    first, second, third = _refusal(problem)
    assert "parameters.C: " in first
    assert "table.csv: 40 of 40 rows are bad" in second
    assert "y: 40 values, allowed are No, Yes (line 2: 'Maybe'" in third


def test_a_metric_without_a_value_on_validation_and_origins_without_rows_are_said(
    tmp_path: Path, rows: pd.DataFrame
) -> None:
    rows.loc[19:28, "y"] = "No"
    (line,) = _refusal(_problem(tmp_path, rows, metric="roc_auc"))
    assert line.startswith("metric: roc_auc has no value on the validation rows")
    split = {**PROBLEM["split"], "origins": 3}
    (line,) = _refusal(_problem(tmp_path, rows, split=split))
    assert line.startswith("split.origins: found 3")


def test_a_view_of_one_bucket_is_named_with_its_rows_and_time(
    tmp_path: Path, rows: pd.DataFrame
) -> None:
    """No number of cores or machines speeds it up; a view by entity is divided, and not named."""
    by_entity = "avg(x) OVER (PARTITION BY id ORDER BY day)"
    views = {
        name: {
            "entity": "id",
            "features": [name],
            "query": f"SELECT id, day AS event_timestamp, {window} AS {name} FROM rows",  # noqa: S608
        }
        for name, window in {"own": by_entity, "market": "avg(x) OVER (ORDER BY day)"}.items()
    }
    lines: list[str] = []
    validate_source(_problem(tmp_path, rows, views=views), lines.append)
    [line] = [line for line in lines if "bucket" in line]
    assert re.fullmatch(
        r"  views\.market\.query: one bucket, computed by one thread, because its windows or groups"
        r" are not partitioned by its entity \(id\): 40 rows in [0-9]+\.[0-9] s",
        line,
    )
