"""Scoring of one part: from rows as they were read to a table of results and lines of the log."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.errors import UserError
from homestead.model.answers import answered_values
from homestead.model.onnx_model import Model
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.redaction import Redactor
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.model_inputs import TableInputs
from homestead.scoring.inputs.stored_features import StoredFeatures
from homestead.scoring.inputs.table_inputs import TableResolver
from homestead.scoring.result import ResultColumns
from homestead.serving.errors import NotFiniteError, RefusedError
from homestead.serving.inputs.resolver import Resolver

# Of one entry of the log, whose rows share an id.
_ROWS_PER_ENTRY = 1000
# Rows that the model predicts in one run; their inputs stay in the processor's caches.
_ROWS_PER_RUN = 10_000


@dataclass(frozen=True)
class LogIdentity:
    """What the ids of a job's log entries are made from, so that a rerun makes the same ones.

    Attributes:
        secret: random, so that nobody else can name a prediction, to give feedback on it.
        started_at: of the job, seconds since 1970.
    """

    secret: str
    started_at: float

    def entry_id(self, part: int, number: int) -> str:
        """Return the id of a part's entry, in the form of a server's."""
        text = f"{part}/{number}".encode()
        random_digits = hmac.digest(bytes.fromhex(self.secret), text, "sha256").hex()[:20]
        return f"{int(self.started_at * 1_000_000):013x}{random_digits}"


@dataclass(frozen=True)
class ScoredPart:
    """What a part of the rows became.

    Attributes:
        table: a row for each, in their order.
        refused: how many have a reason in place of a prediction.
        log_lines: JSON lines of the prediction log; empty if the job is not logged.
    """

    table: pa.Table
    refused: int
    log_lines: bytes


class Scorer:
    """Scores parts with one model; the same part gives the same bytes."""

    def __init__(
        self,
        model: Model,
        version: str,
        stored: StoredFeatures,
        source_format: SourceFormat,
        columns: ResultColumns,
        now: float,
        log: LogIdentity | None,
        log_key: str,
    ) -> None:
        """Prepare for a model.

        Args:
            stored: closed by :meth:`close`.
            source_format: how numbers and missing values of text files are written.
            now: seconds since 1970, for rows without a timestamp.
            log: None if the rows are not logged.
            log_key: the secret of hashed columns.

        Raises:
            UserError: the rows are to be logged, and a column is to be hashed without a key.
        """
        self._model = model
        self._contract = model.contract
        self._version = version
        self._stored = stored
        self._resolver = TableResolver(Resolver(model.contract), stored, source_format)
        self._columns = columns
        self._now = now
        self._log = log
        self._redactor = None if log is None else Redactor(model.contract, log_key)

    def score(
        self,
        part: int,
        first_row: int,
        rows: pd.DataFrame,
        given: Sequence[Mapping[str, Any]] | None = None,
    ) -> ScoredPart:
        """Score one part.

        Args:
            part: its number, from 0.
            first_row: place of its first row in the source, from 1.
            rows: as they were read, with an index from 0.
            given: see :meth:`homestead.scoring.inputs.fields.FieldReader.read`.

        Raises:
            UserError: the feature store cannot be read now.
        """
        if twice := sorted(map(str, rows.columns[rows.columns.duplicated()])):
            raise UserError(f"the source has the column {twice[0]} twice, allowed is once")
        inputs = self._resolver.resolve(rows, self._now, given)
        is_answered = np.ones(len(rows), dtype=bool)
        is_answered[list(inputs.refusals)] = False
        predictions = self._predicted(inputs, is_answered)
        table = self._columns.table(
            first_row,
            rows,
            inputs,
            is_answered,
            predictions,
            self._bounds(inputs, is_answered, predictions),
        )
        lines = (
            b""
            if self._log is None
            else self._log_lines(self._log, part, rows, inputs, is_answered, predictions)
        )
        return ScoredPart(table, int((~is_answered).sum()), lines)

    def close(self) -> None:
        """Release the feature store."""
        self._stored.close()

    def _predicted(self, inputs: TableInputs, is_answered: np.ndarray) -> np.ndarray:
        """Return the predictions of answered rows; refuse rows without a finite one."""
        classes = self._contract.classes
        predictions = np.full(
            (len(is_answered), len(classes)) if classes else len(is_answered), np.nan
        )
        places = np.flatnonzero(is_answered)
        for start in range(0, len(places), _ROWS_PER_RUN):
            run = places[start : start + _ROWS_PER_RUN]
            predictions[run] = self._model.predict(inputs.matrix[run])
        is_finite = np.isfinite(predictions).reshape(len(predictions), -1).all(axis=1)
        for place in np.flatnonzero(is_answered & ~is_finite).tolist():
            inputs.refusals[place] = _without_place(NotFiniteError(0))
            is_answered[place] = False
        return predictions

    def _bounds(
        self, inputs: TableInputs, is_answered: np.ndarray, predictions: np.ndarray
    ) -> np.ndarray | None:
        if self._contract.interval is None:
            return None
        bounds = np.full((len(is_answered), 2), np.nan)
        places = np.flatnonzero(is_answered)
        for start in range(0, len(places), _ROWS_PER_RUN):
            run = places[start : start + _ROWS_PER_RUN]
            bounds[run] = self._model.bounds(inputs.matrix[run], predictions[run])
        return bounds

    def _log_lines(
        self,
        log: LogIdentity,
        part: int,
        rows: pd.DataFrame,
        inputs: TableInputs,
        is_answered: np.ndarray,
        predictions: np.ndarray,
    ) -> bytes:
        assert self._redactor is not None  # noqa: S101
        places = np.flatnonzero(is_answered)
        keys = self._columns.row_keys(rows)
        encoder, lines = msgspec.json.Encoder(), []
        for number, start in enumerate(range(0, len(places), _ROWS_PER_ENTRY)):
            run = places[start : start + _ROWS_PER_ENTRY]
            values, labels = answered_values(self._contract, predictions[run])
            entry = PredictionEntry(
                log.entry_id(part, number),
                self._contract.problem,
                self._version,
                self._model.digest,
                log.started_at,
                self._redactor.feature_names,
                self._redactor.redact_inputs(inputs.matrix[run].tolist()),
                values.tolist(),
                None,
                self._redactor.redact_keys([keys[place] for place in run.tolist()]),
                labels.tolist() if self._contract.classes else None,
            )
            lines.append(encoder.encode(entry))
        return b"".join(line + b"\n" for line in lines)


def _without_place(error: RefusedError) -> RefusedError:
    """Return an error of a request of one row without that row's place."""
    return RefusedError(error.status, error.reason, str(error).removeprefix("row 0: "))
