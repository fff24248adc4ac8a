"""The notebooks run, cell by cell, except for the cells that call a server."""

import contextlib
import io
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "docs" / "notebooks"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_except_for_calls_to_a_server(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    namespace: dict[str, object] = {}
    output = io.StringIO()
    server_cells = 0
    for cell in cells:
        source = "".join(cell["source"])
        assert cell["outputs"] == [], "a notebook is committed without outputs"
        code = compile(source, f"{path.name}:{cell['id']}", "exec")
        if "server" in cell["metadata"].get("tags", ()):
            server_cells += 1
            continue
        with contextlib.redirect_stdout(output):
            exec(code, namespace)  # noqa: S102
    assert server_cells
    assert "21612 valid rows" in output.getvalue()
    assert "seed: seed of searches and estimators" in output.getvalue()
