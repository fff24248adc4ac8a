"""The server process: what its start imports, and the ports that Seldon sets."""

import subprocess
import sys
from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.serving.main import _port_from_seldon

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


def test_seldons_port_counts_only_where_the_port_is_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PORT_OF_SELDON", raising=False)
    assert _port_from_seldon("PORT_OF_SELDON", 9000, 9000) == 9000
    monkeypatch.setenv("PORT_OF_SELDON", "9500")
    assert _port_from_seldon("PORT_OF_SELDON", 9000, 9000) == 9500
    assert _port_from_seldon("PORT_OF_SELDON", 9001, 9000) == 9001


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "1.5"])
def test_a_port_of_seldons_that_is_none_is_named(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT_OF_SELDON", text)
    with pytest.raises(UserError, match=f"PORT_OF_SELDON: found '{text}', allowed is a port"):
        _port_from_seldon("PORT_OF_SELDON", 9000, 9000)
