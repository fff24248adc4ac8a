"""Search a boosting's parameters by TPE and at random: ``make bench-search``."""

import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pandas as pd

from benchmarks.machine import described_machine
from homestead.data.ingest import ingest
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.loader import load_problem, parse_problem
from homestead.problem.schema import Problem
from homestead.threads import reproducible_threads
from homestead.training.search import trial_runner
from homestead.training.studies.candidate_search import MemoryHost, join_search
from homestead.training.studies.plan import RANDOM_TRIALS, search_plan
from homestead.training.studies.proposals import propose
from homestead.training.studies.trial_runner import TrialRunner

RESULTS = Path(__file__).parent / "results"
PROBLEM = Path("problems/house_price.yaml")
CANDIDATE = "boosting"
# Few rounds, so that a fit takes less than a second.
SEARCHED = """
  boosting:
    estimator: lightgbm.LGBMRegressor
    parameters: {n_estimators: 80, objective: l1}
    search:
      learning_rate: {low: 0.01, high: 0.5, log: true}
      num_leaves: {low: 4, high: 128, log: true}
      min_child_samples: {low: 5, high: 200, log: true}
      colsample_bytree: {low: 0.2, high: 1.0}
      reg_lambda: {low: 0.001, high: 100.0, log: true}
"""
TPE, RANDOM = "tpe", "random"


@dataclass(frozen=True)
class SearchOutcome:
    """Losses of a search's trials, in order; None of one that was given up."""

    seed: int
    losses: tuple[float | None, ...]

    def best_after(self, trials: int) -> float:
        """Return the smallest loss of the first trials."""
        return min(loss for loss in self.losses[:trials] if loss is not None)


def problem_with(trials: int) -> Problem:
    """Return the house sales with the searched candidate alone."""
    text = PROBLEM.read_text(encoding="utf-8")
    before, _, rest = text.partition("candidates:\n")
    after = rest[rest.index("\nsplit:") :]
    candidate = f"{SEARCHED}    trials: {trials}\n"
    parsed = parse_problem(f"{before}candidates:{candidate}{after}")
    return parsed.model_copy(update={"source": load_problem(PROBLEM).source})


def dataset_of(problem: Problem) -> pd.DataFrame:
    """Return the training set."""
    valid = ingest(problem).valid
    with tempfile.TemporaryDirectory(prefix="homestead-bench-") as name:
        views = Path(name)
        write_views(view_tables(valid, problem), views)
        return training_set(valid, views, problem)


def search_both(runner: TrialRunner, seed: int) -> dict[str, SearchOutcome]:
    """Run a search by TPE with pruning, and one at random with the same number of trials.

    Both begin with the same random points.
    """
    plan = search_plan(runner.problem.candidates[runner.name], seed)
    assert plan is not None  # noqa: S101 - it has ranges
    ended = join_search(runner, plan, MemoryHost())
    by_tpe = [t.outcome for t in ended if t.outcome is not None]
    losses = [None if outcome.pruned else outcome.steps[-1] for outcome in by_tpe]
    at_random = list(losses[:RANDOM_TRIALS])
    later = propose(plan, [], range(plan.trials))[RANDOM_TRIALS:]
    at_random += [runner.run(plan.space.params(point)).steps[-1] for point in later]
    return {
        TPE: SearchOutcome(seed, tuple(losses)),
        RANDOM: SearchOutcome(seed, tuple(at_random)),
    }


def summary(found: Sequence[dict[str, SearchOutcome]], counts: Sequence[int]) -> dict[str, Any]:
    """Return means over the seeds of the best loss after each number of trials, and wins of TPE."""
    rows = []
    for count in counts:
        best = {m: [searches[m].best_after(count) for searches in found] for m in (TPE, RANDOM)}
        pairs = list(zip(best[TPE], best[RANDOM], strict=True))
        rows.append(
            {
                "trials": count,
                **{m: round(statistics.mean(values), 6) for m, values in best.items()},
                "seeds_tpe_better": sum(tpe < other for tpe, other in pairs),
                "seeds_equal": sum(tpe == other for tpe, other in pairs),
            }
        )
    given_up = [sum(loss is None for loss in searches[TPE].losses) for searches in found]
    return {"rows": rows, "tpe_trials_given_up": statistics.mean(given_up)}


def table(rows: Sequence[dict[str, float]], metric: str, seeds: int) -> str:
    """Return the rows of a summary as Markdown."""
    lines = [
        f"| trials | {metric} by TPE | at random | TPE better, of {seeds} seeds |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row['trials']} | {row[TPE]:.5f} | {row[RANDOM]:.5f} | {row['seeds_tpe_better']} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--seeds", default=5, show_default=True, help="Searches of each kind.")
@click.option("--trials", default=40, show_default=True, help="Trials of each search.")
def main(seeds: int, trials: int) -> None:
    """Run the searches, and write ``results/search.json`` and ``results/search.md``."""
    load = os.getloadavg()[0]
    problem = problem_with(trials)
    dataset = dataset_of(problem)
    found = []
    with reproducible_threads():
        for seed in range(seeds):
            runner = trial_runner(CANDIDATE, dataset, problem, seed, lambda line: None)
            found.append(search_both(runner, seed))
            best = {name: outcome.best_after(trials) for name, outcome in found[-1].items()}
            click.echo(f"seed {seed}: {best}", err=True)
    counts = [count for count in (10, 20, 30, 40, 60) if count <= trials]
    result = summary(found, counts)
    report = {
        "machine": described_machine(load),
        "metric": problem.metric,
        "seeds": seeds,
        **result,
        "searches": [
            {name: list(outcome.losses) for name, outcome in searches.items()} for searches in found
        ],
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(report, indent=1)
    (RESULTS / "search.json").write_text(f"{text}\n", encoding="utf-8")
    lines = table(result["rows"], problem.metric, seeds)
    heading = "# Results of the search benchmark\n\n"
    (RESULTS / "search.md").write_text(heading + lines, encoding="utf-8")
    click.echo(lines)


if __name__ == "__main__":
    main()
