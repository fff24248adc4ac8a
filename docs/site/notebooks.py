"""Notebooks: run cell by cell; ``python -m docs.site.notebooks`` also keeps what they show."""

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
# Cells that need a cluster have this tag, and are not run.
CLUSTER_TAG = "cluster"
_CELL_TIMEOUT_S = 600
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
# How this machine names what the cells write.
_PLACE = "/home/me"


def run_notebook(path: Path, folder: Path) -> Any:
    """Run a notebook's cells in a folder, with the kernel of this environment; return it.

    Raises:
        CellExecutionError: a cell raises.
    """
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    everything = notebook.cells
    notebook.cells = [c for c in everything if CLUSTER_TAG not in c.metadata.get("tags", ())]
    # Cells call the command as people do, and its colours depend on the terminal.
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{before}"
    try:
        client = NotebookClient(
            notebook,
            timeout=_CELL_TIMEOUT_S,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
        )
        client.execute()
    finally:
        os.environ["PATH"] = before
    notebook.cells = everything
    # Without the version of the Python that ran it.
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
    return notebook


def keep_outputs(notebook: Any) -> None:
    """Change HTML outputs so that they are one block of Markdown, which ends at an empty line."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if html := output.get("data", {}).get("text/html"):
                # Of pandas' tables; the site has a style of its own.
                html = re.sub(r"<style scoped>.*?</style>\n?", "", html, flags=re.DOTALL)
                output["data"]["text/html"] = _EMPTY_LINE.sub(_without_gap, html)


def _without_gap(gap: re.Match[str]) -> str:
    before, after = gap.string[: gap.start()], gap.string[gap.end() :]
    is_preformatted = before.count("<pre") > before.count("</pre>") and "</pre>" in after
    return "\n&#10;" if is_preformatted else "\n"


def main() -> None:
    """Run all notebooks, and write what they show into them."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            notebook = run_notebook(path, Path(folder))
            keep_outputs(notebook)
            text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
            path.write_text(text.replace(folder, _PLACE) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
