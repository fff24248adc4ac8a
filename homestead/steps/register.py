"""Register: store the winner's documents and register it as a version, the challenger."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from homestead.data.tables import write_parquet
from homestead.evaluation.certificate import Certificate
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.features.feast_objects import definitions_hash
from homestead.files import write_text
from homestead.model.explain import feature_importance
from homestead.model.onnx_model import Model, read_model
from homestead.names import HOLDOUT_ANSWERS_FILE, MODEL_CARD_FILE, SNAPSHOT_FILE
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.problem.learnt import resolve_problem
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN, describe_times
from homestead.problem.values.row_hashes import table_hash
from homestead.release.plan import ModelVersion
from homestead.reports.models.candidates import workers_sentence
from homestead.reports.models.model_card import ModelFacts, model_card_html
from homestead.settings import Settings
from homestead.signing.key_files import open_signing_key, read_verify_keys
from homestead.steps.drift.answers import holdout_answers
from homestead.steps.evaluate import issue_certificate, log_evaluation
from homestead.steps.performance.on_holdout import log_estimates_on_holdout
from homestead.steps.trackers.describe_version import describe_registration
from homestead.tracking import registry, runs, tags
from homestead.tracking.certificates import write_certificate
from homestead.tracking.lineage import Lineage
from homestead.training.candidate_summary import SelectedCandidate

_SNAPSHOT_ROWS = 20_000
_EXPLAINED_ROWS = 1_000


def register_winner(
    problem: Problem,
    settings: Settings,
    run_id: str,
    data_hash: str,
    candidate: SelectedCandidate,
    *,
    winner: Path,
    dataset: Path,
    certificate: Path,
    model_card: Path,
    report: Callable[[str], None],
) -> bool:
    """Register the certified winner as the challenger, and return whether it is registered.

    It is not if the champion changed after the certificate was issued, and the new one is better.
    The parent run is tagged with the version, which the release step then releases.

    Args:
        winner: the candidate's ONNX file.
        dataset: Parquet file of the training set.
        certificate: signed certificate, from :func:`homestead.steps.evaluate.evaluate_winner`.
        model_card: HTML file to write, the card of the winner.

    Raises:
        UserError: the file is not the candidate's, or the certificate does not promote it.
    """
    mlflow = runs.open_client(settings)
    model = read_model(str(winner), candidate.digest)
    rows = pd.read_parquet(dataset)
    problem = resolve_problem(problem, rows)
    signed = SignedCertificate.read(certificate, read_verify_keys(settings))
    issued = signed.certificate
    lineage = Lineage(
        run=run_id,
        data_hash=data_hash,
        commit=issued.commit,
        holdout_hash=issued.holdout.hash,
        features_hash=definitions_hash(problem),
        training_set_hash=table_hash(rows),
    )
    snapshot = training_snapshot(rows, problem)
    explained = snapshot.sample(min(len(snapshot), _EXPLAINED_ROWS), random_state=0)
    importance = feature_importance(model, explained.to_numpy())
    facts = ModelFacts(
        **lineage.model_dump(),
        estimator=f"{candidate.name} ({problem.candidates[candidate.name].estimator})",
        parameters=candidate.params,
        workers=workers_sentence(
            *(candidate.workers, candidate.one_process, problem),
            candidate.validation[problem.metric],
        ),
        **_split_times(rows, problem),
    )

    def reevaluate(champion: Model, version: ModelVersion) -> Certificate:
        nonlocal signed
        key = open_signing_key(settings)
        _, signed, page = issue_certificate(
            *(model, champion, version, rows, problem, data_hash, key), candidate
        )
        log_evaluation(mlflow, run_id, signed, candidate, page, problem)
        return signed.certificate

    cards: dict[str, str] = {}  # by the certificate: the card of one is drawn once

    def card() -> str:
        if signed.digest not in cards:
            cards[signed.digest] = model_card_html(problem, signed, facts, importance)
        return cards[signed.digest]

    def write_documents(target_run_id: str) -> str:
        mlflow.log_text(target_run_id, card(), MODEL_CARD_FILE)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / SNAPSHOT_FILE
            write_parquet(snapshot, path)
            mlflow.log_artifact(target_run_id, str(path))
            answers = Path(folder) / HOLDOUT_ANSWERS_FILE
            write_parquet(holdout_answers(model, rows, problem), answers)
            mlflow.log_artifact(target_run_id, str(answers))
        log_estimates_on_holdout(mlflow, candidate.run_id, target_run_id, model, rows, problem)
        return write_certificate(mlflow, target_run_id, candidate, signed)

    registration = registry.register_challenger(
        mlflow, settings, issued, candidate, lineage, reevaluate, write_documents
    )
    write_text(model_card, card())
    if registration.version is None:
        report(f"the champion changed meanwhile: {registration.certificate.reason}")
        return False
    mlflow.set_tag(run_id, tags.VERSION, registration.version.version)
    describe_registration(
        mlflow, problem, run_id, registration.version, registration.certificate, facts
    )
    report(f"version {registration.version.version} is registered")
    return True


def _split_times(dataset: pd.DataFrame, problem: Problem) -> dict[str, str]:
    times = describe_times(dataset, problem)
    names = ("validation_from", "holdout_from")
    return {} if times is None else dict(zip(names, times, strict=True))


def training_snapshot(dataset: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return the model's inputs on the rows it was fitted on, the reference of drift checks.

    Args:
        dataset: the training set, with a column ``split``.

    Returns:
        One float64 column for each feature; a fixed sample of 20,000 rows if there are more.
    """
    fitted = dataset[dataset[SPLIT_COLUMN] != HOLDOUT]
    if len(fitted) > _SNAPSHOT_ROWS:
        fitted = fitted.sample(_SNAPSHOT_ROWS, random_state=0).sort_index()
    matrix = feature_matrix(fitted, Contract.from_problem(problem))
    return pd.DataFrame(matrix, columns=list(problem.features))
