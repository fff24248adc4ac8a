"""What a comparison of served inputs with the offline store has found."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MismatchKind = Literal["late", "early", "missing", "unexpected", "different", "derived"]
# Mismatches of each feature that a report names one by one.
MAX_NAMED = 20
MEANINGS: dict[MismatchKind, str] = {
    "late": "the value of an earlier row: the online store, or the request, was behind",
    "early": "the value of a later row, which was not known at the time",
    "missing": "no value was served, though the offline store has one",
    "unexpected": "a value was served, though the offline store has none",
    "different": "a value that no row of the entity has",
    "derived": "the expression gives another value for the logged inputs",
}


class FeatureMismatch(BaseModel):
    """A logged input that is not the offline store's value at the row's time.

    Attributes:
        at: when it was predicted, seconds since 1970.
        view: None for a derived feature that is computed from the logged inputs.
        entity: the view's key.
        logged, offline: the values, None if missing, in the model's codes.
        logged_age_s: how long the logged value had been known at the row's time, negative if it
            was not known yet; None if no row of the entity has it.
        offline_age_s: the same of the offline value; None if there is none, or without timestamps.
    """

    model_config = ConfigDict(frozen=True)
    prediction_id: str
    row: int
    version: str
    at: float
    view: str | None
    feature: str
    entity: str | None
    logged: float | None
    logged_age_s: float | None
    offline: float | None
    offline_age_s: float | None
    kind: MismatchKind


class FeatureParity(BaseModel):
    """Comparison of one feature.

    Attributes:
        compared: rows whose value could be compared.
        equal: rows with the same bits, or with what the view's policy for old values says.
        within_lag: rows with an earlier value that was replaced within the allowed lag.
        mismatches: the other rows, by kind.
        examples: the first of them.
    """

    compared: int = 0
    equal: int = 0
    within_lag: int = 0
    mismatches: dict[MismatchKind, int] = Field(default_factory=dict)
    examples: list[FeatureMismatch] = Field(default_factory=list)


class PredictionMismatch(BaseModel):
    """A logged prediction that the stored model does not give for the logged inputs."""

    model_config = ConfigDict(frozen=True)
    prediction_id: str
    row: int
    version: str
    entity: str | None
    logged: float | None
    replayed: float | None
    age_s: float = Field(description="time since the prediction, in seconds")


class ParityReport(BaseModel):
    """Outcome of a comparison.

    Attributes:
        rows: logged rows in the window.
        features: by name, those that could be compared.
        stale_rows: by view, rows whose offline value was older than the time to live, which the
            view lets the server use; training has no value there.
        predictions_equal, predictions_different, predictions_skipped: rows of the stored models.
        prediction_mismatches: the first of those that differ.
        notes: what could not be compared, and why, with the number of rows.
    """

    problem: str
    rows: int = 0
    features: dict[str, FeatureParity] = Field(default_factory=dict)
    stale_rows: dict[str, int] = Field(default_factory=dict)
    predictions_equal: int = 0
    predictions_different: int = 0
    predictions_skipped: int = 0
    prediction_mismatches: list[PredictionMismatch] = Field(default_factory=list)
    notes: dict[str, int] = Field(default_factory=dict)

    @property
    def mismatched_values(self) -> int:
        """Number of logged inputs that differ from the offline store."""
        return sum(sum(feature.mismatches.values()) for feature in self.features.values())

    @property
    def has_mismatch(self) -> bool:
        """Whether an input or a prediction differs."""
        return bool(self.mismatched_values or self.predictions_different)

    def add_note(self, text: str, rows: int) -> None:
        """Count rows that could not be compared for a reason."""
        self.notes[text] = self.notes.get(text, 0) + rows
