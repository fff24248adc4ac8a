"""A home with a model under release, traffic, drift reports and jobs, for tests of the page."""

import json
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from homestead.database.drift_reports import DriftReportRow, write_drift_report
from homestead.database.engine import open_database
from homestead.database.job_runs import write_job_run
from homestead.files import write_text
from homestead.performance.report import Figure, PeriodFigures, SliceFigures
from homestead.prediction_log.labels.tables import LABEL_QUARANTINE, LABELS
from homestead.prediction_log.tables import PREDICTIONS
from homestead.retraining.tables import CAUSES, DECISIONS
from homestead.settings import Settings
from homestead.steps.performance.stored_reports import store_report
from homestead.steps.ui.page import Pages
from homestead.steps.ui.responses import Response
from homestead.steps.ui.routes import respond
from homestead.steps.ui.sources import Sources
from tests import factories
from tests.report_pages import visible_text

PAGE_PROBLEM = "homes"
PAGE = f"/problems/{PAGE_PROBLEM}"
HTML_NAME = '<img src=x onerror="document.title=1">&\'"'


def get(settings: Settings, target: str) -> Response:
    """Get an address, by a page that has read nothing yet."""
    sources = Sources(settings)
    try:
        return respond(Pages(sources), target)
    finally:
        sources.close()


def page_text(settings: Settings, target: str) -> str:
    """Return what a reader sees at an address."""
    response = get(settings, target)
    assert response.status == 200
    return visible_text(response.content.decode())


def change(settings: Settings, statement: str, **values: object) -> None:
    """Change the database by an SQL statement."""
    engine = open_database(settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)
    engine.dispose()


def add_predictions(
    settings: Settings,
    problem: str,
    count: int,
    *,
    until: float,
    span_s: float = 80_000,
    **values: Any,
) -> None:
    """Log predictions of two versions, evenly over a time; every tenth is of version 2."""
    rows = [
        {
            "prediction_id": f"{problem}-{number:08d}",
            "row": 0,
            "problem": problem,
            "version": "2" if number % 10 == 0 else "1",
            "digest": "d" * 64,
            "request_id": None,
            "at": until - span_s * number / count,
            "entity": f'{{"id": {number}}}',
            "features": json.dumps({"area": 50.0}),
            "prediction": 400.0 + number % 100,
            "label": None,
            "shadow_of": None,
            "release": None,
            "latency_s": 0.001 + (number % 50) / 20_000 if number % 10 == 0 else None,
            **values,
        }
        for number in range(count)
    ]
    engine = open_database(settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.insert(PREDICTIONS), rows)
    engine.dispose()


def add_drift_reports(settings: Settings, problem: str, shares: list[float | None]) -> None:
    """Write drift reports, one for each hour until now."""
    engine = open_database(settings.database_url)
    now = time.time()
    for hours, share in enumerate(reversed(shares)):
        report = DriftReportRow(
            problem=problem,
            version="1",
            at=now - 3600 * hours - 60,
            verdict="inconclusive" if share is None else ("drift" if share > 0.3 else "no drift"),
            share=share,
            threshold=0.3,
            rows=500,
            columns=[
                {"name": "area", "score": 0.01, "method": "ks", "drifted": bool(share)},
                {"name": HTML_NAME, "score": float("nan"), "method": "ks", "drifted": False},
            ],
            calibrated=factories.calibrated_drift().model_dump(mode="json"),
        )
        write_drift_report(engine, report)
    engine.dispose()


def add_surroundings(settings: Settings, problem: str) -> None:
    """Add traffic, drift reports, job runs and report files."""
    add_predictions(settings, problem, 3000, until=time.time())
    add_drift_reports(settings, problem, [0.1, 0.2, 0.1, None, 0.2, 0.4])
    write_job_run(settings.database_url, problem, "training", "succeeded")
    write_job_run(settings.database_url, problem, "drift", "failed")
    folder = settings.home / "reports" / problem
    write_text(folder / "drift" / "summary.html", "<!doctype html><title>drift</title>")
    write_text(folder / "drift" / "evidently.html", "<script>document.title='drawn'</script>")


def add_loop(settings: Settings, problem: str) -> None:
    """Add a performance report, labels and causes of retraining; a name in each holds HTML."""
    now = time.time()
    moments = [datetime.fromtimestamp(now - 86_400 * days, UTC) for days in range(7, -1, -1)]
    figure = factories.performance_report().measured
    assert figure is not None
    periods = tuple(
        PeriodFigures(
            since=since,
            until=until,
            predictions=100,
            measured=Figure(
                value=0.08 + day / 200, low=0.07 + day / 200, high=0.09 + day / 200, rows=40
            ),
            estimated=Figure(value=0.085, low=0.08, high=0.09, rows=100) if day != 3 else None,
        )
        for day, (since, until) in enumerate(pairwise(moments))
    )
    report = factories.performance_report(
        problem=problem,
        at=moments[-1],
        timeline=periods,
        slices=(SliceFigures(column="kind", value=HTML_NAME, promised=30.0, measured=figure),),
    )
    cause = replace(
        factories.cause(problem=problem, seen_at=now), summary=f"slice {HTML_NAME} is worse"
    )
    engine = open_database(settings.database_url)
    store_report(engine, report)
    with engine.begin() as connection:
        connection.execute(sa.insert(CAUSES), asdict(cause))
        connection.execute(
            sa.insert(DECISIONS),
            {
                "problem": problem,
                "at": now,
                "action": "wait",
                "code": "cool_down",
                "reason": "the last run ended 2 hours ago; allowed is one in 24 hours",
            },
        )
        connection.execute(
            sa.insert(LABELS),
            [
                {
                    "prediction_id": f"{problem}-{number:08d}",
                    "row": 0,
                    "problem": problem,
                    "at": now - 100,
                    "truth": 401.0,
                    "received_at": now - 60,
                    "source": "labels.csv",
                    "offset_s": 0.0,
                }
                for number in range(25)
            ],
        )
        connection.execute(
            sa.insert(LABEL_QUARANTINE),
            {
                "statement": "s",
                "problem": problem,
                "kind": "value",
                "reason": f"found {HTML_NAME}, allowed is a number",
                "named_by": "prediction",
                "received_at": now - 60,
                "source": "labels.csv",
            },
        )
    engine.dispose()
