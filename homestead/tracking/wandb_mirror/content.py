"""What is mirrored of a run of MLflow: parameters, metrics, model, certificate and reports.

Tables stay where they are: training rows and quarantined rows are never mirrored.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from homestead.files import read_uri
from homestead.names import (
    CERTIFICATE_FILE,
    CERTIFICATES_FOLDER,
    COMPARISON_FILE,
    DATA_SHEET_FILE,
    DRIFT_FOLDER,
    MODEL_CARD_FILE,
    PERFORMANCE_FOLDER,
    RELEASES_FOLDER,
    TAG_PREFIX,
)
from homestead.problem.values.source_urls import source_place
from homestead.setting_values import mask_passwords
from homestead.tracking import tags

_CERTIFICATES = (CERTIFICATE_FILE, CERTIFICATES_FOLDER)
_REPORTS = (
    *(COMPARISON_FILE, DATA_SHEET_FILE, MODEL_CARD_FILE),
    *(RELEASES_FOLDER, DRIFT_FOLDER, PERFORMANCE_FOLDER),
)
# Of this machine and of this mirror, not of the run.
_OWN_TAGS = (tags.HOST, tags.PID, tags.MIRRORED)
Scalar = str | float


@dataclass(frozen=True)
class MetricPoint:
    """A value of a metric at a step, as MLflow keeps it."""

    key: str
    value: float
    step: int


@dataclass(frozen=True)
class MirroredArtifact:
    """Files that are one artifact in W&B.

    Attributes:
        name: without the problem's name, which W&B's has in front.
        files: content by path inside of the artifact.
        metadata: facts of a model.
    """

    name: str
    files: dict[str, bytes]
    metadata: dict[str, str]
    aliases: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return the SHA-256, in hex, of names, contents and aliases."""
        files = {path: hashlib.sha256(text).hexdigest() for path, text in self.files.items()}
        content = [self.name, files, self.aliases]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class MirroredRun:
    """A run of MLflow as W&B gets it.

    Attributes:
        id: the run's id, the same in both.
        parent: id of the parent run; '' for a parent run.
        points: in the order in which they were logged: later ones are always at the end.
        note: why it ended as it did.
    """

    id: str
    problem: str
    name: str
    parent: str
    status: str
    note: str
    config: dict[str, Scalar]
    points: tuple[MetricPoint, ...]
    artifacts: tuple[MirroredArtifact, ...]

    @property
    def group(self) -> str:
        """Return the id that a pipeline run's runs share."""
        return self.parent or self.id

    def digest(self) -> str:
        """Return the SHA-256, in hex, of all but the metrics."""
        digests = [artifact.digest() for artifact in self.artifacts]
        content = [self.status, self.note, self.config, digests]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_run(mlflow: MlflowClient, run_id: str, folder: Path) -> MirroredRun:
    """Read a run from MLflow.

    Args:
        folder: for downloads.

    Raises:
        UserError: the model's file cannot be read.
        MlflowException: MLflow cannot be reached.
    """
    run = mlflow.get_run(run_id)
    own = run.data.tags
    problem = own.get(tags.PROBLEM, "homestead")
    config: dict[str, Scalar] = {**run.data.params}
    for key, text in own.items():
        if key.startswith(TAG_PREFIX) and key not in _OWN_TAGS:
            config[key.removeprefix(TAG_PREFIX)] = mask_passwords(
                source_place(text) if key == tags.SOURCE else text
            )
    return MirroredRun(
        id=run_id,
        problem=problem,
        name=run.info.run_name,
        parent=own.get(tags.PARENT_RUN, ""),
        status=run.info.status,
        note=own.get(tags.REASON, ""),
        config={**config, "mlflow_status": run.info.status},
        points=tuple(_points(mlflow, run)),
        artifacts=tuple(_artifacts(mlflow, run, folder)),
    )


def _points(mlflow: MlflowClient, run: Run) -> list[MetricPoint]:
    history = [
        metric
        for key in run.data.metrics
        for metric in mlflow.get_metric_history(run.info.run_id, key)
    ]
    # By time, not by step, which may go back.
    history.sort(key=lambda metric: (metric.timestamp, metric.key, metric.step))
    return [MetricPoint(metric.key, metric.value, metric.step) for metric in history]


def _artifacts(mlflow: MlflowClient, run: Run, folder: Path) -> Iterator[MirroredArtifact]:
    run_id = run.info.run_id
    for name, paths in (("certificate", _CERTIFICATES), ("reports", _REPORTS)):
        found = {entry.path for entry in mlflow.list_artifacts(run_id)}
        files = {}
        for path in sorted(found.intersection(paths)):
            local = Path(mlflow.download_artifacts(run_id, path, str(folder)))
            for file in sorted(local.rglob("*")) if local.is_dir() else [local]:
                if file.is_file():
                    files[file.relative_to(folder).as_posix()] = file.read_bytes()
        if files:
            yield MirroredArtifact(name, files, {})
    digest = run.data.tags.get(tags.DIGEST)
    outputs = run.outputs.model_outputs if run.outputs else []
    for output in outputs[:1] if digest else []:
        location = mlflow.get_logged_model(output.model_id).artifact_location.rstrip("/")
        versions = mlflow.search_model_versions(f"run_id = '{run_id}'")
        yield MirroredArtifact(
            "model",
            {"model.onnx": read_uri(f"{location}/model.onnx")},
            {"digest": str(digest), "mlflow_run": run_id},
            (run.info.run_name, *(f"version-{version.version}" for version in versions)),
        )
