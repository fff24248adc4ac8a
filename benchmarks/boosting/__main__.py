"""Fit a boosting by one process and by workers of Spark: ``make bench-boosting``."""

import json
import os
import time
from pathlib import Path

import click
import numpy as np

from benchmarks.machine import described_machine
from benchmarks.search.__main__ import CANDIDATE, dataset_of, problem_with
from homestead.settings import Settings
from homestead.threads import reproducible_threads
from homestead.training.distributed.workers import distributed_boosting
from homestead.training.search import trial_runner

RESULTS = Path(__file__).parent / "results"
PARAMS = {
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_child_samples": 20,
    "colsample_bytree": 0.8,
    "reg_lambda": 1.0,
}
ONE_PROCESS = "one process"


def table(rows: list[dict[str, object]], metric: str) -> str:
    """Return the fits as Markdown."""
    lines = [
        f"| fitted by | {metric} on validation | the same twice | seconds |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row['fitted_by']} | {row['metric']:.5f} | {'yes' if row['same_twice'] else 'no'} |"
        f" {row['seconds']:.1f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--workers", default="2,4", show_default=True, help="Numbers of workers.")
def main(workers: str) -> None:
    """Fit twice with each number of workers; write ``results/boosting.json`` and ``.md``."""
    numbers = [int(number) for number in workers.split(",")]
    load = os.getloadavg()[0]
    # As many tasks at once as the largest number, whatever the cores.
    os.environ["HOMESTEAD_SPARK_MASTER"] = f"local[{max(numbers)}]"
    problem = problem_with(20)
    runner = trial_runner(CANDIDATE, dataset_of(problem), problem, 0, lambda line: None)
    [fold] = runner.folds
    rows: list[dict[str, object]] = []
    for number in (0, *numbers):
        settings = Settings(engine="spark", boosting_workers=number) if number else None
        with reproducible_threads(), distributed_boosting(settings):
            if number:
                # Without the start of Spark and of its Python workers.
                runner.answers({**PARAMS, "n_estimators": 1}, fold)
            started_s = time.monotonic()
            raw = [runner.answers(PARAMS, fold).raw for _ in range(2)]
            seconds = (time.monotonic() - started_s) / 2
        actual = runner.y[fold.scored]
        rows.append(
            {
                "fitted_by": f"{number} workers" if number else ONE_PROCESS,
                "metric": float(np.mean(np.abs(raw[0] - actual) / actual)),
                "same_twice": bool((raw[0] == raw[1]).all()),
                "seconds": seconds,
            }
        )
        click.echo(str(rows[-1]), err=True)
    report = {
        "machine": described_machine(load),
        "rows": int(fold.fitted.sum()),
        "metric": problem.metric,
        "fits": rows,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(report, indent=1)
    (RESULTS / "boosting.json").write_text(f"{text}\n", encoding="utf-8")
    lines = table(rows, problem.metric)
    heading = "# Results of the boosting benchmark\n\n"
    (RESULTS / "boosting.md").write_text(heading + lines, encoding="utf-8")
    click.echo(lines)


if __name__ == "__main__":
    main()
