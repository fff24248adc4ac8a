"""Tasks of the loop over candidates."""

from homestead.training.studies.shards import parse_task, training_tasks
from tests.unit.training.studies.study_problem import BOOSTING, RIDGE, problem_with


def test_only_a_long_search_is_shared_by_several_tasks() -> None:
    short = {**RIDGE, "trials": 5}
    problem = problem_with(linear=short, boosting=BOOSTING)
    assert training_tasks(problem, shards=1) == ["linear", "boosting"]
    assert training_tasks(problem, shards=3) == ["linear", "boosting", "boosting/2", "boosting/3"]


def test_there_are_no_more_tasks_than_trials_in_a_batch() -> None:
    assert training_tasks(problem_with(boosting=BOOSTING), shards=50)[-1] == "boosting/4"


def test_the_first_task_of_a_candidate_fits_its_model() -> None:
    assert parse_task("boosting") == ("boosting", False)
    assert parse_task("boosting/2") == ("boosting", True)
