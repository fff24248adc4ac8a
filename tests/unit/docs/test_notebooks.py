"""The notebooks run with the environment's kernel, except for cells that need a cluster."""

from pathlib import Path
from typing import Any

import nbformat
import pytest

from docs.site.notebooks import CLUSTER_TAG, FOLDER, run_notebook

PATHS = sorted(FOLDER.glob("*.ipynb"))
# What some cells must show, by the id of the cell.
SHOWN = {
    "kubeflow": {
        "load": "21612 valid rows",
        "inputs": "seed: seed of searches and estimators",
        "steps": "prepare-data",
    },
    "local": {
        "train": "sales, version 1",
        "compare": "sales, version 2",
        "predict": "median error of 300 unseen sales: ",
        "client": "300 answers, the same as above: True",
        "label": "300 labels sent",
        "performance": "on 300 labelled rows",
        "drift": "drift: drift share 0.",
    },
}


def _text(cell: Any) -> str:
    """Return what a cell shows."""
    data = [output.get("data", {}) for output in cell.outputs]
    texts = [output.get("text", "") for output in cell.outputs]
    return "\n".join([*texts, *(d.get("text/html") or d.get("text/plain", "") for d in data)])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_runs_except_for_calls_to_a_cluster(path: Path, tmp_path: Path) -> None:
    notebook = run_notebook(path, tmp_path)
    shown = {cell.id: _text(cell) for cell in notebook.cells if cell.cell_type == "code"}
    for cell, text in SHOWN[path.stem].items():
        assert text in shown[cell], shown[cell]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_with_what_it_showed(path: Path) -> None:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    # python -m docs.site.notebooks
    assert {*SHOWN[path.stem]} <= {name for name, cell in cells.items() if cell.outputs}
    for cell in cells.values():
        for output in cell.outputs:
            assert output.output_type != "error"
            # Markdown would take what follows for text.
            assert "\n\n" not in output.get("data", {}).get("text/html", "")
        if CLUSTER_TAG in cell.metadata.get("tags", ()):
            assert cell.outputs == []
    # Nothing of a machine, and no large picture.
    assert "/tmp/" not in path.read_text(encoding="utf-8")  # noqa: S108
    assert path.stat().st_size < 200_000
