"""Experiments and runs as MLflow's pages list them."""

from datetime import datetime

from homestead.settings import Settings
from homestead.tracking import runs
from homestead.tracking.pages.experiments import experiment_tags, run_name
from tests.factories import flats_problem

PROBLEM = flats_problem().model_copy(update={"description": "The rent of a flat."})


def test_a_run_is_named_by_problem_and_time(settings: Settings) -> None:
    at = datetime(2026, 11, 27, 17, 5, 59).astimezone()
    assert run_name("flats", at) == "flats 2026-11-27 17:05"
    mlflow = runs.open_client(settings)
    run = mlflow.get_run(runs.start_run(mlflow, settings, PROBLEM, {}))
    started = datetime.fromtimestamp(run.info.start_time / 1000).astimezone()
    assert run.info.run_name in (run_name("flats", started), run_name("flats"))


def test_the_pages_know_the_kind_the_metric_and_what_it_is_about(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    runs.start_run(mlflow, settings, PROBLEM, {})
    experiment = mlflow.get_experiment_by_name("flats")
    assert experiment is not None
    tags = experiment.tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert tags["mlflow.experiment.primaryMetric.name"] == "holdout_mae"
    assert tags["mlflow.experiment.primaryMetric.greaterIsBetter"] == "False"
    assert tags["mlflow.note.content"] == "The rent of a flat."


def test_an_earlier_experiment_is_completed_and_a_person_s_text_stays(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    # As earlier versions made it: without tags.
    experiment = mlflow.create_experiment("flats")
    mlflow.set_experiment_tag(experiment, "mlflow.note.content", "ours")
    runs.start_run(mlflow, settings, PROBLEM, {})
    found = mlflow.get_experiment(experiment).tags
    assert experiment_tags(PROBLEM).items() - found.items() == {
        ("mlflow.note.content", "The rent of a flat.")
    }
    assert found["mlflow.note.content"] == "ours"
