"""Addresses of the page's own documents."""

from urllib.parse import quote

from homestead.ui.views.box import Link

REPORTS, RUNS, PROBLEMS = "/reports", "/runs", "/problems"


def report_address(problem: str, path: str) -> str:
    """Return the address of a file in the home's reports of a problem."""
    return f"{REPORTS}/{quote(problem, safe='')}/{quote(path)}"


def artifact_address(run_id: str, path: str) -> str:
    """Return the address of an artifact of a run in MLflow."""
    return f"{RUNS}/{quote(run_id, safe='')}/{quote(path)}"


def artifact_link(run_id: str, path: str, text: str) -> Link:
    """Return a link to an artifact of a run."""
    return Link(text, artifact_address(run_id, path))
