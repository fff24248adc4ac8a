"""Executor of local steps: a step that an earlier attempt finished is taken over, not run again."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.components.reuse.variables import DATA_CACHE, FINISHED_STEPS
from homestead.pipelines.step_processes import executor
from tests.conftest import CHURN

COMPONENT = """
from pathlib import Path

from kfp import dsl
from kfp.dsl import Dataset, Input, Output


def double(number: int, source: Input[Dataset], target: Output[Dataset]) -> int:
    runs = Path(source.path).with_name("runs")
    runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
    Path(target.path).write_text(Path(source.path).read_text() * 2)
    target.metadata["rows"] = number
    return 2 * number


finalize_run = double


def train(
    problem: str,
    candidate: str,
    seed: int,
    boosting_workers: int,
    source: Input[Dataset],
    target: Output[Dataset],
) -> None:
    double(seed, source, target)
"""


@pytest.fixture
def attempt(tmp_path: Path) -> Path:
    (tmp_path / "component.py").write_text(COMPONENT)
    (tmp_path / "source").write_text("ab")
    return tmp_path


def run(folder: Path, number: int, attempt: str, function: str = "double") -> dict[str, Any]:
    """Run the component in an attempt of its own; return what the runner reads."""
    return execute(folder, attempt, function, {"number": number}, {FINISHED_STEPS: "finished"})


def execute(
    folder: Path,
    attempt: str,
    function: str,
    parameters: dict[str, Any],
    variables: dict[str, str],
) -> dict[str, Any]:
    """Run a component; the variables name folders below the test's."""
    outputs = folder / attempt
    outputs.mkdir(exist_ok=True)
    artifact = {"name": "x", "type": {"schemaTitle": "system.Dataset"}, "metadata": {}}
    request = {
        "inputs": {
            "parameterValues": parameters,
            "artifacts": {"source": {"artifacts": [{**artifact, "uri": str(folder / "source")}]}},
        },
        "outputs": {
            "artifacts": {"target": {"artifacts": [{**artifact, "uri": str(outputs / "target")}]}},
            "outputFile": str(outputs / "output.json"),
        },
    }
    arguments = [
        *("executor", "--component_module_path", str(folder / "component.py")),
        *("--function_to_execute", function, "--executor_input", json.dumps(request)),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", arguments)
        patch.delenv(DATA_CACHE, raising=False)
        for name, below in variables.items():
            patch.setenv(name, str(folder / below) if below else "")
        executor.main()
    return dict(json.loads((outputs / "output.json").read_text()))


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text())


def test_a_finished_step_is_taken_over_with_all_that_it_made(attempt: Path) -> None:
    first = run(attempt, 3, "first")
    second = run(attempt, 3, "second")
    assert runs(attempt) == 1
    assert (attempt / "second" / "target").read_text() == "abab"
    assert second["parameterValues"] == first["parameterValues"] == {"Output": 6}
    (artifact,) = second["artifacts"]["target"]["artifacts"]
    assert artifact["metadata"] == {"rows": 3}


def test_other_parameters_or_inputs_run_it_again(attempt: Path) -> None:
    run(attempt, 3, "first")
    run(attempt, 4, "second")
    (attempt / "source").write_text("abc")
    run(attempt, 3, "third")
    assert runs(attempt) == 3
    assert (attempt / "third" / "target").read_text() == "abcabc"


def test_how_an_attempt_ends_is_recorded_each_time(attempt: Path) -> None:
    run(attempt, 3, "first", "finalize_run")
    run(attempt, 3, "second", "finalize_run")
    assert runs(attempt) == 2


