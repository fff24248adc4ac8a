"""Rows on disk: columns are those of the frame."""

from pathlib import Path

import pandas as pd
import pytest

from homestead.data.checking.stored_rows import StoredRows
from homestead.data.ingest import check_rows
from homestead.data.labelled_rows import labelled_rows
from homestead.data.tables import write_parquet
from homestead.data.training_needs import unmet_needs
from homestead.problem.loader import parse_problem
from homestead.problem.split import split_names
from tests.raw_flats import RAW_FLATS, raw_flats_rows


@pytest.mark.parametrize("lacks_target", [True, False])
def test_columns_and_what_training_needs_are_those_of_the_frame(
    tmp_path: Path, lacks_target: bool
) -> None:
    problem = parse_problem(RAW_FLATS)
    rows = raw_flats_rows()
    if lacks_target:
        rows.loc[1, "rent"] = None
    valid = check_rows(rows, problem).valid
    write_parquet(valid, tmp_path / "valid.parquet")
    stored = StoredRows(tmp_path / "valid.parquet")
    for found, expected in (
        (stored, valid),
        (labelled_rows(stored, problem), labelled_rows(valid, problem)),
    ):
        assert len(found) == len(expected)
        assert found.index.tolist() == expected.index.tolist()
        for name in map(str, valid):
            assert name in found
            pd.testing.assert_series_equal(found[name], expected[name])
        assert split_names(found, problem).tolist() == split_names(expected, problem).tolist()
    assert list(unmet_needs(stored, problem)) == list(unmet_needs(valid, problem))
    assert "agent" not in stored
    with pytest.raises(KeyError, match="agent"):
        stored["agent"]
