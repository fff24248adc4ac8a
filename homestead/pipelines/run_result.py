"""Result of a training run: what was decided, and which model is champion afterwards."""

import json
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from mlflow import MlflowClient
from mlflow.entities import Run
from pydantic import BaseModel, ConfigDict, Field, model_serializer

from homestead.errors import UserError
from homestead.evaluation.certificate import Certificate, Decision, Estimate
from homestead.names import (
    CERTIFICATE_FILE,
    COMPARISON_FILE,
    DATA_SHEET_FILE,
    MODEL_CARD_FILE,
)
from homestead.pipelines.kept_reports import keep_training_reports
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.reports.models.run_summary import summary_lines
from homestead.settings import Settings
from homestead.steps.releases.controller import describe_state
from homestead.steps.releases.records import open_records
from homestead.tracking import registry, runs, tags

_REPORTS = (DATA_SHEET_FILE, COMPARISON_FILE, CERTIFICATE_FILE)


class _Document(BaseModel):
    # NaN and infinity are no JSON: a metric without a value is None.
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    def to_json(self) -> str:
        """Return the document as JSON text."""
        return json.dumps(self.model_dump(mode="json"), indent=2, allow_nan=False) + "\n"


class CandidateScore(_Document):
    """A candidate's value of the problem's metric on the validation rows; None without one."""

    name: str
    metric: str
    value: float | None

    @model_serializer
    def _as_json(self) -> dict[str, str | float | None]:
        return {"name": self.name, self.metric: self.value}


class StartedRelease(_Document):
    """The release that a training run started.

    Attributes:
        version: registered version that is released.
        is_under_way: whether it is still to be decided, or waits for another one's end.
        state: how far it is, in words.
    """

    id: str
    version: str
    is_under_way: bool
    state: str


class TrainingResult(_Document):
    """Outcome of a training run that reached its end.

    Attributes:
        run: id of the parent run in MLflow.
        decision: ``promote`` if the gate let the new model pass, else ``keep``.
        reason: what the gate said, a sentence.
        model: the problem's name.
        metric: name of the problem's metric, which decides.
        version: registered version of the champion after the run; None if there is none.
        digest: SHA-256 of the champion's ONNX file, in hex.
        champion_metrics: metrics on the holdout of the model that the decision left as champion.
        baseline_metrics: the baseline's metrics on the same rows.
        candidates: the trained candidates.
        reports: paths of the reports on this machine, by name.
        release: the release that the run started; None if it started none.
        seconds: how long the run took.
        certificate, unit: all that the decision rests on, and the target's unit or an empty text;
            not in the JSON, whose reports name the certificate's file.

    Example:
        >>> result = homestead.train("house_price")
        >>> result.decision, result.promoted_version
        ('promote', '1')
        >>> result.estimate.low, result.estimate.high
        (0.114, 0.12)
    """

    run: str
    decision: Decision
    reason: str
    model: str
    metric: str
    version: str | None
    digest: str | None
    champion_metrics: dict[str, Estimate]
    baseline_metrics: dict[str, float | None] | None
    candidates: tuple[CandidateScore, ...]
    reports: dict[str, str]
    seconds: float
    release: StartedRelease | None = None
    certificate: Certificate = Field(exclude=True, repr=False)
    unit: str = Field("", exclude=True)

    def __str__(self) -> str:
        return "\n".join(self.summary_lines())

    def __repr__(self) -> str:
        return f"<TrainingResult of {self.model}: {self.decision}, {self.reason}>"

    @property
    def promoted_version(self) -> str | None:
        """Registered version of the model that this run promoted; None if it kept the champion.

        A release in steps has only begun then: :attr:`release` says how far it is.
        """
        if self.decision != "promote":
            return None
        return self.version if self.release is None else self.release.version

    @property
    def estimate(self) -> Estimate:
        """The new model's value of the metric on the holdout, with its interval."""
        return self.certificate.winner.metrics[self.metric]

    @property
    def champion_estimate(self) -> Estimate | None:
        """The same of the champion that it was compared with; None if there was none."""
        champion = self.certificate.champion
        return None if champion is None else champion.metrics.get(self.metric)

    def summary_lines(self) -> list[str]:
        """Return decision, metric with its interval, champion and baseline as lines for people."""
        return summary_lines(self.certificate, self.metric, self.unit, self.promoted_version)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from homestead.reports.notebook.training import training_html

        return training_html(
            self.certificate,
            self.metric,
            self.unit,
            self.promoted_version,
            {candidate.name: candidate.value for candidate in self.candidates},
            self.reports,
            self.release_lines(),
        )

    def release_lines(self) -> list[str]:
        """Return what was released, and the command that goes on with it, as lines for people."""
        release = self.release
        if release is None:
            return []
        lines = [f"release {release.id} of version {release.version}: {release.state}"]
        if release.is_under_way:
            lines.append("next: homestead watch takes it through its steps, while servers answer")
        return lines


