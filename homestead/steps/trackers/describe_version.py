"""Describe a registered version, and its model, on MLflow's pages."""

from mlflow import MlflowClient

from homestead.evaluation.certificate import Certificate
from homestead.names import COMPARISON_FILE, DATA_SHEET_FILE, MODEL_CARD_FILE
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.reports.models.descriptions import (
    GENERATED,
    VersionFacts,
    metric_sentence,
    model_description,
    version_description,
)
from homestead.reports.models.model_card import ModelFacts
from homestead.tracking import registry, tags
from homestead.tracking.pages.addresses import relative_links
from homestead.tracking.pages.descriptions import with_card


def describe_registration(
    mlflow: MlflowClient,
    problem: Problem,
    run_id: str,
    version: ModelVersion,
    certificate: Certificate,
    facts: ModelFacts,
) -> None:
    """Write description and tags of a version, and of its registered model if nobody else has.

    Args:
        run_id: the parent run, whose tags and reports are named.
        facts: what the version was made from.
    """
    name = problem.name
    parent = mlflow.get_run(run_id).data.tags
    shown = VersionFacts(
        estimator=facts.estimator,
        parameters=facts.parameters,
        data=parent.get(tags.PEOPLE_DATA, ""),
        data_version=parent.get(tags.PEOPLE_DATA_VERSION, ""),
        commit=parent.get(tags.PEOPLE_COMMIT, ""),
        cause=parent.get(tags.CAUSE, ""),
    )
    own_run = registry.version_run_id(mlflow, name, version.version)
    links = {
        **relative_links(mlflow, own_run, {"Model card": MODEL_CARD_FILE}),
        **relative_links(
            mlflow, run_id, {"Comparison": COMPARISON_FILE, "Data sheet": DATA_SHEET_FILE}
        ),
    }
    registered = mlflow.get_model_version(name, version.version)
    text = version_description(problem, certificate, shown, links)
    estimate = certificate.winner.metrics.get(problem.metric)
    version_tags = {
        tags.PEOPLE_PROBLEM: name,
        tags.PEOPLE_DECISION: f"{certificate.decision}: {certificate.reason}",
        tags.PEOPLE_METRIC: metric_sentence(problem, estimate, "the holdout"),
        tags.PEOPLE_CANDIDATE: facts.estimator,
        tags.PEOPLE_DATA: shown.data,
        tags.PEOPLE_DATA_VERSION: shown.data_version,
        tags.PEOPLE_COMMIT: shown.commit,
        tags.PEOPLE_CAUSE: shown.cause,
    }
    registry.describe_version(
        mlflow,
        name,
        version.version,
        with_card(registered.description or "", text),
        {key: value for key, value in version_tags.items() if value},
    )
    model = mlflow.get_registered_model(name)
    if not model.description or GENERATED in model.description:
        mlflow.update_registered_model(name, model_description(problem))
    for key, value in {
        tags.PEOPLE_PROBLEM: name,
        "Owner": problem.card.owner,
        "Target": problem.target,
        "Task": problem.task,
    }.items():
        if value and model.tags.get(key) != value:
            mlflow.set_registered_model_tag(name, key, value)
