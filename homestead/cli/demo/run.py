"""The demo: train, release, serve, predict, check drift, label, measure, train again."""

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import select

from homestead.cli.demo.drift_checks import CheckedWindow, DriftChecks
from homestead.cli.demo.first_predictions import show_first_predictions
from homestead.cli.demo.outcomes import add_outcomes, look_at_outcomes
from homestead.cli.demo.releases import POLICY, run_release, write_release_pages
from homestead.cli.demo.report import (
    DemoSummary,
    require_success,
    show_detail,
    show_heading,
    show_release,
    show_summary,
)
from homestead.cli.demo.retraining import POLICY as RETRAINING_POLICY
from homestead.cli.demo.retraining import retrain
from homestead.cli.demo.server import running_server
from homestead.cli.demo.worse_model import NAME, register_worse_model
from homestead.data.ingest import ingest
from homestead.data.labelled_rows import labelled_rows
from homestead.database.engine import open_database
from homestead.drift.result import DriftResult
from homestead.files import write_text
from homestead.names import RELEASES_FOLDER
from homestead.pipelines.local import run_local
from homestead.pipelines.step_processes.warm_process import warm_process
from homestead.prediction_log.tables import PREDICTIONS
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, split_names
from homestead.settings import Settings
from homestead.steps.releases.controller import Controller
from homestead.steps.releases.records import open_records
from homestead.steps.releases.start import start_release
from homestead.tracking import registry

NORMAL_REQUESTS = 500
SHIFTED_REQUESTS = 250
LOG_TIMEOUT_S = 60


def run_demo(problem: Problem, settings: Settings) -> DemoSummary:
    """Run the demo, whose trainings share the process that forks their steps.

    Raises:
        UserError: a part of the loop did not do what it should.
    """
    started = time.monotonic()
    problem = problem.model_copy(update={"release": POLICY, "retraining": RETRAINING_POLICY})
    with warm_process(), closing(DriftChecks(problem, settings)) as checks:
        return _run_demo(problem, settings, checks, started)


def _run_demo(
    problem: Problem, settings: Settings, checks: DriftChecks, started: float
) -> DemoSummary:
    """Train, release in steps, serve and check drift; write ``demo.json`` below the home folder.

    Args:
        started: when the demo did, of the monotonic clock.

    Raises:
        UserError: a part of the loop did not do what it should.
    """
    show_heading("1/7  Training a simple first model, which is released at once")
    run_local(simple_problem(problem), settings=settings)
    unseen = unseen_rows(problem)
    show_first_predictions(problem, settings, unseen)
    show_heading("2/7  Training all candidates: a better one becomes the challenger")
    trained = run_local(problem, settings=settings)

    # Rows with the highest targets: traffic from a segment unlike the whole.
    normal, shifted = (
        unseen.head(NORMAL_REQUESTS),
        unseen.nlargest(SHIFTED_REQUESTS, problem.target),
    )
    with running_server(problem, settings) as server:
        show_heading("3/7  Releasing it in steps under traffic, then one that is worse on purpose")
        better = run_release("the better model", server, unseen, problem, settings)
        show_release(better)
        _start_worse_release(problem, settings)
        worse = run_release(NAME, server, unseen, problem, settings)
        show_release(worse)
        show_heading(f"4/7  {len(normal)} requests of unseen sales, half of them by key only")
        window_start = _utc_now()
        prediction_ids, latencies_ms = server.predict(normal, problem, half_by_key=True)
        logged = wait_for_log(settings, prediction_ids)
        for line in server.metric_lines():
            show_detail(line)

        show_heading(
            "5/7  Drift: on these requests, then on a shifted stream of large, high-grade houses"
        )
        shifted_start = _utc_now()
        normal_check = checks.start("normal", window_start, shifted_start)
        shifted_ids, _ = server.predict(shifted, problem, half_by_key=False)
        wait_for_log(settings, shifted_ids)
        shifted_check = checks.start("shifted", shifted_start)
        # The checks take seconds, of which this process needs none.
        write_release_pages(problem, settings)
        labels_joined = add_outcomes(problem, settings, prediction_ids, normal)
        labels_joined += add_outcomes(problem, settings, shifted_ids, shifted)
        performance = look_at_outcomes(problem, settings, window_start, shifted_start)
        shifted_performance = look_at_outcomes(problem, settings, shifted_start)
        normal_drift, normal_page = _shown(normal_check)
        shifted_drift, shifted_page = _shown(shifted_check)
        # Its end takes seconds, too.
        checks.close()

    show_heading("6/7  What became true: labels, and how good the predictions were")
    show_detail(f"{labels_joined} labels joined to their predictions")
    show_detail(f"unseen sales, {performance.line()}")
    show_detail(f"the shifted stream, {shifted_performance.line()}")

    show_heading("7/7  Retraining: the data are the same, so the gate should keep the champion")
    retraining, second = retrain(problem, settings)
    show_detail(f"cause {retraining.cause}: {retraining.reason}")
    p50, p99 = np.percentile(latencies_ms, [50, 99])
    summary = DemoSummary(
        model=problem.name,
        # The second run's, because the first one only began to release its winner.
        version=second.version,
        digest=second.digest,
        champion_metrics=trained.champion_metrics,
        baseline_metrics=trained.baseline_metrics,
        candidates=trained.candidates,
        second_run_decision=second.decision,
        predictions_sent=len(prediction_ids),
        predictions_logged=logged,
        latency_ms={"p50": round(float(p50), 3), "p99": round(float(p99), 3)},
        drift_share_normal=normal_drift.share,
        drift_share_shifted=shifted_drift.share,
        labels_joined=labels_joined,
        retraining=retraining,
        performance=performance,
        performance_shifted=shifted_performance,
        reports={
            **trained.reports,
            "model_card": second.reports["model_card"],
            **_release_pages(settings, problem),
            "drift_normal": str(normal_page),
            "drift_shifted": str(shifted_page),
        },
        releases=(better, worse),
        seconds=round(time.monotonic() - started, 1),
    )
    path = settings.home / "demo.json"
    write_text(path, summary.to_json())
    show_summary(summary, problem.metric, path)
    require_success(summary)
    return summary


