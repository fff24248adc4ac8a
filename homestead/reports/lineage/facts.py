"""What is known of the origin of predictions and model versions, and of what came from them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class OutcomeFacts(_Facts):
    """What became known of a predicted row.

    Attributes:
        outcome: the value or the class.
        known_at: when it was known, or else received, seconds since 1970.
        source: file, URI, ``api`` or ``feedback``.
        former: number of outcomes that it has superseded.
    """

    row: int
    outcome: float | str | None
    known_at: float
    source: str
    former: int


class PredictionFacts(_Facts):
    """A logged prediction.

    Attributes:
        request_id: the client's own id of its request.
        rows: number of rows.
        at: when it was predicted, seconds since 1970.
        predictions: by row, the value, or the probability of the label.
        labels: by row, the answered class; None for a regression.
        shadow_of: the answered prediction that this one is compared with, if it was not answered.
        release: the step of the release that answered, ``<release>/<step>``.
        outcomes: of the rows of which something became known.
    """

    prediction_id: str
    request_id: str | None
    version: str
    digest: str
    at: float
    rows: int
    entities: tuple[str | None, ...]
    predictions: tuple[float | None, ...]
    labels: tuple[str | None, ...]
    shadow_of: str | None
    release: str | None
    outcomes: tuple[OutcomeFacts, ...] = ()


class CertificateFacts(_Facts):
    """A promotion certificate.

    Attributes:
        uri: of the signed file; None if the version has none.
        decision, reason: of the gate; empty if it cannot be read.
        signed_by: ids of the trusted keys that signed it.
        problem: why it is not trusted here, or cannot be read; empty if it is.
    """

    uri: str | None
    decision: str = ""
    reason: str = ""
    signed_by: tuple[str, ...] = ()
    problem: str = ""


class RunFacts(_Facts):
    """A run in MLflow.

    Attributes:
        kind: the parent run of a training, or the run of the winning candidate.
        status: MLflow's; empty if the run was deleted.
        started_at: seconds since 1970.
        pipeline_run: id of the pipeline run in its backend.
        link: page in MLflow; empty if the store has no pages.
    """

    kind: Literal["training", "candidate"]
    run_id: str
    status: str = ""
    started_at: float | None = None
    pipeline_run: str = ""
    link: str = ""


class OriginFacts(_Facts):
    """What a version was made from; an empty text is not recorded.

    Attributes:
        data_hash: SHA-256 of the source's bytes.
        source: its URI.
        data_version: where DVC keeps these bytes.
        labels_hash: SHA-256 of the labelled predictions among the rows, a file of the run; empty
            without such rows.
        training_set_hash, holdout_hash: SHA-256 of their values.
        features_hash: SHA-256 of the feature definitions.
        views: feature views of the problem file as it was, with their features.
        derived: derived columns of that file.
        candidate: the winner's name.
        seed: of searches and estimators.
        commit: of the code; it ends in ``-dirty`` with uncommitted changes.
        image: of the steps.
        environment: SHA-256 of the list of installed packages, ``environment.txt`` of the run.
    """

    data_hash: str = ""
    source: str = ""
    data_version: str = ""
    labels_hash: str = ""
    training_set_hash: str = ""
    holdout_hash: str = ""
    features_hash: str = ""
    views: dict[str, tuple[str, ...]] = {}
    derived: tuple[str, ...] = ()
    candidate: str = ""
    seed: str = ""
    commit: str = ""
    image: str = ""
    environment: str = ""


class ReleaseFacts(_Facts):
    """A release of a version.

    Attributes:
        started_at, ended_at: seconds since 1970; the second is None while it is under way.
    """

    release: str
    state: str
    champion: str | None
    started_at: float
    ended_at: float | None
    reason: str


class UseFacts(_Facts):
    """What a version has predicted, and what became known of it.

    Attributes:
        rows, shadow_rows: rows that it answered, and that it predicted beside another's answer.
        first_at, last_at: seconds since 1970.
        labelled_rows: rows whose outcome is known.
    """

    rows: int = 0
    shadow_rows: int = 0
    first_at: float | None = None
    last_at: float | None = None
    labelled_rows: int = 0


class VersionLineage(_Facts):
    """A registered version, from its data to its predictions.

    Attributes:
        aliases: such as ``champion``.
        created_at: when it was registered, seconds since 1970.
        runs: in MLflow, the parent run first.
        siblings: other versions that were made from the same data.
    """

    version: str
    digest: str
    uri: str
    aliases: tuple[str, ...]
    created_at: float | None
    certificate: CertificateFacts
    runs: tuple[RunFacts, ...]
    origin: OriginFacts
    releases: tuple[ReleaseFacts, ...]
    use: UseFacts
    siblings: tuple[str, ...]


class LineageReport(_Facts):
    """Answer to the question where something comes from, and what came from it.

    Attributes:
        asked: the id, version or hash that was asked for.
        kind: what it names.
        prediction: the prediction, if it names one.
        versions: the version that predicted, the named version, or all those of the data.
        notes: what cannot be told, and why.
    """

    problem: str
    asked: str
    kind: Literal["prediction", "version", "data"]
    prediction: PredictionFacts | None
    versions: tuple[VersionLineage, ...]
    other_runs: tuple[RunFacts, ...] = ()
    notes: tuple[str, ...] = ()
