"""Training from Python: which problem and which table a run gets."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import homestead
from homestead.api import training
from homestead.data.sources.frames import keep_frame
from homestead.errors import UserError
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from tests.conftest import CHURN


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Problem, int, Settings]]:
    """Note runs instead of running them."""
    runs: list[tuple[Problem, int, Settings]] = []

    def run(problem: Problem, seed: int, settings: Settings, **_: Any) -> None:
        runs.append((problem, seed, settings))

    monkeypatch.setattr(training, "run_local", run)
    return runs


def test_a_problem_is_named_in_any_way(
    trained: list[tuple[Problem, int, Settings]], churn: Problem, tmp_path: Path
) -> None:
    for name in (churn, str(CHURN), CHURN):
        homestead.train(name, home=tmp_path, seed=3)
    assert [problem for problem, _, _ in trained] == [churn] * 3
    assert {(seed, settings.home) for _, seed, settings in trained} == {(3, tmp_path)}
    homestead.train("house_price")
    assert trained[-1][0].name == "house_price"
    with pytest.raises(UserError, match=r"problems/missing.yaml: no such problem file"):
        homestead.train("missing")
    with pytest.raises(UserError, match="problem: found int, allowed are"):
        homestead.train(7)  # type: ignore[arg-type]


def test_candidates_and_trials_are_chosen(
    trained: list[tuple[Problem, int, Settings]], churn: Problem
) -> None:
    first = next(iter(churn.candidates))
    homestead.train(churn, candidates=[first], trials=1)
    chosen = trained[0][0].candidates
    assert {name: candidate.trials for name, candidate in chosen.items()} == {first: 1}
    with pytest.raises(UserError, match=f"candidates: found 'none', allowed are {first}"):
        homestead.train(churn, candidates=["none"])
    with pytest.raises(UserError, match="trials: found 0, allowed is 1 or more"):
        homestead.train(churn, trials=0)


def test_a_table_takes_the_place_of_the_source(
    trained: list[tuple[Problem, int, Settings]], tmp_path: Path
) -> None:
    churn = load_problem(CHURN)
    frame = pd.read_csv(churn.source)
    homestead.train(churn, frame, home=tmp_path)
    homestead.train(churn, "s3://tables/churn.csv", home=tmp_path)
    with_frame, with_uri = (problem for problem, _, _ in trained)
    assert with_frame.source == str(keep_frame(frame, "churn", tmp_path))
    assert with_uri.source == "s3://tables/churn.csv"
    assert with_frame.model_copy(update={"source": churn.source}) == churn
    with pytest.raises(UserError, match=r"source: found http://"):
        homestead.train(churn, "http://tables.example/churn.csv", home=tmp_path)


def test_a_draft_of_a_frame_is_trained_on_its_rows(
    trained: list[tuple[Problem, int, Settings]], tmp_path: Path
) -> None:
    frame = pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=60),
            "area": [40.0 + i % 17 for i in range(60)],
            "price": [1000.0 + 7 * (i % 23) for i in range(60)],
        }
    )
    homestead.train(homestead.draft(frame, target="price", name="sales"), home=tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(trained[0][0].source), frame)
