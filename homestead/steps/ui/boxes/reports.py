"""Reports of a problem in the home, by kind, and in the runs of its champion."""

from collections.abc import Iterator

from homestead.reports.index import REPORTS_FOLDER, read_index
from homestead.steps.ui.addresses import artifact_link, report_address
from homestead.steps.ui.sources import Sources
from homestead.ui.formats import moment
from homestead.ui.views.box import Link, ReportGroup

_SHOWN_OF_A_KIND = 12
_PAGE = ".html"


def read_reports(sources: Sources, problem: str) -> list[ReportGroup] | None:
    """Return the reports in the home by kind, the newest first; None without any.

    Raises:
        OSError: the folder cannot be read.
    """
    root = sources.settings.home / REPORTS_FOLDER / problem
    groups: dict[str, list[Link]] = {}
    for entry in read_index(sources.settings.home, problem):
        address = report_address(problem, entry.path.relative_to(root).as_posix())
        text = f"{entry.title} ({moment(entry.written_at.timestamp())})"
        groups.setdefault(entry.kind, []).append(Link(text, address))
    shown = [ReportGroup(kind, links[:_SHOWN_OF_A_KIND]) for kind, links in groups.items()]
    return shown or None


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
            links = list(_artifacts(sources, run_id, folder.path))[:_SHOWN_OF_A_KIND]
            groups.append(ReportGroup(f"{folder.path} (version {champion.version})", links))
    return [group for group in groups if group.links] or None


def _artifacts(sources: Sources, run_id: str, folder: str) -> Iterator[Link]:
    """Yield links to the pages in an artifact folder and its subfolders, the last name first."""
    for item in sorted(sources.mlflow.list_artifacts(run_id, folder), key=_path, reverse=True):
        pages = sources.mlflow.list_artifacts(run_id, item.path) if item.is_dir else [item]
        for page in pages:
            if page.path.endswith(_PAGE):
                yield artifact_link(run_id, page.path, page.path.removeprefix(f"{folder}/"))


def _path(item: object) -> str:
    return str(getattr(item, "path", ""))
