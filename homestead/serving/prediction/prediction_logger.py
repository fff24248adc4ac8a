"""Log entries of predictions and feedback, written to the spool."""

import os
import time

from homestead.prediction_log.entries import FeedbackEntry, LogLine, PredictionEntry
from homestead.prediction_log.spool import Spool
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.prediction.model_call import ModelOutput
from homestead.serving.protocols.base import FeedbackMessage, PredictionRequest, PredictionResponse
from homestead.settings import Settings

_RANDOM_BYTES = 10
_IDS_PER_CALL = 500


class PredictionLogger:
    """Writes one problem's log entries, and generates their ids."""

    def __init__(
        self, problem: str, spool: Spool, metrics: ServerMetrics, settings: Settings
    ) -> None:
        self._problem = problem
        self._spool = spool
        self._sheds_when_full = settings.log_full_policy == "shed"
        self._shed_rows = metrics.counter("homestead_prediction_log_shed_rows_total", problem)
        self._random_texts: list[str] = []

    def new_id(self) -> str:
        """Return an id for a new entry.

        Sorted by time, so that a database index on ids grows at its end; and with 80 random bits,
        so that nobody can give feedback on a prediction that somebody else got.
        """
        if not self._random_texts:
            # One system call for many ids.
            text = os.urandom(_RANDOM_BYTES * _IDS_PER_CALL).hex(" ", _RANDOM_BYTES)
            self._random_texts = text.split()
        return f"{int(time.time() * 1_000_000):013x}{self._random_texts.pop()}"

    def prediction_entry(
        self,
        output: ModelOutput,
        response: PredictionResponse,
        request: PredictionRequest,
        received_at: float,
        shadow_of: str | None = None,
    ) -> PredictionEntry:
        """Return the entry of a prediction. May be called in a thread.

        Args:
            received_at: seconds since 1970.
            shadow_of: see :class:`homestead.prediction_log.entries.PredictionEntry`.
        """
        model, predictions, labels = output.model, response.predictions, response.labels
        if labels is not None:
            predictions = _label_probabilities(response, labels)
        keys = model.resolver.entity_keys(request.rows) if request.rows is not None else []
        redactor = model.redactor
        return PredictionEntry(
            response.prediction_id,
            self._problem,
            model.version,
            model.digest,
            received_at,
            redactor.feature_names,
            redactor.redact_inputs(output.inputs),
            predictions,
            response.request_id,
            redactor.redact_keys(keys),
            labels,
            shadow_of,
            output.release,
            output.latency_s,
        )

    def log_feedback(self, message: FeedbackMessage) -> str | None:
        """Log a feedback message, and return the id of its entry.

        Returns:
            None if the message names no prediction: it could never be joined, and is not logged.

        Raises:
            OSError: as :meth:`append`.
        """
        if message.prediction_id is None:
            return None
        entry = FeedbackEntry(
            self.new_id(),
            self._problem,
            time.time(),
            message.prediction_id,
            message.truth,
            message.reward,
        )
        self.append(entry, 0)
        return entry.id

    def append(self, entry: LogLine, rows: int) -> None:
        """Log an entry.

        Args:
            entry: one that no thread works on any more.
            rows: its predictions.

        Raises:
            OSError: the spool has no room, and the settings do not allow to shed entries.
        """
        try:
            self._spool.append(entry)
        except OSError:
            # What cannot be logged must not be sent, unless the settings allow it.
            if not self._sheds_when_full:
                raise
            self._shed_rows.inc(rows)


def _label_probabilities(response: PredictionResponse, labels: list[str]) -> list[float]:
    """Return the probability of each row's label."""
    if response.contract.decision is None:
        return [max(row) for row in response.predictions]
    classes = response.contract.classes
    rows = zip(response.predictions, labels, strict=True)
    return [row[classes.index(label)] for row, label in rows]
