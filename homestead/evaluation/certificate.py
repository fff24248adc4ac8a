"""The promotion certificate: what was compared, on which rows, and what was decided."""

import json
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, ValidationError, field_validator

from homestead.errors import UserError, first_fault
from homestead.evaluation.certificate_parts import OMITTED_IF_EMPTY, CertificatePart, Holdout
from homestead.problem.model_metrics.table import MODEL_METRICS

SCHEMA_VERSION: Final = 1
Decision = Literal["promote", "keep"]


class Estimate(CertificatePart):
    """A metric's value on the holdout, with its bootstrap interval.

    Attributes:
        value: None where the metric is not defined.
        low, high: None without a value, or where too many resamples have none.
        undefined: why there is no value, and in how many rows; empty if there is one.
    """

    value: float | None
    low: float | None
    high: float | None
    undefined: str = OMITTED_IF_EMPTY


class ScoredModel(CertificatePart):
    """A model and its metrics on the holdout.

    Attributes:
        digest: SHA-256 of the ONNX file, in hex.
        version: the registered version; None for a model that is not registered yet.
        metrics: by name; the problem's own metric first.
    """

    digest: str
    version: str | None = None
    metrics: dict[str, Estimate]


class Comparison(CertificatePart):
    """Difference of the problem's metric, winner less another, with its paired interval.

    Attributes:
        low, high: None where too many resamples have no value, which tells nothing.
    """

    metric: str
    difference: float
    low: float | None
    high: float | None

    @property
    def is_better(self) -> bool:
        """Return whether the winner is better by the whole interval."""
        return self._lies_on_side(better=True)

    @property
    def is_worse(self) -> bool:
        """Return whether the winner is worse by the whole interval."""
        return self._lies_on_side(better=False)

    def _lies_on_side(self, *, better: bool) -> bool:
        if self.low is None or self.high is None:
            return False
        above = MODEL_METRICS[self.metric].higher_is_better is better
        return self.low > 0 if above else self.high < 0


class SliceResult(CertificatePart):
    """The problem's metric on one part of the holdout.

    Attributes:
        worse_by: how much worse the winner is there, relative to the champion.
        judged: whether the slice has enough rows to count, and the metric a value.
        undefined: why the metric has no value for one of the models; empty if it has.
    """

    column: str
    value: str
    rows: int
    winner: float | None
    champion: float | None
    worse_by: float | None
    judged: bool
    ok: bool
    undefined: str = OMITTED_IF_EMPTY


class CoverageSlice(CertificatePart):
    """Share of targets within their prediction interval in one part of the holdout.

    Attributes:
        low, high: confidence interval of the share (Wilson, 1927).
        median_width: in the target's unit; None if a width is not finite, and in certificates of
            earlier versions.
    """

    column: str
    value: str
    rows: int
    covered: float
    low: float
    high: float
    median_width: float | None = None


class IntervalCoverage(CertificatePart):
    """Coverage of the winner's prediction intervals on the holdout.

    Attributes:
        asked: the coverage that the intervals were made for.
        covered, low, high: the share of targets within them, with its confidence interval.
        median_width: in the target's unit; None if a width is not finite.
    """

    asked: float
    covered: float
    low: float
    high: float
    median_width: float | None
    slices: tuple[CoverageSlice, ...] = ()


class LimitResult(CertificatePart):
    """A metric of the winner beside the gate's absolute limit."""

    metric: str
    limit: float
    value: float | None
    ok: bool


class Certificate(CertificatePart):
    """A decision for or against promotion, with all that it rests on.

    Attributes:
        baseline: metrics of the baseline prediction, by name.
        baseline_comparison: winner and baseline, as ``comparison``; None in certificates of
            earlier versions.
        comparison: None where there is no champion that can be scored.
        interval: None if the winner has no prediction intervals.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    problem: str
    decision: Decision
    reason: str
    winner: ScoredModel
    champion: ScoredModel | None
    baseline: dict[str, float | None] | None
    baseline_comparison: Comparison | None = Field(None, exclude_if=lambda value: value is None)
    holdout: Holdout
    data_hash: str
    commit: str
    comparison: Comparison | None
    slices: tuple[SliceResult, ...]
    limits: tuple[LimitResult, ...]
    interval: IntervalCoverage | None = Field(None, exclude_if=lambda value: value is None)

    @field_validator("comparison", mode="before")
    @classmethod
    def _has_a_difference(cls, value: Any) -> Any:
        """Read the comparison of two undefined metrics, as earlier versions wrote it, as none."""
        return None if isinstance(value, dict) and value.get("difference", 0) is None else value

    @classmethod
    def from_json(cls, text: str, origin: str) -> Self:
        """Read a certificate.

        Raises:
            UserError: not JSON, another schema version, or a key is missing or wrong; the message
                names ``origin``, what was found and what is allowed.
        """
        try:
            # Earlier versions wrote NaN where a metric has no value.
            raw: Any = json.loads(text, parse_constant=lambda _: None)
        except ValueError as error:
            raise UserError(f"{origin}: not JSON: {error}") from None
        found = raw.get("schema_version") if isinstance(raw, dict) else None
        if found != SCHEMA_VERSION:
            raise UserError(
                f"{origin}: found a certificate of schema version {found!r},"
                f" allowed is {SCHEMA_VERSION}"
            )
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise UserError(f"{origin}: {first_fault(error)}") from None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a certificate file.

        Raises:
            UserError: as :meth:`from_json`, or there is no such file.
        """
        try:
            return cls.from_json(path.read_text(encoding="utf-8"), str(path))
        except FileNotFoundError:
            raise UserError(f"{path}: no such certificate") from None

    def to_json(self) -> str:
        """Return the certificate as JSON text; equal certificates give equal text."""
        content = self.model_dump(mode="json", by_alias=True)
        # Only a champion has a version.
        del content["winner"]["version"]
        return json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n"

    def require_promotion_of(self, digest: str) -> None:
        """Refuse to register or release another model than the certified one.

        Args:
            digest: SHA-256 of the model's file, in hex.

        Raises:
            UserError: the certificate is of another model, or does not say 'promote'.
        """
        if self.winner.digest != digest:
            raise UserError(
                f"model {digest[:12]}: the certificate is of model {self.winner.digest[:12]}"
            )
        if self.decision != "promote":
            raise UserError(f"model {digest[:12]}: the certificate says {self.decision!r}")
