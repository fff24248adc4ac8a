"""Rows that share key and time: -0.0, missing values and large keys count as in pandas."""

from pathlib import Path

import pandas as pd
import pytest

from homestead.data.ingest import check_rows
from homestead.problem.loader import parse_problem
from tests.raw_flats import RAW_FLATS, raw_flats_rows
from tests.whole_table import check_whole

NO_KEY = (
    RAW_FLATS.replace("key: id\n", "")
    .replace("views:\n  market: {entity: rooms, query: SELECT 1, features: [typical]}\n", "")
    .replace('  trend: "typical - rooms"\n', "")
    .replace("[rooms, typical]", "[rooms]")
)


def repeated() -> pd.DataFrame:
    rows = pd.concat([raw_flats_rows()] * 3 + [raw_flats_rows().assign(rent=[60] * 5)])
    rows = rows.reset_index(drop=True)
    rows.loc[0, "rent"] = 0.0
    rows.loc[5, "rent"] = -0.0
    rows.loc[11, "baths"] = 7
    rows.loc[15, "id"] = 2**60
    return rows


@pytest.mark.parametrize("text", [RAW_FLATS, NO_KEY])
@pytest.mark.parametrize("rule", ["", "identical", "first", "last"])
def test_the_database_agrees_with_pandas(text: str, rule: str) -> None:
    if text == NO_KEY and rule in ("first", "last"):
        pytest.skip("without a key no row is the first of several")
    text = text.replace("range: [50, 9000]", "range: [-1, 9000]").replace("share: 0.4", "share: 1")
    problem = parse_problem(text + (f"drop: {{duplicates: {rule}}}\n" if rule else ""))
    rows = repeated()
    checked, expected = check_rows(rows, problem), check_whole(rows, problem)
    assert not expected.refusal
    pd.testing.assert_frame_equal(checked.valid, expected.valid)
    assert checked.quarantine["reason"].to_dict() == expected.quarantine
    assert checked.list_bad() == expected.lines
    assert [rows.count for rows in checked.counts.dropped] == expected.dropped


def test_the_counts_are_told(tmp_path: Path) -> None:
    problem = parse_problem(RAW_FLATS + "drop: {duplicates: first}\n")
    rows = pd.concat([raw_flats_rows()] * 2, ignore_index=True)
    assert str(check_rows(rows, problem)) == (
        "5 valid rows, 0 bad; 5 rows dropped: not the first row of its id and listed"
    )