def train(
    folder: Path,
    attempt: str,
    changes: dict[str, Any] | None = None,
    candidate: str = "logistic",
    *,
    seed: int = 0,
    workers: int = 0,
    cache: str = "cache",
    finished: str = "",
) -> bool:
    """Train in a run of its own; return whether the component ran."""
    before = runs(folder) if (folder / "runs").exists() else 0
    problem = folder / f"{attempt}.yaml"
    content = yaml.safe_load(CHURN.read_text()) | {"source": str(CHURN.parent / "churn.csv")}
    problem.write_text(yaml.safe_dump(content | (changes or {}), sort_keys=False))
    parameters = {"problem": str(problem), "candidate": candidate, "seed": seed}
    parameters["boosting_workers"] = workers
    variables = {FINISHED_STEPS: finished or f"{attempt}-finished", DATA_CACHE: cache}
    execute(folder, attempt, "train", parameters, variables)
    assert (folder / attempt / "target").read_text() == (folder / "source").read_text() * 2
    return runs(folder) > before


def candidates(**changes: Any) -> dict[str, Any]:
    return {"candidates": yaml.safe_load(CHURN.read_text())["candidates"] | changes}


def test_another_run_takes_a_training_over_that_would_be_the_same(
    attempt: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert train(attempt, "first")
    capfd.readouterr()
    # The problem lies elsewhere, and what comes after the training is another.
    gate = {"gate": {"limits": {"log_loss": 0.5}}, "release": {"steps": [0.5, 1.0]}}
    others = candidates(forest={"estimator": "sklearn.ensemble.RandomForestClassifier"})
    assert not train(attempt, "second", {**gate, **others})
    assert (
        "homestead> train logistic: the same training set, candidate, seed and code as at"
        in capfd.readouterr().out
    )
    (artifact,) = json.loads((attempt / "second" / "output.json").read_text())["artifacts"][
        "target"
    ]["artifacts"]
    assert artifact["metadata"] == {"rows": 0}
    # A resumed run finds it among its own steps, without the cache.
    assert not train(attempt, "again", {**gate, **others}, cache="", finished="second-finished")


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"candidate": "forest"},
        {"candidate": "logistic/2"},
        {"changes": {"metric": "accuracy"}},
        {"changes": candidates(logistic={"estimator": "sklearn.linear_model.LogisticRegression"})},
        {"cache": ""},
    ],
    ids=str,
)
def test_a_training_that_may_differ_runs(attempt: Path, other: dict[str, Any]) -> None:
    assert train(attempt, "first")
    assert train(attempt, "second", **other)
    assert not train(attempt, "third"), "the first one's result stays"


def test_another_training_set_is_trained_on(attempt: Path) -> None:
    assert train(attempt, "first")
    (attempt / "source").write_text("other rows")
    assert train(attempt, "second")


def test_without_a_cache_a_training_is_not_kept_for_others(attempt: Path) -> None:
    assert train(attempt, "first", cache="")
    assert not (attempt / "cache").exists()
    assert train(attempt, "second")


@pytest.mark.parametrize("place", ["cache", "attempt"])
def test_another_number_of_workers_trains_another_model(
    attempt: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    lightgbm = candidates(trees={"estimator": "lightgbm.LGBMClassifier"})
    keyword: Any = {"cache": "cache"} if place == "cache" else {"cache": "", "finished": "own"}
    trained = {}
    for number, workers in enumerate([0, 0, 2, 3, 2]):
        # The number is that of the run, whatever this step's settings are now.
        monkeypatch.setenv("HOMESTEAD_ENGINE", ("local", "spark")[number % 2])
        for name in ("trees", "logistic"):
            keyword["workers"] = workers
            trained[number, name] = train(attempt, f"{name}-{number}", lightgbm, name, **keyword)
    assert [trained[number, "trees"] for number in range(5)] == [True, False, True, True, False]
    assert [trained[number, "logistic"] for number in range(5)] == [True, *[False] * 4]


def test_the_results_of_a_candidate_whose_name_begins_like_another_stay(attempt: Path) -> None:
    longer = candidates(logistic_more=candidates()["candidates"]["logistic"])
    assert train(attempt, "longer", longer, "logistic_more")
    for seed in range(4):
        assert train(attempt, f"seed-{seed}", longer, seed=seed)
    assert not train(attempt, "longer-again", longer, "logistic_more")
    kept = [path.name for path in (attempt / "cache").iterdir()]
    assert len([name for name in kept if name.startswith("train-churn-logistic-")]) == 3
