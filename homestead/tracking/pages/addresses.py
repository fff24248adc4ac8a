"""Addresses of MLflow's pages."""

from collections.abc import Mapping
from typing import Final

from mlflow import MlflowClient

from homestead.settings import Settings

# Without it the pages of MLflow 3.17 open on those for language models.
_TRAINING_PAGES: Final = "?workflowType=machine_learning"


def page_links(
    mlflow: MlflowClient, settings: Settings, run_id: str, artifacts: Mapping[str, str]
) -> dict[str, str]:
    """Return addresses of a run's page and of its artifacts in MLflow, by title.

    Args:
        artifacts: files of the run by title.

    Returns:
        Nothing if the tracking store is no server, and no other address of its pages is set.
    """
    address = settings.tracking_pages or mlflow.tracking_uri
    if not address.startswith(("http://", "https://")):
        return {}
    links = relative_links(mlflow, run_id, {"Run in MLflow": "", **artifacts})
    return {title: f"{address.rstrip('/')}/{link}" for title, link in links.items()}


def relative_links(
    mlflow: MlflowClient, run_id: str, artifacts: Mapping[str, str]
) -> dict[str, str]:
    """Return addresses by title as they work inside of MLflow's pages, wherever these are served.

    Args:
        artifacts: files of the run by title; '' for the run's own page.
    """
    experiment = mlflow.get_run(run_id).info.experiment_id
    page = f"#/experiments/{experiment}/runs/{run_id}"
    return {
        title: f"{page}{f'/artifacts/{file}' if file else ''}{_TRAINING_PAGES}"
        for title, file in artifacts.items()
    }
