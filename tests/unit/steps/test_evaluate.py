"""Evaluate step: certificate and comparison page agree, and the parent run records both."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.evaluation.certificate import Certificate
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.features.training_set import write_training_set
from homestead.model.onnx_model import Model
from homestead.settings import Settings
from homestead.steps.evaluate import issue_certificate, log_buckets, log_evaluation
from homestead.tracking import runs
from homestead.tracking.candidates import log_candidate
from homestead.training.candidate_summary import SelectedCandidate
from homestead.training.search import train_candidate
from tests.bucketed import use_small_buckets, visits_problem, write_visits
from tests.factories import defined, model_version, signed_certificate
from tests.registry import PROBLEM
from tests.signed import KEY, trusted


def dataset() -> pd.DataFrame:
    """Return 300 rows of which the last third is the holdout."""
    draw = np.random.default_rng(0)
    area = draw.uniform(20, 90, 300)
    return pd.DataFrame(
        {
            "id": np.arange(300),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(300) // 3, "D"),
            "area": area,
            "rent": 9 * area + draw.normal(0, 20, 300),
            "split": np.repeat(["train", "validation", "holdout"], 100),
        }
    )


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    """Return a good model, and one that was fitted on shuffled targets."""
    rows = dataset()
    shuffled = rows.assign(rent=rows["rent"].sample(frac=1, random_state=0).to_numpy())
    return {
        "good": Model(train_candidate("a", rows, PROBLEM).onnx),
        "bad": Model(train_candidate("a", shuffled, PROBLEM).onnx),
    }


def compare(winner: Model, champion: Model | None) -> tuple[Certificate, str]:
    version = None if champion is None else model_version("3", digest=champion.digest)
    _, signed, page = issue_certificate(
        winner, champion, version, dataset(), PROBLEM, "d4" * 32, KEY
    )
    return signed.certificate, page


def test_a_better_model_replaces_the_champion(
    models: dict[str, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_COMMIT", "c0ffee")
    issued, page = compare(models["good"], models["bad"])
    assert issued.decision == "promote"
    assert issued.champion is not None
    assert issued.champion.version == "3"
    assert issued.holdout.rows == 100
    assert (issued.data_hash, issued.commit) == ("d4" * 32, "c0ffee")
    assert issued.baseline is not None
    assert defined(issued.baseline["mae"]) > defined(issued.winner.metrics["mae"].value)
    assert models["good"].digest in page
    assert "takes the champion" in page


def test_a_worse_model_does_not(models: dict[str, Model]) -> None:
    issued, page = compare(models["bad"], models["good"])
    assert issued.decision == "keep"
    assert "The champion keeps its place." in page


def test_the_first_model_is_compared_with_the_baseline_alone(models: dict[str, Model]) -> None:
    issued, page = compare(models["good"], None)
    assert issued.decision == "promote"
    assert issued.champion is None
    assert "No champion was compared." in page


def test_the_parent_run_holds_documents_metrics_and_decision(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    run_id = runs.start_run(mlflow, settings, PROBLEM, {})
    trained = train_candidate("a", dataset(), PROBLEM)
    logged = log_candidate(mlflow, run_id, PROBLEM, trained, {})
    candidate = SelectedCandidate(
        **logged.model_dump(), all_candidates={"ridge": 40.0, "lasso": 50.0}
    )
    signed = signed_certificate()
    issued = signed.certificate
    log_evaluation(mlflow, run_id, signed, candidate, "<html>", PROBLEM)
    envelope = runs.read_text(mlflow, run_id, f"certificates/{signed.file_name}").encode()
    assert SignedCertificate.from_bytes(envelope, trusted(KEY), "") == signed
    assert Certificate.from_json(runs.read_text(mlflow, run_id, "certificate.json"), "") == issued
    assert runs.read_text(mlflow, run_id, "comparison.html") == "<html>"
    data = mlflow.get_run(run_id).data
    assert data.metrics["holdout_mae"] == 42.5
    assert data.tags["homestead.decision"] == "promote"
    assert data.tags["homestead.reason"] == issued.reason
    assert data.tags["homestead.winner"] == "a"
    assert data.tags["Decision"] == f"promote: {issued.reason}"
    assert data.tags["Metric"].startswith("mae 42.5")
    assert "comparison.html?" in data.tags["mlflow.note.content"]
    # The model that MLflow lists has the figures of its own.
    logged_model = mlflow.get_logged_model(logged.model_id)
    metrics = {metric.key: metric.value for metric in logged_model.metrics or []}
    assert metrics["holdout_mae"] == 42.5
    assert "validation_mae" in metrics
    assert json.loads(data.tags["homestead.candidates"]) == {"ridge": 40.0, "lasso": 50.0}


def test_a_first_model_that_is_worse_than_the_baseline_is_not_promoted() -> None:
    draw = np.random.default_rng(1)
    rows = dataset().assign(area=draw.normal(size=300))
    # What the model learned is wrong in the holdout.
    sign = np.where(rows["split"] == "holdout", -1, 1)
    misleading = rows.assign(rent=500 + sign * 40 * rows["area"])
    winner = Model(train_candidate("a", misleading, PROBLEM).onnx)
    evaluation, _, page = issue_certificate(winner, None, None, misleading, PROBLEM, "d4" * 32, KEY)
    issued = evaluation.certificate
    assert issued.decision == "keep"
    assert issued.reason.startswith("worse than the baseline with 95% confidence: mae differs by +")
    assert issued.baseline_comparison is not None
    assert issued.baseline_comparison.is_worse
    assert "The new model does not become champion." in page
    assert "new model minus baseline" in page


def test_a_first_model_of_noise_cannot_be_told_from_the_baseline() -> None:
    draw = np.random.default_rng(2)
    noise = dataset().assign(rent=draw.normal(500, 40, 300))
    winner = Model(train_candidate("a", noise, PROBLEM).onnx)
    evaluation, _, _ = issue_certificate(winner, None, None, noise, PROBLEM, "d4" * 32, KEY)
    issued = evaluation.certificate
    assert issued.decision == "keep"
    assert "not better than the baseline" in issued.reason or "worse" in issued.reason


def test_a_first_model_on_a_tiny_holdout_is_not_promoted(models: dict[str, Model]) -> None:
    rows = dataset()
    tiny = pd.concat([rows[rows["split"] != "holdout"], rows[rows["split"] == "holdout"].head(9)])
    evaluation, _, _ = issue_certificate(models["good"], None, None, tiny, PROBLEM, "d4" * 32, KEY)
    issued = evaluation.certificate
    assert (issued.decision, issued.reason) == (
        "keep",
        "the holdout has 9 rows, too few to decide on: at least 30 are needed",
    )


def test_the_parent_run_holds_the_number_of_buckets_and_their_order(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_buckets(monkeypatch)
    problem, valid = visits_problem().model_copy(update={"views": {}}), write_visits(tmp_path)
    write_training_set(valid, tmp_path, tmp_path / "dataset.parquet", problem)
    mlflow = runs.open_client(settings)
    run_id = runs.start_run(mlflow, settings, PROBLEM, {})
    log_buckets(mlflow, run_id, tmp_path / "dataset.parquet")
    recorded = mlflow.get_run(run_id).data.params
    assert recorded["training_set_buckets"] == "8"
    assert recorded["training_set_order"] == "day, id"
