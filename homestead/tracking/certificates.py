"""Signed certificates in MLflow: beside the model that they certify, and in runs."""

import tempfile
from pathlib import Path

from mlflow import MlflowClient

from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.files import read_uri
from homestead.names import CERTIFICATE_FILE, CERTIFICATES_FOLDER
from homestead.signing.model_certificate import require_named_content
from homestead.tracking import registry
from homestead.training.candidate_summary import CandidateSummary


def log_certificate(mlflow: MlflowClient, run_id: str, signed: SignedCertificate) -> None:
    """Log the envelope in a run, and the certificate as people read it, which nothing trusts."""
    mlflow.log_text(run_id, signed.certificate.to_json(), CERTIFICATE_FILE)
    text = signed.envelope.decode()
    mlflow.log_text(run_id, text, f"{CERTIFICATES_FOLDER}/{signed.file_name}")


def write_certificate(
    mlflow: MlflowClient, run_id: str, candidate: CandidateSummary, signed: SignedCertificate
) -> str:
    """Log a candidate's certificate in a run and store it beside the model; return its URI.

    A file that another run has registered has its certificates there, where plans name them.

    Raises:
        UserError: as :func:`store_certificate`.
    """
    log_certificate(mlflow, run_id, signed)
    name = signed.certificate.problem
    held = registry.version_of_digest(mlflow, name, candidate.digest)
    if held is None:
        return store_certificate(mlflow, candidate.model_id, candidate.uri, signed)
    model_id = registry.logged_model_id(mlflow, name, held.version)
    return store_certificate(mlflow, model_id, held.uri, signed)


def store_certificate(
    mlflow: MlflowClient, model_id: str, model_uri: str, signed: SignedCertificate
) -> str:
    """Store the envelope in the folder of the model, where servers read; return its URI.

    Args:
        model_id: MLflow's id of the logged model.
        model_uri: URI of its ONNX file.

    Raises:
        UserError: what was stored cannot be read, or is something else.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / signed.file_name
        path.write_bytes(signed.envelope)
        mlflow.log_model_artifact(model_id, str(path), CERTIFICATES_FOLDER)
    uri = f"{model_uri.rpartition('/')[0]}/{CERTIFICATES_FOLDER}/{signed.file_name}"
    require_named_content(read_uri(uri), uri)
    return uri
