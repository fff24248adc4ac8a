"""Which test judges a column, and that small windows are judged by a p-value."""

import re

import numpy as np
import pandas as pd
import pytest

from homestead.drift.evidently import compare_columns
from homestead.drift.result import ColumnDrift
from tests.factories import flats_problem, flats_rows

PROBLEM = flats_problem()
REFERENCE = flats_rows(4000, 0)


def compared(current: pd.DataFrame, reference: pd.DataFrame = REFERENCE) -> dict[str, ColumnDrift]:
    return compare_columns(reference, current, PROBLEM.columns, 0.3)[0]


@pytest.mark.parametrize(
    ("count", "number_method", "category_method"),
    [
        (999, "ks", "two_sample_chisquare"),
        (1000, "standardised_wasserstein", "jensenshannon"),
    ],
)
def test_small_windows_are_judged_by_a_test_and_large_ones_by_a_distance(
    count: int, number_method: str, category_method: str
) -> None:
    columns = compared(flats_rows(count, 1).assign(floor=1.0))
    assert list(columns) == list(PROBLEM.features)
    assert columns["area"].method == number_method
    assert columns["district"].method == columns["lift"].method == category_method


def test_one_row_of_a_category_that_a_small_reference_lacks_is_no_drift() -> None:
    reference = REFERENCE[REFERENCE.district < 2].head(600)
    rows = flats_rows(340, 2)
    current = pd.concat([rows[rows.district < 2].head(299), rows[rows.district == 2].head(1)])
    assert not compared(current, reference)["district"].drifted


def test_a_constant_column_stays_as_it_was() -> None:
    columns = compared(flats_rows(300, 1).assign(lift=1.0), REFERENCE.assign(lift=1.0))
    assert (columns["lift"].score, columns["lift"].drifted) == (1.0, False)


def test_the_page_names_categories_and_keeps_codes_without_a_name() -> None:
    current = flats_rows(300, 3).assign(district=np.repeat([0.0, 7.0], 150))
    columns, html = compare_columns(REFERENCE, current, PROBLEM.columns, 0.3)
    assert columns["district"].drifted
    assert '"north"' in html
    assert '"7"' in html


SCALES = {f"times_1e{power}": 10.0**power for power in (-9, -6, -3, 0, 3, 6, 9)}


def scaled(values: np.ndarray) -> pd.DataFrame:
    """Return one column for each unit in which the values could be given."""
    return pd.DataFrame({name: values * scale for name, scale in SCALES.items()})


@pytest.mark.parametrize("count", [300, 2000])
@pytest.mark.parametrize(("shift", "drifted"), [(3.0, True), (0.0, False)])
def test_the_unit_changes_neither_verdict_nor_score(
    count: int, shift: float, drifted: bool
) -> None:
    draw = np.random.default_rng(0)
    reference, current = draw.normal(5, 1, 4000), draw.normal(5 + shift, 1, count)
    columns, html = compare_columns(scaled(reference), scaled(current), {}, 0.3)
    assert {column.drifted for column in columns.values()} == {drifted}
    scores = [column.score for column in columns.values()]
    assert scores == pytest.approx([scores[0]] * len(SCALES), rel=1e-6)
    assert len({column.method for column in columns.values()}) == 1
    assert "<html" in html


@pytest.mark.parametrize("count", [300, 2000])
def test_a_constant_that_changes_has_drifted_in_any_unit(count: int) -> None:
    reference, same = np.full(4000, 0.1), np.full(count, 0.1)
    stays = compare_columns(scaled(reference), scaled(same), {}, 0.3)[0].values()
    assert not any(column.drifted for column in stays)
    changed = np.where(np.arange(count) % 3 > 0, same, 0.15)
    for current in (changed, same * 2):
        moves = compare_columns(scaled(reference), scaled(current), {}, 0.3)[0].values()
        assert all(column.drifted for column in moves)


def test_the_page_shows_the_users_own_unit() -> None:
    draw = np.random.default_rng(0)
    reference = pd.DataFrame({"mass": draw.normal(7000, 1, 1500)})
    html = compare_columns(reference, reference + 3, {}, 0.3)[1]
    assert re.search(r"\b70\d\d\b", html)
    assert "Wasserstein distance (standardised)" in html
