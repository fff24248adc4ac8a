"""What the prediction log, the registry and MLflow know of a version that answered."""

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.files import read_uri
from homestead.model.onnx_model import read_model
from homestead.model.performance_model import PerformanceModel
from homestead.names import CERTIFICATE_FILE, PERFORMANCE_MODEL_FILE
from homestead.performance.served_rows import served_rows
from homestead.performance.served_version import ServedVersion
from homestead.prediction_log.evidence.answered_rows import count_answers, read_answers
from homestead.prediction_log.labels.read_labelled import draw_labelled
from homestead.prediction_log.parquet.log import log_source
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.settings import Settings
from homestead.signing.key_files import read_verify_keys
from homestead.signing.model_certificate import require_certificate, require_named_content
from homestead.tracking import registry, runs

if TYPE_CHECKING:
    from mlflow import MlflowClient

# Others than the champion that are shown: those with the most answers.
_MAX_OTHERS = 5


class VersionReader:
    """Reads versions of a problem in one window.

    Attributes:
        notes: sentences about what could not be read.
    """

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        mlflow: "MlflowClient",
        engine: sa.Engine,
        since: datetime,
        until: datetime,
        now: datetime,
    ) -> None:
        self._problem = problem
        self._settings = settings
        self._mlflow = mlflow
        self._log = log_source(engine, settings.log_uri)
        self._since, self._until, self._now = since, until, now
        self._counts = count_answers(self._log, problem.name, since, until)
        self.notes: list[str] = []

    def read(self, version: ModelVersion) -> ServedVersion:
        """Return a registered version with its rows.

        Raises:
            UserError: its file cannot be read.
        """
        model = read_model(version.uri, version.digest)
        policy, contract = self._problem.performance, model.contract
        answered = read_answers(
            self._log,
            self._problem.name,
            self._since,
            self._until,
            digest=version.digest,
            max_rows=policy.max_rows,
        )
        labelled, labelled_rows = draw_labelled(
            self._log,
            self._problem,
            self._since,
            self._until,
            digest=version.digest,
            max_rows=policy.max_rows,
            now=self._now,
        )
        if labelled_rows > len(labelled):
            self.notes.append(
                f"Of {labelled_rows:,} labelled rows of version {version.version}"
                f" {len(labelled):,} are read, drawn at random."
            )
        return ServedVersion(
            version=version.version,
            digest=version.digest,
            contract=contract,
            predictions=sum(
                count for (_, digest), count in self._counts.items() if digest == version.digest
            ),
            answered=served_rows(answered, contract, model),
            labelled=served_rows(labelled, contract, model),
            certificate=self._certificate(version),
            learnt=self._learnt(version),
        )

    def read_others(self, champion: ServedVersion) -> list[ServedVersion]:
        """Return the versions beside the champion that answered most in the window."""
        others: dict[str, int] = {}
        for (_, digest), count in self._counts.items():
            if digest != champion.digest:
                others[digest] = others.get(digest, 0) + count
        own = (champion.contract.task, champion.contract.classes)
        found = []
        for digest in sorted(others, key=lambda digest: -others[digest])[:_MAX_OTHERS]:
            version = registry.version_of_digest(self._mlflow, self._problem.name, digest)
            if version is None:
                continue  # of another registry, or deleted
            try:
                read = self.read(version)
            except UserError as error:
                self.notes.append(f"Version {version.version} cannot be read: {error}.")
                continue
            if (read.contract.task, read.contract.classes) == own:
                found.append(read)
            else:
                self.notes.append(f"Version {version.version} answers another task or classes.")
        return found

    def _certificate(self, version: ModelVersion) -> Certificate | None:
        """Return a version's certificate, verified where this process has keys to verify by."""
        try:
            keys = read_verify_keys(self._settings)
        except UserError as error:
            return self._unverified_certificate(version, error)
        try:
            uri = require_certificate(version.certificate, version.version)
            envelope = read_uri(uri)
            require_named_content(envelope, uri)
            return SignedCertificate.from_bytes(envelope, keys, uri).certificate
        except UserError as error:
            self.notes.append(f"No promise of version {version.version}: {error}.")
            return None

    def _unverified_certificate(
        self, version: ModelVersion, reason: UserError
    ) -> Certificate | None:
        """Return what the run of a version holds for people to read.

        Servers verify the signature before they answer; here a promise is only compared with.
        """
        run_id = registry.version_run_id(self._mlflow, self._problem.name, version.version)
        try:
            text = runs.read_text(self._mlflow, run_id, CERTIFICATE_FILE)
            certificate = Certificate.from_json(text, f"run {run_id}: {CERTIFICATE_FILE}")
        except UserError as error:
            self.notes.append(f"No promise of version {version.version}: {error}.")
            return None
        if certificate.winner.digest != version.digest:
            self.notes.append(f"No promise of version {version.version}: it is of another model.")
            return None
        self.notes.append(f"The promise of version {version.version} is not verified: {reason}.")
        return certificate

    def _learnt(self, version: ModelVersion) -> PerformanceModel | None:
        run_id = registry.version_run_id(self._mlflow, self._problem.name, version.version)
        files = {file.path for file in self._mlflow.list_artifacts(run_id)}
        if PERFORMANCE_MODEL_FILE not in files:
            return None  # trained by an earlier version of Homestead
        text = runs.read_text(self._mlflow, run_id, PERFORMANCE_MODEL_FILE)
        return PerformanceModel.from_json(text, f"run {run_id}: {PERFORMANCE_MODEL_FILE}")
