"""When runs are mirrored, and how metrics become rows."""

import os
from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.settings import Settings
from homestead.steps.trackers.mirror import mirror_problem
from homestead.tracking import runs
from homestead.tracking.wandb_mirror.activation import activating_variable, missing_package
from homestead.tracking.wandb_mirror.content import MetricPoint
from homestead.tracking.wandb_mirror.mirror import as_rows
from tests.factories import flats_problem

PROBLEM = flats_problem()


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        ({"WANDB_PROJECT": ""}, None),
        ({"WANDB_PROJECT": "homes"}, "WANDB_PROJECT"),
        ({"WANDB_MODE": "offline"}, "WANDB_MODE"),
        ({"WANDB_PROJECT": "homes", "WANDB_MODE": "disabled"}, None),
        ({"WANDB_API_KEY": "secret", "WANDB_DISABLED": "true"}, None),
    ],
)
def test_a_variable_asks_for_the_mirror(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert activating_variable() == expected


def test_without_the_package_one_sentence_says_so_and_training_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_PROJECT", "homes")
    assert missing_package() == (
        "WANDB_PROJECT is set, but the package wandb is not installed: runs are not mirrored in"
        " Weights & Biases; pip install 'homestead[wandb]', or unset the variable"
    )
    mlflow = runs.open_client(settings)
    run = mlflow.get_run(runs.start_run(mlflow, settings, PROBLEM, {}))
    said: list[str] = []
    runs.finish_run(mlflow, settings, run, "FINISHED", said.append)
    assert not said
    assert mlflow.get_run(run.info.run_id).info.status == "FINISHED"
    with pytest.raises(UserError, match="the package wandb is not installed"):
        mirror_problem(PROBLEM, settings, said.append)


def test_the_command_says_which_variables_ask_for_a_mirror(settings: Settings) -> None:
    with pytest.raises(UserError, match="allowed is WANDB_API_KEY or WANDB_MODE=offline"):
        mirror_problem(PROBLEM, settings, print)


def test_a_folder_that_the_client_made_is_not_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "wandb").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("WANDB_PROJECT", "homes")
    assert "not installed" in missing_package()


def test_neighbours_in_time_with_one_step_are_one_row() -> None:
    points = [
        MetricPoint("loss", 3.0, 5),
        MetricPoint("share", 0.1, 5),
        MetricPoint("loss", 2.0, 5),
        MetricPoint("loss", 4.0, 2),
    ]
    assert as_rows(points) == [
        {"mlflow_step": 5, "loss": 3.0, "share": 0.1},
        {"mlflow_step": 5, "loss": 2.0},
        {"mlflow_step": 2, "loss": 4.0},
    ]
