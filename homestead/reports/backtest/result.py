"""What a backtest found: error over time of each strategy, with trainings and alerts."""

import json
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

StrategyName = Literal["never", "monthly", "loop"]
TITLES: dict[StrategyName, str] = {
    "never": "never retrained",
    "monthly": "retrained each month",
    "loop": "the loop",
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class ReplayedPeriod(_Part):
    """What a strategy's champion answered from ``since`` to before ``until``.

    Attributes:
        since: seconds since 1970.
        until: seconds since 1970.
        rows: number of answered rows.
        value: the problem's metric on them; None where it has none.
        version: version that answered.
    """

    since: float
    until: float
    rows: int
    value: float | None
    version: str


class ReplayedTraining(_Part):
    """A training and what came of it.

    Attributes:
        at: seconds since 1970, in the table's time.
        reason: what it was started for.
        decision: of the gate: promote, or the champion was kept.
        version: the champion afterwards.
        rows: number of rows that were known.
    """

    at: float
    reason: str
    decision: str
    version: str
    rows: int


AlertKind = Literal["harm", "drift"]


class ReplayedAlert(_Part):
    """What the watch found: harm by labels, or drift by the share or the calibrated tests.

    Attributes:
        at: seconds since 1970, in the table's time.
    """

    at: float
    reason: str
    kind: AlertKind = "harm"


class Measured(_Part):
    """A value with the interval of a bootstrap of the rows."""

    value: float | None
    low: float | None
    high: float | None


class StrategyResult(_Part):
    """What a strategy came to.

    Attributes:
        overall: the metric on all answered rows.
        less_never: the metric less that of the model that is never retrained, with the paired
            interval; None for that model.
    """

    name: StrategyName
    overall: Measured
    less_never: Measured | None
    periods: tuple[ReplayedPeriod, ...]
    trainings: tuple[ReplayedTraining, ...]
    alerts: tuple[ReplayedAlert, ...]

    @property
    def releases(self) -> list[ReplayedTraining]:
        """The trainings after the first whose winner was released."""
        return [training for training in self.trainings[1:] if training.decision == "promote"]

    def alerts_of(self, kind: AlertKind) -> list[ReplayedAlert]:
        """Return the alerts of a kind."""
        return [alert for alert in self.alerts if alert.kind == kind]


class BacktestResult(_Part):
    """Outcome of a backtest.

    Attributes:
        since: moment of the first training, seconds since 1970.
        until: end of the replayed time.
        period_days: how long a period is; at the end of each the loop looks.
        candidates: names of the trained candidates.
    """

    problem: str
    metric: str
    since: float
    until: float
    period_days: float
    validation_days: float
    holdout_days: float
    candidates: tuple[str, ...]
    rows: int
    strategies: tuple[StrategyResult, ...]

    def strategy(self, name: StrategyName) -> StrategyResult:
        """Return a strategy's result."""
        return next(strategy for strategy in self.strategies if strategy.name == name)

    def to_json(self) -> str:
        """Return the document as JSON text."""
        return json.dumps(self.model_dump(mode="json"), indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls.model_validate_json(text)
