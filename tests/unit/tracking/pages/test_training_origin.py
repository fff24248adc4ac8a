"""Where a candidate was trained: told of one that was taken over, and of its later users."""

from dataclasses import replace

from mlflow import MlflowClient

from homestead.settings import Settings
from homestead.tracking import runs, tags
from homestead.tracking.candidates import log_candidate
from homestead.tracking.pages.training_origin import training_origin
from homestead.training.search import TrainedCandidate, train_candidate
from tests.registry import PROBLEM, dataset


def _trained() -> TrainedCandidate:
    return train_candidate("a", dataset(), PROBLEM)


def _logged(
    mlflow: MlflowClient, settings: Settings, trained: TrainedCandidate
) -> tuple[str, dict[str, str]]:
    """Log a candidate in a run of its own; return that run and the candidate's tags."""
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    if trained.trained_at is None:
        # As early as a training of this run may be.
        started = mlflow.get_run(parent).info.start_time / 1000
        trained = replace(trained, trained_at=started)
    origin = training_origin(mlflow, parent, trained)
    summary = log_candidate(mlflow, parent, PROBLEM, trained, origin)
    return parent, mlflow.get_run(summary.run_id).data.tags


def test_a_candidate_names_the_run_in_which_it_was_trained(settings: Settings) -> None:
    trained = _trained()
    mlflow = runs.open_client(settings)
    first, own = _logged(mlflow, settings, trained)
    assert tags.PEOPLE_TRAINED not in own
    taken_over = replace(trained, trained_at=float(own[tags.TRAINED_AT]))
    for _ in range(2):
        # Not the run that took it over before this one.
        _, later = _logged(mlflow, settings, taken_over)
        assert later[tags.TRAINED_IN] == first
        assert later[tags.PEOPLE_TRAINED].endswith(f"UTC, in run {first}; taken over")
        assert later[tags.TRAINED_AT] == own[tags.TRAINED_AT]


def test_a_time_without_its_run_is_told_alone(settings: Settings) -> None:
    trained = replace(_trained(), trained_at=1_700_000_000.5)
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    origin = training_origin(mlflow, parent, trained)
    assert origin == {
        tags.PEOPLE_TRAINED: "2023-11-14 22:13 UTC, in an earlier run",
        tags.TRAINED_AT: "1700000000.5",
    }
    # A result of an earlier version says nothing.
    assert training_origin(mlflow, parent, replace(trained, trained_at=None)) == {}
