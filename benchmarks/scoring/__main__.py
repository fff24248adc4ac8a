"""Time batch scoring of house sales, by columns and by key: ``make bench-scoring``."""

import os
import resource
import statistics
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import pandas as pd

from benchmarks.machine import described_machine
from benchmarks.written_results import write_results
from homestead.data.ingest import ingest
from homestead.features.materialize import materialize
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.scoring.job import ScoringOptions
from homestead.scoring.outcome import ScoredModel
from homestead.scoring.run import score_table
from homestead.settings import Settings
from homestead.training.search import train_candidate

RESULTS = Path(__file__).parent / "results"
CANDIDATE = "gradient_boosting"
LIMIT_S = 30.0
# The rows of the target are those of 1,000,000.
_TARGET_ROWS = 1_000_000


def prepare(folder: Path, problem: Problem, settings: Settings) -> tuple[pd.DataFrame, bytes]:
    """Fill the online store, fit a model, and return the valid sales and the model's file."""
    valid = ingest(problem).valid
    write_views(view_tables(valid, problem), folder / "views")
    materialize(folder / "views", problem, settings)
    candidate = problem.candidates[CANDIDATE].model_copy(update={"trials": 1})
    problem = problem.model_copy(update={"candidates": {CANDIDATE: candidate}})
    dataset = training_set(valid, folder / "views", problem)
    return valid, train_candidate(CANDIDATE, dataset, problem).onnx


def rows_of(valid: pd.DataFrame, problem: Problem, count: int) -> pd.DataFrame:
    """Return sales drawn with replacement, without the price, their areas moved by up to 5%."""
    draw = np.random.default_rng(0)
    rows = valid.iloc[draw.integers(0, len(valid), count)].reset_index(drop=True)
    for name in ("sqft_living", "sqft_lot"):
        factor = draw.uniform(0.95, 1.05, count)
        low, high = problem.columns[name].range or (0, np.inf)
        rows[name] = np.clip(rows[name] * factor, low, high).astype("int64")
    return rows.drop(columns=[problem.target])


def measured(
    problem: Problem, settings: Settings, model: bytes, source: Path, options: ScoringOptions
) -> dict[str, float]:
    """Return seconds, refused rows and the largest memory of a process of a job."""
    target = source.with_name("scores.parquet")
    started_s = time.monotonic()
    result = score_table(
        problem, settings, ScoredModel("1", model), str(source), str(target), options
    )
    seconds = time.monotonic() - started_s
    assert result.kept == 0  # noqa: S101
    kilobytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {"seconds": seconds, "refused": result.refused, "peak_mb": kilobytes / 1024}


@click.command()
@click.option("--rows", default=_TARGET_ROWS, show_default=True, help="Rows to score.")
@click.option("--rounds", default=3, show_default=True, help="Jobs of each form of rows.")
def main(rows: int, rounds: int) -> None:
    """Time jobs of each form of rows, in turns, and write ``results/scoring.json``."""
    load = os.getloadavg()[0]
    problem = load_problem(Path("problems/house_price.yaml"))
    with tempfile.TemporaryDirectory(prefix="homestead-bench-") as name:
        folder = Path(name)
        settings = Settings(home=folder / "home")
        settings.folder()
        valid, model = prepare(folder, problem, settings)
        table = rows_of(valid, problem, rows)
        forms = {
            "by columns": (table, ScoringOptions()),
            "by key": (table[["id", "date"]], ScoringOptions()),
            "by key, at the row's time": (
                table[["id", "date"]],
                ScoringOptions(features="point-in-time"),
            ),
            "by columns, logged": (table, ScoringOptions(is_logged=True)),
        }
        figures: dict[str, list[dict[str, float]]] = {form: [] for form in forms}
        for _ in range(rounds):
            for form, (content, options) in forms.items():
                source = folder / "rows.parquet"
                content.to_parquet(source, index=False)
                found = measured(problem, settings, model, source, options)
                figures[form].append(found)
                click.echo(f"{form}: {found}", err=True)
    medians = {f: statistics.median(r["seconds"] for r in runs) for f, runs in figures.items()}
    report = {
        "machine": described_machine(load),
        "rows": rows,
        "rounds": rounds,
        "runs": figures,
        "median_seconds": medians,
        "targets": [
            {
                "name": f"{rows:,} house sales scored {form}",
                "limit": LIMIT_S * rows / _TARGET_ROWS,
                "measured": round(medians[form], 2),
                "unit": "s",
            }
            for form in ("by columns", "by key")
        ],
    }
    write_results(RESULTS / "scoring.json", report)


if __name__ == "__main__":
    main()
