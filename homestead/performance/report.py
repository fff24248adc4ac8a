"""Report of a model's performance on what it served: the file ``performance.json``."""

from datetime import datetime
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer

from homestead.errors import UserError, first_fault

SCHEMA_VERSION: Final = 1
PerformanceVerdict = Literal["harm", "fine", "inconclusive"]
# What no estimate can see; each page that shows an estimate shows this beside it.
BLIND_SPOT: Final = (
    "An estimate without labels follows the inputs alone: if the relation between inputs and target"
    " has changed, it does not show here. Only labels tell."
)
_EXIT_CODES: dict[PerformanceVerdict, int] = {"fine": 0, "harm": 3, "inconclusive": 4}


class _FrozenPart(BaseModel):
    # Unknown keys are ignored, so that a report of a later minor version can be read. NaN and
    # infinity are no JSON: what has no value is None, and says why.
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Figure(_FrozenPart):
    """A metric of some rows, with its interval.

    Attributes:
        value: None where the metric has no value.
        low, high: confidence interval at the problem's ``gate.confidence``; None without a value,
            or where the rows do not give one.
        rows: how many rows it is of.
        undefined: why there is no value; empty if there is one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    rows: int = Field(ge=0)
    undefined: str = ""


class JudgedFigure(Figure):
    """A figure of the problem's metric, compared with the promise.

    Attributes:
        verdict: ``harm``: worse than promised by more than the tolerance, at ``level``; ``fine``:
            within the tolerance, with a confidence of 95%; ``inconclusive``: the rows do not tell,
            or are too few.
        reason: the verdict's figures, in a sentence.
        worse_by: how much worse than promised, relative to the promised value; below 0 if better.
        worse_by_low, worse_by_high: bounds of it: the lower at ``level``, the upper at 95%.
        level: this look's part of the month's error level.
    """

    verdict: PerformanceVerdict
    reason: str
    worse_by: float | None = None
    worse_by_low: float | None = None
    worse_by_high: float | None = None
    level: float = Field(gt=0, lt=1)


class MetricFigures(_FrozenPart):
    """One metric: promised, measured and estimated; None where there is no such figure."""

    metric: str
    promised: Figure | None = None
    measured: Figure | None = None
    estimated: Figure | None = None


class VersionFigures(_FrozenPart):
    """The problem's metric of one version that answered in the window.

    Attributes:
        predictions: answered rows of the window, labelled or not.
    """

    version: str
    predictions: int
    promised: Figure | None = None
    measured: Figure | None = None
    estimated: Figure | None = None


class SliceFigures(_FrozenPart):
    """The problem's metric where ``column`` is ``value``; judged as the whole is, if large enough.

    Attributes:
        promised: on the certificate's holdout; None if it does not have this slice.
    """

    column: str
    value: str
    promised: float | None = None
    measured: JudgedFigure


class PeriodFigures(_FrozenPart):
    """The problem's metric of the predictions of one period.

    Attributes:
        since, until: start (inclusive) and end (exclusive), UTC.
        predictions: answered rows, labelled or not.
    """

    since: datetime
    until: datetime
    predictions: int
    measured: Figure | None = None
    estimated: Figure | None = None


class PerformanceReport(_FrozenPart):
    """Record of one look at a model's performance.

    Attributes:
        version, digest: of the champion, whose predictions are judged.
        at: time of the look, UTC.
        since, until: window of the predictions, UTC.
        metric: the problem's metric, which all figures but those of ``metrics`` are of.
        higher_is_better: its direction.
        look: position of this look among those of its day (UTC), from 1; a look at the same data
            as the one before has the same position, and so the same level and verdict.
        data_hash: SHA-256 of the rows and labels that were read, in hex.
        predictions: answered rows of the champion in the window.
        promised: from the champion's certificate; None if that has no value of the metric.
        measured: on labelled rows; None if there are none.
        estimated: without labels; None if nothing can be estimated.
        tolerance, error_level: of the problem file, as they were.
        metrics: all metrics of the problem, its own first.
        versions: each version that answered in the window, the newest first.
        slices: of the champion's labelled rows.
        timeline: of the champion's rows, in order of time.
        notes: sentences that a reader of the figures must know.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    problem: str
    version: str
    digest: str
    at: datetime
    since: datetime
    until: datetime
    metric: str
    higher_is_better: bool
    look: int = Field(1, ge=1)
    data_hash: str = ""
    predictions: int
    promised: Figure | None
    measured: JudgedFigure | None
    estimated: JudgedFigure | None
    tolerance: float
    error_level: float
    metrics: tuple[MetricFigures, ...] = ()
    versions: tuple[VersionFigures, ...] = ()
    slices: tuple[SliceFigures, ...] = ()
    timeline: tuple[PeriodFigures, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def basis(self) -> Literal["labels", "estimate"]:
        """What the verdict rests on: labels, unless they do not tell and the estimate does.

        An estimate that is fine counts only where there are too few labels for any bound: beside
        labels that might show harm, it would hide what it cannot see.
        """
        measured, estimated = self.measured, self.estimated
        if measured is not None and measured.verdict != "inconclusive":
            return "labels"
        if estimated is None or estimated.verdict == "inconclusive":
            return "labels"
        has_bounds = measured is not None and measured.worse_by_low is not None
        return "labels" if has_bounds and estimated.verdict == "fine" else "estimate"

    @property
    def verdict(self) -> PerformanceVerdict:
        """The verdict of :attr:`basis`."""
        judged = self.measured if self.basis == "labels" else self.estimated
        return "inconclusive" if judged is None else judged.verdict

    @property
    def reason(self) -> str:
        """The verdict's reason, in a sentence."""
        judged = self.measured if self.basis == "labels" else self.estimated
        if judged is None:
            return "no prediction of the window has a label yet"
        return judged.reason

    @property
    def limit(self) -> float | None:
        """The worst value that is tolerated; None without a promise."""
        if self.promised is None or self.promised.value is None:
            return None
        worse = self.tolerance * abs(self.promised.value)
        return self.promised.value + (-worse if self.higher_is_better else worse)

    @property
    def exit_code(self) -> int:
        """Exit code of ``homestead performance``."""
        return _EXIT_CODES[self.verdict]

    @field_serializer("at", "since", "until")
    def _iso_format(self, moment: datetime) -> str:
        return moment.isoformat()

    def to_json(self) -> str:
        """Return the report as JSON text."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, origin: str = "performance report") -> Self:
        """Read a report.

        Raises:
            UserError: not JSON, another schema version, or a key is missing or wrong.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise UserError(f"{origin}: {first_fault(error)}") from None
