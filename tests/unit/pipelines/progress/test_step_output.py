"""Output of a local run: what a person sees, what the log keeps, and why a run failed."""

from pathlib import Path

import pytest

from homestead.components.progress import ERROR, PROGRESS
from homestead.pipelines.progress.display import LineDisplay
from homestead.pipelines.progress.step_output import StepOutput


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def output(tmp_path: Path, shown: list[str]) -> StepOutput:
    return StepOutput(tmp_path / "pipeline.log", LineDisplay(shown.append))


def test_progress_is_shown_with_its_step_and_duration(output: StepOutput, shown: list[str]) -> None:
    output.write(f"{PROGRESS}ingest: started\n")
    output.write(f"noise of a library\n{PROGRESS}ingest: 9 valid rows\n")
    output.write(f"{PROGRESS}ingest: done\n")
    assert [line.split() for line in shown] == [
        ["ingest", "9", "valid", "rows"],
        ["ingest", "done", "in", "0.0", "s"],
    ]
    assert output.failure_reason() == ""


def test_a_start_that_was_lost_in_another_programs_line_stops_no_run(
    output: StepOutput, shown: list[str]
) -> None:
    output.write(f"noise without an end{PROGRESS}ingest: started\n{PROGRESS}ingest: done\n")
    assert [line.split() for line in shown] == [["ingest", "done"]]
    assert output.failure_reason() == ""


def test_the_log_keeps_everything(output: StepOutput, tmp_path: Path) -> None:
    output.write("noise of a library\n")
    output.write(f"{PROGRESS}ingest: started\n")
    output.close()
    text = (tmp_path / "pipeline.log").read_text()
    assert text == f"noise of a library\n{PROGRESS}ingest: started\n"


def test_the_reason_of_a_failure_is_what_the_step_says(output: StepOutput) -> None:
    output.write(f"{PROGRESS}ingest: started\n{ERROR}ingest: no.csv: no such file\n")
    assert output.failure_reason() == "ingest: no.csv: no such file"


def test_a_step_that_ends_without_a_word_is_named(output: StepOutput) -> None:
    output.write(f"{PROGRESS}train forest: started\n")
    assert output.failure_reason() == (
        "train forest: was killed, as a process is that exceeds its memory limit"
    )


def test_of_a_terminated_run_the_steps_that_ran_are_named(output: StepOutput) -> None:
    output.write(f"{PROGRESS}ingest: started\n{PROGRESS}ingest: done\n")
    output.write(f"{PROGRESS}train a: started\n{PROGRESS}train b: started\n")
    output.note_termination()
    output.write(f"{PROGRESS}select: started\n")
    assert output.failure_reason() == "it was terminated while train a and train b ran"


def test_control_characters_do_not_reach_the_terminal(output: StepOutput, shown: list[str]) -> None:
    output.write(f"{PROGRESS}ingest: a\x1b[31mb\n")
    assert "\x1b" not in shown[0]
