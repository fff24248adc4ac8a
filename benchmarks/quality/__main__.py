"""``homestead init`` alone beside AutoGluon, on the gallery's tables: ``make bench-quality``."""

import json
import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from benchmarks.quality.report import RESULTS, write_report
from homestead.data.ingest import ingest
from homestead.drafting.draft import draft
from homestead.pipelines.local import run_local
from homestead.problem.encoding import target_values
from homestead.problem.learnt import resolve_problem
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN, split_names
from homestead.setting_values import sqlite_url
from homestead.settings import Settings

ROOT = Path(__file__).parents[2]
TABLES = ROOT / "problems" / "examples" / "tables"
PYTHON = ROOT / ".venv-bench-autogluon" / "bin" / "python"
TARGETS = {
    "ames": "price",
    "churn": "churn",
    "credit": "Status",
    "flights": "arr_delay",
    "penguins": "species",
    "temperatures": "tmax",
}


def measure(name: str, seconds: int, python: Path, tables: Path) -> dict[str, Any]:
    """Return the scores of both on one table's holdout, and their seconds."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        start = time.monotonic()
        source = str(tables / f"{name}.csv")
        problem = draft(source, target=TARGETS[name]).write(work / f"{name}.yaml")
        drafted_s = time.monotonic() - start
        result = run_local(problem, settings=_settings(work / "home"))
        start = time.monotonic()
        other = autogluon_score(problem, work, seconds, python)
    ours = result.champion_metrics[problem.metric].value
    baseline = (result.baseline_metrics or {}).get(problem.metric)
    return {
        "rows": other["rows"],
        "metric": problem.metric,
        "homestead": ours,
        "homestead_s": round(drafted_s + result.seconds, 1),
        "decision": result.decision,
        "candidates": {c.name: c.value for c in result.candidates},
        "baseline": baseline,
        "autogluon": other["score"],
        "autogluon_s": other["seconds"],
        "autogluon_best": other["best"],
    }


def autogluon_score(problem: Problem, folder: Path, seconds: int, python: Path) -> dict[str, Any]:
    """Fit AutoGluon on the rows before the holdout, and score it on the holdout by our formula."""
    valid = ingest(problem).valid
    parts = split_names(valid, problem)
    known = valid[problem.target].notna().to_numpy()
    inputs = [name for name in problem.features if name in problem.columns]
    times = [name for name, column in problem.columns.items() if column.type == "timestamp"]
    table = valid[[*dict.fromkeys([*inputs, *times]), problem.target]]
    is_holdout = (parts == HOLDOUT) & known
    holdout = table[is_holdout]
    table[~(parts == HOLDOUT) & known].to_parquet(folder / "train.parquet")
    holdout.to_parquet(folder / "holdout.parquet")
    script = Path(__file__).parent / "autogluon_fit.py"
    command = [
        *(str(python), str(script), str(folder)),
        *(problem.target, problem.metric, str(seconds), problem.task),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    predictions = pd.read_parquet(folder / "predictions.parquet")
    resolved = resolve_problem(problem, valid.assign(**{SPLIT_COLUMN: parts}))
    actual = target_values(holdout, resolved)
    values: np.ndarray
    if problem.task == "regression":
        values = predictions["prediction"].to_numpy(dtype=float)
    else:
        values = predictions[list(resolved.classes)].to_numpy(dtype=float)
    leaderboard = pd.read_csv(folder / "leaderboard.csv")
    return {
        "score": MODEL_METRICS[problem.metric].measure(actual, values).value,
        "seconds": float((folder / "seconds.txt").read_text(encoding="utf-8")),
        "best": leaderboard["model"].iloc[0],
        "rows": {"known": int((~is_holdout & known).sum()), "holdout": len(holdout)},
    }


def _settings(home: Path) -> Settings:
    return Settings(
        home=home,
        tracking_uri=sqlite_url(home / "mlflow.db"),
        database_url=sqlite_url(home / "homestead.db"),
        redis_connection="",
        feast_registry=sqlite_url(home / "feast" / "registry.db"),
    )


@click.command()
@click.option("--only", multiple=True, type=click.Choice(sorted(TARGETS)), help="By default all.")
@click.option("--seconds", default=600, show_default=True, help="AutoGluon's limit.")
@click.option("--python", type=click.Path(path_type=Path), default=PYTHON, help="AutoGluon's.")
@click.option("--tables", type=click.Path(path_type=Path), default=TABLES)
def main(only: tuple[str, ...], seconds: int, python: Path, tables: Path) -> None:
    """Draft, train and score each table; write ``results/quality.json``, ``.md`` and ``.svg``."""
    figures = RESULTS / "quality.json"
    known = (
        json.loads(figures.read_text(encoding="utf-8"))["tables"]
        if only and figures.exists()
        else {}
    )
    # After each table, so that a later one that fails costs no results.
    for name in only or sorted(TARGETS):
        known[name] = measure(name, seconds, python, tables)
        click.echo(f"{name}: {known[name]}")
        write_report(
            {
                "cores": os.cpu_count(),
                "python": platform.python_version(),
                "limit_s": seconds,
                "tables": dict(sorted(known.items())),
            }
        )


if __name__ == "__main__":
    main()
