"""Lines of the prediction log: one prediction, feedback message or one-sided failure each.

The JSON keys are those of spools on disk, written by earlier versions too; ``rename`` keeps them
where a field has a clearer name in Python.
"""

import msgspec


class PredictionEntry(
    msgspec.Struct,
    tag_field="kind",
    tag="prediction",
    rename={"timestamp_s": "at", "feature_names": "names"},
    omit_defaults=True,
):
    """One answered request; lists have one item per row.

    Attributes:
        id: unique id, which the answer carries too.
        digest: SHA-256 of the model file.
        timestamp_s: seconds since 1970.
        feature_names: the model's inputs that may be logged.
        features: rows x ``feature_names``: the values, null if missing. A text is the hash of a
            sensitive value.
        predictions: the value, or the probability of the label.
        shadow_of: id of the answered prediction that this one is compared with; a shadow's own
            answer is sent to nobody.
        release: the step of the release whose plan answered, ``<release id>/<step>``; None
            outside of releases.
        latency_s: from the request's arrival to the model's prediction, in seconds; in releases
            only, and not of shadows or answers of a champion after the challenger has failed.
    """

    id: str
    problem: str
    version: str
    digest: str
    timestamp_s: float
    feature_names: tuple[str, ...]
    features: list[list[float | str | None]]
    predictions: list[float]
    request_id: str | None = None
    entities: list[str | None] = []
    labels: list[str] | None = None
    shadow_of: str | None = None
    release: str | None = None
    latency_s: float | None = None

    @property
    def row_count(self) -> int:
        """Number of predicted rows."""
        return len(self.predictions)


class FeedbackEntry(
    msgspec.Struct,
    tag_field="kind",
    tag="feedback",
    rename={"timestamp_s": "at", "ground_truth": "truth"},
):
    """One feedback message: what became known after a prediction.

    Attributes:
        id: unique id of the message.
        timestamp_s: seconds since 1970.
        prediction_id: the server's id of the prediction, or the client's own id of its request.
        ground_truth: per row, the value or the class of the target.
        reward: the client's own measure.
    """

    id: str
    problem: str
    timestamp_s: float
    prediction_id: str
    ground_truth: list[float | str]
    reward: float | None = None

    @property
    def row_count(self) -> int:
        """Number of predicted rows."""
        return 0


class FailureEntry(msgspec.Struct, tag_field="kind", tag="failure", rename={"timestamp_s": "at"}):
    """A request in a release that one of its two models failed on, and the other did not.

    Attributes:
        id: unique id of the entry.
        release: the step of the release, as ``<release>/<step>``.
        timestamp_s: seconds since 1970.
        subject: keyed hash of whom the request is about.
        side: the model that failed: ``champion`` or ``challenger``.
        failure: ``error``, ``timeout``, ``refused``, ``not_finite`` or ``out_of_range``.
        version, digest: of the model that failed.
        challenger_share: probability that it is the challenger if both fail equally often: the
            share of subjects that it answers, or one half where both predict in any case.
    """

    id: str
    problem: str
    release: str
    timestamp_s: float
    subject: str
    side: str
    failure: str
    version: str
    digest: str
    challenger_share: float

    @property
    def row_count(self) -> int:
        """Number of predicted rows."""
        return 0


LogLine = PredictionEntry | FeedbackEntry | FailureEntry
