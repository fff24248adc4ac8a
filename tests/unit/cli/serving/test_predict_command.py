"""Command that predicts the rows of a file."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homestead.api.champion import Champion
from homestead.cli.main import main
from homestead.model.onnx_model import Model
from homestead.settings import Settings
from tests.conftest import CHURN
from tests.factories import certificate
from tests.small_models import release, save_version, small_onnx


@pytest.fixture(autouse=True)
def champion(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    version = save_version(settings.home / "models", "3", 2.0)
    release(settings, version)
    loaded = Champion(Model(small_onnx(2.0)), version, certificate(), settings)
    monkeypatch.setattr("homestead.api.champion.load_champion", lambda problem: loaded)


def predict(file: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["predict", str(file), "--problem", str(CHURN), *options])


def test_a_row_that_is_refused_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("area,rooms\n80,3\n40,\n")
    result = predict(tmp_path / "rows.csv", "--output", str(tmp_path / "answers.csv"))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {tmp_path}/rows.csv: line 3: ")
    assert not (tmp_path / "answers.csv").exists()


def test_a_pipe_gets_what_a_file_gets(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("area,rooms\n80,3\n")
    output = tmp_path / "answers.csv"
    written = predict(tmp_path / "rows.csv", "--output", str(output))
    assert written.exit_code == 0, written.output
    assert written.stdout == f"{output}\n"
    assert predict(tmp_path / "rows.csv").stdout == output.read_text()
