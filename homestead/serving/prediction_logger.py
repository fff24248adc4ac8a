"""What the server keeps of its answers: lines for the prediction log."""

import itertools
import os
import time

from homestead.prediction_log.entries import LogLine, PredictionEntry
from homestead.prediction_log.spool import Spool
from homestead.serving.metrics import ServerMetrics
from homestead.serving.models.manager import LoadedModel
from homestead.serving.protocols.base import FeedbackMessage, PredictionRequest, PredictionResponse
from homestead.settings import Settings


class PredictionLogger:
    """Writes to the spool, and names what it writes."""

    def __init__(
        self, problem: str, spool: Spool, metrics: ServerMetrics, settings: Settings
    ) -> None:
        self._problem = problem
        self._spool = spool
        self._shed = settings.log_full_policy == "shed"
        self._shed_rows = metrics.counter("prediction_log_shed_rows_total", problem)
        # Unique, short, and in the order of time: an index on it grows at its end.
        self._prefix = f"{time.time_ns() // 1_000_000:011x}{os.urandom(5).hex()}"
        self._numbers = itertools.count()

    def name(self) -> str:
        """A new line's id."""
        return f"{self._prefix}{next(self._numbers):08x}"

    def prediction(
        self,
        by: LoadedModel,
        table: list[list[float]],
        answer: PredictionResponse,
        request: PredictionRequest,
        now: float,
        shadow_of: str | None = None,
    ) -> None:
        """Keep an answer.

        Args:
            table: the model's inputs, by row.
            now: seconds since 1970.
            shadow_of: see :class:`homestead.prediction_log.entries.PredictionEntry`.

        Raises:
            OSError: there is no room for it, and the settings don't allow to shed it.
        """
        values, labels = answer.predictions, answer.labels
        entities = by.resolver.entities(request.rows) if request.rows is not None else []
        line = PredictionEntry(
            answer.prediction_id,
            self._problem,
            by.version,
            by.digest,
            now,
            by.privacy.names,
            by.privacy.features(table),
            values if labels is None else [max(row) for row in values],
            answer.request_id,
            by.privacy.entities(entities),
            labels,
            shadow_of,
        )
        self._append(line, len(table))

    def feedback(self, found: FeedbackMessage) -> str:
        """Keep what a client says of a prediction: the line's id.

        Raises:
            OSError: as :meth:`prediction`.
        """
        name = self.name()
        self._append(found.log_entry(name, self._problem, time.time()), 0)
        return name

    def _append(self, line: LogLine, rows: int) -> None:
        try:
            self._spool.append(line)
        except OSError:
            # What can't be logged must not be answered, unless the settings say so.
            if not self._shed:
                raise
            self._shed_rows.inc(rows)
