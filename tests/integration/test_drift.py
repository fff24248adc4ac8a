"""Drift: what Evidently says of the same rows, of other rows, of too few and of broken ones."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from sqlalchemy import Engine

from homestead.database.drift_reports import latest_drift_report, write_drift_report
from homestead.database.engine import open_engine
from homestead.drift.comparison import (
    EXIT_CODES,
    DriftResult,
    check_drift,
    compare_with_champion,
    drift_report,
)
from homestead.errors import UserError
from homestead.prediction_log.spool import PredictionEntry
from homestead.prediction_log.table import create_tables, insert_lines
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings

os.environ["DO_NOT_TRACK"] = "1"

PROBLEM = """
name: flats
task: regression
source: flats.csv
key: id
timestamp: day
target: rent
columns:
  id: {type: integer}
  day: {type: timestamp}
  rent: {type: number, unit: EUR}
  area: {type: number}
  floor: {type: number, nullable: true}
  age: {type: number}
  district: {type: category, allowed: [north, south, west]}
  lift: {type: boolean}
views:
  flat: {entity: id, columns: [age]}
features: [area, floor, age, district, lift]
candidates:
  ridge: {estimator: sklearn.linear_model.Ridge}
split: {validation_from: 2024-01-01, holdout_from: 2024-02-01}
metric: mae
drift: {share: 0.3, min_rows: 100, max_rows: 4000}
"""


@pytest.fixture(scope="module")
def problem() -> Problem:
    return parse_problem(PROBLEM)


def rows(count: int, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "area": draw.lognormal(4, 0.4, count),
            "floor": np.where(draw.random(count) < 0.05, np.nan, draw.integers(0, 9, count)),
            "age": draw.gamma(2, 20, count),
            "district": draw.choice(3, count, p=[0.6, 0.3, 0.1]).astype(float),
            "lift": draw.integers(0, 2, count).astype(float),
        }
    )


REFERENCE = rows(6000, 0)


def drifted(result: DriftResult) -> set[str]:
    return {column["name"] for column in result.columns if column["drifted"]}


@pytest.mark.parametrize("count", [100, 400, 3000])
def test_rows_of_the_same_kind_are_no_drift_however_few(problem: Problem, count: int) -> None:
    for seed in range(1, 6):
        result = drift_report(REFERENCE, rows(count, seed), problem)
        assert (result.verdict, result.rows) == ("no drift", count), result.columns
        assert result.share is not None
        assert result.share <= 0.3


@pytest.mark.parametrize("count", [150, 3000])
def test_other_rows_are_drift_and_the_columns_are_named(problem: Problem, count: int) -> None:
    current = rows(count, 7)
    current["area"] *= 1.6
    current["district"] = np.random.default_rng(1).choice(3, count, p=[0.1, 0.2, 0.7]).astype(float)
    result = drift_report(REFERENCE, current, problem)
    assert result.verdict == "drift"
    assert result.exit_code == 3
    assert drifted(result) >= {"area", "district"}
    assert "lift" not in drifted(result)
    assert result.share == pytest.approx(len(drifted(result)) / 5)
    assert [column["name"] for column in result.columns] == list(problem.features)
    assert "<html" in result.html
    assert "south" in result.html  # categories by their names, not their codes


def test_a_share_at_the_threshold_is_no_drift_yet(problem: Problem) -> None:
    at_edge = problem.model_copy(update={"drift": problem.drift.model_copy(update={"share": 0.2})})
    current = rows(3000, 8).assign(area=lambda frame: frame["area"] * 2)
    result = drift_report(REFERENCE, current, at_edge)
    assert result.share == pytest.approx(0.2)
    assert result.verdict == "no drift"


@pytest.mark.parametrize("count", [0, 1, 99])
def test_too_few_rows_are_inconclusive_even_if_they_are_alike(problem: Problem, count: int) -> None:
    result = drift_report(REFERENCE, REFERENCE.head(count), problem)
    assert (result.verdict, result.share, result.rows) == ("inconclusive", None, count)
    assert EXIT_CODES[result.verdict] == 4


def test_an_empty_window_without_columns_is_inconclusive(problem: Problem) -> None:
    assert drift_report(REFERENCE, pd.DataFrame(), problem).verdict == "inconclusive"


def test_a_missing_column_is_an_error_that_names_it(problem: Problem) -> None:
    with pytest.raises(UserError, match=r"prediction log has no column age, lift; found area"):
        drift_report(REFERENCE, rows(200, 1).drop(columns=["age", "lift"]), problem)
    with pytest.raises(UserError, match="training snapshot has no column area"):
        drift_report(REFERENCE.drop(columns="area"), rows(200, 1), problem)


def test_a_column_of_text_is_an_error_that_names_it(problem: Problem) -> None:
    with pytest.raises(UserError, match=r"column district of the prediction log is (object|str)"):
        drift_report(REFERENCE, rows(200, 1).assign(district="north"), problem)


def test_a_column_that_lost_its_values_has_drifted(problem: Problem) -> None:
    current = rows(500, 2).assign(age=np.nan, lift=None)
    result = drift_report(REFERENCE, current, problem)
    assert drifted(result) == {"age", "lift"}
    assert result.verdict == "drift"
    lost = next(column for column in result.columns if column["name"] == "age")
    assert (lost["score"], lost["method"]) == (1.0, "change of the share of missing values")


def test_a_column_that_lost_half_its_values_has_drifted(problem: Problem) -> None:
    current = rows(2000, 3)
    current.loc[::2, "area"] = np.nan
    assert drifted(drift_report(REFERENCE, current, problem)) == {"area"}


def test_infinite_and_constant_values_do_no_harm(problem: Problem) -> None:
    reference = REFERENCE.assign(lift=1.0)
    current = rows(500, 4).assign(lift=1.0)
    current.loc[:4, "area"] = np.inf
    assert drift_report(reference, current, problem).verdict == "no drift"


def test_long_windows_are_sampled_and_the_answer_is_the_same_each_time(problem: Problem) -> None:
    current = rows(20_000, 5)
    first, second = (drift_report(REFERENCE, current, problem) for _ in range(2))
    assert first.rows == 20_000
    assert first.columns == second.columns


def test_the_newest_report_is_the_one_that_is_read(database_url: str) -> None:
    engine = open_engine(database_url)
    assert latest_drift_report(engine, "flats") is None
    report = {"problem": "flats", "version": "1", "threshold": 0.3, "columns": []}
    for at, verdict, share in ((20.0, "inconclusive", None), (10.0, "drift", 0.5)):
        write_drift_report(
            engine, {**report, "at": at, "verdict": verdict, "share": share, "rows": 7}
        )
    write_drift_report(
        engine,
        {**report, "problem": "x", "at": 30.0, "verdict": "drift", "share": 1.0, "rows": 1},
    )
    found = latest_drift_report(engine, "flats")
    assert found == {**report, "at": 20.0, "verdict": "inconclusive", "share": None, "rows": 7}
    engine.dispose()


@pytest.fixture(scope="module")
def embedded(problem: Problem, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A registry whose champion, version 1, learnt from REFERENCE."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(
        home=home,
        tracking_uri=f"sqlite:///{home / 'mlflow.db'}",
        database_url=f"sqlite:///{home / 'homestead.db'}",
        redis_connection="",
        feast_registry="",
    )
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    experiment = client.create_experiment(problem.name, (home / "artifacts").as_uri())
    run_id = client.create_run(experiment).info.run_id
    REFERENCE.to_parquet(home / "snapshot.parquet")
    client.log_artifact(run_id, str(home / "snapshot.parquet"))
    client.create_registered_model(problem.name)
    version = client.create_model_version(problem.name, "unused", run_id).version
    client.set_registered_model_alias(problem.name, "champion", version)
    return settings


def log(engine: Engine, served: pd.DataFrame) -> None:
    """The served rows, in the prediction log."""
    create_tables(engine)
    values = served.astype(object).where(served.notna(), None).to_numpy().tolist()
    predictions = [0.0] * len(values)
    insert_lines(
        engine,
        [PredictionEntry("a", "flats", "1", "d" * 64, 1.0, tuple(served), values, predictions)],
    )


@pytest.fixture
def settings(embedded: Settings, database_url: str) -> Settings:
    """The same with a database of each kind."""
    return replace(embedded, database_url=database_url)


def kept(settings: Settings) -> list[set[str]]:
    """The names of the files of each check that are stored with the champion, oldest first."""
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    run_id = client.get_model_version_by_alias("flats", "champion").run_id
    checks = sorted(item.path for item in client.list_artifacts(run_id, "drift"))
    return [{Path(f.path).name for f in client.list_artifacts(run_id, path)} for path in checks]


def test_a_check_is_kept_with_the_champion_on_disk_and_in_the_table(
    problem: Problem, settings: Settings
) -> None:
    current = rows(700, 3).assign(area=1.0, age=2.0)
    engine = open_engine(settings.database_url)
    log(engine, current)
    result = check_drift(problem, settings)
    assert result.verdict == "drift"
    found = latest_drift_report(engine, "flats")
    assert found is not None
    assert (found["version"], found["verdict"], found["rows"]) == ("1", "drift", 700)
    assert found["columns"] == result.columns
    folder = settings.home / "reports" / "flats" / "drift"
    files = {"drift.json", "summary.html", "evidently.html"}
    assert {path.name for path in folder.iterdir()} == files
    assert json.loads((folder / "drift.json").read_text())["share"] == result.share
    assert "no longer look like" in (folder / "summary.html").read_text()
    assert kept(settings)[-1:] == [files]

    few = check_drift(problem, settings, last=20)
    found = latest_drift_report(engine, "flats")
    assert found is not None
    assert (few.verdict, found["verdict"], found["share"]) == ("inconclusive",) * 2 + (None,)
    assert {path.name for path in folder.iterdir()} == {"drift.json", "summary.html"}
    assert kept(settings)[-2:] == [files, {"drift.json", "summary.html"}]
    engine.dispose()


def test_without_a_champion_there_is_nothing_to_compare_with(
    problem: Problem, settings: Settings
) -> None:
    other = problem.model_copy(update={"name": "houses"})
    with pytest.raises(UserError, match="no champion of houses; train one first"):
        compare_with_champion(rows(200, 1), other, settings)
