"""A report of the end-to-end test: the time of each step, notes, and the pods if a step failed."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from homestead.data.ingest import ingest
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, split_names
from tests.e2e.kubectl import NAMESPACE, ROOT, kubectl

_DURATIONS: list[tuple[str, float]] = []


@pytest.fixture(scope="session")
def problem() -> Problem:
    return load_problem(ROOT / "problems" / "house_price.yaml")


@pytest.fixture(scope="session")
def sales(problem: Problem) -> pd.DataFrame:
    """Return sales that no model was trained on, in random order."""
    valid = ingest(problem).valid
    holdout = valid[split_names(valid, problem) == HOLDOUT]
    shuffled: pd.DataFrame = holdout.sample(frac=1, random_state=0).reset_index(drop=True)
    return shuffled


@pytest.fixture(scope="session")
def notes() -> Iterator[list[str]]:
    """Collect lines for the report, which is printed at the end."""
    lines: list[str] = []
    yield lines
    total_s = sum(seconds for _, seconds in _DURATIONS)
    report = "\n".join(
        [
            *(f"{name:<58} {seconds:7.1f} s" for name, seconds in _DURATIONS),
            f"{'all':<58} {total_s:7.1f} s",
            *lines,
        ]
    )
    print(f"\n{report}")  # noqa: T201
    if path := os.environ.get("HOMESTEAD_E2E_REPORT"):
        Path(path).write_text(report + "\n")


@pytest.fixture(autouse=True)
def step_duration(request: pytest.FixtureRequest, notes: list[str]) -> Iterator[None]:
    start = time.monotonic()
    failed_before = request.session.testsfailed
    yield
    name = request.node.name.removeprefix("test_").replace("_", " ")
    _DURATIONS.append((name, time.monotonic() - start))
    if request.session.testsfailed > failed_before:
        print(kubectl("get", "pods,events", "-n", NAMESPACE, check=False))  # noqa: T201
