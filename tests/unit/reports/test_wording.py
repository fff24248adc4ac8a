"""Numbers and names as reports write them."""

import pytest

from homestead.reports.wording import (
    difference,
    duration,
    metric_value,
    number,
    percent,
    source_name,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (number(1234567), "1,234,567"),
        (number(12.3456), "12.35"),
        (number(0.000012), "1.2e-05"),
        (number(0), "0"),
        (number(None), "–"),
        (number(float("nan")), "–"),
        (percent(0.1234), "12.3%"),
        (percent(-0.02), "−2.0%"),
        (metric_value("mape", 0.11708), "11.71%"),
        (metric_value("mae", 61234.5), "61,234"),
        (difference("mape", -0.0166), "−1.66 points"),
        (difference("r2", 0.0166), "+0.0166"),
        (source_name("/home/ann/flats.csv"), "flats.csv"),
        (source_name("s3://bucket/flats.csv"), "s3://bucket/flats.csv"),
    ],
)
def test_figures_are_written_for_people(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.42, "0.4 s"),
        (59.6, "1 min"),
        (200.0, "3 min 20 s"),
        (7500.0, "2 h 5 min"),
        (172_800.0, "2 d"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text