def simple_problem(problem: Problem) -> Problem:
    """Return the problem with its first candidate only, and without limits.

    The first candidate of a problem file is the simplest one by convention.
    """
    name, candidate = next(iter(problem.candidates.items()))
    gate = problem.gate.model_copy(update={"limits": {}})
    return problem.model_copy(update={"candidates": {name: candidate}, "gate": gate})


def _start_worse_release(problem: Problem, settings: Settings) -> None:
    """Register a copy of the champion that is worse on purpose, and start its release."""
    with open_records(settings) as records:
        controller = Controller(problem, settings, records, report=lambda _: None)
        champion = registry.champion(controller.mlflow, problem.name)
        assert champion is not None  # noqa: S101  # the first training released one
        version = register_worse_model(problem, settings, champion)
        start_release(controller, version, who="demo")


def unseen_rows(problem: Problem) -> pd.DataFrame:
    """Return the holdout's valid rows, which no model was trained on, in random order."""
    valid = labelled_rows(ingest(problem).valid, problem)
    holdout = valid[split_names(valid, problem) == HOLDOUT]
    shuffled: pd.DataFrame = holdout.sample(frac=1, random_state=0)
    return shuffled.reset_index(drop=True)


def wait_for_log(settings: Settings, prediction_ids: list[str]) -> int:
    """Wait until the log holds all predictions, or a time limit; return how many rows it holds."""
    sent = set(prediction_ids)
    engine = open_database(settings.database_url)
    deadline = time.monotonic() + LOG_TIMEOUT_S
    try:
        while True:
            with engine.connect() as connection:
                logged_ids = connection.scalars(select(PREDICTIONS.c.prediction_id))
                logged = sum(prediction_id in sent for prediction_id in logged_ids)
            if logged >= len(sent) or time.monotonic() > deadline:
                return logged
            time.sleep(0.2)
    finally:
        engine.dispose()


def _release_pages(settings: Settings, problem: Problem) -> dict[str, str]:
    """Return the paths of the releases' reports, by the name of the release."""
    folder = settings.folder("reports", problem.name, RELEASES_FOLDER)
    return {f"release_{path.stem}": str(path) for path in sorted(folder.glob("*.html"))}


def _shown(check: CheckedWindow) -> tuple[DriftResult, Path]:
    """Show what a drift check found; return it and its page."""
    result, page = check.result()
    share = "unknown" if result.share is None else f"{result.share:.2f}"
    show_detail(f"{result.verdict}: drift share {share}, allowed {result.threshold}")
    return result, page


def _utc_now() -> datetime:
    """Return the time as the prediction log stores it: UTC without a time zone."""
    return datetime.now(UTC).replace(tzinfo=None)
