"""Registered model and version on MLflow's pages, after a registration and after a release."""

from homestead.reports.models.model_card import ModelFacts
from homestead.settings import Settings
from homestead.steps.trackers.describe_version import describe_registration
from homestead.tracking import registry, runs, tags
from tests.registry import PROBLEM, certificate, log_candidates, promote

FACTS = ModelFacts("run", "d", "c", "h", "f", "t", "a (sklearn.linear_model.Ridge)", {"alpha": "1"})


def test_people_s_tags_come_first_and_a_release_is_told_below_the_card(settings: Settings) -> None:
    candidate = log_candidates(settings)["a"]
    mlflow = runs.open_client(settings)
    parent = mlflow.get_run(candidate.run_id).data.tags[tags.PARENT_RUN]
    mlflow.set_tag(parent, tags.PEOPLE_DATA, "flats.csv")
    released = promote(settings, candidate, None).version
    assert released is not None
    issued = certificate(candidate.digest)
    for _ in range(2):
        describe_registration(mlflow, PROBLEM, parent, released, issued, FACTS)
    version = mlflow.get_model_version(PROBLEM.name, released.version)
    names = sorted(version.tags)
    people = [name for name in names if not name.startswith("homestead.")]
    assert names[: len(people)] == people
    assert {"Problem", "Decision", "Metric", "Data", "Candidate"} <= set(people)
    description = version.description or ""
    assert "flats.csv" in description
    assert f"runs/{parent}/artifacts/comparison.html" in description
    assert description.count("### Release") == 1
    assert "Release flats-1: promoted" in description
    assert registry.champion(mlflow, PROBLEM.name) == released


def test_what_a_person_wrote_of_a_model_stays(settings: Settings) -> None:
    candidate = log_candidates(settings)["a"]
    mlflow = runs.open_client(settings)
    parent = mlflow.get_run(candidate.run_id).data.tags[tags.PARENT_RUN]
    released = promote(settings, candidate, None).version
    assert released is not None
    issued = certificate(candidate.digest)
    describe_registration(mlflow, PROBLEM, parent, released, issued, FACTS)
    assert "Predicts **rent**" in (mlflow.get_registered_model(PROBLEM.name).description or "")
    mlflow.update_registered_model(PROBLEM.name, "ours")
    describe_registration(mlflow, PROBLEM, parent, released, issued, FACTS)
    assert mlflow.get_registered_model(PROBLEM.name).description == "ours"
