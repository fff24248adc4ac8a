"""Opening a run: what it is about is fixed before anything is trained."""

import hashlib
from pathlib import Path

from homestead.names import PROBLEM_FILE
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.open_run import open_parent_run
from homestead.tracking import runs, tags


def test_a_run_names_its_data_its_file_and_no_labels_unless_it_is_to_train_on_them(
    churn: Problem, settings: Settings
) -> None:
    lines: list[str] = []
    opened = open_parent_run(churn, settings, "one", lines.append, cause="5,000 new labels")
    assert opened.data_hash == hashlib.sha256(Path(churn.source).read_bytes()).hexdigest()
    assert opened.labelled == ""
    assert opened.boosting_workers == 0
    assert lines == [f"data {opened.data_hash[:12]}"]
    mlflow = runs.open_client(settings)
    recorded = mlflow.get_run(opened.run_id).data.tags
    assert recorded[tags.CAUSE] == "5,000 new labels"
    assert tags.LABELS_HASH not in recorded
    assert parse_problem(runs.read_text(mlflow, opened.run_id, PROBLEM_FILE)) == churn
    labels = churn.labels.model_copy(update={"train": True})
    problem = churn.model_copy(update={"labels": labels})
    assert open_parent_run(problem, settings, "two", lines.append).labelled == ""
    assert lines[-1] == "no labelled predictions yet"


def test_a_run_tells_the_number_of_workers_that_its_models_follow_from(
    churn: Problem, settings: Settings
) -> None:
    trees = churn.candidates["logistic"].model_copy(update={"estimator": "lightgbm.LGBMClassifier"})
    problem = churn.model_copy(update={"candidates": {"trees": trees}})
    spark = settings.model_copy(update={"engine": "spark", "boosting_workers": 5})
    assert open_parent_run(problem, spark, "one", lambda line: None).boosting_workers == 5
