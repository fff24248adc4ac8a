"""Lineage: what a prediction, a version or a data hash comes from, and what came from it."""

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.prediction_log.history.logged_rows import read_prediction
from homestead.prediction_log.history.outcomes import read_outcomes
from homestead.prediction_log.history.prediction_counts import count_predictions
from homestead.prediction_log.parquet.log import log_source
from homestead.release.plan import ModelVersion
from homestead.reports.lineage.facts import (
    LineageReport,
    OutcomeFacts,
    PredictionFacts,
    RunFacts,
    VersionLineage,
)
from homestead.settings import Settings
from homestead.steps.history.replayed import finite
from homestead.steps.history.version_facts import VersionReader
from homestead.tracking import registry, runs, tags

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

# A hash may be shortened to as many digits as our messages show.
_SHORTEST_HASH = 8
_HASH = re.compile(rf"[0-9a-f]{{{_SHORTEST_HASH},64}}")
_VERSION = re.compile(r"v?([0-9]{1,9})")


def read_lineage(problem: str, settings: Settings, name: str) -> LineageReport:
    """Return where something comes from, and what else came from there.

    Args:
        name: a prediction id or the id of its request, a version such as ``3`` or ``v3``, the
            SHA-256 of a model file, or that of the data; hashes may be cut to 8 digits.

    Raises:
        UserError: nothing of that name is known; the message says what names can be.
    """
    mlflow = runs.open_client(settings)
    engine = open_database(settings.database_url)
    try:
        return find_lineage(mlflow, engine, settings, problem, name)
    finally:
        engine.dispose()


def find_lineage(
    mlflow: "MlflowClient", engine: sa.Engine, settings: Settings, problem: str, name: str
) -> LineageReport:
    """Return the same as :func:`read_lineage` by an open client and engine; write nothing."""
    return _Lineage(mlflow, engine, settings, problem).read(name)


class _Lineage:
    def __init__(
        self, mlflow: "MlflowClient", engine: sa.Engine, settings: Settings, problem: str
    ) -> None:
        self._mlflow = mlflow
        self._engine = engine
        self._problem = problem
        self._versions = registry.versions(mlflow, problem)
        self._log = log_source(engine, settings.log_uri)
        counts = count_predictions(self._log, problem)
        self._reader = VersionReader(mlflow, engine, settings, problem, self._versions, counts)

    def read(self, name: str) -> LineageReport:
        number = _VERSION.fullmatch(name)
        if number is not None:
            for version in self._versions:
                if version.version == number[1]:
                    return self._of_version(name, version)
        rows = read_prediction(self._log, self._problem, name)
        if not rows.empty:
            return self._of_prediction(name, rows)
        if _HASH.fullmatch(name):
            for version in self._versions:
                if version.digest.startswith(name):
                    return self._of_version(name, version)
            report = self._of_data(name)
            if report is not None:
                return report
        known = ", ".join(version.version for version in self._versions) or "none yet"
        raise UserError(
            f"{self._problem}: nothing is known of {name!r}; allowed are the id of a logged"
            f" prediction or of its request, a registered version ({known}), the SHA-256 of a"
            " model file, and that of the data of a training"
        )

    def _of_version(self, name: str, version: ModelVersion) -> LineageReport:
        return LineageReport(
            problem=self._problem,
            asked=name,
            kind="version",
            prediction=None,
            versions=(self._reader.read(version),),
        )

    def _of_prediction(self, name: str, rows: "pd.DataFrame") -> LineageReport:
        prediction = _prediction_facts(rows, self._engine)
        version = registry.version_of_digest(self._mlflow, self._problem, prediction.digest)
        found: tuple[VersionLineage, ...] = ()
        notes: tuple[str, ...] = ()
        if version is None:
            notes = (
                f"version {prediction.version} is not in the registry any more: only the log tells"
                f" of its model {prediction.digest[:12]}",
            )
        else:
            found = (self._reader.read(version),)
        return LineageReport(
            problem=self._problem,
            asked=name,
            kind="prediction",
            prediction=prediction,
            versions=found,
            notes=notes,
        )

    def _of_data(self, name: str) -> LineageReport | None:
        versions = [v for v in self._versions if self._reader.data_hash(v).startswith(name)]
        training_runs = self._runs_of_data(name)
        if not versions and not training_runs:
            return None
        found = tuple(map(self._reader.read, versions))
        registered = {run.run_id for version in found for run in version.runs}
        return LineageReport(
            problem=self._problem,
            asked=name,
            kind="data",
            prediction=None,
            versions=found,
            other_runs=tuple(run for run in training_runs if run.run_id not in registered),
        )

    def _runs_of_data(self, name: str) -> list[RunFacts]:
        """Return the training runs on data of this hash, also those that registered nothing."""
        experiment = self._mlflow.get_experiment_by_name(self._problem)
        if experiment is None:
            return []
        found = self._mlflow.search_runs(
            [experiment.experiment_id], f"tags.`{tags.DATA_HASH}` LIKE '{name}%'"
        )
        return [
            self._reader.run_facts(run, "training")
            for run in found
            if tags.PARENT_RUN not in run.data.tags
        ]


def _prediction_facts(rows: "pd.DataFrame", engine: sa.Engine) -> PredictionFacts:
    first = rows.iloc[0]
    return PredictionFacts(
        prediction_id=first.prediction_id,
        request_id=first.request_id,
        version=first.version,
        digest=first.digest,
        at=float(first["at"]),
        rows=len(rows),
        entities=tuple(rows.entity),
        predictions=tuple(finite(value) for value in rows.prediction.tolist()),
        labels=tuple(rows.label),
        shadow_of=first.shadow_of,
        release=first.release,
        outcomes=tuple(
            OutcomeFacts(
                row=known.row,
                outcome=known.truth if known.truth_label is None else known.truth_label,
                known_at=known.known_at,
                source=known.source,
                former=known.former,
            )
            for known in read_outcomes(engine, first.prediction_id)
        ),
    )
