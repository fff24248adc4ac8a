"""Views of a source: the tables that its rows in memory give, without holding them."""

from pathlib import Path

import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.errors import UserError
from homestead.features.source_views import compute_source_views
from homestead.features.views import view_file, view_tables
from homestead.problem.loader import load_problem
from tests.conftest import CHURN


def test_files_and_hash_are_those_of_rows_in_memory(tmp_path: Path) -> None:
    problem = load_problem(CHURN)
    rows = ingest(problem)
    said: list[str] = []
    assert compute_source_views(problem, tmp_path, said.append) == rows.data_hash
    expected = view_tables(rows.valid, problem)
    assert expected
    for name, table in expected.items():
        pd.testing.assert_frame_equal(pd.read_parquet(view_file(tmp_path, name)), table)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.parquet" for name in expected
    )


def test_a_source_that_breaks_the_rules_leaves_nothing(tmp_path: Path) -> None:
    table = tmp_path / "churn.csv"
    table.write_text(CHURN.with_suffix(".csv").read_text().partition("\n")[0] + "\n")
    problem = load_problem(CHURN).model_copy(update={"source": str(table)})
    views = tmp_path / "views"
    with pytest.raises(UserError, match="the table has no rows"):
        compute_source_views(problem, views)
    assert not views.exists()
