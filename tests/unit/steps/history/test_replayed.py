"""Results of replays: which rows count as identical, different and skipped."""

from dataclasses import replace

import pytest

from homestead.steps.history.replay_text import summary_lines
from homestead.steps.history.replayed import ReplayedRow, ReplaySummary, finite

ROW = ReplayedRow(
    prediction_id="p",
    row=0,
    version="3",
    digest="d" * 64,
    at=1.7e9,
    entity=None,
    logged=0.5,
    logged_label="yes",
    replayed=0.5,
    replayed_label="yes",
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"replayed": 0.5000000000000001}, False),
        ({"replayed_label": "no"}, False),
        ({"replayed": None, "logged": None, "reason": "hidden"}, False),
    ],
)
def test_a_row_is_identical_by_its_bits_and_its_label(
    changes: dict[str, object], expected: bool
) -> None:
    assert replace(ROW, **changes).is_identical is expected  # type: ignore[arg-type]


def test_a_summary_counts_by_version_and_names_the_first_differences() -> None:
    summary = ReplaySummary(
        identical={"10": 1, "9": 2}, different={"9": 3}, skipped={"10": 4}, differences=[ROW]
    )
    assert (summary.rows, summary.is_exact) == (10, False)
    lines = list(summary_lines(summary))
    assert lines[:2] == [
        "version 9: 2 the same bits, 3 different",
        "version 10: 1 the same bits, 4 not replayed",
    ]
    assert lines[-1] == "and 2 more rows differ"
    assert list(summary_lines(ReplaySummary())) == ["no predictions in this window"]
    assert [finite(value) for value in (float("nan"), float("inf"), None, 2)] == [*[None] * 3, 2.0]
