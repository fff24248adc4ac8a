"""A judgement and its record: certificate and comparison page, kept with the parent run."""

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from homestead.evaluation.baseline import baseline_predictions
from homestead.evaluation.gate import dump_certificate, evaluate_candidate
from homestead.model.onnx_model import Model
from homestead.names import CERTIFICATE_FILE, COMPARISON_FILE, TAG_PREFIX
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix, target_values
from homestead.problem.schema import Problem
from homestead.reports.comparison import Predictions, comparison_html
from homestead.tracking.runs import current_commit

if TYPE_CHECKING:
    from mlflow import MlflowClient

SNAPSHOT_ROWS = 20_000


def judge_candidate(
    winner: Model,
    champion: Model | None,
    champion_version: str | None,
    dataset: pd.DataFrame,
    problem: Problem,
    data_hash: str,
) -> tuple[dict[str, Any], str]:
    """The certificate, and the comparison as HTML."""
    holdout = dataset[dataset["split"] == "holdout"].reset_index(drop=True)
    certificate = evaluate_candidate(
        winner,
        champion,
        holdout,
        problem,
        data_hash=data_hash,
        commit=current_commit(),
        champion_version=champion_version,
        baseline=baseline_predictions(dataset, problem),
    )
    predictions: Predictions = {
        "actual": target_values(holdout, problem),
        "winner": winner.predict(feature_matrix(holdout, winner.contract)),
        "champion": None,
    }
    if champion is not None and certificate["champion"] is not None:
        predictions["champion"] = champion.predict(feature_matrix(holdout, champion.contract))
    return certificate, comparison_html(certificate, predictions, problem)


def log_evaluation(
    mlflow: "MlflowClient",
    run_id: str,
    certificate: dict[str, Any],
    summary: dict[str, Any],
    page: str,
) -> None:
    """Keep a judgement with the parent run."""
    mlflow.log_text(run_id, dump_certificate(certificate), CERTIFICATE_FILE)
    mlflow.log_text(run_id, page, COMPARISON_FILE)
    for name, found in certificate["winner"]["metrics"].items():
        mlflow.log_metric(run_id, f"holdout_{name}", found["value"])
    tags = {
        "decision": certificate["decision"],
        "reason": certificate["reason"],
        "winner": summary["name"],
        "candidates": json.dumps(summary["all"]),
    }
    for key, value in tags.items():
        mlflow.set_tag(run_id, f"{TAG_PREFIX}{key}", value)


def training_snapshot(dataset: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """The model's inputs of the rows it was fitted on, sampled to a bound: drift's reference."""
    known = dataset[dataset["split"] != "holdout"]
    if len(known) > SNAPSHOT_ROWS:
        known = known.sample(SNAPSHOT_ROWS, random_state=0).sort_index()
    matrix = feature_matrix(known, Contract.of(problem))
    return pd.DataFrame(matrix, columns=list(problem.features))