class FailedRun(_Document):
    """Outcome of a training run in which a step failed."""

    decision: Literal["failed"] = "failed"
    reason: str
    model: str


def read_result(
    problem: Problem, settings: Settings, pipeline_run: str, seconds: float
) -> TrainingResult:
    """Read the result of a pipeline run from MLflow.

    Raises:
        UserError: MLflow has no such run, or its certificate cannot be read.
    """
    mlflow = runs.open_client(settings)
    run = runs.find_run(mlflow, problem.name, pipeline_run)
    if run is None:
        raise UserError(f"pipeline run {pipeline_run}: MLflow has no run of {problem.name} for it")
    run_id = run.info.run_id
    certificate = Certificate.from_json(
        runs.read_text(mlflow, run_id, CERTIFICATE_FILE), f"run {run_id}: {CERTIFICATE_FILE}"
    )
    standing = certificate.winner
    if certificate.decision != "promote" and certificate.champion is not None:
        standing = certificate.champion
    champion = registry.champion(mlflow, problem.name)
    scores: dict[str, float | None] = json.loads(run.data.tags[tags.CANDIDATES])
    return TrainingResult(
        run=run_id,
        decision=certificate.decision,
        reason=certificate.reason,
        model=problem.name,
        metric=problem.metric,
        version=champion.version if champion else None,
        digest=champion.digest if champion else None,
        champion_metrics=standing.metrics,
        baseline_metrics=certificate.baseline,
        candidates=tuple(
            CandidateScore(name=name, metric=problem.metric, value=value)
            for name, value in scores.items()
        ),
        reports=keep_training_reports(
            settings, problem.name, _reports(mlflow, run, problem.name, champion)
        ),
        seconds=seconds,
        release=_started_release(settings, run.data.tags.get(tags.RELEASE)),
        certificate=certificate,
        unit=problem.columns[problem.target].unit,
    )


def _started_release(settings: Settings, release: str | None) -> StartedRelease | None:
    if release is None:
        return None
    with open_records(settings) as records:
        record = records.of_id(release)
    if record is None:
        return None
    return StartedRelease(
        id=record.id,
        version=record.challenger.version,
        is_under_way=not record.has_ended,
        state=describe_state(record),
    )


def _reports(
    mlflow: MlflowClient, run: Run, problem: str, champion: ModelVersion | None
) -> dict[str, str]:
    """Return the paths, by name, of the run's reports and of the champion's model card."""
    folder = _artifacts_folder(run)
    paths = [folder / name for name in _REPORTS]
    if champion is not None:
        run_id = registry.version_run_id(mlflow, problem, champion.version)
        paths.append(_artifacts_folder(mlflow.get_run(run_id)) / MODEL_CARD_FILE)
    return {path.stem: str(path) for path in paths if path.exists()}


def _artifacts_folder(run: Run) -> Path:
    """Return the folder of a run's artifacts, which exists only if they are on this machine."""
    return Path(unquote(urlsplit(run.info.artifact_uri).path))
