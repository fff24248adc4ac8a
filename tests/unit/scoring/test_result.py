"""Columns of results: what is taken of the source, and in which types."""

import pandas as pd
import pyarrow as pa
import pytest

from homestead.errors import UserError
from homestead.problem.contract import Contract
from homestead.problem.sections.column import Column
from homestead.scoring.result import ResultColumns
from tests.homes import homes_contract

_DIGEST = "d" * 64


def _columns(source: dict[str, pa.DataType], *keep: str, **changes: object) -> ResultColumns:
    contract: Contract = homes_contract(**changes)
    return ResultColumns(contract, _DIGEST, "3", pa.schema([*source.items()]), keep)


def test_key_and_time_come_first_and_answers_follow() -> None:
    source = {"note": pa.string(), "sold": pa.timestamp("us"), "id": pa.string()}
    found = _columns(source, "note").schema
    assert found.names == [
        *("row", "id", "sold", "note", "prediction", "model_version", "digest", "reason"),
        *("refusal", "stale_features", "unavailable_features"),
    ]
    # An integer of a text file is one again, and a time of a Parquet file stays one.
    assert found.field("id").type == pa.int64()
    assert found.field("sold").type == pa.timestamp("us")
    classes = _columns(source, classes=("no", "yes"), task="classification").schema
    assert classes.field("prediction").type == pa.string()
    assert {"probability_no", "probability_yes"} <= {*classes.names}


def test_columns_that_cannot_be_kept_are_named() -> None:
    with pytest.raises(UserError, match=r"^--keep note: the source has no such column; it has id"):
        _columns({"id": pa.int64()}, "note")
    with pytest.raises(UserError, match=r"^column row: the result has a column of that name"):
        _columns({"row": pa.int64()}, "row")


def test_keys_are_those_of_the_log() -> None:
    columns = homes_contract().columns | {"town": Column(type="text", trim=True)}
    found = _columns({"id": pa.string()}, key=("town", "id"), columns=columns)
    rows = pd.DataFrame({"id": ["007", "x", None], "town": [" Ulm", "Ulm", "Ulm"]})
    assert found.row_keys(rows) == ['["Ulm","7"]', None, None]
    assert found.row_keys(rows[[]].assign(other=1)) == [None] * 3
    plain = _columns({"id": pa.int64()})
    ids = pd.DataFrame({"id": pd.array([2**60 + 1, None], "Int64")})
    assert plain.row_keys(ids) == [str(2**60 + 1), None]
