"""What the registry, the runs, the certificates and the log tell of one model version."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from homestead.database.releases import RELEASES
from homestead.errors import UserError
from homestead.files import read_uri
from homestead.names import PROBLEM_FILE
from homestead.prediction_log.history.prediction_counts import PredictionCounts
from homestead.problem.loader import parse_problem
from homestead.release.plan import ModelVersion
from homestead.reports.lineage.facts import (
    CertificateFacts,
    OriginFacts,
    ReleaseFacts,
    RunFacts,
    UseFacts,
    VersionLineage,
)
from homestead.settings import Settings
from homestead.signing.key_files import read_verify_keys
from homestead.signing.model_certificate import open_envelope
from homestead.tracking import registry, runs, tags
from homestead.tracking.pages.addresses import page_links

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


class VersionReader:
    """Reads what is known of a problem's versions."""

    def __init__(
        self,
        mlflow: "MlflowClient",
        engine: sa.Engine,
        settings: Settings,
        problem: str,
        versions: Sequence[ModelVersion],
        counts: Mapping[str, PredictionCounts],
    ) -> None:
        """Prepare for the registered versions.

        Args:
            counts: rows of the prediction log by digest.
        """
        self._mlflow = mlflow
        self._engine = engine
        self._settings = settings
        self._problem = problem
        self._versions = versions
        self._counts = counts
        self._aliases = registry.aliases(mlflow, problem)
        self._tags = {
            version.version: dict(mlflow.get_model_version(problem, version.version).tags)
            for version in versions
        }

    def data_hash(self, version: ModelVersion) -> str:
        """Return the SHA-256 of a version's data, '' if it is not recorded."""
        return self._tags[version.version].get(tags.DATA_HASH, "")

    def read(self, version: ModelVersion) -> VersionLineage:
        """Return the lineage of a version."""
        version_tags = self._tags[version.version]
        candidate_id = registry.version_run_id(self._mlflow, self._problem, version.version)
        parent_id = version_tags.get(tags.RUN, "")
        candidate = self._run(candidate_id)
        parent = self._run(parent_id)
        return VersionLineage(
            version=version.version,
            digest=version.digest,
            uri=version.uri,
            aliases=tuple(sorted(a for a, v in self._aliases.items() if v == version.version)),
            created_at=None if version.created is None else version.created.timestamp(),
            certificate=self._certificate(version),
            runs=(
                self._facts_of(parent_id, parent, "training"),
                self._facts_of(candidate_id, candidate, "candidate"),
            ),
            origin=self._origin(version_tags, parent, candidate),
            releases=self._releases(version),
            use=self._use(version),
            siblings=tuple(
                other.version
                for other in self._versions
                if other.version != version.version
                and self.data_hash(version)
                and self.data_hash(other) == self.data_hash(version)
            ),
        )

    def run_facts(self, run: "Run", kind: Literal["training", "candidate"]) -> RunFacts:
        """Return what is known of a run in MLflow."""
        links = page_links(self._mlflow, self._settings, run.info.run_id, {})
        return RunFacts(
            kind=kind,
            run_id=run.info.run_id,
            status=run.info.status,
            started_at=run.info.start_time / 1000,
            pipeline_run=run.data.tags.get(tags.PIPELINE_RUN, ""),
            link=next(iter(links.values()), ""),
        )

    def _facts_of(
        self, run_id: str, run: "Run | None", kind: Literal["training", "candidate"]
    ) -> RunFacts:
        return RunFacts(kind=kind, run_id=run_id) if run is None else self.run_facts(run, kind)

    def _run(self, run_id: str) -> "Run | None":
        """Return a run, None if it was deleted for good."""
        from mlflow.exceptions import MlflowException

        try:
            return self._mlflow.get_run(run_id) if run_id else None
        except MlflowException:
            return None

    def _origin(
        self, version_tags: Mapping[str, str], parent: "Run | None", candidate: "Run | None"
    ) -> OriginFacts:
        parent_tags: dict[str, str] = {} if parent is None else parent.data.tags
        candidate_tags: dict[str, str] = {} if candidate is None else candidate.data.tags
        return OriginFacts(
            data_hash=version_tags.get(tags.DATA_HASH, ""),
            source=parent_tags.get(tags.SOURCE, ""),
            data_version=parent_tags.get(tags.DATA_VERSION, ""),
            labels_hash=parent_tags.get(tags.LABELS_HASH, ""),
            training_set_hash=version_tags.get(tags.TRAINING_SET_HASH, ""),
            holdout_hash=version_tags.get(tags.HOLDOUT_HASH, ""),
            features_hash=version_tags.get(tags.FEATURES_HASH, ""),
            candidate=version_tags.get(tags.CANDIDATE, ""),
            seed=candidate_tags.get(tags.SEED, ""),
            commit=version_tags.get(tags.COMMIT, ""),
            image=parent_tags.get(tags.IMAGE, ""),
            environment=parent_tags.get(tags.ENVIRONMENT, ""),
            **self._definitions(parent),
        )

    def _definitions(self, parent: "Run | None") -> dict[str, Any]:
        """Return the feature definitions of the problem file as it was; nothing if it is gone."""
        if parent is None:
            return {}
        try:
            text = runs.read_text(self._mlflow, parent.info.run_id, PROBLEM_FILE)
            problem = parse_problem(text)
        except UserError:
            return {}
        return {
            "views": {name: view.names for name, view in problem.views.items()},
            "derived": tuple(problem.derived),
        }

    def _certificate(self, version: ModelVersion) -> CertificateFacts:
        uri = version.certificate
        if uri is None:
            return CertificateFacts(uri=None, problem="the version has no signed certificate")
        try:
            signed = open_envelope(read_uri(uri), read_verify_keys(self._settings), uri)
        except UserError as error:
            return CertificateFacts(uri=uri, problem=str(error))
        return CertificateFacts(
            uri=uri,
            decision=signed.decision,
            reason=str(signed.predicate.get("reason", "")),
            signed_by=signed.key_ids,
            problem=""
            if signed.model_digest == version.digest
            else f"it is of another model, {signed.model_digest[:12]}",
        )

    def _releases(self, version: ModelVersion) -> tuple[ReleaseFacts, ...]:
        columns = RELEASES.c
        query = (
            sa.select(
                columns.id.label("release"),
                *(columns.state, columns.champion, columns.started_at),
                *(columns.ended_at, columns.reason),
            )
            .where(columns.problem == self._problem, columns.challenger_digest == version.digest)
            .order_by(columns.number)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(ReleaseFacts(**row) for row in rows)

    def _use(self, version: ModelVersion) -> UseFacts:
        counts = self._counts.get(version.digest, PredictionCounts())
        return UseFacts(
            rows=counts.rows,
            shadow_rows=counts.shadow_rows,
            first_at=counts.first_at,
            last_at=counts.last_at,
            labelled_rows=counts.labelled_rows,
        )
