"""Reports of a problem in the home, by folder, and in the runs of its champion."""

from collections.abc import Iterator
from pathlib import Path

from homestead.steps.ui.addresses import artifact_link, report_address
from homestead.steps.ui.sources import Sources
from homestead.ui.formats import moment
from homestead.ui.views.box import Link, ReportGroup

_SHOWN_OF_A_FOLDER = 12
_MAX_FOLDERS = 30
_PAGE = ".html"


def read_reports(sources: Sources, problem: str) -> list[ReportGroup] | None:
    """Return the pages in the home's reports folder; None without one.

    Raises:
        OSError: the folder cannot be read.
    """
    root = sources.settings.home / "reports" / problem
    if not root.is_dir():
        return None
    folders = sorted(path for path in root.iterdir() if path.is_dir())[:_MAX_FOLDERS]
    groups = [
        ReportGroup(folder.name.replace("_", " "), list(_pages(folder, root, problem)))
        for folder in folders
    ]
    return [group for group in groups if group.links] or None


def read_run_reports(sources: Sources, problem: str) -> list[ReportGroup] | None:
    """Return the pages that belong to the champion's run in MLflow; None without a champion.

    Raises:
        MlflowException: MLflow cannot be read.
    """
    if not sources.has_registry:
        return None
    from homestead.tracking import registry

    mlflow = sources.mlflow
    champion = registry.champion(mlflow, problem)
    if champion is None:
        return None
    run_id = registry.version_run_id(mlflow, problem, champion.version)
    groups = []
    for folder in mlflow.list_artifacts(run_id):
        if folder.is_dir:
            links = list(_artifacts(sources, run_id, folder.path))[:_SHOWN_OF_A_FOLDER]
            groups.append(ReportGroup(f"{folder.path} (version {champion.version})", links))
    return [group for group in groups if group.links] or None


def _pages(folder: Path, root: Path, problem: str) -> Iterator[Link]:
    """Yield links to a folder's pages, the newest first."""
    pages = [(path.stat().st_mtime, path) for path in folder.rglob(f"*{_PAGE}")]
    for written_at, path in sorted(pages, reverse=True)[:_SHOWN_OF_A_FOLDER]:
        address = report_address(problem, path.relative_to(root).as_posix())
        yield Link(f"{path.relative_to(folder).as_posix()} ({moment(written_at)})", address)


def _artifacts(sources: Sources, run_id: str, folder: str) -> Iterator[Link]:
    """Yield links to the pages in an artifact folder and its subfolders, the last name first."""
    for item in sorted(sources.mlflow.list_artifacts(run_id, folder), key=_path, reverse=True):
        pages = sources.mlflow.list_artifacts(run_id, item.path) if item.is_dir else [item]
        for page in pages:
            if page.path.endswith(_PAGE):
                yield artifact_link(run_id, page.path, page.path.removeprefix(f"{folder}/"))


def _path(item: object) -> str:
    return str(getattr(item, "path", ""))
