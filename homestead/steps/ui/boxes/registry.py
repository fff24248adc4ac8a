"""Registered versions in MLflow, with the documents of each."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from homestead.names import (
    CERTIFICATE_FILE,
    COMPARISON_FILE,
    DATA_SHEET_FILE,
    MODEL_CARD_FILE,
    PROBLEM_FILE,
)
from homestead.steps.ui.addresses import artifact_link
from homestead.steps.ui.sources import Sources
from homestead.tracking.pages.addresses import page_links
from homestead.ui.views.box import Link
from homestead.ui.views.registry import RegisteredView, RegistryView

if TYPE_CHECKING:
    from mlflow.entities import FileInfo

_SHOWN_VERSIONS = 6
_DOCUMENTS = {
    MODEL_CARD_FILE: "model card",
    COMPARISON_FILE: "comparison",
    DATA_SHEET_FILE: "data sheet",
    CERTIFICATE_FILE: "certificate",
    PROBLEM_FILE: "problem file",
}


def read_registry(sources: Sources, problem: str) -> RegistryView | None:
    """Return the newest registered versions; None before the first.

    Raises:
        MlflowException: MLflow cannot be read.
    """
    if not sources.has_registry:
        return None
    from homestead.tracking import registry
    from homestead.tracking.lineage import training_run_id

    mlflow = sources.mlflow
    versions = registry.versions(mlflow, problem)
    if not versions:
        return None
    aliases = registry.aliases(mlflow, problem)
    rows = []
    for version in reversed(versions[-_SHOWN_VERSIONS:]):
        run_id = registry.version_run_id(mlflow, problem, version.version)
        parent_id = training_run_id(mlflow, problem, version.version)
        pages = page_links(mlflow, sources.settings, run_id, {})
        rows.append(
            RegisteredView(
                version=version.version,
                digest=version.digest,
                created=None if version.created is None else version.created.timestamp(),
                aliases=tuple(a for a, number in aliases.items() if number == version.version),
                links=(
                    *_documents(sources, run_id, parent_id),
                    *(Link(text.lower(), address) for text, address in pages.items()),
                ),
            )
        )
    return RegistryView(len(versions), rows)


def _documents(sources: Sources, *run_ids: str) -> Iterator[Link]:
    """Yield links to the documents of runs, of several of one name the first."""
    seen = set()
    for run_id in dict.fromkeys(run_ids):
        for artifact in _artifacts(sources, run_id):
            text = _DOCUMENTS.get(artifact.path)
            if text is not None and text not in seen:
                seen.add(text)
                yield artifact_link(run_id, artifact.path, text)


def _artifacts(sources: Sources, run_id: str) -> "list[FileInfo]":
    """Return a run's artifacts, none of a run that was deleted."""
    from mlflow.exceptions import MlflowException

    try:
        artifacts: list[FileInfo] = sources.mlflow.list_artifacts(run_id)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return []
    return artifacts
