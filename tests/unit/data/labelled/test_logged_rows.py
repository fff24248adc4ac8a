"""Labelled predictions as a run records them: what the log tells of the source's columns."""

import json
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from homestead.data.labelled.logged_rows import (
    LOGGED_COLUMNS,
    LoggedWriter,
    logged_values,
    read_logged,
)
from homestead.problem.sections.column import Column
from tests.homes import homes_contract


def test_codes_become_values_and_what_the_log_does_not_tell_is_left_out() -> None:
    contract = homes_contract()
    features = {
        **{"area": 80.5, "rooms": 3.0, "lift": 1.0, "kind": 1.0, "floor": None},
        **{"cell_size": 4.4, "lat": "0f5a"},
    }
    assert json.loads(logged_values(features, contract)) == {
        **{"area": 80.5, "rooms": 3, "lift": True, "kind": "house", "floor": None},
    }
    # 2^53 may stand for its neighbours, too.
    assert logged_values({"rooms": 2.0**53}, contract) == "{}"


def test_a_category_that_the_model_had_not_learnt_is_not_told() -> None:
    column = Column(type="category", allowed=("flat", "other"), unseen="other")
    contract = homes_contract(columns={"kind": column})
    assert logged_values({"kind": 0.0}, contract) == '{"kind": "flat"}'
    assert logged_values({"kind": 1.0}, contract) == "{}"
    missing = column.model_copy(update={"unseen": "missing"})
    assert logged_values({"kind": None}, homes_contract(columns={"kind": missing})) == "{}"


@pytest.mark.parametrize("truth", [1.5, "yes"])
def test_the_file_is_that_of_a_frame_and_comes_back_in_batches(
    tmp_path: Path, truth: float | str
) -> None:
    row = dict.fromkeys(LOGGED_COLUMNS, "x") | {"at": 1.5, "labelled_at": 2.5, "truth": truth}
    rows = pd.DataFrame([row | {"row": number, "entity": None} for number in range(5)])
    rows.loc[3, "entity"] = "7"
    path, other = tmp_path / "rows.parquet", tmp_path / "others.parquet"
    is_regression = isinstance(truth, float)
    with LoggedWriter(path, is_regression=is_regression) as writer:
        writer.write(rows)
    content = BytesIO()
    rows[list(LOGGED_COLUMNS)].to_parquet(content, index=False)
    assert path.read_bytes() == content.getvalue()
    with LoggedWriter(other, is_regression=is_regression) as writer:
        writer.write(rows[:1])
        writer.write(rows[1:])
        assert writer.rows == 5
    for file in (path, other):
        batches = list(read_logged(file, 2))
        assert [len(batch) for batch in batches] == [2, 2, 1]
        pd.testing.assert_frame_equal(
            pd.concat(batches, ignore_index=True), rows[list(LOGGED_COLUMNS)]
        )
    assert list(next(read_logged(path, 2, ["row"])).columns) == ["row"]
