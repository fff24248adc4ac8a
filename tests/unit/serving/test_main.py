"""Start of the server: which libraries it does not import."""

import subprocess
import sys
from pathlib import Path

import pytest

START = """
import sys, homestead.serving.main
from homestead.errors import UserError
from homestead.model.onnx_model import read_model
try:
    read_model(sys.argv[1], "0" * 64)
except UserError as error:
    assert "found digest" in str(error)
print(*{"pandas", "feast", "sqlalchemy", "mlflow", "fsspec"} & {*sys.modules})
"""


@pytest.mark.parametrize("as_uri", [False, True])
def test_the_server_starts_without_the_heavy_libraries(tmp_path: Path, as_uri: bool) -> None:
    path = tmp_path / "of a version" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(b"x")
    command = [sys.executable, "-c", START, path.as_uri() if as_uri else str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
