"""The notebooks run, cell by cell, up to those that call a server."""

import contextlib
import io
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_up_to_the_call_to_the_server(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    names: dict[str, object] = {}
    said = io.StringIO()
    calling = 0
    for cell in cells:
        source = "".join(cell["source"])
        assert cell["outputs"] == [], "a notebook is committed without outputs"
        code = compile(source, f"{path.name}:{cell['id']}", "exec")
        if "server" in cell["metadata"].get("tags", ()):
            calling += 1
            continue
        with contextlib.redirect_stdout(said):
            exec(code, names)  # noqa: S102
    assert calling
    assert "21612 valid rows" in said.getvalue()
    assert "seed: of searches and estimators" in said.getvalue()
