"""The report of the seconds from a table to the first prediction."""

from benchmarks.quality.first_prediction import table_text


def test_medians_stand_below_the_tables() -> None:
    rows = {"a": {"init": 1.0, "total": 9.0}, "b": {"init": 3.0, "total": 5.0}}
    assert table_text(rows).splitlines() == [
        "| table | init | total |",
        "|---|---|---|",
        "| a | 1.0 | 9.0 |",
        "| b | 3.0 | 5.0 |",
        "| median | 2.0 | 7.0 |",
    ]
