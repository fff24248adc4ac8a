"""Evaluate: score winner and champion on the same holdout and issue the certificate."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from homestead.evaluation.baseline import baseline_predictions
from homestead.evaluation.gate import Evaluation, evaluate_candidate
from homestead.evaluation.holdout_figures import HoldoutFigures, holdout_figures
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.features.offline.table_metadata import read_buckets
from homestead.files import write_bytes, write_text
from homestead.model.onnx_model import Model, read_model
from homestead.names import COMPARISON_FILE, DATA_SHEET_FILE
from homestead.problem.learnt import resolve_problem
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN
from homestead.release.plan import ModelVersion
from homestead.reports.models.comparison import comparison_html
from homestead.reports.models.descriptions import metric_sentence
from homestead.reports.models.run_summary import run_summary
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key
from homestead.signing.keys import SigningKey
from homestead.tracking import registry, runs, tags
from homestead.tracking.certificates import log_certificate
from homestead.tracking.pages.addresses import page_links, relative_links
from homestead.tracking.pages.datasets import log_datasets
from homestead.training.candidate_summary import SelectedCandidate

_LINKED_PAGES = {"Comparison": COMPARISON_FILE, "Data sheet": DATA_SHEET_FILE}


def evaluate_winner(
    problem: Problem,
    settings: Settings,
    run_id: str,
    data_hash: str,
    candidate: SelectedCandidate,
    *,
    winner: Path,
    dataset: Path,
    certificate: Path,
    comparison: Path,
    summary: Path,
    report: Callable[[str], None],
) -> HoldoutFigures:
    """Compare the winner with the current champion; write certificate, page and summary.

    Certificate and page are also logged in the parent run.

    Args:
        winner: the candidate's ONNX file.
        dataset: Parquet file of the training set.
        certificate: file to write, the signed certificate (a DSSE envelope).
        comparison: HTML file to write.
        summary: Markdown file to write.

    Returns:
        Metrics, confusion matrix and ROC curve on the holdout.

    Raises:
        UserError: a model file is not the expected one, the holdout has no rows, or there is no key
            to sign with.
    """
    rows = pd.read_parquet(dataset)
    problem = resolve_problem(problem, rows)
    mlflow = runs.open_client(settings)
    version = registry.champion(mlflow, problem.name)
    evaluation, signed, page = issue_certificate(
        read_model(str(winner), candidate.digest),
        None if version is None else read_model(version.uri, version.digest),
        version,
        rows,
        problem,
        data_hash,
        open_signing_key(settings),
        candidate,
    )
    issued = signed.certificate
    report(f"{issued.decision}: {issued.reason}")
    write_bytes(certificate, signed.envelope)
    write_text(comparison, page)
    links = page_links(mlflow, settings, run_id, _LINKED_PAGES)
    scores = candidate.all_candidates
    write_text(summary, run_summary(issued, problem.metric, scores, run_id, links))
    log_evaluation(mlflow, run_id, signed, candidate, page, problem)
    log_buckets(mlflow, run_id, dataset)
    log_datasets(
        mlflow, run_id, problem, rows, data_hash=data_hash, holdout_hash=issued.holdout.hash
    )
    return holdout_figures(evaluation, problem)


def issue_certificate(
    winner: Model,
    champion: Model | None,
    champion_version: ModelVersion | None,
    dataset: pd.DataFrame,
    problem: Problem,
    data_hash: str,
    key: SigningKey,
    candidate: SelectedCandidate | None = None,
) -> tuple[Evaluation, SignedCertificate, str]:
    """Return the evaluation, its signed certificate, and the comparison page (HTML)."""
    evaluation = evaluate_candidate(
        winner,
        champion,
        dataset[dataset[SPLIT_COLUMN] == HOLDOUT].reset_index(drop=True),
        problem,
        data_hash=data_hash,
        commit=runs.current_commit(),
        champion_version=None if champion_version is None else champion_version.version,
        baseline=baseline_predictions(dataset, problem),
    )
    signed = SignedCertificate.sign(evaluation.certificate, key)
    return evaluation, signed, comparison_html(signed, evaluation.predictions, problem, candidate)


def log_buckets(mlflow: MlflowClient, run_id: str, dataset: Path) -> None:
    """Log as parameters what the training set's last bits depend on beside the rows.

    These are the number of buckets and the order of rows in each; not the engine, nor the machines.

    Args:
        dataset: Parquet file of the training set; one of an earlier version says nothing.
    """
    recorded = read_buckets(dataset)
    if recorded:
        mlflow.log_param(run_id, "training_set_buckets", recorded["buckets"])
        mlflow.log_param(run_id, "training_set_order", ", ".join(recorded["order"]))


def log_evaluation(
    mlflow: MlflowClient,
    run_id: str,
    signed: SignedCertificate,
    candidate: SelectedCandidate,
    page: str,
    problem: Problem,
) -> None:
    """Log certificate, comparison page, metrics and decision in the parent run.

    The metrics are also logged in the winner's run, as those of its model.
    """
    certificate = signed.certificate
    log_certificate(mlflow, run_id, signed)
    mlflow.log_text(run_id, page, COMPARISON_FILE)
    for name, estimate in certificate.winner.metrics.items():
        if estimate.value is not None:
            mlflow.log_metric(run_id, f"holdout_{name}", estimate.value)
            mlflow.log_metric(
                candidate.run_id, f"holdout_{name}", estimate.value, model_id=candidate.model_id
            )
    measured = certificate.winner.metrics.get(problem.metric)
    metric = metric_sentence(problem, measured, "the holdout")
    links = relative_links(mlflow, run_id, _LINKED_PAGES)
    summary = run_summary(certificate, problem.metric, candidate.all_candidates, run_id, links)
    run_tags = {
        tags.PEOPLE_DECISION: f"{certificate.decision}: {certificate.reason}",
        tags.PEOPLE_METRIC: metric,
        MLFLOW_RUN_NOTE: summary,
        tags.DECISION: certificate.decision,
        tags.REASON: certificate.reason,
        tags.WINNER: candidate.name,
        tags.CANDIDATES: json.dumps(candidate.all_candidates, allow_nan=False),
    }
    for name, tag in run_tags.items():
        mlflow.set_tag(run_id, name, tag)
