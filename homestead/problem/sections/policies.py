"""Conditions for promotion and drift, and service level objectives."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from homestead.names import LATENCY_BUCKETS_S
from homestead.problem.sections.part import ProblemPart, Share


class Gate(ProblemPart):
    """Conditions under which a new model becomes champion."""

    limits: dict[str, float] = Field(
        default_factory=dict, description="Worst allowed value per metric on the holdout."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1)
    min_rows: int = Field(
        30, ge=2, description="A holdout with fewer rows is too small to promote on."
    )
    slice_tolerance: float = Field(
        0.05, ge=0, description="How much worse, relative to the champion, a slice may be."
    )
    min_slice_rows: int = Field(50, ge=1, description="Slices with fewer rows are not judged.")


class DriftPolicy(ProblemPart):
    """Conditions under which the served rows count as drifted from the training rows."""

    max_drift_share: Share = Field(
        0.3, description="A larger share of drifted inputs is drift: the limit of the alert."
    )
    min_rows: int = Field(100, ge=1, description="With fewer served rows there is no verdict.")
    max_rows: int = Field(
        10_000,
        ge=100,
        description="Larger tables are sampled to so many rows, always the same ones.",
    )
    calibrated: bool = Field(
        True,
        description="Test in addition, with a known rate of false alarms, each input, the"
        " predictions, the outcomes, and all inputs together.",
    )
    false_alarms_per_month: float = Field(
        0.01,
        gt=0,
        le=0.5,
        description="Largest probability that any calibrated check of a calendar month (UTC) finds"
        " drift where there is none, however many checks there are.",
    )

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.min_rows > self.max_rows:
            raise ValueError(f"min_rows {self.min_rows} is more than max_rows {self.max_rows}")
        return self


class Objectives(ProblemPart):
    """Service level objectives over 30 days, and how old features, reports and models may get."""

    availability: float = Field(0.999, gt=0, lt=1, description="Share of requests answered.")
    latency_ms: float = Field(50, gt=0, description="An edge of the latency histogram's buckets.")
    latency_share: float = Field(0.99, gt=0, lt=1, description="Share answered within latency_ms.")
    feature_age_days: float | None = Field(
        None, gt=0, description="Age of a view's newest value; by default the view's ttl_days."
    )
    drift_age_hours: float = Field(26, gt=0, description="Age of the newest drift report.")
    model_age_days: float = Field(
        35, gt=0, description="Since the champion was registered or a training confirmed it."
    )
    label_age_days: float = Field(
        7, gt=0, description="Since the newest label arrived, once there are any."
    )

    @field_validator("latency_ms")
    @classmethod
    def _is_bucket_edge(cls, value: float) -> float:
        edges = [round(edge * 1000, 6) for edge in LATENCY_BUCKETS_S]
        if value not in edges:
            allowed = ", ".join(f"{edge:g}" for edge in edges)
            raise ValueError(f"found {value:g}, allowed are {allowed}")
        return value
