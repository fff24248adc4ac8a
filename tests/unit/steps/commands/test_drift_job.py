"""Lines that a drift check ends with."""

from homestead.drift.result import ColumnDrift, DriftResult
from homestead.steps.commands.drift_job import drift_lines
from tests import factories


def test_the_columns_that_drifted_are_listed_with_effect_and_direction() -> None:
    columns = tuple(
        ColumnDrift(name=f"c{n}", score=0.25, method="Wasserstein distance", drifted=n < 10)
        for n in range(12)
    )
    calibrated = factories.calibrated_drift()
    result = DriftResult("drift", 0.83, 0.3, 500, columns, calibrated=calibrated)
    lines = list(drift_lines(result))
    assert lines[0] == "drift: drift share 0.83, allowed 0.30, 500 rows"
    assert lines[1] == "  c0: Wasserstein distance 0.25"
    assert "  and 2 more" in lines
    for column in calibrated.drifted:
        (line,) = [line for line in lines if line.startswith(f"  {column.name}")]
        assert f"{column.direction}, {column.change}, effect {column.effect:.2f}" in line


def test_too_few_rows_are_one_line() -> None:
    result = DriftResult("inconclusive", None, 0.3, 5)
    assert list(drift_lines(result)) == ["inconclusive: drift share unknown, allowed 0.30, 5 rows"]
