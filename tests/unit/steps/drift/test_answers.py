"""Predictions and outcomes of a window are compared with those of the champion's holdout."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from mlflow import MlflowClient

from homestead.database.engine import open_database
from homestead.drift.calibrated import ComparedAnswers
from homestead.names import HOLDOUT_ANSWERS_FILE
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.labels.tables import LABELS
from homestead.problem.contract import Contract
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.steps.drift.answers import ServedWindow, read_answers
from tests.conftest import CHURN, settings_at
from tests.factories import flats_problem

DIGEST = "d" * 64
ALL = ServedWindow()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[MlflowClient, str]:
    """Return a run with the predictions and targets of a holdout of 200 rows."""
    home = tmp_path_factory.mktemp("home")
    settings = settings_at(home)
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    experiment = client.create_experiment("flats", (home / "artifacts").as_uri())
    run_id = client.create_run(experiment).info.run_id
    answers = {"prediction": np.linspace(0, 1, 200), "target": np.arange(200) % 2.0}
    pd.DataFrame(answers).to_parquet(home / HOLDOUT_ANSWERS_FILE)
    client.log_artifact(run_id, str(home / HOLDOUT_ANSWERS_FILE))
    return client, run_id


def read(
    engine: sa.Engine,
    run: tuple[MlflowClient, str],
    problem: Problem,
    window: ServedWindow = ALL,
    now: datetime | None = None,
) -> tuple[ComparedAnswers | None, ComparedAnswers | None]:
    contract = Contract.from_problem(problem)
    now = datetime.now(UTC) if now is None else now
    return read_answers(engine, *run, DIGEST, contract, problem, window, now)


def log(
    engine: sa.Engine,
    problem: str,
    values: list[float],
    labels: list[str] | None = None,
    digest: str = DIGEST,
    id_: str = "a",
    at: float = 1000.0,
) -> None:
    features: list[list[float | str | None]] = [[1.0]] * len(values)
    insert_lines(
        engine,
        [PredictionEntry(id_, problem, "1", digest, at, ("x",), features, values, labels=labels)],
    )


def label(engine: sa.Engine, problem: str, truths: list[float | str], at: float = 1000.0) -> None:
    key = "truth" if isinstance(truths[0], float) else "truth_label"
    rows = [
        {
            "prediction_id": "a",
            "row": row,
            "problem": problem,
            "at": at,
            key: truth,
            "received_at": at,
            "source": "api",
            "offset_s": 0.0,
        }
        for row, truth in enumerate(truths)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(LABELS), rows)


def test_a_regressions_values_are_compared_and_other_models_do_not_count(
    database_url: str, run: tuple[MlflowClient, str]
) -> None:
    engine = open_database(database_url)
    log(engine, "flats", [float(value) for value in range(150)])
    log(engine, "flats", [-1.0] * 150, digest="e" * 64, id_="b")
    label(engine, "flats", [float(value) for value in range(120)])
    prediction, target = read(engine, run, flats_problem())
    assert prediction is not None
    assert target is not None
    assert sorted(prediction.current) == list(range(150))
    assert len(prediction.reference) == 200
    assert sorted(target.current) == list(range(120))
    assert (prediction.categories, target.categories) == (None, None)
    later = ServedWindow(since=datetime.fromtimestamp(2000, UTC))
    assert read(engine, run, flats_problem(), later) == (None, None)
    # 99 rows are fewer than the problem's min_rows.
    assert read(engine, run, flats_problem(), ServedWindow(last=99)) == (None, None)
    engine.dispose()


def test_of_two_classes_the_probability_of_the_second_is_compared(
    database_url: str, run: tuple[MlflowClient, str]
) -> None:
    problem = load_problem(CHURN)
    no, yes = problem.classes
    engine = open_database(database_url)
    log(engine, problem.name, [0.9, 0.8, 0.7, 0.5] * 40, [no, yes, no, "gone"] * 40)
    label(engine, problem.name, [yes, no, no, "gone"] * 40)
    prediction, target = read(engine, run, problem)
    assert prediction is not None
    assert target is not None
    assert sorted(set(prediction.current.round(9))) == [0.1, 0.3, 0.8]
    assert prediction.categories is None
    assert (len(target.current), target.current.sum()) == (120, 40)
    assert target.categories == {0.0: no, 1.0: yes}
    engine.dispose()


def test_a_champion_of_an_earlier_version_has_no_answers_to_compare_with(
    database_url: str, run: tuple[MlflowClient, str]
) -> None:
    client, run_id = run
    engine = open_database(database_url)
    log(engine, "flats", [1.0] * 150)
    earlier = client.create_run(client.get_run(run_id).info.experiment_id).info.run_id
    assert read(engine, (client, earlier), flats_problem()) == (None, None)
    engine.dispose()


def test_outcomes_count_once_they_are_final_at_the_time_of_the_check(
    database_url: str, run: tuple[MlflowClient, str]
) -> None:
    problem = flats_problem()
    slow = problem.model_copy(
        update={"labels": problem.labels.model_copy(update={"after_days": 7})}
    )
    engine = open_database(database_url)
    log(engine, "flats", [float(value) for value in range(150)])
    label(engine, "flats", [float(value) for value in range(150)])
    week_s = 7 * 86_400
    for now_s, is_final in ((1000 + week_s, True), (999 + week_s, False)):
        _, target = read(engine, run, slow, now=datetime.fromtimestamp(now_s, UTC))
        assert (target is not None) is is_final
    engine.dispose()
