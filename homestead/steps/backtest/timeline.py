"""The table's time: what is known at a moment, and what arrives after it.

Everything else of a backtest gets its rows from here, so that none of the future can be seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.sections.source_format import Drop, SourceFormat
from homestead.problem.sections.split import TimeSplit
from homestead.problem.split import required_timestamp, split_times

DAY_S = 86_400
# Share of the table's time before the first training.
_DEFAULT_START = 0.4
_MIN_PART_DAYS = 1


@dataclass(frozen=True)
class Schedule:
    """Moments of a backtest, in seconds since 1970.

    Attributes:
        start: of the first training.
        end: of the replayed time.
        period_s: from one look to the next.
        validation_days: of each training, before its holdout.
        holdout_days: newest days that are known at a training.
    """

    start: float
    end: float
    period_s: float
    validation_days: int
    holdout_days: int

    def periods(self) -> Iterator[tuple[float, float]]:
        """Yield beginning and end of each period; the last one may be shorter."""
        since = self.start
        while since < self.end:
            yield since, min(since + self.period_s, self.end)
            since += self.period_s

    @property
    def period_days(self) -> float:
        """Days from one look to the next."""
        return self.period_s / DAY_S

    def split(self) -> TimeSplit:
        """Return the split of a training, which moves with the rows that are known."""
        return TimeSplit(
            validation_from=f"last {self.validation_days + self.holdout_days} days",
            holdout_from=f"last {self.holdout_days} days",
        )


class Timeline:
    """Rows of a table in the order of time.

    Args:
        rows: valid rows, whose timestamp says when each of them was to be predicted; its target
            is known ``labels.after_days`` later.
    """

    def __init__(self, rows: pd.DataFrame, problem: Problem) -> None:
        self.problem = problem
        times = pd.to_datetime(rows[required_timestamp(problem)], utc=True)
        seconds = (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(float)
        order = np.argsort(seconds, kind="stable")
        names = [name for name in problem.columns if name in rows]
        self._rows = rows.iloc[order][names].reset_index(drop=True)
        self._at = seconds[order]

    @property
    def first(self) -> float:
        """Time of the first row, in seconds since 1970."""
        return float(self._at[0])

    @property
    def last(self) -> float:
        """Time of the last row, in seconds since 1970."""
        return float(self._at[-1])

    def known(self, now: float) -> pd.DataFrame:
        """Return the rows whose target is known at a moment."""
        count = int(np.searchsorted(self._at + self.problem.labels.after_s, now, "left"))
        return self._rows.iloc[:count].copy()

    def arriving(self, since: float, until: float) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the rows from ``since`` to before ``until``, and their times in seconds."""
        first, last = np.searchsorted(self._at, [since, until], "left")
        return self._rows.iloc[first:last].copy(), self._at[first:last]

    def schedule(
        self,
        start: float | None = None,
        period_days: float = 7,
        validation_days: int | None = None,
        holdout_days: int | None = None,
    ) -> Schedule:
        """Return the moments of a backtest; by default validation and holdout as the problem has.

        Raises:
            UserError: there is no time left to train on, or to replay.
        """
        if validation_days is None or holdout_days is None:
            own = self._part_days()
            validation_days, holdout_days = validation_days or own[0], holdout_days or own[1]
        if start is None:
            begins = self.first + _DEFAULT_START * (self.last - self.first)
            start = np.ceil(begins / DAY_S) * DAY_S
        end = float(np.floor(self.last / DAY_S + 1) * DAY_S)
        trains_days = (start - self.first) / DAY_S - validation_days - holdout_days
        if trains_days <= 0 or start >= end:
            raise UserError(
                f"backtest: the rows are from {_day(self.first)} to {_day(self.last)}; found a"
                f" start at {_day(start)} with {validation_days} days of validation and"
                f" {holdout_days} of holdout before it; allowed is a start that leaves days to"
                " train on before them, and days to replay after it"
            )
        return Schedule(float(start), end, period_days * DAY_S, validation_days, holdout_days)

    def _part_days(self) -> tuple[int, int]:
        split = self.problem.split
        if not isinstance(split, TimeSplit):
            raise UserError(
                f"backtest: problem {self.problem.name} has a split that is not by time; say"
                " --validation-days and --holdout-days"
            )
        times = (self._at * 1e6).astype("int64").astype("datetime64[us]")
        validation, holdout = split_times(times, split)
        day = np.timedelta64(1, "D")
        return (
            max(_MIN_PART_DAYS, round(float((holdout - validation) / day))),
            max(_MIN_PART_DAYS, round(float((times[-1] - holdout) / day))),
        )


def replayed_problem(problem: Problem, schedule: Schedule) -> Problem:
    """Return the problem as it trains in a backtest: on Parquet files, split by their end."""
    return problem.model_copy(
        update={
            "format": SourceFormat(),
            "drop": Drop(),
            "split": schedule.split(),
        }
    )


def _day(seconds: float) -> str:
    return str(np.datetime64(int(seconds), "s").astype("datetime64[D]"))
