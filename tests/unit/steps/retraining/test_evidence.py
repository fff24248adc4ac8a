"""What is read of reports, releases and labels before a decision."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.database.job_runs import write_job_run
from homestead.performance.report import JudgedFigure
from homestead.prediction_log.labels.tables import LABELS
from homestead.problem.schema import Problem
from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.release.plan import ModelVersion, ReleasePlan, write_plan
from homestead.retraining.evidence import Evidence
from homestead.settings import Settings
from homestead.steps.performance.stored_reports import store_report
from homestead.steps.retraining.evidence import read_evidence
from tests.factories import flats_problem, performance_report

CREATED = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def engine(settings: Settings) -> Iterator[sa.Engine]:
    settings.folder()
    engine = open_database(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def problem(settings: Settings) -> Problem:
    champion = ModelVersion(version="3", digest="0" * 64, uri="model.onnx", created=CREATED)
    write_plan(settings.release_plan("flats"), ReleasePlan(problem="flats", champion=champion))
    policy = RetrainingPolicy(new_labels=2)
    return flats_problem().model_copy(update={"retraining": policy})


def test_before_the_first_training_nothing_is_known(engine: sa.Engine, settings: Settings) -> None:
    assert read_evidence(engine, flats_problem(), settings) == Evidence()


def test_harm_is_what_the_newest_report_says_of_labels_and_estimate(
    engine: sa.Engine, settings: Settings, problem: Problem
) -> None:
    def judged(verdict: str) -> JudgedFigure:
        return JudgedFigure.model_validate(
            {
                "value": 1.0,
                "rows": 9,
                "verdict": verdict,
                "reason": f"it is {verdict}",
                "level": 0.01,
            }
        )

    report = performance_report().model_copy(
        update={"version": "3", "measured": judged("harm"), "estimated": judged("inconclusive")}
    )
    store_report(engine, report)
    evidence = read_evidence(engine, problem, settings)
    assert evidence.champion == "3"
    assert evidence.measured_harm is not None
    assert evidence.measured_harm.holds is True
    assert evidence.measured_harm.reason == "version 3: it is harm"
    assert evidence.measured_harm.report == report.at.isoformat()
    assert evidence.estimated_harm is not None
    assert evidence.estimated_harm.holds is None
    assert evidence.drift is None


def test_a_training_confirms_the_champion_and_labels_count_from_it(
    engine: sa.Engine, settings: Settings, problem: Problem
) -> None:
    assert read_evidence(engine, problem, settings).confirmed_at == CREATED.timestamp()
    write_job_run(settings.database_url, "flats", "training", "succeeded")
    confirmed_at = read_evidence(engine, problem, settings).confirmed_at
    assert confirmed_at is not None
    assert confirmed_at > CREATED.timestamp()
    outcome = {"problem": "flats", "at": 1.0, "truth": 1.0, "source": "api", "offset_s": 0.0}
    rows = [
        {**outcome, "prediction_id": f"p{number}", "row": 0, "received_at": confirmed_at + number}
        for number in range(4)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(LABELS), rows)
    assert read_evidence(engine, problem, settings).new_labels == 3
    assert read_evidence(engine, flats_problem(), settings).new_labels is None
