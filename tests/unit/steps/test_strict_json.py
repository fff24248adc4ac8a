"""No document holds NaN or Infinity, which strict parsers refuse, where metrics have no value."""

import json
from datetime import UTC, datetime
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest

from homestead.drift.result import ColumnDrift, DriftReport, DriftResult
from homestead.model.onnx_model import Model
from homestead.names import TRIALS_FILE
from homestead.pipelines.run_result import CandidateScore, TrainingResult
from homestead.settings import Settings
from homestead.steps.evaluate import issue_certificate, log_evaluation
from homestead.tracking import runs
from homestead.tracking.candidates import log_candidate
from homestead.training.candidate_summary import SelectedCandidate
from homestead.training.search import train_candidate
from tests.registry import PROBLEM
from tests.signed import KEY

DATASET = pd.DataFrame(
    {
        "id": np.arange(120),
        "day": pd.Timestamp("2024-03-02"),
        "area": np.linspace(20, 90, 120),
        "rent": np.where(np.arange(120) % 7 > 0, np.linspace(180, 810, 120), 0.0),
        "split": np.tile(["train", "validation", "holdout"], 40),
    }
)


def strict(text: str) -> Any:
    """Parse JSON as the standard defines it."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} in {text}")

    return json.loads(text, parse_constant=refuse)


def test_documents_of_a_training_in_which_a_metric_has_no_value(settings: Settings) -> None:
    trained = train_candidate("a", DATASET, PROBLEM)
    mlflow = runs.open_client(settings)
    run_id = runs.start_run(mlflow, settings, PROBLEM, {})
    summary = log_candidate(mlflow, run_id, PROBLEM, trained, {})
    selected = SelectedCandidate(
        **summary.model_dump(), all_candidates={"a": summary.validation["mae"], "b": None}
    )
    assert strict(summary.to_json())["validation"]["mape"] is None
    assert strict(selected.to_json())["all_candidates"]["b"] is None
    assert strict(runs.read_text(mlflow, summary.run_id, TRIALS_FILE))["trials"]

    # Not the problem's metric on the holdout either, once a user chooses it.
    by_share = PROBLEM.model_copy(update={"metric": "mape"})
    model = Model(trained.onnx)
    _, signed, page = issue_certificate(model, None, None, DATASET, by_share, "d4" * 32, KEY)
    issued = signed.certificate
    assert issued.decision == "keep"
    assert issued.reason == ("mape has no value on the holdout: the target is 0 in 6 of 40 rows")
    log_evaluation(mlflow, run_id, signed, selected, page, by_share)
    document = strict(runs.read_text(mlflow, run_id, "certificate.json"))
    assert document["winner"]["metrics"]["mape"] == {
        "value": None,
        "low": None,
        "high": None,
        "undefined": "the target is 0 in 6 of 40 rows",
    }
    data = mlflow.get_run(run_id).data
    assert "holdout_mape" not in data.metrics
    assert np.isfinite(list(data.metrics.values())).all()
    assert strict(data.tags["homestead.candidates"])["b"] is None
    child = mlflow.get_run(summary.run_id).data.metrics
    assert "validation_mape" not in child
    assert np.isfinite(list(child.values())).all()

    result = TrainingResult(
        run=run_id,
        decision=issued.decision,
        reason=issued.reason,
        model=PROBLEM.name,
        metric="mape",
        version=None,
        digest=None,
        champion_metrics=issued.winner.metrics,
        baseline_metrics=issued.baseline,
        candidates=(CandidateScore(name="b", metric="mape", value=None),),
        reports={},
        seconds=1.0,
        certificate=issued,
    )
    assert strict(result.to_json())["candidates"] == [{"name": "b", "mape": None}]


def test_a_drift_report_without_a_score() -> None:
    column = ColumnDrift(name="area", score=None, method="ks", drifted=False)
    result = DriftResult("inconclusive", None, 0.3, 7, (column,))
    report = DriftReport.from_result(result, "flats", "1", datetime(2026, 11, 1, tzinfo=UTC))
    assert strict(report.model_dump_json())["share"] is None


def test_a_document_that_is_given_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="finite number"):
        CandidateScore(name="a", metric="mae", value=float("nan"))
