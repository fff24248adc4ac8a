"""Executor of local steps: a step that an earlier attempt finished is taken over, not run again."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from homestead.components.reuse.variables import FINISHED_STEPS
from homestead.pipelines.step_processes import executor

COMPONENT = """
from pathlib import Path

from kfp import dsl
from kfp.dsl import Dataset, Input, Output


def double(number: int, source: Input[Dataset], target: Output[Dataset]) -> int:
    runs = Path(source.path).with_name("runs")
    runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
    Path(target.path).write_text(Path(source.path).read_text() * 2)
    target.metadata["rows"] = number
    return 2 * number


finalize_run = double
"""


@pytest.fixture
def attempt(tmp_path: Path) -> Path:
    (tmp_path / "component.py").write_text(COMPONENT)
    (tmp_path / "source").write_text("ab")
    return tmp_path


def run(folder: Path, number: int, attempt: str, function: str = "double") -> dict[str, Any]:
    """Run the component in an attempt of its own; return what the runner reads."""
    outputs = folder / attempt
    outputs.mkdir(exist_ok=True)
    artifact = {"name": "x", "type": {"schemaTitle": "system.Dataset"}, "metadata": {}}
    request = {
        "inputs": {
            "parameterValues": {"number": number},
            "artifacts": {"source": {"artifacts": [{**artifact, "uri": str(folder / "source")}]}},
        },
        "outputs": {
            "artifacts": {"target": {"artifacts": [{**artifact, "uri": str(outputs / "target")}]}},
            "outputFile": str(outputs / "output.json"),
        },
    }
    arguments = [
        *("executor", "--component_module_path", str(folder / "component.py")),
        *("--function_to_execute", function, "--executor_input", json.dumps(request)),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", arguments)
        patch.setenv(FINISHED_STEPS, str(folder / "finished"))
        executor.main()
    return dict(json.loads((outputs / "output.json").read_text()))


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text())


def test_a_finished_step_is_taken_over_with_all_that_it_made(attempt: Path) -> None:
    first = run(attempt, 3, "first")
    second = run(attempt, 3, "second")
    assert runs(attempt) == 1
    assert (attempt / "second" / "target").read_text() == "abab"
    assert second["parameterValues"] == first["parameterValues"] == {"Output": 6}
    (artifact,) = second["artifacts"]["target"]["artifacts"]
    assert artifact["metadata"] == {"rows": 3}


def test_other_parameters_or_inputs_run_it_again(attempt: Path) -> None:
    run(attempt, 3, "first")
    run(attempt, 4, "second")
    (attempt / "source").write_text("abc")
    run(attempt, 3, "third")
    assert runs(attempt) == 3
    assert (attempt / "third" / "target").read_text() == "abcabc"


def test_how_an_attempt_ends_is_recorded_each_time(attempt: Path) -> None:
    run(attempt, 3, "first", "finalize_run")
    run(attempt, 3, "second", "finalize_run")
    assert runs(attempt) == 2
