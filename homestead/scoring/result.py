"""The table of results: what identifies a row, its answer or why it has none, and the model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.client.frame_values import json_values
from homestead.data.parse_numbers import parse_integers
from homestead.errors import UserError
from homestead.model.answers import answered_values
from homestead.problem.contract import Contract
from homestead.problem.values.listing import list_values
from homestead.scoring.inputs.model_inputs import TableInputs

ROW, PREDICTION, LOW, HIGH = "row", "prediction", "low", "high"
VERSION, DIGEST, REASON, REFUSAL = "model_version", "digest", "reason", "refusal"
STALE, UNAVAILABLE = "stale_features", "unavailable_features"


class ResultColumns:
    """The columns of one job's results, the same in all of its parts."""

    def __init__(
        self,
        contract: Contract,
        digest: str,
        version: str,
        source: pa.Schema,
        keep: tuple[str, ...],
    ) -> None:
        """Choose the columns.

        Args:
            source: the columns of the rows; those of text files are texts.
            keep: columns of the source to hold beside key and timestamp.

        Raises:
            UserError: the source has no such column, or the result has one of that name.
        """
        self._contract = contract
        self._model = (version, digest)
        taken = [*contract.key_columns, contract.timestamp]
        self._source_columns = {
            name: _result_type(contract, name, source.field(name).type)
            for name in dict.fromkeys([*taken, *keep])
            if name is not None and name in source.names
        }
        if lacking := [name for name in keep if name not in source.names]:
            allowed = list_values(source.names, lacking[0])
            raise UserError(f"--keep {lacking[0]}: the source has no such column; it has {allowed}")
        answers: dict[str, pa.DataType] = {
            PREDICTION: pa.string() if contract.classes else pa.float64()
        }
        answers |= {f"probability_{name}": pa.float64() for name in contract.classes}
        if contract.interval is not None:
            answers |= {LOW: pa.float64(), HIGH: pa.float64()}
        texts = [VERSION, DIGEST, REASON, REFUSAL]
        if contract.views:
            texts += [STALE, UNAVAILABLE]
        own = {ROW: pa.int64()}
        results = answers | dict.fromkeys(texts, pa.string())
        if both := sorted(self._source_columns.keys() & {*own, *results}):
            raise UserError(f"column {both[0]}: the result has a column of that name of its own")
        self.schema = pa.schema([*(own | self._source_columns | results).items()])

    def table(
        self,
        first_row: int,
        rows: pd.DataFrame,
        inputs: TableInputs,
        is_answered: np.ndarray,
        predictions: np.ndarray,
        bounds: np.ndarray | None,
    ) -> pa.Table:
        """Return the results of rows, in their order.

        Args:
            predictions: (rows,) or (rows, classes), of answered rows.
            bounds: (rows, 2), of answered rows; None without intervals.
        """
        count = len(rows)
        columns: dict[str, Any] = {ROW: pa.array(np.arange(first_row, first_row + count))}
        columns |= {
            name: _source_values(rows[name], kind) for name, kind in self._source_columns.items()
        }
        places = np.flatnonzero(is_answered)
        _, labels = answered_values(self._contract, predictions[places])
        hidden = ~is_answered
        if self._contract.classes:
            columns[PREDICTION] = pa.array(_placed(labels, places, count), pa.string())
            for position, name in enumerate(self._contract.classes):
                columns[f"probability_{name}"] = pa.array(predictions[:, position], mask=hidden)
        else:
            columns[PREDICTION] = pa.array(predictions, mask=hidden)
        if bounds is not None:
            columns[LOW] = pa.array(bounds[:, 0], mask=hidden)
            columns[HIGH] = pa.array(bounds[:, 1], mask=hidden)
        columns[VERSION], columns[DIGEST] = (
            pa.repeat(pa.scalar(text), count) for text in self._model
        )
        reasons = {place: error.reason for place, error in inputs.refusals.items()}
        sentences = {place: str(error) for place, error in inputs.refusals.items()}
        columns[REASON], columns[REFUSAL] = _texts(reasons, count), _texts(sentences, count)
        if STALE in self.schema.names:
            columns[STALE] = _views(inputs.stale, is_answered)
            columns[UNAVAILABLE] = _views(inputs.unavailable, is_answered)
        return pa.table(columns, schema=self.schema)

    def row_keys(self, rows: pd.DataFrame) -> list[str | None]:
        """Return each row's key as the prediction log has it, None where a row has none."""
        names = [name for name in self._contract.key_columns if name in rows]
        columns = [json_values(_plain(rows[name], self._contract, name)) for name in names]
        row_key = self._contract.row_key
        if not names:
            return [None] * len(rows)
        return [row_key(dict(zip(names, key, strict=True))) for key in zip(*columns, strict=True)]


def _result_type(contract: Contract, name: str, given: pa.DataType) -> pa.DataType:
    """Return the type of a source's column in the result: of a text file's integers their own."""
    column = contract.columns.get(name)
    is_text = pa.types.is_string(given) or pa.types.is_large_string(given)
    if is_text and column is not None and column.type == "integer":
        return pa.int64()
    if pa.types.is_dictionary(given):
        given = given.value_type
    return pa.string() if is_text or pa.types.is_nested(given) else given


def _source_values(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if pa.types.is_int64(kind) and not pd.api.types.is_integer_dtype(values):
        return pa.array(parse_integers(values), pa.int64(), from_pandas=True)
    if pa.types.is_string(kind):
        texts = [None if value is None else str(value) for value in json_values(values)]
        return pa.array(texts, pa.string())
    array = pa.array(values, from_pandas=True)
    return array.cast(kind)


def _plain(values: pd.Series, contract: Contract, name: str) -> pd.Series:
    """Return a key's column in the type that its texts are made of."""
    if contract.columns[name].type == "integer" and not pd.api.types.is_integer_dtype(values):
        return parse_integers(values)
    return values


def _placed(values: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    placed = np.full(count, None, dtype=object)
    placed[places] = values
    return placed


def _texts(by_row: Mapping[int, str], count: int) -> pa.Array:
    if not by_row:
        return pa.nulls(count, pa.string())
    texts: list[str | None] = [None] * count
    for row, text in by_row.items():
        # Of a request's own text; a half of a pair of characters cannot be written.
        texts[row] = text.encode("utf-8", "replace").decode()
    return pa.array(texts, pa.string())


def _views(marks: Mapping[str, np.ndarray], is_answered: np.ndarray) -> pa.Array:
    """Return the names of views by row, with commas between them; None for no view."""
    texts = np.full(len(is_answered), None, dtype=object)
    for view in sorted(marks):
        is_marked = marks[view] & is_answered
        texts[is_marked] = [view if text is None else f"{text},{view}" for text in texts[is_marked]]
    return pa.array(texts, pa.string())
