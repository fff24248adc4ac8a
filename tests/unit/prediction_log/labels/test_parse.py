"""Labels from a table: names of every kind, and what is said twice."""

from typing import Any

import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.prediction_log.labels.parse import ParsedLabels, parse_labels
from homestead.problem.schema import Problem
from tests.unit.prediction_log.labels.labelled_log import NOW_S, problem


def parse(table: dict[str, list[Any]], of: Problem | None = None, key: str = "") -> ParsedLabels:
    frame = pd.DataFrame(table, dtype=object)
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="line")
    return parse_labels(frame, of or problem(), log_key=key, source="labels.csv", received_at=NOW_S)


def with_key(key: Any, **sensitive: str) -> Problem:
    found = problem()
    columns = {
        name: column.model_copy(update={"sensitive": sensitive.get(name)})
        for name, column in found.columns.items()
    }
    return found.model_copy(update={"key": key, "columns": columns})


def test_each_row_uses_the_first_of_its_names() -> None:
    parsed = parse(
        {
            "prediction_id": ["a", None, "", None],
            "request_id": ["x", "mine", None, None],
            "id": ["1", "2", "3.0", None],
            "day": ["2024-01-02", "2024-01-02", "2024-01-02T03:04:05Z", "2024-01-02"],
            "rent": ["1", "2", "3", "4"],
        }
    )
    batch = parsed.batch
    assert batch.named_by[:3] == ["prediction", "request", "entity"]
    assert batch.names == ["a", "mine", "3", None]
    assert batch.times[:3] == [None, None, 1704164645.0]
    assert batch.places == ["line 2", "line 3", "line 4", "line 5"]
    assert batch.misfits == [None, None, None, "bad_name"]
    assert batch.reasons[3] == "prediction_id or request_id or id: missing"


def test_a_key_needs_its_time() -> None:
    parsed = parse({"id": ["1", "2"], "time": ["2024-01-02", None], "rent": [1, 2]})
    assert parsed.batch.reasons == [None, "id: the time beside it is missing"]


def test_keys_are_those_of_the_log() -> None:
    several = parse(
        {"id": [7.0], "district": ["north"], "time": ["2024-01-02"], "rent": [1]},
        with_key(("id", "district")),
    )
    assert several.batch.names == ['["7","north"]']
    hashed = parse(
        {"id": ["7"], "time": ["2024-01-02"], "rent": [1]}, with_key("id", id="hash"), "secret"
    )
    assert len(str(hashed.batch.names[0])) == 32
    with pytest.raises(UserError, match="HOMESTEAD_LOG_KEY: required"):
        parse({"id": ["7"], "time": ["2024-01-02"], "rent": [1]}, with_key("id", id="hash"))
    with pytest.raises(UserError, match="keeps the key out of the prediction log"):
        parse({"id": ["7"], "time": ["2024-01-02"], "rent": [1]}, with_key("id", id="drop"))


def test_rows_that_say_the_same_count_once_and_those_that_say_nothing_not_at_all() -> None:
    parsed = parse(
        {
            "prediction_id": ["a", "b", "a", "a", "c"],
            "row": [None, "0", None, "x", "-1"],
            "rent": ["1", "?", "1.0", None, "2"],
        }
    )
    assert (len(parsed.batch), parsed.without_outcome, parsed.repeated) == (3, 1, 1)
    assert parsed.batch.reasons == [
        "rent: found '?', allowed is a number",
        None,
        "row: found -1, allowed is 0 to 2.14748e+09",
    ]


def test_the_same_said_again_has_the_same_hash_and_anything_else_another() -> None:
    tables: list[dict[str, list[Any]]] = [
        {"prediction_id": ["a"], "rent": [1]},
        {"prediction_id": ["a"], "rent": [2]},
        {"request_id": ["a"], "rent": [1]},
        {"prediction_id": ["a"], "rent": [1], "row": [0]},
        {"prediction_id": ["a"], "rent": [1], "labelled_at": ["2024-01-01"]},
        {"prediction_id": ["a"], "rent": ["x"]},
        {"prediction_id": ["a"], "rent": ["y"]},
    ]
    hashes = [parse(table).batch.statements[0] for table in tables]
    assert len(set(hashes)) == len(tables)
    assert hashes == [parse(table).batch.statements[0] for table in tables]
    other = problem().model_copy(update={"name": "homes"})
    assert parse(tables[0], other).batch.statements[0] not in hashes
