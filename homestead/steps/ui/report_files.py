"""Reports and artifacts as responses: known kinds of files, and nothing outside of a folder."""

import re
import tempfile
from pathlib import Path

from homestead.reports.index import REPORTS_FOLDER
from homestead.reports.shelf import INDEX_FILE
from homestead.steps.ui.responses import Response, not_found
from homestead.steps.ui.sources import Sources

# Pages are documents of an origin of their own, which reach neither this page nor the network.
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Evidently's report draws itself.
_SCRIPTED_PAGES = ("evidently.html",)
_SCRIPTS = "; script-src 'unsafe-inline' 'unsafe-eval'; worker-src blob:; sandbox allow-scripts"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".yaml": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_MAX_BYTES = 64 * 1024 * 1024
# Neither hidden files nor steps upwards; as artifacts and folders of ours are named.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ +:-]*")
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_MAX_PARTS = 8


def report_response(sources: Sources, problem: str, path: str) -> Response:
    """Return a file below the home's reports of a problem."""
    root = (sources.settings.home / "reports").resolve()
    if not _is_allowed(f"{problem}/{path}"):
        return not_found()
    file = (root / problem / path).resolve()
    # A link may lead anywhere.
    if not file.is_relative_to(root) or not file.is_file():
        return not_found()
    return _response(file)


def index_response(sources: Sources) -> Response:
    """Return the index of all reports, to which each of them leads."""
    file = sources.settings.home / REPORTS_FOLDER / INDEX_FILE
    return _response(file) if file.is_file() else not_found()


def artifact_response(sources: Sources, run_id: str, path: str) -> Response:
    """Return an artifact of a run in MLflow.

    Raises:
        MlflowException: MLflow or its store cannot be read, or has no such artifact.
    """
    if not _RUN_ID.fullmatch(run_id) or not _is_allowed(path) or not sources.has_registry:
        return not_found()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(sources.mlflow.download_artifacts(run_id, path, folder))
        return _response(file) if file.is_file() else not_found()


def _is_allowed(path: str) -> bool:
    parts = path.split("/")
    names = all(_PART.fullmatch(part) and ".." not in part for part in parts)
    return names and len(parts) <= _MAX_PARTS and Path(path).suffix in _TYPES


def _response(file: Path) -> Response:
    if file.stat().st_size > _MAX_BYTES:
        return Response(413, f"{file.name}: larger than {_MAX_BYTES:,} bytes".encode())
    has_scripts = file.name in _SCRIPTED_PAGES
    policy = _PAGE_POLICY + (_SCRIPTS if has_scripts else "; sandbox allow-popups")
    return Response(200, file.read_bytes(), _TYPES[file.suffix], policy)
