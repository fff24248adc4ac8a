"""Gate component: the certificate's decision, and nothing else."""

from pathlib import Path

import pytest

from homestead.components.gate.component import gate
from tests.components import TrainedHome, run_locally
from tests.factories import certificate


def test_the_function_answers_with_the_decision(home: TrainedHome, tmp_path: Path) -> None:
    assert home.parameter("gate") is True
    kept = tmp_path / "certificate.json"
    kept.write_text(certificate(decision="keep").to_json())
    assert gate.python_func(home.handle("evaluate", "certificate", kept)) is False


def test_a_certificate_of_another_schema_version_is_refused(
    home: TrainedHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "certificate.json"
    path.write_text(certificate().to_json().replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.raises(SystemExit):
        gate.python_func(home.handle("evaluate", "certificate", path))
    assert "schema version 2" in capsys.readouterr().out.splitlines()[-1]


def test_the_local_runner_gives_the_decision(home: TrainedHome, tmp_path: Path) -> None:
    inputs = {"certificate": home.artifact("evaluate", "certificate")}
    assert run_locally(gate, tmp_path, {}, inputs).parameters == {"Output": True}
