"""Addresses of MLflow's pages: those of model training, on a server or where people open them."""

import re

from homestead.settings import Settings
from homestead.tracking import runs
from homestead.tracking.pages.addresses import page_links, relative_links
from tests.factories import flats_problem

PROBLEM = flats_problem()
PAGES = {"Comparison": "comparison.html"}


def test_pages_of_a_run_have_addresses_only_on_a_server_or_where_people_open_them(
    settings: Settings,
) -> None:
    mlflow = runs.open_client(settings)
    run_id = runs.start_run(mlflow, settings, PROBLEM, {})
    assert page_links(mlflow, settings, run_id, PAGES) == {}
    # On a cluster the steps reach MLflow at an address that no browser outside of it knows.
    public = settings.model_copy(update={"tracking_pages": "https://mlflow.example.com/"})
    links = page_links(mlflow, public, run_id, PAGES)
    page = rf"https://mlflow\.example\.com/#/experiments/\d+/runs/{run_id}"
    assert re.fullmatch(rf"{page}\?workflowType=machine_learning", links["Run in MLflow"])
    artifact = rf"{page}/artifacts/comparison\.html\?workflowType=machine_learning"
    assert re.fullmatch(artifact, links["Comparison"])


def test_a_link_inside_of_the_pages_needs_no_server(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    run_id = runs.start_run(mlflow, settings, PROBLEM, {})
    (link,) = relative_links(mlflow, run_id, PAGES).values()
    assert link.startswith("#/experiments/")
    assert f"/runs/{run_id}/artifacts/comparison.html" in link
