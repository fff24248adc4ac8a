"""The verdict of a reproduction, and from which stage on it differs."""

import pytest

from homestead.steps.history.reproduction.report import (
    RecordedInput,
    ReproductionReport,
    reproduction_lines,
)

_SAME = RecordedInput(name="data", state="same", recorded="abc")
_OTHER = RecordedInput(name="packages", state="differs", explanation="numpy 1, here 2")


def _verdict(**changes: object) -> str:
    report = ReproductionReport(problem="homes", version="3", digest="d", inputs=(_SAME, _OTHER))
    lines = list(reproduction_lines(report.model_copy(update=changes)))
    assert lines[:2] == ["data      same      abc", "packages  differs   numpy 1, here 2"]
    return lines[2]


@pytest.mark.parametrize(
    ("is_same", "stage"),
    [
        (True, "the training set is the same, so the difference arose in training"),
        (False, "the training set differs already"),
        (None, "no hash of the training set was recorded"),
    ],
)
def test_other_bytes_are_told_with_the_stage_and_the_inputs_that_differ(
    is_same: bool | None, stage: str
) -> None:
    text = _verdict(rebuilt_digest="e", training_set_is_same=is_same)
    assert "DIFFERS: recorded d, built e" in text
    assert stage in text
    assert text.endswith("not as recorded: packages")


def test_a_failure_and_a_success_are_told() -> None:
    assert _verdict(error="no rows") == "version 3 of homes was not rebuilt: no rows"
    assert "bit-identical: d, although" in _verdict(rebuilt_digest="d", seconds=1.0)
