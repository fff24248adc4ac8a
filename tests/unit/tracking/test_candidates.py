"""Candidates in MLflow: the stored model is the trained one."""

import dataclasses
import hashlib

import numpy as np
import onnx
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.files import read_uri
from homestead.model.onnx_model import Model, read_model
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import parse_problem
from homestead.problem.model_metrics.table import MetricValue
from homestead.settings import Settings
from homestead.tracking import runs, tags
from homestead.tracking.candidates import log_candidate
from homestead.training.candidate_summary import CandidateSummary
from homestead.training.search import train_candidate
from homestead.training.studies.one_process import OneProcessScore
from tests.problem_text import changed_flats
from tests.registry import PROBLEM, dataset


def test_a_candidate_is_logged_with_metrics_parameters_and_its_own_file(
    settings: Settings,
) -> None:
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    trained = train_candidate("a", dataset(), PROBLEM)
    summary = log_candidate(mlflow, parent, PROBLEM, trained, {tags.SEED: "7"})
    assert read_uri(summary.uri) == trained.onnx
    assert summary.digest == hashlib.sha256(trained.onnx).hexdigest()
    run = mlflow.get_run(summary.run_id)
    assert run.data.params["alpha"] == "1"
    assert run.data.metrics["validation_mae"] == summary.validation["mae"]
    assert run.data.tags["mlflow.parentRunId"] == parent
    assert run.data.tags["homestead.seed"] == "7"
    assert run.info.status == "FINISHED"


def test_what_one_process_scores_stands_beside_the_workers_score(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    alone = train_candidate("a", dataset(), PROBLEM)
    for score, figure, said in (
        (OneProcessScore({"mae": MetricValue(41.5)}), (41.5, ""), "mae 41.5 on validation"),
        (OneProcessScore({}, "train is large"), (None, "train is large"), "not fitted: train is"),
    ):
        trained = dataclasses.replace(alone, workers=2, one_process=score)
        summary = log_candidate(mlflow, parent, PROBLEM, trained, {})
        assert CandidateSummary.from_json(summary.to_json()).one_process == figure
        run = mlflow.get_run(summary.run_id).data
        assert run.metrics.get("one_process_validation_mae") == figure[0]
        assert run.tags[tags.ONE_PROCESS].startswith(said)
    assert log_candidate(mlflow, parent, PROBLEM, alone, {}).one_process is None


def test_a_linear_model_of_many_categories_is_stored_in_one_file(settings: Settings) -> None:
    cities = [f"c{number:03d}" for number in range(150)]
    problem = parse_problem(
        changed_flats(
            columns__city={"type": "category", "allowed": cities}, features=["area", "city"]
        )
    )
    draw = np.random.default_rng(0)
    rows = pd.DataFrame({"area": draw.uniform(20, 90, 400), "city": draw.choice(cities, 400)})
    rows["rent"] = 9 * rows["area"] + draw.normal(0, 5, 400)
    rows["split"] = ["train", "validation"] * 200
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, problem, {})
    trained = train_candidate("ridge", rows, problem)
    summary = log_candidate(mlflow, parent, problem, trained, {})
    model = read_model(summary.uri, hashlib.sha256(trained.onnx).hexdigest())
    X = feature_matrix(rows, model.contract)
    assert np.array_equal(model.predict(X), Model(trained.onnx).predict(X))


def test_an_altered_model_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    trained = train_candidate("a", dataset(), PROBLEM)
    altered = onnx.load_from_string(trained.onnx)
    altered.doc_string = "altered"
    monkeypatch.setattr(onnx, "load_from_string", lambda content: altered)
    with pytest.raises(UserError, match="candidate a: the stored model has digest"):
        log_candidate(mlflow, parent, PROBLEM, dataclasses.replace(trained), {})
